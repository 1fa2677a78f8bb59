/*
 * A batch of packets, merged, and cut again by segment.c: the same packets come out, octet by octet but for IPv4's
 * identification where DF says that it says nothing (RFC 6864), and those of a flow in the order they went in.
 *
 * The input is a program: a packet as it stands there, or the packet before moved on as its flow would, some octets changed,
 * its sums made right or not.
 *
 * libs: -lcrypto
 */
#include "base/buf.h"
#include "esp/checksum.h"
#include "esp/coalesce.h"
#include "esp/inner.h"
#include "esp/offload.h"
#include "esp/segment.h"

#include <errno.h>
#include <stdlib.h>

#define PACKET_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
	int fd;
	size_t octets;
	uint8_t *data;
	bool out;
};

struct batch {
	struct item in[ESP_BATCH];
	unsigned count, got;
	bool refuse;
};

static void demand(bool good)
{
	if (!good)
		abort();
}

static uint16_t get(const uint8_t *p, size_t at)
{
	return (uint16_t)(p[at] << 8 | p[at + 1]);
}

static void put(uint8_t *p, size_t at, uint16_t v)
{
	p[at] = (uint8_t)(v >> 8);
	p[at + 1] = (uint8_t)v;
}

/* Octets of both headers when the packet is TCP or UDP in plain IP, else 0. */
static size_t headers(const uint8_t *p, size_t octets, struct inner *in)
{
	size_t all;

	demand(inner_read(p, octets, in));
	if (in->protocol == IP_PROTO_UDP)
		return in->header_octets + UDP_HEADER_OCTETS <= octets ? in->header_octets + UDP_HEADER_OCTETS : 0;
	if (in->protocol != IP_PROTO_TCP || in->header_octets + TCP_HEADER_OCTETS > octets)
		return 0;
	all = in->header_octets + (p[in->header_octets + TCP_AT_OFFSET] >> 4) * 4u;
	return all >= in->header_octets + TCP_HEADER_OCTETS && all <= octets ? all : 0;
}

static void make_right(uint8_t *p, size_t octets)
{
	struct inner in;
	size_t at;
	uint16_t sum;

	if (!headers(p, octets, &in))
		return;
	if (in.family == 4) {
		put(p, IP4_AT_CHECKSUM, 0);
		sum = checksum_fold(checksum_add(0, p, in.header_octets));
		memcpy(p + IP4_AT_CHECKSUM, &sum, sizeof(sum));
	}
	at = in.header_octets + (size_t)(in.protocol == IP_PROTO_TCP ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM);
	put(p, at, 0);
	sum = checksum_fold(
		checksum_add(checksum_pseudo(in.family, in.src, in.dst, in.protocol, octets - in.header_octets),
			     p + in.header_octets, octets - in.header_octets));
	if (!sum && in.protocol == IP_PROTO_UDP)
		sum = 0xffff;
	memcpy(p + at, &sum, sizeof(sum));
}

static void move_on(uint8_t *p, size_t octets, bool same_id)
{
	struct inner in;
	const size_t all = headers(p, octets, &in);
	size_t at;
	uint32_t sequence;

	if (!all)
		return;
	if (in.family == 4 && !same_id)
		put(p, IP4_AT_ID, (uint16_t)(get(p, IP4_AT_ID) + 1));
	if (in.protocol != IP_PROTO_TCP)
		return;
	at = in.header_octets + (size_t)TCP_AT_SEQUENCE;
	sequence = ((uint32_t)get(p, at) << 16 | get(p, at + 2)) + (uint32_t)(octets - all);
	put(p, at, (uint16_t)(sequence >> 16));
	put(p, at + 2, (uint16_t)sequence);
}

static void add(struct coalescer *c, struct batch *b, int fd, const uint8_t *p, size_t octets)
{
	struct item *i = &b->in[b->count];
	struct inner in;

	if (b->count == ESP_BATCH || !inner_read(p, octets, &in))
		return;
	*i = (struct item){ .fd = fd, .octets = in.octets, .data = malloc(in.octets) };
	demand(i->data != NULL);
	memcpy(i->data, p, in.octets);
	b->count++;
	demand(coalesce_add(c, &(struct coalesce_device){ fd, fd != 5 }, i->data, in.octets));
}

/* One octet says what to do; then what it needs of the input. */
static void run(struct coalescer *c, struct batch *b, struct rd *r)
{
	uint8_t packet[PACKET_MAX];
	size_t octets = 0;
	struct inner in;

	while (rd_left(r)) {
		const unsigned how = rd_u8(r);
		const int fd = (int)(how & 3) + 3;

		if (how & 4) {
			struct rd body;
			const size_t n = rd_u8(r) + (size_t)(rd_u8(r) & 3) * 256;

			body = rd_sub(r, n < rd_left(r) ? n : rd_left(r));
			octets = rd_left(&body);
			rd_copy(&body, packet, octets);
		} else if (octets) {
			if (inner_read(packet, octets, &in))
				move_on(packet, in.octets, how & 8);
			for (unsigned changes = how >> 6; changes; changes--) {
				const unsigned at = rd_u8(r);

				packet[at % octets] ^= rd_u8(r);
			}
		}
		if (!octets || !inner_read(packet, octets, &in))
			continue;
		if (how & 16)
			make_right(packet, in.octets);
		for (unsigned times = how & 32 ? 3 : 1; times; times--)
			add(c, b, fd, packet, octets);
	}
}

static bool equal(const struct item *i, const uint8_t *out, size_t octets)
{
	uint8_t *copy;
	bool same;

	if (i->octets != octets)
		return false;
	if (!memcmp(i->data, out, octets))
		return true;
	if (i->data[0] != 0x45 || !(get(i->data, IP4_AT_FRAGMENT) & IP4_DF))
		return false;
	copy = malloc(octets);
	demand(copy != NULL);
	memcpy(copy, out, octets);
	put(copy, IP4_AT_ID, get(i->data, IP4_AT_ID));
	put(copy, IP4_AT_CHECKSUM, get(i->data, IP4_AT_CHECKSUM));
	same = !memcmp(copy, i->data, octets) && inner_checksum(0, i->data, IP4_HEADER_OCTETS) == 0;
	free(copy);
	return same;
}

/* By addresses, protocol and ports, where both packets have them. */
static bool same_flow(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
	struct inner x, y;

	if (!headers(a, na, &x) || !headers(b, nb, &y) || x.family != y.family || x.protocol != y.protocol ||
	    x.header_octets != y.header_octets)
		return false;
	return !memcmp(x.src, y.src, x.family == 6 ? 32 : 8) && !memcmp(a + x.header_octets, b + x.header_octets, 4);
}

/* Of no flow: all of its device stays before it or behind it. */
static bool is_bar(const struct item *i)
{
	struct inner in;

	return !headers(i->data, i->octets, &in) || (in.family == 4 && i->data[0] != 0x45) ||
	       in.fragment & (IP4_MF | IP4_OFFSET);
}

static void came_out(struct batch *b, int fd, const uint8_t *out, size_t octets)
{
	bool first = true;

	for (unsigned i = 0; i < b->count; i++) {
		struct item *in = &b->in[i];

		if (in->out || in->fd != fd)
			continue;
		if (equal(in, out, octets)) {
			demand(first || !is_bar(in));
			in->out = true;
			b->got++;
			return;
		}
		demand(!is_bar(in) && !same_flow(in->data, in->octets, out, octets));
		first = false;
	}
	demand(false);
}

static bool cut(void *ctx, int fd, const struct iovec *iov, unsigned parts)
{
	struct batch *b = ctx;
	size_t octets = 0;
	struct segmenter s;
	uint8_t *whole;
	struct wr w;

	if (parts > 2 && b->refuse) {
		errno = EINVAL;
		return false;
	}
	for (unsigned i = 0; i < parts; i++)
		octets += iov[i].iov_len;
	whole = malloc(octets);
	demand(whole != NULL);
	w = wr_of(whole, octets);
	for (unsigned i = 0; i < parts; i++)
		wr_bytes(&w, iov[i].iov_base, iov[i].iov_len);
	demand(segment_begin(&s, whole, octets));
	while (segment_left(&s)) {
		const size_t n = segment_octets(&s);
		uint8_t *out = malloc(n);

		demand(out != NULL);
		segment_next(&s, out);
		came_out(b, fd, out, n);
		free(out);
	}
	free(whole);
	return true;
}

static void refused(void *ctx, unsigned packet)
{
	(void)ctx;
	(void)packet;
	demand(false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct coalescer *c = coalesce_new();
	struct batch b = { 0 };
	struct rd r = rd_of(data, size);

	demand(c != NULL);
	b.refuse = rd_u8(&r) == 0xff;
	run(c, &b, &r);
	coalesce_flush(c, &(struct coalesce_ops){ cut, refused, &b });
	demand(b.got == b.count);
	for (unsigned i = 0; i < b.count; i++)
		free(b.in[i].data);
	coalesce_free(c);
	return 0;
}
