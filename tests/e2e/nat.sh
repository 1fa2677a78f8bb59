#!/bin/bash
# Tunnels through NAT: ESP in UDP on port 4500. N translates what goes to the hub's side with nftables.
#
#   R2 Et0/0 10.2.0.2 ---- eth2 10.2.0.1  N  eth3 10.3.0.1 ---- Et0/0 10.3.0.3  HUB, R3
#   R4 Et0/0 10.4.0.4 ---- eth4 10.4.0.1  N
#
#   two initiators behind one address, a mapping that is renewed under traffic, keepalives;
#   both ends behind NAT, either may begin; IPv6
. "$(dirname "$0")/../lib.sh"
namespaces N R2 R4 R3 && join N eth2 R2 eth0 && join N eth4 R4 eth0 && join N eth3 R3 eth0 || fail "no namespaces"
in_ns N sh -ec 'for n in 2 3 4; do
		ip addr add 10.$n.0.1/24 dev eth$n
		ip addr add 2001:db8:$n::1/64 dev eth$n nodad
	done
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'

translate() { # translate 'RULE OF POSTROUTING' ['RULE OF PREROUTING']...: in the place of what stood there
	local post=$1
	shift
	{
		echo "add table inet nat"
		echo "delete table inet nat"
		echo "table inet nat {
			chain post { type nat hook postrouting priority srcnat; $post; }
			chain pre { type nat hook prerouting priority dstnat;"
		printf '%s\n' "$@" '}' '}'
	} | in_ns N nft -f - || fail "nft: $post $*"
}

# masquerade's mappings towards the hub go with the address
forget() { in_ns N sh -c 'ip addr del 10.3.0.1/24 dev eth3; ip addr add 10.3.0.1/24 dev eth3'; }

common() { # common NUMBER 'CRYPTO LINE'...
	local n=$1
	shift
	printf '%s\n' "hostname R$n" 'ip domain name example.com' 'ipv6 unicast-routing' 'crypto isakmp policy 10' \
		' authentication pre-share' ' group 2' "$@" \
		'crypto ipsec transform-set TRA esp-aes esp-sha-hmac' 'crypto ipsec profile PRO' ' set transform-set TRA' \
		'interface Loopback0' " ip address 10.255.0.$n 255.255.255.255" " ipv6 address 2001:DB8:FF::$n/128" \
		'interface Ethernet0/0' " ip address 10.$n.0.$n 255.255.255.0" " ipv6 address 2001:DB8:$n::$n/64" \
		"ip route 0.0.0.0 0.0.0.0 10.$n.0.1" "ipv6 route ::/0 2001:DB8:$n::1"
}

vti() { # vti MODE DESTINATION 'ROUTE'
	printf '%s\n' 'interface Tunnel1' " ${1/ipv4/ip} unnumbered Loopback0" ' tunnel source Ethernet0/0' \
		" tunnel mode ipsec $1" " tunnel destination $2" ' tunnel protection ipsec profile PRO' "$3"
}

template() { # template NUMBER: for the peer of that name
	printf '%s\n' "crypto isakmp profile P$1" '   keyring ALL' "   match identity host R$1.example.com" \
		"   virtual-template $1" "interface Virtual-Template$1 type tunnel" ' ip unnumbered Loopback0' \
		' tunnel mode ipsec ipv4' ' tunnel protection ipsec profile PRO' \
		"ip route 10.255.0.$1 255.255.255.255 Virtual-Template$1"
}

start() { boot "$1" "$lab/$1.cfg" -i Ethernet0/0=eth0 || fail "$1 does not boot"; }
all() { for r in "$@"; do run "$r" 'show ip interface brief' 'show crypto session detail' 'show crypto ipsec sa' 'show logging'; done; }
reach() { # reach FROM ADDRESS
	run "$1" "ping $2 source Loopback0" | grep -q '([45]/5)'
}
must_reach() { wait_for "${3:-30}" reach "$1" "$2" || fail "$1 does not reach $2: $(all R2 R3)"; }
encapsulated() { # encapsulated ROUTER: what show commands say
	run "$1" 'show crypto ipsec sa' >"$lab/sa"
	grep -q 'in use settings ={Tunnel UDP-Encaps, }' "$lab/sa" || fail "$1: $(cat "$lab/sa")"
	grep -q 'in use settings ={Tunnel, }' "$lab/sa" && fail "$1 has native SAs too: $(cat "$lab/sa")"
	run "$1" 'show crypto session detail' >"$lab/session"
	grep -q 'Capabilities:[A-Z]*N' "$lab/session" || fail "$1: $(cat "$lab/session")"
}
# transfer FROM TO FROM-ADDRESS TO-ADDRESS: 4 MB over TCP, whole
transfer() {
	in_ns "$2" timeout 60 python3 -c 'import hashlib, socket, sys
s = socket.create_server((sys.argv[1], 7777), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
open(sys.argv[2], "w").write("up")
c, h, n = s.accept()[0], hashlib.sha256(), 0
while (d := c.recv(65536)):
    h.update(d); n += len(d)
print(n, h.hexdigest())' "$4" "$lab/listens" >"$lab/received" &
	wait_for 10 test -s "$lab/listens" || fail "no server"
	in_ns "$1" timeout 60 python3 -c 'import hashlib, random, socket, sys
d = random.Random(7).randbytes(4 << 20)
s = socket.create_connection((sys.argv[2], 7777), 20, (sys.argv[1], 0))
s.sendall(d); s.close()
print(len(d), hashlib.sha256(d).hexdigest())' "$3" "$4" >"$lab/sent" || fail "TCP from $1 to $2: $(all R2 R3)"
	wait $!
	cmp -s "$lab/sent" "$lab/received" || fail "TCP from $1 to $2: $(cat "$lab/sent" "$lab/received")"
	rm "$lab/listens"
}

# --- two initiators behind one address ---
translate 'oifname "eth3" masquerade'
{
	common 3 'crypto keyring ALL' '  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco'
	template 2
	template 4
} >"$lab/R3.cfg"
for n in 2 4; do
	{
		common $n 'crypto isakmp key cisco address 10.3.0.3' 'crypto isakmp identity hostname' \
			'crypto isakmp nat keepalive 5'
		vti ipv4 10.3.0.3 'ip route 10.255.0.0 255.255.255.0 Tunnel1'
	} >"$lab/R$n.cfg"
done
for r in R3 R2 R4; do start $r; done
for n in 2 4; do
	must_reach R$n 10.255.0.3
	must_reach R3 10.255.0.$n
done
must_reach R2 10.255.0.4 # from one to the other through the hub
for r in R2 R4 R3; do encapsulated $r; done
[ "$(run R3 'show crypto session' | grep -c '^Interface: Virtual-Access')" -eq 2 ] || fail "$(all R3)"
transfer R2 R3 10.255.0.2 10.255.0.3
transfer R3 R4 10.255.0.3 10.255.0.4
in_ns N timeout 20 tcpdump -c 1 -ni eth2 'udp src port 4500 and udp[4:2] = 9 and udp[8] = 0xff' >"$lab/dump" 2>&1 ||
	fail "no keepalive of R2: $(cat "$lab/dump")"

# --- the mapping goes, and another comes, under traffic: the SAs stay and nothing is negotiated ---
port() { run R3 'show crypto session' | sed -n 's/^Peer: 10.3.0.1 port \([0-9]*\).*/\1/p'; }
spis() { run R2 'show crypto ipsec sa' | grep -E '^ *spi:'; }
before=$(spis)
in_ns R2 ping -q -i 0.02 -c 250 -I 10.255.0.2 10.255.0.3 >"$lab/ping" &
ping=$!
crossed() { [ "$(in_ns N nft list counter inet watch seen 2>/dev/null | sed -n 's/.*packets \([0-9]*\).*/\1/p')" -ge "$1" ]; }
in_ns N nft -f - <<'N'
table inet watch {
	counter seen { }
	chain c { type filter hook forward priority 0; iifname "eth2" udp sport 4500 counter name seen; }
}
N
wait_for 10 crossed 50 || fail "no traffic: $(in_ns N nft list ruleset)"
translate 'oifname "eth3" meta l4proto udp masquerade to :20000-20999'
forget
wait "$ping"
received=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$lab/ping")
[ "$received" -ge 200 ] || fail "the peer was lost with its mapping: $(cat "$lab/ping"; all R3)"
moved() { port | grep -q '^20[0-9][0-9][0-9]$'; }
wait_for 10 moved || fail "the session is where it was: $(all R3)"
must_reach R3 10.255.0.2 10 # from the side that had to learn the new mapping
[ "$before" = "$(spis)" ] || fail "other SAs: $before $(spis)"
must_reach R4 10.255.0.3
must_reach R3 10.255.0.4
transfer R3 R2 10.255.0.3 10.255.0.2

# --- both behind NAT, ports 500 and 4500 forwarded both ways ---
for r in R2 R4 R3; do stop $r; done
forget # R4's mapping would have R3's packets
in_ns N ip addr add 10.3.0.5/24 dev eth3 # N remembers flows to the other one
translate 'oifname "eth2" masquerade; oifname "eth3" snat ip to 10.3.0.5' \
	'iifname "eth2" udp dport { 500, 4500 } ip daddr 10.2.0.1 dnat ip to 10.3.0.3' \
	'iifname "eth3" udp dport { 500, 4500 } ip daddr 10.3.0.5 dnat ip to 10.2.0.2'
for n in 2 3; do
	{
		common $n 'crypto isakmp key cisco address 0.0.0.0'
		vti ipv4 $([ $n = 2 ] && echo 10.2.0.1 || echo 10.3.0.5) "ip route 10.255.0.$((5 - n)) 255.255.255.255 Tunnel1"
	} >"$lab/R$n.cfg"
done
for r in R3 R2; do start $r; done
must_reach R2 10.255.0.3
must_reach R3 10.255.0.2
for r in R2 R3; do encapsulated $r; done
transfer R2 R3 10.255.0.2 10.255.0.3
stop R3 # and R3 alone begins
config R2 'crypto ipsec profile PRO' 'responder-only'
start R3
must_reach R3 10.255.0.2 60
must_reach R2 10.255.0.3
for r in R2 R3; do encapsulated $r; done

# --- IPv6: offered where keepalives are configured ---
for r in R2 R3; do stop $r; done
translate 'oifname "eth3" masquerade'
{
	common 2 'crypto isakmp key cisco address ipv6 ::/0' 'crypto isakmp nat keepalive 5'
	vti ipv6 2001:DB8:3::3 'ipv6 route 2001:DB8:FF::3/128 Tunnel1'
} >"$lab/R2.cfg"
{
	common 3 'crypto isakmp key cisco address ipv6 ::/0'
	vti ipv6 2001:DB8:3::1 'ipv6 route 2001:DB8:FF::2/128 Tunnel1'
} >"$lab/R3.cfg"
for r in R3 R2; do start $r; done
must_reach R2 2001:DB8:FF::3 60
must_reach R3 2001:DB8:FF::2
for r in R2 R3; do encapsulated $r; done
transfer R2 R3 2001:db8:ff::2 2001:db8:ff::3
transfer R3 R2 2001:db8:ff::3 2001:db8:ff::2
exit 0
