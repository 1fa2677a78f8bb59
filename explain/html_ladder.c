/* The messages of a peer as a ladder: a line for each router, and between them an arrow for each message, which opens. */
#include "explain/html.h"

#include "explain/cause.h"

#include <inttypes.h>
#include <string.h>

struct ladder {
	struct html *h;
	const struct story_peer *peer;
	const struct story_exchange *exchange;
	unsigned peer_number, exchange_number, step_number;
	int64_t before; /* of the step before */
};

/* In a few words, beside the arrow. */
static const char *const briefs[STORY_PHASES] = {
	[STORY_MM1] = "offers ISAKMP policies",
	[STORY_MM2] = "the policy that was chosen",
	[STORY_MM3] = "Diffie-Hellman and nonce",
	[STORY_MM4] = "Diffie-Hellman and nonce",
	[STORY_MM5] = "identity and hash, encrypted",
	[STORY_MM6] = "identity and hash, encrypted",
	[STORY_AM1] = "policies, Diffie-Hellman, identity",
	[STORY_AM2] = "the policy, Diffie-Hellman, identity, hash",
	[STORY_AM3] = "hash",
	[STORY_QM1] = "offers transforms and proxy identities",
	[STORY_QM2] = "the transform that was chosen",
	[STORY_QM3] = "hash: the SAs are used",
	[STORY_INFO] = "",
	[STORY_LOCAL] = "nothing on the wire",
};

const char *html_here(const struct story_peer *p)
{
	return *p->host ? p->host : *p->local ? p->local : "This router";
}

const char *html_there(const struct story_peer *p)
{
	return *p->address ? p->address : "a peer of unknown address";
}

/* --- lines ---- */

/* Is it the first line that shows a failure? */
static bool shows(const struct story_peer *p, uint64_t number)
{
	const struct story_finding *f;

	TAILQ_FOREACH (f, &p->findings, link)
		if (f->line == number && story_is_failure(f))
			return true;
	return false;
}

static void put_line(const struct ladder *l, const struct story_line *line, const struct message *before)
{
	struct html *h = l->h;

	if (shows(l->peer, line->number))
		html_put(h->out,
			 "<li class=\"shows\"><span class=\"no\"><span class=\"cross\">×</span>%" PRIu64 "</span>",
			 line->number);
	else
		html_put(h->out, "<li><span class=\"no\">%" PRIu64 "</span>", line->number);
	html_put(h->out, "<pre>%s</pre>", line->text);
	if (line->message && line->message != before) {
		html_put(h->out, "<a href=\"#m-%s\">%s</a>", line->message->name, line->message->name);
	} else if (!line->message) {
		fputs("<span class=\"unknown\">unknown</span>", h->out);
	}
	fputs("</li>\n", h->out);
}

static void put_lines(const struct ladder *l, const struct story_step *s)
{
	FILE *const out = l->h->out;
	const unsigned lines = s->line_count < l->h->lines ? s->line_count : (unsigned)l->h->lines;
	const unsigned more = s->line_count - lines + s->lines_more;

	if (lines)
		fputs("<ol class=\"log\">\n", out);
	for (unsigned i = 0; i < lines; i++)
		put_line(l, &s->lines[i], i ? s->lines[i - 1].message : NULL);
	if (lines)
		fputs("</ol>\n", out);
	if (more)
		html_put(out, "<p class=\"left-out\">%u %sline%s of this step: left out.</p>\n", more,
			 lines ? "more " : "", html_plural(more));
	if (!lines && !more)
		fputs("<p>No line of the log is about this message.</p>\n", out);
	l->h->lines -= lines;
}

/* --- a step ---- */

static const struct story_finding *failure_at(const struct ladder *l, const struct story_step *s, unsigned *number)
{
	const struct story_finding *f, *found = NULL;
	unsigned i = 1;

	TAILQ_FOREACH (f, &l->peer->findings, link) {
		if (f->step == s && (!found || (f->first && !found->first))) {
			found = f;
			*number = i;
		}
		i++;
	}
	return found;
}

/* How much room the time before a step gets: a class for each step of the scale. */
static unsigned room(int64_t from, int64_t to)
{
	static const int64_t scale_ms[] = { 1, 5, 20, 100, 500, 2000, 10000, 60000 };
	unsigned i = 0;

	if (from == STORY_NO_TIME || to == STORY_NO_TIME || to < from)
		return 0;
	while (i < sizeof(scale_ms) / sizeof(scale_ms[0]) && to - from >= scale_ms[i])
		i++;
	return i;
}

/* The whole of it as one sentence, for who does not see the ladder. */
static void put_label(const struct ladder *l, const struct story_step *s, const struct story_finding *f)
{
	FILE *const out = l->h->out;
	const char *here = html_here(l->peer), *there = html_there(l->peer), *name = story_phase_name(s->phase);
	char buf[32], title[HTML_TITLE];

	if (!s->on_wire)
		html_put(out, "%s, nothing on the wire", here);
	else if (s->sent)
		html_put(out, "%s sends %s to %s", here, name, there);
	else
		html_put(out, "%s receives %s from %s", here, name, there);
	if (*s->detail)
		html_put(out, ": %s,", s->detail);
	if (s->at_ms != STORY_NO_TIME)
		html_put(out, " at %s", html_clock(s->at_ms, buf));
	if (*html_span(l->before, s->at_ms, buf))
		html_put(out, ", %s later", buf);
	if (s->repeats)
		html_put(out, ", repeated %u time%s", s->repeats, html_plural(s->repeats));
	if (s->inferred)
		html_put(out, ", inferred from what follows");
	if (f && story_is_failure(f))
		html_put(out, ". It fails here: %s", html_title(f, title));
	html_put(out, ". %u line%s", s->line_count + s->lines_more, html_plural(s->line_count + s->lines_more));
}

static void put_when(const struct ladder *l, const struct story_step *s)
{
	char clock[32], gap[32];

	html_clock(s->at_ms, clock);
	html_span(l->before, s->at_ms, gap);
	html_put(l->h->out, "<span class=\"when\"><span>%s</span>", clock);
	if (*gap)
		html_put(l->h->out, " <span class=\"gap\">+%s</span>", gap);
	fputs("</span>\n", l->h->out);
}

static void put_summary(const struct ladder *l, const struct story_step *s, const struct story_finding *f)
{
	FILE *const out = l->h->out;
	const unsigned lines = s->line_count + s->lines_more;
	char title[HTML_TITLE];
	const char *brief = s->on_wire || !*s->detail ? briefs[s->phase] : "";

	fputs("<summary aria-label=\"", out);
	put_label(l, s, f);
	fputs("\">\n", out);
	put_when(l, s);
	html_put(out, "<span class=\"what\"><strong>%s</strong>",
		 s->on_wire ? story_phase_name(s->phase) : "On this router");
	if (s->on_wire)
		html_put(out, " <span class=\"way\">%s</span>", s->sent ? "sent" : "received");
	html_put(out, " <span class=\"brief\">%s%s%s</span>", brief, *brief && *s->detail ? "; " : "", s->detail);
	if (s->repeats)
		html_put(out, " <span class=\"tag\">and %u more time%s</span>", s->repeats, html_plural(s->repeats));
	if (s->inferred)
		html_put(out, " <span class=\"tag\">inferred, not in the log</span>");
	fputs("</span>\n", out);
	html_put(out, "<span class=\"count\">%u line%s</span>\n", lines, html_plural(lines));
	if (s->on_wire)
		fputs("<span class=\"arrow\"></span>\n", out);
	if (f && story_is_failure(f))
		html_put(out, "<span class=\"fails\"><span class=\"cross\">×</span> Fails here: %s</span>\n",
			 html_title(f, title));
	else if (f)
		html_put(out, "<span class=\"differs\">Differs here: %s</span>\n", fault_title(f->fault));
	fputs("</summary>\n", out);
}

static void put_about(const struct ladder *l, const struct story_step *s, const struct story_finding *f,
		      unsigned finding)
{
	FILE *const out = l->h->out;
	char buf[STORY_CONFIG], title[HTML_TITLE];
	const char *config = story_config(l->peer, l->exchange, s->phase, buf, sizeof(buf));

	fputs("<p>", out);
	html_sentence(out, story_phase_about(s->phase, s->on_wire && !s->sent));
	if (s->my_port)
		html_put(out, s->sent ? " From UDP port %u here to %u there." : " To UDP port %u here from %u there.",
			 s->my_port, s->peer_port);
	fputs("</p>\n", out);
	if (s->inferred)
		fputs("<p>No line tells of this message itself: what follows it shows that it was there.</p>\n", out);
	if (f)
		html_put(out, "<p><a href=\"#p%u-f%u\">%s: what it means and what to do</a></p>\n", l->peer_number,
			 finding, html_title(f, title));
	if (*config)
		html_put(out, "<p class=\"of-config\">Related configuration</p>\n<pre class=\"config\">%s</pre>\n",
			 config);
}

static void put_step(struct ladder *l, const struct story_step *s)
{
	FILE *const out = l->h->out;
	unsigned finding = 0;
	const struct story_finding *f = failure_at(l, s, &finding);
	const bool fails = f && story_is_failure(f);

	html_put(out, "<li id=\"p%u-x%u-s%u\" class=\"step t%u%s%s%s%s\">\n<details>\n", l->peer_number,
		 l->exchange_number, l->step_number, l->step_number > 1 ? room(l->before, s->at_ms) : 0,
		 s->on_wire ? s->sent ? " sent" : " received" : " local", s->inferred ? " inferred" : "",
		 s->repeats ? " repeated" : "", fails ? " failing" : "");
	put_summary(l, s, f);
	fputs("<div class=\"body\">\n", out);
	put_about(l, s, f, finding);
	put_lines(l, s);
	fputs("</div>\n</details>\n</li>\n", out);
	if (s->at_ms != STORY_NO_TIME)
		l->before = s->at_ms;
}

/* --- an exchange ---- */

static void put_values(FILE *out, const struct story_exchange *x)
{
	if (!x->value_count)
		return;
	html_put(out,
		 "<table class=\"values\">\n<caption>Agreed upon%s</caption>\n<thead><tr><th scope=\"col\">What</th>"
		 "<th scope=\"col\">Value</th><th scope=\"col\">Configuration</th></tr></thead>\n<tbody>\n",
		 x->outcome == STORY_FAILED ? " before it failed" : "");
	for (unsigned i = 0; i < x->value_count; i++)
		html_put(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td><code>%s</code></td></tr>\n",
			 x->values[i].what, x->values[i].value, x->values[i].config);
	fputs("</tbody>\n</table>\n", out);
}

static void put_title(const struct ladder *l, const struct story_exchange *x)
{
	static const char *const roles[] = { "", "this router began", "the peer began" };
	static const char *const outcomes[] = { "open: the log does not show its end", "complete", "failed" };
	static const char *const classes[] = { "open", "done", "failed" };
	static const char *const signs[] = { "…", "✓", "×" };
	FILE *const out = l->h->out;
	const bool negotiation = x->kind <= STORY_QUICK;

	html_put(out, "<h4 id=\"p%u-x%u-title\">%s", l->peer_number, l->exchange_number,
		 x->kind == STORY_OTHER ? "Outside of exchanges" : story_kind_name(x->kind));
	if (negotiation)
		html_put(out, " <span class=\"outcome %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
			 classes[x->outcome], signs[x->outcome], outcomes[x->outcome]);
	fputs("</h4>\n<p class=\"facts\">", out);
	if (negotiation && x->role)
		html_put(out, "<span>%s</span> ", roles[x->role]);
	if (x->conn_id)
		html_put(out, "<span>IKE SA %u</span> ", x->conn_id);
	if (x->message_id)
		html_put(out, "<span>message ID %u</span> ", x->message_id);
	if (*x->proxies)
		html_put(out, "<span>%s</span>", x->proxies);
	fputs("</p>\n", out);
}

static void put_exchange(struct ladder *l, const struct story_exchange *x)
{
	const struct story_step *s = TAILQ_FIRST(&x->steps);
	FILE *const out = l->h->out;

	html_put(
		out,
		"<section id=\"p%u-x%u\" class=\"exchange t%u\" aria-labelledby=\"p%u-x%u-title\">\n<div class=\"band\">\n",
		l->peer_number, l->exchange_number, s ? room(l->before, s->at_ms) : 0, l->peer_number,
		l->exchange_number);
	put_title(l, x);
	fputs("</div>\n", out);
	l->step_number = 1;
	if (!TAILQ_EMPTY(&x->steps))
		fputs("<ol class=\"steps\">\n", out);
	TAILQ_FOREACH (s, &x->steps, link) {
		put_step(l, s);
		l->step_number++;
	}
	if (!TAILQ_EMPTY(&x->steps))
		fputs("</ol>\n", out);
	put_values(out, x);
	fputs("</section>\n", out);
}

static void put_routers(FILE *out, const struct story_peer *p)
{
	html_put(out, "<div class=\"routers\" aria-hidden=\"true\">\n<div><strong>%s</strong>", html_here(p));
	if (*p->host && *p->local)
		html_put(out, " <span>%s</span>", p->local);
	html_put(out, "</div>\n<div><strong>%s</strong> <span>peer</span></div>\n</div>\n", html_there(p));
}

void html_ladder(struct html *h, const struct story_peer *p, unsigned number)
{
	struct ladder l = { .h = h, .peer = p, .peer_number = number, .before = STORY_NO_TIME };
	const struct story_exchange *x;

	html_put(h->out, "<h3 id=\"p%u-ladder\">Messages</h3>\n", number);
	if (p->exchanges_before)
		html_put(h->out, "<p class=\"left-out\">%" PRIu64 " older exchange%s left out.</p>\n",
			 p->exchanges_before, p->exchanges_before == 1 ? " is" : "s are");
	fputs("<div class=\"ladder\">\n", h->out);
	put_routers(h->out, p);
	TAILQ_FOREACH (x, &p->exchanges, link) {
		l.exchange = x;
		l.exchange_number++;
		put_exchange(&l, x);
	}
	fputs("</div>\n", h->out);
}
