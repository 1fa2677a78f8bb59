/* The sockets of ESP: what they send, what they receive, what fails and what does not. */
#define _GNU_SOURCE /* unshare */
#include "tests/unit/wire_unit.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <sys/mman.h>

static void test_open(void)
{
	struct netif *n = netns_fresh();

	CU_ASSERT_EQUAL(wire_open_fails(5, 0, 0, 1), -EAFNOSUPPORT);
	CU_ASSERT_EQUAL(wire_open_fails(4, 0, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(wire_open_fails(4, 0, 1, 1), -EINVAL);
	CU_ASSERT_EQUAL(wire_open_fails(4, 0, 0, NETIF_WORKERS_MAX + 1), -EINVAL);
	netif_wire_close(NULL);
	netif_free(n);
}

/* Addresses, ports and traffic classes both ways, more than a call takes, nothing more than was sent. */
static void check_batch(const struct wire_kind *k)
{
	static uint8_t data[NETIF_WIRE_BATCH + 1][1024];
	static struct netif_esp_packet p[NETIF_WIRE_BATCH + 1];
	struct netif_wire *w = wire_of(k->family, k->port, 0, 1);
	unsigned got = 0;

	for (unsigned i = 0; i <= NETIF_WIRE_BATCH; i++) {
		wire_fill(data[i], 64 + i, 7, i);
		p[i] = wire_packet(k, data[i], 64 + i);
		p[i].tos = (uint8_t)(i * 4);
		p[i].df = i / 3 % 2;
	}
	CU_ASSERT_EQUAL(netif_wire_recv(w, p, NETIF_WIRE_BATCH), 0);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, NETIF_WIRE_BATCH + 1), NETIF_WIRE_BATCH);
	while (got < NETIF_WIRE_BATCH) {
		static struct netif_esp_packet in[NETIF_WIRE_BATCH];
		unsigned came = wire_recv_some(w, in);

		for (unsigned i = 0; i < came; i++, got++) {
			CU_ASSERT_TRUE(ip_equal(&in[i].src, &p[got].src) && ip_equal(&in[i].dst, &p[got].dst));
			CU_ASSERT_EQUAL(in[i].port, k->port);
			CU_ASSERT_EQUAL(in[i].tos, p[got].tos);
			CU_ASSERT_EQUAL(in[i].octets, 64 + got);
			CU_ASSERT_TRUE(wire_filled(&in[i], 7, got));
			CU_ASSERT_EQUAL(in[i].ifindex != 0, k->family == 6);
		}
	}
	CU_ASSERT_EQUAL(netif_wire_recv(w, p, NETIF_WIRE_BATCH), 0);
	if (k->port)
		CU_ASSERT_EQUAL(wire_open_fails(k->family, k->port, 0, 1), -EADDRINUSE);
	CU_ASSERT_EQUAL(wire_status(w).dropped, 0);
	CU_ASSERT_TRUE(wire_status(w).rcvbuf > 65536);
	netif_wire_close(w);
}

static void test_batch(void)
{
	struct netif *n = wire_host();

	for (size_t k = 0; k < WIRE_KINDS; k++)
		check_batch(&wire_kinds[k]);
	netif_free(n);
}

/* From the smallest to `largest`, whole and (a link of 1,500 octets) in fragments. */
static void check_sizes(const struct wire_kind *k, bool df, size_t largest)
{
	static uint8_t data[65536];
	static const size_t edges[] = { 1, 2, 7, 8, 2027, 2028, 2029, 2047, 2048, 2049, 4096, 16384, 16385 };
	struct netif_wire *w = wire_of(k->family, k->port, 0, 1);
	static struct netif_esp_packet in[NETIF_WIRE_BATCH];
	size_t edge = 0, octets = 1;
	uint32_t number = 0;

	while (octets <= largest || edge < sizeof(edges) / sizeof(edges[0])) {
		size_t now = octets <= largest ? octets : edges[edge++];
		struct netif_esp_packet p = wire_packet(k, data, now);

		p.df = df;
		wire_fill(data, now, 99, number);
		CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
		CU_ASSERT_EQUAL(wire_recv_some(w, in), 1);
		CU_ASSERT_EQUAL(in[0].octets, now);
		CU_ASSERT_TRUE(wire_filled(&in[0], 99, number++));
		octets += octets == largest || octets + octets / 3 + 1 < largest ? octets / 3 + 1 : largest - octets;
	}
	netif_wire_close(w);
}

static void test_sizes(void)
{
	struct netif *n = wire_host();

	for (size_t k = 0; k < WIRE_KINDS; k++)
		check_sizes(&wire_kinds[k], true, wire_kinds[k].family == 4 ? 65507 : 65488);
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, lo_index(n), 1500), 0);
	for (size_t k = 0; k < WIRE_KINDS; k++)
		check_sizes(&wire_kinds[k], false, 65507);
	netif_free(n);
}

/* A batch of large ones, and then of small ones: each in memory of its own. */
static void test_large_batch(void)
{
	static uint8_t data[64][40000];
	static struct netif_esp_packet p[64], in[NETIF_WIRE_BATCH];
	struct netif *n = wire_host();

	for (size_t k = 0; k < WIRE_KINDS; k++) {
		struct netif_wire *w = wire_of(wire_kinds[k].family, wire_kinds[k].port, 0, 1);

		for (unsigned round = 0; round < 4; round++) {
			unsigned got = 0;

			for (unsigned i = 0; i < 64; i++) {
				size_t octets = round % 2 ? 100 : 20000 + i * 300;

				wire_fill(data[i], octets, round, i);
				p[i] = wire_packet(&wire_kinds[k], data[i], octets);
			}
			wire_send_all(w, p, 64);
			while (got < 64) {
				unsigned came = wire_recv_some(w, in);

				for (unsigned i = 0; i < came; i++)
					CU_ASSERT_EQUAL(in[i].octets, p[got + i].octets);
				for (unsigned i = 0; i < came; i++)
					CU_ASSERT_TRUE(wire_filled(&in[i], round, got + i));
				got += came;
			}
		}
		netif_wire_close(w);
	}
	netif_free(n);
}

/* Packets of 60,000 octets, a few at a time: their pages are given back before all that are reserved were touched. */
static void test_huge(void)
{
	static uint8_t data[60000];
	static struct netif_esp_packet p[16], in[NETIF_WIRE_BATCH];
	struct netif *n = wire_host();
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t k = 0; k < 2; k++) {
		struct netif_wire *w = wire_of(wire_kinds[k].family, 0, 0, 1);
		unsigned char resident = 0;
		unsigned freed = 0;

		for (unsigned round = 0; round < 6; round++) {
			uint8_t *at = NULL;

			for (unsigned i = 0; i < 6; i++)
				p[i] = wire_packet(&wire_kinds[k], data, sizeof(data));
			wire_send_all(w, p, 6);
			for (unsigned got = 0; got < 6; got += wire_recv_some(w, in))
				;
			at = (uint8_t *)(((uintptr_t)in[0].data + 2 * page) & ~(page - 1));
			CU_ASSERT_EQUAL(mincore(at, 1, &resident), 0);
			CU_ASSERT_EQUAL(resident, 1);
			CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
			CU_ASSERT_EQUAL(mincore(at, 1, &resident), 0);
			freed += resident == 0;
		}
		CU_ASSERT_EQUAL(freed, 2); /* of 36, after 18 each */
		netif_wire_close(w);
	}
	netif_free(n);
}

/* With IP options, and empty. */
static void test_odd(void)
{
	static const uint8_t options[4] = { 1, 1, 1, 1 };
	struct netif *n = netns_fresh();
	struct netif_wire *w = wire_of(4, 0, 0, 1);
	static struct netif_esp_packet in[NETIF_WIRE_BATCH];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct ip_addr lo4 = addr_of("127.0.0.1");
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 50);
	unsigned got = 0;
	uint8_t out[40];

	CU_ASSERT_FATAL(fd >= 0);
	wire_fill(out, sizeof(out), 1, 2);
	CU_ASSERT_EQUAL(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, sizeof(options)), 0);
	CU_ASSERT_EQUAL(sendto(fd, out, sizeof(out), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(out));
	CU_ASSERT_EQUAL(sendto(fd, out, 0, 0, (struct sockaddr *)&to, sizeof(to)), 0);
	while (got < 2) {
		unsigned came = wire_recv_some(w, in);

		for (unsigned i = 0; i < came; i++, got++) {
			CU_ASSERT_EQUAL(in[i].octets, got == 0 ? sizeof(out) : 0);
			CU_ASSERT_TRUE(ip_equal(&in[i].src, &lo4) && ip_equal(&in[i].dst, &lo4));
			CU_ASSERT_TRUE(got == 1 || wire_filled(&in[i], 1, 2));
		}
	}
	close(fd);
	netif_wire_close(w);
	netif_free(n);
}

/* --- what a router behind the next link sees ---- */

static struct netif_esp_packet host_packet(unsigned family, uint8_t *data, size_t octets, bool df)
{
	return (struct netif_esp_packet){ .src = addr_of(family == 4 ? HOST4 : HOST6),
					  .dst = addr_of(family == 4 ? PEER4 : PEER6),
					  .data = data,
					  .octets = octets,
					  .tos = 0xb8,
					  .df = df };
}

/* In order, whatever way each goes: with DF, without, in fragments. */
static void test_df(void)
{
	struct netif *n = netns_fresh();
	static uint8_t data[1800], wire[2048];
	int ifindex, tun = network(n, &ifindex);
	struct netif_wire *w = wire_of(4, 0, 0, 1);
	struct netif_esp_packet p[6];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 6; i++)
			p[i] = host_packet(4, data, 100 + i, i == 1 || i == 2);
		p[3].octets = sizeof(data);
		CU_ASSERT_EQUAL(netif_wire_send(w, p, 6), 6);
		for (unsigned i = 0; i < 6; i++) {
			size_t octets = next_packet(tun, wire, sizeof(wire), 50);

			CU_ASSERT_EQUAL(octets, i == 3 ? 1500 : 120 + i);
			CU_ASSERT_EQUAL(wire[6], p[i].df ? 0x40 : i == 3 ? 0x20 : 0);
			CU_ASSERT_TRUE(wire[1] == 0xb8 && wire[8] == 64);
			CU_ASSERT_EQUAL(memcmp(wire + 12, p[i].src.octets, 4), 0);
			CU_ASSERT_EQUAL(memcmp(wire + 16, p[i].dst.octets, 4), 0);
			CU_ASSERT_EQUAL(sum16(wire, 20, 0), 0);
			if (i == 3)
				CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), 340);
		}
	}
	p[1].octets = sizeof(data);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 4), 1);
	CU_ASSERT_EQUAL(netif_wire_send(w, p + 1, 3), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_wire_send(w, p + 2, 2), 2);
	/* What is one octet larger than the link is, and what fits it. */
	for (unsigned i = 0; i < 3; i++)
		next_packet(tun, wire, sizeof(wire), 50); /* of the last send but one and the last */
	next_packet(tun, wire, sizeof(wire), 50);
	p[0].octets = 1480;
	p[1].octets = 1481;
	p[0].df = p[1].df = false;
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 2), 2);
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), 1500);
	CU_ASSERT_EQUAL(wire[6], 0);
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), 1500);
	CU_ASSERT_EQUAL(wire[6], 0x20);

	p[0] = host_packet(4, data, 100, true);
	p[0].dst = addr_of("192.0.2.1");
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 1), -ENETUNREACH);
	p[0] = host_packet(6, data, 100, true);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 1), -EAFNOSUPPORT);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 0), 0);
	p[1] = p[0];
	p[0] = host_packet(4, data, 100, true);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 2), 1);
	netif_wire_close(w);
	close(tun);
	netif_free(n);
}

static void test_df6(void)
{
	struct netif *n = netns_fresh();
	static uint8_t data[1800], wire[2048];
	int ifindex, tun = network(n, &ifindex);
	struct netif_wire *w = wire_of(6, 0, 0, 1);
	struct netif_esp_packet p[2] = { host_packet(6, data, sizeof(data), false),
					 host_packet(6, data, sizeof(data), true) };

	CU_ASSERT_EQUAL(netif_wire_send(w, p, 2), 1);
	CU_ASSERT_EQUAL(netif_wire_send(w, p + 1, 1), -EMSGSIZE);
	CU_ASSERT_TRUE(next_packet(tun, wire, sizeof(wire), 50) > 1400);
	CU_ASSERT_EQUAL(wire[6], 44);
	CU_ASSERT_EQUAL((wire[0] & 15) << 4 | wire[1] >> 4, 0xb8);
	CU_ASSERT_EQUAL(memcmp(wire + 8, p[0].src.octets, 16), 0);

	/* Link-local endpoints need the interface. */
	give(n, ifindex, "fe80::8/64");
	next_packet(tun, wire, sizeof(wire), 50);
	p[0] = host_packet(6, data, 100, true);
	p[0].src = addr_of("fe80::8");
	p[0].dst = addr_of("fe80::9");
	p[0].ifindex = ifindex;
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 1), 1);
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 50), 140);
	CU_ASSERT_EQUAL(memcmp(wire + 8, p[0].src.octets, 16), 0);
	p[0].dst = addr_of(PEER6);
	CU_ASSERT_EQUAL(netif_wire_send(w, p, 1), 1);
	netif_wire_close(w);
	close(tun);
	netif_free(n);
}

/* Labels need no lease of the flow label manager. */
static void test_flow_label(void)
{
	struct netif *n = netns_fresh();
	static uint8_t data[100], wire[2048];
	int ifindex, tun = network(n, &ifindex);

	for (uint16_t port = 0; port <= 4500; port = (uint16_t)(port + 4500)) {
		struct netif_wire *w = wire_of(6, port, 0, 1);
		struct netif_esp_packet p = host_packet(6, data, 100, true);

		p.port = port;
		p.flow = 0xabcde;
		CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
		next_packet(tun, wire, sizeof(wire), port ? IPPROTO_UDP : 50);
		CU_ASSERT_EQUAL(memcmp(wire, "\x6b\x8a\xbc\xde", 4), 0);
		netif_wire_close(w);
	}
	close(tun);
	netif_free(n);
}

/* --- ICMP errors ---- */

/* Those that wait on the socket; at most one of them is to say "too big". */
static bool next_error(struct netif_wire *w, struct netif_esp_error *e)
{
	struct pollfd pfd = { .fd = netif_wire_fd(w) };
	bool more = true, got = false;

	CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
	CU_ASSERT_TRUE(pfd.revents & POLLERR);
	while (more) {
		struct netif_esp_error now;

		if (netif_wire_errors(w, &now, 1, &more)) {
			CU_ASSERT_FALSE(got);
			*e = now;
			got = true;
		}
	}
	return got;
}

/*
 * A router on the path says that it takes 1300 only: that is told with what was quoted, and nothing else comes of it,
 * neither for this peer nor for others.
 */
static void check_too_big(unsigned family, uint16_t port)
{
	static uint8_t data[1350], wire[2048];
	static struct netif_esp_packet in[NETIF_WIRE_BATCH];
	const char *other = family == 4 ? OTHER4 : OTHER6;
	uint8_t protocol = port ? IPPROTO_UDP : 50, unreachable = family == 4 ? 3 : 1;
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);
	struct netif_esp_packet p = host_packet(family, data, sizeof(data), true);
	struct netif_wire *w = wire_of(family, port ? 4500 : 0, 0, 1);
	struct netif_esp_error e = { 0 };
	size_t octets;

	p.port = port;
	memcpy(data, "\x45\xb7\xe2\x6c\0\0\0\x07", 8); /* an SPI that looks like an IPv4 header */
	CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
	octets = next_packet(tun, wire, sizeof(wire), protocol);
	icmp_error(tun, other, family == 4 ? 3 : 2, family == 4 ? 4 : 0, 1300, wire, octets);
	CU_ASSERT_TRUE(next_error(w, &e));
	CU_ASSERT_EQUAL(e.mtu, 1300);
	CU_ASSERT_TRUE(ip_equal(&e.dst, &p.dst));
	CU_ASSERT_EQUAL(e.port, port);
	CU_ASSERT_EQUAL(e.quoted_octets, 8);
	CU_ASSERT_EQUAL(memcmp(e.quoted, data, 8), 0);
	CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), protocol), octets);
	/* An unreachable peer fails neither the next packet nor the next read, and says nothing of sizes. */
	icmp_error(tun, other, unreachable, family == 4 ? 2 : 4, 0, wire, octets);
	icmp_error(tun, other, unreachable, family == 4 ? 1 : 3, 0, wire, octets);
	CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
	p.df = false;
	icmp_error(tun, other, unreachable, family == 4 ? 2 : 4, 0, wire, octets);
	CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), 1);
	icmp_error(tun, other, unreachable, family == 4 ? 2 : 4, 0, wire, octets);
	CU_ASSERT_EQUAL(netif_wire_recv(w, in, NETIF_WIRE_BATCH), 0);
	CU_ASSERT_FALSE(next_error(w, &e));
	/* As little as a router must quote: eight octets behind the IP header, which of UDP is its header. */
	icmp_error(tun, other, family == 4 ? 3 : 2, family == 4 ? 4 : 0, 1299, wire, family == 4 ? 28 : 48);
	if (next_error(w, &e)) {
		CU_ASSERT_EQUAL(e.mtu, 1299);
		CU_ASSERT_EQUAL(e.quoted_octets, port ? 0 : 8);
	} else {
		CU_ASSERT_TRUE(port && family == 6);
	}
	/* Larger than the link takes is no such error. */
	p.octets = 1501;
	p.data = wire;
	p.df = true;
	CU_ASSERT_EQUAL(netif_wire_send(w, &p, 1), -EMSGSIZE);
	for (bool more = true; more;)
		CU_ASSERT_EQUAL(netif_wire_errors(w, &e, 1, &more), 0);
	netif_wire_close(w);
	close(tun);
	netif_free(n);
}

static void test_too_big(void)
{
	check_too_big(4, 0);
	check_too_big(6, 0);
	check_too_big(4, 40000);
	check_too_big(6, 40000);
}

/* What finds no room is counted. */
static void test_dropped(void)
{
	struct netif *n = wire_host();
	static uint8_t data[NETIF_WIRE_BATCH][1024];
	static struct netif_esp_packet p[NETIF_WIRE_BATCH];

	for (size_t k = 0; k < WIRE_KINDS; k++) {
		struct netif_wire *w = wire_of(wire_kinds[k].family, wire_kinds[k].port, 0, 1);
		int small = 1, n_came;
		unsigned came = 0;

		CU_ASSERT_EQUAL(setsockopt(netif_wire_fd(w), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
		CU_ASSERT_TRUE(wire_status(w).rcvbuf < 65536);
		for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++) {
			wire_fill(data[i], 700 + i, 1, i);
			p[i] = wire_packet(&wire_kinds[k], data[i],
					   700 + i); /* no two of a size: none are put together */
		}
		wire_send_all(w, p, NETIF_WIRE_BATCH);
		while ((n_came = netif_wire_recv(w, p, NETIF_WIRE_BATCH)) > 0)
			came += (unsigned)n_came;
		CU_ASSERT_TRUE(came < NETIF_WIRE_BATCH && wire_status(w).dropped > 0);
		CU_ASSERT_EQUAL(wire_status(w).dropped + came, NETIF_WIRE_BATCH);
		netif_wire_close(w);
	}
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "wire: what cannot be opened", test_open },
	{ "wire: batches, sources, ports and traffic classes", test_batch },
	{ "wire: every size, with DF and without", test_sizes },
	{ "wire: batches of large packets", test_large_batch },
	{ "wire: pages of very large packets", test_huge },
	{ "wire: IP options, nothing", test_odd },
	{ "wire: DF per packet", test_df },
	{ "wire: IPv6 fragments or an error", test_df6 },
	{ "wire: flow labels", test_flow_label },
	{ "wire: too big on the way, errors of one peer are not another's", test_too_big },
	{ "wire: a full receive buffer", test_dropped },
};
NETNS_MAIN("netif wire", tests)
