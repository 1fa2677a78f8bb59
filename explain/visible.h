/* Characters of a log that a page or a terminal shows, and those that would do something else there. */
#ifndef EXPLAIN_VISIBLE_H
#define EXPLAIN_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One character of UTF-8, RFC 3629: its octets, 0 when there is none. The text ends with a NUL. */
size_t visible_character(const char *text, uint32_t *out);
/* Not seen, or it changes how others are; XML has no place for most of them either. Tabs and line feeds are none. */
bool visible_odd(uint32_t c);
/* Odd ones by their number, "<U+202E>", and octets that are no UTF-8, "<9B>". A NUL stands behind the octets. */
void visible_put(FILE *out, const char *text, size_t octets);

#endif
