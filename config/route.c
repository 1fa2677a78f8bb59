/*
 * Static routes, in the order in which IOS prints them. An array of pointers in the same order is searched by halves:
 * a router may have ten thousand of them.
 */
#include "config/model.h"

#include <stdlib.h>
#include <string.h>

/* IPv4 before IPv6, then by address and length. */
static int prefix_compare(const struct ip_prefix *a, const struct ip_prefix *b)
{
	int diff = (int)a->addr.family - (int)b->addr.family;

	if (!diff)
		diff = memcmp(a->addr.octets, b->addr.octets, sizeof(a->addr.octets));
	return diff ? diff : (int)a->len - (int)b->len;
}

/* Where the routes of this prefix begin, or behind those of this distance; distance 0: before all of them. */
static size_t place_of(const struct config *c, const struct ip_prefix *prefix, unsigned distance)
{
	size_t low = 0, high = c->route_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct static_route *r = c->route_order[middle];
		int diff = prefix_compare(&r->prefix, prefix);

		if (diff < 0 || (!diff && r->distance <= distance))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of(const struct config *c, size_t at, const struct ip_prefix *prefix)
{
	return at < c->route_count && !prefix_compare(&c->route_order[at]->prefix, prefix);
}

static void take_out(struct config *c, size_t at)
{
	struct static_route *r = c->route_order[at];

	TAILQ_REMOVE(&c->routes, r, link);
	c->route_count--;
	memmove(&c->route_order[at], &c->route_order[at + 1], (c->route_count - at) * sizeof(struct static_route *));
	free(r);
}

static bool make_room(struct config *c)
{
	size_t room = c->route_room ? c->route_room * 2 : 16;
	struct static_route **order;

	if (c->route_count < c->route_room)
		return true;
	order = reallocarray(c->route_order, room, sizeof(struct static_route *));
	if (!order)
		return false;
	c->route_order = order;
	c->route_room = room;
	return true;
}

struct static_route *config_route_add(struct config *c, const struct static_route *r)
{
	struct static_route *n = calloc(1, sizeof(*n));
	size_t at;

	if (!n || !make_room(c)) {
		free(n);
		return NULL;
	}
	*n = *r;
	/* The same way once more only changes its distance, tag and name. */
	for (at = place_of(c, &n->prefix, 0); is_of(c, at, &n->prefix);) {
		const struct static_route *have = c->route_order[at];

		if (ip_equal(&have->via, &n->via) && !strcmp(have->ifname, n->ifname))
			take_out(c, at);
		else
			at++;
	}
	at = place_of(c, &n->prefix, n->distance);
	if (at < c->route_count)
		TAILQ_INSERT_BEFORE(c->route_order[at], n, link);
	else
		TAILQ_INSERT_TAIL(&c->routes, n, link);
	memmove(&c->route_order[at + 1], &c->route_order[at], (c->route_count - at) * sizeof(struct static_route *));
	c->route_order[at] = n;
	c->route_count++;
	return n;
}

/* What `no ip route` left out matches anything: next hop, interface, distance. */
static bool route_matches(const struct static_route *r, const struct static_route *m)
{
	return (!m->via.family || ip_equal(&r->via, &m->via)) && (!m->ifname[0] || !strcmp(r->ifname, m->ifname)) &&
	       (!m->distance || r->distance == m->distance);
}

unsigned config_route_remove(struct config *c, const struct static_route *match)
{
	/* match may be one of those that go */
	const struct static_route want = *match;
	unsigned removed = 0;

	for (size_t at = place_of(c, &want.prefix, 0); is_of(c, at, &want.prefix);) {
		if (!route_matches(c->route_order[at], &want)) {
			at++;
			continue;
		}
		take_out(c, at);
		removed++;
	}
	return removed;
}

void config_routes_free(struct config *c)
{
	struct static_route *r;

	while ((r = TAILQ_FIRST(&c->routes))) {
		TAILQ_REMOVE(&c->routes, r, link);
		free(r);
	}
	free(c->route_order);
	c->route_order = NULL;
	c->route_count = c->route_room = 0;
}
