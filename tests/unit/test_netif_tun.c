/* TUN devices with a virtio header, in a network of the test's own. What an older kernel refuses is refused by __wrap_ioctl. */
#define _GNU_SOURCE /* unshare */
#include "netif/nl.h"
#include "netif/tun.h"
#include "tests/unit/netns.h"

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif
#define USO  (0x20 | 0x40) /* TUN_F_USO4, TUN_F_USO6 */
#define VNET 10

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static unsigned long refused; /* offloads that this kernel does not know */

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	unsigned long value;

	va_start(ap, request);
	value = va_arg(ap, unsigned long);
	va_end(ap);
	if (request == TUNSETOFFLOAD && value & refused) {
		errno = EINVAL;
		return -1;
	}
	return __real_ioctl(fd, request, value);
}

static bool wait_for(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 5000) == 1;
}

static struct netif_tun tunnel(struct netif *n, unsigned queues)
{
	struct netif_tun t = { 0 };

	CU_ASSERT_EQUAL_FATAL(netif_tun_create("Tunnel7", queues, &t), 0);
	CU_ASSERT_EQUAL_FATAL(netif_link_set_up(n, t.ifindex, true), 0);
	give(n, t.ifindex, "10.7.0.1/24");
	give(n, t.ifindex, "2001:db8:7::1/64");
	return t;
}

/* One read: what the kernel says of it, and the packet. */
struct packet {
	struct virtio_net_hdr v;
	uint8_t ip[65535];
	size_t octets; /* of ip */
};

/* The next packet of this protocol; the kernel's own (MLD) are passed over. */
static bool next_packet(int fd, struct packet *p, uint8_t protocol)
{
	while (wait_for(fd)) {
		struct iovec iov[2] = { { &p->v, VNET }, { p->ip, sizeof(p->ip) } };
		ssize_t n = readv(fd, iov, 2);

		CU_ASSERT_FATAL(n > VNET + 20);
		p->octets = (size_t)n - VNET;
		if (p->ip[p->ip[0] >> 4 == 4 ? 9 : 6] == protocol)
			return true;
	}
	return false;
}

static void put_packet(int fd, struct packet *p)
{
	struct iovec iov[2] = { { &p->v, VNET }, { p->ip, p->octets } };

	CU_ASSERT_EQUAL(writev(fd, iov, 2), (ssize_t)(VNET + p->octets));
}

/* --- the device ---- */

static void count_address(void *ctx, const struct netif_addr *a)
{
	(void)a;
	++*(unsigned *)ctx;
}

static void test_create(void)
{
	unsigned addresses = 0;
	struct netif *n = netns_fresh();
	struct netif_link link;
	struct netif_tun t = { 0 }, other = { 0 };
	char octets[64];

	CU_ASSERT_EQUAL_FATAL(netif_tun_create("Tunnel214748364", 1, &t), 0);
	CU_ASSERT_EQUAL(t.queues, 1);
	CU_ASSERT_EQUAL(netif_link_get(n, "Tunnel214748364", &link), 0);
	CU_ASSERT_TRUE(link.ifindex == t.ifindex && !link.up && !link.has_mac);
	CU_ASSERT_TRUE(fcntl(t.fd[0], F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel214748364", 1, &other), -EBUSY);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel214748364", 2, &other), -EBUSY);
	CU_ASSERT_EQUAL(netif_tun_create("lo", 1, &other), -EBUSY);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel2147483647", 1, &other), -ENAMETOOLONG);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel%d", 1, &other), -EINVAL);
	CU_ASSERT_EQUAL(netif_tun_create("", 1, &other), -EINVAL);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel8", 0, &other), -EINVAL);
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel8", NETIF_WORKERS_MAX + 1, &other), -EINVAL);
	CU_ASSERT_EQUAL(other.queues, 0);

	CU_ASSERT_EQUAL(netif_link_set_up(n, t.ifindex, true), 0);
	CU_ASSERT_EQUAL(netif_link_get_index(n, t.ifindex, &link), 0);
	CU_ASSERT_TRUE(link.up && link.running);
	CU_ASSERT_EQUAL(netif_addr_each(n, t.ifindex, count_address, &addresses), 0);
	CU_ASSERT_EQUAL(addresses, 0);
	/* Without a link-local address of the kernel's making nothing is sent when it comes up. */
	CU_ASSERT_EQUAL(read(t.fd[0], octets, sizeof(octets)), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	netif_tun_close(&t);
	CU_ASSERT_EQUAL(netif_link_get(n, "Tunnel214748364", &link), -ENODEV);
	netif_tun_close(&t);
	netif_free(n);
}

static void test_queues(void)
{
	struct netif *n = netns_fresh();
	struct netif_link link;
	struct netif_tun t = { 0 }, other = { 0 };

	CU_ASSERT_EQUAL_FATAL(netif_tun_create("Tunnel7", NETIF_WORKERS_MAX, &t), 0);
	CU_ASSERT_EQUAL(t.queues, NETIF_WORKERS_MAX);
	for (unsigned k = 0; k < t.queues; k++) {
		struct ifreq ifr = { 0 };

		CU_ASSERT_EQUAL(ioctl(t.fd[k], TUNGETIFF, &ifr), 0);
		CU_ASSERT_STRING_EQUAL(ifr.ifr_name, "Tunnel7");
		CU_ASSERT_TRUE(ifr.ifr_flags & IFF_MULTI_QUEUE && ifr.ifr_flags & IFF_VNET_HDR);
	}
	CU_ASSERT_EQUAL(netif_tun_create("Tunnel7", 2, &other), -EBUSY);
	netif_tun_close(&t);
	CU_ASSERT_EQUAL(t.queues, 0);
	CU_ASSERT_EQUAL(netif_link_get(n, "Tunnel7", &link), -ENODEV);
	netif_free(n);
}

static int udp_socket(const char *local, uint16_t port)
{
	struct ip_addr a = addr_of(local);
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&a, port, 0, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&ss, size), 0);
	return fd;
}

static ssize_t send_to(int fd, const void *data, size_t octets, const char *to, uint16_t port)
{
	struct ip_addr a = addr_of(to);
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&a, port, 0, &ss);

	return sendto(fd, data, octets, 0, (struct sockaddr *)&ss, size);
}

/* A reader that does not run for a while loses nothing. */
static void test_queue_length(void)
{
	struct netif *n = netns_fresh();
	static struct packet p;
	struct netif_tun t = tunnel(n, 2);
	int s = udp_socket("10.7.0.1", 1701);
	unsigned got[2] = { 0, 0 };

	for (unsigned i = 0; i < 2000; i++)
		CU_ASSERT_EQUAL(send_to(s, "x", 1, "10.7.0.2", 9), 1);
	for (unsigned k = 0; k < 2; k++) {
		struct iovec iov[2] = { { &p.v, VNET }, { p.ip, sizeof(p.ip) } };

		while (readv(t.fd[k], iov, 2) > 0)
			got[k] += p.ip[0] == 0x45 && p.ip[9] == IPPROTO_UDP;
	}
	CU_ASSERT_EQUAL(got[0] + got[1], 2000);
	CU_ASSERT_TRUE(got[0] == 0 || got[1] == 0);
	close(s);
	netif_tun_close(&t);
	netif_free(n);
}

/* --- what is still to be cut ---- */

/* Turns a packet of the host into one to the host: addresses and ports change places. */
static void turn(uint8_t *ip)
{
	size_t at = ip[0] >> 4 == 4 ? 12 : 8, size = ip[0] >> 4 == 4 ? 4 : 16, header = at + 2 * size;
	uint8_t kept[16];

	memcpy(kept, ip + at, size);
	memcpy(ip + at, ip + at + size, size);
	memcpy(ip + at + size, kept, size);
	memcpy(kept, ip + header, 2);
	memcpy(ip + header, ip + header + 2, 2);
	memcpy(ip + header + 2, kept, 2);
}

static void set_lengths(struct packet *p, size_t octets)
{
	uint8_t *at = p->ip[0] >> 4 == 4 ? p->ip + 2 : p->ip + 4;
	size_t length = p->ip[0] >> 4 == 4 ? octets : octets - 40;

	p->octets = octets;
	at[0] = (uint8_t)(length >> 8);
	at[1] = (uint8_t)length;
	if (p->ip[0] >> 4 == 4) {
		uint32_t sum = 0;

		p->ip[10] = p->ip[11] = 0;
		for (int i = 0; i < 20; i += 2)
			sum += (uint32_t)(p->ip[i] << 8 | p->ip[i + 1]);
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~(sum + (sum >> 16));
		p->ip[10] = (uint8_t)(sum >> 8);
		p->ip[11] = (uint8_t)sum;
	}
}

/* The host never looks at a checksum that is still to be made. */
static struct virtio_net_hdr still_to_sum(size_t header, uint16_t offset)
{
	return (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					.csum_start = (uint16_t)header,
					.csum_offset = offset };
}

/* A TCP connection of the host to a peer that the test plays: accepts, and announces room for large segments. */
static int connected(struct netif_tun *t, const char *peer, struct packet *p)
{
	struct ip_addr a = addr_of(peer);
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&a, 80, 0, &ss);
	size_t header = a.family == 4 ? 20 : 40;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	struct tcphdr tcp;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&ss, size), -1);
	CU_ASSERT_EQUAL_FATAL(errno, EINPROGRESS);
	CU_ASSERT_FATAL(next_packet(t->fd[0], p, IPPROTO_TCP));
	turn(p->ip);
	memcpy(&tcp, p->ip + header, sizeof(tcp));
	tcp.ack = 1;
	tcp.ack_seq = htonl(ntohl(tcp.seq) + 1);
	tcp.seq = htonl(1000);
	tcp.doff = 6;
	memcpy(p->ip + header, &tcp, sizeof(tcp));
	memcpy(p->ip + header + 20, "\x02\x04\x04\x4c", 4); /* an MSS of 1100 */
	set_lengths(p, header + 24);
	p->v = still_to_sum(header, 16);
	put_packet(t->fd[0], p);
	CU_ASSERT_EQUAL(poll(&pfd, 1, 5000), 1);
	CU_ASSERT_FATAL(next_packet(t->fd[0], p, IPPROTO_TCP)); /* the third of the handshake */
	return fd;
}

/* Ends it at once, and takes what is still to be read of it. */
static void reset(struct netif_tun *t, int fd, struct packet *p)
{
	struct linger at_once = { 1, 0 };
	bool rst = false;

	CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(fd);
	while (!rst && next_packet(t->fd[0], p, IPPROTO_TCP))
		rst = p->ip[(p->ip[0] >> 4 == 4 ? 20 : 40) + 13] & 4;
	CU_ASSERT_TRUE(rst);
}

/* Some segments' worth in one send. */
static void check_tcp_out(struct netif_tun *t, const char *peer, bool cut_by_us)
{
	static struct packet p;
	static uint8_t data[5500];
	size_t header = strchr(peer, ':') ? 40 : 20, got = 0;
	int fd = connected(t, peer, &p);

	CU_ASSERT_EQUAL(send(fd, data, sizeof(data), MSG_NOSIGNAL), (ssize_t)sizeof(data));
	while (got < sizeof(data) && next_packet(t->fd[0], &p, IPPROTO_TCP)) {
		size_t payload = p.octets - header - (size_t)(p.ip[header + 12] >> 4) * 4;

		got += payload;
		if (cut_by_us && got == sizeof(data)) {
			CU_ASSERT_EQUAL(payload, sizeof(data));
			CU_ASSERT_EQUAL(p.v.gso_type,
					header == 20 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6);
			CU_ASSERT_EQUAL(p.v.gso_size, 1100);
			CU_ASSERT_EQUAL(p.v.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
			CU_ASSERT_TRUE(p.v.csum_start == header && p.v.csum_offset == 16);
		}
		if (!cut_by_us) {
			CU_ASSERT_EQUAL(payload, 1100);
			CU_ASSERT_EQUAL(p.v.gso_type, VIRTIO_NET_HDR_GSO_NONE);
		}
	}
	CU_ASSERT_EQUAL(got, sizeof(data));
	reset(t, fd, &p);
}

/* One write brings the host several segments. */
static void check_tcp_in(struct netif_tun *t, const char *peer)
{
	static struct packet p;
	size_t header = strchr(peer, ':') ? 40 : 20;
	int fd = connected(t, peer, &p);
	static uint8_t data[4096];
	struct tcphdr tcp;

	turn(p.ip);
	memcpy(&tcp, p.ip + header, sizeof(tcp));
	tcp.ack_seq = tcp.seq;
	tcp.seq = htonl(1001);
	tcp.psh = 1;
	memcpy(p.ip + header, &tcp, sizeof(tcp));
	memset(p.ip + header + 20, 0x5a, 3000);
	set_lengths(&p, header + 20 + 3000);
	p.v = (struct virtio_net_hdr){ VIRTIO_NET_HDR_F_NEEDS_CSUM,
				       VIRTIO_NET_HDR_GSO_TCPV4,
				       (uint16_t)(header + 20),
				       1100,
				       (uint16_t)header,
				       16 };
	if (header == 40)
		p.v.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	put_packet(t->fd[0], &p);
	CU_ASSERT_TRUE(wait_for(fd));
	CU_ASSERT_EQUAL(recv(fd, data, sizeof(data), 0), 3000);
	CU_ASSERT_EQUAL(data[2999], 0x5a);
	reset(t, fd, &p);
}

static unsigned send_segmented(struct netif_tun *t, const char *from, const char *peer, struct packet *p)
{
	static uint8_t data[4000];
	int fd = udp_socket(from, 1701), gso = 1000;
	size_t header = strchr(from, ':') ? 40 : 20, got = 0;
	unsigned reads = 0;

	CU_ASSERT_EQUAL(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &gso, sizeof(gso)), 0);
	CU_ASSERT_EQUAL(send_to(fd, data, sizeof(data), peer, 1702), (ssize_t)sizeof(data));
	while (got < sizeof(data) && next_packet(t->fd[0], p, IPPROTO_UDP)) {
		got += p->octets - header - 8;
		reads++;
	}
	CU_ASSERT_EQUAL(got, sizeof(data));
	close(fd);
	return reads;
}

static void check_udp(struct netif_tun *t, const char *host, const char *peer)
{
	static struct packet p;
	size_t header = strchr(host, ':') ? 40 : 20;
	uint8_t data[2000];
	int fd;

	CU_ASSERT_EQUAL(send_segmented(t, host, peer, &p), 1);
	CU_ASSERT_EQUAL(p.v.gso_type, VIRTIO_NET_HDR_GSO_UDP_L4);
	CU_ASSERT_EQUAL(p.v.gso_size, 1000);
	CU_ASSERT_TRUE(p.v.csum_start == header && p.v.csum_offset == 6);
	/* the same back: the header that was read is one that may be written */
	turn(p.ip);
	fd = udp_socket(host, 1701);
	put_packet(t->fd[0], &p);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(wait_for(fd));
		CU_ASSERT_EQUAL(recv(fd, data, sizeof(data), 0), 1000);
	}
	close(fd);
}

struct kept {
	int ifindex;
	unsigned all, kept;
};

static void count_neighbour(void *ctx, const struct nlmsghdr *h)
{
	const struct ndmsg *m = mnl_nlmsg_get_payload(h);
	struct kept *k = ctx;

	k->all += m->ndm_ifindex == k->ifindex;
	k->kept += m->ndm_ifindex == k->ifindex && m->ndm_flags & NTF_EXT_LEARNED;
}

static struct kept neighbours_of(int ifindex)
{
	struct kept k = { .ifindex = ifindex };
	struct nl *nl = calloc(1, sizeof(*nl));
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_GETNEIGH, 0, sizeof(struct ndmsg));

	((struct ndmsg *)mnl_nlmsg_get_payload(h))->ndm_family = AF_INET;
	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	CU_ASSERT_EQUAL_FATAL(nl_open(nl), 0);
	CU_ASSERT_EQUAL(nl_dump(nl, h, count_neighbour, &k), 0);
	nl_close(nl);
	free(nl);
	return k;
}

/* Whatever is sent through it uses the one neighbour that the kernel is not to forget. */
static void test_neighbour(void)
{
	struct netif *n = netns_fresh();
	struct netif_tun t = tunnel(n, 1);
	int s = udp_socket("10.7.0.1", 1701);
	struct kept k;

	CU_ASSERT_EQUAL(netif_neigh_keep(n, t.ifindex), 0);
	CU_ASSERT_EQUAL(netif_neigh_keep(n, t.ifindex), 0);
	for (unsigned i = 2; i < 20; i++) {
		char to[16];

		snprintf(to, sizeof(to), "10.7.0.%u", i);
		CU_ASSERT_EQUAL(send_to(s, "x", 1, to, 9), 1);
	}
	k = neighbours_of(t.ifindex);
	CU_ASSERT_EQUAL(k.all, 1);
	CU_ASSERT_EQUAL(k.kept, 1);
	CU_ASSERT_TRUE(netif_neigh_keep(n, t.ifindex + 1) < 0);
	close(s);
	netif_tun_close(&t);
	netif_free(n);
}

static void test_offload(void)
{
	struct netif *n = netns_fresh();
	struct netif_tun t = tunnel(n, 1);

	check_tcp_out(&t, "10.7.0.2", true);
	check_tcp_out(&t, "2001:db8:7::2", true);
	check_tcp_in(&t, "10.7.0.2");
	check_tcp_in(&t, "2001:db8:7::2");
	if (t.uso) {
		check_udp(&t, "10.7.0.1", "10.7.0.2");
		check_udp(&t, "2001:db8:7::1", "2001:db8:7::2");
	}
	netif_tun_close(&t);
	netif_free(n);
}

static void test_older_kernels(void)
{
	struct netif *n = netns_fresh();
	static struct packet p;
	struct netif_tun t;

	refused = USO;
	t = tunnel(n, 1);
	CU_ASSERT_FALSE(t.uso);
	check_tcp_out(&t, "10.7.0.2", true);
	CU_ASSERT_EQUAL(send_segmented(&t, "10.7.0.1", "10.7.0.2", &p), 4);
	netif_tun_close(&t);
	refused = USO | TUN_F_TSO_ECN;
	t = tunnel(n, 1);
	check_tcp_out(&t, "2001:db8:7::2", true);
	netif_tun_close(&t);
	refused = USO | TUN_F_TSO_ECN | TUN_F_TSO4 | TUN_F_TSO6;
	t = tunnel(n, 1);
	check_tcp_out(&t, "10.7.0.2", false);
	netif_tun_close(&t);
	refused = ~0UL;
	t = tunnel(n, 1);
	check_tcp_out(&t, "2001:db8:7::2", false);
	netif_tun_close(&t);
	refused = 0;
	netif_free(n);
}

/* A flow is read from the queue where it was written last. */
static void test_flow_queue(void)
{
	struct netif *n = netns_fresh();
	static struct packet p;
	struct netif_tun t = tunnel(n, 4);
	int fd = udp_socket("10.7.0.1", 1701);

	for (unsigned k = 0; k < 4; k++) {
		uint8_t data[16];

		CU_ASSERT_EQUAL(send_to(fd, "ping", 4, "10.7.0.2", 1702), 4);
		for (unsigned i = 0; i < 4; i++) {
			struct pollfd pfd = { .fd = t.fd[i], .events = POLLIN };

			if (poll(&pfd, 1, 0) == 1 && next_packet(t.fd[i], &p, IPPROTO_UDP))
				CU_ASSERT_TRUE(k == 0 || i == k - 1);
		}
		turn(p.ip);
		p.v = still_to_sum(20, 6);
		put_packet(t.fd[k], &p);
		CU_ASSERT_TRUE(wait_for(fd));
		CU_ASSERT_EQUAL(recv(fd, data, sizeof(data), 0), 4);
	}
	close(fd);
	netif_tun_close(&t);
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "TUN: name, no own link-local, gone on close", test_create },
	{ "TUN: queues", test_queues },
	{ "TUN: what waits for a reader is queued", test_queue_length },
	{ "TUN: one neighbour, which stays", test_neighbour },
	{ "TUN: TCP and UDP still to be cut, both ways", test_offload },
	{ "TUN: kernels that offer less", test_older_kernels },
	{ "TUN: a flow stays on the queue where it is written", test_flow_queue },
};
NETNS_MAIN("netif TUN", tests)
