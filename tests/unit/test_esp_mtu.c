/* Packets that are too large: what is cut where, what is answered, and whom the data plane believes about paths. */
#include "esp/errors.h"
#include "tests/unit/esp_lab.h"

#define PATH 1000 /* octets that the path takes: 942 of an inner packet with AES and SHA over IPv4 */
#define FITS 942

enum outcome { WHOLE, PIECES, ANSWER };

struct row {
	enum ipsec_df df;
	bool cut_after, inner_df;
	enum outcome outcome;
	bool outer_df; /* of what is sent; also of packets that fit */
};

static const struct row rows4[] = {
	{ IPSEC_DF_COPY, false, false, PIECES, false },    { IPSEC_DF_COPY, false, true, ANSWER, true },
	{ IPSEC_DF_SET, false, false, PIECES, true },      { IPSEC_DF_SET, false, true, ANSWER, true },
	{ IPSEC_DF_CLEAR, false, false, PIECES, false },   { IPSEC_DF_CLEAR, false, true, WHOLE, false },
	{ IPSEC_DF_COPY, true, false, WHOLE, false },      { IPSEC_DF_COPY, true, true, ANSWER, true },
	{ IPSEC_DF_SET, true, false, PIECES, true },       { IPSEC_DF_SET, true, true, ANSWER, true },
	{ IPSEC_DF_CLEAR, true, false, WHOLE, false },     { IPSEC_DF_CLEAR, true, true, WHOLE, false },
	{ IPSEC_DF_DEFAULT, false, false, PIECES, false }, { IPSEC_DF_DEFAULT, false, true, ANSWER, true },
};

/* The next ESP packet's size and flags. */
static size_t on_the_wire(struct lab *l, struct wire *head)
{
	uint8_t got[4096];
	size_t n = take(l->wire[1], got, sizeof(got));

	CU_ASSERT_TRUE_FATAL(n > sizeof(*head));
	memcpy(head, got, sizeof(*head));
	return n - sizeof(*head);
}

static void expect(struct lab *l, unsigned family, const struct row *r, size_t octets)
{
	uint8_t p[4096], got[2048];
	struct wire head;

	esp_unit_inner(family, octets, 0, r->inner_df, p);
	give(l->tun_a[1], p, octets);
	if (r->outcome == ANSWER) {
		CU_ASSERT_TRUE(tun_take(l->tun_a[1], got, sizeof(got)) >= 56);
		CU_ASSERT_EQUAL(got[family == 4 ? 20 : 40], family == 4 ? 3 : 2);
	} else if (r->outcome == PIECES) {
		for (size_t left = octets - 20; left;) {
			size_t room = (FITS - 20) / 8 * 8, n = left < room ? left : room;

			CU_ASSERT_EQUAL(on_the_wire(l, &head), 8 + 16 + (20 + n + 2 + 15) / 16 * 16 + 12);
			CU_ASSERT_EQUAL(head.df, r->outer_df);
			left -= n;
		}
	} else {
		CU_ASSERT_EQUAL(on_the_wire(l, &head), 8 + 16 + (octets + 2 + 15) / 16 * 16 + 12);
		CU_ASSERT_EQUAL(head.df, r->outer_df);
	}
	esp_unit_inner(family, 400, 0, r->inner_df, p);
	give(l->tun_a[1], p, 400);
	CU_ASSERT_EQUAL(on_the_wire(l, &head), 8 + 16 + 416 + 12);
	CU_ASSERT_EQUAL(head.df, family == 4 && r->outer_df);
}

static struct lab narrow_lab(unsigned family)
{
	struct lab l = lab_up(family);

	esp_free(l.b); /* the test reads the wire itself */
	l.b = NULL;
	return l;
}

static void configure(struct lab *l, unsigned family, const struct row *r, unsigned path, unsigned mtu)
{
	struct esp_tunnel t = tunnel(family, l->tun_a[0], "192.0.2.1", "192.0.2.2");

	t.path_mtu = path;
	t.mtu = mtu;
	t.df = r->df;
	t.cut_after = r->cut_after;
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l->a, &t), 0);
}

static void what_is_cut_where(void)
{
	struct lab l = narrow_lab(4);

	for (size_t i = 0; i < sizeof(rows4) / sizeof(rows4[0]); i++) {
		configure(&l, 4, &rows4[i], PATH, 0);
		expect(&l, 4, &rows4[i], FITS + 1);
		expect(&l, 4, &rows4[i], 2500);
	}
	lab_down(&l);
}

/* The bit is IPv4's: an IPv6 packet is answered, or the outer one is cut when that was asked for. */
static void ipv6_has_no_such_bit(void)
{
	static const struct row rows[] = {
		{ IPSEC_DF_COPY, false, false, ANSWER, true },
		{ IPSEC_DF_CLEAR, false, false, ANSWER, true },
		{ IPSEC_DF_SET, true, false, WHOLE, false },
		{ IPSEC_DF_COPY, true, false, WHOLE, false },
	};
	struct lab l = narrow_lab(6);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		configure(&l, 6, &rows[i], 1400, 0);
		expect(&l, 6, &rows[i], 1350);
	}
	lab_down(&l);
}

/* `ip mtu` is a limit in all modes. */
static void the_configured_mtu_is_never_exceeded(void)
{
	static const struct row after = { IPSEC_DF_CLEAR, true, false, PIECES, false },
				whole = { IPSEC_DF_CLEAR, true, true, ANSWER, false };
	struct lab l = narrow_lab(4);

	configure(&l, 4, &after, 5000, FITS);
	expect(&l, 4, &after, FITS + 1);
	expect(&l, 4, &whole, FITS + 1);
	lab_down(&l);
}

/* A full socket is waited for: there are more pieces than it holds. */
static int patient_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	struct pollfd room = { .fd = w->fd, .events = POLLOUT };

	poll(&room, 1, WAIT_MS);
	return wire_put(w->fd, p, count);
}

static const struct esp_io patient_io = {
	.fd = wire_fd, .full_fd = wire_fd, .recv = wire_recv, .left = wire_left, .send = patient_send
};

#define NARROW       200 /* 142 of an inner packet, so 120 of what a piece carries */
#define PIECE_OCTETS 120
#define MANY_OCTETS  40000

/* More pieces than a batch holds: the arena is used again before the last is cut. */
static void a_packet_of_many_pieces(void)
{
	static uint8_t all[sizeof(struct virtio_net_hdr) + MANY_OCTETS];
	uint8_t *packet = all + sizeof(struct virtio_net_hdr), got[512];
	struct lab l = narrow_lab(4);
	struct esp_config c = { .workers = 1, .multi = true };
	struct esp_tunnel t = tunnel(4, l.tun_a[0], "192.0.2.1", "192.0.2.2");
	struct esp_unit_lib lib = esp_unit_lib();
	struct sa *sa = esp_unit_sa(&lib, aes_sha, true);
	unsigned wrong = 0;

	esp_free(l.a);
	c.esp[0][0] = lab_socket(&l.sockets[0][0], l.wire[0]);
	l.a = esp_new_io(&patient_io, &c);
	CU_ASSERT_TRUE_FATAL(l.a && sa);
	t.path_mtu = NARROW;
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
	add_sa(l.a, false, 0x1001, "192.0.2.1", "192.0.2.2");
	esp_unit_inner(4, MANY_OCTETS, 0, false, packet);
	CU_ASSERT_EQUAL_FATAL(write(l.tun_a[1], all, sizeof(all)), (ssize_t)sizeof(all));
	for (size_t at = IP4_HEADER_OCTETS; at < MANY_OCTETS; at += PIECE_OCTETS) {
		size_t octets = take(l.wire[1], got, sizeof(got)) - sizeof(struct wire), left = MANY_OCTETS - at;
		struct esp_packet p = { .room = got,
					.end = got + sizeof(got),
					.data = got + sizeof(struct wire),
					.octets = octets,
					.sa = sa,
					.family = 4 };

		esp_decap(lib.engine, &p, 1);
		left = left < PIECE_OCTETS ? left : PIECE_OCTETS;
		wrong += p.verdict || p.octets != IP4_HEADER_OCTETS + left ||
			 memcmp(p.data + 12, packet + 12, 8) != 0 ||
			 memcmp(p.data + IP4_HEADER_OCTETS, packet + at, left) != 0 ||
			 inner_checksum(0, p.data, IP4_HEADER_OCTETS) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	sa_free(sa);
	esp_unit_lib_free(&lib);
	lab_down(&l);
}

static void tos_and_flow_label_are_copied(void)
{
	struct lab l = narrow_lab(6);
	struct wire head;
	uint8_t p[100];

	for (unsigned ecn = 0; ecn < 4; ecn++) { /* RFC 6040 4.1: the normal mode */
		esp_unit_inner(6, sizeof(p), (uint8_t)(0xb8 | ecn), false, p);
		p[1] |= 0x0a;
		p[2] = 0xbc;
		p[3] = (uint8_t)ecn;
		give(l.tun_a[1], p, sizeof(p));
		on_the_wire(&l, &head);
		CU_ASSERT_EQUAL(head.tos, 0xb8 | ecn);
		CU_ASSERT_EQUAL(head.flow, 0xabc00 + ecn);
	}
	lab_down(&l);
}

/* --- ICMP errors ---- */

static struct {
	struct netif_esp_error waiting[4];
	unsigned count;
} icmp;

static unsigned canned_errors(struct netif_wire *w, struct netif_esp_error *e, unsigned count, bool *more)
{
	unsigned n = icmp.count < count ? icmp.count : count;

	(void)w;
	memcpy(e, icmp.waiting, n * sizeof(*e));
	icmp.count = 0;
	*more = false;
	return n;
}

static struct netif_esp_error quoting(const char *dst, uint16_t port, uint32_t spi, uint32_t sequence)
{
	struct netif_esp_error e = { .dst = address(dst), .port = port, .mtu = 1300, .quoted_octets = 8 };
	struct wr w = wr_of(e.quoted, sizeof(e.quoted));

	wr_u32(&w, spi);
	wr_u32(&w, sequence);
	return e;
}

/* Three outbound SAs: native, in UDP, and native to another peer that chose the same SPI. */
struct three {
	struct esp_unit_lib lib;
	struct sa *native, *udp, *other;
	struct table table;
};

static struct three three_sas(void)
{
	struct three s = { .lib = esp_unit_lib() };
	struct esp_sa p = esp_unit_params((struct esp_unit_suite){ ESP_CIPHER_AES, 128, ESP_AUTH_SHA }, false, 0x5001);

	CU_ASSERT_EQUAL_FATAL(sa_new(s.lib.engines, &p, &s.native), 0);
	p.dst = address("192.0.2.3");
	CU_ASSERT_EQUAL_FATAL(sa_new(s.lib.engines, &p, &s.other), 0);
	p.spi = 0x5002;
	p.local_port = 4500;
	p.remote_port = 1024;
	CU_ASSERT_EQUAL_FATAL(sa_new(s.lib.engines, &p, &s.udp), 0);
	s.native->run.sequence = s.other->run.sequence = s.udp->run.sequence = 100000;
	CU_ASSERT_TRUE_FATAL(table_reserve(&s.table, 1, 1, 3, 0));
	table_add_sa(&s.table, s.native, NULL);
	table_add_sa(&s.table, s.other, NULL);
	table_add_sa(&s.table, s.udp, NULL);
	return s;
}

static void free_three(struct three *s)
{
	table_release(&s->table);
	sa_free(s->native);
	sa_free(s->other);
	sa_free(s->udp);
	esp_unit_lib_free(&s->lib);
}

static const struct sa *believed(const struct three *s, const struct netif_esp_error *e, bool udp)
{
	const struct table_sa *row = errors_match(&s->table, e, udp);

	return row ? row->sa : NULL;
}

static void only_what_quotes_an_sa_is_believed(void)
{
	struct three s = three_sas();
	struct netif_esp_error e = quoting("192.0.2.2", 0, 0x5001, 100000);

	CU_ASSERT_PTR_EQUAL(believed(&s, &e, false), s.native);
	CU_ASSERT_PTR_NULL(believed(&s, &e, true)); /* as if in UDP */
	e.quoted_octets = 7;
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e.quoted_octets = 0;
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e = quoting("192.0.2.3", 0, 0x5001, 34465);
	CU_ASSERT_PTR_EQUAL(believed(&s, &e, false), s.other);
	e = quoting("192.0.2.3", 0, 0x5001, 34464); /* too long ago */
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e = quoting("192.0.2.3", 0, 0x5001, 100001); /* not sent yet */
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e = quoting("192.0.2.4", 0, 0x5001, 100000);
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e = quoting("192.0.2.2", 0, 0x5003, 100000);
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e = quoting("192.0.2.3", 1024, 0x5002, 100000);
	CU_ASSERT_PTR_EQUAL(believed(&s, &e, true), s.udp);
	CU_ASSERT_PTR_NULL(believed(&s, &e, false));
	e.port = 1025;
	CU_ASSERT_PTR_NULL(believed(&s, &e, true));
	free_three(&s);
}

static void the_path_mtu_is_told_once_a_second(void)
{
	static const struct esp_io io = { .errors = canned_errors };
	struct plane *plane = aligned_alloc(CACHE_LINE, (sizeof(*plane) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	struct worker *w = calloc(1, sizeof(*w));
	struct netif_wire wire = { -1, NULL };
	struct three s = three_sas();
	struct esp_event events[4];

	memset(plane, 0, sizeof(*plane));
	plane->io = &io;
	plane->config.esp[0][0] = &wire;
	CU_ASSERT_EQUAL_FATAL(events_init(&plane->events), 0);
	w->plane = plane;
	w->now_ms = 5000;
	for (int round = 0; round < 3; round++) {
		icmp.waiting[0] = quoting("192.0.2.9", 0, 0x5001, 100000);
		icmp.waiting[1] = quoting("192.0.2.2", 0, 0x5001, 99999);
		icmp.waiting[2] = quoting("192.0.2.2", 0, 0x5001, 100000);
		icmp.waiting[3] = quoting("192.0.2.3", 0, 0x5001, 100000);
		icmp.count = 4;
		errors_turn(w, &s.table, 4, false);
		CU_ASSERT_EQUAL_FATAL(events_pop(&plane->events, events, 4), round == 1 ? 0 : 2);
		if (round == 1)
			w->now_ms += 1000;
	}
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_PATH_MTU);
	CU_ASSERT_EQUAL(events[0].spi, 0x5001);
	CU_ASSERT_EQUAL(events[0].mtu, 1300);
	CU_ASSERT_TRUE(ip_equal(&events[1].dst, &(struct ip_addr){ 4, { 192, 0, 2, 3 } }));
	events_destroy(&plane->events);
	free_three(&s);
	free(w);
	free(plane);
}

static const struct unit_test tests[] = {
	{ "what is cut where", what_is_cut_where },
	{ "IPv6 has no such bit", ipv6_has_no_such_bit },
	{ "the configured MTU is never exceeded", the_configured_mtu_is_never_exceeded },
	{ "a packet of many pieces", a_packet_of_many_pieces },
	{ "TOS and flow label are copied", tos_and_flow_label_are_copied },
	{ "only what quotes an SA is believed", only_what_quotes_an_sa_is_believed },
	{ "the path MTU is told once a second", the_path_mtu_is_told_once_a_second },
};

UNIT_MAIN("esp mtu", tests)
