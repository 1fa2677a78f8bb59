/* Neighbours of the ports, and the ports' own addresses, which IOS lists with them. */
#include "router/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct router *r;
	void (*fn)(void *ctx, const struct router_neigh *n);
	void *ctx;
};

static bool has_neighbours(const struct iface *i)
{
	return i->port && i->kernel.ifindex && i->kernel.has_mac;
}

static void each_of_kernel(void *ctx, const struct netif_neigh *n)
{
	const struct walk *w = ctx;
	const struct iface *i = iface_by_index(w->r, n->ifindex);
	struct router_neigh out = {
		.addr = n->addr, .state = n->state, .has_mac = n->has_mac, .age_s = n->age_s, .ifindex = n->ifindex
	};

	if (!i || !has_neighbours(i))
		return;
	memcpy(out.mac, n->mac, sizeof(out.mac));
	snprintf(out.ifname, sizeof(out.ifname), "%s", i->name);
	w->fn(w->ctx, &out);
}

static void each_own(const struct walk *w, unsigned family)
{
	struct plan_addresses plan;
	struct iface *i;

	TAILQ_FOREACH (i, &w->r->ifaces, link) {
		if (!has_neighbours(i) || !i->protocol_up)
			continue;
		iface_addresses(w->r, i, &plan);
		for (unsigned k = 0; k < plan.count; k++) {
			struct router_neigh out = { .addr = plan.at[k].addr, .own = true, .has_mac = true };

			if (out.addr.family != family)
				continue;
			memcpy(out.mac, i->kernel.mac, sizeof(out.mac));
			snprintf(out.ifname, sizeof(out.ifname), "%s", i->name);
			w->fn(w->ctx, &out);
		}
	}
}

void router_each_neigh(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_neigh *n),
		       void *ctx)
{
	struct walk w = { r, fn, ctx };

	each_own(&w, family);
	netif_neigh_each(r->netif, family, each_of_kernel, &w);
}

struct clearing {
	struct router *r;
	const char *ifname; /* NULL: all */
};

static void clear_one(void *ctx, const struct router_neigh *n)
{
	const struct clearing *c = ctx;

	if (!n->own && n->state != NETIF_NEIGH_PERMANENT && (!c->ifname || !strcmp(c->ifname, n->ifname)))
		netif_neigh_del(c->r->netif, n->ifindex, &n->addr);
}

void router_clear_neigh(struct router *r, unsigned family, const char *ifname)
{
	struct clearing c = { r, ifname };

	router_each_neigh(r, family, clear_one, &c);
}
