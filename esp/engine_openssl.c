/*
 * One packet at a time, by OpenSSL. The contexts are keyed once: a packet costs no key schedule, it sets an IV and restarts
 * the HMAC from its keyed state.
 */
#include "base/buf.h"
#include "base/wipe.h"
#include "esp/engine_parts.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#define HMAC_MAX 64

static int make_cipher(struct sa_keys *k, struct key_lane *l)
{
	EVP_CIPHER *algorithm;
	int ok;

	if (!k->suite->cipher_name)
		return 0;
	algorithm = EVP_CIPHER_fetch(k->lib, k->suite->cipher_name, NULL);
	if (!algorithm)
		return -ENOTSUP;
	l->cipher = EVP_CIPHER_CTX_new();
	/* GCM's IV of 12 octets, salt and counter, is OpenSSL's default length */
	ok = l->cipher && EVP_CipherInit_ex2(l->cipher, algorithm, k->cipher_key, NULL, !k->inbound, NULL) &&
	     EVP_CIPHER_CTX_set_padding(l->cipher, 0);
	EVP_CIPHER_free(algorithm);
	return ok ? 0 : -ENOMEM;
}

static int make_mac(struct sa_keys *k, struct key_lane *l)
{
	char digest[16];
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC *algorithm;
	int ok;

	if (!k->suite->digest_name)
		return 0;
	algorithm = EVP_MAC_fetch(k->lib, "HMAC", NULL);
	if (!algorithm)
		return -ENOTSUP;
	strncpy(digest, k->suite->digest_name, sizeof(digest) - 1);
	digest[sizeof(digest) - 1] = '\0';
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	l->mac = EVP_MAC_CTX_new(algorithm);
	ok = l->mac && EVP_MAC_init(l->mac, k->auth_key, k->suite->info.auth_octets, params);
	EVP_MAC_free(algorithm);
	return ok ? 0 : -ENOTSUP;
}

int single_make(struct sa_keys *k, struct key_lane *l)
{
	int err = make_cipher(k, l);

	if (!err)
		err = make_mac(k, l);
	if (err)
		single_release(l);
	l->made = !err;
	return err;
}

void single_release(struct key_lane *l)
{
	EVP_CIPHER_CTX_free(l->cipher);
	EVP_MAC_CTX_free(l->mac);
	*l = (struct key_lane){ 0 };
}

/* RFC 4106 3: salt, then what stands in the packet. */
static void put_nonce(const struct sa_keys *k, const struct frame *f, uint8_t nonce[NONCE_OCTETS])
{
	struct wr w = wr_of(nonce, NONCE_OCTETS);

	wr_bytes(&w, keys_salt(k), ESP_SALT_OCTETS);
	wr_bytes(&w, f->iv, k->suite->info.iv_octets);
}

/* The header is authenticated but not encrypted: RFC 4106 5. */
static enum esp_drop seal_aead(const struct sa_keys *k, EVP_CIPHER_CTX *c, const struct frame *f)
{
	uint8_t nonce[NONCE_OCTETS];
	int n = 0, rest = 0;

	put_nonce(k, f, nonce);
	return EVP_EncryptInit_ex2(c, NULL, NULL, nonce, NULL) &&
			       EVP_EncryptUpdate(c, NULL, &n, f->header, ESP_HEADER_OCTETS) &&
			       EVP_EncryptUpdate(c, f->body, &n, f->body, (int)f->octets) && (size_t)n == f->octets &&
			       EVP_EncryptFinal_ex(c, f->icv, &rest) && rest == 0 &&
			       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, (int)k->suite->info.icv_octets, f->icv)
		       ? ESP_OK
		       : ESP_DROP_CRYPTO;
}

/* GCM verifies as it decrypts. */
static enum esp_drop open_aead(const struct sa_keys *k, EVP_CIPHER_CTX *c, const struct frame *f)
{
	uint8_t nonce[NONCE_OCTETS];
	int n = 0, rest = 0;

	put_nonce(k, f, nonce);
	if (!EVP_DecryptInit_ex2(c, NULL, NULL, nonce, NULL) ||
	    !EVP_DecryptUpdate(c, NULL, &n, f->header, ESP_HEADER_OCTETS) ||
	    !EVP_DecryptUpdate(c, f->body, &n, f->body, (int)f->octets) || (size_t)n != f->octets ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)k->suite->info.icv_octets, f->icv))
		return ESP_DROP_CRYPTO;
	return EVP_DecryptFinal_ex(c, f->icv, &rest) > 0 ? ESP_OK : ESP_DROP_ICV;
}

/*
 * Restarting an HMAC from its keyed state copies two digest states; it hashes no key. (OpenSSL 3.0 allocates for
 * that copy inside, which only a later OpenSSL can change.)
 */
static bool hmac(const struct sa_keys *k, EVP_MAC_CTX *mac, const struct frame *f, uint8_t out[HMAC_MAX])
{
	size_t len = 0;

	return EVP_MAC_init(mac, NULL, 0, NULL) && EVP_MAC_update(mac, f->header, keys_covered(k, f)) &&
	       EVP_MAC_final(mac, out, &len, HMAC_MAX) && len >= k->suite->info.icv_octets;
}

static bool run_cipher(EVP_CIPHER_CTX *c, const struct frame *f)
{
	int n = 0;

	return !c || (EVP_CipherInit_ex2(c, NULL, NULL, f->iv, -1, NULL) &&
		      EVP_CipherUpdate(c, f->body, &n, f->body, (int)f->octets) && (size_t)n == f->octets);
}

/* Encrypt, then authenticate what is sent: RFC 4303 3.3.2. */
static enum esp_drop seal_body(const struct sa_keys *k, struct key_lane *l, const struct frame *f)
{
	uint8_t icv[HMAC_MAX];

	if (!run_cipher(l->cipher, f))
		return ESP_DROP_CRYPTO;
	if (!l->mac)
		return ESP_OK;
	if (!hmac(k, l->mac, f, icv))
		return ESP_DROP_CRYPTO;
	memcpy(f->icv, icv, k->suite->info.icv_octets);
	return ESP_OK;
}

/* Nothing is decrypted that nobody vouches for: RFC 4303 3.4.4.1. */
static enum esp_drop open_body(const struct sa_keys *k, struct key_lane *l, const struct frame *f)
{
	uint8_t icv[HMAC_MAX];

	if (l->mac && !hmac(k, l->mac, f, icv))
		return ESP_DROP_CRYPTO;
	if (l->mac && !equal_const_time(icv, f->icv, k->suite->info.icv_octets))
		return ESP_DROP_ICV;
	return run_cipher(l->cipher, f) ? ESP_OK : ESP_DROP_CRYPTO;
}

enum esp_drop single_run(const struct sa_keys *k, struct key_lane *l, const struct frame *f)
{
	if (k->suite->aead)
		return k->inbound ? open_aead(k, l->cipher, f) : seal_aead(k, l->cipher, f);
	return k->inbound ? open_body(k, l, f) : seal_body(k, l, f);
}
