#!/bin/bash
# The switches of debug on routers that run: one peer of two, errors alone, the crypto engine.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3; nobody has 2001:DB8::9
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2
config R2 'interface Tunnel9' 'ipv6 enable' 'tunnel source Ethernet0/0' 'tunnel mode ipsec ipv6' \
	'tunnel destination 2001:DB8::9' 'tunnel protection ipsec profile PRO'
log() { run "$1" 'show logging'; }
has() { log "$1" | grep -qF -- "$2"; }
again() { # another session between R2 and R3
	run R2 'clear crypto session' >/dev/null
	tunnel_up R2
}

run R2 'debug crypto condition peer ipv6 2001:DB8::9' 'debug crypto isakmp' 'debug crypto ipsec' 'debug crypto engine' >/dev/null
run R2 'show crypto debug-condition' | grep -q 'turned ON' || fail "no condition: $(run R2 'show crypto debug-condition')"
again
wait_for 20 has R2 'sending packet to 2001:DB8::9 my_port 500' || fail "nothing of the peer that is asked for: $(log R2 | tail -20)"
for word in 2001:DB8::3 'New State = IKE_P1_COMPLETE' 'crypto_engine: Create IKE SA' 'IPSEC(create_sa)'; do
	log R2 | grep -v '%' | grep -qF "$word" && fail "$word in $(log R2 | grep -F "$word" | head -5)"
done
run R2 'debug crypto condition peer ipv6 2001:DB8::3' 'no debug crypto condition peer ipv6 2001:DB8::9' >/dev/null
again
for word in 'sending packet to 2001:DB8::3' 'crypto_engine: Create IKE SA' 'IPSEC(create_sa): sa created,'; do
	wait_for 10 has R2 "$word" || fail "no $word: $(log R2 | tail -30)"
done
run R2 'undebug all' 'debug crypto condition reset' >/dev/null
run R2 'show crypto debug-condition' | grep -q 'turned OFF' || fail "conditions that stay"

run R3 'debug crypto isakmp error' >/dev/null
run R3 'show debugging' | grep -q '^  Crypto ISAKMP Error debugging is on$' || fail "show debugging: $(run R3 'show debugging')"
config R3 'crypto isakmp policy 10' 'hash md5'
run R2 'clear crypto session' >/dev/null
wait_for 20 has R3 'ISAKMP:(0):no offers accepted!' || fail "no error: $(log R3 | tail -20)"
has R3 'ISAKMP:(0):Hash algorithm offered does not match policy!' || fail "no reason: $(log R3 | tail -20)"
for word in 'processing SA payload' 'New State' 'received packet'; do
	has R3 "$word" && fail "$word is no error"
done
exit 0
