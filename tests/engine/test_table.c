/* The rows themselves: no two for one state and input, every state can be reached, every message can be built. */
#include "ike/table.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static const struct ike_row *row(unsigned n)
{
	for (unsigned t = 0; t < IKE_TABLES; t++) {
		if (n < ike_table(t)->count)
			return &ike_table(t)->rows[n];
		n -= (unsigned)ike_table(t)->count;
	}
	return NULL;
}

static void unique(void)
{
	for (unsigned i = 0; row(i); i++)
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_FALSE(row(i)->from == row(k)->from && row(i)->input == row(k)->input);
}

static void reachable(void)
{
	bool there[IKE_STATE_COUNT] = { [IKE_READY] = true, [IKE_QM_READY] = true, [IKE_DEST_SA] = true };

	for (unsigned round = 0; round < IKE_STATE_COUNT; round++)
		for (unsigned i = 0; row(i); i++)
			there[row(i)->to] |= there[row(i)->from];
	for (unsigned i = 0; i < IKE_STATE_COUNT; i++) {
		if (!there[i])
			printf("%s cannot be reached\n", ike_state_name((enum ike_state)i));
		CU_ASSERT_TRUE(there[i]);
	}
}

/* A row that follows at once exists; what takes or builds says which payloads; what ends says why. */
static void complete(void)
{
	for (unsigned i = 0; row(i); i++) {
		const struct ike_row *r = row(i);

		CU_ASSERT_TRUE(!r->next || ike_row_find(r->to, r->next));
		CU_ASSERT_TRUE(r->take || !r->in.must);
		CU_ASSERT_TRUE(!r->take || r->in.must || r->resume); /* what takes no message asks for a key pair */
		CU_ASSERT_EQUAL(r->build != NULL, r->out.must != 0);
		CU_ASSERT_EQUAL(r->done != NULL, r->to == IKE_QM_PHASE2_COMPLETE);
		CU_ASSERT_TRUE(!r->awaits || r->build);
		CU_ASSERT_TRUE(!r->in_clear || (r->encrypted && r->take));
		CU_ASSERT_EQUAL(r->in.must & r->in.may, 0);
		CU_ASSERT_EQUAL(r->out.must & r->out.may, 0);
	}
}

/* What one side builds in a state the other side takes in its own. */
static void fitting(void)
{
	static const struct {
		enum ike_state from;
		enum ike_input input;
		enum ike_state peer;
		enum ike_input takes;
	} pairs[] = {
		{ IKE_READY, IKE_SA_REQ_MM, IKE_READY, IKE_MM_EXCH },
		{ IKE_R_MM1, IKE_PROCESS_COMPLETE, IKE_I_MM1, IKE_MM_EXCH },
		{ IKE_I_MM2, IKE_PROCESS_COMPLETE, IKE_R_MM2, IKE_MM_EXCH },
		{ IKE_R_MM3, IKE_PROCESS_COMPLETE, IKE_I_MM3, IKE_MM_EXCH },
		{ IKE_I_MM4, IKE_PROCESS_COMPLETE, IKE_R_MM4, IKE_MM_EXCH },
		{ IKE_R_MM5, IKE_PROCESS_COMPLETE, IKE_I_MM5, IKE_MM_EXCH },
		{ IKE_READY, IKE_SA_REQ_AM, IKE_READY, IKE_AM_EXCH },
		{ IKE_R_AM_AAA_AWAIT, PRESHARED_KEY_REPLY, IKE_I_AM1, IKE_AM_EXCH },
		{ IKE_I_AM1, IKE_AM_EXCH, IKE_R_AM2, IKE_AM_EXCH },
		{ IKE_QM_READY, IKE_INIT_QM, IKE_QM_READY, IKE_QM_EXCH },
		{ IKE_QM_SPI_STARVE, IKE_GOT_SPI, IKE_QM_I_QM1, IKE_QM_EXCH },
		{ IKE_QM_I_QM1, IKE_QM_EXCH, IKE_QM_R_QM2, IKE_QM_EXCH },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct ike_row *out = ike_row_find(pairs[i].from, pairs[i].input);
		const struct ike_row *in = ike_row_find(pairs[i].peer, pairs[i].takes);

		CU_ASSERT_PTR_NOT_NULL_FATAL(out);
		CU_ASSERT_PTR_NOT_NULL_FATAL(in);
		CU_ASSERT_EQUAL(out->out.must, in->in.must);
		CU_ASSERT_EQUAL(out->out.may & ~in->in.may, 0);
		CU_ASSERT_TRUE(out->encrypted == in->encrypted || (!out->encrypted && in->in_clear));
	}
}

static const struct unit_test tests[] = { { "no two rows for one state and input", unique },
					  { "every state is reachable", reachable },
					  { "rows are complete", complete },
					  { "what one side builds the other takes", fitting } };

UNIT_MAIN("table", tests)
