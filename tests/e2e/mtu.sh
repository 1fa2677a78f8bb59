#!/bin/bash
# Packets of all sizes: what fits, what is cut before and after encryption, what is answered, a narrow link in the
# middle, who is believed about it, adjust-mss, TOS, ECN and flow labels on the wire, fragments of ESP that come in.
#
#   H2 --- eth1 R2 eth0 --- eth2 M eth0 ---- narrow? ---- eth0 K eth3 --- eth0 R3 eth1 --- H3
#   10.2.0.9    10.12.0.2   10.12.0.1  10.99.0.1/.2   10.13.0.1   10.13.0.3      10.3.0.9
#             ======= Tunnel24: ipsec ipv4, Tunnel23: ipsec ipv6 =======
. "$(dirname "$0")/../lib.sh"
namespaces H2 R2 M K R3 H3 && join R2 eth1 H2 eth0 && join R2 eth0 M eth2 && join M eth0 K eth0 && join K eth3 R3 eth0 &&
	join R3 eth1 H3 eth0 || fail "no namespaces"
in_ns M sh -ec 'ip addr add 10.12.0.1/24 dev eth2; ip addr add 2001:db8:12::1/64 dev eth2 nodad
	ip addr add 10.99.0.1/24 dev eth0; ip addr add 2001:db8:99::1/64 dev eth0 nodad
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip route add 10.13.0.0/24 via 10.99.0.2; ip route add 2001:db8:13::/64 via 2001:db8:99::2'
in_ns K sh -ec 'ip addr add 10.13.0.1/24 dev eth3; ip addr add 2001:db8:13::1/64 dev eth3 nodad
	ip addr add 10.99.0.2/24 dev eth0; ip addr add 2001:db8:99::2/64 dev eth0 nodad
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip route add 10.12.0.0/24 via 10.99.0.1; ip route add 2001:db8:12::/64 via 2001:db8:99::1'
for n in 2 3; do
	o=$((5 - n))
	in_ns H$n sh -ec "ip link set eth0 mtu 9000; ip addr add 10.$n.0.9/24 dev eth0
		ip addr add 2001:db8:$n::9/64 dev eth0 nodad
		ip route add default via 10.$n.0.1; ip -6 route add default via 2001:db8:$n::1"
	in_ns R$n ip link set eth1 mtu 9000
	cat >"$lab/R$n.cfg" <<C
hostname R$n
ipv6 unicast-routing
crypto isakmp policy 10
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
 tunnel destination 2001:DB8:1$o::$o
 tunnel protection ipsec profile PRO
interface Tunnel24
 ip address 192.168.24.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination 10.1$o.0.$o
 tunnel protection ipsec profile PRO
interface Ethernet0/0
 ip address 10.1$n.0.$n 255.255.255.0
 ipv6 address 2001:DB8:1$n::$n/64
interface Ethernet0/1
 ip address 10.$n.0.1 255.255.255.0
 ipv6 address 2001:DB8:$n::1/64
ip route 10.1$o.0.0 255.255.255.0 10.1$n.0.1
ip route 10.$o.0.0 255.255.255.0 192.168.24.$o
ipv6 route 2001:DB8:1$o::/64 2001:DB8:1$n::1
ipv6 route 2001:DB8:$o::/64 Tunnel23
end
C
	boot R$n "$lab/R$n.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "R$n does not boot"
done

state() { run "$1" 'show interfaces Tunnel24' 'show interfaces Tunnel23' 'show crypto ipsec sa' 'show logging' | tail -150; }
is_down() { run "$1" "show interfaces $2" | grep -q 'line protocol is down'; }
up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
all_up() { for r in R2 R3; do for t in "$@"; do wait_for 30 up $r $t || fail "$t of $r is not up: $(state $r)"; done; done; }
transport() { run R2 "show interfaces $1" | sed -n 's/.*Tunnel transport MTU \([0-9]*\) bytes.*/\1/p'; }
transport_is() { [ "$(transport "$1")" = "$2" ]; }
formula() { echo $((($1 - $2 - 8 - 16 - 12) / 16 * 16 - 2)); } # formula PATH OUTER
reach() { in_ns H2 ping -q -c 1 -W 1 "$@" >/dev/null 2>&1; }
forget() { for h in H2 H3; do in_ns $h sh -c 'ip route flush cache; ip -6 route flush cache'; done; } # what ICMP told the hosts
passes() { forget; wait_for 10 reach "$@" || fail "lost: ping $*: $(state R2)"; }
answered() { # answered MTU PING-ARGUMENT...: too big, and this is what would fit
	local mtu=$1
	shift
	told() { forget; in_ns H2 ping -c 1 -W 1 "$@" 2>&1 | grep -qiE "mtu( = |[=: ])$mtu"; }
	wait_for 10 told "$@" || fail "no ICMP with MTU $mtu: $(in_ns H2 ping -c 1 -W 1 "$@" 2>&1)"
}

# --- sizes of the link ---
links() { # links MTU: from R2 to R3
	in_ns R2 ip link set eth0 mtu $1 && in_ns M ip link set eth2 mtu $1 && in_ns M ip link set eth0 mtu $1 &&
		in_ns K ip link set eth0 mtu $1 && in_ns K ip link set eth3 mtu $1 && in_ns R3 ip link set eth0 mtu $1
}
sizes() { # sizes TARGET TUNNEL LINK OUTER HEADERS
	local fits
	fits=$(formula $3 $4)
	wait_for 30 transport_is $2 $fits || fail "link of $3: transport MTU $(transport $2), not $fits"
	all_up $2
	passes -M do -s $((fits - $5)) $1
	if [ $5 = 28 ]; then
		answered $fits -M do -s $((fits - 27)) $1
		passes -M dont -s 4000 $1
	else
		[ $fits -lt 1280 ] && fits=1280
		answered $fits -M do -s $((fits - 47)) $1
		passes -M want -s 4000 $1
	fi
}
spis() { run R2 'show crypto ipsec sa' | grep -E '^ *spi:'; }
all_up Tunnel23 Tunnel24
pairs=$(spis)
for mtu in 9000 1400 1280 1500; do
	links $mtu
	sizes 10.3.0.9 Tunnel24 $mtu 20 28
	sizes 2001:db8:3::9 Tunnel23 $mtu 40 48
done
[ "$pairs" = "$(spis)" ] || fail "negotiated again: $pairs $(spis)"
links 576 # too narrow for IPv6
sizes 10.3.0.9 Tunnel24 576 20 28
links 1500
for a in "R2 eth0 2001:db8:12::2" "M eth2 2001:db8:12::1" "M eth0 2001:db8:99::1" "K eth0 2001:db8:99::2" "K eth3 2001:db8:13::1" "R3 eth0 2001:db8:13::3"; do
	set -- $a # the kernel took IPv6 off the links
	in_ns $1 ip addr replace $3/64 dev $2 nodad
done
in_ns M ip -6 route replace 2001:db8:13::/64 via 2001:db8:99::2
in_ns K ip -6 route replace 2001:db8:12::/64 via 2001:db8:99::1
all_up Tunnel23 Tunnel24
passes 2001:db8:3::9

# --- DF, before and after encryption ---
# seen PATTERN FILTER PING-ARGUMENT...: a line of tcpdump between R2 and M
seen() {
	local pattern=$1 filter=$2 pid
	shift 2
	rm -f "$lab/dump" "$lab/dump.err"
	in_ns M tcpdump -lnvi eth2 "src host 10.12.0.2 or src host 2001:db8:12::2" and "($filter)" >"$lab/dump" 2>"$lab/dump.err" &
	pid=$!
	wait_for 10 grep -qs listening "$lab/dump.err" || fail "tcpdump: $(cat "$lab/dump.err")"
	forget
	in_ns H2 ping -q -c 3 -i 0.2 -W 1 "$@" >"$lab/ping" 2>&1
	wait_for 5 grep -qE "$pattern" "$lab/dump" || { kill $pid; fail "not on the wire: $pattern, ping $*: $(cat "$lab/ping" "$lab/dump")"; }
	kill $pid
	wait $pid 2>/dev/null
}
mode() { # mode DF FRAGMENTATION: on both routers, globally
	for r in R2 R3; do config $r "crypto ipsec df-bit $1" "crypto ipsec fragmentation $2-encryption"; done
}
esp='ip proto 50'
seen 'flags \[DF\].*proto ESP' "$esp" -M do -s 100 10.3.0.9
seen 'flags \[none\].*proto ESP' "$esp" -M dont -s 100 10.3.0.9
mode set before
seen 'flags \[DF\].*proto ESP' "$esp" -M dont -s 100 10.3.0.9
passes -M dont -s 3000 10.3.0.9
answered 1438 -M do -s 1440 10.3.0.9
mode clear before
seen 'flags \[none\].*proto ESP' "$esp" -M do -s 100 10.3.0.9
seen 'flags \[\+\].*proto ESP' "$esp" -M do -s 1440 10.3.0.9 # DF inside: the outer packet is cut
passes -M do -s 1440 10.3.0.9
passes -M dont -s 3000 10.3.0.9
mode copy after
seen 'flags \[\+\].*proto ESP' "$esp" -M dont -s 1440 10.3.0.9
passes -M dont -s 1440 10.3.0.9
answered 1438 -M do -s 1440 10.3.0.9
seen 'frag \(.*ESP' 'ip6 proto 44' -M do -s 1440 2001:db8:3::9
passes -M do -s 1440 2001:db8:3::9
config R2 'interface Tunnel24' 'crypto ipsec fragmentation before-encryption' # the interface wins
wait_for 5 transport_is Tunnel24 1438
seen 'flags \[none\], proto ESP \(50\), length (50[0-9]|1[0-4][0-9][0-9])' "$esp" -M dont -s 1900 10.3.0.9
grep -q 'flags \[+\]' "$lab/dump" && fail "cut after encryption: $(cat "$lab/dump")"
config R2 'interface Tunnel24' 'no crypto ipsec fragmentation before-encryption'

# --- fragments of ESP that come in ---
in_ns H2 ping -q -M dont -c 100 -i 0.01 -s 1460 10.3.0.9 | grep -q ' 0% packet loss' || fail "fragments are lost: $(state R3)"
in_ns H2 ping -q -M do -c 100 -i 0.01 -s 1440 2001:db8:3::9 | grep -q ' 0% packet loss' || fail "IPv6 fragments are lost"
mode copy before

# --- a narrow link in the middle: learned by ICMP that quotes our ESP ---
narrow() { in_ns M ip link set eth0 mtu $1 && in_ns K ip link set eth0 mtu $1; }
pairs=$(spis)
narrow 1320
learned() { in_ns H2 ping -q -c 1 -W 1 -M do -s 1340 "$2" >/dev/null 2>&1; transport_is $1 $3; }
wait_for 15 learned Tunnel24 10.3.0.9 "$(formula 1320 20)" || fail "path MTU of IPv4: $(state R2)"
wait_for 15 learned Tunnel23 2001:db8:3::9 "$(formula 1320 40)" || fail "path MTU of IPv6: $(state R2)"
passes -M do -s $(($(formula 1320 20) - 28)) 10.3.0.9
answered "$(formula 1320 20)" -M do -s 1300 10.3.0.9
answered 1280 -M do -s 1300 2001:db8:3::9 # never less, the outer packet is cut instead
passes -M do -s 1232 2001:db8:3::9
passes -M dont -s 4000 10.3.0.9
[ "$pairs" = "$(spis)" ] || fail "negotiated again: $pairs $(spis)"

# lies about the path: no SPI of ours, one of ours with an absurd size
spi=$(run R2 'show crypto ipsec sa interface Tunnel24' 2>/dev/null | sed -n 's/.*current outbound spi: 0x\([0-9A-F]*\).*/\1/p')
[ -n "$spi" ] || spi=$(run R2 'show crypto ipsec sa' | sed -n '/Tunnel24/,$s/.*current outbound spi: 0x\([0-9A-F]*\).*/\1/p' | head -1)
lie() { # lie SPI MTU
	in_ns M /usr/bin/python3 - "$1" "$2" <<'P'
import sys
from scapy.all import IP, ICMP, Raw, send
quoted = IP(src="10.12.0.2", dst="10.13.0.3", proto=50, flags="DF", len=1400) / Raw(
    int(sys.argv[1], 16).to_bytes(4, "big") + (2).to_bytes(4, "big") + bytes(20))
send(IP(src="10.99.0.2", dst="10.12.0.2") / ICMP(type=3, code=4, nexthopmtu=int(sys.argv[2])) / quoted, verbose=False, count=3)
P
}
before=$(transport Tunnel24)
lie 12345678 600
lie "$(printf '%x' $((0x$spi ^ 1)))" 600
passes -M do -s 1000 10.3.0.9
transport_is Tunnel24 "$before" || fail "a lie was believed: $(transport Tunnel24)"
lie "$spi" 68
wait_for 10 transport_is Tunnel24 "$(formula 576 20)" || fail "transport MTU $(transport Tunnel24) after a size of 68"
passes -M do -s 482 10.3.0.9
narrow 1500

# known to the tunnel still, and forgotten by the kernel, which cuts what 1280 octets of IPv6 become
config R2 'interface Tunnel23' 'ipv6 mtu 1280'
passes -M do -s 1232 2001:db8:3::9
in_ns R2 ip -6 route flush cache
config R2 'interface Tunnel23' 'bandwidth 1000' # it looks at its routes again
passes -M do -s 1232 2001:db8:3::9
narrow 1320
wait_for 15 reach -M do -s 1232 2001:db8:3::9 || fail "1280 octets do not pass: $(in_ns R2 ip -6 route show cache)"
config R2 'interface Tunnel23' 'no ipv6 mtu' 'no bandwidth'
narrow 1500

# --- TOS, ECN, flow label ---
seen 'tos 0xb9.*proto ESP' "$esp" -Q 0xb9 10.3.0.9
seen 'class 0xb9, flowlabel 0xabcde.*ESP' 'ip6 proto 50' -Q 0xb9 -F 0xabcde 2001:db8:3::9
in_ns M nft -f - <<'N' || fail "nft"
table inet ecn_mark {
	chain c {
		type filter hook forward priority 0
		ip protocol esp ip ecn set ce
		ip6 nexthdr esp ip6 ecn set ce
	}
}
N
for target in 10.3.0.9 2001:db8:3::9; do
	rm -f "$lab/dump" "$lab/dump.err"
	in_ns H3 tcpdump -lnvi eth0 "icmp[0] = 8 or ip6[40] = 128" >"$lab/dump" 2>"$lab/dump.err" &
	pid=$!
	wait_for 10 grep -qs listening "$lab/dump.err"
	passes -Q 0x02 $target # congestion on the way reaches who can tell the sender
	wait_for 5 grep -qE 'tos 0x3,|class 0x03' "$lab/dump" || fail "no CE at the host: $(cat "$lab/dump")"
	kill $pid
	wait $pid 2>/dev/null
	reach -Q 0 $target && fail "a marked packet of a sender that cannot know arrives"
done
in_ns M nft delete table inet ecn_mark

# --- adjust-mss: on the Tunnel and on the other side's physical interface, SYN both ways ---
mss() { # mss FROM TO ADDRESS: of the SYN and of the answer, as FROM and TO get them
	rm -f "$lab"/dump* "$lab"/err.* # what is waited for below is of this time
	in_ns $1 tcpdump -lni eth0 'tcp port 7778 or (ip6 proto 6 and port 7778)' >"$lab/dump.$1" 2>"$lab/err.$1" &
	local a=$! b
	in_ns $2 tcpdump -lni eth0 'tcp port 7778 or (ip6 proto 6 and port 7778)' >"$lab/dump.$2" 2>"$lab/err.$2" &
	b=$!
	wait_for 10 grep -qs listening "$lab/err.$1" && wait_for 10 grep -qs listening "$lab/err.$2" || fail "tcpdump"
	in_ns $2 timeout 20 python3 -c 'import socket, sys
s = socket.create_server((sys.argv[1], 7778), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
open(sys.argv[2], "w").write("up")
s.accept()[0].recv(1)' $3 "$lab/listens" &
	wait_for 10 test -s "$lab/listens" || fail "no server"
	in_ns $1 timeout 20 python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], 7778), 10).send(b"x")' $3 || fail "no TCP to $3"
	wait $!
	rm "$lab/listens"
	wait_for 5 grep -q 'Flags \[S\]' "$lab/dump.$2" && wait_for 5 grep -q 'Flags \[S.\]' "$lab/dump.$1" || fail "no SYN"
	kill $a $b
	wait $a $b 2>/dev/null
	echo "$(sed -n 's/.*Flags \[S\].*mss \([0-9]*\).*/\1/p' "$lab/dump.$2" | head -1) $(sed -n 's/.*Flags \[S\.\].*mss \([0-9]*\).*/\1/p' "$lab/dump.$1" | head -1)"
}
every_way() { # every_way 'SYN ANSWER': IPv4 and IPv6, from either side
	local got
	for way in 'H2 H3 10.3.0.9' 'H3 H2 10.2.0.9' 'H2 H3 2001:db8:3::9' 'H3 H2 2001:db8:2::9'; do
		got=$(mss $way)
		[ "$got" = "$1" ] || fail "MSS $got, not $1: $way ($(in_ns R2 nft list ruleset))"
	done
}
rules() { in_ns $1 nft list table inet mainmode 2>/dev/null | grep -c "set $2"; }
rules_are() { [ "$(rules $1 $2)" = "$3" ]; } # nft runs beside the command
config R2 'interface Tunnel23' 'ip tcp adjust-mss 1201' 'interface Tunnel24' 'ip tcp adjust-mss 1201'
wait_for 10 rules_are R2 1201 8 || fail "rules: $(in_ns R2 nft list ruleset)"
every_way '1201 1201'
config R2 'interface Tunnel23' 'no ip tcp adjust-mss' 'interface Tunnel24' 'no ip tcp adjust-mss'
config R3 'interface Ethernet0/1' 'ip tcp adjust-mss 1100'
wait_for 10 rules_are R2 1201 0 && wait_for 10 rules_are R3 1100 4 || fail "rules: $(in_ns R3 nft list ruleset)"
every_way '1100 1100'
config R3 'interface Ethernet0/1' 'no ip tcp adjust-mss'

# --- the same in UDP: K is a NAT ---
config R3 'interface Tunnel24' 'tunnel destination 10.13.0.1' 'interface Tunnel23' 'tunnel destination 2001:DB8:13::1'
for t in Tunnel23 Tunnel24; do wait_for 20 is_down R3 $t || fail "$t of R3 is up"; done # nothing of R3's is on its way any more
in_ns K nft -f - <<'N' || fail "nft"
table inet nat {
	chain post {
		type nat hook postrouting priority srcnat
		oifname "eth3" masquerade
	}
}
N
config R2 'crypto isakmp nat keepalive 20' # which makes it offer that over IPv6 too
for t in Tunnel23 Tunnel24; do config R2 "interface $t" 'shutdown' 'no shutdown'; done # begins anew, also with the path
in_udp() { [ "$(run R2 'show crypto ipsec sa' | grep -c 'in use settings ={Tunnel UDP-Encaps, }')" -ge 4 ] && up R2 Tunnel23 && up R2 Tunnel24; }
wait_for 60 in_udp || fail "not in UDP: $(state R2)"
transport_is Tunnel24 "$(formula 1500 28)" || fail "transport MTU $(transport Tunnel24) in UDP"
transport_is Tunnel23 "$(formula 1500 48)" || fail "transport MTU $(transport Tunnel23) in UDP"
passes -M do -s $(($(formula 1500 28) - 28)) 10.3.0.9
passes -M do -s $(($(formula 1500 48) - 48)) 2001:db8:3::9
answered "$(formula 1500 28)" -M do -s 1440 10.3.0.9
answered "$(formula 1500 48)" -M do -s 1440 2001:db8:3::9
seen 'tos 0xb9.*proto UDP' 'udp port 4500' -Q 0xb9 10.3.0.9
# another label: the kernel keeps the first one leased for a while
seen 'class 0xb9, flowlabel 0xbcdef.*UDP' 'ip6 proto 17' -Q 0xb9 -F 0xbcdef 2001:db8:3::9
mode copy after
passes -M dont -s 1460 10.3.0.9
in_ns H2 ping -q -M dont -c 100 -i 0.01 -s 1460 10.3.0.9 | grep -q ' 0% packet loss' || fail "fragments are lost in UDP"
in_ns H2 ping -q -M do -c 100 -i 0.01 -s 1440 2001:db8:3::9 | grep -q ' 0% packet loss' || fail "IPv6 fragments are lost in UDP"
mode copy before
pairs=$(spis)
narrow 1352
wait_for 15 learned Tunnel24 10.3.0.9 "$(formula 1352 28)" || fail "path MTU of IPv4 in UDP: $(state R2)"
wait_for 15 learned Tunnel23 2001:db8:3::9 "$(formula 1352 48)" || fail "path MTU of IPv6 in UDP: $(state R2)"
passes -M do -s $(($(formula 1352 28) - 28)) 10.3.0.9
passes -M do -s 1232 2001:db8:3::9
[ "$pairs" = "$(spis)" ] || fail "negotiated again: $pairs $(spis)"

# --- a flood of fragments: the kernel bounds what it keeps, and packets that are whole go by ---
in_ns H2 ping -q -c 300 -i 0.01 -s 500 10.3.0.9 >"$lab/ping" &
ping=$!
in_ns K /usr/bin/python3 - <<'P'
import random, socket, struct
r = random.Random(3)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.IPPROTO_IP, 22, 1)  # IP_NODEFRAG: K's NAT does not gather them
for n in range(20000):  # first fragments of ESP and UDP that nobody completes
    h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, n & 0xffff, 0x2000, 64, 50 if n % 2 else 17, 0,
                    socket.inet_aton("203.0.113.%d" % r.randrange(1, 255)), socket.inet_aton("10.13.0.3"))
    s.sendto(h + bytes(1000), ("10.13.0.3", 0))
P
wait $ping
grep -q ' 0% packet loss' "$lab/ping" || fail "a flood of fragments hurts whole packets: $(cat "$lab/ping")"
memory=$(in_ns R3 sed -n 's/^FRAG: .*memory //p' /proc/net/sockstat)
[ "$memory" -gt $((1 << 20)) ] && [ "$memory" -le $((8 << 20)) ] || fail "fragments fill $memory octets"
exit 0
