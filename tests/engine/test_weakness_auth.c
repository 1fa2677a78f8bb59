/*
 * Known weaknesses of IKEv1 implementations, second part: who somebody is, what is done before that is known, and what
 * the key is good for. doc/weaknesses.md.
 */
#include "ike/phase1.h"
#include "tests/engine/attack.h"

#include <stdio.h>
#include <string.h>

/* --- before authentication --------------------------------------------------------------------------------------- */

/* What the document's initiator says in QM1. */
static void quick_mode(struct attack_payloads *x)
{
	static const uint8_t any[8], nonce[20], attrs[] = { 0x80, 4, 0, 1, 0x80, 5, 0, 2, 0x80, 6, 0, 128 };
	struct isakmp_wr *m = attack_open(x);

	wr_sa_open(m);
	wr_proposal_open(m, 1, PROTO_IPSEC_ESP, "\1\2\3\4", 4);
	wr_transform_open(m, 1, ESP_TRANSFORM_AES);
	wr_bytes(&m->w, attrs, sizeof(attrs));
	wr_transform_close(m);
	wr_proposal_close(m);
	wr_payload_close(m);
	wr_payload(m, PAYLOAD_NONCE, nonce, sizeof(nonce));
	wr_id(m, ID_IPV4_ADDR_SUBNET, 0, 0, any, 8);
	wr_id(m, ID_IPV4_ADDR_SUBNET, 0, 0, any, 8);
}

/* The end of the SA that carries it. */
static void delete_own(struct attack_payloads *x, const struct ike_sa *sa)
{
	uint8_t cookies[2 * ISAKMP_COOKIE_OCTETS];

	ike_sa_spi(sa, cookies);
	wr_delete(attack_open(x), PROTO_ISAKMP, cookies, sizeof(cookies), 1);
}

/* Every exchange type there is but the one that is going on, in clear, as noise, and with the keys where there are any. */
static void other_exchanges(struct pair *p, int to, bool keys)
{
	const struct ike_sa *sa = attack_sa(p, to);
	struct attack_payloads x, end;
	uint8_t out[PAIR_DATAGRAM];
	size_t octets;

	delete_own(&end, sa);
	wr_payload(attack_open(&x), PAYLOAD_HASH, "twenty octets of hash", 20);
	wr_payload(&x.m, PAYLOAD_ATTRIBUTES, "\1\0\0\1", 4);
	for (unsigned exchange = 0; exchange < 256; exchange++) {
		if (exchange == EXCHANGE_MAIN)
			continue;
		for (uint32_t mid = 0; mid < 2; mid++) {
			octets = attack_clear(sa, (uint8_t)exchange, mid, &x, out);
			pair_inject(p, to, out, octets);
			octets -= octets % 8 == 4 ? 0 : (octets - 28) % 8;
			attack_length(out, octets);
			out[19] = ISAKMP_FLAG_ENCRYPTED;
			pair_inject(p, to, out, octets);
			out[7] ^= 0x55; /* of nobody's SA, and as the first message of one */
			pair_inject(p, to, out, octets);
			memset(out + ISAKMP_COOKIE_OCTETS, 0, ISAKMP_COOKIE_OCTETS);
			pair_inject(p, to, out, octets);
			out[19] = 0;
			pair_inject(p, to, out, octets);
		}
		if (!keys)
			continue;
		pair_inject(p, to, out, attack_genuine(sa, (uint8_t)exchange, 7 + exchange, &x, out));
		pair_inject(p, to, out, attack_genuine(sa, (uint8_t)exchange, 500 + exchange, &end, out));
	}
	if (!keys)
		return;
	quick_mode(&x);
	pair_inject(p, to, out, attack_genuine(sa, EXCHANGE_QUICK, 1000, &x, out));
	wr_notify(attack_open(&x), PROTO_ISAKMP, NULL, 0, NOTIFY_INITIAL_CONTACT, NULL, 0);
	pair_inject(p, to, out, attack_genuine(sa, EXCHANGE_INFO, 1001, &x, out));
}

/* Nothing but Main Mode is done for somebody who has not proved the key; Transaction exchanges are not done at all. */
static void each_exchange(struct pair *p, unsigned number, const struct pair_packet *m)
{
	struct pair_packet x;

	(void)number;
	for (int to = 0; to < 2; to++)
		other_exchanges(p, to, attack_sa(p, to)->has_keys && !attack_sa(p, to)->authenticated);
	for (unsigned exchange = 0; exchange < 256; exchange++) { /* the genuine one under another type */
		x = *m;
		x.data[18] = (uint8_t)exchange;
		if (exchange != EXCHANGE_MAIN)
			pair_inject(p, m->to, x.data, x.octets);
	}
}

static void too_early(void)
{
	attack_each(MM2, MM6, 0, each_exchange);
}

/* XAUTH and mode configuration from a peer that has the key: they are not asked for, and not answered. */
static void transactions(void)
{
	struct pair *p = attack_joined(10, NULL);
	struct attack_payloads x;
	struct attack_state was;
	uint8_t out[PAIR_DATAGRAM];

	attack_remember(p, &was);
	for (unsigned type = 0; type < 6; type++) { /* REQUEST, REPLY, SET, ACK and what is none */
		const uint8_t body[] = {
			(uint8_t)type, 0, 0, 1, 0xC0, 0x88, 0, 0, 0x40, 0x89, 0, 4, '%', 'n', '%', 's'
		};

		wr_payload(attack_open(&x), PAYLOAD_ATTRIBUTES, body, sizeof(body));
		for (int to = 0; to < 2; to++)
			pair_inject(p, to, out,
				    attack_genuine(attack_sa(p, to), EXCHANGE_TRANSACTION, 100 + type, &x, out));
	}
	/* what would be good in an exchange that there is */
	for (unsigned exchange = 0; exchange < 256; exchange++) {
		if (ike_is_phase1((uint8_t)exchange) || exchange == EXCHANGE_QUICK || exchange == EXCHANGE_INFO)
			continue;
		for (int to = 0; to < 2; to++) {
			delete_own(&x, attack_sa(p, to));
			pair_inject(p, to, out,
				    attack_genuine(attack_sa(p, to), (uint8_t)exchange, 200 + exchange, &x, out));
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- the key ----------------------------------------------------------------------------------------------------- */

/* Octets that prove the key go to nobody by default; where the mode was allowed, only to a name that has a key. */
static void hash_disclosure(void)
{
	struct pair *p = attack_pair(20, attack_aggressive);
	struct pair_packet ag1;

	attack_hold(p, 0, &ag1);
	CU_ASSERT_EQUAL(ag1.data[18], EXCHANGE_AGGRESSIVE);
	pair_inject(p, 1, ag1.data, ag1.octets);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "%CRYPTO-5-IKMP_AG_MODE_DISABLED"), 1);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&p->side[1].ike->sas));
	pair_free(p);

	p = attack_pair(20, attack_aggressive_named);
	attack_hold(p, 0, &ag1);
	ag1.data[attack_find(ag1.data, ag1.octets, PAYLOAD_ID, 0) + 8] ^= 1; /* s2.example.org */
	pair_inject(p, 1, ag1.data, ag1.octets);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&p->side[1].ike->sas));
	ag1.data[attack_find(ag1.data, ag1.octets, PAYLOAD_ID, 0) + 8] ^= 1;
	pair_inject(p, 1, ag1.data, ag1.octets);
	CU_ASSERT_EQUAL(p->side[1].sent, 1);
	pair_free(p);
}

/* Keys that begin alike are different keys, wherever they begin to differ, and a key is not another one's beginning. */
static void key_prefixes(void)
{
	for (size_t common = 1; common < CONFIG_PSK_SIZE - 1; common += common < 66 ? 1 : 10) {
		for (size_t longer = 0; longer < 2; longer++) {
			struct pair *p = pair_new(30 + common);
			struct pair_setup s;

			ike_set_debug(p->side[0].ike, 0);
			ike_set_debug(p->side[1].ike, 0);
			for (int side = 1; side >= 0; side--) {
				char *key = s.keys[0].key;

				pair_setup(&s, side, 4);
				key = s.keys[0].key;
				memset(key, 'k', common);
				key[common] = side ? 'a' : longer ? '\0' : 'b';
				key[common + 1] = '\0';
				pair_start(p, side, &s);
			}
			pair_run(p, 100);
			CU_ASSERT_EQUAL(p->side[0].installs + p->side[1].installs, 0);
			CU_ASSERT_FALSE(attack_sa(p, 1)->authenticated);
			pair_free(p);
		}
	}
}

/* Signatures, encrypted nonces, GSS, hybrid, XAUTH: refused before anything of theirs is looked at or decrypted. */
static void other_authentication(void)
{
	static const unsigned methods[] = { 0,   2,     3,     4,     5,     6,     7,     8,     9,     10,   11,
					    128, 64221, 64222, 64223, 65001, 65002, 65003, 65005, 65010, 65535 };
	struct pair *p = attack_pair(40, NULL);
	struct pair_packet m, x;
	const unsigned method_at = 28 + 12 + 8 + 8 + 14;

	attack_hold(p, MM1, &m);
	CU_ASSERT_EQUAL_FATAL(m.data[method_at + 1], OAKLEY_AUTH_PRE_SHARED);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		x = m;
		x.data[0] = (uint8_t)(i + 1);
		attack_put16(x.data + method_at, methods[i]);
		pair_inject(p, 1, x.data, x.octets);
		CU_ASSERT_EQUAL_FATAL(p->queued, 1);
		CU_ASSERT_EQUAL(p->queue[0].data[18], EXCHANGE_INFO);
		p->queued = 0;
	}
	/* the payloads of such an MM3: HASH, KE, encrypted ID and nonce; of the revised mode; a certificate and a signature */
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1);
	attack_hold(p, p->sent - 1, &m);
	CU_ASSERT_EQUAL_FATAL(m.to, 1);
	for (uint8_t type = PAYLOAD_ID; type <= PAYLOAD_SIG; type++) {
		struct attack_state was;

		if (type == PAYLOAD_CR)
			continue;
		attack_remember(p, &was);
		x = m;
		memmove(x.data + 28 + 260, m.data + 28, m.octets - 28);
		memset(x.data + 28, 0x41, 260);
		x.data[28] = m.data[16];
		x.data[29] = 0;
		attack_put16(x.data + 30, 260);
		x.data[16] = type;
		x.octets += 260;
		attack_length(x.data, x.octets);
		pair_inject(p, 1, x.data, x.octets);
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	}
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- what was offered -------------------------------------------------------------------------------------------- */

static void strong_and_weak(struct pair_setup *s, int side)
{
	(void)side;
	s->policies[1] = s->policies[0];
	s->policies[1].priority = 20;
	s->policies[0].encr = ISAKMP_ENCR_AES;
	s->policies[0].keybits = 128;
	s->policies[0].group = 14;
	s->policy_count = 2;
}

/* Somebody on the way makes the strong offer unreadable, so that the weak one is chosen. */
static bool weakens(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)octets;
	if (number == MM1)
		data[28 + 12 + 8 + 8 + 15] = 99; /* encr, key length, hash, group */
	return true;
}

/* HASH_I covers what was offered: they do not agree upon DES that way. */
static void downgrade(void)
{
	struct pair *p = pair_new(50);
	struct pair_setup s;

	p->filter = weakens;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		strong_and_weak(&s, side);
		pair_start(p, side, &s);
	}
	pair_run(p, 500);
	CU_ASSERT_TRUE(pair_mentioned(p, 1, "default group 99") > 0);
	CU_ASSERT_EQUAL(attack_sa(p, 1)->policy.encr, ISAKMP_ENCR_DES);
	CU_ASSERT_FALSE(attack_sa(p, 0)->authenticated || attack_sa(p, 1)->authenticated);
	CU_ASSERT_EQUAL(p->side[0].installs + p->side[1].installs, 0);
	pair_free(p);
}

/* An answer that holds the chosen transform twice: one that leaves the choice open is none. */
static void open_answer(void)
{
	const size_t sa = ISAKMP_HEADER_OCTETS, proposal = sa + 12, transform = proposal + 8;
	struct pair *p = attack_pair(51, strong_and_weak);
	struct attack_state was;
	struct pair_packet m, x;
	size_t more;

	attack_hold(p, MM2, &m);
	attack_remember(p, &was);
	x = m;
	more = attack_octets(&m, transform);
	memcpy(x.data + transform + more, m.data + transform, m.octets - transform);
	x.data[transform] = PAYLOAD_TRANSFORM;
	x.data[proposal + 7] = 2;
	attack_put16(x.data + sa + 2, attack_octets(&m, sa) + more);
	attack_put16(x.data + proposal + 2, attack_octets(&m, proposal) + more);
	x.octets += more;
	attack_length(x.data, x.octets);
	pair_inject(p, m.to, x.data, x.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	pair_inject(p, m.to, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- our own messages -------------------------------------------------------------------------------------------- */

/* Each message comes back to who sent it, as it is and with the cookies changed about. */
static void each_reflected(struct pair *p, unsigned number, const struct pair_packet *m)
{
	struct pair_packet x = *m;

	(void)number;
	pair_inject(p, 1 - m->to, x.data, x.octets);
	memcpy(x.data, m->data + 8, 8);
	memcpy(x.data + 8, m->data, 8);
	pair_inject(p, 1 - m->to, x.data, x.octets);
}

static void reflection(void)
{
	attack_each(MM1, QM3, 60, each_reflected);
}

static bool keeps_last(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct pair_packet *m = p->filter_ctx;

	(void)number;
	memcpy(m->data, data, *octets);
	m->octets = *octets;
	m->to = 1 - from;
	return false;
}

/* A question whether the peer is alive, and a delete, do not come back as the peer's own. */
static void reflected_info(void)
{
	struct pair *p = attack_joined(70, NULL);
	struct pair_packet m = { 0 };
	struct attack_state was;
	uint8_t cookies[2 * ISAKMP_COOKIE_OCTETS];

	p->filter = keeps_last;
	p->filter_ctx = &m;
	ike_info_notify(p->side[0].ike, attack_sa(p, 0), "TEST", PROTO_ISAKMP, NULL, 0, NOTIFY_INITIAL_CONTACT, NULL,
			0);
	CU_ASSERT_TRUE_FATAL(m.octets > 0);
	attack_remember(p, &was);
	pair_inject(p, 0, m.data, m.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	ike_sa_spi(attack_sa(p, 0), cookies);
	ike_info_notify(p->side[0].ike, attack_sa(p, 0), "TEST", PROTO_ISAKMP, cookies, sizeof(cookies),
			NOTIFY_R_U_THERE, "\0\0\0\1", 4);
	attack_remember(p, &was);
	pair_inject(p, 0, m.data, m.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	ike_info_delete(p->side[0].ike, attack_sa(p, 0), pair_sa(p, 0, true)->sa.spi);
	attack_remember(p, &was);
	pair_inject(p, 0, m.data, m.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	p->filter = NULL;
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- identities -------------------------------------------------------------------------------------------------- */

/* MM5 from somebody who has the key, with this in its ID payload. */
static size_t say_who(struct pair *p, const void *id, size_t octets, uint8_t *out)
{
	const struct ike_sa *sa = attack_sa(p, 1);
	const struct ike_p1_material known = ike_p1_known(sa);
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN, .flags = ISAKMP_FLAG_ENCRYPTED };
	uint8_t hash[IKE_HASH_MAX], iv[IKE_BLOCK_MAX];
	struct isakmp_wr m;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(
		ike_hash_i(&sa->keys, &known, ike_blob_bytes(&sa->mm->sai), (struct ike_bytes){ id, octets }, hash), 0);
	memcpy(h.icookie, sa->icookie, sizeof(h.icookie));
	memcpy(h.rcookie, sa->rcookie, sizeof(h.rcookie));
	isakmp_open(&m, out, PAIR_DATAGRAM, &h);
	wr_payload(&m, PAYLOAD_ID, id, octets);
	wr_payload(&m, PAYLOAD_HASH, hash, sa->keys.hash_octets);
	n = isakmp_close(&m, sa->keys.block_octets);
	memcpy(iv, sa->keys.iv, sizeof(iv));
	CU_ASSERT_EQUAL_FATAL(ike_encrypt(&sa->keys, iv, out + ISAKMP_HEADER_OCTETS, n - ISAKMP_HEADER_OCTETS), 0);
	return n;
}

#define ID(text)                                                                                                       \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

struct id_case {
	const char *body;
	size_t octets;
};

/* What its type does not have: shorter and longer addresses, no type, no name at all. Then the genuine one. */
static void malformed_identities(void)
{
	static const struct id_case cases[] = {
		ID(""),
		ID("\1"),
		ID("\1\21\1\364"),
		ID("\1\21\1\364\12\1\1"),
		ID("\1\21\1\364\12\1\1\2\0"),
		ID("\4\21\1\364\12\1\1\2"),
		ID("\7\21\1\364\12\1\1\2\12\1\1\3\0"),
		ID("\5\21\1\364\12\1\1\2"),
		ID("\6\21\1\364aaaabbbbccccdddd"),
		ID("\2\21\1\364"),
		ID("\3\21\1\364"),
		ID("\13\21\1\364"),
		ID("\0\21\1\364\12\1\1\2"),
		ID("\14\21\1\364\12\1\1\2"),
		ID("\377\21\1\364\12\1\1\2"),
	};
	struct pair *p = attack_pair(80, NULL);
	struct attack_state was;
	struct pair_packet m;
	uint8_t out[PAIR_DATAGRAM];

	attack_hold(p, MM5, &m);
	attack_remember(p, &was);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		pair_inject(p, 1, out, say_who(p, cases[i].body, cases[i].octets, out));
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* What is a format, a very long name, octets that are no text: printed as what they are, and no more of them. */
static void formats(void)
{
	static const char format[] = "\2\21\1\364%s%s%n%n%1000000x\33[2J\r\n%CRYPTO-0-LIE: x";
	struct pair *p;
	struct pair_packet m;
	uint8_t out[PAIR_DATAGRAM], id[3000];

	for (unsigned k = 0; k < 2; k++) {
		p = attack_pair(90 + k, NULL);
		attack_hold(p, MM5, &m);
		memset(id, 0xFF, sizeof(id));
		memcpy(id, "\13\21\1\364", 4);
		pair_inject(p, 1, out,
			    k ? say_who(p, id, sizeof(id), out) : say_who(p, format, sizeof(format) - 1, out));
		CU_ASSERT_TRUE(attack_sa(p, 1)->authenticated);
		if (!k)
			CU_ASSERT_TRUE(pair_mentioned(p, 1, "%s%s%n%n%1000000x.[2J..%CRYPTO-0-LIE: x") > 0);
		CU_ASSERT_EQUAL(pair_mentioned(p, 1, "\33"), 0);
		CU_ASSERT_TRUE(strlen(attack_sa(p, 1)->phase1_id) < CONFIG_TEXT_SIZE);
		pair_free(p);
	}
}

static void hub(struct pair_setup *s, int side)
{
	if (side == 0)
		return;
	s->ident_count = 2;
	s->idents[1] = s->idents[0];
	ip_parse("10.1.1.9", &s->idents[1].remote);
}

/* With one key for all a peer may call itself another one. What it gets are the SAs of its own address. */
static void another_name(void)
{
	struct pair *p = attack_pair(100, hub);
	struct pair_packet m;
	uint8_t out[PAIR_DATAGRAM];

	attack_hold(p, MM5, &m);
	pair_inject(p, 1, out, say_who(p, "\1\21\1\364\12\1\1\11", 8, out));
	CU_ASSERT_TRUE(attack_sa(p, 1)->authenticated);
	CU_ASSERT_STRING_EQUAL(attack_sa(p, 1)->phase1_id, "10.1.1.9");
	CU_ASSERT_TRUE(ip_equal(&attack_sa(p, 1)->path.remote, &p->side[0].addr));
	CU_ASSERT_FALSE(p->side[1].up[1] || p->side[1].up[2]);
	CU_ASSERT_PTR_NULL(
		ike_sa_ready(p->side[1].ike, &p->side[1].addr, &ike_ident_find(p->side[1].ike, 2)->config.remote, ""));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "CVE-2022-23094: Quick Mode, Transaction and unknown exchanges before authentication", too_early },
	{ "XAUTH and mode configuration that nobody asked for", transactions },
	{ "CVE-2002-1623, CVE-2005-2025: HASH_R of Aggressive Mode for strangers", hash_disclosure },
	{ "keys with a common beginning", key_prefixes },
	{ "CVE-2018-0131, CVE-2018-5389: RSA-encrypted nonces", other_authentication },
	{ "CVE-2015-4000: an offer that is weakened on the way", downgrade },
	{ "an answer that leaves the choice open", open_answer },
	{ "our own messages come back", reflection },
	{ "our own notifications and deletes come back", reflected_info },
	{ "CVE-2004-0184: identities whose length is not their type's", malformed_identities },
	{ "CVE-2005-3666: formats in identities", formats },
	{ "the identity of another peer, with a key for all", another_name },
};

UNIT_MAIN("weaknesses: authentication", tests)
