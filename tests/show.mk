check_PROGRAMS += tests/bin/test_show_crypto
tests_bin_test_show_crypto_SOURCES = tests/unit/test_show_crypto.c tests/unit/fake_session.c tests/unit/fake_session.h
tests_bin_test_show_crypto_LDADD = shell/libshell.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
