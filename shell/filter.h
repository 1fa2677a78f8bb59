/*
 * Output filters: | include, exclude, begin, section, count. The pattern is IOS's: a POSIX extended regular
 * expression in which `_` stands for a delimiter (blank, comma, brace, parenthesis, begin or end of the line) and
 * braces are literal.
 */
#ifndef SHELL_FILTER_H
#define SHELL_FILTER_H

#include "shell/cmd.h"

#include <stdbool.h>
#include <stddef.h>

enum filter_kind {
	FILTER_NONE,
	FILTER_BEGIN,
	FILTER_COUNT,
	FILTER_EXCLUDE,
	FILTER_INCLUDE,
	FILTER_SECTION,
	FILTER_SECTION_EXCLUDE
};

struct filter;

/* The words that may follow `|`, sorted, ending with a NULL keyword; value is an enum filter_kind. */
extern const struct cmd_choice filter_words[];

/* NULL when the pattern is no regular expression (or memory is out). */
struct filter *filter_new(enum filter_kind kind, const char *pattern, size_t octets);
void filter_free(struct filter *f);
/* Is the line to be printed? */
bool filter_line(struct filter *f, const char *line);
/* How many lines matched. */
unsigned filter_count(const struct filter *f);

#endif
