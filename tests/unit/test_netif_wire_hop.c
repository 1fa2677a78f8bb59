/* ESP past the kernel's IP by a wire's packet socket, between two namespaces. */
#define _GNU_SOURCE /* unshare, setns */
#include "netif/wire.h"
#include "tests/unit/veth.h"
#include "tests/unit/wire_unit.h"

#include <sys/resource.h>

#define ESP  50
#define ROOM 2048

static struct netif_hop hop_to_far(const struct veth *v)
{
	struct netif_hop hop = { .ifindex = v->here_if, .mtu = 1500 };

	memcpy(hop.dst_mac, v->far_mac, 6);
	memcpy(hop.src_mac, v->here_mac, 6);
	return hop;
}

static struct netif_esp_packet packet(uint8_t *data, size_t octets, unsigned family)
{
	for (size_t i = 0; i < octets; i++)
		data[i] = (uint8_t)(i + octets);
	return (struct netif_esp_packet){ .src = addr_of(family == 4 ? HERE4 : HERE6),
					  .dst = addr_of(family == 4 ? FAR4 : FAR6),
					  .data = data,
					  .octets = octets };
}

/* The next frame that arrives is this packet, to the octet; its identification. */
static uint16_t arrives(struct veth *v, int frames, const struct netif_esp_packet *p)
{
	unsigned family = p->dst.family;
	uint16_t type = family == 4 ? ETH_P_IP : ETH_P_IPV6, id;
	uint8_t frame[ROOM], want[ROOM];
	struct wr w = wr_of(want, sizeof(want));
	size_t octets = veth_take(frames, type, ESP, frame, sizeof(frame));

	id = (uint16_t)(frame[14 + 4] << 8 | frame[14 + 5]);
	veth_ether(&w, v->far_mac, v->here_mac, type);
	if (family == 4)
		veth_ip4(&w, HERE4, FAR4, p->tos, p->df ? 0 : id, p->df ? 0x4000 : 0, ESP, 0, p->octets);
	else
		veth_ip6(&w, HERE6, FAR6, p->tos, p->flow, ESP, p->octets);
	wr_bytes(&w, p->data, p->octets);
	CU_ASSERT_EQUAL_FATAL(octets, wr_octets(&w));
	CU_ASSERT_EQUAL(memcmp(frame, want, octets), 0);
	return id;
}

static void test_frames(void)
{
	static const size_t sizes[] = { 8, 9, 36, 1399, 1460 };
	struct veth v = veth_new();
	struct netif_hop hop = hop_to_far(&v);
	struct netif_wire *w[2] = { wire_of(4, 0, 0, 1), wire_of(6, 0, 0, 1) };
	int frames = veth_frames(&v);
	uint8_t data[3][ROOM];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned k = 0; k < 2; k++) {
			struct netif_esp_packet p[3];
			uint16_t id;

			for (unsigned n = 0; n < 3; n++) {
				p[n] = packet(data[n], sizes[i] - n, k ? 6 : 4);
				p[n].tos = (uint8_t)(i * 37 + n);
				p[n].flow = 0xfffff - n;
				p[n].df = n == 2;
			}
			CU_ASSERT_EQUAL(netif_wire_send_hop(w[k], &hop, p, 3), 3);
			id = arrives(&v, frames, &p[0]);
			CU_ASSERT_TRUE(k || arrives(&v, frames, &p[1]) == (uint16_t)(id + 1));
			if (k)
				arrives(&v, frames, &p[1]);
			arrives(&v, frames, &p[2]);
		}
	netif_wire_close(w[0]);
	netif_wire_close(w[1]);
	close(frames);
	veth_free(&v);
}

static void test_refused(void)
{
	struct veth v = veth_new();
	struct netif_hop hop = hop_to_far(&v);
	struct netif_wire *w = wire_of(4, 0, 0, 1), *udp = wire_of(4, 4500, 0, 1);
	int frames = veth_frames(&v);
	uint8_t data[2][ROOM];
	struct netif_esp_packet p[2] = { packet(data[0], 1480, 4), packet(data[1], 1481, 4) };
	struct netif_esp_packet other = packet(data[1], 100, 6);

	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, p, 0), 0);
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, p, 2), 1);
	arrives(&v, frames, &p[0]);
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p[1], 1), -EMSGSIZE);
	hop.mtu = 1499; /* of the route */
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p[0], 1), -EMSGSIZE);
	hop.mtu = 9000; /* more than the interface has */
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p[1], 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &other, 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_wire_send_hop(udp, &hop, &p[0], 1), -EOPNOTSUPP);
	hop = hop_to_far(&v);
	hop.ifindex += 1000;
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p[0], 1), -ENXIO);
	hop = hop_to_far(&v);
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0);
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p[0], 1), -ENETDOWN);
	netif_wire_close(w);
	netif_wire_close(udp);
	close(frames);
	veth_free(&v);
}

/* A wire does without it, and says so. */
static void test_without_socket(void)
{
	struct veth v = veth_new();
	struct netif_hop hop = hop_to_far(&v);
	struct netif_wire *w = wire_of(6, 0, 0, 1), *udp = wire_of(4, 4500, 0, 1);
	uint8_t data[ROOM];
	struct netif_esp_packet p = packet(data, 100, 6);
	struct rlimit all, one;

	CU_ASSERT_TRUE(wire_status(w).hop);
	CU_ASSERT_FALSE(wire_status(udp).hop);
	netif_wire_close(w);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &all), 0);
	one = all;
	one.rlim_cur = (rlim_t)dup(netif_wire_fd(udp)); /* the first that is free */
	close((int)one.rlim_cur++);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &one), 0);
	w = wire_of(6, 0, 0, 1);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &all), 0);
	CU_ASSERT_FALSE(wire_status(w).hop);
	CU_ASSERT_EQUAL(netif_wire_send_hop(w, &hop, &p, 1), -EOPNOTSUPP);
	netif_wire_close(w);
	netif_wire_close(udp);
	veth_free(&v);
}

static void test_largest(void)
{
	struct netif_hop hop = { .mtu = 9000 };

	CU_ASSERT_EQUAL(netif_hop_largest(&hop, 4), 8980);
	CU_ASSERT_EQUAL(netif_hop_largest(&hop, 6), 8960);
	hop.mtu = 30;
	CU_ASSERT_EQUAL(netif_hop_largest(&hop, 6), 0);
}

static const struct unit_test tests[] = {
	{ "frames", test_frames },
	{ "what it does not take", test_refused },
	{ "without its socket", test_without_socket },
	{ "the largest packet", test_largest },
};

NETNS_MAIN("netif wire hop", tests)
