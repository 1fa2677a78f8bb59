#!/bin/bash
# The document itself: both routers' debug output and the verification section, line by line.
#
#   R2 (initiator) 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 (responder) R3
#
# R3's profile is responder-only, so that the roles are fixed. On R2 the tunnel protection is removed and entered again,
# so that ISAKMP goes off and on.
. "$(dirname "$0")/../lib.sh"
compare="$top/tests/golden/compare.py"

namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
sed 's/^crypto ipsec profile PRO.*/&\n responder-only/' "$top/startup-config/r3.cfg" >"$lab/r3.cfg"
boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
tunnel_up R2

config R2 'interface Tunnel23' 'no tunnel protection ipsec profile PRO'
tunnel_down R2
tunnel_down R3
for r in R2 R3; do
	run $r 'clear logging' '' 'debug crypto isakmp' 'debug crypto ipsec' 'debug crypto kmi' >/dev/null || fail "debug on $r"
done
config R2 'interface Tunnel23' 'tunnel protection ipsec profile PRO'
tunnel_up R2
enabled() { run R3 'show logging' | grep -q key_engine_enable_outbound; }
wait_for 10 enabled || fail "R3 did not finish Quick Mode"
run R2 'show logging' >"$lab/R2.log" || fail "show logging on R2"
run R3 'show logging' >"$lab/R3.log" || fail "show logging on R3"
"$compare" "$top/tests/golden/initiator.debug" "$lab/R2.log" || fail "initiator"
"$compare" "$top/tests/golden/responder.debug" "$lab/R3.log" || fail "responder"

run R2 'undebug all' >/dev/null
# Four packets have gone through the tunnel when the document looks at its counters, nine after its ping.
run R2 'ping fe80::23:3 repeat 4' 'tunnel23' | grep -q '(4/4)' || fail "ping"
"$mainmode" exec --state "$lab/R2" 'configure terminal' 'interface Tunnel23' 'do sh crypto ipsec sa' \
	'do ping fe80::23:3' 'tunnel23' 'do sh crypto ipsec sa | i caps|ident' >"$lab/verification" || fail "verification"
"$compare" --verification "$top/tests/golden/verification.txt" "$lab/verification" || fail "verification"

# The initiator's half once more, as its console shows it.
stop R2
tunnel_down R3
in_ns R2 "$top/tests/golden/console.py" "$lab/console" "$mainmode" boot "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 \
	--state "$lab/R2" || fail "the console: $(tail -5 "$lab/console")"
"$compare" "$top/tests/golden/initiator.debug" "$lab/console" || fail "the initiator's console"
