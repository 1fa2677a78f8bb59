#!/bin/bash
# Rekeying under traffic in both directions: numbered datagrams, of which none may be missing, come twice, or meet an SA
# that is not there; the lines stay up.
#
#                      R2                           R3
#   Tunnel23  2001:DB8::2  Et0/0 -------- Et0/0  2001:DB8::3    by kilobytes, R2 asks
#   Tunnel4     10.0.23.2  Et0/0 -------- Et0/0    10.0.23.3    by kilobytes, R3 asks
#   Tunnel5     10.0.24.2  Et0/1 -------- Et0/1    10.0.24.3    by seconds, both ask at once:
#                                                               port 500 is shut while the time comes
#
# REKEYS=N on Tunnel23 and on Tunnel4, at least (20). LOAD=full: while Tunnel5's time comes, as much goes through it as can.
. "$(dirname "$0")/../lib.sh"
rekeys=${REKEYS:-20}

for n in 2 3; do
	o=$((5 - n))
	only=
	[ "$n" -eq 2 ] && only=4
	[ "$n" -eq 3 ] && only=23
	responder() { [ "$only" = "$1" ] && echo 'responder-only'; }
	cat >"$lab/r$n.cfg" <<X
hostname R$n
no ip domain lookup
ipv6 unicast-routing
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 5
crypto isakmp key cisco address ipv6 ::/0
crypto isakmp key cisco address 0.0.0.0
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto ipsec profile V6
 set transform-set T
 set security-association lifetime kilobytes 2560
 $(responder 23)
crypto ipsec profile V4
 set transform-set T
 set security-association lifetime kilobytes 2560
 $(responder 4)
crypto ipsec profile SECONDS
 set transform-set T
 set security-association lifetime seconds 120
interface Ethernet0/0
 ip address 10.0.23.$n 255.255.255.0
 ipv6 address 2001:DB8::$n/64
interface Ethernet0/1
 ip address 10.0.24.$n 255.255.255.0
interface Tunnel23
 ipv6 address FE80::23:$n link-local
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination 2001:DB8::$o
 tunnel protection ipsec profile V6
interface Tunnel4
 ip address 192.168.4.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination 10.0.23.$o
 tunnel protection ipsec profile V4
interface Tunnel5
 ip address 192.168.5.$n 255.255.255.0
 tunnel source Ethernet0/1
 tunnel mode ipsec ipv4
 tunnel destination 10.0.24.$o
 tunnel protection ipsec profile SECONDS
logging buffered 4000000 debugging
end
X
done
namespaces R2 R3 && join R2 eth0 R3 eth0 && join R2 eth1 R3 eth1 || fail "no namespaces"
for r in R3 R2; do
	boot $r "$lab/r${r#R}.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "$r does not boot"
done
is_up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
for r in R2 R3; do
	for t in Tunnel23 Tunnel4 Tunnel5; do
		wait_for 30 is_up $r $t || fail "$t of $r is not up: $(run $r 'show crypto isakmp sa')"
	done
	run $r 'debug crypto ipsec' >/dev/null
done

streams() { # streams PORT LOCAL-OF-R2 LOCAL-OF-R3 RATE OCTETS [%SCOPE]
	helper R2 "R2.$1" "$top/tests/tool/stream.py" "$2$6" "$3$6" "$1" "$4" "$5"
	helper R3 "R3.$1" "$top/tests/tool/stream.py" "$3$6" "$2$6" "$1" "$4" "$5"
	# both listen before either sends: what comes for a port that nobody has would count as lost
	wait_for 20 grep -q listens "$lab/R2.$1.out" && wait_for 20 grep -q listens "$lab/R3.$1.out" ||
		fail "no stream: $(cat "$lab"/R?.$1.out)"
	kill -USR1 "$(cat "$lab/R2.$1.pid")" "$(cat "$lab/R3.$1.pid")"
}
started=$SECONDS
pings() { in_ns R2 ping -q -c 1 -W 1 "$1" >/dev/null; }
for a in fe80::23:3%Tunnel23 192.168.4.3 192.168.5.3; do
	wait_for 10 pings $a || fail "$a does not answer"
done
streams 2300 fe80::23:2 fe80::23:3 300 1300 %Tunnel23
streams 4000 192.168.4.2 192.168.4.3 300 1300 ''
streams 5000 192.168.5.2 192.168.5.3 100 200 ''

# Between the two soft ends, 85 to 90 s after the tunnel came up, neither hears the other.
shut() {
	in_ns "$1" nft add table inet shut
	in_ns "$1" nft 'add chain inet shut out { type filter hook output priority 0; }'
	in_ns "$1" nft add rule inet shut out ip daddr 10.0.24.0/24 udp dport 500 drop
}
open() { in_ns "$1" nft delete table inet shut; }
is_past() { [ $((SECONDS - started)) -ge "$1" ]; }
asked() { run "$1" 'show logging' | grep -c 'SA lifetime threshold reached'; }
wait_for 100 is_past 78
for r in R2 R3; do shut $r; done
if [ "${LOAD:-}" = full ]; then
	for r in R2:R3 R3:R2; do
		helper ${r%:*} load.${r%:*} "$top/tests/tool/load.py" "$(cat "$lab/${r%:*}.ns")" "$(cat "$lab/${r#*:}.ns")" \
			192.168.5.${r:1:1} 192.168.5.${r: -1} 1300
	done
fi
wait_for 30 is_past 94
for r in R2 R3; do open $r; done
enough() { [ "$(asked R2)" -ge $((rekeys + 1)) ] && [ "$(asked R3)" -ge $((rekeys + 1)) ]; }
wait_for 200 enough || fail "rekeyings: R2 $(asked R2), R3 $(asked R3)"
wait_for 60 is_past 112 # Tunnel5 has its new SAs: what was repeated was answered
if [ "${LOAD:-}" = full ]; then
	for r in R2 R3; do kill -TERM "$(cat "$lab/load.$r.pid")"; done
	for r in R2 R3; do
		wait_for 20 grep -q '^sent' "$lab/load.$r.out" || fail "the load of $r does not end"
		echo "full load of $r: $(grep '^sent' "$lab/load.$r.out")"
		grep -q ' missing 0 twice 0 ' "$lab/load.$r.out" || fail "packets were lost at full load: $(run $r 'show crypto ipsec sa detail')"
	done
fi

for p in 2300 4000 5000; do
	for r in R2 R3; do
		kill -TERM "$(cat "$lab/$r.$p.pid")"
	done
done
ended() { grep -q '^sent' "$lab/R2.$1.out" && grep -q '^sent' "$lab/R3.$1.out"; }
show_all() {
	cat "$lab"/R?.?000.out "$lab"/R?.2300.out
	for r in R2 R3; do
		echo "--- $r"
		in_ns $r nstat -asz 'Ip*Discards' 'Ip*Drop*' '*Err*' '*Overflow*'
		run $r 'show interfaces' 'show crypto ipsec sa'
		run $r 'show logging' | tail -400
	done
}
for p in 2300 4000 5000; do
	wait_for 10 ended $p || fail "no end: $(cat "$lab"/R?.$p.out)"
	for r in R2:R3 R3:R2; do
		read -r _ sent _ <<<"$(grep '^sent' "$lab/${r%:*}.$p.out")"
		read -r _ _ _ received _ missing _ twice _ late <<<"$(grep '^sent' "$lab/${r#*:}.$p.out")"
		echo "port $p, ${r%:*} to ${r#*:}: $sent sent, $received received, $twice twice, $late late"
		[ "$sent" -gt 1000 ] && [ "$received" -eq "$sent" ] && [ "$missing" -eq 0 ] && [ "$twice" -eq 0 ] ||
			fail "packets were lost: $(show_all)"
	done
done
echo "rekeyings asked for: R2 $(asked R2), R3 $(asked R3)"
for r in R2 R3; do
	run $r 'show logging' >"$lab/log"
	grep -q "OUTBOUND local= 10.0.24.${r#R}:" "$lab/log" || fail "$r did not ask for SAs of Tunnel5"
	grep -q '%CRYPTO-[0-5]' "$lab/log" && fail "$r: $(grep '%CRYPTO' "$lab/log")"
	for t in 23 4 5; do
		[ "$(grep -c "Tunnel$t, changed state to up" "$lab/log")" -eq 1 ] || fail "$r: $(cat "$lab/log")"
	done
done
# one pair of SAs is left on each side, and the same one
one_pair() {
	local r n
	for r in R2 R3; do
		n=$(run $r 'show crypto ipsec sa interface Tunnel5' | grep -c '^ *spi: 0x')
		[ "$n" -eq 2 ] || return 1
	done
}
wait_for 60 one_pair || fail "not one pair: $(run R2 'show crypto ipsec sa'; run R3 'show crypto ipsec sa')"
true
