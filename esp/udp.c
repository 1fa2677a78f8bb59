#include "esp/udp.h"
#include "base/buf.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int ike_pair_open(struct ike_pair *p)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
		return -errno;
	*p = (struct ike_pair){ fds[0], fds[1] };
	return 0;
}

void ike_pair_close(struct ike_pair *p)
{
	if (p->control >= 0)
		close(p->control);
	if (p->worker >= 0)
		close(p->worker);
	*p = (struct ike_pair){ -1, -1 };
}

/* iov_base is not const, and sendmsg does not write there. */
static struct iovec part(const void *octets, size_t count)
{
	struct iovec iov = { .iov_len = count };

	memcpy(&iov.iov_base, &octets, sizeof(octets));
	return iov;
}

bool ike_pair_put(int fd, const struct netif_ike_packet *info, const void *front, size_t front_octets, const void *body,
		  size_t body_octets)
{
	struct iovec iov[] = { part(info, sizeof(*info)), part(front, front_octets), part(body, body_octets) };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = sizeof(iov) / sizeof(iov[0]) };
	ssize_t n;

	do
		n = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

size_t ike_pair_take(int fd, struct netif_ike_packet *info, void *buf, size_t size)
{
	struct iovec iov[2] = { { info, sizeof(*info) }, { buf, size } };

	for (;;) {
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		if ((size_t)n > sizeof(*info) && !(m.msg_flags & MSG_TRUNC))
			return (size_t)n - sizeof(*info);
	}
}

/* RFC 3948 2: an SPI is never 0, so four zero octets are the non-ESP marker; a keepalive is a single octet. */
enum udp_kind udp_kind(const uint8_t *datagram, size_t octets)
{
	struct rd r = rd_of(datagram, octets), first = r;

	if (octets == 1 && rd_u8(&first) == UDP_KEEPALIVE_OCTET)
		return UDP_KEEPALIVE;
	return rd_u32(&r) == 0 && !r.why ? UDP_IKE : UDP_ESP;
}
