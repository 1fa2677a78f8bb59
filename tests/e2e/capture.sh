#!/bin/bash
# monitor capture: what a buffer takes and when it ends, each way of a point, the port under it, and that nothing is left.
#
#   R2 Et0/0 2001:DB8::2, 10.0.23.2 ---- veth ---- Et0/0 2001:DB8::3, 10.0.23.3 R3
. "$(dirname "$0")/../lib.sh"
two_routers
tunnel_up R2
config R2 'interface Ethernet0/0' 'ip address 10.0.23.2 255.255.255.0' || fail "R2"
config R3 'interface Ethernet0/0' 'ip address 10.0.23.3 255.255.255.0' || fail "R3"
pings() { run R2 "ping 10.0.23.3 repeat $1 size ${2:-100}" | grep -q "($1/$1)"; }
wait_for 10 pings 1 || fail "ping"
parameters() { run R2 "show monitor capture buffer $1 parameters"; }
count() { parameters "$1" | sed -n 's/.*Packets : //p'; }
has() { [ "$(count "$1")" = "$2" ]; }
must_have() { wait_for 10 has "$1" "$2" || fail "$3: $(parameters "$1")"; }
status() { run R2 "show monitor capture point $1" | grep -q "^Status : $2"; }
must_be() { wait_for 10 status "$1" "$2" || fail "$1 is not $2: $(run R2 "show monitor capture point $1")"; }
do_it() { run R2 "$@" >"$lab/out" || fail "$*: $(cat "$lab/out")"; }

# each way, and the family
do_it 'monitor capture buffer IN' 'monitor capture buffer OUT' 'monitor capture buffer SIX' \
	'monitor capture point ip cef I Ethernet0/0 in' 'monitor capture point ip cef O Ethernet0/0 out' \
	'monitor capture point ipv6 cef S Ethernet0/0 both' 'monitor capture point associate I IN' \
	'monitor capture point associate O OUT' 'monitor capture point associate S SIX' 'monitor capture point start I' \
	'monitor capture point start O'
pings 5 || fail "ping"
must_have IN 5 "5 echo replies came"
must_have OUT 5 "5 echos went"
run R2 'show monitor capture buffer IN' >"$lab/in"
[ "$(grep -c ' : IPv4 LES CEF    : Et0/0 None *$' "$lab/in")" = 5 ] || fail "IN: $(cat "$lab/in")"
run R2 'show monitor capture buffer OUT dump' >"$lab/out"
[ "$(grep -c ' : IPv4 LES CEF    : None Et0/0 *$' "$lab/out")" = 5 ] && grep -q 'ABCDABCD ABCDABCD' "$lab/out" ||
	fail "OUT: $(cat "$lab/out")"
do_it 'monitor capture buffer IN clear'
has IN 0 || fail "clear: $(parameters IN)"
pings 2 || fail "ping"
must_have IN 2 "after clear it goes on"

# what is active is not changed under the point
run R2 'monitor capture buffer IN size 2048' >"$lab/out" && fail "an active buffer was changed"
run R2 'no monitor capture buffer IN' >"$lab/out" && fail "an active buffer was removed"
run R2 'monitor capture point associate I OUT' >"$lab/out" && fail "an active point was moved"
do_it 'monitor capture point stop all'
must_be I Inactive
pings 2 || fail "ping"
has IN 2 || fail "it was stopped: $(parameters IN)"

# limits: so many packets, every third, so many seconds
do_it 'monitor capture buffer IN clear' 'monitor capture buffer IN limit packet-count 3' 'monitor capture point start I'
pings 5 || fail "ping"
must_be I Inactive
has IN 3 || fail "packet-count: $(parameters IN)"
run R2 'show logging' | grep -q '%BUFCAP-6-DISABLE_ASYNC: Capture Point I disabled. Reason : Packet count reached' ||
	fail "nobody says why it ended"
do_it 'no monitor capture buffer IN limit' 'monitor capture buffer IN clear' \
	'monitor capture buffer IN limit allow-nth-pak 3 duration 5' 'monitor capture point start I'
pings 6 || fail "ping"
must_have IN 2 "allow-nth-pak"
must_be I Inactive

# linear: it ends when it is full. Circular: it holds the newest. Neither holds more than its size
do_it 'no monitor capture buffer IN' 'monitor capture buffer IN size 256 max-size 1518' 'monitor capture point associate I IN' \
	'monitor capture buffer OUT size 256 max-size 1518 circular' 'monitor capture point start all'
pings 250 1400 || fail "ping"
must_be I Inactive
status O Active || fail "a circular buffer does not end"
for b in IN OUT; do
	do_it "monitor capture buffer $b export flash:$b.pcapng"
	octets=$(stat -c %s "$lab/R2/flash/$b.pcapng") n=$(count $b)
	[ "$octets" -le 264000 ] && [ "$octets" -ge 240000 ] && [ "$n" -le 185 ] && [ "$n" -ge 170 ] ||
		fail "$b: $n packets, $octets octets"
	[ "$(stat -c %a "$lab/R2/flash/$b.pcapng")" = 600 ] || fail "$b.pcapng can be read by others"
done
strings_of() { tcpdump -r "$lab/R2/flash/$1.pcapng" -nn 2>/dev/null | sed -n 's/.* seq \([0-9]*\),.*/\1/p'; }
[ "$(strings_of IN | head -1)" -lt 3 ] || fail "a linear buffer begins with $(strings_of IN | head -1)"
[ "$(strings_of OUT | tail -1)" -ge 249 ] || fail "a circular buffer ends with $(strings_of OUT | tail -1)"
run R2 'monitor capture buffer IN export nvram:x' >"$lab/out" && fail "exported to nvram:"

# native ESP by AF_XDP is not captured, so the port leaves AF_XDP while a point is started, and takes it again
line_of() { run R2 'show crypto engine configuration' | grep -A1 '^   Ethernet0/0 '; }
goes_by() { line_of | grep -qF "$1"; }
wait_for 10 goes_by 'a capture is on the interface' || fail "the port under a point: $(line_of)"
do_it 'monitor capture point stop all'
gone() { ! goes_by 'a capture is on the interface'; }
wait_for 10 gone || fail "the port after a point: $(line_of)"
do_it 'monitor capture point start O'
wait_for 10 goes_by 'a capture is on the interface' || fail "the port under a point: $(line_of)"
do_it 'no monitor capture point ip cef O Ethernet0/0 out'
wait_for 10 gone || fail "the port after a point was removed: $(line_of)"
do_it 'monitor capture buffer SIX size 512 max-size 1518' 'monitor capture point ipv6 cef T Tunnel23 both' \
	'monitor capture point associate T SIX' 'monitor capture point start T'
run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping in the tunnel"
must_have SIX 10 "what a tunnel carries"

# a tunnel that goes takes its point with it
config R2 'no interface Tunnel23' || fail "no interface Tunnel23"
must_be T Inactive
run R2 'show logging' | grep -q 'Capture Point T disabled. Reason : Interface is gone' || fail "nobody says that Tunnel23 is gone"

# for nobody below level 15, and nothing of it is configuration
run R2 disable 'show monitor capture buffer IN' >"$lab/out" && fail "shown to user EXEC"
run R2 'show running-config' | grep -q monitor && fail "in the running-config"
[ -z "$(find "$lab"/R?/flash -name '*esp_sa' -o -name '*decryption*')" ] || fail "keys on a disk, and nobody asked"
do_it 'monitor capture point start I'
stop R2
[ -z "$(find "$lab/R2/flash" -name '.tmp*')" ] || fail "left: $(find "$lab/R2/flash" -name '.tmp*')"
