#include "netif/private.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>
#include <time.h>

/* IFA_PROTO, from Linux 5.18; the headers may be older than the kernel. Older kernels skip it. */
#define ADDR_PROTO 11

bool addr_parse(const struct nlmsghdr *h, struct netif_addr *out)
{
	const struct nlattr *at[ADDR_PROTO + 1];
	const struct ifaddrmsg *i = mnl_nlmsg_get_payload(h);
	uint32_t flags;
	uint8_t proto = 0;

	if ((h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR) ||
	    !nl_attributes(h, sizeof(*i), at, ADDR_PROTO))
		return false;
	*out = (struct netif_addr){ .ifindex = (int)i->ifa_index };
	/* On a point-to-point link IFA_ADDRESS is the other side's. */
	if (!nl_address(at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS], i->ifa_family, &out->prefix.addr) ||
	    i->ifa_prefixlen > 8 * ip_octets(&out->prefix.addr))
		return false;
	out->prefix.len = i->ifa_prefixlen;
	flags = i->ifa_flags;
	nl_u32(at[IFA_FLAGS], &flags);
	nl_u8(at[ADDR_PROTO], &proto);
	out->ours = proto == NETIF_PROTO;
	out->tentative = (flags & IFA_F_TENTATIVE) != 0;
	out->link_local = ip_is_link_local(&out->prefix.addr);
	return true;
}

static struct nlmsghdr *begin(struct nl_request *r, uint16_t type, uint16_t flags, int ifindex,
			      const struct ip_prefix *a)
{
	struct nlmsghdr *h = nl_begin(r, type, flags, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *i = mnl_nlmsg_get_payload(h);

	i->ifa_family = nl_af(&a->addr);
	i->ifa_prefixlen = a->len;
	i->ifa_index = (uint32_t)ifindex;
	i->ifa_scope = ip_is_link_local(&a->addr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	nl_put_address(h, IFA_LOCAL, &a->addr);
	nl_put_address(h, IFA_ADDRESS, &a->addr);
	return h;
}

#define LOCAL_TRIES   1000
#define LOCAL_WAIT_NS 100000

/*
 * The kernel has an IPv6 address some moments before it delivers what comes for it, and sends that on until then: a peer
 * that answers at once would not be heard. Not longer than 0.1 s, and not for a link that is down, where it comes later.
 */
static void wait_until_local(struct netif *n, int ifindex, const struct ip_addr *a)
{
	const struct timespec pause = { 0, LOCAL_WAIT_NS };
	const int lo = (int)if_nametoindex("lo");
	struct netif_link link;
	struct netif_path path;

	if (netif_link_get_index(n, ifindex, &link) || !link.up || !link.running || ip_is_link_local(a))
		return;
	for (unsigned k = 0; k < LOCAL_TRIES; k++) {
		if (!netif_route_lookup(n, a, NULL, &path) && path.ifindex == lo)
			return;
		nanosleep(&pause, NULL);
	}
}

int netif_addr_add(struct netif *n, int ifindex, const struct ip_prefix *a)
{
	struct nl_request r;
	struct nlmsghdr *h;
	char name[IF_NAMESIZE];
	uint32_t flags = 0;
	int rc;

	if (!a->addr.family || ifindex <= 0 || !if_indextoname((unsigned)ifindex, name))
		return a->addr.family ? -ENODEV : -EAFNOSUPPORT;
	if (a->addr.family == 6)
		flags = IFA_F_NODAD;
	/*
	 * On the loopback device the kernel makes an IPv4 prefix local as a whole, so that every address of a Loopback
	 * interface's subnet would answer.
	 */
	else if (!strcmp(name, "lo"))
		flags = IFA_F_NOPREFIXROUTE;
	h = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, a);
	mnl_attr_put_u32(h, IFA_FLAGS, flags);
	mnl_attr_put_u8(h, ADDR_PROTO, NETIF_PROTO);
	rc = nl_ask(&n->nl, h, NULL, NULL);
	if (!rc && a->addr.family == 6)
		wait_until_local(n, ifindex, &a->addr);
	return rc;
}

int netif_addr_del(struct netif *n, int ifindex, const struct ip_prefix *a)
{
	struct nl_request r;

	if (!a->addr.family || ifindex <= 0)
		return a->addr.family ? -ENODEV : -EAFNOSUPPORT;
	return nl_ask(&n->nl, begin(&r, RTM_DELADDR, 0, ifindex, a), NULL, NULL);
}

struct each {
	int ifindex;
	void (*fn)(void *ctx, const struct netif_addr *a);
	void *ctx;
};

static void each_address(void *ctx, const struct nlmsghdr *h)
{
	const struct each *e = ctx;
	struct netif_addr a;

	/* Kernels before 4.20 do not filter by interface. */
	if (addr_parse(h, &a) && (!e->ifindex || e->ifindex == a.ifindex))
		e->fn(e->ctx, &a);
}

int netif_addr_each(struct netif *n, int ifindex, void (*fn)(void *ctx, const struct netif_addr *a), void *ctx)
{
	struct each e = { ifindex, fn, ctx };
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *i = mnl_nlmsg_get_payload(h);

	i->ifa_index = (uint32_t)ifindex;
	return nl_dump(&n->nl, h, each_address, &e);
}
