/*
 * Native ESP over AF_XDP (libxdp), on one Ethernet interface, queue 0, in generic mode.
 *
 * Sending skips the kernel's IP: Ethernet and outer header are written here, for a next hop whose address the caller knows
 * (netif_hop_find), and what does not fit is left to the raw socket. Receiving: a program on the interface takes only what is
 * whole, option-less ESP, from a peer and to an address that were told, and passes all else to the kernel; so the raw
 * socket stays open beside it. The program goes with the descriptor that holds it (a BPF link), however the process ends.
 *
 * Packet captures on the interface do not see what goes this way; access lists of the kernel neither: whoever uses them on
 * the interface is not to open this.
 */
#ifndef NETIF_XDP_H
#define NETIF_XDP_H

#include "netif/hop.h"

struct netif_xdp;

#define NETIF_XDP_WHY 96   /* room for a reason */
#define NETIF_XDP_MTU 1778 /* of an interface, at most: the frames it sends here fit then */

/*
 * 0, or -errno, and why, in words for a user: "interface is no Ethernet", "MTU 9000 is larger than 1778", "another XDP program is there",
 * "CAP_BPF is missing" and the like. Memory: 2048-octet frames, about 6 MiB in all.
 */
int netif_xdp_open(int ifindex, struct netif_xdp **out, char why[NETIF_XDP_WHY]);
void netif_xdp_close(struct netif_xdp *x); /* NULL: nothing. No thread uses it. */
int netif_xdp_ifindex(const struct netif_xdp *x);
int netif_xdp_fd(const struct netif_xdp *x); /* readable: something came. Nothing on it tells that it is over: ask. */
/* The interface is still there and up, and the program on it. Any thread. */
bool netif_xdp_alive(const struct netif_xdp *x);

/* The pairs whose ESP the program takes: at most NETIF_XDP_PEERS. 0 or -errno (-ENOSPC). Control thread. */
#define NETIF_XDP_PEERS 16384
int netif_xdp_peer_add(struct netif_xdp *x, const struct ip_addr *local,
		       const struct ip_addr *remote); /* -EEXIST is 0 */
void netif_xdp_peer_del(struct netif_xdp *x, const struct ip_addr *local, const struct ip_addr *remote);

/*
 * As netif_wire_send: how many were taken, in order; 0: the ring is full. -EMSGSIZE: the first is larger than the hop's MTU, or
 * than a frame holds (netif_xdp_largest() octets of ESP), and is not for here; other errors: the interface sends nothing. Any
 * thread; of several one waits for the other.
 */
int netif_xdp_send(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p, unsigned count);
/*
 * What was sent is in the ring still, in part: the queue of the interface is full. No event tells when it is not (to poll for
 * room in the ring is to send, in the kernel's copy mode). So whoever sent pushes it, now and then, until nothing is
 * left: as much as it takes at once, no waiting; it says whether there is some still. Any thread.
 */
bool netif_xdp_left(const struct netif_xdp *x);
bool netif_xdp_push(struct netif_xdp *x);
unsigned netif_xdp_largest(const struct netif_hop *hop, unsigned family);
/* As netif_wire_recv, at most NETIF_WIRE_BATCH; one thread. What is not whole is left out and counted as dropped. */
int netif_xdp_recv(struct netif_xdp *x, struct netif_esp_packet *p, unsigned count);

struct netif_xdp_status {
	uint64_t dropped;        /* received: there was no frame for it or no room in the ring, or it was not whole */
	uint64_t sent, received; /* sent: what the kernel took */
};
void netif_xdp_status(const struct netif_xdp *x, struct netif_xdp_status *out); /* any thread */

#endif
