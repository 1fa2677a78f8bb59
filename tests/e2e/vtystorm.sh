#!/bin/bash
# Sixteen users print at once with debugs on their terminals, and one of them never reads: the others get all, the tunnel
# is renegotiated as often as it is cleared, what the deaf one did not take is counted, and its line can be cleared.
#
#   H eth0 10.0.0.1 ---- Et0/1 10.0.0.2 R2 Et0/0 ---- Et0/0 R3 (the document's configuration)
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 H && join R2 eth0 R3 eth0 && join H eth0 R2 eth1 || fail "no namespaces"
in_ns H ip addr add 10.0.0.1/24 dev eth0
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "R2 does not boot"
config R2 'interface Ethernet0/1' 'ip address 10.0.0.2 255.255.255.0' 'no shutdown' \
	'line vty 0 15' 'no login' 'privilege level 15' 'length 0' 'transport input telnet' || fail "not configured"
tunnel_up R2
mkfifo "$lab/tell"
helper H storm sh -c 'exec "$1" 10.0.0.2 <"$2"' sh "$top/tests/tool/vty_storm.py" "$lab/tell"
exec 7>"$lab/tell"
said() { grep -q "$1" "$lab/storm.out"; }
wait_for 20 said connected || fail "$(cat "$lab/storm.out")"

# every line is taken: the router is spoken to where the deaf one is not in the way, from R3's side
for _ in 1 2 3 4 5 6; do
	run R3 'clear crypto session' || fail "R3 does not answer"
	tunnel_up R3
done
reaches() { run R3 'ping FE80::23:2' 'Tunnel23' >"$lab/ping" && grep -q '100 percent' "$lab/ping"; }
wait_for 20 reaches || fail "no way through the tunnel: $(cat "$lab/ping")"
wait_for 60 said printed || fail "$(cat "$lab/storm.out")"

# the fifteen have left; the deaf one sits there, and what it did not take is counted
overruns() { run R2 'show line vty 0' 2>/dev/null | sed -n 's/^\* *2 .* 0\/\([0-9]*\) *-$/\1/p'; }
dropped() { [ "$(overruns)" -gt 0 ] 2>/dev/null; }
wait_for 20 dropped || fail "nothing was dropped: $(run R2 'show line')"
"$mainmode" exec --quiet --state "$lab/R2" 'clear line vty 0' '' >"$lab/cleared" || fail "$(cat "$lab/cleared")"
echo read >&7
wait_for 10 said ended || fail "the line is not cleared: $(run R2 'show users')"
exec 7>&-
tunnel_is R2 up || fail "the tunnel went down"
