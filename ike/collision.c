/*
 * Both sides ask for the same SAs at once: two Quick Modes that cross. RFC 2409 says nothing of it.
 *
 * The exchange whose initiator's nonce is greater goes on, compared octet by octet; both sides see both nonces. Who asked
 * with the smaller one answers the other and retransmits no more; who asked with the greater one leaves the other's
 * message unanswered as long as its own is. So one pair of SAs is made. A peer that knows no such rule answers all the
 * same and repeats its own request, which is answered once ours is through: then there are two pairs, both sides agree
 * which is the newer, and the older one ends as in any rekeying.
 *
 * A request that has been repeated in vain does not stand in the way of one that did arrive: its IKE SA may be one that
 * the peer has lost.
 *
 * A message that was lost can make the loser's request arrive when the winner's exchange is over. It is answered, and
 * the loser, who remembers it, takes the answer: again two pairs in an order that both sides see.
 */
#include "ike/ipsec.h"

/* Under way, asked for by this router, and neither given up nor answered. */
static bool is_asking(const struct ike_node *n, uint32_t ident)
{
	if (!n->initiator || n->done || n->ident != ident || !n->qm || n->qm->yielded)
		return false;
	return n->state == IKE_QM_READY || (n->state == IKE_QM_I_QM1 && !n->step);
}

static bool is_greater(const struct ike_qm *qm, const uint8_t *nonce, size_t octets)
{
	const size_t n = qm->ni_octets < octets ? qm->ni_octets : octets;
	const int order = memcmp(qm->ni, nonce, n);

	return order > 0 || (order == 0 && qm->ni_octets > octets);
}

/* Repeated, and not just now: a peer that has its IKE SA would have answered. */
static bool is_in_vain(struct ike *e, const struct ike_node *n)
{
	return n->resends && ike_now(e) - n->sent_ms >= IKE_ANSWER_MS;
}

/* Nobody has seen a request whose Diffie-Hellman value is still being made. */
static void yield(struct ike *e, struct ike_sa *sa, struct ike_node *n)
{
	if (n->state == IKE_QM_READY) {
		ike_node_free(e, sa, n);
		return;
	}
	n->qm->yielded = true;
	n->resend_ms = IKE_NEVER;
	n->purge_ms = ike_now(e) + IKE_COLLISION_MS;
}

bool ike_collision_lost(struct ike *e, const struct ike_ident_entry *i, const uint8_t *nonce, size_t octets)
{
	struct ike_node *n, *next;
	struct ike_sa *sa;
	bool lost = false;

	/* which of several tunnels that look alike the peer means cannot be known: all requests are served */
	if (ike_ident_has_twin(e, i))
		return false;
	TAILQ_FOREACH (sa, &e->sas, link) {
		for (n = TAILQ_FIRST(&sa->nodes); n; n = next) {
			next = TAILQ_NEXT(n, link);
			if (!is_asking(n, i->number))
				continue;
			if (n->state == IKE_QM_I_QM1 && !is_in_vain(e, n) && is_greater(n->qm, nonce, octets))
				lost = true;
			else
				yield(e, sa, n);
		}
	}
	return lost;
}

bool ike_collision_ahead(struct ike *e, const struct ike_ident_entry *i)
{
	const struct ike_node *n;
	const struct ike_sa *sa;

	TAILQ_FOREACH (sa, &e->sas, link) {
		TAILQ_FOREACH (n, &sa->nodes, link) {
			if (!n->initiator && !n->done && n->step && n->ident == i->number)
				return true;
		}
	}
	return false;
}
