/* The next hop of packets that are sent without the kernel's IP: as the kernel itself would send them. */
#define _GNU_SOURCE /* unshare, setns */
#include "netif/xdp.h"
#include "tests/unit/veth.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

static int find(struct veth *v, const char *dst, const char *src, int *ifindex, struct netif_hop *hop)
{
	struct ip_addr d = addr_of(dst), s = { 0 };

	if (*src)
		s = addr_of(src);
	return netif_hop_find(v->here, &d, &s, ifindex, hop);
}

/* --- neighbours, as somebody configures them ---- */

/* Takes what the monitor says until this neighbour has (or, gone: has no longer) a link address. */
struct wanted {
	struct ip_addr addr;
	bool gone, seen;
	unsigned changes; /* of any neighbour */
};

static void note_neighbour(void *ctx, const struct netif_change *c)
{
	struct wanted *w = ctx;

	if (c->kind != NETIF_CHANGE_NEIGH)
		return;
	CU_ASSERT_EQUAL(c->ifindex, c->neigh.ifindex);
	w->changes++;
	w->seen |= ip_equal(&c->neigh.addr, &w->addr) && c->neigh.has_mac != w->gone;
}

static void await_neighbour(struct veth *v, const char *addr, bool gone)
{
	struct wanted w = { .addr = addr_of(addr), .gone = gone };
	struct pollfd pfd = { netif_monitor_fd(v->here), POLLIN, 0 };

	while (!w.seen) {
		CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 10000), 1);
		netif_monitor_read(v->here, note_neighbour, &w);
	}
}

static void set_neighbour(struct veth *v, int ifindex, const char *addr, uint16_t state, uint8_t last)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct ip_addr a = addr_of(addr);
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(struct ndmsg));
	struct ndmsg *m = mnl_nlmsg_get_payload(h);
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, last };

	(void)v;
	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	CU_ASSERT_EQUAL_FATAL(nl_open(nl), 0);
	m->ndm_family = nl_af(&a);
	m->ndm_ifindex = ifindex;
	m->ndm_state = state;
	nl_put_address(h, NDA_DST, &a);
	if (last)
		mnl_attr_put(h, NDA_LLADDR, sizeof(mac), mac);
	CU_ASSERT_EQUAL(nl_ask(nl, h, NULL, NULL), 0);
	nl_close(nl);
	free(nl);
}

static enum netif_neigh_state state_now;

static void note_state(void *ctx, const struct netif_neigh *n)
{
	const struct ip_addr *a = ctx;

	if (ip_equal(a, &n->addr))
		state_now = n->state;
}

static enum netif_neigh_state state_of(struct veth *v, const char *addr)
{
	struct ip_addr a = addr_of(addr);

	state_now = NETIF_NEIGH_FAILED;
	CU_ASSERT_EQUAL(netif_neigh_each(v->here, a.family, note_state, &a), 0);
	return state_now;
}

static void check_hop(struct veth *v, const char *dst, int in, const char *via, const uint8_t mac[6], unsigned mtu)
{
	struct netif_hop hop;
	struct ip_addr want = addr_of(via);
	int ifindex = in;

	CU_ASSERT_EQUAL(find(v, dst, "", &ifindex, &hop), 0);
	CU_ASSERT_EQUAL(ifindex, v->here_if);
	CU_ASSERT_EQUAL(memcmp(hop.dst_mac, mac, 6), 0);
	CU_ASSERT_EQUAL(memcmp(hop.src_mac, v->here_mac, 6), 0);
	CU_ASSERT_TRUE(ip_equal(&hop.via, &want));
	CU_ASSERT_EQUAL(hop.mtu, mtu);
}

static void refuse(struct veth *v, const char *dst, int in, int want)
{
	struct netif_hop hop;
	int ifindex = in;

	CU_ASSERT_EQUAL(find(v, dst, "", &ifindex, &hop), want);
}

/* --- the tests ---- */

/* The other side is there: it is asked for, the answer is awaited, and then it is known. */
static void test_resolved(void)
{
	struct veth v = veth_new();

	refuse(&v, FAR4, 0, -EAGAIN);
	await_neighbour(&v, FAR4, false);
	check_hop(&v, FAR4, 0, FAR4, v.far_mac, 1500);
	give(v.here, v.here_if, "fe80::1/64"); /* what the kernel asks from when there is no packet that it asks for */
	refuse(&v, FAR6, 0, -EAGAIN);
	await_neighbour(&v, FAR6, false);
	check_hop(&v, FAR6, 0, FAR6, v.far_mac, 1500);

	/* From an address of ours, too; from another's there is no route. */
	{
		struct netif_hop hop;
		int ifindex = 0;

		CU_ASSERT_EQUAL(find(&v, FAR4, HERE4, &ifindex, &hop), 0);
		CU_ASSERT_EQUAL(memcmp(hop.dst_mac, v.far_mac, 6), 0);
		CU_ASSERT_TRUE(find(&v, FAR4, "10.9.9.9", &ifindex, &hop) < 0);
		CU_ASSERT_EQUAL(find(&v, FAR4, HERE6, &ifindex, &hop), -EAFNOSUPPORT);
	}
	veth_free(&v);
}

/* What is configured counts at once; a change of it is told, and so is its end. */
static void test_changed(void)
{
	struct veth v = veth_new();
	const uint8_t one[6] = { 2, 0, 0, 0, 0, 1 }, two[6] = { 2, 0, 0, 0, 0, 2 };
	struct ip_addr a = addr_of("10.1.0.9");

	set_neighbour(&v, v.here_if, "10.1.0.9", NUD_PERMANENT, 1);
	await_neighbour(&v, "10.1.0.9", false);
	check_hop(&v, "10.1.0.9", 0, "10.1.0.9", one, 1500);
	set_neighbour(&v, v.here_if, "10.1.0.9", NUD_PERMANENT, 2);
	await_neighbour(&v, "10.1.0.9", false);
	check_hop(&v, "10.1.0.9", 0, "10.1.0.9", two, 1500);
	CU_ASSERT_EQUAL(state_of(&v, "10.1.0.9"), NETIF_NEIGH_PERMANENT);
	CU_ASSERT_EQUAL(netif_neigh_del(v.here, v.here_if, &a), 0);
	await_neighbour(&v, "10.1.0.9", true);
	refuse(&v, "10.1.0.9", 0, -EAGAIN);
	veth_free(&v);
}

/* Messages about neighbours that have come to the monitor's socket, and are then gone. */
static unsigned take_messages(struct veth *v)
{
	_Alignas(struct nlmsghdr) uint8_t buf[NL_ANSWER_OCTETS];
	unsigned n = 0;
	ssize_t got;

	while ((got = recv(netif_monitor_fd(v->here), buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		int left = (int)got;

		for (const struct nlmsghdr *h = (void *)buf; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
			n += h->nlmsg_type == RTM_NEWNEIGH || h->nlmsg_type == RTM_DELNEIGH;
	}
	return n;
}

/* Neighbours without ARP, as TUN devices have them, come and go unheard: nothing of them fills the socket. */
static void test_without_arp(void)
{
	struct veth v = veth_new();

	take_messages(&v);
	set_neighbour(&v, v.here_if, "10.1.0.8", NUD_PERMANENT, 8);
	CU_ASSERT_EQUAL(take_messages(&v), 1);
	set_neighbour(&v, v.here_if, "10.1.0.9", NUD_NOARP, 9);
	CU_ASSERT_EQUAL(take_messages(&v), 0);
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0); /* forgets both */
	CU_ASSERT_EQUAL(take_messages(&v), 1);
	veth_free(&v);
}

/* One that is stale is used, and the kernel asks it whether it is there. */
static void test_stale(void)
{
	struct veth v = veth_new();
	const uint8_t one[6] = { 2, 0, 0, 0, 0, 1 };

	set_neighbour(&v, v.here_if, FAR4, NUD_STALE, 1);
	CU_ASSERT_EQUAL(state_of(&v, FAR4), NETIF_NEIGH_STALE);
	check_hop(&v, FAR4, 0, FAR4, one, 1500);
	CU_ASSERT_EQUAL(state_of(&v, FAR4), NETIF_NEIGH_DELAY);
	check_hop(&v, FAR4, 0, FAR4, one, 1500);
	veth_free(&v);
}

/* One that does not answer is told of, and left alone until somebody sends. */
static void test_failed(void)
{
	struct veth v = veth_new();
	char old[16];

	CU_ASSERT_EQUAL(netif_sysctl_set("ipv4/neigh/va/retrans_time_ms", "20", old, sizeof(old)), 0);
	refuse(&v, "10.1.0.77", 0, -EAGAIN);
	CU_ASSERT_EQUAL(state_of(&v, "10.1.0.77"), NETIF_NEIGH_INCOMPLETE);
	await_neighbour(&v, "10.1.0.77", true);
	CU_ASSERT_EQUAL(state_of(&v, "10.1.0.77"), NETIF_NEIGH_FAILED);
	refuse(&v, "10.1.0.77", 0, -EAGAIN);
	CU_ASSERT_EQUAL(state_of(&v, "10.1.0.77"), NETIF_NEIGH_FAILED);
	veth_free(&v);
}

static void route(struct veth *v, const char *dst, const char *via, int ifindex)
{
	struct ip_prefix d = prefix_of(dst);
	struct ip_addr g = addr_of(via);

	CU_ASSERT_EQUAL_FATAL(netif_route_add(v->here, &d, &g, ifindex, 0), 0);
}

/* A route with an MTU of its own, over a gateway that may be of another family. */
static void special_route(struct veth *v, const char *dst, const char *via, unsigned mtu)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct ip_prefix d = prefix_of(dst);
	struct ip_addr g = addr_of(via);
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWROUTE, NLM_F_CREATE, sizeof(struct rtmsg));
	struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	struct nlattr *metrics;
	uint8_t other[2 + 16] = { 0 };
	uint16_t family = nl_af(&g);

	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	CU_ASSERT_EQUAL_FATAL(nl_open(nl), 0);
	rt->rtm_family = nl_af(&d.addr);
	rt->rtm_dst_len = d.len;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_type = RTN_UNICAST;
	nl_put_address(h, RTA_DST, &d.addr);
	if (g.family == d.addr.family) {
		nl_put_address(h, RTA_GATEWAY, &g);
	} else {
		memcpy(other, &family, 2);
		memcpy(other + 2, g.octets, ip_octets(&g));
		mnl_attr_put(h, RTA_VIA, 2 + ip_octets(&g), other);
	}
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)v->here_if);
	if (mtu) {
		metrics = mnl_attr_nest_start(h, RTA_METRICS);
		mnl_attr_put_u32(h, RTAX_MTU, mtu);
		mnl_attr_nest_end(h, metrics);
	}
	CU_ASSERT_EQUAL_FATAL(nl_ask(nl, h, NULL, NULL), 0);
	nl_close(nl);
	free(nl);
}

static void test_gateway(void)
{
	struct veth v = veth_new();
	const uint8_t one[6] = { 2, 0, 0, 0, 0, 1 }, two[6] = { 2, 0, 0, 0, 0, 2 };

	set_neighbour(&v, v.here_if, "10.1.0.9", NUD_PERMANENT, 1);
	set_neighbour(&v, v.here_if, "2001:db8::9", NUD_PERMANENT, 2);
	route(&v, "192.0.2.0/24", "10.1.0.9", 0);
	route(&v, "2001:db8:5::/48", "2001:db8::9", v.here_if);
	check_hop(&v, "192.0.2.1", 0, "10.1.0.9", one, 1500);
	check_hop(&v, "2001:db8:5::1", 0, "2001:db8::9", two, 1500);
	special_route(&v, "198.51.100.0/24", "10.1.0.9", 1300);
	check_hop(&v, "198.51.100.7", 0, "10.1.0.9", one, 1300);
	special_route(&v, "203.0.113.0/24", "2001:db8::9", 0);
	check_hop(&v, "203.0.113.7", 0, "2001:db8::9", two, 1500);
	CU_ASSERT_EQUAL(netif_link_set_mtu(v.here, v.here_if, 1280), 0);
	check_hop(&v, "198.51.100.7", 0, "10.1.0.9", one, 1280);
	veth_free(&v);
}

static void test_link_local(void)
{
	struct veth v = veth_new();
	const uint8_t one[6] = { 2, 0, 0, 0, 0, 1 };

	give(v.here, v.here_if, "fe80::1/64");
	set_neighbour(&v, v.here_if, "fe80::9", NUD_PERMANENT, 1);
	check_hop(&v, "fe80::9", v.here_if, "fe80::9", one, 1500);
	route(&v, "2001:db8:5::/48", "fe80::9", v.here_if);
	check_hop(&v, "2001:db8:5::1", 0, "fe80::9", one, 1500);
	veth_free(&v);
}

static void test_none(void)
{
	struct veth v = veth_new();
	int tun_if, tun = tun_up(v.here, "tun0", "10.2.0.1/24", "2001:db8:2::1/64", &tun_if);
	struct ip_prefix hole = prefix_of("10.3.0.0/16");
	struct ip_addr none = { 0 }, here = addr_of(HERE4);
	struct netif_hop hop;
	int ifindex = 0;

	refuse(&v, "192.0.2.1", 0, -ENETUNREACH);
	refuse(&v, "2001:db8:9::1", 0, -ENETUNREACH);
	refuse(&v, "10.2.0.9", 0, -EOPNOTSUPP); /* over the TUN device */
	refuse(&v, "2001:db8:2::9", 0, -EOPNOTSUPP);
	refuse(&v, "127.0.0.2", 0, -EOPNOTSUPP);
	refuse(&v, "::1", 0, -EOPNOTSUPP);
	refuse(&v, HERE4, 0, -EOPNOTSUPP); /* ourselves */
	refuse(&v, "10.1.0.255", 0, -EOPNOTSUPP);
	refuse(&v, "224.0.0.5", 0, -ENETUNREACH);
	CU_ASSERT_EQUAL(netif_blackhole_add(v.here, &hole, 0), 0);
	refuse(&v, "10.3.0.1", 0, -EINVAL);
	CU_ASSERT_EQUAL(netif_hop_find(v.here, &none, &here, &ifindex, &hop), -EAFNOSUPPORT);
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0);
	refuse(&v, FAR4, 0, -ENETUNREACH);
	close(tun);
	veth_free(&v);
}

static void test_kind(void)
{
	struct veth v = veth_new();
	struct netif_link link;
	int tun_if, tun = tun_up(v.here, "tun0", "", "", &tun_if);

	CU_ASSERT_EQUAL(netif_link_get(v.here, "va", &link), 0);
	CU_ASSERT_STRING_EQUAL(link.kind, "veth");
	CU_ASSERT_EQUAL(netif_link_get_index(v.here, tun_if, &link), 0);
	CU_ASSERT_STRING_EQUAL(link.kind, "tun");
	CU_ASSERT_EQUAL(netif_link_get(v.here, "lo", &link), 0);
	CU_ASSERT_STRING_EQUAL(link.kind, "");
	close(tun);
	veth_free(&v);
}

static const struct unit_test tests[] = {
	{ "a neighbour is resolved", test_resolved },
	{ "a neighbour's address changes", test_changed },
	{ "neighbours without ARP are not told", test_without_arp },
	{ "a stale neighbour is looked after", test_stale },
	{ "a neighbour does not answer", test_failed },
	{ "over a gateway, with the route's MTU", test_gateway },
	{ "link-local addresses", test_link_local },
	{ "no hop", test_none },
	{ "what kind of device it is", test_kind },
};

NETNS_MAIN("netif hop", tests)
