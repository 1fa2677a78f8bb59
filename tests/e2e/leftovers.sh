#!/bin/bash
# A test that is ended half way, by a signal and then by more of them, leaves no process, no namespace and no folder behind.
#
#   R2 Et0/0 ---- veth ---- Et0/0 R3, with something in the background in each, which nobody else ends
. "$(dirname "$0")/../lib.sh"
cat >"$lab/victim.sh" <<X
. "$top/tests/lib.sh"
two_routers
in_ns R2 tcpdump -lni eth0 >/dev/null 2>&1 &
(in_ns R3 sleep 300 &)
echo "\$lab" >"$lab/its"
while true; do sleep 0.1; done
X
bash "$lab/victim.sh" >"$lab/victim.out" 2>&1 &
victim=$!
wait_for 30 test -s "$lab/its" || fail "it does not start: $(cat "$lab/victim.out")"
its=$(cat "$lab/its")
# two holders, two routers and the two in the background
all_run() { inside=$(for h in "$its"/R?.ns; do inhabitants "$(cat "$h")"; done) && [ "$(echo "$inside" | wc -l)" -ge 6 ]; }
wait_for 10 all_run || fail "not all of it runs: $inside"
told() { ! kill -TERM "$victim" 2>/dev/null; } # again and again, until it is gone
wait_for 30 told || fail "it goes on"
wait "$victim" && fail "it says that it passed"
gone() { [ ! -d "/proc/$1" ] || grep -qs '^State:.Z' "/proc/$1/status"; }
for pid in $inside; do
	wait_for 5 gone "$pid" || fail "process $pid is left: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
done
[ ! -e "$its" ] || fail "its folder is left"
true
