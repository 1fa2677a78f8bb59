/* Two engines that do not agree: what each of them knows about why, and what it cannot know. */
#include "ike/diag.h"
#include "ike/isakmp.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static struct pair *start(struct pair_setup s[2], uint64_t ms)
{
	struct pair *p = pair_new(11);

	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, ms);
	return p;
}

static struct ike_diag of(const struct pair *p, int side)
{
	struct ike_diag d = { 0 };

	CU_ASSERT_TRUE(ike_diag(p->side[side].ike, p->side[side].idents[0], &d));
	return d;
}

static const struct ike_failure *stops(const struct ike_diag *d)
{
	static const struct ike_failure none;
	const struct ike_failure *f = ike_diag_stops(d);

	return f ? f : &none;
}

/* The failure of this side, by name, so that a test that fails says which it was. */
static void is(const struct pair *p, int side, const char *fault)
{
	const struct ike_diag d = of(p, side);

	if (strcmp(fault_name(stops(&d)->fault), fault) != 0)
		fprintf(stderr, "side %d: %s, not %s\n", side, fault_name(stops(&d)->fault), fault);
	CU_ASSERT_STRING_EQUAL(fault_name(stops(&d)->fault), fault);
}

/* The k-th of what differs: both values, as a configuration has them. */
static void differs(const struct pair *p, int side, unsigned k, const char *ours, const char *theirs)
{
	const struct ike_diag d = of(p, side);
	const struct ike_failure *f = stops(&d);
	char text[IKE_VALUE_SIZE];

	CU_ASSERT_TRUE_FATAL(k < f->differ_count);
	CU_ASSERT_TRUE(f->differs[k].theirs_known);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f->differs[k].on, f->differs[k].ours, f->differs[k].ours_bits, text),
			       ours);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f->differs[k].on, f->differs[k].theirs, f->differs[k].theirs_bits, text),
			       theirs);
}

/* --- phase 1 ----------------------------------------------------------------------------------------------------- */

/* The responder sees both values, the initiator a notification without a reason that nothing vouches for. */
static void policies_differ(struct pair_setup s[2], const char *fault, const char *ours, const char *theirs)
{
	struct pair *p = start(s, 1000);
	struct ike_diag d;

	is(p, 1, fault);
	differs(p, 1, 0, ours, theirs);
	d = of(p, 1);
	CU_ASSERT_EQUAL(stops(&d)->priority, 10);
	CU_ASSERT_EQUAL(stops(&d)->transform, 1);
	CU_ASSERT_EQUAL(stops(&d)->at.received, IKE_MM1);
	CU_ASSERT_FALSE(stops(&d)->at.initiator);
	CU_ASSERT_FALSE(stops(&d)->proven);
	is(p, 0, "policy_refused");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_MM1);
	CU_ASSERT_EQUAL(stops(&d)->at.notify, NOTIFY_NO_PROPOSAL_CHOSEN);
	CU_ASSERT_FALSE(stops(&d)->at.notify_proven);
	CU_ASSERT_EQUAL(stops(&d)->differ_count, 0);
	/* repeated and given up, it is the same failure, and the next negotiation is the second time */
	pair_run(p, 70000);
	is(p, 0, "policy_refused");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->times, 2);
	CU_ASSERT_EQUAL(stops(&d)->at.sendings, 2);
	pair_free(p);
}

static void encryption(void)
{
	struct pair_setup s[2];

	setup(s, 6);
	s[1].policies[0].encr = ISAKMP_ENCR_3DES;
	policies_differ(s, "policy_encryption", "3des", "des");
}

static void key_length(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = i ? 256 : 128;
	}
	policies_differ(s, "policy_keylength", "aes 256", "aes 128");
}

static void hash(void)
{
	struct pair_setup s[2];

	setup(s, 6);
	s[1].policies[0].hash = ISAKMP_HASH_SHA256;
	policies_differ(s, "policy_hash", "sha256", "sha");
}

static void group(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].group = 14;
	policies_differ(s, "policy_group", "14", "1");
}

static void authentication(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	policies_differ(s, "policy_auth", "rsa-sig", "pre-share");
}

/* Several attributes: the failure is named after the first, and all are told. */
static void nearest(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[1].policies[1] = s[1].policies[0];
	s[1].policies[0].encr = ISAKMP_ENCR_3DES; /* differs in four: the second one comes nearer */
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	s[1].policies[0].group = 5;
	s[1].policies[1].priority = 20;
	s[1].policies[1].hash = ISAKMP_HASH_SHA512;
	s[1].policies[1].group = 2;
	s[1].policies[2] = s[1].policies[1]; /* as near as the one before */
	s[1].policies[2].priority = 30;
	s[1].policy_count = 3;
	p = start(s, 1000);
	is(p, 1, "policy_hash");
	differs(p, 1, 0, "sha512", "sha");
	differs(p, 1, 1, "2", "1");
	d = of(p, 1);
	CU_ASSERT_EQUAL(stops(&d)->differ_count, 2);
	CU_ASSERT_EQUAL(stops(&d)->priority, 20);
	pair_free(p);
}

static void responder_without_key(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[1].key_count = 0;
	p = start(s, 1000);
	is(p, 1, "key_none");
	is(p, 0, "policy_refused");
	pair_free(p);
}

static void initiator_without_key(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[0].key_count = 0;
	p = start(s, 1000);
	is(p, 0, "key_none");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_MESSAGE_NONE);
	CU_ASSERT_TRUE(stops(&d)->proven);
	pair_free(p);
	setup(s, 4);
	s[0].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	p = start(s, 1000);
	is(p, 0, "policy_auth");
	d = of(p, 0);
	CU_ASSERT_FALSE(stops(&d)->differs[0].theirs_known);
	pair_free(p);
}

/* The responder cannot read MM5, the initiator hears nothing. */
static void wrong_key(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	snprintf(s[1].keys[0].key, sizeof(s[1].keys[0].key), "kisco");
	p = start(s, 11000);
	is(p, 1, "key_wrong");
	d = of(p, 1);
	CU_ASSERT_EQUAL(stops(&d)->at.received, IKE_MM5);
	CU_ASSERT_STRING_EQUAL(stops(&d)->keyring, "default");
	CU_ASSERT_FALSE(stops(&d)->proven);
	is(p, 0, "no_reply_later");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_MM5);
	CU_ASSERT_EQUAL(stops(&d)->at.received, IKE_MM4);
	CU_ASSERT_TRUE(d.negotiating);
	CU_ASSERT_EQUAL(d.now.sendings, 2);
	/* when it is given up, the failure stays */
	pair_run(p, 49500);
	is(p, 0, "no_reply_later");
	pair_free(p);
}

static void nobody_answers(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);
	struct ike_diag d;

	setup(s, 6);
	p->filter = pair_lose_all;
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	d = of(p, 0);
	CU_ASSERT_TRUE(d.negotiating && !ike_diag_stops(&d)); /* too early to tell */
	pair_run(p, 30000);
	is(p, 0, "no_reply");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sendings, 4);
	CU_ASSERT_EQUAL(stops(&d)->times, 1);
	pair_free(p);
}

static bool only_first(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)number, (void)data, (void)octets;
	return from == 0;
}

static void answers_are_lost(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);
	struct ike_diag d;

	setup(s, 6);
	p->filter = only_first;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 11000);
	is(p, 1, "none"); /* repeated once: that may be a copy */
	pair_run(p, 10000);
	is(p, 0, "no_reply");
	is(p, 1, "one_way");
	d = of(p, 1);
	CU_ASSERT_EQUAL(stops(&d)->at.repeats, 2);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_MM2);
	pair_free(p);
}

static bool lose_from(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)data, (void)octets;
	return number < *(unsigned *)p->filter_ctx;
}

/* From this datagram on nothing passes. */
static void silence_from(unsigned number, const char *fault, enum ike_message sent)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);
	struct ike_diag d;

	setup(s, 6);
	p->filter = lose_from;
	p->filter_ctx = &number;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 11000);
	is(p, 0, fault);
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, sent);
	pair_free(p);
}

static void silence_later(void)
{
	silence_from(2, "no_reply_later", IKE_MM3);
	silence_from(4, "no_reply_later", IKE_MM5);
	silence_from(6, "no_reply_qm", IKE_QM1);
}

static bool not_4500(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)number, (void)data, (void)octets;
	return p->sending.local_port != 4500;
}

static void port_4500(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s, 4);
	p->filter = not_4500;
	pair_nat(p, s, 0, "192.0.2.1", 0, true);
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 11000);
	is(p, 0, "port_4500");
	pair_free(p);
}

/* One bit of MM1 that must be zero. */
static bool damage(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)octets;
	if (from == 0 && number == 0)
		data[29] ^= 1;
	return true;
}

static void malformed(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s, 4);
	p->filter = damage;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	is(p, 1, "malformed");
	pair_free(p);
}

static void aggressive(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;
	struct isakmp_peer *peer = &s[0].peers[0];

	setup(s, 4);
	peer->address = s[0].idents[0].remote;
	peer->endpoint = ISAKMP_ENDPOINT_FQDN;
	snprintf(peer->password, sizeof(peer->password), "cisco");
	snprintf(peer->endpoint_text, sizeof(peer->endpoint_text), "r2.example.org");
	s[0].peer_count = 1;
	p = start(s, 11000);
	is(p, 1, "aggressive");
	is(p, 0, "no_reply");
	d = of(p, 0);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_AM1);
	pair_free(p);
	/* enabled, and there is no key for that name */
	s[1].aggressive = ISAKMP_AGGRESSIVE_ON;
	p = start(s, 1000);
	is(p, 1, "key_none");
	d = of(p, 1);
	CU_ASSERT_STRING_EQUAL(stops(&d)->peer_id, "r2.example.org");
	pair_free(p);
	/* and another key: AG2 proves it to the initiator */
	snprintf(s[1].keys[0].hostname, sizeof(s[1].keys[0].hostname), "r2.example.org");
	snprintf(s[1].keys[0].key, sizeof(s[1].keys[0].key), "kisco");
	p = start(s, 1000);
	is(p, 0, "key_wrong");
	pair_free(p);
}

static void admission(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].sa_limit = 1;
	s[0].idents[1] = s[0].idents[0];
	ip_parse("10.1.1.99", &s[0].idents[0].remote);
	s[0].ident_count = 2;
	p = pair_new(11);
	pair_start(p, 0, &s[0]);
	pair_run(p, 100);
	p->side[0].idents[0] = p->side[0].idents[1];
	is(p, 0, "admission");
	pair_free(p);
}

/* --- identities and profiles ------------------------------------------------------------------------------------- */

static const struct isakmp_match any = { .kind = ISAKMP_MATCH_ADDRESS, .prefix = { { .family = 4 }, 0 } };

static struct isakmp_match only(const char *prefix)
{
	struct isakmp_match m = { .kind = ISAKMP_MATCH_ADDRESS };

	CU_ASSERT_TRUE(ip_parse_prefix(prefix, &m.prefix));
	return m;
}

/* The tunnel wants profile P, which the peer matches not, or matches another one first. */
static void another_profile(void)
{
	const struct isakmp_match other = only("10.1.1.22/32");
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[1].profiles[0] = (struct ike_profile){ .name = "P", .matches = &other, .match_count = 1 };
	s[1].profile_count = 1;
	snprintf(s[1].idents[0].profile, sizeof(s[1].idents[0].profile), "P");
	p = start(s, 1000);
	is(p, 1, "identity");
	d = of(p, 1);
	CU_ASSERT_STRING_EQUAL(stops(&d)->peer_id, "10.1.1.2");
	CU_ASSERT_STRING_EQUAL(stops(&d)->wanted, "P");
	CU_ASSERT_TRUE(stops(&d)->proven);
	is(p, 0, "quick_refused");
	pair_free(p);
	s[1].profiles[1] = (struct ike_profile){ .name = "ANY", .matches = &any, .match_count = 1 };
	s[1].profile_count = 2;
	p = start(s, 1000);
	is(p, 1, "profile_differs");
	d = of(p, 1);
	CU_ASSERT_STRING_EQUAL(stops(&d)->profile, "ANY");
	pair_free(p);
}

/* The request is for profile P, and who answers is not of it: the initiator knows, the responder is told of the end. */
static void another_identity(void)
{
	const struct isakmp_match other = only("10.1.1.33/32");
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[0].profiles[0] = (struct ike_profile){ .name = "P", .matches = &other, .match_count = 1 };
	s[0].profile_count = 1;
	snprintf(s[0].idents[0].profile, sizeof(s[0].idents[0].profile), "P");
	p = start(s, 1000);
	is(p, 0, "identity");
	d = of(p, 0);
	CU_ASSERT_STRING_EQUAL(stops(&d)->peer_id, "10.1.1.3");
	CU_ASSERT_STRING_EQUAL(stops(&d)->wanted, "P");
	is(p, 1, "deleted_by_peer");
	pair_free(p);
}

/* --- phase 2 ----------------------------------------------------------------------------------------------------- */

static void proposals_differ(struct pair_setup s[2], const char *fault, const char *ours, const char *theirs)
{
	struct pair *p = start(s, 1000);
	struct ike_diag d;

	is(p, 1, fault);
	differs(p, 1, 0, ours, theirs);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.phase1_up);
	CU_ASSERT_TRUE(stops(&d)->proven);
	CU_ASSERT_EQUAL(stops(&d)->at.received, IKE_QM1);
	CU_ASSERT_EQUAL(stops(&d)->proposal, 1);
	CU_ASSERT_EQUAL(stops(&d)->set, 0);
	is(p, 0, "quick_refused");
	d = of(p, 0);
	CU_ASSERT_TRUE(stops(&d)->at.notify_proven);
	CU_ASSERT_EQUAL(stops(&d)->at.notify, NOTIFY_NO_PROPOSAL_CHOSEN);
	CU_ASSERT_EQUAL(stops(&d)->at.sent, IKE_QM1);
	pair_free(p);
}

static void transforms(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[0].idents[0].proposals[0].cipher = ESP_CIPHER_3DES;
	s[0].idents[0].proposals[0].keybits = 0;
	proposals_differ(s, "transform_encryption", "esp-aes 128", "esp-3des");
	setup(s, 4);
	s[0].idents[0].proposals[0].keybits = 256;
	proposals_differ(s, "transform_keylength", "esp-aes 128", "esp-aes 256");
	setup(s, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_SHA512;
	proposals_differ(s, "transform_auth", "esp-sha-hmac", "esp-sha512-hmac");
	setup(s, 4);
	s[0].idents[0].proposals[0].transport = true;
	proposals_differ(s, "mode", "tunnel", "transport");
	setup(s, 4);
	s[1].idents[0].pfs_group = 14;
	proposals_differ(s, "pfs", "group14", "none");
	s[0].idents[0].pfs_group = 5;
	proposals_differ(s, "pfs", "group14", "group5");
}

static void proxies(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;
	struct ip_prefix theirs;

	setup(s, 4);
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
	theirs = s[0].idents[0].local_proxy;
	p = start(s, 1000);
	is(p, 1, "proxies");
	d = of(p, 1);
	CU_ASSERT_TRUE(stops(&d)->has_proxies);
	CU_ASSERT_TRUE(ip_equal(&stops(&d)->remote_proxy.addr, &theirs.addr));
	CU_ASSERT_EQUAL(stops(&d)->remote_proxy.len, 16);
	pair_free(p);
}

static void count_stranger(void *ctx, const struct ike_stranger *x)
{
	struct ike_stranger *last = ctx;

	*last = *x;
}

static void no_tunnel(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_stranger x = { 0 };

	setup(s, 4);
	ip_parse("10.1.1.99", &s[1].idents[0].remote);
	p = start(s, 1000);
	ike_each_stranger(p->side[1].ike, count_stranger, &x);
	CU_ASSERT_STRING_EQUAL(fault_name(x.failure.fault), "no_tunnel");
	CU_ASSERT_TRUE(ip_equal(&x.remote, &p->side[0].addr));
	CU_ASSERT_TRUE(x.failure.proven);
	is(p, 0, "quick_refused");
	pair_free(p);
}

static void lifetimes(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[1].idents[0].lifetime_s = 120;
	s[1].policies[0].lifetime_s = 600;
	p = start(s, 1000);
	for (int side = 0; side < 2; side++) {
		d = of(p, side);
		CU_ASSERT_TRUE(d.up && !ike_diag_stops(&d));
		CU_ASSERT_EQUAL(d.initiated, !side);
		/* side 1 is responder-only */
		CU_ASSERT_TRUE(side ? d.rekey_ms == UINT64_MAX
				    : d.rekey_ms > d.now_ms && d.rekey_ms < d.now_ms + 120000);
		CU_ASSERT_EQUAL_FATAL(d.life_count, 2);
		CU_ASSERT_EQUAL(d.lives[0].on, IKE_ON_LIFETIME);
		CU_ASSERT_EQUAL(d.lives[0].ours, side ? 600 : 86400);
		CU_ASSERT_EQUAL(d.lives[0].theirs, side ? 86400 : 600);
		CU_ASSERT_EQUAL(d.lives[1].on, IKE_ON_LIFE_S);
		CU_ASSERT_EQUAL(d.lives[1].ours, side ? 120 : 3600);
		CU_ASSERT_EQUAL(d.lives[1].theirs, side ? 3600 : 120);
	}
	pair_free(p);
}

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void ends(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	p = start(s, 20000);
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 200);
	d = of(p, 0);
	CU_ASSERT_EQUAL(d.ending, IKE_ENDING_CLEARED);
	d = of(p, 1);
	CU_ASSERT_EQUAL(d.ending, IKE_ENDING_DELETED);
	CU_ASSERT_PTR_NULL(ike_diag_stops(&d));
	pair_free(p);
	s[0].keepalive = s[1].keepalive = (struct isakmp_keepalive){ 10, 2, true };
	p = start(s, 1000);
	CU_ASSERT_TRUE(of(p, 0).up);
	pair_crash(p, 1);
	pair_run(p, 60000);
	d = of(p, 0);
	CU_ASSERT_EQUAL(d.ending, IKE_ENDING_DEAD);
	is(p, 0, "no_reply");
	pair_free(p);
}

/* What was mended is remembered as what is over. */
static void what_is_over(void)
{
	struct pair_setup s[2];
	struct pair *p;
	struct ike_diag d;

	setup(s, 4);
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	p = start(s, 1000);
	is(p, 1, "policy_hash");
	pair_setup(&s[1], 1, 4);
	pair_configure(p, 1, &s[1]);
	pair_run(p, 100000);
	for (int side = 0; side < 2; side++) {
		d = of(p, side);
		CU_ASSERT_TRUE(d.up && !ike_diag_stops(&d));
		CU_ASSERT_STRING_EQUAL(fault_name(d.over.fault), side ? "policy_hash" : "policy_refused");
		CU_ASSERT_TRUE(d.over_ms > d.over.last_ms);
	}
	pair_free(p);
}

/* --- what anybody can send --------------------------------------------------------------------------------------- */

struct kept {
	uint8_t data[PAIR_DATAGRAM];
	size_t octets;
};

static bool keep_first(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct kept *k = p->filter_ctx;

	(void)from;
	if (!number) {
		memcpy(k->data, data, *octets);
		k->octets = *octets;
	}
	return true;
}

/* An MM1 of side 0 with another hash: its cookie is new each time. */
static void forge(struct kept *k, unsigned n)
{
	static const uint8_t hash[] = { 0x80, OAKLEY_ATTR_HASH, 0x00, OAKLEY_HASH_SHA };

	for (size_t i = 0; i + 4 < k->octets; i++)
		if (!memcmp(k->data + i, hash, sizeof(hash)))
			k->data[i + 3] = OAKLEY_HASH_MD5;
	memcpy(k->data, &n, sizeof(n));
	k->data[7] = 0x55;
}

static struct pair *with_first(struct kept *k)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s, 4);
	p->filter = keep_first;
	p->filter_ctx = k;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	return p;
}

/* A tunnel that is up is told of as before, whatever comes in its peer's name. */
static void forged_first_messages(void)
{
	struct kept k;
	struct pair *p = with_first(&k);
	struct ike_diag d;

	for (unsigned n = 0; n < 50; n++) {
		forge(&k, n);
		pair_inject(p, 1, k.data, k.octets);
	}
	pair_run(p, 100);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up);
	CU_ASSERT_PTR_NULL(ike_diag_stops(&d));
	CU_ASSERT_EQUAL(d.phase1[0].fault, FAULT_policy_hash); /* a hint, and marked as one */
	CU_ASSERT_FALSE(d.phase1[0].proven);
	CU_ASSERT_EQUAL(d.over.fault, FAULT_NONE);
	CU_ASSERT_EQUAL(d.ending, IKE_ENDING_NONE);
	/* nor is it what stopped them before, when the next IKE SA is made */
	ike_clear_isakmp(p->side[0].ike, 0);
	pair_run(p, 3600000); /* their successors need one */
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up && d.phase1_up);
	CU_ASSERT_EQUAL(d.over.fault, FAULT_NONE);
	CU_ASSERT_EQUAL(d.phase1[0].fault, FAULT_NONE);
	forge(&k, 50);
	pair_inject(p, 1, k.data, k.octets);
	/* nor when there is no IKE SA any more */
	p->cut[0] = p->cut[1] = true;
	ike_clear_isakmp(p->side[1].ike, 0);
	pair_inject(p, 1, k.data, k.octets);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.up && !d.phase1_up);
	CU_ASSERT_PTR_NULL(ike_diag_stops(&d));
	pair_free(p);
}

/* Nor does one push out what somebody has vouched for. */
static void forged_beside_a_failure(void)
{
	struct pair_setup s[2];
	struct kept k = { 0 };
	struct pair *p = pair_new(11);

	setup(s, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p->filter = keep_first;
	p->filter_ctx = &k;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	is(p, 1, "transform_auth");
	for (unsigned n = 0; n < 50; n++) {
		forge(&k, n);
		pair_inject(p, 1, k.data, k.octets);
	}
	is(p, 1, "transform_auth");
	pair_free(p);
}

static void count(void *ctx, const struct ike_stranger *x)
{
	(void)x;
	++*(unsigned *)ctx;
}

static void flood(void)
{
	struct kept k;
	struct pair *p = with_first(&k);
	struct ike_path path = pair_path(p, 1);
	unsigned strangers = 0;

	for (unsigned n = 0; n < 1000; n++) {
		forge(&k, n);
		path.remote.octets[2] = (uint8_t)(n >> 8);
		path.remote.octets[3] = (uint8_t)n;
		path.remote.octets[1] = 77;
		pair_inject_from(p, 1, &path, k.data, k.octets);
		if (n == 500)
			pair_run(p, 60000); /* what was too many a moment ago may come now */
	}
	ike_each_stranger(p->side[1].ike, count, &strangers);
	CU_ASSERT_TRUE(strangers > 0 && strangers <= 16);
	CU_ASSERT_TRUE(of(p, 1).up);
	/* over hours it fills the list and no more */
	for (unsigned n = 1000; n < 3000; n++) {
		forge(&k, n);
		path.remote.octets[2] = (uint8_t)(n >> 8);
		path.remote.octets[3] = (uint8_t)n;
		pair_inject_from(p, 1, &path, k.data, k.octets);
		pair_run(p, 200);
	}
	strangers = 0;
	ike_each_stranger(p->side[1].ike, count, &strangers);
	CU_ASSERT_EQUAL(strangers, IKE_STRANGERS);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "encryption", encryption },
	{ "key length", key_length },
	{ "hash", hash },
	{ "group", group },
	{ "authentication", authentication },
	{ "the nearest of several policies", nearest },
	{ "the responder has no key", responder_without_key },
	{ "the initiator has no key, or nothing to offer", initiator_without_key },
	{ "another key", wrong_key },
	{ "nobody answers", nobody_answers },
	{ "answers are lost", answers_are_lost },
	{ "silence later", silence_later },
	{ "port 4500 does not pass", port_4500 },
	{ "a malformed first message", malformed },
	{ "Aggressive Mode", aggressive },
	{ "call admission", admission },
	{ "another profile", another_profile },
	{ "another identity", another_identity },
	{ "transforms, mode, PFS", transforms },
	{ "proxies", proxies },
	{ "no tunnel", no_tunnel },
	{ "lifetimes", lifetimes },
	{ "how SAs ended", ends },
	{ "what is over", what_is_over },
	{ "forged first messages", forged_first_messages },
	{ "forged ones beside a failure", forged_beside_a_failure },
	{ "a flood of them", flood },
};

UNIT_MAIN("diag", tests)
