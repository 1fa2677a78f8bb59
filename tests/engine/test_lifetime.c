/* Lifetimes that differ, that are absent, that end at the wrong moment: of phase 2 and of the phase 1 it needs. */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct pair *start(const struct pair_setup s[2])
{
	struct pair *p = pair_new(11);

	for (int i = 1; i >= 0; i--)
		pair_start(p, i, &s[i]);
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

static void setup(struct pair_setup s[2])
{
	for (int i = 0; i < 2; i++)
		pair_setup(&s[i], i, 4);
}

struct seen {
	uint64_t left_s, left_kb, up_s;
	uint32_t current;
};

static void look(void *ctx, const struct ike_ident_info *i)
{
	struct seen *s = ctx;

	*s = (struct seen){ .left_s = i->children[0].left_s, .left_kb = i->children[0].left_kb, .up_s = i->up_s };
	for (unsigned c = 0; c < i->child_count; c++)
		if (i->children[c].current)
			s->current = i->children[c].spi;
}

static struct seen seen(struct pair *p, int side)
{
	struct seen s = { 0 };

	ike_each_ident(p->side[side].ike, look, &s);
	return s;
}

/* --- phase 2 ----------------------------------------------------------------------------------------------------- */

/* The responder's are shorter: it says so in QM2, and the initiator obeys. */
static void responder_is_shorter(void)
{
	static const char *const lines[] = {
		"ISAKMP:(1001): processing NOTIFY RESPONDER_LIFETIME protocol 3",
		"ISAKMP:(1001): processing responder lifetime",
		"ISAKMP:(1001): start processing ipsec responder lifetime",
		"ISAKMP:(1001): ipsec responder lifetime of 300s",
		"ISAKMP:(1001): ipsec responder lifetime of 5000kb",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[1].idents[0].lifetime_s = 300;
	s[1].idents[0].lifetime_kb = 5000;
	p = start(s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CU_ASSERT_EQUAL(pair_said(p, 0, lines[i]), 1);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(seen(p, i).left_s <= 300 && seen(p, i).left_s >= 280);
		CU_ASSERT_TRUE(seen(p, i).left_kb <= 5000 && seen(p, i).left_kb >= 4400);
	}
	pair_run(p, 270000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "SA lifetime threshold reached"), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* The responder's are longer, or the same: nothing is said, the initiator's count. */
static void responder_is_longer(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].idents[0].lifetime_s = 300;
	s[0].idents[0].lifetime_kb = 5000;
	p = start(s);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "RESPONDER_LIFETIME"), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(seen(p, i).left_s <= 300 && seen(p, i).left_s >= 280);
		CU_ASSERT_TRUE(seen(p, i).left_kb <= 5000 && seen(p, i).left_kb >= 4400);
	}
	pair_free(p);
}

/* An offer without lifetimes stands for 28,800 s and any volume (RFC 2407 4.5). */
static void none_is_named(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].idents[0].lifetime_s = s[0].idents[0].lifetime_kb = 0;
	s[1].idents[0].lifetime_s = 86400;
	s[1].idents[0].lifetime_kb = 0;
	p = start(s);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "RESPONDER_LIFETIME"), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(seen(p, i).left_s <= 28800 && seen(p, i).left_s >= 27000);
		CU_ASSERT_EQUAL(seen(p, i).left_kb, 0);
	}
	pair_free(p);
	/* the responder has some: the initiator learns them */
	s[1].idents[0].lifetime_s = 600;
	s[1].idents[0].lifetime_kb = 9000;
	p = start(s);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): ipsec responder lifetime of 600s"), 1);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(seen(p, i).left_s <= 600);
		CU_ASSERT_TRUE(seen(p, i).left_kb <= 9000 && seen(p, i).left_kb > 8000);
	}
	pair_free(p);
}

/* `lifetime kilobytes disable` at both: no amount of traffic asks for a successor. */
static void no_volume(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].idents[0].lifetime_kb = s[1].idents[0].lifetime_kb = 0;
	p = start(s);
	CU_ASSERT_EQUAL(pair_sa(p, 0, false)->sa.soft_octets, 0);
	pair_carried(p, 0, pair_sa(p, 0, false), UINT64_C(1) << 50);
	pair_run(p, 100000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	pair_free(p);
}

static void tell(struct pair *p, uint32_t spi, const uint8_t *attrs, size_t octets)
{
	struct ike *e = p->side[1].ike;
	uint8_t spi_be[4];
	struct wr w = wr_of(spi_be, sizeof(spi_be));

	wr_u32(&w, spi);
	ike_info_notify(e, TAILQ_FIRST(&e->sas), "RESPONDER_LIFETIME", PROTO_IPSEC_ESP, spi_be, 4,
			NOTIFY_RESPONDER_LIFETIME, attrs, octets);
	pair_run(p, 100);
}

/* Some peers tell it afterwards. */
static void told_later(void)
{
	static const uint8_t longer[] = { 0x80, 1, 0, 1, 0, 2, 0, 4, 0, 1, 0x51, 0x80 };
	static const uint8_t shorter[] = { 0x80, 1, 0, 1, 0x80, 2, 0, 200, 0x80, 1, 0, 2, 0x80, 2, 0x10, 0 };
	struct pair_setup s[2];
	struct pair *p;
	uint32_t spi;

	setup(s);
	p = start(s);
	spi = pair_sa(p, 1, true)->sa.spi;
	tell(p, spi, longer, sizeof(longer));
	CU_ASSERT_TRUE(seen(p, 0).left_s > 3000 && seen(p, 0).left_s <= 3600);
	tell(p, spi ^ 1, shorter, sizeof(shorter)); /* nobody's */
	CU_ASSERT_TRUE(seen(p, 0).left_s > 3000);
	tell(p, spi, shorter, 3); /* nonsense */
	CU_ASSERT_TRUE(seen(p, 0).left_s > 3000);
	tell(p, spi, shorter, sizeof(shorter));
	CU_ASSERT_TRUE(seen(p, 0).left_s <= 200);
	CU_ASSERT_TRUE(seen(p, 0).left_kb <= 4096);
	pair_run(p, 190000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "SA lifetime threshold reached"), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_free(p);
}

static bool lose_first_qm2(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)number, (void)data, (void)octets;
	return from == 0 || number != 7;
}

/* The answer was lost and came late: the initiator's SAs end before the responder's all the same. */
static void late_answer(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s);
	s[0].idents[0].lifetime_s = 120;
	p->filter = lose_first_qm2;
	for (int i = 1; i >= 0; i--)
		pair_start(p, i, &s[i]);
	pair_run(p, 15000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_TRUE(seen(p, 0).left_s < seen(p, 1).left_s);
	CU_ASSERT_TRUE(seen(p, 0).left_s <= 120 - 15 - 3);
	pair_free(p);
}

/* What is shown goes on across a rekeying: the session's age, the SPI in use. */
static void shown(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct seen was, is;

	setup(s);
	s[0].idents[0].lifetime_s = 120;
	p = start(s);
	was = seen(p, 0);
	CU_ASSERT_EQUAL(was.current, pair_sa(p, 0, false)->sa.spi);
	pair_run(p, 92000);
	is = seen(p, 0);
	CU_ASSERT_NOT_EQUAL(is.current, was.current);
	CU_ASSERT_TRUE(is.left_s > 100);
	CU_ASSERT_TRUE(is.up_s >= was.up_s + 91);
	/* the responder uses it as well */
	CU_ASSERT_NOT_EQUAL(seen(p, 1).current, 0);
	for (size_t i = 0; i < PAIR_SAS; i++)
		if (p->side[1].sas[i].there && p->side[1].sas[i].sa.inbound)
			CU_ASSERT_TRUE(p->side[1].sas[i].sa.spi != 0);
	pair_run(p, 60000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	CU_ASSERT_EQUAL(seen(p, 0).current, pair_sa(p, 0, false)->sa.spi);
	CU_ASSERT_EQUAL(seen(p, 1).current, pair_sa(p, 1, false)->sa.spi);
	pair_free(p);
}

/*
 * A peer that is not IOS may install an SA only when it has QM3: until it has used the new pair, or a second has passed,
 * this router sends with the old one.
 */
static void peer_installs_late(void)
{
	for (int speaks = 0; speaks < 2; speaks++) {
		struct pair_setup s[2];
		struct pair *p;
		struct ike_sa *sa;
		uint32_t old;

		setup(s);
		s[1].idents[0].responder_only = true;
		p = start(s);
		TAILQ_FOREACH (sa, &p->side[0].ike->sas, link) {
			sa->peer_ios = false;
		}
		old = seen(p, 0).current;
		p->traffic_ms = speaks ? 20 : 0;
		ike_sa_limit(p->side[0].ike, p->side[0].idents[0], old);
		pair_run(p, 500);
		CU_ASSERT_TRUE(speaks || pair_installed(p, 0, true) == 2);
		CU_ASSERT_EQUAL(seen(p, 0).current != old, speaks);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(seen(p, 0).current != old);
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
		pair_run(p, 120000);
		CU_ASSERT_EQUAL(pair_installed(p, 0, false), 1);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* --- phase 1 and phase 2 end independently ----------------------------------------------------------------------- */

static unsigned main_modes(const struct pair *p)
{
	return pair_mentioned(p, 0, "beginning Main Mode") + pair_mentioned(p, 1, "beginning Main Mode");
}

static unsigned ready(struct pair *p, int side)
{
	const struct ike_sa *sa;
	unsigned n = 0;

	TAILQ_FOREACH (sa, &p->side[side].ike->sas, link) {
		n += sa->state == IKE_P1_COMPLETE;
	}
	return n;
}

/* Phase 1 is over long before phase 2: the IPsec SAs live on, and a new phase 1 is made when they are to be renewed. */
static void phase1_ends_first(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].policies[0].lifetime_s = 300;
	p = start(s);
	p->traffic_ms = 1000;
	pair_run(p, 320000);
	CU_ASSERT_EQUAL(ready(p, 0) + ready(p, 1), 0);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(main_modes(p), 1);
	pair_run(p, 3400000);
	CU_ASSERT_EQUAL(main_modes(p), 2);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
	pair_free(p);
}

/* It would end in the middle of the Quick Mode that renews them: another one is made for that. */
static void phase1_ends_meanwhile(void)
{
	for (unsigned early = 0; early < 24; early++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s);
		s[0].idents[0].lifetime_s = 600;
		s[0].policies[0].lifetime_s = 536 + early; /* the soft end is between 540 and 552 s */
		p = start(s);
		p->traffic_ms = 500;
		p->latency_ms = 900;
		pair_run(p, 580000);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Quick Mode exchange"), 2); /* none was begun in vain */
		pair_run(p, 320000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
		CU_ASSERT_EQUAL(p->side[0].esp_no_sa + p->side[1].esp_no_sa, 0);
		pair_free(p);
	}
}

/* The peer has lost the IKE SA, and its word of that was lost too: the renewal is not, since it tries another one in time. */
static void phase1_is_lost(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	p = start(s);
	p->cut[1] = true;
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 100);
	p->cut[1] = false;
	CU_ASSERT_EQUAL(ready(p, 0), 1);
	CU_ASSERT_EQUAL(ready(p, 1), 0);
	p->traffic_ms = 1000;
	pair_run(p, 3600000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(main_modes(p), 2);
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
	pair_free(p);
}

/* `clear crypto isakmp` in the middle of a Quick Mode: it is asked for again at once, not when the request timer fires. */
static void phase1_cleared_midway(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	p = start(s);
	p->cut[1] = true;
	ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi);
	pair_run(p, 100);
	ike_clear_isakmp(p->side[0].ike, 0);
	p->cut[1] = false;
	pair_run(p, 3000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(main_modes(p), 2);
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 2);
	pair_free(p);
}

/* Both begin phase 1 at once: each gets one that works, and the spare ones do no harm. */
static void both_begin(void)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(seed);

		setup(s);
		s[1].idents[0].responder_only = false;
		s[0].policies[0].lifetime_s = s[1].policies[0].lifetime_s = 1000;
		p->latency_ms = 1 + 20 * seed;
		p->jitter_ms = 10 * (seed % 4);
		for (int i = 0; i < 2; i++)
			pair_start(p, i, &s[i]);
		pair_run(p, 30000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
		CU_ASSERT_TRUE(ready(p, 0) >= 1 && ready(p, 0) <= 2);
		CU_ASSERT_EQUAL(ready(p, 0), ready(p, 1));
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		p->traffic_ms = 1000;
		pair_run(p, 8000000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
		pair_free(p);
	}
}

/* QM3 is lost for good, and the old SAs end: what the responder holds is used rather than nothing. */
static bool lose_qm3(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)number, (void)data;
	/* the shortest of Quick Mode, from its initiator */
	return from != 0 || data[18] != 32 || *octets > 64 || !p->filter_ctx;
}

static void never_confirmed(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].idents[0].lifetime_s = 120;
	p = start(s);
	p->filter = lose_qm3;
	p->filter_ctx = p;
	pair_run(p, 125000); /* no packet from R2 proves anything */
	CU_ASSERT_EQUAL(p->side[1].downs, 0);
	CU_ASSERT_TRUE(pair_installed(p, 1, false) >= 1);
	pair_send_esp(p, 1, 100);
	pair_run(p, 10);
	CU_ASSERT_EQUAL(p->side[0].esp_taken, 1);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "the responder's lifetimes are shorter", responder_is_shorter },
	{ "the responder's lifetimes are longer", responder_is_longer },
	{ "no lifetime is named", none_is_named },
	{ "no lifetime in kilobytes", no_volume },
	{ "the responder's lifetime comes later", told_later },
	{ "the answer comes late", late_answer },
	{ "what is shown across a rekeying", shown },
	{ "a peer that installs late", peer_installs_late },
	{ "phase 1 ends first", phase1_ends_first },
	{ "phase 1 ends during the rekeying", phase1_ends_meanwhile },
	{ "the peer has lost phase 1", phase1_is_lost },
	{ "phase 1 is cleared during the rekeying", phase1_cleared_midway },
	{ "both begin phase 1", both_begin },
	{ "QM3 never arrives", never_confirmed },
};

UNIT_MAIN("lifetimes", tests)
