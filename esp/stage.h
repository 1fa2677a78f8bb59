/* Where a worker's time goes: cycles per stage, read by control. Off, a stage costs one test of a flag. */
#ifndef ESP_STAGE_H
#define ESP_STAGE_H

#include "base/clock.h"
#include "esp/esp.h"

#include <stdatomic.h>

/* One writer; any thread reads. */
struct stage_clock {
	bool on;     /* this turn */
	uint64_t at; /* when the stage that runs began */
	struct {
		_Atomic uint64_t cycles, packets, turns;
	} counts[ESP_STAGE_COUNT];
};

static inline uint64_t stage_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#else
	return clock_ns();
#endif
}

static inline void stage_begin(struct stage_clock *c)
{
	if (c->on)
		c->at = stage_now();
}

static inline void stage_add(_Atomic uint64_t *n, uint64_t more)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + more, memory_order_relaxed);
}

/* The stage ends, with so many packets, and the next begins. */
static inline void stage_end(struct stage_clock *c, enum esp_stage s, unsigned packets)
{
	uint64_t now;

	if (!c->on)
		return;
	now = stage_now();
	stage_add(&c->counts[s].cycles, now - c->at);
	stage_add(&c->counts[s].packets, packets);
	stage_add(&c->counts[s].turns, 1);
	c->at = now;
}

void stage_clear(struct stage_clock *c);
void stage_read(const struct stage_clock *c, struct esp_stage_count out[ESP_STAGE_COUNT]); /* adds to out */

#endif
