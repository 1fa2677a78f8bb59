/* What is kept of failed negotiations, and the copies of it that are handed out. The notes themselves come from note.c. */
#include "ike/diag.h"

#include "ike/ipsec.h"
#include "ike/isakmp.h"
#include "ike/record.h"

#include <stdlib.h>

#define HOLDS_MS     120000u /* so long what got further is not pushed out by what did not get so far */
#define FRESH_MS     1000u
#define FRESH_OF_ALL 8u /* strangers with a mere first message that get a place within FRESH_MS */

struct ike_stranger_entry {
	struct ip_addr local, remote;
	struct ike_failure failure;
};

/* --- what an ident keeps ----------------------------------------------------------------------------------------- */

void ike_notes_free(struct ike_notes *n)
{
	for (int role = 0; role < 2; role++) {
		free(n->phase1[role]);
		free(n->phase2[role]);
	}
	free(n->over);
	*n = (struct ike_notes){ 0 };
}

static enum ike_message reach(const struct ike_failure *f)
{
	return f->at.sent > f->at.received ? f->at.sent : f->at.received;
}

/* What nobody has vouched for does not push out what got further. */
static bool gives_way(const struct ike_failure *old, const struct ike_failure *f)
{
	if (f->at.initiator || f->proven || f->last_ms - old->last_ms > HOLDS_MS)
		return true;
	return !old->proven && reach(f) >= reach(old);
}

static void replace(struct ike_failure *old, const struct ike_failure *f)
{
	const unsigned times = old->fault == f->fault ? old->times : 0;
	const uint64_t first_ms = times ? old->first_ms : f->first_ms;

	*old = *f;
	old->times += times;
	old->first_ms = first_ms;
}

void ike_record(struct ike_failure **slot, const struct ike_failure *f)
{
	if (!*slot && !(*slot = calloc(1, sizeof(**slot))))
		return;
	if (!(*slot)->fault || gives_way(*slot, f))
		replace(*slot, f);
}

/* Silence has many reasons; values that differ are the reason. */
static int telling(const struct ike_failure *f)
{
	return f->differ_count || f->has_proxies || f->peer_id[0] ? 2 : fault_class(f->fault) != FAULT_REACH;
}

/* What somebody vouches for, then what tells most, then the newest. */
static bool tells_more(const struct ike_failure *a, const struct ike_failure *b)
{
	if (a->proven != b->proven)
		return a->proven;
	if (telling(a) != telling(b))
		return telling(a) > telling(b);
	return a->last_ms >= b->last_ms;
}

void ike_record_over(struct ike_notes *n, struct ike_failure *slots[2], uint64_t now_ms)
{
	struct ike_failure *best = NULL;

	for (int role = 0; role < 2; role++) {
		struct ike_failure *f = slots[role];

		slots[role] = NULL;
		if (!f)
			continue;
		if (best && tells_more(best, f)) {
			free(f);
			continue;
		}
		free(best);
		best = f;
	}
	if (!best)
		return;
	free(n->over);
	n->over = best;
	n->over_ms = now_ms;
}

/* --- strangers --------------------------------------------------------------------------------------------------- */

void ike_strangers_free(struct ike_strangers *s)
{
	while (s->count)
		free(s->at[--s->count]);
}

static bool is_cheap(const struct ike_failure *f)
{
	return !f->proven && (f->at.received <= IKE_MM1 || f->at.received == IKE_AM1);
}

static void drop(struct ike_strangers *s, unsigned k)
{
	free(s->at[k]);
	memmove(&s->at[k], &s->at[k + 1], (s->count - k - 1) * sizeof(s->at[0]));
	s->count--;
}

static unsigned find(const struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote)
{
	unsigned k = 0;

	while (k < s->count && !(ip_equal(&s->at[k]->remote, remote) && ip_equal(&s->at[k]->local, local)))
		k++;
	return k;
}

static bool may_come(struct ike_strangers *s, uint64_t now_ms)
{
	if (now_ms - s->fresh_ms >= FRESH_MS) {
		s->fresh_ms = now_ms;
		s->fresh = 0;
	}
	return s->fresh++ < FRESH_OF_ALL;
}

/* Oldest first in the list. Of those that cost nothing the oldest goes, else the oldest of all. */
static bool make_room(struct ike_strangers *s, bool cheap)
{
	unsigned k = 0;

	if (s->count < IKE_STRANGERS)
		return true;
	while (k < s->count && !is_cheap(&s->at[k]->failure))
		k++;
	if (k == s->count && cheap)
		return false;
	drop(s, k == s->count ? 0 : k);
	return true;
}

bool ike_strangers_take(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote,
			uint64_t now_ms, bool cheap)
{
	return find(s, local, remote) < s->count || !cheap || may_come(s, now_ms);
}

void ike_record_stranger(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote,
			 const struct ike_failure *f)
{
	const unsigned k = find(s, local, remote);
	struct ike_stranger_entry *x;

	if (k < s->count) {
		x = s->at[k];
		if (!gives_way(&x->failure, f))
			return;
		replace(&x->failure, f);
		memmove(&s->at[k], &s->at[k + 1], (s->count - k - 1) * sizeof(s->at[0]));
		s->at[s->count - 1] = x;
		return;
	}
	if (!make_room(s, is_cheap(f)) || !(x = calloc(1, sizeof(*x))))
		return;
	x->local = *local;
	x->remote = *remote;
	x->failure = *f;
	s->at[s->count++] = x;
}

void ike_forget_stranger(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote)
{
	const unsigned k = find(s, local, remote);

	if (k < s->count)
		drop(s, k);
}

void ike_each_stranger(struct ike *e, void (*fn)(void *ctx, const struct ike_stranger *s), void *ctx)
{
	for (unsigned k = e->strangers.count; k > 0; k--) {
		const struct ike_stranger_entry *x = e->strangers.at[k - 1];
		const struct ike_stranger out = {
			.now_ms = ike_now(e), .local = x->local, .remote = x->remote, .failure = x->failure
		};

		fn(ctx, &out);
	}
}

/* --- progress ---------------------------------------------------------------------------------------------------- */

/* What was sent and received last in each state; an Aggressive Mode that is complete stands below. */
static const struct {
	enum ike_message sent, received;
} stages[IKE_STATE_COUNT] = {
	[IKE_I_MM1] = { IKE_MM1, IKE_MESSAGE_NONE },
	[IKE_I_MM2] = { IKE_MM1, IKE_MM2 },
	[IKE_I_MM3] = { IKE_MM3, IKE_MM2 },
	[IKE_I_MM4] = { IKE_MM3, IKE_MM4 },
	[IKE_I_MM5] = { IKE_MM5, IKE_MM4 },
	[IKE_I_MM6] = { IKE_MM5, IKE_MM6 },
	[IKE_R_MM1] = { IKE_MESSAGE_NONE, IKE_MM1 },
	[IKE_R_MM2] = { IKE_MM2, IKE_MM1 },
	[IKE_R_MM3] = { IKE_MM2, IKE_MM3 },
	[IKE_R_MM4] = { IKE_MM4, IKE_MM3 },
	[IKE_R_MM5] = { IKE_MM4, IKE_MM5 },
	[IKE_I_AM1] = { IKE_AM1, IKE_MESSAGE_NONE },
	[IKE_R_AM_AAA_AWAIT] = { IKE_MESSAGE_NONE, IKE_AM1 },
	[IKE_R_AM2] = { IKE_AM2, IKE_AM1 },
	[IKE_QM_I_QM1] = { IKE_QM1, IKE_MESSAGE_NONE },
	[IKE_QM_SPI_STARVE] = { IKE_MESSAGE_NONE, IKE_QM1 },
	[IKE_QM_R_QM2] = { IKE_QM2, IKE_QM1 },
};

struct ike_progress ike_progress_of(const struct ike_sa *sa)
{
	struct ike_progress p = { .initiator = sa->initiator,
				  .sent = stages[sa->state].sent,
				  .received = stages[sa->state].received,
				  .begun_ms = sa->created_ms,
				  .sent_ms = sa->sent_ms,
				  .received_ms = sa->taken_ms,
				  .sendings = sa->sendings,
				  .repeats = sa->repeats,
				  .fragments = sa->pieces,
				  .local_port = sa->path.local_port,
				  .remote_port = sa->path.remote_port,
				  .notify = sa->hint,
				  .notify_ms = sa->hint_ms };

	if (sa->state == IKE_READY && !sa->initiator)
		p.received = sa->aggressive ? IKE_AM1 : IKE_MM1;
	if (sa->state == IKE_P1_COMPLETE && sa->aggressive) {
		p.sent = sa->initiator ? IKE_AM3 : IKE_AM2;
		p.received = sa->initiator ? IKE_AM2 : IKE_AM3;
	} else if (sa->state == IKE_P1_COMPLETE) {
		p.sent = sa->initiator ? IKE_MM5 : IKE_MM6;
		p.received = sa->initiator ? IKE_MM6 : IKE_MM5;
	}
	return p;
}

struct ike_progress ike_progress_of_node(const struct ike_sa *sa, const struct ike_node *n)
{
	struct ike_progress p = { .initiator = n->initiator,
				  .sent = stages[n->state].sent,
				  .received = stages[n->state].received,
				  .begun_ms = n->qm && n->qm->begun_ms ? n->qm->begun_ms : n->sent_ms,
				  .sent_ms = n->sent_ms,
				  .sendings = n->sent_ms ? n->resends + 1 : 0,
				  .repeats = n->repeats,
				  .fragments = sa->pieces,
				  .local_port = sa->path.local_port,
				  .remote_port = sa->path.remote_port };

	if (n->state == IKE_QM_READY && !n->initiator)
		p.received = IKE_QM1;
	return p;
}

/* --- copies ------------------------------------------------------------------------------------------------------ */

static struct ike_failure copy(const struct ike_failure *f)
{
	return f ? *f : (struct ike_failure){ 0 };
}

/* Of a request that is under way; a failure of it has gone on since. */
static void set_now(struct ike_diag *out, const struct ike_progress *now, struct ike_failure *failed)
{
	const enum ike_message received = failed->at.received;

	out->negotiating = true;
	out->now = *now;
	if (!failed->fault || failed->at.begun_ms != now->begun_ms)
		return;
	failed->at = *now;
	if (received > now->received)
		failed->at.received = received; /* and was refused */
}

static void add_now(struct ike *e, const struct ike_ident_entry *i, struct ike_diag *out)
{
	struct ike_progress now;
	const struct ike_sa *sa;
	const struct ike_node *n;

	TAILQ_FOREACH (sa, ike_sas_by_ends(e, &i->config.local, &i->config.remote), by_ends) {
		if (sa->deleted || !ike_sa_between(sa, &i->config.local, &i->config.remote))
			continue;
		if (sa->state != IKE_P1_COMPLETE) {
			now = ike_progress_of(sa);
			/* a mere first message may be anybody's */
			if (!out->negotiating && (sa->initiator || now.received > IKE_MM1))
				set_now(out, &now, &out->phase1[sa->initiator]);
			continue;
		}
		TAILQ_FOREACH (n, &sa->nodes, link) {
			if (n->done || n->ident != i->number)
				continue;
			now = ike_progress_of_node(sa, n);
			set_now(out, &now, &out->phase2[n->initiator]);
			return;
		}
	}
}

static uint64_t rekey_ms(const struct ike_ident_entry *i)
{
	const struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if (!p->leaving)
			return p->soft_ms;
	}
	return IKE_NEVER;
}

bool ike_diag(struct ike *e, uint32_t ident, struct ike_diag *out)
{
	const struct ike_ident_entry *i = ike_ident_find(e, ident);
	const struct ike_notes *n;

	if (!i)
		return false;
	n = &i->notes;
	*out = (struct ike_diag){ .now_ms = ike_now(e),
				  .ident = ident,
				  .template = i->template,
				  .up = i->up,
				  .wanted = i->wanted && !i->up,
				  .up_ms = i->up ? i->up_since_ms : 0,
				  .rekey_ms = rekey_ms(i),
				  .request_ms = i->request_ms,
				  .over = copy(n->over),
				  .over_ms = n->over_ms,
				  .ending = n->ending,
				  .ended_ms = n->ended_ms,
				  .unknown_sa = n->unknown_sa,
				  .unknown_spi = n->unknown_spi,
				  .initiated = n->initiated };
	for (int role = 0; role < 2; role++) {
		out->phase1[role] = copy(n->phase1[role]);
		out->phase2[role] = copy(n->phase2[role]);
	}
	for (unsigned k = 0; i->up && k < 3; k++)
		if (n->lives[k].theirs_known)
			out->lives[out->life_count++] = n->lives[k];
	if (i->config.virtual_template)
		return true;
	out->phase1_up = ike_sa_ready(e, &i->config.local, &i->config.remote, i->config.profile);
	add_now(e, i, out);
	return true;
}

static const struct ike_failure *better(const struct ike_failure pair[2])
{
	const struct ike_failure *a = &pair[0], *b = &pair[1];

	if (!a->fault || !b->fault)
		return a->fault ? a : b;
	if (a->last_ms + HOLDS_MS < b->last_ms || b->last_ms + HOLDS_MS < a->last_ms)
		return a->last_ms > b->last_ms ? a : b;
	return tells_more(a, b) ? a : b;
}

static uint64_t newest(const struct ike_failure pair[2])
{
	return pair[0].last_ms > pair[1].last_ms ? pair[0].last_ms : pair[1].last_ms;
}

/* Phase 1 was made since, unless what came of it may be anybody's, and phase 2 failed a moment before by what is proven. */
static bool is_second(const struct ike_diag *d)
{
	const struct ike_failure *first = better(d->phase1), *second = better(d->phase2);

	if (d->phase1_up || newest(d->phase2) > newest(d->phase1))
		return true;
	return second->fault && second->proven && !first->proven && !first->at.initiator &&
	       newest(d->phase1) - second->last_ms <= HOLDS_MS;
}

const struct ike_failure *ike_diag_stops(const struct ike_diag *d)
{
	const struct ike_failure *f = better(is_second(d) ? d->phase2 : d->phase1);

	return d->up || !f->fault ? NULL : f;
}
