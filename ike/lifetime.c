/*
 * Lifetimes that the two sides do not agree about: the shorter is used. A responder whose own is the shorter says so with
 * RESPONDER-LIFETIME, since the attributes that it sends back must be those that were offered. RFC 2407 4.6.3.1: about an
 * IKE SA in an Informational exchange, about an IPsec SA in QM2, and later when its volume is spent before the peer can
 * know, since what was lost on the way was counted by its sender alone.
 */
#include "ike/attr.h"
#include "ike/choose.h"
#include "ike/ipsec.h"
#include "ike/note.h"
#include "ike/table.h"

static void wr_duration(struct wr *w, uint16_t type_class, uint16_t duration_class, uint16_t type, uint32_t duration)
{
	wr_u16(w, (uint16_t)(ISAKMP_ATTR_BASIC | type_class));
	wr_u16(w, type);
	wr_u16(w, duration_class);
	wr_u16(w, sizeof(duration));
	wr_u32(w, duration);
}

void ike_lifetime_tell(struct ike *e, struct ike_sa *sa, uint32_t offered_s)
{
	uint8_t attrs[12];
	struct wr w = wr_of(attrs, sizeof(attrs));

	if (sa->initiator || offered_s <= sa->life_s)
		return;
	wr_duration(&w, OAKLEY_ATTR_LIFE_TYPE, OAKLEY_ATTR_LIFE_DURATION, LIFE_SECONDS, (uint32_t)sa->life_s);
	ike_info_notify(e, sa, "RESPONDER_LIFETIME", PROTO_ISAKMP, NULL, 0, NOTIFY_RESPONDER_LIFETIME, attrs,
			wr_octets(&w));
}

void ike_lifetime_build(struct ike_step *s, const uint8_t spi[4])
{
	const struct ike_qm *qm = s->node->qm;
	uint8_t attrs[24];
	struct wr w = wr_of(attrs, sizeof(attrs));

	if (qm->life_s < qm->offered_s)
		wr_duration(&w, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, LIFE_SECONDS, qm->life_s);
	if (qm->life_kb && (!qm->offered_kb || qm->life_kb < qm->offered_kb))
		wr_duration(&w, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, LIFE_KILOBYTES, qm->life_kb);
	if (wr_octets(&w))
		wr_notify(&s->out, PROTO_IPSEC_ESP, spi, 4, NOTIFY_RESPONDER_LIFETIME, attrs, wr_octets(&w));
}

void ike_lifetime_spent(struct ike *e, const struct ike_pair *p)
{
	struct ike_sa *sa = ike_sa_of_pair(e, p);
	const uint64_t ends_ms = ike_now(e) - p->begun_ms + IKE_REKEY_MARGIN_MS;
	uint8_t attrs[12], spi[4];
	struct wr w = wr_of(attrs, sizeof(attrs)), number = wr_of(spi, sizeof(spi));

	if (!sa)
		return;
	wr_u32(&number, p->in_spi);
	wr_duration(&w, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, LIFE_SECONDS, (uint32_t)(ends_ms / 1000));
	ike_info_notify(e, sa, "RESPONDER_LIFETIME", PROTO_IPSEC_ESP, spi, sizeof(spi), NOTIFY_RESPONDER_LIFETIME,
			attrs, wr_octets(&w));
}

/* The responder's own lifetime of the IKE SA; never longer than what was agreed upon. */
static void take_phase1(struct ike_step *s, const struct payload_notify *n)
{
	struct ike_p1_attrs a;
	uint64_t now = ike_now(s->e), at;

	if (!ike_p1_parse(rd_of(n->data, n->octets), &a) || !a.life_s)
		return;
	dbg_responder_lifetime1(s->e, s->sa->conn_id);
	ike_note_lifetime(s->e, s->sa, a.life_s);
	at = s->sa->created_ms + (uint64_t)a.life_s * 1000;
	if (at >= s->sa->expires_ms || at <= now)
		return;
	s->sa->expires_ms = at;
	s->sa->life_s = a.life_s;
	dbg_lifetime_restart(s->e, s->sa->conn_id, a.life_s);
}

static bool read_phase2(struct ike_step *s, const struct payload_notify *n, struct ike_p2_attrs *a)
{
	if (n->spi_octets != 4 || !ike_p2_parse(0, rd_of(n->data, n->octets), a) || (!a->life_s && !a->life_kb))
		return false;
	dbg_responder_lifetime2(s->e, s->sa->conn_id);
	if (a->life_s)
		dbg_responder_lifetime_s(s->e, s->sa->conn_id, a->life_s);
	if (a->life_kb)
		dbg_responder_lifetime_kb(s->e, s->sa->conn_id, a->life_kb);
	return true;
}

void ike_lifetime_take(struct ike_step *s, const struct payload_notify *n)
{
	struct ike_p2_attrs a;

	if (n->protocol == PROTO_ISAKMP)
		dbg_auth_status(s->e, s->sa->conn_id);
	dbg_responder_lifetime(s->e, s->sa->conn_id);
	if (n->protocol == PROTO_ISAKMP)
		take_phase1(s, n);
	else if (n->protocol == PROTO_IPSEC_ESP && read_phase2(s, n, &a))
		ike_pair_shorten(s->e, s->sa, payload_spi(n->spi), a.life_s, a.life_kb);
}

/* In QM2, before the pair is made. */
void ike_lifetime_take_answer(struct ike_step *s)
{
	struct ike_qm *qm = s->node->qm;
	struct payload_notify n;
	struct payload_fault fault;
	struct ike_p2_attrs a;
	const struct payload *p;

	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++) {
		if (!payload_parse_notify(p, &n, &fault))
			continue;
		ike_info_say_notify(s, &n, s->node->mid);
		if (n.type != NOTIFY_RESPONDER_LIFETIME || n.protocol != PROTO_IPSEC_ESP)
			continue;
		dbg_responder_lifetime(s->e, s->sa->conn_id);
		if (!read_phase2(s, &n, &a) || payload_spi(n.spi) != qm->out_spi)
			continue;
		if (a.life_s && a.life_s < qm->life_s)
			qm->life_s = a.life_s;
		if (a.life_kb && (!qm->life_kb || a.life_kb < qm->life_kb))
			qm->life_kb = a.life_kb;
	}
}
