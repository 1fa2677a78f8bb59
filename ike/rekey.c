/*
 * The life of a pair of IPsec SAs and its succession. RFC 2407 section 4.5 and 4.6.3.1.
 *
 * A pair starts with a lifetime somewhat below what was negotiated, as on IOS; what is printed is what is left. At its
 * soft end, in seconds or in kilobytes, its successor is asked for; at its hard end it is deleted. In between the two
 * overlap: the newest outbound SA that the peer can decrypt is the one in use, and every inbound SA takes packets.
 *
 * Once there is a successor the pair ends earlier, in three steps of certainty: the successor has carried a packet from
 * the peer, who therefore sends through it (a moment later, for what is under way); or the initiator has confirmed it with
 * QM3, so that both sides have all of it; or, as initiator, QM2 is there and QM3 has gone, which may have been lost. A pair
 * through which packets still come is kept, up to its hard end.
 */
#include "ike/ipsec.h"
#include "ike/natt.h"

/*
 * The initiator of the pair starts 3..5 % below the time and 7..10 % below the volume that were negotiated, the
 * responder up to 2 % and 4..7 %: so the same side asks for the successor each time, well before the other one's end,
 * even when that is responder-only and could not ask itself.
 */
static void set_lifetimes(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	const uint64_t life_ms = (uint64_t)p->life_s * 1000;
	const uint32_t percent_s = p->life_s / 100, percent_kb = p->life_kb / 100;
	const uint64_t margin_ms = life_ms / 4 < IKE_REKEY_MARGIN_MS ? life_ms / 4 : IKE_REKEY_MARGIN_MS;
	/* tunnels that the peer cannot tell apart are rekeyed in the order in which they came up: ike/match.c */
	const bool jitter = !ike_ident_has_twin(e, i);

	p->hard_ms = p->begun_ms + life_ms - (uint64_t)(p->initiator ? 3 : 0) * percent_s * 1000;
	p->hard_ms -= (uint64_t)(jitter ? ike_random32(e) % (2 * percent_s + 1) : percent_s) * 1000;
	p->soft_ms = i->config.responder_only ? IKE_NEVER : p->hard_ms - margin_ms;
	p->limit_kb = p->life_kb - (p->initiator ? 7 : 4) * percent_kb -
		      (jitter ? ike_random32(e) % (3 * percent_kb + 1) : percent_kb);
}

void ike_pair_start(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p, uint64_t begun_ms)
{
	p->created_ms = ike_now(e);
	p->begun_ms = begun_ms;
	p->watch_ms = p->retire_ms = p->use_ms = IKE_NEVER;
	set_lifetimes(e, i, p);
}

uint64_t ike_pair_soft_octets(const struct ike_pair *p)
{
	const uint64_t limit = (uint64_t)p->limit_kb * 1024;

	return limit - limit / 10;
}

static bool usage(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound,
		  struct ike_sa_usage *out)
{
	const bool there = inbound ? p->in_installed : p->out_installed;

	*out = (struct ike_sa_usage){ 0 };
	return there && e->ops.sa_usage(e->ops.ctx, i->number, inbound, inbound ? p->in_spi : p->out_spi, out);
}

uint64_t ike_pair_octets(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound)
{
	struct ike_sa_usage u;

	return usage(e, i, p, inbound, &u) ? u.octets : 0;
}

static uint64_t used(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p)
{
	const uint64_t in = ike_pair_octets(e, i, p, true), out = ike_pair_octets(e, i, p, false);

	return in > out ? in : out;
}

unsigned ike_pair_spent(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p)
{
	const uint64_t limit = (uint64_t)p->limit_kb * 1024, life_ms = (uint64_t)p->life_s * 1000;
	const uint64_t volume = limit ? used(e, i, p) / (limit / 1000000 + 1) : 0;
	const uint64_t time = life_ms ? (ike_now(e) - p->created_ms) * 1000000 / life_ms : 0;
	const uint64_t most = volume > time ? volume : time;

	return most < 1000000 ? (unsigned)most : 1000000;
}

/* --- succession -------------------------------------------------------------------------------------------------- */

void ike_pair_succeeds(struct ike *e, struct ike_pair *p, uint64_t after_ms)
{
	const uint64_t at = ike_now(e) + after_ms;
	struct ike_pair *old;

	for (old = TAILQ_NEXT(p, link); old; old = TAILQ_NEXT(old, link)) {
		old->rekeyed = true;
		if (!old->leaving && at < old->retire_ms)
			old->retire_ms = at;
	}
}

void ike_pair_proven(struct ike *e, struct ike_ident_entry *i, uint32_t in_spi)
{
	struct ike_pair *p = ike_pair_find(i, true, in_spi);

	if (!p || p->leaving)
		return;
	ike_pair_enable(e, i, p);
	ike_pair_succeeds(e, p, IKE_OVERLAP_MS);
}

static void rekey(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	IKE_ABOUT(e, .ident = i->number);

	p->soft_ms = IKE_NEVER;
	if (p->rekeyed)
		return;
	if (i->config.responder_only) {
		if (p->told++ < IKE_RESENDS)
			ike_lifetime_spent(e, p);
		return;
	}
	p->rekeyed = true;
	if (ike_ident_covered(i)) /* there is a newer one */
		return;
	dbg_lifetime_expiry(e, ike_pair_left_s(e, p));
	ike_ident_request(e, i);
}

void ike_pair_shorten(struct ike *e, const struct ike_sa *sa, uint32_t out_spi, uint32_t life_s, uint32_t life_kb)
{
	struct ike_ident_entry *i;
	struct ike_pair *p;

	TAILQ_FOREACH (i, &e->idents, link) {
		p = ike_pair_find(i, false, out_spi);
		if (!p || !ike_natt_same_peer(sa, p))
			continue;
		if ((!life_s || life_s >= p->life_s) && (!life_kb || (p->life_kb && life_kb >= p->life_kb)))
			return;
		if (life_s && life_s < p->life_s)
			p->life_s = life_s;
		if (life_kb && (!p->life_kb || life_kb < p->life_kb))
			p->life_kb = life_kb;
		set_lifetimes(e, i, p);
		if (p->rekeyed)
			p->soft_ms = IKE_NEVER;
		/* the data plane knows of the volume that was agreed upon first, and is asked for the shorter one */
		p->watch_ms = p->limit_kb ? ike_now(e) : IKE_NEVER;
		return;
	}
}

/* --- ends -------------------------------------------------------------------------------------------------------- */

/* Between the soft and the hard end of its volume. */
static void watch(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p)
{
	const uint64_t now = ike_now(e), octets = used(e, i, p);

	p->watch_ms = now + IKE_WATCH_MS;
	if (octets >= ike_pair_soft_octets(p))
		rekey(e, i, p);
	if (octets < (uint64_t)p->limit_kb * 1024)
		return;
	/* used up before the rekeying was through: it has the time that rekeying takes, no more */
	p->watch_ms = IKE_NEVER;
	if (p->hard_ms > now + IKE_REKEY_MARGIN_MS)
		p->hard_ms = now + IKE_REKEY_MARGIN_MS;
}

/* Its successor is there. False when nothing comes through it any more. */
static bool is_busy(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p)
{
	struct ike_sa_usage u;

	if (!usage(e, i, p, true, &u) || !u.packets || u.idle_ms >= IKE_OVERLAP_MS)
		return false;
	p->retire_ms = ike_now(e) + IKE_OVERLAP_MS;
	return true;
}

void ike_pairs_timer(struct ike *e, struct ike_ident_entry *i)
{
	const uint64_t now = ike_now(e);
	struct ike_pair *p, *next;

	for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
		bool over = p->hard_ms <= now || (p->retire_ms <= now && !is_busy(e, i, p));

		next = TAILQ_NEXT(p, link);
		if (!over && p->watch_ms <= now)
			watch(e, i, p);
		if (!over && p->soft_ms <= now)
			rekey(e, i, p);
		if (!over && p->use_ms <= now) {
			ike_pair_enable(e, i, p);
			ike_pair_succeeds(e, p, IKE_UNCONFIRMED_MS);
		}
		if (over) {
			ike_pair_delete(e, i, p, true);
			ike_ident_again(e, i, 0);
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
		at = p->watch_ms < at ? p->watch_ms : at;
		at = p->retire_ms < at ? p->retire_ms : at;
		at = p->use_ms < at ? p->use_ms : at;
	}
	return at;
}

/* --- from outside ------------------------------------------------------------------------------------------------ */

void ike_pair_volume(struct ike *e, struct ike_ident_entry *i, bool inbound, uint32_t spi)
{
	struct ike_pair *p = ike_pair_find(i, inbound, spi);

	if (p && !p->leaving && p->limit_kb)
		watch(e, i, p);
}

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
