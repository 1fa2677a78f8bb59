#!/bin/bash
# Forged ESP packets for an SA that is there: each is counted, the log says it once, and the tunnel goes on. So it does
# when they are for an SA that was deleted, and nothing is negotiated because of them:
# the peer is told that the SPI is invalid, which it knows.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2
tunnel_up R3
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping"
spi=$(run R2 'show crypto ipsec sa' | sed -n 's/.*current outbound spi: *\(0x[0-9A-F]*\).*/\1/p')
forge() { # forge SPI
	in_ns R2 /usr/bin/python3 - "$1" <<'X' || fail "python3"
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 50)
for n in range(200):
    s.sendto(struct.pack(">II", int(sys.argv[1], 16), 1000 + n) + bytes(16 + 32 + 12), ("2001:db8::3", 0))
X
}
forge "$spi"
said() { run R3 'show logging' | grep -c '%CRYPTO-4-RECVD_PKT_MAC_ERR'; }
some() { [ "$(said)" -ge 1 ]; }
wait_for 10 some || fail "nothing is said: $(run R3 'show logging')"
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping after the forged packets"
[ "$(said)" -eq 1 ] || fail "it is said $(said) times"

# the pair of before is deleted; packets for it still come
spis() { run R3 'show crypto ipsec sa' | grep '^ *spi: '; }
is_other() { tunnel_is R2 up && tunnel_is R3 up && spis >"$lab/spis" && [ -s "$lab/spis" ] && ! grep -q "$spi" "$lab/spis"; }
run R2 'clear crypto sa' >/dev/null
wait_for 30 is_other || fail "no other pair: $(spis)"
exchanges() { for r in R2 R3; do run $r 'show logging'; done | grep -cE 'beginning (Main|Quick) Mode'; }
for r in R2 R3; do run $r 'debug crypto isakmp' >/dev/null; done
before=$(spis)
forge "$spi"
text="%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=2001:DB8::3, prot=50, spi=$spi("
invalid() { [ "$(run R3 'show logging' | grep -cF "$text")" -eq 1 ]; }
wait_for 10 invalid || fail "nothing is said of a deleted SA: $(run R3 'show logging' | tail -20)"
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping after packets for a deleted SA"
[ "$(spis)" = "$before" ] || fail "other SAs: $before $(spis)"
[ "$(exchanges)" -eq 0 ] || fail "they began a negotiation: $(run R3 'show logging' | tail -20)"
invalid || fail "it is said more than once"
