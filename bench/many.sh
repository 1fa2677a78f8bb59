# Sourced after tests/lib.sh: two routers with many tunnels. R2 has N tunnels to N addresses of R3, so N IKE SAs and N pairs
# of IPsec SAs. $group: of Diffie-Hellman.
#
#   R2 10.0.0.2 Et0/0 ---- veth ---- Et0/0 10.0.0.3 R3, Loopback1..N 10.8.0.0/14
#      Tunnel1..N ==================== Tunnel1..N

config_of() { # config_of ROUTER HOST PEER N
	cat <<-END
		hostname $1
		no logging console
		crypto isakmp policy 10
		 encr aes
		 authentication pre-share
		 group $group
		crypto isakmp key cisco address 0.0.0.0 0.0.0.0
		crypto ipsec transform-set TRA esp-aes esp-sha-hmac
		crypto ipsec profile PRO
		 set transform-set TRA
		$([ "$1" = R3 ] && echo ' responder-only')
		interface Ethernet0/0
		 ip address 10.0.0.$2 255.255.255.0
		END
	[ "$1" = R2 ] && echo 'ip route 10.8.0.0 255.252.0.0 10.0.0.3'
	awk -v n="$4" -v r="$1" -v host="$2" -v peer="$3" 'BEGIN {
		for (k = 1; k <= n; k++) {
			far = sprintf("10.8.%d.%d", int(k / 256), k % 256)
			if (r == "R3")
				printf "interface Loopback%d\n ip address %s 255.255.255.255\n", k, far
			printf "interface Tunnel%d\n ip address 172.%d.%d.%d 255.255.255.248\n", k, 16 + int(k / 4096), int(k / 16) % 256, k % 16 * 16 + host
			printf " tunnel source %s\n tunnel mode ipsec ipv4\n", r == "R3" ? "Loopback" k : "Ethernet0/0"
			printf " tunnel destination %s\n tunnel protection ipsec profile PRO\n", r == "R3" ? "10.0.0.2" : far
		}
	}'
}

ms() { date +%s%3N; }
pid() { cat "$lab/$1/mainmode.pid"; }
up() { in_ns "$1" ip -o link show up | grep -c ' Tunnel'; }
