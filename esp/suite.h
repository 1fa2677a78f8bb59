/*
 * One row per transform: sizes in octets and the names under which OpenSSL and intel-ipsec-mb know the algorithms. Which of
 * the two works on a row is measured when the data plane starts: esp/engine.h.
 */
#ifndef ESP_SUITE_H
#define ESP_SUITE_H

#include "esp/esp.h"

#define ESP_HEADER_OCTETS  8 /* SPI, sequence number: RFC 4303 2 */
#define ESP_TRAILER_OCTETS 2 /* pad length, next header */
#define ESP_IV_MAX         16
#define ESP_ICV_MAX        32
#define ESP_SALT_OCTETS    4  /* RFC 4106 4, behind the cipher key */
#define ESP_KEY_MAX        36 /* of a cipher */
#define ESP_AUTH_KEY_MAX   64
#define ESP_SUITE_ROWS     54 /* ciphers times HMACs, those that are no transform included */

struct esp_suite {
	enum esp_cipher cipher;
	unsigned keybits; /* 0: the cipher has one key length */
	enum esp_auth auth;
	unsigned row;            /* its number, below ESP_SUITE_ROWS */
	const char *cipher_name; /* OpenSSL's; NULL: esp-null */
	const char *digest_name; /* NULL: no HMAC */
	int multi_cipher;        /* IMB_CIPHER_*; 0: ipsec-mb has none, or is not there */
	int multi_hash;          /* IMB_AUTH_*, IMB_AUTH_NULL without an HMAC */
	bool aead;               /* the cipher makes the ICV; the key ends with the salt, the IV is a counter */
	struct esp_suite_info info;
};

/* False when the pair is not one that IOS accepts. keybits matters for AES and GCM only. */
bool esp_suite_find(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite *out);
/* By its number. False when that row is no transform. */
bool esp_suite_at(unsigned row, struct esp_suite *out);

#endif
