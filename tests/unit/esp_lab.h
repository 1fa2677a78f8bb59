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
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/socket.h>
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

static inline int wire_send(int fd, unsigned family, struct netif_esp_packet *p, unsigned count)
{
	unsigned n;

	(void)family;
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

static inline int wire_udp_recv(int fd, struct netif_esp_packet *p, unsigned count)
{
	unsigned n;

	for (n = 0; n < count; n++) {
		struct wire head;
		struct iovec iov[2] = { { &head, sizeof(head) }, { p[n].data, p[n].octets } };
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
		ssize_t got = recvmsg(fd, &m, MSG_DONTWAIT);

		if (got < (ssize_t)sizeof(head))
			break;
		p[n].src = head.src;
		p[n].dst = head.dst;
		p[n].tos = head.tos;
		p[n].port = head.port;
		p[n].octets = (size_t)got - sizeof(head);
	}
	return (int)n;
}

static inline int wire_recv(int fd, unsigned family, struct netif_esp_packet *p, unsigned count)
{
	(void)family;
	return wire_udp_recv(fd, p, count);
}

static const struct esp_io wire_io = { .recv = wire_recv, .udp_recv = wire_udp_recv, .send = wire_send };
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

static inline void give(int fd, const uint8_t *packet, size_t octets)
{
	CU_ASSERT_EQUAL_FATAL(write(fd, packet, octets), (ssize_t)octets);
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
};

static inline struct esp *lab_plane(const struct lab *l, int side)
{
	const struct esp_sockets s = { .esp = { l->wire[side], -1 }, .udp = { l->udp[side], -1 } };

	return esp_new_io(&wire_io, &s);
}

static inline struct esp_tunnel tunnel(unsigned family, int fd, const char *local, const char *remote)
{
	return (struct esp_tunnel){ .id = 1,
				    .tun_fd = fd,
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
	struct lab l;
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
	CU_ASSERT_EQUAL(take(to, got, sizeof(got)), octets);
	CU_ASSERT_EQUAL(memcmp(sent, got, octets), 0);
}

#endif
