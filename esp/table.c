#include "esp/table.h"

#include <sched.h>
#include <stdlib.h>

#define SLOTS_MIN 16

static size_t slots_for(size_t entries)
{
	size_t slots = SLOTS_MIN;

	while (slots < entries * 2)
		slots *= 2;
	return slots;
}

/* Multiplicative hashing: SPIs and ids may be numbers in a row. The peer chooses neither. */
static size_t home(uint32_t key, size_t slots)
{
	return (key * UINT32_C(2654435769) >> 8) & (slots - 1);
}

bool table_reserve(struct table *t, size_t tunnels, size_t sas)
{
	size_t tunnel_slots = slots_for(tunnels), sa_slots = slots_for(sas);

	if (tunnel_slots > t->tunnel_slots) {
		struct table_tunnel *more = reallocarray(t->tunnels, tunnel_slots, sizeof(*more));

		if (!more)
			tunnel_slots = 0;
		else
			t->tunnels = more, t->tunnel_slots = tunnel_slots;
	}
	if (sa_slots > t->sa_slots) {
		struct table_sa *more = reallocarray(t->sas, sa_slots, sizeof(*more));

		if (!more)
			sa_slots = 0;
		else
			t->sas = more, t->sa_slots = sa_slots;
	}
	for (size_t i = 0; i < t->tunnel_slots; i++)
		t->tunnels[i] = (struct table_tunnel){ 0 };
	for (size_t i = 0; i < t->sa_slots; i++)
		t->sas[i] = (struct table_sa){ 0 };
	return tunnel_slots && sa_slots;
}

void table_release(struct table *t)
{
	free(t->tunnels);
	free(t->sas);
	*t = (struct table){ 0 };
}

const struct table_tunnel *table_add_tunnel(struct table *t, const struct table_tunnel *tunnel)
{
	size_t at = home(tunnel->id, t->tunnel_slots);

	while (t->tunnels[at].id)
		at = (at + 1) & (t->tunnel_slots - 1);
	t->tunnels[at] = *tunnel;
	return &t->tunnels[at];
}

void table_add_sa(struct table *t, struct sa *sa, const struct table_tunnel *tunnel)
{
	size_t at = home(sa->params.spi, t->sa_slots);

	while (t->sas[at].spi)
		at = (at + 1) & (t->sa_slots - 1);
	t->sas[at] = (struct table_sa){ sa->params.spi, sa, tunnel };
}

const struct table_tunnel *table_find_tunnel(const struct table *t, uint32_t id)
{
	if (!t->tunnel_slots || !id)
		return NULL;
	for (size_t at = home(id, t->tunnel_slots); t->tunnels[at].id; at = (at + 1) & (t->tunnel_slots - 1))
		if (t->tunnels[at].id == id)
			return &t->tunnels[at];
	return NULL;
}

const struct table_sa *table_find_sa(const struct table *t, uint32_t spi)
{
	if (!t->sa_slots || !spi)
		return NULL;
	for (size_t at = home(spi, t->sa_slots); t->sas[at].spi; at = (at + 1) & (t->sa_slots - 1))
		if (t->sas[at].spi == spi)
			return &t->sas[at];
	return NULL;
}

/*
 * All four operations are sequentially consistent: either control sees the odd turn and waits for its end, or the
 * worker's turn began after the exchange and it takes the new table.
 */
const struct table *published_enter(struct published *p, unsigned reader)
{
	atomic_fetch_add(&p->readers[reader].turn, 1);
	return atomic_load(&p->current);
}

void published_leave(struct published *p, unsigned reader)
{
	atomic_fetch_add(&p->readers[reader].turn, 1);
}

void published_swap(struct published *p, const struct table *next)
{
	atomic_store(&p->current, next);
	for (unsigned i = 0; i < TABLE_READERS; i++) {
		uint64_t turn = atomic_load(&p->readers[i].turn);

		/* a turn is one batch per ready descriptor and waits for nothing but room in a socket */
		while (turn % 2 && atomic_load(&p->readers[i].turn) == turn)
			sched_yield();
	}
}
