# Sourced by fuzz/run.sh and fuzz/coverage.sh: builds all that harnesses are linked with, with clang, into $tmp/all.a.
# In: $top, $tmp. FUZZ_SANITIZERS: flags, address and undefined unless set. FUZZ_COVERED: folders whose lines are counted.
# build_harness NAME: links fuzz/fuzz_NAME.c, and what its comment says after "libs:", as $tmp/NAME; prints why it cannot.
# dictionary NAME: the option for its dictionary, if it has one.
fuzz_flags="-std=gnu17 -g -O1 -I$top -I$tmp ${FUZZ_SANITIZERS--fsanitize=address,undefined -fno-sanitize-recover=all} -fno-omit-frame-pointer"
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
for source in base/*.c config/*.c ike/*.c esp/*.c startup-config/*.c explain/*.c "$tmp/pages.c" "$tmp/html_css.c" shell/*.c tests/engine/pair*.c \
	fuzz/ike_*.c; do
	case " ${FUZZ_COVERED-} " in *" ${source%%/*} "*) covered="-fprofile-instr-generate -fcoverage-mapping" ;; *) covered= ;; esac
	[ "$source" = shell/main.c ] || echo "$source $tmp/objects/$(echo "${source#"$tmp/"}" | tr / _).o${covered:+ $covered}"
done >"$tmp/list"
# shellcheck disable=SC2016,SC2086 # the inner shell's; a list of words
xargs -P "$(nproc)" -L 1 sh -c 'source=$0 object=$1; shift; clang '"$fuzz_flags"' -fsanitize=fuzzer-no-link "$@" -c "$source" -o "$object"' <"$tmp/list" >"$tmp/log" 2>&1 &&
	ar rcs "$tmp/all.a" "$tmp"/objects/*.o || {
	cat "$tmp/log"
	echo "fuzz: the objects do not build"
	return 1
}

build_harness() {
	local harness=$top/fuzz/fuzz_$1.c
	# shellcheck disable=SC2046,SC2086 # lists of words
	clang $fuzz_flags -fsanitize=fuzzer ${FUZZ_COVERED:+-fprofile-instr-generate} -o "$tmp/$1" "$harness" "$tmp/all.a" \
		$(sed -n "s/^ \* libs: *//p" "$harness") $multi >"$tmp/$1.log" 2>&1 || {
		cat "$tmp/$1.log"
		echo "fuzz_$1: does not build"
		return 1
	}
}

dictionary() { [ ! -f "$top/fuzz/$1.dict" ] || echo "-dict=$top/fuzz/$1.dict"; }
