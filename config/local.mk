noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = config/config.c config/model.h
