/*
 * The driver of the state machines: finds rows, runs the steps through them, prints the trace, keeps the copies that
 * answer duplicates, and lets a step wait for Diffie-Hellman. What comes in has passed ike/receive.c, what goes out
 * leaves through ike/message.c, so that no row takes or sends what it does not allow.
 */
#include "ike/table.h"

#include "ike/dpd.h"

#include <stddef.h>
#include <stdlib.h>

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

/* --- steps ------------------------------------------------------------------------------------------------------- */

struct ike_step *ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node)
{
	struct ike_step *s = malloc(sizeof(*s));

	if (s) {
		memset(s, 0, offsetof(struct ike_step, raw));
		s->e = e;
		s->sa = sa;
		s->node = node;
	}
	return s;
}

static void step_free(struct ike_step *s)
{
	ike_step_dh_end(s);
	ike_message_used(s);
	wipe(s->raw, s->octets);
	wipe(s->plain, s->plain_octets);
	wipe(s->built, s->built_octets);
	wipe(s, offsetof(struct ike_step, raw));
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

/* --- rows -------------------------------------------------------------------------------------------------------- */

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
		s->node->resends = s->node->repeats = 0;
		s->node->resend_ms = row->awaits
					     ? now + (is_on_the_heels(s->sa, now) ? IKE_RESEND_SOON_MS : IKE_RESEND_MS)
					     : IKE_NEVER;
	} else {
		s->sa->sent_ms = now;
		s->sa->resends = s->sa->repeats = 0;
		s->sa->sendings = 1;
		s->sa->resend_ms = row->awaits ? now + IKE_RESEND_MS : IKE_NEVER;
	}
	return true;
}

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
		if (ike_noise(s->e))
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
	if (row->in.must && outcome != IKE_DROP && (s->node || ike_is_phase1(s->h.exchange))) {
		ike_blob_set(s->node ? &s->node->in : &s->sa->in, s->raw, s->octets);
		s->sa->taken_ms = ike_now(s->e);
		if (!s->fresh && !s->node && !s->sa->proven) {
			s->sa->proven = true;
			ike_proven(s->e, &s->sa->path.remote);
		}
		if (!row->build)
			*(s->node ? &s->node->resend_ms : &s->sa->resend_ms) = IKE_NEVER;
	}
	if (outcome == IKE_REJECT)
		reject(s, row);
	if (outcome != IKE_OK)
		return false;
	if (row->encrypted && s->node)
		memcpy(s->node->iv, s->iv, sizeof(s->iv));
	else if (row->encrypted && (row->build || ike_is_phase1(s->h.exchange)))
		memcpy(s->sa->keys.iv, s->iv, sizeof(s->iv));
	if (row->done)
		ike_node_done(s->e, s->sa, s->node, false, row->done);
	if (!row->trace_first) {
		if (!row->untraced)
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
	IKE_ABOUT(s->e, .sa = s->sa);

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
			s->credit = ike_credit_take(s->e);
			*waiting(s) = s;
			return true;
		}
		if (!finish_row(s, row, outcome))
			return false;
		input = between_rows(s, row);
	}
	return true;
}

void ike_step_undo(struct ike_step *s)
{
	if (!s->fresh || (s->node && (s->node->rejected || s->node->deferred)))
		return;
	if (!s->node) {
		if (s->sa->state == IKE_READY)
			ike_sa_free(s->e, s->sa);
	} else if (s->node->state == IKE_QM_READY) {
		ike_node_free(s->e, s->sa, s->node);
	} else {
		ike_node_done(s->e, s->sa, s->node, true, "QM rejected");
	}
}

void ike_step_resume(struct ike_step *s)
{
	const struct ike_row *row = s->row;

	IKE_ABOUT(s->e, .sa = s->sa);
	*waiting(s) = NULL;
	s->row = NULL;
	ike_credit_begin(s->e, &s->credit.from, s->credit.octets);
	if (!finish_row(s, row, row->resume(s)) || !ike_run(s, between_rows(s, row)))
		ike_step_undo(s);
	ike_credit_end(s->e);
	ike_step_end(s);
}
