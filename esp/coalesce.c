/*
 * A batch is a row of runs: packets that are written as one, or a single packet. A run stands where its first packet came,
 * and is written in that place. What can still grow is found by its flow in a hash table; `ended` of a device says up to
 * which run nothing of it can.
 *
 * Without options and extension headers a flow's addresses and ports lie side by side, so they are compared and hashed as
 * they lie. Checksums are summed last, and of a packet that nothing follows never.
 */
#include "esp/coalesce.h"
#include "base/buf.h"
#include "esp/checksum.h"
#include "esp/inner.h"
#include "esp/offload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#define SLOTS      512u /* of the tables, a power of two */
#define NONE       UINT16_MAX
#define HEADER_MAX (IP6_HEADER_OCTETS + 60u) /* IP without options and TCP with all it can have */

_Static_assert(SLOTS >= 2 * ESP_BATCH && ESP_BATCH < NONE, "chains stay short, numbers fit");

struct packet {
	const uint8_t *data;
	uint32_t octets;
	uint16_t ip, header; /* octets of the IP header, and of both */
	uint16_t next;       /* packet of its run */
	bool tcp;
};

struct run {
	int fd;
	uint16_t first, last; /* packets */
	uint16_t parts;
	uint16_t next;         /* run in its slot */
	uint32_t octets;       /* merged */
	uint32_t payload;      /* of each part but the last */
	bool open;             /* it may grow */
	bool right;            /* the first packet's checksums are */
	bool same_id, counted; /* IPv4's identification in the parts: one of these when there are two */
};

struct device {
	int fd;
	uint16_t ended; /* runs from here on may grow */
	uint16_t next;  /* device in its slot */
};

struct coalescer {
	unsigned packets, runs, devices;
	struct packet packet[ESP_BATCH];
	struct run run[ESP_BATCH];
	struct device device[ESP_BATCH];
	uint16_t flow_slot[SLOTS], device_slot[SLOTS];
	uint8_t header[HEADER_MAX];
	struct iovec iov[2 + COALESCE_PARTS_MAX];
};

static void begin_batch(struct coalescer *c)
{
	c->packets = c->runs = c->devices = 0;
	memset(c->flow_slot, 0xff, sizeof(c->flow_slot));
	memset(c->device_slot, 0xff, sizeof(c->device_slot));
}

struct coalescer *coalesce_new(void)
{
	struct coalescer *c = calloc(1, sizeof(*c));

	if (c)
		begin_batch(c);
	return c;
}

void coalesce_free(struct coalescer *c)
{
	free(c);
}

/* --- what a packet says ---- */

static uint16_t word(const struct packet *p, size_t at)
{
	struct rd r = rd_of(p->data, p->octets);

	rd_take(&r, at);
	return rd_u16(&r);
}

static uint32_t sequence(const struct packet *p)
{
	struct rd r = rd_of(p->data, p->octets);

	rd_take(&r, p->ip + (size_t)TCP_AT_SEQUENCE);
	return rd_u32(&r);
}

static uint8_t tcp_flags(const struct packet *p)
{
	return (uint8_t)word(p, p->ip + (size_t)TCP_AT_OFFSET);
}

static uint32_t payload(const struct packet *p)
{
	return p->octets - p->header;
}

/* Finds the headers; false: which flow it is of cannot be told. */
static bool read_headers(struct packet *p)
{
	struct rd r = rd_of(p->data, p->octets);
	const uint8_t version = rd_u8(&r);
	uint8_t protocol;

	rd_take(&r, 5);
	if (version == 0x45) {
		if (rd_u16(&r) & (IP4_MF | IP4_OFFSET))
			return false;
		rd_u8(&r); /* time to live */
		protocol = rd_u8(&r);
		p->ip = IP4_HEADER_OCTETS;
		rd_take(&r, IP4_HEADER_OCTETS - IP4_AT_CHECKSUM);
	} else if (version >> 4 == 6) {
		protocol = rd_u8(&r);
		p->ip = IP6_HEADER_OCTETS;
		rd_take(&r, IP6_HEADER_OCTETS - IP6_AT_NEXT_HEADER - 1);
	} else {
		return false;
	}
	p->header = p->ip;
	if (protocol == IP_PROTO_UDP) {
		p->header += UDP_HEADER_OCTETS;
	} else if (protocol == IP_PROTO_TCP) {
		p->tcp = true;
		rd_take(&r, TCP_AT_OFFSET);
		p->header = (uint16_t)(p->header + (rd_u8(&r) >> 4) * 4);
	} else {
		return false;
	}
	return !r.why && p->header <= p->octets && (!p->tcp || p->header >= p->ip + TCP_HEADER_OCTETS);
}

/* Whether it may stand in a run at all, for all that can be seen without the others. */
static bool may_merge(const struct packet *p)
{
	if (!payload(p))
		return false;
	if (p->tcp)
		return (tcp_flags(p) | TCP_PSH) == (TCP_ACK | TCP_PSH);
	return word(p, p->ip + (size_t)UDP_AT_LENGTH) == p->octets - p->ip &&
	       word(p, p->ip + (size_t)UDP_AT_CHECKSUM) != 0;
}

/* All ones in the field is right too where 0 is, but it is not what the kernel would write there; of UDP it is. */
static bool sums_right(const struct packet *p)
{
	const uint8_t protocol = p->tcp ? IP_PROTO_TCP : IP_PROTO_UDP;
	const size_t address = p->ip == IP6_HEADER_OCTETS ? 16 : 4, transport = p->octets - p->ip;
	struct rd r = rd_of(p->data, p->octets), head = rd_sub(&r, p->ip);
	uint64_t sum;

	if (address == 4 &&
	    (checksum_fold(checksum_add(0, head.p, IP4_HEADER_OCTETS)) || word(p, IP4_AT_CHECKSUM) == 0xffff))
		return false;
	if (p->tcp && word(p, p->ip + (size_t)TCP_AT_CHECKSUM) == 0xffff)
		return false;
	sum = htons(protocol) + (uint64_t)htonl((uint32_t)transport);
	rd_take(&head, p->ip - 2 * address);
	sum = checksum_add(sum, head.p, 2 * address);
	return checksum_fold(checksum_add(sum, r.p, transport)) == 0;
}

/* --- flows and devices ---- */

static struct rd flow_key(const struct packet *p)
{
	struct rd r = rd_of(p->data, p->octets);
	const bool ip6 = p->ip == IP6_HEADER_OCTETS;

	rd_take(&r, ip6 ? IP6_AT_ADDRESSES : IP4_AT_ADDRESSES);
	return rd_sub(&r, (ip6 ? 32 : 8) + 4);
}

static unsigned flow_slot(int fd, const struct packet *p)
{
	uint64_t h = (uint64_t)(unsigned)fd << 1 | p->tcp;
	struct rd r = flow_key(p);
	uint32_t part;

	while (rd_left(&r)) {
		rd_copy(&r, &part, sizeof(part));
		h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return (unsigned)(h % SLOTS);
}

static bool same_flow(const struct coalescer *c, const struct run *run, int fd, const struct packet *p)
{
	const struct packet *first = &c->packet[run->first];
	const struct rd a = flow_key(first), b = flow_key(p);

	return run->fd == fd && first->tcp == p->tcp && first->ip == p->ip && !memcmp(a.p, b.p, rd_left(&b));
}

/* Where the run of this flow is named, or where it would be. */
static uint16_t *find_flow(struct coalescer *c, int fd, const struct packet *p)
{
	uint16_t *at = &c->flow_slot[flow_slot(fd, p)];

	while (*at != NONE && !same_flow(c, &c->run[*at], fd, p))
		at = &c->run[*at].next;
	return at;
}

static struct device *find_device(struct coalescer *c, int fd)
{
	uint16_t *at = &c->device_slot[(unsigned)fd % SLOTS];
	struct device *d;

	while (*at != NONE && c->device[*at].fd != fd)
		at = &c->device[*at].next;
	if (*at == NONE) {
		*at = (uint16_t)c->devices++;
		d = &c->device[*at];
		*d = (struct device){ .fd = fd, .next = NONE };
	}
	return &c->device[*at];
}

/* --- runs ---- */

static struct run *begin_run(struct coalescer *c, int fd, uint16_t number)
{
	struct run *run = &c->run[c->runs++];

	*run = (struct run){ .fd = fd, .first = number, .last = number, .parts = 1, .next = NONE };
	return run;
}

static bool same(const struct packet *a, const struct packet *b, size_t from, size_t to)
{
	struct rd x = rd_of(a->data, a->header), y = rd_of(b->data, b->header);
	const uint8_t *p, *q;

	rd_take(&x, from);
	rd_take(&y, from);
	p = rd_take(&x, to - from);
	q = rd_take(&y, to - from);
	return p && q && !memcmp(p, q, to - from);
}

/* Addresses and ports are; as the data offset is compared, so is the length. */
static bool same_headers(const struct packet *a, const struct packet *b)
{
	const size_t ip = a->ip;

	if (ip == IP4_HEADER_OCTETS
		    ? !same(a, b, 0, IP4_AT_LENGTH) || !same(a, b, IP4_AT_FRAGMENT, IP4_AT_CHECKSUM)
		    : !same(a, b, 0, IP6_AT_LENGTH) || !same(a, b, IP6_AT_NEXT_HEADER, IP6_AT_ADDRESSES))
		return false;
	return !a->tcp || (same(a, b, ip + TCP_AT_ACK, ip + TCP_AT_FLAGS) &&
			   same(a, b, ip + TCP_AT_WINDOW, ip + TCP_AT_CHECKSUM) &&
			   same(a, b, ip + TCP_AT_CHECKSUM + 2, a->header));
}

static bool follows_id(const struct run *run, const struct packet *first, const struct packet *p, bool *same_id)
{
	const uint16_t was = word(first, IP4_AT_ID), is = word(p, IP4_AT_ID);
	const bool df = word(p, IP4_AT_FRAGMENT) & IP4_DF;

	*same_id = false;
	if (p->ip == IP6_HEADER_OCTETS)
		return true;
	*same_id = df && was == is && !run->counted;
	return *same_id || (is == (uint16_t)(was + run->parts) && !run->same_id);
}

static bool may_follow(struct coalescer *c, struct run *run, const struct packet *p, bool *same_id)
{
	const struct packet *first = &c->packet[run->first];

	if (!may_merge(p) || payload(p) > run->payload || run->octets + payload(p) > COALESCE_OCTETS_MAX ||
	    !same_headers(first, p) || !follows_id(run, first, p, same_id))
		return false;
	/* all parts before it are full */
	if (p->tcp && sequence(p) != sequence(first) + run->parts * run->payload)
		return false;
	if (!run->right)
		run->right = sums_right(first);
	return run->right && sums_right(p);
}

static void append(struct coalescer *c, struct run *run, uint16_t number, bool same_id)
{
	const struct packet *p = &c->packet[number];

	c->packet[run->last].next = number;
	run->last = number;
	run->parts++;
	run->octets += payload(p);
	run->same_id = same_id;
	run->counted = !same_id;
	run->open =
		payload(p) == run->payload && run->parts < COALESCE_PARTS_MAX && !(p->tcp && tcp_flags(p) & TCP_PSH);
}

bool coalesce_add(struct coalescer *c, const struct coalesce_device *device, const uint8_t *data, size_t octets)
{
	const uint16_t number = (uint16_t)c->packets;
	struct packet *p = &c->packet[number];
	uint16_t *at, was;
	struct run *run;
	bool same_id;

	if (c->packets == ESP_BATCH)
		return false;
	c->packets++;
	*p = (struct packet){ .data = data, .octets = (uint32_t)octets };
	if (!read_headers(p)) {
		begin_run(c, device->fd, number);
		find_device(c, device->fd)->ended = (uint16_t)c->runs;
		return true;
	}
	if (!p->tcp && !device->uso) {
		begin_run(c, device->fd, number);
		return true;
	}
	at = find_flow(c, device->fd, p);
	was = *at;
	run = was == NONE ? NULL : &c->run[was];
	if (run && run->open && was >= find_device(c, device->fd)->ended && may_follow(c, run, p, &same_id)) {
		append(c, run, number, same_id);
		return true;
	}
	if (run)
		run->open = false;
	run = begin_run(c, device->fd, number);
	run->open = may_merge(p) && !(p->tcp && tcp_flags(p) & TCP_PSH);
	if (!run->open)
		return true;
	run->octets = p->octets;
	run->payload = payload(p);
	run->next = was == NONE ? NONE : c->run[was].next;
	*at = (uint16_t)(run - c->run);
	return true;
}

/* --- writing ---- */

static void write_alone(const struct coalescer *c, const struct run *run, uint16_t number,
			const struct coalesce_ops *ops)
{
	const struct packet *p = &c->packet[number];
	struct virtio_net_hdr h = { 0 };
	const struct iovec iov[] = { { &h, sizeof(h) }, { (void *)(uintptr_t)p->data, p->octets } };

	if (!ops->write(ops->ctx, run->fd, iov, 2))
		ops->refused(ops->ctx, number);
}

/* The header of all parts together, its transport checksum as NEEDS_CSUM wants it: the sum of the pseudo-header. */
static void merge_header(struct coalescer *c, const struct run *run)
{
	const struct packet *first = &c->packet[run->first], *last = &c->packet[run->last];
	const bool ip6 = first->ip == IP6_HEADER_OCTETS;
	const size_t address = ip6 ? 16 : 4, transport = run->octets - first->ip;
	struct rd r = rd_of(first->data, first->header);
	struct wr w = wr_of(c->header, sizeof(c->header));
	const uint8_t *src, *dst;
	uint64_t sum;

	wr_bytes(&w, rd_take(&r, first->header), first->header);
	if (ip6) {
		wr_patch_u16(&w, IP6_AT_LENGTH, (uint16_t)transport);
	} else {
		wr_patch_u16(&w, IP4_AT_LENGTH, (uint16_t)run->octets);
		wr_patch_u16(&w, IP4_AT_CHECKSUM, 0);
		sum = checksum_add(0, w.start, IP4_HEADER_OCTETS);
		wr_patch_u16(&w, IP4_AT_CHECKSUM, ntohs(checksum_fold(sum)));
	}
	r = rd_of(first->data, first->header);
	rd_take(&r, first->ip - 2 * address);
	src = rd_take(&r, address);
	dst = rd_take(&r, address);
	sum = checksum_pseudo(ip6 ? 6 : 4, src, dst, first->tcp ? IP_PROTO_TCP : IP_PROTO_UDP, transport);
	if (first->tcp)
		wr_patch_u8(&w, first->ip + TCP_AT_FLAGS, tcp_flags(last));
	else
		wr_patch_u16(&w, first->ip + (size_t)UDP_AT_LENGTH, (uint16_t)transport);
	wr_patch_u16(&w, first->ip + (size_t)(first->tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM),
		     ntohs((uint16_t)~checksum_fold(sum)));
}

static void write_merged(struct coalescer *c, const struct run *run, const struct coalesce_ops *ops)
{
	const struct packet *first = &c->packet[run->first], *p;
	const unsigned of_tcp = first->ip == IP6_HEADER_OCTETS ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	struct virtio_net_hdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				    .gso_type = (uint8_t)(first->tcp ? of_tcp : VIRTIO_NET_HDR_GSO_UDP_L4),
				    .hdr_len = first->header,
				    .gso_size = (uint16_t)run->payload,
				    .csum_start = first->ip,
				    .csum_offset = first->tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM };
	uint16_t number = run->first;
	unsigned parts = 2;
	bool refused;

	merge_header(c, run);
	c->iov[0] = (struct iovec){ &h, sizeof(h) };
	c->iov[1] = (struct iovec){ c->header, first->header };
	for (unsigned i = 0; i < run->parts; i++, number = p->next) {
		struct rd r;

		p = &c->packet[number];
		r = rd_of(p->data, p->octets);
		rd_take(&r, p->header);
		c->iov[parts++] = (struct iovec){ (void *)(uintptr_t)r.p, payload(p) };
	}
	if (ops->write(ops->ctx, run->fd, c->iov, parts))
		return;
	refused = errno != EINVAL;
	number = run->first;
	for (unsigned i = 0; i < run->parts; i++, number = c->packet[number].next)
		if (refused)
			ops->refused(ops->ctx, number);
		else
			write_alone(c, run, number, ops);
}

void coalesce_flush(struct coalescer *c, const struct coalesce_ops *ops)
{
	for (unsigned i = 0; i < c->runs; i++) {
		const struct run *run = &c->run[i];

		if (run->parts > 1)
			write_merged(c, run, ops);
		else
			write_alone(c, run, run->first, ops);
	}
	begin_batch(c);
}
