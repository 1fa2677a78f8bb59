/*
 * Batches of received packets: ipsec-mb, where it is there, has the batch, OpenSSL each packet alone. Both say the same of each
 * packet and give the same octets, and nothing is written outside a packet.
 *
 * The input is read as packets: an octet that picks the SA, one that says what is done, then as that needs. Of ESP packets
 * that were made here from octets of the input some are changed, cut or sent twice, others come from the input as they are.
 *
 * libs: -lcrypto
 */
#include "base/buf.h"
#include "esp/transform.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets);

#define ROOM   2048
#define SAS    32 /* every transform but those of single DES */
#define MARK   0xa5
#define WINDOW 64

enum what { WHOLE, CHANGED, CUT, AGAIN, RAW, WHATS };

/* What is opened; SAs are the same on both sides. */
struct side {
	struct engines *engines;
	struct engine *engine;
	struct sa *in[SAS];
	struct esp_packet p[ESP_BATCH];
	uint8_t room[ESP_BATCH][ROOM];
};

static struct sa *make_sa(const struct engines *engines, unsigned i, bool inbound)
{
	static const uint8_t key[64] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 };
	struct esp_suite s = { 0 };
	struct esp_sa p = { .inbound = inbound,
			    .spi = 0x1000 + i,
			    .src.family = 4,
			    .dst.family = 4,
			    .cipher_key = key,
			    .auth_key = key,
			    .replay_window = WINDOW };
	struct sa *sa = NULL;

	/* single DES is OpenSSL's legacy provider's */
	for (unsigned row = 0, n = 0; row < ESP_SUITE_ROWS && n <= i; row++)
		if (esp_suite_at(row, &s) && s.cipher != ESP_CIPHER_DES)
			n++;
	p.cipher = s.cipher;
	p.keybits = s.keybits;
	p.auth = s.auth;
	p.cipher_key_octets = s.info.key_octets;
	p.auth_key_octets = s.info.auth_octets;
	if (sa_new(engines, &p, &sa))
		abort();
	return sa;
}

static void side_up(struct side *s, enum engine_choice choice)
{
	s->engines = engines_new(NULL, 1, choice);
	s->engine = s->engines ? engine_new(s->engines, 0) : NULL;
	if (!s->engine)
		abort();
	for (unsigned i = 0; i < SAS; i++)
		s->in[i] = make_sa(s->engines, i, true);
}

static void put(struct side *s, unsigned i, unsigned sa, const uint8_t *data, size_t octets, unsigned family)
{
	memset(s->room[i], MARK, ROOM);
	packet_reset(&s->p[i], s->room[i], ROOM);
	s->p[i].data += octets % 16;
	s->p[i].octets = octets;
	s->p[i].family = family;
	s->p[i].sa = s->in[sa];
	if (octets)
		memcpy(s->p[i].data, data, octets);
}

static void check_marks(const struct side *s, unsigned i, size_t octets)
{
	size_t from = ESP_HEADROOM + octets % 16;

	for (size_t k = 0; k < ROOM; k++)
		if ((k < from || k >= from + octets) && s->room[i][k] != MARK)
			abort();
}

/* In a batch all pass the window before the first is committed: what alone is too late may fall to its ICV there. */
static void compare(const struct esp_packet *alone, const struct esp_packet *together)
{
	if (alone->verdict != together->verdict &&
	    !(alone->verdict == ESP_DROP_REPLAY && together->verdict == ESP_DROP_ICV))
		abort();
	if (alone->verdict)
		return;
	if (alone->octets != together->octets || alone->dummy != together->dummy ||
	    memcmp(alone->data, together->data, alone->octets) != 0)
		abort();
}

struct made {
	uint8_t data[ROOM];
	size_t octets;
	unsigned sa, family;
};

static void make(struct engine *e, struct sa *const out[SAS], struct rd *r, struct made *m)
{
	struct esp_packet p;
	size_t octets = rd_u16(r) % 1500;

	if (octets > rd_left(r))
		octets = rd_left(r);
	packet_reset(&p, m->data, ROOM);
	rd_copy(r, p.data, octets);
	p.octets = octets;
	p.family = m->family = octets % 2 ? 6 : 4;
	p.sa = out[m->sa];
	esp_encap(e, &p, 1);
	if (p.verdict)
		abort();
	memmove(m->data, p.data, p.octets);
	m->octets = p.octets;
}

static void change(struct rd *r, struct made *m)
{
	for (unsigned n = rd_u8(r) % 4 + 1u; n; n--) {
		size_t at = rd_u16(r) % m->octets;

		m->data[at] ^= rd_u8(r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t octets)
{
	static struct side sides[2];
	static struct sa *out[SAS];
	static struct made made[ESP_BATCH];
	struct rd r = rd_of(data, octets);
	unsigned count = 0;

	if (!sides[0].engine) {
		side_up(&sides[0], ENGINES_OPENSSL);
		side_up(&sides[1], ENGINES_MULTI);
		for (unsigned i = 0; i < SAS; i++)
			out[i] = make_sa(sides[1].engines, i, false);
	}
	for (unsigned i = 0; i < SAS; i++) {
		out[i]->run.sequence = 0;
		for (unsigned k = 0; k < 2; k++)
			replay_init(&sides[k].in[i]->run.replay, sides[k].in[i]->run.replay.window,
				    sides[k].in[i]->run.replay.ring);
	}
	for (; count < ESP_BATCH && rd_left(&r); count++) {
		struct made *m = &made[count];
		enum what what;

		m->sa = rd_u8(&r) % SAS;
		what = (enum what)(rd_u8(&r) % WHATS);
		if (what == AGAIN && count) {
			*m = made[rd_u8(&r) % count];
		} else if (what == RAW) {
			size_t left = rd_left(&r);

			m->octets = rd_u16(&r) % 1500;
			m->family = 4;
			if (r.why || m->octets > left - 2)
				m->octets = rd_left(&r);
			rd_copy(&r, m->data, m->octets);
		} else {
			make(sides[1].engine, out, &r, m);
			if (what == CHANGED)
				change(&r, m);
			if (what == CUT)
				m->octets = rd_u16(&r) % (m->octets + 1);
		}
		for (unsigned k = 0; k < 2; k++)
			put(&sides[k], count, m->sa, m->data, m->octets, m->family);
	}
	for (unsigned i = 0; i < count; i++)
		esp_decap(sides[0].engine, &sides[0].p[i], 1);
	esp_decap(sides[1].engine, sides[1].p, count);
	for (unsigned i = 0; i < count; i++) {
		compare(&sides[0].p[i], &sides[1].p[i]);
		check_marks(&sides[0], i, made[i].octets);
		check_marks(&sides[1], i, made[i].octets);
	}
	return 0;
}
