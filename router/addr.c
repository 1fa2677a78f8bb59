/*
 * Addresses of the kernel. Each link is read and compared with what its interfaces want, so an address that was
 * flushed when a link went down comes back, and one that was there before the router is left in place.
 */
#include "router/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one link is to have: `lo` has those of every Loopback. */
struct wanted {
	struct ip_prefix *at;
	size_t count, room;
	bool replace_link_local; /* a link-local address was typed: the kernel's own goes */
	bool link_local;         /* IPv6 is on: there has to be one */
	struct ip_prefix default_link_local;
};

struct seen {
	struct netif_addr *at;
	size_t count, room;
};

static bool same(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_equal(&a->addr, &b->addr);
}

static void want(struct wanted *w, const struct ip_prefix *p)
{
	struct ip_prefix *more;

	for (size_t k = 0; k < w->count; k++)
		if (same(&w->at[k], p))
			return;
	if (w->count == w->room) {
		if (!(more = realloc(w->at, (w->room + 32) * sizeof(*more))))
			return;
		w->at = more;
		w->room += 32;
	}
	w->at[w->count++] = *p;
}

static bool is_wanted(const struct wanted *w, const struct ip_prefix *p)
{
	for (size_t k = 0; k < w->count; k++)
		if (same(&w->at[k], p))
			return true;
	return false;
}

static void note(void *ctx, const struct netif_addr *a)
{
	struct seen *s = ctx;
	struct netif_addr *more;

	if (s->count == s->room) {
		if (!(more = realloc(s->at, (s->room + 32) * sizeof(*more))))
			return;
		s->at = more;
		s->room += 32;
	}
	s->at[s->count++] = *a;
}

static const struct netif_addr *seen_find(const struct seen *s, const struct ip_prefix *p)
{
	for (size_t k = 0; k < s->count; k++)
		if (same(&s->at[k].prefix, p))
			return &s->at[k];
	return NULL;
}

static struct held_addr *held_find(struct router *r, int ifindex, const struct ip_prefix *p)
{
	struct held_addr *h;

	LIST_FOREACH (h, &r->addrs, link)
		if (h->ifindex == ifindex && same(&h->prefix, p))
			return h;
	return NULL;
}

static void hold(struct router *r, int ifindex, const struct ip_prefix *p, bool foreign)
{
	struct held_addr *h = held_find(r, ifindex, p);

	if (h || !(h = calloc(1, sizeof(*h))))
		return;
	*h = (struct held_addr){ .ifindex = ifindex, .prefix = *p, .foreign = foreign };
	LIST_INSERT_HEAD(&r->addrs, h, link);
}

static void let_go(struct held_addr *h)
{
	LIST_REMOVE(h, link);
	free(h);
}

static void delete_addr(struct router *r, int ifindex, const struct ip_prefix *p)
{
	netif_addr_del(r->netif, ifindex, p);
	/* With an address the kernel drops the routes that hang on it. */
	route_doubt(r, ifindex);
}

static void gather_from(struct router *r, const struct iface *i, struct wanted *w)
{
	const struct interface *c = iface_config(r, i);
	struct plan_addresses plan;

	if (!iface_active(i) || !c)
		return;
	iface_addresses(r, i, &plan);
	for (unsigned k = 0; k < plan.count; k++)
		/* Nobody reaches a Loopback by a link-local address, and `lo` is no link of its own. */
		if (i->type != IF_LOOPBACK || !ip_is_link_local(&plan.at[k].addr))
			want(w, &plan.at[k]);
	if (i->type == IF_LOOPBACK || !plan_wants_ipv6(c))
		return;
	w->replace_link_local = plan_typed_link_local(c);
	w->default_link_local = (struct ip_prefix){ plan_link_local(c, iface_mac(r, i)), 64 };
	w->link_local = w->default_link_local.addr.family != 0;
}

/* For the link that `keeper` stands for. */
static void gather(struct router *r, const struct iface *keeper, struct wanted *w)
{
	const struct iface *i;

	if (keeper->type != IF_LOOPBACK) {
		gather_from(r, keeper, w);
		return;
	}
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->kernel.ifindex == keeper->kernel.ifindex)
			gather_from(r, i, w);
}

static void digest(uint64_t *sum, const void *p, size_t octets)
{
	const uint8_t *at = p;

	/* FNV-1a: the user's own configuration is compared with itself */
	for (size_t k = 0; k < octets; k++)
		*sum = (*sum ^ at[k]) * UINT64_C(0x100000001b3);
}

static uint64_t digest_of(const struct wanted *w)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	digest(&sum, w->at, w->count * sizeof(*w->at));
	digest(&sum, &w->default_link_local, sizeof(w->default_link_local));
	digest(&sum, (bool[]){ w->replace_link_local, w->link_local }, 2 * sizeof(bool));
	return sum;
}

/* The kernel's own link-local address stays in force unless one was typed; where there is none it is made as IOS does. */
static void settle_link_local(struct router *r, int ifindex, struct wanted *w, const struct seen *seen)
{
	const struct netif_addr *kernels = NULL;
	struct iface *i;

	if (!w->link_local)
		return;
	for (size_t k = 0; k < seen->count; k++) {
		const struct netif_addr *a = &seen->at[k];
		struct held_addr *h = held_find(r, ifindex, &a->prefix);

		if (ip_is_link_local(&a->prefix.addr) && !a->ours && (!h || h->foreign))
			kernels = a;
	}
	if (kernels && !w->replace_link_local)
		w->default_link_local = kernels->prefix;
	else if (kernels && !is_wanted(w, &kernels->prefix))
		delete_addr(r, ifindex, &kernels->prefix);
	if (!kernels || w->replace_link_local)
		want(w, &w->default_link_local);
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->kernel.ifindex == ifindex)
			i->link_local = w->default_link_local.addr;
}

static void drop_unwanted(struct router *r, int ifindex, const struct wanted *w, const struct seen *seen)
{
	struct held_addr *h, *next;

	for (h = LIST_FIRST(&r->addrs); h; h = next) {
		next = LIST_NEXT(h, link);
		if (h->ifindex != ifindex || is_wanted(w, &h->prefix))
			continue;
		if (!h->foreign && seen_find(seen, &h->prefix))
			delete_addr(r, ifindex, &h->prefix);
		let_go(h);
	}
}

static bool add(struct router *r, int ifindex, const struct ip_prefix *p)
{
	int rc = netif_addr_add(r->netif, ifindex, p);
	char text[IP_TEXT_SIZE];

	if (!rc || rc == -EEXIST) {
		hold(r, ifindex, p, rc == -EEXIST);
		return true;
	}
	router_complain(r, "cannot add address %s/%u: %s", ip_text(&p->addr, text), p->len, router_errno_text(r, rc));
	return false;
}

/*
 * The first IPv4 address added to a link is the kernel's primary one. When one that comes earlier in the
 * configuration is missing, those after it are taken away so that all are added in order.
 */
static void reorder4(struct router *r, int ifindex, const struct wanted *w, struct seen *seen)
{
	bool missing = false;

	for (size_t k = 0; k < w->count && w->at[k].addr.family == 4; k++) {
		const struct netif_addr *there = seen_find(seen, &w->at[k]);
		struct held_addr *h = held_find(r, ifindex, &w->at[k]);

		if (!there) {
			missing = true;
		} else if (missing && h && !h->foreign) {
			delete_addr(r, ifindex, &w->at[k]);
			seen->at[there - seen->at].prefix = (struct ip_prefix){ 0 };
		}
	}
}

static void plan_own_link_local(struct router *r, struct iface *i)
{
	const struct interface *c = iface_config(r, i);

	i->link_local = c ? plan_link_local(c, iface_mac(r, i)) : (struct ip_addr){ 0 };
}

/* What neither the model nor the kernel has changed since the link was followed is not looked at again. */
static void follow_link(struct router *r, struct iface *i)
{
	const int ifindex = i->kernel.ifindex;
	struct wanted w = { 0 };
	struct seen seen = { 0 };
	uint64_t sum;

	if (filter_waiting(r, i)) /* what it is for has to be there first */
		return;
	gather(r, i, &w);
	sum = digest_of(&w);
	if (!i->addrs_stale && i->addrs_wanted == sum)
		goto out;
	i->addrs_stale = false;
	i->addrs_wanted = sum;
	plan_own_link_local(r, i);
	if (netif_addr_each(r->netif, ifindex, note, &seen) < 0) {
		i->addrs_stale = true;
		goto out;
	}
	settle_link_local(r, ifindex, &w, &seen);
	drop_unwanted(r, ifindex, &w, &seen);
	reorder4(r, ifindex, &w, &seen);
	for (size_t k = 0; k < w.count; k++) {
		const struct netif_addr *there = seen_find(&seen, &w.at[k]);

		if (there)
			hold(r, ifindex, &w.at[k], !there->ours);
		else
			i->addrs_stale |= !add(r, ifindex, &w.at[k]);
	}
out:
	free(w.at);
	free(seen.at);
}

void addr_sync_tunnel(struct router *r, struct iface *i)
{
	if (i->kernel.ifindex)
		follow_link(r, i);
}

void addr_doubt(struct router *r, int ifindex)
{
	struct iface *i = iface_by_index(r, ifindex);

	if (i)
		i->addrs_stale = true;
}

void addr_sync(struct router *r)
{
	struct held_addr *h, *next;
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link)
		if (!i->kernel.ifindex || i->type == IF_LOOPBACK)
			plan_own_link_local(r, i);
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->kernel.ifindex && iface_by_index(r, i->kernel.ifindex) == i)
			follow_link(r, i);
	/* The last Loopback went. */
	for (h = LIST_FIRST(&r->addrs); h; h = next) {
		next = LIST_NEXT(h, link);
		if (iface_by_index(r, h->ifindex))
			continue;
		if (!h->foreign)
			netif_addr_del(r->netif, h->ifindex, &h->prefix);
		let_go(h);
	}
}

void addr_forget(struct router *r, int ifindex)
{
	struct held_addr *h, *next;

	for (h = LIST_FIRST(&r->addrs); h; h = next) {
		next = LIST_NEXT(h, link);
		if (h->ifindex == ifindex)
			let_go(h);
	}
}

void addr_release(struct router *r)
{
	while (!LIST_EMPTY(&r->addrs)) {
		struct held_addr *h = LIST_FIRST(&r->addrs);

		if (!h->foreign)
			netif_addr_del(r->netif, h->ifindex, &h->prefix);
		let_go(h);
	}
}
