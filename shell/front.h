/*
 * What a user at a terminal sees between commands, the same on the console and on a vty: prompt, pending line, log
 * lines that come in between, `?` and Tab.
 */
#ifndef SHELL_FRONT_H
#define SHELL_FRONT_H

#include "shell/edit.h"
#include "shell/session.h"

struct front {
	struct session *session;
	struct screen screen;
};

void front_init(struct front *f, struct session *s);
/* Log lines that wait, then the prompt. */
void front_prompt(struct front *f);
/* The prompt and the line again, where the cursor stands. */
void front_redraw(struct front *f, const char *text, size_t octets, size_t point);
/* Log lines came while this line was being typed. */
void front_logs(struct front *f, const char *text, size_t octets, size_t point);
/* `?`, with the line's beginning up to the cursor. */
void front_help(struct front *f, const char *text, size_t octets, size_t point);
/* Tab: the line with its last word in full is in `out`, which is EDIT_SIZE octets; shown on the next line. */
void front_tab(struct front *f, const char *text, char *out);
/* The line is over; `echo` is what the key shows as ("", "^Z"). */
void front_end_line(struct front *f, const char *echo);
/* Runs the line that stands on the screen; a caret finds its word there though the line scrolled. */
enum session_verdict front_run(struct front *f, const char *text);
/* The same for Ctrl-Z, which leaves configuration behind it. */
enum session_verdict front_run_and_end(struct front *f, const char *text);
/* Runs a line that came whole, from a pipe or an argument: `?` at its end is the key. */
enum session_verdict front_run_whole(struct front *f, const char *text);
/* A console's farewell, before it waits for Return. */
void front_goodbye(struct front *f);

#endif
