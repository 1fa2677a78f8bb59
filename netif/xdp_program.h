/*
 * The program that netif/xdp.c attaches to an interface, and its two maps. Private to netif/.
 *
 * It gives an ESP packet to the AF_XDP socket of the queue that it came by when all of this holds, and all else to the
 * kernel: Ethernet without a VLAN tag; IPv4 without options that is no fragment and whose header's checksum is right, or IPv6
 * with ESP right behind its header; at least ESP's own header long, no longer than a frame takes, and all there that the
 * header tells of; from and to a pair of addresses that was told; and a socket is there. So what is damaged the kernel drops and
 * counts, as it does for the raw socket. Kernels before Linux 5.18 cannot compare the length: there it is for the socket's
 * owner to see.
 */
#ifndef NETIF_XDP_PROGRAM_H
#define NETIF_XDP_PROGRAM_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>

struct xdp_program {
	int peers, sockets; /* maps: pairs of addresses, the socket of a queue */
	int program, link;
};

/*
 * Loads and attaches, in generic mode. frame: octets of the largest frame it takes, Ethernet header and all. It is gone
 * when the link's descriptor is. 0 or -errno, with why.
 */
int xdp_program_open(struct xdp_program *p, int ifindex, size_t frame, char *why, size_t why_size);
void xdp_program_close(struct xdp_program *p);
int xdp_program_serve(const struct xdp_program *p, uint32_t queue, int socket);
bool xdp_program_attached(const struct xdp_program *p);

int xdp_program_peer_add(const struct xdp_program *p, const struct ip_addr *local, const struct ip_addr *remote);
void xdp_program_peer_del(const struct xdp_program *p, const struct ip_addr *local, const struct ip_addr *remote);

#endif
