/*
 * Secrets are told to valgrind as octets that were never written: it then complains of each branch and each address that
 * depends on them, which is what a clock or a cache would see. Only what is declared public may be looked at. Without
 * valgrind the same things are done and nothing is watched.
 *
 * The verdict of a comparison is public, what led to it is not: the linker puts __wrap_CRYPTO_memcmp before the
 * comparison that base/wipe.h uses. tests/valgrind.supp has what the libraries may do with their own secrets.
 */
#ifndef TESTS_UNIT_SECRET_WATCH_H
#define TESTS_UNIT_SECRET_WATCH_H

#include "tests/unit/unit.h"

#include <stddef.h>
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(p, octets) 0
#define VALGRIND_MAKE_MEM_DEFINED(p, octets)   0
#define VALGRIND_COUNT_ERRORS                  0
#endif

static inline void secret_mark(const void *p, size_t octets)
{
	(void)p, (void)octets;
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, octets);
}

static inline void secret_publish(const void *p, size_t octets)
{
	(void)p, (void)octets;
	(void)VALGRIND_MAKE_MEM_DEFINED(p, octets);
}

/* Complaints so far. */
static inline unsigned secret_complaints(void)
{
	return (unsigned)VALGRIND_COUNT_ERRORS;
}

/* How many comparisons in constant time there were. */
static unsigned secret_verdicts;

int __real_CRYPTO_memcmp(const void *a, const void *b, size_t octets);
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t octets);

int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t octets)
{
	int differs = __real_CRYPTO_memcmp(a, b, octets);

	secret_publish(&differs, sizeof(differs));
	secret_verdicts++;
	return differs;
}

#endif
