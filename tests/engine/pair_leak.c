/*
 * Nothing leaves an engine but what it wrote: CVE-2016-6415 was a reply that had octets of somebody else's in it.
 *
 * What was never written is told in two ways. Under valgrind every datagram is asked for, octet by octet, before it is
 * encrypted and when it is sent. Without it, all memory that is handed out unwritten holds one octet over and over
 * (AddressSanitizer fills it so, and glibc on request), and eight of it in a row are found in what is sent.
 */
#include "tests/engine/pair.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_CHECK_MEM_IS_DEFINED(p, octets) 0
#define VALGRIND_MAKE_MEM_UNDEFINED(p, octets)   0
#define VALGRIND_DISABLE_ERROR_REPORTING
#define VALGRIND_ENABLE_ERROR_REPORTING
#endif

#define UNWRITTEN 0xBE /* AddressSanitizer's */
#define RUN       8u

void pair_unwritten(void *p, size_t octets)
{
	memset(p, UNWRITTEN, octets);
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, octets);
}

void pair_watch_memory(void)
{
	mallopt(M_PERTURB, UNWRITTEN ^ 0xFF); /* what malloc() gives out is filled with the complement */
}

size_t pair_leaks(const uint8_t *data, size_t octets)
{
	uintptr_t unwritten;
	size_t run = 0;

	VALGRIND_DISABLE_ERROR_REPORTING; /* who asks may want it to be so */
	unwritten = (uintptr_t)VALGRIND_CHECK_MEM_IS_DEFINED(data, octets);
	VALGRIND_ENABLE_ERROR_REPORTING;
	if (unwritten)
		return unwritten - (uintptr_t)data + 1;
	for (size_t i = 0; i < octets; i++) {
		run = data[i] == UNWRITTEN ? run + 1 : 0;
		if (run == RUN)
			return i + 2 - RUN;
	}
	return 0;
}

void pair_check_sent(const uint8_t *data, size_t octets, const char *what)
{
	const size_t at = pair_leaks(data, octets);

	if (!at)
		return;
	(void)VALGRIND_CHECK_MEM_IS_DEFINED(data, octets); /* it tells whose memory it was */
	fprintf(stderr, "%s: octet %zu of %zu was never written\n", what, at - 1, octets);
	abort();
}
