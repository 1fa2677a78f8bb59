/*
 * Known weaknesses of IKEv1 implementations, third part: what a message that is forged, repeated, or genuine and meant to
 * harm does to exchanges and SAs that are there. doc/weaknesses.md.
 */
#include "ike/ipsec.h"
#include "tests/engine/attack.h"

#include <stdio.h>
#include <string.h>

/* --- what nobody has proved -------------------------------------------------------------------------------------- */

static void put_spi(uint8_t out[4], uint32_t spi)
{
	out[0] = (uint8_t)(spi >> 24);
	out[1] = (uint8_t)(spi >> 16);
	out[2] = (uint8_t)(spi >> 8);
	out[3] = (uint8_t)spi;
}

/* The messages by which SAs end, as payloads; false: no more of them. */
static bool ending(struct pair *p, int to, unsigned n, struct attack_payloads *x)
{
	static const uint16_t types[] = { NOTIFY_INITIAL_CONTACT,
					  NOTIFY_NO_PROPOSAL_CHOSEN,
					  NOTIFY_AUTHENTICATION_FAILED,
					  NOTIFY_INVALID_HASH_INFORMATION,
					  NOTIFY_INVALID_COOKIE,
					  NOTIFY_INVALID_SPI,
					  NOTIFY_PAYLOAD_MALFORMED,
					  NOTIFY_RESPONDER_LIFETIME,
					  NOTIFY_R_U_THERE,
					  NOTIFY_R_U_THERE_ACK,
					  NOTIFY_CONNECTED,
					  NOTIFY_REPLAY_STATUS };
	static const uint8_t life[] = { 0x80, 11, 0, 1, 0x80, 12, 0, 1 };
	const struct pair_sa *ipsec = pair_sa(p, to, false);
	const size_t count = sizeof(types) / sizeof(types[0]);
	uint8_t cookies[16], spi[4] = { 0 };

	ike_sa_spi(attack_sa(p, to), cookies);
	if (ipsec)
		put_spi(spi, ipsec->sa.spi);
	attack_open(x);
	if (n < count)
		wr_notify(&x->m, PROTO_ISAKMP, cookies, 16, types[n], life, n == 7 ? 8 : n == 8 || n == 9 ? 4 : 0);
	else if (n < 2 * count)
		wr_notify(&x->m, PROTO_IPSEC_ESP, spi, 4, types[n - count], life, n - count == 7 ? 8 : 0);
	else if (n == 2 * count)
		wr_delete(&x->m, PROTO_ISAKMP, cookies, 16, 1);
	else if (n == 2 * count + 1)
		wr_delete(&x->m, PROTO_IPSEC_ESP, spi, 4, 1);
	else
		return false;
	return true;
}

/* In clear, with the right cookies, at each moment from MM2 to a tunnel that is up. */
static void unprotected(void)
{
	for (unsigned number = MM2; number <= QM3 + 1; number++) {
		struct pair *p = number <= QM3 ? attack_pair(number, NULL) : attack_joined(number, NULL);
		struct attack_payloads x;
		struct attack_state was;
		struct pair_packet m = { 0 };
		uint8_t out[PAIR_DATAGRAM];

		if (number <= QM3)
			attack_hold(p, number, &m);
		attack_remember(p, &was);
		for (int to = 0; to < 2; to++)
			for (unsigned n = 0; ending(p, to, n, &x); n++)
				for (uint32_t mid = 0; mid < 2; mid++)
					pair_inject(p, to, out,
						    attack_clear(attack_sa(p, to), EXCHANGE_INFO, mid, &x, out));
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
		if (m.octets)
			pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* A genuine message but for one bit of this octet of its hash. */
static size_t spoilt_hash(const struct ike_sa *sa, uint32_t mid, const struct attack_payloads *x, unsigned octet,
			  uint8_t *out)
{
	const size_t octets = attack_genuine(sa, EXCHANGE_INFO, mid, x, out) - ISAKMP_HEADER_OCTETS;
	uint8_t iv[IKE_BLOCK_MAX], *plain = out + ISAKMP_HEADER_OCTETS;

	ike_iv_phase2(&sa->keys, mid, iv);
	CU_ASSERT_EQUAL_FATAL(ike_decrypt(&sa->keys, iv, plain, octets), 0);
	plain[ISAKMP_GEN_OCTETS + octet] ^= (uint8_t)(1 << mid % 8);
	ike_iv_phase2(&sa->keys, mid, iv);
	CU_ASSERT_EQUAL_FATAL(ike_encrypt(&sa->keys, iv, plain, octets), 0);
	return ISAKMP_HEADER_OCTETS + octets;
}

/* Encrypted as it should be, by somebody who can change what he cannot read: the hash is wrong, wherever it is. */
static void wrong_hash(void)
{
	struct pair *p = attack_joined(20, NULL);
	struct attack_payloads x;
	struct attack_state was;
	uint8_t out[PAIR_DATAGRAM];
	uint32_t mid = 50;

	attack_remember(p, &was);
	for (int to = 0; to < 2; to++)
		for (unsigned n = 0; ending(p, to, n, &x); n++)
			for (unsigned octet = 0; octet < attack_sa(p, to)->keys.hash_octets; octet++)
				pair_inject(p, to, out, spoilt_hash(attack_sa(p, to), mid++, &x, octet, out));
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- deletes and notifications of a peer ------------------------------------------------------------------------- */

/* A DELETE of so many SPIs of this size, of which these octets are there. */
static void say_delete(struct pair *p, uint32_t mid, uint8_t protocol, unsigned size, unsigned count,
		       const uint8_t *spis, size_t octets)
{
	struct attack_payloads x;
	struct isakmp_wr *m = attack_open(&x);
	uint8_t out[PAIR_DATAGRAM];

	wr_payload_open(m, PAYLOAD_DELETE);
	wr_u32(&m->w, DOI_IPSEC);
	wr_u8(&m->w, protocol);
	wr_u8(&m->w, (uint8_t)size);
	wr_u16(&m->w, (uint16_t)count);
	wr_bytes(&m->w, spis, octets);
	wr_payload_close(m);
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid, &x, out));
}

/*
 * SPIs of every size and number, be they there or not, also such that 16 bits would not hold the product: nothing is
 * deleted, nothing is read. The octets are those of SAs that are there, in another size.
 */
static void delete_counts(void)
{
	static const unsigned sizes[] = { 0, 1, 2, 3, 4, 5, 6, 8, 12, 15, 16, 17, 255 },
			      counts[] = { 0, 1, 2, 3, 4, 6, 12, 16, 255, 0x4000, 0x4003, 0x8000, 0xFFFF };
	static const uint8_t protocols[] = { PROTO_ISAKMP, PROTO_IPSEC_AH, PROTO_IPSEC_ESP, PROTO_IPCOMP, 0, 255 };
	struct pair *p = attack_joined(30, NULL);
	struct attack_state was;
	uint8_t spis[12], cookies[2 * ISAKMP_COOKIE_OCTETS];
	uint32_t mid = 100;

	for (size_t i = 0; i < sizeof(spis); i += 4)
		put_spi(spis + i, pair_sa(p, 1, false)->sa.spi);
	ike_sa_spi(attack_sa(p, 1), cookies);
	attack_remember(p, &was);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			for (size_t q = 0; q < sizeof(protocols); q++) {
				if (protocols[q] != PROTO_IPSEC_ESP || sizes[i] != 4 || counts[k] != 3)
					say_delete(p, mid++, protocols[q], sizes[i], counts[k], spis, sizeof(spis));
				if (protocols[q] != PROTO_ISAKMP || sizes[i] != 16 || counts[k] != 1)
					say_delete(p, mid++, protocols[q], sizes[i], counts[k], cookies,
						   sizeof(cookies));
			}
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* The SA that carries the message is deleted in it, once, twice and thrice, and then notifications act on that SA. */
static void delete_and_go_on(void)
{
	struct pair *p = attack_joined(31, NULL);
	struct attack_payloads x, more;
	uint8_t out[PAIR_DATAGRAM], cookies[16], spi[4];

	ike_sa_spi(attack_sa(p, 1), cookies);
	put_spi(spi, pair_sa(p, 1, false)->sa.spi);
	attack_open(&x);
	for (unsigned n = 0; n < 3; n++) {
		wr_delete(&x.m, PROTO_ISAKMP, cookies, 16, 1);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_INITIAL_CONTACT, NULL, 0);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
		wr_notify(&x.m, PROTO_IPSEC_ESP, spi, 4, NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
		wr_notify(&x.m, PROTO_IPSEC_ESP, spi, 4, NOTIFY_RESPONDER_LIFETIME, "\200\1\0\1\200\2\0\1", 8);
		wr_delete(&x.m, PROTO_IPSEC_ESP, spi, 4, 1);
	}
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, 7, &x, out));
	CU_ASSERT_TRUE(attack_sa(p, 1)->deleted);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "deleting SA reason"), 2); /* one end is told in two halves */
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 0);
	/* and again, to an SA that is gone */
	for (unsigned n = 0; ending(p, 1, n, &more); n++)
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, 8 + n, &more, out));
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 2000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* "Are you there?" of another SA, by other SPIs, with a number of other octets than four: nobody answers. */
static void other_questions(void)
{
	struct pair *p = attack_joined(32, NULL);
	uint8_t out[PAIR_DATAGRAM], cookies[2 * ISAKMP_COOKIE_OCTETS + 1] = { 0 };
	struct attack_payloads x;
	struct attack_state was;
	uint32_t mid = 100;

	ike_sa_spi(attack_sa(p, 1), cookies);
	attack_remember(p, &was);
	for (uint8_t octets = 0; octets <= sizeof(cookies); octets++) {
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, octets, NOTIFY_R_U_THERE, "\0\0\0\1", octets == 16 ? 3 : 4);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1seventeen octets",
			  octets == 4 ? 0 : octets);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
	}
	for (unsigned i = 0; i < 16; i++) {
		cookies[i] ^= 1;
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
		cookies[i] ^= 1;
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	attack_open(&x);
	wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid, &x, out));
	CU_ASSERT_EQUAL(p->side[1].sent, was.sent[1] + 1);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

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

	put_spi(spi, q->spi);
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

/* --- IDs of exchanges and SAs ------------------------------------------------------------------------------------ */

/* Without one of its cookies, without both; a first message that has both. */
static void spoil_cookies(struct pair *p, const struct pair_packet *m, bool first)
{
	struct pair_packet x = *m;
	struct attack_state was;

	attack_remember(p, &was);
	memset(x.data, 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	memset(x.data + ISAKMP_COOKIE_OCTETS, 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	x = *m;
	memset(x.data + ISAKMP_COOKIE_OCTETS, first ? 0x5A : 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
}

/* Cookies of zeros are nobody's; the initiator takes no answer without one; message ID 0 is phase 1's alone. */
static void cookies_and_ids(void)
{
	struct pair *p = attack_pair(61, attack_aggressive_named);
	struct attack_payloads x;
	struct attack_state was;
	struct pair_packet m;
	uint8_t out[PAIR_DATAGRAM];

	for (unsigned number = 0; number < 2; number++) {
		attack_hold(p, number, &m);
		spoil_cookies(p, &m, number == 0);
		pair_inject(p, m.to, m.data, m.octets);
	}
	CU_ASSERT_EQUAL_FATAL(p->queued, 2); /* AG3 and QM1 */
	m = p->queue[0];
	spoil_cookies(p, &m, false);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);

	p = attack_pair(60, NULL);
	for (unsigned number = MM1; number <= MM6; number++) {
		attack_hold(p, number, &m);
		spoil_cookies(p, &m, number == MM1);
		pair_inject(p, m.to, m.data, m.octets);
	}
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_FALSE(quick_mode(p, &good, 0));
	attack_remember(p, &was);
	for (int to = 0; to < 2; to++) {
		unsigned count = 0;

		while (ending(p, to, count, &x))
			count++;
		while (count--) { /* a delete first: a number is good once */
			ending(p, to, count, &x);
			pair_inject(p, to, out, attack_genuine(attack_sa(p, to), EXCHANGE_INFO, 0, &x, out));
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* A message that does not verify moves no IV: garbage under the exchange's own number, and another exchange's octets. */
static void forged_ciphertext(void)
{
	for (unsigned number = MM5; number <= QM3; number++) {
		struct pair *p = attack_pair(70 + number, NULL);
		struct pair_packet m, x, other = { 0 };
		struct attack_state was;

		if (number > MM5) {
			attack_hold(p, MM5, &other);
			pair_inject(p, other.to, other.data, other.octets);
		}
		attack_hold(p, number, &m);
		attack_remember(p, &was);
		for (unsigned n = 0; n < 300; n++) {
			x = m;
			for (size_t i = 28; i < x.octets; i++)
				x.data[i] = (uint8_t)pair_dice(p, 256);
			if (other.octets && n % 2)
				memcpy(x.data + 28, other.data + 28,
				       other.octets < m.octets ? other.octets - 28 : m.octets - 28);
			if (n % 3 == 0)
				x.octets = 28 + 8 * (1 + n % 4);
			attack_length(x.data, x.octets);
			pair_inject(p, m.to, x.data, x.octets);
		}
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
		pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* The flag that asks to wait for CONNECTED stands outside of every hash: nobody waits for it. */
static bool commits(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)octets;
	data[19] |= ISAKMP_FLAG_COMMIT;
	return true;
}

static void commit_bit(void)
{
	struct pair *p = pair_new(80);
	struct pair_setup s;

	p->filter = commits;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		pair_start(p, side, &s);
	}
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	CU_ASSERT_EQUAL(p->sent, 9 + 3 + 1); /* phase 1 and 2; Quick Mode and the delete of attack_serves() */
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "CVE-2004-0164: deletes and notifications in clear, before, during and after phase 1", unprotected },
	{ "CVE-2019-10155: deletes and notifications with a wrong hash", wrong_hash },
	{ "CVE-2004-0183: a delete whose SPIs are not there", delete_counts },
	{ "CVE-2023-38712: deletes and notifications behind the delete of their SA", delete_and_go_on },
	{ "DPD for another SA, or of another size", other_questions },
	{ "SPIs that are reserved, or of another size", reserved_spis },
	{ "CVE-2024-3652: key lengths and transforms of Quick Mode", key_lengths_quick },
	{ "CVE-2023-38711: identities of Quick Mode that are no networks", quick_identities },
	{ "key lengths of phase 1", key_lengths },
	{ "lifetimes of nothing, of ages, of many octets", lifetimes },
	{ "CVE-2023-30570: cookies of zeros, message ID 0", cookies_and_ids },
	{ "forged messages move no IV", forged_ciphertext },
	{ "the commit bit", commit_bit },
};

UNIT_MAIN("weaknesses: state", tests)
