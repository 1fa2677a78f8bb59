/* show crypto explain: copies what the engine, the router and the configuration know of each tunnel, then tells it. */
#include "shell/commands_show.h"
#include "shell/explain.h"

#include <stdio.h>
#include <string.h>

/* --- gathering: lock held ---- */

struct gathering {
	struct session *s;
	struct show_list *tunnels;
	const char *ifname;         /* NULL: all */
	const struct ip_addr *peer; /* NULL: all */
};

static void add_interface(struct session *s, struct explain_tunnel *t)
{
	const struct interface *i = config_interface_find(session_config(s), t->tunnel.config_name);
	char addr[IP_TEXT_SIZE];

	if (!i)
		return;
	if (i->tunnel.source.family)
		snprintf(t->source, sizeof(t->source), "%s", ip_text(&i->tunnel.source, addr));
	else
		snprintf(t->source, sizeof(t->source), "%s", i->tunnel.source_if);
	memcpy(t->profile, i->tunnel.profile, sizeof(t->profile));
	t->family = i->tunnel.mode == TUNNEL_IPSEC_IPV4 ? 4 : i->tunnel.mode == TUNNEL_IPSEC_IPV6 ? 6 : 0;
}

static void add_counters(struct router *r, struct explain_tunnel *t)
{
	const struct ike_ident_info *info = &t->info;
	bool in = false, out = false;

	esp_tunnel_counters(router_esp(r), info->ident, &t->in, &t->out);
	for (unsigned k = 0; k < info->child_count; k++) {
		const struct ike_child_info *child = &info->children[k];

		if (child->inbound && !in)
			in = esp_sa_counters(router_esp(r), info->ident, true, child->spi, &t->sa_in);
		else if (child->current && !out)
			out = esp_sa_counters(router_esp(r), info->ident, false, child->spi, &t->sa_out);
	}
}

static void add_tunnel(void *ctx, const struct router_tunnel_info *i)
{
	const struct gathering *g = ctx;
	struct explain_tunnel *t;

	if ((g->ifname && strcmp(g->ifname, i->name) != 0) || (g->peer && !ip_equal(g->peer, &i->destination)))
		return;
	t = show_list_add(g->tunnels);
	if (!t)
		return;
	t->tunnel = *i;
	add_interface(g->s, t);
	t->has_ident = i->ident && ike_diag(router_ike(session_router(g->s)), i->ident, &t->diag);
}

static struct explain_tunnel *tunnel_of(struct show_list *tunnels, uint32_t ident)
{
	struct explain_tunnel *t = tunnels->items;

	for (size_t k = 0; k < tunnels->count; k++)
		if (t[k].has_ident && t[k].tunnel.ident == ident)
			return &t[k];
	return NULL;
}

static void add_ident(void *ctx, const struct ike_ident_info *info)
{
	struct gathering *g = ctx;
	struct explain_tunnel *t = tunnel_of(g->tunnels, info->ident);

	if (!t)
		return;
	t->info = *info;
	add_counters(session_router(g->s), t);
}

/* The newest of several comes first. */
static void add_sa(void *ctx, const struct ike_sa_info *sa)
{
	struct gathering *g = ctx;
	struct explain_tunnel *t = g->tunnels->items;

	if (!sa->authenticated || sa->deleted)
		return;
	for (size_t k = 0; k < g->tunnels->count; k++) {
		const struct ike_ident *config = &t[k].info.config;

		if (t[k].has_sa || !t[k].has_ident || !ip_equal(&sa->path.local, &config->local) ||
		    !ip_equal(&sa->path.remote, &config->remote) ||
		    (config->profile[0] && strcmp(config->profile, sa->profile) != 0))
			continue;
		t[k].sa = *sa;
		t[k].has_sa = true;
	}
}

static void add_stranger(void *ctx, const struct ike_stranger *x)
{
	struct ike_stranger *copy = show_list_add(ctx);

	if (copy)
		*copy = *x;
}

static void add_keys(struct explain_config *c, const char *keyring, const struct isakmp_key_list *from)
{
	const struct isakmp_key *k;
	struct explain_key *copy;

	TAILQ_FOREACH (k, from, link)
		if ((copy = show_list_add(&c->keys))) {
			snprintf(copy->keyring, sizeof(copy->keyring), "%s", keyring);
			memcpy(copy->hostname, k->hostname, sizeof(copy->hostname));
			copy->peer = k->peer;
		}
}

static void gather_config(struct session *s, struct explain_config *out)
{
	const struct config *c = session_config(s);
	const struct isakmp_keyring *ring;
	const struct isakmp_profile *profile;
	struct isakmp_policy *p, *policy;
	struct transform_set *t, *set;
	struct ipsec_profile *i, *ipsec;
	struct explain_profile *x;

	TAILQ_FOREACH (p, &c->policies, link)
		if ((policy = show_list_add(&out->policies)))
			*policy = *p;
	TAILQ_FOREACH (t, &c->transform_sets, link)
		if ((set = show_list_add(&out->sets)))
			*set = *t;
	TAILQ_FOREACH (i, &c->profiles, link)
		if ((ipsec = show_list_add(&out->profiles)))
			*ipsec = *i;
	TAILQ_FOREACH (profile, &c->isakmp_profiles, link)
		if ((x = show_list_add(&out->isakmp))) {
			memcpy(x->name, profile->name, sizeof(x->name));
			if (profile->keyring_count)
				memcpy(x->keyring, profile->keyrings[0], sizeof(x->keyring));
		}
	add_keys(out, "default", &c->keys);
	TAILQ_FOREACH (ring, &c->keyrings, link)
		add_keys(out, ring->name, &ring->keys);
	out->lifetime_s = c->ipsec_lifetime_s;
	out->lifetime_kb = c->ipsec_lifetime_kb;
}

static void free_config(struct explain_config *c)
{
	show_list_free(&c->policies);
	show_list_free(&c->sets);
	show_list_free(&c->profiles);
	show_list_free(&c->keys);
	show_list_free(&c->isakmp);
}

/* Strangers of this peer, or all. */
static void keep_strangers(struct show_list *strangers, const struct ip_addr *peer)
{
	struct ike_stranger *x = strangers->items;
	size_t kept = 0;

	for (size_t k = 0; k < strangers->count; k++)
		if (!peer || ip_equal(peer, &x[k].remote))
			x[kept++] = x[k];
	strangers->count = kept;
}

static int by_interface(const void *a, const void *b)
{
	const struct explain_tunnel *ta = a, *tb = b;

	return ifname_compare(ta->tunnel.name, tb->tunnel.name);
}

static enum cmd_result show_explain(struct session *s, const struct cmd_match *m)
{
	struct show_list tunnels = SHOW_LIST(struct explain_tunnel), strangers = SHOW_LIST(struct ike_stranger);
	struct explain_config config = EXPLAIN_CONFIG;
	struct router *r = session_router(s);
	struct ip_addr peer;
	struct gathering g = { .s = s, .tunnels = &tunnels, .ifname = cmd_text(m, "ifname") };

	if (cmd_addr(m, "peer", &peer))
		g.peer = &peer;
	if (r) {
		router_lock(r);
		router_each_tunnel(r, add_tunnel, &g);
		ike_each_ident(router_ike(r), add_ident, &g);
		ike_each_sa(router_ike(r), add_sa, &g);
		if (!g.ifname)
			ike_each_stranger(router_ike(r), add_stranger, &strangers);
		gather_config(s, &config);
		router_unlock(r);
	}
	keep_strangers(&strangers, g.peer);
	show_list_sort(&tunnels, by_interface);
	print_explain(s, &config, tunnels.items, tunnels.count, strangers.items, strangers.count, !g.ifname && !g.peer);
	free_config(&config);
	show_list_free(&strangers);
	show_list_free(&tunnels);
	return CMD_OK;
}

#define EXPLAIN(...)                                                                                                   \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),          \
			    KW("explain", "Explain tunnels and their failures (mainmode)"), __VA_ARGS__ },             \
		.handler = show_explain                                                                                \
	}

static const struct cmd cmds[] = {
	EXPLAIN(),
	EXPLAIN(KW("interface", "Of one tunnel"), IFNAME("ifname", "Interface")),
	EXPLAIN(KW("peer", "Of one peer"), IP4("peer", "IP address of peer")),
	EXPLAIN(KW("peer", "Of one peer"), IP6("peer", "IPv6 address of peer")),
};

const struct cmd_table cmd_explain_table = CMD_TABLE(cmds);
