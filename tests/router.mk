check_PROGRAMS += tests/bin/test_router_plan
tests_bin_test_router_plan_SOURCES = tests/unit/test_router_plan.c tests/unit/unit.h
tests_bin_test_router_plan_LDADD = router/librouter.a config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_router_ns
tests_bin_test_router_ns_SOURCES = tests/unit/test_router_ns.c tests/unit/fake_ike.c tests/unit/fake_ike.h tests/unit/unit.h
tests_bin_test_router_ns_LDADD = router/librouter.a esp/libesp.a netif/libnetif.a config/libconfig.a base/libbase.a \
	$(CUNIT_LIBS) $(CRYPTO_LIBS) $(MNL_LIBS) $(EVENT_LIBS)
