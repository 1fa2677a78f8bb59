#include "shell/page.h"

#include <string.h>

static const char more[] = " --More-- ";
/* nine back, eight blanks over the text, nine back: the cursor stands at the line's beginning */
static const char erase[] = "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b";

void pager_begin(struct pager *p)
{
	*p = (struct pager){ 0 };
}

static void stop(struct pager *p, const struct session_io *io, unsigned page)
{
	int key;

	io->write(io->ctx, more, sizeof(more) - 1);
	key = io->read(io->ctx);
	io->write(io->ctx, erase, sizeof(erase) - 1);
	if (key == ' ')
		p->row = 0;
	else if (key == '\r' || key == '\n')
		p->row = page - 1;
	else
		p->quit = true;
}

void pager_line(struct pager *p, const struct session_io *io, const struct session_terminal *t, const char *line,
		size_t octets)
{
	unsigned rows = t->width && octets ? (unsigned)((octets + t->width - 1) / t->width) : 1;
	unsigned page = t->length > 1 ? t->length - 1 : 1;

	if (p->quit)
		return;
	if (t->length && io->read && p->row + rows > page && p->row) {
		stop(p, io, page);
		if (p->quit)
			return;
	}
	p->row += rows;
	io->write(io->ctx, line, octets);
	io->write(io->ctx, "\r\n", 2);
}
