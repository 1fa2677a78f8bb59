/*
 * Keys in IOS's type 6 form, for whoever reads a configuration over a shoulder: AES-128 in counter mode under keys that
 * are made from the master key and a salt, HMAC-SHA1 over what is encrypted (its first four octets), all in base 41.
 * That is IOS's format; its MAC tells a wrong master key from the right one, and is no protection against a forger.
 */
#ifndef STARTUP_CONFIG_TYPE6_H
#define STARTUP_CONFIG_TYPE6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TYPE6_SALT_OCTETS 8
#define TYPE6_CLEAR_MAX   128 /* octets of a key, without its NUL */
/* The text of a key of so many octets, and its NUL. */
#define TYPE6_TEXT_SIZE(octets) ((TYPE6_SALT_OCTETS + (octets) + 5) / 2 * 3 + 4)

/*
 * NUL-terminated strings; the salt is random octets, new for each key. False: clear is longer than TYPE6_CLEAR_MAX,
 * text too small, or OpenSSL refuses; then text is "".
 */
bool type6_encrypt(const char *master, const uint8_t salt[TYPE6_SALT_OCTETS], const char *clear, char *text,
		   size_t size);
/* False: no type 6 text, of another master key, or longer than fits; then clear is wiped. */
bool type6_decrypt(const char *master, const char *text, char *clear, size_t size);

#endif
