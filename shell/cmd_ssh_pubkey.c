/*
 * ip ssh pubkey-chain: keys of users who come in and of servers gone to. IOS keeps the MD5 of a key, and that is what
 * the running-config shows, however the key was given.
 */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"
#include "shell/ssh_key_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPED_MOST 8192 /* the text of a key */

/* --- whose keys ---- */

static const char *kind_name(bool server)
{
	return server ? "server" : "username";
}

static struct config_access *access_of(struct session *s)
{
	return &session_config(s)->access;
}

/* What session_enter() was given: "username admin". */
static bool owner_of(struct session *s, bool *server, char name[ACCESS_NAME_SIZE])
{
	char kind[16];

	if (sscanf(session_object(s), "%15s %63s", kind, name) != 2)
		return false;
	*server = !strcmp(kind, kind_name(true));
	return true;
}

static bool is_owners(const struct ssh_pubkey *k, bool server, const char *name)
{
	return k->server == server && !strcmp(k->owner, name);
}

static void drop(struct config_access *a, bool server, const char *name, const char *hash)
{
	struct ssh_pubkey *k, *next;

	for (k = TAILQ_FIRST(&a->ssh_keys); k; k = next) {
		next = TAILQ_NEXT(k, link);
		if (is_owners(k, server, name) && (!hash || !strcmp(k->hash, hash)))
			config_pubkey_remove(a, k);
	}
}

static enum cmd_result enter_chain(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = access_of(s);

	if (!cmd_is_no(m)) {
		session_enter(s, MODE_SSH_PUBKEY, NULL);
		return CMD_OK;
	}
	while (!TAILQ_EMPTY(&a->ssh_keys))
		config_pubkey_remove(a, TAILQ_FIRST(&a->ssh_keys));
	return CMD_OK;
}

static enum cmd_result enter_owner(struct session *s, const struct cmd_match *m)
{
	bool server = cmd_of(m)->arg;
	const char *name = cmd_text(m, "name");
	char object[16 + ACCESS_NAME_SIZE];

	if (strlen(name) >= ACCESS_NAME_SIZE) {
		session_line(s, "%% Name is longer than %d characters", ACCESS_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	if (cmd_is_no(m)) {
		drop(access_of(s), server, name, NULL);
		return CMD_OK;
	}
	snprintf(object, sizeof(object), "%s %s", kind_name(server), name);
	session_enter(s, MODE_SSH_PUBKEY_USER, object);
	return CMD_OK;
}

/* --- keys ---- */

static enum cmd_result add_key(struct session *s, const char hash[SSH_KEY_HASH_SIZE], const char *remark)
{
	struct config_access *a = access_of(s);
	char name[ACCESS_NAME_SIZE];
	struct ssh_pubkey *k;
	bool server;

	if (!owner_of(s, &server, name))
		return CMD_REJECTED;
	drop(a, server, name, hash);
	k = config_pubkey_add(a, server, name);
	if (!k || (remark && !(k->remark = strdup(remark)))) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	memcpy(k->hash, hash, SSH_KEY_HASH_SIZE);
	return CMD_OK;
}

static enum cmd_result set_hash(struct session *s, const struct cmd_match *m)
{
	char hash[SSH_KEY_HASH_SIZE], name[ACCESS_NAME_SIZE];
	bool server;

	if (!ssh_key_hash_parse(cmd_text(m, "hash"), hash)) {
		session_line(s, "%%SSH: Invalid key hash");
		return CMD_REJECTED;
	}
	if (!cmd_is_no(m))
		return add_key(s, hash, cmd_text(m, "remark"));
	if (owner_of(s, &server, name))
		drop(access_of(s), server, name, hash);
	return CMD_OK;
}

/* The key whose lines are being typed, or NULL. */
static struct ssh_pubkey *typed_key(struct session *s)
{
	char name[ACCESS_NAME_SIZE];
	struct ssh_pubkey *k;
	bool server;

	if (owner_of(s, &server, name))
		TAILQ_FOREACH (k, &access_of(s)->ssh_keys, link)
			if (is_owners(k, server, name) && k->typed)
				return k;
	return NULL;
}

static enum cmd_result begin_key(struct session *s, const struct cmd_match *m)
{
	char name[ACCESS_NAME_SIZE], object[16 + ACCESS_NAME_SIZE];
	struct ssh_pubkey *k = typed_key(s);
	bool server;

	(void)m;
	if (!owner_of(s, &server, name))
		return CMD_REJECTED;
	if (k) /* somebody began one and did not end it */
		config_pubkey_remove(access_of(s), k);
	k = config_pubkey_add(access_of(s), server, name);
	if (!k || !(k->typed = strdup(""))) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	snprintf(object, sizeof(object), "%s", session_object(s));
	session_enter(s, MODE_SSH_PUBKEY_DATA, object);
	return CMD_OK;
}

static enum cmd_result take_data(struct session *s, const struct cmd_match *m)
{
	struct ssh_pubkey *k = typed_key(s);
	const char *data = cmd_text(m, "data");
	size_t had = k ? strlen(k->typed) : 0;
	char *text;

	if (!k || had + strlen(data) > TYPED_MOST || !(text = realloc(k->typed, had + strlen(data) + 1))) {
		session_line(s, "%%SSH: The key is too long");
		return CMD_REJECTED;
	}
	strcpy(text + had, data);
	k->typed = text;
	return CMD_OK;
}

static enum cmd_result end_key(struct session *s, const struct cmd_match *m)
{
	char hash[SSH_KEY_HASH_SIZE], object[16 + ACCESS_NAME_SIZE];
	struct ssh_pubkey *k = typed_key(s);
	enum cmd_result result = CMD_OK;
	const char *remark;
	char *text;

	(void)m;
	snprintf(object, sizeof(object), "%s", session_object(s));
	session_enter(s, MODE_SSH_PUBKEY_USER, object);
	if (!k)
		return CMD_OK;
	text = k->typed;
	k->typed = NULL;
	config_pubkey_remove(access_of(s), k);
	if (ssh_key_text_hash(text, hash, &remark)) {
		result = add_key(s, hash, remark);
	} else if (*text) {
		session_line(s, "%%SSH: Failed to decode the Key Value");
		result = CMD_REJECTED;
	}
	free(text);
	return result;
}

static enum cmd_result leave(struct session *s, const struct cmd_match *m)
{
	session_enter(s, (enum cmd_mode)cmd_of(m)->arg, NULL);
	return CMD_OK;
}

/* --- writing ---- */

void write_pubkey_chain(struct out *o, const struct config *c)
{
	const struct ssh_pubkey *k, *before = NULL;

	TAILQ_FOREACH (k, &c->access.ssh_keys, link) {
		if (!k->hash[0])
			continue;
		if (!before)
			out_line(o, "ip ssh pubkey-chain");
		if (!before || !is_owners(before, k->server, k->owner))
			out_line(o, "  %s %s", kind_name(k->server), k->owner);
		out_line(o, "   key-hash ssh-rsa %s%s%s", k->hash, k->remark ? " " : "", k->remark ? k->remark : "");
		before = k;
	}
}

/* --- the table ---- */

#define USERNAME KW("username", "SSH server user identification")
#define SERVER   KW("server", "SSH remote server identification")
#define KEY_HASH KW("key-hash", "SSH public key hash")
#define SSH_RSA  KW("ssh-rsa", "SSH RSA public key hash")
#define HASH     WORD("hash", "Hex data")
#define OWNER    MODE_SSH_PUBKEY, 15, CMD_NO
#define OWNER2   MODE_SSH_PUBKEY_USER, 15, CMD_NO /* another owner, as in the running-config */
#define NAME     WORD("name", "Name")
#define EXIT     KW("exit", "Exit from the mode")

static const struct cmd pubkey_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("ip", "Global IP configuration subcommands"), KW("ssh", "Configure ssh options"),
	    KW("pubkey-chain", "SSH pubkey chain") },
	  enter_chain },
	{ OWNER, { USERNAME, NAME }, enter_owner, false },
	{ OWNER, { SERVER, NAME }, enter_owner, true },
	{ OWNER2, { USERNAME, NAME }, enter_owner, false },
	{ OWNER2, { SERVER, NAME }, enter_owner, true },
	{ MODE_SSH_PUBKEY_USER, 15, CMD_NO, { KEY_HASH, SSH_RSA, HASH }, set_hash },
	{ MODE_SSH_PUBKEY_USER, 15, CMD_NO, { KEY_HASH, SSH_RSA, HASH, LINE("remark", "Remark") }, set_hash },
	{ MODE_SSH_PUBKEY_USER, 15, 0, { KW("key-string", "SSH public key string") }, begin_key },
	{ MODE_SSH_PUBKEY_DATA, 15, 0, { LINE("data", "Public key, base64") }, take_data },
	{ MODE_SSH_PUBKEY, 15, CMD_NO_CHANGE, { EXIT }, leave, MODE_CONFIG },
	{ MODE_SSH_PUBKEY_USER, 15, CMD_NO_CHANGE, { EXIT }, leave, MODE_SSH_PUBKEY },
	{ MODE_SSH_PUBKEY_DATA, 15, 0, { EXIT }, end_key },
};

const struct cmd_table cmd_ssh_pubkey_table = CMD_TABLE(pubkey_cmds);
