/*
 * Peers as IOS keeps them: one for each pair of addresses and port, locked by the SAs that use it, gone with the last.
 */
#include "ike/sa.h"

#include <stdlib.h>

static bool peer_is_at(const struct ike_peer *p, const struct ike_path *path)
{
	return p->port == path->remote_port && ip_equal(&p->remote, &path->remote) && ip_equal(&p->local, &path->local);
}

static struct ike_peer *find(struct ike *e, const struct ike_path *path)
{
	struct ike_peer *p;

	TAILQ_FOREACH (p, ike_peers_by_address(e, &path->remote), by_address) {
		if (peer_is_at(p, path))
			break;
	}
	return p;
}

static void put_at(struct ike *e, struct ike_peer *p, const struct ike_path *path)
{
	p->local = path->local;
	p->remote = path->remote;
	p->port = path->remote_port;
	TAILQ_INSERT_TAIL(ike_peers_by_address(e, &p->remote), p, by_address);
}

static void take_from(struct ike *e, struct ike_peer *p)
{
	TAILQ_REMOVE(ike_peers_by_address(e, &p->remote), p, by_address);
}

struct ike_peer *ike_peer_lock(struct ike *e, const struct ike_path *path, const char *who)
{
	struct ike_peer *p = find(e, path);

	if (p) {
		dbg_peer_found(e, &p->remote, p->port);
	} else {
		p = calloc(1, sizeof(*p));
		if (!p)
			return NULL;
		p->ptr = ike_new_ptr(e);
		p->handle = e->next_handle++;
		put_at(e, p, path);
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
	take_from(e, p);
	free(p);
}

/* SAs of one peer share its struct; one that moves alone gets another. */
void ike_sa_peer_move(struct ike *e, struct ike_sa *sa)
{
	const struct ike_path *path = &sa->path;
	struct ike_peer *p = sa->peer, *other;

	if (!p || peer_is_at(p, path))
		return;
	other = find(e, path);
	if (!other && p->refs == 1) {
		take_from(e, p);
		put_at(e, p, path);
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
