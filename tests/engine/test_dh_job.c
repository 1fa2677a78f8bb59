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

#define TEMPLATE 7

/* The peers of a Virtual-Template, with a profile or, as it may be meanwhile, without. */
static void configure_hub(struct pair *p, bool has_profile)
{
	const struct isakmp_match match = { .kind = ISAKMP_MATCH_ADDRESS, .prefix = { .addr = { .family = 4 } } };
	struct pair_setup s;

	pair_setup(&s, 1, 4);
	s.profiles[0] = (struct ike_profile){
		.name = "SPOKES", .matches = &match, .match_count = 1, .virtual_template = TEMPLATE
	};
	s.profile_count = has_profile;
	s.keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2 };
	s.invalid_spi_recovery = true;
	s.fragmentation = true;
	pair_configure(p, 1, &s);
}

static void add_template(struct pair *p)
{
	struct pair_setup s;

	pair_setup(&s, 1, 4);
	s.idents[0].virtual_template = TEMPLATE;
	s.idents[0].pfs_group = 1;
	s.idents[0].lifetime_s = 120;
	s.idents[0].responder_only = false;
	s.idents[0].local = s.idents[0].remote = (struct ip_addr){ 0 };
	p->side[1].idents[0] = ike_ident_add(p->side[1].ike, &s.idents[0]);
}

static void start_peer(struct pair *p, unsigned n)
{
	struct pair_setup s[2];

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	if (n % 3)
		pair_nat(p, s, 0, "192.0.2.2", (uint16_t)(1000 + n), false);
	else
		p->side[0].nat.on = false;
	s[0].idents[0].pfs_group = 1;
	s[0].idents[0].lifetime_s = 120;
	s[0].keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2, .periodic = true };
	s[0].fragmentation = n % 2;
	pair_start(p, 0, &s[0]);
}

static void disturb(struct pair *p, unsigned n)
{
	struct ike *e = p->side[pair_dice(p, 2)].ike;

	switch (pair_dice(p, 7)) {
	case 0:
		ike_ident_remove(p->side[1].ike, p->side[1].idents[0]);
		pair_run(p, pair_dice(p, 200));
		add_template(p);
		break;
	case 1:
		configure_hub(p, false);
		pair_run(p, pair_dice(p, 200));
		configure_hub(p, true);
		break;
	case 2:
		ike_clear_session(e, NULL);
		break;
	case 3:
		ike_clear_isakmp(e, 0);
		break;
	case 4:
		pair_crash(p, 0);
		start_peer(p, n);
		break;
	case 5:
		pair_nat_renew(p, 0, NULL, (uint16_t)(2000 + n));
		break;
	default:
		ike_clear_sa(e, NULL);
		break;
	}
}

/* Clones come and go while exchanges for them wait; settings, templates, peers and mappings change under them. */
static void clones(void)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct pair *p = pair_new(seed);

		p->dh_ms = 150;
		p->latency_ms = 5;
		p->side[1].addr = (struct ip_addr){ 4, { 10, 1, 1, 3 } };
		configure_hub(p, true);
		add_template(p);
		start_peer(p, (unsigned)seed);
		for (unsigned n = 0; n < 60; n++) {
			p->loss = n % 10 ? 0 : 20;
			pair_run(p, pair_dice(p, n % 4 ? 700 : 40000));
			disturb(p, n);
		}
		p->loss = 0;
		pair_run(p, 1000);
		/* an IKE SA that was made while there was no profile is of none until its end */
		ike_clear_session(p->side[0].ike, NULL);
		pair_run(p, 400000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(p->side[1].clones, p->side[1].gone + 1);
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
	{ "clones come and go meanwhile", clones },
	{ "a bad public value", bad_value },
};

UNIT_MAIN("dh_job", tests)
