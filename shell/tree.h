/*
 * libcli, and the only file that knows it. A session's context holds the leading keywords of every row with mode and
 * privilege, runs what the matcher found and passes what is printed through the filter.
 *
 * libcli splits lines at quotes, `|` and backslashes and takes abbreviations its own way, so it is given nothing that
 * a user typed: the keywords of the row in full, and the filter's word.
 */
#ifndef SHELL_TREE_H
#define SHELL_TREE_H

#include "shell/cmd.h"
#include "shell/filter.h"

struct tree;

struct tree_ops {
	void *ctx;
	void (*run)(void *ctx);                     /* the command that tree_run() was called for */
	void (*print)(void *ctx, const char *line); /* a line that the filter let through */
};

/* NULL when out of memory. */
struct tree *tree_new(const struct cmd_table *tables, size_t count, const struct tree_ops *ops);
void tree_free(struct tree *t);
/* filter may be NULL; stays the caller's. False: libcli did not find the row (it has another mode or privilege). */
bool tree_run(struct tree *t, const struct cmd *row, unsigned privilege, enum filter_kind kind, struct filter *filter);
/* Text of one or more lines, "\n" between them, where it is cut. */
void tree_print(struct tree *t, char *text);

#endif
