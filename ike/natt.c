/*
 * NAT detection, RFC 3947 section 3 and 4, and what a NAT means for Quick Mode, section 5.
 *
 *	vendor ID           NAT-D  NAT-OA  encapsulation modes
 *	draft-02, draft-03    130     131  61443, 61444
 *	draft-07               15      16  3, 4
 *	RFC 3947               20      21  3, 4
 *
 * A peer that mixes these is understood: its payloads are known by any of the three numbers.
 */
#include "ike/natt.h"

#include <string.h>

static const struct {
	enum isakmp_vid vid;
	const char *constructed; /* IOS sends these, in this order */
	uint8_t natd, natoa;
	uint16_t udp_tunnel, udp_transport;
} kinds[] = { /* best first */
	      { VID_NATT_RFC3947, "rfc3947", PAYLOAD_NATD, PAYLOAD_NATOA, IPSEC_ENCAPS_UDP_TUNNEL,
		IPSEC_ENCAPS_UDP_TRANSPORT },
	      { VID_NATT_07, "07", PAYLOAD_NATD_07, PAYLOAD_NATOA_07, IPSEC_ENCAPS_UDP_TUNNEL,
		IPSEC_ENCAPS_UDP_TRANSPORT },
	      { VID_NATT_03, "03", PAYLOAD_NATD_03, PAYLOAD_NATOA_03, IPSEC_ENCAPS_UDP_TUNNEL_03,
		IPSEC_ENCAPS_UDP_TRANSPORT_03 },
	      { VID_NATT_02, "02", PAYLOAD_NATD_03, PAYLOAD_NATOA_03, IPSEC_ENCAPS_UDP_TUNNEL_03,
		IPSEC_ENCAPS_UDP_TRANSPORT_03 },
	      { VID_NATT_02_NONL, NULL, PAYLOAD_NATD_03, PAYLOAD_NATOA_03, IPSEC_ENCAPS_UDP_TUNNEL_03,
		IPSEC_ENCAPS_UDP_TRANSPORT_03 }
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The row of what was agreed upon, KINDS: no NAT traversal. */
static size_t kind_of(enum isakmp_vid vid)
{
	size_t k = 0;

	while (k < KINDS && kinds[k].vid != vid)
		k++;
	return k;
}

/* --- vendor IDs -------------------------------------------------------------------------------------------------- */

/*
 * As IOS: over IPv6 it is taken when the peer offers it, but not offered. Keepalives that are configured say that there
 * is a NAT, so then it is.
 */
static bool offers(struct ike *e, const struct ike_sa *sa)
{
	return e->set.natt && sa->initiator && (sa->path.remote.family == 4 || e->set.nat_keepalive_s);
}

void ike_natt_say_offer(struct ike *e, const struct ike_sa *sa)
{
	for (size_t k = 0; k < KINDS; k++)
		if (offers(e, sa) && kinds[k].constructed)
			dbg_natt_vid(e, sa->conn_id, kinds[k].constructed);
}

static void put_vid(struct ike_step *s, enum isakmp_vid vid)
{
	size_t octets;
	const uint8_t *data = isakmp_vid_octets(vid, &octets);

	wr_payload(&s->out, PAYLOAD_VID, data, octets);
}

void ike_natt_build_vid(struct ike_step *s)
{
	const size_t agreed = kind_of(s->sa->natt.kind);

	for (size_t k = 0; k < KINDS; k++)
		if (offers(s->e, s->sa) && kinds[k].constructed)
			put_vid(s, kinds[k].vid);
	if (s->sa->initiator || agreed == KINDS)
		return;
	/* the draft with and without the line feed are one to IOS's lines */
	dbg_natt_vid(s->e, s->sa->conn_id, kinds[agreed].constructed ? kinds[agreed].constructed : "02");
	put_vid(s, s->sa->natt.kind);
}

void ike_natt_agree(struct ike_step *s)
{
	size_t best = KINDS;

	if (!s->e->set.natt || (s->sa->initiator && !offers(s->e, s->sa)))
		return;
	for (unsigned i = 0; i < s->in.count; i++) {
		const struct ike_bytes v = ike_body(&s->in.p[i]);
		size_t k;

		if (s->in.p[i].type != PAYLOAD_VID)
			continue;
		k = kind_of(isakmp_vid_identify(v.p, v.octets));
		if (k < best)
			best = k;
	}
	s->sa->natt.kind = best < KINDS ? kinds[best].vid : VID_UNKNOWN;
}

/* --- NAT-D ------------------------------------------------------------------------------------------------------- */

/* RFC 3947 3.2: HASH = HASH(CKY-I | CKY-R | IP | Port) */
static bool natd(struct ike_step *s, const struct ip_addr *addr, uint16_t port, uint8_t out[IKE_HASH_MAX])
{
	return !ike_natd_hash(s->e->crypto, s->sa->policy.hash, s->sa->icookie, s->sa->rcookie, addr, port, out);
}

void ike_natt_build(struct ike_step *s)
{
	const struct ike_path *path = &s->sa->path;
	const size_t octets = ike_hash_octets(s->sa->policy.hash), k = kind_of(s->sa->natt.kind);
	uint8_t hash[IKE_HASH_MAX];

	if (k == KINDS)
		return;
	if (natd(s, &path->remote, path->remote_port, hash))
		wr_payload(&s->out, kinds[k].natd, hash, octets);
	if (natd(s, &path->local, path->local_port, hash))
		wr_payload(&s->out, kinds[k].natd, hash, octets);
}

static bool has_natd(struct ike_step *s)
{
	const size_t octets = ike_hash_octets(s->sa->policy.hash);
	unsigned count = 0;

	if (kind_of(s->sa->natt.kind) == KINDS)
		return true;
	for (unsigned i = 0; i < s->in.count; i++) {
		if (payload_plain_type(s->in.p[i].type) != PAYLOAD_NATD)
			continue;
		if (rd_left(&s->in.p[i].body) != octets)
			return false;
		count++;
	}
	return count >= 2;
}

bool ike_natt_complete(struct ike_step *s)
{
	const struct payload_fault missing = { PAYLOAD_SHORT, PAYLOAD_NATD };
	const bool good = has_natd(s);

	if (!good)
		ike_malformed(s->e, s->sa, &s->sa->path.remote, &missing);
	return good;
}

/* The first is of our own address as the peer sees it, the others are of the peer's: it may have several. */
void ike_natt_detect(struct ike_step *s)
{
	const size_t octets = ike_hash_octets(s->sa->policy.hash);
	uint8_t mine[IKE_HASH_MAX], his[IKE_HASH_MAX];
	bool my_match = false, his_match = false, first = true;

	if (kind_of(s->sa->natt.kind) == KINDS || !natd(s, &s->path.local, s->path.local_port, mine) ||
	    !natd(s, &s->path.remote, s->path.remote_port, his))
		return;
	for (unsigned i = 0; i < s->in.count; i++) {
		const struct payload *p = &s->in.p[i];

		if (payload_plain_type(p->type) != PAYLOAD_NATD)
			continue;
		dbg_received_type(s->e, p->type);
		if (first)
			my_match = !memcmp(p->body.p, mine, octets);
		else
			his_match |= !memcmp(p->body.p, his, octets);
		first = false;
		/* IOS looks at what it knows so far */
		if (my_match && his_match)
			dbg_nat_none(s->e, s->sa->conn_id);
		else if (my_match)
			dbg_nat_his(s->e, s->sa->conn_id);
		else if (his_match)
			dbg_nat_mine(s->e, s->sa->conn_id);
		else
			dbg_nat_both(s->e, s->sa->conn_id);
	}
	s->sa->natt.local_inside = !my_match;
	s->sa->natt.remote_inside = !his_match;
}

void ike_natt_float(struct ike_sa *sa)
{
	if (!ike_natt_found(sa) || sa->path.local_port == ISAKMP_NATT_PORT)
		return;
	sa->path.local_port = sa->path.remote_port = ISAKMP_NATT_PORT;
}

/* --- Quick Mode -------------------------------------------------------------------------------------------------- */

uint16_t ike_natt_encaps(const struct ike_sa *sa, bool transport)
{
	const size_t k = kind_of(sa->natt.kind);

	if (k == KINDS || !ike_natt_found(sa))
		return transport ? IPSEC_ENCAPS_TRANSPORT : IPSEC_ENCAPS_TUNNEL;
	return transport ? kinds[k].udp_transport : kinds[k].udp_tunnel;
}

/* RFC 3947 5.1: with a NAT in between only with UDP; without one a peer that floated all the same may choose. */
uint16_t ike_natt_native(const struct ike_sa *sa, uint16_t encaps, bool *udp)
{
	const size_t k = kind_of(sa->natt.kind);

	*udp = encaps != IPSEC_ENCAPS_TUNNEL && encaps != IPSEC_ENCAPS_TRANSPORT;
	if (!*udp)
		return ike_natt_found(sa) ? 0 : encaps;
	if (k == KINDS || sa->path.local_port != ISAKMP_NATT_PORT)
		return 0;
	if (encaps == kinds[k].udp_tunnel)
		return IPSEC_ENCAPS_TUNNEL;
	return encaps == kinds[k].udp_transport ? IPSEC_ENCAPS_TRANSPORT : 0;
}

static void put_oa(struct ike_step *s, uint8_t type, const struct ip_addr *a)
{
	wr_payload_open(&s->out, type);
	wr_u8(&s->out.w, a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_zero(&s->out.w, 3);
	wr_bytes(&s->out.w, a->octets, ip_octets(a));
	wr_payload_close(&s->out);
}

/* RFC 3947: the initiator's and the responder's, as the sender sees them; the drafts before 04: the sender's own. */
void ike_natt_build_oa(struct ike_step *s)
{
	const struct ike_path *path = &s->sa->path;
	const bool first = s->node->initiator;
	const size_t k = kind_of(s->sa->natt.kind);

	if (k == KINDS || !ike_natt_found(s->sa))
		return;
	if (kinds[k].natoa == PAYLOAD_NATOA_03) {
		put_oa(s, kinds[k].natoa, &path->local);
		return;
	}
	put_oa(s, kinds[k].natoa, first ? &path->local : &path->remote);
	put_oa(s, kinds[k].natoa, first ? &path->remote : &path->local);
}

static bool oa_address(const struct payload *p, struct ip_addr *out)
{
	struct rd r = p->body;
	const uint8_t type = rd_u8(&r);
	uint8_t octets[16];

	rd_take(&r, 3);
	if (type != ID_IPV4_ADDR && type != ID_IPV6_ADDR)
		return false;
	rd_copy(&r, octets, type == ID_IPV6_ADDR ? 16 : 4);
	if (r.why || rd_left(&r))
		return false;
	*out = type == ID_IPV6_ADDR ? ip_from_in6(octets) : ip_from_in4(octets);
	return true;
}

/* A proxy that is a host which the NAT hides is the host that we see in its place. */
static void see(struct ip_prefix *proxy, const struct ip_addr *original, const struct ip_addr *seen)
{
	if (original->family && proxy->len == 8 * ip_octets(&proxy->addr) && ip_equal(&proxy->addr, original))
		proxy->addr = *seen;
}

bool ike_natt_take_oa(struct ike_step *s, struct ip_prefix *remote, struct ip_prefix *local)
{
	const struct ike_path *path = &s->sa->path;
	struct ip_addr oa[2] = { { 0 }, { 0 } };
	unsigned count = 0;

	for (unsigned i = 0; i < s->in.count; i++) {
		const struct payload *p = &s->in.p[i];

		if (payload_plain_type(p->type) != PAYLOAD_NATOA)
			continue;
		dbg_received_type(s->e, p->type);
		if (count == 2 || !oa_address(p, &oa[count++]))
			return false;
	}
	if (!ike_natt_found(s->sa))
		return true;
	see(remote, &oa[0], &path->remote);
	see(local, &oa[1], &path->local);
	return true;
}
