#include "tests/engine/attack.h"

#include <stdio.h>
#include <string.h>

struct pair *attack_pair(uint64_t seed, void (*change)(struct pair_setup *s, int side))
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		if (change)
			change(&s, side);
		pair_start(p, side, &s);
	}
	return p;
}

struct pair *attack_joined(uint64_t seed, void (*change)(struct pair_setup *s, int side))
{
	struct pair *p = attack_pair(seed, change);

	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

void attack_aggressive(struct pair_setup *s, int side)
{
	struct isakmp_peer *peer = &s->peers[0];

	if (side == 1)
		return;
	peer->address = s->idents[0].remote;
	peer->endpoint = ISAKMP_ENDPOINT_FQDN;
	snprintf(peer->password, sizeof(peer->password), "cisco");
	snprintf(peer->endpoint_text, sizeof(peer->endpoint_text), "r2.example.org");
	s->peer_count = 1;
}

void attack_aggressive_named(struct pair_setup *s, int side)
{
	attack_aggressive(s, side);
	s->aggressive = ISAKMP_AGGRESSIVE_ON;
	if (side == 0)
		return;
	memset(&s->keys[0], 0, sizeof(s->keys[0]));
	snprintf(s->keys[0].hostname, sizeof(s->keys[0].hostname), "r2.example.org");
	snprintf(s->keys[0].key, sizeof(s->keys[0].key), "cisco");
}

void attack_hold(struct pair *p, unsigned number, struct pair_packet *out)
{
	while (p->sent < number + 1)
		pair_run(p, 1);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	*out = p->queue[0];
	p->queued = 0;
}

struct ike_sa *attack_sa(struct pair *p, int side)
{
	struct ike_sa *sa = TAILQ_FIRST(&p->side[side].ike->sas);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sa);
	return sa;
}

/* --- what has changed -------------------------------------------------------------------------------------------- */

struct text {
	char *at;
	size_t left;
};

static void add(struct text *t, int n)
{
	CU_ASSERT_TRUE_FATAL(n >= 0 && (size_t)n < t->left);
	t->at += n;
	t->left -= (size_t)n;
}

static void add_sa(void *ctx, const struct ike_sa_info *sa)
{
	struct text *t = ctx;

	add(t, snprintf(t->at, t->left, "%u %s %d %d %d %llu %s\n", sa->conn_id, sa->state, sa->deleted,
			sa->authenticated, sa->initiator, (unsigned long long)sa->lifetime_left_s, sa->phase1_id));
}

static void add_ident(void *ctx, const struct ike_ident_info *i)
{
	struct text *t = ctx;

	add(t, snprintf(t->at, t->left, "%u %d %d %u %X %X\n", i->ident, i->up, i->negotiating, i->child_count,
			i->children[0].spi, i->children[1].spi));
}

void attack_digest(struct pair *p, int side, struct attack_digest *out)
{
	struct text t = { out->text, sizeof(out->text) };

	ike_each_sa(p->side[side].ike, add_sa, &t);
	ike_each_ident(p->side[side].ike, add_ident, &t);
	add(&t, snprintf(t.at, t.left, "%u %u %u %u", p->side[side].installs, p->side[side].removes, p->side[side].ups,
			 p->side[side].moves));
}

void attack_remember(struct pair *p, struct attack_state *out)
{
	for (int i = 0; i < 2; i++) {
		attack_digest(p, i, &out->side[i]);
		out->sent[i] = p->side[i].sent;
	}
}

bool attack_changed_nothing(struct pair *p, const struct attack_state *was, unsigned sent)
{
	struct attack_state is;
	bool same = true;

	attack_remember(p, &is);
	for (int i = 0; i < 2; i++)
		same &= !strcmp(is.side[i].text, was->side[i].text) && is.sent[i] <= was->sent[i] + sent;
	return same;
}

bool attack_serves(struct pair *p)
{
	const unsigned modes = pair_mentioned(p, 0, "beginning Main Mode");

	if (!pair_joined(p))
		return false;
	ike_clear_sa(p->side[0].ike, NULL);
	pair_run(p, 1000);
	return pair_joined(p) && pair_mentioned(p, 0, "beginning Main Mode") == modes;
}

void attack_each(unsigned first, unsigned last, uint64_t seed,
		 void (*attack)(struct pair *p, unsigned number, const struct pair_packet *m))
{
	for (unsigned number = first; number <= last; number++) {
		struct pair *p = attack_pair(seed + number, NULL);
		struct attack_state was;
		struct pair_packet m;

		attack_hold(p, number, &m);
		attack_remember(p, &was);
		attack(p, number, &m);
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
		pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* --- messages ---------------------------------------------------------------------------------------------------- */

size_t attack_find(const uint8_t *message, size_t octets, uint8_t type, unsigned nth)
{
	size_t at = ISAKMP_HEADER_OCTETS;
	uint8_t next = message[16];

	while (next && at + ISAKMP_GEN_OCTETS <= octets) {
		if (next == type && nth-- == 0)
			return at;
		next = message[at];
		at += (size_t)message[at + 2] << 8 | message[at + 3];
	}
	return 0;
}

size_t attack_octets(const struct pair_packet *m, size_t at)
{
	return (size_t)m->data[at + 2] << 8 | m->data[at + 3];
}

void attack_append(struct pair_packet *m, uint8_t type, size_t length, const uint8_t *body, size_t octets)
{
	uint8_t *at = m->data + m->octets;
	size_t last = ISAKMP_HEADER_OCTETS;

	while (m->data[last])
		last += attack_octets(m, last);
	m->data[last] = type;
	at[0] = PAYLOAD_NONE;
	at[1] = 0;
	attack_put16(at + 2, length);
	if (octets)
		memcpy(at + ISAKMP_GEN_OCTETS, body, octets);
	m->octets += ISAKMP_GEN_OCTETS + octets;
	attack_length(m->data, m->octets);
}

void attack_put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void attack_put32(uint8_t *at, uint32_t value)
{
	attack_put16(at, value >> 16);
	attack_put16(at + 2, value & 0xFFFF);
}

void attack_length(uint8_t *message, size_t octets)
{
	attack_put32(message + 24, (uint32_t)octets);
}

struct isakmp_wr *attack_open(struct attack_payloads *x)
{
	const struct isakmp_header none = { 0 };

	isakmp_open(&x->m, x->octets, sizeof(x->octets), &none);
	return &x->m;
}

static struct isakmp_header header(const struct ike_sa *sa, uint8_t exchange, uint32_t mid)
{
	struct isakmp_header h = { .exchange = exchange, .message_id = mid };

	memcpy(h.icookie, sa->icookie, sizeof(h.icookie));
	memcpy(h.rcookie, sa->rcookie, sizeof(h.rcookie));
	return h;
}

size_t attack_clear(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, const struct attack_payloads *x,
		    uint8_t *out)
{
	const struct isakmp_header h = header(sa, exchange, mid);
	struct isakmp_wr m;
	const size_t octets = wr_octets(&x->m.w);

	isakmp_open(&m, out, PAIR_DATAGRAM, &h);
	memcpy(out + ISAKMP_HEADER_OCTETS, x->octets + ISAKMP_HEADER_OCTETS, octets - ISAKMP_HEADER_OCTETS);
	out[16] = x->octets[16];
	attack_length(out, octets);
	return octets;
}

size_t attack_seal(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, uint8_t first, const uint8_t *rest,
		   size_t octets, uint8_t *out)
{
	struct isakmp_header h = header(sa, exchange, mid);
	uint8_t hash[IKE_HASH_MAX], iv[IKE_BLOCK_MAX];
	struct isakmp_wr m;
	size_t n;

	h.flags = ISAKMP_FLAG_ENCRYPTED;
	CU_ASSERT_EQUAL_FATAL(ike_hash_1(&sa->keys, mid, (struct ike_bytes){ rest, octets }, hash), 0);
	isakmp_open(&m, out, PAIR_DATAGRAM, &h);
	wr_payload(&m, PAYLOAD_HASH, hash, sa->keys.hash_octets);
	out[ISAKMP_HEADER_OCTETS] = first;
	wr_bytes(&m.w, rest, octets);
	n = isakmp_close(&m, sa->keys.block_octets);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL_FATAL(ike_iv_phase2(&sa->keys, mid, iv), 0);
	CU_ASSERT_EQUAL_FATAL(ike_encrypt(&sa->keys, iv, out + ISAKMP_HEADER_OCTETS, n - ISAKMP_HEADER_OCTETS), 0);
	return n;
}

size_t attack_genuine(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, const struct attack_payloads *x,
		      uint8_t *out)
{
	return attack_seal(sa, exchange, mid, x->octets[16], x->octets + ISAKMP_HEADER_OCTETS,
			   wr_octets(&x->m.w) - ISAKMP_HEADER_OCTETS, out);
}

size_t attack_decrypt(const struct ike_sa *sa, const struct pair_packet *m, uint8_t *first, uint8_t *rest)
{
	uint8_t plain[PAIR_DATAGRAM], iv[IKE_BLOCK_MAX];
	const size_t octets = m->octets - ISAKMP_HEADER_OCTETS, hash = ISAKMP_GEN_OCTETS + sa->keys.hash_octets;
	size_t at = hash;
	uint8_t next;

	memcpy(plain, m->data + ISAKMP_HEADER_OCTETS, octets);
	CU_ASSERT_EQUAL_FATAL(ike_iv_phase2(&sa->keys, payload_spi(m->data + 20), iv), 0);
	CU_ASSERT_EQUAL_FATAL(ike_decrypt(&sa->keys, iv, plain, octets), 0);
	*first = next = plain[0];
	while (next && at + ISAKMP_GEN_OCTETS <= octets) {
		next = plain[at];
		at += (size_t)plain[at + 2] << 8 | plain[at + 3];
	}
	memcpy(rest, plain + hash, at - hash);
	return at - hash;
}
