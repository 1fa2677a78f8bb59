/* startup-config/type6.c: texts that routers and Cisco's own tool made, round trips of every length, what is refused. */
#include "base/wipe.h"
#include "startup-config/type6.h"
#include "tests/unit/unit.h"

#include <string.h>

static void published_texts_are_read(void)
{
	char clear[TYPE6_CLEAR_MAX + 1];

	/* without the NUL, as a router makes them; with it, as the tool does */
	CU_ASSERT_TRUE(type6_decrypt("Cisco123", "fe_a`iJYE\\DZYJhDhTP[`MYaTgRH_MAAB", clear, sizeof(clear)));
	CU_ASSERT_STRING_EQUAL(clear, "Cisco123");
	CU_ASSERT_TRUE(type6_decrypt("cisco123", "NdUI^_YP[VEPG[MT_bfTEFNZYFCYe\\R\\M", clear, sizeof(clear)));
	CU_ASSERT_STRING_EQUAL(clear, "password");
}

static void a_published_text_is_made(void)
{
	/* fe_a`iJYE\DZ */
	static const char digits[] = "fe_a`iJYE\\DZ";
	uint8_t salt[TYPE6_SALT_OCTETS];
	char text[TYPE6_TEXT_SIZE(8)];

	for (size_t i = 0; i < 4; i++) {
		unsigned v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v * 41 + (unsigned)(digits[3 * i + k] - 'A');
		salt[2 * i] = (uint8_t)(v >> 8);
		salt[2 * i + 1] = (uint8_t)v;
	}
	CU_ASSERT_TRUE(type6_encrypt("Cisco123", salt, "Cisco123", text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "fe_a`iJYE\\DZYJhDhTP[`MYaTgRH_MAAB");
}

static void every_length_comes_back(void)
{
	static const uint8_t salt[TYPE6_SALT_OCTETS] = { 0xff, 0xff, 0, 1, 0x80, 0, 9, 0 };
	char clear[TYPE6_CLEAR_MAX + 2], again[TYPE6_CLEAR_MAX + 1], text[TYPE6_TEXT_SIZE(TYPE6_CLEAR_MAX)];

	for (size_t n = 1; n <= TYPE6_CLEAR_MAX; n++) {
		for (size_t i = 0; i < n; i++)
			clear[i] = (char)('!' + (i * 7 + n) % 94);
		clear[n] = '\0';
		CU_ASSERT_TRUE(type6_encrypt("the master key", salt, clear, text, TYPE6_TEXT_SIZE(n)));
		CU_ASSERT_TRUE(strlen(text) < TYPE6_TEXT_SIZE(n));
		CU_ASSERT_EQUAL(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghi"), strlen(text));
		CU_ASSERT_TRUE(type6_decrypt("the master key", text, again, sizeof(again)));
		CU_ASSERT_STRING_EQUAL(again, clear);
		CU_ASSERT_FALSE(type6_decrypt("the master kez", text, again, sizeof(again)));
		CU_ASSERT_EQUAL(again[0], 0);
	}
	memset(clear, 'x', sizeof(clear));
	clear[TYPE6_CLEAR_MAX + 1] = '\0';
	CU_ASSERT_FALSE(type6_encrypt("m", salt, clear, text, sizeof(text)));
	CU_ASSERT_FALSE(type6_encrypt("m", salt, "cisco", text, TYPE6_TEXT_SIZE(5) - 1));
}

static void other_texts_are_refused(void)
{
	static const char good[] = "fe_a`iJYE\\DZYJhDhTP[`MYaTgRH_MAAB";
	char text[600], clear[TYPE6_CLEAR_MAX + 1];

	CU_ASSERT_FALSE(type6_decrypt("Cisco123", "", clear, sizeof(clear)));
	CU_ASSERT_FALSE(type6_decrypt("Cisco123", "AAB", clear, sizeof(clear)));
	/* a digit that is changed, one that is no digit, one that is gone */
	for (size_t i = 0; i + 1 < sizeof(good); i++) {
		memcpy(text, good, sizeof(good));
		text[i] = (char)(text[i] == 'B' ? 'C' : 'B');
		CU_ASSERT_FALSE(type6_decrypt("Cisco123", text, clear, sizeof(clear)));
		text[i] = '1';
		CU_ASSERT_FALSE(type6_decrypt("Cisco123", text, clear, sizeof(clear)));
		text[i] = '\0';
		CU_ASSERT_FALSE(type6_decrypt("Cisco123", text, clear, sizeof(clear)));
	}
	memset(text, 'B', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t n = 0; n < 3; n++)
		CU_ASSERT_FALSE(type6_decrypt("Cisco123", text + n, clear, sizeof(clear)));
	memset(text, 'i', 3);
	text[3] = '\0'; /* more than two octets hold */
	CU_ASSERT_FALSE(type6_decrypt("Cisco123", text, clear, sizeof(clear)));
	CU_ASSERT_FALSE(type6_decrypt("Cisco123", good, clear, 8)); /* no room for the NUL */
	CU_ASSERT_TRUE(type6_decrypt("Cisco123", good, clear, 9));
}

static const struct unit_test tests[] = {
	{ "published texts are read", published_texts_are_read },
	{ "a published text is made", a_published_text_is_made },
	{ "every length comes back", every_length_comes_back },
	{ "other texts are refused", other_texts_are_refused },
};

UNIT_MAIN("type6", tests)
