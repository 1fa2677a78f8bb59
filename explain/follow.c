/*
 * What a message does to exchanges. A step begins with the line of a packet that is received, or with the first line
 * of what prepares one to be sent, and takes all lines up to the next. What comes under an IKE SA that is complete is
 * of an exchange that the first message ID behind it tells. State lines say what was sent and received where packet
 * lines are missing.
 */
#include "explain/track.h"

#include "explain/read.h"

#include <stdio.h>
#include <stdlib.h>

/* --- message IDs ---- */

/* An exchange that was taken for an Informational one is Quick Mode. */
static void is_quick(struct reader *r, struct exchange *x)
{
	struct story_step *s;

	if (x->e.kind == STORY_QUICK)
		return;
	x->e.kind = STORY_QUICK;
	TAILQ_FOREACH (s, &x->e.steps, link)
		if (s->phase == STORY_INFO)
			s->phase = s->sent ? STORY_QM2 : STORY_QM1;
	if (*x->peer->proxies && !*x->e.proxies && x->e.role == STORY_INITIATOR)
		track_text(r, &x->e.proxies, x->peer->proxies, strlen(x->peer->proxies));
}

static void select_mid(struct reader *r, uint32_t mid, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x;

	if (!mid) {
		/* of phase 1 */
		if (sa->phase1 && sa->at != sa->phase1 && !sa->in)
			packet_stand(sa, sa->phase1, NULL);
		return;
	}
	x = track_find(sa->peer, sa->cid, mid);
	if (sa->in) {
		struct story_step *s = sa->in;

		sa->in = NULL;
		if (!x) {
			x = track_exchange(r, sa->peer, STORY_INFORMATIONAL, STORY_RESPONDER, sa->cid, mid);
		} else if (x->e.kind == STORY_QUICK) {
			s->phase = x->e.role == STORY_INITIATOR ? STORY_QM2
				   : track_has(x, STORY_QM2)    ? STORY_QM3
								: STORY_QM1;
			if (track_has(x, s->phase)) {
				struct story_step *o = track_of_phase(x, s->phase);

				o->repeats += !o->inferred;
				o->inferred = false;
				track_merge(x->peer, o, s);
				packet_stand(sa, x, o);
				return;
			}
		}
		if (x)
			packet_stand(sa, x, track_link(x, s));
		else
			track_step_free(s);
		return;
	}
	if (x) {
		if (x != sa->at)
			packet_stand(sa, x, NULL);
	} else if (m->match.message->id == MSG_processing) {
		/* the line of the packet is missing */
		x = track_exchange(r, sa->peer, STORY_INFORMATIONAL, STORY_RESPONDER, sa->cid, mid);
		if (x)
			packet_stand(sa, x, track_ensure(r, x, STORY_INFO, false, m->at_ms));
	} else if (m->match.message->id == MSG_node_input && value_begins(&m->match, 2, "IKE_QM_") && !sa->ahead) {
		/* the log begins in the middle of it */
		x = track_exchange(r, sa->peer, STORY_QUICK, STORY_ROLE_UNKNOWN, sa->cid, mid);
		if (x)
			packet_stand(sa, x, NULL);
	} else if (m->match.message->id == MSG_new_node || m->match.message->id == MSG_sending_notify) {
		packet_ahead(r, m);
		sa->ahead_mid = mid;
		sa->ahead_has_mid = true;
	}
}

static void processing(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	const uint32_t mid = value_number(v, 1);
	struct sa *sa = r->sa;

	select_mid(r, mid, m);
	if (!mid) {
		if (value_is(v, 0, "KE") || value_is(v, 0, "NONCE"))
			sa->keyed = true;
		packet_phase1(r, sa);
		if (!sa->at)
			packet_stand(sa, sa->phase1, NULL);
		return;
	}
	if (!sa->at || sa->at->e.message_id != mid)
		return;
	if (value_is(v, 0, "SA"))
		is_quick(r, sa->at);
	else if (value_is(v, 0, "DELETE"))
		track_detail(r, sa->step, "DELETE");
}

static void notify(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct sa *sa = r->sa;
	char detail[96], type[TRACK_WORD];
	struct exchange *x, *before;

	value_copy(v, 0, type, sizeof(type));
	snprintf(detail, sizeof(detail), "NOTIFY %s", type);
	if (v->count > 3)
		select_mid(r, value_number(v, 3), m);
	x = sa->at;
	if (!x || x->e.kind != STORY_INFORMATIONAL) {
		/* beside the hash of phase 1 */
		if (x == sa->phase1 && sa->step && sa->step->phase == STORY_MM2)
			sa->step->phase = STORY_INFO;
		track_detail(r, sa->step, detail);
		return;
	}
	track_detail(r, sa->step, detail);
	if (strncmp(type, "DPD", 3) != 0)
		return;
	before = (struct exchange *)TAILQ_PREV(&x->e, story_exchanges, link);
	x->keepalive = true;
	if (before && before->keepalive && before->e.conn_id == x->e.conn_id && sa->step) {
		struct story_step *s = sa->step;

		TAILQ_REMOVE(&x->e.steps, s, link);
		before->e.message_id = x->e.message_id;
		packet_stand(sa, before, packet_link_keepalive(before, s));
		track_drop(sa->peer, x);
	}
}

static void sending_notify(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	char detail[96], type[TRACK_WORD];
	struct story_step *s = packet_ahead(r, m);

	value_copy(v, 0, type, sizeof(type));
	snprintf(detail, sizeof(detail), "NOTIFY %s", type);
	track_detail(r, s, detail);
	if (v->count > 3 && s) {
		r->sa->ahead_mid = value_number(v, 3);
		r->sa->ahead_has_mid = true;
	}
}

/* --- states ---- */

static void done(struct reader *r, struct exchange *x)
{
	if (x->e.outcome == STORY_DONE)
		return;
	x->e.outcome = STORY_DONE;
	if (x->e.kind == STORY_QUICK)
		x->peer->live++;
	judge_done(r, x);
}

static void ensure_range(struct reader *r, struct exchange *x, enum story_phase from, enum story_phase to,
			 int64_t at_ms)
{
	const bool initiator = x->e.role == STORY_INITIATOR;

	for (enum story_phase p = from; p <= to; p++) {
		/* odd ones of a mode are the initiator's */
		const bool first = (p - from) % 2 == 0;

		if (!track_has(x, p))
			track_ensure(r, x, p, first == initiator, at_ms);
	}
}

static void state1(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x;
	char from[TRACK_WORD], to[TRACK_WORD];
	int last = -1;

	value_copy(&m->match, m->match.count - 2, from, sizeof(from));
	value_copy(&m->match, m->match.count - 1, to, sizeof(to));
	/* a notify of an SA whose phase 1 was before the log: nothing of it is shown */
	if (!sa->phase1 && !strcmp(from, "IKE_P1_COMPLETE") && !strcmp(to, from))
		return;
	x = packet_phase1(r, sa);
	if (!x || !strcmp(from, to))
		return;
	if (!strncmp(to, "IKE_I_", 6))
		x->e.role = STORY_INITIATOR;
	else if (!strncmp(to, "IKE_R_", 6))
		x->e.role = STORY_RESPONDER;
	else if (!strncmp(from, "IKE_I_", 6))
		x->e.role = STORY_INITIATOR;
	else if (!strncmp(from, "IKE_R_", 6))
		x->e.role = STORY_RESPONDER;
	if (!strncmp(to + 6, "AM", 2) ||
	    (!strncmp(from, "IKE_", 4) && strlen(from) > 7 && !strncmp(from + 6, "AM", 2))) {
		x->e.kind = STORY_AGGRESSIVE;
		if (!strcmp(to, "IKE_R_AM2"))
			last = STORY_AM2;
		else if (!strcmp(to, "IKE_P1_COMPLETE"))
			last = STORY_AM3;
		else if (!strncmp(to, "IKE_R_AM", 8))
			last = STORY_AM1;
	} else if ((!strncmp(to, "IKE_I_MM", 8) || !strncmp(to, "IKE_R_MM", 8)) && to[8] >= '1' && to[8] <= '6') {
		last = STORY_MM1 + (to[8] - '1');
		if (last == STORY_MM1 && x->e.role == STORY_INITIATOR)
			last = -1; /* comes before it is sent */
	} else if (!strcmp(to, "IKE_P1_COMPLETE") && (!strncmp(from, "IKE_I_MM", 8) || !strncmp(from, "IKE_R_MM", 8))) {
		last = STORY_MM6;
	}
	/* a first message that was taken for one of Main Mode */
	if (x->e.kind == STORY_AGGRESSIVE) {
		struct story_step *s = track_of_phase(x, STORY_MM1);

		if (s)
			s->phase = STORY_AM1;
	}
	if (last >= 0)
		ensure_range(r, x, x->e.kind == STORY_AGGRESSIVE ? STORY_AM1 : STORY_MM1, (enum story_phase)last,
			     m->at_ms);
	if (!strcmp(to, "IKE_P1_COMPLETE"))
		done(r, x);
	else if (!strcmp(to, "IKE_DEST_SA")) {
		sa->dead = true;
		if (x->e.outcome == STORY_OPEN)
			x->e.outcome = STORY_FAILED;
	}
	if (!sa->ahead && !sa->at)
		packet_stand(sa, x, NULL);
}

static void state2(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x = sa->at;
	char from[TRACK_WORD], to[TRACK_WORD];
	int last = -1;

	value_copy(&m->match, m->match.count - 2, from, sizeof(from));
	value_copy(&m->match, m->match.count - 1, to, sizeof(to));
	if (!strcmp(from, to) || !x || !x->e.message_id)
		return;
	/* IKE_QM_IPSEC_INSTALL_AWAIT is a state of both sides */
	if (!strcmp(to, "IKE_QM_I_QM1") || !strcmp(from, "IKE_QM_I_QM1"))
		x->e.role = STORY_INITIATOR;
	else if (!strcmp(to, "IKE_QM_SPI_STARVE") || !strcmp(from, "IKE_QM_SPI_STARVE") ||
		 !strcmp(to, "IKE_QM_R_QM2") || !strcmp(from, "IKE_QM_R_QM2"))
		x->e.role = STORY_RESPONDER;
	is_quick(r, x);
	if (!strcmp(to, "IKE_QM_I_QM1") || !strcmp(to, "IKE_QM_SPI_STARVE"))
		last = STORY_QM1;
	else if (!strcmp(to, "IKE_QM_R_QM2"))
		last = STORY_QM2;
	else if (!strcmp(to, "IKE_QM_PHASE2_COMPLETE"))
		last = STORY_QM3;
	if (last >= 0)
		ensure_range(r, x, STORY_QM1, (enum story_phase)last, m->at_ms);
	if (last == STORY_QM3)
		done(r, x);
}

static void input(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct sa *sa = r->sa;
	struct story_step *s = sa->step;

	if (value_has(v, 1, "IKE_AM_EXCH") || value_has(v, 1, "IKE_SA_REQ_AM")) {
		struct exchange *x = packet_phase1(r, sa);

		if (x) {
			x->e.kind = STORY_AGGRESSIVE;
			if ((s = track_of_phase(x, STORY_MM1)))
				s->phase = STORY_AM1;
		}
	} else if ((value_has(v, 1, "IKE_INFO_") || value_has(v, 0, "IKE_INFO_")) && s && !s->sent &&
		   sa->at == sa->phase1 && s->phase < STORY_QM1 && r->last != MSG_node_deleting) {
		/* a packet that was taken for the next of Main Mode */
		if (s == TAILQ_LAST(&sa->at->e.steps, story_steps))
			s->phase = STORY_INFO;
	}
	if (v->count == 4)
		state1(r, m); /* 12.x prints both in one line */
}

/* --- repeated messages ---- */

static void resend(struct reader *r, struct exchange *x)
{
	struct sa *sa = r->sa;

	if (sa->ahead)
		packet_settle_ahead(r, sa);
	if (x)
		packet_stand(sa, x, packet_last(x, true));
	sa->resending = true;
}

/* The packet that just came is one that came before. */
static void duplicate(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct story_step *s = sa->in, *o;
	struct exchange *x;

	(void)m;
	if (s) {
		struct story_exchange *e;

		sa->in = NULL;
		x = sa->phase1;
		if (value_is(&m->match, 0, "2"))
			TAILQ_FOREACH_REVERSE(e, &sa->peer->p.exchanges, story_exchanges, link)
		if (e->kind == STORY_QUICK && e->conn_id == sa->cid) {
			x = (struct exchange *)e;
			break;
		}
	} else {
		x = sa->at;
		s = sa->step;
		if (!x || !s || s->sent || !s->on_wire)
			return;
		if (s->repeats) /* it was known by its state already */
			return;
		TAILQ_REMOVE(&x->e.steps, s, link);
		sa->step = NULL;
	}
	o = x ? packet_last(x, false) : NULL;
	if (o) {
		o->repeats++;
		track_merge(x->peer, o, s);
		packet_stand(sa, x, o);
	} else if (x) {
		packet_stand(sa, x, track_link(x, s));
	} else {
		sa->in = s;
		packet_settle_in(r, sa);
	}
}

/* --- the end of an IKE SA ---- */

static void deleted(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x;
	struct story_step *s;
	char reason[96], detail[128];

	if (sa->ahead)
		packet_settle_ahead(r, sa);
	packet_settle_in(r, sa);
	value_copy(&m->match, 0, reason, sizeof(reason));
	snprintf(detail, sizeof(detail), "IKE SA deleted: %s", reason);
	x = packet_phase1(r, sa);
	if (!x)
		return;
	if (x->e.role == STORY_ROLE_UNKNOWN)
		x->e.role = value_is(&m->match, 1, "I") ? STORY_INITIATOR : STORY_RESPONDER;
	if (value_begins(&m->match, 2, "AG_"))
		x->e.kind = STORY_AGGRESSIVE;
	sa->dead = true;
	if (x->e.outcome == STORY_OPEN && !value_begins(&m->match, 2, "QM_IDLE"))
		x->e.outcome = STORY_FAILED;
	s = TAILQ_LAST(&x->e.steps, story_steps);
	if (!s || s->on_wire || strcmp(s->detail, detail) != 0) {
		s = track_step(r, STORY_LOCAL, false, m->at_ms);
		track_detail(r, s, detail);
		s = track_link(x, s);
	}
	packet_stand(sa, x, s);
}

/* --- all ---- */

/* Lines of a peer that belong to no IKE SA. */
static void keep_loose(struct reader *r, const struct frame_message *m)
{
	struct peer *p = r->peer;
	struct exchange *x = (struct exchange *)TAILQ_LAST(&p->p.exchanges, story_exchanges);
	struct story_step *s;

	if (m->match.message->kind == MESSAGE_IPSEC && m->match.message->id != MSG_create_sa &&
	    m->match.message->id != MSG_enable_outbound) {
		if (!p->ahead)
			p->ahead = track_step(r, STORY_LOCAL, true, m->at_ms);
		track_line(r, p->ahead, m);
		return;
	}
	if (!x || x->e.kind != STORY_OTHER || x->e.conn_id)
		x = track_exchange(r, p, STORY_OTHER, STORY_ROLE_UNKNOWN, 0, 0);
	if (!x)
		return;
	if (p->ahead) {
		track_link(x, p->ahead);
		p->ahead = NULL;
	}
	s = TAILQ_LAST(&x->e.steps, story_steps);
	if (!s)
		s = track_link(x, track_step(r, STORY_LOCAL, false, m->at_ms));
	if (m->match.message->id == MSG_create_sa)
		x->e.outcome = STORY_DONE;
	track_line(r, s, m);
}

static void keep(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x;

	if (!sa && !r->peer)
		return;
	if (!sa) {
		keep_loose(r, m);
		return;
	}
	if (!sa->in && !sa->ahead && !sa->step) {
		x = sa->at ? sa->at : packet_phase1(r, sa);
		if (!x)
			return;
		packet_stand(sa, x, track_link(x, track_step(r, STORY_LOCAL, false, m->at_ms)));
	}
	track_line(r, sa->in ? sa->in : sa->ahead ? sa->ahead : sa->step, m);
}

static void quick_mode(struct reader *r, const struct frame_message *m)
{
	struct sa *sa = r->sa;
	struct exchange *x;

	packet_settle_in(r, sa);
	packet_ahead(r, m);
	x = track_exchange(r, sa->peer, STORY_QUICK, STORY_INITIATOR, sa->cid, value_number(&m->match, 0));
	sa->ahead_of = x;
	if (x && *sa->peer->proxies)
		track_text(r, &x->e.proxies, sa->peer->proxies, strlen(sa->peer->proxies));
}

static void follow(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct sa *sa = r->sa;
	struct exchange *x;

	switch (v->message->id) {
	case MSG_received:
		packet_received(r, m);
		break;
	case MSG_sending:
		packet_sending(r, m);
		return;
	case MSG_sending_ip:
		packet_sending_ip(r, m);
		break;
	case MSG_sa_request_profile:
		x = packet_phase1(r, sa);
		if (x)
			x->e.role = STORY_INITIATOR;
		packet_ahead(r, m);
		break;
	case MSG_send_initial_contact:
	case MSG_doing_psk:
	case MSG_doing_rsa:
	case MSG_natt_vid:
	case MSG_main_mode:
	case MSG_aggressive_mode:
		packet_ahead(r, m);
		if (v->message->id == MSG_aggressive_mode && (x = packet_phase1(r, sa)))
			x->e.kind = STORY_AGGRESSIVE;
		break;
	case MSG_outstanding:
	case MSG_sitting_idle:
		packet_settle_in(r, sa);
		packet_ahead(r, m);
		break;
	case MSG_quick_mode:
		quick_mode(r, m);
		break;
	case MSG_initial_message:
	case MSG_request_failed:
		x = packet_phase1(r, sa);
		if (x && x->e.outcome == STORY_OPEN)
			x->e.outcome = STORY_FAILED;
		sa->dead = true;
		break;
	case MSG_sa_inserted:
		value_copy(v, 0, sa->ptr, sizeof(sa->ptr));
		break;
	case MSG_new_node:
		if (!value_number(v, 0))
			packet_ahead(r, m);
		select_mid(r, value_number(v, 0), m);
		break;
	case MSG_processing:
		processing(r, m);
		break;
	case MSG_notify:
		notify(r, m);
		break;
	case MSG_sending_notify:
		sending_notify(r, m);
		break;
	case MSG_notify_no_hash:
	case MSG_delete_no_hash:
		if (sa->in)
			packet_settle_in(r, sa);
		if (sa->step && !sa->step->sent && sa->step->on_wire)
			sa->step->phase = STORY_INFO;
		track_detail(r, sa->step,
			     v->message->id == MSG_notify_no_hash ? "NOTIFY without a hash" : "DELETE without a hash");
		break;
	case MSG_unknown_input:
		if (value_has(v, 1, "IKE_INFO_") || value_has(v, 0, "IKE_INFO_"))
			input(r, m);
		break;
	case MSG_input:
		input(r, m);
		break;
	case MSG_state:
		state1(r, m);
		break;
	case MSG_node_input:
		select_mid(r, value_number(v, 0), m);
		break;
	case MSG_node_state:
		state2(r, m);
		break;
	case MSG_gets_spi:
		if (sa->at && !sa->ahead && sa->at->e.message_id)
			sa->at->e.role = value_is(v, 0, "Initiator") ? STORY_INITIATOR : STORY_RESPONDER;
		break;
	case MSG_node_purging:
		select_mid(r, value_number(v, 0), m);
		break;
	case MSG_node_deleting:
	case MSG_node_failed:
		select_mid(r, value_number(v, 0), m);
		if (!sa->at || sa->at->e.message_id != value_number(v, 0))
			break;
		if (v->message->id == MSG_node_failed) {
			if (sa->at->e.outcome == STORY_OPEN)
				sa->at->e.outcome = STORY_FAILED;
		} else if (sa->at->e.kind == STORY_QUICK &&
			   (value_is(v, 1, "No Error") || value_has(v, 1, "QM done"))) {
			if (sa->at->e.role == STORY_ROLE_UNKNOWN)
				sa->at->e.role = value_is(v, 1, "No Error") ? STORY_INITIATOR : STORY_RESPONDER;
			ensure_range(r, sa->at, STORY_QM1, STORY_QM3, m->at_ms);
			done(r, sa->at);
		} else if (sa->at->e.kind == STORY_QUICK && value_is(v, 1, "IKE deleted")) {
			if (sa->at->e.outcome == STORY_OPEN)
				sa->at->e.outcome = STORY_FAILED;
		} else if (sa->at->e.kind == STORY_INFORMATIONAL) {
			sa->at->e.outcome = STORY_DONE;
		}
		break;
	case MSG_deleting_spi:
		select_mid(r, value_number(v, 1), m);
		break;
	case MSG_resend1_timer:
	case MSG_resend1:
		if (!sa->resending)
			resend(r, packet_phase1(r, sa));
		break;
	case MSG_resend2_timer:
	case MSG_resend2: {
		const uint32_t mid = value_number(v, v->message->id == MSG_resend2 ? 0 : 1);

		x = track_find(sa->peer, sa->cid, mid);
		if (x)
			is_quick(r, x);
		resend(r, x);
		break;
	}
	case MSG_resend_due_to:
		resend(r, sa->at);
		break;
	case MSG_duplicate:
		duplicate(r, m);
		break;
	case MSG_sa_deleting:
		deleted(r, m);
		break;
	case MSG_nat_his:
	case MSG_nat_mine:
	case MSG_nat_both:
		if ((x = packet_phase1(r, sa)))
			x->nat = true;
		break;
	case MSG_no_profile:
		if ((x = packet_phase1(r, sa)))
			x->no_profile = true;
		break;
	case MSG_profile:
		if ((x = packet_phase1(r, sa)))
			x->no_profile = false;
		break;
	case MSG_id:
		x = packet_phase1(r, sa);
		if (x && v->count == 7 && !sa->ahead && sa->step && !sa->step->sent)
			snprintf(x->identity, sizeof(x->identity), "%.*s %.*s", (int)v->values[2].octets,
				 v->values[2].text, (int)v->values[3].octets, v->values[3].text);
		break;
	case MSG_nat_none:
		/* comes last; the line of the first hash says that there is one */
		if ((x = packet_phase1(r, sa)))
			x->nat = false;
		break;
	case MSG_authenticated:
		packet_phase1(r, sa);
		break;
	default:
		break;
	}
}

/* A node is announced without its conn-id, which may turn out to be that of another IKE SA. */
static void move_ahead(struct sa *from, struct sa *to)
{
	if (to->ahead || !from->ahead || from->ahead_of)
		return;
	to->ahead = from->ahead;
	to->ahead_mid = from->ahead_mid;
	to->ahead_has_mid = from->ahead_has_mid;
	from->ahead = NULL;
	from->ahead_has_mid = false;
}

void follow_message(struct reader *r, const struct frame_message *m)
{
	if (r->announced && r->sa && r->announced != r->sa && r->announced->peer == r->sa->peer && m->match.has_cid)
		move_ahead(r->announced, r->sa);
	r->announced = m->match.message->id == MSG_new_node ? r->sa : NULL;
	/* what is printed by a packet's line stands in its step, what prepares it too */
	if (r->sa && (m->match.message->kind == MESSAGE_ISAKMP || m->match.message->kind == MESSAGE_IPSEC))
		follow(r, m);
	if (m->match.message->id != MSG_sending && m->match.message->id != MSG_sending_ip && r->sa)
		r->sa->sending = false;
	keep(r, m);
}
