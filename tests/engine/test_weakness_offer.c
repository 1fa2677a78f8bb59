/*
 * Known weaknesses of IKEv1 implementations, fourth part: what a peer that has the key offers in Quick Mode, and anybody in
 * MM1: SPIs, transforms, key lengths, lifetimes, identities. doc/weaknesses.md.
 */
#include "tests/engine/attack.h"

/* --- Quick Mode of a peer ---------------------------------------------------------------------------------------- */

struct quick {
	uint32_t spi;
	uint8_t transform;
	const char *attrs;
	size_t attr_octets;
	uint8_t id_type; /* of IDcr; 0: as it should be */
	size_t nonce;
	unsigned spi_octets; /* NO_SPI; 0: as it should be */
};

#define NO_SPI   256u /* of no octets: the low eight bits are sent */
#define ENCAPS   "\200\4\0\1"
#define HMAC_SHA "\200\5\0\2"
#define BITS_128 "\200\6\0\200"
#define ATTRS(x) .attrs = x, .attr_octets = sizeof(x) - 1

/* A genuine QM1 of side 0; was an SA made of it? */
static bool quick_mode(struct pair *p, const struct quick *q, uint32_t mid)
{
	const unsigned installs = p->side[1].installs;
	static const uint8_t any[8], nonce[300];
	struct attack_payloads x;
	struct isakmp_wr *m = attack_open(&x);
	uint8_t out[PAIR_DATAGRAM], spi[UINT8_MAX] = { 0 };

	attack_put32(spi, q->spi);
	wr_sa_open(m);
	wr_proposal_open(m, 1, PROTO_IPSEC_ESP, spi, (uint8_t)(q->spi_octets ? q->spi_octets : sizeof(q->spi)));
	wr_transform_open(m, 1, q->transform);
	wr_bytes(&m->w, q->attrs, q->attr_octets);
	wr_transform_close(m);
	wr_proposal_close(m);
	wr_payload_close(m);
	wr_payload(m, PAYLOAD_NONCE, nonce, q->nonce ? q->nonce : 20);
	wr_id(m, ID_IPV4_ADDR_SUBNET, 0, 0, any, 8);
	wr_id(m, q->id_type ? q->id_type : ID_IPV4_ADDR_SUBNET, 0, 0, any, 8);
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_QUICK, mid, &x, out));
	p->queued = 0;
	pair_run(p, 1); /* what is over is kept for a while, and may go when there is need of room */
	return p->side[1].installs > installs;
}

static const struct quick good = { .spi = 0x1234, .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA BITS_128) };

/* RFC 4303 2.1: 0 is none, 1 to 255 are reserved. The SPI of ESP has four octets, whatever begins with a good one. */
static void reserved_spis(void)
{
	static const unsigned sizes[] = { NO_SPI, 1, 2, 3, 5, 8, 16, 17, 255 };
	struct pair *p = attack_joined(40, NULL);

	for (uint32_t spi = 0; spi < 256; spi += spi < 4 ? 1 : 251) {
		struct quick q = good;

		q.spi = spi;
		CU_ASSERT_FALSE(quick_mode(p, &q, 100 + spi));
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct quick q = good;

		q.spi_octets = sizes[i];
		CU_ASSERT_FALSE(quick_mode(p, &q, 1000 + sizes[i]));
	}
	CU_ASSERT_TRUE(quick_mode(p, &good, 99));
	pair_free(p);
}

/* The length of the key of phase 2: of none, twice, in the other form, of what has none; and unknown transforms. */
static void key_lengths_quick(void)
{
	static const struct quick cases[] = {
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA) },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\200\6\0\0") },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\200\6\0\201") },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\200\6\377\377") },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA BITS_128 BITS_128) },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\0\6\0\2\0\200") },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\0\6\0\0") },
		{ .transform = ESP_TRANSFORM_AES, ATTRS(ENCAPS HMAC_SHA "\0\6\377\377") },
		{ .transform = ESP_TRANSFORM_DES, ATTRS(ENCAPS HMAC_SHA BITS_128) },
		{ .transform = ESP_TRANSFORM_NULL, ATTRS(ENCAPS HMAC_SHA BITS_128) },
		{ .transform = ESP_TRANSFORM_AES, ATTRS("") },
	};
	struct pair *p = attack_joined(41, NULL);
	struct quick q;
	uint32_t mid = 1000;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		q = cases[i];
		q.spi = 0x1234;
		CU_ASSERT_FALSE(quick_mode(p, &q, mid++));
	}
	for (unsigned transform = 0; transform < 256; transform++) {
		q = good;
		q.transform = (uint8_t)transform;
		if (transform != ESP_TRANSFORM_AES)
			CU_ASSERT_FALSE(quick_mode(p, &q, mid++));
	}
	CU_ASSERT_TRUE(quick_mode(p, &good, mid));
	pair_free(p);
}

/* IDcr of every type but the one that it should be, and of none; the nonce's size. */
static void quick_identities(void)
{
	struct pair *p = attack_joined(42, NULL);
	struct quick q = good;
	uint32_t mid = 2000;

	for (unsigned type = 1; type < 256; type++) {
		q.id_type = (uint8_t)type;
		if (type != ID_IPV4_ADDR_SUBNET)
			CU_ASSERT_FALSE(quick_mode(p, &q, mid++));
	}
	q = good;
	for (q.nonce = 1; q.nonce < 8; q.nonce++)
		CU_ASSERT_FALSE(quick_mode(p, &q, mid++));
	q.nonce = 257;
	CU_ASSERT_FALSE(quick_mode(p, &q, mid++));
	q.nonce = 256;
	CU_ASSERT_TRUE(quick_mode(p, &q, mid++));
	pair_free(p);
}

/* --- attributes of phase 1 --------------------------------------------------------------------------------------- */

struct offer {
	const char *attrs;
	size_t octets;
	uint64_t life_s; /* of the SA; 0: refused */
};

#define AES      "\200\1\0\7"
#define DES      "\200\1\0\1"
#define REST     "\200\2\0\2\200\4\0\1\200\3\0\1"
#define KEY_128  "\200\16\0\200"
#define SECONDS  "\200\13\0\1"
#define OURS     ISAKMP_LIFETIME_DEFAULT_S /* never longer, never none */
#define OFFER(x) .attrs = x, .octets = sizeof(x) - 1

static void aes(struct pair_setup *s, int side)
{
	(void)side;
	s->policies[0].encr = ISAKMP_ENCR_AES;
	s->policies[0].keybits = 128;
	s->policies[1] = s->policies[0];
	s->policies[1].priority = 20;
	s->policies[1].encr = ISAKMP_ENCR_DES;
	s->policies[1].keybits = 0;
	s->policy_count = 2;
}

/* Is an MM1 with this one transform answered by MM2? The lifetime of its SA, 0: refused. */
static uint64_t offered(struct pair *p, const struct offer *o, unsigned n)
{
	struct isakmp_header h = { .icookie = { 1, (uint8_t)n, 3 }, .exchange = EXCHANGE_MAIN };
	uint8_t out[PAIR_DATAGRAM];
	uint64_t life_s = 0;
	struct isakmp_wr m;

	isakmp_open(&m, out, sizeof(out), &h);
	wr_sa_open(&m);
	wr_proposal_open(&m, 1, PROTO_ISAKMP, NULL, 0);
	wr_transform_open(&m, 1, KEY_IKE);
	wr_bytes(&m.w, o->attrs, o->octets);
	wr_transform_close(&m);
	wr_proposal_close(&m);
	wr_payload_close(&m);
	pair_inject(p, 1, out, isakmp_close(&m, 0));
	if (p->queued && p->queue[0].data[18] == EXCHANGE_MAIN)
		life_s = attack_sa(p, 1)->life_s;
	p->queued = 0;
	return life_s;
}

static void try_offers(const struct offer *offers, size_t count)
{
	struct pair *p = attack_pair(50, aes);
	struct pair_packet m;

	attack_hold(p, MM1, &m);
	for (size_t i = 0; i < count; i++)
		CU_ASSERT_EQUAL(offered(p, &offers[i], (unsigned)i), offers[i].life_s);
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

static void key_lengths(void)
{
	static const struct offer offers[] = {
		{ OFFER(AES REST KEY_128), OURS },
		{ OFFER(DES REST), OURS },
		{ OFFER(AES REST), 0 },
		{ OFFER(AES REST "\200\16\0\0"), 0 },
		{ OFFER(AES REST "\200\16\0\1"), 0 },
		{ OFFER(AES REST "\200\16\0\177"), 0 },
		{ OFFER(AES REST "\200\16\0\201"), 0 },
		{ OFFER(AES REST "\200\16\377\377"), 0 },
		{ OFFER(AES REST KEY_128 KEY_128), 0 },
		{ OFFER(AES REST KEY_128 "\200\16\1\0"), 0 },
		{ OFFER(AES REST "\0\16\0\2\0\200"), 0 },
		{ OFFER(AES REST "\0\16\0\4\0\0\0\200"), 0 },
		{ OFFER(AES REST "\0\16\0\0"), 0 },
		{ OFFER(AES REST "\0\16\377\377\0\200"), 0 },
		{ OFFER(DES REST KEY_128), 0 },
		{ OFFER(DES REST "\200\16\0\0"), 0 },
		{ OFFER(DES REST "\200\16\0\100"), 0 },
	};

	try_offers(offers, sizeof(offers) / sizeof(offers[0]));
}

static void lifetimes(void)
{
	static const struct offer offers[] = {
		{ OFFER(DES REST SECONDS "\200\14\0\0"), OURS }, /* no limit of theirs: ours */
		{ OFFER(DES REST SECONDS "\200\14\0\1"), 1 },
		{ OFFER(DES REST SECONDS "\200\14\377\377"), 65535 },
		{ OFFER(DES REST SECONDS "\0\14\0\4\377\377\377\377"), OURS },
		{ OFFER(DES REST SECONDS "\0\14\0\10\0\0\1\0\0\0\0\0"), OURS }, /* 2^40 is not 0 */
		{ OFFER(DES REST SECONDS "\0\14\0\10\0\0\0\1\0\0\0\1"), OURS }, /* nor is 2^32 + 1 one */
		{ OFFER(DES REST SECONDS "\0\14\0\20\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377"),
		  OURS },
		{ OFFER(DES REST SECONDS "\0\14\0\0"), 0 },
		{ OFFER(DES REST SECONDS "\0\14\377\377\1"), 0 },
		{ OFFER(DES REST "\200\14\16\20"), 0 },
		{ OFFER(DES REST SECONDS), 0 },
		{ OFFER(DES REST SECONDS "\200\14\16\20" SECONDS "\200\14\16\20"), 0 },
		{ OFFER(DES REST "\200\13\0\3\200\14\16\20"), 0 },
		{ OFFER(DES REST "\0\13\0\2\0\1\200\14\16\20"), 0 },
	};

	try_offers(offers, sizeof(offers) / sizeof(offers[0]));
}

static const struct unit_test tests[] = {
	{ "SPIs that are reserved, or of another size", reserved_spis },
	{ "CVE-2024-3652: key lengths and transforms of Quick Mode", key_lengths_quick },
	{ "CVE-2023-38711: identities of Quick Mode that are no networks", quick_identities },
	{ "key lengths of phase 1", key_lengths },
	{ "lifetimes of nothing, of ages, of many octets", lifetimes },
};

UNIT_MAIN("weaknesses: offers", tests)
