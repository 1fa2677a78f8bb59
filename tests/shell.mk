SHELL_TEST_LIBS = shell/libshell.a config/libconfig.a base/libbase.a $(CLI_LIBS) $(READLINE_LIBS) $(CUNIT_LIBS) \
	$(CRYPTO_LIBS)
SHELL_RIG = tests/unit/shell_rig.c tests/unit/shell_rig.h tests/unit/unit.h

check_PROGRAMS += tests/bin/test_cmd
tests_bin_test_cmd_SOURCES = tests/unit/test_cmd.c $(SHELL_RIG)
tests_bin_test_cmd_LDADD = $(SHELL_TEST_LIBS)
check_PROGRAMS += tests/bin/test_session
tests_bin_test_session_SOURCES = tests/unit/test_session.c $(SHELL_RIG)
tests_bin_test_session_LDADD = $(SHELL_TEST_LIBS)
