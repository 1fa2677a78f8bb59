#!/bin/bash
# Access lists as packet filters: A - R - B, with R's lists in and out, its own services, counters, what is said of a
# denied packet, a list that changes, nft that fails, and what is left behind.
#
#   A 10.1.0.2 ---- 10.1.0.1 R 10.2.0.1 ---- 10.2.0.2 B     2001:db8:1::/64, 2001:db8:2::/64 likewise
. "$(dirname "$0")/../lib.sh"
namespaces A R B && join R ra A eth0 && join R rb B eth0 || fail "no namespaces"
in_ns A sh -c 'ip addr add 10.1.0.2/24 dev eth0; ip route add default via 10.1.0.1
	ip addr add 2001:db8:1::2/64 dev eth0 nodad; ip route add default via 2001:db8:1::1 dev eth0'
in_ns B sh -c 'ip addr add 10.2.0.2/24 dev eth0; ip route add default via 10.2.0.1
	ip addr add 2001:db8:2::2/64 dev eth0 nodad; ip route add default via 2001:db8:2::1 dev eth0'

cat >"$lab/R.cfg" <<'C'
hostname R
ipv6 unicast-routing
interface Ethernet0/0
 ip address 10.1.0.1 255.255.255.0
 ip access-group 101 in
 ipv6 address 2001:DB8:1::1/64
 ipv6 traffic-filter SIX in
 no shutdown
interface Ethernet0/1
 ip address 10.2.0.1 255.255.255.0
 ip access-group OUT out
 ipv6 address 2001:DB8:2::1/64
 no shutdown
interface Loopback0
 ip address 10.9.9.9 255.255.255.255
access-list 101 deny icmp host 10.1.0.2 host 10.9.9.9
access-list 101 permit icmp any any
access-list 101 permit tcp any host 10.2.0.2 eq 8080
access-list 101 permit udp any host 10.2.0.2 eq 9000
ip access-list extended OUT
 permit ip any any
ipv6 access-list SIX
 permit icmp any 2001:DB8:2::/64 echo-request
end
C
ports="-i Ethernet0/0=ra -i Ethernet0/1=rb"

pings() { in_ns "$1" ping -q -n -c 1 -W 1 "$2" >"$lab/ping" 2>&1; }
denied() { # denied NS TARGET: R answers that it is prohibited
	in_ns "$1" ping -n -c 1 -W 1 "$2" >"$lab/ping" 2>&1
	grep -qE 'Packet filtered|Administratively prohibited' "$lab/ping"
}
tcp() { # tcp NS HOST PORT: connects
	in_ns "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null
}
matches() { # matches LIST TEXT: a line of show access-lists
	run R "show access-lists $1" >"$lab/show"
	grep -qF -- "$2" "$lab/show"
}
expect_matches() { wait_for 5 matches "$1" "$2" || fail "show access-lists $1 lacks '$2': $(cat "$lab/show")"; }
table() { in_ns R nft list table inet mainmode-acl >"$lab/table" 2>/dev/null; }
no_table() { ! table; }

boot R "$lab/R.cfg" $ports || fail "R does not boot"
helper B web python3 -m http.server 8080
helper B web2 python3 -m http.server 8081
wait_for 10 tcp B 127.0.0.1 8080 && wait_for 10 tcp B 127.0.0.1 8081 || fail "no server on B"

# in, through the router and to itself; the end of the list denies
wait_for 10 pings A 10.2.0.2 || fail "a permitted ping does not pass: $(cat "$lab/ping"; in_ns R nft list ruleset)"
wait_for 5 pings A 10.1.0.1 || fail "the router does not answer a permitted ping"
wait_for 5 denied A 10.9.9.9 || fail "a denied ping to the router: $(cat "$lab/ping")"
wait_for 5 tcp A 10.2.0.2 8080 || fail "a permitted connection does not pass"
tcp A 10.2.0.2 8081 && fail "the end of the list does not deny"

# IPv6: neighbours are found before the end of the list
wait_for 5 pings A 2001:db8:2::2 || fail "a permitted IPv6 ping does not pass: $(cat "$lab/ping")"
wait_for 5 denied A 2001:db8:1::1 || fail "an IPv6 ping to the router is not denied: $(cat "$lab/ping")"

# counters, and that they survive a change of another entry
run R 'clear access-list counters' >/dev/null
in_ns A ping -q -n -c 3 -i 0.02 -W 2 10.2.0.2 >/dev/null || fail "pings are lost"
expect_matches 101 '    20 permit icmp any any (3 matches)'
matches 101 '30 permit tcp any host 10.2.0.2 eq 8080 (' && fail "what was cleared is not zero"
config R 'no access-list 101' 'access-list 101 permit tcp any any eq 9' 'access-list 101 permit icmp any any' \
	'access-list 101 permit tcp any host 10.2.0.2 eq 8080' 'access-list 101 permit udp any host 10.2.0.2 eq 9000'
wait_for 5 pings A 10.9.9.9 || fail "the list has changed and denies still"
counted() { pings A 10.2.0.2 && matches 101 'permit icmp any any ('; } # while there was no list, nothing was
wait_for 5 counted || fail "the new list does not count: $(cat "$lab/show")"
config R 'ip access-list extended 101' 'no 10' '5 deny tcp any any eq 9' 'ip access-list resequence 101 10 10'
expect_matches 101 '    10 deny tcp any any eq discard'
matches 101 '    20 permit icmp any any (' || fail "a changed list has forgotten what it counted: $(cat "$lab/show")"
run R 'show ip access-lists interface Ethernet0/0' | grep -qx 'Extended IP access list 101 in' || fail "show of an interface"
wait_for 5 pings A 2001:db8:2::2
expect_matches SIX '    permit icmp any 2001:DB8:2::/64 echo-request ('

# out: what is forwarded, not what the router sends
config R 'ip access-list extended OUT' 'no permit ip any any' 'permit tcp any any established' 'deny icmp any any echo'
wait_for 5 denied A 10.2.0.2 || fail "the list out does not deny what is forwarded: $(cat "$lab/ping")"
run R 'ping 10.2.0.2' | grep -q '(5/5)' || fail "the list out denies what the router sends"
tcp A 10.2.0.2 8080 && fail "a new connection is no established one"
config R 'ip access-list extended OUT' 'permit ip any any'
wait_for 5 tcp A 10.2.0.2 8080 || fail "the list out does not permit"
config R 'interface Ethernet0/0' 'no ip access-group 101 in' 'ip access-group EST in' 'exit' \
	'ip access-list extended EST' 'permit tcp any any established'
in_ns A python3 -m http.server 8080 >/dev/null 2>&1 &
web=$!
wait_for 10 tcp B 10.1.0.2 8080 || fail "the answers of a connection from B do not pass"
wait_for 5 denied A 10.2.0.2 || fail "established lets a ping in"
tcp A 10.2.0.2 8080 && fail "established lets a new connection in"
kill $web

# what `log` says
config R 'ip access-list extended EST' 'deny udp any host 10.2.0.2 eq 9 log' 'deny icmp any any log-input'
denied A 10.2.0.2
logged() { run R 'show logging' | grep -qE -- "$1"; }
says() { denied A 10.2.0.2; in_ns A bash -c 'echo x >/dev/udp/10.2.0.2/9' 2>/dev/null; logged "$1"; }
wait_for 5 says '%SEC-6-IPACCESSLOGDP: list EST denied icmp 10\.1\.0\.2 \(Ethernet0/0\) -> 10\.2\.0\.2 \(8/0\), 1 packet *$' ||
	fail "a denied ping is not logged: $(run R 'show logging' | tail -5)"
wait_for 5 says '%SEC-6-IPACCESSLOGP: list EST denied udp 10\.1\.0\.2\([0-9]+\) -> 10\.2\.0\.2\(9\), 1 packet *$' ||
	fail "a denied datagram is not logged: $(run R 'show logging' | tail -5)"

# nobody is told
config R 'interface Ethernet0/0' 'no ip unreachables'
quiet() { ! denied A 10.2.0.2 && ! pings A 10.2.0.2; }
wait_for 5 quiet || fail "no ip unreachables: $(cat "$lab/ping")"

# fragments: those behind the first go by addresses and protocol
config R 'interface Ethernet0/0' 'ip unreachables' 'ip access-group FRAG in' 'exit' \
	'ip access-list extended FRAG' 'permit udp any any eq 9000' 'permit icmp any any'
cat >"$lab/receive.py" <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.2.0.2", int(sys.argv[1])))
while True:
    print(len(s.recv(65536)), flush=True)
P
helper B udp python3 "$lab/receive.py" 9000
send() { in_ns A python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(4000), ("10.2.0.2", 9000))'; }
fragments_pass() { send; grep -qx 4000 "$lab/udp.out"; }
wait_for 5 fragments_pass || fail "the fragments of a permitted datagram do not pass"
config R 'ip access-list extended FRAG' '5 deny udp any any fragments'
matches FRAG 'deny udp any any fragments' || fail "no such entry"
fragment_denied() { send; matches FRAG '5 deny udp any any fragments ('; }
wait_for 5 fragment_denied || fail "fragments are not denied: $(cat "$lab/show")"

# a list that is empty or not there permits everything
config R 'interface Ethernet0/0' 'ip access-group NOWHERE in' 'no ipv6 traffic-filter SIX in' 'interface Ethernet0/1' 'no ip access-group OUT out'
wait_for 5 pings A 10.9.9.9 || fail "a list that is not there does not permit"
wait_for 5 no_table || fail "no list is used and there is a table: $(cat "$lab/table")"

# gone on exit, cleaned up after a kill
stop R
boot R "$lab/R.cfg" $ports || fail "R does not boot again"
table || fail "no table after boot"
kill -9 "$(cat "$lab/R/mainmode.pid")"
wait_gone "$(cat "$lab/R/mainmode.pid")"
table || fail "a kill takes the table away" # then the next test is none
sed '/access-group/d; /traffic-filter/d' "$lab/R.cfg" >"$lab/open.cfg"
boot R "$lab/open.cfg" $ports || fail "R does not boot after a kill"
no_table || fail "what a killed router left is there still: $(cat "$lab/table")"
stop R
boot R "$lab/R.cfg" $ports || fail "R does not boot"
table && wait_for 5 denied A 10.9.9.9 || fail "no filter after boot"
stop R
no_table || fail "the table is there after the router went: $(cat "$lab/table")"

# nft that fails: never open
mkdir "$lab/bin"
cat >"$lab/bin/nft" <<'N'
#!/bin/sh
[ -e "${0%/*}/works" ] && exec /usr/sbin/nft "$@"
echo "Error: no, not today" >&2
exit 1
N
chmod +x "$lab/bin/nft"
PATH="$lab/bin:$PATH" boot R "$lab/R.cfg" $ports || fail "R does not boot without nft"
state() { run R "show interfaces Ethernet0/$1" | head -1; }
state 0 | grep -q 'line protocol is down' || fail "an interface without its filter is up: $(state 0)"
state 1 | grep -q 'line protocol is down' || fail "an interface without its filter is up: $(state 1)"
pings A 10.1.0.1 && fail "an interface without its filter answers"
run R 'show logging' | grep -q '%SEC-3-FILTER: Interface Ethernet0/0 .*no, not today' || fail "nobody says why: $(run R 'show logging')"
config R 'interface Ethernet0/1' 'no ip access-group OUT out'
is_up() { state "$1" | grep -q 'line protocol is up'; }
wait_for 5 is_up 1 || fail "an interface that has no filter any more stays down: $(state 1)"
is_up 0 && fail "and the other one came up"
touch "$lab/bin/works"
wait_for 15 is_up 0 || fail "nft works again and the interface is down"
wait_for 5 pings A 10.2.0.2 || fail "nothing passes: $(cat "$lab/ping")"
wait_for 5 denied A 10.9.9.9 || fail "and it is open"

# a change that nft refuses takes the interface down; so does a line that is not understood
rm "$lab/bin/works"
config R 'access-list 101 permit ip any any'
is_down() { ! is_up "$1"; }
wait_for 5 is_down 0 || fail "a list that could not be changed leaves the interface up"
stop R
sed 's/^access-list 101 deny icmp.*/& time-range NIGHT/' "$lab/R.cfg" >"$lab/unknown.cfg"
boot R "$lab/unknown.cfg" $ports || fail "R does not boot"
is_up 0 && fail "a list with a line that is not understood is in force"
is_up 1 || fail "the other interface is down"
run R 'show logging' | grep -q 'Ethernet0/0 .*access list 101 has lines that are not understood' || fail "nobody says why"

# somebody flushes the ruleset
stop R
boot R "$lab/R.cfg" $ports || fail "R does not boot"
in_ns R nft flush ruleset
wait_for 15 table || fail "a table that was flushed does not come back"
wait_for 5 denied A 10.9.9.9 || fail "it is open after a flush"

# the last list goes, and while nft clears the table another one comes
config R 'interface Ethernet0/0' 'no ipv6 traffic-filter SIX in' 'interface Ethernet0/1' 'no ip access-group OUT out'
only() { table && [ "$(grep -c '"r[ab]" : goto' "$lab/table")" -eq 1 ]; }
wait_for 5 only || fail "more than one list is left: $(cat "$lab/table")"
for k in 1 2 3 4 5; do
	config R 'interface Ethernet0/0' 'no ip access-group 101 in' 'ipv6 access-list V6' 'permit ipv6 any any' \
		'interface Ethernet0/1' 'ipv6 traffic-filter V6 out'
	wait_for 5 only || fail "a list that came when the last one went is not there: $(cat "$lab/table")"
	config R 'interface Ethernet0/1' 'no ipv6 traffic-filter V6 out' 'interface Ethernet0/0' 'ip access-group 101 in'
	wait_for 5 denied A 10.9.9.9 || fail "the first list does not come back"
done
! logged 'SEC-3-FILTER: .* nft: ' || fail "nft refused a change: $(run R 'show logging' | grep SEC-3)"
stop R
no_table || fail "something is left: $(cat "$lab/table")"
exit 0
