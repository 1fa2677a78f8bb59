/* One probe of a traceroute: a UDP datagram with a short life, and what the network says of it (IP(V6)_RECVERR). */
#include "netif/netif.h"
#include "netif/sock.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROBE_OCTETS 12
#define ICMP_ADMIN   13 /* RFC 1812 5.2.7.1 */
#define CONTROL_ROOM 512
#define ICMP6_REJECT 6
#define ICMP6_POLICY 5

static uint32_t scope_of(const struct netif_trace *t, const struct ip_addr *a)
{
	return ip_is_link_local(a) ? (uint32_t)t->ifindex : 0;
}

static int set_options(int fd, const struct netif_trace *t)
{
	bool v4 = t->dst.family == 4;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int rc = sock_set(fd, level, v4 ? IP_RECVERR : IPV6_RECVERR, 1);

	if (!rc)
		rc = sock_set(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, t->ttl);
	if (!rc)
		rc = sock_set(fd, level, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
			      v4 ? IP_PMTUDISC_DONT : IPV6_PMTUDISC_DONT);
	return rc;
}

/* Connected: only errors about packets to dst come, and a datagram from there is an answer too. */
static int open_probe(const struct netif_trace *t)
{
	struct sockaddr_storage ss;
	int fd, rc;

	if (!t->dst.family || (t->src.family && t->src.family != t->dst.family))
		return -EAFNOSUPPORT;
	fd = socket(t->dst.family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = set_options(fd, t);
	if (!rc && t->src.family &&
	    bind(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&t->src, 0, scope_of(t, &t->src), &ss)) < 0)
		rc = -errno;
	if (!rc && connect(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&t->dst, t->port, scope_of(t, &t->dst), &ss)) < 0)
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

static int mark4(uint8_t type, uint8_t code)
{
	if (type == ICMP_TIME_EXCEEDED)
		return 't';
	if (type == ICMP_SOURCE_QUENCH)
		return 'Q';
	if (type != ICMP_DEST_UNREACH)
		return '?';
	switch (code) {
	case ICMP_PORT_UNREACH:
		return '!';
	case ICMP_NET_UNREACH:
	case ICMP_NET_UNKNOWN:
		return 'N';
	case ICMP_PROT_UNREACH:
		return 'P';
	case ICMP_NET_ANO:
	case ICMP_HOST_ANO:
	case ICMP_ADMIN:
		return 'A';
	default:
		return 'H';
	}
}

static int mark6(uint8_t type, uint8_t code)
{
	if (type == ICMP6_TIME_EXCEEDED)
		return 't';
	if (type == ICMP6_PARAM_PROB)
		return 'P';
	if (type != ICMP6_DST_UNREACH)
		return '?';
	switch (code) {
	case ICMP6_DST_UNREACH_NOPORT:
		return '!';
	case ICMP6_DST_UNREACH_NOROUTE:
		return 'N';
	case ICMP6_DST_UNREACH_ADMIN:
	case ICMP6_POLICY:
	case ICMP6_REJECT:
		return 'A';
	default:
		return 'H';
	}
}

/* The mark of one error; 0: it is the own kernel's, which on IOS is none. */
static int judge(struct msghdr *m, struct ip_addr *from)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
		struct sockaddr_storage ss = { 0 };
		size_t octets = c->cmsg_len - CMSG_LEN(0);
		uint16_t port;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		if (octets < sizeof(*e) || (e->ee_origin != SO_EE_ORIGIN_ICMP && e->ee_origin != SO_EE_ORIGIN_ICMP6))
			continue;
		octets -= sizeof(*e); /* whoever sent the error stands behind it (SO_EE_OFFENDER) */
		memcpy(&ss, e + 1, octets < sizeof(ss) ? octets : sizeof(ss));
		if (!ip_from_sockaddr(&ss, from, &port))
			continue;
		return e->ee_origin == SO_EE_ORIGIN_ICMP ? mark4(e->ee_type, e->ee_code)
							 : mark6(e->ee_type, e->ee_code);
	}
	return 0;
}

/* The mark of what waits, 0: nothing that counts. */
static int take(int fd, const struct netif_trace *t, struct ip_addr *from)
{
	union {
		char room[CONTROL_ROOM];
		struct cmsghdr align;
	} control;
	uint8_t data[256];
	int mark;

	for (;;) {
		struct iovec v = { data, sizeof(data) };
		struct msghdr m = { .msg_iov = &v,
				    .msg_iovlen = 1,
				    .msg_control = control.room,
				    .msg_controllen = sizeof(control.room) };

		if (recvmsg(fd, &m, MSG_ERRQUEUE) < 0)
			break;
		if ((mark = judge(&m, from)))
			return mark;
	}
	*from = t->dst;
	return recv(fd, data, sizeof(data), 0) >= 0 ? '!' : 0;
}

static int await(int fd, const struct netif_trace *t, int wake_fd, uint64_t start, struct ip_addr *from)
{
	uint64_t end = start + (uint64_t)t->timeout_ms * 1000;

	for (;;) {
		int ready = sock_await(fd, wake_fd, end), mark;

		if (ready < 0)
			return ready;
		if (!ready)
			return '.';
		mark = ready & SOCK_FD ? take(fd, t, from) : 0;
		if (mark || ready & SOCK_WAKE)
			return mark;
	}
}

int netif_trace(const struct netif_trace *t, int wake_fd, struct ip_addr *from, unsigned *rtt_us)
{
	static const uint8_t probe[PROBE_OCTETS];
	uint64_t start = clock_us();
	int fd = open_probe(t), rc;

	if (fd < 0)
		return fd;
	if (send(fd, probe, sizeof(probe), MSG_NOSIGNAL) < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH)
		rc = -errno;
	else
		rc = await(fd, t, wake_fd, start, from);
	if (rc > 0 && rc != '.')
		*rtt_us = (unsigned)(clock_us() - start);
	close(fd);
	return rc;
}
