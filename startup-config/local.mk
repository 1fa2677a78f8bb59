noinst_LIBRARIES += startup-config/libnvram.a
startup_config_libnvram_a_SOURCES = startup-config/nvram.c startup-config/nvram.h
EXTRA_DIST += startup-config/r2.cfg startup-config/r3.cfg
