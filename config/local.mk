noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = \
	config/access.c \
	config/access.h \
	config/acl.c \
	config/acl.h \
	config/acl_match.c \
	config/weakkey.c \
	config/check.c \
	config/crypto.c \
	config/free.h \
	config/ifname.c \
	config/kept.c \
	config/kept.h \
	config/model.c \
	config/model.h \
	config/moved.h \
	config/route.c \
	config/system.c \
	config/system.h
