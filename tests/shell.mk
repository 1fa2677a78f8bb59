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
