/* crypto isakmp: policies, pre-shared keys, identity, on and off. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

/* --- policies ---- */

static enum cmd_result enter_policy(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	unsigned priority = (unsigned)cmd_num(m, "priority", 0);
	struct isakmp_policy *p = config_policy_find(c, priority);
	char object[16];

	if (cmd_is_no(m)) {
		if (p)
			config_policy_remove(c, p);
		return CMD_OK;
	}
	if (!p && !config_policy_get(c, priority)) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	snprintf(object, sizeof(object), "%u", priority);
	session_enter(s, MODE_ISAKMP_POLICY, object);
	return CMD_OK;
}

static enum cmd_result set_encryption(struct session *s, const struct cmd_match *m)
{
	struct isakmp_policy *p = session_policy(s);

	p->encr = cmd_is_no(m) ? ISAKMP_ENCR_DES : (enum isakmp_encr)cmd_num(m, "encryption", ISAKMP_ENCR_AES);
	p->keybits = p->encr == ISAKMP_ENCR_AES ? (unsigned)cmd_num(m, "bits", 128) : 0;
	return CMD_OK;
}

static enum cmd_result set_hash(struct session *s, const struct cmd_match *m)
{
	session_policy(s)->hash = cmd_is_no(m) ? ISAKMP_HASH_SHA : (enum isakmp_hash)cmd_num(m, "hash", 0);
	return CMD_OK;
}

static enum cmd_result set_authentication(struct session *s, const struct cmd_match *m)
{
	session_policy(s)->auth = cmd_is_no(m) ? ISAKMP_AUTH_RSA_SIG : (enum isakmp_auth)cmd_num(m, "method", 0);
	return CMD_OK;
}

static enum cmd_result set_group(struct session *s, const struct cmd_match *m)
{
	session_policy(s)->group = cmd_is_no(m) ? ISAKMP_GROUP_DEFAULT : (unsigned)cmd_num(m, "group", 0);
	return CMD_OK;
}

static enum cmd_result set_lifetime(struct session *s, const struct cmd_match *m)
{
	session_policy(s)->lifetime_s = cmd_is_no(m) ? ISAKMP_LIFETIME_DEFAULT_S : (unsigned)cmd_num(m, "lifetime", 0);
	return CMD_OK;
}

static void write_policy(struct out *o, const struct isakmp_policy *p)
{
	static const char *const hashes[] = {
		[ISAKMP_HASH_MD5] = "md5",
		[ISAKMP_HASH_SHA256] = "sha256",
		[ISAKMP_HASH_SHA384] = "sha384",
		[ISAKMP_HASH_SHA512] = "sha512",
	};

	out_line(o, "crypto isakmp policy %u", p->priority);
	if (p->encr == ISAKMP_ENCR_3DES)
		out_line(o, " encr 3des");
	else if (p->encr == ISAKMP_ENCR_AES && p->keybits == 128)
		out_line(o, " encr aes");
	else if (p->encr == ISAKMP_ENCR_AES)
		out_line(o, " encr aes %u", p->keybits);
	if (p->hash != ISAKMP_HASH_SHA)
		out_line(o, " hash %s", hashes[p->hash]);
	if (p->auth == ISAKMP_AUTH_PRE_SHARE)
		out_line(o, " authentication pre-share");
	if (p->group != ISAKMP_GROUP_DEFAULT)
		out_line(o, " group %u", p->group);
	if (p->lifetime_s != ISAKMP_LIFETIME_DEFAULT_S)
		out_line(o, " lifetime %u", p->lifetime_s);
	write_kept(o, &p->kept, 1);
}

/* --- keys ---- */

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

/* --- identity, on and off ---- */

static enum cmd_result set_enable(struct session *s, const struct cmd_match *m)
{
	session_config(s)->isakmp_disabled = cmd_is_no(m); /* `default` is the plain form */
	return CMD_OK;
}

static enum cmd_result set_identity(struct session *s, const struct cmd_match *m)
{
	session_config(s)->isakmp_identity =
		cmd_is_no(m) ? ISAKMP_ID_ADDRESS : (enum isakmp_identity)cmd_num(m, "identity", 0);
	return CMD_OK;
}

void write_isakmp(struct out *o, const struct config *c)
{
	const struct isakmp_policy *p;
	const struct isakmp_key *k;

	if (c->isakmp_disabled)
		out_line(o, "no crypto isakmp enable");
	TAILQ_FOREACH (p, &c->policies, link) {
		write_policy(o, p);
		if (TAILQ_NEXT(p, link))
			out_bangs(o, 1);
	}
	TAILQ_FOREACH (k, &c->keys, link)
		write_key(o, k);
	if (c->isakmp_identity != ISAKMP_ID_ADDRESS)
		out_line(o, "crypto isakmp identity %s", c->isakmp_identity == ISAKMP_ID_DN ? "dn" : "hostname");
}

/* --- the table ---- */

static const struct cmd_choice identity_choices[] = {
	{ "address", "Use the IP address of the interface for the identity", ISAKMP_ID_ADDRESS },
	{ "dn", "Use the distinguished name of the router cert for the identity", ISAKMP_ID_DN },
	{ "hostname", "Use the hostname of the router for the identity", ISAKMP_ID_HOSTNAME },
	{ 0 },
};

static const struct cmd_choice encryption_choices[] = {
	{ "3des", "Three key triple DES", ISAKMP_ENCR_3DES },
	{ "aes", "AES - Advanced Encryption Standard.", ISAKMP_ENCR_AES },
	{ "des", "DES - Data Encryption Standard (56 bit keys).", ISAKMP_ENCR_DES },
	{ 0 },
};

static const struct cmd_choice hash_choices[] = {
	{ "md5", "Message Digest 5", ISAKMP_HASH_MD5 },
	{ "sha", "Secure Hash Standard", ISAKMP_HASH_SHA },
	{ "sha256", "Secure Hash Standard 2 (256 bit)", ISAKMP_HASH_SHA256 },
	{ "sha384", "Secure Hash Standard 2 (384 bit)", ISAKMP_HASH_SHA384 },
	{ "sha512", "Secure Hash Standard 2 (512 bit)", ISAKMP_HASH_SHA512 },
	{ 0 },
};

static const struct cmd_choice method_choices[] = {
	{ "pre-share", "Pre-Shared Key", ISAKMP_AUTH_PRE_SHARE },
	{ "rsa-sig", "Rivest-Shamir-Adleman Signature", ISAKMP_AUTH_RSA_SIG },
	{ 0 },
};

static const struct cmd_choice group_choices[] = {
	{ "1", "Diffie-Hellman group 1 (768 bit)", 1 },
	{ "14", "Diffie-Hellman group 14 (2048 bit)", 14 },
	{ "15", "Diffie-Hellman group 15 (3072 bit)", 15 },
	{ "16", "Diffie-Hellman group 16 (4096 bit)", 16 },
	{ "19", "Diffie-Hellman group 19 (256 bit ecp)", 19 },
	{ "2", "Diffie-Hellman group 2 (1024 bit)", 2 },
	{ "20", "Diffie-Hellman group 20 (384 bit ecp)", 20 },
	{ "21", "Diffie-Hellman group 21 (521 bit ecp)", 21 },
	{ "24", "Diffie-Hellman group 24 (2048 bit, 256 bit subgroup)", 24 },
	{ "5", "Diffie-Hellman group 5 (1536 bit)", 5 },
	{ 0 },
};

#define CRYPTO     KW("crypto", "Encryption module")
#define ISAKMP     KW("isakmp", "Configure ISAKMP policy")
#define KEY        KW("key", "Set pre-shared key for remote peer")
#define CLEAR      KW("0", "Specifies an UNENCRYPTED password will follow")
#define SECRET     WORD("key", "The UNENCRYPTED user password")
#define ADDRESS    KW("address", "define shared key with IP address")
#define PEER       IP4("address", "Peer IP address")
#define PEER_MASK  IP4("mask", "Peer IP subnet mask")
#define IPV6       KW("ipv6", "define shared key with IPv6 address")
#define PREFIX     IP6PREFIX("prefix", "IPv6 prefix")
#define ENCRYPTION KW("encryption", "Set encryption algorithm for protection suite")
#define POLICY     MODE_ISAKMP_POLICY, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd isakmp_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CRYPTO, ISAKMP, KW("policy", "Set policy for an ISAKMP protection suite"),
	    NUM("priority", 1, 10000, "Priority of protection suite") },
	  enter_policy },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { CRYPTO, ISAKMP, KW("enable", "Enable ISAKMP") }, set_enable },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { CRYPTO, ISAKMP, KW("identity", "Set the identity which ISAKMP will use"),
	    PICK("identity", identity_choices) },
	  set_identity },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, PEER }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, PEER, PEER_MASK }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, SECRET, ADDRESS, IPV6, PREFIX }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, PEER }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, PEER, PEER_MASK }, set_key },
	{ MODE_CONFIG, 15, CMD_NO, { CRYPTO, ISAKMP, KEY, CLEAR, SECRET, ADDRESS, IPV6, PREFIX }, set_key },

	{ POLICY, { ENCRYPTION, PICK("encryption", encryption_choices) }, set_encryption },
	{ POLICY,
	  { ENCRYPTION, KW("aes", "AES - Advanced Encryption Standard."), PICK("bits", commands_aes_bits) },
	  set_encryption },
	{ POLICY, { KW("hash", "Set hash algorithm for protection suite"), PICK("hash", hash_choices) }, set_hash },
	{ POLICY,
	  { KW("authentication", "Set authentication method for protection suite"), PICK("method", method_choices) },
	  set_authentication },
	{ POLICY, { KW("group", "Set the Diffie-Hellman group"), PICK("group", group_choices) }, set_group },
	{ POLICY,
	  { KW("lifetime", "Set lifetime for ISAKMP security association"),
	    NUM("lifetime", 60, 86400, "lifetime in seconds") },
	  set_lifetime },
};

const struct cmd_table cmd_isakmp_table = CMD_TABLE(isakmp_cmds);
