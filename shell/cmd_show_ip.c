/* show interfaces, show ip|ipv6 interface brief, show ip|ipv6 route: copies, then prints (print_ip.h). */
#include "shell/commands_show.h"
#include "shell/print_ip.h"
#include "shell/show.h"
#include "startup-config/nvram.h"

#include "base/wipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- gathering: lock held ---- */

struct gather {
	struct router *router;
	struct config *config;
	const char *saved; /* startup-config, or NULL */
	struct show_list *list;
	const char *only; /* an interface's name, or NULL */
};

static unsigned source_members(const struct config *c, const char *source_if)
{
	struct interface *i;
	unsigned n = 0;

	TAILQ_FOREACH (i, &c->interfaces, link)
		n += i->type == IF_TUNNEL && strcmp(i->tunnel.source_if, source_if) == 0;
	return n;
}

static void add_ipv6(struct router *r, const struct interface *config, struct show_interface *i)
{
	struct ip_prefix p;

	for (unsigned k = 0; k < config->ipv6_count; k++)
		if (!config->ipv6[k].link_local && router_if_address6(r, i->info.name, k, &p))
			i->ipv6[i->ipv6_count++] = p.addr;
}

/*
 * Does the saved text give the interface this address line (or, for "", no address)? The text is what our own writer
 * made or a user's file in the same form: blocks whose lines begin with a space.
 */
static bool saved_as(const char *text, const char *ifname, const char *address)
{
	size_t name_octets = strlen(ifname), octets = strlen(address);
	bool inside = false, found = false;

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (*text != ' ') {
			if (inside)
				return !*address && !found;
			inside = strncmp(text, "interface ", 10) == 0 && strncmp(text + 10, ifname, name_octets) == 0 &&
				 strcspn(text + 10, "\r\n") == name_octets;
		} else if (inside && strncmp(text, " ip address ", 12) == 0) {
			found = true;
			if (octets && strncmp(text + 12, address, octets) == 0 && strcspn(text + 12, "\r\n") == octets)
				return true;
		}
	}
	return inside && !*address && !found;
}

static bool is_saved(const struct gather *g, const struct interface *i)
{
	char line[2 * IP_TEXT_SIZE + 2] = "", addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];

	if (i->ip_count) {
		struct ip_addr m = ip_mask(i->ip[0].prefix.len);

		snprintf(line, sizeof(line), "%s %s", ip_text(&i->ip[0].prefix.addr, addr), ip_text(&m, mask));
	}
	return saved_as(g->saved, i->name, line);
}

static void add_interface(void *ctx, const struct router_if_info *info)
{
	const struct gather *g = ctx;
	struct interface *config = config_interface_find(g->config, info->config_name), *lender;
	struct show_interface *i;

	if ((g->only && strcmp(g->only, info->name) != 0) || !(i = show_list_add(g->list)))
		return;
	i->info = *info;
	i->place = g->list->count;
	if (!config)
		return;
	i->config = *config;
	snprintf(i->description, sizeof(i->description), "%s", config->description);
	if (config->ip_count)
		i->own_ipv4 = config->ip[0].prefix;
	i->saved = is_saved(g, config);
	if (*config->unnumbered && (lender = config_interface_find(g->config, config->unnumbered)) && lender->ip_count)
		i->ipv4 = lender->ip[0].prefix.addr;
	else
		i->ipv4 = i->own_ipv4.addr;
	if (*config->tunnel.source_if)
		i->source_members = source_members(g->config, config->tunnel.source_if);
	add_ipv6(g->router, config, i);
}

/* As they came to be: what is plugged in, then what was configured. */
static int physical_first(const void *a, const void *b)
{
	const struct show_interface *x = a, *y = b;
	int virtual_x = if_type_is_logical(x->info.type), virtual_y = if_type_is_logical(y->info.type);

	return virtual_x != virtual_y ? virtual_x - virtual_y : x->place < y->place ? -1 : x->place > y->place;
}

static void gather_interfaces(struct session *s, const char *only, struct show_list *list)
{
	struct router *r = session_router(s);
	struct gather g = { .router = r, .config = session_config(s), .list = list, .only = only };
	struct nvram *n = session_shell(s)->nvram;
	char *saved = NULL;
	size_t octets = 0;

	if (!r)
		return;
	if (n && nvram_load(n, &saved, &octets) == 0)
		g.saved = saved;
	router_lock(r);
	router_each_if(r, add_interface, &g);
	router_unlock(r);
	if (list->count)
		qsort(list->items, list->count, sizeof(struct show_interface), physical_first);
	if (saved)
		wipe(saved, octets);
	free(saved);
}

static void add_route(void *ctx, const struct router_route *t)
{
	struct router_route *copy = show_list_add(ctx);

	if (copy)
		*copy = *t;
}

static void gather_routes(struct session *s, unsigned family, struct show_list *list)
{
	struct router *r = session_router(s);

	if (!r)
		return;
	router_lock(r);
	router_each_route(r, family, add_route, list);
	router_unlock(r);
}

/* --- the commands ---- */

static enum cmd_result show_interfaces(struct session *s, const struct cmd_match *m)
{
	struct show_list list = SHOW_LIST(struct show_interface);
	const struct show_interface *i;

	gather_interfaces(s, cmd_text(m, "ifname"), &list);
	i = list.items;
	for (size_t k = 0; k < list.count; k++)
		print_interface(s, &i[k]);
	show_list_free(&list);
	return CMD_OK;
}

static enum cmd_result show_ip_brief(struct session *s, const struct cmd_match *m)
{
	struct show_list list = SHOW_LIST(struct show_interface);

	(void)m;
	gather_interfaces(s, NULL, &list);
	print_ip_brief(s, list.items, list.count);
	show_list_free(&list);
	return CMD_OK;
}

static enum cmd_result show_ipv6_brief(struct session *s, const struct cmd_match *m)
{
	struct show_list list = SHOW_LIST(struct show_interface);

	(void)m;
	gather_interfaces(s, NULL, &list);
	print_ipv6_brief(s, list.items, list.count);
	show_list_free(&list);
	return CMD_OK;
}

static enum cmd_result show_ip_route(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route);

	(void)m;
	gather_routes(s, 4, &routes);
	print_ip_routes(s, routes.items, routes.count);
	show_list_free(&routes);
	return CMD_OK;
}

static enum cmd_result show_ipv6_route(struct session *s, const struct cmd_match *m)
{
	struct show_list routes = SHOW_LIST(struct router_route), list = SHOW_LIST(struct show_interface);
	const struct show_interface *i;
	bool runs_ipv6 = false;

	(void)m;
	gather_routes(s, 6, &routes);
	gather_interfaces(s, NULL, &list);
	i = list.items;
	for (size_t k = 0; k < list.count; k++)
		runs_ipv6 |= i[k].info.link_local.family == 6;
	print_ipv6_routes(s, routes.items, routes.count, runs_ipv6);
	show_list_free(&routes);
	show_list_free(&list);
	return CMD_OK;
}

#define SHOW(handler_, ...)                                                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), __VA_ARGS__ }, .handler = (handler_)        \
	}

#define INTERFACES KW("interfaces", "Interface status and configuration")
#define IP         KW("ip", "IP information")
#define IPV6       KW("ipv6", "IPv6 information")
#define BRIEF      KW("brief", "Brief summary of IP status and configuration")

static const struct cmd cmds[] = {
	SHOW(show_interfaces, INTERFACES),
	SHOW(show_interfaces, INTERFACES, IFNAME("ifname", "Interface")),
	SHOW(show_ip_brief, IP, KW("interface", "IP interface status and configuration"), BRIEF),
	SHOW(show_ip_route, IP, KW("route", "IP routing table")),
	SHOW(show_ipv6_brief, IPV6, KW("interface", "IPv6 interface status and configuration"), BRIEF),
	SHOW(show_ipv6_route, IPV6, KW("route", "Show IPv6 route table entries")),
};

const struct cmd_table cmd_show_ip_table = CMD_TABLE(cmds);
