/* RFC 2408 5.1, 5.3 and 5.15, and `crypto isakmp invalid-spi-recovery`. */
#include "ike/recover.h"

#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/note.h"

#define TELL_MS  1000u  /* between messages about what is not there, to one peer */
#define BEGIN_MS 10000u /* between negotiations that were begun on such a message */

/* `asks`: one that may be asked for SAs. */
static struct ike_ident_entry *ident_between(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote,
					     bool asks)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, local, remote), by_ends) {
		if (ip_equal(&i->config.local, local) && ip_equal(&i->config.remote, remote) &&
		    (!asks || ike_ident_asks(i)))
			return i;
	}
	return NULL;
}

/* --- telling the peer -------------------------------------------------------------------------------------------- */

static bool may(struct ike *e, uint64_t *next_ms, uint64_t interval_ms)
{
	const uint64_t now = ike_now(e);

	if (*next_ms > now)
		return false;
	*next_ms = now + interval_ms;
	return true;
}

static void tell_spi(struct ike *e, struct ike_sa *sa, uint32_t spi)
{
	uint8_t octets[4];
	struct wr w = wr_of(octets, sizeof(octets));

	wr_u32(&w, spi);
	ike_info_notify(e, sa, "INVALID_SPI", PROTO_IPSEC_ESP, octets, sizeof(octets), NOTIFY_INVALID_SPI, NULL, 0);
}

/* A notification in clear, in the name of no SA. */
static void tell_in_clear(struct ike *e, const struct ike_path *path, struct isakmp_header h, const char *label,
			  uint8_t protocol, const uint8_t *spi, uint8_t spi_octets, uint16_t type)
{
	struct isakmp_wr m;
	uint8_t built[256];
	size_t octets;

	IKE_ABOUT(e, .path = *path);
	h.exchange = EXCHANGE_INFO;
	h.flags = 0;
	h.message_id = ike_random32(e);
	isakmp_open(&m, built, sizeof(built), &h);
	wr_notify(&m, protocol, spi, spi_octets, type, NULL, 0);
	octets = isakmp_close(&m, 0);
	if (!octets || !ike_may_answer(e, &path->local, &path->remote, octets))
		return;
	dbg_sending_notify(e, 0, label, protocol, spi_octets == 4 ? payload_spi(spi) : 0, (int32_t)h.message_id);
	dbg_sending(e, 0, &path->remote, path->local_port, path->remote_port, 'N', "NEW SA");
	dbg_sending_ip(e, 0, path->remote.family == 6);
	e->ops.send(e->ops.ctx, path, built, octets);
}

void ike_recover_esp(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t spi)
{
	const struct ike_path path = { *local, *remote, ISAKMP_PORT, ISAKMP_PORT };
	struct ike_ident_entry *i = ident_between(e, local, remote, false);
	struct ike_sa *sa = ike_sa_ready(e, local, remote, "");
	struct isakmp_header h = { 0 };
	uint8_t octets[4];
	struct wr w = wr_of(octets, sizeof(octets));

	if (i)
		ike_note_unknown_spi(e, i, spi);
	if (!e->set.enabled || !i || !may(e, &i->spi_ms, TELL_MS))
		return;
	if (sa) {
		tell_spi(e, sa, spi);
	} else if (e->set.invalid_spi_recovery) {
		i->invalid_spi = spi;
		if (may(e, &i->begin_ms, BEGIN_MS))
			ike_phase1_begin(e, i);
	} else if (e->set.keepalive.s) {
		wr_u32(&w, spi);
		e->ops.random(e->ops.ctx, h.icookie, sizeof(h.icookie));
		tell_in_clear(e, &path, h, "INVALID_SPI", PROTO_IPSEC_ESP, octets, sizeof(octets), NOTIFY_INVALID_SPI);
	}
}

void ike_recover_cookies(struct ike *e, const struct ike_path *path, const struct isakmp_header *h)
{
	struct ike_ident_entry *i = ident_between(e, &path->local, &path->remote, false);
	uint8_t spi[2 * ISAKMP_COOKIE_OCTETS];
	struct wr w = wr_of(spi, sizeof(spi));

	if (!e->set.keepalive.s || !(h->flags & ISAKMP_FLAG_ENCRYPTED) ||
	    (h->exchange != EXCHANGE_INFO && h->exchange != EXCHANGE_QUICK) || !i || !may(e, &i->cookie_ms, TELL_MS))
		return;
	wr_bytes(&w, h->icookie, sizeof(h->icookie));
	wr_bytes(&w, h->rcookie, sizeof(h->rcookie));
	tell_in_clear(e, path, *h, "INVALID_COOKIE", PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INVALID_COOKIE);
}

/* --- being told -------------------------------------------------------------------------------------------------- */

/* The peer says that it does not have the SA that we send through with this SPI. */
void ike_recover_invalid_spi(struct ike_step *s, const struct payload_notify *n)
{
	const uint32_t spi = n->spi_octets == 4 ? payload_spi(n->spi) : 0;
	struct ike_ident_entry *i;
	struct ike_pair *p, *next;

	if (n->protocol != PROTO_IPSEC_ESP || !spi)
		return;
	TAILQ_FOREACH (i, ike_idents_by_ends(s->e, &s->sa->path.local, &s->sa->known_as), by_ends) {
		for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
			const bool lasted = ike_now(s->e) - p->created_ms >= IKE_LASTED_MS;

			next = TAILQ_NEXT(p, link);
			if (p->out_spi != spi || p->leaving || !ike_natt_same_peer(s->sa, p))
				continue;
			/* a peer that does not have what it has just agreed to must not keep both busy */
			s->e->ending = IKE_ENDING_UNKNOWN;
			ike_pair_delete(s->e, i, p, true);
			s->e->ending = IKE_ENDING_NONE;
			ike_ident_again(s->e, i, lasted ? 0 : IKE_REQUEST_AGAIN_MS);
		}
	}
}

/* The peer says that it does not know this SA: another one is made beside it, which will show. */
static bool doubt(struct ike *e, struct ike_sa *sa)
{
	struct ike_ident_entry *i = ident_between(e, &sa->path.local, &sa->known_as, true);

	if (!sa->dpd.keepalive.s || !i)
		return false;
	if (ike_sa_ready(e, &sa->path.local, &sa->known_as, "") == sa && may(e, &i->begin_ms, BEGIN_MS)) {
		sa->dpd.doubted = true;
		sa->dpd.doubted_ms = ike_now(e);
		ike_phase1_begin(e, i);
	}
	return true;
}

/* The peer says that it does not have an SA that this router sends through. */
static bool doubt_pair(struct ike *e, const struct ike_path *path)
{
	struct ike_sa *sa = ike_sa_ready(e, &path->local, &path->remote, "");

	if (!sa || !sa->dpd.keepalive.s)
		return false;
	if (may(e, &sa->dpd.hint_ms, TELL_MS))
		ike_dpd_ask(e, sa);
	return true;
}

static bool sends_to(struct ike *e, const struct ike_path *path, const struct payload_notify *n)
{
	const struct ike_ident_entry *i;
	const struct ike_pair *p;

	if (n->protocol != PROTO_IPSEC_ESP || n->spi_octets != 4)
		return false;
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &path->local, &path->remote), by_ends) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (p->out_spi == payload_spi(n->spi) && ip_equal(&p->path.local, &path->local) &&
			    ip_equal(&p->path.remote, &path->remote))
				return true;
		}
	}
	return false;
}

bool ike_recover_hint(struct ike *e, const struct ike_path *path, struct ike_sa *sa, const struct payloads *m)
{
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;
	bool taken = false;

	for (unsigned k = 0; (p = payloads_find(m, PAYLOAD_NOTIFY, k)); k++) {
		if (!payload_parse_notify(p, &n, &fault))
			continue;
		if (n.type == NOTIFY_INVALID_COOKIE && sa && sa->authenticated && !sa->deleted)
			taken |= doubt(e, sa);
		else if (n.type == NOTIFY_INVALID_SPI && sends_to(e, path, &n))
			taken |= doubt_pair(e, path);
	}
	return taken;
}

/* --- agreeing again ---------------------------------------------------------------------------------------------- */

/* Its pairs have what time rekeying takes, no more. */
static void renew(struct ike *e, struct ike_ident_entry *i)
{
	const uint64_t end = ike_now(e) + IKE_REKEY_MARGIN_MS;
	struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		p->rekeyed = true;
		if (p->hard_ms > end)
			p->hard_ms = end;
	}
	if (!ike_ident_asks(i))
		return;
	i->wanted = true;
	i->request_ms = ike_now(e);
}

void ike_recover_phase1_up(struct ike *e, struct ike_sa *sa)
{
	struct ike_ident_entry *i;
	struct ike_sa *other;
	bool doubted = false;

	TAILQ_FOREACH (other, ike_sas_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (other == sa || other->deleted || !other->dpd.doubted || !ike_natt_same_peers(sa, other) ||
		    other->dpd.heard_ms > other->dpd.doubted_ms)
			continue;
		ike_sa_leave(e, other, "No reason"); /* if it was not the peer who said so, it still has it */
		doubted = true;
	}
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (!ike_sa_between(sa, &i->config.local, &i->config.remote))
			continue;
		if (i->invalid_spi)
			tell_spi(e, sa, i->invalid_spi);
		i->invalid_spi = 0;
		if (doubted)
			renew(e, i);
	}
}

void ike_recover_dead(struct ike *e, const struct ike_sa *sa)
{
	struct ike_ident_entry *i;

	e->ending = IKE_ENDING_DEAD;
	ike_pairs_deleted_by_peer(e, sa, 0, IKE_NEVER);
	e->ending = IKE_ENDING_NONE;
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (ike_sa_between(sa, &i->config.local, &i->config.remote) && ike_ident_asks(i))
			i->request_ms = ike_now(e);
	}
}

static void watch_over(struct ike *e, const struct ike_sa *sa)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (ike_sa_between(sa, &i->config.local, &i->config.remote) && ike_ident_asks(i) &&
		    !TAILQ_EMPTY(&i->pairs)) {
			ike_phase1_begin(e, i);
			return;
		}
	}
}

void ike_recover_orphans(struct ike *e, const struct ike_sa *sa)
{
	if (sa->dpd.keepalive.s && !ike_sa_ready(e, &sa->path.local, &sa->known_as, ""))
		watch_over(e, sa);
}

void ike_recover_cleared(struct ike *e, const struct ike_sa *sa)
{
	struct ike_ident_entry *i;

	if (sa->peer_ios) {
		ike_recover_orphans(e, sa);
		return;
	}
	if (!sa->authenticated || ike_sa_ready(e, &sa->path.local, &sa->known_as, ""))
		return;
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (ike_sa_between(sa, &i->config.local, &i->config.remote) && ike_ident_asks(i) &&
		    !TAILQ_EMPTY(&i->pairs))
			ike_pair_limit(e, i, TAILQ_FIRST(&i->pairs)->out_spi);
	}
}

void ike_recover_ending(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_sa *other;

	TAILQ_FOREACH (other, ike_sas_by_ends(e, &sa->path.local, &sa->known_as), by_ends) {
		if (other != sa && !other->deleted && ike_natt_same_peers(sa, other) &&
		    other->expires_ms > sa->expires_ms)
			return;
	}
	watch_over(e, sa);
}

/* A peer that is heard all the same, be it by ESP, is alive, whatever keeps it from making this IKE SA. */
void ike_recover_failed(struct ike *e, const struct ike_sa *sa)
{
	if (!sa->initiator || !ike_dpd_configured(e, sa).s || ike_sa_ready(e, &sa->path.local, &sa->known_as, ""))
		return;
	if (ike_dpd_silent_ms(e, sa) < (uint64_t)IKE_RESENDS * IKE_RESEND_MS)
		watch_over(e, sa);
	else
		ike_recover_dead(e, sa);
}
