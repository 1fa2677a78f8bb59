#include "base/locked.h"

#include "base/wipe.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64 /* octets of a block; also how it is aligned */

static size_t opened; /* octets; set once, before there are threads */

/* The heap is OpenSSL's too, and private keys are nowhere else: a quarter is left to it. */
static bool has_room(size_t octets)
{
	const size_t most = opened - opened / 4;

	return octets <= most && CRYPTO_secure_used() <= most - octets;
}

bool locked_open(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true; /* which looks after blocks of the ordinary heap only */
#else
	if (CRYPTO_secure_malloc_initialized())
		return true;
	for (size_t octets = LOCKED_OCTETS; octets >= LOCKED_OCTETS_MIN; octets /= 2) {
		opened = octets;
		if (CRYPTO_secure_malloc_init(octets, SMALLEST) == 1)
			return true;
		(void)CRYPTO_secure_malloc_done(); /* it is there, not locked */
	}
	opened = LOCKED_OCTETS;
	(void)CRYPTO_secure_malloc_init(opened, SMALLEST);
	return false;
#endif
}

void *locked_try(size_t octets)
{
	/* not initialised, OpenSSL would take it from the ordinary heap */
	return CRYPTO_secure_malloc_initialized() && has_room(octets) ? OPENSSL_secure_zalloc(octets) : NULL;
}

void *locked_calloc(size_t count, size_t octets)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(count, octets, &all))
		return NULL;
	p = locked_try(all);
	return p ? p : calloc(count, octets);
}

void locked_free(void *p, size_t octets)
{
	if (!p)
		return;
	if (CRYPTO_secure_allocated(p)) {
		OPENSSL_secure_clear_free(p, octets);
	} else {
		wipe(p, octets);
		free(p);
	}
}
