#include "shell/if_gather.h"

#include "base/wipe.h"
#include "shell/print_ip.h"
#include "shell/show.h"
#include "startup-config/nvram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the startup-config says: read once, asked by name ---- */

/*
 * An interface's block and its primary address line. The text is what our own writer made or a user's file in the same
 * form: blocks whose lines begin with a space. Both point into the text.
 */
struct saved_if {
	const char *name, *address; /* address: NULL: none */
	size_t name_octets, address_octets;
};

static size_t line_octets(const char *line)
{
	return strcspn(line, "\r\n");
}

static bool begins(const char *line, const char *words)
{
	return strncmp(line, words, strlen(words)) == 0;
}

static bool is_secondary(const char *address, size_t octets)
{
	static const char word[] = " secondary";
	size_t n = strlen(word);

	return octets > n && strncmp(address + octets - n, word, n) == 0;
}

static void index_saved(const char *text, struct show_list *index)
{
	static const char interface[] = "interface ", address[] = " ip address ";
	struct saved_if *now = NULL;

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (*text != ' ')
			now = NULL;
		if (begins(text, interface) && (now = show_list_add(index))) {
			now->name = text + strlen(interface);
			now->name_octets = line_octets(now->name);
		} else if (now && begins(text, address) && !is_secondary(text, line_octets(text))) {
			now->address = text + strlen(address);
			now->address_octets = line_octets(now->address);
		}
	}
}

static int by_name(const void *a, const void *b)
{
	const struct saved_if *x = a, *y = b;
	size_t least = x->name_octets < y->name_octets ? x->name_octets : y->name_octets;
	int order = strncmp(x->name, y->name, least);

	return order ? order : x->name_octets < y->name_octets ? -1 : x->name_octets > y->name_octets;
}

/* The saved text gives it this primary address, or "": none. */
static bool saved_as(const struct show_list *index, const char *name, const char *address)
{
	const struct saved_if key = { .name = name, .name_octets = strlen(name) }, *found;

	if (!index->count)
		return false;
	found = bsearch(&key, index->items, index->count, sizeof(key), by_name);
	if (!found || !found->address)
		return found && !*address;
	return found->address_octets == strlen(address) && strncmp(found->address, address, strlen(address)) == 0;
}

static bool is_saved(const struct show_list *index, const struct interface *i)
{
	char line[2 * IP_TEXT_SIZE + 2] = "", addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];

	if (i->ip_count) {
		struct ip_addr m = ip_mask(i->ip[0].prefix.len);

		snprintf(line, sizeof(line), "%s %s", ip_text(&i->ip[0].prefix.addr, addr), ip_text(&m, mask));
	}
	return saved_as(index, i->name, line);
}

/* --- tunnels by their source interface ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void index_sources(const struct config *c, struct show_list *index)
{
	const struct interface *i;
	char *name;

	TAILQ_FOREACH (i, &c->interfaces, link)
		if (i->type == IF_TUNNEL && *i->tunnel.source_if && (name = show_list_add(index)))
			memcpy(name, i->tunnel.source_if, CONFIG_IFNAME_SIZE);
	show_list_sort(index, by_text);
}

static unsigned source_members(const struct show_list *index, const char *source_if)
{
	const char *at =
		index->count ? bsearch(source_if, index->items, index->count, CONFIG_IFNAME_SIZE, by_text) : NULL;
	const char *first = index->items, *end = first ? first + index->count * CONFIG_IFNAME_SIZE : NULL;
	unsigned n = 0;

	if (!at)
		return 0;
	/* bsearch() finds any of them */
	while (at > first && strcmp(at - CONFIG_IFNAME_SIZE, source_if) == 0)
		at -= CONFIG_IFNAME_SIZE;
	for (; at < end && strcmp(at, source_if) == 0; at += CONFIG_IFNAME_SIZE)
		n++;
	return n;
}

/* --- copying: lock held ---- */

struct gather {
	struct router *router;
	struct config *config;
	struct show_list saved, sources, *list;
	const char *only;
	unsigned members; /* of source, the last one that was counted: most tunnels share one */
	char source[CONFIG_IFNAME_SIZE];
};

static unsigned members_of(struct gather *g, const char *source_if)
{
	if (strcmp(g->source, source_if) != 0) {
		snprintf(g->source, sizeof(g->source), "%s", source_if);
		g->members = source_members(&g->sources, source_if);
	}
	return g->members;
}

static void add_addresses(struct router *r, const struct interface *config, struct show_interface *i)
{
	struct ip_prefix p;

	if (config->ip_count)
		i->own_ipv4 = config->ip[0].prefix;
	for (unsigned k = 1; k < config->ip_count; k++)
		i->secondary[i->secondary_count++] = config->ip[k].prefix;
	for (unsigned k = 0; k < config->ipv6_count; k++)
		if (!config->ipv6[k].link_local && router_if_address6(r, i->info.name, k, &p))
			i->ipv6[i->ipv6_count++] = (struct show_address6){ p, config->ipv6[k].eui64 };
}

static void add_interface(void *ctx, const struct router_if_info *info)
{
	struct gather *g = ctx;
	struct interface *config = config_interface_find(g->config, info->config_name), *lender;
	struct show_interface *i;

	if (!(i = show_list_add(g->list)))
		return;
	i->info = *info;
	i->place = g->list->count;
	i->ipv6_router = g->config->ipv6_unicast_routing;
	if (!config)
		return;
	i->config = *config;
	snprintf(i->description, sizeof(i->description), "%s", config->description);
	add_addresses(g->router, config, i);
	i->saved = is_saved(&g->saved, config);
	if (*config->unnumbered && (lender = config_interface_find(g->config, config->unnumbered)) && lender->ip_count)
		i->ipv4 = lender->ip[0].prefix.addr;
	else
		i->ipv4 = i->own_ipv4.addr;
	if (*config->tunnel.source_if)
		i->source_members = members_of(g, config->tunnel.source_if);
}

/* As they came to be: what is plugged in, then what was configured. */
static int physical_first(const void *a, const void *b)
{
	const struct show_interface *x = a, *y = b;
	int virtual_x = if_type_is_logical(x->info.type), virtual_y = if_type_is_logical(y->info.type);

	return virtual_x != virtual_y ? virtual_x - virtual_y : x->place < y->place ? -1 : x->place > y->place;
}

static void copy_interfaces(struct gather *g)
{
	struct router_if_info one;

	index_sources(g->config, &g->sources);
	if (!g->only)
		router_each_if(g->router, add_interface, g);
	else if (router_if(g->router, g->only, &one))
		add_interface(g, &one);
}

void if_gather(struct session *s, const char *only, bool saved, struct show_list *list)
{
	struct gather g = { .router = session_router(s),
			    .config = session_config(s),
			    .list = list,
			    .only = only,
			    .saved = SHOW_LIST(struct saved_if),
			    .sources = { .octets = CONFIG_IFNAME_SIZE } };
	struct nvram *n = session_shell(s)->nvram;
	char *text = NULL;
	size_t octets = 0;

	if (!g.router)
		return;
	if (saved && n && nvram_load(n, &text, &octets) == 0) {
		index_saved(text, &g.saved);
		show_list_sort(&g.saved, by_name);
	}
	show_lock(s);
	copy_interfaces(&g);
	show_unlock(s);
	show_list_sort(list, physical_first);
	show_list_free(&g.saved);
	show_list_free(&g.sources);
	if (text)
		wipe(text, octets);
	free(text);
}
