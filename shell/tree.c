#include "shell/tree.h"

#include <libcli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libcli's names for two of its modes; ours are an enum of the same values. */
#undef MODE_EXEC
#undef MODE_CONFIG

#define PATH_SIZE 512

struct tree {
	struct cli_def *cli;
	struct tree_ops ops;
	struct filter *filter;
	bool ran;
};

static int run_command(struct cli_def *cli, const char *command, char *argv[], int argc)
{
	struct tree *t = cli_get_context(cli);

	(void)command;
	(void)argv;
	(void)argc;
	t->ran = true;
	t->ops.run(t->ops.ctx);
	return CLI_OK;
}

static void print_line(struct cli_def *cli, const char *line)
{
	struct tree *t = cli_get_context(cli);

	t->ops.print(t->ops.ctx, line);
}

/* NULL: the command is over. */
static int pass_line(struct cli_def *cli, const char *line, void *data)
{
	struct tree *t = data;

	(void)cli;
	return !line || filter_line(t->filter, line) ? CLI_OK : CLI_ERROR;
}

static int pass_nothing_but_count(struct cli_def *cli, const char *line, void *data)
{
	struct tree *t = data;
	char text[64];

	(void)cli;
	if (line)
		return filter_line(t->filter, line) ? CLI_OK : CLI_ERROR;
	snprintf(text, sizeof(text), "Number of lines which match regexp = %u", filter_count(t->filter));
	t->ops.print(t->ops.ctx, text);
	return CLI_OK;
}

static int begin_filter(struct cli_def *cli, int argc, char *argv[], struct cli_filter *f)
{
	struct tree *t = cli_get_context(cli);

	(void)argc;
	f->filter = strcmp(argv[0], "count") == 0 ? pass_nothing_but_count : pass_line;
	f->data = t;
	return t->filter ? CLI_OK : CLI_ERROR;
}

/* --- registering ---- */

static struct cli_command *child_of(struct cli_def *cli, struct cli_command *parent, const char *word, int mode)
{
	struct cli_command *c = parent ? parent->children : cli->commands;

	while (c && (c->mode != mode || c->command_type != CLI_REGULAR_COMMAND || strcmp(c->command, word) != 0))
		c = c->next;
	return c;
}

/* The leading keywords of a row; a row that has none stands under a word of its own. */
static unsigned leading_words(const struct cmd *row, const char *words[CMD_TOKENS])
{
	unsigned n = 0;

	while (n < CMD_TOKENS && row->tokens[n].kind == TOK_KW) {
		words[n] = row->tokens[n].name;
		n++;
	}
	if (!n)
		words[n++] = "command";
	return n;
}

static bool register_row(struct tree *t, const struct cmd *row)
{
	const char *words[CMD_TOKENS];
	unsigned n = leading_words(row, words);
	struct cli_command *c = NULL;

	for (unsigned i = 0; i < n; i++) {
		struct cli_command *parent = c;

		c = child_of(t->cli, parent, words[i], (int)row->mode);
		if (!c)
			c = cli_register_command(t->cli, parent, words[i], NULL, (int)row->privilege, (int)row->mode,
						 NULL);
		if (!c)
			return false;
		if (c->privilege > (int)row->privilege)
			c->privilege = (int)row->privilege;
	}
	c->callback = run_command;
	return true;
}

struct tree *tree_new(const struct cmd_table *tables, size_t count, const struct tree_ops *ops)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t || !(t->cli = cli_init())) {
		free(t);
		return NULL;
	}
	t->ops = *ops;
	cli_set_context(t->cli, t);
	cli_print_callback(t->cli, print_line);
	cli_unregister_all(t->cli, NULL);
	cli_unregister_all_filters(t->cli);
	for (const struct cmd_choice *c = filter_words; c->keyword; c++)
		if (!cli_register_filter(t->cli, c->keyword, begin_filter, pass_line, 0, MODE_ANY, c->help))
			goto out;
	for (size_t i = 0; i < count; i++)
		for (size_t r = 0; r < tables[i].count; r++)
			if (!register_row(t, &tables[i].cmds[r]))
				goto out;
	return t;
out:
	tree_free(t);
	return NULL;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	cli_done(t->cli);
	free(t);
}

/* --- running ---- */

bool tree_run(struct tree *t, const struct cmd *row, unsigned privilege, enum filter_kind kind, struct filter *filter)
{
	const char *words[CMD_TOKENS];
	unsigned n = leading_words(row, words);
	char line[PATH_SIZE];
	size_t at = 0;

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s ", words[i]);
	if (filter)
		snprintf(line + at, sizeof(line) - at, "| %s",
			 cmd_keyword(filter_words, kind == FILTER_SECTION_EXCLUDE ? FILTER_SECTION : (int)kind));
	/* an unchanged mode or privilege costs nothing, a changed one sorts the tree's abbreviations anew */
	cli_set_privilege(t->cli, (int)privilege);
	cli_set_configmode(t->cli, (int)row->mode, NULL);
	t->filter = filter;
	t->ran = false;
	cli_run_command(t->cli, line);
	t->filter = NULL;
	return t->ran;
}

/* As cli_print(), which would make a copy of each line, that may hold a key, and free it as it is. */
void tree_print(struct tree *t, char *text)
{
	char *next;

	do {
		const struct cli_filter *f = t->cli->filters;

		if ((next = strchr(text, '\n')))
			*next++ = '\0';
		while (f && f->filter(t->cli, text, f->data) == CLI_OK)
			f = f->next;
		if (!f)
			print_line(t->cli, text);
	} while ((text = next));
}
