#!/bin/bash
# What make install gives systemd is installed where it looks, is understood by it, and leaves the service little, but all the
# system calls that it makes. tests/e2e/privilege.sh runs a router as the unit does.
set -u
mainmode=${MAINMODE:-$(cd "$(dirname "$0")/../.." && pwd)/mainmode}
build=$(dirname "$mainmode")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
	echo "FAIL: $*"
	exit 1
}
make -s -C "$build" DESTDIR="$work/root" prefix=/usr install-nodist_systemdDATA install-dist_sysusersDATA >"$work/out" 2>&1 || fail "$(cat "$work/out")"
unit=$work/root/usr/lib/systemd/system/mainmode.service
users=$work/root/usr/lib/sysusers.d/mainmode.conf
[ -s "$unit" ] && [ -s "$users" ] || fail "not installed: $(find "$work/root")"
! grep -q '@[a-z]*@' "$unit" || fail "not filled in: $(grep '@[a-z]*@' "$unit")"
value() { sed -n "s/^$1=//p" "$unit"; }
[ "$(value Type)" = forking ] && value ExecStart | grep -q -- ' boot --daemon ' || fail "boot --daemon returns once the router is up, and goes on"
[ "$(value PIDFile)" = "$(value ExecStart | sed 's/.*--state \([^ ]*\).*/\1/')/mainmode.pid" ] || fail "its pid is elsewhere"
[ "$(value PIDFile)" = "/var/lib/$(value StateDirectory)/mainmode.pid" ] || fail "its state is elsewhere"
[ "$(value LimitMEMLOCK)" = infinity ] || fail "it may not lock itself"
grep -q "^u $(value User) " "$users" || fail "nobody makes its user"
[ "$(value AmbientCapabilities)" = "$(value CapabilityBoundingSet)" ] || fail "capabilities"
# the options are those that boot takes
program=$(value ExecStart | cut -d' ' -f1)
"$mainmode" --help >"$work/help"
for option in $(value ExecStart | grep -o -- '--[a-z]*'); do grep -q -- "$option" "$work/help" || fail "boot takes no $option"; done
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze: the unit was not shown to it"; exit 0; }
sed "s,$program,$mainmode," "$unit" >"$work/mainmode.service" # it wants the program to be there
# a call that systemd does not allow would end the router; bpf is AF_XDP's alone, of which the unit tells
here=$(cd "$(dirname "$0")/.." && pwd)
refused=$(python3 -B "$here/tool/allowed.py" "$unit" "$here/../base/sandbox.c") || fail "allowed.py: $refused"
[ "$refused" = bpf ] || fail "the unit does not allow: $refused"
said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/mainmode.service" 2>&1 | grep mainmode)
[ -z "$said" ] || fail "systemd-analyze verify: $said"
systemd-analyze security --offline=true --no-pager --threshold=30 "$work/mainmode.service" >"$work/out" 2>&1 ||
	fail "it is left more than 3.0 of 10: $(grep -E '✗|→' "$work/out")"
