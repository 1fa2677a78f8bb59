/* line con, aux and vty, and what this program acts on inside them. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

/* vty 0 to 4 are always there and print as a block of their own. */
#define VTY_FIRST_BLOCK 4

static const char *kind_name(enum line_kind k)
{
	return k == LINE_CON ? "con" : k == LINE_AUX ? "aux" : "vty";
}

/* IOS has no gaps: with a line, all behind it go. */
static enum cmd_result remove_lines(struct session *s, enum line_kind kind, unsigned first)
{
	struct config *c = session_config(s);
	struct line_config *l;

	if (kind != LINE_VTY) {
		session_line(s, "%% Can't delete that line");
		return CMD_REJECTED;
	}
	if (first <= VTY_FIRST_BLOCK) {
		session_line(s, "%% Can't delete last %d VTY lines", VTY_FIRST_BLOCK + 1);
		return CMD_REJECTED;
	}
	l = config_line_get(c, kind, first, LINE_VTY_LAST);
	if (l)
		config_line_remove(c, l);
	return CMD_OK;
}

static enum cmd_result enter_line(struct session *s, const struct cmd_match *m)
{
	enum line_kind kind = (enum line_kind)cmd_of(m)->arg;
	unsigned first = (unsigned)cmd_num(m, "first", 0), last = (unsigned)cmd_num(m, "last", first);
	char object[32];

	if (last < first) {
		session_line(s, "%% Last line number is smaller than the first");
		return CMD_REJECTED;
	}
	if (cmd_is_no(m))
		return remove_lines(s, kind, first);
	if (!config_line_get(session_config(s), kind, first, last)) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	if (last != first)
		snprintf(object, sizeof(object), "%s %u %u", kind_name(kind), first, last);
	else
		snprintf(object, sizeof(object), "%s %u", kind_name(kind), first);
	session_enter(s, MODE_LINE, object);
	return CMD_OK;
}

static enum cmd_result set_exec_timeout(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);

	l->exec_timeout_min = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "minutes", 0);
	l->exec_timeout_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	if (cmd_is_default(m))
		l->exec_timeout_min = LINE_EXEC_TIMEOUT_DEFAULT_MIN;
	return CMD_OK;
}

static enum cmd_result set_synchronous(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);
	int64_t level = cmd_has(m, "all") ? LINE_SYNCHRONOUS_ALL : cmd_num(m, "level", LINE_SYNCHRONOUS_DEFAULT);

	l->logging_synchronous = !cmd_is_no(m);
	l->synchronous_level = cmd_is_no(m) ? LINE_SYNCHRONOUS_DEFAULT : (unsigned)level;
	return CMD_OK;
}

static enum cmd_result set_privilege(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->privilege =
		cmd_is_no(m) ? LINE_PRIVILEGE_DEFAULT : (unsigned)cmd_num(m, "level", LINE_PRIVILEGE_DEFAULT);
	return CMD_OK;
}

static enum cmd_result set_length(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->length = cmd_is_no(m) ? LINE_LENGTH_DEFAULT : (unsigned)cmd_num(m, "lines", 0);
	return CMD_OK;
}

static enum cmd_result set_width(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->width = cmd_is_no(m) ? LINE_WIDTH_DEFAULT : (unsigned)cmd_num(m, "columns", 0);
	return CMD_OK;
}

/* `no history` turns it off, `no history size` is the default again. */
static enum cmd_result set_history(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);

	l->history = (unsigned)cmd_num(m, "size", LINE_HISTORY_DEFAULT);
	if (cmd_is_default(m))
		l->history = LINE_HISTORY_DEFAULT;
	else if (cmd_is_no(m))
		l->history = cmd_of(m)->arg ? LINE_HISTORY_DEFAULT : 0;
	return CMD_OK;
}

/* --- writing ---- */

static void write_synchronous(struct out *o, const struct line_config *l)
{
	if (!l->logging_synchronous) {
		out_switch(o, 1, "logging synchronous", false, false);
		return;
	}
	if (l->synchronous_level == LINE_SYNCHRONOUS_ALL)
		out_line(o, " logging synchronous level all");
	else if (l->synchronous_level != LINE_SYNCHRONOUS_DEFAULT)
		out_line(o, " logging synchronous level %u", l->synchronous_level);
	else
		out_line(o, " logging synchronous");
}

static void write_settings(struct out *o, const struct config *c, const struct line_config *l)
{
	write_place(o, &l->kept, PLACE_LINE_FIRST);
	write_line_access(o, l);
	if (out_shows(o, l->exec_timeout_min != LINE_EXEC_TIMEOUT_DEFAULT_MIN || l->exec_timeout_s))
		out_line(o, " exec-timeout %u %u", l->exec_timeout_min, l->exec_timeout_s);
	if (out_shows(o, l->privilege != LINE_PRIVILEGE_DEFAULT))
		out_line(o, " privilege level %u", l->privilege);
	write_line_password(o, l);
	write_synchronous(o, l);
	write_place(o, &l->kept, PLACE_LINE_LOGIN);
	write_line_login(o, c, l);
	if (!l->history)
		out_line(o, " no history");
	else if (out_shows(o, l->history != LINE_HISTORY_DEFAULT))
		out_line(o, " history size %u", l->history);
	if (out_shows(o, l->length != LINE_LENGTH_DEFAULT))
		out_line(o, " length %u", l->length);
	if (out_shows(o, l->width != LINE_WIDTH_DEFAULT))
		out_line(o, " width %u", l->width);
	write_place(o, &l->kept, PLACE_LINE_EXEC);
	write_line_transport(o, l);
	write_place(o, &l->kept, PLACE_LINE_LAST);
}

static void write_block(struct out *o, const struct config *c, const struct line_config *l, unsigned first,
			unsigned last)
{
	if (first == last)
		out_line(o, "line %s %u", kind_name(l->kind), first);
	else
		out_line(o, "line %s %u %u", kind_name(l->kind), first, last);
	write_settings(o, c, l);
}

void write_lines(struct out *o, const struct config *c)
{
	const struct line_config *l;

	TAILQ_FOREACH (l, &c->lines, link) {
		if (l->kind == LINE_VTY && l->first <= VTY_FIRST_BLOCK && l->last > VTY_FIRST_BLOCK) {
			write_block(o, c, l, l->first, VTY_FIRST_BLOCK);
			write_block(o, c, l, VTY_FIRST_BLOCK + 1, l->last);
		} else {
			write_block(o, c, l, l->first, l->last);
		}
	}
}

/* --- the table ---- */

#define LINE_KW       KW("line", "Configure a terminal line")
#define VTY           KW("vty", "Virtual terminal")
#define LINE_SHORT    MODE_LINE, 15, CMD_NO | CMD_NO_SHORT
#define TIMEOUT       KW("exec-timeout", "Set the EXEC timeout")
#define MINUTES       NUM("minutes", 0, 35791, "Timeout in minutes")
#define TIMEOUT_FLAGS MODE_LINE, 15, CMD_NO | CMD_NO_SHORT | CMD_DEFAULT
#define SYNCHRONOUS   KW("logging", "Modify message logging facilities"), KW("synchronous", "Synchronized message output")
#define HISTORY       KW("history", "Enable and control the command history function")

static const struct cmd line_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { LINE_KW, KW("console", "Primary terminal line"), NUM("first", 0, 0, "First Line number") },
	  enter_line,
	  LINE_CON },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { LINE_KW, KW("aux", "Auxiliary line"), NUM("first", 0, 0, "First Line number") },
	  enter_line,
	  LINE_AUX },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { LINE_KW, VTY, NUM("first", 0, LINE_VTY_LAST, "First Line number") },
	  enter_line,
	  LINE_VTY },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { LINE_KW, VTY, NUM("first", 0, LINE_VTY_LAST, "First Line number"),
	    NUM("last", 0, LINE_VTY_LAST, "Last Line number") },
	  enter_line,
	  LINE_VTY },

	{ TIMEOUT_FLAGS, { TIMEOUT, MINUTES }, set_exec_timeout },
	{ TIMEOUT_FLAGS, { TIMEOUT, MINUTES, NUM("seconds", 0, 2147483, "Timeout in seconds") }, set_exec_timeout },
	{ MODE_LINE, 15, CMD_NO, { SYNCHRONOUS }, set_synchronous },
	{ LINE_SHORT,
	  { SYNCHRONOUS, KW("level", "Severity level to output asynchronously"),
	    NUM("level", 0, 7, "Logging severity level") },
	  set_synchronous },
	{ MODE_LINE,
	  15,
	  CMD_NO,
	  { SYNCHRONOUS, KW("level", "Severity level to output asynchronously"), KW("all", "All severity levels") },
	  set_synchronous },
	{ LINE_SHORT,
	  { KW("privilege", "Change privilege level for line"), KW("level", "Assign default privilege level for line"),
	    NUM("level", 0, 15, "Default privilege level for line") },
	  set_privilege },
	{ LINE_SHORT,
	  { KW("length", "Set number of lines on a screen"),
	    NUM("lines", 0, 512, "Number of lines on screen (0 for no pausing)") },
	  set_length },
	{ LINE_SHORT,
	  { KW("width", "Set width of the display terminal"),
	    NUM("columns", 0, 512, "Number of characters on a screen line") },
	  set_width },
	{ MODE_LINE, 15, CMD_NO | CMD_DEFAULT, { HISTORY }, set_history },
	{ LINE_SHORT,
	  { HISTORY, KW("size", "Set history buffer size"), NUM("size", 0, 256, "Size of history buffer") },
	  set_history,
	  1 },
};

const struct cmd_table cmd_line_table = CMD_TABLE(line_cmds);
