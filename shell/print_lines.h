/* What `show users` and `show line` print, from snapshots. */
#ifndef SHELL_PRINT_LINES_H
#define SHELL_PRINT_LINES_H

#include "shell/lines.h"
#include "shell/session.h"

/* A line as it is and as it is configured. */
struct line_show {
	struct line_info info;
	bool configured;
	unsigned exec_timeout_s, session_timeout_s; /* 0: never */
	unsigned transport_in;                      /* mask of enum line_transport */
	unsigned length, width, history;            /* the session's, or what one would begin with */
	bool preferred_none, no_editing;
	char access_in[ACL_NAME_SIZE], access_out[ACL_NAME_SIZE]; /* "": none */
};

/* own: the tty number of whoever looks. all: lines without a user, too. */
void print_users(struct session *s, const struct line_show *lines, size_t count, unsigned own, bool all);
void print_line_table(struct session *s, const struct line_show *lines, size_t count);
/* All that there is to say of one: `show line N`, `show terminal`. */
void print_line_detail(struct session *s, const struct line_show *l);

#endif
