/*
 *   Ethernet0/0 = mmr0 ------ mmr1 (the other end, in the same namespace)
 *
 * A router in user and network namespaces of its own, with a real kernel and a real data plane; the IKE engine is one
 * that negotiates what the test says.
 */
#define _GNU_SOURCE
#include "router/internal.h"
#include "tests/unit/fake_ike.h"
#include "tests/unit/router_rig.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct router_port port = { .ifname = "Ethernet0/0", .device = "mmr0" };

static void sysctl_read(const char *path, char *out, size_t size)
{
	char file[128];
	FILE *f;

	snprintf(file, sizeof(file), "/proc/sys/net/%s", path);
	out[0] = '\0';
	if ((f = fopen(file, "re"))) {
		if (fgets(out, (int)size, f))
			out[strcspn(out, "\n")] = '\0';
		fclose(f);
	}
}

static bool sysctl_is(const char *path, const char *value)
{
	char now[32];

	sysctl_read(path, now, sizeof(now));
	return !strcmp(now, value);
}

static struct interface *ethernet(struct rig *g, const char *ip, const char *ipv6)
{
	struct interface *i = config_interface_get(g->config, "Ethernet0/0");

	i->shutdown = false;
	if (ip)
		config_ip_insert(g->config, i, i->ip_count, &(struct if_address4){ rig_prefix(ip), false });
	if (ipv6)
		config_ipv6_insert(i, i->ipv6_count, &(struct if_address6){ rig_prefix(ipv6), false, false });
	return i;
}

static void static_route(struct rig *g, const char *dst, const char *via, const char *ifname)
{
	struct static_route s = { .prefix = rig_prefix(dst), .distance = 1 };

	if (via)
		ip_parse(via, &s.via);
	if (ifname)
		snprintf(s.ifname, sizeof(s.ifname), "%s", ifname);
	config_route_add(g->config, &s);
}

/* --- tests ---------------------------------------------------------------------------------------------------- */

static void comes_and_goes(void)
{
	struct netif_link before, after;
	struct interface *i;
	struct rig g;

	/* As containers have it. */
	rig_run("ip link set mmr0 down && echo 1 >/proc/sys/net/ipv6/conf/mmr0/disable_ipv6");
	rig_up(&g, "mmr0");
	netif_link_get(g.netif, "mmr0", &before);
	i = ethernet(&g, "10.77.0.1/24", "2001:db8::2/64");
	i->ip_mtu = 1400;
	config_ip_insert(g.config, i, i->ip_count, &(struct if_address4){ rig_prefix("10.77.1.1/24"), true });
	g.config->ipv6_unicast_routing = true;
	static_route(&g, "10.99.0.0/16", "10.77.0.9", NULL);
	rig_apply(&g);
	CU_ASSERT_TRUE(
		rig_logged(&g, "%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet0/0, changed state to up"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(g.lines, "%LINK-3-UPDOWN: Interface Ethernet0/0, changed state to up\n%LINEPROTO"));
	CU_ASSERT_TRUE(rig_find(&g, "mmr0", "10.77.0.1/24").ours);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.1.1/24"));
	CU_ASSERT_TRUE(rig_find(&g, "mmr0", "2001:db8::2/64").found);
	CU_ASSERT_FALSE(rig_find(&g, "mmr0", "2001:db8::2/64").tentative);
	CU_ASSERT_EQUAL(rig_way(&g, "10.99.1.1"), before.ifindex);
	CU_ASSERT_TRUE(sysctl_is("ipv4/ip_forward", "1"));
	CU_ASSERT_TRUE(sysctl_is("ipv6/conf/all/forwarding", "1"));
	netif_link_get(g.netif, "mmr0", &after);
	CU_ASSERT_TRUE(after.up);
	CU_ASSERT_EQUAL(after.mtu, 1400);
	/* The secondary becomes the primary: the kernel's first address is the new one. */
	i->ip[0].prefix = rig_prefix("10.77.1.1/24");
	i->ip_count = 1;
	rig_apply(&g);
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.1.1/24"));
	CU_ASSERT_EQUAL(rig_way(&g, "10.99.1.1"), 0);
	router_free(g.router);
	g.router = NULL;
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "10.77.1.1/24"));
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "2001:db8::2/64"));
	CU_ASSERT_TRUE(sysctl_is("ipv4/ip_forward", "0"));
	CU_ASSERT_TRUE(sysctl_is("ipv6/conf/mmr0/disable_ipv6", "1"));
	rig_run("echo 0 >/proc/sys/net/ipv6/conf/mmr0/disable_ipv6");
	CU_ASSERT_TRUE(sysctl_is("ipv6/conf/all/forwarding", "0"));
	netif_link_get(g.netif, "mmr0", &after);
	CU_ASSERT_FALSE(after.up);
	CU_ASSERT_EQUAL(after.mtu, before.mtu);
	rig_close(&g);
}

static void the_first_address_is_the_primary(void)
{
	struct netif_path path;
	struct interface *i;
	struct ip_addr dst;
	char text[IP_TEXT_SIZE];
	struct rig g;

	rig_up(&g, "mmr0");
	i = ethernet(&g, "10.77.0.1/24", NULL);
	config_ip_insert(g.config, i, i->ip_count, &(struct if_address4){ rig_prefix("10.77.0.2/24"), true });
	rig_apply(&g);
	ip_parse("10.77.0.9", &dst);
	CU_ASSERT_EQUAL(netif_route_lookup(g.netif, &dst, NULL, &path), 0);
	CU_ASSERT_STRING_EQUAL(ip_text(&path.source, text), "10.77.0.1");
	i->ip[0].prefix = rig_prefix("10.77.0.3/24");
	rig_apply(&g);
	CU_ASSERT_EQUAL(netif_route_lookup(g.netif, &dst, NULL, &path), 0);
	CU_ASSERT_STRING_EQUAL(ip_text(&path.source, text), "10.77.0.3");
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.2/24"));
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	rig_close(&g);
	rig_run("ip link set mmr0 down");
}

static void foreign_stays(void)
{
	struct rig g;

	rig_run("ip link set mmr0 up && ip addr add 10.77.0.1/24 dev mmr0 && ip addr add 10.66.0.1/24 dev mmr0");
	rig_up(&g, "mmr0");
	ethernet(&g, "10.77.0.1/24", NULL);
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	config_interface_find(g.config, "Ethernet0/0")->ip_count = 0;
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.66.0.1/24"));
	rig_close(&g);
	rig_open(&g);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.66.0.1/24"));
	rig_close(&g);
	rig_run("ip addr flush dev mmr0 && ip link set mmr0 down");
}

static void link_local_is_replaced_and_comes_back(void)
{
	struct interface *i;
	struct rig g;
	char own[IP_TEXT_SIZE + 4];
	struct netif_link l;
	struct ip_addr ll;

	rig_run("ip link set mmr0 up");
	rig_up(&g, "mmr0");
	netif_link_get(g.netif, "mmr0", &l);
	ll = (struct ip_addr){ 6,
			       { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, l.mac[0] ^ 2, l.mac[1], l.mac[2], 0xff, 0xfe, l.mac[3],
				 l.mac[4], l.mac[5] } };
	snprintf(own, sizeof(own), "%s/64", ip_text(&ll, (char[IP_TEXT_SIZE]){ 0 }));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", own));
	i = ethernet(&g, NULL, NULL);
	config_ipv6_insert(i, i->ipv6_count, &(struct if_address6){ rig_prefix("fe80::2/64"), true, false });
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "fe80::2/64"));
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", own));
	router_free(g.router);
	g.router = NULL;
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "fe80::2/64"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", own));
	rig_close(&g);
	rig_run("ip link set mmr0 down");
}

static void killed_router_leaves_nothing(void)
{
	int ready[2];
	char byte;
	pid_t child;
	struct rig g;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	child = fork();
	if (!child) {
		rig_up(&g, "mmr0");
		ethernet(&g, "10.77.0.1/24", "2001:db8::2/64");
		static_route(&g, "10.99.0.0/16", "10.77.0.9", NULL);
		rig_apply(&g);
		rig_logged(&g, "LINEPROTO");
		if (write(ready[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	rig_open(&g);
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_NOT_EQUAL(rig_way(&g, "10.99.1.1"), 0);
	CU_ASSERT_TRUE_FATAL(rig_start(&g, &port, (char[200]){ 0 }, 200));
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "2001:db8::2/64"));
	CU_ASSERT_EQUAL(rig_way(&g, "10.99.1.1"), 0);
	rig_close(&g);
	rig_run("ip link set mmr0 down");
}

static void says_why_it_cannot_start(void)
{
	static const struct router_port missing = { .ifname = "Ethernet0/1", .device = "mmr9" };
	char error[200];
	pid_t child;
	int status, fd;
	struct rig g;

	rig_open(&g);
	CU_ASSERT_FALSE(rig_start(&g, &missing, error, sizeof(error)));
	CU_ASSERT_STRING_EQUAL(error, "Ethernet0/1: there is no network device mmr9");
	fd = netif_ike_open(4, 500);
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_FALSE(rig_start(&g, &port, error, sizeof(error)));
	CU_ASSERT_STRING_EQUAL(error, "UDP port 500 (IPv4) is in use by another program");
	close(fd);
	if (UNIT_CHILD_HAS_THREADS) {
		rig_close(&g);
		return;
	}
	child = fork();
	if (!child) {
		if (unshare(CLONE_NEWUSER) || rig_start(&g, &port, error, sizeof(error)))
			_exit(1);
		_exit(strncmp(error, "CAP_NET_ADMIN is missing: ", 26) ? 2 : 0);
	}
	waitpid(child, &status, 0);
	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	rig_close(&g);
}

static void shutdown_and_carrier(void)
{
	struct router_if_info info;
	struct interface *i;
	struct rig g;

	rig_up(&g, "mmr0");
	i = ethernet(&g, "10.77.0.1/24", "2001:db8::2/64");
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	g.lines[0] = '\0';
	i->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_STRING_EQUAL(g.lines,
			       "%LINK-5-CHANGED: Interface Ethernet0/0, changed state to administratively down\n"
			       "%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet0/0, changed state to down\n");
	CU_ASSERT_FALSE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &info));
	CU_ASSERT_TRUE(info.admin_down);
	i->shutdown = false;
	g.lines[0] = '\0';
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "10.77.0.1/24"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "2001:db8::2/64"));
	g.lines[0] = '\0';
	rig_run("ip link set mmr1 down");
	CU_ASSERT_TRUE(rig_logged(&g, "%LINK-3-UPDOWN: Interface Ethernet0/0, changed state to down"));
	CU_ASSERT_STRING_EQUAL(g.lines,
			       "%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet0/0, changed state to down\n"
			       "%LINK-3-UPDOWN: Interface Ethernet0/0, changed state to down\n");
	rig_run("ip link set mmr1 up");
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	rig_close(&g);
}

static void loopbacks_share_lo(void)
{
	struct interface *a, *b;
	struct rig g;

	rig_up(&g, "mmr0");
	a = config_interface_get(g.config, "Loopback0");
	b = config_interface_get(g.config, "Loopback1");
	config_ip_insert(g.config, a, a->ip_count, &(struct if_address4){ rig_prefix("10.1.1.1/32"), false });
	config_ip_insert(g.config, b, b->ip_count, &(struct if_address4){ rig_prefix("10.2.2.2/32"), false });
	rig_apply(&g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.lines, "Line protocol on Interface Loopback0, changed state to up"));
	CU_ASSERT_TRUE(rig_has(&g, "lo", "10.1.1.1/32"));
	CU_ASSERT_TRUE(rig_has(&g, "lo", "10.2.2.2/32"));
	config_interface_remove(g.config, b);
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_has(&g, "lo", "10.1.1.1/32"));
	CU_ASSERT_FALSE(rig_has(&g, "lo", "10.2.2.2/32"));
	config_interface_remove(g.config, a);
	rig_apply(&g);
	CU_ASSERT_FALSE(rig_has(&g, "lo", "10.1.1.1/32"));
	CU_ASSERT_TRUE(rig_has(&g, "lo", "127.0.0.1/8"));
	rig_close(&g);
}

/* --- tunnels -------------------------------------------------------------------------------------------------- */

static struct interface *document(struct rig *g)
{
	struct transform_set *t = config_transform_set_get(g->config, "TRA");
	struct ipsec_profile *p = config_profile_get(g->config, "PRO");
	struct interface *i = config_interface_get(g->config, "Tunnel23");

	ethernet(g, NULL, "2001:db8::2/64");
	t->cipher = ESP_CIPHER_AES;
	t->keybits = 128;
	t->auth = ESP_AUTH_SHA;
	snprintf(p->sets[p->set_count++], sizeof(p->sets[0]), "TRA");
	config_ip_insert(g->config, i, i->ip_count, &(struct if_address4){ rig_prefix("192.168.23.2/24"), false });
	config_ipv6_insert(i, i->ipv6_count, &(struct if_address6){ rig_prefix("fe80::23:2/64"), true, false });
	snprintf(i->tunnel.source_if, sizeof(i->tunnel.source_if), "Ethernet0/0");
	ip_parse("2001:db8::3", &i->tunnel.destination);
	i->tunnel.mode = TUNNEL_IPSEC_IPV6;
	snprintf(i->tunnel.profile, sizeof(i->tunnel.profile), "PRO");
	return i;
}

static struct fake_ident *negotiate(struct rig *g)
{
	struct ike *e = router_ike(g->router);
	struct fake_ident *f = fake_ident(e, "Tunnel23");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	router_lock(g->router);
	CU_ASSERT_EQUAL(fake_up(e, f, ESP_CIPHER_AES, 128, ESP_AUTH_SHA), 0);
	router_unlock(g->router);
	return f;
}

static void start_tunnel(struct rig *g)
{
	rig_up(g, "mmr0");
	document(g);
	rig_apply(g);
	CU_ASSERT_TRUE(rig_logged(g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(fake_ident(router_ike(g->router), "Tunnel23"));
	/* Linux makes an IPv6 address its own in a work queue, a moment after it was added. */
	while (rig_way(g, "2001:db8::2") != rig_index(g, "lo"))
		event_base_loop(g->base, EVLOOP_ONCE);
}

#define TUNNEL_UP   "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up\n"
#define TUNNEL_DOWN "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down\n"

static void vti_follows_its_sas(void)
{
	struct router_if_info info;
	struct netif_link l;
	struct ike *e;
	struct fake_ident *f;
	struct rig g;

	start_tunnel(&g);
	e = router_ike(g.router);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.lines, TUNNEL_DOWN));
	f = fake_ident(e, "Tunnel23");
	CU_ASSERT_STRING_EQUAL(f->config.out_ifname, "Ethernet0/0");
	CU_ASSERT_EQUAL(f->config.path_mtu, 1500);
	CU_ASSERT_FALSE(rig_has(&g, "Tunnel23", "fe80::23:2/64"));
	static_route(&g, "2001:db8:99::/48", NULL, "Tunnel23");
	rig_apply(&g);
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), 0);
	g.lines[0] = '\0';
	negotiate(&g);
	CU_ASSERT_STRING_EQUAL(g.lines, TUNNEL_UP);
	CU_ASSERT_TRUE(rig_find(&g, "Tunnel23", "fe80::23:2/64").found);
	CU_ASSERT_FALSE(rig_find(&g, "Tunnel23", "fe80::23:2/64").tentative);
	CU_ASSERT_TRUE(rig_has(&g, "Tunnel23", "192.168.23.2/24"));
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), rig_index(&g, "Tunnel23"));
	CU_ASSERT_EQUAL(netif_link_get(g.netif, "Tunnel23", &l), 0);
	CU_ASSERT_TRUE(l.up);
	CU_ASSERT_EQUAL(l.mtu, 1422); /* AES and SHA in IPv6, path of 1500 */
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_TRUE(info.protocol_up);
	CU_ASSERT_EQUAL(info.transport_mtu, 1422);
	g.lines[0] = '\0';
	router_lock(g.router);
	fake_down(e, fake_ident(e, "Tunnel23"));
	router_unlock(g.router);
	CU_ASSERT_STRING_EQUAL(g.lines, TUNNEL_DOWN);
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), 0);
	CU_ASSERT_EQUAL(e->removed, 0); /* the ident stays and tries again */
	negotiate(&g);
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), rig_index(&g, "Tunnel23"));
	rig_close(&g);
	rig_open(&g);
	CU_ASSERT_EQUAL(rig_index(&g, "Tunnel23"), 0);
	rig_close(&g);
}

static void vti_goes_with_what_it_needs(void)
{
	struct interface *t;
	struct ike *e;
	struct rig g;
	unsigned added;

	start_tunnel(&g);
	e = router_ike(g.router);
	t = config_interface_find(g.config, "Tunnel23");
	negotiate(&g);
	added = e->added;
	rig_apply(&g);
	CU_ASSERT_EQUAL(e->added, added); /* nothing changed, nothing happens */
	CU_ASSERT_EQUAL(e->configured, 1);

	g.lines[0] = '\0';
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "%s", "");
	rig_apply(&g);
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_STRING_EQUAL(g.lines, TUNNEL_DOWN);
	CU_ASSERT_FALSE(rig_has(&g, "Tunnel23", "fe80::23:2/64"));
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "PRO");
	rig_apply(&g);
	negotiate(&g);

	config_profile_find(g.config, "PRO")->pfs_group = 14;
	rig_apply(&g);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_EQUAL(fake_ident(e, "Tunnel23")->config.pfs_group, 14);
	negotiate(&g);

	g.lines[0] = '\0';
	config_interface_find(g.config, "Ethernet0/0")->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g.lines, TUNNEL_DOWN));
	config_interface_find(g.config, "Ethernet0/0")->shutdown = false;
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(fake_ident(e, "Tunnel23"));
	negotiate(&g);

	/* Without carrier the address stays, but it is no source. */
	g.lines[0] = '\0';
	rig_run("ip link set mmr1 down");
	CU_ASSERT_TRUE(rig_logged(&g, TUNNEL_DOWN));
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_TRUE(rig_has(&g, "mmr0", "2001:db8::2/64"));
	rig_run("ip link set mmr1 up");
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));

	/* The source as an address, which has to be one of an interface that is up. */
	t->tunnel.source_if[0] = '\0';
	ip_parse("2001:db8::22", &t->tunnel.source);
	rig_apply(&g);
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	ip_parse("2001:db8::2", &t->tunnel.source);
	rig_apply(&g);
	negotiate(&g);

	g.lines[0] = '\0';
	t->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_STRING_EQUAL(
		g.lines, "%LINK-5-CHANGED: Interface Tunnel23, changed state to administratively down\n" TUNNEL_DOWN);
	CU_ASSERT_EQUAL(rig_index(&g, "Tunnel23"), 0);
	t->shutdown = false;
	t->tunnel.mode = TUNNEL_GRE_IP;
	rig_apply(&g);
	CU_ASSERT_EQUAL(rig_index(&g, "Tunnel23"), 0);
	t->tunnel.mode = TUNNEL_IPSEC_IPV6;
	rig_apply(&g);
	negotiate(&g);
	config_interface_remove(g.config, t);
	rig_apply(&g);
	CU_ASSERT_EQUAL(rig_index(&g, "Tunnel23"), 0);
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	rig_close(&g);
}

static void key(struct isakmp_key_list *list, const char *peer, const char *hostname, const char *text)
{
	struct isakmp_key k = { 0 };

	if (peer)
		k.peer = rig_prefix(peer);
	snprintf(k.hostname, sizeof(k.hostname), "%s", hostname);
	snprintf(k.key, sizeof(k.key), "%s", text);
	config_key_add(list, &k);
}

static void match(struct isakmp_profile *p, enum isakmp_match_kind kind, const char *text)
{
	struct isakmp_match *m = calloc(1, sizeof(*m));

	m->kind = kind;
	snprintf(m->text, sizeof(m->text), "%s", text);
	TAILQ_INSERT_TAIL(&p->matches, m, link);
}

/* All that is configured for phase 1 comes to the engine, once. */
static void settings_reach_the_engine(void)
{
	const struct ip_prefix ethernet0 = rig_prefix("2001:db8::2/64");
	struct isakmp_keyring *ring, *spoke;
	struct isakmp_profile *profile;
	struct isakmp_peer *peer;
	struct ike_settings *s;
	struct config *c;
	struct ike *e;
	struct rig g;

	start_tunnel(&g);
	e = router_ike(g.router);
	c = g.config;
	s = &e->settings;
	CU_ASSERT_TRUE(s->natt);
	CU_ASSERT_STRING_EQUAL(s->hostname, "Router");
	key(&c->keys, "::/0", "", "zero");
	ring = config_keyring_get(c, "HUB");
	snprintf(ring->local_if, sizeof(ring->local_if), "Ethernet0/0");
	key(&ring->keys, "2001:db8::/32", "", "one");
	key(&ring->keys, "2001:db8::3/128", "", ""); /* cannot be decrypted */
	spoke = config_keyring_get(c, "VRF");
	snprintf(spoke->vrf, sizeof(spoke->vrf), "RED");
	key(&spoke->keys, "0.0.0.0/0", "", "of a VRF");
	spoke = config_keyring_get(c, "SPOKE");
	ip_parse("10.9.9.9", &spoke->local_address);
	key(&spoke->keys, NULL, "r3.example.org", "two");
	key(&spoke->keys, "0.0.0.0/0", "", "three");
	profile = config_isakmp_profile_get(c, "P");
	snprintf(profile->keyrings[profile->keyring_count++], CONFIG_NAME_SIZE, "SPOKE");
	match(profile, ISAKMP_MATCH_HOST, "r3.example.org");
	match(profile, ISAKMP_MATCH_USER_DOMAIN, "example.net");
	profile->self = ISAKMP_SELF_USER_FQDN;
	snprintf(profile->self_text, sizeof(profile->self_text), "me@example.org");
	profile->keepalive = (struct isakmp_keepalive){ 30, 5, true };
	profile->aggressive = true;
	profile->virtual_template = 7;
	peer = config_isakmp_peer_get(c, &(struct ip_addr){ 4, { 10, 0, 0, 3 } });
	snprintf(peer->password, sizeof(peer->password), "four");
	peer->endpoint = ISAKMP_ENDPOINT_FQDN;
	snprintf(peer->endpoint_text, sizeof(peer->endpoint_text), "r2.example.org");
	snprintf(c->domain_name, sizeof(c->domain_name), "example.org");
	c->isakmp_identity = ISAKMP_ID_HOSTNAME;
	c->keepalive = (struct isakmp_keepalive){ 10, 3, false };
	c->nat_keepalive_s = 20;
	c->no_nat_transparency = c->invalid_spi_recovery = c->isakmp_fragmentation = c->crypto_logging = true;
	c->aggressive = ISAKMP_AGGRESSIVE_ON;
	c->ike_sa_limit = 100;
	c->ike_negotiation_limit = 40;
	rig_apply(&g);
	rig_apply(&g);
	CU_ASSERT_EQUAL(e->configured, 2);
	CU_ASSERT_EQUAL(s->identity, ISAKMP_ID_HOSTNAME);
	CU_ASSERT_STRING_EQUAL(s->hostname, "Router.example.org");
	CU_ASSERT_TRUE(s->enabled && !s->natt && s->invalid_spi_recovery && s->fragmentation && s->session_logging);
	CU_ASSERT_TRUE(s->keepalive.s == 10 && s->keepalive.retry_s == 3 && !s->keepalive.periodic);
	CU_ASSERT_TRUE(s->nat_keepalive_s == 20 && s->aggressive == ISAKMP_AGGRESSIVE_ON);
	CU_ASSERT_TRUE(s->sa_limit == 100 && s->negotiation_limit == 40);
	CU_ASSERT_EQUAL_FATAL(s->key_count, 1);
	CU_ASSERT_STRING_EQUAL(s->keys[0].key, "zero");
	CU_ASSERT_EQUAL_FATAL(s->keyring_count, 2);
	CU_ASSERT_STRING_EQUAL(s->keyrings[0].name, "HUB");
	CU_ASSERT_EQUAL_FATAL(s->keyrings[0].key_count, 1);
	CU_ASSERT_STRING_EQUAL(s->keyrings[0].keys[0].key, "one");
	CU_ASSERT_TRUE(s->keyrings[0].local.limited && s->keyrings[0].local.at[0].family == 0);
	CU_ASSERT_TRUE(ip_equal(&s->keyrings[0].local.at[1], &ethernet0.addr));
	CU_ASSERT_STRING_EQUAL(s->keyrings[1].name, "SPOKE");
	CU_ASSERT_EQUAL_FATAL(s->keyrings[1].key_count, 2);
	CU_ASSERT_STRING_EQUAL(s->keyrings[1].keys[0].hostname, "r3.example.org");
	CU_ASSERT_STRING_EQUAL(s->keyrings[1].keys[1].key, "three");
	CU_ASSERT_TRUE(ip_equal(&s->keyrings[1].local.at[0], &spoke->local_address));
	CU_ASSERT_EQUAL_FATAL(s->profile_count, 1);
	CU_ASSERT_STRING_EQUAL(s->profiles[0].keyrings[0], "SPOKE");
	CU_ASSERT_EQUAL(s->profiles[0].keyring_count, 1);
	CU_ASSERT_EQUAL_FATAL(s->profiles[0].match_count, 2);
	CU_ASSERT_EQUAL(s->profiles[0].matches[1].kind, ISAKMP_MATCH_USER_DOMAIN);
	CU_ASSERT_STRING_EQUAL(s->profiles[0].matches[1].text, "example.net");
	CU_ASSERT_STRING_EQUAL(s->profiles[0].self_text, "me@example.org");
	CU_ASSERT_TRUE(s->profiles[0].self == ISAKMP_SELF_USER_FQDN && s->profiles[0].aggressive);
	CU_ASSERT_TRUE(s->profiles[0].keepalive.s == 30 && s->profiles[0].virtual_template == 7);
	CU_ASSERT_FALSE(s->profiles[0].local.limited);
	CU_ASSERT_EQUAL_FATAL(s->peer_count, 1);
	CU_ASSERT_STRING_EQUAL(s->peers[0].password, "four");
	CU_ASSERT_STRING_EQUAL(s->peers[0].endpoint_text, "r2.example.org");

	/* Each of these is a change. */
	config_keyring_find(c, "SPOKE")->local_address.octets[3]++;
	rig_apply(&g);
	key(&ring->keys, "2001:db8::3/128", "", "five");
	rig_apply(&g);
	CU_ASSERT_EQUAL(s->keyrings[0].key_count, 2);
	TAILQ_FIRST(&profile->matches)->text[0] = 'R';
	rig_apply(&g);
	profile->aggressive = false;
	rig_apply(&g);
	peer->endpoint = ISAKMP_ENDPOINT_USER_FQDN;
	rig_apply(&g);
	c->keepalive.periodic = true;
	rig_apply(&g);
	config_keyring_remove(c, ring);
	rig_apply(&g);
	CU_ASSERT_EQUAL(e->configured, 9);
	/* An interface that is down has no address to speak to. */
	snprintf(spoke->local_if, sizeof(spoke->local_if), "Ethernet0/0");
	spoke->local_address = (struct ip_addr){ 0 };
	config_interface_find(c, "Ethernet0/0")->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_TRUE(s->keyrings[0].local.limited && !s->keyrings[0].local.at[1].family);

	snprintf(config_profile_find(c, "PRO")->isakmp_profile, CONFIG_NAME_SIZE, "P");
	c->ipsec_idle_s = 600;
	config_interface_find(c, "Ethernet0/0")->shutdown = false;
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_logged(&g, "Line protocol on Interface Ethernet0/0, changed state to up"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_STRING_EQUAL(fake_ident(e, "Tunnel23")->config.profile, "P");
	CU_ASSERT_EQUAL(fake_ident(e, "Tunnel23")->config.idle_s, 600);
	rig_close(&g);
}

static void keep_tunnel(void *ctx, const struct router_tunnel_info *i)
{
	*(struct router_tunnel_info *)ctx = *i;
}

static void recursive_tunnel_is_held_down(void)
{
	struct router_tunnel_info info;
	struct ike *e;
	struct rig g;

	start_tunnel(&g);
	e = router_ike(g.router);
	static_route(&g, "2001:db8::3/128", NULL, "Tunnel23");
	negotiate(&g);
	rig_apply(&g);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(g.lines, "%TUN-5-RECURDOWN: Tunnel23 temporarily disabled due to recursive routing\n"));
	CU_ASSERT_PTR_NULL(fake_ident(e, "Tunnel23"));
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8::3"), rig_index(&g, "mmr0"));
	router_each_tunnel(g.router, keep_tunnel, &info);
	CU_ASSERT_EQUAL(info.obstacle, ROUTER_ROUTE_RECURSIVE);
	rig_close(&g);
}

static enum router_obstacle obstacle(struct rig *g)
{
	struct router_tunnel_info info = { .obstacle = ROUTER_NO_DEVICE };

	rig_apply(g);
	router_lock(g->router);
	router_each_tunnel(g->router, keep_tunnel, &info);
	router_unlock(g->router);
	CU_ASSERT_EQUAL(!info.ident, info.obstacle != ROUTER_OBSTACLE_NONE);
	return info.obstacle;
}

static void why_a_tunnel_does_not_negotiate(void)
{
	struct interface *t, *other;
	struct ip_addr peer;
	struct rig g;

	start_tunnel(&g);
	t = config_interface_find(g.config, "Tunnel23");
	peer = t->tunnel.destination;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_OBSTACLE_NONE);
	t->shutdown = true;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_TUNNEL_SHUTDOWN);
	t->shutdown = false;
	t->tunnel.mode = TUNNEL_GRE_IP;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_TUNNEL_MODE);
	t->tunnel.mode = TUNNEL_IPSEC_IPV4;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SOURCE_NO_ADDRESS);
	t->tunnel.mode = TUNNEL_IPSEC_IPV6;
	snprintf(t->tunnel.source_if, sizeof(t->tunnel.source_if), "Ethernet0/1");
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SOURCE_MISSING);
	t->tunnel.source_if[0] = '\0';
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SOURCE_NONE);
	ip_parse("2001:db8::99", &t->tunnel.source);
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SOURCE_FOREIGN);
	t->tunnel.source = (struct ip_addr){ 0 };
	snprintf(t->tunnel.source_if, sizeof(t->tunnel.source_if), "Ethernet0/0");
	t->tunnel.destination = (struct ip_addr){ 0 };
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_DESTINATION_NONE);
	ip_parse("10.0.0.1", &t->tunnel.destination);
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_DESTINATION_FAMILY);
	ip_parse("2001:db9::3", &t->tunnel.destination);
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_ROUTE_NONE);
	t->tunnel.destination = peer;
	t->tunnel.profile[0] = '\0';
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_PROTECTION_NONE);
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "ANOTHER");
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_PROFILE_MISSING);
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "PRO");
	config_transform_set_remove(g.config, config_transform_set_find(g.config, "TRA"));
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SETS_MISSING);
	config_profile_find(g.config, "PRO")->set_count = 0; /* then it is the built-in one */
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_OBSTACLE_NONE);
	other = config_interface_get(g.config, "Tunnel24");
	other->tunnel = t->tunnel;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_ENDS_TAKEN);
	config_interface_remove(g.config, other);
	config_interface_find(g.config, "Ethernet0/0")->shutdown = true;
	CU_ASSERT_EQUAL(obstacle(&g), ROUTER_SOURCE_DOWN);
	rig_close(&g);
}

static void isakmp_off_comes_first(void)
{
	struct router_tunnel_info info;
	struct rig g;

	start_tunnel(&g);
	g.config->isakmp_disabled = true;
	rig_apply(&g);
	router_each_tunnel(g.router, keep_tunnel, &info);
	CU_ASSERT_EQUAL(info.obstacle, ROUTER_ISAKMP_OFF);
	CU_ASSERT_EQUAL(router_obstacle_fault(info.obstacle), FAULT_isakmp_disabled);
	rig_close(&g);
}

static void ping_path(void)
{
	struct netif_ping p = { 0 };
	struct ip_addr dst = { 0 }, src = { 0 };
	char text[IP_TEXT_SIZE];
	struct rig g;

	start_tunnel(&g);
	negotiate(&g);
	ip_parse("fe80::23:3", &dst);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "", &src, "Tunnel23", &p), 0);
	CU_ASSERT_EQUAL(p.ifindex, rig_index(&g, "Tunnel23"));
	CU_ASSERT_STRING_EQUAL(ip_text(&p.src, text), "FE80::23:2");
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "", &src, "", &p), -ENETUNREACH);
	ip_parse("2001:db8::3", &dst);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "Ethernet0/0", &src, "", &p), 0);
	CU_ASSERT_STRING_EQUAL(ip_text(&p.src, text), "2001:DB8::2");
	CU_ASSERT_EQUAL(p.ifindex, 0);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "Loopback7", &src, "", &p), -EADDRNOTAVAIL);
	ip_parse("2001:db8::77", &src);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "", &src, "", &p), -EADDRNOTAVAIL);
	ip_parse("10.200.1.1", &dst);
	src.family = 0;
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "", NULL, "", &p), -ENETUNREACH);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &dst, "Tunnel23", NULL, "", &p), -ENETUNREACH);
	CU_ASSERT_STRING_EQUAL(ip_text(&p.src, text), "192.168.23.2");
	rig_close(&g);
}

static void datagrams_reach_the_engine(void)
{
	struct netif_ike_packet to = { .remote_port = 500 }, from;
	uint8_t octets[64] = { 1, 2, 3 };
	struct rig g;
	int fd;

	start_tunnel(&g);
	fd = netif_ike_open(6, 0);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	ip_parse("2001:db8::2", &to.remote);
	CU_ASSERT_EQUAL(netif_ike_send(fd, octets, sizeof(octets), &to), (long)sizeof(octets));
	while (!router_ike(g.router)->fed)
		event_base_loop(g.base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(netif_ike_recv(fd, 0, octets, sizeof(octets), &from), (long)sizeof(octets));
	CU_ASSERT_TRUE(ip_equal(&from.remote, &to.remote));
	CU_ASSERT_EQUAL(from.remote_port, 500);
	close(fd);
	rig_close(&g);
}

/* On port 4500 with the marker, which the engine never sees, both ways; and a keepalive. */
static void datagrams_in_udp_reach_the_engine(void)
{
	static const uint8_t with_marker[] = { 0, 0, 0, 0, 1, 2, 3 };
	struct netif_ike_packet to = { .remote_port = 4500 }, from;
	struct ike_path back;
	uint8_t octets[64];
	struct pollfd wait;
	struct rig g;
	struct ike *e;
	int fd;

	start_tunnel(&g);
	e = router_ike(g.router);
	fd = netif_ike_open(6, 0);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	wait = (struct pollfd){ .fd = fd, .events = POLLIN };
	ip_parse("2001:db8::2", &to.remote);
	CU_ASSERT_EQUAL(netif_ike_send(fd, with_marker, sizeof(with_marker), &to), (long)sizeof(with_marker));
	while (!e->fed)
		event_base_loop(g.base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(e->fed_octets, sizeof(with_marker) - 4);
	CU_ASSERT_EQUAL(e->fed_path.local_port, 4500);
	CU_ASSERT_TRUE(ip_equal(&e->fed_path.local, &to.remote));
	CU_ASSERT_EQUAL_FATAL(poll(&wait, 1, 10000), 1);
	CU_ASSERT_EQUAL(netif_ike_recv(fd, 0, octets, sizeof(octets), &from), (long)sizeof(with_marker));
	CU_ASSERT_EQUAL(memcmp(octets, with_marker, sizeof(with_marker)), 0);
	CU_ASSERT_EQUAL(from.remote_port, 4500);
	CU_ASSERT_TRUE(ip_equal(&from.remote, &to.remote));
	back = e->fed_path;
	e->ops.nat_keepalive(e->ops.ctx, &back);
	CU_ASSERT_EQUAL_FATAL(poll(&wait, 1, 10000), 1);
	CU_ASSERT_EQUAL(netif_ike_recv(fd, 0, octets, sizeof(octets), &from), 1);
	CU_ASSERT_EQUAL(octets[0], 0xff);
	close(fd);
	rig_close(&g);
}

static void *set_timer(void *ctx)
{
	struct rig *g = ctx;
	struct ike *e = router_ike(g->router);

	router_lock(g->router);
	e->ops.timer(e->ops.ctx, e->ops.now_ms(e->ops.ctx) + 1);
	router_unlock(g->router);
	return NULL;
}

/* The loop may already be asleep when a command sets the engine's timer. */
static void timer_set_by_another_thread(void)
{
	struct rig g;
	pthread_t thread;

	rig_up(&g, "mmr0");
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, set_timer, &g), 0);
	while (!router_ike(g.router)->timers)
		event_base_loop(g.base, EVLOOP_ONCE);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(router_ike(g.router)->timers, 1);
	rig_close(&g);
}

static void unknown_spi_is_said_once(void)
{
	uint8_t octets[32] = { 0xb7, 0x61, 0x86, 0x3e, 0, 0, 0, 1 };
	struct netif_esp_packet p = { .data = octets, .octets = sizeof(octets) };
	const char *said = "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
			   "destaddr=2001:DB8::2, prot=50, spi=0xB761863E(3076621886), srcaddr=2001:DB8::2\n";
	const char *first;
	struct rig g;
	struct netif_wire *wire;

	start_tunnel(&g);
	CU_ASSERT_EQUAL_FATAL(netif_wire_open(&(struct netif_wire_options){ .family = 6, .workers = 1 }, &wire), 0);
	ip_parse("2001:db8::2", &p.src);
	p.dst = p.src;
	CU_ASSERT_EQUAL(netif_wire_send(wire, &p, 1), 1);
	CU_ASSERT_TRUE(rig_logged(&g, said));
	CU_ASSERT_EQUAL(netif_wire_send(wire, &p, 1), 1);
	/* What comes after it has been seen before it. */
	octets[0] = 0x11;
	CU_ASSERT_EQUAL(netif_wire_send(wire, &p, 1), 1);
	CU_ASSERT_TRUE(rig_logged(&g, "spi=0x1161863E"));
	first = strstr(g.lines, said);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_PTR_NULL(strstr(first + 1, said));
	/* the engine hears of all */
	CU_ASSERT_TRUE(router_ike(g.router)->invalid_spis >= 2);
	netif_wire_close(wire);
	rig_close(&g);
}

/* ESP as if it came from the peer: SPI, number, and octets that no key has made. */
static void forge(uint32_t spi, uint32_t sequence)
{
	struct {
		struct ip6_hdr ip;
		uint32_t spi_be, sequence_be;
		uint8_t rest[16 + 32 + 12];
	} p = { .spi_be = htonl(spi), .sequence_be = htonl(sequence) };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	p.ip.ip6_flow = htonl(6u << 28);
	p.ip.ip6_plen = htons(sizeof(p) - sizeof(p.ip));
	p.ip.ip6_nxt = IPPROTO_ESP;
	p.ip.ip6_hlim = 64;
	inet_pton(AF_INET6, "2001:db8::3", &p.ip.ip6_src);
	inet_pton(AF_INET6, "2001:db8::2", &p.ip.ip6_dst);
	to.sin6_addr = p.ip.ip6_dst;
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(sendto(fd, &p, sizeof(p), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(p));
	close(fd);
}

static unsigned times(const struct rig *g, const char *text)
{
	unsigned n = 0;

	for (const char *p = g->lines; (p = strstr(p, text)); p++)
		n++;
	return n;
}

/* Until the data plane has dropped so many. */
static void await_drops(struct rig *g, struct fake_ident *f, enum esp_drop why, uint64_t count)
{
	struct esp_counters in = { 0 }, out;
	uint64_t until = 0;

	do {
		esp_tunnel_counters(router_esp(g->router), f->number, &in, &out);
	} while (in.drops[why] < count && rig_wait(&until));
	CU_ASSERT_EQUAL(in.drops[why], count);
}

/* The worker tells after it has counted. */
static void await_lines(struct rig *g, const char *text, unsigned count)
{
	uint64_t until = 0;

	while (times(g, text) < count && rig_turn(g, &until))
		;
	CU_ASSERT_EQUAL(times(g, text), count);
}

static void bad_packets_are_said_once_a_minute(void)
{
	const char *mac = "%CRYPTO-4-RECVD_PKT_MAC_ERR: decrypt: mac verify failed for connection id=1\n",
		   *replay = "%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed\n"
			     "\tconnection id=1, sequence number=0\n\n";
	struct fake_ident *f;
	struct rig g;

	start_tunnel(&g);
	f = negotiate(&g);
	/* a flood of SPIs that nobody has */
	for (uint32_t k = 0; k < ROUTER_BAD_PACKETS; k++)
		g.router->bad_packets[BAD_SPI][k] = (struct bad_packet){ .spi = 4096 + k, .said_ms = router_now_ms() };
	for (uint32_t k = 1; k <= 3; k++)
		forge(fake_spi(f, true), k);
	await_drops(&g, f, ESP_DROP_ICV, 3);
	await_lines(&g, mac, 1);
	for (uint32_t k = 1; k <= 3; k++)
		forge(fake_spi(f, true), 0);
	await_drops(&g, f, ESP_DROP_REPLAY, 3);
	await_lines(&g, replay, 1);
	/* a minute later */
	for (unsigned k = 0; k < ROUTER_BAD_PACKETS; k++)
		if (g.router->bad_packets[BAD_ICV][k].said_ms)
			g.router->bad_packets[BAD_ICV][k].said_ms -= ROUTER_BAD_PACKET_MS;
	forge(fake_spi(f, true), 4);
	forge(fake_spi(f, true), 0);
	await_drops(&g, f, ESP_DROP_ICV, 4);
	await_drops(&g, f, ESP_DROP_REPLAY, 4);
	await_lines(&g, mac, 2);
	await_lines(&g, replay, 1);
	rig_close(&g);
}

static unsigned mtu_of(struct rig *g, const char *device)
{
	struct netif_link l = { 0 };

	netif_link_get(g->netif, device, &l);
	return l.mtu;
}

static void tunnel_mtu_follows(void)
{
	struct router_if_info info;
	struct interface *t;
	struct ike *e;
	struct rig g;

	start_tunnel(&g);
	e = router_ike(g.router);
	t = config_interface_find(g.config, "Tunnel23");
	negotiate(&g);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1422);
	t->ipv6_mtu = 1400;
	rig_apply(&g);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1400);
	t->ipv6_mtu = 0;
	rig_apply(&g);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1422);
	tunnel_path_mtu(g.router, iface_find(g.router, "Tunnel23"), 1400);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1310);
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_EQUAL(info.transport_mtu, 1310);
	CU_ASSERT_EQUAL(e->added, 1); /* a narrow path is no reason to negotiate again */
	tunnel_path_mtu(g.router, iface_find(g.router, "Tunnel23"), 1450); /* nothing new */
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1310);
	tunnel_path_mtu(g.router, iface_find(g.router, "Tunnel23"), 68); /* no path is so narrow */
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_EQUAL(info.transport_mtu, 1198);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1280);
	tunnel_tick(g.router, router_now_ms() + ROUTER_PATH_MTU_MS - 1000);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1280);
	tunnel_tick(g.router, router_now_ms() + ROUTER_PATH_MTU_MS); /* it may be wider by now */
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1422);
	rig_run("ip link set mmr0 mtu 1400"); /* nor is a link of another size */
	event_base_loop(g.base, EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1310);
	CU_ASSERT_EQUAL(fake_ident(e, "Tunnel23")->config.path_mtu, 1400);
	rig_run("ip link set mmr0 mtu 1500");
	event_base_loop(g.base, EVLOOP_NONBLOCK);
	g.config->fragmentation = IPSEC_FRAGMENT_AFTER;
	rig_apply(&g);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1500);
	t->fragmentation = IPSEC_FRAGMENT_BEFORE;
	rig_apply(&g);
	CU_ASSERT_EQUAL(mtu_of(&g, "Tunnel23"), 1422);
	CU_ASSERT_EQUAL(e->added, 1);
	rig_close(&g);
}

static void usage_counts_what_was_sent(void)
{
	struct router_if_info before, info;
	struct ike_sa_usage u = { 0 };
	struct netif_ping p = { .timeout_ms = 1, .size = 100 };
	uint64_t until = 0;
	struct fake_ident *f;
	struct ip_addr none = { 0 };
	unsigned rtt;
	struct ike *e;
	struct rig g;

	start_tunnel(&g);
	f = negotiate(&g);
	e = router_ike(g.router);
	CU_ASSERT_TRUE(e->ops.sa_usage(e->ops.ctx, f->number, false, fake_spi(f, false), &u));
	CU_ASSERT_EQUAL(u.packets, 0);
	ip_parse("fe80::23:3", &p.dst);
	CU_ASSERT_EQUAL(router_ping_path(g.router, &p.dst, "", &none, "Tunnel23", &p), 0);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
	/* The worker has its own pace: it is there when the counter moves. */
	while (!u.packets && rig_wait(&until))
		e->ops.sa_usage(e->ops.ctx, f->number, false, fake_spi(f, false), &u);
	CU_ASSERT_EQUAL(u.packets, 1);
	CU_ASSERT_EQUAL(u.octets, 100);
	CU_ASSERT_FALSE(e->ops.sa_usage(e->ops.ctx, f->number, false, 0x9999, &u));
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &before));
	CU_ASSERT_TRUE(before.tx_octets >= 100);
	CU_ASSERT_TRUE(before.resets > 0);
	CU_ASSERT_EQUAL(before.cleared_s, UINT64_MAX);
	router_clear_counters(g.router, "Tunnel23");
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_TRUE(info.tx_octets < before.tx_octets);
	CU_ASSERT_EQUAL(info.resets, 0);
	CU_ASSERT_NOT_EQUAL(info.cleared_s, UINT64_MAX);
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &info));
	CU_ASSERT_EQUAL(info.cleared_s, UINT64_MAX);
	router_clear_counters(g.router, NULL);
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &info));
	CU_ASSERT_NOT_EQUAL(info.cleared_s, UINT64_MAX);
	rig_close(&g);
}

/* One packet into the tunnel that nobody answers. */
static void send_into_tunnel(struct rig *g, const char *to, unsigned octets)
{
	struct netif_ping p = { .timeout_ms = 1, .size = octets };
	unsigned rtt;

	ip_parse(to, &p.dst);
	CU_ASSERT_EQUAL(router_ping_path(g->router, &p.dst, "", NULL, "Tunnel23", &p), 0);
	CU_ASSERT_EQUAL(netif_ping(&p, -1, &rtt), '.');
}

/* What is shown, when a counter that the worker moves stands there. */
static struct router_if_info shown(struct rig *g, const uint64_t *counter, uint64_t value, struct router_if_info *info)
{
	uint64_t until = 0;

	while (*counter != value && rig_wait(&until))
		CU_ASSERT_TRUE(router_if(g->router, "Tunnel23", info));
	CU_ASSERT_EQUAL(*counter, value);
	return *info;
}

/* The kernel counts what it hands over, whatever becomes of it and however many packets a piece holds. */
static void data_plane_counts_the_tunnel(void)
{
	struct router_if_info info = { 0 }, before;
	struct netif_link l;
	struct rig g;

	start_tunnel(&g);
	negotiate(&g);
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_EQUAL(info.last_output_s, UINT64_MAX);
	send_into_tunnel(&g, "192.168.23.3", 60);
	before = shown(&g, &info.wrong_family, 1, &info);
	CU_ASSERT_EQUAL(netif_link_get(g.netif, "Tunnel23", &l), 0);
	CU_ASSERT_TRUE(l.tx_packets >= 1);
	CU_ASSERT_EQUAL(before.tx_packets, 0);
	CU_ASSERT_EQUAL(before.tx_octets, 0);
	CU_ASSERT_EQUAL(before.tx_dropped, 0);
	CU_ASSERT_EQUAL(before.last_output_s, UINT64_MAX); /* nothing went out */
	send_into_tunnel(&g, "fe80::23:3", 100);
	before = shown(&g, &info.tx_packets, 1, &info);
	CU_ASSERT_EQUAL(before.tx_octets, 100);
	CU_ASSERT_TRUE(before.last_output_s <= 60);
	CU_ASSERT_EQUAL(before.rx_packets, 0);
	iface_tick(g.router, router_now_ms());
	iface_tick(g.router, router_now_ms() + 5000);
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &before));
	CU_ASSERT_EQUAL(before.output_rate_bps, 0); /* all of it was counted before the first look */
	/* Another ident counts from zero, and what is shown does not. */
	config_profile_find(g.config, "PRO")->lifetime_s = 1000;
	rig_apply(&g);
	CU_ASSERT_EQUAL(router_ike(g.router)->removed, 1);
	before = shown(&g, &info.tx_packets, 1, &info);
	CU_ASSERT_EQUAL(before.wrong_family, 1);
	negotiate(&g);
	send_into_tunnel(&g, "fe80::23:3", 200);
	before = shown(&g, &info.tx_packets, 2, &info);
	CU_ASSERT_EQUAL(before.tx_octets, 300);
	iface_tick(g.router, router_now_ms() + 10000);
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &before));
	CU_ASSERT_TRUE(before.output_rate_bps > 0);
	router_clear_counters(g.router, "Tunnel23");
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &info));
	CU_ASSERT_EQUAL(info.wrong_family, 0);
	send_into_tunnel(&g, "192.168.23.3", 60);
	before = shown(&g, &info.wrong_family, 1, &info);
	CU_ASSERT_EQUAL(before.tx_packets, 0);
	rig_close(&g);
}

/* Of all tunnels since somebody cleared it, those that are gone included. */
static void data_plane_as_a_whole(void)
{
	struct router_engine_counters c = { 0 };
	struct router_if_info info = { 0 };
	struct rig g;

	start_tunnel(&g);
	negotiate(&g);
	send_into_tunnel(&g, "fe80::23:3", 100);
	shown(&g, &info.tx_packets, 1, &info);
	send_into_tunnel(&g, "192.168.23.3", 60);
	shown(&g, &info.wrong_family, 1, &info);
	config_profile_find(g.config, "PRO")->lifetime_s = 1000;
	rig_apply(&g);
	CU_ASSERT_EQUAL(router_ike(g.router)->removed, 1);
	negotiate(&g);
	send_into_tunnel(&g, "fe80::23:3", 200);
	shown(&g, &info.tx_packets, 2, &info);
	router_engine_counters(g.router, &c);
	CU_ASSERT_EQUAL(c.out.packets, 2);
	CU_ASSERT_EQUAL(c.out.octets, 300);
	CU_ASSERT_EQUAL(c.out.drops[ESP_DROP_FAMILY], 1);
	CU_ASSERT_EQUAL(c.in.packets, 0);
	CU_ASSERT_FALSE(c.measuring);
	router_engine_clear(g.router);
	router_set_debug(g.router, ROUTER_DEBUG_ENGINE_PACKET | IKE_DEBUG_KMI);
	CU_ASSERT_EQUAL(router_debug(g.router), ROUTER_DEBUG_ENGINE_PACKET | IKE_DEBUG_KMI);
	CU_ASSERT_EQUAL(router_ike(g.router)->debug, IKE_DEBUG_KMI);
	send_into_tunnel(&g, "fe80::23:3", 100);
	shown(&g, &info.tx_packets, 3, &info);
	router_engine_counters(g.router, &c);
	CU_ASSERT_EQUAL(c.out.packets, 1);
	CU_ASSERT_EQUAL(c.out.drops[ESP_DROP_FAMILY], 0);
	CU_ASSERT_TRUE(c.measuring);
	CU_ASSERT_PTR_NOT_NULL(c.unit);
	/* what goes with its interface stays, too */
	config_interface_remove(g.config, config_interface_find(g.config, "Tunnel23"));
	rig_apply(&g);
	router_set_debug(g.router, 0);
	router_engine_counters(g.router, &c);
	CU_ASSERT_EQUAL(c.out.packets, 1);
	CU_ASSERT_FALSE(c.measuring);
	rig_close(&g);
}

/* A socket that nobody reads, in place of one that a worker does. */
static void full_sockets_are_counted(void)
{
	const struct netif_wire_options raw = { .family = 6, .workers = 1 };
	struct router_if_info port_info, tunnel_info;
	struct netif_wire *full, **place, *real;
	struct router_engine_counters c;
	struct netif_wire_status status = { 0 };
	struct rig g;

	start_tunnel(&g);
	CU_ASSERT_EQUAL_FATAL(netif_wire_open(&raw, &full), 0);
	for (long k = 0; k < 200000 && !status.dropped; k++) {
		forge(0x4711, 1);
		netif_wire_status(full, &status);
	}
	CU_ASSERT_TRUE_FATAL(status.dropped > 0);
	place = &g.router->esp_config.esp[1][0];
	real = *place;
	CU_ASSERT_EQUAL(router_no_buffer(g.router, 6, false), 0);
	*place = full;
	CU_ASSERT_EQUAL(router_no_buffer(g.router, 6, false), status.dropped);
	CU_ASSERT_EQUAL(router_no_buffer(g.router, 6, true), 0);
	CU_ASSERT_EQUAL(router_no_buffer(g.router, 4, false), 0);
	router_engine_counters(g.router, &c);
	CU_ASSERT_TRUE(c.in.drops[ESP_DROP_UNKNOWN_SPI] > 0);
	CU_ASSERT_EQUAL(c.no_buffer, status.dropped);
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &port_info));
	CU_ASSERT_TRUE(router_if(g.router, "Tunnel23", &tunnel_info));
	CU_ASSERT_EQUAL(port_info.rx_no_buffer, status.dropped);
	CU_ASSERT_EQUAL(tunnel_info.rx_no_buffer, 0);
	router_clear_counters(g.router, NULL);
	router_engine_clear(g.router);
	router_engine_counters(g.router, &c);
	CU_ASSERT_EQUAL(c.no_buffer, 0);
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &port_info));
	CU_ASSERT_EQUAL(port_info.rx_no_buffer, 0);
	/* no tunnel leaves by it any more: what was counted stays */
	config_interface_find(g.config, "Tunnel23")->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_TRUE(router_if(g.router, "Ethernet0/0", &port_info));
	CU_ASSERT_EQUAL(port_info.rx_no_buffer, 0);
	*place = real;
	netif_wire_close(full);
	rig_close(&g);
}

static void neighbour_routes_survive(void)
{
	struct ip_addr network;
	struct rig g;

	start_tunnel(&g);
	static_route(&g, "2001:db8:99::/48", "2001:db8::3", NULL);
	rig_apply(&g);
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), rig_index(&g, "mmr0"));
	/* Somebody else takes the route away, then the address. */
	rig_run("ip -6 route del 2001:db8:99::/48");
	while (!rig_way(&g, "2001:db8:99::1"))
		event_base_loop(g.base, EVLOOP_ONCE);
	rig_run("ip addr del 2001:db8::2/64 dev mmr0");
	while (!rig_has(&g, "mmr0", "2001:db8::2/64"))
		event_base_loop(g.base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), rig_index(&g, "mmr0"));
	/* `clear ip route` puts it back at once. */
	rig_run("ip -6 route del 2001:db8:99::/48");
	CU_ASSERT_TRUE(ip_parse6("2001:db8:99::", &network));
	CU_ASSERT_FALSE(router_clear_routes(g.router, &network, 49));
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), 0);
	CU_ASSERT_TRUE(router_clear_routes(g.router, &network, 48));
	CU_ASSERT_EQUAL(rig_way(&g, "2001:db8:99::1"), rig_index(&g, "mmr0"));
	rig_close(&g);
}

/* Lets the loop run until it is so. */
static void await_nft(struct rig *g, const char *command)
{
	while (system(command))
		event_base_loop(g->base, EVLOOP_ONCE);
}

static void mss_through_nft(void)
{
	struct interface *i;
	struct rig g;

	if (system("nft --version >/dev/null 2>&1"))
		return;
	rig_up(&g, "mmr0");
	i = ethernet(&g, "10.77.0.1/24", NULL);
	i->tcp_mss = 1350;
	rig_apply(&g);
	i->tcp_mss = 1360; /* nft has the first ones yet */
	rig_apply(&g);
	await_nft(&g, "nft list chain inet mainmode forward 2>&1 | grep -q 1360");
	CU_ASSERT_PTR_NULL(strstr(g.lines, "adjust-mss"));
	rig_run("nft list chain inet mainmode forward | grep -q 'oifname \"mmr0\" .* maxseg size set 1360'");
	i->tcp_mss = 0;
	rig_apply(&g);
	await_nft(&g, "! nft list table inet mainmode >/dev/null 2>&1");
	i->tcp_mss = 1300;
	rig_apply(&g);
	rig_close(&g);
	CU_ASSERT_NOT_EQUAL(system("nft list table inet mainmode >/dev/null 2>&1"), 0);
}

static const struct unit_test tests[] = {
	{ "a timer set by another thread", timer_set_by_another_thread },
	{ "an unknown SPI is said once", unknown_spi_is_said_once },
	{ "bad packets are said once a minute", bad_packets_are_said_once_a_minute },
	{ "the tunnel's MTU follows path and configuration", tunnel_mtu_follows },
	{ "usage counts what was sent", usage_counts_what_was_sent },
	{ "a tunnel's packets are the data plane's", data_plane_counts_the_tunnel },
	{ "the data plane as a whole", data_plane_as_a_whole },
	{ "full sockets are counted", full_sockets_are_counted },
	{ "what others take away comes back", neighbour_routes_survive },
	{ "adjust-mss through nft", mss_through_nft },
	{ "addresses, routes, sysctls come and go", comes_and_goes },
	{ "the first address is the primary one", the_first_address_is_the_primary },
	{ "what was there stays", foreign_stays },
	{ "the kernel's link-local address comes back", link_local_is_replaced_and_comes_back },
	{ "a killed router's leftovers go", killed_router_leaves_nothing },
	{ "says why it cannot start", says_why_it_cannot_start },
	{ "shutdown, carrier and what is said", shutdown_and_carrier },
	{ "Loopbacks share lo", loopbacks_share_lo },
	{ "a VTI follows its SAs", vti_follows_its_sas },
	{ "a VTI goes with what it needs", vti_goes_with_what_it_needs },
	{ "the settings of phase 1 reach the engine", settings_reach_the_engine },
	{ "a recursive tunnel is held down", recursive_tunnel_is_held_down },
	{ "why a tunnel does not negotiate", why_a_tunnel_does_not_negotiate },
	{ "isakmp that is off comes first", isakmp_off_comes_first },
	{ "the way of a ping", ping_path },
	{ "datagrams reach the engine and go out", datagrams_reach_the_engine },
	{ "datagrams in UDP reach the engine", datagrams_in_udp_reach_the_engine },
};

int main(void)
{
	if (!rig_namespaces()) {
		fprintf(stderr, "no namespaces here\n");
		return RIG_SKIP;
	}
	evthread_use_pthreads();
	return unit_main("router: in a namespace", tests, sizeof(tests) / sizeof(tests[0]));
}
