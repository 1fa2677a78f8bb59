/*
 * The sockets that carry ESP: raw, of protocol 50, and UDP (RFC 3948), whose port IKE and keepalives share.
 *
 * One of each kind, family and worker. Worker k of `workers` gets what is for SPIs with spi % workers == k: of raw sockets,
 * each of which the kernel gives every packet, by a filter; of UDP sockets, which share the port, by a program that chooses
 * among them: of packets that UDP_GRO put together the first decides. What is no ESP (the non-ESP marker, a keepalive) is
 * worker 0's. ICMP errors about raw ESP are told on each, those about UDP on one of them. Non-blocking. One thread at a time receives on
 * a socket and one, which may be another, sends.
 *
 * What the kernel offers to be fast is used where it is, and each socket goes on without it when it is refused, there or
 * later: UDP_GRO (one receive brings many packets of a flow), UDP_SEGMENT (one send takes many), an IPv4 header of our own
 * (IP_HDRINCL) so that one call sends packets with different DF. Large buffers by SO_RCVBUFFORCE and SO_SNDBUFFORCE; in a
 * user namespace the host's maximum is what can be had.
 */
#ifndef NETIF_WIRE_H
#define NETIF_WIRE_H

#include "netif/hop.h"

#define NETIF_WORKERS_MAX 8   /* in each direction */
#define NETIF_WIRE_BATCH  256 /* packets in one call */

struct netif_wire;

struct netif_wire_options {
	unsigned family;          /* 4 or 6 */
	uint16_t port;            /* 0: raw, protocol 50; else UDP on this port, host byte order */
	unsigned worker, workers; /* this one of so many, at most NETIF_WORKERS_MAX */
};

/*
 * 0 or -errno: -EADDRINUSE: another has the port. Workers that share a port are opened in their order, 0 first. IPv4 in UDP
 * is sent without UDP checksum (RFC 3948 2.1) unless many go in one call, which the kernel does with a checksum only.
 */
int netif_wire_open(const struct netif_wire_options *o, struct netif_wire **out);
void netif_wire_close(struct netif_wire *w);        /* NULL: nothing */
int netif_wire_fd(const struct netif_wire *w);      /* to poll: readable; and of errors, EPOLLERR */
int netif_wire_full_fd(const struct netif_wire *w); /* to poll for POLLOUT by who sends, after -EAGAIN */

/*
 * How many came (0: none waits) or -errno. count: NETIF_WIRE_BATCH at least. Each packet's data is in the socket's own memory
 * until the next call, may be changed there, and begins with the SPI (or what stands there in UDP); what was cut off is
 * given as 0 octets. Who receives calls again before it polls as long as netif_wire_left() says that some of what the kernel
 * gave was not handed over yet: no poll tells of that.
 */
int netif_wire_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count);
bool netif_wire_left(const struct netif_wire *w);
/*
 * How many of `count` (at most NETIF_WIRE_BATCH) the kernel took, in order, or -errno of the first: drop it and go on with the
 * next, except with -EAGAIN (the socket is full: poll it for POLLOUT). -EMSGSIZE: df, and larger than the link's MTU. The
 * kernel's path MTU, which any ICMP message can lower, counts only for where it cuts IPv6 packets without df. An ICMP error
 * about one peer fails no packet to another. A source that is not the host's is an error but for raw IPv4, where it is sent.
 */
int netif_wire_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count);
/*
 * The same by a packet socket, past the kernel's IP, to a next hop that the caller knows: for raw wires alone. Access lists of the
 * kernel's IP do not see what goes so, packet captures and the interface's queueing do. Errors: -EMSGSIZE: the first is larger
 * than the hop's MTU; -EAGAIN, -ENOBUFS as above; any other: nothing goes this way, and netif_wire_send() is to be tried.
 */
int netif_wire_send_hop(struct netif_wire *w, const struct netif_hop *hop, const struct netif_esp_packet *p,
			unsigned count);
/*
 * Takes up to `count` of the ICMP errors that wait on the socket (EPOLLERR) and gives those that are of this kind; the
 * others are forgotten. *more: some may wait still.
 */
unsigned netif_wire_errors(struct netif_wire *w, struct netif_esp_error *e, unsigned count, bool *more);

/* For any thread, at any time. */
struct netif_wire_status {
	uint64_t dropped;  /* packets that found the receive buffer full; what UDP_GRO put together counts once */
	unsigned rcvbuf;   /* octets, as the kernel counts them */
	bool gro, segment; /* UDP_GRO, UDP_SEGMENT are in use */
	bool hop;          /* netif_wire_send_hop() has its socket */
};
void netif_wire_status(const struct netif_wire *w, struct netif_wire_status *out);

#endif
