#!/bin/bash
# Looks for faults in the router's code without running it: lab/analyse.sh [FILES]
# Without names: cppcheck over all but tests/, bench/ and fuzz/, which run with sanitizers anyway. What it finds is printed and
# fails, unless lab/findings.txt says of that file and that check why the code is right.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
build=build-analysis # for config.h
files=("$@")
[ "$#" -gt 0 ] || mapfile -t files < <(git ls-files '*.c' | grep -vE '^(tests|bench|fuzz)/')
[ -f "$build/config.h" ] || {
	[ -x configure ] || ./bootstrap >/dev/null 2>&1
	mkdir -p "$build" && (cd "$build" && ../configure -q >configure.out 2>&1) || { tail -20 "$build/configure.out"; exit 1; }
}

# It reads none of the system's headers but sys/queue.h; lab/cppcheck.h has the macros that it cannot guess.
began=$SECONDS
printf '%s\n' "${files[@]}" | cppcheck -q -j"$(nproc)" --file-list=- --enable=warning,performance,portability --std=c11 \
	--library=posix,gnu --include=/usr/include/x86_64-linux-gnu/sys/queue.h --include=lab/cppcheck.h \
	-D__x86_64__ -D__linux__ -DHAVE_CONFIG_H -I. -I"$build" --template='{file}:{line}: {id}: {message}' >"$build/cppcheck.all" 2>&1
rc=$?
sort -u "$build/cppcheck.all" >"$build/cppcheck.out"
# of what is known: FILE CHECK REASON
awk 'FILENAME == ARGV[1] { known[$1 " " $2] = 1; next }
	{ file = $1; sub(/:.*/, "", file); check = $2; sub(/:$/, "", check) }
	!((file " " check) in known)' lab/findings.txt "$build/cppcheck.out" >"$build/cppcheck.new"
echo "cppcheck: ${#files[@]} files, $(wc -l <"$build/cppcheck.out") findings, $(wc -l <"$build/cppcheck.new") of them new ($((SECONDS - began)) s)"
[ ! -s "$build/cppcheck.new" ] || { cat "$build/cppcheck.new"; rc=1; }
exit "$rc"
