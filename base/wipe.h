/* Erasing secrets and comparing them without a timing difference. Both are OpenSSL's. */
#ifndef BASE_WIPE_H
#define BASE_WIPE_H

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>

static inline void wipe(void *p, size_t octets)
{
	OPENSSL_cleanse(p, octets);
}

/* Time depends on `octets` only. */
static inline bool equal_const_time(const void *a, const void *b, size_t octets)
{
	return CRYPTO_memcmp(a, b, octets) == 0;
}

#endif
