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

/* --- what a pattern costs ---- */

#define DEPTH_MOST   64 /* of groups in groups */
#define ANCHORS_MOST 48
#define LOOPED_MOST  4 /* anchors, where one is in what repeats */
#define REPEATS_MOST 8 /* likewise: of all that repeats */
#define PLUS_MOST    4 /* `+` in `+` */

struct part {
	bool anchored;
	unsigned plus; /* how deep are they in each other? */
};

struct weight {
	unsigned anchors, repeats, depth, plus;
	struct part group[DEPTH_MOST]; /* at this depth */
	struct part last;              /* what stands before */
	bool looped, deep;
};

static bool is_repeat(char c)
{
	return c == '*' || c == '+' || c == '?';
}

/* Of `*`, `+` and `?` in a row the last and what all of them mean. */
static size_t repeats(const char *p, size_t at, size_t octets, char *all)
{
	*all = p[at];
	for (; at + 1 < octets && is_repeat(p[at + 1]); at++)
		if (p[at + 1] != *all)
			*all = '*';
	return at;
}

static void weigh_repeat(struct weight *w, char c)
{
	w->repeats++;
	w->looped |= w->last.anchored;
	w->last.plus += c == '+';
	if (w->last.plus > w->group[w->depth].plus)
		w->group[w->depth].plus = w->last.plus;
	if (w->last.plus > w->plus)
		w->plus = w->last.plus;
}

static void weigh_anchor(struct weight *w, const char *p, size_t at, size_t octets)
{
	w->last = (struct part){ .anchored = true };
	if (p[at] == '_')
		w->anchors += 2;
	else if (w->depth || !(p[at] == '^' ? !at || p[at - 1] == '|' : at + 1 == octets || p[at + 1] == '|'))
		w->anchors++;
	w->group[w->depth].anchored = true;
}

static void weigh_group(struct weight *w, bool begins)
{
	w->last = (struct part){ 0 };
	if (begins && w->depth + 1 == DEPTH_MOST) {
		w->deep = true;
	} else if (begins) {
		w->group[++w->depth] = w->last;
	} else if (w->depth) {
		struct part *outer = &w->group[w->depth - 1];

		w->last = w->group[w->depth--];
		outer->anchored |= w->last.anchored;
		outer->plus = outer->plus > w->last.plus ? outer->plus : w->last.plus;
	}
}

/* Behind a bracket expression that begins before `at`: a `]` is one of its characters where it is the first, and in [:alpha:]. */
static size_t skip_bracket(const char *p, size_t at, size_t octets)
{
	at += at < octets && p[at] == '^';
	at += at < octets && p[at] == ']';
	while (at < octets && p[at] != ']') {
		const char kind = p[at++] == '[' && at < octets ? p[at] : '\0';

		if (kind == ':' || kind == '.' || kind == '=')
			for (at++; at + 1 < octets && !(p[at - 1] == kind && p[at] == ']'); at++)
				;
	}
	return at < octets ? at + 1 : octets;
}

/*
 * libc copies what an anchor stands in for each way that leads there, and before anything is matched: a pattern of two hundred octets
 * takes hours, or all memory. An anchor at either end of a whole alternative costs nothing; a few others nobody notices. And of what a
 * `+` stands behind there are two.
 */
static bool is_heavy(const char *p, size_t octets)
{
	struct weight w = { 0 };
	char c;

	for (size_t at = 0; at < octets && !w.deep; at++) {
		if (p[at] == '^' || p[at] == '$' || p[at] == '_') {
			weigh_anchor(&w, p, at, octets);
		} else if (p[at] == '(' || p[at] == ')') {
			weigh_group(&w, p[at] == '(');
		} else if (is_repeat(p[at])) {
			at = repeats(p, at, octets, &c);
			weigh_repeat(&w, c);
		} else {
			if (p[at] == '[')
				at = skip_bracket(p, at + 1, octets) - 1;
			else if (p[at] == '\\')
				at++;
			w.last = (struct part){ 0 };
		}
	}
	return w.deep || w.plus > PLUS_MOST || w.anchors > ANCHORS_MOST ||
	       (w.looped && (w.anchors > LOOPED_MOST || w.repeats > REPEATS_MOST));
}

/*
 * IOS's pattern as POSIX writes it; to be freed. NULL: it recalls what may be many things. `_` is a delimiter, and also itself: names of states and access lists
 * are full of them. A backslash makes the next character plain; \w and its like are GNU's and no IOS's.
 */
static char *translate(const char *p, size_t octets)
{
	static const char delimiter[] = "(^|[ ,{}()_]|$)";
	char *out = malloc(octets * sizeof(delimiter) + 1), *o = out;
	bool recalls = false, wanders = false;

	for (size_t i = 0; out && i < octets; i++) {
		char c = p[i];

		if (c == '[') {
			const size_t behind = skip_bracket(p, i + 1, octets);

			memcpy(o, p + i, behind - i);
			o += behind - i;
			i = behind - 1;
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
			wanders |= c == '|' || is_repeat(c);
			if (is_repeat(c))
				i = repeats(p, i, octets, &c);
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
	re = octets <= FILTER_PATTERN_OCTETS && !is_heavy(pattern, octets) ? translate(pattern, octets) : NULL;
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
