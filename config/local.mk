noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = config/check.c config/crypto.c config/free.h config/ifname.c config/model.c config/model.h
