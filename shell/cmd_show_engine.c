/* show crypto map, show crypto engine connections active, show crypto eli: copies, then prints (print_crypto.h). */
#include "shell/commands_show.h"
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

/* --- maps ---- */

struct map_gather {
	struct show_list maps;
	struct config *config;
	struct router *router;
	const char *only; /* an interface, or NULL */
};

static int by_ifname(const void *a, const void *b)
{
	return ifname_compare(((const struct show_map *)a)->ifname, ((const struct show_map *)b)->ifname);
}

/* Of a configured tunnel; a clone's is its template's. */
static void add_map(struct map_gather *g, const char *ifname, const struct interface *i, const struct ip_addr *peer)
{
	const struct ipsec_profile *p = config_profile_find(g->config, i->tunnel.profile);
	struct show_map *m;

	if ((!p && strcmp(i->tunnel.profile, "default") != 0) || !*i->tunnel.profile ||
	    i->tunnel.mode == TUNNEL_GRE_IP || (g->only && strcmp(g->only, ifname) != 0) ||
	    !(m = show_list_add(&g->maps)))
		return;
	snprintf(m->ifname, sizeof(m->ifname), "%s", ifname);
	m->family = i->tunnel.mode == TUNNEL_IPSEC_IPV6 ? 6 : 4;
	if (p)
		m->profile = *p;
	else
		snprintf(m->profile.name, sizeof(m->profile.name), "%s", i->tunnel.profile);
	if (peer)
		m->peer = *peer;
}

/* Idents in the engine: Tunnels that have all they need, and clones. */
static void add_ident(void *ctx, const struct ike_ident_info *info)
{
	struct map_gather *g = ctx;
	const char *ifname = info->config.ifname;
	struct router_if_info own;
	const struct interface *i;

	if (router_if(g->router, ifname, &own) && (i = config_interface_find(g->config, own.config_name)))
		add_map(g, ifname, i, &info->config.remote);
}

static void drop_doubles(struct show_list *l)
{
	struct show_map *m = l->items;
	size_t kept = 0;

	/* sorted by name: that with an ident and that without one stand together */
	for (size_t k = 0; k < l->count; k++) {
		if (kept && strcmp(m[kept - 1].ifname, m[k].ifname) == 0) {
			if (m[k].peer.family)
				m[kept - 1] = m[k];
			continue;
		}
		if (kept != k)
			m[kept] = m[k];
		kept++;
	}
	l->count = kept;
}

static enum cmd_result show_map(struct session *s, const struct cmd_match *m)
{
	struct show_list sets = SHOW_LIST(struct transform_set);
	struct map_gather g = { .maps = SHOW_LIST(struct show_map),
				.config = session_config(s),
				.router = session_router(s),
				.only = cmd_text(m, "ifname") };
	const struct interface *i;
	struct transform_set *t, *copy;
	unsigned lifetime_s;
	uint32_t lifetime_kb;

	show_lock(s);
	TAILQ_FOREACH (t, &g.config->transform_sets, link)
		if ((copy = show_list_add(&sets)))
			*copy = *t;
	TAILQ_FOREACH (i, &g.config->interfaces, link)
		if (if_type_has_tunnel(i->type))
			add_map(&g, i->name, i, NULL);
	if (g.router)
		ike_each_ident(router_ike(g.router), add_ident, &g);
	lifetime_s = g.config->ipsec_lifetime_s;
	lifetime_kb = g.config->ipsec_lifetime_kb;
	show_unlock(s);
	show_list_sort(&g.maps, by_ifname);
	drop_doubles(&g.maps);
	print_crypto_maps(s, g.maps.items, g.maps.count, sets.items, sets.count, lifetime_s, lifetime_kb);
	show_list_free(&g.maps);
	show_list_free(&sets);
	return CMD_OK;
}

/* --- connections ---- */

struct connections {
	struct show_list list;
	struct router *router;
};

static void add_ipsec(void *ctx, const struct ike_ident_info *info)
{
	struct connections *all = ctx;

	for (unsigned k = 0; k < info->child_count; k++) {
		const struct ike_child_info *c = &info->children[k];
		struct show_connection *to = show_list_add(&all->list);
		struct esp_counters counters = { 0 };

		if (!to)
			return;
		to->conn_id = c->conn_id;
		to->local = info->config.local;
		show_ipsec_algorithm(c, to->algorithm);
		if (!esp_sa_counters(router_esp(all->router), info->ident, c->inbound, c->spi, &counters))
			continue;
		*(c->inbound ? &to->decrypt : &to->encrypt) = counters.packets;
		to->sequence = c->inbound ? counters.sequence : 0;
	}
}

static void add_ike(void *ctx, const struct ike_sa_info *sa)
{
	struct connections *all = ctx;
	struct show_connection *to;

	if (!sa->conn_id || !(to = show_list_add(&all->list)))
		return;
	to->ike = true;
	to->conn_id = sa->conn_id;
	to->local = sa->path.local;
	show_ike_algorithm(sa, to->algorithm);
}

static int by_conn_id(const void *a, const void *b)
{
	const struct show_connection *x = a, *y = b;

	if (x->ike != y->ike)
		return x->ike - y->ike;
	return x->conn_id < y->conn_id ? -1 : x->conn_id > y->conn_id;
}

static enum cmd_result show_connections(struct session *s, const struct cmd_match *m)
{
	struct connections all = { SHOW_LIST(struct show_connection), session_router(s) };

	(void)m;
	show_lock(s);
	if (all.router) {
		ike_each_ident(router_ike(all.router), add_ipsec, &all);
		ike_each_sa(router_ike(all.router), add_ike, &all);
	}
	show_unlock(s);
	show_list_sort(&all.list, by_conn_id);
	print_connections(s, all.list.items, all.list.count);
	show_list_free(&all.list);
	return CMD_OK;
}

static enum cmd_result show_eli(struct session *s, const struct cmd_match *m)
{
	struct ike_stats stats = { 0 };

	(void)m;
	show_lock(s);
	if (session_router(s))
		ike_stats(router_ike(session_router(s)), &stats);
	show_unlock(s);
	print_crypto_eli(s, &stats);
	return CMD_OK;
}

#define SHOW(handler_, ...)                                                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),          \
			    __VA_ARGS__ },                                                                             \
		.handler = (handler_)                                                                                  \
	}

static const struct cmd cmds[] = {
	SHOW(show_map, KW("map", "Crypto maps")),
	SHOW(show_map, KW("map", "Crypto maps"), KW("interface", "Crypto maps for a specific interface"),
	     IFNAME("ifname", "Interface")),
	SHOW(show_connections, KW("engine", "Show crypto engine info"),
	     KW("connections", "Show connection information"), KW("active", "Show all crypto connections alive")),
	SHOW(show_eli, KW("eli", "Encryption Layer Interface")),
};

const struct cmd_table cmd_show_engine_table = CMD_TABLE(cmds);
