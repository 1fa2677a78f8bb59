/* A bad network and bad peers: loss, duplicates, reordering, corruption, truncation, replays, floods. */
#include "base/buf.h"
#include "ike/parked.h"
#include "ike/payload.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define MESSAGES 9 /* MM1..MM6, QM1..QM3 */

static struct pair *start(uint64_t seed, unsigned family,
			  bool (*filter)(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets),
			  void *ctx)
{
	struct pair_setup s;
	struct pair *p = pair_new(seed);

	p->filter = filter;
	p->filter_ctx = ctx;
	pair_setup(&s, 1, family);
	pair_start(p, 1, &s);
	pair_setup(&s, 0, family);
	pair_start(p, 0, &s);
	return p;
}

/* Everything a user could see of an engine's state. */
struct digest {
	char text[4096];
	size_t n;
};

static void add_sa(void *ctx, const struct ike_sa_info *sa)
{
	struct digest *d = ctx;

	d->n += (size_t)snprintf(d->text + d->n, sizeof(d->text) - d->n, "%u %s %d %d %d %llu %s\n", sa->conn_id,
				 sa->state, sa->deleted, sa->authenticated, sa->initiator,
				 (unsigned long long)sa->lifetime_left_s, sa->phase1_id);
}

static void add_ident(void *ctx, const struct ike_ident_info *i)
{
	struct digest *d = ctx;

	d->n += (size_t)snprintf(d->text + d->n, sizeof(d->text) - d->n, "%u %d %d %u %X %X\n", i->ident, i->up,
				 i->negotiating, i->child_count, i->children[0].spi, i->children[1].spi);
}

static void digest(struct pair *p, int side, struct digest *d)
{
	d->n = 0;
	ike_each_sa(p->side[side].ike, add_sa, d);
	ike_each_ident(p->side[side].ike, add_ident, d);
	snprintf(d->text + d->n, sizeof(d->text) - d->n, "%u %u %u", p->side[side].installs, p->side[side].removes,
		 p->side[side].ups);
}

/* --- loss, duplicates, order ------------------------------------------------------------------------------------ */

static bool lose_one(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)data, (void)octets;
	return number != *(unsigned *)p->filter_ctx;
}

static void loss_of_each(void)
{
	for (unsigned n = 0; n < MESSAGES; n++) {
		struct pair *p = start(n, 6, lose_one, &n);

		pair_run(p, 9000);
		CU_ASSERT_FALSE(pair_joined(p) && pair_installed(p, 1, false));
		pair_run(p, 6000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
		pair_free(p);
	}
}

/* QM3 is lost, but the initiator sends through its SA: that is proof enough. */
static void first_packet_confirms(void)
{
	unsigned qm3 = 8;
	struct pair *p = start(1, 6, lose_one, &qm3);

	pair_run(p, 500);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 0);
	CU_ASSERT_TRUE(p->side[1].up[1]);
	pair_took(p, 1, pair_sa(p, 1, true), 100);
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
	pair_free(p);
}

static bool lose_some(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	uint64_t *x = p->filter_ctx;

	(void)from, (void)number, (void)data, (void)octets;
	*x = *x * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (*x >> 33) % 100 >= 20;
}

static void bad_line(void)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		uint64_t state = seed;
		struct pair *p = start(seed, seed % 2 ? 4 : 6, lose_some, &state);

		p->duplicate = (unsigned)(seed % 3);
		p->duplicate_after_ms = 700 * (seed % 2);
		p->reorder = seed % 5 == 0;
		pair_run(p, 1200000);
		CU_ASSERT_TRUE(p->side[0].up[1] && p->side[1].up[1]);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

struct record {
	size_t octets[64];
	uint8_t data[64][1024];
	int from[64];
	unsigned count;
	unsigned again[64]; /* how often the same octets were sent later */
};

static bool keep(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct record *r = p->filter_ctx;

	(void)number;
	for (unsigned i = 0; i < r->count; i++) {
		if (r->octets[i] == *octets && !memcmp(r->data[i], data, *octets)) {
			r->again[i]++;
			return true;
		}
	}
	if (r->count < 64 && *octets <= sizeof(r->data[0])) {
		memcpy(r->data[r->count], data, *octets);
		r->octets[r->count] = *octets;
		r->from[r->count++] = from;
	}
	return true;
}

/* Late copies: who has an answer sends the same octets again; nothing else happens. */
static void duplicates(void)
{
	static const bool answered[MESSAGES] = { [0] = true, [2] = true, [4] = true, [6] = false, [7] = true };
	struct record *r = calloc(1, sizeof(*r));
	struct pair *p;
	struct digest was[2], is;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	/* late copies of a finished negotiation; each is the last one its receiver took, or an old one */
	p = start(5, 6, keep, r);
	pair_run(p, 2000);
	CU_ASSERT_EQUAL(r->count, MESSAGES);
	for (int i = 0; i < 2; i++)
		digest(p, i, &was[i]);
	for (unsigned n = 0; n < MESSAGES; n++) {
		pair_inject(p, 1 - r->from[n], r->data[n], r->octets[n]);
		pair_run(p, 0);
		for (int i = 0; i < 2; i++) {
			digest(p, i, &is);
			CU_ASSERT_STRING_EQUAL(is.text, was[i].text);
		}
	}
	CU_ASSERT_EQUAL(r->count, MESSAGES);
	CU_ASSERT_EQUAL(r->again[5], 1); /* MM6, for the copy of MM5 */
	CU_ASSERT_EQUAL(r->again[8], 1); /* QM3, for the copy of QM2 */
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): phase 1 packet is a duplicate of a previous packet."), 2);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): retransmitting due to retransmit phase 1"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): phase 2 packet is a duplicate of a previous packet."), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): retransmitting due to retransmit phase 2"), 1);
	pair_free(p);

	/* a copy of each message that comes 600 ms after it, while the answer to it is lost */
	for (unsigned n = 0; n < MESSAGES; n++) {
		if (!answered[n])
			continue;
		memset(r, 0, sizeof(*r));
		p = start(5, 6, keep, r);
		while (p->sent < n + 2)
			pair_run(p, 1);
		p->queued = 0; /* the answer is lost */
		pair_run(p, 600);
		pair_inject(p, 1 - r->from[n], r->data[n], r->octets[n]);
		CU_ASSERT_EQUAL(r->again[n + 1], 1);
		pair_run(p, 5000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}

	/* copies in a burst are not answered in a burst */
	memset(r, 0, sizeof(*r));
	p = start(5, 6, keep, r);
	pair_run(p, 1);
	for (unsigned k = 0; k < 50; k++)
		pair_inject(p, 1, r->data[0], r->octets[0]);
	CU_ASSERT_EQUAL(p->side[1].sent, 1);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP:(0): retransmission skipped for phase 1 (time since last transmission 0)"), 50);
	pair_free(p);
	free(r);
}

static void reordered(void)
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct pair *p = start(seed, 6, NULL, NULL);

		p->reorder = true;
		p->duplicate = 1;
		p->duplicate_after_ms = seed * 100;
		pair_run(p, 60000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(p->side[0].ups, 1);
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
		pair_free(p);
	}
}

/* --- forgeries -------------------------------------------------------------------------------------------------- */

/* Runs until message n is on its way and takes it out of the queue. */
static void hold(struct pair *p, unsigned n, struct pair_packet *out)
{
	while (p->sent < n + 1)
		pair_run(p, 1);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	*out = p->queue[0];
	p->queued = 0;
}

static void corrupted_octets(unsigned family, unsigned n, uint8_t bits)
{
	struct pair *p = start(n + bits, family, NULL, NULL);
	struct pair_packet m;
	struct digest was, is;

	hold(p, n, &m);
	digest(p, m.to, &was);
	for (size_t i = 0; i < m.octets; i++) {
		m.data[i] ^= bits;
		pair_inject(p, m.to, m.data, m.octets);
		m.data[i] ^= bits;
		digest(p, m.to, &is);
		CU_ASSERT_STRING_EQUAL(is.text, was.text);
		CU_ASSERT_EQUAL(p->queued, 0);
	}
	/* and the genuine one is taken as if nothing had been */
	pair_inject(p, m.to, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* What is encrypted cannot be changed without being noticed; MM1..MM4 carry nothing that could show it. */
static void corruption(void)
{
	for (unsigned n = 4; n < MESSAGES; n++) {
		corrupted_octets(6, n, 0xFF);
		corrupted_octets(4, n, 0x10);
	}
}

static void truncation(void)
{
	for (unsigned n = 0; n < MESSAGES; n++) {
		struct pair *p = start(n, 6, NULL, NULL);
		struct pair_packet m, cut;
		struct digest was, is;

		hold(p, n, &m);
		digest(p, m.to, &was);
		for (size_t k = 0; k < m.octets; k++) {
			/* as it is, and with a length that agrees */
			pair_inject(p, m.to, m.data, k);
			cut = m;
			cut.data[26] = (uint8_t)(k >> 8);
			cut.data[27] = (uint8_t)k;
			pair_inject(p, m.to, cut.data, k);
			digest(p, m.to, &is);
			CU_ASSERT_STRING_EQUAL(is.text, was.text);
		}
		CU_ASSERT_EQUAL(p->queued, 0);
		pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

static void garbage(void)
{
	struct pair *p = start(1, 6, NULL, NULL);
	struct digest was[2], is;
	uint8_t data[PAIR_DATAGRAM];
	uint64_t x = 1;

	pair_run(p, 1000);
	for (int i = 0; i < 2; i++)
		digest(p, i, &was[i]);
	for (unsigned n = 0; n < 5000; n++) {
		size_t octets = n % 300;

		for (size_t i = 0; i < octets; i++) {
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
			data[i] = (uint8_t)(x >> 40);
		}
		if (n % 2 && octets >= 28) { /* a header that passes */
			data[17] = 0x10;
			data[18] = n % 4 == 1 ? 2 : 32;
			data[19] = 1;
			data[24] = data[25] = 0;
			data[26] = (uint8_t)(octets >> 8);
			data[27] = (uint8_t)octets;
		}
		pair_inject(p, (int)(n % 2), data, octets);
	}
	memset(data, 0, sizeof(data));
	pair_inject(p, 0, data, sizeof(data));
	for (int i = 0; i < 2; i++) {
		digest(p, i, &is);
		CU_ASSERT_STRING_EQUAL(is.text, was[i].text);
		/* the log is not flooded either */
		CU_ASSERT_TRUE(pair_mentioned(p, i, "%CRYPTO-") <= 25);
	}
	pair_free(p);
}

/* A recorded exchange does nothing a second time, even when its node is long forgotten. */
static void replay(void)
{
	struct record *r = calloc(1, sizeof(*r));
	struct pair *p;
	struct digest was, is;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	p = start(9, 6, keep, r);
	pair_run(p, 60000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, ":purging node "), 1);
	digest(p, 1, &was);
	for (unsigned n = 0; n < MESSAGES; n++)
		pair_inject(p, 1 - r->from[n], r->data[n], r->octets[n]);
	digest(p, 1, &is);
	CU_ASSERT_STRING_EQUAL(is.text, was.text);
	/* `clear crypto sa` sends a delete; recorded, it must not hit the next SAs */
	ike_clear_sa(p->side[0].ike, NULL);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	digest(p, 1, &was);
	for (unsigned n = MESSAGES; n < r->count; n++)
		pair_inject(p, 1 - r->from[n], r->data[n], r->octets[n]);
	digest(p, 1, &is);
	CU_ASSERT_STRING_EQUAL(is.text, was.text);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
	free(r);
}

/* Notifications and deletes in clear, with the right cookies. */
static void unprotected(void)
{
	struct record *r = calloc(1, sizeof(*r));
	struct pair *p;
	struct digest was, is;
	uint8_t m[28 + 28] = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	p = start(9, 4, keep, r);
	pair_run(p, 1000);
	digest(p, 1, &was);
	memcpy(m, r->data[4], 16); /* cookies */
	m[16] = 12;                /* delete */
	m[17] = 0x10;
	m[18] = 5;
	m[23] = 7;
	m[27] = sizeof(m);
	m[31] = 28;
	m[35] = 1; /* DOI */
	m[36] = 1; /* ISAKMP */
	m[37] = 16;
	m[39] = 1;
	memcpy(m + 40, m, 16);
	pair_inject(p, 1, m, sizeof(m));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Delete has no hash. Rejected."), 1);
	m[16] = 11;
	m[38] = 0x60; /* INITIAL_CONTACT */
	m[39] = 2;
	pair_inject(p, 1, m, sizeof(m));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Notify has no hash. Rejected."), 1);
	digest(p, 1, &is);
	CU_ASSERT_STRING_EQUAL(is.text, was.text);
	/* MM5 and QM1 in clear */
	memcpy(m, r->data[4], 28);
	m[19] = 0;
	m[27] = sizeof(m);
	pair_free(p);
	free(r);
}

static void wrong_place(void)
{
	struct record *r = calloc(1, sizeof(*r));
	struct pair *p, *q;
	struct pair_packet m;
	uint8_t header[28];

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	p = start(9, 4, keep, r);
	pair_run(p, 1000);
	/* another router knows none of these cookies */
	q = start(10, 4, NULL, NULL);
	pair_run(q, 1000);
	pair_inject(q, 1, r->data[2], r->octets[2]);
	pair_inject(q, 1, r->data[6], r->octets[6]);
	CU_ASSERT_EQUAL(
		pair_said(q, 1,
			  "%CRYPTO-4-IKMP_NO_SA: IKE message from 10.1.1.2 has no SA and is not an initialization "
			  "offer"),
		2);
	pair_free(q);
	pair_free(p);
	/* Quick Mode while MM5 is awaited; MM5 that is not encrypted; Aggressive Mode */
	p = start(9, 4, NULL, NULL);
	hold(p, 4, &m);
	memcpy(header, m.data, sizeof(header));
	header[18] = 32;
	header[23] = 9;
	header[27] = 28;
	pair_inject(p, 1, header, sizeof(header));
	CU_ASSERT_EQUAL(
		pair_said(p, 1,
			  "%CRYPTO-6-IKMP_SA_NOT_AUTH: Cannot accept Quick Mode exchange from 10.1.1.2 if SA is "
			  "not authenticated!"),
		1);
	m.data[19] = 0;
	pair_inject(p, 1, m.data, m.octets);
	CU_ASSERT_EQUAL(
		pair_said(
			p, 1,
			"%CRYPTO-6-IKMP_NOT_ENCRYPTED: IKE packet from 10.1.1.2 was not encrypted and it should've been."),
		1);
	m.data[19] = 1;
	memset(header + 8, 0, 8);
	header[0] ^= 1;
	header[18] = 4;
	header[19] = 0;
	pair_inject(p, 1, header, sizeof(header));
	CU_ASSERT_EQUAL(
		pair_said(p, 1,
			  "%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while "
			  "disabled"),
		1);
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
	free(r);
}

/* MM2 that is none of our offers: refused, and the genuine one still counts. */
static void altered_answer(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct pair_packet m;
	uint8_t group;

	hold(p, 1, &m);
	group = m.data[28 + 12 + 8 + 8 + 11]; /* SA, proposal, transform, then encr, hash, group */
	CU_ASSERT_EQUAL_FATAL(group, 1);
	m.data[28 + 12 + 8 + 8 + 11] = 2;
	pair_inject(p, 0, m.data, m.octets);
	CU_ASSERT_EQUAL(
		pair_said(p, 0,
			  "%CRYPTO-6-IKMP_SA_NOT_OFFERED: Remote peer 10.1.1.3 responded with attribute transform not "
			  "offered or changed"),
		1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(0):Old State = IKE_I_MM2  New State = IKE_I_MM1 "), 1);
	m.data[28 + 12 + 8 + 8 + 11] = 1;
	pair_inject(p, 0, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	(void)sa;
	++*(unsigned *)ctx;
}

/* First messages from everywhere: bounded in number and time, and an honest peer gets through. */
static void flood(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct pair_packet m;
	unsigned count = 0;
	uint8_t data[PAIR_DATAGRAM];

	hold(p, 0, &m);
	p->filter_ctx = NULL;
	ike_set_debug(p->side[1].ike, 0);
	for (unsigned n = 0; n < 3000; n++) {
		memcpy(data, m.data, m.octets);
		data[0] = (uint8_t)(n >> 8);
		data[1] = (uint8_t)n;
		data[2] = 0x55;
		pair_inject(p, 1, data, m.octets);
		p->queued = 0;
	}
	ike_each_sa(p->side[1].ike, count_sa, &count);
	CU_ASSERT_TRUE(count <= 100 && count > 100 - IKE_PARKED_AT_ONCE);
	p->queued = 0;
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_run(p, 130000);
	count = 0;
	ike_each_sa(p->side[1].ike, count_sa, &count);
	CU_ASSERT_EQUAL(count, 1);
	pair_free(p);
}

/* ... that bear the peer's own address, while it is between MM1 and MM3; another peer is not touched. */
static void flood_of_its_own_address(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct pair_packet mm1, mm2;
	uint8_t data[PAIR_DATAGRAM];

	hold(p, 0, &mm1);
	ike_set_debug(p->side[1].ike, 0);
	for (unsigned n = 0; n < 1900; n++) {
		if (n == 1000) {
			pair_inject(p, 1, mm1.data, mm1.octets);
			CU_ASSERT_EQUAL_FATAL(p->queued, 1);
			mm2 = p->queue[0];
			p->queued = 0;
		}
		memcpy(data, mm1.data, mm1.octets);
		data[0] = (uint8_t)(n >> 8);
		data[1] = (uint8_t)n;
		data[2] = 0x55;
		pair_inject(p, 1, data, mm1.octets);
		p->queued = 0;
	}
	pair_inject(p, 0, mm2.data, mm2.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* INITIAL_CONTACT where it is no part of the message, and in one that nobody can authenticate. */
static void early_initial_contact(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN };
	struct isakmp_wr m;
	struct digest was, is;
	uint8_t octets[512];
	struct rd body;
	struct payload_fault fault;
	struct payloads in;
	struct pair_packet mm1;

	hold(p, 0, &mm1);
	pair_inject(p, 1, mm1.data, mm1.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_TRUE_FATAL(isakmp_parse_header(mm1.data, mm1.octets, &h, &body, &fault));
	CU_ASSERT_TRUE_FATAL(payloads_walk(h.next_payload, body, 0, &in, &fault));
	h.icookie[0] ^= 0x55;
	isakmp_open(&m, octets, sizeof(octets), &h);
	wr_payload(&m, PAYLOAD_SA, in.p[0].body.p, rd_left(&in.p[0].body));
	wr_notify(&m, PROTO_ISAKMP, h.icookie, 16, NOTIFY_INITIAL_CONTACT, NULL, 0);
	digest(p, 1, &was);
	pair_inject(p, 1, octets, isakmp_close(&m, 0));
	digest(p, 1, &is);
	CU_ASSERT_STRING_EQUAL(is.text, was.text);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "Process initial contact"), 1); /* the genuine one */
	pair_free(p);
}

/* ... from strangers, while a peer that is configured is between MM1 and MM3. */
static void flood_of_strangers(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct ike_path path = pair_path(p, 1);
	struct pair_packet mm1, mm2;
	unsigned count = 0;

	hold(p, 0, &mm1);
	p->queued = 0;
	p->filter = NULL;
	pair_inject(p, 1, mm1.data, mm1.octets);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	mm2 = p->queue[0];
	p->queued = 0;
	for (unsigned n = 0; n < 10000; n++) {
		struct wr w = wr_of(path.remote.octets, 4);

		wr_u32(&w, 0xC6330000u + n);
		w = wr_of(mm1.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &path, mm1.data, mm1.octets);
	}
	ike_each_sa(p->side[1].ike, count_sa, &count);
	CU_ASSERT_TRUE(count <= 101 && count > 101 - IKE_PARKED_AT_ONCE); /* and the one with the peer */
	pair_inject(p, 0, mm2.data, mm2.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* Whoever gets an answer to MM1 can send malformed messages for it: they do not fill the log. */
static void malformed_flood(void)
{
	struct pair *p = start(9, 4, NULL, NULL);
	struct pair_packet mm1, mm2;

	hold(p, 0, &mm1);
	p->queued = 0;
	p->filter = NULL;
	pair_inject(p, 1, mm1.data, mm1.octets);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	mm2 = p->queue[0];
	for (unsigned n = 0; n < 1000; n++)
		pair_inject(p, 1, mm2.data, mm2.octets); /* an SA payload where KE is due */
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "%CRYPTO-4-IKMP_BAD_MESSAGE") > 0);
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "%CRYPTO-4-IKMP_BAD_MESSAGE") <= 20);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "loss of each message", loss_of_each },
	{ "the first packet confirms the SA", first_packet_confirms },
	{ "a bad line", bad_line },
	{ "duplicates", duplicates },
	{ "reordering", reordered },
	{ "every octet corrupted", corruption },
	{ "truncation at every length", truncation },
	{ "garbage", garbage },
	{ "replay", replay },
	{ "unprotected notifications", unprotected },
	{ "messages at the wrong place", wrong_place },
	{ "an altered MM2", altered_answer },
	{ "a flood of malformed messages", malformed_flood },
	{ "a flood of MM1", flood },
	{ "a flood of MM1 from strangers", flood_of_strangers },
	{ "a flood of MM1 with the peer's own address", flood_of_its_own_address },
	{ "INITIAL_CONTACT in MM1", early_initial_contact },
};

UNIT_MAIN("hostile", tests)
