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

/* More slots in the place of *p, of which there are *slots. False when out of memory: they stay. */
static bool grow(void **p, size_t *slots, size_t wanted, size_t each)
{
	void *more;

	if (wanted <= *slots)
		return true;
	more = reallocarray(*p, wanted, each);
	if (!more)
		return false;
	*p = more;
	*slots = wanted;
	return true;
}

static bool grow_sas(struct table_sa **p, size_t *slots, size_t entries)
{
	void *array = *p;
	bool ok = grow(&array, slots, slots_for(entries), sizeof(**p));

	*p = array;
	for (size_t i = 0; i < *slots; i++)
		(*p)[i] = (struct table_sa){ 0 };
	return ok;
}

bool table_reserve(struct table *t, size_t tunnels, size_t sas, size_t outs, size_t hops)
{
	void *array = t->tunnels;
	bool ok = grow(&array, &t->tunnel_slots, slots_for(tunnels), sizeof(*t->tunnels));

	t->tunnels = array;
	for (size_t i = 0; i < t->tunnel_slots; i++)
		t->tunnels[i] = (struct table_tunnel){ 0 };
	ok = grow_sas(&t->sas, &t->sa_slots, sas) && ok;
	ok = grow_sas(&t->outs, &t->out_slots, outs) && ok;
	array = t->hops;
	ok = grow(&array, &t->hop_room, hops, sizeof(*t->hops)) && ok;
	t->hops = array;
	return ok;
}

void table_release(struct table *t)
{
	free(t->hops);
	free(t->tunnels);
	free(t->sas);
	free(t->outs);
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

static void add(struct table_sa *rows, size_t slots, const struct table_sa *row)
{
	size_t at = home(row->spi, slots);

	while (rows[at].spi)
		at = (at + 1) & (slots - 1);
	rows[at] = *row;
}

void table_add_sa(struct table *t, struct sa *sa, const struct table_tunnel *tunnel)
{
	const struct table_sa row = { sa->params.spi, sa, tunnel };

	if (sa->params.inbound)
		add(t->sas, t->sa_slots, &row);
	else
		add(t->outs, t->out_slots, &row);
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

static const struct table_sa *find_from(const struct table_sa *rows, size_t slots, size_t at, uint32_t spi)
{
	for (at &= slots - 1; rows[at].spi; at = (at + 1) & (slots - 1))
		if (rows[at].spi == spi)
			return &rows[at];
	return NULL;
}

const struct table_sa *table_find_sa(const struct table *t, uint32_t spi)
{
	return t->sa_slots && spi ? find_from(t->sas, t->sa_slots, home(spi, t->sa_slots), spi) : NULL;
}

void table_fetch_tunnel(const struct table *t, uint32_t id)
{
	if (t->tunnel_slots)
		cache_fetch(&t->tunnels[home(id, t->tunnel_slots)], sizeof(*t->tunnels));
}

void table_fetch_sa(const struct table *t, uint32_t spi)
{
	if (t->sa_slots)
		cache_fetch(&t->sas[home(spi, t->sa_slots)], sizeof(*t->sas));
}

const struct table_sa *table_find_out(const struct table *t, uint32_t spi)
{
	return t->out_slots && spi ? find_from(t->outs, t->out_slots, home(spi, t->out_slots), spi) : NULL;
}

const struct table_sa *table_next_out(const struct table *t, const struct table_sa *row)
{
	return find_from(t->outs, t->out_slots, (size_t)(row - t->outs) + 1, row->spi);
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

		/* a turn is what one receive brings per ready descriptor and waits for nothing but room in a socket */
		while (turn % 2 && atomic_load(&p->readers[i].turn) == turn)
			sched_yield();
	}
}
