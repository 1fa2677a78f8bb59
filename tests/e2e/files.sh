#!/bin/bash
# Files, configure replace, the archive, names and syslog, on routers that run:
#
#   R2 Et0/0 ---- veth ---- Et0/0 R3    2001:DB8::/64, Tunnel23 between them; R3's side also has a name server and a
#                                       syslog server (python), 10.0.0.3
#
# A configuration that replaces another leaves a tunnel alone that it does not change; it is put in force as a whole, also
# when whoever asked is killed, and a router killed while it writes leaves whole files.
. "$(dirname "$0")/../lib.sh"
cp "$top/startup-config/r2.cfg" "$lab/r2.cfg"
R2_CONFIG=$lab/r2.cfg two_routers
tunnel_up R2
config R2 'file prompt quiet' 'archive' 'path flash:old' 'exit' 'interface Ethernet0/0' 'ip address 10.0.0.2 255.255.255.0'

# --- replace, and the tunnel stays ---
spis() { run R2 'show crypto ipsec sa' | grep -o 'spi: 0x[0-9A-F]*([0-9]*)' | sort -u; }
before=$(spis)
[ -n "$before" ] || fail "no SAs"
run R2 'copy running-config flash:good' | grep -q 'bytes copied in' || fail "copy"
config R2 'interface Loopback7' 'ip address 10.7.7.7 255.255.255.255' 'ip route 10.9.0.0 255.255.0.0 10.0.0.9'
run R2 'show archive config differences flash:good' | grep -qx ' +ip address 10.7.7.7 255.255.255.255' || fail "differences"
run R2 'configure replace flash:good force' | grep -qx 'Rollback Done' || fail "replace"
run R2 'show running-config' | grep -q 'Loopback7\|10\.9\.0\.0' && fail "what was replaced is there"
run R2 'show archive config differences flash:good' | grep -qx '!No changes were found' || fail "not the same"
[ "$(spis)" = "$before" ] || fail "the tunnel has other SAs"
run R2 'ping FE80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping"

# --- all or nothing ---
{
	sed '/^end/d' "$lab/R2/flash/good"
	for i in $(seq 0 7999); do echo "ip route 10.$((100 + i / 250)).$((i % 250)).0 255.255.255.0 10.0.0.9"; done
	echo end
} >"$lab/R2/flash/many"
sed 's/^end/ip route 10.9.0.0 255.0.255.0 10.0.0.9\nend/' "$lab/R2/flash/many" >"$lab/R2/flash/bad"
routes() { run R2 'show running-config | count ^ip route' | grep -o '[0-9]*$'; }
run R2 'configure replace flash:bad force' >"$lab/out" && fail "a bad line was taken"
grep -q '^line [0-9]*: ip route 10.9.0.0' "$lab/out" || fail "which line: $(cat "$lab/out")"
[ "$(routes)" = 0 ] || fail "half of a bad configuration is there: $(routes)"
for wait in 0.01 0.05 0.1 0.2; do # somewhere in it
	"$mainmode" exec --quiet --state "$lab/R2" 'configure replace flash:many force' >"$lab/out" 2>&1 &
	client=$!
	sleep "$wait"
	kill -KILL "$client" 2>/dev/null
	wait "$client" 2>/dev/null
	n=$(routes)
	[ "$n" = 0 ] || [ "$n" = 8000 ] || fail "$n routes of 8000"
done
settled() { run R2 'show running-config | count ^ip route' | grep -q ' = 8000$' || ! run R2 'show users' | grep -q vty1; }
wait_for 20 settled || fail "the one that was killed goes on for ever"
run R2 'configure replace flash:many force' | grep -qx 'Rollback Done' || fail "replace by many"
[ "$(routes)" = 8000 ] || fail "not all routes: $(routes)"
run R2 'configure replace flash:good force' >"$lab/out" || fail "back"
[ "$(routes)" = 0 ] || fail "routes are left"
[ "$(spis)" = "$before" ] || fail "the tunnel has other SAs now"

# --- a question nobody answers: the session is killed at it ---
config R2 'no file prompt quiet'
mkfifo "$lab/keys"
"$mainmode" attach --state "$lab/R2" <"$lab/keys" >"$lab/attached" 2>&1 &
client=$!
exec 8>"$lab/keys"
echo 'configure replace flash:many' >&8
wait_for 10 grep -q 'sure you want to proceed' "$lab/attached" || fail "no question: $(cat "$lab/attached")"
kill -KILL "$client"
wait "$client" 2>/dev/null
exec 8>&-
[ "$(routes)" = 0 ] || fail "replaced without an answer"
config R2 'file prompt quiet'

# --- names: a table, a name server, and the broadcast where none is configured ---
cat >"$lab/dns.py" <<'X'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 53))
print("ready", flush=True)
while True:
    m, a = s.recvfrom(512)
    end = m.index(b"\0", 12) + 5
    known = m[12:end].lower().startswith(b"\6server\3lab\0\0\1")
    head = m[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1" + (b"\0\1" if known else b"\0\0") + b"\0\0\0\0"
    s.sendto(head + m[12:end] + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\3" if known else b""), a)
X
config R3 'interface Ethernet0/0' 'ip address 10.0.0.3 255.255.255.0'
helper R3 dns python3 "$lab/dns.py"
wait_for 10 grep -q ready "$lab/dns.out" || fail "no name server"
config R2 'ip domain lookup' 'ip domain name lab' 'ip host three 10.0.0.3'
run R2 'ping three' | grep -q '(5/5)' || fail "ip host"
run R2 'ping server' >"$lab/out"
grep -q 'Translating "server"...domain server (255.255.255.255) \[OK\]' "$lab/out" || fail "broadcast: $(cat "$lab/out")"
grep -q '(5/5)' "$lab/out" || fail "ping of a name: $(cat "$lab/out")"
config R2 'ip name-server 10.0.0.3'
run R2 'ping server' | grep -q 'Translating "server"...domain server (10.0.0.3) \[OK\]' || fail "name-server"
[ "$(run R2 'server' | grep -c 'Translating "server"')" = 1 ] || fail "a host alone is looked up once"
[ "$(run R2 'write terminal | include ^hostname')" = "hostname R2" ] || fail "write terminal filters"
run R2 'ping nobody' | grep -q '% Unrecognized host or address, or protocol not running.' || fail "an unknown name"

# --- a syslog server ---
cat >"$lab/syslog.py" <<'X'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 514))
print("ready", flush=True)
while True:
    print(s.recv(2048).decode(), flush=True)
X
helper R3 syslog python3 "$lab/syslog.py"
wait_for 10 grep -q ready "$lab/syslog.out" || fail "no syslog server"
config R2 'logging host 10.0.0.3' 'logging trap notifications'
wait_for 10 grep -q '^<189>[0-9]*: .*%SYS-5-CONFIG_I: Configured from console' "$lab/syslog.out" || fail "syslog: $(cat "$lab/syslog.out")"
run R2 'show logging' | grep -q 'Trap logging: level notifications, [0-9]* message lines logged' || fail "show logging"

# --- the router is killed while it writes: whole files, and what was saved is in force again ---
run R2 'write memory' >"$lab/out" || fail "write memory"
saved=$(run R2 'verify /md5 flash:good' | sed -n 's/.* = //p')
for wait in 0.02 0.1; do
	pid=$(cat "$lab/R2/mainmode.pid")
	(for _ in $(seq 50); do "$mainmode" exec --quiet --state "$lab/R2" 'copy flash:many flash:copy' 'write memory' \
		'configure replace flash:many force' 'configure replace flash:good force' || break; done) >"$lab/out" 2>&1 &
	writer=$!
	sleep "$wait"
	kill -KILL "$pid"
	wait_gone "$pid"
	wait "$writer"
	boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot again"
	tail -n 1 "$lab/r2.cfg" | grep -qx end || fail "the startup-config is not whole"
	ls -A "$lab/R2/flash" | grep -q '^\.tmp' && fail "something half written is left: $(ls -A "$lab/R2/flash")"
	[ ! -e "$lab/R2/flash/copy" ] || cmp "$lab/R2/flash/many" "$lab/R2/flash/copy" || fail "a copy that is not whole"
	[ "$(run R2 'verify /md5 flash:good' | sed -n 's/.* = //p')" = "$saved" ] || fail "another file than was saved"
	run R2 'show hosts' | grep -q '^three ' || fail "the saved configuration is not in force"
done
tunnel_up R2
