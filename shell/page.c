#include "shell/page.h"

#include "shell/ask.h"

#include <stdlib.h>
#include <string.h>

static const char more[] = " --More-- ";
/* nine back, eight blanks over the text, nine back: the cursor stands at the line's beginning */
static const char erase[] = "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b";

void pager_begin(struct pager *p)
{
	filter_free(p->filter);
	*p = (struct pager){ 0 };
}

static void put(const struct session_io *io, const char *text)
{
	io->write(io->ctx, text, strlen(text));
}

/* False: no pattern came, or none that can be used. */
static bool ask_filter(struct pager *p, const struct session_io *io, char key, enum filter_kind kind)
{
	char pattern[256];
	struct filter *f;

	io->write(io->ctx, &key, 1);
	if (!ask_line(io, false, pattern, sizeof(pattern)) || !*pattern)
		return false;
	if (!(f = filter_new(kind, pattern, strlen(pattern)))) {
		put(io, "% Failed to compile regular expression.\r\n");
		return false;
	}
	put(io, "filtering...\r\n");
	filter_free(p->filter);
	p->filter = f;
	p->row = 1;
	return true;
}

static void stop(struct pager *p, const struct session_io *io, unsigned page)
{
	bool again = true;

	while (again) {
		int key;

		put(io, more);
		key = io->read(io->ctx);
		put(io, erase);
		again = false;
		if (key == ' ')
			p->row = 0;
		else if (key == '\r' || key == '\n')
			p->row = page - 1;
		else if (key == '/')
			again = !ask_filter(p, io, '/', FILTER_BEGIN);
		else if (key == '-')
			again = !ask_filter(p, io, '-', FILTER_EXCLUDE);
		else if (key == '+')
			again = !ask_filter(p, io, '+', FILTER_INCLUDE);
		else
			p->quit = true;
	}
}

/* Lines come with their octets, a filter takes text: a line that cannot be copied is let through. */
static bool passes(const struct pager *p, const char *line, size_t octets)
{
	char *text = p->filter ? strndup(line, octets) : NULL;
	bool pass = !text || filter_line(p->filter, text);

	free(text);
	return pass;
}

/* In one piece where it fits: each is a frame, or a packet. */
static void put_line(const struct session_io *io, const char *line, size_t octets)
{
	char whole[512];

	if (octets > sizeof(whole) - 2) {
		io->write(io->ctx, line, octets);
		io->write(io->ctx, "\r\n", 2);
		return;
	}
	memcpy(whole, line, octets);
	memcpy(whole + octets, "\r\n", 2);
	io->write(io->ctx, whole, octets + 2);
}

void pager_line(struct pager *p, const struct session_io *io, const struct session_terminal *t, const char *line,
		size_t octets)
{
	unsigned rows = t->width && octets ? (unsigned)((octets + t->width - 1) / t->width) : 1;
	unsigned page = t->length > 1 ? t->length - 1 : 1;

	if (p->quit || !passes(p, line, octets))
		return;
	if (t->length && io->read && p->row + rows > page && p->row) {
		stop(p, io, page);
		if (p->quit || !passes(p, line, octets))
			return;
	}
	p->row += rows;
	put_line(io, line, octets);
}
