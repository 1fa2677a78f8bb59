#!/bin/bash
# How fast packets go through tunnels: this router against Debian's strongSwan and wireguard-go and against a probe without
# crypto, in one table with medians and ratios. Installs what is missing, builds what is not built; needs root.
#   bench/esp.sh [--quick] [--subjects mainmode,...] [--transports udp,esp,xdp] [--measures tcp1,...] [--crypto aes128-sha1,...]
#                [--families 4,6] [--sas 1,...] [--rounds N] [--secs N] [--perf]         --help tells all
# MAINMODE: the program of an optimised build that is there; else build/ is made.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/lab/packages.sh"
[ "$(id -u)" -eq 0 ] || { echo "$0: run it as root: it makes network namespaces, and devices in them" >&2; exit 2; }
need_packages bench || exit 1
if [ -z "${MAINMODE-}" ]; then
	[ -x "$top/configure" ] || (cd "$top" && ./bootstrap) >/dev/null || exit 1
	mkdir -p "$top/build"
	(cd "$top/build" && { [ -f config.status ] || "$top/configure" -q CFLAGS="-O2 -g"; } && make -s -j"$(nproc)" all) >&2 || exit 1
	MAINMODE=$top/build/mainmode
fi
bin=$(dirname "$MAINMODE")/tests/bin
[ -x "$bin/load" ] && [ -x "$bin/probe" ] || { echo "$0: $bin has no load and probe: run make all in $(dirname "$MAINMODE")" >&2; exit 2; }
exec python3 -B "$top/bench/forward" --mainmode "$MAINMODE" --load "$bin/load" --probe "$bin/probe" "$@"
