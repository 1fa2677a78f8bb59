#include "esp/suite.h"
#include "config.h"

#ifdef HAVE_IPSEC_MB
#include "esp/ipsec_mb.h"
#define MULTI(name) IMB_##name
#else
#define MULTI(name) 0
#endif

struct cipher_row {
	enum esp_cipher cipher;
	unsigned keybits; /* 0: the cipher has one key length */
	const char *name;
	int multi;
	unsigned key_octets, iv_octets, block_octets, icv_octets;
};

/* Ciphers of 4 octets a block are those without one: RFC 4303 2.4 aligns the trailer to 4. */
static const struct cipher_row ciphers[] = {
	{ ESP_CIPHER_NULL, 0, NULL, MULTI(CIPHER_NULL), 0, 0, 4, 0 },             /* RFC 2410 */
	{ ESP_CIPHER_DES, 0, "DES-CBC", MULTI(CIPHER_DES), 8, 8, 8, 0 },          /* RFC 2405 */
	{ ESP_CIPHER_3DES, 0, "DES-EDE3-CBC", MULTI(CIPHER_DES3), 24, 8, 8, 0 },  /* RFC 2451 */
	{ ESP_CIPHER_AES, 128, "AES-128-CBC", MULTI(CIPHER_CBC), 16, 16, 16, 0 }, /* RFC 3602 */
	{ ESP_CIPHER_AES, 192, "AES-192-CBC", MULTI(CIPHER_CBC), 24, 16, 16, 0 },
	{ ESP_CIPHER_AES, 256, "AES-256-CBC", MULTI(CIPHER_CBC), 32, 16, 16, 0 },
	{ ESP_CIPHER_GCM, 128, "AES-128-GCM", MULTI(CIPHER_GCM), 20, 8, 4, 16 }, /* RFC 4106 */
	{ ESP_CIPHER_GCM, 192, "AES-192-GCM", MULTI(CIPHER_GCM), 28, 8, 4, 16 },
	{ ESP_CIPHER_GCM, 256, "AES-256-GCM", MULTI(CIPHER_GCM), 36, 8, 4, 16 },
};

struct auth_row {
	enum esp_auth auth;
	const char *digest;
	int multi;
	unsigned key_octets, icv_octets;
};

static const struct auth_row auths[] = {
	{ ESP_AUTH_NONE, NULL, MULTI(AUTH_NULL), 0, 0 },
	{ ESP_AUTH_MD5, "MD5", MULTI(AUTH_MD5), 16, 12 },                /* RFC 2403 */
	{ ESP_AUTH_SHA, "SHA1", MULTI(AUTH_HMAC_SHA_1), 20, 12 },        /* RFC 2404 */
	{ ESP_AUTH_SHA256, "SHA256", MULTI(AUTH_HMAC_SHA_256), 32, 16 }, /* RFC 4868 */
	{ ESP_AUTH_SHA384, "SHA384", MULTI(AUTH_HMAC_SHA_384), 48, 24 },
	{ ESP_AUTH_SHA512, "SHA512", MULTI(AUTH_HMAC_SHA_512), 64, 32 },
};

#define CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))
#define AUTHS   (sizeof(auths) / sizeof(auths[0]))
_Static_assert(CIPHERS *AUTHS == ESP_SUITE_ROWS, "a row for each pair");

bool esp_suite_at(unsigned row, struct esp_suite *out)
{
	const struct cipher_row *c;
	const struct auth_row *a;

	if (row >= ESP_SUITE_ROWS)
		return false;
	c = &ciphers[row / AUTHS];
	a = &auths[row % AUTHS];
	if (c->cipher == ESP_CIPHER_GCM && a->auth != ESP_AUTH_NONE)
		return false;
	if (c->cipher == ESP_CIPHER_NULL && a->auth == ESP_AUTH_NONE)
		return false;
	*out = (struct esp_suite){
		.cipher = c->cipher,
		.keybits = c->keybits,
		.auth = a->auth,
		.row = row,
		.cipher_name = c->name,
		.digest_name = a->digest,
		.multi_cipher = c->multi,
		.multi_hash = a->multi,
		.aead = c->cipher == ESP_CIPHER_GCM,
		.info = { .key_octets = c->key_octets,
			  .auth_octets = a->key_octets,
			  .iv_octets = c->iv_octets,
			  .block_octets = c->block_octets,
			  .icv_octets = c->icv_octets + a->icv_octets },
	};
	return true;
}

bool esp_suite_find(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite *out)
{
	for (unsigned c = 0; c < CIPHERS; c++)
		for (unsigned a = 0; a < AUTHS; a++)
			if (ciphers[c].cipher == cipher && (!ciphers[c].keybits || ciphers[c].keybits == keybits) &&
			    auths[a].auth == auth)
				return esp_suite_at(c * (unsigned)AUTHS + a, out);
	return false;
}

bool esp_suite_info(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite_info *out)
{
	struct esp_suite s;

	if (!esp_suite_find(cipher, keybits, auth, &s))
		return false;
	*out = s.info;
	return true;
}

unsigned esp_plaintext_mtu(const struct esp_suite_info *s, unsigned path_mtu, unsigned outer_family, bool udp)
{
	unsigned outer = (outer_family == 6 ? 40u : 20u) + (udp ? 8u : 0);
	unsigned around = outer + ESP_HEADER_OCTETS + s->iv_octets + s->icv_octets;
	unsigned body;

	if (path_mtu < around + s->block_octets)
		return 0;
	body = (path_mtu - around) / s->block_octets * s->block_octets;
	return body - ESP_TRAILER_OCTETS;
}
