/*
 * What the IKE engine is told of the configuration: lists become arrays, `local-address` of an interface becomes the
 * addresses that this one has now, and keys that cannot be decrypted are left out, as are those of a VRF. What was told last is kept, so that
 * the engine hears of changes only.
 */
#include "base/locked.h"
#include "base/wipe.h"
#include "router/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The settings and the arrays behind them. Keys of keyrings stand behind the global ones. */
struct ikesettings {
	struct ike_settings s;
	struct isakmp_policy *policies;
	struct isakmp_key *keys;
	struct ike_keyring *keyrings;
	struct isakmp_match *matches;
	struct ike_profile *profiles;
	struct isakmp_peer *peers;
	size_t policy_count, key_count, keyring_count, match_count, profile_count, peer_count;
	size_t key_room, peer_room; /* of which so many are used */
	char fqdn[CONFIG_NAME_SIZE + CONFIG_TEXT_SIZE];
};

static void free_settings(struct ikesettings *l)
{
	if (!l)
		return;
	free(l->policies);
	locked_free(l->keys, l->key_room * sizeof(*l->keys));
	free(l->keyrings);
	free(l->matches);
	free(l->profiles);
	locked_free(l->peers, l->peer_room * sizeof(*l->peers));
	free(l);
}

static size_t count_keys(const struct isakmp_key_list *list)
{
	const struct isakmp_key *k;
	size_t n = 0;

	TAILQ_FOREACH (k, list, link)
		n++;
	return n;
}

/* One more than needed, so that no size is 0. */
static bool make_room(const struct config *c, struct ikesettings *l)
{
	size_t policies = 1, keys = 1 + count_keys(&c->keys), keyrings = 1, matches = 1, profiles = 1, peers = 1;
	const struct isakmp_policy *policy;
	const struct isakmp_keyring *ring;
	const struct isakmp_profile *profile;
	const struct isakmp_match *match;
	const struct isakmp_peer *peer;

	TAILQ_FOREACH (policy, &c->policies, link)
		policies++;
	TAILQ_FOREACH (ring, &c->keyrings, link) {
		keyrings++;
		keys += count_keys(&ring->keys);
	}
	TAILQ_FOREACH (profile, &c->isakmp_profiles, link) {
		profiles++;
		TAILQ_FOREACH (match, &profile->matches, link)
			matches++;
	}
	TAILQ_FOREACH (peer, &c->isakmp_peers, link)
		peers++;
	l->key_room = keys;
	l->peer_room = peers;
	l->policies = calloc(policies, sizeof(*l->policies));
	l->keys = locked_calloc(keys, sizeof(*l->keys));
	l->keyrings = calloc(keyrings, sizeof(*l->keyrings));
	l->matches = calloc(matches, sizeof(*l->matches));
	l->profiles = calloc(profiles, sizeof(*l->profiles));
	l->peers = locked_calloc(peers, sizeof(*l->peers));
	return l->policies && l->keys && l->keyrings && l->matches && l->profiles && l->peers;
}

/* The addresses of an interface that packets for it may come to; none while it is down or not there. */
static struct ike_local local_of(struct router *r, const struct ip_addr *address, const char *ifname)
{
	struct ike_local local = { .limited = address->family || ifname[0] };
	const struct interface *c;
	const struct iface *i;

	if (address->family) {
		local.at[0] = *address;
		return local;
	}
	if (!ifname[0] || !(i = iface_find(r, ifname)) || !i->protocol_up || !(c = iface_config(r, i)))
		return local;
	for (unsigned k = 0; k < 2; k++)
		local.at[k] = plan_source(c, iface_lender(r, c), iface_mac(r, i), k ? 6 : 4, &i->link_local);
	return local;
}

static void put_keys(struct ikesettings *l, const struct isakmp_key_list *list)
{
	const struct isakmp_key *k;

	TAILQ_FOREACH (k, list, link)
		if (k->key[0]) {
			l->keys[l->key_count] = *k;
			memset(&l->keys[l->key_count++].link, 0, sizeof(k->link));
		}
}

static void put_keyrings(struct router *r, struct ikesettings *l)
{
	const struct isakmp_keyring *ring;

	TAILQ_FOREACH (ring, &r->config->keyrings, link) {
		const size_t before = l->key_count;
		struct ike_keyring *to;

		if (ring->vrf[0]) /* for peers in a VRF, of which there is none here */
			continue;
		to = &l->keyrings[l->keyring_count++];
		snprintf(to->name, sizeof(to->name), "%s", ring->name);
		to->local = local_of(r, &ring->local_address, ring->local_if);
		to->keys = l->keys + before;
		put_keys(l, &ring->keys);
		to->key_count = l->key_count - before;
	}
}

static void put_profiles(struct router *r, struct ikesettings *l)
{
	const struct isakmp_profile *p;
	const struct isakmp_match *m;

	TAILQ_FOREACH (p, &r->config->isakmp_profiles, link) {
		struct ike_profile *to = &l->profiles[l->profile_count++];

		snprintf(to->name, sizeof(to->name), "%s", p->name);
		for (; to->keyring_count < p->keyring_count; to->keyring_count++)
			snprintf(to->keyrings[to->keyring_count], sizeof(to->keyrings[0]), "%s",
				 p->keyrings[to->keyring_count]);
		to->matches = l->matches + l->match_count;
		TAILQ_FOREACH (m, &p->matches, link) {
			l->matches[l->match_count] = *m;
			memset(&l->matches[l->match_count++].link, 0, sizeof(m->link));
			to->match_count++;
		}
		to->self = p->self;
		snprintf(to->self_text, sizeof(to->self_text), "%s", p->self_text);
		to->keepalive = p->keepalive;
		to->aggressive = p->aggressive;
		to->local = local_of(r, &p->local_address, p->local_if);
		to->virtual_template = p->virtual_template;
	}
}

static void put_policies(const struct config *c, struct ikesettings *l)
{
	const struct isakmp_policy *p;

	TAILQ_FOREACH (p, &c->policies, link) {
		struct isakmp_policy *to = &l->policies[l->policy_count++];

		to->priority = p->priority;
		to->encr = p->encr;
		to->keybits = p->keybits;
		to->hash = p->hash;
		to->auth = p->auth;
		to->group = p->group;
		to->lifetime_s = p->lifetime_s;
	}
}

static void put_peers(const struct config *c, struct ikesettings *l)
{
	const struct isakmp_peer *p;

	TAILQ_FOREACH (p, &c->isakmp_peers, link) {
		struct isakmp_peer *to = &l->peers[l->peer_count++];

		to->address = p->address;
		memcpy(to->password, p->password, sizeof(to->password));
		to->endpoint = p->endpoint;
		to->endpoint_address = p->endpoint_address;
		memcpy(to->endpoint_text, p->endpoint_text, sizeof(to->endpoint_text));
	}
}

/* NULL when out of memory. */
static struct ikesettings *make(struct router *r)
{
	struct ikesettings *l = calloc(1, sizeof(*l));
	const struct config *c = r->config;
	size_t global;

	if (!l || !make_room(c, l)) {
		free_settings(l);
		return NULL;
	}
	put_policies(c, l);
	put_keys(l, &c->keys);
	global = l->key_count;
	put_keyrings(r, l);
	put_profiles(r, l);
	put_peers(c, l);
	snprintf(l->fqdn, sizeof(l->fqdn), "%s%s%s", c->hostname, c->domain_name[0] ? "." : "", c->domain_name);
	l->s = (struct ike_settings){
		.policies = l->policies,
		.policy_count = l->policy_count,
		.keys = l->keys,
		.key_count = global,
		.keyrings = l->keyrings,
		.keyring_count = l->keyring_count,
		.profiles = l->profiles,
		.profile_count = l->profile_count,
		.peers = l->peers,
		.peer_count = l->peer_count,
		.identity = c->isakmp_identity,
		.hostname = l->fqdn,
		.enabled = !c->isakmp_disabled,
		.natt = !c->no_nat_transparency,
		.nat_keepalive_s = c->nat_keepalive_s,
		.keepalive = c->keepalive,
		.invalid_spi_recovery = c->invalid_spi_recovery,
		.fragmentation = c->isakmp_fragmentation,
		.session_logging = c->crypto_logging,
		.aggressive = c->aggressive,
		.sa_limit = c->ike_sa_limit,
		.negotiation_limit = c->ike_negotiation_limit,
	};
	return l;
}

/* --- what has changed? ---------------------------------------------------------------------------------------- */

static bool same_keepalive(const struct isakmp_keepalive *a, const struct isakmp_keepalive *b)
{
	return a->s == b->s && a->retry_s == b->retry_s && a->periodic == b->periodic;
}

static bool same_local(const struct ike_local *a, const struct ike_local *b)
{
	return a->limited == b->limited && ip_equal(&a->at[0], &b->at[0]) && ip_equal(&a->at[1], &b->at[1]);
}

static bool same_keyring(const struct ike_keyring *a, const struct ike_keyring *b)
{
	return !strcmp(a->name, b->name) && same_local(&a->local, &b->local) && a->key_count == b->key_count;
}

static bool same_profile(const struct ike_profile *a, const struct ike_profile *b)
{
	return !strcmp(a->name, b->name) && a->keyring_count == b->keyring_count &&
	       !memcmp(a->keyrings, b->keyrings, sizeof(a->keyrings)) && a->match_count == b->match_count &&
	       a->self == b->self && !strcmp(a->self_text, b->self_text) &&
	       same_keepalive(&a->keepalive, &b->keepalive) && a->aggressive == b->aggressive &&
	       same_local(&a->local, &b->local) && a->virtual_template == b->virtual_template;
}

static bool same_lists(const struct ikesettings *a, const struct ikesettings *b)
{
	if (a->policy_count != b->policy_count || a->key_count != b->key_count || a->match_count != b->match_count ||
	    a->peer_count != b->peer_count || a->keyring_count != b->keyring_count ||
	    a->profile_count != b->profile_count)
		return false;
	for (size_t k = 0; k < a->keyring_count; k++)
		if (!same_keyring(&a->keyrings[k], &b->keyrings[k]))
			return false;
	for (size_t k = 0; k < a->profile_count; k++)
		if (!same_profile(&a->profiles[k], &b->profiles[k]))
			return false;
	return !memcmp(a->policies, b->policies, a->policy_count * sizeof(*a->policies)) &&
	       !memcmp(a->matches, b->matches, a->match_count * sizeof(*a->matches)) &&
	       equal_const_time(a->keys, b->keys, a->key_count * sizeof(*a->keys)) &&
	       equal_const_time(a->peers, b->peers, a->peer_count * sizeof(*a->peers));
}

static bool same(const struct ikesettings *a, const struct ikesettings *b)
{
	const struct ike_settings *x = &a->s, *y = &b->s;

	return same_lists(a, b) && x->key_count == y->key_count && x->identity == y->identity &&
	       !strcmp(a->fqdn, b->fqdn) && x->enabled == y->enabled && x->natt == y->natt &&
	       x->nat_keepalive_s == y->nat_keepalive_s && same_keepalive(&x->keepalive, &y->keepalive) &&
	       x->invalid_spi_recovery == y->invalid_spi_recovery && x->fragmentation == y->fragmentation &&
	       x->session_logging == y->session_logging && x->aggressive == y->aggressive &&
	       x->sa_limit == y->sa_limit && x->negotiation_limit == y->negotiation_limit;
}

void ikesettings_apply(struct router *r)
{
	struct ikesettings *now = make(r);

	if (!now) {
		router_complain(r, "out of memory");
		return;
	}
	if (r->told && same(now, r->told)) {
		free_settings(now);
		return;
	}
	free_settings(r->told);
	r->told = now;
	if (ike_configure(r->ike, &now->s) < 0)
		router_complain(r, "out of memory");
}

void ikesettings_forget(struct router *r)
{
	free_settings(r->told);
	r->told = NULL;
}
