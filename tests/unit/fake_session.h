/*
 * A session for tests of what commands print: it collects the lines, answers questions from a list, and has no
 * terminal, paging or filters. Linked in place of shell/session.c.
 */
#ifndef TESTS_UNIT_FAKE_SESSION_H
#define TESTS_UNIT_FAKE_SESSION_H

#include "shell/session.h"

struct session {
	struct shell shell;
	char text[65536];
	size_t octets;
	const char *const *answers; /* to questions, in order; ends with NULL: Ctrl-C from then on */
	int wake_fd;
};

void fake_session_clear(struct session *s);
/* Is the text exactly that of tests/golden/show/NAME? Prints both when it is not. */
bool fake_session_matches(const struct session *s, const char *name);

#endif
