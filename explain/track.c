#define _GNU_SOURCE /* memmem */
#include "explain/track.h"

#include "explain/mask.h"
#include "explain/read.h"

#include <stdlib.h>

#define LINE_MAX_TEXT 1200 /* octets of a line that are kept */

void track_text(struct reader *r, char **slot, const char *text, size_t octets)
{
	char *copy = malloc(octets + 1);

	if (!copy) {
		r->failed = true;
		return;
	}
	memcpy(copy, text, octets);
	copy[octets] = '\0';
	free(*slot);
	*slot = copy;
}

void track_detail(struct reader *r, struct story_step *s, const char *text)
{
	if (s && !*s->detail)
		track_text(r, &s->detail, text, strlen(text));
}

/* --- steps ---- */

void track_step_free(struct story_step *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->line_count; i++)
		free(s->lines[i].text);
	free(s->lines);
	free(s->detail);
	free(s);
}

struct story_step *track_step(struct reader *r, enum story_phase phase, bool sent, int64_t at_ms)
{
	struct story_step *s = calloc(1, sizeof(*s));

	if (s)
		s->detail = calloc(1, 1);
	if (!s || !s->detail) {
		free(s);
		r->failed = true;
		return NULL;
	}
	s->phase = phase;
	s->sent = sent;
	s->on_wire = phase != STORY_LOCAL;
	s->at_ms = at_ms;
	return s;
}

static bool has_room(struct story_step *s)
{
	struct story_line *more;
	unsigned room = s->line_count;

	/* grows at the powers of two from 4 */
	if (room && (room < 4 || (room & (room - 1))))
		return true;
	more = realloc(s->lines, (room ? (size_t)room * 2 : 4) * sizeof(*more));
	if (!more)
		return false;
	s->lines = more;
	return true;
}

void track_merge(struct peer *p, struct story_step *to, struct story_step *from)
{
	struct story_finding *f;
	struct sa *sa;

	TAILQ_FOREACH (f, &p->p.findings, link)
		if (f->step == from)
			f->step = to;
	TAILQ_FOREACH (sa, &p->sas, link)
		if (sa->step == from)
			sa->step = to;
	for (unsigned i = 0; i < from->line_count; i++) {
		if (to->line_count < STORY_LINES && has_room(to)) {
			to->lines[to->line_count++] = from->lines[i];
			from->lines[i].text = NULL;
		} else {
			to->lines_more++;
		}
	}
	to->lines_more += from->lines_more;
	if (to->at_ms == STORY_NO_TIME)
		to->at_ms = from->at_ms;
	track_step_free(from);
}

void track_line(struct reader *r, struct story_step *s, const struct frame_message *m)
{
	char text[LINE_MAX_TEXT + 64];
	size_t octets = m->octets < LINE_MAX_TEXT ? m->octets : LINE_MAX_TEXT;
	struct story_line *l;

	if (!s)
		return;
	if (s->at_ms == STORY_NO_TIME)
		s->at_ms = m->at_ms;
	if (s->line_count >= STORY_LINES) {
		s->lines_more++;
		return;
	}
	if (!has_room(s)) {
		r->failed = true;
		return;
	}
	r->story->masked += mask_secrets(m->text, octets, text, sizeof(text));
	l = &s->lines[s->line_count];
	*l = (struct story_line){ .number = m->number,
				  .at_ms = m->at_ms,
				  .message = m->known ? m->match.message : NULL };
	l->text = strdup(text);
	if (l->text)
		s->line_count++;
	else
		r->failed = true;
}

struct story_step *track_link(struct exchange *x, struct story_step *s)
{
	struct story_step *last = TAILQ_LAST(&x->e.steps, story_steps), *o;
	unsigned count = 0;

	if (!s)
		return last;
	TAILQ_FOREACH (o, &x->e.steps, link)
		count++;
	if (last && count >= TRACK_STEPS) {
		last->repeats += s->on_wire;
		track_merge(x->peer, last, s);
		return last;
	}
	TAILQ_INSERT_TAIL(&x->e.steps, s, link);
	return s;
}

struct story_step *track_of_phase(struct exchange *x, enum story_phase phase)
{
	struct story_step *s;

	TAILQ_FOREACH_REVERSE(s, &x->e.steps, story_steps, link)
	if (s->phase == phase)
		return s;
	return NULL;
}

bool track_has(const struct exchange *x, enum story_phase phase)
{
	const struct story_step *s;

	TAILQ_FOREACH (s, &x->e.steps, link)
		if (s->phase == phase)
			return true;
	return false;
}

struct story_step *track_ensure(struct reader *r, struct exchange *x, enum story_phase phase, bool sent, int64_t at_ms)
{
	struct story_step *s = track_of_phase(x, phase), *o;

	if (s)
		return s;
	s = track_step(r, phase, sent, at_ms);
	if (!s)
		return NULL;
	s->inferred = true;
	TAILQ_FOREACH (o, &x->e.steps, link)
		if (o->phase > phase && o->phase < STORY_INFO)
			break;
	if (!o)
		return track_link(x, s);
	TAILQ_INSERT_BEFORE(o, s, link);
	return s;
}

/* --- exchanges ---- */

static void let_go(struct peer *p, struct exchange *x)
{
	struct story_finding *f;
	struct sa *sa;

	TAILQ_FOREACH (f, &p->p.findings, link)
		if (f->exchange == &x->e) {
			f->exchange = NULL;
			f->step = NULL;
		}
	TAILQ_FOREACH (sa, &p->sas, link) {
		if (sa->phase1 == x)
			sa->phase1 = NULL;
		if (sa->ahead_of == x)
			sa->ahead_of = NULL;
		if (sa->at == x) {
			sa->at = NULL;
			sa->step = NULL;
		}
	}
}

void track_drop(struct peer *p, struct exchange *x)
{
	let_go(p, x);
	TAILQ_REMOVE(&p->p.exchanges, &x->e, link);
	story_exchange_free(&x->e);
	p->p.exchange_count--;
}

struct exchange *track_exchange(struct reader *r, struct peer *p, enum story_kind kind, enum story_role role,
				uint32_t cid, uint32_t mid)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x)
		x->e.proxies = calloc(1, 1);
	if (!x || !x->e.proxies) {
		free(x);
		r->failed = true;
		return NULL;
	}
	x->e.kind = kind;
	x->e.role = role;
	x->e.conn_id = cid;
	x->e.message_id = mid;
	x->peer = p;
	TAILQ_INIT(&x->e.steps);
	if (p->p.exchange_count == STORY_EXCHANGES) {
		track_drop(p, (struct exchange *)TAILQ_FIRST(&p->p.exchanges));
		p->p.exchanges_before++;
	}
	TAILQ_INSERT_TAIL(&p->p.exchanges, &x->e, link);
	p->p.exchange_count++;
	return x;
}

struct exchange *track_find(struct peer *p, uint32_t cid, uint32_t mid)
{
	struct story_exchange *e;

	TAILQ_FOREACH_REVERSE(e, &p->p.exchanges, story_exchanges, link)
	if (e->message_id == mid && e->conn_id == cid && e->kind != STORY_MAIN && e->kind != STORY_AGGRESSIVE)
		return (struct exchange *)e;
	return NULL;
}

/* --- values of messages ---- */

uint32_t value_number(const struct message_match *m, unsigned i)
{
	bool negative;
	uint64_t n = 0;

	if (i >= m->count || !m->values[i].octets)
		return 0;
	negative = m->values[i].text[0] == '-';
	for (size_t k = negative; k < m->values[i].octets; k++) {
		char c = m->values[i].text[k];

		if (c < '0' || c > '9')
			break;
		n = n > UINT32_MAX ? n : n * 10 + (uint64_t)(c - '0');
	}
	if (n > UINT32_MAX)
		n = UINT32_MAX;
	return negative ? (uint32_t)-n : (uint32_t)n;
}

void value_copy(const struct message_match *m, unsigned i, char *out, size_t room)
{
	size_t n = i < m->count ? m->values[i].octets : 0;

	if (n >= room)
		n = room - 1;
	if (n)
		memcpy(out, m->values[i].text, n);
	out[n] = '\0';
}

bool value_has(const struct message_match *m, unsigned i, const char *part)
{
	return i < m->count && memmem(m->values[i].text, m->values[i].octets, part, strlen(part));
}
