/*
 * Cutting GSO packets. The layouts are RFC 791, 8200, 9293 and 768; struct virtio_net_hdr is the kernel's
 * linux/virtio_net.h. Positions within headers are checked once, by segment_begin().
 */
#include "esp/segment.h"
#include "base/buf.h"
#include "esp/checksum.h"
#include "esp/inner.h"
#include "esp/offload.h"

#include <arpa/inet.h>

#define IP_LENGTH_MAX 65535

/* Where the transport header begins when nothing is between it and the IP header; 0: the packet is too short. */
static size_t ip_header_octets(const struct segmenter *s, uint8_t *protocol)
{
	struct rd r = rd_of(s->packet, s->octets);
	const size_t octets = s->family == 6 ? IP6_HEADER_OCTETS : (rd_u8(&r) & 0xfu) * 4;

	r = rd_of(s->packet, s->octets);
	rd_take(&r, s->family == 6 ? IP6_AT_NEXT_HEADER : IP4_AT_PROTOCOL);
	*protocol = rd_u8(&r);
	r = rd_of(s->packet, s->octets);
	return octets >= IP4_HEADER_OCTETS && rd_take(&r, octets) ? octets : 0;
}

/* The partial checksum is of the whole, so its length comes out of it (RFC 1624). */
static uint64_t pseudo_of_partial(const struct segmenter *s, size_t at)
{
	const uint16_t length = htons((uint16_t)(s->octets - s->ip_octets));
	struct rd r = rd_of(s->packet, s->octets);
	uint16_t partial;

	rd_take(&r, at);
	rd_copy(&r, &partial, sizeof(partial));
	return (uint64_t)partial + (uint16_t)~length;
}

static uint64_t pseudo_of_addresses(const struct segmenter *s)
{
	const size_t address = s->family == 6 ? 16 : 4;
	struct rd r = rd_of(s->packet, s->octets);
	const uint8_t *src, *dst;

	rd_take(&r, s->family == 6 ? IP6_AT_ADDRESSES : IP4_AT_ADDRESSES);
	src = rd_take(&r, address);
	dst = rd_take(&r, address);
	return src && dst ? checksum_pseudo(s->family, src, dst, s->tcp ? IP_PROTO_TCP : IP_PROTO_UDP, 0) : 0;
}

static bool begin_gso(struct segmenter *s, const struct virtio_net_hdr *h)
{
	const unsigned type = h->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
	size_t ip, rest;
	uint8_t protocol;
	struct rd r;

	s->gso = true;
	s->tcp = type != VIRTIO_NET_HDR_GSO_UDP_L4;
	if (!s->family || !h->gso_size || s->octets > IP_LENGTH_MAX + (s->family == 6 ? IP6_HEADER_OCTETS : 0u))
		return false;
	if (s->tcp && type != (s->family == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4))
		return false;
	ip = ip_header_octets(s, &protocol);
	if (!ip)
		return false;
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (h->csum_start < ip || (s->family == 4 && h->csum_start != ip) ||
		    h->csum_offset != (s->tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM))
			return false;
		ip = h->csum_start;
	} else if (protocol != (s->tcp ? IP_PROTO_TCP : IP_PROTO_UDP)) {
		return false;
	}
	s->ip_octets = ip;

	r = rd_of(s->packet, s->octets);
	rd_take(&r, ip + (s->tcp ? TCP_AT_OFFSET : 0));
	s->header_octets = s->tcp ? (rd_u8(&r) >> 4) * 4u : UDP_HEADER_OCTETS;
	if (s->tcp && s->header_octets < TCP_HEADER_OCTETS)
		return false;
	s->header_octets += ip;
	r = rd_of(s->packet, s->octets);
	rd_take(&r, s->header_octets);
	if (r.why)
		return false;
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		s->pseudo = pseudo_of_partial(s, ip + h->csum_offset);
	else
		s->pseudo = pseudo_of_addresses(s);
	rest = rd_left(&r);
	s->payload = h->gso_size;
	s->count = rest ? (unsigned)((rest - 1) / s->payload + 1) : 1;
	return true;
}

bool segment_begin(struct segmenter *s, const uint8_t *read, size_t octets)
{
	struct rd r = rd_of(read, octets);
	struct virtio_net_hdr h;
	unsigned version;

	_Static_assert(sizeof(h) == SEGMENT_VNET_OCTETS, "the header without mergeable buffers");
	rd_copy(&r, &h, sizeof(h));
	*s = (struct segmenter){ .octets = rd_left(&r) };
	s->packet = rd_take(&r, s->octets);
	if (!s->octets)
		return false;
	version = inner_version(s->packet, s->octets);
	s->family = version == 4 || version == 6 ? version : 0;
	if (h.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return begin_gso(s, &h);
	s->payload = s->octets;
	s->count = 1;
	if (!(h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	s->sum_from = h.csum_start;
	s->sum_at = s->sum_from + h.csum_offset;
	return s->sum_at + sizeof(uint16_t) <= s->octets &&
	       s->sum_from >= (s->family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS);
}

unsigned segment_left(const struct segmenter *s)
{
	return s->count - s->at;
}

size_t segment_octets(const struct segmenter *s)
{
	const size_t rest = s->octets - s->header_octets - s->done;

	return s->at == s->count ? 0 : s->header_octets + (rest < s->payload ? rest : s->payload);
}

/* 0 in UDP says that there is none (RFC 768). */
static void put_checksum(struct wr *w, size_t at, uint16_t sum, bool udp)
{
	wr_patch_u16(w, at, sum || !udp ? ntohs(sum) : 0xffff);
}

static void next_whole(struct segmenter *s, uint8_t *out)
{
	struct wr w = wr_of(out, s->octets);
	struct rd r = rd_of(s->packet, s->octets);
	const size_t covered = s->octets - s->sum_from;
	uint8_t *to;
	uint64_t sum;

	if (!s->sum_from) {
		wr_bytes(&w, s->packet, s->octets);
		return;
	}
	wr_bytes(&w, rd_take(&r, s->sum_from), s->sum_from);
	to = wr_take(&w, covered);
	if (!to)
		return;
	sum = checksum_copy(0, to, rd_take(&r, covered), covered);
	put_checksum(&w, s->sum_at, checksum_fold(sum), s->sum_at - s->sum_from == UDP_AT_CHECKSUM);
}

static void set_tcp(const struct segmenter *s, struct wr *w)
{
	struct rd r = rd_of(s->packet, s->header_octets);
	const uint32_t done = (uint32_t)s->done;
	uint32_t sequence;
	uint8_t flags;

	rd_take(&r, s->ip_octets + TCP_AT_SEQUENCE);
	sequence = rd_u32(&r) + done;
	rd_take(&r, TCP_AT_FLAGS - TCP_AT_SEQUENCE - sizeof(sequence));
	flags = rd_u8(&r);
	if (s->at)
		flags &= (uint8_t)~TCP_CWR;
	if (segment_left(s) > 1)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	wr_patch_u16(w, s->ip_octets + TCP_AT_SEQUENCE, (uint16_t)(sequence >> 16));
	wr_patch_u16(w, s->ip_octets + TCP_AT_SEQUENCE + 2, (uint16_t)sequence);
	wr_patch_u8(w, s->ip_octets + TCP_AT_FLAGS, flags);
}

static void set_ip4(const struct segmenter *s, struct wr *w, size_t octets)
{
	struct rd r = rd_of(s->packet, s->header_octets);

	rd_take(&r, IP4_AT_ID);
	wr_patch_u16(w, IP4_AT_LENGTH, (uint16_t)octets);
	wr_patch_u16(w, IP4_AT_ID, (uint16_t)(rd_u16(&r) + s->at));
	wr_patch_u16(w, IP4_AT_CHECKSUM, 0);
	wr_patch_u16(w, IP4_AT_CHECKSUM, ntohs(checksum_fold(checksum_add(0, w->start, s->ip_octets))));
}

static void next_gso(struct segmenter *s, uint8_t *out)
{
	const size_t octets = segment_octets(s), payload = octets - s->header_octets;
	const size_t transport = octets - s->ip_octets;
	const size_t sum_at = s->ip_octets + (s->tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM);
	struct wr w = wr_of(out, octets);
	struct rd from = rd_of(s->packet, s->octets), head;
	uint64_t sum = s->pseudo + htons((uint16_t)transport);
	uint8_t *to;

	wr_bytes(&w, rd_take(&from, s->header_octets), s->header_octets);
	rd_take(&from, s->done);
	to = wr_take(&w, payload);
	if (!to || from.why)
		return;
	sum = checksum_copy(sum, to, rd_take(&from, payload), payload);
	if (s->family == 4)
		set_ip4(s, &w, octets);
	else
		wr_patch_u16(&w, IP6_AT_LENGTH, (uint16_t)(octets - IP6_HEADER_OCTETS));
	if (s->tcp)
		set_tcp(s, &w);
	else
		wr_patch_u16(&w, s->ip_octets + UDP_AT_LENGTH, (uint16_t)transport);
	wr_patch_u16(&w, sum_at, 0);
	head = rd_of(out, s->header_octets);
	rd_take(&head, s->ip_octets);
	sum = checksum_add(sum, head.p, rd_left(&head));
	put_checksum(&w, sum_at, checksum_fold(sum), !s->tcp);
	s->done += payload;
}

void segment_next(struct segmenter *s, uint8_t *out)
{
	if (s->gso)
		next_gso(s, out);
	else
		next_whole(s, out);
	s->at++;
}
