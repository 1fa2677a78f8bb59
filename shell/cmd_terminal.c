/* terminal editing, terminal exec prompt timestamp, show terminal. */
#include "base/clock.h"
#include "shell/commands_show.h"
#include "shell/print_lines.h"
#include "shell/session_int.h"

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

static enum cmd_result show_terminal(struct session *s, const struct cmd_match *m)
{
	const struct line_config *l = session_own_line(s);
	const struct session_terminal *t = &s->terminal;
	bool vty = s->kind == SESSION_VTY;
	struct line_show show = {
		.info = { .tty = s->tty, .kind = vty ? LINE_VTY : LINE_CON, .active = true },
		.length = t->length,
		.width = t->width,
		.history = t->history_size,
		.no_editing = t->no_editing,
	};

	(void)m;
	show.info.since_s = clock_s() - s->began_s;
	if (l) {
		show.exec_timeout_s = l->exec_timeout_min * 60 + l->exec_timeout_s;
		show.session_timeout_s = l->session_timeout_min * 60;
		show.transport_in = vty ? l->transport_in : 0;
		show.preferred_none = l->no_transport_preferred;
	}
	print_line_detail(s, &show);
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
