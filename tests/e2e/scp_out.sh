#!/bin/bash
# copy from and to another router by SCP: R2's `copy`, R3's SSH server.
#
#   R2 Et0/0 10.0.0.2 ---- veth ---- 10.0.0.3 Et0/0 R3
. "$(dirname "$0")/../lib.sh"
router() {
	cat <<X
hostname $1
ip domain name lab
username admin privilege 15 secret admin
ip scp server enable
interface Ethernet0/0
 ip address 10.0.0.$2 255.255.255.0
line vty 0 4
 login local
 transport input ssh
end
X
}
router R2 2 >"$lab/r2.cfg"
router R3 3 >"$lab/r3.cfg"
R2_CONFIG=$lab/r2.cfg R3_CONFIG=$lab/r3.cfg two_routers
config R3 'crypto key generate rsa general-keys modulus 2048'
answers() { "$mainmode" exec --state "$lab/R2" "$@" >"$lab/out" 2>&1; } # a command and what is answered

# up, with every question
answers 'copy running-config scp:' 10.0.0.3 admin backup admin || fail "up: $(cat "$lab/out")"
grep -q 'Address or name of remote host \[\]? 10.0.0.3' "$lab/out" || fail "questions: $(cat "$lab/out")"
grep -q 'Destination filename \[running-config\]? backup' "$lab/out" || fail "questions: $(cat "$lab/out")"
grep -q '^[0-9]* bytes copied in ' "$lab/out" || fail "no bytes: $(cat "$lab/out")"
grep -qx 'hostname R2' "$lab/R3/flash/backup" || fail "what came to R3"

# down, and many octets both ways
head -c 3000000 /dev/urandom >"$lab/R3/flash/large"
config R2 'file prompt quiet'
answers 'copy scp://admin@10.0.0.3/flash:large flash:large' admin || fail "down: $(cat "$lab/out")"
cmp "$lab/R3/flash/large" "$lab/R2/flash/large" || fail "another file came"
answers 'copy flash:large scp://admin@10.0.0.3/again' admin || fail "up again: $(cat "$lab/out")"
cmp "$lab/R3/flash/large" "$lab/R3/flash/again" || fail "another file went"

# into the running-config and the startup-config; the password in the URL
printf 'interface Loopback7\n ip address 10.7.7.7 255.255.255.255\n' >"$lab/R3/flash/lines"
answers 'copy scp://admin:admin@10.0.0.3/lines running-config' || fail "merge: $(cat "$lab/out")"
grep -q '^[0-9]* bytes copied in ' "$lab/out" || fail "merge: no bytes: $(cat "$lab/out")"
run R2 'show running-config interface Loopback7' | grep -q '10.7.7.7' || fail "not merged: $(cat "$lab/out")"
answers 'copy scp://admin:wrong@10.0.0.3/lines startup-config' admin || fail "startup: $(cat "$lab/out")"
grep -q '^\[OK\]' "$lab/out" && run R2 'show startup-config' | grep -qx 'interface Loopback7' || fail "startup: $(cat "$lab/out")"
answers 'copy flash:nothing scp://admin:admin@10.0.0.3/x' && fail "nothing went"
grep -qx '%Error opening flash:nothing (No such file or directory)' "$lab/out" || fail "its words: $(cat "$lab/out")"

# a capture, whole and nothing of it here
run R2 'monitor capture buffer B max-size 1518' 'monitor capture point ip cef P Ethernet0/0 both' \
	'monitor capture point associate P B' 'monitor capture point start P' 'ping 10.0.0.3' \
	'monitor capture point stop P' >"$lab/out" || fail "capture: $(cat "$lab/out")"
answers 'monitor capture buffer B export scp://admin:admin@10.0.0.3/x.pcapng' || fail "export: $(cat "$lab/out")"
[ "$(tcpdump -r "$lab/R3/flash/x.pcapng" icmp 2>/dev/null | wc -l)" = 10 ] || fail "not the capture: $(cat "$lab/out")"

# what cannot be leaves nothing
answers 'copy scp://admin@10.0.0.3/none flash:none' admin && fail "a file that is not there"
grep -q '^%Error opening scp://admin@10.0.0.3/none' "$lab/out" || fail "its words: $(cat "$lab/out")"
answers 'copy scp://admin@10.0.0.3/large flash:none' wrong wrong wrong && fail "a wrong password"
answers 'copy scp://admin@10.0.0.9/large flash:none' && fail "a host that is not there"
[ ! -e "$lab/R2/flash/none" ] || fail "a file of nothing"
answers 'copy scp://admin@10.0.0.3/x;reboot flash:none' && fail "more than a name"
ls -A "$lab/R2/flash" | grep '^\.tmp' && fail "something half written is left"
true
