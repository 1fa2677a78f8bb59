/* ICMP errors about ESP that we sent: the kernel queues them on the socket, with what was quoted (IP_RECVERR). */
#define _GNU_SOURCE
#include "netif/sock.h"
#include "netif/wire_private.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

union control {
	struct cmsghdr align;
	uint8_t octets[256]; /* the error and who sent it; IPv6 adds what the socket asked of packets */
};

/* Is it a router's word that the packet was too big? */
static bool too_big(struct msghdr *m, struct netif_esp_error *e)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct sock_extended_err said;

		if (!sock_told(c, IPPROTO_IP, IP_RECVERR, &said, sizeof(said)) &&
		    !sock_told(c, IPPROTO_IPV6, IPV6_RECVERR, &said, sizeof(said)))
			continue;
		e->mtu = said.ee_info;
		return said.ee_errno == EMSGSIZE &&
		       (said.ee_origin == SO_EE_ORIGIN_ICMP || said.ee_origin == SO_EE_ORIGIN_ICMP6);
	}
	return false;
}

unsigned netif_wire_errors(struct netif_wire *w, struct netif_esp_error *e, unsigned count, bool *more)
{
	unsigned n = 0;

	*more = true;
	for (unsigned k = 0; k < count; k++) {
		struct sockaddr_storage to = { 0 };
		struct iovec iov = { e[n].quoted, sizeof(e[n].quoted) };
		union control control;
		struct msghdr m = { .msg_name = &to,
				    .msg_namelen = sizeof(to),
				    .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = &control,
				    .msg_controllen = sizeof(control) };
		ssize_t octets = recvmsg(w->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (octets < 0) {
			*more = errno == EINTR;
			return n;
		}
		e[n].quoted_octets = (size_t)octets;
		if (too_big(&m, &e[n]) && ip_from_sockaddr(&to, &e[n].dst, &e[n].port))
			n++;
	}
	return n;
}
