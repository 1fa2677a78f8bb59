/*
 * IPsec SAs in pairs, one per direction: keys, installation, lifetimes in seconds and kilobytes, rekeying, deletion.
 * RFC 2409 section 5.5, RFC 2407 section 4.5.
 *
 * As on IOS each pair starts with a lifetime somewhat below what was negotiated. What is printed is what is left.
 */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
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
		taken = spi < 256;
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
		if ((inbound ? p->in_spi : p->out_spi) == spi)
			return p;
	}
	return NULL;
}

static uint64_t left_s(struct ike *e, const struct ike_pair *p)
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
		 (unsigned long long)left_s(e, p));
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
		.held_by = inbound || p->initiator ? 0 : p->in_spi,
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

/*
 * The initiator of the pair starts 3..5 % below the time and 7..10 % below the volume that were negotiated, the
 * responder up to 2 % and 4..7 %: so the same side asks for the successor each time, well before the other one's end,
 * even when that is responder-only and could not ask itself.
 */
static void start_lifetimes(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	const uint64_t now = ike_now(e), life_ms = (uint64_t)p->life_s * 1000;
	const uint32_t percent_s = p->life_s / 100, percent_kb = p->life_kb / 100;
	const uint64_t margin_ms = life_ms / 4 < IKE_REKEY_MARGIN_MS ? life_ms / 4 : IKE_REKEY_MARGIN_MS;
	/* tunnels that the peer cannot tell apart are rekeyed in the order in which they came up: ike/match.c */
	const bool jitter = !ike_ident_has_twin(e, i);

	p->created_ms = now;
	p->hard_ms = now + life_ms - (uint64_t)(p->initiator ? 3 : 0) * percent_s * 1000;
	p->hard_ms -= (uint64_t)(jitter ? ike_random32(e) % (2 * percent_s + 1) : percent_s) * 1000;
	p->soft_ms = i->config.responder_only ? IKE_NEVER : p->hard_ms - margin_ms;
	p->limit_kb = p->life_kb - (p->initiator ? 7 : 4) * percent_kb -
		      (jitter ? ike_random32(e) % (3 * percent_kb + 1) : percent_kb);
	p->poll_ms = now + IKE_POLL_MS;
}

static void session_up(struct ike *e, struct ike_ident_entry *i)
{
	i->wanted = false;
	i->fired = 0;
	i->request_ms = IKE_NEVER;
	if (i->up)
		return;
	i->up = true;
	i->up_since_ms = ike_now(e);
	ike_idle_start(e, i);
	e->ops.ident_state(e->ops.ctx, i->number, true);
}

static void drop(struct ike_ident_entry *i, struct ike_pair *p)
{
	TAILQ_REMOVE(&i->pairs, p, link);
	wipe(p, sizeof(*p));
	free(p);
}

/* One direction, with its keys. */
static bool install_half(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, const struct ike_sa *sa,
			 const struct ike_qm *qm, bool inbound)
{
	uint8_t cipher_key[IKE_KEY_MAX + 4], auth_key[IKE_HASH_MAX];
	bool good = !keys_of(sa, qm, inbound ? p->in_spi : p->out_spi, cipher_key, auth_key);

	if (good && install(e, i, p, inbound, cipher_key, auth_key)) {
		good = false;
		if (inbound)
			i->recv_errors++;
		else
			i->send_errors++;
	}
	wipe(cipher_key, sizeof(cipher_key));
	wipe(auth_key, sizeof(auth_key));
	if (good && inbound)
		p->in_installed = true;
	else if (good)
		p->out_installed = true;
	return good;
}

/* What the data plane has of the pair is taken back. */
static void uninstall(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	if (p->out_installed)
		e->ops.sa_remove(e->ops.ctx, i->number, false, p->out_spi);
	if (p->in_installed)
		e->ops.sa_remove(e->ops.ctx, i->number, true, p->in_spi);
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
	memcpy(p->phase1_id, sa->phase1_id, sizeof(p->phase1_id));
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
	start_lifetimes(e, i, p);
	TAILQ_INSERT_HEAD(&i->pairs, p, link);
	/* an initiator has no use for its outbound SA before QM3, which would only be overtaken */
	if (!install_half(e, i, p, sa, qm, true) || (!initiator && !install_half(e, i, p, sa, qm, false))) {
		uninstall(e, i, p);
		drop(i, p);
		return;
	}
	e->next_ipsec_conn += 2;
}

bool ike_pair_create(struct ike *e, struct ike_ident_entry *i, const struct ike_sa *sa, const struct ike_qm *qm)
{
	struct ike_pair *p = ike_pair_find(i, true, qm->in_spi), *old, *last = NULL;
	unsigned count = 0;
	char text[512];

	dbg_key_engine(e);
	dbg_map_found(e, i->config.map);
	dbg_ident_head(e, &sa->path.remote);
	if (!p)
		return false;
	if (p->initiator && !install_half(e, i, p, sa, qm, false)) {
		uninstall(e, i, p);
		drop(i, p);
		return false;
	}
	p->enabled = p->initiator;
	dbg_create_sa(e, sa_text(e, p, true, text));
	dbg_create_sa(e, sa_text(e, p, false, text));
	/* older pairs carry what is under way until they end; their successor is here */
	TAILQ_FOREACH (old, &i->pairs, link) {
		if (old != p)
			old->rekeyed = true;
		last = old;
		count++;
	}
	if (count > IKE_PAIRS_MAX)
		ike_pair_delete(e, i, last, true);
	session_up(e, i);
	return true;
}

static void enable(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	if (p->enabled)
		return;
	p->enabled = true;
	e->ops.sa_release(e->ops.ctx, i->number, p->out_spi);
}

void ike_pair_confirm(struct ike *e, uint32_t ident, uint32_t in_spi)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);
	struct ike_pair *p = i ? ike_pair_find(i, true, in_spi) : NULL;

	dbg_key_engine(e);
	dbg_enable_outbound(e);
	if (p)
		enable(e, i, p);
}

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void again(struct ike *e, struct ike_ident_entry *i, uint64_t after_ms)
{
	const uint64_t at = ike_now(e) + after_ms;

	if (ike_ident_asks(i) && at < i->request_ms)
		i->request_ms = at;
}

void ike_pair_delete(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, bool notify)
{
	struct ike_sa *sa = notify ? ike_sa_of_pair(e, p) : NULL;
	char text[512], identity[512];

	ike_ident_text(&i->config, identity);
	dbg_delete_sa(e, sa_text(e, p, true, text), identity);
	dbg_delete_sa(e, sa_text(e, p, false, text), identity);
	if (sa)
		ike_info_delete(e, sa, p->in_spi);
	else if (notify)
		dbg_no_delete_notify(e, &p->path.local, &p->path.remote, p->in_spi);
	uninstall(e, i, p);
	drop(i, p);
	if (!TAILQ_EMPTY(&i->pairs))
		return;
	e->clones_doubtful |= i->template != 0;
	if (!i->up)
		return;
	i->up = false;
	i->idle_ms = IKE_NEVER;
	e->ops.ident_state(e->ops.ctx, i->number, false);
}

/* A peer that takes down at once what it has just agreed to must not keep both busy. */
static void delete_for_peer(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	const bool lasted = ike_now(e) - p->created_ms >= IKE_LASTED_MS;

	ike_pair_delete(e, i, p, false);
	if (TAILQ_EMPTY(&i->pairs))
		again(e, i, lasted ? IKE_REQUEST_AGAIN_MS : IKE_REQUEST_MS);
}

void ike_pairs_deleted_by_peer(struct ike *e, const struct ike_sa *sa, uint32_t spi, uint64_t before_ms)
{
	struct ike_ident_entry *i;
	struct ike_pair *p, *next;
	bool said = false;

	dbg_key_engine(e);
	TAILQ_FOREACH (i, &e->idents, link) {
		for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
			next = TAILQ_NEXT(p, link);
			if (!ike_natt_same_peer(sa, p) || (spi && p->out_spi != spi) || p->created_ms >= before_ms)
				continue;
			if (!said)
				dbg_delete_sas(e);
			if (!said && spi)
				dbg_delete_spi(e, spi, &sa->path.remote);
			else if (!said)
				dbg_delete_peer(e, &sa->path.remote);
			said = true;
			delete_for_peer(e, i, p);
		}
	}
}

void ike_ident_unconfirmed(struct ike *e, const struct ike_node *n)
{
	struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	struct ike_pair *p = i && n->qm ? ike_pair_find(i, true, n->qm->in_spi) : NULL;

	if (!p || p->enabled)
		return;
	ike_pair_delete(e, i, p, true);
	if (TAILQ_EMPTY(&i->pairs))
		again(e, i, IKE_REQUEST_AGAIN_MS);
}

/* --- lifetimes --------------------------------------------------------------------------------------------------- */

static uint64_t used_octets(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound,
			    uint64_t *packets)
{
	struct ike_sa_usage u = { 0 };
	const bool there = inbound ? p->in_installed : p->out_installed;

	if (!there || !e->ops.sa_usage(e->ops.ctx, i->number, inbound, inbound ? p->in_spi : p->out_spi, &u))
		return 0;
	if (packets)
		*packets = u.packets;
	return u.octets;
}

unsigned ike_pair_spent(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p)
{
	const uint64_t in = used_octets(e, i, p, true, NULL), out = used_octets(e, i, p, false, NULL);
	const uint64_t limit = (uint64_t)p->limit_kb * 1024, life_ms = (uint64_t)p->life_s * 1000;
	const uint64_t volume = limit ? (in > out ? in : out) / (limit / 1000000 + 1) : 0;
	const uint64_t time = life_ms ? (ike_now(e) - p->created_ms) * 1000000 / life_ms : 0;
	const uint64_t most = volume > time ? volume : time;

	return most < 1000000 ? (unsigned)most : 1000000;
}

static void rekey(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	p->soft_ms = IKE_NEVER;
	if (p->rekeyed || i->config.responder_only)
		return;
	p->rekeyed = true;
	dbg_lifetime_expiry(e, left_s(e, p));
	ike_ident_request(e, i);
}

/* Has it a successor that carries the traffic, and has what was under way arrived? */
static bool is_succeeded(const struct ike_ident_entry *i, const struct ike_pair *p, uint64_t now)
{
	const struct ike_pair *newest = TAILQ_FIRST(&i->pairs);

	return newest != p && newest->enabled && now - newest->created_ms >= IKE_POLL_MS;
}

/* Volume, and the first packet on the inbound SA, which shows that QM2 arrived even when QM3 did not. */
static bool poll(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	const uint64_t now = ike_now(e);
	uint64_t packets = 0;
	const uint64_t in = used_octets(e, i, p, true, &packets), out = used_octets(e, i, p, false, NULL);
	const uint64_t used = in > out ? in : out, limit = (uint64_t)p->limit_kb * 1024;

	if (packets)
		enable(e, i, p);
	p->poll_ms = now + (used != p->polled_octets || !p->enabled ? IKE_POLL_MS : IKE_POLL_IDLE_MS);
	p->polled_octets = used;
	if (limit && used >= limit - limit / 10)
		rekey(e, i, p);
	if (!limit || used < limit)
		return true;
	if (is_succeeded(i, p, now))
		return false;
	/* used up before the rekeying was through, or within one poll: it has the time that rekeying takes, no more */
	if (p->hard_ms > now + IKE_REKEY_MARGIN_MS)
		p->hard_ms = now + IKE_REKEY_MARGIN_MS;
	return true;
}

void ike_pairs_timer(struct ike *e, struct ike_ident_entry *i)
{
	const uint64_t now = ike_now(e);
	struct ike_pair *p, *next;

	for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
		bool over = p->hard_ms <= now;

		next = TAILQ_NEXT(p, link);
		if (!over && p->poll_ms <= now)
			over = !poll(e, i, p);
		if (!over && p->soft_ms <= now)
			rekey(e, i, p);
		if (over) {
			ike_pair_delete(e, i, p, true);
			if (TAILQ_EMPTY(&i->pairs))
				again(e, i, 0);
		}
	}
}

uint64_t ike_pairs_deadline(const struct ike_ident_entry *i)
{
	uint64_t at = IKE_NEVER;
	const struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		at = p->hard_ms < at ? p->hard_ms : at;
		at = p->soft_ms < at ? p->soft_ms : at;
		at = p->poll_ms < at ? p->poll_ms : at;
	}
	return at;
}

/* --- from outside ------------------------------------------------------------------------------------------------ */

void ike_pair_limit(struct ike *e, struct ike_ident_entry *i, uint32_t out_spi)
{
	struct ike_pair *p = ike_pair_find(i, false, out_spi);

	if (!p)
		return;
	if (i->config.responder_only && p->limited) {
		ike_pair_delete(e, i, p, true);
		return;
	}
	p->limited = true;
	rekey(e, i, p);
}

static uint64_t left_kb(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound)
{
	const uint64_t used = used_octets(e, i, p, inbound, NULL) / 1024;

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
					.left_s = left_s(e, p),
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
