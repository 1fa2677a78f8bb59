noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = base/addr.c base/addr.h base/buf.h base/clock.h base/hash.h base/names.h base/pages.h base/wipe.h base/text.c base/text.h \
	base/fault.c base/fault.def base/fault.h base/json.c base/json.h base/locked.c base/locked.h base/log.c base/log.h base/sandbox.c base/sandbox.h base/zone.c base/zone.h
