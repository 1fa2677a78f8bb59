/*
 * An inbound worker's turn, from what a socket gives to what is written to the TUN devices, and the ICMP errors of its sockets.
 *
 * The input is read as packets: an octet picks the socket and the SA, one the outer addresses and port, one what is made of
 * the rest: octets as they come, or an inner packet of them that is sealed with the SA's keys, or several of a flow, which
 * the worker merges. What was written is cut again: it must be so many packets and octets as were counted.
 *
 * libs: -lcrypto
 */
#define _GNU_SOURCE /* memfd_create */
#include "base/buf.h"
#include "esp/inner.h"
#include "esp/segment.h"
#include "esp/transform.h"
#include "esp/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets);

#define SAS     4
#define ROOM    2048
#define TRAIN   6
#define WRITTEN (1 << 20)

/* Of the harness: the worker hands it through. */
struct netif_wire {
	unsigned family;
	bool udp;
};

static struct netif_wire wires[] = { { 4, false }, { 6, false }, { 4, true }, { 6, true } };
#define WIRES (sizeof(wires) / sizeof(wires[0]))

static const struct {
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	unsigned outer, inner;
	bool udp, uso;
} plan[SAS] = {
	{ ESP_CIPHER_AES, 128, ESP_AUTH_SHA, 4, 4, false, true },
	{ ESP_CIPHER_GCM, 128, ESP_AUTH_NONE, 4, 6, true, true },
	{ ESP_CIPHER_NULL, 0, ESP_AUTH_SHA, 6, 4, false, false },
	{ ESP_CIPHER_AES, 256, ESP_AUTH_NONE, 6, 6, true, true },
};

struct rig {
	struct plane plane;
	struct worker worker;
	struct engine *engine; /* of who sends */
	struct table table;
	struct tunnel_runtime runs[SAS];
	struct sa *in[SAS], *out[SAS];
	int fd[SAS];
	struct esp_packet waiting[ESP_BATCH];
	struct netif_esp_packet got[ESP_BATCH];
	uint8_t room[ESP_BATCH][ROOM];
	unsigned count;
	struct netif_esp_error error;
	bool has_error;
};

static struct rig *rig;

static int fake_recv(struct netif_wire *w, struct netif_esp_packet *p, unsigned count)
{
	unsigned n = rig->count;

	(void)w;
	if (n > count)
		abort();
	memcpy(p, rig->got, n * sizeof(*p));
	rig->count = 0;
	return (int)n;
}

static unsigned fake_errors(struct netif_wire *w, struct netif_esp_error *e, unsigned count, bool *more)
{
	(void)w, (void)count;
	*more = false;
	if (!rig->has_error)
		return 0;
	*e = rig->error;
	rig->has_error = false;
	return 1;
}

static bool fake_left(const struct netif_wire *w)
{
	(void)w;
	return false;
}

static const struct esp_io io = { .recv = fake_recv, .left = fake_left, .errors = fake_errors };

static struct ip_addr address(unsigned family, uint8_t last)
{
	struct ip_addr a = { .family = (uint8_t)family };

	a.octets[0] = 10;
	a.octets[family == 4 ? 3 : 15] = last;
	return a;
}

static struct sa *make_sa(unsigned i, bool inbound)
{
	static const uint8_t key[64] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3 };
	struct esp_suite_info info;
	struct esp_sa p = { .tunnel = i + 1,
			    .inbound = inbound,
			    .spi = 0x1000 + i,
			    .src = address(plan[i].outer, inbound ? 2 : 1),
			    .dst = address(plan[i].outer, inbound ? 1 : 2),
			    .cipher = plan[i].cipher,
			    .keybits = plan[i].keybits,
			    .auth = plan[i].auth,
			    .cipher_key = key,
			    .auth_key = key,
			    .replay_window = 64,
			    .local_port = plan[i].udp ? ESP_UDP_PORT : 0,
			    .remote_port = plan[i].udp ? 4501 : 0 };
	struct sa *sa = NULL;

	if (!esp_suite_info(p.cipher, p.keybits, p.auth, &info))
		abort();
	p.cipher_key_octets = info.key_octets;
	p.auth_key_octets = info.auth_octets;
	if (sa_new(rig->plane.engines, &p, &sa))
		abort();
	return sa;
}

static void rig_up(void)
{
	struct worker *w;

	rig = calloc(1, sizeof(*rig));
	if (!rig || events_init(&rig->plane.events) || ike_pair_open(&rig->plane.ike))
		abort();
	w = &rig->worker;
	rig->plane.io = &io;
	rig->plane.engines = engines_new(NULL, 1, ENGINES_OPENSSL);
	w->plane = &rig->plane;
	w->kind = WORKER_INBOUND;
	w->in = inbound_new();
	w->engine = rig->plane.engines ? engine_new(rig->plane.engines, 0) : NULL;
	rig->engine = w->engine;
	w->now_ms = 1;
	if (!w->engine || !w->in || !table_reserve(&rig->table, SAS, SAS, SAS, 0))
		abort();
	for (unsigned k = 0; k < WIRES; k++)
		(wires[k].udp ? rig->plane.config.udp : rig->plane.config.esp)[wires[k].family == 6][0] = &wires[k];
	for (unsigned i = 0; i < SAS; i++) {
		struct table_tunnel t = {
			.id = i + 1, .inner_family = plan[i].inner, .uso = plan[i].uso, .run = &rig->runs[i]
		};
		const struct table_tunnel *row;

		rig->fd[i] = t.tun_fd[0] = memfd_create("tun", 0);
		rig->in[i] = make_sa(i, true);
		rig->out[i] = make_sa(i, false);
		row = table_add_tunnel(&rig->table, &t);
		if (rig->fd[i] < 0 || !row)
			abort();
		table_add_sa(&rig->table, rig->in[i], row);
		table_add_sa(&rig->table, rig->out[i], row);
	}
}

/* --- what comes -------------------------------------------------------------------------------------------------- */

static void add(const uint8_t *data, size_t octets, unsigned sa, uint8_t ends, uint8_t tos)
{
	const struct esp_sa *p = &rig->in[sa]->params;
	struct netif_esp_packet *got = &rig->got[rig->count];
	uint8_t *room = rig->room[rig->count];

	if (rig->count == ESP_BATCH || octets > ROOM)
		return;
	if (octets)
		memcpy(room, data, octets);
	*got = (struct netif_esp_packet){
		.src = p->src, .dst = p->dst, .port = p->remote_port, .data = room, .octets = octets, .tos = tos
	};
	got->src.octets[3] ^= ends & 1;
	got->dst.octets[3] ^= (ends >> 1) & 1;
	got->port = (uint16_t)(got->port + ((ends >> 2) & 1));
	rig->count++;
}

static void add_sealed(const uint8_t *inner, size_t octets, unsigned sa, uint8_t ends, uint8_t tos, unsigned family)
{
	static uint8_t room[ROOM];
	struct esp_packet p;

	packet_reset(&p, room, ROOM);
	if (octets > ROOM - ESP_HEADROOM - ESP_TAILROOM)
		return;
	if (octets)
		memcpy(p.data, inner, octets);
	p.octets = octets;
	p.sa = rig->out[sa];
	p.family = family;
	esp_encap(rig->engine, &p, 1);
	if (!p.verdict)
		add(p.data, p.octets, sa, ends, tos);
}

/* TCP of one flow: what follows may be merged where the input leaves it so. */
static void add_train(struct rd *r, unsigned sa, uint8_t tos)
{
	const unsigned family = plan[sa].inner, header = family == 4 ? IP4_HEADER_OCTETS : IP6_HEADER_OCTETS;
	const size_t payload = 1 + rd_u8(r) % 64, octets = header + 20 + payload;

	for (unsigned k = 0; k < TRAIN; k++) {
		uint8_t p[256] = { 0 }, change = rd_u8(r);
		const struct ip_addr from = address(family, 7), to = address(family, 8);
		const size_t length = family == 4 ? 4 : 16;
		struct wr w = wr_of(p, sizeof(p));
		uint32_t sum;

		if (family == 4) {
			wr_u16(&w, 0x4500);
			wr_u16(&w, (uint16_t)octets);
			wr_u16(&w, (uint16_t)k);
			wr_u16(&w, 0);
			wr_u16(&w, 0x4000 | IPPROTO_TCP);
			wr_u16(&w, 0);
		} else {
			wr_u32(&w, 0x60000000);
			wr_u16(&w, (uint16_t)(20 + payload));
			wr_u16(&w, IPPROTO_TCP << 8 | 64);
		}
		wr_bytes(&w, from.octets, length);
		wr_bytes(&w, to.octets, length);
		wr_u32(&w, 0x00010002);
		wr_u32(&w, (uint32_t)(k * payload));
		wr_u32(&w, 1);
		wr_u32(&w, 0x50100400);
		wr_u32(&w, 0);
		sum = IPPROTO_TCP + 20 + (uint32_t)payload;
		for (size_t at = 0; at < length; at += 2)
			sum += (uint32_t)(from.octets[at] << 8 | from.octets[at + 1]) +
			       (uint32_t)(to.octets[at] << 8 | to.octets[at + 1]);
		sum = inner_checksum(sum, p + header, 20 + payload);
		p[header + 16] = (uint8_t)(sum >> 8);
		p[header + 17] = (uint8_t)sum;
		if (family == 4) {
			sum = inner_checksum(0, p, header);
			p[10] = (uint8_t)(sum >> 8);
			p[11] = (uint8_t)sum;
		}
		if (change & 0x80)
			p[(change & 0x7f) % octets] ^= rd_u8(r);
		add_sealed(p, octets, sa, 0, tos, family);
	}
}

static void take_packet(struct rd *r, struct netif_wire **wire)
{
	const uint8_t pick = rd_u8(r), ends = rd_u8(r), what = rd_u8(r), tos = what >> 6;
	const unsigned sa = pick % SAS;
	size_t octets = rd_u8(r) * 4u;
	const uint8_t *data;

	octets = octets < rd_left(r) ? octets : rd_left(r);
	data = rd_take(r, octets);
	for (unsigned k = 0; k < WIRES && !*wire; k++) /* a batch is one socket's: the first packet says whose */
		if (wires[k].family == plan[sa].outer && wires[k].udp == (plan[sa].udp ^ (bool)(pick & 0x80)))
			*wire = &wires[k];
	if (what % 4 == 0)
		add(data, octets, sa, ends, tos);
	else if (what % 4 == 1)
		add_train(r, sa, tos);
	else
		add_sealed(data, octets, sa, ends & (what % 4 == 2 ? 0 : 7), tos, pick & 0x40 ? 4 : plan[sa].inner);
	if (what & 0x20 && rig->count) { /* the same again */
		const struct netif_esp_packet last = rig->got[rig->count - 1];

		add(last.data, last.octets, sa, ends, tos);
	}
}

/* --- what was written -------------------------------------------------------------------------------------------- */

static size_t of_tally(const struct tally *t, bool octets)
{
	return (size_t)atomic_load(octets ? &t->octets : &t->packets);
}

/* Packets and their octets; all that was written is whole. */
static void cut_again(unsigned sa, size_t *packets, size_t *octets)
{
	static uint8_t written[WRITTEN], out[ROOM + IP6_MTU_MIN];
	ssize_t n = pread(rig->fd[sa], written, sizeof(written), 0);
	struct rd r = rd_of(written, n > 0 ? (size_t)n : 0);

	*packets = *octets = 0;
	while (rd_left(&r)) {
		struct rd at = r;
		struct segmenter s;
		struct inner head;
		size_t one;

		rd_take(&at, SEGMENT_VNET_OCTETS);
		if (at.why || !inner_read(at.p, rd_left(&at), &head) || head.family != plan[sa].inner)
			abort();
		if (!segment_begin(&s, r.p, SEGMENT_VNET_OCTETS + head.octets))
			abort();
		while ((one = segment_octets(&s))) {
			if (one > sizeof(out))
				abort();
			segment_next(&s, out);
			if (!inner_read(out, one, &head) || head.octets != one)
				abort();
			++*packets;
			*octets += one;
		}
		rd_take(&r, SEGMENT_VNET_OCTETS + (inner_read(at.p, rd_left(&at), &head) ? head.octets : 0));
	}
	if (ftruncate(rig->fd[sa], 0) || lseek(rig->fd[sa], 0, SEEK_SET))
		abort();
}

static void check(unsigned came)
{
	size_t all = 0;

	for (unsigned i = 0; i < SAS; i++) {
		const struct tally *t = &rig->runs[i].in;
		size_t packets, octets;

		cut_again(i, &packets, &octets);
		if (packets != of_tally(t, false) || octets != of_tally(t, true) || t->drops[ESP_DROP_SEND])
			abort();
		all += packets;
		for (unsigned d = 0; d < ESP_DROP_COUNT; d++)
			all += (size_t)t->drops[d];
		memset(&rig->runs[i], 0, sizeof(rig->runs[i]));
	}
	if (all > came)
		abort();
}

static void drain(void)
{
	static uint8_t room[ESP_IKE_OCTETS_MAX];
	struct netif_ike_packet info;
	struct esp_event events[16];

	while (ike_pair_take(rig->plane.ike.control, &info, room, sizeof(room)))
		;
	while (events_pop(&rig->plane.events, events, 16))
		;
}

static void take_error(struct rd *r)
{
	const uint8_t pick = rd_u8(r);
	const struct sa *sa = rig->out[pick % SAS];

	rig->error =
		(struct netif_esp_error){ .dst = sa->params.dst, .port = sa->params.remote_port, .mtu = rd_u16(r) };
	rig->error.quoted_octets = pick / 16 < 8 ? pick / 16 : 8;
	rd_copy(r, rig->error.quoted, rig->error.quoted_octets);
	if (pick & 4 && rig->error.quoted_octets == 8)
		memcpy(rig->error.quoted, (uint8_t[]){ 0, 0, 0x10, pick % SAS }, 4);
	rig->has_error = true;
	errors_turn(&rig->worker, &rig->table, sa->params.dst.family, sa_in_udp(sa));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets)
{
	struct netif_wire *wire = NULL;
	struct rd r = rd_of(data, octets);
	unsigned came;

	if (!rig)
		rig_up();
	for (unsigned i = 0; i < SAS; i++) {
		replay_init(&rig->in[i]->run.replay, rig->in[i]->run.replay.window, rig->in[i]->run.replay.ring);
		rig->out[i]->run.sequence = 0;
	}
	rig->count = 0;
	while (rd_left(&r) && rig->count < ESP_BATCH)
		take_packet(&r, &wire);
	came = rig->count;
	if (wire)
		inbound_turn(&rig->worker, &rig->table, wire->family, wire->udp);
	check(came);
	r = rd_of(data, octets);
	take_error(&r);
	drain();
	rig->worker.now_ms += 2000;
	return 0;
}
