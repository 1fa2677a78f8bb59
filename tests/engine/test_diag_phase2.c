/* The same of profiles and phase 2, of how SAs end, and of what is over. */
#include "ike/nearest.h"
#include "ike/sa.h"
#include "tests/engine/diag_check.h"

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

/* AH, alone or beside ESP under one number; ESP alone is nearer, whatever differs. */
static void another_protocol(void)
{
	static const struct ike_sa sa;
	struct pair_setup s[2];
	struct ike_failure f = { .fault = FAULT_NONE };
	struct payload_sa offer = { .proposal_count = 1, .transform_count = 1 };
	char text[IKE_VALUE_SIZE];

	setup(s, 4);
	offer.proposals[0] = (struct payload_proposal){ .number = 1, .protocol = PROTO_IPSEC_AH, .count = 1 };
	CU_ASSERT_TRUE(ike_nearest_set(&sa, &offer, &s[1].idents[0], &f));
	CU_ASSERT_EQUAL(f.fault, FAULT_transform_protocol);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f.differs[0].on, f.differs[0].theirs, 0, text), "AH");
	CU_ASSERT_EQUAL(f.set, -1);
	offer.proposal_count = offer.transform_count = 2;
	offer.proposals[1] =
		(struct payload_proposal){ .number = 1, .protocol = PROTO_IPSEC_ESP, .first = 1, .count = 1 };
	CU_ASSERT_TRUE(ike_nearest_set(&sa, &offer, &s[1].idents[0], &f));
	CU_ASSERT_EQUAL(f.fault, FAULT_transform_protocol);
	offer.proposals[1].number = 2;
	CU_ASSERT_TRUE(ike_nearest_set(&sa, &offer, &s[1].idents[0], &f));
	CU_ASSERT_EQUAL(f.fault, FAULT_transform_encryption);
	CU_ASSERT_EQUAL(f.proposal, 2);
	CU_ASSERT_EQUAL(f.set, 0);
	CU_ASSERT_STRING_EQUAL(ike_value_text(f.differs[0].on, f.differs[0].theirs, 0, text), "none");
	CU_ASSERT_STRING_EQUAL(ike_value_text(IKE_ON_CIPHER, 77, 0, text), "unknown (77)");
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
	/* one that is back at once hears of SAs that it does not have */
	p = start(s, 1000);
	pair_crash(p, 1);
	pair_start(p, 1, &s[1]);
	pair_run(p, 11000);
	d = of(p, 1);
	CU_ASSERT_TRUE(d.unknown_sa.count > 0);
	ike_invalid_spi(p->side[1].ike, &p->side[1].addr, &p->side[0].addr, 0x1234, 100);
	d = of(p, 1);
	CU_ASSERT_EQUAL(d.unknown_spi.count, 1);
	CU_ASSERT_EQUAL(d.unknown_spi.spi, 0x1234);
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

static const struct unit_test tests[] = {
	{ "another profile", another_profile },
	{ "another identity", another_identity },
	{ "transforms, mode, PFS", transforms },
	{ "another protocol", another_protocol },
	{ "proxies", proxies },
	{ "no tunnel", no_tunnel },
	{ "lifetimes", lifetimes },
	{ "how SAs ended", ends },
	{ "what is over", what_is_over },
};

UNIT_MAIN("diag phase 2", tests)
