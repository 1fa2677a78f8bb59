#!/bin/bash
# An ordinary user: the lab in an unprivileged user namespace, the tunnel up, a ping through it, and nothing left.
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" -eq 0 ] || { echo "run as an ordinary user already: the other tests show it"; exit 0; }
home=$lab/user
mkdir -p "$home"
cp "$mainmode" "$home/mainmode"
cp -r "$top/run" "$top/lab" "$top/startup-config" "$home/"
mkdir -m 700 "$home/tmp"
chown -R nobody "$home"
chmod 755 "$lab"
as_user() {
	(cd "$home" && setpriv --reuid=nobody --regid=nogroup --clear-groups --bounding-set=-all env -i PATH="$PATH" HOME="$home" \
		MAINMODE="$home/mainmode" MAINMODE_LAB="$home/tmp/lab" ASAN_OPTIONS="detect_leaks=0" "$@")
}
as_user ./run --exec R2 'show privilege' >"$lab/out" 2>&1 || fail "./run --exec as an ordinary user: $(cat "$lab/out")"
wait_for 20 sh -c "cd '$home' && setpriv --reuid=nobody --regid=nogroup --clear-groups '$home/mainmode' exec --quiet --state '$home/tmp/lab/R2' \
	'show interfaces Tunnel23' | grep -q 'line protocol is up'" || fail "the tunnel is not up"
as_user ./run --exec R2 'ping fe80::23:3' Tunnel23 | grep -q '(5/5)' || fail "ping"
as_user ./run --down || fail "--down"
[ -e "$home/tmp/lab" ] && fail "the lab's folder is left"
true
