/*
 * Quick Mode, RFC 2409 section 5.5, with the proxies as client identities and PFS where it is configured or offered.
 *
 *	initiator                                          responder
 *	QM1  HDR*, HASH(1), SA, Ni [, KE ], IDci, IDcr  -->
 *	                  <--  HDR*, HASH(2), SA, Nr [, KE ], IDci, IDcr  QM2
 *	QM3  HDR*, HASH(3)  -->
 *
 * Each side has its inbound SA in place before the message leaves that gives the peer the other half: the responder
 * before QM2, the initiator before QM3. The responder's outbound SA is held until QM3 or the first packet comes, since
 * the initiator cannot decrypt before it has QM2. QM2 goes to a peer that is authenticated, so the responder retransmits it if need be.
 */
#include "ike/choose.h"
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/table.h"

#include <stdio.h>
#include <stdlib.h>

static struct ike_bytes nonce_i(const struct ike_qm *qm)
{
	return (struct ike_bytes){ qm->ni, qm->ni_octets };
}

static struct ike_bytes nonce_r(const struct ike_qm *qm)
{
	return (struct ike_bytes){ qm->nr, qm->nr_octets };
}

/* --- HASH(1), HASH(2), HASH(3) ----------------------------------------------------------------------------------- */

static bool hash_of(struct ike_step *s, unsigned which, struct ike_bytes rest, uint8_t out[IKE_HASH_MAX])
{
	const struct ike_keys *k = &s->sa->keys;
	const uint32_t mid = s->node->mid;
	const struct ike_qm *qm = s->node->qm;

	if (which == 1)
		return !ike_hash_1(k, mid, rest, out);
	if (which == 2)
		return !ike_hash_2(k, mid, nonce_i(qm), rest, out);
	return !ike_hash_3(k, mid, nonce_i(qm), nonce_r(qm), out);
}

static bool hash_good(struct ike_step *s, unsigned which)
{
	struct rd rest = payloads_rest(&s->in, 1);
	uint8_t expected[IKE_HASH_MAX];

	dbg_engine_hash(s->e);
	dbg_processing(s->e, s->sa->conn_id, "HASH", (int32_t)s->node->mid);
	if (hash_of(s, which, (struct ike_bytes){ rest.p, rd_left(&rest) }, expected) &&
	    ike_hash_equal(&s->sa->keys, expected, ike_body(&s->in.p[0]))) {
		/* a request that was put off comes a second time: from wherever somebody who has recorded it likes */
		if (!s->node->deferred)
			ike_natt_verified(s);
		return true;
	}
	if (ike_noise(s->e))
		log_mode_failure(s->e, "Quick", &s->sa->path.remote);
	return false;
}

static enum ike_outcome put_hash(struct ike_step *s, unsigned which, uint8_t *room)
{
	struct rd r = rd_of(s->built, wr_octets(&s->out.w));
	uint8_t hash[IKE_HASH_MAX];

	if (s->out.w.full || !room)
		return IKE_DROP;
	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS + s->sa->keys.hash_octets);
	dbg_engine_hash(s->e);
	if (!hash_of(s, which, (struct ike_bytes){ r.p, rd_left(&r) }, hash))
		return IKE_DROP;
	memcpy(room, hash, s->sa->keys.hash_octets);
	return IKE_OK;
}

static void count_pair(struct ike_step *s, bool accepted)
{
	struct ike_stats *x = &s->e->stats;

	if (s->node->initiator)
		(*(accepted ? &x->ipsec_out_accepted : &x->ipsec_out_rejected))++;
	else
		(*(accepted ? &x->ipsec_in_accepted : &x->ipsec_in_rejected))++;
}

static enum ike_outcome refuse(struct ike_step *s)
{
	struct payload_sa sa;
	struct payload_fault fault;
	const struct payload_proposal *p = &sa.proposals[0];

	if (!payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &sa, &fault))
		return IKE_DROP;
	count_pair(s, false);
	dbg_policy2_bad(s->e, s->sa->conn_id, &s->sa->path.local, &s->sa->path.remote);
	ike_info_notify(s->e, s->sa, "PROPOSAL_NOT_CHOSEN", PROTO_IPSEC_ESP, p->spi, p->spi_octets,
			NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
	ike_qm_free(s->e, s->node->qm);
	s->node->qm = NULL;
	return IKE_REJECT;
}

/* --- nonce, key exchange, identities ----------------------------------------------------------------------------- */

/* PFS: KE is there exactly when the transform names a group. The row goes on with have_ke(). */
static enum ike_outcome want_ke(struct ike_step *s)
{
	const struct payload *ke = payloads_find(&s->in, PAYLOAD_KE, 0);
	const struct ike_qm *qm = s->node->qm;

	if (!ke || !qm->group)
		return IKE_OK;
	dbg_processing(s->e, s->sa->conn_id, "KE", (int32_t)s->node->mid);
	return ike_step_dh(s, s->node->initiator ? &qm->dh : NULL, qm->group, ike_body(ke));
}

/* Leaves g^xy in the node. */
static bool have_ke(struct ike_step *s)
{
	const struct payload *ke = payloads_find(&s->in, PAYLOAD_KE, 0);
	const struct payload_fault bad = { PAYLOAD_VALUE, PAYLOAD_KE };
	struct ike_qm *qm = s->node->qm;

	if (!ke && !qm->group)
		return true;
	if (s->job && !s->job->rc) {
		qm->dh = s->job->own;
		qm->gxy_octets = ike_dh_shared_octets(qm->group);
		memcpy(qm->gxy, s->job->gxy, qm->gxy_octets);
		return true;
	}
	ike_malformed(s->e, s->sa, &s->sa->path.remote, &bad);
	return false;
}

static void say_rest(struct ike_step *s)
{
	dbg_processing(s->e, s->sa->conn_id, "NONCE", (int32_t)s->node->mid);
}

static void say_ids(struct ike_step *s)
{
	for (unsigned i = 0; i < payloads_count(&s->in, PAYLOAD_ID); i++)
		dbg_processing(s->e, s->sa->conn_id, "ID", (int32_t)s->node->mid);
}

static bool proxy(const struct payload *p, struct ip_prefix *out)
{
	struct payload_id id;
	struct payload_fault fault;

	return payload_parse_id(p, &id, &fault) && !id.protocol && !id.port && payload_id_prefix(&id, out);
}

/* The peer's IDci and IDcr; without them the endpoints themselves (RFC 2409 5.5). */
static bool take_proxies(struct ike_step *s, struct ike_proxies *x)
{
	const struct ike_path *path = &s->sa->path;
	const unsigned count = payloads_count(&s->in, PAYLOAD_ID);
	const uint8_t host = path->local.family == 6 ? 128 : 32;

	*x = (struct ike_proxies){ { path->local, host }, { path->remote, host } };
	return count == 0 || (count == 2 && proxy(payloads_find(&s->in, PAYLOAD_ID, 0), &x->remote) &&
			      proxy(payloads_find(&s->in, PAYLOAD_ID, 1), &x->local));
}

static void put_proxy(struct ike_step *s, const struct ip_prefix *p)
{
	const struct ip_prefix network = ip_network(p);

	wr_id_prefix(&s->out, &network, p->len == 8 * ip_octets(&p->addr), 0, 0);
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static enum ike_outcome qm_want_pair(struct ike_step *s)
{
	const struct ike_ident_entry *i = ike_ident_find(s->e, s->node->ident);

	if (!i)
		return IKE_DROP;
	s->node->qm->group = i->config.pfs_group;
	return i->config.pfs_group ? ike_step_dh(s, NULL, i->config.pfs_group, (struct ike_bytes){ NULL, 0 }) : IKE_OK;
}

static enum ike_outcome qm_have_pair(struct ike_step *s)
{
	if (!s->node->qm->group)
		return IKE_OK;
	if (s->job->rc)
		return IKE_DROP;
	s->node->qm->dh = s->job->own;
	return IKE_OK;
}

static bool any_transport(const struct ike_ident *i)
{
	bool any = false;

	for (unsigned k = 0; k < i->proposal_count; k++)
		any |= i->proposals[k].transport;
	return any;
}

static enum ike_outcome qm_send_1(struct ike_step *s)
{
	struct ike *e = s->e;
	const struct ike_ident_entry *i = ike_ident_find(e, s->node->ident);
	struct ike_qm *qm = s->node->qm;
	uint8_t spi[4], *room;
	struct wr w = wr_of(spi, sizeof(spi));

	if (!i)
		return IKE_DROP;
	dbg_quick_mode(e, s->sa->conn_id, (int32_t)s->node->mid);
	qm->begun_ms = ike_now(e);
	qm->in_spi = ike_spi_new(e);
	e->ops.random(e->ops.ctx, qm->ni, IKE_NONCE_OCTETS);
	qm->ni_octets = IKE_NONCE_OCTETS;
	dbg_gets_spi(e, s->sa->conn_id, true);

	room = wr_payload_room(&s->out, PAYLOAD_HASH, s->sa->keys.hash_octets);
	wr_u32(&w, qm->in_spi);
	wr_sa_open(&s->out);
	for (unsigned k = 0; k < i->config.proposal_count; k++) {
		const struct ike_p2_offer offer = { .proposal = &i->config.proposals[k],
						    .life_s = i->config.lifetime_s,
						    .life_kb = i->config.lifetime_kb,
						    .group = qm->group,
						    .encaps =
							    ike_natt_encaps(s->sa, i->config.proposals[k].transport) };

		wr_proposal_open(&s->out, (uint8_t)(k + 1), PROTO_IPSEC_ESP, spi, sizeof(spi));
		wr_transform_open(&s->out, 1, ike_cipher_to_wire(offer.proposal->cipher));
		ike_p2_build(&s->out.w, &offer);
		wr_transform_close(&s->out);
		wr_proposal_close(&s->out);
	}
	wr_payload_close(&s->out);
	wr_payload(&s->out, PAYLOAD_NONCE, qm->ni, qm->ni_octets);
	if (qm->group)
		wr_payload(&s->out, PAYLOAD_KE, qm->dh.public, qm->dh.public_octets);
	put_proxy(s, &i->config.local_proxy);
	put_proxy(s, &i->config.remote_proxy);
	if (any_transport(&i->config))
		ike_natt_build_oa(s);
	return put_hash(s, 1, room);
}

/* As if it had not come. A copy that comes when our own exchange is over is answered, but not one that is replayed later. */
static enum ike_outcome defer(struct ike_step *s)
{
	if (!s->node->deferred)
		s->node->purge_ms = ike_now(s->e) + IKE_COLLISION_MS;
	s->node->deferred = true;
	ike_qm_free(s->e, s->node->qm);
	s->node->qm = NULL;
	return IKE_DROP;
}

static enum ike_outcome qm_take_1(struct ike_step *s)
{
	const struct payload *nonce = payloads_find(&s->in, PAYLOAD_NONCE, 0), *id;
	struct ike_ident_entry *i = NULL;
	struct ike_qm *qm;
	struct payload_sa offer;
	struct payload_fault fault;
	struct ike_proxies x;
	struct ike_p2_choice c;

	if (!hash_good(s, 1))
		return IKE_DROP;
	if (!s->node->deferred)
		ike_sa_mid_use(s->sa, s->node->mid);
	ike_qm_free(s->e, s->node->qm);
	s->node->qm = qm = calloc(1, sizeof(*qm));
	if (!qm || !payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &offer, &fault))
		return IKE_DROP;
	if (take_proxies(s, &x) && ike_natt_take_oa(s, &x.remote, &x.local)) {
		i = ike_ident_match(s->e, s->sa, &x.local, &x.remote);
		if (!i)
			i = ike_template_for(s->e, s->sa, &x.local, &x.remote);
	}
	if (i && ike_collision_lost(s->e, i, nonce->body.p, rd_left(&nonce->body)))
		return defer(s);
	s->node->deferred = false;
	s->node->purge_ms = IKE_NEVER;
	dbg_processing(s->e, s->sa->conn_id, "SA", (int32_t)s->node->mid);
	if (!ike_p2_choose(s, &offer, i, &x, &c)) {
		ike_note_proposal(s, &offer, i, &x);
		return refuse(s);
	}
	ike_p2_agree(qm, &i->config, &c);
	say_rest(s);
	memcpy(qm->ni, nonce->body.p, rd_left(&nonce->body));
	qm->ni_octets = rd_left(&nonce->body);
	id = payloads_find(&s->in, PAYLOAD_ID, 0);
	if (id) {
		ike_blob_set(&qm->idci, id->body.p, rd_left(&id->body));
		id = payloads_find(&s->in, PAYLOAD_ID, 1);
		ike_blob_set(&qm->idcr, id->body.p, rd_left(&id->body));
	}
	ike_blob_set(&qm->transform, c.transform->whole, c.transform->octets);
	s->node->ident = i->number;
	return qm->transform.octets ? want_ke(s) : IKE_DROP;
}

/* A peer of a Virtual-Template gets its ident when all else of its QM1 is good. */
static bool clone_for(struct ike_step *s)
{
	struct ike_ident_entry *i = ike_ident_find(s->e, s->node->ident);
	struct ike_proxies x;

	if (!i || !i->config.virtual_template)
		return i;
	if (!take_proxies(s, &x))
		return false;
	i = ike_ident_match(s->e, s->sa, &x.local, &x.remote);
	if (!i && (i = ike_template_for(s->e, s->sa, &x.local, &x.remote)))
		i = ike_ident_clone(s->e, i, s->sa, &x.local, &x.remote);
	s->node->ident = i ? i->number : 0;
	return i;
}

static enum ike_outcome qm_have_1(struct ike_step *s)
{
	struct ike_qm *qm = s->node->qm;

	if (!have_ke(s) || !clone_for(s))
		return refuse(s);
	say_ids(s);
	qm->begun_ms = ike_now(s->e);
	qm->in_spi = ike_spi_new(s->e);
	s->e->ops.random(s->e->ops.ctx, qm->nr, IKE_NONCE_OCTETS);
	qm->nr_octets = IKE_NONCE_OCTETS;
	dbg_gets_spi(s->e, s->sa->conn_id, false);
	return IKE_OK;
}

static enum ike_outcome qm_send_2(struct ike_step *s)
{
	const struct ike_qm *qm = s->node->qm;
	const struct payload_transform t = ike_kept_transform(&qm->transform);
	uint8_t spi[4], *room;
	struct wr w = wr_of(spi, sizeof(spi));

	room = wr_payload_room(&s->out, PAYLOAD_HASH, s->sa->keys.hash_octets);
	wr_u32(&w, qm->in_spi);
	wr_sa_open(&s->out);
	wr_proposal_open(&s->out, qm->number, PROTO_IPSEC_ESP, spi, sizeof(spi));
	wr_transform_copy(&s->out, &t);
	wr_proposal_close(&s->out);
	wr_payload_close(&s->out);
	wr_payload(&s->out, PAYLOAD_NONCE, qm->nr, qm->nr_octets);
	if (qm->group)
		wr_payload(&s->out, PAYLOAD_KE, qm->dh.public, qm->dh.public_octets);
	if (qm->idci.octets) {
		wr_payload(&s->out, PAYLOAD_ID, qm->idci.p, qm->idci.octets);
		wr_payload(&s->out, PAYLOAD_ID, qm->idcr.p, qm->idcr.octets);
	}
	ike_lifetime_build(s, spi);
	if (qm->udp && qm->chosen.transport)
		ike_natt_build_oa(s);
	return put_hash(s, 2, room);
}

/* The peer may send through its half as soon as it has this message. */
static void qm_prepare(struct ike_step *s)
{
	struct ike_ident_entry *i = ike_ident_find(s->e, s->node->ident);

	if (i && s->node->qm)
		ike_pair_prepare(s->e, i, s->sa, s->node->qm, s->node->initiator);
}

/* A pair that cannot be installed is no SA: the peer is told, and the ident asks again later. */
static void qm_create(struct ike_step *s)
{
	struct ike_ident_entry *i = ike_ident_find(s->e, s->node->ident);
	struct ike_qm *qm = s->node->qm;

	if (!i || !qm)
		return;
	if (!ike_pair_create(s->e, i, s->sa, qm)) {
		count_pair(s, false);
		ike_info_delete(s->e, s->sa, qm->in_spi);
		ike_node_done(s->e, s->sa, s->node, true, "IPSec SA not created");
		ike_qm_free(s->e, qm);
		s->node->qm = NULL;
		return;
	}
	ike_note_phase2_up(s->e, i, qm, s->node->initiator);
	count_pair(s, true);
}

/*
 * QM2: one of our proposals, our identities unchanged. What was computed is undone when it is not, so that QM1 is
 * retransmitted.
 */
static enum ike_outcome qm_take_2(struct ike_step *s)
{
	const struct payload *nonce = payloads_find(&s->in, PAYLOAD_NONCE, 0);
	const struct ike_ident_entry *i = ike_ident_find(s->e, s->node->ident);
	struct ike_qm *qm = s->node->qm;
	struct payload_sa answer;
	struct payload_fault fault;
	struct ike_proxies x;
	struct ike_p2_choice c;
	bool same;

	if (!i || !qm || !hash_good(s, 2) || !payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &answer, &fault))
		return IKE_DROP;
	/* the peer's IDs come back in our order: IDci is our own proxy */
	same = payloads_count(&s->in, PAYLOAD_ID) == 2 && proxy(payloads_find(&s->in, PAYLOAD_ID, 0), &x.local) &&
	       proxy(payloads_find(&s->in, PAYLOAD_ID, 1), &x.remote) && ike_ident_protects(i, &x.local, &x.remote);
	if (!same)
		x = (struct ike_proxies){ i->config.local_proxy, i->config.remote_proxy };
	dbg_processing(s->e, s->sa->conn_id, "SA", (int32_t)s->node->mid);
	if (answer.proposal_count != 1 || answer.transform_count != 1 ||
	    !ike_p2_choose(s, &answer, same ? i : NULL, &x, &c) || c.offer.group != qm->group) {
		if (same)
			log_not_offered(s->e, &s->sa->path.remote, "transform");
		ike_note_proposal(s, &answer, same ? i : NULL, &x);
		return refuse(s);
	}
	/* a shorter lifetime is none that was offered either, but some peers send theirs so, and it does no harm */
	if (c.offer.life_s > i->config.lifetime_s ||
	    (i->config.lifetime_kb && c.offer.life_kb > i->config.lifetime_kb)) {
		log_not_offered(s->e, &s->sa->path.remote, "life duration");
		return refuse(s);
	}
	ike_p2_agree(qm, &i->config, &c);
	say_rest(s);
	memcpy(qm->nr, nonce->body.p, rd_left(&nonce->body));
	qm->nr_octets = rd_left(&nonce->body);
	return want_ke(s);
}

static enum ike_outcome qm_have_2(struct ike_step *s)
{
	if (!have_ke(s))
		return refuse(s);
	say_ids(s);
	ike_lifetime_take_answer(s);
	return IKE_OK;
}

static enum ike_outcome qm_send_3(struct ike_step *s)
{
	return put_hash(s, 3, wr_payload_room(&s->out, PAYLOAD_HASH, s->sa->keys.hash_octets));
}

static void qm_create_and_end(struct ike_step *s)
{
	qm_create(s);
	ike_qm_free(s->e, s->node->qm);
	s->node->qm = NULL;
}

static enum ike_outcome qm_take_3(struct ike_step *s)
{
	uint8_t expected[IKE_HASH_MAX];

	dbg_engine_hash(s->e);
	if (!s->node->qm || !hash_of(s, 3, (struct ike_bytes){ NULL, 0 }, expected) ||
	    !ike_hash_equal(&s->sa->keys, expected, ike_body(&s->in.p[0])))
		return IKE_DROP;
	ike_natt_verified(s);
	return IKE_OK;
}

static void qm_enable(struct ike_step *s)
{
	ike_pair_confirm(s->e, s->node->ident, s->node->qm->in_spi);
	ike_qm_free(s->e, s->node->qm);
	s->node->qm = NULL;
}

bool ike_quick_mode_start(struct ike *e, struct ike_sa *sa, struct ike_node *node)
{
	struct ike_step *s = ike_step_new(e, sa, node);
	bool good = false;

	if (!s)
		return false;
	node->qm = calloc(1, sizeof(*node->qm));
	s->fresh = true;
	ike_sa_mid_use(sa, node->mid);
	if (node->qm && !ike_iv_phase2(&sa->keys, node->mid, s->iv))
		good = ike_run(s, IKE_INIT_QM);
	ike_step_end(s);
	return good;
}

#define QM_FULL P(HASH) | P(SA) | P(NONCE), P(KE) | P(ID) | P(NOTIFY) | P(VID) | P(NATOA)
#define QM_HASH P(HASH), P(NOTIFY) | P(VID)

static const struct ike_row rows[] = {
	/*	  from               input         to                      payloads         work                 else */
	{ IKE_QM_READY, IKE_INIT_QM, IKE_QM_I_QM1, .take = qm_want_pair, .resume = qm_have_pair, BUILDS(QM_FULL),
	  .build = qm_send_1, CRYPT, WAITS },
	{ IKE_QM_I_QM1, IKE_QM_EXCH, IKE_QM_PHASE2_COMPLETE, TAKES(QM_FULL), .take = qm_take_2, .resume = qm_have_2,
	  CRYPT, BUILDS(P(HASH), 0), .build = qm_send_3, .before = qm_prepare, .then = qm_create_and_end,
	  DONE("No Error") },

	{ IKE_QM_READY, IKE_QM_EXCH, IKE_QM_SPI_STARVE, TAKES(QM_FULL), .take = qm_take_1, .resume = qm_have_1, CRYPT,
	  NEXT(IKE_GOT_SPI) },
	{ IKE_QM_SPI_STARVE, IKE_GOT_SPI, IKE_QM_R_QM2, BUILDS(QM_FULL), .build = qm_send_2, CRYPT, WAITS,
	  .before = qm_prepare, .then = qm_create },
	{ IKE_QM_R_QM2, IKE_QM_EXCH, IKE_QM_PHASE2_COMPLETE, TAKES(QM_HASH), .take = qm_take_3, CRYPT,
	  .then = qm_enable, DONE("QM done (await)") },
};

const struct ike_table ike_quick_mode = { "Quick Mode", rows, sizeof(rows) / sizeof(rows[0]) };
