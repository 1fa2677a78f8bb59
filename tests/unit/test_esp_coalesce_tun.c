/*
 * Merged packets are the kernel's: it takes them from one TUN device, forwards them to another, and hands them over there
 * in one piece, or, where the device wants no such, cut into what they were.
 *
 *   coalesce.c -> tun0 | forwarding | tun1 -> segment.c
 */
#define _GNU_SOURCE /* unshare */
#include "esp/coalesce.h"
#include "esp/segment.h"
#include "netif/tun.h"
#include "tests/unit/esp_flow.h"
#include "tests/unit/netns.h"

#include <linux/if_tun.h>
#include <sys/ioctl.h>

struct road {
	struct netif *n;
	struct netif_tun in, out;
	struct coalescer *c;
	unsigned writes, refused;
};

static uint8_t pattern[65536];

static void tun(struct road *r, struct netif_tun *t, const char *name, const char *v4, const char *v6)
{
	CU_ASSERT_EQUAL_FATAL(netif_tun_create(name, 1, t), 0);
	CU_ASSERT_EQUAL_FATAL(netif_link_set_up(r->n, t->ifindex, true), 0);
	give(r->n, t->ifindex, v4);
	give(r->n, t->ifindex, v6);
}

static void road_begin(struct road *r)
{
	*r = (struct road){ .n = netns_fresh(), .c = coalesce_new() };
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->c);
	CU_ASSERT_TRUE_FATAL(netns_write("/proc/sys/net/ipv4/ip_forward", "1"));
	CU_ASSERT_TRUE_FATAL(netns_write("/proc/sys/net/ipv6/conf/all/forwarding", "1"));
	tun(r, &r->in, "tun0", "10.1.255.1/16", "2001:db8::1:ff/112");
	tun(r, &r->out, "tun1", "10.2.255.1/16", "2001:db8::2:ff/112");
}

static void road_end(struct road *r)
{
	coalesce_free(r->c);
	netif_tun_close(&r->in);
	netif_tun_close(&r->out);
	netif_free(r->n);
}

static bool to_kernel(void *ctx, int fd, const struct iovec *iov, unsigned parts)
{
	struct road *r = ctx;

	r->writes++;
	return writev(fd, iov, (int)parts) >= 0;
}

static void note_refused(void *ctx, unsigned packet)
{
	struct road *r = ctx;

	(void)packet;
	r->refused++;
}

/* The packets of a run, as they are sent (0), and as they arrive. */
static size_t numbered(struct flow_packet p, unsigned i, unsigned hops, uint8_t *out)
{
	p.payload += i * p.octets;
	p.sequence += (uint32_t)(i * p.octets);
	p.id = (uint16_t)(p.id + i);
	p.ttl = (uint8_t)(p.ttl - hops);
	return flow_build(&p, out);
}

/* The next read that is no doing of IPv6's own (MLD, with a hop-by-hop header). */
static void next_read(struct road *r, uint8_t *read_to, struct segmenter *s)
{
	struct pollfd pfd = { .fd = r->out.fd[0], .events = POLLIN };

	do {
		ssize_t got;

		CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
		got = read(pfd.fd, read_to, SEGMENT_READ_MAX);
		CU_ASSERT_FATAL(got > 0);
		CU_ASSERT_TRUE_FATAL(segment_begin(s, read_to, (size_t)got));
	} while (s->family == 6 && (s->packet[IP6_AT_NEXT_HEADER] == 0 || s->packet[IP6_AT_NEXT_HEADER] == 58));
}

static void check_road(struct road *r, const struct flow_packet *p, unsigned count, bool cut)
{
	const struct coalesce_device device = { r->in.fd[0], r->in.uso };
	const bool merged = p->protocol == IP_PROTO_TCP || r->in.uso;
	static uint8_t packets[ESP_BATCH][1600], want[FLOW_PACKET_MAX], input[SEGMENT_READ_MAX], got[FLOW_PACKET_MAX];
	unsigned reads = 0, arrived = 0;

	r->writes = r->refused = 0;
	for (unsigned i = 0; i < count; i++) {
		const size_t octets = numbered(*p, i, 0, want);

		CU_ASSERT_TRUE_FATAL(octets <= sizeof(packets[i]));
		memcpy(packets[i], want, octets);
		CU_ASSERT_TRUE(coalesce_add(r->c, &device, packets[i], octets));
	}
	coalesce_flush(r->c, &(struct coalesce_ops){ to_kernel, note_refused, r });
	CU_ASSERT_EQUAL(r->writes, merged ? 1 : count);
	CU_ASSERT_EQUAL(r->refused, 0);
	while (arrived < count) {
		struct segmenter s;

		next_read(r, input, &s);
		reads++;
		for (; segment_left(&s); arrived++) {
			const size_t octets = numbered(*p, arrived, 1, want);

			CU_ASSERT_EQUAL_FATAL(segment_octets(&s), octets);
			segment_next(&s, got);
			CU_ASSERT_EQUAL(memcmp(got, want, octets), 0);
		}
	}
	CU_ASSERT_EQUAL(reads, cut || !merged ? count : 1);
}

static void streams(bool cut)
{
	static const size_t sizes[] = { 1, 64, 1000, 1400 };
	struct road r;

	road_begin(&r);
	if (cut)
		CU_ASSERT_EQUAL_FATAL(ioctl(r.out.fd[0], TUNSETOFFLOAD, 0UL), 0);
	for (unsigned kind = 0; kind < 4; kind++)
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			const unsigned family = kind & 1 ? 6 : 4;
			struct flow_packet p = flow_tcp(family, pattern, sizes[i]);

			if (kind & 2)
				p.protocol = IP_PROTO_UDP;
			p.tcp_options = kind & 2 ? 0 : 12;
			check_road(&r, &p, i == 3 ? 40 : ESP_BATCH < 64 ? ESP_BATCH : 64, cut);
			p.tos = 2; /* ECT(0) */
			p.fragment = IP4_DF;
			check_road(&r, &p, 2, cut);
		}
	road_end(&r);
}

static void in_one_piece(void)
{
	streams(false);
}

static void cut_by_the_kernel(void)
{
	streams(true);
}

static const struct unit_test tests[] = {
	{ "handed over in one piece", in_one_piece },
	{ "cut by the kernel", cut_by_the_kernel },
};

NETNS_MAIN("ESP coalescing, with the kernel", tests)
