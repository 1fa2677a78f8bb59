#include "netif/private.h"

#include <errno.h>

static int ask(struct netif *n, uint16_t type, uint16_t flags, uint8_t kind, const struct ip_prefix *dst,
	       const struct ip_addr *via, int ifindex, unsigned metric)
{
	struct nl_request r;
	struct rtmsg *rt;
	struct nlmsghdr *h;

	if (!dst->addr.family || (via->family && via->family != dst->addr.family))
		return -EAFNOSUPPORT;
	if (kind == RTN_UNICAST && !via->family && ifindex <= 0)
		return -EINVAL;
	h = nl_begin(&r, type, flags, sizeof(*rt));
	rt = mnl_nlmsg_get_payload(h);
	rt->rtm_family = nl_af(&dst->addr);
	rt->rtm_dst_len = dst->len;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = NETIF_PROTO;
	rt->rtm_type = kind;
	rt->rtm_scope = kind != RTN_UNICAST || via->family || dst->addr.family == 6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (dst->len) {
		struct ip_prefix net = ip_network(dst);

		nl_put_address(h, RTA_DST, &net.addr);
	}
	if (via->family)
		nl_put_address(h, RTA_GATEWAY, via);
	if (ifindex > 0)
		mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
	if (metric)
		mnl_attr_put_u32(h, RTA_PRIORITY, metric);
	return nl_ask(&n->nl, h, NULL, NULL);
}

int netif_route_add(struct netif *n, const struct ip_prefix *dst, const struct ip_addr *via, int ifindex,
		    unsigned metric)
{
	/* Appended: IOS takes several next hops for one destination. */
	return ask(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, RTN_UNICAST, dst, via, ifindex, metric);
}

int netif_route_del(struct netif *n, const struct ip_prefix *dst, const struct ip_addr *via, int ifindex,
		    unsigned metric)
{
	return ask(n, RTM_DELROUTE, 0, RTN_UNICAST, dst, via, ifindex, metric);
}

static const struct ip_addr nowhere;

int netif_blackhole_add(struct netif *n, const struct ip_prefix *dst, unsigned metric)
{
	return ask(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, RTN_BLACKHOLE, dst, &nowhere, 0, metric);
}

int netif_blackhole_del(struct netif *n, const struct ip_prefix *dst, unsigned metric)
{
	return ask(n, RTM_DELROUTE, 0, RTN_BLACKHOLE, dst, &nowhere, 0, metric);
}

struct lookup {
	struct netif_path *out;
	bool found;
};

static void take_path(void *ctx, const struct nlmsghdr *h)
{
	struct lookup *l = ctx;
	const struct nlattr *at[RTA_METRICS + 1], *metric[RTAX_MTU + 1];
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	uint32_t oif = 0, mtu = 0;

	if (h->nlmsg_type != RTM_NEWROUTE || !nl_attributes(h, sizeof(*rt), at, RTA_METRICS) ||
	    !nl_u32(at[RTA_OIF], &oif))
		return;
	l->found = true;
	l->out->group = rt->rtm_type == RTN_BROADCAST || rt->rtm_type == RTN_MULTICAST;
	l->out->ifindex = (int)oif;
	nl_address(at[RTA_PREFSRC], rt->rtm_family, &l->out->source);
	if (nl_nested(at[RTA_METRICS], metric, RTAX_MTU))
		nl_u32(metric[RTAX_MTU], &mtu);
	l->out->mtu = mtu;
}

int netif_route_lookup(struct netif *n, const struct ip_addr *dst, const struct ip_addr *src, struct netif_path *out)
{
	struct lookup l = { out, false };
	struct nl_request r;
	struct rtmsg *rt;
	struct nlmsghdr *h;
	struct netif_link link;
	int rc;

	*out = (struct netif_path){ 0 };
	if (!dst->family || (src && src->family && src->family != dst->family))
		return -EAFNOSUPPORT;
	h = nl_begin(&r, RTM_GETROUTE, 0, sizeof(*rt));
	rt = mnl_nlmsg_get_payload(h);
	rt->rtm_family = nl_af(dst);
	rt->rtm_dst_len = (uint8_t)(ip_octets(dst) * 8);
	nl_put_address(h, RTA_DST, dst);
	if (src && src->family) {
		rt->rtm_src_len = rt->rtm_dst_len;
		nl_put_address(h, RTA_SRC, src);
		out->source = *src; /* the kernel names its choice only where it is another */
	}
	rc = nl_ask(&n->nl, h, take_path, &l);
	if (rc)
		return rc;
	if (!l.found)
		return -ENETUNREACH;
	if (!out->mtu) {
		rc = netif_link_get_index(n, out->ifindex, &link);
		if (rc)
			return rc;
		out->mtu = link.mtu;
	}
	return 0;
}
