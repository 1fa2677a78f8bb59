noinst_LIBRARIES += netif/libnetif.a
netif_libnetif_a_SOURCES = netif/netif.h netif/private.h netif/nl.h netif/nl.c netif/netif.c netif/link.c netif/addr.c \
	netif/neigh.c netif/nflog.c netif/nft.c netif/route.c netif/sock.c netif/sock.h netif/monitor.c netif/sysctl.c netif/tap.c netif/tap.h netif/trace.c \
	netif/tun.c netif/tun.h netif/ike_socket.c netif/ping.c netif/hop.c netif/hop.h netif/hop_header.c netif/xdp.h
netif_libnetif_a_SOURCES += netif/wire.c netif/wire.h netif/wire_error.c netif/wire_hop.c netif/wire_private.h netif/wire_recv.c netif/wire_send.c
if XDP
netif_libnetif_a_SOURCES += netif/xdp.c netif/xdp_program.c netif/xdp_program.h
else
netif_libnetif_a_SOURCES += netif/xdp_none.c
endif
