/*
 * ISAKMP messages: what is built is read back, and what is cut, stretched or bent is refused with the payload and the
 * reason that IOS's messages name.
 */
#include "ike/payload.h"

#include "tests/unit/unit.h"

static const struct isakmp_header header = { .icookie = { 1, 2, 3, 4, 5, 6, 7, 8 },
					     .rcookie = { 9, 10, 11, 12, 13, 14, 15, 16 },
					     .exchange = EXCHANGE_QUICK,
					     .message_id = 0x51bd2b1e };

static const uint8_t spi[4] = { 0x22, 0x1a, 0x71, 0x53 };
static const uint8_t nonce[20] = { 7, 7, 7 };

/* A message with every payload that has a parser: two proposals, the first with two transforms. */
static size_t build_all(uint8_t *buf, size_t size)
{
	struct ip_addr v6 = ip_from_in6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2");
	struct ip_prefix any6 = { .addr = { .family = 6 } };
	struct isakmp_wr m;

	isakmp_open(&m, buf, size, &header);
	wr_payload_room(&m, PAYLOAD_HASH, 20);
	wr_sa_open(&m);
	wr_proposal_open(&m, 1, PROTO_IPSEC_ESP, spi, sizeof(spi));
	wr_transform_open(&m, 1, ESP_TRANSFORM_AES);
	wr_u32(&m.w, 0x80040001);
	wr_transform_close(&m);
	wr_transform_open(&m, 2, ESP_TRANSFORM_3DES);
	wr_transform_close(&m);
	wr_proposal_close(&m);
	wr_proposal_open(&m, 2, PROTO_IPSEC_ESP, spi, sizeof(spi));
	wr_transform_open(&m, 1, ESP_TRANSFORM_DES);
	wr_transform_close(&m);
	wr_proposal_close(&m);
	wr_payload_close(&m);
	wr_payload(&m, PAYLOAD_NONCE, nonce, sizeof(nonce));
	wr_payload(&m, PAYLOAD_KE, nonce, sizeof(nonce));
	wr_id_addr(&m, &v6, 17, ISAKMP_PORT);
	wr_id_prefix(&m, &any6, false, 0, 0);
	wr_notify(&m, PROTO_ISAKMP, header.icookie, 16, NOTIFY_INITIAL_CONTACT, "ab", 2);
	wr_delete(&m, PROTO_IPSEC_ESP, "\1\2\3\4\5\6\7\10", 4, 2);
	wr_payload(&m, PAYLOAD_VID, "\x09\x00\x26\x89\xdf\xd6\xb7\x12", 8);
	return isakmp_close(&m, 0);
}

/* Header, walk and the typed parser of every payload. */
static bool read_all(const uint8_t *datagram, size_t octets, struct payloads *all, struct payload_fault *fault)
{
	struct payload_notify notify;
	struct payload_delete delete;
	struct isakmp_header h;
	struct payload_sa sa;
	struct payload_id id;
	struct rd body;

	*fault = (struct payload_fault){ PAYLOAD_OK, PAYLOAD_NONE };
	if (!isakmp_parse_header(datagram, octets, &h, &body, fault) ||
	    !payloads_walk(h.next_payload, body, 0, all, fault))
		return false;
	for (unsigned i = 0; i < all->count; i++) {
		const struct payload *p = &all->p[i];
		bool good = p->type == PAYLOAD_SA       ? payload_parse_sa(p, &sa, fault)
			    : p->type == PAYLOAD_ID     ? payload_parse_id(p, &id, fault)
			    : p->type == PAYLOAD_NOTIFY ? payload_parse_notify(p, &notify, fault)
			    : p->type == PAYLOAD_DELETE ? payload_parse_delete(p, &delete, fault)
							: payload_check_opaque(p, fault);

		if (!good)
			return false;
	}
	return true;
}

static void patch_length(uint8_t *datagram, size_t octets)
{
	struct wr w = wr_of(datagram, ISAKMP_HEADER_OCTETS);

	wr_take(&w, 24);
	wr_u32(&w, (uint32_t)octets);
}

/* --- the message and its chain --------------------------------------------------------------------------------- */

static void test_header(void)
{
	struct payload_fault fault;
	struct isakmp_header h;
	uint8_t buf[64];
	struct isakmp_wr m;
	struct rd body;

	isakmp_open(&m, buf, sizeof(buf), &header);
	wr_payload(&m, PAYLOAD_VID, "x", 1);
	CU_ASSERT_EQUAL(isakmp_close(&m, 0), 33);
	CU_ASSERT(isakmp_parse_header(buf, 33, &h, &body, &fault));
	CU_ASSERT_EQUAL(memcmp(h.icookie, header.icookie, 8), 0);
	CU_ASSERT_EQUAL(memcmp(h.rcookie, header.rcookie, 8), 0);
	CU_ASSERT_EQUAL(h.next_payload, PAYLOAD_VID);
	CU_ASSERT_EQUAL(h.version, ISAKMP_VERSION);
	CU_ASSERT_EQUAL(h.exchange, EXCHANGE_QUICK);
	CU_ASSERT_EQUAL(h.flags, 0);
	CU_ASSERT_EQUAL(h.message_id, 0x51bd2b1e);
	CU_ASSERT_EQUAL(h.length, 33);
	CU_ASSERT_EQUAL(rd_left(&body), 5);
	/* each field of RFC 2408 3.1 at its place */
	CU_ASSERT_EQUAL(memcmp(buf + 16, "\x0d\x10\x20\x00\x51\xbd\x2b\x1e\x00\x00\x00\x21", 12), 0);
}

static enum payload_why header_fault(size_t at, uint8_t value, size_t octets)
{
	struct payload_fault fault = { PAYLOAD_OK, 0xff };
	struct isakmp_header h;
	struct isakmp_wr m;
	uint8_t buf[64];
	struct rd body;

	isakmp_open(&m, buf, sizeof(buf), &header);
	isakmp_close(&m, 0);
	if (at < ISAKMP_HEADER_OCTETS)
		buf[at] = value;
	if (at == 0)
		memset(buf, 0, 8);
	if (!isakmp_parse_header(buf, octets, &h, &body, &fault)) {
		CU_ASSERT_EQUAL(fault.type, PAYLOAD_NONE);
		CU_ASSERT_EQUAL(rd_left(&body), 0);
	}
	return fault.why;
}

static void test_header_refused(void)
{
	CU_ASSERT_EQUAL(header_fault(28, 0, 28), PAYLOAD_OK);
	for (size_t n = 0; n < 28; n++)
		CU_ASSERT_EQUAL(header_fault(28, 0, n), PAYLOAD_SHORT);
	CU_ASSERT_EQUAL(header_fault(28, 0, 29), PAYLOAD_LENGTH);
	CU_ASSERT_EQUAL(header_fault(27, 29, 28), PAYLOAD_LENGTH);
	CU_ASSERT_EQUAL(header_fault(24, 0x80, 28), PAYLOAD_LENGTH);
	CU_ASSERT_EQUAL(header_fault(17, 0x20, 28), PAYLOAD_VERSION);
	CU_ASSERT_EQUAL(header_fault(19, 0x08, 28), PAYLOAD_FLAGS);
	CU_ASSERT_EQUAL(header_fault(0, 0, 28), PAYLOAD_COOKIE);
}

static void test_round_trip(void)
{
	static const uint8_t types[] = { PAYLOAD_HASH, PAYLOAD_SA,     PAYLOAD_NONCE,  PAYLOAD_KE, PAYLOAD_ID,
					 PAYLOAD_ID,   PAYLOAD_NOTIFY, PAYLOAD_DELETE, PAYLOAD_VID };
	struct payload_fault fault;
	struct payloads all;
	uint8_t buf[512];
	size_t octets = build_all(buf, sizeof(buf));
	struct rd rest;

	CU_ASSERT(octets > 0);
	CU_ASSERT(read_all(buf, octets, &all, &fault));
	CU_ASSERT_EQUAL(all.count, sizeof(types));
	for (unsigned i = 0; i < all.count && i < sizeof(types); i++)
		CU_ASSERT_EQUAL(all.p[i].type, types[i]);
	CU_ASSERT_EQUAL(payloads_count(&all, PAYLOAD_ID), 2);
	CU_ASSERT_EQUAL(payloads_count(&all, PAYLOAD_SIG), 0);
	CU_ASSERT_PTR_EQUAL(payloads_find(&all, PAYLOAD_ID, 1), &all.p[5]);
	CU_ASSERT_PTR_NULL(payloads_find(&all, PAYLOAD_ID, 2));
	/* what HASH(1) covers: from behind the HASH payload to the end */
	rest = payloads_rest(&all, 1);
	CU_ASSERT_PTR_EQUAL(rest.p, buf + 28 + 24);
	CU_ASSERT_EQUAL(rd_left(&rest), octets - 28 - 24);
	rest = payloads_rest(&all, all.count);
	CU_ASSERT_EQUAL(rd_left(&rest), 0);
}

/* Every cut of a good message, with the header's length right and with it wrong. */
static void test_truncation(void)
{
	struct payload_fault fault;
	struct payloads all;
	uint8_t buf[512];
	size_t octets = build_all(buf, sizeof(buf));

	for (size_t n = 0; n < octets; n++) {
		uint8_t *cut = malloc(n ? n : 1); /* so that AddressSanitizer sees one octet too far */

		CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
		memcpy(cut, buf, n);
		CU_ASSERT_FALSE(read_all(cut, n, &all, &fault));
		CU_ASSERT_NOT_EQUAL(fault.why, PAYLOAD_OK);
		if (n >= ISAKMP_HEADER_OCTETS) {
			patch_length(cut, n);
			CU_ASSERT_FALSE(read_all(cut, n, &all, &fault));
			CU_ASSERT_EQUAL(fault.why, PAYLOAD_SHORT);
		}
		free(cut);
	}
}

/* Every cut of every payload's own content: its length shrinks with it, so only the typed parsers can notice. */
static void test_truncated_bodies(void)
{
	struct payload_fault fault;
	struct payload_notify notify;
	struct payload_delete delete;
	struct payload_sa sa;
	struct payload_id id;
	struct payloads all;
	uint8_t buf[512];
	size_t octets = build_all(buf, sizeof(buf));

	CU_ASSERT(read_all(buf, octets, &all, &fault));
	for (unsigned i = 0; i < all.count; i++) {
		size_t whole = rd_left(&all.p[i].body);

		for (size_t n = 0; n < whole; n++) {
			uint8_t *cut = malloc(n ? n : 1);
			struct payload p = { .type = all.p[i].type };

			CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
			memcpy(cut, all.p[i].body.p, n);
			p.body = rd_of(cut, n);
			if (p.type == PAYLOAD_SA)
				CU_ASSERT_FALSE(payload_parse_sa(&p, &sa, &fault));
			if (p.type == PAYLOAD_ID)
				CU_ASSERT_FALSE(payload_parse_id(&p, &id, &fault));
			if (p.type == PAYLOAD_DELETE)
				CU_ASSERT_FALSE(payload_parse_delete(&p, &delete, &fault));
			if (p.type == PAYLOAD_NOTIFY) /* the data may have any length */
				CU_ASSERT_EQUAL(payload_parse_notify(&p, &notify, &fault), n >= 24);
			if (p.type == PAYLOAD_NONCE)
				CU_ASSERT_EQUAL(payload_check_opaque(&p, &fault), n >= ISAKMP_NONCE_MIN);
			free(cut);
		}
	}
}

static struct payload_fault walk_fault(uint8_t first, const char *octets, size_t n, size_t padding)
{
	struct payload_fault fault = { PAYLOAD_OK, PAYLOAD_NONE };
	struct payloads all;

	payloads_walk(first, rd_of(octets, n), padding, &all, &fault);
	return fault;
}

static bool fault_is(struct payload_fault f, enum payload_why why, uint8_t type)
{
	return f.why == why && f.type == type;
}

static void test_walk_refused(void)
{
	char many[4 * (ISAKMP_PAYLOADS_MAX + 1)] = { 0 };

	CU_ASSERT(fault_is(walk_fault(PAYLOAD_NONE, "", 0, 0), PAYLOAD_OK, 0));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\5x", 5, 0), PAYLOAD_OK, 0));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\10\1\0\5x", 5, 0), PAYLOAD_RESERVED, PAYLOAD_ID));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\13\0\0\4\0\2\0\4", 8, 0), PAYLOAD_RESERVED, PAYLOAD_NOTIFY));
	/* reserved is noticed before a length that is wrong as well: a wrong key makes both */
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\1\xff\xff", 4, 0), PAYLOAD_RESERVED, PAYLOAD_ID));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\3x", 5, 0), PAYLOAD_LENGTH, PAYLOAD_ID));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\0x", 5, 0), PAYLOAD_LENGTH, PAYLOAD_ID));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\6x", 5, 0), PAYLOAD_SHORT, PAYLOAD_ID));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\4x", 5, 0), PAYLOAD_TRAILING, 0));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_NONE, "x", 1, 0), PAYLOAD_TRAILING, 0));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\4xxx", 7, 3), PAYLOAD_OK, 0));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\0\0\0\4xxx", 7, 2), PAYLOAD_TRAILING, 0));
	/* the chain goes on and the message does not */
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_ID, "\10\0\0\4", 4, 0), PAYLOAD_SHORT, PAYLOAD_HASH));
	/* types that are not defined, or not on this level */
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_TRANSFORM, "\0\0\0\4", 4, 0), PAYLOAD_UNKNOWN, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(walk_fault(99, "\0\0\0\4", 4, 0), PAYLOAD_UNKNOWN, 99));
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_FRAGMENT, "\0\0\0\4", 4, 0), PAYLOAD_OK, 0));
	for (size_t i = 0; i < ISAKMP_PAYLOADS_MAX + 1; i++) {
		many[4 * i] = i < ISAKMP_PAYLOADS_MAX ? PAYLOAD_VID : PAYLOAD_NONE;
		many[4 * i + 3] = 4;
	}
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_VID, many, sizeof(many), 0), PAYLOAD_TOO_MANY, PAYLOAD_VID));
	many[sizeof(many) - 8] = PAYLOAD_NONE;
	CU_ASSERT(fault_is(walk_fault(PAYLOAD_VID, many, sizeof(many) - 4, 0), PAYLOAD_OK, 0));
}

static void test_names(void)
{
	CU_ASSERT_STRING_EQUAL(payload_name(PAYLOAD_ID), "ID");
	CU_ASSERT_STRING_EQUAL(payload_name(PAYLOAD_HASH), "HASH");
	CU_ASSERT_STRING_EQUAL(payload_name(PAYLOAD_NOTIFY), "NOTIFY");
	CU_ASSERT_STRING_EQUAL(payload_name(99), "UNKNOWN");
}

/* --- typed payloads -------------------------------------------------------------------------------------------- */

static void test_sa(void)
{
	struct payload_fault fault;
	struct payload_sa sa;
	struct payloads all;
	uint8_t buf[512];
	size_t octets = build_all(buf, sizeof(buf));

	CU_ASSERT(read_all(buf, octets, &all, &fault));
	CU_ASSERT(payload_parse_sa(payloads_find(&all, PAYLOAD_SA, 0), &sa, &fault));
	CU_ASSERT_EQUAL(sa.doi, DOI_IPSEC);
	CU_ASSERT_EQUAL(sa.situation, SIT_IDENTITY_ONLY);
	CU_ASSERT_EQUAL(sa.proposal_count, 2);
	CU_ASSERT_EQUAL(sa.transform_count, 3);
	CU_ASSERT_EQUAL(sa.proposals[0].number, 1);
	CU_ASSERT_EQUAL(sa.proposals[0].protocol, PROTO_IPSEC_ESP);
	CU_ASSERT_EQUAL(payload_spi(sa.proposals[0].spi), 0x221a7153);
	CU_ASSERT_EQUAL(payload_spi(NULL), 0);
	CU_ASSERT_EQUAL(sa.proposals[0].first, 0);
	CU_ASSERT_EQUAL(sa.proposals[0].count, 2);
	CU_ASSERT_EQUAL(sa.proposals[1].number, 2);
	CU_ASSERT_EQUAL(sa.proposals[1].first, 2);
	CU_ASSERT_EQUAL(sa.proposals[1].count, 1);
	CU_ASSERT_EQUAL(sa.transforms[0].id, ESP_TRANSFORM_AES);
	CU_ASSERT_EQUAL(sa.transforms[0].next, PAYLOAD_TRANSFORM);
	CU_ASSERT_EQUAL(rd_left(&sa.transforms[0].attrs), 4);
	CU_ASSERT_EQUAL(sa.transforms[0].octets, 12);
	CU_ASSERT_EQUAL(sa.transforms[1].number, 2);
	CU_ASSERT_EQUAL(sa.transforms[1].next, PAYLOAD_NONE);
	CU_ASSERT_EQUAL(sa.transforms[2].id, ESP_TRANSFORM_DES);
}

/* A responder's answer: one proposal with the chosen transform as it came. */
static void test_transform_copy(void)
{
	struct payload_fault fault;
	struct payload_sa sa, answer;
	struct payloads all;
	struct isakmp_wr m;
	uint8_t buf[512], reply[128];
	size_t octets = build_all(buf, sizeof(buf));

	CU_ASSERT(read_all(buf, octets, &all, &fault));
	CU_ASSERT(payload_parse_sa(payloads_find(&all, PAYLOAD_SA, 0), &sa, &fault));
	isakmp_open(&m, reply, sizeof(reply), &header);
	wr_sa_open(&m);
	wr_proposal_open(&m, 1, PROTO_IPSEC_ESP, spi, sizeof(spi));
	wr_transform_copy(&m, &sa.transforms[0]);
	wr_proposal_close(&m);
	wr_payload_close(&m);
	octets = isakmp_close(&m, 0);
	CU_ASSERT(read_all(reply, octets, &all, &fault));
	CU_ASSERT(payload_parse_sa(&all.p[0], &answer, &fault));
	CU_ASSERT_EQUAL(answer.transform_count, 1);
	CU_ASSERT_EQUAL(answer.transforms[0].next, PAYLOAD_NONE);
	CU_ASSERT_EQUAL(answer.transforms[0].number, 1);
	CU_ASSERT_EQUAL(memcmp(answer.transforms[0].attrs.p, sa.transforms[0].attrs.p, 4), 0);
}

/* The SA payload of a phase 1 with one transform and no attributes, one octet of it changed. */
static struct payload_fault sa_fault(size_t at, uint8_t value)
{
	static const uint8_t good[] = { 0, 0, 0, 1,  0, 0, 0, 1,   /*  0: DOI, situation */
					0, 0, 0, 16, 1, 1, 0, 1,   /*  8: proposal, no SPI, one transform */
					0, 0, 0, 8,  1, 1, 0, 0 }; /* 16: transform */
	struct payload_fault fault = { PAYLOAD_OK, PAYLOAD_NONE };
	uint8_t octets[sizeof(good)];
	struct payload p = { .type = PAYLOAD_SA };
	struct payload_sa sa;

	memcpy(octets, good, sizeof(good));
	if (at < sizeof(octets))
		octets[at] = value;
	p.body = rd_of(octets, sizeof(octets));
	payload_parse_sa(&p, &sa, &fault);
	return fault;
}

static void test_sa_refused(void)
{
	CU_ASSERT(fault_is(sa_fault(99, 0), PAYLOAD_OK, PAYLOAD_NONE));
	CU_ASSERT(fault_is(sa_fault(3, 0), PAYLOAD_DOI, PAYLOAD_SA));
	CU_ASSERT(fault_is(sa_fault(7, 2), PAYLOAD_SITUATION, PAYLOAD_SA));
	CU_ASSERT(fault_is(sa_fault(8, PAYLOAD_TRANSFORM), PAYLOAD_UNKNOWN, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(8, PAYLOAD_PROPOSAL), PAYLOAD_SHORT, PAYLOAD_PROPOSAL)); /* and there is none */
	CU_ASSERT(fault_is(sa_fault(9, 1), PAYLOAD_RESERVED, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(11, 15), PAYLOAD_SHORT, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(11, 17), PAYLOAD_SHORT, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(11, 3), PAYLOAD_LENGTH, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(14, 9), PAYLOAD_SHORT, PAYLOAD_PROPOSAL)); /* SPI */
	CU_ASSERT(fault_is(sa_fault(15, 0), PAYLOAD_VALUE, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(15, 2), PAYLOAD_VALUE, PAYLOAD_PROPOSAL));
	CU_ASSERT(fault_is(sa_fault(16, PAYLOAD_PROPOSAL), PAYLOAD_UNKNOWN, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(16, PAYLOAD_TRANSFORM), PAYLOAD_SHORT, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(17, 1), PAYLOAD_RESERVED, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(19, 7), PAYLOAD_SHORT, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(22, 1), PAYLOAD_RESERVED, PAYLOAD_TRANSFORM));
	CU_ASSERT(fault_is(sa_fault(23, 1), PAYLOAD_RESERVED, PAYLOAD_TRANSFORM));
}

/* More proposals or transforms than there is room for are refused, not written past the arrays. */
static void test_sa_too_many(void)
{
	struct payload_fault fault;
	struct payloads all;
	static uint8_t buf[4096];
	struct isakmp_wr m;

	for (unsigned proposals = 1; proposals <= 2; proposals++) {
		unsigned transforms = proposals == 1 ? ISAKMP_TRANSFORMS_MAX + 1 : 1;

		isakmp_open(&m, buf, sizeof(buf), &header);
		wr_sa_open(&m);
		for (unsigned i = 0; i < (proposals == 1 ? 1 : ISAKMP_PROPOSALS_MAX + 1); i++) {
			wr_proposal_open(&m, (uint8_t)(i + 1), PROTO_ISAKMP, NULL, 0);
			for (unsigned t = 0; t < transforms; t++) {
				wr_transform_open(&m, (uint8_t)(t + 1), KEY_IKE);
				wr_transform_close(&m);
			}
			wr_proposal_close(&m);
		}
		wr_payload_close(&m);
		CU_ASSERT_FALSE(read_all(buf, isakmp_close(&m, 0), &all, &fault));
		CU_ASSERT(fault_is(fault, PAYLOAD_TOO_MANY, proposals == 1 ? PAYLOAD_TRANSFORM : PAYLOAD_PROPOSAL));
	}
}

static struct payload_id parse_id(const char *octets, size_t n, struct payload_fault *fault)
{
	struct payload p = { .type = PAYLOAD_ID, .body = rd_of(octets, n) };
	struct payload_id id;

	*fault = (struct payload_fault){ PAYLOAD_OK, PAYLOAD_NONE };
	payload_parse_id(&p, &id, fault);
	return id;
}

static void test_id(void)
{
	struct payload_fault fault;
	struct payload_id id;
	struct ip_prefix p;
	char text[IP_TEXT_SIZE];

	id = parse_id("\1\21\1\364\300\250\27\2", 8, &fault);
	CU_ASSERT_EQUAL(fault.why, PAYLOAD_OK);
	CU_ASSERT_EQUAL(id.type, ID_IPV4_ADDR);
	CU_ASSERT_EQUAL(id.protocol, 17);
	CU_ASSERT_EQUAL(id.port, 500);
	CU_ASSERT(payload_id_prefix(&id, &p));
	CU_ASSERT_EQUAL(p.len, 32);
	CU_ASSERT_STRING_EQUAL(ip_text(&p.addr, text), "192.168.23.2");
	id = parse_id("\4\0\0\0\12\1\0\0\377\377\0\0", 12, &fault);
	CU_ASSERT(payload_id_prefix(&id, &p));
	CU_ASSERT_EQUAL(p.len, 16);
	id = parse_id("\4\0\0\0\12\1\0\0\377\0\377\0", 12, &fault); /* a hole */
	CU_ASSERT_EQUAL(fault.why, PAYLOAD_OK);
	CU_ASSERT_FALSE(payload_id_prefix(&id, &p));
	id = parse_id("\2\0\0\0r2", 6, &fault);
	CU_ASSERT_EQUAL(fault.why, PAYLOAD_OK);
	CU_ASSERT_EQUAL(id.octets, 2);
	CU_ASSERT_FALSE(payload_id_prefix(&id, &p));
	parse_id("\1\0\0\0\1\2\3\4\5", 9, &fault);
	CU_ASSERT(fault_is(fault, PAYLOAD_LENGTH, PAYLOAD_ID));
	parse_id("\2\0\0\0", 4, &fault);
	CU_ASSERT(fault_is(fault, PAYLOAD_LENGTH, PAYLOAD_ID));
	parse_id("\0\0\0\0abcd", 8, &fault);
	CU_ASSERT(fault_is(fault, PAYLOAD_VALUE, PAYLOAD_ID));
	parse_id("\14\0\0\0abcd", 8, &fault);
	CU_ASSERT(fault_is(fault, PAYLOAD_VALUE, PAYLOAD_ID));
}

/* Proxies of every length survive the way to the wire and back. */
static void test_id_prefixes(void)
{
	for (unsigned family = 4; family <= 6; family += 2)
		for (unsigned len = 0; len <= (family == 4 ? 32 : 128); len++) {
			struct ip_prefix in = { .addr = { .family = (uint8_t)family }, .len = (uint8_t)len }, out;
			struct payload_fault fault;
			struct isakmp_wr m;
			struct payloads all;
			struct payload_id id;
			uint8_t buf[128];

			memset(in.addr.octets, 0xa5, family == 4 ? 4 : 16);
			in = ip_network(&in);
			isakmp_open(&m, buf, sizeof(buf), &header);
			wr_id_prefix(&m, &in, false, 6, 23);
			CU_ASSERT(read_all(buf, isakmp_close(&m, 0), &all, &fault));
			CU_ASSERT(payload_parse_id(&all.p[0], &id, &fault));
			CU_ASSERT_EQUAL(id.type, family == 4 ? ID_IPV4_ADDR_SUBNET : ID_IPV6_ADDR_SUBNET);
			CU_ASSERT_EQUAL(id.protocol, 6);
			CU_ASSERT_EQUAL(id.port, 23);
			CU_ASSERT(payload_id_prefix(&id, &out));
			CU_ASSERT_EQUAL(out.len, len);
			CU_ASSERT(ip_equal(&in.addr, &out.addr));
		}
}

static void test_notify_delete(void)
{
	struct payload_fault fault;
	struct payload_notify n;
	struct payload_delete d;
	struct payloads all;
	uint8_t buf[512], bad[] = { 0, 0, 0, 1, 3, 4, 0, 1, 1, 2, 3, 4 };
	size_t octets = build_all(buf, sizeof(buf));
	struct payload p = { .type = PAYLOAD_DELETE, .body = rd_of(bad, sizeof(bad)) };

	CU_ASSERT(read_all(buf, octets, &all, &fault));
	CU_ASSERT(payload_parse_notify(payloads_find(&all, PAYLOAD_NOTIFY, 0), &n, &fault));
	CU_ASSERT_EQUAL(n.doi, DOI_IPSEC);
	CU_ASSERT_EQUAL(n.protocol, PROTO_ISAKMP);
	CU_ASSERT_EQUAL(n.type, NOTIFY_INITIAL_CONTACT);
	CU_ASSERT_EQUAL(n.spi_octets, 16);
	CU_ASSERT_EQUAL(memcmp(n.spi, header.icookie, 8), 0);
	CU_ASSERT_EQUAL(n.octets, 2);
	CU_ASSERT_EQUAL(memcmp(n.data, "ab", 2), 0);
	CU_ASSERT(payload_parse_delete(payloads_find(&all, PAYLOAD_DELETE, 0), &d, &fault));
	CU_ASSERT_EQUAL(d.protocol, PROTO_IPSEC_ESP);
	CU_ASSERT_EQUAL(d.spi_octets, 4);
	CU_ASSERT_EQUAL(d.count, 2);
	CU_ASSERT_EQUAL(memcmp(d.spis, "\1\2\3\4\5\6\7\10", 8), 0);

	CU_ASSERT(payload_parse_delete(&p, &d, &fault));
	bad[7] = 2;
	CU_ASSERT_FALSE(payload_parse_delete(&p, &d, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_SHORT, PAYLOAD_DELETE));
	bad[7] = 0;
	CU_ASSERT_FALSE(payload_parse_delete(&p, &d, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_TRAILING, PAYLOAD_DELETE));
	p.body = rd_of(bad, 8);
	CU_ASSERT_FALSE(payload_parse_delete(&p, &d, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_VALUE, PAYLOAD_DELETE));
	bad[3] = 2;
	bad[7] = 1;
	p.body = rd_of(bad, sizeof(bad));
	CU_ASSERT_FALSE(payload_parse_delete(&p, &d, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_DOI, PAYLOAD_DELETE));
	p.type = PAYLOAD_NOTIFY;
	CU_ASSERT_FALSE(payload_parse_notify(&p, &n, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_DOI, PAYLOAD_NOTIFY));
}

static void test_opaque(void)
{
	static const uint8_t octets[257] = { 0 };
	struct payload_fault fault;
	struct payload p = { .type = PAYLOAD_NONCE };

	for (size_t n = 0; n <= sizeof(octets); n++) {
		p.body = rd_of(octets, n);
		CU_ASSERT_EQUAL(payload_check_opaque(&p, &fault), n >= 8 && n <= 256);
	}
	p.type = PAYLOAD_KE;
	CU_ASSERT(payload_check_opaque(&p, &fault));
	p.body = rd_of(octets, 0);
	CU_ASSERT_FALSE(payload_check_opaque(&p, &fault));
	CU_ASSERT(fault_is(fault, PAYLOAD_LENGTH, PAYLOAD_KE));
}

/* --- vendor IDs ------------------------------------------------------------------------------------------------ */

static void test_vids(void)
{
	static const uint8_t concentrator[] = { 0x1f, 0x07, 0xf7, 0x0e, 0xaa, 0x65, 0x14, 0xd3,
						0xb0, 0xfa, 0x96, 0x54, 0x2a, 0x50, 0x01, 0x00 };
	uint8_t longer[24] = { 0 };
	const uint8_t *vid;
	size_t n;

	for (enum isakmp_vid v = VID_UNITY; v <= VID_FRAGMENTATION; v++) {
		vid = isakmp_vid_octets(v, &n);
		CU_ASSERT_EQUAL(n, v == VID_XAUTH ? 8 : v == VID_FRAGMENTATION ? 20 : 16);
		CU_ASSERT_EQUAL(isakmp_vid_identify(vid, n), v);
		CU_ASSERT_EQUAL(isakmp_vid_identify(vid, (v == VID_FRAGMENTATION ? 16 : n) - 1), VID_UNKNOWN);
		memcpy(longer, vid, n);
		CU_ASSERT_EQUAL(isakmp_vid_identify(longer, n + 4), v == VID_FRAGMENTATION ? v : VID_UNKNOWN);
	}
	CU_ASSERT_PTR_NULL(isakmp_vid_octets(VID_UNKNOWN, &n));
	/* the octet that IOS reads as a major version: catalogue figures for these IDs */
	CU_ASSERT_EQUAL(isakmp_vid_major(isakmp_vid_octets(VID_NATT_RFC3947, &n), 16), 69);
	CU_ASSERT_EQUAL(isakmp_vid_major(isakmp_vid_octets(VID_NATT_07, &n), 16), 245);
	CU_ASSERT_EQUAL(isakmp_vid_major(isakmp_vid_octets(VID_NATT_03, &n), 16), 157);
	CU_ASSERT_EQUAL(isakmp_vid_major(isakmp_vid_octets(VID_NATT_02, &n), 16), 123);
	CU_ASSERT_EQUAL(isakmp_vid_major(isakmp_vid_octets(VID_XAUTH, &n), 8), 0);
	/* fragmentation: without capabilities, and with Main Mode, Aggressive Mode or none */
	vid = isakmp_vid_octets(VID_FRAGMENTATION, &n);
	CU_ASSERT(isakmp_vid_fragments(vid, 16) && isakmp_vid_fragments(vid, 20));
	memcpy(longer, vid, n);
	longer[16] = 0x40;
	CU_ASSERT(isakmp_vid_fragments(longer, 20));
	longer[16] = 0;
	CU_ASSERT_FALSE(isakmp_vid_fragments(longer, 20));
	CU_ASSERT_FALSE(isakmp_vid_fragments(concentrator, 16));
	/* a VPN 3000: major 1, so IOS goes on to compare the hash */
	CU_ASSERT_EQUAL(isakmp_vid_identify(concentrator, 16), VID_UNKNOWN);
	CU_ASSERT_EQUAL(isakmp_vid_major(concentrator, 16), 1);
}

/* --- building -------------------------------------------------------------------------------------------------- */

/* A buffer of any size that is too small: no octet is written behind it, and closing says so. */
static void test_build_bounds(void)
{
	uint8_t whole[512];
	size_t octets = build_all(whole, sizeof(whole));

	for (size_t n = 0; n < octets; n++) {
		uint8_t *buf = malloc(n ? n : 1);

		CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
		CU_ASSERT_EQUAL(build_all(buf, n), 0);
		free(buf);
	}
	CU_ASSERT_EQUAL(build_all(whole, octets), octets);
}

static void test_padding(void)
{
	for (size_t n = 1; n <= 40; n++) {
		static const uint8_t data[40] = { 1 };
		struct payload_fault fault;
		struct isakmp_header h;
		struct payloads all;
		struct isakmp_wr m;
		uint8_t buf[128];
		struct rd body;
		size_t octets;

		memset(buf, 0xff, sizeof(buf));
		isakmp_open(&m, buf, sizeof(buf), &header);
		wr_payload(&m, PAYLOAD_VID, data, n);
		octets = isakmp_close(&m, 16);
		CU_ASSERT_EQUAL((octets - 28) % 16, 0);
		CU_ASSERT(octets - 28 - 4 - n < 16);
		CU_ASSERT(isakmp_parse_header(buf, octets, &h, &body, &fault));
		CU_ASSERT_EQUAL(h.length, octets);
		CU_ASSERT(payloads_walk(h.next_payload, body, ISAKMP_PADDING_MAX, &all, &fault));
		for (size_t i = 28 + 4 + n; i < octets; i++)
			CU_ASSERT_EQUAL(buf[i], 0);
	}
}

static void test_room(void)
{
	struct isakmp_wr m;
	uint8_t buf[64], *room;

	memset(buf, 0xff, sizeof(buf));
	isakmp_open(&m, buf, sizeof(buf), &header);
	room = wr_payload_room(&m, PAYLOAD_HASH, 20);
	CU_ASSERT_PTR_EQUAL(room, buf + 32);
	CU_ASSERT_EQUAL(room[0] | room[19], 0);
	CU_ASSERT_EQUAL(isakmp_close(&m, 0), 52);
	CU_ASSERT_PTR_NULL(wr_payload_room(&m, PAYLOAD_HASH, 20));
	CU_ASSERT_EQUAL(isakmp_close(&m, 0), 0);
}

static const struct unit_test tests[] = {
	{ "header", test_header },
	{ "header: refused", test_header_refused },
	{ "round trip of every payload", test_round_trip },
	{ "every truncation of a message", test_truncation },
	{ "every truncation of a payload", test_truncated_bodies },
	{ "walk: refused", test_walk_refused },
	{ "names", test_names },
	{ "SA", test_sa },
	{ "SA: a responder's copy", test_transform_copy },
	{ "SA: refused", test_sa_refused },
	{ "SA: too many", test_sa_too_many },
	{ "ID", test_id },
	{ "ID: proxies", test_id_prefixes },
	{ "NOTIFY and DELETE", test_notify_delete },
	{ "KE and NONCE", test_opaque },
	{ "vendor IDs", test_vids },
	{ "building: bounds", test_build_bounds },
	{ "building: padding", test_padding },
	{ "building: room for a HASH", test_room },
};

UNIT_MAIN("ike payload", tests)
