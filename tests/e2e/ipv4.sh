#!/bin/bash
# The same tunnel over IPv4, typed at two empty routers.
#
#   R2 10.0.23.2 Et0/0 ---- veth ---- Et0/0 10.0.23.3 R3
#   Lo0 2.2.2.2 == Tunnel23 192.168.23.2 = ESP = 192.168.23.3 == Lo0 3.3.3.3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
for n in 2 3; do
	o=$((5 - n)) r=R$n
	mkdir -p "$lab/$r"
	: >"$lab/$r/startup-config"
	boot $r -i Ethernet0/0=eth0 || fail "$r does not boot"
	config $r "hostname $r" 'crypto isakmp policy 10' 'encr aes 256' 'hash sha256' 'authentication pre-share' 'group 14' \
		"crypto isakmp key secret address 10.0.23.$o" 'crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac' \
		'crypto ipsec profile P' 'set transform-set T' 'set pfs group14' 'interface Loopback0' \
		"ip address $n.$n.$n.$n 255.255.255.255" 'interface Ethernet0/0' "ip address 10.0.23.$n 255.255.255.0" \
		'no shutdown' 'interface Tunnel23' "ip address 192.168.23.$n 255.255.255.0" 'tunnel source Ethernet0/0' \
		'tunnel mode ipsec ipv4' "tunnel destination 10.0.23.$o" 'tunnel protection ipsec profile P' \
		"ip route $o.$o.$o.$o 255.255.255.255 Tunnel23" || fail "configuration of $r"
done
tunnel_up R2
tunnel_up R3
run R2 'ping 3.3.3.3 source Loopback0' | grep -q '(5/5)' || fail "ping $(run R2 'ping 3.3.3.3 source Loopback0')"
run R3 'ping 2.2.2.2 source 3.3.3.3 size 1400 df-bit' | grep -q '(5/5)' || fail "ping back"
run R2 'show crypto ipsec sa' >"$lab/sa"
for want in '   local  ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)' 'PFS (Y/N): Y, DH group: group14' \
	'transform: esp-256-aes esp-sha256-hmac ,' 'local crypto endpt.: 10.0.23.2, remote crypto endpt.: 10.0.23.3' \
	'#pkts encaps: 10, #pkts encrypt: 10, #pkts digest: 10'; do
	grep -qF "$want" "$lab/sa" || fail "show crypto ipsec sa lacks '$want': $(cat "$lab/sa")"
done
run R2 'show ip route' | grep -qE '^S +3\.3\.3\.3 is directly connected, Tunnel23' || fail "$(run R2 'show ip route')"

# an IPv4 VTI carries IPv4 only
in_ns R2 ip -6 route add 2001:db8:99::/64 dev Tunnel23 2>/dev/null
in_ns R2 ping -6 -c 1 -W 1 2001:db8:99::1 >/dev/null 2>&1
run R2 'show crypto ipsec sa' | grep -q '#pkts encaps: 10,' || fail "IPv6 went into an IPv4 VTI"

# written, and the same after a boot
run R2 'write memory' | grep -qF '[OK]' || fail "write memory"
stop R2
tunnel_down R3
boot R2 -i Ethernet0/0=eth0 || fail "R2 does not boot again"
tunnel_up R2
tunnel_up R3
run R2 'ping 3.3.3.3 source Loopback0' | grep -q '(5/5)' || fail "ping after the boot"
