/* NAT traversal between two engines with NATs between them: both roles, every draft, mappings that change. */
#include "ike/index.h"
#include "ike/payload.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define OUTSIDE0 "192.0.2.2"
#define OUTSIDE1 "192.0.2.3"
#define SHIFT    1000

static void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static void go(struct pair *p, struct pair_setup s[2])
{
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
}

/* R2 behind a NAT that shifts ports, or not; R3 behind one that lets 500 and 4500 in, or not. */
static struct pair *behind(struct pair_setup s[2], bool inside0, bool inside1)
{
	struct pair *p = pair_new(21);

	if (inside0)
		pair_nat(p, s, 0, OUTSIDE0, SHIFT, false);
	if (inside1)
		pair_nat(p, s, 1, OUTSIDE1, 0, true);
	return p;
}

static struct pair *start(bool inside0, bool inside1)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	p = behind(s, inside0, inside1);
	go(p, s);
	return p;
}

static void sa_copy(void *ctx, const struct ike_sa_info *sa)
{
	if (!sa->deleted)
		*(struct ike_sa_info *)ctx = *sa;
}

static struct ike_sa_info sa_of(struct pair *p, int side)
{
	struct ike_sa_info info = { 0 };

	ike_each_sa(p->side[side].ike, sa_copy, &info);
	return info;
}

static void ident_copy(void *ctx, const struct ike_ident_info *i)
{
	*(struct ike_ident_info *)ctx = *i;
}

static struct ike_ident_info ident_of(struct pair *p, int side)
{
	struct ike_ident_info info = { 0 };

	ike_each_ident(p->side[side].ike, ident_copy, &info);
	return info;
}

static void ports_are(struct pair *p, int side, bool natt, unsigned local, unsigned remote)
{
	const struct ike_sa_info sa = sa_of(p, side);
	const struct ike_child_info child = ident_of(p, side).children[0];

	CU_ASSERT_EQUAL(sa.natt, natt);
	CU_ASSERT_EQUAL(sa.path.local_port, local);
	CU_ASSERT_EQUAL(sa.path.remote_port, remote);
	CU_ASSERT_EQUAL(child.udp, natt);
	CU_ASSERT_EQUAL(child.local_port, local);
	CU_ASSERT_EQUAL(child.remote_port, remote);
	CU_ASSERT_EQUAL(pair_sa(p, side, false)->sa.remote_port, natt ? remote : 0);
}

/* --- where the NAT is -------------------------------------------------------------------------------------------- */

static void no_nat(void)
{
	static const char *const initiator[] = {
		"ISAKMP:(0):found peer pre-shared key matching 10.1.1.3",
		"ISAKMP:(0): constructed NAT-T vendor-rfc3947 ID",
		"ISAKMP:(0): constructed NAT-T vendor-07 ID",
		"ISAKMP:(0): constructed NAT-T vendor-03 ID",
		"ISAKMP:(0): constructed NAT-T vendor-02 ID",
		"ISAKMP:(0):Input = IKE_MESG_FROM_IPSEC, IKE_SA_REQ_MM",
		"ISAKMP:(0): vendor ID seems Unity/DPD but major 69 mismatch",
		"ISAKMP (0): vendor ID is NAT-T RFC 3947",
		"ISAKMP:(1001): speaking to another IOS box!",
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): His hash no match - this node outside NAT",
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): No NAT Found for self or peer",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE",
		"\tport         : 500 ",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) MM_KEY_EXCH",
	};
	static const char *const responder[] = {
		"ISAKMP:(0): vendor ID is NAT-T v7",
		"ISAKMP:(0): vendor ID is NAT-T v3",
		"ISAKMP:(0): vendor ID is NAT-T v2",
		"ISAKMP:(0):Old State = IKE_R_MM1  New State = IKE_R_MM1 ",
		"ISAKMP:(0): constructed NAT-T vendor-rfc3947 ID",
		"ISAKMP:(0): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) MM_SA_SETUP",
		"ISAKMP (1001): No NAT Found for self or peer",
	};
	struct pair *p = start(false, false);

	CU_ASSERT_TRUE(pair_joined(p));
	PAIR_SAID_IN_ORDER(p, 0, initiator);
	PAIR_SAID_IN_ORDER(p, 1, responder);
	for (int i = 0; i < 2; i++) {
		ports_are(p, i, false, 500, 500);
		CU_ASSERT_EQUAL(pair_mentioned(p, i, "Setting UDP ENC"), 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, i, "Detected port floating"), 0);
	}
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      encaps is 1 (Tunnel)"), 1);
	pair_free(p);
}

static void initiator_inside(void)
{
	static const char *const initiator[] = {
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): NAT found, both nodes inside NAT",
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): My hash no match -  this node inside NAT",
		"ISAKMP:(1001):Send initial contact",
		"\tport         : 0 ",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 4500 peer_port 4500 (I) MM_KEY_EXCH",
		"ISAKMP (1001): received packet from 10.1.1.3 dport 4500 sport 4500 Global (I) MM_KEY_EXCH",
		"ISAKMP:(1001):SA has been authenticated with 10.1.1.3",
		"ISAKMP:(1001):Old State = IKE_I_MM5  New State = IKE_I_MM6 ",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 4500 peer_port 4500 (I) QM_IDLE      ",
	};
	static const char *const responder[] = {
		"ISAKMP (0): received packet from 192.0.2.2 dport 500 sport 1500 Global (N) NEW SA",
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): His hash no match - this node outside NAT",
		"ISAKMP:received payload type 20",
		"ISAKMP (1001): His hash no match - this node outside NAT",
		"ISAKMP:(1001): sending packet to 192.0.2.2 my_port 500 peer_port 1500 (R) MM_KEY_EXCH",
		"ISAKMP (1001): received packet from 192.0.2.2 dport 4500 sport 5500 Global (R) MM_KEY_EXCH",
		"\taddress      : 10.1.1.2 ",
		"\tport         : 0 ",
		"ISAKMP:(1001):SA has been authenticated with 192.0.2.2",
		"ISAKMP:(1001):Detected port floating to port = 5500",
		"ISAKMP: Trying to find existing peer 10.1.1.3/192.0.2.2/5500/",
		"ISAKMP:(1001):Process initial contact,",
		"bring down existing phase 1 and 2 SA's with local 10.1.1.3 remote 192.0.2.2 remote port 5500",
		"ISAKMP:(1001): sending packet to 192.0.2.2 my_port 4500 peer_port 5500 (R) MM_KEY_EXCH",
		"ISAKMP:      encaps is 3 (Tunnel-UDP)",
	};
	struct pair *p = start(true, false);

	CU_ASSERT_TRUE(pair_joined(p));
	PAIR_SAID_IN_ORDER(p, 0, initiator);
	PAIR_SAID_IN_ORDER(p, 1, responder);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP:(1001):Setting UDP ENC peer struct 0x"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP: Trying to insert a peer 10.1.1.2/10.1.1.3/4500/,  and inserted"),
			1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "ISAKMP: Trying to insert a peer 10.1.1.3/192.0.2.2/5500/,  and inserted"),
			1);
	ports_are(p, 0, true, 4500, 4500);
	ports_are(p, 1, true, 4500, 5500);
	pair_free(p);
}

static void responder_inside(void)
{
	struct pair *p = start(false, true);

	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP (1001): His hash no match - this node outside NAT"), 2);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP (1001): NAT found, both nodes inside NAT"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP (1001): My hash no match -  this node inside NAT"), 1);
	ports_are(p, 0, true, 4500, 4500);
	ports_are(p, 1, true, 4500, 4500);
	pair_free(p);
}

static void both_inside(void)
{
	struct pair *p = start(true, true);

	CU_ASSERT_TRUE(pair_joined(p));
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(pair_said(p, i, "ISAKMP (1001): NAT found, both nodes inside NAT"), 2);
	ports_are(p, 0, true, 4500, 4500);
	ports_are(p, 1, true, 4500, 5500);
	pair_free(p);
}

/* --- drafts ------------------------------------------------------------------------------------------------------ */

/* The vendor IDs for NAT traversal of MM1 but one become unknown; the draft without the line feed takes 02's place. */
static bool only_one(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	const enum isakmp_vid *keep = p->filter_ctx;
	struct isakmp_header h;
	struct payloads all;
	struct payload_fault fault;
	struct rd body;
	size_t size;

	if (number || from || !isakmp_parse_header(data, *octets, &h, &body, &fault) ||
	    !payloads_walk(h.next_payload, body, 0, &all, &fault))
		return true;
	for (unsigned i = 0; i < all.count; i++) {
		const struct payload *x = &all.p[i];
		const enum isakmp_vid vid = isakmp_vid_identify(x->body.p, rd_left(&x->body));
		uint8_t *at = data + (x->body.p - data);

		if (x->type != PAYLOAD_VID || vid == *keep)
			continue;
		if (vid == VID_NATT_02 && *keep == VID_NATT_02_NONL)
			memcpy(at, isakmp_vid_octets(*keep, &size), rd_left(&x->body));
		else if (vid >= VID_NATT_RFC3947 && vid <= VID_NATT_02_NONL)
			at[0] ^= 0xff;
	}
	return true;
}

static const struct {
	enum isakmp_vid vid;
	const char *constructed;
	unsigned natd, tunnel, transport;
} drafts[] = { { VID_NATT_RFC3947, "rfc3947", 20, 3, 4 },
	       { VID_NATT_07, "07", 15, 3, 4 },
	       { VID_NATT_03, "03", 130, 61443, 61444 },
	       { VID_NATT_02, "02", 130, 61443, 61444 },
	       { VID_NATT_02_NONL, "02", 130, 61443, 61444 } };

static void every_draft(void)
{
	for (size_t d = 0; d < sizeof(drafts) / sizeof(drafts[0]); d++) {
		for (int where = 0; where < 4; where++) {
			const bool nat = where != 0;
			enum isakmp_vid keep = drafts[d].vid;
			struct pair_setup s[2];
			char line[80];
			struct pair *p;

			setup(s, 4);
			p = behind(s, where & 1, where & 2);
			p->filter = only_one;
			p->filter_ctx = &keep;
			go(p, s);
			CU_ASSERT_TRUE(pair_joined(p));
			CU_ASSERT_EQUAL(sa_of(p, 0).natt, nat);
			snprintf(line, sizeof(line), "ISAKMP:(0): constructed NAT-T vendor-%s ID",
				 drafts[d].constructed);
			CU_ASSERT_EQUAL(pair_said(p, 1, line), 1);
			CU_ASSERT_EQUAL(pair_mentioned(p, 1, "constructed NAT-T"), 1);
			snprintf(line, sizeof(line), "ISAKMP:received payload type %u", drafts[d].natd);
			CU_ASSERT_EQUAL(pair_said(p, 0, line), 2);
			CU_ASSERT_EQUAL(pair_said(p, 1, line), 2);
			snprintf(line, sizeof(line), "ISAKMP:      encaps is %u (Tunnel%s)", nat ? drafts[d].tunnel : 1,
				 nat ? "-UDP" : "");
			CU_ASSERT_EQUAL(pair_said(p, 0, line), 1);
			CU_ASSERT_EQUAL(pair_said(p, 1, line), 1);
			pair_free(p);
		}
	}
}

/* Host to host in transport mode: what the NAT hides is told with NAT-OA, and the proxies are taken for what they are. */
static void transport_mode(void)
{
	for (size_t d = 0; d < sizeof(drafts) / sizeof(drafts[0]); d++) {
		enum isakmp_vid keep = drafts[d].vid;
		struct pair_setup s[2];
		char line[80];
		struct pair *p;

		setup(s, 4);
		p = behind(s, true, false);
		p->filter = only_one;
		p->filter_ctx = &keep;
		for (int i = 0; i < 2; i++) {
			s[i].idents[0].local_proxy = (struct ip_prefix){ s[i].idents[0].local, 32 };
			s[i].idents[0].remote_proxy = (struct ip_prefix){ s[i].idents[0].remote, 32 };
			s[i].idents[0].proposals[0].transport = true;
		}
		go(p, s);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(ident_of(p, 0).children[0].transport && ident_of(p, 1).children[0].transport);
		snprintf(line, sizeof(line), "ISAKMP:      encaps is %u (Transport-UDP)", drafts[d].transport);
		CU_ASSERT_EQUAL(pair_said(p, 1, line), 1);
		CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:received payload type 21"), drafts[d].natd == 20 ? 2 : 0);
		CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:received payload type 16"), drafts[d].natd == 15 ? 2 : 0);
		CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:received payload type 131"), drafts[d].natd == 130 ? 1 : 0);
		pair_free(p);
	}
}

/* --- not everywhere ---------------------------------------------------------------------------------------------- */

static void disabled(void)
{
	for (int off = 0; off < 2; off++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s, 4);
		s[off].natt = false;
		p = behind(s, false, false);
		go(p, s);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_mentioned(p, off, "constructed NAT-T"), 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, "constructed NAT-T"), 0);
		for (int i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(pair_mentioned(p, i, "received payload type"), 0);
			ports_are(p, i, false, 500, 500);
		}
		pair_free(p);
	}
}

/* Over IPv6 the initiator offers it only where keepalives are configured; the responder takes it when it is offered. */
static void ipv6(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 6);
	p = pair_new(21);
	go(p, s);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "NAT-T"), 0);
	pair_free(p);

	setup(s, 6);
	s[0].nat_keepalive_s = 20;
	p = pair_new(21);
	pair_nat(p, s, 0, "2001:DB8:1::2", SHIFT, false);
	go(p, s);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      encaps is 3 (Tunnel-UDP)"), 1);
	ports_are(p, 0, true, 4500, 4500);
	ports_are(p, 1, true, 4500, 5500);
	pair_free(p);
}

/* --- peers that move --------------------------------------------------------------------------------------------- */

static uint32_t in_spi(struct pair *p, int side)
{
	return pair_sa(p, side, true)->sa.spi;
}

/* Genuine ESP from the new mapping: all of the peer moves, both ways work again. */
static void moved_by_esp(void)
{
	static const char *const outside[] = { NULL, "192.0.2.99" };

	for (int k = 0; k < 2; k++) {
		struct pair *p = start(true, false);
		struct ike_path out = sa_of(p, 0).path, seen;

		pair_nat_renew(p, 0, outside[k], 2000);
		CU_ASSERT_TRUE(pair_carry(p, 0, &out, &seen));
		CU_ASSERT_EQUAL(seen.remote_port, 6500);
		CU_ASSERT_FALSE(pair_joined(p));
		ike_peer_moved(p->side[1].ike, p->side[1].idents[0], in_spi(p, 1), &seen);
		CU_ASSERT_EQUAL(p->side[1].moves, 2);
		CU_ASSERT_TRUE(pair_joined(p));
		ports_are(p, 1, true, 4500, 6500);
		/* the IKE SA is there too: what it sends arrives */
		pair_forget(p, 0);
		ike_clear_isakmp(p->side[1].ike, 0);
		pair_run(p, 100);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "deleting SA reason \"No reason\""), 2);
		pair_free(p);
	}
}

/* A message that is verified does the same; an SA is still found by the address that it is configured with. */
static void moved_by_ike(void)
{
	struct pair *p = start(true, false);

	pair_nat_renew(p, 0, "192.0.2.99", 2000);
	ike_sa_limit(p->side[0].ike, p->side[0].idents[0], pair_sa(p, 0, false)->sa.spi);
	pair_run(p, 100);
	CU_ASSERT_EQUAL(p->side[1].moves, 2);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 2);
	ports_are(p, 1, true, 4500, 6500);
	pair_free(p);
}

/* So does an Informational exchange, though it be the one that ends the IKE SA, and dead peer detection's. */
static void moved_by_informational(void)
{
	for (int dpd = 0; dpd < 2; dpd++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s, 4);
		if (dpd)
			s[0].keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2, .periodic = true };
		p = behind(s, true, false);
		go(p, s);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_nat_renew(p, 0, NULL, 2000);
		if (!dpd)
			ike_clear_isakmp(p->side[0].ike, 0);
		pair_run(p, dpd ? 12000 : 100);
		CU_ASSERT_EQUAL(p->side[1].moves, 2);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_sa(p, 1, false)->sa.remote_port, 6500);
		pair_free(p);
	}
}

/* Phase 1 is gone, and it is the side outside of the NAT that needs it: only the mapping of the peer reaches it. */
static void from_outside(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[1].idents[0].responder_only = false;
	s[0].idents[0].responder_only = true;
	p = behind(s, true, false);
	s[0].idents[0].responder_only = false;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 1000);
	pair_forget(p, 1);
	ike_sa_limit(p->side[1].ike, p->side[1].idents[0], pair_sa(p, 1, false)->sa.spi);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP:(0): sending packet to 192.0.2.2 my_port 4500 peer_port 5500 (I) MM_NO_STATE"),
		1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE(pair_installed(p, 1, true) >= 2);
	ports_are(p, 1, true, 4500, 5500);
	pair_free(p);
}

/* --- lost messages ----------------------------------------------------------------------------------------------- */

static bool loses_one(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)data, (void)octets;
	return number != *(unsigned *)p->filter_ctx;
}

static void lost_once(void)
{
	for (unsigned lost = 0; lost < 9; lost++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s, 4);
		p = behind(s, true, true);
		p->filter = loses_one;
		p->filter_ctx = &lost;
		go(p, s);
		pair_run(p, 15000);
		CU_ASSERT_TRUE(pair_joined(p));
		ports_are(p, 1, true, 4500, 5500);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "IKMP_NO_SA"), 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKMP_NO_SA"), 0);
		pair_free(p);
	}
}

/* --- keepalives -------------------------------------------------------------------------------------------------- */

static void keepalives(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].nat_keepalive_s = 20;
	p = behind(s, true, false);
	go(p, s);
	pair_run(p, 201000);
	CU_ASSERT_EQUAL(p->side[0].keepalives, 10);
	CU_ASSERT_EQUAL(p->side[1].keepalives, 0); /* not configured */
	CU_ASSERT_EQUAL(p->side[0].kept.local_port, 4500);
	CU_ASSERT_EQUAL(p->side[0].kept.remote_port, 4500);

	/* not while ESP goes out */
	for (unsigned n = 0; n < 20; n++) {
		pair_send_esp(p, 0, 100);
		pair_run(p, 10000);
	}
	CU_ASSERT_EQUAL(p->side[0].keepalives, 10);
	/* and it is looked at together with others that are in use */
	pair_run(p, 7);
	pair_send_esp(p, 0, 100);
	pair_run(p, 12000);
	CU_ASSERT_EQUAL(p->side[0].timer_ms % 500, 0);
	CU_ASSERT_EQUAL(p->side[0].keepalives, 10);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(p->side[0].keepalives >= 11 && p->side[0].keepalives <= 12);

	/* the pair that outlives its IKE SA needs them as well */
	ike_clear_isakmp(p->side[0].ike, 0);
	p->side[0].keepalives = 0;
	pair_run(p, 100000);
	CU_ASSERT_TRUE(p->side[0].keepalives >= 4 && p->side[0].keepalives <= 5);

	/* the setting changes while it runs */
	s[0].nat_keepalive_s = 0;
	pair_configure(p, 0, &s[0]);
	p->side[0].keepalives = 0;
	pair_run(p, 100000);
	CU_ASSERT_EQUAL(p->side[0].keepalives, 0);
	pair_free(p);
}

static void no_keepalives_without_nat(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].nat_keepalive_s = s[1].nat_keepalive_s = 20;
	p = behind(s, false, false);
	go(p, s);
	pair_run(p, 200000);
	CU_ASSERT_EQUAL(p->side[0].keepalives + p->side[1].keepalives, 0);
	pair_free(p);
}

/* The linker puts it before the engine's (tests/ike.mk): how often two paths are compared is what going through all costs. */
static unsigned compared;

bool __real_ike_same_path(const struct ike_path *a, const struct ike_path *b);
bool __wrap_ike_same_path(const struct ike_path *a, const struct ike_path *b);

bool __wrap_ike_same_path(const struct ike_path *a, const struct ike_path *b)
{
	compared++;
	return __real_ike_same_path(a, b);
}

#define PEERS 60

/* R2 is one peer after another, each behind a NAT of its own, or all behind one; for R3 they stay. */
static struct pair *many_peers(struct pair_setup s[2], bool one_nat)
{
	static char names[PEERS][16];
	struct pair *p;

	setup(s, 4);
	s[0].identity = ISAKMP_ID_HOSTNAME;
	p = behind(s, true, false);
	pair_configure(p, 1, &s[1]);
	ike_set_debug(p->side[1].ike, 0);
	for (unsigned k = 0; k < PEERS; k++) {
		snprintf(names[k], sizeof(names[k]), "peer%u", k);
		s[0].hostname = names[k];
		if (k)
			pair_crash(p, 0);
		pair_nat_renew(p, 0, NULL, (uint16_t)(SHIFT + k));
		if (!one_nat)
			p->side[0].nat.outside.octets[3] = (uint8_t)(2 + k);
		s[1].idents[0].remote = p->side[0].nat.outside;
		CU_ASSERT_NOT_EQUAL_FATAL(ike_ident_add(p->side[1].ike, &s[1].idents[0]), 0);
		pair_start(p, 0, &s[0]);
		pair_run(p, 1000);
	}
	CU_ASSERT_EQUAL_FATAL(pair_installed(p, 1, false), PEERS);
	pair_crash(p, 0);
	return p;
}

/* Of many paths each gets its own, and what a round costs is so much for each, however many there are. */
static void keepalives_of_many(void)
{
	for (int one_nat = 0; one_nat < 2; one_nat++) {
		struct pair_setup s[2];
		struct pair *p = many_peers(s, one_nat);
		struct pair_side *hub = &p->side[1];
		unsigned used = 0;

		p->cut[1] = true;
		pair_run(p, 20000);
		s[1].nat_keepalive_s = 20;
		pair_configure(p, 1, &s[1]);
		compared = 0;
		pair_run(p, 1000);
		CU_ASSERT_EQUAL(hub->keepalives, PEERS);
		CU_ASSERT(compared && compared <= 8 * PEERS);

		/* half of them are in use: only the others are due 20 seconds later */
		pair_run(p, 9000);
		for (unsigned k = 0; k < PAIR_SAS; k++)
			if (hub->sas[k].there && !hub->sas[k].sa.inbound && used++ % 2)
				pair_send_through(p, 1, &hub->sas[k], 100);
		compared = 0;
		pair_run(p, 11000);
		CU_ASSERT_EQUAL(hub->keepalives, PEERS + PEERS / 2);
		CU_ASSERT(compared && compared <= 8 * PEERS);
		compared = 0;
		pair_run(p, 10000);
		CU_ASSERT_EQUAL(hub->keepalives, 2 * PEERS);
		CU_ASSERT(compared && compared <= 8 * PEERS);
		pair_free(p);
	}
}

static const struct unit_test tests[] = {
	{ "no NAT", no_nat },
	{ "the initiator behind a NAT", initiator_inside },
	{ "the responder behind a NAT", responder_inside },
	{ "both behind NATs", both_inside },
	{ "every draft, wherever the NAT is", every_draft },
	{ "transport mode and original addresses", transport_mode },
	{ "switched off", disabled },
	{ "IPv6", ipv6 },
	{ "a mapping changes, ESP comes", moved_by_esp },
	{ "a mapping changes, IKE comes", moved_by_ike },
	{ "a mapping changes, an informational comes", moved_by_informational },
	{ "phase 1 from outside of the NAT", from_outside },
	{ "each message lost once", lost_once },
	{ "keepalives", keepalives },
	{ "no keepalives without a NAT", no_keepalives_without_nat },
	{ "keepalives of many peers", keepalives_of_many },
};

UNIT_MAIN("NAT traversal", tests)
