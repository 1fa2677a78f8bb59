router_rig = tests/unit/router_rig.c tests/unit/router_rig.h tests/unit/unit.h
router_libs = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
router_net_libs = esp/libesp.a netif/libnetif.a $(router_libs) $(NETIF_LIBS) $(EVENT_LIBS) $(IPSEC_MB_LIBS)

check_PROGRAMS += tests/bin/test_router_plan
tests_bin_test_router_plan_SOURCES = tests/unit/test_router_plan.c tests/unit/unit.h
tests_bin_test_router_plan_LDADD = router/librouter.a $(router_libs)

check_PROGRAMS += tests/bin/test_router_ns
tests_bin_test_router_ns_SOURCES = tests/unit/test_router_ns.c tests/unit/fake_ike.c tests/unit/fake_dh.c tests/unit/fake_ike.h $(router_rig)
tests_bin_test_router_ns_LDADD = router/librouter.a $(router_net_libs)

check_PROGRAMS += tests/bin/test_router_pair
tests_bin_test_router_pair_SOURCES = tests/unit/test_router_pair.c $(router_rig)
tests_bin_test_router_pair_LDADD = router/librouter.a ike/libike.a $(router_net_libs)
check_PROGRAMS += tests/bin/test_dhpool
tests_bin_test_dhpool_SOURCES = tests/unit/test_dhpool.c tests/unit/unit.h
tests_bin_test_dhpool_LDADD = router/librouter.a ike/libike.a config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)

# Not a test: the bad wire between two namespaces (tests/lib.sh).
noinst_PROGRAMS += tests/bin/relay
tests_bin_relay_SOURCES = tests/tool/relay.c
tests_bin_relay_LDADD = base/libbase.a
check_PROGRAMS += tests/bin/test_lock
tests_bin_test_lock_SOURCES = tests/unit/test_lock.c tests/unit/unit.h
tests_bin_test_lock_LDADD = router/librouter.a $(CUNIT_LIBS)
# Not a test either: what others do with XDP programs (tests/e2e/transport.sh).
if XDP
noinst_PROGRAMS += tests/bin/xdp_tool
tests_bin_xdp_tool_SOURCES = tests/tool/xdp_tool.c
tests_bin_xdp_tool_LDADD = $(XDP_LIBS)
endif
# Nor these: faults on order, in front of libc (tests/tool/inject.h). The library is none of the sanitizers'.
noinst_PROGRAMS += tests/bin/inject.so tests/bin/inject_ctl
tests_bin_inject_so_SOURCES = tests/tool/inject.c tests/tool/inject_calls.c tests/tool/inject_errors.c tests/tool/inject.h tests/tool/inject_lib.h
tests_bin_inject_so_CFLAGS = -std=gnu17 $(WARN_CFLAGS) -fPIC -pthread -O2 -fno-omit-frame-pointer
tests_bin_inject_so_LDFLAGS = -shared
tests_bin_inject_so_LDADD = -ldl
tests_bin_inject_ctl_SOURCES = tests/tool/inject_ctl.c tests/tool/inject_errors.c tests/tool/inject.h
tests_bin_inject_ctl_CFLAGS = $(AM_CFLAGS)
