/* configure replace. */
#include "shell/commands_show.h"
#include "shell/diff.h"
#include "shell/file.h"
#include "shell/replace.h"
#include "shell/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct replacing {
	struct session *session;
	bool list;
	unsigned rejected;
};

static void say_line(void *ctx, const struct loader_report *r)
{
	struct replacing *p = ctx;

	if (r->verdict == LOADER_KEPT) {
		session_line(p->session, "%% line %u: kept (%s): %s", r->line, r->why, r->text);
		return;
	}
	if (!p->rejected++) {
		show_blank(p->session);
		session_line(p->session, "The following commands are failed to apply to the IOS image.");
		session_line(p->session, "********");
	}
	session_line(p->session, "line %u: %s (%s)", r->line, r->text, r->why);
}

static void print_command(void *ctx, const char *text)
{
	session_line(ctx, "%s", text);
}

static void list_commands(void *ctx, const char *old, size_t old_octets, const char *new, size_t new_octets)
{
	struct replacing *p = ctx;
	bool any;

	if (!p->list)
		return;
	session_line(p->session, "!Pass 1");
	show_blank(p->session);
	session_line(p->session, "!List of Commands:");
	diff_texts(old, old_octets, new, new_octets, DIFF_COMMANDS, print_command, p->session, &any);
	session_line(p->session, "end");
}

static bool ask_replace(struct session *s)
{
	char answer[16];

	if (file_quiet(s))
		return true;
	session_line(s, "This will apply all necessary additions and deletions\n"
			"to replace the current running configuration with the\n"
			"contents of the specified configuration file, which is\n"
			"assumed to be a complete configuration, not a partial");
	return session_ask(s, "configuration. Enter Y if you are sure you want to proceed. ? [no]: ", false, answer,
			   sizeof(answer)) &&
	       *answer && !strncasecmp(answer, "yes", strlen(answer));
}

static void note_replaced(struct session *s)
{
	struct shell *sh = session_shell(s);

	show_lock(s);
	snprintf(sh->changed_by, sizeof(sh->changed_by), "%s", session_user(s));
	show_unlock(s);
	log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SYS", "CONFIG_I", "Configured from memory by %s",
		   session_line_name(s));
}

static enum cmd_result configure_replace(struct session *s, const struct cmd_match *m)
{
	struct replacing p = { .session = s, .list = cmd_has(m, "list") };
	enum replace_result result;
	struct fs_url url;
	size_t octets;
	char *text;
	int rc;

	if (!file_url(s, cmd_text(m, "url"), &url))
		return CMD_REJECTED;
	rc = fs_read(session_shell(s), &url, &text, &octets);
	if (rc)
		return file_failed(s, "opening", &url, rc);
	if (!cmd_has(m, "force") && !ask_replace(s)) {
		file_free(text, octets);
		return CMD_OK;
	}
	result = replace_running(session_shell(s), text, octets, say_line, list_commands, &p);
	file_free(text, octets);
	show_blank(s);
	switch (result) {
	case REPLACE_DONE:
	case REPLACE_SAME:
		session_line(s, "Total number of passes: %u", result == REPLACE_DONE);
		session_line(s, "Rollback Done");
		show_blank(s);
		break;
	case REPLACE_REJECTED:
		session_line(s, "********");
		session_line(s, "%%Rollback aborted: the running configuration is unchanged");
		return CMD_REJECTED;
	case REPLACE_NO_MEMORY:
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	if (result == REPLACE_DONE)
		note_replaced(s);
	return CMD_OK;
}

static const struct cmd_opt replace_options[] = {
	{ "force", "force", "Force Rollback operation without prompting for confirmation", NULL },
	{ "list", "list", "List the commands to be rolled back", NULL },
	{ 0 },
};

#define CONFIGURE KW("configure", "Enter configuration mode")
#define ROW(handler_, ...)                                                                                             \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED, .tokens = { CONFIGURE, __VA_ARGS__ },       \
		.handler = (handler_)                                                                                  \
	}

static const struct cmd cmds[] = {
	ROW(configure_replace, KW("replace", "Replace the running-config with a new config file"),
	    WORD("url", "URL of the config file to be applied"), OPTS(replace_options)),
};

const struct cmd_table cmd_replace_table = CMD_TABLE(cmds);
