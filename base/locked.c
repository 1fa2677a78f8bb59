#define _GNU_SOURCE /* MCL_ONFAULT */
#include "base/locked.h"

#include "base/wipe.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define SMALLEST 64 /* octets of a block; also how it is aligned */
#define HOW      (MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)

static size_t opened; /* octets; set once, before there are threads */
static bool all;      /* the process is locked; then the thread's that trims */
static atomic_bool was_full, loose;

/* The heap is OpenSSL's too, and private keys are nowhere else: a quarter is left to it. */
static bool has_room(size_t octets)
{
	const size_t most = opened - opened / 4;

	return octets <= most && CRYPTO_secure_used() <= most - octets;
}

/*
 * With a finite limit memory that is asked for later would not be had, unless the limit does not count: where nothing is allowed for
 * the moment, a capability alone makes it possible.
 */
static bool lock_all(void)
{
	struct rlimit limit, nothing;
	bool done;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return false;
	nothing = (struct rlimit){ 0, limit.rlim_max };
	if (limit.rlim_cur != RLIM_INFINITY && setrlimit(RLIMIT_MEMLOCK, &nothing) != 0)
		return false;
	done = mlockall(HOW) == 0;
	(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	return done;
}

static bool open_heap(void)
{
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
}

enum locked locked_open(void)
{
#ifdef __SANITIZE_ADDRESS__
	(void)lock_all;
	(void)open_heap;
	return LOCKED_ALL; /* which looks after blocks of the ordinary heap only, and locks nothing */
#else
	const bool heap = open_heap();

	all = lock_all();
	return all ? LOCKED_ALL : heap ? LOCKED_KEYS : LOCKED_NOTHING;
#endif
}

bool locked_was_full(void)
{
	return atomic_load_explicit(&was_full, memory_order_relaxed);
}

void *locked_try(size_t octets)
{
	void *p;

	if (!CRYPTO_secure_malloc_initialized()) /* OpenSSL would take it from the ordinary heap */
		return NULL;
	p = has_room(octets) ? OPENSSL_secure_zalloc(octets) : NULL;
	if (!p)
		atomic_store_explicit(&was_full, true, memory_order_relaxed);
	return p;
}

void *locked_calloc(size_t count, size_t octets)
{
	size_t sum;
	void *p;

	if (__builtin_mul_overflow(count, octets, &sum))
		return NULL;
	p = locked_try(sum);
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

#define ARENA_OCTETS ((uintptr_t)64 << 20) /* malloc()'s heaps of threads begin at a multiple of it */

/* The main heap and those of threads. The heap for keys begins behind a page that nobody may touch. */
static bool is_malloc(const char *line, uintptr_t from)
{
	return strstr(line, " rw-p 00000000 00:00 0 ") && (strstr(line, "[heap]") || from % ARENA_OCTETS == 0);
}

/* Of memory that is locked malloc_trim() gives nothing back. */
static void unlock_malloc(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		char *end;
		const uintptr_t from = strtoull(line, &end, 16), to = *end == '-' ? strtoull(end + 1, NULL, 16) : 0;

		if (to > from && is_malloc(line, from))
			(void)munlock((const void *)from, to - from);
	}
	if (f)
		fclose(f);
}

void locked_loosen(void)
{
	atomic_store_explicit(&loose, true, memory_order_relaxed);
}

void locked_tick(void)
{
	if (!atomic_exchange_explicit(&loose, false, memory_order_relaxed))
		return;
	if (all)
		unlock_malloc();
	malloc_trim(0);
	if (all && mlockall(HOW) != 0)
		all = false;
}
