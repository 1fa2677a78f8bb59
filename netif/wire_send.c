#define _GNU_SOURCE /* sendmmsg, in6_pktinfo */
#include "netif/wire_private.h"
#include "netif/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#define FLOW_LABEL    0xfffff
#define GROUP_PACKETS 64    /* UDP_MAX_SEGMENTS of every kernel */
#define GROUP_OCTETS  65000 /* with headers less than an IP packet's 65,535 */
#define EVERY_LINK    512   /* octets that no link is too small for */
#define IP4_HEADER    sizeof(struct iphdr)
#define INFO4         CMSG_SPACE(sizeof(struct in_pktinfo))
#define INFO6         CMSG_SPACE(sizeof(struct in6_pktinfo))
#define TOS           CMSG_SPACE(sizeof(int))
#define SEGMENT       CMSG_SPACE(sizeof(uint16_t))

/* --- what does not change ---- */

static struct cmsghdr *set_header(struct msghdr *m, struct cmsghdr *c, int level, int type, size_t octets)
{
	c->cmsg_len = CMSG_LEN(octets);
	c->cmsg_level = level;
	c->cmsg_type = type;
	return CMSG_NXTHDR(m, c);
}

static void prepare(struct netif_wire *w, unsigned i)
{
	struct wire_out *out = &w->out;
	struct msghdr *m = &out->m[i].msg_hdr;
	struct cmsghdr *c;

	*m = (struct msghdr){ .msg_name = &out->to[i],
			      .msg_control = &out->control[i],
			      .msg_controllen = sizeof(out->control[i]) };
	c = CMSG_FIRSTHDR(m);
	if (w->family == 4) {
		m->msg_namelen = sizeof(out->to[i].in);
		out->to[i].in.sin_family = AF_INET;
		c = set_header(m, c, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo));
		c = set_header(m, c, IPPROTO_IP, IP_TOS, sizeof(int));
		out->header[i] =
			(struct iphdr){ .version = 4, .ihl = IP4_HEADER / 4, .ttl = out->ttl, .protocol = IPPROTO_ESP };
	} else {
		m->msg_namelen = sizeof(out->to[i].in6);
		out->to[i].in6.sin6_family = AF_INET6;
		c = set_header(m, c, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo));
		c = set_header(m, c, IPPROTO_IPV6, IPV6_TCLASS, sizeof(int));
	}
	(void)set_header(m, c, SOL_UDP, UDP_SEGMENT, sizeof(uint16_t));
}

/*
 * Bound to the broadcast address it is given neither ESP nor ICMP errors. With RECVERR the kernel tells of packets that a
 * full queue dropped; its word about too large ones is returned, too, and need not wait there.
 */
static int open_header(uint8_t *ttl)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_BROADCAST) };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ESP), hops = 0;
	socklen_t size = sizeof(hops);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&nobody, sizeof(nobody)) < 0 || sock_set(fd, IPPROTO_IP, IP_HDRINCL, 1) ||
	    sock_set(fd, IPPROTO_IP, IP_RECVERR, 1) || wire_set_discovery(fd, 4, wire_discovery(4, WIRE_DF)) ||
	    getsockopt(fd, IPPROTO_IP, IP_TTL, &hops, &size) < 0) {
		close(fd);
		return -1;
	}
	wire_set_buffers(fd);
	(void)sock_set(fd, SOL_SOCKET, SO_RCVBUF, 0); /* ESP to the broadcast address would lie there for ever */
	*ttl = (uint8_t)hops;
	return fd;
}

void wire_out_open(struct netif_wire *w)
{
	struct wire_out *out = &w->out;

	out->discover = out->no_check = -1;
	out->whole_max = SIZE_MAX;
	out->full_fd = w->fd;
	if (w->family == 4 && !w->udp)
		out->header_fd = open_header(&out->ttl);
	for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++)
		prepare(w, i);
}

void wire_out_close(struct netif_wire *w)
{
	if (w->out.header_fd >= 0)
		close(w->out.header_fd);
}

int netif_wire_full_fd(const struct netif_wire *w)
{
	return w->out.full_fd;
}

/* --- building ---- */

/* The plain socket takes what may have to be cut, since a header of our own says that nothing is. */
static enum wire_mode mode_of(const struct netif_wire *w, const struct netif_esp_packet *p)
{
	if (w->out.header_fd >= 0 && (p->df || p->octets <= w->out.whole_max))
		return WIRE_HEADER;
	return p->df ? WIRE_DF : WIRE_CUT;
}

static bool same_way(const struct netif_esp_packet *a, const struct netif_esp_packet *b)
{
	return a->port == b->port && a->tos == b->tos && a->df == b->df && a->flow == b->flow &&
	       a->ifindex == b->ifindex && ip_equal(&a->dst, &b->dst) && ip_equal(&a->src, &b->src);
}

/* How many go in one message: of one size, of which only the last may fall short. */
static unsigned group_of(const struct netif_esp_packet *p, unsigned count)
{
	size_t size = p->octets, total = size;
	unsigned n = 1;

	while (n < count && n < GROUP_PACKETS && p[n - 1].octets == size && p[n].octets <= size && p[n].octets &&
	       total + p[n].octets <= GROUP_OCTETS && same_way(p, &p[n]))
		total += p[n++].octets;
	return n;
}

/* Into the control messages; `info` octets are the first one's. */
static void put_class(union wire_control *c, size_t info, const struct netif_esp_packet *p)
{
	uint8_t *at = c->octets + info + CMSG_LEN(0);
	uint16_t segment = (uint16_t)p->octets;
	int tos = p->tos;

	memcpy(at, &tos, sizeof(tos));
	memcpy(at + TOS, &segment, sizeof(segment));
}

static void put4(struct netif_wire *w, unsigned i, const struct netif_esp_packet *p)
{
	union wire_control *c = &w->out.control[i];
	struct sockaddr_in *to = &w->out.to[i].in;

	to->sin_port = htons(p->port);
	memcpy(&to->sin_addr, p->dst.octets, sizeof(to->sin_addr));
	memcpy(c->octets + CMSG_LEN(0) + offsetof(struct in_pktinfo, ipi_spec_dst), p->src.octets, 4);
	put_class(c, INFO4, p);
}

static void put6(struct netif_wire *w, unsigned i, const struct netif_esp_packet *p)
{
	union wire_control *c = &w->out.control[i];
	struct sockaddr_in6 *to = &w->out.to[i].in6;
	bool local = ip_is_link_local(&p->dst);
	struct in6_pktinfo info;

	to->sin6_port = htons(p->port);
	to->sin6_flowinfo = htonl(p->flow & FLOW_LABEL);
	to->sin6_scope_id = local ? (uint32_t)p->ifindex : 0;
	memcpy(&to->sin6_addr, p->dst.octets, sizeof(to->sin6_addr));
	memcpy(&info.ipi6_addr, p->src.octets, sizeof(info.ipi6_addr));
	info.ipi6_ifindex = local || ip_is_link_local(&p->src) ? (unsigned)p->ifindex : 0;
	memcpy(c->octets + CMSG_LEN(0), &info, sizeof(info));
	put_class(c, INFO6, p);
}

/* Length, identification and checksum are the kernel's. */
static void put_header(struct netif_wire *w, unsigned i, const struct netif_esp_packet *p)
{
	struct iphdr *h = &w->out.header[i];

	h->tos = p->tos;
	h->frag_off = p->df ? htons(IP_DF) : 0;
	memcpy(&h->saddr, p->src.octets, sizeof(h->saddr));
	memcpy(&h->daddr, p->dst.octets, sizeof(h->daddr));
}

static void put_message(struct netif_wire *w, struct iovec *iov, const struct netif_esp_packet *p, unsigned packets,
			enum wire_mode mode)
{
	struct wire_out *out = &w->out;
	unsigned i = out->count++;
	struct msghdr *m = &out->m[i].msg_hdr;

	m->msg_iov = iov;
	m->msg_iovlen = packets;
	m->msg_controllen = (w->family == 4 ? INFO4 : INFO6) + TOS + (packets > 1 ? SEGMENT : 0);
	out->packets[i] = (uint16_t)packets;
	if (w->family == 4)
		put4(w, i, p);
	else
		put6(w, i, p);
	if (mode == WIRE_HEADER) {
		put_header(w, i, p);
		*iov++ = (struct iovec){ &out->header[i], IP4_HEADER };
		m->msg_iovlen++;
		m->msg_controllen = INFO4;
	}
	for (unsigned k = 0; k < packets; k++)
		iov[k] = (struct iovec){ p[k].data, p[k].octets };
}

/* Messages of the packets that go the same way as the first; of them the next `lone` packets each in one of its own. */
static enum wire_mode build(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count, unsigned lone)
{
	enum wire_mode mode = mode_of(w, p);
	bool group = w->udp && atomic_load_explicit(&w->segment, memory_order_relaxed);
	struct iovec *iov = w->out.iov;
	unsigned i = 0;

	w->out.count = 0;
	while (i < count && mode_of(w, &p[i]) == mode) {
		unsigned packets = group && i >= lone ? group_of(&p[i], count - i) : 1;

		put_message(w, iov, &p[i], packets, mode);
		iov += w->out.m[w->out.count - 1].msg_hdr.msg_iovlen;
		i += packets;
	}
	return mode;
}

/* --- sending ---- */

/* The kernel cuts a group only with checksums. Alone, IPv4 goes without (RFC 3948 2.1). */
static int set_check(struct netif_wire *w)
{
	int no_check = 1, rc;

	for (unsigned i = 0; no_check && i < w->out.count; i++)
		no_check = w->out.packets[i] == 1;
	if (w->out.no_check == no_check)
		return 0;
	rc = sock_set(w->fd, SOL_SOCKET, SO_NO_CHECK, no_check);
	if (!rc)
		w->out.no_check = no_check;
	return rc;
}

static int set_options(struct netif_wire *w, enum wire_mode mode)
{
	int discover = wire_discovery(w->family, mode), rc = 0;

	if (w->out.discover != discover)
		rc = wire_set_discovery(w->fd, w->family, discover);
	if (!rc)
		w->out.discover = discover;
	return !rc && w->udp && w->family == 4 ? set_check(w) : rc;
}

int wire_transmit(int fd, struct mmsghdr *m, unsigned count, unsigned tries)
{
	for (;;) {
		int n = sendmmsg(fd, m, count, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || !tries--)
			return -errno;
	}
}

/* Messages that were taken, or -errno. */
static int send_built(struct netif_wire *w, enum wire_mode mode)
{
	int fd = mode == WIRE_HEADER ? w->out.header_fd : w->fd, rc = 0;

	if (mode != WIRE_HEADER)
		rc = set_options(w, mode);
	if (!rc)
		rc = wire_transmit(fd, w->out.m, w->out.count, mode == WIRE_HEADER ? 0 : WIRE_TRIES);
	if (rc == -EAGAIN || rc == -ENOBUFS)
		w->out.full_fd = fd;
	/* What the kernel queues about a packet that is too large for the link is what it returned. */
	while (rc == -EMSGSIZE && mode == WIRE_HEADER && recv(fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		;
	return rc;
}

enum again { NO, YES, DOUBTFUL };

/*
 * May a message be sent otherwise that was refused? Without a header of our own it is cut. A group goes packet by packet:
 * EMSGSIZE, of older kernels EINVAL, says that its packets are too large for the link. With the other errors groups are not
 * possible here, or something is wrong (the source) that is wrong with each packet.
 */
static enum again another_way(struct netif_wire *w, enum wire_mode mode, const struct netif_esp_packet *p, int rc)
{
	if (mode == WIRE_HEADER && rc == -EMSGSIZE && !p->df) {
		w->out.whole_max = p->octets - 1;
		return YES;
	}
	if (w->out.packets[0] == 1)
		return NO;
	if (rc == -EMSGSIZE || (rc == -EINVAL && p->octets > EVERY_LINK))
		return YES;
	return rc == -EINVAL || rc == -EIO || rc == -EOPNOTSUPP || rc == -ENOPROTOOPT ? DOUBTFUL : NO;
}

int netif_wire_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	unsigned sent = 0, lone = 0, usable = 0;
	bool doubtful = false;

	while (usable < count && usable < NETIF_WIRE_BATCH && p[usable].dst.family == w->family &&
	       p[usable].src.family == w->family)
		usable++;
	if (!usable && count)
		return -EAFNOSUPPORT;
	while (sent < usable) {
		unsigned taken = 0;
		enum wire_mode mode = build(w, p + sent, usable - sent, lone);
		int n = send_built(w, mode);

		if (n < 0) {
			enum again again = another_way(w, mode, &p[sent], n);

			if (!again)
				return sent ? (int)sent : n;
			lone = w->out.packets[0];
			doubtful = again == DOUBTFUL;
			continue;
		}
		for (int i = 0; i < n; i++)
			taken += w->out.packets[i];
		if (doubtful)
			atomic_store_explicit(&w->segment, false, memory_order_relaxed);
		doubtful = false;
		lone = lone > taken ? lone - taken : 0;
		sent += taken;
	}
	return (int)sent;
}
