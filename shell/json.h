/* Writing JSON. */
#ifndef SHELL_JSON_H
#define SHELL_JSON_H

#include <stdio.h>

/* A string with its quotes. What is no UTF-8 stands there as the characters of Latin-1 that its octets are. */
void json_string(FILE *out, const char *text);

#endif
