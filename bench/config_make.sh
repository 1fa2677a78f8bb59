#!/bin/bash
# Writes a startup-config of about LINES lines to standard output: of a hundred lines ten are static routes, eleven belong
# to tunnels (one in a thousand lines of the file is a tunnel, a hundredth), six to loopbacks, keys and users, the rest to
# access lists.     bench/config_make.sh LINES
lines=${1:?how many lines}
exec awk -v n="$lines" 'BEGIN {
	routes = int(n / 10); tunnels = int(n / 100); lists = int(n * 0.72 / 101); numbered = int(lists / 4)
	print "version 15.2\nservice timestamps debug datetime msec\nservice timestamps log datetime msec\n!\nhostname R2\n!"
	print "no logging console\n!"
	for (k = 1; k <= tunnels; k++)
		printf "username user%d privilege 1 secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\n", k
	print "!\ncrypto isakmp policy 10\n encr aes\n authentication pre-share\n group 14\n!"
	for (k = 1; k <= tunnels; k++)
		printf "crypto isakmp key secret%d address 10.%d.%d.%d\n", k, 8 + int(k / 65536), int(k / 256) % 256, k % 256
	print "!\ncrypto ipsec transform-set TRA esp-aes esp-sha-hmac\n mode transport\n!\ncrypto ipsec profile PRO\n set transform-set TRA\n!"
	for (k = 1; k <= tunnels; k++)
		printf "interface Loopback%d\n description loopback %d\n ip address 10.%d.%d.%d 255.255.255.255\n!\n", k, k, 16 + int(k / 65536), int(k / 256) % 256, k % 256
	for (k = 1; k <= tunnels; k++) {
		printf "interface Tunnel%d\n description to site %d\n ip address 172.%d.%d.%d 255.255.255.252\n", k, k, 16 + int(k / 16384), int(k / 64) % 256, k % 64 * 4 + 1
		printf " ip mtu 1400\n ip tcp adjust-mss 1360\n tunnel source Ethernet0/0\n tunnel mode ipsec ipv4\n"
		printf " tunnel destination 10.%d.%d.%d\n tunnel protection ipsec profile PRO\n!\n", 8 + int(k / 65536), int(k / 256) % 256, k % 256
	}
	print "interface Ethernet0/0\n ip address 10.0.0.2 255.255.255.0\n!"
	print "ip route 10.8.0.0 255.248.0.0 10.0.0.3"
	for (k = 0; k < routes; k++)
		if (k % 4)
			printf "ip route 100.%d.%d.0 255.255.255.0 10.0.0.%d\n", int(k / 256), k % 256, 3 + k % 200
		else
			printf "ip route 100.%d.%d.0 255.255.255.0 Tunnel%d\n", int(k / 256), k % 256, 1 + k % (tunnels ? tunnels : 1)
	print "!"
	for (l = 0; l < lists; l++) {
		if (l >= numbered)
			printf "ip access-list extended LIST%d\n", l
		for (k = 0; k < 100; k++) {
			if (l < numbered)
				printf "access-list %d", l < 100 ? 100 + l : 2000 + l
			printf " permit tcp 10.%d.%d.0 0.0.0.255 host 192.168.%d.%d eq %d\n", l % 256, k, l % 256, k, 1000 + k
		}
		if (l >= numbered)
			print "!"
	}
	print "line con 0\n exec-timeout 0 0\nline vty 0 4\n login local\n transport input none\n!\nend"
}'
