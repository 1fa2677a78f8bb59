/* show interfaces, show ip|ipv6 interface brief, show ip|ipv6 route against tests/golden/show. */
#include "shell/print_ip.h"
#include "shell/show.h"
#include "tests/unit/addr.h"
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct session s;

#define PRINTS(file) CU_ASSERT_TRUE(fake_session_matches(&s, file))

static struct show_interface interface(const char *name, enum if_type type, bool up, const char *address)
{
	struct show_interface i = { 0 };

	snprintf(i.info.name, sizeof(i.info.name), "%s", name);
	i.info.type = i.config.type = type;
	i.info.link_up = i.info.protocol_up = up;
	i.info.admin_down = !up;
	i.info.last_input_s = i.info.last_output_s = i.info.cleared_s = UINT64_MAX;
	i.info.mtu = 1500;
	if (address) {
		i.own_ipv4 = prefix(address);
		i.ipv4 = i.own_ipv4.addr;
	}
	return i;
}

static void an_ethernet_interface(void)
{
	struct show_interface i = interface("Ethernet0/0", IF_ETHERNET, true, "10.10.1.1/24");
	static const uint8_t mac[] = { 0xaa, 0xbb, 0xcc, 0x00, 0x29, 0x00 };

	fake_session_clear(&s);
	memcpy(i.info.mac, mac, sizeof(mac));
	i.info.has_mac = true;
	strcpy(i.description, "Link to SW2");
	i.info.last_input_s = 1;
	i.info.last_output_s = 4;
	i.info.rx_packets = 274;
	i.info.rx_octets = 17822;
	i.info.tx_packets = 59;
	i.info.tx_octets = 6766;
	i.info.resets = 1;
	i.info.wrong_family = 3;
	/* the kernel counts no broadcasts apart from multicasts */
	i.info.rx_multicast = 229;
	print_interface(&s, &i);
	PRINTS("interface_ethernet.txt");
	fake_session_clear(&s);
	i.info.rx_errors = 2;
	i.info.rx_no_buffer = 5;
	print_interface(&s, &i);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "     274 packets input, 17822 bytes, 5 no buffer\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "     7 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored\n"));
}

static void a_tunnel(void)
{
	struct show_interface i = interface("Tunnel23", IF_TUNNEL, true, "192.168.23.2/24");

	fake_session_clear(&s);
	i.info.mtu = i.info.transport_mtu = 1422;
	i.info.tunnel_source = ip("2001:db8::2");
	strcpy(i.config.tunnel.source_if, "Ethernet0/0");
	strcpy(i.config.tunnel.profile, "PRO");
	i.config.tunnel.destination = ip("2001:db8::3");
	i.config.tunnel.mode = TUNNEL_IPSEC_IPV6;
	i.source_members = 2;
	i.info.last_input_s = 3;
	i.info.last_output_s = 26 * 3600 + 59;
	i.info.input_rate_pps = i.info.output_rate_pps = 1;
	i.info.output_rate_bps = 1000;
	i.info.rx_packets = 407;
	i.info.rx_octets = 30010;
	i.info.tx_packets = 409;
	i.info.tx_octets = 30290;
	i.info.wrong_family = 2;
	print_interface(&s, &i);
	PRINTS("interface_tunnel.txt");
}

static void a_tunnel_that_lacks_everything(void)
{
	struct show_interface i = interface("Tunnel0", IF_TUNNEL, false, NULL);

	fake_session_clear(&s);
	strcpy(i.config.unnumbered, "Loopback0");
	i.ipv4 = ip("10.1.1.1");
	print_interface(&s, &i);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "Tunnel0 is administratively down, line protocol is down \n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "  Interface is unnumbered. Using address of Loopback0 (10.1.1.1)\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "  Tunnel source UNKNOWN, destination UNKNOWN\n"
					      "  Tunnel protocol/transport GRE/IP\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "  Last input never, output never, output hang never\n"));
	CU_ASSERT_PTR_NULL(strstr(s.text, "IPSec"));
}

static void a_loopback(void)
{
	struct show_interface i = interface("Loopback0", IF_LOOPBACK, true, "1.1.1.1/32");

	fake_session_clear(&s);
	i.info.has_mac = true;
	i.info.mtu = 1514;
	print_interface(&s, &i);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "Loopback0 is up, line protocol is up \n"
					      "  Hardware is Loopback\n"
					      "  Internet address is 1.1.1.1/32\n"
					      "  MTU 1514 bytes, BW 8000000 Kbit/sec, DLY 5000 usec, \n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "  Encapsulation LOOPBACK, loopback not set\n"
					      "  Keepalive set (10 sec)\n"
					      "  Last input never"));
}

static void ip_brief(void)
{
	struct show_interface i[] = {
		interface("Ethernet0/0", IF_ETHERNET, true, "10.10.1.1/24"),
		interface("Ethernet0/1", IF_ETHERNET, false, NULL),
		interface("Loopback0", IF_LOOPBACK, true, "10.10.3.1/24"),
		interface("Tunnel1", IF_TUNNEL, true, NULL),
		interface("Tunnel2", IF_TUNNEL, false, NULL),
	};

	fake_session_clear(&s);
	i[1].saved = i[2].saved = true;
	strcpy(i[3].config.unnumbered, "Loopback0");
	i[3].ipv4 = i[2].ipv4;
	i[3].info.protocol_up = false;
	i[4].info.admin_down = false;
	print_ip_brief(&s, i, 5);
	PRINTS("ip_brief.txt");
}

static void ipv6_brief(void)
{
	struct show_interface i[] = {
		interface("TenGigabitEthernet1/1", IF_ETHERNET, true, NULL),
		interface("TenGigabitEthernet2/2", IF_ETHERNET, true, NULL),
		interface("TenGigabitEthernet2/6", IF_ETHERNET, true, NULL),
		interface("TenGigabitEthernet3/10", IF_ETHERNET, false, NULL),
		interface("TenGigabitEthernet3/12", IF_ETHERNET, false, NULL),
		interface("Vlan76", IF_ETHERNET, true, NULL),
	};

	fake_session_clear(&s);
	i[0].info.link_local = i[5].info.link_local = ip("FE80::333:3333:3333:3333");
	i[0].ipv6[i[0].ipv6_count++].prefix = prefix("2A01:3333:3333::5/64");
	i[5].ipv6[i[5].ipv6_count++].prefix = prefix("2A01:3333:3333:33::1/64");
	i[5].ipv6[i[5].ipv6_count++].prefix = prefix("2A01:3333:3333:33::2/64");
	i[2].info.protocol_up = false;
	i[4].info.admin_down = false;
	print_ipv6_brief(&s, i, 6);
	PRINTS("ipv6_brief.txt");
}

static struct router_route route(enum router_route_kind kind, const char *to, const char *via, const char *ifname)
{
	struct router_route t = { .kind = kind, .prefix = prefix(to), .distance = kind == ROUTE_STATIC };

	if (via)
		t.via = ip(via);
	snprintf(t.ifname, sizeof(t.ifname), "%s", ifname);
	return t;
}

static void ip_routes(void)
{
	struct router_route t[] = {
		route(ROUTE_CONNECTED, "10.10.1.0/24", NULL, "Ethernet0/0"),
		route(ROUTE_LOCAL, "10.10.1.1/32", NULL, "Ethernet0/0"),
		route(ROUTE_CONNECTED, "10.10.3.0/24", NULL, "Loopback0"),
		route(ROUTE_LOCAL, "10.10.3.1/32", NULL, "Loopback0"),
	};

	fake_session_clear(&s);
	print_ip_routes(&s, t, 4);
	PRINTS("ip_route.txt");
}

static void static_ip_routes(void)
{
	struct router_route t[] = {
		route(ROUTE_STATIC, "0.0.0.0/0", "10.0.12.2", ""),
		route(ROUTE_STATIC, "2.2.2.2/32", "10.1.2.2", "GigabitEthernet0/1"),
		route(ROUTE_STATIC, "2.2.2.2/32", "10.2.2.2", "GigabitEthernet0/0"),
		route(ROUTE_STATIC, "10.0.0.0/8", NULL, "Tunnel1"),
		route(ROUTE_CONNECTED, "10.0.12.0/24", NULL, "Ethernet0/0"),
		route(ROUTE_LOCAL, "10.0.12.1/32", NULL, "Ethernet0/0"),
		route(ROUTE_CONNECTED, "10.4.1.1/32", NULL, "Loopback0"),
		route(ROUTE_LOCAL, "10.4.1.1/32", NULL, "Loopback0"),
		route(ROUTE_STATIC, "172.16.0.0/16", "10.0.12.2", "Ethernet0/0"),
		route(ROUTE_STATIC, "192.168.0.0/16", NULL, "Null0"),
	};
	char *gateway;

	fake_session_clear(&s);
	t[8].distance = 200;
	print_ip_routes(&s, t, 10);
	gateway = strstr(s.text, "Gateway");
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	s.octets -= (size_t)(gateway - s.text);
	memmove(s.text, gateway, s.octets + 1);
	PRINTS("ip_route_static.txt");
}

static void ipv6_routes(void)
{
	struct router_route t[] = {
		route(ROUTE_CONNECTED, "2001:1:1:1::1/128", NULL, "Loopback0"),
		route(ROUTE_LOCAL, "2001:1:1:1::1/128", NULL, "Loopback0"),
		route(ROUTE_STATIC, "2001:2:2:2::2/128", "2001:10:1:2::2", "GigabitEthernet0/0"),
		route(ROUTE_STATIC, "2001:2:2:2::2/128", "2001:20:1:2::2", "GigabitEthernet0/1"),
		route(ROUTE_STATIC, "2001:3:3:3::3/128", NULL, "GigabitEthernet0/2"),
		route(ROUTE_STATIC, "2001:3:3:3::3/128", NULL, "GigabitEthernet0/3"),
		route(ROUTE_CONNECTED, "2001:DB8::/64", NULL, "Ethernet0/0"),
		route(ROUTE_LOCAL, "2001:DB8::2/128", NULL, "Ethernet0/0"),
	};

	fake_session_clear(&s);
	print_ipv6_routes(&s, t, 8, true);
	PRINTS("ipv6_route.txt");
	fake_session_clear(&s);
	print_ipv6_routes(&s, NULL, 0, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "IPv6 Routing Table - default - 0 entries\n"));
	CU_ASSERT_PTR_NULL(strstr(s.text, "FF00"));
}

static void ages(void)
{
	char text[SHOW_TIME_SIZE];

	CU_ASSERT_STRING_EQUAL(show_age(0, text), "00:00:00");
	CU_ASSERT_STRING_EQUAL(show_age(86399, text), "23:59:59");
	CU_ASSERT_STRING_EQUAL(show_age(3 * 86400 + 18 * 3600, text), "3d18h");
	CU_ASSERT_STRING_EQUAL(show_age(7 * 86400, text), "1w0d");
	CU_ASSERT_STRING_EQUAL(show_age(55ull * 7 * 86400, text), "1y3w");
	CU_ASSERT_STRING_EQUAL(show_hms(100 * 3600 + 1, text), "100:00:01");
}

static const struct unit_test tests[] = {
	{ "an Ethernet interface", an_ethernet_interface },
	{ "a Tunnel", a_tunnel },
	{ "a Tunnel that lacks everything", a_tunnel_that_lacks_everything },
	{ "a Loopback", a_loopback },
	{ "show ip interface brief", ip_brief },
	{ "show ipv6 interface brief", ipv6_brief },
	{ "show ip route", ip_routes },
	{ "static IPv4 routes", static_ip_routes },
	{ "show ipv6 route", ipv6_routes },
	{ "ages", ages },
};

UNIT_MAIN("show ip", tests)
