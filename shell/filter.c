#include "shell/filter.h"

#include "config/free.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct filter {
	enum filter_kind kind;
	regex_t re;
	bool inside;   /* begin: the line was found; section: below a line that matched */
	size_t indent; /* of the section's first line */
	unsigned count;
	char *text; /* of a filter to a file: what it collected */
	size_t octets, room;
	bool failed;
};

const struct cmd_choice filter_words[] = {
	{ "append", "Append redirected output to URL (URLs supporting append operation only)", FILTER_APPEND },
	{ "begin", "Begin with the line that matches", FILTER_BEGIN },
	{ "count", "Count number of lines which match regexp", FILTER_COUNT },
	{ "exclude", "Exclude lines that match", FILTER_EXCLUDE },
	{ "include", "Include lines that match", FILTER_INCLUDE },
	{ "redirect", "Redirect output to URL", FILTER_REDIRECT },
	{ "section", "Filter a section of output", FILTER_SECTION },
	{ "tee", "Copy output to URL", FILTER_TEE },
	{ 0 },
};

bool filter_to_file(enum filter_kind kind)
{
	return kind == FILTER_APPEND || kind == FILTER_REDIRECT || kind == FILTER_TEE;
}

bool filter_allowed(enum filter_kind kind, unsigned privilege)
{
	return !filter_to_file(kind) || privilege >= 15;
}

/*
 * IOS's pattern as POSIX writes it; to be freed. NULL: it recalls what may be many things. `_` is a delimiter, and also itself: names of states and access lists
 * are full of them. A backslash makes the next character plain; \w and its like are GNU's and no IOS's.
 */
static char *translate(const char *p, size_t octets)
{
	static const char delimiter[] = "(^|[ ,{}()_]|$)";
	char *out = malloc(octets * sizeof(delimiter) + 1), *o = out;
	bool bracket = false, first = false, recalls = false, wanders = false;

	for (size_t i = 0; out && i < octets; i++) {
		char c = p[i];

		if (bracket) {
			bracket = c != ']' || first;
			first = first && c == '^';
			*o++ = c;
		} else if (c == '\\' && i + 1 < octets) {
			if (!isalpha((unsigned char)p[i + 1]))
				*o++ = c;
			*o++ = p[++i];
			recalls |= isdigit((unsigned char)p[i]) != 0;
		} else if (c == '_') {
			memcpy(o, delimiter, sizeof(delimiter) - 1);
			o += sizeof(delimiter) - 1;
		} else {
			if (c == '{' || c == '}')
				*o++ = '\\';
			bracket = first = c == '[';
			wanders |= strchr("*+?|", c) != NULL;
			*o++ = c;
		}
	}
	if (out)
		*o = '\0';
	if (recalls && wanders) {
		free(out);
		return NULL;
	}
	return out;
}

struct filter *filter_new(enum filter_kind kind, const char *pattern, size_t octets)
{
	struct filter *f = calloc(1, sizeof(*f));
	char *re;

	if (f && filter_to_file(kind)) {
		f->kind = kind;
		return f;
	}
	re = octets <= FILTER_PATTERN_OCTETS ? translate(pattern, octets) : NULL;
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
	if (!filter_to_file(f->kind))
		regfree(&f->re);
	if (f->text)
		free_wiped(f->text, f->room);
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

/* Grows by copying, so that what is given back can be wiped. */
static void collect(struct filter *f, const char *line)
{
	size_t octets = strlen(line);

	if (!f->failed && f->room - f->octets < octets + 1) {
		size_t room = (f->octets + octets) * 2 + 4096;
		char *text = malloc(room);

		f->failed = !text;
		if (text && f->text) {
			memcpy(text, f->text, f->octets);
			free_wiped(f->text, f->room);
		}
		if (text) {
			f->text = text;
			f->room = room;
		}
	}
	if (f->failed)
		return;
	memcpy(f->text + f->octets, line, octets);
	f->octets += octets;
	f->text[f->octets++] = '\n';
}

const char *filter_collected(const struct filter *f, size_t *octets)
{
	*octets = f->octets;
	return f->failed ? NULL : f->text ? f->text : "";
}

bool filter_line(struct filter *f, const char *line)
{
	bool match;

	if (filter_to_file(f->kind)) {
		collect(f, line);
		return f->kind == FILTER_TEE;
	}
	match = regexec(&f->re, line, 0, NULL, 0) == 0;
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
	case FILTER_APPEND:
	case FILTER_REDIRECT:
	case FILTER_TEE:
	case FILTER_COUNT:
		break;
	}
	return false;
}

unsigned filter_count(const struct filter *f)
{
	return f->count;
}
