/* Addresses and sizes inside an interface, with the checks IOS makes across interfaces. */
#include "shell/if_address.h"

#include "shell/commands.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static void say_bad_mask(struct session *s, const struct ip_addr *mask, const struct ip_addr *addr)
{
	char text[IP_TEXT_SIZE];

	session_line(s, "Bad mask 0x%02X%02X%02X%02X for address %s", mask->octets[0], mask->octets[1], mask->octets[2],
		     mask->octets[3], ip_text(addr, text));
}

/* --- IPv4 addresses ---- */

static bool overlap4(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len < b->len ? ip_in_prefix(&b->addr, a) : ip_in_prefix(&a->addr, b);
}

/* The interface, if any, that is up and has a network which overlaps one of i's (or p). */
static const struct interface *overlapping4(const struct config *c, const struct interface *i,
					    const struct ip_prefix *p)
{
	const struct interface *other;

	TAILQ_FOREACH (other, &c->interfaces, link) {
		if (other == i || other->shutdown)
			continue;
		for (unsigned k = 0; k < other->ip_count; k++)
			if (overlap4(&other->ip[k].prefix, p))
				return other;
	}
	return NULL;
}

bool if_address_overlaps(struct session *s, const struct interface *i, const struct ip_prefix *p)
{
	/* a file may shut an interface below its address; config_check() tells what overlaps in the end */
	bool later = i->shutdown || session_kind(s) == SESSION_LOADER;
	const struct interface *other = later ? NULL : overlapping4(session_config(s), i, p);
	struct ip_prefix network = ip_network(p);
	char text[IP_TEXT_SIZE];

	if (other)
		session_line(s, "%% %s overlaps with %s", ip_text(&network.addr, text), other->name);
	return other != NULL;
}

static bool is_broadcast(const struct ip_prefix *p)
{
	for (unsigned bit = p->len; bit < 32; bit++)
		if (!(p->addr.octets[bit / 8] & 0x80u >> bit % 8))
			return false;
	return true;
}

static bool host_address(struct session *s, const struct cmd_match *m, struct ip_prefix *out)
{
	struct ip_addr mask, network;
	char text[IP_TEXT_SIZE];
	int len;

	cmd_addr(m, "address", &out->addr);
	cmd_addr(m, "mask", &mask);
	len = ip_mask_len(&mask);
	if (len < 0) {
		say_bad_mask(s, &mask, &out->addr);
		return false;
	}
	if (!out->addr.octets[0] || out->addr.octets[0] == 127 || out->addr.octets[0] >= 224) {
		session_line(s, "Not a valid host address - %s", ip_text(&out->addr, text));
		return false;
	}
	out->len = (uint8_t)len;
	network = ip_network(out).addr;
	if (!len || (len < 31 && (ip_equal(&network, &out->addr) || is_broadcast(out)))) {
		session_line(s, "Bad mask /%d for address %s", len, ip_text(&out->addr, text));
		return false;
	}
	return true;
}

static enum cmd_result no_ip_address(struct session *s, struct interface *i, const struct cmd_match *m)
{
	bool secondary = cmd_has(m, "secondary");
	struct ip_addr a, mask;
	unsigned k;

	if (!cmd_addr(m, "address", &a)) {
		i->ip_count = 0;
		i->unnumbered[0] = '\0';
		return CMD_OK;
	}
	for (k = 0; k < i->ip_count && !ip_equal(&i->ip[k].prefix.addr, &a); k++)
		;
	if (k == i->ip_count || i->ip[k].secondary != secondary ||
	    (cmd_addr(m, "mask", &mask) && ip_mask_len(&mask) != i->ip[k].prefix.len)) {
		session_line(s, "Invalid address");
		return CMD_REJECTED;
	}
	if (!secondary && i->ip_count > 1) {
		session_line(s, "Must delete secondary before deleting primary");
		return CMD_REJECTED;
	}
	config_ip_remove(i, k);
	return CMD_OK;
}

static enum cmd_result no_memory(struct session *s)
{
	session_line(s, "%% Not enough memory");
	return CMD_REJECTED;
}

static enum cmd_result add_ip_address(struct session *s, struct interface *i, const struct if_address4 *a)
{
	bool has_primary = i->ip_count && !i->ip[0].secondary;
	unsigned k;

	for (k = 0; k < i->ip_count && !ip_equal(&i->ip[k].prefix.addr, &a->prefix.addr); k++)
		;
	if (a->secondary && k < i->ip_count && !i->ip[k].secondary) {
		session_line(s, "Secondary can't be same as primary");
		return CMD_REJECTED;
	}
	if (k < i->ip_count && (a->secondary || i->ip[k].secondary))
		config_ip_remove(i, k);
	if (!a->secondary && has_primary) {
		if (!config_ip_insert(session_config(s), i, 0, a))
			return no_memory(s);
		config_ip_remove(i, 1);
	} else if (i->ip_count == IF_ADDRESSES) {
		session_line(s, "%% No more than %d addresses per interface", IF_ADDRESSES);
		return CMD_REJECTED;
	} else if (!config_ip_insert(session_config(s), i, a->secondary ? i->ip_count : 0, a)) {
		return no_memory(s);
	}
	i->unnumbered[0] = '\0';
	return CMD_OK;
}

static enum cmd_result set_ip_address(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	struct if_address4 a = { .secondary = cmd_has(m, "secondary") };

	if (cmd_is_no(m))
		return no_ip_address(s, i, m);
	if (!host_address(s, m, &a.prefix) || if_address_overlaps(s, i, &a.prefix))
		return CMD_REJECTED;
	if (a.prefix.len == 31 && !if_type_is_logical(i->type) && session_kind(s) != SESSION_LOADER)
		session_line(s, "%% Warning: use /31 mask on non point-to-point interface cautiously");
	return add_ip_address(s, i, &a);
}

static enum cmd_result set_unnumbered(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);

	if (cmd_is_no(m)) {
		i->unnumbered[0] = '\0';
		return CMD_OK;
	}
	if (!if_type_has_tunnel(i->type)) {
		session_line(s, "Point-to-point (non-multi-access) interfaces only");
		return CMD_REJECTED;
	}
	if (!strcmp(cmd_text(m, "interface"), i->name)) {
		session_line(s, "%% Interface cannot be unnumbered to itself");
		return CMD_REJECTED;
	}
	snprintf(i->unnumbered, sizeof(i->unnumbered), "%s", cmd_text(m, "interface"));
	i->ip_count = 0;
	return CMD_OK;
}

/* --- IPv6 addresses ---- */

static bool valid_address6(struct session *s, const struct interface *i, const struct if_address6 *a)
{
	struct ip_prefix network = ip_network(&a->prefix);
	const struct interface *other;
	char text[IP_TEXT_SIZE];

	if (a->link_local && !ip_is_link_local(&a->prefix.addr)) {
		session_line(s, "%% Invalid link-local address");
		return false;
	}
	if (a->link_local)
		return true;
	if (ip_is_link_local(&a->prefix.addr)) {
		session_line(s, "%% Link-local addresses need the link-local keyword");
		return false;
	}
	if (ip_is_multicast(&a->prefix.addr) || ip_is_zero(&a->prefix.addr)) {
		session_line(s, "%%%s: Error: %s/%u is invalid", i->name, ip_text(&a->prefix.addr, text),
			     a->prefix.len);
		return false;
	}
	if (a->eui64 && a->prefix.len > 64) {
		session_line(s, "%% Prefix length of an EUI-64 address is 64 at most");
		return false;
	}
	if (session_kind(s) == SESSION_LOADER) /* as with IPv4 */
		return true;
	TAILQ_FOREACH (other, &session_config(s)->interfaces, link) {
		for (unsigned k = 0; other != i && k < other->ipv6_count; k++) {
			struct ip_prefix theirs = ip_network(&other->ipv6[k].prefix);

			if (other->ipv6[k].link_local || theirs.len != network.len ||
			    !ip_equal(&theirs.addr, &network.addr))
				continue;
			ip_text(&network.addr, text);
			session_line(s, "%%%s: Error: %s/%u is overlapping with %s/%u on %s", i->name, text,
				     network.len, text, network.len, other->name);
			return false;
		}
	}
	return true;
}

/* The link-local address is one; others are told apart by address, length and eui-64. */
static bool same_address6(const struct if_address6 *x, const struct if_address6 *y)
{
	if (x->link_local || y->link_local)
		return x->link_local && y->link_local;
	return x->eui64 == y->eui64 && x->prefix.len == y->prefix.len && ip_equal(&x->prefix.addr, &y->prefix.addr);
}

static enum cmd_result add_ipv6_address(struct session *s, struct interface *i, const struct if_address6 *a)
{
	for (unsigned k = 0; k < i->ipv6_count; k++)
		if (same_address6(&i->ipv6[k], a)) {
			i->ipv6[k] = *a;
			return CMD_OK;
		}
	if (i->ipv6_count == IF_ADDRESSES) {
		session_line(s, "%% No more than %d addresses per interface", IF_ADDRESSES);
		return CMD_REJECTED;
	}
	/* the link-local one is printed first */
	return config_ipv6_insert(i, a->link_local ? 0 : i->ipv6_count, a) ? CMD_OK : no_memory(s);
}

static enum cmd_result set_ipv6_address(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	struct if_address6 a = { .link_local = cmd_has(m, "link-local"), .eui64 = cmd_has(m, "eui-64") };

	if (!cmd_prefix(m, "prefix", &a.prefix)) {
		a.prefix.len = 128;
		if (!cmd_addr(m, "address", &a.prefix.addr)) { /* `no ipv6 address` */
			i->ipv6_count = 0;
			return CMD_OK;
		}
	}
	if (!cmd_is_no(m))
		return valid_address6(s, i, &a) ? add_ipv6_address(s, i, &a) : CMD_REJECTED;
	for (unsigned k = 0; k < i->ipv6_count; k++)
		if (same_address6(&i->ipv6[k], &a) && ip_equal(&i->ipv6[k].prefix.addr, &a.prefix.addr)) {
			config_ipv6_remove(i, k);
			return CMD_OK;
		}
	session_line(s, "%% Address not found");
	return CMD_REJECTED;
}

static enum cmd_result set_ipv6_enable(struct session *s, const struct cmd_match *m)
{
	session_interface(s)->ipv6_enable = !cmd_is_no(m);
	return CMD_OK;
}

/* --- sizes ---- */

enum size_of { SIZE_IP_MTU, SIZE_IPV6_MTU, SIZE_TCP_MSS };

static enum cmd_result set_size(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	unsigned octets = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "octets", 0);

	switch ((enum size_of)cmd_of(m)->arg) {
	case SIZE_IP_MTU:
		i->ip_mtu = octets == 1500 && !if_type_has_tunnel(i->type) ? 0 : octets;
		break;
	case SIZE_IPV6_MTU:
		i->ipv6_mtu = octets == 1500 && !if_type_has_tunnel(i->type) ? 0 : octets;
		break;
	case SIZE_TCP_MSS:
		i->tcp_mss = octets;
		break;
	}
	return CMD_OK;
}

/* --- writing ---- */

void write_if_ip(struct out *o, const struct interface *i)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];

	if (i->unnumbered[0])
		out_line(o, " ip unnumbered %s", i->unnumbered);
	else if (!i->ip_count)
		out_line(o, " no ip address");
	for (unsigned n = 0; n < i->ip_count; n++) {
		/* the primary stands first in the model and last in IOS's text */
		const struct if_address4 *a = &i->ip[n + 1 < i->ip_count ? n + 1 : 0];
		struct ip_addr m;

		if (i->ip[0].secondary)
			a = &i->ip[n];
		m = ip_mask(a->prefix.len);
		out_line(o, " ip address %s %s%s", ip_text(&a->prefix.addr, addr), ip_text(&m, mask),
			 a->secondary ? " secondary" : "");
	}
}

void write_if_ipv6(struct out *o, const struct interface *i)
{
	char text[IP_TEXT_SIZE];

	for (unsigned k = 0; k < i->ipv6_count; k++) {
		const struct if_address6 *a = &i->ipv6[k];

		ip_text(&a->prefix.addr, text);
		if (a->link_local)
			out_line(o, " ipv6 address %s link-local", text);
		else
			out_line(o, " ipv6 address %s/%u%s", text, a->prefix.len, a->eui64 ? " eui-64" : "");
	}
	if (i->ipv6_enable)
		out_line(o, " ipv6 enable");
	if (i->ipv6_mtu)
		out_line(o, " ipv6 mtu %u", i->ipv6_mtu);
}

/* --- the table ---- */

#define IP       KW("ip", "Interface Internet Protocol config commands")
#define ADDRESS  KW("address", "Set the IP address of an interface")
#define IPV6     KW("ipv6", "IPv6 interface subcommands")
#define ADDRESS6 KW("address", "Configure IPv6 address on interface")
#define MTU(lo)  NUM("octets", lo, 17940, "MTU (bytes)")
#define IF_PLAIN MODE_IF, 15, CMD_NO
#define IF_SHORT MODE_IF, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd if_address_cmds[] = {
	{ IF_SHORT, { IP, ADDRESS, IP4("address", "IP address"), IP4("mask", "IP subnet mask") }, set_ip_address },
	{ IF_PLAIN,
	  { IP, ADDRESS, IP4("address", "IP address"), IP4("mask", "IP subnet mask"),
	    KW("secondary", "Make this IP address a secondary address") },
	  set_ip_address },
	{ IF_SHORT,
	  { IP, KW("unnumbered", "Enable IP processing without an explicit address"),
	    IFNAME("interface", "Interface") },
	  set_unnumbered },
	{ IF_SHORT, { IP, KW("mtu", "Set IP Maximum Transmission Unit"), MTU(68) }, set_size, SIZE_IP_MTU },
	{ IF_SHORT,
	  { IP, KW("tcp", "TCP interface commands"), KW("adjust-mss", "Adjust the mss of transit packets"),
	    NUM("octets", 500, 1460, "Maximum segment size in bytes") },
	  set_size,
	  SIZE_TCP_MSS },

	{ IF_SHORT, { IPV6, ADDRESS6, IP6PREFIX("prefix", "IPv6 prefix") }, set_ipv6_address },
	{ IF_PLAIN,
	  { IPV6, ADDRESS6, IP6PREFIX("prefix", "IPv6 prefix"), KW("eui-64", "Use eui-64 interface identifier") },
	  set_ipv6_address },
	{ IF_PLAIN,
	  { IPV6, ADDRESS6, IP6("address", "IPv6 link-local address"), KW("link-local", "Use link-local address") },
	  set_ipv6_address },
	{ IF_PLAIN, { IPV6, KW("enable", "Enable IPv6 on interface") }, set_ipv6_enable },
	{ IF_SHORT, { IPV6, KW("mtu", "Set IPv6 Maximum Transmission Unit"), MTU(1280) }, set_size, SIZE_IPV6_MTU },
};

const struct cmd_table cmd_if_address_table = CMD_TABLE(if_address_cmds);
