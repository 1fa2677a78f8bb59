/* What is said when: the switches of debug, and the two lists of messages. */
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

/* --- the lists as others include them ----------------------------------------------------------------------------- */

struct form {
	const char *name, *kind, *format;
	bool error;
};

#define DBG(name, kind, format, ...)                    { #name, #kind, format, false },
#define ERR(name, kind, format, ...)                    { #name, #kind, format, true },
#define LOG(name, sev, facility, mnemonic, format, ...) { #name, "%" facility "-" #sev "-" mnemonic, format, false },
static const struct form forms[] = {
#include "ike/debug.def"

#define DBG(name, kind, format, ...)                    { #name, #kind, format, false },
#define LOG(name, sev, facility, mnemonic, format, ...) { #name, "%" facility "-" #sev "-" mnemonic, format, false },
#include "router/debug.def"
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void names_are_unique(void)
{
	unsigned errors = 0, messages = 0;

	for (size_t i = 0; i < FORMS; i++) {
		errors += forms[i].error;
		messages += forms[i].kind[0] == '%';
		CU_ASSERT_TRUE(forms[i].format[0] != '\0');
		for (size_t k = 0; k < i; k++)
			if (!strcmp(forms[i].name, forms[k].name)) {
				fprintf(stderr, "two entries: %s\n", forms[i].name);
				CU_FAIL("two entries of one name");
			}
	}
	CU_ASSERT_TRUE(errors >= 20);
	CU_ASSERT_TRUE(messages >= 15);
}

/* --- debug crypto ... error --------------------------------------------------------------------------------------- */

static struct pair *start(struct pair_setup s[2], unsigned kinds)
{
	struct pair *p = pair_new(7);

	for (int i = 0; i < 2; i++)
		ike_set_debug(p->side[i].ike, kinds);
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	return p;
}

static void said(const struct pair *p, int side, const char *const *lines, size_t count)
{
	const struct pair_side *s = &p->side[side];

	CU_ASSERT_EQUAL(s->line_count, count);
	for (size_t i = 0; i < count && i < s->line_count; i++) {
		size_t n = strlen(lines[i]);
		bool wild = lines[i][n - 1] == '*';

		if (wild ? strncmp(s->lines[i], lines[i], n - 1) : strcmp(s->lines[i], lines[i])) {
			fprintf(stderr, "R%d: |%s| and not |%s|\n", side + 2, s->lines[i], lines[i]);
			CU_FAIL("another line");
		}
	}
}

#define SAID(p, side, lines) said(p, side, lines, sizeof(lines) / sizeof((lines)[0]))

static void phase1_errors(void)
{
	static const char *const responder[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(0):Hash algorithm offered does not match policy!",
		"ISAKMP:(0):atts are not acceptable. Next payload is 0",
		"ISAKMP:(0):no offers accepted!",
		"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP:(0): Failed to construct AG informational message.",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2)",
		"ISAKMP (0): FSM action returned error: 2",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2) ",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.2",
	};
	static const char *const initiator[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(0):Notify has no hash. Rejected.",
		"ISAKMP (0): Unknown Input IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY:  state = IKE_I_MM1",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at 10.1.1.3",
	};
	struct pair_setup s[2];
	struct pair *p;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	p = start(s, IKE_DEBUG_ISAKMP_ERROR);
	SAID(p, 1, responder);
	SAID(p, 0, initiator);
	pair_free(p);
}

static void phase2_errors(void)
{
	static const char *const isakmp[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 32",
		"ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP:(1001):deleting node *",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2",
	};
	static const char *const ipsec[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"map_db_find_best did not find matching map",
		"IPSEC(ipsec_process_proposal): proxy identities not supported",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2",
	};
	struct pair_setup s[2];
	struct pair *p;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
	p = start(s, IKE_DEBUG_ISAKMP_ERROR);
	SAID(p, 1, isakmp);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "error TRUE reason \"QM rejected\""), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "error TRUE reason \"Delete Larval\""), 1);
	CU_ASSERT_EQUAL(p->side[0].line_count, 2);
	pair_free(p);
	p = start(s, IKE_DEBUG_IPSEC_ERROR);
	SAID(p, 1, ipsec);
	pair_free(p);
}

/* With both switches a line is said once, and `debug crypto isakmp` says no more and no less for it. */
static void said_once(void)
{
	struct pair_setup s[2];
	struct pair *p, *both;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p = start(s, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC);
	both = start(s, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_ISAKMP_ERROR | IKE_DEBUG_IPSEC_ERROR);
	CU_ASSERT_TRUE(p->side[1].line_count > 100);
	for (int side = 0; side < 2; side++) {
		CU_ASSERT_EQUAL(both->side[side].line_count, p->side[side].line_count);
		for (size_t i = 0; i < p->side[side].line_count && i < both->side[side].line_count; i++)
			CU_ASSERT_STRING_EQUAL(both->side[side].lines[i], p->side[side].lines[i]);
	}
	pair_free(both);
	pair_free(p);
}

/* --- debug crypto engine ------------------------------------------------------------------------------------------ */

/* What the crypto engine did for a tunnel, in its order. */
static void engine_lines(void)
{
	static const char *const initiator[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"crypto_engine: Create DH",
		"crypto_engine: Create IKE SA",
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Encrypt IKE packet",
		"crypto_engine: Decrypt IKE packet",
		"crypto_engine: Generate IKE hash",
		"crypto engine: deleting DH phase 1 SW:1",
		"crypto_engine: Delete DH",
		"crypto_engine: Create DH",
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Encrypt IKE packet",
		"crypto_engine: Decrypt IKE packet",
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Encrypt IKE packet",
		"crypto_engine: Generate IKE QM keys",
		"crypto_engine: Create IPSec SA (by keys)",
		"crypto_engine: Generate IKE QM keys",
		"crypto_engine: Create IPSec SA (by keys)",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up",
		"crypto engine: deleting DH phase 2 SW:2",
		"crypto_engine: Delete DH",
	};
	static const char *const end[] = {
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Encrypt IKE packet",
		"crypto engine: deleting IPSec SA SW:2",
		"crypto_engine: Delete IPSec SA",
		"crypto engine: deleting IPSec SA SW:1",
		"crypto_engine: Delete IPSec SA",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
		"crypto_engine: Generate IKE hash",
		"crypto_engine: Encrypt IKE packet",
		"crypto engine: deleting IKE SA SW:1001",
		"crypto_engine: Delete IKE SA",
	};
	static const char *const with_isakmp[] = {
		"ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) QM_IDLE      ",
		"ISAKMP: set new node *",
		"crypto_engine: Decrypt IKE packet",
		"crypto_engine: Generate IKE hash",
		"ISAKMP:(1001): processing HASH payload. message ID = *",
		"ISAKMP:(1001): processing SA payload. message ID = *",
	};
	struct pair_setup s[2];
	struct pair *p;

	for (int i = 0; i < 2; i++) {
		pair_setup(&s[i], i, 4);
		s[i].idents[0].pfs_group = 2;
	}
	p = start(s, IKE_DEBUG_ENGINE);
	SAID(p, 0, initiator);
	pair_forget(p, 0);
	ike_clear_session(p->side[0].ike, NULL);
	SAID(p, 0, end);
	pair_free(p);
	p = start(s, IKE_DEBUG_ENGINE | IKE_DEBUG_ISAKMP);
	PAIR_SAID_IN_ORDER(p, 1, with_isakmp);
	pair_free(p);
}

/* --- debug crypto condition --------------------------------------------------------------------------------------- */

static const char stranger[] = "10.1.1.99";

/* R2 has a tunnel to R3 and one to somebody who is not there, but whose first message comes. */
static struct pair *two_peers(const struct ike_conditions *c, unsigned kinds)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);
	struct ike_path path;
	uint8_t first[PAIR_DATAGRAM];
	size_t octets;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	s[0].idents[1] = s[0].idents[0];
	ip_parse(stranger, &s[0].idents[1].remote);
	s[0].ident_count = 2;
	s[0].keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2, .periodic = true };
	s[1].keepalive = s[0].keepalive;
	ike_set_debug(p->side[0].ike, kinds);
	ike_set_conditions(p->side[0].ike, c);
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	octets = p->queue[0].octets;
	memcpy(first, p->queue[0].data, octets);
	first[0] ^= 0x55; /* another cookie */
	path = pair_path(p, 0);
	ip_parse(stranger, &path.remote);
	pair_run(p, 15000);
	pair_inject_from(p, 0, &path, first, octets);
	pair_run(p, 20000);
	ike_clear_sa(p->side[0].ike, NULL);
	pair_run(p, 30000);
	p->cut[1] = true; /* R3 dies */
	pair_run(p, 100000);
	p->cut[1] = false;
	pair_run(p, 60000);
	ike_clear_session(p->side[0].ike, NULL);
	ike_invalid_spi(p->side[0].ike, &p->side[0].addr, &p->side[1].addr, 0x1234, 100);
	CU_ASSERT_TRUE(c->count || pair_said(p, 0, "ISAKMP:(0):Sending NOTIFY INVALID_SPI protocol 3"));
	pair_run(p, 100000);
	return p;
}

static struct ike_condition by_peer(const char *address)
{
	struct ike_condition c = { .kind = IKE_BY_PEER };

	ip_parse(address, &c.address.addr);
	c.address.len = c.address.addr.family == 6 ? 128 : 32;
	return c;
}

static struct ike_conditions only(struct ike_condition x)
{
	struct ike_conditions c = { 0 };

	CU_ASSERT_TRUE(ike_condition_add(&c, &x));
	return c;
}

enum { ALL_KINDS = IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_KMI | IKE_DEBUG_ENGINE };

/* The next line that is no syslog message: those come whatever is debugged. */
static const char *next(const struct pair *p, size_t *at)
{
	const struct pair_side *s = &p->side[0];

	while (*at < s->line_count && s->lines[*at][0] == '%')
		++*at;
	return *at < s->line_count ? s->lines[*at] : "(nothing more)";
}

/* Every line is about one of the two, and said to whoever asks for that one alone. */
static void two_peers_interleaved(void)
{
	const struct ike_conditions none = { 0 }, here = only(by_peer("10.1.1.3")), there = only(by_peer(stranger));
	struct pair *all = two_peers(&none, ALL_KINDS), *a = two_peers(&here, ALL_KINDS),
		    *b = two_peers(&there, ALL_KINDS);
	size_t at = 0, at_a = 0, at_b = 0, of_a = 0, of_b = 0, turns = 0;
	bool was_a = false;

	for (; at < all->side[0].line_count; at++) {
		const char *line = next(all, &at);

		if (at == all->side[0].line_count)
			break;
		if (!strcmp(line, next(a, &at_a))) {
			turns += !was_a;
			was_a = true;
			at_a++;
			of_a++;
		} else if (!strcmp(line, next(b, &at_b))) {
			turns += was_a;
			was_a = false;
			at_b++;
			of_b++;
		} else {
			fprintf(stderr, "about neither: |%s|, but |%s| and |%s|\n", line, next(a, &at_a),
				next(b, &at_b));
			CU_FAIL("a line about neither");
			break;
		}
	}
	CU_ASSERT_STRING_EQUAL(next(a, &at_a), "(nothing more)");
	CU_ASSERT_STRING_EQUAL(next(b, &at_b), "(nothing more)");
	CU_ASSERT_TRUE(of_a > 300);
	CU_ASSERT_TRUE(of_b > 100);
	CU_ASSERT_TRUE(turns > 20);
	CU_ASSERT_EQUAL(pair_mentioned(a, 0, stranger), 0);
	pair_free(all);
	pair_free(a);
	pair_free(b);
}

static size_t lines_of(const struct ike_conditions *c, unsigned kinds)
{
	struct pair *p = two_peers(c, kinds);
	size_t n = 0, at;

	for (at = 0; next(p, &at), at < p->side[0].line_count; at++)
		n++;
	pair_free(p);
	return n;
}

/* Which lines each kind of condition lets through, by their number beside those of the peer. */
static void every_kind(void)
{
	const struct ike_conditions none = { 0 }, peer = only(by_peer("10.1.1.3"));
	const size_t all = lines_of(&none, ALL_KINDS), of_peer = lines_of(&peer, ALL_KINDS);
	struct ike_condition x = { .kind = IKE_BY_SUBNET };
	struct ike_conditions c;
	struct pair *p;
	size_t n;

	ip_parse_prefix("10.1.1.0/28", &x.address);
	c = only(x);
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), of_peer);
	ip_parse_prefix("10.1.0.0/16", &x.address);
	c = only(x);
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), all);
	/* of one kind and of several: any of them */
	c = only(by_peer("10.1.1.3"));
	x = by_peer(stranger);
	CU_ASSERT_TRUE(ike_condition_add(&c, &x));
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), all);
	c = only(by_peer("10.1.1.3"));
	x = (struct ike_condition){ .kind = IKE_BY_CONNID, .number = 4711, .engine_id = 1 };
	CU_ASSERT_TRUE(ike_condition_add(&c, &x));
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), of_peer);
	c = only(by_peer("2001:DB8::3"));
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), 0);
	x = by_peer("10.1.1.2");
	x.kind = IKE_BY_LOCAL;
	c = only(x);
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), all);
	x = by_peer("10.1.1.3");
	x.kind = IKE_BY_LOCAL;
	c = only(x);
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), 0);
	for (int vrf = IKE_BY_FVRF; vrf <= IKE_BY_IVRF; vrf++) {
		x = (struct ike_condition){ .kind = (enum ike_condition_kind)vrf, .name = "global" };
		c = only(x);
		CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), all);
		snprintf(x.name, sizeof(x.name), "RED");
		c = only(x);
		CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), 0);
	}
	/* the identity is known once the peer is authenticated: by its address */
	x = (struct ike_condition){ .kind = IKE_BY_HOSTNAME, .name = "10.1.1.3" };
	c = only(x);
	p = two_peers(&c, ALL_KINDS);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode exchange"), 0);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Quick Mode exchange") > 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP:(0)"), 0);
	pair_free(p);
	x = (struct ike_condition){ .kind = IKE_BY_CONNID, .number = 1001, .engine_id = 1 };
	c = only(x);
	p = two_peers(&c, ALL_KINDS);
	n = pair_mentioned(p, 0, "(1001)");
	CU_ASSERT_TRUE(n > 50);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "(1002)"), 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP:(0): "), 0);
	pair_free(p);
	c.list[0].engine_id = 2;
	CU_ASSERT_EQUAL(lines_of(&c, ALL_KINDS), 0);
}

/* Its successor is asked for, and whoever asks for one direction of it sees that. */
static void flow(bool by_spi, bool inbound, bool another)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_condition x = { .kind = by_spi ? IKE_BY_SPI : IKE_BY_FLOWID, .engine_id = by_spi ? 0 : 1 };
	struct ike_conditions c;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	p = start(s, ALL_KINDS);
	x.number = by_spi ? pair_sa(p, 0, inbound)->sa.spi : pair_sa(p, 0, inbound)->sa.conn_id;
	x.number += another ? 7 : 0;
	c = only(x);
	ike_set_conditions(p->side[0].ike, &c);
	pair_forget(p, 0);
	ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, false), 2);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Quick Mode exchange") > 0, !another);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "IPSEC(create_sa): sa created,") > 0, !another);
	pair_free(p);
}

static void flows(void)
{
	for (unsigned n = 0; n < 8; n++)
		flow(n & 1, n & 2, n & 4);
}

/* Phase 1 before there are SAs: nothing says whether it is about this SPI. */
static void unmatched(void)
{
	struct ike_condition x = { .kind = IKE_BY_SPI, .number = 0x12345678 };
	struct ike_conditions c = only(x);
	struct pair *p;

	p = two_peers(&c, ALL_KINDS);
	for (size_t i = 0; i < p->side[0].line_count; i++)
		CU_ASSERT_EQUAL(p->side[0].lines[i][0], '%');
	pair_free(p);
	c.unmatched = IKE_DEBUG_ISAKMP;
	p = two_peers(&c, ALL_KINDS);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode exchange") > 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "IPSEC("), 0);
	/* there is an SA, and it is another one */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "DPD/R_U_THERE_ACK received"), 0);
	pair_free(p);
	c.unmatched = IKE_DEBUG_IPSEC;
	p = two_peers(&c, ALL_KINDS);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP:("), 0);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "IPSEC(sa_request)") > 0);
	pair_free(p);
}

static void many(void)
{
	struct ike_conditions c = { 0 };
	struct ike_condition x = { .kind = IKE_BY_SPI };

	for (x.number = 1; x.number <= IKE_CONDITIONS_MAX; x.number++)
		CU_ASSERT_TRUE(ike_condition_add(&c, &x));
	CU_ASSERT_FALSE(ike_condition_add(&c, &x));
	x.number = 7;
	CU_ASSERT_TRUE(ike_condition_add(&c, &x));
	CU_ASSERT_EQUAL(c.count, IKE_CONDITIONS_MAX);
	ike_condition_remove(&c, &x);
	CU_ASSERT_EQUAL(c.count, IKE_CONDITIONS_MAX - 1);
	CU_ASSERT_EQUAL(c.list[6].number, 8);
	ike_condition_remove(&c, &x);
	CU_ASSERT_EQUAL(c.count, IKE_CONDITIONS_MAX - 1);
}

static const struct unit_test tests[] = {
	{ "no two entries have one name", names_are_unique },
	{ "debug crypto isakmp error, phase 1", phase1_errors },
	{ "debug crypto ... error, phase 2", phase2_errors },
	{ "a line is said once", said_once },
	{ "what the crypto engine does", engine_lines },
	{ "two peers interleaved", two_peers_interleaved },
	{ "every kind of condition", every_kind },
	{ "SPIs and flow ids", flows },
	{ "what cannot be asked", unmatched },
	{ "as many conditions as there may be", many },
};

UNIT_MAIN("debug", tests)
