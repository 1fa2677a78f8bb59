#!/bin/bash
# A hub that knows its peers by identity alone: each gets a Virtual-Access interface of its own when it comes, from
# whatever address, and the interface goes with the peer. Routes lead through the Virtual-Template of a peer's profile.
#
#   R2 Loopback0 10.255.0.2                                      Loopback0 10.255.0.1
#      Et0/0 10.1.0.x ---- veth ---- Et0/0 10.1.0.1  HUB  Et0/1 10.2.0.1 ---- veth ---- Et0/0 10.2.0.x  R3
#      Tunnel1 =================== Virtual-Access     Virtual-Access ================== Tunnel1 10.255.0.3
. "$(dirname "$0")/../lib.sh"

common() {
	cat <<-END
		hostname $1
		ip domain name example.com
		crypto isakmp policy 10
		 authentication pre-share
		 group 2
		crypto ipsec transform-set TRA esp-aes esp-sha-hmac
		crypto ipsec profile PRO
		 set transform-set TRA
		interface Loopback0
		 ip address 10.255.0.$2 255.255.255.255
		END
}

spoke() { # spoke NUMBER ADDRESS HUB
	common "R$1" "$1"
	cat <<-END
		crypto isakmp key cisco address $3
		crypto isakmp identity hostname
		interface Ethernet0/0
		 ip address $2 255.255.255.0
		interface Tunnel1
		 ip unnumbered Loopback0
		 tunnel source Ethernet0/0
		 tunnel mode ipsec ipv4
		 tunnel destination $3
		 tunnel protection ipsec profile PRO
		ip route 10.255.0.0 255.255.255.0 Tunnel1
		END
}

template() { # template NUMBER IDENTITY
	cat <<-END
		crypto isakmp profile SPOKE$1
		   keyring SPOKES
		   match identity host $2
		   virtual-template $1
		interface Virtual-Template$1 type tunnel
		 ip unnumbered Loopback0
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile PRO
		ip route 10.255.0.$1 255.255.255.255 Virtual-Template$1
		END
}

{
	common HUB 1
	cat <<-END
		crypto keyring SPOKES
		  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco
		interface Ethernet0/0
		 ip address 10.1.0.1 255.255.255.0
		interface Ethernet0/1
		 ip address 10.2.0.1 255.255.255.0
		END
	template 2 R2.example.com
	template 3 R3.example.com
} >"$lab/hub.cfg"
spoke 2 10.1.0.2 10.1.0.1 >"$lab/r2.cfg"
spoke 3 10.2.0.3 10.2.0.1 >"$lab/r3.cfg"

namespaces HUB R2 R3 && join HUB eth0 R2 eth0 && join HUB eth1 R3 eth0 || fail "no namespaces"
boot_hub() { boot HUB "$lab/hub.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "the hub does not boot"; }
boot_hub
for r in R2 R3; do boot $r "$lab/${r,,}.cfg" -i Ethernet0/0=eth0 || fail "$r does not boot"; done

accesses() { run HUB 'show ip interface brief' | grep -c '^Virtual-Access.* 10.255.0.1 .* up  *up *$'; }
are_up() { [ "$(accesses)" -eq "$1" ]; }
show_all() { run HUB 'show ip interface brief' 'show crypto session' 'show ip route' 'show logging'; }
reach() { # reach FROM TO
	run "$1" "ping 10.255.0.$2 source Loopback0" >"$lab/ping"
	grep -q '([45]/5)' "$lab/ping" || fail "$1 does not reach 10.255.0.$2: $(cat "$lab/ping"; show_all)"
}
ask_again() { run R2 'clear crypto session' && run R3 'clear crypto session'; } >/dev/null # at once
all_reach() { reach R2 1 && reach R3 1 && reach HUB 2 && reach HUB 3 && reach R2 3; }

wait_for 40 are_up 2 || fail "no two Virtual-Access interfaces: $(show_all)"
all_reach
run HUB 'show logging' >"$lab/log"
for n in 1 2; do
	grep -q "%LINK-3-UPDOWN: Interface Virtual-Access$n, changed state to up" "$lab/log" || fail "no LINK line of $n"
	grep -q "%LINEPROTO-5-UPDOWN: Line protocol on Interface Virtual-Access$n, changed state to up" "$lab/log" ||
		fail "no LINEPROTO line of $n"
done
run HUB 'show crypto ipsec sa' >"$lab/sa"
grep -q '^interface: Virtual-Access1 *$' "$lab/sa" && grep -q 'Crypto map tag: Virtual-Access2-head-0, local addr' "$lab/sa" ||
	fail "show crypto ipsec sa: $(cat "$lab/sa")"
grep -q 'Virtual-Template' "$lab/sa" && fail "a template is shown: $(cat "$lab/sa")"
run HUB 'show crypto session' >"$lab/session"
[ "$(grep -c '^Interface: Virtual-Access' "$lab/session")" -eq 2 ] || fail "show crypto session: $(cat "$lab/session")"
[ "$(grep -c '^Profile: SPOKE[23]$' "$lab/session")" -eq 2 ] || fail "no profiles: $(cat "$lab/session")"
run HUB 'show crypto sockets' >"$lab/sockets"
grep -q '^Number of Crypto Socket connections 2$' "$lab/sockets" &&
	[ "$(grep -c '^       IPSec Profile: "PRO"$' "$lab/sockets")" -eq 2 ] || fail "$(cat "$lab/sockets")"
run HUB 'show crypto ipsec sa detail' | grep -q '^    ##pkts replay failed (rcv): 0$' || fail "no counters in detail"
run HUB 'show crypto call admission statistics' | grep -q '^Total IKE SA Count:  *[2-9] ' || fail "no SAs are counted"
run HUB 'show interfaces Virtual-Access1' >"$lab/if"
grep -q 'Tunnel vaccess, cloned from Virtual-Template[23]$' "$lab/if" || fail "show interfaces: $(cat "$lab/if")"
run HUB 'show running-config' | grep -q 'Virtual-Access' && fail "a clone is in the running-config"

# a peer comes back from another address: its old interface gives way
config R2 'interface Ethernet0/0' 'ip address 10.1.0.22 255.255.255.0'
moved() { run HUB 'show crypto session' | grep -q '10\.1\.0\.22 port'; }
wait_for 60 moved || fail "R2 is not back: $(show_all)"
wait_for 40 are_up 2 || fail "the old interface is still there: $(show_all)"
run HUB 'show crypto session' | grep -q '10\.1\.0\.2 port' && fail "the old session is still there: $(show_all)"
all_reach

# cleared: the interfaces go. By themselves the peers would be back within the 30 s of their request timer.
run HUB 'clear crypto session' >/dev/null
wait_for 10 are_up 0 || fail "not all was cleared: $(show_all)"
ask_again
wait_for 40 are_up 2 || fail "not back after clear: $(show_all)"
all_reach

# the hub restarts
stop HUB
boot_hub
ask_again
wait_for 40 are_up 2 || fail "not back after the hub's restart: $(show_all)"
all_reach

# a peer that ends takes its interface along, and so does a template
stop R3
wait_for 10 are_up 1 || fail "the interface of R3 is still there: $(show_all)"
config HUB 'no interface Virtual-Template2'
wait_for 10 are_up 0 || fail "the interface outlives its template: $(show_all)"
in_ns HUB ip -o link | grep -q 'Virtual-Access' && fail "a TUN is left"
exit 0
