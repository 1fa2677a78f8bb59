/* Two engines that agree: every algorithm, both families, several policies, proposals, PFS, lifetimes, two idents. */
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
static const struct {
	enum isakmp_encr encr;
	unsigned keybits;
} encrs[] = { { ISAKMP_ENCR_DES, 0 },
	      { ISAKMP_ENCR_3DES, 0 },
	      { ISAKMP_ENCR_AES, 128 },
	      { ISAKMP_ENCR_AES, 192 },
	      { ISAKMP_ENCR_AES, 256 } };

static struct pair *start(struct pair_setup *r2, struct pair_setup *r3)
{
	struct pair *p = pair_new(42);

	pair_start(p, 1, r3);
	pair_start(p, 0, r2);
	pair_run(p, 1000);
	return p;
}

static void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static void sa_is(void *ctx, const struct ike_sa_info *sa)
{
	const struct isakmp_policy *policy = ctx;

	CU_ASSERT_STRING_EQUAL(sa->state, "QM_IDLE");
	CU_ASSERT_TRUE(sa->authenticated);
	CU_ASSERT_FALSE(sa->deleted);
	CU_ASSERT_EQUAL(sa->conn_id, 1001);
	CU_ASSERT_EQUAL(sa->encr, policy->encr);
	CU_ASSERT_EQUAL(sa->keybits, policy->keybits);
	CU_ASSERT_EQUAL(sa->hash, policy->hash);
	CU_ASSERT_EQUAL(sa->group, policy->group);
	CU_ASSERT_EQUAL(sa->auth, ISAKMP_AUTH_PRE_SHARE);
	CU_ASSERT_TRUE(sa->lifetime_left_s > 0 && sa->lifetime_left_s <= policy->lifetime_s);
	CU_ASSERT_TRUE(sa->phase1_id[0] != '\0');
}

/* Every encryption with every group, every hash with both: 50 pairs of engines. */
static void every_policy(void)
{
	for (unsigned g = 0; g < 10; g++) {
		for (unsigned c = 0; c < 5; c++) {
			struct pair_setup s[2];
			struct pair *p;

			setup(s, c % 2 ? 4 : 6);
			for (int i = 0; i < 2; i++) {
				s[i].policies[0].encr = encrs[c].encr;
				s[i].policies[0].keybits = encrs[c].keybits;
				s[i].policies[0].hash = (enum isakmp_hash)((g + c) % 5);
				s[i].policies[0].group = groups[g];
			}
			p = start(&s[0], &s[1]);
			CU_ASSERT_TRUE(pair_joined(p));
			for (int i = 0; i < 2; i++)
				ike_each_sa(p->side[i].ike, sa_is, &s[0].policies[0]);
			pair_free(p);
		}
	}
}

static void every_transform(void)
{
	static const struct ike_proposal sets[] = {
		{ .cipher = ESP_CIPHER_DES, .auth = ESP_AUTH_MD5 },
		{ .cipher = ESP_CIPHER_3DES, .auth = ESP_AUTH_SHA },
		{ .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA256 },
		{ .cipher = ESP_CIPHER_AES, .keybits = 192, .auth = ESP_AUTH_SHA384 },
		{ .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA512 },
		{ .cipher = ESP_CIPHER_GCM, .keybits = 128 },
		{ .cipher = ESP_CIPHER_GCM, .keybits = 192 },
		{ .cipher = ESP_CIPHER_GCM, .keybits = 256 },
		{ .cipher = ESP_CIPHER_NULL, .auth = ESP_AUTH_SHA },
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct pair_setup s[2];
		struct pair *p;
		char size[64];

		setup(s, i % 2 ? 4 : 6);
		s[0].idents[0].proposals[0] = s[1].idents[0].proposals[0] = sets[i];
		p = start(&s[0], &s[1]);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_sa(p, 1, false)->sa.cipher, sets[i].cipher);
		snprintf(size, sizeof(size), "    spi= 0x0(0), conn_id= 0, keysize= %u, flags= 0x0", sets[i].keybits);
		for (int k = 0; k < 2; k++) /* the initiator's request says it too */
			CU_ASSERT_EQUAL(pair_said(p, k, size), k ? 1 : 2);
		pair_free(p);
	}
}

static void child_has_group(void *ctx, const struct ike_ident_info *i)
{
	CU_ASSERT_EQUAL(i->pfs_group, *(unsigned *)ctx);
	CU_ASSERT_TRUE(i->up);
	CU_ASSERT_EQUAL(i->child_count, 2);
	CU_ASSERT_FALSE(i->negotiating);
	CU_ASSERT_TRUE(i->children[0].inbound && !i->children[1].inbound && i->children[1].current);
	CU_ASSERT_TRUE(i->children[0].left_s <= i->config.lifetime_s && i->children[0].left_s > 3400 - 60);
	CU_ASSERT_TRUE(i->children[0].left_kb <= 4608000 && i->children[0].left_kb > 4100000);
}

static void pfs(void)
{
	for (unsigned g = 0; g < 10; g++) {
		struct pair_setup s[2];
		struct pair *p;

		setup(s, 6);
		s[0].idents[0].pfs_group = groups[g];
		s[1].idents[0].pfs_group = g % 2 ? groups[g] : 0; /* not configured: any supported group is good */
		p = start(&s[0], &s[1]);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, "ISAKMP:      group is "), 1);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, " processing KE payload. message ID = "), 2);
		for (int i = 0; i < 2; i++)
			ike_each_ident(p->side[i].ike, child_has_group, (void *)(uintptr_t)&groups[g]);
		pair_free(p);
	}
}

/* The responder's first policy that fits counts, though the initiator prefers another. */
static void policies_by_priority(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	for (int i = 0; i < 2; i++) {
		s[i].policy_count = 2;
		s[i].policies[1] = s[i].policies[0];
		s[i].policies[1].priority = 20;
		s[i].policies[i].encr = ISAKMP_ENCR_AES;
		s[i].policies[i].keybits = 256;
		s[i].policies[1 - i].encr = ISAKMP_ENCR_3DES;
		s[i].policies[0].lifetime_s = i ? 3600 : 7200;
	}
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Encryption algorithm offered does not match policy!"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):atts are not acceptable. Next payload is 3"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Checking ISAKMP transform 2 against priority 10 policy"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):atts are acceptable. Next payload is 0"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(0):Acceptable atts:actual life: 0"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Acceptable atts:actual life: 3600"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Returning Actual lifetime: 3600"), 1);
	/* 86400 was offered: the responder tells the initiator of its shorter lifetime */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "processing NOTIFY RESPONDER_LIFETIME protocol 1"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001):SA authentication status:"), 2);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): restart ike sa timer to 3600 secs"), 1);
	pair_free(p);
}

static void basic_lifetime(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].policies[0].lifetime_s = 3600;
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      life duration (basic) of 3600"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Basic life_in_seconds:3600"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Returning Actual lifetime: 3600"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "RESPONDER_LIFETIME"), 0);
	pair_free(p);
}

/* The second set is the one both have; the shorter lifetimes count on both sides. */
static void proposals(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 6);
	s[0].idents[0].proposals[1] = (struct ike_proposal){ .cipher = ESP_CIPHER_3DES, .auth = ESP_AUTH_MD5 };
	s[0].idents[0].proposal_count = 2;
	s[1].idents[0].proposals[0] = s[0].idents[0].proposals[1];
	s[1].idents[0].lifetime_s = 600;
	s[1].idents[0].lifetime_kb = 5000;
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_sa(p, 0, true)->sa.cipher, ESP_CIPHER_3DES);
	CU_ASSERT_EQUAL(pair_said(p, 1, "    {esp-aes esp-sha-hmac }"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): IPSec policy invalidated proposal with error 256"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Checking IPSec proposal 2"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP: transform 1, ESP_3DES"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "sa_lifetime(k/sec)= (5000/"), 2);
	pair_free(p);
}

static void identities(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].identity = ISAKMP_ID_HOSTNAME;
	s[0].hostname = "R2.example.com";
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 1, "\tFQDN name    : R2.example.com "), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "\ttype         : 2 "), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "\taddress      : 10.1.1.3 "), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "\tlength       : 12"), 1);
	CU_ASSERT_EQUAL(
		pair_said(p, 0, "ISAKMP:(1001):SA is doing pre-shared key authentication using id type ID_FQDN"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(0):Sending an IKE IPv4 Packet."), 2);
	pair_free(p);
}

/* The second ident uses the phase 1 SA of the first. */
static void two_idents(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	for (int i = 0; i < 2; i++) {
		s[i].idents[1] = s[i].idents[0];
		s[i].ident_count = 2;
		ip_parse_prefix(i ? "10.3.0.0/16" : "10.2.0.0/16", &s[i].idents[1].local_proxy);
		ip_parse_prefix(i ? "10.2.0.0/16" : "10.3.0.0/16", &s[i].idents[1].remote_proxy);
	}
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 2);
	CU_ASSERT_EQUAL(p->side[0].ups, 2);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode exchange"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0,
				  "ISAKMP:(0):SA is still budding. Attached new ipsec request to it. (local 10.1.1.2, "
				  "remote 10.1.1.3)"),
			1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "    local_proxy= 10.2.0.0/255.255.0.0/256/0,"), 4);
	pair_free(p);
}

#define QM2 7
#define QM3 8

/* When QM2 and QM3 leave, what the peer may send through is there. */
static bool looks_at_sas(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	unsigned *seen = p->filter_ctx;
	unsigned held = 0;

	(void)data, (void)octets;
	for (size_t i = 0; i < PAIR_SAS; i++)
		held += p->side[from].sas[i].there && p->side[from].sas[i].sa.held_by;
	if (number != QM2 && number != QM3)
		return true;
	++*seen;
	CU_ASSERT_EQUAL(pair_installed(p, from, true), 1);
	CU_ASSERT_EQUAL(pair_installed(p, from, false), 0);
	CU_ASSERT_EQUAL(held, number == QM2);
	return true;
}

static void inbound_first(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(42);
	unsigned seen = 0;

	setup(s, 6);
	p->filter = looks_at_sas;
	p->filter_ctx = &seen;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(seen, 2);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 1, false), 1);
	pair_free(p);
}

/* Both ask at the same time: whatever wins, both end with SAs that fit. */
static void both_initiate(void)
{
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(seed);

		setup(s, 6);
		s[1].idents[0].responder_only = false;
		p->latency_ms = 1 + seed;
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, 100000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_TRUE(p->side[0].up[1] && p->side[1].up[1]);
		CU_ASSERT_EQUAL(p->side[0].downs, 0);
		pair_free(p);
	}
}

static bool lose_one(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)data, (void)octets;
	return number != *(unsigned *)p->filter_ctx;
}

static void current(void *ctx, const struct ike_ident_info *i)
{
	for (unsigned c = 0; c < i->child_count; c++)
		if (!i->children[c].inbound && i->children[c].current)
			*(uint32_t *)ctx = i->children[c].spi;
}

/* Does what this side sends arrive at an SA? */
static bool heard(struct pair *p, int side)
{
	uint32_t spi = 0;

	ike_each_ident(p->side[side].ike, current, &spi);
	for (size_t i = 0; i < PAIR_SAS; i++) {
		const struct pair_sa *x = &p->side[1 - side].sas[i];

		if (spi && x->there && x->sa.inbound && x->sa.spi == spi)
			return true;
	}
	return false;
}

/* ... and for hours, rekeying included, when one datagram was lost at the beginning. */
static void both_initiate_for_hours(void)
{
	for (unsigned lost = 0; lost < 20; lost++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(lost);

		setup(s, 6);
		s[1].idents[0].responder_only = false;
		p->filter = lose_one;
		p->filter_ctx = &lost;
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, 15000);
		for (unsigned t = 0; t < 11000; t += 5) {
			pair_run(p, 5000);
			if (!heard(p, 0) || !heard(p, 1))
				break;
		}
		CU_ASSERT_TRUE(heard(p, 0) && heard(p, 1));
		CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
		pair_free(p);
	}
}

/* An ident that arrives while phase 1 stands there idle. */
static void idle_phase1(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_ident more;

	setup(s, 4);
	p = start(&s[0], &s[1]);
	for (int i = 1; i >= 0; i--) {
		more = s[i].idents[0];
		ip_parse_prefix(i ? "10.3.0.0/16" : "10.2.0.0/16", &more.local_proxy);
		ip_parse_prefix(i ? "10.2.0.0/16" : "10.3.0.0/16", &more.remote_proxy);
		CU_ASSERT_TRUE(ike_ident_add(p->side[i].ike, &more) == 2);
	}
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 2);
	CU_ASSERT_EQUAL(pair_said(p, 0,
				  "ISAKMP:(1001): SA has outstanding requests  (local 10.1.1.2 port 500, remote "
				  "10.1.1.3 port 500)"),
			1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): sitting IDLE. Starting QM immediately (QM_IDLE      )"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON"), 1);
	pair_free(p);
}

static void default_policies(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 6);
	s[0].policy_count = s[1].policy_count = 0;
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(0):Checking ISAKMP transform 1 against priority 65508 policy"), 1);
	pair_free(p);
}

/* The longest match among the keys; the other would not fit. */
static void longest_key(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 6);
	s[0].key_count = 2;
	s[0].keys[1] = s[0].keys[0];
	ip_parse_prefix("2001:DB8::/32", &s[0].keys[1].peer);
	snprintf(s[0].keys[0].key, sizeof(s[0].keys[0].key), "other");
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* Every row of every table is walked by a negotiation in each mode, a delete and a notification. */
static bool traced(const struct pair *p, int side, const struct ike_row *r)
{
	const struct pair_side *s = &p->side[side];
	char input[80], state[120];

	snprintf(input, sizeof(input), "Input = %s, %s", ike_input_from(r->input), ike_input_name(r->input));
	snprintf(state, sizeof(state), "Old State = %s  New State = %s", ike_state_name(r->from),
		 ike_state_name(r->to));
	for (size_t i = 0; i + 1 < s->line_count; i++)
		if (strstr(s->lines[i], input) && strstr(s->lines[i + 1], state))
			return true;
	return false;
}

static void every_row(void)
{
	struct pair_setup s[2];
	struct pair *p, *a;

	setup(s, 6);
	s[1].policies[0].lifetime_s = 3600; /* makes the responder notify */
	p = start(&s[0], &s[1]);
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_run(p, 1000);
	s[1].aggressive = ISAKMP_AGGRESSIVE_ON;
	s[0].peers[0] = (struct isakmp_peer){ .address = s[0].idents[0].remote,
					      .password = "cisco",
					      .endpoint = ISAKMP_ENDPOINT_ADDRESS,
					      .endpoint_address = s[0].idents[0].local };
	s[0].peer_count = 1;
	a = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(a));
	for (unsigned t = 0; t < IKE_TABLES; t++) {
		for (size_t i = 0; i < ike_table(t)->count; i++) {
			const struct ike_row *r = &ike_table(t)->rows[i];

			CU_ASSERT_EQUAL(traced(p, 0, r) || traced(p, 1, r) || traced(a, 0, r) || traced(a, 1, r),
					!r->untraced);
		}
	}
	pair_free(a);
	pair_free(p);
}

/* Of phase 1, as it was told: both sides tell the same. */
struct told_key {
	int side;
	uint8_t icookie[8], key[32];
	size_t octets;
};
static struct told_key told[8];
static unsigned told_count;

static void take_key(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets)
{
	const struct pair_side *side = ctx;
	struct told_key *t = &told[told_count++];

	CU_ASSERT_TRUE_FATAL(told_count <= 8 && octets <= sizeof(t->key));
	*t = (struct told_key){ .side = side->index, .octets = octets };
	memcpy(t->icookie, icookie, 8);
	memcpy(t->key, key, octets);
}

static void keys_leave_when_asked(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 6);
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = 256;
	}
	told_count = 0;
	p = start(&s[0], &s[1]);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(told_count, 0);
	/* what is there */
	ike_export_keys(p->side[0].ike, take_key);
	ike_export_keys(p->side[1].ike, take_key);
	CU_ASSERT_EQUAL_FATAL(told_count, 2);
	CU_ASSERT_TRUE(told[0].side == 0 && told[1].side == 1);
	CU_ASSERT_TRUE(told[0].octets == 32 && told[1].octets == 32);
	CU_ASSERT_EQUAL(memcmp(told[0].icookie, told[1].icookie, 8), 0);
	CU_ASSERT_EQUAL(memcmp(told[0].key, told[1].key, 32), 0);
	/* what comes */
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_TRUE_FATAL(told_count >= 4);
	CU_ASSERT_NOT_EQUAL(memcmp(told[2].icookie, told[0].icookie, 8), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(told[2].key, told[0].key, 32), 0);
	CU_ASSERT_EQUAL(memcmp(told[2].key, told[3].key, 32), 0);
	/* and no more */
	told_count = 0;
	ike_export_keys(p->side[0].ike, NULL);
	ike_export_keys(p->side[1].ike, NULL);
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(told_count, 0);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "keys of phase 1 leave when they are asked for", keys_leave_when_asked },
	{ "every row is walked", every_row },
	{ "every encryption, hash and group", every_policy },
	{ "every transform", every_transform },
	{ "PFS with every group", pfs },
	{ "policies by priority, the shorter lifetime", policies_by_priority },
	{ "a lifetime of 16 bits", basic_lifetime },
	{ "proposals and their lifetimes", proposals },
	{ "identities", identities },
	{ "two idents on one phase 1 SA", two_idents },
	{ "both initiate, one datagram is lost", both_initiate_for_hours },
	{ "an ident on an idle phase 1 SA", idle_phase1 },
	{ "the inbound SA comes before the message", inbound_first },
	{ "both initiate", both_initiate },
	{ "default policies", default_policies },
	{ "the longest match among keys", longest_key },
};

UNIT_MAIN("negotiate", tests)
