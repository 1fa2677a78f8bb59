#!/bin/bash
# IKE fragmentation with strongSwan: it sends every message in pieces (fragmentation = force), we those that the path does not
# take whole; both ways round, in Main and in Quick Mode, and not at all where this router does not do it. The drawing is
# in lib.sh; the link has an MTU of 576 on R2's side.
. "$(dirname "$0")/lib.sh"
swan_lines='fragment_size = 400' peers 4
swan_load 4 aes128-sha1-modp4096 aes128-sha1-modp4096 'fragmentation = force'
global_lines='crypto isakmp fragmentation' policy_lines='group 16' profile_lines='set pfs group16' tunnel_lines=shutdown \
	r2_config 4 >"$lab/r2.cfg"
in_ns R2 ip link set eth0 mtu 576
r2_boot

begin() { # begin ROLE
	local only='no responder-only'
	[ "$1" = responder ] && only=responder-only
	config R2 'interface Tunnel23' 'shutdown'
	swan_ended || because "strongSwan has not deleted the last cell's SAs" || return
	: >"$lab/S3/log"
	config R2 'crypto ipsec profile P' "$only" 'exit' 'interface Tunnel23' 'no shutdown'
	[ "$1" = initiator ] || swan_initiate
}
up() {
	wait_for 15 tunnel_is R2 up || because "no tunnel" || return
	wait_for 5 same_pair || because "SAs differ: $(spis R2 Tunnel23 inbound; swan_spis)" || return
	in_ns R2 ping -q -c 3 -i 0.02 -W 2 "$inner3" >"$lab/ping" 2>&1 || because "$(tail -2 "$lab/ping" | head -1)"
}
pieces() { # pieces ROLE: both sides' messages came in pieces
	begin "$1" && up || return
	grep -q 'splitting IKE message .* into .* fragments' "$lab/S3/log" || because 'strongSwan sent all whole' || return
	grep -q 'received fragment #1' "$lab/S3/log" || because 'we sent all whole' || return
	[ "$(grep -c 'reassembled fragmented IKE message' "$lab/S3/log")" -ge 2 ] ||
		because "strongSwan put less than two messages together: $(grep -i fragment "$lab/S3/log")" || return
	run R2 'show crypto session detail' >"$lab/session"
	grep -q 'Capabilities:[A-Z]*F' "$lab/session" || because "$(grep Capabilities "$lab/session")"
}
whole() { # whole ROLE: not configured here, so strongSwan, unless it is forced to, does not do it either
	begin "$1" && up || return
	grep -q fragment "$lab/S3/log" && because "$(grep -m 1 fragment "$lab/S3/log")" && return 1
	[ "$1" = initiator ] || r2_log | grep -q 'Support for IKE Fragmentation not enabled' || because 'no line'
}

for role in initiator responder; do
	cell "fragments, $role" pieces $role
done
config R2 'no crypto isakmp fragmentation' 'interface Tunnel23' 'shutdown'
wait_for 5 swan_ended
in_ns R2 ip link set eth0 mtu 1500
swan_load 4 aes128-sha1-modp4096 aes128-sha1-modp4096 'fragmentation = yes'
for role in initiator responder; do
	cell "no fragments, $role" whole $role
done
[ "$failed" -eq 0 ]
