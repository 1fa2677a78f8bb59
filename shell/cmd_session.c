#include "shell/cmd_session.h"

#include "shell/connection.h"

#include "base/wipe.h"
#include "shell/aaa_int.h"
#include "shell/password.h"
#include "shell/session_int.h"

#include <string.h>

#define ENABLE_TRIES 3
#define ENABLE_MS    30000

/* --- privilege ---- */

/* Who sits at the console, or at the router's own socket, is let in where no password is set. */
static bool is_local(const struct session *s)
{
	return s->kind != SESSION_VTY || !session_from(s)->family;
}

static bool ask_enable(struct session *s, const struct aaa_enable_plan *plan, unsigned level)
{
	char answer[PASSWORD_CLEAR_SIZE];
	enum aaa_verdict verdict = AAA_DENIED;
	bool expired;

	for (unsigned n = 1; n <= ENABLE_TRIES && verdict != AAA_GRANTED; n++) {
		if (!session_ask_within(s, "Password: ", true, answer, sizeof(answer), ENABLE_MS, &expired)) {
			if (expired)
				session_line(s, "%% Password:  timeout expired!");
			wipe(answer, sizeof(answer));
			return false;
		}
		verdict = aaa_enable(s->shell, level, answer);
		wipe(answer, sizeof(answer));
		if (verdict != AAA_GRANTED && plan->by_lists && n < ENABLE_TRIES)
			session_line(s, "%% Access denied\n");
	}
	if (verdict != AAA_GRANTED)
		session_line(s, plan->secret ? "%% Bad secrets\n" : "%% Bad passwords\n");
	return verdict == AAA_GRANTED;
}

static bool may_enable(struct session *s, unsigned level)
{
	struct aaa_enable_plan plan;

	if (level <= session_privilege(s) || !s->shell->config)
		return true;
	plan = aaa_enable_plan(s->shell, level);
	if (plan.free || (!plan.possible && is_local(s)))
		return true;
	if (plan.possible)
		return ask_enable(s, &plan, level);
	session_line(s, plan.by_lists ? "%% Error in authentication.\n" : "%% No password set");
	return false;
}

static enum cmd_result enable(struct session *s, const struct cmd_match *m)
{
	unsigned level = (unsigned)cmd_num(m, "level", 15);

	if (!may_enable(s, level))
		return CMD_REJECTED;
	session_set_privilege(s, level);
	return CMD_OK;
}

static enum cmd_result disable(struct session *s, const struct cmd_match *m)
{
	unsigned level = (unsigned)cmd_num(m, "level", 1);

	if (level > session_privilege(s)) {
		session_line(s, "New privilege level must be less than current privilege level");
		return CMD_REJECTED;
	}
	session_set_privilege(s, level);
	return CMD_OK;
}

static enum cmd_result show_privilege(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "Current privilege level is %u", session_privilege(s));
	return CMD_OK;
}

/* --- in and out of modes ---- */

static enum cmd_result leave(struct session *s, const struct cmd_match *m)
{
	struct connection c;

	(void)m;
	if (!connection_get(s, 0, &c))
		return CMD_CLOSE;
	if (!session_confirm(s, "You have open connections [confirm]"))
		return CMD_OK;
	for (unsigned i = 1; i <= CONNECTIONS; i++)
		if (connection_get(s, i, &c))
			session_line(s, "Closing: %s !", c.host);
	return CMD_CLOSE;
}

static enum cmd_result configure_terminal(struct session *s, const struct cmd_match *m)
{
	(void)m;
	return session_configure(s, false) ? CMD_OK : CMD_REJECTED;
}

/* In a startup-config `end` ends it: what stands behind it is not read. */
static enum cmd_result end(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_end_config(s);
	return session_kind(s) == SESSION_LOADER ? CMD_CLOSE : CMD_OK;
}

static enum cmd_result exit_mode(struct session *s, const struct cmd_match *m)
{
	(void)m;
	if (session_mode(s) == MODE_CONFIG && session_kind(s) != SESSION_LOADER)
		session_end_config(s);
	else
		session_enter(s, session_mode(s) == MODE_ARCHIVE_LOG ? MODE_ARCHIVE : MODE_CONFIG, NULL);
	return CMD_OK;
}

/* --- terminal ---- */

enum setting { LENGTH, WIDTH, HISTORY, NO_LENGTH, NO_WIDTH, NO_HISTORY };

static enum cmd_result terminal_set(struct session *s, const struct cmd_match *m)
{
	struct session_terminal *t = session_terminal(s);

	switch ((enum setting)cmd_of(m)->arg) {
	case LENGTH:
		t->length = (unsigned)cmd_num(m, "value", 24);
		break;
	case WIDTH:
		t->width = (unsigned)cmd_num(m, "value", 80);
		break;
	case HISTORY:
		t->history_size = (unsigned)cmd_num(m, "value", 20);
		break;
	case NO_LENGTH:
		t->length = 24;
		break;
	case NO_WIDTH:
		t->width = 80;
		break;
	case NO_HISTORY:
		t->history_size = 0;
		break;
	}
	return CMD_OK;
}

static enum cmd_result terminal_monitor(struct session *s, const struct cmd_match *m)
{
	bool on = cmd_of(m)->arg;

	if (session_kind(s) == SESSION_CONSOLE) {
		if (on)
			session_line(s, "%% Console already monitors");
		return CMD_OK;
	}
	session_terminal(s)->monitor = on;
	session_watch_log(s, LOG_SINK_MONITOR, on);
	return CMD_OK;
}

/* --- history and help ---- */

static void print_history_line(void *ctx, const char *line)
{
	session_line(ctx, "  %s", line);
}

static enum cmd_result show_history(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_each_history(s, print_history_line, s);
	return CMD_OK;
}

static enum cmd_result help(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "Help may be requested at any point in a command by entering\n"
			"a question mark '?'.  If nothing matches, the help list will\n"
			"be empty and you must backup until entering a '?' shows the\n"
			"available options.\n"
			"Two styles of help are provided:\n"
			"1. Full help is available when you are ready to enter a\n"
			"   command argument (e.g. 'show ?') and describes each possible\n"
			"   argument.\n"
			"2. Partial help is provided when an abbreviated argument is entered\n"
			"   and you want to know what arguments match the input\n"
			"   (e.g. 'show pr?'.)\n");
	return CMD_OK;
}

#define TERMINAL     KW("terminal", "Set terminal line parameters")
#define TERMINAL_NO  KW("no", "Negate a command or set its defaults")
#define END_HELP     KW("end", "Exit from configure mode")
#define HELP_HELP    KW("help", "Description of the interactive help system")
#define LEVEL_NUMBER NUM("level", 0, 15, "Enable level")

/* The other modes do not list it. */
#define LISTS_HELP(mode_) ((mode_) == MODE_CONFIG || (mode_) == MODE_IF || (mode_) == MODE_LINE ? 0 : CMD_HIDDEN)

#define SUB_MODE(mode_, exit_help)                                                                                     \
	{                                                                                                              \
		.mode = (mode_),                                                                                       \
		.privilege = 15,                                                                                       \
		.flags = CMD_NO_CHANGE,                                                                                \
		.tokens = { KW("exit", exit_help) },                                                                   \
		.handler = exit_mode,                                                                                  \
	},                                                                                                             \
		{                                                                                                      \
			.mode = (mode_),                                                                               \
			.privilege = 15,                                                                               \
			.flags = CMD_NO_CHANGE | CMD_HIDDEN,                                                           \
			.tokens = { END_HELP },                                                                        \
			.handler = end,                                                                                \
		},                                                                                                     \
	{                                                                                                              \
		.mode = (mode_), .privilege = 15, .flags = CMD_NO_CHANGE | LISTS_HELP(mode_), .tokens = { HELP_HELP }, \
		.handler = help,                                                                                       \
	}

static const struct cmd session_commands[] = {
	{ MODE_EXEC, 0, CMD_UNLOCKED, { KW("enable", "Turn on privileged commands") }, enable },
	{ MODE_EXEC, 0, CMD_UNLOCKED, { KW("enable", "Turn on privileged commands"), LEVEL_NUMBER }, enable },
	{ MODE_EXEC, 0, 0, { KW("disable", "Turn off privileged commands") }, disable },
	{ MODE_EXEC,
	  0,
	  0,
	  { KW("disable", "Turn off privileged commands"), NUM("level", 0, 15, "Privilege level to go to") },
	  disable },
	{ MODE_EXEC, 0, 0, { KW("exit", "Exit from the EXEC") }, leave },
	{ MODE_EXEC, 0, 0, { KW("logout", "Exit from the EXEC") }, leave },
	{ MODE_EXEC, 0, CMD_HIDDEN, { KW("quit", "Exit from the EXEC") }, leave },
	{ MODE_EXEC, 0, 0, { HELP_HELP }, help },
	{ MODE_EXEC,
	  15,
	  0,
	  { KW("configure", "Enter configuration mode"), KW("terminal", "Configure from the terminal") },
	  configure_terminal },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("show", "Show running system information"), KW("history", "Display the session command history") },
	  show_history },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("show", "Show running system information"), KW("privilege", "Show current privilege level") },
	  show_privilege },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, KW("length", "Set number of lines on a screen"),
	    NUM("value", 0, 512, "Number of lines on screen (0 for no pausing)") },
	  terminal_set,
	  LENGTH },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, KW("width", "Set width of the display terminal"),
	    NUM("value", 0, 512, "Number of characters on a screen line") },
	  terminal_set,
	  WIDTH },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, KW("history", "Enable and control the command history function") },
	  terminal_set,
	  HISTORY },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, KW("history", "Enable and control the command history function"),
	    KW("size", "Set history buffer size"), NUM("value", 0, 256, "Size of history buffer") },
	  terminal_set,
	  HISTORY },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, KW("monitor", "Copy debug output to the current terminal line") },
	  terminal_monitor,
	  true },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, TERMINAL_NO, KW("monitor", "Copy debug output to the current terminal line") },
	  terminal_monitor,
	  false },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, TERMINAL_NO, KW("length", "Set number of lines on a screen") },
	  terminal_set,
	  NO_LENGTH },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, TERMINAL_NO, KW("width", "Set width of the display terminal") },
	  terminal_set,
	  NO_WIDTH },
	{ MODE_EXEC,
	  1,
	  0,
	  { TERMINAL, TERMINAL_NO, KW("history", "Enable and control the command history function") },
	  terminal_set,
	  NO_HISTORY },
	{ MODE_CONFIG, 15, CMD_NO_CHANGE, { END_HELP }, end },
	SUB_MODE(MODE_CONFIG, "Exit from configure mode"),
	SUB_MODE(MODE_IF, "Exit from interface configuration mode"),
	SUB_MODE(MODE_REDUNDANCY, "Exit from redundancy configuration mode"),
	SUB_MODE(MODE_CONTROL_PLANE, "Exit from control-plane configuration mode"),
	SUB_MODE(MODE_ARCHIVE, "Exit from archive configuration mode"),
	SUB_MODE(MODE_ARCHIVE_LOG, "Exit from config logger configuration mode"),
	SUB_MODE(MODE_LINE, "Exit from line configuration mode"),
	SUB_MODE(MODE_ISAKMP_POLICY, "Exit from ISAKMP protection suite configuration mode"),
	SUB_MODE(MODE_TRANSFORM_SET, "Exit from crypto transform configuration mode"),
	SUB_MODE(MODE_IPSEC_PROFILE, "Exit from crypto map configuration mode"),
	SUB_MODE(MODE_KEYRING, "Exit from crypto keyring sub mode"),
	SUB_MODE(MODE_ISAKMP_PROFILE, "Exit from crypto isakmp profile sub mode"),
	SUB_MODE(MODE_ISAKMP_PEER, "Exit from crypto isakmp peer sub mode"),
	SUB_MODE(MODE_STANDARD_ACL, "Exit from access-list configuration mode"),
	SUB_MODE(MODE_EXTENDED_ACL, "Exit from access-list configuration mode"),
	SUB_MODE(MODE_IPV6_ACL, "Exit from access-list configuration mode"),
};

const struct cmd_table cmd_session_table = CMD_TABLE(session_commands);
