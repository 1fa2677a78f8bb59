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

static bool same(const struct held_route *h, const struct held_route *want)
{
	return h->prefix.len == want->prefix.len && ip_equal(&h->prefix.addr, &want->prefix.addr) &&
	       ip_equal(&h->via, &want->via) && h->ifindex == want->ifindex && h->metric == want->metric &&
	       h->discards == want->discards;
}

static bool kernel_route(struct router *r, const struct rib_route *t, struct held_route *out)
{
	const struct iface *i;

	if (t->route.kind != ROUTE_STATIC || !t->route.best)
		return false;
	if (!strcmp(t->out_ifname, IF_NULL0)) {
		*out = (struct held_route){ .prefix = t->route.prefix, .metric = t->route.distance, .discards = true };
		return true;
	}
	if (!(i = iface_find(r, t->out_ifname)) || !i->kernel.ifindex)
		return false;
	/* The distance as metric: what the kernel knows by itself (connected) stays ahead. */
	*out = (struct held_route){
		.prefix = t->route.prefix, .via = t->next_hop, .ifindex = i->kernel.ifindex, .metric = t->route.distance
	};
	return true;
}

static void withdraw(struct router *r, struct held_route *h)
{
	if (h->discards)
		netif_blackhole_del(r->netif, &h->prefix, h->metric);
	else
		netif_route_del(r->netif, &h->prefix, &h->via, h->ifindex, h->metric);
	LIST_REMOVE(h, link);
	free(h);
}

static void install(struct router *r, struct held_route *h)
{
	char text[IP_TEXT_SIZE];
	int rc = h->discards ? netif_blackhole_add(r->netif, &h->prefix, h->metric)
			     : netif_route_add(r->netif, &h->prefix, &h->via, h->ifindex, h->metric);

	h->installed = !rc || rc == -EEXIST;
	if (!h->installed)
		router_complain(r, "cannot add route %s/%u: %s", ip_text(&h->prefix.addr, text), h->prefix.len,
				router_errno_text(r, rc));
}

void route_sync(struct router *r)
{
	struct held_route *h, *next, want;

	build(r);
	for (h = LIST_FIRST(&r->routes); h; h = next) {
		bool wanted = false;

		next = LIST_NEXT(h, link);
		for (size_t k = 0; k < r->rib.count && !wanted; k++)
			wanted = kernel_route(r, &r->rib.routes[k], &want) && same(h, &want);
		if (!wanted)
			withdraw(r, h);
		else if (!h->installed)
			install(r, h);
	}
	for (size_t k = 0; k < r->rib.count; k++) {
		bool there = false;

		if (!kernel_route(r, &r->rib.routes[k], &want))
			continue;
		LIST_FOREACH (h, &r->routes, link)
			there |= same(h, &want);
		if (there || !(h = malloc(sizeof(*h))))
			continue;
		*h = want;
		LIST_INSERT_HEAD(&r->routes, h, link);
		install(r, h);
	}
}

void route_doubt(struct router *r, int ifindex)
{
	struct held_route *h;

	LIST_FOREACH (h, &r->routes, link)
		if (!ifindex || h->ifindex == ifindex)
			h->installed = false;
}

void route_release(struct router *r)
{
	while (!LIST_EMPTY(&r->routes))
		withdraw(r, LIST_FIRST(&r->routes));
	rib_free(&r->rib);
}
