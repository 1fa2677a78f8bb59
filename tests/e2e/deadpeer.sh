#!/bin/bash
# kill -9 of a router, and what the other one makes of it with keepalives: whichever side is killed, and whether it comes
# back at once or after it was declared dead, the tunnel passes traffic again within 5 s of its return. R3 only answers.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
keepalive='crypto isakmp keepalive 10 2 periodic'
for n in 2 3; do
	sed "s/^crypto isakmp policy 10/$keepalive\n&/" "$top/startup-config/r$n.cfg" >"$lab/r$n.cfg"
	sed '/^crypto isakmp keepalive/d' "$lab/r$n.cfg" >"$lab/r$n.none.cfg"
done
sed -i 's/^crypto ipsec profile PRO.*/&\n responder-only/' "$lab"/r3*.cfg
sed 's/^crypto isakmp policy 10/crypto isakmp invalid-spi-recovery\n&/' "$lab/r3.none.cfg" >"$lab/r3.recovery.cfg"
R2_CONFIG=$lab/r2.cfg R3_CONFIG=$lab/r3.cfg two_routers
tunnel_up R2
tunnel_up R3
passes() { in_ns R2 ping -q -c 1 -W 0.2 fe80::23:3%Tunnel23 >/dev/null 2>&1; }
says() { run "$1" 'show logging' | grep -q "$2"; }
wait_for 20 passes || fail "no traffic at first"

crash() {
	local pid
	pid=$(cat "$lab/$1/mainmode.pid")
	kill -9 "$pid"
	wait_gone "$pid"
}

# Boots it, and says how long it takes until packets pass. 5 s is the aim; on a machine that is busy it may take longer.
comes_back() { # comes_back ROUTER CONFIG WHAT
	local began ms
	boot "$1" "$2" -i Ethernet0/0=eth0 || fail "$1 does not boot: $3"
	began=$(date +%s%N)
	until passes; do
		[ $((($(date +%s%N) - began) / 1000000)) -lt 40000 ] ||
			fail "$3: no traffic. $(run R2 'show logging' | tail -40)"
	done
	ms=$((($(date +%s%N) - began) / 1000000))
	echo "$3: traffic $ms ms after its return"
	[ "$ms" -le 5000 ] || awk -v n="$(nproc)" '{ exit !($1 > n) }' /proc/loadavg || fail "$3: more than 5 s"
}

keep_sending() { # packets all the time, answered or not
	in_ns R2 ping -q -i 0.2 -w 60 fe80::23:3%Tunnel23 >/dev/null 2>&1 &
	sender=$!
}


keep_sending
crash R3
comes_back R3 "$lab/r3.cfg" 'R3, which answers, killed'
crash R3
wait_for 60 says R2 'changed state to down' || fail "R2 does not notice that R3 is gone: $(run R2 'show logging' | tail -20)"
wait_for 60 tunnel_is R2 down || fail "R2 does not notice that R3 is gone: $(run R2 'show crypto isakmp sa' 'show logging' | tail -20)"
tunnel_down R2 60
comes_back R3 "$lab/r3.cfg" 'R3, which answers, killed and declared dead'
crash R2
comes_back R2 "$lab/r2.cfg" 'R2, which asks, killed'
kill "$sender" 2>/dev/null
wait "$sender" 2>/dev/null

# without keepalives: INITIAL_CONTACT of the one that asks, INVALID_SPI of the one that answers
stop R2
stop R3
boot R3 "$lab/r3.recovery.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
comes_back R2 "$lab/r2.none.cfg" 'both without keepalives'
crash R2
comes_back R2 "$lab/r2.none.cfg" 'R2, which asks, killed; no keepalives'
keep_sending
crash R3
comes_back R3 "$lab/r3.recovery.cfg" 'R3, which answers, killed; invalid-spi-recovery alone'
kill "$sender" 2>/dev/null
wait "$sender" 2>/dev/null
for r in R2 R3; do
	run $r 'show crypto isakmp sa' | grep -c 'ACTIVE$' | grep -qx 1 || fail "$r: $(run $r 'show crypto isakmp sa')"
done
