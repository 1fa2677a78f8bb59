/*
 * Transform attributes: the octets that IOS sends for the document's configuration, what is refused and why, and the
 * order in which an offer is compared with a policy.
 */
#include "ike/attr.h"

#include "tests/unit/unit.h"

#include <string.h>

static bool built_is(const struct wr *w, const char *expected, size_t octets)
{
	return !w->full && wr_octets(w) == octets && memcmp(w->start, expected, octets) == 0;
}

static bool p1_of(const char *octets, size_t n, struct ike_p1_attrs *out)
{
	return ike_p1_parse(rd_of(octets, n), out);
}

static bool p2_of(const char *octets, size_t n, struct ike_p2_attrs *out)
{
	return ike_p2_parse(ESP_TRANSFORM_AES, rd_of(octets, n), out);
}

#define P1(text, out) p1_of("" text, sizeof(text) - 1, (out))
#define P2(text, out) p2_of("" text, sizeof(text) - 1, (out))

static bool p1_fault_is(const struct ike_p1_attrs *a, enum ike_attr_fault fault, uint16_t type)
{
	return a->fault == fault && a->fault_type == type;
}

static bool p2_fault_is(const struct ike_p2_attrs *a, enum ike_attr_fault fault, uint16_t type)
{
	return a->fault == fault && a->fault_type == type;
}

/* --- phase 1 --------------------------------------------------------------------------------------------------- */

/* DES-CBC, SHA, group 1, pre-share, 86400 s: the document's offer, in the order in which its debug prints it. */
#define DOCUMENT_P1                                                                                                    \
	"\x80\x01\x00\x01\x80\x02\x00\x02\x80\x04\x00\x01\x80\x03\x00\x01\x80\x0b\x00\x01"                             \
	"\x00\x0c\x00\x04\x00\x01\x51\x80"

static struct isakmp_policy document_policy(void)
{
	return (struct isakmp_policy){ .encr = ISAKMP_ENCR_DES,
				       .hash = ISAKMP_HASH_SHA,
				       .auth = ISAKMP_AUTH_PRE_SHARE,
				       .group = 1,
				       .lifetime_s = 86400 };
}

static void test_p1_document(void)
{
	static const uint16_t order[] = { OAKLEY_ATTR_ENCR, OAKLEY_ATTR_HASH,      OAKLEY_ATTR_GROUP,
					  OAKLEY_ATTR_AUTH, OAKLEY_ATTR_LIFE_TYPE, OAKLEY_ATTR_LIFE_DURATION };
	struct isakmp_policy policy = document_policy();
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	struct ike_p1_attrs a;

	ike_p1_build(&w, &policy);
	CU_ASSERT(built_is(&w, DOCUMENT_P1, sizeof(DOCUMENT_P1) - 1));
	CU_ASSERT(P1(DOCUMENT_P1, &a));
	CU_ASSERT_EQUAL(a.encr, OAKLEY_ENCR_DES);
	CU_ASSERT_EQUAL(a.keybits, 0);
	CU_ASSERT_EQUAL(a.hash, OAKLEY_HASH_SHA);
	CU_ASSERT_EQUAL(a.group, 1);
	CU_ASSERT_EQUAL(a.auth, OAKLEY_AUTH_PRE_SHARED);
	CU_ASSERT_EQUAL(a.life_s, 86400);
	CU_ASSERT_EQUAL(a.life_kb, 0);
	CU_ASSERT_FALSE(a.life_s_basic);
	CU_ASSERT_EQUAL(a.life_s_octets, 4);
	CU_ASSERT_EQUAL(a.count, sizeof(order) / sizeof(order[0]));
	for (unsigned i = 0; i < a.count; i++)
		CU_ASSERT_EQUAL(a.list[i].type, order[i]);
	/* "life duration (VPI) of  0x0 0x1 0x51 0x80" */
	CU_ASSERT_FALSE(a.list[5].basic);
	CU_ASSERT_EQUAL(a.list[5].value_octets, 4);
	CU_ASSERT_EQUAL(memcmp(a.list[5].octets, "\x00\x01\x51\x80", 4), 0);
	CU_ASSERT_EQUAL(a.list[5].value, 86400);
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_SAME);
}

/* AES with its key length in second place; a life of 16 bits is basic. */
static void test_p1_aes(void)
{
	struct isakmp_policy policy = { .encr = ISAKMP_ENCR_AES,
					.keybits = 256,
					.hash = ISAKMP_HASH_SHA512,
					.auth = ISAKMP_AUTH_PRE_SHARE,
					.group = 21,
					.lifetime_s = 10800 };
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	struct ike_p1_attrs a;

	ike_p1_build(&w, &policy);
	CU_ASSERT(built_is(&w,
			   "\x80\x01\x00\x07\x80\x0e\x01\x00\x80\x02\x00\x06\x80\x04\x00\x15\x80\x03\x00\x01"
			   "\x80\x0b\x00\x01\x80\x0c\x2a\x30",
			   28));
	CU_ASSERT(ike_p1_parse(rd_of(buf, wr_octets(&w)), &a));
	CU_ASSERT_EQUAL(a.keybits, 256);
	CU_ASSERT_EQUAL(a.life_s, 10800);
	CU_ASSERT(a.life_s_basic);
	CU_ASSERT_EQUAL(a.life_s_octets, 2);
	CU_ASSERT(a.list[6].basic);
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_SAME);
}

static void test_p1_life_forms(void)
{
	static const uint32_t edges[] = { 60, 65535, 65536, 86400 };
	struct isakmp_policy policy = document_policy();
	struct ike_p1_attrs a;

	for (size_t i = 0; i < 4; i++) {
		uint8_t buf[64];
		struct wr w = wr_of(buf, sizeof(buf));

		policy.lifetime_s = edges[i];
		ike_p1_build(&w, &policy);
		CU_ASSERT(ike_p1_parse(rd_of(buf, wr_octets(&w)), &a));
		CU_ASSERT_EQUAL(a.life_s, edges[i]);
		CU_ASSERT_EQUAL(a.life_s_basic, edges[i] < 65536);
	}
	/* seconds and kilobytes; VPIs of 1, 2 and more than 4 octets */
	CU_ASSERT(P1("\x80\x0b\x00\x02\x00\x0c\x00\x02\x12\x34\x80\x0b\x00\x01\x00\x0c\x00\x01\x3c", &a));
	CU_ASSERT_EQUAL(a.life_kb, 0x1234);
	CU_ASSERT_EQUAL(a.life_s, 60);
	CU_ASSERT_EQUAL(a.life_s_octets, 1);
	CU_ASSERT(P1("\x80\x0b\x00\x01\x00\x0c\x00\x05\x01\x00\x00\x00\x00", &a));
	CU_ASSERT_EQUAL(a.life_s, UINT32_MAX);
	CU_ASSERT(P1("\x80\x0b\x00\x01\x00\x0c\x00\x05\x00\x00\x00\x00\x07", &a));
	CU_ASSERT_EQUAL(a.life_s, 7);
	CU_ASSERT(P1("\x80\x0b\x00\x01\x00\x0c\x00\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", &a));
	CU_ASSERT_EQUAL(a.life_s, UINT32_MAX);
}

static void test_p1_refused(void)
{
	struct ike_p1_attrs a;

	CU_ASSERT(P1("", &a));
	CU_ASSERT_EQUAL(a.count, 0);
	CU_ASSERT_FALSE(P1("\x80\x01\x00\x01\x80\x02\x00\x02\x80\x01\x00\x05", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_DUPLICATE, OAKLEY_ATTR_ENCR));
	CU_ASSERT_EQUAL(a.encr, OAKLEY_ENCR_DES); /* the first counts */
	CU_ASSERT_EQUAL(a.hash, OAKLEY_HASH_SHA); /* and the reading went on */
	CU_ASSERT_EQUAL(a.count, 3);
	CU_ASSERT_FALSE(P1("\x00\x01\x00\x02\x00\x01", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_FORM, OAKLEY_ATTR_ENCR));
	CU_ASSERT_FALSE(P1("\x80\x0e\x00\x00", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_FORM, OAKLEY_ATTR_KEY_LENGTH));
	CU_ASSERT_FALSE(P1("\x80\x0d\x00\x01", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_UNKNOWN, OAKLEY_ATTR_PRF));
	CU_ASSERT_FALSE(P1("\xff\xff\x00\x01", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_UNKNOWN, 0x7fff));
	CU_ASSERT_FALSE(P1("\x80\x00\x00\x01", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_UNKNOWN, 0));
	/* lives: a duration alone, a type alone, two types, an unknown type, the same twice, empty */
	CU_ASSERT_FALSE(P1("\x80\x0c\x0e\x10", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_LIFE, OAKLEY_ATTR_LIFE_DURATION));
	CU_ASSERT_FALSE(P1("\x80\x0b\x00\x01", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_LIFE, OAKLEY_ATTR_LIFE_TYPE));
	CU_ASSERT_FALSE(P1("\x80\x0b\x00\x01\x80\x0b\x00\x02\x80\x0c\x0e\x10", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_LIFE, OAKLEY_ATTR_LIFE_TYPE));
	CU_ASSERT_FALSE(P1("\x80\x0b\x00\x03\x80\x0c\x0e\x10", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_LIFE, OAKLEY_ATTR_LIFE_TYPE));
	CU_ASSERT_FALSE(P1("\x80\x0b\x00\x01\x80\x0c\x0e\x10\x80\x0b\x00\x01\x80\x0c\x0e\x11", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_DUPLICATE, OAKLEY_ATTR_LIFE_DURATION));
	CU_ASSERT_EQUAL(a.life_s, 3600);
	CU_ASSERT_FALSE(P1("\x80\x0b\x00\x01\x00\x0c\x00\x00", &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_FORM, OAKLEY_ATTR_LIFE_DURATION));
	/* zero: no limit */
	CU_ASSERT(P1("\x80\x0b\x00\x01\x80\x0c\x00\x00", &a));
	CU_ASSERT_EQUAL(a.life_s, 0);
}

static void test_truncation(void)
{
	static const char good[] = DOCUMENT_P1;
	struct ike_p1_attrs a;
	struct ike_p2_attrs b;

	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		char *cut = malloc(n ? n : 1);

		CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
		memcpy(cut, good, n);
		CU_ASSERT_EQUAL(p1_of(cut, n, &a), n <= 16 && n % 4 == 0);
		if (n % 4 != 0 || n > 20)
			CU_ASSERT_EQUAL(a.fault, IKE_ATTR_SHORT);
		CU_ASSERT_EQUAL(a.count, n <= 20 ? n / 4 : 5);
		p2_of(cut, n, &b);
		free(cut);
	}
}

static void test_too_many(void)
{
	char octets[4 * (IKE_ATTRS_MAX + 1)];
	struct ike_p1_attrs a;

	for (size_t i = 0; i <= IKE_ATTRS_MAX; i++)
		memcpy(octets + 4 * i, i % 2 ? "\x80\x0c\x0e\x10" : "\x80\x0b\x00\x01", 4);
	CU_ASSERT_FALSE(p1_of(octets, sizeof(octets), &a));
	CU_ASSERT_EQUAL(a.count, IKE_ATTRS_MAX);
	memset(octets, 0, sizeof(octets));
	for (size_t i = 0; i <= IKE_ATTRS_MAX; i++)
		memcpy(octets + 4 * i, "\x80\x01\x00\x01", 4);
	CU_ASSERT_FALSE(p1_of(octets, sizeof(octets), &a));
	CU_ASSERT(p1_fault_is(&a, IKE_ATTR_DUPLICATE, OAKLEY_ATTR_ENCR));
}

/* An offer that differs in everything, made equal step by step: the differences come in IOS's order. */
static void test_p1_order(void)
{
	struct isakmp_policy policy = { .encr = ISAKMP_ENCR_AES,
					.keybits = 256,
					.hash = ISAKMP_HASH_SHA256,
					.auth = ISAKMP_AUTH_PRE_SHARE,
					.group = 14 };
	struct ike_p1_attrs a = { .encr = OAKLEY_ENCR_3DES,
				  .keybits = 128,
				  .hash = OAKLEY_HASH_MD5,
				  .group = 2,
				  .auth = OAKLEY_AUTH_RSA_SIG,
				  .fault = IKE_ATTR_UNKNOWN };

	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_ENCR);
	a.encr = OAKLEY_ENCR_AES;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_KEYBITS);
	a.keybits = 0; /* AES without a key length */
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_KEYBITS);
	a.keybits = 256;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_HASH);
	a.hash = OAKLEY_HASH_SHA256;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_GROUP);
	a.group = 14;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_AUTH);
	a.auth = OAKLEY_AUTH_PRE_SHARED;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_ATTRS);
	a.fault = IKE_ATTR_OK;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_SAME);
	/* there are no certificates here: a policy that asks for them matches nothing */
	policy.auth = ISAKMP_AUTH_RSA_SIG;
	a.auth = OAKLEY_AUTH_RSA_SIG;
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_AUTH);
	/* a key length with DES */
	policy = document_policy();
	CU_ASSERT(P1("\x80\x01\x00\x01\x80\x0e\x00\x38\x80\x02\x00\x02\x80\x04\x00\x01\x80\x03\x00\x01", &a));
	CU_ASSERT_EQUAL(ike_p1_compare(&a, &policy), IKE_P1_KEYBITS);
}

/* --- phase 2 --------------------------------------------------------------------------------------------------- */

/* Tunnel, 3600 s, 4608000 kB, HMAC-SHA, 128 bits: the document's offer, in the order in which its debug prints it. */
#define DOCUMENT_P2                                                                                                    \
	"\x80\x04\x00\x01\x80\x01\x00\x01\x80\x02\x0e\x10\x80\x01\x00\x02"                                             \
	"\x00\x02\x00\x04\x00\x46\x50\x00\x80\x05\x00\x02\x80\x06\x00\x80"

static struct ike_proposal document_proposal(void)
{
	return (struct ike_proposal){ .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA };
}

static void test_p2_document(void)
{
	static const uint16_t order[] = { IPSEC_ATTR_ENCAPS,    IPSEC_ATTR_LIFE_TYPE,     IPSEC_ATTR_LIFE_DURATION,
					  IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, IPSEC_ATTR_AUTH,
					  IPSEC_ATTR_KEY_LENGTH };
	struct ike_proposal proposal = document_proposal();
	struct ike_p2_offer offer = { .proposal = &proposal, .life_s = 3600, .life_kb = 4608000 };
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	struct ike_p2_attrs a;

	ike_p2_build(&w, &offer);
	CU_ASSERT(built_is(&w, DOCUMENT_P2, sizeof(DOCUMENT_P2) - 1));
	CU_ASSERT(P2(DOCUMENT_P2, &a));
	CU_ASSERT_EQUAL(a.transform_id, ESP_TRANSFORM_AES);
	CU_ASSERT_EQUAL(a.encaps, IPSEC_ENCAPS_TUNNEL);
	CU_ASSERT_EQUAL(a.life_s, 3600);
	CU_ASSERT_EQUAL(a.life_kb, 4608000);
	CU_ASSERT_EQUAL(a.auth, IPSEC_AUTH_HMAC_SHA);
	CU_ASSERT_EQUAL(a.keybits, 128);
	CU_ASSERT_EQUAL(a.group, 0);
	CU_ASSERT_EQUAL(a.count, 7);
	for (unsigned i = 0; i < a.count; i++)
		CU_ASSERT_EQUAL(a.list[i].type, order[i]);
	CU_ASSERT_EQUAL(memcmp(a.list[4].octets, "\x00\x46\x50\x00", 4), 0);
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_SAME);
}

/* Transport, PFS last, no volume; AES-GCM has no authenticator. */
static void test_p2_gcm(void)
{
	struct ike_proposal proposal = { .cipher = ESP_CIPHER_GCM, .keybits = 256, .transport = true };
	struct ike_p2_offer offer = { .proposal = &proposal, .life_s = 86400, .group = 14 };
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));
	struct ike_p2_attrs a;

	ike_p2_build(&w, &offer);
	CU_ASSERT(built_is(&w,
			   "\x80\x04\x00\x02\x80\x01\x00\x01\x00\x02\x00\x04\x00\x01\x51\x80"
			   "\x80\x06\x01\x00\x80\x03\x00\x0e",
			   24));
	CU_ASSERT(ike_p2_parse(ESP_TRANSFORM_GCM_16, rd_of(buf, wr_octets(&w)), &a));
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_SAME);
	a.transform_id = ESP_TRANSFORM_GCM_8;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_CIPHER);
}

static void test_p2_refused(void)
{
	struct ike_p2_attrs a;

	CU_ASSERT_FALSE(P2("\x80\x05\x00\x02\x80\x05\x00\x02", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_DUPLICATE, IPSEC_ATTR_AUTH));
	CU_ASSERT_FALSE(P2("\x80\x0b\x00\x01", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_UNKNOWN, IPSEC_ATTR_ESN));
	CU_ASSERT_FALSE(P2("\x80\x07\x00\x01", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_UNKNOWN, IPSEC_ATTR_KEY_ROUNDS));
	CU_ASSERT_FALSE(P2("\x00\x04\x00\x02\x00\x01", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_FORM, IPSEC_ATTR_ENCAPS));
	CU_ASSERT_FALSE(P2("\x80\x04\x00\x00", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_FORM, IPSEC_ATTR_ENCAPS));
	CU_ASSERT_FALSE(P2("\x80\x02\x0e\x10", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_LIFE, IPSEC_ATTR_LIFE_DURATION));
	CU_ASSERT_FALSE(P2("\x80\x01\x00\x01\x80\x04\x00\x01", &a));
	CU_ASSERT(p2_fault_is(&a, IKE_ATTR_LIFE, IPSEC_ATTR_LIFE_TYPE));
	CU_ASSERT_FALSE(P2("\x80\x04\x00\x01\x80", &a));
	CU_ASSERT(a.fault == IKE_ATTR_SHORT);
	CU_ASSERT_EQUAL(a.count, 1);
}

static void test_p2_compare(void)
{
	struct ike_proposal proposal = document_proposal();
	struct ike_p2_attrs a;

	CU_ASSERT(P2(DOCUMENT_P2, &a));
	a.transform_id = 0;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_CIPHER);
	proposal.cipher = ESP_CIPHER_NONE; /* which is no transform, and nothing is offered by that */
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_CIPHER);
	proposal = document_proposal();
	a.transform_id = ESP_TRANSFORM_AES;
	proposal.keybits = 256;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_KEYBITS);
	proposal = document_proposal();
	proposal.auth = ESP_AUTH_MD5;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_AUTH);
	proposal.auth = ESP_AUTH_NONE;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_AUTH);
	proposal = document_proposal();
	proposal.transport = true;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_ENCAPS);
	proposal = document_proposal();
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_GROUP); /* PFS asked for, not offered */
	a.group = 2;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_GROUP);
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_SAME); /* offered, not asked for */
	a.group = 3;                                                    /* but not one that we have */
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 0), IKE_P2_GROUP);
	a.group = 14;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_SAME);
	a.fault = IKE_ATTR_UNKNOWN;
	CU_ASSERT_EQUAL(ike_p2_compare(&a, &proposal, 14), IKE_P2_ATTRS);
}

/* --- both ------------------------------------------------------------------------------------------------------ */

static void test_mappings(void)
{
	for (int v = 0; v <= (int)ISAKMP_ENCR_AES; v++)
		CU_ASSERT_EQUAL(ike_encr_of_wire(ike_encr_to_wire((enum isakmp_encr)v)), v);
	for (int v = 0; v <= (int)ISAKMP_HASH_SHA512; v++)
		CU_ASSERT_EQUAL(ike_hash_of_wire(ike_hash_to_wire((enum isakmp_hash)v)), v);
	for (int v = 0; v <= (int)ISAKMP_AUTH_PRE_SHARE; v++)
		CU_ASSERT_EQUAL(ike_auth_of_wire(ike_auth_to_wire((enum isakmp_auth)v)), v);
	for (int v = ESP_CIPHER_NULL; v <= (int)ESP_CIPHER_GCM; v++)
		CU_ASSERT_EQUAL(ike_cipher_of_wire(ike_cipher_to_wire((enum esp_cipher)v)), v);
	for (int v = 0; v <= (int)ESP_AUTH_SHA512; v++)
		CU_ASSERT_EQUAL(ike_esp_auth_of_wire(ike_esp_auth_to_wire((enum esp_auth)v)), v);
	CU_ASSERT_EQUAL(ike_encr_to_wire(ISAKMP_ENCR_AES), 7);
	CU_ASSERT_EQUAL(ike_encr_to_wire(ISAKMP_ENCR_DES), 1);
	CU_ASSERT_EQUAL(ike_encr_to_wire(ISAKMP_ENCR_3DES), 5);
	CU_ASSERT_EQUAL(ike_hash_to_wire(ISAKMP_HASH_MD5), 1);
	CU_ASSERT_EQUAL(ike_hash_to_wire(ISAKMP_HASH_SHA), 2);
	CU_ASSERT_EQUAL(ike_hash_to_wire(ISAKMP_HASH_SHA256), 4);
	CU_ASSERT_EQUAL(ike_hash_to_wire(ISAKMP_HASH_SHA384), 5);
	CU_ASSERT_EQUAL(ike_hash_to_wire(ISAKMP_HASH_SHA512), 6);
	CU_ASSERT_EQUAL(ike_auth_to_wire(ISAKMP_AUTH_PRE_SHARE), 1);
	CU_ASSERT_EQUAL(ike_cipher_to_wire(ESP_CIPHER_DES), 2);
	CU_ASSERT_EQUAL(ike_cipher_to_wire(ESP_CIPHER_AES), 12);
	CU_ASSERT_EQUAL(ike_cipher_to_wire(ESP_CIPHER_GCM), 20);
	CU_ASSERT_EQUAL(ike_esp_auth_to_wire(ESP_AUTH_MD5), 1);
	CU_ASSERT_EQUAL(ike_esp_auth_to_wire(ESP_AUTH_SHA), 2);
	CU_ASSERT_EQUAL(ike_esp_auth_to_wire(ESP_AUTH_SHA256), 5);
	CU_ASSERT_EQUAL(ike_esp_auth_to_wire(ESP_AUTH_SHA384), 6);
	CU_ASSERT_EQUAL(ike_cipher_to_wire(ESP_CIPHER_3DES), 3);
	CU_ASSERT_EQUAL(ike_cipher_to_wire(ESP_CIPHER_NULL), 11);
	CU_ASSERT_EQUAL(ike_esp_auth_to_wire(ESP_AUTH_SHA512), 7);
	CU_ASSERT_EQUAL(ike_encr_of_wire(OAKLEY_ENCR_BLOWFISH), -1);
	CU_ASSERT_EQUAL(ike_hash_of_wire(0), -1);
	CU_ASSERT_EQUAL(ike_auth_of_wire(OAKLEY_AUTH_XAUTH_INIT_PRE_SHARED), -1);
	CU_ASSERT_EQUAL(ike_cipher_of_wire(0), -1);
	CU_ASSERT_EQUAL(ike_esp_auth_of_wire(IPSEC_AUTH_KPDK), -1);
}

static const struct unit_test tests[] = {
	{ "phase 1: the document's offer", test_p1_document },
	{ "phase 1: AES", test_p1_aes },
	{ "phase 1: forms of a life", test_p1_life_forms },
	{ "phase 1: refused", test_p1_refused },
	{ "every truncation", test_truncation },
	{ "too many", test_too_many },
	{ "phase 1: order of comparison", test_p1_order },
	{ "phase 2: the document's offer", test_p2_document },
	{ "phase 2: AES-GCM, PFS", test_p2_gcm },
	{ "phase 2: refused", test_p2_refused },
	{ "phase 2: comparison", test_p2_compare },
	{ "wire values", test_mappings },
};

UNIT_MAIN("ike attr", tests)
