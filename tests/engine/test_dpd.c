/* Dead peers: RFC 3706, what is asked when, who is alive, what happens to the dead and to those who come back. */
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define S 1000u

static bool lose_all(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)data, (void)octets;
	return false;
}

/* Lines in this order, each the next of its text; a '*' at the end stands for anything. */
static void in_order(const struct pair *p, int side, const char *const *lines, size_t count)
{
	const struct pair_side *s = &p->side[side];
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(lines[i]);
		bool wild = n && lines[i][n - 1] == '*', found = false;

		while (at < s->line_count && !found) {
			found = wild ? !strncmp(s->lines[at], lines[i], n - 1) : !strcmp(s->lines[at], lines[i]);
			at++;
		}
		if (!found)
			printf("missing: |%s|\n", lines[i]);
		CU_ASSERT_TRUE(found);
		if (!found)
			return;
	}
}
#define IN_ORDER(p, side, lines) in_order(p, side, lines, sizeof(lines) / sizeof((lines)[0]))

struct keepalives {
	unsigned s, retry_s;
	bool periodic;
};

static void setup(struct pair_setup *s, int side, struct keepalives k)
{
	pair_setup(s, side, 4);
	s->keepalive = (struct isakmp_keepalive){ k.s, k.retry_s, k.periodic };
}

/* Both have these keepalives; side 1 is responder-only. */
static struct pair *start(uint64_t seed, struct keepalives r2, struct keepalives r3)
{
	struct pair_setup s;
	struct pair *p = pair_new(seed);

	setup(&s, 1, r3);
	pair_start(p, 1, &s);
	setup(&s, 0, r2);
	pair_start(p, 0, &s);
	pair_run(p, 1 * S);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

static const struct keepalives none = { 0 }, periodic = { 10, 2, true }, on_demand = { 10, 2, false };

static struct ike_sa *ready(struct pair *p, int side)
{
	return ike_sa_ready(p->side[side].ike, &p->side[side].addr, &p->side[1 - side].addr, "");
}

static unsigned probes(struct pair *p, int side)
{
	return pair_mentioned(p, side, ":Sending NOTIFY DPD/R_U_THERE protocol 1");
}

static unsigned answers(struct pair *p, int side)
{
	return pair_mentioned(p, side, " DPD/R_U_THERE_ACK received from peer ");
}

static void asked(void)
{
	static const char *const begun[] = {
		"ISAKMP:(1001):IKE_DPD is enabled, initializing timers",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_COMPLETE",
	};
	static const char *const lines[] = {
		"ISAKMP: set new node *",
		"ISAKMP:(1001):Sending NOTIFY DPD/R_U_THERE protocol 1",
		"\tspi 0, message ID = *",
		"ISAKMP:(1001): seq. no 0x*",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) QM_IDLE      ",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
		"ISAKMP:(1001):purging node *",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_TIMER, IKE_TIMER_IM_ALIVE",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_P1_COMPLETE ",
		"",
		"ISAKMP (1001): received packet from 10.1.1.3 dport 500 sport 500 Global (I) QM_IDLE      ",
		"ISAKMP: set new node *",
		"ISAKMP:(1001): processing HASH payload. message ID = *",
		"ISAKMP:(1001): processing NOTIFY DPD/R_U_THERE_ACK protocol 1",
		"\tspi 0, message ID = *",
		"ISAKMP:(1001): DPD/R_U_THERE_ACK received from peer 10.1.1.3, sequence 0x*",
		"ISAKMP:(1001):deleting node *",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY",
	};
	struct pair *p = start(1, periodic, none);

	IN_ORDER(p, 0, begun);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKE_DPD is enabled"), 0);
	pair_forget(p, 0);
	pair_run(p, 10 * S);
	IN_ORDER(p, 0, lines);
	pair_run(p, 600 * S);
	/* one each interval, all answered; the other side does not ask */
	CU_ASSERT_TRUE(probes(p, 0) >= 58 && probes(p, 0) <= 62);
	CU_ASSERT_EQUAL(answers(p, 0), probes(p, 0));
	CU_ASSERT_EQUAL(probes(p, 1), 0);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_free(p);
}

static void not_asked(void)
{
	struct pair *p = start(2, none, none);
	unsigned sent;

	/* nothing configured, or no traffic on demand: silence, and the timers are far away */
	pair_run(p, 60 * S);
	sent = p->sent;
	pair_run(p, 600 * S);
	CU_ASSERT_EQUAL(p->sent, sent);
	pair_free(p);
	p = start(2, on_demand, on_demand);
	sent = p->sent;
	pair_run(p, 600 * S);
	CU_ASSERT_EQUAL(p->sent, sent);
	/* the peer does not do it */
	pair_free(p);
}

static void dead(void)
{
	static const char *const lines[] = {
		"ISAKMP:(1001):Input = IKE_MESG_FROM_TIMER, IKE_TIMER_IM_ALIVE",
		"ISAKMP:(1001):DPD incrementing error counter (1/5)",
		"ISAKMP: set new node *",
		"ISAKMP:(1001):Sending NOTIFY DPD/R_U_THERE protocol 1",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_TIMER, IKE_TIMER_PEERS_ALIVE",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_P1_COMPLETE ",
		"ISAKMP:(1001):DPD incrementing error counter (5/5)",
		"ISAKMP:(1001):peer 10.1.1.3 not responding! ",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"P1 errcounter exceeded (PEERS_ALIVE_TIMER)\" state (I) "
		"QM_IDLE       (peer 10.1.1.3)",
		"ISAKMP:(1001):deleting SA reason \"P1 errcounter exceeded (PEERS_ALIVE_TIMER)\" state (I) "
		"QM_IDLE       (peer 10.1.1.3) ",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_TIMER, IKE_TIMER_PEERS_ALIVE",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ",
		"IPSEC(key_engine_delete_sas): delete all SAs shared with peer 10.1.1.3",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"IPSEC(sa_request): ,",
		"ISAKMP:(0): beginning Main Mode exchange",
	};
	struct pair *p = start(3, periodic, none);
	unsigned sent;

	p->filter = lose_all;
	pair_run(p, 21 * S - 100);
	CU_ASSERT_TRUE(p->side[0].up[1]);
	CU_ASSERT_EQUAL(probes(p, 0), 6);
	sent = p->side[0].sent;
	pair_run(p, 1200);
	CU_ASSERT_FALSE(p->side[0].up[1]);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true) + pair_installed(p, 0, false), 0);
	/* nobody is told; the ident has started again */
	CU_ASSERT_EQUAL(p->side[0].sent, sent + 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);
	IN_ORDER(p, 0, lines);
	/* for ever, with the timers of IOS */
	pair_run(p, 3600 * S);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode") >= 55);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode") <= 65);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "not responding!"), 1);
	/* a peer that is back is found at once, between two retransmissions; it still has its SAs */
	p->filter = NULL;
	pair_run(p, 2500);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);
}

static bool lose_answers(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	unsigned *left = p->filter_ctx;

	(void)number, (void)data, (void)octets;
	if (from != 1 || !*left)
		return true;
	--*left;
	return false;
}

/* Any number of answers may be lost, but not all six. */
static void lossy(void)
{
	for (unsigned lost = 0; lost <= 6; lost++) {
		struct pair *p = start(lost, periodic, none);
		unsigned left = lost;

		p->filter = lose_answers;
		p->filter_ctx = &left;
		pair_run(p, 60 * S);
		CU_ASSERT_EQUAL(left, 0);
		CU_ASSERT_EQUAL(p->side[0].downs, lost == 6);
		CU_ASSERT_EQUAL(pair_mentioned(p, 0, "DPD incrementing error counter"), lost < 5 ? lost : 5);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

static void notify(struct pair *p, int from, uint16_t type, uint32_t sequence)
{
	struct ike_sa *sa = ready(p, from);
	uint8_t spi[16], data[4];
	struct wr w = wr_of(data, sizeof(data));

	wr_u32(&w, sequence);
	ike_sa_spi(sa, spi);
	ike_info_notify(p->side[from].ike, sa, "", PROTO_ISAKMP, spi, sizeof(spi), type, data, sizeof(data));
	pair_run(p, 10);
}

/* Questions that are old are not answered; answers to nothing, and wrong ones, are no sign of life. */
static void sequences(void)
{
	struct pair *p = start(5, periodic, none);
	unsigned sent = p->side[0].sent;
	uint32_t n = ready(p, 0)->dpd.sequence;

	notify(p, 1, NOTIFY_R_U_THERE, 0xFFFFFFFF);
	notify(p, 1, NOTIFY_R_U_THERE, 0); /* the next one */
	notify(p, 1, NOTIFY_R_U_THERE, 0); /* asked once more */
	CU_ASSERT_EQUAL(p->side[0].sent, sent + 3);
	notify(p, 1, NOTIFY_R_U_THERE, 0xFFFFFFFE);
	CU_ASSERT_EQUAL(p->side[0].sent, sent + 3);
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n);
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n + 1);
	CU_ASSERT_EQUAL(answers(p, 0), 0);

	/* all answers are lost; what comes in their place is wrong */
	p->filter = lose_all;
	pair_run(p, 10 * S);
	CU_ASSERT_EQUAL(probes(p, 0), 1);
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.sequence, n + 1);
	p->filter = NULL;
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n);
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n + 2);
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.asked, 1);
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n + 1);
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.asked, 0);
	CU_ASSERT_EQUAL(answers(p, 0), 1);
	notify(p, 1, NOTIFY_R_U_THERE_ACK, n + 1);
	CU_ASSERT_EQUAL(answers(p, 0), 1);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "asked and answered", asked },    { "not asked", not_asked },        { "a dead peer", dead },
	{ "answers that are lost", lossy }, { "sequence numbers", sequences },
};

UNIT_MAIN("dpd", tests)
