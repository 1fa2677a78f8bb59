/*
 * Findings: from messages that say what is wrong, and at the end from what is missing. What one side cannot know is
 * not guessed: `certainty` is as far as the lines carry, and `missing` says what would tell. An exchange that comes
 * to its end takes back what was only likely of it.
 */
#include "explain/judge.h"

#include "explain/cause.h"

#include <stdio.h>
#include <stdlib.h>

void judge_finding_free(struct story_finding *f)
{
	free(f->ours);
	free(f->theirs);
	free(f->missing);
	free(f);
}

struct story_finding *judge_find(struct story_findings *list, enum fault fault)
{
	struct story_finding *f;

	TAILQ_FOREACH (f, list, link)
		if (f->fault == fault)
			return f;
	return NULL;
}

static void set(struct reader *r, char **slot, const char *text)
{
	if (text)
		track_text(r, slot, text, strlen(text));
}

/* The same failure of a peer stands once, as it was first seen and as certain as it ever was. */
void judge_claim(struct reader *r, struct peer *p, struct exchange *x, uint64_t line, struct claim c)
{
	struct story_findings *list = p ? &p->p.findings : &r->story->findings;
	struct story_finding *f = judge_find(list, c.fault);

	if (f) {
		f->count++;
		if (c.certainty < f->certainty) {
			f->certainty = c.certainty;
			set(r, &f->missing, c.missing ? c.missing : "");
		}
		if (c.ours && !*f->ours)
			set(r, &f->ours, c.ours);
		if (c.theirs && !*f->theirs)
			set(r, &f->theirs, c.theirs);
		return;
	}
	f = calloc(1, sizeof(*f));
	if (f) {
		f->ours = calloc(1, 1);
		f->theirs = calloc(1, 1);
		f->missing = calloc(1, 1);
	}
	if (!f || !f->ours || !f->theirs || !f->missing) {
		if (f)
			judge_finding_free(f);
		r->failed = true;
		return;
	}
	f->fault = c.fault;
	f->certainty = c.certainty;
	f->exchange = x ? &x->e : NULL;
	f->step = x && r->sa && r->sa->at == x ? r->sa->step : x ? TAILQ_LAST(&x->e.steps, story_steps) : NULL;
	f->line = line;
	f->count = 1;
	set(r, &f->ours, c.ours);
	set(r, &f->theirs, c.theirs);
	set(r, &f->missing, c.missing);
	TAILQ_INSERT_TAIL(list, f, link);
	if (p)
		p->p.finding_count++;
}

static void take_back(struct peer *p, struct exchange *x, enum fault fault)
{
	struct story_finding *f = judge_find(&p->p.findings, fault);

	if (!f || f->exchange != &x->e || f->certainty == STORY_CERTAIN)
		return;
	TAILQ_REMOVE(&p->p.findings, f, link);
	p->p.finding_count--;
	judge_finding_free(f);
}

void judge_done(struct reader *r, struct exchange *x)
{
	static const enum fault waiting[] = { FAULT_no_reply, FAULT_no_reply_later, FAULT_one_way, FAULT_port_4500,
					      FAULT_no_reply_qm };
	struct story_finding *f;

	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		take_back(x->peer, x, waiting[i]);
	if (!x->garbled)
		take_back(x->peer, x, FAULT_key_wrong);
	f = judge_find(&x->peer->p.findings, FAULT_key_wrong);
	if (f && f->certainty == STORY_LIKELY && f->exchange && !((struct exchange *)f->exchange)->garbled &&
	    x->e.kind != STORY_QUICK) {
		f->certainty = STORY_POSSIBLE;
		set(r, &f->missing,
		    "Phase 1 with this peer came up later: either a key was changed in between, or the peer was silent for "
		    "another reason.");
	}
	take_back(x->peer, x, FAULT_policy_refused);
}

void judge_simple(struct reader *r, const struct frame_message *m, enum fault fault)
{
	judge_claim(r, r->peer, r->sa ? r->sa->at : NULL, m->number, (struct claim){ .fault = fault });
}

/* --- the ends of SAs ---- */

static void deleted(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct exchange *x = r->sa ? r->sa->phase1 : NULL;
	char state[TRACK_WORD];
	struct claim c = { .certainty = STORY_CERTAIN };

	value_copy(v, 2, state, sizeof(state));
	if (value_has(v, 0, "Death by retransmission P1") && x) {
		judge_silence(r, x, state, value_is(v, 1, "I"), true, m->number);
	} else if (value_has(v, 0, "policy proposal not accepted")) {
		judge_no_policy(r, m);
	} else if (value_has(v, 0, "PEERS_ALIVE") || value_has(v, 0, "errcounter exceeded")) {
		c.fault = FAULT_peer_dead;
		judge_claim(r, r->peer, x, m->number, c);
	} else if (value_has(v, 0, "user command")) {
		c.fault = FAULT_cleared;
		judge_claim(r, r->peer, x, m->number, c);
	} else if (value_has(v, 0, "delete notify")) {
		c.fault = FAULT_deleted_by_peer;
		judge_claim(r, r->peer, x, m->number, c);
	} else if (value_has(v, 0, "fatal informational")) {
		c.certainty = STORY_LIKELY;
		c.fault = !strcmp(state, "MM_KEY_EXCH") ? FAULT_key_wrong : FAULT_policy_refused;
		c.missing = "What the peer notified is not in the log; its own log has the reason.";
		judge_claim(r, r->peer, x, m->number, c);
	}
}

/*
 * The peer's delete. After a new pair, or a new IKE SA, was made the old one is taken away: that is no failure. What
 * is deleted the lines behind it tell.
 */
static void delete_received(struct reader *r, bool ike)
{
	struct sa *sa = r->sa, *o;

	if (!sa || !sa->delete_line || !r->peer)
		return;
	if (ike) {
		TAILQ_FOREACH (o, &r->peer->sas, link)
			if (o != sa && !o->dead && o->phase1 && o->phase1->e.outcome == STORY_DONE)
				sa->delete_line = 0;
	} else {
		r->peer->live -= r->peer->live > 0;
		if (r->peer->live > 0)
			sa->delete_line = 0;
	}
	if (sa->delete_line)
		judge_claim(r, r->peer, sa->at, sa->delete_line, (struct claim){ .fault = FAULT_deleted_by_peer });
	sa->delete_line = 0;
}

/* --- interfaces ---- */

static void tunnel_state(struct reader *r, const struct frame_message *m, bool down)
{
	char name[TRACK_WORD];
	struct tunnel *t = NULL;

	if (!value_begins(&m->match, 0, "Tunnel"))
		return;
	value_copy(&m->match, 0, name, sizeof(name));
	for (unsigned i = 0; i < r->tunnel_count; i++)
		if (!strcmp(r->tunnels[i].name, name))
			t = &r->tunnels[i];
	if (!t && r->tunnel_count < TRACK_TUNNELS) {
		t = &r->tunnels[r->tunnel_count++];
		memcpy(t->name, name, sizeof(name));
	}
	if (t) {
		t->down = down;
		t->line = m->number;
	}
}

/* --- all ---- */

void judge_message(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct exchange *x = r->sa ? r->sa->at : NULL;

	switch (v->message->id) {
	case MSG_mismatch_encryption:
		judge_differs(r, FAULT_policy_encryption);
		break;
	case MSG_mismatch_keylength:
		judge_differs(r, FAULT_policy_keylength);
		break;
	case MSG_mismatch_hash:
		judge_differs(r, FAULT_policy_hash);
		break;
	case MSG_mismatch_group:
		judge_differs(r, FAULT_policy_group);
		break;
	case MSG_mismatch_auth:
		judge_differs(r, FAULT_policy_auth);
		break;
	case MSG_mismatch_psk:
		judge_differs(r, FAULT_key_none);
		break;
	case MSG_mismatch_lifetime:
		judge_differs(r, FAULT_policy_lifetime);
		break;
	case MSG_no_offers:
	case MSG_policy1_bad:
		judge_no_policy(r, m);
		break;
	case MSG_life_returning:
		judge_lifetime(r, m);
		break;
	case MSG_not_offered:
		judge_simple(r, m, FAULT_policy_changed);
		break;
	case MSG_key_none:
	case MSG_key_no_cert:
	case MSG_key_no_name:
		judge_no_key(r, m);
		break;
	case MSG_initial_message:
	case MSG_request_failed:
		if (r->peer && judge_find(&r->peer->p.findings, FAULT_key_none))
			judge_simple(r, m, FAULT_key_none);
		break;
	case MSG_reserved:
	case MSG_malformed:
	case MSG_bad_message:
		judge_garbled(r, m, false);
		break;
	case MSG_hash_bad:
	case MSG_auth_fail:
		judge_garbled(r, m, true);
		break;
	case MSG_not_encrypted:
		judge_unprotected(r, m);
		break;
	case MSG_notify_no_hash:
		judge_unprotected(r, m);
		break;
	case MSG_notify:
		judge_notified(r, m);
		break;
	case MSG_key_wrong_keyring:
		judge_simple(r, m, FAULT_identity);
		break;
	case MSG_ag_disabled:
	case MSG_aggressive_refused:
		judge_simple(r, m, FAULT_aggressive);
		break;
	case MSG_mode_failure:
		if (r->peer && !r->peer->p.failed_line)
			r->peer->p.failed_line = m->number;
		if (value_is(v, 0, "Aggressive") && r->peer && judge_find(&r->peer->p.findings, FAULT_key_none))
			judge_simple(r, m, FAULT_key_none);
		break;
	case MSG_no_sa:
		judge_simple(r, m, FAULT_unknown_sa);
		break;
	case MSG_deny_sa:
		judge_claim(r, r->peer, x, m->number, (struct claim){ .fault = FAULT_admission });
		break;
	case MSG_resend1_timer:
		judge_resending(r, m);
		break;
	case MSG_duplicate:
		judge_repeated(r, m);
		break;
	case MSG_resend2_timer:
		judge_no_quick_reply(r, m, false);
		break;
	case MSG_node_failed:
		if (value_has(v, 1, "err count exceeded"))
			judge_no_quick_reply(r, m, true);
		break;
	case MSG_dpd_dead:
		judge_simple(r, m, FAULT_peer_dead);
		break;
	case MSG_sa_deleting:
		delete_received(r, true);
		deleted(r, m);
		break;
	case MSG_processing:
		if (value_is(v, 0, "DELETE") && r->sa)
			r->sa->delete_line = m->number;
		break;
	case MSG_no_paranoid:
		delete_received(r, false);
		break;
	case MSG_node_deleting:
		if (value_has(v, 1, "Informational (in)"))
			delete_received(r, false);
		break;
	case MSG_no_map_profile:
		if (x)
			x->profile_differs = true;
		break;
	case MSG_bad_proxies:
		judge_no_proxies(r, m);
		break;
	case MSG_bad_transform:
		judge_no_transform(r, m);
		break;
	case MSG_atts_bad:
		judge_no_protocol(r, m);
		break;
	case MSG_proposal_invalidated:
		judge_invalidated(r, m);
		break;
	case MSG_policy2_bad:
		judge_phase2_refused(r, m);
		break;
	case MSG_bad_local:
	case MSG_bad_peer:
		judge_simple(r, m, FAULT_no_tunnel);
		break;
	case MSG_create_sa:
		judge_ipsec_lifetime(r, m);
		break;
	case MSG_sending_notify:
		if (value_is(v, 0, "RESPONDER_LIFETIME") && r->sa)
			judge_simple(r, m, value_is(v, 1, "1") ? FAULT_policy_lifetime : FAULT_lifetime_differs);
		break;
	case MSG_esp_replay:
		judge_simple(r, m, FAULT_replay);
		break;
	case MSG_esp_mac:
		judge_simple(r, m, FAULT_mac);
		break;
	case MSG_esp_invalid_spi:
		judge_simple(r, m, FAULT_invalid_spi);
		break;
	case MSG_esp_identity:
		judge_simple(r, m, FAULT_selector);
		break;
	case MSG_tunnel_recursive:
		judge_claim(r, NULL, NULL, m->number, (struct claim){ .fault = FAULT_no_route });
		break;
	case MSG_link_admin_down:
		tunnel_state(r, m, true);
		break;
	case MSG_link_state:
	case MSG_line_protocol:
		if (value_is(v, 1, "up"))
			tunnel_state(r, m, false);
		break;
	case MSG_isakmp_on_off:
		r->off = value_is(v, 0, "OFF");
		r->off_line = m->number;
		break;
	default:
		break;
	}
}

static bool before(const struct story_finding *a, const struct story_finding *b)
{
	if (story_is_failure(a) != story_is_failure(b))
		return story_is_failure(a);
	if ((a->certainty == STORY_POSSIBLE) != (b->certainty == STORY_POSSIBLE))
		return a->certainty != STORY_POSSIBLE;
	return a->line < b->line;
}

static void mark_first(struct story_findings *list)
{
	struct story_finding *f, *first = TAILQ_FIRST(list);

	TAILQ_FOREACH (f, list, link)
		if (before(f, first))
			first = f;
	if (first)
		first->first = true;
}

/* A message that was sent again and again, where the lines of the timer are missing. */
static void sent_in_vain(struct reader *r, struct peer *p)
{
	struct story_exchange *e;

	TAILQ_FOREACH (e, &p->p.exchanges, link) {
		struct exchange *x = (struct exchange *)e;
		const struct story_step *s = TAILQ_LAST(&e->steps, story_steps);
		static const char *const states[] = { "MM_NO_STATE", "", "MM_SA_SETUP", "", "MM_KEY_EXCH" };

		if (!s || !s->sent || !s->repeats || e->outcome != STORY_OPEN || e->role != STORY_INITIATOR ||
		    s->phase > STORY_MM5 || !*states[s->phase])
			continue;
		judge_silence(r, x, states[s->phase], true, false, s->line_count ? s->lines[0].number : 0);
	}
}

void judge_end(struct reader *r)
{
	struct story_peer *p;

	r->sa = NULL;
	TAILQ_FOREACH (p, &r->story->peers, link) {
		sent_in_vain(r, (struct peer *)p);
		mark_first(&p->findings);
	}
	if (r->garbled_line && !r->story->peer_count)
		judge_claim(r, NULL, NULL, r->garbled_line,
			    (struct claim){ FAULT_key_wrong, STORY_POSSIBLE, NULL, NULL,
					    "No line says of which peer and in which message it was." });
	if (r->off)
		judge_claim(r, NULL, NULL, r->off_line,
			    (struct claim){ FAULT_isakmp_disabled, STORY_LIKELY, NULL, NULL,
					    "ISAKMP also goes off when the last crypto map or tunnel protection is "
					    "removed or shut down: show running-config tells." });
	for (unsigned i = 0; i < r->tunnel_count; i++)
		if (r->tunnels[i].down)
			judge_claim(r, NULL, NULL, r->tunnels[i].line,
				    (struct claim){ .fault = FAULT_tunnel_shutdown, .ours = r->tunnels[i].name });
	mark_first(&r->story->findings);
}
