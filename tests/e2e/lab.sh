#!/bin/bash
# ./run as a newcomer uses it: commands on both routers, the scripted console, a second ./run, and --down, after which
# nothing is left.
. "$(dirname "$0")/../lib.sh"
export MAINMODE_LAB=$lab/lab MAINMODE=$mainmode
cd "$top" || exit 1

./run --exec R2 'show privilege' >"$lab/out" || fail "./run --exec R2: $(cat "$lab/out")"
grep -q '^R2#show privilege' "$lab/out" && grep -q 'Current privilege level is 15' "$lab/out" || fail "$(cat "$lab/out")"
wait_for 20 sh -c "./run --exec --quiet R3 'show interfaces Tunnel23' | grep -q 'line protocol is up'" || fail "tunnel"
./run --exec R2 'ping fe80::23:3' 'tunnel23' | tee "$lab/out" | grep -q 'Success rate is 100 percent (5/5)' ||
	fail "ping: $(cat "$lab/out")"
./run --exec R2 'show nonsense' >"$lab/out" && fail "a rejected command must exit 1"
grep -q "% Invalid input detected at '^' marker." "$lab/out" || fail "$(cat "$lab/out")"

# a second ./run attaches to the router that runs
printf 'show privilege\nexit\n' | ./run >"$lab/out" 2>&1 || fail "attach: $(cat "$lab/out")"
grep -q 'Current privilege level' "$lab/out" || fail "attach: $(cat "$lab/out")"

pids=$(cat "$lab"/lab/R?/mainmode.pid "$lab"/lab/R?.ns)
./run --down || fail "--down"
for p in $pids; do [ -d "/proc/$p" ] && ! grep -qs "^State:.Z" "/proc/$p/status" && fail "process $p is left"; done
[ -e "$lab/lab" ] && fail "the lab's folder is left"

# from nothing to R2's console, which ends at end of input
printf 'show privilege\n' | ./run >"$lab/out" 2>&1 || fail "console: $(cat "$lab/out")"
grep -q '^R2#show privilege' "$lab/out" || fail "console: $(cat "$lab/out")"
[ -e "$lab/lab" ] && fail "the lab's folder is left by the console"
true
