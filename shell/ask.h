/* One line of answer from a terminal, echoed; for session_ask() and the pager. */
#ifndef SHELL_ASK_H
#define SHELL_ASK_H

#include "shell/session.h"

/*
 * Reads up to Return, with backspace and Ctrl-U; what does not fit is not taken. False, after a line end as well: the
 * user gave up (Ctrl-C, Ctrl-Z, Ctrl-^) or the line closed.
 */
bool ask_line(const struct session_io *io, bool secret, char *answer, size_t size);

#endif
