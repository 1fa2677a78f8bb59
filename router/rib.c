/*
 * Built in rounds: connected routes first, then every static route whose next hop the table reaches so far, until a
 * round adds nothing.
 */
#include "router/rib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Routes come from a bounded model, so the room is counted before anything is put in. */
static size_t static_count(const struct config *c)
{
	const struct static_route *s;
	size_t n = 0;

	TAILQ_FOREACH (s, &c->routes, link)
		n++;
	return n;
}

static size_t room_for(const struct config *c, const struct rib_if *ifs, size_t if_count)
{
	size_t n = static_count(c) + 1;

	for (size_t k = 0; k < if_count; k++)
		n += 2 * ifs[k].addresses.count + 1;
	return n;
}

static bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_equal(&a->addr, &b->addr);
}

static void add_connected(struct rib *rib, const struct rib_if *i, enum router_route_kind kind, struct ip_prefix p)
{
	struct rib_route *t = &rib->routes[rib->count++];

	memset(t, 0, sizeof(*t));
	t->route.kind = kind;
	t->route.prefix = ip_network(&p);
	snprintf(t->route.ifname, sizeof(t->route.ifname), "%s", i->name);
	snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", i->name);
	t->route.best = true;
}

static void add_interface(struct rib *rib, const struct rib_if *i)
{
	for (unsigned k = 0; k < i->addresses.count; k++) {
		struct ip_prefix p = i->addresses.at[k];
		uint8_t host = (uint8_t)(ip_octets(&p.addr) * 8);

		if (ip_is_link_local(&p.addr) || (p.addr.family == 4 && i->unnumbered))
			continue;
		add_connected(rib, i, ROUTE_CONNECTED, p);
		if (p.len == host)
			continue;
		p.len = host;
		add_connected(rib, i, ROUTE_LOCAL, p);
	}
}

const struct rib_route *rib_lookup(const struct rib *rib, const struct ip_addr *dst)
{
	const struct rib_route *found = NULL;

	for (size_t k = 0; k < rib->count; k++) {
		const struct rib_route *t = &rib->routes[k];

		if (ip_in_prefix(dst, &t->route.prefix) && (!found || t->route.prefix.len > found->route.prefix.len))
			found = t;
	}
	return found;
}

/* A route through a Virtual-Template leaves through the newest of its clones. */
static const struct rib_if *find_up(const struct rib_if *ifs, size_t if_count, const char *name)
{
	const struct rib_if *newest = NULL;

	for (size_t k = 0; k < if_count; k++) {
		if (!strcmp(ifs[k].name, name))
			return &ifs[k];
		if (!strcmp(ifs[k].template, name) && (!newest || ifs[k].ident > newest->ident))
			newest = &ifs[k];
	}
	return newest;
}

/*
 * IOS's reverse route: what the peer of a Virtual-Access protects is behind it. A prefix that is there already is not
 * taken from anybody.
 */
static void add_behind(struct rib *rib, const struct rib_if *i)
{
	const struct ip_prefix *p = &i->behind;
	struct rib_route *t;

	for (size_t k = 0; k < rib->count; k++)
		if (same_prefix(&rib->routes[k].route.prefix, p))
			return;
	t = &rib->routes[rib->count++];
	memset(t, 0, sizeof(*t));
	t->route.kind = ROUTE_STATIC;
	t->route.prefix = *p;
	t->route.distance = 1;
	snprintf(t->route.ifname, sizeof(t->route.ifname), "%s", i->name);
	snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", i->name);
	t->route.best = true;
}

static bool was_active(const struct rib *before, const struct static_route *s)
{
	struct ip_prefix net = ip_network(&s->prefix);

	for (size_t k = 0; before && k < before->count; k++) {
		const struct rib_route *t = &before->routes[k];

		if (t->route.kind == ROUTE_STATIC && same_prefix(&t->route.prefix, &net) &&
		    ip_equal(&t->route.via, &s->via) && !strcmp(t->route.ifname, s->ifname))
			return true;
	}
	return false;
}

/*
 * The route to s's next hop, in as many steps as it takes. NULL: none, or it leads through s's own prefix: a better
 * route for a prefix must not stand on the worse one that it displaces.
 */
static const struct rib_route *way_to(const struct rib *rib, const struct static_route *s)
{
	struct ip_prefix own = ip_network(&s->prefix);
	const struct rib_route *first = rib_lookup(rib, &s->via), *t = first;

	for (size_t steps = 0; t && steps <= rib->count; steps++) {
		if (t->route.kind == ROUTE_LOCAL || !t->out_ifname[0] || same_prefix(&t->route.prefix, &own))
			return NULL;
		if (t->route.kind == ROUTE_CONNECTED || t->route.ifname[0])
			return first;
		t = rib_lookup(rib, &t->route.via);
	}
	return NULL;
}

/* Can s be used with the table as it is? Fills in how its packets leave. */
static bool resolve(const struct rib *rib, const struct rib_if *ifs, size_t if_count, const struct static_route *s,
		    struct rib_route *t)
{
	const struct rib_route *way;

	if (!strcmp(s->ifname, IF_NULL0)) {
		snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", s->ifname);
		return true;
	}
	if (s->ifname[0]) {
		const struct rib_if *out = find_up(ifs, if_count, s->ifname);

		if (!out)
			return false;
		t->next_hop = s->via;
		snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", out->name);
		return true;
	}
	if (!s->via.family || ip_is_link_local(&s->via) || !(way = way_to(rib, s)))
		return false;
	t->next_hop = way->next_hop.family ? way->next_hop : s->via;
	snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", way->out_ifname);
	return true;
}

static bool has(const struct rib *rib, const struct static_route *s)
{
	for (size_t k = 0; k < rib->count; k++)
		if (rib->routes[k].config == s)
			return true;
	return false;
}

/* Does the table hold a better route of the same prefix? Worse ones make room. */
static bool outranked(struct rib *rib, const struct rib_route *t)
{
	size_t kept = 0;
	bool better = false;

	for (size_t k = 0; k < rib->count; k++) {
		const struct rib_route *other = &rib->routes[k];

		if (same_prefix(&other->route.prefix, &t->route.prefix)) {
			better |= other->route.distance < t->route.distance;
			if (other->route.distance > t->route.distance)
				continue;
		}
		if (kept != k)
			rib->routes[kept] = *other;
		kept++;
	}
	rib->count = kept;
	return better;
}

static bool add_static_round(const struct config *c, const struct rib_if *ifs, size_t if_count,
			     const struct rib *before, struct rib *rib)
{
	const struct static_route *s;
	bool added = false;

	TAILQ_FOREACH (s, &c->routes, link) {
		struct rib_route t;

		if (has(rib, s))
			continue;
		memset(&t, 0, sizeof(t));
		t.route.kind = ROUTE_STATIC;
		t.route.prefix = ip_network(&s->prefix);
		t.route.via = s->via;
		t.route.distance = s->distance;
		t.route.tag = s->tag;
		snprintf(t.route.ifname, sizeof(t.route.ifname), "%s", s->ifname);
		t.config = s;
		if (!resolve(rib, ifs, if_count, s, &t) && !(s->permanent && was_active(before, s)))
			continue;
		if (outranked(rib, &t))
			continue;
		rib->routes[rib->count++] = t;
		added = true;
	}
	return added;
}

static int compare(const void *pa, const void *pb)
{
	const struct rib_route *a = pa, *b = pb;
	int order = (int)a->route.prefix.addr.family - (int)b->route.prefix.addr.family;

	if (!order)
		order = memcmp(a->route.prefix.addr.octets, b->route.prefix.addr.octets, 16);
	if (!order)
		order = (int)a->route.prefix.len - (int)b->route.prefix.len;
	if (!order)
		order = (int)a->route.kind - (int)b->route.kind;
	if (!order)
		order = strcmp(a->out_ifname, b->out_ifname);
	return order ? order : memcmp(a->route.via.octets, b->route.via.octets, 16);
}

/* In the model's order, so that the first one typed carries the packets. */
static void mark_best(const struct config *c, struct rib *rib)
{
	const struct static_route *s;

	TAILQ_FOREACH (s, &c->routes, link) {
		struct rib_route *mine = NULL;
		bool taken = false;

		for (size_t k = 0; k < rib->count; k++)
			if (rib->routes[k].config == s)
				mine = &rib->routes[k];
		if (!mine || !mine->out_ifname[0])
			continue;
		for (size_t k = 0; k < rib->count; k++)
			taken |= rib->routes[k].route.best &&
				 same_prefix(&rib->routes[k].route.prefix, &mine->route.prefix);
		mine->route.best = !taken;
	}
}

/* Both are sorted alike: what was there before is as old as it was. */
static void take_ages(const struct rib *before, uint64_t now_ms, struct rib *rib)
{
	size_t b = 0;

	for (size_t k = 0; k < rib->count; k++) {
		struct rib_route *t = &rib->routes[k];
		int order = 1;

		while (before && b < before->count && (order = compare(&before->routes[b], t)) < 0)
			b++;
		t->route.since_ms = before && b < before->count && !order ? before->routes[b].route.since_ms : now_ms;
	}
}

int rib_build(const struct config *c, const struct rib_if *ifs, size_t if_count, const struct rib *before,
	      uint64_t now_ms, struct rib *out)
{
	*out = (struct rib){ .routes = calloc(room_for(c, ifs, if_count), sizeof(*out->routes)) };
	if (!out->routes)
		return -ENOMEM;
	for (size_t k = 0; k < if_count; k++)
		add_interface(out, &ifs[k]);
	for (size_t k = 0; k < if_count; k++)
		if (ifs[k].behind.addr.family)
			add_behind(out, &ifs[k]);
	/* A better route may displace another that was found earlier, so rounds are bounded by what there is. */
	for (size_t rounds = static_count(c) + 1; rounds && add_static_round(c, ifs, if_count, before, out); rounds--)
		;
	mark_best(c, out);
	qsort(out->routes, out->count, sizeof(*out->routes), compare);
	take_ages(before, now_ms, out);
	return 0;
}

void rib_free(struct rib *rib)
{
	free(rib->routes);
	*rib = (struct rib){ 0 };
}
