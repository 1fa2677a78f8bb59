/*
 * Informational exchanges, RFC 2409 section 5.7: notifications and deletes, protected by HASH(1) once phase 1 is
 * complete. What comes unprotected is refused; what goes unprotected is only the answer to an unacceptable MM1.
 */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/phase1.h"
#include "ike/recover.h"
#include "ike/table.h"

#include "base/names.h"

#include <stdio.h>
#include <stdlib.h>

static const struct name notify_names[] = { { NOTIFY_INVALID_PAYLOAD_TYPE, "INVALID_PAYLOAD_TYPE" },
					    { NOTIFY_DOI_NOT_SUPPORTED, "DOI_NOT_SUPPORTED" },
					    { NOTIFY_SITUATION_NOT_SUPPORTED, "SITUATION_NOT_SUPPORTED" },
					    { NOTIFY_INVALID_COOKIE, "INVALID_COOKIE" },
					    { NOTIFY_INVALID_EXCHANGE_TYPE, "INVALID_EXCHANGE_TYPE" },
					    { NOTIFY_INVALID_FLAGS, "INVALID_FLAGS" },
					    { NOTIFY_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
					    { NOTIFY_INVALID_PROTOCOL_ID, "INVALID_PROTOCOL_ID" },
					    { NOTIFY_INVALID_SPI, "INVALID_SPI" },
					    { NOTIFY_INVALID_TRANSFORM_ID, "INVALID_TRANSFORM_ID" },
					    { NOTIFY_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBUTES_NOT_SUPPORTED" },
					    { NOTIFY_NO_PROPOSAL_CHOSEN, "PROPOSAL_NOT_CHOSEN" },
					    { NOTIFY_BAD_PROPOSAL_SYNTAX, "BAD_PROPOSAL_SYNTAX" },
					    { NOTIFY_PAYLOAD_MALFORMED, "PAYLOAD_MALFORMED" },
					    { NOTIFY_INVALID_KEY_INFORMATION, "INVALID_KEY_INFORMATION" },
					    { NOTIFY_INVALID_ID_INFORMATION, "INVALID_ID_INFO" },
					    { NOTIFY_INVALID_HASH_INFORMATION, "INVALID_HASH_INFO" },
					    { NOTIFY_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
					    { NOTIFY_CONNECTED, "CONNECTED" },
					    { NOTIFY_RESPONDER_LIFETIME, "RESPONDER_LIFETIME" },
					    { NOTIFY_REPLAY_STATUS, "REPLAY_STATUS" },
					    { NOTIFY_INITIAL_CONTACT, "INITIAL_CONTACT" },
					    { NOTIFY_R_U_THERE, "DPD/R_U_THERE" },
					    { NOTIFY_R_U_THERE_ACK, "DPD/R_U_THERE_ACK" },
					    { 0, NULL } };

/* --- out --------------------------------------------------------------------------------------------------------- */

/* Fills in HASH(1), which was left zero, over what follows it. */
static bool hash_message(struct ike_step *s, uint32_t mid, uint8_t *room)
{
	struct rd r = rd_of(s->built, wr_octets(&s->out.w));
	uint8_t hash[IKE_HASH_MAX];

	if (s->out.w.full || !room)
		return false;
	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS + s->sa->keys.hash_octets);
	dbg_engine_hash(s->e);
	if (ike_hash_1(&s->sa->keys, mid, (struct ike_bytes){ r.p, rd_left(&r) }, hash))
		return false;
	memcpy(room, hash, s->sa->keys.hash_octets);
	return true;
}

static uint8_t *open_protected(struct ike_step *s, uint32_t mid)
{
	if (ike_iv_phase2(&s->sa->keys, mid, s->iv))
		return NULL;
	dbg_new_node(s->e, (int32_t)mid);
	ike_message_open(s, EXCHANGE_INFO, mid, true);
	return wr_payload_room(&s->out, PAYLOAD_HASH, s->sa->keys.hash_octets);
}

static void close_protected(struct ike_step *s, uint32_t mid, uint8_t *room)
{
	const struct ike_rule rule = { P(HASH), P(NOTIFY) | P(DELETE) };
	size_t octets = 0;

	if (hash_message(s, mid, room))
		octets = ike_message_close(s, &rule, true);
	if (octets)
		ike_transmit(s->e, s->sa, s->built, octets);
	ike_sa_mid_use(s->sa, mid);
	dbg_node_purging(s->e, s->sa->conn_id, (int32_t)mid);
}

void ike_info_notify(struct ike *e, struct ike_sa *sa, const char *label, uint8_t protocol, const uint8_t *spi,
		     uint8_t spi_octets, uint16_t type, const void *data, size_t octets)
{
	struct ike_step *s = ike_step_new(e, sa, NULL);
	uint32_t mid;
	uint8_t *room;

	IKE_ABOUT(e, .sa = sa);
	if (!s)
		return;
	mid = ike_sa_mid_new(e, sa);
	room = open_protected(s, mid);
	if (room) {
		dbg_sending_notify(e, sa->conn_id, label, protocol, spi_octets == 4 ? payload_spi(spi) : 0,
				   (int32_t)mid);
		if (octets == 4 && (type == NOTIFY_R_U_THERE || type == NOTIFY_R_U_THERE_ACK))
			dbg_dpd_sequence(e, sa->conn_id, payload_spi(data));
		wr_notify(&s->out, protocol, spi, spi_octets, type, data, octets);
		close_protected(s, mid, room);
	}
	ike_step_end(s);
}

void ike_info_delete(struct ike *e, struct ike_sa *sa, uint32_t spi)
{
	struct ike_step *s = ike_step_new(e, sa, NULL);
	uint8_t octets[2 * ISAKMP_COOKIE_OCTETS];
	struct wr w = wr_of(octets, sizeof(octets));
	uint32_t mid;
	uint8_t *room;

	IKE_ABOUT(e, .sa = sa);
	if (!s)
		return;
	mid = ike_sa_mid_new(e, sa);
	room = open_protected(s, mid);
	if (room && spi) {
		wr_u32(&w, spi);
		wr_delete(&s->out, PROTO_IPSEC_ESP, octets, 4, 1);
	} else if (room) {
		sa->answer_ms = ike_now(e) + IKE_ANSWER_MS;
		ike_sa_spi(sa, octets);
		wr_delete(&s->out, PROTO_ISAKMP, octets, sizeof(octets), 1);
	}
	if (room)
		close_protected(s, mid, room);
	ike_step_end(s);
}

void ike_info_no_proposal(struct ike_step *s)
{
	const struct ike_rule rule = { P(NOTIFY), 0 };
	size_t octets;

	ike_message_open(s, EXCHANGE_INFO, ike_random32(s->e), false);
	wr_notify(&s->out, PROTO_ISAKMP, NULL, 0, NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
	octets = ike_message_close(s, &rule, false);
	if (!octets)
		return;
	ike_blob_set(&s->sa->out, s->built, octets);
	s->sa->sent_ms = ike_now(s->e);
	ike_transmit(s->e, s->sa, s->built, octets);
}

/* --- in ---------------------------------------------------------------------------------------------------------- */

void ike_info_unprotected(struct ike_step *s)
{
	const bool del = payloads_find(&s->in, PAYLOAD_DELETE, 0);
	const enum ike_input input = del ? IKE_INFO_DELETE : IKE_INFO_NOTIFY;
	const uint32_t cid = s->sa->conn_id;
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;

	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++)
		if (payload_parse_notify(p, &n, &fault))
			ike_note_hint(s->e, s->sa, n.type);
	if (ike_recover_hint(s->e, &s->sa->path, s->sa, &s->in) || !ike_noise(s->e))
		return;
	if (del)
		dbg_delete_no_hash(s->e, cid);
	else
		dbg_notify_no_hash(s->e, cid);
	dbg_unknown_input(s->e, cid, ike_input_from(input), ike_input_name(input), ike_state_name(s->sa->state));
	dbg_input(s->e, cid, ike_input_from(input), ike_input_name(input));
	dbg_state(s->e, cid, ike_state_name(s->sa->state), ike_state_name(s->sa->state));
	log_mode_failure(s->e, "Informational", &s->sa->path.remote);
}

void ike_info_say_notify(struct ike_step *s, const struct payload_notify *n, uint32_t mid)
{
	char number[24];

	snprintf(number, sizeof(number), "UNKNOWN %u", n->type);
	dbg_notify(s->e, s->sa->conn_id, name_of(notify_names, n->type, number), n->protocol,
		   n->spi_octets == 4 ? payload_spi(n->spi) : 0, (int32_t)mid, s->sa->ptr);
}

/*
 * The peer refused our Quick Mode, or, as initiator, what we answered. The SPI says which; a peer that leaves it out
 * means the only one of ours there is.
 */
static void quick_mode_refused(struct ike_step *s, const struct payload_notify *n)
{
	struct ike_node *node, *found = NULL;
	unsigned waiting = 0;
	uint32_t spi = n->spi_octets == 4 ? payload_spi(n->spi) : 0;

	TAILQ_FOREACH (node, &s->sa->nodes, link) {
		if (node->done || !node->qm || (node->state != IKE_QM_I_QM1 && node->state != IKE_QM_R_QM2))
			continue;
		if (spi && (node->qm->in_spi == spi || node->qm->out_spi == spi))
			break;
		if (!node->initiator)
			continue;
		found = node;
		waiting++;
	}
	if (!node && !spi && waiting == 1)
		node = found;
	if (!node)
		return;
	dbg_deleting_spi(s->e, s->sa->conn_id, spi, (int32_t)node->mid);
	ike_note_quick_refused(s->e, s->sa, node, n->type);
	if (!node->initiator)
		ike_ident_refused(s->e, node);
	ike_node_done(s->e, s->sa, node, true, "Delete Larval");
	ike_qm_free(s->e, node->qm);
	node->qm = NULL;
}

/* False: nothing that shows that the peer is alive. */
static bool take_notify(struct ike_step *s, const struct payload *p, uint32_t mid)
{
	struct payload_notify n;
	struct payload_fault fault;

	if (!payload_parse_notify(p, &n, &fault))
		return false;
	ike_info_say_notify(s, &n, mid);
	switch (n.type) {
	case NOTIFY_NO_PROPOSAL_CHOSEN:
	case NOTIFY_INVALID_ID_INFORMATION:
		quick_mode_refused(s, &n);
		break;
	case NOTIFY_R_U_THERE:
	case NOTIFY_R_U_THERE_ACK:
		return ike_dpd_take(s, &n);
	case NOTIFY_RESPONDER_LIFETIME:
		ike_lifetime_take(s, &n);
		break;
	case NOTIFY_INITIAL_CONTACT:
		ike_p1_initial_contact(s, &n);
		break;
	case NOTIFY_INVALID_SPI:
		ike_recover_invalid_spi(s, &n);
		break;
	default:
		break;
	}
	return true;
}

static const char no_reason[] = "No reason";

/* An IKE SA: this one, which goes when all else of the message has been done, or another one with the same peer. */
static void delete_isakmp(struct ike_step *s, const uint8_t *spi)
{
	uint8_t own[2 * ISAKMP_COOKIE_OCTETS];
	struct ike_sa *other;

	ike_sa_spi(s->sa, own);
	if (!memcmp(spi, own, sizeof(own))) {
		if (!s->drop_sa)
			ike_note_phase1_deleted(s->e, s->sa);
		if (!s->drop_sa)
			ike_sa_delete_begin(s->e, s->sa, no_reason);
		s->drop_sa = true;
		return;
	}
	other = ike_sa_find(s->e, &s->sa->path, spi, spi + ISAKMP_COOKIE_OCTETS);
	if (other && other->authenticated && ike_natt_same_peers(s->sa, other) &&
	    !strcmp(other->phase1_id, s->sa->phase1_id))
		ike_sa_delete(s->e, other, no_reason);
}

/*
 * The IKE SAs that a payload names at once, the IPsec SAs when the message is through: the key engine hears of it then.
 * AH and IPCOMP have no SAs here, so there is none to delete; nor has an SPI of another size.
 */
static void take_delete(struct ike_step *s, const struct payload *p, bool ipsec)
{
	const uint32_t mid = s->h.message_id;
	struct payload_delete d;
	struct payload_fault fault;
	struct rd spis;

	if (!payload_parse_delete(p, &d, &fault))
		return;
	if (!ipsec) {
		dbg_processing(s->e, s->sa->conn_id, "DELETE", (int32_t)mid);
		if (d.protocol == PROTO_IPSEC_ESP)
			dbg_no_paranoid(s->e, s->sa->conn_id);
	}
	spis = rd_of(d.spis, (size_t)d.count * d.spi_octets);
	for (unsigned i = 0; i < d.count; i++) {
		const uint8_t *spi = rd_take(&spis, d.spi_octets);

		if (ipsec && d.protocol == PROTO_IPSEC_ESP && d.spi_octets == 4)
			ike_pairs_deleted_by_peer(s->e, s->sa, payload_spi(spi), IKE_NEVER);
		else if (!ipsec && d.protocol == PROTO_ISAKMP && d.spi_octets == 2 * ISAKMP_COOKIE_OCTETS)
			delete_isakmp(s, spi);
	}
}

static enum ike_outcome info_take(struct ike_step *s)
{
	const uint32_t mid = s->h.message_id;
	struct rd rest = payloads_rest(&s->in, 1);
	uint8_t expected[IKE_HASH_MAX];
	bool alive = false;

	dbg_engine_hash(s->e);
	dbg_processing(s->e, s->sa->conn_id, "HASH", (int32_t)mid);
	if (ike_hash_1(&s->sa->keys, mid, (struct ike_bytes){ rest.p, rd_left(&rest) }, expected) ||
	    !ike_hash_equal(&s->sa->keys, expected, ike_body(&s->in.p[0]))) {
		if (ike_noise(s->e))
			log_mode_failure(s->e, "Informational", &s->sa->path.remote);
		return IKE_DROP;
	}
	ike_sa_mid_use(s->sa, mid);
	ike_natt_verified(s);
	for (unsigned i = 1; i < s->in.count; i++) {
		if (s->in.p[i].type == PAYLOAD_NOTIFY) {
			alive |= take_notify(s, &s->in.p[i], mid);
		} else if (s->in.p[i].type == PAYLOAD_DELETE) {
			take_delete(s, &s->in.p[i], false);
			alive = true;
		}
	}
	if (alive)
		ike_dpd_heard(s->e, s->sa);
	dbg_node_deleting(s->e, s->sa->conn_id, (int32_t)mid, "Informational (in) state 1");
	return IKE_OK;
}

static void info_after_delete(struct ike_step *s)
{
	s->e->ending = IKE_ENDING_DELETED;
	for (unsigned i = 1; i < s->in.count; i++)
		if (s->in.p[i].type == PAYLOAD_DELETE)
			take_delete(s, &s->in.p[i], true);
	s->e->ending = IKE_ENDING_NONE;
	if (!s->drop_sa || s->sa->deleted)
		return;
	ike_info_delete(s->e, s->sa, 0); /* IOS answers with its own */
	ike_sa_delete_end(s->e, s->sa, no_reason);
	ike_recover_orphans(s->e, s->sa);
}

#define INFO_NOTIFY P(HASH), P(NOTIFY) | P(DELETE) | P(VID)
#define INFO_DELETE P(HASH) | P(DELETE), P(NOTIFY) | P(VID)

static const struct ike_row rows[] = {
	/*	  from             input            to               payloads            work              else */
	{ IKE_P1_COMPLETE, IKE_INFO_NOTIFY, IKE_P1_COMPLETE, TAKES(INFO_NOTIFY), .take = info_take, CRYPT },
	{ IKE_P1_COMPLETE, IKE_INFO_DELETE, IKE_P1_COMPLETE, TAKES(INFO_DELETE), .take = info_take, CRYPT,
	  .then = info_after_delete, .untraced = true },
};

const struct ike_table ike_info = { "Informational", rows, sizeof(rows) / sizeof(rows[0]) };
