#!/bin/bash
# The program is built so that a flaw in it is harder to use: it is loaded anywhere, nothing that can be written can be
# run, what the loader fills in is read-only afterwards, overflows of the stack and of known buffers end it. What the
# compiler and the linker take is in the Makefile of the build (configure.ac asked them), and all of it must be had.
set -u
mainmode=${MAINMODE:-$(cd "$(dirname "$0")/../.." && pwd)/mainmode}
build=$(dirname "$mainmode")
flags=$(sed -n 's/^\(HARDEN_CFLAGS\|HARDEN_LDFLAGS\|SAN_FLAGS\) = //p' "$build/Makefile") && [ -n "$flags" ] ||
	{ echo "FAIL: no flags in $build/Makefile"; exit 1; }
rc=0
fail() {
	echo "FAIL: $*"
	rc=1
}
asked() { case " $(echo $flags) " in *" $1 "*) ;; *) return 1 ;; esac; }
out=$(mktemp)
readelf -hldSnW "$mainmode" >"$out" || exit 1
symbols=$(nm -D "$mainmode") || exit 1
trap 'rm -f "$out"' EXIT
has() { grep -Eq -e "$1" "$out"; }

for flag in -fPIE -pie -fstack-protector-strong -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code; do
	asked $flag || fail "the compiler here does not take $flag"
done
has 'Type: +DYN' && has 'Flags:.* PIE' || fail "it is not loaded anywhere: no PIE"
has '^ +GNU_RELRO ' && has 'FLAGS_1.*NOW' || fail "what the loader fills in stays writable: no full RELRO"
has '^ +GNU_STACK .* RW ' || fail "its stack can be run"
! has '^ +LOAD .* (RWE|WE) ' || fail "a part of it can be written and run"
! has '\((TEXTREL|RPATH|RUNPATH)\)' || fail "its code is changed as it is loaded, or libraries are looked for elsewhere"
! has '^ +LOAD +0x0+ .* R E ' || fail "what is no code of it can be run: its header"
grep -q ' __stack_chk_fail' <<<"$symbols" || fail "overflows of the stack are not seen"
# builds for sanitizers and valgrind go without
if asked -U_FORTIFY_SOURCE && grep -q -- '-O[123s]' "$build/flags"; then
	for f in memcpy snprintf vsnprintf strcpy; do
		grep -q " __${f}_chk" <<<"$symbols" || fail "$f() does not know how large its buffer is"
	done
	asked -D_FORTIFY_SOURCE=3 || asked -D_FORTIFY_SOURCE=2 || fail "no _FORTIFY_SOURCE"
fi
if asked -fcf-protection=full; then
	for folder in base config esp explain ike netif router shell startup-config; do
		for object in "$build/$folder"/*.o; do
			[ -e "$object" ] || { fail "no objects in $build/$folder"; continue; }
			readelf -nW "$object" 2>/dev/null | grep -q 'x86 feature: IBT, SHSTK' || fail "$object: its jumps are not marked"
		done
	done
	! asked -Wl,-z,shstk || has 'x86 feature:.*SHSTK' || fail "it takes no shadow stack"
fi
[ $rc -eq 0 ] || echo "FAILED: $0"
exit $rc
