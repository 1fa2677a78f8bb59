/*
 * The anti-replay window of RFC 4303 3.4.3: check before the ICV is computed, commit once the packet has proved
 * genuine. The bitmap is a ring of words (RFC 6479), so an advance clears words and shifts nothing.
 * Written by one worker; the right edge may be read by control at any time.
 */
#ifndef ESP_REPLAY_H
#define ESP_REPLAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define REPLAY_WINDOW_MIN 64
#define REPLAY_WINDOW_MAX 1024
/* Of the largest window. */
#define REPLAY_WORDS_MAX 32

struct replay {
	uint32_t window;      /* packets, 0: off, every number is taken */
	_Atomic uint32_t top; /* right edge: the highest number committed */
	uint32_t words;       /* of the ring */
	uint64_t *ring;
};

/* How many words a window takes: REPLAY_WORDS_MAX at most, none when it is 0. */
uint32_t replay_words(uint32_t window);
/* window: 0 or REPLAY_WINDOW_MIN..REPLAY_WINDOW_MAX; ring: replay_words(window) of them, the caller's. */
void replay_init(struct replay *r, uint32_t window, uint64_t *ring);
/* May this number be new? Changes nothing. */
bool replay_check(const struct replay *r, uint32_t sequence);
/* Marks it seen. False when it is not new: of two copies in one batch both pass the check. */
bool replay_commit(struct replay *r, uint32_t sequence);

#endif
