#!/bin/bash
# Every line of the document's configuration matters: removing one takes the tunnel down, entering it again brings it up.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2

# line [mode]: removed, then entered again
try() {
	local mode=$1 line=$2
	if [ -n "$mode" ]; then config R2 "$mode" "no $line"; else config R2 "no $line"; fi || fail "no $line"
	run R2 'clear crypto session' >/dev/null # phase 1 lines matter for the next negotiation
	tunnel_down R2
	if [ -n "$mode" ]; then config R2 "$mode" "$line"; else config R2 "$line"; fi || fail "$line"
	run R2 'clear crypto session' >/dev/null
	tunnel_up R2 60
	echo "removed and entered: $line"
}
try 'interface Tunnel23' 'tunnel source Ethernet0/0'
try 'interface Tunnel23' 'tunnel destination 2001:DB8::3'
try 'interface Tunnel23' 'tunnel mode ipsec ipv6'
try 'interface Tunnel23' 'tunnel protection ipsec profile PRO'
try 'crypto isakmp policy 10' 'authentication pre-share'
try '' 'crypto isakmp key cisco address ipv6 ::/0'
try 'interface Ethernet0/0' 'ipv6 address 2001:DB8::2/64'
# whole sections: removed by their first line, entered again with all their lines
section() {
	config R2 "no $1" || fail "no $1"
	run R2 'clear crypto session' >/dev/null
	tunnel_down R2
	config R2 "$@" || fail "$1"
	run R2 'clear crypto session' >/dev/null
	tunnel_up R2 60
	echo "removed and entered: $1"
}
section 'crypto isakmp policy 10' 'authentication pre-share'
section 'crypto ipsec transform-set TRA esp-aes esp-sha-hmac' 'mode transport'
section 'crypto ipsec profile PRO' 'set transform-set TRA'
config R2 'interface Tunnel23' 'shutdown' && tunnel_down R2
config R2 'interface Tunnel23' 'no shutdown' && tunnel_up R2 60
config R2 'interface Ethernet0/0' 'shutdown' && tunnel_down R2
config R2 'interface Ethernet0/0' 'no shutdown' && tunnel_up R2 60
config R2 'no interface Tunnel23'
run R2 'show running-config' | grep -q Tunnel23 && fail "Tunnel23 is still configured"
in_ns R2 ip link show Tunnel23 >/dev/null 2>&1 && fail "the kernel still has Tunnel23"
true
