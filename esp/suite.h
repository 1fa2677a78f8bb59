/* One row per transform: sizes in octets and the names under which OpenSSL knows the algorithms. */
#ifndef ESP_SUITE_H
#define ESP_SUITE_H

#include "esp/esp.h"

#define ESP_HEADER_OCTETS  8 /* SPI, sequence number: RFC 4303 2 */
#define ESP_TRAILER_OCTETS 2 /* pad length, next header */
#define ESP_IV_MAX         16
#define ESP_ICV_MAX        32
#define ESP_SALT_OCTETS    4 /* RFC 4106 4, behind the cipher key */

struct esp_suite {
	const char *cipher_name; /* NULL: esp-null */
	const char *digest_name; /* NULL: no HMAC */
	bool aead;               /* the cipher makes the ICV; the key ends with the salt, the IV is a counter */
	struct esp_suite_info info;
};

/* False when the pair is not one that IOS accepts. keybits matters for AES and GCM only. */
bool esp_suite_find(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite *out);

#endif
