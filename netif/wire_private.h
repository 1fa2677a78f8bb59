/* What the files of a wire share. Receiving and sending are two threads' and share nothing that changes but `segment`. */
#ifndef NETIF_WIRE_PRIVATE_H
#define NETIF_WIRE_PRIVATE_H

#include "netif/wire.h"

#include <linux/in6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define WIRE_TRIES 2 /* an ICMP error about some other packet fails a call once */

union wire_name {
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The larger of what the two families need, both ways. */
union wire_control {
	struct cmsghdr align;
	uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int))];
};

/* --- receiving ---- */

#define WIRE_SLOT  2048
#define WIRE_WHOLE 65536

/*
 * A message comes in two parts: its first octets into one of the slots, which lie side by side, the others, where there
 * are any, behind a gap as large as a slot: then the first are moved there. So nothing but the slots is touched as long as
 * all messages fit them.
 */
struct wire_in {
	uint8_t (*slot)[WIRE_SLOT], (*whole)[WIRE_WHOLE]; /* as many as messages; one mapping */
	unsigned messages;                                /* room for so many */
	unsigned ask;                                     /* are received with the next call */
	unsigned came, next;                              /* of the last call; the next that is handed over */
	unsigned packets;                                 /* in those */
	unsigned huge;                                    /* messages that touched many pages */
	unsigned reached;                                 /* `whole` of these and no more have pages */
	unsigned calls, used;                             /* since some were given back, and `whole` of how many then */
	bool begun;                                       /* `next` is handed over in part */
	struct netif_esp_packet rest;                     /* of it, with what all its packets have in common */
	size_t cut;                                       /* octets of each but the last */
	struct mmsghdr m[NETIF_WIRE_BATCH];
	struct iovec iov[NETIF_WIRE_BATCH][2];
	union wire_name from[NETIF_WIRE_BATCH];
	union wire_control control[NETIF_WIRE_BATCH];
};

/* --- sending ---- */

/* HEADER: with an IPv4 header of our own. DF, CUT: what is larger than the link takes is refused, is cut. */
enum wire_mode { WIRE_HEADER, WIRE_DF, WIRE_CUT };

struct wire_out {
	/*
	 * The socket of WIRE_HEADER, -1: none. One of its own, which receives nothing: ICMP errors fail no call on it, what is
	 * quoted on the other socket begins behind the IP header, and no option changes between packets.
	 */
	int header_fd;
	uint8_t ttl;
	size_t whole_max;                   /* octets without DF that were not found larger than a link */
	int discover, no_check;             /* the options of the other socket, -1: not known */
	int full_fd;                        /* what -EAGAIN was about */
	unsigned count;                     /* messages that are built */
	uint16_t packets[NETIF_WIRE_BATCH]; /* of each */
	struct mmsghdr m[NETIF_WIRE_BATCH];
	struct iovec iov[2 * NETIF_WIRE_BATCH];
	union wire_name to[NETIF_WIRE_BATCH];
	union wire_control control[NETIF_WIRE_BATCH]; /* source, traffic class, size in a group */
	struct iphdr header[NETIF_WIRE_BATCH];
};

/* By a packet socket, which receives nothing: it is bound to no protocol. */
struct wire_hop {
	int fd; /* -1: none */
	uint16_t ident;
	struct mmsghdr m[NETIF_WIRE_BATCH];
	struct iovec iov[NETIF_WIRE_BATCH][2];
	uint8_t header[NETIF_WIRE_BATCH][NETIF_HOP_HEADER];
};

struct netif_wire {
	int fd;
	unsigned family;
	bool udp, gro;
	atomic_bool segment; /* written by who sends */
	struct wire_in in;
	_Alignas(64) struct wire_out out;
	struct wire_hop hop;
};

int wire_in_open(struct netif_wire *w); /* 0 or -ENOMEM; family and udp are set */
void wire_in_close(struct netif_wire *w);
void wire_out_open(struct netif_wire *w); /* likewise */
void wire_out_close(struct netif_wire *w);
void wire_hop_open(struct netif_wire *w); /* likewise */
void wire_hop_close(struct netif_wire *w);
/* sendmmsg(): messages that were taken, or -errno; an error that is another packet's is tried again so often. */
int wire_transmit(int fd, struct mmsghdr *m, unsigned count, unsigned tries);
/* Buffers of some megabytes. */
void wire_set_buffers(int fd);
/* The value of IP_MTU_DISCOVER or IPV6_MTU_DISCOVER for WIRE_DF or WIRE_CUT. */
int wire_discovery(unsigned family, enum wire_mode mode);
int wire_set_discovery(int fd, unsigned family, int value); /* 0 or -errno */

#endif
