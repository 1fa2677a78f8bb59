/*
 * Phase 1 SAs: made, found, deleted. RFC 2408 section 2.5 and 5.
 *
 * An SA's life: half-open until it is authenticated (a responder's are bounded in number and time), then complete until
 * its lifetime ends or somebody deletes it, then "ACTIVE (deleted)" until it is purged.
 */
#include "ike/sa.h"

#include "base/locked.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/table.h"

#include <stdlib.h>

void ike_blob_clear(struct ike_blob *b)
{
	if (b->p)
		wipe(b->p, b->octets);
	free(b->p);
	*b = (struct ike_blob){ NULL, 0 };
}

void ike_blob_set(struct ike_blob *b, const void *p, size_t octets)
{
	uint8_t *copy = octets ? malloc(octets) : NULL;

	if (copy)
		memcpy(copy, p, octets);
	ike_blob_clear(b);
	*b = (struct ike_blob){ copy, copy ? octets : 0 };
}

/* Drawn many at a time: the random source takes longer for a few octets than the rest of a first message does. */
static void draw(struct ike *e, void *out, size_t octets)
{
	struct ike_dice *d = &e->dice;

	if (d->left < octets) {
		e->ops.random(e->ops.ctx, d->octets, sizeof(d->octets));
		d->left = sizeof(d->octets);
	}
	d->left -= octets;
	memcpy(out, d->octets + d->left, octets);
	wipe(d->octets + d->left, octets);
}

uint32_t ike_random32(struct ike *e)
{
	uint32_t v = 0;

	while (!v)
		draw(e, &v, sizeof(v));
	return v;
}

uint32_t ike_new_ptr(struct ike *e)
{
	return e->next_ptr += 0x1C0 + (ike_random32(e) & 0xFFF8);
}

/* --- messages that anybody can cause ------------------------------------------------------------------------------ */

bool ike_is_configured(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote)
{
	const struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, local, remote), by_ends) {
		if (ip_equal(&i->config.local, local) && ip_equal(&i->config.remote, remote))
			return true;
	}
	return false;
}

static bool may(struct ike *e, struct ike_noise *n, unsigned most)
{
	const uint64_t now = ike_now(e);

	if (now - n->since_ms >= IKE_NOISE_MS) {
		n->since_ms = now;
		n->count = 0;
	}
	if (n->count >= most)
		return false;
	n->count++;
	return true;
}

/* Its own entry, or that of the one who has been silent for longest. */
static struct ike_noise *noise_of(struct ike *e, const struct ip_addr *from)
{
	struct ike_noise *n = &e->noise_peers[0];

	for (size_t i = 0; i < IKE_NOISE_PEERS; i++) {
		if (ip_equal(&e->noise_peers[i].from, from))
			return &e->noise_peers[i];
		if (e->noise_peers[i].since_ms < n->since_ms)
			n = &e->noise_peers[i];
	}
	*n = (struct ike_noise){ .from = *from };
	return n;
}

bool ike_noise(struct ike *e)
{
	const struct ike_path *path = e->about ? &e->about->path : NULL;

	if (!path || !path->remote.family || !ike_is_configured(e, &path->local, &path->remote))
		return may(e, &e->noise_strangers, IKE_NOISE_MAX);
	return may(e, noise_of(e, &path->remote), IKE_NOISE_MAX) && may(e, &e->noise_known, IKE_NOISE_KNOWN);
}

/* --- message IDs ------------------------------------------------------------------------------------------------- */

bool ike_sa_mid_fresh(const struct ike_sa *sa, uint32_t mid)
{
	for (size_t i = 0; i < sa->seen_count; i++)
		if (sa->seen[i] == mid)
			return false;
	return true;
}

/* None is forgotten, since what it belonged to could be replayed: an SA that cannot remember one more ends. */
void ike_sa_mid_use(struct ike_sa *sa, uint32_t mid)
{
	if (sa->seen_count == sa->seen_room && sa->seen_room < IKE_SEEN_MAX) {
		const size_t room = sa->seen_room ? 2 * sa->seen_room : 16;
		uint32_t *more = realloc(sa->seen, room * sizeof(*more));

		if (more) {
			sa->seen = more;
			sa->seen_room = room;
		}
	}
	if (sa->seen_count < sa->seen_room) {
		sa->seen[sa->seen_count++] = mid;
		if (sa->seen_count < IKE_SEEN_MAX)
			return;
	}
	sa->expires_ms = 0;
}

uint32_t ike_sa_mid_new(struct ike *e, struct ike_sa *sa)
{
	uint32_t mid;

	do
		mid = ike_random32(e);
	while (!ike_sa_mid_fresh(sa, mid) || ike_node_find(sa, mid));
	return mid;
}

/* --- SAs --------------------------------------------------------------------------------------------------------- */

const char *ike_sa_shown(const struct ike_sa *sa)
{
	static const char *const shown[] = {
#define X(id, name) name,
		IKE_STATES(X)
#undef X
	};

	if (sa->aggressive && (sa->deleted || sa->state == IKE_READY))
		return "AG_NO_STATE";
	if (sa->deleted || (!sa->aggressive && sa->state < IKE_P1_COMPLETE && !sa->chosen))
		return "MM_NO_STATE";
	return shown[sa->state];
}

struct ike_sa *ike_sa_new(struct ike *e, const struct ike_path *path, bool initiator, const char *who)
{
	struct ike_sa *sa = locked_calloc(1, sizeof(*sa)), *other;
	uint64_t now = ike_now(e);
	bool dup = false;

	IKE_ABOUT(e, .path = *path);
	if (!sa || !(sa->mm = calloc(1, sizeof(*sa->mm))))
		goto fail;
	sa->path = *path;
	sa->phase1_id = text_new("");
	sa->known_as = path->remote;
	sa->initiator = initiator;
	sa->known = ike_is_configured(e, &path->local, &path->remote);
	sa->state = IKE_READY;
	sa->created_ms = now;
	sa->resend_ms = sa->expires_ms = sa->purge_ms = sa->dpd.at_ms = sa->eager_ms = IKE_NEVER;
	sa->half_open_ms = now + (initiator ? 4 * IKE_HALF_OPEN_MS : IKE_HALF_OPEN_MS);
	TAILQ_INIT(&sa->nodes);
	draw(e, initiator ? sa->icookie : sa->rcookie, ISAKMP_COOKIE_OCTETS);
	(initiator ? sa->icookie : sa->rcookie)[0] |= 1; /* a cookie is not zero */
	sa->ptr = ike_new_ptr(e);
	sa->peer = ike_peer_lock(e, path, who);
	if (!sa->peer)
		goto fail;
	dbg_ports(e, path->local_port, path->remote_port);
	if (initiator)
		dbg_new_node(e, 0);
	TAILQ_FOREACH (other, ike_sas_by_ends(e, &path->local, &path->remote), by_ends) {
		dup |= !other->deleted && ip_equal(&other->path.remote, &path->remote) &&
		       ip_equal(&other->path.local, &path->local);
	}
	if (dup)
		dbg_sa_dup(e, sa->ptr);
	else
		dbg_sa_inserted(e, 0, sa->ptr);
	TAILQ_INSERT_HEAD(&e->sas, sa, link);
	ike_index_sa(e, sa);
	e->sa_count++;
	(*(initiator ? &e->stats.out_accepted : &e->stats.in_accepted))++;
	return sa;
fail:
	e->stats.rejected_resources++;
	(*(initiator ? &e->stats.out_rejected : &e->stats.in_rejected))++;
	if (sa)
		free(sa->mm);
	locked_free(sa, sizeof(*sa));
	return NULL;
}

void ike_sa_drop_mm(struct ike *e, struct ike_sa *sa)
{
	struct ike_mm *mm = sa->mm;

	ike_step_cancel(sa->step);
	if (!mm)
		return;
	free(mm->offer);
	ike_blob_clear(&mm->sai);
	ike_blob_clear(&mm->idi);
	ike_blob_clear(&mm->transform);
	if (mm->dh.number) {
		dbg_engine_dh_deleting(e, 1, mm->dh.number);
		dbg_engine_dh_deleted(e);
	}
	ike_dh_wipe(&mm->dh);
	wipe(mm, sizeof(*mm));
	free(mm);
	sa->mm = NULL;
}

void ike_sa_free(struct ike *e, struct ike_sa *sa)
{
	struct ike_node *n;

	IKE_ABOUT(e, .sa = sa);
	TAILQ_REMOVE(&e->sas, sa, link);
	ike_unindex_sa(sa);
	e->sa_count--;
	ike_frags_drop(&e->frags, sa);
	while ((n = TAILQ_FIRST(&sa->nodes)))
		ike_node_free(e, sa, n);
	if (sa->peer)
		ike_peer_unlock(e, sa->peer, "isadb_unlock_peer_delete_sa()");
	ike_sa_drop_mm(e, sa);
	ike_keys_wipe(&sa->keys);
	ike_blob_clear(&sa->in);
	ike_blob_clear(&sa->out);
	free(sa->seen);
	text_drop(sa->phase1_id);
	ike_about_gone(e, sa);
	locked_free(sa, sizeof(*sa));
}

void ike_sa_spi(const struct ike_sa *sa, uint8_t out[2 * ISAKMP_COOKIE_OCTETS])
{
	struct wr w = wr_of(out, 2 * ISAKMP_COOKIE_OCTETS);

	wr_bytes(&w, sa->icookie, sizeof(sa->icookie));
	wr_bytes(&w, sa->rcookie, sizeof(sa->rcookie));
}

struct ike_sa *ike_sa_find(struct ike *e, const struct ike_path *path, const uint8_t *icookie, const uint8_t *rcookie)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, ike_sas_by_cookie(e, icookie), by_cookie) {
		bool unknown = sa->initiator && !memcmp(sa->rcookie, none, sizeof(none));

		if (memcmp(sa->icookie, icookie, ISAKMP_COOKIE_OCTETS))
			continue;
		if (unknown || (rcookie ? !memcmp(sa->rcookie, rcookie, ISAKMP_COOKIE_OCTETS)
					: !sa->initiator && ike_natt_may_come(sa, path, false)))
			return sa;
	}
	return NULL;
}

static bool between(const struct ike_sa *sa, const struct ip_addr *local, const struct ip_addr *remote)
{
	return !sa->deleted && ike_sa_between(sa, local, remote);
}

struct ike_sa *ike_sa_of_pair(struct ike *e, const struct ike_pair *p)
{
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!sa->deleted && sa->state == IKE_P1_COMPLETE && ike_natt_same_peer(sa, p))
			return sa;
	}
	return NULL;
}

/* Is it the peer's that the profile wants, or is to be? */
static bool of_profile(const struct ike_sa *sa, const char *profile)
{
	return !profile[0] || !strcmp(sa->profile, profile);
}

struct ike_sa *ike_sa_ready(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote,
			    const char *profile)
{
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, ike_sas_by_ends(e, local, remote), by_ends) {
		if (between(sa, local, remote) && sa->state == IKE_P1_COMPLETE && of_profile(sa, profile))
			return sa;
	}
	return NULL;
}

struct ike_sa *ike_sa_budding(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote,
			      const char *profile)
{
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, ike_sas_by_ends(e, local, remote), by_ends) {
		if (between(sa, local, remote) && sa->initiator && sa->state != IKE_P1_COMPLETE &&
		    of_profile(sa, profile))
			return sa;
	}
	return NULL;
}

static const char ike_deleted[] = "IKE deleted";

static void say_deleting(struct ike *e, struct ike_sa *sa, const char *reason, const char *end)
{
	dbg_sa_deleting(e, sa->conn_id, reason, ike_sa_role(sa), ike_sa_shown(sa), &sa->path.remote, end);
}

void ike_sa_delete_begin(struct ike *e, struct ike_sa *sa, const char *reason)
{
	IKE_ABOUT(e, .sa = sa);

	dbg_no_paranoid(e, sa->conn_id);
	say_deleting(e, sa, reason, "");
}

static void say_input(struct ike *e, struct ike_sa *sa, enum ike_input input, enum ike_state from)
{
	dbg_input(e, sa->conn_id, ike_input_from(input), ike_input_name(input));
	dbg_state(e, sa->conn_id, ike_state_name(from), ike_state_name(IKE_DEST_SA));
}

/* The end of a complete SA is told between the two halves, that of another one behind both. */
static void delete_end(struct ike *e, struct ike_sa *sa, const char *reason, enum ike_input input)
{
	const bool complete = sa->state == IKE_P1_COMPLETE;
	struct ike_node *n;

	IKE_ABOUT(e, .sa = sa);
	if (complete)
		say_input(e, sa, input, sa->state);
	say_deleting(e, sa, reason, " ");
	sa->deleted = true;
	ike_frags_drop(&e->frags, sa);
	sa->resend_ms = sa->half_open_ms = sa->expires_ms = sa->dpd.at_ms = sa->eager_ms = IKE_NEVER;
	sa->purge_ms = ike_now(e) + IKE_SA_PURGE_MS;
	if (sa->peer)
		ike_peer_unlock(e, sa->peer, "isadb_mark_sa_deleted()");
	sa->peer = NULL;
	TAILQ_FOREACH (n, &sa->nodes, link) {
		/* what the initiator did not confirm it can no longer confirm */
		if (!n->done && n->state == IKE_QM_R_QM2)
			ike_ident_unconfirmed(e, n);
		if (!n->done && n->state == IKE_QM_I_QM1)
			ike_ident_retry(e, n->ident);
		if (n->done) /* one that waits to be purged is named once more */
			dbg_node_deleting(e, sa->conn_id, (int32_t)n->mid, ike_deleted);
		ike_node_done(e, sa, n, false, ike_deleted);
		ike_qm_free(e, n->qm);
		n->qm = NULL;
	}
	if (complete)
		say_input(e, sa, IKE_MM_EXCH, IKE_DEST_SA);
	else
		say_input(e, sa, input, sa->state);
	sa->state = IKE_DEST_SA;
	if (sa->has_keys) {
		dbg_engine_ike_deleting(e, sa->conn_id);
		dbg_engine_ike_deleted(e);
	}
	ike_keys_wipe(&sa->keys);
	sa->has_keys = false;
	ike_sa_drop_mm(e, sa);
}

void ike_sa_delete_end(struct ike *e, struct ike_sa *sa, const char *reason)
{
	delete_end(e, sa, reason, IKE_PHASE1_DEL);
}

void ike_sa_delete_by(struct ike *e, struct ike_sa *sa, const char *reason, enum ike_input input)
{
	if (sa->deleted)
		return;
	ike_sa_delete_begin(e, sa, reason);
	delete_end(e, sa, reason, input);
}

void ike_sa_delete(struct ike *e, struct ike_sa *sa, const char *reason)
{
	ike_sa_delete_by(e, sa, reason, IKE_PHASE1_DEL);
}

void ike_sa_leave(struct ike *e, struct ike_sa *sa, const char *reason)
{
	if (sa->deleted)
		return;
	ike_sa_delete_begin(e, sa, reason);
	if (sa->state == IKE_P1_COMPLETE)
		ike_info_delete(e, sa, 0);
	ike_sa_delete_end(e, sa, reason);
}

void ike_sa_export_key(struct ike *e, const struct ike_sa *sa)
{
	if (e->ops.phase1_key && sa->has_keys)
		e->ops.phase1_key(e->ops.ctx, sa->icookie, sa->keys.key, sa->keys.key_octets);
}
