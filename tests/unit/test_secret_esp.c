/*
 * No branch and no address depends on the keys of ESP, on the ICV that is expected, or on how far the received one agrees with
 * it, in either engine. Under valgrind:
 *
 *	valgrind -q --suppressions=tests/valgrind.supp --error-exitcode=9 tests/bin/test_secret_esp
 *
 * DES and 3DES are left out: OpenSSL's have tables that their key is an index of.
 */
#include "config.h"
#include "tests/unit/esp_unit.h"
#include "tests/unit/secret_watch.h"

/* An inbound SA whose keys are secret; the constants they are copied from are not. */
static struct sa *secret_sa(struct esp_unit_lib *l, struct esp_unit_suite u)
{
	struct esp_sa params = esp_unit_params(u, true, 0xdeb7e26c);
	uint8_t cipher[64], auth[64];
	struct sa *sa = NULL;

	memcpy(cipher, params.cipher_key, params.cipher_key_octets);
	memcpy(auth, params.auth_key, params.auth_key_octets);
	secret_mark(cipher, sizeof(cipher));
	secret_mark(auth, sizeof(auth));
	params.cipher_key = cipher;
	params.auth_key = auth;
	return sa_new(l->engines, &params, &sa) ? NULL : sa;
}

/* A packet with this octet of its ICV changed, SIZE_MAX: with none. */
static enum esp_drop verdict_of(struct esp_unit_lib *l, struct esp_unit_suite u, struct esp_packet *p, size_t wrong)
{
	struct sa *out = esp_unit_sa(l, u, false), *in = secret_sa(l, u);
	struct esp_suite_info info = { 0 };
	enum esp_drop verdict;
	uint8_t *icv;

	CU_ASSERT_TRUE_FATAL(out && in);
	esp_suite_info(u.cipher, u.keybits, u.auth, &info);
	packet_reset(p, p->room, ESP_SLOT_OCTETS);
	p->octets = 100;
	p->family = 4;
	esp_unit_inner(4, 100, 0, false, p->data);
	esp_unit_seal(l, out, p, 1);
	CU_ASSERT_EQUAL_FATAL(p->verdict, ESP_OK);
	icv = p->data + p->octets - info.icv_octets;
	if (wrong != SIZE_MAX)
		icv[wrong % info.icv_octets] ^= 1;
	secret_mark(icv, info.icv_octets);
	p->sa = in;
	esp_open(l->engine, p, 1);
	verdict = p->verdict;
	secret_publish(p->room, ESP_SLOT_OCTETS);
	if (!verdict) {
		esp_accept(p, 1);
		verdict = p->verdict;
	}
	sa_free(out);
	sa_free(in);
	return verdict;
}

static void run(enum engine_choice choice)
{
	struct esp_unit_lib l = esp_unit_lib_of(choice, 1);
	struct esp_packet p = esp_unit_packet();
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
		const unsigned complaints = secret_complaints();

		if (u.cipher == ESP_CIPHER_DES || u.cipher == ESP_CIPHER_3DES ||
		    (u.auth == ESP_AUTH_NONE && u.cipher != ESP_CIPHER_GCM))
			continue;
		secret_verdicts = 0;
		CU_ASSERT_EQUAL(verdict_of(&l, u, &p, SIZE_MAX), ESP_OK);
		CU_ASSERT_EQUAL(verdict_of(&l, u, &p, 0), ESP_DROP_ICV);
		CU_ASSERT_EQUAL(verdict_of(&l, u, &p, 11), ESP_DROP_ICV);
		/* OpenSSL's GCM compares by itself */
		CU_ASSERT_EQUAL(secret_verdicts, u.cipher == ESP_CIPHER_GCM && choice == ENGINES_OPENSSL ? 0 : 3);
		CU_ASSERT_EQUAL(secret_complaints(), complaints);
	}
	free(p.room);
	esp_unit_lib_free(&l);
}

static void openssl(void)
{
	run(ENGINES_OPENSSL);
}

static void multi(void)
{
#ifdef HAVE_IPSEC_MB
	run(ENGINES_MULTI);
#endif
}

static const struct unit_test tests[] = {
	{ "OpenSSL", openssl },
	{ "ipsec-mb", multi },
};

UNIT_MAIN("secrets of ESP", tests)
