#define _GNU_SOURCE /* recvmmsg, in6_pktinfo */
#include "base/pages.h"
#include "netif/sock.h"
#include "netif/wire_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/mman.h>

#define IP4_HEADER   20
#define UDP_MESSAGES 64 /* one can bring 64 packets and more */
#define FEW_MESSAGES 4
/* After so many messages of such a size their pages are given back: a few at a time would in the end touch them all. */
#define HUGE_OCTETS 16384
#define HUGE_MANY   16
/* UDP_GRO touches as many for each message, all the time: it gives back what so many calls had no use for. */
#define CALLS 1024

static size_t room(const struct wire_in *in)
{
	return in->messages * (size_t)(WIRE_SLOT + WIRE_WHOLE);
}

/* The kernel overwrites the lengths with what came. */
static void offer(struct netif_wire *w, unsigned i)
{
	struct msghdr *m = &w->in.m[i].msg_hdr;

	if (!w->udp && w->family == 4)
		return;
	m->msg_namelen = sizeof(w->in.from[i]);
	m->msg_controllen = sizeof(w->in.control[i]);
}

int wire_in_open(struct netif_wire *w)
{
	struct wire_in *in = &w->in;
	bool told = w->udp || w->family == 6;
	void *at;

	in->messages = w->udp ? UDP_MESSAGES : NETIF_WIRE_BATCH;
	in->ask = w->udp ? FEW_MESSAGES : in->messages;
	at = mmap(NULL, room(in), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	in->slot = at;
	in->whole = (void *)(in->slot + in->messages);
	(void)madvise(at, room(in), MADV_NOHUGEPAGE);
	for (unsigned i = 0; i < in->messages; i++) {
		in->iov[i][0] = (struct iovec){ in->slot[i], WIRE_SLOT };
		in->iov[i][1] = (struct iovec){ in->whole[i] + WIRE_SLOT, WIRE_WHOLE - WIRE_SLOT };
		in->m[i].msg_hdr = (struct msghdr){ .msg_name = told ? &in->from[i] : NULL,
						    .msg_iov = in->iov[i],
						    .msg_iovlen = 2,
						    .msg_control = told ? &in->control[i] : NULL };
		offer(w, i);
	}
	return 0;
}

void wire_in_close(struct netif_wire *w)
{
	if (w->in.slot)
		munmap(w->in.slot, room(&w->in));
}

/* RFC 791 3.1: what stands behind the header and its options. */
static void take_ip4(struct netif_esp_packet *p)
{
	size_t header = p->octets >= IP4_HEADER ? (size_t)(p->data[0] & 15) * 4 : 0;

	if (header < IP4_HEADER || header > p->octets) {
		p->octets = 0;
		return;
	}
	p->tos = p->data[1];
	p->src = ip_from_in4(p->data + 12);
	p->dst = ip_from_in4(p->data + 16);
	p->data += header;
	p->octets -= header;
}

static void take_control(struct wire_in *in, const struct cmsghdr *c)
{
	struct netif_esp_packet *p = &in->rest;
	struct in6_pktinfo pi6;
	struct in_pktinfo pi;
	int number;

	if (sock_told(c, IPPROTO_IPV6, IPV6_PKTINFO, &pi6, sizeof(pi6))) {
		p->dst = ip_from_in6(&pi6.ipi6_addr);
		p->ifindex = (int)pi6.ipi6_ifindex;
	} else if (sock_told(c, IPPROTO_IPV6, IPV6_TCLASS, &number, sizeof(number))) {
		p->tos = (uint8_t)number;
	} else if (sock_told(c, IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi))) {
		p->dst = ip_from_in4(&pi.ipi_addr);
	} else if (sock_told(c, SOL_UDP, UDP_GRO, &number, sizeof(number))) {
		if (number > 0)
			in->cut = (size_t)number;
	} else {
		sock_told(c, IPPROTO_IP, IP_TOS, &p->tos, sizeof(p->tos));
	}
}

/* What the name and the control messages tell. A raw IPv6 socket gives the protocol for a port. */
static void take_told(struct netif_wire *w, const union wire_name *from, struct msghdr *m)
{
	struct netif_esp_packet *p = &w->in.rest;

	if (w->family == 4) {
		p->src = ip_from_in4(&from->in.sin_addr);
		p->port = ntohs(from->in.sin_port);
	} else {
		p->src = ip_from_in6(&from->in6.sin6_addr);
		p->port = w->udp ? ntohs(from->in6.sin6_port) : 0;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		take_control(&w->in, c);
}

/* A message of several packets is cut where the kernel put them together. */
static void begin(struct netif_wire *w)
{
	struct wire_in *in = &w->in;
	unsigned i = in->next;
	size_t octets = in->m[i].msg_len;

	in->rest = (struct netif_esp_packet){ .data = in->slot[i], .octets = octets };
	in->cut = octets;
	if (octets > WIRE_SLOT) {
		memcpy(in->whole[i], in->slot[i], WIRE_SLOT);
		in->rest.data = in->whole[i];
		in->huge += octets > HUGE_OCTETS;
		if (in->reached <= i)
			in->reached = i + 1;
		if (in->used <= i)
			in->used = i + 1;
	}
	if (w->udp || w->family == 6)
		take_told(w, &in->from[i], &in->m[i].msg_hdr);
	else
		take_ip4(&in->rest);
	if (in->m[i].msg_hdr.msg_flags & MSG_TRUNC)
		in->rest.octets = 0;
	offer(w, i);
}

/* Of what the last call brought. */
static unsigned hand_over(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	struct wire_in *in = &w->in;
	unsigned n = 0;

	while (n < count && in->next < in->came) {
		if (!in->begun)
			begin(w);
		p[n] = in->rest;
		if (p[n].octets > in->cut)
			p[n].octets = in->cut;
		in->rest.data += p[n].octets;
		in->rest.octets -= p[n].octets;
		in->begun = in->rest.octets > 0;
		in->next += !in->begun;
		n++;
	}
	in->packets += n;
	return n;
}

/*
 * Where messages bring many packets each, few of them are a batch, and what else waits may wait in the socket: so the
 * same pages are used again. What the next messages are like nobody knows, so of UDP no more than twice as many are asked for as
 * came: the first of a flood after silence are not all that there is room for.
 */
static unsigned asked_next(const struct netif_wire *w)
{
	const struct wire_in *in = &w->in;
	const unsigned each = in->packets / in->came;
	const unsigned most = in->came < FEW_MESSAGES ? 2 * FEW_MESSAGES : 2 * in->came;
	unsigned ask = NETIF_WIRE_BATCH / (each ? each : 1);

	if (w->udp && ask > most)
		ask = most;
	return ask < FEW_MESSAGES ? FEW_MESSAGES : ask < in->messages ? ask : in->messages;
}

static void give_back(struct wire_in *in, unsigned from, unsigned to)
{
	pages_give_back(in->whole[from], (to - from) * (size_t)WIRE_WHOLE);
	in->reached = from;
	in->huge = in->used = in->calls = 0;
}

static void settle(struct netif_wire *w)
{
	struct wire_in *in = &w->in;

	if (in->came)
		in->ask = asked_next(w);
	if (!w->udp && in->huge > HUGE_MANY)
		give_back(in, 0, in->messages);
	else if (w->udp && ++in->calls == CALLS)
		give_back(in, in->used, in->reached);
	in->came = in->next = in->packets = 0;
}

static int receive(struct netif_wire *w)
{
	unsigned tries = WIRE_TRIES;

	for (;;) {
		int n = recvmmsg(w->fd, w->in.m, w->in.ask, MSG_DONTWAIT, NULL);

		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		if (!tries--)
			return -errno;
	}
}

int netif_wire_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	int n;

	if (w->in.next == w->in.came) {
		settle(w);
		n = receive(w);
		if (n <= 0)
			return n;
		w->in.came = (unsigned)n;
	}
	return (int)hand_over(w, p, count);
}

bool netif_wire_left(const struct netif_wire *w)
{
	return w->in.next < w->in.came;
}
