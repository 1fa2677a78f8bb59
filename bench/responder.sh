#!/bin/bash
# Prints how many handshakes (Main and Quick Mode) a responder does in a second, and its CPU time for each: strongSwan and
# mainmode in turn, in this one run. The initiator is the same program for both, on the other core; it has no data plane.
#   bench/responder.sh [COUNT [ROUNDS [GROUP...]]]        default: 400 3 2 14
#
#   I initiator 10.0.0.2 eth0 ---- veth ---- eth0 10.0.0.3 R3, 10.8.0.1..COUNT
. "$(dirname "$0")/../tests/interop/lib.sh"
. "$top/bench/many.sh"
count=${1:-400} rounds=${2:-3}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- 2 14
initiator=$(dirname "$mainmode")/tests/bin/initiator
[ -x "$initiator" ] || fail "no program at $initiator: build it first (make does)"
namespaces I R3 S3 && join I eth0 R3 eth0 && join I eth1 S3 eth0 || fail "no namespaces"
in_ns I sh -ec 'ip addr add 10.0.0.2/24 dev eth0; ip addr add 10.0.1.2/24 dev eth1'
in_ns S3 sh -ec 'ip addr add 10.0.1.3/24 dev eth0'
awk -v n="$count" 'BEGIN { for (k = 0; k < n; k++) printf "addr add 10.8.%d.%d/32 dev lo\n", int((k + 1) / 256), (k + 1) % 256 }' |
	in_ns S3 ip -b -

cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }

# measure NAME PID LOCAL DEV [any]
measure() {
	local c0 out
	in_ns I ip route replace 10.8.0.0/16 via "${3%.*}.3" dev "$4"
	c0=$(cpu_ms "$2")
	out=$(in_ns I taskset -c 0 "$initiator" "$3" 10.8.0.1 "$count" "$group" 16 ${5:+any} 2>"$lab/initiator.err") ||
		echo "$1: not all: $(sort "$lab/initiator.err" | uniq -c | tail -3)" >&2
	echo "$1 $out $(($(cpu_ms "$2") - c0))"
}

for group in "$@"; do
	case $group in 1) dh=modp768 ;; 2) dh=modp1024 ;; 5) dh=modp1536 ;; 14) dh=modp2048 ;; 15) dh=modp3072 ;; 16) dh=modp4096 ;; 19) dh=ecp256 ;; esac
	for _ in $(seq "$rounds"); do
		swan_start 'init_limit_half_open = 0' 'dos_protection = no' 'ikesa_table_size = 1024' 'ikesa_table_segments = 16' >/dev/null 2>&1
		cat >"$lab/S3/swanctl.conf" <<X
connections { t {
  version = 1
  local_addrs = %any
  remote_addrs = 10.0.1.2
  encap = yes
  rekey_time = 0
  unique = never
  proposals = aes128-sha1-$dh
  local { auth = psk
    id = %any }
  remote { auth = psk
    id = 10.0.1.2 }
  children { c {
    local_ts = dynamic
    remote_ts = dynamic
    rekey_time = 0
    esp_proposals = aes128-sha1
  } }
} }
secrets { ike-1 { secret = "cisco" } }
X
		ctl --load-all --clear --file "$lab/S3/swanctl.conf" >"$lab/S3/load" 2>&1 || fail "$(cat "$lab/S3/load")"
		charon=$(cat "$lab/charon.pid")
		taskset -acp 1 "$charon" >/dev/null
		measure strongswan "$charon" 10.0.1.2 eth1
		helper_down charon
		config_of R3 3 2 "$count" >"$lab/r3.cfg"
		boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R3 does not boot"
		taskset -acp 1 "$(pid R3)" >/dev/null
		measure mainmode "$(pid R3)" 10.0.0.2 eth0 any
		stop R3
	done >"$lab/results"
	awk -v dh="$dh" -v n="$count" '
		function median(a, n,  i, j, t) { for (i = 1; i <= n; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t } return a[int((n + 1) / 2)] }
		{ sub("/s", "", $7); k = ++c[$1]; if ($1 == "mainmode") { mr[k] = $7; mc[k] = $8 } else { sr[k] = $7; sc[k] = $8 } if ($2 != n) short = short " " $1 ":" $2 }
		END { a = median(sr, c["strongswan"]); b = median(mr, c["mainmode"]); x = median(sc, c["strongswan"]) / n; y = median(mc, c["mainmode"]) / n
			printf "%s: strongSwan %d/s, %.2f ms CPU each; mainmode %d/s, %.2f ms CPU each; ratio of rates %.2f, of CPU %.2f%s\n", dh, a, x, b, y, b / a, x / y, short ? "; not all:" short : "" }' "$lab/results"
done
