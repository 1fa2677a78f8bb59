/* aaa new-model and its lists, with the methods that need no server. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

/* Their keywords, in the order of enum aaa_method. */
static const char *const method_keywords[] = {
	[AAA_LOCAL] = "local",   [AAA_LOCAL_CASE] = "local-case",
	[AAA_ENABLE] = "enable", [AAA_LINE] = "line",
	[AAA_NONE] = "none",     [AAA_IF_AUTHENTICATED] = "if-authenticated",
};
#define METHODS (sizeof(method_keywords) / sizeof(method_keywords[0]))

static enum cmd_result set_new_model(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;

	a->new_model = !cmd_is_no(m);
	if (cmd_is_no(m)) { /* IOS forgets the rest with it */
		while (!TAILQ_EMPTY(&a->aaa))
			config_aaa_remove(a, TAILQ_FIRST(&a->aaa));
		a->authorization_console = a->authorization_config_commands = false;
	}
	return CMD_OK;
}

/* The first is a token of its own; the others are options, whose order counts. */
static bool take_methods(const struct cmd_match *m, struct aaa_list *l)
{
	unsigned positions[ACCESS_METHODS];

	l->count = 1;
	l->methods[0] = (enum aaa_method)cmd_num(m, "first", AAA_LOCAL);
	for (unsigned i = 0; i < METHODS; i++) {
		unsigned at = cmd_position(m, method_keywords[i]), k = l->count;

		if (!at)
			continue;
		if (l->count == ACCESS_METHODS)
			return false;
		for (; k > 1 && positions[k - 1] > at; k--) {
			positions[k] = positions[k - 1];
			l->methods[k] = l->methods[k - 1];
		}
		positions[k] = at;
		l->methods[k] = (enum aaa_method)i;
		l->count++;
	}
	return true;
}

static enum cmd_result set_list(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;
	enum aaa_service service = (enum aaa_service)cmd_of(m)->arg;
	unsigned level = (unsigned)cmd_num(m, "level", 0);
	const char *name = cmd_has(m, "name") ? cmd_text(m, "name") : "default";
	struct aaa_list typed = { 0 }, *l;

	if (strlen(name) >= ACCESS_NAME_SIZE || !take_methods(m, &typed)) {
		session_line(s, strlen(name) >= ACCESS_NAME_SIZE ? "%% List name is too long" : "%% Too many methods");
		return CMD_REJECTED;
	}
	if (cmd_is_no(m)) {
		if ((l = config_aaa_find(a, service, level, name)))
			config_aaa_remove(a, l);
		return CMD_OK;
	}
	if (!(l = config_aaa_get(a, service, level, name))) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	memcpy(l->methods, typed.methods, sizeof(l->methods));
	l->count = typed.count;
	return CMD_OK;
}

enum flag { CONSOLE, CONFIG_COMMANDS };

static enum cmd_result set_flag(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;

	*(cmd_of(m)->arg == CONSOLE ? &a->authorization_console : &a->authorization_config_commands) = !cmd_is_no(m);
	return CMD_OK;
}

/* `common` is the default, and there is nothing that could differ. */
static enum cmd_result set_session_id(struct session *s, const struct cmd_match *m)
{
	(void)s;
	(void)m;
	return CMD_OK;
}

/* --- writing ---- */

/* Authorization's lines end in a blank, authentication's do not. */
static void write_list(struct out *o, const struct aaa_list *l)
{
	bool authorization = l->service == AAA_AUTHORIZATION_EXEC || l->service == AAA_AUTHORIZATION_COMMANDS;
	char text[64 + ACCESS_NAME_SIZE + ACCESS_METHODS * 20];
	size_t n;

	if (l->service == AAA_AUTHORIZATION_COMMANDS)
		snprintf(text, sizeof(text), "aaa authorization commands %u %s", l->level, l->name);
	else
		snprintf(text, sizeof(text), "aaa %s %s",
			 l->service == AAA_AUTHENTICATION_LOGIN    ? "authentication login"
			 : l->service == AAA_AUTHENTICATION_ENABLE ? "authentication enable"
								   : "authorization exec",
			 l->name);
	for (unsigned i = 0; i < l->count; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, " %s", method_keywords[l->methods[i]]);
	}
	out_line(o, "%s%s", text, authorization ? " " : "");
}

void write_aaa(struct out *o, const struct config *c)
{
	const struct config_access *a = &c->access;
	const struct aaa_list *l;
	bool flags = false;

	if (!a->new_model && TAILQ_EMPTY(&a->aaa)) {
		out_line(o, "no aaa new-model");
		write_place(o, &c->kept, PLACE_AAA);
		return;
	}
	out_line(o, "%saaa new-model", a->new_model ? "" : "no ");
	out_bangs(o, 2);
	TAILQ_FOREACH (l, &a->aaa, link) {
		if (!flags && l->service >= AAA_AUTHORIZATION_EXEC) {
			flags = true;
			if (a->authorization_console)
				out_line(o, "aaa authorization console");
			if (a->authorization_config_commands)
				out_line(o, "aaa authorization config-commands");
		}
		write_list(o, l);
	}
	if (!flags && a->authorization_console)
		out_line(o, "aaa authorization console");
	if (!flags && a->authorization_config_commands)
		out_line(o, "aaa authorization config-commands");
	write_place(o, &c->kept, PLACE_AAA);
	out_bangs(o, 5);
	if (a->new_model)
		out_line(o, "aaa session-id common");
}

/* --- the table ---- */

#define FLAG           MODE_CONFIG, 15, CMD_NO
#define LIST           MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define AAA            KW("aaa", "Authentication, Authorization and Accounting.")
#define AUTHENTICATION KW("authentication", "Authentication configurations parameters.")
#define AUTHORIZATION  KW("authorization", "Authorization configurations parameters.")
#define SESSION_ID     KW("session-id", "AAA Session ID")
#define LOGIN          KW("login", "Set authentication lists for logins.")
#define EXEC           KW("exec", "For starting an exec (shell).")
#define COMMANDS       KW("commands", "For exec (shell) commands.")
#define LEVEL          NUM("level", 0, 15, "Enable level")
#define DEFAULT_LIST_1 KW("default", "The default authentication list.")
#define DEFAULT_LIST_2 KW("default", "The default authorization list.")
#define NAME_1         WORD("name", "Named authentication list (max 31 characters, longer will be rejected).")
#define NAME_2         WORD("name", "Named authorization list (max 31 characters, longer will be rejected).")

#define LOGIN_METHODS(X)                                                                                               \
	X("enable", "Use enable password for authentication.", AAA_ENABLE)                                             \
	X("line", "Use line password for authentication.", AAA_LINE)                                                   \
	X("local", "Use local username authentication.", AAA_LOCAL)                                                    \
	X("local-case", "Use case-sensitive local username authentication.", AAA_LOCAL_CASE)                           \
	X("none", "NO authentication.", AAA_NONE)
#define ENABLE_METHODS(X)                                                                                              \
	X("enable", "Use enable password for authentication.", AAA_ENABLE)                                             \
	X("line", "Use line password for authentication.", AAA_LINE)                                                   \
	X("none", "NO authentication.", AAA_NONE)
#define AUTHORIZATION_METHODS(X)                                                                                       \
	X("if-authenticated", "Succeed if user has authenticated.", AAA_IF_AUTHENTICATED)                              \
	X("local", "Use local database.", AAA_LOCAL)                                                                   \
	X("none", "No authorization (always succeeds).", AAA_NONE)

#define AS_CHOICE(keyword, help, method) { keyword, help, method },
#define AS_OPTION(keyword, help, method) { keyword, keyword, help, NULL },

static const struct cmd_choice login_first[] = { LOGIN_METHODS(AS_CHOICE){ 0 } };
static const struct cmd_opt login_more[] = { LOGIN_METHODS(AS_OPTION){ 0 } };
static const struct cmd_choice enable_first[] = { ENABLE_METHODS(AS_CHOICE){ 0 } };
static const struct cmd_opt enable_more[] = { ENABLE_METHODS(AS_OPTION){ 0 } };
static const struct cmd_choice authorization_first[] = { AUTHORIZATION_METHODS(AS_CHOICE){ 0 } };
static const struct cmd_opt authorization_more[] = { AUTHORIZATION_METHODS(AS_OPTION){ 0 } };

#define BY_LOGIN         PICK("first", login_first), OPTS(login_more)
#define BY_ENABLE        PICK("first", enable_first), OPTS(enable_more)
#define BY_AUTHORIZATION PICK("first", authorization_first), OPTS(authorization_more)

static const struct cmd aaa_cmds[] = {
	{ FLAG,
	  { AAA, KW("new-model", "Enable NEW access control commands and functions.(Disables OLD commands.)") },
	  set_new_model },
	{ LIST, { AAA, AUTHENTICATION, LOGIN, DEFAULT_LIST_1, BY_LOGIN }, set_list, AAA_AUTHENTICATION_LOGIN },
	{ LIST, { AAA, AUTHENTICATION, LOGIN, NAME_1, BY_LOGIN }, set_list, AAA_AUTHENTICATION_LOGIN },
	{ LIST,
	  { AAA, AUTHENTICATION, KW("enable", "Set authentication list for enable."), DEFAULT_LIST_1, BY_ENABLE },
	  set_list,
	  AAA_AUTHENTICATION_ENABLE },
	{ LIST, { AAA, AUTHORIZATION, EXEC, DEFAULT_LIST_2, BY_AUTHORIZATION }, set_list, AAA_AUTHORIZATION_EXEC },
	{ LIST, { AAA, AUTHORIZATION, EXEC, NAME_2, BY_AUTHORIZATION }, set_list, AAA_AUTHORIZATION_EXEC },
	{ LIST,
	  { AAA, AUTHORIZATION, COMMANDS, LEVEL, DEFAULT_LIST_2, BY_AUTHORIZATION },
	  set_list,
	  AAA_AUTHORIZATION_COMMANDS },
	{ FLAG, { AAA, AUTHORIZATION, KW("console", "For enabling console authorization") }, set_flag, CONSOLE },
	{ FLAG,
	  { AAA, AUTHORIZATION, KW("config-commands", "For configuration mode commands.") },
	  set_flag,
	  CONFIG_COMMANDS },
	{ FLAG,
	  { AAA, SESSION_ID, KW("common", "Use the same session id for all AAA account records of a session.") },
	  set_session_id },
};

const struct cmd_table cmd_aaa_table = CMD_TABLE(aaa_cmds);
