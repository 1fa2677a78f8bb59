/* esp/suite.c: sizes of the transforms, pairs that are none, IOS's plaintext MTU. */
#include "tests/unit/esp_unit.h"

static void sizes_are_those_of_the_rfcs(void)
{
	static const struct {
		struct esp_unit_suite suite;
		unsigned key, auth, iv, block, icv;
	} rows[] = {
		{ { ESP_CIPHER_NULL, 0, ESP_AUTH_MD5 }, 0, 16, 0, 4, 12 },
		{ { ESP_CIPHER_DES, 0, ESP_AUTH_SHA }, 8, 20, 8, 8, 12 },
		{ { ESP_CIPHER_3DES, 0, ESP_AUTH_NONE }, 24, 0, 8, 8, 0 },
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA256 }, 16, 32, 16, 16, 16 },
		{ { ESP_CIPHER_AES, 192, ESP_AUTH_SHA384 }, 24, 48, 16, 16, 24 },
		{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA512 }, 32, 64, 16, 16, 32 },
		{ { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE }, 20, 0, 8, 4, 16 },
		{ { ESP_CIPHER_GCM, 256, ESP_AUTH_NONE }, 36, 0, 8, 4, 16 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct esp_suite_info s = { 0 };

		CU_ASSERT_TRUE(esp_suite_info(rows[i].suite.cipher, rows[i].suite.keybits, rows[i].suite.auth, &s));
		CU_ASSERT_EQUAL(s.key_octets, rows[i].key);
		CU_ASSERT_EQUAL(s.auth_octets, rows[i].auth);
		CU_ASSERT_EQUAL(s.iv_octets, rows[i].iv);
		CU_ASSERT_EQUAL(s.block_octets, rows[i].block);
		CU_ASSERT_EQUAL(s.icv_octets, rows[i].icv);
	}
}

static void pairs_that_are_none_are_refused(void)
{
	struct esp_suite_info s;
	struct esp_unit_suite u;
	unsigned count = 0;

	CU_ASSERT_FALSE(esp_suite_info(ESP_CIPHER_GCM, 128, ESP_AUTH_SHA, &s));
	CU_ASSERT_FALSE(esp_suite_info(ESP_CIPHER_NULL, 0, ESP_AUTH_NONE, &s));
	CU_ASSERT_FALSE(esp_suite_info(ESP_CIPHER_NONE, 0, ESP_AUTH_SHA, &s));
	CU_ASSERT_FALSE(esp_suite_info(ESP_CIPHER_AES, 0, ESP_AUTH_SHA, &s));
	CU_ASSERT_FALSE(esp_suite_info(ESP_CIPHER_AES, 512, ESP_AUTH_SHA, &s));
	while (esp_unit_suite(count, &u))
		count++;
	CU_ASSERT_EQUAL(count, 5 + 5 * 6 + 3); /* null with each HMAC, CBC with each or none, GCM */
}

/* The captures' values. Transport mode is said as what it adds to the tunnel's. */
static void plaintext_mtu_is_what_ios_shows(void)
{
	static const struct {
		struct esp_unit_suite suite;
		unsigned path, outer, add, want;
		bool udp;
	} rows[] = {
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA }, 1500, 4, 0, 1438 },
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA }, 1500, 6, 0, 1422 },
		{ { ESP_CIPHER_DES, 0, ESP_AUTH_MD5 }, 1500, 4, 0, 1446 },
		{ { ESP_CIPHER_GCM, 256, ESP_AUTH_NONE }, 1500, 4, 0, 1446 },
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA256 }, 1500, 4, 20, 1458 },
		{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA }, 1500, 4, 20, 1442, true },
		{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA256 }, 1500, 6, 40, 1446 },
		{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA512 }, 60, 4, 0, 0 },
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA }, 1500, 4, 0, 1422, true },
		{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA }, 1500, 6, 0, 1406, true },
		{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA512 }, 92, 4, 0, 14 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct esp_suite_info s = { 0 };

		CU_ASSERT_TRUE(esp_suite_info(rows[i].suite.cipher, rows[i].suite.keybits, rows[i].suite.auth, &s));
		CU_ASSERT_EQUAL(esp_plaintext_mtu(&s, rows[i].path, rows[i].outer, rows[i].udp) + rows[i].add,
				rows[i].want);
	}
}

/* The formula against the packets themselves: that size fits the path, one octet more does not. */
static void plaintext_mtu_is_the_largest_that_fits(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_packet p = esp_unit_packet();
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
		struct sa *sa = esp_unit_sa(&lib, u, false);

		CU_ASSERT_PTR_NOT_NULL_FATAL(sa);
		for (unsigned path = 576; path < 600; path++) {
			unsigned mtu = esp_plaintext_mtu(&sa->suite.info, path, 4, false);

			for (unsigned more = 0; more < 2; more++) {
				packet_reset(&p, p.room, ESP_SLOT_OCTETS);
				p.octets = mtu + more;
				memset(p.data, 0, p.octets);
				esp_unit_seal(&lib, sa, &p, 1);
				CU_ASSERT_EQUAL(p.verdict, ESP_OK);
				CU_ASSERT_EQUAL(p.octets + 20 > path, more);
			}
		}
		sa_free(sa);
	}
	free(p.room);
	esp_unit_lib_free(&lib);
}

static void every_reason_has_a_name(void)
{
	for (unsigned i = 0; i < ESP_DROP_COUNT; i++) {
		const char *name = esp_drop_name((enum esp_drop)i);

		CU_ASSERT_TRUE(name && name[0]);
		for (unsigned j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(name, esp_drop_name((enum esp_drop)j));
	}
}

static const struct unit_test tests[] = {
	{ "sizes are those of the RFCs", sizes_are_those_of_the_rfcs },
	{ "pairs that are none are refused", pairs_that_are_none_are_refused },
	{ "plaintext mtu is what IOS shows", plaintext_mtu_is_what_ios_shows },
	{ "plaintext mtu is the largest that fits", plaintext_mtu_is_the_largest_that_fits },
	{ "every reason has a name", every_reason_has_a_name },
};

UNIT_MAIN("esp suites", tests)
