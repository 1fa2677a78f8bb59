#!/bin/bash
# The work behind ./check: one build with ASan and UBSan, one optimised, then the tiers. Each tier prints its tests as
# they end and leaves "passed failed" in $work/counts.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
. lab/packages.sh
need_packages test || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/counts"
jobs=$(nproc)

say() { printf '== %s (%ss)\n' "$*" "$SECONDS"; }
count() { echo "$1 $2" >>"$work/counts"; }

# one NAME COMMAND...: one test, which passes when it exits 0; what it says of its cells is shown
one() {
	local name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		grep -E '^([^ ]*: )?(pass|skip-by-peer) ' "$work/out" | sed 's/^/     /'
		echo "ok   $name"
		count 1 0
	else
		echo "FAIL $name"
		sed 's/^/     /' "$work/out" | tail -100
		count 0 1
	fi
}

build() { # build DIR CONFIGURE-ARGUMENTS...
	local dir=$1
	shift
	mkdir -p "$dir" && (cd "$dir" && { [ -f config.status ] || "$top/configure" -q "$@" >configure.out 2>&1 || { tail -20 configure.out; exit 1; }; } &&
		make -s -j"$jobs" all >make.out 2>&1 || { tail -40 make.out; exit 1; })
}

# unit and engine tests of one build; every CUnit program prints its own summary
unit() {
	local dir=$1
	(cd "$dir" && make -s -j"$jobs" check TESTS= >make.out 2>&1) || { tail -40 "$dir/make.out"; count 0 1; return; }
	for t in $(cd "$dir" && make -s print-tests); do
		one "$2 $t" env srcdir="$top" ASAN_OPTIONS=detect_leaks=1 "$dir/$t"
	done
}

tiers=${*:-style asan optimised e2e interop fuzz}
[ -x configure ] || { say bootstrap; ./bootstrap >"$work/boot" 2>&1 || { tail -20 "$work/boot"; exit 1; }; }
for tier in $tiers; do
	say "$tier"
	case $tier in
	style) one "clang-format" bash -c "git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror" ;;
	asan) build build-asan --enable-sanitizers CFLAGS="-O1 -g" && unit build-asan asan || count 0 1 ;;
	optimised) build build CFLAGS="-O2 -g" && unit build optimised || count 0 1 ;;
	e2e | interop | clients)
		for t in tests/"$tier"/*.sh; do
			[ -x "$t" ] || continue
			build build-asan --enable-sanitizers CFLAGS="-O1 -g" || { count 0 1; break; }
			one "$tier $(basename "$t" .sh)" env MAINMODE="$top/build-asan/mainmode" "$t"
		done ;;
	fuzz) [ -x fuzz/run.sh ] && one "fuzz" fuzz/run.sh 10 ;;
	*) echo "no such tier: $tier" >&2; exit 2 ;;
	esac
done
awk '{ p += $1; f += $2 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }' "$work/counts"
