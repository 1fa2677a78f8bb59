#!/bin/bash
# A wire that loses, repeats, delays, reorders and cuts, while tunnels are made, renewed, cleared, and routers are killed
# and booted, in an order that a seed decides. Once the wire is good again each tunnel carries packets in both directions,
# and when what was replaced has had its time it has one SA pair, the same on both sides.
#
#                 R2 eth0 ---- w2 W w3 ---- eth0 R3
#   Tunnel23  2001:DB8::2                  2001:DB8::3   FE80::23:2, FE80::23:3
#   Tunnel4     10.0.23.2                  10.0.23.3     192.168.4.2, 192.168.4.3
#
# SEED=N runs the rounds of that seed, ROUNDS=N as many of them (2).
. "$(dirname "$0")/../lib.sh"
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
RANDOM=$((seed % 32768))
wire "$seed"
lost() { fail "$*; SEED=$seed, in round $round: ${steps:-}"; }

for n in 2 3; do
	o=$((5 - n))
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
crypto isakmp keepalive 10 2 periodic
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto ipsec profile P
 set transform-set T
 set security-association lifetime kilobytes 2560
interface Ethernet0/0
 ip address 10.0.23.$n 255.255.255.0
 ipv6 address 2001:DB8::$n/64
interface Tunnel23
 ipv6 address FE80::23:$n link-local
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination 2001:DB8::$o
 tunnel protection ipsec profile P
interface Tunnel4
 ip address 192.168.4.$n 255.255.255.0
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv4
 tunnel destination 10.0.23.$o
 tunnel protection ipsec profile P
logging buffered 1000000 debugging
end
X
done
up() { boot "$1" "$lab/r${1#R}.cfg" -i Ethernet0/0=eth0 || lost "$1 does not boot"; }

# --- what happens -----------------------------------------------------------------------------------------------------

# draw VALUE...: one of them, in $drawn; not in a subshell, which would have random numbers of its own
draw() {
	shift $((RANDOM % $#))
	drawn=$1
}

impair() {
	local d what
	for d in a b; do
		for what in loss dup reorder delay; do
			draw 0 5 10 20 30
			case $what in
			delay) tell delay $d $((drawn / 3)) 10 ;;
			*) tell $what $d "$drawn" 60 ;;
			esac
		done
	done
}
cut() {
	tell cut "$1" on
	sleep "$2"
	tell cut "$1" off
}
killed() {
	local pid
	pid=$(cat "$lab/$1/mainmode.pid")
	kill -9 "$pid"
	wait_gone "$pid"
	up "$1"
}
traffic() { # enough for a lifetime of 2560 kilobytes to end, over a good wire
	local to=fe80::23:$((5 - ${1#R}))%Tunnel23
	[ "$2" = 4 ] && to=192.168.4.$((5 - ${1#R}))
	in_ns "$1" timeout 3 ping -q -f -l 20 -c 2500 -s 1200 "$to" >/dev/null 2>&1
}
step() {
	local r what wire tunnel seconds
	draw R2 R3 && r=$drawn
	draw a b both && wire=$drawn
	draw 4 23 && tunnel=$drawn
	draw 1 2 3 && seconds=$drawn
	draw impair session sa isakmp killed cut traffic traffic rest rest
	case $drawn in
	impair) set -- impair ;;
	session | sa | isakmp) set -- run "$r" "clear crypto $drawn" ;;
	killed) set -- killed "$r" ;;
	cut) set -- cut "$wire" "$seconds" ;;
	traffic) set -- traffic "$r" "$tunnel" ;;
	rest) set -- sleep 0.$((seconds * seconds)) ;;
	esac
	steps="$steps; $*"
	"$@" >/dev/null
}

# --- what it must come to ---------------------------------------------------------------------------------------------

# spis ROUTER TUNNEL inbound|outbound
spis() {
	run "$1" "show crypto ipsec sa interface $2" | awk -v d="$3" '/ (in|out)bound .* sas:/ { on = $1 == d && $2 == "esp" }
		on && /spi: / { sub(/\(.*/, "", $2); print $2 }'
}
agreed() { # agreed TUNNEL: one pair, the same on both sides
	local i2 o2 i3 o3
	i2=$(spis R2 "$1" inbound) o2=$(spis R2 "$1" outbound) i3=$(spis R3 "$1" inbound) o3=$(spis R3 "$1" outbound)
	[ "$(echo "$i2" | wc -w) $(echo "$o2" | wc -w)" = "1 1" ] && [ "$i2" = "$o3" ] && [ "$o2" = "$i3" ]
}
all_agreed() { agreed Tunnel23 && agreed Tunnel4; }
usable() { # usable TUNNEL: what each side sends with the other one has
	local r o
	for r in R2 R3; do
		o=$(run $r "show crypto ipsec sa interface $1" | sed -n 's/.*current outbound spi: *\(0x[0-9A-F]*\).*/\1/p')
		[ "$o" != 0x0 ] && spis R$((5 - ${r#R})) "$1" inbound | grep -qx "$o" || return
	done
}
all_usable() { usable Tunnel23 && usable Tunnel4; }
carried() {
	in_ns R2 ping -q -c 5 -i 0.05 -W 2 fe80::23:3%Tunnel23 && in_ns R3 ping -q -c 5 -i 0.05 -W 2 fe80::23:2%Tunnel23 &&
		in_ns R2 ping -q -c 5 -i 0.05 -W 2 192.168.4.3 && in_ns R3 ping -q -c 5 -i 0.05 -W 2 192.168.4.2
}
both_show() {
	local r
	for r in R2 R3; do
		echo "--- $r"
		run $r 'show crypto isakmp sa' 'show crypto ipsec sa'
		[ -n "${VERBOSE:-}" ] && run $r 'show logging'
	done
}

up R3
up R2
round=0
for round in $(seq "${ROUNDS:-2}"); do
	start=$SECONDS steps=
	impair
	for i in $(seq 8); do
		step
	done
	tell clear
	wait_for 75 all_usable || lost "no SA pair that both have$(both_show)"
	carried >"$lab/ping" || lost "no traffic$(cat "$lab/ping"; both_show)"
	echo "round $round of $seed: $((SECONDS - start)) s${steps}"
done
wait_for 120 all_agreed || lost "not one SA pair for each tunnel$(both_show)"
carried >"$lab/ping" || lost "no traffic at the end$(cat "$lab/ping"; both_show)"
echo "one SA pair for each tunnel: $SECONDS s"
cat "$lab/relay.counters"
