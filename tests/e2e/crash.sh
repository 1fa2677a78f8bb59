#!/bin/bash
# kill -9 of a router: its next boot cleans up, the peer obeys INITIAL_CONTACT, and the tunnel is back. SIGTERM leaves
# nothing at all.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
state() { in_ns "$1" sh -c 'ip -o addr; ip route; ip -6 route | grep -v "dev eth0 .*fe80\|fe80.* dev eth0"; ip -o link | grep -v eth0;
	sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding' | sed 's/qlen [0-9]*//;s/valid_lft.*//;s/expires.*//'; }

in_ns R2 ip addr add 198.51.100.7/24 dev eth0 # not ours: it stays
wait_for 5 sh -c "! nsenter -t $(cat "$lab/R2.ns") $([ "$(id -u)" -eq 0 ] || echo -U --preserve-credentials) -n ip -o addr | grep -q tentative"
state R2 >"$lab/before"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
stop R2
state R2 >"$lab/after"
diff "$lab/before" "$lab/after" || fail "R2 left something behind after SIGTERM"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
tunnel_up R2
tunnel_up R3
old=$(cat "$lab/R2/mainmode.pid")
kill -9 "$old"
wait_gone "$old"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot after kill -9"
tunnel_up R2
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping after the crash"
run R3 'show crypto isakmp sa' | grep -c 'QM_IDLE .* ACTIVE$' | grep -qx 1 || fail "R3: $(run R3 'show crypto isakmp sa')"
stop R2
tunnel_down R3
# what was forwarded before the crash is not known any more; everything else is as it was
state R2 >"$lab/after"
diff <(grep -v '^[01]$' "$lab/before") <(grep -v '^[01]$' "$lab/after") || fail "R2 left something behind after the crash"
