/*
 * The fast ways of the sockets of ESP, and what is done where the kernel refuses them: then the wrapped calls refuse, as
 * another kernel, or another path, would.
 */
#define _GNU_SOURCE /* unshare */
#include "tests/unit/wire_unit.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/mman.h>

/* --- what the kernel does ---- */

static struct {
	int level, option;  /* is not known: of setsockopt() */
	int group_error;    /* what a message of several packets fails with */
	unsigned full_from; /* so many messages are taken, then the socket is full; 0: it never is */
	unsigned messages, groups, sends, receives; /* that the kernel took; calls */
	unsigned receive_most;                      /* messages that a call asked for */
} kernel;

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned count, int flags);
int __real_recvmmsg(int fd, struct mmsghdr *m, unsigned count, int flags, struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned count, int flags, struct timespec *timeout);

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (kernel.option && level == kernel.level && option == kernel.option) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_setsockopt(fd, level, option, value, size);
}

static bool is_group(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_SEGMENT)
			return true;
	return false;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned count, int flags)
{
	unsigned before = 0;
	int n;

	kernel.sends++;
	if (kernel.full_from && kernel.messages + count > kernel.full_from)
		count = kernel.full_from - kernel.messages;
	if (count == 0) {
		errno = EAGAIN;
		return -1;
	}
	while (before < count && !(kernel.group_error && is_group(&m[before].msg_hdr)))
		before++;
	if (before == 0) {
		errno = kernel.group_error;
		return -1;
	}
	n = __real_sendmmsg(fd, m, before, flags);
	for (int i = 0; i < n; i++)
		kernel.groups += is_group(&m[i].msg_hdr);
	kernel.messages += n > 0 ? (unsigned)n : 0;
	return n;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned count, int flags, struct timespec *timeout)
{
	kernel.receives++;
	kernel.receive_most = count;
	return __real_recvmmsg(fd, m, count, flags, timeout);
}

static void kernel_refuses(int level, int option, int group_error)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.level = level;
	kernel.option = option;
	kernel.group_error = group_error;
}

static const struct wire_kind udp[2] = { { 4, 4500, "127.0.0.2", "127.0.0.3" }, { 6, 4500, "2001:db8::1", "::1" } };

static uint8_t data[NETIF_WIRE_BATCH][1500];
static struct netif_esp_packet out[NETIF_WIRE_BATCH], in[NETIF_WIRE_BATCH];

/* --- UDP_SEGMENT and UDP_GRO ---- */

/* `count` packets of a size, the last smaller, to itself. */
static void flow(struct netif_wire *w, const struct wire_kind *k, unsigned count, size_t octets)
{
	unsigned got = 0;

	for (unsigned i = 0; i < count; i++) {
		out[i] = wire_packet(k, data[i], i == count - 1 ? octets - 1 : octets);
		out[i].df = true;
		out[i].tos = 0x10;
		wire_fill(data[i], out[i].octets, i % 5, i);
	}
	wire_send_all(w, out, count);
	while (got < count) {
		unsigned came = wire_recv_some(w, in);

		for (unsigned i = 0; i < came && got < count; i++, got++) {
			CU_ASSERT_TRUE(ip_equal(&in[i].src, &out[got].src) && ip_equal(&in[i].dst, &out[got].dst));
			CU_ASSERT_TRUE(in[i].port == k->port && in[i].tos == 0x10);
			CU_ASSERT_EQUAL(in[i].octets, out[got].octets);
			CU_ASSERT_TRUE(wire_filled(&in[i], got % 5, got));
		}
	}
	CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
}

static void test_groups(void)
{
	struct netif *n = wire_host();

	for (int k = 0; k < 2; k++) {
		struct netif_wire *w = wire_of(udp[k].family, udp[k].port, 0, 1);

		CU_ASSERT_TRUE_FATAL(wire_status(w).gro && wire_status(w).segment);
		kernel_refuses(0, 0, 0);
		flow(w, &udp[k], NETIF_WIRE_BATCH, 1000); /* 64 at a time */
		CU_ASSERT_TRUE(kernel.sends == 1 && kernel.messages == 4 && kernel.groups == 4);
		/* Few are asked for where one brings many. */
		flow(w, &udp[k], NETIF_WIRE_BATCH, 1000);
		CU_ASSERT_EQUAL(kernel.receive_most, 4);
		kernel_refuses(0, 0, 0);
		flow(w, &udp[k], 200, 1400); /* 46 are less than 65,000 octets */
		CU_ASSERT_TRUE(kernel.messages == 5 && kernel.groups == 5);
		kernel_refuses(0, 0, 0);
		flow(w, &udp[k], 1, 1400);
		CU_ASSERT_TRUE(kernel.messages == 1 && kernel.groups == 0);
		CU_ASSERT_TRUE(wire_status(w).segment);
		netif_wire_close(w);
	}
	netif_free(n);
}

/* Few are asked for until many came: the first after silence may be large. */
static void test_asked(void)
{
	struct netif *n = wire_host();

	for (int k = 0; k < 2; k++) {
		struct netif_wire *w = wire_of(udp[k].family, udp[k].port, 0, 1);

		kernel_refuses(0, 0, 0);
		CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
		CU_ASSERT_EQUAL(kernel.receive_most, 4);
		for (unsigned i = 0; i < 3; i++)
			flow(w, &udp[k], 1, 1400);
		CU_ASSERT_EQUAL(kernel.receive_most, 8);
		for (unsigned i = 0; i < 120; i++) {
			out[i] = wire_packet(&udp[k], data[i], i % 2 ? 100 : 200); /* each a message */
			wire_send_all(w, &out[i], 1);
		}
		for (unsigned asked = 8, got = 0; got < 120; asked = asked < 32 ? 2 * asked : 64) {
			unsigned came = wire_recv_some(w, in);

			CU_ASSERT_EQUAL(kernel.receive_most, asked);
			CU_ASSERT_EQUAL(came, 120 - got < asked ? 120 - got : asked);
			got += came;
		}
		netif_wire_close(w);
	}
	netif_free(n);
}

/* What large messages have touched is given back when none came for a while. */
static void test_given_back(void)
{
	struct netif *n = wire_host();
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int k = 0; k < 2; k++) {
		struct netif_wire *w = wire_of(udp[k].family, udp[k].port, 0, 1);
		unsigned char resident = 0;
		uint8_t *at;

		kernel_refuses(0, 0, 0);
		for (unsigned i = 0; i < 64; i++)
			out[i] = wire_packet(&udp[k], data[i], 1000);
		wire_send_all(w, out, 64);
		CU_ASSERT_EQUAL_FATAL(wire_recv_some(w, in), 64);
		at = (uint8_t *)(((uintptr_t)in[0].data + 2 * page) & ~(page - 1));
		for (unsigned i = 0; i < 1000; i++)
			CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
		CU_ASSERT_EQUAL(mincore(at, 1, &resident), 0);
		CU_ASSERT_EQUAL(resident & 1, 1);
		for (unsigned i = 0; i < 1100; i++)
			CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
		CU_ASSERT_EQUAL(mincore(at, 1, &resident), 0);
		CU_ASSERT_EQUAL(resident & 1, 0);
		/* and used again */
		flow(w, &udp[k], NETIF_WIRE_BATCH, 1000);
		netif_wire_close(w);
	}
	netif_free(n);
}

/* What differs in anything is not sent in one, and all of it is received in the order of sending. */
static void test_order(void)
{
	struct netif *n = wire_host();
	static const char *const to[2][2] = { { "127.0.0.3", "127.0.0.4" }, { "::1", "2001:db8::1" } };
	unsigned seed = 1;

	for (unsigned round = 0; round < 40; round++) {
		const struct wire_kind *k = &udp[round % 2];
		struct netif_wire *w = wire_of(k->family, k->port, 0, 1);
		unsigned got = 0;

		kernel_refuses(0, 0, round % 8 >= 6 ? EMSGSIZE : 0);
		for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++) {
			seed = seed * 1103515245 + 12345;
			out[i] = i ? out[i - 1] : wire_packet(k, data[i], 1200);
			out[i].data = data[i];
			if (seed >> 16 & 1)
				out[i].octets = 8 + (seed >> 18) % 1400;
			if (!(seed >> 20 & 7))
				out[i].dst = addr_of(to[k->family == 6][seed >> 24 & 1]);
			if (!(seed >> 21 & 15))
				out[i].tos ^= 4;
			if (!(seed >> 22 & 15))
				out[i].df = !out[i].df;
			wire_fill(data[i], out[i].octets, round, i);
		}
		wire_send_all(w, out, NETIF_WIRE_BATCH);
		while (got < NETIF_WIRE_BATCH) {
			unsigned came = wire_recv_some(w, in);

			for (unsigned i = 0; i < came && got < NETIF_WIRE_BATCH; i++, got++) {
				CU_ASSERT_TRUE(ip_equal(&in[i].dst, &out[got].dst));
				CU_ASSERT_TRUE(in[i].tos == out[got].tos && in[i].octets == out[got].octets);
				CU_ASSERT_TRUE(wire_filled(&in[i], round, got));
			}
		}
		netif_wire_close(w);
	}
	netif_free(n);
}

/* Another's messages of 64 packets of one octet, many of them at once: no more than a batch at a time, and all of them. */
static void test_many_in_one(void)
{
	struct netif *n = wire_host();
	struct netif_wire *w = wire_of(4, 4500, 0, 1);
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(4500),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;
	unsigned got = 0;
	uint8_t octets[64];

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &one, sizeof(one)), 0);
	for (unsigned i = 0; i < 64; i++)
		octets[i] = (uint8_t)i;
	for (unsigned i = 0; i < 28; i++) /* 4, 8 and 16: then as many are asked for */
		CU_ASSERT_EQUAL(sendto(fd, octets, 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	while (got < 28)
		got += wire_recv_some(w, in);
	got = 0;
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(sendto(fd, octets, 64, 0, (struct sockaddr *)&to, sizeof(to)), 64);
	kernel_refuses(0, 0, 0);
	while (got < 640) {
		unsigned came = wire_recv_some(w, in);

		CU_ASSERT_EQUAL(came, got < 512 ? 256 : 128);
		CU_ASSERT_EQUAL(netif_wire_left(w), got < 512);
		for (unsigned i = 0; i < came; i++, got++)
			CU_ASSERT_TRUE(in[i].octets == 1 && in[i].data[0] == got % 64);
	}
	CU_ASSERT_EQUAL(kernel.receives, 1);
	CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
	close(fd);
	netif_wire_close(w);
	netif_free(n);
}

/* --- refusals ---- */

static void test_group_refused(void)
{
	static const struct {
		int error;
		size_t octets;
		bool stays;
	} rows[] = {
		{ EIO, 1000, false },   { EOPNOTSUPP, 1000, false }, { EINVAL, 500, false },
		{ EINVAL, 1400, true }, { EMSGSIZE, 1400, true },    { EMSGSIZE, 100, true },
	};
	struct netif *n = wire_host();

	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct netif_wire *w = wire_of(udp[k].family, udp[k].port, 0, 1);

			kernel_refuses(0, 0, rows[i].error);
			flow(w, &udp[k], 200, rows[i].octets);
			CU_ASSERT_TRUE(kernel.messages == 200 && kernel.groups == 0);
			CU_ASSERT_EQUAL(wire_status(w).segment, rows[i].stays);
			CU_ASSERT_TRUE(wire_status(w).gro);
			kernel_refuses(0, 0, 0);
			flow(w, &udp[k], 10, 1000);
			CU_ASSERT_EQUAL(kernel.groups, rows[i].stays);
			netif_wire_close(w);
		}
	}
	kernel_refuses(0, 0, 0);
	netif_free(n);
}

/* An error that packets alone would have, too, is theirs: it ends nothing. */
static void test_group_error(void)
{
	struct netif *n = wire_host();
	struct netif_wire *w = wire_of(4, 4500, 0, 1);

	for (unsigned i = 0; i < 4; i++) {
		out[i] = wire_packet(&udp[0], data[i], 100);
		if (i)
			out[i].src = addr_of("192.0.2.1"); /* not ours */
	}
	CU_ASSERT_EQUAL(netif_wire_send(w, out, 4), 1);
	CU_ASSERT_TRUE(netif_wire_send(w, out + 1, 3) < 0);
	out[2].src = out[0].src;
	CU_ASSERT_EQUAL(netif_wire_send(w, out + 2, 2), 1);
	CU_ASSERT_TRUE(wire_status(w).segment);
	/* too large for the link, in a group */
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, lo_index(n), 1280), 0);
	for (unsigned i = 0; i < 4; i++) {
		out[i] = wire_packet(&udp[0], data[i], 1400);
		out[i].df = i >= 2;
	}
	CU_ASSERT_EQUAL(netif_wire_send(w, out, 4), 2);
	CU_ASSERT_EQUAL(netif_wire_send(w, out + 2, 2), -EMSGSIZE);
	CU_ASSERT_TRUE(wire_status(w).segment);
	netif_wire_close(w);
	netif_free(n);
}

static void test_options_refused(void)
{
	struct netif *n = wire_host();
	struct netif_wire *w;
	struct netif_wire_status s;

	for (int k = 0; k < 2; k++) {
		kernel_refuses(SOL_UDP, UDP_SEGMENT, 0);
		w = wire_of(udp[k].family, udp[k].port, 0, 1);
		s = wire_status(w);
		CU_ASSERT_TRUE(s.gro && !s.segment);
		flow(w, &udp[k], NETIF_WIRE_BATCH, 1000);
		CU_ASSERT_EQUAL(kernel.messages, NETIF_WIRE_BATCH);
		netif_wire_close(w);

		kernel_refuses(SOL_UDP, UDP_GRO, 0);
		w = wire_of(udp[k].family, udp[k].port, 0, 1);
		s = wire_status(w);
		CU_ASSERT_TRUE(!s.gro && s.segment);
		flow(w, &udp[k], NETIF_WIRE_BATCH, 1000);
		CU_ASSERT_EQUAL(kernel.groups, 4);
		netif_wire_close(w);
	}
	kernel_refuses(0, 0, 0);
	netif_free(n);
}

/* Without a header of our own the way of each packet is an option of the socket. */
static void test_header_refused(void)
{
	static uint8_t large[1800], wire[2048];
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);
	struct netif_wire *w;

	kernel_refuses(IPPROTO_IP, IP_HDRINCL, 0);
	w = wire_of(4, 0, 0, 1);
	for (unsigned i = 0; i < 6; i++) {
		out[i] = (struct netif_esp_packet){
			.src = addr_of(HOST4), .dst = addr_of(PEER4), .data = large, .octets = 100 + i, .tos = 0xb8
		};
		out[i].df = i == 1 || i == 2 || i == 5;
	}
	out[3].octets = out[5].octets = sizeof(large);
	CU_ASSERT_EQUAL(netif_wire_send(w, out, 6), 5);
	CU_ASSERT_EQUAL(kernel.messages, 5);
	CU_ASSERT_EQUAL(netif_wire_send(w, out + 5, 1), -EMSGSIZE);
	for (unsigned i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), i == 3 ? 1500 : 120 + i);
		CU_ASSERT_EQUAL(wire[6], out[i].df ? 0x40 : i == 3 ? 0x20 : 0);
		CU_ASSERT_TRUE(wire[1] == 0xb8 && memcmp(wire + 12, out[i].src.octets, 4) == 0);
		if (i == 3)
			CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), 340);
	}
	out[0].src = addr_of("192.0.2.1");
	CU_ASSERT_TRUE(netif_wire_send(w, out, 1) < 0);
	netif_wire_close(w);
	close(tun);
	kernel_refuses(0, 0, 0);
	netif_free(n);
}

/* With a header of our own one call takes packets with DF and without. */
static void test_header(void)
{
	struct netif *n = wire_host();
	struct netif_wire *w = wire_of(4, 0, 0, 1);

	kernel_refuses(0, 0, 0);
	for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++) {
		out[i] = wire_packet(&wire_kinds[0], data[i], 100);
		out[i].df = i % 2;
	}
	CU_ASSERT_EQUAL(netif_wire_send(w, out, NETIF_WIRE_BATCH), NETIF_WIRE_BATCH);
	CU_ASSERT_EQUAL(kernel.sends, 1);
	netif_wire_close(w);
	netif_free(n);
}

/* A full socket takes what it takes, and says which one is to be waited for. */
static void test_full(void)
{
	struct netif *n = wire_host();

	for (size_t k = 0; k < WIRE_KINDS; k++) {
		struct netif_wire *w = wire_of(wire_kinds[k].family, wire_kinds[k].port, 0, 1);
		struct pollfd pfd = { .events = POLLOUT };
		int room = 0;
		socklen_t size = sizeof(room);

		for (unsigned i = 0; i < 40; i++)
			out[i] = wire_packet(&wire_kinds[k], data[i], 100 + i);
		kernel_refuses(0, 0, 0);
		kernel.full_from = 10;
		CU_ASSERT_EQUAL(netif_wire_send(w, out, 40), 10);
		CU_ASSERT_EQUAL(netif_wire_send(w, out + 10, 30), -EAGAIN);
		pfd.fd = netif_wire_full_fd(w);
		CU_ASSERT_EQUAL(pfd.fd != netif_wire_fd(w), k == 0);
		/* what is only for sending keeps nothing that comes */
		CU_ASSERT_EQUAL(getsockopt(pfd.fd, SOL_SOCKET, SO_RCVBUF, &room, &size), 0);
		CU_ASSERT_EQUAL(room < 10000, k == 0);
		CU_ASSERT_EQUAL(poll(&pfd, 1, 5000), 1);
		CU_ASSERT_EQUAL(pfd.revents, POLLOUT);
		kernel_refuses(0, 0, 0);
		CU_ASSERT_EQUAL(netif_wire_send(w, out + 10, 30), 30);
		netif_wire_close(w);
	}
	netif_free(n);
}

/* --- UDP on the wire ---- */

/* Of a UDP packet, over the pseudo-header. */
static bool udp_sum_is_good(const uint8_t *ip, size_t octets)
{
	size_t header = ip[0] >> 4 == 4 ? 20 : 40, at = header == 20 ? 12 : 8;
	uint16_t pseudo = (uint16_t)~sum16(ip + at, header - at, (uint32_t)(octets - header) + IPPROTO_UDP);

	return sum16(ip + header, octets - header, pseudo) == 0;
}

static void send_to_peer(struct netif_wire *w, unsigned family, unsigned count, size_t octets, bool df)
{
	for (unsigned i = 0; i < count; i++) {
		wire_fill(data[i], octets, 3, i);
		out[i] = (struct netif_esp_packet){ .src = addr_of(family == 4 ? HOST4 : HOST6),
						    .dst = addr_of(family == 4 ? PEER4 : PEER6),
						    .data = data[i],
						    .octets = octets,
						    .tos = 0xb8,
						    .df = df,
						    .port = 40000 };
	}
	CU_ASSERT_EQUAL(netif_wire_send(w, out, count), (int)count);
}

/* Alone without checksum where IPv4 allows that; in a group each with its own, though the device helps with neither. */
static void test_udp_wire(void)
{
	static uint8_t wire[2048];
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);

	for (unsigned family = 4; family <= 6; family += 2) {
		struct netif_wire *w = wire_of(family, 4500, 0, 1);
		size_t header = family == 4 ? 28 : 48;

		for (unsigned round = 0; round < 6; round++) {
			unsigned count = round % 3 ? 10 : 1;
			bool df = round >= 3;

			kernel_refuses(0, 0, 0);
			send_to_peer(w, family, count, 100, df);
			CU_ASSERT_EQUAL(kernel.groups, count == 10 && wire_status(w).segment);
			for (unsigned i = 0; i < count; i++) {
				const uint8_t *inner = wire + header;

				CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_UDP), header + 100);
				CU_ASSERT_EQUAL(memcmp(inner - 8, "\x11\x94\x9c\x40\0\x6c", 6), 0);
				CU_ASSERT_EQUAL(memcmp(inner, data[i], 100), 0);
				if (count == 1 && family == 4)
					CU_ASSERT_TRUE(inner[-2] == 0 && inner[-1] == 0);
				if (family == 6 || kernel.groups)
					CU_ASSERT_TRUE(udp_sum_is_good(wire, header + 100));
				if (family == 4)
					CU_ASSERT_TRUE((wire[6] & 0x40) == (df ? 0x40 : 0) && wire[1] == 0xb8);
			}
		}
		netif_wire_close(w);
	}
	close(tun);
	netif_free(n);
}

/* Of packets alike in all else, those with DF are no group with those without. */
static void test_udp_df(void)
{
	static uint8_t wire[2048];
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);
	struct netif_wire *w = wire_of(4, 4500, 0, 1);

	kernel_refuses(0, 0, 0);
	for (unsigned i = 0; i < 20; i++) {
		out[i] = (struct netif_esp_packet){ .src = addr_of(HOST4),
						    .dst = addr_of(PEER4),
						    .data = data[i],
						    .octets = 100,
						    .df = i / 5 % 2,
						    .port = 40000 };
	}
	wire_send_all(w, out, 20);
	CU_ASSERT_EQUAL(kernel.messages, 4);
	for (unsigned i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_UDP), 128);
		CU_ASSERT_EQUAL((wire[6] & 0x40) != 0, out[i].df);
	}
	netif_wire_close(w);
	close(tun);
	netif_free(n);
}

/* --- workers ---- */

#define SPI_BASE 0xfffffff0U /* the remainder is of all 32 bits, unsigned */

/* Each gets what is its own, in order; in turns, so that nothing is put together with another's. */
static void check_workers(const struct wire_kind *k, unsigned workers)
{
	struct netif_wire *w[NETIF_WORKERS_MAX];

	for (unsigned i = 0; i < workers; i++)
		w[i] = wire_of(k->family, k->port, i, workers);
	if (k->port) {
		CU_ASSERT_EQUAL(wire_open_fails(k->family, k->port, 0, 1), -EADDRINUSE);
		CU_ASSERT_EQUAL(wire_open_fails(k->family, k->port, 0, workers), -EADDRINUSE);
	}
	kernel_refuses(0, 0, EMSGSIZE);
	for (unsigned i = 0; i < 64; i++) {
		wire_fill(data[i], 100, SPI_BASE + i % 16, i);
		out[i] = wire_packet(k, data[i], 100);
	}
	wire_send_all(w[1], out, 64);
	kernel_refuses(0, 0, 0);
	for (unsigned mine = 0; mine < workers; mine++) {
		unsigned next = 0;

		while (next < 64) {
			if ((SPI_BASE + next % 16) % workers != mine) {
				next++;
				continue;
			}
			unsigned came = wire_recv_some(w[mine], in);

			for (unsigned i = 0; i < came; i++, next++) {
				while ((SPI_BASE + next % 16) % workers != mine)
					next++;
				CU_ASSERT_TRUE(wire_filled(&in[i], SPI_BASE + next % 16, next));
			}
		}
		CU_ASSERT_EQUAL(netif_wire_recv(w[mine], in, NETIF_WIRE_BATCH), 0);
	}
	/* Too short for an SPI, and the marker in front of IKE: worker 0. */
	for (unsigned octets = 1; octets <= 3; octets++) {
		memset(data[0], 0xff, 4);
		out[0] = wire_packet(k, data[0], octets);
		CU_ASSERT_EQUAL(netif_wire_send(w[1], out, 1), 1);
		CU_ASSERT_EQUAL(wire_recv_some(w[0], in), 1);
		CU_ASSERT_EQUAL(in[0].octets, octets);
	}
	memset(data[0], 0, 4);
	out[0] = wire_packet(k, data[0], 200);
	CU_ASSERT_EQUAL(netif_wire_send(w[1], out, 1), 1);
	CU_ASSERT_EQUAL(wire_recv_some(w[0], in), 1);
	for (unsigned i = 0; i < workers; i++) {
		CU_ASSERT_EQUAL(netif_wire_recv(w[i], in, NETIF_WIRE_BATCH), 0);
		netif_wire_close(w[i]);
	}
}

static void test_workers(void)
{
	struct netif *n = wire_host();

	for (size_t k = 0; k < WIRE_KINDS; k++) {
		check_workers(&wire_kinds[k], 2);
		check_workers(&wire_kinds[k], 4);
		check_workers(&wire_kinds[k], NETIF_WORKERS_MAX);
	}
	netif_free(n);
}

/* Raw IPv4 with options: the SPI stands behind them. */
static void test_workers_options(void)
{
	static const uint8_t options[4] = { 1, 1, 1, 1 };
	struct netif *n = wire_host();
	struct netif_wire *w[2] = { wire_of(4, 0, 0, 2), wire_of(4, 0, 1, 2) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 50);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, sizeof(options)), 0);
	for (uint32_t i = 0; i < 4; i++) {
		wire_fill(data[0], 100, i, i);
		CU_ASSERT_EQUAL(sendto(fd, data[0], 100, 0, (struct sockaddr *)&to, sizeof(to)), 100);
		CU_ASSERT_EQUAL(wire_recv_some(w[i % 2], in), 1);
		CU_ASSERT_TRUE(in[0].octets == 100 && wire_filled(&in[0], i, i));
	}
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(netif_wire_recv(w[i], in, NETIF_WIRE_BATCH), 0);
		netif_wire_close(w[i]);
	}
	close(fd);
	netif_free(n);
}

/* What the kernel put together goes where its first belongs; nothing is lost or doubled. */
static void test_workers_gro(void)
{
	struct netif *n = wire_host();

	for (int k = 0; k < 2; k++) {
		struct netif_wire *w[2] = { wire_of(udp[k].family, 4500, 0, 2), wire_of(udp[k].family, 4500, 1, 2) };
		bool seen[NETIF_WIRE_BATCH] = { false };
		unsigned got = 0;

		for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++) {
			/* groups begin with 0, 64, 128, 192: of each worker two */
			wire_fill(data[i], 100, i / 64 + i % 64, i);
			out[i] = wire_packet(&udp[k], data[i], 100);
		}
		wire_send_all(w[0], out, NETIF_WIRE_BATCH);
		for (unsigned mine = 0; mine < 2; mine++) {
			for (unsigned from = got; got < from + 128;) {
				unsigned came = wire_recv_some(w[mine], in);

				for (unsigned i = 0; i < came; i++, got++) {
					unsigned number = in[i].data[7];

					CU_ASSERT_TRUE(wire_filled(&in[i], number / 64 + number % 64, number));
					CU_ASSERT_FALSE(seen[number]);
					seen[number] = true;
					CU_ASSERT_EQUAL(number / 64 % 2, mine);
				}
			}
		}
		CU_ASSERT_EQUAL(got, NETIF_WIRE_BATCH);
		netif_wire_close(w[0]);
		netif_wire_close(w[1]);
	}
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "wire: groups of packets, sent and received", test_groups },
	{ "wire: few messages are asked for at first", test_asked },
	{ "wire: pages of large messages are given back", test_given_back },
	{ "wire: order, whatever goes together", test_order },
	{ "wire: more packets in a call than a batch", test_many_in_one },
	{ "wire: groups are refused", test_group_refused },
	{ "wire: errors that are the packets' own", test_group_error },
	{ "wire: options are refused", test_options_refused },
	{ "wire: no IPv4 header of our own", test_header_refused },
	{ "wire: one call for DF and none", test_header },
	{ "wire: a full socket", test_full },
	{ "wire: UDP checksums, ports and DF", test_udp_wire },
	{ "wire: UDP, DF per packet", test_udp_df },
	{ "wire: workers and their SPIs", test_workers },
	{ "wire: workers, behind IP options", test_workers_options },
	{ "wire: workers, and what came in one", test_workers_gro },
};
NETNS_MAIN("netif wire, fast ways", tests)
