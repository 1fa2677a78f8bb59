/*
 * Virtual-Access interfaces: one for each peer of a Virtual-Template. The engine makes an ident for the peer and asks
 * for the interface; with the ident's last SA both go. What such an interface is comes from the configuration of its
 * template (iface_config). All of this is called from within the engine and never calls it back.
 */
#include "router/internal.h"

#include <stdio.h>
#include <string.h>

static struct iface *template_of(struct router *r, uint32_t ident)
{
	struct iface *i;

	HASH_FIND(by_ident, r->iface_idents, &ident, sizeof(ident), i);
	return i && i->type == IF_VIRTUAL_TEMPLATE ? i : NULL;
}

/* The lowest number that is free. */
static void free_name(struct router *r, char out[CONFIG_IFNAME_SIZE])
{
	unsigned n = 0;

	do
		snprintf(out, CONFIG_IFNAME_SIZE, "%s%u", if_type_name(IF_VIRTUAL_ACCESS), ++n);
	while (iface_find(r, out));
}

bool vaccess_clone(struct router *r, uint32_t template_ident, uint32_t ident, struct ike_ident *config)
{
	struct iface *template = template_of(r, template_ident), *i;
	struct netif_link link;
	struct netif_path path;
	const struct iface *egress;
	char name[CONFIG_IFNAME_SIZE];

	if (!template || netif_route_lookup(r->netif, &config->remote, &config->local, &path) < 0 ||
	    netif_link_get_index(r->netif, path.ifindex, &link) < 0)
		return false;
	free_name(r, name);
	if (!(i = iface_insert(r, name, IF_VIRTUAL_ACCESS)))
		return false;
	i->template = template;
	i->configured = i->link_up = true;
	i->source = config->local;
	i->tunnel.egress = path.ifindex;
	egress = iface_by_index(r, path.ifindex);
	snprintf(config->map, sizeof(config->map), "%s-head-0", name);
	snprintf(config->ifname, sizeof(config->ifname), "%s", name);
	snprintf(config->out_ifname, sizeof(config->out_ifname), "%s", egress ? egress->name : link.name);
	config->path_mtu = link.mtu;
	if (!tunnel_open_clone(r, i, ident, config)) {
		iface_discard(r, i);
		return false;
	}
	filter_sync(r); /* its template's lists; it is up when they are in force */
	iface_sync_tunnel(r, i);
	return true;
}

void vaccess_gone(struct router *r, uint32_t ident)
{
	struct iface *i = tunnel_by_ident(r, ident);

	if (!i)
		return;
	i->tunnel.forgotten = true;
	iface_discard(r, i);
	if (r->applying)
		r->again = true;
	else if (!r->closing)
		route_sync(r);
}
