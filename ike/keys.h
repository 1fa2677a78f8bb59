/*
 * The cryptography of IKEv1: Diffie-Hellman, SKEYID and what is derived from it, the HASH payloads, the IV chain and
 * KEYMAT. RFC 2409 sections 5, 5.4, 5.5 and Appendix B; RFC 3526, 5114, 5903. OpenSSL stays behind this header.
 *
 * Functions that return int give 0 or -IKE_ECRYPTO (OpenSSL refused, or a size that cannot be), and then have wiped
 * what they were to fill. Nothing allocates but ike_crypto_new and, inside OpenSSL, the Diffie-Hellman functions.
 * Message IDs and SPIs are in host byte order. HASH values are ike_hash_octets() long.
 */
#ifndef IKE_KEYS_H
#define IKE_KEYS_H

#include "config/model.h"
#include "ike/ike.h"
#include "ike/isakmp.h"

#define IKE_HASH_MAX       64
#define IKE_BLOCK_MAX      16
#define IKE_KEY_MAX        32
#define IKE_DH_MAX         512 /* public value and shared secret of group 16 */
#define IKE_DH_PRIVATE_MAX 66  /* group 21 */
#define IKE_IOS_VID_OCTETS 16

/* Octets of somebody else. */
struct ike_bytes {
	const uint8_t *p;
	size_t octets;
};

/*
 * OpenSSL's library context with the default and legacy providers and the fetched algorithms. One per engine; not
 * thread-safe. NULL when a provider cannot be loaded (DES is in the legacy one) or there is no memory.
 */
struct ike_crypto;
struct ike_crypto *ike_crypto_new(void);
void ike_crypto_free(struct ike_crypto *c);

/* --- sizes ----------------------------------------------------------------------------------------------------- */

size_t ike_hash_octets(enum isakmp_hash hash);  /* 16, 20, 32, 48, 64 */
size_t ike_block_octets(enum isakmp_encr encr); /* 8 or 16 */
size_t ike_key_octets(enum isakmp_encr encr, unsigned keybits);
/* Keying material for ESP; the 4 octets of salt of GCM are part of its cipher key (RFC 4106 8.1). */
size_t ike_esp_cipher_key_octets(enum esp_cipher cipher, unsigned keybits);
size_t ike_esp_auth_key_octets(enum esp_auth auth);

/* --- Diffie-Hellman -------------------------------------------------------------------------------------------- */

bool ike_dh_supported(unsigned group);
/* Octets of a KE payload's data: the prime's size, or x | y (RFC 5903 7). 0: not supported. */
size_t ike_dh_public_octets(unsigned group);
/* Octets of g^xy: the prime's size, or x alone. */
size_t ike_dh_shared_octets(unsigned group);

/* The owner keeps it where it likes and calls ike_dh_wipe when done. */
struct ike_dh {
	unsigned group;
	uint32_t number; /* what names it in debug lines */
	size_t private_octets, public_octets;
	uint8_t private[IKE_DH_PRIVATE_MAX];
	uint8_t public[IKE_DH_MAX];
};

/* Draws the private value from `random` (struct ike_ops has it): the first half of ike_dh_generate, and cheap. */
int ike_dh_draw(struct ike_crypto *c, struct ike_dh *dh, unsigned group,
		void (*random)(void *ctx, void *out, size_t octets), void *ctx);
/* Computes the public value of one that was drawn, padded on the left. */
int ike_dh_publish(struct ike_crypto *c, struct ike_dh *dh);
/* Both. */
int ike_dh_generate(struct ike_crypto *c, struct ike_dh *dh, unsigned group,
		    void (*random)(void *ctx, void *out, size_t octets), void *ctx);
/*
 * g^xy, padded on the left, ike_dh_shared_octets long. -IKE_EMALFORMED when the peer's public value has the wrong
 * size, is 0, 1, p-1 or larger, of the wrong order (group 24), or no point of the curve.
 */
int ike_dh_shared(struct ike_crypto *c, const struct ike_dh *dh, struct ike_bytes peer, uint8_t out[IKE_DH_MAX]);
void ike_dh_wipe(struct ike_dh *dh);

/* --- phase 1, RFC 2409 5 --------------------------------------------------------------------------------------- */

/* What both sides know after MM4. `Ni_b` is the nonce payload's body, `gxi` the KE payload's. */
struct ike_p1_material {
	const uint8_t *icookie, *rcookie; /* ISAKMP_COOKIE_OCTETS each */
	struct ike_bytes psk, ni, nr, gxi, gxr, gxy;
};

struct ike_keys {
	struct ike_crypto *crypto;
	enum isakmp_encr encr;
	enum isakmp_hash hash;
	size_t hash_octets, key_octets, block_octets;
	uint8_t skeyid[IKE_HASH_MAX], skeyid_d[IKE_HASH_MAX], skeyid_a[IKE_HASH_MAX], skeyid_e[IKE_HASH_MAX];
	uint8_t key[IKE_KEY_MAX];  /* Ka of Appendix B, cut to key_octets */
	uint8_t iv[IKE_BLOCK_MAX]; /* phase 1's: the last CBC block once messages have been sent or taken */
};

/* Pre-shared key: SKEYID, SKEYID_d, _a, _e, the encryption key and the first IV, hash(g^xi | g^xr). */
int ike_keys_derive(struct ike_keys *k, struct ike_crypto *c, enum isakmp_encr encr, unsigned keybits,
		    enum isakmp_hash hash, const struct ike_p1_material *m);
void ike_keys_wipe(struct ike_keys *k);

/* HASH_I and HASH_R. sai_b: the body of the initiator's SA payload as sent in MM1; id_b: the body of the ID payload. */
int ike_hash_i(const struct ike_keys *k, const struct ike_p1_material *m, struct ike_bytes sai_b, struct ike_bytes id_b,
	       uint8_t out[IKE_HASH_MAX]);
int ike_hash_r(const struct ike_keys *k, const struct ike_p1_material *m, struct ike_bytes sai_b, struct ike_bytes id_b,
	       uint8_t out[IKE_HASH_MAX]);
/* Is a received HASH payload's body the expected one? Constant time; false for any other length. */
bool ike_hash_equal(const struct ike_keys *k, const uint8_t expected[IKE_HASH_MAX], struct ike_bytes received);

/* --- CBC, RFC 2409 Appendix B ---------------------------------------------------------------------------------- */

/* The first IV of a Quick Mode or Informational exchange: hash(last phase 1 block | M-ID). */
int ike_iv_phase2(const struct ike_keys *k, uint32_t message_id, uint8_t iv[IKE_BLOCK_MAX]);
/*
 * In place, a multiple of the block long and not empty. iv comes in as the IV and goes out as the last ciphertext
 * block; work on a copy until the message has been verified. On failure data and iv are wiped.
 */
int ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);
int ike_decrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);

/* --- phase 2, RFC 2409 5.5 and 5.7 ----------------------------------------------------------------------------- */

/* rest: all payloads after HASH, generic headers included, padding not. Informational exchanges use HASH(1) too. */
int ike_hash_1(const struct ike_keys *k, uint32_t message_id, struct ike_bytes rest, uint8_t out[IKE_HASH_MAX]);
int ike_hash_2(const struct ike_keys *k, uint32_t message_id, struct ike_bytes ni, struct ike_bytes rest,
	       uint8_t out[IKE_HASH_MAX]);
int ike_hash_3(const struct ike_keys *k, uint32_t message_id, struct ike_bytes ni, struct ike_bytes nr,
	       uint8_t out[IKE_HASH_MAX]);

/* KEYMAT of one SA. gqmxy is empty without PFS. Cipher key first, then the authentication key. */
struct ike_p2_material {
	uint8_t protocol; /* PROTO_IPSEC_ESP */
	uint32_t spi;     /* of the SA's receiver */
	struct ike_bytes gqmxy, ni, nr;
};

int ike_keymat(const struct ike_keys *k, const struct ike_p2_material *m, uint8_t *out, size_t octets);

/* --- NAT-D, RFC 3947 3.2 --------------------------------------------------------------------------------------- */

/* HASH(CKY-I | CKY-R | IP | Port), ike_hash_octets() long. */
int ike_natd_hash(struct ike_crypto *c, enum isakmp_hash hash, const uint8_t icookie[ISAKMP_COOKIE_OCTETS],
		  const uint8_t rcookie[ISAKMP_COOKIE_OCTETS], const struct ip_addr *addr, uint16_t port,
		  uint8_t out[IKE_HASH_MAX]);

/* --- IOS's own vendor ID --------------------------------------------------------------------------------------- */

/*
 * The vendor ID by which one of these routers knows another ("speaking to another IOS box!"): 16 octets that depend on
 * the cookies, so that it differs in every negotiation as IOS's does.
 */
int ike_ios_vid(struct ike_crypto *c, const uint8_t icookie[ISAKMP_COOKIE_OCTETS],
		const uint8_t rcookie[ISAKMP_COOKIE_OCTETS], uint8_t out[IKE_IOS_VID_OCTETS]);

#endif
