#include "shell/filter.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct filter {
	enum filter_kind kind;
	regex_t re;
	bool inside;   /* begin: the line was found; section: below a line that matched */
	size_t indent; /* of the section's first line */
	unsigned count;
};

const struct cmd_choice filter_words[] = {
	{ "begin", "Begin with the line that matches", FILTER_BEGIN },
	{ "count", "Count number of lines which match regexp", FILTER_COUNT },
	{ "exclude", "Exclude lines that match", FILTER_EXCLUDE },
	{ "include", "Include lines that match", FILTER_INCLUDE },
	{ "section", "Filter a section of output", FILTER_SECTION },
	{ 0 },
};

/*
 * IOS's pattern as POSIX writes it; to be freed. `_` is a delimiter, and also itself: names of states and access lists
 * are full of them.
 */
static char *translate(const char *p, size_t octets)
{
	static const char delimiter[] = "(^|[ ,{}()_]|$)";
	char *out = malloc(octets * sizeof(delimiter) + 1), *o = out;
	bool bracket = false, first = false;

	for (size_t i = 0; out && i < octets; i++) {
		char c = p[i];

		if (bracket) {
			bracket = c != ']' || first;
			first = first && c == '^';
			*o++ = c;
		} else if (c == '\\' && i + 1 < octets) {
			*o++ = c;
			*o++ = p[++i];
		} else if (c == '_') {
			memcpy(o, delimiter, sizeof(delimiter) - 1);
			o += sizeof(delimiter) - 1;
		} else {
			if (c == '{' || c == '}')
				*o++ = '\\';
			bracket = first = c == '[';
			*o++ = c;
		}
	}
	if (out)
		*o = '\0';
	return out;
}

struct filter *filter_new(enum filter_kind kind, const char *pattern, size_t octets)
{
	struct filter *f = calloc(1, sizeof(*f));
	char *re = translate(pattern, octets);

	if (!f || !re || regcomp(&f->re, re, REG_EXTENDED | REG_NOSUB) != 0) {
		free(re);
		free(f);
		return NULL;
	}
	free(re);
	f->kind = kind;
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	regfree(&f->re);
	free(f);
}

static bool in_section(struct filter *f, const char *line, bool match)
{
	size_t indent = strspn(line, " ");

	if (f->inside && indent > f->indent)
		return true;
	f->inside = match;
	f->indent = indent;
	return match;
}

bool filter_line(struct filter *f, const char *line)
{
	bool match = regexec(&f->re, line, 0, NULL, 0) == 0;

	f->count += match;
	switch (f->kind) {
	case FILTER_INCLUDE:
		return match;
	case FILTER_EXCLUDE:
		return !match;
	case FILTER_BEGIN:
		f->inside |= match;
		return f->inside;
	case FILTER_SECTION:
		return in_section(f, line, match);
	case FILTER_SECTION_EXCLUDE:
		return !in_section(f, line, match);
	case FILTER_NONE:
	case FILTER_COUNT:
		break;
	}
	return false;
}

unsigned filter_count(const struct filter *f)
{
	return f->count;
}
