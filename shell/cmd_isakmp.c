/* crypto isakmp policy. */
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
		[ISAKMP_HASH_SHA] = "sha",       [ISAKMP_HASH_MD5] = "md5",       [ISAKMP_HASH_SHA256] = "sha256",
		[ISAKMP_HASH_SHA384] = "sha384", [ISAKMP_HASH_SHA512] = "sha512",
	};

	out_line(o, "crypto isakmp policy %u", p->priority);
	if (p->encr == ISAKMP_ENCR_3DES)
		out_line(o, " encr 3des");
	else if (p->encr == ISAKMP_ENCR_AES && p->keybits == 128)
		out_line(o, " encr aes");
	else if (p->encr == ISAKMP_ENCR_AES)
		out_line(o, " encr aes %u", p->keybits);
	else if (out_shows(o, false))
		out_line(o, " encr des");
	if (out_shows(o, p->hash != ISAKMP_HASH_SHA))
		out_line(o, " hash %s", hashes[p->hash]);
	if (p->auth == ISAKMP_AUTH_PRE_SHARE)
		out_line(o, " authentication pre-share");
	else if (out_shows(o, false))
		out_line(o, " authentication rsa-sig");
	if (out_shows(o, p->group != ISAKMP_GROUP_DEFAULT))
		out_line(o, " group %u", p->group);
	if (out_shows(o, p->lifetime_s != ISAKMP_LIFETIME_DEFAULT_S))
		out_line(o, " lifetime %u", p->lifetime_s);
	write_kept(o, &p->kept, 1);
}

void write_isakmp_policies(struct out *o, const struct config *c)
{
	const struct isakmp_policy *p;

	TAILQ_FOREACH (p, &c->policies, link) {
		write_policy(o, p);
		if (TAILQ_NEXT(p, link))
			out_bangs(o, 1);
	}
}

/* --- the table ---- */

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
#define ENCRYPTION KW("encryption", "Set encryption algorithm for protection suite")
#define POLICY     MODE_ISAKMP_POLICY, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd isakmp_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CRYPTO, ISAKMP, KW("policy", "Set policy for an ISAKMP protection suite"),
	    NUM("priority", 1, 10000, "Priority of protection suite") },
	  enter_policy },
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
