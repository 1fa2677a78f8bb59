#!/bin/bash
# Twenty tunnels on one source address: sixteen to a peer address each, four more to one of them that are shared. Each
# pair of addresses has one IKE SA, each tunnel carries its traffic, and one that goes leaves the others alone. A
# tunnel between two addresses that are taken waits.
#
#   R2 10.0.0.2 Et0/0 ---- veth ---- Et0/0 10.0.0.3 R3, Loopback1..16 10.9.0.1..16
#      Tunnel1..16 172.16.N.2/24 ==== 10.9.0.N
#      Tunnel17..20 172.16.N.2/24 ==== 10.0.0.3
. "$(dirname "$0")/../lib.sh"

common() {
	cat <<-END
		hostname $1
		logging buffered 100000
		crypto isakmp policy 10
		 authentication pre-share
		 group 2
		crypto isakmp key cisco address 0.0.0.0 0.0.0.0
		crypto ipsec transform-set TRA esp-aes esp-sha-hmac
		crypto ipsec profile PRO
		 set transform-set TRA
		interface Ethernet0/0
		 ip address 10.0.0.$2 255.255.255.0
		END
}

tunnel() { # tunnel NUMBER HOST SOURCE DESTINATION [shared]
	cat <<-END
		interface Tunnel$1
		 ip address 172.16.$1.$2 255.255.255.0
		 tunnel source $3
		 tunnel mode ipsec ipv4
		 tunnel destination $4
		 tunnel protection ipsec profile PRO $5
		END
}

{
	common R2 2
	for n in $(seq 16); do tunnel $n 2 Ethernet0/0 10.9.0.$n ''; done
	for n in $(seq 17 20); do tunnel $n 2 Ethernet0/0 10.0.0.3 shared; done
	echo 'ip route 10.9.0.0 255.255.255.0 10.0.0.3'
} >"$lab/r2.cfg"
{
	common R3 3
	for n in $(seq 16); do
		printf 'interface Loopback%u\n ip address 10.9.0.%u 255.255.255.255\n' $n $n
		tunnel $n 3 Loopback$n 10.0.0.2 ''
	done
	for n in $(seq 17 20); do tunnel $n 3 Ethernet0/0 10.0.0.2 shared; done
	# enough interfaces for changes to be gathered
	for n in $(seq 101 140); do printf 'interface Loopback%u\n ip address 10.8.0.%u 255.255.255.255\n' $n $n; done
} >"$lab/r3.cfg"
R2_CONFIG=$lab/r2.cfg R3_CONFIG=$lab/r3.cfg two_routers

up_count() { # of tunnels whose line protocol is up
	run "$1" 'show ip interface brief' | grep -c '^Tunnel.* up  *up *$'
}
are_up() { [ "$(up_count R2)" -eq "$1" ] && [ "$(up_count R3)" -eq "$1" ]; }
reach() { # reach NUMBER: through that tunnel, from both sides
	run R2 "ping 172.16.$1.3" >"$lab/ping" && grep -q '([45]/5)' "$lab/ping" || fail "Tunnel$1: $(cat "$lab/ping")"
	run R3 "ping 172.16.$1.2" >"$lab/ping" && grep -q '([45]/5)' "$lab/ping" || fail "Tunnel$1: $(cat "$lab/ping")"
}
flaps() { run "${2:-R2}" 'show logging' | grep -c "Line protocol on Interface Tunnel$1, changed state to down"; }

wait_for 40 are_up 20 || fail "not all are up: $(run R2 'show ip interface brief')"
for n in $(seq 20); do reach $n; done

# one IKE SA for each pair of addresses; both sides may have begun one at the same time
for n in $(seq 16); do
	[ "$(run R2 'show crypto isakmp sa' | grep -c "10\.9\.0\.$n .*ACTIVE")" -ge 1 ] || fail "no IKE SA with 10.9.0.$n"
done
sas=$(run R2 'show crypto isakmp sa' | grep -c '10\.0\.0\.3 .*QM_IDLE .*ACTIVE$')
[ "$sas" -ge 1 ] && [ "$sas" -le 2 ] || fail "$sas IKE SAs for four shared tunnels: $(run R2 'show crypto isakmp sa')"
[ "$(run R2 'show crypto ipsec sa' | grep -c 'interface: Tunnel')" -eq 20 ] || fail "not twenty idents"

# one of the shared goes, and another
before=$(flaps '\(16\|17\|19\|20\)')
ids_of_3() { run R2 'show crypto isakmp sa' | awk '/10\.9\.0\.3 .*ACTIVE$/ { print $4 }'; }
ids=$(ids_of_3)
# R3 has both yet, and may bring Tunnel18 up again with one of the shared: its log tells that they were down
before3=$(flaps 3 R3) before18=$(flaps 18 R3)
config R2 'no interface Tunnel18'
config R2 'no interface Tunnel3'
told() { [ "$(flaps 3 R3)" -gt "$before3" ] && [ "$(flaps 18 R3)" -gt "$before18" ]; }
wait_for 10 told || fail "R3 was not told: $(run R3 'show ip interface brief')"
[ "$(run R2 'show crypto isakmp sa' | grep -c '10\.0\.0\.3 .*QM_IDLE .*ACTIVE$')" -ge 1 ] || fail "the IKE SA went with one tunnel"
# R3 has its Tunnel3 yet and begins another one at any time
ids_of_3 | grep -Fx "$ids" && fail "the IKE SA of Tunnel3 is still there"
for n in 1 2 4 16 17 19 20; do reach $n; done
[ "$(flaps '\(16\|17\|19\|20\)')" -eq "$before" ] || fail "another tunnel went down"

# two that are not shared cannot have the same addresses
config R2 'interface Tunnel30' 'ip address 172.16.30.2 255.255.255.0' 'tunnel source Ethernet0/0' 'tunnel mode ipsec ipv4' \
	'tunnel destination 10.9.0.5' 'tunnel protection ipsec profile PRO'
run R2 'show crypto ipsec sa' | grep -q 'interface: Tunnel30' && fail "Tunnel30 took the addresses of Tunnel5"
config R2 'no interface Tunnel5'
moved() { run R2 'show interfaces Tunnel30' | grep -q 'line protocol is up'; }
wait_for 40 moved || fail "Tunnel30 does not follow Tunnel5: $(run R2 'show crypto session')"
