/*
 * What the engines say of negotiations that succeed and fail, read as a log of either side alone: no line is unknown, and
 * each fault is found where that side can know it; where it cannot, the story says what is missing.
 */
#include "explain/read.h"
#include "tests/engine/pair.h"
#include "tests/unit/story_find.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct message_catalog *catalog;

static struct story *read_side(const struct pair *p, int side)
{
	const struct pair_side *s = &p->side[side];
	struct reader *r = reader_new(catalog);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (size_t i = 0; i < s->line_count; i++) {
		reader_feed(r, s->lines[i], strlen(s->lines[i]));
		reader_feed(r, "\n", 1);
	}
	return reader_end(r);
}

static const struct story_finding *first(const struct story *s)
{
	const struct story_peer *p;
	const struct story_finding *f;

	TAILQ_FOREACH (p, &s->peers, link)
		TAILQ_FOREACH (f, &p->findings, link)
			if (f->first)
				return f;
	return TAILQ_FIRST(&s->findings);
}

static void lines_are_known(const struct story *s)
{
	for (unsigned i = 0; i < s->unknown_count; i++)
		fprintf(stderr, "unknown: %s\n", s->unknown[i].text);
	CU_ASSERT_EQUAL(s->unknown_lines, 0);
	CU_ASSERT_EQUAL(s->other_lines, 0);
}

/* What one side's log shows first. FAULT_NONE: nothing. */
struct shows {
	enum fault fault;
	enum story_certainty certainty;
};

static void is_told(struct pair *p, const struct shows shows[2], const char *name)
{
	for (int i = 0; i < 2; i++) {
		struct story *s = read_side(p, i);
		const struct story_finding *f;

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		lines_are_known(s);
		f = shows[i].fault ? story_find(s, shows[i].fault) : first(s);
		if (shows[i].fault ? !f || f->certainty != shows[i].certainty || !first(s) ||
					     (first(s)->fault != shows[i].fault && shows[i].certainty != STORY_POSSIBLE)
				   : f != NULL) {
			fprintf(stderr, "%s, side %d: %s, first %s\n", name, i, f ? fault_name(f->fault) : "nothing",
				first(s) ? fault_name(first(s)->fault) : "nothing");
			CU_FAIL("another finding");
		}
		/* what is not certain says what would tell */
		if (f && f->certainty != STORY_CERTAIN)
			CU_ASSERT_TRUE(*f->missing != '\0');
		story_free(s);
	}
}

/* --- what differs between the sides ---- */

static void encryption(struct pair_setup s[2])
{
	s[1].policies[0].encr = ISAKMP_ENCR_3DES;
}

static void key_length(struct pair_setup s[2])
{
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = i ? 256 : 128;
	}
}

static void hash(struct pair_setup s[2])
{
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
}

static void group(struct pair_setup s[2])
{
	s[1].policies[0].group = 2;
}

static void authentication(struct pair_setup s[2])
{
	s[1].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
}

static void responder_without_key(struct pair_setup s[2])
{
	s[1].key_count = 0;
}

static void initiator_without_key(struct pair_setup s[2])
{
	s[0].key_count = 0;
}

static void wrong_key(struct pair_setup s[2])
{
	snprintf(s[1].keys[0].key, sizeof(s[1].keys[0].key), "kisco");
}

static void lifetime(struct pair_setup s[2])
{
	s[1].policies[0].lifetime_s = 3600;
}

static void esp_encryption(struct pair_setup s[2])
{
	s[0].idents[0].proposals[0].cipher = ESP_CIPHER_3DES;
	s[0].idents[0].proposals[0].keybits = 0;
}

static void esp_auth(struct pair_setup s[2])
{
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
}

static void transport(struct pair_setup s[2])
{
	s[0].idents[0].proposals[0].transport = true;
}

static void proxies(struct pair_setup s[2])
{
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
}

static void pfs(struct pair_setup s[2])
{
	s[1].idents[0].pfs_group = 14;
}

static void other_endpoint(struct pair_setup s[2])
{
	ip_parse("10.1.1.99", &s[1].idents[0].remote);
}

static void nothing(struct pair_setup s[2])
{
	(void)s;
}

#define CERTAIN(fault)                                                                                                 \
	{                                                                                                              \
		FAULT_##fault, STORY_CERTAIN                                                                           \
	}
#define LIKELY(fault)                                                                                                  \
	{                                                                                                              \
		FAULT_##fault, STORY_LIKELY                                                                            \
	}
#define POSSIBLE(fault)                                                                                                \
	{                                                                                                              \
		FAULT_##fault, STORY_POSSIBLE                                                                          \
	}
#define NOTHING                                                                                                        \
	{                                                                                                              \
		FAULT_NONE, STORY_CERTAIN                                                                              \
	}

static void every_difference(void)
{
	static const struct {
		const char *name;
		void (*differ)(struct pair_setup s[2]);
		uint64_t ms;
		struct shows shows[2];
	} rows[] = {
		{ "nothing", nothing, 1000, { NOTHING, NOTHING } },
		{ "encryption", encryption, 70000, { LIKELY(policy_refused), CERTAIN(policy_encryption) } },
		{ "key length", key_length, 70000, { LIKELY(policy_refused), CERTAIN(policy_keylength) } },
		{ "hash", hash, 70000, { LIKELY(policy_refused), CERTAIN(policy_hash) } },
		{ "group", group, 70000, { LIKELY(policy_refused), CERTAIN(policy_group) } },
		{ "authentication", authentication, 70000, { LIKELY(policy_refused), CERTAIN(policy_auth) } },
		{ "no key, responder", responder_without_key, 70000, { LIKELY(policy_refused), CERTAIN(key_none) } },
		{ "no key, initiator", initiator_without_key, 20000, { CERTAIN(key_none), NOTHING } },
		{ "another key", wrong_key, 1000, { NOTHING, LIKELY(key_wrong) } },
		{ "another key, later", wrong_key, 70000, { LIKELY(key_wrong), LIKELY(key_wrong) } },
		{ "lifetime", lifetime, 1000, { CERTAIN(policy_lifetime), CERTAIN(policy_lifetime) } },
		{ "ESP encryption", esp_encryption, 1000, { CERTAIN(quick_refused), POSSIBLE(transform_encryption) } },
		{ "ESP integrity", esp_auth, 1000, { CERTAIN(quick_refused), POSSIBLE(transform_auth) } },
		{ "mode", transport, 1000, { CERTAIN(quick_refused), POSSIBLE(mode) } },
		{ "proxies", proxies, 1000, { CERTAIN(quick_refused), CERTAIN(proxies) } },
		{ "PFS", pfs, 1000, { CERTAIN(quick_refused), POSSIBLE(pfs) } },
		{ "no tunnel", other_endpoint, 1000, { CERTAIN(quick_refused), LIKELY(no_tunnel) } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(7);

		pair_setup(&s[0], 0, 4);
		pair_setup(&s[1], 1, 4);
		rows[i].differ(s);
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, rows[i].ms);
		is_told(p, rows[i].shows, rows[i].name);
		pair_free(p);
	}
}

/* Where the responder asked the peer itself before, its own transform set is in its log. */
static void both_ask(void)
{
	static const struct {
		void (*differ)(struct pair_setup s[2]);
		enum fault fault;
	} rows[] = { { esp_encryption, FAULT_transform_encryption },
		     { esp_auth, FAULT_transform_auth },
		     { transport, FAULT_mode } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(8);
		const struct story_finding *f;
		struct story *story;

		pair_setup(&s[0], 0, 4);
		pair_setup(&s[1], 1, 4);
		rows[i].differ(s);
		s[1].idents[0].responder_only = false;
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, 70000);
		story = read_side(p, 1);
		lines_are_known(story);
		f = story_find(story, rows[i].fault);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		CU_ASSERT_EQUAL(f->certainty, STORY_LIKELY);
		CU_ASSERT_TRUE(*f->ours && *f->theirs && *f->missing);
		story_free(story);
		pair_free(p);
	}
}

/* --- what does not get through ---- */

struct losing {
	int from;
	unsigned after; /* datagrams of this side that get through */
	unsigned count;
};

static bool lose(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct losing *l = p->filter_ctx;

	(void)number;
	(void)data;
	(void)octets;
	return from != l->from || l->count++ < l->after;
}

static void losses(void)
{
	static const struct {
		const char *name;
		struct losing losing;
		struct shows shows[2];
	} rows[] = {
		{ "MM1", { 0, 0, 0 }, { CERTAIN(no_reply), NOTHING } },
		{ "MM2", { 1, 0, 0 }, { CERTAIN(no_reply), LIKELY(one_way) } },
		{ "MM3", { 0, 1, 0 }, { CERTAIN(no_reply_later), CERTAIN(no_reply_later) } },
		{ "MM4", { 1, 1, 0 }, { CERTAIN(no_reply_later), LIKELY(one_way) } },
		{ "MM5", { 0, 2, 0 }, { LIKELY(key_wrong), CERTAIN(no_reply_later) } },
		{ "MM6", { 1, 2, 0 }, { LIKELY(key_wrong), NOTHING } },
		{ "QM1", { 0, 3, 0 }, { CERTAIN(no_reply_qm), NOTHING } },
		{ "QM2", { 1, 3, 0 }, { CERTAIN(no_reply_qm), LIKELY(no_reply_qm) } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct losing losing = rows[i].losing;
		struct pair_setup s[2];
		struct pair *p = pair_new(9);

		pair_setup(&s[0], 0, 4);
		pair_setup(&s[1], 1, 4);
		p->filter = lose;
		p->filter_ctx = &losing;
		pair_start(p, 1, &s[1]);
		pair_start(p, 0, &s[0]);
		pair_run(p, 85000);
		is_told(p, rows[i].shows, rows[i].name);
		pair_free(p);
	}
}

/* A peer that restarts: the one that stays sends in SAs that the other one does not have. */
static void crash(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(10);
	struct story *story;

	for (int i = 0; i < 2; i++) {
		pair_setup(&s[i], i, 4);
		s[i].keepalive = (struct isakmp_keepalive){ .s = 10, .retry_s = 2, .periodic = true };
	}
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	pair_crash(p, 1);
	pair_run(p, 60000);
	story = read_side(p, 0);
	lines_are_known(story);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first(story));
	CU_ASSERT_EQUAL(first(story)->fault, FAULT_peer_dead);
	CU_ASSERT_EQUAL(first(story)->certainty, STORY_CERTAIN);
	story_free(story);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "every difference", every_difference },
	{ "both sides ask", both_ask },
	{ "each message lost", losses },
	{ "a peer that is gone", crash },
};

int main(void)
{
	int rc;

	catalog = message_catalog_new();
	if (!catalog)
		return EXIT_FAILURE;
	rc = unit_main("explain", tests, sizeof(tests) / sizeof(tests[0]));
	message_catalog_free(catalog);
	return rc;
}
