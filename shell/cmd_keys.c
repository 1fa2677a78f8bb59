/* Pre-shared keys: crypto isakmp key. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <string.h>

static const struct isakmp_key *find_key(const struct config *c, const struct ip_prefix *peer)
{
	const struct isakmp_key *k;
	struct ip_prefix want = ip_network(peer), have;

	TAILQ_FOREACH (k, &c->keys, link) {
		have = ip_network(&k->peer);
		if (have.len == want.len && ip_equal(&have.addr, &want.addr))
			return k;
	}
	return NULL;
}

static void say_key_exists(struct session *s, const struct ip_prefix *peer)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(peer->len);

	if (peer->addr.family == 6)
		session_line(s, "A pre-shared key for address mask %s/%u already exists!", ip_text(&peer->addr, addr),
			     peer->len);
	else
		session_line(s, "A pre-shared key for address mask %s %s already exists!", ip_text(&peer->addr, addr),
			     ip_text(&m, mask));
}

static bool key_peer(struct session *s, const struct cmd_match *m, struct ip_prefix *peer)
{
	struct ip_addr mask;
	char addr_text[IP_TEXT_SIZE];
	int len = 32;

	if (cmd_prefix(m, "prefix", peer))
		return true;
	if (!cmd_addr(m, "address", &peer->addr))
		return false;
	if (cmd_addr(m, "mask", &mask) && (len = ip_mask_len(&mask)) < 0) {
		session_line(s, "Bad mask 0x%02X%02X%02X%02X for address %s", mask.octets[0], mask.octets[1],
			     mask.octets[2], mask.octets[3], ip_text(&peer->addr, addr_text));
		return false;
	}
	/* as on IOS, 0.0.0.0 stands for every peer */
	if (!cmd_has(m, "mask") && ip_is_zero(&peer->addr))
		len = 0;
	peer->len = (uint8_t)len;
	return true;
}

static enum cmd_result set_key(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *key = cmd_text(m, "key");
	const struct isakmp_key *old;
	struct ip_prefix peer = { 0 };

	if (!key_peer(s, m, &peer))
		return CMD_REJECTED;
	if (cmd_is_no(m)) {
		config_key_remove(c, &peer);
		return CMD_OK;
	}
	if (strlen(key) >= CONFIG_PSK_SIZE) {
		session_line(s, "%% Key is longer than %d characters", CONFIG_PSK_SIZE - 1);
		return CMD_REJECTED;
	}
	old = find_key(c, &peer);
	if (old && strcmp(old->key, key) != 0) {
		say_key_exists(s, &peer);
		return CMD_REJECTED;
	}
	if (config_key_set(c, &peer, cmd_has(m, "mask") || cmd_has(m, "prefix"), key) < 0) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	return CMD_OK;
}

static void write_key(struct out *o, const struct isakmp_key *k)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(k->peer.len);

	/* a key that is the digit 0 needs the keyword of that name before it */
	const char *clear = strcmp(k->key, "0") ? "" : "0 ";

	ip_text(&k->peer.addr, addr);
	if (k->peer.addr.family == 6)
		out_line(o, "crypto isakmp key %s%s address ipv6 %s/%u", clear, k->key, addr, k->peer.len);
	else if (k->peer.len == 32)
		out_line(o, "crypto isakmp key %s%s address %s", clear, k->key, addr);
	else /* the mask of 0.0.0.0 is blank, its column is not */
		out_line(o, "crypto isakmp key %s%s address %-14s %s", clear, k->key, addr,
			 k->peer.len || !ip_is_zero(&k->peer.addr) ? ip_text(&m, mask) : "");
}

void write_isakmp_keys(struct out *o, const struct config *c)
{
	const struct isakmp_key *k;

	TAILQ_FOREACH (k, &c->keys, link)
		write_key(o, k);
}

/* --- the table ---- */

#define CRYPTO    KW("crypto", "Encryption module")
#define ISAKMP    KW("isakmp", "Configure ISAKMP policy")
#define KEY       KW("key", "Set pre-shared key for remote peer")
#define CLEAR     KW("0", "Specifies an UNENCRYPTED password will follow")
#define SECRET    WORD("key", "The UNENCRYPTED user password")
#define ADDRESS   KW("address", "define shared key with IP address")
#define PEER      IP4("address", "Peer IP address")
#define PEER_MASK IP4("mask", "Peer IP subnet mask")
#define IPV6      KW("ipv6", "define shared key with IPv6 address")
#define PREFIX    IP6PREFIX("prefix", "IPv6 prefix")

static const struct cmd key_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, PEER }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, PEER, PEER_MASK }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, IPV6, PREFIX }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, PEER }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, PEER, PEER_MASK }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, IPV6, PREFIX }, set_key },
};

const struct cmd_table cmd_keys_table = CMD_TABLE(key_cmds);
