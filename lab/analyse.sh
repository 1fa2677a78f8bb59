#!/bin/bash
# Looks for faults in the router's code without running it: lab/analyse.sh cppcheck|clang-tidy|gcc [FILES]
# Without names: over all but tests/, bench/ and fuzz/, which run with sanitizers anyway. What it finds is printed and
# fails, unless lab/findings.txt says of that file and that check why the code is right. What it says and is found no
# more fails, too. gcc's is -fanalyzer; .clang-tidy says what clang-tidy looks for.
set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
build=build-analysis # for config.h, and for what was found
tool=${1-}
case $tool in cppcheck | clang-tidy | gcc) shift ;; *) sed -n 2p "$0" >&2; exit 2 ;; esac
whole=$((!$#)) # only then something may be missed
files=("$@")
[ "$#" -gt 0 ] || mapfile -t files < <(git ls-files '*.c' | grep -vE '^(tests|bench|fuzz)/')
[ -f "$build/config.h" ] || {
	[ -x configure ] || ./bootstrap >/dev/null 2>&1
	mkdir -p "$build" && (cd "$build" && ../configure -q >configure.out 2>&1) || { tail -20 "$build/configure.out"; exit 1; }
}
# the build's, but for warnings, which are its own
flags="-std=gnu17 -pthread -I. -I$build $(cd "$build" && make -s --eval='print-flags: ; @echo $(DEFS) $(filter-out -I$(srcdir),$(AM_CPPFLAGS)) $(CPPFLAGS)' print-flags 2>/dev/null | tail -1)"

# It reads none of the system's headers but sys/queue.h; lab/cppcheck.h has the macros that it cannot guess.
run_cppcheck() {
	printf '%s\n' "${files[@]}" | cppcheck -q -j"$(nproc)" --file-list=- --enable=warning,performance,portability --std=c11 \
		--library=posix,gnu --include=/usr/include/x86_64-linux-gnu/sys/queue.h --include=lab/cppcheck.h \
		-D__x86_64__ -D__linux__ -DHAVE_CONFIG_H -I. -I"$build" --template='{file}:{line}: {id}: {message}' 2>&1 ||
		echo "cppcheck:0: failed: it ended with an error"
}

# Both say FILE:LINE:COLUMN: warning: MESSAGE [CHECK]; `one` reads one file.
each() { # each FUNCTION
	export -f "$1" && export flags
	printf '%s\n' "${files[@]}" | xargs -P"$(nproc)" -I@ bash -c 'ulimit -t 30; out=$('"$1"' @); printf "%s\n" "$out"' |
		sed -nE "s,^($top/)?(\./)?,,; s/^([^ :]+:[0-9]+):[0-9]+: (warning|error): (.*) \[(-W)?([A-Za-z0-9.,-]+)\]\$/\1: \5: \3/p"
}
# Its analyzer goes through ten times as many states otherwise and takes 4 s for a file, for the same findings where both were tried.
one_clang_tidy() {
	clang-tidy --quiet "$1" -- $flags -Xclang -analyzer-config -Xclang max-nodes=20000 2>/dev/null
	case $? in 0 | 1) ;; *) echo "$1:0:0: error: clang-tidy failed, or took half a minute [tidy-failed]" ;; esac
}
# With -O1 callers' analysis sees what is inlined. It leaves places with too many states, and says so.
one_gcc() {
	local level=-O1
	[ "$1" != router/transport.c ] || level=-O0 # gcc 12 comes to no end with -O1
	gcc $flags $level -fanalyzer -Wanalyzer-too-complex -fdiagnostics-plain-output -fdiagnostics-path-format=none \
		-S -o /dev/null "$1" 2>&1 | sed -E "/terminating analysis/d; s,^cc1: ,$1:0:0: ,
			s,^.*analysis bailed out.*,$1:0:0: warning: it was not looked through to the end [-Wanalyzer-too-complex],"
	case ${PIPESTATUS[0]} in 0) ;; *) echo "$1:0:0: error: gcc failed, or took half a minute [analyzer-failed]" ;; esac
}

began=$SECONDS
out=$build/$tool
case $tool in
cppcheck) run_cppcheck ;;
clang-tidy) each one_clang_tidy ;;
gcc) each one_gcc ;;
esac | sort -u >"$out.out"
# of what is known: FILE CHECK[*HOW-MANY] REASON; FILE may be *
awk -v tool="$tool" -v whole="$whole" '
	function tool_of(check) { return check ~ /^analyzer-/ ? "gcc" : check ~ /-/ ? "clang-tidy" : "cppcheck" }
	FILENAME == ARGV[1] {
		if (/^[^#]/ && tool_of($2) == tool) {
			n = split($2, part, "*")
			known[$1 " " part[1]] = n > 1 ? part[2] : 1
		}
		next
	}
	{
		file = $1; sub(/:.*/, "", file)
		check = $2; sub(/:$/, "", check)
		if (("* " check) in known) { used["* " check]++; next }
		key = file " " check
		used[key]++
		text[key] = text[key] $0 "\n"
	}
	END {
		for (key in text)
			if (!(key in known))
				printf "%s", text[key]
			else if (used[key] != known[key])
				printf "%s  of these lab/findings.txt knows %d\n", text[key], known[key]
		for (key in known)
			if (whole && !(key in used))
				print key ": found no more: take it out of lab/findings.txt"
	}' lab/findings.txt "$out.out" >"$out.new"
echo "$tool: ${#files[@]} files, $(wc -l <"$out.out") findings ($((SECONDS - began)) s)"
early=$(grep -c ' analyzer-too-complex: ' "$out.out")
[ "$early" -eq 0 ] || echo "not looked through to the end: $early files, which are in $out.out"
[ ! -s "$out.new" ] || { cat "$out.new"; exit 1; }
