check_PROGRAMS += tests/bin/test_esp_suite tests/bin/test_esp_replay tests/bin/test_esp_transform \
	tests/bin/test_esp_packets tests/bin/test_esp_table tests/bin/test_esp_worker
ESP_TEST_LIBS = esp/libesp.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS) $(IPSEC_MB_LIBS)
tests_bin_test_esp_suite_SOURCES = tests/unit/test_esp_suite.c tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_esp_suite_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_replay_SOURCES = tests/unit/test_esp_replay.c tests/unit/unit.h
tests_bin_test_esp_replay_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_transform_SOURCES = tests/unit/test_esp_transform.c tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_esp_transform_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_packets_SOURCES = tests/unit/test_esp_packets.c tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_esp_packets_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_table_SOURCES = tests/unit/test_esp_table.c tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_esp_table_LDADD = $(ESP_TEST_LIBS)
check_PROGRAMS += tests/bin/test_secret_esp
tests_bin_test_secret_esp_SOURCES = tests/unit/test_secret_esp.c tests/unit/secret_watch.h tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_secret_esp_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_secret_esp_LDFLAGS = -Wl,--wrap=CRYPTO_memcmp
ESP_LAB = tests/unit/esp_lab.h tests/unit/esp_unit.h tests/unit/unit.h
check_PROGRAMS += tests/bin/test_esp_loop
tests_bin_test_esp_loop_SOURCES = tests/unit/test_esp_loop.c $(ESP_LAB)
tests_bin_test_esp_loop_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_loop_LDFLAGS = -Wl,--wrap=reallocarray
tests_bin_test_esp_worker_SOURCES = tests/unit/test_esp_worker.c $(ESP_LAB)
tests_bin_test_esp_worker_LDADD = $(ESP_TEST_LIBS)
check_PROGRAMS += tests/bin/test_esp_udp tests/bin/test_esp_mtu
tests_bin_test_esp_mtu_SOURCES = tests/unit/test_esp_mtu.c $(ESP_LAB)
tests_bin_test_esp_mtu_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_udp_SOURCES = tests/unit/test_esp_udp.c $(ESP_LAB)
tests_bin_test_esp_udp_LDADD = $(ESP_TEST_LIBS)

check_PROGRAMS += tests/bin/test_esp_segment
tests_bin_test_esp_segment_SOURCES = tests/unit/test_esp_segment.c tests/unit/esp_flow.h tests/unit/unit.h
tests_bin_test_esp_segment_LDADD = $(ESP_TEST_LIBS)

check_PROGRAMS += tests/bin/test_esp_coalesce
tests_bin_test_esp_coalesce_SOURCES = tests/unit/test_esp_coalesce.c tests/unit/esp_flow.h tests/unit/unit.h
tests_bin_test_esp_coalesce_LDADD = $(ESP_TEST_LIBS)

check_PROGRAMS += tests/bin/test_esp_coalesce_tun
tests_bin_test_esp_coalesce_tun_SOURCES = tests/unit/test_esp_coalesce_tun.c tests/unit/esp_flow.h tests/unit/netns.h \
	tests/unit/unit.h
tests_bin_test_esp_coalesce_tun_LDADD = netif/libnetif.a $(ESP_TEST_LIBS) $(MNL_LIBS)

check_PROGRAMS += tests/bin/test_esp_checksum
tests_bin_test_esp_checksum_SOURCES = tests/unit/test_esp_checksum.c tests/unit/unit.h
tests_bin_test_esp_checksum_LDADD = $(ESP_TEST_LIBS)

# Not a test: what tests/interop/esp_scapy.sh talks to.
noinst_PROGRAMS += tests/bin/esp_tool
tests_bin_esp_tool_SOURCES = tests/tool/esp_tool.c
tests_bin_esp_tool_LDADD = esp/libesp.a base/libbase.a $(CRYPTO_LIBS) $(IPSEC_MB_LIBS)

# The same transforms and vectors with the other engine, where it is there.
check_PROGRAMS += tests/bin/test_esp_multi tests/bin/test_esp_engine
tests_bin_test_esp_multi_SOURCES = $(tests_bin_test_esp_transform_SOURCES)
tests_bin_test_esp_multi_CPPFLAGS = $(AM_CPPFLAGS) -DESP_UNIT_CHOICE=ENGINES_MULTI
tests_bin_test_esp_multi_LDADD = $(ESP_TEST_LIBS)
tests_bin_test_esp_engine_SOURCES = tests/unit/test_esp_engine.c tests/unit/esp_unit.h tests/unit/unit.h
tests_bin_test_esp_engine_LDADD = $(ESP_TEST_LIBS)

# Not a test: the device of another make in lab/faults.
noinst_PROGRAMS += tests/bin/partner
tests_bin_partner_SOURCES = tests/tool/partner.c tests/tool/ike_peer.c tests/tool/ike_peer.h
tests_bin_partner_LDADD = esp/libesp.a ike/libike.a netif/libnetif.a config/libconfig.a base/libbase.a $(CRYPTO_LIBS) $(NETIF_LIBS)

# Not a test: the peer of tests/e2e/badesp.sh.
noinst_PROGRAMS += tests/bin/bad_peer
tests_bin_bad_peer_SOURCES = tests/tool/bad_peer.c tests/tool/ike_peer.c tests/tool/ike_peer.h
tests_bin_bad_peer_LDADD = esp/libesp.a ike/libike.a netif/libnetif.a config/libconfig.a base/libbase.a $(CRYPTO_LIBS) $(NETIF_LIBS)
