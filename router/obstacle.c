/* Why a tunnel does not negotiate: the same questions in the same order as when its ident is made (tunnel.c). */
#include "router/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fault router_obstacle_fault(enum router_obstacle o)
{
	static const enum fault faults[] = {
		[ROUTER_OBSTACLE_NONE] = FAULT_NONE,
		[ROUTER_ISAKMP_OFF] = FAULT_isakmp_disabled,
		[ROUTER_TUNNEL_SHUTDOWN] = FAULT_tunnel_shutdown,
		[ROUTER_TUNNEL_MODE] = FAULT_no_profile,
		[ROUTER_SOURCE_NONE] = FAULT_no_source,
		[ROUTER_SOURCE_MISSING] = FAULT_no_source,
		[ROUTER_SOURCE_DOWN] = FAULT_no_source,
		[ROUTER_SOURCE_NO_ADDRESS] = FAULT_no_source,
		[ROUTER_SOURCE_FOREIGN] = FAULT_no_source,
		[ROUTER_DESTINATION_NONE] = FAULT_no_destination,
		[ROUTER_DESTINATION_FAMILY] = FAULT_no_destination,
		[ROUTER_ROUTE_NONE] = FAULT_no_route,
		[ROUTER_ROUTE_RECURSIVE] = FAULT_no_route,
		[ROUTER_PROTECTION_NONE] = FAULT_no_profile,
		[ROUTER_PROFILE_MISSING] = FAULT_no_profile,
		[ROUTER_SETS_MISSING] = FAULT_no_profile,
		[ROUTER_ENDS_TAKEN] = FAULT_no_profile,
		[ROUTER_NO_DEVICE] = FAULT_no_profile,
	};

	return faults[o];
}

static enum router_obstacle source_obstacle(struct router *r, const struct interface *c)
{
	const struct iface *from;

	if (c->tunnel.source.family)
		return ROUTER_SOURCE_FOREIGN;
	if (!c->tunnel.source_if[0])
		return ROUTER_SOURCE_NONE;
	from = iface_find(r, c->tunnel.source_if);
	if (!from || !iface_config(r, from))
		return ROUTER_SOURCE_MISSING;
	return from->protocol_up ? ROUTER_SOURCE_NO_ADDRESS : ROUTER_SOURCE_DOWN;
}

static enum router_obstacle route_obstacle(struct router *r, const struct iface *i, const struct interface *c,
					   const struct ip_addr *source)
{
	struct netif_path path;

	if (!c->tunnel.destination.family)
		return ROUTER_DESTINATION_NONE;
	if (c->tunnel.destination.family != plan_tunnel_family(c))
		return ROUTER_DESTINATION_FAMILY;
	if (i->tunnel.recursive_until_ms > router_now_ms())
		return ROUTER_ROUTE_RECURSIVE;
	if (netif_route_lookup(r->netif, &c->tunnel.destination, source, &path) < 0)
		return ROUTER_ROUTE_NONE;
	return path.ifindex == i->kernel.ifindex ? ROUTER_ROUTE_RECURSIVE : ROUTER_OBSTACLE_NONE;
}

static enum router_obstacle profile_obstacle(struct router *r, const struct interface *c, const struct ip_addr *source)
{
	struct ike_ident ident;

	if (!c->tunnel.profile[0])
		return ROUTER_PROTECTION_NONE;
	if (!config_profile_find(r->config, c->tunnel.profile))
		return ROUTER_PROFILE_MISSING;
	return plan_ident(r->config, c, source, "", 0, &ident) ? ROUTER_OBSTACLE_NONE : ROUTER_SETS_MISSING;
}

static enum router_obstacle obstacle_of(struct router *r, const struct iface *i, const struct interface *c,
					struct router_tunnel_info *out)
{
	const unsigned family = plan_tunnel_family(c);
	const bool template = i->type == IF_VIRTUAL_TEMPLATE;
	const struct iface *other;
	struct ip_addr source;
	enum router_obstacle o;

	if (r->config->isakmp_disabled)
		return ROUTER_ISAKMP_OFF;
	if (c->shutdown)
		return ROUTER_TUNNEL_SHUTDOWN;
	if (!family)
		return ROUTER_TUNNEL_MODE;
	source = tunnel_find_source(r, c, family);
	if (!source.family && !(template && !c->tunnel.source.family && !c->tunnel.source_if[0]))
		return source_obstacle(r, c);
	if (!template && (o = route_obstacle(r, i, c, &source)))
		return o;
	if ((o = profile_obstacle(r, c, &source)) || template)
		return o;
	other = tunnel_owner(r, i, &source, &c->tunnel.destination);
	if (other) {
		snprintf(out->other, sizeof(out->other), "%s", other->name);
		return ROUTER_ENDS_TAKEN;
	}
	return i->tunnel.tun.queues ? ROUTER_OBSTACLE_NONE : ROUTER_NO_DEVICE;
}

static void fill(struct router *r, const struct iface *i, struct router_tunnel_info *out)
{
	const struct interface *c = iface_config(r, i);

	*out = (struct router_tunnel_info){ .type = i->type, .ident = i->tunnel.ident, .source = i->source };
	snprintf(out->name, sizeof(out->name), "%s", i->name);
	snprintf(out->config_name, sizeof(out->config_name), "%s", i->template ? i->template->name : i->name);
	if (c)
		out->destination = c->tunnel.destination;
	if (i->type == IF_VIRTUAL_ACCESS) {
		out->source = i->tunnel.data.local;
		out->destination = i->tunnel.data.remote;
	} else if (c && (!out->ident || r->config->isakmp_disabled)) {
		out->obstacle = obstacle_of(r, i, c, out);
	}
}

struct each_tunnel {
	void (*fn)(void *ctx, const struct router_tunnel_info *i);
	void *ctx;
};

static bool has_tunnel(const struct iface *i)
{
	return if_type_has_tunnel(i->type) || i->type == IF_VIRTUAL_ACCESS;
}

static void give_tunnel(struct router *r, struct iface *i, void *ctx)
{
	const struct each_tunnel *e = ctx;
	struct router_tunnel_info info;

	fill(r, i, &info);
	e->fn(e->ctx, &info);
}

void router_each_tunnel(struct router *r, void (*fn)(void *ctx, const struct router_tunnel_info *i), void *ctx)
{
	iface_each_lending(r, has_tunnel, give_tunnel, &(struct each_tunnel){ fn, ctx });
}
