/* Several tunnels between the same two routers: one IKE SA, a pair of SAs each, rekeyed and removed one by one. */
#include "ike/ipsec.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define TUNNELS 3

/* What an ident has: the SPIs of its pairs, newest first. */
struct seen {
	unsigned count;
	struct {
		uint32_t ident, in[IKE_CHILDREN], out[IKE_CHILDREN];
		unsigned pairs;
		bool up;
	} at[2 * TUNNELS];
};

static void note(void *ctx, const struct ike_ident_info *info)
{
	struct seen *s = ctx;

	if (s->count == 2 * TUNNELS)
		return;
	s->at[s->count].ident = info->ident;
	s->at[s->count].up = info->up;
	for (unsigned k = 0; k + 1 < info->child_count; k += 2) {
		s->at[s->count].in[k / 2] = info->children[k].spi;
		s->at[s->count].out[k / 2] = info->children[k + 1].spi;
		s->at[s->count].pairs++;
	}
	s->count++;
}

static struct seen look(struct pair *p, int side)
{
	struct seen s = { 0 };

	ike_each_ident(p->side[side].ike, note, &s);
	return s;
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	*(unsigned *)ctx += !sa->deleted;
}

static unsigned ike_sas(struct pair *p, int side)
{
	unsigned n = 0;

	ike_each_sa(p->side[side].ike, count_sa, &n);
	return n;
}

/* Which ident of side 1 has the other half of the newest pair of this one of side 0? Its place, or TUNNELS. */
static unsigned partner(const struct seen *a, const struct seen *b, unsigned at)
{
	for (unsigned k = 0; k < b->count; k++)
		for (unsigned n = 0; n < b->at[k].pairs; n++)
			if (a->at[at].pairs && b->at[k].out[n] == a->at[at].in[0] && b->at[k].in[n] == a->at[at].out[0])
				return k;
	return TUNNELS;
}

static void add(struct pair *p, int side, struct pair_setup *s, unsigned tunnels)
{
	pair_configure(p, side, s);
	for (unsigned k = 0; k < tunnels; k++) {
		struct ike_ident i = s->idents[0];

		snprintf(i.map, sizeof(i.map), "Tunnel%u-head-0", k + 1);
		snprintf(i.ifname, sizeof(i.ifname), "Tunnel%u", k + 1);
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[side].ike, &i), 0);
	}
}

static struct pair *start(uint64_t seed, bool both_ask, unsigned life_s)
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	for (int side = 1; side >= 0; side--) {
		struct pair_setup other;

		pair_setup(&other, 1 - side, 4);
		p->side[1 - side].addr = other.idents[0].local;
		pair_setup(&s, side, 4);
		s.idents[0].lifetime_s = life_s;
		if (both_ask)
			s.idents[0].responder_only = false;
		add(p, side, &s, TUNNELS);
	}
	return p;
}

/* Every tunnel is up at both ends, and no two of one side lead to the same one of the other. */
static void all_joined(struct pair *p, unsigned tunnels)
{
	const struct seen a = look(p, 0), b = look(p, 1);
	bool taken[2 * TUNNELS + 1] = { false };

	CU_ASSERT_EQUAL_FATAL(a.count, tunnels);
	CU_ASSERT_EQUAL_FATAL(b.count, tunnels);
	for (unsigned k = 0; k < tunnels; k++) {
		const unsigned other = partner(&a, &b, k);

		CU_ASSERT_TRUE(a.at[k].up);
		CU_ASSERT_TRUE(b.at[k].up);
		CU_ASSERT_NOT_EQUAL(other, TUNNELS);
		CU_ASSERT_FALSE(taken[other]);
		taken[other] = true;
	}
	CU_ASSERT_TRUE(pair_joined(p));
}

static void shared(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct pair *p = start(seed, false, 3600);
		struct seen a, b;

		pair_run(p, 1000);
		all_joined(p, TUNNELS);
		a = look(p, 0);
		b = look(p, 1);
		for (unsigned k = 0; k < TUNNELS; k++) {
			CU_ASSERT_EQUAL(a.at[k].pairs, 1);
			CU_ASSERT_EQUAL(b.at[k].pairs, 1);
			CU_ASSERT_EQUAL(partner(&a, &b, k), k);
		}
		CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
		CU_ASSERT_EQUAL(ike_sas(p, 1), 1);
		pair_free(p);
	}
}

static void both_ask(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct pair *p = start(seed, true, 3600);

		pair_run(p, 120000);
		all_joined(p, TUNNELS);
		pair_free(p);
	}
}

/* The tunnels rekey one after the other; none goes down, and each keeps its partner. */
static void rekeyed(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct pair *p = start(seed, false, 600);

		pair_run(p, 1000);
		for (unsigned n = 0; n < 30; n++) {
			struct seen a, b;

			pair_run(p, 97000);
			all_joined(p, TUNNELS);
			a = look(p, 0);
			b = look(p, 1);
			for (unsigned k = 0; k < TUNNELS; k++)
				CU_ASSERT_EQUAL(partner(&a, &b, k), k);
		}
		CU_ASSERT_EQUAL(p->side[0].downs, 0);
		CU_ASSERT_EQUAL(p->side[1].downs, 0);
		CU_ASSERT(p->side[0].installs > 2 * TUNNELS * 3);
		pair_free(p);
	}
}

static void removed(void)
{
	struct pair *p = start(3, false, 3600);
	struct seen a;

	pair_run(p, 1000);
	a = look(p, 0);
	ike_ident_remove(p->side[0].ike, a.at[1].ident);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
	CU_ASSERT_EQUAL(ike_sas(p, 1), 1);
	a = look(p, 0);
	CU_ASSERT_EQUAL_FATAL(a.count, 2);
	CU_ASSERT_TRUE(a.at[0].up && a.at[1].up);
	a = look(p, 1);
	CU_ASSERT_TRUE(a.at[0].up && !a.at[1].up && a.at[2].up);
	CU_ASSERT_TRUE(pair_joined(p));
	/* it comes back, and finds the one that is free */
	{
		struct pair_setup s;

		pair_setup(&s, 0, 4);
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[0].ike, &s.idents[0]), 0);
	}
	pair_run(p, 1000);
	all_joined(p, TUNNELS);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
	/* with the last one the IKE SA goes */
	a = look(p, 0);
	for (unsigned k = 0; k < TUNNELS; k++)
		ike_ident_remove(p->side[0].ike, a.at[k].ident);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 0);
	CU_ASSERT_EQUAL(ike_sas(p, 1), 0);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "one IKE SA, a pair each", shared },
	{ "both sides ask", both_ask },
	{ "rekeyed in their order", rekeyed },
	{ "one is removed", removed },
};

UNIT_MAIN("idents", tests)
