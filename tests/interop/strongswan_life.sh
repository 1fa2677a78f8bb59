#!/bin/bash
# Debian's strongSwan as the peer, over the life of a tunnel: rekeying and deletes from either side, either side killed,
# dead peer detection both ways, lifetimes that differ. The lanes run at the same time (the drawing is in lib.sh).
. "$(dirname "$0")/lib.sh"
[ $# -eq 1 ] || in_lanes rekey4 rekey6 death phase1

# begins TUNNEL: anew, by strongSwan, whose side decides over IPv6 whether there is UDP encapsulation
fresh() { # fresh CONNECTION-LINES CHILD-LINES
	in_ns S3 nft delete table inet alone 2>/dev/null
	config R2 'interface Tunnel23' 'shutdown'
	swan_ended || because 'strongSwan keeps SAs' || return
	swan_load "$family" aes128-sha1-modp1536 aes128-sha1 "$1" "$2" || because "swanctl: $(tail -1 "$lab/S3/load")" || return
	if [ "$family" = 4 ] && [ "${begins:-we}" = we ]; then
		config R2 'interface Tunnel23' 'no shutdown'
	else
		# ours would begin, too, and over IPv6 without NAT traversal: strongSwan's firewall drops that
		in_ns S3 nft -f - <<-X
			table inet alone { chain in { type filter hook input priority 0; udp dport 500 @th,128,64 0 drop; }; }
		X
		config R2 'interface Tunnel23' 'no shutdown'
		swan_initiate || return
	fi
	wait_for 15 tunnel_is R2 up || because 'no tunnel' || return
	in_use() { swan_spis | grep -q "^in $(current)"; }
	wait_for 5 in_use || because "SAs differ at the start: $(both)" || return
	remember
}
both() { echo "R2 in $(spis R2 Tunnel23 inbound) out $(spis R2 Tunnel23 outbound), strongSwan $(swan_spis | tr '\n' ' ')"; }
remember() { first=$(spis R2 Tunnel23 inbound) last=$(current); }
renewed() { same_pair && [ "$(spis R2 Tunnel23 inbound)" != "$first" ]; }
one_ike_sa() { [ "$(swan_count ESTABLISHED)" -eq 1 ] && [ "$(our_ike_sas)" -eq 1 ]; }
our_ike_sas() { run R2 'show crypto isakmp sa' | grep -c 'QM_IDLE.* ACTIVE *$'; }
# what the kernel dropped because nobody had the time to read it: drops of sockets, and on the way to a TUN
overflows() {
	local n
	for n in R2 S3; do
		in_ns $n cat /proc/net/udp /proc/net/udp6 /proc/net/raw /proc/net/raw6 /proc/net/dev
	done | awk '/^ *[0-9]+: / { n += $NF } /^ *(Tunnel|ipsec)[0-9]+: / { n += $13 } END { print n + 0 }'
}
# during SECONDS COMMAND...: packets both ways all the while, none lost but for want of time; of some thousands two may be,
# since strongSwan hands packets from thread to thread while SAs change
during() {
	local seconds=$1 rc=0 p2 p3 lost before
	shift
	before=$(overflows)
	in_ns R2 ping -q -i 0.005 -c $((seconds * 180)) -s 100 "$inner3" >"$lab/ping2" &
	p2=$!
	in_ns S3 ping -q -i 0.005 -c $((seconds * 180)) -s 100 "$inner2" >"$lab/ping3" &
	p3=$!
	"$@" || rc=1
	wait $p2 $p3
	[ $rc -eq 0 ] || return
	lost=$(sed -n 's/.* \([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p;s/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' \
		"$lab/ping2" "$lab/ping3" | awk '{ s += $1 - $2; n += $1 } END { print n < 50 ? "all" : s }')
	[ "$lost" != all ] && [ "$lost" -le $((2 + $(overflows) - before)) ] || because "$lost packets lost: $(grep transmitted "$lab/ping2" "$lab/ping3" | sed 's/.*://')"
}

# --- rekeying and deletes ---------------------------------------------------------------------------------------------

it_rekeys_child() {
	fresh '' '' && during 3 its_rekey_child
}
its_rekey_child() {
	ctl --rekey --child c >"$lab/S3/out" 2>&1 || because "$(tail -1 "$lab/S3/out")" || return
	wait_for 10 renewed || because "not one new pair: $(both)"
}
# A new IKE_SA, in time; the old one goes when its own ends, and the CHILD_SA stays.
it_reauthenticates() {
	fresh 'reauth_time = 5s
  over_time = 4s
  rand_time = 0' '' && during 11 its_reauthentication
}
its_reauthentication() {
	local old
	old=$(swan_sas | sed -n 's/^t: #\([0-9]*\),.*/\1/p')
	another() { swan_sas | grep -q '^t: .*ESTABLISHED' && ! swan_sas | grep -q "^t: #$old,"; }
	wait_for 12 another || because "not one new IKE SA: $(swan_sas | grep '^t'; run R2 'show crypto isakmp sa')" || return
	same_pair && [ "$(spis R2 Tunnel23 inbound)" = "$first" ] || because "the pair did not stay: $(both)" || return
	[ "$(our_ike_sas)" -le 2 ] || because "they pile up: $(run R2 'show crypto isakmp sa')"
}
we_rekey_child() { # by volume
	config R2 'crypto ipsec profile P' 'set security-association lifetime kilobytes 2560'
	fresh '' '' && during 8 our_rekey_child
	local rc=$?
	config R2 'crypto ipsec profile P' 'no set security-association lifetime kilobytes'
	return $rc
}
our_rekey_child() {
	in_ns R2 ping -q -A -c 2200 -s 1200 "$inner3" >"$lab/ping" || because "$(cat "$lab/ping")" || return
	wait_for 10 renewed || because "not one new pair: $(both)"
}
# what had lasted is asked for again at once, what had not after half a minute
it_deletes() { # it_deletes child c|ike t: what the cell before has left
	remember
	ctl --terminate "--$1" "$2" >/dev/null 2>&1
	back
}
we_delete() { # we_delete sa|isakmp|session
	fresh '' '' || return
	run R2 "clear crypto $1" >/dev/null
	back
}
back() {
	# where it reauthenticates all the time there may be two
	wait_for 15 replaced && { grep -q reauth_time "$lab/S3/swanctl.conf" || wait_for 5 one_ike_sa; } || because "not one new pair: $(both)" || return
	pinged >"$lab/ping" || because 'no traffic'
}
its_short_lives() {
	fresh 'reauth_time = 7s
  over_time = 3s
  rand_time = 0' 'rekey_time = 3s
    life_time = 6s
    rand_time = 0' && during 14 several_rekeys
}
# it keeps what it has renewed until its life_time ends
several_rekeys() {
	local n
	for n in 1 2 3; do
		last=$(current)
		wait_for 8 replaced || because "renewed $((n - 1)) times: $(both)" || return
	done
	[ "$(swan_count INSTALLED)" -le 3 ] && [ "$(spis R2 Tunnel23 inbound | wc -l)" -le 3 ] || because "they pile up: $(both)"
}
its_long_lives() {
	local left rc=0
	config R2 'crypto ipsec profile P' 'set security-association lifetime seconds 120'
	begins=it fresh '' 'rekey_time = 23h
    life_time = 24h' || rc=1
	left=$(run R2 'show crypto ipsec sa' | sed -n 's/.*remaining key lifetime (k\/sec).*\/\([0-9]*\)).*/\1/p' | sort -n | tail -1)
	config R2 'crypto ipsec profile P' 'no set security-association lifetime seconds'
	[ $rc -eq 0 ] || return
	[ "${left:-999}" -le 120 ] || because "the SA has $left s to live here"
}

# --- dead peers -------------------------------------------------------------------------------------------------------

logged() { [ "$(r2_log | grep -c "$1")" -ge "$2" ]; }
swan_logged() { [ "$(grep -c "$1" "$lab/S3/log")" -ge "$2" ]; }

its_keepalives() {
	fresh 'dpd_delay = 1s' '' || return
	wait_for 10 swan_logged 'sending DPD request' 3 || because 'it sends none' || return
	wait_for 2 swan_logged 'parsed INFORMATIONAL_V1 request .*N(DPD_ACK)' 3 || because 'ours are not answers' || return
	same_pair && [ "$(spis R2 Tunnel23 inbound)" = "$first" ] || because "the pair did not stay: $(both)"
}
our_keepalives() {
	fresh '' '' || return
	wait_for 25 swan_logged 'parsed INFORMATIONAL_V1 request .* N(DPD) ' 1 || because 'we send none' || return
	sleep 3 # an answer that was not taken would be asked for again
	same_pair && [ "$(spis R2 Tunnel23 inbound)" = "$first" ] || because "the pair did not stay: $(both)"
}
swan_dies() { # swan_dies silent|initiates
	fresh '' '' || return
	helper_down charon KILL
	swan_start
	swan_load "$family" aes128-sha1-modp1536 aes128-sha1 || because "swanctl: $(tail -1 "$lab/S3/load")" || return
	[ "$1" = silent ] || swan_initiate || return
	wait_for "$2" renewed || because "no new pair within $2 s: $(both)" || return
	pinged >"$lab/ping" || because 'no traffic'
}
we_die() {
	fresh '' '' || return
	r2_kill
	r2_boot
	config R2 'interface Tunnel23' 'no shutdown'
	wait_for 5 renewed || because "no new pair within 5 s: $(both)" || return
	wait_for 5 one_ike_sa || because "not one IKE SA: $(swan_sas | grep '^t')" || return
	pinged >"$lab/ping" || because 'no traffic'
}
we_are_dead() { # it notices, and has nothing then
	fresh 'dpd_delay = 1s
  dpd_timeout = 4s' '' || return
	r2_kill
	wait_for 15 swan_empty || because "it keeps $(swan_sas | grep '^t')" || return
	r2_boot
	config R2 'interface Tunnel23' 'no shutdown'
	wait_for 5 renewed || because "no new pair: $(both)"
}

# --- phase 1 ----------------------------------------------------------------------------------------------------------

we_rekey_ike() { # policy lifetime 60
	local old
	fresh '' '' || return
	old=$(swan_sas | sed -n 's/^t: #\([0-9]*\),.*/\1/p')
	during 70 our_phase1_ends
}
our_phase1_ends() {
	another() { one_ike_sa && ! swan_sas | grep -q "^t: #$old,"; }
	wait_for 68 another || because "not one new IKE SA: $(swan_sas | grep '^t'; run R2 'show crypto isakmp sa')" || return
	wait_for 5 same_pair || because "SAs differ: $(both)"
}

# --- lanes ------------------------------------------------------------------------------------------------------------

case $1 in
rekey6) peers 6 ;;
*) peers 4 ;;
esac
swan_load "$family" aes128-sha1-modp1536 aes128-sha1
[ "$1" = phase1 ] && policy_lines='lifetime 60'
[ "$1" = death ] && global_lines='crypto isakmp keepalive 10 2 periodic'
tunnel_lines=shutdown r2_config "$family" >"$lab/r2.cfg"
r2_boot
case $1 in
rekey4 | rekey6)
	cell 'it rekeys phase 2' it_rekeys_child
	cell 'it reauthenticates' it_reauthenticates
	cell 'it deletes the CHILD_SA' it_deletes child c
	cell 'we rekey phase 2' we_rekey_child
	cell 'its lifetimes are shorter' its_short_lives
	cell 'its lifetimes are longer' its_long_lives
	cell 'we delete: clear crypto sa' we_delete sa
	[ "$family" = 4 ] && cell 'we delete: clear crypto isakmp' we_delete isakmp
	[ "$family" = 4 ] && cell 'we delete: clear crypto session' we_delete session
	;;
death)
	cell 'its keepalives' its_keepalives
	cell 'our keepalives' our_keepalives
	cell 'it deletes the IKE_SA' it_deletes ike t
	cell 'it is killed, comes back and initiates' swan_dies initiates 5
	cell 'we are killed and boot' we_die
	cell 'we are killed and stay away' we_are_dead
	cell 'it is killed, comes back and is silent' swan_dies silent 30
	;;
phase1) cell 'we rekey phase 1' we_rekey_ike ;;
esac
lane_ends
