#!/bin/bash
# ESP that is corrupt, cut, too long, seen before, too old, badly padded, for another SPI, from another place, in UDP, and what an
# ICV vouches for and is yet wrong, as fast as it can be sent by a peer that has the keys (tests/tool/bad_peer.c): each is
# counted for what it is, good packets beside them pass, memory does not grow, the log says little.
#
#   X 10.0.34.4 eth0 ---- eth1 R3 eth0 ---- eth0 R2
#   192.168.34.4  == Tunnel34 ==  10.0.34.3        10.0.23.3 == Tunnel24 == 10.0.23.2
#
# COUNT=N bad packets, for each of two transforms, and five times as many as a flood (20000). TRANSPORT=raw|xdp: that one only.
. "$(dirname "$0")/../lib.sh"
count=${COUNT:-20000}
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
peer=$(dirname "$mainmode")/tests/bin/bad_peer
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1 # what was freed counts as memory, else
namespaces X R2 R3 && join R3 eth1 X eth0 && join R2 eth0 R3 eth0 || fail "no namespaces"
in_ns X ip addr add 10.0.34.4/24 dev eth0
common='no ip domain lookup
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 2
crypto isakmp key cisco address 0.0.0.0
crypto ipsec transform-set CBC esp-aes esp-sha-hmac
crypto ipsec transform-set GCM esp-gcm
crypto ipsec profile CBC
 set transform-set CBC
crypto ipsec profile BAD
 set transform-set CBC GCM
 responder-only
logging buffered 1000000 debugging'
tunnel() { # tunnel NUMBER ADDRESS SOURCE DESTINATION PROFILE
	printf '%s\n' "interface Tunnel$1" " ip address $2 255.255.255.0" " tunnel source $3" ' tunnel mode ipsec ipv4' \
		" tunnel destination $4" " tunnel protection ipsec profile $5"
}
{
	printf '%s\n' 'hostname R2' "$common" 'interface Ethernet0/0' ' ip address 10.0.23.2 255.255.255.0'
	tunnel 24 192.168.24.2 Ethernet0/0 10.0.23.3 CBC
} >"$lab/r2.cfg"
{
	printf '%s\n' 'hostname R3' "$common" 'interface Ethernet0/0' ' ip address 10.0.23.3 255.255.255.0' \
		'interface Ethernet0/1' ' ip address 10.0.34.3 255.255.255.0'
	tunnel 24 192.168.24.3 Ethernet0/0 10.0.23.2 CBC
	tunnel 34 192.168.34.3 Ethernet0/1 10.0.34.4 BAD
} >"$lab/r3.cfg"

state() { cat "$lab/said" "$lab/err"; run R3 'show crypto ipsec sa detail' 'show logging' | tail -150; }
up() { run "$1" "show interfaces $2" | grep -q 'line protocol is up'; }
memory() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(cat "$lab/R3/mainmode.pid")/status"; }
said() { run R3 'show logging' | grep -c "%CRYPTO-4-$1"; }
overflowed() { errors | sed -n 's/^socket full=//p'; } # packets that R3's sockets had no room for

numbers() { # numbers PREFIX: what show says of Tunnel34
	run R3 'show crypto ipsec sa interface Tunnel34 detail' >"$lab/sa"
	sed -n "s/.*#pkts decaps: \([0-9]*\),.*/$1_decaps=\1/p
		s/.*invalid sa (rcv) \([0-9]*\).*/$1_invalid_sa=\1/p
		s/.*#pkts decaps failed (rcv) \([0-9]*\).*/$1_failed=\1/p
		s/.*invalid prot (recv) \([0-9]*\), #pkts verify failed: \([0-9]*\).*/$1_prot=\1 $1_verify=\2/p
		s/.*invalid identity (recv) \([0-9]*\), #pkts invalid len (rcv) \([0-9]*\).*/$1_identity=\1 $1_len=\2/p
		s/.*replay failed (rcv): \([0-9]*\).*/$1_replay=\1/p
		s/.*internal err (recv) \([0-9]*\).*/$1_internal=\1/p" "$lab/sa"
}

# errors: of the whole data plane, by reason
errors() { run R3 'show crypto engine accelerator statistic' | grep -oE '[a-z][a-z ]* *: +[0-9]+' | sed 's/ *: */=/'; }
error_is() { # error_is REASON IT-SHOULD-BE-MORE
	is "$1" $(($(sed -n "s/^$1=//p" "$lab/errors.now") - $(sed -n "s/^$1=//p" "$lab/errors.was"))) "$2"
}

# good beside it: numbered datagrams from R2 to R3 and back, as long as the bad ones come
beside() {
	helper R2 good.R2 "$top/tests/tool/stream.py" 192.168.24.2 192.168.24.3 4000 500 400
	helper R3 good.R3 "$top/tests/tool/stream.py" 192.168.24.3 192.168.24.2 4000 500 400
	wait_for 20 grep -q listens "$lab/good.R2.out" && wait_for 20 grep -q listens "$lab/good.R3.out" || fail "no streams"
	kill -USR1 "$(cat "$lab/good.R2.pid")" "$(cat "$lab/good.R3.pid")"
}
ended() { grep -q '^sent' "$lab/good.R2.out" && grep -q '^sent' "$lab/good.R3.out"; }
passed() { # $good_sent, $good_received
	kill -TERM "$(cat "$lab/good.R2.pid")" "$(cat "$lab/good.R3.pid")"
	wait_for 10 ended || fail "the streams do not end"
	good_sent=$(awk '/^sent/ { n += $2 } END { print n }' "$lab"/good.R?.out)
	good_received=$(awk '/^sent/ { n += $4 } END { print n }' "$lab"/good.R?.out)
	rm -f "$lab"/good.R?.pid
}

is() { # is WHAT IT-IS IT-SHOULD-BE
	[ "$2" = "$3" ] || fail "$setting: $1: $2, not $3; SEED=$seed $(state)"
}

bad() { # bad cbc|gcm [flood TIMES-COUNT]
	in_ns X "$peer" 10.0.34.4 10.0.34.3 192.168.34.4 192.168.34.3 $1 $((count * ${3:-1})) "$seed" ${2:-} >"$lab/said" 2>"$lab/err" ||
		fail "$setting: the peer ends: $(state)"
}

once() { # once BOOT-ARGUMENT...
	local before after r t began=$SECONDS minutes
	for r in R3 R2; do
		[ $r = R2 ] && ifs='-i Ethernet0/0=eth0' || ifs='-i Ethernet0/0=eth0 -i Ethernet0/1=eth1'
		boot $r "$lab/r${r#R}.cfg" $ifs "$@" || fail "$r does not boot"
	done
	for r in R2 R3; do wait_for 30 up $r Tunnel24 || fail "Tunnel24 of $r is not up"; done
	for t in cbc gcm; do
		setting="$* $t"
		numbers was >"$lab/was" && errors >"$lab/errors.was"
		beside
		bad $t
		passed
		numbers now >"$lab/now" && errors >"$lab/errors.now"
		. "$lab/was" && . "$lab/now" && . "$lab/said"
		echo "$setting: $(tr '\n' ' ' <"$lab/said"), beside them $good_received of $good_sent"
		is decaps $((now_decaps - was_decaps)) "$decaps"
		is 'verify failed' $((now_verify - was_verify)) "$icv"
		is 'invalid len' $((now_len - was_len)) "$short"
		is 'replay failed' $((now_replay - was_replay)) "$replay"
		is 'invalid identity' $((now_identity - was_identity)) "$selector"
		is 'invalid prot' $((now_prot - was_prot)) "$family"
		is 'invalid sa' $((now_invalid_sa - was_invalid_sa)) $((address + encapsulation))
		is 'decaps failed' $((now_failed - was_failed)) $((padding + ecn))
		# what the line took while it was down, or had no way back
		[ $((now_internal - was_internal)) -le "$unanswered" ] || is 'internal err' $((now_internal - was_internal)) "$unanswered"
		error_is 'invalid spi' "$unknown_spi"
		error_is 'short packet' "$short"
		error_is replay "$replay"
		error_is 'mac verify failed' "$icv"
		error_is 'bad padding' "$padding"
		error_is 'proxy mismatch' "$selector"
		error_is 'wrong protocol' "$family"
		error_is 'wrong endpoint' "$address"
		error_is 'wrong encapsulation' "$encapsulation"
		error_is congestion "$ecn"
		is 'sum of all' $((decaps + silent + unknown_spi + short + replay + icv + padding + selector + family + address + encapsulation + ecn)) "$sent"
		is 'good packets beside them' "$good_received" "$good_sent"
	done
	setting="$* flood"
	bad cbc flood
	before=$(memory)
	for t in gcm cbc; do bad $t flood 5; done
	after=$(memory)
	echo "$setting: $(overflowed) did not fit the socket, memory $before KiB, then $after"
	# new SAs, and what allocators keep; of a packet nothing may stay, but ThreadSanitizer's notes about memory
	grep -q __tsan_init "$mainmode" || [ $((after - before)) -le 4096 ] || fail "$setting: memory grew from $before to $after KiB"
	run R2 'ping 192.168.24.3' | grep -q '(5/5)' || fail "$setting: Tunnel24 after a flood: $(state)"
	# each minute one for each of eight SAs, and the entries that the table of SPIs has
	minutes=$((1 + (SECONDS - began) / 60))
	for t in PKT_REPLAY_ERR:8 RECVD_PKT_MAC_ERR:8 RECVD_PKT_INV_SPI:32; do
		r=$(said ${t%:*})
		[ "$r" -ge 1 ] && [ "$r" -le $((minutes * ${t#*:})) ] || fail "$setting: ${t%:*} is said $r times: $(state)"
	done
	stop R2
	stop R3
}

help=$("$mainmode" --help)
transports=raw
case $help in *'raw|xdp'*) transports='raw xdp' ;; esac
for t in ${TRANSPORT:-$transports}; do
	once --transport $t
done
exit 0
