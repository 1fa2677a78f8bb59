/* What the tests of ike/diag.h ask of a pair of engines. */
#ifndef TESTS_ENGINE_DIAG_CHECK_H
#define TESTS_ENGINE_DIAG_CHECK_H

#include "ike/diag.h"
#include "ike/isakmp.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static inline void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static inline struct pair *start(struct pair_setup s[2], uint64_t ms)
{
	struct pair *p = pair_new(11);

	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, ms);
	return p;
}

static inline struct ike_diag of(const struct pair *p, int side)
{
	struct ike_diag d = { 0 };

	CU_ASSERT_TRUE(ike_diag(p->side[side].ike, p->side[side].idents[0], &d));
	return d;
}

static inline const struct ike_failure *stops(const struct ike_diag *d)
{
	static const struct ike_failure none;
	const struct ike_failure *f = ike_diag_stops(d);

	return f ? f : &none;
}

/* The failure of this side, by name, so that a test that fails says which it was. */
static inline void is(const struct pair *p, int side, const char *fault)
{
	const struct ike_diag d = of(p, side);

	if (strcmp(fault_name(stops(&d)->fault), fault) != 0)
		fprintf(stderr, "side %d: %s, not %s\n", side, fault_name(stops(&d)->fault), fault);
	CU_ASSERT_STRING_EQUAL(fault_name(stops(&d)->fault), fault);
}

/* The k-th of what differs: both values, as a configuration has them. */
static inline void differs(const struct pair *p, int side, unsigned k, const char *ours, const char *theirs)
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

#endif
