#!/bin/bash
# Memory, descriptors, disk and kernel fail at every call site that is reached: the router says so and goes on, or does
# not start and says why. It never crashes, never hangs, and works again when nothing fails any more.
#
#   R2 Et0/0 ---- veth ---- Et0/0 R3    R2 with tests/tool/inject.so in front of libc (LD_PRELOAD)
#
# The first part boots R2, each time with one call failing one way (tests/tool/inject_errors.c: what the kernel may answer
# there), once or from then on. The second lets each site that commands, tunnels, terminals and rekeying reach fail once,
# one after the other, on a router that runs. What fails how, and which boots are tried, follows from SEED, which is printed.
#
# BOOTS: how many boots are tried, all: each site each way, which an optimised build does in three minutes; LANES: how many
# at a time. STORMS: how many seeds of the second part, each a minute or two; faults_running.sh runs one.
. "$(dirname "$0")/../lib.sh"
bin=$(dirname "$mainmode")/tests/bin
seed=${SEED:-$((RANDOM + 1))} boots=${BOOTS:-60} storms=${STORMS:-0} lanes=${LANES:-2}
echo "SEED=$seed"
orders=$lab/orders st=$lab/R2
ctl() { "$bin/inject_ctl" "$orders" "$@"; }
ctl new || fail "no orders"
export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" # the library comes before libasan
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
cat "$top/startup-config/r2.cfg" >"$lab/r2.cfg"
sed -i '/^end/d' "$lab/r2.cfg"
cat >>"$lab/r2.cfg" <<'E'
file prompt quiet
logging host 2001:DB8::3
ip access-list extended IN
 permit ip any any log
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
 ip access-group IN in
archive
 path flash:old
crypto export wireshark flash:keys
end
E
inject() { # inject [NAMESPACE]: boots with the library
	mkdir -p "$st"
	in_ns "${1:-R2}" timeout -k 5 60 env INJECT="$orders" LD_PRELOAD="$bin/inject.so" "$mainmode" boot "$lab/r2.cfg" -i Ethernet0/0=eth0 --state "$st" --daemon
}
where() { # a site, readable; addr2line costs a second of a program with sanitizers
	local key=$1 offset
	offset=$(awk -v k="$key" '$1 == k { print $2, $3, $4 }' "$lab/sites")
	echo "$offset $(addr2line -sfpie "$mainmode" "$(printf '0x%x' $((0x${key: -10} - 1)))" 2>/dev/null | tr '\n' ' ')"
}
last() { # what failed last
	local key error
	ctl sites >"$lab/sites"
	grep '^failed' "$orders.trace" | tail -"${1:-6}" | while read -r _ key error; do echo "failed: $(where "$key"), errno $error"; done
}
reports() { ! ls "$lab"/asan.* >/dev/null 2>&1; }

# --- boot ---
ctl watch
inject >"$lab/out" 2>&1 || fail "R2 does not boot: $(cat "$lab/out")"
run R2 'crypto key generate rsa' >/dev/null # none: it asks; what a boot reads is there from now on
config R2 'crypto key generate rsa modulus 1024'
run R2 'show version' >"$lab/out" || fail "show version: $(cat "$lab/out")"
stop R2
ctl watch
inject >"$lab/out" 2>&1 || fail "R2 does not boot again: $(cat "$lab/out")"
stop R2
ctl errors | awk '{ print $0, 1 } $2 !~ /EINTR|EAGAIN|SHORT|ECONN/ { print $0, 1000000 }' >"$lab/errors" # some last
ctl sites >"$lab/sites"
sites=$(wc -l <"$lab/sites")
[ "$sites" -gt 100 ] || fail "only $sites sites are seen"
[ "$boots" = all ] && boots=$(wc -l <"$lab/errors")
# each site one way before any a second one
shuf --random-source=<(yes "$seed") "$lab/errors" | awk '{ print seen[$1]++, $0 }' | sort -s -n -k 1,1 | cut -d ' ' -f 2- | head -n "$boots" >"$lab/tried"
mv "$st" "$lab/first"

# Lanes run at the same time, each in a namespace of its own, and share the work.
try() { # try LANE KEY ERROR CALLS, in a subshell: fails, or says how it went
	local orders=$lab/$1.orders st=$lab/$1 rc pid how
	shows() { timeout 60 "$mainmode" exec --quiet --state "$st" 'show version' >"$st.shown" 2>&1; }
	complain() { fail "SEED=$seed: boot with $error ($calls times) at $(where "$key") ($key): $*"; }
	key=$2 error=$3 calls=$4
	rm -rf "$st"
	cp -a "$lab/first" "$st"
	ctl new
	ctl fail "$key" 1 "$calls" "$error"
	inject "$1" >"$st.out" 2>&1
	rc=$?
	case $rc in
	0)
		how=up
		shows || grep -q '^%.*memory$' "$st.shown" || shows || complain "no show version: $(cat "$st.out" "$st.shown")"
		ctl off
		shows || complain "no show version afterwards: $(cat "$st.out" "$st.shown")"
		wait_for 12 listens "$1" || complain "no telnet or SSH afterwards: $(in_ns "$1" ss -Hltn)"
		pid=$(cat "$st/mainmode.pid" 2>/dev/null) || pid=$(in_ns "$1" ss -Hxlp "src $st/vty.sock" | sed -n "s/.*pid=\([0-9]*\).*/\1/p")
		kill "$pid" || complain "it has ended"
		wait_for 30 gone "$pid" || { threads "$pid"; complain "it does not end"; }
		[ ! -e "$st/mainmode.pid" ] || complain "it ends before its end"
		;;
	2)
		how=refused
		grep -q '^mainmode: [^ ].*' "$st.out" || complain "it does not say why it does not boot: $(cat "$st.out")"
		;;
	*) complain "it ends with $rc: $(cat "$st.out")" ;;
	esac
	reports || complain "a report"
	[ "$(ctl failures)" -gt 0 ] || how="$how unreached"
	echo "$how"
}
listens() { [ "$(in_ns "$1" ss -Hltn '( sport = 22 or sport = 23 )' | wc -l)" -eq 4 ]; }
threads() { # where they wait
	local t
	for t in "/proc/$1/task"/*; do
		echo "$(cat "$t/comm") $(sed -n 's/^State:.//p' "$t/status") system call $(cat "$t/syscall")"
	done
	gdb -p "$1" -batch -ex "thread apply all bt 20" 2>/dev/null | tail -150
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -qs '^State:.Z' "/proc/$1/status"; }
lane() { # lane NUMBER: every so many of those to be tried
	local key error calls
	trap - EXIT INT TERM
	: >"$lab/B$1.tried"
	awk -v n="$1" -v lanes="$lanes" 'NR % lanes == n % lanes' "$lab/tried" | while read -r key error calls && [ -d "$lab" ]; do
		(try "B$1" "$key" "$error" "$calls") >>"$lab/B$1.tried" 2>&1
	done
}
pids=
for n in $(seq "$lanes"); do
	namespaces "B$n" && join "B$n" eth0 R3 "b$n" || fail "no namespaces"
done
for n in $(seq "$lanes"); do
	lane "$n" &
	pids="$pids $!"
done
wait $pids
cat "$lab"/B*.tried >"$lab/results"
count() { grep -c "$1" "$lab/results"; }
grep -v '^up\|^refused' "$lab/results" && fail "SEED=$seed: $(count '^FAIL') of $(wc -l <"$lab/tried") boots"
[ "$(wc -l <"$lab/results")" -eq "$(wc -l <"$lab/tried")" ] || fail "some were not tried"
[ "$boots" -eq 0 ] || echo "pass boot: $sites call sites, $(wc -l <"$lab/errors") ways to fail, $(wc -l <"$lab/tried") tried: up $(count '^up'), refused $(count '^refused'), not reached $(count unreached) ($SECONDS s)"

# --- a router that runs ---
printf '#!/bin/sh\necho admin\n' >"$lab/ask" && chmod +x "$lab/ask"
by_ssh() {
	SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none in_ns R3 timeout 30 ssh -F none -o StrictHostKeyChecking=no -o IdentityAgent=none \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o PubkeyAuthentication=no -o ConnectTimeout=20 admin@2001:db8::2 "$@"
}
by_telnet() { in_ns R3 timeout 20 "$top/tests/tool/telnet_user.py" 2001:db8::2 >"$lab/telnet" 2>&1; }
commands() { # refused or not: they end
	local c
	while read -r c; do
		[ -n "$c" ] || continue
		timeout 60 "$mainmode" exec --quiet --state "$st" 'terminal length 0' "$c" >"$lab/shown" 2>&1
		[ $? -ne 124 ] || fail "SEED=$s: hangs: $c $(cat "$lab/shown"; run R2 "show logging" | tail -20; last 60)"
		kill -0 "$pid" 2>/dev/null || fail "SEED=$s: ended at: $c $(last)"
	done
}
scenario() {
	commands <<-'E'
		show running-config
		show ip interface brief
		show interfaces
		show crypto isakmp sa detail
		show crypto ipsec sa
		show crypto session detail
		show crypto explain
		show crypto map
		show ip route
		show ipv6 route
		show access-lists
		show processes cpu
		show processes memory
		show memory
		show logging
		show users
		show line
		show clock detail
		show arp
		show ipv6 neighbors
		debug crypto isakmp
		ping 10.0.0.3
		ping 2001:DB8::3
		ping FE80::23:3 Tunnel23
		write memory
		copy running-config flash:a
		copy flash:a flash:b
		copy flash:b running-config
		dir
		more flash:a
		show file systems
		verify /md5 flash:a
		mkdir flash:m
		rename flash:b flash:m/b
		delete /force flash:m/b
		rmdir flash:m
		archive config
		show archive
		show archive config differences
		show running-config | redirect flash:r
		show interfaces | append flash:r
		show running-config | section crypto
		configure replace flash:a force
		clear crypto sa
		clear crypto isakmp
		clear counters
		monitor capture buffer B
		monitor capture point ip cef P Ethernet0/0 both
		monitor capture point associate P B
		monitor capture point start P
		ping 10.0.0.3
		show monitor capture buffer B dump
		monitor capture point stop P
		monitor capture buffer B export flash:c
		no monitor capture point ip cef P Ethernet0/0 both
		no monitor capture buffer B
		show ip ssh
		show ssh
		undebug all
	E
	timeout 10 "$mainmode" exec --quiet --state "$st" 'traceroute 10.0.0.3' >"$lab/shown" 2>&1 # a lost answer is waited for
	timeout 60 "$mainmode" exec --quiet --state "$st" 'configure terminal' 'crypto isakmp policy 20' 'group 14' 'exit' 'no crypto isakmp policy 20' \
		'ip route 10.8.0.0 255.255.0.0 10.0.0.3' 'no ip route 10.8.0.0 255.255.0.0 10.0.0.3' 'interface Loopback3' 'ip address 10.3.3.3 255.255.255.255' 'exit' \
		'no interface Loopback3' 'ip access-list extended IN' 'no permit ip any any' 'permit ip any any log' 'exit' 'crypto key generate rsa modulus 1024' \
		'interface Tunnel23' 'shutdown' 'no shutdown' 'end' >"$lab/shown" 2>&1
	[ $? -ne 124 ] || fail "SEED=$s: configure hangs $(last)"
	by_ssh 'show clock' >"$lab/shown" 2>&1
	by_ssh >"$lab/shown" 2>&1 <<-'E'
		show version
		exit
	E
	by_telnet <<-'E'
		u open
		u see Username:
		u type admin
		u see Password:
		u type admin
		u see R2#
		u type show users
		u see vty
		u type exit
	E
	kill -0 "$pid" 2>/dev/null || fail "SEED=$s: the router has ended $(last)"
	in_ns R3 ping -q -c 5 -i 0.02 10.0.0.2 >"$lab/shown" 2>&1
	run R3 'clear crypto sa' 'ping FE80::23:2' 'Tunnel23' >"$lab/shown" 2>&1
}
works() { # works COMMAND...: within a while
	wait_for 60 "$@" || fail "SEED=$s: afterwards this does not work: $*: $(run R2 'show logging' | tail -30; cat "$lab/shown"; last 60)"
}
says() { timeout 60 "$mainmode" exec --quiet --state "$st" "$1" >"$lab/shown" 2>&1 && grep -q "$2" "$lab/shown"; }
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
config R3 'interface Ethernet0/0' 'ip address 10.0.0.3 255.255.255.0'
for s in $(seq "$seed" $((seed + storms - 1))); do
	ctl new
	: >"$orders.trace"
	rm -rf "$st"
	inject >"$lab/out" 2>&1 || fail "R2 does not boot: $(cat "$lab/out")"
	pid=$(cat "$st/mainmode.pid")
	config R2 'crypto key generate rsa modulus 1024'
	tunnel_up R2
	ctl storm "$s" "${GAP:-20}"
	for _ in 1 2 3; do scenario; done
	ctl sites >"$lab/sites"
	ctl off
	works says 'show version' mainmode
	run R2 'clear crypto sa'
	works tunnel_is R2 up
	works says 'ping 10.0.0.3' '(5/5)'
	timeout 60 "$mainmode" exec --quiet --state "$st" 'ping FE80::23:3' 'Tunnel23' >"$lab/shown" 2>&1
	grep -q '(5/5)' "$lab/shown" || works tunnel_is R2 up
	works says 'write memory' OK
	run R2 'show logging' | grep 'is gone, it is made again' >"$lab/told" && fail "SEED=$s: nobody took the table away: $(cat "$lab/told")"
	works by_ssh 'show version' >"$lab/shown" 2>&1
	kill "$pid"
	wait_for 60 sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status" || fail "SEED=$s: it does not end"
	in_ns R2 ip -o link show | grep -q ': tun\|Tunnel23' && fail "SEED=$s: left behind: $(in_ns R2 ip -o link show)"
	reports || fail "SEED=$s: a report $(last 60)"
	echo "pass running, seed $s: $(wc -l <"$lab/sites") call sites, $(awk '$6' "$lab/sites" | wc -l) failed ($SECONDS s)"
done
