/* Every table of commands of the router, in one list: what a session offers. */
#ifndef SHELL_TABLES_H
#define SHELL_TABLES_H

#include "shell/commands.h"

#define TABLES_EXEC 35
#define TABLES_ALL  (COMMANDS_CONFIG + TABLES_EXEC)

/* Fills out and returns how many there are. */
size_t tables_all(struct cmd_table out[TABLES_ALL]);

#endif
