/*
 * What each transform costs with either engine, measured once. A packet's cipher and HMAC are worked off one after the other
 * by both, so each is measured alone and the cost of a pair is the sum.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "esp/engine_parts.h"

#include <stdlib.h>

#define BODY_OCTETS 512
#define BATCH       16
#define ROUNDS_MIN  3
#define ROUNDS_MAX  10
#define ENOUGH_NS   40000 /* for one figure, once there are ROUNDS_MIN */

struct cost {
	unsigned single, alone, batch; /* ns a packet; 0: not measured */
};

struct bench {
	struct multi *multi;
	struct sa_keys *keys;
	struct frame frames[BATCH];
	enum esp_drop verdicts[BATCH];
	uint8_t room[BATCH][ESP_HEADER_OCTETS + ESP_IV_MAX + BODY_OCTETS + ESP_ICV_MAX];
};

static void lay_out(struct bench *b, const struct esp_suite_info *s)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct wr w = wr_of(b->room[i], sizeof(b->room[i]));

		b->frames[i].header = wr_take(&w, ESP_HEADER_OCTETS);
		b->frames[i].iv = wr_take(&w, s->iv_octets);
		b->frames[i].body = wr_take(&w, BODY_OCTETS);
		b->frames[i].icv = wr_take(&w, s->icv_octets);
		b->frames[i].octets = BODY_OCTETS;
	}
}

static void run_single(struct bench *b)
{
	b->verdicts[0] = single_run(b->keys, &b->keys->lanes[0], &b->frames[0]);
}

static void run_alone(struct bench *b)
{
	multi_start(b->multi, 0, b->keys, &b->frames[0], &b->verdicts[0]);
	multi_finish(b->multi);
}

static void run_batch(struct bench *b)
{
	for (unsigned i = 0; i < BATCH; i++)
		multi_start(b->multi, i, b->keys, &b->frames[i], &b->verdicts[i]);
	multi_finish(b->multi);
}

/* The least of some rounds: what disturbs a round makes it longer, never shorter. */
static unsigned time_of(struct bench *b, void (*run)(struct bench *b), unsigned packets)
{
	uint64_t least = UINT64_MAX, spent = 0;

	for (unsigned i = 0; i < ROUNDS_MAX && (i < ROUNDS_MIN || spent < ENOUGH_NS); i++) {
		uint64_t from = clock_ns(), took;

		run(b);
		took = clock_ns() - from;
		spent += took;
		if (took < least)
			least = took;
	}
	return (unsigned)(least / packets) + 1;
}

static struct cost measure(OSSL_LIB_CTX *lib, struct bench *b, enum esp_cipher cipher, unsigned keybits,
			   enum esp_auth auth)
{
	static const uint8_t key[ESP_AUTH_KEY_MAX] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };
	const struct esp_sa params = { .cipher_key = key, .auth_key = key };
	const enum single_use single = cipher != ESP_CIPHER_DES ? SINGLE_MADE : SINGLE_NONE;
	struct cost c = { 0 };
	struct esp_suite s;

	if (!esp_suite_find(cipher, keybits, auth, &s) || keys_make(lib, b->multi, 1, &s, &params, 1, single, &b->keys))
		return c;
	lay_out(b, &s.info);
	if (single == SINGLE_MADE)
		c.single = time_of(b, run_single, 1);
	if (b->multi && s.multi_cipher) {
		c.alone = time_of(b, run_alone, 1);
		c.batch = time_of(b, run_batch, BATCH);
	}
	keys_free(b->keys);
	return c;
}

/*
 * The smallest batch that ipsec-mb does not do slower. Between one and BATCH packets its time grows steadily: empty lanes
 * cost what full ones do.
 */
static unsigned multi_from(const struct cost *c)
{
	const uint64_t first = c->alone, last = (uint64_t)c->batch * BATCH;

	if (!c->batch)
		return 0;
	for (unsigned n = 1; n <= BATCH; n++)
		if ((first * (BATCH - n) + last * (n - 1)) / (BATCH - 1) <= (uint64_t)c->single * n || !c->single)
			return n;
	return 0;
}

static struct cost sum(const struct cost *a, const struct cost *b)
{
	return (struct cost){ a->single + b->single, a->alone + b->alone, a->batch + b->batch };
}

void measure_rows(OSSL_LIB_CTX *lib, struct multi *multi, struct esp_engine_row *rows)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct cost auths[ESP_AUTH_SHA512 + 1] = { 0 }, cipher = { 0 }, triple = { 0 };
	struct esp_suite s;

	if (!b)
		return;
	b->multi = multi;
	for (unsigned a = ESP_AUTH_NONE + 1; a <= ESP_AUTH_SHA512; a++)
		auths[a] = measure(lib, b, ESP_CIPHER_NULL, 0, (enum esp_auth)a);
	triple = measure(lib, b, ESP_CIPHER_3DES, 0, ESP_AUTH_NONE);
	for (unsigned row = 0; row < ESP_SUITE_ROWS; row++) {
		struct cost c;

		if (!esp_suite_at(row, &s))
			continue;
		/* rows of a cipher follow each other, and begin with that without an HMAC where there is one */
		if (s.cipher == ESP_CIPHER_NULL)
			cipher = (struct cost){ 0 };
		else if (s.auth == ESP_AUTH_NONE)
			cipher = s.cipher == ESP_CIPHER_3DES ? triple
							     : measure(lib, b, s.cipher, s.keybits, ESP_AUTH_NONE);
		/* OpenSSL has it in a library of its own, which is not loaded for this */
		if (s.cipher == ESP_CIPHER_DES)
			cipher.single = triple.single / 3;
		c = sum(&cipher, &auths[s.auth]);
		rows[row].single_ns = c.single;
		rows[row].multi_1 = c.alone;
		rows[row].multi_ns = c.batch;
		rows[row].multi_from = multi_from(&c);
	}
	free(b);
}
