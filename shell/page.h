/*
 * Paging: lines of a command's output, stopped by ` --More-- ` when the screen is full. Space gives the next page,
 * Return one line more; `/`, `-` and `+` ask for a pattern: what follows begins with the line that matches it, is
 * without the lines that match, or is of these alone. Any other key drops the rest.
 */
#ifndef SHELL_PAGE_H
#define SHELL_PAGE_H

#include "shell/filter.h"
#include "shell/session.h"

struct pager {
	unsigned row;          /* screen lines since the last stop */
	bool quit;             /* the rest is not wanted */
	struct filter *filter; /* of what follows, or NULL */
};

/* Also ends what was before: nothing is held afterwards. */
void pager_begin(struct pager *p);
/* Writes one line and its end. length and width as in struct session_terminal. */
void pager_line(struct pager *p, const struct session_io *io, const struct session_terminal *t, const char *line,
		size_t octets);

#endif
