#!/bin/bash
# What `monitor capture` takes and `crypto export wireshark` opens: with the two tables tshark shows the identities of MM5, the
# proposal of Quick Mode and what ESP carries; without them it shows none of it.
#
#   R2 Et0/0 2001:DB8::2 ---- veth ---- Et0/0 2001:DB8::3 R3
#      Tunnel23          ==== ESP ====          Tunnel23
#
# Then through a NAT, ESP in UDP:
#
#   R2 Et0/0 10.2.0.2 ---- eth2 10.2.0.1  N  eth3 10.3.0.1 ---- Et0/0 10.3.0.3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 N && join R2 eth0 R3 eth0 || fail "no namespaces"
mkdir -p "$lab/none/wireshark" "$lab/keys/wireshark"

# shark FOLDER FILTER: how many packets, with the tables that stand in FOLDER as the files of a profile
shark() {
	XDG_CONFIG_HOME=$lab/$1 tshark -r "$lab/pcap" -o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE -Y "$2" 2>>"$lab/tshark" | wc -l
}

# take NAME FAMILY TUNNEL 'PING'...: R2's own capture of both sides of the tunnel, of a negotiation from its first message on and
# of a ping
take() {
	local name=$1 family=$2 tunnel=$3
	shift 3
	run R2 'monitor capture buffer B max-size 1518' "monitor capture point $family cef P Ethernet0/0 both" \
		"monitor capture point $family cef T $tunnel both" 'monitor capture point associate P B' \
		'monitor capture point associate T B' 'monitor capture point start all' >"$lab/out" || fail "$name: $(cat "$lab/out")"
	by_raw() { run R2 'show crypto engine configuration' | grep -A1 '^   Ethernet0/0 ' | grep -q 'a capture is on the interface'; }
	[ "$name" = NAT ] || wait_for 10 by_raw || fail "$name: what goes by AF_XDP is not captured: $(run R2 'show crypto engine configuration')"
	run R2 'clear crypto session' >/dev/null
	answered() { run R2 "$@" | grep -q '(5/5)'; }
	wait_for 30 answered "$@" || fail "$name: ping: $(run R2 "$@")"
	run R2 'monitor capture point stop all' 'monitor capture buffer B export flash:x.pcapng' >"$lab/out" ||
		fail "$name: export: $(cat "$lab/out")"
	cp "$lab/R2/flash/x.pcapng" "$lab/pcap"
	[ "$(stat -c %a "$lab/R2/flash/x.pcapng")" = 600 ] || fail "$name: others can read the capture"
}

# opened NAME FILTER-OF-PINGS: the tables are there, and open what they are to open
opened() {
	local name=$1 icmp=$2 f
	written() { [ "$(wc -l <"$lab/R2/flash/R.esp_sa")" -ge 2 ] && [ -s "$lab/R2/flash/R.ikev1_decryption_table" ]; }
	wait_for 10 written 2>/dev/null || fail "$name: no keys: $(ls -l "$lab/R2/flash")"
	for f in esp_sa ikev1_decryption_table; do
		[ "$(stat -c %a "$lab/R2/flash/R.$f")" = 600 ] || fail "$name: others can read $f"
		cp "$lab/R2/flash/R.$f" "$lab/keys/wireshark/$f"
	done
	# a router that was not asked has no key on its disk
	[ -z "$(ls -A "$lab/R3/flash" 2>/dev/null)" ] || fail "$name: R3 wrote $(ls -A "$lab/R3/flash")"

	mm5=$(shark keys 'isakmp.exchangetype == 2 && isakmp.id.data')
	qm1=$(shark keys 'isakmp.exchangetype == 32 && isakmp.typepayload == 1 && isakmp.trans.id')
	inner=$(shark keys "esp && $icmp && esp.icv_good == 1")
	[ "$mm5" -ge 2 ] && [ "$qm1" -ge 2 ] && [ "$inner" -ge 10 ] ||
		fail "$name: in clear are $mm5 of MM5 and MM6, $qm1 of Quick Mode, $inner of ESP: $(cat "$lab/tshark")"
	[ "$(shark keys 'esp.icv_bad == 1 || _ws.malformed')" = 0 ] || fail "$name: malformed, or a wrong ICV"
	for f in 'isakmp.id.data' 'isakmp.exchangetype == 32 && isakmp.typepayload == 1' "esp && $icmp"; do
		[ "$(shark none "$f")" = 0 ] || fail "$name: in clear without a key: $f"
	done
	# what the tunnel carries is in clear on its own interface
	[ "$(shark none "frame.interface_name contains \"Tunnel\" && $icmp")" -ge 10 ] || fail "$name: nothing of the tunnel"
	echo "$name: MM5 and MM6 $mm5, Quick Mode $qm1, ESP $inner"
}

away() {
	stop R2
	stop R3
	rm -rf "$lab/R2" "$lab/R3" "$lab/pcap"
}

cell() { # cell NAME 'TRANSFORM' 'POLICY LINE'...
	local name=$1 transform=$2 r
	shift 2
	for r in 2 3; do
		sed -e "s/^crypto ipsec transform-set TRA.*/crypto ipsec transform-set TRA $transform/" \
			-e "s/^crypto isakmp policy 10/&$(printf '\\n %s' "$@")/" "$top/startup-config/r$r.cfg" >"$lab/r$r.cfg"
	done
	sed -i '/^end/i crypto export wireshark disk0:R' "$lab/r2.cfg"
	sed -i 's/^crypto ipsec profile PRO/&\n responder-only/' "$lab/r3.cfg"
	boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 || fail "$name: R3 does not boot"
	boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "$name: R2 does not boot"
	run R2 'show logging' | grep -q '%CRYPTO-4-KEY_EXPORT: The keys of all tunnels are written to flash:R.esp_sa and ' ||
		fail "$name: it boots with crypto export wireshark, and nobody says so"
	tunnel_up R2
	take "$name" ipv6 Tunnel23 'ping fe80::23:3' Tunnel23
	opened "$name" 'icmpv6.type in {128,129}'
}

cell CBC 'esp-aes esp-sha-hmac' 'encr aes 256' 'hash sha256' 'group 14'
away
cell GCM 'esp-gcm 256' 'encr 3des' 'hash md5' 'group 2'

# what cannot be written is told once, leads nowhere else, and costs no tunnel
stop R2
rm "$lab/R2/flash/"R.*
ln -s "$lab/outside" "$lab/R2/flash/R.esp_sa"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
tunnel_up R2 40
failures() { run R2 'show logging' | grep -c 'KEY_EXPORT_FAILED: Keys cannot be written to flash:R.esp_sa (No such'; }
wait_for 10 failures >/dev/null || fail "nobody says that R.esp_sa cannot be written"
lines() { wc -l <"$lab/R2/flash/R.ikev1_decryption_table"; }
before=$(lines)
run R2 'clear crypto session' >/dev/null
more() { [ "$(lines)" -gt "$before" ]; }
wait_for 20 more || fail "no second key of phase 1"
tunnel_up R2
[ "$(failures)" = 1 ] || fail "told $(failures) times"
[ ! -e "$lab/outside" ] || fail "a key was written through a symbolic link"

# off: said so, the files stay, and no more comes
config R2 'no crypto export wireshark' || fail "no crypto export wireshark"
run R2 'show logging' | grep -q 'KEY_EXPORT_OFF: No more keys are written; those in flash:R.esp_sa and ' ||
	fail "nobody says that it is off"
cp "$lab/R2/flash/R.ikev1_decryption_table" "$lab/before"
run R2 'clear crypto session' >/dev/null
tunnel_up R2
run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping"
cmp "$lab/before" "$lab/R2/flash/R.ikev1_decryption_table" || fail "a key was written while it is off"
away

# behind a NAT
in_ns R2 ip link del eth0
join N eth2 R2 eth0 && join N eth3 R3 eth0 || fail "no links to the NAT"
in_ns N sh -ec 'ip addr add 10.2.0.1/24 dev eth2
	ip addr add 10.3.0.1/24 dev eth3
	sysctl -qw net.ipv4.ip_forward=1
	nft add table ip nat
	nft add chain ip nat post "{ type nat hook postrouting priority srcnat; }"
	nft add rule ip nat post oifname eth3 masquerade' || fail "no NAT"
nat_config() { # nat_config NUMBER PEER 'LINE'...: of a tunnel, and what else
	printf '%s\n' "hostname R$1" 'crypto isakmp policy 10' ' encr aes' ' authentication pre-share' ' group 2' \
		"crypto isakmp key cisco address 0.0.0.0 0.0.0.0" 'crypto ipsec transform-set TRA esp-aes esp-sha256-hmac' \
		'crypto ipsec profile PRO' ' set transform-set TRA' 'interface Loopback0' \
		" ip address 10.255.0.$1 255.255.255.255" 'interface Ethernet0/0' " ip address 10.$1.0.$1 255.255.255.0" \
		"interface Tunnel1" ' ip unnumbered Loopback0' ' tunnel source Ethernet0/0' ' tunnel mode ipsec ipv4' \
		" tunnel destination $2" ' tunnel protection ipsec profile PRO' "ip route 0.0.0.0 0.0.0.0 10.$1.0.1" \
		"ip route 10.255.0.$((5 - $1)) 255.255.255.255 Tunnel1"
}
nat_config 2 10.3.0.3 >"$lab/r2.cfg"
echo 'crypto export wireshark R' >>"$lab/r2.cfg"
nat_config 3 10.3.0.1 | sed 's/^crypto ipsec profile PRO/&\n responder-only/' >"$lab/r3.cfg"
boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 || fail "NAT: R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "NAT: R2 does not boot"
up() { run R2 'ping 10.255.0.3 source Loopback0' | grep -q '[45]/5'; }
wait_for 40 up || fail "NAT: no tunnel: $(run R2 'show crypto session detail')"
take NAT ip Tunnel1 'ping 10.255.0.3 source Loopback0'
opened NAT 'icmp.type in {0,8}'
[ "$(shark keys 'udp.port == 4500 && esp && icmp')" -ge 10 ] || fail "NAT: not in UDP"
