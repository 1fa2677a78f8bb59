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

/*
 * While it is built the table is found by prefix: chains of routes by a hash of it, and which lengths there are. One
 * that makes room for a better one is dead until the end.
 */
struct build {
	const struct config *c;
	const struct rib_if *ifs;
	size_t if_count;
	const struct rib_if **names; /* ifs by name */
	const struct rib *before;
	struct rib *rib;
	size_t room;
	struct slot {
		uint32_t next;   /* of the same bucket, plus one; 0: none */
		uint32_t number; /* of the static route, plus one; 0: it is none */
		bool dead;
	} * slots;
	uint32_t *buckets; /* the first of each, plus one */
	size_t mask;
	bool *in; /* by number: the static route is in the table */
	unsigned lengths[2][129];
};

static bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_equal(&a->addr, &b->addr);
}

static uint32_t *bucket_of(const struct build *b, const struct ip_prefix *p)
{
	/* FNV-1a: the user's own routes, nobody else's */
	uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ p->len;

	for (size_t k = 0; k < ip_octets(&p->addr); k++)
		sum = (sum ^ p->addr.octets[k]) * UINT64_C(0x100000001b3);
	return &b->buckets[(sum ^ sum >> 32) & b->mask];
}

/* The next one of this prefix that lives, from the end of a chain on; 0: there is none. */
static uint32_t find(const struct build *b, const struct ip_prefix *p, uint32_t from)
{
	for (; from; from = b->slots[from - 1].next)
		if (!b->slots[from - 1].dead && same_prefix(&b->rib->routes[from - 1].route.prefix, p))
			return from;
	return 0;
}

static uint32_t first(const struct build *b, const struct ip_prefix *p)
{
	return find(b, p, *bucket_of(b, p));
}

static uint32_t next(const struct build *b, const struct ip_prefix *p, uint32_t at)
{
	return find(b, p, b->slots[at - 1].next);
}

/* NULL: no room, which does not happen. */
static struct rib_route *add(struct build *b, const struct rib_route *t, uint32_t number)
{
	const uint32_t at = (uint32_t)b->rib->count;
	uint32_t *bucket;

	if (at == b->room)
		return NULL;
	b->rib->routes[at] = *t;
	b->rib->count++;
	bucket = bucket_of(b, &t->route.prefix);
	b->slots[at] = (struct slot){ .next = *bucket, .number = number };
	*bucket = at + 1;
	b->lengths[t->route.prefix.addr.family == 6][t->route.prefix.len]++;
	return &b->rib->routes[at];
}

static void kill(struct build *b, uint32_t at)
{
	const struct ip_prefix *p = &b->rib->routes[at - 1].route.prefix;

	b->slots[at - 1].dead = true;
	b->lengths[p->addr.family == 6][p->len]--;
	if (b->slots[at - 1].number)
		b->in[b->slots[at - 1].number - 1] = false;
}

/* The longest match; of several the one that was there first. */
static const struct rib_route *lookup(const struct build *b, const struct ip_addr *dst)
{
	for (int len = (int)ip_octets(dst) * 8; len >= 0; len--) {
		struct ip_prefix p = { *dst, (uint8_t)len };
		uint32_t at, found = 0;

		if (!b->lengths[dst->family == 6][len])
			continue;
		p = ip_network(&p);
		for (at = first(b, &p); at; at = next(b, &p, at))
			found = at; /* a chain begins with the newest */
		if (found)
			return &b->rib->routes[found - 1];
	}
	return NULL;
}

static void add_connected(struct build *b, const struct rib_if *i, enum router_route_kind kind, struct ip_prefix p)
{
	struct rib_route t;

	memset(&t, 0, sizeof(t));
	t.route.kind = kind;
	t.route.prefix = ip_network(&p);
	snprintf(t.route.ifname, sizeof(t.route.ifname), "%s", i->name);
	snprintf(t.out_ifname, sizeof(t.out_ifname), "%s", i->name);
	t.route.best = true;
	add(b, &t, 0);
}

static void add_interface(struct build *b, const struct rib_if *i)
{
	for (unsigned k = 0; k < i->addresses.count; k++) {
		struct ip_prefix p = i->addresses.at[k];
		uint8_t host = (uint8_t)(ip_octets(&p.addr) * 8);

		if (ip_is_link_local(&p.addr) || (p.addr.family == 4 && i->unnumbered))
			continue;
		add_connected(b, i, ROUTE_CONNECTED, p);
		if (p.len == host)
			continue;
		p.len = host;
		add_connected(b, i, ROUTE_LOCAL, p);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct rib_if *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int name_is(const void *name, const void *i)
{
	const struct rib_if *const *x = i;

	return strcmp(name, (*x)->name);
}

/* A route through a Virtual-Template leaves through the newest of its clones. */
static const struct rib_if *find_up(const struct build *b, const char *name)
{
	const struct rib_if *const *at, *newest = NULL;

	at = b->if_count ? bsearch(name, b->names, b->if_count, sizeof(*b->names), name_is) : NULL;
	if (at)
		return *at;
	for (size_t k = 0; !strncmp(name, "Virtual-Template", 16) && k < b->if_count; k++)
		if (!strcmp(b->ifs[k].template, name) && (!newest || b->ifs[k].ident > newest->ident))
			newest = &b->ifs[k];
	return newest;
}

/*
 * IOS's reverse route: what the peer of a Virtual-Access protects is behind it. A prefix that is there already is not
 * taken from anybody.
 */
static void add_behind(struct build *b, const struct rib_if *i)
{
	struct rib_route t;

	if (first(b, &i->behind))
		return;
	memset(&t, 0, sizeof(t));
	t.route.kind = ROUTE_STATIC;
	t.route.prefix = i->behind;
	t.route.distance = 1;
	snprintf(t.route.ifname, sizeof(t.route.ifname), "%s", i->name);
	snprintf(t.out_ifname, sizeof(t.out_ifname), "%s", i->name);
	t.route.best = true;
	add(b, &t, 0);
}

static int prefix_order(const struct ip_prefix *a, const struct ip_prefix *b)
{
	int order = (int)a->addr.family - (int)b->addr.family;

	if (!order)
		order = memcmp(a->addr.octets, b->addr.octets, 16);
	return order ? order : (int)a->len - (int)b->len;
}

static bool was_active(const struct rib *before, const struct static_route *s)
{
	struct ip_prefix net = ip_network(&s->prefix);
	size_t low = 0, high = before ? before->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_order(&before->routes[middle].route.prefix, &net) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; before && low < before->count && same_prefix(&before->routes[low].route.prefix, &net); low++) {
		const struct rib_route *t = &before->routes[low];

		if (t->route.kind == ROUTE_STATIC && ip_equal(&t->route.via, &s->via) &&
		    !strcmp(t->route.ifname, s->ifname))
			return true;
	}
	return false;
}

/*
 * The route to s's next hop, in as many steps as it takes. NULL: none, or it leads through s's own prefix: a better
 * route for a prefix must not stand on the worse one that it displaces.
 */
static const struct rib_route *way_to(const struct build *b, const struct static_route *s)
{
	struct ip_prefix own = ip_network(&s->prefix);
	const struct rib_route *way = lookup(b, &s->via), *t = way;

	for (size_t steps = 0; t && steps <= b->rib->count; steps++) {
		if (t->route.kind == ROUTE_LOCAL || !t->out_ifname[0] || same_prefix(&t->route.prefix, &own))
			return NULL;
		if (t->route.kind == ROUTE_CONNECTED || t->route.ifname[0])
			return way;
		t = lookup(b, &t->route.via);
	}
	return NULL;
}

/* Can s be used with the table as it is? Fills in how its packets leave. */
static bool resolve(const struct build *b, const struct static_route *s, struct rib_route *t)
{
	const struct rib_route *way;

	if (!strcmp(s->ifname, IF_NULL0)) {
		snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", s->ifname);
		return true;
	}
	if (s->ifname[0]) {
		const struct rib_if *out = find_up(b, s->ifname);

		if (!out)
			return false;
		t->next_hop = s->via;
		snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", out->name);
		return true;
	}
	if (!s->via.family || ip_is_link_local(&s->via) || !(way = way_to(b, s)))
		return false;
	t->next_hop = way->next_hop.family ? way->next_hop : s->via;
	snprintf(t->out_ifname, sizeof(t->out_ifname), "%s", way->out_ifname);
	return true;
}

/* Does the table hold a better route of the same prefix? Worse ones make room. */
static bool outranked(struct build *b, const struct rib_route *t)
{
	const struct ip_prefix *p = &t->route.prefix;
	bool better = false;

	for (uint32_t at = first(b, p); at; at = next(b, p, at)) {
		const unsigned distance = b->rib->routes[at - 1].route.distance;

		better |= distance < t->route.distance;
		if (distance > t->route.distance)
			kill(b, at);
	}
	return better;
}

static bool add_static(struct build *b, const struct static_route *s, uint32_t number)
{
	struct rib_route t;

	memset(&t, 0, sizeof(t));
	t.route.kind = ROUTE_STATIC;
	t.route.prefix = ip_network(&s->prefix);
	t.route.via = s->via;
	t.route.distance = s->distance;
	t.route.tag = s->tag;
	snprintf(t.route.ifname, sizeof(t.route.ifname), "%s", s->ifname);
	t.config = s;
	if (!resolve(b, s, &t) && !(s->permanent && was_active(b->before, s)))
		return false;
	return !outranked(b, &t) && add(b, &t, number);
}

static bool add_static_round(struct build *b)
{
	const struct static_route *s;
	uint32_t number = 0;
	bool added = false;

	TAILQ_FOREACH (s, &b->c->routes, link) {
		number++;
		if (!b->in[number - 1] && add_static(b, s, number))
			added = b->in[number - 1] = true;
	}
	return added;
}

static int compare(const void *pa, const void *pb)
{
	const struct rib_route *a = pa, *b = pb;
	int order = prefix_order(&a->route.prefix, &b->route.prefix);

	if (!order)
		order = (int)a->route.kind - (int)b->route.kind;
	if (!order)
		order = strcmp(a->out_ifname, b->out_ifname);
	return order ? order : memcmp(a->route.via.octets, b->route.via.octets, 16);
}

/* In the model's order, so that the first one typed carries the packets. */
static void mark_best(struct build *b)
{
	const struct static_route *s;
	uint32_t number = 0;

	TAILQ_FOREACH (s, &b->c->routes, link) {
		const struct ip_prefix p = ip_network(&s->prefix);
		struct rib_route *mine = NULL;
		bool taken = false;

		if (!b->in[number++])
			continue;
		for (uint32_t at = first(b, &p); at; at = next(b, &p, at)) {
			struct rib_route *t = &b->rib->routes[at - 1];

			if (t->config == s)
				mine = t;
			taken |= t->route.best;
		}
		if (mine && mine->out_ifname[0])
			mine->route.best = !taken;
	}
}

static void bury(struct build *b)
{
	size_t kept = 0;

	for (size_t k = 0; k < b->rib->count; k++) {
		if (b->slots[k].dead)
			continue;
		if (kept != k)
			b->rib->routes[kept] = b->rib->routes[k];
		kept++;
	}
	b->rib->count = kept;
}

static bool begin(struct build *b)
{
	const size_t statics = static_count(b->c);

	b->room = room_for(b->c, b->ifs, b->if_count);
	for (b->mask = 15; b->mask < b->room; b->mask = b->mask * 2 + 1)
		;
	b->rib->routes = calloc(b->room, sizeof(*b->rib->routes));
	b->slots = calloc(b->room, sizeof(*b->slots));
	b->buckets = calloc(b->mask + 1, sizeof(*b->buckets));
	b->in = calloc(statics + 1, sizeof(*b->in));
	b->names = calloc(b->if_count + 1, sizeof(*b->names));
	if (!b->rib->routes || !b->slots || !b->buckets || !b->in || !b->names)
		return false;
	for (size_t k = 0; k < b->if_count; k++)
		b->names[k] = &b->ifs[k];
	qsort(b->names, b->if_count, sizeof(*b->names), by_name);
	return true;
}

static void end(struct build *b)
{
	free(b->slots);
	free(b->buckets);
	free(b->in);
	free(b->names);
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
	struct build b = { .c = c, .ifs = ifs, .if_count = if_count, .before = before, .rib = out };

	*out = (struct rib){ 0 };
	if (!begin(&b)) {
		end(&b);
		rib_free(out);
		return -ENOMEM;
	}
	for (size_t k = 0; k < if_count; k++)
		add_interface(&b, &ifs[k]);
	for (size_t k = 0; k < if_count; k++)
		if (ifs[k].behind.addr.family)
			add_behind(&b, &ifs[k]);
	/* A better route may displace another that was found earlier, so rounds are bounded by what there is. */
	for (size_t rounds = static_count(c) + 1; rounds && add_static_round(&b); rounds--)
		;
	mark_best(&b);
	bury(&b);
	end(&b);
	qsort(out->routes, out->count, sizeof(*out->routes), compare);
	take_ages(before, now_ms, out);
	return 0;
}

void rib_free(struct rib *rib)
{
	free(rib->routes);
	*rib = (struct rib){ 0 };
}
