/*
 * What is due in an SA and in its nodes: retransmission, keepalives, the successor, the end, the purge.
 */
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/note.h"
#include "ike/recover.h"
#include "ike/table.h"

static void phase1_resend(struct ike *e, struct ike_sa *sa)
{
	ike_note_silence(e, sa);
	if (sa->resends >= IKE_RESENDS) {
		dbg_resend1_timer(e, sa->conn_id, ike_sa_shown(sa));
		ike_sa_delete(e, sa, "Death by retransmission P1");
		ike_recover_failed(e, sa);
		return;
	}
	sa->resends++;
	sa->resend_ms = ike_now(e) + IKE_RESEND_MS;
	dbg_resend1_timer(e, sa->conn_id, ike_sa_shown(sa));
	dbg_sa_error_count(e, sa->conn_id, sa->resends, "retransmit phase 1");
	ike_resend(e, sa, NULL, NULL);
}

void ike_sa_eager(struct ike *e, struct ike_sa *sa)
{
	const struct isakmp_keepalive k = ike_dpd_configured(e, sa);

	if (k.s)
		sa->eager_ms = ike_now(e) + 1000 * (uint64_t)(k.retry_s ? k.retry_s : ISAKMP_KEEPALIVE_RETRY_DEFAULT_S);
}

/* A peer that comes back shall be found at once: the first message, between its retransmissions, until it is answered. */
static void first_again(struct ike *e, struct ike_sa *sa)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];

	sa->eager_ms = IKE_NEVER;
	if (memcmp(sa->rcookie, none, sizeof(none)) || !sa->out.octets)
		return;
	if (ike_now(e) - sa->sent_ms >= IKE_RESEND_QUIET_MS) {
		ike_transmit(e, sa, sa->out.p, sa->out.octets);
		sa->sendings++;
	}
	ike_sa_eager(e, sa);
}

/* False when the SA died of it. */
static bool phase2_resend(struct ike *e, struct ike_sa *sa, struct ike_node *n)
{
	const bool hurry = ike_ident_hurries(e, n);

	ike_note_quick_silence(e, sa, n);
	if (n->resends >= IKE_RESENDS || hurry) {
		if (hurry)
			ike_ident_retry(e, n->ident);
		dbg_resend2_timer(e, sa->conn_id, ike_sa_shown(sa), (int32_t)n->mid);
		ike_node_done(e, sa, n, true, "Phase 2 err count exceeded");
		if (!n->initiator)
			ike_ident_unconfirmed(e, n);
		ike_qm_free(e, n->qm);
		n->qm = NULL;
		/* a peer that hears us but whose answers are lost must not go on with an SA that is gone */
		ike_sa_leave(e, sa, "Death by retransmission P2");
		ike_recover_orphans(e, sa);
		return false;
	}
	n->resends++;
	n->resend_ms = ike_now(e) + IKE_RESEND_MS;
	dbg_resend2_timer(e, sa->conn_id, ike_sa_shown(sa), (int32_t)n->mid);
	dbg_node_error_count(e, sa->conn_id, n->resends, "retransmit phase 2");
	dbg_sa_error_count(e, sa->conn_id, n->resends, "retransmit phase 2");
	ike_resend(e, sa, n, NULL);
	return true;
}

/*
 * When its successor is asked for: before it ends, first by the side that began it. With another IOS not at all: there
 * IPsec SAs live without.
 */
static uint64_t succession_ms(const struct ike_sa *sa)
{
	uint64_t ahead = sa->life_s * 250;

	if (sa->peer_ios || !sa->authenticated || sa->deleted || sa->succeeded || sa->expires_ms == IKE_NEVER)
		return IKE_NEVER;
	if (sa->seen_count >= IKE_SEEN_MAX - IKE_SEEN_LAST)
		return 0;
	if (ahead > IKE_SA_MARGIN_MS)
		ahead = IKE_SA_MARGIN_MS;
	if (!sa->initiator)
		ahead /= 2;
	return sa->expires_ms > ahead ? sa->expires_ms - ahead : 0;
}

void ike_sa_timer(struct ike *e, struct ike_sa *sa)
{
	uint64_t now = ike_now(e);
	struct ike_node *n, *next;

	IKE_ABOUT(e, .sa = sa);
	for (n = TAILQ_FIRST(&sa->nodes); n; n = next) {
		next = TAILQ_NEXT(n, link);
		if (n->resend_ms <= now && !phase2_resend(e, sa, n))
			break;
		if (n->purge_ms <= now) {
			dbg_node_purging(e, sa->conn_id, (int32_t)n->mid);
			ike_node_free(e, sa, n);
		}
	}
	if (sa->resend_ms <= now)
		phase1_resend(e, sa);
	if (sa->eager_ms <= now)
		first_again(e, sa);
	ike_dpd_timer(e, sa);
	if (sa->half_open_ms <= now) {
		ike_note_silence(e, sa);
		ike_sa_delete(e, sa, "Death by retransmission P1");
		ike_recover_failed(e, sa);
	}
	if (succession_ms(sa) <= now) {
		sa->succeeded = true;
		ike_recover_ending(e, sa);
	}
	if (sa->expires_ms <= now) {
		ike_sa_leave(e, sa, "IKE SA Lifetime Exceeded");
		ike_recover_orphans(e, sa);
	}
	if (sa->purge_ms <= now) {
		dbg_sa_purging(e, sa->conn_id, sa->ptr);
		ike_sa_free(e, sa);
	}
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t ike_sa_deadline(const struct ike_sa *sa)
{
	uint64_t at = sooner(sooner(sa->resend_ms, sa->half_open_ms), sooner(sa->expires_ms, sa->purge_ms));
	const struct ike_node *n;

	at = sooner(at, sooner(sa->dpd.at_ms, sa->eager_ms));
	at = sooner(at, succession_ms(sa));
	TAILQ_FOREACH (n, &sa->nodes, link) {
		at = sooner(at, sooner(n->resend_ms, n->purge_ms));
	}
	return at;
}
