/*
 * The engine's state machines: datagrams with the cookies of a negotiation that stands at a chosen point, and payloads
 * within messages that are encrypted and hashed as a peer with the right key would; or datagrams of a negotiation in
 * which some octets are changed. Octet 0 says which and whether it is Main or Aggressive Mode, octet 1 the point or the
 * exchange, the rest is the datagram's body, the payloads, or places and what is changed there.
 *
 * A pair of engines is kept from input to input, since making one costs more than an input; time passes now and then,
 * and a new one is made when this one cannot go on.
 *
 * libs: -lcrypto
 */
#include "ike/table.h"
#include "tests/engine/pair.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* What is kept from input to input would look like a leak after each, and searching for those takes most of the time. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static struct pair *start(bool aggressive)
{
	struct pair *p = pair_new(1);
	struct pair_setup s;

	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 6);
		s.fragmentation = true;
		s.nat_keepalive_s = 20;
		s.aggressive = ISAKMP_AGGRESSIVE_ON;
		s.peers[0] = (struct isakmp_peer){ .address = s.idents[0].remote,
						   .password = "cisco",
						   .endpoint = ISAKMP_ENDPOINT_ADDRESS,
						   .endpoint_address = s.idents[0].local };
		s.peer_count = aggressive;
		pair_start(p, side, &s);
		ike_set_debug(p->side[side].ike, 0);
	}
	return p;
}

static struct ike_sa *newest(struct pair *p, int side)
{
	return TAILQ_FIRST(&p->side[side].ike->sas);
}

/* Header and body as they are, but with cookies that are known and a length that fits. */
static void raw(struct pair *p, int to, const uint8_t *data, size_t size)
{
	const struct ike_sa *sa = newest(p, to);
	uint8_t m[ISAKMP_HEADER_OCTETS + 2048];

	if (size < ISAKMP_HEADER_OCTETS || size > sizeof(m))
		return;
	memcpy(m, data, size);
	if (sa && (data[0] & 1))
		memcpy(m, sa->icookie, ISAKMP_COOKIE_OCTETS);
	if (sa && (data[0] & 2))
		memcpy(m + ISAKMP_COOKIE_OCTETS, sa->rcookie, ISAKMP_COOKIE_OCTETS);
	if (data[0] & 4)
		memset(m + ISAKMP_COOKIE_OCTETS, 0, ISAKMP_COOKIE_OCTETS);
	m[17] = ISAKMP_VERSION;
	m[24] = m[25] = 0;
	m[26] = (uint8_t)(size >> 8);
	m[27] = (uint8_t)size;
	pair_inject(p, to, m, size);
}

/* The datagram that is on its way, with some octets changed: three octets of input say where and how. */
static void changed(struct pair *p, const uint8_t *data, size_t size)
{
	struct pair_packet m;
	struct rd r = rd_of(data, size);

	if (!p->queued)
		return;
	m = p->queue[0];
	while (rd_left(&r) >= 3) {
		const size_t at = rd_u16(&r) % m.octets;

		m.data[at] ^= rd_u8(&r);
	}
	p->queued = 0;
	pair_inject(p, m.to, m.data, m.octets);
}

/* HASH(1) and whatever the input says, from R2 to R3. */
static void authentic(struct pair *p, uint8_t exchange, const uint8_t *data, size_t size)
{
	struct ike *e = p->side[0].ike;
	struct ike_sa *sa = ike_sa_ready(e, &p->side[0].addr, &p->side[1].addr, "");
	uint8_t m[2560], iv[IKE_BLOCK_MAX], hash[IKE_HASH_MAX];
	struct wr w = wr_of(m, sizeof(m));
	uint32_t mid;
	size_t octets;

	if (!sa || !size || size > 2048)
		return;
	mid = ike_sa_mid_new(e, sa);
	wr_bytes(&w, sa->icookie, sizeof(sa->icookie));
	wr_bytes(&w, sa->rcookie, sizeof(sa->rcookie));
	wr_u8(&w, PAYLOAD_HASH);
	wr_u8(&w, ISAKMP_VERSION);
	wr_u8(&w, exchange);
	wr_u8(&w, ISAKMP_FLAG_ENCRYPTED);
	wr_u32(&w, mid);
	wr_u32(&w, 0);
	wr_u8(&w, data[0]); /* the type of the next payload */
	wr_u8(&w, 0);
	wr_u16(&w, (uint16_t)(ISAKMP_GEN_OCTETS + sa->keys.hash_octets));
	if (ike_hash_1(&sa->keys, mid, (struct ike_bytes){ data + 1, size - 1 }, hash))
		abort();
	wr_bytes(&w, hash, sa->keys.hash_octets);
	wr_bytes(&w, data + 1, size - 1);
	while ((wr_octets(&w) - ISAKMP_HEADER_OCTETS) % sa->keys.block_octets)
		wr_u8(&w, 0);
	octets = wr_octets(&w);
	wr_patch_u16(&w, 26, (uint16_t)octets);
	if (w.full || ike_iv_phase2(&sa->keys, mid, iv) ||
	    ike_encrypt(&sa->keys, iv, m + ISAKMP_HEADER_OCTETS, octets - ISAKMP_HEADER_OCTETS))
		abort();
	pair_inject(p, 1, m, octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pair *p;
	static unsigned inputs;

	const bool fresh = data && size && (data[0] < 2 || data[0] > 3);

	if (size < 3 || data[0] > 7)
		return 0;
	if (p && (fresh || ++inputs % 512 == 0)) {
		pair_free(p);
		p = NULL;
	}
	if (!p)
		p = start(data[0] > 4);
	if (fresh) {
		for (unsigned n = 0; n < 1000 && p->sent < 1 + data[1] % 10u; n++)
			pair_run(p, 1);
		if (data[0] == 4 || data[0] == 7)
			changed(p, data + 2, size - 2);
		p->queued = 0;
		if (data[0] != 4 && data[0] != 7)
			raw(p, data[0] & 1, data + 2, size - 2);
		pair_run(p, 200000);
		pair_free(p);
		p = NULL;
		return 0;
	}
	if (!ike_sa_ready(p->side[0].ike, &p->side[0].addr, &p->side[1].addr, ""))
		pair_run(p, 100000);
	authentic(p, data[0] == 2 ? EXCHANGE_QUICK : EXCHANGE_INFO, data + 1, size - 1);
	pair_run(p, inputs % 16 ? 10 : 120000);
	return 0;
}
