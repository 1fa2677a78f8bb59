/* Neighbours: what ARP and neighbour discovery know. */
#include "netif/private.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>
#include <unistd.h>

static bool state_of(uint16_t nud, enum netif_neigh_state *out)
{
	switch (nud) {
	case NUD_INCOMPLETE:
		*out = NETIF_NEIGH_INCOMPLETE;
		return true;
	case NUD_REACHABLE:
		*out = NETIF_NEIGH_REACHABLE;
		return true;
	case NUD_STALE:
		*out = NETIF_NEIGH_STALE;
		return true;
	case NUD_DELAY:
		*out = NETIF_NEIGH_DELAY;
		return true;
	case NUD_PROBE:
		*out = NETIF_NEIGH_PROBE;
		return true;
	case NUD_FAILED:
		*out = NETIF_NEIGH_FAILED;
		return true;
	case NUD_PERMANENT:
		*out = NETIF_NEIGH_PERMANENT;
		return true;
	default:
		return false; /* groups, and links that know no neighbours */
	}
}

/* What was heard of it last: a confirmation, or where it said that it is. */
static unsigned age_of(const struct nlattr *a)
{
	struct nda_cacheinfo info = { 0 };
	long ticks = sysconf(_SC_CLK_TCK);
	uint32_t least;

	if (!a || mnl_attr_get_payload_len(a) < sizeof(info) || ticks <= 0)
		return 0;
	memcpy(&info, mnl_attr_get_payload(a), sizeof(info));
	least = info.ndm_confirmed < info.ndm_updated ? info.ndm_confirmed : info.ndm_updated;
	return (unsigned)(least / (uint32_t)ticks);
}

bool neigh_parse(const struct nlmsghdr *h, struct netif_neigh *out)
{
	const struct nlattr *at[NDA_CACHEINFO + 1], *mac;
	const struct ndmsg *m = mnl_nlmsg_get_payload(h);

	*out = (struct netif_neigh){ 0 };
	if ((h->nlmsg_type != RTM_NEWNEIGH && h->nlmsg_type != RTM_DELNEIGH) ||
	    !nl_attributes(h, sizeof(*m), at, NDA_CACHEINFO) || !nl_address(at[NDA_DST], m->ndm_family, &out->addr) ||
	    !state_of(m->ndm_state, &out->state))
		return false;
	out->ifindex = m->ndm_ifindex;
	out->age_s = age_of(at[NDA_CACHEINFO]);
	mac = at[NDA_LLADDR];
	if (mac && mnl_attr_get_payload_len(mac) == sizeof(out->mac)) {
		memcpy(out->mac, mnl_attr_get_payload(mac), sizeof(out->mac));
		out->has_mac = true;
	}
	return true;
}

struct each {
	void (*fn)(void *ctx, const struct netif_neigh *n);
	void *ctx;
};

static void each_neighbour(void *ctx, const struct nlmsghdr *h)
{
	const struct each *e = ctx;
	struct netif_neigh n;

	if (neigh_parse(h, &n))
		e->fn(e->ctx, &n);
}

int netif_neigh_each(struct netif *n, unsigned family, void (*fn)(void *ctx, const struct netif_neigh *n), void *ctx)
{
	struct each e = { fn, ctx };
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_GETNEIGH, 0, sizeof(struct ndmsg));
	struct ndmsg *m = mnl_nlmsg_get_payload(h);

	m->ndm_family = family == 6 ? AF_INET6 : AF_INET;
	return nl_dump(&n->nl, h, each_neighbour, &e);
}

int netif_neigh_del(struct netif *n, int ifindex, const struct ip_addr *addr)
{
	struct nl_request r;
	struct nlmsghdr *h;
	struct ndmsg *m;

	if (!addr->family || ifindex <= 0)
		return addr->family ? -ENODEV : -EAFNOSUPPORT;
	h = nl_begin(&r, RTM_DELNEIGH, 0, sizeof(*m));
	m = mnl_nlmsg_get_payload(h);
	m->ndm_family = nl_af(addr);
	m->ndm_ifindex = ifindex;
	nl_put_address(h, NDA_DST, addr);
	return nl_ask(&n->nl, h, NULL, NULL);
}

/*
 * Of entries that were learned elsewhere the kernel's collection takes none; the state keeps it out of what others list
 * as neighbours.
 */
int netif_neigh_keep(struct netif *n, int ifindex)
{
	const struct ip_addr any = { .family = 4 };
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(struct ndmsg));
	struct ndmsg *m = mnl_nlmsg_get_payload(h);

	m->ndm_family = AF_INET;
	m->ndm_ifindex = ifindex;
	m->ndm_state = NUD_NOARP;
	m->ndm_flags = NTF_EXT_LEARNED;
	nl_put_address(h, NDA_DST, &any);
	return nl_ask(&n->nl, h, NULL, NULL);
}
