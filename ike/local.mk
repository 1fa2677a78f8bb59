noinst_LIBRARIES += ike/libike.a
ike_libike_a_SOURCES = ike/ike.c ike/ike.h ike/ops.h
ike_libike_a_SOURCES += ike/dpd.c ike/dpd.h ike/recover.c ike/recover.h
ike_libike_a_SOURCES += ike/isakmp.h ike/payload.c ike/payload_build.c ike/payload.h
ike_libike_a_SOURCES += ike/attr.c ike/attr.h ike/keys.c ike/dh.c ike/dh_job.c ike/dh_job.h ike/keys.h ike/crypto.h
ike_libike_a_SOURCES += ike/debug.c ike/debug.h ike/debug.def ike/sa.c ike/sa.h ike/settings.c ike/table.c ike/table.h \
	ike/main_mode.c ike/match.c ike/natt.c ike/natt_path.c ike/natt.h ike/clone.c ike/policy.c ike/profile.c ike/profile.h ike/quick_mode.c ike/proposal.c ike/choose.h ike/info.c ike/vendor.c ike/ipsec.c ike/ipsec.h ike/pair.c ike/rekey.c ike/collision.c
ike_libike_a_SOURCES += ike/admission.c
