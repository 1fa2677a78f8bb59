#!/bin/bash
# What is counted of a tunnel is packets as they are encrypted, however many of a flow the kernel hands over in one piece; it is
# the same in all that shows it, and what it costs in each stage is measured while that is asked for.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
#      ========== Tunnel23, 5 MB of TCP from R2 to R3 ==========
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2
tunnel_up R3
octets=5000000
transfer() {
	helper R3 sink /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6)
s.bind(socket.getaddrinfo("fe80::23:3%Tunnel23", 5001)[0][4])
s.listen()
print("listens", flush=True)
c = s.accept()[0]
n = 0
while d := c.recv(1 << 16):
    n += len(d)
print("took", n, flush=True)'
	wait_for 10 grep -q listens "$lab/sink.out" || fail "no sink: $(cat "$lab/sink.out")"
	in_ns R2 timeout 60 /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6)
s.connect(socket.getaddrinfo("fe80::23:3%Tunnel23", 5001)[0][4])
s.sendall(bytes(int(sys.argv[1])))
s.shutdown(socket.SHUT_WR)
s.recv(1)' "$octets" || fail "nothing is sent"
	wait_for 10 grep -qx "took $octets" "$lab/sink.out" || fail "not all came: $(cat "$lab/sink.out")"
	helper_down sink
}
shown() { # shown ROUTER input|output: packets and octets
	run "$1" 'show interfaces Tunnel23' | sed -n "s/^ *\([0-9]*\) packets $2, \([0-9]*\) bytes.*/\1 \2/p"
}
caps() { run "$1" 'show crypto ipsec sa' | sed -n "s/.*#pkts $2: \([0-9]*\),.*/\1/p"; }
engine() { run "$1" 'show crypto engine accelerator statistic' | sed -n "s/.* \([0-9]*\) packets $2.*/\1/p"; }
stage() { run "$1" 'show crypto engine accelerator statistic' | awk -v s="$2" '$1 == s { print $2 }'; }

run R2 'show crypto engine accelerator statistic' | grep -q '^Stages are not measured' || fail "it is measured unasked"
for r in R2 R3; do
	run $r 'clear counters Tunnel23' '' >/dev/null
	run $r 'clear crypto engine accelerator counter' 'debug crypto engine packet' >/dev/null
done
before2=$(caps R2 encaps) before3=$(caps R3 decaps)
transfer
read -r packets bytes <<<"$(shown R2 output)"
[ "$bytes" -gt "$octets" ] && [ $((bytes / packets)) -le 1422 ] || fail "R2 counts $bytes octets in $packets packets"
[ "$(caps R2 encaps)" -eq $((before2 + packets)) ] || fail "R2: $packets packets, encaps $before2 $(caps R2 encaps)"
[ "$(engine R2 encrypted)" -eq "$packets" ] || fail "R2: $packets packets, the engine $(engine R2 encrypted)"
[ "$(stage R2 encrypt)" -eq "$packets" ] || fail "R2: $packets packets, measured $(stage R2 encrypt)"
read -r taken into <<<"$(shown R3 input)"
lost=$(run R3 'show crypto engine accelerator statistic' | sed -n 's/.*socket full *: *//p')
[ $((taken + lost)) -eq "$packets" ] || fail "R2 sent $packets, R3 took $taken, its socket had no room for $lost"
[ "$lost" -gt 0 ] || [ "$into" -eq "$bytes" ] || fail "R2 sent $bytes octets, R3 took $into"
[ "$(run R3 'show interfaces Ethernet0/0' | sed -n 's/.* \([0-9]*\) no buffer/\1/p')" -eq "$lost" ] || fail "no buffer is not $lost"
[ "$(caps R3 decaps)" -eq $((before3 + taken)) ] || fail "R3: $taken packets, decaps $before3 $(caps R3 decaps)"
[ "$(engine R3 decrypted)" -eq "$taken" ] && [ "$(stage R3 decrypt)" -eq "$taken" ] ||
	fail "R3: $taken packets, the engine $(engine R3 decrypted), measured $(stage R3 decrypt)"
run R2 'undebug all' >/dev/null
run R2 'show crypto engine accelerator statistic' | grep -q '^Stages are not measured' || fail "it does not end"
run R2 'show crypto ipsec sa' | grep -q '#send errors 0, #recv errors 0' || fail "errors: $(run R2 'show crypto ipsec sa')"
