/*
 * The AF_XDP socket of one interface: its frames, and what goes into them and comes out of them.
 *
 * One block of memory (UMEM) holds RX_FRAMES for what comes and TX_FRAMES for what goes. A receive frame wanders from the fill
 * ring to the receive ring, to the caller until its next call, and back to the fill ring. A transmit frame goes from the
 * stack of free ones to the transmit ring and comes back by the completion ring. The kernel copies both ways (XDP_COPY), in
 * the sender's own system call or where the packet came in.
 */
#include "netif/xdp.h"
#include "netif/sock.h"
#include "netif/wire.h"
#include "netif/xdp_program.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

#ifndef XDP_MAX_TX_SKB_BUDGET /* Linux 6.17 */
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

#define FRAME      2048
#define RX_FRAMES  2048
#define TX_FRAMES  1024
#define RX_BEFORE  256 /* XDP_PACKET_HEADROOM: the kernel leaves it free before a packet */
#define QUEUE      0
#define SEND_ROOM  (8 << 20) /* SO_SNDBUF: what all transmit frames are as the kernel counts them, and more */
#define PAUSES     64        /* for one batch, at most */
#define PAUSE_US   100       /* after a system call that the kernel took nothing with */
#define OPENINGS   50        /* tries, a millisecond apart */
#define KICK_BATCH NETIF_WIRE_BATCH

/* The frames of the largest MTU fit behind what the kernel leaves free. */
_Static_assert(NETIF_XDP_MTU == FRAME - RX_BEFORE - ETH_HLEN, "frames");

struct netif_xdp {
	int ifindex;
	int asks; /* a socket of the interface's namespace, to ask about it */
	struct xdp_program program;
	uint8_t *frames;
	struct xsk_umem *umem;
	/*
	 * Two: to poll a socket that has a transmit ring is to send, in the kernel's copy mode, so who waits for what comes
	 * would wait for who sends. They share the rings of the memory.
	 */
	struct xsk_socket *socket, *sender;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons done, rx;
	uint64_t held[NETIF_WIRE_BATCH]; /* receive frames that the caller has */
	unsigned held_count;
	pthread_mutex_t lock; /* of all that is for sending */
	uint64_t free[TX_FRAMES];
	unsigned free_count;
	_Atomic bool left; /* in the transmit ring, and the interface may take it yet */
	uint16_t ident;    /* of the next IPv4 packet that may be fragmented */
	_Atomic uint64_t sent, received, refused;
};

/* --- opening ---- */

static int refuse(char why[NETIF_XDP_WHY], int rc, const char *words)
{
	snprintf(why, NETIF_XDP_WHY, "%s", words);
	return rc;
}

static int refuse_with(char why[NETIF_XDP_WHY], int rc, const char *what)
{
	snprintf(why, NETIF_XDP_WHY, "%s: %s", what, strerror(-rc));
	return rc;
}

static int ask_of(int asks, int ifindex, unsigned long what, struct ifreq *q)
{
	memset(q, 0, sizeof(*q));
	q->ifr_ifindex = ifindex;
	if (ioctl(asks, SIOCGIFNAME, q) < 0 || (what != SIOCGIFNAME && ioctl(asks, what, q) < 0))
		return -errno;
	return 0;
}

static int check_interface(int asks, int ifindex, char why[NETIF_XDP_WHY])
{
	struct ifreq q;
	int rc = ask_of(asks, ifindex, SIOCGIFHWADDR, &q);

	if (rc)
		return refuse(why, rc, "the interface is gone");
	if (q.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return refuse(why, -EOPNOTSUPP, "interface is no Ethernet");
	rc = ask_of(asks, ifindex, SIOCGIFFLAGS, &q);
	if (rc || !(q.ifr_flags & IFF_UP))
		return refuse(why, -ENETDOWN, "interface is down");
	rc = ask_of(asks, ifindex, SIOCGIFMTU, &q);
	if (rc)
		return refuse(why, rc, "the interface is gone");
	if (q.ifr_mtu > NETIF_XDP_MTU) {
		snprintf(why, NETIF_XDP_WHY, "MTU %d is larger than %d", q.ifr_mtu, NETIF_XDP_MTU);
		return -EMSGSIZE;
	}
	return 0;
}

/* The kernel wants these of the first user namespace for a program, whoever owns the network. */
static bool in_user_namespace(void)
{
	struct stat s;

	return !stat("/proc/self/ns/user", &s) && s.st_ino != 0xeffffffd; /* PROC_USER_INIT_INO */
}

static int check_capabilities(char why[NETIF_XDP_WHY])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };
	const char *missing = NULL;

	if (syscall(SYS_capget, &head, set) < 0)
		return refuse_with(why, -errno, "capabilities");
	if (!(set[0].effective & 1u << CAP_NET_RAW))
		missing = "CAP_NET_RAW is missing";
	else if (!(set[0].effective & 1u << CAP_NET_ADMIN))
		missing = "CAP_NET_ADMIN is missing";
	else if (!(set[0].effective & 1u << CAP_SYS_ADMIN) && !(set[1].effective & 1u << (CAP_BPF - 32)))
		missing = "CAP_BPF is missing";
	else if (in_user_namespace())
		missing = "a user namespace may not load XDP programs";
	return missing ? refuse(why, -EPERM, missing) : 0;
}

static int check_kernel(char why[NETIF_XDP_WHY])
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return refuse(why, -EAFNOSUPPORT, "the kernel has no AF_XDP");
	if (fd < 0)
		return refuse_with(why, -errno, "AF_XDP");
	close(fd);
	return 0;
}

static int make_umem(struct netif_xdp *x)
{
	struct xsk_umem_config c = { .fill_size = RX_FRAMES, .comp_size = TX_FRAMES, .frame_size = FRAME };

	return xsk_umem__create(&x->umem, x->frames, (uint64_t)FRAME * (RX_FRAMES + TX_FRAMES), &x->fill, &x->done, &c);
}

static void raise_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* The first needs CAP_SYS_RESOURCE. */
	if (setrlimit(RLIMIT_MEMLOCK, &all) < 0 && !getrlimit(RLIMIT_MEMLOCK, &all)) {
		all.rlim_cur = all.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &all);
	}
}

static int open_memory(struct netif_xdp *x, char why[NETIF_XDP_WHY])
{
	int rc = make_umem(x);

	if (rc == -ENOBUFS) { /* nothing else gives this */
		raise_memlock();
		rc = make_umem(x);
	}
	if (rc == -ENOBUFS)
		return refuse(why, rc, "RLIMIT_MEMLOCK is too small: 6 MiB are wanted");
	return rc ? refuse_with(why, rc, "AF_XDP memory") : 0;
}

static void set_sender(int fd)
{
	if (sock_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_ROOM))
		(void)sock_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_ROOM);
	(void)sock_set(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, KICK_BATCH);
}

/* The library's descriptors do not say so. */
static int close_on_exec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int open_sockets(struct netif_xdp *x, char why[NETIF_XDP_WHY])
{
	struct xsk_socket_config c = { .rx_size = RX_FRAMES,
				       .tx_size = TX_FRAMES,
				       .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
				       .bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP };
	struct ifreq q;
	int rc = ask_of(x->asks, x->ifindex, SIOCGIFNAME, &q);

	if (rc)
		return refuse(why, rc, "the interface is gone");
	rc = xsk_socket__create(&x->socket, q.ifr_name, QUEUE, x->umem, &x->rx, NULL, &c);
	if (rc == -EBUSY)
		return refuse(why, rc, "another AF_XDP socket is there");
	if (!rc)
		rc = close_on_exec(xsk_socket__fd(x->socket));
	if (!rc)
		rc = xsk_socket__create(&x->sender, q.ifr_name, QUEUE, x->umem, NULL, &x->tx, &c);
	if (!rc)
		rc = close_on_exec(xsk_socket__fd(x->sender));
	if (rc)
		return refuse_with(why, rc, "AF_XDP socket");
	set_sender(xsk_socket__fd(x->sender));
	rc = xdp_program_serve(&x->program, QUEUE, xsk_socket__fd(x->socket));
	return rc ? refuse_with(why, rc, "AF_XDP socket map") : 0;
}

static void give_frames(struct netif_xdp *x)
{
	uint32_t at;

	if (xsk_ring_prod__reserve(&x->fill, RX_FRAMES, &at) == RX_FRAMES)
		for (uint32_t i = 0; i < RX_FRAMES; i++)
			*xsk_ring_prod__fill_addr(&x->fill, at + i) = (uint64_t)i * FRAME;
	xsk_ring_prod__submit(&x->fill, RX_FRAMES);
	for (unsigned i = 0; i < TX_FRAMES; i++)
		x->free[i] = (uint64_t)(RX_FRAMES + i) * FRAME;
	x->free_count = TX_FRAMES;
}

static void close_sockets(struct netif_xdp *x)
{
	if (x->sender)
		xsk_socket__delete(x->sender);
	x->sender = NULL;
	if (x->socket)
		xsk_socket__delete(x->socket);
	x->socket = NULL;
	if (x->umem)
		xsk_umem__delete(x->umem);
	x->umem = NULL;
}

/*
 * The kernel gives queue and memory free some time after the descriptor of the socket that had them was closed, so those of one
 * that was just closed are waited for.
 */
static int open_rings(struct netif_xdp *x, char why[NETIF_XDP_WHY])
{
	int rc;

	for (unsigned tries = 1;; tries++) {
		rc = open_memory(x, why);
		if (!rc) {
			give_frames(x);
			rc = open_sockets(x, why);
		}
		if ((rc != -EBUSY && rc != -ENOBUFS) || tries == OPENINGS)
			return rc;
		close_sockets(x);
		usleep(1000);
	}
}

static int open_all(struct netif_xdp *x, char why[NETIF_XDP_WHY])
{
	void *at;
	int rc;

	x->asks = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (x->asks < 0)
		return refuse_with(why, -errno, "socket");
	rc = check_interface(x->asks, x->ifindex, why);
	if (!rc)
		rc = check_capabilities(why);
	if (!rc)
		rc = check_kernel(why);
	if (!rc)
		rc = xdp_program_open(&x->program, x->ifindex, FRAME - RX_BEFORE, why, NETIF_XDP_WHY);
	if (rc)
		return rc;
	at = mmap(NULL, (size_t)FRAME * (RX_FRAMES + TX_FRAMES), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return refuse_with(why, -errno, "memory");
	x->frames = at;
	rc = open_rings(x, why);
	if (!rc)
		why[0] = '\0';
	return rc;
}

int netif_xdp_open(int ifindex, struct netif_xdp **out, char why[NETIF_XDP_WHY])
{
	struct netif_xdp *x = calloc(1, sizeof(*x));
	int rc;

	why[0] = '\0';
	if (!x)
		return refuse(why, -ENOMEM, "out of memory");
	/* Both libraries would tell the user on the terminal. */
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	*x = (struct netif_xdp){ .ifindex = ifindex, .asks = -1, .program = { -1, -1, -1, -1 } };
	pthread_mutex_init(&x->lock, NULL);
	if (getrandom(&x->ident, sizeof(x->ident), GRND_NONBLOCK) < 0)
		x->ident = 1;
	rc = open_all(x, why);
	if (rc) {
		netif_xdp_close(x);
		return rc;
	}
	*out = x;
	return 0;
}

void netif_xdp_close(struct netif_xdp *x)
{
	if (!x)
		return;
	xdp_program_close(&x->program); /* first: the kernel gets what comes from now on */
	close_sockets(x);
	if (x->frames)
		munmap(x->frames, (size_t)FRAME * (RX_FRAMES + TX_FRAMES));
	if (x->asks >= 0)
		close(x->asks);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

int netif_xdp_ifindex(const struct netif_xdp *x)
{
	return x->ifindex;
}

int netif_xdp_fd(const struct netif_xdp *x)
{
	return xsk_socket__fd(x->socket);
}

bool netif_xdp_alive(const struct netif_xdp *x)
{
	struct ifreq q;

	return !ask_of(x->asks, x->ifindex, SIOCGIFFLAGS, &q) && q.ifr_flags & IFF_UP &&
	       xdp_program_attached(&x->program);
}

int netif_xdp_peer_add(struct netif_xdp *x, const struct ip_addr *local, const struct ip_addr *remote)
{
	return xdp_program_peer_add(&x->program, local, remote);
}

void netif_xdp_peer_del(struct netif_xdp *x, const struct ip_addr *local, const struct ip_addr *remote)
{
	xdp_program_peer_del(&x->program, local, remote);
}

void netif_xdp_status(const struct netif_xdp *x, struct netif_xdp_status *out)
{
	struct xdp_statistics s = { 0 };
	socklen_t octets = sizeof(s);

	*out = (struct netif_xdp_status){ .sent = x->sent, .received = x->received, .dropped = x->refused };
	/* No frame in the fill ring, and no room in the receive ring. */
	if (!getsockopt(xsk_socket__fd(x->socket), SOL_XDP, XDP_STATISTICS, &s, &octets))
		out->dropped += s.rx_dropped + s.rx_ring_full;
}

/* --- sending ---- */

unsigned netif_xdp_largest(const struct netif_hop *hop, unsigned family)
{
	struct netif_hop framed = *hop;

	if (framed.mtu > FRAME - ETH_HLEN)
		framed.mtu = FRAME - ETH_HLEN;
	return netif_hop_largest(&framed, family);
}

/* How far the kernel is with the ring. */
static uint32_t taken(const struct netif_xdp *x)
{
	return __atomic_load_n(x->tx.consumer, __ATOMIC_ACQUIRE);
}

static bool all_gone(const struct netif_xdp *x)
{
	return taken(x) == *x->tx.producer;
}

static void reap(struct netif_xdp *x)
{
	uint32_t at, n = xsk_ring_cons__peek(&x->done, TX_FRAMES - x->free_count, &at);

	for (uint32_t i = 0; i < n; i++)
		x->free[x->free_count++] = *xsk_ring_cons__comp_addr(&x->done, at + i);
	xsk_ring_cons__release(&x->done, n);
}

/*
 * The kernel takes a part of the ring. EAGAIN: there is more, or the queue of the interface is full; EBUSY: the interface
 * dropped one, and counts it. Other errors: it sends nothing.
 */
static int kick_once(struct netif_xdp *x)
{
	if (sendto(xsk_socket__fd(x->sender), NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
	    errno != EBUSY && errno != ENOBUFS && errno != EINTR)
		return -errno;
	return 0;
}

/*
 * 0: the kernel has all, or the interface took no more for so many pauses. Else it sends nothing. A full queue is given some
 * milliseconds before the rest is left: that may be overtaken by what goes over the raw socket.
 */
static int kick(struct netif_xdp *x, unsigned pauses)
{
	const uint32_t first = taken(x);
	uint32_t before = first;
	int rc = 0;

	while (!all_gone(x)) {
		rc = kick_once(x);
		if (rc || (taken(x) == before && !pauses--))
			break;
		if (taken(x) == before)
			usleep(PAUSE_US);
		before = taken(x);
	}
	x->sent += taken(x) - first;
	x->left = !rc && !all_gone(x);
	return rc;
}

static bool fits(const struct netif_hop *hop, const struct netif_esp_packet *p)
{
	return (p->dst.family == 4 || p->dst.family == 6) && p->src.family == p->dst.family &&
	       p->octets <= netif_xdp_largest(hop, p->dst.family);
}

static void put(struct netif_xdp *x, uint32_t at, const struct netif_hop *hop, const struct netif_esp_packet *p)
{
	struct xdp_desc *d = xsk_ring_prod__tx_desc(&x->tx, at);
	uint64_t frame = x->free[--x->free_count];
	uint8_t *at_frame = xsk_umem__get_data(x->frames, frame);
	size_t header = netif_hop_header(hop, p, &x->ident, at_frame);

	memcpy(at_frame + header, p->data, p->octets);
	*d = (struct xdp_desc){ .addr = frame, .len = (uint32_t)(header + p->octets) };
}

static int send_locked(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p,
		       unsigned count)
{
	unsigned n = 0;
	uint32_t at = 0;
	int rc = kick(x, PAUSES); /* what an earlier call left */

	if (rc)
		return rc;
	reap(x);
	if (count > x->free_count)
		count = x->free_count;
	while (n < count && fits(hop, &p[n]))
		n++;
	if (!n)
		return count ? -EMSGSIZE : 0;
	/* As many slots as frames: a free frame has one. */
	if (xsk_ring_prod__reserve(&x->tx, n, &at) != n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		put(x, at + i, hop, &p[i]);
	xsk_ring_prod__submit(&x->tx, n);
	(void)kick(x, PAUSES);
	return (int)n;
}

int netif_xdp_send(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p, unsigned count)
{
	int rc;

	if (!count)
		return 0;
	pthread_mutex_lock(&x->lock);
	rc = send_locked(x, hop, p, count);
	pthread_mutex_unlock(&x->lock);
	return rc;
}

bool netif_xdp_left(const struct netif_xdp *x)
{
	return x->left;
}

bool netif_xdp_push(struct netif_xdp *x)
{
	bool left;

	if (!x->left)
		return false;
	pthread_mutex_lock(&x->lock);
	(void)kick(x, 0);
	left = x->left;
	pthread_mutex_unlock(&x->lock);
	return left;
}

/* --- receiving ---- */

/* What the caller had goes back to the kernel. */
static void give_back(struct netif_xdp *x)
{
	uint32_t at;

	if (!x->held_count || xsk_ring_prod__reserve(&x->fill, x->held_count, &at) != x->held_count)
		return;
	for (unsigned i = 0; i < x->held_count; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) = x->held[i];
	xsk_ring_prod__submit(&x->fill, x->held_count);
	x->held_count = 0;
}

int netif_xdp_recv(struct netif_xdp *x, struct netif_esp_packet *p, unsigned count)
{
	unsigned n = 0;
	uint32_t at, got;

	give_back(x);
	if (count > NETIF_WIRE_BATCH)
		count = NETIF_WIRE_BATCH;
	got = xsk_ring_cons__peek(&x->rx, count - x->held_count, &at);
	for (uint32_t i = 0; i < got; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&x->rx, at + i);

		x->held[x->held_count++] = d->addr - d->addr % FRAME;
		if (netif_hop_read(x->ifindex, xsk_umem__get_data(x->frames, d->addr), d->len, &p[n]))
			n++;
	}
	xsk_ring_cons__release(&x->rx, got);
	x->received += n;
	if (n < got)
		x->refused += got - n;
	return (int)n;
}
