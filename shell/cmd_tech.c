/* show tech-support: other commands, one behind the other, each under its heading. */
#include "shell/commands_show.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <string.h>

static const char *const sections[] = {
	"show clock",
	"show version",
	"show running-config",
	"show interfaces",
	"show ip interface brief",
	"show ipv6 interface brief",
	"show ip route",
	"show ipv6 route",
	"show arp",
	"show access-lists",
	"show crypto isakmp policy",
	"show crypto isakmp sa detail",
	"show crypto ipsec sa detail",
	"show crypto session detail",
	"show processes cpu",
	"show processes memory",
	"show memory statistics",
	"show file systems",
	"dir all-filesystems",
	"show users",
	"show logging",
};

/* Each is looked up as if typed, and prints into this command's output: its filter and its pages hold for all. */
static void run_section(struct session *s, const char *line)
{
	struct cmd_scope scope = session_scope(s, MODE_EXEC);
	const struct cmd_match *outer = s->running;
	struct cmd_parsed p;

	cmd_parse(&scope, line, 0, strlen(line), &p);
	if (p.status == CMD_PARSED) {
		const struct cmd *row = cmd_of(p.match);
		bool taken = false;

		session_line(s, "\n------------------ %s ------------------\n", line);
		if (!(row->flags & CMD_UNLOCKED))
			taken = session_lock(s);
		s->running = p.match;
		row->handler(s, p.match);
		s->running = outer;
		session_unlock(s, taken);
		if (taken)
			output_flush(s);
	}
	cmd_match_free(p.match);
}

static enum cmd_result show_tech(struct session *s, const struct cmd_match *m)
{
	(void)m;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && !s->pager.quit; i++)
		run_section(s, sections[i]);
	return CMD_OK;
}

static const struct cmd cmds[] = {
	{ MODE_EXEC,
	  15,
	  CMD_UNLOCKED,
	  { KW("show", "Show running system information"),
	    KW("tech-support", "Show system information for Tech-Support") },
	  show_tech },
};

const struct cmd_table cmd_tech_table = CMD_TABLE(cmds);
