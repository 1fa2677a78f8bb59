/* What the configuration asks of interfaces and tunnels, and the routing table: all without a kernel. */
#include "router/plan.h"
#include "router/rib.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const uint8_t mac[6] = { 0xaa, 0xbb, 0xcc, 0x00, 0x29, 0x00 };

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p = { 0 };

	CU_ASSERT_TRUE(ip_parse_prefix(text, &p));
	return p;
}

static const char *text(const struct ip_addr *a)
{
	static char buf[4][IP_TEXT_SIZE];
	static unsigned next;

	return ip_text(a, buf[next++ % 4]);
}

static const char *prefix_text(const struct ip_prefix *p)
{
	static char buf[IP_TEXT_SIZE + 4];

	snprintf(buf, sizeof(buf), "%s/%u", text(&p->addr), p->len);
	return buf;
}

static void put6(struct interface *i, const char *p, bool link_local, bool eui64)
{
	config_ipv6_insert(i, i->ipv6_count, &(struct if_address6){ prefix(p), link_local, eui64 });
}

static void put4(struct interface *i, const char *p, bool secondary)
{
	static struct config of; /* whose it is does not matter here */

	config_ip_insert(&of, i, i->ip_count, &(struct if_address4){ prefix(p), secondary });
}

/* RFC 4291 appendix A: 34-56-78-9A-BC-DE gives 3656:78FF:FE9A:BCDE. */
static void eui64(void)
{
	static const uint8_t rfc[6] = { 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde };
	struct ip_prefix p = prefix("2001:db8:1:2::/64"), out = plan_eui64(&p, rfc);

	CU_ASSERT_STRING_EQUAL(prefix_text(&out), "2001:DB8:1:2:3656:78FF:FE9A:BCDE/64");
}

static void addresses_in_order(void)
{
	struct interface i = { .name = "Ethernet0/0", .type = IF_ETHERNET };
	struct plan_addresses out;

	put4(&i, "10.0.0.2/24", true);
	put4(&i, "10.0.0.1/24", false);
	put6(&i, "fe80::1/64", true, false);
	put6(&i, "2001:db8::/64", false, true);
	plan_addresses(&i, NULL, mac, &out);
	CU_ASSERT_EQUAL_FATAL(out.count, 4);
	CU_ASSERT_STRING_EQUAL(prefix_text(&out.at[0]), "10.0.0.1/24");
	CU_ASSERT_STRING_EQUAL(prefix_text(&out.at[1]), "10.0.0.2/24");
	CU_ASSERT_STRING_EQUAL(prefix_text(&out.at[2]), "2001:DB8::A8BB:CCFF:FE00:2900/64");
	CU_ASSERT_STRING_EQUAL(prefix_text(&out.at[3]), "FE80::1/64");
	plan_addresses(&i, NULL, NULL, &out);
	CU_ASSERT_EQUAL(out.count, 3); /* no MAC, no eui-64 address */
	config_interface_clear(&i);
}

static void unnumbered_borrows_the_primary(void)
{
	struct interface i = { .name = "Tunnel1", .type = IF_TUNNEL, .unnumbered = "Ethernet0/0" };
	struct interface lender = { .name = "Ethernet0/0", .type = IF_ETHERNET };
	struct ip_addr none = { 0 }, source;
	struct plan_addresses out;

	put4(&lender, "10.0.0.9/24", true);
	put4(&lender, "10.0.0.1/24", false);
	plan_addresses(&i, &lender, mac, &out);
	CU_ASSERT_EQUAL_FATAL(out.count, 1);
	CU_ASSERT_STRING_EQUAL(prefix_text(&out.at[0]), "10.0.0.1/32");
	source = plan_source(&i, &lender, mac, 4, &none);
	CU_ASSERT_STRING_EQUAL(text(&source), "10.0.0.1");
	plan_addresses(&i, NULL, mac, &out);
	CU_ASSERT_EQUAL(out.count, 0);
	config_interface_clear(&lender);
}

static void source_and_link_local(void)
{
	struct interface i = { .name = "Ethernet0/0", .type = IF_ETHERNET };
	struct ip_addr ll, source;

	ll = plan_link_local(&i, mac);
	CU_ASSERT_EQUAL(ll.family, 0); /* IPv6 is off */
	i.ipv6_enable = true;
	ll = plan_link_local(&i, mac);
	CU_ASSERT_STRING_EQUAL(text(&ll), "FE80::A8BB:CCFF:FE00:2900");
	source = plan_source(&i, NULL, mac, 6, &ll);
	CU_ASSERT_STRING_EQUAL(text(&source), "FE80::A8BB:CCFF:FE00:2900");
	put6(&i, "fe80::23:2/64", true, false);
	put6(&i, "2001:db8::2/64", false, false);
	ll = plan_link_local(&i, mac);
	CU_ASSERT_STRING_EQUAL(text(&ll), "FE80::23:2");
	source = plan_source(&i, NULL, mac, 6, &ll);
	CU_ASSERT_STRING_EQUAL(text(&source), "2001:DB8::2");
	source = plan_source(&i, NULL, mac, 4, &ll);
	CU_ASSERT_EQUAL(source.family, 0);
	config_interface_clear(&i);
}

static struct interface *document_tunnel(struct config *c)
{
	struct interface *i = config_interface_get(c, "Tunnel23");
	struct transform_set *t = config_transform_set_get(c, "TRA");
	struct ipsec_profile *p = config_profile_get(c, "PRO");

	t->cipher = ESP_CIPHER_AES;
	t->keybits = 128;
	t->auth = ESP_AUTH_SHA;
	t->transport = true;
	snprintf(p->sets[0], sizeof(p->sets[0]), "TRA");
	p->set_count = 1;
	i->tunnel.mode = TUNNEL_IPSEC_IPV6;
	ip_parse("2001:db8::3", &i->tunnel.destination);
	snprintf(i->tunnel.profile, sizeof(i->tunnel.profile), "PRO");
	return i;
}

static void ident_of_the_document(void)
{
	struct config *c = config_new();
	struct interface *i = document_tunnel(c);
	struct ike_ident a, b;
	struct ip_addr local;

	ip_parse("2001:db8::2", &local);
	CU_ASSERT_TRUE_FATAL(plan_ident(c, i, &local, "Ethernet0/0", 1500, &a));
	CU_ASSERT_STRING_EQUAL(a.map, "Tunnel23-head-0");
	CU_ASSERT_STRING_EQUAL(a.out_ifname, "Ethernet0/0");
	CU_ASSERT_STRING_EQUAL(prefix_text(&a.local_proxy), "::/0");
	CU_ASSERT_STRING_EQUAL(prefix_text(&a.remote_proxy), "::/0");
	CU_ASSERT_EQUAL(a.proposal_count, 1);
	CU_ASSERT_FALSE(a.proposals[0].transport);
	CU_ASSERT_EQUAL(a.lifetime_s, 3600);
	CU_ASSERT_EQUAL(a.lifetime_kb, 4608000);
	CU_ASSERT_EQUAL(a.replay_window, 64);
	memset(&b, 0xff, sizeof(b));
	CU_ASSERT_TRUE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &b));
	CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof(a)), 0); /* comparable, whatever was in the memory */
	config_profile_find(c, "PRO")->lifetime_s = 120;
	CU_ASSERT_TRUE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &b));
	CU_ASSERT_EQUAL(b.lifetime_s, 120);
	config_free(c);
}

static void ident_needs_its_parts(void)
{
	struct config *c = config_new();
	struct interface *i = document_tunnel(c);
	struct ip_addr local = i->tunnel.destination;
	struct ike_ident out;

	config_transform_set_remove(c, config_transform_set_find(c, "TRA"));
	CU_ASSERT_FALSE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &out));
	config_profile_find(c, "PRO")->set_count = 0;
	CU_ASSERT_TRUE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &out));
	CU_ASSERT_EQUAL(out.proposals[0].cipher, ESP_CIPHER_AES);
	CU_ASSERT_EQUAL(out.proposals[0].auth, ESP_AUTH_SHA);
	i->tunnel.mode = TUNNEL_GRE_IP;
	CU_ASSERT_FALSE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &out));
	i->tunnel.mode = TUNNEL_IPSEC_IPV6;
	config_profile_remove(c, config_profile_find(c, "PRO"));
	CU_ASSERT_FALSE(plan_ident(c, i, &local, "Ethernet0/0", 1500, &out));
	config_free(c);
}

static void tunnel_mtu(void)
{
	struct interface i = { .type = IF_TUNNEL, .tunnel.mode = TUNNEL_IPSEC_IPV6 };
	struct config *c = config_new();

	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1422, 1500, 1500), 1422);
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 0, 1500, 1500), 1460);
	i.ipv6_mtu = 1400;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1422, 1500, 1500), 1400);
	i.ip_mtu = 1300; /* of the other IP version */
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1422, 1500, 1500), 1400);
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1206, 1280, 1500), 1280);
	c->df = IPSEC_DF_CLEAR; /* IPv4 alone has it */
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1422, 1500, 1500), 1400);
	i.ipv6_mtu = 0;
	c->fragmentation = IPSEC_FRAGMENT_AFTER;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1422, 1300, 1500), 1500);
	i.fragmentation = IPSEC_FRAGMENT_BEFORE;
	i.tunnel.mode = TUNNEL_IPSEC_IPV4;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1438, 1500, 1500), 1300);
	i.ip_mtu = 0;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1438, 1500, 1500), 1500);
	i.ip_mtu = 1800;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1438, 1500, 1500), 1800);
	i.df = IPSEC_DF_COPY;
	CU_ASSERT_EQUAL(plan_tunnel_mtu(c, &i, 1438, 1500, 1500), 1438);
	config_free(c);
}

static void the_interface_wins_over_the_global_setting(void)
{
	struct interface i = { .type = IF_TUNNEL };
	struct config *c = config_new();

	CU_ASSERT_EQUAL(plan_df(c, &i), IPSEC_DF_COPY);
	CU_ASSERT_FALSE(plan_cut_after(c, &i));
	c->df = IPSEC_DF_SET;
	c->fragmentation = IPSEC_FRAGMENT_AFTER;
	CU_ASSERT_EQUAL(plan_df(c, &i), IPSEC_DF_SET);
	CU_ASSERT_TRUE(plan_cut_after(c, &i));
	i.df = IPSEC_DF_CLEAR;
	i.fragmentation = IPSEC_FRAGMENT_BEFORE;
	CU_ASSERT_EQUAL(plan_df(c, &i), IPSEC_DF_CLEAR);
	CU_ASSERT_FALSE(plan_cut_after(c, &i));
	config_free(c);
}

static void what_is_believed_of_a_path(void)
{
	static const struct {
		unsigned now, said, family, want;
	} rows[] = {
		{ 1500, 1400, 4, 1400 }, { 1500, 1400, 6, 1400 }, { 1400, 1400, 4, 0 }, { 1400, 1500, 4, 0 },
		{ 1500, 68, 4, 576 },    { 1500, 1, 6, 1280 },    { 576, 300, 4, 0 },   { 1280, 600, 6, 0 },
		{ 1500, 0, 4, 1492 },    { 1492, 0, 4, 1006 },    { 1006, 0, 4, 576 },  { 576, 0, 4, 0 },
		{ 1500, 0, 6, 1492 },    { 1492, 0, 6, 1280 },    { 9000, 9001, 4, 0 }, { 300, 200, 4, 0 },
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		CU_ASSERT_EQUAL(plan_path_mtu(rows[k].now, rows[k].said, rows[k].family), rows[k].want);
}

static void rates_fade(void)
{
	struct plan_rate r = { 0 };

	for (int k = 0; k < 60; k++)
		plan_rate_update(&r, 5000 * 125, 50, 5, 300); /* 1 Mbit/s, 10 packets/s for five minutes */
	CU_ASSERT_DOUBLE_EQUAL(r.bits_per_s, 1e6 * (1 - 0.36788), 1e3);
	CU_ASSERT_DOUBLE_EQUAL(r.packets_per_s, 10 * (1 - 0.36788), 0.01);
	for (int k = 0; k < 60; k++)
		plan_rate_update(&r, 0, 0, 5, 300);
	CU_ASSERT_DOUBLE_EQUAL(r.bits_per_s, 1e6 * (1 - 0.36788) * 0.36788, 1e3);
	plan_rate_update(&r, 0, 0, 36000, 300);
	plan_rate_update(&r, 0, 0, 36000, 300);
	plan_rate_update(&r, 0, 0, 36000, 300);
	CU_ASSERT_EQUAL(r.bits_per_s, 0);
	plan_rate_update(&r, 1000, 1, 0, 300); /* no time passed, no rate */
	CU_ASSERT_EQUAL(r.bits_per_s, 0);
}

/* --- routing table -------------------------------------------------------------------------------------------- */

static void add_route(struct config *c, const char *p, const char *via, const char *ifname, unsigned distance)
{
	struct static_route s = { .prefix = prefix(p), .distance = distance };

	if (via)
		ip_parse(via, &s.via);
	if (ifname)
		snprintf(s.ifname, sizeof(s.ifname), "%s", ifname);
	CU_ASSERT_PTR_NOT_NULL(config_route_add(c, &s));
}

static struct rib_if up(const char *name, const char *address)
{
	struct rib_if i = { .addresses = { .count = 1 } };

	snprintf(i.name, sizeof(i.name), "%s", name);
	i.addresses.at[0] = prefix(address);
	return i;
}

/* The longest match, NULL: no route. */
static const struct rib_route *look(const struct rib *rib, const char *dst)
{
	const struct rib_route *found = NULL;
	struct ip_addr a = { 0 };

	ip_parse(dst, &a);
	for (size_t k = 0; k < rib->count; k++) {
		const struct rib_route *t = &rib->routes[k];

		if (ip_in_prefix(&a, &t->route.prefix) && (!found || t->route.prefix.len > found->route.prefix.len))
			found = t;
	}
	return found;
}

static void connected_and_local(void)
{
	struct config *c = config_new();
	struct rib_if ifs[] = { up("Ethernet0/0", "10.0.0.1/24"), up("Loopback0", "10.9.9.9/32"),
				up("Tunnel23", "fe80::23:2/64"), up("Tunnel1", "10.0.0.1/32") };
	struct rib rib;

	ifs[3].unnumbered = true;
	CU_ASSERT_EQUAL_FATAL(rib_build(c, ifs, 4, NULL, 1000, &rib), 0);
	CU_ASSERT_EQUAL_FATAL(rib.count, 3); /* no link-local, none of the unnumbered one */
	CU_ASSERT_STRING_EQUAL(prefix_text(&rib.routes[0].route.prefix), "10.0.0.0/24");
	CU_ASSERT_EQUAL(rib.routes[0].route.kind, ROUTE_CONNECTED);
	CU_ASSERT_STRING_EQUAL(prefix_text(&rib.routes[1].route.prefix), "10.0.0.1/32");
	CU_ASSERT_EQUAL(rib.routes[1].route.kind, ROUTE_LOCAL);
	CU_ASSERT_STRING_EQUAL(prefix_text(&rib.routes[2].route.prefix), "10.9.9.9/32");
	CU_ASSERT_EQUAL(rib.routes[2].route.kind, ROUTE_CONNECTED);
	rib_free(&rib);
	config_free(c);
}

static void static_follows_its_next_hop(void)
{
	struct config *c = config_new();
	struct rib_if e0 = up("Ethernet0/0", "10.0.0.1/24");
	struct rib rib;

	add_route(c, "172.16.0.0/16", "10.0.0.2", NULL, 1);
	add_route(c, "172.17.0.0/16", NULL, "Tunnel23", 1);
	add_route(c, "172.18.0.0/16", "10.0.0.1", NULL, 1); /* our own address is no neighbour */
	CU_ASSERT_EQUAL_FATAL(rib_build(c, NULL, 0, NULL, 1000, &rib), 0);
	CU_ASSERT_EQUAL(rib.count, 0);
	rib_free(&rib);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, &e0, 1, NULL, 1000, &rib), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(look(&rib, "172.16.1.1"));
	CU_ASSERT_STRING_EQUAL(look(&rib, "172.16.1.1")->out_ifname, "Ethernet0/0");
	CU_ASSERT_STRING_EQUAL(look(&rib, "172.16.1.1")->route.ifname, "");
	CU_ASSERT_PTR_NULL(look(&rib, "172.17.1.1"));
	CU_ASSERT_PTR_NULL(look(&rib, "172.18.1.1"));
	rib_free(&rib);
	config_free(c);
}

static void lowest_distance_wins(void)
{
	struct config *c = config_new();
	struct rib_if both[] = { up("Ethernet0/0", "10.0.0.1/24"), up("Ethernet0/1", "10.0.1.1/24") };
	struct rib rib;

	add_route(c, "0.0.0.0/0", "10.0.1.2", NULL, 250);
	add_route(c, "0.0.0.0/0", "10.0.0.2", NULL, 1);
	add_route(c, "10.0.1.0/24", "10.0.0.2", NULL, 1); /* connected is better than any static route */
	CU_ASSERT_EQUAL_FATAL(rib_build(c, both, 2, NULL, 1000, &rib), 0);
	CU_ASSERT_EQUAL(rib.count, 5);
	CU_ASSERT_STRING_EQUAL(text(&look(&rib, "1.1.1.1")->next_hop), "10.0.0.2");
	CU_ASSERT_EQUAL(look(&rib, "10.0.1.77")->route.kind, ROUTE_CONNECTED);
	rib_free(&rib);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, both + 1, 1, NULL, 1000, &rib), 0);
	CU_ASSERT_STRING_EQUAL(text(&look(&rib, "1.1.1.1")->next_hop), "10.0.1.2");
	CU_ASSERT_EQUAL(look(&rib, "1.1.1.1")->route.distance, 250);
	rib_free(&rib);
	config_free(c);
}

static void equal_ones_share_and_the_first_carries(void)
{
	struct config *c = config_new();
	struct rib_if both[] = { up("Ethernet0/0", "10.0.0.1/24"), up("Ethernet0/1", "10.0.1.1/24") };
	unsigned best = 0, all = 0;
	struct rib rib;

	add_route(c, "0.0.0.0/0", "10.0.1.2", NULL, 1);
	add_route(c, "0.0.0.0/0", "10.0.0.2", NULL, 1);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, both, 2, NULL, 1000, &rib), 0);
	for (size_t k = 0; k < rib.count; k++)
		if (rib.routes[k].route.kind == ROUTE_STATIC) {
			all++;
			if (rib.routes[k].route.best) {
				best++;
				CU_ASSERT_PTR_EQUAL(rib.routes[k].config, TAILQ_FIRST(&c->routes));
			}
		}
	CU_ASSERT_EQUAL(all, 2);
	CU_ASSERT_EQUAL(best, 1);
	rib_free(&rib);
	config_free(c);
}

static void next_hop_through_a_static_route(void)
{
	struct config *c = config_new();
	struct rib_if e0 = up("Ethernet0/0", "2001:db8::1/64");
	struct rib rib;

	add_route(c, "2001:db8:2::/48", "2001:db8:1::9", NULL, 1);
	add_route(c, "2001:db8:1::/48", "2001:db8::2", NULL, 1);
	add_route(c, "2001:db8:3::/48", "2001:db8:3::1", NULL, 1); /* only through itself */
	add_route(c, "2001:db8:4::/48", "fe80::1", NULL, 1);       /* on which link? */
	add_route(c, "2001:db8:5::/48", "fe80::1", "Ethernet0/0", 1);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, &e0, 1, NULL, 1000, &rib), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(look(&rib, "2001:db8:2::1"));
	CU_ASSERT_STRING_EQUAL(text(&look(&rib, "2001:db8:2::1")->next_hop), "2001:DB8::2");
	CU_ASSERT_STRING_EQUAL(text(&look(&rib, "2001:db8:2::1")->route.via), "2001:DB8:1::9");
	CU_ASSERT_PTR_NULL(look(&rib, "2001:db8:3::5"));
	CU_ASSERT_PTR_NULL(look(&rib, "2001:db8:4::5"));
	CU_ASSERT_STRING_EQUAL(look(&rib, "2001:db8:5::5")->out_ifname, "Ethernet0/0");
	rib_free(&rib);
	config_free(c);
}

/* Each prefix three times: the best of them is there, whatever order they come in, and is found. */
static void many_routes_are_found(void)
{
	struct config *c = config_new();
	struct rib_if both[] = { up("Ethernet0/0", "10.0.0.1/24"), up("Tunnel7", "10.0.1.1/24") };
	char net[32], host[32];
	struct rib rib;

	for (unsigned k = 0; k < 1500; k++) {
		const unsigned n = k * 7 % 500;

		snprintf(net, sizeof(net), "172.16.%u.%u/%u", n / 64, n % 64 * 4, 30 + n % 3);
		/* by the link, by a tunnel, and by another of these routes */
		snprintf(host, sizeof(host), "172.16.%u.%u", (n + 1) % 500 / 64, (n + 1) % 500 % 64 * 4);
		add_route(c, net, k < 500 ? host : "10.0.0.9", k >= 1000 ? "Tunnel7" : NULL, 1 + (k + n) % 3);
	}
	CU_ASSERT_EQUAL_FATAL(rib_build(c, both, 2, NULL, 0, &rib), 0);
	for (size_t k = 1; k < rib.count; k++)
		CU_ASSERT_FALSE(ip_equal(&rib.routes[k].route.prefix.addr, &rib.routes[k - 1].route.prefix.addr) &&
				rib.routes[k].route.kind == ROUTE_STATIC &&
				rib.routes[k].route.distance != rib.routes[k - 1].route.distance);
	for (unsigned n = 0; n < 500; n++) {
		const struct rib_route *t;
		const struct static_route *s;

		snprintf(host, sizeof(host), "172.16.%u.%u", n / 64, n % 64 * 4);
		t = look(&rib, host);
		CU_ASSERT_PTR_NOT_NULL_FATAL(t);
		CU_ASSERT_TRUE(t->route.best);
		TAILQ_FOREACH (s, &c->routes, link)
			if (ip_equal(&s->prefix.addr, &t->route.prefix.addr) && s->prefix.len == t->route.prefix.len)
				CU_ASSERT_TRUE(s->distance >= t->route.distance);
	}
	CU_ASSERT_EQUAL(rib.count, 4 + 500);
	rib_free(&rib);
	config_free(c);
}

static void permanent_stays(void)
{
	struct config *c = config_new();
	struct rib_if e0 = up("Ethernet0/0", "10.0.0.1/24");
	struct rib before, after;

	add_route(c, "172.16.0.0/16", "10.0.0.2", NULL, 1);
	TAILQ_FIRST(&c->routes)->permanent = true;
	CU_ASSERT_EQUAL_FATAL(rib_build(c, NULL, 0, NULL, 1000, &before), 0);
	CU_ASSERT_EQUAL(before.count, 0); /* it never was there */
	rib_free(&before);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, &e0, 1, NULL, 1000, &before), 0);
	CU_ASSERT_EQUAL_FATAL(rib_build(c, NULL, 0, &before, 1000, &after), 0);
	CU_ASSERT_EQUAL_FATAL(after.count, 1);
	CU_ASSERT_FALSE(after.routes[0].route.best); /* nowhere to send to */
	rib_free(&before);
	rib_free(&after);
	config_free(c);
}

static void workers_of_the_data_plane(void)
{
	static const struct {
		unsigned asked;
		long processors;
		unsigned workers;
	} cases[] = {
		{ 0, 1, 1 },  { 0, 2, 1 },
		{ 0, 3, 1 },  { 0, 4, 2 },
		{ 0, 16, 8 }, { 0, 64, ROUTER_WORKERS_MAX },
		{ 0, -1, 1 }, { 3, 2, 3 },
		{ 8, 1, 8 },  { 9, 1, ROUTER_WORKERS_MAX },
	};

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
		CU_ASSERT_EQUAL(plan_workers(cases[k].asked, cases[k].processors), cases[k].workers);
}

static const struct unit_test tests[] = {
	{ "eui-64 (RFC 4291 appendix A)", eui64 },
	{ "addresses come in order", addresses_in_order },
	{ "unnumbered borrows the primary address", unnumbered_borrows_the_primary },
	{ "tunnel source and link-local address", source_and_link_local },
	{ "the document's ident", ident_of_the_document },
	{ "an ident needs profile, set and mode", ident_needs_its_parts },
	{ "MTU of a VTI", tunnel_mtu },
	{ "the interface wins over the global setting", the_interface_wins_over_the_global_setting },
	{ "what is believed of a path", what_is_believed_of_a_path },
	{ "workers of the data plane", workers_of_the_data_plane },
	{ "five minute rates", rates_fade },
	{ "connected and local routes", connected_and_local },
	{ "a static route follows its next hop", static_follows_its_next_hop },
	{ "the lowest distance wins", lowest_distance_wins },
	{ "equal routes share, the first carries", equal_ones_share_and_the_first_carries },
	{ "a next hop through a static route", next_hop_through_a_static_route },
	{ "many routes are found", many_routes_are_found },
	{ "permanent routes stay", permanent_stays },
};

UNIT_MAIN("router: plans and routes", tests)
