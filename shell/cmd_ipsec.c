/* crypto ipsec: transform sets and profiles. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct cmd_choice cipher_choices[] = {
	{ "esp-3des", "ESP transform using 3DES(EDE) cipher (168 bits)", ESP_CIPHER_3DES },
	{ "esp-aes", "ESP transform using AES cipher", ESP_CIPHER_AES },
	{ "esp-des", "ESP transform using DES cipher (56 bits)", ESP_CIPHER_DES },
	{ "esp-gcm", "ESP transform using GCM cipher", ESP_CIPHER_GCM },
	{ "esp-null", "ESP transform w/o cipher", ESP_CIPHER_NULL },
	{ 0 },
};

/* Those of cipher_choices whose key may have several sizes. */
static const struct cmd_choice sized_choices[] = {
	{ "esp-aes", "ESP transform using AES cipher", ESP_CIPHER_AES },
	{ "esp-gcm", "ESP transform using GCM cipher", ESP_CIPHER_GCM },
	{ 0 },
};

static const struct cmd_choice auth_choices[] = {
	{ "esp-md5-hmac", "ESP transform using HMAC-MD5 auth", ESP_AUTH_MD5 },
	{ "esp-sha-hmac", "ESP transform using HMAC-SHA auth", ESP_AUTH_SHA },
	{ "esp-sha256-hmac", "ESP transform using HMAC-SHA256 auth", ESP_AUTH_SHA256 },
	{ "esp-sha384-hmac", "ESP transform using HMAC-SHA384 auth", ESP_AUTH_SHA384 },
	{ "esp-sha512-hmac", "ESP transform using HMAC-SHA512 auth", ESP_AUTH_SHA512 },
	{ 0 },
};

static enum cmd_result no_memory(struct session *s)
{
	session_line(s, "%% Not enough memory");
	return CMD_REJECTED;
}

/* `no` with its arguments left out is let through by the matcher, the name is not one of those. */
static enum cmd_result take_name(struct session *s, const struct cmd_match *m, const char **name)
{
	*name = cmd_text(m, "name");
	if (!*name) {
		session_line(s, "%% Incomplete command.");
		return CMD_REJECTED;
	}
	if (strlen(*name) >= CONFIG_NAME_SIZE) {
		session_line(s, "%% Name is longer than %d characters", CONFIG_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	return CMD_OK;
}

/* --- transform sets ---- */

/* ESP with neither secrecy nor integrity protects nothing, and GCM brings its own integrity. */
static bool transforms_fit(const struct transform_set *t)
{
	if (t->cipher == ESP_CIPHER_GCM)
		return t->auth == ESP_AUTH_NONE;
	if (t->cipher == ESP_CIPHER_NULL || t->cipher == ESP_CIPHER_NONE)
		return t->auth != ESP_AUTH_NONE && t->cipher == ESP_CIPHER_NULL;
	return true;
}

static enum cmd_result enter_transform_set(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct transform_set wanted = {
		.cipher = (enum esp_cipher)cmd_num(m, "cipher", ESP_CIPHER_NONE),
		.auth = (enum esp_auth)cmd_num(m, "auth", ESP_AUTH_NONE),
	};
	struct transform_set *t;
	const char *name;

	if (take_name(s, m, &name) != CMD_OK)
		return CMD_REJECTED;
	if (cmd_is_no(m)) {
		t = config_transform_set_find(c, name);
		if (t)
			config_transform_set_remove(c, t);
		return CMD_OK;
	}
	if (wanted.cipher == ESP_CIPHER_AES || wanted.cipher == ESP_CIPHER_GCM)
		wanted.keybits = (unsigned)cmd_num(m, "bits", 128);
	if (!transforms_fit(&wanted)) {
		session_line(s, "%% Invalid transform proposal");
		return CMD_REJECTED;
	}
	t = config_transform_set_get(c, name);
	if (!t)
		return no_memory(s);
	t->cipher = wanted.cipher;
	t->keybits = wanted.keybits;
	t->auth = wanted.auth;
	session_enter(s, MODE_TRANSFORM_SET, name);
	return CMD_OK;
}

static enum cmd_result set_mode(struct session *s, const struct cmd_match *m)
{
	session_transform_set(s)->transport = !cmd_is_no(m) && cmd_num(m, "mode", 0) != 0;
	return CMD_OK;
}

static void write_transform_set(struct out *o, const struct transform_set *t)
{
	char bits[16] = "", auth[24] = "";

	if (t->keybits > 128)
		snprintf(bits, sizeof(bits), "%u ", t->keybits);
	if (t->auth != ESP_AUTH_NONE)
		snprintf(auth, sizeof(auth), "%s ", cmd_keyword(auth_choices, (int)t->auth));
	out_line(o, "crypto ipsec transform-set %s %s %s%s", t->name, cmd_keyword(cipher_choices, (int)t->cipher), bits,
		 auth);
	if (t->transport)
		out_line(o, " mode transport");
	else if (out_shows(o, false))
		out_line(o, " mode tunnel");
	write_kept(o, &t->kept, 1);
}

/* --- profiles ---- */

static enum cmd_result enter_profile(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct ipsec_profile *p;
	const char *name;

	if (take_name(s, m, &name) != CMD_OK)
		return CMD_REJECTED;
	if (cmd_is_no(m)) {
		p = config_profile_find(c, name);
		if (p)
			config_profile_remove(c, p);
		return CMD_OK;
	}
	if (!config_profile_get(c, name))
		return no_memory(s);
	session_enter(s, MODE_IPSEC_PROFILE, name);
	return CMD_OK;
}

static const char *const set_names[IPSEC_PROFILE_SETS] = { "set1", "set2", "set3", "set4", "set5", "set6" };

static bool set_known(struct session *s, const char *name)
{
	/* a file may name what it defines further down; config_check() tells what is missing in the end */
	if (session_kind(s) == SESSION_LOADER || !strcmp(name, "default") ||
	    config_transform_set_find(session_config(s), name))
		return true;
	session_line(s, "ERROR: transform set with tag \"%s\" does not exist.", name);
	return false;
}

static enum cmd_result set_transform_sets(struct session *s, const struct cmd_match *m)
{
	struct ipsec_profile *p = session_profile(s), wanted = { 0 };
	const char *name;

	if (cmd_is_no(m)) {
		p->set_count = 0;
		return CMD_OK;
	}
	for (unsigned i = 0; i < IPSEC_PROFILE_SETS && (name = cmd_text(m, set_names[i])); i++) {
		if (strlen(name) >= CONFIG_NAME_SIZE || !set_known(s, name))
			return CMD_REJECTED;
		snprintf(wanted.sets[wanted.set_count++], CONFIG_NAME_SIZE, "%s", name);
	}
	memcpy(p->sets, wanted.sets, sizeof(p->sets));
	p->set_count = wanted.set_count;
	return CMD_OK;
}

static enum cmd_result set_pfs(struct session *s, const struct cmd_match *m)
{
	session_profile(s)->pfs_group = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "group", 1);
	return CMD_OK;
}

static enum cmd_result set_responder_only(struct session *s, const struct cmd_match *m)
{
	session_profile(s)->responder_only = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_profile_lifetime(struct session *s, const struct cmd_match *m)
{
	struct ipsec_profile *p = session_profile(s);

	if (cmd_has(m, "seconds"))
		p->lifetime_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "lifetime", 0);
	else
		p->lifetime_kb = cmd_is_no(m) ? 0 : (uint32_t)cmd_num(m, "lifetime", 0);
	return CMD_OK;
}

static enum cmd_result set_profile_idle(struct session *s, const struct cmd_match *m)
{
	session_profile(s)->idle_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	return CMD_OK;
}

static enum cmd_result set_isakmp_profile(struct session *s, const struct cmd_match *m)
{
	struct ipsec_profile *p = session_profile(s);
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "isakmp-profile");

	if (strlen(name) >= sizeof(p->isakmp_profile)) {
		session_line(s, "%% Name is longer than %d characters", CONFIG_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	/* a file may name what it defines further down; config_check() tells what is missing in the end */
	if (name[0] && session_kind(s) != SESSION_LOADER && !config_isakmp_profile_find(session_config(s), name)) {
		session_line(s, "%% ISAKMP profile %s does not exist", name);
		return CMD_REJECTED;
	}
	snprintf(p->isakmp_profile, sizeof(p->isakmp_profile), "%s", name);
	return CMD_OK;
}

static void write_profile(struct out *o, const struct ipsec_profile *p)
{
	char sets[IPSEC_PROFILE_SETS * CONFIG_NAME_SIZE] = "";
	size_t n = 0;

	out_line(o, "crypto ipsec profile %s", p->name);
	if (p->lifetime_kb)
		out_line(o, " set security-association lifetime kilobytes %" PRIu32, p->lifetime_kb);
	if (p->lifetime_s)
		out_line(o, " set security-association lifetime seconds %u", p->lifetime_s);
	if (p->idle_s)
		out_line(o, " set security-association idle-time %u", p->idle_s);
	for (unsigned i = 0; i < p->set_count; i++)
		n += (size_t)snprintf(sets + n, sizeof(sets) - n, "%s ", p->sets[i]);
	if (p->set_count)
		out_line(o, " set transform-set %s", sets);
	if (p->pfs_group)
		out_line(o, " set pfs group%u", p->pfs_group);
	if (p->isakmp_profile[0])
		out_line(o, " set isakmp-profile %s", p->isakmp_profile);
	if (p->responder_only)
		out_line(o, " responder-only");
	write_kept(o, &p->kept, 1);
}

void write_ipsec(struct out *o, const struct config *c)
{
	const struct transform_set *t;
	const struct ipsec_profile *p;

	write_ipsec_global(o, c);
	TAILQ_FOREACH (t, &c->transform_sets, link)
		write_transform_set(o, t);
	if (!TAILQ_EMPTY(&c->transform_sets))
		out_bangs(o, 1);
	TAILQ_FOREACH (p, &c->profiles, link) {
		write_profile(o, p);
		out_bangs(o, 1);
	}
}

/* --- the table ---- */

static const struct cmd_choice mode_choices[] = {
	{ "transport", "transport (payload encapsulation) mode", 1 },
	{ "tunnel", "tunnel (datagram encapsulation) mode", 0 },
	{ 0 },
};

static const struct cmd_choice pfs_choices[] = {
	{ "group1", "D-H Group1 (768-bit modp)", 1 },
	{ "group14", "D-H Group14 (2048-bit modp)", 14 },
	{ "group15", "D-H Group15 (3072-bit modp)", 15 },
	{ "group16", "D-H Group16 (4096-bit modp)", 16 },
	{ "group19", "D-H Group19 (256-bit ecp)", 19 },
	{ "group2", "D-H Group2 (1024-bit modp)", 2 },
	{ "group20", "D-H Group20 (384-bit ecp)", 20 },
	{ "group21", "D-H Group21 (521-bit ecp)", 21 },
	{ "group24", "D-H Group24 (2048-bit modp, 256 bit subgroup)", 24 },
	{ "group5", "D-H Group5 (1536-bit modp)", 5 },
	{ 0 },
};

#define CRYPTO          KW("crypto", "Encryption module")
#define IPSEC           KW("ipsec", "Configure IPSEC policy")
#define TSET            KW("transform-set", "Define transform and settings")
#define TSET_NAME       WORD("name", "Transform set tag")
#define CIPHER          PICK("cipher", cipher_choices)
#define SIZED           PICK("cipher", sized_choices)
#define BITS            PICK("bits", commands_aes_bits)
#define AUTH            PICK("auth", auth_choices)
#define SA              KW("security-association", "Security association parameters")
#define LIFETIME        KW("lifetime", "security association lifetime")
#define SECONDS         KW("seconds", "Time-based key duration")
#define KILOBYTES       KW("kilobytes", "Volume-based key duration")
#define SECONDS_RANGE   NUM("lifetime", 120, 86400, "Security association duration in seconds")
#define KILOBYTES_RANGE NUM("lifetime", 2560, UINT32_MAX, "Security association duration in kilobytes encrypted")
#define SET             KW("set", "Set values for encryption/decryption")
#define SET_TSET        KW("transform-set", "Specify list of transform sets in priority order")
#define SET_NAME(n)     WORD(n, "Proposal tag")
#define GLOBAL          MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define TRANSFORM       MODE_TRANSFORM_SET, 15, CMD_NO | CMD_NO_SHORT
#define PROFILE         MODE_IPSEC_PROFILE, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd ipsec_cmds[] = {
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, CIPHER }, enter_transform_set },
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, CIPHER, AUTH }, enter_transform_set },
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, SIZED, BITS }, enter_transform_set },
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, SIZED, BITS, AUTH }, enter_transform_set },
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, AUTH, CIPHER }, enter_transform_set },
	{ GLOBAL, { CRYPTO, IPSEC, TSET, TSET_NAME, AUTH, SIZED, BITS }, enter_transform_set },
	{ GLOBAL,
	  { CRYPTO, IPSEC, KW("profile", "Configure an ipsec policy profile"), WORD("name", "Profile name") },
	  enter_profile },

	{ TRANSFORM, { KW("mode", "encapsulation mode (transport/tunnel)"), PICK("mode", mode_choices) }, set_mode },

	{ PROFILE, { SET, SET_TSET, SET_NAME("set1") }, set_transform_sets },
	{ PROFILE, { SET, SET_TSET, SET_NAME("set1"), SET_NAME("set2") }, set_transform_sets },
	{ PROFILE, { SET, SET_TSET, SET_NAME("set1"), SET_NAME("set2"), SET_NAME("set3") }, set_transform_sets },
	{ PROFILE,
	  { SET, SET_TSET, SET_NAME("set1"), SET_NAME("set2"), SET_NAME("set3"), SET_NAME("set4") },
	  set_transform_sets },
	{ PROFILE,
	  { SET, SET_TSET, SET_NAME("set1"), SET_NAME("set2"), SET_NAME("set3"), SET_NAME("set4"), SET_NAME("set5") },
	  set_transform_sets },
	{ PROFILE,
	  { SET, SET_TSET, SET_NAME("set1"), SET_NAME("set2"), SET_NAME("set3"), SET_NAME("set4"), SET_NAME("set5"),
	    SET_NAME("set6") },
	  set_transform_sets },
	{ PROFILE, { SET, KW("pfs", "Specify pfs settings") }, set_pfs },
	{ PROFILE, { SET, KW("pfs", "Specify pfs settings"), PICK("group", pfs_choices) }, set_pfs },
	{ PROFILE, { SET, SA, LIFETIME, SECONDS, SECONDS_RANGE }, set_profile_lifetime },
	{ PROFILE, { SET, SA, LIFETIME, KILOBYTES, KILOBYTES_RANGE }, set_profile_lifetime },
	{ PROFILE,
	  { SET, SA, KW("idle-time", "Automatically delete IPSec SAs after a given idle period."),
	    NUM("seconds", 60, 86400, "IPSec SA idle timer, in seconds") },
	  set_profile_idle },
	{ PROFILE,
	  { SET, KW("isakmp-profile", "Specify isakmp Profile"), WORD("isakmp-profile", "ISAKMP Profile name") },
	  set_isakmp_profile },
	{ PROFILE, { KW("responder-only", "Do not initiate SAs from this device") }, set_responder_only },
};

const struct cmd_table cmd_ipsec_table = CMD_TABLE(ipsec_cmds);
