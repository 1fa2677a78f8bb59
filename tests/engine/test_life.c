/* What happens later: silence, retransmission, rekeying, deletes, clear, crashes, expiry. */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct pair *start(uint64_t seed, unsigned family)
{
	struct pair_setup s;
	struct pair *p = pair_new(seed);

	pair_setup(&s, 1, family);
	pair_start(p, 1, &s);
	pair_setup(&s, 0, family);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

struct count {
	unsigned all, deleted, ready;
	const char *state;
	uint64_t left_s;
};

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	struct count *c = ctx;

	c->all++;
	c->deleted += sa->deleted;
	c->ready += !strcmp(sa->state, "QM_IDLE");
	c->state = sa->state;
	c->left_s = sa->lifetime_left_s;
}

static struct count count(struct pair *p, int side)
{
	struct count c = { 0 };

	ike_each_sa(p->side[side].ike, count_sa, &c);
	return c;
}

static void silence(void)
{
	static const char *const lines[] = {
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...",
		"ISAKMP (0): incrementing error counter on sa, attempt 1 of 5: retransmit phase 1",
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE",
		"ISAKMP:(0): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) MM_NO_STATE",
		"ISAKMP:(0):Sending an IKE IPv4 Packet.",
		"ISAKMP (0): incrementing error counter on sa, attempt 2 of 5: retransmit phase 1",
		"IPSEC(key_engine): request timer fired: count = 1,",
		"  (identity) local= 10.1.1.2:0, remote= 10.1.1.3:0,",
		"    local_proxy= 0.0.0.0/0.0.0.0/256/0,",
		"    remote_proxy= 0.0.0.0/0.0.0.0/256/0",
		"IPSEC(sa_request): ,",
		"ISAKMP:(0):SA is still budding. Attached new ipsec request to it. (local 10.1.1.2, remote 10.1.1.3)",
		"ISAKMP (0): incrementing error counter on sa, attempt 5 of 5: retransmit phase 1",
		"ISAKMP:(0):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 10.1.1.3)",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 10.1.1.3) ",
		"ISAKMP: Unlocking peer struct 0x*",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: *",
		"ISAKMP:(0):deleting node *",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(0):Old State = IKE_I_MM1  New State = IKE_DEST_SA ",
		"",
		"IPSEC(key_engine): request timer fired: count = 2,",
		"ISAKMP:(0): beginning Main Mode exchange",
		"ISAKMP:(0):purging node *",
		"ISAKMP:(0):purging SA., sa=*",
	};
	struct pair_setup s;
	struct pair *p = pair_new(2);
	struct count c;

	p->filter = pair_lose_all;
	pair_setup(&s, 0, 4);
	pair_start(p, 0, &s);
	pair_run(p, 59999);
	CU_ASSERT_EQUAL(p->sent, 6);
	CU_ASSERT_EQUAL(count(p, 0).deleted, 0);
	pair_run(p, 2);
	c = count(p, 0);
	CU_ASSERT_EQUAL(c.all, 2);
	CU_ASSERT_EQUAL(c.deleted, 1);
	CU_ASSERT_STRING_EQUAL(c.state, "MM_NO_STATE");
	pair_run(p, 60000);
	PAIR_SAID_IN_ORDER(p, 0, lines);
	/* for ever: a new Main Mode each minute, and no SA stays behind */
	pair_run(p, 3600000);
	CU_ASSERT_TRUE(count(p, 0).all <= 3);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode") >= 60);
	pair_free(p);
}

/* Phase 1 is there, Quick Mode is not answered. */
static bool lose_late(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)data, (void)octets;
	return number < 6;
}

static void quick_mode_silence(void)
{
	static const char *const lines[] = {
		"ISAKMP:(1001): retransmitting phase 2 QM_IDLE       *",
		"ISAKMP (1001): incrementing error counter on node, attempt 1 of 5: retransmit phase 2",
		"ISAKMP (1001): incrementing error counter on sa, attempt 1 of 5: retransmit phase 2",
		"ISAKMP:(1001): retransmitting phase 2 *",
		"ISAKMP:(1001): sending packet to 2001:DB8::3 my_port 500 peer_port 500 (I) QM_IDLE      ",
		"ISAKMP (1001): incrementing error counter on sa, attempt 5 of 5: retransmit phase 2",
		"ISAKMP:(1001):deleting node *",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ",
		"ISAKMP:(0): beginning Main Mode exchange",
	};
	struct pair_setup s;
	struct pair *p = pair_new(2);

	p->filter = lose_late;
	pair_setup(&s, 1, 6);
	pair_start(p, 1, &s);
	pair_setup(&s, 0, 6);
	pair_start(p, 0, &s);
	pair_run(p, 95000);
	PAIR_SAID_IN_ORDER(p, 0, lines);
	CU_ASSERT_EQUAL(p->side[0].installs, 0);
	p->filter = NULL;
	pair_run(p, 61000);
	CU_ASSERT_TRUE(pair_joined(p));
	/* R3 had taken none of the lost messages */
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);
}

/* R2 comes back without a memory: its INITIAL_CONTACT clears what R3 holds. */
static void crash(void)
{
	static const char *const lines[] = {
		"ISAKMP: Find a dup sa in the avl tree during calling isadb_insert sa = *",
		"ISAKMP:(1002): processing NOTIFY INITIAL_CONTACT protocol 1",
		"ISAKMP:(1002):Process initial contact,",
		"bring down existing phase 1 and 2 SA's with local 2001:DB8::3 remote 2001:DB8::2 remote port 500",
		"ISAKMP:(1001):deleting SA reason \"Receive initial contact\" state (R) QM_IDLE       (peer 2001:DB8::2)",
		"IPSEC(key_engine): got a queue event with 1 KMI message(s)",
		"IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP",
		"IPSEC(key_engine_delete_sas): delete all SAs shared with peer 2001:DB8::2",
		"IPSEC(delete_sa): deleting SA,",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up",
	};
	struct pair *p = start(4, 6);
	struct pair_setup s;

	pair_run(p, 10000);
	pair_crash(p, 0);
	p->side[0].random += 12345; /* time has passed for the source of random octets, too */
	pair_setup(&s, 0, 6);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	PAIR_SAID_IN_ORDER(p, 1, lines);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	CU_ASSERT_EQUAL(count(p, 1).ready, 1);
	/* a second phase 1 with a peer that is known is no first contact */
	ike_clear_isakmp(p->side[0].ike, 0);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(count(p, 1).ready, 0);
	pair_forget(p, 0);
	ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi); /* asks for new SAs */
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "Send initial contact"), 0);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 2);
	pair_free(p);
}

static void ident_removed(void)
{
	static const char *const here[] = {
		"IPSEC(delete_sa): deleting SA,",
		"  (sa) sa_dest= 10.1.1.2, sa_proto= 50, ",
		"    sa_trans= esp-aes esp-sha-hmac , sa_conn_id= 1",
		"  (identity) local= 10.1.1.2:0, remote= 10.1.1.3:0,",
		"ISAKMP: set new node *",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) QM_IDLE      ",
		"ISAKMP:(1001):purging node *",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (I) QM_IDLE       (peer 10.1.1.3)",
		"ISAKMP: set new node *",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) QM_IDLE      ",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
		"ISAKMP:(1001):purging node *",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (I) QM_IDLE       (peer 10.1.1.3) ",
		"ISAKMP: Unlocking peer struct 0x*",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: *",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_MM_EXCH",
		"ISAKMP:(1001):Old State = IKE_DEST_SA  New State = IKE_DEST_SA ",
		"",
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF",
	};
	static const char *const there[] = {
		"ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) QM_IDLE      ",
		"ISAKMP: set new node *",
		"ISAKMP:(1001): processing HASH payload. message ID = *",
		"ISAKMP:(1001): processing DELETE payload. message ID = *",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting node *",
		"IPSEC(key_engine): got a queue event with 1 KMI message(s)",
		"IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP",
		"IPSEC(key_engine_delete_sas): delete SA with spi 0x*",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) QM_IDLE      ",
		"ISAKMP: set new node *",
		"ISAKMP:(1001): processing HASH payload. message ID = *",
		"ISAKMP:(1001): processing DELETE payload. message ID = *",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (R) QM_IDLE       (peer 10.1.1.2)",
		"ISAKMP:(1001):deleting node *",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (R) QM_IDLE       (peer 10.1.1.2) ",
		"ISAKMP: Unlocking peer struct 0x*",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.2: *",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_MM_EXCH",
		"ISAKMP:(1001):Old State = IKE_DEST_SA  New State = IKE_DEST_SA ",
	};
	struct pair *p = start(4, 4);

	ike_ident_remove(p->side[0].ike, p->side[0].idents[0]);
	pair_run(p, 1000);
	PAIR_SAID_IN_ORDER(p, 0, here);
	PAIR_SAID_IN_ORDER(p, 1, there);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKE_INFO_DELETE"), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_installed(p, i, true) + pair_installed(p, i, false), 0);
		CU_ASSERT_EQUAL(count(p, i).deleted, 1);
		CU_ASSERT_STRING_EQUAL(count(p, i).state, "MM_NO_STATE");
	}
	pair_run(p, 61000);
	CU_ASSERT_EQUAL(count(p, 0).all + count(p, 1).all, 0);
	/* nothing is left to do */
	CU_ASSERT_EQUAL(p->side[0].timer_ms, UINT64_MAX);
	CU_ASSERT_EQUAL(p->side[1].timer_ms, UINT64_MAX);
	pair_free(p);
}

/* An ident that is removed in the middle of everything, at every point of the exchange. */
static void removed_midway(void)
{
	for (unsigned n = 1; n < 10; n++) {
		for (int side = 0; side < 2; side++) {
			struct pair_setup s;
			struct pair *p = pair_new(n);

			pair_setup(&s, 1, 6);
			pair_start(p, 1, &s);
			pair_setup(&s, 0, 6);
			pair_start(p, 0, &s);
			while (p->sent < n && p->now_ms < 1001000)
				pair_run(p, 1);
			ike_ident_remove(p->side[side].ike, 1);
			pair_run(p, 200000);
			CU_ASSERT_EQUAL(pair_installed(p, side, true) + pair_installed(p, side, false), 0);
			CU_ASSERT_FALSE(p->side[0].up[1] || p->side[1].up[1]);
			pair_free(p);
		}
	}
}

static void shutdown_tells(void)
{
	struct pair *p = start(4, 6);

	ike_shutdown(p->side[1].ike);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true) + pair_installed(p, 1, false), 0);
	pair_run(p, 20);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true) + pair_installed(p, 0, false), 0);
	CU_ASSERT_FALSE(p->side[0].up[1]);
	/* R2 asks again; these SAs had not lasted, so not at once */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_run(p, 31000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_run(p, 20000);
	/* those had lasted: about a second */
	ike_shutdown(p->side[1].ike);
	pair_run(p, 1500);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void clear(void)
{
	struct pair *p = start(4, 6);
	uint32_t spi = pair_sa(p, 0, true)->sa.spi;
	struct ip_addr other;

	/* another conn-id or peer: nothing happens */
	ip_parse("2001:DB8::77", &other);
	ike_clear_isakmp(p->side[0].ike, 77);
	ike_clear_sa(p->side[0].ike, &other);
	ike_clear_session(p->side[0].ike, &other);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(p->side[0].removes, 0);
	CU_ASSERT_EQUAL(count(p, 0).ready, 1);

	ike_clear_sa(p->side[0].ike, NULL);
	CU_ASSERT_EQUAL(p->side[0].timer_ms, p->now_ms); /* at once, by the timer */
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_NOT_EQUAL(pair_sa(p, 0, true)->sa.spi, spi);
	CU_ASSERT_EQUAL(count(p, 0).ready, 1);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);

	ike_clear_isakmp(p->side[0].ike, 1001);
	CU_ASSERT_EQUAL(
		pair_said(
			p, 0,
			"ISAKMP:(1001):deleting SA reason \"BY user command\" state (I) QM_IDLE       (peer 2001:DB8::3)"),
		1);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(count(p, 1).ready, 0);
	CU_ASSERT_TRUE(pair_joined(p)); /* IPsec SAs outlive the phase 1 that made them */
	ike_clear_sa(p->side[0].ike, NULL);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0,
				       "ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src "
				       "2001:DB8::2 dst 2001:DB8::3 for SPI 0x"),
			1);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);

	ike_clear_session(p->side[0].ike, &p->side[1].addr);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(count(p, 0).ready, 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 3);
	pair_free(p);
}

static uint64_t first_left(struct pair *p, int side);

static void rekey_by_time(void)
{
	struct pair *p = start(4, 6);
	uint64_t left = first_left(p, 0);

	CU_ASSERT_TRUE(left <= 3492 && left >= 3420);
	CU_ASSERT_TRUE(first_left(p, 1) <= 3600 && first_left(p, 1) >= 3526);
	/* some seconds before its end there are two pairs, then one again; traffic never finds none */
	pair_run(p, (left - 32) * 1000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	pair_run(p, 4000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 2);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "IPSEC(lifetime_expiry): SA lifetime threshold reached, expiring in "), 1);
	pair_run(p, 240000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
	for (unsigned hour = 0; hour < 30; hour++) {
		pair_run(p, 3600000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(count(p, 0).all <= 2);
	}
	CU_ASSERT_EQUAL(p->side[0].ups, 1);
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IPSEC(lifetime_expiry)"), 0);
	/* a day has passed: phase 1 as well was made anew */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "deleting SA reason \"IKE SA Lifetime Exceeded\"") +
				pair_mentioned(p, 1, "deleting SA reason \"IKE SA Lifetime Exceeded\""),
			2);
	pair_free(p);
}

static void not_ios(struct pair *p)
{
	struct ike_sa *sa;

	for (int i = 0; i < 2; i++)
		TAILQ_FOREACH (sa, &p->side[i].ike->sas, link)
			sa->peer_ios = false;
}

/* While there are IPsec SAs there is an IKE SA: a peer that is not IOS may let the former go with the latter. */
static void phase1_succession(void)
{
	for (int initiator = 0; initiator < 2; initiator++) {
		struct pair *p = pair_new(5);
		struct pair_setup s[2];

		for (int i = 1; i >= 0; i--) {
			pair_setup(&s[i], i, 4);
			s[i].policies[0].lifetime_s = 60;
			s[i].idents[0].responder_only = i != initiator;
			pair_start(p, i, &s[i]);
		}
		pair_run(p, 1000);
		for (unsigned n = 0; n < 600; n++) {
			not_ios(p);
			CU_ASSERT_TRUE(count(p, 0).ready && count(p, 1).ready);
			CU_ASSERT_TRUE(count(p, 0).ready <= 2);
			pair_run(p, 1000);
		}
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		CU_ASSERT_EQUAL(p->side[0].installs, 2);
		pair_free(p);
	}
}

static void first_child(void *ctx, const struct ike_ident_info *i)
{
	*(uint64_t *)ctx = i->children[0].left_s;
}

static uint64_t first_left(struct pair *p, int side)
{
	uint64_t left = 0;

	ike_each_ident(p->side[side].ike, first_child, &left);
	return left;
}

static void kilobytes(void *ctx, const struct ike_ident_info *i)
{
	*(uint64_t *)ctx = i->children[1].left_kb;
}

static void rekey_by_volume(void)
{
	struct pair *p = start(4, 6);
	uint64_t was, is;

	ike_each_ident(p->side[0].ike, kilobytes, &was);
	pair_sa(p, 0, false)->octets = 10 * 1024;
	ike_each_ident(p->side[0].ike, kilobytes, &is);
	CU_ASSERT_EQUAL(was - is, 10);
	pair_carried(p, 0, pair_sa(p, 0, false), (was - was / 20) * 1024);
	pair_run(p, 7000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	CU_ASSERT_TRUE(pair_joined(p));
	/* the new one carries packets: the old one goes when nothing more comes through it */
	pair_send_esp(p, 0, 100);
	pair_send_esp(p, 1, 100);
	pair_run(p, 7000);
	CU_ASSERT_EQUAL(p->side[0].esp_taken + p->side[1].esp_taken, 2);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_free(p);
}

/* Traffic that uses up the volume between two looks: the tunnel stays up, and the pair does not outlive its successor. */
static void rekey_by_sudden_volume(void)
{
	struct pair *p = start(4, 6);
	uint64_t kb;
	uint32_t spi = pair_sa(p, 0, false)->sa.spi;

	ike_each_ident(p->side[0].ike, kilobytes, &kb);
	pair_carried(p, 0, pair_sa(p, 0, false), (kb + kb / 10) * 1024);
	pair_carried(p, 1, pair_sa(p, 1, true), (kb + kb / 10) * 1024);
	pair_run(p, 2000);
	pair_send_esp(p, 0, 100);
	pair_send_esp(p, 1, 100);
	pair_run(p, 8000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_installed(p, i, true), 1);
		CU_ASSERT_NOT_EQUAL(pair_sa(p, i, i == 1)->sa.spi, spi);
	}
	/* nobody answers: it ends all the same */
	p->filter = pair_lose_all;
	pair_carried(p, 0, pair_sa(p, 0, false), (kb + kb / 10) * 1024);
	pair_run(p, 5500);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	pair_run(p, 30000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 0);
	CU_ASSERT_EQUAL(p->side[0].downs, 1);
	pair_free(p);
}

static void sequence_limit(void)
{
	struct pair *p = start(4, 6);
	uint32_t spi = pair_sa(p, 0, false)->sa.spi;

	ike_sa_limit(p->side[0].ike, 1, spi ^ 1); /* nobody's */
	ike_sa_limit(p->side[0].ike, 9, spi);
	pair_run(p, 100);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	ike_sa_limit(p->side[0].ike, 1, spi);
	ike_sa_limit(p->side[0].ike, 1, spi);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	CU_ASSERT_TRUE(pair_joined(p));
	/* responder-only: it cannot ask, so it lets the SA go, and the peer asks */
	spi = pair_sa(p, 1, false)->sa.spi;
	ike_sa_limit(p->side[1].ike, 1, spi);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 2);
	ike_sa_limit(p->side[1].ike, 1, spi);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* The peer is gone and nobody answers the rekeying: the SAs end at their time, and the tunnel goes down. */
static void expiry(void)
{
	struct pair *p = start(4, 6);

	p->filter = pair_lose_all;
	pair_run(p, 3700000);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_FALSE(p->side[i].up[1]);
		CU_ASSERT_EQUAL(pair_installed(p, i, true) + pair_installed(p, i, false), 0);
	}
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "beginning Main Mode"), 0);
	p->filter = NULL;
	pair_run(p, 120000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static struct ike_sa *ready(struct pair *p, int side)
{
	return ike_sa_ready(p->side[side].ike, &p->side[side].addr, &p->side[1 - side].addr, "");
}

static void dead_peer_detection(void)
{
	static const char *const lines[] = {
		"ISAKMP:(1001): processing NOTIFY DPD/R_U_THERE protocol 1",
		"\tspi 0, message ID = *",
		"ISAKMP:(1001): DPD/R_U_THERE received from peer 10.1.1.2, sequence 0x12345678",
		"ISAKMP: set new node *",
		"ISAKMP:(1001):Sending NOTIFY DPD/R_U_THERE_ACK protocol 1",
		"\tspi 0, message ID = *",
		"ISAKMP:(1001): seq. no 0x12345678",
		"ISAKMP:(1001): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) QM_IDLE      ",
		"ISAKMP:(1001):purging node *",
		"ISAKMP:(1001):deleting node *",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_P1_COMPLETE ",
	};
	static const uint8_t sequence[4] = { 0x12, 0x34, 0x56, 0x78 };
	struct pair *p = start(4, 4);
	struct ike_sa *sa = ready(p, 0);
	uint8_t spi[16];

	memcpy(spi, sa->icookie, 8);
	memcpy(spi + 8, sa->rcookie, 8);
	ike_info_notify(p->side[0].ike, sa, "DPD/R_U_THERE", 1, spi, 16, NOTIFY_R_U_THERE, sequence, 4);
	pair_run(p, 1000);
	PAIR_SAID_IN_ORDER(p, 1, lines);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing NOTIFY DPD/R_U_THERE_ACK protocol 1"), 1);
	/* another SA's cookies are not answered */
	spi[3] ^= 1;
	ike_info_notify(p->side[0].ike, sa, "DPD/R_U_THERE", 1, spi, 16, NOTIFY_R_U_THERE, sequence, 4);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing NOTIFY DPD/R_U_THERE_ACK protocol 1"), 1);
	pair_free(p);
}

static bool keep_qm1(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct pair_packet *kept = p->filter_ctx;

	(void)from;
	if (number == 6) {
		memcpy(kept->data, data, *octets);
		kept->octets = *octets;
	}
	return true;
}

/* An SA that has carried so many exchanges that it cannot remember them all: it ends before an old one could be new. */
static void exhausted(void)
{
	static struct pair_packet qm1;
	struct pair *p = pair_new(3);
	struct pair_setup s;
	struct ike_sa *sa;

	p->filter = keep_qm1;
	p->filter_ctx = &qm1;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 6);
		pair_start(p, side, &s);
		ike_set_debug(p->side[side].ike, 0);
	}
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(qm1.octets > 0);
	for (unsigned n = 0; n < 20000; n++) {
		sa = ike_sa_ready(p->side[0].ike, &p->side[0].addr, &p->side[1].addr, "");
		if (sa)
			ike_info_notify(p->side[0].ike, sa, "", PROTO_ISAKMP, NULL, 0, NOTIFY_R_U_THERE, "1234", 4);
		if (n % 16 == 0)
			pair_run(p, 60);
	}
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[1].installs, 2);
	pair_inject(p, 1, qm1.data, qm1.octets);
	CU_ASSERT_EQUAL(p->side[1].installs, 2);
	CU_ASSERT_EQUAL(p->side[1].ups, 1);
	pair_free(p);
}

/* A peer may delete its own SAs only: an SPI of another peer's, or none of ours, changes nothing. */
static void foreign_delete(void)
{
	struct pair *p = start(4, 4);

	ike_info_delete(p->side[0].ike, ready(p, 0), 0x12345678);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "processing DELETE payload"), 1);
	CU_ASSERT_EQUAL(p->side[1].removes, 0);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* An authenticated peer that never stops: SAs, nodes and message IDs stay bounded. */
static void greedy_peer(void)
{
	struct pair *p = start(4, 4);
	struct ike_ident_entry *i = ike_ident_find(p->side[0].ike, 1);

	for (unsigned n = 0; n < 300; n++) {
		ike_ident_request(p->side[0].ike, i);
		pair_run(p, 10);
		CU_ASSERT_TRUE(pair_installed(p, 1, true) <= 4);
	}
	CU_ASSERT_TRUE(ready(p, 1)->node_count <= IKE_NODES_MAX);
	pair_run(p, 120000);
	CU_ASSERT_EQUAL(ready(p, 1)->node_count, 0);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "nobody answers MM1", silence },
	{ "nobody answers Quick Mode", quick_mode_silence },
	{ "the peer crashed", crash },
	{ "an ident is removed", ident_removed },
	{ "an ident is removed midway", removed_midway },
	{ "shutdown tells the peer", shutdown_tells },
	{ "clear", clear },
	{ "rekeying by time", rekey_by_time },
	{ "a successor of phase 1", phase1_succession },
	{ "rekeying by volume", rekey_by_volume },
	{ "rekeying by sudden volume", rekey_by_sudden_volume },
	{ "the sequence number limit", sequence_limit },
	{ "expiry", expiry },
	{ "DPD is answered", dead_peer_detection },
	{ "a delete of nobody's SA", foreign_delete },
	{ "message IDs run out", exhausted },
	{ "a greedy peer", greedy_peer },
};

UNIT_MAIN("life", tests)
