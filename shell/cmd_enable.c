/* enable secret, enable password and service password-encryption. */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/password_cmd.h"
#include "shell/running.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HIGHEST (ACCESS_LEVELS - 1)

static void say_same(struct session *s, const char *new, const char *old)
{
	session_line(s,
		     "The enable %s you have chosen is the same as your enable %s.\n"
		     "This is not recommended.  Re-enter the enable %s.\n",
		     new, old, new);
}

/* Stores what was made without the lock. */
static void store(struct session *s, struct password *at, const struct password *made)
{
	bool hide = session_config(s)->access.password_encryption && !made->secret;

	*at = *made;
	if (hide)
		password_hide(at);
}

static enum cmd_result set_enable(struct session *s, const struct cmd_match *m, bool secret)
{
	unsigned level = (unsigned)cmd_num(m, "level", HIGHEST);
	struct password made = { .secret = secret }, other;
	struct config_access *a;
	bool taken;

	if (!cmd_is_no(m) && !password_typed(s, m, &made))
		return CMD_REJECTED;
	taken = session_lock(s);
	a = &session_config(s)->access;
	other = secret ? a->enable[level] : a->enable_secret[level];
	store(s, secret ? &a->enable_secret[level] : &a->enable[level], &made);
	session_unlock(s, taken);
	if (other.set && cmd_has(m, "clear") && password_matches(&other, cmd_text(m, "clear")))
		say_same(s, secret ? "secret" : "password", secret ? "password" : "secret");
	wipe(&made, sizeof(made));
	wipe(&other, sizeof(other));
	return CMD_OK;
}

static enum cmd_result set_enable_secret(struct session *s, const struct cmd_match *m)
{
	return set_enable(s, m, true);
}

static enum cmd_result set_enable_password(struct session *s, const struct cmd_match *m)
{
	return set_enable(s, m, false);
}

/* In clear, a password that begins like a keyword of the command needs its type before it. */
static bool needs_type(const char *text)
{
	size_t n = strcspn(text, " ");

	return (n == 1 && (text[0] == '0' || text[0] == '7')) || (n <= 5 && !strncasecmp(text, "level", n));
}

static void write_one(struct out *o, const char *what, unsigned level, const struct password *p)
{
	char of[24] = "", type[8] = "";

	if (!p->set)
		return;
	if (level != HIGHEST)
		snprintf(of, sizeof(of), "level %u ", level);
	if (p->type != PASSWORD_CLEAR || needs_type(p->text))
		snprintf(type, sizeof(type), "%d ", (int)p->type);
	out_line(o, "enable %s %s%s%s", what, of, type, p->text);
}

void write_enable(struct out *o, const struct config *c)
{
	for (unsigned level = 1; level <= HIGHEST; level++)
		write_one(o, "secret", level, &c->access.enable_secret[level]);
	for (unsigned level = 1; level <= HIGHEST; level++)
		write_one(o, "password", level, &c->access.enable[level]);
}

/* --- service password-encryption ---- */

/* What is in clear is hidden from now on; without the service it stays as it is. */
static enum cmd_result set_encryption(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct line_config *l;
	struct user *u;

	c->access.password_encryption = !cmd_is_no(m);
	if (cmd_is_no(m))
		return CMD_OK;
	for (unsigned level = 0; level < ACCESS_LEVELS; level++)
		password_hide(&c->access.enable[level]);
	TAILQ_FOREACH (u, &c->access.users, link)
		password_hide(&u->password);
	TAILQ_FOREACH (l, &c->lines, link)
		password_hide(&l->password);
	return CMD_OK;
}

void write_service_encryption(struct out *o, const struct config *c)
{
	out_line(o, "%sservice password-encryption", c->access.password_encryption ? "" : "no ");
}

/* --- the table ---- */

#define FLAGS    MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT | CMD_UNLOCKED
#define ENABLE   KW("enable", "Modify enable password parameters")
#define SECRET   KW("secret", "Assign the privileged level secret")
#define PASSWORD KW("password", "Assign the privileged level password")
#define LEVEL    OPTS(level_option)
#define CLEAR_S  LINE("clear", "The UNENCRYPTED (cleartext) 'enable' secret")
#define CLEAR_P  LINE("clear", "The UNENCRYPTED (cleartext) 'enable' password")

static const struct tok level_number = NUM("level", 1, HIGHEST, "Level number");
static const struct cmd_opt level_option[] = {
	{ "level", "level", "Set exec level password", &level_number },
	{ 0 },
};

static const struct cmd enable_cmds[] = {
	{ FLAGS, { ENABLE, SECRET, LEVEL, CLEAR_S }, set_enable_secret, PASSWORD_MD5 },
	{ FLAGS, { ENABLE, SECRET, LEVEL, PASSWORD_TYPE_0, CLEAR_S }, set_enable_secret, PASSWORD_MD5 },
	{ FLAGS, { ENABLE, SECRET, LEVEL, PASSWORD_TYPE_4, ENCODED_SECRET }, set_enable_secret, PASSWORD_SHA256 },
	{ FLAGS, { ENABLE, SECRET, LEVEL, PASSWORD_TYPE_5, ENCODED_SECRET }, set_enable_secret, PASSWORD_MD5 },
	{ FLAGS, { ENABLE, SECRET, LEVEL, PASSWORD_TYPE_8, ENCODED_SECRET }, set_enable_secret, PASSWORD_PBKDF2 },
	{ FLAGS, { ENABLE, SECRET, LEVEL, PASSWORD_TYPE_9, ENCODED_SECRET }, set_enable_secret, PASSWORD_SCRYPT },
	{ FLAGS,
	  { ENABLE, KW("algorithm-type", "Algorithm to use for hashing the enable secret"),
	    PICK("algorithm", password_algorithms), SECRET, LEVEL, CLEAR_S },
	  set_enable_secret },
	{ FLAGS, { ENABLE, PASSWORD, LEVEL, CLEAR_P }, set_enable_password, PASSWORD_CLEAR },
	{ FLAGS, { ENABLE, PASSWORD, LEVEL, PASSWORD_TYPE_0, CLEAR_P }, set_enable_password, PASSWORD_CLEAR },
	{ FLAGS, { ENABLE, PASSWORD, LEVEL, PASSWORD_TYPE_7, HIDDEN_PASSWORD }, set_enable_password, PASSWORD_HIDDEN },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("service", "Modify use of network based services"),
	    KW("password-encryption", "Encrypt system passwords") },
	  set_encryption },
};

const struct cmd_table cmd_enable_table = CMD_TABLE(enable_cmds);
