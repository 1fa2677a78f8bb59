/*
 * esp/engine*.c: OpenSSL and ipsec-mb make and take the same octets, packet by packet and in mixed batches; several lanes of
 * one SA. Where ipsec-mb is not there, both are OpenSSL.
 */
#include "esp/engine_parts.h"
#include "tests/unit/esp_unit.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>

#define SUITES       38
#define LENGTH_MAX   1500
#define ROOM         4096
#define MARK         0xa5
#define MIXED_ROUNDS 150

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* A batch in rooms of its own. */
struct batch {
	struct esp_packet p[ESP_BATCH];
	uint8_t *rooms;
	size_t octets; /* of each room */
};

static struct batch *batch_new(size_t octets)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b || !(b->rooms = malloc(ESP_BATCH * octets)))
		abort();
	b->octets = octets;
	return b;
}

static void batch_free(struct batch *b)
{
	free(b->rooms);
	free(b);
}

static uint8_t *room_of(const struct batch *b, unsigned i)
{
	return b->rooms + i * b->octets;
}

/* An inner packet of n octets, if that can be one, at an address of any alignment; the rest of the room is marked. */
static void put_inner(struct batch *b, unsigned i, size_t n, struct sa *sa)
{
	unsigned family = n % 2 ? 6 : 4;

	memset(room_of(b, i), MARK, b->octets);
	packet_reset(&b->p[i], room_of(b, i), b->octets);
	b->p[i].data += n % 16;
	b->p[i].octets = n;
	b->p[i].family = family;
	b->p[i].sa = sa;
	if (n >= (family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS))
		esp_unit_inner(family, n, 0, false, b->p[i].data);
	else
		memset(b->p[i].data, 0x5a, n);
}

static void put_packet(struct batch *b, unsigned i, const uint8_t *data, size_t octets, unsigned family, struct sa *sa)
{
	memset(room_of(b, i), MARK, b->octets);
	packet_reset(&b->p[i], room_of(b, i), b->octets);
	b->p[i].data += octets % 16;
	b->p[i].octets = octets;
	b->p[i].family = family;
	b->p[i].sa = sa;
	if (octets)
		memcpy(b->p[i].data, data, octets);
}

/* Nothing is written outside the packet. */
static bool marks_stand(const struct batch *b, unsigned i, const uint8_t *from, size_t octets)
{
	const uint8_t *room = room_of(b, i);
	size_t at = (size_t)(from - room), bad = 0;

	for (size_t k = 0; k < b->octets; k++)
		bad += (k < at || k >= at + octets) && room[k] != MARK;
	return !bad;
}

/* Both engines find the same IVs drawn. */
static void pretend_drawn(struct engine *e)
{
	for (size_t i = 0; i < sizeof(e->ivs); i++)
		e->ivs[i] = (uint8_t)(i * 37 + i / 256);
	e->ivs_left = sizeof(e->ivs);
}

static bool equal_packets(const struct esp_packet *a, const struct esp_packet *b)
{
	return a->verdict == b->verdict && a->octets == b->octets && !memcmp(a->data, b->data, a->octets);
}

struct both {
	struct esp_unit_lib lib[2]; /* OpenSSL, ipsec-mb */
	struct batch *batch[2];
};

static struct both both_up(size_t room)
{
	struct both b = { .lib = { esp_unit_lib_of(ENGINES_OPENSSL, 1), esp_unit_lib_of(ENGINES_MULTI, 1) },
			  .batch = { batch_new(room), batch_new(room) } };

	return b;
}

static void both_down(struct both *b)
{
	for (int k = 0; k < 2; k++) {
		batch_free(b->batch[k]);
		esp_unit_lib_free(&b->lib[k]);
	}
}

/* Seals lengths from..from+n-1 with both, compares, and opens each with the other. How many were wrong. */
static unsigned seal_and_cross(struct both *b, struct sa *out[2], struct sa *in[2], size_t from, unsigned n)
{
	unsigned wrong = 0;

	for (int k = 0; k < 2; k++) {
		for (unsigned i = 0; i < n; i++)
			put_inner(b->batch[k], i, from + i, out[k]);
		pretend_drawn(b->lib[k].engine);
		esp_encap(b->lib[k].engine, b->batch[k]->p, n);
	}
	for (unsigned i = 0; i < n; i++) {
		wrong += b->batch[0]->p[i].verdict != ESP_OK || b->batch[0]->p[i].inner_octets != from + i;
		wrong += !equal_packets(&b->batch[0]->p[i], &b->batch[1]->p[i]);
		for (int k = 0; k < 2; k++)
			wrong += !marks_stand(b->batch[k], i, b->batch[k]->p[i].data, b->batch[k]->p[i].octets);
	}
	for (int k = 0; k < 2; k++) {
		for (unsigned i = 0; i < n; i++)
			b->batch[k]->p[i].sa = in[!k];
		esp_open(b->lib[!k].engine, b->batch[k]->p, n);
	}
	for (unsigned i = 0; i < n; i++) {
		const struct esp_packet *p = &b->batch[0]->p[i];

		wrong += p->verdict != ESP_OK || !equal_packets(p, &b->batch[1]->p[i]);
		wrong += p->octets < from + i + ESP_TRAILER_OCTETS;
		/* the inner packet as it was made */
		put_inner(b->batch[1], i, from + i, NULL);
		wrong += memcmp(p->data, b->batch[1]->p[i].data, from + i) != 0;
	}
	return wrong;
}

static void with_suite(struct both *b, struct esp_unit_suite u, size_t from, size_t to)
{
	struct sa *out[2], *in[2];
	unsigned wrong = 0;

	for (int k = 0; k < 2; k++) {
		out[k] = esp_unit_sa(&b->lib[k], u, false);
		in[k] = esp_unit_sa(&b->lib[k], u, true);
		CU_ASSERT_TRUE_FATAL(out[k] && in[k]);
	}
	for (size_t n = from; n <= to; n += ESP_BATCH)
		wrong += seal_and_cross(b, out, in, n, (unsigned)(to - n + 1 < ESP_BATCH ? to - n + 1 : ESP_BATCH));
	CU_ASSERT_EQUAL(wrong, 0);
	for (int k = 0; k < 2; k++) {
		sa_free(out[k]);
		sa_free(in[k]);
	}
}

static void every_suite_and_length_is_the_same(void)
{
	struct both b = both_up(ROOM);
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i++)
		with_suite(&b, u, 0, LENGTH_MAX);
	both_down(&b);
}

/* Around what ipsec-mb takes: what is longer goes by OpenSSL whatever was measured. */
static void the_longest_are_the_same(void)
{
	struct both b = both_up(ESP_SLOT_OCTETS + 64);
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i += 7) {
		with_suite(&b, u, 16380, 16390);
		with_suite(&b, u, 65430, 65440);
		with_suite(&b, u, 65470, 65480);
		with_suite(&b, u, 65530, 65535);
	}
	both_down(&b);
}

/* What is measured decides who works, not what comes out: batches on both sides of every limit. */
static void small_batches_are_the_same(void)
{
	struct esp_unit_lib lib = esp_unit_lib_of(ENGINES_MEASURED, 1), plain = esp_unit_lib_of(ENGINES_OPENSSL, 1);
	struct batch *b = batch_new(ROOM);
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
		struct sa *out = esp_unit_sa(&lib, u, false), *in = esp_unit_sa(&plain, u, true);
		unsigned wrong = 0;

		for (unsigned n = 1; n <= 20; n++) {
			for (unsigned k = 0; k < n; k++)
				put_inner(b, k, 40 + 31 * k, out);
			esp_encap(lib.engine, b->p, n);
			for (unsigned k = 0; k < n; k++)
				b->p[k].sa = in;
			esp_decap(plain.engine, b->p, n);
			for (unsigned k = 0; k < n; k++)
				wrong += b->p[k].verdict != ESP_OK || b->p[k].octets != 40 + 31 * k;
		}
		CU_ASSERT_EQUAL(wrong, 0);
		sa_free(out);
		sa_free(in);
	}
	batch_free(b);
	esp_unit_lib_free(&lib);
	esp_unit_lib_free(&plain);
}

/* An SA of every transform, each direction, with each engine. */
struct fleet {
	struct sa *out[SUITES], *in[2][SUITES];
};

static void fleet_up(struct fleet *f, struct both *b)
{
	struct esp_unit_suite u;

	for (unsigned i = 0; i < SUITES; i++) {
		struct esp_sa p;

		CU_ASSERT_TRUE_FATAL(esp_unit_suite(i, &u));
		p = esp_unit_params(u, false, 0x1000 + i);
		CU_ASSERT_EQUAL_FATAL(sa_new(b->lib[0].engines, &p, &f->out[i]), 0);
		for (int k = 0; k < 2; k++) {
			p.inbound = true;
			p.replay_window = 1024;
			CU_ASSERT_EQUAL_FATAL(sa_new(b->lib[k].engines, &p, &f->in[k][i]), 0);
		}
	}
}

static void fleet_down(struct fleet *f)
{
	for (unsigned i = 0; i < SUITES; i++) {
		sa_free(f->out[i]);
		sa_free(f->in[0][i]);
		sa_free(f->in[1][i]);
	}
}

/* One octet, but not of the number: what a batch says of a number that another packet of it has is not what one alone says. */
static void spoil(uint8_t *data, size_t octets, uint32_t *seed)
{
	size_t at = draw(seed) % (octets - 4);

	data[at < 4 ? at : at + 4] ^= (uint8_t)(1u << draw(seed) % 8);
}

/*
 * Random batches of all SAs: whole ones, spoiled ones, cut ones, copies. ipsec-mb has the batch, OpenSSL each packet alone;
 * both say the same of each, and give the same.
 */
static void mixed_batches_are_the_same(void)
{
	struct both b = both_up(ROOM);
	struct batch *made = batch_new(ROOM);
	unsigned wrong = 0, said[ESP_DROP_COUNT] = { 0 };
	uint32_t seed = 5;
	struct fleet f;

	fleet_up(&f, &b);
	for (unsigned round = 0; round < MIXED_ROUNDS; round++) {
		unsigned count = 1 + draw(&seed) % ESP_BATCH, suites = 1 + draw(&seed) % SUITES, of[ESP_BATCH],
			 to[ESP_BATCH];

		for (unsigned i = 0; i < count; i++) {
			of[i] = draw(&seed) % suites;
			put_inner(made, i, draw(&seed) % (round % 4 ? 200 : 2000), f.out[of[i]]);
		}
		esp_encap(b.lib[0].engine, made->p, count);
		for (unsigned i = 0; i < count; i++) {
			const struct esp_packet *p = &made->p[i];
			unsigned what = draw(&seed) % 8, family = p->family;
			size_t octets = p->octets;

			wrong += p->verdict != ESP_OK;
			to[i] = of[i];
			if (what == 0) {
				spoil(p->data, octets, &seed);
			} else if (what == 1) {
				octets = draw(&seed) % (octets + 1);
			} else if (what == 2 && i) {
				unsigned which = draw(&seed) % i;

				p = &made->p[which];
				to[i] = of[which];
				octets = p->octets;
				family = p->family;
			}
			for (int k = 0; k < 2; k++)
				put_packet(b.batch[k], i, p->data, octets, family, f.in[k][to[i]]);
		}
		for (unsigned i = 0; i < count; i++)
			esp_decap(b.lib[0].engine, &b.batch[0]->p[i], 1);
		esp_decap(b.lib[1].engine, b.batch[1]->p, count);
		for (unsigned i = 0; i < count; i++) {
			const struct esp_packet *alone = &b.batch[0]->p[i], *together = &b.batch[1]->p[i];

			said[alone->verdict]++;
			wrong += alone->verdict != together->verdict;
			if (!alone->verdict)
				wrong += !equal_packets(alone, together) || alone->sequence != together->sequence;
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(said[ESP_OK] && said[ESP_DROP_ICV] && said[ESP_DROP_SHORT] && said[ESP_DROP_REPLAY] &&
		       said[ESP_DROP_SELECTOR] && said[ESP_DROP_PADDING]);
	fleet_down(&f);
	batch_free(made);
	both_down(&b);
}

/* Draws serve several batches; no IV comes twice. */
static void ivs_never_come_twice(void)
{
	static const struct esp_unit_suite aes_sha = { ESP_CIPHER_AES, 128, ESP_AUTH_SHA };
	struct esp_unit_lib lib = esp_unit_lib_of(ENGINES_MEASURED, 1);
	struct sa *out = esp_unit_sa(&lib, aes_sha, false);
	struct batch *b = batch_new(ROOM);
	unsigned n = 0, twice = 0;
	static uint8_t seen[3 * ESP_BATCH][ESP_IV_MAX];

	while (n < 3 * ESP_BATCH) {
		unsigned count = n % 7 + 1 < 3 * ESP_BATCH - n ? n % 7 + 1 : 3 * ESP_BATCH - n;

		for (unsigned i = 0; i < count; i++)
			put_inner(b, i, 40, out);
		esp_encap(lib.engine, b->p, count);
		for (unsigned i = 0; i < count; i++, n++) {
			memcpy(seen[n], b->p[i].data + ESP_HEADER_OCTETS, ESP_IV_MAX);
			for (unsigned j = 0; j < n; j++)
				twice += !memcmp(seen[n], seen[j], ESP_IV_MAX);
		}
	}
	CU_ASSERT_EQUAL(twice, 0);
	sa_free(out);
	batch_free(b);
	esp_unit_lib_free(&lib);
}

#define LANES         2
#define LANE_BATCHES  20
#define TIGHT_BATCHES 1000 /* of what takes so little that both are at it all the time */
#define MEET_EVERY    25

/* Two workers and one SA. */
struct crew {
	struct esp_unit_lib lib;
	struct sa *sa, *back; /* back: the other direction, no window */
	struct worker_of {
		struct crew *crew;
		struct engine *engine;
		struct batch *batch;
		pthread_t thread;
		unsigned sealed, refused, wrong;
	} w[LANES];
	_Atomic unsigned char used[LANES * TIGHT_BATCHES * ESP_BATCH + 1]; /* by number: how often */
	uint8_t *packets;                                                  /* to open: ROOM octets each */
	size_t octets[LANE_BATCHES * ESP_BATCH];
	pthread_barrier_t start;
	_Atomic unsigned met;
};

static struct crew *crew_up(enum engine_choice choice, struct esp_unit_suite u, bool inbound)
{
	struct crew *c = calloc(1, sizeof(*c));
	struct esp_sa p = esp_unit_params(u, inbound, 0x1000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->lib = esp_unit_lib_of(choice, LANES);
	p.replay_window = 1024;
	CU_ASSERT_EQUAL_FATAL(sa_new(c->lib.engines, &p, &c->sa), 0);
	p.inbound = !inbound;
	p.replay_window = 0;
	CU_ASSERT_EQUAL_FATAL(sa_new(c->lib.engines, &p, &c->back), 0);
	pthread_barrier_init(&c->start, NULL, LANES);
	for (unsigned i = 0; i < LANES; i++) {
		c->w[i] = (struct worker_of){ .crew = c,
					      .engine = engine_new(c->lib.engines, i),
					      .batch = batch_new(ROOM) };
		CU_ASSERT_PTR_NOT_NULL_FATAL(c->w[i].engine);
	}
	return c;
}

static void crew_work(struct crew *c, void *(*fn)(void *))
{
	for (unsigned i = 0; i < LANES; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&c->w[i].thread, NULL, fn, &c->w[i]), 0);
	for (unsigned i = 0; i < LANES; i++)
		pthread_join(c->w[i].thread, NULL);
}

static void crew_down(struct crew *c)
{
	for (unsigned i = 0; i < LANES; i++) {
		engine_free(c->w[i].engine);
		batch_free(c->w[i].batch);
	}
	pthread_barrier_destroy(&c->start);
	sa_free(c->sa);
	sa_free(c->back);
	esp_unit_lib_free(&c->lib);
	free(c->packets);
	free(c);
}

static void *seal_much(void *arg)
{
	struct worker_of *w = arg;
	struct crew *c = w->crew;

	pthread_barrier_wait(&c->start);
	for (unsigned n = 0; n < LANE_BATCHES; n++) {
		for (unsigned i = 0; i < ESP_BATCH; i++)
			put_inner(w->batch, i, 40 + i, c->sa);
		esp_encap(w->engine, w->batch->p, ESP_BATCH);
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			const struct esp_packet *p = &w->batch->p[i];

			if (p->verdict == ESP_DROP_SEQUENCE) {
				w->refused++;
				w->wrong += p->sequence != 0;
				continue;
			}
			w->sealed++;
			w->wrong += p->verdict != ESP_OK || !p->sequence;
			/* side by side in one batch: a run */
			w->wrong += i && p->sequence != w->batch->p[i - 1].sequence + 1;
			if (p->sequence < sizeof(c->used))
				c->used[p->sequence]++;
		}
		for (unsigned i = 0; i < ESP_BATCH; i++)
			w->batch->p[i].sa = c->back;
		esp_open(w->engine, w->batch->p, ESP_BATCH);
		for (unsigned i = 0; i < ESP_BATCH; i++)
			w->wrong += w->batch->p[i].verdict && w->batch->p[i].verdict != ESP_DROP_SEQUENCE;
	}
	OPENSSL_thread_stop_ex(c->lib.ctx);
	return NULL;
}

static const struct esp_unit_suite lane_suites[] = { { ESP_CIPHER_AES, 128, ESP_AUTH_SHA },
						     { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE } };
#define LANE_SUITES (sizeof(lane_suites) / sizeof(lane_suites[0]))

static void two_lanes_use_each_number_once(void)
{
	for (unsigned k = 0; k < LANE_SUITES * 2; k++) {
		struct crew *c = crew_up(k % 2 ? ENGINES_MULTI : ENGINES_OPENSSL, lane_suites[k / 2], false);
		const unsigned total = LANES * LANE_BATCHES * ESP_BATCH;
		unsigned wrong = 0;

		crew_work(c, seal_much);
		for (unsigned n = 1; n <= total; n++)
			wrong += c->used[n] != 1;
		CU_ASSERT_EQUAL(wrong + c->w[0].wrong + c->w[1].wrong, 0);
		CU_ASSERT_EQUAL(c->w[0].sealed + c->w[1].sealed, total);
		CU_ASSERT_EQUAL(sa_sequence(c->sa), total);
		crew_down(c);
	}
}

static void two_lanes_stop_at_the_last_number(void)
{
	struct crew *c = crew_up(ENGINES_MEASURED, lane_suites[0], false);

	c->sa->run.sequence = UINT32_MAX - 1000;
	crew_work(c, seal_much);
	CU_ASSERT_EQUAL(c->w[0].wrong + c->w[1].wrong, 0);
	CU_ASSERT_EQUAL(c->w[0].sealed + c->w[1].sealed, 1000);
	CU_ASSERT_EQUAL(c->w[0].refused + c->w[1].refused, LANES * LANE_BATCHES * ESP_BATCH - 1000);
	CU_ASSERT_EQUAL(sa_sequence(c->sa), UINT32_MAX);
	crew_down(c);
}

static void *open_much(void *arg)
{
	struct worker_of *w = arg;
	struct crew *c = w->crew;

	pthread_barrier_wait(&c->start);
	for (unsigned n = 0; n < LANE_BATCHES; n++) {
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			unsigned at = n * ESP_BATCH + i;

			put_packet(w->batch, i, c->packets + (size_t)at * ROOM, c->octets[at], 4, c->sa);
		}
		esp_decap(w->engine, w->batch->p, ESP_BATCH);
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			const struct esp_packet *p = &w->batch->p[i];

			w->wrong += p->verdict != ESP_OK && p->verdict != ESP_DROP_REPLAY;
			if (!p->verdict)
				c->used[p->sequence]++;
		}
	}
	OPENSSL_thread_stop_ex(c->lib.ctx);
	return NULL;
}

/* Both get every packet, in the same order: whoever is first with one has it. */
static void two_lanes_accept_each_number_once(void)
{
	for (unsigned k = 0; k < LANE_SUITES * 2; k++) {
		struct crew *c = crew_up(k % 2 ? ENGINES_MULTI : ENGINES_OPENSSL, lane_suites[k / 2], true);
		const unsigned total = LANE_BATCHES * ESP_BATCH;
		unsigned wrong = 0;

		c->packets = malloc((size_t)total * ROOM);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c->packets);
		for (unsigned n = 0; n < total; n++) {
			put_inner(c->w[0].batch, 0, 40, c->back);
			esp_encap(c->lib.engine, c->w[0].batch->p, 1);
			c->octets[n] = c->w[0].batch->p[0].octets;
			memcpy(c->packets + (size_t)n * ROOM, c->w[0].batch->p[0].data, c->octets[n]);
		}
		crew_work(c, open_much);
		for (unsigned n = 1; n <= total; n++)
			wrong += c->used[n] != 1;
		CU_ASSERT_EQUAL(wrong + c->w[0].wrong + c->w[1].wrong, 0);
		CU_ASSERT_EQUAL(sa_sequence(c->sa), total);
		crew_down(c);
	}
}

/* Both go on at the same moment, so that what follows meets too. */
static void meet(struct crew *c)
{
	unsigned all = c->met++ / LANES * LANES + LANES;

	while (c->met < all)
		sched_yield();
}

/* Packets that find no room take their numbers and cost nothing more. Each is a run: its neighbours are another SA's. */
static void *take_numbers(void *arg)
{
	struct worker_of *w = arg;
	struct crew *c = w->crew;

	for (unsigned n = 0; n < TIGHT_BATCHES; n++) {
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			packet_reset(&w->batch->p[i], w->batch->rooms, ROOM);
			w->batch->p[i].octets = ROOM - ESP_HEADROOM;
			w->batch->p[i].sa = i % 2 ? c->back : c->sa;
		}
		if (n % MEET_EVERY == 0)
			meet(c);
		esp_encap(w->engine, w->batch->p, ESP_BATCH);
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			w->wrong += w->batch->p[i].verdict != ESP_DROP_CRYPTO;
			if (i % 2 == 0)
				c->used[w->batch->p[i].sequence]++;
		}
	}
	OPENSSL_thread_stop_ex(c->lib.ctx);
	return NULL;
}

static void numbers_are_taken_one_by_one(void)
{
	struct crew *c = crew_up(ENGINES_OPENSSL, lane_suites[1], false);
	const unsigned total = LANES * TIGHT_BATCHES * ESP_BATCH / 2;
	unsigned wrong = 0;

	crew_work(c, take_numbers);
	for (unsigned n = 1; n <= total; n++)
		wrong += c->used[n] != 1;
	CU_ASSERT_EQUAL(wrong + c->w[0].wrong + c->w[1].wrong, 0);
	CU_ASSERT_EQUAL(sa_sequence(c->sa), total);
	CU_ASSERT_EQUAL(c->back->run.sequence, total);
	crew_down(c);
}

/* Dummy packets, as they are when they were decrypted. */
static void *accept_numbers(void *arg)
{
	struct worker_of *w = arg;
	struct crew *c = w->crew;

	for (unsigned n = 0; n < TIGHT_BATCHES; n++) {
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			static const uint8_t trailer[] = { 0, IP_PROTO_NONE };

			packet_reset(&w->batch->p[i], w->batch->rooms, ROOM);
			memcpy(packet_put(&w->batch->p[i], sizeof(trailer)), trailer, sizeof(trailer));
			w->batch->p[i].sa = c->sa;
			w->batch->p[i].sequence = n * ESP_BATCH + i + 1;
		}
		if (n % MEET_EVERY == 0)
			meet(c);
		esp_accept(w->batch->p, ESP_BATCH);
		for (unsigned i = 0; i < ESP_BATCH; i++) {
			w->wrong += w->batch->p[i].verdict != ESP_OK && w->batch->p[i].verdict != ESP_DROP_REPLAY;
			if (!w->batch->p[i].verdict)
				c->used[w->batch->p[i].sequence]++;
		}
	}
	return NULL;
}

static void numbers_are_accepted_one_by_one(void)
{
	struct crew *c = crew_up(ENGINES_OPENSSL, lane_suites[1], true);
	const unsigned total = TIGHT_BATCHES * ESP_BATCH;
	unsigned wrong = 0;

	crew_work(c, accept_numbers);
	for (unsigned n = 1; n <= total; n++)
		wrong += c->used[n] != 1;
	CU_ASSERT_EQUAL(wrong + c->w[0].wrong + c->w[1].wrong, 0);
	CU_ASSERT_EQUAL(sa_sequence(c->sa), total);
	crew_down(c);
}

/* Contexts of OpenSSL are there where it takes all packets, else after the first that it takes. */
static void contexts_are_made_for_who_comes_alone(void)
{
	struct esp_unit_lib libs[] = { esp_unit_lib_of(ENGINES_OPENSSL, 1), esp_unit_lib_of(ENGINES_MEASURED, 1),
				       esp_unit_lib_of(ENGINES_MULTI, 1) };
	struct batch *b = batch_new(ROOM);
	struct esp_unit_suite u;

	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
			struct sa *sa = esp_unit_sa(&libs[k], u, false);

			CU_ASSERT_TRUE_FATAL(sa != NULL);
			CU_ASSERT_EQUAL(sa->keys->lanes[0].made, sa->keys->multi_from == UINT_MAX);
			CU_ASSERT_EQUAL(sa->keys->lanes[0].cipher || sa->keys->lanes[0].mac, sa->keys->lanes[0].made);
			put_inner(b, 0, 100, sa);
			esp_encap(libs[k].engine, b->p, 1);
			CU_ASSERT_EQUAL(b->p[0].verdict, ESP_OK);
			CU_ASSERT_EQUAL(sa->keys->lanes[0].made, sa->keys->multi_from > 1);
			sa_free(sa);
		}
		esp_unit_lib_free(&libs[k]);
	}
	batch_free(b);
}

/* KiB of ipsec-mb's code that the process has mapped and used. */
static unsigned code_kib(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool here = false;
	unsigned kib = 0, n;
	char line[512];

	CU_ASSERT_FATAL(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, " r-xp "))
			here = strstr(line, "libIPSec_MB") != NULL;
		else if (here && sscanf(line, "Rss: %u", &n) == 1) {
			kib += n;
			here = false;
		}
	}
	fclose(f);
	return kib;
}

static void the_code_of_tests_is_given_back(void)
{
	struct esp_unit_suite u = { ESP_CIPHER_AES, 128, ESP_AUTH_SHA };
	struct both b = both_up(ROOM);
	const unsigned before = code_kib();

	engines_settle(b.lib[0].engines); /* nothing to give */
	CU_ASSERT_EQUAL(code_kib(), before);
	engines_settle(b.lib[1].engines);
	CU_ASSERT_TRUE(code_kib() < 256 || !before);
	with_suite(&b, u, 40, 1400);
	both_down(&b);
}

/* The lanes' counters are one SA's. */
static void lanes_are_summed(void)
{
	struct crew *c = crew_up(ENGINES_OPENSSL, lane_suites[0], false);
	struct esp_counters got;

	for (unsigned i = 0; i < LANES; i++) {
		tally_add(&sa_tally(c->sa, i)->packets, i + 1);
		tally_add(&sa_tally(c->sa, i)->octets, 100);
		tally_add(&sa_tally(c->sa, i)->drops[ESP_DROP_SEND], 10);
		sa_tally(c->sa, i)->last_ms = 7 - i;
	}
	sa_counters(c->sa, &got);
	CU_ASSERT_EQUAL(got.packets, 3);
	CU_ASSERT_EQUAL(got.octets, 200);
	CU_ASSERT_EQUAL(got.drops[ESP_DROP_SEND], 20);
	CU_ASSERT_EQUAL(got.last_ms, 7);
	CU_ASSERT_EQUAL(sa_octets(c->sa), 200);
	crew_down(c);
}

static void rows_are_what_was_measured(void)
{
	struct esp_unit_lib lib = esp_unit_lib_of(ENGINES_MEASURED, 1), plain = esp_unit_lib_of(ENGINES_OPENSSL, 1);
	const bool multi = *engines_name(lib.engines);
	struct esp_engine_row rows[SUITES];

	CU_ASSERT_EQUAL(engines_rows(lib.engines, rows, SUITES), SUITES);
	for (unsigned i = 0; i < SUITES; i++) {
		CU_ASSERT_TRUE(rows[i].single_ns > 0);
		CU_ASSERT_EQUAL(rows[i].multi_1 != 0, multi);
		CU_ASSERT_EQUAL(rows[i].multi_ns != 0, multi);
		CU_ASSERT_TRUE(rows[i].multi_from <= (multi ? 16 : 0));
	}
	CU_ASSERT_STRING_EQUAL(engines_name(plain.engines), "");
	CU_ASSERT_EQUAL(engines_rows(plain.engines, rows, SUITES), SUITES);
	for (unsigned i = 0; i < SUITES; i++)
		CU_ASSERT_EQUAL(rows[i].multi_from, 0);
	CU_ASSERT_EQUAL(engines_rows(plain.engines, rows, 1), SUITES);
	esp_unit_lib_free(&lib);
	esp_unit_lib_free(&plain);
}

static const struct unit_test tests[] = {
	{ "every suite and length is the same", every_suite_and_length_is_the_same },
	{ "the longest are the same", the_longest_are_the_same },
	{ "small batches are the same", small_batches_are_the_same },
	{ "mixed batches are the same", mixed_batches_are_the_same },
	{ "IVs never come twice", ivs_never_come_twice },
	{ "two lanes use each number once", two_lanes_use_each_number_once },
	{ "two lanes stop at the last number", two_lanes_stop_at_the_last_number },
	{ "two lanes accept each number once", two_lanes_accept_each_number_once },
	{ "numbers are taken one by one", numbers_are_taken_one_by_one },
	{ "numbers are accepted one by one", numbers_are_accepted_one_by_one },
	{ "contexts are made for who comes alone", contexts_are_made_for_who_comes_alone },
	{ "the code of tests is given back", the_code_of_tests_is_given_back },
	{ "lanes are summed", lanes_are_summed },
	{ "rows are what was measured", rows_are_what_was_measured },
};

UNIT_MAIN("esp engines", tests)
