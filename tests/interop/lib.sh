# Sourced by the tests against strongSwan: Debian's charon with its ESP in userspace (kernel-libipsec), which wants UDP
# encapsulation (`encap = yes`: it pretends that there is a NAT). One router R2 and one charon S3, both started once; cells
# change their configurations and say what came out.
#
#   R2 (mainmode) Et0/0 10.0.23.2, 2001:DB8::2 ---- veth ---- eth0 10.0.23.3, 2001:DB8::3 S3 (strongSwan)
#      Tunnel23   192.168.23.2, FD23::2  ============ ESP in UDP ============  192.168.23.3, FD23::3 ipsec0
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
psk='interop#key1'

# --- strongSwan -------------------------------------------------------------------------------------------------------

# swan_conf FOLDER [LINE]...: its strongswan.conf, with more lines for charon
swan_conf() {
	local d=$1
	shift
	cat >"$d/strongswan.conf" <<X
charon-systemd {
  load = random nonce openssl pem pkcs1 pubkey x509 des aes sha1 sha2 md5 hmac kdf gcm gmp kernel-libipsec kernel-netlink socket-default vici
  install_routes = no
  install_virtual_ip = no
  retransmit_timeout = 1
  retransmit_tries = 4
  $(printf '%s\n  ' "$@")
  plugins {
    vici { socket = unix://$d/vici }
    openssl { load_legacy = yes }
  }
  journal { default = -1 }
  filelog { f { path = $d/log
    default = 1
    esp = 0
    time_format = %H:%M:%S
    flush_line = yes } }
}
swanctl { load = pem pkcs1 openssl }
X
}

# swan_start [LINE]...: charon in S3, with more lines for its configuration
swan_start() {
	local d=$lab/S3
	mkdir -p "$d"
	rm -f "$d/vici"
	swan_conf "$d" "$@"
	helper S3 charon env STRONGSWAN_CONF="$d/strongswan.conf" /usr/sbin/charon-systemd
	wait_for 10 test -S "$d/vici" || fail "charon does not start: $(cat "$lab/charon.out")"
	wait_for 5 in_ns S3 ip link set ipsec0 up || fail "charon has no ipsec0"
	in_ns S3 sh -ec 'ip addr add 192.168.23.3/24 dev ipsec0; ip addr add fd23::3/64 dev ipsec0 nodad'
}

ctl() {
	SWANCTL_DIR=$lab/S3 STRONGSWAN_CONF=$lab/S3/strongswan.conf timeout "${CTL_SECONDS:-20}" swanctl "$@" --uri "unix://$lab/S3/vici"
}

# swan_load FAMILY IKE ESP [CONNECTION-LINES [CHILD-LINES]]: connection t with child c
swan_load() {
	local l=10.0.23.3 r=10.0.23.2 any=0.0.0.0/0
	[ "$1" = 6 ] && l=2001:db8::3 r=2001:db8::2 any=::/0
	cat >"$lab/S3/swanctl.conf" <<X
connections { t {
  version = 1
  local_addrs = ${swan_local:-$l}
  remote_addrs = ${swan_remote:-$r}
  encap = ${swan_encap:-yes}
  rekey_time = 0
  proposals = $2
  ${4:-}
  local { auth = psk
    id = ${swan_id:-$l} }
  remote { auth = psk
    id = ${swan_peer:-$r} }
  children { c {
    local_ts = $any
    remote_ts = $any
    rekey_time = 0
    esp_proposals = $3
    ${5:-}
  } }
} }
secrets { ike-1 { secret = "$psk" } }
X
	ctl --load-all --clear --file "$lab/S3/swanctl.conf" >"$lab/S3/load" 2>&1
}

swan_sas() { ctl --list-sas 2>/dev/null; }
swan_up() { swan_sas >"$lab/S3/sas" && grep -q ESTABLISHED "$lab/S3/sas" && grep -q INSTALLED "$lab/S3/sas"; }
swan_count() { swan_sas | grep -c "$1"; } # swan_count ESTABLISHED|INSTALLED
swan_empty() { ! swan_sas | grep -q '^t:'; } # what is half open and nobody's may stay
# until nothing is left, which it may need to be told
swan_ended() {
	swan_empty && return
	wait_for 2 swan_empty && return
	ctl --terminate --ike t --force >/dev/null 2>&1
	wait_for 5 swan_empty
}
swan_initiate() { ctl --initiate --child c >"$lab/S3/init" 2>&1 || because "$(tail -1 "$lab/S3/init")"; }
swan_spis() { swan_sas | sed -n 's/^ *\(in\|out\) *\([0-9a-f]*\),.*/\1 \2/p'; }

# --- mainmode ---------------------------------------------------------------------------------------------------------

# r2_config FAMILY >FILE, with $global_lines, $policy_lines, $profile_lines, $tunnel_lines
r2_config() {
	local mode=ipv4 dst=10.0.23.3
	[ "$1" = 6 ] && mode=ipv6 dst=2001:DB8::3
	cat <<X
hostname R2
no ip domain lookup
ipv6 unicast-routing
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 5
 ${policy_lines:-}
${global_lines:-}
crypto isakmp key $psk address 10.0.23.3
crypto isakmp key $psk address ipv6 2001:DB8::3/128
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto ipsec profile P
 set transform-set T
 ${profile_lines:-}
interface Ethernet0/0
 ip address ${r2_address:-10.0.23.2} 255.255.255.0
 ipv6 address 2001:DB8::2/64
interface Tunnel23
 ip address 192.168.23.2 255.255.255.0
 ipv6 address FD23::2/64
 tunnel source Ethernet0/0
 tunnel mode ipsec $mode
 tunnel destination $dst
 tunnel protection ipsec profile P
 ${tunnel_lines:-}
logging buffered 4000000 debugging
end
X
}
r2_boot() {
	boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
	run R2 "debug crypto isakmp" "debug crypto ipsec" >/dev/null
}
r2_kill() {
	local pid
	pid=$(cat "$lab/R2/mainmode.pid")
	kill -9 "$pid"
	wait_gone "$pid"
}
r2_log() { run R2 'show logging'; }

# spis ROUTER TUNNEL inbound|outbound: of its IPsec SAs, one a line
spis() {
	run "$1" "show crypto ipsec sa interface $2" | awk -v d="$3" '/ (in|out)bound .* sas:/ { on = $1 == d && $2 == "esp" }
		on && /spi: / { sub(/\(.*/, "", $2); s = sprintf("%8s", tolower(substr($2, 3))); gsub(/ /, "0", s); print s }'
}

# --- both -------------------------------------------------------------------------------------------------------------

# peers FAMILY, with $swan_lines: the namespaces, R2 with r2_config, S3 with charon and a connection of the same algorithms
peers() {
	family=$1
	inner2=192.168.23.2 inner3=192.168.23.3
	[ "$1" = 6 ] && inner2=fd23::2 inner3=fd23::3
	if [ -z "${translated:-}" ]; then
		namespaces R2 S3 && join R2 eth0 S3 eth0 || fail "no namespaces"
		in_ns S3 sh -ec 'ip addr add 10.0.23.3/24 dev eth0; ip addr add 2001:db8::3/64 dev eth0 nodad'
	fi
	swan_start ${swan_lines:+"$swan_lines"}
	for n in R2 S3; do
		helper $n "echo.$n" /usr/bin/python3 "$top/tests/interop/traffic.py" serve 7777
	done
}

# one pair, the same on both sides
same_pair() {
	swan_spis >"$lab/S3/spis"
	[ "$(wc -l <"$lab/S3/spis")" -eq 2 ] && [ "$(spis R2 Tunnel23 outbound)" = "$(sed -n 's/^in //p' "$lab/S3/spis")" ] &&
		[ "$(spis R2 Tunnel23 inbound)" = "$(sed -n 's/^out //p' "$lab/S3/spis")" ]
}

# the pair in use is another one, and strongSwan has it; an older one may still be there for what is under way
current() { run R2 'show crypto ipsec sa' | awk '/current outbound spi:/ { sub(/\(.*/, "", $4); s = sprintf("%8s", tolower(substr($4, 3)))
	gsub(/ /, "0", s); print s }'; }
replaced() { [ "$(current)" != "$last" ] && swan_spis | grep -q "^in $(current)"; }

# ping both ways; large packets are fragments inside
pinged() {
	in_ns R2 ping -q -c 3 -i 0.02 -W 2 "$inner3" && in_ns S3 ping -q -c 3 -i 0.02 -W 2 "$inner2" &&
		in_ns R2 ping -q -c 2 -i 0.02 -W 2 -s 5000 "$inner3"
}
# TCP and 64 KB UDP, begun by either side
carried() {
	in_ns R2 /usr/bin/python3 "$top/tests/interop/traffic.py" check "$inner3" 7777 &&
		in_ns S3 /usr/bin/python3 "$top/tests/interop/traffic.py" check "$inner2" 7777
}

# cell NAME COMMAND...: prints pass or the reason, which COMMAND left in $why
passed=0 failed=0 skipped=0
cell() {
	local name=$1 start=$EPOCHREALTIME
	shift
	why='' skip=''
	if "$@"; then
		if [ -n "$skip" ]; then
			echo "skip-by-peer $name: $skip"
			skipped=$((skipped + 1))
		else
			echo "pass $name ($(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms)"
			passed=$((passed + 1))
		fi
		return 0
	fi
	echo "FAIL $name: ${why:-no reason given}"
	failed=$((failed + 1))
	if [ -n "${VERBOSE:-}" ]; then
		tail -40 "$lab/S3/log"
		r2_log | tail -120
	fi
	return 1
}
# because REASON: what a cell fails with
because() {
	why="$*"
	return 1
}

# in_lanes LANE...: this script once for each, at the same time, with LANE as its argument; adds the results up
in_lanes() {
	local lane pids=() out p
	out=$(mktemp -d /tmp/mainmode-lanes.XXXXXX)
	trap 'rc=$?; trap "" INT TERM HUP PIPE; kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$out"; (exit $rc); finish' EXIT
	for lane in "$@"; do
		"$0" "$lane" >"$out/$lane" 2>&1 &
		pids+=($!)
	done
	local rc=0
	for p in "${pids[@]}"; do
		wait "$p" || rc=1
	done
	for lane in "$@"; do
		sed "s/^/$lane: /" "$out/$lane"
	done
	cat "$out"/* | awk '/^pass / { p++ } /^FAIL / { f++ } /^skip-by-peer / { s++ }
		END { printf "%d passed, %d failed, %d skipped by the peer\n", p, f, s }'
	exit $rc
}
lane_ends() { [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; }
