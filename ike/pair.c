/*
 * IPsec SAs in pairs, one per direction: keys, installation, ends, and what is shown of them. RFC 2409 section 5.5, RFC
 * 2407 section 4.5. When a pair ends and what succeeds it is rekey.c's matter.
 */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/table.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t ike_spi_new(struct ike *e)
{
	const struct ike_ident_entry *i;
	const struct ike_pair *p;
	uint32_t spi;
	bool taken;

	do {
		spi = ike_random32(e);
		taken = spi < IKE_SPI_MIN;
		TAILQ_FOREACH (i, &e->idents, link) {
			TAILQ_FOREACH (p, &i->pairs, link) {
				taken |= p->in_spi == spi;
			}
		}
	} while (taken);
	return spi;
}

struct ike_pair *ike_pair_find(const struct ike_ident_entry *i, bool inbound, uint32_t spi)
{
	struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if ((inbound ? p->in_spi : p->out_spi) == spi && (inbound || !p->leaving))
			return p;
	}
	return NULL;
}

uint64_t ike_pair_left_s(struct ike *e, const struct ike_pair *p)
{
	const uint64_t now = ike_now(e);

	return p->hard_ms > now ? (p->hard_ms - now) / 1000 : 0;
}

static const char *sa_text(struct ike *e, const struct ike_pair *p, bool inbound, char buf[512])
{
	const uint32_t spi = inbound ? p->in_spi : p->out_spi;
	char addr[IP_TEXT_SIZE], set[64];

	snprintf(buf, 512,
		 "  (sa) sa_dest= %s, sa_proto= 50, \n    sa_spi= 0x%X(%u), \n    sa_trans= %s, sa_conn_id= %u\n"
		 "    sa_lifetime(k/sec)= (%u/%llu)",
		 ip_text(inbound ? &p->path.local : &p->path.remote, addr), spi, spi,
		 ike_transform_text(&p->proposal, set), inbound ? p->in_conn : p->out_conn, p->life_kb,
		 (unsigned long long)ike_pair_left_s(e, p));
	return buf;
}

static int install(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound,
		   const uint8_t *cipher_key, const uint8_t *auth_key)
{
	const struct ike_ipsec_sa sa = {
		.ident = i->number,
		.inbound = inbound,
		.spi = inbound ? p->in_spi : p->out_spi,
		.conn_id = inbound ? p->in_conn : p->out_conn,
		.src = inbound ? p->path.remote : p->path.local,
		.dst = inbound ? p->path.local : p->path.remote,
		.cipher = p->proposal.cipher,
		.keybits = p->proposal.keybits,
		.auth = p->proposal.auth,
		.cipher_key = cipher_key,
		.auth_key = auth_key,
		.cipher_key_octets = ike_esp_cipher_key_octets(p->proposal.cipher, p->proposal.keybits),
		.auth_key_octets = ike_esp_auth_key_octets(p->proposal.auth),
		.replay_window = p->replay_window,
		.held_by = inbound || (p->initiator && !p->waits) ? 0 : p->in_spi,
		.soft_octets = ike_pair_soft_octets(p),
		.local_port = p->udp ? p->path.local_port : 0,
		.remote_port = p->udp ? p->path.remote_port : 0,
	};

	return e->ops.sa_install(e->ops.ctx, &sa);
}

/* KEYMAT of one direction, split. RFC 2409 5.5: the SPI is the one that the receiver chose. */
static int keys_of(const struct ike_sa *sa, const struct ike_qm *qm, uint32_t spi, uint8_t *cipher_key,
		   uint8_t *auth_key)
{
	const size_t cipher = ike_esp_cipher_key_octets(qm->chosen.cipher, qm->chosen.keybits);
	const size_t auth = ike_esp_auth_key_octets(qm->chosen.auth);
	const struct ike_p2_material m = { .protocol = PROTO_IPSEC_ESP,
					   .spi = spi,
					   .gqmxy = { qm->gxy, qm->gxy_octets },
					   .ni = { qm->ni, qm->ni_octets },
					   .nr = { qm->nr, qm->nr_octets } };
	uint8_t keymat[IKE_KEY_MAX + 4 + IKE_HASH_MAX];
	struct rd r = rd_of(keymat, cipher + auth);
	int err = ike_keymat(&sa->keys, &m, keymat, cipher + auth);

	if (!err) {
		rd_copy(&r, cipher_key, cipher);
		rd_copy(&r, auth_key, auth);
	}
	wipe(keymat, sizeof(keymat));
	return err;
}

static void session_up(struct ike *e, struct ike_ident_entry *i, const struct ike_pair *p)
{
	i->wanted = false;
	i->fired = 0;
	i->request_ms = IKE_NEVER;
	if (i->up)
		return;
	i->up = true;
	i->up_since_ms = ike_now(e);
	ike_idle_start(e, i);
	i->session_peer = p->path.remote;
	i->session_port = p->path.remote_port;
	i->session_id = text_share(p->phase1_id);
	if (e->set.session_logging)
		log_session_up(e, &i->session_peer, i->session_port, i->session_id);
	e->ops.ident_state(e->ops.ctx, i->number, true);
}

static void session_down(struct ike *e, struct ike_ident_entry *i)
{
	i->up = false;
	i->idle_ms = IKE_NEVER;
	if (e->set.session_logging)
		log_session_down(e, &i->session_peer, i->session_port, i->session_id);
	text_drop(i->session_id);
	i->session_id = NULL;
	ike_note_down(e, i);
	e->ops.ident_state(e->ops.ctx, i->number, false);
}

static void drop(struct ike_ident_entry *i, struct ike_pair *p)
{
	TAILQ_REMOVE(&i->pairs, p, link);
	text_drop(p->phase1_id);
	wipe(p, sizeof(*p));
	free(p);
}

/* One direction, with its keys. */
static bool install_half(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, const struct ike_sa *sa,
			 const struct ike_qm *qm, bool inbound)
{
	uint8_t cipher_key[IKE_KEY_MAX + 4], auth_key[IKE_HASH_MAX];
	bool good = !keys_of(sa, qm, inbound ? p->in_spi : p->out_spi, cipher_key, auth_key);

	dbg_engine_qm_keys(e);
	if (good && install(e, i, p, inbound, cipher_key, auth_key)) {
		good = false;
		if (inbound)
			i->recv_errors++;
		else
			i->send_errors++;
	}
	wipe(cipher_key, sizeof(cipher_key));
	wipe(auth_key, sizeof(auth_key));
	if (good)
		dbg_engine_ipsec_sa(e);
	if (good && inbound)
		p->in_installed = true;
	else if (good)
		p->out_installed = true;
	return good;
}

static void remove_half(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound)
{
	dbg_engine_ipsec_deleting(e, inbound ? p->in_conn : p->out_conn);
	e->ops.sa_remove(e->ops.ctx, i->number, inbound, inbound ? p->in_spi : p->out_spi);
	dbg_engine_ipsec_deleted(e);
}

/* What the data plane has of the pair is taken back. */
static void uninstall(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	if (p->out_installed)
		remove_half(e, i, p, false);
	if (p->in_installed)
		remove_half(e, i, p, true);
}

void ike_pair_prepare(struct ike *e, struct ike_ident_entry *i, const struct ike_sa *sa, const struct ike_qm *qm,
		      bool initiator)
{
	struct ike_pair *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	p->path = sa->path;
	p->udp = qm->udp;
	p->peer_inside = sa->natt.remote_inside;
	p->phase1_id = text_share(sa->phase1_id);
	p->in_spi = qm->in_spi;
	p->out_spi = qm->out_spi;
	p->proposal = qm->chosen;
	p->replay_window = i->config.replay_window;
	p->pfs_group = qm->group;
	p->life_s = qm->life_s;
	p->life_kb = qm->life_kb;
	p->in_conn = e->next_ipsec_conn;
	p->out_conn = e->next_ipsec_conn + 1;
	p->initiator = initiator;
	ike_pair_start(e, i, p, qm->begun_ms);
	TAILQ_INSERT_HEAD(&i->pairs, p, link);
	/* an initiator has no use for its outbound SA before QM3, which would only be overtaken */
	if (!install_half(e, i, p, sa, qm, true) || (!initiator && !install_half(e, i, p, sa, qm, false))) {
		uninstall(e, i, p);
		drop(i, p);
		return;
	}
	e->next_ipsec_conn += 2;
}

/* So many and no more: the oldest gives way, but not the one in use. */
static void make_room(struct ike *e, struct ike_ident_entry *i, const struct ike_pair *newest)
{
	struct ike_pair *p, *last = NULL;
	const struct ike_pair *used = newest->enabled ? newest : NULL;
	unsigned count = 0;

	TAILQ_FOREACH (p, &i->pairs, link) {
		count++;
		if (!used && p->enabled && !p->leaving)
			used = p;
		else if (p != newest && p != used)
			last = p;
	}
	if (count > IKE_PAIRS_MAX && last)
		ike_pair_delete(e, i, last, true);
}

/*
 * Is the pair before it to be used until the peer has this one for sure? IOS has installed it when QM2 comes; there are
 * peers (strongSwan) that do so when they have QM3, which data may overtake.
 */
static bool should_wait(const struct ike_pair *p, const struct ike_sa *sa)
{
	const struct ike_pair *old = TAILQ_NEXT(p, link);

	return p->initiator && !sa->peer_ios && old && old->enabled && !old->leaving;
}

bool ike_pair_create(struct ike *e, struct ike_ident_entry *i, const struct ike_sa *sa, const struct ike_qm *qm)
{
	struct ike_pair *p = ike_pair_find(i, true, qm->in_spi);
	char text[512];

	dbg_key_engine(e);
	dbg_map_found(e, i->config.map);
	dbg_ident_head(e, &sa->path.remote);
	if (!p)
		return false;
	p->waits = should_wait(p, sa);
	if (p->waits)
		p->use_ms = ike_now(e) + IKE_WAITS_MS;
	if (p->initiator && !install_half(e, i, p, sa, qm, false)) {
		uninstall(e, i, p);
		drop(i, p);
		return false;
	}
	p->enabled = p->initiator && !p->waits;
	dbg_create_sa(e, sa_text(e, p, true, text));
	dbg_create_sa(e, sa_text(e, p, false, text));
	/* after two requests that crossed the peer may take the other pair for the newer one */
	if (p->enabled && !qm->yielded)
		ike_pair_succeeds(e, p, IKE_UNCONFIRMED_MS);
	make_room(e, i, p);
	session_up(e, i, p);
	return true;
}

void ike_pair_enable(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	if (p->enabled)
		return;
	p->enabled = true;
	p->retire_ms = p->use_ms = IKE_NEVER;
	e->ops.sa_release(e->ops.ctx, i->number, p->out_spi);
}

void ike_pair_confirm(struct ike *e, uint32_t ident, uint32_t in_spi)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);
	struct ike_pair *p = i ? ike_pair_find(i, true, in_spi) : NULL;

	dbg_key_engine(e);
	dbg_enable_outbound(e);
	if (!p || p->leaving) /* a DELETE may overtake QM3 */
		return;
	ike_pair_enable(e, i, p);
	ike_pair_succeeds(e, p, IKE_CONFIRMED_MS);
}

/* --- ends -------------------------------------------------------------------------------------------------------- */

/* What a pair that is gone leaves behind. */
static void gone(struct ike *e, struct ike_ident_entry *i)
{
	struct ike_pair *p, *held = NULL;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if (!p->leaving && p->enabled)
			return;
		if (!p->leaving && !held)
			held = p;
	}
	e->clones_doubtful |= i->template != 0 && TAILQ_EMPTY(&i->pairs);
	/* nothing is left but what QM3 should have confirmed: that the peer has it is likely, and there is no other */
	if (held) {
		ike_pair_enable(e, i, held);
	} else if (i->up) {
		session_down(e, i);
	}
}

void ike_pair_delete(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, bool notify)
{
	struct ike_sa *sa = notify ? ike_sa_of_pair(e, p) : NULL;
	char text[512], identity[512];

	IKE_ABOUT(e, .ident = i->number);
	if (!p->leaving) {
		ike_ident_text(&i->config, identity);
		dbg_delete_sa(e, sa_text(e, p, true, text), identity);
		dbg_delete_sa(e, sa_text(e, p, false, text), identity);
		if (sa)
			ike_info_delete(e, sa, p->in_spi);
		else if (notify)
			dbg_no_delete_notify(e, &p->path.local, &p->path.remote, p->in_spi);
	}
	uninstall(e, i, p);
	drop(i, p);
	gone(e, i);
}

/*
 * The peer has taken its half away. Where there is a successor, what the peer sent through the pair before may still be
 * under way, or wait behind the message that says so: the inbound SA takes it for a moment longer.
 */
static void linger(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	char text[512], identity[512];

	ike_ident_text(&i->config, identity);
	dbg_delete_sa(e, sa_text(e, p, true, text), identity);
	dbg_delete_sa(e, sa_text(e, p, false, text), identity);
	if (p->out_installed)
		remove_half(e, i, p, false);
	p->out_installed = false;
	p->leaving = true;
	p->soft_ms = p->watch_ms = p->retire_ms = p->use_ms = IKE_NEVER;
	p->hard_ms = ike_now(e) + IKE_OVERLAP_MS;
	gone(e, i);
}

/*
 * A peer that takes down at once what it has just agreed to must not keep both busy; one that starts afresh (`afresh`)
 * does not mean what it has agreed to.
 */
static void delete_for_peer(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, bool afresh)
{
	const bool lasted = afresh || ike_now(e) - p->created_ms >= IKE_LASTED_MS;

	if (p != TAILQ_FIRST(&i->pairs) && TAILQ_FIRST(&i->pairs)->enabled)
		linger(e, i, p);
	else
		ike_pair_delete(e, i, p, false);
	ike_ident_again(e, i, lasted ? IKE_REQUEST_AGAIN_MS : IKE_REQUEST_MS);
}

void ike_pairs_deleted_by_peer(struct ike *e, const struct ike_sa *sa, uint32_t spi, uint64_t before_ms)
{
	struct ike_ident_entry *i;
	struct ike_pair *p, *next;
	bool said = false;

	IKE_ABOUT(e, .sa = sa);
	dbg_key_engine(e);
	TAILQ_FOREACH (i, &e->idents, link) {
		for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
			next = TAILQ_NEXT(p, link);
			if (p->leaving || !ike_natt_same_peer(sa, p) || (spi && p->out_spi != spi) ||
			    p->created_ms >= before_ms)
				continue;
			if (!said)
				dbg_delete_sas(e);
			if (!said && spi)
				dbg_delete_spi(e, spi, &sa->path.remote);
			else if (!said)
				dbg_delete_peer(e, &sa->path.remote);
			said = true;
			delete_for_peer(e, i, p, !spi);
		}
	}
}

void ike_ident_refused(struct ike *e, const struct ike_node *n)
{
	struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	struct ike_pair *p = i && n->qm ? ike_pair_find(i, true, n->qm->in_spi) : NULL;

	if (!p || p->enabled)
		return;
	e->ending = IKE_ENDING_DELETED;
	ike_pair_delete(e, i, p, true);
	e->ending = IKE_ENDING_NONE;
	ike_ident_again(e, i, IKE_REQUEST_AGAIN_MS);
}

void ike_ident_unconfirmed(struct ike *e, const struct ike_node *n)
{
	struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	struct ike_pair *p = i && n->qm ? ike_pair_find(i, true, n->qm->in_spi) : NULL;

	if (!p || p->enabled)
		return;
	p->rekeyed = true;
	p->retire_ms = ike_now(e) + IKE_UNCONFIRMED_MS;
	ike_ident_again(e, i, IKE_REQUEST_AGAIN_MS);
}

/* --- what is shown ------------------------------------------------------------------------------------------------ */

static uint64_t left_kb(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound)
{
	const uint64_t used = ike_pair_octets(e, i, p, inbound) / 1024;

	return p->limit_kb > used ? p->limit_kb - used : 0;
}

static void child(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound,
		  struct ike_child_info *out)
{
	*out = (struct ike_child_info){ .inbound = inbound,
					.spi = inbound ? p->in_spi : p->out_spi,
					.conn_id = inbound ? p->in_conn : p->out_conn,
					.cipher = p->proposal.cipher,
					.keybits = p->proposal.keybits,
					.auth = p->proposal.auth,
					.transport = p->proposal.transport,
					.udp = p->udp,
					.local_port = p->path.local_port,
					.remote_port = p->path.remote_port,
					.left_s = ike_pair_left_s(e, p),
					.left_kb = left_kb(e, i, p, inbound),
					.replay_window = p->replay_window };
}

void ike_pairs_info(struct ike *e, const struct ike_ident_entry *i, struct ike_ident_info *out)
{
	const struct ike_pair *p;
	bool current = true;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if (out->child_count + 2 > IKE_CHILDREN)
			break;
		if (p->leaving)
			continue;
		child(e, i, p, true, &out->children[out->child_count++]);
		child(e, i, p, false, &out->children[out->child_count]);
		if (p->enabled && current) {
			out->children[out->child_count].current = true;
			out->pfs_group = p->pfs_group;
			current = false;
		}
		out->child_count++;
	}
	if (current && !TAILQ_EMPTY(&i->pairs))
		out->pfs_group = TAILQ_FIRST(&i->pairs)->pfs_group;
}
