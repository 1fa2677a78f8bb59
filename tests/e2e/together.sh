#!/bin/bash
# Both routers start at the same instant and each begins a negotiation: two phase 1 SAs and two pairs may come of it.
# The tunnel comes up once and stays up, both sides reach each other, and no packet meets an SA that is not there.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
for r in R2 R3; do in_ns $r ip link set eth0 up; done
for round in $(seq 20); do
	for r in R2 R3; do
		boot $r "$top/startup-config/${r,,}.cfg" -i Ethernet0/0=eth0 &
		jobs="${jobs-} $!"
	done
	for j in $jobs; do wait "$j" || fail "round $round: a router does not boot"; done
	jobs=
	tunnel_up R2
	tunnel_up R3
	run R2 'ping fe80::23:3' 'Tunnel23' >"$lab/ping"
	grep -q '(5/5)' "$lab/ping" || fail "round $round: $(cat "$lab/ping" && run R2 'show crypto ipsec sa')"
	run R3 'ping fe80::23:2' 'Tunnel23' >"$lab/ping"
	grep -q '(5/5)' "$lab/ping" || fail "round $round: $(cat "$lab/ping" && run R3 'show crypto ipsec sa')"
	for r in R2 R3; do
		run $r 'show logging' >"$lab/log"
		[ "$(grep -c 'Tunnel23, changed state to up' "$lab/log")" -eq 1 ] || fail "round $round: $r: $(cat "$lab/log")"
		grep -q '%CRYPTO-[0-5]' "$lab/log" && fail "round $round: $r: $(cat "$lab/log")"
		stop $r
	done
done
