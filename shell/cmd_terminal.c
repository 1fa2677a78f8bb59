/* terminal editing, terminal exec prompt timestamp, show terminal. */
#include "shell/commands_show.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EDITING, NO_EDITING, TIMESTAMP, NO_TIMESTAMP };

static enum cmd_result set(struct session *s, const struct cmd_match *m)
{
	switch (cmd_of(m)->arg) {
	case EDITING:
	case NO_EDITING:
		s->terminal.no_editing = cmd_of(m)->arg == NO_EDITING;
		break;
	default:
		s->terminal.timestamp = cmd_of(m)->arg == TIMESTAMP;
		break;
	}
	return CMD_OK;
}

/* --- show terminal ---- */

/* "never", "00:10:00" */
static const char *timeout_text(unsigned long seconds, char *buf, size_t size)
{
	if (!seconds)
		return "never";
	snprintf(buf, size, "%02lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60, seconds % 60);
	return buf;
}

/* "00:27:42", "3d18h", "7w0d" */
static const char *age_text(uint64_t seconds, char *buf, size_t size)
{
	unsigned long long hours = seconds / 3600;

	if (hours < 24)
		snprintf(buf, size, "%02llu:%02u:%02u", hours, (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	else if (hours < 7 * 24)
		snprintf(buf, size, "%llud%02lluh", hours / 24, hours % 24);
	else
		snprintf(buf, size, "%lluw%llud", hours / 24 / 7, hours / 24 % 7);
	return buf;
}

static void print_timeouts(struct session *s, const struct line_config *l)
{
	char idle[24], session[24];
	unsigned long exec_s = l ? l->exec_timeout_min * 60ul + l->exec_timeout_s : 0;
	unsigned long session_s = l ? l->session_timeout_min * 60ul : 0;

	session_line(s, "Timeouts:      Idle EXEC    Idle Session   Modem Answer  Session   Dispatch");
	/* a time of eight characters begins one column before the word */
	session_line(s, "%*s%-*s%*s%-*snone     not set", exec_s ? 15 : 16, "", exec_s ? 14 : 13,
		     timeout_text(exec_s, idle, sizeof(idle)), session_s ? 0 : 1, "", session_s ? 30 : 29,
		     timeout_text(session_s, session, sizeof(session)));
	session_line(s, "                            Idle Session Disconnect Warning");
	session_line(s, "                              never");
	session_line(s, "                            Login-sequence User Response");
	session_line(s, "                             00:00:30");
	session_line(s, "                            Autoselect Initial Wait");
	session_line(s, "                              not set");
}

static const char *transports(unsigned mask)
{
	bool telnet = mask & LINE_TRANSPORT_TELNET, ssh = mask & LINE_TRANSPORT_SSH;

	return telnet && ssh ? "telnet ssh" : telnet ? "telnet" : ssh ? "ssh" : "none";
}

static enum cmd_result show_terminal(struct session *s, const struct cmd_match *m)
{
	const struct line_config *l = session_own_line(s);
	const struct session_terminal *t = &s->terminal;
	bool vty = s->kind == SESSION_VTY;
	struct timespec now;
	char age[24];

	(void)m;
	clock_gettime(CLOCK_MONOTONIC, &now);
	session_line(s, "Line %u, Location: \"\", Type: \"\"", session_tty(s));
	session_line(s, "Length: %u lines, Width: %u columns", t->length, t->width);
	session_line(s, "Baud rate (TX/RX) is 9600/9600%s", vty ? "" : ", no parity, 1 stopbits, 8 databits");
	session_line(s, "Status: PSI Enabled, Ready, Active, %sAutomore On", vty ? "No Exit Banner, " : "");
	session_line(s, "Capabilities: none");
	session_line(s, "Modem state: Ready");
	session_line(s, "Special Chars: Escape  Hold  Stop  Start  Disconnect  Activation");
	session_line(s, "                ^^x    none   -     -       none");
	print_timeouts(s, l);
	session_line(s, "Modem type is unknown.");
	session_line(s, "Session limit is not set.");
	session_line(s, "Time since activation: %s", age_text((uint64_t)now.tv_sec - s->began_s, age, sizeof(age)));
	session_line(s, "Editing is %s.", t->no_editing ? "disabled" : "enabled");
	if (t->history_size)
		session_line(s, "History is enabled, history size is %u.", t->history_size);
	else
		session_line(s, "History is disabled.");
	session_line(s, "DNS resolution in show commands is enabled");
	session_line(s, "Full user help is disabled");
	session_line(s, "Allowed input transports are %s.", transports(vty && l ? l->transport_in : 0));
	session_line(s, "Allowed output transports are telnet ssh.");
	session_line(s, "Preferred transport is %s.", l && l->no_transport_preferred ? "none" : "telnet");
	session_line(s, "Shell: disabled");
	session_line(s, "Shell trace: off");
	session_line(s, "No output characters are padded");
	session_line(s, "No special data dispatching characters");
	return CMD_OK;
}

#define TERMINAL     KW("terminal", "Set terminal line parameters")
#define NO           KW("no", "Negate a command or set its defaults")
#define LINE_EDITING KW("editing", "Enable command line editing")
#define EXEC         KW("exec", "Configure EXEC")
#define PROMPT       KW("prompt", "EXEC prompt")
#define STAMP        KW("timestamp", "Print timestamps for show commands")
#define SHOW         KW("show", "Show running system information")

static const struct cmd terminal_cmds[] = {
	{ MODE_EXEC, 1, 0, { TERMINAL, LINE_EDITING }, set, EDITING },
	{ MODE_EXEC, 1, 0, { TERMINAL, NO, LINE_EDITING }, set, NO_EDITING },
	{ MODE_EXEC, 1, 0, { TERMINAL, EXEC, PROMPT, STAMP }, set, TIMESTAMP },
	{ MODE_EXEC, 1, 0, { TERMINAL, NO, EXEC, PROMPT, STAMP }, set, NO_TIMESTAMP },
	{ MODE_EXEC, 1, 0, { SHOW, KW("terminal", "Display terminal configuration parameters") }, show_terminal },
};

const struct cmd_table cmd_terminal_table = CMD_TABLE(terminal_cmds);
