#!/bin/bash
# A hub under floods of IKE: what it keeps of them is bounded, the tunnel that is up loses nothing, a peer that it has never
# heard of gets in meanwhile, and afterwards nothing is left.
#
#   R3 eth0 10.0.23.3 ------ eth0 10.0.23.2  HUB  10.0.4.2 eth2 ------ eth0 10.0.4.4  R4, whom no tunnel of the hub names
#      Tunnel23 10.23.0.3 =====  10.23.0.2        10.0.9.2 eth1 ------ f0 10.0.9.9    F, behind which all forged sources are
. "$(dirname "$0")/../lib.sh"
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=4 # what was freed is no part of what is kept
flooder=$(dirname "$mainmode")/tests/bin/flooder
FORGED=${FLOOD_FORGED:-100000} RATE=${FLOOD_RATE:-5000} KIB=${FLOOD_KIB:-65536}
if grep -q __tsan_init "$mainmode"; then # several times as slow, and it remembers who touched what
	FORGED=${FLOOD_FORGED:-20000} RATE=${FLOOD_RATE:-500} KIB=${FLOOD_KIB:-1048576}
fi

common() { # common NAME LOOPBACK
	cat <<-END
		hostname $1
		ip domain name example.com
		crypto isakmp policy 10
		 encryption aes
		 authentication pre-share
		 group 14
		crypto ipsec transform-set TRA esp-aes esp-sha-hmac
		crypto ipsec profile PRO
		 set transform-set TRA
		interface Loopback0
		 ip address 10.255.0.$2 255.255.255.255
		END
}

{
	common HUB 2
	cat <<-END
		ipv6 unicast-routing
		crypto keyring ALL
		  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco
		  pre-shared-key address ipv6 ::/0 key cisco
		crypto isakmp profile SPOKES
		   keyring ALL
		   match identity host domain example.com
		   virtual-template 1
		interface Virtual-Template1 type tunnel
		 ip unnumbered Loopback0
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		interface Tunnel23
		 ip address 10.23.0.2 255.255.255.0
		 tunnel source Ethernet0/0
		 tunnel destination 10.0.23.3
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		interface Ethernet0/0
		 ip address 10.0.23.2 255.255.255.0
		interface Ethernet0/1
		 ip address 10.0.9.2 255.255.255.0
		 ipv6 address 2001:DB8:9::2/64
		interface Ethernet0/2
		 ip address 10.0.4.2 255.255.255.0
		ip route 198.18.0.0 255.254.0.0 10.0.9.9
		ipv6 route 2001:2::/32 2001:DB8:9::9
		END
} >"$lab/hub.cfg"
{
	common R3 3
	cat <<-END
		crypto isakmp key cisco address 10.0.23.2
		interface Tunnel23
		 ip address 10.23.0.3 255.255.255.0
		 tunnel source Ethernet0/0
		 tunnel destination 10.0.23.2
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		interface Ethernet0/0
		 ip address 10.0.23.3 255.255.255.0
		END
} >"$lab/r3.cfg"
{
	common R4 4
	cat <<-END
		crypto isakmp key cisco address 10.0.4.2
		crypto isakmp identity hostname
		interface Tunnel4
		 ip unnumbered Loopback0
		 shutdown
		 tunnel source Ethernet0/0
		 tunnel destination 10.0.4.2
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		interface Ethernet0/0
		 ip address 10.0.4.4 255.255.255.0
		END
} >"$lab/r4.cfg"

namespaces HUB R3 R4 F && join HUB eth0 R3 eth0 && join HUB eth1 F f0 && join HUB eth2 R4 eth0 || fail "no namespaces"
in_ns F ip addr add 10.0.9.9/24 dev f0 && in_ns F ip -6 addr add 2001:db8:9::9/64 dev f0 nodad &&
	in_ns F ip route add 10.0.23.0/24 via 10.0.9.2 && in_ns F sysctl -qw net.ipv4.ip_forward=0 || fail "no addresses"
in_ns HUB sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
boot HUB "$lab/hub.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 -i Ethernet0/2=eth2 || fail "the hub does not boot"
in_ns HUB sysctl -qw net.ipv4.conf.eth1.rp_filter=0
for r in R3 R4; do boot $r "$lab/${r,,}.cfg" -i Ethernet0/0=eth0 || fail "$r does not boot"; done
tunnel_up HUB 40 && tunnel_up R3 40
pid=$(cat "$lab/HUB/mainmode.pid")
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
ms() { echo $(($(date +%s%N) / 1000000)); }
lost_at_socket() { in_ns HUB awk 'FNR > 1 && $2 ~ /:01F4$/ { n += $NF } END { print n + 0 }' /proc/net/udp /proc/net/udp6; }
statistics() { run HUB 'show crypto call admission statistics'; }
rejected() { statistics | sed -n 's/^Incoming IKE Requests:.* rejected: *\([0-9]*\) *$/\1/p'; }
negotiating() { statistics | sed -n 's/^Total IKE SA Count:.* negotiating: *\([0-9]*\) *$/\1/p'; }
accepted() { statistics | sed -n 's/^Incoming IKE Requests:.* accepted: *\([0-9]*\) .*/\1/p'; }
is_over() { [ "$(accepted)" -ge "$1" ]; }
# what waits in the socket is not counted yet
is_counted() { [ $(($(accepted) + $(lost_at_socket))) -ge "$1" ]; }
is_rejected() { [ $(($(rejected) + $(lost_at_socket))) -ge "$1" ]; }
is_quiet() { [ "$(negotiating)" -eq 0 ]; }
spoke_up() { run R4 'show interfaces Tunnel4' | grep -q 'line protocol is up'; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# traffic FILE: through the tunnel until `enough FILE`; every packet is counted
traffic() { helper R3 "$1" ping -n -i 0.02 -c 100000 10.23.0.2; }
enough() { # the last answers may be under way when it is told to end: those that came are numbered without a gap
	helper_down "$1" INT
	awk -F'[ =]' '/icmp_seq=/ { for (i = 1; i < NF; i++) if ($i == "icmp_seq") s = $(i + 1); if (s != ++n) exit 1 }
		END { if (!n) exit 1; print n }' "$lab/$1.out" >"$lab/count" || fail "$1: packets were lost: $(tail -3 "$lab/$1.out")"
	echo "$1: $(cat "$lab/count") packets through the tunnel, none lost"
}

# flood ID WORDS...: F floods; flooded ID: it is done; what it cost
flood() {
	began_ms=$(ms) began_ticks=$(ticks)
	helper F "$@"
}
flooded() {
	local p
	p=$(cat "$lab/$1.pid")
	wait_for 120 ended "$p" || fail "$1 does not end"
	rm -f "$lab/$1.pid"
	echo "$1: $(cat "$lab/$1.out"); the hub took $((100000 * ($(ticks) - began_ticks) / ($(getconf CLK_TCK) * ($(ms) - began_ms))))% of a processor, resident $(rss) KiB"
}

# --- as many first messages from as many forged sources, while a new peer comes
before=$(rss)
traffic forged_traffic
flood forged "$flooder" first 198.18.0.1 10.0.9.2 "$FORGED" "$RATE"
wait_for 30 is_over $((FORGED / 20)) || fail "the flood does not arrive: $(statistics)"
from=$(ms)
config R4 'interface Tunnel4' 'no shutdown'
wait_for 20 spoke_up || fail "R4 does not get in: $(run R4 'show crypto isakmp sa'; statistics; run HUB 'show logging')"
ended "$(cat "$lab/forged.pid")" && fail "the flood was over before R4 was in: nothing is shown"
echo "a new peer was in after $(($(ms) - from)) ms, $(accepted) first messages so far"
flooded forged
wait_for 60 is_counted "$FORGED" || fail "not all are counted: $(statistics)"
enough forged_traffic
tunnel_is HUB up && tunnel_is R3 up || fail "Tunnel23 went down"
echo "memory in KiB: before $before, after the flood $(rss), peak $(peak); $(lost_at_socket) lost at the socket"
[ $(($(peak) - before)) -lt "$KIB" ] || fail "it takes more and more memory"
[ "$(negotiating)" -le 16484 ] || fail "too many half-open SAs: $(statistics)"
[ "$(run HUB 'show crypto isakmp sa' | grep -c ACTIVE)" -le 110 ] || fail "too many SAs: $(run HUB 'show crypto isakmp sa')"

# --- IPv6, one source, and one that bears the address of R3, which comes back meanwhile
traffic other_traffic
flood sixes "$flooder" first 2001:2::1 2001:db8:9::2 20000 "$RATE"
flooded sixes
flood same "$flooder" first 198.19.255.1 10.0.9.2 20000 "$RATE" same
flooded same
enough other_traffic
flood in_its_name "$flooder" first 10.0.23.3 10.0.23.2 20000 "$RATE" same
from=$(ms)
run R3 'clear crypto session' >/dev/null
r3_is_back() { run R3 'show crypto session' | grep -q '^Session status: UP-ACTIVE' && tunnel_is HUB up; }
wait_for 30 r3_is_back || fail "R3 does not come back: $(run R3 'show crypto isakmp sa'; statistics)"
echo "R3 was back after $(($(ms) - from)) ms"
flooded in_its_name
wait_for 60 is_counted $((FORGED + 55000)) || fail "that flood did not arrive: $(statistics)"

# --- exchanges with a real address, each of which wants Diffie-Hellman
traffic third_traffic
flood third "$flooder" third 10.0.9.9 10.0.9.2 4000 400
from=$(ms)
run R4 'clear crypto session' >/dev/null
r4_is_back() { run R4 'show crypto session' | grep -q '^Session status: UP-ACTIVE'; }
wait_for 30 r4_is_back || fail "R4 does not come back: $(run R4 'show crypto isakmp sa'; statistics)"
echo "R4 was back after $(($(ms) - from)) ms"
flooded third
enough third_traffic

# --- more than is read: first messages are lost at their socket, nothing of the SAs that are there, which are renewed meanwhile
# the second socket of the port, made later
lost_of_sas() { in_ns HUB awk 'FNR > 1 && $2 ~ /:01F4$/ && $10 > newest { newest = $10; n = $NF } END { print n + 0 }' /proc/net/udp; }
spi() { run R3 'show crypto ipsec sa' | sed -n 's/.*spi: \(0x[0-9A-F]*\)(.*/\1/p' | head -1; }
r3_is_renewed() { [ -n "$(spi)" ] && [ "$(spi)" != "$old" ] && tunnel_is HUB up; }
lost=$(lost_at_socket) old=$(spi)
flood overrun "$flooder" first 198.18.0.1 10.0.9.2 200000 50000
from=$(ms)
run R3 'clear crypto sa' >/dev/null
wait_for 30 r3_is_renewed || fail "R3 gets no new SAs: $(run R3 'show crypto session'; statistics)"
echo "R3 had new SAs after $(($(ms) - from)) ms"
flooded overrun
echo "$(($(lost_at_socket) - lost)) first messages lost at the socket"
[ "$(lost_of_sas)" -eq 0 ] || fail "$(lost_of_sas) messages of SAs were lost at the socket"

# --- a limit that is configured: it is kept to, told some times, and counted always
wait_for 150 is_quiet || fail "half-open SAs stay: $(statistics)"
echo "nothing is half-open; resident $(rss) KiB"
config HUB 'crypto call admission limit ike in-negotiation-sa 50'
run HUB 'clear crypto call admission statistics' >/dev/null
lost=$(lost_at_socket)
flood limited "$flooder" first 198.18.0.1 10.0.9.2 2000 2000
flooded limited
wait_for 60 is_rejected $((1950 + lost)) || fail "not all are counted: $(statistics)"
[ "$(negotiating)" -eq 50 ] && [ "$(accepted)" -eq 50 ] || fail "not 50: $(statistics)"
statistics | grep -q 'Max in nego: *50$' || fail "the limit is not shown: $(statistics)"
run HUB 'show logging' >"$lab/log"
told=$(grep -c '%CRYPTO-4-IKE_DENY_SA_REQ: IKE denied an INCOMING SA request from 198.18.* to 10.0.9.2 due to IN-NEGOTIATION SA LIMIT REACHED$' "$lab/log")
[ "$told" -ge 1 ] && [ "$told" -le 40 ] || fail "told $told times: $(cat "$lab/log")"
[ "$(grep -c '%' "$lab/log")" -le 400 ] || fail "the log is full of it: $(cat "$lab/log")"
tunnel_is HUB up && spoke_up || fail "a tunnel went down"
statistics
