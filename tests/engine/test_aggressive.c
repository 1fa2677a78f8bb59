/* Aggressive Mode: who gets an answer, both roles, every group, a bad network, NAT, and what is refused. */
#include "ike/dh_job.h"
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define FAILED "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Aggressive mode failed with peer at 10.1.1.2"

/* R2 begins with a password for R3, as r2.example.org; R3 knows that name, and answers. */
static void setup(struct pair_setup s[2])
{
	struct isakmp_peer *peer = &s[0].peers[0];

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	peer->address = s[0].idents[0].remote;
	peer->endpoint = ISAKMP_ENDPOINT_FQDN;
	snprintf(peer->password, sizeof(peer->password), "secret");
	snprintf(peer->endpoint_text, sizeof(peer->endpoint_text), "r2.example.org");
	s[0].peer_count = 1;
	s[0].key_count = 0;
	memset(&s[1].keys[0], 0, sizeof(s[1].keys[0]));
	snprintf(s[1].keys[0].hostname, sizeof(s[1].keys[0].hostname), "r2.example.org");
	snprintf(s[1].keys[0].key, sizeof(s[1].keys[0].key), "secret");
	s[1].aggressive = ISAKMP_AGGRESSIVE_ON;
}

static void go(struct pair *p, struct pair_setup s[2])
{
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
}

static struct pair *start(uint64_t seed, struct pair_setup s[2])
{
	struct pair *p = pair_new(seed);

	go(p, s);
	return p;
}

static struct ike_sa *sa_of(struct pair *p, int side)
{
	return TAILQ_FIRST(&p->side[side].ike->sas);
}

static unsigned count_sas(struct pair *p, int side)
{
	const struct ike_sa *sa;
	unsigned n = 0;

	TAILQ_FOREACH (sa, &p->side[side].ike->sas, link) {
		n += !sa->deleted;
	}
	return n;
}

static bool is_up(struct pair *p)
{
	return pair_joined(p) && sa_of(p, 0)->aggressive && sa_of(p, 1)->aggressive && sa_of(p, 0)->authenticated &&
	       sa_of(p, 1)->authenticated;
}

/* --- it works ---------------------------------------------------------------------------------------------------- */

static void every_endpoint(void)
{
	for (int kind = ISAKMP_ENDPOINT_ADDRESS; kind <= ISAKMP_ENDPOINT_USER_FQDN; kind++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s);
		s[0].peers[0].endpoint = (enum isakmp_endpoint_kind)kind;
		if (kind == ISAKMP_ENDPOINT_ADDRESS) {
			/* not the one that it sends from */
			ip_parse("172.16.0.2", &s[0].peers[0].endpoint_address);
			s[1].keys[0].hostname[0] = '\0';
			ip_parse_prefix("172.16.0.0/16", &s[1].keys[0].peer);
		} else if (kind == ISAKMP_ENDPOINT_USER_FQDN) {
			snprintf(s[0].peers[0].endpoint_text, CONFIG_TEXT_SIZE, "r2@example.org");
			snprintf(s[1].keys[0].hostname, CONFIG_TEXT_SIZE, "r2@example.org");
		}
		p = start(1, s);
		CU_ASSERT_TRUE(is_up(p));
		CU_ASSERT_STRING_EQUAL(sa_of(p, 1)->phase1_id, kind == ISAKMP_ENDPOINT_ADDRESS ? "172.16.0.2"
							       : kind == ISAKMP_ENDPOINT_FQDN  ? "r2.example.org"
											       : "r2@example.org");
		CU_ASSERT_STRING_EQUAL(sa_of(p, 0)->phase1_id, "10.1.1.3");
		CU_ASSERT_EQUAL(p->sent, 6); /* three, and Quick Mode's */
		CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(0):Can not start Aggressive mode, trying Main mode."), 0);
		pair_free(p);
	}
}

static void every_group(void)
{
	static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s);
		s[0].policies[0].group = s[1].policies[0].group = groups[i];
		p = pair_new(2);
		p->dh_ms = i % 2 ? 30 : 0; /* as for a packet */
		go(p, s);
		CU_ASSERT_TRUE(is_up(p));
		pair_free(p);
	}
}

/* The first policy's group is that of all offers: the others cannot be negotiated. */
static void offers_of_one_group(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	for (unsigned k = 0; k < 3; k++) {
		s[0].policies[k] = s[0].policies[0];
		s[0].policies[k].priority = 10 * k;
		s[0].policies[k].hash = (enum isakmp_hash)k;
		s[0].policies[k].group = k == 1 ? 5 : 2;
	}
	s[0].policy_count = 3;
	s[1].policies[0] = s[0].policies[2];
	p = start(3, s);
	CU_ASSERT_TRUE(is_up(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "Checking ISAKMP transform"), 2);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      default group 5"), 0);
	CU_ASSERT_EQUAL(sa_of(p, 0)->policy.hash, ISAKMP_HASH_SHA256);
	pair_free(p);
}

/* `initiate mode aggressive`, the key from the profile's keyring, and a profile at the responder too. */
static void of_profiles(void)
{
	struct isakmp_match address = { .kind = ISAKMP_MATCH_USER, .text = "hub@example.org" };
	struct isakmp_match name = { .kind = ISAKMP_MATCH_HOST_DOMAIN, .text = "example.org" };
	struct isakmp_key keys[2] = { { .key = "of the ring" }, { .key = "of the ring" } };
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	for (int i = 0; i < 2; i++) {
		keys[i].peer.addr.family = 4;
		s[i].keyrings[0] = (struct ike_keyring){ .name = "RING", .keys = &keys[i], .key_count = 1 };
		s[i].keyring_count = 1;
		s[i].profiles[0] = (struct ike_profile){ .name = "P",
							 .keyrings = { "RING" },
							 .keyring_count = 1,
							 .matches = i ? &name : &address,
							 .match_count = 1,
							 .self = i ? ISAKMP_SELF_USER_FQDN : ISAKMP_SELF_FQDN,
							 .self_text = "hub@example.org",
							 .aggressive = true };
		s[i].profile_count = 1;
		snprintf(s[i].idents[0].profile, CONFIG_NAME_SIZE, "P");
	}
	s[0].profiles[0].self_text[0] = '\0';
	s[0].hostname = "spoke.example.org";
	s[1].key_count = 0;
	p = start(4, s); /* the password of the peer does not count where the profile says it */
	CU_ASSERT_TRUE(is_up(p));
	CU_ASSERT_STRING_EQUAL(sa_of(p, 0)->profile, "P");
	CU_ASSERT_STRING_EQUAL(sa_of(p, 1)->profile, "P");
	CU_ASSERT_STRING_EQUAL(sa_of(p, 1)->phase1_id, "spoke.example.org");
	CU_ASSERT_STRING_EQUAL(sa_of(p, 0)->phase1_id, "hub@example.org");
	pair_free(p);

	/* the peer does not match the profile of the request */
	snprintf(address.text, sizeof(address.text), "other@example.org");
	p = start(5, s);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 0);
	CU_ASSERT_EQUAL(count_sas(p, 0), 0);
	CU_ASSERT_FALSE(sa_of(p, 1)->authenticated);
	CU_ASSERT_EQUAL(
		pair_said(p, 0,
			  "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Aggressive mode failed with peer at 10.1.1.3"),
		1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP (1001): FSM action returned error: 2"), 1);
	CU_ASSERT_EQUAL(p->side[0].sent, 1);
	pair_free(p);

	/* nor this one a profile, though its key would do */
	snprintf(address.text, sizeof(address.text), "hub@example.org");
	snprintf(name.text, sizeof(name.text), "example.net");
	p = start(6, s);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP: no pre-shared key based on hostname spoke.example.org!"), 1);
	pair_free(p);
}

static void through_a_nat(void)
{
	for (int both = 0; both < 2; both++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(7);

		setup(s);
		pair_nat(p, s, 0, "192.0.2.2", 1000, false);
		if (both)
			pair_nat(p, s, 1, "192.0.2.3", 0, true);
		s[0].peers[0].address = s[0].idents[0].remote;
		go(p, s);
		CU_ASSERT_TRUE(sa_of(p, 0)->aggressive && sa_of(p, 1)->authenticated);
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
		CU_ASSERT_EQUAL(sa_of(p, 0)->path.local_port, 4500);
		CU_ASSERT_EQUAL(sa_of(p, 1)->path.remote_port, 5500);
		CU_ASSERT_TRUE(sa_of(p, 0)->natt.local_inside && sa_of(p, 1)->natt.remote_inside);
		CU_ASSERT_EQUAL(sa_of(p, 1)->natt.local_inside, both);
		CU_ASSERT_EQUAL(sa_of(p, 0)->natt.remote_inside, both);
		pair_free(p);
	}
}

/* The responder's next IKE SA, and what both have from before. */
static void again_and_again(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].policies[0].lifetime_s = s[1].policies[0].lifetime_s = 600;
	p = start(8, s);
	pair_run(p, 4 * 3600000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 0);
	/* the initiator comes back after a crash, and says so */
	pair_crash(p, 0);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(is_up(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);
}

/* --- a bad network ----------------------------------------------------------------------------------------------- */

static bool lose(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)data, (void)octets;
	return number != *(unsigned *)p->filter_ctx;
}

/* One datagram is lost, whichever: one usable SA pair and one IKE SA on both sides in the end. */
static void loss(void)
{
	for (unsigned lost = 0; lost < 6; lost++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(20 + lost);

		setup(s);
		p->filter = lose;
		p->filter_ctx = &lost;
		go(p, s);
		pair_run(p, 30000);
		CU_ASSERT_TRUE(is_up(p));
		CU_ASSERT_EQUAL(pair_installed(p, 0, true), 1);
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
		CU_ASSERT_EQUAL(count_sas(p, 0), 1);
		CU_ASSERT_EQUAL(count_sas(p, 1), 1);
		pair_free(p);
	}
}

/* AG3 is lost, or comes behind the Quick Mode that follows it: no wait for a retransmission of ten seconds. */
static void quick_mode_comes_first(void)
{
	for (int late = 0; late < 2; late++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(40);
		unsigned number = 2;

		setup(s);
		if (late)
			number = 3; /* the peer was still at AG3 when the Quick Mode came, and dropped that */
		p->filter = lose;
		p->filter_ctx = &number;
		go(p, s);
		pair_run(p, 2000);
		CU_ASSERT_TRUE(is_up(p));
		pair_free(p);
	}
}

static void duplicates_and_reordering(void)
{
	for (unsigned way = 0; way < 4; way++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(30 + way);

		setup(s);
		p->duplicate = way & 1 ? 2 : 0;
		p->duplicate_after_ms = 700; /* beyond what is kept quiet */
		p->reorder = way & 2;
		p->dh_ms = way == 3 ? 20 : 0;
		p->latency_ms = 5;
		go(p, s);
		pair_run(p, 30000);
		CU_ASSERT_TRUE(is_up(p));
		CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
		CU_ASSERT_EQUAL(count_sas(p, 1), 1);
		/* nobody answers the other's answers for ever */
		CU_ASSERT_TRUE(p->sent < 40);
		pair_free(p);
	}
}

/* With keepalives: a delete that is lost is noticed. */
static void seeded_lines(void)
{
	for (uint64_t seed = 100; seed < 130; seed++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(seed);

		setup(s);
		s[0].keepalive = s[1].keepalive = (struct isakmp_keepalive){ 10, 2, true };
		p->loss = 25;
		p->doubled = 20;
		p->jitter_ms = 50;
		go(p, s);
		pair_run(p, 300000);
		p->loss = 0;
		pair_run(p, 100000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(p->side[1].up[p->side[1].idents[0]]);
		if (!pair_joined(p))
			printf("seed %llu\n", (unsigned long long)seed);
		pair_free(p);
	}
}

/* --- what gets no answer ------------------------------------------------------------------------------------------ */

static void disabled(void)
{
	for (int how = 0; how < 2; how++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s);
		s[1].aggressive = how ? ISAKMP_AGGRESSIVE_OFF : ISAKMP_AGGRESSIVE_DEFAULT;
		p = start(9, s);
		CU_ASSERT_EQUAL(p->side[1].sent, 0);
		CU_ASSERT_EQUAL(count_sas(p, 1), 0);
		CU_ASSERT_EQUAL(
			pair_said(
				p, 1,
				"%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled"),
			1);
		/* it is retransmitted as any first message, and ends */
		pair_run(p, 60000);
		CU_ASSERT_TRUE(
			pair_said(
				p, 0,
				"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) AG_INIT_EXCH (peer 10.1.1.3)") >
			0);
		pair_free(p);
	}
}

/* Disabled here: not begun either. With a key for the address Main Mode does it. */
static void disabled_at_the_initiator(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].aggressive = ISAKMP_AGGRESSIVE_OFF;
	s[0].keys[0].peer.addr.family = 4;
	snprintf(s[0].keys[0].key, CONFIG_PSK_SIZE, "both");
	s[0].key_count = 1;
	s[1].keys[0] = s[0].keys[0];
	p = start(10, s);
	CU_ASSERT_EQUAL(
		pair_said(
			p, 0,
			"%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled"),
		1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(0):Can not start Aggressive mode, trying Main mode."), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_FALSE(sa_of(p, 0)->aggressive);
	pair_free(p);
}

/* No hash, no other answer, no SA, no exponentiation. */
static void unknown_identity(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[1].keys[1] = s[1].keys[0];
	s[1].keys[1].hostname[0] = '\0';
	ip_parse_prefix("0.0.0.0/0", &s[1].keys[1].peer); /* which is for addresses */
	s[1].key_count = 2;
	snprintf(s[0].peers[0].endpoint_text, CONFIG_TEXT_SIZE, "r4.example.org");
	p = pair_new(11);
	p->dh_ms = 10;
	go(p, s);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&p->side[1].ike->sas));
	CU_ASSERT_EQUAL(p->side[1].ike->dh_jobs, 0);
	CU_ASSERT_EQUAL(p->side[1].ike->stock[0].group, 0);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP: no pre-shared key based on hostname r4.example.org!"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, FAILED), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "Checking ISAKMP transform"), 0);
	pair_free(p);
}

static void no_offer_suits(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[1].policies[0].hash = ISAKMP_HASH_SHA512;
	p = pair_new(12);
	p->dh_ms = 10;
	go(p, s);
	CU_ASSERT_EQUAL(p->side[1].sent, 1); /* NO-PROPOSAL-CHOSEN */
	CU_ASSERT_EQUAL(count_sas(p, 1), 0);
	CU_ASSERT_EQUAL(p->side[1].ike->stock[0].group, 0);
	CU_ASSERT_EQUAL(pair_said(p, 1, FAILED), 1);
	CU_ASSERT_EQUAL(
		pair_said(
			p, 1,
			"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) AG_NO_STATE (peer 10.1.1.2)"),
		1);
	pair_free(p);
}

/* The initiator sees it from HASH_R, changes nothing and waits for a better answer. */
static void wrong_key(void)
{
	struct pair_setup s[2];
	struct ike_sa *sa;
	struct pair *p;

	setup(s);
	s[1].keys[0].key[0] = 'S';
	p = start(13, s);
	sa = sa_of(p, 0);
	CU_ASSERT_EQUAL(pair_said(p, 0, "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 1 failed with host 10.1.1.3"),
			1);
	CU_ASSERT_EQUAL(sa->state, IKE_I_AM1);
	CU_ASSERT_FALSE(sa->chosen || sa->has_keys || sa->authenticated);
	CU_ASSERT_EQUAL(sa->policy.group, 0);
	CU_ASSERT_FALSE(sa->peer_dpd || sa->peer_ios);
	CU_ASSERT_EQUAL(sa->conn_id, 0);
	CU_ASSERT_EQUAL(sa->rcookie[0] | sa->rcookie[7], 0);
	CU_ASSERT_EQUAL(p->side[0].sent, 1);
	pair_run(p, 75000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true) + pair_installed(p, 1, true), 0);
	CU_ASSERT_FALSE(sa_of(p, 1)->authenticated);
	pair_free(p);
}

/* --- hostile ----------------------------------------------------------------------------------------------------- */

struct held {
	unsigned number; /* of the datagram that is changed or kept */
	size_t at;       /* octet that is changed */
	bool done;
	uint8_t data[PAIR_DATAGRAM];
	size_t octets;
};

static bool keep(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct held *h = p->filter_ctx;

	(void)from;
	if (number != h->number)
		return true;
	memcpy(h->data, data, *octets);
	h->octets = *octets;
	return h->at == SIZE_MAX;
}

static bool change(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct held *h = p->filter_ctx;

	(void)from;
	if (number == h->number && h->at < *octets) {
		data[h->at] ^= 0x10;
		h->done = true;
	}
	return true;
}

/*
 * Any octet of AG2 or AG3 is changed: nothing comes of it, and the message that comes again does it. Without NAT-D, which
 * no hash covers in any mode.
 */
static void any_octet(void)
{
	for (unsigned number = 1; number < 3; number++) {
		bool more = true;

		for (size_t at = 0; more; at += 7) {
			struct held h = { .number = number, .at = at };
			struct pair_setup s[2];
			struct pair *p = pair_new(14);

			setup(s);
			s[0].natt = false;
			p->filter = change;
			p->filter_ctx = &h;
			go(p, s);
			more = h.done;
			pair_run(p, 40000);
			CU_ASSERT_TRUE(is_up(p));
			CU_ASSERT_EQUAL(count_sas(p, 1), 1);
			pair_free(p);
		}
	}
}

/* AG1 once more, while its SA is there and after that. */
static void replayed(void)
{
	struct held h = { .number = 0, .at = SIZE_MAX };
	struct pair_setup s[2];
	struct pair *p = pair_new(15);
	unsigned sent;

	setup(s);
	p->filter = keep;
	p->filter_ctx = &h;
	go(p, s);
	CU_ASSERT_TRUE_FATAL(is_up(p));
	sent = p->side[1].sent;
	pair_inject(p, 1, h.data, h.octets);
	CU_ASSERT_EQUAL(p->side[1].sent, sent);
	CU_ASSERT_EQUAL(count_sas(p, 1), 1);
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 70000);
	sent = p->side[1].sent;
	for (int k = 0; k < 10; k++)
		pair_inject(p, 1, h.data, h.octets);
	CU_ASSERT_EQUAL(p->side[1].sent, sent + 1);
	/* nobody goes on with it: it is not retransmitted, and goes */
	pair_run(p, 59000);
	CU_ASSERT_EQUAL(p->side[1].sent, sent + 1);
	pair_run(p, 70000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 1);
	pair_free(p);
}

/* SA, KE and identity of an AG1, a nonce of 8 octets, and nothing that need not be there. */
static size_t least(const struct held *ag1, uint8_t *out, size_t size)
{
	struct isakmp_header header;
	struct payload_fault fault;
	struct payloads m;
	struct isakmp_wr w;
	struct rd body;

	if (!isakmp_parse_header(ag1->data, ag1->octets, &header, &body, &fault) ||
	    !payloads_walk(header.next_payload, body, 0, &m, &fault))
		return 0;
	isakmp_open(&w, out, size, &header);
	for (unsigned k = 0; k < 4; k++)
		wr_payload(&w, m.p[k].type, m.p[k].body.p, m.p[k].type == PAYLOAD_NONCE ? 8 : rd_left(&m.p[k].body));
	return isakmp_close(&w, 0);
}

static bool no_quick_mode(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct held *h = p->filter_ctx;

	(void)number;
	if (from == 1 && !h->octets) {
		memcpy(h->data, data, *octets);
		h->octets = *octets;
	}
	return data[18] != EXCHANGE_QUICK;
}

/* AG2 over and over hurries Quick Mode once, but does not use up its retransmissions. */
static void hurried(void)
{
	struct held h = { .octets = 0 };
	struct pair_setup s[2];
	struct pair *p = pair_new(19);

	setup(s);
	p->filter = no_quick_mode;
	p->filter_ctx = &h;
	go(p, s);
	CU_ASSERT_TRUE_FATAL(h.octets > 0);
	for (unsigned n = 0; n < 30; n++) {
		pair_inject(p, 0, h.data, h.octets);
		pair_run(p, 1000);
	}
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "Death by retransmission P2"), 0);
	p->filter = NULL;
	pair_run(p, 10000);
	CU_ASSERT_TRUE(is_up(p));
	pair_free(p);
}

/* An answer goes to whatever address stands in AG1: it is not twice as long, also with the longest hash. */
static void no_amplification(void)
{
	struct held ag1 = { .number = 0 }, ag2 = { .number = 1 };
	struct pair_setup s[2];
	struct pair *p = pair_new(16);
	uint8_t data[PAIR_DATAGRAM];
	size_t octets;

	setup(s);
	s[1].policies[0].hash = s[0].policies[0].hash = ISAKMP_HASH_SHA512;
	p->filter = keep;
	p->filter_ctx = &ag1;
	go(p, s);
	octets = least(&ag1, data, sizeof(data));
	p->filter_ctx = &ag2;
	pair_inject(p, 1, data, octets);
	CU_ASSERT_EQUAL_FATAL(p->side[1].sent, 1);
	CU_ASSERT_TRUE(ag2.octets > 0 && ag2.octets < 2 * octets);
	pair_free(p);
}

/* AG1 of an identity that is known, from everywhere: bounded, and an honest peer gets through. */
static void flood(void)
{
	struct held h = { .number = 0, .at = 0 };
	struct pair_setup s[2];
	struct pair *p = pair_new(17);
	struct ike_path path;

	setup(s);
	p->filter = keep;
	p->filter_ctx = &h;
	go(p, s);
	path = pair_path(p, 1);
	for (unsigned n = 0; n < 300; n++) {
		struct wr w = wr_of(path.remote.octets, 4);

		wr_u32(&w, 0xC6330000u + n);
		w = wr_of(h.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &path, h.data, h.octets);
	}
	CU_ASSERT_EQUAL(count_sas(p, 1), IKE_HALF_OPEN_MAX);
	p->queued = 0;
	h.number = UINT32_MAX;
	pair_run(p, 15000); /* R2's first retransmission */
	CU_ASSERT_TRUE(pair_joined(p));
	pair_run(p, 150000);
	CU_ASSERT_EQUAL(count_sas(p, 1), 1);
	pair_free(p);
}

/* ... faster than Diffie-Hellman is done elsewhere: who has not shown that it receives does not hold the engine up. */
static void flood_of_work(void)
{
	struct held h = { .number = 0, .at = 0 };
	struct pair_setup s[2];
	struct pair *p = pair_new(18);
	struct ike_path path;

	setup(s);
	p->filter = keep;
	p->filter_ctx = &h;
	go(p, s);
	path = pair_path(p, 1);
	p->dh_ms = 100;
	for (unsigned n = 0; n < 300; n++) {
		struct wr w = wr_of(path.remote.octets, 4);

		wr_u32(&w, 0xC6330000u + n);
		w = wr_of(h.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &path, h.data, h.octets);
	}
	CU_ASSERT_EQUAL(p->job_count, IKE_DH_WAITING / 2);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_TRUE(count_sas(p, 1) <= PAIR_JOBS);
	p->queued = 0;
	h.number = UINT32_MAX;
	pair_run(p, 15000); /* R2's first retransmission */
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* AG1s that bear a peer's address, which anybody can forge, leave it its share: its own MM3 is worked on at once. */
static void forged_work(void)
{
	struct held h = { .number = 0, .at = 0 };
	struct pair_setup s[2], main_mode;
	struct pair *p = pair_new(20);
	struct ike_path path;

	setup(s);
	pair_setup(&main_mode, 1, 4);
	s[1].keys[1] = main_mode.keys[0];
	s[1].key_count = 2;
	p->filter = keep;
	p->filter_ctx = &h;
	go(p, s);
	CU_ASSERT_TRUE_FATAL(h.octets > 0);
	path = pair_path(p, 1);
	p->filter = NULL;
	p->dh_ms = 60000; /* they are not done before the end */
	for (unsigned n = 0; n < 2 * IKE_DH_BUSY; n++) {
		struct ike_path from = path;
		struct wr w = wr_of(from.remote.octets, 4);

		if (n < IKE_DH_BUSY)
			wr_u32(&w, 0xC6330000u + n);
		w = wr_of(h.data, 4);
		wr_u32(&w, n + 1);
		ike_feed(p->side[1].ike, &from, h.data, h.octets);
	}
	CU_ASSERT_EQUAL(p->job_count, IKE_DH_BUSY + IKE_DH_OF_ONE);
	pair_setup(&main_mode, 0, 4);
	pair_configure(p, 0, &main_mode);
	ike_clear_session(p->side[0].ike, NULL);
	p->dh_ms = 1;
	pair_run(p, 5000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* AG1s in the names of many configured peers leave room for those that have shown that they receive. */
static void forged_names(void)
{
	struct held h = { .number = 0, .at = 0 };
	struct pair_setup s[2];
	struct pair *p = pair_new(21);
	struct ike_ident peer;
	struct ike_path path;

	setup(s);
	peer = s[1].idents[0];
	p->filter = keep;
	p->filter_ctx = &h;
	go(p, s);
	path = pair_path(p, 1);
	p->dh_ms = 60000;
	p->job_room = PAIR_JOBS_MAX;
	for (unsigned n = 0; n < IKE_DH_FORGEABLE_KNOWN + 10; n++) {
		struct wr w = wr_of(path.remote.octets, 4);

		wr_u32(&w, 0xC6330000u + n);
		w = wr_of(h.data, 4);
		wr_u32(&w, n + 1);
		peer.remote = path.remote;
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[1].ike, &peer), 0);
		ike_feed(p->side[1].ike, &path, h.data, h.octets);
	}
	CU_ASSERT_EQUAL(p->job_count, IKE_DH_FORGEABLE_KNOWN);
	pair_free(p);
}

/* AG3 as some peers send it, in clear: its hash counts, but not what stands beside it. */
static bool decrypt(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	const struct ike_sa *sa = sa_of(p, 0);
	struct payloads m;
	struct payload_fault fault;
	uint8_t iv[IKE_BLOCK_MAX];
	struct rd all, rest;
	size_t clear;

	(void)from;
	if (number != 2)
		return number < 2;
	memcpy(iv, sa->keys.iv, sizeof(iv));
	if (ike_decrypt(&sa->keys, iv, data + ISAKMP_HEADER_OCTETS, *octets - ISAKMP_HEADER_OCTETS))
		return false;
	all = rd_of(data + ISAKMP_HEADER_OCTETS, *octets - ISAKMP_HEADER_OCTETS);
	if (!payloads_walk(PAYLOAD_HASH, all, ISAKMP_PADDING_MAX, &m, &fault))
		return false;
	rest = payloads_rest(&m, 0);
	clear = ISAKMP_HEADER_OCTETS + rd_left(&rest);
	data[19] = 0; /* flags; the length is further down */
	data[26] = (uint8_t)(clear >> 8);
	data[27] = (uint8_t)clear;
	*octets = clear;
	*(bool *)p->filter_ctx = true;
	return true;
}

static void in_clear(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(18);
	bool done = false;

	setup(s);
	p->filter = decrypt;
	p->filter_ctx = &done;
	go(p, s);
	CU_ASSERT_TRUE(done);
	CU_ASSERT_TRUE(sa_of(p, 1)->authenticated);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "processing NOTIFY INITIAL_CONTACT"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "Process initial contact"), 0);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "every client endpoint", every_endpoint },
	{ "every group", every_group },
	{ "offers of one group", offers_of_one_group },
	{ "of profiles", of_profiles },
	{ "through a NAT", through_a_nat },
	{ "rekeyed, and after a crash", again_and_again },
	{ "any datagram is lost", loss },
	{ "Quick Mode comes before AG3", quick_mode_comes_first },
	{ "duplicates and reordering", duplicates_and_reordering },
	{ "a bad line", seeded_lines },
	{ "disabled", disabled },
	{ "disabled at the initiator", disabled_at_the_initiator },
	{ "an unknown identity", unknown_identity },
	{ "no offer suits", no_offer_suits },
	{ "a wrong key", wrong_key },
	{ "any octet is changed", any_octet },
	{ "AG1 is replayed", replayed },
	{ "no amplification", no_amplification },
	{ "AG2 over and over", hurried },
	{ "a flood of AG1", flood },
	{ "AG1s in many peers' names", forged_names },
	{ "a flood of work", flood_of_work },
	{ "forged work", forged_work },
	{ "AG3 in clear", in_clear },
};

UNIT_MAIN("aggressive", tests)
