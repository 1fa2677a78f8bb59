#include "router/capture_ring.h"

#include <stdlib.h>
#include <string.h>

bool capture_ring_open(struct capture_ring *g, size_t room, bool circular)
{
	uint8_t *memory = malloc(room);

	if (!memory)
		return false;
	free(g->memory);
	g->memory = memory;
	g->room = room;
	g->circular = circular;
	capture_ring_clear(g);
	return true;
}

void capture_ring_close(struct capture_ring *g)
{
	free(g->memory);
	*g = (struct capture_ring){ 0 };
}

/* Cursors into what was there are behind the beginning now. */
void capture_ring_clear(struct capture_ring *g)
{
	g->begin = g->end;
	g->packets = 0;
}

static size_t octets_of(const struct capture_packet *p)
{
	return sizeof(*p) + p->kept;
}

/* From the place on, around the end. */
static void copy_in(struct capture_ring *g, uint64_t place, const void *from, size_t octets)
{
	const size_t at = (size_t)(place % g->room), first = octets < g->room - at ? octets : g->room - at;

	memcpy(&g->memory[at], from, first);
	memcpy(g->memory, (const uint8_t *)from + first, octets - first);
}

static void copy_out(const struct capture_ring *g, uint64_t place, void *to, size_t octets)
{
	const size_t at = (size_t)(place % g->room), first = octets < g->room - at ? octets : g->room - at;

	memcpy(to, &g->memory[at], first);
	memcpy((uint8_t *)to + first, g->memory, octets - first);
}

static void drop_first(struct capture_ring *g)
{
	struct capture_packet p;

	copy_out(g, g->begin, &p, sizeof(p));
	g->begin += octets_of(&p);
	g->packets--;
}

bool capture_ring_put(struct capture_ring *g, const struct capture_packet *p, const uint8_t *data)
{
	const size_t octets = octets_of(p);

	if (p->kept > CAPTURE_SNAP_MAX || octets > g->room)
		return false;
	while (g->room - (size_t)(g->end - g->begin) < octets) {
		if (!g->circular)
			return false;
		drop_first(g);
	}
	copy_in(g, g->end, p, sizeof(*p));
	copy_in(g, g->end + sizeof(*p), data, p->kept);
	g->end += octets;
	g->packets++;
	return true;
}

bool capture_ring_get(const struct capture_ring *g, uint64_t *cursor, struct capture_packet *out,
		      uint8_t data[CAPTURE_SNAP_MAX])
{
	const uint64_t at = *cursor < g->begin ? g->begin : *cursor;

	if (at >= g->end)
		return false;
	copy_out(g, at, out, sizeof(*out));
	copy_out(g, at + sizeof(*out), data, out->kept);
	*cursor = at + octets_of(out);
	return true;
}
