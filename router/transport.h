/*
 * Which way native ESP leaves and comes: AF_XDP on the ports where it is wanted and can be had, the raw socket else. Private to
 * router/.
 *
 * Everything here runs under the lock. What happens is only noted; one event gathers it, so that the data plane gets one new
 * list of next hops for all that happened in a turn of the loop.
 */
#ifndef ROUTER_TRANSPORT_H
#define ROUTER_TRANSPORT_H

#include "esp/esp.h"
#include "netif/xdp.h"
#include "router/router.h"

#include <stdbool.h>

struct iface;
struct transport;

/* Of a port. */
struct transport_port {
	struct netif_xdp *xdp; /* NULL: the raw socket */
	bool closing;          /* the data plane may still use it */
	char why[NETIF_XDP_WHY];
	uint64_t dropped;  /* by those that were open before */
	unsigned failures; /* in a row */
	uint64_t retry_ms; /* not before */
};

bool transport_start(struct router *r, enum router_transport mode); /* false: out of memory */
void transport_release(struct router *r);

/* Packets from AF_XDP on the port for which there was no room, since the start. */
uint64_t transport_dropped(const struct iface *i);

/* Tunnels came, went, or got an SA. */
void transport_due(struct router *r);
/* Links, addresses, routes or the configuration may be others. */
void transport_doubt(struct router *r);
void transport_neighbour(struct router *r, const struct netif_neigh *n);
/* ICMP told of this tunnel's path: the kernel cuts at another size, which nobody tells. */
void transport_path_mtu(struct router *r, const struct esp_tunnel *data);
/* The kernel may be doubted: it does not tell when a program was taken away. */
void transport_tick(struct router *r, uint64_t now_ms);

#endif
