/*
 * Peers as IOS keeps them: one for each pair of addresses and port, locked by the SAs that use it, gone with the last.
 */
#include "ike/sa.h"

#include <stdlib.h>

static bool peer_is_at(const struct ike_peer *p, const struct ike_path *path)
{
	return p->port == path->remote_port && ip_equal(&p->remote, &path->remote) && ip_equal(&p->local, &path->local);
}

struct ike_peer *ike_peer_lock(struct ike *e, const struct ike_path *path, const char *who)
{
	struct ike_peer *p;

	TAILQ_FOREACH (p, &e->peers, link) {
		if (peer_is_at(p, path))
			break;
	}
	if (p) {
		dbg_peer_found(e, &p->remote, p->port);
	} else {
		p = calloc(1, sizeof(*p));
		if (!p)
			return NULL;
		p->local = path->local;
		p->remote = path->remote;
		p->port = path->remote_port;
		p->ptr = ike_new_ptr(e);
		p->handle = e->next_handle++;
		TAILQ_INSERT_TAIL(&e->peers, p, link);
		dbg_peer_created(e, &p->remote, p->port);
		dbg_peer_new(e, p->ptr, p->handle);
	}
	p->refs++;
	dbg_peer_lock(e, p->ptr, p->refs, who);
	return p;
}

void ike_peer_unlock(struct ike *e, struct ike_peer *p, const char *who)
{
	p->refs--;
	dbg_peer_unlock(e, p->ptr, who, p->refs);
	if (p->refs)
		return;
	dbg_peer_reap(e, &p->remote, p->ptr);
	TAILQ_REMOVE(&e->peers, p, link);
	free(p);
}

/* SAs of one peer share its struct; one that moves alone gets another. */
void ike_sa_peer_move(struct ike *e, struct ike_sa *sa)
{
	const struct ike_path *path = &sa->path;
	struct ike_peer *p = sa->peer, *other;

	if (!p || peer_is_at(p, path))
		return;
	TAILQ_FOREACH (other, &e->peers, link) {
		if (peer_is_at(other, path))
			break;
	}
	if (!other && p->refs == 1) {
		p->local = path->local;
		p->remote = path->remote;
		p->port = path->remote_port;
		return;
	}
	other = ike_peer_lock(e, path, "isadb_move_peer");
	if (!other)
		return;
	ike_peer_unlock(e, p, "isadb_move_peer");
	sa->peer = other;
}

void ike_sa_peer_insert(struct ike *e, struct ike_sa *sa)
{
	struct ike_peer *p = sa->peer;

	if (p->inserted)
		dbg_peer_reused(e, &p->local, &p->remote, p->port, p->ptr);
	else
		dbg_peer_inserted(e, &p->local, &p->remote, p->port, p->ptr);
	p->inserted = true;
}
