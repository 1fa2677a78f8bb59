#!/bin/bash
# Full load both ways, and what happens meanwhile: SAs end by kilobytes and are renewed; the tunnel is shut down and comes back; the
# receiver stands still until its socket is full; the line takes less than is sent, until the sender's socket is full. Of what
# is lost each packet is accounted for.
#
#   R2 eth0 ---- w2 W w3 ---- eth0 R3
#   192.168.4.2    relay    192.168.4.3    Tunnel4: IPv4, SAs of 25 MB
#   2001:DB8:6::2           2001:DB8:6::3  Tunnel6: IPv6, SAs by time
#
# REKEYS=N of Tunnel4 at least (3). TRANSPORT=raw|xdp: that one only.
. "$(dirname "$0")/../lib.sh"
rekeys=${REKEYS:-3}
line=100mbit # is full at this
grep -q __tsan_init "$mainmode" && line=15mbit # it is not as fast
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
wire "$seed"
for n in 2 3; do
	o=$((5 - n))
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
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto ipsec profile KB
 set transform-set T
 set security-association lifetime kilobytes 25600
crypto ipsec profile TIME
 set transform-set T
interface Ethernet0/0
 ip address 10.0.23.$n 255.255.255.0
 ipv6 address 2001:DB8::$n/64
interface Tunnel4
 ip address 192.168.4.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination 10.0.23.$o
 tunnel protection ipsec profile KB
interface Tunnel6
 ipv6 address 2001:DB8:6::$n/64
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination 2001:DB8::$o
 tunnel protection ipsec profile TIME
logging buffered 4000000 debugging
end
X
done
state() {
	cat "$lab"/load*.out "$lab/relay.counters"
	for r in R2 R3; do echo "--- $r"; run $r 'show crypto ipsec sa detail' 'show interfaces' 'show logging' | tail -260; done
}
lost() { fail "$setting: $*: $(state)"; }
is_up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
is_down() { run "$1" "show interfaces $2" | grep -q 'line protocol is down'; }
pings() { in_ns R2 ping -q -c 1 -W 1 "$1" >/dev/null; }
host() { cat "$lab/$1.ns"; }
asked() { run "$1" 'show logging' | grep -c 'SA lifetime threshold reached'; }
# wire_lost a|b: what it and its devices lost since $lab/before was written
wire_lost() {
	local name n=0
	tell only both esp
	for name in lost overflowed refused; do
		n=$((n + $(grep "^$1:" "$lab/relay.counters" | value $name) - $(grep "^$1:" "$lab/before" | value $name)))
	done
	echo $n
}
value() { sed -n "s/.*$1 \([0-9]*\).*/\1/p"; } # value NAME: of a line of the relay or of load.py
# of ROUTER TUNNEL NAME
counter() { run "$1" "show crypto ipsec sa interface $2 detail" | sed -n "s/.*$3:* \([0-9]*\).*/\1/p"; }
# overflowed ROUTER: what its sockets of ESP had no room for, raw and of AF_XDP
overflowed() { run "$1" 'show crypto engine accelerator statistic' | sed -n 's/.*socket full *: *//p'; }

# loads: Tunnel4 and Tunnel6, both ways; $loads names them
loads='load.R2.4 load.R3.4 load.R2.6 load.R3.6'
load() { # load ROUTER 4|6 [CHUNK]
	local o=R$((5 - ${1#R})) from=192.168.4. octets=1300
	[ "$2" = 6 ] && from=2001:db8:6:: octets=1000
	helper $1 load.$1.$2 "$top/tests/tool/load.py" "$(host $1)" "$(host $o)" $from${1#R} $from${o#R} $octets ${3:-400}
}
begin() { # begin [CHUNK-OF-R2]
	load R2 4 ${1:-} && load R3 4 && load R2 6 ${1:-} && load R3 6
	for l in $loads; do wait_for 20 grep -q begun "$lab/$l.out" || lost "$l does not begin"; done
}
end() {
	local l
	for l in $loads; do kill -TERM "$(cat "$lab/$l.pid")"; done
	for l in $loads; do
		wait_for 120 grep -q '^sent' "$lab/$l.out" || lost "$l does not end"
		echo "$setting: $l: $(grep '^sent' "$lab/$l.out")"
		rm -f "$lab/$l.pid"
		[ "$(value twice <"$lab/$l.out")" = 0 ] || lost "$l: some came twice"
		[ "$(value other <"$lab/$l.out")" = 0 ] || lost "$l: some came that were not sent"
	done
}
sum() { grep -h '^sent' "$lab"/load.$2.?.out | value "$1" | paste -sd+ | tr '\n' ' ' | { read -r x; echo $((x)); }; } # sum NAME ROUTER: of what that router sent
both() { echo $(($(counter $1 Tunnel4 "$2") + $(counter $1 Tunnel6 "$2"))); }

once() { # once BOOT-ARGUMENT...
	local r o before
	setting="$*"
	for r in R3 R2; do boot $r "$lab/r${r#R}.cfg" -i Ethernet0/0=eth0 "$@" || fail "$r does not boot"; done
	for r in R2 R3; do
		for t in Tunnel4 Tunnel6; do wait_for 30 is_up $r $t || lost "$t of $r is not up"; done
		run $r 'debug crypto ipsec' >/dev/null
	done
	wait_for 10 pings 192.168.4.3 && wait_for 10 pings 2001:db8:6::3 || lost "no way"

	# --- SAs end by volume ---
	setting="$*, kilobytes"
	tell only both esp
	declare -A encaps decaps
	for r in R2 R3; do encaps[$r]=$(both $r '#pkts encaps') decaps[$r]=$(both $r '#pkts decaps'); done
	tell clear && cp "$lab/relay.counters" "$lab/before"
	tell loss both 1
	begin
	enough() { [ $(($(asked R2) + $(asked R3))) -ge "$rekeys" ]; }
	wait_for 60 enough || lost "rekeyings: $(asked R2), $(asked R3)"
	end
	tell clear
	for r in R2 R3; do
		o=R$((5 - ${r#R})) d=a
		[ $r = R3 ] && d=b
		gone=$(wire_lost $d)
		echo "$setting: $r: $(sum sent $r) sent, $gone lost by the wire, $(asked $r) rekeyings asked for"
		[ "$(sum missing $r)" = "$gone" ] || lost "$r: $(sum missing $r) missing, $gone lost by the wire"
		[ $(($(both $r '#pkts encaps') - encaps[$r])) = "$(sum sent $r)" ] || lost "$r: encaps"
		[ $(($(both $o '#pkts decaps') - decaps[$o])) = "$(sum received $r)" ] || lost "$o: decaps"
		run $r 'show logging' | grep -q '%CRYPTO-[0-5]' && lost "$r complains"
	done

	# --- the tunnel goes down and comes back ---
	setting="$*, shutdown"
	begin
	for k in 1 2 3; do # the router puts up what another puts down
		in_ns R3 ip link set Tunnel4 down
		wait_for 10 pings 192.168.4.3 || lost "Tunnel4 of R3 stays down"
	done
	config R3 'interface Tunnel4' shutdown
	wait_for 20 is_down R2 Tunnel4 || lost "Tunnel4 of R2 stays up"
	config R3 'interface Tunnel4' 'no shutdown'
	for r in R2 R3; do wait_for 40 is_up $r Tunnel4 || lost "Tunnel4 of $r does not come back"; done
	wait_for 10 pings 192.168.4.3 || lost "no way back"
	end
	for l in load.R2.6 load.R3.6; do
		[ "$(value missing <"$lab/$l.out")" = 0 ] || lost "$l: Tunnel4's shutdown hurts Tunnel6"
	done

	# --- the receiver stands still ---
	setting="$*, full receive socket"
	before=$(overflowed R3)
	decaps[R3]=$(both R3 '#pkts decaps')
	tell only both esp && cp "$lab/relay.counters" "$lab/before"
	kill -STOP "$(cat "$lab/R3/mainmode.pid")"
	load R2 4 2000 && load R2 6 2000
	over() { [ $(($(tell only both esp; grep "^a:" "$lab/relay.counters" | value out) - $(grep "^a:" "$lab/before" | value out))) -gt 16000 ]; }
	wait_for 30 over || lost "not enough for the socket of R3"
	kill -CONT "$(cat "$lab/R3/mainmode.pid")"
	loads='load.R2.4 load.R2.6'
	end
	loads='load.R2.4 load.R3.4 load.R2.6 load.R3.6'
	rm -f "$lab"/load.R3.*
	gone=$(($(overflowed R3) - before))
	echo "$setting: $gone had no room, $(wire_lost a) had none on the wire"
	[ "$(sum missing R2)" = $((gone + $(wire_lost a))) ] || lost "$(sum missing R2) missing"
	[ $(($(both R3 '#pkts decaps') - decaps[R3])) = "$(sum received R2)" ] || lost "R3: decaps"

	# --- the line takes less: its queue throws away; or it takes all, and the socket fills ---
	case "$*" in *raw*)
		setting="$*" && narrow_line 40mbit 30000 400
		setting="$*" && narrow_line $line 100000000 0 ;;
	esac
	stop R2
	stop R3
}

# narrow_line RATE QUEUE-OCTETS CHUNK: R2's
narrow_line() {
	setting="$setting, full send socket, $1, queue of $2 octets"
	encaps[R2]=$(both R2 '#pkts encaps') failed=$(both R2 '#pkts encaps failed (send)')
	tell only both esp && cp "$lab/relay.counters" "$lab/before"
	for r in R2 R3; do # who is there is asked through the same queue, which takes too long
		mac=$(in_ns R$((5 - ${r#R})) ip -o link show eth0 | sed 's/.*link.ether \([^ ]*\).*/\1/')
		for a in 10.0.23.$((5 - ${r#R})) 2001:db8::$((5 - ${r#R})); do
			in_ns $r ip neigh replace $a lladdr $mac dev eth0 nud permanent || fail "neighbour"
		done
	done
	in_ns R2 tc qdisc replace dev eth0 root tbf rate $1 burst 10k limit $2 || fail "tc"
	begin $3
	fails() { [ $(($(both R2 '#pkts encaps failed (send)') - failed)) -gt 300 ]; }
	wait_for 30 fails || lost "nothing is refused"
	end
	drained() { in_ns R2 tc -s qdisc show dev eth0 root | grep -q 'backlog 0b 0p'; }
	wait_for 120 drained || lost "the queue stays full"
	in_ns R2 tc qdisc del dev eth0 root
	balanced() {
		refused=$(($(both R2 '#pkts encaps failed (send)') - failed))
		sent=$(($(both R2 '#pkts encaps') - encaps[R2]))
		wired=$(wire_lost a)
		wired=$((wired + $(grep "^a:" "$lab/relay.counters" | value in) - $(grep "^a:" "$lab/before" | value in)))
		[ $((sent - refused)) = "$wired" ]
	}
	wait_for 10 balanced || lost "$sent encaps, $refused refused, $wired on the wire"
	echo "$setting: $sent encaps, $refused refused, $wired on the wire"
}

help=$("$mainmode" --help)
transports=raw
case $help in *'raw|xdp'*) transports='raw xdp' ;; esac
for t in ${TRANSPORT:-$transports}; do
	once --transport $t
done
exit 0
