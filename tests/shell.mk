SHELL_TEST_LIBS = shell/libshell.a config/libconfig.a base/libbase.a $(CLI_LIBS) $(READLINE_LIBS) $(CUNIT_LIBS) \
	$(CRYPTO_LIBS)
SHELL_RIG = tests/unit/shell_rig.c tests/unit/shell_rig.h tests/unit/unit.h

check_PROGRAMS += tests/bin/test_cmd
tests_bin_test_cmd_SOURCES = tests/unit/test_cmd.c $(SHELL_RIG)
tests_bin_test_cmd_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_session
tests_bin_test_session_SOURCES = tests/unit/test_session.c $(SHELL_RIG)
tests_bin_test_session_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_filter
tests_bin_test_filter_SOURCES = tests/unit/test_filter.c tests/unit/unit.h
tests_bin_test_filter_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_edit
tests_bin_test_edit_SOURCES = tests/unit/test_edit.c tests/unit/unit.h
tests_bin_test_edit_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_vty
tests_bin_test_vty_SOURCES = tests/unit/test_vty.c $(SHELL_RIG)
tests_bin_test_vty_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_console
tests_bin_test_console_SOURCES = tests/unit/test_console.c $(SHELL_RIG)
tests_bin_test_console_LDADD = $(SHELL_TEST_LIBS)
EXTRA_DIST += fuzz/fuzz_line.c fuzz/corpus/line
check_PROGRAMS += tests/bin/test_show_crypto
tests_bin_test_show_crypto_SOURCES = tests/unit/test_show_crypto.c tests/unit/fake_session.c tests/unit/fake_session.h
tests_bin_test_show_crypto_LDADD = shell/libshell.a config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_show_ip
tests_bin_test_show_ip_SOURCES = tests/unit/test_show_ip.c tests/unit/fake_session.c tests/unit/fake_session.h
tests_bin_test_show_ip_LDADD = shell/libshell.a config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_show_system
tests_bin_test_show_system_SOURCES = tests/unit/test_show_system.c tests/unit/fake_session.c tests/unit/fake_session.h
tests_bin_test_show_system_LDADD = shell/libshell.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_exec
tests_bin_test_exec_SOURCES = tests/unit/test_exec.c tests/unit/exec_fakes.c tests/unit/exec_fakes.h $(SHELL_RIG)
tests_bin_test_exec_LDADD = shell/libshell.a startup-config/libnvram.a $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_exec_file
tests_bin_test_exec_file_SOURCES = tests/unit/test_exec_file.c tests/unit/exec_fakes.c tests/unit/exec_fakes.h $(SHELL_RIG)
tests_bin_test_exec_file_LDADD = shell/libshell.a startup-config/libnvram.a $(SHELL_TEST_LIBS)
EXTRA_DIST += \
	tests/golden/show/interface_ethernet.txt \
	tests/golden/show/interface_tunnel.txt \
	tests/golden/show/ip_brief.txt \
	tests/golden/show/ip_route.txt \
	tests/golden/show/ip_route_static.txt \
	tests/golden/show/call_admission.txt \
	tests/golden/show/ipsec_profile.txt \
	tests/golden/show/ipsec_sa_detail.txt \
	tests/golden/show/isakmp_profile.txt \
	tests/golden/show/session_detail_nat.txt \
	tests/golden/show/sockets.txt \
	tests/golden/show/ipsec_sa_ipv4.txt \
	tests/golden/show/ipsec_sa_ipv6.txt \
	tests/golden/show/ipv6_brief.txt \
	tests/golden/show/ipv6_route.txt \
	tests/golden/show/isakmp_key.txt \
	tests/golden/show/isakmp_key_mask.txt \
	tests/golden/show/isakmp_peers.txt \
	tests/golden/show/isakmp_policy.txt \
	tests/golden/show/isakmp_policy_default.txt \
	tests/golden/show/isakmp_sa_count.txt \
	tests/golden/show/isakmp_sa_detail.txt \
	tests/golden/show/isakmp_sa_ipv4.txt \
	tests/golden/show/isakmp_sa_ipv6.txt \
	tests/golden/show/isakmp_sa_none.txt \
	tests/golden/show/logging.txt \
	tests/golden/show/session.txt \
	tests/golden/show/session_detail.txt \
	tests/golden/show/session_detail_ipv6.txt \
	tests/golden/show/session_ipv6.txt \
	tests/golden/show/transform_set.txt \
	tests/golden/show/version.txt
