/* Writing JSON. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdio.h>

/* A string with its quotes. What is no UTF-8 stands there as the characters of Latin-1 that its octets are. */
void json_string(FILE *out, const char *text);

#endif
