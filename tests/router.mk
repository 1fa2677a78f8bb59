check_PROGRAMS += tests/bin/test_router_plan
tests_bin_test_router_plan_SOURCES = tests/unit/test_router_plan.c tests/unit/unit.h
tests_bin_test_router_plan_LDADD = router/librouter.a config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
