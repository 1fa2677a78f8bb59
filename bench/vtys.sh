#!/bin/bash
# Prints whether IKE and ESP wait for terminals. R3 drops all tunnels with R2, again and again, and the time until both have
# negotiated all of them anew is measured, as are round trips through a tunnel; first with nobody on R2, then with COUNT vtys
# that print COMMAND without a pause, with vtys that do not read what they are shown, and with COUNT that watch all debugs.
# Both routers share this machine's cores; the clients get what these leave. Asserts nothing.
#   bench/vtys.sh [LINES [COUNT [TUNNELS [COMMAND]]]]          default: 10000 16 20 'show tech-support'
. "$(dirname "$0")/../tests/lib.sh"
. "$top/bench/many.sh"
lines=${1:-10000} count=${2:-16} tunnels=${3:-20} command=${4:-show tech-support} group=14 rounds=7
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
{
	config_of R3 3 2 "$tunnels" | grep -v responder-only
	printf 'interface Loopback9999\n ip address 10.99.0.1 255.255.255.255\n'
} >"$lab/r3.cfg"
{
	config_of R2 2 3 "$tunnels"
	echo 'ip route 10.99.0.1 255.255.255.255 Tunnel1'
	# of the large one what needs no peer: routes by the link, users, loopbacks, access lists
	"$top/bench/config_make.sh" "$lines" | awk '
		/^(interface Tunnel|interface Ethernet|crypto|hostname|version|line|end|ip route.*Tunnel|ip route 10\.)/ { skip = 1; next }
		/^[^ ]/ { skip = 0 }
		!skip' | sed 's/^interface Loopback/interface Loopback9/'
} >"$lab/r2.cfg"
boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R2 does not boot"
all_up() { [ "$(up R2)" -ge "$tunnels" ] && [ "$(up R3)" -ge "$tunnels" ]; }
wait_up() {
	local until=$((SECONDS + 60))
	until all_up; do
		[ "$SECONDS" -lt "$until" ] || fail "not all tunnels after a minute"
		sleep 0.02
	done
}
wait_up

spread() { sort -n | awk '{ v[NR] = $1 } END { printf "%g %g %g", v[1], v[int((NR + 1) / 2)], v[NR] }'; }
renewals() { # how long until all are there anew, ms
	local t0
	for _ in $(seq "$rounds"); do
		t0=$(ms)
		run R3 'clear crypto session' >/dev/null
		sleep 0.1
		wait_up
		echo $(($(ms) - t0))
	done
}
trips() { in_ns R2 ping -n -i 0.02 -c 100 -W 5 10.99.0.1 | sed -n 's/.*time=\([0-9.]*\) ms/\1/p'; }

measure() { # measure NAME: the medians go to $lab/NAME
	local ike esp
	ike=$(renewals | spread)
	esp=$(trips | spread)
	echo "$ike $esp" >"$lab/figures.$1"
	echo "  $1: IKE $ike ms, ESP $esp ms (least, median, most)"
}
ratio() { cat "$lab/figures.$1" "$lab/figures.$2" | awk 'NR == 1 { i = $2; e = $5 } END { printf "  medians: IKE %.2f times, ESP %.2f times as long\n", $2 / i, $5 / e }'; }
ticks() { awk '{ print ($14 + $15) * 10 }' "/proc/$(pid R2)/stat"; }
dropped() { run R2 'show line' | grep -ci 'dropped' || true; }

# clients COMMAND...: with a third of the weight of a router, in a scheduling group of their own where the kernel has such
clients() { setsid nice -n 5 bash -c 'echo 5 >/proc/self/autogroup; . "$0"; shift 0; "$@"' "$lab/client.sh" "$@" 2>/dev/null & }
cat >"$lab/client.sh" <<END
export PATH='$PATH'
mainmode='$mainmode' state='$lab/R2' go='$lab/go' lab='$lab'
printing() { # COUNT COMMAND
	local k n
	for k in \$(seq "\$1"); do
		{
			n=0
			while [ -e "\$go" ]; do
				"\$mainmode" exec --quiet --state "\$state" "\$2" >/dev/null && n=\$((n + 1))
			done
			echo "\$n" >"\$lab/printed.\$k"
		} &
	done
	wait
}
# types COMMAND... into a terminal and then reads nothing, or all, until the time is over
terminal() { # deaf|reads COMMAND...
	local how=\$1
	shift
	{ printf '%s\r' enable 'terminal length 0' "\$@"; while [ -e "\$go" ]; do sleep 0.2; done; } |
		"\$mainmode" attach --state "\$state" |
		if [ "\$how" = deaf ]; then while [ -e "\$go" ]; do sleep 0.2; done; else wc -c >"\$lab/shown.\$BASHPID"; fi
}
terminals() { # COUNT deaf|reads COMMAND...
	local n=\$1 k
	shift
	for k in \$(seq "\$n"); do terminal "\$@" & done
	wait
}
END
begin() { touch "$lab/go"; }
over() {
	rm "$lab/go"
	wait
}

run R2 "$command" >"$lab/once"
echo "$(run R2 'show running-config' | wc -l) lines of configuration, $tunnels tunnels; $command prints $(wc -l <"$lab/once") lines; load $(cut -d' ' -f1 /proc/loadavg)"
measure nobody
begin
clients printing "$count" "$command"
sleep 1
c0=$(ticks) t0=$(ms)
measure printing
c1=$(ticks) t1=$(ms)
over
ratio nobody printing
cat "$lab"/printed.* | awk -v cpu=$((c1 - c0)) -v t=$((t1 - t0)) -v size="$(wc -c <"$lab/once")" '{ n += $1; if (NR == 1 || $1 < least) least = $1 }
	END { printf "  %d vtys printed it %d times, the slowest %d: %.1f MB; R2 used %.0f %% of a core\n", NR, n, least, n * size / 1e6, cpu * 100 / t }'

measure nobody
begin
clients terminals "$((count / 2))" deaf "$command" "$command" "$command"
sleep 1
measure deaf
ratio nobody deaf
t0=$(ms)
run R2 "$command" >/dev/null
echo "  another vty prints it in $(($(ms) - t0)) ms"
over

measure nobody
begin
clients terminals "$((count / 2))" reads 'terminal monitor' 'debug crypto isakmp' 'debug crypto ipsec'
clients terminals "$((count / 2 - 1))" deaf 'terminal monitor' "$command" "$command"
sleep 1
measure debugging
ratio nobody debugging
run R2 'undebug all' >/dev/null
over
cat "$lab"/shown.* | awk '{ n += $1 } END { printf "  %d terminals that read were shown %.1f MB of debug lines\n", NR, n / 1e6 }'
