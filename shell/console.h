/*
 * The console: the terminal that the router was started on, a thread of its own. On a terminal GNU readline edits the
 * line (and this is the only file that knows it); otherwise lines are read as they come, prompt and command are
 * echoed as a capture of a console shows them, and the end of the input ends the session.
 */
#ifndef SHELL_CONSOLE_H
#define SHELL_CONSOLE_H

#include "shell/session.h"

struct console;

struct console_options {
	struct shell *shell;
	int in, out; /* STDIN_FILENO, STDOUT_FILENO; readline allows one console in a process */
	/* Called once from the console's thread when its input is over: the router is to end. May only wake main. */
	void (*ended)(void *ctx);
	void *ctx;
};

/* NULL when out of memory. The terminal's settings are put back by console_stop(). */
struct console *console_start(const struct console_options *o);
/* Ends the session, waits for the thread. The control lock must not be held. */
void console_stop(struct console *c);

#endif
