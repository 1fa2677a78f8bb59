/* IKE fragmentation in the engine: who knows it, when a message is cut, and what becomes of pieces that come. */
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/table.h"

#include <stdlib.h>

#define MTU_MOST    1500u
#define UDP_OCTETS  8u
#define NATT_OCTETS 4u /* the non-ESP marker */

void ike_fragment_build_vid(struct ike_step *s)
{
	uint8_t vid[ISAKMP_VID_OCTETS_MAX];
	size_t octets;
	const uint8_t *data = isakmp_vid_octets(VID_FRAGMENTATION, &octets);

	if (!s->e->set.fragmentation || (!s->sa->initiator && !s->sa->fragmentation))
		return;
	memcpy(vid, data, octets);
	if (s->sa->aggressive)
		vid[16] |= 0x40; /* this mode too */
	wr_payload(&s->out, PAYLOAD_VID, vid, octets);
}

void ike_fragment_agree(struct ike_step *s)
{
	bool peer = false;

	for (unsigned i = 0; i < s->in.count; i++) {
		const struct ike_bytes v = ike_body(&s->in.p[i]);

		peer |= s->in.p[i].type == PAYLOAD_VID && isakmp_vid_fragments(v.p, v.octets);
	}
	s->sa->fragmentation = s->e->set.fragmentation && peer;
}

/* Of a datagram of IKE on the way to this peer: what its tunnels know of it. */
static size_t most_octets(struct ike *e, const struct ike_sa *sa, const struct ike_path *to)
{
	const size_t headers = (to->remote.family == 6 ? 40u : 20u) + UDP_OCTETS +
			       (to->local_port == ISAKMP_NATT_PORT ? NATT_OCTETS : 0);
	const struct ike_ident_entry *i;
	size_t mtu = MTU_MOST;

	TAILQ_FOREACH (i, &e->idents, link) {
		if (i->config.path_mtu && i->config.path_mtu < mtu &&
		    ike_sa_between(sa, &i->config.local, &i->config.remote))
			mtu = i->config.path_mtu;
	}
	return mtu < headers + IKE_FRAG_MORE + IKE_FRAG_LEAST ? IKE_FRAG_MORE + IKE_FRAG_LEAST : mtu - headers;
}

size_t ike_fragment_octets(struct ike *e, const struct ike_sa *sa, const struct ike_path *to, size_t octets)
{
	const size_t most = most_octets(e, sa, to), each = most - IKE_FRAG_MORE;

	return sa->fragmentation && octets > most ? octets + (octets + each - 1) / each * IKE_FRAG_MORE : octets;
}

bool ike_fragment_send(struct ike *e, const struct ike_sa *sa, const struct ike_path *to, const uint8_t *datagram,
		       size_t octets)
{
	uint8_t piece[MTU_MOST];
	size_t most, n_octets;

	if (!sa->fragmentation || octets <= (most = most_octets(e, sa, to)))
		return false;
	for (unsigned n = 1; (n_octets = ike_frag_cut(datagram, octets, n, most, piece)); n++)
		e->ops.send(e->ops.ctx, to, piece, n_octets);
	return true;
}

/* Who has offered it takes the answer in pieces, too: nothing is agreed upon before that was read. */
static bool takes_pieces(const struct ike *e, const struct ike_sa *sa)
{
	return sa->fragmentation || (e->set.fragmentation && (sa->state == IKE_I_MM1 || sa->state == IKE_I_AM1));
}

/* The whole message is what came, so it must be one of this SA, and no piece itself. */
void ike_fragment_take(struct ike *e, struct ike_sa *sa, const struct ike_path *path, const struct isakmp_header *h,
		       struct rd body)
{
	struct payload_fault fault = { PAYLOAD_LENGTH, PAYLOAD_FRAGMENT };
	struct payloads in;
	struct isakmp_header inner;
	struct rd rest;
	uint8_t *whole;
	size_t octets;

	if (!takes_pieces(e, sa)) {
		if (ike_noise(e))
			dbg_vid_frag_off(e, sa->conn_id);
		return;
	}
	if (!payloads_walk(h->next_payload, body, 0, &in, &fault) || in.count != 1) {
		ike_malformed(e, sa, &path->remote, &fault);
		return;
	}
	whole = ike_frags_take(&e->frags, sa, &sa->path.remote, path, &in.p[0], ike_now(e), &octets);
	sa->pieces = whole ? 0 : sa->pieces + 1;
	if (!whole)
		return;
	if (isakmp_parse_header(whole, octets, &inner, &rest, &fault) && inner.next_payload != PAYLOAD_FRAGMENT &&
	    !memcmp(inner.icookie, h->icookie, sizeof(inner.icookie)) &&
	    !memcmp(inner.rcookie, h->rcookie, sizeof(inner.rcookie)))
		ike_receive(e, path, &inner, whole, octets);
	else
		ike_malformed(e, sa, &path->remote, &fault);
	free(whole);
}
