#!/bin/bash
# Debian's strongSwan as the peer, with a NAT between the two, in front of either; and as a peer that R2 knows by its
# identity alone (dynamic VTI). The lanes run at the same time; `unknown` is as drawn in lib.sh.
#
#   nat2   R2 10.1.0.2 ---- 10.1.0.1 N 10.0.23.1 ---- 10.0.23.3 S3    N puts its own address in the place of R2's
#   nat3   R2 10.0.23.2 ---- 10.0.23.3 N 10.3.0.1 ---- 10.3.0.3 S3    ... of S3's
. "$(dirname "$0")/lib.sh"
[ $# -eq 1 ] || in_lanes nat2 nat3 unknown

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

# --- NAT --------------------------------------------------------------------------------------------------------------

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

# --- an unknown peer --------------------------------------------------------------------------------------------------

unknown_config() {
	cat <<-X
		hostname R2
		ip domain name example.com
		crypto isakmp policy 10
		 encr aes
		 authentication pre-share
		 group 5
		crypto keyring ALL
		  pre-shared-key address 0.0.0.0 0.0.0.0 key $psk
		crypto isakmp profile SWAN
		   keyring ALL
		   match identity host domain example.com
		   virtual-template 1
		crypto ipsec transform-set T esp-aes esp-sha-hmac
		crypto ipsec profile P
		 set transform-set T
		interface Loopback0
		 ip address 192.168.23.2 255.255.255.255
		interface Ethernet0/0
		 ip address 10.0.23.2 255.255.255.0
		interface Virtual-Template1 type tunnel
		 ip unnumbered Loopback0
		 tunnel source Ethernet0/0
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile P
		ip route 192.168.23.3 255.255.255.255 Virtual-Template1
		logging buffered 4000000 debugging
		end
	X
}
accesses() { run R2 'show ip interface brief' | grep -c '^Virtual-Access.* up  *up *$'; }
are() { [ "$(accesses)" -eq "$1" ]; }
unknown() {
	loaded && swan_initiate || return
	wait_for 10 are 1 || because "Virtual-Access interfaces: $(run R2 'show ip interface brief')" || return
	{ pinged && carried; } >"$lab/traffic" 2>&1 || because "$(grep -v '^$' "$lab/traffic" | tail -1)" || return
	ctl --terminate --ike t >/dev/null 2>&1
	wait_for 10 are 0 || because 'the Virtual-Access interface stays'
}
unknown_dies() { # and comes back
	loaded && swan_initiate || return
	wait_for 10 are 1 || because 'no Virtual-Access interface' || return
	helper_down charon KILL
	swan_start
	loaded && swan_initiate || return
	pinged >"$lab/traffic" 2>&1 || because 'no traffic' || return
	wait_for 10 are 1 || because "Virtual-Access interfaces: $(run R2 'show ip interface brief')" || return
	ctl --terminate --ike t >/dev/null 2>&1
	return 0
}

# --- lanes ------------------------------------------------------------------------------------------------------------

tunnel_lines=shutdown
case $1 in
nat2 | nat3)
	nat "${1#nat}"
	peers 4
	;;
unknown)
	swan_id=swan.example.com
	peers 4
	;;
esac
r2_config 4 >"$lab/r2.cfg"
[ "$1" = unknown ] && unknown_config >"$lab/r2.cfg"
r2_boot
case $1 in
nat2) cell 'we are behind NAT and initiate' through_nat we ;;
nat3) cell 'it is behind NAT and initiates' through_nat it ;;
unknown)
	cell 'dynamic VTI: comes, carries packets, goes' unknown
	cell 'dynamic VTI: is killed and comes back' unknown_dies
	;;
esac
lane_ends
