noinst_LIBRARIES += netif/libnetif.a
netif_libnetif_a_SOURCES = netif/netif.c netif/netif.h
