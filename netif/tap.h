/*
 * Copies of the packets that pass an interface, by a packet socket: frames of an Ethernet, bare IP packets of a TUN. What goes by
 * AF_XDP is not among them. One thread; non-blocking.
 */
#ifndef NETIF_TAP_H
#define NETIF_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct netif_tap;

struct netif_tap_options {
	int ifindex;
	unsigned family; /* 4 or 6: only such packets */
	bool in, out;    /* what arrives, what is sent */
	unsigned snap;   /* octets of each that are wanted, at most NETIF_TAP_SNAP */
};

#define NETIF_TAP_SNAP  9500
#define NETIF_TAP_BATCH 32

struct netif_tap_packet {
	struct timespec at; /* the system's wall clock */
	bool out;
	size_t octets, kept; /* of the whole, as the kernel hands it over; of what is at data */
	const uint8_t *data; /* until the next call */
};

/* 0 or -errno. */
int netif_tap_open(const struct netif_tap_options *o, struct netif_tap **out);
void netif_tap_close(struct netif_tap *t); /* NULL: nothing */
int netif_tap_fd(const struct netif_tap *t);
bool netif_tap_ethernet(const struct netif_tap *t); /* else packets begin with the IP header */
/*
 * How many came, at most NETIF_TAP_BATCH, 0: none waits; or -errno (-ENODEV: the interface is gone). From one that is down
 * nothing comes until it is up again.
 */
int netif_tap_recv(struct netif_tap *t, struct netif_tap_packet p[NETIF_TAP_BATCH]);

#endif
