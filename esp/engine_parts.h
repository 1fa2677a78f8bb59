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
	size_t octets;                 /* of the block that holds all of it */
	const struct esp_suite *suite; /* outlives the keys */
	bool inbound;
	unsigned multi_from;      /* packets of this row in a batch; UINT_MAX: OpenSSL always */
	struct multi_keys *multi; /* NULL: OpenSSL always */
	uint8_t cipher_key[ESP_KEY_MAX], auth_key[ESP_AUTH_KEY_MAX];
	unsigned lane_count;
	struct key_lane lanes[];
};

#define NONCE_OCTETS (ESP_SALT_OCTETS + 8)

/* RFC 4106 4: the salt is the end of the key; what stands before it is the cipher's. */
static inline const uint8_t *keys_salt(const struct sa_keys *k)
{
	return k->cipher_key + k->suite->info.key_octets - ESP_SALT_OCTETS;
}

/* What the ICV of an HMAC covers, from the header on. */
static inline size_t keys_covered(const struct sa_keys *k, const struct frame *f)
{
	return ESP_HEADER_OCTETS + k->suite->info.iv_octets + f->octets;
}

struct multi; /* one manager of ipsec-mb, and what it needs to work on a batch */

struct engine {
	const struct engines *engines;
	unsigned lane;
	struct multi *multi; /* NULL: there is none */
	struct frame frames[ESP_BATCH];
	uint16_t of_row[ESP_SUITE_ROWS];     /* packets of the batch */
	uint8_t ivs[ESP_BATCH * ESP_IV_MAX]; /* drawn; the first ivs_left are not used yet */
	size_t ivs_left;
};

OSSL_LIB_CTX *engines_lib(const struct engines *e);

/*
 * Encrypts and signs, or verifies and decrypts, each as its SA says, all packets whose verdict is ESP_OK; their frames are
 * filled in. Verdicts: ESP_DROP_ICV, ESP_DROP_CRYPTO; the body of such a packet may be anything.
 */
void engine_run(struct engine *e, struct esp_packet *p, unsigned count);

/* The first lane of OpenSSL. TRIED: whether OpenSSL has what it needs is told now, its memory taken when it is used. */
enum single_use { SINGLE_NONE, SINGLE_TRIED, SINGLE_MADE };
/* keys_new() with this multi_from. multi: the manager, or NULL. */
int keys_make(OSSL_LIB_CTX *lib, const struct multi *multi, unsigned lanes, const struct esp_suite *s,
	      const struct esp_sa *params, unsigned multi_from, enum single_use single, struct sa_keys **out);

/* --- engine_measure.c ---- */

/* Fills ESP_SUITE_ROWS rows by their numbers. multi may be NULL. Some milliseconds. */
void measure_rows(OSSL_LIB_CTX *lib, struct multi *multi, struct esp_engine_row *rows);

/* --- engine_openssl.c ---- */

/* 0, -ENOTSUP, -ENOMEM. */
int single_make(struct sa_keys *k, struct key_lane *l);
void single_release(struct key_lane *l);
/* One packet, by a lane that was made. */
enum esp_drop single_run(const struct sa_keys *k, struct key_lane *l, const struct frame *f);

/* --- engine_multi.c; of one thread ---- */

#define MULTI_OCTETS_MAX 65515 /* SPI to ICV, what an IPv4 packet can hold; ipsec-mb's own limit is 65534 */

/* NULL: not built in, or not for this processor, or it failed its own tests, or out of memory. */
struct multi *multi_new(void);
void multi_free(struct multi *m); /* wiped */
/* The code that only the tests of ipsec-mb ran counts no longer as the process's. All managers are made. */
void multi_forget_tests(void);
const char *multi_version(void);
const char *multi_arch(const struct multi *m);
size_t multi_keys_octets(const struct esp_suite *s); /* a multiple of CACHE_LINE */
void multi_keys_make(const struct multi *m, const struct sa_keys *k, struct multi_keys *out);
/*
 * Begins one packet; slot is its place in the batch. Its verdict stands when multi_finish() returned. At most ESP_BATCH,
 * none longer than MULTI_OCTETS_MAX.
 */
void multi_start(struct multi *m, unsigned slot, const struct sa_keys *k, const struct frame *f,
		 enum esp_drop *verdict);
void multi_finish(struct multi *m);

#endif
