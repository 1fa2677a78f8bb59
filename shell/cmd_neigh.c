/* show arp, show ip arp, show ipv6 neighbors, and what clears them. */
#include "shell/commands_show.h"
#include "shell/print_ip.h"
#include "shell/show.h"

#include <string.h>

enum { ONLY_IPV4 = 4, ONLY_IPV6 = 6 }; /* a row's arg */

struct gather {
	struct show_list list;
	const char *ifname;    /* NULL: any */
	struct ip_addr wanted; /* family 0: any */
};

static void add(void *ctx, const struct router_neigh *n)
{
	struct gather *g = ctx;
	struct router_neigh *copy;

	if ((g->ifname && strcmp(g->ifname, n->ifname) != 0) || (g->wanted.family && !ip_equal(&g->wanted, &n->addr)))
		return;
	/* IOS lists its own addresses among those of ARP only. */
	if (n->own && n->addr.family == 6)
		return;
	if ((copy = show_list_add(&g->list)))
		*copy = *n;
}

static int by_address(const void *a, const void *b)
{
	const struct router_neigh *x = a, *y = b;
	int order = memcmp(x->addr.octets, y->addr.octets, sizeof(x->addr.octets));

	return order ? order : ifname_compare(x->ifname, y->ifname);
}

static enum cmd_result show_neighbours(struct session *s, const struct cmd_match *m)
{
	struct gather g = { .list = SHOW_LIST(struct router_neigh), .ifname = cmd_text(m, "ifname") };
	unsigned family = (unsigned)cmd_of(m)->arg;

	cmd_addr(m, "address", &g.wanted);
	show_lock(s);
	if (session_router(s))
		router_each_neigh(session_router(s), family, add, &g);
	show_unlock(s);
	show_list_sort(&g.list, by_address);
	if (family == ONLY_IPV6)
		print_ipv6_neighbors(s, g.list.items, g.list.count);
	else if (g.list.count || (!g.ifname && !g.wanted.family))
		print_arp(s, g.list.items, g.list.count);
	show_list_free(&g.list);
	return CMD_OK;
}

static enum cmd_result clear_neighbours(struct session *s, const struct cmd_match *m)
{
	show_lock(s);
	if (session_router(s))
		router_clear_neigh(session_router(s), (unsigned)cmd_of(m)->arg, cmd_text(m, "ifname"));
	show_unlock(s);
	return CMD_OK;
}

#define ROW(privilege_, handler_, family_, ...)                                                                        \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_), .arg = (family_)                                                                \
	}

#define SHOW      KW("show", "Show running system information")
#define CLEAR     KW("clear", "Reset functions")
#define IP        KW("ip", "IP information")
#define IPV6      KW("ipv6", "IPv6 information")
#define ARP       KW("arp", "ARP table")
#define IP_ARP    KW("arp", "IP ARP table")
#define NEIGHBORS KW("neighbors", "Show IPv6 neighbor cache entries")
#define IFACE     IFNAME("ifname", "Interface")
#define ADDRESS4  IP4("address", "IP address or hostname of ARP entry")
#define ADDRESS6  IP6("address", "IPv6 address of the neighbor")

static const struct cmd cmds[] = {
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, ARP),
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, ARP, ADDRESS4),
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, ARP, IFACE),
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, IP, IP_ARP),
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, IP, IP_ARP, ADDRESS4),
	ROW(1, show_neighbours, ONLY_IPV4, SHOW, IP, IP_ARP, IFACE),
	ROW(1, show_neighbours, ONLY_IPV6, SHOW, IPV6, NEIGHBORS),
	ROW(1, show_neighbours, ONLY_IPV6, SHOW, IPV6, NEIGHBORS, ADDRESS6),
	ROW(1, show_neighbours, ONLY_IPV6, SHOW, IPV6, NEIGHBORS, IFACE),
	ROW(15, clear_neighbours, ONLY_IPV4, CLEAR, KW("arp-cache", "Clear the entire ARP cache")),
	ROW(15, clear_neighbours, ONLY_IPV4, CLEAR, KW("arp-cache", "Clear the entire ARP cache"),
	    KW("interface", "Clear the ARP cache of an interface"), IFACE),
	ROW(15, clear_neighbours, ONLY_IPV4, CLEAR, KW("ip", "IP"), KW("arp", "Clear ARP cache")),
	ROW(15, clear_neighbours, ONLY_IPV6, CLEAR, KW("ipv6", "Clear IPv6"), KW("neighbors", "Clear IPv6 neighbors")),
	ROW(15, clear_neighbours, ONLY_IPV6, CLEAR, KW("ipv6", "Clear IPv6"), KW("neighbors", "Clear IPv6 neighbors"),
	    IFACE),
};

const struct cmd_table cmd_neigh_table = CMD_TABLE(cmds);
