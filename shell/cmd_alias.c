/* alias and show aliases. */
#include "shell/alias.h"
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the commands ---- */

static void drop(struct config *c, struct alias *a)
{
	TAILQ_REMOVE(&c->system.aliases, a, link);
	free(a->line);
	free(a);
}

static enum cmd_result set_alias(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *mode = cmd_keyword(alias_modes, (int)cmd_num(m, "mode", MODE_EXEC)), *name = cmd_text(m, "name");
	struct alias *a, *next, *old = NULL;

	for (a = TAILQ_FIRST(&c->system.aliases); a; a = next) {
		next = TAILQ_NEXT(a, link);
		if (strcmp(a->mode, mode) != 0 || (name && strcmp(a->name, name) != 0))
			continue;
		if (cmd_is_no(m))
			drop(c, a);
		else
			old = a;
	}
	if (cmd_is_no(m))
		return CMD_OK;
	a = calloc(1, sizeof(*a));
	if (!a || !(a->line = strdup(cmd_text(m, "line")))) {
		free(a);
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	if (strlen(name) >= sizeof(a->name)) {
		free(a->line);
		free(a);
		session_line(s, "%% Alias is longer than %d characters", SYSTEM_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	snprintf(a->mode, sizeof(a->mode), "%s", mode);
	snprintf(a->name, sizeof(a->name), "%s", name);
	if (old) {
		TAILQ_INSERT_AFTER(&c->system.aliases, old, a, link);
		drop(c, old);
	} else {
		TAILQ_INSERT_TAIL(&c->system.aliases, a, link);
	}
	return CMD_OK;
}

/* By mode, as IOS groups them. */
void write_aliases(struct out *o, const struct config *c)
{
	const struct alias *a;

	for (const struct cmd_choice *mode = alias_modes; mode->keyword; mode++)
		TAILQ_FOREACH (a, &c->system.aliases, link)
			if (!strcmp(a->mode, mode->keyword))
				out_line(o, "alias %s %s %s", a->mode, a->name, a->line);
}

/* --- show ---- */

struct listing {
	struct session *session;
	const char *heading; /* not printed yet, else NULL */
	bool any;            /* something stands above */
};

static void print_alias(void *ctx, const char *name, const char *line)
{
	struct listing *l = ctx;

	if (l->heading) {
		if (l->any)
			session_line(l->session, "%s", "");
		session_line(l->session, "%s aliases:", l->heading);
	}
	l->heading = NULL;
	l->any = true;
	session_line(l->session, "  %-21s %s", name, line);
}

static enum cmd_result show_aliases(struct session *s, const struct cmd_match *m)
{
	static const enum cmd_mode order[] = { MODE_EXEC, MODE_CONFIG, MODE_IF, MODE_LINE };
	struct listing l = { .session = s };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (cmd_num(m, "mode", order[i]) != order[i])
			continue;
		for (const struct cmd_choice *mode = alias_modes; mode->keyword; mode++)
			if (mode->value == (int)order[i])
				l.heading = mode->help;
		alias_each(session_config(s), order[i], "", 0, print_alias, &l);
	}
	return CMD_OK;
}

#define ALIAS KW("alias", "Create command alias")

static const struct cmd alias_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { ALIAS, PICK("mode", alias_modes), WORD("name", "Alias name"), LINE("line", "Command to be aliased") },
	  set_alias },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_ONLY_NO,
	  { ALIAS, PICK("mode", alias_modes), WORD("name", "Alias name") },
	  set_alias },
	{ MODE_CONFIG, 15, CMD_NO | CMD_ONLY_NO, { ALIAS, PICK("mode", alias_modes) }, set_alias },
};

const struct cmd_table cmd_alias_table = CMD_TABLE(alias_cmds);

#define SHOW    KW("show", "Show running system information")
#define ALIASES KW("aliases", "Display alias commands")

static const struct cmd show_cmds[] = {
	{ MODE_EXEC, 1, 0, { SHOW, ALIASES }, show_aliases },
	{ MODE_EXEC, 1, 0, { SHOW, ALIASES, PICK("mode", alias_modes) }, show_aliases },
};

const struct cmd_table cmd_show_alias_table = CMD_TABLE(show_cmds);
