#!/bin/bash
# TCP, and datagrams up to the largest, through links and tunnels of every size, with each way to treat DF and fragments, both
# ways and IP versions at a time: nothing is lost for its size, though hosts on jumbo frames learn of it by ICMP alone.
#
#   H2 eth0 --- eth1 R2 eth0 ------------- eth0 R3 eth1 --- eth0 H3
#   10.2.0.9   9000   10.0.23.2   MTU?   10.0.23.3   9000   10.3.0.9
#             == Tunnel24: ipsec ipv4, Tunnel23: ipsec ipv6 ==
#
# TRANSPORT=raw|xdp: that one, else what the router chooses.
. "$(dirname "$0")/../lib.sh"
tool=$top/tests/tool/everysize.py
namespaces H2 R2 R3 H3 && join R2 eth1 H2 eth0 && join R2 eth0 R3 eth0 && join R3 eth1 H3 eth0 || fail "no namespaces"
for n in 2 3; do
	o=$((5 - n))
	in_ns H$n sh -ec "ip link set eth0 mtu 9000; ip addr add 10.$n.0.9/24 dev eth0; ip addr add 2001:db8:$n::9/64 dev eth0 nodad
		ip route add default via 10.$n.0.1; ip -6 route add default via 2001:db8:$n::1"
	in_ns R$n sh -ec 'ip link set eth1 mtu 9000; ip link set eth0 mtu 9000'
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
	boot R$n "$lab/r$n.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 --transport "${TRANSPORT:-auto}" || fail "R$n does not boot"
done
state() { for r in R2 R3; do run $r 'show interfaces' 'show crypto ipsec sa' | tail -150; in_ns $r ip -d link; done; }
up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
for r in R2 R3; do for t in Tunnel23 Tunnel24; do wait_for 30 up $r $t || fail "$t of $r is not up: $(state)"; done; done
host() { cat "$lab/$1.ns"; }
fits() { echo $((($1 - $2 - 8 - 16 - 12) / 16 * 16 - 2)); } # fits LINK OUTER
transport_is() { run "$1" "show interfaces $2" | grep -q "Tunnel transport MTU $3 bytes"; }
mode() { # mode DF FRAGMENTATION
	for r in R2 R3; do config $r "crypto ipsec df-bit $1" "crypto ipsec fragmentation $2-encryption"; done
}

# pass WHAT SEGMENT ADDRESS...: streams, with what ICMP told the hosts forgotten
pass() {
	local what=$1 h
	shift
	for h in H2 H3; do in_ns $h sh -c 'ip route flush cache; ip -6 route flush cache'; done
	timeout 60 $(enter H2) "$tool" streams "$(host H2)" "$(host H3)" 200000 "$@" >"$lab/said" 2>&1 ||
		fail "$what: $(cat "$lab/said"; state)"
	echo "$what: $(cat "$lab/said") ($SECONDS s)"
}
four='10.3.0.9 10.2.0.9' six='2001:db8:3::9 2001:db8:2::9'

for link in 9000 1500 1400 1280 576; do # 576 is too narrow for IPv6, which the kernel then takes from the link
	for r in R2 R3; do in_ns $r ip link set eth0 mtu $link; done
	for r in R2 R3; do wait_for 20 transport_is $r Tunnel24 "$(fits $link 20)" || fail "$link: $(state)"; done
	both="$four $six"
	[ $link = 576 ] && both=$four
	for m in 'copy before' 'set before' 'clear before' 'copy after'; do
		mode $m
		pass "link of $link, $m" $((link - 170)) $both
	done
	mode copy before
done

for r in R2 R3; do
	in_ns $r ip link set eth0 mtu 9000
	in_ns $r ip addr replace 2001:db8::${r#R}/64 dev eth0 nodad
done
for r in R2 R3; do for t in Tunnel23 Tunnel24; do wait_for 60 up $r $t || fail "$t of $r is not up again: $(state)"; done; done
for tunnel in 9000 1500 1400 1280 576; do
	v6=$tunnel
	[ $tunnel = 576 ] && v6=1280
	for r in R2 R3; do
		config $r 'interface Tunnel24' "ip mtu $tunnel" 'interface Tunnel23' "ipv6 mtu $v6" || fail "ip mtu $tunnel is refused"
	done
	pass "tunnel of $tunnel" $((tunnel - 170)) $four $six
done
exit 0
