/* crypto isakmp profile: what is done with a peer that sends one of these identities. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum cmd_result refuse(struct session *s, const char *why)
{
	session_line(s, "%% %s", why);
	return CMD_REJECTED;
}

static enum cmd_result enter_profile(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *name = cmd_text(m, "name");
	struct isakmp_profile *p = config_isakmp_profile_find(c, name);

	if (cmd_is_no(m)) {
		if (p)
			config_isakmp_profile_remove(c, p);
		return CMD_OK;
	}
	if (strlen(name) >= CONFIG_NAME_SIZE)
		return refuse(s, "The name of the profile is too long");
	if (!p && !(p = config_isakmp_profile_get(c, name)))
		return refuse(s, "Not enough memory");
	if (TAILQ_EMPTY(&p->matches) && session_kind(s) != SESSION_LOADER)
		session_line(s, "%% A profile is deemed incomplete until it has match identity statements");
	session_enter(s, MODE_ISAKMP_PROFILE, name);
	return CMD_OK;
}

static enum cmd_result set_description(struct session *s, const struct cmd_match *m)
{
	struct isakmp_profile *p = session_isakmp_profile(s);

	snprintf(p->description, sizeof(p->description), "%.240s", cmd_is_no(m) ? "" : cmd_text(m, "text"));
	return CMD_OK;
}

/* --- keyrings ---- */

static unsigned keyring_index(const struct isakmp_profile *p, const char *name)
{
	unsigned i = 0;

	while (i < p->keyring_count && strcmp(p->keyrings[i], name) != 0)
		i++;
	return i;
}

static enum cmd_result set_keyring(struct session *s, const struct cmd_match *m)
{
	struct isakmp_profile *p = session_isakmp_profile(s);
	const char *name = cmd_text(m, "keyring");
	unsigned i = keyring_index(p, name);

	if (cmd_is_no(m)) {
		if (i == p->keyring_count)
			return CMD_OK;
		p->keyring_count--;
		memmove(p->keyrings[i], p->keyrings[i + 1], (p->keyring_count - i) * sizeof(p->keyrings[0]));
		return CMD_OK;
	}
	/* a file may name what it defines further down; config_check() tells what is missing in the end */
	if (session_kind(s) != SESSION_LOADER && strcmp(name, "default") != 0 &&
	    !config_keyring_find(session_config(s), name)) {
		session_line(s, "%% Keyring %s does not exist", name);
		return CMD_REJECTED;
	}
	if (i < p->keyring_count)
		return CMD_OK;
	if (i == ISAKMP_PROFILE_KEYRINGS || strlen(name) >= CONFIG_NAME_SIZE)
		return refuse(s, "No more keyrings can be added to this profile");
	snprintf(p->keyrings[p->keyring_count++], CONFIG_NAME_SIZE, "%s", name);
	return CMD_OK;
}

/* --- match identity ---- */

static struct isakmp_match *find_match(struct isakmp_profile *p, const struct isakmp_match *want)
{
	struct isakmp_match *x;

	TAILQ_FOREACH (x, &p->matches, link)
		if (x->kind == want->kind && !strcmp(x->text, want->text) && x->prefix.len == want->prefix.len &&
		    ip_equal(&x->prefix.addr, &want->prefix.addr))
			return x;
	return NULL;
}

static bool take_identity(struct session *s, const struct cmd_match *m, struct isakmp_match *want)
{
	const char *text = cmd_text(m, "text");
	struct ip_addr mask;
	int len = 32;

	want->kind = (enum isakmp_match_kind)cmd_of(m)->arg;
	if (text && strlen(text) >= sizeof(want->text)) {
		refuse(s, "The identity is too long");
		return false;
	}
	if (text)
		snprintf(want->text, sizeof(want->text), "%s", text);
	if (text || cmd_prefix(m, "prefix", &want->prefix))
		return true;
	cmd_addr(m, "address", &want->prefix.addr);
	if (cmd_addr(m, "mask", &mask) && (len = ip_mask_len(&mask)) < 0) {
		refuse(s, "Bad mask");
		return false;
	}
	if (!cmd_has(m, "mask") && ip_is_zero(&want->prefix.addr))
		len = 0; /* every peer */
	want->prefix.len = (uint8_t)len;
	return true;
}

static enum cmd_result set_match(struct session *s, const struct cmd_match *m)
{
	struct isakmp_profile *p = session_isakmp_profile(s);
	struct isakmp_match want = { 0 }, *x;

	if (!take_identity(s, m, &want))
		return CMD_REJECTED;
	x = find_match(p, &want);
	if (cmd_is_no(m)) {
		if (x)
			TAILQ_REMOVE(&p->matches, x, link);
		free(x);
		return CMD_OK;
	}
	if (x)
		return CMD_OK;
	x = malloc(sizeof(*x));
	if (!x)
		return refuse(s, "Not enough memory");
	*x = want;
	TAILQ_INSERT_TAIL(&p->matches, x, link);
	return CMD_OK;
}

/* --- the rest ---- */

static enum cmd_result set_self_identity(struct session *s, const struct cmd_match *m)
{
	struct isakmp_profile *p = session_isakmp_profile(s);
	const char *text = cmd_is_no(m) ? NULL : cmd_text(m, "text");

	if (text && strlen(text) >= sizeof(p->self_text))
		return refuse(s, "The identity is too long");
	p->self = cmd_is_no(m) ? ISAKMP_SELF_NONE : (enum isakmp_self_kind)cmd_of(m)->arg;
	snprintf(p->self_text, sizeof(p->self_text), "%s", text ? text : "");
	return CMD_OK;
}

static enum cmd_result set_keepalive(struct session *s, const struct cmd_match *m)
{
	struct isakmp_keepalive *k = &session_isakmp_profile(s)->keepalive;

	*k = (struct isakmp_keepalive){ 0 };
	if (!cmd_is_no(m)) {
		k->s = (unsigned)cmd_num(m, "seconds", 0);
		k->retry_s = (unsigned)cmd_num(m, "retry", 0);
	}
	return CMD_OK;
}

static enum cmd_result set_initiate_mode(struct session *s, const struct cmd_match *m)
{
	session_isakmp_profile(s)->aggressive = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_local_address(struct session *s, const struct cmd_match *m)
{
	struct isakmp_profile *p = session_isakmp_profile(s);
	const char *name = cmd_is_no(m) ? NULL : cmd_text(m, "interface");

	p->local_address = (struct ip_addr){ 0 };
	snprintf(p->local_if, sizeof(p->local_if), "%s", name ? name : "");
	if (!cmd_is_no(m))
		cmd_addr(m, "address", &p->local_address);
	return CMD_OK;
}

static enum cmd_result set_virtual_template(struct session *s, const struct cmd_match *m)
{
	session_isakmp_profile(s)->virtual_template = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "number", 0);
	return CMD_OK;
}

/* --- writing ---- */

static const char *const match_words[] = {
	[ISAKMP_MATCH_ADDRESS] = "address",         [ISAKMP_MATCH_HOST] = "host",
	[ISAKMP_MATCH_HOST_DOMAIN] = "host domain", [ISAKMP_MATCH_USER] = "user",
	[ISAKMP_MATCH_USER_DOMAIN] = "user domain", [ISAKMP_MATCH_GROUP] = "group",
	[ISAKMP_MATCH_KEY_ID] = "key-id",
};

static void match_text(const struct isakmp_match *x, char *text, size_t size)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(x->prefix.len);
	bool any = !x->prefix.len && ip_is_zero(&x->prefix.addr);

	if (x->kind != ISAKMP_MATCH_ADDRESS)
		snprintf(text, size, "%s %s", match_words[x->kind], x->text);
	else if (x->prefix.addr.family == 6)
		snprintf(text, size, "address ipv6 %s/%u", ip_text(&x->prefix.addr, addr), x->prefix.len);
	else
		snprintf(text, size, "address %s %s%s", ip_text(&x->prefix.addr, addr), any ? "" : ip_text(&m, mask),
			 any ? "" : " ");
}

static void write_self(struct out *o, const struct isakmp_profile *p)
{
	static const char *const words[] = {
		[ISAKMP_SELF_ADDRESS] = "address",
		[ISAKMP_SELF_FQDN] = "fqdn",
		[ISAKMP_SELF_USER_FQDN] = "user-fqdn",
	};

	if (p->self != ISAKMP_SELF_NONE)
		out_line(o, "   self-identity %s%s%s", words[p->self], p->self_text[0] ? " " : "", p->self_text);
}

static void write_profile(struct out *o, const struct isakmp_profile *p)
{
	char text[CONFIG_TEXT_SIZE + 16];
	const struct isakmp_match *x;

	out_line(o, "crypto isakmp profile %s", p->name);
	if (p->description[0])
		out_line(o, "   description %s", p->description);
	for (unsigned i = 0; i < p->keyring_count; i++)
		out_line(o, "   keyring %s", p->keyrings[i]);
	write_self(o, p);
	TAILQ_FOREACH (x, &p->matches, link) {
		match_text(x, text, sizeof(text));
		out_line(o, "   match identity %s", text);
	}
	if (p->keepalive.s)
		out_line(o, "   keepalive %u retry %u", p->keepalive.s, p->keepalive.retry_s);
	if (p->aggressive)
		out_line(o, "   initiate mode aggressive");
	if (p->virtual_template)
		out_line(o, "   virtual-template %u", p->virtual_template);
	if (p->local_if[0])
		out_line(o, "   local-address %s", p->local_if);
	else if (p->local_address.family)
		out_line(o, "   local-address %s", ip_text(&p->local_address, text));
	write_kept(o, &p->kept, 3);
}

void write_isakmp_profiles(struct out *o, const struct config *c)
{
	const struct isakmp_profile *p;

	TAILQ_FOREACH (p, &c->isakmp_profiles, link)
		write_profile(o, p);
}

/* --- the table ---- */

#define MATCH         KW("match", "Match values in peer"), KW("identity", "Match a peer identity")
#define MATCH_ADDRESS MATCH, KW("address", "IP Address(es)")
#define MATCH_HOST    MATCH, KW("host", "match a hostname/domain")
#define MATCH_USER    MATCH, KW("user", "match a username/domain")
#define SELF          KW("self-identity", "Specify Identity to use")
#define FQDN          KW("fqdn", "Use the Fully Qualified Domain Name for the identity")
#define PROFILE       MODE_ISAKMP_PROFILE, 15, CMD_NO
#define OPTIONAL      MODE_ISAKMP_PROFILE, 15, CMD_NO | CMD_NO_SHORT
#define LOCAL         KW("local-address", "Interface/Address to use as local endpoint")

static const struct cmd profile_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("crypto", "Encryption module"), KW("isakmp", "Configure ISAKMP policy"),
	    KW("profile", "Define ISAKMP Profiles"), WORD("name", "Name of ISAKMP Profile") },
	  enter_profile },

	{ OPTIONAL,
	  { KW("description", "Specify a description of this profile"),
	    LINE("text", "Up to 240 characters describing this profile") },
	  set_description },
	{ PROFILE, { KW("keyring", "Specify keyring to use"), WORD("keyring", "Name of keyring") }, set_keyring },

	{ PROFILE, { MATCH_ADDRESS, IP4("address", "IP address") }, set_match, ISAKMP_MATCH_ADDRESS },
	{ PROFILE,
	  { MATCH_ADDRESS, IP4("address", "IP address"), IP4("mask", "specify mask") },
	  set_match,
	  ISAKMP_MATCH_ADDRESS },
	{ PROFILE,
	  { MATCH_ADDRESS, KW("ipv6", "IPv6 address"), IP6PREFIX("prefix", "IPv6 prefix") },
	  set_match,
	  ISAKMP_MATCH_ADDRESS },
	{ PROFILE, { MATCH_HOST, WORD("text", "hostname") }, set_match, ISAKMP_MATCH_HOST },
	{ PROFILE,
	  { MATCH_HOST, KW("domain", "match a domain"), WORD("text", "domain name") },
	  set_match,
	  ISAKMP_MATCH_HOST_DOMAIN },
	{ PROFILE, { MATCH_USER, WORD("text", "username") }, set_match, ISAKMP_MATCH_USER },
	{ PROFILE,
	  { MATCH_USER, KW("domain", "match a domain"), WORD("text", "domain name") },
	  set_match,
	  ISAKMP_MATCH_USER_DOMAIN },
	{ PROFILE,
	  { MATCH, KW("group", "Match a Unity group identity"), WORD("text", "Group name") },
	  set_match,
	  ISAKMP_MATCH_GROUP },
	{ PROFILE, { MATCH, KW("key-id", "Match a key id"), WORD("text", "Key id") }, set_match, ISAKMP_MATCH_KEY_ID },

	{ OPTIONAL,
	  { SELF, KW("address", "Use the IP address of the local endpoint for the identity") },
	  set_self_identity,
	  ISAKMP_SELF_ADDRESS },
	{ OPTIONAL, { SELF, FQDN }, set_self_identity, ISAKMP_SELF_FQDN },
	{ OPTIONAL, { SELF, FQDN, WORD("text", "FQDN to use") }, set_self_identity, ISAKMP_SELF_FQDN },
	{ OPTIONAL,
	  { SELF, KW("user-fqdn", "Use the user FQDN for the identity"), WORD("text", "User FQDN to use") },
	  set_self_identity,
	  ISAKMP_SELF_USER_FQDN },

	{ OPTIONAL,
	  { KW("keepalive", "Set a keepalive interval for use with IOS peers"),
	    NUM("seconds", 10, 3600, "Number of seconds between keep alives"),
	    KW("retry", "Set a retry interval when keepalive fails"),
	    NUM("retry", 2, 60, "Number of seconds between retries if keepalive fails") },
	  set_keepalive },
	{ PROFILE | CMD_ONLY_NO,
	  { KW("keepalive", "Set a keepalive interval for use with IOS peers") },
	  set_keepalive },
	{ PROFILE,
	  { KW("initiate", "Initiator property"), KW("mode", "Mode to initiate"),
	    KW("aggressive", "Use Aggressive Mode") },
	  set_initiate_mode },
	{ OPTIONAL, { LOCAL, IP4("address", "Local IP address") }, set_local_address },
	{ OPTIONAL, { LOCAL, IP6("address", "Local IPv6 address") }, set_local_address },
	{ OPTIONAL, { LOCAL, IFNAME("interface", "Interface") }, set_local_address },
	{ OPTIONAL,
	  { KW("virtual-template", "Specify the virtual-template for dynamic interface creation."),
	    NUM("number", 1, 4095, "Virtual-Template interface number") },
	  set_virtual_template },
};

const struct cmd_table cmd_isakmp_profile_table = CMD_TABLE(profile_cmds);
