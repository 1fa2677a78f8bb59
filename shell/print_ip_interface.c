/* `show ip interface` and `show ipv6 interface`. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

/* Words of features, as "Access List, MCI Check". */
static void print_features(struct session *s, const char *label, bool access_list, const char *always)
{
	if (access_list || *always)
		session_line(s, "  %s features: %s%s%s", label, access_list ? "Access List" : "",
			     access_list && *always ? ", " : "", always);
}

static void print_list(struct session *s, const char *label, const char *name)
{
	if (*name)
		session_line(s, "  %s access list is %s", label, name);
	else
		session_line(s, "  %s access list is not set", label);
}

static void print_ip_addresses(struct session *s, const struct show_interface *i)
{
	bool unnumbered = *i->config.unnumbered != '\0';
	char addr[IP_TEXT_SIZE];

	if (unnumbered)
		session_line(s, "  Interface is unnumbered. Using address of %s (%s)", i->config.unnumbered,
			     i->ipv4.family ? ip_text(&i->ipv4, addr) : "0.0.0.0");
	else
		session_line(s, "  Internet address is %s/%u", ip_text(&i->own_ipv4.addr, addr), i->own_ipv4.len);
	session_line(s, "  Broadcast address is 255.255.255.255");
	if (!unnumbered)
		session_line(s, "  Address determined by %s", i->saved ? "non-volatile memory" : "setup command");
	session_line(s, "  MTU is %u bytes", print_ip_mtu(i, 4));
	session_line(s, "  Helper address is not set");
	session_line(s, "  Directed broadcast forwarding is disabled");
	for (unsigned k = 0; k < i->secondary_count; k++)
		session_line(s, "  Secondary address %s/%u", ip_text(&i->secondary[k].addr, addr), i->secondary[k].len);
}

static void print_switching(struct session *s, bool tunnel)
{
	session_line(s, "  IP fast switching is enabled");
	session_line(s, "  IP fast switching on the same interface is disabled");
	session_line(s, "  IP Flow switching is disabled");
	session_line(s, "  IP CEF switching is enabled");
	session_line(s, "  IP CEF switching turbo vector");
	if (tunnel)
		session_line(s, "  IP Null turbo vector");
	session_line(s, "  IP multicast fast switching is enabled");
	session_line(s, "  IP multicast distributed fast switching is disabled");
	session_line(s, "  IP route-cache flags are Fast, CEF");
	session_line(s, "  Router Discovery is disabled");
	session_line(s, "  IP output packet accounting is disabled");
	session_line(s, "  IP access violation accounting is disabled");
	session_line(s, "  TCP/IP header compression is disabled");
	session_line(s, "  RTP/IP header compression is disabled");
	session_line(s, "  Policy routing is disabled");
	session_line(s, "  Network address translation is disabled");
	session_line(s, "  BGP Policy Mapping is disabled");
}

void print_ip_interface(struct session *s, const struct show_interface *i)
{
	const char *in = i->config.access_group[ACL_IN], *out = i->config.access_group[ACL_OUT];

	session_line(s, "%s is %s, line protocol is %s", i->info.name, print_link_text(&i->info),
		     print_protocol_text(&i->info));
	if (!i->own_ipv4.addr.family && !*i->config.unnumbered) {
		session_line(s, "  Internet protocol processing disabled");
		return;
	}
	print_ip_addresses(s, i);
	print_list(s, "Outgoing", out);
	print_list(s, "Inbound ", in);
	session_line(s, "  Proxy ARP is %s", i->config.no_proxy_arp ? "disabled" : "enabled");
	session_line(s, "  Local Proxy ARP is disabled");
	session_line(s, "  Security level is default");
	session_line(s, "  Split horizon is enabled");
	session_line(s, "  ICMP redirects are %s sent", i->config.no_redirects ? "never" : "always");
	session_line(s, "  ICMP unreachables are %s sent", i->config.no_unreachables ? "never" : "always");
	session_line(s, "  ICMP mask replies are never sent");
	print_switching(s, i->info.type == IF_VIRTUAL_ACCESS || if_type_has_tunnel(i->info.type));
	print_features(s, "Input", *in, "MCI Check");
	print_features(s, "Output", *out, "");
	session_line(s, "  IPv4 WCCP Redirect outbound is disabled");
	session_line(s, "  IPv4 WCCP Redirect inbound is disabled");
	session_line(s, "  IPv4 WCCP Redirect exclude is disabled");
}

/* --- IPv6 ---- */

/* RFC 4291 2.7.1: FF02::1:FF00:0/104 and the address's last 24 bits. */
static struct ip_addr solicited_node(const struct ip_addr *a)
{
	struct ip_addr group;

	ip_parse6("FF02::1:FF00:0", &group);
	memcpy(&group.octets[13], &a->octets[13], 3);
	return group;
}

static int by_octets(const void *a, const void *b)
{
	return memcmp(((const struct ip_addr *)a)->octets, ((const struct ip_addr *)b)->octets, 16);
}

/* Those that the addresses and the router's role bring with them. */
static void print_groups(struct session *s, const struct show_interface *i, bool tunnel)
{
	struct show_list groups = SHOW_LIST(struct ip_addr);
	struct ip_addr *g;
	char addr[IP_TEXT_SIZE];

	session_line(s, "  Joined group address(es):");
	session_line(s, "    FF02::1");
	/* a tunnel device joins none, which its peer would hear of */
	if (i->ipv6_router && !tunnel)
		session_line(s, "    FF02::2");
	if (i->info.link_local.family && (g = show_list_add(&groups)))
		*g = solicited_node(&i->info.link_local);
	for (unsigned k = 0; k < i->ipv6_count; k++)
		if ((g = show_list_add(&groups)))
			*g = solicited_node(&i->ipv6[k].prefix.addr);
	show_list_sort(&groups, by_octets);
	g = groups.items;
	for (size_t k = 0; k < groups.count; k++)
		if (!k || !ip_equal(&g[k], &g[k - 1]))
			session_line(s, "    %s", ip_text(&g[k], addr));
	show_list_free(&groups);
}

static void print_ipv6_addresses(struct session *s, const struct show_interface *i)
{
	char addr[IP_TEXT_SIZE], subnet[IP_TEXT_SIZE];

	session_line(s, "  IPv6 is enabled, link-local address is %s ", ip_text(&i->info.link_local, addr));
	session_line(s, "  No Virtual link-local address(es):");
	if (*i->description)
		session_line(s, "  Description: %s", i->description);
	session_line(s, i->ipv6_count ? "  Global unicast address(es):" : "  No global unicast address is configured");
	for (unsigned k = 0; k < i->ipv6_count; k++) {
		struct ip_prefix net = ip_network(&i->ipv6[k].prefix);

		session_line(s, "    %s, subnet is %s/%u %s", ip_text(&i->ipv6[k].prefix.addr, addr),
			     ip_text(&net.addr, subnet), net.len, i->ipv6[k].eui64 ? "[EUI]" : "");
	}
}

/* This router asks for no addresses of others and advertises itself to nobody. */
static void print_discovery(struct session *s, const struct show_interface *i, bool loopback)
{
	if (loopback)
		session_line(s, "  ND DAD is not supported");
	else
		session_line(s, "  ND DAD is enabled, number of DAD attempts: 0");
	session_line(s, "  ND reachable time is 30000 milliseconds (using 30000)");
	if (!i->ipv6_router) {
		session_line(s, "  ND NS retransmit interval is 1000 milliseconds");
		return;
	}
	session_line(s, "  ND advertised reachable time is 0 (unspecified)");
	session_line(s, "  ND advertised retransmit interval is 0 (unspecified)");
	session_line(s, "  ND router advertisements live for 1800 seconds");
	session_line(s, "  ND advertised default router preference is Medium");
	session_line(s, "  ND RAs are suppressed (all)");
	session_line(s, "  Hosts use stateless autoconfig for addresses.");
}

void print_ipv6_interface(struct session *s, const struct show_interface *i)
{
	const char *in = i->config.traffic_filter[ACL_IN], *out = i->config.traffic_filter[ACL_OUT];
	bool tunnel = i->info.type == IF_VIRTUAL_ACCESS || if_type_has_tunnel(i->info.type);

	session_line(s, "%s is %s, line protocol is %s", i->info.name, print_link_text(&i->info),
		     print_protocol_text(&i->info));
	print_ipv6_addresses(s, i);
	print_groups(s, i, tunnel);
	session_line(s, "  MTU is %u bytes", print_ip_mtu(i, 6));
	session_line(s, "  ICMP error messages limited to one every 100 milliseconds");
	session_line(s, "  ICMP redirects are enabled");
	session_line(s, "  ICMP unreachables are sent");
	print_features(s, "Input", *in, "");
	print_features(s, "Output", *out, "");
	if (*in)
		session_line(s, "  Inbound access list %s", in);
	if (*out)
		session_line(s, "  Outgoing access list %s", out);
	print_discovery(s, i, i->info.type == IF_LOOPBACK);
}
