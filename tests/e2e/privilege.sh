#!/bin/bash
# A router gives up what it does not need: as root, as root of a user namespace, and as a user of its own who was given
# three capabilities (as the unit for systemd does). Every thread of it, and nft, which it starts, is looked at while it
# does its work: a tunnel is up, an access list and the configuration are written.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
grep -q '^#define HAVE_CAP_NG 1' "$(dirname "$mainmode")/config.h" || { echo "built without libcap-ng: nothing is given up"; exit 0; }
number() { # number CAPABILITY...: the set of these as the kernel prints it
	local c set=0
	for c in "$@"; do
		case $c in dac_override) c=1 ;; net_bind_service) c=10 ;; net_admin) c=12 ;; net_raw) c=13 ;; ipc_lock) c=14 ;; bpf) c=39 ;; esac
		set=$((set | 1 << c))
	done
	printf '%016x' $set
}
field() { sed -n "s/^$2:\t//p" "$1"; }
# holds ROUTER SET BOUNDING-SET: all its threads
holds() {
	local task
	for task in $(threads_of "$1"); do
		[ "$(field "$task/status" CapPrm) $(field "$task/status" CapEff)" = "$2 $2" ] || fail "$1: $(cat "$task/status")"
		[ "$(field "$task/status" CapInh) $(field "$task/status" CapAmb)" = "$(number net_admin) $(number net_admin)" ] ||
			fail "$1 can hand on more, or less: $(cat "$task/status")"
		[ -z "$3" ] || [ "$(field "$task/status" CapBnd)" = "$3" ] || fail "$1 is bounded otherwise: $(cat "$task/status")"
		[ "$(field "$task/status" NoNewPrivs)" = 1 ] || fail "$1: a program may gain privileges"
	done
}
rules() { in_ns "$1" nft list ruleset | grep -q 'dport 99'; }
telnet_open() { in_ns "$1" ss -Htln 'sport = :23' | grep -q .; }
# works ROUTER PEER: the access list is nft's work, and of it only one capability is seen
works() {
	tunnel_up "$1"
	config "$1" 'access-list 101 deny tcp any any eq 99' 'access-list 101 permit ip any any' 'interface Ethernet0/0' 'ip access-group 101 in'
	wait_for 10 grep -qs NoNewPrivs "$lab/$1/nft" || fail "$1 does not start nft"
	[ "$(field "$lab/$1/nft" CapEff) $(field "$lab/$1/nft" CapPrm)" = "$(number net_admin) $(number net_admin)" ] ||
		fail "nft of $1: $(cat "$lab/$1/nft")"
	[ "$(field "$lab/$1/nft" NoNewPrivs)" = 1 ] || fail "nft of $1 may gain privileges"
	wait_for 10 rules "$1" || fail "$1: no rules: $(in_ns "$1" nft list ruleset; run "$1" 'show logging')"
	run "$1" 'write memory' | grep -q OK || fail "$1: write memory"
	grep -q 'deny .*eq 99' "$lab/$1/start" || fail "$1: nothing was written"
	run "$1" 'show processes cpu' | grep -q 'Crypto Engine' || fail "$1: $(run "$1" 'show processes cpu')"
	run "$1" "ping fe80::23:$2" 'Tunnel23' | grep -q '(5/5)' || fail "$1: ping"
	run "$1" 'configure terminal' 'line vty 0 4' 'transport input telnet' 'end' >/dev/null
	wait_for 10 telnet_open "$1" || fail "$1: port 23 is not opened: $(run "$1" 'show logging')"
}
# prepare ROUTER: its configuration, and a program in front of nft that tells what nft may
nft=$(PATH=$PATH:/usr/sbin:/sbin command -v nft)
prepare() {
	mkdir -p "$lab/$1/bin"
	printf '#!/bin/sh\ncat /proc/self/status >%s\nexec %s "$@"\n' "$lab/$1/nft" "$nft" >"$lab/$1/bin/nft"
	chmod +x "$lab/$1/bin/nft"
	sed 's/^end$//' "$top/startup-config/$(echo "$1" | tr R r).cfg" >"$lab/$1/start"
}
limited=
sh -c 'ulimit -l unlimited' 2>/dev/null || limited=ipc_lock
start() { # start ROUTER WORD...: in front of the program
	local r=$1
	shift
	in_ns "$r" env PATH="$lab/$r/bin:$PATH" "$@" "$mainmode" boot "$lab/$r/start" -i Ethernet0/0=eth0 --state "$lab/$r" --daemon \
		$transport || fail "$r does not boot as $*"
}

# root, or root of the namespace that an ordinary user made
chmod 755 "$lab"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
prepare R2
prepare R3
transport='--transport raw'
start R3
transport='--transport auto'
start R2
works R2 3
works R3 2
raw=$(number net_admin net_raw net_bind_service $limited)
auto=$(number net_admin net_raw net_bind_service bpf $limited)
holds R2 "$auto" "$auto"
holds R3 "$raw" "$raw"
[ "$(id -u)" -eq 0 ] || exit 0

# the configuration of somebody else is still written
stop R3
chown -R 1234:1234 "$lab/R3"
transport='--transport raw'
start R3
tunnel_up R3
run R3 'write memory' | grep -q OK || fail "write memory into another's folder"
others=$(number dac_override net_admin net_raw net_bind_service $limited)
holds R3 "$others" "$others"
stop R3

# a user of its own
rm -f "$lab/R3/nft"
chown -R 1234:1234 "$lab/R3"
unit=$(sed -n 's/^AmbientCapabilities=//p' "$top/systemd/mainmode.service.in" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
[ "$unit" = +net_admin,+net_raw,+net_bind_service ] || fail "the unit gives $unit"
start R3 setpriv --reuid=1234 --regid=1234 --clear-groups --no-new-privs --bounding-set=-all,$unit --inh-caps=-all,$unit \
	--ambient-caps=-all,$unit
sed -i '/eq 99/d' "$lab/R3/start"
works R3 2
three=$(number net_admin net_raw net_bind_service)
holds R3 "$three" "$three"
[ "$(stat -c %u:%a "$lab/R3/start")" = 1234:600 ] || fail "who has what was written: $(stat "$lab/R3/start")"
stop R3

# where securebits let nobody hand on a capability it is told
start R3 python3 -c 'import ctypes, os, sys
if ctypes.CDLL(None, use_errno=True).prctl(28, 1 << 6, 0, 0, 0): # PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE
    sys.exit(3)
os.execvp(sys.argv[1], sys.argv[1:])' 2>"$lab/told"
grep -q 'nft gets no capability' "$lab/told" || fail "it is not told: $(cat "$lab/told")"
run R3 'show version' | grep -q uptime || fail "R3 does not run without capabilities for nft"
stop R3

# root of a user namespace, in the network of that
stop R2
mkdir -p "$lab/R4"
cp "$top/startup-config/r2.cfg" "$lab/R4/start"
hold R4 unshare -Urn || fail "no user namespace"
in_r4() { nsenter -t "$(cat "$lab/R4.ns")" -U --preserve-credentials -n -- "$@"; }
in_r4 ip link add eth0 type veth peer name eth1
in_r4 "$mainmode" boot "$lab/R4/start" -i Ethernet0/0=eth0 --state "$lab/R4" --daemon || fail "no boot in a user namespace"
bounded=$(number net_admin net_raw net_bind_service bpf ipc_lock)
holds R4 "$bounded" "$bounded"
