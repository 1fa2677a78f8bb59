#include "base/buf.h"
#include "esp/engine_parts.h"
#include "esp/inner.h"
#include "esp/transform.h"

#include <openssl/rand.h>

static size_t iv_drawn(const struct sa *sa)
{
	return sa->suite.aead ? 0 : sa->suite.info.iv_octets;
}

/*
 * CBC needs IVs that nobody can predict: RFC 3602 3. A draw costs more than what is computed for a small packet, so one
 * serves as many packets as a batch can hold; what a batch does not find left is drawn anew.
 */
static bool draw_ivs(struct engine *e, const struct esp_packet *p, unsigned count, struct rd *out)
{
	size_t octets = 0;

	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict)
			octets += iv_drawn(p[i].sa);
	if (octets > e->ivs_left) {
		e->ivs_left = 0;
		if (RAND_bytes_ex(engines_lib(e->engines), e->ivs, sizeof(e->ivs), 0) != 1)
			return false;
		e->ivs_left = sizeof(e->ivs);
	}
	*out = rd_of(e->ivs, e->ivs_left);
	e->ivs_left -= octets;
	rd_take(out, e->ivs_left); /* used from the end */
	return true;
}

/*
 * RFC 4303 3.3.3: the number never cycles; a key engine that was told twice (half, all) has let the SA starve. The first of
 * up to `want` numbers; *got says how many there are.
 */
static uint32_t take_numbers(struct sa *sa, uint32_t want, uint32_t *got)
{
	uint32_t last = atomic_load_explicit(&sa->run.sequence, memory_order_relaxed);

	do
		*got = want < UINT32_MAX - last ? want : UINT32_MAX - last;
	while (sa->lane_count > 1 &&
	       !atomic_compare_exchange_weak_explicit(&sa->run.sequence, &last, last + *got, memory_order_relaxed,
						      memory_order_relaxed));
	if (sa->lane_count == 1)
		atomic_store_explicit(&sa->run.sequence, last + *got, memory_order_relaxed);
	return last + 1;
}

/* From p on, what goes by the same SA. */
static uint32_t run_of(const struct esp_packet *p, unsigned count)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < count && (p[i].verdict || p[i].sa == p->sa); i++)
		n += !p[i].verdict;
	return n;
}

static void number(struct esp_packet *p, unsigned count)
{
	const struct sa *sa = NULL;
	uint32_t next = 0, left = 0;

	for (unsigned i = 0; i < count; i++) {
		if (p[i].verdict)
			continue;
		if (p[i].sa != sa) {
			sa = p[i].sa;
			next = take_numbers(p[i].sa, run_of(p + i, count - i), &left);
		}
		if (left) {
			left--;
			p[i].sequence = next++;
		} else {
			p[i].sequence = 0;
			p[i].verdict = ESP_DROP_SEQUENCE;
		}
	}
}

/* RFC 4303 2.4: padding 1, 2, 3 ... up to the block, then its length and the next header. */
static bool put_trailer(struct esp_packet *p, unsigned block)
{
	static const uint8_t padding[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t pad = -(p->octets + ESP_TRAILER_OCTETS) & (block - 1); /* blocks are powers of two */
	uint8_t *at = packet_put(p, pad + ESP_TRAILER_OCTETS);
	struct wr w;

	if (!at)
		return false;
	w = wr_of(at, pad + ESP_TRAILER_OCTETS);
	wr_bytes(&w, padding, pad);
	wr_u8(&w, (uint8_t)pad);
	wr_u8(&w, p->family == 6 ? IP_PROTO_IPV6 : IP_PROTO_IPV4);
	return true;
}

/*
 * All but what is computed. RFC 4106: GCM's IV is our sequence number, which no key sees twice: it never wraps, and it
 * starts at 1 with every SA, whose key is fresh.
 */
static bool put_frame(struct esp_packet *p, struct frame *f, const uint8_t *iv)
{
	const struct sa *sa = p->sa;
	const struct esp_suite_info *s = &sa->suite.info;
	struct wr w;

	f->body = p->data;
	if (!put_trailer(p, s->block_octets))
		return false;
	f->octets = p->octets;
	f->icv = packet_put(p, s->icv_octets);
	f->iv = packet_push(p, s->iv_octets);
	f->header = packet_push(p, ESP_HEADER_OCTETS);
	if (!f->icv || !f->iv || !f->header)
		return false;
	w = wr_of(f->header, ESP_HEADER_OCTETS + s->iv_octets);
	wr_u32(&w, sa->params.spi);
	wr_u32(&w, p->sequence);
	if (sa->suite.aead) {
		wr_u32(&w, 0);
		wr_u32(&w, p->sequence);
	} else {
		wr_bytes(&w, iv, s->iv_octets);
	}
	return true;
}

void esp_encap(struct engine *e, struct esp_packet *p, unsigned count)
{
	struct rd ivs = rd_of(NULL, 0);
	bool drawn = draw_ivs(e, p, count, &ivs);

	for (unsigned i = 0; i < count; i++) {
		if (p[i].verdict)
			continue;
		p[i].inner_octets = p[i].octets;
		p[i].sequence = 0;
		if (!drawn)
			p[i].verdict = ESP_DROP_CRYPTO;
	}
	number(p, count);
	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict && !put_frame(&p[i], &e->frames[i], rd_take(&ivs, iv_drawn(p[i].sa))))
			p[i].verdict = ESP_DROP_CRYPTO;
	engine_run(e, p, count);
}
