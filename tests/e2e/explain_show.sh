#!/bin/bash
# show crypto explain: what R2 and R3 say about their tunnel when it is up, and when one of them has another hash, another
# key, or no way to the other.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"

explained() { run "$1" 'show crypto explain interface Tunnel23'; }
says() { explained "$1" | tr -s '\n ' ' ' | grep -qF -- "$2"; }
will_say() { wait_for 40 says "$1" "$2" || fail "$1 does not say '$2': $(explained "$1")"; }

two_routers
tunnel_up R2
tunnel_up R3
for r in R2 R3; do
	will_say $r 'authentication pre-share crypto isakmp policy 10 / authentication pre-share'
	will_say $r 'crypto ipsec transform-set TRA'
	! says $r 'What stopped it:' || fail "$r explains what works: $(explained $r)"
	! explained $r | grep -q cisco || fail "$r tells the key: $(explained $r)"
	[ "$(explained $r | awk 'length > 79' | wc -l)" = 0 ] || fail "lines of $r are too long: $(explained $r)"
done
run R2 'show crypto explain peer 2001:DB8::3' | grep -q '^Tunnel23 to 2001:DB8::3' || fail "peer"
run R2 'show crypto explain peer 2001:DB8::99' | grep -q '^No such tunnel or peer' || fail "another peer"
run R2 'show crypto explain' | grep -q '^Tunnel23 to 2001:DB8::3' || fail "all"

again() { run R3 'clear crypto session' >/dev/null && run R2 'clear crypto session' >/dev/null; }

config R3 'crypto isakmp policy 10' 'hash sha256' && again || fail "hash"
will_say R2 '[policy_hash]'
will_say R2 'ours sha crypto isakmp policy 10 / hash sha (default) peer'\''s sha256 offered in transform 1'
will_say R3 'ours sha256 crypto isakmp policy 10 / hash sha256 peer'\''s sha offered in transform 1'
will_say R3 'configure `hash sha` in `crypto isakmp policy 10`, or `hash sha256` on the peer.'
config R3 'crypto isakmp policy 10' 'hash sha' && again || fail "hash again"
tunnel_up R2 60
tunnel_up R3
will_say R3 'What stopped it before'

key='crypto isakmp key cisco address ipv6 ::/0'
config R3 "no $key" "${key/cisco/kisco}" && again || fail "key"
will_say R2 '[key_wrong]'
will_say R3 '[key_wrong]'
for r in R2 R3; do
	! explained $r | grep -q '[ck]isco' || fail "$r tells the key: $(explained $r)"
done
config R3 "no ${key/cisco/kisco}" "$key" && again || fail "key again"
tunnel_up R2 60

config R2 'interface Tunnel23' 'tunnel destination 2001:DB9::3' || fail "destination"
will_say R2 '[no_route]'
will_say R2 'No route leads to `tunnel destination 2001:DB9::3`.'
config R2 'interface Tunnel23' 'tunnel destination 2001:DB8::3' 'shutdown' || fail "shutdown"
will_say R2 '[tunnel_shutdown]'
config R2 'no crypto isakmp enable' || fail "disable"
will_say R2 '[isakmp_disabled]'
config R2 'crypto isakmp enable' 'interface Tunnel23' 'no shutdown' || fail "enable"
tunnel_up R2 60
