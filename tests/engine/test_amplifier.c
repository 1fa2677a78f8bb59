/*
 * No amplifier (ike/unproven.h): for every source that has not shown that it receives, what was sent there is held against
 * what came from there, at every moment. Sources are an IPv4 address and an IPv6 /64.
 */
#include "base/buf.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS 65536u
#define HOUR     3600000u

struct account {
	struct ip_addr who;
	uint64_t came, went;
	size_t answer; /* the longest */
	unsigned answers;
};

struct ledger {
	struct account of[ACCOUNTS];
	uint64_t came, went;
	unsigned wrong; /* more went than came and one answer */
};

static struct account *account(struct ledger *l, const struct ip_addr *a)
{
	const struct ip_addr who = ike_source(a);
	uint32_t h = who.family;

	for (size_t i = 0; i < sizeof(who.octets); i++)
		h = h * 31 + who.octets[i];
	for (h %= ACCOUNTS; l->of[h].who.family; h = (h + 1) % ACCOUNTS)
		if (ip_equal(&l->of[h].who, &who))
			return &l->of[h];
	l->of[h].who = who;
	return &l->of[h];
}

/* Nothing reaches anybody. */
static bool book(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct ledger *l = p->filter_ctx;
	struct account *a = account(l, &p->sending.remote);

	(void)data, (void)number;
	if (from != 1)
		return false;
	a->went += *octets;
	a->answers++;
	a->answer = *octets > a->answer ? *octets : a->answer;
	l->went += *octets;
	l->wrong += a->went > a->came + a->answer;
	return false;
}

static void came(struct pair *p, const struct ip_addr *from, const void *data, size_t octets)
{
	struct ledger *l = p->filter_ctx;
	struct ike_path path = pair_path(p, 1);

	path.remote = *from;
	account(l, from)->came += octets;
	l->came += octets;
	ike_feed(p->side[1].ike, &path, data, octets);
}

/* --- first messages ---------------------------------------------------------------------------------------------- */

struct message {
	uint8_t data[2048];
	size_t octets;
};

static void setup(struct pair_setup s[2], unsigned family, bool aggressive)
{
	for (int side = 0; side < 2; side++) {
		pair_setup(&s[side], side, family);
		s[side].policies[0].group = 14;
		s[side].fragmentation = true;
		s[side].keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2 };
		s[side].aggressive = ISAKMP_AGGRESSIVE_ON;
	}
	s[1].idents[0].path_mtu = 600; /* AG2 goes in pieces */
	memset(&s[1].keys[1], 0, sizeof(s[1].keys[1]));
	snprintf(s[1].keys[1].hostname, sizeof(s[1].keys[1].hostname), "r2.example.org");
	snprintf(s[1].keys[1].key, sizeof(s[1].keys[1].key), "secret");
	s[1].key_count = 2;
	if (!aggressive)
		return;
	s[0].peers[0].address = s[0].idents[0].remote;
	s[0].peers[0].endpoint = ISAKMP_ENDPOINT_FQDN;
	snprintf(s[0].peers[0].password, sizeof(s[0].peers[0].password), "secret");
	snprintf(s[0].peers[0].endpoint_text, sizeof(s[0].peers[0].endpoint_text), "r2.example.org");
	s[0].peer_count = 1;
}

static bool keep_first(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct message *m = p->filter_ctx;

	if (from == 0 && !m->octets && *octets <= sizeof(m->data)) {
		memcpy(m->data, data, *octets);
		m->octets = *octets;
	}
	(void)number;
	return false;
}

static struct message first_message(unsigned family, bool aggressive)
{
	struct message m = { .octets = 0 };
	struct pair_setup s[2];
	struct pair *p = pair_new(5);

	setup(s, family, aggressive);
	p->filter = keep_first;
	p->filter_ctx = &m;
	pair_start(p, 0, &s[0]);
	pair_run(p, 100);
	pair_free(p);
	CU_ASSERT_TRUE_FATAL(m.octets > 0);
	return m;
}

/* Without vendor IDs, with the shortest nonce. */
static struct message bare(const struct message *from)
{
	struct message m = { .octets = 0 };
	struct isakmp_header h;
	struct payload_fault fault;
	struct payloads in;
	struct isakmp_wr w;
	struct rd body;

	CU_ASSERT_TRUE_FATAL(isakmp_parse_header(from->data, from->octets, &h, &body, &fault));
	CU_ASSERT_TRUE_FATAL(payloads_walk(h.next_payload, body, 0, &in, &fault));
	isakmp_open(&w, m.data, sizeof(m.data), &h);
	for (unsigned i = 0; i < in.count; i++) {
		const size_t octets = rd_left(&in.p[i].body);

		if (in.p[i].type != PAYLOAD_VID)
			wr_payload(&w, in.p[i].type, in.p[i].body.p, in.p[i].type == PAYLOAD_NONCE ? 8 : octets);
	}
	m.octets = isakmp_close(&w, 0);
	return m;
}

static struct pair *responder(struct ledger *l, unsigned family)
{
	struct pair *p = pair_new(7 + family);
	struct pair_setup s[2];

	setup(s, family, false);
	p->filter = book;
	p->filter_ctx = l;
	pair_start(p, 1, &s[1]);
	p->side[0].addr = s[0].idents[0].local;
	ike_set_debug(p->side[1].ike, 0);
	return p;
}

static struct ip_addr stranger(unsigned family, uint32_t n)
{
	struct ip_addr a = { .family = (uint8_t)family };
	struct wr w = wr_of(a.octets, sizeof(a.octets));

	if (family == 6)
		wr_u32(&w, 0x20010DB8);
	wr_u32(&w, 0xC6330000u + n); /* 198.51.x.y; of IPv6 the second half of a /64 */
	return a;
}

static void cookie(struct message *m, uint32_t n)
{
	struct wr w = wr_of(m->data, 8);

	wr_u32(&w, n + 1);
}

/* --- one source, for an hour ------------------------------------------------------------------------------------- */

/* The message, now and every so often, from one address: what it gets meanwhile and in the hour after. */
static const struct account *insist(struct ledger *l, unsigned family, struct message m, bool same, uint64_t dh_ms,
				    unsigned every_ms)
{
	struct pair *p = responder(l, family);
	const struct ip_addr who = stranger(family, 9);
	unsigned n = 0;
	uint64_t went;

	p->dh_ms = dh_ms;
	for (uint64_t ms = 0; ms < HOUR; ms += every_ms) {
		if (!same)
			cookie(&m, n++);
		came(p, &who, m.data, m.octets);
		pair_run(p, every_ms);
	}
	went = l->went;
	pair_run(p, HOUR);
	CU_ASSERT_EQUAL(l->went, went);
	CU_ASSERT_EQUAL(l->wrong, 0);
	pair_free(p);
	return account(l, &who);
}

static void first_messages(void)
{
	for (unsigned k = 0; k < 16; k++) {
		const unsigned family = k & 1 ? 6 : 4;
		struct message m = first_message(family, k & 2);
		struct ledger *l = calloc(1, sizeof(*l));
		const struct account *a;

		CU_ASSERT_PTR_NOT_NULL_FATAL(l);
		if (k & 4)
			m = bare(&m);
		a = insist(l, family, m, k & 8, k & 1 ? 30 : 0, 10000);
		CU_ASSERT_TRUE(a->answers >= 1);
		CU_ASSERT_TRUE(a->went <= a->came + a->answer);
		if ((k & 6) == 6) /* AG2 is longer than AG1 without vendor IDs, and yet it goes on being answered */
			CU_ASSERT_TRUE(a->went > a->came / 3 && a->answers > 50);
		free(l);
	}
}

/* One AG1 that is shorter than AG2, and nothing else: one answer, whatever time passes. */
static void one_answer(void)
{
	struct message full = first_message(4, true), m = bare(&full);
	struct ledger *l = calloc(1, sizeof(*l));
	struct pair *p = responder(l, 4);
	const struct ip_addr who = stranger(4, 1);

	came(p, &who, m.data, m.octets);
	pair_run(p, HOUR);
	CU_ASSERT_EQUAL(account(l, &who)->answers, 1);
	/* more of them are not answered every time */
	for (unsigned n = 0; n < 8; n++) {
		cookie(&m, n);
		came(p, &who, m.data, m.octets);
		pair_run(p, 1);
		CU_ASSERT_EQUAL(l->wrong, 0);
	}
	CU_ASSERT_TRUE(account(l, &who)->answers < 9);
	CU_ASSERT_TRUE(account(l, &who)->answers > 4);
	pair_free(p);
	free(l);
}

/* Proposals that do not suit: PROPOSAL_NOT_CHOSEN, once for each message, none longer than it. */
static void refused(void)
{
	struct message m = first_message(4, false);
	struct ledger *l = calloc(1, sizeof(*l));
	struct pair *p = responder(l, 4);
	const struct ip_addr who = stranger(4, 1);
	struct pair_setup s[2];

	setup(s, 4, false);
	s[1].policies[0].group = 5;
	pair_configure(p, 1, &s[1]);
	for (unsigned n = 0; n < 300; n++) {
		if (n % 3 == 0)
			cookie(&m, n);
		came(p, &who, m.data, m.octets);
		pair_run(p, 700);
	}
	CU_ASSERT_TRUE(account(l, &who)->answers > 200);
	CU_ASSERT_TRUE(account(l, &who)->answers <= 300 && account(l, &who)->answer <= m.octets);
	CU_ASSERT_TRUE(l->went <= l->came);
	pair_free(p);
	free(l);
}

/* --- hints ------------------------------------------------------------------------------------------------------- */

/* Encrypted messages of SAs that are not there, and ESP, in the name of a configured peer, as short as they may be. */
static void hints(void)
{
	struct ledger *l = calloc(1, sizeof(*l));
	struct pair *p = responder(l, 4);
	const struct ip_addr peer = p->side[0].addr;
	uint8_t m[40] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, [17] = 0x10, [18] = EXCHANGE_INFO, [19] = 1, [23] = 1, [27] = 28 };

	m[16] = PAYLOAD_HASH;
	for (unsigned n = 0; n < 3600; n++) {
		m[0] = (uint8_t)n;
		came(p, &peer, m, 28);
		account(l, &peer)->came += 8;
		ike_invalid_spi(p->side[1].ike, &p->side[1].addr, &peer, 0x1000 + n, 8);
		pair_run(p, 1000);
	}
	CU_ASSERT_TRUE(account(l, &peer)->answers > 0);
	CU_ASSERT_EQUAL(l->wrong, 0);
	pair_free(p);
	free(l);
}

/* --- many sources ------------------------------------------------------------------------------------------------ */

static void mutate(struct pair *p, struct message *m)
{
	const unsigned kind = pair_dice(p, 8);

	for (unsigned n = pair_dice(p, kind == 0 ? 20 : 3); n > 0; n--)
		m->data[pair_dice(p, (unsigned)m->octets)] = (uint8_t)pair_dice(p, 256);
	if (kind == 1)
		m->octets = 28 + pair_dice(p, (unsigned)m->octets - 27);
	if (kind == 2 && m->octets + 64 < sizeof(m->data))
		m->octets += pair_dice(p, 64);
	if (kind < 6) { /* else the length may be wrong */
		m->data[26] = (uint8_t)(m->octets >> 8);
		m->data[27] = (uint8_t)m->octets;
	}
	if (kind == 3)
		m->data[18] = (uint8_t)pair_dice(p, 256);
	if (kind == 4)
		m->data[19] = (uint8_t)pair_dice(p, 4);
	if (kind == 5)
		m->data[16] = (uint8_t)pair_dice(p, 256);
}

static void many(unsigned family)
{
	const struct message mm1 = first_message(family, false), ag1 = first_message(family, true);
	const struct message kinds[] = { mm1, ag1, bare(&mm1), bare(&ag1) };
	struct ledger *l = calloc(1, sizeof(*l));
	struct pair *p = responder(l, family);
	uint64_t went;

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	for (unsigned n = 0; n < 12000; n++) {
		/* some come often, some once, some in the peer's name */
		const struct ip_addr who = n % 7 == 0   ? p->side[0].addr
					   : n % 3 == 0 ? stranger(family, pair_dice(p, 20))
							: stranger(family, 100 + n);
		struct message m = kinds[pair_dice(p, 20) ? 2 * pair_dice(p, 2) : pair_dice(p, 4)];

		if (pair_dice(p, 3))
			cookie(&m, pair_dice(p, 500));
		if (pair_dice(p, 4))
			mutate(p, &m);
		came(p, &who, m.data, m.octets);
		pair_run(p, pair_dice(p, 50) ? 0 : pair_dice(p, 5000));
	}
	CU_ASSERT_EQUAL(l->wrong, 0);
	CU_ASSERT_TRUE(l->went > 0 && l->went <= l->came);
	went = l->went;
	pair_run(p, HOUR);
	CU_ASSERT_EQUAL(l->went, went);
	printf("IPv%u: %llu octets came, %llu went ", family, (unsigned long long)l->came, (unsigned long long)l->went);
	pair_free(p);
	free(l);
}

static void many_4(void)
{
	many(4);
}

static void many_6(void)
{
	many(6);
}

/* --- who proves itself ------------------------------------------------------------------------------------------- */

/* A peer whose AG2 went on credit owes nothing once AG3 came. */
static void paid_by_proof(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(3);
	const struct ike_debts *d;
	unsigned debts = 0;

	setup(s, 4, true);
	s[0].natt = s[0].fragmentation = false;
	s[1].idents[0].path_mtu = 1500;
	s[1].identity = ISAKMP_ID_HOSTNAME;
	s[1].hostname = "a-router-with-a-name-that-is-longer-than-all-the-vendor-ids-of-its-peer-together.example.org";
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	d = &p->side[1].ike->debts;
	while (!p->side[1].sent)
		pair_run(p, 1);
	for (unsigned i = 0; i < 2 * IKE_DEBT_CHAINS * IKE_DEBT_CHAIN; i++)
		debts += (&d->of[0][0][0])[i].octets > 0;
	CU_ASSERT_EQUAL(debts, 1);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(TAILQ_FIRST(&p->side[1].ike->sas)->authenticated);
	debts = 0;
	for (unsigned i = 0; i < 2 * IKE_DEBT_CHAINS * IKE_DEBT_CHAIN; i++)
		debts += (&d->of[0][0][0])[i].octets > 0;
	CU_ASSERT_EQUAL(debts, 0);
	pair_free(p);
}

/* Forged AG1s have used up all that goes on credit: who comes then is answered when he has paid for it himself. */
static void paid_before(void)
{
	struct message full = first_message(4, true), m = bare(&full);
	struct ledger *l = calloc(1, sizeof(*l));
	struct pair *p = responder(l, 4);
	struct ike *e = p->side[1].ike;
	const struct ip_addr who = stranger(4, 1), other = stranger(4, 2);

	for (uint32_t i = 0; i < 2 * IKE_DEBT_CHAINS * IKE_DEBT_CHAIN; i++)
		(&e->debts.of[0][0][0])[i] = (struct ike_debt){ stranger(4, 10 + i), 100, ike_now(e) };
	came(p, &who, m.data, m.octets);
	pair_run(p, 5000);
	came(p, &other, m.data, m.octets); /* which is no copy: it counts for that one only */
	pair_run(p, 5000);
	CU_ASSERT_EQUAL(account(l, &who)->answers, 0);
	came(p, &who, m.data, m.octets);
	pair_run(p, 10000);
	CU_ASSERT_EQUAL(account(l, &who)->answers, 1);
	CU_ASSERT_EQUAL(account(l, &other)->answers, 0);
	for (unsigned n = 0; n < 20; n++) {
		came(p, &who, m.data, m.octets);
		pair_run(p, 10000);
		CU_ASSERT_TRUE(account(l, &who)->went <= account(l, &who)->came);
	}
	CU_ASSERT_TRUE(account(l, &who)->answers > 5);
	CU_ASSERT_EQUAL(l->wrong, 0);
	pair_free(p);
	free(l);
}

static const struct unit_test tests[] = {
	{ "first messages from one source for an hour", first_messages },
	{ "one answer on credit", one_answer },
	{ "paid before", paid_before },
	{ "proposals that are refused", refused },
	{ "hints about what is not there", hints },
	{ "mutations from many sources, IPv4", many_4 },
	{ "mutations from many sources, IPv6", many_6 },
	{ "AG3 proves", paid_by_proof },
};

UNIT_MAIN("amplifier", tests)
