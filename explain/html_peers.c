/* Peers as a whole: how their negotiations ended, and for which of many the page has room. */
#include "explain/html.h"

#include <stdlib.h>

/* --- how it ended ---- */

struct tally {
	unsigned all, done, failed;
	const struct story_exchange *last;
};

static struct tally tally(const struct story_peer *p, bool quick)
{
	const struct story_exchange *x;
	struct tally t = { 0 };

	TAILQ_FOREACH (x, &p->exchanges, link) {
		if (quick ? x->kind != STORY_QUICK : x->kind != STORY_MAIN && x->kind != STORY_AGGRESSIVE)
			continue;
		t.all++;
		t.done += x->outcome == STORY_DONE;
		t.failed += x->outcome == STORY_FAILED;
		t.last = x;
	}
	return t;
}

static void put_tally(FILE *out, const struct tally *t)
{
	static const char *const ends[] = { "open at the end of the log", "complete", "failed" };
	static const char *const classes[] = { "open", "done", "failed" };
	static const char *const signs[] = { "…", "✓", "×" };

	if (!t->all) {
		fputs("not in this log", out);
		return;
	}
	html_put(out, "<span class=\"outcome %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
		 classes[t->last->outcome], signs[t->last->outcome], ends[t->last->outcome]);
	if (t->all > 1)
		html_put(out, " <span class=\"of\">the last of %u: %u complete, %u failed, %u open</span>", t->all,
			 t->done, t->failed, t->all - t->done - t->failed);
}

const struct story_finding *html_first_failure(const struct story_peer *p, unsigned *index)
{
	const struct story_finding *f;

	*index = 0;
	TAILQ_FOREACH (f, &p->findings, link) {
		++*index;
		if (f->first && story_is_failure(f))
			return f;
	}
	return NULL;
}

const char *html_title(const struct story_finding *f, char buf[HTML_TITLE])
{
	const unsigned n = story_alternatives(f);

	if (n == 1)
		return fault_title(f->fault);
	snprintf(buf, HTML_TITLE, "One of %u things, and the log does not tell which", n);
	return buf;
}

void html_verdict(FILE *out, const struct story_peer *p, unsigned number)
{
	const struct tally one = tally(p, false), two = tally(p, true);
	char title[HTML_TITLE];
	unsigned index;
	const struct story_finding *f = html_first_failure(p, &index);

	fputs("<dl class=\"verdict\">\n<div><dt>Phase 1</dt><dd>", out);
	put_tally(out, &one);
	fputs("</dd></div>\n<div><dt>Phase 2</dt><dd>", out);
	put_tally(out, &two);
	fputs("</dd></div>\n<div><dt>Went wrong first</dt><dd>", out);
	if (f)
		html_put(out, "<a href=\"#p%u-f%u\">%s</a>", number, index, html_title(f, title));
	else if (p->failed_line || one.failed + two.failed)
		fputs("something, and no line tells what", out);
	else
		fputs("nothing that this log shows", out);
	fputs("</dd></div>\n</dl>\n", out);
}

/* --- which of them ---- */

static size_t steps_of(const struct story_peer *p)
{
	const struct story_exchange *x;
	const struct story_step *s;
	size_t n = 0;

	TAILQ_FOREACH (x, &p->exchanges, link)
		TAILQ_FOREACH (s, &x->steps, link)
			n++;
	return n;
}

bool html_pick(struct html *h, const struct story *s)
{
	const struct story_peer *p;
	size_t peers = 0, steps = 0, all = 0;
	unsigned number, index;

	TAILQ_FOREACH (p, &s->peers, link)
		all++;
	h->picked = calloc(all + 1, sizeof(*h->picked));
	if (!h->picked)
		return false;
	for (int failed = 1; failed >= 0; failed--) {
		number = 0;
		TAILQ_FOREACH (p, &s->peers, link) {
			size_t more = steps_of(p);

			number++;
			if ((html_first_failure(p, &index) != NULL) != failed || peers == HTML_PEERS ||
			    (peers && steps + more > HTML_STEPS))
				continue;
			h->picked[number] = true;
			peers++;
			steps += more;
		}
	}
	h->others = (unsigned)(all - peers);
	return true;
}

void html_others(const struct html *h, const struct story *s)
{
	const struct story_peer *p;
	unsigned number = 0, rows = 0, index;
	char title[HTML_TITLE];

	if (!h->others)
		return;
	fputs("<section id=\"others\" aria-labelledby=\"others-title\">\n<h2 id=\"others-title\">Other peers</h2>\n"
	      "<p>The page has no room for their messages: explain their part of the log alone.</p>\n"
	      "<table class=\"peers\">\n<thead><tr><th scope=\"col\">Peer</th><th scope=\"col\">Phase 1</th>"
	      "<th scope=\"col\">Phase 2</th><th scope=\"col\">Went wrong first</th></tr></thead>\n<tbody>\n",
	      h->out);
	TAILQ_FOREACH (p, &s->peers, link) {
		const struct story_finding *f = html_first_failure(p, &index);
		const struct tally one = tally(p, false), two = tally(p, true);

		if (h->picked[++number] || rows == HTML_ROWS)
			continue;
		rows++;
		html_put(h->out, "<tr><th scope=\"row\">%s</th><td>", html_there(p));
		put_tally(h->out, &one);
		fputs("</td><td>", h->out);
		put_tally(h->out, &two);
		html_put(h->out, "</td><td>%s</td></tr>\n", f ? html_title(f, title) : "nothing that this log shows");
	}
	fputs("</tbody>\n</table>\n", h->out);
	if (rows < h->others)
		html_put(h->out, "<p class=\"left-out\">%u more peer%s left out.</p>\n", h->others - rows,
			 h->others - rows == 1 ? " is" : "s are");
	fputs("</section>\n", h->out);
}
