#include "ike/dh_job.h"

#include "base/wipe.h"
#include "ike/table.h"

#include <stdlib.h>

void ike_dh_compute(struct ike_crypto *c, struct ike_dh_job *job)
{
	const struct ike_bytes peer = { job->peer, job->peer_octets };

	job->rc = job->has_public ? 0 : ike_dh_publish(c, &job->own);
	if (!job->rc && peer.octets)
		job->rc = ike_dh_shared(c, &job->own, peer, job->gxy);
}

void ike_dh_job_free(struct ike_dh_job *job)
{
	if (!job)
		return;
	if (job->step)
		job->step->job = NULL;
	wipe(job, sizeof(*job));
	free(job);
}

/* --- the stock --------------------------------------------------------------------------------------------------- */

/* Remembers that the group is in use; the one that was used least recently gives way. */
static struct ike_stock *stock_of(struct ike *e, unsigned group)
{
	struct ike_stock used = { .group = group };
	size_t i = 0;

	while (i < IKE_STOCK_GROUPS - 1 && e->stock[i].group && e->stock[i].group != group)
		i++;
	if (e->stock[i].group == group)
		used = e->stock[i];
	for (; i > 0; i--)
		e->stock[i] = e->stock[i - 1];
	e->stock[0] = used;
	wipe(&used, sizeof(used));
	return &e->stock[0];
}

static bool take_pair(struct ike *e, unsigned group, struct ike_dh *out)
{
	struct ike_stock *s = stock_of(e, group);

	if (!s->count)
		return false;
	*out = s->pairs[--s->count];
	ike_dh_wipe(&s->pairs[s->count]);
	return true;
}

static void put_pair(struct ike *e, const struct ike_dh *pair)
{
	for (size_t i = 0; i < IKE_STOCK_GROUPS; i++) {
		struct ike_stock *s = &e->stock[i];

		if (s->group == pair->group && s->count < IKE_STOCK_PAIRS)
			s->pairs[s->count++] = *pair;
	}
}

void ike_stock_fill(struct ike *e)
{
	struct ike_dh_job *job = NULL;

	if (!e->ops.dh_start || e->dh_jobs)
		return;
	for (size_t i = 0; i < IKE_STOCK_GROUPS && !job; i++) {
		if (!e->stock[i].group || e->stock[i].count == IKE_STOCK_PAIRS)
			continue;
		job = calloc(1, sizeof(*job));
		if (!job || ike_dh_draw(e->crypto, &job->own, e->stock[i].group, e->ops.random, e->ops.ctx))
			break;
		job->stock = true;
		if (!e->ops.dh_start(e->ops.ctx, job))
			break;
		e->dh_jobs++;
		return;
	}
	ike_dh_job_free(job);
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

/* Of half-open SAs with the source of this one, for messages that show as much of it. */
static unsigned waiting_with(struct ike *e, const struct ike_sa *asks)
{
	const struct ip_addr source = ike_source(&asks->path.remote);
	const struct ike_sa *sa;
	unsigned count = 0;

	TAILQ_FOREACH (sa, &e->sas, link) {
		const struct ip_addr of = ike_source(&sa->path.remote);

		count += sa->step && !sa->initiator && sa->aggressive == asks->aggressive && ip_equal(&of, &source);
	}
	return count;
}

/* Anybody may have sent it, in any name. */
static bool is_forgeable(const struct ike_sa *sa)
{
	return sa->aggressive && !sa->initiator && !sa->authenticated;
}

/* Has whoever asks for it, without being authenticated, had its share? */
static bool is_too_much(struct ike *e, const struct ike_sa *sa)
{
	if (sa->initiator || sa->authenticated || e->dh_jobs < IKE_DH_BUSY)
		return false;
	if (waiting_with(e, sa) >= IKE_DH_OF_ONE)
		return true;
	if (sa->aggressive)
		return e->dh_forgeable >= (sa->known ? IKE_DH_FORGEABLE_KNOWN : IKE_DH_FORGEABLE);
	return !sa->known && e->dh_jobs - e->dh_forgeable >= IKE_DH_WAITING;
}

enum ike_outcome ike_step_dh(struct ike_step *s, const struct ike_dh *own, unsigned group, struct ike_bytes peer)
{
	struct ike *e = s->e;
	struct ike_dh_job *job = is_too_much(e, s->sa) ? NULL : calloc(1, sizeof(*job));
	struct wr w;

	if (!job)
		return IKE_DROP;
	if (!own)
		dbg_engine_dh(e);
	s->job = job;
	w = wr_of(job->peer, sizeof(job->peer));
	wr_bytes(&w, peer.p, peer.octets);
	job->peer_octets = wr_octets(&w);
	if (own)
		job->own = *own;
	job->has_public = own || take_pair(e, group, &job->own);
	if (!job->has_public)
		job->rc = ike_dh_draw(e->crypto, &job->own, group, e->ops.random, e->ops.ctx);
	if (!own)
		job->own.number = e->next_dh++;
	if (peer.octets && peer.octets != ike_dh_public_octets(job->own.group))
		job->rc = -IKE_EMALFORMED;
	if (job->rc || (job->has_public && !peer.octets))
		return IKE_OK;
	job->step = s;
	job->forgeable = is_forgeable(s->sa);
	if (e->ops.dh_start && e->ops.dh_start(e->ops.ctx, job)) {
		e->dh_jobs++;
		e->dh_forgeable += job->forgeable;
		return IKE_WAIT;
	}
	job->step = NULL;
	/* more work than can be done: no stranger's request holds everybody up with it, it comes again; QM1 could not */
	if (e->dh_jobs && !s->node && !s->sa->initiator)
		return IKE_DROP;
	ike_dh_compute(e->crypto, job);
	return IKE_OK;
}

void ike_step_dh_end(struct ike_step *s)
{
	struct ike_dh_job *job = s->job;

	s->job = NULL;
	if (job && job->step)
		job->step = NULL; /* somebody computes it: it is freed when it comes back */
	else
		ike_dh_job_free(job);
}

void ike_dh_take(struct ike *e, struct ike_dh_job *job)
{
	struct ike_step *s = job->step;

	e->dh_jobs--;
	e->dh_forgeable -= job->forgeable;
	job->step = NULL;
	if (s) {
		ike_step_resume(s);
		return;
	}
	if (job->stock && !job->rc)
		put_pair(e, &job->own);
	ike_dh_job_free(job);
}
