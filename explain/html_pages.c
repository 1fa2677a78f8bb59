/* The pages of the messages that occur: of Markdown, what doc/messages has. */
#include "explain/html.h"

#include <ctype.h>
#include <string.h>

#define PARAGRAPH_MAX 4096

struct md {
	const struct html *h;
	FILE *out;
	enum { NOTHING, PARAGRAPH, LIST, CODE } in;
	char text[PARAGRAPH_MAX]; /* of a paragraph or an item of a list */
	size_t octets;
};

/* --- within a paragraph ---- */

static bool is_on_page(const struct html *h, const char *name, size_t octets)
{
	for (size_t i = 0; i < MSG_COUNT; i++)
		if (h->seen[i] && strlen(h->seen[i]->name) == octets && !memcmp(h->seen[i]->name, name, octets))
			return true;
	return false;
}

/* [text](name.md): a link when that page is here, else its text. False: it is none. */
static bool put_link(const struct md *m, char *text, char **rest)
{
	char *middle = strstr(text, "]("), *end = middle ? strchr(middle, ')') : NULL;
	size_t octets;

	if (!end || memchr(text + 1, '[', (size_t)(middle - text - 1)))
		return false;
	octets = (size_t)(end - middle - 2);
	*middle = *end = '\0';
	if (octets > 3 && !strcmp(end - 3, ".md") && is_on_page(m->h, middle + 2, octets - 3)) {
		end[-3] = '\0';
		html_put(m->out, "<a href=\"#m-%s\">", middle + 2);
		html_sentence(m->out, text + 1);
		fputs("</a>", m->out);
	} else {
		html_sentence(m->out, text + 1);
	}
	*rest = end + 1;
	return true;
}

/* Between links, what is in `...` is code; a [ within code begins no link. */
static void put_inline(const struct md *m, char *text)
{
	char *from = text;
	bool code = false;

	for (char *t = text; *t; t++) {
		char *rest = NULL, *at = t;

		if (*t == '`')
			code = !code;
		if (*t != '[' || code)
			continue;
		*at = '\0';
		html_sentence(m->out, from);
		*at = '[';
		from = at;
		if (put_link(m, at, &rest)) {
			from = rest;
			t = rest - 1;
		}
	}
	html_sentence(m->out, from);
}

/* --- blocks ---- */

static void flush_text(struct md *m)
{
	if (!m->octets)
		return;
	fputs(m->in == LIST ? "<li>" : "<p>", m->out);
	put_inline(m, m->text);
	fputs(m->in == LIST ? "</li>\n" : "</p>\n", m->out);
	m->octets = 0;
}

static void turn(struct md *m, int to)
{
	flush_text(m);
	if ((int)m->in == to)
		return;
	if (m->in == LIST)
		fputs("</ul>\n", m->out);
	else if (m->in == CODE)
		fputs("</pre>\n", m->out);
	if (to == LIST)
		fputs("<ul>\n", m->out);
	else if (to == CODE)
		fputs("<pre>", m->out);
	m->in = to == LIST ? LIST : to == CODE ? CODE : to == PARAGRAPH ? PARAGRAPH : NOTHING;
}

static void add(struct md *m, const char *text, size_t octets)
{
	if (m->octets + octets + 2 > sizeof(m->text))
		return;
	if (m->octets)
		m->text[m->octets++] = ' ';
	memcpy(m->text + m->octets, text, octets);
	m->octets += octets;
	m->text[m->octets] = '\0';
}

static void put_code(const struct md *m, const char *line, size_t octets)
{
	char text[PARAGRAPH_MAX];

	if (octets >= sizeof(text))
		octets = sizeof(text) - 1;
	memcpy(text, line, octets);
	text[octets] = '\0';
	html_put(m->out, "%s\n", text);
}

static void put_block(struct md *m, const char *line, size_t octets)
{
	if (!octets) {
		turn(m, NOTHING);
	} else if (octets > 4 && !memcmp(line, "    ", 4) && m->in != PARAGRAPH && m->in != LIST) {
		turn(m, CODE);
		put_code(m, line + 4, octets - 4);
	} else if (octets > 3 && !memcmp(line, "## ", 3)) {
		turn(m, NOTHING);
		add(m, line + 3, octets - 3);
		html_put(m->out, "<h3>%s</h3>\n", m->text);
		m->octets = 0;
	} else if (octets > 2 && !memcmp(line, "- ", 2)) {
		turn(m, LIST);
		add(m, line + 2, octets - 2);
	} else {
		while (octets && isspace((unsigned char)*line)) {
			line++;
			octets--;
		}
		if (m->in != LIST && m->in != PARAGRAPH)
			turn(m, PARAGRAPH);
		add(m, line, octets);
	}
}

static void put_page(const struct html *h, const char *page)
{
	struct md m = { .h = h, .out = h->out };

	page += strcspn(page, "\n"); /* its heading */
	while (*page) {
		size_t n = strcspn(page, "\n");

		put_block(&m, page, n);
		page += n + (page[n] == '\n');
	}
	turn(&m, NOTHING);
}

/* A form without its page: where values stand there is <...>. */
static void put_form(FILE *out, const char *form)
{
	char text[PARAGRAPH_MAX];
	size_t octets = 0;

	while (*form && octets < sizeof(text) - 8) {
		if (*form != '%') {
			text[octets++] = *form++;
			continue;
		}
		memcpy(text + octets, "<...>", 5);
		octets += 5;
		form += 1 + strspn(form + 1, "-+ #0123456789.*hlz");
		form += *form != '\0';
	}
	text[octets] = '\0';
	html_put(out, "<p>Another release prints it; there is no page of it.</p>\n<pre>%s</pre>\n", text);
}

/* What its page says first of when it comes, in the line that opens it. */
static void put_when(const struct html *h, const char *page)
{
	static const char heading[] = "\n## When\n";
	struct md m = { .h = h, .out = h->out };
	const char *when = strstr(page, heading);
	bool code = false;

	if (!when)
		return;
	when += sizeof(heading) - 1;
	when += strspn(when, "\n");
	while (*when && *when != '\n') {
		size_t n = strcspn(when, "\n");

		add(&m, when, n);
		when += n + (when[n] == '\n');
	}
	for (char *t = m.text; m.octets && *t; t++) {
		code ^= *t == '`';
		if (!code && t[0] == '.' && (t[1] == ' ' || !t[1])) {
			t[1] = '\0';
			break;
		}
	}
	if (!strchr(m.text, '['))
		html_sentence(h->out, m.text);
}

void html_pages(struct html *h)
{
	bool any = false;

	for (size_t i = 0; i < MSG_COUNT; i++) {
		const struct message *m = h->seen[i];

		if (!m)
			continue;
		if (!any)
			fputs("<section id=\"messages\" aria-labelledby=\"messages-title\">\n"
			      "<h2 id=\"messages-title\">Messages in this log</h2>\n",
			      h->out);
		any = true;
		html_put(h->out, "<details class=\"page\">\n<summary><code>%s</code> <span>", m->name);
		put_when(h, m->page);
		html_put(h->out, "</span></summary>\n<article id=\"m-%s\" aria-label=\"%s\">\n", m->name, m->name);
		if (*m->page)
			put_page(h, m->page);
		else
			put_form(h->out, m->form);
		fputs("</article>\n</details>\n", h->out);
	}
	if (any)
		fputs("</section>\n", h->out);
}
