#define _GNU_SOURCE /* recvmmsg, in6_pktinfo */
#include "netif/netif.h"
#include "netif/sock.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/in6.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ESP_SOCKET_BUFFER (8 << 20) /* octets: some milliseconds of bursts while the worker is not scheduled */
#define IP4_HEADER        20
#define FLOW_LABEL        0xfffff
#define ERROR_TRIES       2 /* an ICMP error about some other packet fails a call once */

static void set_buffers(int fd)
{
	/* The first needs CAP_NET_ADMIN on the host; in a user namespace the host's maximum is what can be had. */
	if (sock_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, ESP_SOCKET_BUFFER))
		(void)sock_set(fd, SOL_SOCKET, SO_RCVBUF, ESP_SOCKET_BUFFER);
	if (sock_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, ESP_SOCKET_BUFFER))
		(void)sock_set(fd, SOL_SOCKET, SO_SNDBUF, ESP_SOCKET_BUFFER);
}

/*
 * What the socket does with packets larger than the link takes. With DF the kernel's own path MTU is not asked (PROBE):
 * it believes every ICMP message. Without, IPv4 leaves cutting on the way to the routers (OMIT); IPv6 must know where to
 * cut (DONT), and believes nothing below 1280.
 */
static int discovery(unsigned family, bool df)
{
	_Static_assert(IP_PMTUDISC_PROBE == IPV6_PMTUDISC_PROBE, "one value");
	return df ? IP_PMTUDISC_PROBE : family == 4 ? IP_PMTUDISC_OMIT : IPV6_PMTUDISC_DONT;
}

/*
 * A raw IPv4 socket tells all of the outer header by the header itself. IPv6 and UDP need control messages. RECVERR is
 * what gives us the ICMP errors with the packet quoted; its side effect is that they fail the next call.
 */
static int set_raw(int fd, unsigned family)
{
	int rc;

	if (family == 4) {
		rc = sock_set(fd, IPPROTO_IP, IP_RECVERR, 1);
		return rc ? rc : sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, discovery(family, true));
	}
	rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1);
	return rc ? rc : sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, discovery(family, true));
}

static int set_udp(int fd, unsigned family, uint16_t port)
{
	struct ip_addr any = { .family = (uint8_t)family };
	struct sockaddr_storage ss;
	int rc;

	if (family == 4) {
		rc = sock_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (!rc)
			rc = sock_set(fd, IPPROTO_IP, IP_RECVTOS, 1);
		if (!rc)
			rc = sock_set(fd, SOL_SOCKET, SO_NO_CHECK, 1);
	} else {
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	}
	if (!rc)
		rc = set_raw(fd, family);
	if (!rc && bind(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&any, port, 0, &ss)) < 0)
		rc = -errno;
	return rc;
}

static int open_socket(unsigned family, int type, int protocol, uint16_t port)
{
	int fd, rc;

	if (family != 4 && family != 6)
		return -EAFNOSUPPORT;
	fd = socket(family == 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	rc = type == SOCK_RAW ? set_raw(fd, family) : set_udp(fd, family, port);
	if (rc) {
		close(fd);
		return rc;
	}
	set_buffers(fd);
	return fd;
}

int netif_esp_open(unsigned family)
{
	return open_socket(family, SOCK_RAW, IPPROTO_ESP, 0);
}

int netif_udp_open(unsigned family, uint16_t port)
{
	return open_socket(family, SOCK_DGRAM, IPPROTO_UDP, port);
}

/* Two control messages for one packet, aligned; those of IPv4 are smaller. */
union control {
	struct cmsghdr align;
	uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

/* --- receiving ---- */

/* RFC 791 3.1. The header is apart already, but for its options. */
static void take_ip4(struct netif_esp_packet *p, const uint8_t header[IP4_HEADER], size_t octets)
{
	struct rd r = rd_of(header, IP4_HEADER), body;
	size_t options;

	p->octets = 0;
	if (octets < IP4_HEADER)
		return;
	options = (size_t)(rd_u8(&r) & 15) * 4;
	p->tos = rd_u8(&r);
	rd_take(&r, 10);
	p->src = ip_from_in4(rd_take(&r, 4));
	p->dst = ip_from_in4(rd_take(&r, 4));
	if (options < IP4_HEADER || options > octets)
		return;
	options -= IP4_HEADER;
	body = rd_of(p->data, octets - IP4_HEADER);
	rd_take(&body, options);
	p->octets = rd_left(&body);
	if (options)
		memmove(p->data, rd_take(&body, p->octets), p->octets);
}

static void take_control(struct netif_esp_packet *p, const struct cmsghdr *c)
{
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo pi;

		memcpy(&pi, CMSG_DATA(c), sizeof(pi));
		p->dst = ip_from_in6(&pi.ipi6_addr);
		p->ifindex = (int)pi.ipi6_ifindex;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
		int tclass;

		memcpy(&tclass, CMSG_DATA(c), sizeof(tclass));
		p->tos = (uint8_t)tclass;
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo pi;

		memcpy(&pi, CMSG_DATA(c), sizeof(pi));
		p->dst = ip_from_in4(&pi.ipi_addr);
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
		memcpy(&p->tos, CMSG_DATA(c), sizeof(p->tos));
	}
}

/* What the name and the control messages tell. */
static void take_told(struct netif_esp_packet *p, struct msghdr *m, size_t octets)
{
	struct ip_addr none = { 0 };

	p->octets = octets;
	p->dst = none;
	p->tos = 0;
	if (!ip_from_sockaddr(m->msg_name, &p->src, &p->port))
		p->src = none;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		take_control(p, c);
}

static int receive(int fd, struct mmsghdr *m, unsigned count)
{
	unsigned tries = ERROR_TRIES;

	for (;;) {
		int n = recvmmsg(fd, m, count, MSG_DONTWAIT, NULL);

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

/* with_header: a raw IPv4 socket, which gives the outer header before the packet. */
static int receive_batch(int fd, bool with_header, struct netif_esp_packet *p, unsigned count)
{
	struct mmsghdr m[NETIF_BATCH];
	struct sockaddr_storage from[NETIF_BATCH];
	struct iovec iov[NETIF_BATCH][2];
	union control control[NETIF_BATCH];
	uint8_t header[NETIF_BATCH][IP4_HEADER];
	int n;

	if (count > NETIF_BATCH)
		count = NETIF_BATCH;
	for (unsigned i = 0; i < count; i++) {
		iov[i][0] = (struct iovec){ header[i], IP4_HEADER };
		iov[i][1] = (struct iovec){ p[i].data, p[i].octets };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = with_header ? &iov[i][0] : &iov[i][1],
						.msg_iovlen = with_header ? 2 : 1 };
		if (with_header)
			continue;
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
		m[i].msg_hdr.msg_control = &control[i];
		m[i].msg_hdr.msg_controllen = sizeof(control[i]);
	}
	n = receive(fd, m, count);
	for (int i = 0; i < n; i++) {
		p[i].df = false;
		p[i].ifindex = 0;
		if (with_header)
			take_ip4(&p[i], header[i], m[i].msg_len);
		else
			take_told(&p[i], &m[i].msg_hdr, m[i].msg_len);
		if (m[i].msg_hdr.msg_flags & MSG_TRUNC)
			p[i].octets = 0;
	}
	return n;
}

int netif_esp_recv(int fd, unsigned family, struct netif_esp_packet *p, unsigned count)
{
	int n = receive_batch(fd, family == 4, p, count);

	for (int i = 0; i < n; i++)
		p[i].port = 0; /* a raw IPv6 socket gives the protocol there */
	return n;
}

int netif_udp_recv(int fd, struct netif_esp_packet *p, unsigned count)
{
	return receive_batch(fd, false, p, count);
}

/* --- sending ---- */

static struct cmsghdr *put_control(struct cmsghdr *c, int level, int type, const void *value, unsigned octets)
{
	*c = (struct cmsghdr){ CMSG_LEN(octets), level, type };
	memcpy(CMSG_DATA(c), value, octets);
	return c;
}

static void put_packet(struct msghdr *m, struct iovec *iov, struct sockaddr_storage *to, union control *control,
		       const struct netif_esp_packet *p)
{
	struct cmsghdr *c = &control->align;
	int tos = p->tos;

	memset(control, 0, sizeof(*control));
	*iov = (struct iovec){ p->data, p->octets };
	*m = (struct msghdr){ .msg_name = to, .msg_iov = iov, .msg_iovlen = 1, .msg_control = control };
	m->msg_namelen = ip_to_sockaddr(&p->dst, p->port, ip_is_link_local(&p->dst) ? (uint32_t)p->ifindex : 0, to);
	if (p->dst.family == 4) {
		struct in_pktinfo pi = { 0 };

		m->msg_controllen = CMSG_SPACE(sizeof(pi)) + CMSG_SPACE(sizeof(tos));
		memcpy(&pi.ipi_spec_dst, p->src.octets, sizeof(pi.ipi_spec_dst));
		c = CMSG_NXTHDR(m, put_control(c, IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi)));
		put_control(c, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
		struct in6_pktinfo pi = { 0 };

		in6->sin6_flowinfo = htonl(p->flow & FLOW_LABEL);
		m->msg_controllen = CMSG_SPACE(sizeof(pi)) + CMSG_SPACE(sizeof(tos));
		memcpy(&pi.ipi6_addr, p->src.octets, sizeof(pi.ipi6_addr));
		if (ip_is_link_local(&p->src) || ip_is_link_local(&p->dst))
			pi.ipi6_ifindex = (unsigned)p->ifindex;
		c = CMSG_NXTHDR(m, put_control(c, IPPROTO_IPV6, IPV6_PKTINFO, &pi, sizeof(pi)));
		put_control(c, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	}
}

/* *now is what the socket does with large packets. */
static int set_df(int fd, unsigned family, bool df, int *now)
{
	int want = discovery(family, df), rc = 0;

	if (want == *now)
		return 0;
	rc = family == 4 ? sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, want)
			 : sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, want);
	if (!rc)
		*now = want;
	return rc;
}

static int transmit(int fd, struct mmsghdr *m, unsigned count)
{
	unsigned tries = ERROR_TRIES;

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

int netif_esp_send(int fd, unsigned family, struct netif_esp_packet *p, unsigned count)
{
	struct mmsghdr m[NETIF_BATCH];
	struct sockaddr_storage to[NETIF_BATCH];
	struct iovec iov[NETIF_BATCH];
	union control control[NETIF_BATCH];
	unsigned sent = 0;
	int discover = -1;
	socklen_t size = sizeof(discover);

	if (count > NETIF_BATCH)
		count = NETIF_BATCH;
	for (unsigned i = 0; i < count; i++) {
		if (p[i].dst.family != family || p[i].src.family != family) {
			count = i;
			if (!count)
				return -EAFNOSUPPORT;
			break;
		}
		put_packet(&m[i].msg_hdr, &iov[i], &to[i], &control[i], &p[i]);
	}
	getsockopt(fd, family == 4 ? IPPROTO_IP : IPPROTO_IPV6, family == 4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
		   &discover, &size);
	while (sent < count) {
		unsigned run = 1;
		int n = set_df(fd, family, p[sent].df, &discover);

		while (sent + run < count && p[sent + run].df == p[sent].df)
			run++;
		if (!n)
			n = transmit(fd, &m[sent], run);
		if (n < 0)
			return sent ? (int)sent : n;
		sent += (unsigned)n;
		if ((unsigned)n < run)
			break;
	}
	return (int)sent;
}
