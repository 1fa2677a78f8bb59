/* Objects of the running-config, crypto: policies, keys and keyrings, profiles, peers, transform sets. */
#include "base/locked.h"
#include "base/wipe.h"
#include "config/free.h"
#include "config/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct isakmp_policy *config_policy_find(struct config *c, unsigned priority)
{
	struct isakmp_policy *p;

	TAILQ_FOREACH (p, &c->policies, link)
		if (p->priority == priority)
			return p;
	return NULL;
}

struct isakmp_policy *config_policy_get(struct config *c, unsigned priority)
{
	struct isakmp_policy *p = config_policy_find(c, priority), *after;

	if (p || !(p = calloc(1, sizeof(*p))))
		return p;
	p->priority = priority;
	p->group = ISAKMP_GROUP_DEFAULT;
	p->lifetime_s = ISAKMP_LIFETIME_DEFAULT_S;
	config_kept_init(&p->kept);
	TAILQ_FOREACH (after, &c->policies, link)
		if (after->priority > priority)
			break;
	if (after)
		TAILQ_INSERT_BEFORE(after, p, link);
	else
		TAILQ_INSERT_TAIL(&c->policies, p, link);
	return p;
}

void config_policy_remove(struct config *c, struct isakmp_policy *p)
{
	TAILQ_REMOVE(&c->policies, p, link);
	config_kept_clear(&p->kept);
	free(p);
}

/* Keys are told apart by hostname, or by network and length: host bits of a masked address say nothing. */
struct isakmp_key *config_key_find(const struct isakmp_key_list *list, const struct isakmp_key *match)
{
	struct ip_prefix want = ip_network(&match->peer), have;
	struct isakmp_key *k;

	TAILQ_FOREACH (k, list, link) {
		if (match->hostname[0] || k->hostname[0]) {
			if (!strcmp(match->hostname, k->hostname))
				return k;
			continue;
		}
		have = ip_network(&k->peer);
		if (have.len == want.len && ip_equal(&have.addr, &want.addr))
			return k;
	}
	return NULL;
}

int config_key_add(struct isakmp_key_list *list, const struct isakmp_key *key)
{
	struct isakmp_key *k = config_key_find(list, key);

	if (!k) {
		k = locked_calloc(1, sizeof(*k));
		if (!k)
			return -1;
		TAILQ_INSERT_TAIL(list, k, link);
	}
	memcpy(k->hostname, key->hostname, sizeof(k->hostname));
	k->peer = key->peer;
	k->with_mask = key->with_mask;
	memcpy(k->key, key->key, sizeof(k->key));
	memcpy(k->type6, key->type6, sizeof(k->type6));
	return 0;
}

bool config_key_drop(struct isakmp_key_list *list, const struct isakmp_key *match)
{
	struct isakmp_key *k = config_key_find(list, match);

	if (!k)
		return false;
	TAILQ_REMOVE(list, k, link);
	locked_free(k, sizeof(*k));
	return true;
}

struct isakmp_keyring *config_keyring_find(struct config *c, const char *name)
{
	struct isakmp_keyring *x;

	TAILQ_FOREACH (x, &c->keyrings, link)
		if (!strcmp(x->name, name))
			return x;
	return NULL;
}

struct isakmp_keyring *config_keyring_get(struct config *c, const char *name)
{
	struct isakmp_keyring *x = config_keyring_find(c, name);

	if (x || !(x = calloc(1, sizeof(*x))))
		return x;
	snprintf(x->name, sizeof(x->name), "%s", name);
	TAILQ_INIT(&x->keys);
	config_kept_init(&x->kept);
	TAILQ_INSERT_TAIL(&c->keyrings, x, link);
	return x;
}

void config_keyring_remove(struct config *c, struct isakmp_keyring *x)
{
	TAILQ_REMOVE(&c->keyrings, x, link);
	while (!TAILQ_EMPTY(&x->keys))
		config_key_drop(&x->keys, TAILQ_FIRST(&x->keys));
	config_kept_clear(&x->kept);
	free_wiped(x, sizeof(*x));
}

struct isakmp_profile *config_isakmp_profile_find(struct config *c, const char *name)
{
	struct isakmp_profile *x;

	TAILQ_FOREACH (x, &c->isakmp_profiles, link)
		if (!strcmp(x->name, name))
			return x;
	return NULL;
}

struct isakmp_profile *config_isakmp_profile_get(struct config *c, const char *name)
{
	struct isakmp_profile *x = config_isakmp_profile_find(c, name);

	if (x || !(x = calloc(1, sizeof(*x))))
		return x;
	snprintf(x->name, sizeof(x->name), "%s", name);
	TAILQ_INIT(&x->matches);
	config_kept_init(&x->kept);
	TAILQ_INSERT_TAIL(&c->isakmp_profiles, x, link);
	return x;
}

void config_isakmp_profile_remove(struct config *c, struct isakmp_profile *x)
{
	struct isakmp_match *m;

	TAILQ_REMOVE(&c->isakmp_profiles, x, link);
	while ((m = TAILQ_FIRST(&x->matches))) {
		TAILQ_REMOVE(&x->matches, m, link);
		free(m);
	}
	config_kept_clear(&x->kept);
	free_wiped(x, sizeof(*x));
}

struct isakmp_peer *config_isakmp_peer_find(struct config *c, const struct ip_addr *address)
{
	struct isakmp_peer *x;

	TAILQ_FOREACH (x, &c->isakmp_peers, link)
		if (ip_equal(&x->address, address))
			return x;
	return NULL;
}

struct isakmp_peer *config_isakmp_peer_get(struct config *c, const struct ip_addr *address)
{
	struct isakmp_peer *x = config_isakmp_peer_find(c, address);

	if (x || !(x = locked_calloc(1, sizeof(*x))))
		return x;
	x->address = *address;
	config_kept_init(&x->kept);
	TAILQ_INSERT_TAIL(&c->isakmp_peers, x, link);
	return x;
}

void config_isakmp_peer_remove(struct config *c, struct isakmp_peer *x)
{
	TAILQ_REMOVE(&c->isakmp_peers, x, link);
	config_kept_clear(&x->kept);
	locked_free(x, sizeof(*x));
}

struct transform_set *config_transform_set_find(struct config *c, const char *name)
{
	struct transform_set *t;

	TAILQ_FOREACH (t, &c->transform_sets, link)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

struct transform_set *config_transform_set_get(struct config *c, const char *name)
{
	struct transform_set *t = config_transform_set_find(c, name);

	if (t || !(t = calloc(1, sizeof(*t))))
		return t;
	snprintf(t->name, sizeof(t->name), "%s", name);
	config_kept_init(&t->kept);
	TAILQ_INSERT_TAIL(&c->transform_sets, t, link);
	return t;
}

void config_transform_set_remove(struct config *c, struct transform_set *t)
{
	TAILQ_REMOVE(&c->transform_sets, t, link);
	config_kept_clear(&t->kept);
	free(t);
}

struct ipsec_profile *config_profile_find(struct config *c, const char *name)
{
	struct ipsec_profile *p;

	TAILQ_FOREACH (p, &c->profiles, link)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

struct ipsec_profile *config_profile_get(struct config *c, const char *name)
{
	struct ipsec_profile *p = config_profile_find(c, name);

	if (p || !(p = calloc(1, sizeof(*p))))
		return p;
	snprintf(p->name, sizeof(p->name), "%s", name);
	config_kept_init(&p->kept);
	TAILQ_INSERT_TAIL(&c->profiles, p, link);
	return p;
}

void config_profile_remove(struct config *c, struct ipsec_profile *p)
{
	TAILQ_REMOVE(&c->profiles, p, link);
	config_kept_clear(&p->kept);
	free(p);
}
