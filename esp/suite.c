#include "esp/suite.h"

struct cipher_row {
	enum esp_cipher cipher;
	unsigned keybits; /* 0: the cipher has one key length */
	const char *name;
	unsigned key_octets, iv_octets, block_octets, icv_octets;
};

/* Ciphers of 4 octets a block are those without one: RFC 4303 2.4 aligns the trailer to 4. */
static const struct cipher_row ciphers[] = {
	{ ESP_CIPHER_NULL, 0, NULL, 0, 0, 4, 0 },              /* RFC 2410 */
	{ ESP_CIPHER_DES, 0, "DES-CBC", 8, 8, 8, 0 },          /* RFC 2405 */
	{ ESP_CIPHER_3DES, 0, "DES-EDE3-CBC", 24, 8, 8, 0 },   /* RFC 2451 */
	{ ESP_CIPHER_AES, 128, "AES-128-CBC", 16, 16, 16, 0 }, /* RFC 3602 */
	{ ESP_CIPHER_AES, 192, "AES-192-CBC", 24, 16, 16, 0 },
	{ ESP_CIPHER_AES, 256, "AES-256-CBC", 32, 16, 16, 0 },
	{ ESP_CIPHER_GCM, 128, "AES-128-GCM", 20, 8, 4, 16 }, /* RFC 4106 */
	{ ESP_CIPHER_GCM, 192, "AES-192-GCM", 28, 8, 4, 16 },
	{ ESP_CIPHER_GCM, 256, "AES-256-GCM", 36, 8, 4, 16 },
};

struct auth_row {
	enum esp_auth auth;
	const char *digest;
	unsigned key_octets, icv_octets;
};

static const struct auth_row auths[] = {
	{ ESP_AUTH_NONE, NULL, 0, 0 },         { ESP_AUTH_MD5, "MD5", 16, 12 }, /* RFC 2403 */
	{ ESP_AUTH_SHA, "SHA1", 20, 12 },                                       /* RFC 2404 */
	{ ESP_AUTH_SHA256, "SHA256", 32, 16 },                                  /* RFC 4868 */
	{ ESP_AUTH_SHA384, "SHA384", 48, 24 }, { ESP_AUTH_SHA512, "SHA512", 64, 32 },
};

static const struct cipher_row *find_cipher(enum esp_cipher cipher, unsigned keybits)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (ciphers[i].cipher == cipher && (!ciphers[i].keybits || ciphers[i].keybits == keybits))
			return &ciphers[i];
	return NULL;
}

static const struct auth_row *find_auth(enum esp_auth auth)
{
	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++)
		if (auths[i].auth == auth)
			return &auths[i];
	return NULL;
}

bool esp_suite_find(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite *out)
{
	const struct cipher_row *c = find_cipher(cipher, keybits);
	const struct auth_row *a = find_auth(auth);

	if (!c || !a)
		return false;
	if (cipher == ESP_CIPHER_GCM && auth != ESP_AUTH_NONE)
		return false;
	if (cipher == ESP_CIPHER_NULL && auth == ESP_AUTH_NONE)
		return false;
	*out = (struct esp_suite){
		.cipher_name = c->name,
		.digest_name = a->digest,
		.aead = cipher == ESP_CIPHER_GCM,
		.info = { .key_octets = c->key_octets,
			  .auth_octets = a->key_octets,
			  .iv_octets = c->iv_octets,
			  .block_octets = c->block_octets,
			  .icv_octets = c->icv_octets + a->icv_octets },
	};
	return true;
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
