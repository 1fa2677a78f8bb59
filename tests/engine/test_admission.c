/* Call admission: limits and counters. */
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct ike_stats stats(struct pair *p, int side)
{
	struct ike_stats s;

	ike_stats(p->side[side].ike, &s);
	return s;
}

/* An MM1 that is kept and comes again from strangers. */
static struct pair_packet *first_message(struct pair *p)
{
	while (p->sent < 1)
		pair_run(p, 1);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	return &p->queue[0];
}

static void stranger(struct pair *p, struct pair_packet *mm1, uint8_t n)
{
	struct ike_path path = pair_path(p, 1);

	path.remote.octets[3] = n;
	mm1->data[1] ^= n;
	ike_feed(p->side[1].ike, &path, mm1->data, mm1->octets);
	mm1->data[1] ^= n;
}

static struct pair *begin(unsigned sa_limit, unsigned negotiation_limit)
{
	struct pair_setup s;
	struct pair *p = pair_new(4);

	pair_setup(&s, 1, 4);
	s.sa_limit = sa_limit;
	s.negotiation_limit = negotiation_limit;
	pair_start(p, 1, &s);
	pair_setup(&s, 0, 4);
	pair_start(p, 0, &s);
	return p;
}

static void counted(void)
{
	struct pair *p = begin(0, 0);
	struct ike_stats s;

	pair_run(p, 1000);
	s = stats(p, 0);
	CU_ASSERT_EQUAL(s.active, 1);
	CU_ASSERT_EQUAL(s.negotiating + s.dead, 0);
	CU_ASSERT_EQUAL(s.out_accepted, 1);
	CU_ASSERT_EQUAL(s.in_accepted + s.in_rejected + s.out_rejected, 0);
	CU_ASSERT_EQUAL(s.ipsec_active, 1);
	CU_ASSERT_EQUAL(s.ipsec_out_accepted, 1);
	s = stats(p, 1);
	CU_ASSERT_EQUAL(s.in_accepted, 1);
	CU_ASSERT_EQUAL(s.ipsec_in_accepted, 1);
	pair_inject(p, 1, "short", 5);
	CU_ASSERT_EQUAL(stats(p, 1).dropped, 1);
	ike_clear_isakmp(p->side[0].ike, 0);
	CU_ASSERT_EQUAL(stats(p, 0).dead, 1);
	CU_ASSERT_EQUAL(stats(p, 0).active, 0);
	ike_stats_clear(p->side[0].ike);
	CU_ASSERT_EQUAL(stats(p, 0).out_accepted, 0);
	CU_ASSERT_EQUAL(stats(p, 0).dead, 1);
	pair_free(p);
}

static void sa_limit(void)
{
	struct pair *p = begin(1, 0);
	struct pair_packet mm1 = *first_message(p);

	pair_run(p, 1000);
	stranger(p, &mm1, 77);
	CU_ASSERT_EQUAL(stats(p, 1).active, 1);
	CU_ASSERT_EQUAL(stats(p, 1).negotiating, 0);
	CU_ASSERT_EQUAL(stats(p, 1).in_rejected, 1);
	CU_ASSERT_EQUAL(stats(p, 1).rejected_sa_limit, 1);
	CU_ASSERT_EQUAL(stats(p, 1).sa_limit, 1);
	CU_ASSERT_EQUAL(pair_said(p, 1,
				  "%CRYPTO-4-IKE_DENY_SA_REQ: IKE denied an INCOMING SA request from 10.1.1.77 to "
				  "10.1.1.3 due to IKE SA LIMIT REACHED"),
			1);
	/* who has an SA already may make another */
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void negotiation_limit(void)
{
	struct pair *p = begin(0, 3);
	struct pair_packet mm1 = *first_message(p);
	struct pair_setup s;

	p->queued = 0;
	for (uint8_t n = 1; n <= 5; n++)
		stranger(p, &mm1, 70 + n);
	CU_ASSERT_EQUAL(stats(p, 1).negotiating, 3);
	CU_ASSERT_EQUAL(stats(p, 1).rejected_negotiation_limit, 2);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "due to IN-NEGOTIATION SA LIMIT REACHED"), 2);
	pair_run(p, 130000);
	CU_ASSERT_TRUE(pair_joined(p));

	/* its own requests as well */
	pair_setup(&s, 0, 4);
	s.sa_limit = 1;
	ip_parse("10.1.1.99", &s.idents[0].remote);
	pair_start(p, 0, &s);
	CU_ASSERT_EQUAL(stats(p, 0).out_rejected, 1);
	CU_ASSERT_EQUAL(pair_said(p, 0,
				  "%CRYPTO-4-IKE_DENY_SA_REQ: IKE denied an OUTGOING SA request from 10.1.1.2 to "
				  "10.1.1.99 due to IKE SA LIMIT REACHED"),
			1);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "what was begun and refused is counted", counted },
	{ "the limit of IKE SAs", sa_limit },
	{ "the limit of SAs in negotiation", negotiation_limit },
};

UNIT_MAIN("admission", tests)
