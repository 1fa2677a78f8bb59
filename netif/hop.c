/* The next hop of ESP that is sent without the kernel's IP: its route, and the neighbour that the route leads to. */
#include "netif/hop.h"
#include "netif/private.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

/* --- the route ---- */

struct route {
	bool found, fit; /* fit: leads to a neighbour as it is */
	int ifindex;
	struct ip_addr via; /* of another family than the destination's where the route says so (RFC 5549) */
	unsigned mtu;       /* 0: the interface's */
};

/* RTA_VIA: a gateway of another family. */
static void take_via(const struct nlattr *a, struct ip_addr *out)
{
	const struct rtvia *via;
	size_t octets;

	if (!a || mnl_attr_get_payload_len(a) < sizeof(*via))
		return;
	via = mnl_attr_get_payload(a);
	octets = mnl_attr_get_payload_len(a) - sizeof(*via);
	if (via->rtvia_family == AF_INET && octets == 4)
		*out = ip_from_in4(via->rtvia_addr);
	else if (via->rtvia_family == AF_INET6 && octets == 16)
		*out = ip_from_in6(via->rtvia_addr);
}

static void take_route(void *ctx, const struct nlmsghdr *h)
{
	struct route *r = ctx;
	const struct nlattr *at[RTA_ENCAP + 1], *metric[RTAX_MTU + 1];
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	uint32_t oif = 0, mtu = 0;

	if (h->nlmsg_type != RTM_NEWROUTE || !nl_attributes(h, sizeof(*rt), at, RTA_ENCAP) ||
	    !nl_u32(at[RTA_OIF], &oif))
		return;
	r->found = true;
	r->fit = rt->rtm_type == RTN_UNICAST && !at[RTA_ENCAP] && !at[RTA_NEWDST];
	r->ifindex = (int)oif;
	nl_address(at[RTA_GATEWAY], rt->rtm_family, &r->via);
	take_via(at[RTA_VIA], &r->via);
	if (nl_nested(at[RTA_METRICS], metric, RTAX_MTU))
		nl_u32(metric[RTAX_MTU], &mtu);
	r->mtu = mtu;
}

static int find_route(struct netif *n, const struct ip_addr *dst, const struct ip_addr *src, int ifindex,
		      struct route *out)
{
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_GETROUTE, 0, sizeof(struct rtmsg));
	struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	int rc;

	*out = (struct route){ 0 };
	rt->rtm_family = nl_af(dst);
	rt->rtm_dst_len = (uint8_t)(ip_octets(dst) * 8);
	nl_put_address(h, RTA_DST, dst);
	if (src->family) {
		rt->rtm_src_len = rt->rtm_dst_len;
		nl_put_address(h, RTA_SRC, src);
	}
	if (ip_is_link_local(dst) && ifindex > 0)
		mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
	rc = nl_ask(&n->nl, h, take_route, out);
	if (rc)
		return rc;
	if (!out->found)
		return -ENETUNREACH;
	if (!out->via.family)
		out->via = *dst;
	return out->fit ? 0 : -EOPNOTSUPP;
}

/* --- the neighbour ---- */

struct neighbour {
	bool found;
	uint16_t state; /* NUD_ */
	bool has_mac;
	uint8_t mac[6];
};

static void take_neighbour(void *ctx, const struct nlmsghdr *h)
{
	struct neighbour *b = ctx;
	const struct nlattr *at[NDA_LLADDR + 1];
	const struct ndmsg *m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWNEIGH || !nl_attributes(h, sizeof(*m), at, NDA_LLADDR))
		return;
	b->found = true;
	b->state = m->ndm_state;
	b->has_mac = at[NDA_LLADDR] && mnl_attr_get_payload_len(at[NDA_LLADDR]) == sizeof(b->mac);
	if (b->has_mac)
		memcpy(b->mac, mnl_attr_get_payload(at[NDA_LLADDR]), sizeof(b->mac));
}

static struct nlmsghdr *about_neighbour(struct nl_request *r, uint16_t type, uint16_t flags, uint8_t use, int ifindex,
					const struct ip_addr *a)
{
	struct nlmsghdr *h = nl_begin(r, type, flags, sizeof(struct ndmsg));
	struct ndmsg *m = mnl_nlmsg_get_payload(h);

	m->ndm_family = nl_af(a);
	m->ndm_ifindex = ifindex;
	m->ndm_flags = use;
	nl_put_address(h, NDA_DST, a);
	return h;
}

static int find_neighbour(struct netif *n, int ifindex, const struct ip_addr *a, struct neighbour *out)
{
	struct nl_request r;
	int rc;

	*out = (struct neighbour){ 0 };
	rc = nl_ask(&n->nl, about_neighbour(&r, RTM_GETNEIGH, 0, 0, ifindex, a), take_neighbour, out);
	return rc == -ENOENT ? 0 : rc;
}

/* As if a packet were sent there: what is not known is asked for, what is stale is looked after. */
static int use_neighbour(struct netif *n, int ifindex, const struct ip_addr *a)
{
	struct nl_request r;

	return nl_ask(&n->nl, about_neighbour(&r, RTM_NEWNEIGH, NLM_F_CREATE, NTF_USE, ifindex, a), NULL, NULL);
}

int netif_hop_find(struct netif *n, const struct ip_addr *dst, const struct ip_addr *src, int *ifindex,
		   struct netif_hop *out)
{
	struct route route;
	struct netif_link link;
	struct neighbour b;
	int rc;

	*out = (struct netif_hop){ 0 };
	if (!dst->family || (src->family && src->family != dst->family))
		return -EAFNOSUPPORT;
	rc = find_route(n, dst, src, *ifindex, &route);
	if (rc)
		return rc;
	*ifindex = out->ifindex = route.ifindex;
	out->via = route.via;
	rc = netif_link_get_index(n, route.ifindex, &link);
	if (rc)
		return rc;
	if (!link.has_mac)
		return -EOPNOTSUPP;
	if (!link.up)
		return -ENETDOWN;
	out->mtu = route.mtu && route.mtu < link.mtu ? route.mtu : link.mtu;
	memcpy(out->src_mac, link.mac, sizeof(out->src_mac));
	rc = find_neighbour(n, route.ifindex, &route.via, &b);
	if (rc)
		return rc;
	if (b.state == NUD_NOARP)
		return -EOPNOTSUPP;
	/* One that failed is asked for by the packets that go by the raw socket, if there are any. */
	if (!b.found || b.state == NUD_STALE || b.state == NUD_NONE)
		(void)use_neighbour(n, route.ifindex, &route.via);
	if (!b.has_mac || !(b.state & (NUD_PERMANENT | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)))
		return -EAGAIN;
	memcpy(out->dst_mac, b.mac, sizeof(out->dst_mac));
	return 0;
}
