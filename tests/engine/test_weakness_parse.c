/*
 * Known weaknesses of IKEv1 implementations, first part: lengths, counts and order. What they were elsewhere and what this
 * router does is in doc/weaknesses.md. pair_leak.c looks at every datagram that is sent meanwhile.
 */
#include "ike/frag.h"
#include "tests/engine/attack.h"

#include <string.h>

/* Octets of the document's MM1: the lengths in its SA payload. */
enum {
	SA_AT = 28,
	SA_LENGTH = 30,
	PROPOSAL_LENGTH = 42,
	SPI_SIZE = 46,
	TRANSFORMS = 47,
	TRANSFORM_LENGTH = 50,
	LIFE_LENGTH = 78
};

static const unsigned lengths[] = { 0,  1,  2,  3,  4,  5,  7,  8,   11,  12,  20,     35,     36,     37,
				    43, 44, 45, 55, 56, 57, 64, 127, 255, 256, 0x7FFF, 0x8000, 0xFFFC, 0xFFFF };

/* Each first message has a cookie of its own. */
static void fresh(struct pair_packet *m)
{
	attack_put16(m->data, (size_t)(m->data[0] << 8 | m->data[1]) + 1);
	m->data[2] |= 1;
}

/* What a responder said to the last message: 0: nothing, else the exchange type of the only answer. */
static uint8_t answer(struct pair *p)
{
	uint8_t exchange = 0;

	CU_ASSERT_TRUE(p->queued <= 1);
	if (p->queued) {
		exchange = p->queue[0].data[18];
		/* no longer than a refusal, or than our transform and vendor IDs */
		CU_ASSERT_TRUE(p->queue[0].octets <= (exchange == EXCHANGE_INFO ? 56 : 150));
	}
	p->queued = 0;
	return exchange;
}

/* --- memory disclosure ------------------------------------------------------------------------------------------- */

/* Lengths that say that the SA payload has more in it, or less, than came: nobody gets an answer to that but a refusal. */
static void benigncertain(void)
{
	static const unsigned wide[] = { SA_LENGTH, PROPOSAL_LENGTH, TRANSFORM_LENGTH, LIFE_LENGTH };
	struct pair *p = attack_pair(1, NULL);
	struct pair_packet m, x;
	unsigned genuine;

	attack_hold(p, MM1, &m);
	for (size_t w = 0; w < sizeof(wide) / sizeof(wide[0]); w++) {
		genuine = (unsigned)(m.data[wide[w]] << 8 | m.data[wide[w] + 1]);
		for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
			for (unsigned cut = 0; cut < 2; cut++) {
				fresh(&m);
				x = m;
				if (lengths[n] == genuine)
					continue;
				attack_put16(x.data + wide[w], lengths[n]);
				if (cut) { /* nothing behind the SA payload, which a reply could be filled from */
					x.data[SA_AT] = PAYLOAD_NONE;
					x.octets = SA_AT + (size_t)(m.data[SA_LENGTH] << 8 | m.data[SA_LENGTH + 1]);
					attack_length(x.data, x.octets);
				}
				pair_inject(p, 1, x.data, x.octets);
				CU_ASSERT_NOT_EQUAL(answer(p), EXCHANGE_MAIN);
			}
		}
	}
	for (unsigned at = SPI_SIZE; at <= TRANSFORMS; at++) {
		for (unsigned n = 0; n < 256; n++) {
			fresh(&m);
			x = m;
			x.data[at] = (uint8_t)n;
			pair_inject(p, 1, x.data, x.octets);
			CU_ASSERT_EQUAL(answer(p) == EXCHANGE_MAIN, n == m.data[at]);
		}
	}
	pair_run(p, 130000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* The same from a peer that has the key: an SA payload whose lengths lie, and one whose SPI is longer than an SPI. */
static void benigncertain_quick(void)
{
	struct pair *p = attack_pair(2, NULL);
	struct pair_packet m;
	struct attack_state was;
	uint8_t rest[PAIR_DATAGRAM], bad[PAIR_DATAGRAM], out[PAIR_DATAGRAM], first;
	uint32_t mid = 0x1000;
	size_t octets;

	attack_hold(p, QM1, &m);
	octets = attack_decrypt(attack_sa(p, 1), &m, &first, rest);
	CU_ASSERT_EQUAL_FATAL(first, PAYLOAD_SA);
	attack_remember(p, &was);
	/* SA, proposal (its SPI of 4 octets makes the transform come later), transform */
	for (unsigned w = 0; w < 3; w++) {
		const unsigned at = w == 0 ? 2 : w == 1 ? 14 : 26;

		for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
			if (lengths[n] == (unsigned)(rest[at] << 8 | rest[at + 1]))
				continue;
			memcpy(bad, rest, octets);
			attack_put16(bad + at, lengths[n]);
			pair_inject(p, 1, out,
				    attack_seal(attack_sa(p, 0), EXCHANGE_QUICK, mid++, first, bad, octets, out));
		}
	}
	for (unsigned n = 0; n < 256; n++) {
		memcpy(bad, rest, octets);
		bad[18] = (uint8_t)n;
		if (n != 4)
			pair_inject(p, 1, out,
				    attack_seal(attack_sa(p, 0), EXCHANGE_QUICK, mid++, first, bad, octets, out));
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- fragments --------------------------------------------------------------------------------------------------- */

static void fragmenting(struct pair_setup *s, int side)
{
	(void)side;
	s->fragmentation = true;
}

/* A piece whose header says so many octets, of which so many are there. */
static void piece(struct pair *p, unsigned length, unsigned id, unsigned number, unsigned flags, size_t octets)
{
	struct attack_payloads x;
	struct isakmp_wr *m = attack_open(&x);
	uint8_t out[PAIR_DATAGRAM];
	size_t n;

	wr_payload_open(m, PAYLOAD_FRAGMENT);
	wr_u16(&m->w, (uint16_t)id);
	wr_u8(&m->w, (uint8_t)number);
	wr_u8(&m->w, (uint8_t)flags);
	for (size_t i = 0; i < octets; i++)
		wr_u8(&m->w, 0x41);
	wr_payload_close(m);
	n = attack_clear(attack_sa(p, 1), EXCHANGE_MAIN, 0, &x, out);
	if (length != UINT32_MAX)
		attack_put16(out + ISAKMP_HEADER_OCTETS + 2, length);
	pair_inject(p, 1, out, n);
}

/* There a length below 8 became a huge one when the header's octets were taken off, and what is added up overflowed. */
static void fragment_lengths(void)
{
	struct pair *p = attack_joined(3, fragmenting);
	struct attack_state was;

	attack_remember(p, &was);
	for (unsigned length = 0; length < 16; length++)
		for (unsigned flags = 0; flags < 2; flags++)
			piece(p, length, length, 1, flags, 8);
	piece(p, 0xFFFF, 20, 1, 1, 8);
	piece(p, UINT32_MAX, 21, 1, 0, 0);
	piece(p, UINT32_MAX, 21, 1, 1, 0);
	CU_ASSERT_EQUAL(p->side[1].ike->frags.count, 0);
	/* two that together are more than any message may be, and as many as there can be */
	piece(p, UINT32_MAX, 22, 1, 0, 8000);
	piece(p, UINT32_MAX, 22, 2, 1, 8000);
	CU_ASSERT_EQUAL(p->side[1].ike->frags.count, 1);
	for (unsigned number = 0; number < 256; number++)
		piece(p, UINT32_MAX, 22, number, number == 255, 8000);
	CU_ASSERT_EQUAL(p->side[1].ike->frags.count, 1);
	/* last ones that are not the last, the same one twice with other octets, one behind the last */
	piece(p, UINT32_MAX, 23, 5, 0, 100);
	piece(p, UINT32_MAX, 23, 2, 1, 100);
	piece(p, UINT32_MAX, 23, 1, 1, 100);
	piece(p, UINT32_MAX, 23, 1, 0, 10);
	piece(p, UINT32_MAX, 23, 1, 0, 100);
	piece(p, UINT32_MAX, 23, 6, 1, 10);
	piece(p, UINT32_MAX, 23, 7, 0, 10);
	piece(p, UINT32_MAX, 23, 2, 0, 10);
	piece(p, UINT32_MAX, 23, 3, 0, 10);
	CU_ASSERT_EQUAL(p->side[1].ike->frags.count, 2);
	piece(p, UINT32_MAX, 23, 4, 0, 10);
	CU_ASSERT_EQUAL(p->side[1].ike->frags.count, 1);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- lengths of payloads ----------------------------------------------------------------------------------------- */

/* A payload that has become longer by whole payloads behind it is as good as any. */
static bool ends_with_one(const struct pair_packet *m, size_t at, size_t length)
{
	size_t end = at;

	while (end < at + length && end + ISAKMP_GEN_OCTETS <= m->octets)
		end += attack_octets(m, end);
	return end == at + length;
}

/* Every payload of a message with each of these lengths: refused without a trace, and the genuine one is taken. */
static void each_length(struct pair *p, unsigned number, const struct pair_packet *m)
{
	struct pair_packet x;

	for (size_t at = ISAKMP_HEADER_OCTETS; at < m->octets; at += attack_octets(m, at)) {
		for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
			if (lengths[n] && ends_with_one(m, at, lengths[n]))
				continue;
			x = *m;
			attack_put16(x.data + at + 2, lengths[n]);
			pair_inject(p, m->to, x.data, x.octets);
		}
	}
	/* one more of no octets, of a type that may be empty: what is too short for its header is none */
	for (unsigned n = 0; n < ISAKMP_GEN_OCTETS; n++) {
		x = *m;
		attack_append(&x, number < MM3 ? PAYLOAD_VID : PAYLOAD_CR, n, NULL, 0);
		pair_inject(p, m->to, x.data, x.octets);
	}
}

static void payload_lengths(void)
{
	attack_each(MM1, MM4, 10, each_length);
}

/* A chain that leads back to where it came from: a payload of no octets, followed by itself. */
static void chains_without_end(void)
{
	struct pair *p = attack_joined(14, NULL);
	struct attack_state was;
	uint8_t m[PAIR_DATAGRAM];

	attack_remember(p, &was);
	for (unsigned length = 0; length < 4; length++) {
		for (unsigned type = 0; type < 256; type++) {
			for (unsigned exchange = 1; exchange <= 6; exchange++) {
				memset(m, 0, sizeof(m));
				m[0] = (uint8_t)(type | 1);
				m[1] = (uint8_t)exchange;
				m[16] = (uint8_t)type;
				m[17] = ISAKMP_VERSION;
				m[18] = (uint8_t)exchange;
				for (size_t at = ISAKMP_HEADER_OCTETS; at + 4 <= 128; at += 4) {
					m[at] = (uint8_t)type;
					m[at + 3] = (uint8_t)length;
				}
				attack_length(m, 128);
				pair_inject(p, 1, m, 128);
			}
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- count and order --------------------------------------------------------------------------------------------- */

/* Which payloads may stand twice: what is looked at for its own sake. */
static bool repeatable(uint8_t type)
{
	return type == PAYLOAD_VID || type == PAYLOAD_NATD;
}

/* The message with one payload of it once more, directly behind itself. */
static void twice(struct pair_packet *x, size_t at)
{
	const size_t octets = attack_octets(x, at);
	const uint8_t type = x->data[16];
	uint8_t own = type;

	for (size_t i = ISAKMP_HEADER_OCTETS; i < at; i += attack_octets(x, i))
		own = x->data[i];
	memmove(x->data + at + octets, x->data + at, x->octets - at);
	x->data[at] = own;
	x->octets += octets;
	attack_length(x->data, x->octets);
}

static void each_twice(struct pair *p, unsigned number, const struct pair_packet *m)
{
	struct pair_packet x;
	uint8_t type = m->data[16];
	unsigned tried = 0;

	for (size_t at = ISAKMP_HEADER_OCTETS; at < m->octets; at += attack_octets(m, at)) {
		if (!repeatable(type)) {
			x = *m;
			twice(&x, at);
			pair_inject(p, m->to, x.data, x.octets);
			tried++;
		}
		type = m->data[at];
	}
	CU_ASSERT_EQUAL(tried, number < MM3 ? 1 : 2);
}

static void payloads_twice(void)
{
	attack_each(MM1, MM4, 20, each_twice);
}

/* Every type where there should be another one, and hundreds of payloads that are good by themselves. */
static void each_type(struct pair *p, unsigned number, const struct pair_packet *m)
{
	struct pair_packet x;

	for (unsigned type = 0; type < 256; type++) {
		x = *m;
		x.data[16] = (uint8_t)type;
		if (type != m->data[16])
			pair_inject(p, m->to, x.data, x.octets);
		x = *m; /* the second one has this type */
		x.data[ISAKMP_HEADER_OCTETS] = (uint8_t)type;
		if (number >= MM3 && type != PAYLOAD_NONCE)
			pair_inject(p, m->to, x.data, x.octets);
		x = *m; /* an empty one behind those that belong there; a request for a certificate may be empty */
		attack_append(&x, (uint8_t)type, ISAKMP_GEN_OCTETS, NULL, 0);
		if (number < MM3 || type != PAYLOAD_CR)
			pair_inject(p, m->to, x.data, x.octets);
	}
	for (unsigned type = PAYLOAD_VID; type <= PAYLOAD_NATD; type += PAYLOAD_NATD - PAYLOAD_VID) {
		x = *m;
		x.data[16] = (uint8_t)type;
		memmove(x.data + ISAKMP_HEADER_OCTETS + 400 * 8, x.data + ISAKMP_HEADER_OCTETS,
			m->octets - ISAKMP_HEADER_OCTETS);
		for (size_t i = 0; i < 400; i++) {
			uint8_t *at = x.data + ISAKMP_HEADER_OCTETS + 8 * i;

			memcpy(at, "\0\0\0\10VVVV", 8);
			at[0] = i == 399 ? m->data[16] : (uint8_t)type;
		}
		x.octets += 400 * 8;
		attack_length(x.data, x.octets);
		pair_inject(p, m->to, x.data, x.octets);
	}
}

static void types_and_hundreds(void)
{
	attack_each(MM1, MM4, 30, each_type);
}

/* Those of every payload and of what is in an SA payload, the version, the flags and the message ID of the header. */
static void each_header(struct pair *p, unsigned number, const struct pair_packet *m)
{
	static const uint8_t nested[] = { PROPOSAL_LENGTH - 1, TRANSFORM_LENGTH - 1, TRANSFORM_LENGTH + 4,
					  TRANSFORM_LENGTH + 5 };

	struct pair_packet x;

	for (unsigned n = 1; n < 256; n++) {
		for (size_t at = ISAKMP_HEADER_OCTETS; at < m->octets; at += attack_octets(m, at)) {
			x = *m;
			x.data[at + 1] = (uint8_t)n;
			pair_inject(p, m->to, x.data, x.octets);
		}
		for (size_t i = 0; number < MM3 && i < sizeof(nested); i++) {
			x = *m;
			x.data[nested[i]] = (uint8_t)n;
			pair_inject(p, m->to, x.data, x.octets);
		}
		x = *m;
		x.data[17] = (uint8_t)(m->data[17] ^ (n << 4));
		if (n < 16)
			pair_inject(p, m->to, x.data, x.octets);
		x = *m;
		x.data[19] = (uint8_t)n;
		if (n & ~(unsigned)ISAKMP_FLAG_COMMIT & ~(unsigned)ISAKMP_FLAG_AUTH_ONLY)
			pair_inject(p, m->to, x.data, x.octets);
		x = *m;
		x.data[20 + n % 4] = (uint8_t)n;
		pair_inject(p, m->to, x.data, x.octets);
	}
}

static void headers(void)
{
	attack_each(MM1, MM4, 40, each_header);
}

/* The header says another length than the datagram has: longer, shorter, beyond 16 and 31 bits. */
static void each_datagram(struct pair *p, unsigned number, const struct pair_packet *m)
{
	static const uint32_t others[] = { 0, 1, 27, 28, 29, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };

	struct pair_packet x;

	(void)number;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		x = *m;
		attack_put16(x.data + 24, others[i] >> 16);
		attack_put16(x.data + 26, others[i] & 0xFFFF);
		pair_inject(p, m->to, x.data, x.octets);
		x = *m; /* the length of the datagram and 2^16 more */
		x.data[25] = 1;
		pair_inject(p, m->to, x.data, x.octets);
	}
	for (size_t more = 1; more < 40; more++) {
		pair_inject(p, m->to, m->data, m->octets + more);
		pair_inject(p, m->to, m->data, m->octets - (more < m->octets ? more : 0));
	}
}

static void length_and_datagram(void)
{
	attack_each(MM1, QM3, 50, each_datagram);
}

/* --- vendor IDs and nonces --------------------------------------------------------------------------------------- */

/* MM1 with so many more vendor IDs, each of so many octets of a known one over and over. */
static void add_vids(struct pair_packet *x, unsigned count, size_t octets)
{
	size_t known;
	const uint8_t *vid = isakmp_vid_octets(VID_FRAGMENTATION, &known);
	uint8_t body[PAIR_DATAGRAM];

	for (size_t i = 0; i < octets; i++)
		body[i] = vid[i % known];
	for (unsigned n = 0; n < count; n++)
		attack_append(x, PAYLOAD_VID, octets + ISAKMP_GEN_OCTETS, body, octets);
}

static void vendor_ids(void)
{
	static const struct {
		unsigned count;
		size_t octets;
		bool taken;
	} cases[] = { { 1, 0, false },   { 1, 1, true },     { 1, 19, true },   { 1, 21, true },
		      { 1, 2000, true }, { 1, 8100, false }, { 12, 300, true }, { 200, 16, false } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair *p = attack_pair(60 + i, fragmenting);
		struct pair_packet m, x;

		attack_hold(p, MM1, &m);
		x = m;
		add_vids(&x, cases[i].count, cases[i].octets);
		fresh(&x);
		pair_inject(p, 1, x.data, x.octets);
		CU_ASSERT_EQUAL(answer(p), cases[i].taken ? EXCHANGE_MAIN : 0);
		pair_inject(p, 1, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* RFC 2409 5: 8 to 256 octets. */
static void each_nonce(struct pair *p, unsigned number, const struct pair_packet *m)
{
	static const size_t sizes[] = { 0, 1, 7, 257, 300, 2000 };

	const size_t at = attack_find(m->data, m->octets, PAYLOAD_NONCE, 0), from = at + attack_octets(m, at);
	const size_t tail = m->octets - from;
	struct pair_packet x;

	(void)number;
	CU_ASSERT_TRUE_FATAL(at > 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		x = *m;
		memset(x.data + at + 4, 0x5A, sizes[i]);
		memcpy(x.data + at + 4 + sizes[i], m->data + from, tail);
		attack_put16(x.data + at + 2, 4 + sizes[i]);
		x.octets = at + 4 + sizes[i] + tail;
		attack_length(x.data, x.octets);
		pair_inject(p, m->to, x.data, x.octets);
	}
}

static void nonce_sizes(void)
{
	attack_each(MM3, MM4, 70, each_nonce);
}

/* The watch that all of this is under is awake. */
static void watched(void)
{
	uint8_t *p = malloc(64);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	pair_unwritten(p, 64);
	memset(p, 0, 20);
	CU_ASSERT_EQUAL(pair_leaks(p, 20), 0);
	CU_ASSERT_EQUAL(pair_leaks(p, 28), 21);
	free(p);
}

static const struct unit_test tests[] = {
	{ "unwritten octets are noticed", watched },
	{ "CVE-2016-6415: lengths in the SA payload of MM1 (BENIGNCERTAIN)", benigncertain },
	{ "CVE-2016-6415: lengths in the SA payload of Quick Mode", benigncertain_quick },
	{ "CVE-2016-1287, CVE-2009-1574: lengths of fragments", fragment_lengths },
	{ "CVE-2005-3668: lengths of payloads, 0 to huge", payload_lengths },
	{ "CVE-2003-0108: chains of payloads without end", chains_without_end },
	{ "payloads that come twice", payloads_twice },
	{ "CVE-2005-3669: unknown types, hundreds of payloads", types_and_hundreds },
	{ "CVE-2005-3667: header fields and reserved octets", headers },
	{ "CVE-2004-0403: message length and datagram differ", length_and_datagram },
	{ "vendor IDs, many and long", vendor_ids },
	{ "nonces too short and too long", nonce_sizes },
};

UNIT_MAIN("weaknesses: lengths, counts, order", tests)
