#include "esp/replay.h"

#include <string.h>

#define WORD_BITS 64

static uint32_t top_of(const struct replay *r)
{
	return atomic_load_explicit(&r->top, memory_order_relaxed);
}

/* A power of two with at least one word more than the window: the newest word is only partly used. */
uint32_t replay_words(uint32_t window)
{
	uint32_t words = 1;

	if (!window)
		return 0;
	while (words * WORD_BITS < window + WORD_BITS)
		words *= 2;
	return words;
}

void replay_init(struct replay *r, uint32_t window, uint64_t *ring)
{
	memset(r, 0, sizeof(*r));
	r->window = window;
	r->words = replay_words(window);
	r->ring = ring;
	for (uint32_t i = 0; i < r->words; i++)
		ring[i] = 0;
}

bool replay_check(const struct replay *r, uint32_t sequence)
{
	uint32_t top = top_of(r);

	if (!r->window)
		return true;
	if (sequence == 0) /* the first packet of an SA is number 1 */
		return false;
	if (sequence > top)
		return true;
	if (top - sequence >= r->window)
		return false;
	return !(r->ring[sequence / WORD_BITS & (r->words - 1)] >> sequence % WORD_BITS & 1);
}

bool replay_commit(struct replay *r, uint32_t sequence)
{
	uint32_t top = top_of(r);

	if (!replay_check(r, sequence))
		return false;
	if (sequence > top) {
		uint32_t fresh = sequence / WORD_BITS - top / WORD_BITS;

		if (fresh > r->words)
			fresh = r->words;
		for (uint32_t i = 0; i < fresh; i++)
			r->ring[(sequence / WORD_BITS - i) & (r->words - 1)] = 0;
		atomic_store_explicit(&r->top, sequence, memory_order_relaxed);
	}
	if (r->words)
		r->ring[sequence / WORD_BITS & (r->words - 1)] |= UINT64_C(1) << sequence % WORD_BITS;
	return true;
}
