check_PROGRAMS += tests/bin/test_model tests/bin/test_ifname tests/bin/test_nvram tests/bin/test_type6 tests/bin/test_secret
check_PROGRAMS += tests/bin/test_weakkey
tests_bin_test_weakkey_SOURCES = tests/unit/test_weakkey.c tests/unit/unit.h
tests_bin_test_weakkey_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += tests/bin/test_acl
tests_bin_test_acl_SOURCES = tests/unit/test_acl.c tests/unit/unit.h
tests_bin_test_acl_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_model_SOURCES = tests/unit/test_model.c tests/unit/unit.h
tests_bin_test_model_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_ifname_SOURCES = tests/unit/test_ifname.c tests/unit/unit.h
tests_bin_test_ifname_LDADD = config/libconfig.a base/libbase.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_nvram_SOURCES = tests/unit/test_nvram.c tests/unit/unit.h
tests_bin_test_type6_SOURCES = tests/unit/test_type6.c tests/unit/unit.h
tests_bin_test_type6_LDADD = startup-config/libnvram.a $(CUNIT_LIBS) $(CRYPTO_LIBS)
tests_bin_test_nvram_LDADD = startup-config/libnvram.a $(CUNIT_LIBS) $(CRYPTO_LIBS)

CONFIG_CMDS_LIBS = shell/libshell.a startup-config/libnvram.a config/libconfig.a base/libbase.a $(CLI_LIBS) \
	$(READLINE_LIBS) $(CUNIT_LIBS) $(CRYPTO_LIBS) -lresolv
CONFIG_CMDS_RIG = tests/unit/shell_rig.c tests/unit/shell_rig.h tests/unit/unit.h

check_PROGRAMS += tests/bin/test_config_cmds
tests_bin_test_config_cmds_SOURCES = tests/unit/test_config_cmds.c $(CONFIG_CMDS_RIG)
tests_bin_test_secret_SOURCES = tests/unit/test_secret.c $(CONFIG_CMDS_RIG)
tests_bin_test_secret_LDADD = $(CONFIG_CMDS_LIBS)
tests_bin_test_config_cmds_LDADD = $(CONFIG_CMDS_LIBS)
check_PROGRAMS += tests/bin/test_loader
tests_bin_test_loader_SOURCES = tests/unit/test_loader.c $(CONFIG_CMDS_RIG)
tests_bin_test_loader_LDADD = $(CONFIG_CMDS_LIBS)
tests_bin_test_loader_LDFLAGS = -Wl,--wrap=reallocarray
check_PROGRAMS += tests/bin/test_acl_cmds
tests_bin_test_acl_cmds_SOURCES = tests/unit/test_acl_cmds.c $(CONFIG_CMDS_RIG)
tests_bin_test_acl_cmds_LDADD = $(CONFIG_CMDS_LIBS)
check_PROGRAMS += tests/bin/test_check
tests_bin_test_check_SOURCES = tests/unit/test_check.c $(CONFIG_CMDS_RIG)
tests_bin_test_check_LDADD = $(CONFIG_CMDS_LIBS)
