/* show crypto ...: copies what runs or is configured, then prints (print_crypto.h). */
#include "base/wipe.h"
#include "shell/commands_show.h"
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- gathering: lock held ---- */

static void add_sa(void *ctx, const struct ike_sa_info *sa)
{
	struct ike_sa_info *copy = show_list_add(ctx);

	if (copy)
		*copy = *sa;
}

static void add_ident(void *ctx, const struct ike_ident_info *info)
{
	struct show_ident *i = show_list_add(ctx);

	if (i)
		i->info = *info;
}

static void add_traffic(struct router *r, struct show_ident *i)
{
	struct router_if_info out;

	bool udp = false;

	for (unsigned k = 0; k < i->info.child_count; k++)
		udp |= i->info.children[k].udp;
	esp_tunnel_counters(router_esp(r), i->info.ident, &i->in, &i->out);
	i->no_buffer = router_no_buffer(r, i->info.config.local.family, udp);
	i->ip_mtu = router_if(r, i->info.config.out_ifname, &out) ? out.mtu : i->info.config.path_mtu;
}

static int by_interface(const void *a, const void *b)
{
	const struct show_ident *ia = a, *ib = b;

	return ifname_compare(ia->info.config.ifname, ib->info.config.ifname);
}

static void gather_sas(struct session *s, struct show_list *sas)
{
	struct router *r = session_router(s);

	if (!r)
		return;
	router_lock(r);
	ike_each_sa(router_ike(r), add_sa, sas);
	router_unlock(r);
}

static void gather_peers(struct session *s, struct show_list *peers)
{
	const struct isakmp_peer *p;
	struct show_peer *copy;

	show_lock(s);
	TAILQ_FOREACH (p, &session_config(s)->isakmp_peers, link)
		if (p->description[0] && (copy = show_list_add(peers))) {
			copy->address = p->address;
			memcpy(copy->description, p->description, sizeof(copy->description));
		}
	show_unlock(s);
}

static void gather_idents(struct session *s, struct show_list *idents)
{
	struct router *r = session_router(s);
	struct show_ident *i;

	if (!r)
		return;
	router_lock(r);
	ike_each_ident(router_ike(r), add_ident, idents);
	i = idents->items;
	for (size_t k = 0; k < idents->count; k++)
		add_traffic(r, &i[k]);
	router_unlock(r);
	show_list_sort(idents, by_interface);
}

/* --- the commands ---- */

enum { BRIEF, DETAIL, COUNT }; /* a row's arg */

static enum cmd_result show_isakmp_sa(struct session *s, const struct cmd_match *m)
{
	struct show_list sas = SHOW_LIST(struct ike_sa_info);

	gather_sas(s, &sas);
	if (cmd_of(m)->arg == DETAIL)
		print_isakmp_sas_detail(s, sas.items, sas.count);
	else
		print_isakmp_sas(s, sas.items, sas.count);
	show_list_free(&sas);
	return CMD_OK;
}

static struct ike_stats gather_stats(struct session *s)
{
	struct router *r = session_router(s);
	struct ike_stats stats = { 0 };

	if (r) {
		router_lock(r);
		ike_stats(router_ike(r), &stats);
		router_unlock(r);
	}
	return stats;
}

static enum cmd_result show_isakmp_sa_count(struct session *s, const struct cmd_match *m)
{
	const struct ike_stats stats = gather_stats(s);

	(void)m;
	print_isakmp_sa_count(s, &stats);
	return CMD_OK;
}

static enum cmd_result show_call_admission(struct session *s, const struct cmd_match *m)
{
	const struct ike_stats stats = gather_stats(s);

	(void)m;
	print_call_admission(s, &stats);
	return CMD_OK;
}

static enum cmd_result show_isakmp_peers(struct session *s, const struct cmd_match *m)
{
	struct show_list sas = SHOW_LIST(struct ike_sa_info), peers = SHOW_LIST(struct show_peer);

	(void)m;
	gather_sas(s, &sas);
	gather_peers(s, &peers);
	print_isakmp_peers(s, sas.items, sas.count, peers.items, peers.count);
	show_list_free(&sas);
	show_list_free(&peers);
	return CMD_OK;
}

/* heading: NULL for `show crypto isakmp default policy` */
static void print_defaults(struct session *s, const char *heading)
{
	size_t count;
	const struct isakmp_policy *defaults = ike_default_policies(&count);

	show_blank(s);
	if (heading)
		session_line(s, "%s", heading);
	print_isakmp_default_policies(s, defaults, count);
}

static enum cmd_result show_isakmp_default(struct session *s, const struct cmd_match *m)
{
	(void)m;
	print_defaults(s, NULL);
	return CMD_OK;
}

static enum cmd_result show_isakmp_policy(struct session *s, const struct cmd_match *m)
{
	struct show_list policies = SHOW_LIST(struct isakmp_policy);
	struct isakmp_policy *p, *copy;

	(void)m;
	show_lock(s);
	TAILQ_FOREACH (p, &session_config(s)->policies, link)
		if ((copy = show_list_add(&policies)))
			*copy = *p;
	show_unlock(s);
	if (policies.count)
		print_isakmp_policies(s, policies.items, policies.count);
	else
		print_defaults(s, "Default IKE policy");
	show_list_free(&policies);
	return CMD_OK;
}

static void add_keys(struct show_list *keys, const char *keyring, const struct isakmp_key_list *from)
{
	const struct isakmp_key *k;
	struct show_key *copy;

	TAILQ_FOREACH (k, from, link)
		if ((copy = show_list_add(keys))) {
			snprintf(copy->keyring, sizeof(copy->keyring), "%s", keyring);
			copy->key = *k;
		}
}

static enum cmd_result show_isakmp_key(struct session *s, const struct cmd_match *m)
{
	struct show_list keys = SHOW_LIST(struct show_key);
	struct config *c = session_config(s);
	const struct isakmp_keyring *ring;

	(void)m;
	show_lock(s);
	add_keys(&keys, "default", &c->keys);
	TAILQ_FOREACH (ring, &c->keyrings, link)
		add_keys(&keys, ring->name, &ring->keys);
	show_unlock(s);
	print_isakmp_keys(s, keys.items, keys.count);
	if (keys.items)
		wipe(keys.items, keys.count * sizeof(struct show_key));
	show_list_free(&keys);
	return CMD_OK;
}

static void keep_idents(struct show_list *idents, bool (*wanted)(const struct ike_ident *i, const void *what),
			const void *what)
{
	struct show_ident *i = idents->items;
	size_t kept = 0;

	for (size_t k = 0; k < idents->count; k++)
		if (wanted(&i[k].info.config, what))
			i[kept++] = i[k];
	idents->count = kept;
}

static bool of_interface(const struct ike_ident *i, const void *name)
{
	return strcmp(i->ifname, name) == 0;
}

static bool of_peer(const struct ike_ident *i, const void *peer)
{
	return ip_equal(&i->remote, peer);
}

static enum cmd_result show_ipsec_sa(struct session *s, const struct cmd_match *m)
{
	struct show_list idents = SHOW_LIST(struct show_ident);
	struct ip_addr peer;

	gather_idents(s, &idents);
	if (cmd_text(m, "ifname"))
		keep_idents(&idents, of_interface, cmd_text(m, "ifname"));
	if (cmd_addr(m, "peer", &peer))
		keep_idents(&idents, of_peer, &peer);
	if (cmd_of(m)->arg == COUNT)
		print_ipsec_sa_count(s, idents.items, idents.count);
	else
		print_ipsec_sas(s, idents.items, idents.count, cmd_of(m)->arg == DETAIL);
	show_list_free(&idents);
	return CMD_OK;
}

static void gather_sets(struct session *s, struct show_list *sets)
{
	struct transform_set *t, *copy;

	TAILQ_FOREACH (t, &session_config(s)->transform_sets, link)
		if ((copy = show_list_add(sets)))
			*copy = *t;
}

static enum cmd_result show_transform_set(struct session *s, const struct cmd_match *m)
{
	struct show_list sets = SHOW_LIST(struct transform_set);

	(void)m;
	show_lock(s);
	gather_sets(s, &sets);
	show_unlock(s);
	print_transform_sets(s, sets.items, sets.count);
	show_list_free(&sets);
	return CMD_OK;
}

static enum cmd_result show_profile(struct session *s, const struct cmd_match *m)
{
	struct show_list sets = SHOW_LIST(struct transform_set), profiles = SHOW_LIST(struct ipsec_profile);
	struct config *c = session_config(s);
	struct ipsec_profile *p, *copy;
	unsigned lifetime_s;
	uint32_t lifetime_kb;

	(void)m;
	show_lock(s);
	gather_sets(s, &sets);
	TAILQ_FOREACH (p, &c->profiles, link)
		if ((copy = show_list_add(&profiles)))
			*copy = *p;
	lifetime_s = c->ipsec_lifetime_s;
	lifetime_kb = c->ipsec_lifetime_kb;
	show_unlock(s);
	print_ipsec_profiles(s, profiles.items, profiles.count, sets.items, sets.count, lifetime_s, lifetime_kb);
	show_list_free(&sets);
	show_list_free(&profiles);
	return CMD_OK;
}

static enum cmd_result show_session(struct session *s, const struct cmd_match *m)
{
	struct show_list idents = SHOW_LIST(struct show_ident), sas = SHOW_LIST(struct ike_sa_info);
	struct show_list peers = SHOW_LIST(struct show_peer);

	gather_sas(s, &sas);
	gather_idents(s, &idents);
	gather_peers(s, &peers);
	print_crypto_sessions(s, idents.items, idents.count, sas.items, sas.count, peers.items, peers.count,
			      cmd_of(m)->arg == DETAIL);
	show_list_free(&peers);
	show_list_free(&idents);
	show_list_free(&sas);
	return CMD_OK;
}

/* What the interface of an ident is protected with; a clone's is its template's. */
static void add_profile(struct session *s, struct show_ident *i)
{
	const char *name = i->info.config.ifname;
	struct router_if_info own;
	const struct interface *c;

	if (router_if(session_router(s), name, &own))
		name = own.config_name;
	c = config_interface_find(session_config(s), name);
	if (c)
		memcpy(i->profile, c->tunnel.profile, sizeof(i->profile));
}

static enum cmd_result show_sockets(struct session *s, const struct cmd_match *m)
{
	struct show_list idents = SHOW_LIST(struct show_ident);
	struct show_ident *i;

	(void)m;
	gather_idents(s, &idents);
	i = idents.items;
	show_lock(s);
	for (size_t k = 0; k < idents.count; k++)
		add_profile(s, &i[k]);
	show_unlock(s);
	print_crypto_sockets(s, idents.items, idents.count);
	show_list_free(&idents);
	return CMD_OK;
}

/* What is only configured runs under the lock: what it prints waits for the end of the command. */

static enum cmd_result show_isakmp_profile(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "profile");
	const struct isakmp_profile *p;

	TAILQ_FOREACH (p, &session_config(s)->isakmp_profiles, link)
		if (!name || !strcmp(p->name, name))
			print_isakmp_profile(s, p);
	return CMD_OK;
}

static enum cmd_result show_sa_lifetime(struct session *s, const struct cmd_match *m)
{
	const struct config *c = session_config(s);

	(void)m;
	session_line(s, "Security association lifetime: %" PRIu32 " kilobytes/%u seconds", c->ipsec_lifetime_kb,
		     c->ipsec_lifetime_s);
	return CMD_OK;
}

static enum cmd_result show_sa_idle(struct session *s, const struct cmd_match *m)
{
	unsigned seconds = session_config(s)->ipsec_idle_s;

	(void)m;
	if (seconds)
		session_line(s, "Security association idletime: %u seconds", seconds);
	else
		session_line(s, "Security association idletime: disabled");
	return CMD_OK;
}

#define SHOW_CRYPTO(privilege_, handler_, arg_, ...) SHOW_FLAGS(CMD_UNLOCKED, privilege_, handler_, arg_, __VA_ARGS__)
#define SHOW_CONFIG(handler_, ...)                   SHOW_FLAGS(0, 1, handler_, BRIEF, __VA_ARGS__)
#define SHOW_FLAGS(flags_, privilege_, handler_, arg_, ...)                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = (flags_),                                       \
		.tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),          \
			    __VA_ARGS__ },                                                                             \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}

#define ISAKMP    KW("isakmp", "Show ISAKMP")
#define ISAKMP_SA KW("sa", "Show ISAKMP Security Associations")
#define IPSEC     KW("ipsec", "Show IPSEC policy")
#define IPSEC_SA  KW("sa", "IPSEC SA table")
#define DETAILED  KW("detail", "Show counters detail")
#define PEER      KW("peer", "Show all SAs for peer")
#define SESSION   KW("session", "Show crypto sessions (tunnels)")
#define SA_PARAMS KW("security-association", "Show parameters for IPSec security associations")
#define PROFILE   KW("profile", "Show ISAKMP profiles")

static const struct cmd cmds[] = {
	SHOW_CRYPTO(1, show_isakmp_sa, BRIEF, ISAKMP, ISAKMP_SA),
	SHOW_CRYPTO(1, show_isakmp_sa, DETAIL, ISAKMP, ISAKMP_SA, KW("detail", "Show ISAKMP SA Detail")),
	SHOW_CRYPTO(1, show_isakmp_sa_count, COUNT, ISAKMP, ISAKMP_SA, KW("count", "Show ISAKMP SA count")),
	SHOW_CRYPTO(1, show_isakmp_peers, BRIEF, ISAKMP, KW("peers", "Show ISAKMP peer structures")),
	SHOW_CRYPTO(1, show_isakmp_policy, BRIEF, ISAKMP, KW("policy", "Show ISAKMP protection suite policy")),
	SHOW_CRYPTO(1, show_isakmp_default, BRIEF, ISAKMP, KW("default", "Show ISAKMP default policy"),
		    KW("policy", "Show default ISAKMP protection suite policy")),
	/* Keys are for those who may read the running-config. */
	SHOW_CRYPTO(15, show_isakmp_key, BRIEF, ISAKMP, KW("key", "Show ISAKMP preshared keys")),
	SHOW_CONFIG(show_isakmp_profile, ISAKMP, PROFILE),
	SHOW_CONFIG(show_isakmp_profile, ISAKMP, PROFILE, WORD("profile", "Name of ISAKMP Profile")),
	SHOW_CRYPTO(1, show_ipsec_sa, BRIEF, IPSEC, IPSEC_SA),
	SHOW_CRYPTO(1, show_ipsec_sa, DETAIL, IPSEC, IPSEC_SA, DETAILED),
	SHOW_CRYPTO(1, show_ipsec_sa, COUNT, IPSEC, IPSEC_SA, KW("count", "Show IPSEC SA count")),
	SHOW_CRYPTO(1, show_ipsec_sa, BRIEF, IPSEC, IPSEC_SA, KW("interface", "Show info for specific interface"),
		    IFNAME("ifname", "Interface")),
	SHOW_CRYPTO(1, show_ipsec_sa, DETAIL, IPSEC, IPSEC_SA, KW("interface", "Show info for specific interface"),
		    IFNAME("ifname", "Interface"), DETAILED),
	SHOW_CRYPTO(1, show_ipsec_sa, BRIEF, IPSEC, IPSEC_SA, PEER, IP4("peer", "IP address of peer")),
	SHOW_CRYPTO(1, show_ipsec_sa, BRIEF, IPSEC, IPSEC_SA, PEER, IP6("peer", "IPv6 address of peer")),
	SHOW_CRYPTO(1, show_ipsec_sa, DETAIL, IPSEC, IPSEC_SA, PEER, IP4("peer", "IP address of peer"), DETAILED),
	SHOW_CRYPTO(1, show_ipsec_sa, DETAIL, IPSEC, IPSEC_SA, PEER, IP6("peer", "IPv6 address of peer"), DETAILED),
	SHOW_CONFIG(show_sa_lifetime, IPSEC, SA_PARAMS),
	SHOW_CONFIG(show_sa_lifetime, IPSEC, SA_PARAMS, KW("lifetime", "Show SA lifetime")),
	SHOW_CONFIG(show_sa_idle, IPSEC, SA_PARAMS, KW("idle-time", "Show SA idle time")),
	SHOW_CRYPTO(1, show_sockets, BRIEF, KW("sockets", "Secure Socket Information")),
	SHOW_CRYPTO(1, show_call_admission, BRIEF, KW("call", "Show crypto call admission info"),
		    KW("admission", "Show crypto call admission info"),
		    KW("statistics", "Show crypto call admission statistics")),
	SHOW_CRYPTO(1, show_transform_set, BRIEF, IPSEC, KW("transform-set", "Crypto transform sets")),
	SHOW_CRYPTO(1, show_profile, BRIEF, IPSEC, KW("profile", "Show ipsec profile information")),
	SHOW_CRYPTO(1, show_session, BRIEF, SESSION),
	SHOW_CRYPTO(1, show_session, DETAIL, SESSION, KW("detail", "Show crypto sessions (tunnels) in detail")),
};

const struct cmd_table cmd_show_crypto_table = CMD_TABLE(cmds);
