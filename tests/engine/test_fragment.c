/* IKE fragmentation between two engines: agreed upon, cut where the path is narrow, lost, reordered, forged. */
#include "ike/frag.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define NARROW 300u

static void setup(struct pair_setup s[2], unsigned family, unsigned mtu)
{
	for (int i = 0; i < 2; i++) {
		pair_setup(&s[i], i, family);
		s[i].fragmentation = true;
		s[i].idents[0].path_mtu = mtu;
		s[i].policies[0].group = 16; /* KE of 512 octets */
	}
}

struct count {
	unsigned pieces, longest, whole, lose;
	uint8_t cookies[2 * ISAKMP_COOKIE_OCTETS]; /* of the last message */
};

static bool counts(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct count *c = p->filter_ctx;
	const bool piece = data[16] == PAYLOAD_FRAGMENT;

	(void)from, (void)number;
	if (*octets > c->longest)
		c->longest = (unsigned)*octets;
	c->whole += !piece;
	memcpy(c->cookies, data, sizeof(c->cookies));
	c->pieces += piece;
	return !piece || !c->lose || c->pieces != c->lose;
}

static struct pair *begin(struct pair_setup s[2], struct count *c)
{
	struct pair *p = pair_new(61);

	p->filter = counts;
	p->filter_ctx = c;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	return p;
}

static void sa_copy(void *ctx, const struct ike_sa_info *sa)
{
	*(struct ike_sa_info *)ctx = *sa;
}

static bool fragments(struct pair *p, int side)
{
	struct ike_sa_info info = { 0 };

	ike_each_sa(p->side[side].ike, sa_copy, &info);
	return info.fragmentation;
}

static void narrow_path(void)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		const unsigned headers = family == 6 ? 48 : 28;
		struct pair_setup s[2];
		struct count c = { 0 };
		struct pair *p;

		setup(s, family, NARROW);
		p = begin(s, &c);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(fragments(p, 0) && fragments(p, 1));
		CU_ASSERT_TRUE(c.pieces >= 6);
		CU_ASSERT_TRUE(c.longest <= NARROW - headers);
		for (int i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(pair_said(p, i, "ISAKMP:(0): processing IKE frag vendor id payload"), 2);
			CU_ASSERT_EQUAL(pair_mentioned(p, i, "Support for IKE Fragmentation not enabled"), 0);
			CU_ASSERT_EQUAL(pair_mentioned(p, i, "IKMP_BAD_MESSAGE"), 0);
		}
		pair_free(p);
	}
}

/* AG2 is long, and who takes it has not read yet that the peer does fragmentation. */
static void answer_in_pieces(void)
{
	struct pair_setup s[2];
	struct count c = { 0 };
	struct pair *p;

	setup(s, 4, NARROW);
	s[1].aggressive = ISAKMP_AGGRESSIVE_ON;
	s[0].peers[0] = (struct isakmp_peer){ .address = s[0].idents[0].remote,
					      .password = "cisco",
					      .endpoint = ISAKMP_ENDPOINT_ADDRESS,
					      .endpoint_address = s[0].idents[0].local };
	s[0].peer_count = 1;
	p = begin(s, &c);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Aggressive Mode exchange"), 1);
	CU_ASSERT_TRUE(c.pieces >= 3);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "Support for IKE Fragmentation not enabled"), 0);
	pair_free(p);
}

/* Not where the path is wide, not where one side does not do it. */
static void only_when_both(void)
{
	for (int off = -1; off < 2; off++) {
		struct pair_setup s[2];
		struct count c = { 0 };
		struct pair *p;

		setup(s, 4, off < 0 ? 1500 : NARROW);
		if (off >= 0)
			s[off].fragmentation = false;
		p = begin(s, &c);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(c.pieces, 0);
		CU_ASSERT_EQUAL(fragments(p, 0), off < 0);
		CU_ASSERT_EQUAL(fragments(p, 1), off < 0);
		if (off == 1)
			CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Support for IKE Fragmentation not enabled"), 2);
		if (off == 0)
			CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKE frag vendor id"), 0);
		pair_free(p);
	}
}

static void behind_nats(void)
{
	struct pair_setup s[2];
	struct count c = { 0 };
	struct pair *p = pair_new(61);

	setup(s, 4, NARROW);
	pair_nat(p, s, 0, "192.0.2.2", 1000, false);
	pair_nat(p, s, 1, "192.0.2.3", 0, true);
	p->filter = counts;
	p->filter_ctx = &c;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE(c.pieces >= 6);
	CU_ASSERT_TRUE(c.longest <= NARROW - 28);
	pair_free(p);
}

static void lost_reordered_twice(void)
{
	for (unsigned lose = 0; lose < 9; lose++) {
		struct pair_setup s[2];
		struct count c = { .lose = lose };
		struct pair *p;

		setup(s, 4, NARROW);
		p = begin(s, &c);
		p->reorder = lose % 2;
		p->duplicate = lose % 3;
		pair_run(p, 25000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode exchange"), 1);
		pair_free(p);
	}
}

/* --- forged ------------------------------------------------------------------------------------------------------ */

static size_t piece(const struct pair *p, unsigned id, unsigned number, unsigned flags, const void *data, size_t octets,
		    uint8_t *out)
{
	const struct count *c = p->filter_ctx;
	struct rd r = rd_of(c->cookies, sizeof(c->cookies));
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN };
	struct isakmp_wr m;

	rd_copy(&r, h.icookie, sizeof(h.icookie));
	rd_copy(&r, h.rcookie, sizeof(h.rcookie));
	isakmp_open(&m, out, PAIR_DATAGRAM, &h);
	wr_payload_open(&m, PAYLOAD_FRAGMENT);
	wr_u16(&m.w, (uint16_t)id);
	wr_u8(&m.w, (uint8_t)number);
	wr_u8(&m.w, (uint8_t)flags);
	wr_bytes(&m.w, data, octets);
	wr_payload_close(&m);
	return isakmp_close(&m, 0);
}

static void inject(struct pair *p, int to, unsigned id, unsigned number, unsigned flags, const void *data,
		   size_t octets)
{
	static uint8_t m[PAIR_DATAGRAM];

	pair_inject(p, to, m, piece(p, id, number, flags, data, octets, m));
}

/* A tunnel that is up takes pieces of nonsense, pieces within pieces, and floods of them, and stays as it is. */
static void forged(void)
{
	static uint8_t nested[PAIR_DATAGRAM];
	struct pair_setup s[2];
	struct count c = { 0 };
	struct pair *p;
	unsigned sent;
	size_t octets;

	setup(s, 4, NARROW);
	p = begin(s, &c);
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	sent = p->sent;
	for (unsigned id = 0; id < 500; id++)
		inject(p, (int)(id % 2), id, 1 + id % 70, 0, "nonsense", 8);
	inject(p, 1, 1000, 1, 1, "no message at all", 17);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): malformed payload"), 1);
	octets = piece(p, 1001, 1, 0, "inner", 5, nested);
	inject(p, 1, 1002, 1, 1, nested, octets);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): malformed payload"), 2);
	/* cookies of nobody within */
	nested[0] ^= 1;
	nested[16] = PAYLOAD_HASH;
	inject(p, 1, 1003, 1, 1, nested, octets);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): malformed payload"), 3);
	pair_run(p, 10000);
	CU_ASSERT_EQUAL(p->sent, sent);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* Behind the first piece that it sees it slips in a second one of its own. */
static bool poisons(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	static uint8_t m[PAIR_DATAGRAM];
	const struct ike_path path = pair_path(p, 1);
	struct count *c = p->filter_ctx;
	size_t n;

	counts(p, from, number, data, octets);
	if (from == 0 && c->pieces == 1 && data[16] == PAYLOAD_FRAGMENT) {
		n = piece(p, (unsigned)(data[32] << 8 | data[33]), 2, 1, "nonsense", 8, m);
		pair_enqueue(p, 1, &path, m, n);
	}
	return true;
}

/* The message is lost with it, its retransmission is not: what was half-done has gone until then. */
static void poisoned(void)
{
	struct pair_setup s[2];
	struct count c = { 0 };
	struct pair *p = pair_new(61);

	setup(s, 4, NARROW);
	p->filter = poisons;
	p->filter_ctx = &c;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "malformed payload"), 1);
	CU_ASSERT_EQUAL(p->side[0].installs, 0);
	pair_run(p, 12000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode exchange"), 1);
	pair_free(p);
}

/* Without agreement pieces are not kept. */
static void not_agreed(void)
{
	struct pair_setup s[2];
	struct count c = { 0 };
	struct pair *p;

	setup(s, 4, NARROW);
	s[0].fragmentation = false;
	p = begin(s, &c);
	pair_run(p, 1000);
	pair_forget(p, 1);
	inject(p, 1, 1, 1, 1, "nonsense", 8);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Support for IKE Fragmentation not enabled"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "malformed"), 0);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "a narrow path", narrow_path }, { "only when both agree", only_when_both },
	{ "behind NATs", behind_nats },   { "lost, reordered, twice", lost_reordered_twice },
	{ "forged pieces", forged },      { "a piece that somebody slips in", poisoned },
	{ "not agreed", not_agreed },     { "an answer in pieces", answer_in_pieces },
};

UNIT_MAIN("IKE fragmentation of exchanges", tests)
