noinst_LIBRARIES += router/librouter.a
router_librouter_a_SOURCES = router/router.c router/router.h
