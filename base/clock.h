/*
 * Time that passes: CLOCK_MONOTONIC, counted from the boot of the machine, which never goes back and is not set by anyone.
 * Each is cut off, not rounded. What time of day it is: base/log.h.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_us(void)
{
	return clock_ns() / 1000;
}

static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

static inline uint64_t clock_s(void)
{
	return clock_ns() / 1000000000;
}

#endif
