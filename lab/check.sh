#!/bin/bash
# The work behind ./check: one build with ASan and UBSan, one optimised, one without the
# libraries that may be missing, one with TSan, and the tiers. Each tier runs several of its
# tests at a time, prints them as they end and leaves "passed failed" in $work/counts.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
. lab/packages.sh
need_packages test || exit 1

work=$(mktemp -d)
trap finish EXIT
trap 'exit 1' INT TERM HUP PIPE # so that finish runs then, too
: >"$work/counts"
jobs=$(nproc)

# Each test is a process group of its own: what is interrupted ends with all that it has started, and cleans up.
declare -A name=() out=() began=() run=()
begun=0 at_once=$jobs limit=400
again=() # the commands of what failed beside others and is run once more, alone
alone=   # set: they are
finish() {
	local rc=$? pid
	trap '' INT TERM HUP PIPE
	for pid in "${!name[@]}"; do kill -TERM -- "-$pid"; done 2>/dev/null
	wait
	rm -rf "$work"
	exit "$rc"
}

say() { printf '== %s (%ss)\n' "$*" "$SECONDS"; }
count() { echo "$1 $2" >>"$work/counts"; }

# begin NAME COMMAND...: a test, which passes when it exits 0. No more than $at_once run at a time, and none for ever.
begin() {
	local test=$1
	shift
	[ "${#name[@]}" -lt "$at_once" ] || ended
	begun=$((begun + 1))
	set -m
	timeout -k 20 "$limit" "$@" >"$work/$begun.out" 2>&1 </dev/null &
	set +m
	name[$!]=$test out[$!]=$work/$begun.out began[$!]=$SECONDS run[$!]=$(printf '%q ' "$test" "$@")
}

# What waits for other programs on a loaded machine may fail for that alone. It is told, never hidden. What a sanitizer
# reports is a fault whatever else runs.
to_repeat() { # to_repeat TEST OUTPUT
	! grep -qE '(ERROR|WARNING): [A-Za-z]+Sanitizer|: runtime error: |%SYS-2-SECCOMP' "$2" || return 1
	case $1 in "e2e "* | "optimised e2e "* | "tsan e2e "* | "interop "* | "clients "* | "soak "*) [ -z "$alone" ] && [ "${#again[@]}" -lt 5 ] ;; *) return 1 ;; esac
}

# said OUTPUT: of what a test that failed has said the end, and before it what failed first: the rest may follow from that
said() {
	if [ "$(wc -l <"$1")" -gt 100 ]; then
		head -n -100 "$1" | grep -E -A 4 -m 3 'FAILED$|^(FAIL|not ok|fail) |Sanitizer: |runtime error: ' | head -20
		echo '[...]'
	fi | sed 's/^/     /'
	tail -100 "$1" | sed 's/^/     /'
}

# ended: waits until one of them ends, and prints it with what it says of its cells
ended() {
	local pid rc took
	wait -n -p pid "${!name[@]}"
	rc=$?
	took=$((SECONDS - began[$pid]))
	if [ "$rc" -eq 0 ]; then
		grep -E '^([^ ]*: )?(pass|skip-by-peer) ' "${out[$pid]}" | sed 's/^/     /'
		echo "ok   ${name[$pid]}$([ $took -lt 5 ] || echo " ($took s)")${alone:+, alone: it had failed beside others}"
		count 1 0
	elif to_repeat "${name[$pid]}" "${out[$pid]}"; then
		echo "failed ${name[$pid]} ($took s): once more at the end, alone"
		said "${out[$pid]}"
		again+=("${run[$pid]}")
	else
		echo "FAIL ${name[$pid]} ($took s)"
		said "${out[$pid]}"
		count 0 1
	fi
	rm -f "${out[$pid]}"
	unset "name[$pid]" "out[$pid]" "began[$pid]" "run[$pid]"
}
all_ended() { while [ "${#name[@]}" -gt 0 ]; do ended; done; }

goal=all # of a build
build() { # build DIR CONFIGURE-ARGUMENTS...
	local dir=$1
	shift
	mkdir -p "$dir" && (cd "$dir" && { [ -f config.status ] || "$top/configure" -q "$@" >configure.out 2>&1 || { tail -20 configure.out; exit 1; }; } &&
		make -s -j"$jobs" "$goal" >make.out 2>&1 || { tail -40 make.out; exit 1; })
}

# unit DIR TIER [NAMES]: unit and engine tests of one build, or those of these names; every CUnit program prints its own summary
unit() {
	local dir=$1 t tests goals
	tests=$(cd "$dir" && make -s print-tests | tr ' ' '\n' | grep -E "${3-.}")
	goals=${3:+$tests}
	(cd "$dir" && make -s -j"$jobs" ${goals:-check TESTS=} >make.out 2>&1) || { tail -40 "$dir/make.out"; echo "FAIL $2: its tests do not build"; count 0 1; return; }
	for t in $tests; do
		begin "$2 $t" env srcdir="$top" ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS="suppressions=$top/tests/tsan.supp" ${wrap-} "$dir/$t"
	done
	all_ended
}

# scripts TIER: those that take longest first, so that they do not end after all the others
slow='netmiko ansible faults_running nothing_lost rekey fullload impaired mtu mtu_tcp dvti faults_phase1 faults_reach strongswan_life strongswan'
scripts() {
	local t
	for t in $slow; do
		[ -x "tests/$1/$t.sh" ] && echo "$t"
	done
	for t in tests/"$1"/*.sh; do
		t=$(basename "$t" .sh)
		case " $slow " in *" $t "*) continue ;; esac
		[ -x "tests/$1/$t.sh" ] && echo "$t"
	done
}

# threaded DIR: of its tests those that can begin a thread, as unit takes names
threaded() {
	(
		cd "$1" && make -s -j"$jobs" check TESTS= >make.out 2>&1 || exit
		for t in $(make -s print-tests); do
			nm "$t" | grep -qE ' U (pthread|thrd)_create' && printf '/%s$|' "${t##*/}"
		done
	) | sed 's/|$//'
}
# and the scripts beside them: SAs that are renewed under load, workers of each transport, terminals and what they show
busy='rekey transport ssh together dvti capture vtystorm many show_net counters removal'

# what memcheck looks at: negotiations, and what takes octets and text from outside apart. Of the tests of the engine it leaves out
# those that take it about a minute each, and of which others do the most.
in_valgrind() { # in_valgrind: as unit takes names
	local t others='payload|attr|keys|base|acl|acl_cmds|cmd|check|capture|capture_live|cause|console|aaa|secret_esp|secret_password'
	for t in tests/engine/test_*.c; do
		t=$(basename "$t" .c)
		case $t in test_amplifier | test_flood | test_rekey) ;; *) others+="|${t#test_}" ;; esac
	done
	echo "/test_($others)\$"
}

no_build() { echo "FAIL $tier: it does not build"; count 0 1; }

tiers=${*:-style asan optimised plain e2e clients interop fuzz}
[ "$tiers" = ci ] && tiers='style asan optimised plain analysis threads valgrind e2e clients soak interop fuzz'
[ "$tiers" = all ] && tiers='style asan optimised plain analysis tsan valgrind e2e clients soak interop fuzz'
[ -x configure ] || { say bootstrap; ./bootstrap >"$work/boot" 2>&1 || { tail -20 "$work/boot"; exit 1; }; }
for tier in $tiers; do
	case $tier in clients | soak | interop) ;; # may begin while the last of the tier before are still waiting
	*) all_ended ;; esac
	say "$tier"
	at_once=$jobs
	case $tier in
	style) begin clang-format bash -c "git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror"
		begin "tests that doc/ names" tests/golden/rows.py ;;
	asan) build build-asan --enable-sanitizers CFLAGS="-O1 -g" && unit build-asan asan || no_build ;;
	optimised) # and what threads may call, and where keys lie, which is not so with sanitizers
		build build CFLAGS="-O2 -g" && unit build optimised || { no_build; continue; }
		at_once=4
		for t in seccomp capture ssh many transport; do
			begin "optimised e2e $t" env MAINMODE="$top/build/mainmode" "tests/e2e/$t.sh"
		done ;;
	plain) # as where intel-ipsec-mb and libxdp are not there: the router, and the tests of the folders that use them
		goal=mainmode
		build build-plain --without-ipsec-mb --without-xdp --without-libcap-ng --without-seccomp CFLAGS=-O0 && unit build-plain plain 'test_(esp|netif)' || no_build
		goal=all ;;
	analysis)
		at_once=1 limit=900 # each takes all processors
		for t in cppcheck clang-tidy gcc; do
			begin "analysis $t" lab/analyse.sh "$t"
		done
		all_ended
		limit=400 ;;
	threads | tsan) # all of it, or what CI has time for: the tests that can begin threads, and scripts that keep threads busy
		build build-tsan --enable-sanitizers=thread CFLAGS="-O1 -g" || { no_build; continue; }
		wrap="setarch -R" # gcc 12's finds no room for its shadow where the kernel spreads addresses over 32 bits
		$wrap true 2>/dev/null || wrap=
		if [ "$tier" = tsan ]; then
			CHAOS_RUNS=25 unit build-tsan tsan # it has no threads, as most of these
			some=$(scripts e2e)
		else
			names=$(threaded build-tsan) some=$busy
		fi
		at_once=4
		for t in $some; do
			begin "tsan e2e $t" env MAINMODE="$top/build-tsan/mainmode" $wrap "tests/e2e/$t.sh"
		done
		[ "$tier" = tsan ] || unit build-tsan tsan "$names" # beside scripts, which mostly wait
		wrap= ;;
	valgrind) # without ipsec-mb, whose AVX512 valgrind does not know
		wrap="valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
		[ ! -f tests/valgrind.supp ] || wrap="$wrap --suppressions=$top/tests/valgrind.supp"
		goal=mainmode
		build build-valgrind --enable-sanitizers=valgrind --without-ipsec-mb CFLAGS="-O1 -g" || { no_build; goal=all; continue; }
		CHAOS_RUNS=10 unit build-valgrind valgrind "$(in_valgrind)"
		goal=all wrap= ;;
	e2e | interop | clients)
		at_once=4 # each in namespaces of its own, and most of the time they wait
		build build-asan --enable-sanitizers CFLAGS="-O1 -g" || { no_build; continue; }
		for t in $(scripts "$tier"); do
			begin "$tier $t" env MAINMODE="$top/build-asan/mainmode" "tests/$tier/$t.sh"
		done ;;
	soak) # storms of events for three minutes, beside what waits
		at_once=4 limit=$((${SOAK_SECONDS:-180} + 220))
		build build-asan --enable-sanitizers CFLAGS="-O1 -g" || { no_build; continue; }
		for t in $(scripts soak); do
			begin "soak $t" env MAINMODE="$top/build-asan/mainmode" "tests/soak/$t.sh" "${SOAK_SECONDS:-180}"
		done ;;
	fuzz) # in an order that stays the same: a commit that has passed passes again. What is new is for `make fuzz`.
		begin fuzz env SEED=1 fuzz/run.sh 8 ;;
	*) echo "no such tier: $tier" >&2; exit 2 ;;
	esac
done
all_ended
at_once=1 alone=1 limit=600
for t in "${again[@]}"; do
	eval "begin $t"
	all_ended
done
say end
awk '{ p += $1; f += $2 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }' "$work/counts"
