noinst_LIBRARIES += router/librouter.a
router_librouter_a_SOURCES = router/router.c router/router.h router/internal.h router/addr.c router/apply.c router/capture.c router/capture.h router/capture_ring.c router/capture_ring.h router/count.c router/debug.c router/debug.def router/debug.h \
	router/dhpool.c router/dhpool.h router/engine.c router/espevent.c \
	router/filter.c router/filter_count.c router/filter_log.c router/filter_rules.c router/filter_rules.h router/iface.c router/ikeops.c router/ikesettings.c router/keep.c \
	router/lock.c router/lock.h router/mss.c router/neigh.c router/obstacle.c router/nft.c router/nft.h router/plan.c router/plan.h \
	router/rib.c router/rib.h router/route.c router/snapshot.c router/transport.c router/transport.h router/tundev.c router/tunnel.c router/vaccess.c
