/*
 * AF_XDP between two namespaces. A user namespace may not load programs: there, opening is refused, and that is what each test
 * sees of it.
 */
#define _GNU_SOURCE /* unshare, setns */
#include "base/clock.h"
#include "netif/xdp.h"
#include "tests/unit/veth.h"
#include "tests/unit/wire_unit.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define ESP     50
#define ROOM    2048
#define ESP_SPI 0x11223344

static bool in_user_namespace(void)
{
	struct stat s;

	return !stat("/proc/self/ns/user", &s) && s.st_ino != 0xeffffffd;
}

/* Opens it, or sees it refused as it must be in a user namespace. */
static struct netif_xdp *open_at(int ifindex)
{
	struct netif_xdp *x = NULL;
	char why[NETIF_XDP_WHY];
	int rc = netif_xdp_open(ifindex, &x, why);

	if (in_user_namespace()) {
		CU_ASSERT_EQUAL(rc, -EPERM);
		CU_ASSERT_STRING_EQUAL(why, "a user namespace may not load XDP programs");
		CU_ASSERT_PTR_NULL(x);
	} else {
		if (rc)
			printf("\n  AF_XDP: %s\n", why);
		CU_ASSERT_EQUAL_FATAL(rc, 0);
		CU_ASSERT_STRING_EQUAL(why, "");
		CU_ASSERT_EQUAL(netif_xdp_ifindex(x), ifindex);
		CU_ASSERT_TRUE(netif_xdp_alive(x));
	}
	return x;
}

/* What opening it again says. */
static int refused(int ifindex, const char *words)
{
	struct netif_xdp *x = NULL;
	char why[NETIF_XDP_WHY] = "nothing";
	int rc = netif_xdp_open(ifindex, &x, why);

	CU_ASSERT_PTR_NULL(x);
	CU_ASSERT_STRING_EQUAL(why, words);
	netif_xdp_close(x);
	return rc;
}

static struct netif_hop hop_to_far(const struct veth *v)
{
	struct netif_hop hop = { .mtu = 1500 };

	memcpy(hop.dst_mac, v->far_mac, 6);
	memcpy(hop.src_mac, v->here_mac, 6);
	return hop;
}

static void peer(struct netif_xdp *x, const char *local, const char *remote)
{
	struct ip_addr l = addr_of(local), r = addr_of(remote);

	CU_ASSERT_EQUAL(netif_xdp_peer_add(x, &l, &r), 0);
}

/* An ESP packet with this sequence number, to send. */
static struct netif_esp_packet packet(uint8_t *data, size_t octets, uint32_t sequence, const char *src, const char *dst)
{
	struct wr w = wr_of(data, octets);

	wr_u32(&w, ESP_SPI);
	wr_u32(&w, sequence);
	for (uint8_t fill = (uint8_t)sequence; !w.full && wr_octets(&w) < octets;)
		wr_u8(&w, fill++);
	return (struct netif_esp_packet){ .src = addr_of(src), .dst = addr_of(dst), .data = data, .octets = octets };
}

static uint32_t sequence_of(const struct netif_esp_packet *p)
{
	struct rd r = rd_of(p->data, p->octets);

	CU_ASSERT_EQUAL(rd_u32(&r), ESP_SPI);
	return rd_u32(&r);
}

/* --- sending ---- */

/* The frame as it must look, and what a raw socket of the other side gets. */
static void send_one(struct veth *v, struct netif_xdp *x, int frames, struct netif_wire *raw,
		     const struct netif_esp_packet *p, uint16_t id)
{
	struct netif_hop hop = hop_to_far(v);
	uint8_t frame[ROOM], want[ROOM];
	unsigned family = p->dst.family;
	struct wr w = wr_of(want, sizeof(want));
	struct netif_esp_packet got;
	struct pollfd pfd = { netif_wire_fd(raw), POLLIN, 0 };
	char src[IP_TEXT_SIZE], dst[IP_TEXT_SIZE];
	size_t octets;

	ip_text(&p->src, src);
	ip_text(&p->dst, dst);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, p, 1), 1);
	octets = veth_take(frames, family == 4 ? ETH_P_IP : ETH_P_IPV6, ESP, frame, sizeof(frame));
	veth_ether(&w, v->far_mac, v->here_mac, family == 4 ? ETH_P_IP : ETH_P_IPV6);
	if (family == 4)
		veth_ip4(&w, src, dst, p->tos, id, p->df ? 0x4000 : 0, ESP, 0, p->octets);
	else
		veth_ip6(&w, src, dst, p->tos, p->flow, ESP, p->octets);
	wr_bytes(&w, p->data, p->octets);
	CU_ASSERT_EQUAL_FATAL(octets, wr_octets(&w));
	CU_ASSERT_EQUAL(memcmp(frame, want, octets), 0);
	CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
	CU_ASSERT_EQUAL_FATAL(netif_wire_recv(raw, &got, 1), 1);
	CU_ASSERT_EQUAL_FATAL(got.octets, p->octets);
	CU_ASSERT_EQUAL(memcmp(got.data, p->data, got.octets), 0);
	CU_ASSERT_TRUE(ip_equal(&got.src, &p->src) && ip_equal(&got.dst, &p->dst) && got.tos == p->tos);
}

/* The identification that a packet without DF leaves with. */
static uint16_t ident_of_next(struct veth *v, struct netif_xdp *x, int frames, struct netif_wire *raw)
{
	uint8_t data[64], frame[ROOM];
	struct netif_esp_packet p = packet(data, 64, 1, HERE4, FAR4), got = { 0 };
	struct netif_hop hop = hop_to_far(v);
	struct pollfd pfd = { netif_wire_fd(raw), POLLIN, 0 };

	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p, 1), 1);
	veth_take(frames, ETH_P_IP, ESP, frame, sizeof(frame));
	CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
	netif_wire_recv(raw, &got, 1);
	return (uint16_t)(frame[14 + 4] << 8 | frame[14 + 5]);
}

static void test_send(void)
{
	static const size_t sizes[] = { 8, 9, 36, 100, 1399, 1400, 1460 };
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	uint8_t data[ROOM];
	int frames;
	struct netif_wire *raw4, *raw6;
	uint16_t id;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	veth_enter(v.far_ns);
	raw4 = wire_of(4, 0, 0, 1);
	raw6 = wire_of(6, 0, 0, 1);
	veth_enter(v.here_ns);
	id = ident_of_next(&v, x, frames, raw4);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct netif_esp_packet p = packet(data, sizes[i], (uint32_t)i, HERE4, FAR4);

		p.tos = (uint8_t)(i * 37);
		send_one(&v, x, frames, raw4, &p, ++id);
		p.df = true;
		send_one(&v, x, frames, raw4, &p, 0);
		p = packet(data, sizes[i], (uint32_t)i, HERE6, FAR6);
		p.tos = (uint8_t)(255 - i);
		p.flow = 0xfffff - (uint32_t)i;
		send_one(&v, x, frames, raw6, &p, 0);
	}
	netif_wire_close(raw4);
	netif_wire_close(raw6);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

static uint64_t busy_until_ns;

ssize_t __real_sendto(int fd, const void *buf, size_t octets, int flags, __CONST_SOCKADDR_ARG to, socklen_t size);
ssize_t __wrap_sendto(int fd, const void *buf, size_t octets, int flags, __CONST_SOCKADDR_ARG to, socklen_t size);

/* An interface whose queue is full for a moment. */
ssize_t __wrap_sendto(int fd, const void *buf, size_t octets, int flags, __CONST_SOCKADDR_ARG to, socklen_t size)
{
	if (!buf && busy_until_ns && clock_ns() < busy_until_ns) {
		errno = EAGAIN;
		return -1;
	}
	return __real_sendto(fd, buf, octets, flags, to, size);
}

/* Nothing stays behind in the ring, to wait for the next packet. */
static void test_send_busy(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_hop hop = hop_to_far(&v);
	uint8_t data[ROOM], frame[ROOM];
	struct netif_esp_packet p = packet(data, 100, 1, HERE4, FAR4);
	int frames;

	if (x) {
		frames = veth_frames(&v);
		busy_until_ns = clock_ns() + 2000000;
		CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p, 1), 1);
		busy_until_ns = 0;
		CU_ASSERT_EQUAL(veth_take(frames, ETH_P_IP, ESP, frame, sizeof(frame)), 14 + 20 + 100);
		close(frames);
	}
	netif_xdp_close(x);
	veth_free(&v);
}

/* Full for longer than a batch waits: it goes when it can, and only then counts as sent, though nothing is sent after it. */
static void test_send_left(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_hop hop = hop_to_far(&v);
	struct netif_xdp_status status;
	uint8_t data[ROOM], frame[ROOM];
	struct netif_esp_packet p = packet(data, 100, 1, HERE4, FAR4);
	int frames;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	CU_ASSERT_FALSE(netif_xdp_left(x) || netif_xdp_push(x));
	busy_until_ns = UINT64_MAX;
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p, 1), 1);
	CU_ASSERT_TRUE(netif_xdp_left(x));
	CU_ASSERT_TRUE(netif_xdp_push(x));
	netif_xdp_status(x, &status);
	CU_ASSERT_EQUAL(status.sent, 0);
	busy_until_ns = 0;
	CU_ASSERT_FALSE(netif_xdp_push(x));
	CU_ASSERT_FALSE(netif_xdp_left(x));
	CU_ASSERT_EQUAL(veth_take(frames, ETH_P_IP, ESP, frame, sizeof(frame)), 14 + 20 + 100);
	netif_xdp_status(x, &status);
	CU_ASSERT_EQUAL(status.sent, 1);
	/* What an interface that is down has is left to the next batch. */
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0);
	CU_ASSERT_TRUE(netif_xdp_send(x, &hop, &p, 1) <= 1);
	CU_ASSERT_FALSE(netif_xdp_left(x) || netif_xdp_push(x));
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

static void test_send_too_large(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_hop hop = hop_to_far(&v);
	uint8_t data[3][ROOM], frame[ROOM];
	struct netif_esp_packet p[3];
	int frames;

	CU_ASSERT_EQUAL(netif_xdp_largest(&hop, 4), 1480);
	CU_ASSERT_EQUAL(netif_xdp_largest(&hop, 6), 1460);
	hop.mtu = 65535;
	CU_ASSERT_EQUAL(netif_xdp_largest(&hop, 4), 2048 - 14 - 20);
	hop.mtu = 30;
	CU_ASSERT_EQUAL(netif_xdp_largest(&hop, 6), 0);
	hop.mtu = 1500;
	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	p[0] = packet(data[0], 1480, 1, HERE4, FAR4);
	p[1] = packet(data[1], 1481, 2, HERE4, FAR4);
	p[2] = packet(data[2], 1461, 3, HERE6, FAR6);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, p, 3), 1);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p[1], 2), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p[2], 1), -EMSGSIZE);
	p[2].octets = 1460;
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p[2], 1), 1);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, p, 0), 0);
	CU_ASSERT_EQUAL(veth_take(frames, ETH_P_IP, ESP, frame, sizeof(frame)), 1514);
	CU_ASSERT_EQUAL(veth_take(frames, ETH_P_IPV6, ESP, frame, sizeof(frame)), 1514);
	for (ssize_t got; (got = recv(frames, frame, sizeof(frame), MSG_DONTWAIT)) > 0;)
		CU_ASSERT_TRUE(got < 1514); /* errors of the other side's kernel, which knows no ESP */
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

/* --- receiving ---- */

static int take_one(struct netif_xdp *x, struct netif_esp_packet *p)
{
	struct pollfd pfd = { netif_xdp_fd(x), POLLIN, 0 };
	struct netif_esp_packet batch[NETIF_WIRE_BATCH];
	int n;

	CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
	n = netif_xdp_recv(x, batch, NETIF_WIRE_BATCH);
	if (n > 0)
		*p = batch[0];
	return n;
}

static struct wr esp4(struct veth *v, uint8_t frame[ROOM], uint16_t fragment, unsigned options, size_t octets,
		      uint32_t sequence)
{
	struct wr w = wr_of(frame, ROOM);
	uint8_t data[ROOM];

	(void)packet(data, octets, sequence, FAR4, HERE4);
	veth_ether(&w, v->here_mac, v->far_mac, ETH_P_IP);
	veth_ip4(&w, FAR4, HERE4, 0xb8, 7, fragment, ESP, options, octets);
	wr_bytes(&w, data, octets);
	return w;
}

static void test_receive(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_esp_packet p = { 0 };
	struct netif_xdp_status status;
	uint8_t frame[ROOM], data[ROOM];
	struct ip_addr here4 = addr_of(HERE4), far4 = addr_of(FAR4), here6 = addr_of(HERE6), far6 = addr_of(FAR6);
	struct wr w;
	int frames;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	peer(x, HERE4, FAR4);
	peer(x, HERE4, FAR4); /* twice is once */
	peer(x, HERE6, FAR6);

	w = esp4(&v, frame, 0x4000, 0, 1480, 1);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_TRUE(ip_equal(&p.src, &far4) && ip_equal(&p.dst, &here4));
	CU_ASSERT_TRUE(p.octets == 1480 && p.tos == 0xb8 && p.port == 0 && !p.df && p.ifindex == 0);
	CU_ASSERT_EQUAL(memcmp(p.data, frame + 14 + 20, 1480), 0);
	memset(p.data, 0x55, p.octets); /* it is the caller's to change */

	/* Ethernet pads what is short. */
	w = esp4(&v, frame, 0, 0, 8, 2);
	wr_zero(&w, 60 - wr_octets(&w));
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_TRUE(p.octets == 8 && sequence_of(&p) == 2);

	/* A header that was damaged on the way is not taken for a good one, and what follows it is. */
	w = esp4(&v, frame, 0, 0, 100, 3);
	frame[14 + 10] ^= 1;
	veth_send(frames, &w);
	w = esp4(&v, frame, 0, 0, 100, 4);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_EQUAL(sequence_of(&p), 4);

	w = wr_of(frame, sizeof(frame));
	(void)packet(data, 333, 5, FAR6, HERE6);
	veth_ether(&w, v.here_mac, v.far_mac, ETH_P_IPV6);
	veth_ip6(&w, FAR6, HERE6, 0xab, 0x12345, ESP, 333);
	wr_bytes(&w, data, 333);
	wr_zero(&w, 6);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_TRUE(ip_equal(&p.src, &far6) && ip_equal(&p.dst, &here6));
	CU_ASSERT_TRUE(p.octets == 333 && p.tos == 0xab && p.ifindex == v.here_if);
	CU_ASSERT_EQUAL(memcmp(p.data, data, 333), 0);

	CU_ASSERT_EQUAL(netif_xdp_recv(x, &p, 1), 0);
	netif_xdp_status(x, &status);
	CU_ASSERT_TRUE(status.received == 4 && status.sent == 0 && status.dropped == 0);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

/* --- what is for the kernel ---- */

/* What the raw socket has: sequence numbers, in order. */
static unsigned raw_sequences(struct netif_wire *raw, uint32_t *out, unsigned room)
{
	unsigned n = 0;

	for (;;) {
		struct netif_esp_packet p;

		if (netif_wire_recv(raw, &p, 1) != 1 || n == room)
			return n;
		out[n++] = p.octets >= 8 ? sequence_of(&p) : 0;
	}
}

static void test_pass4(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_esp_packet p = { 0 };
	uint8_t frame[ROOM], data[ROOM];
	uint32_t seen[16] = { 0 };
	struct wr w;
	int frames;
	struct netif_wire *raw;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	raw = wire_of(4, 0, 0, 1);
	peer(x, HERE4, FAR4);
	w = esp4(&v, frame, 0, 4, 100, 1); /* options */
	veth_send(frames, &w);
	w = esp4(&v, frame, 0x2000, 0, 104, 2); /* a packet in two fragments */
	veth_send(frames, &w);
	w = esp4(&v, frame, 104 / 8, 0, 16, 2);
	veth_send(frames, &w);
	w = esp4(&v, frame, 0, 0, 4, 3); /* shorter than ESP's own header */
	veth_send(frames, &w);
	w = wr_of(frame, sizeof(frame)); /* another peer */
	(void)packet(data, 100, 4, "10.1.0.3", HERE4);
	veth_ether(&w, v.here_mac, v.far_mac, ETH_P_IP);
	veth_ip4(&w, "10.1.0.3", HERE4, 0, 0, 0, ESP, 0, 100);
	wr_bytes(&w, data, 100);
	veth_send(frames, &w);
	w = esp4(&v, frame, 0, 0, 100, 5); /* the length says more than is there: the kernel drops it */
	w.p -= 10;
	veth_send(frames, &w);
	w = wr_of(frame, sizeof(frame)); /* VLAN 5 */
	veth_ether(&w, v.here_mac, v.far_mac, 0x8100);
	wr_u16(&w, 5);
	wr_u16(&w, ETH_P_IP);
	veth_ip4(&w, FAR4, HERE4, 0, 0, 0, ESP, 0, 100);
	wr_bytes(&w, data, 100);
	veth_send(frames, &w);
	w = esp4(&v, frame, 0, 0, 100, 99); /* one of ours, so that all before it have come */
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_EQUAL(sequence_of(&p), 99);
	CU_ASSERT_EQUAL(raw_sequences(raw, seen, 16), 4);
	CU_ASSERT_TRUE(seen[0] == 1 && seen[1] == 2 && seen[2] == 0 && seen[3] == 4);

	/* A pair that was taken away is another peer's. */
	netif_xdp_peer_del(x, &p.dst, &p.src);
	netif_xdp_peer_del(x, &p.dst, &p.src);
	w = esp4(&v, frame, 0, 0, 100, 6);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(poll(&(struct pollfd){ netif_wire_fd(raw), POLLIN, 0 }, 1, 5000), 1);
	CU_ASSERT_EQUAL(raw_sequences(raw, seen, 16), 1);
	CU_ASSERT_EQUAL(seen[0], 6);
	CU_ASSERT_EQUAL(netif_xdp_recv(x, &p, 1), 0);
	netif_wire_close(raw);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

/* ESP behind a destination options header, from another peer, and from an address whose first octets are an IPv4 peer's. */
static void test_pass6(void)
{
	static const struct {
		const char *src;
		bool options;
	} each[] = { { FAR6, true }, { "2001:db8::3", false }, { "a01:2::", false }, { FAR6, false } };
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_esp_packet p = { 0 };
	uint8_t frame[ROOM], data[ROOM];
	uint32_t seen[16] = { 0 };
	int frames;
	struct netif_wire *raw;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	raw = wire_of(6, 0, 0, 1);
	peer(x, HERE6, FAR6);
	peer(x, HERE4, "10.1.0.2");
	for (uint32_t i = 0; i < 4; i++) {
		struct wr w = wr_of(frame, sizeof(frame));

		(void)packet(data, 100, i + 1, FAR6, HERE6);
		veth_ether(&w, v.here_mac, v.far_mac, ETH_P_IPV6);
		veth_ip6(&w, each[i].src, HERE6, 0, 0, each[i].options ? 60 : ESP, each[i].options ? 108 : 100);
		if (each[i].options)
			wr_bytes(&w, (const uint8_t[]){ ESP, 0, 1, 4, 0, 0, 0, 0 }, 8);
		wr_bytes(&w, data, 100);
		veth_send(frames, &w);
	}
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_EQUAL(sequence_of(&p), 4);
	CU_ASSERT_EQUAL(raw_sequences(raw, seen, 16), 3);
	CU_ASSERT_TRUE(seen[0] == 1 && seen[1] == 2 && seen[2] == 3);
	netif_wire_close(raw);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

/* Packets of queues that have no socket, here all but the first of four. */
static void test_pass_queues(void)
{
	struct veth v = veth_new_queues(4);
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_esp_packet p[NETIF_WIRE_BATCH];
	uint8_t frame[ROOM];
	char peers[64][16];
	uint32_t seen[64];
	int frames, taken;
	struct netif_wire *raw;
	unsigned passed;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	raw = wire_of(4, 0, 0, 1);
	/* The other side's kernel spreads over the queues by the addresses. */
	for (unsigned i = 0; i < 64; i++) {
		struct wr w = wr_of(frame, sizeof(frame));

		snprintf(peers[i], sizeof(peers[i]), "10.1.0.%u", 100 + i);
		peer(x, HERE4, peers[i]);
		veth_ether(&w, v.here_mac, v.far_mac, ETH_P_IP);
		veth_ip4(&w, peers[i], HERE4, 0, 0, 0, ESP, 0, 8);
		wr_u32(&w, ESP_SPI);
		wr_u32(&w, i);
		veth_send(frames, &w);
	}
	CU_ASSERT_EQUAL_FATAL(poll(&(struct pollfd){ netif_xdp_fd(x), POLLIN, 0 }, 1, 5000), 1);
	CU_ASSERT_EQUAL_FATAL(poll(&(struct pollfd){ netif_wire_fd(raw), POLLIN, 0 }, 1, 5000), 1);
	taken = netif_xdp_recv(x, p, NETIF_WIRE_BATCH);
	passed = raw_sequences(raw, seen, 64);
	CU_ASSERT_TRUE(taken > 0 && passed > 0);
	while (taken + (int)passed < 64) {
		struct pollfd pfd[2] = { { netif_xdp_fd(x), POLLIN, 0 }, { netif_wire_fd(raw), POLLIN, 0 } };

		CU_ASSERT_FATAL(poll(pfd, 2, 5000) > 0);
		taken += netif_xdp_recv(x, p, NETIF_WIRE_BATCH);
		passed += raw_sequences(raw, seen, 64);
	}
	CU_ASSERT_EQUAL(taken + (int)passed, 64);
	netif_wire_close(raw);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

static void *answer_ping(void *ctx)
{
	struct netif_ping *p = ctx;
	unsigned rtt;

	return netif_ping(p, -1, &rtt) == '!' ? ctx : NULL;
}

/* ICMP and TCP from the other side: by the kernel, as if nothing were there. */
static void test_pass_others(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_ping ping4 = { .dst = addr_of(HERE4), .size = 1500, .timeout_ms = 5000, .id = 1, .sequence = 1 };
	struct netif_ping ping6 = { .dst = addr_of(HERE6), .size = 1500, .timeout_ms = 5000, .id = 1, .sequence = 1 };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int listener, there, accepted;
	char word[8] = "";

	if (!x) {
		veth_free(&v);
		return;
	}
	peer(x, HERE4, FAR4);
	peer(x, HERE6, FAR6);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = inet_addr(HERE4);
	CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(listener, 1), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	veth_enter(v.far_ns);
	CU_ASSERT_PTR_NOT_NULL(answer_ping(&ping4));
	CU_ASSERT_PTR_NOT_NULL(answer_ping(&ping6));
	there = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(connect(there, (struct sockaddr *)&at, sizeof(at)), 0);
	veth_enter(v.here_ns);
	accepted = accept(listener, NULL, NULL);
	CU_ASSERT_FATAL(accepted >= 0);
	CU_ASSERT_EQUAL(send(there, "word", 4, 0), 4);
	CU_ASSERT_EQUAL(recv(accepted, word, sizeof(word), 0), 4);
	close(accepted);
	close(there);
	close(listener);
	netif_xdp_close(x);
	veth_free(&v);
}

/* --- what is damaged ---- */

/* What the kernel counts of IPv4: a table of /proc/net has a line of names and one of numbers. */
static unsigned long counted4(const char *path, const char *table, const char *name)
{
	FILE *f = fopen(path, "re");
	char names[4096], numbers[4096], *rest_names, *rest_numbers;
	const char *at, *number;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(names, sizeof(names), f) && fgets(numbers, sizeof(numbers), f)) {
		at = strtok_r(names, " \n", &rest_names);
		number = strtok_r(numbers, " \n", &rest_numbers);
		if (!at || strcmp(at, table) != 0)
			continue;
		while (at && number && strcmp(at, name) != 0) {
			at = strtok_r(NULL, " \n", &rest_names);
			number = strtok_r(NULL, " \n", &rest_numbers);
		}
		fclose(f);
		CU_ASSERT_FATAL(at && number);
		return strtoul(number, NULL, 10);
	}
	CU_FAIL_FATAL("no such table");
	return 0;
}

static unsigned long counted6(const char *name)
{
	FILE *f = fopen("/proc/thread-self/net/snmp6", "re");
	char line[128], word[64];
	unsigned long n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) && (sscanf(line, "%63s %lu", word, &n) != 2 || strcmp(word, name) != 0))
		n = 0;
	fclose(f);
	return n;
}

struct counted {
	unsigned long errors4, sums4, cut4, cut6;
};

static struct counted counted(void)
{
	return (struct counted){ counted4("/proc/thread-self/net/snmp", "Ip:", "InHdrErrors"),
				 counted4("/proc/thread-self/net/netstat", "IpExt:", "InCsumErrors"),
				 counted4("/proc/thread-self/net/netstat", "IpExt:", "InTruncatedPkts"),
				 counted6("Ip6InTruncatedPkts") };
}

static struct wr esp6(struct veth *v, uint8_t frame[ROOM], size_t octets, uint32_t sequence)
{
	struct wr w = wr_of(frame, ROOM);
	uint8_t data[ROOM];

	(void)packet(data, octets, sequence, FAR6, HERE6);
	veth_ether(&w, v->here_mac, v->far_mac, ETH_P_IPV6);
	veth_ip6(&w, FAR6, HERE6, 0, 0, ESP, octets);
	wr_bytes(&w, data, octets);
	return w;
}

#define SUM_BITS 16

/* An octet is missing, or many; each bit of the checksum is another; and the length says more, of a header that is right else. */
static void send_damaged(struct veth *v, int frames)
{
	uint8_t frame[ROOM];
	struct wr w;

	for (unsigned bit = 0; bit < SUM_BITS; bit++) {
		w = esp4(v, frame, 0, 0, 100, 1);
		frame[14 + 10 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		veth_send(frames, &w);
	}
	w = esp4(v, frame, 0x4000, 0, 100, 2);
	w.p -= 1;
	veth_send(frames, &w);
	w = esp4(v, frame, 0x4000, 0, 1400, 3);
	w.p -= 1392;
	veth_send(frames, &w);
	w = esp6(v, frame, 100, 4);
	w.p -= 1;
	veth_send(frames, &w);
	w = esp6(v, frame, 1400, 5);
	w.p -= 1392;
	veth_send(frames, &w);
	w = esp6(v, frame, 100, 6);
	frame[14 + 4] = 0xff;
	veth_send(frames, &w);
}

struct damaged {
	struct veth v;
	struct netif_xdp *x;
	int frames;
	struct counted before;
	uint8_t frame[ROOM];
};

/* All that is damaged has come. False: no AF_XDP here. */
static bool damaged_begin(struct damaged *d)
{
	d->v = veth_new();
	d->x = open_at(d->v.here_if);
	if (!d->x) {
		veth_free(&d->v);
		return false;
	}
	d->frames = veth_frames(&d->v);
	peer(d->x, HERE4, FAR4);
	peer(d->x, HERE6, FAR6);
	d->before = counted();
	send_damaged(&d->v, d->frames);
	return true;
}

static void damaged_end(struct damaged *d)
{
	close(d->frames);
	netif_xdp_close(d->x);
	veth_free(&d->v);
}

/* The kernel drops it and counts it, as where no program is; whole ones around it are taken. */
static void test_damaged(void)
{
	struct netif_esp_packet p = { 0 };
	struct netif_xdp_status status;
	struct damaged d;
	struct counted now;
	struct wr w;

	if (!damaged_begin(&d))
		return;
	w = esp4(&d.v, d.frame, 0, 0, 8, 7);
	veth_send(d.frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(d.x, &p), 1);
	CU_ASSERT_EQUAL(sequence_of(&p), 7);
	w = esp6(&d.v, d.frame, 8, 8);
	veth_send(d.frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(d.x, &p), 1);
	CU_ASSERT_EQUAL(sequence_of(&p), 8);
	now = counted();
	CU_ASSERT_EQUAL(now.sums4 - d.before.sums4, SUM_BITS);
	CU_ASSERT_EQUAL(now.errors4 - d.before.errors4, SUM_BITS);
	CU_ASSERT_EQUAL(now.cut4 - d.before.cut4, 2);
	CU_ASSERT_EQUAL(now.cut6 - d.before.cut6, 3);
	netif_xdp_status(d.x, &status);
	CU_ASSERT_TRUE(status.received == 2 && status.dropped == 0);
	damaged_end(&d);
}

static bool old_kernel;

int __real_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *code,
			 size_t count, struct bpf_prog_load_opts *o);
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *code,
			 size_t count, struct bpf_prog_load_opts *o);

/* Before Linux 5.18: no program calls what is not there. */
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *code,
			 size_t count, struct bpf_prog_load_opts *o)
{
	for (size_t i = 0; old_kernel && i < count; i++)
		if (code[i].code == (BPF_JMP | BPF_CALL) && code[i].imm == BPF_FUNC_xdp_get_buff_len)
			return -EINVAL;
	return __real_bpf_prog_load(type, name, license, code, count, o);
}

/* There the program cannot tell what is cut; what it gives and is not handed on is counted here. */
static void test_damaged_old_kernel(void)
{
	struct netif_esp_packet p = { 0 };
	struct netif_xdp_status status;
	struct damaged d;
	struct counted now;
	struct wr w;
	bool here;

	old_kernel = true;
	here = damaged_begin(&d);
	old_kernel = false;
	if (!here)
		return;
	w = esp4(&d.v, d.frame, 0, 0, 8, 7);
	veth_send(d.frames, &w);
	while (take_one(d.x, &p) == 0)
		;
	CU_ASSERT_EQUAL(sequence_of(&p), 7);
	now = counted();
	CU_ASSERT_EQUAL(now.sums4 - d.before.sums4, SUM_BITS);
	CU_ASSERT_TRUE(now.cut4 == d.before.cut4 && now.cut6 == d.before.cut6);
	netif_xdp_status(d.x, &status);
	CU_ASSERT_TRUE(status.received == 1 && status.dropped == 5);
	damaged_end(&d);
}

/* --- peers ---- */

static void test_peers(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct ip_addr local = addr_of(HERE4), remote = addr_of("10.0.0.0"), six = addr_of(FAR6);

	if (!x) {
		veth_free(&v);
		return;
	}
	for (unsigned i = 0; i < NETIF_XDP_PEERS; i++) {
		remote.octets[2] = (uint8_t)(i >> 8);
		remote.octets[3] = (uint8_t)i;
		CU_ASSERT_EQUAL_FATAL(netif_xdp_peer_add(x, &local, &remote), 0);
	}
	CU_ASSERT_EQUAL(netif_xdp_peer_add(x, &local, &remote), 0);
	local.octets[3]++;
	CU_ASSERT_EQUAL(netif_xdp_peer_add(x, &local, &remote), -ENOSPC);
	local.octets[3]--;
	netif_xdp_peer_del(x, &local, &remote);
	local.octets[3]++;
	CU_ASSERT_EQUAL(netif_xdp_peer_add(x, &local, &remote), 0);
	CU_ASSERT_EQUAL(netif_xdp_peer_add(x, &local, &six), -EAFNOSUPPORT);
	netif_xdp_close(x);
	veth_free(&v);
}

/* --- many ---- */

#define MANY 10000

/* From one AF_XDP socket to the other, as many as are under way at a time as a batch holds. */
static void test_many(void)
{
	struct veth v = veth_new();
	struct netif_xdp *here = open_at(v.here_if), *far;
	struct netif_hop hop = hop_to_far(&v);
	static uint8_t data[64][1400];
	struct netif_esp_packet p[64], got[NETIF_WIRE_BATCH];
	struct netif_xdp_status status;
	uint32_t next = 0, wrong = 0;

	if (!here) {
		veth_free(&v);
		return;
	}
	veth_enter(v.far_ns);
	far = open_at(v.far_if);
	veth_enter(v.here_ns);
	peer(far, FAR4, HERE4);
	peer(far, FAR6, HERE6);
	for (uint32_t sent = 0; sent < MANY;) {
		unsigned count = MANY - sent < 64 ? MANY - sent : 64, taken = 0;

		for (unsigned i = 0; i < count; i++)
			p[i] = packet(data[i], 40 + (sent + i) % 1300, sent + i, i & 1 ? HERE4 : HERE6,
				      i & 1 ? FAR4 : FAR6);
		while (taken < count) {
			int n = netif_xdp_send(here, &hop, &p[taken], count - taken);

			CU_ASSERT_FATAL(n > 0);
			taken += (unsigned)n;
		}
		sent += count;
		while (next < sent) {
			struct pollfd pfd = { netif_xdp_fd(far), POLLIN, 0 };
			int n;

			CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
			n = netif_xdp_recv(far, got, NETIF_WIRE_BATCH);
			for (int i = 0; i < n; i++, next++) {
				const uint8_t *fill = got[i].data + 8;

				wrong += sequence_of(&got[i]) != next || got[i].octets != 40 + next % 1300;
				for (size_t k = 0; k < got[i].octets - 8; k++)
					wrong += fill[k] != (uint8_t)(next + k);
			}
		}
	}
	CU_ASSERT_EQUAL(next, MANY);
	CU_ASSERT_EQUAL(wrong, 0);
	netif_xdp_status(here, &status);
	CU_ASSERT_EQUAL(status.sent, MANY);
	netif_xdp_status(far, &status);
	CU_ASSERT_TRUE(status.received == MANY && status.dropped == 0);
	netif_xdp_close(here);
	netif_xdp_close(far);
	veth_free(&v);
}

/* More than there are frames, with nobody who takes them: those for which there was no frame are counted. */
static void test_overrun(void)
{
	struct veth v = veth_new();
	struct netif_xdp *here = open_at(v.here_if), *far;
	struct netif_hop hop = hop_to_far(&v);
	static uint8_t data[64][100];
	struct netif_esp_packet p[64], got[NETIF_WIRE_BATCH];
	struct netif_xdp_status status;
	uint32_t sent = 0, received = 0;
	int n;

	if (!here) {
		veth_free(&v);
		return;
	}
	veth_enter(v.far_ns);
	far = open_at(v.far_if);
	veth_enter(v.here_ns);
	peer(far, FAR4, HERE4);
	for (unsigned i = 0; i < 64; i++)
		p[i] = packet(data[i], 100, i, HERE4, FAR4);
	while (sent < 4096) {
		n = netif_xdp_send(here, &hop, p, 64);
		CU_ASSERT_FATAL(n > 0);
		sent += (unsigned)n;
	}
	/* The kernel may be at the last ones still. */
	do {
		netif_xdp_status(far, &status);
		n = netif_xdp_recv(far, got, NETIF_WIRE_BATCH);
		received += (unsigned)n;
		sched_yield();
	} while (received + status.dropped < sent);
	netif_xdp_status(far, &status);
	CU_ASSERT_TRUE(status.dropped > 0 && received >= 2048 && received + status.dropped == sent);
	netif_xdp_close(here);
	netif_xdp_close(far);
	veth_free(&v);
}

struct sender {
	struct netif_xdp *x;
	struct netif_hop hop;
	uint32_t first;
	_Atomic uint32_t *room; /* how many more may be under way */
	bool failed;
};

#define EACH  16000
#define GROUP 16

static void *send_many(void *ctx)
{
	struct sender *s = ctx;
	uint8_t data[GROUP][60];
	struct netif_esp_packet p[GROUP];
	struct ip_addr here = { 4, { 10, 1, 0, 1 } }, far = { 4, { 10, 1, 0, 2 } };

	for (uint32_t i = 0; i < EACH; i += GROUP) {
		for (uint32_t k = 0; k < GROUP; k++) {
			struct wr w = wr_of(data[k], sizeof(data[k]));

			wr_u32(&w, ESP_SPI);
			wr_u32(&w, s->first + i + k);
			wr_zero(&w, sizeof(data[k]) - wr_octets(&w));
			p[k] = (struct netif_esp_packet){
				.src = here, .dst = far, .data = data[k], .octets = sizeof(data[k])
			};
		}
		while (atomic_load(s->room) < 2 * GROUP)
			sched_yield();
		atomic_fetch_sub(s->room, GROUP);
		for (uint32_t sent = 0; sent < GROUP;) {
			int n = netif_xdp_send(s->x, &s->hop, &p[sent], GROUP - sent);

			if (n < 0) {
				s->failed = true;
				return NULL;
			}
			sent += (uint32_t)n;
		}
	}
	return NULL;
}

/* Two threads send: all arrives, and of each thread in its order. */
static void test_two_senders(void)
{
	struct veth v = veth_new();
	struct netif_xdp *here = open_at(v.here_if), *far;
	_Atomic uint32_t room = 500;
	struct sender s[2];
	pthread_t thread[2];
	struct netif_esp_packet got[NETIF_WIRE_BATCH];
	uint32_t next[2] = { 0, 0 }, wrong = 0;

	if (!here) {
		veth_free(&v);
		return;
	}
	veth_enter(v.far_ns);
	far = open_at(v.far_if);
	veth_enter(v.here_ns);
	peer(far, FAR4, HERE4);
	for (uint32_t i = 0; i < 2; i++) {
		s[i] = (struct sender){ here, hop_to_far(&v), i << 16, &room, false };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, send_many, &s[i]), 0);
	}
	while (next[0] + next[1] < 2 * EACH) {
		struct pollfd pfd = { netif_xdp_fd(far), POLLIN, 0 };
		int n;

		CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
		n = netif_xdp_recv(far, got, NETIF_WIRE_BATCH);
		for (int i = 0; i < n; i++) {
			uint32_t sequence = sequence_of(&got[i]);

			wrong += (sequence & 0xffff) != next[sequence >> 16 & 1]++;
		}
		atomic_fetch_add(&room, (uint32_t)n);
	}
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		CU_ASSERT_FALSE(s[i].failed);
	}
	CU_ASSERT_TRUE(next[0] == EACH && next[1] == EACH && wrong == 0);
	netif_xdp_close(here);
	netif_xdp_close(far);
	veth_free(&v);
}

/* --- its end ---- */

static void detach_by_force(int ifindex)
{
	uint32_t id = 0, program = 0;

	/* An interface's index may be another's in another namespace. */
	CU_ASSERT_EQUAL_FATAL(bpf_xdp_query_id(ifindex, XDP_FLAGS_SKB_MODE, &program), 0);
	while (bpf_link_get_next_id(id, &id) == 0) {
		struct bpf_link_info info = { 0 };
		uint32_t octets = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &octets) && info.type == BPF_LINK_TYPE_XDP &&
		    info.prog_id == program)
			CU_ASSERT_EQUAL(bpf_link_detach(fd), 0);
		close(fd);
	}
}

static void test_second(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);

	if (!x) {
		veth_free(&v);
		return;
	}
	CU_ASSERT_EQUAL(refused(v.here_if, "another XDP program is there"), -EBUSY);
	CU_ASSERT_TRUE(netif_xdp_alive(x));
	netif_xdp_close(x);
	x = open_at(v.here_if);

	/* Somebody takes the program off: it is over, and the kernel has what comes. */
	detach_by_force(v.here_if);
	CU_ASSERT_FALSE(netif_xdp_alive(x));
	CU_ASSERT_EQUAL(refused(v.here_if, "another AF_XDP socket is there"), -EBUSY);
	netif_xdp_close(x);
	netif_xdp_close(open_at(v.here_if));
	netif_xdp_close(NULL);
	veth_free(&v);
}

static void test_gone(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x = open_at(v.here_if);
	struct netif_hop hop = hop_to_far(&v);
	uint8_t data[100], frame[ROOM];
	struct netif_esp_packet p = packet(data, 100, 1, HERE4, FAR4);
	int frames;

	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0);
	CU_ASSERT_FALSE(netif_xdp_alive(x));
	/* One batch waits in the ring for the interface; no more is put there. */
	CU_ASSERT_TRUE(netif_xdp_send(x, &hop, &p, 1) <= 1);
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p, 1), -ENETDOWN);
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, true), 0);
	CU_ASSERT_TRUE(netif_xdp_alive(x));
	CU_ASSERT_EQUAL(netif_xdp_send(x, &hop, &p, 1), 1);
	veth_take(frames, ETH_P_IP, ESP, frame, sizeof(frame));
	CU_ASSERT_EQUAL(netif_links_delete(v.here, &v.here_if, 1), 0);
	CU_ASSERT_FALSE(netif_xdp_alive(x));
	CU_ASSERT_TRUE(netif_xdp_send(x, &hop, &p, 1) <= 1);
	CU_ASSERT_TRUE(netif_xdp_send(x, &hop, &p, 1) < 0);
	CU_ASSERT_EQUAL(netif_xdp_recv(x, &p, 1), 0);
	netif_xdp_close(x);
	CU_ASSERT_EQUAL(refused(v.here_if, "the interface is gone"), -ENODEV);
	close(frames);
	veth_free(&v);
}

/* A process that is killed leaves nothing. */
static void test_killed(void)
{
	struct veth v = veth_new();
	int ready[2];
	char octet = 0;
	pid_t pid;

	if (in_user_namespace()) {
		veth_free(&v);
		return;
	}
	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct netif_xdp *x = NULL;
		char why[NETIF_XDP_WHY];

		octet = netif_xdp_open(v.here_if, &x, why) ? 'n' : 'y';
		if (write(ready[1], &octet, 1) == 1)
			pause();
		_exit(1);
	}
	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_EQUAL(read(ready[0], &octet, 1), 1);
	CU_ASSERT_EQUAL(octet, 'y');
	CU_ASSERT_EQUAL(refused(v.here_if, "another XDP program is there"), -EBUSY);
	kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	netif_xdp_close(open_at(v.here_if));
	close(ready[0]);
	close(ready[1]);
	veth_free(&v);
}

/* --- where it cannot be ---- */

static void test_refused(void)
{
	struct veth v = veth_new();
	int tun_if, tun = tun_up(v.here, "tun0", "", "", &tun_if);

	CU_ASSERT_EQUAL(refused(lo_index(v.here), "interface is no Ethernet"), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(refused(tun_if, "interface is no Ethernet"), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(refused(12345, "the interface is gone"), -ENODEV);
	CU_ASSERT_EQUAL(netif_link_set_mtu(v.here, v.here_if, 9000), 0);
	CU_ASSERT_EQUAL(refused(v.here_if, "MTU 9000 is larger than 1778"), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_link_set_mtu(v.here, v.here_if, 1779), 0);
	CU_ASSERT_EQUAL(refused(v.here_if, "MTU 1779 is larger than 1778"), -EMSGSIZE);
	CU_ASSERT_EQUAL(netif_link_set_mtu(v.here, v.here_if, 1778), 0);
	netif_xdp_close(open_at(v.here_if));
	CU_ASSERT_EQUAL(netif_link_set_up(v.here, v.here_if, false), 0);
	CU_ASSERT_EQUAL(refused(v.here_if, "interface is down"), -ENETDOWN);
	close(tun);
	veth_free(&v);
}

/* Frames of the largest MTU come and go; a larger one, which the other side may send, is for the kernel. */
static void test_largest_mtu(void)
{
	struct veth v = veth_new();
	struct netif_xdp *x;
	struct netif_esp_packet p = { 0 };
	uint8_t frame[ROOM];
	uint32_t seen[4];
	struct wr w;
	int frames;
	struct netif_wire *raw;

	CU_ASSERT_EQUAL(netif_link_set_mtu(v.here, v.here_if, 1778), 0);
	CU_ASSERT_EQUAL(netif_link_set_mtu(v.far, v.far_if, 1900), 0);
	x = open_at(v.here_if);
	if (!x) {
		veth_free(&v);
		return;
	}
	frames = veth_frames(&v);
	raw = wire_of(4, 0, 0, 1);
	peer(x, HERE4, FAR4);
	w = esp4(&v, frame, 0, 0, 1778 - 20, 1);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(take_one(x, &p), 1);
	CU_ASSERT_EQUAL(p.octets, 1778 - 20);
	CU_ASSERT_EQUAL(memcmp(p.data, frame + 34, p.octets), 0);
	w = esp4(&v, frame, 0, 0, 1779 - 20, 2);
	veth_send(frames, &w);
	CU_ASSERT_EQUAL_FATAL(poll(&(struct pollfd){ netif_wire_fd(raw), POLLIN, 0 }, 1, 5000), 1);
	CU_ASSERT_EQUAL(raw_sequences(raw, seen, 4), 1);
	CU_ASSERT_EQUAL(seen[0], 2);
	netif_wire_close(raw);
	close(frames);
	netif_xdp_close(x);
	veth_free(&v);
}

/* Leaves the process with these capabilities alone. */
static bool keep_only(uint64_t mask)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (unsigned i = 0; i < 2; i++)
		set[i].effective = set[i].permitted = (uint32_t)(mask >> 32 * i);
	return syscall(SYS_capset, &head, set) == 0;
}

static bool has(unsigned capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &head, set) == 0 && set[capability / 32].effective & 1u << capability % 32;
}

#define CAP(name) (1ull << (name))
#define ENOUGH    (CAP(CAP_NET_RAW) | CAP(CAP_NET_ADMIN) | CAP(CAP_BPF))

/* What a process with these capabilities and limits gets. */
static void opens_with(int ifindex, uint64_t mask, const struct rlimit *memlock, int want, const char *words)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct netif_xdp *x = NULL;
		char why[NETIF_XDP_WHY];
		int rc = 0;

		if ((memlock && setrlimit(RLIMIT_MEMLOCK, memlock) < 0) || !keep_only(mask))
			_exit(2);
		/* What an earlier test locked counts until the kernel gets to it, which nothing tells. */
		for (unsigned tries = 0; tries < 100; tries++) {
			rc = netif_xdp_open(ifindex, &x, why);
			if (rc == want || rc != -ENOBUFS)
				break;
		}
		if (rc != want || strcmp(why, words) != 0)
			printf("\n  %d (%s) for %d (%s)\n", rc, why, want, words);
		fflush(NULL);
		netif_xdp_close(x);
		_exit(rc != want || strcmp(why, words) != 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_capabilities(void)
{
	static const struct rlimit small = { 65536, 65536 }, may_grow = { 65536, 7 << 20 };
	struct veth v = veth_new();

	if (!in_user_namespace()) {
		opens_with(v.here_if, ENOUGH, NULL, 0, "");
		opens_with(v.here_if, ENOUGH & ~CAP(CAP_BPF), NULL, -EPERM, "CAP_BPF is missing");
		opens_with(v.here_if, ENOUGH & ~CAP(CAP_NET_ADMIN), NULL, -EPERM, "CAP_NET_ADMIN is missing");
		opens_with(v.here_if, ENOUGH & ~CAP(CAP_NET_RAW), NULL, -EPERM, "CAP_NET_RAW is missing");
		opens_with(v.here_if, ENOUGH, &may_grow, 0, "");
		if (has(CAP_SYS_RESOURCE))
			opens_with(v.here_if, ENOUGH | CAP(CAP_SYS_RESOURCE), &small, 0, "");
		opens_with(v.here_if, ENOUGH, &small, -ENOBUFS, "RLIMIT_MEMLOCK is too small: 6 MiB are wanted");
	}
	veth_free(&v);
}

static const struct unit_test tests[] = {
	{ "packets of both families leave as frames", test_send },
	{ "a full queue of the interface is waited for", test_send_busy },
	{ "what a full queue leaves goes when it is pushed", test_send_left },
	{ "a packet larger than the MTU is not taken", test_send_too_large },
	{ "packets of both families come in", test_receive },
	{ "other IPv4 packets are the kernel's", test_pass4 },
	{ "other IPv6 packets are the kernel's", test_pass6 },
	{ "other queues are the kernel's", test_pass_queues },
	{ "ICMP and TCP are the kernel's", test_pass_others },
	{ "what is damaged the kernel counts", test_damaged },
	{ "under an old kernel what is cut is counted here", test_damaged_old_kernel },
	{ "as many peers as promised", test_peers },
	{ "ten thousand packets in order", test_many },
	{ "what finds no frame is counted", test_overrun },
	{ "two threads send", test_two_senders },
	{ "a second program is refused, a detached one is seen", test_second },
	{ "the interface goes", test_gone },
	{ "a killed process leaves nothing", test_killed },
	{ "interfaces that do not fit are refused", test_refused },
	{ "frames of the largest MTU", test_largest_mtu },
	{ "capabilities and limits", test_capabilities },
};

NETNS_MAIN("netif xdp", tests)
