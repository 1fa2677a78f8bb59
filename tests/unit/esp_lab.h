/*
 * Two data planes with their threads, over socket pairs in the place of TUN devices and of ESP and UDP sockets: a message
 * of the latter is the outer addresses, port and flags, then the ESP packet.
 */
#ifndef TESTS_UNIT_ESP_LAB_H
#define TESTS_UNIT_ESP_LAB_H

#include "esp/io.h"
#include "esp/worker.h"
#include "tests/unit/esp_unit.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define WAIT_MS    10000 /* only a failure waits that long */
#define PATH_TAKES 1300  /* octets of an ESP packet with DF that the faked path takes */

struct wire {
	struct ip_addr src, dst;
	uint8_t tos;
	bool df;
	uint16_t port;
	uint32_t flow;
};

#define WIRE_OCTETS 20480 /* of a message */
#define WIRE_BATCH  64

/* A socket of the plane, with its memory. */
struct netif_wire {
	int fd;
	uint8_t *memory;
};

static inline int wire_fd(const struct netif_wire *w)
{
	return w->fd;
}

static inline int wire_put(int fd, const struct netif_esp_packet *p, unsigned count)
{
	unsigned n;

	for (n = 0; n < count; n++) {
		struct wire head = { .src = p[n].src,
				     .dst = p[n].dst,
				     .tos = p[n].tos,
				     .df = p[n].df,
				     .port = p[n].port,
				     .flow = p[n].flow };
		struct iovec iov[2] = { { &head, sizeof(head) }, { p[n].data, p[n].octets } };
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

		if (p[n].df && p[n].octets > PATH_TAKES) {
			errno = EMSGSIZE;
			break;
		}
		if (sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	}
	return n ? (int)n : -errno;
}

static inline int wire_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	return wire_put(w->fd, p, count);
}

static inline int wire_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	unsigned n;

	for (n = 0; n < count && n < WIRE_BATCH; n++) {
		struct wire head;
		uint8_t *data = w->memory + (size_t)n * WIRE_OCTETS;
		struct iovec iov[2] = { { &head, sizeof(head) }, { data, WIRE_OCTETS } };
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
		ssize_t got = recvmsg(w->fd, &m, MSG_DONTWAIT);

		if (got < (ssize_t)sizeof(head))
			break;
		p[n] = (struct netif_esp_packet){ .src = head.src,
						  .dst = head.dst,
						  .tos = head.tos,
						  .port = head.port,
						  .data = data,
						  .octets = (size_t)got - sizeof(head) };
	}
	return (int)n;
}

static inline bool wire_left(const struct netif_wire *w)
{
	(void)w;
	return false; /* what was not handed over is still in the socket */
}

static const struct esp_io wire_io = {
	.fd = wire_fd, .full_fd = wire_fd, .recv = wire_recv, .left = wire_left, .send = wire_send
};
static const struct esp_unit_suite aes_sha = { ESP_CIPHER_AES, 128, ESP_AUTH_SHA };

static inline void pair(int fds[2])
{
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static inline bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, WAIT_MS) == 1;
}

static inline size_t take(int fd, uint8_t *buf, size_t size)
{
	ssize_t n = readable(fd) ? read(fd, buf, size) : -1;

	CU_ASSERT_TRUE_FATAL(n > 0);
	return (size_t)n;
}

/* A TUN device has a struct virtio_net_hdr before each packet; here of one that is as it is. -1: nothing waits. */
static inline ssize_t tun_read(int fd, uint8_t *buf, size_t size)
{
	struct virtio_net_hdr head;
	struct iovec iov[2] = { { &head, sizeof(head) }, { buf, size } };
	ssize_t n = readv(fd, iov, 2);

	CU_ASSERT_TRUE_FATAL(n < 0 || (n > (ssize_t)sizeof(head) && !head.flags && !head.gso_type));
	return n < 0 ? n : n - (ssize_t)sizeof(head);
}

static inline size_t tun_take(int fd, uint8_t *buf, size_t size)
{
	ssize_t n = readable(fd) ? tun_read(fd, buf, size) : -1;

	CU_ASSERT_TRUE_FATAL(n > 0);
	return (size_t)n;
}

static inline ssize_t tun_write(int fd, const uint8_t *packet, size_t octets)
{
	uint8_t all[sizeof(struct virtio_net_hdr) + 4096] = { 0 };
	ssize_t n;

	memcpy(all + sizeof(struct virtio_net_hdr), packet, octets);
	n = write(fd, all, sizeof(struct virtio_net_hdr) + octets);
	return n < 0 ? n : n - (ssize_t)sizeof(struct virtio_net_hdr);
}

static inline void give(int fd, const uint8_t *packet, size_t octets)
{
	CU_ASSERT_EQUAL_FATAL(tun_write(fd, packet, octets), (ssize_t)octets);
}

static inline struct ip_addr address(const char *text)
{
	struct ip_addr a = { 0 };

	ip_parse(text, &a);
	return a;
}

/* Two planes, joined by their ESP sockets; [1] of a tun pair is the test's end. */
struct lab {
	struct esp *a, *b;
	int wire[2], udp[2], tun_a[2], tun_b[2];
	struct netif_wire *sockets[2][2]; /* of each side, native and in UDP */
};

static inline void wire_free(struct netif_wire *w)
{
	if (w)
		free(w->memory);
	free(w);
}

/* In the place of what was there. */
static inline struct netif_wire *lab_socket(struct netif_wire **w, int fd)
{
	wire_free(*w);
	*w = malloc(sizeof(**w));
	CU_ASSERT_PTR_NOT_NULL_FATAL(*w);
	**w = (struct netif_wire){ fd, malloc((size_t)WIRE_BATCH * WIRE_OCTETS) };
	CU_ASSERT_PTR_NOT_NULL_FATAL((*w)->memory);
	return *w;
}

static inline struct esp *lab_plane(struct lab *l, int side)
{
	struct esp_config c = { .workers = 1, .multi = true };

	c.esp[0][0] = lab_socket(&l->sockets[side][0], l->wire[side]);
	c.udp[0][0] = lab_socket(&l->sockets[side][1], l->udp[side]);
	return esp_new_io(&wire_io, &c);
}

static inline struct esp_tunnel tunnel(unsigned family, int fd, const char *local, const char *remote)
{
	return (struct esp_tunnel){ .id = 1,
				    .tun_fd = { fd },
				    .inner_family = family,
				    .local = address(local),
				    .remote = address(remote),
				    .path_mtu = 1500 };
}

static inline void add_sa(struct esp *e, bool inbound, uint32_t spi, const char *src, const char *dst)
{
	struct esp_sa sa = esp_unit_params(aes_sha, inbound, spi);

	sa.src = address(src);
	sa.dst = address(dst);
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(e, &sa), 0);
}

static inline struct lab lab_up(unsigned family)
{
	static const char a[] = "192.0.2.1", b[] = "192.0.2.2";
	struct lab l = { 0 };
	struct esp_tunnel t;

	pair(l.wire);
	pair(l.tun_a);
	pair(l.tun_b);
	pair(l.udp);
	l.a = lab_plane(&l, 0);
	l.b = lab_plane(&l, 1);
	CU_ASSERT_TRUE_FATAL(l.a && l.b);
	t = tunnel(family, l.tun_a[0], a, b);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
	t = tunnel(family, l.tun_b[0], b, a);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.b, &t), 0);
	add_sa(l.b, true, 0x1001, a, b);
	add_sa(l.a, false, 0x1001, a, b);
	add_sa(l.a, true, 0x2001, b, a);
	add_sa(l.b, false, 0x2001, b, a);
	return l;
}

static inline void lab_down(struct lab *l)
{
	esp_free(l->a);
	esp_free(l->b);
	for (int i = 0; i < 2; i++) {
		wire_free(l->sockets[i][0]);
		wire_free(l->sockets[i][1]);
		close(l->wire[i]);
		close(l->udp[i]);
		close(l->tun_a[i]);
		close(l->tun_b[i]);
	}
}

/* A packet that must arrive: all that was written before it has been dealt with by then. */
static inline void cross(int from, int to, unsigned family, size_t octets)
{
	uint8_t sent[2048], got[2048];

	esp_unit_inner(family, octets, 0, false, sent);
	give(from, sent, octets);
	CU_ASSERT_EQUAL(tun_take(to, got, sizeof(got)), octets);
	CU_ASSERT_EQUAL(memcmp(sent, got, octets), 0);
}

#endif
