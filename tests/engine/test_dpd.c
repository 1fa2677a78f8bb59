/* Dead peers: RFC 3706, what is asked when, who is alive, what happens to the dead and to those who come back. */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define S 1000u

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

	PAIR_SAID_IN_ORDER(p, 0, begun);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKE_DPD is enabled"), 0);
	pair_forget(p, 0);
	pair_run(p, 10 * S);
	PAIR_SAID_IN_ORDER(p, 0, lines);
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
		"ISAKMP:(1001):Input = IKE_MESG_FROM_TIMER, IKE_TIMER_PEERS_ALIVE",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ",
		"ISAKMP:(1001):deleting SA reason \"P1 errcounter exceeded (PEERS_ALIVE_TIMER)\" state (I) "
		"QM_IDLE       (peer 10.1.1.3) ",
		"IPSEC(key_engine_delete_sas): delete all SAs shared with peer 10.1.1.3",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"IPSEC(sa_request): ,",
		"ISAKMP:(0): beginning Main Mode exchange",
	};
	struct pair *p = start(3, periodic, none);
	unsigned sent;

	p->filter = pair_lose_all;
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
	PAIR_SAID_IN_ORDER(p, 0, lines);
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
	p->filter = pair_lose_all;
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

/* --- signs of life ----------------------------------------------------------------------------------------------- */

/* One side sends a packet each second. */
static void one_way(struct pair *p, int from, unsigned seconds)
{
	for (unsigned n = 0; n < seconds; n++) {
		pair_send_esp(p, from, 100);
		pair_run(p, 1 * S);
	}
}

static void esp_is_life(void)
{
	const struct keepalives *kinds[] = { &periodic, &on_demand };

	for (unsigned k = 0; k < 2; k++) {
		struct pair *p = start(6, *kinds[k], *kinds[k]);

		/* packets both ways: nobody asks */
		p->traffic_ms = 1 * S;
		p->traffic_octets = 100;
		pair_run(p, 300 * S);
		CU_ASSERT_EQUAL(probes(p, 0) + probes(p, 1), 0);
		/* even when no message of IKE gets through */
		p->filter = pair_lose_all;
		pair_run(p, 300 * S);
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		p->filter = NULL;
		p->traffic_ms = 0;
		/* packets one way: the sender asks each interval, and also the other one when it does so anyway */
		pair_run(p, 5 * S);
		pair_forget(p, 0);
		pair_forget(p, 1);
		one_way(p, 0, 300);
		CU_ASSERT_TRUE(probes(p, 0) >= 25 && probes(p, 0) <= 31);
		CU_ASSERT_EQUAL(answers(p, 0), probes(p, 0));
		CU_ASSERT_EQUAL(probes(p, 1), 0);
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		pair_free(p);
	}
}

/* A packet that comes while questions are open ends them. */
static void late_life(void)
{
	struct pair *p = start(7, periodic, none);

	p->filter = pair_lose_all;
	pair_run(p, 18 * S);
	CU_ASSERT_TRUE(probes(p, 0) >= 4);
	pair_send_esp(p, 1, 100);
	pair_run(p, 8 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.asked, 0);
	/* and the silence begins anew */
	pair_run(p, 20 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 1);
	pair_free(p);
}

static void on_demand_dead(void)
{
	struct pair *p = start(8, on_demand, on_demand);

	p->cut[0] = p->cut[1] = true;
	pair_run(p, 300 * S);
	CU_ASSERT_TRUE(p->side[0].up[1] && p->side[1].up[1]);
	one_way(p, 0, 34); /* the interval, up to another one until it is looked at, and the retries */
	CU_ASSERT_FALSE(p->side[0].up[1]);
	CU_ASSERT_TRUE(p->side[1].up[1]);
	pair_free(p);
}

static void peer_without(void)
{
	struct pair *p = start(9, periodic, none);

	/* no vendor ID: as if nothing were configured */
	ike_clear_isakmp(p->side[0].ike, 0);
	pair_run(p, 100);
	ready(p, 0)->peer_dpd = false;
	ready(p, 0)->dpd = (struct ike_dpd){ .at_ms = IKE_NEVER };
	ike_dpd_start(p->side[0].ike, ready(p, 0));
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.keepalive.s, 0);
	pair_run(p, 100 * S);
	CU_ASSERT_EQUAL(probes(p, 0), 0);
	pair_free(p);
}

static void profile_keepalives(void)
{
	static struct isakmp_match any = { .kind = ISAKMP_MATCH_ADDRESS };
	struct pair *p = pair_new(10);
	struct pair_setup s;

	setup(&s, 1, none);
	pair_start(p, 1, &s);
	setup(&s, 0, (struct keepalives){ 3600, 2, true });
	ip_parse_prefix("0.0.0.0/0", &any.prefix);
	s.profiles[0] =
		(struct ike_profile){ .name = "P", .matches = &any, .match_count = 1, .keepalive = { 20, 3, true } };
	s.profile_count = 1;
	pair_start(p, 0, &s);
	pair_run(p, 1 * S);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_EQUAL(ready(p, 0)->dpd.keepalive.s, 20);
	pair_run(p, 100 * S);
	CU_ASSERT_EQUAL(probes(p, 0), 5);
	pair_free(p);
}

/* --- coming back ------------------------------------------------------------------------------------------------- */

static void boot(struct pair *p, int side, struct keepalives k, bool recovery)
{
	struct pair_setup s;

	pair_crash(p, side);
	setup(&s, side, k);
	s.invalid_spi_recovery = recovery;
	pair_start(p, side, &s);
}

/* What goes through is for SAs that both have. */
static bool passes(struct pair *p)
{
	const unsigned was = p->side[1].esp_taken;

	pair_send_esp(p, 0, 100);
	pair_run(p, 100);
	return p->side[1].esp_taken > was;
}

static unsigned until_it_passes(struct pair *p, unsigned most_ms)
{
	const uint64_t began = p->now_ms;

	while (!passes(p) && p->now_ms - began < most_ms)
		;
	return (unsigned)(p->now_ms - began);
}

/* The one that only answers crashes and is back at once, or later: the one that asks finds out. */
static void answerer_back(void)
{
	for (unsigned away_s = 0; away_s < 80; away_s += 3) {
		for (unsigned loss = 0; loss <= 20; loss += 20) {
			struct pair *p = start(away_s, periodic, periodic);
			unsigned took;

			one_way(p, 0, 20);
			p->cut[0] = p->cut[1] = true;
			one_way(p, 0, away_s);
			p->cut[0] = p->cut[1] = false;
			boot(p, 1, periodic, false);
			p->loss = loss;
			/* within 5 s on a good line; each message that is lost costs 10 s more */
			took = until_it_passes(p, 120 * S);
			if (took > (loss ? 100 * S : 5 * S))
				printf("away %u s, loss %u: %u ms\n", away_s, loss, took);
			CU_ASSERT_TRUE(took <= (loss ? 100 * S : 5 * S));
			p->loss = 0;
			one_way(p, 0, 120);
			CU_ASSERT_TRUE(pair_joined(p));
			for (int i = 0; i < 2; i++) {
				CU_ASSERT_EQUAL(pair_installed(p, i, true), 1);
				CU_ASSERT_EQUAL(pair_installed(p, i, false), 1);
			}
			pair_free(p);
		}
	}
}

/* Nothing is sent through the tunnel: the next question shows it, and both IKE and IPsec SAs are replaced. */
static void answerer_back_in_silence(void)
{
	struct pair *p = start(18, periodic, periodic);

	pair_run(p, 20 * S);
	boot(p, 1, periodic, false);
	pair_run(p, 12 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	CU_ASSERT_TRUE(passes(p));
	pair_run(p, 40 * S); /* the old pair is there as long as rekeying may take */
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "not responding"), 0);
	/* what is taken as a hint is no noise */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "%CRYPTO-"), 1);
	pair_free(p);
	/* the packet that shows it comes before the question */
	p = start(18, periodic, periodic);
	boot(p, 1, periodic, false);
	CU_ASSERT_FALSE(passes(p));
	CU_ASSERT_TRUE(passes(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "%CRYPTO-"), 1);
	pair_free(p);
}

/* The one that asks crashes: its INITIAL_CONTACT takes the old away at once, keepalives or not. */
static void asker_back(void)
{
	struct pair *p = start(11, none, none);
	uint32_t old = pair_sa(p, 1, true)->sa.spi;

	one_way(p, 0, 20);
	boot(p, 0, none, false);
	pair_run(p, 100);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE(passes(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
	CU_ASSERT_NOT_EQUAL(pair_sa(p, 1, true)->sa.spi, old);
	pair_free(p);
}

/* Without keepalives nothing is said in clear and nothing that comes in clear is heard. */
static void no_hints(void)
{
	struct pair *p = start(12, none, none);
	unsigned sent;

	one_way(p, 0, 20);
	boot(p, 1, none, false);
	sent = p->sent;
	one_way(p, 0, 60);
	CU_ASSERT_EQUAL(p->sent, sent);
	CU_ASSERT_EQUAL(p->side[1].esp_refused, 60);
	pair_free(p);
}

/* invalid-spi-recovery: the one that does not have the SA makes an IKE SA, to say so. */
static void invalid_spi_recovery(void)
{
	struct pair *p = start(13, none, none);

	one_way(p, 0, 20);
	boot(p, 1, none, true);
	CU_ASSERT_TRUE(until_it_passes(p, 10 * S) <= 3 * S);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "beginning Main Mode"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, ":Sending NOTIFY INVALID_SPI protocol 3"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, " processing NOTIFY INVALID_SPI protocol 3"), 1);
	pair_run(p, 60 * S);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);

	/* also when the SAs are young */
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 1 * S);
	boot(p, 1, none, true);
	CU_ASSERT_TRUE(until_it_passes(p, 10 * S) <= 3 * S);

	/* who cannot be reached is not called all the time */
	pair_forget(p, 1);
	boot(p, 1, none, true);
	p->cut[1] = true;
	one_way(p, 0, 200);
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "beginning Main Mode") >= 3);
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "beginning Main Mode") <= 4);
	pair_free(p);

	/* strangers' packets make none */
	p = start(13, none, none);
	boot(p, 1, none, true);
	for (uint32_t n = 0; n < 100; n++) {
		struct ip_addr stranger = p->side[0].addr;

		stranger.octets[3] = (uint8_t)(100 + n);
		ike_invalid_spi(p->side[1].ike, &p->side[1].addr, &stranger, 0x12345678 + n, 100);
	}
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "beginning Main Mode"), 0);
	pair_free(p);
}

/* A delete that was lost: the next packet shows it, in the IKE SA that there is. */
static void lost_delete(void)
{
	struct pair *p = start(14, none, none);

	one_way(p, 0, 20);
	p->cut[1] = true;
	ike_clear_sa(p->side[1].ike, NULL); /* responder-only: it does not ask for others */
	p->cut[1] = false;
	CU_ASSERT_FALSE(p->side[1].up[1]);
	CU_ASSERT_TRUE(p->side[0].up[1]);
	CU_ASSERT_TRUE(until_it_passes(p, 10 * S) <= 300);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, " processing NOTIFY INVALID_SPI protocol 3"), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* --- lies in clear ----------------------------------------------------------------------------------------------- */

static void in_clear(struct pair *p, const uint8_t icookie[8], const uint8_t rcookie[8], uint8_t protocol,
		     const uint8_t *spi, uint8_t spi_octets, uint16_t type)
{
	struct isakmp_header h = { .exchange = EXCHANGE_INFO, .message_id = 77 };
	struct isakmp_wr m;
	uint8_t built[128];

	memcpy(h.icookie, icookie, 8);
	memcpy(h.rcookie, rcookie, 8);
	isakmp_open(&m, built, sizeof(built), &h);
	wr_notify(&m, protocol, spi, spi_octets, type, NULL, 0);
	pair_inject(p, 0, built, isakmp_close(&m, 0));
}

static void count_living(void *ctx, const struct ike_sa_info *sa)
{
	*(unsigned *)ctx += !sa->deleted;
}

static unsigned living(struct pair *p, int side)
{
	unsigned n = 0;

	ike_each_sa(p->side[side].ike, count_living, &n);
	return n;
}

static void liar(struct pair *p)
{
	const struct ike_sa *sa = ready(p, 0);
	const uint32_t out = pair_sa(p, 0, false)->sa.spi;
	const uint8_t nothing[8] = { 0 }, anything[8] = { 0x55 };
	uint8_t spi[16], octets[4];
	struct wr w = wr_of(octets, sizeof(octets));

	ike_sa_spi(sa, spi);
	wr_u32(&w, out);
	in_clear(p, spi, spi + 8, PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INVALID_COOKIE);
	in_clear(p, anything, nothing, PROTO_IPSEC_ESP, octets, sizeof(octets), NOTIFY_INVALID_SPI);
	octets[0] ^= 1; /* nobody's */
	in_clear(p, anything, spi, PROTO_IPSEC_ESP, octets, sizeof(octets), NOTIFY_INVALID_SPI);
}

/* Somebody who reads along: this router asks and negotiates, in measure, and no packet is lost. */
static void lies(void)
{
	struct pair *p = start(15, periodic, periodic);

	one_way(p, 0, 20);
	p->traffic_ms = 10;
	p->traffic_octets = 100;
	for (unsigned n = 0; n < 6000; n++) {
		if (ready(p, 0) && pair_sa(p, 0, false))
			liar(p);
		pair_run(p, 10);
		CU_ASSERT_TRUE(pair_installed(p, 0, true) <= IKE_PAIRS_MAX);
	}
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode") <= 8);
	CU_ASSERT_TRUE(probes(p, 0) >= 30 && probes(p, 0) <= 70);
	CU_ASSERT_TRUE(living(p, 1) <= 2); /* the peer hears of those that were replaced */
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	CU_ASSERT_EQUAL(p->side[0].esp_refused + p->side[1].esp_refused, 0);
	CU_ASSERT_EQUAL(p->side[0].esp_no_sa + p->side[1].esp_no_sa, 0);
	p->traffic_ms = 0;
	pair_run(p, 120 * S);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);

	/* without keepalives it does nothing at all */
	p = start(15, none, none);
	for (unsigned n = 0; n < 100; n++)
		liar(p);
	CU_ASSERT_EQUAL(p->queued, 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

/* --- what is left without an IKE SA ------------------------------------------------------------------------------ */

static void orphans(void)
{
	struct pair *p = start(16, periodic, none);

	/* the peer ends the IKE SA alone: its IPsec SAs stay, and another one is made that watches over them */
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 100);
	CU_ASSERT_TRUE_FATAL(ready(p, 0) != NULL);
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	CU_ASSERT_EQUAL(p->side[0].installs, 2);
	/* ... which cannot be made: the peer is dead */
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 1);
	p->cut[0] = p->cut[1] = true;
	pair_run(p, 50 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_run(p, 12 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 1);
	pair_free(p);
	/* ... but a peer that sends ESP is alive */
	p = start(16, periodic, none);
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 1);
	p->filter = pair_lose_all;
	p->traffic_ms = 500;
	pair_run(p, 200 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	p->filter = NULL;
	pair_run(p, 3 * S);
	CU_ASSERT_PTR_NOT_NULL(ready(p, 0));
	pair_free(p);
	/* ... until it has been silent as long as an attempt lasts: after the first one, or after the second */
	for (unsigned attempts = 1; attempts <= 2; attempts++) {
		p = start(16, periodic, none);
		ike_clear_isakmp(p->side[1].ike, 0);
		pair_run(p, 1);
		p->filter = pair_lose_all;
		p->traffic_ms = 500;
		pair_run(p, attempts == 1 ? 5 * S : 32 * S);
		p->traffic_ms = 0;
		pair_run(p, attempts == 1 ? 50 * S : 58 * S);
		CU_ASSERT_EQUAL(p->side[0].downs, 0);
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		pair_run(p, attempts == 1 ? 7 * S : 35 * S);
		CU_ASSERT_EQUAL(p->side[0].downs, 1);
		CU_ASSERT_EQUAL(pair_installed(p, 0, true) + pair_installed(p, 0, false), 0);
		pair_free(p);
	}
	/* ended on this side, the peer is not IOS: whether the peer's IPsec SAs went with it is not known, they are made anew */
	p = start(17, none, none);
	ready(p, 0)->peer_ios = false;
	ike_clear_isakmp(p->side[0].ike, 0);
	pair_run(p, 1 * S);
	CU_ASSERT_PTR_NOT_NULL(ready(p, 0));
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	pair_run(p, 60 * S);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	pair_free(p);
	/* without keepalives they live on their own */
	p = start(16, none, none);
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 600 * S);
	CU_ASSERT_PTR_NULL(ready(p, 0));
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_free(p);
}

/* Keepalives use up the message IDs of an SA: its successor is there before that ends. */
static void used_up(void)
{
	struct pair *p = start(19, periodic, none);
	struct ike_sa *old = ready(p, 0);

	old->peer_ios = false; /* one that would let its IPsec SAs go with the IKE SA */
	while (old->seen_count < IKE_SEEN_MAX - IKE_SEEN_LAST)
		ike_sa_mid_use(old, 0x10000 + (uint32_t)old->seen_count);
	pair_run(p, 11 * S);
	CU_ASSERT_PTR_NOT_EQUAL(ready(p, 0), old);
	CU_ASSERT_FALSE(old->deleted);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);
	pair_run(p, 60 * S);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 2);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_free(p);
}

/* --- idle -------------------------------------------------------------------------------------------------------- */

static void idle(void)
{
	struct pair_setup s;
	struct pair *p = pair_new(17);

	setup(&s, 1, none);
	pair_start(p, 1, &s);
	setup(&s, 0, none);
	s.idents[0].idle_s = 60;
	pair_start(p, 0, &s);
	pair_run(p, 50 * S);
	one_way(p, 1, 100); /* packets either way count */
	one_way(p, 0, 100);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_run(p, 58 * S);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	pair_run(p, 2 * S);
	/* the peer was told, and a static VTI asks for the next ones at once */
	CU_ASSERT_EQUAL(p->side[0].downs, 1);
	CU_ASSERT_EQUAL(p->side[1].downs, 1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].installs, 4);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);
}

static void take_capability(void *ctx, const struct ike_sa_info *sa)
{
	*(bool *)ctx = sa->dpd;
}

/* D is for who has keepalives; the vendor ID alone, which every IOS sends, is none. */
static void capability(void)
{
	struct pair *p = start(60, none, periodic);
	bool dpd[2] = { true, false };

	for (int side = 0; side < 2; side++)
		ike_each_sa(p->side[side].ike, take_capability, &dpd[side]);
	CU_ASSERT_FALSE(dpd[0]);
	CU_ASSERT_TRUE(dpd[1]);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "asked and answered", asked },
	{ "capability D", capability },
	{ "not asked", not_asked },
	{ "a dead peer", dead },
	{ "answers that are lost", lossy },
	{ "sequence numbers", sequences },
	{ "ESP is a sign of life", esp_is_life },
	{ "a sign of life between questions", late_life },
	{ "a dead peer on demand", on_demand_dead },
	{ "a peer that does not do it", peer_without },
	{ "keepalives of a profile", profile_keepalives },
	{ "the one that answers comes back", answerer_back },
	{ "the one that answers comes back in silence", answerer_back_in_silence },
	{ "the one that asks comes back", asker_back },
	{ "no hints without keepalives", no_hints },
	{ "invalid-spi-recovery", invalid_spi_recovery },
	{ "a delete that was lost", lost_delete },
	{ "lies in clear", lies },
	{ "IPsec SAs without an IKE SA", orphans },
	{ "message IDs that are used up", used_up },
	{ "idle SAs", idle },
};

UNIT_MAIN("dpd", tests)
