/*
 * The timer of an SA stands where the peer will have been silent for long enough; what the data plane has seen is looked
 * at only then, so that idle tunnels cost nothing but a look each interval. The newest SA with a peer asks for all.
 */
#include "ike/dpd.h"

#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/profile.h"
#include "ike/recover.h"

#define RETRIES 5u

static const char dead_reason[] = "P1 errcounter exceeded (PEERS_ALIVE_TIMER)";

struct isakmp_keepalive ike_dpd_configured(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_profile *p = ike_profile_find(e, sa->profile);

	return p && p->keepalive.s ? p->keepalive : e->set.keepalive;
}

void ike_dpd_start(struct ike *e, struct ike_sa *sa)
{
	const struct isakmp_keepalive k = ike_dpd_configured(e, sa);

	sa->dpd.heard_ms = ike_now(e);
	if (!k.s || !sa->peer_dpd)
		return;
	dbg_dpd_enabled(e, sa->conn_id);
	sa->dpd.keepalive = k;
	if (!sa->dpd.keepalive.retry_s)
		sa->dpd.keepalive.retry_s = ISAKMP_KEEPALIVE_RETRY_DEFAULT_S;
	sa->dpd.sequence = ike_random32(e);
	sa->dpd.at_ms = sa->dpd.heard_ms + (uint64_t)k.s * 1000;
}

void ike_dpd_heard(struct ike *e, struct ike_sa *sa)
{
	sa->dpd.heard_ms = ike_now(e);
	sa->dpd.asked = 0;
}

/* --- what the data plane has seen -------------------------------------------------------------------------------- */

/* When the last packet passed through this half, 0: none did. */
static uint64_t last_packet_ms(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound)
{
	const bool there = inbound ? p->in_installed : p->out_installed;
	struct ike_sa_usage u = { 0 };

	if (!there || !e->ops.sa_usage(e->ops.ctx, i->number, inbound, inbound ? p->in_spi : p->out_spi, &u) ||
	    !u.packets)
		return 0;
	return ike_now(e) - u.idle_ms;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The last ESP packet to or from the peer. */
static uint64_t last_esp_ms(struct ike *e, const struct ike_sa *sa, bool inbound)
{
	const struct ike_ident_entry *i;
	const struct ike_pair *p;
	uint64_t last = 0;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (ike_natt_same_peer(sa, p))
				last = later(last, last_packet_ms(e, i, p, inbound));
		}
	}
	return last;
}

/* The last sign of life of any kind. */
static uint64_t last_heard_ms(struct ike *e, const struct ike_sa *sa)
{
	uint64_t last = later(sa->dpd.heard_ms, last_esp_ms(e, sa, true));
	const struct ike_sa *other;

	TAILQ_FOREACH (other, ike_sas_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!other->deleted && other->authenticated && ike_natt_same_peers(sa, other))
			last = later(last, other->dpd.heard_ms);
	}
	return last;
}

uint64_t ike_dpd_silent_ms(struct ike *e, const struct ike_sa *sa)
{
	return ike_now(e) - last_heard_ms(e, sa);
}

static bool is_newest(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_sa *other;

	TAILQ_FOREACH (other, ike_sas_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!other->deleted && other->state == IKE_P1_COMPLETE && ike_natt_same_peers(sa, other))
			return other == sa;
	}
	return false;
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static void trace(struct ike *e, struct ike_sa *sa, enum ike_input input)
{
	dbg_input(e, sa->conn_id, ike_input_from(input), ike_input_name(input));
	dbg_state(e, sa->conn_id, ike_state_name(sa->state), ike_state_name(sa->state));
}

static void ask(struct ike *e, struct ike_sa *sa, enum ike_input input)
{
	uint8_t spi[2 * ISAKMP_COOKIE_OCTETS], sequence[4];
	struct wr w = wr_of(sequence, sizeof(sequence));
	const uint64_t now = ike_now(e);

	IKE_ABOUT(e, .sa = sa);
	if (!sa->dpd.asked++)
		sa->dpd.asked_ms = now;
	sa->dpd.at_ms = now + (uint64_t)sa->dpd.keepalive.retry_s * 1000;
	wr_u32(&w, ++sa->dpd.sequence);
	ike_sa_spi(sa, spi);
	ike_info_notify(e, sa, "DPD/R_U_THERE", PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_R_U_THERE, sequence,
			sizeof(sequence));
	trace(e, sa, input);
}

void ike_dpd_ask(struct ike *e, struct ike_sa *sa)
{
	if (sa->dpd.at_ms != IKE_NEVER && !sa->dpd.asked)
		ask(e, sa, IKE_TIMER_IM_ALIVE);
}

static void dead(struct ike *e, struct ike_sa *sa)
{
	struct ike_sa *other;

	dbg_dpd_dead(e, sa->conn_id, &sa->path.remote);
	TAILQ_FOREACH (other, ike_sas_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!other->deleted && other->state == IKE_P1_COMPLETE && ike_natt_same_peers(sa, other))
			ike_sa_delete_by(e, other, dead_reason, IKE_TIMER_PEERS_ALIVE);
	}
	ike_recover_dead(e, sa);
}

static void not_answered(struct ike *e, struct ike_sa *sa)
{
	if (sa->dpd.asked > RETRIES) {
		dead(e, sa);
		return;
	}
	dbg_dpd_error(e, sa->conn_id, sa->dpd.asked, RETRIES);
	ask(e, sa, IKE_TIMER_PEERS_ALIVE);
}

void ike_dpd_timer(struct ike *e, struct ike_sa *sa)
{
	const uint64_t now = ike_now(e), interval_ms = (uint64_t)sa->dpd.keepalive.s * 1000;
	uint64_t heard_ms;

	if (sa->dpd.at_ms > now)
		return;
	heard_ms = last_heard_ms(e, sa);
	if (sa->dpd.asked && heard_ms < sa->dpd.asked_ms) {
		not_answered(e, sa);
		return;
	}
	sa->dpd.asked = 0;
	sa->dpd.at_ms = heard_ms + interval_ms;
	if (sa->dpd.at_ms > now)
		return;
	sa->dpd.at_ms = now + interval_ms;
	if (is_newest(e, sa) && (sa->dpd.keepalive.periodic || last_esp_ms(e, sa, false) > heard_ms))
		ask(e, sa, IKE_TIMER_IM_ALIVE);
}

/* --- being asked, being answered --------------------------------------------------------------------------------- */

bool ike_dpd_take(struct ike_step *s, const struct payload_notify *n)
{
	struct ike_sa *sa = s->sa;
	uint8_t spi[2 * ISAKMP_COOKIE_OCTETS];
	uint32_t sequence;

	ike_sa_spi(sa, spi);
	if (n->octets != 4 || n->spi_octets != sizeof(spi) || memcmp(n->spi, spi, sizeof(spi)))
		return false;
	sequence = payload_spi(n->data);
	if (n->type == NOTIFY_R_U_THERE_ACK) {
		/* one of the questions that are open: the late answer to an earlier one is as good */
		if (sa->dpd.sequence - sequence >= sa->dpd.asked)
			return false;
		dbg_dpd_acked(s->e, sa->conn_id, &sa->path.remote, sequence);
		return true;
	}
	/* the same number again is a question that is repeated, an older one is an old question */
	if (sa->dpd.they_asked && (int32_t)(sequence - sa->dpd.their_sequence) < 0)
		return false;
	sa->dpd.they_asked = true;
	sa->dpd.their_sequence = sequence;
	dbg_dpd_received(s->e, sa->conn_id, &sa->path.remote, sequence);
	ike_info_notify(s->e, sa, "DPD/R_U_THERE_ACK", PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_R_U_THERE_ACK, n->data,
			n->octets);
	return true;
}

/* --- idle SAs ---------------------------------------------------------------------------------------------------- */

void ike_idle_start(struct ike *e, struct ike_ident_entry *i)
{
	i->idle_ms = i->config.idle_s ? ike_now(e) + (uint64_t)i->config.idle_s * 1000 : IKE_NEVER;
}

/* A static VTI has no other way to find out that there is traffic than to have SAs: it asks for new ones at once. */
void ike_idle_timer(struct ike *e, struct ike_ident_entry *i)
{
	uint64_t last = i->up_since_ms;
	struct ike_pair *p;

	if (i->idle_ms > ike_now(e))
		return;
	TAILQ_FOREACH (p, &i->pairs, link) {
		last = later(last, last_packet_ms(e, i, p, true));
		last = later(last, last_packet_ms(e, i, p, false));
	}
	i->idle_ms = last + (uint64_t)i->config.idle_s * 1000;
	if (i->idle_ms > ike_now(e))
		return;
	i->idle_ms = IKE_NEVER;
	e->ending = IKE_ENDING_IDLE;
	while ((p = TAILQ_FIRST(&i->pairs)))
		ike_pair_delete(e, i, p, true);
	e->ending = IKE_ENDING_NONE;
	if (ike_ident_asks(i))
		i->request_ms = ike_now(e);
}
