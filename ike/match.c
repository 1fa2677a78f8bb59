/*
 * Which ident a peer's Quick Mode belongs to. RFC 2409 section 5.5.
 *
 * Several tunnels between the same two addresses all protect any/any, and nothing in Quick Mode tells one from the
 * other. A peer asks for SAs of a tunnel that has none, or for the successors of SAs that end soon: so the ident
 * without SAs comes first, and then the one whose SAs are nearest to their end. Which tunnel of the peer the other half
 * belongs to is then settled by the pair of SAs itself, and stays so as long as both sides rekey in the same order
 * (ike/pair.c takes no jitter among such tunnels).
 *
 * Several peers behind one NAT have one address too: an ident that serves another of them is the last choice.
 */
#include "ike/natt.h"
#include "ike/profile.h"

static bool same_network(const struct ip_prefix *a, const struct ip_prefix *b)
{
	const struct ip_prefix x = ip_network(a), y = ip_network(b);

	return x.len == y.len && ip_equal(&x.addr, &y.addr);
}

bool ike_ident_protects(const struct ike_ident_entry *i, const struct ip_prefix *local, const struct ip_prefix *remote)
{
	return same_network(&i->config.local_proxy, local) && same_network(&i->config.remote_proxy, remote);
}

static bool is_between(const struct ike_ident_entry *i, const struct ip_addr *local, const struct ip_addr *remote)
{
	return ip_equal(&i->config.local, local) && ip_equal(&i->config.remote, remote);
}

bool ike_ident_has_twin(struct ike *e, const struct ike_ident_entry *i)
{
	const struct ike_ident_entry *other;

	TAILQ_FOREACH (other, ike_idents_by_ends(e, &i->config.local, &i->config.remote), by_ends) {
		if (other != i && is_between(other, &i->config.local, &i->config.remote) &&
		    ike_ident_protects(other, &i->config.local_proxy, &i->config.remote_proxy))
			return true;
	}
	return false;
}

bool ike_ident_is_negotiated(struct ike *e, const struct ike_ident_entry *i)
{
	const struct ike_sa *sa;
	const struct ike_node *n;

	TAILQ_FOREACH (sa, ike_sas_by_ends(e, &i->config.local, &i->config.remote), by_ends) {
		TAILQ_FOREACH (n, &sa->nodes, link) {
			if (!n->done && n->ident == i->number)
				return true;
		}
	}
	return false;
}

/* A Quick Mode of this peer's that waits for Diffie-Hellman has chosen it. */
static bool is_chosen(const struct ike_sa *sa, const struct ike_ident_entry *i)
{
	const struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (!n->initiator && !n->done && n->ident == i->number && n->state != IKE_QM_R_QM2)
			return true;
	}
	return false;
}

/* Of a million: how far its SAs are spent; 0 as long as it has none, and at least 1 after that. */
static unsigned spent(struct ike *e, const struct ike_sa *sa, const struct ike_ident_entry *i)
{
	const struct ike_pair *p = TAILQ_FIRST(&i->pairs);

	if (is_chosen(sa, i))
		return 1;
	return p ? 1 + ike_pair_spent(e, i, p) : 0;
}

static bool serves_another(const struct ike_ident_entry *i, const struct ike_sa *sa)
{
	const struct ike_pair *p = TAILQ_FIRST(&i->pairs);

	return p && p->peer_inside && !ike_natt_same_peer(sa, p);
}

struct ike_ident_entry *ike_ident_match(struct ike *e, const struct ike_sa *sa, const struct ip_prefix *local_proxy,
					const struct ip_prefix *remote_proxy)
{
	struct ike_ident_entry *i, *best = NULL, *last = NULL;
	bool of_another_profile = false;
	unsigned most = 0;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		unsigned now;

		if (!is_between(i, &sa->path.local, &sa->known_as) || (i->template && !ike_clone_is_of(i, sa)) ||
		    !ike_ident_protects(i, local_proxy, remote_proxy))
			continue;
		if (!ike_profile_serves(sa, &i->config)) {
			of_another_profile = true;
			continue;
		}
		if (serves_another(i, sa)) {
			last = last ? last : i;
			continue;
		}
		now = spent(e, sa, i);
		if (!now)
			return i;
		if (now > most) {
			most = now;
			best = i;
		}
	}
	best = best ? best : last;
	if (!best && of_another_profile)
		dbg_no_map_profile(e);
	return best;
}
