/*
 * The room in which an outbound batch is encrypted: frames in one mapping, handed out side by side from the start for each
 * batch. What a batch does not touch costs no memory.
 */
#ifndef ESP_ARENA_H
#define ESP_ARENA_H

#include "esp/packet.h"

#define ARENA_FRAME_OCTETS 2048
/* A batch of ordinary packets, and the largest one behind it. */
#define ARENA_FRAMES (ESP_BATCH + (ESP_SLOT_OCTETS + ARENA_FRAME_OCTETS - 1) / ARENA_FRAME_OCTETS)

struct arena {
	uint8_t *memory;
	unsigned used; /* frames */
};

int arena_open(struct arena *a); /* 0 or -errno */
void arena_close(struct arena *a);

/* Frames for an inner packet of so many octets and what is around it. */
static inline unsigned arena_frames(size_t octets)
{
	return (unsigned)((ESP_HEADROOM + octets + ESP_TAILROOM + ARENA_FRAME_OCTETS - 1) / ARENA_FRAME_OCTETS);
}

static inline bool arena_has(const struct arena *a, size_t octets)
{
	return octets <= ESP_INNER_MAX && a->used + arena_frames(octets) <= ARENA_FRAMES;
}

/* The packet gets the next frames; they are its own once the packet is kept, and again free until then. */
static inline void arena_offer(const struct arena *a, struct esp_packet *p, size_t octets)
{
	packet_reset(p, a->memory + (size_t)a->used * ARENA_FRAME_OCTETS,
		     (size_t)arena_frames(octets) * ARENA_FRAME_OCTETS);
	p->octets = octets;
}

static inline void arena_keep(struct arena *a, const struct esp_packet *p)
{
	a->used += (unsigned)((size_t)(p->end - p->room) / ARENA_FRAME_OCTETS);
}

#endif
