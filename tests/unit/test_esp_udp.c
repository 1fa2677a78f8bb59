/* ESP in UDP (RFC 3948): what is ESP, what is IKE, and peers that a NAT moves. */
#include "tests/unit/esp_lab.h"

#define PEER_PORT 1024

static const struct esp_unit_suite aes_alone = { ESP_CIPHER_AES, 128, ESP_AUTH_NONE };

static void add_udp_sa(struct esp *e, struct esp_unit_suite suite, bool inbound, uint32_t spi, const char *src,
		       const char *dst, uint16_t peer_port)
{
	struct esp_sa sa = esp_unit_params(suite, inbound, spi);

	sa.src = address(src);
	sa.dst = address(dst);
	sa.local_port = ESP_UDP_PORT;
	sa.remote_port = peer_port;
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(e, &sa), 0);
}

/* a is at 192.0.2.1 port 1024 for b; b at 192.0.2.2 port 4500 for a. Outbound SAs in UDP are the newer. */
static struct lab udp_lab(struct esp_unit_suite suite)
{
	struct lab l = lab_up(6);

	add_udp_sa(l.b, suite, true, 0x1002, "192.0.2.1", "192.0.2.2", PEER_PORT);
	add_udp_sa(l.a, suite, false, 0x1002, "192.0.2.1", "192.0.2.2", ESP_UDP_PORT);
	add_udp_sa(l.a, suite, true, 0x2002, "192.0.2.2", "192.0.2.1", ESP_UDP_PORT);
	add_udp_sa(l.b, suite, false, 0x2002, "192.0.2.2", "192.0.2.1", PEER_PORT);
	return l;
}

static void put_from(int fd, const char *src, uint16_t port, const void *octets, size_t count)
{
	struct netif_esp_packet p = { .src = address(src), .dst = address("192.0.2.2"), .port = port, .octets = count };
	static uint8_t copy[ESP_INNER_MAX];

	memcpy(copy, octets, count);
	p.data = copy;
	CU_ASSERT_EQUAL_FATAL(wire_put(fd, &p, 1), 1);
}

struct sealed {
	uint8_t octets[512];
	size_t count;
};

/* What a sends for the next inner packet, taken off the wire before b sees it. b must not be there. */
static struct sealed seal_one(struct lab *l)
{
	struct sealed s = { { 0 }, 0 };
	uint8_t inner[100], got[512];
	size_t n;

	esp_unit_inner(6, sizeof(inner), 0, false, inner);
	give(l->tun_a[1], inner, sizeof(inner));
	n = take(l->udp[1], got, sizeof(got));
	CU_ASSERT_TRUE_FATAL(n > sizeof(struct wire));
	s.count = n - sizeof(struct wire);
	memcpy(s.octets, got + sizeof(struct wire), s.count);
	return s;
}

/* b anew, with one pair in UDP and nothing seen yet. */
static void restart_b(struct lab *l, struct esp_unit_suite suite)
{
	struct esp_tunnel t = tunnel(6, l->tun_b[0], "192.0.2.2", "192.0.2.1");

	l->b = lab_plane(l, 1);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l->b, &t), 0);
	add_udp_sa(l->b, suite, true, 0x1002, "192.0.2.1", "192.0.2.2", PEER_PORT);
	add_udp_sa(l->b, suite, false, 0x2002, "192.0.2.2", "192.0.2.1", PEER_PORT);
}

static void arrives(int tun)
{
	uint8_t got[512];

	CU_ASSERT_EQUAL(tun_take(tun, got, sizeof(got)), 100);
}

/* As a sends it, b would see it come from port 4500 of a: the lab's wire is no NAT. */
static void packets_leave_in_udp(void)
{
	struct lab l = udp_lab(aes_sha);
	uint8_t inner[100], got[512];
	struct wire head;

	esp_unit_inner(6, sizeof(inner), 0x2e, false, inner);
	esp_free(l.b);
	l.b = NULL;
	give(l.tun_a[1], inner, sizeof(inner));
	CU_ASSERT_EQUAL(take(l.udp[1], got, sizeof(got)), sizeof(head) + 8 + 16 + 112 + 12);
	memcpy(&head, got, sizeof(head));
	CU_ASSERT_EQUAL(head.port, ESP_UDP_PORT);
	CU_ASSERT_EQUAL(head.tos, 0x2e);
	CU_ASSERT_EQUAL(memcmp(got + sizeof(head), "\0\0\x10\x02\0\0\0\x01", 8), 0);
	lab_down(&l);
}

static void udp_takes_eight_octets_of_the_mtu(void)
{
	struct lab l = udp_lab(aes_sha);
	uint8_t p[1500], got[2048];
	struct esp_event event;

	esp_unit_inner(6, 1423, 0, false, p);
	give(l.tun_a[1], p, 1423);
	tun_take(l.tun_a[1], got, sizeof(got));
	CU_ASSERT_EQUAL(got[46] << 8 | got[47], 1422);
	/* the faked path takes less than the link */
	esp_unit_inner(6, 1400, 0, false, p);
	give(l.tun_a[1], p, 1400);
	CU_ASSERT_TRUE(readable(esp_event_fd(l.a)));
	CU_ASSERT_EQUAL_FATAL(esp_events(l.a, &event, 1), 1);
	CU_ASSERT_EQUAL(event.kind, ESP_EVENT_PATH_MTU);
	CU_ASSERT_EQUAL(event.mtu, 20 + 8 + 8 + 16 + 1408 + 12 - 1);
	lab_down(&l);
}

/* A genuine packet that came the way its SA does not go. */
static void encapsulations_do_not_mix(void)
{
	struct lab l = udp_lab(aes_sha);
	struct esp_counters c, out;
	struct sealed s;

	esp_free(l.b);
	s = seal_one(&l);
	restart_b(&l, aes_sha);
	put_from(l.wire[0], "192.0.2.1", 0, s.octets, s.count); /* an SA in UDP, by the raw socket */
	add_sa(l.b, true, 0x1001, "192.0.2.1", "192.0.2.2");
	esp_sa_remove(l.a, 1, false, 0x1002);
	cross(l.tun_a[1], l.tun_b[1], 6, 100); /* the other one is native; the packet before is dealt with */
	memcpy(s.octets, "\0\0\x10\x01", 4);
	put_from(l.udp[0], "192.0.2.1", 0, s.octets, s.count);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s.octets, s.count);
	memcpy(s.octets, "\0\0\x10\x02", 4);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s.octets, s.count);
	arrives(l.tun_b[1]);
	esp_tunnel_counters(l.b, 1, &c, &out);
	CU_ASSERT_EQUAL(c.drops[ESP_DROP_ENCAPSULATION], 3);
	CU_ASSERT_EQUAL(c.packets, 2);
	lab_down(&l);
}

/* That the SA took its first packet is all there is to say. */
static void only_proven(struct esp *esp)
{
	struct esp_event e[2];

	CU_ASSERT_EQUAL_FATAL(esp_events(esp, e, 2), 1);
	CU_ASSERT_EQUAL(e[0].kind, ESP_EVENT_PROVEN);
}

static void next_moved(struct lab *l, const char *src, uint16_t port)
{
	struct ip_addr from = address(src);
	struct esp_event e = { 0 };

	CU_ASSERT_TRUE(readable(esp_event_fd(l->b)));
	CU_ASSERT_EQUAL_FATAL(esp_events(l->b, &e, 1), 1);
	CU_ASSERT_EQUAL(e.kind, ESP_EVENT_MOVED);
	CU_ASSERT_EQUAL(e.tunnel, 1);
	CU_ASSERT_EQUAL(e.spi, 0x1002);
	CU_ASSERT_TRUE(ip_equal(&e.src, &from));
	CU_ASSERT_EQUAL(e.src_port, port);
	CU_ASSERT_EQUAL(e.dst_port, ESP_UDP_PORT);
}

static void a_genuine_packet_tells_where_the_peer_is(void)
{
	struct lab l = udp_lab(aes_sha);
	struct ip_addr moved = address("203.0.113.7");
	struct esp_counters c, out;
	struct sealed s[7], forged;
	struct esp_event e;
	struct wire head;
	uint8_t p[512];

	esp_free(l.b);
	for (int i = 0; i < 7; i++)
		s[i] = seal_one(&l);
	restart_b(&l, aes_sha);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s[0].octets, s[0].count);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s[2].octets, s[2].count);
	put_from(l.udp[0], "198.51.100.1", 7, s[1].octets, s[1].count); /* late: it tells nothing of now */
	for (int i = 0; i < 3; i++)
		arrives(l.tun_b[1]);
	only_proven(l.b);

	/* neither what is forged nor what was seen before; only its own event comes of it */
	forged = s[3];
	forged.octets[40] ^= 1;
	put_from(l.udp[0], "198.51.100.1", 7, forged.octets, forged.count);
	put_from(l.udp[0], "198.51.100.1", 7, s[0].octets, s[0].count);
	put_from(l.udp[0], "203.0.113.7", 40000, s[4].octets, s[4].count);
	arrives(l.tun_b[1]);
	CU_ASSERT_EQUAL(esp_events(l.b, &e, 1), 1);
	CU_ASSERT_EQUAL(e.kind, ESP_EVENT_ICV);
	CU_ASSERT_EQUAL(esp_events(l.b, &e, 1), 1);
	CU_ASSERT_EQUAL(e.kind, ESP_EVENT_REPLAY);
	next_moved(&l, "203.0.113.7", 40000);

	/* until control says so, nothing is changed: what is sent goes where the peer was */
	esp_unit_inner(6, 100, 0, false, p);
	give(l.tun_b[1], p, 100);
	arrives(l.tun_a[1]);
	CU_ASSERT_TRUE(esp_sa_move(l.b, 1, true, 0x1002, &moved, 40000));
	CU_ASSERT_TRUE(esp_sa_move(l.b, 1, false, 0x2002, &moved, 40000));

	/* one that is still on its way from where the peer was; the next ones from its new place */
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s[3].octets, s[3].count);
	arrives(l.tun_b[1]);
	put_from(l.udp[0], "203.0.113.7", 40000, s[5].octets, s[5].count);
	arrives(l.tun_b[1]);
	put_from(l.udp[0], "203.0.113.7", 40000, s[5].octets, s[5].count); /* the window is what it was */
	put_from(l.udp[0], "203.0.113.7", 40000, s[6].octets, s[6].count);
	arrives(l.tun_b[1]);
	CU_ASSERT_EQUAL(esp_events(l.b, &e, 1), 1);
	CU_ASSERT_EQUAL(e.kind, ESP_EVENT_REPLAY);
	CU_ASSERT_EQUAL(esp_events(l.b, &e, 1), 0);
	esp_sa_counters(l.b, 1, true, 0x1002, &c);
	CU_ASSERT_EQUAL(c.packets, 7);
	CU_ASSERT_EQUAL(c.sequence, 7);

	esp_free(l.a);
	l.a = NULL;
	give(l.tun_b[1], p, 100);
	take(l.udp[0], p, sizeof(p));
	memcpy(&head, p, sizeof(head));
	CU_ASSERT_TRUE(ip_equal(&head.dst, &moved));
	CU_ASSERT_EQUAL(head.port, 40000);
	CU_ASSERT_EQUAL(memcmp(p + sizeof(head), "\0\0\x20\x02\0\0\0\x02", 8), 0);
	esp_tunnel_counters(l.b, 1, &c, &out);
	CU_ASSERT_EQUAL(out.packets, 2);
	lab_down(&l);
}

/* Every packet comes from another port: one event, until a second is over. */
static void moves_are_told_once_a_second(void)
{
	struct lab l = udp_lab(aes_sha);
	struct esp_event events[64];
	struct sealed s[40];
	size_t n;

	esp_free(l.b);
	for (int i = 0; i < 40; i++)
		s[i] = seal_one(&l);
	restart_b(&l, aes_sha);
	for (int i = 0; i < 40; i++)
		put_from(l.udp[0], "203.0.113.7", (uint16_t)(2000 + i), s[i].octets, s[i].count);
	for (int i = 0; i < 40; i++)
		arrives(l.tun_b[1]);
	n = esp_events(l.b, events, 64);
	CU_ASSERT_TRUE(n >= 1 && n < 10); /* more than one only when this took more than a second */
	lab_down(&l);
}

/* Nothing shows that a packet is genuine: the peer is where it was. */
static void without_an_icv_nobody_moves(void)
{
	struct lab l = udp_lab(aes_alone);
	struct esp_counters c, out;
	struct sealed s[3];

	esp_free(l.b);
	for (int i = 0; i < 3; i++)
		s[i] = seal_one(&l);
	restart_b(&l, aes_alone);
	put_from(l.udp[0], "203.0.113.7", PEER_PORT, s[0].octets, s[0].count);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT + 1, s[1].octets, s[1].count);
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s[2].octets, s[2].count);
	arrives(l.tun_b[1]);
	esp_tunnel_counters(l.b, 1, &c, &out);
	CU_ASSERT_EQUAL(c.drops[ESP_DROP_ADDRESS], 2);
	only_proven(l.b);
	lab_down(&l);
}

static void what_cannot_move_does_not(void)
{
	struct lab l = udp_lab(aes_sha);
	struct ip_addr v4 = address("203.0.113.7"), v6 = address("2001:db8::7");
	struct esp_sa sa = esp_unit_params(aes_sha, true, 0x3000);

	CU_ASSERT_FALSE(esp_sa_move(l.b, 1, true, 0x1001, &v4, 4500)); /* native */
	CU_ASSERT_FALSE(esp_sa_move(l.b, 1, true, 0x1002, &v6, 4500));
	CU_ASSERT_FALSE(esp_sa_move(l.b, 1, true, 0x1002, &v4, 0));
	CU_ASSERT_FALSE(esp_sa_move(l.b, 1, true, 0x9999, &v4, 4500));
	CU_ASSERT_FALSE(esp_sa_move(l.b, 2, true, 0x1002, &v4, 4500));
	sa.local_port = ESP_UDP_PORT;
	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), -EINVAL);
	sa.local_port = 500;
	sa.remote_port = 500;
	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), -EINVAL);
	lab_down(&l);
}

static void ike_and_keepalives_share_the_port(void)
{
	static const uint8_t ike[] = "\0\0\0\0the cookies", keepalive[] = { 0xff }, two[] = { 0xff, 0xff }, zero[4];
	struct lab l = udp_lab(aes_sha);
	struct netif_ike_packet info = { .local = address("192.0.2.2"),
					 .remote = address("203.0.113.9"),
					 .local_port = ESP_UDP_PORT,
					 .remote_port = 777 };
	uint8_t got[512];
	struct esp_event e;
	struct wire head;

	put_from(l.udp[0], "203.0.113.9", 777, keepalive, 1);
	put_from(l.udp[0], "203.0.113.9", 777, two, 2);
	put_from(l.udp[0], "203.0.113.9", 777, zero, 3);
	put_from(l.udp[0], "203.0.113.9", 777, zero, 4); /* a marker and nothing else */
	put_from(l.udp[0], "203.0.113.9", 777, ike, sizeof(ike));
	CU_ASSERT_TRUE(readable(esp_ike_fd(l.b, ESP_IKE_KNOWN)));
	/* control is not even woken for the others */
	CU_ASSERT_EQUAL(recv(esp_ike_fd(l.b, ESP_IKE_KNOWN), got, sizeof(got), MSG_PEEK),
			(ssize_t)(sizeof(info) + sizeof(ike) - 4));
	for (size_t n = 0; !n;)
		n = esp_ike_recv(l.b, ESP_IKE_KNOWN, got, sizeof(got), &info);
	CU_ASSERT_EQUAL(memcmp(got, ike + 4, sizeof(ike) - 4), 0);
	CU_ASSERT_TRUE(ip_equal(&info.remote, &(struct ip_addr){ 4, { 203, 0, 113, 9 } }));
	CU_ASSERT_TRUE(ip_equal(&info.local, &(struct ip_addr){ 4, { 192, 0, 2, 2 } }));
	CU_ASSERT_EQUAL(info.remote_port, 777);
	CU_ASSERT_EQUAL(info.local_port, ESP_UDP_PORT);
	CU_ASSERT_EQUAL(esp_ike_recv(l.b, ESP_IKE_KNOWN, got, sizeof(got), &info), 0);
	CU_ASSERT_EQUAL(esp_events(l.b, &e, 1), 0);

	esp_free(l.a);
	l.a = NULL;
	CU_ASSERT_TRUE(esp_ike_send(l.b, "the cookies", 12, &info));
	CU_ASSERT_EQUAL(take(l.udp[0], got, sizeof(got)), sizeof(head) + sizeof(ike));
	CU_ASSERT_EQUAL(memcmp(got + sizeof(head), ike, sizeof(ike)), 0);
	memcpy(&head, got, sizeof(head));
	CU_ASSERT_EQUAL(head.port, 777);
	CU_ASSERT_EQUAL(head.tos, 0xc0);
	CU_ASSERT_FALSE(head.df);
	CU_ASSERT_TRUE(ip_equal(&head.src, &info.local));
	CU_ASSERT_TRUE(esp_keepalive_send(l.b, &info));
	CU_ASSERT_EQUAL(take(l.udp[0], got, sizeof(got)), sizeof(head) + 1);
	CU_ASSERT_EQUAL(got[sizeof(head)], 0xff);
	/* what was given before the end still goes */
	CU_ASSERT_TRUE(esp_ike_send(l.b, "bye", 4, &info));
	esp_free(l.b);
	l.b = NULL;
	CU_ASSERT_EQUAL(take(l.udp[0], got, sizeof(got)), sizeof(head) + 8);
	lab_down(&l);
}

/* Control does not read: what does not fit is lost, and ESP goes on. */
static void a_flood_of_ike_is_bounded(void)
{
	static uint8_t large[ESP_IKE_OCTETS_MAX + 4 + 1];
	static uint8_t got[ESP_IKE_OCTETS_MAX];
	struct lab l = udp_lab(aes_sha);
	struct netif_ike_packet info;
	unsigned waiting = 0;
	struct sealed s;

	esp_free(l.b);
	s = seal_one(&l);
	restart_b(&l, aes_sha);
	put_from(l.udp[0], "203.0.113.9", 777, large, sizeof(large));
	for (int i = 0; i < 5000; i++) {
		struct pollfd p = { .fd = l.udp[0], .events = POLLOUT };

		CU_ASSERT_EQUAL_FATAL(poll(&p, 1, WAIT_MS), 1);
		put_from(l.udp[0], "203.0.113.9", 777, large, 4 + 200);
	}
	/* what belongs to an SA finds room all the same */
	for (size_t at = 8; at < 16; at++) {
		uint8_t known[4 + 28] = { [4] = 1 };

		known[4 + at] = 0x80;
		put_from(l.udp[0], "203.0.113.9", 777, known, sizeof(known));
	}
	put_from(l.udp[0], "192.0.2.1", PEER_PORT, s.octets, s.count);
	arrives(l.tun_b[1]);
	for (unsigned n = 0; n < 8; n++)
		CU_ASSERT_EQUAL(esp_ike_recv(l.b, ESP_IKE_KNOWN, got, sizeof(got), &info), 28);
	CU_ASSERT_EQUAL(esp_ike_recv(l.b, ESP_IKE_KNOWN, got, sizeof(got), &info), 0);
	while (esp_ike_recv(l.b, ESP_IKE_FIRST, got, sizeof(got), &info) == 200)
		waiting++;
	CU_ASSERT_TRUE(waiting > 10 && waiting < 5000);
	lab_down(&l);
}

static const struct unit_test tests[] = {
	{ "packets leave in UDP", packets_leave_in_udp },
	{ "UDP takes eight octets of the MTU", udp_takes_eight_octets_of_the_mtu },
	{ "encapsulations do not mix", encapsulations_do_not_mix },
	{ "a genuine packet tells where the peer is", a_genuine_packet_tells_where_the_peer_is },
	{ "moves are told once a second", moves_are_told_once_a_second },
	{ "without an ICV nobody moves", without_an_icv_nobody_moves },
	{ "what cannot move does not", what_cannot_move_does_not },
	{ "IKE and keepalives share the port", ike_and_keepalives_share_the_port },
	{ "a flood of IKE is bounded", a_flood_of_ike_is_bounded },
};

UNIT_MAIN("esp in UDP", tests)
