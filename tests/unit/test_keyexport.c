/* crypto export wireshark: a line of each algorithm, the names of the files, what a file keeps and what it loses. */
#include "shell/commands.h"
#include "shell/keyexport.h"
#include "shell/uat.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>

/* Keys of any size: 00, 01, 02 ... */
static uint8_t counting[64];

static struct esp_sa sa_of(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth)
{
	struct esp_suite_info info = { 0 };
	struct esp_sa sa = { .inbound = true, .spi = 0x1A2B3C4, .cipher = cipher, .keybits = keybits, .auth = auth };

	for (unsigned i = 0; i < sizeof(counting); i++)
		counting[i] = (uint8_t)i;
	ip_parse("2001:db8::2", &sa.src);
	ip_parse("2001:db8::3", &sa.dst);
	CU_ASSERT_TRUE_FATAL(esp_suite_info(cipher, keybits, auth, &info));
	sa.cipher_key = sa.auth_key = counting;
	sa.cipher_key_octets = info.key_octets;
	sa.auth_key_octets = info.auth_octets;
	return sa;
}

#define K8  "0001020304050607"
#define K16 K8 "08090a0b0c0d0e0f"
#define K24 K16 "1011121314151617"
#define K32 K24 "18191a1b1c1d1e1f"
#define K48 K32 "202122232425262728292a2b2c2d2e2f"
#define K64 K48 "303132333435363738393a3b3c3d3e3f"

/* The names are Wireshark's: epan/dissectors/packet-ipsec.c of 4.0. */
static void lines_of_esp(void)
{
	static const struct {
		enum esp_cipher cipher;
		unsigned keybits;
		enum esp_auth auth;
		const char *line;
	} rows[] = {
		{ ESP_CIPHER_NULL, 0, ESP_AUTH_MD5, "\"NULL\",\"\",\"HMAC-MD5-96 [RFC2403]\",\"0x" K16 "\"" },
		{ ESP_CIPHER_DES, 0, ESP_AUTH_NONE, "\"DES-CBC [RFC2405]\",\"0x" K8 "\",\"NULL\",\"\"" },
		{ ESP_CIPHER_3DES, 0, ESP_AUTH_SHA,
		  "\"TripleDES-CBC [RFC2451]\",\"0x" K24 "\",\"HMAC-SHA-1-96 [RFC2404]\",\"0x" K16 "10111213\"" },
		{ ESP_CIPHER_AES, 128, ESP_AUTH_SHA256,
		  "\"AES-CBC [RFC3602]\",\"0x" K16 "\",\"HMAC-SHA-256-128 [RFC4868]\",\"0x" K32 "\"" },
		{ ESP_CIPHER_AES, 192, ESP_AUTH_SHA384,
		  "\"AES-CBC [RFC3602]\",\"0x" K24 "\",\"HMAC-SHA-384-192 [RFC4868]\",\"0x" K48 "\"" },
		{ ESP_CIPHER_AES, 256, ESP_AUTH_SHA512,
		  "\"AES-CBC [RFC3602]\",\"0x" K32 "\",\"HMAC-SHA-512-256 [RFC4868]\",\"0x" K64 "\"" },
		{ ESP_CIPHER_GCM, 128, ESP_AUTH_NONE,
		  "\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x" K16 "10111213\",\"NULL\",\"\"" },
		{ ESP_CIPHER_GCM, 192, ESP_AUTH_NONE,
		  "\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x" K24 "18191a1b\",\"NULL\",\"\"" },
		{ ESP_CIPHER_GCM, 256, ESP_AUTH_NONE,
		  "\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x" K32 "20212223\",\"NULL\",\"\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct esp_sa sa = sa_of(rows[i].cipher, rows[i].keybits, rows[i].auth);
		char line[UAT_LINE_SIZE], want[UAT_LINE_SIZE];

		snprintf(want, sizeof(want), "\"IPv6\",\"2001:DB8::2\",\"2001:DB8::3\",\"0x01a2b3c4\",%s",
			 rows[i].line);
		CU_ASSERT_TRUE(uat_esp(&sa, line));
		CU_ASSERT_STRING_EQUAL(line, want);
	}
}

static void lines_of_esp_in_udp(void)
{
	struct esp_sa sa = sa_of(ESP_CIPHER_DES, 0, ESP_AUTH_NONE);
	char line[UAT_LINE_SIZE];

	ip_parse("10.0.0.2", &sa.src);
	ip_parse("10.0.0.3", &sa.dst);
	CU_ASSERT_TRUE(uat_esp(&sa, line));
	CU_ASSERT_STRING_EQUAL(line, "\"IPv4\",\"10.0.0.2\",\"10.0.0.3\",\"0x01a2b3c4\",\"DES-CBC [RFC2405]\",\"0x" K8
				     "\",\"NULL\",\"\"");
	sa.local_port = sa.remote_port = 4500;
	CU_ASSERT_TRUE(uat_esp(&sa, line));
	CU_ASSERT_STRING_EQUAL(line,
			       "\"IPv4\",\"*\",\"*\",\"0x01a2b3c4\",\"DES-CBC [RFC2405]\",\"0x" K8 "\",\"NULL\",\"\"");
}

static void lines_of_ike(void)
{
	static const uint8_t cookie[8] = { 0xAD, 0x0C, 0x89, 0x49, 0x4F, 0x74, 0x32, 0x1A };
	char line[UAT_LINE_SIZE];

	sa_of(ESP_CIPHER_DES, 0, ESP_AUTH_NONE);
	CU_ASSERT_TRUE(uat_ikev1(cookie, counting, 24, line));
	CU_ASSERT_STRING_EQUAL(line, "ad0c89494f74321a," K24);
	CU_ASSERT_FALSE(uat_ikev1(cookie, counting, 65, line));
}

static void names(void)
{
	struct fs_url url;

	CU_ASSERT_TRUE(keyexport_file("R2", KEYEXPORT_ESP, &url));
	CU_ASSERT_EQUAL(url.system, FS_FLASH);
	CU_ASSERT_STRING_EQUAL(url.path, "R2.esp_sa");
	CU_ASSERT_TRUE(keyexport_file("flash:a/R2", KEYEXPORT_IKE, &url));
	CU_ASSERT_STRING_EQUAL(url.path, "a/R2.ikev1_decryption_table");
	CU_ASSERT_TRUE(keyexport_file("flash:../../etc/x", KEYEXPORT_ESP, &url)); /* as copy: there is nothing above */
	CU_ASSERT_STRING_EQUAL(url.path, "etc/x.esp_sa");
	CU_ASSERT_FALSE(keyexport_file("nvram:R2", KEYEXPORT_ESP, &url));
	CU_ASSERT_FALSE(keyexport_file("running-config", KEYEXPORT_ESP, &url));
	CU_ASSERT_FALSE(keyexport_file("tftp://10.0.0.1/x", KEYEXPORT_ESP, &url));
	CU_ASSERT_FALSE(keyexport_file("flash:", KEYEXPORT_ESP, &url));
	CU_ASSERT_FALSE(keyexport_file("flash:keys/", KEYEXPORT_ESP, &url));
	CU_ASSERT_FALSE(keyexport_file("", KEYEXPORT_ESP, &url));
}

static void merge_is(const char *old, const char *const *lines, size_t count, const char *want)
{
	size_t octets = 0;
	char *text = keyexport_merge(old, lines, count, &octets);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_STRING_EQUAL(text, want);
	CU_ASSERT_EQUAL(octets, strlen(want));
	free(text);
}

static void a_file_grows(void)
{
	static const char *const lines[] = { "aa", "b", "aa" };

	merge_is("", lines, 3, "aa\nb\n");
	merge_is("b\n", lines, 2, "b\naa\n");
	merge_is("aaa\n", lines, 1, "aaa\naa\n"); /* a part of a line is another line */
	merge_is("x", lines, 1, "x\naa\n");       /* it had no end */
}

static void a_file_is_bounded(void)
{
	char *old = calloc(KEYEXPORT_LINES, 8), *p = old, *text;
	static const char *const lines[] = { "new 1", "new 2" };
	size_t octets = 0, count = 0;

	for (unsigned i = 0; i < KEYEXPORT_LINES; i++)
		p += snprintf(p, 8, "%06u\n", i);
	text = keyexport_merge(old, lines, 2, &octets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (const char *t = text; *t; t++)
		count += *t == '\n';
	CU_ASSERT_EQUAL(count, KEYEXPORT_LINES);
	CU_ASSERT_EQUAL(strlen(text), octets);
	CU_ASSERT_EQUAL(strncmp(text, "000002\n", 7), 0); /* the oldest went */
	CU_ASSERT_STRING_EQUAL(text + octets - 12, "new 1\nnew 2\n");
	free(text);
	free(old);
}

/* A name that is not in flash: is refused where it stands, before anything changes. */
static void refused(void)
{
	struct rig g = { 0 };

	rig_open_router(&g, &cmd_key_export_table, 1, SESSION_TEST);
	session_enter(g.session, MODE_CONFIG, "");
	CU_ASSERT_EQUAL(rig_type(&g, "crypto export wireshark nvram:R2"), SESSION_REJECTED_LINE);
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto export wireshark nvram:R2\n"
				  "                                   ^\n"
				  "% Invalid input detected at '^' marker.\n\n"));
	CU_ASSERT_STRING_EQUAL(g.shell.config->system.key_export, "");
	rig_clear(&g);
	CU_ASSERT_EQUAL(rig_type(&g, "crypto export wireshark R2"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto export wireshark R2\n"
				  "Warning: the keys of all tunnels are written to flash:R2.esp_sa\n"
				  "and flash:R2.ikev1_decryption_table: who has them reads the traffic.\n"));
	CU_ASSERT_STRING_EQUAL(g.shell.config->system.key_export, "flash:R2");
	CU_ASSERT_EQUAL(rig_type(&g, "no crypto export wireshark"), SESSION_ACCEPTED);
	CU_ASSERT_STRING_EQUAL(g.shell.config->system.key_export, "");
	rig_close(&g);
}

static const struct unit_test tests[] = {
	{ "a line for each transform", lines_of_esp },
	{ "ESP in UDP", lines_of_esp_in_udp },
	{ "a line of phase 1", lines_of_ike },
	{ "names of the files", names },
	{ "a file grows by what it does not have", a_file_grows },
	{ "a file is bounded", a_file_is_bounded },
	{ "what is no file is refused", refused },
};

UNIT_MAIN("keyexport", tests)
