#!/bin/bash
# Prints how one router does with many tunnels; asserts nothing. R2 has N tunnels to N addresses of R3, so N IKE SAs and
# N pairs of IPsec SAs. Both run on this machine: a handshake costs it both halves.
#   bench/scale.sh [-g GROUP] [N...]          default: group 14 (modp2048), 10 100 1000
#
#   R2 10.0.0.2 Et0/0 ---- veth ---- Et0/0 10.0.0.3 R3, Loopback1..N 10.8.0.0/14
#      Tunnel1..N ==================== Tunnel1..N
. "$(dirname "$0")/../tests/lib.sh"
. "$top/bench/many.sh"
group=14
[ "${1-}" = -g ] && group=$2 && shift 2
[ $# -gt 0 ] || set -- 10 100 1000
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"

rss() { awk '/VmRSS/ { print $2 }' "/proc/$(pid "$1")/status"; }
cpu() { awk '{ print $14 + $15 }' "/proc/$(pid "$1")/stat"; } # of 10 ms

printf '%6s %9s %9s %8s %12s %12s %9s %9s %9s\n' tunnels boot-s all-up-s per-s kB-of-R2 kB-of-R3 show-s idle-R2-% idle-R3-%
for n in 0 "$@"; do
	config_of R2 2 3 "$n" >"$lab/r2.cfg"
	config_of R3 3 2 "$n" >"$lab/r3.cfg"
	boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R3 does not boot"
	t0=$(ms)
	boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R2 does not boot"
	t1=$(ms)
	until [ "$(up R2)" -ge "$n" ] && [ "$(up R3)" -ge "$n" ]; do
		[ $(($(ms) - t0)) -lt 400000 ] || fail "$(up R2) and $(up R3) of $n tunnels are up"
		sleep 0.2
	done
	t2=$(ms)
	if [ "$n" -eq 0 ]; then
		r2=$(rss R2) r3=$(rss R3)
	else
		sleep 12 # what the beginning has left to do
		c2=$(cpu R2) c3=$(cpu R3)
		sleep 10
		c2=$(($(cpu R2) - c2)) c3=$(($(cpu R3) - c3))
		m2=$(rss R2) m3=$(rss R3)
		t3=$(ms)
		run R2 'show crypto ipsec sa' >"$lab/show"
		t4=$(ms)
		[ "$(grep -c '^interface: Tunnel' "$lab/show")" -eq "$n" ] || fail "not all are shown"
		awk -v n="$n" -v boot=$((t1 - t0)) -v all=$((t2 - t0)) -v m2=$((m2 - r2)) -v m3=$((m3 - r3)) -v show=$((t4 - t3)) \
			-v c2="$c2" -v c3="$c3" 'BEGIN {
			printf "%6d %9.2f %9.2f %8.1f %12.1f %12.1f %9.2f %9.2f %9.2f\n", n, boot / 1000, all / 1000,
				n * 1000 / all, m2 / n, m3 / n, show / 1000, c2 / 10, c3 / 10 }'
	fi
	stop R2
	stop R3
done
