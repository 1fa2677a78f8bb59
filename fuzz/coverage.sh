#!/bin/bash
# Which lines of a folder fuzzing reaches: fuzz/coverage.sh [SECONDS [FOLDER HARNESS...]], of ike/ by its harnesses unless
# said otherwise. Runs the seeds and what is in $CORPUS/NAME (fuzz/run.sh), and fuzzes for so many seconds more, 0 unless
# said. Prints lines and functions for each file and in total; with LINES_NOT=1 also each line that was not reached.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
for_s=${1:-0} folder=${2:-ike}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- ike payload frag
for tool in clang llvm-cov llvm-profdata; do
	command -v $tool >/dev/null || { echo "coverage: $tool is missing: apt-get install clang llvm"; exit 1; }
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
cd "$top" || exit 1
# no sanitizers: they find no other lines
export FUZZ_SANITIZERS='' FUZZ_COVERED="$folder"
. fuzz/build.sh || exit 1

for name in "$@"; do
	build_harness "$name" || exit 1
	mkdir "$tmp/$name.new"
	cp -r ${CORPUS:+"$CORPUS/$name/."} "$tmp/$name.new/" 2>/dev/null
	seeds=fuzz/corpus/$name
	[ -d "$seeds" ] || seeds=
	find "$tmp/$name.new" ${seeds:+"$seeds"} -type f >"$tmp/inputs"
	# one process: a process for each input would take most of the time
	LLVM_PROFILE_FILE=$tmp/$name-0.profraw xargs "$tmp/$name" -timeout=60 <"$tmp/inputs" >"$tmp/log" 2>&1 || tail -5 "$tmp/log"
	[ "$for_s" -eq 0 ] || LLVM_PROFILE_FILE=$tmp/$name-1.profraw "$tmp/$name" -max_total_time="$for_s" -timeout=60 -artifact_prefix="$tmp/" \
		$(dictionary "$name") "$tmp/$name.new" ${seeds:+"$seeds"} >"$tmp/log" 2>&1 || tail -5 "$tmp/log"
	objects="${objects-} ${objects:+-object} $tmp/$name"
done
llvm-profdata merge -o "$tmp/profile" "$tmp"/*.profraw || exit 1
# shellcheck disable=SC2086 # a list of words
llvm-cov report $objects -instr-profile="$tmp/profile" "$folder"/*.c |
	awk '/\.c / || /^TOTAL/ { printf "%-24s %5d lines  %5d not reached  %6s   %4d functions  %3d not\n", $1, $8, $9, $10, $5, $6 }'
[ -z "${LINES_NOT-}" ] || llvm-cov show $objects -instr-profile="$tmp/profile" "$folder"/*.c |
	awk '/^\// { file = $0 } /^ +[0-9]+\| +0\|/ { print file $0 }'
