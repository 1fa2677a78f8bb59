#!/bin/bash
# Random packets of every size and kind, both ways at a time, over a wire that loses, repeats and reorders: what arrives is
# what was sent, octet for octet; what does not was lost by the wire or came too late for the window; none arrives twice; the
# counters say so. TCP in large writes and datagrams that the kernel cuts go beside (tests/tool/everysize.py).
#
#   H2 eth0 --- eth1 R2 eth0 --- eth2 N eth0 ---- w2 W w3 ---- eth0 R3 eth1 --- eth0 H3
#   10.2.0.9    10.12.0.2  10.12.0.1   10.13.0.1     relay     10.13.0.3       10.3.0.9
#   10.22.0.0/16     ====== Tunnel24: ipsec ipv4, Tunnel23: ipsec ipv6 ======      10.33.0.0/16
#
# R2's window is 64, R3's 1024. ENCAP=udp: N is a NAT, so that ESP goes in UDP. TRANSPORT=raw|xdp: one of them, not both.
# SEED=N sends what that seed draws, COUNT=N so many of each way and round (1500).
. "$(dirname "$0")/../lib.sh"
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
count=${COUNT:-1500}
encap=${ENCAP:-esp}
tool=$top/tests/tool/everysize.py
lost() { fail "$*; SEED=$seed $what: $(cat "$lab/said" "$lab/err"; state)"; }

namespaces H2 R2 N && join R2 eth1 H2 eth0 && join N eth2 R2 eth0 || fail "no namespaces"
wire "$seed" N R3
namespaces H3 && join R3 eth1 H3 eth0 || fail "no namespaces"
in_ns N sh -ec 'ip addr add 10.12.0.1/24 dev eth2; ip addr add 2001:db8:12::1/64 dev eth2 nodad
	ip addr add 10.13.0.1/24 dev eth0; ip addr add 2001:db8:13::1/64 dev eth0 nodad
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'
[ "$encap" = esp ] || in_ns N nft -f - <<'X' || fail nft
table inet nat {
	chain post { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
}
X
for n in 2 3; do
	o=$((5 - n)) from=10.13.0.1 from6=2001:DB8:13::1 only=
	[ "$n" = 2 ] && from=10.13.0.3 from6=2001:DB8:13::3
	[ "$n" = 3 ] && [ "$encap" = esp ] && from=10.12.0.2 from6=2001:DB8:12::2
	[ "$n" = 3 ] && [ "$encap" != esp ] && only=responder-only
	in_ns H$n sh -ec "ip link set eth0 mtu 65535; ip addr add 10.$n.0.9/24 dev eth0; ip addr add 2001:db8:$n::9/64 dev eth0 nodad
		ip route add default via 10.$n.0.1; ip -6 route add default via 2001:db8:$n::1"
	# what leaves to the host is cut and summed: one frame, one packet
	in_ns R$n sh -ec "ip link set eth1 address 02:00:00:00:00:0$n mtu 65535
		ethtool -K eth1 tso off gso off tx off tx-udp-segmentation off 2>$lab/ethtool" || fail "ethtool: $(cat "$lab/ethtool")"
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
crypto isakmp nat keepalive 20
crypto ipsec security-association replay window-size $([ $n = 2 ] && echo 64 || echo 1024)
crypto ipsec transform-set TRA esp-aes esp-sha-hmac
crypto ipsec profile PRO
 set transform-set TRA
 $only
interface Tunnel23
 ipv6 address 2001:DB8:23::$n/64
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination $from6
 tunnel protection ipsec profile PRO
interface Tunnel24
 ip address 192.168.24.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination $from
 tunnel protection ipsec profile PRO
interface Ethernet0/0
 ip address 10.1$n.0.$n 255.255.255.0
 ipv6 address 2001:DB8:1$n::$n/64
interface Ethernet0/1
 ip address 10.$n.0.1 255.255.255.0
 ipv6 address 2001:DB8:$n::1/64
ip route 0.0.0.0 0.0.0.0 10.1$n.0.1
ipv6 route ::/0 2001:DB8:1$n::1
ip route 10.$o.0.0 255.255.255.0 192.168.24.$o
ip route 10.$o$o.0.0 255.255.0.0 192.168.24.$o
ip route 10.$n$n.0.0 255.255.0.0 10.$n.0.9
ipv6 route 2001:DB8:$o::/64 Tunnel23
ipv6 route 2001:DB8:$o$o::/64 Tunnel23
ipv6 route 2001:DB8:$n$n::/64 2001:DB8:$n::9
end
X
done

state() { for r in R2 R3; do echo "--- $r"; run $r 'show interfaces' 'show crypto ipsec sa detail' 'show logging' | tail -200; done; }
up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
transport() { run R2 "show interfaces $1" | sed -n 's/.*Tunnel transport MTU \([0-9]*\) bytes.*/\1/p'; }
host() { cat "$lab/$1.ns"; }
reach() { in_ns H2 ping -q -c 1 -W 1 "$1" >/dev/null 2>&1 && in_ns H3 ping -q -c 1 -W 1 "$2" >/dev/null 2>&1; }

# numbers PREFIX ROUTER: PREFIX_encaps_4 and so on, of Tunnel24 (4) and Tunnel23 (6); sum: all that was dropped of what came
numbers() {
	local f t
	for f in 4 6; do
		t=Tunnel2$((4 - f / 6))
		run "$2" "show crypto ipsec sa interface $t detail" >"$lab/sa" || lost "no SAs of $t"
		printf "$1_%s_$f=%s\n" \
			encaps "$(sed -n 's/.*#pkts encaps: \([0-9]*\),.*/\1/p' "$lab/sa")" \
			decaps "$(sed -n 's/.*#pkts decaps: \([0-9]*\),.*/\1/p' "$lab/sa")" \
			replay "$(sed -n 's/.*#pkts replay failed (rcv): \([0-9]*\).*/\1/p' "$lab/sa")" \
			drops "$(($(sed -n 's/.*invalid sa (rcv) \([0-9]*\).*/\1/p; s/.*failed (send) \([0-9]*\), #pkts decaps failed (rcv) \([0-9]*\).*/\1 \2/p
				s/.*invalid prot (recv) \([0-9]*\), #pkts verify failed: \([0-9]*\).*/\1 \2/p
				s/.*invalid identity (recv) \([0-9]*\), #pkts invalid len (rcv) \([0-9]*\).*/\1 \2/p
				s/.*no sa (send) \([0-9]*\).*/\1/p
				s/.*internal err (send): \([0-9]*\), #pkts internal err (recv) \([0-9]*\).*/\1 \2/p' "$lab/sa" | tr ' ' '\n' | paste -sd+)))"
	done
}

# round [RELAY-COMMAND...]: what the counters and the tool say of it agrees; in $missing_a4, $replay_a and so on
round() {
	what="$setting, round '$*'"
	: >"$lab/said"
	numbers was2 R2 >"$lab/was" && numbers was3 R3 >>"$lab/was"
	in_ns H2 "$tool" packets "$(host H2)" "$(host H3)" "$lab/relay" "$seed" "$count" "$mtu4" "$mtu6" "$@" >"$lab/said" 2>"$lab/err" ||
		lost "the packets"
	seed=$((seed + 1)) # never the same packets again
	numbers now2 R2 >"$lab/now" && numbers now3 R3 >>"$lab/now"
	. "$lab/was" && . "$lab/now" && . "$lab/said"
	local d f from to
	for d in a b; do
		from=2 to=3
		[ $d = b ] && from=3 to=2
		eval "replay_$d=0"
		for f in 4 6; do
			eval "encaps=\$((now${from}_encaps_$f - was${from}_encaps_$f)) decaps=\$((now${to}_decaps_$f - was${to}_decaps_$f))
				replay_$d=\$((replay_$d + now${to}_replay_$f - was${to}_replay_$f)) drops=\$((now${to}_drops_$f - was${to}_drops_$f))
				sent=\$sent_$d$f received=\$received_$d$f twice=\$twice_$d$f wrong=\$wrong_$d$f"
			[ "$twice" = 0 ] || lost "$d$f: $twice came twice"
			[ "$wrong" = 0 ] || lost "$d$f: $wrong came that were never sent"
			[ "$encaps" = "$sent" ] || lost "$d$f: $encaps encaps, $sent sent"
			[ "$decaps" = "$received" ] || lost "$d$f: $decaps decaps, $received received"
			[ "$drops" = 0 ] || lost "$d$f: $drops dropped"
		done
		eval "sent=\$((sent_${d}4 + sent_${d}6)) received=\$((received_${d}4 + received_${d}6))
			missing=\$((missing_${d}4 + missing_${d}6)) late=\$((late_${d}4 + late_${d}6)) replay=\$replay_$d
			in=\$in_$d out=\$out_$d lost=\$lost_$d repeated=\$repeated_$d refused=\$((refused_$d + overflowed_$d))"
		echo "$what: $d: $sent sent, $received received, $lost lost, $repeated repeated, $replay too late or seen, $late out of order"
		[ "$refused" = 0 ] || lost "$d: the wire refused $refused"
		[ "$whole" = 1 ] || [ "$in" = "$sent" ] || lost "$d: $in on the wire of $sent sent"
		[ "$whole" = 1 ] || [ "$((received + replay))" = "$out" ] || lost "$d: $out came, $received + $replay counted"
		case "$*" in *hold*) ;; *) [ "$late" = 0 ] || lost "$d: $late out of order" ;; esac
		[ "$whole" = 1 ] && { [ "$missing" = 0 ] || lost "$d: $missing missing"; } && continue
		case "$*" in *'hold both'*) [ $d = b ] && continue ;; esac
		[ "$missing" = "$lost" ] || lost "$d: $missing missing, $lost were lost"
		[ "$replay" = "$repeated" ] || lost "$d: $replay dropped as seen, $repeated were repeated"
	done
}

between='R2:eth0 N:eth2 N:eth0 W:w2 W:w3 R3:eth0' # both ends of what lies between the routers

once() { # once BOOT-ARGUMENT...
	setting="$encap $*" whole=0
	offloads off $between
	for r in R3 R2; do
		boot $r "$lab/r${r#R}.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 "$@" || fail "$r does not boot"
	done
	for t in Tunnel23 Tunnel24; do for r in R2 R3; do wait_for 30 up $r $t || fail "$t of $r is not up: $(state)"; done; done
	run R2 'show crypto ipsec sa' | grep -q 'in use settings ={Tunnel UDP-Encaps, }' && in_udp=udp || in_udp=esp
	[ $in_udp = "$encap" ] || fail "not in $encap: $(state)"
	wait_for 10 reach 10.3.0.9 10.2.0.9 && wait_for 10 reach 2001:db8:3::9 2001:db8:2::9 || fail "no way: $(state)"
	case "$*" in *xdp*) in_ns R2 ip link show eth0 | grep -q xdpgeneric || lost "not by AF_XDP" ;; esac
	mtu4=$(transport Tunnel24) mtu6=$(transport Tunnel23)
	round
	round 'loss both 1' 'dup both 5' 'hold a 5 1000' 'hold b 10 63' # within R3's and R2's window
	round 'loss both 1' 'dup both 1' 'hold both 10 300'             # of R2's not
	[ "$replay_b" -gt "$repeated_b" ] || lost "the window of 64 took what came 300 later"
	[ "$replay_a" = "$repeated_a" ] || lost "the window of 1024 took not what came 300 later"
	if [ "$encap" = udp ]; then # once more with what a device may leave whole: one frame is up to 64 KiB of a flow
		offloads on $between
		whole=1
		round
		round 'dup both 5' 'hold a 5 10'
	fi
	what="$setting, streams"
	timeout 60 $(enter H2) "$tool" streams "$(host H2)" "$(host H3)" 3000000 1300 \
		10.3.0.9 10.2.0.9 2001:db8:3::9 2001:db8:2::9 >"$lab/said" 2>"$lab/err" ||
		lost "TCP and UDP of the hosts"
	stop R2
	stop R3
}

help=$("$mainmode" --help)
transports=raw
case $help in *'raw|xdp'*) transports='raw xdp' ;; esac
[ "$encap" = esp ] || transports=raw
for t in ${TRANSPORT:-$transports}; do
	once --transport $t
done
case $help in *--workers*) once --workers 2 ;; esac
exit 0
