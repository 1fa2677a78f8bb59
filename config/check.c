/* Rules across objects: what is spelled right but cannot work, in words for the person who wrote the configuration. */
#include "config/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
	const struct config *c;
	void (*fn)(void *ctx, const char *text);
	void *ctx;
};

static void found(const struct check *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void found(const struct check *k, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->fn(k->ctx, text);
}

static bool has_transform_set(const struct config *c, const char *name)
{
	const struct transform_set *t;

	TAILQ_FOREACH (t, &c->transform_sets, link)
		if (!strcmp(t->name, name))
			return true;
	return !strcmp(name, "default"); /* IOS's own, never in the configuration */
}

static bool has_profile(const struct config *c, const char *name)
{
	const struct ipsec_profile *p;

	TAILQ_FOREACH (p, &c->profiles, link)
		if (!strcmp(p->name, name))
			return true;
	return !strcmp(name, "default");
}

static const struct isakmp_profile *find_isakmp_profile(const struct config *c, const char *name)
{
	const struct isakmp_profile *p;

	TAILQ_FOREACH (p, &c->isakmp_profiles, link)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static const struct isakmp_keyring *find_keyring(const struct config *c, const char *name)
{
	const struct isakmp_keyring *x;

	TAILQ_FOREACH (x, &c->keyrings, link)
		if (!strcmp(x->name, name))
			return x;
	return NULL;
}

static const struct interface *find_interface(const struct config *c, const char *name)
{
	const struct interface *i;

	TAILQ_FOREACH (i, &c->interfaces, link)
		if (!strcmp(i->name, name))
			return i;
	return NULL;
}

static bool has_address(const struct interface *i, unsigned family)
{
	return family == 4 ? i->ip_count || i->unnumbered[0] : i->ipv6_count || i->ipv6_enable;
}

static void check_profiles(const struct check *k)
{
	const struct ipsec_profile *p;

	TAILQ_FOREACH (p, &k->c->profiles, link) {
		for (unsigned n = 0; n < p->set_count; n++)
			if (!has_transform_set(k->c, p->sets[n]))
				found(k, "crypto ipsec profile %s: transform set %s does not exist", p->name,
				      p->sets[n]);
		if (p->isakmp_profile[0] && !find_isakmp_profile(k->c, p->isakmp_profile))
			found(k, "crypto ipsec profile %s: isakmp profile %s does not exist", p->name,
			      p->isakmp_profile);
	}
}

static bool list_has_key_for(const struct isakmp_key_list *keys, const struct ip_addr *peer)
{
	const struct isakmp_key *key;

	TAILQ_FOREACH (key, keys, link)
		if (!key->hostname[0] && ip_in_prefix(peer, &key->peer))
			return true;
	return false;
}

static bool keyring_has_key_for(const struct config *c, const char *name, const struct ip_addr *peer)
{
	const struct isakmp_keyring *x = find_keyring(c, name);

	if (!x)
		return !strcmp(name, "default") && list_has_key_for(&c->keys, peer);
	return list_has_key_for(&x->keys, peer);
}

/* Of the keyrings that the tunnel's isakmp profile names; without one, of all there are. */
static bool key_for(const struct config *c, const struct interface *i)
{
	const struct ip_addr *peer = &i->tunnel.destination;
	const struct isakmp_profile *isakmp = NULL;
	const struct isakmp_keyring *x;
	const struct ipsec_profile *p;
	const struct isakmp_peer *a;

	TAILQ_FOREACH (a, &c->isakmp_peers, link)
		if (ip_equal(&a->address, peer) && (a->password[0] || a->type6[0]))
			return true;
	TAILQ_FOREACH (p, &c->profiles, link)
		if (!strcmp(p->name, i->tunnel.profile) && p->isakmp_profile[0])
			isakmp = find_isakmp_profile(c, p->isakmp_profile);
	if (isakmp && isakmp->keyring_count) {
		for (unsigned n = 0; n < isakmp->keyring_count; n++)
			if (keyring_has_key_for(c, isakmp->keyrings[n], peer))
				return true;
		return false;
	}
	TAILQ_FOREACH (x, &c->keyrings, link)
		if (list_has_key_for(&x->keys, peer))
			return true;
	return list_has_key_for(&c->keys, peer);
}

static bool is_vti(const struct interface *i)
{
	return i->type == IF_TUNNEL && i->tunnel.mode != TUNNEL_GRE_IP;
}

static void check_tunnel_source(const struct check *k, const struct interface *i, unsigned family)
{
	const struct interface *source;

	if (i->tunnel.source.family) {
		if (i->tunnel.source.family != family)
			found(k, "interface %s: the tunnel source is no IPv%u address", i->name, family);
		return;
	}
	if (!i->tunnel.source_if[0]) {
		found(k, "interface %s: no tunnel source", i->name);
		return;
	}
	source = find_interface(k->c, i->tunnel.source_if);
	if (!source)
		found(k, "interface %s: tunnel source %s does not exist", i->name, i->tunnel.source_if);
	else if (!has_address(source, family))
		found(k, "interface %s: tunnel source %s has no IPv%u address", i->name, source->name, family);
}

static void check_protection(const struct check *k, const struct interface *i)
{
	if (!i->tunnel.profile[0])
		found(k, "interface %s: no tunnel protection", i->name);
	else if (!has_profile(k->c, i->tunnel.profile))
		found(k, "interface %s: crypto ipsec profile %s does not exist", i->name, i->tunnel.profile);
}

static void template_name(const struct isakmp_profile *p, char name[CONFIG_IFNAME_SIZE])
{
	snprintf(name, CONFIG_IFNAME_SIZE, "%s%u", if_type_name(IF_VIRTUAL_TEMPLATE), p->virtual_template);
}

/* Its source may be any address, its destination is the peer's. */
static void check_template(const struct check *k, const struct interface *i)
{
	const struct isakmp_profile *p;
	char name[CONFIG_IFNAME_SIZE];
	bool named = false;

	if (i->tunnel.mode == TUNNEL_GRE_IP)
		found(k, "interface %s: tunnel mode gre ip carries nothing on this router", i->name);
	else
		check_protection(k, i);
	TAILQ_FOREACH (p, &k->c->isakmp_profiles, link) {
		template_name(p, name);
		named |= !strcmp(name, i->name);
	}
	if (!named)
		found(k, "interface %s: no isakmp profile names it, nothing is cloned", i->name);
}

static void check_isakmp_profiles(const struct check *k)
{
	const struct isakmp_profile *p;
	const struct isakmp_keyring *x;
	char name[CONFIG_IFNAME_SIZE];

	TAILQ_FOREACH (x, &k->c->keyrings, link)
		if (x->vrf[0])
			found(k, "crypto keyring %s: vrf %s does not exist", x->name, x->vrf);
	TAILQ_FOREACH (p, &k->c->isakmp_profiles, link) {
		if (TAILQ_EMPTY(&p->matches))
			found(k, "crypto isakmp profile %s: no match identity, no peer matches it", p->name);
		for (unsigned n = 0; n < p->keyring_count; n++)
			if (strcmp(p->keyrings[n], "default") != 0 && !find_keyring(k->c, p->keyrings[n]))
				found(k, "crypto isakmp profile %s: keyring %s does not exist", p->name,
				      p->keyrings[n]);
		template_name(p, name);
		if (p->virtual_template && !find_interface(k->c, name))
			found(k, "crypto isakmp profile %s: interface %s does not exist", p->name, name);
	}
}

static void check_tunnel(const struct check *k, const struct interface *i)
{
	unsigned family = i->tunnel.mode == TUNNEL_IPSEC_IPV6 ? 6 : 4;
	char text[IP_TEXT_SIZE];

	if (!is_vti(i)) {
		found(k, "interface %s: tunnel mode gre ip carries nothing on this router", i->name);
		return;
	}
	check_tunnel_source(k, i, family);
	if (!i->tunnel.destination.family)
		found(k, "interface %s: no tunnel destination", i->name);
	else if (i->tunnel.destination.family != family)
		found(k, "interface %s: the tunnel destination is no IPv%u address", i->name, family);
	else if (!key_for(k->c, i))
		found(k, "interface %s: no pre-shared key matches %s", i->name, ip_text(&i->tunnel.destination, text));
	check_protection(k, i);
	if (!has_address(i, family))
		found(k, "interface %s: no IPv%u address, nothing is carried", i->name, family);
}

static bool same_source(const struct interface *a, const struct interface *b)
{
	return a->tunnel.source.family ? ip_equal(&a->tunnel.source, &b->tunnel.source)
				       : a->tunnel.source_if[0] && !strcmp(a->tunnel.source_if, b->tunnel.source_if);
}

/* Two tunnels between the same addresses: the SAs of both would be anybody's. */
static void check_shared(const struct check *k, const struct interface *a)
{
	const struct interface *b = a;

	while ((b = TAILQ_NEXT(b, link))) {
		if (b->shutdown || !is_vti(b) || !same_source(a, b) || !b->tunnel.destination.family ||
		    !ip_equal(&a->tunnel.destination, &b->tunnel.destination))
			continue;
		if (!a->tunnel.shared || !b->tunnel.shared || strcmp(a->tunnel.profile, b->tunnel.profile))
			found(k,
			      "interface %s: source and destination are those of %s, and tunnel protection is not "
			      "shared by the same profile",
			      b->name, a->name);
	}
}

static bool overlap(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len < b->len ? ip_in_prefix(&b->addr, a) : ip_in_prefix(&a->addr, b);
}

static void check_overlap(const struct check *k, const struct interface *a, const struct interface *b)
{
	char text[IP_TEXT_SIZE];

	for (unsigned x = 0; x < a->ip_count; x++)
		for (unsigned y = 0; y < b->ip_count; y++)
			if (overlap(&a->ip[x].prefix, &b->ip[y].prefix))
				found(k, "interface %s: %s/%u overlaps with %s", b->name,
				      ip_text(&b->ip[y].prefix.addr, text), b->ip[y].prefix.len, a->name);
	for (unsigned x = 0; x < a->ipv6_count; x++)
		for (unsigned y = 0; y < b->ipv6_count; y++)
			if (!a->ipv6[x].link_local && !b->ipv6[y].link_local &&
			    overlap(&a->ipv6[x].prefix, &b->ipv6[y].prefix))
				found(k, "interface %s: %s/%u overlaps with %s", b->name,
				      ip_text(&b->ipv6[y].prefix.addr, text), b->ipv6[y].prefix.len, a->name);
}

static void check_overlaps(const struct check *k, const struct interface *a)
{
	const struct interface *b = a;

	while (!a->shutdown && (b = TAILQ_NEXT(b, link)))
		if (!b->shutdown)
			check_overlap(k, a, b);
}

static void check_interfaces(const struct check *k)
{
	const struct interface *i;

	TAILQ_FOREACH (i, &k->c->interfaces, link) {
		if (i->unnumbered[0] && !find_interface(k->c, i->unnumbered))
			found(k, "interface %s: ip unnumbered %s does not exist", i->name, i->unnumbered);
		if (i->type == IF_TUNNEL && !i->shutdown) {
			check_tunnel(k, i);
			check_shared(k, i);
		}
		if (i->type == IF_VIRTUAL_TEMPLATE)
			check_template(k, i);
		check_overlaps(k, i);
	}
}

/*
 * Keys are for tunnels only: one that covers no tunnel's destination is never asked for. The peers of a
 * Virtual-Template may be anywhere, and those by hostname are for whoever sends it.
 */
static void check_keys(const struct check *k)
{
	const struct isakmp_key *key;
	const struct interface *i;
	char text[IP_TEXT_SIZE];

	TAILQ_FOREACH (key, &k->c->keys, link) {
		bool used = key->hostname[0] != '\0';

		TAILQ_FOREACH (i, &k->c->interfaces, link)
			used |= i->type == IF_VIRTUAL_TEMPLATE ||
				(is_vti(i) && ip_in_prefix(&i->tunnel.destination, &key->peer));
		if (!used)
			found(k, "crypto isakmp key for %s/%u: no tunnel has such a peer",
			      ip_text(&key->peer.addr, text), key->peer.len);
	}
}

static void check_isakmp(const struct check *k)
{
	const struct interface *i;
	const struct isakmp_policy *p;
	bool protected = false, usable = false;

	TAILQ_FOREACH (i, &k->c->interfaces, link)
	protected |= (is_vti(i) || i->type == IF_VIRTUAL_TEMPLATE) && i->tunnel.profile[0];
	TAILQ_FOREACH (p, &k->c->policies, link) {
		usable |= p->auth == ISAKMP_AUTH_PRE_SHARE;
		if (p->auth != ISAKMP_AUTH_PRE_SHARE)
			found(k, "crypto isakmp policy %u: only authentication pre-share can be negotiated",
			      p->priority);
	}
	if (protected && !usable)
		found(k, "tunnel protection is configured, but no crypto isakmp policy with authentication pre-share");
	if (protected && k->c->isakmp_disabled)
		found(k, "tunnel protection is configured, but no crypto isakmp enable");
}

static void check_routes(const struct check *k)
{
	const struct static_route *r;
	char text[IP_TEXT_SIZE];

	TAILQ_FOREACH (r, &k->c->routes, link)
		if (r->ifname[0] && !find_interface(k->c, r->ifname))
			found(k, "%s route %s/%u: interface %s does not exist",
			      r->prefix.addr.family == 6 ? "ipv6" : "ip", ip_text(&r->prefix.addr, text), r->prefix.len,
			      r->ifname);
}

void config_check(const struct config *c, void (*fn)(void *ctx, const char *text), void *ctx)
{
	struct check k = { c, fn, ctx };

	check_isakmp(&k);
	check_keys(&k);
	check_profiles(&k);
	check_isakmp_profiles(&k);
	check_interfaces(&k);
	check_routes(&k);
}
