/* Diffie-Hellman that somebody else computes: the exchange waits for it as for a packet. */
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static struct pair *begin(uint64_t seed, unsigned group, unsigned pfs, uint64_t dh_ms)
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	p->dh_ms = dh_ms;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		s.policies[0].group = group;
		s.idents[0].pfs_group = pfs;
		pair_start(p, side, &s);
	}
	return p;
}

static void negotiates(void)
{
	static const unsigned groups[][2] = { { 1, 0 }, { 2, 2 }, { 14, 14 }, { 19, 20 }, { 24, 24 } };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct pair *p = begin(i, groups[i][0], groups[i][1], 50);

		pair_run(p, 5000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(p->jobs_done >= (groups[i][1] ? 6 : 3));
		pair_free(p);
	}
}

/* The stock is there for the next exchange: the initiator's key pair needs no waiting. */
static void made_ahead(void)
{
	struct pair *p = begin(1, 14, 0, 50);
	unsigned done;

	pair_run(p, 5000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].ike->stock[0].group, 14);
	CU_ASSERT_EQUAL(p->side[0].ike->stock[0].count, IKE_STOCK_PAIRS);
	done = p->jobs_done;
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 120); /* both secrets, one after the other, and a few round trips */
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE(p->jobs_done >= done + 2);
	pair_free(p);
}

/* A retransmission meanwhile starts nothing a second time. */
static void duplicates(void)
{
	struct pair *p = begin(2, 1, 1, 700);

	p->duplicate = 2;
	p->duplicate_after_ms = 100;
	pair_run(p, 20000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].ups, 1);
	CU_ASSERT_TRUE(pair_said(p, 1, "ISAKMP:(0): phase 1 packet is a duplicate of a previous packet.") > 0);
	pair_free(p);
}

/* The SA, the ident or the whole engine goes while the work is under way: the result is thrown away. */
static void forgotten(void)
{
	for (uint64_t ms = 1; ms < 2500; ms += 83) {
		struct pair *p = begin(ms, 1, 1, 400);

		pair_run(p, ms);
		if (ms % 3 == 0)
			ike_clear_session(p->side[ms % 2].ike, NULL);
		else if (ms % 3 == 1)
			ike_ident_remove(p->side[ms % 2].ike, p->side[ms % 2].idents[0]);
		else
			pair_crash(p, (int)(ms % 2));
		pair_run(p, 3000);
		CU_ASSERT_TRUE(p->side[0].ike->dh_jobs <= 1);
		pair_free(p);
	}
}

static bool zero_ke(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p;
	if (from == 0 && number == 2 && *octets > ISAKMP_HEADER_OCTETS + 100)
		memset(data + ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS, 0, 96);
	return true;
}

/* A public value that is none is noticed later than the message that brought it, with the same words. */
static void bad_value(void)
{
	struct pair *p = begin(3, 1, 0, 50);

	p->filter = zero_ke;
	pair_run(p, 5000);
	CU_ASSERT_FALSE(pair_joined(p));
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "%CRYPTO-4-IKMP_BAD_MESSAGE") > 0);
	p->filter = NULL;
	pair_run(p, 20000); /* MM3 is retransmitted and taken */
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "both phases, with somebody who computes", negotiates },
	{ "key pairs made ahead", made_ahead },
	{ "duplicates while it waits", duplicates },
	{ "what waited is gone", forgotten },
	{ "a bad public value", bad_value },
};

UNIT_MAIN("dh_job", tests)
