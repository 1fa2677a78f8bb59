#!/bin/bash
# What `crypto export wireshark` writes opens a capture: with the two tables tshark shows the identities of MM5, the proposal
# of Quick Mode and what ESP carries; without them it shows none of it. AF_XDP is not captured: raw sockets.
#
#   R2 Et0/0 2001:DB8::2, 10.0.23.2 ---- veth ---- Et0/0 2001:DB8::3, 10.0.23.3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"

# shark FOLDER FILTER [ARGUMENTS]...: with the tables that stand in FOLDER, as the files of a profile
shark() {
	local folder=$1 filter=$2
	shift 2
	XDG_CONFIG_HOME=$folder tshark -r "$lab/pcap" -o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE -Y "$filter" "$@" 2>>"$lab/tshark"
}
lines() { wc -l | tr -d ' '; }

capture() {
	in_ns R2 tcpdump -q -U -i eth0 -w "$lab/pcap" 2>"$lab/tcpdump" &
	dump=$!
	wait_for 10 grep -q listening "$lab/tcpdump" || fail "tcpdump: $(cat "$lab/tcpdump")"
}

dumped() { [ "$(tshark -r "$lab/pcap" -Y esp 2>/dev/null | wc -l)" -ge 10 ]; }
done_with() {
	wait_for 10 dumped || fail "no ESP was captured"
	kill "$dump"
	wait "$dump" 2>/dev/null
}

mkdir -p "$lab/none/wireshark" "$lab/keys/wireshark"
cell() { # cell NAME 'TRANSFORM' 'POLICY LINE'...
	local name=$1 transform=$2 r f
	shift 2
	capture
	for r in 2 3; do
		sed -e "s/^crypto ipsec transform-set TRA.*/crypto ipsec transform-set TRA $transform/" \
			-e "s/^crypto isakmp policy 10/&$(printf '\\n %s' "$@")/" \
			-e '/^end/i crypto export wireshark disk0:R' "$top/startup-config/r$r.cfg" >"$lab/r$r.cfg"
	done
	grep -v '^crypto export' "$lab/r3.cfg" >"$lab/r3.off"
	boot R3 "$lab/r3.off" -i Ethernet0/0=eth0 --transport raw || fail "$name: R3 does not boot"
	boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 --transport raw || fail "$name: R2 does not boot"
	tunnel_up R2
	run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "$name: ping"
	done_with
	written() { [ "$(lines <"$lab/R2/flash/R.esp_sa")" -ge 2 ] && [ -s "$lab/R2/flash/R.ikev1_decryption_table" ]; }
	wait_for 10 written 2>/dev/null || fail "$name: no keys: $(ls -l "$lab/R2/flash")"
	for f in esp_sa ikev1_decryption_table; do
		[ "$(stat -c %a "$lab/R2/flash/R.$f")" = 600 ] || fail "$name: $f can be read by others"
		cp "$lab/R2/flash/R.$f" "$lab/keys/wireshark/$f"
	done
	# a router that was not asked has no key on its disk
	[ -z "$(ls -A "$lab/R3/flash" 2>/dev/null)" ] || fail "$name: R3 wrote $(ls -A "$lab/R3/flash")"

	mm5=$(shark "$lab/keys" 'isakmp.exchangetype == 2 && isakmp.id.data.ipv6_addr == 2001:db8::2' | lines)
	qm1=$(shark "$lab/keys" 'isakmp.exchangetype == 32 && isakmp.typepayload == 1 && isakmp.trans.id' | lines)
	inner=$(shark "$lab/keys" 'esp && icmpv6.type == 128 && esp.icv_good == 1' | lines)
	[ "$mm5" -ge 1 ] && [ "$qm1" -ge 1 ] && [ "$inner" -ge 5 ] ||
		fail "$name: in clear are $mm5 of MM5, $qm1 of Quick Mode, $inner echos: $(cat "$lab/tshark")"
	[ "$(shark "$lab/keys" 'esp.icv_bad == 1 || _ws.malformed' | lines)" = 0 ] || fail "$name: malformed, or a wrong ICV"
	for f in 'isakmp.id.data.ipv6_addr' 'isakmp.exchangetype == 32 && isakmp.typepayload == 1' 'esp && icmpv6'; do
		[ "$(shark "$lab/none" "$f" | lines)" = 0 ] || fail "$name: in clear without a key: $f"
	done
	echo "$name: MM5 $mm5, Quick Mode $qm1, ESP $inner"
	stop R2
	stop R3
	rm -rf "$lab/R2" "$lab/R3" "$lab/pcap"
}

cell CBC 'esp-aes esp-sha-hmac' 'encr aes 256' 'hash sha256' 'group 14'
cell GCM 'esp-gcm 256' 'encr 3des' 'hash md5' 'group 2'

# what cannot be written is told once, leads nowhere else, and costs no tunnel
mkdir -p "$lab/R2/flash"
ln -s "$lab/outside" "$lab/R2/flash/R.esp_sa"
boot R3 "$lab/r3.off" -i Ethernet0/0=eth0 --transport raw || fail "R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 --transport raw || fail "R2 does not boot"
tunnel_up R2
failures() { run R2 'show logging' | grep -c 'KEY_EXPORT_FAILED: Keys cannot be written to flash:R.esp_sa (No such'; }
wait_for 10 failures >/dev/null || fail "nobody says that R.esp_sa cannot be written"
run R2 'clear crypto session' >/dev/null
tunnel_up R2
run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping"
second() { [ "$(lines <"$lab/R2/flash/R.ikev1_decryption_table")" -ge 2 ]; }
wait_for 10 second || fail "no second key of phase 1"
[ "$(failures)" = 1 ] || fail "told $(failures) times"
[ ! -e "$lab/outside" ] || fail "a key was written through a symbolic link"

# off: said so, the files stay, and no more comes
config R2 'no crypto export wireshark' || fail "no crypto export wireshark"
run R2 'show logging' | grep -q 'KEY_EXPORT_OFF: No more keys are written; those in flash:R.esp_sa and ' || fail "nobody says that it is off"
cp "$lab/R2/flash/R.ikev1_decryption_table" "$lab/before"
run R2 'clear crypto session' >/dev/null
tunnel_up R2
cmp "$lab/before" "$lab/R2/flash/R.ikev1_decryption_table" || fail "a key was written while it is off"
