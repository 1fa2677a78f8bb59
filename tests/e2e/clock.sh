#!/bin/bash
# The wall clock jumps, and no lifetime changes; time passes unseen, as on a machine that was suspended, and what expired
# is negotiated again.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3    R2's clocks are moved by tests/tool/inject.so
. "$(dirname "$0")/../lib.sh"
bin=$(dirname "$mainmode")/tests/bin
orders=$lab/orders
ctl() { "$bin/inject_ctl" "$orders" "$@"; }
ctl new || fail "no orders"
export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" # the library comes before libasan
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
mkdir -p "$lab/R2"
in_ns R2 env INJECT="$orders" LD_PRELOAD="$bin/inject.so" "$mainmode" boot "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 --state "$lab/R2" --daemon || fail "R2 does not boot"
tunnel_up R2

isakmp_left() { run R2 'show crypto isakmp sa detail' | grep -o ' [0-9][0-9]:[0-9][0-9]:[0-9][0-9] ' | head -1 | awk -F: '{ print $1 * 3600 + $2 * 60 + $3 }'; }
ipsec_left() { run R2 'show crypto ipsec sa' | sed -n 's/.*remaining key lifetime (k\/sec): ([0-9]*\/\([0-9]*\)).*/\1/p' | head -1; }
spis() { run R2 'show crypto ipsec sa' | grep -o 'spi: 0x[0-9A-F]*([0-9]*)' | sort -u; }
passed() { local now; now=$(cut -d. -f1 /proc/uptime); echo $((now - begun)); }
pings() { run R2 'ping FE80::23:3' 'Tunnel23' | grep -q '(5/5)'; }
begun=$(cut -d. -f1 /proc/uptime)
isakmp=$(isakmp_left) ipsec=$(ipsec_left) before=$(spis)
[ -n "$isakmp" ] && [ -n "$ipsec" ] && [ -n "$before" ] || fail "no lifetimes: $(run R2 'show crypto isakmp sa detail' 'show crypto ipsec sa')"

goes_on() { # goes_on WHAT: as much is left as the time that has passed leaves, and the SAs are those there were
	local most i e
	i=$(isakmp_left) e=$(ipsec_left) most=$(($(passed) + 2))
	[ $((isakmp - i)) -ge -1 ] && [ $((isakmp - i)) -le "$most" ] || fail "$1: ISAKMP had $isakmp s and has $i after $most"
	[ $((ipsec - e)) -ge -1 ] && [ $((ipsec - e)) -le "$most" ] || fail "$1: IPsec had $ipsec s and has $e after $most"
	[ "$(spis)" = "$before" ] || fail "$1: other SAs: $before, then $(spis)"
	pings || fail "$1: ping"
}
# The day the router believes it is; asked on both sides of midnight it is one of two.
shows_day() { # shows_day SECONDS COMMAND FORMAT
	local first last
	first=$(date -u -d "@$(($(date +%s) + $1))" "$3")
	run R2 "$2" >"$lab/out"
	last=$(date -u -d "@$(($(date +%s) + $1))" "$3")
	grep -q "$first" "$lab/out" || grep -q "$last" "$lab/out" || fail "$1 s: $2 does not say $first: $(tail -3 "$lab/out")"
}
goes_on "at first"
for jump in 864000 -864000 630720000 -315360000 3600 -1 0; do
	ctl clock realtime "$jump"
	goes_on "$jump s"
	shows_day "$jump" 'show clock' '+%a %b %-d %Y'
	config R2 'hostname R2'
	shows_day "$jump" 'show logging | include CONFIG_I' "+$(LC_ALL=C date -u -d "@$(($(date +%s) + jump))" '+%b') *%-d .*CONFIG_I"
	run R2 'show version' | grep -q 'uptime is [0-9]* minute' || fail "$jump s: $(run R2 'show version' | grep uptime)"
done
for step in $(seq 20); do # as NTP corrects a clock
	ctl clock realtime $((step % 3 - 1))
	run R2 'show clock' >"$lab/out" || fail "show clock"
done
goes_on "small steps"

# --- an hour and a half, then a day, of which nobody knew ---
renewed() { # the tunnel is up, by SAs that are none of those before, and they carry packets
	local now
	now=$(spis)
	[ -n "$now" ] && [ -z "$(comm -12 <(echo "$now") <(echo "$before"))" ] && tunnel_is R2 up && pings
}
for gone in 5400 95000; do
	before=$(spis)
	ctl clock monotonic "$gone"
	wait_for 60 renewed || fail "after $gone s nothing was negotiated again: $(run R2 'show crypto isakmp sa' 'show crypto ipsec sa' 'show logging' | tail -60)"
	[ "$(ipsec_left)" -gt 1800 ] || fail "after $gone s: the new SAs have $(ipsec_left) s left"
done
[ "$(isakmp_left)" -gt 80000 ] || fail "the new ISAKMP SA has $(isakmp_left) s left"
run R3 'show crypto isakmp sa' | grep -q 'QM_IDLE .* ACTIVE' || fail "R3: $(run R3 'show crypto isakmp sa')"
stop R2
