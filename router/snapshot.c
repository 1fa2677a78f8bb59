/* Copies of the runtime for show commands, and the way a ping takes. The lock is the caller's. */
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IFS_AT_ONCE 16 /* the kernel is asked for each */

/* A worker may have been there since `now` was read. */
static uint64_t ago_s(uint64_t now_ms, uint64_t then_ms)
{
	return !then_ms ? UINT64_MAX : then_ms < now_ms ? (now_ms - then_ms) / 1000 : 0;
}

static void fill_counters(struct router *r, struct iface *i, struct router_if_info *out)
{
	uint64_t now_ms = router_now_ms();

	iface_count(r, i, now_ms);
	out->rx_packets = i->seen.rx_packets;
	out->rx_octets = i->seen.rx_octets;
	out->rx_errors = i->seen.rx_errors;
	out->rx_dropped = i->seen.rx_dropped;
	out->rx_multicast = i->seen.rx_multicast;
	out->tx_packets = i->seen.tx_packets;
	out->tx_octets = i->seen.tx_octets;
	out->tx_errors = i->seen.tx_errors;
	out->tx_dropped = i->seen.tx_dropped;
	out->wrong_family = i->seen.wrong_family;
	out->rx_no_buffer = i->seen.rx_no_buffer;
	out->input_rate_bps = (uint64_t)(i->in.bits_per_s + 0.5);
	out->input_rate_pps = (uint64_t)(i->in.packets_per_s + 0.5);
	out->output_rate_bps = (uint64_t)(i->out.bits_per_s + 0.5);
	out->output_rate_pps = (uint64_t)(i->out.packets_per_s + 0.5);
	out->last_input_s = ago_s(now_ms, i->last_input_ms);
	out->last_output_s = ago_s(now_ms, i->last_output_ms);
}

static void fill_tunnel(struct router *r, const struct iface *i, struct router_if_info *out)
{
	const struct interface *c = iface_config(r, i);
	const struct tunnel *t = &i->tunnel;
	unsigned path = t->learned_mtu ? t->learned_mtu : t->ident ? t->link_mtu : 1500;

	out->tunnel_source = i->source;
	out->tunnel_destination = t->ident ? t->data.remote : (struct ip_addr){ 0 };
	out->transport_mtu = t->plaintext_mtu ? t->plaintext_mtu : path - (c && plan_tunnel_family(c) == 6 ? 40 : 20);
}

static void fill(struct router *r, struct iface *i, struct router_if_info *out)
{
	struct netif_link now;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", i->name);
	snprintf(out->config_name, sizeof(out->config_name), "%s", i->template ? i->template->name : i->name);
	snprintf(out->device, sizeof(out->device), "%s", i->device);
	out->type = i->type;
	out->admin_down = i->admin_down;
	out->link_up = i->link_up;
	out->protocol_up = i->protocol_up;
	out->resets = i->resets;
	out->cleared_s = ago_s(router_now_ms(), i->cleared_ms);
	out->link_local = i->link_local;
	out->last_input_s = out->last_output_s = UINT64_MAX;
	if (i->kernel.ifindex && !netif_link_get_index(r->netif, i->kernel.ifindex, &now))
		i->kernel = now;
	out->ifindex = i->kernel.ifindex;
	out->mtu = i->kernel.mtu;
	if (i->type != IF_LOOPBACK) {
		out->has_mac = i->kernel.has_mac;
		memcpy(out->mac, i->kernel.mac, sizeof(out->mac));
		fill_counters(r, i, out);
	}
	if (iface_is_tunnel(i))
		fill_tunnel(r, i, out);
}

void iface_each_lending(struct router *r, bool (*wanted)(const struct iface *i),
			void (*fn)(struct router *r, struct iface *i, void *ctx), void *ctx)
{
	size_t count = 0, n = 0;
	struct iface *i;
	char(*names)[CONFIG_IFNAME_SIZE];

	TAILQ_FOREACH (i, &r->ifaces, link)
		count += wanted(i);
	if (!(names = calloc(count + 1, sizeof(*names))))
		return;
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (wanted(i))
			snprintf(names[n++], sizeof(*names), "%s", i->name);
	for (n = 0; n < count; n++) {
		if (n % IFS_AT_ONCE == IFS_AT_ONCE - 1)
			router_lend(r); /* a clone may have gone then */
		if ((i = iface_find(r, names[n])))
			fn(r, i, ctx);
	}
	free(names);
}

struct each_if {
	void (*fn)(void *ctx, const struct router_if_info *i);
	void *ctx;
};

static bool any(const struct iface *i)
{
	(void)i;
	return true;
}

static void give_if(struct router *r, struct iface *i, void *ctx)
{
	const struct each_if *e = ctx;
	struct router_if_info info;

	fill(r, i, &info);
	e->fn(e->ctx, &info);
}

void router_each_if(struct router *r, void (*fn)(void *ctx, const struct router_if_info *i), void *ctx)
{
	iface_each_lending(r, any, give_if, &(struct each_if){ fn, ctx });
}

void router_clear_counters(struct router *r, const char *name)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link)
		if (!name || strcmp(i->name, name) == 0)
			iface_clear_counters(r, i, router_now_ms());
}

bool router_if(struct router *r, const char *name, struct router_if_info *out)
{
	struct iface *i = iface_find(r, name);

	if (!i)
		return false;
	fill(r, i, out);
	return true;
}

bool router_if_exists(const struct router *r, const char *name)
{
	return iface_find(r, name);
}

bool router_if_address6(struct router *r, const char *name, unsigned index, struct ip_prefix *out)
{
	struct iface *i = iface_find(r, name);
	const struct interface *c = i ? iface_config(r, i) : NULL;

	return c && plan_address6(c, index, iface_mac(r, i), out);
}

void router_each_route(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_route *t),
		       void *ctx)
{
	for (size_t k = 0; k < r->rib.count; k++)
		if (r->rib.routes[k].route.prefix.addr.family == family)
			fn(ctx, &r->rib.routes[k].route);
}

uint64_t router_route_age_s(const struct router_route *t)
{
	return ago_s(router_now_ms(), t->since_ms);
}

/* --- ping ----------------------------------------------------------------------------------------------------- */

static bool is_ours(struct router *r, const struct ip_addr *a, const struct iface **owner)
{
	struct plan_addresses plan;
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (!i->protocol_up)
			continue;
		iface_addresses(r, i, &plan);
		*owner = i;
		if (ip_equal(a, &i->link_local))
			return true;
		for (unsigned k = 0; k < plan.count; k++)
			if (ip_equal(a, &plan.at[k].addr))
				return true;
	}
	return false;
}

static int choose_source(struct router *r, const struct ip_addr *dst, const char *source_if,
			 const struct ip_addr *source, struct ip_addr *out)
{
	const struct iface *i;
	const struct interface *c;

	*out = (struct ip_addr){ 0 };
	if (source && source->family) {
		*out = *source;
		return source->family == dst->family && is_ours(r, source, &i) ? 0 : -EADDRNOTAVAIL;
	}
	if (!source_if || !source_if[0])
		return 0;
	if (!(i = iface_find(r, source_if)) || !i->protocol_up || !(c = iface_config(r, i)))
		return -EADDRNOTAVAIL;
	*out = ip_is_link_local(dst) ? i->link_local
				     : plan_source(c, iface_lender(r, c), iface_mac(r, i), dst->family, &i->link_local);
	return out->family ? 0 : -EADDRNOTAVAIL;
}

int router_ping_path(struct router *r, const struct ip_addr *dst, const char *source_if, const struct ip_addr *source,
		     const char *out_if, struct netif_ping *out)
{
	struct ip_addr src;
	struct netif_path path;
	const struct iface *i;
	int rc = choose_source(r, dst, source_if, source, &src);

	if (rc < 0)
		return rc;
	out->dst = *dst;
	out->src = src; /* the source that was asked for shows even where no way leads */
	if (dst->family == 6 && (ip_is_link_local(dst) || ip_is_multicast(dst))) {
		i = out_if && out_if[0] ? iface_find(r, out_if) : NULL;
		if (!i || !i->protocol_up || !i->kernel.ifindex)
			return -ENETUNREACH;
		out->ifindex = i->kernel.ifindex;
		out->group = ip_is_multicast(dst);
		if (!src.family)
			src = i->link_local;
	} else {
		rc = netif_route_lookup(r->netif, dst, &src, &path);
		if (rc < 0)
			return -ENETUNREACH;
		out->ifindex = ip_is_link_local(&src) ? path.ifindex : 0;
		out->group = path.group;
	}
	out->src = src;
	return 0;
}
