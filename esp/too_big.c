#include "esp/too_big.h"
#include "base/buf.h"

#define ICMP_OCTETS                8
#define ICMP4_UNREACHABLE          3
#define ICMP4_FRAGMENTATION_NEEDED 4
#define ICMP6_TOO_BIG              2
#define ICMP4_QUOTE_MAX            (576 - IP4_HEADER_OCTETS - ICMP_OCTETS) /* RFC 1812 4.3.2.3 */
#define ICMP6_QUOTE_MAX            (IP6_MTU_MIN - IP6_HEADER_OCTETS - ICMP_OCTETS)
#define AT_ICMP_CHECKSUM           2

enum ip6_extension { IP6_HOP_BY_HOP = 0, IP6_ROUTING = 43, IP6_FRAGMENT = 44, IP6_DESTINATION = 60 };

static bool one_host4(const uint8_t *a)
{
	return a[0] != 0 && a[0] != 127 && a[0] < 224; /* this network, loopback, multicast and above */
}

static bool one_host6(const uint8_t *a)
{
	static const uint8_t none[15];

	return a[0] != 0xff && (memcmp(a, none, sizeof(none)) || a[15] > 1); /* ff00::/8, :: and ::1 */
}

/* RFC 1122 3.2.2: queries and their answers are no errors; whatever is not known might be one. */
static bool may_answer4(const uint8_t *data, const struct inner *in)
{
	struct rd r = rd_of(data, in->octets);

	if (in->fragment & IP4_OFFSET || !one_host4(in->src) || !one_host4(in->dst))
		return false;
	if (in->protocol != IP_PROTO_ICMP)
		return true;
	rd_take(&r, in->header_octets);
	switch (rd_u8(&r)) {
	case 0:
	case 8: /* echo */
	case 13:
	case 14: /* timestamp */
		return !r.why;
	default:
		return false;
	}
}

/* RFC 4443 2.4 (e): no answer to ICMPv6 errors and redirects, wherever the extension headers hide them. */
static bool may_answer6(const uint8_t *data, const struct inner *in)
{
	struct rd r = rd_of(data, in->octets);
	uint8_t next = in->protocol, type;

	if (!one_host6(in->src) || !one_host6(in->dst))
		return false;
	rd_take(&r, in->header_octets);
	while (next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_DESTINATION || next == IP6_FRAGMENT) {
		bool fragment = next == IP6_FRAGMENT;
		unsigned len;

		next = rd_u8(&r);
		len = rd_u8(&r);
		if (fragment && rd_u16(&r) >> 3)
			return false;
		rd_take(&r, fragment ? 4 : 6 + len * (size_t)8);
		if (r.why)
			return false;
	}
	if (next != IP_PROTO_ICMP6)
		return true;
	type = rd_u8(&r);
	return !r.why && type >= 128 && type != 137;
}

static size_t quoted(const struct inner *in, size_t most)
{
	return in->octets < most ? in->octets : most;
}

/* The ICMP message at `out`: rest is the word behind the checksum, sum what the checksum covers beside the message. */
static void put_icmp(uint8_t *out, uint8_t type, uint8_t code, uint32_t rest, const uint8_t *quote, size_t octets,
		     uint32_t sum)
{
	struct wr w = wr_of(out, ICMP_OCTETS + octets);

	wr_u8(&w, type);
	wr_u8(&w, code);
	wr_u16(&w, 0);
	wr_u32(&w, rest);
	wr_bytes(&w, quote, octets);
	wr_patch_u16(&w, AT_ICMP_CHECKSUM, inner_checksum(sum, out, ICMP_OCTETS + octets));
}

static size_t answer4(const uint8_t *data, const struct inner *in, unsigned mtu, struct wr *w)
{
	size_t quote = quoted(in, ICMP4_QUOTE_MAX);
	uint8_t *icmp;

	wr_u16(w, 0x45c0); /* internetwork control, RFC 1812 4.3.2.5 */
	wr_u16(w, (uint16_t)(IP4_HEADER_OCTETS + ICMP_OCTETS + quote));
	wr_u16(w, 0);
	wr_u16(w, IP4_DF); /* RFC 6864: an atomic packet's identification says nothing */
	wr_u8(w, 64);
	wr_u8(w, IP_PROTO_ICMP);
	wr_u16(w, 0);
	wr_bytes(w, in->dst, 4);
	wr_bytes(w, in->src, 4);
	wr_patch_u16(w, 10, inner_checksum(0, w->start, IP4_HEADER_OCTETS));
	icmp = wr_take(w, ICMP_OCTETS + quote);
	if (!icmp)
		return 0;
	if (mtu > UINT16_MAX)
		mtu = UINT16_MAX;
	put_icmp(icmp, ICMP4_UNREACHABLE, ICMP4_FRAGMENTATION_NEEDED, mtu, data, quote, 0);
	return wr_octets(w);
}

static size_t answer6(const uint8_t *data, const struct inner *in, unsigned mtu, struct wr *w)
{
	size_t quote = quoted(in, ICMP6_QUOTE_MAX);
	uint32_t sum = (uint32_t)(ICMP_OCTETS + quote) + IP_PROTO_ICMP6; /* RFC 8200 8.1: the pseudo-header */
	uint8_t *icmp;

	wr_u32(w, 0x60000000);
	wr_u16(w, (uint16_t)(ICMP_OCTETS + quote));
	wr_u8(w, IP_PROTO_ICMP6);
	wr_u8(w, 64);
	wr_bytes(w, in->dst, 16);
	wr_bytes(w, in->src, 16);
	icmp = wr_take(w, ICMP_OCTETS + quote);
	if (!icmp)
		return 0;
	sum += (uint16_t)~inner_checksum(0, in->src, 16);
	sum += (uint16_t)~inner_checksum(0, in->dst, 16);
	put_icmp(icmp, ICMP6_TOO_BIG, 0, mtu, data, quote, sum);
	return wr_octets(w);
}

size_t too_big_answer(const uint8_t *data, const struct inner *in, unsigned mtu, uint8_t *out, size_t room)
{
	struct wr w = wr_of(out, room);

	if (in->family == 4)
		return may_answer4(data, in) ? answer4(data, in, mtu, &w) : 0;
	return may_answer6(data, in) ? answer6(data, in, mtu, &w) : 0;
}
