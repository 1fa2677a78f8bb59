/* What anybody can send is no more than a hint. */
#include "tests/engine/diag_check.h"
#include "ike/isakmp.h"

struct kept {
	uint8_t data[PAIR_DATAGRAM];
	size_t octets;
};

static bool keep_first(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct kept *k = p->filter_ctx;

	(void)from;
	if (!number) {
		memcpy(k->data, data, *octets);
		k->octets = *octets;
	}
	return true;
}

/* An MM1 of side 0 with another hash: its cookie is new each time. */
static void forge(struct kept *k, unsigned n)
{
	static const uint8_t hash[] = { 0x80, OAKLEY_ATTR_HASH, 0x00, OAKLEY_HASH_SHA };

	for (size_t i = 0; i + 4 < k->octets; i++)
		if (!memcmp(k->data + i, hash, sizeof(hash)))
			k->data[i + 3] = OAKLEY_HASH_MD5;
	memcpy(k->data, &n, sizeof(n));
	k->data[7] = 0x55;
}

static struct pair *with_first(struct kept *k)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s, 4);
	p->filter = keep_first;
	p->filter_ctx = k;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	return p;
}

/* A tunnel that is up is told of as before, whatever comes in its peer's name. */
static void forged_first_messages(void)
{
	struct kept k;
	struct pair *p = with_first(&k);
	struct ike_diag d;

	for (unsigned n = 0; n < 50; n++) {
		forge(&k, n);
		pair_inject(p, 1, k.data, k.octets);
	}
	pair_run(p, 100);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up);
	CU_ASSERT_PTR_NULL(ike_diag_stops(&d));
	CU_ASSERT_EQUAL(d.phase1[0].fault, FAULT_policy_hash); /* a hint, and marked as one */
	CU_ASSERT_FALSE(d.phase1[0].proven);
	CU_ASSERT_EQUAL(d.over.fault, FAULT_NONE);
	CU_ASSERT_EQUAL(d.ending, IKE_ENDING_NONE);
	/* nor is it what stopped them before, when the next IKE SA is made */
	ike_clear_isakmp(p->side[0].ike, 0);
	pair_run(p, 3600000); /* their successors need one */
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up && d.phase1_up);
	CU_ASSERT_EQUAL(d.over.fault, FAULT_NONE);
	CU_ASSERT_EQUAL(d.phase1[0].fault, FAULT_NONE);
	forge(&k, 50);
	pair_inject(p, 1, k.data, k.octets);
	/* nor when there is no IKE SA any more */
	p->cut[0] = p->cut[1] = true;
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_inject(p, 1, k.data, k.octets);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up && !d.phase1_up);
	CU_ASSERT_PTR_NULL(ike_diag_stops(&d));
	pair_free(p);
}

/* Nor does one push out what somebody has vouched for. */
static void forged_beside_a_failure(void)
{
	struct pair_setup s[2];
	struct kept k = { 0 };
	struct pair *p = pair_new(11);

	setup(s, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p->filter = keep_first;
	p->filter_ctx = &k;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	is(p, 1, "transform_auth");
	for (unsigned n = 0; n < 50; n++) {
		forge(&k, n);
		pair_inject(p, 1, k.data, k.octets);
	}
	is(p, 1, "transform_auth");
	/* nor when there is no IKE SA any more */
	p->cut[0] = p->cut[1] = true;
	ike_clear_isakmp(p->side[1].ike, 0);
	for (unsigned n = 50; n < 60; n++) {
		forge(&k, n);
		pair_inject(p, 1, k.data, k.octets);
	}
	CU_ASSERT_FALSE(of(p, 1).phase1_up);
	is(p, 1, "transform_auth");
	pair_free(p);
}

static void count(void *ctx, const struct ike_stranger *x)
{
	(void)x;
	++*(unsigned *)ctx;
}

static void flood(void)
{
	struct kept k;
	struct pair *p = with_first(&k);
	struct ike_path path = pair_path(p, 1);
	unsigned strangers = 0;

	for (unsigned n = 0; n < 1000; n++) {
		forge(&k, n);
		path.remote.octets[2] = (uint8_t)(n >> 8);
		path.remote.octets[3] = (uint8_t)n;
		path.remote.octets[1] = 77;
		pair_inject_from(p, 1, &path, k.data, k.octets);
		if (n == 500)
			pair_run(p, 60000); /* what was too many a moment ago may come now */
	}
	ike_each_stranger(p->side[1].ike, count, &strangers);
	CU_ASSERT_TRUE(strangers > 0 && strangers <= 16);
	CU_ASSERT_TRUE(of(p, 1).up);
	/* over hours it fills the list and no more */
	for (unsigned n = 1000; n < 3000; n++) {
		forge(&k, n);
		path.remote.octets[2] = (uint8_t)(n >> 8);
		path.remote.octets[3] = (uint8_t)n;
		pair_inject_from(p, 1, &path, k.data, k.octets);
		pair_run(p, 200);
	}
	strangers = 0;
	ike_each_stranger(p->side[1].ike, count, &strangers);
	CU_ASSERT_EQUAL(strangers, IKE_STRANGERS);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "forged first messages", forged_first_messages },
	{ "forged ones beside a failure", forged_beside_a_failure },
	{ "a flood of them", flood },
};

UNIT_MAIN("diag hostile", tests)
