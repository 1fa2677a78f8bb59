/* Call admission control: how many IKE SAs there may be, and the counters of who asked for some. */
#include "ike/ipsec.h"
#include "ike/note.h"

static void count(struct ike *e, struct ike_stats *out)
{
	const struct ike_sa *sa;

	out->active = out->negotiating = out->dead = 0;
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (sa->deleted)
			out->dead++;
		else if (sa->authenticated)
			out->active++;
		else
			out->negotiating++;
	}
}

static bool known(struct ike *e, const struct ike_path *path)
{
	const struct ike_sa *sa;

	TAILQ_FOREACH (sa, ike_sas_by_ends(e, &path->local, &path->remote), by_ends) {
		if (!sa->deleted && sa->authenticated && ip_equal(&sa->path.remote, &path->remote) &&
		    ip_equal(&sa->path.local, &path->local))
			return true;
	}
	return false;
}

static bool refuse(struct ike *e, const struct ike_path *path, bool incoming, const char *why)
{
	(*(incoming ? &e->stats.in_rejected : &e->stats.out_rejected))++;
	ike_note_refused(e, path, incoming, FAULT_admission);
	if (ike_noise(e))
		log_deny_sa(e, incoming, incoming ? &path->remote : &path->local,
			    incoming ? &path->local : &path->remote, why);
	return false;
}

bool ike_sa_admit(struct ike *e, const struct ike_path *path, bool incoming)
{
	struct ike_stats now;

	if ((e->set.sa_limit || e->set.negotiation_limit) && !known(e, path)) {
		count(e, &now);
		if (e->set.sa_limit && now.active + now.negotiating >= e->set.sa_limit) {
			e->stats.rejected_sa_limit++;
			return refuse(e, path, incoming, "IKE SA LIMIT REACHED");
		}
		if (e->set.negotiation_limit && now.negotiating >= e->set.negotiation_limit) {
			e->stats.rejected_negotiation_limit++;
			return refuse(e, path, incoming, "IN-NEGOTIATION SA LIMIT REACHED");
		}
	}
	return true;
}

void ike_stats(struct ike *e, struct ike_stats *out)
{
	const struct ike_ident_entry *i;
	const struct ike_pair *p;
	const struct ike_node *n;
	const struct ike_sa *sa;

	*out = e->stats;
	count(e, out);
	/* towards the limits they do not count: forged messages would keep everybody out with them */
	out->negotiating += ike_parking_count(&e->parking);
	out->sa_limit = e->set.sa_limit;
	out->negotiation_limit = e->set.negotiation_limit;
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			out->ipsec_active++;
		}
	}
	TAILQ_FOREACH (sa, &e->sas, link) {
		TAILQ_FOREACH (n, &sa->nodes, link) {
			out->ipsec_negotiating += !n->done;
		}
	}
}

void ike_stats_clear(struct ike *e)
{
	e->stats = (struct ike_stats){ 0 };
}
