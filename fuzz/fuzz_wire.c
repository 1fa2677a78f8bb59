/*
 * What the kernel's sockets give: ESP and IKE packets with what is told beside them, ICMP errors from the error queue, and the
 * packets that `monitor capture` sees, and AF_XDP's frames. The sockets are the harness's; what reads what they gave is the router's.
 *
 * The first octet picks the socket. Then messages: flags, the sender, control messages, which are cut where their room
 * ends as the kernel cuts them, and the packet. Nothing is read beyond what was given; a message that was cut up comes out whole.
 *
 * libs: -Wl,--wrap=recvmsg,--wrap=recvmmsg,--wrap=socket,--wrap=bind,--wrap=setsockopt,--wrap=getsockname netif/wire_recv.c netif/wire_error.c netif/ike_socket.c netif/tap.c netif/sock.c netif/hop_header.c
 */
#define _GNU_SOURCE /* mmsghdr, in6_pktinfo */
#include "base/buf.h"
#include "netif/tap.h"
#include "netif/wire_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <netinet/udp.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned count, int flags, struct timespec *timeout);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *a, socklen_t octets);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t octets);
int __wrap_getsockname(int fd, struct sockaddr *a, socklen_t *octets);

#define AREAS (4 * NETIF_WIRE_BATCH)

static struct rd in;
static struct {
	void *at;
	size_t octets;
} poisoned[AREAS];
static unsigned areas;
static size_t given; /* octets of packets */
static bool cut_off; /* some had no room */
static volatile uint8_t sink;

static void demand(bool good)
{
	if (!good)
		abort();
}

static void touch(const void *p, size_t octets)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < octets; i++)
		sink ^= b[i];
}

/* --- the kernel ---- */

static void poison(void *at, size_t octets)
{
	demand(areas < AREAS);
	ASAN_POISON_MEMORY_REGION(at, octets);
	poisoned[areas].at = at;
	poisoned[areas++].octets = octets;
}

static void unpoison(void)
{
	while (areas) {
		areas--;
		ASAN_UNPOISON_MEMORY_REGION(poisoned[areas].at, poisoned[areas].octets);
	}
}

static void give_name(struct msghdr *m, uint8_t how)
{
	uint8_t name[sizeof(struct sockaddr_storage)] = { 0 };
	static const uint16_t families[] = { AF_INET, AF_INET6, AF_PACKET, AF_UNSPEC };
	const uint16_t family = families[how & 3];

	rd_copy(&in, name, how & 4 ? 28 : 8);
	memcpy(name, &family, sizeof(family));
	if (m->msg_name) {
		memcpy(m->msg_name, name, m->msg_namelen < sizeof(name) ? m->msg_namelen : sizeof(name));
		m->msg_namelen = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	}
}

/* put_cmsg() of the kernel: what has no room is shorter, and says so. */
static void give_control(struct msghdr *m, unsigned count)
{
	static const struct {
		int level, type;
		size_t octets;
	} known[] = {
		{ IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo) },
		{ IPPROTO_IPV6, IPV6_TCLASS, sizeof(int) },
		{ IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo) },
		{ IPPROTO_IP, IP_TOS, 1 },
		{ SOL_UDP, UDP_GRO, sizeof(int) },
		{ SOL_SOCKET, SO_TIMESTAMPNS, sizeof(struct timespec) },
		{ IPPROTO_IP, IP_RECVERR, sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in) },
		{ IPPROTO_IPV6, IPV6_RECVERR, sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6) },
	};
	uint8_t *at = m->msg_control;
	size_t room = m->msg_controllen;

	m->msg_controllen = 0;
	while (count-- && at) {
		const uint8_t pick = rd_u8(&in), other = pick & 0x10 ? rd_u8(&in) : 0;
		const size_t kind = pick % 8, octets = pick & 0x10 ? other % 64 : known[kind].octets;
		struct cmsghdr c = { .cmsg_level = known[kind].level,
				     .cmsg_type = known[kind].type + (pick & 0x20 ? 1 : 0),
				     .cmsg_len = CMSG_LEN(octets) };
		uint8_t body[64];
		size_t space;

		rd_copy(&in, body, octets);
		if (room < sizeof(c)) {
			m->msg_flags |= MSG_CTRUNC;
			return;
		}
		if (c.cmsg_len > room) {
			m->msg_flags |= MSG_CTRUNC;
			c.cmsg_len = room;
		}
		memcpy(at, &c, sizeof(c));
		memcpy(at + sizeof(c), body, c.cmsg_len - sizeof(c));
		space = CMSG_SPACE(c.cmsg_len - sizeof(c));
		space = space < room ? space : room;
		at += space;
		room -= space;
		m->msg_controllen += space;
	}
	if (at)
		poison(at, room);
}

/* The packet: so many octets, of which the input has the first, into the parts. */
static size_t give_packet(struct msghdr *m, size_t octets, int flags)
{
	size_t left = octets, have = octets < rd_left(&in) ? octets : rd_left(&in);
	struct rd body;

	have = have < 256 ? have : 256;
	body = rd_sub(&in, have);
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		uint8_t *at = m->msg_iov[i].iov_base;
		const size_t size = m->msg_iov[i].iov_len, n = left < size ? left : size;

		for (size_t k = 0; k < n; k++)
			at[k] = rd_left(&body) ? rd_u8(&body) : 0x5a;
		poison(at + n, size - n);
		left -= n;
	}
	if (left)
		m->msg_flags |= MSG_TRUNC;
	cut_off |= left > 0;
	given += octets - left;
	return flags & MSG_TRUNC ? octets : octets - left;
}

static ssize_t give(struct msghdr *m, int flags)
{
	const uint8_t how = rd_u8(&in), name = rd_u8(&in);
	size_t octets = how & 0x80 ? rd_u16(&in) : rd_u8(&in);

	if (in.why || how & 0x40) {
		errno = in.why ? EAGAIN : how & 0x20 ? EINTR : EHOSTUNREACH;
		return -1;
	}
	m->msg_flags = how & 0x20 ? MSG_ERRQUEUE : 0;
	give_name(m, name);
	give_control(m, how & 7);
	return (ssize_t)give_packet(m, octets, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	(void)fd;
	unpoison();
	return give(m, flags);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned count, int flags, struct timespec *timeout)
{
	unsigned n;

	(void)fd, (void)timeout;
	unpoison();
	given = 0;
	cut_off = false;
	for (n = 0; n < count; n++) {
		const ssize_t octets = give(&m[n].msg_hdr, flags);

		if (octets < 0)
			return n ? (int)n : -1;
		m[n].msg_len = (unsigned)octets;
	}
	return (int)n;
}

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_bind(int fd, const struct sockaddr *a, socklen_t octets)
{
	(void)fd, (void)a, (void)octets;
	return 0;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t octets)
{
	(void)fd, (void)level, (void)option, (void)value, (void)octets;
	return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *a, socklen_t *octets)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = 4500 };

	(void)fd;
	memcpy(a, &at, *octets < sizeof(at) ? *octets : sizeof(at));
	return 0;
}

/* --- the router ---- */

void wire_set_buffers(int fd)
{
	(void)fd;
}

static bool inside(const struct wire_in *w, const struct netif_esp_packet *p)
{
	const uint8_t *from = (const uint8_t *)w->slot, *to = from + w->messages * (size_t)(WIRE_SLOT + WIRE_WHOLE);

	return p->data >= from && p->octets <= (size_t)(to - p->data);
}

static void wire(unsigned family, bool udp)
{
	struct netif_wire *w = calloc(1, sizeof(*w));
	struct netif_esp_packet p[NETIF_WIRE_BATCH];
	struct netif_esp_error e[4];
	size_t octets = 0;
	bool more;
	int n;

	demand(w != NULL);
	w->family = family;
	w->udp = udp;
	demand(!wire_in_open(w));
	for (unsigned calls = 0; calls < 64; calls++) {
		const unsigned asked = netif_wire_left(w) ? 1 + sink % 4 : NETIF_WIRE_BATCH;

		n = netif_wire_recv(w, p, asked);
		demand(n <= (int)asked);
		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			demand(inside(&w->in, &p[i]));
			demand(!p[i].octets || ip_octets(&p[i].src) == (family == 4 ? 4 : 16));
			touch(p[i].data, p[i].octets);
			if (p[i].octets)
				p[i].data[0] ^= 1; /* may be changed there */
			octets += p[i].octets;
		}
		demand(octets <= given);
		if (netif_wire_left(w))
			continue;
		demand(octets == given || cut_off || !(udp || family == 6));
		octets = 0;
	}
	do {
		n = (int)netif_wire_errors(w, e, 4, &more);
		for (int i = 0; i < n; i++) {
			demand(e[i].quoted_octets <= sizeof(e[i].quoted) && e[i].dst.family);
			touch(e[i].quoted, e[i].quoted_octets);
		}
	} while (more && rd_left(&in));
	unpoison();
	wire_in_close(w);
	free(w);
}

static void ike(void)
{
	struct netif_ike_packet info;
	uint8_t *buf = malloc(4096);
	long n;

	demand(buf != NULL);
	while (rd_left(&in)) {
		n = netif_ike_recv(3, 500, buf, 4096, &info);
		if (n <= 0)
			continue;
		demand(info.remote.family && info.local_port);
		touch(buf, n < 4096 ? (size_t)n : 4096);
		touch(&info.local, sizeof(info.local));
	}
	unpoison();
	free(buf);
}

static void tap(void)
{
	struct netif_tap *t;
	struct netif_tap_packet p[NETIF_TAP_BATCH];
	const struct netif_tap_options o = { .ifindex = 1, .family = 4, .in = true, .out = true, .snap = 128 };
	int n;

	demand(!netif_tap_open(&o, &t));
	while ((n = netif_tap_recv(t, p)) > 0)
		for (int i = 0; i < n; i++) {
			demand(p[i].kept <= p[i].octets && p[i].kept <= 128);
			touch(p[i].data, p[i].kept);
		}
	unpoison();
	netif_tap_close(t);
}

/* A frame as AF_XDP gives it; the headers that are put in front of what was read are read as the same. */
static void frame(void)
{
	const struct netif_hop hop = { .mtu = 9000 };
	struct netif_esp_packet p, again;
	const size_t octets = rd_left(&in);
	uint8_t *whole = malloc(octets), header[NETIF_HOP_HEADER];
	const uint16_t first = 7;
	uint16_t ident = first;

	demand(whole != NULL || !octets);
	rd_copy(&in, whole, octets);
	if (octets >= 34 && whole[12] == 8 && whole[0] & 1) {
		whole[24] = whole[25] = 0;
		memcpy(whole + 24, (uint8_t[]){ netif_ip4_sum(whole + 14) >> 8, netif_ip4_sum(whole + 14) & 0xff }, 2);
	}
	if (netif_hop_read(3, whole, octets, &p)) {
		const size_t n = netif_hop_header(&hop, &p, &ident, header);
		uint8_t *second = malloc(n + p.octets);

		demand(second && p.octets <= octets);
		touch(p.data, p.octets);
		memcpy(second, header, n);
		memcpy(second + n, p.data, p.octets);
		demand(netif_hop_read(3, second, n + p.octets, &again));
		demand(ip_equal(&p.src, &again.src) && ip_equal(&p.dst, &again.dst) && p.tos == again.tos);
		demand(p.octets == again.octets && p.ifindex == again.ifindex);
		demand(!memcmp(p.data, again.data, p.octets));
		free(second);
	}
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = rd_of(data, size);
	switch (rd_u8(&in) % 7) {
	case 0:
		wire(4, false);
		break;
	case 1:
		wire(6, false);
		break;
	case 2:
		wire(4, true);
		break;
	case 3:
		wire(6, true);
		break;
	case 4:
		ike();
		break;
	case 5:
		tap();
		break;
	case 6:
		frame();
		break;
	}
	return 0;
}
