#!/bin/bash
# Aggressive Mode with Debian's strongSwan, in both roles and with every kind of identity; what it must not get an answer
# to (the drawing is in lib.sh).
. "$(dirname "$0")/lib.sh"
swan_lines='i_dont_care_about_security_and_use_aggressive_mode_psk = yes'
peers 4
tunnel_lines=shutdown r2_config 4 | sed "/^crypto isakmp key/d" >"$lab/r2.cfg"
r2_boot

# strongSwan as SWAN-ID, or whoever answers, which expects PEER-ID
swan_is() {
	swan_ended || because "strongSwan has not deleted the last cell's SAs" || return
	swan_id=$1 swan_peer=$2 swan_load 4 aes128-sha1-modp1536 aes128-sha1 'aggressive = yes' ||
		because "swanctl: $(tail -1 "$lab/S3/load")"
}
said() { r2_log | grep -c -- "$1"; } # how often so far
agreed() { # agreed STATE BEFORE: the one that Aggressive Mode ends from, and how often it did before
	wait_for 15 tunnel_is R2 up || because "no tunnel" || return
	wait_for 5 same_pair || because "SAs differ: $(spis R2 Tunnel23 inbound; swan_spis)" || return
	[ "$(said "Old State = $1  New State = IKE_P1_COMPLETE")" -gt "$2" ] || because 'not by Aggressive Mode' || return
	pinged >"$lab/traffic" 2>&1 || because "$(grep -v '^$' "$lab/traffic" | tail -1)"
}
begins() { # begins 'no responder-only'|responder-only LINE...
	config R2 "${@:2}" 'crypto ipsec profile P' "$1" 'interface Tunnel23' 'no shutdown' || because 'the lines are refused'
}
we_initiate() { # we_initiate OUR-ID LINE...
	local before
	before=$(said 'Old State = IKE_I_AM1  New State = IKE_P1_COMPLETE')
	swan_is 10.0.23.3 "$1" && begins 'no responder-only' "${@:2}" && agreed IKE_I_AM1 "$before"
}
it_initiates() { # it_initiates ITS-ID OUR-ID LINE...
	local before
	before=$(said 'Old State = IKE_R_AM2  New State = IKE_P1_COMPLETE')
	swan_is "$1" "$2" && begins responder-only "${@:3}" && swan_initiate && agreed IKE_R_AM2 "$before"
}
it_gets_nothing() { # it_gets_nothing ITS-ID SYSLOG LINE...
	local before heard
	before=$(said "$2")
	swan_is "$1" 10.0.23.2 && begins responder-only "${@:3}" || return
	heard=$(grep -c 'received packet' "$lab/S3/log")
	CTL_SECONDS=6 swan_initiate && because "it has a tunnel" && return 1
	why=
	[ "$(said "$2")" -gt "$before" ] || because "no $2" || return
	[ "$(grep -c 'received packet' "$lab/S3/log")" -eq "$heard" ] || because "it got an answer: $(tail -5 "$lab/S3/log")"
}
one() { # one NAME COMMAND..., then nothing of it is left
	cell "$@"
	config R2 'interface Tunnel23' 'shutdown' 'exit' 'crypto ipsec profile P' 'no set isakmp-profile'
	config R2 'no crypto isakmp peer address 10.0.23.3' 'no crypto isakmp profile W' 'no crypto keyring K' >/dev/null
}

begin=('crypto isakmp peer address 10.0.23.3' "set aggressive-mode password $psk")
one 'we initiate, fqdn' we_initiate r2.example.org "${begin[@]}" 'set aggressive-mode client-endpoint fqdn r2.example.org' exit
one 'we initiate, user-fqdn' we_initiate r2@example.org "${begin[@]}" 'set aggressive-mode client-endpoint user-fqdn r2@example.org' exit
one 'we initiate, address' we_initiate 172.16.0.2 "${begin[@]}" 'set aggressive-mode client-endpoint ipv4-address 172.16.0.2' exit
one 'we initiate, profile' we_initiate hub.example.org 'crypto keyring K' "pre-shared-key address 10.0.23.3 key $psk" exit \
	'crypto isakmp profile W' 'keyring K' 'match identity address 10.0.23.3 255.255.255.255' \
	'self-identity fqdn hub.example.org' 'initiate mode aggressive' exit \
	'crypto ipsec profile P' 'set isakmp-profile W' exit

one 'it initiates, disabled' it_gets_nothing s3.example.org IKMP_AG_MODE_DISABLED "crypto isakmp key $psk hostname s3.example.org"
config R2 'no crypto isakmp aggressive-mode disable'
one 'it initiates, fqdn' it_initiates s3.example.org 10.0.23.2 "crypto isakmp key $psk hostname s3.example.org"
one 'it initiates, user-fqdn' it_initiates s3@example.org 10.0.23.2 "crypto isakmp key $psk hostname s3@example.org"
one 'it initiates, key-id' it_initiates keyid:spokes 10.0.23.2 "crypto isakmp key $psk hostname spokes"
one 'it initiates, address' it_initiates 10.0.23.3 10.0.23.2 "crypto isakmp key $psk address 10.0.23.3"
one 'it initiates, profile' it_initiates s3.example.net hub@example.org \
	'crypto keyring K' "pre-shared-key address 10.0.23.3 key $psk" exit \
	'crypto isakmp profile W' 'keyring K' 'match identity host domain example.net' 'self-identity user-fqdn hub@example.org' exit \
	'crypto ipsec profile P' 'set isakmp-profile W' exit
one 'it initiates, unknown' it_gets_nothing s4.example.org 'IKMP_MODE_FAILURE: Processing of Aggressive mode failed'
lane_ends
