/* The whole data plane with its two threads, between two of its kind. */
#include "tests/unit/esp_lab.h"

static void packets_cross_both_ways(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out, sa;

	for (size_t n = 40; n < 440; n += 4)
		cross(l.tun_a[1], l.tun_b[1], 6, n);
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	CU_ASSERT_TRUE(esp_tunnel_counters(l.a, 1, &in, &out));
	CU_ASSERT_EQUAL(out.packets, 100);
	CU_ASSERT_EQUAL(out.octets, 100 * 238);
	CU_ASSERT_EQUAL(out.sequence, 100);
	CU_ASSERT_NOT_EQUAL(out.last_ms, 0);
	CU_ASSERT_EQUAL(in.packets, 1);
	CU_ASSERT_TRUE(esp_sa_counters(l.b, 1, true, 0x1001, &sa));
	CU_ASSERT_EQUAL(sa.packets, 100);
	CU_ASSERT_EQUAL(sa.sequence, 100);
	CU_ASSERT_FALSE(esp_sa_counters(l.b, 1, false, 0x1001, &sa));
	lab_down(&l);
}

static void wrong_family_is_dropped_and_counted(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out;
	uint8_t p[100];

	esp_unit_inner(4, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	give(l.tun_a[1], p, sizeof(p));
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_FAMILY], 2);
	CU_ASSERT_EQUAL(out.packets, 1);
	lab_down(&l);

	l = lab_up(4);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	cross(l.tun_a[1], l.tun_b[1], 4, 100);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_FAMILY], 1);
	lab_down(&l);
}

static void outer_fields_come_from_the_inner_packet(void)
{
	struct lab l = lab_up(4);
	uint8_t p[100], got[512];
	struct wire head;

	esp_free(l.b); /* the test reads the wire itself */
	l.b = NULL;
	for (int df = 0; df < 2; df++) {
		esp_unit_inner(4, sizeof(p), 0xba, df, p);
		give(l.tun_a[1], p, sizeof(p));
		CU_ASSERT_TRUE(take(l.wire[1], got, sizeof(got)) > sizeof(head));
		memcpy(&head, got, sizeof(head));
		CU_ASSERT_EQUAL(head.tos, 0xba);
		CU_ASSERT_EQUAL(head.df, (bool)df);
		CU_ASSERT_TRUE(ip_equal(&head.dst, &(struct ip_addr){ 4, { 192, 0, 2, 2 } }));
	}
	lab_down(&l);
}

static void without_an_sa_packets_are_counted(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out;
	uint8_t p[100];

	esp_sa_remove(l.a, 1, false, 0x1001);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	for (int ms = 0; ms < WAIT_MS; ms++) { /* a drop has no other effect to wait for */
		esp_tunnel_counters(l.a, 1, &in, &out);
		if (out.drops[ESP_DROP_NO_SA])
			break;
		poll(NULL, 0, 1);
	}
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_NO_SA], 1);
	add_sa(l.a, false, 0x1002, "192.0.2.1", "192.0.2.2");
	add_sa(l.b, true, 0x1002, "192.0.2.1", "192.0.2.2");
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_tunnel_counters(l.b, 1, &in, &out);
	CU_ASSERT_EQUAL(in.packets, 1);
	lab_down(&l);
}

/* The newest outbound SA is in use; when it goes, the one before it is again. */
static void the_newest_sa_is_current(void)
{
	struct lab l = lab_up(6);
	struct esp_counters c;

	add_sa(l.b, true, 0x1002, "192.0.2.1", "192.0.2.2");
	add_sa(l.a, false, 0x1002, "192.0.2.1", "192.0.2.2");
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_sa_counters(l.b, 1, true, 0x1002, &c);
	CU_ASSERT_EQUAL(c.packets, 1);
	esp_sa_remove(l.a, 1, false, 0x1002);
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_sa_counters(l.b, 1, true, 0x1001, &c);
	CU_ASSERT_EQUAL(c.packets, 1);
	lab_down(&l);
}

/* The responder's: not used before the peer has shown its half, and then for the very first answer. */
static void an_sa_is_held_until_the_peer_speaks(void)
{
	struct lab l = lab_up(6);
	struct esp_sa sa = esp_unit_params(aes_sha, false, 0x2002);
	struct esp_counters c;

	sa.src = address("192.0.2.2");
	sa.dst = address("192.0.2.1");
	sa.held_by = 0x1002;
	add_sa(l.b, true, 0x1002, "192.0.2.1", "192.0.2.2");
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(l.b, &sa), 0);
	add_sa(l.a, true, 0x2002, "192.0.2.2", "192.0.2.1");
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	cross(l.tun_a[1], l.tun_b[1], 6, 100); /* on the old SA: proves nothing about the new one */
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	esp_sa_counters(l.a, 1, true, 0x2001, &c);
	CU_ASSERT_EQUAL(c.packets, 2);
	add_sa(l.a, false, 0x1002, "192.0.2.1", "192.0.2.2");
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	esp_sa_counters(l.a, 1, true, 0x2002, &c);
	CU_ASSERT_EQUAL(c.packets, 1);
	/* the others may go; it stays in use when it is released too */
	esp_sa_remove(l.b, 1, false, 0x2001);
	esp_sa_release(l.b, 1, 0x2002);
	esp_sa_remove(l.b, 1, true, 0x1002);
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	esp_sa_counters(l.a, 1, true, 0x2002, &c);
	CU_ASSERT_EQUAL(c.packets, 2);
	lab_down(&l);
}

static void a_held_sa_is_released(void)
{
	struct lab l = lab_up(6);
	struct esp_sa sa = esp_unit_params(aes_sha, false, 0x2002);
	struct esp_counters c;

	sa.src = address("192.0.2.2");
	sa.dst = address("192.0.2.1");
	sa.held_by = 0x1001;
	add_sa(l.a, true, 0x2002, "192.0.2.2", "192.0.2.1");
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(l.b, &sa), 0);
	esp_sa_release(l.b, 1, 0x2002);
	esp_sa_release(l.b, 1, 0x9999);
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	esp_sa_counters(l.a, 1, true, 0x2002, &c);
	CU_ASSERT_EQUAL(c.packets, 1);
	lab_down(&l);
}

/* A packet for an SA that was deleted is one for an SPI that nobody has. */
static void a_removed_sa_takes_nothing(void)
{
	struct lab l = lab_up(6);
	struct esp_event events[8];
	struct esp_counters in, out;
	uint8_t p[100];

	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	CU_ASSERT_EQUAL(esp_events(l.b, events, 8), 1); /* the first packet */
	esp_sa_remove(l.b, 1, true, 0x1001);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	CU_ASSERT_TRUE(readable(esp_event_fd(l.b)));
	CU_ASSERT_EQUAL_FATAL(esp_events(l.b, events, 8), 1);
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_INVALID_SPI);
	CU_ASSERT_EQUAL(events[0].spi, 0x1001);
	esp_tunnel_counters(l.b, 1, &in, &out);
	CU_ASSERT_EQUAL(in.packets, 1);
	CU_ASSERT_EQUAL(in.drops[ESP_DROP_UNKNOWN_SPI], 0); /* no tunnel's */
	esp_stray_counters(l.b, &in);
	CU_ASSERT_EQUAL(in.drops[ESP_DROP_UNKNOWN_SPI], 1);
	CU_ASSERT_EQUAL(in.packets, 0);
	/* what is still there works */
	cross(l.tun_b[1], l.tun_a[1], 6, 100);
	lab_down(&l);
}

/* What the key engine waits for is told once, by the end that sees it. */
static void use_is_told(void)
{
	struct lab l = lab_up(6);
	struct esp_sa sa = esp_unit_params(aes_sha, false, 0x2002);
	struct esp_event events[8];

	CU_ASSERT_EQUAL(esp_events(l.a, events, 8), 0);
	CU_ASSERT_EQUAL(esp_events(l.b, events, 8), 0);
	sa.src = address("192.0.2.2");
	sa.dst = address("192.0.2.1");
	sa.soft_octets = 250;
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(l.b, &sa), 0);
	sa.inbound = true;
	sa.soft_octets = 350;
	CU_ASSERT_EQUAL_FATAL(esp_sa_add(l.a, &sa), 0);
	for (int i = 0; i < 6; i++) {
		cross(l.tun_b[1], l.tun_a[1], 6, 100);
		if (i == 2) { /* told before it is sent */
			CU_ASSERT_EQUAL_FATAL(esp_events(l.b, events, 8), 1);
			CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_VOLUME);
			CU_ASSERT_EQUAL(events[0].spi, 0x2002);
			CU_ASSERT_EQUAL(events[0].tunnel, 1);
			CU_ASSERT_FALSE(events[0].inbound);
		}
	}
	CU_ASSERT_EQUAL(esp_events(l.b, events, 8), 0);
	CU_ASSERT_EQUAL_FATAL(esp_events(l.a, events, 8), 2);
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_PROVEN);
	CU_ASSERT_EQUAL(events[0].spi, 0x2002);
	CU_ASSERT_EQUAL(events[1].kind, ESP_EVENT_VOLUME);
	CU_ASSERT_TRUE(events[1].inbound);
	lab_down(&l);
}

static void put_on_wire(int fd, const char *src, const char *dst, const uint8_t *esp, size_t octets)
{
	struct netif_esp_packet p = { .src = address(src), .dst = address(dst), .octets = octets };
	uint8_t copy[512];

	memcpy(copy, esp, octets);
	p.data = copy;
	CU_ASSERT_EQUAL(wire_put(fd, &p, 1), 1);
}

static void an_unknown_spi_is_told_but_not_every_time(void)
{
	static const uint8_t stray[40] = { 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1 };
	struct lab l = lab_up(6);
	struct esp_event events[128];
	size_t n;

	for (int i = 0; i < 100; i++)
		put_on_wire(l.wire[0], "192.0.2.77", "192.0.2.2", stray, i == 50 ? 3 : sizeof(stray));
	CU_ASSERT_TRUE(readable(esp_event_fd(l.b)));
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	n = esp_events(l.b, events, 128);
	CU_ASSERT_TRUE(n >= 1 && n <= 20); /* 10 a second, and a second may have ended in between */
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_INVALID_SPI);
	CU_ASSERT_EQUAL(events[0].spi, 0xdeadbeef);
	CU_ASSERT_TRUE(ip_equal(&events[0].src, &(struct ip_addr){ 4, { 192, 0, 2, 77 } }));
	CU_ASSERT_EQUAL(esp_events(l.b, events, 128), 0);
	{
		struct pollfd p = { .fd = esp_event_fd(l.b), .events = POLLIN };

		CU_ASSERT_EQUAL(poll(&p, 1, 0), 0); /* drained */
	}
	lab_down(&l);
}

/* A forged packet, a replayed one and one from elsewhere: each counted, the first two told. */
static void bad_packets_are_counted(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out;
	struct esp_event events[8];
	uint8_t p[100], got[512], sealed[512];
	size_t n;

	esp_free(l.b);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	n = take(l.wire[1], got, sizeof(got)) - sizeof(struct wire);
	memcpy(sealed, got + sizeof(struct wire), n);
	l.b = lab_plane(&l, 1);
	{
		struct esp_tunnel t = tunnel(6, l.tun_b[0], "192.0.2.2", "192.0.2.1");

		CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.b, &t), 0);
		add_sa(l.b, true, 0x1001, "192.0.2.1", "192.0.2.2");
	}
	put_on_wire(l.wire[0], "192.0.2.9", "192.0.2.2", sealed, n);
	sealed[40] ^= 1;
	put_on_wire(l.wire[0], "192.0.2.1", "192.0.2.2", sealed, n);
	sealed[40] ^= 1;
	put_on_wire(l.wire[0], "192.0.2.1", "192.0.2.2", sealed, n);
	put_on_wire(l.wire[0], "192.0.2.1", "192.0.2.2", sealed, n);
	CU_ASSERT_EQUAL(tun_take(l.tun_b[1], got, sizeof(got)), sizeof(p));
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_tunnel_counters(l.b, 1, &in, &out);
	CU_ASSERT_EQUAL(in.packets, 2);
	CU_ASSERT_EQUAL(in.drops[ESP_DROP_ADDRESS], 1);
	CU_ASSERT_EQUAL(in.drops[ESP_DROP_ICV], 1);
	CU_ASSERT_EQUAL(in.drops[ESP_DROP_REPLAY], 1);
	/* in one batch the forged packet is noticed with its batch, in order; the replayed one behind it */
	CU_ASSERT_EQUAL_FATAL(esp_events(l.b, events, 8), 3);
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_ICV);
	CU_ASSERT_EQUAL(events[1].kind, ESP_EVENT_PROVEN);
	CU_ASSERT_EQUAL(events[1].spi, 0x1001);
	CU_ASSERT_EQUAL(events[2].kind, ESP_EVENT_REPLAY);
	CU_ASSERT_EQUAL(events[2].sequence, 1);
	CU_ASSERT_EQUAL(events[1].tunnel, 1);
	lab_down(&l);
}

static void too_big_is_answered(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out;
	uint8_t p[1500], got[2048];
	size_t n;

	cross(l.tun_a[1], l.tun_b[1], 6, 1280);
	esp_unit_inner(6, 1439, 0, false, p); /* one more than 1500 takes of AES and SHA over IPv4 */
	give(l.tun_a[1], p, 1439);
	n = tun_take(l.tun_a[1], got, sizeof(got));
	CU_ASSERT_EQUAL(n, 1280);
	CU_ASSERT_EQUAL(got[40], 2);
	CU_ASSERT_EQUAL(got[46] << 8 | got[47], 1438);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_TOO_BIG], 1);

	/* a path too narrow for 1280: the limit stays, the outer packet may be cut */
	struct esp_tunnel narrow = tunnel(6, l.tun_a[0], "192.0.2.1", "192.0.2.2");
	narrow.path_mtu = 1280;
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &narrow), 0);
	cross(l.tun_a[1], l.tun_b[1], 6, 1280);
	esp_unit_inner(6, 1281, 0, false, p);
	give(l.tun_a[1], p, 1281);
	tun_take(l.tun_a[1], got, sizeof(got));
	CU_ASSERT_EQUAL(got[46] << 8 | got[47], 1280);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_TOO_BIG], 2); /* counters survived the replacement */
	lab_down(&l);

	l = lab_up(4);
	esp_unit_inner(4, 1439, 0, true, p);
	give(l.tun_a[1], p, 1439);
	n = tun_take(l.tun_a[1], got, sizeof(got));
	CU_ASSERT_EQUAL(n, 576);
	CU_ASSERT_EQUAL(memcmp(got + 20, "\x03\x04", 2), 0);
	CU_ASSERT_EQUAL(got[26] << 8 | got[27], 1438);

	/* without DF it is cut: two packets arrive */
	esp_unit_inner(4, 1500, 0, false, p);
	give(l.tun_a[1], p, 1500);
	n = tun_take(l.tun_b[1], got, sizeof(got));
	CU_ASSERT_EQUAL(n, 1436); /* 20 and a multiple of 8 */
	n += tun_take(l.tun_b[1], got, sizeof(got));
	CU_ASSERT_EQUAL(n, 1520);

	/* more fragments than a batch holds, and the packet behind them still comes behind them */
	struct esp_tunnel small = tunnel(4, l.tun_a[0], "192.0.2.1", "192.0.2.2");
	small.mtu = 68;
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &small), 0);
	uint8_t large[4000];
	esp_unit_inner(4, sizeof(large), 0, false, large);
	give(l.tun_a[1], large, sizeof(large));
	esp_unit_inner(4, 60, 0, false, p);
	give(l.tun_a[1], p, 60);
	for (int i = 0; i < 83; i++) { /* 3980 by 48 */
		n = tun_take(l.tun_b[1], got, sizeof(got));
		CU_ASSERT_EQUAL(n, i < 82 ? 68 : 20 + 3980 - 82 * 48);
	}
	CU_ASSERT_EQUAL(tun_take(l.tun_b[1], got, sizeof(got)), 60);
	lab_down(&l);
}

static void the_path_mtu_is_told(void)
{
	struct lab l = lab_up(6);
	struct esp_event event;
	struct esp_counters in, out;
	uint8_t p[1400];

	esp_unit_inner(6, sizeof(p), 0, false, p);
	give(l.tun_a[1], p, sizeof(p));
	CU_ASSERT_TRUE(readable(esp_event_fd(l.a)));
	CU_ASSERT_EQUAL_FATAL(esp_events(l.a, &event, 1), 1);
	CU_ASSERT_EQUAL(event.kind, ESP_EVENT_PATH_MTU);
	CU_ASSERT_EQUAL(event.tunnel, 1);
	CU_ASSERT_EQUAL(event.mtu, 20 + 8 + 16 + 1408 + 12 - 1);
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_SEND], 1);
	lab_down(&l);
}

static void await_count(const _Atomic uint64_t *counter, uint64_t at_least)
{
	for (int ms = 0; ms < WAIT_MS && *counter < at_least; ms++)
		poll(NULL, 0, 1);
	CU_ASSERT_TRUE_FATAL(*counter >= at_least);
}

/* A worker of its own, so that a sequence number near its end can be set. */
static void the_sequence_is_told_at_half_and_at_the_end(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct plane *plane = aligned_alloc(CACHE_LINE, (sizeof(*plane) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	struct worker *w = calloc(1, sizeof(*w));
	struct sa *sa = esp_unit_sa(&lib, aes_sha, false);
	struct tunnel_runtime *run = aligned_alloc(CACHE_LINE, sizeof(*run));
	struct table t = { 0 };
	struct esp_event events[8];
	struct netif_wire *out = NULL;
	int wire[2], tun[2];
	uint8_t p[100], got[512];

	pair(wire);
	pair(tun);
	memset(plane, 0, sizeof(*plane));
	memset(run, 0, sizeof(*run));
	plane->io = &wire_io;
	plane->config.workers = 1;
	plane->config.esp[0][0] = lab_socket(&out, wire[0]);
	plane->lib = lib.ctx;
	plane->engines = lib.engines;
	CU_ASSERT_EQUAL_FATAL(events_init(&plane->events), 0);
	CU_ASSERT_EQUAL_FATAL(ike_pair_open(&plane->ike), 0);
	plane->ike_first = (struct ike_pair){ -1, -1 };
	CU_ASSERT_TRUE_FATAL(table_reserve(&t, 1, 1, 1, 0));
	table_add_tunnel(&t, &(struct table_tunnel){ .id = 1,
						     .tun_fd = { tun[0] },
						     .inner_family = 4,
						     .mtu = 1438,
						     .limit = 1438,
						     .out = sa,
						     .run = run });
	published_swap(&plane->published, &t);
	sa->run.sequence = UINT32_MAX / 2 - 2;
	CU_ASSERT_EQUAL_FATAL(worker_start(w, plane, WORKER_OUTBOUND, 0), 0);
	CU_ASSERT_EQUAL_FATAL(worker_watch(w, tun[0], 1), 0);
	esp_unit_inner(4, sizeof(p), 0, false, p);
	for (int i = 0; i < 4; i++) {
		give(tun[1], p, sizeof(p));
		take(wire[1], got, sizeof(got)); /* what is to be told is told before it is sent */
		CU_ASSERT_EQUAL(events_pop(&plane->events, events, 8), i == 1); /* once */
	}
	CU_ASSERT_EQUAL(events[0].kind, ESP_EVENT_SEQUENCE);
	CU_ASSERT_EQUAL(events[0].sequence, UINT32_MAX / 2);
	sa->run.sequence = UINT32_MAX - 1;
	for (int i = 0; i < 3; i++)
		give(tun[1], p, sizeof(p));
	take(wire[1], got, sizeof(got));
	await_count(&run->out.drops[ESP_DROP_SEQUENCE], 2);
	plane->stopping = true;
	worker_stop(w);
	CU_ASSERT_EQUAL(events_pop(&plane->events, events, 8), 1);
	CU_ASSERT_EQUAL(events[0].sequence, UINT32_MAX);
	CU_ASSERT_EQUAL(run->out.packets, 5);
	events_destroy(&plane->events);
	ike_pair_close(&plane->ike);
	wire_free(out);
	table_release(&t);
	sa_free(sa);
	for (int i = 0; i < 2; i++) {
		close(wire[i]);
		close(tun[i]);
	}
	free(run);
	free(w);
	free(plane);
	esp_unit_lib_free(&lib);
}

/* After esp_tunnel_remove nobody reads the fd: what is written to it then stays in it. */
static void a_removed_tunnel_is_left_alone(void)
{
	struct lab l = lab_up(6);
	uint8_t p[100], got[256];

	esp_unit_inner(6, sizeof(p), 0, false, p);
	for (int round = 0; round < 100; round++) {
		struct esp_tunnel t = tunnel(6, l.tun_a[0], "192.0.2.1", "192.0.2.2");

		for (int i = 0; i < 8; i++) /* the worker is busy with these when the tunnel goes */
			(void)tun_write(l.tun_a[1], p, sizeof(p));
		esp_tunnel_remove(l.a, 1);
		while (tun_read(l.tun_a[0], got, sizeof(got)) > 0)
			;
		give(l.tun_a[1], p, sizeof(p));
		CU_ASSERT_EQUAL(tun_read(l.tun_a[0], got, sizeof(got)), (ssize_t)sizeof(p));
		close(l.tun_a[0]);
		close(l.tun_a[1]);
		pair(l.tun_a);
		t.tun_fd[0] = l.tun_a[0];
		CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
		add_sa(l.a, false, 0x1001, "192.0.2.1", "192.0.2.2");
	}
	lab_down(&l);
}

/* The kernel tells of them once: what one turn leaves is taken in the next ones. */
static void more_waits_than_a_batch_holds(void)
{
	struct lab l = lab_up(6);
	struct esp_tunnel t = tunnel(6, l.tun_a[0], "192.0.2.1", "192.0.2.2");
	struct esp_counters in, out = { 0 };
	const int room = 1 << 20;
	const unsigned count = ESP_BATCH + 100;
	uint8_t p[100];

	esp_tunnel_remove(l.a, 1);
	setsockopt(l.tun_a[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	esp_unit_inner(6, sizeof(p), 0, false, p);
	for (unsigned i = 0; i < count; i++)
		give(l.tun_a[1], p, sizeof(p));
	CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
	for (int ms = 0; ms < WAIT_MS && out.drops[ESP_DROP_NO_SA] < count; ms++) {
		poll(NULL, 0, 1);
		esp_tunnel_counters(l.a, 1, &in, &out);
	}
	CU_ASSERT_EQUAL(out.drops[ESP_DROP_NO_SA], count);
	lab_down(&l);
}

/* Its worker may be told of it before it finds it in the table. */
static void what_waits_in_another_device_is_taken(void)
{
	struct lab l = lab_up(6);
	uint8_t p[100], got[256];

	esp_unit_inner(6, sizeof(p), 0, false, p);
	for (int round = 0; round < 300; round++) {
		struct esp_tunnel t;
		int other[2];

		pair(other);
		give(other[1], p, sizeof(p));
		t = tunnel(6, other[0], "192.0.2.1", "192.0.2.2");
		CU_ASSERT_EQUAL_FATAL(esp_tunnel_add(l.a, &t), 0);
		CU_ASSERT_EQUAL(tun_take(l.tun_b[1], got, sizeof(got)), sizeof(p));
		close(l.tun_a[0]);
		close(l.tun_a[1]);
		memcpy(l.tun_a, other, sizeof(other));
	}
	lab_down(&l);
}

/* SAs come and go under traffic; the sanitizers watch. */
static void rekeying_under_traffic(void)
{
	struct lab l = lab_up(6);
	struct esp_counters in, out;
	uint8_t p[100], got[256];
	uint64_t arrived = 0;

	esp_unit_inner(6, sizeof(p), 0, false, p);
	for (uint32_t n = 0; n < 200; n++) {
		give(l.tun_a[1], p, sizeof(p)); /* 200 in all: no queue on the way overflows */
		add_sa(l.b, true, 0x1002 + n, "192.0.2.1", "192.0.2.2");
		add_sa(l.a, false, 0x1002 + n, "192.0.2.1", "192.0.2.2");
		esp_sa_remove(l.a, 1, false, 0x1001 + n);
		if (n > 0)
			esp_sa_remove(l.b, 1, true, 0x1000 + n);
		while (tun_read(l.tun_b[1], got, sizeof(got)) > 0)
			arrived++;
	}
	esp_unit_inner(6, sizeof(got), 0, false, got);
	give(l.tun_a[1], got, sizeof(got)); /* the last: larger than all before it */
	while (tun_take(l.tun_b[1], got, sizeof(got)) != sizeof(got))
		arrived++;
	/* whatever did not arrive was still on its way when its SA went */
	esp_tunnel_counters(l.b, 1, &in, &out);
	CU_ASSERT_EQUAL(in.packets, arrived + 1);
	esp_tunnel_counters(l.a, 1, &in, &out);
	CU_ASSERT_TRUE(out.packets >= arrived + 1);
	lab_down(&l);
}

static void bad_parameters_are_refused(void)
{
	struct lab l = lab_up(6);
	struct esp_sa sa = esp_unit_params(aes_sha, true, 0x1001);
	struct esp_tunnel t = tunnel(6, l.tun_a[1], "192.0.2.1", "192.0.2.2");

	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), -EEXIST);
	sa.spi = 0x3000;
	sa.tunnel = 2;
	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), -ENOENT);
	sa.tunnel = 1;
	sa.keybits = 0;
	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), -EINVAL);
	t.id = 0;
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &t), -EINVAL);
	t.id = 2;
	t.inner_family = 5;
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &t), -EINVAL);
	t.inner_family = 6;
	t.remote = address("2001:db8::1");
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &t), -EINVAL);
	t.remote = address("192.0.2.2");
	t.tun_fd[0] = 1000000;
	CU_ASSERT_EQUAL(esp_tunnel_add(l.a, &t), -EBADF);
	CU_ASSERT_FALSE(esp_tunnel_counters(l.a, 2, &(struct esp_counters){ 0 }, &(struct esp_counters){ 0 }));
	esp_tunnel_remove(l.a, 77);
	esp_sa_remove(l.a, 77, true, 1);
	esp_sa_remove(l.a, 1, true, 1);
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	lab_down(&l);
}

static void des_finds_the_legacy_provider(void)
{
	struct lab l = lab_up(6);
	struct esp_sa sa = esp_unit_params((struct esp_unit_suite){ ESP_CIPHER_DES, 0, ESP_AUTH_MD5 }, false, 0x4000);

	CU_ASSERT_EQUAL(esp_sa_add(l.a, &sa), 0);
	sa.inbound = true;
	CU_ASSERT_EQUAL(esp_sa_add(l.b, &sa), 0);
	cross(l.tun_a[1], l.tun_b[1], 6, 100);
	lab_down(&l);
}

static const struct unit_test tests[] = {
	{ "packets cross both ways", packets_cross_both_ways },
	{ "wrong family is dropped and counted", wrong_family_is_dropped_and_counted },
	{ "outer fields come from the inner packet", outer_fields_come_from_the_inner_packet },
	{ "without an SA packets are counted", without_an_sa_packets_are_counted },
	{ "the newest SA is current", the_newest_sa_is_current },
	{ "an SA is held until the peer speaks", an_sa_is_held_until_the_peer_speaks },
	{ "a held SA is released", a_held_sa_is_released },
	{ "an unknown SPI is told but not every time", an_unknown_spi_is_told_but_not_every_time },
	{ "a packet for an SA that was removed", a_removed_sa_takes_nothing },
	{ "the first packet and the volume are told", use_is_told },
	{ "bad packets are counted", bad_packets_are_counted },
	{ "too big is answered", too_big_is_answered },
	{ "the path MTU is told", the_path_mtu_is_told },
	{ "the sequence is told at half and at the end", the_sequence_is_told_at_half_and_at_the_end },
	{ "a removed tunnel is left alone", a_removed_tunnel_is_left_alone },
	{ "more waits than a batch holds", more_waits_than_a_batch_holds },
	{ "what waits in another device is taken", what_waits_in_another_device_is_taken },
	{ "rekeying under traffic", rekeying_under_traffic },
	{ "bad parameters are refused", bad_parameters_are_refused },
	{ "DES finds the legacy provider", des_finds_the_legacy_provider },
};

UNIT_MAIN("esp workers", tests)
