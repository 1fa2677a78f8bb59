/*
 * Half-open SAs of a responder: how many there may be, and which of them gives way to a new one.
 *
 * A flood of first messages must not keep honest peers out. Addresses that are configured as a peer's have room of their
 * own, for as many peers as come back together; of those that have not got beyond MM2 there are few, because they are
 * parked, and an honest one gets its second message in from there, also when the flood bears its own address. The oldest
 * half-open SA gives way, deleted ones first, then what one source hoards, then those that have not got beyond their
 * first message, since they cost an attacker nothing, and of these those that come from where the new one comes from.
 *
 * Looking at all SAs takes longer than a first message does, so it is known since the last look how many may be made before
 * the next one, and a look that finds a flood parks some SAs at once.
 */
#include "ike/ipsec.h"
#include "ike/table.h"

/* Its peer has sent nothing but a first message. */
static bool is_cheap(const struct ike_sa *sa)
{
	return sa->state == IKE_READY || sa->state == IKE_R_MM2 || sa->state == IKE_R_AM2;
}

static bool is_half_open(const struct ike_sa *sa)
{
	return !sa->initiator && !sa->authenticated;
}

/* What was seen of strangers, or of configured peers. */
struct look {
	bool known;
	unsigned count, parkable;
	unsigned sources; /* of strangers that have shown that they receive */
	struct ip_addr source[IKE_HALF_OPEN_MAX];
};

static void look_at_all(struct ike *e, struct look *l)
{
	const struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!is_half_open(sa) || sa->known != l->known)
			continue;
		l->count++;
		l->parkable += ike_is_parkable(sa);
		if (!l->known && !sa->deleted && !is_cheap(sa) && l->sources < IKE_HALF_OPEN_MAX)
			l->source[l->sources++] = ike_source(&sa->known_as);
	}
}

/* Whoever shows from one source that he receives needs few of them. */
static bool is_hoarded(const struct look *l, const struct ike_sa *sa)
{
	const struct ip_addr source = ike_source(&sa->known_as);
	unsigned count = 0;

	for (unsigned i = 0; i < l->sources; i++)
		count += ip_equal(&l->source[i], &source);
	return count > IKE_HALF_OPEN_OF_ONE;
}

enum half_open_rank { RANK_LAST, RANK_HERE, RANK_CHEAP, RANK_CHEAP_HERE, RANK_HOARDED, RANK_DELETED };

static int rank_of(const struct look *l, const struct ike_sa *sa, const struct ike_path *path)
{
	if (sa->deleted)
		return RANK_DELETED;
	if (!sa->known && !is_cheap(sa) && is_hoarded(l, sa))
		return RANK_HOARDED;
	return (is_cheap(sa) ? RANK_CHEAP : RANK_LAST) + ip_equal(&sa->path.remote, &path->remote);
}

static void give_way(struct ike *e, struct ike_sa *sa)
{
	ike_park(e, sa);
	ike_sa_free(e, sa);
}

/* One that has to go for a new one from there. */
static struct ike_sa *find_victim(struct ike *e, const struct look *l, bool is_full, const struct ike_path *path)
{
	struct ike_sa *sa, *victim = NULL;
	int best = -1;

	TAILQ_FOREACH (sa, &e->sas, link) {
		const bool may_go = is_half_open(sa) && sa->known == l->known && (is_full || ike_is_parkable(sa));
		const int rank = may_go ? rank_of(l, sa, path) : -1;

		if (rank >= 0 && rank >= best) { /* the list is newest first */
			best = rank;
			victim = sa;
		}
	}
	return victim;
}

/* The oldest ones, which is as if they had given way to the next first messages already. */
static unsigned park_some(struct ike *e, bool known)
{
	struct ike_sa *sa, *newer;
	unsigned count = 0;

	for (sa = TAILQ_LAST(&e->sas, ike_sa_list); sa && count < IKE_PARKED_AT_ONCE; sa = newer) {
		newer = TAILQ_PREV(sa, ike_sa_list, link);
		if (is_half_open(sa) && sa->known == known && ike_is_parkable(sa)) {
			give_way(e, sa);
			count++;
		}
	}
	return count;
}

void ike_sa_make_room(struct ike *e, const struct ike_path *path)
{
	struct look l = { .known = ike_is_configured(e, &path->local, &path->remote) };
	const unsigned most = l.known ? IKE_HALF_OPEN_KNOWN : IKE_HALF_OPEN_MAX;
	unsigned *room = &e->half_open_room[l.known];

	if (*room) {
		(*room)--;
		return;
	}
	look_at_all(e, &l);
	if (l.count >= most || l.parkable >= IKE_HALF_OPEN_MAX) {
		struct ike_sa *victim = find_victim(e, &l, l.count >= most, path);
		const bool is_flood = ike_is_parkable(victim);

		give_way(e, victim);
		if (is_flood)
			*room = park_some(e, l.known);
		return;
	}
	*room = most - l.count < IKE_HALF_OPEN_MAX - l.parkable ? most - l.count : IKE_HALF_OPEN_MAX - l.parkable;
	(*room)--; /* for this one */
}
