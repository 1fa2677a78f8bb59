/* A story for a person: of each peer what happened and what to do about it, then its exchanges message by message. */
#include "explain/read.h"

#include "explain/cause.h"
#include "explain/visible.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MIN 40
#define LINE_ROOM 1024

struct page {
	FILE *out;
	unsigned width;
	/* of the peer: what messages carry, and the configuration they relate to, is told of the first of a kind */
	bool told[STORY_PHASES], configured[STORY_PHASES];
};

/* --- lines ---- */

/* Text from column `indent` on; what is too long goes on at column `hang`. */
static void put(const struct page *p, unsigned indent, unsigned hang, const char *text)
{
	unsigned column = indent;
	bool first = true;

	fprintf(p->out, "%*s", (int)indent, "");
	while (*text) {
		size_t n = strcspn(text, " \n");

		if (!first && column + 1 + n > p->width) {
			fprintf(p->out, "\n%*s", (int)hang, "");
			column = hang;
			first = true;
		}
		if (!first) {
			fputc(' ', p->out);
			column++;
		}
		fwrite(text, 1, n, p->out);
		column += (unsigned)n;
		first = false;
		text += n;
		while (*text == ' ' || *text == '\n')
			text++;
	}
	fputc('\n', p->out);
}

static void say(const struct page *p, unsigned indent, unsigned hang, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static void say(const struct page *p, unsigned indent, unsigned hang, const char *format, ...)
{
	char text[LINE_ROOM];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	put(p, indent, hang, text);
}

/* Lines of configuration, as they are. */
static void config(const struct page *p, unsigned indent, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		fprintf(p->out, "%*s%.*s\n", (int)indent, "", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static const char *clock_text(int64_t ms, char buf[32])
{
	const int64_t s = ms / 1000;

	if (ms == STORY_NO_TIME)
		return "";
	snprintf(buf, 32, "%02d:%02d:%02d.%03d", (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60),
		 (int)(ms % 1000));
	return buf;
}

static const char *gap_text(int64_t from, int64_t to, char buf[32])
{
	int64_t ms;

	if (from == STORY_NO_TIME || to == STORY_NO_TIME)
		return "";
	ms = to - from;
	if (ms < 0)
		return "earlier";
	if (ms < 10000)
		snprintf(buf, 32, "+%" PRId64 " ms", ms);
	else if (ms < 600000)
		snprintf(buf, 32, "+%" PRId64 " s", ms / 1000);
	else
		snprintf(buf, 32, "+%" PRId64 " min", ms / 60000);
	return buf;
}

static const char *peer_name(const struct story_peer *p)
{
	return *p->address ? p->address : "(its address is in no line)";
}

/* --- findings ---- */

static const char *certainty_text(enum story_certainty c)
{
	return c == STORY_CERTAIN ? "certain" : c == STORY_LIKELY ? "likely" : "possible";
}

/* A command with the peer's address in it, where it has one. */
static const char *command(const struct story_peer *p, const char *text, char buf[LINE_ROOM])
{
	size_t n = strlen(text);

	if (!p || !*p->address || n < 2 || strcmp(text + n - 2, " A") != 0)
		return text;
	snprintf(buf, LINE_ROOM, "%.*s%s", (int)(n - 1), text, p->address);
	return buf;
}

static void put_causes(const struct page *pg, const struct story_peer *p, const struct fault_about *a)
{
	char buf[LINE_ROOM];

	put(pg, 5, 5, "Causes, the most probable first, and what confirms them:");
	for (unsigned i = 0; i < a->cause_count; i++) {
		const struct cause *c = &a->causes[i];

		say(pg, 7, 10, "%u. %s", i + 1, c->text);
		if (*c->confirm)
			say(pg, 10, 14, "here:    %s", command(p, c->confirm, buf));
		if (*c->confirm_peer)
			say(pg, 10, 14, "on peer: %s", command(NULL, c->confirm_peer, buf));
	}
}

static void put_finding(const struct page *pg, const struct story_peer *p, const struct story_finding *f,
			unsigned number)
{
	const struct fault_about *a = fault_about(f->fault);
	char times[48] = "";

	if (f->count > 1)
		snprintf(times, sizeof(times), ", %u times", f->count);
	say(pg, 2, 5, "%u. %s (%s; line %" PRIu64 "%s%s%s).%s", number, fault_title(f->fault),
	    certainty_text(f->certainty), f->line, f->step && f->step->phase != STORY_LOCAL ? ", " : "",
	    f->step && f->step->phase != STORY_LOCAL ? story_phase_name(f->step->phase) : "", times,
	    f->first && story_is_failure(f) ? " This went wrong first." : "");
	put(pg, 5, 5, a->meaning);
	if (*f->ours)
		say(pg, 5, 10, "This router: %s", f->ours);
	if (*f->theirs)
		say(pg, 5, 10, "The peer: %s", f->theirs);
	if (*a->config)
		say(pg, 5, 10, "Configuration: %s", a->config);
	put_causes(pg, p, a);
	say(pg, 5, 10, "What to change: %s", a->cure);
	if (*f->missing)
		say(pg, 5, 10, "Not in this log: %s", f->missing);
	if (*a->hidden)
		say(pg, 5, 10, "What one side cannot know: %s", a->hidden);
}

static bool said_before(const struct story_finding *first, const struct story_finding *f, const char *confirm,
			bool peer)
{
	for (; first != f; first = TAILQ_NEXT(first, link)) {
		const struct cause *c = &fault_about(first->fault)->causes[0];

		if (!strcmp(peer ? c->confirm_peer : c->confirm, confirm))
			return true;
	}
	return false;
}

/* The commands that tell which of them it is, each once. */
static void put_commands(const struct page *pg, const struct story_peer *p, const struct story_finding *f,
			 unsigned count, bool peer)
{
	const struct story_finding *o = f;
	char buf[LINE_ROOM];

	for (unsigned i = 0; i < count; i++, o = TAILQ_NEXT(o, link)) {
		const struct cause *c = &fault_about(o->fault)->causes[0];
		const char *confirm = peer ? c->confirm_peer : c->confirm;

		if (*confirm && !said_before(f, o, confirm, peer))
			say(pg, 7, 18, "%s %s", peer ? "on peer:" : "here:   ", command(peer ? NULL : p, confirm, buf));
	}
}

/* Causes that the log cannot tell from each other: together, with what would. */
static void put_alternatives(const struct page *pg, const struct story_peer *p, const struct story_finding *f,
			     unsigned count, unsigned number)
{
	const struct story_finding *o = f;
	char times[48] = "";

	if (f->count > 1)
		snprintf(times, sizeof(times), ", %u times", f->count);
	say(pg, 2, 5, "%u. One of these %u, and the log does not tell which (line %" PRIu64 "%s%s%s).%s", number, count,
	    f->line, f->step && f->step->phase != STORY_LOCAL ? ", " : "",
	    f->step && f->step->phase != STORY_LOCAL ? story_phase_name(f->step->phase) : "", times,
	    f->first ? " This went wrong first." : "");
	for (unsigned i = 0; i < count; i++, o = TAILQ_NEXT(o, link))
		say(pg, 7, 9, "- %s", fault_title(o->fault));
	if (*f->theirs)
		say(pg, 5, 10, "The peer: %s", f->theirs);
	put(pg, 5, 5, "What tells which it is:");
	put_commands(pg, p, f, count, false);
	put_commands(pg, p, f, count, true);
	if (*f->missing)
		say(pg, 5, 10, "Not in this log: %s", f->missing);
}

static void put_findings(const struct page *pg, const struct story_peer *p, const struct story_findings *list)
{
	const struct story_finding *f = TAILQ_FIRST(list);
	unsigned number = 1;

	while (f) {
		unsigned n = story_alternatives(f);

		if (n == 1)
			put_finding(pg, p, f, number++);
		else
			put_alternatives(pg, p, f, n, number++);
		while (n--)
			f = TAILQ_NEXT(f, link);
	}
}

/* --- a peer's summary ---- */

struct counts {
	unsigned phase1, phase1_done, phase1_failed, phase2, phase2_done, phase2_failed;
	const struct story_exchange *last1, *last2;
};

static struct counts count(const struct story_peer *p)
{
	const struct story_exchange *x;
	struct counts c = { 0 };

	TAILQ_FOREACH (x, &p->exchanges, link) {
		if (x->kind == STORY_MAIN || x->kind == STORY_AGGRESSIVE) {
			c.phase1++;
			c.phase1_done += x->outcome == STORY_DONE;
			c.phase1_failed += x->outcome == STORY_FAILED;
			c.last1 = x;
		} else if (x->kind == STORY_QUICK) {
			c.phase2++;
			c.phase2_done += x->outcome == STORY_DONE;
			c.phase2_failed += x->outcome == STORY_FAILED;
			c.last2 = x;
		}
	}
	return c;
}

static const char *role_text(enum story_role r)
{
	return r == STORY_INITIATOR   ? "this router began"
	       : r == STORY_RESPONDER ? "the peer began"
				      : "who began is in no line";
}

static const char *outcome_text(enum story_outcome o)
{
	return o == STORY_DONE ? "complete" : o == STORY_FAILED ? "failed" : "open: the log does not show its end";
}

static void put_phase_counts(const struct page *pg, const char *name, unsigned all, unsigned done, unsigned failed,
			     const struct story_exchange *last)
{
	if (!all) {
		say(pg, 2, 4, "%s: the log shows none.", name);
		return;
	}
	say(pg, 2, 4, "%s: %u negotiation%s, %u complete, %u failed, %u open; the last one (%s) %s.", name, all,
	    plural(all), done, failed, all - done - failed, role_text(last->role),
	    last->outcome == STORY_DONE     ? "came up"
	    : last->outcome == STORY_FAILED ? "failed"
					    : "is open at the end of the log");
}

static const struct story_finding *first_of(const struct story_findings *list)
{
	const struct story_finding *f;

	TAILQ_FOREACH (f, list, link)
		if (f->first && story_is_failure(f))
			return f;
	return NULL;
}

static void put_summary(const struct page *pg, const struct story_peer *p)
{
	const struct counts c = count(p);
	const struct story_finding *f = first_of(&p->findings);

	put_phase_counts(pg, "Phase 1", c.phase1, c.phase1_done, c.phase1_failed, c.last1);
	put_phase_counts(pg, "Phase 2", c.phase2, c.phase2_done, c.phase2_failed, c.last2);
	if (p->exchanges_before)
		say(pg, 2, 4, "%" PRIu64 " older exchange%s left out.", p->exchanges_before,
		    p->exchanges_before == 1 ? " is" : "s are");
	if (!f) {
		if (p->failed_line)
			say(pg, 2, 4,
			    "Something failed, and no line tells what (line %" PRIu64
			    "): debug crypto isakmp and debug crypto ipsec would.",
			    p->failed_line);
		else if (c.phase1_failed + c.phase2_failed)
			put(pg, 2, 4, "Why it failed is in no line.");
		else
			put(pg, 2, 4, "Nothing went wrong that the log shows.");
		return;
	}
	if (story_alternatives(f) > 1) {
		say(pg, 2, 4,
		    "First thing that went wrong: one of %u, line %" PRIu64 "; which of them, the log does not tell.",
		    story_alternatives(f), f->line);
		return;
	}
	say(pg, 2, 4, "First thing that went wrong: %s (%s), line %" PRIu64 ".", fault_title(f->fault),
	    certainty_text(f->certainty), f->line);
	say(pg, 2, 4, "What to do: %s", fault_about(f->fault)->cure);
}

/* --- exchanges ---- */

static void put_step(struct page *pg, const struct story_step *s, int64_t before)
{
	char clock[32], gap[32], what[128] = "", again[48] = "", ports[48] = "";
	const char *direction = !s->on_wire ? "" : s->sent ? " sent" : " received";

	if (*s->detail)
		snprintf(what, sizeof(what), ": %s", s->detail);
	if (s->repeats)
		snprintf(again, sizeof(again), ", and %u more time%s", s->repeats, plural(s->repeats));
	if (s->my_port)
		snprintf(ports, sizeof(ports), ", port %u %s %u", s->my_port, s->sent ? "to" : "from", s->peer_port);
	fprintf(pg->out, "  %-12s %9s  ", clock_text(s->at_ms, clock), gap_text(before, s->at_ms, gap));
	fprintf(pg->out, "%s%s%s%s%s%s", story_phase_name(s->phase), direction, what, again, ports,
		s->inferred ? ", which no line shows and what follows tells" : "");
	if (s->line_count)
		fprintf(pg->out, " (line%s %" PRIu64, plural(s->line_count + s->lines_more), s->lines[0].number);
	if (s->line_count > 1)
		fprintf(pg->out, "-%" PRIu64, s->lines[s->line_count - 1].number);
	fputs(s->line_count ? ")\n" : "\n", pg->out);
	if (s->phase >= STORY_INFO || pg->told[s->phase])
		return;
	pg->told[s->phase] = true;
	put(pg, 26, 26, story_phase_about(s->phase, s->on_wire && !s->sent));
}

static void put_configuration(struct page *pg, const struct story_peer *p, const struct story_exchange *x)
{
	char buf[STORY_CONFIG];
	const struct story_step *s;
	bool first = true;

	TAILQ_FOREACH (s, &x->steps, link) {
		if (s->phase >= STORY_INFO || pg->configured[s->phase])
			continue;
		if (first)
			put(pg, 2, 4, "Related configuration:");
		first = false;
		pg->configured[s->phase] = true;
		say(pg, 4, 4, "%s:", story_phase_name(s->phase));
		config(pg, 6, story_config(p, x, s->phase, buf, sizeof(buf)));
	}
}

static void put_exchange(struct page *pg, const struct story_peer *p, const struct story_exchange *x)
{
	const struct story_step *s;
	int64_t before = STORY_NO_TIME;
	char id[64] = "";

	if (x->conn_id)
		snprintf(id, sizeof(id), ", IKE SA %" PRIu32, x->conn_id);
	if (x->message_id)
		snprintf(id + strlen(id), sizeof(id) - strlen(id), ", message ID %" PRIu32, x->message_id);
	fputc('\n', pg->out);
	say(pg, 0, 2, "%s%s%s%s%s%s: %s", story_kind_name(x->kind), x->kind == STORY_OTHER ? "" : ", ",
	    x->kind == STORY_OTHER ? "" : role_text(x->role), id, *x->proxies ? ", " : "", x->proxies,
	    x->kind == STORY_OTHER || x->kind == STORY_INFORMATIONAL ? "seen" : outcome_text(x->outcome));
	TAILQ_FOREACH (s, &x->steps, link) {
		put_step(pg, s, before);
		if (s->at_ms != STORY_NO_TIME)
			before = s->at_ms;
	}
	if (x->value_count)
		put(pg, 2, 4, x->outcome == STORY_DONE ? "Agreed upon:" : "The last offer that this router accepted:");
	for (unsigned i = 0; i < x->value_count; i++)
		fprintf(pg->out, "    %-21s %-17s %s\n", x->values[i].what, x->values[i].value, x->values[i].config);
	put_configuration(pg, p, x);
}

static void put_peer(struct page *pg, const struct story_peer *p)
{
	const struct story_exchange *x;

	memset(pg->told, 0, sizeof(pg->told));
	memset(pg->configured, 0, sizeof(pg->configured));
	fprintf(pg->out, "\nPeer %s", peer_name(p));
	if (*p->local)
		fprintf(pg->out, ", of %s here", p->local);
	if (*p->vrf)
		fprintf(pg->out, ", VRF %s", p->vrf);
	if (*p->host)
		fprintf(pg->out, ", log of %s", p->host);
	fputs("\n", pg->out);
	put_summary(pg, p);
	if (!TAILQ_EMPTY(&p->findings))
		fputs("\nWhat went wrong, or differs:\n", pg->out);
	put_findings(pg, p, &p->findings);
	TAILQ_FOREACH (x, &p->exchanges, link)
		put_exchange(pg, p, x);
}

/* --- the whole ---- */

static void put_head(const struct page *pg, const struct story *s)
{
	char release[64] = "";

	if (*s->release)
		snprintf(release, sizeof(release), ", of release %s", s->release);
	say(pg, 0, 2,
	    "%" PRIu64 " line%s: %" PRIu64 " known message%s%s, %" PRIu64 " unknown, %" PRIu64
	    " of something else; %u peer%s.",
	    s->lines, plural(s->lines), s->message_lines, plural(s->message_lines), release, s->unknown_lines,
	    s->other_lines, s->peer_count, plural(s->peer_count));
	if (!s->stamps && s->message_lines)
		put(pg, 0, 2,
		    "No line has a time stamp (service timestamps debug datetime msec): times between messages "
		    "are not known.");
	if (s->left_out)
		say(pg, 0, 2, "%" PRIu64 " line%s of further peers left out: the first %u are kept.", s->left_out,
		    s->left_out == 1 ? " is" : "s are", STORY_PEERS);
	if (s->masked)
		say(pg, 0, 2, "%" PRIu64 " secret%s masked.", s->masked, s->masked == 1 ? " was" : "s were");
	if (s->peer_count && !s->isakmp)
		put(pg, 0, 2, "There is no line of debug crypto isakmp: what was negotiated is not known.");
	if (s->message_lines && !s->peer_count)
		put(pg, 0, 2,
		    "Nothing was asked for and nothing came. What keeps a tunnel from asking prints no debug line: its source "
		    "or destination, the route to the peer, its IPsec profile, crypto isakmp enable: show interfaces Tunnel N, show ip route, show "
		    "crypto ipsec profile.");
	if (!s->message_lines)
		put(pg, 0, 2,
		    "There is no line of debug crypto isakmp or debug crypto ipsec in it, nor a crypto syslog "
		    "message.");
}

static void put_unknown(const struct page *pg, const struct story *s)
{
	if (!s->unknown_count)
		return;
	fputs("\nLines of the crypto debugs that are like no known message:\n", pg->out);
	for (unsigned i = 0; i < s->unknown_count; i++)
		fprintf(pg->out, "  line %" PRIu64 ": %.*s\n", s->unknown[i].number,
			(int)strcspn(s->unknown[i].text, "\n"), s->unknown[i].text);
	if (s->unknown_lines > s->unknown_count)
		fprintf(pg->out, "  and %" PRIu64 " more\n", s->unknown_lines - s->unknown_count);
}

/* What of it is not text goes to a terminal by its number: a log's octets must not move its cursor. False: no memory. */
static bool put_part(const struct page *to, const struct story *s, const struct story_peer *p, bool last)
{
	struct page pg = { .width = to->width };
	char *text = NULL;
	size_t octets = 0;
	bool whole;

	pg.out = open_memstream(&text, &octets);
	if (!pg.out)
		return false;
	if (p) {
		put_peer(&pg, p);
	} else if (last) {
		put_unknown(&pg, s);
	} else {
		put_head(&pg, s);
		if (!TAILQ_EMPTY(&s->findings))
			fputs("\nOf no peer:\n", pg.out);
		put_findings(&pg, NULL, &s->findings);
	}
	whole = !fclose(pg.out);
	if (whole)
		visible_put(to->out, text, octets);
	free(text);
	return whole;
}

int story_text(const struct story *s, FILE *out, unsigned width)
{
	const struct page pg = { .out = out, .width = width < WIDTH_MIN ? WIDTH_MIN : width };
	const struct story_peer *p;

	if (!put_part(&pg, s, NULL, false))
		return -ENOMEM;
	TAILQ_FOREACH (p, &s->peers, link)
		if (!put_part(&pg, s, p, false))
			return -ENOMEM;
	if (!put_part(&pg, s, NULL, true))
		return -ENOMEM;
	return fflush(out) || ferror(out) ? -(errno ? errno : EIO) : 0;
}
