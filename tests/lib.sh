# Sourced by the e2e and interop tests. Gives $lab (a folder that goes away), $mainmode, the namespaces of lab/ns.sh
# and a few words to say what is expected. Everything a test starts ends with it.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mainmode=${MAINMODE:-$top/mainmode}
[ -x "$mainmode" ] || { echo "no program at $mainmode: build it first (./check does)"; exit 1; }
lab=$(mktemp -d /tmp/mainmode-test.XXXXXX)
. "$top/lab/ns.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:log_path=$lab/asan}
export TSAN_OPTIONS=${TSAN_OPTIONS:-log_path=$lab/tsan:suppressions=$top/tests/tsan.supp:second_deadlock_stack=1}

finish() {
	local rc=$? report
	trap '' INT TERM HUP PIPE # a second one does not end this half way
	helpers_down
	all_down
	for report in "$lab"/asan.* "$lab"/tsan.*; do
		[ -e "$report" ] && { cat "$report"; rc=1; }
	done
	[ "$rc" -eq 0 ] || echo "FAILED: $0"
	rm -rf "$lab"
	exit "$rc"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP PIPE # so that finish runs then, too

fail() {
	echo "FAIL: $*"
	exit 1
}

# helper NAME ID COMMAND...: runs in the background in namespace NAME until helper_down or the end of the test; its
# output goes to $lab/ID.out
helper() {
	local name=$1 id=$2
	shift 2
	in_ns "$name" sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$lab/$id.pid" "$@" >"$lab/$id.out" 2>&1 </dev/null &
	wait_for 10 test -s "$lab/$id.pid" || fail "$id does not start: $(cat "$lab/$id.out")"
}

# helper_down ID [SIGNAL]
helper_down() {
	local pid
	[ -s "$lab/$1.pid" ] || return 0
	pid=$(cat "$lab/$1.pid")
	rm -f "$lab/$1.pid"
	kill -"${2:-TERM}" "$pid" 2>/dev/null && wait_gone "$pid"
	return 0
}

helpers_down() {
	local f
	for f in "$lab"/*.pid; do
		[ -e "$f" ] && helper_down "$(basename "$f" .pid)"
	done
}

# run ROUTER 'CMD'...: the output alone
run() {
	local r=$1
	shift
	"$mainmode" exec --quiet --state "$lab/$r" "$@"
}

# config ROUTER 'LINE'...: in configure terminal
config() {
	local r=$1
	shift
	"$mainmode" exec --quiet --state "$lab/$r" 'configure terminal' "$@" 'end' >/dev/null
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

# threads_of ROUTER: the folders of its threads in /proc. One of ThreadSanitizer's, which begins before main(), is none of them.
threads_of() {
	local pid task
	pid=$(cat "$lab/$1/mainmode.pid")
	for task in "/proc/$pid/task"/*; do
		[ "$(cat "$task/comm")" = mainmode ] && [ "${task##*/}" != "$pid" ] && grep -q __tsan_init "$mainmode" && continue
		echo "$task"
	done
}

tunnel_is() { # tunnel_is ROUTER up|down
	run "$1" 'show interfaces Tunnel23' 2>/dev/null | grep -q "^Tunnel23 is .*, line protocol is $2 *\$"
}

tunnel_up() { wait_for "${2:-20}" tunnel_is "$1" up || fail "Tunnel23 of $1 is not up"; }
tunnel_down() { wait_for "${2:-20}" tunnel_is "$1" down || fail "Tunnel23 of $1 is not down"; }

# two_routers: R2 and R3 with the document's configuration, joined by a veth
two_routers() {
	namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
	boot R3 "${R3_CONFIG:-$top/startup-config/r3.cfg}" -i Ethernet0/0=eth0 || fail "R3 does not boot"
	boot R2 "${R2_CONFIG:-$top/startup-config/r2.cfg}" -i Ethernet0/0=eth0 || fail "R2 does not boot"
}

# offloads on|off NAME:DEV...: off, no segments are put together or cut by it: one frame, one packet
offloads() {
	local d to=$1
	shift
	for d in "$@"; do
		in_ns "${d%:*}" ethtool -K "${d#*:}" tso "$to" gso "$to" gro "$to" tx-udp-segmentation "$to" 2>"$lab/ethtool" ||
			fail "ethtool: $(cat "$lab/ethtool")"
	done
}

# wire SEED [A B]: namespaces A (R2), W, B (R3); W's relay (tests/tool/relay.c) is the wire between eth0 of A (a) and of B (b)
wire() {
	local a=${2:-R2} b=${3:-R3}
	relay=$(dirname "$mainmode")/tests/bin/relay
	namespaces $a W $b && join $a eth0 W w2 && join $b eth0 W w3 || fail "no namespaces"
	offloads off $a:eth0 $b:eth0 W:w2 W:w3
	in_ns W sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	helper W relay "$relay" run w2 w3 "$lab/relay" "$1" $$
	wait_for 10 test -S "$lab/relay" || fail "the relay does not start: $(cat "$lab/relay.out")"
}

# tell WORD...: a command for the relay
tell() { "$relay" tell "$lab/relay" "$@" >"$lab/relay.counters" || fail "relay: $* $(cat "$lab/relay.counters")"; }

# lab_ports: MAINMODE_LAB_OFFSET for ./run: ports of 127.0.0.1 that nobody has, below those that the kernel gives away
port_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
lab_ports() {
	local p
	for _ in $(seq 50); do
		export MAINMODE_LAB_OFFSET=$((8000 + RANDOM % 20000))
		for p in 2202 2203 2302 2303; do port_free $((p + MAINMODE_LAB_OFFSET)) || continue 2; done
		break
	done
}

# lab_ssh PORT 'CMD': as a user of the lab's routers, with the password of the lab
lab_ssh() {
	printf '#!/bin/sh\necho admin\n' >"$lab/ask" && chmod +x "$lab/ask"
	SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none timeout 30 ssh -F none -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o PubkeyAuthentication=no -p "$1" admin@127.0.0.1 "$2"
}
