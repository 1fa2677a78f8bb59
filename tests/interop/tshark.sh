#!/bin/bash
# tshark decodes a captured negotiation of two routers, and the ESP that follows, without a malformed mark.
# AF_XDP is not captured: raw sockets.
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"

in_ns R2 tcpdump -q -U -i eth0 -w "$lab/pcap" 2>"$lab/tcpdump" &
wait_for 10 grep -q listening "$lab/tcpdump" || fail "tcpdump: $(cat "$lab/tcpdump")"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 --transport raw || fail "R3 does not boot"
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 --transport raw || fail "R2 does not boot"
tunnel_up R2
run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail ping
run R2 'clear crypto session' >/dev/null
tunnel_up R2
dumped() { [ "$(tshark -r "$lab/pcap" -Y esp 2>/dev/null | wc -l)" -ge 10 ]; }
wait_for 10 dumped || fail "no ESP was captured"
kill %1
wait %1 2>/dev/null
tshark -r "$lab/pcap" -Y 'isakmp' -V >"$lab/isakmp" 2>/dev/null
grep -q 'Exchange type: Identity Protection (Main Mode)' "$lab/isakmp" || fail "no Main Mode in the capture"
grep -q 'Exchange type: Quick Mode' "$lab/isakmp" || fail "no Quick Mode in the capture"
malformed=$(tshark -r "$lab/pcap" -Y '_ws.malformed || _ws.expert.severity == "Error"' 2>/dev/null)
[ -z "$malformed" ] || fail "tshark: $malformed"
echo "$(tshark -r "$lab/pcap" -Y isakmp 2>/dev/null | wc -l) ISAKMP and $(tshark -r "$lab/pcap" -Y esp 2>/dev/null | wc -l) ESP packets decoded"
