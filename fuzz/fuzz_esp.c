/*
 * The data plane's input: what comes from the wire (decapsulation) and from a TUN device (reading, cutting, answering).
 * The first octet picks a suite and a way in, the second the outer traffic class, the third the MTU; the rest is the
 * packet.
 *
 * libs: -lcrypto
 */
#include "base/buf.h"
#include "esp/fragment.h"
#include "esp/too_big.h"
#include "esp/transform.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets);

enum way {
	FROM_WIRE,   /* as it stands: SPI first */
	AFTER_ICV,   /* the plaintext with its trailer, sealed here: reaches what an ICV guards */
	FROM_TUN,    /* an inner packet: must come back as it went in */
	TO_BE_BLAMED /* an inner packet that is too big */
};

static const struct {
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
} suites[] = {
	{ ESP_CIPHER_AES, 128, ESP_AUTH_NONE },   { ESP_CIPHER_NULL, 0, ESP_AUTH_SHA },
	{ ESP_CIPHER_AES, 256, ESP_AUTH_SHA256 }, { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE },
	{ ESP_CIPHER_3DES, 0, ESP_AUTH_NONE },
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

static const uint8_t key[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25, 26 };

static struct sa *make_sa(const struct engines *engines, unsigned i, bool inbound)
{
	struct esp_suite_info info;
	struct esp_sa p = { .inbound = inbound,
			    .spi = 0x1000,
			    .src.family = 4,
			    .dst.family = 4,
			    .cipher = suites[i].cipher,
			    .keybits = suites[i].keybits,
			    .auth = suites[i].auth,
			    .cipher_key = key,
			    .auth_key = key,
			    .replay_window = 64 };
	struct sa *sa = NULL;

	if (!esp_suite_info(p.cipher, p.keybits, p.auth, &info))
		abort();
	p.cipher_key_octets = info.key_octets;
	p.auth_key_octets = info.auth_octets;
	if (sa_new(engines, &p, &sa))
		abort();
	return sa;
}

static void check_bounds(const struct esp_packet *p)
{
	if (p->data < p->room || p->octets > ESP_SLOT_OCTETS || p->data + p->octets > p->end)
		abort();
}

static void open_packet(struct engine *e, struct esp_packet *p, struct sa *in, unsigned family, uint8_t tos)
{
	struct inner head;

	p->sa = in;
	p->family = family;
	p->tos = tos;
	p->verdict = ESP_OK;
	esp_decap(e, p, 1);
	check_bounds(p);
	if (!p->verdict && !p->dummy && (!inner_read(p->data, p->octets, &head) || head.octets != p->octets))
		abort();
}

/* The plaintext, aligned by cutting its front, as an ESP packet with number 1 and a good ICV. */
static void seal(const struct sa *out, struct esp_packet *p)
{
	uint8_t icv[EVP_MAX_MD_SIZE], *at;
	size_t len = 0;
	struct wr w;

	packet_pull(p, p->octets % 4);
	at = packet_push(p, ESP_HEADER_OCTETS);
	w = wr_of(at, ESP_HEADER_OCTETS);
	wr_u32(&w, 0x1000);
	wr_u32(&w, 1);
	if (!EVP_Q_mac(NULL, "HMAC", NULL, out->suite.digest_name, NULL, key, out->suite.info.auth_octets, p->data,
		       p->octets, icv, sizeof(icv), &len))
		abort();
	at = packet_put(p, out->suite.info.icv_octets);
	memcpy(at, icv, out->suite.info.icv_octets);
}

static void blame(const uint8_t *data, size_t octets, unsigned mtu)
{
	uint8_t answer[TOO_BIG_OCTETS_MAX], piece[IP4_MTU_MIN + 255];
	size_t n, payload = 0;
	struct inner in, head;
	struct fragmenter f;

	if (!inner_read(data, octets, &in))
		return;
	n = too_big_answer(data, &in, mtu, answer, sizeof(answer));
	if (n && (!inner_read(answer, n, &head) || head.octets != n))
		abort();
	if (in.family != 4)
		return;
	fragment_begin(&f, data, &in, IP4_MTU_MIN + mtu % 256);
	while ((n = fragment_next(&f, piece))) {
		if (!inner_read(piece, n, &head) || head.octets != n)
			abort();
		payload += n - head.header_octets;
	}
	if (payload != in.octets - in.header_octets)
		abort();
}

static void there_and_back(struct engine *e, struct sa *out, struct sa *in, struct esp_packet *p, const uint8_t *data,
			   size_t octets)
{
	struct inner head;

	if (!inner_read(data, octets, &head) || head.tos & 3)
		return;
	p->octets = head.octets;
	p->family = head.family;
	p->sa = out;
	esp_encap(e, p, 1);
	check_bounds(p);
	open_packet(e, p, in, head.family, 0);
	if (p->verdict || p->octets != head.octets || memcmp(p->data, data, head.octets))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets)
{
	static struct sa *in[SUITES], *out[SUITES];
	static struct engines *engines;
	static struct engine *engine;
	static uint8_t *slot;
	struct rd r = rd_of(data, octets);
	uint8_t pick = rd_u8(&r), tos = rd_u8(&r), mtu = rd_u8(&r);
	unsigned suite = pick / 8 % SUITES, family = pick & 4 ? 6 : 4;
	enum way way = (enum way)(pick & 3);
	size_t left = rd_left(&r);
	struct esp_packet p;
	const uint8_t *body;

	if (!slot) {
		slot = malloc(ESP_SLOT_OCTETS);
		engines = engines_new(NULL, 1, ENGINES_OPENSSL);
		engine = engines ? engine_new(engines, 0) : NULL;
		if (!slot || !engine)
			abort();
		for (unsigned i = 0; i < SUITES; i++) {
			in[i] = make_sa(engines, i, true);
			out[i] = make_sa(engines, i, false);
		}
	}
	if (r.why || !left || left > 4096)
		return 0;
	body = rd_take(&r, left);
	if (way == AFTER_ICV)
		suite = 1;
	replay_init(&in[suite]->run.replay, in[suite]->run.replay.window, in[suite]->run.replay.ring);
	out[suite]->run.sequence = 0;
	packet_reset(&p, slot, ESP_SLOT_OCTETS);
	memcpy(p.data, body, left);
	p.octets = left;
	if (way == AFTER_ICV)
		seal(out[1], &p);
	if (way == TO_BE_BLAMED)
		blame(body, left, mtu);
	else if (way == FROM_TUN)
		there_and_back(engine, out[suite], in[suite], &p, body, left);
	else
		open_packet(engine, &p, in[suite], family, tos);
	return 0;
}
