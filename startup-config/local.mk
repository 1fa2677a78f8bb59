noinst_LIBRARIES += startup-config/libnvram.a
startup_config_libnvram_a_SOURCES = startup-config/nvram.c startup-config/nvram.h startup-config/type6.c \
	startup-config/type6.h
EXTRA_DIST += startup-config/r2.cfg startup-config/r3.cfg
