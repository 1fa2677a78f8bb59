#define _GNU_SOURCE /* unshare */
#include "tests/unit/netns_host.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* --- the IKE socket ---- */

/* From port `from`'s socket to `to`, and back to where it came from. */
static void exchange(int a, int b, const char *from, const char *to, uint16_t port_a, uint16_t port_b, int ifindex)
{
	struct netif_ike_packet out = { .local = addr_of(from),
					.remote = addr_of(to),
					.remote_port = port_b,
					.ifindex = ifindex },
				got = { 0 };
	char buf[64];

	CU_ASSERT_EQUAL(netif_ike_recv(b, port_b, buf, sizeof(buf), &got), 0);
	CU_ASSERT_EQUAL_FATAL(netif_ike_send(a, "question", 8, &out), 8);
	wait_for(b);
	CU_ASSERT_EQUAL(netif_ike_recv(b, port_b, buf, sizeof(buf), &got), 8);
	CU_ASSERT_EQUAL(memcmp(buf, "question", 8), 0);
	CU_ASSERT_TRUE(ip_equal(&got.local, &out.remote) && ip_equal(&got.remote, &out.local));
	CU_ASSERT_TRUE(got.local_port == port_b && got.remote_port == port_a && got.ifindex > 0);
	if (ifindex)
		CU_ASSERT_EQUAL(got.ifindex, ifindex);
	CU_ASSERT_EQUAL(netif_ike_send(b, "answer", 6, &got), 6);
	wait_for(a);
	CU_ASSERT_EQUAL(netif_ike_recv(a, port_a, buf, sizeof(buf), &got), 6);
	CU_ASSERT_TRUE(ip_equal(&got.local, &out.local) && ip_equal(&got.remote, &out.remote));
	CU_ASSERT_EQUAL(netif_ike_recv(a, port_a, buf, sizeof(buf), &got), 0);
}

static void test_ike_exchange(void)
{
	struct netif *n = netns_fresh();
	int a4 = netif_ike_open(4, 500), b4 = netif_ike_open(4, 4500), a6 = netif_ike_open(6, 500),
	    b6 = netif_ike_open(6, 4500), lo = lo_index(n);

	CU_ASSERT_FATAL(a4 >= 0 && b4 >= 0 && a6 >= 0 && b6 >= 0);
	give(n, lo, "2001:db8::1/128");
	give(n, lo, "fe80::1/64");
	exchange(a4, b4, "127.0.0.3", "127.0.0.2", 500, 4500, 0);
	exchange(a6, b6, "2001:db8::1", "::1", 500, 4500, 0);
	exchange(a6, b6, "fe80::1", "fe80::1", 500, 4500, lo);
	exchange(a6, b6, "fe80::1", "2001:db8::1", 500, 4500, lo);
	close(a4);
	close(b4);
	close(a6);
	close(b6);
	netif_free(n);
}

static void test_ike_errors(void)
{
	struct netif *n = netns_fresh();
	int fd = netif_ike_open(4, 500);
	struct netif_ike_packet out = { .remote = addr_of("127.0.0.1"), .remote_port = 500 };

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(netif_ike_open(4, 500), -EADDRINUSE);
	CU_ASSERT_EQUAL(netif_ike_open(5, 500), -EAFNOSUPPORT);
	out.local = addr_of("192.0.2.1");
	CU_ASSERT_TRUE(netif_ike_send(fd, "x", 1, &out) < 0);
	out.local = addr_of("::1");
	CU_ASSERT_EQUAL(netif_ike_send(fd, "x", 1, &out), -EAFNOSUPPORT);
	out.local.family = 0;
	out.remote = addr_of("192.0.2.1");
	CU_ASSERT_EQUAL(netif_ike_send(fd, "x", 1, &out), -ENETUNREACH);
	close(fd);
	netif_free(n);
}

/* What comes from `from` to `to`, n times: 28 octets, or fewer, with this octet of the message set. */
static void send_cookie(int from, const struct netif_ike_packet *to, size_t octets, size_t at, unsigned n)
{
	uint8_t message[28] = { 1 };

	message[at] |= 0x40;
	while (n--)
		CU_ASSERT_EQUAL(netif_ike_send(from, message, octets, to), (long)octets);
}

static unsigned waiting(int fd)
{
	struct netif_ike_packet got = { 0 };
	uint8_t room[100];
	unsigned n = 0;

	for (; netif_ike_recv(fd, 500, room, sizeof(room), &got) > 0; n++)
		CU_ASSERT_EQUAL(got.local_port, 500);
	return n;
}

/* What bears a responder's cookie comes to the second socket, and waits there for as long as it likes. */
static void test_ike_known(void)
{
	static const char *const here[] = { "127.0.0.1", "::1" };
	struct netif *n = netns_fresh();
	const int group = 1;

	for (unsigned k = 0; k < 2; k++) {
		const unsigned family = k ? 6 : 4;
		const struct netif_ike_packet to = { .remote = addr_of(here[k]), .remote_port = 500 };
		const int first = netif_ike_open(family, 500), from = netif_ike_open(family, 0);
		const int known = netif_ike_open_known(first, family);
		int other;

		CU_ASSERT_TRUE_FATAL(first >= 0 && from >= 0 && known >= 0);
		for (size_t at = 0; at < 28; at++)
			send_cookie(from, &to, 28, at, 1);
		CU_ASSERT_EQUAL(waiting(known), 8);
		CU_ASSERT_EQUAL(waiting(first), 20);
		send_cookie(from, &to, 28, 8, 1);
		send_cookie(from, &to, 28, 15, 1);
		CU_ASSERT_EQUAL(waiting(known), 2);
		send_cookie(from, &to, 15, 14, 1); /* cut within the cookie */
		send_cookie(from, &to, 1, 0, 1);
		CU_ASSERT_EQUAL(waiting(known), 0);
		CU_ASSERT_EQUAL(waiting(first), 2);

		/* more first messages than there is room for */
		send_cookie(from, &to, 28, 0, 40000);
		send_cookie(from, &to, 28, 8, 100);
		CU_ASSERT_TRUE(waiting(first) < 40000);
		CU_ASSERT_EQUAL(waiting(known), 100);

		/* the port is taken, as before */
		CU_ASSERT_EQUAL(netif_ike_open(family, 500), -EADDRINUSE);
		other = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		CU_ASSERT_EQUAL(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &group, sizeof(group)), 0);
		if (family == 4) {
			struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(500) };

			CU_ASSERT_TRUE(bind(other, (struct sockaddr *)&any, sizeof(any)) < 0);
		}
		close(other);
		close(from);
		close(known);
		close(first);
	}
	netif_free(n);
}

static void large_message(struct netif *n, const char *address)
{
	static uint8_t message[20000], room[sizeof(message)];
	struct netif_ike_packet out = { .remote = addr_of(address), .remote_port = 500 }, got;
	int fd = netif_ike_open(out.remote.family, 500);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, lo_index(n), 1500), 0);
	memset(message, 0x5a, sizeof(message));
	CU_ASSERT_EQUAL(netif_ike_send(fd, "", 0, &out), 0);
	CU_ASSERT_EQUAL(netif_ike_send(fd, message, sizeof(message), &out), (long)sizeof(message));
	CU_ASSERT_EQUAL(netif_ike_send(fd, message, sizeof(message), &out), (long)sizeof(message));
	wait_for(fd);
	/* The empty datagram is passed over; one that does not fit tells its size. */
	CU_ASSERT_EQUAL(netif_ike_recv(fd, 500, room, 100, &got), (long)sizeof(message));
	CU_ASSERT_EQUAL(room[100], 0);
	CU_ASSERT_EQUAL(netif_ike_recv(fd, 500, room, sizeof(room), &got), (long)sizeof(message));
	CU_ASSERT_EQUAL(memcmp(room, message, sizeof(room)), 0);
	memset(room, 0, sizeof(room));
	close(fd);
}

/* A flood of empty datagrams: the caller gets its turn, and then what came behind them. */
static void test_ike_empty(void)
{
	struct netif_ike_packet got = { 0 };
	char octet[2];
	int fd = netif_ike_open(4, 0), from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { 0 };
	socklen_t size = sizeof(to);
	unsigned turns = 0;

	CU_ASSERT_TRUE_FATAL(fd >= 0 && from >= 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&to, &size), 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned n = 0; n < 100; n++)
		CU_ASSERT_EQUAL(sendto(from, "", 0, 0, (struct sockaddr *)&to, size), 0);
	CU_ASSERT_EQUAL(sendto(from, "x", 1, 0, (struct sockaddr *)&to, size), 1);
	while (netif_ike_recv(fd, 0, octet, sizeof(octet), &got) == 0 && turns < 100)
		turns++;
	CU_ASSERT_EQUAL(turns, 1);
	CU_ASSERT_EQUAL(octet[0], 'x');
	close(from);
	close(fd);
}

static void test_ike_large(void)
{
	struct netif *n = netns_fresh();

	large_message(n, "127.0.0.1");
	large_message(n, "::1");
	netif_free(n);
}

/* --- ICMP echo ---- */

static struct netif_ping ping_to(const char *dst)
{
	return (struct netif_ping){
		.dst = addr_of(dst), .size = 100, .timeout_ms = 20000, .id = 0x1234, .sequence = 7
	};
}

static void test_ping_self(void)
{
	struct netif *n = netns_fresh();
	static const char *const targets[] = { "127.0.0.1", "::1", "fe80::1" };
	int lo = lo_index(n);

	give(n, lo, "fe80::1/64");
	for (size_t i = 0; i < 3; i++) {
		struct netif_ping p = ping_to(targets[i]);
		unsigned rtt = 0;

		p.ifindex = ip_is_link_local(&p.dst) ? lo : 0;
		CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
		CU_ASSERT_TRUE(rtt > 0);
		p.src = p.dst;
		CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
		p.size = 18024;
		CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
		p.size = 1;
		CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
	}
	netif_free(n);
}

static void test_ping_cannot_send(void)
{
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);
	struct netif_ping p = ping_to("192.0.2.1");
	unsigned rtt;

	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), -ENETUNREACH);
	p = ping_to("2001:db8:99::1");
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), -ENETUNREACH);
	p = ping_to(PEER4);
	p.src = addr_of("192.0.2.1");
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), -EADDRNOTAVAIL);
	p.src = addr_of("::1");
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), -EAFNOSUPPORT);
	p = ping_to(PEER4);
	p.df = true;
	p.size = 1501;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), 'M');
	p.dst = addr_of(PEER6);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), 'B');
	p.size = 70000;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), -EMSGSIZE);
	close(tun);
	netif_free(n);
}

static void test_ping_on_the_wire(void)
{
	struct netif *n = netns_fresh();
	static uint8_t wire[2048];
	int ifindex, tun = network(n, &ifindex);
	struct netif_ping p = ping_to(PEER4);
	unsigned rtt = 4711;

	p.timeout_ms = 0;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	CU_ASSERT_EQUAL(rtt, 4711);
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_ICMP), 100);
	CU_ASSERT_EQUAL(sum16(wire + 20, 80, 0), 0);
	CU_ASSERT_EQUAL(memcmp(wire + 24, "\x12\x34\x00\x07\xab\xcd\xab\xcd", 8), 0);
	CU_ASSERT_TRUE(wire[6] == 0 && wire[8] == 255 && wire[20] == 8);
	p.df = true;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	next_packet(tun, wire, sizeof(wire), IPPROTO_ICMP);
	CU_ASSERT_EQUAL(wire[6], 0x40);
	p.dst = addr_of(PEER6);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_ICMPV6), 100);
	CU_ASSERT_EQUAL(memcmp(wire + 44, "\x12\x34\x00\x07\xab\xcd\xab\xcd", 8), 0);
	p.df = false;
	p.size = 1501;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	next_packet(tun, wire, sizeof(wire), IPPROTO_ICMPV6);
	CU_ASSERT_EQUAL(wire[6], 44);
	close(tun);
	netif_free(n);
}

struct heard {
	unsigned replies;
	struct netif_ping_reply last;
};

static void note_reply(void *ctx, const struct netif_ping_reply *r)
{
	struct heard *h = ctx;

	h->replies++;
	h->last = *r;
}

static void test_ping_options(void)
{
	struct netif *n = netns_fresh();
	static uint8_t wire[2048];
	int ifindex, tun = network(n, &ifindex);
	struct netif_ping p = ping_to(PEER4);
	struct heard heard = { 0 };
	unsigned rtt;

	p.timeout_ms = 0;
	p.tos = 0xb8;
	p.patterned = true;
	p.pattern = 0x1234;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_ICMP), 100);
	CU_ASSERT_EQUAL(wire[1], 0xb8);
	CU_ASSERT_EQUAL(memcmp(wire + 28, "\x12\x34\x12\x34", 4), 0);
	p.record_slots = 9;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), IPPROTO_ICMP), 100);
	CU_ASSERT_TRUE(wire[0] == 0x4f && wire[20] == 7 && wire[21] == 39);
	p.dst = addr_of(PEER6);
	p.record_slots = 0;
	p.hop_options = p.destination_options = true;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	CU_ASSERT_EQUAL(next_packet(tun, wire, sizeof(wire), 0), 100);
	CU_ASSERT_TRUE((wire[0] & 15) == 0xb && wire[1] >> 4 == 8);
	CU_ASSERT_TRUE(wire[40] == 60 && wire[48] == IPPROTO_ICMPV6);

	p = ping_to("127.0.0.1");
	p.validate = p.patterned = true;
	p.record_slots = 4;
	p.on_reply = note_reply;
	p.ctx = &heard;
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
	CU_ASSERT_EQUAL(heard.replies, 1);
	CU_ASSERT_EQUAL(heard.last.route_slots, 4);
	CU_ASSERT_TRUE(heard.last.route_used > 0 && ip_equal(&heard.last.route[0], &p.dst));
	CU_ASSERT_TRUE(ip_equal(&heard.last.from, &p.dst));
	close(tun);
	netif_free(n);
}

/* What the network does with an echo request, in a thread while netif_ping waits. */
struct responder {
	int tun, wake;
	bool v4, reply, wrong_first, own;
	uint8_t type, code;
	bool spoilt, twice; /* the reply: other data, and a second one */
};

/* The host's own kernel gives up: its error has our address as its source. */
static void own_error(const struct responder *r, const uint8_t *wire, size_t octets)
{
	uint8_t icmp[300] = { r->type, r->code };
	struct ip_addr host = addr_of(r->v4 ? HOST4 : HOST6);
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&host, 0, 0, &ss);
	int fd = socket(ss.ss_family, SOCK_RAW | SOCK_CLOEXEC, r->v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	memcpy(icmp + 8, wire, octets);
	if (r->v4)
		put16(icmp + 2, sum16(icmp, 8 + octets, 0));
	CU_ASSERT_EQUAL(sendto(fd, icmp, 8 + octets, 0, (struct sockaddr *)&ss, size), (ssize_t)(8 + octets));
	close(fd);
}

static void answer(const struct responder *r, uint8_t *wire, size_t octets)
{
	const char *peer = r->v4 ? PEER4 : PEER6, *other = r->v4 ? OTHER4 : OTHER6;
	uint8_t *icmp = wire + (r->v4 ? 20 : 40);
	size_t icmp_octets = octets - (r->v4 ? 20 : 40);
	uint8_t *id = icmp + 4, *sequence = icmp + 6;

	if (r->own) {
		own_error(r, wire, octets);
		return;
	}
	if (!r->reply) {
		icmp_error(r->tun, other, r->type, r->code, 1280, wire, octets);
		return;
	}
	icmp[0] = r->v4 ? 0 : 129;
	if (r->wrong_first) {
		icmp_to_host(r->tun, other, icmp, icmp_octets);
		id[0] ^= 1;
		icmp_to_host(r->tun, peer, icmp, icmp_octets);
		id[0] ^= 1;
		sequence[1] ^= 1;
		icmp_to_host(r->tun, peer, icmp, icmp_octets);
		return;
	}
	icmp[icmp_octets - 1] ^= r->spoilt;
	icmp_to_host(r->tun, peer, icmp, icmp_octets);
	if (r->twice)
		icmp_to_host(r->tun, other, icmp, icmp_octets);
}

static void *respond(void *ctx)
{
	struct responder *r = ctx;
	uint8_t wire[2048];
	size_t octets = next_packet(r->tun, wire, sizeof(wire), r->v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (r->type || r->reply)
		answer(r, wire, octets);
	if (r->wake >= 0)
		CU_ASSERT_EQUAL(eventfd_write(r->wake, 1), 0);
	return NULL;
}

static int ping_with(struct responder *r, unsigned timeout_ms)
{
	struct netif_ping p = ping_to(r->v4 ? PEER4 : PEER6);
	pthread_t thread;
	unsigned rtt;
	int mark;

	p.timeout_ms = timeout_ms;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, respond, r), 0);
	mark = netif_ping(&p, r->wake, &rtt);
	pthread_join(thread, NULL);
	return mark;
}

static void test_ping_answers(void)
{
	static const struct {
		bool v4;
		uint8_t type, code;
		char mark;
	} rows[] = {
		{ true, 3, 0, 'N' },  { true, 3, 1, 'U' },  { true, 3, 3, 'U' },  { true, 3, 4, 'M' },
		{ true, 3, 13, 'U' }, { true, 4, 0, 'Q' },  { true, 11, 0, '&' }, { true, 12, 0, '?' },
		{ false, 1, 0, 'U' }, { false, 1, 1, 'A' }, { false, 1, 2, 'N' }, { false, 1, 3, 'U' },
		{ false, 2, 0, 'B' }, { false, 3, 0, '&' }, { false, 4, 1, '?' },
	};
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);

	for (int v4 = 0; v4 < 2; v4++) {
		struct responder r = { .tun = tun, .wake = -1, .v4 = v4, .reply = true };

		CU_ASSERT_EQUAL(ping_with(&r, 20000), '!');
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct responder r = { tun, -1, rows[i].v4, false, false, false, rows[i].type, rows[i].code };
		int mark = ping_with(&r, 20000);

		CU_ASSERT_EQUAL(mark, rows[i].mark);
		if (mark != rows[i].mark)
			printf("%s type %u code %u: %c\n", r.v4 ? "ICMP" : "ICMPv6", r.type, r.code, mark);
	}
	close(tun);
	netif_free(n);
}

static void test_ping_validates(void)
{
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex);
	struct netif_ping p = ping_to(PEER4);
	struct responder r = { .tun = tun, .wake = -1, .v4 = true, .reply = true, .spoilt = true };
	struct heard heard = { 0 };
	pthread_t thread;
	unsigned rtt;

	p.validate = true;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, respond, &r), 0);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '?');
	pthread_join(thread, NULL);
	/* a group answers with many voices, none of them its own */
	r.spoilt = false;
	r.twice = true;
	p.group = true;
	p.timeout_ms = 300;
	p.on_reply = note_reply;
	p.ctx = &heard;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, respond, &r), 0);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '!');
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(heard.replies, 2);
	close(tun);
	netif_free(n);
}

/* --- traceroute ---- */

static void *respond_to_probe(void *ctx)
{
	struct responder *r = ctx;
	uint8_t wire[2048];
	size_t octets = next_packet(r->tun, wire, sizeof(wire), IPPROTO_UDP);

	CU_ASSERT_EQUAL(wire[r->v4 ? 8 : 7], 7); /* its life */
	icmp_error(r->tun, r->v4 ? OTHER4 : OTHER6, r->type, r->code, 0, wire, octets);
	return NULL;
}

static void test_trace(void)
{
	static const struct {
		bool v4;
		uint8_t type, code;
		char mark;
	} rows[] = {
		{ true, 11, 0, 't' }, { true, 3, 3, '!' },  { true, 3, 0, 'N' },  { true, 3, 1, 'H' },
		{ true, 3, 2, 'P' },  { true, 3, 13, 'A' }, { false, 3, 0, 't' }, { false, 1, 4, '!' },
		{ false, 1, 0, 'N' }, { false, 1, 1, 'A' }, { false, 1, 3, 'H' }, { true, 3, 10, 'A' },
	};
	struct netif *n = netns_fresh();
	static uint8_t wire[2048];
	int ifindex, tun = network(n, &ifindex), wake = eventfd(0, EFD_CLOEXEC);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct responder r = { tun, -1, .v4 = rows[i].v4, .type = rows[i].type, .code = rows[i].code };
		struct netif_trace t = {
			.dst = addr_of(rows[i].v4 ? PEER4 : PEER6), .ttl = 7, .port = 33434, .timeout_ms = 20000
		};
		struct ip_addr from = { 0 }, other = addr_of(rows[i].v4 ? OTHER4 : OTHER6);
		pthread_t thread;
		unsigned rtt = 0;

		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, respond_to_probe, &r), 0);
		CU_ASSERT_EQUAL(netif_trace(&t, -1, &from, &rtt), rows[i].mark);
		pthread_join(thread, NULL);
		CU_ASSERT_TRUE(ip_equal(&from, &other));
		CU_ASSERT_TRUE(rtt > 0);
		t.timeout_ms = 0;
		CU_ASSERT_EQUAL(netif_trace(&t, -1, &from, &rtt), '.');
		CU_ASSERT_TRUE(next_packet(tun, wire, sizeof(wire), IPPROTO_UDP) > 0);
		t.src = addr_of(rows[i].v4 ? "192.0.2.1" : "2001:db8:99::1");
		CU_ASSERT_EQUAL(netif_trace(&t, -1, &from, &rtt), -EADDRNOTAVAIL);
	}
	CU_ASSERT_EQUAL(eventfd_write(wake, 1), 0);
	struct netif_trace t = { .dst = addr_of(PEER4), .ttl = 1, .port = 33434, .timeout_ms = 20000 };
	struct ip_addr from;
	unsigned rtt;

	CU_ASSERT_EQUAL(netif_trace(&t, wake, &from, &rtt), 0);
	t.dst = addr_of("192.0.2.9");
	CU_ASSERT_EQUAL(netif_trace(&t, -1, &from, &rtt), -ENETUNREACH);
	close(wake);
	close(tun);
	netif_free(n);
}

static void test_ping_not_ours(void)
{
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex), wake = eventfd(0, EFD_CLOEXEC);

	/* From another address, for another process, of an earlier request, the own kernel's: the wake ends the wait. */
	for (int v4 = 0; v4 < 2; v4++) {
		struct responder r = { .tun = tun, .wake = wake, .v4 = v4, .reply = true, .wrong_first = true };
		eventfd_t value;

		CU_ASSERT_EQUAL(ping_with(&r, 20000), 0);
		CU_ASSERT_EQUAL(eventfd_read(wake, &value), 0);
		r = (struct responder){ tun, wake, .v4 = v4, .own = true, .type = v4 ? 3 : 1, .code = v4 ? 1 : 3 };
		CU_ASSERT_EQUAL(ping_with(&r, 20000), 0);
		CU_ASSERT_EQUAL(eventfd_read(wake, &value), 0);
	}
	close(wake);
	close(tun);
	netif_free(n);
}

static void test_ping_interrupted(void)
{
	struct netif *n = netns_fresh();
	int ifindex, tun = network(n, &ifindex), wake = eventfd(0, EFD_CLOEXEC);
	struct responder r = { .tun = tun, .wake = wake, .v4 = true };
	struct netif_ping p = ping_to(PEER4);
	unsigned rtt;

	CU_ASSERT_EQUAL(ping_with(&r, 20000), 0);
	/* It was not read, and so the next is interrupted before it waits. */
	CU_ASSERT_EQUAL(netif_ping(&p, wake, &rtt), 0);
	close(wake);
	close(tun);
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "IKE: both ways, with local addresses", test_ike_exchange },
	{ "IKE: port in use, no such source, no route", test_ike_errors },
	{ "IKE: many empty datagrams", test_ike_empty },
	{ "IKE: a socket for what bears a responder's cookie", test_ike_known },
	{ "IKE: large, oversized and empty datagrams", test_ike_large },
	{ "ping: own addresses", test_ping_self },
	{ "ping: no route, no source, too big", test_ping_cannot_send },
	{ "ping: what is sent, and silence", test_ping_on_the_wire },
	{ "ping: type of service, pattern, record route, extension headers", test_ping_options },
	{ "ping: replies and errors", test_ping_answers },
	{ "ping: data that changed, and a group", test_ping_validates },
	{ "traceroute: errors, silence, interrupted", test_trace },
	{ "ping: replies that are not ours", test_ping_not_ours },
	{ "ping: interrupted", test_ping_interrupted },
};
NETNS_MAIN("netif sockets", tests)
