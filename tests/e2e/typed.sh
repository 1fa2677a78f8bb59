#!/bin/bash
# The document's configuration, typed at the console of a router that has none, brings the tunnel up; what was typed is in
# the running-config, saved by `write memory` and in force after `reload`.
#
#   R2 (empty) Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
mkdir -p "$lab/R2"
mkfifo "$lab/keys"
in_ns R2 "$mainmode" boot -i Ethernet0/0=eth0 --state "$lab/R2" <"$lab/keys" >"$lab/console" 2>&1 &
console=$!
exec 8>"$lab/keys"
cat >&8 <<'K'
enable
configure terminal
hostname R2
interface Ethernet0/0
 ipv6 address 2001:DB8::2/64
 no shutdown
!
crypto isakmp policy 10
 authentication pre-share

crypto isakmp key cisco address ipv6 ::/0

crypto ipsec transform-set TRA esp-aes esp-sha-hmac
 mode transport

crypto ipsec profile PRO
 set transform-set TRA

interface Tunnel23
 ip address 192.168.23.2 255.255.255.0
 ipv6 address FE80::23:2 link-local
 tunnel source Ethernet0/0
 tunnel mode ipsec ipv6
 tunnel destination 2001:DB8::3
 tunnel protection ipsec profile PRO
K
tunnel_up R2
echo 'do write memory' >&8
echo 'end' >&8
saved() { grep -q 'tunnel protection ipsec profile PRO' "$lab/R2/startup-config" 2>/dev/null; }
wait_for 10 saved || fail "not saved: $(cat "$lab/console")"
grep -q '^R2(config-if)# tunnel protection ipsec profile PRO' "$lab/console" || fail "the console: $(cat "$lab/console")"
grep -q "% Invalid\|% Incomplete\|% Ambiguous" "$lab/console" && fail "a line was rejected: $(cat "$lab/console")"
[ "$(stat -c %a "$lab/R2/startup-config")" = 600 ] || fail "the startup-config is readable by others"
printf 'reload\ny\n' >&8
reloaded() { [ "$(grep -c 'SYS-5-RESTART' "$lab/console")" -ge 2 ]; }
wait_for 10 reloaded || fail "no reload: $(tail -20 "$lab/console")"
tunnel_up R2
run R2 'show running-config' | diff - <(run R2 'show startup-config') >"$lab/diff"
grep -q '^[<>] [^!BCU]' "$lab/diff" && fail "running and startup configuration differ: $(cat "$lab/diff")"
exec 8>&-
wait $console || fail "the console's end is exit code $?"
