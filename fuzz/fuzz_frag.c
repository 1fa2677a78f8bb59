/*
 * IKE fragmentation. Pieces of any kind in any order, from several peers while time passes: what is kept stays within
 * its bounds. Then the input itself is cut and must come out whole, its pieces shuffled among the others.
 *
 * sources: ike/frag.c ike/payload.c ike/payload_build.c base/addr.c
 */
#include "ike/frag.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ike_path paths[2] = { { { 4, { 1 } }, { 4, { 2 } }, 500, 500 },
					  { { 4, { 1 } }, { 4, { 2 } }, 4500, 4500 } };

static void demand(bool good)
{
	if (!good)
		abort();
}

static void within_bounds(const struct ike_frags *f, uint64_t now)
{
	demand(f->count <= IKE_FRAG_MESSAGES);
	demand(ike_frags_deadline(f) == UINT64_MAX || ike_frags_deadline(f) <= now + IKE_FRAG_MS);
}

/* Owner, path and time; then the payload's length and body. */
static void pieces(struct ike_frags *f, struct rd r, const uint8_t *owners)
{
	uint64_t now = 0;

	while (rd_left(&r) > 2) {
		const uint8_t how = rd_u8(&r), length = rd_u8(&r);
		struct payload p = { .type = PAYLOAD_FRAGMENT };
		uint8_t *whole;
		size_t octets = 0;

		p.body = rd_sub(&r, length < rd_left(&r) ? length : rd_left(&r));
		now += (how & 0x30u) * 20;
		whole = ike_frags_take(f, &owners[how & 7], &paths[how >> 3 & 1].remote, &paths[how >> 3 & 1], &p, now,
				       &octets);
		demand(!whole || (octets && octets <= IKE_FRAG_OCTETS));
		free(whole);
		if (how & 0x80)
			ike_frags_drop(f, &owners[how & 7]);
		within_bounds(f, now);
	}
}

static void cut_and_join(struct ike_frags *f, const uint8_t *m, size_t octets, const uint8_t *owner)
{
	const size_t most = IKE_FRAG_MORE + IKE_FRAG_LEAST + m[0] * 5u;
	uint8_t piece[IKE_FRAG_MORE + IKE_FRAG_LEAST + 255 * 5], *whole = NULL;
	const unsigned count = (unsigned)((octets - 1) / (most - IKE_FRAG_MORE) + 1);
	size_t got = 0;

	if (count > IKE_FRAG_PARTS)
		return;
	for (unsigned k = 0; k < count; k++) {
		const unsigned n = m[1] & 1 ? count - k : k + 1;
		const size_t cut = ike_frag_cut(m, octets, n, most, piece);
		struct isakmp_header h;
		struct payload_fault fault;
		struct payloads in;
		struct rd body;

		demand(cut && cut <= most);
		demand(isakmp_parse_header(piece, cut, &h, &body, &fault) &&
		       payloads_walk(h.next_payload, body, 0, &in, &fault));
		demand(!whole);
		whole = ike_frags_take(f, owner, &paths[0].remote, &paths[0], &in.p[0], UINT32_MAX, &got);
	}
	demand(whole && got == octets && !memcmp(whole, m, octets));
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t owners[9];
	struct ike_frags f;

	if (size < ISAKMP_HEADER_OCTETS || size > IKE_FRAG_OCTETS)
		return 0;
	ike_frags_init(&f);
	pieces(&f, rd_of(data, size), owners);
	/* a header has a cookie; the owner is one that has nothing half-done */
	if (data[0])
		cut_and_join(&f, data, size, &owners[8]);
	ike_frags_drop(&f, NULL);
	demand(f.count == 0);
	return 0;
}
