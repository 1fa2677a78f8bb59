/*
 * Logs of debug lines, from anywhere: lines, stamps, wrapped pieces, the catalogue, and the story.
 *
 * The first octet chooses the size of pieces; in whatever pieces a log comes, its story must be the same. What the story
 * keeps of a peer is bounded; its JSON is JSON, its text has nothing in it that a terminal obeys, and its page has the page's elements only, each of
 * which ends, attributes in quotes and entities that HTML knows.
 */
#include "explain/read.h"
#include "fuzz/is_json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

static struct story *read_log(const struct message_catalog *c, const char *log, size_t octets, size_t piece)
{
	struct reader *r = reader_new(c);

	demand(r != NULL);
	for (size_t i = 0; i < octets; i += piece)
		demand(reader_feed(r, log + i, octets - i < piece ? octets - i : piece));
	return reader_end(r);
}

enum form { TEXT, JSON, PAGE };

static char *told(const struct story *s, enum form form)
{
	char *text = NULL;
	size_t octets;
	FILE *f = open_memstream(&text, &octets);

	demand(f != NULL);
	demand((form == JSON ? story_json(s, f) : form == PAGE ? story_html(s, f, "log") : story_text(s, f, 60)) == 0);
	fclose(f);
	return text;
}

/* What a terminal shows: no escape sequence, none of the controls of ISO 6429 that are one octet or a character of UTF-8. */
static void is_plain(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		demand((*p >= ' ' && *p != 0x7f) || *p == '\n' || *p == '\t');
		demand(!(p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0));
	}
}

/* &amp; &#39; and the like */
static void is_entity(const char *p)
{
	static const char *const names[] = { "amp;", "lt;", "gt;", "quot;", "#39;", "apos;", "nbsp;" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(p, names[i], strlen(names[i])))
			return;
	demand(*p == '#' && strspn(p + 1, "0123456789") && p[1 + strspn(p + 1, "0123456789")] == ';');
}

/* Of an element, up to its end, which is returned: names, and values in quotes. */
static const char *attributes(const char *p)
{
	while (*p == ' ' || *p == '\n') {
		p += strspn(p, " \n");
		p += strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:");
		if (*p != '=')
			continue;
		demand(*++p == '"');
		for (p++; *p != '"'; p++) {
			demand(*p && *p != '<');
			if (*p == '&')
				is_entity(p + 1);
		}
		p++;
	}
	p += *p == '/';
	demand(*p == '>');
	return p;
}

/* Elements end in their order, and none is there that the page has none of; no octet that XML has no place for. */
static void is_page(const char *page)
{
	const char *open[64];
	size_t depth = 0, n;

	for (const char *t = strchr(page, '\n'); *t; t++) {
		demand((unsigned char)*t >= ' ' || *t == '\n' || *t == '\t');
		if (*t == '&')
			is_entity(t + 1);
		if (*t != '<')
			continue;
		n = strcspn(t + 1 + (t[1] == '/'), " >\n");
		if (t[1] == '/') {
			demand(depth && !strncmp(open[--depth], t + 2, n));
			continue;
		}
		demand(n && depth < 64 && strncmp(t, "<script", 7) && strncmp(t, "<img", 4) && strncmp(t, "<link", 5));
		if (strncmp(t, "<meta", 5) != 0)
			open[depth++] = t + 1;
		if (strncmp(t, "<style", 6) != 0)
			t = attributes(t + 1 + n);
		else
			t = strstr(t, "</style>") - 1;
	}
	demand(!depth);
}

static void is_bounded(const struct story *s)
{
	const struct story_peer *p;
	const struct story_exchange *x;
	const struct story_step *step;
	unsigned peers = 0;

	TAILQ_FOREACH (p, &s->peers, link) {
		unsigned exchanges = 0, findings = 0;
		const struct story_finding *f;

		peers++;
		TAILQ_FOREACH (x, &p->exchanges, link) {
			exchanges++;
			TAILQ_FOREACH (step, &x->steps, link)
				demand(step->phase < STORY_PHASES && step->line_count <= STORY_LINES && step->detail);
		}
		TAILQ_FOREACH (f, &p->findings, link) {
			findings++;
			demand(f->fault > FAULT_NONE && f->fault < FAULT_COUNT && f->count);
		}
		demand(exchanges == p->exchange_count && exchanges <= STORY_EXCHANGES && findings == p->finding_count);
	}
	demand(peers == s->peer_count);
	demand(s->message_lines + s->unknown_lines <= s->lines + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message_catalog *c;
	struct story *whole, *pieces;
	char *a, *b;

	if (!size)
		return 0;
	if (!c)
		c = message_catalog_new();
	demand(c != NULL);
	whole = read_log(c, (const char *)data + 1, size - 1, size);
	pieces = read_log(c, (const char *)data + 1, size - 1, 1 + data[0]);
	demand(whole && pieces);
	is_bounded(whole);
	a = told(whole, JSON);
	b = told(pieces, JSON);
	demand(!strcmp(a, b) && is_json(a));
	free(a);
	free(b);
	a = told(whole, TEXT);
	is_plain(a);
	free(a);
	a = told(whole, PAGE);
	is_page(a);
	free(a);
	story_free(whole);
	story_free(pieces);
	return 0;
}
