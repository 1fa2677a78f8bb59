#!/bin/bash
# Hosts behind the routers reach each other through the tunnels, IPv6 in IPv6 and IPv4 in IPv4; what does not fit is
# answered by the first router, with and without DF.
#
#   H2 eth0 --- eth1 R2 eth0 ------ veth ------ eth0 R3 eth1 --- eth0 H3
#   2001:DB8:2::9        ==== Tunnel23 (IPv6 VTI) ====       2001:DB8:3::9
#   10.2.0.9             ==== Tunnel24 (IPv4 VTI) ====            10.3.0.9
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 H2 H3 && join R2 eth0 R3 eth0 && join R2 eth1 H2 eth0 && join R3 eth1 H3 eth0 || fail "no namespaces"
for n in 2 3; do
	o=$((5 - n))
	in_ns H$n sh -ec "ip link set eth0 up; ip addr add 10.$n.0.9/24 dev eth0; ip addr add 2001:db8:$n::9/64 dev eth0 nodad
		ip route add default via 10.$n.0.1; ip -6 route add default via 2001:db8:$n::1"
	cat >"$lab/r$n.cfg" <<X
hostname R$n
no ip domain lookup
ipv6 unicast-routing
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 2
crypto isakmp key cisco address ipv6 ::/0
crypto isakmp key cisco address 0.0.0.0
crypto ipsec transform-set TRA esp-aes esp-sha-hmac
crypto ipsec profile PRO
 set transform-set TRA
interface Tunnel23
 ipv6 address 2001:DB8:23::$n/64
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination 2001:DB8::$o
 tunnel protection ipsec profile PRO
interface Tunnel24
 ip address 192.168.24.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination 10.0.23.$o
 tunnel protection ipsec profile PRO
interface Ethernet0/0
 ip address 10.0.23.$n 255.255.255.0
 ipv6 address 2001:DB8::$n/64
interface Ethernet0/1
 ip address 10.$n.0.1 255.255.255.0
 ipv6 address 2001:DB8:$n::1/64
ip route 10.$o.0.0 255.255.255.0 192.168.24.$o
ipv6 route 2001:DB8:$o::/64 Tunnel23
end
X
	boot R$n "$lab/r$n.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "R$n does not boot"
done
up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
for r in R2 R3; do for t in Tunnel23 Tunnel24; do wait_for 20 up $r $t || fail "$t of $r is not up"; done; done
# a tunnel device joins and leaves no all-routers group, which the kernel would report through the tunnel
quiet=$(in_ns R2 sysctl -n net.ipv6.conf.all.forwarding net.ipv6.conf.default.forwarding net.ipv6.conf.Tunnel23.forwarding | tr '\n' ' ')
[ "$quiet" = '1 0 0 ' ] || fail "IPv6 forwarding of all, new and tunnel devices: $quiet"
reach() { in_ns H2 ping -q -c 1 -W 1 "$@" >/dev/null 2>&1; }
wait_for 10 reach 2001:db8:3::9 || fail "IPv6 through the tunnel: $(run R2 'show ipv6 route')"
wait_for 10 reach 10.3.0.9 || fail "IPv4 through the tunnel: $(run R2 'show ip route')"
in_ns H2 ping -q -c 20 -i 0.01 -s 1300 2001:db8:3::9 | grep -q ' 0% packet loss' || fail "IPv6, 1300 octets"
in_ns H2 ping -q -c 20 -i 0.01 -s 1300 10.3.0.9 | grep -q ' 0% packet loss' || fail "IPv4, 1300 octets"

# too big: AES and SHA leave 1422 octets over IPv6 and 1438 over IPv4
in_ns H2 ping -c 1 -W 2 -M do -s 1420 10.3.0.9 2>&1 | grep -q 'mtu = 1438' || fail "no fragmentation-needed: $(in_ns H2 ping -c 1 -W 2 -M do -s 1420 10.3.0.9 2>&1)"
in_ns H2 ping -c 1 -W 2 -M do -s 1400 2001:db8:3::9 2>&1 | grep -qi 'mtu.*1422' || fail "no packet-too-big: $(in_ns H2 ping -c 1 -W 2 -M do -s 1400 2001:db8:3::9 2>&1)"
in_ns H2 ip route flush cache
wait_for 5 reach -M dont -s 4000 10.3.0.9 || fail "IPv4 without DF is not fragmented"
wait_for 5 reach -s 4000 2001:db8:3::9 || fail "IPv6 does not follow the path MTU"

# each VTI carries its own IP version and says what it did not carry
drops() { run R2 'show interfaces Tunnel23' | sed -n 's/^ *\([0-9]*\) unknown protocol drops.*/\1/p'; }
before=$(drops)
in_ns R2 ip route add 203.0.113.0/24 dev Tunnel23
in_ns R2 ping -c 1 -W 1 203.0.113.1 >/dev/null 2>&1
in_ns R2 ip route del 203.0.113.0/24 dev Tunnel23
[ "$(drops)" -gt "$before" ] || fail "IPv4 on an IPv6 VTI is not counted as dropped ($before, $(drops))"
