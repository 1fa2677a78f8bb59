#include "ike/note.h"

#include "ike/natt.h"
#include "ike/nearest.h"
#include "ike/profile.h"
#include "ike/record.h"

#include <stdio.h>
#include <stdlib.h>

/* --- where it goes ----------------------------------------------------------------------------------------------- */

static struct ike_failure failure_of(struct ike *e, enum fault fault, bool certain, bool proven)
{
	return (struct ike_failure){ .fault = fault,
				     .certain = certain,
				     .proven = proven,
				     .times = 1,
				     .first_ms = ike_now(e),
				     .last_ms = ike_now(e),
				     .set = -1 };
}

/* A request for a profile is one of the idents that ask for that. */
static bool concerns(const struct ike_ident_entry *i, const struct ike_sa *sa)
{
	return ike_sa_between(sa, &i->config.local, &i->config.remote) &&
	       (!sa->initiator || !i->config.profile[0] || !strcmp(i->config.profile, sa->profile));
}

static bool is_cheap(const struct ike_sa *sa)
{
	return !sa->initiator && (sa->state == IKE_READY || sa->state == IKE_R_MM1 || sa->state == IKE_R_MM2);
}

/* Is there anybody to note it for? Asked before anything is computed for a message that may be forged. */
static bool has_place(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (concerns(i, sa))
			return true;
	}
	return !sa->initiator &&
	       ike_strangers_take(&e->strangers, &sa->path.local, &sa->known_as, ike_now(e), is_cheap(sa));
}

static void keep(struct ike *e, struct ike_sa *sa, struct ike_failure *f)
{
	struct ike_ident_entry *i;
	bool known = false;

	if (sa->noted == f->fault)
		f->times = 0; /* of the same negotiation */
	sa->noted = f->fault;
	snprintf(f->keyring, sizeof(f->keyring), "%s", sa->keyring);
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!concerns(i, sa))
			continue;
		known = true;
		ike_record(&i->notes.phase1[sa->initiator], f);
	}
	if (!known && !sa->initiator)
		ike_record_stranger(&e->strangers, &sa->path.local, &sa->known_as, f);
}

/* --- phase 1 ----------------------------------------------------------------------------------------------------- */

void ike_note_policy(struct ike_step *s, const struct payload_sa *offer, bool key)
{
	struct ike_failure f = failure_of(s->e, FAULT_NONE, true, false);

	if (!has_place(s->e, s->sa) || !ike_nearest_policy(offer, s->e->set.policies, s->e->set.policy_count, &f))
		return;
	if (!f.fault && !key)
		f.fault = FAULT_key_none;
	f.at = ike_progress_of(s->sa);
	if (f.fault)
		keep(s->e, s->sa, &f);
}

void ike_note_answer(struct ike_step *s, const struct payload_sa *answer, const struct ike_p1_choice *c)
{
	const struct ike_mm *mm = s->sa->mm;
	struct ike_failure f = failure_of(s->e, FAULT_NONE, true, false);

	if (c) {
		f.differs[0] = (struct ike_differ){ .on = IKE_ON_LIFETIME,
						    .ours = c->policy.lifetime_s,
						    .theirs = c->offer.life_s,
						    .theirs_known = true };
		f.differ_count = 1;
		f.priority = c->policy.priority;
		f.fault = FAULT_policy_lifetime;
	} else {
		ike_nearest_policy(answer, mm->offer, mm->offer_count, &f);
		f.fault = FAULT_policy_changed;
	}
	f.at = ike_progress_of(s->sa);
	keep(s->e, s->sa, &f);
}

void ike_note_fault(struct ike *e, struct ike_sa *sa, enum fault fault, bool proven)
{
	struct ike_failure f = failure_of(e, fault, true, proven);

	if (!has_place(e, sa))
		return;
	f.at = ike_progress_of(sa);
	keep(e, sa, &f);
}

void ike_note_identity(struct ike *e, struct ike_sa *sa, enum fault fault, bool proven, const char *id,
		       const char *profile)
{
	struct ike_failure f = failure_of(e, fault, true, proven);

	if (!has_place(e, sa))
		return;
	f.at = ike_progress_of(sa);
	snprintf(f.peer_id, sizeof(f.peer_id), "%s", id);
	snprintf(f.profile, sizeof(f.profile), "%s", profile);
	snprintf(f.wanted, sizeof(f.wanted), "%s", sa->profile);
	keep(e, sa, &f);
}

/* Whose first message that is encrypted cannot be read: keys that come from another pre-shared key. */
static bool is_first_encrypted(const struct ike_sa *sa)
{
	return sa->has_keys && (sa->state == IKE_R_MM4 || sa->state == IKE_I_MM5 || sa->state == IKE_R_AM2);
}

void ike_note_malformed(struct ike *e, struct ike_sa *sa, const struct payload_fault *fault)
{
	const bool key = is_first_encrypted(sa) && fault->why != PAYLOAD_FLAGS;
	struct ike_failure f = failure_of(e, key ? FAULT_key_wrong : FAULT_malformed, true, false);

	if (sa->deleted || sa->authenticated || (!key && sa->noted) || !has_place(e, sa))
		return;
	f.at = ike_progress_of(sa);
	if (key)
		f.at.received = sa->state == IKE_R_MM4 ? IKE_MM5 : sa->state == IKE_I_MM5 ? IKE_MM6 : IKE_AM3;
	keep(e, sa, &f);
}

/* What stands behind silence, as far as what came before tells. */
static enum fault silence(const struct ike_sa *sa, bool *certain)
{
	*certain = true;
	if (sa->pieces) {
		*certain = false;
		return FAULT_fragments;
	}
	if (!sa->initiator)
		return FAULT_no_reply_later;
	if (sa->state == IKE_I_MM1 || sa->state == IKE_I_AM1)
		return sa->hint == NOTIFY_NO_PROPOSAL_CHOSEN ? FAULT_policy_refused : FAULT_no_reply;
	return sa->state == IKE_I_MM5 && ike_natt_found(sa) && !sa->hint ? FAULT_port_4500 : FAULT_no_reply_later;
}

void ike_note_silence(struct ike *e, struct ike_sa *sa)
{
	struct ike_failure f = failure_of(e, FAULT_NONE, true, false);

	if (sa->deleted || sa->authenticated)
		return;
	f.fault = silence(sa, &f.certain);
	/* what was found out while messages came says more */
	if ((sa->noted && sa->noted != f.fault) || !has_place(e, sa))
		return;
	f.at = ike_progress_of(sa);
	keep(e, sa, &f);
}

void ike_note_repeat(struct ike *e, struct ike_sa *sa)
{
	struct ike_failure f = failure_of(e, FAULT_one_way, false, false);

	sa->repeats++;
	if (sa->initiator || sa->authenticated || sa->deleted || sa->repeats < 2 ||
	    (sa->noted && sa->noted != f.fault) || !has_place(e, sa))
		return;
	f.at = ike_progress_of(sa);
	keep(e, sa, &f);
}

void ike_note_hint(struct ike *e, struct ike_sa *sa, uint16_t type)
{
	if (!sa->initiator || sa->authenticated || sa->deleted)
		return;
	sa->hint = type;
	sa->hint_ms = ike_now(e);
	if (type == NOTIFY_NO_PROPOSAL_CHOSEN || sa->state == IKE_I_MM5)
		ike_note_silence(e, sa);
}

/* What anybody could have sent while the SAs were up has not stopped them. */
static void forget_hint(struct ike_failure **slot)
{
	if (!*slot || (*slot)->proven)
		return;
	free(*slot);
	*slot = NULL;
}

void ike_note_phase1_up(struct ike *e, const struct ike_sa *sa)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!ike_sa_between(sa, &i->config.local, &i->config.remote) || !ike_profile_serves(sa, &i->config))
			continue;
		if (i->up)
			forget_hint(&i->notes.phase1[0]);
		ike_record_over(&i->notes, i->notes.phase1, ike_now(e));
	}
	ike_forget_stranger(&e->strangers, &sa->path.local, &sa->known_as);
}

void ike_note_phase1_deleted(struct ike *e, struct ike_sa *sa)
{
	struct ike_failure f = failure_of(e, FAULT_deleted_by_peer, true, true);
	struct ike_ident_entry *i;

	f.at = ike_progress_of(sa);
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		/* one whose SAs ended before that is told of by their end */
		if (concerns(i, sa) && !i->up && TAILQ_EMPTY(&i->pairs) && i->notes.ended_ms < sa->authenticated_ms)
			ike_record(&i->notes.phase1[sa->initiator], &f);
	}
}

void ike_note_unable(struct ike *e, struct ike_sa *sa, bool key)
{
	struct ike_failure f = failure_of(e, key ? FAULT_policy_auth : FAULT_key_none, true, true);

	f.at.initiator = true;
	f.at.begun_ms = ike_now(e);
	if (key && e->set.policy_count) {
		f.priority = e->set.policies[0].priority;
		f.differs[0] =
			(struct ike_differ){ .on = IKE_ON_AUTH, .ours = ike_auth_to_wire(e->set.policies[0].auth) };
		f.differ_count = 1;
	}
	snprintf(f.wanted, sizeof(f.wanted), "%s", sa->profile);
	keep(e, sa, &f);
}

void ike_note_refused(struct ike *e, const struct ike_path *path, bool incoming, enum fault fault)
{
	struct ike_failure f = failure_of(e, fault, true, !incoming);
	struct ike_ident_entry *i;
	bool known = false;

	f.at = (struct ike_progress){ .initiator = !incoming,
				      .received = !incoming                   ? IKE_MESSAGE_NONE
						  : fault == FAULT_aggressive ? IKE_AM1
									      : IKE_MM1,
				      .begun_ms = ike_now(e),
				      .local_port = path->local_port,
				      .remote_port = path->remote_port };
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &path->local, &path->remote), by_ends) {
		if (!ip_equal(&i->config.local, &path->local) || !ip_equal(&i->config.remote, &path->remote))
			continue;
		known = true;
		ike_record(&i->notes.phase1[!incoming], &f);
	}
	if (!known && incoming && ike_strangers_take(&e->strangers, &path->local, &path->remote, ike_now(e), true))
		ike_record_stranger(&e->strangers, &path->local, &path->remote, &f);
}

/* --- phase 2 ----------------------------------------------------------------------------------------------------- */

/* Proxies that nobody protects here: what the tunnels with this peer protect instead. */
static void note_proxies(struct ike *e, const struct ike_sa *sa, const struct ike_proxies *x, struct ike_failure *f)
{
	struct ike_ident_entry *i;
	bool known = false;

	f->local_proxy = x->local;
	f->remote_proxy = x->remote;
	snprintf(f->peer_id, sizeof(f->peer_id), "%s", sa->phase1_id);
	snprintf(f->profile, sizeof(f->profile), "%s", sa->profile);
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!ike_sa_between(sa, &i->config.local, &i->config.remote))
			continue;
		known = true;
		if (!ike_ident_protects(i, &x->local, &x->remote) || ike_profile_serves(sa, &i->config))
			f->fault = FAULT_proxies;
		else
			f->fault = sa->profile[0] ? FAULT_profile_differs : FAULT_identity;
		f->has_proxies = f->fault == FAULT_proxies;
		snprintf(f->wanted, sizeof(f->wanted), "%s", i->config.profile);
		ike_record(&i->notes.phase2[0], f);
	}
	if (known)
		return;
	f->fault = FAULT_no_tunnel;
	f->has_proxies = true;
	ike_record_stranger(&e->strangers, &sa->path.local, &sa->known_as, f);
}

void ike_note_proposal(struct ike_step *s, const struct payload_sa *offer, const struct ike_ident_entry *ident,
		       const struct ike_proxies *x)
{
	struct ike_ident_entry *i = ident ? ike_ident_find(s->e, ident->number) : NULL;
	struct ike_failure f = failure_of(s->e, FAULT_NONE, true, true);

	f.at = ike_progress_of_node(s->sa, s->node);
	f.at.received_ms = ike_now(s->e);
	f.at.received = s->node->initiator ? IKE_QM2 : IKE_QM1;
	if (!i) {
		note_proxies(s->e, s->sa, x, &f);
		return;
	}
	if (!ike_nearest_set(s->sa, offer, &i->config, &f))
		return;
	if (i->config.virtual_template)
		ike_record_stranger(&s->e->strangers, &s->sa->path.local, &s->sa->known_as, &f);
	else
		ike_record(&i->notes.phase2[s->node->initiator], &f);
}

void ike_note_quick_refused(struct ike *e, const struct ike_sa *sa, const struct ike_node *n, uint16_t type)
{
	struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	struct ike_failure f =
		failure_of(e, type == NOTIFY_INVALID_ID_INFORMATION ? FAULT_proxies : FAULT_quick_refused, true, true);

	if (!i || !n->initiator)
		return;
	f.at = ike_progress_of_node(sa, n);
	f.at.notify = type;
	f.at.notify_proven = true;
	f.at.notify_ms = ike_now(e);
	ike_record(&i->notes.phase2[1], &f);
}

void ike_note_quick_silence(struct ike *e, const struct ike_sa *sa, const struct ike_node *n)
{
	struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	struct ike_failure f = failure_of(e, FAULT_no_reply_qm, true, false);

	if (!i || !n->initiator || n->state != IKE_QM_I_QM1)
		return;
	if (sa->pieces) {
		f.fault = FAULT_fragments;
		f.certain = false;
	}
	f.times = n->resends <= 1;
	f.at = ike_progress_of_node(sa, n);
	ike_record(&i->notes.phase2[1], &f);
}

static void life(struct ike_notes *n, unsigned k, enum ike_subject on, uint32_t ours, uint32_t theirs)
{
	n->lives[k] = (struct ike_differ){ .on = on, .ours = ours, .theirs = theirs };
	n->lives[k].theirs_known = theirs && ours != theirs;
}

void ike_note_lifetime(struct ike *e, const struct ike_sa *sa, uint32_t theirs_s)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (ike_sa_between(sa, &i->config.local, &i->config.remote) && ike_profile_serves(sa, &i->config))
			life(&i->notes, 0, IKE_ON_LIFETIME, sa->policy.lifetime_s, theirs_s);
	}
}

/* An initiator hears of the peer's lifetimes only where they are the shorter ones. */
void ike_note_phase2_up(struct ike *e, struct ike_ident_entry *i, const struct ike_qm *qm, bool initiator)
{
	struct ike_notes *n = &i->notes;

	ike_record_over(n, n->phase2, ike_now(e));
	n->initiated = initiator;
	life(n, 1, IKE_ON_LIFE_S, i->config.lifetime_s, initiator ? qm->life_s : qm->offered_s);
	life(n, 2, IKE_ON_LIFE_KB, i->config.lifetime_kb, initiator ? qm->life_kb : qm->offered_kb);
}

/* --- what comes without an exchange ------------------------------------------------------------------------------ */

void ike_note_down(struct ike *e, struct ike_ident_entry *i)
{
	i->notes.ending = e->ending ? e->ending : IKE_ENDING_LIFETIME;
	i->notes.ended_ms = ike_now(e);
}

static void hint(struct ike *e, struct ike_hint *h, uint32_t spi)
{
	h->count++;
	h->last_ms = ike_now(e);
	h->spi = spi;
}

void ike_note_unknown_sa(struct ike *e, const struct ike_path *path)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &path->local, &path->remote), by_ends) {
		if (ip_equal(&i->config.local, &path->local) && ip_equal(&i->config.remote, &path->remote))
			hint(e, &i->notes.unknown_sa, 0);
	}
}

void ike_note_unknown_spi(struct ike *e, struct ike_ident_entry *i, uint32_t spi)
{
	hint(e, &i->notes.unknown_spi, spi);
}
