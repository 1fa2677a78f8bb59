/* NAT traversal and what peers, or those who forge them, do wrong; and several peers behind one NAT. */
#include "base/buf.h"
#include "ike/ipsec.h"
#include "ike/payload.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define OUTSIDE "192.0.2.2"
#define SHIFT   1000
#define MM1     0u
#define MM2     1u
#define MM3     2u
#define MM4     3u
#define MM5     4u
#define MM6     5u
#define QM1     6u

static void setup(struct pair_setup s[2])
{
	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
}

/* R2 behind a NAT, or not; the filter sees every message. */
static struct pair *start(bool inside, bool (*filter)(struct pair *, int, unsigned, uint8_t *, size_t *), void *ctx)
{
	struct pair *p = pair_new(33);
	struct pair_setup s[2];

	setup(s);
	if (inside)
		pair_nat(p, s, 0, OUTSIDE, SHIFT, false);
	p->filter = filter;
	p->filter_ctx = ctx;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	return p;
}

static void sa_copy(void *ctx, const struct ike_sa_info *sa)
{
	*(struct ike_sa_info *)ctx = *sa;
}

static struct ike_sa_info sa_of(struct pair *p, int side)
{
	struct ike_sa_info info = { 0 };

	ike_each_sa(p->side[side].ike, sa_copy, &info);
	return info;
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	*(unsigned *)ctx += !sa->deleted;
}

static unsigned sas_of(struct pair *p, int side)
{
	unsigned n = 0;

	ike_each_sa(p->side[side].ike, count_sa, &n);
	return n;
}

/* --- NAT-D ------------------------------------------------------------------------------------------------------- */

struct damage {
	unsigned message; /* which one */
	unsigned keep;    /* how many NAT-D stay */
	unsigned shorter; /* octets that the last one lacks */
	bool spoil;       /* they all say something else */
	bool done;
};

/* Where the nth payload of this type begins, 0 when there is none; *link: the octet that announces it. */
static size_t find(const uint8_t *data, size_t octets, uint8_t type, unsigned nth, size_t *link)
{
	size_t at = ISAKMP_HEADER_OCTETS, from = 16;
	uint8_t next = data[16];

	while (next && at + ISAKMP_GEN_OCTETS <= octets) {
		if (next == type && nth-- == 0) {
			*link = from;
			return at;
		}
		from = at;
		next = data[at];
		at += (size_t)(data[at + 2] << 8 | data[at + 3]);
	}
	return 0;
}

static void set_length(uint8_t *data, size_t octets)
{
	data[26] = (uint8_t)(octets >> 8);
	data[27] = (uint8_t)octets;
}

/* NAT-D are the last payloads. */
static bool damages(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct damage *d = p->filter_ctx;
	size_t link, at;

	(void)from;
	if (number != d->message || d->done)
		return true;
	d->done = true;
	for (unsigned i = 0; d->spoil && (at = find(data, *octets, PAYLOAD_NATD, i, &link)); i++)
		data[at + ISAKMP_GEN_OCTETS] ^= 1;
	at = find(data, *octets, PAYLOAD_NATD, d->keep, &link);
	if (at) {
		data[link] = PAYLOAD_NONE;
		*octets = at;
	}
	if (d->shorter) {
		at = find(data, *octets, PAYLOAD_NATD, d->keep - 1, &link);
		data[at + 3] = (uint8_t)(data[at + 3] - d->shorter);
		*octets -= d->shorter;
	}
	set_length(data, *octets);
	return true;
}

/* NAT-D that are absent, alone or of another size: the message is malformed, and the next one does. */
static void natd_missing(void)
{
	static const struct damage cases[] = {
		{ .message = MM3, .keep = 0 },
		{ .message = MM3, .keep = 1 },
		{ .message = MM3, .keep = 2, .shorter = 4 },
		{ .message = MM4, .keep = 0 },
		{ .message = MM4, .keep = 1 },
		{ .message = MM4, .keep = 2, .shorter = 4 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct damage d = cases[i];
		const int to = d.message == MM3 ? 1 : 0;
		struct pair *p = start(true, damages, &d);
		char line[120];

		CU_ASSERT_TRUE(d.done);
		CU_ASSERT_EQUAL(pair_said(p, to, "ISAKMP:(0): malformed payload"), 1);
		CU_ASSERT_EQUAL(
			pair_said(p, to,
				  "ISAKMP (0): incrementing error counter on sa, attempt 1 of 5: PAYLOAD_MALFORMED"),
			1);
		snprintf(line, sizeof(line),
			 "%%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from %s failed its sanity check or is malformed",
			 to ? OUTSIDE : "10.1.1.3");
		CU_ASSERT_EQUAL(pair_said(p, to, line), 1);
		CU_ASSERT_EQUAL(sa_of(p, to).conn_id, 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, to, "received payload type 20"), 0);
		CU_ASSERT_STRING_EQUAL(sa_of(p, to).state, "MM_SA_SETUP");
		pair_run(p, 12000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* The responder sees a NAT that the initiator does not see: its mode without UDP is refused, in IOS's words. */
static void wrong_mode(void)
{
	struct damage d = { .message = MM3, .keep = 9, .spoil = true };
	struct pair *p = start(false, damages, &d);

	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP (1001): NAT found, both nodes inside NAT"), 2);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      encaps is 1 (Tunnel)"), 1);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "IPSEC(ipsec_process_proposal): transform proposal not supported for identity: "), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): IPSec policy invalidated proposal with error 256"), 1);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)"),
		1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3"), 1);
	CU_ASSERT_EQUAL(p->side[0].installs + p->side[1].installs, 0);
	pair_free(p);
}

/* The initiator floats though the responder sees no need: it is followed, and UDP is what they use. */
static void floats_without_need(void)
{
	struct damage d = { .message = MM4, .keep = 9, .spoil = true };
	struct pair *p = start(false, damages, &d);

	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP (1001): No NAT Found for self or peer"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Detected port floating to port = 4500"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      encaps is 3 (Tunnel-UDP)"), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_sa(p, 1, false)->sa.remote_port, 4500);
	pair_free(p);
}

/* --- from elsewhere ---------------------------------------------------------------------------------------------- */

struct detour {
	unsigned message;
	struct ike_path from; /* where it seems to come from */
	bool done;
};

static bool detours(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct detour *d = p->filter_ctx;
	struct ike_path path;

	if (number != d->message || d->done)
		return true;
	d->done = true;
	pair_carry(p, from, &p->sending, &path);
	if (d->from.remote.family)
		path.remote = d->from.remote;
	path.remote_port = (uint16_t)(path.remote_port + d->from.remote_port);
	pair_enqueue(p, 1 - from, &path, data, *octets);
	return false;
}

/* A message that nothing protects and that comes from another port or address is nobody's. */
static void answers_from_elsewhere(void)
{
	static const unsigned messages[] = { MM2, MM3, MM4 };

	for (int k = 0; k < 6; k++) {
		struct detour d = { .message = messages[k / 2] };
		const int to = d.message == MM3 ? 1 : 0;
		struct pair *p;
		char line[160], addr[IP_TEXT_SIZE];
		struct ike_sa_info sa;

		if (k % 2)
			ip_parse("192.0.2.77", &d.from.remote);
		else
			d.from.remote_port = 7;
		p = start(false, detours, &d);
		CU_ASSERT_TRUE(d.done);
		sa = sa_of(p, to);
		CU_ASSERT_TRUE(ip_equal(&sa.path.remote, &p->side[1 - to].addr));
		ip_text(k % 2 ? &d.from.remote : &p->side[1 - to].addr, addr);
		snprintf(line, sizeof(line),
			 "%%CRYPTO-4-IKMP_NO_SA: IKE message from %s has no SA and is not an initialization offer",
			 addr);
		CU_ASSERT_EQUAL(pair_said(p, to, line), 1);
		CU_ASSERT_EQUAL(sa_of(p, to).path.remote_port, 500);
		CU_ASSERT_EQUAL(sa_of(p, to).conn_id, 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, to, d.message == MM2 ? "IKE_I_MM2" : "processing KE"), 0);
		pair_run(p, 12000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* What is protected and verified may come from anywhere if there is a NAT: MM5, MM6, Quick Mode. */
static void verified_from_elsewhere(void)
{
	static const unsigned messages[] = { MM5, QM1 };

	for (int k = 0; k < 4; k++) {
		struct detour d = { .message = messages[k / 2] };
		struct pair *p;

		if (k % 2)
			ip_parse("192.0.2.77", &d.from.remote);
		d.from.remote_port = 7;
		p = start(true, detours, &d);
		CU_ASSERT_TRUE(d.done);
		if (d.message == QM1)
			CU_ASSERT_EQUAL(sa_of(p, 1).path.remote_port, 5507);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKMP_NO_SA"), 0);
		CU_ASSERT_EQUAL(sa_of(p, 1).authenticated, true);
		/* what the NAT really does is followed again */
		pair_run(p, 40000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_sa(p, 1, false)->sa.remote_port, 5500);
		pair_free(p);
	}
}

/* Without a NAT the peer has no business elsewhere: its messages are taken, the SA stays where it is. */
static void no_nat_no_move(void)
{
	struct detour d = { .message = QM1 };
	struct ike_path path;
	struct pair *p;

	d.from.remote_port = 7;
	p = start(false, detours, &d);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "my_port 500 peer_port 507 "), 0);
	CU_ASSERT_EQUAL(sa_of(p, 1).path.remote_port, 500);
	path = sa_of(p, 1).path;
	path.remote_port = 4501;
	ike_peer_moved(p->side[1].ike, p->side[1].idents[0], pair_sa(p, 1, true)->sa.spi, &path);
	CU_ASSERT_EQUAL(sa_of(p, 1).path.remote_port, 500);
	CU_ASSERT_EQUAL(p->side[1].moves, 0);
	pair_free(p);
}

struct record {
	size_t octets[16];
	uint8_t data[16][1024];
};

static bool keep(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct record *r = p->filter_ctx;

	(void)from;
	if (number < 16 && *octets <= sizeof(r->data[0])) {
		memcpy(r->data[number], data, *octets);
		r->octets[number] = *octets;
	}
	return true;
}

/*
 * Copies, changed copies and noise from another address: nothing moves. The copy of the message that was taken last is
 * answered, since the peer's mapping may have changed in between; what the copies bring back is no more than they cost.
 */
static void forged(void)
{
	struct record *r = calloc(1, sizeof(*r));
	struct pair *p = start(true, keep, r);
	struct ike_path stranger = sa_of(p, 1).path;
	unsigned sent;
	uint8_t type;

	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	pair_run(p, 5000);
	ip_parse("192.0.2.66", &stranger.remote);
	stranger.remote_port = 6666;
	sent = p->side[1].sent;
	for (unsigned n = MM3; n < 9; n++) {
		for (int local_port = 500; local_port <= 4500; local_port += 4000) {
			stranger.local_port = (uint16_t)local_port;
			pair_inject_from(p, 1, &stranger, r->data[n], r->octets[n]);
			r->data[n][r->octets[n] - 1] ^= 1; /* encrypted messages do not verify any more */
			pair_inject_from(p, 1, &stranger, r->data[n], r->octets[n]);
			r->data[n][20] ^= 0x40; /* another message ID */
			pair_inject_from(p, 1, &stranger, r->data[n], r->octets[n]);
			type = r->data[n][18];
			r->data[n][18] = EXCHANGE_INFO;
			pair_inject_from(p, 1, &stranger, r->data[n], r->octets[n]);
			r->data[n][18] = type;
			r->data[n][20] ^= 0x40;
			r->data[n][r->octets[n] - 1] ^= 1;
		}
	}
	pair_run(p, 5000);
	CU_ASSERT_EQUAL(p->side[1].moves, 0);
	CU_ASSERT_EQUAL(sa_of(p, 1).path.remote_port, 5500);
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "sending packet to 192.0.2.66") <= 2);
	CU_ASSERT_TRUE(p->side[1].sent <= sent + 2);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
	free(r);
}

/* --- several behind one NAT -------------------------------------------------------------------------------------- */

/* Two pairs share R3 of the first: what the second R2 sends goes there, and what that R3 sends to its port comes here. */
struct site {
	struct pair *hub, *other;
	uint16_t shift;
};

static bool to_hub(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct site *x = p->filter_ctx;
	struct ike_path seen;

	(void)number;
	if (from == 0 && pair_carry(p, 0, &p->sending, &seen))
		pair_enqueue(x->hub, 1, &seen, data, *octets);
	return false;
}

static bool from_hub(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct site *x = p->filter_ctx;
	struct ike_path seen;

	(void)number;
	if (from == 0 || p->sending.remote_port % 500 == 0)
		return true;
	if (pair_carry(x->other, 1, &p->sending, &seen))
		pair_enqueue(x->other, 0, &seen, data, *octets);
	return false;
}

static void run_both(struct site *x, unsigned ms)
{
	for (unsigned i = 0; i < ms; i++) {
		pair_run(x->hub, 1);
		pair_run(x->other, 1);
	}
}

static void two_sites(struct site *x, struct pair_setup s[2], struct pair_setup b[2])
{
	*x = (struct site){ pair_new(51), pair_new(52), 2001 };
	setup(s);
	s[1].ident_count = 2;
	s[1].idents[1] = s[1].idents[0];
	pair_nat(x->hub, s, 0, OUTSIDE, SHIFT, false);
	x->hub->filter = from_hub;
	x->hub->filter_ctx = x;
	setup(b);
	ip_parse("10.1.1.4", &b[0].idents[0].local);
	pair_nat(x->other, b, 0, OUTSIDE, x->shift, false);
	x->other->filter = to_hub;
	x->other->filter_ctx = x;
	pair_start(x->hub, 1, &s[1]);
	pair_start(x->hub, 0, &s[0]);
	run_both(x, 500);
	pair_start(x->other, 0, &b[0]);
	x->other->side[1].addr = x->hub->side[1].addr;
	run_both(x, 500);
}

static unsigned installed_to(const struct pair *p, uint16_t port)
{
	unsigned n = 0;

	for (size_t i = 0; i < PAIR_SAS; i++) {
		const struct pair_sa *x = &p->side[1].sas[i];

		n += x->there && !x->sa.held_by && !x->sa.inbound && x->sa.remote_port == port;
	}
	return n;
}

/* Each has its own SAs; a restart, a delete or a new mapping of one is nothing to the other. */
static void several(void)
{
	struct pair_setup s[2], b[2];
	struct site x;
	uint32_t spi;

	two_sites(&x, s, b);
	CU_ASSERT_EQUAL(sas_of(x.hub, 1), 2);
	CU_ASSERT_EQUAL(installed_to(x.hub, 5500), 1);
	CU_ASSERT_EQUAL(installed_to(x.hub, 6501), 1);
	CU_ASSERT_EQUAL(x.hub->side[1].removes, 0);
	CU_ASSERT_TRUE(x.hub->side[1].up[1] && x.hub->side[1].up[2]);
	spi = pair_sa(x.hub, 0, false)->sa.spi;

	/* the second one restarts: INITIAL_CONTACT ends what was its own */
	pair_crash(x.other, 0);
	pair_start(x.other, 0, &b[0]);
	run_both(&x, 500);
	CU_ASSERT_EQUAL(pair_mentioned(x.hub, 1, "Process initial contact,"), 3);
	CU_ASSERT_EQUAL(sas_of(x.hub, 1), 2);
	CU_ASSERT_EQUAL(installed_to(x.hub, 5500), 1);
	CU_ASSERT_EQUAL(installed_to(x.hub, 6501), 1);
	CU_ASSERT_EQUAL(x.hub->side[1].removes, 2);
	CU_ASSERT_EQUAL(pair_sa(x.hub, 0, false)->sa.spi, spi);

	/* its mapping changes */
	pair_nat_renew(x.other, 0, NULL, 3001);
	ike_sa_limit(x.other->side[0].ike, x.other->side[0].idents[0], pair_sa(x.other, 0, false)->sa.spi);
	run_both(&x, 500);
	CU_ASSERT_EQUAL(installed_to(x.hub, 5500), 1);
	CU_ASSERT_EQUAL(installed_to(x.hub, 6501), 0);
	CU_ASSERT_TRUE(installed_to(x.hub, 7501) >= 1);

	/* and it goes */
	ike_shutdown(x.other->side[0].ike);
	run_both(&x, 500);
	CU_ASSERT_EQUAL(sas_of(x.hub, 1), 1);
	CU_ASSERT_EQUAL(installed_to(x.hub, 7501), 0);
	CU_ASSERT_EQUAL(installed_to(x.hub, 5500), 1);
	CU_ASSERT_TRUE(pair_joined(x.hub));
	pair_free(x.hub);
	pair_free(x.other);
}

struct copy {
	size_t octets;
	uint8_t data[PAIR_DATAGRAM];
};

static bool keep_quick_mode(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct copy *c = p->filter_ctx;

	(void)number;
	if (from == 0 && data[18] == EXCHANGE_QUICK && !c->octets) {
		memcpy(c->data, data, *octets);
		c->octets = *octets;
	}
	return true;
}

static const struct ike_node *deferred(struct pair *p, int side)
{
	const struct ike_sa *sa = TAILQ_FIRST(&p->side[side].ike->sas);
	const struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (n->deferred)
			return n;
	}
	return NULL;
}

/* Both ask at once, and R2's request is put off: a copy of it from elsewhere is genuine, and a replay. */
static void put_off_and_replayed(void)
{
	unsigned seen = 0;

	for (uint64_t seed = 1; seed < 12; seed++) {
		struct pair *p = pair_new(seed);
		struct pair_setup s[2];
		struct copy c = { 0 };
		struct ike_path path, elsewhere;
		const struct ike_sa *sa;

		setup(s);
		s[1].idents[0].responder_only = false;
		pair_nat(p, s, 0, OUTSIDE, SHIFT, false);
		pair_start(p, 0, &s[0]);
		pair_run(p, 1000);
		pair_start(p, 1, &s[1]);
		pair_run(p, 31000);
		CU_ASSERT_TRUE_FATAL(pair_joined(p));
		p->filter = keep_quick_mode;
		p->filter_ctx = &c;
		for (int k = 0; k < 2; k++)
			ike_sa_limit(p->side[k].ike, p->side[k].idents[0], pair_sa(p, k, false)->sa.spi);
		for (unsigned ms = 0; ms < 50 && !deferred(p, 1); ms++)
			pair_run(p, 1);
		if (deferred(p, 1)) {
			seen++;
			sa = TAILQ_FIRST(&p->side[1].ike->sas);
			path = elsewhere = sa->path;
			ip_parse("192.0.2.77", &elsewhere.remote);
			pair_inject_from(p, 1, &elsewhere, c.data, c.octets);
			CU_ASSERT_TRUE(ip_equal(&sa->path.remote, &path.remote));
			CU_ASSERT_EQUAL(p->side[1].moves, 0);
		}
		pair_run(p, 200000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
	CU_ASSERT_TRUE(seen > 0);
}

static const struct unit_test tests[] = {
	{ "NAT-D absent, alone, of another size", natd_missing },
	{ "the wrong encapsulation mode", wrong_mode },
	{ "a peer that floats without need", floats_without_need },
	{ "an answer from another port or address", answers_from_elsewhere },
	{ "a verified message from elsewhere", verified_from_elsewhere },
	{ "nobody moves without a NAT", no_nat_no_move },
	{ "forged from another address", forged },
	{ "several peers behind one NAT", several },
	{ "a request that is put off, and replayed", put_off_and_replayed },
};

UNIT_MAIN("NAT traversal, hostile", tests)
