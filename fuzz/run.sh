#!/bin/bash
# Fuzzes every parser: fuzz/run.sh [SECONDS [HARNESS...]], 10 seconds each unless said otherwise. doc/fuzzing.md has more.
#
# A harness is fuzz/fuzz_NAME.c. It is linked with what it needs of the folders that fuzz/build.sh builds, and with what its
# comment says after "libs:". Seeds are in fuzz/corpus/NAME/ and are only read, words in fuzz/NAME.dict. Prints one line for
# each harness, after a finding also the report and the input that caused it, and how many lines of ike/ were reached when
# llvm-cov is there. Builds in a temporary directory, which is removed.
#
# CORPUS=DIR keeps what is found worth keeping in DIR/NAME, and begins there the next time. MERGE=1 with it does not fuzz:
# of each DIR/NAME there is only the inputs stay that reach something which the seeds and the others do not.
#
# SEED=N mutates in the order that N gives, so that what one run met the next one meets, too; without it each run has its own.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
for_s=${1:-10}
[ $# -gt 0 ] && shift
corpus=${CORPUS-}
[ -z "$corpus" ] || { mkdir -p "$corpus" && corpus=$(cd "$corpus" && pwd); } || exit 1
[ -z "${MERGE-}" ] || [ -n "$corpus" ] || { echo "fuzz: MERGE needs CORPUS=DIR"; exit 1; }
command -v clang >/dev/null || { echo "fuzz: clang is missing: apt-get install clang"; exit 1; }
tmp=$(mktemp -d) || exit 1
finish() {
	local pid
	for pid in $(jobs -p); do kill -- "-$pid"; done 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
cd "$top" || exit 1
FUZZ_COVERED=
! command -v llvm-cov >/dev/null || ! command -v llvm-profdata >/dev/null || FUZZ_COVERED=ike
. fuzz/build.sh || exit 1

# found NAME: what ended it, and the inputs that did
found() {
	local input
	grep -v '^#' "$tmp/$1.log" | tail -40
	for input in "$tmp/$1.found"/*; do
		[ -f "$input" ] && echo "input (base64):" && base64 "$input"
	done
	echo "fuzz_$1: FAILED"
	return 1
}

# merge NAME: what of the corpus adds to the seeds, and no more. An input that ends the harness is a finding, and nothing is removed.
merge() {
	local input before less=$tmp/$1.less
	mkdir "$less" # the seeds are there, to begin with
	[ -z "$seeds" ] || cp "$seeds"/* "$less" || return 1
	before=$(find "$corpus/$1" -type f | wc -l)
	(cd "$tmp" && "./$1" -merge=1 -timeout=60 -rss_limit_mb=1024 -artifact_prefix="$tmp/$1.found/" "$less" "$corpus/$1") >"$tmp/$1.log" 2>&1 &&
		[ -z "$(ls "$tmp/$1.found")" ] || { found "$1"; return; }
	for input in ${seeds:+"$seeds"/*}; do
		rm -f "$less/$(basename "$input")"
	done
	rm -rf "${corpus:?}/$1" && mv "$less" "$corpus/$1" || return 1
	echo "fuzz_$1: $(find "$corpus/$1" -type f | wc -l) inputs of $before, beside the seeds"
}

# one NAME: builds and runs a harness; fails when it does not build or something was found
one() {
	local seeds new
	build_harness "$1" || return 1
	new=${corpus:+$corpus/$1}
	new=${new:-$tmp/$1.new}
	mkdir -p "$new" "$tmp/$1.found"
	seeds=$top/fuzz/corpus/$1
	[ -d "$seeds" ] || seeds=
	[ -z "${MERGE-}" ] || { merge "$1"; return; }
	# shellcheck disable=SC2046 # none or one
	if (cd "$tmp" && LLVM_PROFILE_FILE=$tmp/$1.profraw "./$1" -max_total_time="$for_s" -timeout=60 -rss_limit_mb=1024 -print_final_stats=1 \
		${SEED:+-seed="$SEED"} $(dictionary "$1") -artifact_prefix="$tmp/$1.found/" "$new" ${seeds:+"$seeds"}) >"$tmp/$1.log" 2>&1; then
		echo "fuzz_$1: ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/$1.log") inputs in $for_s s"
		return 0
	fi
	found "$1"
}

# Two at a time, each a process group of its own.
failed=0 running=0
one_ended() {
	wait -n || failed=1
	running=$((running - 1))
}
for harness in "$top"/fuzz/fuzz_*.c; do
	name=$(basename "$harness" .c)
	name=${name#fuzz_}
	[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	[ -z "${MERGE-}" ] || [ -d "$corpus/$name" ] || continue # nothing was found
	[ "$running" -lt 2 ] || one_ended
	set -m
	{
		one "$name" >"$tmp/$name.said" 2>&1
		rc=$?
		cat "$tmp/$name.said"
		exit $rc
	} &
	set +m
	running=$((running + 1))
done
while [ "$running" -gt 0 ]; do one_ended; done

if [ -f "$tmp/ike.profraw" ]; then
	for name in ike payload frag; do
		[ ! -f "$tmp/$name.profraw" ] || covered="${covered-} ${covered:+-object} $tmp/$name"
	done
	# shellcheck disable=SC2086 # a list of words
	llvm-profdata merge -o "$tmp/profile" "$tmp"/*.profraw &&
		llvm-cov report $covered -instr-profile="$tmp/profile" ike/*.c | awk '/^TOTAL/ { print "ike/: " $10 " of its lines were reached" }'
fi
exit $failed
