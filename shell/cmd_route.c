/* ip route and ipv6 route. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_MATCH "%%No matching route to delete"

/* What both families share: the way, the distance and the options. */
static void take_way(const struct cmd_match *m, struct static_route *r)
{
	const char *ifname = cmd_text(m, "interface"), *name = cmd_text(m, "name");

	cmd_addr(m, "via", &r->via);
	if (cmd_has(m, "null"))
		ifname = IF_NULL0;
	if (ifname)
		snprintf(r->ifname, sizeof(r->ifname), "%s", ifname);
	if (name)
		snprintf(r->name, sizeof(r->name), "%.*s", CONFIG_NAME_SIZE - 1, name);
	r->tag = (unsigned)cmd_num(m, "tag", 0);
	r->permanent = cmd_has(m, "permanent");
	r->distance = (unsigned)cmd_num(m, "distance", 0);
}

static enum cmd_result put_route(struct session *s, const struct cmd_match *m, struct static_route *r)
{
	struct config *c = session_config(s);

	if (cmd_is_no(m)) {
		if (config_route_remove(c, r))
			return CMD_OK;
		session_line(s, NO_MATCH);
		return CMD_REJECTED;
	}
	if (!r->distance)
		r->distance = 1;
	if (!config_route_add(c, r)) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	return CMD_OK;
}

static enum cmd_result set_ip_route(struct session *s, const struct cmd_match *m)
{
	struct static_route r = { 0 };
	struct ip_prefix network;
	struct ip_addr mask;
	int len;

	if (!cmd_addr(m, "prefix", &r.prefix.addr) || !cmd_addr(m, "mask", &mask))
		return CMD_REJECTED;
	len = ip_mask_len(&mask);
	if (len >= 0)
		r.prefix.len = (uint8_t)len;
	network = ip_network(&r.prefix);
	if (len < 0 || !ip_equal(&network.addr, &r.prefix.addr)) {
		session_line(s, "%%Inconsistent address and mask");
		return CMD_REJECTED;
	}
	take_way(m, &r);
	if (!cmd_is_no(m) && r.via.family && (ip_is_zero(&r.via) || ip_is_multicast(&r.via))) {
		session_line(s, "%%Invalid next hop address");
		return CMD_REJECTED;
	}
	if (!cmd_is_no(m) && config_is_own_address(session_config(s), &r.via)) {
		session_line(s, "%%Invalid next hop address (it's this router)");
		return CMD_REJECTED;
	}
	return put_route(s, m, &r);
}

static enum cmd_result set_ipv6_route(struct session *s, const struct cmd_match *m)
{
	struct static_route r = { 0 };

	if (!cmd_prefix(m, "prefix", &r.prefix))
		return CMD_REJECTED;
	r.prefix = ip_network(&r.prefix); /* as IOS stores it */
	take_way(m, &r);
	if (!cmd_is_no(m) && ip_is_link_local(&r.via) && !r.ifname[0]) {
		session_line(s, "%% Interface has to be specified for a link-local nexthop");
		return CMD_REJECTED;
	}
	return put_route(s, m, &r);
}

/* --- writing ---- */

static void write_route(struct out *o, const struct static_route *r)
{
	char prefix[IP_TEXT_SIZE], mask[IP_TEXT_SIZE], via[IP_TEXT_SIZE + 1] = "", distance[16] = "", tag[16] = "";
	struct ip_addr m = ip_mask(r->prefix.len);

	ip_text(&r->prefix.addr, prefix);
	if (r->via.family) {
		via[0] = ' ';
		ip_text(&r->via, via + 1);
	}
	if (r->distance != 1)
		snprintf(distance, sizeof(distance), " %u", r->distance);
	if (r->tag)
		snprintf(tag, sizeof(tag), " tag %u", r->tag);
	if (r->prefix.addr.family == 6)
		snprintf(mask, sizeof(mask), "/%u", r->prefix.len);
	else
		ip_text(&m, mask);
	out_line(o, "%s route %s%s%s%s%s%s%s%s%s%s%s", r->prefix.addr.family == 6 ? "ipv6" : "ip", prefix,
		 r->prefix.addr.family == 6 ? "" : " ", mask, r->ifname[0] ? " " : "", r->ifname, via, distance, tag,
		 r->permanent ? " permanent" : "", r->name[0] ? " name " : "", r->name);
}

static void write_family(struct out *o, const struct config *c, unsigned family)
{
	const struct static_route *r;

	TAILQ_FOREACH (r, &c->routes, link)
		if (r->prefix.addr.family == family)
			write_route(o, r);
}

void write_ip_routes(struct out *o, const struct config *c)
{
	write_family(o, c, 4);
}

void write_ipv6_routes(struct out *o, const struct config *c)
{
	write_family(o, c, 6);
}

/* --- the table ---- */

static const struct tok tag_value = NUM("tag", 1, UINT32_MAX, "tag value");
static const struct tok name_value = WORD("name", "name of the next hop");

static const struct cmd_choice null_choices[] = {
	{ "Null0", "Null interface", 0 },
	{ 0 },
};

static const struct cmd_opt ip_options[] = {
	{ "name", "name", "Specify name of the next hop", &name_value },
	{ "permanent", "permanent", "permanent route", NULL },
	{ "tag", "tag", "Set tag for this route", &tag_value },
	{ 0 },
};

static const struct cmd_opt ipv6_options[] = {
	{ "name", "name", "Specify name of the next hop", &name_value },
	{ "tag", "tag", "Set tag for this route", &tag_value },
	{ 0 },
};

#define IP        KW("ip", "Global IP configuration subcommands")
#define IPV6      KW("ipv6", "Global IPv6 configuration commands")
#define ROUTE     KW("route", "Establish static routes")
#define PREFIX    IP4("prefix", "Destination prefix")
#define MASK      IP4("mask", "Destination prefix mask")
#define PREFIX6   IP6PREFIX("prefix", "IPv6 prefix")
#define VIA       IP4("via", "Forwarding router's address")
#define VIA6      IP6("via", "IPv6 address of next-hop")
#define THROUGH   IFNAME("interface", "Interface")
#define NULL_IF   KW("Null", "Null interface"), NUM("null", 0, 0, "Null interface number")
#define NULL0     PICK("null", null_choices)
#define DISTANCE  NUM("distance", 1, 255, "Distance metric for this route")
#define DISTANCE6 NUM("distance", 1, 254, "Administrative distance")
#define NEGATABLE MODE_CONFIG, 15, CMD_NO
#define ONE_WORD  MODE_CONFIG, 15, CMD_NO | CMD_HIDDEN /* the same, without the blank */

static const struct cmd route_cmds[] = {
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, VIA, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, VIA, DISTANCE, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, THROUGH, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, THROUGH, DISTANCE, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, THROUGH, VIA, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, THROUGH, VIA, DISTANCE, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, NULL_IF, OPTS(ip_options) }, set_ip_route },
	{ NEGATABLE, { IP, ROUTE, PREFIX, MASK, NULL_IF, DISTANCE, OPTS(ip_options) }, set_ip_route },
	{ ONE_WORD, { IP, ROUTE, PREFIX, MASK, NULL0, OPTS(ip_options) }, set_ip_route },
	{ ONE_WORD, { IP, ROUTE, PREFIX, MASK, NULL0, DISTANCE, OPTS(ip_options) }, set_ip_route },
	/* `no` may leave the way out */
	{ MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT, { IP, ROUTE, PREFIX, MASK, VIA }, set_ip_route },

	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, VIA6, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, VIA6, DISTANCE6, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, THROUGH, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, THROUGH, DISTANCE6, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, THROUGH, VIA6, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, THROUGH, VIA6, DISTANCE6, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, NULL_IF, OPTS(ipv6_options) }, set_ipv6_route },
	{ NEGATABLE, { IPV6, ROUTE, PREFIX6, NULL_IF, DISTANCE6, OPTS(ipv6_options) }, set_ipv6_route },
	{ ONE_WORD, { IPV6, ROUTE, PREFIX6, NULL0, OPTS(ipv6_options) }, set_ipv6_route },
	{ ONE_WORD, { IPV6, ROUTE, PREFIX6, NULL0, DISTANCE6, OPTS(ipv6_options) }, set_ipv6_route },
	{ MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT, { IPV6, ROUTE, PREFIX6, VIA6 }, set_ipv6_route },
};

const struct cmd_table cmd_route_table = CMD_TABLE(route_cmds);
