/*
 * What comes in, in this order: the SA of the cookies, duplicate of what was taken before, row for (state, input),
 * decryption as the row says, sanity of every payload, the row's set of payloads; only then the row. Nothing of the SA
 * changes before that.
 */
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/recover.h"
#include "ike/table.h"

/* IOS prints the node of a message before that it was decrypted. */
static void say_decrypted(struct ike_step *s)
{
	if (s->decrypted)
		dbg_engine_decrypt(s->e);
	s->decrypted = false;
}

/* Decrypts when the row says that the message is encrypted, walks it and checks all of it. Changes only *s. */
static bool open_message(struct ike_step *s, const struct ike_path *path, struct rd body, const struct ike_row *row)
{
	const bool flag = s->h.flags & ISAKMP_FLAG_ENCRYPTED;
	struct payload_fault fault = { PAYLOAD_FLAGS, PAYLOAD_NONE };
	size_t octets = rd_left(&body);
	struct payloads *in = &s->in;

	if (row->encrypted && !flag && !row->in_clear) {
		if (ike_noise(s->e))
			log_not_encrypted(s->e, &path->remote);
		return false;
	}
	if (flag && (!row->encrypted || (ike_is_phase1(s->h.exchange) && !s->sa->has_keys)))
		goto bad;
	if (flag) {
		fault = (struct payload_fault){ PAYLOAD_LENGTH, PAYLOAD_NONE };
		if (!octets || octets > sizeof(s->plain) || octets % s->sa->keys.block_octets)
			goto bad;
		s->plain_octets = octets;
		memcpy(s->plain, body.p, octets);
		if (ike_decrypt(&s->sa->keys, s->iv, s->plain, octets))
			goto bad;
		s->decrypted = true;
		body = rd_of(s->plain, octets);
	}
	if (!payloads_walk(s->h.next_payload, body, flag ? ISAKMP_PADDING_MAX : 0, in, &fault) ||
	    !ike_message_sane(in, &fault) || !ike_message_fits(in, &row->in, &fault))
		goto bad;
	/* RFC 2409 5.5 and 5.7: HASH comes first, and the SA right after it */
	fault = (struct payload_fault){ PAYLOAD_UNKNOWN, in->p[0].type };
	if (!ike_is_phase1(s->h.exchange) && in->p[0].type != PAYLOAD_HASH)
		goto bad;
	/* RFC 2409 5.4: the SA comes first */
	if (ike_is_phase1(s->h.exchange) && (row->in.must & P(SA)) && in->p[0].type != PAYLOAD_SA)
		goto bad;
	if (s->h.exchange == EXCHANGE_QUICK && (row->in.must & P(SA)) && in->p[1].type != PAYLOAD_SA)
		goto bad;
	return true;
bad:
	say_decrypted(s);
	if (!s->sa)
		ike_note_refused(s->e, path, true, FAULT_malformed);
	ike_malformed(s->e, s->sa, &path->remote, &fault);
	return false;
}

/*
 * Who waits for an answer retransmits by its own timer, and nobody has anything to say to the last message of an
 * exchange: MM6, AG3, QM3.
 */
static bool answers(const struct ike_sa *sa, const struct ike_node *node)
{
	if (node)
		return node->initiator ? node->state != IKE_QM_I_QM1 : node->state != IKE_QM_PHASE2_COMPLETE;
	if (sa->aggressive)
		return sa->initiator ? sa->state == IKE_P1_COMPLETE : sa->state == IKE_R_AM2;
	return !sa->initiator;
}

/* A copy of what was taken before: the stored answer once more, but not in bursts. */
static void answer_duplicate(struct ike_step *s, struct ike_node *node, unsigned phase)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	struct ike_blob *out = node ? &node->out : &sa->out;
	uint64_t since = ike_now(e) - (node ? node->sent_ms : sa->sent_ms);
	bool speak = out->octets && answers(sa, node);

	dbg_duplicate(e, sa->conn_id, phase);
	if (node)
		node->repeats++;
	else if (ike_is_phase1(s->h.exchange))
		ike_note_repeat(e, sa);
	if (!speak)
		return;
	if (since < IKE_RESEND_QUIET_MS) {
		dbg_resend_skipped(e, sa->conn_id, phase, since);
		return;
	}
	dbg_resend_due_to(e, sa->conn_id, phase);
	if (node)
		dbg_resend2_timer(e, sa->conn_id, ike_sa_shown(sa), (int32_t)node->mid);
	else
		dbg_resend1_timer(e, sa->conn_id, ike_sa_shown(sa));
	/* the mapping may be another one since: the answer goes there, the SA stays where it is */
	ike_resend(e, sa, node, ike_natt_may_answer(sa, &s->path) ? &s->path : NULL);
	if (node || !sa->aggressive)
		return;
	/* AG3 did not arrive, and so what came behind it was dropped. Not often: anybody may have recorded AG2. */
	TAILQ_FOREACH (node, &sa->nodes, link) {
		if (node->state == IKE_QM_I_QM1 && node->resends < IKE_RESENDS_STALE &&
		    node->resend_ms > ike_now(e) + IKE_RESEND_SOON_MS && node->resend_ms != IKE_NEVER)
			node->resend_ms = ike_now(e) + IKE_RESEND_SOON_MS;
	}
}

static bool same(const struct ike_blob *b, const struct ike_step *s)
{
	return b->octets && b->octets == s->octets && !memcmp(b->p, s->raw, s->octets);
}

/* For a first message. */
static bool make_sa(struct ike_step *s, const struct ike_path *path, enum ike_input input)
{
	ike_sa_make_room(s->e, path);
	s->sa = ike_sa_new(s->e, path, false, "crypto_isakmp_process_block");
	if (!s->sa)
		return false;
	memcpy(s->sa->icookie, s->h.icookie, sizeof(s->sa->icookie));
	ike_index_sa(s->e, s->sa);
	s->sa->aggressive = input == IKE_AM_EXCH;
	s->fresh = true;
	return true;
}

static void receive_phase1(struct ike_step *s, const struct ike_path *path, struct rd body, enum ike_input input)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	const struct payload_fault mid = { PAYLOAD_VALUE, PAYLOAD_NONE };
	struct ike_sa *sa = s->sa;
	const struct ike_row *row = ike_row_find(sa ? sa->state : IKE_READY, input);

	if (sa && sa->step) { /* the message that it works on is not answered yet */
		dbg_duplicate(s->e, sa->conn_id, 1);
		return;
	}
	if (sa && (same(&sa->in, s) || (!sa->initiator && !memcmp(s->h.rcookie, none, sizeof(none))))) {
		if (same(&sa->in, s))
			answer_duplicate(s, NULL, 1);
		else
			dbg_duplicate(s->e, sa->conn_id, 1);
		return;
	}
	if (sa && !ike_natt_may_come(sa, path, sa->has_keys && row && row->encrypted)) {
		if (ike_noise(s->e))
			log_no_sa(s->e, &path->remote);
		return;
	}
	if (!row) {
		dbg_unknown_input(s->e, sa->conn_id, ike_input_from(input), ike_input_name(input),
				  ike_state_name(sa->state));
		return;
	}
	if (s->h.message_id) {
		ike_malformed(s->e, sa, &path->remote, &mid);
		return;
	}
	if (sa && sa->has_keys)
		memcpy(s->iv, sa->keys.iv, sizeof(s->iv));
	if (!open_message(s, path, body, row))
		return;
	say_decrypted(s);
	if (!sa) {
		if (!ike_sa_admit(s->e, path, true) || !make_sa(s, path, input))
			return;
	}
	if (!ike_run(s, input))
		ike_step_undo(s);
}

static void receive_quick(struct ike_step *s, const struct ike_path *path, struct rd body)
{
	struct ike_sa *sa = s->sa;
	struct ike_node *node;
	const struct ike_row *row;
	uint32_t mid = s->h.message_id;

	if (sa->state == IKE_R_AM2) {
		/* who begins Quick Mode has AG2, whose cookie it knows, and has sent an AG3 that did not come */
		answer_duplicate(s, NULL, 1);
		return;
	}
	if (sa->state != IKE_P1_COMPLETE) {
		if (ike_noise(s->e))
			log_not_auth(s->e, &path->remote);
		return;
	}
	node = ike_node_find(sa, mid);
	if (node && node->step) {
		dbg_duplicate(s->e, sa->conn_id, 2);
		return;
	}
	if (node && same(&node->in, s)) {
		answer_duplicate(s, node, 2);
		return;
	}
	if (!node && !ike_sa_mid_fresh(sa, mid)) {
		dbg_duplicate(s->e, sa->conn_id, 2);
		return;
	}
	row = node && node->rejected ? NULL : ike_row_find(node ? node->state : IKE_QM_READY, IKE_QM_EXCH);
	if (!row || (node && node->initiator != (node->state == IKE_QM_I_QM1))) {
		dbg_unknown_input(s->e, sa->conn_id, ike_input_from(IKE_QM_EXCH), ike_input_name(IKE_QM_EXCH),
				  ike_state_name(node ? node->state : IKE_QM_READY));
		return;
	}
	if (node && !node->deferred)
		memcpy(s->iv, node->iv, sizeof(s->iv));
	else if (!mid || ike_iv_phase2(&sa->keys, mid, s->iv))
		return;
	if (!open_message(s, path, body, row))
		return;
	s->node = node;
	if (!node) {
		dbg_new_node(s->e, (int32_t)mid);
		s->node = ike_node_new(s->e, sa, mid, false);
		if (!s->node)
			return;
	}
	say_decrypted(s);
	s->fresh = !node || node->deferred;
	if (!ike_run(s, IKE_QM_EXCH))
		ike_step_undo(s);
}

static void receive_info(struct ike_step *s, const struct ike_path *path, struct rd body)
{
	struct ike_sa *sa = s->sa;
	enum ike_input input = IKE_INFO_NOTIFY;
	const struct ike_row *row;
	uint32_t mid = s->h.message_id;

	if (!(s->h.flags & ISAKMP_FLAG_ENCRYPTED)) {
		struct payload_fault fault;

		if (payloads_walk(s->h.next_payload, body, 0, &s->in, &fault))
			ike_info_unprotected(s);
		else
			ike_malformed(s->e, sa, &path->remote, &fault);
		return;
	}
	row = ike_row_find(sa->state, input);
	if (!row || !sa->authenticated) {
		dbg_unknown_input(s->e, sa->conn_id, ike_input_from(input), ike_input_name(input),
				  ike_state_name(sa->state));
		return;
	}
	if (!ike_sa_mid_fresh(sa, mid) || ike_node_find(sa, mid)) {
		dbg_duplicate(s->e, sa->conn_id, 2);
		return;
	}
	if (!mid || ike_iv_phase2(&sa->keys, mid, s->iv) || !open_message(s, path, body, row))
		return;
	if (payloads_find(&s->in, PAYLOAD_DELETE, 0))
		input = IKE_INFO_DELETE;
	dbg_new_node(s->e, (int32_t)mid);
	say_decrypted(s);
	ike_run(s, input);
}

/* Nobody's message. One that is encrypted shows that the peer has an SA which is gone here. */
static void no_sa(struct ike *e, const struct ike_path *path, const struct isakmp_header *h, const uint8_t *datagram,
		  size_t octets)
{
	struct payloads m;
	struct payload_fault fault;
	struct rd body = rd_of(datagram, octets);

	rd_take(&body, ISAKMP_HEADER_OCTETS);
	if (h->exchange == EXCHANGE_INFO && !(h->flags & ISAKMP_FLAG_ENCRYPTED) &&
	    payloads_walk(h->next_payload, body, 0, &m, &fault) && ike_recover_hint(e, path, NULL, &m))
		return;
	e->stats.dropped++;
	if (h->flags & ISAKMP_FLAG_ENCRYPTED)
		ike_note_unknown_sa(e, path);
	if (ike_noise(e))
		log_no_sa(e, &path->remote);
	ike_recover_cookies(e, path, h);
}

/* What an unanswered copy of it would do, but that the SA gets the cookie that it had. */
static struct ike_sa *receive_again(struct ike_step *s, const uint8_t *rcookie)
{
	const struct ike_row *row = ike_row_find(IKE_READY, IKE_MM_EXCH);
	struct payload_fault fault;
	struct rd body;

	if (!row || !isakmp_parse_header(s->raw, s->octets, &s->h, &body, &fault) ||
	    !open_message(s, &s->path, body, row) || !make_sa(s, &s->path, IKE_MM_EXCH))
		return NULL;
	s->e->stats.in_accepted--; /* it was counted when it came */
	memcpy(s->sa->rcookie, rcookie, sizeof(s->sa->rcookie));
	if (ike_run(s, IKE_MM_EXCH))
		return s->sa;
	ike_step_undo(s);
	return NULL;
}

struct ike_sa *ike_receive_again(struct ike *e, const struct ike_path *path, const uint8_t *rcookie, const uint8_t *mm1,
				 size_t octets)
{
	const unsigned debug = e->debug;
	struct ike_step *s = ike_step_new(e, NULL, NULL);
	struct ike_sa *sa;

	if (!s || octets > sizeof(s->raw))
		return NULL;
	memcpy(s->raw, mm1, octets);
	s->octets = octets;
	s->path = *path;
	e->debug = 0;
	e->again = true;
	sa = receive_again(s, rcookie);
	e->again = false;
	e->debug = debug;
	ike_step_end(s);
	return sa;
}

void ike_receive(struct ike *e, const struct ike_path *path, const struct isakmp_header *h, const uint8_t *datagram,
		 size_t octets)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	const bool first = !memcmp(h->rcookie, none, sizeof(none));
	struct ike_sa *sa = ike_sa_find(e, path, h->icookie, first ? NULL : h->rcookie);
	struct ike_step *s;
	struct rd body;

	if (!sa && !first)
		sa = ike_unpark(e, path, h);
	IKE_ABOUT(e, .sa = sa, .path = *path);
	if (!sa && first && h->exchange == EXCHANGE_AGGRESSIVE && e->set.aggressive != ISAKMP_AGGRESSIVE_ON) {
		e->stats.dropped++;
		ike_note_refused(e, path, true, FAULT_aggressive);
		if (ike_noise(e))
			log_ag_disabled(e);
		return;
	}
	if (sa && sa->deleted && ike_now(e) < sa->answer_ms && h->exchange == EXCHANGE_INFO &&
	    (h->flags & ISAKMP_FLAG_ENCRYPTED)) {
		/* the keys are gone; what it says is known */
		dbg_received(e, sa->conn_id, &path->remote, path->local_port, path->remote_port, ike_sa_role(sa),
			     ike_sa_shown(sa));
		return;
	}
	if ((!sa && !(first && ike_is_phase1(h->exchange))) || (sa && sa->deleted && !ike_is_phase1(h->exchange))) {
		no_sa(e, path, h, datagram, octets);
		return;
	}
	body = rd_of(datagram, octets);
	rd_take(&body, ISAKMP_HEADER_OCTETS);
	if (sa && h->next_payload == PAYLOAD_FRAGMENT) {
		ike_fragment_take(e, sa, path, h, body);
		return;
	}
	if (octets > sizeof(s->raw) || !(s = ike_step_new(e, sa, NULL)))
		return;
	memcpy(s->raw, datagram, octets);
	s->octets = octets;
	s->path = *path;
	s->h = *h;
	body = rd_of(s->raw, octets);
	rd_take(&body, ISAKMP_HEADER_OCTETS);
	if (sa)
		dbg_received(e, sa->conn_id, &path->remote, path->local_port, path->remote_port, ike_sa_role(sa),
			     ike_sa_shown(sa));
	else
		dbg_received(e, 0, &path->remote, path->local_port, path->remote_port, 'N', "NEW SA");
	if (ike_is_phase1(h->exchange))
		receive_phase1(s, path, body, h->exchange == EXCHANGE_MAIN ? IKE_MM_EXCH : IKE_AM_EXCH);
	else if (h->exchange == EXCHANGE_QUICK)
		receive_quick(s, path, body);
	else if (h->exchange == EXCHANGE_INFO)
		receive_info(s, path, body);
	else if (ike_noise(e))
		log_mode_failure(e, "Transaction", &path->remote);
	ike_step_end(s);
}
