/*
 * An outbound worker's turn, from what a TUN device brings, with any vnet header, to what goes to the sockets: cut, fragmented,
 * answered with ICMP, sealed. What was sent is opened again: each packet is a whole one of its tunnel's family, and there are so
 * many, and so many octets, as were counted.
 *
 * The input: MTU, limit and DF of the tunnels, then what is read, an octet that picks the tunnel and how the rest is made of the
 * input, two of length, the vnet header and the packet.
 *
 * libs: -lcrypto
 */
#include "base/buf.h"
#include "esp/inner.h"
#include "esp/segment.h"
#include "esp/transform.h"
#include "esp/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets);

#define SAS       4
#define READ_MOST 70000
#define FROM_MOST 256 /* octets of one that are the input's own */

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
	bool udp;
} plan[SAS] = {
	{ ESP_CIPHER_AES, 128, ESP_AUTH_SHA, 4, 4, false },
	{ ESP_CIPHER_GCM, 128, ESP_AUTH_NONE, 4, 6, true },
	{ ESP_CIPHER_NULL, 0, ESP_AUTH_SHA, 6, 4, false },
	{ ESP_CIPHER_GCM, 256, ESP_AUTH_NONE, 6, 6, false },
};

static struct rig {
	struct plane plane;
	struct worker worker;
	struct engine *engine; /* of who receives */
	struct table table;
	struct tunnel_runtime runs[SAS];
	struct sa *in[SAS], *out[SAS];
	int fd[SAS], far[SAS]; /* the worker's end, the kernel's */
	size_t sent[SAS], octets[SAS];
} * rig;

static void demand(bool good)
{
	if (!good)
		abort();
}

/* The receiver: what it opens is what was counted. */
static void open_again(const struct netif_esp_packet *sent)
{
	static uint8_t room[ESP_SLOT_OCTETS];
	struct esp_packet p;
	struct inner head;
	struct rd r = rd_of(sent->data, sent->octets);
	const unsigned i = rd_u32(&r) - 0x1000;

	demand(i < SAS && ip_equal(&sent->dst, &rig->out[i]->params.dst) && sent->octets <= ESP_SLOT_OCTETS);
	replay_init(&rig->in[i]->run.replay, rig->in[i]->run.replay.window, rig->in[i]->run.replay.ring);
	packet_reset(&p, room, sizeof(room));
	demand(sent->octets <= (size_t)(p.end - p.data));
	memcpy(p.data, sent->data, sent->octets);
	p.octets = sent->octets;
	p.sa = rig->in[i];
	p.family = plan[i].inner;
	p.tos = sent->tos;
	p.verdict = ESP_OK;
	esp_decap(rig->engine, &p, 1);
	demand(!p.verdict && inner_read(p.data, p.octets, &head) && head.octets == p.octets);
	demand(head.family == plan[i].inner);
	rig->sent[i]++;
	rig->octets[i] += p.octets;
}

static int fake_send(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		demand(p[i].dst.family == w->family && (p[i].port != 0) == w->udp);
		open_again(&p[i]);
	}
	return (int)count;
}

static const struct esp_io io = { .send = fake_send };

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
			    .src = address(plan[i].outer, 1),
			    .dst = address(plan[i].outer, 2),
			    .cipher = plan[i].cipher,
			    .keybits = plan[i].keybits,
			    .auth = plan[i].auth,
			    .cipher_key = key,
			    .auth_key = key,
			    .replay_window = 64,
			    .local_port = plan[i].udp ? ESP_UDP_PORT : 0,
			    .remote_port = plan[i].udp ? 4501 : 0 };
	struct sa *sa = NULL;

	demand(esp_suite_info(p.cipher, p.keybits, p.auth, &info));
	p.cipher_key_octets = info.key_octets;
	p.auth_key_octets = info.auth_octets;
	demand(!sa_new(rig->plane.engines, &p, &sa));
	return sa;
}

static void rig_up(void)
{
	struct worker *w;

	rig = calloc(1, sizeof(*rig));
	demand(rig && !events_init(&rig->plane.events) && !ike_pair_open(&rig->plane.ike));
	w = &rig->worker;
	rig->plane.io = &io;
	rig->plane.engines = engines_new(NULL, 1, ENGINES_OPENSSL);
	w->plane = &rig->plane;
	w->kind = WORKER_OUTBOUND;
	w->out = outbound_new();
	w->engine = rig->engine = rig->plane.engines ? engine_new(rig->plane.engines, 0) : NULL;
	demand(w->engine && w->out);
	for (unsigned k = 0; k < WIRES; k++)
		(wires[k].udp ? rig->plane.config.udp : rig->plane.config.esp)[wires[k].family == 6][0] = &wires[k];
	for (unsigned i = 0; i < SAS; i++) {
		const int room = 4 * READ_MOST;
		int pair[2];

		demand(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
		(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		rig->fd[i] = pair[0];
		rig->far[i] = pair[1];
		rig->in[i] = make_sa(i, true);
		rig->out[i] = make_sa(i, false);
	}
}

/* The tunnels as this input has them. */
static void tunnels(struct rd *r)
{
	const uint8_t how = rd_u8(r);
	const unsigned mtu = rd_u16(r), limit = rd_u16(r);

	demand(table_reserve(&rig->table, SAS, SAS, SAS, 0));
	for (unsigned i = 0; i < SAS; i++) {
		struct table_tunnel t = { .id = i + 1,
					  .inner_family = plan[i].inner,
					  .mtu = mtu,
					  .limit = limit,
					  .df = (enum ipsec_df)(how % 3),
					  .cut_after = how & 4,
					  .out = how & 8 ? NULL : rig->out[i],
					  .run = &rig->runs[i] };
		const struct table_tunnel *row;

		t.tun_fd[0] = rig->fd[i];
		row = table_add_tunnel(&rig->table, &t);
		demand(row != NULL);
		table_add_sa(&rig->table, rig->out[i], row);
		rig->out[i]->run.sequence = 0;
		rig->sent[i] = rig->octets[i] = 0;
		memset(&rig->runs[i], 0, sizeof(rig->runs[i]));
	}
}

/* One read: the input's octets, then a pattern; of a packet of the tunnel's family the length is put right where asked. */
static void bring(struct rd *r)
{
	static uint8_t packet[READ_MOST];
	const uint8_t how = rd_u8(r), i = how % SAS;
	size_t octets = rd_u16(r), have;
	struct rd body;
	struct wr w = wr_of(packet, sizeof(packet));

	octets += how & 0x40 ? SEGMENT_VNET_OCTETS : 0;
	have = octets < rd_left(r) ? octets : rd_left(r);
	have = have < FROM_MOST ? have : FROM_MOST;
	body = rd_sub(r, have);
	wr_bytes(&w, body.p, have);
	while (wr_octets(&w) < octets)
		wr_u8(&w, (uint8_t)wr_octets(&w));
	if (how & 0x80 && octets > SEGMENT_VNET_OCTETS + 40u) {
		const size_t inner = octets - SEGMENT_VNET_OCTETS;

		packet[SEGMENT_VNET_OCTETS] = (uint8_t)(plan[i].inner << 4 | (packet[SEGMENT_VNET_OCTETS] & 15));
		wr_patch_u16(&w, SEGMENT_VNET_OCTETS + (plan[i].inner == 4 ? 2u : 4u),
			     (uint16_t)(plan[i].inner == 4 ? inner : inner - 40));
	}
	(void)!write(rig->far[i], packet, octets);
}

/* What was told the sender: an ICMP packet behind an empty vnet header. */
static void hear(unsigned i)
{
	uint8_t packet[2048];
	ssize_t n;

	while ((n = read(rig->far[i], packet, sizeof(packet))) > 0) {
		struct rd r = rd_of(packet, (size_t)n);
		struct inner head;

		rd_take(&r, SEGMENT_VNET_OCTETS);
		demand(!r.why && inner_read(r.p, rd_left(&r), &head) && head.octets == rd_left(&r));
		demand(head.family == plan[i].inner);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets)
{
	struct esp_event events[16];
	struct rd r = rd_of(data, octets);

	if (!rig)
		rig_up();
	tunnels(&r);
	while (rd_left(&r))
		bring(&r);
	rig->worker.now_ms += 2000;
	for (unsigned i = 0; i < SAS; i++)
		outbound_turn(&rig->worker, &rig->table, i + 1);
	outbound_flush(&rig->worker);
	for (unsigned i = 0; i < SAS; i++) {
		const struct tally *t = &rig->runs[i].out;
		uint8_t rest[16];

		demand(atomic_load(&t->packets) == rig->sent[i] && atomic_load(&t->octets) == rig->octets[i]);
		demand(!atomic_load(&t->drops[ESP_DROP_SEND]));
		hear(i);
		while (read(rig->fd[i], rest, sizeof(rest)) >= 0) /* more than a turn takes */
			;
	}
	while (events_pop(&rig->plane.events, events, 16))
		;
	return 0;
}
