#!/bin/bash
# strongSwan as the peer of a dynamic VTI: R2 knows it by its identity alone. With everything as its traffic selectors
# and with a network of its own, which R2 routes to the Virtual-Access interface; deleted, rekeyed by strongSwan, cleared
# here, killed and back. The drawing is in lib.sh; instead of Tunnel23 R2 has Virtual-Template1.
. "$(dirname "$0")/lib.sh"
swan_id=swan.example.com
peers 4
cat >"$lab/r2.cfg" <<X
hostname R2
crypto keyring ANY
  pre-shared-key address 0.0.0.0 0.0.0.0 key $psk
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 5
crypto isakmp profile SWAN
   keyring ANY
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
ip route 192.168.23.0 255.255.255.0 Virtual-Template1
logging buffered 4000000 debugging
end
X
r2_boot
in_ns S3 ip addr add 192.168.33.3/24 dev ipsec0

accesses() { run R2 'show ip interface brief' | grep -c '^Virtual-Access1 .* up  *up *$'; }
is_up() { [ "$(accesses)" -eq 1 ]; }
is_gone() { ! run R2 'show ip interface brief' | grep -q '^Virtual-Access'; }
renewed() { # what we send through, it receives through, and it is another SA
	[ "$(spis R2 Virtual-Access1 outbound | sort)" = "$(swan_spis | sed -n 's/^in //p' | sort)" ] &&
		! swan_spis | sed -n 's/^in //p' | tail -1 | grep -qx "$before"
}

everything() {
	swan_initiate || return
	wait_for 10 is_up || because 'no Virtual-Access1' || return
	pinged >"$lab/traffic" 2>&1 && carried >>"$lab/traffic" 2>&1 || because "$(tail -1 "$lab/traffic")"
}
deleted() {
	swan_ended || because 'strongSwan keeps its SAs' || return
	wait_for 5 is_gone || because 'Virtual-Access1 is still there'
}
own_network() {
	swan_load 4 aes128-sha1-modp1536 aes128-sha1 '' 'local_ts = 192.168.33.0/24' || because "$(tail -1 "$lab/S3/load")" || return
	swan_initiate || return
	wait_for 10 is_up || because 'no Virtual-Access1' || return
	run R2 'show crypto ipsec sa' | grep -q 'remote ident (addr/mask/prot/port): (192.168.33.0/255.255.255.0/0/0)' ||
		because 'not its network' || return
	run R2 'show ip route' | grep -q 'S .*192.168.33.0/24 .*Virtual-Access1' || because "no route: $(run R2 'show ip route')" || return
	in_ns R2 ping -q -c 3 -i 0.02 -W 2 -I 192.168.23.2 192.168.33.3 >"$lab/traffic" 2>&1 || because "$(tail -2 "$lab/traffic")"
}
rekeyed_by_it() {
	local before
	before=$(swan_spis | sed -n 's/^in //p')
	ctl --rekey --child c >"$lab/S3/rekey" 2>&1 || because "$(tail -1 "$lab/S3/rekey")" || return
	wait_for 10 renewed || because "SAs differ: $(spis R2 Virtual-Access1 outbound) $(swan_spis)" || return
	is_up || because 'Virtual-Access1 went' || return
	in_ns R2 ping -q -c 3 -i 0.02 -W 2 -I 192.168.23.2 192.168.33.3 >"$lab/traffic" 2>&1 || because "$(tail -2 "$lab/traffic")"
}
cleared() {
	run R2 'clear crypto session' >/dev/null
	wait_for 5 is_gone || because 'Virtual-Access1 is still there' || return
	swan_ended && swan_initiate || return
	wait_for 10 is_up || because 'it does not come back'
}
killed() { # and its old interface goes
	helper_down charon KILL
	swan_start
	swan_load 4 aes128-sha1-modp1536 aes128-sha1 || because "$(tail -1 "$lab/S3/load")" || return
	swan_initiate || return
	wait_for 10 pinged >"$lab/traffic" 2>&1 || because "$(tail -1 "$lab/traffic")" || return
	one() { [ "$(run R2 'show ip interface brief' | grep -c '^Virtual-Access')" -eq 1 ]; }
	wait_for 10 one || because "Virtual-Access interfaces: $(run R2 'show ip interface brief')"
}

swan_load 4 aes128-sha1-modp1536 aes128-sha1 || fail "$(cat "$lab/S3/load")"
cell 'everything is protected' everything
cell 'deleted by strongSwan' deleted
cell 'a network of its own' own_network
cell 'rekeyed by strongSwan' rekeyed_by_it
cell 'cleared here, and back' cleared
cell 'killed, and back' killed
lane_ends || fail "$failed cells"
