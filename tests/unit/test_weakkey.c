/* Pre-shared keys that are weak, and those that nothing can be said against. */
#include "config/model.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const char *why(const char *key)
{
	static struct config *c;
	struct isakmp_key k = { 0 };
	const char *text;

	c = config_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	snprintf(c->hostname, sizeof(c->hostname), "Sv7-Xanadu-Gate");
	snprintf(k.hostname, sizeof(k.hostname), "Sv8.peer.Example-net");
	ip_parse_prefix("192.0.2.130/32", &k.peer);
	snprintf(k.key, sizeof(k.key), "%s", key);
	text = config_key_weakness(c, &k);
	config_free(c);
	return text;
}

static void weak(void)
{
	static const struct {
		const char *key, *why;
	} cases[] = {
		{ "cisco", "it consists of words and digits that are guessed first" },
		{ "Cisco123", "it consists of words and digits that are guessed first" },
		{ "password", "it consists of words and digits that are guessed first" },
		{ "P@ssw0rd!2026", "it consists of words and digits that are guessed first" },
		{ "cisco-router-key-1", "it consists of words and digits that are guessed first" },
		{ "cisco123cisco456cisco789", "it consists of words and digits that are guessed first" },
		{ "my-ipsec-vpn-secret-2024", "it consists of words and digits that are guessed first" },
		{ "48151623420815", "it consists of words and digits that are guessed first" },
		{ "sv7-xanadu-gate", "it is the name of this router" },
		{ "SV8.peer.example-net", "it is the name or address of the peer" },
		{ "192.0.2.130", "it is the name or address of the peer" },
		{ "xyzzyxyzzyzz", "it has too few different characters" },
		{ "zwvutszwvutszwvuts", "it is a sequence or a repetition" },
		{ "ghijklmnopqrst", "it is a sequence or a repetition" },
		{ "tsrqponmlkjihg", "it is a sequence or a repetition" },
		{ "gT7#kQ", "it is shorter than 12 characters" },
		{ "x", "it has too few different characters" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = why(cases[i].key);

		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		if (strcmp(text, cases[i].why) != 0)
			printf("\n%s: %s\n", cases[i].key, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].why);
	}
}

static void strong(void)
{
	static const char *const keys[] = {
		"gT7#kQ2!vLp9",         "0f1e9c7b5d3a8246e0d9", "correct horse battery staple",
		"Yk3vG8pQzR5tWm1xC7bN", "cisco7HqTzVw9Lx",      "\xc3\xa4\xc3\xb6 und \xc3\xbc zusammen"
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_PTR_NULL(why(keys[i]));
	CU_ASSERT_PTR_NULL(why("")); /* of type 6, and the master key is not there */
}

static void count(void *ctx, const char *text)
{
	char *all = ctx;

	strcat(strcat(all, text), "\n");
}

static void each_once(void)
{
	struct config *c = config_new();
	struct isakmp_key k = { 0 };
	struct isakmp_keyring *r;
	struct isakmp_peer *p;
	struct ip_addr peer;
	char all[1024] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	ip_parse_prefix("192.0.2.2/32", &k.peer);
	snprintf(k.key, sizeof(k.key), "cisco123");
	CU_ASSERT_TRUE(config_key_add(&c->keys, &k) >= 0);
	r = config_keyring_get(c, "RING");
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	snprintf(k.hostname, sizeof(k.hostname), "R9.example.net");
	CU_ASSERT_TRUE(config_key_add(&r->keys, &k) >= 0);
	snprintf(k.hostname, sizeof(k.hostname), "R10.example.net");
	snprintf(k.key, sizeof(k.key), "Yk3vG8pQzR5tWm1xC7bN");
	CU_ASSERT_TRUE(config_key_add(&r->keys, &k) >= 0);
	CU_ASSERT_TRUE(ip_parse("192.0.2.7", &peer));
	p = config_isakmp_peer_get(c, &peer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_PTR_NULL(config_password_weakness(c, p)); /* none */
	snprintf(p->password, sizeof(p->password), "Yk3vG8pQzR5tWm1xC7bN");
	CU_ASSERT_PTR_NULL(config_password_weakness(c, p));
	snprintf(p->password, sizeof(p->password), "192.0.2.7");
	CU_ASSERT_STRING_EQUAL(config_password_weakness(c, p), "it is the name or address of the peer");
	config_weak_keys(c, count, all);
	CU_ASSERT_STRING_EQUAL(
		all, "pre-shared key of 192.0.2.2: weak, it consists of words and digits that are guessed first\n"
		     "pre-shared key of R9.example.net in keyring RING: weak, it consists of words and digits "
		     "that are guessed first\n"
		     "aggressive-mode password of 192.0.2.7: weak, it is the name or address of the peer\n");
	config_free(c);
}

static const struct unit_test tests[] = {
	{ "weak keys, and why", weak },
	{ "keys that nothing is said about", strong },
	{ "each key of a configuration", each_once },
};

UNIT_MAIN("weak keys", tests)
