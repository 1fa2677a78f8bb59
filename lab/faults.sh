# Sourced after lab/ns.sh: the school of faults. A fault is a file of lab/faults, which sets
#   number      what it is called in ./run --faults
#   class       that of base/fault.def: which e2e test runs it
#   symptom     what somebody sees who does not know the answer, one line
#   base        ipv6 (the configurations of startup-config), ipv4, or nat: R2 behind a translator
#   R2, R3      lines that are entered after those of the base: the fault, where it is one of a configuration
#   from_R2, from_R3    statements of nft for what comes from that router: the fault, where it is on the path
#   partner     what a device of another make in R2's place asks for (tests/tool/partner.c), until R2 is there instead
#   happens     a function: what happens once both run
#   up          yes: the tunnel is up all the same
#   says_R2, says_R3    parts of lines of their logs, in their order, with debug crypto isakmp and ipsec
#   finds_R2, finds_R3  the names of base/fault.def that fit; empty: that side cannot know
#   log_R2, log_R3      those that mainmode explain finds in its log, where they are others; `none`: the log cannot tell
#   story       the explanation
#   fix_R2, fix_R3      lines that mend it, in configure terminal
#   mends       what is mended where the fault is on the path
#   mended      a function: is it, where the tunnel was up all the same?
# R2 begins and R3 answers. Between them is N, a bridge or a translator:
#
#   R2 Et0/0 (eth0) ---- w2 N w3 ---- (eth0) Et0/0 R3
#        Tunnel23 ============ ESP ============ Tunnel23

faults=$top/lab/faults

fault_none() {
	fault= number= class= symptom= base=ipv6 R2= R3= from_R2= from_R3= partner= up= says_R2= says_R3= finds_R2= finds_R3= \
		log_R2= log_R3= story= fix_R2= fix_R3= mends=
	happens() { :; }
	mended() { :; }
}

# fault_load NAME|NUMBER: false: there is none
fault_load() {
	local f
	fault_none
	case $1 in *[!a-z0-9_]*) return 1 ;; esac
	if [ -f "$faults/$1" ]; then
		fault=$1
	else
		f=$(grep -lE "^number=${1#0} " "$faults"/*) || return 1
		fault=$(basename "$f")
	fi
	. "$faults/$fault"
}

# numbers and symptoms: no answer
fault_list() {
	local f
	for f in "$faults"/*; do
		(fault_load "$(basename "$f")" && printf '%2s  %s\n' "$number" "$symptom")
	done | sort -n
}

# base_lines N O: of router N, whose other side is O
base_lines() {
	local destination=10.0.23.$2 address=10.0.23.$1 gateway=
	case $base in
	ipv6) ;;
	nat) address=10.$1.0.$1 gateway=10.$1.0.1 destination=10.3.0.$((7 - 2 * $1)) ;; # of R3: where R2 seems to be
	esac
	[ "$base" = ipv6 ] || printf '%s\n' 'no crypto isakmp key cisco address ipv6 ::/0' \
		'crypto isakmp key cisco address 0.0.0.0' 'interface Ethernet0/0' ' no ipv6 address' \
		" ip address $address 255.255.255.0" 'interface Tunnel23' ' tunnel mode ipsec ipv4' \
		" tunnel destination $destination"
	[ -z "$gateway" ] || echo "ip route 0.0.0.0 0.0.0.0 $gateway"
	[ "$1" = 2 ] || printf '%s\n' 'crypto ipsec profile PRO' ' responder-only'
}

# fault_config R2: its configuration
fault_config() {
	local n=${1#R} lines=$1
	sed '/^end$/d' "$top/startup-config/r$n.cfg"
	base_lines "$n" $((5 - n))
	printf '%s\nend\n' "${!lines}"
}

# fault_wire: namespaces, wires, and what is wrong with them
fault_wire() {
	namespaces R2 N R3 && join R2 eth0 N w2 && join R3 eth0 N w3 || return
	case $base in
	nat) in_ns N sh -ec 'for n in 2 3; do ip addr add 10.$n.0.1/24 dev w$n; done
			sysctl -qw net.ipv4.ip_forward=1
			nft add table inet nat
			nft add chain inet nat post "{ type nat hook postrouting priority srcnat; }"
			nft add rule inet nat post oifname w3 masquerade' ;;
	*) in_ns N sh -ec 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1
			ip link add br0 type bridge forward_delay 0 mcast_snooping 0
			for n in 2 3; do ip link set w$n master br0; done
			ip link set br0 up' ;;
	esac && fault_filter
}

# fault_filter: from_R2 and from_R3 in force
fault_filter() {
	[ -n "$from_R2$from_R3" ] || return 0
	in_ns N nft -f - <<N
table netdev path {
	chain from_R2 {
		type filter hook ingress device w2 priority 0
		$from_R2
	}
	chain from_R3 {
		type filter hook ingress device w3 priority 0
		$from_R3
	}
}
N
}
path_mended() { ! in_ns N nft list table netdev path >/dev/null 2>&1 || in_ns N nft delete table netdev path; }

# in_lab R2 'CMD'...: the output alone
in_lab() {
	local name=$1
	shift
	"$mainmode" exec --quiet --state "$lab/$name" "$@"
}

# type_in R2 'LINES': in configure terminal
type_in() {
	local lines
	[ -n "$2" ] || return 0
	mapfile -t lines <<<"$2"
	in_lab "$1" 'configure terminal' "${lines[@]}" end >/dev/null
}

is_up() { in_lab "$1" 'show interfaces Tunnel23' 2>/dev/null | grep -q 'line protocol is up'; }
comes_up() {
	local until=$((SECONDS + 30))
	until is_up R2 && is_up R3; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

# through 'OPTIONS OF PING'...: from R2 through the tunnel to R3
through() {
	case $base in
	ipv6) in_lab R2 "ping FE80::23:3 ${*:-}" Tunnel23 ;;
	*) in_lab R2 "ping 192.168.23.3 ${*:-}" ;;
	esac
}

fault_boot() {
	if [ "$1" = R2 ] && [ -n "$partner" ]; then
		partner_comes
	else
		boot "$1" -i Ethernet0/0=eth0 --transport raw
	fi
}

is_partner() { [ "$1" = R2 ] && alive "$lab/partner.pid" partner; }
partner_comes() {
	in_ns R2 ip addr add 10.0.23.2/24 dev eth0 || return
	setsid sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$lab/partner.pid" $(enter R2) "$(dirname "$(readlink -f "$mainmode")")/tests/bin/partner" \
		10.0.23.2 10.0.23.3 "$partner" </dev/null >"$lab/partner.log" 2>&1 &
	until is_partner R2; do
		jobs %% >/dev/null 2>&1 || return
		sleep 0.02
	done
}
partner_goes() {
	local pid
	pid=$(cat "$lab/partner.pid")
	kill "$pid"
	wait_gone "$pid"
	rm -f "$lab/partner.pid"
	partner=
	in_ns R2 ip addr del 10.0.23.2/24 dev eth0
}

# lost: nothing of that comes back
lost() { ! through repeat 3 timeout 1 | grep -q '!'; }

# killed R3: as by a power failure, and booted again
killed() {
	local pid
	pid=$(cat "$lab/$1/mainmode.pid")
	kill -9 "$pid"
	wait_gone "$pid"
	fault_boot "$1"
}

# fault_fix: mends it; the tunnel asks at once, since a request that failed is made again after half a minute only
fault_fix() {
	if is_partner R2; then
		partner_goes && fault_boot R2
		return
	fi
	path_mended && type_in R3 "$fix_R3" && type_in R2 "$fix_R2" &&
		type_in R2 $'interface Tunnel23\nshutdown' && type_in R2 $'interface Tunnel23\nno shutdown'
}
