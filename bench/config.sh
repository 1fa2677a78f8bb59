#!/bin/bash
# Prints how long configurations of 1,000, 10,000 and 100,000 lines take to be read and printed (bench/config_make.sh makes
# them); asserts nothing. A build with -O2 is what counts.     bench/config.sh [LINES...]
#   load, print    into a model and back, no router (bench/config_load.c)
#   check          `mainmode check`, the whole program
#   boot           `boot` until it is in the background; routes: until the last is in the kernel
#   show           `show running-config` over the local socket
#   stop           SIGTERM until the process is gone
. "$(dirname "$0")/../tests/lib.sh"
[ $# -gt 0 ] || set -- 1000 10000 100000
load=$(dirname "$mainmode")/tests/bin/config_load
[ -x "$load" ] || fail "no program at $load: build it first (make does)"
namespaces R2 && join R2 eth0 R2 eth1 || fail "no namespaces"
in_ns R2 ip link set eth1 up

ms() { date +%s%3N; }
kernel_routes() { in_ns R2 ip -4 route show | grep -c '^100\.'; }

for n in "$@"; do
	cfg=$lab/$n.cfg
	"$top/bench/config_make.sh" "$n" >"$cfg"
	"$load" "$cfg" 3
	t0=$(ms)
	"$mainmode" check "$cfg" >"$lab/report"
	t1=$(ms)
	# a tunnel without its peer has no line protocol: its routes are not in the table
	want=$(grep -c '^ip route 100.* 10\.' "$cfg")
	t2=$(ms)
	boot R2 "$cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R2 does not boot"
	t3=$(ms)
	until [ "$(kernel_routes)" -ge "$want" ]; do
		[ $(($(ms) - t2)) -lt 300000 ] || fail "$(kernel_routes) of $want routes"
		sleep 0.1
	done
	t4=$(ms)
	run R2 'show running-config' >"$lab/running"
	t5=$(ms)
	stop R2
	t6=$(ms)
	echo "  check $((t1 - t0)) ms, boot $((t3 - t2)) ms, $want routes $((t4 - t2)) ms, show $((t5 - t4)) ms, stop $((t6 - t5)) ms"
done
