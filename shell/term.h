/*
 * The loop of a user at a vty: keys into the line editor, lines into the session, log lines in between. The same for
 * whatever carries the vty.
 */
#ifndef SHELL_TERM_H
#define SHELL_TERM_H

#include "shell/input.h"
#include "shell/session.h"

struct term {
	struct session *session;
	struct input *input;
	void *ctx;
	/* The window's size when it changed since it was asked for; false: it did not. 0: unknown. */
	bool (*window)(void *ctx, unsigned *rows, unsigned *columns);
	/* A key was typed. */
	void (*typed)(void *ctx);
	/* Its other end went away. */
	bool (*over)(void *ctx);
};

/* Until the session ends, nobody types for too long, or the line closes. */
void term_run(const struct term *t);

#endif
