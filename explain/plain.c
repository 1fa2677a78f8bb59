/*
 * Of Markdown no more than the pages have: titles, paragraphs, lists, code by four blanks, `code` and [links](in.md) within
 * a line.
 */
#include "explain/plain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROW_SIZE 1024

enum kind { NOTHING, TITLE, TEXT, ITEM, CODE };

struct plain {
	void (*line)(void *ctx, const char *text);
	void *ctx;
	unsigned width, indent;
	enum kind last; /* what was said last */
	char row[ROW_SIZE];
	size_t octets; /* of the row that is being filled, 0: none */
};

static void flush(struct plain *p)
{
	if (p->octets)
		p->line(p->ctx, p->row);
	p->octets = 0;
}

/* A blank line between two things, but for code behind its text and items in a row. */
static void begin(struct plain *p, enum kind kind)
{
	flush(p);
	if (p->last != NOTHING && p->last != TITLE && !(kind == CODE && p->last != ITEM) &&
	    !(kind == ITEM && p->last == ITEM))
		p->line(p->ctx, "");
	p->last = kind;
}

static void word(struct plain *p, const char *w, size_t octets, unsigned hang)
{
	const size_t indent = p->octets ? 1 : p->indent;

	if (octets + indent + 1 >= sizeof(p->row))
		octets = sizeof(p->row) - indent - 2;
	if (p->octets && ((p->width && p->octets + 1 + octets > p->width) || p->octets + octets + 2 > sizeof(p->row))) {
		flush(p);
		p->octets = (size_t)snprintf(p->row, sizeof(p->row), "%*s%.*s", (int)(p->indent + hang), "",
					     (int)octets, w);
		return;
	}
	p->octets += (size_t)snprintf(p->row + p->octets, sizeof(p->row) - p->octets, "%*s%.*s",
				      p->octets ? 1 : (int)p->indent, "", (int)octets, w);
}

/* Text without the marks within it; its octets. */
static size_t unmark(const char *text, size_t octets, char *out, size_t size)
{
	const char *const end = text + octets, *target;
	bool code = false;
	size_t n = 0;

	for (; text < end && n + 1 < size; text++) {
		if (*text == '`')
			code = !code;
		else if (!code && *text == '[' && memchr(text, ']', (size_t)(end - text)))
			continue;
		else if (!code && *text == ']' && text + 1 < end && text[1] == '(' &&
			 (target = memchr(text, ')', (size_t)(end - text))))
			text = target;
		else
			out[n++] = *text;
	}
	out[n] = '\0';
	return n;
}

static void words(struct plain *p, const char *text, size_t octets, unsigned hang)
{
	char plain[ROW_SIZE];
	const size_t count = unmark(text, octets, plain, sizeof(plain));

	for (size_t at = 0; at < count;) {
		const size_t n = strcspn(plain + at, " ");

		if (n)
			word(p, plain + at, n, hang);
		at += n + 1;
	}
}

static void one(struct plain *p, const char *l, size_t octets, bool joins)
{
	char row[ROW_SIZE];

	if (octets >= 3 && !memcmp(l, "## ", 3)) {
		begin(p, TITLE);
		snprintf(row, sizeof(row), "%.*s", (int)octets - 3, l + 3);
		p->line(p->ctx, row);
		p->indent = 2;
	} else if (octets >= 4 && !memcmp(l, "    ", 4)) {
		begin(p, CODE);
		snprintf(row, sizeof(row), "%*s%.*s", (int)p->indent, "", (int)octets, l);
		p->line(p->ctx, row);
	} else if (octets >= 2 && !memcmp(l, "- ", 2)) {
		begin(p, ITEM);
		words(p, l + 2, octets - 2, 2);
	} else {
		if (!joins || (p->last != TEXT && p->last != ITEM))
			begin(p, TEXT);
		words(p, l, octets, p->last == ITEM ? 2 : 0);
	}
}

void page_plain(const char *page, unsigned width, void (*line)(void *ctx, const char *text), void *ctx)
{
	struct plain p = { .line = line, .ctx = ctx, .width = width };
	bool joins = false;

	for (const char *end; *page; page = *end ? end + 1 : end) {
		end = page + strcspn(page, "\n");
		if (end > page && !(page[0] == '#' && page[1] == ' '))
			one(&p, page, (size_t)(end - page), joins);
		joins = end > page;
	}
	flush(&p);
}
