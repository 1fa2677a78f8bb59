#!/bin/bash
# Keys and passwords in the memory of a router: while they are used a core file would hold none of them, they are not swapped
# out, nor is what is computed of them, since all of the process is locked where it may be; after they were removed they are
# nowhere. Where little may be locked it is told, and once more when that is full. Of a sanitized program, which keeps what is freed, the optimised one is
# looked at where it is built.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
sanitized() { grep -q 'fsanitize=' "$(dirname "$1")/flags"; }
for program in "$mainmode" "$top/build/mainmode" "$top/build-O2/mainmode"; do
	[ -x "$program" ] && ! sanitized "$program" && break
done
[ -x "$program" ] && ! sanitized "$program" || { echo "no program without sanitizers is built"; exit 0; }
[ "$(id -u)" -eq 0 ] || { echo "root alone may look into a router's memory"; exit 0; }
mainmode=$program
psk=Zq7PskLabSecret91 user=Us8UserPasswordLab64 line=Li2LinePasswordLab55 login=Lo6UserSecretLab46 enable=En5EnableSecretLab73
master=Ma9MasterKeyOfLab37

for r in 2 3; do sed "s/key cisco/key $psk/" "$top/startup-config/r$r.cfg" >"$lab/r$r.cfg"; done
R2_CONFIG=$lab/r2.cfg R3_CONFIG=$lab/r3.cfg two_routers
tunnel_up R2
config R2 "key config-key password-encrypt $master" "username someone password 0 $user" "username other secret 0 $login" \
	"enable secret $enable" 'line vty 5' "password $line" 'exit' 'crypto export wireshark k' || fail "the configuration"
run R2 'show running-config' >"$lab/out" && run R2 'write memory' 'show tech-support' >"$lab/out" || fail "show"
tunnel_up R2
pid=$(cat "$lab/R2/mainmode.pid")
exported() { ls "$lab/R2/flash/"k.esp_sa && grep -q 0x "$lab/R2/flash/k.esp_sa" && grep -q , "$lab/R2/flash/k.ikev1_decryption_table"; } >/dev/null 2>&1
wait_for 20 exported || fail "no keys to look for: $(ls -R "$lab/R2/flash")"
phase1=$(tail -1 "$lab/R2/flash/k.ikev1_decryption_table" | cut -d, -f2)
esp=$(grep -o '0x[0-9a-f]\{32,\}' "$lab/R2/flash/k.esp_sa" | sed 's/^0x//' | sort -u | head -4)
config R2 'no crypto export wireshark' || fail "the export stays"
memory() { python3 -B "$top/tests/tool/memory.py" "$pid" "$@" >"$lab/memory" 2>"$lab/memory.error"; }

memory $psk hex:$phase1
[ "$(cut -d' ' -f1 "$lab/memory" | sort -u | wc -l)" -eq 2 ] || fail "keys in use are not found: $(cat "$lab/memory" "$lab/memory.error")"
memory $psk $master $user $line $login $enable hex:$phase1 $(printf 'hex:%s ' $esp)
! grep ' dumped ' "$lab/memory" >"$lab/leak" || fail "a core file would hold: $(cat "$lab/leak")"
! grep ' swapped ' "$lab/memory" >"$lab/leak" || fail "it could be swapped out: $(cat "$lab/leak")"
unlocked() { awk '/^[0-9a-f]+-/ { at = $0; own = $2 ~ /^rw.p/ } /^VmFlags:/ && own && !/ lo( |$)/ { print at }' "/proc/$1/smaps"; }
nolock() { run "$1" 'show logging' | grep -o '%SYS-[0-9]-NOLOCK'; }
may_lock() { [ "$(ulimit -l)" = unlimited ] || [ $((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 14 & 1)) = 1 ]; }
if may_lock; then
	[ -z "$(unlocked "$pid")" ] || fail "not locked: $(unlocked "$pid")"
	# OpenSSL has the keys of ESP, too, once it took a packet: it is in no core file since there are none
	run R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping"
	memory $(printf 'hex:%s ' $esp)
	grep -q . "$lab/memory" || fail "no key of ESP is found"
	! grep ' swapped ' "$lab/memory" >"$lab/leak" || fail "OpenSSL's could be swapped out: $(cat "$lab/leak")"
	[ -z "$(nolock R2)" ] || fail "it is said not to be locked: $(run R2 'show logging')"
fi
[ "$(sed -n 's/^Max core file size *\([0-9]*\).*/\1/p' "/proc/$pid/limits")" = 0 ] || fail "core files are written"
[ "$(stat -c %u "/proc/$pid/mem")" = 0 ] && ! setpriv --reuid=nobody --clear-groups cat "/proc/$pid/environ" >/dev/null 2>&1 ||
	fail "others may look into it"

run R2 'configure terminal' "no crypto isakmp key $psk address ipv6 ::/0" 'no username someone' '' 'no username other' '' \
	'line vty 5' 'no password' 'exit' 'no enable secret' 'end' >"$lab/out"
! grep -q '%' "$lab/out" || fail "not removed: $(cat "$lab/out")"
run R2 'clear crypto session' 'clear crypto sa' >/dev/null
gone() { memory $psk $enable $user $login $line hex:$phase1 $(printf 'hex:%s ' $esp) && [ ! -s "$lab/memory.error" ]; }
wait_for 90 gone || fail "still in memory: $(cat "$lab/memory" "$lab/memory.error")"

# little may be locked: keys are, and more keys than that has room for work as well
stop R3
{
	sed '/^end$/d' "$lab/r3.cfg"
	for i in $(seq 700); do echo "crypto isakmp key Yk3vG8pQzR5tWm1xC7b$i address 198.18.$((i / 250)).$((i % 250))"; done
	echo end
} >"$lab/many.cfg"
without="--bounding-set=-ipc_lock,-sys_resource"
for config in "$lab/r3.cfg" "$lab/many.cfg"; do
	in_ns R3 prlimit --memlock=1048576 setpriv $without "$mainmode" boot "$config" -i Ethernet0/0=eth0 --state "$lab/R3" --daemon \
		--transport raw || fail "R3 does not boot with little locked memory"
	pid=$(cat "$lab/R3/mainmode.pid")
	[ "$(nolock R3)" = %SYS-6-NOLOCK ] || fail "it is not told that little is locked: $(run R3 'show logging')"
	[ -n "$(unlocked "$pid")" ] || fail "all is locked"
	if [ "$config" = "$lab/r3.cfg" ]; then
		memory $psk
		! grep -v ' kept-out locked ' "$lab/memory" || fail "the key is not locked"
		stop R3
	fi
done
told_full() { [ "$(run R3 'show logging' | grep -c '%SYS-4-LOCKFULL')" = 1 ]; }
wait_for 20 told_full || fail "it is not told, once, that there is no more locked memory: $(run R3 'show logging')"
config R2 "crypto isakmp key $psk address ipv6 ::/0" || fail "the key again"
tunnel_up R3 60
told_full || fail "told again: $(run R3 'show logging')"
