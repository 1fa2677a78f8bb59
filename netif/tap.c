#define _GNU_SOURCE /* mmsghdr */
#include "netif/tap.h"
#include "netif/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h> /* before the kernel's */

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_OCTETS (4 << 20) /* of the socket: what comes while nobody reads */

struct netif_tap {
	int fd, ifindex;
	bool ethernet;
	struct mmsghdr m[NETIF_TAP_BATCH];
	struct iovec iov[NETIF_TAP_BATCH];
	struct sockaddr_ll from[NETIF_TAP_BATCH];
	char control[NETIF_TAP_BATCH][CMSG_SPACE(sizeof(struct timespec))];
	uint8_t *memory;
	size_t snap;
};

#define ANCILLARY(what) ((__u32)(SKF_AD_OFF + (what)))

/* The kernel leaves out what is not wanted: by the protocol that it knows the packet by, and by the way it goes. */
static int filter(int fd, const struct netif_tap_options *o)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ANCILLARY(SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, o->family == 4 ? ETH_P_IP : ETH_P_IPV6, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ANCILLARY(SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, o->out ? 0 : 1, o->in ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

static int open_socket(const struct netif_tap_options *o, bool *ethernet)
{
	/* of no protocol before it has its filter and its interface */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = o->ifindex };
	socklen_t size = sizeof(at);

	if (fd < 0)
		return -errno;
	if (sock_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_OCTETS))
		sock_set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_OCTETS);
	rc = filter(fd, o);
	if (!rc)
		rc = sock_set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (!rc && bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		rc = -errno;
	if (!rc && getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		rc = -errno;
	if (rc) {
		close(fd);
		return rc;
	}
	*ethernet = at.sll_hatype != ARPHRD_NONE;
	return fd;
}

int netif_tap_open(const struct netif_tap_options *o, struct netif_tap **out)
{
	struct netif_tap *t = calloc(1, sizeof(*t));
	int rc = -ENOMEM;

	if (!t)
		return rc;
	t->ifindex = o->ifindex;
	t->snap = o->snap < NETIF_TAP_SNAP ? o->snap : NETIF_TAP_SNAP;
	t->memory = malloc(t->snap * NETIF_TAP_BATCH);
	t->fd = -1;
	if (t->memory)
		rc = t->fd = open_socket(o, &t->ethernet);
	if (rc < 0) {
		netif_tap_close(t);
		return rc;
	}
	for (size_t i = 0; i < NETIF_TAP_BATCH; i++)
		t->iov[i] = (struct iovec){ &t->memory[i * t->snap], t->snap };
	*out = t;
	return 0;
}

void netif_tap_close(struct netif_tap *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	free(t->memory);
	free(t);
}

int netif_tap_fd(const struct netif_tap *t)
{
	return t->fd;
}

bool netif_tap_ethernet(const struct netif_tap *t)
{
	return t->ethernet;
}

static struct timespec stamp_of(struct msghdr *m)
{
	struct timespec at = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		sock_told(c, SOL_SOCKET, SO_TIMESTAMPNS, &at, sizeof(at));
	return at;
}

int netif_tap_recv(struct netif_tap *t, struct netif_tap_packet p[NETIF_TAP_BATCH])
{
	char name[IF_NAMESIZE];
	int n;

	for (unsigned i = 0; i < NETIF_TAP_BATCH; i++)
		t->m[i].msg_hdr = (struct msghdr){ .msg_name = &t->from[i],
						   .msg_namelen = sizeof(t->from[i]),
						   .msg_iov = &t->iov[i],
						   .msg_iovlen = 1,
						   .msg_control = t->control[i],
						   .msg_controllen = sizeof(t->control[i]) };
	n = recvmmsg(t->fd, t->m, NETIF_TAP_BATCH, MSG_TRUNC, NULL);
	if (n < 0 && errno == ENETDOWN) /* told once */
		return if_indextoname((unsigned)t->ifindex, name) ? 0 : -ENODEV;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		const size_t octets = t->m[i].msg_len; /* with MSG_TRUNC that of the whole */

		p[i] = (struct netif_tap_packet){ .at = stamp_of(&t->m[i].msg_hdr),
						  .out = t->from[i].sll_pkttype == PACKET_OUTGOING,
						  .octets = octets,
						  .kept = octets < t->snap ? octets : t->snap,
						  .data = t->iov[i].iov_base };
	}
	return n;
}
