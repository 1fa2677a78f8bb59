check_PROGRAMS += tests/bin/test_cause
tests_bin_test_cause_SOURCES = tests/unit/test_cause.c tests/unit/unit.h
tests_bin_test_cause_LDADD = explain/libexplain.a base/libbase.a $(CUNIT_LIBS)
