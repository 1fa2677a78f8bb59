/* What went wrong in phase 1, or before its first answer. */
#include "explain/judge.h"

#include <stdio.h>

/* --- phase 1: policies ---- */

static const struct rank {
	enum fault fault;
	const char *ask; /* what the log does not show */
} ranks[] = {
	{ FAULT_NONE, "" },
	{ FAULT_policy_encryption, "encryption" },
	{ FAULT_policy_keylength, "key length" },
	{ FAULT_policy_hash, "hash" },
	{ FAULT_policy_group, "group" },
	{ FAULT_policy_auth, "authentication" },
	{ FAULT_key_none, "" },
	{ FAULT_policy_lifetime, "lifetime" },
};

void judge_differs(struct reader *r, enum fault fault)
{
	unsigned rank = 1;
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	const struct offer *o = &r->offer;

	while (ranks[rank].fault != fault)
		rank++;
	if (!x)
		return;
	x->ranks |= 1u << rank;
	if (rank <= x->rank)
		return;
	x->rank = rank;
	x->priority = o->priority;
	if (rank <= 2)
		snprintf(x->theirs, sizeof(x->theirs), o->keybits ? "%s %u" : "%s", o->encryption, o->keybits);
	else if (rank == 3)
		snprintf(x->theirs, sizeof(x->theirs), "%s", o->hash);
	else if (rank == 4)
		snprintf(x->theirs, sizeof(x->theirs), "%s%s", *o->group ? "group " : "", o->group);
	else if (rank == 5)
		snprintf(x->theirs, sizeof(x->theirs), "%s", o->auth);
	else if (rank == 7)
		snprintf(x->theirs, sizeof(x->theirs), "%llu s", (unsigned long long)o->life_s);
	else
		x->theirs[0] = '\0';
}

/* No offer was taken: of all pairs of an offer and a policy the one that got furthest is the one that was meant. */
void judge_no_policy(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	const struct rank *rank = &ranks[x ? x->rank : 0];
	char missing[256];
	struct claim c = { .certainty = STORY_CERTAIN };

	if (!x || x->refused)
		return;
	x->refused = true;
	if (x->e.role == STORY_INITIATOR) {
		c.fault = FAULT_policy_changed;
		c.theirs = x->theirs;
		judge_claim(r, r->peer, x, m->number, c);
		return;
	}
	if (!x->rank) {
		c.fault = FAULT_policy_refused;
		c.certainty = STORY_LIKELY;
		c.missing = "Here it was this router that accepted no policy of the peer; the lines that say "
			    "which attribute differed are missing: debug crypto isakmp prints them.";
		judge_claim(r, r->peer, x, m->number, c);
		return;
	}
	c.fault = rank->fault;
	c.theirs = x->theirs;
	if (*rank->ask) {
		char number[32] = "";

		if (x->priority)
			snprintf(number, sizeof(number), " %u", x->priority);
		snprintf(missing, sizeof(missing),
			 "What policy%s of this router has as its %s is not in the log: show crypto isakmp policy "
			 "tells it.",
			 number, rank->ask);
		c.missing = missing;
	}
	/* where policies differ in several ways another one may have been meant */
	if (x->ranks & ~(1u << x->rank))
		c.certainty = STORY_LIKELY;
	judge_claim(r, r->peer, x, m->number, c);
}

/* --- phase 1: silence and noise ---- */

const char *const judge_ask_capture = "Whether the packets arrive there, or answers are lost on their way, is "
				      "seen on the peer: debug crypto isakmp there, or a capture.";

/* A message could not be read, and no line said of which exchange it was. */
static bool told_without(struct peer *p)
{
	const struct story_finding *f = judge_find(&p->p.findings, FAULT_key_wrong);

	return f && (!f->exchange || f->exchange->kind == STORY_OTHER);
}

void judge_silence(struct reader *r, struct exchange *x, const char *state, bool initiator, bool death, uint64_t line)
{
	const bool p4500 = x->floated || (x->nat && !initiator);
	struct claim c = { FAULT_no_reply_later, STORY_LIKELY, NULL, NULL, judge_ask_capture };

	if (x->garbled || told_without(x->peer) || x->refused ||
	    (x->told && initiator && strcmp(state, "MM_KEY_EXCH") != 0))
		return; /* there is a reason already */
	if (!strcmp(state, "MM_NO_STATE") || (initiator && !strncmp(state, "AG_", 3))) {
		if (!initiator)
			return;
		c.fault = FAULT_no_reply;
		if (track_has(x, STORY_MM2) || track_has(x, STORY_AM2))
			c.fault = FAULT_no_reply_later;
		else if (x->e.kind == STORY_AGGRESSIVE)
			c.missing = "A peer that has Aggressive Mode disabled does not answer it either: its log "
				    "says so (%CRYPTO-5-IKMP_AG_MODE_DISABLED).";
	} else if (!strcmp(state, "MM_SA_SETUP")) {
		if (!initiator && judge_find(&x->peer->p.findings, FAULT_one_way))
			return;
	} else if (initiator && p4500) {
		c.fault = FAULT_port_4500;
		judge_claim(r, x->peer, x, line, c);
		c.fault = FAULT_key_wrong;
		c.certainty = STORY_POSSIBLE;
		c.missing = "A peer that cannot decrypt MM5 is silent too: its log says so "
			    "(%CRYPTO-4-IKMP_BAD_MESSAGE).";
	} else if (initiator) {
		c.fault = FAULT_key_wrong;
		c.missing = "The peer is silent since MM5, the first message that only the right key opens; that "
			    "it could not read it says its own log only (%CRYPTO-4-IKMP_BAD_MESSAGE).";
	} else if (p4500) {
		c.fault = FAULT_port_4500;
	} else if (judge_find(&x->peer->p.findings, FAULT_one_way)) {
		return;
	}
	if (death && (c.fault == FAULT_no_reply || c.fault == FAULT_no_reply_later)) {
		c.certainty = STORY_CERTAIN;
	}
	judge_claim(r, x->peer, x, line, c);
}

/* What cannot be read: with the keys of another pre-shared key all is noise. */
void judge_garbled(struct reader *r, const struct frame_message *m, bool hash)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	const bool first =
		x && (x->e.kind == STORY_MAIN || x->e.kind == STORY_AGGRESSIVE) && x->e.outcome != STORY_DONE;
	const bool encrypted = hash || !first || track_has(x, STORY_MM5) || track_has(x, STORY_MM6);
	struct claim c = { .fault = FAULT_malformed, .certainty = STORY_CERTAIN };

	if (x && x->e.outcome != STORY_DONE)
		x->garbled = true;
	if (!r->peer) {
		/* whose it is says the syslog message behind it */
		r->garbled_line = r->garbled_line ? r->garbled_line : m->number;
		return;
	}
	if ((first && encrypted) || hash) {
		c.fault = FAULT_key_wrong;
		c.certainty = STORY_LIKELY;
		c.missing = "Keys are not printed: compare show crypto isakmp key of both routers.";
	} else if (!x || !r->sa || x->e.kind == STORY_OTHER) {
		c.fault = FAULT_key_wrong;
		c.certainty = STORY_LIKELY;
		c.missing = "In which message it was is not in the log: in MM5 or MM6 it is the key, before it is "
			    "a damaged message. debug crypto isakmp tells.";
	} else if (first && x->e.kind == STORY_MAIN && !track_has(x, STORY_MM1) && !track_has(x, STORY_MM2)) {
		c.fault = FAULT_key_wrong;
		c.certainty = STORY_LIKELY;
		c.missing = "The lines that say which message it was are missing: in MM5 or MM6 it is the key.";
	}
	judge_claim(r, r->peer, x, m->number, c);
}

void judge_notified(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	const bool phase2 = v->count > 1 && !value_is(v, 1, "1") && !value_is(v, 1, "0");
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	struct claim c = { .certainty = STORY_CERTAIN };

	if (value_is(v, 0, "PROPOSAL_NOT_CHOSEN") || value_is(v, 0, "NO_PROPOSAL_CHOSEN")) {
		c.fault = phase2 ? FAULT_quick_refused : FAULT_policy_refused;
		c.missing = "The peer gives no reason: its own log has it.";
	} else if (value_is(v, 0, "INVALID_ID_INFO") || value_is(v, 0, "INVALID_ID_INFORMATION")) {
		c.fault = phase2 || (x && x->e.outcome == STORY_DONE) ? FAULT_proxies : FAULT_identity;
		c.certainty = STORY_LIKELY;
		c.missing = "Which identity it refuses says the peer's own log.";
	} else if (value_is(v, 0, "AUTHENTICATION_FAILED") || value_is(v, 0, "INVALID_HASH_INFO") ||
		   value_is(v, 0, "INVALID_HASH_INFORMATION")) {
		c.fault = FAULT_key_wrong;
		c.certainty = STORY_LIKELY;
		c.missing = "Keys are not printed: compare show crypto isakmp key of both routers.";
	} else if (value_is(v, 0, "PAYLOAD_MALFORMED") || value_is(v, 0, "INVALID_PAYLOAD_TYPE")) {
		c.fault =
			x && x->e.outcome != STORY_DONE && track_has(x, STORY_MM5) ? FAULT_key_wrong : FAULT_malformed;
		c.certainty = STORY_LIKELY;
		c.missing = "What the peer could not read says its own log.";
	} else if (value_is(v, 0, "INVALID_COOKIE")) {
		c.fault = FAULT_unknown_sa;
		c.certainty = STORY_LIKELY;
		c.missing = "Here it is the peer that does not have this router's IKE SA.";
	} else if (value_is(v, 0, "RESPONDER_LIFETIME")) {
		c.fault = phase2 ? FAULT_lifetime_differs : FAULT_policy_lifetime;
	} else {
		return;
	}
	judge_claim(r, r->peer, r->sa && r->sa->at ? r->sa->at : x, m->number, c);
}

/* A notification without a hash is not believed, and not printed either. */
void judge_unprotected(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	struct claim c = { FAULT_policy_refused, STORY_LIKELY, NULL, NULL,
			   "What the peer notified is not printed, for it is not authenticated; to a first "
			   "message it is NO_PROPOSAL_CHOSEN. Its reason is in the peer's log." };

	if (!x || x->told || x->e.outcome == STORY_DONE)
		return;
	if (track_has(x, STORY_MM5)) {
		c.fault = FAULT_key_wrong;
		c.missing = "What the peer notified is not printed, for it is not authenticated; to MM5 it is "
			    "that it could not read it. Its log says more.";
	} else if (track_has(x, STORY_MM3)) {
		return;
	}
	x->told = true;
	judge_claim(r, r->peer, x, m->number, c);
}

void judge_resending(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	char state[TRACK_WORD];

	value_copy(&m->match, 0, state, sizeof(state));
	while (*state && state[strlen(state) - 1] == '.')
		state[strlen(state) - 1] = '\0';
	if (x && x->e.outcome != STORY_DONE && x->e.role != STORY_ROLE_UNKNOWN)
		judge_silence(r, x, state, x->e.role == STORY_INITIATOR, false, m->number);
}

void judge_repeated(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	struct claim c = { FAULT_one_way, STORY_LIKELY, NULL, NULL, judge_ask_capture };

	if (!x || x->garbled || x->refused || x->e.outcome == STORY_DONE || value_is(&m->match, 0, "2") ||
	    x->e.role != STORY_RESPONDER)
		return;
	judge_claim(r, r->peer, x, m->number, c);
}

void judge_lifetime(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	const uint32_t taken = value_number(&m->match, 0);
	char ours[32], theirs[32];

	if (!x || !x->offer.life_s || x->offer.life_s == taken)
		return;
	snprintf(ours, sizeof(ours), "%u s", taken);
	snprintf(theirs, sizeof(theirs), "%llu s", (unsigned long long)x->offer.life_s);
	judge_claim(r, r->peer, x, m->number,
		    (struct claim){ FAULT_policy_lifetime, STORY_CERTAIN, ours, theirs,
				    "It is no failure: the shorter lifetime counts." });
}

/* Without a key only another way to authenticate is left. */
void judge_no_key(struct reader *r, const struct frame_message *m)
{
	struct claim c = { FAULT_key_none, STORY_CERTAIN, NULL, NULL, NULL };

	if (m->match.message->id != MSG_key_no_cert) {
		c.certainty = STORY_LIKELY;
		c.missing =
			"Another way to authenticate may have been found after it: the lines behind it are missing.";
	} else if (r->sa && r->sa->phase1) {
		r->sa->phase1->refused = true;
	}
	judge_claim(r, r->peer, r->sa ? r->sa->at : NULL, m->number, c);
}
