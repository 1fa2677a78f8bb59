/* The routing table, and the static routes of it that the kernel is given. */
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A route that would lead the peer's own packets into the tunnel is none. */
static void add_template(const struct iface *i, struct rib_if *out)
{
	const struct tunnel *t = &i->tunnel;

	snprintf(out->template, sizeof(out->template), "%s", i->template->name);
	out->ident = t->ident;
	if (t->behind.len && !ip_in_prefix(&t->data.remote, &t->behind))
		out->behind = t->behind;
}

static void build(struct router *r)
{
	struct rib_if *ifs;
	struct iface *i;
	struct rib now;
	size_t n = 0;

	TAILQ_FOREACH (i, &r->ifaces, link)
		n++;
	if (!(ifs = calloc(n ? n : 1, sizeof(*ifs))))
		return;
	n = 0;
	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		if (!c || !i->protocol_up)
			continue;
		snprintf(ifs[n].name, sizeof(ifs[n].name), "%s", i->name);
		iface_addresses(r, i, &ifs[n].addresses);
		ifs[n].unnumbered = c->unnumbered[0] != '\0';
		if (i->template)
			add_template(i, &ifs[n]);
		n++;
	}
	if (!rib_build(r->config, ifs, n, &r->rib, router_now_ms(), &now)) {
		rib_free(&r->rib);
		r->rib = now;
	}
	free(ifs);
}

_Static_assert(sizeof(struct route_key) == sizeof(struct ip_prefix) + sizeof(struct ip_addr) + 1 + 2 * sizeof(int),
	       "a hole in it would be hashed");

static bool kernel_route(struct router *r, const struct rib_route *t, struct route_key *out)
{
	const struct iface *i;

	if (t->route.kind != ROUTE_STATIC || !t->route.best)
		return false;
	if (!strcmp(t->out_ifname, IF_NULL0)) {
		*out = (struct route_key){ .prefix = t->route.prefix, .metric = t->route.distance, .discards = true };
		return true;
	}
	if (!(i = iface_find(r, t->out_ifname)) || !i->kernel.ifindex)
		return false;
	/* The distance as metric: what the kernel knows by itself (connected) stays ahead. */
	*out = (struct route_key){
		.prefix = t->route.prefix, .via = t->next_hop, .ifindex = i->kernel.ifindex, .metric = t->route.distance
	};
	return true;
}

static struct held_route *held_find(struct router *r, const struct route_key *key)
{
	struct held_route *h;

	HASH_FIND(hh, r->routes, key, sizeof(*key), h);
	return h;
}

static void withdraw(struct router *r, struct held_route *h)
{
	const struct route_key *k = &h->key;

	if (k->discards)
		netif_blackhole_del(r->netif, &k->prefix, k->metric);
	else
		netif_route_del(r->netif, &k->prefix, &k->via, k->ifindex, k->metric);
	HASH_DELETE(hh, r->routes, h);
	free(h);
}

static void install(struct router *r, struct held_route *h)
{
	const struct route_key *k = &h->key;
	char text[IP_TEXT_SIZE];
	int rc = k->discards ? netif_blackhole_add(r->netif, &k->prefix, k->metric)
			     : netif_route_add(r->netif, &k->prefix, &k->via, k->ifindex, k->metric);

	h->installed = !rc || rc == -EEXIST;
	if (!h->installed)
		router_complain(r, "cannot add route %s/%u: %s", ip_text(&k->prefix.addr, text), k->prefix.len,
				router_errno_text(r, rc));
}

static void hold(struct router *r, const struct route_key *key)
{
	struct held_route *h = calloc(1, sizeof(*h));

	if (!h)
		return;
	h->key = *key;
	h->wanted = true;
	HASH_ADD(hh, r->routes, key, sizeof(h->key), h);
	if (hash_has(&h->hh))
		install(r, h);
	else
		free(h);
}

/* What goes first goes before what comes: a better route may take the place of a worse one. */
void route_sync(struct router *r)
{
	struct held_route *h, *next;
	struct route_key want;

	build(r);
	HASH_ITER (hh, r->routes, h, next)
		h->wanted = false;
	for (size_t k = 0; k < r->rib.count; k++)
		if (kernel_route(r, &r->rib.routes[k], &want) && (h = held_find(r, &want)))
			h->wanted = true;
	HASH_ITER (hh, r->routes, h, next)
		if (!h->wanted)
			withdraw(r, h);
		else if (!h->installed)
			install(r, h);
	for (size_t k = 0; k < r->rib.count; k++)
		if (kernel_route(r, &r->rib.routes[k], &want) && !held_find(r, &want))
			hold(r, &want);
}

void route_doubt(struct router *r, int ifindex)
{
	struct held_route *h;

	for (h = r->routes; h; h = h->hh.next)
		if (!ifindex || h->key.ifindex == ifindex)
			h->installed = false;
}

static bool is_of(const struct ip_prefix *p, const struct ip_addr *network, int len)
{
	return network ? ip_equal(&p->addr, network) && (len < 0 || p->len == len) : p->addr.family == 4;
}

bool router_clear_routes(struct router *r, const struct ip_addr *network, int len)
{
	struct held_route *h;
	bool any = false;

	for (size_t k = 0; k < r->rib.count; k++) {
		struct router_route *t = &r->rib.routes[k].route;

		if (!is_of(&t->prefix, network, len))
			continue;
		t->since_ms = router_now_ms();
		any = true;
	}
	for (h = r->routes; h; h = h->hh.next)
		if (is_of(&h->key.prefix, network, len))
			h->installed = false;
	route_sync(r);
	return any;
}

void route_release(struct router *r)
{
	while (r->routes)
		withdraw(r, r->routes);
	rib_free(&r->rib);
}
