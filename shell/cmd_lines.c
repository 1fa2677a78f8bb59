/* Who sits on the lines: show users, show line, clear line, send. */
#include "shell/commands_show.h"
#include "shell/keys.h"
#include "shell/lines.h"
#include "shell/print_lines.h"
#include "shell/session_int.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

#define TTY_LAST    (LINES_COUNT - 1)
#define SEND_OCTETS 2048
#define BY_TTY      (-1) /* the row's number is a tty's */

/* --- what is there ---- */

struct gathering {
	struct show_list list;
	const struct config *config;
	int tty; /* one line's, or -1 */
};

static const struct line_config *configured(const struct config *c, const struct line_info *i)
{
	const struct line_config *l;

	if (c)
		TAILQ_FOREACH (l, &c->lines, link)
			if (l->kind == i->kind && l->first <= i->number && i->number <= l->last)
				return l;
	return NULL;
}

static void gather_line(void *ctx, const struct line_info *i)
{
	struct gathering *g = ctx;
	const struct line_config *l = configured(g->config, i);
	struct line_show *out;

	if ((g->tty >= 0 && i->tty != (unsigned)g->tty) || (!l && !i->active && g->tty < 0) ||
	    !(out = show_list_add(&g->list)))
		return;
	*out = (struct line_show){ .info = *i, .length = 24, .width = 80, .history = 20 };
	if (l) {
		out->configured = true;
		out->exec_timeout_s = l->exec_timeout_min * 60 + l->exec_timeout_s;
		out->session_timeout_s = l->session_timeout_min * 60;
		out->transport_in = l->transport_in;
		out->length = l->length;
		out->width = l->width;
		out->history = l->history;
		out->preferred_none = l->no_transport_preferred;
		snprintf(out->access_in, sizeof(out->access_in), "%s", l->access_class[ACL_IN]);
		snprintf(out->access_out, sizeof(out->access_out), "%s", l->access_class[ACL_OUT]);
	}
	if (i->active) {
		out->length = i->rows;
		out->width = i->columns;
	}
}

/* Lines that are configured or in use; tty -1: all of them. */
static struct gathering gather(struct session *s, int tty)
{
	struct gathering g = { .list = SHOW_LIST(struct line_show), .tty = tty };

	show_lock(s);
	g.config = session_config(s);
	if (session_shell(s)->lines)
		lines_each(session_shell(s)->lines, gather_line, &g);
	show_unlock(s);
	g.config = NULL;
	return g;
}

/* The tty number that the command names. */
static unsigned tty_of(const struct cmd_match *m)
{
	unsigned number = (unsigned)cmd_num(m, "number", 0);
	int kind = cmd_of(m)->arg;

	return kind == BY_TTY ? number : lines_tty((enum line_kind)kind, number);
}

static enum cmd_result show_users(struct session *s, const struct cmd_match *m)
{
	struct gathering g = gather(s, -1);

	print_users(s, g.list.items, g.list.count, session_tty(s), cmd_of(m)->arg);
	show_list_free(&g.list);
	return CMD_OK;
}

static enum cmd_result show_lines(struct session *s, const struct cmd_match *m)
{
	struct gathering g = gather(s, -1);

	(void)m;
	print_line_table(s, g.list.items, g.list.count);
	show_blank(s);
	show_list_free(&g.list);
	return CMD_OK;
}

static enum cmd_result show_line(struct session *s, const struct cmd_match *m)
{
	struct gathering g = gather(s, (int)tty_of(m));

	if (g.list.count) {
		print_line_table(s, g.list.items, g.list.count);
		show_blank(s);
		print_line_detail(s, g.list.items);
	}
	show_list_free(&g.list);
	return CMD_OK;
}

/* --- clear line ---- */

static enum cmd_result clear_line(struct session *s, const struct cmd_match *m)
{
	unsigned tty = tty_of(m);

	if (tty == session_tty(s)) {
		session_line(s, "%% Not allowed to clear current line");
		return CMD_REJECTED;
	}
	if (!session_confirm(s, "[confirm]"))
		return CMD_OK;
	if (session_shell(s)->lines)
		lines_clear(session_shell(s)->lines, tty);
	session_line(s, " [OK]");
	return CMD_OK;
}

/* --- send ---- */

/* Up to Ctrl-Z, several lines. False: Ctrl-C, or the line closed. */
static bool read_message(struct session *s, char *text, size_t size)
{
	char *at = text;
	int c;

	while ((c = s->io.read(s->io.ctx)) >= 0 && c != CTRL_KEY('Z') && c != CTRL_KEY('C')) {
		if ((c == '\b' || c == KEY_RUBOUT) && at > text && at[-1] != '\n') {
			at--;
			session_write(s, "\b \b", 3);
		} else if ((c == '\r' || c == '\n') && at + 1 < text + size) {
			*at++ = '\n';
			session_write(s, "\r\n", 2);
		} else if (c >= ' ' && c != KEY_RUBOUT && at + 1 < text + size) {
			*at++ = (char)c;
			session_write(s, at - 1, 1);
		}
	}
	*at = '\0';
	session_write(s, c == CTRL_KEY('Z') ? "^Z\r\n" : "\r\n", c == CTRL_KEY('Z') ? 4 : 2);
	return c == CTRL_KEY('Z') || (c < 0 && s->io.lines);
}

static enum cmd_result send_message(struct session *s, const struct cmd_match *m)
{
	bool all = !strcmp(cmd_of(m)->tokens[1].name, "*");
	char message[SEND_OCTETS], text[SEND_OCTETS + 160], to[16] = "all tty lines";

	if (!s->io.read || !session_shell(s)->lines)
		return CMD_REJECTED;
	session_line(s, "Enter message, end with CTRL/Z; abort with CTRL/C:");
	if (!read_message(s, message, sizeof(message)) || !session_confirm(s, "Send message? [confirm]"))
		return CMD_OK;
	if (!all)
		snprintf(to, sizeof(to), "tty%u", tty_of(m));
	snprintf(text, sizeof(text), "\n\n***\n***\n*** Message from tty%u to %s:\n***\n%s\n", session_tty(s), to,
		 message);
	lines_send(session_shell(s)->lines, all ? -1 : (int)tty_of(m), text);
	return CMD_OK;
}

static enum cmd_result send_log(struct session *s, const struct cmd_match *m)
{
	static const char *const names[] = { "USERLOG_EMERG",   "USERLOG_ALERT",  "USERLOG_CRIT", "USERLOG_ERR",
					     "USERLOG_WARNING", "USERLOG_NOTICE", "USERLOG_INFO", "USERLOG_DEBUG" };
	unsigned severity = (unsigned)cmd_num(m, "severity", LOG_SEV_DEBUGGING);

	log_syslog(session_shell(s)->log, (enum log_severity)severity, "SYS", names[severity],
		   "Message from tty%u(user id: %s): %s", session_tty(s), session_user(s), cmd_text(m, "text"));
	return CMD_OK;
}

#define EXEC(privilege_, handler_, arg_, ...)                                                                          \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}

#define WHO(arg_, ...)                                                                                                 \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED | CMD_HIDDEN, .tokens = { __VA_ARGS__ },      \
		.handler = show_users, .arg = (arg_)                                                                   \
	}

#define SHOW    KW("show", "Show running system information")
#define USERS   KW("users", "Display information about terminal lines")
#define ALL     KW("all", "Include information about inactive ports")
#define LINES   KW("line", "TTY line information")
#define CLEAR   KW("clear", "Reset functions"), KW("line", "Reset a terminal line")
#define SEND    KW("send", "Send a message to other tty lines")
#define LOG     KW("log", "Logging destinations")
#define TTY     NUM("number", 0, TTY_LAST, "Line number")
#define CONSOLE KW("console", "Primary terminal line"), NUM("number", 0, 0, "Line number")
#define AUX     KW("aux", "Auxiliary line"), NUM("number", 0, 0, "Line number")
#define VTY     KW("vty", "Virtual terminal"), NUM("number", 0, LINE_VTY_LAST, "Line number")
#define MESSAGE LINE("text", "Message to be sent to the log")

/* A command for each way to name a line. */
#define EACH_LINE(privilege_, handler_, ...)                                                                           \
	EXEC(privilege_, handler_, BY_TTY, __VA_ARGS__, TTY),                                                          \
		EXEC(privilege_, handler_, LINE_CON, __VA_ARGS__, CONSOLE),                                            \
		EXEC(privilege_, handler_, LINE_AUX, __VA_ARGS__, AUX),                                                \
		EXEC(privilege_, handler_, LINE_VTY, __VA_ARGS__, VTY)

static const struct cmd cmds[] = {
	EXEC(1, show_users, false, SHOW, USERS),
	EXEC(1, show_users, true, SHOW, USERS, ALL),
	EXEC(1, show_users, false, KW("systat", "Display information about terminal lines")),
	EXEC(1, show_users, true, KW("systat", "Display information about terminal lines"), ALL),
	WHO(false, KW("who", "Display information about terminal lines")),
	WHO(true, KW("who", "Display information about terminal lines"), ALL),
	EXEC(1, show_lines, 0, SHOW, LINES),
	EACH_LINE(1, show_line, SHOW, LINES),
	EACH_LINE(15, clear_line, CLEAR),
	EXEC(15, send_message, 0, SEND, KW("*", "All tty lines")),
	EACH_LINE(15, send_message, SEND),
	EXEC(15, send_log, 0, SEND, LOG, MESSAGE),
	EXEC(15, send_log, 0, SEND, LOG, NUM("severity", 0, 7, "Logging severity level"), MESSAGE),
};

const struct cmd_table cmd_lines_table = CMD_TABLE(cmds);
