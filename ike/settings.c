/*
 * The engine's copy of its settings. All keys stand in one array and all match lines in another, so that there is one
 * place to wipe and no list within a list to free.
 */
#include "ike/sa.h"

#include "base/locked.h"

#include <stdlib.h>
#include <string.h>

/* IOS's default policies, in force while none is configured. Those with RSA signatures cannot be negotiated here. */
#define DEFAULT(p, e, bits, h, a, g)                                                                                   \
	{                                                                                                              \
		.priority = (p), .encr = ISAKMP_ENCR_##e, .keybits = (bits), .hash = ISAKMP_HASH_##h,                  \
		.auth = ISAKMP_AUTH_##a, .group = (g), .lifetime_s = ISAKMP_LIFETIME_DEFAULT_S                         \
	}
static const struct isakmp_policy default_policies[] = {
	DEFAULT(65507, AES, 128, SHA, RSA_SIG, 5), DEFAULT(65508, AES, 128, SHA, PRE_SHARE, 5),
	DEFAULT(65509, AES, 128, MD5, RSA_SIG, 5), DEFAULT(65510, AES, 128, MD5, PRE_SHARE, 5),
	DEFAULT(65511, 3DES, 0, SHA, RSA_SIG, 2),  DEFAULT(65512, 3DES, 0, SHA, PRE_SHARE, 2),
	DEFAULT(65513, 3DES, 0, MD5, RSA_SIG, 2),  DEFAULT(65514, 3DES, 0, MD5, PRE_SHARE, 2),
};

const struct isakmp_policy *ike_default_policies(size_t *count)
{
	*count = sizeof(default_policies) / sizeof(default_policies[0]);
	return default_policies;
}

static void drop(struct ike_settings_own *own)
{
	free(own->policies);
	locked_free(own->keys, own->key_count * sizeof(*own->keys));
	free(own->keyrings);
	free(own->matches);
	free(own->profiles);
	locked_free(own->peers, own->peer_count * sizeof(*own->peers));
	free(own->hostname);
	*own = (struct ike_settings_own){ 0 };
}

/* Room for `count`, never NULL but when out of memory. */
static void *room(size_t count, size_t octets)
{
	return calloc(count ? count : 1, octets);
}

static bool make_room(struct ike_settings_own *own, const struct ike_settings *s)
{
	const char *hostname = s->hostname ? s->hostname : "";
	size_t matches = 0;

	own->key_count = s->key_count;
	own->peer_count = s->peer_count;
	for (size_t i = 0; i < s->keyring_count; i++)
		own->key_count += s->keyrings[i].key_count;
	for (size_t i = 0; i < s->profile_count; i++)
		matches += s->profiles[i].match_count;
	own->policies = room(s->policy_count, sizeof(*own->policies));
	own->keys = locked_calloc(own->key_count ? own->key_count : 1, sizeof(*own->keys));
	own->keyrings = room(s->keyring_count, sizeof(*own->keyrings));
	own->matches = room(matches, sizeof(*own->matches));
	own->profiles = room(s->profile_count, sizeof(*own->profiles));
	own->peers = locked_calloc(own->peer_count ? own->peer_count : 1, sizeof(*own->peers));
	own->hostname = room(strlen(hostname) + 1, 1);
	if (own->hostname)
		memcpy(own->hostname, hostname, strlen(hostname));
	return own->policies && own->keys && own->keyrings && own->matches && own->profiles && own->peers &&
	       own->hostname;
}

static void copy_lists(struct ike_settings_own *own, const struct ike_settings *s)
{
	struct isakmp_key *key = own->keys;
	struct isakmp_match *match = own->matches;

	for (size_t i = 0; i < s->policy_count; i++)
		own->policies[i] = s->policies[i];
	for (size_t i = 0; i < s->peer_count; i++)
		own->peers[i] = s->peers[i];
	for (size_t i = 0; i < s->key_count; i++)
		*key++ = s->keys[i];
	for (size_t i = 0; i < s->keyring_count; i++) {
		own->keyrings[i] = s->keyrings[i];
		own->keyrings[i].keys = key;
		for (size_t k = 0; k < s->keyrings[i].key_count; k++)
			*key++ = s->keyrings[i].keys[k];
	}
	for (size_t i = 0; i < s->profile_count; i++) {
		own->profiles[i] = s->profiles[i];
		own->profiles[i].matches = match;
		for (size_t k = 0; k < s->profiles[i].match_count; k++)
			*match++ = s->profiles[i].matches[k];
	}
}

bool ike_settings_take(struct ike *e, const struct ike_settings *s)
{
	struct ike_settings_own own = { 0 };

	if (!make_room(&own, s)) {
		drop(&own);
		return false;
	}
	copy_lists(&own, s);
	ike_settings_drop(e);
	e->own = own;
	e->set = *s;
	e->set.policies = own.policies;
	if (!s->policy_count)
		e->set.policies = ike_default_policies(&e->set.policy_count);
	e->set.keys = own.keys;
	e->set.keyrings = own.keyrings;
	e->set.profiles = own.profiles;
	e->set.peers = own.peers;
	e->set.hostname = own.hostname;
	return true;
}

void ike_settings_drop(struct ike *e)
{
	drop(&e->own);
	e->set = (struct ike_settings){ .hostname = "" };
}
