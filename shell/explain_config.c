/* Where a value of this router stands in its configuration, as the running-config spells it. */
#include "shell/explain.h"

#include <stdio.h>
#include <string.h>

#define BUILT_IN_FIRST 65507u /* IOS's default policies, in force while none is configured */

static const struct isakmp_policy *policy(const struct explain_config *c, unsigned priority)
{
	const struct isakmp_policy *p = c->policies.items;

	for (size_t i = 0; i < c->policies.count; i++)
		if (p[i].priority == priority)
			return &p[i];
	return NULL;
}

const struct ipsec_profile *explain_ipsec_profile(const struct explain_config *c, const char *name)
{
	const struct ipsec_profile *p = c->profiles.items;

	for (size_t i = 0; i < c->profiles.count; i++)
		if (!strcmp(p[i].name, name))
			return &p[i];
	return NULL;
}

static const struct transform_set *set_of(const struct explain_config *c, const char *name)
{
	const struct transform_set *t = c->sets.items;

	for (size_t i = 0; i < c->sets.count; i++)
		if (!strcmp(t[i].name, name))
			return &t[i];
	return NULL;
}

/* Sets that the profile names and that are missing make no proposal. */
const struct transform_set *explain_set(const struct explain_config *c, const char *profile, unsigned proposal)
{
	const struct ipsec_profile *p = explain_ipsec_profile(c, profile);
	const struct transform_set *t;
	unsigned n = 0;

	for (unsigned k = 0; p && k < p->set_count; k++)
		if ((t = set_of(c, p->sets[k])) && n++ == proposal)
			return t;
	return set_of(c, "default");
}

const char *explain_keyword(enum ike_subject on)
{
	static const char *const words[] = {
		[IKE_ON_ENCRYPTION] = "encr", [IKE_ON_KEYLENGTH] = "encr",      [IKE_ON_HASH] = "hash",
		[IKE_ON_GROUP] = "group",     [IKE_ON_AUTH] = "authentication", [IKE_ON_LIFETIME] = "lifetime"
	};

	return on <= IKE_ON_LIFETIME ? words[on] : "";
}

const char *explain_subject(enum ike_subject on)
{
	static const char *const words[] = {
		[IKE_ON_ENCRYPTION] = "encryption",
		[IKE_ON_KEYLENGTH] = "key length",
		[IKE_ON_HASH] = "hash",
		[IKE_ON_GROUP] = "group",
		[IKE_ON_AUTH] = "authentication",
		[IKE_ON_LIFETIME] = "lifetime",
		[IKE_ON_CIPHER] = "encryption",
		[IKE_ON_CIPHERLENGTH] = "key length",
		[IKE_ON_INTEGRITY] = "integrity",
		[IKE_ON_MODE] = "mode",
		[IKE_ON_PFS] = "PFS",
		[IKE_ON_LIFE_S] = "lifetime in seconds",
		[IKE_ON_LIFE_KB] = "lifetime in kilobytes",
		[IKE_ON_ATTRIBUTE] = "attribute",
		[IKE_ON_PROTOCOL] = "protocol",
	};

	return words[on];
}

/* The value as the policy has it, and whether it is what IOS takes when nothing is typed. */
static bool policy_value(const struct isakmp_policy *p, enum ike_subject on, char buf[EXPLAIN_LINE])
{
	static const char *const encrs[] = { "des", "3des", "aes" };
	static const char *const hashes[] = { "sha", "md5", "sha256", "sha384", "sha512" };

	if (on == IKE_ON_HASH) {
		snprintf(buf, EXPLAIN_LINE, "%s", hashes[p->hash]);
		return p->hash == ISAKMP_HASH_SHA;
	}
	if (on == IKE_ON_GROUP) {
		snprintf(buf, EXPLAIN_LINE, "%u", p->group);
		return p->group == ISAKMP_GROUP_DEFAULT;
	}
	if (on == IKE_ON_AUTH) {
		snprintf(buf, EXPLAIN_LINE, "%s", p->auth == ISAKMP_AUTH_PRE_SHARE ? "pre-share" : "rsa-sig");
		return p->auth == ISAKMP_AUTH_RSA_SIG;
	}
	if (on == IKE_ON_LIFETIME) {
		snprintf(buf, EXPLAIN_LINE, "%u", p->lifetime_s);
		return p->lifetime_s == ISAKMP_LIFETIME_DEFAULT_S;
	}
	if (p->encr == ISAKMP_ENCR_AES && p->keybits != 128)
		snprintf(buf, EXPLAIN_LINE, "aes %u", p->keybits);
	else
		snprintf(buf, EXPLAIN_LINE, "%s", encrs[p->encr]);
	return p->encr == ISAKMP_ENCR_DES;
}

static const char *policy_line(const struct explain_config *c, enum ike_subject on, unsigned priority,
			       char buf[EXPLAIN_LINE])
{
	const struct isakmp_policy *p = policy(c, priority);
	char value[EXPLAIN_LINE];
	bool usual;

	if (!p && priority >= BUILT_IN_FIRST) {
		snprintf(buf, EXPLAIN_LINE, "built-in policy %u: no `crypto isakmp policy` is configured", priority);
	} else if (!p) {
		snprintf(buf, EXPLAIN_LINE, "crypto isakmp policy %u, which is not configured any more", priority);
	} else {
		usual = policy_value(p, on, value);
		snprintf(buf, EXPLAIN_LINE, "crypto isakmp policy %u / %s %.40s%s", priority, explain_keyword(on),
			 value, usual ? " (default)" : "");
	}
	return buf;
}

static const char *life_line(const struct explain_config *c, const struct ipsec_profile *p, bool seconds,
			     char buf[EXPLAIN_LINE])
{
	const char *unit = seconds ? "seconds" : "kilobytes";
	const uint32_t own = !p ? 0 : seconds ? p->lifetime_s : p->lifetime_kb;
	const uint32_t global = seconds ? c->lifetime_s : c->lifetime_kb;
	const bool usual = global == (seconds ? IPSEC_LIFETIME_DEFAULT_S : IPSEC_LIFETIME_DEFAULT_KB);

	if (own)
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec profile %s / set security-association lifetime %s %u",
			 p->name, unit, own);
	else
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec security-association lifetime %s %u%s", unit, global,
			 usual ? " (default)" : "");
	return buf;
}

static void set_line(const struct explain_config *c, const struct explain_tunnel *t, int set, char buf[EXPLAIN_LINE])
{
	const struct transform_set *x = set < 0 ? NULL : explain_set(c, t->profile, (unsigned)set);

	if (x)
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec transform-set %s", x->name);
	else if (set < 0)
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec profile %s", t->profile);
	else
		snprintf(buf, EXPLAIN_LINE, "built-in transform set: crypto ipsec profile %s names none", t->profile);
}

const char *explain_where(const struct explain_config *c, const struct explain_tunnel *t, enum ike_subject on,
			  unsigned priority, int set, char buf[EXPLAIN_LINE])
{
	const struct ipsec_profile *p = t ? explain_ipsec_profile(c, t->profile) : NULL;

	if (on <= IKE_ON_LIFETIME)
		return policy_line(c, on, priority, buf);
	if (!t)
		return "";
	if (on == IKE_ON_LIFE_S || on == IKE_ON_LIFE_KB)
		return life_line(c, p, on == IKE_ON_LIFE_S, buf);
	if (on == IKE_ON_MODE)
		snprintf(buf, EXPLAIN_LINE, "tunnel mode ipsec ipv%u", t->family);
	else if (on == IKE_ON_PFS && p && p->pfs_group)
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec profile %s / set pfs group%u", p->name, p->pfs_group);
	else if (on == IKE_ON_PFS)
		snprintf(buf, EXPLAIN_LINE, "crypto ipsec profile %s", t->profile);
	else
		set_line(c, t, set, buf);
	return buf;
}

/* Of several in the keyring the longest match, as the engine takes it. */
static const struct explain_key *key_for(const struct explain_config *c, const char *keyring,
					 const struct ip_addr *peer)
{
	const struct explain_key *k = c->keys.items, *best = NULL;

	for (size_t i = 0; i < c->keys.count; i++)
		if (!strcmp(k[i].keyring, keyring) && !k[i].hostname[0] && ip_in_prefix(peer, &k[i].peer) &&
		    (!best || k[i].peer.len > best->peer.len))
			best = &k[i];
	return best;
}

static void key_address(const struct ip_prefix *p, char buf[2 * IP_TEXT_SIZE + 16])
{
	const struct ip_prefix net = ip_network(p);
	const struct ip_addr m = ip_mask(p->len);
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];

	ip_text(&net.addr, addr);
	if (p->addr.family == 6)
		snprintf(buf, 2 * IP_TEXT_SIZE + 16, "address ipv6 %s/%u", addr, p->len);
	else if (p->len == 32)
		snprintf(buf, 2 * IP_TEXT_SIZE + 16, "address %s", addr);
	else
		snprintf(buf, 2 * IP_TEXT_SIZE + 16, "address %s %s", addr, ip_text(&m, mask));
}

const char *explain_key_line(const struct explain_config *c, const char *keyring, const struct ip_addr *peer,
			     char buf[EXPLAIN_LINE])
{
	const struct explain_key *k = key_for(c, keyring, peer);
	char address[2 * IP_TEXT_SIZE + 16], addr[IP_TEXT_SIZE];

	if (!keyring[0]) {
		snprintf(buf, EXPLAIN_LINE, "crypto isakmp peer address %s / set aggressive-mode password <key>",
			 ip_text(peer, addr));
		return buf;
	}
	if (k)
		key_address(&k->peer, address);
	else
		snprintf(address, sizeof(address), "hostname ...");
	if (!strcmp(keyring, "default"))
		snprintf(buf, EXPLAIN_LINE, "crypto isakmp key <key> %s", address);
	else
		snprintf(buf, EXPLAIN_LINE, "crypto keyring %s / pre-shared-key %s key <key>", keyring, address);
	return buf;
}
