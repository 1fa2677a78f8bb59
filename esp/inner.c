#include "esp/inner.h"
#include "base/buf.h"

#define ECN_MASK 3u
enum ecn { ECN_NOT_ECT, ECN_ECT1, ECN_ECT0, ECN_CE };

#define IP4_AT_CHECKSUM 10

unsigned inner_version(const uint8_t *data, size_t octets)
{
	struct rd r = rd_of(data, octets);

	return rd_u8(&r) >> 4;
}

static bool read4(struct rd *r, struct inner *out)
{
	size_t there = rd_left(r);

	out->header_octets = (rd_u8(r) & 0xfu) * 4;
	out->tos = rd_u8(r);
	out->octets = rd_u16(r);
	rd_u16(r); /* identification */
	out->fragment = rd_u16(r);
	rd_u8(r); /* time to live */
	out->protocol = rd_u8(r);
	rd_u16(r); /* checksum: the stack that takes the packet verifies it */
	out->src = rd_take(r, 4);
	out->dst = rd_take(r, 4);
	return !r->why && out->header_octets >= IP4_HEADER_OCTETS && out->octets >= out->header_octets &&
	       out->octets <= there;
}

static bool read6(struct rd *r, struct inner *out)
{
	size_t there = rd_left(r);
	uint32_t word = rd_u32(r);

	out->tos = (uint8_t)(word >> 20);
	out->flow = word & IP6_FLOW_LABEL;
	out->octets = rd_u16(r) + (size_t)IP6_HEADER_OCTETS;
	out->protocol = rd_u8(r);
	rd_u8(r); /* hop limit */
	out->src = rd_take(r, 16);
	out->dst = rd_take(r, 16);
	out->header_octets = IP6_HEADER_OCTETS;
	return !r->why && out->octets <= there;
}

bool inner_read(const uint8_t *data, size_t octets, struct inner *out)
{
	struct rd r = rd_of(data, octets);

	*out = (struct inner){ .family = inner_version(data, octets) };
	return out->family == 4 ? read4(&r, out) : out->family == 6 ? read6(&r, out) : false;
}

uint16_t inner_checksum(uint32_t sum, const uint8_t *data, size_t octets)
{
	struct rd r = rd_of(data, octets);

	while (rd_left(&r) >= 2)
		sum += rd_u16(&r);
	if (rd_left(&r))
		sum += (uint32_t)rd_u8(&r) << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void set_tos4(uint8_t *data, size_t octets, uint8_t was, uint8_t tos)
{
	struct rd r = rd_of(data, octets);
	struct wr w = wr_of(data, octets);
	uint32_t sum;

	/* RFC 1624 eqn. 3, so that a checksum that was wrong stays wrong */
	rd_take(&r, IP4_AT_CHECKSUM);
	sum = (uint32_t)(uint16_t)~rd_u16(&r) + (uint16_t)~was + tos;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	wr_take(&w, IP4_HEADER_OCTETS);
	wr_patch_u8(&w, 1, tos);
	wr_patch_u16(&w, IP4_AT_CHECKSUM, (uint16_t)~sum);
}

static void set_class6(uint8_t *data, size_t octets, uint8_t tos)
{
	struct rd r = rd_of(data, octets);
	struct wr w = wr_of(data, octets);
	uint32_t word = rd_u32(&r);

	wr_u32(&w, (word & 0xf00fffff) | (uint32_t)tos << 20);
}

bool inner_merge_ecn(uint8_t *data, size_t octets, uint8_t outer_tos)
{
	unsigned outer = outer_tos & ECN_MASK, ecn;
	struct inner in;
	uint8_t tos;

	if (!inner_read(data, octets, &in))
		return false;
	ecn = in.tos & ECN_MASK;
	if (ecn == ECN_NOT_ECT)
		return outer != ECN_CE;
	if (outer == ECN_CE || (outer == ECN_ECT1 && ecn == ECN_ECT0))
		ecn = outer;
	tos = (uint8_t)((in.tos & ~ECN_MASK) | ecn);
	if (tos == in.tos || (in.tos & ECN_MASK) == ECN_CE)
		return true;
	if (in.family == 4)
		set_tos4(data, octets, in.tos, tos);
	else
		set_class6(data, octets, tos);
	return true;
}
