noinst_LIBRARIES += esp/libesp.a
esp_libesp_a_SOURCES = \
	esp/arena.c esp/arena.h \
	esp/checksum.c esp/checksum.h \
	esp/coalesce.c esp/coalesce.h \
	esp/decap.c \
	esp/encap.c \
	esp/engine.c esp/engine.h esp/engine_parts.h \
	esp/engine_measure.c esp/engine_multi.c esp/engine_openssl.c esp/ipsec_mb.h \
	esp/errors.c esp/errors.h \
	esp/esp.c esp/esp.h \
	esp/events.c esp/events.h \
	esp/fragment.c esp/fragment.h \
	esp/hops.c esp/hops.h \
	esp/inbound.c \
	esp/inner.c esp/inner.h \
	esp/io.c esp/io.h \
	esp/offload.h \
	esp/outbound.c \
	esp/packet.h \
	esp/replay.c esp/replay.h \
	esp/sa.c esp/sa.h \
	esp/segment.c esp/segment.h \
	esp/send.c esp/send.h \
	esp/stage.c esp/stage.h \
	esp/suite.c esp/suite.h \
	esp/table.c esp/table.h \
	esp/too_big.c esp/too_big.h \
	esp/transform.h \
	esp/udp.c esp/udp.h \
	esp/worker.c esp/worker.h
