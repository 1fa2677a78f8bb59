check_PROGRAMS += tests/bin/test_cause
tests_bin_test_cause_SOURCES = tests/unit/test_cause.c tests/unit/unit.h
tests_bin_test_cause_LDADD = explain/libexplain.a base/libbase.a $(CUNIT_LIBS)
check_PROGRAMS += tests/bin/test_pages
tests_bin_test_pages_SOURCES = tests/unit/test_pages.c tests/unit/unit.h
tests_bin_test_pages_LDADD = explain/libexplain.a $(CUNIT_LIBS)
