#include "netif/private.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <string.h>

/* linux/if.h has it, and cannot be included beside net/if.h. */
#define LINK_LOWER_UP 0x10000u

static void take_kind(const struct nlattr *a, struct netif_link *out)
{
	const struct nlattr *at[IFLA_INFO_KIND + 1];
	const struct nlattr *kind = nl_nested(a, at, IFLA_INFO_KIND) ? at[IFLA_INFO_KIND] : NULL;

	if (kind && mnl_attr_validate(kind, MNL_TYPE_NUL_STRING) == 0 &&
	    mnl_attr_get_payload_len(kind) <= sizeof(out->kind))
		memcpy(out->kind, mnl_attr_get_str(kind), mnl_attr_get_payload_len(kind));
}

static void take_counters(const struct nlattr *a, struct netif_link *out)
{
	struct rtnl_link_stats64 s = { 0 };
	size_t octets = a ? mnl_attr_get_payload_len(a) : 0;

	if (!octets)
		return;
	/* The structure grows at its end from kernel to kernel. */
	memcpy(&s, mnl_attr_get_payload(a), octets < sizeof(s) ? octets : sizeof(s));
	out->rx_packets = s.rx_packets;
	out->rx_octets = s.rx_bytes;
	out->rx_errors = s.rx_errors;
	out->rx_dropped = s.rx_dropped;
	out->rx_multicast = s.multicast;
	out->tx_packets = s.tx_packets;
	out->tx_octets = s.tx_bytes;
	out->tx_errors = s.tx_errors;
	out->tx_dropped = s.tx_dropped;
	out->collisions = s.collisions;
}

bool link_parse(const struct nlmsghdr *h, struct netif_link *out)
{
	const struct nlattr *at[IFLA_STATS64 + 1];
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	const struct nlattr *mac, *name;
	uint32_t mtu = 0;

	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    !nl_attributes(h, sizeof(*i), at, IFLA_STATS64))
		return false;
	name = at[IFLA_IFNAME];
	if (!name || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0 ||
	    mnl_attr_get_payload_len(name) > sizeof(out->name))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out->name, mnl_attr_get_str(name), mnl_attr_get_payload_len(name));
	out->ifindex = i->ifi_index;
	out->up = (i->ifi_flags & IFF_UP) != 0;
	out->running = (i->ifi_flags & LINK_LOWER_UP) != 0;
	nl_u32(at[IFLA_MTU], &mtu);
	out->mtu = mtu;
	mac = at[IFLA_ADDRESS];
	if (i->ifi_type == ARPHRD_ETHER && mac && mnl_attr_get_payload_len(mac) == sizeof(out->mac)) {
		memcpy(out->mac, mnl_attr_get_payload(mac), sizeof(out->mac));
		out->has_mac = true;
	}
	take_kind(at[IFLA_LINKINFO], out);
	take_counters(at[IFLA_STATS64], out);
	return true;
}

struct one_link {
	struct netif_link *out;
	bool found;
};

static void take_link(void *ctx, const struct nlmsghdr *h)
{
	struct one_link *one = ctx;

	one->found |= link_parse(h, one->out);
}

static int get_link(struct netif *n, struct nlmsghdr *h, struct netif_link *out)
{
	struct one_link one = { out, false };
	int rc = nl_ask(&n->nl, h, take_link, &one);

	return rc ? rc : one.found ? 0 : -ENODEV;
}

int netif_link_get(struct netif *n, const char *name, struct netif_link *out)
{
	struct nl_request r;
	struct nlmsghdr *h;

	if (!*name || strlen(name) >= IF_NAMESIZE)
		return -ENODEV;
	h = nl_begin(&r, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return get_link(n, h, out);
}

int netif_link_get_index(struct netif *n, int ifindex, struct netif_link *out)
{
	struct nl_request r;
	struct ifinfomsg *i;
	struct nlmsghdr *h;

	if (ifindex <= 0)
		return -ENODEV;
	h = nl_begin(&r, RTM_GETLINK, 0, sizeof(*i));
	i = mnl_nlmsg_get_payload(h);
	i->ifi_index = ifindex;
	return get_link(n, h, out);
}

/* A change of one link, to be completed and asked for. */
static struct nlmsghdr *link_change(struct nl_request *r, int ifindex, struct ifinfomsg **i)
{
	struct nlmsghdr *h = nl_begin(r, RTM_NEWLINK, 0, sizeof(**i));

	*i = mnl_nlmsg_get_payload(h);
	(*i)->ifi_index = ifindex;
	return h;
}

int netif_link_set_up(struct netif *n, int ifindex, bool up)
{
	struct nl_request r;
	struct ifinfomsg *i;
	struct nlmsghdr *h;

	if (ifindex <= 0)
		return -ENODEV;
	h = link_change(&r, ifindex, &i);
	i->ifi_flags = up ? IFF_UP : 0;
	i->ifi_change = IFF_UP;
	return nl_ask(&n->nl, h, NULL, NULL);
}

int netif_link_set_mtu(struct netif *n, int ifindex, unsigned mtu)
{
	struct nl_request r;
	struct ifinfomsg *i;
	struct nlmsghdr *h;

	if (ifindex <= 0)
		return -ENODEV;
	h = link_change(&r, ifindex, &i);
	mnl_attr_put_u32(h, IFLA_MTU, mtu);
	return nl_ask(&n->nl, h, NULL, NULL);
}

int netif_links_delete(struct netif *n, const int *ifindex, size_t count)
{
	struct nl_request r;
	struct ifinfomsg *i;
	struct nlmsghdr *h;
	int rc;

	for (size_t k = 0; k < count; k++) {
		h = link_change(&r, ifindex[k], &i);
		mnl_attr_put_u32(h, IFLA_GROUP, NETIF_GROUP);
		rc = nl_ask(&n->nl, h, NULL, NULL);
		if (rc && rc != -ENODEV)
			return rc;
	}
	h = nl_begin(&r, RTM_DELLINK, 0, sizeof(*i));
	mnl_attr_put_u32(h, IFLA_GROUP, NETIF_GROUP);
	return nl_ask(&n->nl, h, NULL, NULL);
}
