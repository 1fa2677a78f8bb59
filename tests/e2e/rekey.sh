#!/bin/bash
# Rekeying under traffic, by volume: packets go on arriving, none meets an SA that is not there, the line stays up.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
for n in 2 3; do
	sed 's/^crypto ipsec profile PRO.*/&\n set security-association lifetime kilobytes 2560/' \
		"$top/startup-config/r$n.cfg" >"$lab/r$n.cfg"
done
R2_CONFIG=$lab/r2.cfg R3_CONFIG=$lab/r3.cfg two_routers
tunnel_up R2
tunnel_up R3
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping"
spi() { run R2 'show crypto ipsec sa' | sed -n 's/.*current outbound spi: *//p'; }
changed() { [ "$(spi)" != "$first" ]; }
first=$(spi)
[ -n "$first" ] || fail "no SA: $(run R2 'show crypto ipsec sa')"
in_ns R2 ping -q -i 0.001 -c 6000 -s 1200 fe80::23:3%Tunnel23 >"$lab/ping" || fail "ping: $(cat "$lab/ping")"
grep -Eq ' (599[0-9]|6000) received' "$lab/ping" || fail "packets were lost: $(cat "$lab/ping"; for r in R2 R3; do run $r 'show crypto ipsec sa' 'show interfaces Tunnel23' 'show logging'; done)"
wait_for 20 changed || fail "no rekeying: $(run R2 'show crypto ipsec sa')"
for r in R2 R3; do
	run $r 'show logging' >"$lab/log"
	grep -q '%CRYPTO-[0-5]' "$lab/log" && fail "$r: $(cat "$lab/log")"
	[ "$(grep -c 'Tunnel23, changed state to up' "$lab/log")" -eq 1 ] || fail "$r: $(cat "$lab/log")"
done
true
