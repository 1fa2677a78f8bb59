/*
 * The driver of the state machines. What comes in passes in this order: duplicate of what was taken before, row for
 * (state, input), encryption as the row says, sanity of every payload, the row's set of payloads; only then the
 * handler. What goes out passes the same checks the other way round, so that no row can send what it does not allow.
 */
#include "ike/natt.h"
#include "ike/table.h"

#include "ike/dpd.h"
#include "ike/recover.h"

static const char *const state_names[] = {
#define X(id, shown) #id,
	IKE_STATES(X)
#undef X
};

static const char *const input_names[] = { "IKE_INPUT_NONE",
#define X(id, from) #id,
					   IKE_INPUTS(X)
#undef X
};

static const char *const input_froms[] = { "IKE_MESG_NONE",
#define X(id, from) from,
					   IKE_INPUTS(X)
#undef X
};

const char *ike_state_name(enum ike_state s)
{
	return s < IKE_STATE_COUNT ? state_names[s] : "?";
}

const char *ike_input_name(enum ike_input i)
{
	return i < IKE_INPUT_COUNT ? input_names[i] : "?";
}

const char *ike_input_from(enum ike_input i)
{
	return i < IKE_INPUT_COUNT ? input_froms[i] : "?";
}

const struct ike_table *ike_table(unsigned i)
{
	static const struct ike_table *const tables[IKE_TABLES] = { &ike_main_mode, &ike_aggressive_mode,
								    &ike_quick_mode, &ike_info };

	return i < IKE_TABLES ? tables[i] : NULL;
}

const struct ike_row *ike_row_find(enum ike_state state, enum ike_input input)
{
	for (unsigned t = 0; t < IKE_TABLES; t++)
		for (size_t i = 0; i < ike_table(t)->count; i++)
			if (ike_table(t)->rows[i].from == state && ike_table(t)->rows[i].input == input)
				return &ike_table(t)->rows[i];
	return NULL;
}

/* --- payload sets ------------------------------------------------------------------------------------------------ */

/* These may stand in a message more than once. */
#define REPEATED (P(VID) | P(NOTIFY) | P(DELETE) | P(ID) | P(CR) | P(NATD) | P(NATOA))

static bool set_fits(const struct payloads *m, const struct ike_rule *rule, struct payload_fault *fault)
{
	uint32_t seen = 0;

	for (unsigned i = 0; i < m->count; i++) {
		uint8_t type = m->p[i].type, plain = payload_plain_type(type);
		uint32_t bit = plain < 32 ? UINT32_C(1) << plain : 0;

		if (!(bit & (rule->must | rule->may)) || (seen & bit & ~REPEATED)) {
			*fault = (struct payload_fault){ PAYLOAD_UNKNOWN, type };
			return false;
		}
		seen |= bit;
	}
	*fault = (struct payload_fault){ PAYLOAD_SHORT, PAYLOAD_NONE };
	return (seen & rule->must) == rule->must;
}

/* Every payload by its own rules, so that handlers meet none that is malformed. */
static bool sane(const struct payloads *m, struct payload_fault *fault)
{
	struct payload_sa sa;
	struct payload_id id;
	struct payload_notify notify;
	struct payload_delete del;
	bool good = true;

	for (unsigned i = 0; i < m->count && good; i++) {
		const struct payload *p = &m->p[i];

		switch (p->type) {
		case PAYLOAD_SA:
			good = payload_parse_sa(p, &sa, fault);
			break;
		case PAYLOAD_ID:
			good = payload_parse_id(p, &id, fault);
			break;
		case PAYLOAD_NOTIFY:
			good = payload_parse_notify(p, &notify, fault);
			break;
		case PAYLOAD_DELETE:
			good = payload_parse_delete(p, &del, fault);
			break;
		case PAYLOAD_KE:
		case PAYLOAD_NONCE:
		case PAYLOAD_HASH:
		case PAYLOAD_VID:
			good = payload_check_opaque(p, fault);
			break;
		default:
			break;
		}
	}
	return good;
}

void ike_malformed(struct ike *e, struct ike_sa *sa, const struct ip_addr *from, const struct payload_fault *fault)
{
	const uint32_t cid = sa ? sa->conn_id : 0;
	const bool loud = ike_noise(e); /* an SA that is half-open is no better than none */

	if (!sa && !loud)
		return;
	if (fault->why == PAYLOAD_RESERVED)
		dbg_reserved(e, payload_name(fault->type));
	else if (fault->why == PAYLOAD_UNKNOWN)
		dbg_received_type(e, fault->type);
	else
		dbg_malformed(e, cid);
	if (loud)
		log_bad_message(e, from);
	if (!sa)
		return;
	if (sa->malformed < IKE_RESENDS)
		sa->malformed++;
	dbg_sa_error_count(e, cid, sa->malformed, "PAYLOAD_MALFORMED");
}

/* --- messages out ------------------------------------------------------------------------------------------------ */

static void transmit(struct ike *e, struct ike_sa *sa, const struct ike_path *to, const uint8_t *datagram,
		     size_t octets)
{
	dbg_sending(e, sa->conn_id, &to->remote, to->local_port, to->remote_port, ike_sa_role(sa), ike_sa_shown(sa));
	dbg_sending_ip(e, sa->conn_id, to->remote.family == 6);
	sa->spoke_ms = ike_now(e);
	if (!ike_fragment_send(e, sa, to, datagram, octets))
		e->ops.send(e->ops.ctx, to, datagram, octets);
}

void ike_transmit(struct ike *e, struct ike_sa *sa, const uint8_t *datagram, size_t octets)
{
	transmit(e, sa, &sa->path, datagram, octets);
}

void ike_message_open(struct ike_step *s, uint8_t exchange, uint32_t mid, bool encrypted)
{
	struct isakmp_header h = { .exchange = exchange,
				   .flags = encrypted ? ISAKMP_FLAG_ENCRYPTED : 0,
				   .message_id = mid };

	memcpy(h.icookie, s->sa->icookie, sizeof(h.icookie));
	memcpy(h.rcookie, s->sa->rcookie, sizeof(h.rcookie));
	isakmp_open(&s->out, s->built, sizeof(s->built), &h);
}

size_t ike_message_close(struct ike_step *s, const struct ike_rule *rule, bool encrypted)
{
	const size_t block = encrypted ? s->sa->keys.block_octets : 0;
	const size_t octets = isakmp_close(&s->out, block);
	struct isakmp_header h;
	struct payloads built;
	struct payload_fault fault;
	struct rd body;

	if (!octets || !isakmp_parse_header(s->built, octets, &h, &body, &fault) ||
	    !payloads_walk(h.next_payload, body, encrypted ? ISAKMP_PADDING_MAX : 0, &built, &fault) ||
	    !set_fits(&built, rule, &fault))
		return 0;
	if (!encrypted)
		return octets;
	return ike_encrypt(&s->sa->keys, s->iv, s->built + ISAKMP_HEADER_OCTETS, octets - ISAKMP_HEADER_OCTETS)
		       ? 0
		       : octets;
}

/*
 * Quick Mode follows right behind AG3, and a peer that has not taken the one drops the other: that it works on both at
 * the same time is enough.
 */
static bool is_on_the_heels(const struct ike_sa *sa, uint64_t now)
{
	return sa->aggressive && sa->initiator && now - sa->authenticated_ms < IKE_RESEND_SOON_MS;
}

static bool build(struct ike_step *s, const struct ike_row *row)
{
	struct ike_blob *copy = s->node ? &s->node->out : &s->sa->out;
	uint64_t now = ike_now(s->e);
	size_t octets;

	ike_message_open(s,
			 s->node             ? EXCHANGE_QUICK
			 : s->sa->aggressive ? EXCHANGE_AGGRESSIVE
					     : EXCHANGE_MAIN,
			 s->node ? s->node->mid : 0, row->encrypted);
	if (row->build(s) != IKE_OK || !(octets = ike_message_close(s, &row->out, row->encrypted)))
		return false;
	ike_blob_set(copy, s->built, octets);
	if (row->before)
		row->before(s);
	ike_transmit(s->e, s->sa, s->built, octets);
	if (s->node) {
		s->node->sent_ms = now;
		s->node->resends = 0;
		s->node->resend_ms = row->awaits
					     ? now + (is_on_the_heels(s->sa, now) ? IKE_RESEND_SOON_MS : IKE_RESEND_MS)
					     : IKE_NEVER;
	} else {
		s->sa->sent_ms = now;
		s->sa->resends = 0;
		s->sa->resend_ms = row->awaits ? now + IKE_RESEND_MS : IKE_NEVER;
	}
	return true;
}

/* Phase 1 prints IOS's "...", phase 2 the message ID. The stored octets go out unchanged. */
void ike_resend(struct ike *e, struct ike_sa *sa, struct ike_node *node, const struct ike_path *to)
{
	struct ike_blob *b = node ? &node->out : &sa->out;

	if (node) {
		dbg_resend2(e, sa->conn_id, (int32_t)node->mid, ike_sa_shown(sa));
		node->sent_ms = ike_now(e);
	} else {
		dbg_resend1(e, sa->conn_id, ike_sa_shown(sa));
		sa->sent_ms = ike_now(e);
	}
	if (b->octets)
		transmit(e, sa, to ? to : &sa->path, b->p, b->octets);
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

struct ike_step *ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node)
{
	struct ike_step *s = calloc(1, sizeof(*s));

	if (s) {
		s->e = e;
		s->sa = sa;
		s->node = node;
	}
	return s;
}

static void step_free(struct ike_step *s)
{
	ike_step_dh_end(s);
	wipe(s, sizeof(*s));
	free(s);
}

void ike_step_end(struct ike_step *s)
{
	if (!s->row)
		step_free(s);
}

/* Where a step that waits is kept. */
static struct ike_step **waiting(struct ike_step *s)
{
	return s->node ? &s->node->step : &s->sa->step;
}

void ike_step_cancel(struct ike_step *s)
{
	if (!s)
		return;
	*waiting(s) = NULL;
	step_free(s);
}

static bool is_phase1(uint8_t exchange)
{
	return exchange == EXCHANGE_MAIN || exchange == EXCHANGE_AGGRESSIVE;
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static void trace(struct ike_step *s, enum ike_input input, enum ike_state from, enum ike_state to)
{
	if (s->node) {
		dbg_node_input(s->e, s->sa->conn_id, (int32_t)s->node->mid, ike_input_from(input),
			       ike_input_name(input));
		dbg_node_state(s->e, s->sa->conn_id, ike_state_name(from), ike_state_name(to));
	} else {
		dbg_input(s->e, s->sa->conn_id, ike_input_from(input), ike_input_name(input));
		dbg_state(s->e, s->sa->conn_id, ike_state_name(from), ike_state_name(to));
	}
}

static enum ike_state *state_of(struct ike_step *s)
{
	return s->node ? &s->node->state : &s->sa->state;
}

/* The exchange or the SA ends in IOS's words; the stored reply goes on answering duplicates. */
static void reject(struct ike_step *s, const struct ike_row *row)
{
	static const char policy[] = "Phase1 SA policy proposal not accepted";

	if (s->node) {
		ike_node_done(s->e, s->sa, s->node, true, "QM rejected");
		trace(s, row->input, row->from, row->from);
		log_mode_failure(s->e, "Quick", &s->sa->path.remote);
		return;
	}
	dbg_fsm_error(s->e, s->sa->conn_id, 2);
	if (s->sa->aggressive)
		trace(s, row->input, row->from, row->from);
	else
		trace(s, IKE_PROCESS_MAIN_MODE, row->to, row->to);
	ike_sa_delete_end(s->e, s->sa, s->reason ? s->reason : policy);
	if (ike_noise(s->e)) /* anybody can send an MM1 that does not suit */
		log_mode_failure(s->e, s->sa->aggressive ? "Aggressive" : "Main", &s->sa->path.remote);
}

static bool finish_row(struct ike_step *s, const struct ike_row *row, enum ike_outcome outcome)
{
	enum ike_state *state = state_of(s);

	ike_step_dh_end(s);
	if (outcome == IKE_OK && row->build && !build(s, row))
		outcome = IKE_DROP;
	if (outcome == IKE_DROP && row->trace_first) {
		trace(s, IKE_PROCESS_ERROR, row->to, row->from);
		*state = row->from;
	}
	if (row->in.must && outcome != IKE_DROP && s->node)
		ike_dpd_heard(s->e, s->sa);
	if (row->in.must && outcome != IKE_DROP && (s->node || is_phase1(s->h.exchange))) {
		ike_blob_set(s->node ? &s->node->in : &s->sa->in, s->raw, s->octets);
		if (!row->build)
			*(s->node ? &s->node->resend_ms : &s->sa->resend_ms) = IKE_NEVER;
	}
	if (outcome == IKE_REJECT)
		reject(s, row);
	if (outcome != IKE_OK)
		return false;
	if (row->encrypted && s->node)
		memcpy(s->node->iv, s->iv, sizeof(s->iv));
	else if (row->encrypted && (row->build || is_phase1(s->h.exchange)))
		memcpy(s->sa->keys.iv, s->iv, sizeof(s->iv));
	if (row->done)
		ike_node_done(s->e, s->sa, s->node, false, row->done);
	if (!row->trace_first) {
		trace(s, row->input, row->from, row->to);
		*state = row->to;
	}
	if (row->then)
		row->then(s);
	return true;
}

/* After a row that went well: the input that it feeds at once. */
static enum ike_input between_rows(struct ike_step *s, const struct ike_row *row)
{
	/* what IOS prints between taking a message of Main Mode and answering it */
	if (row->next == IKE_PROCESS_COMPLETE)
		trace(s, IKE_PROCESS_MAIN_MODE, *state_of(s), *state_of(s));
	/* an answer goes on from the IV that the message left, and is sent in the clear before there are keys */
	if (row->next && !s->node && s->sa->has_keys)
		memcpy(s->iv, s->sa->keys.iv, sizeof(s->iv));
	return row->next;
}

bool ike_run(struct ike_step *s, enum ike_input input)
{
	while (input) {
		const struct ike_row *row = ike_row_find(*state_of(s), input);
		enum ike_outcome outcome = IKE_OK;

		if (!row)
			return false;
		if (row->trace_first) {
			trace(s, row->input, row->from, row->to);
			*state_of(s) = row->to;
		}
		if (row->take)
			outcome = row->take(s);
		if (outcome == IKE_OK && row->resume)
			outcome = row->resume(s);
		if (outcome == IKE_WAIT) {
			s->row = row;
			*waiting(s) = s;
			return true;
		}
		if (!finish_row(s, row, outcome))
			return false;
		input = between_rows(s, row);
	}
	return true;
}

/* A first message that led nowhere must leave nothing: forged ones are cheap. */
static void undo(struct ike_step *s)
{
	if (!s->fresh || (s->node && (s->node->rejected || s->node->deferred)))
		return;
	if (!s->node) {
		if (s->sa->state == IKE_READY)
			ike_sa_free(s->e, s->sa);
	} else if (s->node->state == IKE_QM_READY) {
		ike_node_free(s->sa, s->node);
	} else {
		ike_node_done(s->e, s->sa, s->node, true, "QM rejected");
	}
}

void ike_step_resume(struct ike_step *s)
{
	const struct ike_row *row = s->row;

	*waiting(s) = NULL;
	s->row = NULL;
	if (!finish_row(s, row, row->resume(s)) || !ike_run(s, between_rows(s, row)))
		undo(s);
	ike_step_end(s);
}

/* --- messages in ------------------------------------------------------------------------------------------------- */

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
	if (flag && (!row->encrypted || (is_phase1(s->h.exchange) && !s->sa->has_keys)))
		goto bad;
	if (flag) {
		fault = (struct payload_fault){ PAYLOAD_LENGTH, PAYLOAD_NONE };
		if (!octets || octets > sizeof(s->plain) || octets % s->sa->keys.block_octets)
			goto bad;
		memcpy(s->plain, body.p, octets);
		if (ike_decrypt(&s->sa->keys, s->iv, s->plain, octets))
			goto bad;
		body = rd_of(s->plain, octets);
	}
	if (!payloads_walk(s->h.next_payload, body, flag ? ISAKMP_PADDING_MAX : 0, in, &fault) || !sane(in, &fault) ||
	    !set_fits(in, &row->in, &fault))
		goto bad;
	/* RFC 2409 5.5 and 5.7: HASH comes first, and the SA right after it */
	fault = (struct payload_fault){ PAYLOAD_UNKNOWN, in->p[0].type };
	if (!is_phase1(s->h.exchange) && in->p[0].type != PAYLOAD_HASH)
		goto bad;
	/* RFC 2409 5.4: the SA comes first */
	if (is_phase1(s->h.exchange) && (row->in.must & P(SA)) && in->p[0].type != PAYLOAD_SA)
		goto bad;
	if (s->h.exchange == EXCHANGE_QUICK && (row->in.must & P(SA)) && in->p[1].type != PAYLOAD_SA)
		goto bad;
	return true;
bad:
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
	/* AG3 did not arrive, and so what came behind it was dropped */
	TAILQ_FOREACH (node, &sa->nodes, link) {
		if (node->state == IKE_QM_I_QM1 && node->resend_ms > ike_now(e) + IKE_RESEND_SOON_MS &&
		    node->resend_ms != IKE_NEVER)
			node->resend_ms = ike_now(e) + IKE_RESEND_SOON_MS;
	}
}

static bool same(const struct ike_blob *b, const struct ike_step *s)
{
	return b->octets && b->octets == s->octets && !memcmp(b->p, s->raw, s->octets);
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
	if (!sa) {
		if (!ike_sa_admit(s->e, path, true))
			return;
		ike_sa_make_room(s->e, path);
		s->sa = ike_sa_new(s->e, path, false, "crypto_isakmp_process_block");
		if (!s->sa)
			return;
		memcpy(s->sa->icookie, s->h.icookie, sizeof(s->sa->icookie));
		ike_index_sa(s->e, s->sa);
		s->sa->aggressive = input == IKE_AM_EXCH;
		s->fresh = true;
	}
	if (!ike_run(s, input))
		undo(s);
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
	s->fresh = !node || node->deferred;
	if (!ike_run(s, IKE_QM_EXCH))
		undo(s);
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
	if (ike_noise(e))
		log_no_sa(e, &path->remote);
	ike_recover_cookies(e, path, h);
}

void ike_receive(struct ike *e, const struct ike_path *path, const struct isakmp_header *h, const uint8_t *datagram,
		 size_t octets)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	const bool first = !memcmp(h->rcookie, none, sizeof(none));
	struct ike_sa *sa = ike_sa_find(e, path, h->icookie, first ? NULL : h->rcookie);
	struct ike_step *s;
	struct rd body;

	if (!sa && first && h->exchange == EXCHANGE_AGGRESSIVE && e->set.aggressive != ISAKMP_AGGRESSIVE_ON) {
		e->stats.dropped++;
		if (ike_noise(e))
			log_ag_disabled(e);
		return;
	}
	if ((!sa && !(first && is_phase1(h->exchange))) || (sa && sa->deleted && !is_phase1(h->exchange))) {
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
	if (is_phase1(h->exchange))
		receive_phase1(s, path, body, h->exchange == EXCHANGE_MAIN ? IKE_MM_EXCH : IKE_AM_EXCH);
	else if (h->exchange == EXCHANGE_QUICK)
		receive_quick(s, path, body);
	else if (h->exchange == EXCHANGE_INFO)
		receive_info(s, path, body);
	else if (ike_noise(e))
		log_mode_failure(e, "Transaction", &path->remote);
	ike_step_end(s);
}
