/*
 * What a TUN device hands over, cut: whatever the header says, nothing is read or written outside, every octet of the
 * payload comes out once, in order, and each segment says how long it is.
 *
 * libs: -lcrypto
 */
#include "base/buf.h"
#include "esp/inner.h"
#include "esp/offload.h"
#include "esp/segment.h"

#include <stdlib.h>

#define WORK_MAX (4u << 20) /* octets that one input may be cut into */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

/* The length in the IP header is the segment's. IPv4's own header sum is right. */
static void says_its_length(const uint8_t *out, size_t octets, unsigned family)
{
	struct inner in;

	demand(inner_read(out, octets, &in));
	demand(in.family == family && in.octets == octets);
	demand(family == 6 || inner_checksum(0, out, in.header_octets) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segmenter s;
	struct rd rest;
	unsigned left;

	if (!segment_begin(&s, data, size))
		return 0;
	rest = rd_of(s.packet, s.octets);
	rd_take(&rest, s.header_octets);
	left = segment_left(&s);
	demand(left >= 1);
	if ((uint64_t)left * s.header_octets > WORK_MAX)
		return 0;
	while (segment_left(&s)) {
		const size_t octets = segment_octets(&s), payload = octets - s.header_octets;
		uint8_t *out = malloc(octets);
		const uint8_t *from = rd_take(&rest, payload);
		struct rd tail = rd_of(out, octets);

		demand(out && from && octets >= s.header_octets && segment_left(&s) == left--);
		segment_next(&s, out);
		rd_take(&tail, s.header_octets);
		if (s.gso) {
			says_its_length(out, octets, s.family);
			demand(!memcmp(tail.p, from, payload));
		} else if (!s.sum_from) {
			demand(!memcmp(out, from, payload));
		}
		free(out);
	}
	demand(segment_octets(&s) == 0 && rd_left(&rest) == 0);
	return 0;
}
