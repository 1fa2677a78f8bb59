#!/bin/bash
# A key in a keyring that an isakmp profile names, in type 6 form: it works, is saved encrypted and works again after a
# boot; without the master key it is kept as it stands, is told, and no tunnel comes up; typed again, it does.
#
#   R2 Et0/0 2001:DB8::2 ---- veth ---- 2001:DB8::3 Et0/0 R3 (the document's configuration)
. "$(dirname "$0")/../lib.sh"
grep -v '^crypto isakmp key' "$top/startup-config/r2.cfg" >"$lab/r2.cfg"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
state=$lab/r2.cfg

config R2 'key config-key password-encrypt the master key' 'password encryption aes' \
	'crypto keyring KR' 'pre-shared-key address ipv6 2001:DB8::/32 key cisco' \
	'crypto isakmp profile WEST' 'keyring KR' 'match identity address ipv6 2001:DB8::3/128' \
	'crypto isakmp peer address ipv6 2001:DB8::3' 'description the west' \
	'crypto ipsec profile PRO' 'set isakmp-profile WEST' || fail "the configuration is not accepted"
tunnel_up R2
run R2 'show crypto session detail' >"$lab/session"
for line in 'Profile: WEST' 'Session status: UP-ACTIVE    ' '      Desc: the west' '      Phase1_id: 2001:DB8::3'; do
	grep -qxF "$line" "$lab/session" || fail "no \"$line\": $(cat "$lab/session")"
done
run R2 'show crypto isakmp profile' | grep -qx '   keyring(s): KR' || fail "$(run R2 'show crypto isakmp profile')"
run R2 'write memory' >/dev/null || fail "not saved"
grep -q '^  pre-shared-key address ipv6 2001:DB8::/32 key 6 [A-i]*$' "$state" || fail "$(cat "$state")"
grep -q 'cisco\|the master key' "$state" && fail "a key in clear: $(cat "$state")"
[ "$(stat -c %a "$state.private")" = 600 ] || fail "the master key can be read by others"

stop R2
boot R2 "$state" -i Ethernet0/0=eth0 || fail "R2 does not boot again"
tunnel_up R2 30
run R2 'show logging' | grep -q TYPE6_KEY && fail "the key is said to be unusable: $(run R2 'show logging')"

[ "$(run R2 'show logging' | grep -c '%PARSER-4-WEAK_KEY: .*: weak, it consists of words and digits that are guessed first$')" = 1 ] ||
	fail "a weak key of the startup-config is not told, once: $(run R2 'show logging')"

stop R2
mv "$state.private" "$lab/private"
boot R2 "$state" -i Ethernet0/0=eth0 || fail "R2 does not boot without master key"
run R2 'show logging' | grep -q '%CRYPTO-4-TYPE6_KEY: Can not decrypt the type 6 key of 2001:DB8:: (KR)' ||
	fail "not told: $(run R2 'show logging')"
typed() { "$mainmode" exec --state "$lab/R2" 'configure terminal' "$@" 'end'; }
typed 'crypto isakmp key weak-0 address 192.0.2.1' >"$lab/weak" || fail "a weak key is refused: $(cat "$lab/weak")"
grep -q '^WARNING: .* weak pre-shared key: it is shorter than 12 characters' "$lab/weak" || fail "no warning: $(cat "$lab/weak")"
typed 'crypto isakmp peer address 192.0.2.9' 'set aggressive-mode password router12' >"$lab/weak" || fail "$(cat "$lab/weak")"
grep -q '^WARNING: .* weak pre-shared key: it consists of words and digits' "$lab/weak" || fail "no warning: $(cat "$lab/weak")"
typed 'no crypto isakmp peer address 192.0.2.9' >/dev/null
typed 'crypto isakmp key Yk3vG8pQzR5tWm1xC7bN address 192.0.2.2' | grep WARNING && fail "a warning about a strong key"
typed 'no crypto isakmp key weak-0 address 192.0.2.1' 'no crypto isakmp key Yk3vG8pQzR5tWm1xC7bN address 192.0.2.2' >/dev/null
diff <(run R2 'show running-config' | grep ' key 6 ') <(grep ' key 6 ' "$state") || fail "the key is not kept"
tunnel_is R2 up && fail "a tunnel without key"
# a request that failed is made again after half a minute: a tunnel that is new asks at once
config R2 'key config-key password-encrypt the master key' 'interface Tunnel23' 'shutdown' 'no shutdown' ||
	fail "the master key is not taken"
tunnel_up R2 30
