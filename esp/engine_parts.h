/*
 * What the engines' files share, and encap.c and decap.c with them: a packet's parts, an SA's keys, a worker's room.
 * Sizes in octets.
 */
#ifndef ESP_ENGINE_PARTS_H
#define ESP_ENGINE_PARTS_H

#include "esp/engine.h"
#include "esp/sa.h"

#include <openssl/evp.h>

/* Where the parts of an ESP packet lie, one behind the other: RFC 4303 2. Transforms without IV or ICV: nothing there. */
struct frame {
	uint8_t *header, *iv, *body, *icv;
	size_t octets; /* of the body: what is encrypted, trailer included */
};

/* What OpenSSL changes as it works, so that each worker has its own. NULL: not made yet, or nothing to make. */
struct key_lane {
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	bool made;
};

struct multi_keys;

struct sa_keys {
	OSSL_LIB_CTX *lib;
	struct esp_suite suite;
	bool inbound;
	unsigned multi_from;      /* packets of this row in a batch; UINT_MAX: OpenSSL always */
	struct multi_keys *multi; /* NULL: OpenSSL always */
	uint8_t cipher_key[ESP_KEY_MAX], auth_key[ESP_AUTH_KEY_MAX];
	unsigned lane_count;
	struct key_lane lanes[];
};

/* RFC 4106 4: the salt is the end of the key; what stands before it is the cipher's. */
static inline const uint8_t *keys_salt(const struct sa_keys *k)
{
	return k->cipher_key + k->suite.info.key_octets - ESP_SALT_OCTETS;
}

/* What the ICV of an HMAC covers, from the header on. */
static inline size_t keys_covered(const struct sa_keys *k, const struct frame *f)
{
	return ESP_HEADER_OCTETS + k->suite.info.iv_octets + f->octets;
}

struct multi; /* one manager of ipsec-mb, and what it needs to work on a batch */

struct engine {
	const struct engines *engines;
	unsigned lane;
	struct multi *multi; /* NULL: there is none */
	struct frame frames[ESP_BATCH];
	uint8_t ivs[ESP_BATCH * ESP_IV_MAX];
};

OSSL_LIB_CTX *engines_lib(const struct engines *e);

/*
 * Encrypts and signs, or verifies and decrypts, each as its SA says, all packets whose verdict is ESP_OK; their frames are
 * filled in. Verdicts: ESP_DROP_ICV, ESP_DROP_CRYPTO; the body of such a packet may be anything.
 */
void engine_run(struct engine *e, struct esp_packet *p, unsigned count);

/* --- engine_openssl.c ---- */

/* 0, -ENOTSUP, -ENOMEM. */
int single_make(struct sa_keys *k, struct key_lane *l);
void single_release(struct key_lane *l);
/* One packet, by a lane that was made. */
enum esp_drop single_run(const struct sa_keys *k, struct key_lane *l, const struct frame *f);

#endif
