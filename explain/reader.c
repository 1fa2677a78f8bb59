/*
 * Lines of the log become messages (frame.c), each message is somebody's (locate.c), belongs to an exchange (follow.c,
 * packet.c), may be a part of what is agreed upon (values.c) and of what goes wrong (judge.c). A timer's lines come before
 * the one with the address: where it matters they wait for it.
 */
#include "explain/read.h"

#include "explain/mask.h"
#include "explain/track.h"

#include <stdlib.h>

/* --- messages ---- */

static void note_era(struct reader *r, unsigned era, unsigned id)
{
	/* 12.4 spells ordinary lines as 15 does, which spells packets otherwise; 12.3 has "ISAKMP (2)" before a length */
	if (!era || (era == 152 && id == MSG_id_total))
		return;
	r->era_152 |= era == 152;
	if (!r->era_max || era > r->era_max)
		r->era_max = era;
	if (!r->era_min || era < r->era_min)
		r->era_min = era;
}

static void unknown(struct reader *r, const struct frame_message *m)
{
	struct story *s = r->story;
	const unsigned room = sizeof(s->unknown) / sizeof(s->unknown[0]);
	char text[1024];

	s->unknown_lines++;
	if (s->unknown_count == room)
		return;
	s->masked += mask_secrets(m->text, m->octets < sizeof(text) - 64 ? m->octets : sizeof(text) - 64, text,
				  sizeof(text));
	s->unknown[s->unknown_count] =
		(struct story_line){ .number = m->number, .at_ms = m->at_ms, .text = strdup(text) };
	if (s->unknown[s->unknown_count].text)
		s->unknown_count++;
	else
		r->failed = true;
}

static void take(struct reader *r, const struct frame_message *m)
{
	struct peer *peer = r->peer;
	struct sa *sa = r->sa;

	note_era(r, m->match.era, m->match.message->id);
	r->astray = false;
	if (locate_aside(r, &m->match)) {
		follow_message(r, m);
		judge_message(r, m);
		r->peer = peer;
		r->sa = sa;
		return;
	}
	locate_message(r, m);
	if (r->astray)
		return;
	values_message(r, m);
	follow_message(r, m);
	judge_message(r, m);
	r->last = m->match.message->id;
}

/* Lines that wait go to the SA that the last one told, as if they came after it. */
static void release(struct reader *r)
{
	unsigned n = r->held_count;

	r->held_count = 0;
	for (unsigned i = 0; i < n; i++) {
		struct held *h = &r->held[i];

		h->m.text = h->text;
		message_match(r->catalog, h->text + h->m.lead, h->m.octets - h->m.lead, &h->m.match);
		take(r, &h->m);
		free(h->text);
		h->text = NULL;
	}
}

/* Conn-id 0, and the line with the address comes later. */
static bool waits(const struct reader *r, const struct frame_message *m)
{
	const unsigned id = m->match.message->id;

	if (!m->match.has_cid || m->match.cid || r->held_count == TRACK_HELD)
		return false;
	if (r->held_count)
		return locate_address(&m->match) < 0;
	/* without debug crypto ipsec no line before it says for whom the request is */
	if (id == MSG_sa_request_profile && r->last != MSG_sa_request)
		return true;
	return id == MSG_resend1_timer || id == MSG_no_paranoid ||
	       (id == MSG_sa_error_count && value_has(&m->match, m->match.count - 1, "retransmit"));
}

static void hold(struct reader *r, const struct frame_message *m)
{
	struct held *h = &r->held[r->held_count];

	h->text = malloc(m->octets);
	if (!h->text) {
		r->failed = true;
		return;
	}
	memcpy(h->text, m->text, m->octets);
	h->m = *m;
	h->m.stamp.host = NULL;
	r->held_count++;
}

static void message(void *ctx, const struct frame_message *m)
{
	struct reader *r = ctx;
	struct story *s = r->story;

	if (m->stamp.clock != STAMP_NONE)
		s->stamps = true;
	if (!m->known) {
		if (m->crypto)
			unknown(r, m);
		else
			s->other_lines++;
		return;
	}
	s->message_lines++;
	s->isakmp |= m->match.message->kind == MESSAGE_ISAKMP && m->match.message->id != MSG_debugging_is;
	if (waits(r, m)) {
		hold(r, m);
		return;
	}
	if (r->held_count) {
		/* whose they are shows the address of this one */
		if (locate_address(&m->match) >= 0 && !(m->match.has_cid && m->match.cid) &&
		    m->match.message->id != MSG_received)
			locate_message(r, m);
		release(r);
	}
	take(r, m);
}

/* --- the whole ---- */

struct reader *reader_new(const struct message_catalog *c)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->catalog = c;
	r->story = calloc(1, sizeof(*r->story));
	r->frame = frame_new(c, message, r);
	if (!r->story || !r->frame || !(r->story->release = calloc(1, 1)) || !locate_grow(r)) {
		if (r->story)
			free(r->story->release);
		free(r->story);
		frame_free(r->frame);
		free(r);
		return NULL;
	}
	TAILQ_INIT(&r->story->peers);
	TAILQ_INIT(&r->story->findings);
	return r;
}

bool reader_feed(struct reader *r, const char *piece, size_t octets)
{
	if (!r->failed)
		frame_feed(r->frame, piece, octets);
	return !r->failed;
}

/* What was prepared and never sent is local. */
static void settle(struct reader *r, struct peer *p)
{
	struct exchange *x;
	struct sa *sa;

	TAILQ_FOREACH_REVERSE(sa, &p->sas, sas, link)
	{
		struct story_step *const loose[] = { sa->in, sa->ahead };

		sa->in = sa->ahead = NULL;
		for (unsigned i = 0; i < 2; i++) {
			if (!loose[i])
				continue;
			x = sa->at ? sa->at : sa->phase1;
			if (!x)
				x = track_exchange(r, p, STORY_OTHER, STORY_ROLE_UNKNOWN, sa->cid, 0);
			if (x)
				track_link(x, loose[i]);
			else
				track_step_free(loose[i]);
		}
	}
	if (p->ahead) {
		x = track_exchange(r, p, STORY_OTHER, STORY_INITIATOR, 0, 0);
		if (x)
			track_link(x, p->ahead);
		else
			track_step_free(p->ahead);
		p->ahead = NULL;
	}
}

static void set_release(struct reader *r)
{
	const char *text = "";

	if (r->era_max == 156 && !r->era_152)
		text = "15.6 or later";
	else if (r->era_152)
		text = "12.4(20)T to 15.5";
	else if (r->era_max == 124)
		text = r->era_min == 123 ? "12.4" : "12.4 to 15.5";
	else if (r->era_max == 123)
		text = "12.3";
	track_text(r, &r->story->release, text, strlen(text));
}

struct story *reader_end(struct reader *r)
{
	struct story *s = r->story;
	struct story_peer *p;
	struct sa *sa;

	frame_end(r->frame);
	release(r);
	TAILQ_FOREACH (p, &s->peers, link)
		settle(r, (struct peer *)p);
	judge_end(r);
	TAILQ_FOREACH (p, &s->peers, link)
		while ((sa = TAILQ_FIRST(&((struct peer *)p)->sas))) {
			TAILQ_REMOVE(&((struct peer *)p)->sas, sa, link);
			locate_sa_free(sa);
		}
	s->lines = frame_lines(r->frame);
	s->other_lines += frame_other_lines(r->frame);
	set_release(r);
	frame_free(r->frame);
	free(r->cids);
	if (r->failed) {
		story_free(s);
		s = NULL;
	}
	free(r);
	return s;
}
