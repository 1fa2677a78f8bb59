#!/bin/sh
# Fuzzes every parser: fuzz/run.sh [SECONDS [HARNESS...]], 10 seconds each unless said otherwise.
#
# A harness is fuzz/fuzz_NAME.c. It is linked with what it needs of the folders below, and with what its comment says
# after "libs:". Seeds are in fuzz/corpus/NAME/ and are only read. Prints one line for each harness; after a finding
# also the report and the input that caused it. Builds in a temporary directory, which is removed.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
for_s=${1:-10}
[ $# -gt 0 ] && shift
command -v clang >/dev/null || { echo "fuzz: clang is missing: apt-get install clang"; exit 1; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
cd "$top" || exit 1

flags="-std=gnu17 -g -O1 -I$top -I$tmp -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
mkdir "$tmp/objects"
printf '#define _GNU_SOURCE 1\n#define PACKAGE_VERSION "fuzz"\n' >"$tmp/config.h" # configure's is not needed
for source in base/*.c config/*.c ike/*.c esp/*.c startup-config/*.c shell/*.c tests/engine/pair.c; do
	[ "$source" = shell/main.c ] || echo "$source $tmp/objects/$(echo "$source" | tr / _).o"
done >"$tmp/list"
# shellcheck disable=SC2086 # a list of words
xargs -P "$(nproc)" -L 1 sh -c 'clang '"$flags"' -fsanitize=fuzzer-no-link -c "$0" -o "$1"' <"$tmp/list" >"$tmp/log" 2>&1 &&
	ar rcs "$tmp/all.a" "$tmp"/objects/*.o || {
	cat "$tmp/log"
	echo "fuzz: the objects do not build"
	exit 1
}

failed=0
for harness in "$top"/fuzz/fuzz_*.c; do
	name=$(basename "$harness" .c)
	name=${name#fuzz_}
	[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	# shellcheck disable=SC2046,SC2086 # lists of words
	if ! clang $flags -fsanitize=fuzzer -o "$tmp/$name" "$harness" "$tmp/all.a" \
		$(sed -n "s/^ \* libs: *//p" "$harness") >"$tmp/$name.log" 2>&1; then
		cat "$tmp/$name.log"
		echo "fuzz_$name: does not build"
		failed=1
		continue
	fi
	mkdir -p "$tmp/$name.new" "$tmp/$name.found"
	seeds=$top/fuzz/corpus/$name
	[ -d "$seeds" ] || seeds=
	if (cd "$tmp" && "./$name" -max_total_time="$for_s" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$tmp/$name.found/" "$tmp/$name.new" ${seeds:+"$seeds"}) >"$tmp/$name.log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/$name.log")
		echo "fuzz_$name: ok, $runs inputs in $for_s s"
	else
		grep -v '^#' "$tmp/$name.log" | tail -40
		for input in "$tmp/$name.found"/*; do
			[ -f "$input" ] && echo "input (base64):" && base64 "$input"
		done
		echo "fuzz_$name: FAILED"
		failed=1
	fi
done
exit $failed
