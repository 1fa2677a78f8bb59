#!/bin/bash
# What somebody else does to the kernel under a running router: devices deleted, renamed, set down, moved, made anew; addresses,
# routes, neighbours, sysctls, rules taken away; more changes than the router could hear of. Each time show says what is
# true meanwhile, what IOS would log is logged, the tunnel carries packets again when the cause is gone, and the router
# neither spins nor keeps descriptors.
#
#   R2 10.0.23.2, 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 10.0.23.3, 2001:DB8::3 R3
#      Tunnel23 FD23::2, Tunnel24 192.168.24.2 (and the route to 3.3.3.3) ==== FD23::3, 192.168.24.3, 3.3.3.3
. "$(dirname "$0")/../lib.sh"

for n in 2 3; do
	o=$((5 - n))
	cat >"$lab/r$n.cfg" <<-X
		hostname R$n
		no ip domain lookup
		ipv6 unicast-routing
		logging buffered 1000000
		crypto isakmp policy 10
		 authentication pre-share
		 group 5
		crypto isakmp key cisco address ipv6 ::/0
		crypto isakmp key cisco address 0.0.0.0
		crypto isakmp keepalive 10 2 periodic
		crypto ipsec transform-set T esp-aes esp-sha-hmac
		crypto ipsec profile P
		 set transform-set T
		interface Loopback0
		 ip address $n.$n.$n.$n 255.255.255.255
		interface Ethernet0/0
		 ip address 10.0.23.$n 255.255.255.0
		 ipv6 address 2001:DB8::$n/64
		interface Tunnel23
		 ipv6 address FE80::23:$n link-local
		 ipv6 address FD23::$n/64
		 tunnel source Ethernet0/0
		 tunnel mode ipsec ipv6
		 tunnel destination 2001:DB8::$o
		 tunnel protection ipsec profile P
		interface Tunnel24
		 ip address 192.168.24.$n 255.255.255.0
		 ip tcp adjust-mss 1300
		 ip access-group 101 in
		 tunnel source Ethernet0/0
		 tunnel mode ipsec ipv4
		 tunnel destination 10.0.23.$o
		 tunnel protection ipsec profile P
		access-list 101 permit ip any any
		ip route $o.$o.$o.$o 255.255.255.255 Tunnel24
		ip route 0.0.0.0 0.0.0.0 10.0.23.$o
		end
	X
done

carries() {
	{ in_ns R2 ping -q -c 1 -W 1 fd23::3 && in_ns R3 ping -q -c 1 -W 1 192.168.24.2 &&
		in_ns R2 ping -q -c 1 -W 1 -I 2.2.2.2 3.3.3.3; } >/dev/null 2>&1
}
show_all() { for r in R2 R3; do run $r 'show ip interface brief' 'show crypto isakmp sa' 'show ip route' 'show logging'; in_ns $r ip addr; done; }
must_carry() { wait_for "${2:-45}" carries || fail "$1: no traffic. $(show_all)"; }
is() { # is INTERFACE STATUS PROTOCOL: in show ip interface brief
	run R2 'show ip interface brief' | grep -Eq "^$1 .* $2 +$3 *\$"
}
must_be() { wait_for 15 is "$@" || fail "$case: $1 is not $2/$3: $(show_all)"; }
logged() { [ "$(run R2 'show logging' | grep -cF "$1")" -ge "$2" ]; }
count() { run R2 'show logging' | grep -cF "$1"; }
says() { wait_for 15 logged "$1" $((${2:-0} + 1)) || fail "$case: not logged: $1. $(show_all)"; }
spi() { run R2 "show crypto ipsec sa interface $1" | sed -n 's/.*current outbound spi: *\(0x[0-9A-F]*\).*/\1/p'; }
in2() { in_ns R2 "$@" || fail "$case: $*"; }
down='changed state to down'
up='changed state to up'
line() { echo "Line protocol on Interface $1, "; }

# the processor's time of R2, in clock ticks
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"; }
fds() { ls "/proc/$pid/fd" | wc -l; }
threads() { ls "/proc/$pid/task" | wc -l; }
rests() { # for a second, a fifth of it at most
	local before
	before=$(ticks)
	sleep 1
	[ $(($(ticks) - before)) -lt $(($(getconf CLK_TCK) / 5)) ]
}
at_rest() { [ "$(fds) $(threads)" = "$first" ] && rests; }
begins() {
	case=$1
	downs=$(count "$(line "${2:-Tunnel24}")$down")
	ups=$(count "$(line "${2:-Tunnel24}")$up")
}
ends() { # ends [SECONDS]: as it was at first
	must_carry "$case" "${1:-45}"
	[ "$(cat "$lab/R2/mainmode.pid")" = "$pid" ] && alive "$lab/R2/mainmode.pid" mainmode || fail "$case: the router is gone"
	must_be Tunnel23 up up
	must_be Tunnel24 up up
	must_be Ethernet0/0 up up
	wait_for 45 at_rest || fail "$case: descriptors and threads $(fds) $(threads), at first $first; $(ticks) ticks. $(ls -l "/proc/$pid/fd")"
	echo "pass $case"
}

namespaces R2 R3 X && join R2 eth0 R3 eth0 || fail "no namespaces"
plug() { # the other end makes the veth, as a machine that gets its card back; R3's stays
	join R2 eth0 R3 eth0
}
for r in R3 R2; do boot $r "$lab/r${r#R}.cfg" -i Ethernet0/0=eth0 || fail "$r does not boot"; done
pid=$(cat "$lab/R2/mainmode.pid")
case='at first'
must_carry "$case"
sleep 6 # a tick
first="$(fds) $(threads)"

# --- the TUN devices ---
begins 'a TUN device is deleted'
before=$(spi Tunnel24)
in2 ip link del Tunnel24
says "$(line Tunnel24)$down" "$downs"
says "$(line Tunnel24)$up" "$ups"
ends
[ "$(spi Tunnel24)" = "$before" ] || fail "$case: the SAs are others"
in2 ip -6 link del Tunnel23
wait_for 15 carries || fail "$case: Tunnel23. $(show_all)"

begins 'a TUN device is set down'
in2 ip link set Tunnel24 down
in2 ip link set Tunnel23 down
ends

begins 'a TUN device gets another name'
# newer kernels rename what is up; an older one wants it down, where the router may be faster
wait_for 5 in_ns R2 sh -c 'ip link set Tunnel24 name other 2>/dev/null || { ip link set Tunnel24 down; ip link set Tunnel24 name other; }' ||
	fail "it cannot be renamed"
says "$(line Tunnel24)$down" "$downs"
ends
in_ns R2 ip link show other >/dev/null 2>&1 && fail "$case: the renamed one is left"

begins "a device of a tunnel's name is there"
kill -STOP "$pid"
in2 sh -ec 'ip link add Wrong type veth peer name Peer; ip link del Tunnel24; ip link set Wrong name Tunnel24'
kill -CONT "$pid"
must_be Tunnel24 up down
says "$(line Tunnel24)$down" "$downs"
in_ns R2 ip addr show dev Tunnel24 | grep -q 192.168.24.2 && fail "$case: it got our address"
in2 ip link del Tunnel24
ends

begins 'the MTU of a TUN device is changed'
mtu_of() { in_ns R2 ip -o link show "$1" | sed 's/.* mtu \([0-9]*\) .*/\1/'; }
mtu=$(mtu_of Tunnel24)
in2 ip link set Tunnel24 mtu 600
mtu_is_back() { [ "$(mtu_of Tunnel24)" = "$mtu" ]; }
wait_for 15 mtu_is_back || fail "$case: it stays: $(in_ns R2 ip link show Tunnel24)"
ends

# --- the port ---
begins 'the port is set down'
in2 ip link set eth0 down
ends

begins 'the port is removed'
port_downs=$(count "Interface Ethernet0/0, $down")
in2 ip link del eth0
must_be Ethernet0/0 down down
must_be Tunnel24 up down
says "%LINK-3-UPDOWN: Interface Ethernet0/0, $down" "$port_downs"
says "$(line Tunnel24)$down" "$downs"
run R2 'show ip route' | grep -q '10.0.23.0' && fail "$case: the route is there"
rests || fail "$case: it spins"
plug
case='the port is made again'
says "$(line Tunnel24)$up" "$ups"
ends 60
settings() { in_ns R2 sysctl -n net.ipv6.conf.eth0.accept_ra net.ipv4.conf.eth0.proxy_arp net.ipv4.conf.eth0.send_redirects | tr '\n' ' '; }
[ "$(settings)" = '0 1 1 ' ] || fail "$case: its settings are $(settings)"

begins 'the port is moved to another namespace and back'
in2 ip link set eth0 netns "$(cat "$lab/X.ns")"
must_be Ethernet0/0 down down
must_be Tunnel24 up down
in_ns X ip link set eth0 netns "$(cat "$lab/R2.ns")"
ends 60

begins 'the port is renamed and gets its name back'
in2 sh -c 'ip link set eth0 down; ip link set eth0 name away'
must_be Ethernet0/0 down down
in2 sh -c 'ip link set away down; ip link set away name eth0'
ends 60

begins 'the MTU of the port is changed'
in2 ip link set eth0 mtu 1300
in_ns R3 ip link set eth0 mtu 1300
small() { run R2 'show crypto ipsec sa interface Tunnel24' | grep -q 'path mtu 1300'; }
wait_for 15 small || fail "$case: $(run R2 'show crypto ipsec sa interface Tunnel24')"
in_ns R2 ping -q -c 2 -W 2 -s 4000 192.168.24.3 >/dev/null || fail "$case: large packets"
in_ns R3 ip link set eth0 mtu 1500
in2 ip link set eth0 mtu 1500
ends

# --- addresses, routes, neighbours ---
begins 'addresses are removed'
in2 ip addr del 10.0.23.2/24 dev eth0
in2 ip -6 addr del 2001:db8::2/64 dev eth0
in2 ip addr flush dev Tunnel24
in2 ip addr flush dev Tunnel23
in2 ip addr del 2.2.2.2/32 dev lo
ends

begins 'an address is changed'
in2 sh -c 'ip addr del 10.0.23.2/24 dev eth0; ip addr add 10.0.23.77/24 dev eth0'
back() { in_ns R2 ip addr show dev eth0 | grep -q '10.0.23.2/24' && run R2 'show ip interface brief' | grep -q '^Ethernet0/0  *10.0.23.2 '; }
wait_for 15 back || fail "$case: $(show_all)"
in_ns R2 ip addr show dev eth0 | grep -q '10.0.23.77/24' || fail "$case: what is not ours is gone"
in2 ip addr del 10.0.23.77/24 dev eth0
ends

begins 'routes are removed and replaced'
in2 ip route del default
in2 ip route del 3.3.3.3
routes_are_back() { in_ns R2 ip route show default | grep -q 'via 10.0.23.3' && in_ns R2 ip route show 3.3.3.3 | grep -q Tunnel24; }
wait_for 15 routes_are_back || fail "$case: $(in_ns R2 ip route)"
in2 ip route replace default via 10.0.23.9 dev eth0 metric 1
in2 ip route flush proto static 2>/dev/null
wait_for 15 routes_are_back || fail "$case: replaced: $(in_ns R2 ip route)"
in_ns R2 ip route del default via 10.0.23.9 2>/dev/null
in2 ip -6 route flush dev Tunnel23 proto kernel 2>/dev/null # its own connected route
in2 ip -6 route replace fd23::/64 dev Tunnel23
ends

begins 'the neighbours are flushed'
in2 ip neigh flush all
in2 ip -6 neigh flush all
ends

# --- sysctls, rules ---
begins 'forwarding is switched off'
in2 sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
forwards() { [ "$(in_ns R2 sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.Tunnel23.forwarding | tr '\n' ' ')" = '1 1 0 ' ]; }
wait_for 15 forwards || fail "$case: it stays so: $(in_ns R2 sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.Tunnel23.forwarding)"
says '%SYS-4-NETIF: ipv4/ip_forward was set to 0 by another program, it is 1 again'
ends

begins 'IPv6 is switched off and on'
in2 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ends 60

begins 'the rules are flushed'
in2 nft flush ruleset
tables() { [ "$(in_ns R2 nft list tables | sort | tr '\n' ' ')" = "$tables" ]; }
tables=$(in_ns R3 nft list tables | sort | tr '\n' ' ')
[ "$(echo "$tables" | wc -w)" -eq 6 ] || fail "$case: R3 has $tables"
wait_for 20 tables || fail "$case: $(in_ns R2 nft list tables), wanted $tables"
says '%SEC-3-FILTER: The table'
says '%SYS-4-NETIF: The table mainmode of nftables is gone, it is made again'
ends

# --- more than it hears of ---
begins 'thousands of changes while it was stopped'
kill -STOP "$pid"
{
	for k in $(seq 3000); do
		echo "addr add 10.9.$((k / 250)).$((k % 250 + 1))/32 dev lo"
	done
	for k in $(seq 3000); do
		echo "addr del 10.9.$((k / 250)).$((k % 250 + 1))/32 dev lo"
	done
	echo 'addr del 192.168.24.2/24 dev Tunnel24'
	echo 'addr del 10.0.23.2/24 dev eth0'
	echo 'route del 3.3.3.3'
	echo 'link del Tunnel23' # the very last that it does not hear
} | in_ns R2 ip -force -batch - >"$lab/batch" 2>&1
kill -CONT "$pid"
ends 60

begins 'the port is gone when it wakes up'
kill -STOP "$pid"
for k in $(seq 1500); do echo "addr add 10.9.$((k / 250)).$((k % 250 + 1))/32 dev lo"; done | in_ns R2 ip -force -batch -
in2 ip link del eth0
for k in $(seq 1500); do echo "addr del 10.9.$((k / 250)).$((k % 250 + 1))/32 dev lo"; done | in_ns R2 ip -force -batch -
kill -CONT "$pid"
must_be Ethernet0/0 down down
must_be Tunnel24 up down
plug
ends 60
true
