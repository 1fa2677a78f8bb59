#!/bin/bash
# The school of faults as a student uses it: ./run --faults tells no answer, --fault starts one of them, --solve explains it and
# mends it; the console, an ordinary user, and what is refused. The faults themselves: faults_*.sh.
. "$(dirname "$0")/../lib.sh"
export MAINMODE_LAB=$lab/lab MAINMODE=$mainmode
lab_ports
cd "$top" || exit 1
trap 'rc=$?; trap "" INT TERM HUP PIPE; ./run --down; (exit $rc); finish' EXIT

# --- the list: every number once, no name, no line of an answer
./run --faults >"$lab/list" || fail "--faults"
count=$(ls lab/faults | wc -l)
[ "$count" -ge 25 ] || fail "only $count faults"
diff <(awk '{ print $1 }' "$lab/list") <(seq "$count") || fail "numbers: $(cat "$lab/list")"
[ "$(sed 's/^ *[0-9]* *//' "$lab/list" | sort -u | wc -l)" -eq "$count" ] || fail "two have the same symptom"
for f in lab/faults/*; do
	grep -qF "$(basename "$f")" "$lab/list" && fail "$f is named: $(cat "$lab/list")"
	(
		. lab/faults.sh
		fault_load "$(basename "$f")"
		[ -n "$symptom" ] && [ -n "$story" ] && [ -n "$says_R2$says_R3" ] || fail "$f lacks something"
		[ -n "$fix_R2$fix_R3$mends" ] || [ "$fault" = unknown_sa ] || fail "$f: nothing mends it"
		for name in $finds_R2 $finds_R3; do
			grep -q "^FAULT($name, " base/fault.def || fail "$f: $name is not in base/fault.def"
		done
		grep -q "^FAULT([a-z0-9_]*, $class, " base/fault.def && [ -x "tests/e2e/faults_${class,,}.sh" ] || fail "$f: class $class"
	) || exit 1
done

# --- a fault by its number
number=$(sed -n 's/^number=\([0-9]*\) .*/\1/p' lab/faults/key_wrong)
./run --fault "$number" --exec R2 'show startup-config | include ^no|^crypto isakmp key' >"$lab/out" 2>&1 || fail "$(cat "$lab/out")"
grep -q '^no ipv6 cef' "$lab/out" && [ "$(grep -c '^no crypto\|^crypto' "$lab/out")" -eq 1 ] || fail "startup-config: $(cat "$lab/out")"
malformed() { ./run --exec R3 'show logging | include BAD_MESSAGE' | grep -q '^\*.*IKMP_BAD_MESSAGE: IKE message from 2001:DB8::2'; }
wait_for 20 malformed || fail "the fault does not show: $(./run --exec R3 'show logging')"
./run --fault key_wrong --exec R2 'show privilege' >"$lab/out" || fail "the same again: $(cat "$lab/out")"
./run --fault no_reply --exec R2 'show privilege' >"$lab/out" 2>"$lab/err" && fail "two faults at a time"
grep -qx 'run: the lab runs already, without this fault: ./run --down ends it' "$lab/err" || fail "$(cat "$lab/err")"
./run --solve >"$lab/out" 2>&1 || fail "--solve: $(cat "$lab/out")"
grep -q '\[key_wrong\]' "$lab/out" && grep -q '^Tunnel23 to 2001:DB8::3 ' "$lab/out" || fail "--solve does not explain: $(cat "$lab/out")"
for text in "Fault $number, key_wrong: " 'The keys differ: cisco and Cisco.' 'R3(config)# crypto isakmp key cisco address ipv6 ::/0'; do
	grep -qF "$text" "$lab/out" || fail "--solve lacks $text: $(cat "$lab/out")"
done
./run --exec R2 'show interfaces Tunnel23' | grep -q 'line protocol is down' || fail "--solve alone mends it"
./run --solve --apply >"$lab/out" 2>&1 && grep -q '(5/5)' "$lab/out" || fail "--solve --apply: $(cat "$lab/out")"
pids=$(cat "$lab"/lab/R?/mainmode.pid "$lab"/lab/*.ns "$lab"/lab/relay.*.pid)
./run --down || fail "--down"
for p in $pids; do [ -d "/proc/$p" ] && ! grep -qs "^State:.Z" "/proc/$p/status" && fail "process $p is left"; done
[ -e "$lab/lab" ] && fail "the lab's folder is left"

# --- what is refused
./run --fault nonesuch >"$lab/out" 2>"$lab/err" && fail "a fault that there is not"
grep -qx 'run: there is no fault nonesuch: ./run --faults lists them' "$lab/err" || fail "$(cat "$lab/err")"
./run --solve >"$lab/out" 2>"$lab/err" && fail "--solve without a fault"
grep -qx 'run: no fault runs: ./run --fault N starts one' "$lab/err" || fail "$(cat "$lab/err")"
./run --fault >"$lab/out" 2>"$lab/err" && fail "--fault alone"
./run --down

# --- the console: R2's, with the fault on the path; it ends the lab
printf 'show running-config | include tunnel mode\n' | ./run --fault port_4500 >"$lab/out" 2>&1 || fail "console: $(cat "$lab/out")"
grep -q '^Fault [0-9]*: The tunnel never comes up since R2 moved behind a NAT' "$lab/out" &&
	grep -q '^ tunnel mode ipsec ipv4' "$lab/out" || fail "console: $(cat "$lab/out")"
[ -e "$lab/lab" ] && fail "the lab's folder is left by the console"

# --- a device of another make: R3's console, none of R2 until it is mended
./run --fault proxies --exec R2 'show privilege' >"$lab/out" 2>"$lab/err" && fail "a console of a device of another make"
grep -qx 'run: R2 is a device of another make here, which has no console' "$lab/err" || fail "$(cat "$lab/err")"
./run --exec R3 'show privilege' >"$lab/out" || fail "R3 beside it: $(cat "$lab/out")"
./run --solve --apply >"$lab/out" 2>&1 && grep -q '(5/5)' "$lab/out" || fail "--solve --apply: $(cat "$lab/out")"
./run --exec R2 'show crypto isakmp sa' | grep -q QM_IDLE || fail "R2 is no router"
./run --down

# --- an ordinary user: the filter on the path is in the user namespace, too
[ "$(id -u)" -eq 0 ] || exit 0
home=$lab/user
mkdir -p -m 755 "$home" && cp -r run lab startup-config "$home/" && cp "$mainmode" "$home/mainmode"
mkdir -m 700 "$home/tmp"
chown -R nobody "$home"
chmod 755 "$lab"
as_user() {
	(cd "$home" && setpriv --reuid=nobody --regid=nogroup --clear-groups --bounding-set=-all env -i PATH="$PATH" HOME="$home" \
		MAINMODE="$home/mainmode" MAINMODE_LAB="$home/tmp/lab" MAINMODE_LAB_OFFSET="$MAINMODE_LAB_OFFSET" ASAN_OPTIONS="detect_leaks=0" ./run "$@")
}
as_user --fault replay --exec R3 'show logging | include REPLAY' >"$lab/out" 2>&1 || fail "as a user: $(cat "$lab/out")"
grep -q 'PKT_REPLAY_ERR' "$lab/out" || fail "as a user: $(cat "$lab/out")"
as_user --solve --apply >"$lab/out" 2>&1 && grep -q '(5/5)' "$lab/out" || fail "as a user: $(cat "$lab/out")"
as_user --down || fail "as a user: --down"
[ -e "$home/tmp/lab" ] && fail "the user's lab is left"
exit 0
