/*
 * Rekeying under traffic: ESP packets go both ways all the time, each through the SA that the data plane would take, and
 * none may find that its SA is gone.
 */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <string.h>

/* Both sides may ask; lifetimes as given. */
static struct pair *start(uint64_t seed, unsigned life_s, uint32_t life_kb, void (*change)(struct pair_setup s[2]))
{
	struct pair *p = pair_new(seed);
	struct pair_setup s[2];

	for (int i = 0; i < 2; i++) {
		pair_setup(&s[i], i, 6);
		s[i].idents[0].lifetime_s = life_s;
		s[i].idents[0].lifetime_kb = life_kb;
		s[i].idents[0].responder_only = false;
	}
	if (change)
		change(s);
	pair_start(p, 1, &s[1]);
	pair_run(p, 5);
	pair_start(p, 0, &s[0]);
	pair_run(p, 12000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

static unsigned rekeys(const struct pair *p, int side)
{
	return pair_mentioned(p, side, "IPSEC(lifetime_expiry): SA lifetime threshold reached");
}

/* Nothing was lost, the line never went down, and one pair is left. */
static void lossless(struct pair *p)
{
	p->traffic_ms = 0;
	pair_run(p, 1000);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(p->side[i].esp_refused, 0);
		CU_ASSERT_EQUAL(p->side[i].esp_no_sa, 0);
		CU_ASSERT_EQUAL(p->side[i].esp_taken, p->side[1 - i].esp_sent);
		CU_ASSERT_EQUAL(p->side[i].downs, 0);
		CU_ASSERT_EQUAL(p->side[i].ups, 1);
	}
}

static void one_pair(struct pair *p)
{
	CU_ASSERT_TRUE(pair_joined(p));
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_installed(p, i, true), 1);
		CU_ASSERT_EQUAL(pair_installed(p, i, false), 1);
	}
}

static void by_time(void)
{
	struct pair *p = start(1, 120, 0, NULL);

	ike_set_debug(p->side[0].ike, IKE_DEBUG_IPSEC);
	p->traffic_ms = 100;
	p->jitter_ms = 400; /* messages and packets overtake each other */
	pair_run(p, 2000000);
	CU_ASSERT_TRUE(rekeys(p, 0) + rekeys(p, 1) >= 20);
	lossless(p);
	p->traffic_ms = 100;
	pair_run(p, 60000);
	lossless(p);
	pair_run(p, 10000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE(pair_installed(p, 0, true) <= 2);
	pair_free(p);
}

static void by_volume(void)
{
	struct pair *p = start(2, 3600, 2560, NULL);

	p->traffic_ms = 25;
	p->traffic_octets = 5000;
	p->jitter_ms = 100;
	pair_run(p, 400000);
	CU_ASSERT_TRUE(rekeys(p, 0) + rekeys(p, 1) >= 20);
	lossless(p);
	pair_run(p, 100000);
	one_pair(p);
	pair_free(p);
}

static void one_responds(struct pair_setup s[2])
{
	s[1].idents[0].responder_only = true;
}

/*
 * What the side that never asks sends is lost on the way, so it alone counts it: it tells the other one in time, and
 * again when that is lost as well, but not for ever.
 */
static void spent_by_one(void)
{
	static const char told[] = "Sending NOTIFY RESPONDER_LIFETIME protocol 3";

	for (unsigned lost_s = 0; lost_s <= 10; lost_s++) {
		struct pair *p = start(4, 3600, 10000, one_responds);
		struct pair_sa *out = pair_sa(p, 1, false);
		const bool heard = lost_s < 4; /* of five times, a second apart */

		pair_run(p, 200000);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, told), 0);
		p->cut[1] = lost_s > 0;
		pair_carried(p, 1, out, out->sa.soft_octets);
		pair_run(p, lost_s * 1000);
		p->cut[1] = false;
		pair_run(p, 2000);
		CU_ASSERT_EQUAL(rekeys(p, 0), heard);
		CU_ASSERT_EQUAL(p->side[0].installs, heard ? 4 : 2);
		pair_run(p, 60000);
		CU_ASSERT_TRUE(pair_mentioned(p, 1, told) >= 1 && pair_mentioned(p, 1, told) <= 5);
		CU_ASSERT_EQUAL(rekeys(p, 1), 0);
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		one_pair(p);
		pair_free(p);
	}
}

/* Without a single packet the old pair ends as well, and nobody polls: the timer sleeps for minutes. */
static void idle(void)
{
	struct pair *p = start(3, 3600, 4608000, NULL);

	CU_ASSERT_TRUE(p->side[0].timer_ms - p->now_ms > 30000);
	pair_run(p, 60000);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_TRUE(p->side[i].timer_ms - p->now_ms > 3000000);
	for (unsigned n = 0; n < 10; n++) {
		pair_run(p, 3600000);
		CU_ASSERT_TRUE(pair_joined(p));
	}
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	pair_free(p);
}

/* Both ask in the same millisecond. */
static void at_once(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		ike_sa_limit(p->side[i].ike, 1, pair_sa(p, i, false)->sa.spi);
}

static void crossing(void)
{
	unsigned won[2] = { 0, 0 };

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct pair *p = start(seed, 3600, 4608000, NULL);

		pair_run(p, 100000); /* what the start left behind is gone */
		one_pair(p);
		p->traffic_ms = seed % 2 ? 7 : 0;
		p->latency_ms = 1 + seed;
		p->jitter_ms = seed / 2;
		pair_forget(p, 0);
		pair_forget(p, 1);
		at_once(p);
		pair_run(p, 3000);
		/* one exchange was served: two pairs with the old one, both sides using the same */
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 2);
		won[0] += pair_mentioned(p, 0, "QM Responder gets spi") == 0;
		won[1] += pair_mentioned(p, 1, "QM Responder gets spi") == 0;
		pair_run(p, 95000);
		one_pair(p);
		lossless(p);
		pair_free(p);
	}
	CU_ASSERT_EQUAL(won[0] + won[1], 40);
	CU_ASSERT_TRUE(won[0] > 5 && won[1] > 5); /* neither side is favoured */
}

static bool lose_marked(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	unsigned *n = p->filter_ctx;

	(void)from, (void)number, (void)data, (void)octets;
	return (*n)-- != 1;
}

/* ... and each of the datagrams that then go is lost once, while others overtake each other. */
static void crossing_with_loss(void)
{
	for (unsigned lost = 1; lost < 9; lost++) {
		for (uint64_t seed = 0; seed < 10; seed++) {
			struct pair *p = start(seed, 3600, 4608000, NULL);
			unsigned n = lost;

			pair_run(p, 100000);
			p->traffic_ms = seed % 2 ? 50 : 0;
			p->latency_ms = 20;
			p->jitter_ms = 40 * (seed % 3);
			p->filter = lose_marked;
			p->filter_ctx = &n;
			at_once(p);
			pair_run(p, 160000);
			one_pair(p);
			lossless(p);
			pair_free(p);
		}
	}
}

/* A peer that knows no such rule answers and goes on asking; in the end there is one pair all the same. */
static void peer_without_rule(void)
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct pair *p = start(seed, 3600, 4608000, NULL);
		struct ike_sa *sa;
		struct ike_node *n;

		pair_run(p, 100000);
		pair_forget(p, 1);
		p->traffic_ms = 50;
		at_once(p);
		for (unsigned ms = 0; ms < 20; ms++) {
			pair_run(p, 1);
			/* R3 takes up again what it gave up */
			TAILQ_FOREACH (sa, &p->side[1].ike->sas, link) {
				TAILQ_FOREACH (n, &sa->nodes, link) {
					if (n->qm && n->qm->yielded) {
						n->qm->yielded = false;
						n->resend_ms = p->now_ms + IKE_RESEND_MS;
						n->purge_ms = IKE_NEVER;
					}
				}
			}
		}
		pair_run(p, 130000);
		one_pair(p);
		lossless(p);
		pair_free(p);
	}
}

static struct pair_sa *with_spi(struct pair *p, int side, bool inbound, uint32_t spi)
{
	for (size_t i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *x = &p->side[side].sas[i];

		if (x->there && x->sa.inbound == inbound && x->sa.spi == spi)
			return x;
	}
	return NULL;
}

/* One side asks on an IKE SA that the other has lost; that does not stand in the way of the other's own request. */
static void asking_nobody(void)
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct pair *p = start(seed, 3600, 0, NULL);

		pair_run(p, 100000);
		p->cut[0] = true;
		ike_clear_isakmp(p->side[0].ike, 0);
		pair_run(p, 100);
		p->cut[0] = false;
		ike_sa_limit(p->side[1].ike, 1, pair_sa(p, 1, false)->sa.spi);
		pair_run(p, 4000);
		ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi);
		pair_run(p, 12000);
		CU_ASSERT_EQUAL(pair_installed(p, 0, false), 2);
		CU_ASSERT_EQUAL(pair_installed(p, 1, false), 2);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* A peer that goes on sending through the old SA is heard as long as that lives. */
static void peer_that_lingers(void)
{
	struct pair *p = start(5, 120, 0, NULL);
	struct ike_ident_entry *i = ike_ident_find(p->side[1].ike, 1);
	uint32_t spi, heard = 0;

	pair_run(p, 60000);
	spi = pair_sa(p, 1, false)->sa.spi;
	at_once(p);
	pair_run(p, 100);
	pair_send_esp(p, 0, 100);
	pair_send_esp(p, 1, 100);
	for (unsigned s = 0; s < 40; s++) {
		struct pair_sa *old = with_spi(p, 1, false, spi);

		pair_run(p, 1000);
		if (!old || !old->there)
			break;
		ike_pair_find(i, false, spi)->retire_ms = IKE_NEVER; /* it does not delete it itself */
		pair_send_through(p, 1, old, 100);
		heard++;
	}
	pair_run(p, 100);
	CU_ASSERT_TRUE(heard >= 20);
	CU_ASSERT_EQUAL(p->side[0].esp_refused, 0);
	pair_run(p, 40000);
	CU_ASSERT_PTR_NULL(with_spi(p, 0, true, spi));
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* The word that an SA is gone overtakes what was sent through it. */
static void delete_overtakes(void)
{
	struct pair *p = start(6, 3600, 0, NULL);
	struct ike_ident_entry *i = ike_ident_find(p->side[1].ike, 1);
	struct pair_sa *old = pair_sa(p, 1, false);
	struct ike_pair *pair;
	unsigned refused;
	uint32_t spi = old->sa.spi;

	at_once(p);
	pair_run(p, 1000);
	p->latency_ms = 3000;
	pair_send_through(p, 1, old, 100);
	p->latency_ms = 1;
	pair = ike_pair_find(i, false, spi);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pair);
	ike_pair_delete(p->side[1].ike, i, pair, true);
	pair_run(p, 100);
	/* it is not used any more, nor shown */
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "IPSEC(delete_sa): deleting SA"), 2);
	pair_run(p, 3500);
	CU_ASSERT_EQUAL(p->side[0].esp_taken, 1);
	refused = p->side[0].esp_refused;
	CU_ASSERT_EQUAL(refused, 0);
	pair_run(p, 5000);
	CU_ASSERT_PTR_NULL(with_spi(p, 0, true, spi));
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	one_pair(p);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "by time", by_time },
	{ "by volume", by_volume },
	{ "by a volume that one side counts", spent_by_one },
	{ "without traffic", idle },
	{ "both sides at once", crossing },
	{ "both sides at once, one datagram is lost", crossing_with_loss },
	{ "both sides at once, the peer knows no rule", peer_without_rule },
	{ "the IKE SA of a request is gone", asking_nobody },
	{ "the peer sends through the old SA", peer_that_lingers },
	{ "a delete overtakes packets", delete_overtakes },
};

UNIT_MAIN("rekey", tests)
