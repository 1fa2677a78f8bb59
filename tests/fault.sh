#!/bin/bash
# Faults of lab/faults, each in namespaces of its own: what both sides print, what show crypto explain says, what mainmode explain
# reads in the log, and that the fix mends it.
#   tests/fault.sh CLASS     all of a class, three at a time
#   tests/fault.sh NAME      one
# LOGS=FOLDER keeps what both routers logged and explained before the fix.
case ${1:-} in
[A-Z]*)
	top=$(cd "$(dirname "$0")/.." && pwd)
	grep -lE "^number=[0-9]+ class=$1 " "$top"/lab/faults/* | xargs -n 1 basename | xargs -P 3 -n 1 "$0"
	exit
	;;
esac
. "$(dirname "$0")/lib.sh"
. "$top/lab/faults.sh"
fault_load "${1:-}" || fail "no fault ${1:-}"
routers='R3 R2'
[ -z "$partner" ] || routers=R3
logs() {
	for r in $routers; do
		echo "--- $fault: $r"
		run $r 'show logging' 'show crypto isakmp sa'
	done
}
wrong() { fail "$fault: $*$(logs)"; }

fault_wire || wrong "no namespaces"
in_ns N ip link set w2 down
in_ns N ip link set w3 down
for r in R3 R2; do
	fault_config $r >"$lab/$r.cfg"
	"$mainmode" check "$lab/$r.cfg" | grep -q ' 0 kept, 0 rejected$' || wrong "$r: $("$mainmode" check "$lab/$r.cfg" | grep -v accepted:)"
	mkdir -p "$lab/$r" && mv "$lab/$r.cfg" "$lab/$r/startup-config"
	fault_boot $r || wrong "$r does not boot"
done
for r in $routers; do
	run $r 'debug crypto isakmp' 'debug crypto ipsec' >/dev/null || wrong "$r does not answer"
done
in_ns N ip link set w3 up # the debugs are on: now the cable
in_ns N ip link set w2 up
happens >"$lab/happens" || wrong "it does not happen: $(cat "$lab/happens")"

# in_order ROUTER 'LINES': the first of them that its log does not show behind those before it
in_order() {
	run "$1" 'show logging' >"$lab/$1.log"
	awk -v lines="$2" 'BEGIN { n = split(lines, want, "\n"); at = 1 }
		at <= n && index($0, want[at]) { at++ }
		END { if (at <= n) print want[at]; exit at <= n }' "$lab/$1.log" >"$lab/$1.lacks"
}
for r in $routers; do
	says=says_$r
	[ -z "${!says}" ] || wait_for 45 in_order $r "${!says}" || wrong "$r does not say: $(cat "$lab/$r.lacks")"
done
if [ -n "${LOGS:-}" ]; then
	for r in $routers; do
		run $r 'show logging' >"$LOGS/$fault.$r.log"
		run $r 'show crypto explain' >"$LOGS/$fault.$r.explain"
	done
fi
explains() {
	run "$1" 'show crypto explain' >"$lab/$1.explain"
	grep -qF "[$2]" "$lab/$1.explain"
}
for r in $routers; do
	finds=finds_$r
	[ -z "${!finds}" ] || wait_for 20 explains $r "${!finds}" || wrong "$r does not explain: $(cat "$lab/$r.explain")"
done
for r in $routers; do # what cannot be known on a side is not invented there
	finds=finds_$r
	[ -n "${!finds}" ] || ! run $r 'show crypto explain' | grep '\[[a-z0-9_]*\]' >"$lab/$r.explain" ||
		wrong "$r cannot know that: $(cat "$lab/$r.explain")"
done
# what mainmode explain finds in the log of one side alone: no line of it is unknown
for r in $routers; do
	finds=finds_$r log=log_$r
	run $r 'show logging' >"$lab/$r.log"
	"$mainmode" explain --json "$lab/$r.log" >"$lab/$r.json"
	[ $? -le 1 ] || wrong "mainmode explain: $(cat "$lab/$r.json")"
	python3 - "$lab/$r.json" ${!log:-${!finds}} >"$lab/$r.lacks" <<-'END' || wrong "explained of $r: $(cat "$lab/$r.lacks")"
		import json, sys
		story = json.load(open(sys.argv[1]))
		found = [f["fault"] for f in story["findings"]]
		found += [f["fault"] for p in story["peers"] for f in p["findings"]]
		wanted = [] if sys.argv[2:] == ["none"] else sys.argv[2:]
		print("found", found, "wanted", wanted, "unknown", story["unknown"])
		sys.exit(bool(story["unknown_lines"] or set(wanted) - set(found) or (found and not wanted)))
	END
done
[ "$up" = yes ] || ! is_up "${routers#R3 }" || wrong "the tunnel is up"

fault_fix && comes_up || wrong "the fix does not mend it"
passes() { through repeat 5 timeout 1 | grep -q '(5/5)'; }
wait_for 20 passes || wrong "nothing passes after the fix"
mended || wrong "it is as before"
echo "pass $fault"
