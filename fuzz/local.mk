# make fuzz SECONDS=N: every harness for N seconds. They are built by the script, with clang, and not by make all.
EXTRA_DIST += fuzz/run.sh fuzz/no_router.h fuzz/fuzz_payload.c fuzz/corpus/payload fuzz/fuzz_ike.c fuzz/corpus/ike
EXTRA_DIST += fuzz/fuzz_frag.c fuzz/corpus/frag fuzz/fuzz_type6.c fuzz/corpus/type6

fuzz:
	$(srcdir)/fuzz/run.sh $(SECONDS)
.PHONY: fuzz
