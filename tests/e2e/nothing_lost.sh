#!/bin/bash
# A router that is killed at any moment of a command that writes leaves each kept file as it was before or as it is
# after, whole; the next boot reads them and clears away what was half written.
#
#   R2 Et0/0 ---- veth ---- Et0/0 R3    tests/tool/inject.so (LD_PRELOAD) kills R2 before its k-th call that changes a
#   file, for k = 1, 2, ... until the command ends alive; R3 is there for keys and packets to be written. What must survive
#   a power failure is made sure of in the right order: read from the trace of the calls.
#
# EVERY=1: at each call of every command. Else it is each call where nvram is written, every other one elsewhere, every
# fifth where keys are written; commands that write through the same functions as others do are left out. OPS='NAME...':
# these commands.
. "$(dirname "$0")/../lib.sh"
bin=$(dirname "$mainmode")/tests/bin
orders=$lab/orders
ctl() { "$bin/inject_ctl" "$orders" "$@"; }
ctl new || fail "no orders"
export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" # the library comes before libasan
st=$lab/R2
namespaces R2 R3 && join R2 eth0 R3 eth0 && in_ns R3 ip addr add 10.0.0.3/24 dev eth0 || fail "no namespaces"
up() { # with the library; files as they are
	ctl off
	in_ns R2 env INJECT="$orders" LD_PRELOAD="$bin/inject.so" "$mainmode" boot -i Ethernet0/0=eth0 --state "$st" --daemon || fail "$op, call $k: R2 does not boot"
	pid=$(cat "$st/mainmode.pid")
}
down() {
	[ -d "/proc/$pid" ] && kill -KILL "$pid"
	wait_gone "$pid"
}
alive_now() { [ -d "/proc/$pid" ] && ! grep -qs '^State:.Z' "/proc/$pid/status"; }
files() { (cd "$1" && find . -type f ! -name mainmode.pid | sort); }

# --- what is written, as its words, and what else must hold behind the next boot ---
ops='save new_key copy_over archive delete rename mkdir redirect append erase register make_rsa remove_rsa export_keys export_packets'
[ -z "${EVERY-}" ] || ops="$ops no_key save_archive copy copy_to_startup copy_from_startup replace rmdir tee"
ops=${OPS:-$ops}
before() { # lines entered in configuration mode before the command; what is not saved is lost by the kill
	case $op in
	save | save_archive | copy | copy_over | archive | redirect | append | tee | replace) config R2 'hostname New' 'interface Loopback9' 'description what changes' ;;
	new_key) config R2 'hostname New' 'key config-key password-encrypt the-second-master' 'the-first-master' 'password encryption aes' 'crypto isakmp key other-secret address 10.9.9.9' ;;
	export_keys)
		[ -e "$lab/R3" ] || boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
		config R2 "${tunnel[@]}"
		tunnel_up R2
		;;
	export_packets)
		config R2 'interface Ethernet0/0' 'ip address 10.0.0.2 255.255.255.0' 'no shutdown'
		run R2 'monitor capture buffer B' 'monitor capture point ip cef P Ethernet0/0 out' 'monitor capture point associate P B' \
			'monitor capture point start P' >/dev/null
		in_ns R2 ping -q -c 3 -i 0.01 -W 0.1 10.0.0.3 >/dev/null
		run R2 'monitor capture point stop P' >/dev/null
		packets=$(run R2 'show monitor capture buffer B parameters' | sed -n 's/.*Packets *: *\([0-9]*\).*/\1/p')
		;;
	no_key) config R2 'no key config-key password-encrypt' 'yes' 'no password encryption aes' ;;
	esac
	[ "$op" != save_archive ] || config R2 'archive' 'write-memory'
}
command() {
	case $op in
	save | no_key | save_archive) run R2 'write memory' ;;
	new_key) run R2 'copy running-config startup-config' ;;
	copy) run R2 'copy running-config flash:new' ;;
	copy_over) run R2 'copy running-config flash:kept' ;;
	copy_to_startup) run R2 'copy flash:kept startup-config' ;;
	copy_from_startup) run R2 'copy nvram:startup-config flash:backup/kept' ;;
	archive) run R2 'archive config' ;;
	delete) run R2 'delete /force flash:kept' ;;
	rename) run R2 'rename flash:kept flash:backup/renamed' ;;
	mkdir) run R2 'mkdir flash:folder' ;;
	redirect) run R2 'show running-config | redirect flash:kept' ;;
	append) run R2 'show running-config | append flash:kept' ;;
	replace) run R2 'configure replace flash:kept force' ;;
	tee) run R2 'show running-config | tee flash:kept' ;;
	rmdir) run R2 'rmdir flash:empty' '' '' ;;
	erase) run R2 'write erase' '' ;;
	export_keys)
		config R2 'crypto export wireshark flash:keys'
		run R2 'clear crypto isakmp' 'clear crypto sa'
		wait_for 20 exported
		;;
	export_packets) run R2 'monitor capture buffer B export flash:packets' ;;
	register) config R2 'config-register 0x2142' ;;
	make_rsa) config R2 'crypto key generate rsa modulus 1024 label new' ;;
	remove_rsa) config R2 'crypto key zeroize rsa' 'yes' ;;
	esac
}
exported() { # the keys of both phases, or the router is gone
	! alive_now || { [ "$(wc -l <"$st/flash/keys.esp_sa")" -ge 3 ] && [ "$(wc -l <"$st/flash/keys.ikev1_decryption_table")" -ge 2 ]; }
}
rebooted() { # with the router up again
	local f
	run R2 'show startup-config' 'show logging' | sed 's/\r$//' >"$lab/shown"
	grep "NV_RECOVER\|LINE_REJECTED\|$([ "$op" = no_key ] && echo NOTHING || echo TYPE6)" "$lab/shown" >"$lab/told" && [ -s "$lab/told" ] && fail "$op, call $k: $(cat "$lab/told")"
	if [ -e "$st/startup-config" ]; then
		sed '/^Using /d;/^Syslog logging/,$d' "$lab/shown" | sed '${/^$/d}' | cmp -s "$st/startup-config" - || fail "$op, call $k: show startup-config: $(cat "$lab/shown")"
	fi
	case $op in *rsa) ;; *) return ;; esac
	for f in "$st"/keys/*; do
		[ ! -e "$f" ] || openssl rsa -in "$f" -check -noout >"$lab/out" 2>&1 || fail "$op, call $k: $f: $(cat "$lab/out")"
	done
}
# Salts, times and random numbers differ from run to run: what is left is compared.
masked() {
	case $1 in
	*.rsa) echo an RSA key, which was checked ;;
	*) sed 's/ 6 [A-i]* / 6 SALTED /;/^! \(Last configuration change\|NVRAM config last updated\) at /d' "$1" ;;
	esac
}
# Keys come one by one: what was there, and lines that are whole.
keys_added() { cmp -s <(head -c "$(stat -c %s "$2")" "$1") "$2" && [ -z "$(tail -c 1 "$1")" ] && ! grep -vqEx '("[^"]*",)+"[^"]*"|[0-9a-f]+,[0-9a-f]+' "$1"; }
packets_in() { # of a file in Pcapng format that is whole
	/usr/bin/python3 -c 'import struct, sys
data, at, n = open(sys.argv[1], "rb").read(), 0, 0
while at < len(data):
    kind, octets = struct.unpack_from(">II", data, at)
    assert struct.unpack_from(">I", data, at + octets - 4)[0] == octets
    at, n = at + octets, n + (kind == 6)
print(n)' "$1"
}
whole() { # whole FILE: as before or as after; an archive's name holds the time
	local f=$1 new=$lab/new/$1
	case $f in
	./flash/keys.*) keys_added "$st/$f" "$lab/old/$f" && return ;;
	./flash/packets) cmp -s "$st/$f" "$lab/old/$f" || { [ "$op" = export_packets ] && [ "$(packets_in "$st/$f")" -eq "$packets" ]; } && return ;;
	esac
	case $f in ./flash/old-*) [ -e "$lab/old/$f" ] || new=$(ls "$lab/new/flash/"old-* | tail -1) ;; esac
	for was in "$lab/old/$f" "$new"; do
		cmp -s "$st/$f" "$was" && return
		[ -e "$was" ] && [ "$(masked "$st/$f")" = "$(masked "$was")" ] && return
	done
	fail "$op, call $k: $f is neither the old nor the new one: $(head -c 300 "$st/$f"; ls -la "$st" "$st/flash")"
}
unnamed() { sed 's/\(old\)-.*-\([0-9]*\)$/\1-\2/'; } # an archive without its time

# --- the state all of them begin with ---
op=first k=0
mkdir -p "$st"
cat >"$st/startup-config" <<'E'
hostname Old
file prompt quiet
crypto isakmp policy 10
 authentication pre-share
crypto isakmp key a-secret address 10.0.0.9
archive
 path flash:old
 maximum 2
end
E
up
run R2 'mkdir flash:backup' 'copy running-config flash:kept' 'archive config' 'archive config' >"$lab/out" || fail "first: $(cat "$lab/out")"
config R2 'password encryption aes' 'key config-key password-encrypt the-first-master' 'ip domain name lab' 'crypto key generate rsa modulus 1024' 'config-register 0x2102'
run R2 'write memory' >"$lab/out" || fail "write memory: $(cat "$lab/out")"
down
rm -f "$st/vty.sock" "$st/mainmode.pid"
mkdir "$st/flash/empty"
echo '"IPv4","192.0.2.1","192.0.2.2","0x00000001","NULL","","NULL",""' >"$st/flash/keys.esp_sa"
echo '0123456789abcdef,00112233445566778899aabbccddeeff' >"$st/flash/keys.ikev1_decryption_table"
echo old >"$st/flash/packets"
mapfile -t tunnel < <(sed -n '/^ipv6 unicast-routing/p; /^crypto /,/^ip forward/p' "$top/startup-config/r2.cfg" | grep -v '^!\|^ip forward\|^ no ip address'; echo 'interface Ethernet0/0'; echo 'no shutdown')
[ -s "$st/startup-config.private" ] || fail "no master key: $(ls -la "$st")"
cp -a "$st" "$lab/old"
again() { rm -rf "$st" && cp -a "$lab/old" "$st"; }

# --- in which order: whole before it has its name, the name before anybody is told ---
ordered() { # reads the trace: nothing is renamed that is not synced since it was written, and its folder is after that
	awk -v op="$op" '
		function folder(f) { sub("/[^/]*$", "", f); return f }
		function bad(what) { print op ": " what; wrong = 1 }
		{ a = $2 }
		$1 == "create" || $1 == "write" { dirty[a] = 1 }
		$1 == "fsync" { delete dirty[a]; delete names[a] }
		$1 == "rename" || $1 == "renameat" {
			if (a in dirty) bad(a " is renamed before it is synced")
			names[folder(a)] = NR
		}
		$1 ~ /^(unlink|unlinkat|mkdir|mkdirat)$/ && a !~ /(vty\.sock|\.tmp-|\.new|\.key-|mainmode\.pid|\/keys$)/ { names[folder(a)] = NR }
		END { for (f in names) bad("the names in " f " are not synced"); exit wrong }' "$1"
}

total=0
for op in $ops; do
	k=0
	again
	up
	before

	: >"$orders.trace"
	ctl trace
	command >"$lab/out" 2>&1 || fail "$op: $(cat "$lab/out")"
	ctl off
	down
	rm -f "$st/vty.sock"
	rm -rf "$lab/new"
	cp -a "$st" "$lab/new"
	{ files "$lab/old"; files "$lab/new"; echo ./vty.sock; } | unnamed | sort -u >"$lab/expected" # the names there may be
	ordered "$orders.trace" || fail "$op: $(cat "$orders.trace")"
	k=1 step=1 kills=0
	case ${EVERY-}$op in save | new_key | erase | 1*) ;; export_keys) k=$((1 + RANDOM % 5)) step=5 ;; *) k=$((1 + RANDOM % 2)) step=2 ;; esac
	for (( ; ; k += step)); do
		[ "$k" -lt 200 ] || fail "$op never ends"
		again
		up
		before
		ctl kill "$k"
		command >"$lab/out" 2>&1
		alive_now && break
		wait_gone "$pid"
		kills=$((kills + 1))
		up
		rebooted
		down
		files "$st" | unnamed | grep -vxFf "$lab/expected" >"$lab/litter" && fail "$op, call $k: left behind: $(cat "$lab/litter")"
		for f in $(files "$st"); do whole "$f"; done
		for f in $(files "$lab/old"); do # what stays must not go
			[ ! -e "$lab/new/$f" ] || [ -e "$st/$f" ] || fail "$op, call $k: $f has gone"
		done
	done
	down
	echo "$op: killed $kills times before calls 1 to $((k - 1)) ($SECONDS s)"
	total=$((total + kills))
done
echo "pass killed at $total calls of $(echo $ops | wc -w) commands"
