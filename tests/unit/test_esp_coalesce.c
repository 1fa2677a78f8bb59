/*
 * Coalescing. What is written is cut again by segment.c, and must be the packets that were added, octet by octet: each rule
 * by itself, and then random streams.
 */
#include "esp/coalesce.h"
#include "esp/segment.h"
#include "tests/unit/esp_flow.h"

#include <errno.h>

#define MOST (2 * ESP_BATCH)

struct item {
	int fd;
	size_t octets;
	uint8_t *data;
	bool same_id, untold, matched;
};

struct lab {
	struct coalescer *c;
	struct item in[ESP_BATCH], out[MOST];
	unsigned added, got, writes, merged, refused;
	bool was_refused[ESP_BATCH];
	int refuse_merged, refuse_alone; /* errno, or 0 */
	uint8_t last[SEGMENT_READ_MAX];  /* what was written last, with its virtio_net_hdr */
	size_t last_octets;
};

static uint8_t pattern[65536];

static void lab_begin(struct lab *l)
{
	memset(l, 0, sizeof(*l));
	l->c = coalesce_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(l->c);
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
}

static void lab_clear(struct lab *l)
{
	for (unsigned i = 0; i < l->added; i++)
		free(l->in[i].data);
	for (unsigned i = 0; i < l->got; i++)
		free(l->out[i].data);
	l->added = l->got = l->writes = l->merged = l->refused = 0;
	memset(l->was_refused, 0, sizeof(l->was_refused));
}

static void lab_end(struct lab *l)
{
	lab_clear(l);
	coalesce_free(l->c);
}

static bool note_write(void *ctx, int fd, const struct iovec *iov, unsigned parts)
{
	struct lab *l = ctx;
	struct wr w = wr_of(l->last, sizeof(l->last));
	struct segmenter s;
	bool merged;

	for (unsigned i = 0; i < parts; i++)
		wr_bytes(&w, iov[i].iov_base, iov[i].iov_len);
	CU_ASSERT_FALSE_FATAL(w.full);
	CU_ASSERT_TRUE_FATAL(iov[0].iov_len == SEGMENT_VNET_OCTETS && parts <= 2 + COALESCE_PARTS_MAX);
	l->last_octets = wr_octets(&w);
	CU_ASSERT_TRUE(l->last_octets - SEGMENT_VNET_OCTETS <= COALESCE_OCTETS_MAX || parts == 2);
	merged = parts > 2;
	errno = merged ? l->refuse_merged : l->refuse_alone;
	if (errno)
		return false;
	l->writes++;
	l->merged += merged;
	CU_ASSERT_TRUE_FATAL(segment_begin(&s, l->last, l->last_octets));
	CU_ASSERT_EQUAL(s.gso, merged);
	while (segment_left(&s)) {
		struct item *o = &l->out[l->got++];

		CU_ASSERT_TRUE_FATAL(l->got <= MOST);
		*o = (struct item){ .fd = fd, .octets = segment_octets(&s), .data = malloc(segment_octets(&s)) };
		segment_next(&s, o->data);
	}
	return true;
}

static void note_refused(void *ctx, unsigned packet)
{
	struct lab *l = ctx;

	CU_ASSERT_TRUE_FATAL(packet < l->added);
	CU_ASSERT_FALSE(l->was_refused[packet]);
	l->was_refused[packet] = true;
	l->refused++;
}

static void add_raw(struct lab *l, struct coalesce_device device, const uint8_t *data, size_t octets)
{
	struct item *i = &l->in[l->added++];

	*i = (struct item){ .fd = device.fd, .octets = octets, .data = malloc(octets) };
	if (!i->data)
		abort();
	memcpy(i->data, data, octets);
	CU_ASSERT_TRUE(coalesce_add(l->c, &device, i->data, octets));
}

static void add(struct lab *l, int fd, const struct flow_packet *p)
{
	uint8_t *packet = malloc(FLOW_PACKET_MAX);

	if (!packet)
		abort();
	add_raw(l, (struct coalesce_device){ fd, true }, packet, flow_build(p, packet));
	free(packet);
}

static void flush(struct lab *l)
{
	coalesce_flush(l->c, &(struct coalesce_ops){ note_write, note_refused, l });
}

static bool equal(const struct item *a, const struct item *b)
{
	return a->fd == b->fd && a->octets == b->octets && !memcmp(a->data, b->data, a->octets);
}

/* --- one rule at a time ---- */

enum {
	NOTHING,
	SHORTER,
	SECOND_PUSH,
	SAME_ID_DF,
	MERGES = SAME_ID_DF, /* from here on not */
	TOS,
	ECN,
	TTL,
	HOST,
	SPORT,
	DPORT,
	PROTOCOL,
	LABEL,
	DF,
	ID_GAP,
	ID_SAME,
	FRAGMENT_FIRST,
	FRAGMENT_LAST,
	OPTIONS_BOTH,
	IP_SUM,
	IP_SUM_ONES,
	SUM_FIRST,
	SUM_SECOND,
	LONGER,
	EMPTY_FIRST,
	EMPTY_SECOND,
	TCP_GAP,
	TCP_AGAIN,
	TCP_OTHER_ACK,
	TCP_OTHER_WINDOW,
	TCP_OTHER_OPTIONS,
	TCP_MORE_OPTIONS,
	TCP_RESERVED,
	TCP_URGENT_POINTER,
	TCP_SUM_ONES,
	FIRST_PUSH,
	NO_ACK,
	FIRST_FLAG,  /* FIN, SYN, RST, URG, ECE, CWR */
	SECOND_FLAG, /* likewise */
	UDP_NO_SUM,
	UDP_ZERO_SUM,
	UDP_SHORT_LENGTH,
	CHANGES
};

static const uint8_t flags_alone[] = { 0x01, 0x02, 0x04, 0x20, 0x40, 0x80 };

/* What the change needs to be one: a family (0: any) and a protocol (0: any). */
static bool applies(unsigned c, unsigned family, uint8_t protocol)
{
	const bool only4 = c == SAME_ID_DF || c == DF || c == ID_GAP || c == ID_SAME || c == FRAGMENT_FIRST ||
			   c == FRAGMENT_LAST || c == IP_SUM || c == IP_SUM_ONES;
	const bool tcp = c == SECOND_PUSH || (c >= TCP_GAP && c <= SECOND_FLAG), udp = c >= UDP_NO_SUM;

	return (!only4 || family == 4) && (c != LABEL || family == 6) && (!tcp || protocol == IP_PROTO_TCP) &&
	       (!udp || protocol == IP_PROTO_UDP);
}

/* Fields of both packets, before they are built. */
static void change_fields(unsigned c, uint8_t flag, struct flow_packet *a, struct flow_packet *b)
{
	switch (c) {
	case SHORTER:
		b->octets--;
		break;
	case LONGER:
		a->octets--, b->sequence--;
		break;
	case EMPTY_FIRST:
		b->sequence = a->sequence, a->octets = 0;
		break;
	case EMPTY_SECOND:
		b->octets = 0;
		break;
	case SECOND_PUSH:
		b->flags |= TCP_PSH;
		break;
	case FIRST_PUSH:
		a->flags |= TCP_PSH;
		break;
	case SAME_ID_DF:
		a->fragment = b->fragment = IP4_DF;
		b->id = a->id;
		break;
	case TOS:
		b->tos = 4;
		break;
	case ECN:
		b->tos = 3;
		break;
	case TTL:
		b->ttl--;
		break;
	case HOST:
		b->host++;
		break;
	case SPORT:
		b->sport++;
		break;
	case DPORT:
		b->dport++;
		break;
	case PROTOCOL:
		b->protocol ^= IP_PROTO_TCP ^ IP_PROTO_UDP;
		break;
	case LABEL:
		b->label++;
		break;
	case DF:
		b->fragment = IP4_DF;
		break;
	case ID_GAP:
		b->id++;
		break;
	case ID_SAME:
		b->id = a->id;
		break;
	case FRAGMENT_FIRST:
		a->fragment = b->fragment = IP4_MF;
		break;
	case FRAGMENT_LAST:
		a->fragment = b->fragment = 100;
		break;
	case OPTIONS_BOTH:
		a->ip_options = b->ip_options = 8;
		break;
	case TCP_GAP:
		b->sequence++;
		break;
	case TCP_AGAIN:
		b->sequence = a->sequence;
		break;
	case TCP_OTHER_ACK:
		b->ack++;
		break;
	case TCP_OTHER_WINDOW:
		b->window++;
		break;
	case TCP_MORE_OPTIONS:
		b->tcp_options += 4;
		break;
	case NO_ACK:
		a->flags = b->flags = 0;
		break;
	case FIRST_FLAG:
		a->flags |= flag;
		break;
	case SECOND_FLAG:
		b->flags |= flag;
		break;
	case UDP_NO_SUM:
		a->no_sum = b->no_sum = true;
		break;
	default:
		break;
	}
}

/* Adds to a word that is in a sum, and keeps the sum right. */
static void shift(uint8_t *packet, size_t at, size_t sum_at, unsigned by)
{
	const unsigned was = (unsigned)packet[at] << 8 | packet[at + 1];
	const unsigned sum = (unsigned)packet[sum_at] << 8 | packet[sum_at + 1];
	const uint16_t is = (uint16_t)(was + by),
		       out = (uint16_t)~flow_fold((uint16_t)~sum + (uint32_t)(uint16_t)~was + is);

	packet[at] = (uint8_t)(is >> 8);
	packet[at + 1] = (uint8_t)is;
	packet[sum_at] = (uint8_t)(out >> 8);
	packet[sum_at + 1] = (uint8_t)out;
}

/* Moves a word so that the sum's field is 0. */
static void sum_of_zeros(uint8_t *packet, size_t at, size_t sum_at)
{
	shift(packet, at, sum_at, (unsigned)packet[sum_at] << 8 | packet[sum_at + 1]);
	if (packet[sum_at] | packet[sum_at + 1])
		shift(packet, at, sum_at, (unsigned)packet[sum_at] << 8 | packet[sum_at + 1]);
	CU_ASSERT_EQUAL(packet[sum_at] | packet[sum_at + 1], 0);
}

/* And writes all ones there, which is right as well. */
static void sum_of_ones(uint8_t *packet, size_t at, size_t sum_at)
{
	sum_of_zeros(packet, at, sum_at);
	packet[sum_at] = packet[sum_at + 1] = 0xff;
}

static void change_octets(unsigned c, size_t ip, bool tcp, uint8_t *a, uint8_t *b)
{
	const size_t sum = ip + (size_t)(tcp ? TCP_AT_CHECKSUM : UDP_AT_CHECKSUM);

	switch (c) {
	case IP_SUM:
		b[IP4_AT_CHECKSUM] ^= 1;
		break;
	case IP_SUM_ONES:
		sum_of_ones(a, IP4_AT_ID, IP4_AT_CHECKSUM);
		memcpy(b + IP4_AT_ID, a + IP4_AT_ID, 2);
		memcpy(b + IP4_AT_CHECKSUM, a + IP4_AT_CHECKSUM, 2);
		shift(b, IP4_AT_ID, IP4_AT_CHECKSUM, 1);
		break;
	case SUM_FIRST:
		a[ip + 60] ^= 1;
		break;
	case SUM_SECOND:
		b[ip + 60] ^= 1;
		break;
	case TCP_OTHER_OPTIONS:
		shift(b, ip + TCP_HEADER_OCTETS + 2, sum, 1);
		break;
	case TCP_RESERVED:
		shift(b, ip + TCP_AT_OFFSET, sum, 0x100);
		break;
	case TCP_URGENT_POINTER:
		shift(b, ip + 18, sum, 1);
		break;
	case TCP_SUM_ONES:
		sum_of_ones(b, ip + 80, sum);
		break;
	case UDP_ZERO_SUM:
		sum_of_zeros(b, ip + 80, sum);
		break;
	case UDP_SHORT_LENGTH:
		/* it is in the pseudo-header too */
		shift(a, ip + UDP_AT_LENGTH, sum, 0xffff);
		shift(b, ip + UDP_AT_LENGTH, sum, 0xffff);
		break;
	default:
		break;
	}
}

static void check_pair(struct lab *l, unsigned c, uint8_t flag, unsigned family, uint8_t protocol)
{
	const bool tcp = protocol == IP_PROTO_TCP;
	const size_t ip = family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS;
	struct flow_packet a = flow_tcp(family, pattern, 600), b;
	static uint8_t pa[FLOW_PACKET_MAX], pb[FLOW_PACKET_MAX];
	const struct coalesce_device device = { 3, true };
	size_t na, nb;

	a.protocol = protocol;
	a.tcp_options = 12;
	b = a;
	b.id++;
	b.sequence += 600;
	b.payload += 600;
	change_fields(c, flag, &a, &b);
	na = flow_build(&a, pa);
	nb = flow_build(&b, pb);
	change_octets(c, ip, tcp, pa, pb);
	add_raw(l, device, pa, na);
	add_raw(l, device, pb, nb);
	flush(l);
	if (l->merged != (c <= MERGES))
		printf("\nchange %u, flag %02x, IPv%u, protocol %u\n", c, flag, family, protocol);
	CU_ASSERT_EQUAL(l->merged, c <= MERGES);
	CU_ASSERT_EQUAL(l->writes, c <= MERGES ? 1 : 2);
	CU_ASSERT_EQUAL_FATAL(l->got, 2);
	CU_ASSERT_TRUE(equal(&l->in[0], &l->out[0]));
	CU_ASSERT_TRUE(equal(&l->in[1], &l->out[1]) || c == SAME_ID_DF);
	lab_clear(l);
}

static void rules(void)
{
	static struct lab l;

	lab_begin(&l);
	for (unsigned kind = 0; kind < 4; kind++) {
		const unsigned family = kind & 1 ? 6 : 4;
		const uint8_t protocol = kind & 2 ? IP_PROTO_UDP : IP_PROTO_TCP;

		for (unsigned c = NOTHING; c < CHANGES; c++) {
			const unsigned flags = c == FIRST_FLAG || c == SECOND_FLAG ? sizeof(flags_alone) : 1;

			for (unsigned f = 0; applies(c, family, protocol) && f < flags; f++)
				check_pair(&l, c, flags_alone[f], family, protocol);
		}
	}
	lab_end(&l);
}

/* What is written is what the kernel itself would hand over, had it made the packet. */
static void merged_header(void)
{
	static uint8_t want[FLOW_PACKET_MAX];
	static struct lab l;

	lab_begin(&l);
	for (unsigned kind = 0; kind < 4; kind++) {
		const unsigned family = kind & 1 ? 6 : 4;
		const bool tcp = !(kind & 2);
		struct flow_packet p = flow_tcp(family, pattern, 1000), whole;
		struct virtio_net_hdr h;
		size_t octets;

		p.protocol = tcp ? IP_PROTO_TCP : IP_PROTO_UDP;
		p.tcp_options = tcp ? 12 : 0;
		p.tos = 2;
		whole = p;
		whole.octets = 2300;
		whole.partial = true;
		whole.flags |= TCP_PSH;
		add(&l, 3, &p);
		p.payload += 1000, p.sequence += 1000, p.id++;
		add(&l, 3, &p);
		p.payload += 1000, p.sequence += 1000, p.id++, p.octets = 300, p.flags |= TCP_PSH;
		add(&l, 3, &p);
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, 1);
		octets = flow_build(&whole, want);
		CU_ASSERT_EQUAL_FATAL(l.last_octets, sizeof(h) + octets);
		CU_ASSERT_EQUAL(memcmp(l.last + sizeof(h), want, octets), 0);
		memcpy(&h, l.last, sizeof(h));
		CU_ASSERT_EQUAL(h.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		CU_ASSERT_EQUAL(h.gso_type, tcp ? family == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4
						: VIRTIO_NET_HDR_GSO_UDP_L4);
		CU_ASSERT_EQUAL(h.hdr_len, octets - 2300);
		CU_ASSERT_EQUAL(h.gso_size, 1000);
		CU_ASSERT_EQUAL(h.csum_start, family == 6 ? 40 : 20);
		CU_ASSERT_EQUAL(h.csum_offset, tcp ? 16 : 6);
		lab_clear(&l);
	}
	lab_end(&l);
}

static void add_many(struct lab *l, struct flow_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		add(l, 3, p);
		p->sequence += (uint32_t)p->octets;
		p->id++;
	}
}

/* A batch in one write; 64 KiB in one; and what is more begins another. */
static void limits(void)
{
	static struct lab l;
	struct flow_packet p;

	lab_begin(&l);
	for (unsigned family = 4; family <= 6; family += 2) {
		const size_t header = (family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS) + TCP_HEADER_OCTETS;

		p = flow_tcp(family, pattern, 1);
		add_many(&l, &p, ESP_BATCH);
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, (ESP_BATCH - 1) / COALESCE_PARTS_MAX + 1);
		lab_clear(&l);

		p = flow_tcp(family, pattern, (COALESCE_OCTETS_MAX - header) / 10);
		add_many(&l, &p, 20);
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, 2);
		CU_ASSERT_EQUAL(l.got, 20);
		lab_clear(&l);

		p.octets++;
		add_many(&l, &p, 20);
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, 3);
		lab_clear(&l);

		/* the largest there are, which nothing fits behind */
		p.octets = (family == 6 ? 65535 + IP6_HEADER_OCTETS : 65535) - header;
		add_many(&l, &p, 2);
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, 2);
		CU_ASSERT_TRUE(equal(&l.in[1], &l.out[1]));
		lab_clear(&l);
	}
	lab_end(&l);
}

/* A shorter one and PSH are the last; identifications that began to count go on counting, and those that do not, do not. */
static void ends(void)
{
	static struct lab l;
	struct flow_packet p;

	lab_begin(&l);
	p = flow_tcp(4, pattern, 100);
	add_many(&l, &p, 2);
	p.octets = 99;
	add_many(&l, &p, 2);
	p.flags |= TCP_PSH;
	add_many(&l, &p, 1); /* 99 too: the second 99 began */
	p.flags = TCP_ACK;
	add_many(&l, &p, 2);
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 3);
	CU_ASSERT_EQUAL(l.got, 7);
	lab_clear(&l);

	p = flow_tcp(4, pattern, 100);
	p.fragment = IP4_DF;
	add_many(&l, &p, 2);
	p.id = (uint16_t)(p.id - 2);
	add_many(&l, &p, 1); /* as the first */
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 2);
	lab_clear(&l);
	p.id = 7;
	add_many(&l, &p, 1);
	p.id = 7;
	add_many(&l, &p, 1);
	p.id = 9; /* as if it had counted */
	add_many(&l, &p, 1);
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 2);
	lab_end(&l);
}

/* UDP is merged only where the device takes it. */
static void without_uso(void)
{
	const struct coalesce_device device = { 3, false };
	static uint8_t packet[FLOW_PACKET_MAX];
	static struct lab l;

	lab_begin(&l);
	for (unsigned i = 0; i < 6; i++) {
		struct flow_packet p = i & 1 ? flow_tcp(4, pattern, 100) : flow_udp(4, pattern, 100);

		p.sequence += i / 2 * 100;
		p.id = (uint16_t)(p.id + i / 2);
		add_raw(&l, device, packet, flow_build(&p, packet));
	}
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 4);
	CU_ASSERT_EQUAL(l.got, 6);
	lab_end(&l);
}

/* The order of writes, by the octets of what is cut from them: each packet here has a length of its own. */
static void check_order(struct lab *l, unsigned writes, const size_t *octets, unsigned count)
{
	flush(l);
	CU_ASSERT_EQUAL(l->writes, writes);
	CU_ASSERT_EQUAL_FATAL(l->got, count);
	for (unsigned i = 0; i < count; i++)
		CU_ASSERT_EQUAL(l->out[i].octets, octets[i]);
	lab_clear(l);
}

static void order(void)
{
	static struct lab l;
	struct flow_packet a = flow_tcp(4, pattern, 300), b = flow_tcp(6, pattern, 200),
			   ping = flow_tcp(4, pattern, 50);

	/* two flows, one after the other; a FIN ends its own flow only */
	lab_begin(&l);
	add_many(&l, &a, 1);
	add_many(&l, &b, 2);
	a.flags |= TCP_FIN, a.octets = 299;
	add_many(&l, &a, 1);
	a.flags = TCP_ACK, a.octets = 298;
	add_many(&l, &b, 1);
	add_many(&l, &a, 2);
	check_order(&l, 4, (const size_t[]){ 340, 260, 260, 260, 339, 338, 338 }, 7);

	/* ICMP ends everything on its device, and nothing on another */
	ping.protocol = IP_PROTO_ICMP;
	a.octets = 300;
	add_many(&l, &a, 1);
	add(&l, 4, &b);
	add_many(&l, &ping, 1);
	add_many(&l, &a, 1);
	b.sequence += 200;
	add(&l, 4, &b);
	check_order(&l, 4, (const size_t[]){ 340, 260, 260, 70, 340 }, 5);

	/* and then a run may begin again */
	add_many(&l, &ping, 1);
	add_many(&l, &a, 2);
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 2);
	lab_clear(&l);

	/* the same flow on two devices is two */
	add(&l, 3, &a);
	a.sequence += 300, a.id++;
	add(&l, 4, &a);
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, 2);
	lab_end(&l);
}

/* As many flows and devices as a batch has packets. */
static void many(void)
{
	static struct lab l;
	struct flow_packet p = flow_tcp(4, pattern, 100);

	lab_begin(&l);
	for (unsigned devices = 0; devices < 2; devices++) {
		const unsigned flows = ESP_BATCH / 2;

		for (unsigned i = 0; i < 2 * flows; i++) {
			p.host = devices ? 1 : i % flows;
			p.sequence = i / flows * 100;
			p.id = (uint16_t)(i / flows);
			add(&l, devices ? (int)(i % flows) * 256 : 3, &p);
		}
		p.host = 300;
		CU_ASSERT_FALSE(coalesce_add(l.c, &(struct coalesce_device){ 3, true }, pattern, 100));
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, flows);
		CU_ASSERT_EQUAL(l.merged, flows);
		for (unsigned i = 0; i < 2 * flows; i++)
			CU_ASSERT_TRUE(equal(&l.in[i / 2 + (i & 1 ? flows : 0)], &l.out[i]));
		lab_clear(&l);
	}
	for (unsigned i = 0; i < ESP_BATCH; i++) {
		p.host = i;
		add(&l, (int)i, &p);
	}
	flush(&l);
	CU_ASSERT_EQUAL(l.writes, ESP_BATCH);
	lab_end(&l);
}

/* Flows that share a slot of the table are still told apart, and found when one of them began again. */
static void collisions(void)
{
	static uint8_t four[FLOW_PACKET_MAX], six[FLOW_PACKET_MAX];
	const struct coalesce_device device = { 3, true };
	const unsigned flows = ESP_BATCH / 3;
	static struct lab l;
	struct flow_packet p;
	unsigned alone = 0;

	lab_begin(&l);
	for (unsigned base = 0; base < 64; base++) {
		p = flow_tcp(6, pattern, 100);
		for (unsigned i = 0; i < 3 * flows; i++) {
			p.host = base * flows + i % flows;
			p.sequence = i < flows && i % 2 ? 5000 : i / flows * 100;
			add(&l, 3, &p);
		}
		flush(&l);
		CU_ASSERT_EQUAL(l.writes, flows + flows / 2);
		CU_ASSERT_EQUAL(l.merged, flows);
		lab_clear(&l);
	}
	/* the same ports of TCP and UDP, and an IPv4 flow whose addresses and ports begin those of an IPv6 one */
	for (unsigned i = 0; i < 2000; i++) {
		const size_t n4 = flow_build(
			&(struct flow_packet){ .family = 4, .protocol = 17, .octets = 1, .payload = pattern }, four);
		size_t n6;

		p = flow_udp(6, pattern, 1);
		p.host = i;
		n6 = flow_build(&p, six);
		memcpy(six + IP6_AT_ADDRESSES, four + IP4_AT_ADDRESSES, 12);
		add_raw(&l, device, four, n4);
		add_raw(&l, device, six, n6);
		p = flow_tcp(4, pattern, 100);
		p.sport = (uint16_t)i;
		add(&l, 3, &p);
		p.protocol = IP_PROTO_UDP;
		p.id++;
		add(&l, 3, &p);
		p.protocol = IP_PROTO_TCP;
		p.sequence += 100;
		add(&l, 3, &p);
		flush(&l);
		alone += l.writes == 4 && l.merged == 1;
		lab_clear(&l);
	}
	CU_ASSERT_EQUAL(alone, 2000);
	lab_end(&l);
}

/* Headers that end before they should are of no flow. */
static void malformed(void)
{
	static uint8_t packet[FLOW_PACKET_MAX];
	const struct coalesce_device device = { 3, true };
	static struct lab l;

	lab_begin(&l);
	for (unsigned family = 4; family <= 6; family += 2)
		for (unsigned offset = 0; offset < 16; offset++)
			for (unsigned size = 0; size < 24; size++) {
				const size_t ip = family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS;
				const bool tcp = size < 16;
				const size_t octets = tcp ? TCP_HEADER_OCTETS + size : size - 16;
				struct flow_packet a = flow_tcp(family, pattern, 100), bad = a;

				if (tcp ? offset >= 5 && offset * 4 <= octets : octets >= UDP_HEADER_OCTETS)
					continue;
				bad.protocol = 99;
				bad.octets = octets;
				flow_build(&bad, packet);
				packet[family == 6 ? IP6_AT_NEXT_HEADER : IP4_AT_PROTOCOL] =
					tcp ? IP_PROTO_TCP : IP_PROTO_UDP;
				if (tcp)
					packet[ip + TCP_AT_OFFSET] = (uint8_t)(offset << 4);
				add(&l, 3, &a);
				add_raw(&l, device, packet, ip + octets);
				a.sequence += 100, a.id++;
				add(&l, 3, &a);
				add_raw(&l, device, packet, ip + octets);
				flush(&l);
				CU_ASSERT_EQUAL(l.writes, 4);
				CU_ASSERT_EQUAL(l.got, 4);
				CU_ASSERT_TRUE(equal(&l.in[1], &l.out[1]) && equal(&l.in[3], &l.out[3]));
				lab_clear(&l);
			}
	lab_end(&l);
}

/* EINVAL: packet by packet, with the headers they had; anything else: refused, each by its number. */
static void refusals(void)
{
	static const unsigned refused[] = { 0, 3, 1, 4 };
	static struct lab l;
	struct flow_packet a = flow_tcp(4, pattern, 300), ping = flow_tcp(4, pattern, 50);

	lab_begin(&l);
	ping.protocol = IP_PROTO_ICMP;
	for (unsigned round = 0; round < 4; round++) {
		l.refuse_merged = round == 0 || round == 3 ? EINVAL : round == 1 ? EIO : 0;
		l.refuse_alone = round >= 2 ? EAGAIN : 0;
		add_many(&l, &ping, 1);
		add_many(&l, &a, 3);
		flush(&l);
		CU_ASSERT_EQUAL(l.refused, refused[round]);
		CU_ASSERT_EQUAL(l.was_refused[0], round >= 2);
		CU_ASSERT_EQUAL(l.was_refused[2], round & 1);
		CU_ASSERT_EQUAL(l.merged, round == 2);
		CU_ASSERT_EQUAL(l.got, 4 - l.refused);
		for (unsigned i = 0; round == 0 && i < l.got; i++)
			CU_ASSERT_TRUE(equal(&l.in[i], &l.out[i]));
		lab_clear(&l);
	}
	lab_end(&l);
}

/* --- random streams ---- */

#define FLOWS 9

static unsigned draw(uint64_t *state, unsigned below)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)((*state >> 33) % below);
}

struct stream {
	int fd;
	struct flow_packet next;
	bool same_id;
};

static void make_stream(struct stream *s, uint64_t *rng)
{
	static const size_t sizes[] = { 1, 2, 33, 100, 1000, 1400, 9000 };
	const unsigned family = draw(rng, 2) ? 6 : 4, kind = draw(rng, 7);

	s->fd = (int)draw(rng, 2) + 3;
	s->next = flow_tcp(family, pattern + draw(rng, 256), sizes[draw(rng, 7)]);
	s->next.protocol = kind < 4 ? IP_PROTO_TCP : kind < 6 ? IP_PROTO_UDP : IP_PROTO_ICMP;
	s->next.host = draw(rng, 2);
	s->next.sport = (uint16_t)draw(rng, 2);
	s->next.sequence = UINT32_MAX - draw(rng, 3000);
	s->next.id = (uint16_t)(65535 - draw(rng, 9));
	s->next.tcp_options = draw(rng, 3) * 4;
	s->next.ip_options = draw(rng, 9) ? 0 : 8;
	s->next.fragment = draw(rng, 2) ? IP4_DF : 0;
	s->next.no_sum = !draw(rng, 8) && family == 4;
	s->same_id = family == 4 && s->next.fragment && draw(rng, 2);
}

/* Something that ends a run, or makes a packet that may stand in none, once in a while. */
static void disturb(struct stream *s, struct flow_packet *p, uint64_t *rng)
{
	switch (draw(rng, 60)) {
	case 0:
		p->tos ^= (uint8_t)draw(rng, 4);
		break;
	case 1:
		p->flags ^= (uint8_t)(1u << draw(rng, 8));
		break;
	case 2:
		p->sequence += draw(rng, 3000) - 1500;
		break;
	case 3:
		p->fragment = draw(rng, 2) ? IP4_MF : (uint16_t)(1 + draw(rng, 100));
		break;
	case 4:
		p->octets = draw(rng, (unsigned)p->octets + 1);
		break;
	case 5:
		p->octets += draw(rng, 3);
		break;
	case 6:
		s->next.ack++, p->ack++;
		break;
	case 7:
		s->next.window++;
		break;
	case 8:
		p->ip_options = 8;
		break;
	case 9:
		p->ttl--;
		break;
	case 10:
		s->next.id = p->id = (uint16_t)draw(rng, 65536);
		break;
	case 11:
		p->flags |= TCP_PSH;
		break;
	case 12:
		s->next.sequence -= (uint32_t)p->octets; /* sent again */
		break;
	default:
		break;
	}
}

static void add_next(struct lab *l, struct stream *s, uint64_t *rng)
{
	static uint8_t packet[FLOW_PACKET_MAX];
	struct flow_packet p = s->next;
	size_t octets;

	disturb(s, &p, rng);
	octets = flow_build(&p, packet);
	if (!draw(rng, 60))
		packet[draw(rng, 4) ? octets - 1 : IP4_AT_CHECKSUM] ^= 1;
	add_raw(l, (struct coalesce_device){ s->fd, true }, packet, octets);
	l->in[l->added - 1].same_id = s->same_id;
	l->in[l->added - 1].untold =
		p.ip_options || p.protocol == IP_PROTO_ICMP || (p.family == 4 && p.fragment & (IP4_MF | IP4_OFFSET));
	s->next.sequence += (uint32_t)p.octets;
	if (!s->same_id)
		s->next.id++;
}

/* Of a packet whose flow can be told: its addresses, protocol and ports, to compare. */
static bool one_flow(const struct item *a, const struct item *b)
{
	const bool ip6 = a->data[0] >> 4 == 6;

	if (a->fd != b->fd || a->data[0] != b->data[0])
		return false;
	return ip6 ? a->data[6] == b->data[6] && !memcmp(a->data + 8, b->data + 8, 36)
		   : a->data[9] == b->data[9] && !memcmp(a->data + 12, b->data + 12, 12);
}

/* But for the identification (RFC 6864), where the stream had the same in all. */
static bool equal_but_id(const struct item *in, const struct item *out)
{
	struct item copy = *in;
	bool same;

	if (equal(in, out))
		return true;
	if (!in->same_id || in->octets != out->octets)
		return false;
	copy.data = malloc(in->octets);
	if (!copy.data)
		abort();
	memcpy(copy.data, in->data, in->octets);
	shift(copy.data, IP4_AT_ID, IP4_AT_CHECKSUM,
	      ((unsigned)out->data[4] << 8 | out->data[5]) - ((unsigned)in->data[4] << 8 | in->data[5]));
	same = equal(&copy, out);
	free(copy.data);
	return same;
}

/* Every packet once, those of a flow in order, and what cannot be told to a flow after and before all of its device. */
static bool same_stream(struct lab *l)
{
	unsigned first_left, k;

	if (l->got != l->added)
		return false;
	for (unsigned i = 0; i < l->got; i++) {
		const struct item *o = &l->out[i];
		bool bar = false;

		for (first_left = 0; l->in[first_left].matched || l->in[first_left].fd != o->fd; first_left++)
			if (first_left + 1 == l->added)
				return false;
		for (k = first_left; k < l->added; k++) {
			struct item *n = &l->in[k];

			if (n->matched || n->fd != o->fd)
				continue;
			if (bar)
				return false; /* something passed one that cannot be told */
			if (n->untold ? equal(n, o) && k == first_left : one_flow(n, o))
				break;
			bar = n->untold;
		}
		if (k == l->added || !equal_but_id(&l->in[k], o))
			return false;
		l->in[k].matched = true;
	}
	return true;
}

static void random_streams(void)
{
	static struct lab l;
	uint64_t rng = 2026;
	unsigned merged = 0, packets = 0;

	lab_begin(&l);
	for (unsigned round = 0; round < 1500; round++) {
		const unsigned flows = 1 + draw(&rng, FLOWS), count = 1 + draw(&rng, ESP_BATCH),
			       burst = 1 + draw(&rng, 12);
		struct stream s[FLOWS], *now = s;

		for (unsigned f = 0; f < flows; f++)
			make_stream(&s[f], &rng);
		for (unsigned i = 0; i < count; i++) {
			if (!draw(&rng, burst))
				now = &s[draw(&rng, flows)];
			add_next(&l, now, &rng);
		}
		l.refuse_merged = draw(&rng, 10) ? 0 : EINVAL;
		flush(&l);
		CU_ASSERT_TRUE(same_stream(&l));
		merged += l.added - l.writes;
		packets += l.added;
		lab_clear(&l);
	}
	/* the test is of merging */
	CU_ASSERT_TRUE(merged > packets / 4);
	lab_end(&l);
}

static const struct unit_test tests[] = {
	{ "what may follow what", rules },    { "the header of a merged packet", merged_header },
	{ "how much is merged", limits },     { "what ends a run", ends },
	{ "UDP without USO", without_uso },   { "order", order },
	{ "many flows, many devices", many }, { "collisions", collisions },
	{ "malformed", malformed },           { "refused", refusals },
	{ "random streams", random_streams },
};

UNIT_MAIN("ESP coalescing", tests)
