/* Floods: half-open SAs that give way and come back (ike/parked.h),
 * Diffie-Hellman that strangers ask for (ike/dh_job.h). */
#include "base/buf.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* R3 has a tunnel with somebody else, and a key for all: R2 is a stranger that
 * may come. */
static struct pair *begin(uint64_t seed, unsigned family, bool configured, bool natt)
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	pair_setup(&s, 1, family);
	if (!configured)
		ip_parse(family == 6 ? "2001:DB8::99" : "10.1.1.99", &s.idents[0].remote);
	s.fragmentation = true;
	pair_start(p, 1, &s);
	pair_setup(&s, 0, family);
	s.natt = natt;
	s.fragmentation = true;
	pair_start(p, 0, &s);
	ike_set_debug(p->side[1].ike, 0);
	return p;
}

/* Runs until the next message is on its way and takes it out of the queue. */
static struct pair_packet next(struct pair *p)
{
	struct pair_packet m;
	const unsigned sent = p->sent;

	while (p->sent == sent && p->now_ms < 1000000)
		pair_run(p, 1);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	m = p->queue[0];
	p->queued = 0;
	return m;
}

static struct ike_stats stats(struct pair *p)
{
	struct ike_stats s;

	ike_stats(p->side[1].ike, &s);
	return s;
}

/* So many, of which those beside what is parked are fewer for a moment when some have been parked at once. */
static bool negotiates(struct pair *p, unsigned pools, unsigned most)
{
	const unsigned now = stats(p).negotiating;

	return now <= most && now + pools * IKE_PARKED_AT_ONCE > most;
}

static bool is_in(struct pair *p)
{
	return stats(p).active == 1;
}

static const struct ike_sa *authenticated(struct pair *p, int side)
{
	const struct ike_sa *sa;

	TAILQ_FOREACH (sa, &p->side[side].ike->sas, link) {
		if (sa->authenticated)
			return sa;
	}
	CU_FAIL_FATAL("no IKE SA");
	return NULL;
}

/* First messages like this one, n of them from `count` sources. */
static void flood(struct pair *p, const struct pair_packet *mm1, unsigned n, uint32_t first, unsigned count)
{
	struct pair_packet m = *mm1;
	const unsigned queued = (unsigned)p->queued;

	for (unsigned i = 0; i < n; i++) {
		struct wr w = wr_of(m.path.remote.octets, 16);

		wr_u32(&w, m.path.remote.family == 6 ? 0x20010DB8 : first + i % count);
		wr_u32(&w, m.path.remote.family == 6 ? first + i % count : 0);
		w = wr_of(m.data, 8);
		wr_u32(&w, first);
		wr_u32(&w, i + 1);
		ike_feed(p->side[1].ike, &m.path, m.data, m.octets);
		p->queued = queued;
	}
}

/* A new peer between MM1 and MM3, while thousands come: it gets in, as if
 * nothing had been. */
static void new_peer(void)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		struct pair *p = begin(1, family, false, true);
		struct pair_packet mm1 = next(p), mm2;
		struct ike_stats s;

		flood(p, &mm1, 20000, 0xC6330000, 20000);
		pair_inject(p, 1, mm1.data, mm1.octets);
		mm2 = next(p);
		flood(p, &mm1, 15000, 0xC6400000, 15000);
		s = stats(p);
		CU_ASSERT_TRUE(negotiates(p, 1, 100 + IKE_PARKED_STRANGERS));
		CU_ASSERT_EQUAL(s.in_accepted, 35001);
		CU_ASSERT_TRUE(p->side[1].ike->parking.octets <=
			       IKE_PARKED_STRANGERS * (IKE_PARKED_OVERHEAD + mm1.octets) +
				       IKE_PARKED_CHAINS * 3 * sizeof(struct ike_parked_source));
		pair_inject(p, 0, mm2.data, mm2.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(is_in(p));
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
		CU_ASSERT_EQUAL(stats(p).in_accepted, 35001);
		/* what both agreed upon in MM1 and MM2 is remembered */
		CU_ASSERT_TRUE(authenticated(p, 1)->fragmentation && authenticated(p, 0)->fragmentation);
		/* and afterwards nothing is left of it */
		pair_run(p, 130000);
		s = stats(p);
		CU_ASSERT_EQUAL(s.negotiating + s.dead, 0);
		CU_ASSERT_EQUAL(p->side[1].ike->parking.octets, 0);
		CU_ASSERT_TRUE(is_in(p));
		pair_free(p);
	}
}

static unsigned drawn;

static void count_draws(void *ctx, void *out, size_t octets)
{
	(void)ctx;
	drawn++;
	for (uint8_t *p = out; octets--; p++)
		*p = (uint8_t)rand();
}

/* The random source is asked once for many first messages. */
static void few_draws(void)
{
	struct pair *p = begin(8, 4, false, true);
	struct pair_packet mm1 = next(p);

	p->side[1].ike->ops.random = count_draws;
	flood(p, &mm1, 1000, 0xC6330000, 1000);
	CU_ASSERT_TRUE(stats(p).in_accepted == 1000);
	CU_ASSERT_TRUE(drawn > 0 && drawn < 200);
	pair_free(p);
}

/* Who sends thousands himself pushes out his own, nobody else's; of an IPv6 /64
 * too. */
static void one_source(void)
{
	struct pair *p = begin(2, 4, false, true);
	struct pair_packet mm1 = next(p), mm2;

	pair_inject(p, 1, mm1.data, mm1.octets);
	mm2 = next(p);
	flood(p, &mm1, 200, 0xC6330000, 200);
	flood(p, &mm1, 30000, 0xC6340000, 1);
	CU_ASSERT_TRUE(stats(p).negotiating <= 100 + 201 + IKE_PARKED_OF_ONE);
	pair_inject(p, 0, mm2.data, mm2.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(is_in(p));
	pair_free(p);

	p = begin(2, 6, false, true);
	mm1 = next(p);
	for (unsigned n = 0; n < 5000; n++) {
		struct pair_packet m = mm1;
		struct wr w = wr_of(m.path.remote.octets + 12, 4);

		m.path.remote.octets[7] = 7;
		wr_u32(&w, n);
		w = wr_of(m.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &m.path, m.data, m.octets);
	}
	CU_ASSERT_TRUE(negotiates(p, 1, 100 + IKE_PARKED_OF_ONE));
	pair_free(p);
}

/*
 * A host that receives has all addresses of its /64: half-open SAs that it hoards with them give way before the one of a peer that is
 * between MM1 and MM3.
 */
static void hoarded_by_a_network(void)
{
	struct pair *p = begin(10, 6, false, true);
	struct pair_packet mm1 = next(p), mm2 = { .octets = 0 };

	for (unsigned n = 0; n < IKE_HALF_OPEN_MAX + 40; n++) {
		const bool hoards = n < IKE_HALF_OPEN_MAX;
		struct pair_packet m = mm1;
		struct wr w = wr_of(m.path.remote.octets, 16);

		if (n == IKE_HALF_OPEN_MAX - 2) {
			pair_inject(p, 1, m.data, m.octets);
			mm2 = next(p);
			/* it is kept whole, as one that cannot be parked */
			TAILQ_FIRST(&p->side[1].ike->sas)->in.octets = 0;
			continue;
		}
		wr_u32(&w, 0x20010DB8);
		wr_u32(&w, hoards ? 7 : 1000 + n);
		wr_u32(&w, 0);
		wr_u32(&w, n);
		w = wr_of(m.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &m.path, m.data, m.octets);
		p->queued = 0;
		if (hoards)
			TAILQ_FIRST(&p->side[1].ike->sas)->state = IKE_R_MM4; /* as if MM3 had come */
	}
	pair_inject(p, 0, mm2.data, mm2.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(is_in(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* A flood in the name of a configured peer, whose own first message is among
 * it; and strangers do not reach its room. */
static void name_of_a_peer(void)
{
	struct pair *p = begin(3, 4, true, true);
	struct pair_packet mm1 = next(p), mm2;
	struct rd r = rd_of(p->side[0].addr.octets, 4);
	const uint32_t peer = rd_u32(&r);

	flood(p, &mm1, 6000, peer, 1);
	pair_inject(p, 1, mm1.data, mm1.octets);
	mm2 = next(p);
	flood(p, &mm1, 4000, peer, 1);
	flood(p, &mm1, 20000, 0xC6340000, 20000);
	CU_ASSERT_TRUE(
		negotiates(p, 2, IKE_HALF_OPEN_MAX + IKE_PARKED_OF_KNOWN + IKE_HALF_OPEN_MAX + IKE_PARKED_STRANGERS));
	pair_inject(p, 0, mm2.data, mm2.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* What is parked counts as being negotiated, but not towards the limits; `clear crypto isakmp` and `no crypto isakmp enable` end it. */
static void counted(void)
{
	struct pair *p = begin(4, 4, false, true);
	struct pair_packet mm1 = next(p);
	struct pair_setup s;
	unsigned most;
	uint64_t rejected;

	flood(p, &mm1, 500, 0xC6330000, 500);
	CU_ASSERT_EQUAL(stats(p).negotiating, 500);
	pair_setup(&s, 1, 4);
	s.negotiation_limit = 101;
	pair_configure(p, 1, &s);
	flood(p, &mm1, 10, 0xC6440000, 10);
	CU_ASSERT_EQUAL(stats(p).rejected_negotiation_limit, 0);
	CU_ASSERT_EQUAL(stats(p).negotiating, 510);
	s.negotiation_limit = 100;
	pair_configure(p, 1, &s);
	flood(p, &mm1, IKE_PARKED_AT_ONCE, 0xC6450000, IKE_PARKED_AT_ONCE);
	most = stats(p).negotiating;
	rejected = stats(p).rejected_negotiation_limit;
	CU_ASSERT_TRUE(rejected > 0 && most == 510 + IKE_PARKED_AT_ONCE - rejected);
	flood(p, &mm1, 10, 0xC6460000, 10);
	CU_ASSERT_EQUAL(stats(p).rejected_negotiation_limit, rejected + 10);
	CU_ASSERT_EQUAL(stats(p).negotiating, most);
	ike_clear_isakmp(p->side[1].ike, 0);
	CU_ASSERT_EQUAL(stats(p).negotiating, 0);
	pair_free(p);
}

/* --- Diffie-Hellman
 * ----------------------------------------------------------------------------------------------
 */

/* A message of cookies, KE and nonce that answers MM2. */
static size_t third(const struct pair_packet *mm2, uint8_t *out, size_t room)
{
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN };
	struct isakmp_wr w;
	uint8_t ke[96], nonce[20];

	memset(ke, 0x5A, sizeof(ke));
	memset(nonce, 0xA5, sizeof(nonce));
	memcpy(h.icookie, mm2->data, 8);
	memcpy(h.rcookie, mm2->data + 8, 8);
	isakmp_open(&w, out, room, &h);
	wr_payload(&w, PAYLOAD_KE, ke, sizeof(ke));
	wr_payload(&w, PAYLOAD_NONCE, nonce, sizeof(nonce));
	return isakmp_close(&w, 0);
}

static bool catch (struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct pair_packet *m = p->filter_ctx;

	(void)number;
	if (from == 1 && *octets <= sizeof(m->data)) {
		memcpy(m->data, data, *octets);
		m->octets = *octets;
	}
	return false;
}

/* n exchanges up to MM3, each from its own source or all from one. */
static void exhaust(struct pair *p, const struct pair_packet *mm1, unsigned n, uint32_t first, unsigned sources)
{
	struct pair_packet m = *mm1, mm2 = { .octets = 0 };
	uint8_t mm3[512];

	p->filter = catch;
	p->filter_ctx = &mm2;
	for (unsigned i = 0; i < n; i++) {
		struct wr w = wr_of(m.path.remote.octets, 4);
		size_t octets;

		wr_u32(&w, first + i % sources);
		w = wr_of(m.data, 8);
		wr_u32(&w, first);
		wr_u32(&w, i + 1);
		ike_feed(p->side[1].ike, &m.path, m.data, m.octets);
		octets = third(&mm2, mm3, sizeof(mm3));
		ike_feed(p->side[1].ike, &m.path, mm3, octets);
	}
	p->filter = NULL;
	p->queued = 0;
}

static void exhaustion(void)
{
	const struct ike_sa *sa;
	struct pair *p = begin(5, 4, false, false);
	struct pair_packet mm1 = next(p);

	p->dh_ms = 100;
	/* one real source: a few computations at a time, and a new peer is in after them */
	exhaust(p, &mm1, 60, 0xC6330000, 1);
	CU_ASSERT_TRUE(p->job_count >= IKE_DH_OF_ONE && p->job_count <= IKE_DH_BUSY);
	pair_inject(p, 1, mm1.data, mm1.octets);
	pair_run(p, 1500);
	CU_ASSERT_TRUE(is_in(p));
	pair_free(p);

	/* many real sources: as many as there is room for, and none is computed where the packets are taken */
	p = begin(6, 4, false, false);
	mm1 = next(p);
	p->dh_ms = 100;
	exhaust(p, &mm1, 90, 0xC6330000, 90);
	CU_ASSERT_EQUAL(p->job_count, PAIR_JOBS);
	CU_ASSERT_EQUAL(p->side[1].ike->dh_jobs, p->job_count);
	TAILQ_FOREACH (sa, &p->side[1].ike->sas, link)
		CU_ASSERT_FALSE(sa->has_keys);
	pair_run(p, 3000);
	CU_ASSERT_EQUAL(p->side[1].ike->dh_jobs, 0);
	pair_inject(p, 1, mm1.data, mm1.octets);
	pair_run(p, 12000);
	CU_ASSERT_TRUE(is_in(p));
	pair_free(p);
}

/* --- Quick Mode ---- */

static bool swallow(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)data, (void)octets;
	return false;
}

/* Requests with other message IDs, as only the peer of this SA can make them. */
static void ask(struct pair *p, const struct pair_packet *qm1, unsigned n)
{
	const struct ike_keys *keys = &authenticated(p, 0)->keys;
	struct pair_packet plain = *qm1, m;
	struct isakmp_header h;
	struct payload_fault fault;
	struct payloads in;
	struct rd body, rest;
	uint8_t iv[IKE_BLOCK_MAX];
	size_t octets;

	CU_ASSERT_TRUE_FATAL(isakmp_parse_header(plain.data, plain.octets, &h, &body, &fault));
	octets = rd_left(&body);
	CU_ASSERT_EQUAL_FATAL(ike_iv_phase2(keys, h.message_id, iv), 0);
	CU_ASSERT_EQUAL_FATAL(ike_decrypt(keys, iv, plain.data + ISAKMP_HEADER_OCTETS, octets), 0);
	CU_ASSERT_TRUE_FATAL(payloads_walk(h.next_payload, body, ISAKMP_PADDING_MAX, &in, &fault));
	rest = payloads_rest(&in, 1);
	for (uint32_t mid = 1; mid <= n; mid++) {
		struct wr w;

		m = plain;
		w = wr_of(m.data + 20, 4);
		wr_u32(&w, mid);
		if (ike_iv_phase2(keys, mid, iv) ||
		    ike_hash_1(keys, mid, (struct ike_bytes){ rest.p, rd_left(&rest) },
			       m.data + ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS) ||
		    ike_encrypt(keys, iv, m.data + ISAKMP_HEADER_OCTETS, octets))
			abort();
		pair_inject(p, 1, m.data, m.octets);
	}
}

/* A peer that asks for thousands of SAs at once gets as many as there may be
 * nodes, and is waited for for a bounded time. */
static void quick_mode(void)
{
	for (unsigned pfs = 0; pfs < 2; pfs++) {
		struct pair *p = pair_new(9);
		struct pair_packet m;
		struct pair_setup s;
		const struct ike_sa *sa;

		for (int side = 1; side >= 0; side--) {
			pair_setup(&s, side, 4);
			s.idents[0].pfs_group = pfs ? 2 : 0;
			pair_start(p, side, &s);
			ike_set_debug(p->side[side].ike, 0);
		}
		for (unsigned k = 0; k < 6; k++) {
			m = next(p);
			pair_inject(p, m.to, m.data, m.octets);
		}
		m = next(p);
		p->dh_ms = pfs ? 5 : 0;
		p->filter = swallow;
		ask(p, &m, 3000);
		sa = authenticated(p, 1);
		CU_ASSERT_EQUAL(sa->node_count, IKE_NODES_MAX);
		CU_ASSERT_TRUE(p->job_count <= IKE_NODES_MAX);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(pair_installed(p, 1, true) > 0 && pair_installed(p, 1, true) <= IKE_NODES_MAX);
		pair_run(p, 300000);
		CU_ASSERT_EQUAL(p->side[1].ike->sa_count, 0);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 0);
		p->filter = NULL;
		ike_clear_session(p->side[0].ike, NULL);
		pair_run(p, 60000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

static const struct unit_test tests[] = {
	{ "a new peer gets in", new_peer },
	{ "the random source", few_draws },
	{ "one source", one_source },
	{ "hoarded by an IPv6 network", hoarded_by_a_network },
	{ "in the name of a peer", name_of_a_peer },
	{ "what is parked is counted", counted },
	{ "Diffie-Hellman", exhaustion },
	{ "Quick Mode", quick_mode },
};

UNIT_MAIN("flood", tests)
