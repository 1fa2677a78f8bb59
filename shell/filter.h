/*
 * Output filters: | include, exclude, begin, section, count, and | redirect, tee, append, which collect what is printed
 * for a file that their user writes (shell/line.c). The pattern is IOS's: a POSIX extended regular
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
	FILTER_SECTION_EXCLUDE,
	FILTER_APPEND,
	FILTER_REDIRECT,
	FILTER_TEE
};

struct filter;

/* The words that may follow `|`, sorted, ending with a NULL keyword; value is an enum filter_kind. */
extern const struct cmd_choice filter_words[];

/* redirect, tee, append: no pattern but a URL follows. */
bool filter_to_file(enum filter_kind kind);

/* Files are for whoever is at level 15, in whatever way they are written. */
bool filter_allowed(enum filter_kind kind, unsigned privilege);

#define FILTER_PATTERN_OCTETS 512 /* IOS's whole line is shorter */

/*
 * NULL when the pattern is no regular expression (or memory is out). One that recalls (`\1`) may neither repeat nor
 * offer a choice: it could take hours to match, and most commands run under the control lock. Nor may there be many anchors (`^`, `$`
 * and `_`), or more than a few where one is in what repeats, nor `+` in `+` in `+`: such a one takes hours to compile, or all memory.
 */
struct filter *filter_new(enum filter_kind kind, const char *pattern, size_t octets);
void filter_free(struct filter *f);
/* Is the line to be printed? */
bool filter_line(struct filter *f, const char *line);
/* What a filter to a file has collected, LF behind each line; the filter's own. NULL: memory ran out on the way. */
const char *filter_collected(const struct filter *f, size_t *octets);
/* How many lines matched. */
unsigned filter_count(const struct filter *f);

#endif
