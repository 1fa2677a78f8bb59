/* `show interfaces`, `show ip interface brief`, `show ipv6 interface brief`. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

enum { TUNNEL_MTU_ABOVE_TRANSPORT = 16440, LOOPBACK_MTU = 1514 };

/* What IOS takes for granted about each type. */
static const struct if_kind {
	enum if_type type;
	const char *hardware, *encapsulation;
	unsigned bandwidth_kbit, delay_us;
	bool keepalive;
	unsigned output_queue;
} kinds[] = {
	{ IF_ETHERNET, "AmdP2", "ARPA", 10000, 1000, true, 40 },
	{ IF_FASTETHERNET, "AmdFE", "ARPA", 100000, 100, true, 40 },
	{ IF_GIGABITETHERNET, "iGbE", "ARPA", 1000000, 10, true, 40 },
	{ IF_LOOPBACK, "Loopback", "LOOPBACK", 8000000, 5000, true, 0 },
	{ IF_TUNNEL, "Tunnel", "TUNNEL", 100, 50000, false, 0 },
	{ IF_VIRTUAL_TEMPLATE, "Virtual Template interface", "TUNNEL", 100, 50000, false, 0 },
	{ IF_VIRTUAL_ACCESS, "Virtual Access interface", "TUNNEL", 100, 50000, false, 0 },
};

static const struct if_kind *kind_of(enum if_type type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return &kinds[0];
}

static const char *link_text(const struct router_if_info *i)
{
	return i->admin_down ? "administratively down" : i->link_up ? "up" : "down";
}

static const char *protocol_text(const struct router_if_info *i)
{
	return i->protocol_up ? "up" : "down";
}

/* "aabb.cc00.2900" */
static const char *mac_text(const uint8_t mac[6], char buf[16])
{
	snprintf(buf, 16, "%02x%02x.%02x%02x.%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

/* A share of 255, never 0. */
static unsigned load(uint64_t bps, unsigned bandwidth_kbit)
{
	uint64_t share = bps * 255 / ((uint64_t)bandwidth_kbit * 1000);

	return share < 1 ? 1 : share > 255 ? 255 : (unsigned)share;
}

static void print_address(struct session *s, const struct show_interface *i)
{
	char addr[IP_TEXT_SIZE];

	if (*i->config.unnumbered)
		session_line(s, "  Interface is unnumbered. Using address of %s (%s)", i->config.unnumbered,
			     i->ipv4.family ? ip_text(&i->ipv4, addr) : "0.0.0.0");
	else if (i->own_ipv4.addr.family)
		session_line(s, "  Internet address is %s/%u", ip_text(&i->own_ipv4.addr, addr), i->own_ipv4.len);
}

static void print_tunnel(struct session *s, const struct show_interface *i)
{
	const struct router_if_info *info = &i->info;
	char source[IP_TEXT_SIZE + CONFIG_IFNAME_SIZE + 4] = "UNKNOWN", dest[IP_TEXT_SIZE] = "UNKNOWN";
	char addr[IP_TEXT_SIZE];
	const char *name = i->config.tunnel.source_if, *transport = "GRE/IP";

	if (info->tunnel_source.family)
		ip_text(&info->tunnel_source, addr);
	else if (i->config.tunnel.source.family)
		ip_text(&i->config.tunnel.source, addr);
	else
		strcpy(addr, "0.0.0.0");
	if (*name)
		snprintf(source, sizeof(source), "%s (%s)", addr, name);
	else if (i->config.tunnel.source.family || info->tunnel_source.family)
		snprintf(source, sizeof(source), "%s", addr);
	if (i->config.tunnel.destination.family)
		ip_text(&i->config.tunnel.destination, dest);
	else if (info->tunnel_destination.family)
		ip_text(&info->tunnel_destination, dest);
	session_line(s, "  Tunnel source %s, destination %s", source, dest);
	if (*name) {
		session_line(s, "   Tunnel Subblocks:");
		session_line(s, "      src-track:");
		session_line(s, "         %s source tracking subblock associated with %s", info->name, name);
		session_line(
			s,
			"          Set of tunnels with source %s, %u member%s (includes iterators), on interface <OK>",
			name, i->source_members, i->source_members == 1 ? "" : "s");
	}
	if (i->config.tunnel.mode == TUNNEL_IPSEC_IPV4)
		transport = "IPSEC/IP";
	else if (i->config.tunnel.mode == TUNNEL_IPSEC_IPV6)
		transport = "IPSEC/IPV6";
	session_line(s, "  Tunnel protocol/transport %s", transport);
	if (i->config.tunnel.mode == TUNNEL_GRE_IP) {
		session_line(s, "    Key disabled, sequencing disabled");
		session_line(s, "    Checksumming of packets disabled");
	}
	session_line(s, "  Tunnel TTL 255");
	session_line(s, "  Tunnel transport MTU %u bytes", info->transport_mtu);
	session_line(s, "  Tunnel transmit bandwidth 8000 (kbps)");
	session_line(s, "  Tunnel receive bandwidth 8000 (kbps)");
	if (*i->config.tunnel.profile)
		session_line(s, "  Tunnel protection via IPSec (profile \"%s\")", i->config.tunnel.profile);
}

static const char *ago(uint64_t seconds, char buf[SHOW_TIME_SIZE])
{
	return seconds == UINT64_MAX ? "never" : show_age(seconds, buf);
}

static void print_counters(struct session *s, const struct router_if_info *i, const struct if_kind *k)
{
	bool ethernet = strcmp(k->encapsulation, "ARPA") == 0;
	char in[SHOW_TIME_SIZE], out[SHOW_TIME_SIZE], cleared[SHOW_TIME_SIZE];

	session_line(s, "  Last input %s, output %s, output hang never", ago(i->last_input_s, in),
		     ago(i->last_output_s, out));
	session_line(s, "  Last clearing of \"show interface\" counters %s", ago(i->cleared_s, cleared));
	session_line(s, "  Input queue: 0/75/%llu/0 (size/max/drops/flushes); Total output drops: %llu",
		     (unsigned long long)i->rx_dropped, (unsigned long long)i->tx_dropped);
	session_line(s, "  Queueing strategy: fifo");
	session_line(s, "  Output queue: 0/%u (size/max)", k->output_queue);
	session_line(s, "  5 minute input rate %llu bits/sec, %llu packets/sec", (unsigned long long)i->input_rate_bps,
		     (unsigned long long)i->input_rate_pps);
	session_line(s, "  5 minute output rate %llu bits/sec, %llu packets/sec",
		     (unsigned long long)i->output_rate_bps, (unsigned long long)i->output_rate_pps);
	session_line(s, "     %llu packets input, %llu bytes, 0 no buffer", (unsigned long long)i->rx_packets,
		     (unsigned long long)i->rx_octets);
	session_line(s, "     Received %llu broadcasts (%llu IP multicasts)", (unsigned long long)i->rx_multicast,
		     (unsigned long long)i->rx_multicast);
	session_line(s, "     0 runts, 0 giants, 0 throttles ");
	session_line(s, "     %llu input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored%s",
		     (unsigned long long)i->rx_errors, ethernet ? "" : ", 0 abort");
	if (ethernet)
		session_line(s, "     0 input packets with dribble condition detected");
	session_line(s, "     %llu packets output, %llu bytes, 0 underruns", (unsigned long long)i->tx_packets,
		     (unsigned long long)i->tx_octets);
	session_line(s, "     %llu output errors, 0 collisions, %u interface resets", (unsigned long long)i->tx_errors,
		     i->resets);
	session_line(s, "     %llu unknown protocol drops", (unsigned long long)i->wrong_family);
	if (ethernet) {
		session_line(s, "     0 babbles, 0 late collision, 0 deferred");
		session_line(s, "     0 lost carrier, 0 no carrier");
	}
	session_line(s, "     0 output buffer failures, 0 output buffers swapped out");
}

static bool is_tunnel(const struct router_if_info *info)
{
	return info->type == IF_VIRTUAL_ACCESS || if_type_has_tunnel(info->type);
}

/* The MTU of a tunnel stands 16440 octets above its transport's in every capture, GRE or IPsec. */
static unsigned mtu_of(const struct router_if_info *info)
{
	if (is_tunnel(info) && info->transport_mtu)
		return info->transport_mtu + TUNNEL_MTU_ABOVE_TRANSPORT;
	return info->type == IF_LOOPBACK ? LOOPBACK_MTU : info->mtu;
}

void print_interface(struct session *s, const struct show_interface *i)
{
	const struct router_if_info *info = &i->info;
	const struct if_kind *k = kind_of(info->type);
	char mac[16];

	session_line(s, "%s is %s, line protocol is %s ", info->name, link_text(info), protocol_text(info));
	if (info->has_mac && !if_type_is_logical(info->type))
		session_line(s, "  Hardware is %s, address is %s (bia %s)", k->hardware, mac_text(info->mac, mac), mac);
	else
		session_line(s, "  Hardware is %s", k->hardware);
	if (*i->description)
		session_line(s, "  Description: %s", i->description);
	print_address(s, i);
	session_line(s, "  MTU %u bytes, BW %u Kbit/sec, DLY %u usec, ", mtu_of(info), k->bandwidth_kbit, k->delay_us);
	session_line(s, "     reliability 255/255, txload %u/255, rxload %u/255",
		     load(info->output_rate_bps, k->bandwidth_kbit), load(info->input_rate_bps, k->bandwidth_kbit));
	if (info->type == IF_VIRTUAL_ACCESS) {
		session_line(s, "  Encapsulation %s", k->encapsulation);
		session_line(s, "  Tunnel vaccess, cloned from %s", info->config_name);
		session_line(s, "  Vaccess status 0x4, loopback not set");
	} else {
		session_line(s, "  Encapsulation %s, loopback not set", k->encapsulation);
	}
	session_line(s, "  Keepalive %s", k->keepalive ? "set (10 sec)" : "not set");
	if (is_tunnel(info))
		print_tunnel(s, i);
	else if (info->type != IF_LOOPBACK)
		session_line(s, "  ARP type: ARPA, ARP Timeout 04:00:00");
	print_counters(s, info, k);
}

/* Where the address comes from: "TFTP" is what IOS says of an unnumbered interface. */
static const char *method(const struct show_interface *i)
{
	if (*i->config.unnumbered)
		return "TFTP";
	if (i->saved)
		return "NVRAM";
	return i->own_ipv4.addr.family ? "manual" : "unset";
}

void print_ip_brief(struct session *s, const struct show_interface *i, size_t count)
{
	session_line(s, "Interface                  IP-Address      OK? Method Status                Protocol");
	for (; count; count--, i++) {
		char addr[IP_TEXT_SIZE] = "unassigned";

		if (i->ipv4.family)
			ip_text(&i->ipv4, addr);
		session_line(s, "%-26s %-15s %-3s %-6s %-21s %-8s", i->info.name, addr, "YES", method(i),
			     link_text(&i->info), protocol_text(&i->info));
	}
}

void print_ipv6_brief(struct session *s, const struct show_interface *i, size_t count)
{
	for (; count; count--, i++) {
		char addr[IP_TEXT_SIZE];

		session_line(s, "%-22s [%s/%s]", i->info.name, link_text(&i->info), protocol_text(&i->info));
		if (i->info.link_local.family)
			session_line(s, "    %s", ip_text(&i->info.link_local, addr));
		for (unsigned k = 0; k < i->ipv6_count; k++)
			session_line(s, "    %s", ip_text(&i->ipv6[k], addr));
		if (!i->info.link_local.family && !i->ipv6_count)
			session_line(s, "    unassigned");
	}
}
