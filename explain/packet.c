/*
 * Packets that come and go: which message of an exchange each of them is. A step begins with the line of a packet that is
 * received, or with the first line of what prepares one to be sent. What comes under an IKE SA that is complete is of an
 * exchange that the first message ID behind it tells.
 */
#include "explain/track.h"

#include <stdlib.h>

/* --- the exchange and the step of an IKE SA ---- */

struct exchange *packet_phase1(struct reader *r, struct sa *sa)
{
	if (!sa->phase1)
		sa->phase1 = track_exchange(r, sa->peer, STORY_MAIN, STORY_ROLE_UNKNOWN, sa->cid, 0);
	return sa->phase1;
}

void packet_stand(struct sa *sa, struct exchange *x, struct story_step *s)
{
	sa->at = x;
	sa->step = s ? s : x ? TAILQ_LAST(&x->e.steps, story_steps) : NULL;
}

struct story_step *packet_ahead(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;

	if (!sa->ahead) {
		const unsigned id = m->match.message->id;

		/* a request of IPsec's is taken up by who begins an exchange */
		if (id == MSG_sa_request_profile || id == MSG_outstanding || id == MSG_quick_mode ||
		    id == MSG_new_node) {
			sa->ahead = sa->peer->ahead;
			sa->peer->ahead = NULL;
		}
		if (!sa->ahead)
			sa->ahead = track_step(r, STORY_LOCAL, true, m->at_ms);
		sa->ahead_has_mid = false;
		sa->ahead_of = NULL;
	}
	return sa->ahead;
}

/* What was prepared was not sent, or no line says so. */
void packet_settle_ahead(struct reader *r, struct sa *sa)
{
	struct exchange *x = sa->ahead_of ? sa->ahead_of : sa->at ? sa->at : packet_phase1(r, sa);
	struct story_step *s = sa->ahead;

	sa->ahead = NULL;
	sa->ahead_of = NULL;
	sa->ahead_has_mid = false;
	if (s && x)
		packet_stand(sa, x, track_link(x, s));
	else
		track_step_free(s);
}

/* No message ID told of which exchange it is. */
void packet_settle_in(struct reader *r, struct sa *sa)
{
	struct story_step *s = sa->in;
	struct exchange *x;

	if (!s)
		return;
	sa->in = NULL;
	x = track_exchange(r, sa->peer, STORY_INFORMATIONAL, STORY_RESPONDER, sa->cid, 0);
	if (x)
		packet_stand(sa, x, track_link(x, s));
	else
		track_step_free(s);
}

struct story_step *packet_last(struct exchange *x, bool sent)
{
	struct story_step *s;

	TAILQ_FOREACH_REVERSE(s, &x->e.steps, story_steps, link)
	if (s->on_wire && s->sent == sent)
		return s;
	return NULL;
}

/* Another copy of a message that is there, or the first one that a line shows. */
static bool again(struct exchange *x, enum story_phase phase, struct story_step **s)
{
	*s = phase < STORY_INFO ? track_of_phase(x, phase) : NULL;
	if (!*s)
		return false;
	if ((*s)->inferred)
		(*s)->inferred = false;
	else
		(*s)->repeats++;
	return true;
}

static void set_ports(struct story_step *s, const struct message_match *v, bool received)
{
	if (!s || v->count < 5)
		return;
	s->my_port = value_number(v, 1);
	s->peer_port = value_number(v, 2);
	(void)received;
}

/* --- a packet comes ---- */

static enum story_phase received_phase(const struct exchange *x, bool initiator, const char *state)
{
	if (!strncmp(state, "AG_", 3))
		return initiator                                                   ? STORY_AM2
		       : !strcmp(state, "AG_NO_STATE") && !track_has(x, STORY_AM2) ? STORY_AM1
										   : STORY_AM3;
	if (!strcmp(state, "MM_NO_STATE"))
		return initiator ? STORY_MM2 : STORY_MM1;
	if (!strcmp(state, "MM_SA_SETUP"))
		return initiator ? STORY_MM4 : STORY_MM3;
	if (!strcmp(state, "MM_KEY_EXCH"))
		return initiator ? STORY_MM6 : STORY_MM5;
	return STORY_INFO;
}

void packet_received(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct sa *sa = r->sa;
	struct story_step *s;
	struct exchange *x;
	enum story_phase phase = STORY_MM1;
	char state[TRACK_WORD], role[4];

	value_copy(v, v->count - 2, role, sizeof(role));
	value_copy(v, v->count - 1, state, sizeof(state));
	if (sa->ahead)
		packet_settle_ahead(r, sa);
	packet_settle_in(r, sa);
	sa->resending = false;
	if (!strcmp(state, "QM_IDLE") || !strncmp(state, "CONF_", 5)) {
		sa->in = track_step(r, STORY_INFO, false, m->at_ms);
		set_ports(sa->in, v, true);
		return;
	}
	x = packet_phase1(r, sa);
	if (!x)
		return;
	if (*role == 'N')
		x->e.role = STORY_RESPONDER;
	else
		phase = received_phase(x, *role == 'I', state);
	if (x->e.role == STORY_ROLE_UNKNOWN && *role != 'N')
		x->e.role = *role == 'I' ? STORY_INITIATOR : STORY_RESPONDER;
	if (phase >= STORY_AM1 && phase <= STORY_AM3)
		x->e.kind = STORY_AGGRESSIVE;
	if (!again(x, phase, &s))
		s = track_link(x, track_step(r, phase, false, m->at_ms));
	set_ports(s, v, true);
	packet_stand(sa, x, s);
}

/* --- a packet goes ---- */

static enum story_phase sent_phase(const struct exchange *x, char role, const char *state)
{
	const bool initiator = role == 'I';

	if (!strncmp(state, "AG_", 3))
		return !initiator ? STORY_AM2 : track_has(x, STORY_AM2) ? STORY_AM3 : STORY_AM1;
	if (!strcmp(state, "MM_NO_STATE"))
		return initiator ? STORY_MM1 : STORY_INFO;
	if (!strcmp(state, "MM_SA_SETUP"))
		return initiator ? STORY_MM3 : STORY_MM2;
	if (!strcmp(state, "MM_KEY_EXCH"))
		return initiator ? STORY_MM5 : track_has(x, STORY_MM5) ? STORY_MM6 : STORY_MM4;
	return STORY_INFO;
}

/* Keepalives would fill a story: the next ones are counted in the exchange of the first. */
static struct exchange *informational(struct reader *r, struct sa *sa, uint32_t mid, const char *detail)
{
	struct story_exchange *last = TAILQ_LAST(&sa->peer->p.exchanges, story_exchanges);
	struct exchange *x = (struct exchange *)last;
	const bool keepalive = !strncmp(detail, "NOTIFY DPD", 10);

	if (keepalive && x && x->keepalive && x->e.conn_id == sa->cid) {
		x->e.message_id = mid;
		return x;
	}
	x = track_exchange(r, sa->peer, STORY_INFORMATIONAL, STORY_INITIATOR, sa->cid, mid);
	if (x)
		x->keepalive = keepalive;
	return x;
}

static struct story_step *same_detail(struct exchange *x, const struct story_step *s)
{
	struct story_step *o;

	TAILQ_FOREACH (o, &x->e.steps, link)
		if (o != s && o->sent == s->sent && o->on_wire && !strcmp(o->detail, s->detail))
			return o;
	return NULL;
}

struct story_step *packet_link_keepalive(struct exchange *x, struct story_step *s)
{
	struct story_step *o = x->keepalive ? same_detail(x, s) : NULL;

	if (!o)
		return track_link(x, s);
	o->repeats++;
	track_merge(x->peer, o, s);
	return o;
}

/* Under an IKE SA that is complete: of Quick Mode, or Informational. */
static void sent_protected(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x = sa->ahead_of, *at = sa->at;
	struct story_step *s = sa->ahead, *last;
	enum story_phase phase = STORY_INFO;

	sa->ahead = NULL;
	sa->ahead_of = NULL;
	if (!s)
		s = track_step(r, STORY_INFO, true, m->at_ms);
	if (!s)
		return;
	if (x) {
		phase = x->e.kind == STORY_QUICK ? STORY_QM1 : STORY_INFO;
	} else if (sa->ahead_has_mid && sa->ahead_mid) {
		x = track_find(sa->peer, sa->cid, sa->ahead_mid);
		if (!x)
			x = informational(r, sa, sa->ahead_mid, s->detail);
	} else if (at && at->e.kind == STORY_QUICK && (last = packet_last(at, false))) {
		x = at;
		phase = last->phase == STORY_QM1 ? STORY_QM2 : STORY_QM3;
	} else if (at && at->e.kind == STORY_AGGRESSIVE && track_has(at, STORY_AM2) && !track_has(at, STORY_AM3)) {
		x = at;
		phase = STORY_AM3;
	} else {
		x = informational(r, sa, 0, s->detail);
	}
	sa->ahead_has_mid = false;
	if (!x) {
		track_step_free(s);
		return;
	}
	s->phase = phase;
	s->sent = s->on_wire = true;
	s->at_ms = m->at_ms;
	set_ports(s, &m->match, false);
	if (phase != STORY_INFO && track_has(x, phase)) {
		struct story_step *o = track_of_phase(x, phase);

		o->repeats += !o->inferred;
		o->inferred = false;
		track_merge(x->peer, o, s);
		s = o;
	} else {
		s = packet_link_keepalive(x, s);
	}
	packet_stand(sa, x, s);
}

void packet_sending(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct sa *sa = r->sa;
	struct story_step *s;
	struct exchange *x;
	enum story_phase phase;
	char state[TRACK_WORD], role[4];

	value_copy(v, v->count - 2, role, sizeof(role));
	value_copy(v, v->count - 1, state, sizeof(state));
	packet_settle_in(r, sa);
	sa->sending = true;
	if (sa->resending && sa->step && sa->step->sent) {
		sa->resending = false;
		sa->step->repeats++;
		set_ports(sa->step, v, false);
		return;
	}
	sa->resending = false;
	/* in an IKE SA that is complete, or in none */
	if (!strcmp(state, "QM_IDLE") || !strncmp(state, "CONF_", 5) || *role == 'N') {
		sent_protected(r, m);
		return;
	}
	x = packet_phase1(r, sa);
	if (!x)
		return;
	phase = sent_phase(x, *role, state);
	if (x->e.role == STORY_ROLE_UNKNOWN)
		x->e.role = *role == 'I' ? STORY_INITIATOR : STORY_RESPONDER;
	if (phase >= STORY_AM1 && phase <= STORY_AM3)
		x->e.kind = STORY_AGGRESSIVE;
	x->floated |= value_number(v, 1) == 4500;
	if (again(x, phase, &s)) {
		if (sa->ahead)
			track_merge(x->peer, s, sa->ahead);
	} else {
		s = sa->ahead ? sa->ahead : track_step(r, phase, true, m->at_ms);
		if (!s)
			return;
		s->phase = phase;
		s->sent = s->on_wire = true;
		s->at_ms = m->at_ms;
		s = track_link(x, s);
	}
	sa->ahead = NULL;
	sa->ahead_of = NULL;
	sa->ahead_has_mid = false;
	if (phase == STORY_INFO && *role == 'R')
		track_detail(r, s, "NOTIFY PROPOSAL_NOT_CHOSEN");
	set_ports(s, v, false);
	packet_stand(sa, x, s);
}

/* The packet itself without the line that says to whom. */
void packet_sending_ip(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct story_step *last;

	if (sa->sending || r->last == MSG_sending) {
		sa->sending = false;
		return;
	}
	if (sa->at && sa->at->e.kind == STORY_QUICK && (last = packet_last(sa->at, false)) &&
	    (last->phase == STORY_QM1 || last->phase == STORY_QM2) && sa->step == last)
		sent_protected(r, m);
}
