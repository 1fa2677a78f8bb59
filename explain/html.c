/*
 * A story as one page that needs nothing else: what went wrong and what to do about it first, then the ladder of each
 * peer, then the pages of the messages that occur. No script; what opens is <details>.
 */
#include "explain/html.h"

#include "explain/cause.h"
#include "explain/read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- what went wrong ---- */

/* A command of cause.def; an A at its end stands for the address of the other side. */
static void put_command(FILE *out, const char *where, const char *text, const char *address)
{
	char but_a[256];
	const size_t n = strlen(text);

	if (!n)
		return;
	html_put(out, "<dt>%s</dt><dd><kbd>", where);
	if (*address && n > 2 && n < sizeof(but_a) && !strcmp(text + n - 2, " A")) {
		memcpy(but_a, text, n - 1);
		but_a[n - 1] = '\0';
		html_put(out, "%s%s", but_a, address);
	} else {
		html_put(out, "%s", text);
	}
	fputs("</kbd></dd>", out);
}

static void put_causes(FILE *out, const struct story_peer *p, const struct fault_about *a)
{
	fputs("<h5>Causes, the most probable first</h5>\n<ol class=\"causes\">\n", out);
	for (unsigned i = 0; i < a->cause_count; i++) {
		const struct cause *c = &a->causes[i];

		fputs("<li>", out);
		html_sentence(out, c->text);
		if (*c->confirm || *c->confirm_peer) {
			fputs("\n<dl class=\"confirm\">", out);
			put_command(out, "Confirm here", c->confirm, p ? p->address : "");
			put_command(out, "On the peer", c->confirm_peer, p ? p->local : "");
			fputs("</dl>", out);
		}
		fputs("</li>\n", out);
	}
	fputs("</ol>\n", out);
}

static void put_two_values(FILE *out, const struct story_finding *f)
{
	if (!*f->ours && !*f->theirs)
		return;
	fputs("<dl class=\"sides\">", out);
	if (*f->ours)
		html_put(out, "<div><dt>This router</dt><dd>%s</dd></div>", f->ours);
	if (*f->theirs)
		html_put(out, "<div><dt>The peer</dt><dd>%s</dd></div>", f->theirs);
	fputs("</dl>\n", out);
}

static void put_part(FILE *out, const char *title, const char *text)
{
	if (!*text)
		return;
	html_put(out, "<h5>%s</h5>\n<p>", title);
	html_sentence(out, text);
	fputs("</p>\n", out);
}

/* Where its step is on the page: exchanges and steps are numbered from 1. */
static void put_place(FILE *out, const struct story_peer *p, unsigned number, const struct story_finding *f)
{
	const struct story_exchange *x;
	const struct story_step *s;
	unsigned xn = 0, sn;

	if (!p || !f->step)
		return;
	TAILQ_FOREACH (x, &p->exchanges, link) {
		xn++;
		sn = 0;
		TAILQ_FOREACH (s, &x->steps, link) {
			sn++;
			if (s == f->step) {
				html_put(out, " <span><a href=\"#p%u-x%u-s%u\">%s %s</a></span>", number, xn, sn,
					 story_kind_name(x->kind),
					 s->on_wire ? story_phase_name(s->phase) : "on this router");
				return;
			}
		}
	}
}

static const char *certainty_text(enum story_certainty c)
{
	return c == STORY_CERTAIN  ? "Certain: the log shows it"
	       : c == STORY_LIKELY ? "Likely: the log does not show all of it"
				   : "Possible: the log shows little of it";
}

/* What is known of a fault, in two columns; without what the log tells of it unless it stands alone. */
static void put_parts(FILE *out, const struct story_peer *p, const struct story_finding *f, bool alone)
{
	const struct fault_about *a = fault_about(f->fault);

	fputs("<div class=\"parts\">\n<div>\n<p>", out);
	html_sentence(out, a->meaning);
	fputs("</p>\n", out);
	if (alone)
		put_two_values(out, f);
	put_causes(out, p, a);
	fputs("</div>\n<div>\n", out);
	put_part(out, "What to change", a->cure);
	if (*a->config) {
		fputs("<h5>The configuration it belongs to</h5>\n", out);
		html_config(out, a->config);
		fputs("\n", out);
	}
	if (alone)
		put_part(out, "What this log does not show", f->missing);
	put_part(out, "What one side cannot know", a->hidden);
	fputs("</div>\n</div>\n", out);
}

/* p: NULL for what went wrong with no peer. */
static void put_head_of(FILE *out, const struct story_peer *p, unsigned number, const struct story_finding *f,
			unsigned index)
{
	char title[HTML_TITLE];
	const bool fails = story_is_failure(f);

	html_put(out,
		 "<article id=\"p%u-f%u\" class=\"finding%s%s\" aria-labelledby=\"p%u-f%u-title\">\n"
		 "<p class=\"kind\">%s</p>\n<h4 id=\"p%u-f%u-title\">%s</h4>\n<p class=\"facts\"><span>%s</span> "
		 "<span>line %" PRIu64 "</span>",
		 number, index, fails ? " failure" : "", f->first ? " first" : "", number, index,
		 !fails     ? "It differs and does no harm"
		 : f->first ? "This went wrong first"
			    : "This went wrong, too",
		 number, index, html_title(f, title), certainty_text(f->certainty), f->line);
	put_place(out, p, number, f);
	if (f->count > 1)
		html_put(out, " <span>%u times</span>", f->count);
	fputs("</p>\n", out);
}

static const char *confirms(const struct story_finding *f, bool on_peer)
{
	const struct cause *c = &fault_about(f->fault)->causes[0];

	return on_peer ? c->confirm_peer : c->confirm;
}

/* What confirms the most probable cause of each, once. */
static void put_commands(FILE *out, const struct story_peer *p, const struct story_finding *first, unsigned count,
			 bool on_peer)
{
	const char *address = !p ? "" : on_peer ? p->local : p->address;
	const struct story_finding *f = first, *o;

	for (; count; count--, f = TAILQ_NEXT(f, link)) {
		for (o = first; o != f && strcmp(confirms(o, on_peer), confirms(f, on_peer)) != 0;)
			o = TAILQ_NEXT(o, link);
		if (o == f)
			put_command(out, on_peer ? "On the peer" : "Confirm here", confirms(f, on_peer), address);
	}
}

/* What the log cannot tell from each other: together, each opening what is known of it. */
static void put_alternatives(FILE *out, const struct story_peer *p, unsigned number, const struct story_finding *f,
			     unsigned index, unsigned count)
{
	put_head_of(out, p, number, f, index);
	put_two_values(out, f);
	put_part(out, "What this log does not show", f->missing);
	fputs("<h5>What tells which it is</h5>\n<dl class=\"confirm\">", out);
	put_commands(out, p, f, count, false);
	put_commands(out, p, f, count, true);
	fputs("</dl>\n", out);
	for (unsigned i = 0; i < count; i++, f = TAILQ_NEXT(f, link)) {
		fputs("<details class=\"either\"", out);
		if (i)
			html_put(out, " id=\"p%u-f%u\"", number, index + i);
		html_put(out, ">\n<summary>%s</summary>\n", fault_title(f->fault));
		put_parts(out, p, f, false);
		fputs("</details>\n", out);
	}
	fputs("</article>\n", out);
}

static void put_findings(FILE *out, const struct story_peer *p, unsigned number, const struct story_findings *list)
{
	const struct story_finding *f = TAILQ_FIRST(list);
	unsigned i = 1;

	while (f) {
		unsigned n = story_alternatives(f);

		if (n > 1) {
			put_alternatives(out, p, number, f, i, n);
		} else {
			put_head_of(out, p, number, f, i);
			put_parts(out, p, f, true);
			fputs("</article>\n", out);
		}
		for (i += n; n; n--)
			f = TAILQ_NEXT(f, link);
	}
}

/* --- a peer ---- */

static void put_peer(struct html *h, const struct story_peer *p, unsigned number)
{
	html_put(
		h->out,
		"<section id=\"p%u\" class=\"peer\" aria-labelledby=\"p%u-title\">\n<h2 id=\"p%u-title\">Peer %s</h2>\n"
		"<p class=\"facts\">",
		number, number, number, *p->address ? p->address : "of unknown address");
	if (*p->local)
		html_put(h->out, "<span>with %s here</span> ", p->local);
	if (*p->vrf)
		html_put(h->out, "<span>VRF %s</span> ", p->vrf);
	if (*p->host)
		html_put(h->out, "<span>log of %s</span>", p->host);
	fputs("</p>\n", h->out);
	html_verdict(h->out, p, number);
	if (!TAILQ_EMPTY(&p->findings)) {
		html_put(h->out, "<h3 id=\"p%u-findings\">What went wrong</h3>\n", number);
		put_findings(h->out, p, number, &p->findings);
	}
	if (!TAILQ_EMPTY(&p->exchanges))
		html_ladder(h, p, number);
	fputs("</section>\n", h->out);
}

/* --- the whole ---- */

static void put_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "base-uri 'none'; form-action 'none'\" />\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
	      "<meta name=\"color-scheme\" content=\"light dark\" />\n<meta name=\"referrer\" content=\"no-referrer\" />\n",
	      out);
	html_put(out, "<title>%s: IKE messages explained</title>\n<style>\n", title);
	for (size_t i = 0; html_css[i]; i++)
		fprintf(out, "%s\n", html_css[i]);
	fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to what went wrong</a>\n", out);
}

static void put_fact(FILE *out, const char *name, uint64_t n)
{
	html_put(out, "<div><dt>%s</dt><dd>%" PRIu64 "</dd></div>\n", name, n);
}

static void put_log(FILE *out, const struct story *s, const char *title)
{
	html_put(out, "<header>\n<p class=\"kind\">IKE messages explained</p>\n<h1>%s</h1>\n<dl class=\"log-facts\">\n",
		 title);
	put_fact(out, "Lines", s->lines);
	put_fact(out, "Known messages", s->message_lines);
	put_fact(out, "Unknown lines", s->unknown_lines);
	put_fact(out, "Other lines", s->other_lines);
	put_fact(out, "Secrets masked", s->masked);
	put_fact(out, "Peers", s->peer_count);
	if (s->left_out)
		put_fact(out, "Lines of further peers", s->left_out);
	if (*s->release)
		html_put(out, "<div><dt>Release</dt><dd>%s</dd></div>\n", s->release);
	fputs("</dl>\n<p>", out);
	if (!s->message_lines)
		html_sentence(
			out,
			"There is no line of `debug crypto isakmp` or `debug crypto ipsec` in this log, nor a crypto "
			"syslog message.");
	else if (!s->stamps)
		html_sentence(out, "No line has a time stamp (`service timestamps debug datetime msec`): times between "
				   "messages are not known. ");
	if (s->peer_count && !s->isakmp)
		html_sentence(out, "There is no line of `debug crypto isakmp`: what was negotiated is not known.");
	if (s->message_lines && !s->peer_count)
		html_sentence(
			out,
			"Nothing was asked for and nothing came. What keeps a tunnel from asking prints no debug "
			"line: its source or destination, the route to the peer, its IPsec profile, `crypto isakmp "
			"enable`. See `show interfaces Tunnel N`, `show ip route`, `show crypto ipsec profile`.");
	fputs("</p>\n</header>\n", out);
}

static void find_messages_of(struct html *h, const struct story_step *s)
{
	for (unsigned i = 0; i < s->line_count; i++) {
		const struct message *m = s->lines[i].message;

		if (m)
			h->seen[m->id] = m;
		h->pages |= m != NULL;
	}
}

/* The messages that the lines are of. */
static void find_messages(struct html *h, const struct story *s)
{
	const struct story_peer *p;
	const struct story_exchange *x;
	const struct story_step *t;
	unsigned number = 1;

	TAILQ_FOREACH (p, &s->peers, link) {
		if (!h->picked[number++])
			continue;
		TAILQ_FOREACH (x, &p->exchanges, link)
			TAILQ_FOREACH (t, &x->steps, link)
				find_messages_of(h, t);
	}
}

static void put_entry(FILE *out, const struct story_peer *p, unsigned number)
{
	unsigned index;
	const struct story_finding *f = html_first_failure(p, &index);
	char title[HTML_TITLE];

	html_put(out, "<li><a href=\"#p%u\">%s</a>", number, html_there(p));
	if (f)
		html_put(out, ": %s", html_title(f, title));
	if (!TAILQ_EMPTY(&p->findings))
		html_put(out, ", <a href=\"#p%u-findings\">what went wrong</a>", number);
	if (!TAILQ_EMPTY(&p->exchanges))
		html_put(out, ", <a href=\"#p%u-ladder\">messages</a>", number);
	fputs("</li>\n", out);
}

static void put_contents(const struct html *h, const struct story *s)
{
	const struct story_peer *p;
	unsigned number = 0;

	fputs("<nav aria-label=\"Contents\">\n<ol>\n", h->out);
	if (!TAILQ_EMPTY(&s->findings))
		fputs("<li><a href=\"#p0\">Of no peer</a></li>\n", h->out);
	TAILQ_FOREACH (p, &s->peers, link)
		if (h->picked[++number])
			put_entry(h->out, p, number);
	if (h->others)
		html_put(h->out, "<li><a href=\"#others\">%u other peer%s</a></li>\n", h->others,
			 html_plural(h->others));
	if (h->pages)
		fputs("<li><a href=\"#messages\">Messages in this log</a></li>\n", h->out);
	if (s->unknown_count)
		fputs("<li><a href=\"#unknown\">Lines that are not known</a></li>\n", h->out);
	fputs("<li><a href=\"#about\">How to read this page</a></li>\n</ol>\n</nav>\n", h->out);
}

static void put_unknown(FILE *out, const struct story *s)
{
	if (!s->unknown_count)
		return;
	fputs("<section id=\"unknown\" aria-labelledby=\"unknown-title\">\n<h2 id=\"unknown-title\">Lines that are not "
	      "known</h2>\n<p>They are of the crypto debugs, and like no message of the catalogue.</p>\n"
	      "<ol class=\"log\">\n",
	      out);
	for (unsigned i = 0; i < s->unknown_count; i++)
		html_put(out, "<li><span class=\"no\">%" PRIu64 "</span><pre>%s</pre></li>\n", s->unknown[i].number,
			 s->unknown[i].text);
	fputs("</ol>\n", out);
	if (s->unknown_lines > s->unknown_count)
		html_put(out, "<p class=\"left-out\">%" PRIu64 " more: left out.</p>\n",
			 s->unknown_lines - s->unknown_count);
	fputs("</section>\n", out);
}

static void put_about(FILE *out)
{
	html_put(
		out,
		"<footer id=\"about\">\n<h2>How to read this page</h2>\n<ul>\n"
		"<li>The two upright lines are the router whose log this is, left, and its peer, right. An arrow is a "
		"message. It opens and shows its lines, as they stand in the log; the name beside a line leads to what "
		"the message means.</li>\n"
		"<li>A dashed arrow is inferred: no line tells of the message, what follows does. A double one was "
		"repeated. A red one with a × is where it fails.</li>\n"
		"<li>The more time between messages, the more room, up to a minute. Times are those of the log's "
		"clock.</li>\n"
		"<li>Of a peer the last %u exchanges are shown, of a step the first %u lines. A page has room for %u "
		"peers, first those with which something went wrong, %u steps and %u lines. Whatever is left out is "
		"counted in its place.</li>\n"
		"<li>Keys were masked before anything was written. A character that would not be seen, or would move "
		"others, stands as its number, such as &lt;U+202E&gt;.</li>\n</ul>\n"
		"<p>Written by <code>mainmode explain</code>. The page loads nothing and runs no script.</p>\n</footer>\n",
		(unsigned)STORY_EXCHANGES, (unsigned)STORY_LINES, (unsigned)HTML_PEERS, (unsigned)HTML_STEPS,
		(unsigned)HTML_LINES);
}

static void put_main(struct html *h, const struct story *s)
{
	const struct story_peer *p;
	unsigned number = 0;

	fputs("<main id=\"main\">\n", h->out);
	if (!TAILQ_EMPTY(&s->findings)) {
		fputs("<section id=\"p0\" aria-labelledby=\"p0-title\">\n<h2 id=\"p0-title\">Of no peer</h2>\n"
		      "<h3>What went wrong</h3>\n",
		      h->out);
		put_findings(h->out, NULL, 0, &s->findings);
		fputs("</section>\n", h->out);
	}
	TAILQ_FOREACH (p, &s->peers, link)
		if (h->picked[++number])
			put_peer(h, p, number);
	html_others(h, s);
	put_unknown(h->out, s);
	html_pages(h);
	fputs("</main>\n", h->out);
}

int story_html(const struct story *s, FILE *out, const char *title)
{
	struct html h = { .out = out, .lines = HTML_LINES };

	if (!html_pick(&h, s))
		return -ENOMEM;
	find_messages(&h, s);
	put_head(out, title);
	put_log(out, s, title);
	put_contents(&h, s);
	put_main(&h, s);
	put_about(out);
	fputs("</body>\n</html>\n", out);
	free(h.picked);
	return fflush(out) || ferror(out) ? -(errno ? errno : EIO) : 0;
}
