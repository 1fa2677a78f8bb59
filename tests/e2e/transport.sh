#!/bin/bash
# What carries native ESP. R2 and R3 with a tunnel for IPv6 between IPv6 addresses and one for IPv4 between IPv4 addresses:
#
#   R2 10.0.23.2, 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 10.0.23.3, 2001:DB8::3 R3
#      Tunnel23 (IPv6), Tunnel24 (IPv4) 192.168.24.2 ==== ESP ==== 192.168.24.3, 3.3.3.3
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" -eq 0 ] || { echo "skipped: AF_XDP wants CAP_BPF of the host"; exit 0; }

has_program() { in_ns "${1:-R2}" ip link show dev "${2:-eth0}" | grep -q xdpgeneric; }
no_program() { ! has_program "$@"; }
line_of() { run "$1" 'show crypto engine configuration' | grep -A1 '^   Ethernet0/0 '; }
goes_by() { line_of "$1" | grep -qF "$2"; }
must_go_by() { wait_for "${3:-15}" goes_by "$1" "$2" || fail "$1: not '$2' but: $(line_of "$1")"; }
pings() {
	run R2 'ping fe80::23:3' tunnel23 | grep -q '(5/5)' || fail "$1: IPv6: $(run R2 'ping fe80::23:3' tunnel23)"
	run R2 'ping 3.3.3.3 size 1400' | grep -q '(5/5)' || fail "$1: IPv4: $(run R2 'ping 3.3.3.3 size 1400')"
}
sent() { line_of R2 | sed -n 's/^ *\([0-9]*\) sent, .*/\1/p'; }
received() { line_of R2 | sed -n 's/.* \([0-9]*\) received, .*/\1/p'; }
# by_xdp WHAT / by_raw WHAT WHY: both tunnels answer, and go by AF_XDP both ways / by the raw socket. A packet for which there
# is no next hop goes by the raw socket, so a neighbour may have to be found first.
by_xdp() {
	local s r k
	must_go_by R2 'AF_XDP (generic)'
	for k in 1 2 3; do
		s=$(sent) r=$(received)
		pings "$1"
		[ $(($(sent) - s)) -ge 10 ] && [ $(($(received) - r)) -ge 10 ] && return
	done
	fail "$1: $s sent, $r received before, and now: $(line_of R2)"
}
by_raw() {
	must_go_by R2 "$2"
	goes_by R2 'raw socket' || fail "$1: $(line_of R2)"
	wait_for 5 no_program || fail "$1: a program is there"
	pings "$1"
}
ready() {
	local t
	for t in Tunnel23 Tunnel24; do
		wait_for 30 sh -c "'$mainmode' exec --quiet --state '$lab/R2' 'show interfaces $t' | grep -q 'line protocol is up'" ||
			fail "$t does not come up: $1"
	done
}
second_tunnel() { # of router n
	local n=$1 o=$((5 - $1))
	config R$n "crypto isakmp key cisco address 10.0.23.$o" 'interface Loopback0' "ip address $n.$n.$n.$n 255.255.255.255" \
		'interface Ethernet0/0' "ip address 10.0.23.$n 255.255.255.0" 'crypto ipsec transform-set TUN esp-aes esp-sha-hmac' \
		'crypto ipsec profile PRO4' 'set transform-set TUN' 'interface Tunnel24' "ip address 192.168.24.$n 255.255.255.0" \
		'tunnel source Ethernet0/0' 'tunnel mode ipsec ipv4' "tunnel destination 10.0.23.$o" \
		'tunnel protection ipsec profile PRO4' "ip route $o.$o.$o.$o 255.255.255.255 Tunnel24" || fail "configuration of R$n"
	run R$n 'write memory' >/dev/null
}
# rules add|del TABLE: what goes to the peers is looked up there first
rules() { in_ns R2 ip rule "$1" to 10.0.23.3 lookup "$2" && in_ns R2 ip -6 rule "$1" to 2001:db8::3 lookup "$2"; }
unheard() { run R2 "ping $1 timeout 1 repeat 1" ${2-} | grep -q '(0/1)'; }
down() { run R2 "show interfaces $1" | grep -q 'line protocol is down'; }
# follows_kernel HOW...: the way to the peers is closed and opened again by what is no route; HOW tells that all is well
follows_kernel() {
	local via
	for via in 10.0.23.8 2001:db8::8; do # where nobody is, and a black hole, in tables that no rule names yet
		in_ns R2 ip route replace default via $via dev eth0 table 201 || fail "no gateway"
	done
	in_ns R2 ip route replace blackhole default table 200 && in_ns R2 ip -6 route replace blackhole default table 200 || fail "no black hole"
	rules add 201 || fail "no rules"
	wait_for 15 unheard 3.3.3.3 && wait_for 15 unheard fe80::23:3 tunnel23 || fail "not by the gateway that a rule leads to"
	down Tunnel23 || down Tunnel24 && fail "a tunnel is down for another gateway"
	rules del 201 || fail "the rules to a gateway stay"
	"$@" "by the gateway no longer"
	rules add 200 || fail "no rules"
	wait_for 15 down Tunnel23 && wait_for 15 down Tunnel24 || fail "a rule leads to a black hole, and a tunnel is up"
	rules del 200 || fail "the rules to a black hole stay"
	ready "the black hole is gone"
	"$@" "the black hole is gone"
	# the route stays as it is, and nothing is told of it
	in_ns R2 ip nexthop add id 1 via 10.0.23.3 dev eth0 && in_ns R2 ip route add 10.0.23.3/32 nhid 1 || fail "no nexthop"
	"$@" "over a nexthop"
	in_ns R2 ip nexthop replace id 1 via 10.0.23.8 dev eth0
	wait_for 15 unheard 3.3.3.3 || fail "not by the nexthop"
	in_ns R2 ip nexthop del id 1
	"$@" "the nexthop is gone"
}

namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
for r in R2 R3; do
	mkdir -p "$lab/$r"
	cp "$top/startup-config/$(echo $r | tr R r).cfg" "$lab/$r/startup-config"
	boot $r -i Ethernet0/0=eth0 || fail "$r does not boot"
done
second_tunnel 2
second_tunnel 3
ready "at first"

# a veth, and nothing speaks against it
by_xdp "auto on a veth"
must_go_by R3 'AF_XDP (generic)'
has_program || fail "no program on R2's interface"
run R2 'ping 3.3.3.3 size 4000' | grep -q '(5/5)' || fail "larger than the link: $(run R2 'ping 3.3.3.3 size 4000')"

# what is not ours is the kernel's
in_ns R3 ping -c 2 -W 2 10.0.23.2 >/dev/null || fail "a plain ping"

# frames that do not fit
in_ns R2 ip link set eth0 mtu 1800
by_raw "a large MTU" 'MTU 1800 is larger than 1778'
in_ns R2 ip link set eth0 mtu 1500
by_xdp "the MTU is small again"

# access lists filter in the kernel
config R2 'access-list 101 permit ip any any' 'interface Ethernet0/0' 'ip access-group 101 in'
by_raw "an access list" 'access lists filter on the interface'
goes_by R2 'packet socket' && fail "past an access list: $(line_of R2)"
config R2 'interface Ethernet0/0' 'no ip access-group 101 in' 'ipv6 access-list V6' 'permit ipv6 any any' \
	'interface Ethernet0/0' 'ipv6 traffic-filter V6 out'
by_raw "an IPv6 access list" 'access lists filter on the interface'
config R2 'interface Ethernet0/0' 'no ipv6 traffic-filter V6 out'
by_xdp "no access list any more"

# somebody takes the program off and puts another there: traffic goes on, and AF_XDP is tried again until the other is gone
tool=$(dirname "$mainmode")/tests/bin/xdp_tool
in_ns R2 "$tool" detach eth0 || fail "the program cannot be detached"
helper R2 hold "$tool" hold eth0
wait_for 10 has_program || fail "the other program is not there: $(cat "$lab/hold.out")"
pings "before it is seen"
must_go_by R2 'the XDP program is gone'
pings "the program was taken off"
must_go_by R2 'another XDP program is there' 60
goes_by R2 'raw socket' || fail "another program: $(line_of R2)"
pings "another program"
helper_down hold
must_go_by R2 'AF_XDP (generic)' 60
by_xdp "the other program is gone"

# the interface goes down and comes up
config R2 'interface Ethernet0/0' 'shutdown'
wait_for 5 no_program || fail "a program on an interface that is shut down"
config R2 'interface Ethernet0/0' 'no shutdown'
ready "after no shutdown"
by_xdp "after no shutdown"
config R3 'interface Ethernet0/0' 'shutdown'
wait_for 5 no_program || fail "a program on an interface without carrier"
config R3 'interface Ethernet0/0' 'no shutdown'
ready "after the carrier was lost"
by_xdp "after the carrier was lost"

# the neighbour is another machine now
in_ns R3 ip link set eth0 address 02:00:00:00:23:33
in_ns R3 ip link set eth0 up
in_ns R2 ip neigh flush dev eth0
ready "after the neighbour's address changed"
by_xdp "the neighbour's address"
# ... or this one: the other side is not told, and would find out when its probes fail
in_ns R2 ip link set eth0 address 02:00:00:00:23:22
in_ns R3 ip neigh flush dev eth0
ready "after the own address changed"
by_xdp "the own address"

# over a gateway: the route to the peer leads through it (the peer itself, by another address)
in_ns R3 ip address add 10.0.23.9/24 dev eth0
in_ns R2 ip route add 10.0.23.3/32 via 10.0.23.9 dev eth0
by_xdp "over a gateway"
in_ns R2 ip route del 10.0.23.3/32 via 10.0.23.9 dev eth0
by_xdp "without the gateway"
# what changes a way and is no route
in_ns R2 sysctl -qw net.ipv4.nexthop_compat_mode=0
follows_kernel by_xdp

# nothing native leaves: no program, and no packet socket is spoken of
config R2 'interface Tunnel23' 'shutdown' 'interface Tunnel24' 'shutdown'
must_go_by R2 'no native ESP leaves here'
goes_by R2 'packet socket' && fail "nothing leaves: $(line_of R2)"
wait_for 5 no_program || fail "nothing leaves: a program is there"
config R2 'interface Tunnel23' 'no shutdown' 'interface Tunnel24' 'no shutdown'
ready "after the tunnels' no shutdown"
by_xdp "after the tunnels' no shutdown"

# kill -9 leaves nothing; the next boot has it again
pid=$(cat "$lab/R2/mainmode.pid")
kill -9 "$pid"
wait_gone "$pid"
no_program || fail "kill -9 left the program"
boot R2 -i Ethernet0/0=eth0 || fail "R2 does not boot after kill -9"
ready "after kill -9"
by_xdp "after kill -9"
stop R2
no_program || fail "the program is there after the end"

# raw attaches nothing; xdp is as auto is on a veth
boot R2 -i Ethernet0/0=eth0 --transport raw || fail "R2 does not boot with raw"
ready "with raw"
by_raw "raw" 'booted with --transport raw'
must_go_by R2 'raw socket, packet socket to known next hops'
# where nothing filters, its packets to a known neighbour pass the kernel's IP by, and captures still see them
in_ns R2 nft 'table ip watch { counter passed {}; chain out { type filter hook output priority 0; ip protocol esp counter name passed; }; }'
by_ip() { in_ns R2 nft list counter ip watch passed | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }
pinged() { # how many of five pings' packets passed the kernel's IP
	local before
	before=$(by_ip)
	[ -n "$before" ] || fail "no counter"
	run R2 'ping 3.3.3.3 size 1400' | grep -q '(5/5)' || fail "$1: no answer"
	echo $(($(by_ip) - before))
}
past() { [ "$(pinged "$1")" = 0 ]; }
wait_for 15 past "raw, past IP" || fail "raw: packets pass the kernel's IP: $(by_ip)"
helper R2 capture tcpdump -q -i eth0 -c 1 ip proto 50 and src 10.0.23.2
wait_for 10 grep -q listening "$lab/capture.out" || fail "no capture: $(cat "$lab/capture.out")"
run R2 'ping 3.3.3.3' >/dev/null
wait_for 10 grep -q '^1 packet captured' "$lab/capture.out" || fail "no capture sees it: $(cat "$lab/capture.out")"
helper_down capture
# access lists do see them
config R2 'access-list 101 permit ip any any' 'interface Ethernet0/0' 'ip access-group 101 out'
seen() { [ "$(pinged "raw with an access list")" = 5 ]; }
wait_for 15 seen || fail "raw with an access list: packets pass the kernel's IP by"
config R2 'interface Ethernet0/0' 'no ip access-group 101 out' 'exit' 'no access-list 101'
wait_for 15 past "raw, without the list" || fail "raw without the list: packets pass the kernel's IP"
in_ns R2 nft delete table ip watch
raw_again() { by_raw "$1" 'booted with --transport raw'; }
follows_kernel raw_again
stop R2
boot R2 -i Ethernet0/0=eth0 --transport xdp || fail "R2 does not boot with xdp"
ready "with xdp"
by_xdp "xdp"
"$mainmode" boot --transport udp 2>"$lab/usage" && fail "a transport of another name"
grep -q 'takes auto, raw or xdp' "$lab/usage" || fail "$(cat "$lab/usage")"
stop R2

# what is no veth is left alone, unless it is asked for
in_ns R2 ip link add mac0 link eth0 type macvlan mode private
in_ns R2 ip link set mac0 up
boot R2 -i Ethernet0/0=mac0 || fail "R2 does not boot on a macvlan"
ready "on a macvlan"
must_go_by R2 'not a veth'
pings "on a macvlan"
no_program R2 mac0 || fail "a program on a macvlan"
stop R2
boot R2 -i Ethernet0/0=mac0 --transport xdp || fail "R2 does not boot on a macvlan with xdp"
ready "on a macvlan with xdp"
by_xdp "xdp on a macvlan"
