/* IKE fragmentation: messages cut and put together, in any order, and what floods and liars get. */
#include "ike/frag.h"
#include "tests/unit/unit.h"

#include <string.h>

#define MOST 200u

static int owners[IKE_FRAG_MESSAGES + 8]; /* their addresses are what counts */
static const struct ike_path path = { { 4, { 10, 1, 1, 3 } }, { 4, { 10, 1, 1, 2 } }, 500, 500 };

static void message(uint8_t *out, size_t octets, unsigned seed)
{
	for (size_t i = 0; i < octets; i++)
		out[i] = (uint8_t)(seed + i * 7 + i / 256);
}

static uint8_t *take_at(struct ike_frags *f, const void *owner, const struct ike_path *from, const uint8_t *datagram,
			size_t octets, uint64_t now_ms, size_t *whole)
{
	struct isakmp_header h;
	struct payload_fault fault;
	struct payloads in;
	struct rd body;

	CU_ASSERT_TRUE_FATAL(isakmp_parse_header(datagram, octets, &h, &body, &fault));
	CU_ASSERT_EQUAL(h.next_payload, PAYLOAD_FRAGMENT);
	CU_ASSERT_TRUE_FATAL(payloads_walk(h.next_payload, body, 0, &in, &fault));
	CU_ASSERT_EQUAL(in.count, 1);
	return ike_frags_take(f, owner, &from->remote, from, &in.p[0], now_ms, whole);
}

static uint8_t *take(struct ike_frags *f, const uint8_t *m, size_t octets, unsigned n, size_t *whole)
{
	uint8_t piece[MOST];
	const size_t cut = ike_frag_cut(m, octets, n, MOST, piece);

	CU_ASSERT_TRUE_FATAL(cut > 0);
	CU_ASSERT_TRUE(cut <= MOST);
	return take_at(f, &owners[0], &path, piece, cut, 0, whole);
}

/* A piece made by hand. */
static uint8_t *take_raw(struct ike_frags *f, const void *owner, unsigned id, unsigned number, unsigned flags,
			 const uint8_t *data, size_t octets, uint64_t now_ms)
{
	uint8_t body[IKE_FRAG_OCTETS + 8];
	struct wr w = wr_of(body, sizeof(body));
	struct payload p = { .type = PAYLOAD_FRAGMENT };
	size_t whole;

	wr_u16(&w, (uint16_t)id);
	wr_u8(&w, (uint8_t)number);
	wr_u8(&w, (uint8_t)flags);
	wr_bytes(&w, data, octets);
	p.body = rd_of(body, wr_octets(&w));
	return ike_frags_take(f, owner, &path.remote, &path, &p, now_ms, &whole);
}

static unsigned pieces_of(size_t octets)
{
	const size_t each = MOST - IKE_FRAG_MORE;

	return (unsigned)((octets + each - 1) / each);
}

static void every_size(void)
{
	static uint8_t m[2000];
	struct ike_frags f;

	ike_frags_init(&f);
	for (size_t octets = 30; octets < sizeof(m); octets += 37) {
		const unsigned count = pieces_of(octets);
		uint8_t piece[MOST], *whole = NULL;
		size_t got = 0;

		message(m, octets, (unsigned)octets);
		CU_ASSERT_EQUAL(ike_frag_cut(m, octets, count + 1, MOST, piece), 0);
		/* forwards, and backwards with every piece twice */
		for (unsigned n = 1; n <= count; n++) {
			CU_ASSERT_PTR_NULL(whole);
			whole = take(&f, m, octets, n, &got);
		}
		CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
		CU_ASSERT_TRUE(got == octets && !memcmp(whole, m, octets));
		free(whole);
		whole = NULL;
		for (unsigned n = count; n >= 1; n--) {
			CU_ASSERT_PTR_NULL(whole);
			if (n > 1)
				CU_ASSERT_PTR_NULL(take(&f, m, octets, n, &got));
			if (n > 1)
				CU_ASSERT_PTR_NULL(take(&f, m, octets, n, &got));
			if (n == 1)
				whole = take(&f, m, octets, n, &got);
		}
		CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
		CU_ASSERT_TRUE(got == octets && !memcmp(whole, m, octets));
		free(whole);
		CU_ASSERT_EQUAL(f.count, 0);
	}
}

/* One that is cut again has the same pieces: those of the first time and of the second make a whole. */
static void cut_again(void)
{
	uint8_t m[500], a[MOST], b[MOST];

	message(m, sizeof(m), 1);
	CU_ASSERT_EQUAL(ike_frag_cut(m, sizeof(m), 2, MOST, a), ike_frag_cut(m, sizeof(m), 2, MOST, b));
	CU_ASSERT_EQUAL(memcmp(a, b, MOST), 0);
	m[499] ^= 1;
	ike_frag_cut(m, sizeof(m), 2, MOST, b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, ISAKMP_HEADER_OCTETS + 8), 0);
}

/* What contradicts is dropped, and what came before stays good. */
static void contradictions(void)
{
	const uint8_t x[4] = { 1, 2, 3, 4 }, y[4] = { 9, 9, 9, 9 };
	struct ike_frags f;
	uint8_t *whole;

	ike_frags_init(&f);
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 1, 0, x, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 1, 0, y, 4, 0)); /* another first */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 1, 1, y, 4, 0)); /* that would be all */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 3, 1, x, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 2, 1, y, 4, 0)); /* a second last */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 4, 0, y, 4, 0)); /* behind the last */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 7, 4, 1, y, 4, 0));
	CU_ASSERT_EQUAL(f.count, 1);
	whole = take_raw(&f, &owners[0], 7, 2, 0, x, 4, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	CU_ASSERT_EQUAL(memcmp(whole, "\1\2\3\4\1\2\3\4\1\2\3\4", 12), 0);
	free(whole);

	/* a last one before others that have come is none */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 8, 5, 0, x, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 8, 1, 1, x, 4, 0));
	CU_ASSERT_EQUAL(f.count, 1);
	/* ... also where there are as many as it counts: the first would be octets that nobody wrote */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 9, 5, 0, x, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 9, 2, 1, x, 4, 0));
	CU_ASSERT_EQUAL(f.count, 2);
	ike_frags_drop(&f, NULL);
	CU_ASSERT_EQUAL(f.count, 0);
}

static void nonsense(void)
{
	static const uint8_t zeros[IKE_FRAG_OCTETS + 1];
	struct ike_frags f;
	struct payload p = { .type = PAYLOAD_FRAGMENT };
	size_t whole;

	ike_frags_init(&f);
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, 0, 0, zeros, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, IKE_FRAG_PARTS + 1, 0, zeros, 4, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, 1, 0, zeros, 0, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, 1, 1, zeros, IKE_FRAG_OCTETS + 1, 0));
	for (size_t n = 0; n < 4; n++) {
		p.body = rd_of(zeros, n);
		CU_ASSERT_PTR_NULL(ike_frags_take(&f, &owners[0], &path.remote, &path, &p, 0, &whole));
	}
	CU_ASSERT_EQUAL(f.count, 0);
	/* together more than a message may have */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, 1, 0, zeros, IKE_FRAG_OCTETS - 3, 0));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 1, 2, 1, zeros, 4, 0));
	CU_ASSERT_EQUAL(f.count, 1);
	ike_frags_drop(&f, NULL);
}

/* Bounds of a flood: per peer, of all, and in time. One peer's flood costs another nothing until there are many. */
static void floods(void)
{
	const uint8_t x[4] = { 1, 2, 3, 4 };
	struct ike_frags f;
	uint8_t *whole;

	ike_frags_init(&f);
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[1], 1, 1, 0, x, 4, 0));
	for (unsigned id = 0; id < 1000; id++)
		CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], id, 1 + id % 9, 0, x, 4, 0));
	CU_ASSERT_EQUAL(f.count, 1 + IKE_FRAG_OF_ONE);
	whole = take_raw(&f, &owners[1], 1, 2, 1, x, 4, 0);
	CU_ASSERT_PTR_NOT_NULL(whole);
	free(whole);
	for (unsigned o = 0; o < IKE_FRAG_MESSAGES + 8; o++)
		CU_ASSERT_PTR_NULL(take_raw(&f, &owners[o], 1, 1, 0, x, 4, 10));
	CU_ASSERT_EQUAL(f.count, IKE_FRAG_MESSAGES);
	CU_ASSERT_EQUAL(ike_frags_deadline(&f), IKE_FRAG_MS + 10);
	ike_frags_drop(&f, &owners[20]);
	CU_ASSERT_EQUAL(f.count, IKE_FRAG_MESSAGES - 1);
	ike_frags_timer(&f, IKE_FRAG_MS + 9);
	CU_ASSERT_EQUAL(f.count, IKE_FRAG_MESSAGES - 1);
	ike_frags_timer(&f, IKE_FRAG_MS + 10);
	CU_ASSERT_EQUAL(f.count, 0);
	CU_ASSERT_EQUAL(ike_frags_deadline(&f), UINT64_MAX);
	/* too late for the rest */
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 5, 1, 0, x, 4, 20));
	CU_ASSERT_PTR_NULL(take_raw(&f, &owners[0], 5, 2, 1, x, 4, 20 + IKE_FRAG_MS));
	CU_ASSERT_EQUAL(f.count, 1);
	ike_frags_drop(&f, NULL);
}

/* Pieces from two places are of two messages. */
static void paths(void)
{
	struct ike_path other = path;
	uint8_t m[300], piece[MOST];
	struct ike_frags f;
	size_t got, cut;

	other.remote_port = 4500;
	message(m, sizeof(m), 3);
	ike_frags_init(&f);
	CU_ASSERT_PTR_NULL(take(&f, m, sizeof(m), 1, &got));
	cut = ike_frag_cut(m, sizeof(m), 2, MOST, piece);
	CU_ASSERT_PTR_NULL(take_at(&f, &owners[0], &other, piece, cut, 0, &got));
	CU_ASSERT_EQUAL(f.count, 2);
	ike_frags_drop(&f, &owners[0]);
	CU_ASSERT_EQUAL(f.count, 0);
}

/* Somebody with many SAs and many half-done messages pushes out its own, not those of others. */
static void a_flood_from_one_address(void)
{
	const struct ike_path elsewhere = { path.local, { 4, { 10, 6, 6, 6 } }, 500, 500 };
	uint8_t m[300], piece[MOST], *whole;
	struct ike_frags f;
	size_t cut, got = 0;

	message(m, sizeof(m), 4);
	ike_frags_init(&f);
	CU_ASSERT_PTR_NULL(take(&f, m, sizeof(m), 1, &got));
	cut = ike_frag_cut(m, sizeof(m), 1, MOST, piece);
	for (unsigned o = 1; o < IKE_FRAG_MESSAGES + 8; o++)
		CU_ASSERT_PTR_NULL(take_at(&f, &owners[o], &elsewhere, piece, cut, 0, &got));
	CU_ASSERT_EQUAL(f.count, IKE_FRAG_MESSAGES);
	whole = take(&f, m, sizeof(m), 2, &got);
	CU_ASSERT_TRUE(whole && got == sizeof(m) && !memcmp(whole, m, got));
	free(whole);
	ike_frags_drop(&f, NULL);
}

static const struct unit_test tests[] = {
	{ "every size, forwards and backwards", every_size },
	{ "cut again", cut_again },
	{ "contradictions", contradictions },
	{ "nonsense", nonsense },
	{ "floods", floods },
	{ "a flood from one address", a_flood_from_one_address },
	{ "paths", paths },
};

UNIT_MAIN("IKE fragmentation", tests)
