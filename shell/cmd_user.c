/* username, and the writer that prints it back. */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/password_cmd.h"
#include "shell/running.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <string.h>

static enum cmd_result no_memory(struct session *s)
{
	session_line(s, "%% Not enough memory");
	return CMD_REJECTED;
}

/* A loader and a program's file have nobody to ask. */
static enum cmd_result remove_user(struct session *s, const char *name)
{
	struct config_access *a = &session_config(s)->access;
	bool taken = session_lock(s);
	struct user *u = config_user_find(a, name);
	bool found = u != NULL;

	session_unlock(s, taken);
	if (found && session_kind(s) != SESSION_LOADER &&
	    !session_confirm(s, "This operation will remove all username related configurations with same name.Do you "
				"want to continue? [confirm]"))
		return CMD_REJECTED;
	taken = session_lock(s);
	if ((u = config_user_find(a, name)))
		config_user_remove(a, u);
	session_unlock(s, taken);
	return CMD_OK;
}

/* With the lock. A user has a password or a secret, not both. */
static bool fits_user(struct session *s, const struct user *u, const struct password *p)
{
	if (!u || !u->password.set || u->password.secret == p->secret)
		return true;
	session_line(s, "ERROR: Can not have both a user password and a user secret.\nPlease choose one or the other.");
	return false;
}

static enum cmd_result store_user(struct session *s, const struct cmd_match *m, const struct password *p)
{
	struct config_access *a = &session_config(s)->access;
	const char *name = cmd_text(m, "user");
	struct user *u = config_user_find(a, name);

	if (p && !fits_user(s, u, p))
		return CMD_REJECTED;
	if (!u && !(u = config_user_get(a, name)))
		return no_memory(s);
	u->privilege = (unsigned)cmd_num(m, "privilege", u->privilege);
	if (p) {
		u->password = *p;
		u->nopassword = false;
		if (a->password_encryption && !p->secret)
			password_hide(&u->password);
	} else if (cmd_has(m, "nopassword")) {
		u->nopassword = true;
		wipe(&u->password, sizeof(u->password));
	}
	return CMD_OK;
}

static enum cmd_result set_user(struct session *s, const struct cmd_match *m, struct password *p)
{
	const char *name = cmd_text(m, "user");
	enum cmd_result result;
	bool taken;

	if (strlen(name) >= ACCESS_NAME_SIZE) {
		session_line(s, "%% Username is longer than %d characters", ACCESS_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	if (cmd_is_no(m))
		return remove_user(s, name);
	if (p && !password_typed(s, m, p))
		return CMD_REJECTED;
	taken = session_lock(s);
	result = store_user(s, m, p);
	session_unlock(s, taken);
	if (p)
		wipe(p, sizeof(*p));
	return result;
}

static enum cmd_result set_user_only(struct session *s, const struct cmd_match *m)
{
	return set_user(s, m, NULL);
}

static enum cmd_result set_user_password(struct session *s, const struct cmd_match *m)
{
	return set_user(s, m, &(struct password){ 0 });
}

static enum cmd_result set_user_secret(struct session *s, const struct cmd_match *m)
{
	return set_user(s, m, &(struct password){ .secret = true });
}

void write_users(struct out *o, const struct config *c)
{
	const struct user *u;
	char privilege[24];

	TAILQ_FOREACH (u, &c->access.users, link) {
		privilege[0] = '\0';
		if (u->privilege != 1)
			snprintf(privilege, sizeof(privilege), " privilege %u", u->privilege);
		if (u->nopassword)
			out_line(o, "username %s%s nopassword", u->name, privilege);
		else if (u->password.set)
			out_line(o, "username %s%s %s %d %s", u->name, privilege,
				 u->password.secret ? "secret" : "password", (int)u->password.type, u->password.text);
		else
			out_line(o, "username %s%s", u->name, privilege);
	}
}

/* --- the table ---- */

#define FLAGS     MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT | CMD_UNLOCKED
#define USERNAME  KW("username", "Establish User Name Authentication"), WORD("user", "User name")
#define PRIVILEGE OPTS(privilege_option)
#define PASSWORD  KW("password", "Specify the password for the user")
#define SECRET    KW("secret", "Specify the secret for the user")
#define CLEAR_P   LINE("clear", "The UNENCRYPTED (cleartext) user password")
#define CLEAR_S   LINE("clear", "The UNENCRYPTED (cleartext) user secret")

static const struct tok privilege_number = NUM("privilege", 0, 15, "User privilege level");
static const struct cmd_opt privilege_option[] = {
	{ "privilege", "privilege", "Set user privilege level", &privilege_number },
	{ 0 },
};
static const struct cmd_opt user_options[] = {
	{ "nopassword", "nopassword", "No password is required for the user to log in", NULL },
	{ "privilege", "privilege", "Set user privilege level", &privilege_number },
	{ 0 },
};

static const struct cmd user_cmds[] = {
	{ FLAGS, { USERNAME, OPTS(user_options) }, set_user_only },
	{ FLAGS, { USERNAME, PRIVILEGE, PASSWORD, CLEAR_P }, set_user_password, PASSWORD_CLEAR },
	{ FLAGS, { USERNAME, PRIVILEGE, PASSWORD, PASSWORD_TYPE_0, CLEAR_P }, set_user_password, PASSWORD_CLEAR },
	{ FLAGS,
	  { USERNAME, PRIVILEGE, PASSWORD, PASSWORD_TYPE_7, HIDDEN_PASSWORD },
	  set_user_password,
	  PASSWORD_HIDDEN },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, CLEAR_S }, set_user_secret, PASSWORD_MD5 },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, PASSWORD_TYPE_0, CLEAR_S }, set_user_secret, PASSWORD_MD5 },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, PASSWORD_TYPE_4, ENCODED_SECRET }, set_user_secret, PASSWORD_SHA256 },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, PASSWORD_TYPE_5, ENCODED_SECRET }, set_user_secret, PASSWORD_MD5 },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, PASSWORD_TYPE_8, ENCODED_SECRET }, set_user_secret, PASSWORD_PBKDF2 },
	{ FLAGS, { USERNAME, PRIVILEGE, SECRET, PASSWORD_TYPE_9, ENCODED_SECRET }, set_user_secret, PASSWORD_SCRYPT },
	{ FLAGS,
	  { USERNAME, PRIVILEGE,
	    KW("algorithm-type", "Algorithm to use for hashing the plaintext 'secret' for the user"),
	    PICK("algorithm", password_algorithms), SECRET, CLEAR_S },
	  set_user_secret },
};

const struct cmd_table cmd_user_table = CMD_TABLE(user_cmds);
