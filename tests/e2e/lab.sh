#!/bin/bash
# ./run as a newcomer uses it: commands on both routers, SSH and telnet from outside, the scripted console, a second ./run,
# and --down, after which nothing is left.
. "$(dirname "$0")/../lib.sh"
export MAINMODE_LAB=$lab/lab MAINMODE=$mainmode
lab_ports
ssh_r2=$((2202 + MAINMODE_LAB_OFFSET)) telnet_r2=$((2302 + MAINMODE_LAB_OFFSET))
cd "$top" || exit 1

./run --exec R2 'show privilege' >"$lab/out" 2>"$lab/err" || fail "./run --exec R2: $(cat "$lab/out" "$lab/err")"
grep -q "^R2: ssh -p $ssh_r2 admin@127.0.0.1, telnet 127.0.0.1 $telnet_r2 " "$lab/err" || fail "ports: $(cat "$lab/err")"
grep -q '^R2#show privilege' "$lab/out" && grep -q 'Current privilege level is 15' "$lab/out" || fail "$(cat "$lab/out")"
wait_for 20 sh -c "./run --exec --quiet R3 'show interfaces Tunnel23' | grep -q 'line protocol is up'" || fail "tunnel"
./run --exec R2 'ping fe80::23:3' 'tunnel23' | tee "$lab/out" | grep -q 'Success rate is 100 percent (5/5)' ||
	fail "ping: $(cat "$lab/out")"
./run --exec R2 'show nonsense' >"$lab/out" && fail "a rejected command must exit 1"
grep -q "% Invalid input detected at '^' marker." "$lab/out" || fail "$(cat "$lab/out")"

# from outside, with the password of the lab
for r in R2 R3; do
	lab_ssh $((2200 + ${r#R} + MAINMODE_LAB_OFFSET)) 'show running-config | include ^hostname' >"$lab/out" || fail "SSH to $r: $(cat "$lab/out")"
	grep -q "^hostname $r" "$lab/out" || fail "SSH to $r: $(cat "$lab/out")"
done
python3 - "$telnet_r2" >"$lab/out" <<'X' || fail "telnet: $(tail -20 "$lab/out")"
import pexpect, sys
c = pexpect.spawn("telnet", ["127.0.0.1", sys.argv[1]], timeout=20, encoding="latin1")
for said, typed in (("Username: ", "admin"), ("Password: ", "admin"), ("R2#", "show privilege"), ("level is 15", "exit")):
    c.expect(said)
    c.send(typed + "\r")
c.expect(pexpect.EOF)
X
# a port that somebody has is said, and the lab goes on
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); print("bound", flush=True); time.sleep(60)' \
	$((ssh_r2 + 4)) >"$lab/bound" &
holder=$!
wait_for 10 grep -qs bound "$lab/bound" || fail "no port is held"
(export MAINMODE_LAB=$lab/second MAINMODE_LAB_OFFSET=$((MAINMODE_LAB_OFFSET + 4)) && ./run --exec R2 'show privilege' &&
	./run --down) >"$lab/out" 2>"$lab/err"
rc=$?
kill $holder
[ $rc -eq 0 ] && grep -q "^port $((ssh_r2 + 4)) of 127.0.0.1 cannot be had: Address already in use" "$lab/err" ||
	fail "a port in use: $(cat "$lab/out" "$lab/err")"

# a second ./run attaches to the router that runs
printf 'show privilege\nexit\n' | ./run >"$lab/out" 2>&1 || fail "attach: $(cat "$lab/out")"
grep -q 'Current privilege level' "$lab/out" || fail "attach: $(cat "$lab/out")"

pids=$(cat "$lab"/lab/R?/mainmode.pid "$lab"/lab/R?.ns "$lab"/lab/relay.*.pid)
./run --down || fail "--down"
for p in $pids; do [ -d "/proc/$p" ] && ! grep -qs "^State:.Z" "/proc/$p/status" && fail "process $p is left"; done
[ -e "$lab/lab" ] && fail "the lab's folder is left"

# from nothing to R2's console, which ends at end of input
printf 'show privilege\n' | ./run >"$lab/out" 2>&1 || fail "console: $(cat "$lab/out")"
grep -q '^R2#show privilege' "$lab/out" || fail "console: $(cat "$lab/out")"
[ -e "$lab/lab" ] && fail "the lab's folder is left by the console"
true
