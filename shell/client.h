/* `mainmode exec` and `mainmode attach`: the client's end of the local socket. */
#ifndef SHELL_CLIENT_H
#define SHELL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Types the lines at privileged EXEC of the router in state_dir; what it prints goes to stdout, with line feeds alone
 * at the ends of lines. quiet: without prompts and echoed commands. Returns the exit code: 0 every line was accepted,
 * 1 one was rejected, 2 no router answers (said on stderr).
 */
int client_exec(const char *state_dir, char *const lines[], size_t count, bool quiet);
/* A terminal on the router, until the session ends. Returns 0, or 2 when no router answers. */
int client_attach(const char *state_dir);

#endif
