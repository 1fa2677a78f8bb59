#!/bin/bash
# Interfaces that go down and come up, a link that does, and a source address that changes: the tunnel is back at once, and
# the peer of the old address is told from there.
#
#   R2 2001:DB8::2 Et0/0 ---- p2 [bridge in M] p3 ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 M && join R2 eth0 M p2 && join R3 eth0 M p3 &&
	in_ns M ip link add br0 type bridge forward_delay 0 mcast_snooping 0 && in_ns M ip link set p2 master br0 &&
	in_ns M ip link set p3 master br0 && in_ns M ip link set br0 up || fail "no namespaces"
for n in 3 2; do
	boot "R$n" "$top/startup-config/r$n.cfg" -i Ethernet0/0=eth0 || fail "R$n does not boot"
done
tunnel_up R2
tunnel_up R3
passes() { in_ns R2 ping -q -c 1 -W 0.2 fe80::23:3%Tunnel23 >/dev/null 2>&1; }
back() {
	local began
	began=$(date +%s%N)
	wait_for 40 passes || fail "$1: no traffic. $(run R2 'show crypto isakmp sa' 'show logging' | tail -40)"
	echo "$1: traffic after $((($(date +%s%N) - began) / 1000000)) ms"
	tunnel_up R3
}
wait_for 20 passes || fail "no traffic at first"

config R2 'interface Ethernet0/0' 'shutdown' && tunnel_down R2
config R2 'interface Ethernet0/0' 'no shutdown'
back 'shutdown and no shutdown'
in_ns M ip link set p2 down && tunnel_down R2 # the cable
in_ns M ip link set p2 up
back 'the link down and up'
config R2 'interface Tunnel23' 'shutdown' && tunnel_down R2 && tunnel_down R3
config R2 'interface Tunnel23' 'no shutdown'
back 'the tunnel shut and not shut'

# The source changes: R3 hears of it from the old address, although that is the one that goes.
deletes() { run R3 'show logging' | grep -c 'processing DELETE payload'; }
run R3 'debug crypto isakmp' >/dev/null
old=$(deletes)
config R2 'interface Ethernet0/0' 'no ipv6 address 2001:DB8::2/64' 'ipv6 address 2001:DB8::22/64' ||
	fail "the address of R2 does not change"
told() { [ "$(deletes)" -ge "$((old + 2))" ]; }
wait_for 10 told || fail "R3 was not told: $(run R3 'show logging' | tail -20)"
tunnel_down R3
config R3 'interface Tunnel23' 'tunnel destination 2001:DB8::22'
back 'another address of the source'
old=$(deletes)
config R2 'interface Ethernet0/0' 'ipv6 address 2001:DB8::222/64'
config R2 'interface Tunnel23' 'tunnel source 2001:DB8::222'
wait_for 10 told || fail "R3 was not told of another source: $(run R3 'show logging' | tail -20)"
config R3 'interface Tunnel23' 'tunnel destination 2001:DB8::222'
back 'another source'
