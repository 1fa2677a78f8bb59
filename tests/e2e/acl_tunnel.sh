#!/bin/bash
# Access lists and the tunnel: IKE and ESP pass through a list that permits them and not through one that does not, and
# what comes out of the tunnel is filtered at the Tunnel interface.
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
cat "$top/startup-config/r2.cfg" >"$lab/r2.cfg"
sed -i '/^end/d' "$lab/r2.cfg"
cat >>"$lab/r2.cfg" <<'C'
ipv6 access-list OUTSIDE
 permit udp host 2001:DB8::3 host 2001:DB8::2 eq isakmp
 permit esp host 2001:DB8::3 host 2001:DB8::2
ipv6 access-list TUNNEL
 deny icmp any any echo-request
 permit ipv6 any any
interface Ethernet0/0
 ipv6 traffic-filter OUTSIDE in
interface Tunnel23
 ipv6 traffic-filter TUNNEL in
end
C
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
tunnel_up R2
tunnel_up R3
through() { run "$1" "ping $2 repeat ${3:-5} timeout 1" 'Tunnel23'; }
through R2 fe80::23:3 | grep -q '(5/5)' || fail "the answers to R2's own ping do not pass"
through R3 fe80::23:2 | grep -q '(0/5)' || fail "R3's ping passes the Tunnel's list"
run R2 'show access-lists' >"$lab/show"
grep -q 'permit udp .* eq isakmp (.* matches)' "$lab/show" || fail "IKE is not counted: $(cat "$lab/show")"
grep -q 'permit esp host .* (.* matches)' "$lab/show" || fail "ESP is not counted: $(cat "$lab/show")"
grep -q 'deny icmp any any echo-request (5 matches) sequence 10' "$lab/show" || fail "what left the tunnel is not counted: $(cat "$lab/show")"

# ESP denied: the tunnel stands and carries nothing
config R2 'ipv6 access-list OUTSIDE' 'no permit esp host 2001:db8::3 host 2001:db8::2'
silent() { through R2 fe80::23:3 1 | grep -q '(0/1)'; }
answers() { through R2 fe80::23:3 1 | grep -q '(1/1)'; }
wait_for 10 silent || fail "ESP passes a list that does not permit it"
config R2 'ipv6 access-list OUTSIDE' 'permit esp any any'
wait_for 10 answers || fail "ESP does not pass a list that permits it again"

# IKE denied: no new tunnel
config R2 'ipv6 access-list OUTSIDE' 'no permit udp host 2001:db8::3 host 2001:db8::2 eq isakmp' \
	'deny udp any any eq isakmp'
denies() { run R2 'show ipv6 access-list OUTSIDE' | grep -q 'deny udp any any eq isakmp (.* match'; }
run R2 'clear crypto session' >/dev/null
wait_for 20 denies || fail "IKE is not denied: $(run R2 'show ipv6 access-list')"
tunnel_is R2 down || fail "a tunnel without IKE"
config R2 'ipv6 access-list OUTSIDE' 'no deny udp any any eq isakmp' 'permit udp any any eq isakmp'
tunnel_up R2 60
answers || fail "the tunnel does not come back"
stop R2
stop R3

# a clone has its template's list before it is up
common() {
	cat <<-END
		hostname $1
		ip domain name example.com
		crypto isakmp policy 10
		 authentication pre-share
		crypto ipsec transform-set TRA esp-aes esp-sha-hmac
		crypto ipsec profile PRO
		 set transform-set TRA
		interface Loopback0
		 ip address 10.255.0.$2 255.255.255.255
		interface Ethernet0/0
		 ip address 10.1.0.$2 255.255.255.0
		 no shutdown
	END
}
{
	common HUB 2
	cat <<-END
		crypto keyring SPOKES
		  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco
		crypto isakmp profile SPOKE
		   keyring SPOKES
		   match identity host R3.example.com
		   virtual-template 1
		interface Virtual-Template1 type tunnel
		 ip unnumbered Loopback0
		 ip access-group SPOKE in
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		ip access-list extended SPOKE
		 deny icmp any any echo
		 permit ip any any
		ip route 10.255.0.3 255.255.255.255 Virtual-Template1
	END
} >"$lab/hub.cfg"
{
	common R3 3
	cat <<-END
		crypto isakmp key cisco address 10.1.0.2
		crypto isakmp identity hostname
		interface Tunnel1
		 ip unnumbered Loopback0
		 tunnel source Ethernet0/0
		 tunnel mode ipsec ipv4
		 tunnel destination 10.1.0.2
		 tunnel protection ipsec profile PRO
		ip route 10.255.0.0 255.255.255.0 Tunnel1
	END
} >"$lab/spoke.cfg"
boot R2 "$lab/hub.cfg" -i Ethernet0/0=eth0 || fail "the hub does not boot"
boot R3 "$lab/spoke.cfg" -i Ethernet0/0=eth0 || fail "the spoke does not boot"
cloned() { run R2 'show ip interface brief' | grep -q '^Virtual-Access.* up  *up *$'; }
wait_for 40 cloned || fail "no Virtual-Access: $(run R2 'show ip interface brief' 'show logging')"
run R2 'ping 10.255.0.3 source Loopback0' | grep -q '([45]/5)' || fail "the hub's ping is not answered"
run R3 'ping 10.255.0.2 source Loopback0 timeout 1' | grep -q '(5/5)' && fail "the clone has no list"
run R2 'show access-lists SPOKE' | grep -q '10 deny icmp any any echo (5 matches)' || fail "not counted: $(run R2 'show access-lists')"
exit 0
