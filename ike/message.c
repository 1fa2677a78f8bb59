/*
 * Messages and what the rows ask of them: a set of payloads (on what came and on what was built), every payload by its
 * own rules, IOS's lines about what is malformed; opening, closing, encrypting and sending what goes out.
 */
#include "ike/note.h"
#include "ike/table.h"

/* These may stand in a message more than once. */
#define REPEATED (P(VID) | P(NOTIFY) | P(DELETE) | P(ID) | P(CR) | P(NATD) | P(NATOA))

bool ike_message_fits(const struct payloads *m, const struct ike_rule *rule, struct payload_fault *fault)
{
	uint32_t seen = 0;

	for (unsigned i = 0; i < m->count; i++) {
		uint8_t type = m->p[i].type, plain = payload_plain_type(type);
		uint32_t bit = plain < 32 ? UINT32_C(1) << plain : 0;

		if (!(bit & (rule->must | rule->may)) || (seen & bit & ~REPEATED)) {
			*fault = (struct payload_fault){ PAYLOAD_UNKNOWN, type };
			return false;
		}
		seen |= bit;
	}
	*fault = (struct payload_fault){ PAYLOAD_SHORT, PAYLOAD_NONE };
	return (seen & rule->must) == rule->must;
}

bool ike_message_sane(const struct payloads *m, struct payload_fault *fault)
{
	struct payload_sa sa;
	struct payload_id id;
	struct payload_notify notify;
	struct payload_delete del;
	bool good = true;

	for (unsigned i = 0; i < m->count && good; i++) {
		const struct payload *p = &m->p[i];

		switch (p->type) {
		case PAYLOAD_SA:
			good = payload_parse_sa(p, &sa, fault);
			break;
		case PAYLOAD_ID:
			good = payload_parse_id(p, &id, fault);
			break;
		case PAYLOAD_NOTIFY:
			good = payload_parse_notify(p, &notify, fault);
			break;
		case PAYLOAD_DELETE:
			good = payload_parse_delete(p, &del, fault);
			break;
		case PAYLOAD_KE:
		case PAYLOAD_NONCE:
		case PAYLOAD_HASH:
		case PAYLOAD_VID:
			good = payload_check_opaque(p, fault);
			break;
		default:
			break;
		}
	}
	return good;
}

void ike_malformed(struct ike *e, struct ike_sa *sa, const struct ip_addr *from, const struct payload_fault *fault)
{
	const uint32_t cid = sa ? sa->conn_id : 0;
	const bool loud = ike_noise(e); /* an SA that is half-open is no better than none */

	if (!sa && !loud)
		return;
	if (fault->why == PAYLOAD_RESERVED)
		dbg_reserved(e, payload_name(fault->type));
	else if (fault->why == PAYLOAD_UNKNOWN)
		dbg_received_type(e, fault->type);
	else
		dbg_malformed(e, cid);
	if (loud)
		log_bad_message(e, from);
	if (!sa)
		return;
	ike_note_malformed(e, sa, fault);
	if (sa->malformed < IKE_RESENDS)
		sa->malformed++;
	dbg_sa_error_count(e, cid, sa->malformed, "PAYLOAD_MALFORMED");
}

/* --- messages out ------------------------------------------------------------------------------------------------ */

static void transmit(struct ike *e, struct ike_sa *sa, const struct ike_path *to, const uint8_t *datagram,
		     size_t octets)
{
	/* what is not sent is as if it were lost */
	if (e->again || (!sa->initiator && !sa->proven &&
			 !ike_may_answer(e, &to->local, &to->remote, ike_fragment_octets(e, sa, to, octets))))
		return;
	dbg_sending(e, sa->conn_id, &to->remote, to->local_port, to->remote_port, ike_sa_role(sa), ike_sa_shown(sa));
	dbg_sending_ip(e, sa->conn_id, to->remote.family == 6);
	sa->spoke_ms = ike_now(e);
	if (!ike_fragment_send(e, sa, to, datagram, octets))
		e->ops.send(e->ops.ctx, to, datagram, octets);
}

void ike_transmit(struct ike *e, struct ike_sa *sa, const uint8_t *datagram, size_t octets)
{
	transmit(e, sa, &sa->path, datagram, octets);
}

void ike_message_used(struct ike_step *s)
{
	const size_t octets = wr_octets(&s->out.w);

	if (octets > s->built_octets)
		s->built_octets = octets;
}

void ike_message_open(struct ike_step *s, uint8_t exchange, uint32_t mid, bool encrypted)
{
	struct isakmp_header h = { .exchange = exchange,
				   .flags = encrypted ? ISAKMP_FLAG_ENCRYPTED : 0,
				   .message_id = mid };

	memcpy(h.icookie, s->sa->icookie, sizeof(h.icookie));
	memcpy(h.rcookie, s->sa->rcookie, sizeof(h.rcookie));
	ike_message_used(s);
	isakmp_open(&s->out, s->built, sizeof(s->built), &h);
}

size_t ike_message_close(struct ike_step *s, const struct ike_rule *rule, bool encrypted)
{
	const size_t block = encrypted ? s->sa->keys.block_octets : 0;
	const size_t octets = isakmp_close(&s->out, block);
	struct isakmp_header h;
	struct payloads built;
	struct payload_fault fault;
	struct rd body;

	if (!octets || !isakmp_parse_header(s->built, octets, &h, &body, &fault) ||
	    !payloads_walk(h.next_payload, body, encrypted ? ISAKMP_PADDING_MAX : 0, &built, &fault) ||
	    !ike_message_fits(&built, rule, &fault))
		return 0;
	if (!encrypted)
		return octets;
	dbg_engine_encrypt(s->e);
	return ike_encrypt(&s->sa->keys, s->iv, s->built + ISAKMP_HEADER_OCTETS, octets - ISAKMP_HEADER_OCTETS)
		       ? 0
		       : octets;
}

/* Phase 1 prints IOS's "...", phase 2 the message ID. The stored octets go out unchanged. */
void ike_resend(struct ike *e, struct ike_sa *sa, struct ike_node *node, const struct ike_path *to)
{
	struct ike_blob *b = node ? &node->out : &sa->out;

	if (node) {
		dbg_resend2(e, sa->conn_id, (int32_t)node->mid, ike_sa_shown(sa));
		node->sent_ms = ike_now(e);
	} else {
		dbg_resend1(e, sa->conn_id, ike_sa_shown(sa));
		sa->sent_ms = ike_now(e);
		sa->sendings++;
	}
	if (b->octets)
		transmit(e, sa, to ? to : &sa->path, b->p, b->octets);
}
