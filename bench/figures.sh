#!/bin/bash
# Prints the figures of the lab; asserts nothing. Medians of several runs, everything measured in this one run.
#   start    from both routers started to tunnel up
#   boot     a cold `boot` to its prompt
#   memory   resident memory of an idle router with the tunnel up
#   ping     round trip through the tunnel against the bare veth
. "$(dirname "$0")/../tests/lib.sh"
runs=${1:-7}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ms() { date +%s%3N; }
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"

for _ in $(seq "$runs"); do
	t0=$(ms)
	printf '' | in_ns R2 "$mainmode" boot "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 --state "$lab/R2" >/dev/null
	echo $(($(ms) - t0))
done 2>/dev/null | median | sed 's/^/boot to prompt and to the end of an empty console, ms: /'

for _ in $(seq "$runs"); do
	t0=$(ms)
	boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 &
	boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0
	wait $!
	# the routers' own clocks tell when the line protocol came up
	until up=$(run R2 'show logging' | sed -n 's/^\*\(.*\): %LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up.*/\1/p') && [ -n "$up" ]; do
		sleep 0.01
	done
	echo $(($(date -u -d "$up" +%s%3N) - t0))
	stop R2
	stop R3
done | median | sed 's/^/both routers started to tunnel up, ms: /'

boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0
tunnel_up R2
echo "resident memory of an idle router, KiB: $(awk '/VmRSS/ { print $2 }' "/proc/$(cat "$lab/R2/mainmode.pid")/status")"
rtt() { in_ns R2 ping -6 -q -c 200 -i 0.005 "$1" | sed -n 's,^rtt .* = [0-9.]*/\([0-9.]*\)/.*,\1,p'; }
for _ in 1 2 3; do echo "$(rtt 2001:db8::3) $(rtt fe80::23:3%Tunnel23)"; done |
	awk '{ printf "ping over the bare veth %s ms, through the tunnel %s ms, ratio %.1f\n", $1, $2, $2 / $1 }'
