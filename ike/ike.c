/*
 * The engine's interface: settings, idents, datagrams, the timer, snapshots. Timers are data in the objects; every
 * function that may change something ends with settle(), which asks for the earliest of them.
 */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/recover.h"
#include "ike/profile.h"
#include "ike/table.h"

#include <stdio.h>
#include <stdlib.h>

#define INITIAL_PTR 0x06000000u
#define PEER_HANDLE 0x80000000u

static uint64_t next_deadline(struct ike *e)
{
	uint64_t at = IKE_NEVER, t;
	const struct ike_sa *sa;
	const struct ike_ident_entry *i;

	TAILQ_FOREACH (sa, &e->sas, link) {
		t = ike_sa_deadline(sa);
		at = t < at ? t : at;
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		t = ike_ident_deadline(i);
		at = t < at ? t : at;
	}
	t = ike_natt_deadline(e);
	at = t < at ? t : at;
	t = ike_parking_deadline(e);
	at = t < at ? t : at;
	t = ike_frags_deadline(&e->frags);
	return t < at ? t : at;
}

static void ask_timer(struct ike *e, uint64_t at_ms)
{
	e->timer_ms = at_ms;
	e->ops.timer(e->ops.ctx, at_ms);
}

/*
 * What an event may have changed is the earliest deadline. With few SAs and idents all are looked at after each event;
 * with many that would take longer than the event did, so they are looked at a moment later, for all events until then.
 */
static void settle(struct ike *e)
{
	const uint64_t soon = ike_now(e) + IKE_LOOK_MS;

	ike_clones_reap(e);
	ike_stock_fill(e);
	if (e->sa_count + e->ident_count <= IKE_LOOK_AT_ONCE)
		ask_timer(e, next_deadline(e));
	else if (e->timer_ms > soon)
		ask_timer(e, soon);
}

struct ike *ike_new(const struct ike_ops *ops)
{
	struct ike *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->ops = *ops;
	e->crypto = ike_crypto_new();
	if (!e->crypto) {
		free(e);
		return NULL;
	}
	ike_frags_init(&e->frags);
	ike_parking_init(&e->parking);
	TAILQ_INIT(&e->sas);
	TAILQ_INIT(&e->idents);
	e->next_ptr = INITIAL_PTR + (ike_random32(e) & 0x3FFFFF8);
	ike_index_init(e);
	e->timer_ms = IKE_NEVER;
	e->next_handle = PEER_HANDLE + 2;
	e->next_conn = IKE_CONN_FIRST;
	e->next_ipsec_conn = 1;
	e->next_ident = 1;
	e->next_dh = 1;
	return e;
}

void ike_free(struct ike *e)
{
	struct ike_ident_entry *i;
	struct ike_sa *sa;

	if (!e)
		return;
	e->debug = 0;
	while ((i = TAILQ_FIRST(&e->idents))) {
		ike_unindex_ident(e, i);
		ike_ident_free(i);
	}
	while ((sa = TAILQ_FIRST(&e->sas)))
		ike_sa_free(e, sa);
	ike_parking_clear(e);
	ike_strangers_free(&e->strangers);
	ike_settings_drop(e);
	ike_crypto_free(e->crypto);
	wipe(e, sizeof(*e));
	free(e);
}

int ike_configure(struct ike *e, const struct ike_settings *s)
{
	const bool was = e->set.enabled;
	struct ike_ident_entry *i;

	if (!ike_settings_take(e, s))
		return -IKE_ENOMEM;
	if (!e->set.enabled)
		ike_parking_clear(e);
	if (e->set.enabled && !was) {
		TAILQ_FOREACH (i, &e->idents, link) {
			if (i->wanted)
				i->request_ms = ike_now(e);
		}
	}
	settle(e);
	return 0;
}

void ike_set_debug(struct ike *e, unsigned kinds)
{
	e->debug = kinds;
}

void ike_export_keys(struct ike *e,
		     void (*phase1_key)(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets))
{
	const struct ike_sa *sa;

	e->ops.phase1_key = phase1_key;
	TAILQ_FOREACH (sa, &e->sas, link)
		ike_sa_export_key(e, sa);
}

/* --- idents ------------------------------------------------------------------------------------------------------ */

/* IOS's ident mtu before it knows the interface's. */
#define IDENT_MTU 1460

static void say_mtu(struct ike *e, const struct ike_ident_entry *i)
{
	const unsigned mtu = i->config.path_mtu;
	char text[512];
	IKE_ABOUT(e, .ident = i->number);

	dbg_recalculate_mtu(e, i->root, mtu);
	dbg_adjust_mtu(e, "ident ip", IDENT_MTU, mtu, ike_ident_text(&i->config, text));
	dbg_adjust_mtu(e, "path", IDENT_MTU, mtu, text);
}

struct ike_ident_entry *ike_ident_new(struct ike *e, const struct ike_ident *ident)
{
	struct ike_ident_entry *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->number = e->next_ident++;
	i->config = *ident;
	if (i->config.proposal_count > IKE_PROPOSALS)
		i->config.proposal_count = IKE_PROPOSALS;
	i->root = ike_new_ptr(e);
	i->request_ms = i->idle_ms = IKE_NEVER;
	TAILQ_INIT(&i->pairs);
	if (TAILQ_EMPTY(&e->idents))
		log_isakmp_on_off(e, true);
	ike_index_ident(e, i);
	if (ident->virtual_template)
		return i;
	say_mtu(e, i);
	return i;
}

uint32_t ike_ident_add(struct ike *e, const struct ike_ident *ident)
{
	struct ike_ident_entry *i = ike_ident_new(e, ident);

	if (!i)
		return 0;
	if (ike_ident_asks(i))
		ike_ident_request(e, i);
	settle(e);
	return i->number;
}

static void delete_pairs(struct ike *e, struct ike_ident_entry *i)
{
	struct ike_pair *p;

	while ((p = TAILQ_FIRST(&i->pairs)))
		ike_pair_delete(e, i, p, true);
}

static void forget_requests(struct ike *e, uint32_t ident)
{
	struct ike_sa *sa;
	struct ike_node *n, *next;

	TAILQ_FOREACH (sa, &e->sas, link) {
		for (n = TAILQ_FIRST(&sa->nodes); n; n = next) {
			next = TAILQ_NEXT(n, link);
			if (n->ident != ident)
				continue;
			if (!n->done && n->state != IKE_QM_READY)
				ike_node_done(e, sa, n, false, "IKE deleted");
			ike_node_free(e, sa, n);
		}
	}
}

static bool serves_another(struct ike *e, const struct ike_sa *sa, const struct ike_ident_entry *i)
{
	const struct ike_ident_entry *other;

	TAILQ_FOREACH (other, &e->idents, link) {
		if (other != i && ike_sa_between(sa, &other->config.local, &other->config.remote) &&
		    ike_profile_serves(sa, &other->config))
			return true;
	}
	return false;
}

/* Takes leave of an ident's peer. An IKE SA that serves others stays. */
static void end_ident(struct ike *e, struct ike_ident_entry *i)
{
	struct ike_sa *sa;

	delete_pairs(e, i);
	forget_requests(e, i->number);
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!sa->deleted && ike_sa_between(sa, &i->config.local, &i->config.remote) &&
		    !serves_another(e, sa, i))
			ike_sa_leave(e, sa, "No reason");
	}
}

bool ike_ident_is(struct ike *e, uint32_t ident, const struct ike_ident *what)
{
	const struct ike_ident_entry *i = ike_ident_find(e, ident);

	return i && !memcmp(&i->config, what, sizeof(*what));
}

uint32_t ike_ident_between(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t after)
{
	const struct ike_ident_entry *i;
	uint32_t next = 0;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, local, remote), by_ends) {
		if (i->number > after && (!next || i->number < next) && ip_equal(&i->config.local, local) &&
		    ip_equal(&i->config.remote, remote))
			next = i->number;
	}
	return next;
}

void ike_ident_path_mtu(struct ike *e, uint32_t ident, unsigned path_mtu)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);

	if (i)
		i->config.path_mtu = path_mtu;
}

void ike_ident_remove(struct ike *e, uint32_t ident)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);

	if (!i)
		return;
	ike_clones_remove(e, ident, end_ident);
	end_ident(e, i);
	ike_unindex_ident(e, i);
	ike_ident_free(i);
	if (TAILQ_EMPTY(&e->idents))
		log_isakmp_on_off(e, false);
	settle(e);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

void ike_feed(struct ike *e, const struct ike_path *path, const uint8_t *datagram, size_t octets)
{
	struct isakmp_header h;
	struct payload_fault fault = { PAYLOAD_LENGTH, PAYLOAD_NONE };
	struct rd body;

	IKE_ABOUT(e, .path = *path);
	if (!e->set.enabled || TAILQ_EMPTY(&e->idents)) {
		e->stats.dropped++;
		return;
	}
	ike_credit_begin(e, &path->remote, octets);
	if (octets <= IKE_DATAGRAM_MAX && isakmp_parse_header(datagram, octets, &h, &body, &fault))
		ike_receive(e, path, &h, datagram, octets);
	else {
		e->stats.dropped++;
		ike_malformed(e, NULL, &path->remote, &fault);
	}
	ike_credit_end(e);
	settle(e);
}

void ike_dh_done(struct ike *e, struct ike_dh_job *job)
{
	ike_dh_take(e, job);
	settle(e);
}

void ike_timer(struct ike *e)
{
	struct ike_sa *sa, *next;
	struct ike_ident_entry *i;

	for (sa = TAILQ_FIRST(&e->sas); sa; sa = next) {
		next = TAILQ_NEXT(sa, link);
		ike_sa_timer(e, sa);
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		ike_ident_timer(e, i);
	}
	ike_natt_timer(e);
	ike_frags_timer(&e->frags, ike_now(e));
	ike_parking_timer(e);
	settle(e);
	ask_timer(e, next_deadline(e));
}

void ike_peer_moved(struct ike *e, uint32_t ident, uint32_t in_spi, const struct ike_path *path)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);
	struct ike_pair *p = i ? ike_pair_find(i, true, in_spi) : NULL;

	if (p)
		ike_natt_pair_moved(e, p, path);
	settle(e);
}

void ike_invalid_spi(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t spi,
		     size_t octets)
{
	ike_credit_begin(e, remote, octets);
	ike_recover_esp(e, local, remote, spi);
	ike_credit_end(e);
	settle(e);
}

void ike_sa_limit(struct ike *e, uint32_t ident, uint32_t spi)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);

	if (i)
		ike_pair_limit(e, i, spi);
	settle(e);
}

void ike_sa_proven(struct ike *e, uint32_t ident, uint32_t in_spi)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);

	if (i)
		ike_pair_proven(e, i, in_spi);
	settle(e);
}

void ike_sa_volume(struct ike *e, uint32_t ident, bool inbound, uint32_t spi)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);

	if (i)
		ike_pair_volume(e, i, inbound, spi);
	settle(e);
}

/* --- clear ------------------------------------------------------------------------------------------------------- */

/* What waits for an SA that is cleared asks again, and not only when the request timer fires: its old SAs may end before. */
static void retry_waiting(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (n->initiator && !n->done && n->ident)
			ike_ident_retry(e, n->ident);
	}
}

void ike_clear_isakmp(struct ike *e, uint32_t conn_id)
{
	struct ike_sa *sa;

	if (!conn_id)
		ike_parking_clear(e);
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (conn_id && sa->conn_id != conn_id)
			continue;
		retry_waiting(e, sa);
		ike_sa_leave(e, sa, "BY user command");
	}
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (sa->deleted && (!conn_id || sa->conn_id == conn_id))
			ike_recover_cleared(e, sa);
	}
	settle(e);
}

static void clear_pairs(struct ike *e, const struct ip_addr *peer)
{
	struct ike_ident_entry *i;

	e->ending = IKE_ENDING_CLEARED;
	TAILQ_FOREACH (i, &e->idents, link) {
		if (peer && !ip_equal(peer, &i->config.remote))
			continue;
		delete_pairs(e, i);
		i->wanted = false;
		if (ike_ident_asks(i))
			i->request_ms = ike_now(e);
	}
	e->ending = IKE_ENDING_NONE;
}

void ike_clear_sa(struct ike *e, const struct ip_addr *peer)
{
	clear_pairs(e, peer);
	settle(e);
}

void ike_clear_session(struct ike *e, const struct ip_addr *peer)
{
	struct ike_sa *sa;

	clear_pairs(e, peer);
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!peer || ip_equal(peer, &sa->path.remote) || ip_equal(peer, &sa->known_as))
			ike_sa_leave(e, sa, "BY user command");
	}
	settle(e);
}

void ike_shutdown(struct ike *e)
{
	struct ike_ident_entry *i;
	struct ike_sa *sa;

	TAILQ_FOREACH (i, &e->idents, link) {
		delete_pairs(e, i);
		i->wanted = false;
		i->request_ms = IKE_NEVER;
	}
	TAILQ_FOREACH (sa, &e->sas, link) {
		ike_sa_leave(e, sa, "No reason");
	}
	settle(e);
}

/* --- snapshots --------------------------------------------------------------------------------------------------- */

void ike_each_sa(struct ike *e, void (*fn)(void *ctx, const struct ike_sa_info *sa), void *ctx)
{
	const uint64_t now = ike_now(e);
	const struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		struct ike_sa_info info = { .conn_id = sa->conn_id,
					    .path = sa->path,
					    .initiator = sa->initiator,
					    .state = ike_sa_shown(sa),
					    .deleted = sa->deleted,
					    .authenticated = sa->authenticated,
					    .natt = ike_natt_found(sa),
					    .fragmentation = sa->fragmentation,
					    .dpd = sa->peer_dpd && ike_dpd_configured(e, sa).s,
					    .encr = sa->policy.encr,
					    .keybits = sa->policy.keybits,
					    .hash = sa->policy.hash,
					    .auth = sa->policy.auth,
					    .group = sa->policy.group,
					    .priority = sa->chosen ? sa->policy.priority : 0,
					    .life_s = sa->life_s };

		if (sa->state == IKE_P1_COMPLETE)
			info.state = "QM_IDLE"; /* debug lines pad it, the column does so itself */
		if (sa->expires_ms != IKE_NEVER && sa->expires_ms > now)
			info.lifetime_left_s = (sa->expires_ms - now) / 1000;
		snprintf(info.phase1_id, sizeof(info.phase1_id), "%s", sa->phase1_id);
		snprintf(info.profile, sizeof(info.profile), "%s", sa->profile);
		snprintf(info.keyring, sizeof(info.keyring), "%s", sa->keyring);
		fn(ctx, &info);
	}
}

void ike_each_ident(struct ike *e, void (*fn)(void *ctx, const struct ike_ident_info *ident), void *ctx)
{
	const struct ike_ident_entry *i;

	TAILQ_FOREACH (i, &e->idents, link) {
		struct ike_ident_info info = { .ident = i->number,
					       .config = i->config,
					       .up = i->up,
					       .send_errors = i->send_errors,
					       .recv_errors = i->recv_errors };

		if (i->config.virtual_template)
			continue;
		if (i->up)
			info.up_s = (ike_now(e) - i->up_since_ms) / 1000;
		info.negotiating = ike_ident_is_negotiated(e, i);
		ike_pairs_info(e, i, &info);
		fn(ctx, &info);
	}
}
