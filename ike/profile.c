#include "ike/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_local(const struct ike_local *l, const struct ip_addr *local)
{
	return !l->limited || ip_equal(&l->at[0], local) || ip_equal(&l->at[1], local);
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

/* What is looked for: an address, or a name. */
struct wanted {
	const struct ip_addr *address;
	const struct payload_id *name;
};

static bool same_name(const char *text, const struct payload_id *id)
{
	const char *data = (const char *)id->data;

	if (id->type != ID_FQDN && id->type != ID_USER_FQDN && id->type != ID_KEY_ID)
		return false;
	if (strlen(text) != id->octets || !id->octets)
		return false;
	return id->type == ID_KEY_ID ? !memcmp(text, data, id->octets) : !strncasecmp(text, data, id->octets);
}

/* 0: no match; the longer the better. */
static unsigned fit(const struct isakmp_key *k, const struct wanted *w)
{
	if (w->name)
		return k->hostname[0] && same_name(k->hostname, w->name);
	return !k->hostname[0] && ip_in_prefix(w->address, &k->peer) ? 1u + k->peer.len : 0;
}

/* Goes through keyrings in the order of preference: a later one must fit better. */
static void search(const struct isakmp_key *keys, size_t count, const char *keyring, const struct wanted *w,
		   struct ike_key *best, unsigned *best_fit)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned now = fit(&keys[i], w);

		if (now <= *best_fit)
			continue;
		*best_fit = now;
		best->octets = (struct ike_bytes){ (const uint8_t *)keys[i].key, strlen(keys[i].key) };
		best->keyring = keyring;
	}
}

static void search_keyring(struct ike *e, const struct ip_addr *local, const char *name, const struct wanted *w,
			   struct ike_key *best, unsigned *best_fit)
{
	if (!strcmp(name, IKE_KEYRING_GLOBAL))
		search(e->set.keys, e->set.key_count, IKE_KEYRING_GLOBAL, w, best, best_fit);
	for (size_t i = 0; i < e->set.keyring_count; i++) {
		const struct ike_keyring *r = &e->set.keyrings[i];

		if (!strcmp(name, r->name) && is_local(&r->local, local))
			search(r->keys, r->key_count, r->name, w, best, best_fit);
	}
}

/* p NULL: in all keyrings. */
static struct ike_key find_key(struct ike *e, const struct ip_addr *local, const struct ike_profile *p,
			       const struct wanted *w)
{
	struct ike_key best = { 0 };
	unsigned best_fit = 0;

	if (!p || !p->keyring_count)
		search_keyring(e, local, IKE_KEYRING_GLOBAL, w, &best, &best_fit);
	for (size_t i = 0; !p && i < e->set.keyring_count; i++)
		search_keyring(e, local, e->set.keyrings[i].name, w, &best, &best_fit);
	for (unsigned i = 0; p && i < p->keyring_count; i++)
		search_keyring(e, local, p->keyrings[i], w, &best, &best_fit);
	return best;
}

/* Whose password and identity begin Aggressive Mode with this peer; NULL: nobody's, or the profile's say. */
static const struct isakmp_peer *aggressive_peer(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_profile *p = ike_profile_find(e, sa->profile);

	for (size_t i = 0; i < e->set.peer_count && !(p && p->aggressive); i++) {
		const struct isakmp_peer *peer = &e->set.peers[i];

		if (peer->password[0] && peer->endpoint && ip_equal(&peer->address, &sa->known_as))
			return peer;
	}
	return NULL;
}

bool ike_wants_aggressive(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_profile *p = ike_profile_find(e, sa->profile);

	if (!(p && p->aggressive) && !aggressive_peer(e, sa))
		return false;
	if (e->set.aggressive == ISAKMP_AGGRESSIVE_OFF)
		log_ag_disabled(e);
	return e->set.aggressive != ISAKMP_AGGRESSIVE_OFF;
}

struct ike_key ike_key_for(struct ike *e, const struct ike_sa *sa)
{
	const struct wanted w = { .address = &sa->path.remote };
	const struct ike_profile *p = ike_profile_find(e, sa->profile);
	const struct isakmp_peer *peer = sa->aggressive ? aggressive_peer(e, sa) : NULL;

	if (peer)
		return (struct ike_key){ { (const uint8_t *)peer->password, strlen(peer->password) }, "" };

	if (sa->profile[0] && !p)
		return (struct ike_key){ 0 }; /* it was asked for and is not there */
	return find_key(e, &sa->path.local, p, &w);
}

struct ike_key ike_key_for_id(struct ike *e, const struct ike_sa *sa, const struct ike_profile *profile,
			      const struct payload_id *id)
{
	struct wanted w = { .name = id };
	struct ip_prefix prefix;
	struct ike_key key = { 0 };

	if (!payload_id_prefix(id, &prefix)) {
		key = find_key(e, &sa->path.local, profile, &w);
	} else if (prefix.len == 8 * ip_octets(&prefix.addr)) {
		w = (struct wanted){ .address = &prefix.addr };
		key = find_key(e, &sa->path.local, profile, &w);
	}
	if (!key.keyring && profile) {
		w = (struct wanted){ .address = &sa->path.remote };
		key = find_key(e, &sa->path.local, profile, &w);
	}
	return key;
}

/* --- profiles ---------------------------------------------------------------------------------------------------- */

const struct ike_profile *ike_profile_find(struct ike *e, const char *name)
{
	for (size_t i = 0; i < e->set.profile_count; i++)
		if (name[0] && !strcmp(e->set.profiles[i].name, name))
			return &e->set.profiles[i];
	return NULL;
}

/* Is it `domain` behind a separator that has something before it? */
static bool is_below(const char *domain, char separator, const struct payload_id *id)
{
	const size_t octets = strlen(domain);
	struct payload_id tail = *id;
	struct rd r = rd_of(id->data, id->octets);

	if (!octets || id->octets < octets + 2)
		return false;
	rd_take(&r, id->octets - octets - 1);
	if (rd_u8(&r) != (uint8_t)separator)
		return false;
	tail.data = r.p;
	tail.octets = octets;
	return same_name(domain, &tail);
}

static bool match_line(const struct isakmp_match *m, const struct payload_id *id)
{
	struct ip_prefix p;

	switch (m->kind) {
	case ISAKMP_MATCH_ADDRESS:
		return (id->type == ID_IPV4_ADDR || id->type == ID_IPV6_ADDR) && payload_id_prefix(id, &p) &&
		       ip_in_prefix(&p.addr, &m->prefix);
	case ISAKMP_MATCH_HOST:
		return id->type == ID_FQDN && same_name(m->text, id);
	case ISAKMP_MATCH_HOST_DOMAIN:
		return id->type == ID_FQDN && is_below(m->text, '.', id);
	case ISAKMP_MATCH_USER:
		return id->type == ID_USER_FQDN && same_name(m->text, id);
	case ISAKMP_MATCH_USER_DOMAIN:
		return id->type == ID_USER_FQDN && is_below(m->text, '@', id);
	case ISAKMP_MATCH_GROUP:
	case ISAKMP_MATCH_KEY_ID:
		return id->type == ID_KEY_ID && same_name(m->text, id);
	}
	return false;
}

static bool accepts(const struct ike_profile *p, const struct ip_addr *local, const struct payload_id *id)
{
	for (size_t i = 0; i < p->match_count && is_local(&p->local, local); i++)
		if (match_line(&p->matches[i], id))
			return true;
	return false;
}

const struct ike_profile *ike_profile_match(struct ike *e, const struct ike_sa *sa, const struct payload_id *id)
{
	const struct ike_profile *asked = ike_profile_find(e, sa->profile);

	if (asked && accepts(asked, &sa->path.local, id))
		return asked;
	for (size_t i = 0; i < e->set.profile_count; i++)
		if (accepts(&e->set.profiles[i], &sa->path.local, id))
			return &e->set.profiles[i];
	return NULL;
}

void ike_profiles_say_xauth(struct ike *e, const struct ike_sa *sa)
{
	char names[1024] = "";
	size_t n = 0;

	if (sa->profile[0]) {
		dbg_xauth_profile(e, sa->profile);
		return;
	}
	for (size_t i = 0; i < e->set.profile_count && n + CONFIG_NAME_SIZE < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, " %s", e->set.profiles[i].name);
	dbg_xauth_scan(e, names);
}

bool ike_profile_has(const struct ike_profile *p, const char *keyring)
{
	if (!p || !keyring[0])
		return true; /* the password of the peer itself is good for any */
	if (!p->keyring_count)
		return !strcmp(keyring, IKE_KEYRING_GLOBAL);
	for (unsigned i = 0; i < p->keyring_count; i++)
		if (!strcmp(p->keyrings[i], keyring))
			return true;
	return false;
}

bool ike_profile_serves(const struct ike_sa *sa, const struct ike_ident *ident)
{
	return !ident->profile[0] || !strcmp(ident->profile, sa->profile);
}

/* --- identities -------------------------------------------------------------------------------------------------- */

static struct payload_id address_id(const struct ip_addr *a)
{
	return (struct payload_id){ .type = a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR,
				    .data = a->octets,
				    .octets = ip_octets(a) };
}

static struct payload_id text_id(uint8_t type, const char *text)
{
	return (struct payload_id){ .type = type, .data = (const uint8_t *)text, .octets = strlen(text) };
}

struct payload_id ike_own_id(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_profile *p = ike_profile_find(e, sa->profile);
	const enum isakmp_self_kind self = p ? p->self : ISAKMP_SELF_NONE;
	const bool global_name = self == ISAKMP_SELF_NONE && e->set.identity == ISAKMP_ID_HOSTNAME;
	const char *name = self == ISAKMP_SELF_FQDN && p->self_text[0] ? p->self_text : e->set.hostname;
	const struct isakmp_peer *peer = sa->aggressive && sa->initiator ? aggressive_peer(e, sa) : NULL;

	if (peer && peer->endpoint == ISAKMP_ENDPOINT_ADDRESS)
		return address_id(&peer->endpoint_address);
	if (peer)
		return text_id(peer->endpoint == ISAKMP_ENDPOINT_FQDN ? ID_FQDN : ID_USER_FQDN, peer->endpoint_text);
	if (self == ISAKMP_SELF_USER_FQDN && p->self_text[0])
		return text_id(ID_USER_FQDN, p->self_text);
	if ((self == ISAKMP_SELF_FQDN || global_name) && name[0])
		return text_id(ID_FQDN, name);
	return address_id(&sa->path.local);
}

const char *ike_id_text(const struct payload_id *id, char buf[CONFIG_TEXT_SIZE])
{
	char addr[IP_TEXT_SIZE];
	struct ip_prefix prefix;
	size_t n = 0;

	if (payload_id_prefix(id, &prefix)) {
		snprintf(buf, CONFIG_TEXT_SIZE, "%s", ip_text(&prefix.addr, addr));
		return buf;
	}
	for (; n < id->octets && n + 1 < CONFIG_TEXT_SIZE; n++)
		buf[n] = isprint(id->data[n]) ? (char)id->data[n] : '.';
	buf[n] = '\0';
	return buf;
}
