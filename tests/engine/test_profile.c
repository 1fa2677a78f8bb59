/* Keyrings, isakmp profiles and identities: which key, which profile, and what is refused. */
#include "ike/profile.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct isakmp_key key(const char *prefix, const char *hostname, const char *text)
{
	struct isakmp_key k = { 0 };

	if (prefix && !ip_parse_prefix(prefix, &k.peer))
		abort();
	snprintf(k.hostname, sizeof(k.hostname), "%s", hostname);
	snprintf(k.key, sizeof(k.key), "%s", text);
	return k;
}

static struct isakmp_match match(enum isakmp_match_kind kind, const char *text)
{
	struct isakmp_match m = { .kind = kind };

	if (kind == ISAKMP_MATCH_ADDRESS) {
		if (!ip_parse_prefix(text, &m.prefix))
			abort();
	} else {
		snprintf(m.text, sizeof(m.text), "%s", text);
	}
	return m;
}

static struct ike_keyring keyring(const char *name, const struct isakmp_key *keys, size_t count)
{
	struct ike_keyring r = { .keys = keys, .key_count = count };

	snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

static struct ike_profile profile(const char *name, const char *ring, const struct isakmp_match *m, size_t count)
{
	struct ike_profile p = { .matches = m, .match_count = count };

	snprintf(p.name, sizeof(p.name), "%s", name);
	if (ring)
		snprintf(p.keyrings[p.keyring_count++], sizeof(p.keyrings[0]), "%s", ring);
	return p;
}

/* --- rules, without a peer --------------------------------------------------------------------------------------- */

/* One engine with these settings and an SA that is none of its own. */
struct rules {
	struct pair *pair;
	struct ike *e;
	struct ike_sa sa;
};

static void rules_open(struct rules *r, const struct ike_settings *s)
{
	r->pair = pair_new(1);
	r->e = r->pair->side[0].ike;
	r->sa = (struct ike_sa){ 0 };
	ip_parse("10.1.1.2", &r->sa.path.local);
	if (ike_configure(r->e, s))
		abort();
}

static const char *found(struct rules *r, const char *remote)
{
	struct ike_key k;
	static char text[CONFIG_PSK_SIZE + CONFIG_NAME_SIZE];

	ip_parse(remote, &r->sa.path.remote);
	k = ike_key_for(r->e, &r->sa);
	if (!k.keyring)
		return "none";
	snprintf(text, sizeof(text), "%s %.*s", k.keyring, (int)k.octets.octets, (const char *)k.octets.p);
	return text;
}

static void keys_by_address(void)
{
	const struct isakmp_key global[] = { key("10.0.0.0/8", "", "wide"), key("10.1.1.3/32", "", "host"),
					     key("2001:db8::/32", "", "six"), key(NULL, "10.1.1.9", "name") };
	const struct isakmp_key a[] = { key("10.1.0.0/16", "", "a16"), key("10.1.1.3/32", "", "ahost"),
					key("10.2.0.0/16", "", "a2") };
	const struct isakmp_key b[] = { key("10.1.1.0/24", "", "b24"), key("10.2.0.0/16", "", "b2"),
					key("0.0.0.0/0", "", "any") };
	struct ike_keyring rings[] = { keyring("A", a, 3), keyring("B", b, 3) };
	struct ike_profile profiles[] = { profile("PA", "A", NULL, 0), profile("PG", NULL, NULL, 0),
					  profile("PBA", "B", NULL, 0), profile("PX", "X", NULL, 0) };
	struct ike_settings s = { .keys = global,
				  .key_count = 4,
				  .keyrings = rings,
				  .keyring_count = 2,
				  .profiles = profiles,
				  .profile_count = 4 };
	struct rules r;

	snprintf(profiles[2].keyrings[profiles[2].keyring_count++], CONFIG_NAME_SIZE, "A");
	rules_open(&r, &s);
	/* a responder: the longest match, then the global key, then the first keyring */
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.3"), "default host");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.4"), "B b24");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.2.4"), "A a16");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.2.2.4"), "A a2");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.3.2.4"), "default wide");
	CU_ASSERT_STRING_EQUAL(found(&r, "11.3.2.4"), "B any");
	CU_ASSERT_STRING_EQUAL(found(&r, "2001:db8::7"), "default six");
	CU_ASSERT_STRING_EQUAL(found(&r, "2001:db9::7"), "none");
	/* a request of a profile: its keyrings only, in its order */
	snprintf(r.sa.profile, sizeof(r.sa.profile), "PA");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.3"), "A ahost");
	CU_ASSERT_STRING_EQUAL(found(&r, "11.3.2.4"), "none");
	snprintf(r.sa.profile, sizeof(r.sa.profile), "PG");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.4"), "default wide");
	CU_ASSERT_STRING_EQUAL(found(&r, "11.3.2.4"), "none");
	snprintf(r.sa.profile, sizeof(r.sa.profile), "PBA");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.2.2.4"), "B b2");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.3"), "A ahost");
	/* names of what is not there */
	snprintf(r.sa.profile, sizeof(r.sa.profile), "PX");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.3"), "none");
	snprintf(r.sa.profile, sizeof(r.sa.profile), "GONE");
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.3"), "none");
	/* local-address */
	r.sa.profile[0] = '\0';
	rings[1].local.limited = true;
	ip_parse("10.1.1.99", &rings[1].local.at[0]);
	CU_ASSERT_EQUAL(ike_configure(r.e, &s), 0);
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.4"), "A a16");
	ip_parse("10.1.1.2", &rings[1].local.at[1]);
	CU_ASSERT_EQUAL(ike_configure(r.e, &s), 0);
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.4"), "B b24");
	rings[1].local.at[1] = (struct ip_addr){ 0 }; /* of an interface that has none */
	CU_ASSERT_EQUAL(ike_configure(r.e, &s), 0);
	CU_ASSERT_STRING_EQUAL(found(&r, "10.1.1.4"), "A a16");
	pair_free(r.pair);
}

static struct payload_id id(uint8_t type, const void *data, size_t octets)
{
	return (struct payload_id){ .type = type, .data = data, .octets = octets };
}

static struct payload_id text_id(uint8_t type, const char *text)
{
	return id(type, text, strlen(text));
}

static const char *key_of(struct rules *r, const char *profile_name, struct payload_id x)
{
	const struct ike_key k = ike_key_for_id(r->e, &r->sa, ike_profile_find(r->e, profile_name), &x);
	static char text[CONFIG_PSK_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)k.octets.octets, (const char *)k.octets.p);
	return k.keyring ? text : "none";
}

static void keys_by_identity(void)
{
	const struct isakmp_key global[] = { key("10.0.0.0/8", "", "wide"), key(NULL, "r3.example.org", "r3"),
					     key(NULL, "me@example.org", "me"), key(NULL, "Group", "group") };
	const struct isakmp_key a[] = { key("0.0.0.0/0", "", "any") };
	const struct ike_keyring rings[] = { keyring("A", a, 1) };
	const struct ike_profile profiles[] = { profile("PA", "A", NULL, 0) };
	const struct ike_settings s = { .keys = global,
					.key_count = 4,
					.keyrings = rings,
					.keyring_count = 1,
					.profiles = profiles,
					.profile_count = 1 };
	const uint8_t ten[] = { 10, 1, 1, 3, 255, 255, 255, 255 }, eleven[] = { 11, 1, 1, 3 };
	struct rules r;

	rules_open(&r, &s);
	ip_parse("10.1.1.3", &r.sa.path.remote);
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_FQDN, "r3.example.org")), "r3");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_FQDN, "R3.EXAMPLE.org")), "r3");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_USER_FQDN, "me@example.org")), "me");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_KEY_ID, "Group")), "group");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_KEY_ID, "group")), "none");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_IPV4_ADDR, ten, 4)), "wide");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_IPV4_ADDR, eleven, 4)), "any");
	/* the address that an unknown name comes from is no reason to answer it */
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_FQDN, "r4.example.org")), "none");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", text_id(ID_FQDN, "r3.example.or")), "none");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_FQDN, "r3.example.org\0x", 16)), "none");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_FQDN, "", 0)), "none");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_IPV4_ADDR_SUBNET, ten, 8)), "wide"); /* one address, all the same */
	CU_ASSERT_STRING_EQUAL(key_of(&r, "", id(ID_DER_ASN1_DN, "r3.example.org", 14)), "none");
	/* unless a profile matches it */
	CU_ASSERT_STRING_EQUAL(key_of(&r, "PA", text_id(ID_FQDN, "r4.example.org")), "any");
	CU_ASSERT_STRING_EQUAL(key_of(&r, "PA", text_id(ID_FQDN, "r3.example.org")), "any");
	pair_free(r.pair);
}

static const char *matched(struct rules *r, struct payload_id x)
{
	const struct ike_profile *p = ike_profile_match(r->e, &r->sa, &x);

	return p ? p->name : "none";
}

static void every_kind_of_match(void)
{
	const struct isakmp_match address[] = { match(ISAKMP_MATCH_ADDRESS, "10.1.1.0/24"),
						match(ISAKMP_MATCH_ADDRESS, "2001:db8::/32") };
	const struct isakmp_match host[] = { match(ISAKMP_MATCH_HOST, "r3.example.org"),
					     match(ISAKMP_MATCH_HOST_DOMAIN, "example.net") };
	const struct isakmp_match user[] = { match(ISAKMP_MATCH_USER, "me@example.org"),
					     match(ISAKMP_MATCH_USER_DOMAIN, "example.net") };
	const struct isakmp_match group[] = { match(ISAKMP_MATCH_GROUP, "spokes"), match(ISAKMP_MATCH_KEY_ID, "key") };
	const struct isakmp_match again[] = { match(ISAKMP_MATCH_HOST_DOMAIN, "org"),
					      match(ISAKMP_MATCH_ADDRESS, "10.1.1.3/32") };
	struct ike_profile profiles[] = { profile("ADDRESS", NULL, address, 2), profile("HOST", NULL, host, 2),
					  profile("USER", NULL, user, 2),       profile("GROUP", NULL, group, 2),
					  profile("EMPTY", NULL, NULL, 0),      profile("AGAIN", NULL, again, 2) };
	struct ike_settings s = { .profiles = profiles, .profile_count = 6 };
	const uint8_t ten[] = { 10, 1, 1, 3, 255, 255, 255, 0 }, eleven[] = { 11, 1, 1, 3 };
	const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct rules r;

	rules_open(&r, &s);
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV4_ADDR, ten, 4)), "ADDRESS"); /* the first, not the longest */
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV4_ADDR, eleven, 4)), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV6_ADDR, six, 16)), "ADDRESS");
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV4_ADDR_SUBNET, ten, 8)), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "R3.example.org")), "HOST");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "a.b.Example.net")), "HOST");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "badexample.net")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, ".example.net")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "example.net")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "t")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "r4.example.org")), "AGAIN");
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_FQDN, "x\0.example.net", 14)), "HOST"); /* below it all the same */
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_USER_FQDN, "me@example.org")), "USER");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_USER_FQDN, "you@example.org")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_USER_FQDN, "you@example.net")), "USER");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_USER_FQDN, "you@sub.example.net")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_USER_FQDN, "@example.net")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_FQDN, "me@example.org")), "AGAIN");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_KEY_ID, "spokes")), "GROUP");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_KEY_ID, "key")), "GROUP");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_KEY_ID, "KEY")), "none");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_DER_ASN1_DN, "key")), "none");
	/* the one that was asked for comes first, if it matches */
	snprintf(r.sa.profile, sizeof(r.sa.profile), "AGAIN");
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV4_ADDR, ten, 4)), "AGAIN");
	CU_ASSERT_STRING_EQUAL(matched(&r, text_id(ID_KEY_ID, "key")), "GROUP");
	r.sa.profile[0] = '\0';
	profiles[0].local.limited = true;
	ip_parse("10.1.1.7", &profiles[0].local.at[0]);
	CU_ASSERT_EQUAL(ike_configure(r.e, &s), 0);
	CU_ASSERT_STRING_EQUAL(matched(&r, id(ID_IPV4_ADDR, ten, 4)), "AGAIN");
	pair_free(r.pair);
}

/* --- two routers ------------------------------------------------------------------------------------------------- */

#define SEEN_SIZE (CONFIG_NAME_SIZE + CONFIG_TEXT_SIZE)

static void note_profile(void *ctx, const struct ike_sa_info *sa)
{
	if (!sa->deleted)
		snprintf(ctx, SEEN_SIZE, "%s/%s", sa->profile, sa->phase1_id);
}

/* "<profile>/<identity of the peer>" of the oldest SA that is not deleted, "" without one. */
static const char *seen(struct pair *p, int side)
{
	static char text[SEEN_SIZE];

	text[0] = '\0';
	ike_each_sa(p->side[side].ike, note_profile, text);
	return text;
}

static unsigned count_sas(struct pair *p, int side)
{
	const struct ike_sa *sa;
	unsigned n = 0;

	TAILQ_FOREACH (sa, &p->side[side].ike->sas, link) {
		n += !sa->deleted && sa->state == IKE_P1_COMPLETE;
	}
	return n;
}

/* Both sides with a keyring and a profile each; no global keys. */
struct two {
	struct pair *p;
	struct pair_setup s[2];
	struct isakmp_key keys[2][2];
	struct isakmp_match matches[2][2];
};

static void two_make(struct two *t, uint64_t seed)
{
	static const char *const peer[2] = { "10.1.1.3/32", "10.1.1.2/32" };

	t->p = pair_new(seed);
	for (int i = 0; i < 2; i++) {
		pair_setup(&t->s[i], i, 4);
		t->s[i].key_count = 0;
		t->keys[i][0] = key(peer[i], "", "of the ring");
		t->matches[i][0] = match(ISAKMP_MATCH_ADDRESS, peer[i]);
		t->s[i].keyrings[0] = keyring("RING", t->keys[i], 1);
		t->s[i].keyring_count = 1;
		t->s[i].profiles[0] = profile("P", "RING", t->matches[i], 1);
		t->s[i].profile_count = 1;
		snprintf(t->s[i].idents[0].profile, sizeof(t->s[i].idents[0].profile), "P");
	}
}

static void two_start(struct two *t)
{
	pair_start(t->p, 1, &t->s[1]);
	pair_start(t->p, 0, &t->s[0]);
	pair_run(t->p, 1000);
}

static void a_profile_on_both_sides(void)
{
	struct two t;

	two_make(&t, 1);
	two_start(&t);
	CU_ASSERT_TRUE(pair_joined(t.p));
	CU_ASSERT_STRING_EQUAL(seen(t.p, 0), "P/10.1.1.3");
	CU_ASSERT_STRING_EQUAL(seen(t.p, 1), "P/10.1.1.2");
	CU_ASSERT_EQUAL(pair_said(t.p, 0, "ISAKMP:(0): SA request profile is P"), 1);
	CU_ASSERT_EQUAL(pair_said(t.p, 0, "ISAKMP : Looking for xauth in profile P"), 1);
	CU_ASSERT_EQUAL(pair_said(t.p, 1, "ISAKMP : Scanning profiles for xauth ... P"), 1);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_said(t.p, i, "ISAKMP:(0):: peer matches P profile"), 1);
		CU_ASSERT_EQUAL(pair_said(t.p, i, "ISAKMP:(1001):Found ADDRESS key in keyring RING"), 1);
	}
	pair_free(t.p);
}

/* Cisco's document 117259: both keyrings have the peer's address, and the key of the first one is taken. */
static void the_key_is_of_another_keyring(void)
{
	static const char *const lines[] = {
		"ISAKMP:(0):: peer matches P profile",
		"ISAKMP:(1001): processing HASH payload. message ID = 0",
		"ISAKMP:(1001):Key not found in keyrings of profile , aborting exchange",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (R) MM_KEY_EXCH (peer 10.1.1.2)",
		"ISAKMP (1001): FSM action returned error: 2",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE",
		"ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_R_MM5 ",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (R) MM_KEY_EXCH (peer 10.1.1.2) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.2: @",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_DEST_SA ",
		"",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.2",
	};
	struct two t;

	two_make(&t, 2);
	t.s[1].keyrings[1] = t.s[1].keyrings[0];
	snprintf(t.s[1].keyrings[0].name, CONFIG_NAME_SIZE, "OTHER");
	t.s[1].keyring_count = 2;
	two_start(&t);
	CU_ASSERT_EQUAL(pair_installed(t.p, 1, true), 0);
	CU_ASSERT_EQUAL(count_sas(t.p, 0) + count_sas(t.p, 1), 0);
	CU_ASSERT_EQUAL(pair_said(t.p, 1, "ISAKMP:(0):: peer matches P profile"), 1);
	PAIR_SAID_BLOCK(t.p, 1, lines);
	CU_ASSERT_EQUAL(pair_mentioned(t.p, 1, "Found ADDRESS key"), 0);
	/* what is retransmitted gets no answer */
	pair_run(t.p, 25000);
	CU_ASSERT_EQUAL(pair_installed(t.p, 1, true), 0);
	/* the other way round the request says which keyring is meant */
	t.s[0].idents[0].responder_only = true;
	t.s[1].idents[0].responder_only = false;
	ike_ident_remove(t.p->side[0].ike, t.p->side[0].idents[0]);
	ike_ident_remove(t.p->side[1].ike, t.p->side[1].idents[0]);
	pair_start(t.p, 0, &t.s[0]);
	pair_start(t.p, 1, &t.s[1]);
	pair_run(t.p, 1000);
	CU_ASSERT_TRUE(pair_joined(t.p));
	pair_free(t.p);
}

/* The global key is as good as that of a keyring, and comes first. */
static void the_key_is_a_global_one(void)
{
	struct two t;

	two_make(&t, 3);
	t.s[1].keys[0] = key("10.1.1.2/32", "", "of the ring");
	t.s[1].key_count = 1;
	two_start(&t);
	CU_ASSERT_EQUAL(pair_said(t.p, 1, "ISAKMP:(1001):Key not found in keyrings of profile , aborting exchange"), 1);
	CU_ASSERT_EQUAL(pair_installed(t.p, 1, true), 0);
	pair_free(t.p);
}

/* Whoever answers is not the peer that the profile is for, but nobody, or another profile's. */
static void another_peer_answers(void)
{
	static const char *const refused[] = {
		"ISAKMP:(1001): processing HASH payload. message ID = 0",
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) MM_KEY_EXCH",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
		"ISAKMP:(1001):purging node @",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (I) MM_KEY_EXCH (peer 10.1.1.3)",
		"ISAKMP (1001): FSM action returned error: 2",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE",
		"ISAKMP:(1001):Old State = IKE_I_MM6  New State = IKE_I_MM6 ",
		"",
		"ISAKMP:(1001):deleting SA reason \"No reason\" state (I) MM_KEY_EXCH (peer 10.1.1.3) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: @",
		"ISAKMP:(1001):deleting node @ error FALSE reason \"IKE deleted\"",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_I_MM5  New State = IKE_DEST_SA ",
		"",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.3",
	};

	for (int another = 0; another < 2; another++) {
		struct two t;

		two_make(&t, 4);
		t.matches[0][1] = t.matches[0][0];
		t.matches[0][0] = match(ISAKMP_MATCH_HOST, "r3.example.org");
		t.s[0].profiles[1] = profile("Q", "RING", &t.matches[0][1], 1);
		t.s[0].profile_count = another ? 2 : 1;
		two_start(&t);
		CU_ASSERT_EQUAL(pair_said(t.p, 0,
					  another ? "ISAKMP:(0):: peer matches Q profile"
						  : "ISAKMP:(0):: peer matches *none* of the profiles"),
				1);
		PAIR_SAID_BLOCK(t.p, 0, refused);
		/* it thought that all was well, and is told; its answer is no message of nobody's */
		CU_ASSERT_EQUAL(pair_mentioned(t.p, 0, "IKMP_NO_SA"), 0);
		CU_ASSERT_EQUAL(count_sas(t.p, 0) + count_sas(t.p, 1), 0);
		CU_ASSERT_EQUAL(pair_installed(t.p, 0, true), 0);
		pair_free(t.p);
	}
}

/* A profile that nobody configured has no key. */
static void the_profile_is_not_there(void)
{
	struct two t;

	two_make(&t, 5);
	t.s[0].profile_count = 0;
	two_start(&t);
	CU_ASSERT_EQUAL(pair_said(t.p, 0, "ISAKMP:(0):No pre-shared key with 10.1.1.3!"), 1);
	CU_ASSERT_EQUAL(t.p->side[0].sent, 0);
	pair_free(t.p);
}

/* The ident of the responder wants a profile that the peer does not match: Quick Mode is refused. */
static void quick_mode_over_another_profile(void)
{
	for (int matches = 0; matches < 2; matches++) {
		struct two t;

		two_make(&t, 6);
		t.s[0].idents[0].profile[0] = '\0';
		t.s[0].profile_count = 0;
		if (matches) { /* but another one's */
			t.s[1].profiles[1] = t.s[1].profiles[0];
			snprintf(t.s[1].profiles[0].name, CONFIG_NAME_SIZE, "Q");
			t.s[1].profile_count = 2;
		} else {
			t.s[1].profiles[0].match_count = 0;
		}
		two_start(&t);
		CU_ASSERT_EQUAL(count_sas(t.p, 1), 1);
		CU_ASSERT_STRING_EQUAL(seen(t.p, 1), matches ? "Q/10.1.1.2" : "/10.1.1.2");
		CU_ASSERT_EQUAL(pair_installed(t.p, 1, true), 0);
		CU_ASSERT_TRUE(pair_said(t.p, 1, "map_db_check_isakmp_profile profile did not match") > 0);
		CU_ASSERT_TRUE(pair_said(t.p, 1, "map_db_find_best did not find matching map") > 0);
		CU_ASSERT_TRUE(pair_mentioned(t.p, 0, "NOTIFY PROPOSAL_NOT_CHOSEN") > 0);
		/* an ident that wants none takes any */
		t.s[1].idents[0].profile[0] = '\0';
		ike_ident_remove(t.p->side[1].ike, t.p->side[1].idents[0]);
		pair_start(t.p, 1, &t.s[1]);
		pair_run(t.p, 31000);
		CU_ASSERT_TRUE(pair_joined(t.p));
		pair_free(t.p);
	}
}

/* One peer, two profiles, by the names that the other side calls itself: an SA for each. */
static void two_profiles_with_one_peer(void)
{
	struct two t;

	two_make(&t, 7);
	for (int i = 0; i < 2; i++) {
		struct pair_setup *s = &t.s[i];

		s->profiles[1] = s->profiles[0];
		s->profile_count = 2;
		snprintf(s->profiles[1].name, CONFIG_NAME_SIZE, "Q");
		s->idents[1] = s->idents[0];
		s->ident_count = 2;
		snprintf(s->idents[1].map, CONFIG_NAME_SIZE, "Tunnel24-head-0");
		snprintf(s->idents[1].profile, CONFIG_NAME_SIZE, "Q");
	}
	t.s[0].profiles[0].self = t.s[0].profiles[1].self = ISAKMP_SELF_FQDN;
	snprintf(t.s[0].profiles[0].self_text, CONFIG_TEXT_SIZE, "p.example.org");
	snprintf(t.s[0].profiles[1].self_text, CONFIG_TEXT_SIZE, "q.example.org");
	t.matches[1][0] = match(ISAKMP_MATCH_HOST, "p.example.org");
	t.matches[1][1] = match(ISAKMP_MATCH_HOST, "q.example.org");
	t.s[1].profiles[1].matches = &t.matches[1][1];
	two_start(&t);
	CU_ASSERT_TRUE(pair_joined(t.p));
	CU_ASSERT_EQUAL(pair_installed(t.p, 0, true), 2);
	CU_ASSERT_EQUAL(count_sas(t.p, 0), 2);
	CU_ASSERT_EQUAL(count_sas(t.p, 1), 2);
	CU_ASSERT_TRUE(t.p->side[1].up[t.p->side[1].idents[0]] && t.p->side[1].up[t.p->side[1].idents[1]]);
	/* rekeyed, each over its own */
	pair_run(t.p, 2 * 3600000);
	CU_ASSERT_TRUE(pair_joined(t.p));
	CU_ASSERT_EQUAL(t.p->side[0].downs + t.p->side[1].downs, 0);
	CU_ASSERT_EQUAL(pair_mentioned(t.p, 1, "profile did not match"), 0);
	/* one ends, and its IKE SA with it */
	ike_ident_remove(t.p->side[0].ike, t.p->side[0].idents[0]);
	pair_run(t.p, 1000);
	CU_ASSERT_EQUAL(count_sas(t.p, 0), 1);
	CU_ASSERT_EQUAL(count_sas(t.p, 1), 1);
	CU_ASSERT_STRING_EQUAL(seen(t.p, 1), "Q/q.example.org");
	CU_ASSERT_EQUAL(pair_installed(t.p, 1, true), 1);
	pair_free(t.p);
}

/* --- identities -------------------------------------------------------------------------------------------------- */

static void every_own_identity(void)
{
	static const struct {
		enum isakmp_identity global;
		enum isakmp_self_kind self;
		const char *text, *hostname, *shown, *line;
	} cases[] = {
		{ ISAKMP_ID_ADDRESS, ISAKMP_SELF_NONE, "", "R2", "10.1.1.2", "ID_IPV4_ADDR" },
		{ ISAKMP_ID_DN, ISAKMP_SELF_NONE, "", "R2", "10.1.1.2", "ID_IPV4_ADDR" },
		{ ISAKMP_ID_HOSTNAME, ISAKMP_SELF_NONE, "", "R2.example.org", "R2.example.org", "ID_FQDN" },
		{ ISAKMP_ID_HOSTNAME, ISAKMP_SELF_NONE, "", "", "10.1.1.2", "ID_IPV4_ADDR" },
		{ ISAKMP_ID_HOSTNAME, ISAKMP_SELF_ADDRESS, "", "R2", "10.1.1.2", "ID_IPV4_ADDR" },
		{ ISAKMP_ID_ADDRESS, ISAKMP_SELF_FQDN, "", "R2.example.org", "R2.example.org", "ID_FQDN" },
		{ ISAKMP_ID_ADDRESS, ISAKMP_SELF_FQDN, "r.example.net", "R2", "r.example.net", "ID_FQDN" },
		{ ISAKMP_ID_ADDRESS, ISAKMP_SELF_USER_FQDN, "me@example.net", "R2", "me@example.net", "ID_USER_FQDN" },
	};

	/* as initiator, and as responder, which has its profile from the peer's identity */
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t c = i / 2;
		const int peer = i % 2 ? 0 : 1;
		char line[128];
		struct two t;

		two_make(&t, 10 + i);
		t.s[0].idents[0].responder_only = peer == 0;
		t.s[1].idents[0].responder_only = peer == 1;
		t.s[0].identity = cases[c].global;
		t.s[0].hostname = cases[c].hostname;
		t.s[0].profiles[0].self = cases[c].self;
		snprintf(t.s[0].profiles[0].self_text, CONFIG_TEXT_SIZE, "%s", cases[c].text);
		t.matches[1][1] = match(ISAKMP_MATCH_HOST_DOMAIN, "example.org");
		t.matches[1][0] = match(ISAKMP_MATCH_ADDRESS, "10.1.1.2/32");
		if (cases[c].self == ISAKMP_SELF_USER_FQDN)
			t.matches[1][1] = match(ISAKMP_MATCH_USER, cases[c].text);
		else if (cases[c].text[0])
			t.matches[1][1] = match(ISAKMP_MATCH_HOST, cases[c].text);
		t.s[1].profiles[0].match_count = 2;
		two_start(&t);
		snprintf(line, sizeof(line), "P/%s", cases[c].shown);
		CU_ASSERT_STRING_EQUAL(seen(t.p, 1), line);
		CU_ASSERT_TRUE(pair_joined(t.p));
		snprintf(line, sizeof(line), "ISAKMP:(1001):SA is doing pre-shared key authentication using id type %s",
			 cases[c].line);
		CU_ASSERT_EQUAL(pair_said(t.p, 0, line), 1);
		pair_free(t.p);
	}
}

static void keys_of_every_length(void)
{
	static const size_t lengths[] = { 1, 2, 20, 63, 64, 65, 127, 128 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct pair *p = pair_new(40 + i);
		struct pair_setup s[2];

		for (int k = 0; k < 2; k++) {
			char *text = s[k].keys[0].key;

			pair_setup(&s[k], k, 4);
			/* octets that look like separators of anything */
			for (size_t n = 0; n < lengths[i]; n++)
				text[n] = " \"?!;|\\'\t#,\xff$%6 0"[n % 17];
			text[lengths[i]] = '\0';
			pair_start(p, k, &s[k]);
		}
		pair_run(p, 1000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* A key that is one octet longer than the other is another key, also beyond the hash's block. */
static void the_last_octet_counts(void)
{
	struct pair *p = pair_new(50);
	struct pair_setup s[2];

	for (int k = 0; k < 2; k++) {
		pair_setup(&s[k], k, 4);
		memset(s[k].keys[0].key, 'k', 127 + (size_t)k);
		s[k].keys[0].key[127 + k] = '\0';
		pair_start(p, k, &s[k]);
	}
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 0);
	CU_ASSERT_EQUAL(count_sas(p, 1), 0);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "keys by address", keys_by_address },
	{ "keys by identity", keys_by_identity },
	{ "every kind of match", every_kind_of_match },
	{ "a profile on both sides", a_profile_on_both_sides },
	{ "the key is of another keyring", the_key_is_of_another_keyring },
	{ "the key is a global one", the_key_is_a_global_one },
	{ "another peer answers", another_peer_answers },
	{ "the profile is not there", the_profile_is_not_there },
	{ "Quick Mode over another profile", quick_mode_over_another_profile },
	{ "two profiles with one peer", two_profiles_with_one_peer },
	{ "every own identity, both roles", every_own_identity },
	{ "keys of every length", keys_of_every_length },
	{ "the last octet of a key counts", the_last_octet_counts },
};

UNIT_MAIN("profile", tests)
