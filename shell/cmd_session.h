/* enable, disable, exit, end, terminal, configure terminal, show history, show privilege, help. */
#ifndef SHELL_CMD_SESSION_H
#define SHELL_CMD_SESSION_H

#include "shell/cmd.h"

extern const struct cmd_table cmd_session_table;

#endif
