#!/bin/bash
# Debian's strongSwan as the peer, with a NAT between the two, in front of either. The lanes run at the same time.
#
#   nat2   R2 10.1.0.2 ---- 10.1.0.1 N 10.0.23.1 ---- 10.0.23.3 S3    N puts its own address in the place of R2's
#   nat3   R2 10.0.23.2 ---- 10.0.23.3 N 10.3.0.1 ---- 10.3.0.3 S3    ... of S3's
. "$(dirname "$0")/lib.sh"
[ $# -eq 1 ] || in_lanes nat2 nat3

loaded() { swan_load 4 aes128-sha1-modp1536 aes128-sha1 || because "swanctl: $(tail -1 "$lab/S3/load")"; }
begins() { # begins we|it: and packets of all kinds pass
	if [ "$1" = we ]; then
		config R2 'interface Tunnel23' 'no shutdown'
	else
		config R2 'crypto ipsec profile P' 'responder-only' 'exit' 'interface Tunnel23' 'no shutdown'
		swan_initiate || return
	fi
	wait_for 15 tunnel_is R2 up || because 'no tunnel' || return
	wait_for 5 same_pair || because "SAs differ: $(spis R2 Tunnel23 inbound; swan_spis)" || return
	{ pinged && carried; } >"$lab/traffic" 2>&1 || because "$(grep -v '^$' "$lab/traffic" | tail -1)"
}
ends() {
	config R2 'interface Tunnel23' 'shutdown' 'exit' 'crypto ipsec profile P' 'no responder-only'
	swan_ended || because 'strongSwan keeps SAs'
}

nat() { # nat NUMBER: of the side behind it
	translated=yes # peers has nothing to join
	namespaces R2 N S3 && join N eth2 R2 eth0 && join N eth3 S3 eth0 || fail "no namespaces"
	if [ "$1" = 2 ]; then
		r2_address=10.1.0.2 global_lines='ip route 0.0.0.0 0.0.0.0 10.1.0.1'
		in_ns N sh -ec 'ip addr add 10.1.0.1/24 dev eth2; ip addr add 10.0.23.1/24 dev eth3'
		in_ns S3 ip addr add 10.0.23.3/24 dev eth0
		swan_remote=%any swan_peer=10.1.0.2
	else
		in_ns N sh -ec 'ip addr add 10.0.23.3/24 dev eth2; ip addr add 10.3.0.1/24 dev eth3'
		in_ns S3 sh -ec 'ip addr add 10.3.0.3/24 dev eth0; ip route add default via 10.3.0.1'
		swan_local=10.3.0.3 swan_id=10.3.0.3
	fi
	in_ns N sh -ec 'sysctl -qw net.ipv4.ip_forward=1; nft -f -' <<-X
		table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "eth$((5 - $1))" masquerade; }; }
	X
	swan_encap=no
}
through_nat() { # through_nat we|it: who begins is who is behind it
	loaded && begins "$1" || return
	run R2 'show crypto ipsec sa' | grep -q 'Tunnel UDP-Encaps' || because 'no UDP encapsulation' || return
	last=$(current)
	ctl --rekey --child c >/dev/null 2>&1
	wait_for 10 replaced || because 'no new pair' || return
	pinged >"$lab/traffic" 2>&1 || because 'no traffic after its rekeying' || return
	ends
}

# --- lanes ------------------------------------------------------------------------------------------------------------

tunnel_lines=shutdown
nat "${1#nat}"
peers 4
r2_config 4 >"$lab/r2.cfg"
r2_boot
case $1 in
nat2) cell 'we are behind NAT and initiate' through_nat we ;;
nat3) cell 'it is behind NAT and initiates' through_nat it ;;
esac
lane_ends
