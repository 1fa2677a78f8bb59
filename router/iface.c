/*
 * Interfaces as they are. A port follows its kernel link, a Loopback is up while it is not shut down and has its
 * addresses on `lo`, a Tunnel's line protocol is its SAs'. Only the links of ports and our own TUN devices are touched.
 */
#include "router/debug.h"
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPV6_MIN_MTU 1280

struct iface *iface_find(const struct router *r, const char *name)
{
	struct iface *i;

	HASH_FIND(by_name, r->iface_names, name, strlen(name), i);
	return i;
}

struct iface *iface_by_index(struct router *r, int ifindex)
{
	struct iface *i;

	HASH_FIND(by_index, r->iface_indices, &ifindex, sizeof(ifindex), i);
	return i;
}

static void index_link(struct router *r, struct iface *i)
{
	if (!i->kernel.ifindex || iface_by_index(r, i->kernel.ifindex))
		return;
	memset(&i->by_index, 0, sizeof(i->by_index));
	HASH_ADD(by_index, r->iface_indices, kernel.ifindex, sizeof(i->kernel.ifindex), i);
}

/* It has this link now, ifindex 0: none. */
static void take_link(struct router *r, struct iface *i, const struct netif_link *link)
{
	const int before = i->kernel.ifindex;
	struct iface *other;

	if (link->ifindex == before) {
		i->kernel = *link;
		return;
	}
	if (iface_by_index(r, before) == i)
		HASH_DELETE(by_index, r->iface_indices, i);
	i->kernel = *link;
	index_link(r, i);
	TAILQ_FOREACH (other, &r->ifaces, link)
		if (before && other->kernel.ifindex == before)
			index_link(r, other);
}

struct interface *iface_config(struct router *r, const struct iface *i)
{
	return config_interface_find(r->config, i->template ? i->template->name : i->name);
}

struct interface *iface_lender(struct router *r, const struct interface *i)
{
	return i->unnumbered[0] ? config_interface_find(r->config, i->unnumbered) : NULL;
}

const uint8_t *iface_mac(const struct router *r, const struct iface *i)
{
	if (i->kernel.ifindex && i->kernel.has_mac && i->type != IF_LOOPBACK)
		return i->kernel.mac;
	return r->has_base_mac ? r->base_mac : NULL;
}

/* A link-local address means something on one link only: that of the interface which has it. */
int iface_scope(const struct router *r, const struct ip_addr *local)
{
	const struct iface *i;

	if (ip_is_link_local(local))
		TAILQ_FOREACH (i, &r->ifaces, link)
			if (i->kernel.ifindex && ip_equal(&i->link_local, local))
				return i->kernel.ifindex;
	return 0;
}

void iface_addresses(struct router *r, const struct iface *i, struct plan_addresses *out)
{
	const struct interface *c = iface_config(r, i);

	out->count = 0;
	if (c)
		plan_addresses(c, iface_lender(r, c), iface_mac(r, i), out);
}

bool iface_active(const struct iface *i)
{
	if (!i->configured || i->admin_down || !i->kernel.ifindex)
		return false;
	/* A port that only lost its carrier keeps its addresses; a VTI has them while it carries something. */
	return iface_is_tunnel(i) ? i->protocol_up : i->kernel.up;
}

/* --- runtimes ------------------------------------------------------------------------------------------------- */

static const struct router_port *port_of(const struct router *r, const char *name)
{
	for (size_t k = 0; k < r->port_count; k++)
		if (!strcmp(r->ports[k].ifname, name))
			return &r->ports[k];
	return NULL;
}

struct iface *iface_insert(struct router *r, const char *name, enum if_type type)
{
	const struct router_port *port = port_of(r, name);
	struct iface *i = calloc(1, sizeof(*i)), *before;

	if (!i)
		return NULL;
	snprintf(i->name, sizeof(i->name), "%s", name);
	i->link_stale = i->addrs_stale = true;
	i->type = type;
	i->port = port != NULL;
	i->said.fresh = true;
	if (port)
		snprintf(i->device, sizeof(i->device), "%s", port->device);
	else if (type == IF_LOOPBACK)
		snprintf(i->device, sizeof(i->device), "lo");
	HASH_ADD_KEYPTR(by_name, r->iface_names, i->name, strlen(i->name), i);
	if (!hash_has(&i->by_name)) {
		free(i);
		return NULL;
	}
	TAILQ_FOREACH_REVERSE(before, &r->ifaces, iface_list, link)
	if (ifname_compare(before->name, name) < 0)
		break;
	if (before)
		TAILQ_INSERT_AFTER(&r->ifaces, before, i, link);
	else
		TAILQ_INSERT_HEAD(&r->ifaces, i, link);
	return i;
}

void iface_discard(struct router *r, struct iface *i)
{
	tunnel_remove(r, i);
	if (!r->closing && !i->said.fresh) {
		if (i->template)
			log_link_state(r, i->name, false);
		else if (!i->said.admin_down)
			log_link_admin_down(r, i->name);
		if (i->said.protocol_up)
			log_line_protocol(r, i->name, false);
	}
	TAILQ_REMOVE(&r->ifaces, i, link);
	take_link(r, i, &(struct netif_link){ 0 });
	HASH_DELETE(by_name, r->iface_names, i);
	free(i);
}

static bool is_gone(struct router *r, const struct iface *i)
{
	return i->type == IF_TUNNEL && !iface_config(r, i);
}

static bool is_any(struct router *r, const struct iface *i)
{
	(void)r;
	(void)i;
	return true;
}

void iface_follow_model(struct router *r)
{
	const struct interface *c;
	struct iface *i, *next;
	enum if_type type;
	char name[CONFIG_IFNAME_SIZE];

	TAILQ_FOREACH (c, &r->config->interfaces, link)
		if (!iface_find(r, c->name))
			iface_insert(r, c->name, c->type);
	for (size_t k = 0; k < r->port_count; k++)
		if (!iface_find(r, r->ports[k].ifname) && ifname_canonical(r->ports[k].ifname, name, &type))
			iface_insert(r, r->ports[k].ifname, type);
	tunnel_delete_links(r, is_gone);
	for (i = TAILQ_FIRST(&r->ifaces); i; i = next) {
		next = TAILQ_NEXT(i, link);
		i->configured = iface_config(r, i) != NULL;
		if (i->configured || i->port || i->template)
			continue;
		iface_discard(r, i);
		/* with a Virtual-Template its clones went */
		next = TAILQ_FIRST(&r->ifaces);
	}
}

void iface_free_all(struct router *r)
{
	tunnel_delete_links(r, is_any);
	while (!TAILQ_EMPTY(&r->ifaces))
		iface_discard(r, TAILQ_FIRST(&r->ifaces));
}

/* --- the kernel's link ---------------------------------------------------------------------------------------- */

static void read_link(struct router *r, struct iface *i)
{
	struct netif_link now;
	bool another;

	if (!i->device[0] || netif_link_get(r->netif, i->device, &now) < 0 ||
	    (i->tunnel.tun.queues && now.ifindex != i->tunnel.tun.ifindex)) /* not the one that we have open */
		memset(&now, 0, sizeof(now));
	another = now.ifindex && now.ifindex != i->kernel.ifindex;
	if (another)
		iface_count(r, i, router_now_ms());
	if (another && i->port) {
		forget_sysctls(r, i->device);
		keep_link(r, &now);
	}
	if (i->kernel.ifindex && now.ifindex != i->kernel.ifindex) {
		addr_forget(r, i->kernel.ifindex);
		route_doubt(r, i->kernel.ifindex);
	}
	if (!now.ifindex) {
		/* The counters stay for show. */
		now = i->kernel;
		now.ifindex = 0;
		now.up = now.running = false;
	}
	take_link(r, i, &now);
	if (another)
		iface_count_on(r, i);
}

/* What nobody has changed since it was read is not read again. */
static void look_at_link(struct router *r, struct iface *i)
{
	if (!i->link_stale && i->kernel.ifindex)
		return;
	i->link_stale = false;
	read_link(r, i);
}

void iface_doubt(struct router *r, const struct netif_link *link)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link)
		if (!link || i->kernel.ifindex == link->ifindex || !strcmp(i->device, link->name))
			i->link_stale = i->addrs_stale = true;
}

static void set_up(struct router *r, struct iface *i, bool up)
{
	int rc;

	if (!i->kernel.ifindex || i->kernel.up == up)
		return;
	rc = netif_link_set_up(r->netif, i->kernel.ifindex, up);
	if (rc < 0)
		router_complain(r, "%s: cannot set %s %s: %s", i->name, i->device, up ? "up" : "down",
				router_errno_text(r, rc));
	if (!up)
		route_doubt(r, i->kernel.ifindex);
	else
		i->resets++;
	if (up && !rc && iface_is_tunnel(i))
		netif_neigh_keep(r->netif, i->kernel.ifindex); /* all works without it */
	read_link(r, i);
}

/* IPv6 as a router has it: addresses come from the configuration alone. */
static void port_ipv6(struct router *r, struct iface *i, const struct interface *c)
{
	bool wanted = c && plan_wants_ipv6(c);

	if (!wanted) {
		drop_sysctl(r, "ipv6/conf/%s/addr_gen_mode", i->device);
		drop_sysctl(r, "ipv6/conf/%s/accept_ra", i->device);
		drop_sysctl(r, "ipv6/conf/%s/disable_ipv6", i->device);
		return;
	}
	keep_sysctl(r, "0", "ipv6/conf/%s/disable_ipv6", i->device);
	keep_sysctl(r, "0", "ipv6/conf/%s/accept_ra", i->device);
	/* The kernel's own link-local address would be tentative for a second, or not be the one that was typed. */
	if (!i->kernel.up || plan_typed_link_local(c))
		keep_sysctl(r, "1", "ipv6/conf/%s/addr_gen_mode", i->device);
}

static void set_mtu(struct router *r, struct iface *i, unsigned mtu)
{
	int rc = netif_link_set_mtu(r->netif, i->kernel.ifindex, mtu);

	if (rc) {
		router_complain(r, "%s: cannot set the MTU of %s to %u: %s", i->name, i->device, mtu,
				router_errno_text(r, rc));
		return;
	}
	i->mtu_set = true;
	i->kernel.mtu = mtu;
}

/* Linux has one MTU for a link, and one for IPv6 that may be lower. */
static void port_mtu(struct router *r, struct iface *i, const struct interface *c)
{
	const struct held_link *was = kept_link(r, i->kernel.ifindex);
	unsigned mtu = was ? was->mtu : i->kernel.mtu;

	if (c && c->mtu) {
		mtu = c->mtu;
		i->mtu_set = true; /* by somebody who wants to keep it so */
	}
	if (c && c->ip_mtu && c->ip_mtu < mtu)
		mtu = c->ip_mtu < IPV6_MIN_MTU && plan_wants_ipv6(c) ? IPV6_MIN_MTU : c->ip_mtu;
	else if (!i->mtu_set)
		mtu = i->kernel.mtu;
	if (mtu != i->kernel.mtu)
		set_mtu(r, i, mtu);
	if (c && c->ipv6_mtu && c->ipv6_mtu < mtu) {
		char text[12];

		snprintf(text, sizeof(text), "%u", c->ipv6_mtu);
		keep_sysctl(r, text, "ipv6/conf/%s/mtu", i->device);
	} else {
		drop_sysctl(r, "ipv6/conf/%s/mtu", i->device);
	}
}

/* A router's IPv4 habits, as IOS has them by default. Of redirects the kernel takes the more talkative of `all` and this. */
static void port_ipv4(struct router *r, struct iface *i, const struct interface *c)
{
	if (!c || (!c->ip_count && !c->unnumbered[0])) {
		drop_sysctl(r, "ipv4/conf/%s/proxy_arp", i->device);
		drop_sysctl(r, "ipv4/conf/%s/send_redirects", i->device);
		return;
	}
	keep_sysctl(r, c->no_proxy_arp ? "0" : "1", "ipv4/conf/%s/proxy_arp", i->device);
	keep_sysctl(r, c->no_redirects ? "0" : "1", "ipv4/conf/%s/send_redirects", i->device);
}

static void sync_port(struct router *r, struct iface *i, const struct interface *c)
{
	i->admin_down = !c || c->shutdown;
	look_at_link(r, i);
	if (i->kernel.ifindex) {
		port_ipv6(r, i, c);
		port_ipv4(r, i, c);
		/* A port that the configuration does not speak of is left as it is. */
		if (c && !filter_waiting(r, i))
			set_up(r, i, !c->shutdown && filter_in_force(r, i));
		if (i->kernel.ifindex)
			port_mtu(r, i, c);
	}
	i->link_up = i->protocol_up = !i->admin_down && i->kernel.ifindex && i->kernel.up && i->kernel.running;
}

static void sync_loopback(struct router *r, struct iface *i, const struct interface *c)
{
	i->admin_down = c->shutdown;
	look_at_link(r, i);
	if (i->kernel.ifindex && !i->kernel.up) {
		keep_link(r, &i->kernel);
		set_up(r, i, true);
	}
	if (plan_wants_ipv6(c))
		keep_sysctl(r, "0", "ipv6/conf/lo/disable_ipv6");
	i->link_up = i->protocol_up = !i->admin_down;
}

void iface_sync_tunnel(struct router *r, struct iface *i)
{
	look_at_link(r, i);
	/* Another has deleted it, or given it another name. This time it is down: that is told first. */
	if (i->tunnel.tun.queues && !i->kernel.ifindex && tunnel_reopen(r, i))
		r->again = true;
	i->protocol_up = i->link_up && i->tunnel.up && i->kernel.ifindex &&
			 (filter_in_force(r, i) || (filter_waiting(r, i) && i->kernel.up));
	if (i->kernel.ifindex) {
		tunnel_mtu(r, i);
		set_up(r, i, i->protocol_up);
	}
}

static void sync_tunnel(struct router *r, struct iface *i, const struct interface *c)
{
	i->admin_down = c->shutdown;
	i->link_up = !i->admin_down;
	tunnel_device(r, i, plan_tunnel_family(c) && !c->shutdown);
	iface_sync_tunnel(r, i);
}

void iface_sync(struct router *r)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		if (i->port)
			sync_port(r, i, c);
		else if (!c)
			continue;
		else if (i->type == IF_LOOPBACK)
			sync_loopback(r, i, c);
		else if (i->type == IF_TUNNEL)
			sync_tunnel(r, i, c);
		else if (i->type == IF_VIRTUAL_ACCESS)
			iface_sync_tunnel(r, i);
		else if (i->type == IF_VIRTUAL_TEMPLATE)
			i->link_up = !(i->admin_down = c->shutdown);
		else
			i->admin_down = c->shutdown; /* a port that is not mapped: no link */
	}
}

/* --- what is said --------------------------------------------------------------------------------------------- */

void iface_announce_one(struct router *r, struct iface *i)
{
	bool fresh = i->said.fresh;

	/* A port that nobody configured has nothing to say. */
	if (fresh && !i->configured)
		return;
	if (i->admin_down && !i->said.admin_down)
		log_link_admin_down(r, i->name);
	if (fresh ? if_type_has_tunnel(i->type) && !i->protocol_up : i->said.protocol_up && !i->protocol_up)
		log_line_protocol(r, i->name, false);
	if (i->link_up && !i->said.link_up) {
		if (!fresh || i->port || i->template)
			log_link_state(r, i->name, true);
	} else if (!i->link_up && !i->admin_down && (i->said.link_up || i->said.admin_down)) {
		log_link_state(r, i->name, false);
	}
	if (i->protocol_up && !i->said.protocol_up)
		log_line_protocol(r, i->name, true);
	i->said.fresh = false;
	i->said.admin_down = i->admin_down;
	i->said.link_up = i->link_up;
	i->said.protocol_up = i->protocol_up;
}

void iface_announce(struct router *r)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link)
		iface_announce_one(r, i);
}
