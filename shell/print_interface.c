/* `show interfaces`. */
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

const char *print_link_text(const struct router_if_info *i)
{
	return i->admin_down ? "administratively down" : i->link_up ? "up" : "down";
}

const char *print_protocol_text(const struct router_if_info *i)
{
	return i->protocol_up ? "up" : "down";
}

/* A share of 255, never 0. */
static unsigned load(uint64_t bps, unsigned bandwidth_kbit)
{
	uint64_t share = bps * 255 / ((uint64_t)bandwidth_kbit * 1000);

	return share < 1 ? 1 : share > 255 ? 255 : (unsigned)share;
}

/* `bandwidth`, else what `speed` makes of it, else the type's. */
static unsigned bandwidth_of(const struct show_interface *i, const struct if_kind *k)
{
	if (i->config.bandwidth_kbit)
		return i->config.bandwidth_kbit;
	return i->config.speed_mbit > IF_SPEED_AUTO ? i->config.speed_mbit * 1000 : k->bandwidth_kbit;
}

static unsigned delay_of(const struct show_interface *i, const struct if_kind *k)
{
	if (i->config.delay)
		return i->config.delay * 10;
	switch (i->config.speed_mbit) {
	case 10:
		return 1000;
	case 100:
		return 100;
	case 1000:
		return 10;
	default:
		return k->delay_us;
	}
}

/* Duplex and speed as configured; an Ethernet interface of IOS's has neither. */
static void print_wire(struct session *s, const struct show_interface *i)
{
	enum if_duplex duplex = i->config.duplex;
	unsigned speed = i->config.speed_mbit;
	const char *word = duplex == IF_DUPLEX_FULL ? "Full" : duplex == IF_DUPLEX_HALF ? "Half" : "Auto";
	char text[32] = "Auto Speed";

	if (i->info.type == IF_FASTETHERNET) {
		if (speed > IF_SPEED_AUTO)
			snprintf(text, sizeof(text), "%uMb/s", speed);
		session_line(s, "  %s-duplex, %s, 100BaseTX/FX", word, text);
	} else if (i->info.type == IF_GIGABITETHERNET) {
		if (speed > IF_SPEED_AUTO)
			snprintf(text, sizeof(text), "%uMbps", speed);
		session_line(s, "  %s Duplex, %s, link type is %s, media type is RJ45", word, text,
			     speed > IF_SPEED_AUTO ? "force-up" : "auto");
		session_line(s, "  output flow-control is unsupported, input flow-control is unsupported");
	}
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

/* "5 minute", "30 second" */
static const char *interval_text(unsigned window_s, char buf[SHOW_TIME_SIZE])
{
	if (!window_s)
		window_s = IF_LOAD_INTERVAL_DEFAULT_S;
	snprintf(buf, SHOW_TIME_SIZE, "%u %s", window_s % 60 ? window_s : window_s / 60,
		 window_s % 60 ? "second" : "minute");
	return buf;
}

static void print_counters(struct session *s, const struct router_if_info *i, const struct if_kind *k,
			   unsigned window_s)
{
	bool ethernet = strcmp(k->encapsulation, "ARPA") == 0;
	char in[SHOW_TIME_SIZE], out[SHOW_TIME_SIZE], cleared[SHOW_TIME_SIZE], interval[SHOW_TIME_SIZE];

	session_line(s, "  Last input %s, output %s, output hang never", ago(i->last_input_s, in),
		     ago(i->last_output_s, out));
	session_line(s, "  Last clearing of \"show interface\" counters %s", ago(i->cleared_s, cleared));
	session_line(s, "  Input queue: 0/75/%llu/0 (size/max/drops/flushes); Total output drops: %llu",
		     (unsigned long long)i->rx_dropped, (unsigned long long)i->tx_dropped);
	session_line(s, "  Queueing strategy: fifo");
	session_line(s, "  Output queue: 0/%u (size/max)", k->output_queue);
	interval_text(window_s, interval);
	session_line(s, "  %s input rate %llu bits/sec, %llu packets/sec", interval,
		     (unsigned long long)i->input_rate_bps, (unsigned long long)i->input_rate_pps);
	session_line(s, "  %s output rate %llu bits/sec, %llu packets/sec", interval,
		     (unsigned long long)i->output_rate_bps, (unsigned long long)i->output_rate_pps);
	session_line(s, "     %llu packets input, %llu bytes, %llu no buffer", (unsigned long long)i->rx_packets,
		     (unsigned long long)i->rx_octets, (unsigned long long)i->rx_no_buffer);
	session_line(s, "     Received %llu broadcasts (%llu IP multicasts)", (unsigned long long)i->rx_multicast,
		     (unsigned long long)i->rx_multicast);
	session_line(s, "     0 runts, 0 giants, 0 throttles ");
	session_line(s, "     %llu input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored%s",
		     (unsigned long long)i->rx_errors + i->rx_no_buffer, ethernet ? "" : ", 0 abort");
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

unsigned print_ip_mtu(const struct show_interface *i, unsigned family)
{
	unsigned typed = family == 6 ? i->config.ipv6_mtu : i->config.ip_mtu;
	unsigned mtu = is_tunnel(&i->info)           ? i->info.transport_mtu
		       : i->info.type == IF_LOOPBACK ? LOOPBACK_MTU
						     : i->info.mtu;

	return typed && typed < mtu ? typed : mtu;
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
	const unsigned bandwidth = bandwidth_of(i, k);
	char mac[PRINT_MAC_SIZE];

	session_line(s, "%s is %s, line protocol is %s ", info->name, print_link_text(info), print_protocol_text(info));
	if (info->has_mac && !if_type_is_logical(info->type))
		session_line(s, "  Hardware is %s, address is %s (bia %s)", k->hardware, print_mac_text(info->mac, mac),
			     mac);
	else
		session_line(s, "  Hardware is %s", k->hardware);
	if (*i->description)
		session_line(s, "  Description: %s", i->description);
	print_address(s, i);
	session_line(s, "  MTU %u bytes, BW %u Kbit/sec, DLY %u usec, ", mtu_of(info), bandwidth, delay_of(i, k));
	session_line(s, "     reliability 255/255, txload %u/255, rxload %u/255",
		     load(info->output_rate_bps, bandwidth), load(info->input_rate_bps, bandwidth));
	if (info->type == IF_VIRTUAL_ACCESS) {
		session_line(s, "  Encapsulation %s", k->encapsulation);
		session_line(s, "  Tunnel vaccess, cloned from %s", info->config_name);
		session_line(s, "  Vaccess status 0x4, loopback not set");
	} else {
		session_line(s, "  Encapsulation %s, loopback not set", k->encapsulation);
	}
	if (k->keepalive && !i->config.no_keepalive)
		session_line(s, "  Keepalive set (%u sec)",
			     i->config.keepalive_s ? i->config.keepalive_s : IF_KEEPALIVE_DEFAULT_S);
	else
		session_line(s, "  Keepalive not set");
	print_wire(s, i);
	if (is_tunnel(info))
		print_tunnel(s, i);
	else if (info->type != IF_LOOPBACK)
		session_line(s, "  ARP type: ARPA, ARP Timeout 04:00:00");
	print_counters(s, info, k, i->config.load_interval_s);
}
