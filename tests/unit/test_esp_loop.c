/* The loop: what is cut and merged on the way, several workers, the ways out, what is measured. */
#include "esp/checksum.h"
#include "esp/segment.h"
#include "tests/unit/esp_lab.h"

#include <pthread.h>

#define TCP_AT      20
#define TCP_OCTETS  20
#define HEAD_OCTETS (TCP_AT + TCP_OCTETS)
#define PAYLOAD     1200

/* IPv4 and TCP, to be cut every PAYLOAD octets, as the kernel hands it over: octets of the whole packet. */
static size_t put_gso(uint8_t *read, size_t payload)
{
	struct virtio_net_hdr head = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				       .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
				       .hdr_len = HEAD_OCTETS,
				       .gso_size = PAYLOAD,
				       .csum_start = TCP_AT,
				       .csum_offset = 16 };
	uint8_t *packet = read + sizeof(head);
	struct wr w = wr_of(packet, HEAD_OCTETS + payload);
	uint16_t sum;

	memcpy(read, &head, sizeof(head));
	wr_u16(&w, 0x4500);
	wr_u16(&w, (uint16_t)(HEAD_OCTETS + payload));
	wr_u32(&w, 0x12340000);
	wr_u16(&w, 64 << 8 | 6);
	wr_u16(&w, 0);
	wr_u32(&w, 0xc0000201);
	wr_u32(&w, 0xc0000202);
	wr_u16(&w, 40000);
	wr_u16(&w, 80);
	wr_u32(&w, 1000000);
	wr_u32(&w, 7);
	wr_u16(&w, 0x5018); /* ACK, PSH */
	wr_u16(&w, 512);
	wr_u32(&w, 0);
	for (size_t i = 0; i < payload; i++)
		wr_u8(&w, (uint8_t)(i * 31 >> 3));
	sum = checksum_fold(checksum_add(0, packet, TCP_AT));
	memcpy(packet + 10, &sum, sizeof(sum));
	/* what is left for the device to finish: the sum of the pseudo-header */
	sum = (uint16_t)~checksum_fold(checksum_pseudo(4, packet + 12, packet + 16, 6, TCP_OCTETS + payload));
	memcpy(packet + TCP_AT + 16, &sum, sizeof(sum));
	return sizeof(head) + HEAD_OCTETS + payload;
}

#define SEGMENTS 17

/* All segments come in one batch. */
static int whole_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	unsigned n = 0;

	(void)count;
	for (; n < SEGMENTS && readable(w->fd); n++) {
		struct netif_wire one = { w->fd, w->memory + (size_t)n * WIRE_OCTETS };

		if (wire_recv(&one, p + n, 1) != 1)
			break;
	}
	return (int)n;
}

static const struct esp_io whole_io = {
	.fd = wire_fd, .full_fd = wire_fd, .recv = whole_recv, .left = wire_left, .send = wire_send
};

/* One read of 20,000 octets is cut to fit the path, and arrives as one again. */
static void a_large_read_crosses(void)
{
	static uint8_t sent[30000], got[70000];
	struct lab l = lab_up(4);
	struct esp_config c = { .workers = 1, .multi = true };
	struct esp_tunnel t = tunnel(4, l.tun_b[0], "192.0.2.2", "192.0.2.1");
	struct esp_counters in, out;
	struct virtio_net_hdr head;
	size_t octets = put_gso(sent, 20000);
	ssize_t n;

	esp_free(l.b);
	c.esp[0][0] = lab_socket(&l.sockets[1][0], l.wire[1]);
	l.b = esp_new_io(&whole_io, &c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l.b);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.b, &t), 0);
	add_sa(l.b, true, 0x1001, "192.0.2.1", "192.0.2.2");
	CU_ASSERT_EQUAL_FATAL(write(l.tun_a[1], sent, octets), (ssize_t)octets);
	CU_ASSERT_TRUE_FATAL(readable(l.tun_b[1]));
	n = read(l.tun_b[1], got, sizeof(got));
	CU_ASSERT_EQUAL(n, (ssize_t)octets);
	memcpy(&head, got, sizeof(head));
	CU_ASSERT_EQUAL(head.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	CU_ASSERT_EQUAL(head.gso_size, PAYLOAD);
	CU_ASSERT_EQUAL(memcmp(got + sizeof(head) + HEAD_OCTETS, sent + sizeof(head) + HEAD_OCTETS, 20000), 0);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.packets, SEGMENTS);
	CU_ASSERT_EQUAL(out.octets, SEGMENTS * HEAD_OCTETS + 20000);
	esp_tunnel_counters(l.b, 1, &in, &out);
	CU_ASSERT_EQUAL(in.packets, SEGMENTS);
	lab_down(&l);
}

static struct {
	struct netif_esp_packet got[SEGMENTS];
	unsigned came, next;
} hoard;

/* One receive brings them all, and hands them over one by one. */
static int hoard_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	if (hoard.next == hoard.came) {
		hoard.next = 0;
		hoard.came = (unsigned)whole_recv(w, hoard.got, count);
	}
	if (hoard.next == hoard.came)
		return 0;
	*p = hoard.got[hoard.next++];
	return 1;
}

static bool hoard_left(const struct netif_wire *w)
{
	(void)w;
	return hoard.next < hoard.came;
}

static const struct esp_io hoard_io = {
	.fd = wire_fd, .full_fd = wire_fd, .recv = hoard_recv, .left = hoard_left, .send = wire_send
};

/* No poll tells of what a socket's memory holds. */
static void what_was_received_is_taken_at_once(void)
{
	static uint8_t sent[30000], got[2048];
	struct lab l = lab_up(4);
	struct esp_config c = { .workers = 1, .multi = true };
	struct esp_tunnel t = tunnel(4, l.tun_b[0], "192.0.2.2", "192.0.2.1");
	size_t octets = put_gso(sent, 20000);

	esp_free(l.b);
	c.esp[0][0] = lab_socket(&l.sockets[1][0], l.wire[1]);
	l.b = esp_new_io(&hoard_io, &c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l.b);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.b, &t), 0);
	add_sa(l.b, true, 0x1001, "192.0.2.1", "192.0.2.2");
	CU_ASSERT_EQUAL_FATAL(write(l.tun_a[1], sent, octets), (ssize_t)octets);
	for (unsigned i = 0; i < SEGMENTS; i++)
		CU_ASSERT_EQUAL(tun_take(l.tun_b[1], got, sizeof(got)),
				HEAD_OCTETS + (i + 1 < SEGMENTS ? PAYLOAD : 20000 % PAYLOAD));
	lab_down(&l);
}

static _Atomic bool waited_for;

static int asked_for_room(const struct netif_wire *w)
{
	atomic_store(&waited_for, true);
	return w->fd;
}

static int full_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	return atomic_load(&waited_for) ? wire_put(w->fd, p, count) : -EAGAIN;
}

static const struct esp_io full_io = {
	.fd = wire_fd, .full_fd = asked_for_room, .recv = wire_recv, .left = wire_left, .send = full_send
};

/* Which need not be the one that is received from. */
static void the_socket_that_is_full_is_waited_for(void)
{
	struct lab l = lab_up(4);
	struct esp_config c = { .workers = 1, .multi = true };
	struct esp_tunnel t = tunnel(4, l.tun_a[0], "192.0.2.1", "192.0.2.2");

	esp_free(l.a);
	c.esp[0][0] = lab_socket(&l.sockets[0][0], l.wire[0]);
	l.a = esp_new_io(&full_io, &c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l.a);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
	add_sa(l.a, false, 0x1001, "192.0.2.1", "192.0.2.2");
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	lab_down(&l);
}

/* Each is counted, one answer tells; the last is shorter, and goes. */
static void a_large_read_that_does_not_fit(void)
{
	static uint8_t sent[30000];
	struct lab l = lab_up(4);
	struct esp_tunnel t = tunnel(4, l.tun_a[0], "192.0.2.1", "192.0.2.2");
	struct esp_counters in, out;
	size_t octets = put_gso(sent, 20000);
	uint8_t *packet = sent + sizeof(struct virtio_net_hdr), got[1024];

	t.mtu = 1000;
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
	packet[6] = 0x40; /* DF */
	CU_ASSERT_EQUAL_FATAL(write(l.tun_a[1], sent, octets), (ssize_t)octets);
	CU_ASSERT_EQUAL(tun_take(l.tun_a[1], got, sizeof(got)), 576);
	CU_ASSERT_EQUAL(tun_take(l.tun_b[1], got, sizeof(got)), HEAD_OCTETS + 20000 % PAYLOAD);
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_TOO_BIG], SEGMENTS - 1);
	CU_ASSERT_EQUAL(out.packets, 2);
	CU_ASSERT_EQUAL(tun_read(l.tun_a[1], got, sizeof(got)), -1);
	lab_down(&l);
}

static void a_read_that_is_no_packet(void)
{
	static const uint8_t bare[SEGMENT_VNET_OCTETS], torn[SEGMENT_VNET_OCTETS + 1] = { 1, 1, 0, 0, 0, 0, 200 };
	struct lab l = lab_up(4);
	struct esp_counters in, out;

	CU_ASSERT_EQUAL(write(l.tun_a[1], bare, sizeof(bare)), (ssize_t)sizeof(bare));
	CU_ASSERT_EQUAL(write(l.tun_a[1], torn, sizeof(torn)), (ssize_t)sizeof(torn));
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_SHORT] + out.drops[ESP_DROP_FAMILY], 2);
	lab_down(&l);
}

/* --- several workers ---- */

#define WORKERS  3
#define EACH     3000
#define PACKET_4 60

struct queue {
	int fd[2];
	pthread_t thread;
};

/* As fast as the worker reads. */
static void *fill(void *arg)
{
	const struct queue *q = arg;
	uint8_t p[PACKET_4];

	esp_unit_inner(4, sizeof(p), 0, false, p);
	for (int i = 0; i < EACH;) {
		struct pollfd room = { .fd = q->fd[1], .events = POLLOUT };

		if (tun_write(q->fd[1], p, sizeof(p)) > 0)
			i++;
		else
			poll(&room, 1, WAIT_MS);
	}
	return NULL;
}

/* A full socket is waited for, so that all arrives on however slow a machine. */
static int patient_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	struct pollfd room = { .fd = w->fd, .events = POLLOUT };

	poll(&room, 1, WAIT_MS);
	return wire_put(w->fd, p, count);
}

static const struct esp_io patient_io = {
	.fd = wire_fd, .full_fd = wire_fd, .recv = wire_recv, .left = wire_left, .send = patient_send
};

/* One SA, three workers: on the wire the numbers are in order, each once. */
static void one_sa_and_several_workers(void)
{
	struct esp_config c = { .workers = WORKERS, .multi = true };
	struct netif_wire *sockets[WORKERS] = { NULL };
	struct queue queues[WORKERS];
	struct esp_counters in, out, sa;
	struct esp_tunnel t = tunnel(4, -1, "192.0.2.1", "192.0.2.2");
	uint32_t next = 1, wrong = 0;
	struct esp *e;
	int wire[2];

	pair(wire);
	for (int k = 0; k < WORKERS; k++) {
		pair(queues[k].fd);
		t.tun_fd[k] = queues[k].fd[0];
		c.esp[0][k] = lab_socket(&sockets[k], wire[0]); /* one wire: what is sent first is first on it */
	}
	e = esp_new_io(&patient_io, &c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(e, &t), 0);
	add_sa(e, false, 0x1001, "192.0.2.1", "192.0.2.2");
	for (int k = 0; k < WORKERS; k++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&queues[k].thread, NULL, fill, &queues[k]), 0);
	for (; next <= WORKERS * EACH; next++) {
		uint8_t got[512];
		size_t n = take(wire[1], got, sizeof(got));
		struct rd r = rd_of(got, n);

		rd_take(&r, sizeof(struct wire) + 4);
		wrong += rd_u32(&r) != next;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	for (int k = 0; k < WORKERS; k++)
		pthread_join(queues[k].thread, NULL);
	esp_tunnel_counters(e, 1, &in, &out);
	CU_ASSERT_EQUAL(out.packets, WORKERS * EACH);
	CU_ASSERT_EQUAL(out.sequence, WORKERS * EACH);
	CU_ASSERT_TRUE(esp_sa_counters(e, 1, false, 0x1001, &sa));
	CU_ASSERT_EQUAL(sa.octets, (uint64_t)WORKERS * EACH * PACKET_4);
	esp_free(e);
	for (int k = 0; k < WORKERS; k++) {
		wire_free(sockets[k]);
		close(queues[k].fd[0]);
		close(queues[k].fd[1]);
	}
	close(wire[0]);
	close(wire[1]);
}

static void workers_are_bounded(void)
{
	struct esp_config c = { .workers = 0 };

	CU_ASSERT_PTR_NULL(esp_new_io(&wire_io, &c));
	c.workers = NETIF_WORKERS_MAX + 1;
	CU_ASSERT_PTR_NULL(esp_new_io(&wire_io, &c));
}

/* --- AF_XDP in the place of the socket ---- */

struct netif_xdp {
	int fd;         /* what is sent by it */
	unsigned takes; /* packets in a call */
	_Atomic unsigned calls;
	uint8_t *memory;
	/* One packet that is in the ring until it has been pushed so often. */
	_Atomic unsigned busy, pushes;
	uint8_t waiting[WIRE_OCTETS];
	struct netif_esp_packet left;
};

static int xdp_fd(const struct netif_xdp *x)
{
	return x->fd;
}

static int xdp_send(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p, unsigned count)
{
	atomic_fetch_add(&x->calls, 1);
	CU_ASSERT_EQUAL(hop->dst_mac[5], 7);
	if (atomic_load(&x->busy)) {
		x->left = *p;
		x->left.data = memcpy(x->waiting, p->data, p->octets);
		return 1;
	}
	return wire_put(x->fd, p, count < x->takes ? count : x->takes);
}

static bool xdp_left(const struct netif_xdp *x)
{
	return atomic_load(&x->busy) != 0;
}

static bool xdp_push(struct netif_xdp *x)
{
	atomic_fetch_add(&x->pushes, 1);
	if (!atomic_load(&x->busy))
		return false;
	if (atomic_fetch_sub(&x->busy, 1) > 1)
		return true;
	wire_put(x->fd, &x->left, 1);
	return false;
}

/* The wire's packet socket: what it answers, and how often it was asked. */
static _Atomic int past_ip_says;
static _Atomic unsigned past_ip_calls;

static int send_hop(struct netif_wire *w, const struct netif_hop *hop, const struct netif_esp_packet *p, unsigned count)
{
	int says = atomic_load(&past_ip_says);

	atomic_fetch_add(&past_ip_calls, 1);
	CU_ASSERT_EQUAL(hop->dst_mac[5], 7);
	return says ? says : wire_send(w, p, count);
}

static unsigned xdp_largest(const struct netif_hop *hop, unsigned family)
{
	return hop->mtu - (family == 6 ? 40 : 20);
}

static int xdp_recv(struct netif_xdp *x, struct netif_esp_packet *p, unsigned count)
{
	struct netif_wire w = { x->fd, x->memory };

	return wire_recv(&w, p, count);
}

static const struct esp_io xdp_io = { .fd = wire_fd,
				      .full_fd = wire_fd,
				      .recv = wire_recv,
				      .left = wire_left,
				      .send = wire_send,
				      .send_hop = send_hop,
				      .hop_largest = xdp_largest,
				      .xdp_fd = xdp_fd,
				      .xdp_recv = xdp_recv,
				      .xdp_send = xdp_send,
				      .xdp_left = xdp_left,
				      .xdp_push = xdp_push,
				      .xdp_largest = xdp_largest };

/* The lab, and a second wire between its planes. */
struct xdp_lab {
	struct lab l;
	int fds[2];
	struct netif_xdp *x;
};

static struct esp_hop hop_to(struct netif_xdp *x, const char *local, const char *remote)
{
	return (struct esp_hop){ .local = address(local),
				 .remote = address(remote),
				 .xdp = x,
				 .hop = { .dst_mac = { 0, 0, 0, 0, 0, 7 }, .mtu = 1000 } };
}

static struct xdp_lab xdp_up(void)
{
	struct xdp_lab x = { .l = lab_up(4) };

	pair(x.fds);
	x.x = calloc(2, sizeof(*x.x));
	CU_ASSERT_PTR_NOT_NULL_FATAL(x.x);
	for (int side = 0; side < 2; side++) {
		x.x[side].fd = x.fds[side];
		x.x[side].takes = WIRE_BATCH;
		x.x[side].memory = malloc((size_t)WIRE_BATCH * WIRE_OCTETS);
		CU_ASSERT_PTR_NOT_NULL_FATAL(x.x[side].memory);
	}
	esp_free(x.l.a);
	esp_free(x.l.b);
	for (int side = 0; side < 2; side++) {
		struct esp_config c = { .workers = 1, .multi = true };
		struct esp_tunnel t = tunnel(4, side ? x.l.tun_b[0] : x.l.tun_a[0], side ? "192.0.2.2" : "192.0.2.1",
					     side ? "192.0.2.1" : "192.0.2.2");
		struct esp *e;

		c.esp[0][0] = lab_socket(&x.l.sockets[side][0], x.l.wire[side]);
		e = esp_new_io(&xdp_io, &c);
		CU_ASSERT_PTR_NOT_NULL_FATAL(e);
		CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(e, &t), 0);
		*(side ? &x.l.b : &x.l.a) = e;
	}
	add_sa(x.l.b, true, 0x1001, "192.0.2.1", "192.0.2.2");
	add_sa(x.l.a, false, 0x1001, "192.0.2.1", "192.0.2.2");
	return x;
}

static void xdp_down(struct xdp_lab *x)
{
	lab_down(&x->l);
	for (int side = 0; side < 2; side++) {
		close(x->fds[side]);
		free(x->x[side].memory);
	}
	free(x->x);
}

static void a_hop_is_taken_and_left(void)
{
	struct xdp_lab x = xdp_up();
	struct esp_hop hops[2] = { hop_to(&x.x[0], "192.0.2.1", "198.51.100.1"),
				   hop_to(&x.x[0], "192.0.2.1", "192.0.2.2") };

	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 0);
	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.b, &x.x[1]), 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, hops, 2));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 1);
	/* larger than it takes */
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 1200);
	CU_ASSERT_EQUAL(x.x[0].calls, 1);
	/* its ring is full */
	x.x[0].takes = 0;
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 2);
	x.x[0].takes = WIRE_BATCH;
	/* a list without it */
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, hops, 1));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 2);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, NULL, 0));
	esp_xdp_remove(x.l.b, &x.x[1]);
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 2);
	xdp_down(&x);
}

/* What the interface has no room for goes when it has, though nothing is sent after it; and then all is quiet. */
static void what_a_hop_leaves_is_pushed(void)
{
	struct xdp_lab x = xdp_up();
	struct esp_hop hop = hop_to(&x.x[0], "192.0.2.1", "192.0.2.2");

	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.a, &x.x[0]), 0);
	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.b, &x.x[1]), 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, &hop, 1));
	atomic_store(&x.x[0].busy, 3);
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(x.x[0].calls, 1);
	CU_ASSERT_EQUAL(x.x[0].pushes, 3);
	for (unsigned i = 2; i < 12; i++) {
		cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
		CU_ASSERT_EQUAL(x.x[0].calls, i);
	}
	CU_ASSERT_EQUAL(x.x[0].pushes, 3);
	CU_ASSERT_EQUAL(x.x[1].pushes, 0);
	esp_xdp_remove(x.l.a, &x.x[0]);
	esp_xdp_remove(x.l.b, &x.x[1]);
	xdp_down(&x);
}

/* Without AF_XDP the wire sends to the hop; what it does not take so goes by the kernel's IP, and is no drop. */
static void a_hop_without_xdp(void)
{
	struct xdp_lab x = xdp_up();
	struct esp_hop hop = hop_to(NULL, "192.0.2.1", "192.0.2.2");
	struct esp_counters in, out;

	atomic_store(&past_ip_calls, 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, &hop, 1));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(past_ip_calls, 1);
	/* larger than the hop takes */
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 1200);
	CU_ASSERT_EQUAL(past_ip_calls, 1);
	atomic_store(&past_ip_says, -ENETDOWN);
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(past_ip_calls, 2);
	atomic_store(&past_ip_says, 0);
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(past_ip_calls, 3);
	CU_ASSERT_TRUE(esp_tunnel_counters(x.l.a, 1, &in, &out));
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_SEND], 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, NULL, 0));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	CU_ASSERT_EQUAL(past_ip_calls, 3);
	xdp_down(&x);
}

/* What comes by AF_XDP after it was removed stays there. */
static _Atomic bool out_of_memory;

void *__real_reallocarray(void *p, size_t count, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);

/* The tables have their room from here. */
void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
	return atomic_load(&out_of_memory) ? NULL : __real_reallocarray(p, count, size);
}

#define SAS 40 /* more than the tables grow once for */

/* Whatever was added before: the table that is not published has room for it, too. */
static void a_removal_needs_no_memory(void)
{
	struct lab l = lab_up(4);

	for (uint32_t i = 0; i < SAS; i++) {
		add_sa(l.a, false, 0x3000, "192.0.2.1", "192.0.2.2");
		add_sa(l.a, true, 0x4000 + i, "192.0.2.2", "192.0.2.1");
		atomic_store(&out_of_memory, true);
		esp_sa_remove(l.a, 1, false, 0x3000);
		atomic_store(&out_of_memory, false);
		cross(l.tun_a[1], l.tun_b[1], 4, 100);
	}
	lab_down(&l);
}

static void a_removal_after_hops_needs_no_memory(void)
{
	struct xdp_lab x = xdp_up();
	struct esp_hop hop = hop_to(&x.x[0], "192.0.2.1", "192.0.2.2");
	struct esp_counters in, out;
	uint8_t p[100];

	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.b, &x.x[1]), 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, &hop, 1));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	atomic_store(&out_of_memory, true);
	esp_sa_remove(x.l.a, 1, false, 0x1001);
	atomic_store(&out_of_memory, false);
	esp_unit_inner(4, sizeof(p), 0, false, p);
	give(x.l.tun_a[1], p, sizeof(p));
	for (int ms = 0; ms < WAIT_MS && esp_tunnel_counters(x.l.a, 1, &in, &out) && !out.drops[ESP_DROP_NO_SA]; ms++)
		poll(NULL, 0, 1);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_NO_SA], 1);
	CU_ASSERT_EQUAL(out.packets, 1);
	esp_xdp_remove(x.l.b, &x.x[1]);
	xdp_down(&x);
}

static void a_removed_xdp_is_left_alone(void)
{
	struct xdp_lab x = xdp_up();
	struct esp_hop hop = hop_to(&x.x[0], "192.0.2.1", "192.0.2.2");
	uint8_t p[100], got[512];

	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.b, &x.x[1]), 0);
	CU_ASSERT_TRUE_FATAL(esp_hops_set(x.l.a, &hop, 1));
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	esp_xdp_remove(x.l.b, &x.x[1]);
	esp_unit_inner(4, sizeof(p), 0, false, p);
	give(x.l.tun_a[1], p, sizeof(p));
	CU_ASSERT_TRUE(take(x.fds[1], got, sizeof(got)) > sizeof(p));
	CU_ASSERT_EQUAL_FATAL(esp_xdp_add(x.l.b, &x.x[1]), 0);
	cross(x.l.tun_a[1], x.l.tun_b[1], 4, 100);
	esp_xdp_remove(x.l.b, &x.x[1]);
	xdp_down(&x);
}

/* --- what is measured ---- */

static void stages_count_while_they_are_on(void)
{
	struct lab l = lab_up(4);
	struct esp_stage_count a[ESP_STAGE_COUNT], b[ESP_STAGE_COUNT];

	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_stage_counts(l.a, a);
	CU_ASSERT_EQUAL(a[ESP_STAGE_READ].packets, 0);
	CU_ASSERT_FALSE(esp_measuring(l.a));
	esp_measure(l.a, true);
	esp_measure(l.b, true);
	CU_ASSERT_TRUE(esp_measuring(l.a));
	for (int i = 0; i < 10; i++)
		cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_measure(l.a, false);
	esp_measure(l.b, false);
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_stage_counts(l.a, a);
	esp_stage_counts(l.b, b);
	for (enum esp_stage s = ESP_STAGE_READ; s <= ESP_STAGE_SEND; s++) {
		CU_ASSERT_EQUAL(a[s].packets, 10);
		CU_ASSERT_NOT_EQUAL(a[s].cycles, 0);
	}
	for (enum esp_stage s = ESP_STAGE_RECEIVE; s <= ESP_STAGE_COALESCE; s++)
		CU_ASSERT_EQUAL(b[s].packets, 10);
	CU_ASSERT_EQUAL(b[ESP_STAGE_READ].packets, 0);
	CU_ASSERT_STRING_EQUAL(esp_stage_name(ESP_STAGE_ENCRYPT), "encrypt");
	/* on again: from zero */
	esp_measure(l.a, true);
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_stage_counts(l.a, a);
	CU_ASSERT_EQUAL(a[ESP_STAGE_READ].packets, 1);
	lab_down(&l);
}

/* All that is counted is packets, as they are on the wire, however many one read brings and one write takes. */
static void a_large_read_is_as_many_packets(void)
{
	static uint8_t sent[30000], got[70000];
	struct lab l = lab_up(4);
	struct esp_stage_count a[ESP_STAGE_COUNT], b[ESP_STAGE_COUNT];
	size_t octets = put_gso(sent, 20000), came = 0;

	esp_measure(l.a, true);
	esp_measure(l.b, true);
	CU_ASSERT_EQUAL_FATAL(write(l.tun_a[1], sent, octets), (ssize_t)octets);
	while (came < 20000 && readable(l.tun_b[1]))
		came += (size_t)read(l.tun_b[1], got, sizeof(got)) - sizeof(struct virtio_net_hdr) - HEAD_OCTETS;
	CU_ASSERT_EQUAL(came, 20000);
	esp_measure(l.a, false);
	esp_measure(l.b, false);
	cross(l.tun_a[1], l.tun_b[1], 4, 100); /* what ran has ended */
	esp_stage_counts(l.a, a);
	esp_stage_counts(l.b, b);
	for (enum esp_stage s = ESP_STAGE_READ; s <= ESP_STAGE_SEND; s++)
		CU_ASSERT_EQUAL(a[s].packets, SEGMENTS);
	CU_ASSERT_EQUAL(a[ESP_STAGE_READ].turns, 1);
	for (enum esp_stage s = ESP_STAGE_RECEIVE; s <= ESP_STAGE_WRITE; s++)
		CU_ASSERT_EQUAL(b[s].packets, SEGMENTS);
	lab_down(&l);
}

static const struct unit_test tests[] = {
	{ "a large read is cut, and arrives as one", a_large_read_crosses },
	{ "a large read that does not fit", a_large_read_that_does_not_fit },
	{ "what was received is taken at once", what_was_received_is_taken_at_once },
	{ "the socket that is full is waited for", the_socket_that_is_full_is_waited_for },
	{ "a read that is no packet", a_read_that_is_no_packet },
	{ "one SA and several workers: in order", one_sa_and_several_workers },
	{ "workers are bounded", workers_are_bounded },
	{ "a hop of AF_XDP is taken and left", a_hop_is_taken_and_left },
	{ "what a hop of AF_XDP leaves is pushed", what_a_hop_leaves_is_pushed },
	{ "a hop without AF_XDP", a_hop_without_xdp },
	{ "a removal needs no memory", a_removal_needs_no_memory },
	{ "a removal after hops needs no memory", a_removal_after_hops_needs_no_memory },
	{ "AF_XDP that was removed is left alone", a_removed_xdp_is_left_alone },
	{ "stages count while they are on", stages_count_while_they_are_on },
	{ "a large read is as many packets", a_large_read_is_as_many_packets },
};

UNIT_MAIN("esp loop", tests)
