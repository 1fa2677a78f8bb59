/* Segmentation: each segment is compared with a packet that was made for its place. */
#include "esp/segment.h"
#include "tests/unit/esp_flow.h"

static uint8_t pattern[65536], whole[SEGMENT_READ_MAX], want[FLOW_PACKET_MAX];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
}

static size_t transport_at(const struct flow_packet *p)
{
	return (p->family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS) + p->ip_options;
}

/* What the kernel hands over for p, in room of exactly its size: ASan sees what is read behind it. */
static uint8_t *read_of(const struct flow_packet *p, size_t gso_size, size_t *octets)
{
	const bool tcp = p->protocol == IP_PROTO_TCP;
	const unsigned of_tcp = p->family == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	struct virtio_net_hdr h = { .gso_size = (uint16_t)gso_size };
	uint8_t *read;

	if (gso_size)
		h.gso_type = (uint8_t)(tcp ? of_tcp : VIRTIO_NET_HDR_GSO_UDP_L4);
	if (gso_size && tcp && p->flags & TCP_CWR)
		h.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	if (p->partial) {
		h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h.csum_start = (uint16_t)transport_at(p);
		h.csum_offset = tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM;
	}
	*octets = SEGMENT_VNET_OCTETS + flow_build(p, whole);
	read = malloc(*octets);
	if (!read)
		abort();
	memcpy(read, &h, sizeof(h));
	memcpy(read + sizeof(h), whole, *octets - sizeof(h));
	return read;
}

/* The part of p that segment number i of `count` carries, as it must look on the wire. */
static size_t wanted(const struct flow_packet *p, size_t gso_size, unsigned i, unsigned count)
{
	struct flow_packet q = *p;

	q.partial = false;
	q.payload += i * gso_size;
	q.octets = i + 1 == count ? p->octets - i * gso_size : gso_size;
	q.id = (uint16_t)(q.id + i);
	q.sequence += (uint32_t)(i * gso_size);
	if (i)
		q.flags &= (uint8_t)~TCP_CWR;
	if (i + 1 < count)
		q.flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	return flow_build(&q, want);
}

static void check_cut(const struct flow_packet *p, size_t gso_size)
{
	const unsigned count = p->octets ? (unsigned)((p->octets + gso_size - 1) / gso_size) : 1;
	struct segmenter s;
	size_t octets;
	uint8_t *read = read_of(p, gso_size, &octets);
	bool same = true;

	CU_ASSERT_TRUE_FATAL(segment_begin(&s, read, octets));
	CU_ASSERT_EQUAL(s.family, p->family);
	for (unsigned i = 0; i < count; i++) {
		const size_t n = segment_octets(&s), expect = wanted(p, gso_size, i, count);
		uint8_t *out = malloc(n);

		CU_ASSERT_EQUAL(segment_left(&s), count - i);
		CU_ASSERT_TRUE_FATAL(out && n == expect);
		segment_next(&s, out);
		same = same && !memcmp(out, want, n);
		free(out);
	}
	CU_ASSERT_TRUE(same);
	CU_ASSERT_EQUAL(segment_octets(&s), 0);
	CU_ASSERT_EQUAL(segment_left(&s), 0);
	free(read);
}

static void both_ways(struct flow_packet *p, size_t gso_size)
{
	p->partial = true;
	check_cut(p, gso_size);
	/* a header behind extension headers is only found by csum_start */
	p->partial = false;
	if (p->family == 4 || !p->ip_options)
		check_cut(p, gso_size);
}

static void tcp(void)
{
	fill();
	for (unsigned family = 4; family <= 6; family += 2) {
		struct flow_packet p = flow_tcp(family, pattern, 14000);

		both_ways(&p, 1400);
		for (size_t octets = 1; octets < 4300; octets += 51) {
			p.octets = octets;
			both_ways(&p, 1448);
			both_ways(&p, 1);
			both_ways(&p, 537);
		}
		p.tcp_options = 12;
		p.flags = TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR;
		both_ways(&p, 1388);
		p.ip_options = 24;
		p.tcp_options = 40;
		both_ways(&p, 1388);
		p.octets = 0;
		both_ways(&p, 1388);
	}
}

static void udp(void)
{
	fill();
	for (unsigned family = 4; family <= 6; family += 2) {
		struct flow_packet p = flow_udp(family, pattern, 14000);

		both_ways(&p, 1400);
		for (size_t octets = 1; octets < 4300; octets += 51) {
			p.octets = octets;
			both_ways(&p, 1472);
			both_ways(&p, 1);
		}
		p.ip_options = 8;
		both_ways(&p, 1200);
	}
}

/* As large as an IP packet gets, and cut into two of which one is nearly all. */
static void large(void)
{
	fill();
	for (unsigned family = 4; family <= 6; family += 2) {
		const size_t most = family == 6 ? 65535 : 65515;
		struct flow_packet p = flow_tcp(family, pattern, most - TCP_HEADER_OCTETS);

		both_ways(&p, 1400);
		both_ways(&p, p.octets - 1);
		both_ways(&p, 65535);
		p = flow_udp(family, pattern, most - UDP_HEADER_OCTETS);
		both_ways(&p, 1400);
		both_ways(&p, 536);
	}
}

static void one(const struct flow_packet *p)
{
	struct flow_packet done = *p;
	struct segmenter s;
	size_t octets, n;
	uint8_t *read = read_of(p, 0, &octets), *out = malloc(octets);

	done.partial = false;
	CU_ASSERT_TRUE_FATAL(segment_begin(&s, read, octets));
	CU_ASSERT_EQUAL(segment_left(&s), 1);
	n = flow_build(&done, want);
	CU_ASSERT_EQUAL_FATAL(segment_octets(&s), n);
	segment_next(&s, out);
	CU_ASSERT_EQUAL(memcmp(out, want, n), 0);
	CU_ASSERT_EQUAL(segment_octets(&s), 0);
	free(out);
	free(read);
}

/* Only the checksum is left to us, or nothing at all. */
static void whole_packets(void)
{
	fill();
	for (unsigned family = 4; family <= 6; family += 2)
		for (size_t octets = 0; octets < 3000; octets += 13) {
			struct flow_packet p = flow_tcp(family, pattern, octets);

			p.tcp_options = octets % 11 * 4;
			p.ip_options = octets % 5 * 8;
			for (unsigned kind = 0; kind < 3; kind++) {
				p.protocol = kind == 0 ? IP_PROTO_TCP : kind == 1 ? IP_PROTO_UDP : IP_PROTO_ICMP;
				p.partial = kind < 2;
				one(&p);
				p.partial = false;
				one(&p);
			}
		}
}

/* RFC 768: a sum of 0 is sent as all ones; TCP sends what it is. */
static void zero_sum(void)
{
	const uint8_t zeros[2] = { 0 };
	uint8_t payload[2];
	uint16_t sum;

	for (unsigned kind = 0; kind < 4; kind++) {
		const unsigned family = kind & 1 ? 6 : 4;
		struct flow_packet p = kind & 2 ? flow_tcp(family, zeros, 2) : flow_udp(family, zeros, 2);
		const size_t at = transport_at(&p) + (kind & 2 ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM);

		flow_build(&p, want);
		memcpy(payload, want + at, 2); /* the sum of all but these, so that with them it is 0 */
		p.payload = payload;
		flow_build(&p, want);
		memcpy(&sum, want + at, 2);
		CU_ASSERT_EQUAL(sum, kind & 2 ? 0 : 0xffff);
		p.partial = true;
		one(&p);
		check_cut(&p, 2);
	}
}

/* What is no IP comes out as it went in. */
static void no_ip(void)
{
	uint8_t read[SEGMENT_VNET_OCTETS + 30] = { 0 }, out[30];
	struct segmenter s;

	CU_ASSERT_FALSE(segment_begin(&s, read, 0));
	CU_ASSERT_FALSE(segment_begin(&s, read, SEGMENT_VNET_OCTETS - 1));
	CU_ASSERT_FALSE(segment_begin(&s, read, SEGMENT_VNET_OCTETS));
	for (unsigned version = 0; version < 16; version++) {
		read[SEGMENT_VNET_OCTETS] = (uint8_t)(version << 4);
		read[SEGMENT_VNET_OCTETS + 29] = 99;
		for (size_t n = 1; n <= 30; n++) {
			CU_ASSERT_TRUE_FATAL(segment_begin(&s, read, SEGMENT_VNET_OCTETS + n));
			CU_ASSERT_EQUAL(s.family, version == 4 || version == 6 ? version : 0);
			CU_ASSERT_EQUAL(segment_octets(&s), n);
			CU_ASSERT_EQUAL(segment_left(&s), 1);
			segment_next(&s, out);
			CU_ASSERT_EQUAL(memcmp(out, read + SEGMENT_VNET_OCTETS, n), 0);
			CU_ASSERT_EQUAL(segment_octets(&s), 0);
		}
	}
}

static bool begins(const struct virtio_net_hdr *h, const uint8_t *packet, size_t octets)
{
	uint8_t *read = malloc(sizeof(*h) + octets);
	struct segmenter s;
	bool good;

	if (!read)
		abort();
	memcpy(read, h, sizeof(*h));
	memcpy(read + sizeof(*h), packet, octets);
	good = segment_begin(&s, read, sizeof(*h) + octets);
	free(read);
	return good;
}

/* Headers that do not fit the packet behind them. */
static void refused(void)
{
	struct flow_packet p = flow_tcp(4, pattern, 3000);
	struct virtio_net_hdr good = { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 40, 1000, 20, 16 }, h;
	size_t octets;

	fill();
	octets = flow_build(&p, want);
	CU_ASSERT_TRUE(begins(&good, want, octets));
	for (size_t n = 1; n < octets; n += n < 60 ? 1 : 97)
		CU_ASSERT_EQUAL(begins(&good, want, n), n >= 40);
#define BAD(change)                                                                                                    \
	do {                                                                                                           \
		h = good;                                                                                              \
		h.change;                                                                                              \
		CU_ASSERT_FALSE(begins(&h, want, octets));                                                             \
	} while (0)
	BAD(gso_size = 0);
	BAD(gso_type = VIRTIO_NET_HDR_GSO_TCPV6);
	BAD(gso_type = VIRTIO_NET_HDR_GSO_UDP); /* that would be fragments */
	BAD(gso_type = VIRTIO_NET_HDR_GSO_UDP_L4);
	BAD(gso_type = VIRTIO_NET_HDR_GSO_ECN);
	BAD(csum_offset = 6);
	BAD(csum_start = 0);
	BAD(csum_start = 19);
	BAD(csum_start = 24);
	BAD(csum_start = 65535);
	want[32] = 4 << 4; /* TCP's data offset */
	CU_ASSERT_FALSE(begins(&good, want, octets));
	want[32] = 15 << 4;
	CU_ASSERT_FALSE(begins(&good, want, 79));
	CU_ASSERT_TRUE(begins(&good, want, 80));
	want[32] = 5 << 4;
	want[0] = 0x44; /* IPv4's own length */
	CU_ASSERT_FALSE(begins(&good, want, octets));
	h = good;
	h.csum_start = 16;
	want[28] = 5 << 4;
	CU_ASSERT_FALSE(begins(&h, want, octets));
	want[0] = 0x46;
	CU_ASSERT_FALSE(begins(&good, want, octets));
	want[0] = 0x45;
	h.csum_start = 24; /* a gap */
	want[36] = 5 << 4;
	CU_ASSERT_FALSE(begins(&h, want, octets));
	want[0] = 0x05;
	CU_ASSERT_FALSE(begins(&good, want, octets));

	/* without a place for it the transport must be the next header */
	want[0] = 0x45;
	h = good;
	h.flags = 0;
	CU_ASSERT_TRUE(begins(&h, want, octets));
	want[9] = IP_PROTO_UDP;
	CU_ASSERT_FALSE(begins(&h, want, octets));

	h = (struct virtio_net_hdr){ VIRTIO_NET_HDR_F_NEEDS_CSUM, 0, 0, 0, 20, 16 };
	CU_ASSERT_TRUE(begins(&h, want, octets));
	CU_ASSERT_TRUE(begins(&h, want, 38));
	CU_ASSERT_FALSE(begins(&h, want, 37));
	h.csum_start = 19;
	CU_ASSERT_FALSE(begins(&h, want, octets));
	h.csum_start = 65535;
	CU_ASSERT_FALSE(begins(&h, want, octets));
}

/* Longer than its own header could say. */
static void too_long(void)
{
	static uint8_t huge[65600];
	struct virtio_net_hdr h = { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 40, 1000, 20, 16 };

	huge[0] = 0x45;
	huge[32] = 5 << 4;
	CU_ASSERT_TRUE(begins(&h, huge, 65535));
	CU_ASSERT_FALSE(begins(&h, huge, 65536));
	h = (struct virtio_net_hdr){ VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 60, 1000, 40, 16 };
	huge[0] = 0x60;
	huge[52] = 5 << 4;
	CU_ASSERT_TRUE(begins(&h, huge, 65575));
	CU_ASSERT_FALSE(begins(&h, huge, 65576));
}

/* RFC 8200 8.1: the last address of a routing header is in the pseudo-header, and only the kernel's partial sum has it. */
static void routing_header(void)
{
	struct flow_packet p = flow_tcp(6, pattern, 3000), last = flow_tcp(6, pattern, 3000);
	struct virtio_net_hdr h = { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 84, 1000, 64, 16 };
	uint8_t read[SEGMENT_READ_MAX], out[2000];
	struct segmenter s;
	size_t octets;
	uint16_t sum;

	fill();
	p.ip_options = 24;
	octets = flow_build(&p, want);
	want[IP6_AT_NEXT_HEADER] = 43;
	want[42] = 4; /* segment routing's type; one address, one segment left */
	want[43] = 1;
	memcpy(want + 48, want + IP6_AT_ADDRESSES, 16);
	want[63] = 9;
	last.host = 1;
	flow_build(&last, whole);
	memcpy(whole + IP6_AT_ADDRESSES + 16, want + 48, 16);
	sum = flow_fold(flow_pseudo(&last, whole, octets - 64));
	want[64 + TCP_AT_CHECKSUM] = (uint8_t)(sum >> 8);
	want[64 + TCP_AT_CHECKSUM + 1] = (uint8_t)sum;
	memcpy(read, &h, sizeof(h));
	memcpy(read + sizeof(h), want, octets);
	CU_ASSERT_TRUE_FATAL(segment_begin(&s, read, sizeof(h) + octets));
	for (unsigned i = 0; i < 3; i++) {
		const size_t n = segment_octets(&s);

		CU_ASSERT_EQUAL_FATAL(n, 84 + 1000);
		segment_next(&s, out);
		sum = flow_fold(flow_pseudo(&last, whole, n - 64) + flow_sum(out + 64, n - 64));
		CU_ASSERT_EQUAL(sum, 0xffff);
		CU_ASSERT_EQUAL(memcmp(out + 6, want + 6, 58), 0);
	}
	CU_ASSERT_EQUAL(segment_left(&s), 0);
}

static const struct unit_test tests[] = {
	{ "TCP", tcp },
	{ "UDP", udp },
	{ "64 KiB", large },
	{ "packets that are whole", whole_packets },
	{ "checksums that are 0", zero_sum },
	{ "no IP", no_ip },
	{ "headers that do not fit", refused },
	{ "longer than IP can be", too_long },
	{ "a routing header", routing_header },
};

UNIT_MAIN("ESP segmentation", tests)
