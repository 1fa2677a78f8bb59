#!/bin/bash
# Forged ESP packets for an SA that is there: each is counted, the log says it once, and the tunnel goes on.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2
tunnel_up R3
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping"
spi=$(run R2 'show crypto ipsec sa' | sed -n 's/.*current outbound spi: *\(0x[0-9A-F]*\).*/\1/p')
in_ns R2 /usr/bin/python3 - "$spi" <<'X' || fail "python3"
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 50)
for n in range(200):
    s.sendto(struct.pack(">II", int(sys.argv[1], 16), 1000 + n) + bytes(16 + 32 + 12), ("2001:db8::3", 0))
X
said() { run R3 'show logging' | grep -c '%CRYPTO-4-RECVD_PKT_MAC_ERR'; }
some() { [ "$(said)" -ge 1 ]; }
wait_for 10 some || fail "nothing is said: $(run R3 'show logging')"
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping after the forged packets"
[ "$(said)" -eq 1 ] || fail "it is said $(said) times"
