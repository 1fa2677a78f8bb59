/*
 * Known weaknesses of IKEv1 implementations, third part: what a message that is forged, repeated, or genuine and meant to
 * harm does to exchanges and SAs that are there. doc/weaknesses.md.
 */
#include "ike/ipsec.h"
#include "tests/engine/attack.h"

#include <stdio.h>
#include <string.h>

/* --- what nobody has proved -------------------------------------------------------------------------------------- */

/* The messages by which SAs end, as payloads; false: no more of them. */
static bool ending(struct pair *p, int to, unsigned n, struct attack_payloads *x)
{
	static const uint16_t types[] = { NOTIFY_INITIAL_CONTACT,
					  NOTIFY_NO_PROPOSAL_CHOSEN,
					  NOTIFY_AUTHENTICATION_FAILED,
					  NOTIFY_INVALID_HASH_INFORMATION,
					  NOTIFY_INVALID_COOKIE,
					  NOTIFY_INVALID_SPI,
					  NOTIFY_PAYLOAD_MALFORMED,
					  NOTIFY_RESPONDER_LIFETIME,
					  NOTIFY_R_U_THERE,
					  NOTIFY_R_U_THERE_ACK,
					  NOTIFY_CONNECTED,
					  NOTIFY_REPLAY_STATUS };
	static const uint8_t life[] = { 0x80, 11, 0, 1, 0x80, 12, 0, 1 };
	const struct pair_sa *ipsec = pair_sa(p, to, false);
	const size_t count = sizeof(types) / sizeof(types[0]);
	uint8_t cookies[16], spi[4] = { 0 };

	ike_sa_spi(attack_sa(p, to), cookies);
	if (ipsec)
		attack_put32(spi, ipsec->sa.spi);
	attack_open(x);
	if (n < count)
		wr_notify(&x->m, PROTO_ISAKMP, cookies, 16, types[n], life, n == 7 ? 8 : n == 8 || n == 9 ? 4 : 0);
	else if (n < 2 * count)
		wr_notify(&x->m, PROTO_IPSEC_ESP, spi, 4, types[n - count], life, n - count == 7 ? 8 : 0);
	else if (n == 2 * count)
		wr_delete(&x->m, PROTO_ISAKMP, cookies, 16, 1);
	else if (n == 2 * count + 1)
		wr_delete(&x->m, PROTO_IPSEC_ESP, spi, 4, 1);
	else
		return false;
	return true;
}

/* In clear, with the right cookies, at each moment from MM2 to a tunnel that is up. */
static void unprotected(void)
{
	for (unsigned number = MM2; number <= QM3 + 1; number++) {
		struct pair *p = number <= QM3 ? attack_pair(number, NULL) : attack_joined(number, NULL);
		struct attack_payloads x;
		struct attack_state was;
		struct pair_packet m = { 0 };
		uint8_t out[PAIR_DATAGRAM];

		if (number <= QM3)
			attack_hold(p, number, &m);
		attack_remember(p, &was);
		for (int to = 0; to < 2; to++)
			for (unsigned n = 0; ending(p, to, n, &x); n++)
				for (uint32_t mid = 0; mid < 2; mid++)
					pair_inject(p, to, out,
						    attack_clear(attack_sa(p, to), EXCHANGE_INFO, mid, &x, out));
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
		if (m.octets)
			pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* A genuine message but for one bit of this octet of its hash. */
static size_t spoilt_hash(const struct ike_sa *sa, uint32_t mid, const struct attack_payloads *x, unsigned octet,
			  uint8_t *out)
{
	const size_t octets = attack_genuine(sa, EXCHANGE_INFO, mid, x, out) - ISAKMP_HEADER_OCTETS;
	uint8_t iv[IKE_BLOCK_MAX], *plain = out + ISAKMP_HEADER_OCTETS;

	ike_iv_phase2(&sa->keys, mid, iv);
	CU_ASSERT_EQUAL_FATAL(ike_decrypt(&sa->keys, iv, plain, octets), 0);
	plain[ISAKMP_GEN_OCTETS + octet] ^= (uint8_t)(1 << mid % 8);
	ike_iv_phase2(&sa->keys, mid, iv);
	CU_ASSERT_EQUAL_FATAL(ike_encrypt(&sa->keys, iv, plain, octets), 0);
	return ISAKMP_HEADER_OCTETS + octets;
}

/* Encrypted as it should be, by somebody who can change what he cannot read: the hash is wrong, wherever it is. */
static void wrong_hash(void)
{
	struct pair *p = attack_joined(20, NULL);
	struct attack_payloads x;
	struct attack_state was;
	uint8_t out[PAIR_DATAGRAM];
	uint32_t mid = 50;

	attack_remember(p, &was);
	for (int to = 0; to < 2; to++)
		for (unsigned n = 0; ending(p, to, n, &x); n++)
			for (unsigned octet = 0; octet < attack_sa(p, to)->keys.hash_octets; octet++)
				pair_inject(p, to, out, spoilt_hash(attack_sa(p, to), mid++, &x, octet, out));
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- deletes and notifications of a peer ------------------------------------------------------------------------- */

/* A DELETE of so many SPIs of this size, of which these octets are there. */
static void say_delete(struct pair *p, uint32_t mid, uint8_t protocol, unsigned size, unsigned count,
		       const uint8_t *spis, size_t octets)
{
	struct attack_payloads x;
	struct isakmp_wr *m = attack_open(&x);
	uint8_t out[PAIR_DATAGRAM];

	wr_payload_open(m, PAYLOAD_DELETE);
	wr_u32(&m->w, DOI_IPSEC);
	wr_u8(&m->w, protocol);
	wr_u8(&m->w, (uint8_t)size);
	wr_u16(&m->w, (uint16_t)count);
	wr_bytes(&m->w, spis, octets);
	wr_payload_close(m);
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid, &x, out));
}

/*
 * SPIs of every size and number, be they there or not, also such that 16 bits would not hold the product: nothing is
 * deleted, nothing is read. The octets are those of SAs that are there, in another size.
 */
static void delete_counts(void)
{
	static const unsigned sizes[] = { 0, 1, 2, 3, 4, 5, 6, 8, 12, 15, 16, 17, 255 },
			      counts[] = { 0, 1, 2, 3, 4, 6, 12, 16, 255, 0x4000, 0x4003, 0x8000, 0xFFFF };
	static const uint8_t protocols[] = { PROTO_ISAKMP, PROTO_IPSEC_AH, PROTO_IPSEC_ESP, PROTO_IPCOMP, 0, 255 };
	struct pair *p = attack_joined(30, NULL);
	struct attack_state was;
	uint8_t spis[12], cookies[2 * ISAKMP_COOKIE_OCTETS];
	uint32_t mid = 100;

	for (size_t i = 0; i < sizeof(spis); i += 4)
		attack_put32(spis + i, pair_sa(p, 1, false)->sa.spi);
	ike_sa_spi(attack_sa(p, 1), cookies);
	attack_remember(p, &was);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			for (size_t q = 0; q < sizeof(protocols); q++) {
				if (protocols[q] != PROTO_IPSEC_ESP || sizes[i] != 4 || counts[k] != 3)
					say_delete(p, mid++, protocols[q], sizes[i], counts[k], spis, sizeof(spis));
				if (protocols[q] != PROTO_ISAKMP || sizes[i] != 16 || counts[k] != 1)
					say_delete(p, mid++, protocols[q], sizes[i], counts[k], cookies,
						   sizeof(cookies));
			}
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* The SA that carries the message is deleted in it, once, twice and thrice, and then notifications act on that SA. */
static void delete_and_go_on(void)
{
	struct pair *p = attack_joined(31, NULL);
	struct attack_payloads x, more;
	uint8_t out[PAIR_DATAGRAM], cookies[16], spi[4];

	ike_sa_spi(attack_sa(p, 1), cookies);
	attack_put32(spi, pair_sa(p, 1, false)->sa.spi);
	attack_open(&x);
	for (unsigned n = 0; n < 3; n++) {
		wr_delete(&x.m, PROTO_ISAKMP, cookies, 16, 1);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_INITIAL_CONTACT, NULL, 0);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
		wr_notify(&x.m, PROTO_IPSEC_ESP, spi, 4, NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
		wr_notify(&x.m, PROTO_IPSEC_ESP, spi, 4, NOTIFY_RESPONDER_LIFETIME, "\200\1\0\1\200\2\0\1", 8);
		wr_delete(&x.m, PROTO_IPSEC_ESP, spi, 4, 1);
	}
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, 7, &x, out));
	CU_ASSERT_TRUE(attack_sa(p, 1)->deleted);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "deleting SA reason"), 2); /* one end is told in two halves */
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 0);
	/* and again, to an SA that is gone */
	for (unsigned n = 0; ending(p, 1, n, &more); n++)
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, 8 + n, &more, out));
	ike_clear_session(p->side[0].ike, NULL);
	pair_run(p, 2000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

/* "Are you there?" of another SA, by other SPIs, with a number of other octets than four: nobody answers. */
static void other_questions(void)
{
	struct pair *p = attack_joined(32, NULL);
	uint8_t out[PAIR_DATAGRAM], cookies[2 * ISAKMP_COOKIE_OCTETS + 1] = { 0 };
	struct attack_payloads x;
	struct attack_state was;
	uint32_t mid = 100;

	ike_sa_spi(attack_sa(p, 1), cookies);
	attack_remember(p, &was);
	for (uint8_t octets = 0; octets <= sizeof(cookies); octets++) {
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, octets, NOTIFY_R_U_THERE, "\0\0\0\1", octets == 16 ? 3 : 4);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1seventeen octets",
			  octets == 4 ? 0 : octets);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
	}
	for (unsigned i = 0; i < 16; i++) {
		cookies[i] ^= 1;
		attack_open(&x);
		wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
		pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid++, &x, out));
		cookies[i] ^= 1;
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	attack_open(&x);
	wr_notify(&x.m, PROTO_ISAKMP, cookies, 16, NOTIFY_R_U_THERE, "\0\0\0\1", 4);
	pair_inject(p, 1, out, attack_genuine(attack_sa(p, 0), EXCHANGE_INFO, mid, &x, out));
	CU_ASSERT_EQUAL(p->side[1].sent, was.sent[1] + 1);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* --- IDs of exchanges and SAs ------------------------------------------------------------------------------------ */

/* Without one of its cookies, without both; a first message that has both. */
static void spoil_cookies(struct pair *p, const struct pair_packet *m, bool first)
{
	struct pair_packet x = *m;
	struct attack_state was;

	attack_remember(p, &was);
	memset(x.data, 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	memset(x.data + ISAKMP_COOKIE_OCTETS, 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	x = *m;
	memset(x.data + ISAKMP_COOKIE_OCTETS, first ? 0x5A : 0, ISAKMP_COOKIE_OCTETS);
	pair_inject(p, m->to, x.data, x.octets);
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
}

/* Cookies of zeros are nobody's; the initiator takes no answer without one; message ID 0 is phase 1's alone. */
static void cookies_and_ids(void)
{
	struct pair *p = attack_pair(61, attack_aggressive_named);
	struct attack_payloads x;
	struct attack_state was;
	struct pair_packet m;
	uint8_t out[PAIR_DATAGRAM], rest[PAIR_DATAGRAM], first;
	size_t octets;

	for (unsigned number = 0; number < 2; number++) {
		attack_hold(p, number, &m);
		spoil_cookies(p, &m, number == 0);
		pair_inject(p, m.to, m.data, m.octets);
	}
	CU_ASSERT_EQUAL_FATAL(p->queued, 2); /* AG3 and QM1 */
	m = p->queue[0];
	spoil_cookies(p, &m, false);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);

	p = attack_pair(60, NULL);
	for (unsigned number = MM1; number <= MM6; number++) {
		attack_hold(p, number, &m);
		spoil_cookies(p, &m, number == MM1);
		pair_inject(p, m.to, m.data, m.octets);
	}
	attack_hold(p, QM1, &m);
	octets = attack_decrypt(attack_sa(p, 1), &m, &first, rest);
	pair_inject(p, 1, out, attack_seal(attack_sa(p, 0), EXCHANGE_QUICK, 0, first, rest, octets, out));
	CU_ASSERT_EQUAL(p->queued + p->side[1].installs, 0);
	pair_inject(p, 1, m.data, m.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	attack_remember(p, &was);
	for (int to = 0; to < 2; to++) {
		unsigned count = 0;

		while (ending(p, to, count, &x))
			count++;
		while (count--) { /* a delete first: a number is good once */
			ending(p, to, count, &x);
			pair_inject(p, to, out, attack_genuine(attack_sa(p, to), EXCHANGE_INFO, 0, &x, out));
		}
	}
	CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
	CU_ASSERT_TRUE(attack_serves(p));
	pair_free(p);
}

/* A message that does not verify moves no IV: garbage under the exchange's own number, and another exchange's octets. */
static void forged_ciphertext(void)
{
	for (unsigned number = MM5; number <= QM3; number++) {
		struct pair *p = attack_pair(70 + number, NULL);
		struct pair_packet m, x, other = { 0 };
		struct attack_state was;

		if (number > MM5) {
			attack_hold(p, MM5, &other);
			pair_inject(p, other.to, other.data, other.octets);
		}
		attack_hold(p, number, &m);
		attack_remember(p, &was);
		for (unsigned n = 0; n < 300; n++) {
			x = m;
			for (size_t i = 28; i < x.octets; i++)
				x.data[i] = (uint8_t)pair_dice(p, 256);
			if (other.octets && n % 2)
				memcpy(x.data + 28, other.data + 28,
				       other.octets < m.octets ? other.octets - 28 : m.octets - 28);
			if (n % 3 == 0)
				x.octets = 28 + 8 * (1 + n % 4);
			attack_length(x.data, x.octets);
			pair_inject(p, m.to, x.data, x.octets);
		}
		CU_ASSERT_TRUE(attack_changed_nothing(p, &was, 0));
		pair_inject(p, m.to, m.data, m.octets);
		pair_run(p, 1000);
		CU_ASSERT_TRUE(attack_serves(p));
		pair_free(p);
	}
}

/* The flag that asks to wait for CONNECTED stands outside of every hash: nobody waits for it. */
static bool commits(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)octets;
	data[19] |= ISAKMP_FLAG_COMMIT;
	return true;
}

static void commit_bit(void)
{
	struct pair *p = pair_new(80);
	struct pair_setup s;

	p->filter = commits;
	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, side, 4);
		pair_start(p, side, &s);
	}
	pair_run(p, 1000);
	CU_ASSERT_TRUE(attack_serves(p));
	CU_ASSERT_EQUAL(p->sent, 9 + 3 + 1); /* phase 1 and 2; Quick Mode and the delete of attack_serves() */
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "CVE-2004-0164: deletes and notifications in clear, before, during and after phase 1", unprotected },
	{ "CVE-2019-10155: deletes and notifications with a wrong hash", wrong_hash },
	{ "CVE-2004-0183: a delete whose SPIs are not there", delete_counts },
	{ "CVE-2023-38712: deletes and notifications behind the delete of their SA", delete_and_go_on },
	{ "DPD for another SA, or of another size", other_questions },
	{ "CVE-2023-30570: cookies of zeros, message ID 0", cookies_and_ids },
	{ "forged messages move no IV", forged_ciphertext },
	{ "the commit bit", commit_bit },
};

UNIT_MAIN("weaknesses: state", tests)
