noinst_LIBRARIES += ike/libike.a
ike_libike_a_SOURCES = ike/ike.c ike/ike.h ike/ops.h
