#include "esp/replay.h"

#include <string.h>

#define WORD_BITS 64

static uint32_t top_of(const struct replay *r)
{
	return atomic_load_explicit(&r->top, memory_order_relaxed);
}

void replay_init(struct replay *r, uint32_t window)
{
	memset(r, 0, sizeof(*r));
	r->window = window;
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
	return !(r->ring[sequence / WORD_BITS % REPLAY_WORDS] >> sequence % WORD_BITS & 1);
}

bool replay_commit(struct replay *r, uint32_t sequence)
{
	uint32_t top = top_of(r);

	if (!replay_check(r, sequence))
		return false;
	if (sequence > top) {
		uint32_t fresh = sequence / WORD_BITS - top / WORD_BITS;

		if (fresh > REPLAY_WORDS)
			fresh = REPLAY_WORDS;
		for (uint32_t i = 0; i < fresh; i++)
			r->ring[(sequence / WORD_BITS - i) % REPLAY_WORDS] = 0;
		atomic_store_explicit(&r->top, sequence, memory_order_relaxed);
	}
	r->ring[sequence / WORD_BITS % REPLAY_WORDS] |= UINT64_C(1) << sequence % WORD_BITS;
	return true;
}
