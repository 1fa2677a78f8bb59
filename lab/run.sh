#!/bin/bash
# The work behind ./run: build, then two network namespaces joined by a veth, a router in each.
#
#   R2 2001:DB8::2 Ethernet0/0 (eth0) ------ veth ------ Ethernet0/0 (eth0) 2001:DB8::3 R3
#      Tunnel23 FE80::23:2 ================ ESP ================ FE80::23:3 Tunnel23
#
# 127.0.0.1's ports 2202 and 2203 lead to SSH of R2 and R3, 2302 and 2303 to telnet; MAINMODE_LAB_OFFSET is added to them.
#
# With --fault the cable leads through N (lab/faults.sh), and $lab/fault has the name of the fault.
#
# A namespace lives as long as its holder process (`sleep`), whose pid stands in $lab/R2.ns and $lab/R3.ns. As an
# ordinary user the holders are in a user namespace of their own, so no privilege is needed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
lab=${MAINMODE_LAB:-${XDG_RUNTIME_DIR:-/tmp}/mainmode-lab.$(id -u)}
mainmode=${MAINMODE:-$top/mainmode}

die() {
	echo "run: $*" >&2
	exit 2
}

. lab/ns.sh
. lab/faults.sh

build() {
	[ -n "${MAINMODE:-}" ] && return 0
	. lab/packages.sh
	need_packages run || exit 2
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		echo "Preparing the build" >&2
		./bootstrap >"$lab/build.log" 2>&1 || die "bootstrap failed: see $lab/build.log"
	fi
	[ ! -f config.status ] || make -s distclean >/dev/null 2>&1 || true
	mkdir -p build
	if [ ! -f build/config.status ]; then
		echo "Configuring" >&2
		(cd build && ../configure -q CFLAGS="-O2 -g") >"$lab/build.log" 2>&1 || die "configure failed: see $lab/build.log"
	fi
	[ -x build/mainmode ] || echo "Building" >&2
	make -s -C build -j"$(nproc)" mainmode $([ -z "$partner" ] || echo tests/bin/partner) >"$lab/build.log" 2>&1 || die "the build failed: see $lab/build.log"
	ln -sf build/mainmode mainmode
}

# The first start makes the key that SSH needs; it is no part of a configuration and is not made again.
startup_config() {
	mkdir -p "$lab/$1"
	[ ! -f "$lab/$1/startup-config" ] || return 0
	if [ -n "$fault" ]; then
		fault_config "$1"
	else
		cat "startup-config/$(echo "$1" | tr R r).cfg"
	fi | sed 's/^end$/crypto key generate rsa modulus 2048\n&/' >"$lab/$1/startup-config"
	# of a fault as a router writes it: what was entered last tells nobody what is wrong
	[ -z "$fault" ] || echo 'write memory' | in_ns "$1" "$mainmode" boot -i Ethernet0/0=eth0 \
		--transport raw --state "$lab/$1" >/dev/null
}

offset=${MAINMODE_LAB_OFFSET:-0}

# offer R2: what leads to a router from outside; said when it begins to
offer() {
	local n=${1#R} begins=
	alive "$lab/relay.$((2200 + n + offset)).pid" socat || begins=yes
	relay "$1" $((2200 + n + offset)) 22 || begins=
	relay "$1" $((2300 + n + offset)) 23 || begins=
	[ -z "$begins" ] || echo "$1: ssh -p $((2200 + n + offset)) admin@127.0.0.1, telnet 127.0.0.1 $((2300 + n + offset))" \
		"(password admin)" >&2
}

up() { # up R2: boots a router as a daemon, unless it runs
	alive "$lab/$1/mainmode.pid" mainmode && return 0
	startup_config "$1"
	if [ -n "$fault" ]; then # R2 has not to be a router
		is_partner "$1" || fault_boot "$1"
		return
	fi
	boot "$1" -i Ethernet0/0=eth0 --transport raw # what goes by AF_XDP no capture shows
}

console() { # boots a router in the foreground: its console is this terminal
	startup_config "$1"
	[ -t 0 ] && echo "This is $1's console; Ctrl-D on an empty line stops the lab. The other side: ./run R$((5 - ${1#R}))"
	in_ns "$1" "$mainmode" boot -i Ethernet0/0=eth0 --transport raw --state "$lab/$1"
}

down() {
	trap '' INT TERM HUP PIPE # a second one does not end this half way
	all_down
	rm -rf "$lab"
}

router() {
	case ${1:-} in
	R2 | r2) name=R2 ;;
	R3 | r3) name=R3 ;;
	*) die "there are two routers here, R2 and R3; '${1:-}' is none of them" ;;
	esac
}

lives() { alive "$lab/R2.ns" sleep && alive "$lab/R3.ns" sleep; }

prepare() {
	mkdir -p -m 700 "$lab"
	[ -O "$lab" ] || die "$lab belongs to somebody else"
	if [ -n "$asked" ]; then
		fault_load "$asked" || die "there is no fault $asked: ./run --faults lists them"
	elif lives && [ -f "$lab/fault" ]; then
		fault_load "$(cat "$lab/fault")"
	fi
	build
	if ! lives; then
		all_down
		[ -z "$fault" ] && [ ! -e "$lab/fault" ] || rm -rf "$lab/fault" "$lab/R2" "$lab/R3"
		if [ -n "$fault" ]; then
			begins=yes
			fault_wire || exit 2
			startup_config R2
			startup_config R3
			echo "$fault" >"$lab/fault"
		else
			namespaces R2 R3 || exit 2
			join R2 eth0 R3 eth0
		fi
	elif [ "$fault" != "$(cat "$lab/fault" 2>/dev/null)" ]; then
		die "the lab runs already, without this fault: ./run --down ends it"
	fi
	offer R2
	offer R3
}

# What happens in a fault's lab once both routers run
begin() {
	[ -n "$begins" ] || return 0
	for _ in $(seq 200); do
		in_lab R3 'show privilege' && { is_partner R2 || in_lab R2 'show privilege'; } && break
		sleep 0.05
	done >/dev/null 2>&1
	happens >"$lab/happens" 2>&1
}

show_lines() { # show_lines R2 'LINES'
	[ -z "$2" ] || printf '%s\n' "$2" | sed "s/^/    $1(config)# /"
}

solve() {
	[ -f "$lab/fault" ] || die "no fault runs: ./run --fault N starts one"
	fault_load "$(cat "$lab/fault")"
	for r in R2 R3; do
		is_partner $r || "$mainmode" exec --state "$lab/$r" 'show crypto explain' || return
		echo
	done
	printf 'Fault %s, %s: %s\n\n%s\n\nThe fix:\n\n' "$number" "$fault" "$symptom" "$story"
	[ -z "$mends" ] || echo "    $mends"
	show_lines R2 "$fix_R2"
	show_lines R3 "$fix_R3"
	[ -n "$partner" ] || echo "    R2: interface Tunnel23 shut and not shut again, so that it asks at once"
	[ "$1" = --apply ] || return 0
	echo
	fault_fix && comes_up || die "the tunnel does not come up"
	through
}

no_console() { die "R2 is a device of another make here, which has no console"; }

fault_none
asked= begins=
if [ "${1:-}" = --fault ]; then
	[ $# -ge 2 ] || die "--fault wants a number: ./run --faults lists them"
	asked=$2
	shift 2
fi
case ${1:-} in
-h | --help) sed -n '2,10s/^# \{0,1\}//p' "$top/run" ;;
--down) down ;;
--faults) fault_list ;;
--solve) solve "${2:-}" ;;
--exec)
	shift
	options=
	while [ "${1#-}" != "${1:-}" ]; do
		options="$options $1"
		shift
	done
	router "${1:-}"
	shift
	prepare
	up R3
	up R2
	! is_partner $name || no_console
	begin || die "the fault does not show itself: $(cat "$lab/happens")"
	exec "$mainmode" exec $options --state "$lab/$name" "$@"
	;;
-*) die "no such option: $1 (try ./run --help)" ;;
*)
	router "${1:-R2}"
	prepare
	[ -n "${1:-}" ] || [ -z "$partner" ] || name=R3
	other=R$((5 - ${name#R}))
	if alive "$lab/$name/mainmode.pid" mainmode; then
		exec "$mainmode" attach --state "$lab/$name"
	fi
	[ -z "$partner" ] || [ $name = R3 ] || no_console
	up $other
	trap down EXIT
	trap 'exit 1' INT TERM HUP PIPE
	if [ -n "$fault" ]; then
		echo "Fault $number: $symptom"
		begin &
		trap 'kill %% 2>/dev/null; down' EXIT
	fi
	console $name
	;;
esac
