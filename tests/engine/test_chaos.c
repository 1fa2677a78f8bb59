/*
 * Seeded random lives of a tunnel: both ends come up, rekey, are cleared, crash and restart, while the line between them
 * loses, repeats, delays and reorders what is sent, or lets nothing through in one direction, and NATs in it forget their
 * mappings. When the line is good again and some time has passed exactly one pair of SAs is left on each side, the two fit each other, and from then on no packet
 * is lost.
 *
 *	CHAOS_RUNS=n  how many lives (default below)
 *	CHAOS_SEED=n  only this one
 */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define RUNS 250 /* some seconds; CHAOS_RUNS=1000 for all */
#else
#define RUNS 1000
#endif
#define SAS_MAX   12 /* of phase 1 on one side, deleted ones that are not purged included */
#define PAIRS_MAX 6

struct life {
	struct pair *p;
	struct pair_setup setup[2];
	uint64_t seed;
	const char *fault;
	unsigned lifetime_s;
};

static unsigned dice(struct life *l, unsigned n)
{
	return pair_dice(l->p, n);
}

static void fault(struct life *l, const char *what)
{
	if (l->fault)
		return;
	l->fault = what;
	printf("\n    CHAOS_SEED=%llu at %llu ms: %s", (unsigned long long)l->seed,
	       (unsigned long long)(l->p->now_ms - 1000000), what);
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	(void)sa;
	++*(unsigned *)ctx;
}

/* What one side may hold at any time. */
static void bounded(struct life *l)
{
	for (int i = 0; i < 2; i++) {
		unsigned sas = 0;
		const struct ike_sa *sa;

		ike_each_sa(l->p->side[i].ike, count_sa, &sas);
		if (sas > SAS_MAX)
			fault(l, "too many IKE SAs");
		if (pair_installed(l->p, i, true) > PAIRS_MAX)
			fault(l, "too many IPsec SAs");
		TAILQ_FOREACH (sa, &l->p->side[i].ike->sas, link) {
			if (sa->node_count >= IKE_NODES_MAX)
				fault(l, "too many exchanges");
		}
	}
}

static void quiet(struct life *l, int side)
{
	if (!getenv("CHAOS_SEED"))
		ike_set_debug(l->p->side[side].ike, 0);
	pair_forget(l->p, side);
}

static void begin(struct life *l, int side)
{
	quiet(l, side);
	pair_start(l->p, side, &l->setup[side]);
}

static void configure(struct life *l)
{
	static const unsigned lives[] = { 120, 180, 300, 600 };
	const unsigned family = dice(l, 2) ? 4 : 6;
	const bool one_asks = dice(l, 3) == 0, pfs = dice(l, 4) == 0, dpd = dice(l, 2);
	const unsigned phase1_s = dice(l, 2) ? 86400 : 200 + dice(l, 600);

	l->lifetime_s = lives[dice(l, 4)];
	for (int i = 0; i < 2; i++) {
		struct pair_setup *s = &l->setup[i];

		pair_setup(s, i, family);
		s->idents[0].responder_only = one_asks && i == 1;
		s->idents[0].pfs_group = pfs ? 19 : 0;
		s->idents[0].lifetime_s = l->lifetime_s;
		/* what is lost is counted by one side only, and who may not ask cannot renew what it has used up */
		s->idents[0].lifetime_kb = dice(l, 3) || one_asks ? 0 : 2560;
		s->policies[0].lifetime_s = phase1_s;
		if (dpd)
			s->keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2, .periodic = dice(l, 2) };
	}
	if (family == 4 && dice(l, 2)) {
		pair_nat(l->p, l->setup, 0, "192.0.2.2", 1000, dice(l, 2));
		if (dice(l, 2))
			pair_nat(l->p, l->setup, 1, "192.0.2.3", 0, true);
		l->setup[0].nat_keepalive_s = l->setup[1].nat_keepalive_s = 20;
	}
	l->p->dh_ms = dice(l, 3) ? 0 : 1 + dice(l, 500);
	l->p->traffic_ms = dice(l, 3) ? 300 + dice(l, 2000) : 0;
	l->p->traffic_octets = 100 + dice(l, 3) * 10000;
}

static void worse_line(struct life *l)
{
	struct pair *p = l->p;

	p->loss = dice(l, 31);
	p->loss_esp = dice(l, 31);
	p->doubled = dice(l, 25);
	p->latency_ms = 1 + dice(l, 200);
	p->jitter_ms = dice(l, 2) ? dice(l, 4000) : 0;
	p->cut[0] = dice(l, 8) == 0;
	p->cut[1] = dice(l, 8) == 0;
}

static void good_line(struct pair *p)
{
	p->loss = p->loss_esp = p->doubled = 0;
	p->latency_ms = 1;
	p->jitter_ms = 20;
	p->cut[0] = p->cut[1] = false;
}

static void ask(struct pair *p, int side)
{
	struct pair_sa *sa = pair_sa(p, side, false);

	if (sa)
		ike_sa_limit(p->side[side].ike, sa->sa.ident, sa->sa.spi);
}

static void event(struct life *l)
{
	struct pair *p = l->p;
	const int side = (int)dice(l, 2);

	switch (dice(l, 11)) {
	case 0:
		ask(p, side);
		break;
	case 1:
		ask(p, 0);
		ask(p, 1);
		break;
	case 2:
		ike_clear_sa(p->side[side].ike, NULL);
		break;
	case 3:
		ike_clear_isakmp(p->side[side].ike, 0);
		break;
	case 4:
		ike_clear_session(p->side[side].ike, NULL);
		break;
	case 5: /* the power fails, and comes back */
		pair_crash(p, side);
		p->side[side].random ^= p->line << 1 | 1;
		pair_run(p, dice(l, 90000));
		begin(l, side);
		break;
	case 6: /* both at once */
		for (int i = 0; i < 2; i++) {
			pair_crash(p, i);
			p->side[i].random ^= p->line << 1 | 1;
		}
		for (int i = 0; i < 2; i++)
			begin(l, i);
		break;
	case 7: /* a lifetime passes */
		pair_run(p, (uint64_t)l->lifetime_s * 1000);
		break;
	case 8: /* so the NAT has another mapping for what comes next */
		if (p->side[0].nat.on && !p->side[0].nat.forwards)
			pair_nat_renew(p, 0, dice(l, 2) ? "192.0.2.2" : NULL, (uint16_t)(1000 * (1 + dice(l, 20))));
		break;
	default:
		worse_line(l);
		break;
	}
}

static bool converged(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		if (pair_installed(p, i, true) != 1 || pair_installed(p, i, false) != 1)
			return false;
	return pair_joined(p);
}

/* The line is good: what is left of the bad times passes away within two lifetimes. */
static void settle(struct life *l)
{
	struct pair *p = l->p;
	unsigned s = 0;

	good_line(p);
	pair_run(p, 10000); /* what the bad line had delayed has come */
	while (!converged(p) && s++ < 2 * l->lifetime_s + 300)
		pair_run(p, 1000);
	if (!converged(p))
		fault(l, "no single pair of SAs");
}

/* ... and then nothing is lost any more, rekeying included. */
static void prosper(struct life *l)
{
	struct pair *p = l->p;
	unsigned refused[2], downs[2];

	p->traffic_ms = 250;
	p->traffic_next_ms = p->now_ms;
	pair_run(p, 1000);
	for (int i = 0; i < 2; i++) {
		refused[i] = p->side[i].esp_refused + p->side[i].esp_no_sa;
		downs[i] = p->side[i].downs;
	}
	if (p->side[0].nat.on &&
	    !p->side[0].nat.forwards) { /* of a mapping that goes the peer hears with the next packet */
		pair_nat_renew(p, 0, NULL, 25000);
		pair_run(p, 1000);
		if (!pair_joined(p))
			fault(l, "a peer that was not followed");
	}
	pair_run(p, (uint64_t)(l->lifetime_s + 60) * 1000);
	for (int i = 0; i < 2; i++) {
		if (p->side[i].esp_refused + p->side[i].esp_no_sa != refused[i])
			fault(l, "packets were lost on a good line");
		if (p->side[i].downs != downs[i])
			fault(l, "the tunnel went down on a good line");
	}
	if (!pair_joined(p))
		fault(l, "SAs that do not fit");
}

static bool live(uint64_t seed)
{
	struct life l = { .p = pair_new(seed), .seed = seed };
	const unsigned events = 4 + pair_dice(l.p, 10);

	configure(&l);
	worse_line(&l);
	begin(&l, (int)(seed % 2));
	pair_run(l.p, dice(&l, 3) ? 0 : dice(&l, 40000));
	begin(&l, (int)(1 - seed % 2));
	for (unsigned n = 0; n < events && !l.fault; n++) {
		pair_run(l.p, dice(&l, 40000));
		bounded(&l);
		event(&l);
	}
	if (!l.fault)
		settle(&l);
	if (!l.fault)
		prosper(&l);
	bounded(&l);
	pair_free(l.p);
	return !l.fault;
}

static void lives(void)
{
	const char *seed = getenv("CHAOS_SEED"), *runs = getenv("CHAOS_RUNS");
	const unsigned long long first = seed ? strtoull(seed, NULL, 0) : 1;
	const unsigned long long count = seed ? 1 : runs ? strtoull(runs, NULL, 0) : RUNS;
	unsigned long long failed = 0;

	for (unsigned long long n = 0; n < count; n++)
		failed += !live(first + n);
	CU_ASSERT_EQUAL(failed, 0);
}

static const struct unit_test tests[] = {
	{ "random lives", lives },
};

UNIT_MAIN("chaos", tests)
