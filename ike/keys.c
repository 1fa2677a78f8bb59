/*
 * SKEYID and what follows from it, RFC 2409. Formulas stand in the order of the RFC: section 5 (SKEYID*, HASH_I,
 * HASH_R), Appendix B (the encryption key and the IV chain), section 5.5 (HASH(1..3), KEYMAT).
 *
 * The prf is HMAC of the negotiated hash; prf() takes what the RFC writes between bars as a list.
 */
#include "ike/keys.h"

#include "base/buf.h"
#include "base/wipe.h"
#include "ike/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

static const struct hash_row {
	const char *name;
	size_t octets;
} hashes[IKE_HASHES] = {
	[ISAKMP_HASH_SHA] = { "SHA1", 20 },        [ISAKMP_HASH_MD5] = { "MD5", 16 },
	[ISAKMP_HASH_SHA256] = { "SHA2-256", 32 }, [ISAKMP_HASH_SHA384] = { "SHA2-384", 48 },
	[ISAKMP_HASH_SHA512] = { "SHA2-512", 64 },
};

/* --- OpenSSL's objects ----------------------------------------------------------------------------------------- */

static bool fetch_hash(struct ike_crypto *c, size_t i)
{
	OSSL_PARAM params[2];
	char name[16] = "";

	strncpy(name, hashes[i].name, sizeof(name) - 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	c->md[i] = EVP_MD_fetch(c->lib, name, NULL);
	c->mac[i] = EVP_MAC_CTX_new(c->hmac);
	return c->md[i] && c->mac[i] && EVP_MAC_CTX_set_params(c->mac[i], params) > 0;
}

struct ike_crypto *ike_crypto_new(void)
{
	struct ike_crypto *c = calloc(1, sizeof(*c));
	bool good;

	if (!c)
		return NULL;
	c->lib = OSSL_LIB_CTX_new();
	good = c->lib && (c->standard = OSSL_PROVIDER_load(c->lib, "default")) &&
	       (c->legacy = OSSL_PROVIDER_load(c->lib, "legacy")) && (c->hmac = EVP_MAC_fetch(c->lib, "HMAC", NULL)) &&
	       (c->des = EVP_CIPHER_fetch(c->lib, "DES-CBC", NULL)) &&
	       (c->des3 = EVP_CIPHER_fetch(c->lib, "DES-EDE3-CBC", NULL)) &&
	       (c->aes128 = EVP_CIPHER_fetch(c->lib, "AES-128-CBC", NULL)) &&
	       (c->aes192 = EVP_CIPHER_fetch(c->lib, "AES-192-CBC", NULL)) &&
	       (c->aes256 = EVP_CIPHER_fetch(c->lib, "AES-256-CBC", NULL)) && (c->md_ctx = EVP_MD_CTX_new()) &&
	       (c->cipher_ctx = EVP_CIPHER_CTX_new());
	for (size_t i = 0; i < IKE_HASHES && good; i++)
		good = fetch_hash(c, i);
	if (good)
		return c;
	ike_crypto_free(c);
	ERR_clear_error();
	return NULL;
}

void ike_crypto_free(struct ike_crypto *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < IKE_HASHES; i++) {
		EVP_MAC_CTX_free(c->mac[i]);
		EVP_MD_free(c->md[i]);
	}
	EVP_CIPHER_CTX_free(c->cipher_ctx);
	EVP_MD_CTX_free(c->md_ctx);
	EVP_CIPHER_free(c->des);
	EVP_CIPHER_free(c->des3);
	EVP_CIPHER_free(c->aes128);
	EVP_CIPHER_free(c->aes192);
	EVP_CIPHER_free(c->aes256);
	EVP_MAC_free(c->hmac);
	if (c->legacy)
		OSSL_PROVIDER_unload(c->legacy);
	if (c->standard)
		OSSL_PROVIDER_unload(c->standard);
	OSSL_LIB_CTX_free(c->lib);
	free(c);
}

/* --- sizes ----------------------------------------------------------------------------------------------------- */

size_t ike_hash_octets(enum isakmp_hash hash)
{
	return hashes[hash].octets;
}

size_t ike_block_octets(enum isakmp_encr encr)
{
	return encr == ISAKMP_ENCR_AES ? 16 : 8;
}

size_t ike_key_octets(enum isakmp_encr encr, unsigned keybits)
{
	switch (encr) {
	case ISAKMP_ENCR_DES:
		return 8;
	case ISAKMP_ENCR_3DES:
		return 24;
	case ISAKMP_ENCR_AES:
		return keybits / 8;
	}
	return 0;
}

size_t ike_esp_cipher_key_octets(enum esp_cipher cipher, unsigned keybits)
{
	switch (cipher) {
	case ESP_CIPHER_NONE:
	case ESP_CIPHER_NULL:
		return 0;
	case ESP_CIPHER_DES:
		return 8;
	case ESP_CIPHER_3DES:
		return 24;
	case ESP_CIPHER_AES:
		return keybits / 8;
	case ESP_CIPHER_GCM:
		return keybits / 8 + 4;
	}
	return 0;
}

size_t ike_esp_auth_key_octets(enum esp_auth auth)
{
	switch (auth) {
	case ESP_AUTH_NONE:
		return 0;
	case ESP_AUTH_MD5:
		return 16;
	case ESP_AUTH_SHA:
		return 20;
	case ESP_AUTH_SHA256:
		return 32;
	case ESP_AUTH_SHA384:
		return 48;
	case ESP_AUTH_SHA512:
		return 64;
	}
	return 0;
}

/* --- hash and prf ---------------------------------------------------------------------------------------------- */

#define PARTS(...)                                                                                                     \
	(const struct ike_bytes[]){ __VA_ARGS__ },                                                                     \
		sizeof((const struct ike_bytes[]){ __VA_ARGS__ }) / sizeof(struct ike_bytes)

static int prf(const struct ike_keys *k, struct ike_bytes key, const struct ike_bytes *parts, size_t count,
	       uint8_t out[IKE_HASH_MAX])
{
	EVP_MAC_CTX *mac = k->crypto->mac[k->hash];
	size_t got = 0;
	bool good = EVP_MAC_init(mac, key.p, key.octets, NULL) > 0;

	for (size_t i = 0; i < count && good; i++)
		good = parts[i].octets == 0 || EVP_MAC_update(mac, parts[i].p, parts[i].octets) > 0;
	if (good && EVP_MAC_final(mac, out, &got, IKE_HASH_MAX) > 0 && got == k->hash_octets)
		return 0;
	wipe(out, IKE_HASH_MAX);
	ERR_clear_error();
	return -IKE_ECRYPTO;
}

static int digest(struct ike_crypto *c, enum isakmp_hash hash, const struct ike_bytes *parts, size_t count,
		  uint8_t out[IKE_HASH_MAX])
{
	unsigned got = 0;
	bool good = EVP_DigestInit_ex2(c->md_ctx, c->md[hash], NULL) > 0;

	for (size_t i = 0; i < count && good; i++)
		good = EVP_DigestUpdate(c->md_ctx, parts[i].p, parts[i].octets) > 0;
	if (good && EVP_DigestFinal_ex(c->md_ctx, out, &got) > 0 && got == hashes[hash].octets)
		return 0;
	wipe(out, IKE_HASH_MAX);
	ERR_clear_error();
	return -IKE_ECRYPTO;
}

/* --- RFC 2409 5 ------------------------------------------------------------------------------------------------ */

static struct ike_bytes secret_of(const struct ike_keys *k, const uint8_t *skeyid)
{
	return (struct ike_bytes){ skeyid, k->hash_octets };
}

static struct ike_bytes cookie_of(const uint8_t *cookie)
{
	return (struct ike_bytes){ cookie, ISAKMP_COOKIE_OCTETS };
}

/* SKEYID_d, _a or _e = prf(SKEYID, <the one before> | g^xy | CKY-I | CKY-R | 0, 1 or 2) */
static int derive_skeyid(const struct ike_keys *k, const struct ike_p1_material *m, struct ike_bytes before,
			 uint8_t number, uint8_t out[IKE_HASH_MAX])
{
	return prf(k, secret_of(k, k->skeyid),
		   PARTS(before, m->gxy, cookie_of(m->icookie), cookie_of(m->rcookie), { &number, 1 }), out);
}

/*
 * Appendix B: the first octets of SKEYID_e, or of K1 | K2 | ... with K1 = prf(SKEYID_e, 0), Kn = prf(SKEYID_e, Kn-1)
 * when it is too short. Appendix B would pass over the 16 weak and semi-weak keys of DES; one of them turns up once in
 * 2^52 negotiations and no peer is known to pass over it, so that doing so would only break the negotiation.
 */
static int expand_key(struct ike_keys *k)
{
	struct wr w = wr_of(k->key, k->key_octets);
	uint8_t block[IKE_HASH_MAX];
	struct ike_bytes previous = { (const uint8_t *)"\0", 1 };
	int rc = 0;

	if (k->key_octets <= k->hash_octets) {
		wr_bytes(&w, k->skeyid_e, k->key_octets);
		return 0;
	}
	for (size_t left = k->key_octets; left && rc == 0; left -= left < k->hash_octets ? left : k->hash_octets) {
		rc = prf(k, secret_of(k, k->skeyid_e), &previous, 1, block);
		wr_bytes(&w, block, left < k->hash_octets ? left : k->hash_octets);
		previous = (struct ike_bytes){ block, k->hash_octets };
	}
	wipe(block, sizeof(block));
	return rc;
}

int ike_keys_derive(struct ike_keys *k, struct ike_crypto *c, enum isakmp_encr encr, unsigned keybits,
		    enum isakmp_hash hash, const struct ike_p1_material *m)
{
	uint8_t iv[IKE_HASH_MAX];

	*k = (struct ike_keys){ .crypto = c, .encr = encr, .hash = hash };
	k->hash_octets = ike_hash_octets(hash);
	k->key_octets = ike_key_octets(encr, keybits);
	k->block_octets = ike_block_octets(encr);
	if (k->key_octets == 0 || k->key_octets > IKE_KEY_MAX || m->psk.octets == 0)
		goto fail;
	if (prf(k, m->psk, PARTS(m->ni, m->nr), k->skeyid) < 0 ||
	    derive_skeyid(k, m, (struct ike_bytes){ NULL, 0 }, 0, k->skeyid_d) < 0 ||
	    derive_skeyid(k, m, secret_of(k, k->skeyid_d), 1, k->skeyid_a) < 0 ||
	    derive_skeyid(k, m, secret_of(k, k->skeyid_a), 2, k->skeyid_e) < 0 || expand_key(k) < 0)
		goto fail;
	if (digest(c, hash, PARTS(m->gxi, m->gxr), iv) < 0)
		goto fail;
	memcpy(k->iv, iv, k->block_octets);
	return 0;
fail:
	ike_keys_wipe(k);
	return -IKE_ECRYPTO;
}

void ike_keys_wipe(struct ike_keys *k)
{
	wipe(k, sizeof(*k));
}

int ike_hash_i(const struct ike_keys *k, const struct ike_p1_material *m, struct ike_bytes sai_b, struct ike_bytes id_b,
	       uint8_t out[IKE_HASH_MAX])
{
	return prf(k, secret_of(k, k->skeyid),
		   PARTS(m->gxi, m->gxr, cookie_of(m->icookie), cookie_of(m->rcookie), sai_b, id_b), out);
}

int ike_hash_r(const struct ike_keys *k, const struct ike_p1_material *m, struct ike_bytes sai_b, struct ike_bytes id_b,
	       uint8_t out[IKE_HASH_MAX])
{
	return prf(k, secret_of(k, k->skeyid),
		   PARTS(m->gxr, m->gxi, cookie_of(m->rcookie), cookie_of(m->icookie), sai_b, id_b), out);
}

bool ike_hash_equal(const struct ike_keys *k, const uint8_t expected[IKE_HASH_MAX], struct ike_bytes received)
{
	return received.octets == k->hash_octets && equal_const_time(expected, received.p, k->hash_octets);
}

/* --- CBC, Appendix B ------------------------------------------------------------------------------------------- */

int ike_iv_phase2(const struct ike_keys *k, uint32_t message_id, uint8_t iv[IKE_BLOCK_MAX])
{
	uint8_t mid[4], out[IKE_HASH_MAX];
	struct wr w = wr_of(mid, sizeof(mid));

	wr_u32(&w, message_id);
	if (digest(k->crypto, k->hash, PARTS({ k->iv, k->block_octets }, { mid, sizeof(mid) }), out) < 0) {
		wipe(iv, IKE_BLOCK_MAX);
		return -IKE_ECRYPTO;
	}
	memset(iv, 0, IKE_BLOCK_MAX);
	memcpy(iv, out, k->block_octets);
	return 0;
}

static const EVP_CIPHER *cipher_of(const struct ike_keys *k)
{
	const struct ike_crypto *c = k->crypto;

	switch (k->encr) {
	case ISAKMP_ENCR_DES:
		return c->des;
	case ISAKMP_ENCR_3DES:
		return c->des3;
	case ISAKMP_ENCR_AES:
		return k->key_octets == 16 ? c->aes128 : k->key_octets == 24 ? c->aes192 : c->aes256;
	}
	return NULL;
}

static void copy_last(uint8_t *out, const uint8_t *data, size_t octets, size_t block)
{
	struct rd r = rd_of(data, octets);

	rd_take(&r, octets - block);
	rd_copy(&r, out, block);
}

static int cbc(const struct ike_keys *k, bool encrypt, uint8_t *iv, uint8_t *data, size_t octets)
{
	EVP_CIPHER_CTX *ctx = k->crypto->cipher_ctx;
	size_t block = k->block_octets;
	uint8_t last[IKE_BLOCK_MAX];
	int got = 0;

	if (octets == 0 || octets % block != 0 || octets > INT32_MAX)
		goto fail;
	if (!encrypt)
		copy_last(last, data, octets, block);
	if (EVP_CipherInit_ex2(ctx, cipher_of(k), k->key, iv, encrypt, NULL) <= 0 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) <= 0 || EVP_CipherUpdate(ctx, data, &got, data, (int)octets) <= 0 ||
	    (size_t)got != octets)
		goto fail;
	if (encrypt)
		copy_last(last, data, octets, block);
	memcpy(iv, last, block);
	return 0;
fail:
	wipe(iv, IKE_BLOCK_MAX);
	wipe(data, octets);
	ERR_clear_error();
	return -IKE_ECRYPTO;
}

int ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets)
{
	return cbc(k, true, iv, data, octets);
}

int ike_decrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets)
{
	return cbc(k, false, iv, data, octets);
}

/* --- RFC 2409 5.5 ---------------------------------------------------------------------------------------------- */

/* HASH(1) = prf(SKEYID_a, M-ID | rest), HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest): the same with Ni_b empty. */
int ike_hash_2(const struct ike_keys *k, uint32_t message_id, struct ike_bytes ni, struct ike_bytes rest,
	       uint8_t out[IKE_HASH_MAX])
{
	uint8_t mid[4];
	struct wr w = wr_of(mid, sizeof(mid));

	wr_u32(&w, message_id);
	return prf(k, secret_of(k, k->skeyid_a), PARTS({ mid, sizeof(mid) }, ni, rest), out);
}

int ike_hash_1(const struct ike_keys *k, uint32_t message_id, struct ike_bytes rest, uint8_t out[IKE_HASH_MAX])
{
	return ike_hash_2(k, message_id, (struct ike_bytes){ NULL, 0 }, rest, out);
}

/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
int ike_hash_3(const struct ike_keys *k, uint32_t message_id, struct ike_bytes ni, struct ike_bytes nr,
	       uint8_t out[IKE_HASH_MAX])
{
	uint8_t zero_mid[5];
	struct wr w = wr_of(zero_mid, sizeof(zero_mid));

	wr_u8(&w, 0);
	wr_u32(&w, message_id);
	return prf(k, secret_of(k, k->skeyid_a), PARTS({ zero_mid, sizeof(zero_mid) }, ni, nr), out);
}

/* K1 = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b), Kn = prf(SKEYID_d, Kn-1 | the same) */
int ike_keymat(const struct ike_keys *k, const struct ike_p2_material *m, uint8_t *out, size_t octets)
{
	uint8_t block[IKE_HASH_MAX], proto_spi[5];
	struct wr w = wr_of(proto_spi, sizeof(proto_spi)), to = wr_of(out, octets);
	struct ike_bytes previous = { NULL, 0 };
	int rc = 0;

	wr_u8(&w, m->protocol);
	wr_u32(&w, m->spi);
	while (rc == 0 && wr_octets(&to) < octets) {
		size_t left = octets - wr_octets(&to);

		rc = prf(k, secret_of(k, k->skeyid_d),
			 PARTS(previous, m->gqmxy, { proto_spi, sizeof(proto_spi) }, m->ni, m->nr), block);
		wr_bytes(&to, block, left < k->hash_octets ? left : k->hash_octets);
		previous = (struct ike_bytes){ block, k->hash_octets };
	}
	if (rc < 0)
		wipe(out, octets);
	wipe(block, sizeof(block));
	return rc;
}

/* --- NAT-D, RFC 3947 3.2 --------------------------------------------------------------------------------------- */

int ike_natd_hash(struct ike_crypto *c, enum isakmp_hash hash, const uint8_t icookie[ISAKMP_COOKIE_OCTETS],
		  const uint8_t rcookie[ISAKMP_COOKIE_OCTETS], const struct ip_addr *addr, uint16_t port,
		  uint8_t out[IKE_HASH_MAX])
{
	uint8_t port_be[2];
	struct wr w = wr_of(port_be, sizeof(port_be));

	wr_u16(&w, port);
	return digest(c, hash,
		      PARTS(cookie_of(icookie), cookie_of(rcookie), { addr->octets, ip_octets(addr) },
			    { port_be, sizeof(port_be) }),
		      out);
}

/* --- IOS's own vendor ID --------------------------------------------------------------------------------------- */

int ike_ios_vid(struct ike_crypto *c, const uint8_t icookie[ISAKMP_COOKIE_OCTETS],
		const uint8_t rcookie[ISAKMP_COOKIE_OCTETS], uint8_t out[IKE_IOS_VID_OCTETS])
{
	static const uint8_t text[] = "mainmode: another IOS box";
	uint8_t hash[IKE_HASH_MAX];

	if (digest(c, ISAKMP_HASH_SHA256, PARTS({ text, sizeof(text) - 1 }, cookie_of(icookie), cookie_of(rcookie)),
		   hash) < 0)
		return -IKE_ECRYPTO;
	memcpy(out, hash, IKE_IOS_VID_OCTETS);
	return 0;
}
