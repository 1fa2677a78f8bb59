/* `mainmode explain`: what a captured debug log tells. Nothing is started; no router is needed. */
#ifndef SHELL_EXPLAIN_FILE_H
#define SHELL_EXPLAIN_FILE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * path "-" or NULL is the standard input. The story goes to out as text, or as JSON; with html, as a
 * page to the file of that name, "-" being out, whose place it takes when it is whole. 0: no failure was found; 1: one was;
 * 2: the log cannot be read or the story not be written, which is said on the standard error output.
 */
int explain_file(const char *path, bool json, const char *html, FILE *out);

#endif
