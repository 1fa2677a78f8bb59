#!/bin/bash
# Prints whether IKE waits for terminals: R3 drops all tunnels with R2, again and again, and the time until R2 has
# negotiated all of them anew is measured, first with nobody on R2, then with COUNT vtys that print its configuration of LINES
# lines without a pause. Both routers and all clients share this machine's cores; asserts nothing.
#   bench/vtys.sh [LINES [COUNT [TUNNELS [COMMAND]]]]          default: 100000 16 20 'show running-config'
. "$(dirname "$0")/../tests/lib.sh"
. "$top/bench/many.sh"
lines=${1:-100000} count=${2:-16} tunnels=${3:-20} command=${4:-show running-config} group=14
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
config_of R3 3 2 "$tunnels" | grep -v responder-only >"$lab/r3.cfg"
{
	config_of R2 2 3 "$tunnels"
	# of the large one what needs no peer: routes by the link, users, loopbacks, access lists
	"$top/bench/config_make.sh" "$lines" | awk '
		/^(interface Tunnel|interface Ethernet|crypto|hostname|version|line|end|ip route.*Tunnel|ip route 10\.)/ { skip = 1; next }
		/^[^ ]/ { skip = 0 }
		!skip' | sed 's/^interface Loopback/interface Loopback9/'
} >"$lab/r2.cfg"
boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 >/dev/null || fail "R2 does not boot"
wait_up() { until [ "$(up R2)" -ge "$tunnels" ] && [ "$(up R3)" -ge "$tunnels" ]; do sleep 0.02; done; }
wait_up

again() { # how long until all are there anew, ms: least, median and most of 5
	local t0
	for _ in 1 2 3 4 5; do
		t0=$(ms)
		run R3 'clear crypto session' >/dev/null
		sleep 0.1
		wait_up
		echo $(($(ms) - t0))
	done | sort -n | awk '{ v[NR] = $1 } END { printf "%d, %d, %d", v[1], v[int((NR + 1) / 2)], v[NR] }'
}
cpu() { awk '{ print ($14 + $15) * 10 }' "/proc/$(pid R2)/stat"; }

echo "a configuration of $(run R2 'show running-config' | wc -l) lines, $tunnels tunnels"
echo "all tunnels anew with nobody on R2, ms (least, median, most): $(again)"
touch "$lab/go"
for k in $(seq "$count"); do
	while [ -e "$lab/go" ]; do run R2 "$command" | wc -c; done >"$lab/vty.$k" &
done
c0=$(cpu) t0=$(ms)
echo "all tunnels anew with $count vtys printing, ms: $(again)"
c1=$(cpu) t1=$(ms)
rm "$lab/go"
wait
cat "$lab"/vty.* | awk -v cpu=$((c1 - c0)) -v t=$((t1 - t0)) '{ n++; o += $1; if (NR == 1 || $1 < least) least = $1 }
	END { printf "%d times printed, %.1f MB, %d octets the shortest; R2 used %.0f %% of a core\n", n, o / 1e6, least, cpu * 100 / t }'
