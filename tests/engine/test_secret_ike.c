/*
 * No branch and no address of the engine depends on the pre-shared key, or on anything that is derived from it: SKEYID, the
 * keys, HASH_I, HASH_R and the hashes of Quick Mode and Informational exchanges that are expected. Under valgrind:
 *
 *	valgrind -q --suppressions=tests/valgrind.supp --error-exitcode=9 tests/bin/test_secret_ike
 *
 * What was encrypted may be seen by all, and what was decrypted by the engine. DES and 3DES are left out: OpenSSL's have
 * tables that their key is an index of.
 */
#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/secret_watch.h"

int __real_ike_keys_derive(struct ike_keys *k, struct ike_crypto *c, enum isakmp_encr encr, unsigned keybits,
			   enum isakmp_hash hash, const struct ike_p1_material *m);
int __wrap_ike_keys_derive(struct ike_keys *k, struct ike_crypto *c, enum isakmp_encr encr, unsigned keybits,
			   enum isakmp_hash hash, const struct ike_p1_material *m);
int __real_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);
int __wrap_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);
int __real_ike_decrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);
int __wrap_ike_decrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);

static unsigned derived;

int __wrap_ike_keys_derive(struct ike_keys *k, struct ike_crypto *c, enum isakmp_encr encr, unsigned keybits,
			   enum isakmp_hash hash, const struct ike_p1_material *m)
{
	int rc;

	secret_mark(m->psk.p, m->psk.octets);
	secret_mark(m->gxy.p, m->gxy.octets);
	rc = __real_ike_keys_derive(k, c, encr, keybits, hash, m);
	secret_publish(m->psk.p, m->psk.octets); /* where it is configured its length is looked for */
	derived++;
	return rc;
}

int __wrap_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets)
{
	const int rc = __real_ike_encrypt(k, iv, data, octets);

	secret_publish(data, octets);
	secret_publish(iv, IKE_BLOCK_MAX);
	return rc;
}

int __wrap_ike_decrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets)
{
	const int rc = __real_ike_decrypt(k, iv, data, octets);

	secret_publish(data, octets);
	secret_publish(iv, IKE_BLOCK_MAX);
	return rc;
}

static void publish_sas(struct pair *p)
{
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < PAIR_SAS; i++) {
			secret_publish(p->side[side].sas[i].cipher_key, sizeof(p->side[side].sas[i].cipher_key));
			secret_publish(p->side[side].sas[i].auth_key, sizeof(p->side[side].sas[i].auth_key));
		}
	}
}

/* Both phases, a delete and new IPsec SAs, with every hash. */
static void negotiation(void)
{
	for (unsigned hash = ISAKMP_HASH_SHA; hash <= ISAKMP_HASH_SHA512; hash++) {
		const unsigned complaints = secret_complaints();
		struct pair *p = pair_new(hash);
		struct pair_setup s;

		secret_verdicts = derived = 0;
		for (int side = 1; side >= 0; side--) {
			pair_setup(&s, side, 4);
			s.policies[0].encr = ISAKMP_ENCR_AES;
			s.policies[0].keybits = hash % 2 ? 128 : 256;
			s.policies[0].hash = (enum isakmp_hash)hash;
			pair_start(p, side, &s);
		}
		pair_run(p, 1000);
		ike_clear_sa(p->side[0].ike, NULL);
		pair_run(p, 1000);
		publish_sas(p);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(derived, 2);
		/* HASH_I, HASH_R; HASH(1), (2), (3) twice, that of the delete */
		CU_ASSERT_EQUAL(secret_verdicts, 9);
		CU_ASSERT_EQUAL(secret_complaints(), complaints);
		pair_free(p);
	}
}

static bool spoils(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from;
	if (number >= 4) /* the last block of what is encrypted, and so the hash or what it covers */
		data[*octets - 1] ^= 1;
	return true;
}

/* Hashes that are wrong, and another key. */
static void refused(void)
{
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		const unsigned complaints = secret_complaints();
		struct pair *p = pair_new(9);
		struct pair_setup s;

		secret_verdicts = 0;
		for (int side = 1; side >= 0; side--) {
			pair_setup(&s, side, 4);
			s.policies[0].encr = ISAKMP_ENCR_AES;
			s.policies[0].keybits = 128;
			s.keys[0].key[0] = wrong && side ? 'C' : 'c';
			pair_start(p, side, &s);
		}
		p->filter = wrong ? NULL : spoils;
		pair_run(p, 1000);
		CU_ASSERT_EQUAL(p->side[0].installs, 0);
		CU_ASSERT_EQUAL(secret_complaints(), complaints);
		pair_free(p);
	}
}

static const struct unit_test tests[] = {
	{ "the key and all that is derived from it", negotiation },
	{ "hashes that are wrong, and another key", refused },
};

UNIT_MAIN("secrets of IKE", tests)
