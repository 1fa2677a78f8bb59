/*
 * The processor's cache. With a thousand SAs in use what belongs to one has left it when its next packets come; asked for in time,
 * it is there again when it is needed.
 */
#ifndef ESP_CACHE_H
#define ESP_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

/* Asks for the lines that hold these octets, and waits for none. Whatever is there, or not, nothing fails. */
static inline void cache_fetch(const void *at, size_t octets)
{
	const uintptr_t from = (uintptr_t)at & ~(uintptr_t)(CACHE_LINE - 1), end = (uintptr_t)at + octets;

	for (uintptr_t line = from; line < end; line += CACHE_LINE)
		__builtin_prefetch((const void *)line);
}

#endif
