/*
 * Peers behind a NAT move: their address and port change when the NAT forgets a mapping. RFC 3947 section 4 and 7.
 *
 * All that belongs to one peer, its IKE SAs and their pairs of IPsec SAs, is on the same path and moves together. Peers
 * behind one NAT have one address; what tells them apart is their port and who they are. An SA stays known by the
 * address that it was made for (ike_sa.known_as), which is how idents find it.
 */
#include "ike/natt.h"

#include <string.h>

#define LOOK_MS 500

bool ike_natt_may_come(const struct ike_sa *sa, const struct ike_path *path, bool is_protected)
{
	return is_protected || ike_same_path(&sa->path, path);
}

bool ike_natt_same_peer(const struct ike_sa *sa, const struct ike_pair *p)
{
	return ip_equal(&sa->path.local, &p->path.local) && ip_equal(&sa->path.remote, &p->path.remote) &&
	       ((!sa->natt.remote_inside && !p->peer_inside) || !strcmp(sa->phase1_id, p->phase1_id));
}

bool ike_natt_same_peers(const struct ike_sa *a, const struct ike_sa *b)
{
	return ip_equal(&a->path.local, &b->path.local) && ip_equal(&a->path.remote, &b->path.remote) &&
	       ((!a->natt.remote_inside && !b->natt.remote_inside) || !strcmp(a->phase1_id, b->phase1_id));
}

/* --- moving ------------------------------------------------------------------------------------------------------ */

static void move_pair(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, const struct ike_path *to)
{
	p->path = *to;
	i->peer_port = to->remote_port;
	if (!p->udp || !e->ops.sa_move)
		return;
	if (p->in_installed)
		e->ops.sa_move(e->ops.ctx, i->number, true, p->in_spi, to);
	if (p->out_installed)
		e->ops.sa_move(e->ops.ctx, i->number, false, p->out_spi, to);
}

/* Everything of this peer that is on the old path. */
static void move_all(struct ike *e, const struct ike_path *from, const char *phase1_id, const struct ike_path *to)
{
	const struct ike_path old = *from; /* it is in one of those that move */
	struct ike_ident_entry *i;
	struct ike_pair *p;
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!sa->deleted && sa->authenticated && ike_same_path(&sa->path, &old) &&
		    !strcmp(sa->phase1_id, phase1_id)) {
			sa->path = *to;
			ike_sa_peer_move(e, sa);
		}
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (p->udp && ike_same_path(&p->path, &old) && !strcmp(p->phase1_id, phase1_id))
				move_pair(e, i, p, to);
		}
	}
}

/*
 * A peer that is not behind a NAT has no reason to be elsewhere (RFC 3947 7): only the step to port 4500 is followed.
 * Our own address stays what it is.
 */
static bool may_move(const struct ike_sa *sa, const struct ike_path *to)
{
	const bool floats = sa->path.local_port == ISAKMP_PORT && to->local_port == ISAKMP_NATT_PORT;

	if (ike_same_path(&sa->path, to) || sa->natt.kind == VID_UNKNOWN || !ip_equal(&sa->path.local, &to->local) ||
	    to->remote.family != sa->path.remote.family)
		return false;
	if (!floats && to->local_port != sa->path.local_port)
		return false;
	return sa->natt.remote_inside || (floats && ip_equal(&sa->path.remote, &to->remote));
}

bool ike_natt_may_answer(const struct ike_sa *sa, const struct ike_path *path)
{
	return sa->authenticated && may_move(sa, path);
}

void ike_natt_verified(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct ike_path *to = &s->path;

	if (!to->remote.family || !may_move(sa, to))
		return;
	if (sa->state < IKE_P1_COMPLETE) {
		if (sa->path.local_port != to->local_port) {
			dbg_port_floating(s->e, sa->conn_id, to->remote_port);
			dbg_peer_existing(s->e, &to->local, &to->remote, to->remote_port);
		}
		sa->path = *to;
		ike_sa_peer_move(s->e, sa);
		return;
	}
	move_all(s->e, &sa->path, sa->phase1_id, to);
}

void ike_natt_pair_moved(struct ike *e, struct ike_pair *p, const struct ike_path *path)
{
	if (!p->udp || !p->peer_inside || ike_same_path(&p->path, path) || !ip_equal(&p->path.local, &path->local) ||
	    p->path.local_port != path->local_port || p->path.remote.family != path->remote.family)
		return;
	move_all(e, &p->path, p->phase1_id, path);
}

/* --- keepalives -------------------------------------------------------------------------------------------------- */

static bool needs_keepalive(const struct ike_sa *sa)
{
	return ike_natt_found(sa) && sa->authenticated && !sa->deleted;
}

/* Those that are looked at in this round, each path once: by the first that was found to be due on it. */
struct round {
	struct ike_keepalive *chains[IKE_CHAINS];
	STAILQ_HEAD(, ike_keepalive) due;
};

static struct ike_keepalive *find(struct ike *e, const struct round *r, const struct ike_path *path)
{
	struct ike_keepalive *k = r->chains[ike_index_path(e, path)];

	while (k && !ike_same_path(k->path, path))
		k = k->chain;
	return k;
}

static void add(struct ike *e, struct round *r, struct ike_keepalive *k, const struct ike_path *path)
{
	struct ike_keepalive **chain = &r->chains[ike_index_path(e, path)];

	if (find(e, r, path))
		return;
	k->path = path;
	k->quiet_ms = IKE_NEVER;
	k->chain = *chain;
	*chain = k;
	STAILQ_INSERT_TAIL(&r->due, k, link);
}

static void collect(struct ike *e, struct round *r)
{
	const uint64_t now = ike_now(e);
	struct ike_ident_entry *i;
	struct ike_pair *p;
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if (needs_keepalive(sa) && sa->keepalive.at_ms <= now)
			add(e, r, &sa->keepalive, &sa->path);
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (p->udp && p->keepalive.at_ms <= now)
				add(e, r, &p->keepalive, &p->path);
		}
	}
}

static void spoken(struct ike_keepalive *k, uint64_t ago_ms)
{
	if (k && ago_ms < k->quiet_ms)
		k->quiet_ms = ago_ms;
}

/* How long nothing has been sent on these paths, neither IKE nor ESP. */
static void measure(struct ike *e, const struct round *r)
{
	const uint64_t now = ike_now(e);
	const struct ike_ident_entry *i;
	const struct ike_pair *p;
	const struct ike_sa *sa;
	struct ike_keepalive *k;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!sa->deleted)
			spoken(find(e, r, &sa->path), now - sa->spoke_ms);
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			struct ike_sa_usage u = { 0 };

			if (p->udp && p->out_installed && (k = find(e, r, &p->path)) &&
			    e->ops.sa_usage(e->ops.ctx, i->number, false, p->out_spi, &u) && u.packets)
				spoken(k, u.idle_ms);
		}
	}
}

/* Paths in use are looked at together: a round goes over all SAs, and of a thousand paths each would be due by itself. */
static uint64_t next_look(uint64_t at_ms)
{
	return (at_ms + LOOK_MS - 1) / LOOK_MS * LOOK_MS;
}

/* One octet on a path that has been quiet for as long as is configured; else when it will have been. */
static void keep_alive(struct ike *e, struct ike_keepalive *k)
{
	const uint64_t every_ms = (uint64_t)e->set.nat_keepalive_s * 1000;

	k->at_ms = ike_now(e) + every_ms;
	if (k->quiet_ms < every_ms)
		k->at_ms = next_look(k->at_ms - k->quiet_ms);
	else if (e->ops.nat_keepalive)
		e->ops.nat_keepalive(e->ops.ctx, k->path);
}

/* All that are on these paths are due again together. */
static void rearm(struct ike *e, const struct round *r)
{
	const struct ike_keepalive *k;
	struct ike_ident_entry *i;
	struct ike_pair *p;
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if ((k = find(e, r, &sa->path)))
			sa->keepalive.at_ms = k->at_ms;
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if ((k = find(e, r, &p->path)))
				p->keepalive.at_ms = k->at_ms;
		}
	}
}

/* However many paths are due, each SA is gone through once for each step. */
void ike_natt_timer(struct ike *e)
{
	struct round r = { .due = STAILQ_HEAD_INITIALIZER(r.due) };
	struct ike_keepalive *k;

	if (!e->set.nat_keepalive_s)
		return;
	collect(e, &r);
	if (STAILQ_EMPTY(&r.due))
		return;
	measure(e, &r);
	STAILQ_FOREACH (k, &r.due, link)
		keep_alive(e, k);
	rearm(e, &r);
}

uint64_t ike_natt_deadline(struct ike *e)
{
	uint64_t at = IKE_NEVER;
	const struct ike_ident_entry *i;
	const struct ike_pair *p;
	const struct ike_sa *sa;

	if (!e->set.nat_keepalive_s)
		return at;
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (needs_keepalive(sa) && sa->keepalive.at_ms < at)
			at = sa->keepalive.at_ms;
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (p->udp && p->keepalive.at_ms < at)
				at = p->keepalive.at_ms;
		}
	}
	return at;
}
