#define _GNU_SOURCE /* unshare */
#include "netif/nl.h"
#include "netif/tun.h"
#include "tests/unit/netns.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/fib_rules.h>
#include <linux/if_tun.h>
#include <linux/nexthop.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static const struct ip_addr nowhere = { 0 };

/* --- capabilities ---- */

static bool drop(unsigned capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, set) < 0)
		return false;
	set[0].effective &= ~(1u << capability);
	return syscall(SYS_capset, &head, set) == 0;
}

/* What a process that prepared itself so finds missing: '-' nothing, 'A' CAP_NET_ADMIN, 'R' CAP_NET_RAW, '?' */
static int missing_after(bool (*prepare)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const char *missing = prepare() ? netif_missing_capability() : "?";

		_exit(!missing                            ? '-'
		      : !strcmp(missing, "CAP_NET_ADMIN") ? 'A'
		      : !strcmp(missing, "CAP_NET_RAW")   ? 'R'
							  : '?');
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static bool keep_all(void)
{
	return true;
}

static bool drop_admin(void)
{
	return drop(CAP_NET_ADMIN);
}

static bool drop_raw(void)
{
	return drop(CAP_NET_RAW);
}

static bool leave_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static void test_capabilities(void)
{
	CU_ASSERT_EQUAL(missing_after(keep_all), '-');
	CU_ASSERT_EQUAL(missing_after(drop_admin), 'A');
	CU_ASSERT_EQUAL(missing_after(drop_raw), 'R');
	/* All capabilities, over a network of somebody else. */
	if (!UNIT_CHILD_HAS_THREADS)
		CU_ASSERT_EQUAL(missing_after(leave_user_namespace), 'A');
}

/* --- links ---- */

static int tap_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	CU_ASSERT_FATAL(fd >= 0);
	memcpy(ifr.ifr_name, name, strlen(name));
	CU_ASSERT_EQUAL_FATAL(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

static void test_link(void)
{
	struct netif *n = netns_fresh();
	struct netif_link lo, tap;
	int fd = tap_open("eth7");

	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "lo", &lo), 0);
	CU_ASSERT_STRING_EQUAL(lo.name, "lo");
	CU_ASSERT_TRUE(lo.up && lo.running && !lo.has_mac);
	CU_ASSERT_EQUAL(netif_link_set_up(n, lo.ifindex, false), 0);
	CU_ASSERT_EQUAL(netif_link_get_index(n, lo.ifindex, &lo), 0);
	CU_ASSERT_FALSE(lo.up);

	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "eth7", &tap), 0);
	CU_ASSERT_TRUE(tap.has_mac && !tap.up);
	CU_ASSERT_EQUAL(tap.mtu, 1500);
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, tap.ifindex, 1400), 0);
	CU_ASSERT_EQUAL(netif_link_get_index(n, tap.ifindex, &tap), 0);
	CU_ASSERT_EQUAL(tap.mtu, 1400);
	CU_ASSERT_STRING_EQUAL(tap.name, "eth7");
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, tap.ifindex, 1), -EINVAL);
	CU_ASSERT_STRING_NOT_EQUAL(netif_error(n), "");

	CU_ASSERT_EQUAL(netif_link_get(n, "eth8", &tap), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_get(n, "", &tap), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_get(n, "a-name-longer-than-15", &tap), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_get_index(n, 4711, &tap), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_get_index(n, 0, &tap), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_set_up(n, 4711, true), -ENODEV);
	close(fd);
	netif_free(n);
}

static void test_link_counters(void)
{
	struct netif *n = netns_fresh();
	static const uint8_t packet[20] = { 0x45, [3] = 20 };
	struct netif_link before, after;
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "", &ifindex);

	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "Tunnel7", &before), 0);
	CU_ASSERT_EQUAL(write(fd, packet, sizeof(packet)), (ssize_t)sizeof(packet));
	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "Tunnel7", &after), 0);
	CU_ASSERT_EQUAL(after.rx_packets, before.rx_packets + 1);
	CU_ASSERT_EQUAL(after.rx_octets, before.rx_octets + sizeof(packet));
	close(fd);
	netif_free(n);
}

/* --- addresses ---- */

struct seen {
	struct netif *n;
	struct ip_prefix want;
	unsigned all, ours, tentative, link_local, matches;
};

static void see_address(void *ctx, const struct netif_addr *a)
{
	struct seen *s = ctx;
	struct netif_link link;

	s->all++;
	s->ours += a->ours;
	s->tentative += a->tentative;
	s->link_local += a->link_local;
	s->matches += ip_equal(&a->prefix.addr, &s->want.addr) && a->prefix.len == s->want.len;
	CU_ASSERT_EQUAL(netif_link_get_index(s->n, a->ifindex, &link), 0);
}

static struct seen addresses(struct netif *n, int ifindex, const char *want)
{
	struct seen s = { .n = n, .want = prefix_of(want) };

	CU_ASSERT_EQUAL(netif_addr_each(n, ifindex, see_address, &s), 0);
	return s;
}

static void test_addr(void)
{
	static const char *const texts[] = { "10.7.0.1/24", "2001:db8:7::1/64", "fe80::7/64" };
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "", "", &ifindex);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ip_prefix p = prefix_of(texts[i]);
		struct seen s;

		CU_ASSERT_EQUAL(netif_addr_add(n, ifindex, &p), 0);
		CU_ASSERT_EQUAL(netif_addr_add(n, ifindex, &p), -EEXIST);
		s = addresses(n, ifindex, texts[i]);
		CU_ASSERT_TRUE(s.all == 1 && s.matches == 1 && s.ours == 1 && s.tentative == 0);
		CU_ASSERT_EQUAL(s.link_local, ip_is_link_local(&p.addr) ? 1 : 0);
		CU_ASSERT_EQUAL(addresses(n, lo_index(n), texts[i]).matches, 0);
		CU_ASSERT_EQUAL(addresses(n, 0, texts[i]).matches, 1);
		CU_ASSERT_EQUAL(netif_addr_del(n, ifindex, &p), 0);
		CU_ASSERT_EQUAL(netif_addr_del(n, ifindex, &p), -EADDRNOTAVAIL);
		CU_ASSERT_EQUAL(addresses(n, ifindex, texts[i]).all, 0);
		CU_ASSERT_EQUAL(netif_addr_add(n, 4711, &p), -ENODEV);
	}
	close(fd);
	netif_free(n);
}

/* What comes for an address is ours as soon as it was added. */
static void test_addr_is_local_at_once(void)
{
	struct netif *n = netns_fresh();
	struct ip_prefix p = prefix_of("2001:db8:7::1/64");
	struct netif_path path;
	int ifindex, fd = tun_up(n, "Tunnel7", "", "", &ifindex);
	unsigned late = 0;

	for (unsigned k = 0; k < 300; k++) {
		CU_ASSERT_EQUAL(netif_addr_add(n, ifindex, &p), 0);
		late += netif_route_lookup(n, &p.addr, NULL, &path) != 0 || path.ifindex != lo_index(n);
		CU_ASSERT_EQUAL(netif_addr_del(n, ifindex, &p), 0);
	}
	CU_ASSERT_TRUE(late <= 5); /* a machine that is busy may need longer than is waited */
	close(fd);
	netif_free(n);
}

static void not_tentative(void *ctx, const struct netif_addr *a)
{
	(void)ctx;
	CU_ASSERT_FALSE(a->ours && a->tentative);
}

static void test_addr_link_local(void)
{
	struct ip_prefix p = prefix_of("fe80::23:2/64");
	struct netif *n = netns_fresh();
	struct netif_link tap;
	struct seen s;
	int fd = tap_open("eth7");

	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "eth7", &tap), 0);
	CU_ASSERT_EQUAL(netif_link_set_up(n, tap.ifindex, true), 0);
	CU_ASSERT_EQUAL(netif_addr_add(n, tap.ifindex, &p), 0);
	s = addresses(n, tap.ifindex, "fe80::23:2/64");
	CU_ASSERT_TRUE(s.matches == 1 && s.ours == 1);
	/* The kernel's own, if it is there already, is tentative for a while; ours never. */
	CU_ASSERT_EQUAL(netif_addr_each(n, tap.ifindex, not_tentative, NULL), 0);
	give(n, lo_index(n), "fe80::1/64");
	CU_ASSERT_EQUAL(addresses(n, lo_index(n), "fe80::1/64").matches, 1);
	close(fd);
	netif_free(n);
}

static void test_addr_loopback(void)
{
	struct netif *n = netns_fresh();
	struct ip_addr own = addr_of("10.9.9.1"), neighbour = addr_of("10.9.9.2"), own6 = addr_of("2001:db8:9::1");
	struct netif_path path;

	give(n, lo_index(n), "10.9.9.1/24");
	give(n, lo_index(n), "2001:db8:9::1/64");
	CU_ASSERT_EQUAL(netif_route_lookup(n, &own, NULL, &path), 0);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &own6, NULL, &path), 0);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &neighbour, NULL, &path), -ENETUNREACH);
	netif_free(n);
}

/* --- what is ours and what is not ---- */

static void tell_kernel(struct nlmsghdr *h)
{
	struct nl *nl = calloc(1, sizeof(*nl));

	CU_ASSERT_FATAL(nl && nl_open(nl) == 0);
	CU_ASSERT_EQUAL(nl_ask(nl, h, NULL, NULL), 0);
	nl_close(nl);
	free(nl);
}

static void add_foreign_address(int ifindex, const char *text)
{
	struct ip_prefix p = prefix_of(text);
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *i = mnl_nlmsg_get_payload(h);

	i->ifa_family = nl_af(&p.addr);
	i->ifa_prefixlen = p.len;
	i->ifa_index = (uint32_t)ifindex;
	nl_put_address(h, IFA_LOCAL, &p.addr);
	tell_kernel(h);
}

static void add_foreign_route(int ifindex, const char *text, unsigned mtu)
{
	struct ip_prefix p = prefix_of(text);
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct rtmsg));
	struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	struct nlattr *metrics;

	rt->rtm_family = nl_af(&p.addr);
	rt->rtm_dst_len = p.len;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_type = RTN_UNICAST;
	rt->rtm_scope = RT_SCOPE_LINK;
	nl_put_address(h, RTA_DST, &p.addr);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
	metrics = mnl_attr_nest_start(h, RTA_METRICS);
	mnl_attr_put_u32(h, RTAX_MTU, mtu);
	mnl_attr_nest_end(h, metrics);
	tell_kernel(h);
}

static bool reachable(struct netif *n, const char *text)
{
	struct ip_addr a = addr_of(text);
	struct netif_path path;

	return netif_route_lookup(n, &a, NULL, &path) == 0;
}

static void add_route(struct netif *n, const char *dst, const char *via, int ifindex)
{
	struct ip_prefix p = prefix_of(dst);
	struct ip_addr gateway = *via ? addr_of(via) : nowhere;

	CU_ASSERT_EQUAL(netif_route_add(n, &p, &gateway, ifindex, 0), 0);
}

static void test_cleanup(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "2001:db8:7::1/64", &ifindex);
	struct seen s;

	give(n, ifindex, "fe80::7/64");
	give(n, ifindex, "10.7.0.2/24"); /* a secondary address goes with its primary */
	give(n, lo_index(n), "10.9.9.1/32");
	add_foreign_address(ifindex, "10.6.0.1/24");
	add_foreign_address(ifindex, "2001:db8:6::1/64");
	add_foreign_route(ifindex, "10.66.0.0/16", 1400);
	add_foreign_route(ifindex, "2001:db8:66::/48", 1400);
	add_route(n, "10.77.0.0/16", "10.7.0.9", 0);
	add_route(n, "10.78.0.0/16", "10.6.0.9", 0);
	add_route(n, "0.0.0.0/0", "", ifindex);
	add_route(n, "2001:db8:77::/48", "2001:db8:7::9", 0);
	add_route(n, "2001:db8:77::/48", "2001:db8:7::8", 0);
	add_route(n, "::/0", "2001:db8:6::9", 0);

	CU_ASSERT_EQUAL(netif_cleanup(n), 0);
	s = addresses(n, 0, "10.6.0.1/24");
	CU_ASSERT_TRUE(s.ours == 0 && s.matches == 1);
	CU_ASSERT_EQUAL(addresses(n, ifindex, "2001:db8:6::1/64").matches, 1);
	CU_ASSERT_TRUE(reachable(n, "10.66.1.1") && reachable(n, "2001:db8:66::1"));
	CU_ASSERT_FALSE(reachable(n, "10.77.1.1") || reachable(n, "10.78.1.1") || reachable(n, "10.7.0.9"));
	CU_ASSERT_FALSE(reachable(n, "2001:db8:77::1") || reachable(n, "2001:db8:88::1"));
	CU_ASSERT_EQUAL(netif_cleanup(n), 0);
	close(fd);
	netif_free(n);
}

/* --- routes ---- */

static void check_route(struct netif *n, const char *dst, const char *inside, const char *via, int ifindex)
{
	struct ip_prefix p = prefix_of(dst);
	struct ip_addr gateway = *via ? addr_of(via) : nowhere;

	CU_ASSERT_FALSE(reachable(n, inside));
	CU_ASSERT_EQUAL(netif_route_add(n, &p, &gateway, ifindex, 5), 0);
	CU_ASSERT_EQUAL(netif_route_add(n, &p, &gateway, ifindex, 5), -EEXIST);
	CU_ASSERT_TRUE(reachable(n, inside));
	CU_ASSERT_EQUAL(netif_route_del(n, &p, &gateway, ifindex, 6), -ESRCH);
	CU_ASSERT_EQUAL(netif_route_del(n, &p, &gateway, ifindex, 5), 0);
	CU_ASSERT_FALSE(reachable(n, inside));
}

static void check_blackhole(struct netif *n, const char *dst, const char *inside)
{
	struct ip_prefix p = prefix_of(dst);

	CU_ASSERT_TRUE(reachable(n, inside)); /* by a wider route */
	CU_ASSERT_EQUAL(netif_blackhole_add(n, &p, 5), 0);
	CU_ASSERT_EQUAL(netif_blackhole_add(n, &p, 5), -EEXIST);
	CU_ASSERT_FALSE(reachable(n, inside));
	CU_ASSERT_EQUAL(netif_blackhole_del(n, &p, 6), -ESRCH);
	CU_ASSERT_EQUAL(netif_blackhole_del(n, &p, 5), 0);
	CU_ASSERT_TRUE(reachable(n, inside));
	/* what a killed router left */
	CU_ASSERT_EQUAL(netif_blackhole_add(n, &p, 5), 0);
	CU_ASSERT_EQUAL(netif_cleanup(n), 0);
	CU_ASSERT_EQUAL(netif_blackhole_del(n, &p, 5), -ESRCH);
}

static void test_blackhole(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "2001:db8:7::1/64", &ifindex);

	add_foreign_route(ifindex, "10.0.0.0/8", 1400);
	add_foreign_route(ifindex, "2001:db8::/32", 1400);
	check_blackhole(n, "10.99.0.0/16", "10.99.1.1");
	check_blackhole(n, "2001:db8:99::/48", "2001:db8:99::1");
	close(fd);
	netif_free(n);
}

static void test_route(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "2001:db8:7::1/64", &ifindex);
	struct ip_prefix foreign = prefix_of("10.66.0.0/16"), far = prefix_of("10.99.0.0/16");
	struct ip_addr gateway = addr_of("10.98.0.1"), six = addr_of("2001:db8:7::9");

	check_route(n, "10.77.0.0/16", "10.77.1.1", "10.7.0.9", 0);
	check_route(n, "10.77.9.9/16", "10.77.1.1", "10.7.0.9", ifindex);
	check_route(n, "10.77.0.0/16", "10.77.1.1", "", ifindex);
	check_route(n, "0.0.0.0/0", "192.0.2.1", "10.7.0.9", 0);
	check_route(n, "2001:db8:77::/48", "2001:db8:77::1", "2001:db8:7::9", 0);
	check_route(n, "2001:db8:77::/48", "2001:db8:77::1", "fe80::9", ifindex);
	check_route(n, "2001:db8:77::/48", "2001:db8:77::1", "", ifindex);
	check_route(n, "::/0", "2001:db8:99::1", "2001:db8:7::9", 0);

	add_foreign_route(ifindex, "10.66.0.0/16", 1400);
	CU_ASSERT_EQUAL(netif_route_del(n, &foreign, &nowhere, ifindex, 0), -ESRCH);
	CU_ASSERT_EQUAL(netif_route_add(n, &far, &gateway, 0, 0), -ENETUNREACH);
	CU_ASSERT_STRING_NOT_EQUAL(netif_error(n), "");
	CU_ASSERT_EQUAL(netif_route_add(n, &far, &six, 0, 0), -EAFNOSUPPORT);
	CU_ASSERT_EQUAL(netif_route_add(n, &far, &nowhere, 0, 0), -EINVAL);
	close(fd);
	netif_free(n);
}

static void test_lookup(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "2001:db8:7::1/64", &ifindex);
	struct ip_addr far4 = addr_of("10.77.1.1"), far6 = addr_of("2001:db8:77::1");
	struct ip_addr src4 = addr_of("10.7.0.1"), src6 = addr_of("2001:db8:7::1");
	struct netif_path path;

	CU_ASSERT_EQUAL(netif_route_lookup(n, &far4, NULL, &path), -ENETUNREACH);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far6, &nowhere, &path), -ENETUNREACH);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far6, &src4, &path), -EAFNOSUPPORT);
	add_route(n, "10.77.0.0/16", "10.7.0.9", 0);
	add_route(n, "2001:db8:77::/48", "2001:db8:7::9", 0);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far4, NULL, &path), 0);
	CU_ASSERT_TRUE(path.ifindex == ifindex && path.mtu == 1500 && ip_equal(&path.source, &src4));
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far4, &src4, &path), 0);
	CU_ASSERT_TRUE(path.ifindex == ifindex && ip_equal(&path.source, &src4));
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far6, NULL, &path), 0);
	CU_ASSERT_TRUE(path.ifindex == ifindex && path.mtu == 1500 && ip_equal(&path.source, &src6));
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far6, &src6, &path), 0);
	CU_ASSERT_TRUE(ip_equal(&path.source, &src6));

	add_foreign_route(ifindex, "10.77.1.0/24", 1400);
	add_foreign_route(ifindex, "2001:db8:77::/64", 1300);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far4, NULL, &path), 0);
	CU_ASSERT_EQUAL(path.mtu, 1400);
	CU_ASSERT_EQUAL(netif_route_lookup(n, &far6, NULL, &path), 0);
	CU_ASSERT_EQUAL(path.mtu, 1300);
	close(fd);
	netif_free(n);
}

/* --- changes ---- */

struct changes {
	struct netif *n;
	unsigned links, gone, addresses, routes, lost;
	int ifindex;
	struct netif_link last;
};

static void take_change(void *ctx, const struct netif_change *c)
{
	struct changes *s = ctx;

	s->links += c->kind == NETIF_CHANGE_LINK;
	s->gone += c->kind == NETIF_CHANGE_LINK_GONE;
	s->addresses += c->kind == NETIF_CHANGE_ADDR;
	s->routes += c->kind == NETIF_CHANGE_ROUTE;
	s->lost += c->kind == NETIF_CHANGE_LOST;
	if (c->kind == NETIF_CHANGE_LINK || c->kind == NETIF_CHANGE_LINK_GONE)
		s->last = c->link;
	if (c->kind == NETIF_CHANGE_ADDR)
		s->ifindex = c->ifindex;
	CU_ASSERT_NOT_EQUAL(lo_index(s->n), 0);
}

/* But for IPv6 addresses, the kernel queues a change before it answers the request that made it. */
static struct changes changes(struct netif *n)
{
	struct changes s = { .n = n };

	netif_monitor_read(n, take_change, &s);
	return s;
}

static void test_monitor(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "", "", &ifindex);
	struct pollfd pfd = { .fd = netif_monitor_fd(n), .events = POLLIN };
	struct ip_prefix p4 = prefix_of("10.7.0.1/24");
	struct changes s;

	CU_ASSERT_EQUAL(netif_link_set_up(n, ifindex, false), 0);
	changes(n);
	CU_ASSERT_EQUAL(poll(&pfd, 1, 0), 0);
	CU_ASSERT_EQUAL(netif_link_set_up(n, ifindex, true), 0);
	CU_ASSERT_EQUAL(poll(&pfd, 1, 0), 1);
	s = changes(n);
	CU_ASSERT_TRUE(s.links > 0 && s.last.ifindex == ifindex && s.last.up && s.gone == 0);
	CU_ASSERT_STRING_EQUAL(s.last.name, "Tunnel7");
	CU_ASSERT_EQUAL(netif_addr_add(n, ifindex, &p4), 0);
	s = changes(n);
	CU_ASSERT_TRUE(s.addresses == 1 && s.ifindex == ifindex && s.routes > 0);
	give(n, ifindex, "2001:db8:7::1/64"); /* waits for the change */
	add_route(n, "10.77.0.0/16", "10.7.0.9", 0);
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	close(fd);
	CU_ASSERT_EQUAL(poll(&pfd, 1, 5000), 1);
	s = changes(n);
	CU_ASSERT_TRUE(s.gone == 1 && s.last.ifindex == ifindex);
	netif_free(n);
}

static void change_rule(uint16_t type, const char *to)
{
	struct ip_prefix p = prefix_of(to);
	struct nl_request r;
	const uint16_t flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct nlmsghdr *h = nl_begin(&r, type, flags, sizeof(struct fib_rule_hdr));
	struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(h);

	rule->family = (uint8_t)nl_af(&p.addr);
	rule->dst_len = p.len;
	rule->table = 200;
	rule->action = FR_ACT_TO_TBL;
	nl_put_address(h, FRA_DST, &p.addr);
	tell_kernel(h);
}

static void change_nexthop(uint16_t type, int ifindex)
{
	struct nl_request r;
	const bool comes = type == RTM_NEWNEXTHOP;
	struct nlmsghdr *h = nl_begin(&r, type, comes ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof(struct nhmsg));
	struct nhmsg *next = mnl_nlmsg_get_payload(h);

	next->nh_family = comes ? AF_INET : AF_UNSPEC;
	mnl_attr_put_u32(h, NHA_ID, 1);
	if (comes && ifindex)
		mnl_attr_put_u32(h, NHA_OIF, (uint32_t)ifindex);
	else if (comes)
		mnl_attr_put(h, NHA_BLACKHOLE, 0, NULL);
	tell_kernel(h);
}

static void add_route_by_nexthop(const char *dst)
{
	struct ip_prefix p = prefix_of(dst);
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct rtmsg));
	struct rtmsg *rt = mnl_nlmsg_get_payload(h);

	rt->rtm_family = nl_af(&p.addr);
	rt->rtm_dst_len = p.len;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_type = RTN_UNICAST;
	nl_put_address(h, RTA_DST, &p.addr);
	mnl_attr_put_u32(h, RTA_NH_ID, 1);
	tell_kernel(h);
}

static void test_monitor_rules(void)
{
	struct netif *n = netns_fresh();

	changes(n);
	change_rule(RTM_NEWRULE, "10.77.0.0/16");
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	change_rule(RTM_DELRULE, "10.77.0.0/16");
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	change_rule(RTM_NEWRULE, "2001:db8:77::/48");
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	change_rule(RTM_DELRULE, "2001:db8:77::/48");
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	netif_free(n);
}

/* As the kernel is set here, it says nothing of the routes themselves. */
static void test_monitor_nexthops(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "10.7.0.1/24", "", &ifindex);

	CU_ASSERT_EQUAL(netif_sysctl_set("ipv4/nexthop_compat_mode", "0", NULL, 0), 0);
	change_nexthop(RTM_NEWNEXTHOP, ifindex);
	add_route_by_nexthop("10.77.0.0/16");
	CU_ASSERT_TRUE(reachable(n, "10.77.1.1"));
	changes(n);
	change_nexthop(RTM_NEWNEXTHOP, 0);
	CU_ASSERT_FALSE(reachable(n, "10.77.1.1"));
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	change_nexthop(RTM_NEWNEXTHOP, ifindex);
	CU_ASSERT_TRUE(reachable(n, "10.77.1.1"));
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	change_nexthop(RTM_DELNEXTHOP, 0);
	CU_ASSERT_FALSE(reachable(n, "10.77.1.1"));
	CU_ASSERT_EQUAL(changes(n).routes, 1);
	close(fd);
	netif_free(n);
}

static void test_monitor_overrun(void)
{
	struct netif *n = netns_fresh();
	int ifindex, fd = tun_up(n, "Tunnel7", "", "", &ifindex), small = 1;
	struct ip_prefix p = prefix_of("10.7.0.1/24");
	struct changes s;

	CU_ASSERT_EQUAL(setsockopt(netif_monitor_fd(n), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (int i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL(netif_addr_add(n, ifindex, &p), 0);
		CU_ASSERT_EQUAL(netif_addr_del(n, ifindex, &p), 0);
	}
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, ifindex, 1400), 0);
	s = changes(n);
	CU_ASSERT_EQUAL(s.lost, 1);
	CU_ASSERT_EQUAL(netif_link_set_mtu(n, ifindex, 1300), 0); /* it is of use again */
	s = changes(n);
	CU_ASSERT_TRUE(s.lost == 0 && s.links == 1 && s.last.mtu == 1300);
	close(fd);
	netif_free(n);
}

/* --- sysctls, TUN ---- */

static void test_sysctl(void)
{
	struct netif *n = netns_fresh();
	char old[16] = "";

	CU_ASSERT_EQUAL(netif_sysctl_set("ipv6/conf/all/forwarding", "1", old, sizeof(old)), 0);
	CU_ASSERT_STRING_EQUAL(old, "0");
	CU_ASSERT_EQUAL(netif_sysctl_set("ipv6/conf/all/forwarding", old, old, sizeof(old)), 0);
	CU_ASSERT_STRING_EQUAL(old, "1");
	CU_ASSERT_EQUAL(netif_sysctl_set("ipv6/conf/all/forwarding", "0", NULL, 0), 0);
	CU_ASSERT_EQUAL(netif_sysctl_set("ipv6/conf/all/forwarding", "nonsense", NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(netif_sysctl_set("ipv6/conf/Ethernet9/forwarding", "1", NULL, 0), -ENOENT);
	netif_free(n);
}

/* All at once, and nothing else with them. */
static void test_links_delete(void)
{
	struct netif *n = netns_fresh();
	struct netif_link link;
	int links[8], fds[8], stays, other;
	char name[IF_NAMESIZE], octet;

	other = tun_up(n, "Tunnel99", "10.9.0.1/24", "", &stays);
	for (int k = 0; k < 8; k++) {
		snprintf(name, sizeof(name), "Tunnel%d", k);
		fds[k] = tun_up(n, name, "", "", &links[k]);
	}
	CU_ASSERT_EQUAL(netif_links_delete(n, links, 8), 0);
	for (int k = 0; k < 8; k++) {
		CU_ASSERT_EQUAL(netif_link_get_index(n, links[k], &link), -ENODEV);
		CU_ASSERT_TRUE(read(fds[k], &octet, 1) < 0 && errno != EAGAIN);
		close(fds[k]);
	}
	CU_ASSERT_EQUAL(netif_link_get_index(n, stays, &link), 0);
	CU_ASSERT_TRUE(link.up);
	close(other);
	netif_free(n);
}

static bool tun_without_admin(void)
{
	struct netif_tun t;

	return drop(CAP_NET_ADMIN) && netif_tun_create("Tunnel7", 1, &t) == -EPERM;
}

static void test_tun_not_permitted(void)
{
	struct netif *n = netns_fresh();

	CU_ASSERT_EQUAL(missing_after(tun_without_admin), 'A');
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "a missing capability is named", test_capabilities },
	{ "links: up, down, MTU, what is not there", test_link },
	{ "links: counters", test_link_counters },
	{ "addresses: add, list, remove", test_addr },
	{ "an address is local at once", test_addr_is_local_at_once },
	{ "addresses: link-local on Ethernet and loopback", test_addr_link_local },
	{ "addresses: a loopback's subnet is not local", test_addr_loopback },
	{ "cleanup removes what is ours and nothing else", test_cleanup },
	{ "routes: add, remove, errors", test_route },
	{ "routes: a black hole comes and goes", test_blackhole },
	{ "routes: lookup gives interface, source and MTU", test_lookup },
	{ "monitor: links, addresses, routes", test_monitor },
	{ "monitor: rules", test_monitor_rules },
	{ "monitor: nexthops", test_monitor_nexthops },
	{ "monitor: an overrun is reported once", test_monitor_overrun },
	{ "sysctls: set and the way back", test_sysctl },
	{ "links are deleted at once", test_links_delete },
	{ "TUN: not permitted", test_tun_not_permitted },
};
NETNS_MAIN("netif", tests)
