noinst_LIBRARIES += ike/libike.a
ike_libike_a_SOURCES = ike/ike.c ike/ike.h ike/ops.h
ike_libike_a_SOURCES += ike/isakmp.h ike/payload.c ike/payload_build.c ike/payload.h
ike_libike_a_SOURCES += ike/attr.c ike/attr.h ike/keys.c ike/dh.c ike/keys.h ike/crypto.h
