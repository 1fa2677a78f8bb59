/*
 * The next hop of native ESP that is sent past the kernel's IP (netif/xdp.h, netif_wire_send_hop()): where it leaves, to which
 * neighbour, and the headers in front of it.
 */
#ifndef NETIF_HOP_H
#define NETIF_HOP_H

#include "netif/netif.h"

/* Where packets to a peer go next. */
struct netif_hop {
	uint8_t dst_mac[6], src_mac[6];
	int ifindex;
	unsigned mtu;       /* of the interface, or of the route */
	struct ip_addr via; /* the neighbour: the peer itself or a gateway */
};

/*
 * The next hop of packets to dst from src (family 0: any): by the kernel's routes and neighbours (rtnetlink). 0; -EAGAIN: the
 * neighbour is not resolved, the kernel was asked to do so, and NETIF_CHANGE_NEIGH will tell (one that failed is not asked for
 * again: packets that go by the raw socket do that); -errno: no route, or none over Ethernet. A neighbour that is stale is used, and
 * the kernel asked to look whether it is still there, which NETIF_CHANGE_NEIGH tells, too. *ifindex: in: counts for link-local
 * addresses only, else 0; out: where it leaves, 0 when there is no route.
 */
int netif_hop_find(struct netif *n, const struct ip_addr *dst, const struct ip_addr *src, int *ifindex,
		   struct netif_hop *out);

unsigned netif_hop_largest(const struct netif_hop *hop, unsigned family); /* octets of ESP that its MTU takes */

#define NETIF_HOP_HEADER 54 /* octets: Ethernet and IPv6, the larger */
/*
 * Ethernet and outer IP header of a packet whose ends have one family: how many octets. *ident: of the next IPv4 packet that
 * may be fragmented.
 */
size_t netif_hop_header(const struct netif_hop *hop, const struct netif_esp_packet *p, uint16_t *ident,
			uint8_t out[NETIF_HOP_HEADER]);

/*
 * The way back, of a frame that came in on ifindex: the ESP in it, ends and traffic class. False: no IP, options, shorter than it
 * says, or a wrong IPv4 checksum.
 */
bool netif_hop_read(int ifindex, uint8_t *frame, size_t octets, struct netif_esp_packet *p);

/* RFC 1071, of an IPv4 header without options; 0 over one that is right. */
uint16_t netif_ip4_sum(const uint8_t header[20]);

#endif
