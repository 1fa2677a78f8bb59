/*
 * Static VTIs. The TUN exists while the interface is an IPsec VTI that is not shut down; the ident exists in the
 * engine while source, destination and profile are there, and with it the tunnel of the data plane under the same
 * number. Whatever the ident depends on is in struct ike_ident: when that changes, the old ident goes (its SAs are
 * deleted at the peer) and the new one starts.
 */
#include "router/debug.h"
#include "router/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Takes the ident out of the engine, which tells the peer, and then out of the data plane. */
static void drop_ident(struct router *r, struct iface *i)
{
	struct tunnel *t = &i->tunnel;
	uint32_t ident = t->ident;

	if (!ident)
		return;
	if (!t->forgotten)
		ike_ident_remove(r->ike, ident);
	HASH_DELETE(by_ident, r->iface_idents, i);
	iface_count(r, i, router_now_ms());
	engine_keep(r, i);
	t->ident = 0;
	esp_tunnel_remove(r->esp, ident);
	iface_count_on(r, i);
	t->plaintext_mtu = 0;
	t->learned_mtu = 0;
	t->up = false;
	transport_due(r);
	r->again = true; /* another tunnel may have waited for its addresses */
}

void tunnel_remove(struct router *r, struct iface *i)
{
	drop_ident(r, i);
	if (!i->tunnel.tun.queues)
		return;
	i->source = (struct ip_addr){ 0 };
	netif_tun_close(&i->tunnel.tun);
	i->device[0] = '\0';
	i->link_stale = i->addrs_stale = true;
	if (i->kernel.ifindex) {
		addr_forget(r, i->kernel.ifindex);
		route_doubt(r, i->kernel.ifindex);
	}
}

void tunnel_device(struct router *r, struct iface *i, bool wanted)
{
	if (wanted && !i->tunnel.tun.queues)
		tunnel_open(r, i);
	else if (!wanted)
		tunnel_remove(r, i);
}

/* --- what is there to negotiate ------------------------------------------------------------------------------- */

static bool owns(struct router *r, const struct iface *i, const struct ip_addr *a)
{
	struct plan_addresses plan;

	if (ip_is_link_local(a))
		return ip_equal(a, &i->link_local);
	iface_addresses(r, i, &plan);
	for (unsigned k = 0; k < plan.count; k++)
		if (ip_equal(&plan.at[k].addr, a))
			return true;
	return false;
}

struct ip_addr tunnel_find_source(struct router *r, const struct interface *c, unsigned family)
{
	const struct interface *from;
	const struct iface *i;

	if (c->tunnel.source.family) {
		TAILQ_FOREACH (i, &r->ifaces, link)
			if (c->tunnel.source.family == family && i->protocol_up && owns(r, i, &c->tunnel.source))
				return c->tunnel.source;
		return (struct ip_addr){ 0 };
	}
	if (!c->tunnel.source_if[0] || !(i = iface_find(r, c->tunnel.source_if)) || !i->protocol_up ||
	    !(from = iface_config(r, i)))
		return (struct ip_addr){ 0 };
	return plan_source(from, iface_lender(r, from), iface_mac(r, i), family, &i->link_local);
}

/* The way to the peer would be the tunnel itself: IOS takes it down for a while. */
static bool recursive(struct router *r, struct iface *i, int ifindex)
{
	struct tunnel *t = &i->tunnel;
	uint64_t now = router_now_ms();

	if (t->recursive_until_ms > now)
		return true;
	t->recursive_until_ms = 0;
	if (ifindex != i->kernel.ifindex)
		return false;
	t->recursive_until_ms = now + ROUTER_RECURSION_MS;
	log_tunnel_recursive(r, i->name);
	return true;
}

/*
 * As on IOS the first tunnel between two addresses has them for itself, unless all of them are `shared` and have the
 * same profile: the SAs of the others would end at the wrong interface.
 */
const struct iface *tunnel_owner(struct router *r, const struct iface *i, const struct ip_addr *local,
				 const struct ip_addr *remote)
{
	const struct interface *c = iface_config(r, i), *oc;
	const struct iface *other;
	uint32_t ident = 0;

	while ((ident = ike_ident_between(r->ike, local, remote, ident))) {
		other = tunnel_by_ident(r, ident);
		if (!other || other == i || other->type != IF_TUNNEL || !(oc = iface_config(r, other)))
			continue;
		if (!c->tunnel.shared || !oc->tunnel.shared || strcmp(c->tunnel.profile, oc->tunnel.profile))
			return other;
	}
	return NULL;
}

static bool wanted_ident(struct router *r, struct iface *i, struct ike_ident *out)
{
	const struct interface *c = iface_config(r, i);
	struct netif_link link;
	struct netif_path path;
	const struct iface *egress;
	unsigned family;

	i->source = (struct ip_addr){ 0 };
	if (!c || c->shutdown || !(family = plan_tunnel_family(c)))
		return false;
	i->source = tunnel_find_source(r, c, family);
	if (i->type == IF_VIRTUAL_TEMPLATE) {
		/* without `tunnel source` its peers may come to any address */
		if (!i->source.family && (c->tunnel.source.family || c->tunnel.source_if[0]))
			return false;
		return plan_ident(r->config, c, &i->source, "", 0, out);
	}
	if (!i->tunnel.tun.queues)
		return false;
	if (!i->source.family || c->tunnel.destination.family != family ||
	    netif_route_lookup(r->netif, &c->tunnel.destination, &i->source, &path) < 0 ||
	    recursive(r, i, path.ifindex))
		return false;
	i->tunnel.egress = path.ifindex;
	/* The link's MTU, not the route's: that one changes when the kernel learns of a narrow path. */
	egress = iface_by_index(r, path.ifindex);
	if (egress && !egress->link_stale)
		link = egress->kernel;
	else if (netif_link_get_index(r->netif, path.ifindex, &link) < 0)
		return false;
	return plan_ident(r->config, c, &i->source, egress ? egress->name : link.name, link.mtu, out) &&
	       !tunnel_owner(r, i, &out->local, &out->remote);
}

static unsigned path_mtu(const struct tunnel *t)
{
	return t->learned_mtu && t->learned_mtu < t->link_mtu ? t->learned_mtu : t->link_mtu;
}

/* The engine knows it by this number. False without memory. */
static bool set_ident(struct router *r, struct iface *i, uint32_t ident)
{
	i->tunnel.ident = ident;
	memset(&i->by_ident, 0, sizeof(i->by_ident));
	HASH_ADD(by_ident, r->iface_idents, tunnel.ident, sizeof(ident), i);
	if (!hash_has(&i->by_ident))
		i->tunnel.ident = 0;
	return i->tunnel.ident;
}

/* What the configuration says of packets. False: all of it stands there already. */
static bool packet_settings(struct router *r, struct iface *i)
{
	const struct interface *c = iface_config(r, i);
	struct esp_tunnel *data = &i->tunnel.data;
	const unsigned mtu = plan_tunnel_family(c) == 6 ? c->ipv6_mtu : c->ip_mtu;
	const enum ipsec_df df = plan_df(r->config, c);
	const bool cut_after = plan_cut_after(r->config, c);

	if (data->mtu == mtu && data->df == df && data->cut_after == cut_after)
		return false;
	data->mtu = mtu;
	data->df = df;
	data->cut_after = cut_after;
	return true;
}

static bool start_data(struct router *r, struct iface *i, const struct ike_ident *ident)
{
	const struct interface *c = iface_config(r, i);
	struct tunnel *t = &i->tunnel;
	int rc;

	t->data = (struct esp_tunnel){
		.id = t->ident,
		.uso = t->tun.uso,
		.inner_family = plan_tunnel_family(c),
		.local = ident->local,
		.remote = ident->remote,
		.path_mtu = ident->path_mtu,
	};
	memcpy(t->data.tun_fd, t->tun.fd, sizeof(t->data.tun_fd));
	t->behind = ident->remote_proxy;
	t->link_mtu = ident->path_mtu;
	packet_settings(r, i);
	rc = esp_tunnel_add(r->esp, &t->data);
	if (rc < 0)
		router_complain(r, "%s: %s", i->name, strerror(-rc));
	return !rc;
}

bool tunnel_open_clone(struct router *r, struct iface *i, uint32_t ident, const struct ike_ident *config)
{
	struct tunnel *t = &i->tunnel;

	t->forgotten = true; /* until the engine has it */
	tunnel_open(r, i);
	if (!t->tun.queues)
		return false;
	if (!set_ident(r, i, ident) || !start_data(r, i, config))
		return false;
	t->forgotten = false;
	return true;
}

static void start_ident(struct router *r, struct iface *i, const struct ike_ident *want)
{
	/* First the number, which the data plane shares; no SA can be there before a datagram came back. */
	const uint32_t ident = ike_ident_add(r->ike, want);

	if (!ident || !set_ident(r, i, ident)) {
		ike_ident_remove(r->ike, ident);
		router_complain(r, "%s: out of memory", i->name);
		return;
	}
	if (i->type != IF_VIRTUAL_TEMPLATE)
		start_data(r, i, want);
}

static void follow_settings(struct router *r, struct iface *i)
{
	if (packet_settings(r, i))
		esp_tunnel_add(r->esp, &i->tunnel.data);
}

/* 0: as configured */
static void learn_path_mtu(struct router *r, struct iface *i, unsigned mtu)
{
	struct tunnel *t = &i->tunnel;

	t->learned_mtu = mtu;
	t->learned_ms = router_now_ms();
	t->data.path_mtu = path_mtu(t);
	esp_tunnel_add(r->esp, &t->data);
	if (t->plaintext_mtu)
		tunnel_suite(r, i, &t->suite, t->udp);
}

/* Only the link to the peer is another size: no reason to negotiate. What was learned of the path is of old. */
static void follow_link(struct router *r, struct iface *i, const struct ike_ident *want)
{
	struct tunnel *t = &i->tunnel;
	struct ike_ident as_before = *want;

	as_before.path_mtu = t->link_mtu;
	if (want->path_mtu == t->link_mtu || !ike_ident_is(r->ike, t->ident, &as_before))
		return;
	t->link_mtu = want->path_mtu;
	ike_ident_path_mtu(r->ike, t->ident, want->path_mtu);
	learn_path_mtu(r, i, 0);
}

static void follow(struct router *r, struct iface *i)
{
	struct tunnel *t = &i->tunnel;
	struct ike_ident want;
	bool wanted = wanted_ident(r, i, &want);

	if (t->ident && wanted)
		follow_link(r, i, &want);
	if (t->ident && (!wanted || !ike_ident_is(r->ike, t->ident, &want)))
		drop_ident(r, i);
	if (!wanted)
		return;
	if (!t->ident)
		start_ident(r, i, &want);
	else if (i->type == IF_TUNNEL)
		follow_settings(r, i);
}

void tunnel_leave(struct router *r)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);
		struct ip_addr source;

		if (i->type != IF_TUNNEL || !i->tunnel.ident || !c)
			continue;
		source = tunnel_find_source(r, c, plan_tunnel_family(c));
		if (!ip_equal(&source, &i->tunnel.data.local))
			drop_ident(r, i);
	}
}

void tunnel_sync(struct router *r)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (if_type_has_tunnel(i->type))
			follow(r, i);
		else if (i->type == IF_VIRTUAL_ACCESS)
			follow_settings(r, i);
	}
}

/* --- what comes back ------------------------------------------------------------------------------------------ */

struct iface *tunnel_by_ident(struct router *r, uint32_t ident)
{
	struct iface *i = NULL;

	HASH_FIND(by_ident, r->iface_idents, &ident, sizeof(ident), i);
	return i && iface_is_tunnel(i) ? i : NULL;
}

void tunnel_mtu(struct router *r, struct iface *i)
{
	const struct interface *c = iface_config(r, i);
	struct tunnel *t = &i->tunnel;
	unsigned mtu;

	if (!c || !t->ident)
		return;
	mtu = plan_tunnel_mtu(r->config, c, t->plaintext_mtu, path_mtu(t), t->link_mtu);
	if (mtu == i->kernel.mtu || !i->kernel.ifindex)
		return;
	if (!netif_link_set_mtu(r->netif, i->kernel.ifindex, mtu))
		i->kernel.mtu = mtu;
}

void tunnel_suite(struct router *r, struct iface *i, const struct esp_suite_info *suite, bool udp)
{
	struct tunnel *t = &i->tunnel;

	t->suite = *suite;
	t->udp = udp;
	transport_due(r);
	t->plaintext_mtu = esp_plaintext_mtu(suite, path_mtu(t), t->data.remote.family, udp);
	tunnel_mtu(r, i);
}

/* Of the link that leads to the peer now, 0: none does. */
static unsigned egress_mtu(struct router *r, const struct tunnel *t)
{
	struct netif_path path;
	struct netif_link link;

	if (netif_route_lookup(r->netif, &t->data.remote, &t->data.local, &path) < 0 ||
	    netif_link_get_index(r->netif, path.ifindex, &link) < 0)
		return 0;
	return link.mtu;
}

void tunnel_path_mtu(struct router *r, struct iface *i, unsigned said)
{
	const struct tunnel *t = &i->tunnel;
	unsigned now = path_mtu(t), link = egress_mtu(r, t), mtu = plan_path_mtu(now, said, t->data.remote.family);

	if (link && link < now && (!mtu || link < mtu))
		mtu = link;
	if (mtu)
		learn_path_mtu(r, i, mtu);
	transport_path_mtu(r, &t->data);
}

void tunnel_tick(struct router *r, uint64_t now_ms)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		struct tunnel *t = &i->tunnel;

		if (!iface_is_tunnel(i))
			continue;
		if (t->ident && t->learned_mtu && now_ms - t->learned_ms >= ROUTER_PATH_MTU_MS)
			learn_path_mtu(r, i, 0);
		if (t->recursive_until_ms && now_ms >= t->recursive_until_ms)
			router_apply(r);
	}
}

/*
 * Called from within the engine: touches the kernel and our own state, never the engine. Addresses and routes are in
 * place before the line protocol is announced, so that who waits for the message can send at once.
 */
void tunnel_state(struct router *r, struct iface *i, bool up)
{
	if (i->tunnel.up == up)
		return;
	i->tunnel.up = up;
	if (r->applying) {
		r->again = true;
		return;
	}
	i->tunnel_changed = r->tunnels_due = r->heap_loose = true;
	router_follow(r);
}

void tunnels_follow(struct router *r)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (!i->tunnel_changed)
			continue;
		iface_sync_tunnel(r, i);
		addr_sync_tunnel(r, i);
	}
	route_sync(r);
	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (!i->tunnel_changed)
			continue;
		iface_announce_one(r, i);
		i->tunnel_changed = false;
	}
}
