/* Two engines that do not agree: what each of them knows about why, and what it cannot know. */
#include "ike/diag.h"
#include "ike/isakmp.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static struct pair *start(struct pair_setup s[2], uint64_t ms)
{
	struct pair *p = pair_new(11);

	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, ms);
	return p;
}

static struct ike_diag of(const struct pair *p, int side)
{
	struct ike_diag d = { 0 };

	CU_ASSERT_TRUE(ike_diag(p->side[side].ike, p->side[side].idents[0], &d));
	return d;
}

static const struct ike_failure *stops(const struct ike_diag *d)
{
	static const struct ike_failure none;
	const struct ike_failure *f = ike_diag_stops(d);

	return f ? f : &none;
}

/* The failure of this side, by name, so that a test that fails says which it was. */
static void is(const struct pair *p, int side, const char *fault)
{
	const struct ike_diag d = of(p, side);

	if (strcmp(fault_name(stops(&d)->fault), fault) != 0)
		fprintf(stderr, "side %d: %s, not %s\n", side, fault_name(stops(&d)->fault), fault);
	CU_ASSERT_STRING_EQUAL(fault_name(stops(&d)->fault), fault);
}

/* The k-th of what differs: both values, as a configuration has them. */
static void differs(const struct pair *p, int side, unsigned k, const char *ours, const char *theirs)
{
	const struct ike_diag d = of(p, side);
	const struct ike_failure *f = stops(&d);
	char text[IKE_VALUE_SIZE];

	CU_ASSERT_TRUE_FATAL(k < f->differ_count);
	CU_ASSERT_TRUE(f->differs[k].theirs_known);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f->differs[k].on, f->differs[k].ours, f->differs[k].ours_bits, text),
			       ours);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f->differs[k].on, f->differs[k].theirs, f->differs[k].theirs_bits, text),
			       theirs);
}

/* --- phase 1 ----------------------------------------------------------------------------------------------------- */

/* The responder sees both values, the initiator a notification without a reason that nothing vouches for. */
static void policies_differ(struct pair_setup s[2], const char *fault, const char *ours, const char *theirs)
{
	struct pair *p = start(s, 1000);
	struct ike_diag d;

	is(p, 1, fault);
	differs(p, 1, 0, ours, theirs);
	d = of(p, 1);
	CU_ASSERT_EQUAL(stops(&d)->priority, 10);
	CU_ASSERT_EQUAL(stops(&d)->transform, 1);
	CU_ASSERT_EQUAL(stops(&d)->at.received, IKE_MM1);
	CU_ASSERT_FALSE(stops(&d)->at.initiator);
	CU_ASSERT_FALSE(stops(&d)->proven);
	is(p, 0, "policy_refused");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_MM1);
	CU_ASSERT_EQUAL(stops(&d)->at.notify, NOTIFY_NO_PROPOSAL_CHOSEN);
	CU_ASSERT_FALSE(stops(&d)->at.notify_proven);
	CU_ASSERT_EQUAL(stops(&d)->differ_count, 0);
	/* repeated and given up, it is the same failure, and the next negotiation is the second time */
	pair_run(p, 70000);
	is(p, 0, "policy_refused");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->times, 2);
	CU_ASSERT_EQUAL(stops(&d)->at.sendings, 2);
	pair_free(p);
}

static void encryption(void)
{
	struct pair_setup s[2];

	setup(s, 6);
	s[1].policies[0].encr = ISAKMP_ENCR_3DES;
	policies_differ(s, "policy_encryption", "3des", "des");
}

static void key_length(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = i ? 256 : 128;
	}
	policies_differ(s, "policy_keylength", "aes 256", "aes 128");
}

static void hash(void)
{
	struct pair_setup s[2];

	setup(s, 6);
	s[1].policies[0].hash = ISAKMP_HASH_SHA256;
	policies_differ(s, "policy_hash", "sha256", "sha");
}

static void group(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].group = 14;
	policies_differ(s, "policy_group", "14", "1");
}

static void authentication(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	policies_differ(s, "policy_auth", "rsa-sig", "pre-share");
}

static const struct unit_test tests[] = {
	{ "encryption", encryption }, { "key length", key_length },         { "hash", hash },
	{ "group", group },           { "authentication", authentication },
};

UNIT_MAIN("diag", tests)
