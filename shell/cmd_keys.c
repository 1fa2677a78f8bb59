/* Pre-shared keys: crypto isakmp key, and the keyrings that hold some for isakmp profiles. */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/secret.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static enum cmd_result no_memory(struct session *s)
{
	session_line(s, "%% Not enough memory");
	return CMD_REJECTED;
}

/* --- whose key it is ---- */

static void say_key_exists(struct session *s, const struct isakmp_key *k)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(k->peer.len);

	if (k->hostname[0])
		session_line(s, "A pre-shared key for hostname %s already exists!", k->hostname);
	else if (k->peer.addr.family == 6)
		session_line(s, "A pre-shared key for address mask %s/%u already exists!", ip_text(&k->peer.addr, addr),
			     k->peer.len);
	else
		session_line(s, "A pre-shared key for address mask %s %s already exists!", ip_text(&k->peer.addr, addr),
			     ip_text(&m, mask));
}

static bool take_peer(struct session *s, const struct cmd_match *m, struct isakmp_key *k)
{
	const char *hostname = cmd_text(m, "hostname");
	struct ip_addr mask;
	char addr_text[IP_TEXT_SIZE];
	int len = 32;

	k->with_mask = cmd_has(m, "mask") || cmd_has(m, "prefix");
	if (hostname && strlen(hostname) >= sizeof(k->hostname)) {
		session_line(s, "%% Hostname is longer than %zu characters", sizeof(k->hostname) - 1);
		return false;
	}
	if (hostname)
		snprintf(k->hostname, sizeof(k->hostname), "%s", hostname);
	if (hostname || cmd_prefix(m, "prefix", &k->peer))
		return true;
	if (!cmd_addr(m, "address", &k->peer.addr))
		return false;
	if (cmd_addr(m, "mask", &mask) && (len = ip_mask_len(&mask)) < 0) {
		session_line(s, "Bad mask 0x%02X%02X%02X%02X for address %s", mask.octets[0], mask.octets[1],
			     mask.octets[2], mask.octets[3], ip_text(&k->peer.addr, addr_text));
		return false;
	}
	/* as on IOS, 0.0.0.0 stands for every peer */
	if (!cmd_has(m, "mask") && ip_is_zero(&k->peer.addr))
		len = 0;
	k->peer.len = (uint8_t)len;
	return true;
}

/* --- keys, of everybody and of a keyring ---- */

static bool same_secret(const struct isakmp_key *a, const struct isakmp_key *b)
{
	if (a->key[0] && b->key[0])
		return !strcmp(a->key, b->key);
	return !strcmp(a->type6, b->type6);
}

static enum cmd_result add_key(struct session *s, struct isakmp_key_list *keys, const struct cmd_match *m,
			       struct isakmp_key *k)
{
	const struct isakmp_key *old = config_key_find(keys, k);

	if (!secret_take(s, m, k->key, k->type6))
		return CMD_REJECTED;
	if (old && !same_secret(old, k)) {
		say_key_exists(s, k);
		return CMD_REJECTED;
	}
	if (config_key_add(keys, k) < 0)
		return no_memory(s);
	secret_warn(s, config_key_weakness(session_config(s), k));
	return CMD_OK;
}

static enum cmd_result set_key(struct session *s, const struct cmd_match *m)
{
	struct isakmp_keyring *ring = session_keyring(s);
	struct isakmp_key_list *keys = ring ? &ring->keys : &session_config(s)->keys;
	struct isakmp_key k = { 0 };
	enum cmd_result result = CMD_OK;

	if (!take_peer(s, m, &k))
		return CMD_REJECTED;
	if (cmd_is_no(m))
		config_key_drop(keys, &k);
	else
		result = add_key(s, keys, m, &k);
	wipe(&k, sizeof(k));
	return result;
}

static void write_key(struct out *o, const struct isakmp_key *k)
{
	const char *kind = secret_kind(k->key, k->type6), *text = secret_text(k->key, k->type6);
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(k->peer.len);

	ip_text(&k->peer.addr, addr);
	if (k->hostname[0])
		out_line(o, "crypto isakmp key %s%s hostname %s", kind, text, k->hostname);
	else if (k->peer.addr.family == 6)
		out_line(o, "crypto isakmp key %s%s address ipv6 %s/%u", kind, text, addr, k->peer.len);
	else if (k->peer.len == 32)
		out_line(o, "crypto isakmp key %s%s address %s", kind, text, addr);
	else /* the mask of 0.0.0.0 is blank, its column is not */
		out_line(o, "crypto isakmp key %s%s address %-14s %s", kind, text, addr,
			 k->peer.len || !ip_is_zero(&k->peer.addr) ? ip_text(&m, mask) : "");
}

void write_isakmp_keys(struct out *o, const struct config *c)
{
	const struct isakmp_key *k;

	TAILQ_FOREACH (k, &c->keys, link)
		write_key(o, k);
}

/* --- keyrings ---- */

static enum cmd_result enter_keyring(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *name = cmd_text(m, "name"), *vrf = cmd_text(m, "vrf");
	struct isakmp_keyring *ring = config_keyring_find(c, name);

	if (cmd_is_no(m)) {
		if (ring)
			config_keyring_remove(c, ring);
		return CMD_OK;
	}
	if (strlen(name) >= CONFIG_NAME_SIZE || (vrf && strlen(vrf) >= CONFIG_NAME_SIZE)) {
		session_line(s, "%% Name is longer than %d characters", CONFIG_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	if (!strcmp(name, "default")) {
		session_line(s, "%% The keyring default is made of the keys of crypto isakmp key");
		return CMD_REJECTED;
	}
	if (!ring && !(ring = config_keyring_get(c, name)))
		return no_memory(s);
	if (vrf)
		snprintf(ring->vrf, sizeof(ring->vrf), "%s", vrf);
	session_enter(s, MODE_KEYRING, name);
	return CMD_OK;
}

static enum cmd_result set_description(struct session *s, const struct cmd_match *m)
{
	struct isakmp_keyring *ring = session_keyring(s);

	snprintf(ring->description, sizeof(ring->description), "%.240s", cmd_is_no(m) ? "" : cmd_text(m, "text"));
	return CMD_OK;
}

static enum cmd_result set_local_address(struct session *s, const struct cmd_match *m)
{
	struct isakmp_keyring *ring = session_keyring(s);
	const char *name = cmd_is_no(m) ? NULL : cmd_text(m, "interface");

	ring->local_address = (struct ip_addr){ 0 };
	snprintf(ring->local_if, sizeof(ring->local_if), "%s", name ? name : "");
	if (!cmd_is_no(m))
		cmd_addr(m, "address", &ring->local_address);
	return CMD_OK;
}

static void write_ring_key(struct out *o, const struct isakmp_key *k)
{
	const char *kind = secret_kind(k->key, k->type6), *text = secret_text(k->key, k->type6);
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(k->peer.len);

	ip_text(&k->peer.addr, addr);
	if (k->hostname[0])
		out_line(o, "  pre-shared-key hostname %s key %s%s", k->hostname, kind, text);
	else if (k->peer.addr.family == 6)
		out_line(o, "  pre-shared-key address ipv6 %s/%u key %s%s", addr, k->peer.len, kind, text);
	else if (k->peer.len == 32)
		out_line(o, "  pre-shared-key address %s key %s%s", addr, kind, text);
	else
		out_line(o, "  pre-shared-key address %s %s key %s%s", addr, ip_text(&m, mask), kind, text);
}

void write_keyrings(struct out *o, const struct config *c)
{
	const struct isakmp_keyring *ring;
	const struct isakmp_key *k;
	char text[IP_TEXT_SIZE];

	TAILQ_FOREACH (ring, &c->keyrings, link) {
		out_line(o, "crypto keyring %s %s%s ", ring->name, ring->vrf[0] ? "vrf " : "", ring->vrf);
		if (ring->description[0])
			out_line(o, "  description %s", ring->description);
		if (ring->local_if[0])
			out_line(o, "  local-address %s", ring->local_if);
		else if (ring->local_address.family)
			out_line(o, "  local-address %s", ip_text(&ring->local_address, text));
		TAILQ_FOREACH (k, &ring->keys, link)
			write_ring_key(o, k);
		write_kept(o, &ring->kept, 2);
	}
	if (!TAILQ_EMPTY(&c->keyrings))
		out_bangs(o, 1);
}

/* --- the table ---- */

#define CRYPTO    KW("crypto", "Encryption module")
#define ISAKMP    KW("isakmp", "Configure ISAKMP policy")
#define KEY       KW("key", "Set pre-shared key for remote peer")
#define CLEAR     KW("0", "Specifies an UNENCRYPTED password will follow")
#define TYPE6     KW("6", "Specifies an ENCRYPTED password will follow")
#define SECRET    WORD("key", "The UNENCRYPTED user password")
#define CIPHER    WORD("key", "The ENCRYPTED user password")
#define ADDRESS   KW("address", "define shared key with IP address")
#define PEER      IP4("address", "Peer IP address")
#define PEER_MASK IP4("mask", "Peer IP subnet mask")
#define IPV6      KW("ipv6", "define shared key with IPv6 address")
#define PREFIX    IP6PREFIX("prefix", "IPv6 prefix")
#define HOSTNAME  KW("hostname", "define shared key with hostname")
#define HOST      WORD("hostname", "Peer hostname")

#define GLOBAL_KEY(...)                                                                                                \
	{                                                                                                              \
		MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, __VA_ARGS__ }, set_key                                 \
	}

#define KEYRING   KW("keyring", "Key ring commands")
#define RING_NAME WORD("name", "Name of the keyring")
#define PSK       KW("pre-shared-key", "Specify a pre-shared key")
#define RING_KEY  KW("key", "Specify the key")
#define LINE_KEY  LINE("key", "The UNENCRYPTED (cleartext) user password")
#define LOCAL     KW("local-address", "Specify a local IP address or interface")
#define RING      MODE_KEYRING, 15, CMD_NO
#define RING_OPT  MODE_KEYRING, 15, CMD_NO | CMD_NO_SHORT

#define KEY_OF(...)                                                                                                    \
	{ RING, { PSK, __VA_ARGS__, RING_KEY, LINE_KEY }, set_key },                                                   \
		{ RING, { PSK, __VA_ARGS__, RING_KEY, CLEAR, LINE_KEY }, set_key },                                    \
	{                                                                                                              \
		RING, { PSK, __VA_ARGS__, RING_KEY, TYPE6, CIPHER }, set_key                                           \
	}

static const struct cmd key_cmds[] = {
	GLOBAL_KEY(SECRET, ADDRESS, PEER),
	GLOBAL_KEY(SECRET, ADDRESS, PEER, PEER_MASK),
	GLOBAL_KEY(SECRET, ADDRESS, IPV6, PREFIX),
	GLOBAL_KEY(SECRET, HOSTNAME, HOST),
	GLOBAL_KEY(CLEAR, SECRET, ADDRESS, PEER),
	GLOBAL_KEY(CLEAR, SECRET, ADDRESS, PEER, PEER_MASK),
	GLOBAL_KEY(CLEAR, SECRET, ADDRESS, IPV6, PREFIX),
	GLOBAL_KEY(CLEAR, SECRET, HOSTNAME, HOST),
	GLOBAL_KEY(TYPE6, CIPHER, ADDRESS, PEER),
	GLOBAL_KEY(TYPE6, CIPHER, ADDRESS, PEER, PEER_MASK),
	GLOBAL_KEY(TYPE6, CIPHER, ADDRESS, IPV6, PREFIX),
	GLOBAL_KEY(TYPE6, CIPHER, HOSTNAME, HOST),

	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, KEYRING, RING_NAME }, enter_keyring },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CRYPTO, KEYRING, RING_NAME, KW("vrf", "VRF the keyring belongs to"), WORD("vrf", "VRF name") },
	  enter_keyring },
	KEY_OF(ADDRESS, PEER),
	KEY_OF(ADDRESS, PEER, PEER_MASK),
	KEY_OF(ADDRESS, IPV6, PREFIX),
	KEY_OF(HOSTNAME, HOST),
	{ RING_OPT, { LOCAL, IP4("address", "Local IP address") }, set_local_address },
	{ RING_OPT, { LOCAL, IP6("address", "Local IPv6 address") }, set_local_address },
	{ RING_OPT, { LOCAL, IFNAME("interface", "Interface") }, set_local_address },
	{ RING_OPT,
	  { KW("description", "Specify a description of this keyring"),
	    LINE("text", "Up to 240 characters describing this keyring") },
	  set_description },
};

const struct cmd_table cmd_keys_table = CMD_TABLE(key_cmds);
