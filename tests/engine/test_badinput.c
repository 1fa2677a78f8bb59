/*
 * What an authenticated peer, or whoever can write to the line, must not get away with: public values that are none,
 * answers that were not offered, identities that are not the tunnel's, message IDs and cookies used again. Each is refused
 * in IOS's words and changes nothing.
 */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define BAD_MESSAGE(from)                                                                                              \
	"%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from " from " failed its sanity check or is malformed"

struct forger {
	unsigned number; /* the datagram to change, from 0 */
	bool encrypted;
	/* Changes payloads in place, room for PAIR_DATAGRAM: their octets afterwards, without padding. */
	size_t (*change)(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets);
	uint8_t value[IKE_DH_MAX + 1];
	size_t value_octets;
	uint8_t genuine[PAIR_DATAGRAM];
	size_t genuine_octets;
};

/* Where the first payload of the type is and how long, generic header included; 0: there is none. */
static size_t find(uint8_t next, uint8_t type, const uint8_t *payloads, size_t octets, size_t *length)
{
	size_t at = 0;

	*length = 0;
	while (next && at + 4 <= octets) {
		*length = (size_t)payloads[at + 2] << 8 | payloads[at + 3];
		if (next == type)
			return at;
		next = payloads[at];
		at += *length;
	}
	return SIZE_MAX;
}

/* To the end of the last payload. */
static size_t end_of(uint8_t next, const uint8_t *payloads, size_t octets)
{
	size_t at = 0;

	while (next && at + 4 <= octets) {
		next = payloads[at];
		at += (size_t)payloads[at + 2] << 8 | payloads[at + 3];
	}
	return at;
}

static void put_length(uint8_t *at, size_t octets)
{
	at[0] = (uint8_t)(octets >> 8);
	at[1] = (uint8_t)octets;
}

static void forge_encrypted(struct forger *f, struct pair *p, int from, uint8_t *data, size_t *octets)
{
	struct ike_sa *sa = TAILQ_FIRST(&p->side[1 - from].ike->sas);
	const uint32_t mid = payload_spi(data + 20);
	const struct ike_node *node = ike_node_find(sa, mid);
	const size_t hash_octets = 4 + sa->keys.hash_octets, block = sa->keys.block_octets;
	uint8_t iv[IKE_BLOCK_MAX], first[IKE_BLOCK_MAX], plain[PAIR_DATAGRAM] = { 0 }, hash[IKE_HASH_MAX];
	size_t n = *octets - 28;
	struct ike_bytes rest;
	int err;

	if (node)
		memcpy(first, node->iv, sizeof(first));
	else
		CU_ASSERT_EQUAL_FATAL(ike_iv_phase2(&sa->keys, mid, first), 0);
	memcpy(iv, first, sizeof(iv));
	memcpy(plain, data + 28, n);
	CU_ASSERT_EQUAL_FATAL(ike_decrypt(&sa->keys, iv, plain, n), 0);
	n = f->change(f, data[16], plain, end_of(data[16], plain, n));
	rest = (struct ike_bytes){ plain + hash_octets, n - hash_octets };
	err = node ? ike_hash_2(&sa->keys, mid, (struct ike_bytes){ node->qm->ni, node->qm->ni_octets }, rest, hash)
		   : ike_hash_1(&sa->keys, mid, rest, hash);
	CU_ASSERT_EQUAL_FATAL(err, 0);
	memcpy(plain + 4, hash, sa->keys.hash_octets);
	memset(plain + n, 0, block);
	n = (n + block - 1) / block * block;
	CU_ASSERT_EQUAL_FATAL(ike_encrypt(&sa->keys, first, plain, n), 0);
	memcpy(data + 28, plain, n);
	*octets = 28 + n;
}

static bool forge(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct forger *f = p->filter_ctx;

	if (number != f->number)
		return true;
	memcpy(f->genuine, data, *octets);
	f->genuine_octets = *octets;
	if (f->encrypted)
		forge_encrypted(f, p, from, data, octets);
	else
		*octets = 28 + f->change(f, data[16], data + 28, *octets - 28);
	put_length(data + 26, *octets);
	return true;
}

/* The body of the KE payload becomes f->value. */
static size_t change_ke(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t length, at = find(type, PAYLOAD_KE, payloads, octets, &length);

	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	memmove(payloads + at + 4 + f->value_octets, payloads + at + length, octets - at - length);
	memcpy(payloads + at + 4, f->value, f->value_octets);
	put_length(payloads + at + 2, 4 + f->value_octets);
	return octets - length + 4 + f->value_octets;
}

static struct pair *start(struct forger *f, unsigned group, unsigned pfs)
{
	struct pair *p = pair_new(group + pfs);
	struct pair_setup s;

	p->filter = forge;
	p->filter_ctx = f;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		s.policies[0].group = group;
		s.idents[0].pfs_group = pfs;
		pair_start(p, side, &s);
	}
	return p;
}

/* --- public values ----------------------------------------------------------------------------------------------- */

/* The prime of RFC 5114 2.3. */
static BIGNUM *prime_24(void)
{
	char name[] = "dh_2048_256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
				OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *p = NULL;

	CU_ASSERT_TRUE_FATAL(ctx && EVP_PKEY_fromdata_init(ctx) > 0 &&
			     EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) > 0 &&
			     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p));
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return p;
}

static void modulus(unsigned group, uint8_t out[IKE_DH_MAX])
{
	BIGNUM *p = group == 1    ? BN_get_rfc2409_prime_768(NULL)
		    : group == 2  ? BN_get_rfc2409_prime_1024(NULL)
		    : group == 5  ? BN_get_rfc3526_prime_1536(NULL)
		    : group == 14 ? BN_get_rfc3526_prime_2048(NULL)
		    : group == 15 ? BN_get_rfc3526_prime_3072(NULL)
		    : group == 16 ? BN_get_rfc3526_prime_4096(NULL)
				  : prime_24();

	CU_ASSERT_EQUAL_FATAL((size_t)BN_num_bytes(p), ike_dh_public_octets(group));
	BN_bn2bin(p, out);
	BN_free(p);
}

#define VALUES 8

/* Value n of those that are none; false when the group has none such. */
static bool bad_value(unsigned group, unsigned n, struct forger *f)
{
	const bool curve = group >= 19 && group <= 21;
	const size_t octets = ike_dh_public_octets(group);

	memset(f->value, 0, sizeof(f->value));
	f->value_octets = octets;
	if (n == 0) /* zero, or the point (0, 0) */
		return true;
	if (n == 1) { /* one octet less */
		f->value[0] = 2;
		f->value_octets--;
		return true;
	}
	if (n == 2) { /* one more */
		f->value[octets] = 2;
		f->value_octets++;
		return true;
	}
	if (n == 3) { /* more than p */
		memset(f->value, 0xFF, octets);
		return true;
	}
	if (n == 4) { /* 1, or a point off the curve */
		f->value[octets - 1] = 1;
		return true;
	}
	if (n == 7 && group == 24) { /* 2, which is not of the order of the subgroup: RFC 6989 2.2 */
		f->value[octets - 1] = 2;
		return true;
	}
	if (curve || n > 6)
		return false;
	modulus(group, f->value);
	if (n == 5) /* p - 1 */
		f->value[octets - 1]--;
	return true; /* n == 6: p */
}

static void nothing(const struct pair *p)
{
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(pair_installed(p, i, true) + pair_installed(p, i, false), 0);
}

/* MM3 and MM4 can be forged by anybody: the genuine one that comes later is taken as if nothing had been. */
static void phase1_value(unsigned group, unsigned n, unsigned number)
{
	struct forger f = { .number = number, .change = change_ke };
	const int to = number == 2 ? 1 : 0;
	const char *line = to ? BAD_MESSAGE("10.1.1.2") : BAD_MESSAGE("10.1.1.3");
	struct pair *p;

	if (!bad_value(group, n, &f))
		return;
	p = start(&f, group, 0);
	pair_run(p, 100);
	CU_ASSERT_EQUAL(pair_said(p, to, line), 1);
	CU_ASSERT_EQUAL(pair_said(p, to,
				  to ? "ISAKMP:(0):Old State = IKE_R_MM3  New State = IKE_R_MM2 "
				     : "ISAKMP:(0):Old State = IKE_I_MM4  New State = IKE_I_MM3 "),
			1);
	nothing(p);
	pair_inject(p, to, f.genuine, f.genuine_octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void phase1_values(void)
{
	static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (unsigned n = 0; n < VALUES; n++)
			for (unsigned number = 2; number < 4; number++)
				phase1_value(groups[g], n, number);
}

/* With PFS: QM1 is refused by the responder, QM2 by the initiator. */
static void phase2_value(unsigned group, unsigned n, unsigned number)
{
	struct forger f = { .number = number, .encrypted = true, .change = change_ke };
	const int to = number == 6 ? 1 : 0;
	struct pair *p;

	if (!bad_value(group, n, &f))
		return;
	p = start(&f, 1, group);
	pair_run(p, 500);
	CU_ASSERT_EQUAL(pair_said(p, to, to ? BAD_MESSAGE("10.1.1.2") : BAD_MESSAGE("10.1.1.3")), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, to, "reason \"QM rejected\""), 1);
	nothing(p);
	CU_ASSERT_FALSE(p->side[to].up[1]);
	/* the IKE SA is what it was, and serves the next request */
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* A vendor ID where KE was: the group of the transform is not done without. */
static size_t without_ke(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t at = 0;

	(void)f, (void)type;
	while (payloads[at] != PAYLOAD_KE)
		at += (size_t)payloads[at + 2] << 8 | payloads[at + 3];
	payloads[at] = PAYLOAD_VID;
	return octets;
}

static void no_value(unsigned number)
{
	struct forger f = { .number = number, .encrypted = true, .change = without_ke };
	struct pair *p = start(&f, 1, 1);

	pair_run(p, 500);
	nothing(p);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void phase2_values(void)
{
	static const unsigned groups[] = { 1, 5, 15, 16, 19, 24 };

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (unsigned n = 0; n < VALUES; n++)
			for (unsigned number = 6; number < 8; number++)
				phase2_value(groups[g], n, number);
	for (unsigned number = 6; number < 8; number++)
		no_value(number);
}

/* --- answers that were not offered ------------------------------------------------------------------------------- */

/* The attribute's value, of 2 or 4 octets; type as on the wire. */
static void set_attribute(uint8_t *payloads, size_t octets, uint16_t type, uint32_t value)
{
	size_t length, at = find(PAYLOAD_HASH, PAYLOAD_SA, payloads, octets, &length);
	size_t attr = at + 12 + 12 + 8; /* SA, proposal with its SPI, transform */

	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	for (; attr + 4 <= at + length; attr += payloads[attr] & 0x80 ? 4 : 4u + payloads[attr + 3]) {
		if ((payloads[attr] << 8 | payloads[attr + 1]) != type)
			continue;
		if (type & 0x8000) {
			put_length(payloads + attr + 2, value);
		} else {
			put_length(payloads + attr + 4, value >> 16);
			put_length(payloads + attr + 6, value & 0xFFFF);
		}
		return;
	}
	CU_FAIL("no such attribute");
}

static size_t other_authenticator(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	(void)f, (void)type;
	set_attribute(payloads, octets, 0x8005, 1);
	return octets;
}

static size_t other_mode(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	(void)f, (void)type;
	set_attribute(payloads, octets, 0x8004, 2);
	return octets;
}

static size_t longer_life(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	(void)f, (void)type;
	set_attribute(payloads, octets, 0x8002, 7200);
	return octets;
}

static size_t longer_volume(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	(void)f, (void)type;
	set_attribute(payloads, octets, 0x0002, 5000000);
	return octets;
}

/* The chosen transform once more: an answer that leaves the choice open. */
static size_t two_transforms(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t length, at = find(type, PAYLOAD_SA, payloads, octets, &length), transform = at + 12 + 12, more;

	(void)f;
	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	more = at + length - transform;
	memmove(payloads + transform + more, payloads + transform, octets - transform);
	payloads[transform] = PAYLOAD_TRANSFORM;
	put_length(payloads + at + 2, length + more);
	put_length(payloads + at + 12 + 2, length - 12 + more);
	payloads[at + 12 + 7] = 2;
	return octets + more;
}

static void refused_answer(size_t (*change)(struct forger *, uint8_t, uint8_t *, size_t), const char *what)
{
	struct forger f = { .number = 7, .encrypted = true, .change = change };
	struct pair *p = start(&f, 1, 0);
	char line[160];

	pair_run(p, 500);
	snprintf(
		line, sizeof(line),
		"%%CRYPTO-6-IKMP_SA_NOT_OFFERED: Remote peer 10.1.1.3 responded with attribute %s not offered or changed",
		what);
	CU_ASSERT_EQUAL(pair_said(p, 0, line), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "phase 2 SA policy not acceptable! (local 10.1.1.2 remote 10.1.1.3)"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "reason \"QM rejected\""), 1);
	nothing(p);
	CU_ASSERT_FALSE(p->side[0].up[1]);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void changed_attributes(void)
{
	refused_answer(other_authenticator, "transform");
	refused_answer(other_mode, "transform");
	refused_answer(two_transforms, "transform");
	refused_answer(longer_life, "life duration");
	refused_answer(longer_volume, "life duration");
}

/* --- identities -------------------------------------------------------------------------------------------------- */

/* The first ID payload: 0.0.0.0/0 becomes 10.0.0.0/8. */
static size_t other_proxy(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t length, at = find(type, PAYLOAD_ID, payloads, octets, &length);

	(void)f;
	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	payloads[at + 8] = 10;
	payloads[at + 12] = 255;
	return octets;
}

/* A protocol in it: not what an SA for any packet may be for. */
static size_t other_protocol(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t length, at = find(type, PAYLOAD_ID, payloads, octets, &length);

	(void)f;
	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	payloads[at + 5] = 6;
	return octets;
}

/* The second one is not there. */
static size_t one_proxy(struct forger *f, uint8_t type, uint8_t *payloads, size_t octets)
{
	size_t length, at = find(type, PAYLOAD_ID, payloads, octets, &length);

	(void)f;
	CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
	payloads[at] = PAYLOAD_NONE;
	return at + length;
}

static void other_identities(void)
{
	static size_t (*const changes[])(struct forger *, uint8_t, uint8_t *, size_t) = { other_proxy, other_protocol,
											  one_proxy };

	for (size_t n = 0; n < sizeof(changes) / sizeof(changes[0]); n++) {
		for (unsigned number = 6; number < 8; number++) {
			struct forger f = { .number = number, .encrypted = true, .change = changes[n] };
			struct pair *p = start(&f, 1, 0);
			const int to = number == 6 ? 1 : 0;

			pair_run(p, 500);
			CU_ASSERT_EQUAL(pair_said(p, to, "map_db_find_best did not find matching map"), 1);
			CU_ASSERT_EQUAL(
				pair_said(p, to, "IPSEC(ipsec_process_proposal): proxy identities not supported"), 1);
			CU_ASSERT_EQUAL(
				pair_said(p, to, "ISAKMP:(1001): IPSec policy invalidated proposal with error 32"), 1);
			CU_ASSERT_EQUAL(pair_mentioned(p, to, "phase 2 SA policy not acceptable!"), 1);
			nothing(p);
			pair_run(p, 40000);
			CU_ASSERT_TRUE(pair_joined(p));
			pair_free(p);
		}
	}
}

/* --- used again -------------------------------------------------------------------------------------------------- */

static struct pair *joined(void)
{
	static struct forger none = { .number = UINT32_MAX };
	struct pair *p = start(&none, 1, 0);

	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

/* A new Quick Mode under a message ID that was used, by its own initiator, whose keys make it genuine. */
static void message_id_again(void)
{
	struct pair *p = joined();
	struct ike_sa *sa = TAILQ_FIRST(&p->side[0].ike->sas);
	const uint32_t mid = TAILQ_FIRST(&sa->nodes)->mid;
	struct ike_node *n;

	for (unsigned later = 0; later < 2; later++) {
		const unsigned installs = p->side[1].installs;

		pair_forget(p, 1);
		n = ike_node_find(sa, mid);
		if (n)
			ike_node_free(p->side[1].ike, sa, n);
		n = ike_node_new(p->side[0].ike, sa, mid, true);
		CU_ASSERT_PTR_NOT_NULL_FATAL(n);
		n->ident = 1;
		CU_ASSERT_TRUE(ike_quick_mode_start(p->side[0].ike, sa, n));
		pair_run(p, 500);
		CU_ASSERT_EQUAL(p->side[1].installs, installs);
		/* while the responder still has the exchange it is a message out of turn, afterwards a repetition */
		CU_ASSERT_EQUAL(pair_mentioned(p, 1,
					       later ? "phase 2 packet is a duplicate of a previous packet."
						     : "IKE_QM_PHASE2_COMPLETE"),
				1);
		CU_ASSERT_TRUE(pair_joined(p));
		n->resend_ms = IKE_NEVER;
		pair_run(p, 60000); /* the responder forgets the exchange, not its number */
	}
	pair_free(p);
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	(void)sa;
	++*(unsigned *)ctx;
}

/* MM1 with the cookie of an SA that is there, but another offer. */
static void cookie_again(void)
{
	struct forger f = { .number = 0, .change = change_ke };
	struct pair *p = joined();
	struct pair *q;
	unsigned before = 0, after = 0, sent;
	struct ike_sa *sa = TAILQ_FIRST(&p->side[0].ike->sas);
	uint8_t cookie[8];

	memcpy(cookie, sa->icookie, sizeof(cookie));
	/* another router's MM1 gives the rest */
	q = pair_new(77);
	{
		struct pair_setup s;

		pair_setup(&s, 0, 4);
		pair_start(q, 0, &s);
	}
	CU_ASSERT_EQUAL_FATAL(q->queued, 1);
	memcpy(f.genuine, q->queue[0].data, q->queue[0].octets);
	f.genuine_octets = q->queue[0].octets;
	pair_free(q);
	memcpy(f.genuine, cookie, sizeof(cookie));
	ike_each_sa(p->side[1].ike, count_sa, &before);
	sent = p->side[1].sent;
	pair_inject(p, 1, f.genuine, f.genuine_octets);
	ike_each_sa(p->side[1].ike, count_sa, &after);
	CU_ASSERT_EQUAL(before, after);
	CU_ASSERT_EQUAL(p->side[1].sent, sent);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): phase 1 packet is a duplicate of a previous packet."), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	/* ... and the initiator's own cookie sent back to it as if it were a responder's peer */
	sent = p->side[0].sent;
	before = after = 0;
	ike_each_sa(p->side[0].ike, count_sa, &before);
	pair_inject(p, 0, f.genuine, f.genuine_octets);
	ike_each_sa(p->side[0].ike, count_sa, &after);
	CU_ASSERT_EQUAL(p->side[0].removes, 0);
	CU_ASSERT_TRUE(after <= before + 1); /* at most an SA of its own, which is half-open and goes again */
	CU_ASSERT_TRUE(pair_joined(p));
	pair_run(p, 130000);
	after = 0;
	ike_each_sa(p->side[0].ike, count_sa, &after);
	CU_ASSERT_EQUAL(after, before);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "CVE-2008-4551, CVE-2016-0701, CVE-2015-7940: small subgroups and invalid curves in MM3 and MM4",
	  phase1_values },
	{ "small subgroups and invalid curves in QM1 and QM2", phase2_values },
	{ "attributes changed in QM2", changed_attributes },
	{ "identities that are not the tunnel's", other_identities },
	{ "a message ID used again", message_id_again },
	{ "cookies used again", cookie_again },
};

UNIT_MAIN("bad input", tests)
