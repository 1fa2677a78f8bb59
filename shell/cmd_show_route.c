/* show ip route and show ipv6 route: copies, then prints (print_ip.h). */
#include "shell/commands_show.h"
#include "shell/print_ip.h"
#include "shell/show.h"

enum { IPV4 = 4, IPV6_FAMILY = 6 };

/* --- gathering ---- */

static void add_route(void *ctx, const struct router_route *t)
{
	struct router_route *copy = show_list_add(ctx);

	if (copy)
		*copy = *t;
}

static void note_ipv6(void *ctx, const struct router_if_info *i)
{
	bool *runs = ctx;

	*runs |= i->link_local.family == 6;
}

/* runs_ipv6: is there an interface that does? NULL: not asked. */
static void gather_routes(struct session *s, unsigned family, struct show_list *list, bool *runs_ipv6)
{
	struct router *r = session_router(s);

	if (!r)
		return;
	router_lock(r);
	router_each_route(r, family, add_route, list);
	if (runs_ipv6)
		router_each_if(r, note_ipv6, runs_ipv6);
	router_unlock(r);
}

/* --- what is wanted ---- */

enum wanted { ALL, CONNECTED, STATIC, LOCAL, SUMMARY }; /* a row's arg */

static bool is_connected(const struct router_route *t, const void *what)
{
	(void)what;
	return t->kind != ROUTE_STATIC;
}

static bool is_connected_only(const struct router_route *t, const void *what)
{
	(void)what;
	return t->kind == ROUTE_CONNECTED;
}

static bool is_local(const struct router_route *t, const void *what)
{
	(void)what;
	return t->kind == ROUTE_LOCAL;
}

static bool is_static(const struct router_route *t, const void *what)
{
	(void)what;
	return t->kind == ROUTE_STATIC;
}

static bool is_within(const struct router_route *t, const void *what)
{
	const struct ip_prefix *p = what;

	return t->prefix.len >= p->len && ip_in_prefix(&t->prefix.addr, p);
}

/* --- the commands ---- */

static enum cmd_result show_ip_route(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route);

	gather_routes(s, IPV4, &routes, NULL);
	switch ((enum wanted)cmd_of(m)->arg) {
	case ALL:
		print_ip_routes(s, routes.items, routes.count);
		break;
	case CONNECTED:
		print_ip_routes_of(s, routes.items, routes.count, is_connected, NULL);
		break;
	case STATIC:
		print_ip_routes_of(s, routes.items, routes.count, is_static, NULL);
		break;
	case LOCAL:
		print_ip_routes_of(s, routes.items, routes.count, is_local, NULL);
		break;
	case SUMMARY:
		print_ip_route_summary(s, routes.items, routes.count);
		break;
	}
	show_list_free(&routes);
	return CMD_OK;
}

static enum cmd_result show_ip_route_to(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route);
	struct ip_prefix prefix = { 0 };
	struct ip_addr mask;
	int len = 0;

	cmd_addr(m, "address", &prefix.addr);
	if (cmd_addr(m, "mask", &mask) && (len = ip_mask_len(&mask)) < 0) {
		session_line(s, "%% Inconsistent address and mask");
		return CMD_REJECTED;
	}
	prefix.len = (uint8_t)len;
	gather_routes(s, IPV4, &routes, NULL);
	if (cmd_has(m, "longer-prefixes")) {
		prefix = ip_network(&prefix);
		print_ip_routes_of(s, routes.items, routes.count, is_within, &prefix);
	} else if (cmd_has(m, "mask")) {
		print_ip_route_entry(s, routes.items, routes.count, &prefix);
	} else {
		print_ip_route_to(s, routes.items, routes.count, &prefix.addr);
	}
	show_list_free(&routes);
	return CMD_OK;
}

static enum cmd_result show_ipv6_route(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route);
	bool runs_ipv6 = false;

	gather_routes(s, IPV6_FAMILY, &routes, &runs_ipv6);
	switch ((enum wanted)cmd_of(m)->arg) {
	case ALL:
	case SUMMARY:
		print_ipv6_routes(s, routes.items, routes.count, runs_ipv6);
		break;
	case CONNECTED:
		print_ipv6_routes_of(s, routes.items, routes.count, runs_ipv6, is_connected_only, NULL);
		break;
	case STATIC:
		print_ipv6_routes_of(s, routes.items, routes.count, runs_ipv6, is_static, NULL);
		break;
	case LOCAL:
		print_ipv6_routes_of(s, routes.items, routes.count, runs_ipv6, is_local, NULL);
		break;
	}
	show_list_free(&routes);
	return CMD_OK;
}

static enum cmd_result show_ipv6_route_to(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route);
	struct ip_prefix prefix = { 0 };
	bool exact = cmd_prefix(m, "prefix", &prefix);

	if (!exact)
		cmd_addr(m, "address", &prefix.addr);
	else
		prefix = ip_network(&prefix);
	gather_routes(s, IPV6_FAMILY, &routes, NULL);
	print_ipv6_route_entry(s, routes.items, routes.count, &prefix, exact);
	show_list_free(&routes);
	return CMD_OK;
}

#define SHOW(handler_, arg_, ...)                                                                                      \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), __VA_ARGS__ }, .handler = (handler_),       \
		.arg = (arg_)                                                                                          \
	}

#define IP      KW("ip", "IP information"), KW("route", "IP routing table")
#define IPV6    KW("ipv6", "IPv6 information"), KW("route", "Show IPv6 route table entries")
#define ADDRESS IP4("address", "Network to display information about or hostname")
#define MASK    IP4("mask", "Network mask")

static const struct cmd cmds[] = {
	SHOW(show_ip_route, ALL, IP),
	SHOW(show_ip_route, CONNECTED, IP, KW("connected", "Connected")),
	SHOW(show_ip_route, STATIC, IP, KW("static", "Static routes")),
	SHOW(show_ip_route, SUMMARY, IP, KW("summary", "Summary of all routes")),
	SHOW(show_ip_route_to, ALL, IP, ADDRESS),
	SHOW(show_ip_route_to, ALL, IP, ADDRESS, MASK),
	SHOW(show_ip_route_to, ALL, IP, ADDRESS, MASK,
	     KW("longer-prefixes", "Show route matching the specified Network/Mask pair only")),
	SHOW(show_ipv6_route, ALL, IPV6),
	SHOW(show_ipv6_route, CONNECTED, IPV6, KW("connected", "Connected routes")),
	SHOW(show_ipv6_route, STATIC, IPV6, KW("static", "Static routes")),
	SHOW(show_ipv6_route, LOCAL, IPV6, KW("local", "Local routes")),
	SHOW(show_ipv6_route_to, ALL, IPV6, IP6("address", "IPv6 name or address")),
	SHOW(show_ipv6_route_to, ALL, IPV6, IP6PREFIX("prefix", "IPv6 prefix")),
};

const struct cmd_table cmd_show_route_table = CMD_TABLE(cmds);
