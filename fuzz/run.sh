#!/bin/bash
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
finish() {
	local pid
	for pid in $(jobs -p); do kill -- "-$pid"; done 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
cd "$top" || exit 1

flags="-std=gnu17 -g -O1 -I$top -I$tmp -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
mkdir "$tmp/objects"
printf '#define _GNU_SOURCE 1\n#define PACKAGE_VERSION "fuzz"\n' >"$tmp/config.h" # configure's is not needed
# ESP's other engine, where it is there
multi=
if printf '#include <intel-ipsec-mb.h>\n#if IMB_VERSION_NUM < 0x10300\n#error\n#endif\nint main(void) { return !imb_get_mb_mgr_size(); }\n' |
	clang -x c - -o "$tmp/multi" -lIPSec_MB 2>/dev/null; then
	multi=-lIPSec_MB
	echo '#define HAVE_IPSEC_MB 1' >>"$tmp/config.h"
fi
awk -f explain/pages.awk ike/debug.def router/debug.def explain/foreign.def doc/messages/*.md >"$tmp/pages.c"
awk -f explain/css.awk explain/html.css >"$tmp/html_css.c"
for source in base/*.c config/*.c ike/*.c esp/*.c startup-config/*.c explain/*.c "$tmp/pages.c" "$tmp/html_css.c" shell/*.c tests/engine/pair*.c; do
	[ "$source" = shell/main.c ] || echo "$source $tmp/objects/$(echo "${source#"$tmp/"}" | tr / _).o"
done >"$tmp/list"
# shellcheck disable=SC2086 # a list of words
xargs -P "$(nproc)" -L 1 sh -c 'clang '"$flags"' -fsanitize=fuzzer-no-link -c "$0" -o "$1"' <"$tmp/list" >"$tmp/log" 2>&1 &&
	ar rcs "$tmp/all.a" "$tmp"/objects/*.o || {
	cat "$tmp/log"
	echo "fuzz: the objects do not build"
	exit 1
}

# one NAME: builds and runs a harness; fails when it does not build or something was found
one() {
	local harness seeds input
	harness=$top/fuzz/fuzz_$1.c
	# shellcheck disable=SC2046,SC2086 # lists of words
	if ! clang $flags -fsanitize=fuzzer -o "$tmp/$1" "$harness" "$tmp/all.a" \
		$(sed -n "s/^ \* libs: *//p" "$harness") $multi >"$tmp/$1.log" 2>&1; then
		cat "$tmp/$1.log"
		echo "fuzz_$1: does not build"
		return 1
	fi
	mkdir -p "$tmp/$1.new" "$tmp/$1.found"
	seeds=$top/fuzz/corpus/$1
	[ -d "$seeds" ] || seeds=
	if (cd "$tmp" && "./$1" -max_total_time="$for_s" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$tmp/$1.found/" "$tmp/$1.new" ${seeds:+"$seeds"}) >"$tmp/$1.log" 2>&1; then
		echo "fuzz_$1: ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/$1.log") inputs in $for_s s"
		return 0
	fi
	grep -v '^#' "$tmp/$1.log" | tail -40
	for input in "$tmp/$1.found"/*; do
		[ -f "$input" ] && echo "input (base64):" && base64 "$input"
	done
	echo "fuzz_$1: FAILED"
	return 1
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
exit $failed
