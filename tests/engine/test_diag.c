/* Two engines that do not agree in phase 1: what each of them knows about why, and what it cannot know. */
#include "tests/engine/diag_check.h"

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

/* The responder's choice, as somebody on the way changes it: another hash, then a longer lifetime. */
static bool change_answer(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	static const uint8_t hash[] = { 0x80, OAKLEY_ATTR_HASH, 0x00, OAKLEY_HASH_SHA };
	static const uint8_t life[] = { 0x00, OAKLEY_ATTR_LIFE_DURATION, 0x00, 0x04, 0x00, 0x01 };
	const bool longer = *(bool *)p->filter_ctx;

	(void)number;
	for (size_t i = 0; from == 1 && i + sizeof(life) < *octets; i++) {
		if (!longer && !memcmp(data + i, hash, sizeof(hash)))
			data[i + 3] = OAKLEY_HASH_MD5;
		if (longer && !memcmp(data + i, life, sizeof(life)))
			data[i + 5] = 0x02;
	}
	return true;
}

static void another_answer(void)
{
	for (int longer = 0; longer < 2; longer++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(11);
		bool ctx = longer;

		setup(s, 4);
		p->filter = change_answer;
		p->filter_ctx = &ctx;
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, 1000);
		is(p, 0, longer ? "policy_lifetime" : "policy_changed");
		if (longer)
			differs(p, 0, 0, "86400", "151936");
		else
			differs(p, 0, 0, "sha", "md5");
		pair_free(p);
	}
}

/* The last piece of every message that comes in pieces. */
static bool lose_last_piece(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)octets;
	return data[16] != PAYLOAD_FRAGMENT || data[35] != 1;
}

static void pieces(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(11);

	setup(s, 4);
	s[0].fragmentation = s[1].fragmentation = true;
	s[0].idents[0].path_mtu = s[1].idents[0].path_mtu = 200;
	p->filter = lose_last_piece;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 61000);
	is(p, 1, "fragments");
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
	{ "another answer than was offered", another_answer },
	{ "pieces that do not become whole", pieces },
	{ "Aggressive Mode", aggressive },
	{ "call admission", admission },
};

UNIT_MAIN("diag", tests)
