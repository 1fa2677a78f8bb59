/*
 * Passwords in IOS's forms. The vectors are published ones: Cisco's documents (types 4, 5, 7) and the self-tests of other
 * programs that check such hashes (5, 8, 9).
 */
#include "shell/password.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct vector {
	enum password_type type;
	const char *text, *clear;
} vectors[] = {
	{ PASSWORD_CLEAR, "cisco", "cisco" },
	{ PASSWORD_SHA256, "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfqY", "cisco" },
	{ PASSWORD_MD5, "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0", "cisco" },
	{ PASSWORD_MD5, "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat" },
	{ PASSWORD_HIDDEN, "02050D480809", "cisco" },
	{ PASSWORD_HIDDEN, "094F471A1A0A", "cisco" },
	{ PASSWORD_HIDDEN, "1511021F0725", "cisco" },
	{ PASSWORD_HIDDEN, "070c285f4d06", "cisco" },
	{ PASSWORD_PBKDF2, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat" },
	{ PASSWORD_SCRYPT, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat" },
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct password stored(enum password_type type, const char *text)
{
	struct password p = { .set = true, .type = type };

	snprintf(p.text, sizeof(p.text), "%s", text);
	return p;
}

static void published_vectors_match(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		struct password p = stored(vectors[i].type, vectors[i].text);

		CU_ASSERT_TRUE(password_valid(p.type, p.text));
		CU_ASSERT_TRUE(password_matches(&p, vectors[i].clear));
		CU_ASSERT_FALSE(password_matches(&p, "Cisco"));
		CU_ASSERT_FALSE(password_matches(&p, ""));
		CU_ASSERT_FALSE(password_matches(&p, vectors[i].text + (p.type == PASSWORD_CLEAR)));
		p.set = false;
		CU_ASSERT_FALSE(password_matches(&p, vectors[i].clear));
	}
}

static void what_is_made_is_valid_and_matches(void)
{
	static const enum password_type types[] = { PASSWORD_CLEAR, PASSWORD_MD5, PASSWORD_HIDDEN, PASSWORD_PBKDF2,
						    PASSWORD_SCRYPT };
	static const char *const clears[] = { "x", "cisco", "with blanks and ? in it", "\xc3\xa9t\xc3\xa9" };
	struct password a = { 0 }, b = { 0 };

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
		for (size_t i = 0; i < sizeof(clears) / sizeof(clears[0]); i++) {
			CU_ASSERT_TRUE(password_make(&a, types[t], clears[i]));
			CU_ASSERT_TRUE(password_make(&b, types[t], clears[i]));
			CU_ASSERT_TRUE(a.set && a.type == types[t]);
			CU_ASSERT_TRUE(password_valid(a.type, a.text));
			CU_ASSERT_TRUE(password_matches(&a, clears[i]));
			CU_ASSERT_FALSE(password_matches(&a, "other"));
			/* a salt of its own each time */
			if (types[t] == PASSWORD_MD5 || types[t] == PASSWORD_PBKDF2 || types[t] == PASSWORD_SCRYPT)
				CU_ASSERT_STRING_NOT_EQUAL(a.text, b.text);
		}
	CU_ASSERT_TRUE(password_make(&a, PASSWORD_MD5, "cisco"));
	CU_ASSERT_EQUAL(strcspn(a.text + 3, "$"), 4);
}

static void the_longest_one_fits(void)
{
	char longest[PASSWORD_CLEAR_SIZE], clear[PASSWORD_CLEAR_SIZE], longer[PASSWORD_CLEAR_SIZE + 1];
	struct password p = { 0 };

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	CU_ASSERT_TRUE(password_make(&p, PASSWORD_HIDDEN, longest));
	CU_ASSERT_TRUE(password_matches(&p, longest));
	CU_ASSERT_FALSE(password_matches(&p, longer));
	CU_ASSERT_TRUE(password_reveal(&p, clear));
	CU_ASSERT_STRING_EQUAL(clear, longest);
	CU_ASSERT_FALSE(password_make(&p, PASSWORD_HIDDEN, longer));
	CU_ASSERT_FALSE(password_make(&p, PASSWORD_MD5, longer));
	CU_ASSERT_FALSE(password_make(&p, PASSWORD_MD5, ""));
}

static const struct {
	enum password_type type;
	const char *text;
} invalid[] = {
	{ PASSWORD_CLEAR, "" },
	{ PASSWORD_SHA256, "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfq" },
	{ PASSWORD_SHA256, "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfq=" },
	{ PASSWORD_MD5, "cisco" },
	{ PASSWORD_MD5, "$1$" },
	{ PASSWORD_MD5, "$1$mERr" },
	{ PASSWORD_MD5, "$1$$hx5rVt7rPNoS4wqbXKX7m0" },
	{ PASSWORD_MD5, "$1$123456789$hx5rVt7rPNoS4wqbXKX7m0" },
	{ PASSWORD_MD5, "$1$mE r$hx5rVt7rPNoS4wqbXKX7m0" },
	{ PASSWORD_MD5, "$1$mERr$hx5rVt7rPNoS4wqbXKX7m" },
	{ PASSWORD_MD5, "$1$mERr$hx5rVt7rPNoS4wqbXKX7m00" },
	{ PASSWORD_MD5, "$2$mERr$hx5rVt7rPNoS4wqbXKX7m0" },
	{ PASSWORD_HIDDEN, "" },
	{ PASSWORD_HIDDEN, "02" },
	{ PASSWORD_HIDDEN, "0205D" },
	{ PASSWORD_HIDDEN, "1605" },
	{ PASSWORD_HIDDEN, "0x05" },
	{ PASSWORD_HIDDEN, "02050G" },
	{ PASSWORD_HIDDEN, "0064" }, /* an octet of zero */
	{ PASSWORD_PBKDF2, "$8$TnGX/fE4KGHOV$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk" },
	{ PASSWORD_PBKDF2, "$9$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk" },
	{ PASSWORD_SCRYPT, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo" },
	{ PASSWORD_SCRYPT, "$9$2MJBozw/9R3UsU" },
};

static void what_is_no_password_is_refused(void)
{
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		struct password p = stored(invalid[i].type, invalid[i].text);

		CU_ASSERT_FALSE(password_valid(p.type, p.text));
		if (p.text[0])
			CU_ASSERT_FALSE(password_matches(&p, "cisco"));
	}
}

static void hiding_leaves_hashes_alone(void)
{
	char clear[PASSWORD_CLEAR_SIZE];

	for (size_t i = 0; i < VECTORS; i++) {
		struct password p = stored(vectors[i].type, vectors[i].text);

		password_hide(&p);
		if (vectors[i].type != PASSWORD_CLEAR) {
			CU_ASSERT_EQUAL(p.type, vectors[i].type);
			CU_ASSERT_STRING_EQUAL(p.text, vectors[i].text);
			CU_ASSERT_EQUAL(password_reveal(&p, clear), p.type == PASSWORD_HIDDEN);
		} else {
			CU_ASSERT_EQUAL(p.type, PASSWORD_HIDDEN);
			CU_ASSERT_EQUAL(strlen(p.text), 12);
			CU_ASSERT_TRUE(password_matches(&p, "cisco"));
		}
	}
}

static const struct unit_test tests[] = {
	{ "published vectors match", published_vectors_match },
	{ "what is made is valid and matches", what_is_made_is_valid_and_matches },
	{ "the longest one fits", the_longest_one_fits },
	{ "what is no password is refused", what_is_no_password_is_refused },
	{ "hiding leaves hashes alone", hiding_leaves_hashes_alone },
};
UNIT_MAIN("password", tests)
