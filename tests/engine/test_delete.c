/* Deletes and notifications: several in one message, of the SA that carries them, that cross others, malformed, lost. */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <string.h>

#define S 1000u

static struct pair *start_with(uint64_t seed, bool both_ask, struct isakmp_keepalive k)
{
	struct pair_setup s;
	struct pair *p = pair_new(seed);

	pair_setup(&s, 1, 4);
	s.idents[0].responder_only = !both_ask;
	s.keepalive = k;
	pair_start(p, 1, &s);
	pair_setup(&s, 0, 4);
	s.keepalive = k;
	pair_start(p, 0, &s);
	pair_run(p, 20 * S);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

static struct pair *start(uint64_t seed, bool both_ask)
{
	return start_with(seed, both_ask, (struct isakmp_keepalive){ 0 });
}

static struct ike_sa *ready(struct pair *p, int side)
{
	return ike_sa_ready(p->side[side].ike, &p->side[side].addr, &p->side[1 - side].addr, "");
}

/* A protected message from R3 with these payloads, good or with a wrong hash, ready to be injected. */
struct message {
	struct isakmp_wr m;
	uint8_t octets[2048], *hash;
	uint32_t mid;
	const struct ike_sa *sa;
};

static void open_message(struct message *x, struct pair *p, uint32_t mid)
{
	struct isakmp_header h = { .exchange = EXCHANGE_INFO, .flags = ISAKMP_FLAG_ENCRYPTED, .message_id = mid };

	x->sa = ready(p, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x->sa);
	x->mid = mid;
	memcpy(h.icookie, x->sa->icookie, sizeof(h.icookie));
	memcpy(h.rcookie, x->sa->rcookie, sizeof(h.rcookie));
	isakmp_open(&x->m, x->octets, sizeof(x->octets), &h);
	x->hash = wr_payload_room(&x->m, PAYLOAD_HASH, x->sa->keys.hash_octets);
}

static void esp_delete(struct message *x, uint8_t protocol, const uint32_t *spis, uint16_t count)
{
	uint8_t octets[256];
	struct wr w = wr_of(octets, sizeof(octets));

	for (unsigned i = 0; i < count; i++)
		wr_u32(&w, spis[i]);
	wr_delete(&x->m, protocol, octets, 4, count);
}

static void sa_delete(struct message *x, const struct ike_sa *sa)
{
	uint8_t spi[16];

	ike_sa_spi(sa, spi);
	wr_delete(&x->m, PROTO_ISAKMP, spi, sizeof(spi), 1);
}

static size_t close_message(struct message *x)
{
	const size_t plain = wr_octets(&x->m.w);
	struct rd r = rd_of(x->octets, plain);
	uint8_t hash[64], iv[IKE_BLOCK_MAX];
	size_t octets;

	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS + x->sa->keys.hash_octets);
	CU_ASSERT_EQUAL_FATAL(ike_hash_1(&x->sa->keys, x->mid, (struct ike_bytes){ r.p, rd_left(&r) }, hash), 0);
	for (size_t i = 0; i < x->sa->keys.hash_octets; i++)
		x->hash[i] ^= hash[i]; /* zeros, but where the test made them wrong */
	octets = isakmp_close(&x->m, x->sa->keys.block_octets);
	CU_ASSERT_EQUAL_FATAL(ike_iv_phase2(&x->sa->keys, x->mid, iv), 0);
	CU_ASSERT_EQUAL_FATAL(
		ike_encrypt(&x->sa->keys, iv, x->octets + ISAKMP_HEADER_OCTETS, octets - ISAKMP_HEADER_OCTETS), 0);
	return octets;
}

static void deliver(struct pair *p, struct message *x)
{
	size_t octets = close_message(x);

	pair_inject(p, 0, x->octets, octets);
}

static unsigned installed(struct pair *p, int side)
{
	return pair_installed(p, side, true) + pair_installed(p, side, false);
}

/* Two pairs. */
static struct pair *two_pairs(uint64_t seed)
{
	struct pair *p = start(seed, false);

	ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi);
	pair_run(p, 100);
	CU_ASSERT_EQUAL_FATAL(pair_installed(p, 0, false), 2);
	return p;
}

static void spis_of(struct pair *p, uint32_t spis[2])
{
	unsigned n = 0;

	for (size_t i = 0; i < PAIR_SAS; i++)
		if (p->side[0].sas[i].there && !p->side[0].sas[i].sa.inbound && n < 2)
			spis[n++] = p->side[0].sas[i].sa.spi;
}

static void several_spis(void)
{
	struct pair *p = two_pairs(1);
	struct message x;
	uint32_t spis[4] = { 0x11111111, 0, 0, 0x22222222 };

	spis_of(p, spis + 1);
	open_message(&x, p, 5);
	esp_delete(&x, PROTO_IPSEC_ESP, spis, 4);
	deliver(p, &x);
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 0);
	CU_ASSERT_EQUAL(p->side[0].downs, 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing DELETE payload. message ID = 5"), 1);
	CU_ASSERT_PTR_NOT_NULL(ready(p, 0));
	/* the same message again is none */
	pair_inject(p, 0, x.octets, wr_octets(&x.m.w));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing DELETE payload. message ID = 5"), 1);
	pair_run(p, 40 * S);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* The carrying SA first, then everything else: all is obeyed, the SA last. */
static void several_payloads(void)
{
	struct pair *p = two_pairs(2);
	struct message x;
	uint32_t spis[2];

	spis_of(p, spis);
	open_message(&x, p, 6);
	sa_delete(&x, ready(p, 1));
	esp_delete(&x, PROTO_IPSEC_ESP, &spis[0], 1);
	wr_notify(&x.m, PROTO_ISAKMP, NULL, 0, 12345, "text", 4);
	esp_delete(&x, PROTO_IPSEC_ESP, &spis[1], 1);
	deliver(p, &x);
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing DELETE payload. message ID = 6"), 3);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing NOTIFY UNKNOWN 12345 protocol 1"), 1);
	CU_ASSERT_PTR_NULL(ready(p, 0));
	CU_ASSERT_EQUAL(
		pair_said(p, 0,
			  "ISAKMP:(1001):deleting SA reason \"No reason\" state (I) QM_IDLE       (peer 10.1.1.3)"),
		1);
	pair_run(p, 40 * S);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void unknown(void)
{
	struct pair *p = start(3, false);
	const uint16_t types[] = { 0, 31, 8191, 8192, 16383, 24575, 32768, 40960, 65535 };
	struct message x;
	uint32_t spi = pair_sa(p, 0, false)->sa.spi;
	unsigned sent = p->side[0].sent;

	open_message(&x, p, 7);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		wr_notify(&x.m, (uint8_t)i, &spi, i % 2 ? 4 : 0, types[i], "0123456789", i);
	deliver(p, &x);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "processing NOTIFY UNKNOWN %u protocol %zu", types[i], i);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, text), 1);
	}
	/* AH, IPCOMP with its two octets, SPIs of other sizes, protocols that do not exist */
	open_message(&x, p, 8);
	esp_delete(&x, PROTO_IPSEC_AH, &spi, 1);
	esp_delete(&x, PROTO_IPCOMP, &spi, 1);
	esp_delete(&x, 77, &spi, 1);
	wr_delete(&x.m, PROTO_IPCOMP, "ab", 2, 1);
	wr_delete(&x.m, PROTO_IPSEC_ESP, "abcdefgh", 8, 1);
	wr_delete(&x.m, PROTO_ISAKMP, "abcdefgh", 8, 1);
	deliver(p, &x);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing DELETE payload. message ID = 8"), 6);
	CU_ASSERT_EQUAL(p->side[0].removes, 0);
	CU_ASSERT_EQUAL(p->side[0].sent, sent);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* One payload that is malformed, or a hash that is wrong, and nothing of the message is obeyed. */
static void malformed(void)
{
	struct pair *p = start(4, false);
	struct message x;
	uint32_t spi = pair_sa(p, 0, false)->sa.spi;
	unsigned bad = 0;

	for (uint32_t n = 0; n < 5; n++) {
		open_message(&x, p, 20 + n);
		esp_delete(&x, PROTO_IPSEC_ESP, &spi, 1);
		if (n == 0)
			x.hash[3] ^= 1;
		else if (n == 1)
			wr_delete(&x.m, PROTO_IPSEC_ESP, &spi, 4, 0);
		else if (n == 2)
			wr_delete(&x.m, PROTO_IPSEC_ESP, &spi, 0, 9);
		else {
			/* the count and the octets do not agree: one more, one less */
			wr_payload_open(&x.m, PAYLOAD_DELETE);
			wr_u32(&x.m.w, DOI_IPSEC);
			wr_u8(&x.m.w, PROTO_IPSEC_ESP);
			wr_u8(&x.m.w, 4);
			wr_u16(&x.m.w, n == 3 ? 3 : 1);
			wr_u32(&x.m.w, spi);
			wr_u32(&x.m.w, spi);
			wr_payload_close(&x.m);
		}
		deliver(p, &x);
		bad = pair_mentioned(p, 0, "failed its sanity check or is malformed");
		CU_ASSERT_EQUAL(bad, n);
		CU_ASSERT_EQUAL(p->side[0].removes, 0);
	}
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing DELETE payload"), 0);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* Another IKE SA with the same peer may be deleted in this one; that of somebody else may not. */
static void another_sa(void)
{
	struct pair *p = start(5, false);
	struct ike_sa *old = ready(p, 0), *new, stranger;
	const char *same;
	struct message x;

	ike_phase1_begin(p->side[0].ike, ike_ident_find(p->side[0].ike, 1));
	pair_run(p, 100);
	new = ready(p, 0);
	CU_ASSERT_TRUE_FATAL(new != NULL &&new != old && !old->deleted);
	stranger = *old;
	stranger.rcookie[7] ^= 1;
	open_message(&x, p, 9);
	sa_delete(&x, &stranger);
	deliver(p, &x);
	CU_ASSERT_FALSE(old->deleted);
	same = old->phase1_id;
	old->phase1_id = "somebody";
	open_message(&x, p, 10);
	sa_delete(&x, old);
	deliver(p, &x);
	CU_ASSERT_FALSE(old->deleted);
	old->phase1_id = same;
	open_message(&x, p, 11);
	sa_delete(&x, old);
	deliver(p, &x);
	CU_ASSERT_TRUE(old->deleted);
	CU_ASSERT_PTR_EQUAL(ready(p, 0), new);
	CU_ASSERT_EQUAL(installed(p, 0), 2);
	pair_free(p);
}

/* INITIAL_CONTACT in a message of its own: what is older than the SA that carries it goes. */
static void contact_alone(void)
{
	struct pair *p = start(6, true);
	struct message x;
	uint8_t spi[16];

	ike_phase1_begin(p->side[0].ike, ike_ident_find(p->side[0].ike, 1));
	pair_run(p, 100);
	open_message(&x, p, 12);
	ike_sa_spi(ready(p, 1), spi);
	spi[15] ^= 1; /* of another SA */
	wr_notify(&x.m, PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INITIAL_CONTACT, NULL, 0);
	deliver(p, &x);
	CU_ASSERT_EQUAL(p->side[0].removes, 0);
	open_message(&x, p, 13);
	spi[15] ^= 1;
	wr_notify(&x.m, PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INITIAL_CONTACT, NULL, 0);
	deliver(p, &x);
	CU_ASSERT_EQUAL(p->side[0].removes, 2);
	CU_ASSERT_PTR_NOT_NULL(ready(p, 0));
	p->traffic_ms = 1 * S; /* the peer still has the old one: it retires when the new one has carried something */
	pair_run(p, 60 * S);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	pair_free(p);
}

static unsigned quick_modes(struct pair *p)
{
	return pair_mentioned(p, 0, "beginning Quick Mode") + pair_mentioned(p, 1, "beginning Quick Mode");
}

/* Both delete, or one deletes what the other is rekeying, at the same moment: one pair is left, and it stays. */
static void crossing(void)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		for (unsigned after = 0; after < 6; after++) {
			struct pair *p = start(7 + kind, true);
			unsigned was = quick_modes(p);

			p->latency_ms = 50;
			if (kind == 0)
				ike_clear_sa(p->side[1].ike, NULL);
			else if (kind == 1)
				ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi);
			else if (kind == 2)
				ike_clear_session(p->side[1].ike, NULL);
			else
				ike_clear_isakmp(p->side[0].ike, 0);
			pair_run(p, after * 25);
			if (kind == 3)
				ike_clear_session(p->side[1].ike, NULL);
			else
				ike_clear_sa(p->side[kind == 1].ike, NULL);
			p->traffic_ms = 100;
			p->traffic_octets = 100;
			pair_run(p, 100 * S);
			CU_ASSERT_TRUE(pair_joined(p));
			for (int i = 0; i < 2; i++) {
				CU_ASSERT_EQUAL(pair_installed(p, i, true), 1);
				CU_ASSERT_EQUAL(pair_installed(p, i, false), 1);
			}
			CU_ASSERT_TRUE(quick_modes(p) - was <= 8);
			was = quick_modes(p);
			pair_run(p, 600 * S);
			CU_ASSERT_EQUAL(quick_modes(p), was);
			pair_free(p);
		}
	}
}

/*
 * Seeded clears on a bad line: in the end both have the same pair. Keepalives heal where one side has lost everything
 * and its deletes were lost too.
 */
static void lossy(void)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct pair *p = start_with(seed, seed % 2, (struct isakmp_keepalive){ 10, 2, false });

		p->loss = 25;
		p->doubled = 10;
		p->jitter_ms = 300;
		p->traffic_ms = 500;
		p->traffic_octets = 100;
		for (unsigned n = 0; n < 10; n++) {
			const int side = (int)pair_dice(p, 2);

			if (pair_dice(p, 2))
				ike_clear_sa(p->side[side].ike, NULL);
			else
				ike_clear_session(p->side[side].ike, NULL);
			pair_run(p, pair_dice(p, 30000));
		}
		p->loss = p->doubled = 0;
		p->jitter_ms = 0;
		pair_run(p, 400 * S);
		if (!pair_joined(p) || pair_installed(p, 0, true) != 1 || pair_installed(p, 1, true) != 1)
			printf("seed %u: %u and %u SAs\n", (unsigned)seed, installed(p, 0), installed(p, 1));
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
		pair_free(p);
	}
}

static const struct unit_test tests[] = {
	{ "several SPIs", several_spis },
	{ "several payloads, and the SA that carries them", several_payloads },
	{ "unknown types and protocols", unknown },
	{ "malformed payloads", malformed },
	{ "another IKE SA of the peer's", another_sa },
	{ "INITIAL_CONTACT in a message of its own", contact_alone },
	{ "deletes that cross", crossing },
	{ "deletes that are lost", lossy },
};

UNIT_MAIN("delete", tests)
