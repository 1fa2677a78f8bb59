/* show arp, ipv6 neighbors, ip|ipv6 interface, interfaces description|summary and single routes. */
#include "shell/print_ip.h"
#include "shell/show.h"
#include "tests/unit/addr.h"
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct session s;

#define PRINTS(file) CU_ASSERT_TRUE(fake_session_matches(&s, file))
#define PRINTED(text_)                                                                                                 \
	do {                                                                                                           \
		if (strcmp(s.text, (text_)) != 0)                                                                      \
			printf("--- wanted\n%s--- printed\n%s---\n", (text_), s.text);                                 \
		CU_ASSERT_STRING_EQUAL(s.text, (text_));                                                               \
	} while (0)
#define HAS(text_) CU_ASSERT_PTR_NOT_NULL(strstr(s.text, (text_)))

uint64_t router_route_age_s(const struct router_route *t)
{
	return t->since_ms / 1000;
}

/* --- neighbours ---- */

static struct router_neigh neigh(const char *addr, unsigned minutes, const char *mac, enum netif_neigh_state state,
				 const char *ifname)
{
	struct router_neigh n = { .addr = ip(addr), .age_s = minutes * 60 + 59, .state = state };
	unsigned a, b, c;

	if (mac && sscanf(mac, "%4x.%4x.%4x", &a, &b, &c) == 3) {
		const uint8_t octets[] = { (uint8_t)(a >> 8), (uint8_t)a,        (uint8_t)(b >> 8),
					   (uint8_t)b,        (uint8_t)(c >> 8), (uint8_t)c };

		memcpy(n.mac, octets, 6);
		n.has_mac = true;
	}
	snprintf(n.ifname, sizeof(n.ifname), "%s", ifname);
	return n;
}

static void arp(void)
{
	struct router_neigh n[] = {
		neigh("10.100.88.1", 0, "c4f7.d564.b716", NETIF_NEIGH_INCOMPLETE, "Vlan10"),
		neigh("10.100.88.199", 3, NULL, NETIF_NEIGH_INCOMPLETE, "Vlan10"),
		neigh("10.152.1.229", 0, "488f.5a5a.87ea", NETIF_NEIGH_REACHABLE, "Vlan1"),
		neigh("1.2.3.4", 0, "c4ad.3425.b7be", NETIF_NEIGH_STALE, "FastEthernet4"),
		neigh("1.2.3.5", 0, "c4f7.d564.b71a", NETIF_NEIGH_PERMANENT, "FastEthernet4"),
	};

	fake_session_clear(&s);
	n[0].own = true;
	print_arp(&s, n, 5);
	PRINTS("arp.txt");
	fake_session_clear(&s);
	n[2].age_s = 137 * 60;
	print_arp(&s, &n[2], 1);
	HAS("Internet  10.152.1.229          137   488f.5a5a.87ea  ARPA   Vlan1\n");
	fake_session_clear(&s);
	n[2].state = NETIF_NEIGH_FAILED; /* the kernel may know where it was */
	print_arp(&s, &n[2], 1);
	HAS("Internet  10.152.1.229            0   Incomplete      ARPA\n");
}

static void ipv6_neighbors(void)
{
	struct router_neigh n[] = {
		neigh("2402:1234:106:100:793A:F08D:5B3A:EF89", 33, "54e1.addb.200f", NETIF_NEIGH_STALE, "Vl6"),
		neigh("2402:1234:106:100:A193:9153:7CAF:9802", 1, "54e1.addb.200f", NETIF_NEIGH_STALE, "Vl6"),
		neigh("2402:1234:106:100:B419:F5DF:B315:F3C5", 144, "0800.2729.8bc1", NETIF_NEIGH_STALE, "Vl6"),
		neigh("2402:1234:106:100:B8F1:D9D3:A5F1:C1C9", 4, "507b.9dcd.c2ae", NETIF_NEIGH_STALE, "Vl6"),
		neigh("2402:1234:106:100:CC71:364E:A3E7:62B8", 36, "507b.9dcd.c2ae", NETIF_NEIGH_STALE, "Vl6"),
		neigh("FE80::5AAC:78FF:FEF8:CCCC", 23, "58ac.78f8.cccc", NETIF_NEIGH_STALE, "Vl6"),
		neigh("FE80::7A0C:F0FF:FE8E:2FF4", 103, "780c.f08e.2ff4", NETIF_NEIGH_STALE, "Vl6"),
		neigh("FE80::7EAD:74FF:FE85:B86", 22, "7cad.7485.0c16", NETIF_NEIGH_STALE, "Vl6"),
		neigh("FE80::208:E3FF:FEFF:FC28", 0, "0008.e3ff.fc28", NETIF_NEIGH_REACHABLE, "Vl687"),
		neigh("FE80::9277:EEFF:FE9B:4E00", 0, NULL, NETIF_NEIGH_PERMANENT, "Di0"),
	};

	fake_session_clear(&s);
	print_ipv6_neighbors(&s, n, sizeof(n) / sizeof(n[0]));
	PRINTS("ipv6_neighbors.txt");
	fake_session_clear(&s);
	n[0].state = NETIF_NEIGH_FAILED;
	n[0].has_mac = false;
	print_ipv6_neighbors(&s, n, 1);
	HAS("EF89      33 -               INCMP Vl6\n");
}

/* --- interfaces ---- */

static struct show_interface interface(const char *name, enum if_type type, bool up, const char *address)
{
	struct show_interface i = { 0 };

	snprintf(i.info.name, sizeof(i.info.name), "%s", name);
	i.info.type = i.config.type = type;
	i.info.link_up = i.info.protocol_up = up;
	i.info.last_input_s = i.info.last_output_s = i.info.cleared_s = UINT64_MAX;
	i.info.mtu = 1500;
	if (address) {
		i.own_ipv4 = prefix(address);
		i.ipv4 = i.own_ipv4.addr;
	}
	return i;
}

static void ip_interface(void)
{
	struct show_interface bare = interface("GigabitEthernet0/2", IF_GIGABITETHERNET, true, NULL);
	struct show_interface tunnel = interface("Tunnel0", IF_TUNNEL, true, NULL);
	struct show_interface e0 = interface("Ethernet0/0", IF_ETHERNET, true, "10.0.0.2/24");

	fake_session_clear(&s);
	strcpy(tunnel.config.unnumbered, "GigabitEthernet0/2.1");
	tunnel.ipv4 = ip("192.168.154.1");
	tunnel.info.transport_mtu = 1472;
	print_ip_interface(&s, &bare);
	print_ip_interface(&s, &tunnel);
	PRINTS("ip_interface_tunnel.txt");

	fake_session_clear(&s);
	e0.secondary[e0.secondary_count++] = prefix("10.0.1.2/24");
	e0.config.ip_mtu = 1400;
	e0.config.no_redirects = e0.config.no_proxy_arp = e0.config.no_unreachables = true;
	strcpy(e0.config.access_group[ACL_IN], "101");
	print_ip_interface(&s, &e0);
	HAS("Ethernet0/0 is up, line protocol is up\n"
	    "  Internet address is 10.0.0.2/24\n"
	    "  Broadcast address is 255.255.255.255\n"
	    "  Address determined by setup command\n"
	    "  MTU is 1400 bytes\n"
	    "  Helper address is not set\n"
	    "  Directed broadcast forwarding is disabled\n"
	    "  Secondary address 10.0.1.2/24\n"
	    "  Outgoing access list is not set\n"
	    "  Inbound  access list is 101\n"
	    "  Proxy ARP is disabled\n");
	HAS("  ICMP redirects are never sent\n  ICMP unreachables are never sent\n");
	HAS("  Input features: Access List, MCI Check\n");
	fake_session_clear(&s);
	e0.saved = true;
	print_ip_interface(&s, &e0);
	HAS("  Address determined by non-volatile memory\n");
}

static void ipv6_interface(void)
{
	struct show_interface i = interface("GigabitEthernet0/1", IF_GIGABITETHERNET, true, NULL);

	fake_session_clear(&s);
	i.info.link_local = ip("FE80::F816:3EFF:FEFF:A049");
	i.ipv6_router = true;
	i.ipv6[i.ipv6_count++].prefix = prefix("2001:DB8:405::1:1/112");
	i.ipv6[i.ipv6_count++] = (struct show_address6){ prefix("2001:DB8:405::5:2/112"), true };
	print_ipv6_interface(&s, &i);
	PRINTED("GigabitEthernet0/1 is up, line protocol is up\n"
		"  IPv6 is enabled, link-local address is FE80::F816:3EFF:FEFF:A049 \n"
		"  No Virtual link-local address(es):\n"
		"  Global unicast address(es):\n"
		"    2001:DB8:405::1:1, subnet is 2001:DB8:405::1:0/112 \n"
		"    2001:DB8:405::5:2, subnet is 2001:DB8:405::5:0/112 [EUI]\n"
		"  Joined group address(es):\n"
		"    FF02::1\n"
		"    FF02::2\n"
		"    FF02::1:FF01:1\n"
		"    FF02::1:FF05:2\n"
		"    FF02::1:FFFF:A049\n"
		"  MTU is 1500 bytes\n"
		"  ICMP error messages limited to one every 100 milliseconds\n"
		"  ICMP redirects are enabled\n"
		"  ICMP unreachables are sent\n"
		"  ND DAD is enabled, number of DAD attempts: 0\n"
		"  ND reachable time is 30000 milliseconds (using 30000)\n"
		"  ND advertised reachable time is 0 (unspecified)\n"
		"  ND advertised retransmit interval is 0 (unspecified)\n"
		"  ND router advertisements live for 1800 seconds\n"
		"  ND advertised default router preference is Medium\n"
		"  ND RAs are suppressed (all)\n"
		"  Hosts use stateless autoconfig for addresses.\n");
	fake_session_clear(&s);
	i.ipv6_count = 0;
	i.ipv6_router = false;
	strcpy(i.config.traffic_filter[ACL_IN], "SIX");
	print_ipv6_interface(&s, &i);
	HAS("  No global unicast address is configured\n");
	HAS("  Input features: Access List\n  Inbound access list SIX\n");
	HAS("  ND NS retransmit interval is 1000 milliseconds\n");
	CU_ASSERT_PTR_NULL(strstr(s.text, "FF02::2\n"));
}

static void descriptions(void)
{
	struct show_interface i[] = {
		interface("Ethernet0/0", IF_ETHERNET, true, NULL),
		interface("GigabitEthernet0/9", IF_GIGABITETHERNET, false, NULL),
		interface("Tunnel23", IF_TUNNEL, false, NULL),
	};

	fake_session_clear(&s);
	strcpy(i[0].description, "MERAKI TEST AP");
	i[1].info.admin_down = true;
	print_interface_descriptions(&s, i, 3);
	PRINTED("Interface                      Status         Protocol Description\n"
		"Et0/0                          up             up       MERAKI TEST AP\n"
		"Gi0/9                          admin down     down     \n"
		"Tu23                           down           down     \n");
}

static void summary(void)
{
	struct show_interface i = interface("Ethernet0/1", IF_ETHERNET, true, NULL);

	fake_session_clear(&s);
	i.info.input_rate_pps = 1;
	i.info.output_rate_bps = 4000;
	i.info.tx_dropped = 434;
	print_interface_summary(&s, &i, 1);
	PRINTED("\n *: interface is up\n"
		" IHQ: pkts in input hold queue     IQD: pkts dropped from input queue\n"
		" OHQ: pkts in output hold queue    OQD: pkts dropped from output queue\n"
		" RXBS: rx rate (bits/sec)          RXPS: rx rate (pkts/sec)\n"
		" TXBS: tx rate (bits/sec)          TXPS: tx rate (pkts/sec)\n"
		" TRTL: throttle count\n"
		"\n"
		"  Interface                   IHQ       IQD       OHQ       OQD      RXBS      RXPS      TXBS      TXPS      "
		"TRTL\n"
		"-------------------------------------------------------------------------------------------------------------"
		"----\n"
		"* Ethernet0/1                   0         0         0       434         0         1      4000         0"
		"         0\n");
}

static void what_is_configured_of_a_link(void)
{
	struct show_interface i = interface("GigabitEthernet0/1", IF_GIGABITETHERNET, true, NULL);

	fake_session_clear(&s);
	print_interface(&s, &i);
	HAS("  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec, \n");
	HAS("  Keepalive set (10 sec)\n"
	    "  Auto Duplex, Auto Speed, link type is auto, media type is RJ45\n"
	    "  output flow-control is unsupported, input flow-control is unsupported\n"
	    "  ARP type: ARPA, ARP Timeout 04:00:00\n");
	fake_session_clear(&s);
	i.config.bandwidth_kbit = 5000;
	i.config.delay = 30;
	i.config.load_interval_s = 30;
	i.config.duplex = IF_DUPLEX_FULL;
	i.config.speed_mbit = 100;
	i.config.keepalive_s = 7;
	i.info.input_rate_bps = 2500000;
	print_interface(&s, &i);
	HAS("  MTU 1500 bytes, BW 5000 Kbit/sec, DLY 300 usec, \n"
	    "     reliability 255/255, txload 1/255, rxload 127/255\n");
	HAS("  Keepalive set (7 sec)\n");
	HAS("  Full Duplex, 100Mbps, link type is force-up, media type is RJ45\n");
	HAS("  30 second input rate 2500000 bits/sec, 0 packets/sec\n  30 second output rate 0 bits/sec");
	fake_session_clear(&s);
	i.info.type = IF_FASTETHERNET;
	i.config.bandwidth_kbit = i.config.delay = 0;
	i.config.load_interval_s = 60;
	i.config.no_keepalive = true;
	print_interface(&s, &i);
	HAS("BW 100000 Kbit/sec, DLY 100 usec, \n");
	HAS("  Full-duplex, 100Mb/s, 100BaseTX/FX\n");
	HAS("  1 minute input rate");
	HAS("  Keepalive not set\n");
}

/* --- routes ---- */

static struct router_route route(enum router_route_kind kind, const char *to, const char *via, const char *ifname)
{
	struct router_route t = { .kind = kind, .prefix = prefix(to), .distance = kind == ROUTE_STATIC, .best = true };

	if (via)
		t.via = ip(via);
	snprintf(t.ifname, sizeof(t.ifname), "%s", ifname);
	return t;
}

static struct router_route table[10];

static void fill_table(void)
{
	const struct router_route t[] = {
		route(ROUTE_STATIC, "0.0.0.0/0", "10.10.1.9", ""),
		route(ROUTE_STATIC, "8.0.0.0/7", NULL, "Null0"),
		route(ROUTE_CONNECTED, "10.10.1.0/24", NULL, "Ethernet0/0"),
		route(ROUTE_LOCAL, "10.10.1.1/32", NULL, "Ethernet0/0"),
		route(ROUTE_CONNECTED, "10.10.3.1/32", NULL, "Loopback0"),
		route(ROUTE_LOCAL, "10.10.3.1/32", NULL, "Loopback0"),
		route(ROUTE_STATIC, "10.20.0.0/16", "10.10.1.2", ""),
		route(ROUTE_STATIC, "10.20.0.0/16", "10.10.1.3", "Ethernet0/0"),
		route(ROUTE_STATIC, "172.16.5.0/24", NULL, "Tunnel23"),
		route(ROUTE_STATIC, "192.168.7.0/24", "10.10.1.2", ""),
	};

	memcpy(table, t, sizeof(t));
	table[6].best = false;
	table[9].tag = 77;
	fake_session_clear(&s);
}

#define COUNT (sizeof(table) / sizeof(table[0]))

static void to(const char *address)
{
	struct ip_addr a = ip(address);

	fill_table();
	print_ip_route_to(&s, table, COUNT, &a);
}

static void one_route(void)
{
	to("10.10.1.77");
	PRINTED("Routing entry for 10.10.1.0/24\n"
		"  Known via \"connected\", distance 0, metric 0 (connected, via interface)\n"
		"  Routing Descriptor Blocks:\n"
		"  * directly connected, via Ethernet0/0\n"
		"      Route metric is 0, traffic share count is 1\n");
	to("0.0.0.0");
	PRINTED("Routing entry for 0.0.0.0/0, supernet\n"
		"  Known via \"static\", distance 1, metric 0, candidate default path\n"
		"  Routing Descriptor Blocks:\n"
		"  * 10.10.1.9\n"
		"      Route metric is 0, traffic share count is 1\n");
	to("10.20.3.4");
	PRINTED("Routing entry for 10.20.0.0/16\n"
		"  Known via \"static\", distance 1, metric 0\n"
		"  Routing Descriptor Blocks:\n"
		"    10.10.1.2\n"
		"      Route metric is 0, traffic share count is 1\n"
		"  * 10.10.1.3, via Ethernet0/0\n"
		"      Route metric is 0, traffic share count is 1\n");
	to("10.10.3.1");
	PRINTED("Routing entry for 10.10.3.1/32\n"
		"  Known via \"connected\", distance 0, metric 0 (connected, via interface)\n"
		"  Routing Descriptor Blocks:\n"
		"  * directly connected, via Loopback0\n"
		"      Route metric is 0, traffic share count is 1\n");
	to("192.168.7.1");
	PRINTED("Routing entry for 192.168.7.0/24\n"
		"  Known via \"static\", distance 1, metric 0\n"
		"  Tag 77\n"
		"  Routing Descriptor Blocks:\n"
		"  * 10.10.1.2\n"
		"      Route metric is 0, traffic share count is 1\n"
		"      Route tag 77\n");
	to("9.1.1.1");
	HAS("Routing entry for 8.0.0.0/7, supernet\n"
	    "  Known via \"static\", distance 1, metric 0 (connected)\n"
	    "  Routing Descriptor Blocks:\n"
	    "  * directly connected, via Null0\n");
}

static void a_route_that_is_not_there(void)
{
	to("10.77.0.1");
	PRINTED("% Subnet not in table\n");
	to("172.16.9.1");
	PRINTED("% Subnet not in table\n");
	to("203.0.113.1"); /* the default route is not looked at */
	PRINTED("% Network not in table\n");
}

static void a_network_with_subnets(void)
{
	to("10.0.0.0");
	PRINTED("Routing entry for 10.0.0.0/8, 4 known subnets\n"
		"  Attached (4 connections)\n"
		"  Variably subnetted with 3 masks\n"
		"C        10.10.1.0/24 is directly connected, Ethernet0/0\n"
		"L        10.10.1.1/32 is directly connected, Ethernet0/0\n"
		"C        10.10.3.1/32 is directly connected, Loopback0\n"
		"S        10.20.0.0/16 [1/0] via 10.10.1.2\n"
		"S        10.20.0.0/16 [1/0] via 10.10.1.3, Ethernet0/0\n");
}

static void with_a_mask(void)
{
	struct ip_prefix p = prefix("10.10.1.0/24"), q = prefix("10.10.1.0/25"), r = prefix("203.0.113.0/24");

	fill_table();
	print_ip_route_entry(&s, table, COUNT, &p);
	HAS("Routing entry for 10.10.1.0/24\n");
	fill_table();
	print_ip_route_entry(&s, table, COUNT, &q);
	PRINTED("% Subnet not in table\n");
	fill_table();
	print_ip_route_entry(&s, table, COUNT, &r);
	PRINTED("% Network not in table\n");
}

static bool is_static(const struct router_route *t, const void *what)
{
	(void)what;
	return t->kind == ROUTE_STATIC;
}

static void some_routes(void)
{
	fill_table();
	print_ip_routes_of(&s, table, COUNT, is_static, NULL);
	HAS("Gateway of last resort is 10.10.1.9 to network 0.0.0.0\n"
	    "\n"
	    "S*    0.0.0.0/0 [1/0] via 10.10.1.9\n"
	    "S     8.0.0.0/7 is directly connected, Null0\n"
	    "      10.0.0.0/8 is variably subnetted, 4 subnets, 3 masks\n"
	    "S        10.20.0.0/16 [1/0] via 10.10.1.2\n"
	    "                      [1/0] via 10.10.1.3, Ethernet0/0\n"
	    "      172.16.0.0/24 is subnetted, 1 subnets\n"
	    "S        172.16.5.0 is directly connected, Tunnel23\n"
	    "S     192.168.7.0/24 [1/0] via 10.10.1.2\n");
	CU_ASSERT_PTR_NULL(strstr(s.text, "C        "));
}

static void route_summary(void)
{
	fill_table();
	print_ip_route_summary(&s, table, COUNT);
	HAS("IP routing table name is default (0x0)\n"
	    "IP routing table maximum-paths is 32\n"
	    "Route Source    Networks    Subnets     Replicates  Overhead    Memory (bytes)\n"
	    "connected       0           4           0           0           ");
	HAS("\nstatic          3           3           0           0           ");
	HAS("\ninternal        2                                               0\n"
	    "Total           5           7           0           0           ");
}

static void one_ipv6_route(void)
{
	struct router_route t[] = {
		route(ROUTE_STATIC, "::/0", "2001:DB8::9", ""),
		route(ROUTE_CONNECTED, "2001:DB8::/64", NULL, "Ethernet0/0"),
		route(ROUTE_LOCAL, "2001:DB8::2/128", NULL, "Ethernet0/0"),
		route(ROUTE_STATIC, "2001:DB8:7::/48", "FE80::9", "Ethernet0/0"),
	};
	struct ip_prefix p = prefix("2001:DB8::77/128"), q = prefix("2001:DB8:7::/64");

	fake_session_clear(&s);
	t[1].since_ms = 601000;
	print_ipv6_route_entry(&s, t, 4, &p, false);
	PRINTED("Routing entry for 2001:DB8::/64\n"
		"  Known via \"connected\", distance 0, metric 0, type connected\n"
		"  Route count is 1/1, share count 0\n"
		"  Routing paths:\n"
		"    directly connected via Ethernet0/0\n"
		"      Last updated 00:10:01 ago\n");
	fake_session_clear(&s);
	print_ipv6_route_entry(&s, t, 4, &q, true);
	PRINTED("% Route not found\n");
	fake_session_clear(&s);
	q.len = 48;
	print_ipv6_route_entry(&s, t, 4, &q, true);
	HAS("    FE80::9, Ethernet0/0\n");
	fake_session_clear(&s);
	p = prefix("2001:DB8::2/128");
	print_ipv6_route_entry(&s, t, 4, &p, false);
	HAS("type receive\n");
	HAS("    receive via Ethernet0/0\n");
}

static const struct unit_test tests[] = {
	{ "show arp", arp },
	{ "show ipv6 neighbors", ipv6_neighbors },
	{ "show ip interface", ip_interface },
	{ "show ipv6 interface", ipv6_interface },
	{ "show interfaces description", descriptions },
	{ "show interfaces summary", summary },
	{ "what is configured of a link", what_is_configured_of_a_link },
	{ "one route", one_route },
	{ "a route that is not there", a_route_that_is_not_there },
	{ "a network with subnets", a_network_with_subnets },
	{ "a route with a mask", with_a_mask },
	{ "show ip route static", some_routes },
	{ "show ip route summary", route_summary },
	{ "one IPv6 route", one_ipv6_route },
};

UNIT_MAIN("show net", tests)
