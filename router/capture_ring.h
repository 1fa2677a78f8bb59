/* The memory of one capture buffer: packets in the order they came, never more than was asked for. Private to router/. */
#ifndef ROUTER_CAPTURE_RING_H
#define ROUTER_CAPTURE_RING_H

#include "router/capture.h"

struct capture_ring {
	uint8_t *memory;
	size_t room;
	bool circular;
	uint64_t begin, end; /* octets since the beginning; what lies between is there */
	size_t packets;
};

/* False: out of memory. Cursors of what was there before are behind the beginning then. */
bool capture_ring_open(struct capture_ring *g, size_t room, bool circular);
void capture_ring_close(struct capture_ring *g);
void capture_ring_clear(struct capture_ring *g);
/* False: there is no room, and of what is there nothing may go. */
bool capture_ring_put(struct capture_ring *g, const struct capture_packet *p, const uint8_t *data);
bool capture_ring_get(const struct capture_ring *g, uint64_t *cursor, struct capture_packet *out,
		      uint8_t data[CAPTURE_SNAP_MAX]);

#endif
