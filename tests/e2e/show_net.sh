#!/bin/bash
# What show says of the network is what the kernel knows: counters, ARP and neighbour discovery, routes; traceroute over
# two hops; the settings of a link are the kernel's, and are put back on exit.
#
#   H2 eth0 --- eth1 R2 eth0 --- eth0 R3 eth1 --- eth0 H3
#   10.2.0.9          10.0.23.2 10.0.23.3         10.3.0.9
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 H2 H3 && join R2 eth0 R3 eth0 && join R2 eth1 H2 eth0 && join R3 eth1 H3 eth0 || fail "no namespaces"
for n in 2 3; do
	o=$((5 - n))
	in_ns H$n sh -ec "ip link set eth0 up; ip addr add 10.$n.0.9/24 dev eth0; ip addr add 2001:db8:$n::9/64 dev eth0 nodad
		ip route add default via 10.$n.0.1; ip -6 route add default via 2001:db8:$n::1
		sysctl -qw net.ipv4.icmp_ratelimit=0; sysctl -qw net.ipv6.icmp.ratelimit=0"
	in_ns R$n sh -ec 'sysctl -qw net.ipv4.icmp_ratelimit=0; sysctl -qw net.ipv6.icmp.ratelimit=0'
	cat >"$lab/r$n.cfg" <<X
hostname R$n
no ip domain lookup
ip host H3 10.3.0.9
ipv6 unicast-routing
interface Ethernet0/0
 ip address 10.0.23.$n 255.255.255.0
 ipv6 address 2001:DB8::$n/64
interface Ethernet0/1
 ip address 10.$n.0.1 255.255.255.0
 ipv6 address 2001:DB8:$n::1/64
ip route 10.$o.0.0 255.255.255.0 10.0.23.$o
ipv6 route 2001:DB8:$o::/64 2001:DB8::$o
end
X
done
state() { in_ns R2 sh -c 'ip -o link show dev eth1 | grep -o "mtu [0-9]*"; ip route; sysctl net.ipv4.conf.eth1.send_redirects \
	net.ipv4.conf.eth1.proxy_arp net.ipv4.conf.all.send_redirects'; }
before=$(state)
for n in 2 3; do boot R$n "$lab/r$n.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "R$n does not boot"; done
reach() { in_ns H2 ping -q -c 1 -W 1 "$1" >/dev/null 2>&1; }
wait_for 10 reach 10.3.0.9 || fail "no way to H3: $(run R2 'show ip route')"
wait_for 10 reach 2001:db8:3::9 || fail "no way to H3 by IPv6: $(run R2 'show ipv6 route')"

# neighbours, and the router's own addresses
mac_of() { in_ns "$1" ip -o link show dev "$2" | sed -n 's/.*link.ether \(..\):\(..\):\(..\):\(..\):\(..\):\(..\) .*/\1\2.\3\4.\5\6/p'; }
mac=$(mac_of H2 eth0)
own=$(mac_of R2 eth1)
arp=$(run R2 'show ip arp')
grep -qx "Internet  10.2.0.9                0   $mac  ARPA   Ethernet0/1" <<<"$arp" || fail "H2 is not in: $arp"
grep -qx "Internet  10.2.0.1                -   $own  ARPA   Ethernet0/1" <<<"$arp" || fail "R2 itself is not in: $arp"
run R2 'show ipv6 neighbors' | grep -Eq "^2001:DB8:2::9 +0 $mac  (REACH|STALE|DELAY|PROBE) Et0/1" ||
	fail "no neighbour: $(run R2 'show ipv6 neighbors')"
in_ns H2 ip link set eth0 down # it cannot come back by itself
run R2 'clear arp-cache' 'clear ipv6 neighbors'
run R2 'show arp' | grep -q "$mac" && fail "cleared, and still there: $(run R2 'show arp')"
run R2 'show ipv6 neighbors' | grep -q "$mac" && fail "cleared, and still there: $(run R2 'show ipv6 neighbors')"
in_ns H2 sh -ec 'ip link set eth0 up; ip addr add 2001:db8:2::9/64 dev eth0 nodad; ip route replace default via 10.2.0.1
	ip -6 route replace default via 2001:db8:2::1'
wait_for 10 reach 10.3.0.9 || fail "H2 is not back"

# counters go up with traffic and begin again where somebody says so
packets() { run R2 'show interfaces Ethernet0/1' | sed -n "s/^ *\([0-9]*\) packets $1.*/\1/p"; }
in0=$(packets input) out0=$(packets output)
in_ns H2 ping -q -c 20 -i 0.01 10.3.0.9 | grep -q ' 0% packet loss' || fail "packets are lost"
[ "$(packets input)" -ge $((in0 + 20)) ] && [ "$(packets output)" -ge $((out0 + 20)) ] || fail "20 packets are not counted"
run R2 'show interfaces Ethernet0/1' | grep -q 'Last input 00:00:0[0-9], output 00:00:0[0-9]' || fail "no last input"
run R2 'clear counters Ethernet0/1' '' >/dev/null
[ "$(packets input)" -lt 20 ] || fail "not cleared: $(packets input)"

# traceroute: R3, then H3
out=$(run R2 'traceroute 10.3.0.9')
grep -Eq '^  1 10\.0\.23\.3 [0-9]+ msec [0-9]+ msec [0-9]+ msec' <<<"$out" || fail "first hop: $out"
grep -Eq '^  2 H3 \(10\.3\.0\.9\) [0-9]+ msec [0-9]+ msec [0-9]+ msec' <<<"$out" || fail "second hop: $out"
[ "$(wc -l <<<"$out")" = 5 ] || fail "it goes on: $out"
out=$(run R2 'traceroute 2001:db8:3::9 numeric probe 1')
grep -Eq '^  1 2001:DB8::3 [0-9]+ msec' <<<"$out" && grep -Eq '^  2 2001:DB8:3::9 [0-9]+ msec' <<<"$out" || fail "IPv6: $out"
out=$(run R2 'traceroute 10.3.0.77 ttl 1 1 numeric source Ethernet0/1')
grep -q '^  1 10.0.23.3 ' <<<"$out" || fail "from another interface: $out"

# ping: a name, data, record route, a group
run R2 'ping H3 repeat 2 validate data 1234' | grep -q 'Success rate is 100 percent (2/2)' || fail "no ping with data"
out=$(run R2 'ping' '' '10.3.0.9' '1' '' '' 'y' '' '' '' '' '' 'r' '' '' '')
grep -q '^   (10.3.0.9)' <<<"$out" && grep -q '^   (10.0.23.2)' <<<"$out" || fail "no route recorded: $out"
in_ns H2 sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
run R2 'ping 10.2.0.255 repeat 1 timeout 1' | grep -q '^Reply to request 0 from 10.2.0.9, [0-9]* ms' || fail "no broadcast"

# Null0
config R2 'ip route 10.99.0.0 255.255.0.0 null 0' 'ipv6 route 2001:db8:99::/48 Null0'
run R2 'show ip route 10.99.1.1' | grep -q 'directly connected, via Null0' || fail "$(run R2 'show ip route 10.99.1.1')"
run R2 'show ip route static' | grep -q '^S        10.99.0.0/16 is directly connected, Null0' || fail "$(run R2 'show ip route static')"
in_ns R2 ip route show type blackhole | grep -q '^blackhole 10.99.0.0/16' || fail "no blackhole: $(in_ns R2 ip route)"
in_ns R2 ip -6 route show type blackhole | grep -q 'blackhole 2001:db8:99::/48' || fail "no blackhole: $(in_ns R2 ip -6 route)"
run R2 'show ip route 203.0.113.1' | grep -qx '% Network not in table' || fail "a route to 203.0.113.1"
run R2 'show ip route 10.77.0.1' | grep -qx '% Subnet not in table' || fail "a route to 10.77.0.1"
config R2 'no ip route 10.99.0.0 255.255.0.0 null 0'
in_ns R2 ip route show type blackhole | grep -q . && fail "a blackhole is left"

# the link
link() { in_ns R2 ip -o link show dev eth1 | sed 's/.*mtu \([0-9]*\).*/\1/'; }
habit() { in_ns R2 sysctl -n net.ipv4.conf.eth1.$1; }
[ "$(habit proxy_arp) $(habit send_redirects)" = '1 1' ] || fail "not as IOS has it: $(habit proxy_arp) $(habit send_redirects)"
config R2 'interface Ethernet0/1' 'mtu 1400' 'no ip redirects' 'no ip proxy-arp' 'bandwidth 5000' 'load-interval 30'
[ "$(link)" = 1400 ] || fail "the MTU is $(link)"
[ "$(habit proxy_arp) $(habit send_redirects)" = '0 0' ] || fail "proxy ARP or redirects stay on"
out=$(run R2 'show interfaces Ethernet0/1')
grep -q '  MTU 1400 bytes, BW 5000 Kbit/sec, DLY 1000 usec, ' <<<"$out" && grep -q '  30 second input rate' <<<"$out" || fail "$out"
out=$(run R2 'show ip interface Ethernet0/1')
grep -q '  MTU is 1400 bytes' <<<"$out" && grep -q '  ICMP redirects are never sent' <<<"$out" || fail "$out"
config R2 'interface Ethernet0/1' 'no mtu'
[ "$(link)" = 1500 ] || fail "the MTU stays at $(link)"
config R2 'interface Ethernet0/1' 'mtu 1400'

stop R2
[ "$(state)" = "$before" ] || fail "left behind: $(diff <(echo "$before") <(state))"
