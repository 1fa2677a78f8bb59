/*
 * `mainmode check FILE`: what becomes of each line of a configuration, in a model of its own; nothing is started. Secrets
 * are not printed.
 */
#ifndef SHELL_CHECK_H
#define SHELL_CHECK_H

#include <stdbool.h>
#include <stdio.h>

/*
 * path "-" is the standard input. As text: each line with its verdict, a rejected one as a terminal shows it, then what
 * cannot work and the counts. As JSON: one object with file, lines (line, text, verdict, column, message, restricts),
 * accepted, kept, rejected, findings; or with file and error. 0: nothing is rejected; 1: something is; 2: it cannot be
 * read.
 */
int check_file(const char *path, bool json, FILE *out);

#endif
