# Sourced: network namespaces that live as long as a holder process, and what runs in them. As root the holders are
# plain network namespaces; as an ordinary user they sit in a user namespace of their own, so no privilege is needed.
# $lab is a folder of ours: NAME.ns holds the pid of NAME's holder, NAME/ is the state folder of the router in it.

# alive FILE COMMAND: does the pid in FILE run COMMAND?
alive() { [ -s "$1" ] && [ "$(cat "/proc/$(cat "$1")/comm" 2>/dev/null)" = "$2" ]; }

# enter NAME: the words in front of a command that runs it there
enter() {
	local user=
	[ "$(id -u)" -eq 0 ] || user="-U --preserve-credentials"
	echo "nsenter -t $(cat "$lab/$1.ns") $user -n --"
}

# in_ns NAME COMMAND...: runs it there
in_ns() {
	local name=$1
	shift
	$(enter "$name") "$@"
}

hold() { # hold NAME COMMAND...: COMMAND makes the namespace and runs the holder in it
	local name=$1 ready=$lab/$1.ready
	shift
	mkfifo "$ready"
	"$@" sh -c "echo \$\$ >'$ready'; exec sleep infinity" </dev/null >/dev/null 2>&1 &
	disown
	exec 9<>"$ready" # read and write: opening does not wait for a holder that could not start
	if ! read -r -t 10 REPLY <&9; then
		exec 9<&-
		rm -f "$ready"
		echo "no network namespace could be made: run as root, or allow unprivileged user namespaces" >&2
		return 1
	fi
	exec 9<&-
	rm -f "$ready"
	echo "$REPLY" >"$lab/$name.ns"
	in_ns "$name" ip link set lo up
}

# namespaces NAME...: the first makes the user namespace, the others join it
namespaces() {
	local first=$1 name
	for name in "$@"; do
		alive "$lab/$name.ns" sleep && continue
		if [ "$(id -u)" -eq 0 ]; then
			hold "$name" unshare -n
		elif [ "$name" = "$first" ]; then
			hold "$name" unshare -Urn
		else
			hold "$name" nsenter -t "$(cat "$lab/$first.ns")" -U --preserve-credentials -- unshare -n
		fi || return 1
	done
}

# join A DEV-A B DEV-B: a veth between two namespaces, plugged in at both ends
join() {
	in_ns "$1" ip link add "$2" type veth peer name "$4" netns "$(cat "$lab/$3.ns")" &&
		in_ns "$1" ip link set "$2" up && in_ns "$3" ip link set "$4" up
}

# boot NAME [ARGUMENTS...]: a router as a daemon; returns when it is up
boot() {
	local name=$1
	shift
	mkdir -p "$lab/$name"
	in_ns "$name" "$mainmode" boot "$@" --state "$lab/$name" --daemon
}

# wait_gone PID: until the process has ended: gone, or a zombie whose threads have all ended
wait_gone() {
	while [ -d "/proc/$1" ]; do
		grep -qs '^State:.Z' "/proc/$1/status" && [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -le 1 ] && break
		sleep 0.02
	done
}

# stop NAME: ends the router as SIGTERM does and waits until it is gone
stop() {
	local pid
	alive "$lab/$1/mainmode.pid" mainmode || return 0
	pid=$(cat "$lab/$1/mainmode.pid")
	kill "$pid"
	kill -CONT "$pid" 2>/dev/null # one that is stopped does not hear it
	wait_gone "$pid"
}

# relay NAME PORT TO: 127.0.0.1's PORT leads to TCP port TO in the namespace; says when it cannot, and goes on
relay() {
	local pid=$lab/relay.$2.pid log=$lab/relay.$2.log
	alive "$pid" socat && return 0
	# a session of its own: what it forks for a connection ends with it
	setsid sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$pid" socat -d -d \
		"TCP4-LISTEN:$2,bind=127.0.0.1,fork,reuseaddr" "EXEC:$(enter "$1") socat - TCP4\:127.0.0.1\:$3" \
		</dev/null >"$log" 2>&1 &
	disown
	for _ in $(seq 200); do
		grep -qs 'listening on' "$log" && return 0
		[ -s "$pid" ] && ! alive "$pid" socat && ! alive "$pid" sh && break
		sleep 0.02
	done
	echo "port $2 of 127.0.0.1 cannot be had: $(sed -n 's/.* E .*: //p' "$log" | tail -1)" >&2
	rm -f "$pid"
	return 1
}

relays_down() {
	local f
	for f in "$lab"/relay.*.pid; do
		if alive "$f" socat; then
			kill -- "-$(cat "$f")" 2>/dev/null
			wait_gone "$(cat "$f")"
		fi
		rm -f "$f"
	done
	return 0
}

# inhabitants HOLDER: the processes in its namespace, itself among them
inhabitants() {
	local net
	net=$(readlink "/proc/$1/ns/net")
	[ -n "$net" ] && [ "$net" != "$(readlink /proc/self/ns/net)" ] || return 0
	find /proc/[0-9]*/ns/net -maxdepth 0 -printf '%l %p\n' 2>/dev/null |
		awk -v net="$net" '$1 == net { split($2, path, "/"); print path[3] }'
}

# all_down: stops every router, relay and holder of $lab, and what else still runs in their namespaces
all_down() {
	local f
	relays_down
	for f in "$lab"/*/mainmode.pid; do
		[ -e "$f" ] && stop "$(basename "$(dirname "$f")")"
	done
	for f in "$lab"/*.ns; do
		if alive "$f" sleep; then
			kill $(inhabitants "$(cat "$f")") 2>/dev/null
			wait_gone "$(cat "$f")"
		fi
		rm -f "$f"
	done
	return 0
}
