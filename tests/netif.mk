check_PROGRAMS += tests/bin/test_netif tests/bin/test_netif_sockets tests/bin/test_netif_tun
tests_bin_test_netif_SOURCES = tests/unit/test_netif.c tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_sockets_SOURCES = tests/unit/test_netif_sockets.c tests/unit/netns_host.h tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_sockets_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_tun_SOURCES = tests/unit/test_netif_tun.c tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_tun_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_tun_LDFLAGS = -Wl,--wrap=ioctl
if XDP
check_PROGRAMS += tests/bin/test_netif_xdp
endif
tests_bin_test_netif_xdp_SOURCES = tests/unit/test_netif_xdp.c tests/unit/veth.h tests/unit/wire_unit.h tests/unit/netns_host.h tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_xdp_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_xdp_LDFLAGS = -Wl,--wrap=bpf_prog_load -Wl,--wrap=sendto
check_PROGRAMS += tests/bin/test_netif_hop
tests_bin_test_netif_hop_SOURCES = tests/unit/test_netif_hop.c tests/unit/veth.h tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_hop_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
check_PROGRAMS += tests/bin/test_netif_wire_hop
tests_bin_test_netif_wire_hop_SOURCES = tests/unit/test_netif_wire_hop.c tests/unit/veth.h tests/unit/wire_unit.h tests/unit/netns_host.h tests/unit/netns.h tests/unit/unit.h
tests_bin_test_netif_wire_hop_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
check_PROGRAMS += tests/bin/test_netif_wire tests/bin/test_netif_wire_fast
tests_bin_test_netif_wire_SOURCES = tests/unit/test_netif_wire.c tests/unit/netns_host.h tests/unit/netns.h tests/unit/unit.h tests/unit/wire_unit.h
tests_bin_test_netif_wire_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_wire_fast_SOURCES = tests/unit/test_netif_wire_fast.c tests/unit/netns_host.h tests/unit/netns.h tests/unit/unit.h tests/unit/wire_unit.h
tests_bin_test_netif_wire_fast_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
tests_bin_test_netif_wire_fast_LDFLAGS = -Wl,--wrap=setsockopt -Wl,--wrap=sendmmsg -Wl,--wrap=recvmmsg
check_PROGRAMS += tests/bin/test_netif_told
tests_bin_test_netif_told_SOURCES = tests/unit/test_netif_told.c tests/unit/unit.h
tests_bin_test_netif_told_LDADD = netif/libnetif.a base/libbase.a $(CUNIT_LIBS) $(NETIF_LIBS)
