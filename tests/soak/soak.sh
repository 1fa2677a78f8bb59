#!/bin/bash
# Two routers and a strongSwan, five tunnels with traffic in all of them, and everything that may happen to them, for as long
# as wanted: wires that lose, repeat, reorder and are cut, rekeyings, clear, kill -9 of either side, configuration that
# changes, eight users who look all the while. In cycles: a storm of events that a seed decides, the recovery, a calm.
#
#   soak.sh [SECONDS]     180 when it does not say; SEED=N repeats a schedule
#
#   R2 Et0/0 10.0.23.2, 2001:DB8::2 ---- w2 W (relay) w3 ---- Et0/0 10.0.23.3, 2001:DB8::3 R3    Tunnel23 (IPv6), Tunnel24
#   R2 Et0/1 10.2.0.2 ---- n2 10.2.0.1 N (NAT) 10.3.0.1 n3 ---- Et0/1 10.3.0.3 R3                Tunnel25, R3 only answers
#   R2 Et0/2 10.2.8.2 ---- s2 10.2.8.8 S (strongSwan)                                            Tunnel26
#   R3 Et0/2 2001:DB8:8::3 ---- s3 2001:DB8:8::8 S                                               Tunnel36 (IPv6)
#
# What has to hold is in soak.py.
. "$(dirname "$0")/../interop/lib.sh"
seconds=${1:-180}
case $seconds in *[!0-9]* | '') echo "usage: soak.sh [SECONDS]"; exit 2 ;; esac
export SEED=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
export PYTHONDONTWRITEBYTECODE=1
# freed memory waits in quarantine: a lot of it would look like a leak
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=4:thread_local_quarantine_size_kb=64:malloc_context_size=8
phase1=240
[ "$seconds" -ge 600 ] || phase1=90

wire "$SEED"
namespaces R2 N R3 S && join R2 eth1 N n2 && join R3 eth1 N n3 && join R2 eth2 S s2 && join R3 eth2 S s3 || fail "no namespaces"
in_ns N sh -ec 'ip addr add 10.2.0.1/24 dev n2; ip addr add 10.3.0.1/24 dev n3; sysctl -qw net.ipv4.ip_forward=1; nft -f -' <<-X
	table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "n3" masquerade; }; }
	X
in_ns S sh -ec 'sysctl -qw net.ipv6.conf.s3.keep_addr_on_down=1
	ip addr add 10.2.8.8/24 dev s2; ip addr add 2001:db8:8::8/64 dev s3 nodad'

tunnel() { # tunnel NUMBER SOURCE MODE DESTINATION PROFILE 'ADDRESS'...
	printf '%s\n' "interface Tunnel$1" " tunnel source $2" " tunnel mode ipsec $3" " tunnel destination $4" \
		" tunnel protection ipsec profile $5"
	shift 5
	printf ' %s\n' "$@"
}
for n in 2 3; do
	o=$((5 - n))
	{
		cat <<-X
			hostname R$n
			no ip domain lookup
			ip domain name lab
			ipv6 unicast-routing
			logging buffered 400000 debugging
			username admin privilege 15 password 0 admin
			crypto isakmp policy 10
			 encr aes
			 authentication pre-share
			 group 5
			 lifetime $phase1
			crypto isakmp key cisco address ipv6 ::/0
			crypto isakmp key cisco address 0.0.0.0
			crypto isakmp keepalive 10 2 periodic
			crypto isakmp nat keepalive 10
			crypto isakmp invalid-spi-recovery
			crypto ipsec transform-set TRA esp-aes esp-sha-hmac
			 mode transport
			crypto ipsec transform-set T24 esp-aes esp-sha-hmac
			crypto ipsec profile PRO
			 set transform-set TRA
			 set security-association lifetime seconds 120
			crypto ipsec profile P24
			 set transform-set T24
			 set security-association lifetime kilobytes 5120
			 set security-association lifetime seconds 120
			crypto ipsec profile P25
			 set transform-set TRA
			 set security-association lifetime seconds 120
			 $([ $n -eq 2 ] || echo responder-only)
			interface Ethernet0/0
			 ip address 10.0.23.$n 255.255.255.0
			 ipv6 address 2001:DB8::$n/64
			interface Ethernet0/1
			 ip address 10.$n.0.$n 255.255.255.0
			 ip access-group 101 in
			X
		tunnel 23 Ethernet0/0 ipv6 2001:DB8::$o PRO "ipv6 address FE80::23:$n link-local" "ipv6 address FD23::$n/64"
		tunnel 24 Ethernet0/0 ipv4 10.0.23.$o P24 "ip address 192.168.24.$n 255.255.255.0"
		echo 'interface Ethernet0/2'
		if [ $n -eq 2 ]; then
			echo ' ip address 10.2.8.2 255.255.255.0'
			tunnel 25 Ethernet0/1 ipv4 10.3.0.3 P25 'ip address 192.168.25.2 255.255.255.0'
			tunnel 26 Ethernet0/2 ipv4 10.2.8.8 PRO 'ip address 192.168.26.2 255.255.255.0'
			echo 'ip route 10.3.0.0 255.255.255.0 10.2.0.1'
		else
			echo ' ipv6 address 2001:DB8:8::3/64'
			tunnel 25 Ethernet0/1 ipv4 10.3.0.1 P25 'ip address 192.168.25.3 255.255.255.0'
			tunnel 36 Ethernet0/2 ipv6 2001:DB8:8::8 PRO 'ipv6 address FD36::3/64'
		fi
		cat <<-X
			access-list 101 permit ip any any
			line vty 0 15
			 exec-timeout 0 0
			 login local
			 transport input telnet ssh
			end
			X
	} >"$lab/r$n.cfg"
done

mkdir -p "$lab/S"
swan_conf "$lab/S"
swan() { # swan NAME LOCAL REMOTE ANY 'CHILD-LINES'
	cat <<-X
		$1 {
		  version = 1
		  local_addrs = $2
		  remote_addrs = $3
		  encap = yes
		  rekey_time = 0
		  proposals = aes128-sha1-modp1536
		  dpd_delay = 10s
		  dpd_timeout = 25s
		  local { auth = psk
		    id = $2 }
		  remote { auth = psk
		    id = $3 }
		  children { c$1 {
		    local_ts = $4
		    remote_ts = $4
		    esp_proposals = aes128-sha1
		    $5
		  } }
		}
	X
}
{
	echo 'connections {'
	swan a 10.2.8.8 10.2.8.2 0.0.0.0/0 'rekey_time = 0'
	swan b 2001:db8:8::8 2001:db8:8::3 ::/0 'rekey_time = 75s
    life_time = 110s'
	echo '}'
	echo 'secrets { ike-1 { secret = "cisco" } }'
} >"$lab/S/swanctl.conf"

echo "SEED=$SEED, $seconds s, $mainmode"
in_ns R2 python3 "$top/tests/soak/soak.py" "$lab" "$mainmode" "$seconds" "$SEED" || fail "SEED=$SEED repeats the schedule"
