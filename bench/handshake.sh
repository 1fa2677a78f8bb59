#!/bin/bash
# Prints where the time of a handshake goes, in instructions as valgrind counts them: OpenSSL's share, and what is left.
# Both halves are in it, and the deletes that end it.   bench/handshake.sh [GROUP...]
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
program=${HANDSHAKES:-$top/build/tests/bin/handshakes}
[ -x "$program" ] || { echo "no program at $program: make check in build/ makes it"; exit 1; }
[ $# -gt 0 ] || set -- 2 14
out=$(mktemp /tmp/mainmode-bench.XXXXXX)
trap 'rm -f "$out" "$out".*' EXIT
for group in "$@"; do
	"$program" 200 "$group"
	for n in 20 120; do # the difference is a hundred handshakes without the start
		valgrind -q --tool=callgrind --callgrind-out-file="$out.$n" "$program" $n "$group" >/dev/null || exit 1
		# the cost of each line of each function, by the object it is in; the line after calls= is somebody else's
		awk '
			/^ob=/ { id = $0; sub(/^ob=/, "", id); sub(/ .*/, "", id); if (NF > 1) name[id] = $2; ob = name[id] }
			/^calls=/ { skip = 1; next }
			/^[0-9+*-]/ { if (skip) { skip = 0; next } cost[ob] += $2 }
			/^cob=|^ob=/ { if (NF > 1) { id = $1; sub(/^c?ob=/, "", id); name[id] = $2 } }
			END { for (o in cost) print cost[o], o }' "$out.$n" >"$out.$n.by"
	done
	awk -v group="$group" '
		NR == FNR { before[$2] = $1; next }
		{ cost = $1 - before[$2]; all += cost; if ($2 ~ /libcrypto/) ssl += cost }
		END { printf "group %s: %.0f thousand instructions for a handshake, %.1f %% of them outside OpenSSL (%.0f thousand)\n",
			group, all / 100000, (all - ssl) * 100 / all, (all - ssl) / 100000 }' "$out.20.by" "$out.120.by"
done
