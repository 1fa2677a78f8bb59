check_PROGRAMS += tests/bin/test_base
tests_bin_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_bin_test_base_LDADD = base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_sandbox
tests_bin_test_sandbox_SOURCES = tests/unit/test_sandbox.c tests/unit/unit.h
tests_bin_test_sandbox_LDADD = base/libbase.a $(CUNIT_LIBS)
check_PROGRAMS += tests/bin/test_locked
tests_bin_test_locked_SOURCES = tests/unit/test_locked.c tests/unit/unit.h
tests_bin_test_locked_LDADD = base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_locked_LDFLAGS = -Wl,--wrap=malloc_trim
