#define _GNU_SOURCE /* in6_pktinfo */
#include "netif/netif.h"
#include "netif/sock.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RCOOKIE_AT 8    /* of a message, behind the initiator's cookie */
#define EMPTY_MAX  64   /* datagrams passed over in one call */
#define IKE_TOS    0xc0 /* precedence 6, internetwork control, as IOS marks ISAKMP */
/* A thousand peers may come at once after a boot; what does not fit is repeated ten seconds later. */
#define IKE_SOCKET_BUFFER (4 << 20)

/* DF is clear and the kernel may fragment: a message with certificates is larger than most MTUs. */
static int set_options(int fd, unsigned family)
{
	int rc;

	/* beyond the system's limit where that may be, else up to it */
	if (sock_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, IKE_SOCKET_BUFFER))
		(void)sock_set(fd, SOL_SOCKET, SO_RCVBUF, IKE_SOCKET_BUFFER);
	if (family == 4) {
		rc = sock_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (!rc)
			rc = sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
		return rc ? rc : sock_set(fd, IPPROTO_IP, IP_TOS, IKE_TOS);
	}
	rc = sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	return rc ? rc : sock_set(fd, IPPROTO_IPV6, IPV6_TCLASS, IKE_TOS);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t size = sizeof(ss);
	struct ip_addr any;
	uint16_t port = 0;

	if (getsockname(fd, (struct sockaddr *)&ss, &size) == 0)
		ip_from_sockaddr(&ss, &any, &port);
	return port;
}

static int open_on(unsigned family, uint16_t port, bool shared)
{
	struct ip_addr any = { .family = (uint8_t)family };
	struct sockaddr_storage ss;
	int fd, rc;

	if (family != 4 && family != 6)
		return -EAFNOSUPPORT;
	fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	rc = set_options(fd, family);
	if (!rc && shared)
		rc = sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (!rc && bind(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&any, port, 0, &ss)) < 0)
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

int netif_ike_open(unsigned family, uint16_t port)
{
	return open_on(family, port, false);
}

/* Offsets are those of the UDP payload. What is too short for a load ends the program with 0. RFC 2408 3.1. */
static int tell_apart(int fd)
{
	static const struct sock_filter responder_cookie[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, RCOOKIE_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, RCOOKIE_AT + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(responder_cookie) / sizeof(responder_cookie[0]) };
	const struct sock_filter *p = responder_cookie;

	/* filter is not const, and the kernel does not write there. */
	memcpy(&program.filter, &p, sizeof(p));
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) < 0 ? -errno : 0;
}

int netif_ike_open_known(int fd, unsigned family)
{
	/* the first was bound alone, so nobody else had the port */
	int rc = sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1), known;

	if (rc)
		return rc;
	known = open_on(family, port_of(fd), true);
	if (known < 0)
		return known;
	rc = tell_apart(known);
	if (!rc)
		return known;
	close(known);
	return rc;
}

/* Room for the one control message in use, aligned. */
union control {
	struct cmsghdr align;
	uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void take_local(struct msghdr *m, struct netif_ike_packet *info)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo pi;
		struct in6_pktinfo pi6;

		if (sock_told(c, IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi))) {
			info->local = ip_from_in4(&pi.ipi_addr);
			info->ifindex = pi.ipi_ifindex;
		} else if (sock_told(c, IPPROTO_IPV6, IPV6_PKTINFO, &pi6, sizeof(pi6))) {
			info->local = ip_from_in6(&pi6.ipi6_addr);
			info->ifindex = (int)pi6.ipi6_ifindex;
		}
	}
}

long netif_ike_recv(int fd, uint16_t port, void *buf, size_t size, struct netif_ike_packet *info)
{
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { buf, size };
	union control control;
	struct msghdr m;
	unsigned tries = 0;
	ssize_t n;

	/* An empty datagram is no message, and 0 means that there is none; a flood of them must not keep the caller. */
	do {
		if (tries++ == EMPTY_MAX)
			return 0;
		m = (struct msghdr){ .msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof(control) };
		n = recvmsg(fd, &m, MSG_TRUNC | MSG_DONTWAIT);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	*info = (struct netif_ike_packet){ .local_port = port };
	if (!ip_from_sockaddr(&from, &info->remote, &info->remote_port))
		return -EAFNOSUPPORT;
	take_local(&m, info);
	return n;
}

static void put_local(struct msghdr *m, union control *control, const struct netif_ike_packet *info)
{
	struct cmsghdr *c = &control->align;

	memset(control, 0, sizeof(*control));
	m->msg_control = control;
	if (info->local.family == 4) {
		struct in_pktinfo pi = { 0 };

		memcpy(&pi.ipi_spec_dst, info->local.octets, sizeof(pi.ipi_spec_dst));
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(pi)), IPPROTO_IP, IP_PKTINFO };
		memcpy(CMSG_DATA(c), &pi, sizeof(pi));
		m->msg_controllen = CMSG_SPACE(sizeof(pi));
	} else {
		struct in6_pktinfo pi = { 0 };

		memcpy(&pi.ipi6_addr, info->local.octets, sizeof(pi.ipi6_addr));
		/* Elsewhere the way back is the routing table's to choose. */
		if (ip_is_link_local(&info->local) || ip_is_link_local(&info->remote))
			pi.ipi6_ifindex = (unsigned)info->ifindex;
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(pi)), IPPROTO_IPV6, IPV6_PKTINFO };
		memcpy(CMSG_DATA(c), &pi, sizeof(pi));
		m->msg_controllen = CMSG_SPACE(sizeof(pi));
	}
}

long netif_ike_send(int fd, const void *buf, size_t octets, const struct netif_ike_packet *info)
{
	struct sockaddr_storage to;
	struct iovec iov = { .iov_len = octets };
	union control control;
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	uint32_t scope = ip_is_link_local(&info->remote) ? (uint32_t)info->ifindex : 0;
	ssize_t n;

	if (!info->remote.family || (info->local.family && info->local.family != info->remote.family))
		return -EAFNOSUPPORT;
	/* iov_base is not const, and sendmsg does not write there. */
	memcpy(&iov.iov_base, &buf, sizeof(buf));
	m.msg_namelen = ip_to_sockaddr(&info->remote, info->remote_port, scope, &to);
	if (info->local.family)
		put_local(&m, &control, info);
	do
		n = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}
