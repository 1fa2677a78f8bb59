#include "esp/fragment.h"
#include "base/buf.h"

#define OPTION_END    0
#define OPTION_NOP    1
#define OPTION_COPIED 0x80
#define OPTIONS_MAX   40

void fragment_begin(struct fragmenter *f, const uint8_t *data, const struct inner *in, size_t mtu)
{
	*f = (struct fragmenter){ data, *in, mtu < IP4_MTU_MIN ? IP4_MTU_MIN : mtu, 0 };
}

/* RFC 791 3.1: the options of later fragments are those with the copied flag, padded to four octets. */
static size_t copied_options(const struct fragmenter *f, uint8_t out[OPTIONS_MAX])
{
	struct rd r = rd_of(f->data, f->in.header_octets);
	struct wr w = wr_of(out, OPTIONS_MAX);

	rd_take(&r, IP4_HEADER_OCTETS);
	while (rd_left(&r)) {
		struct rd option = r;
		uint8_t type = rd_u8(&r), len;
		const uint8_t *whole;

		if (type == OPTION_END)
			break;
		if (type == OPTION_NOP)
			continue;
		len = rd_u8(&r);
		whole = rd_take(&option, len);
		if (len < 2 || !whole)
			break;
		r = option;
		if (type & OPTION_COPIED)
			wr_bytes(&w, whole, len);
	}
	while (wr_octets(&w) % 4)
		wr_u8(&w, OPTION_END);
	return wr_octets(&w);
}

size_t fragment_next(struct fragmenter *f, uint8_t *out)
{
	size_t payload = f->in.octets - f->in.header_octets, left = payload - f->done;
	uint8_t options[OPTIONS_MAX];
	size_t option_octets, header, chunk;
	bool first = f->done == 0, last;
	struct rd r = rd_of(f->data, f->in.octets), tail;
	struct wr w = wr_of(out, f->mtu);
	uint16_t flags;

	if (!left)
		return 0;
	if (first) {
		struct rd o = r;

		option_octets = f->in.header_octets - IP4_HEADER_OCTETS;
		rd_take(&o, IP4_HEADER_OCTETS);
		rd_copy(&o, options, option_octets);
	} else {
		option_octets = copied_options(f, options);
	}
	header = IP4_HEADER_OCTETS + option_octets;
	last = header + left <= f->mtu;
	chunk = last ? left : (f->mtu - header) & ~(size_t)7;
	flags = (uint16_t)((f->in.fragment & IP4_OFFSET) + f->done / 8);
	if (!last || f->in.fragment & IP4_MF)
		flags |= IP4_MF;

	tail = r;
	rd_take(&tail, f->in.header_octets + f->done);
	rd_u16(&r); /* version, header length, type of service */
	rd_u16(&r); /* length */
	wr_u8(&w, (uint8_t)(0x40 | header / 4));
	wr_u8(&w, f->in.tos);
	wr_u16(&w, (uint16_t)(header + chunk));
	wr_u16(&w, rd_u16(&r)); /* identification */
	rd_u16(&r);
	wr_u16(&w, flags);
	wr_u16(&w, rd_u16(&r)); /* time to live, protocol */
	wr_u16(&w, 0);
	wr_bytes(&w, f->in.src, 4);
	wr_bytes(&w, f->in.dst, 4);
	wr_bytes(&w, options, option_octets);
	wr_patch_u16(&w, 10, inner_checksum(0, w.start, header));
	wr_bytes(&w, rd_take(&tail, chunk), chunk);
	f->done += chunk;
	return w.full || tail.why ? 0 : wr_octets(&w);
}
