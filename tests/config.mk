check_PROGRAMS += tests/bin/test_model tests/bin/test_ifname tests/bin/test_nvram
tests_bin_test_model_SOURCES = tests/unit/test_model.c tests/unit/unit.h
tests_bin_test_model_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_ifname_SOURCES = tests/unit/test_ifname.c tests/unit/unit.h
tests_bin_test_ifname_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_nvram_SOURCES = tests/unit/test_nvram.c tests/unit/unit.h
tests_bin_test_nvram_LDADD = startup-config/libnvram.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
