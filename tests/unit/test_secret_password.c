/*
 * No branch and no address depends on a password that is stored, or on the hash that is made of one that was given, until
 * both were compared: `enable secret`, users, lines, SSH, all of which ask password_matches(). Under valgrind:
 *
 *	valgrind -q --suppressions=tests/valgrind.supp --error-exitcode=9 tests/bin/test_secret_password
 *
 * What crypt(), PBKDF2 and scrypt do inside is theirs; their results are secret from the moment when they are there.
 */
#include "shell/password.h"
#include "tests/unit/secret_watch.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

char *__real_crypt_r(const char *phrase, const char *setting, struct crypt_data *data);
char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data);
int __real_PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
			     const EVP_MD *digest, int keylen, unsigned char *out);
int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
			     const EVP_MD *digest, int keylen, unsigned char *out);
int __real_EVP_PBE_scrypt(const char *pass, size_t passlen, const unsigned char *salt, size_t saltlen, uint64_t N,
			  uint64_t r, uint64_t p, uint64_t maxmem, unsigned char *key, size_t keylen);
int __wrap_EVP_PBE_scrypt(const char *pass, size_t passlen, const unsigned char *salt, size_t saltlen, uint64_t N,
			  uint64_t r, uint64_t p, uint64_t maxmem, unsigned char *key, size_t keylen);
int __real_EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned *size, const EVP_MD *type,
		      ENGINE *impl);
int __wrap_EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned *size, const EVP_MD *type,
		      ENGINE *impl);

static unsigned hashed;

char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	char *made = __real_crypt_r(phrase, setting, data);

	if (made && made[0] == '$') {
		secret_mark(made + strlen(setting), strlen(made) - strlen(setting));
		hashed++;
	}
	return made;
}

int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
			     const EVP_MD *digest, int keylen, unsigned char *out)
{
	int rc = __real_PKCS5_PBKDF2_HMAC(pass, passlen, salt, saltlen, iter, digest, keylen, out);

	secret_mark(out, (size_t)keylen);
	hashed++;
	return rc;
}

int __wrap_EVP_PBE_scrypt(const char *pass, size_t passlen, const unsigned char *salt, size_t saltlen, uint64_t N,
			  uint64_t r, uint64_t p, uint64_t maxmem, unsigned char *key, size_t keylen)
{
	int rc = __real_EVP_PBE_scrypt(pass, passlen, salt, saltlen, N, r, p, maxmem, key, keylen);

	secret_mark(key, keylen);
	hashed++;
	return rc;
}

int __wrap_EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned *size, const EVP_MD *type,
		      ENGINE *impl)
{
	int rc = __real_EVP_Digest(data, count, md, size, type, impl);

	secret_mark(md, 32);
	hashed++;
	return rc;
}

static const struct {
	enum password_type type;
	const char *text, *clear;
} stored[] = {
	{ PASSWORD_CLEAR, "cisco", "cisco" },
	{ PASSWORD_HIDDEN, "02050D480809", "cisco" },
	{ PASSWORD_HIDDEN, "070c285f4d06", "cisco" },
	{ PASSWORD_SHA256, "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfqY", "cisco" },
	{ PASSWORD_MD5, "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0", "cisco" },
	{ PASSWORD_PBKDF2, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat" },
	{ PASSWORD_SCRYPT, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat" },
};

static void every_type(void)
{
	static const char *const guesses[] = { NULL, "", "c", "ciscp", "cisco1", "disco", "hashcas", "hashcat1" };

	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
		const bool clear = stored[i].type == PASSWORD_CLEAR;

		for (size_t g = 0; g < sizeof(guesses) / sizeof(guesses[0]); g++) {
			const unsigned complaints = secret_complaints();
			struct password p = { .type = stored[i].type, .set = true };

			snprintf(p.text, sizeof(p.text), "%s", stored[i].text);
			/* that a stored one in clear ends somewhere is a part of the secret; of type 7, its length is not */
			if (clear)
				secret_mark(p.text, sizeof(p.text));
			else if (p.type == PASSWORD_HIDDEN)
				secret_mark(p.text + 2, strlen(p.text) - 2);
			secret_verdicts = hashed = 0;
			CU_ASSERT_EQUAL(password_matches(&p, guesses[g] ? guesses[g] : stored[i].clear), !guesses[g]);
			CU_ASSERT_EQUAL(secret_verdicts, 1);
			CU_ASSERT_EQUAL(hashed, clear || p.type == PASSWORD_HIDDEN ? 0 : 1);
			CU_ASSERT_EQUAL(secret_complaints(), complaints);
		}
	}
}

static const struct unit_test tests[] = {
	{ "every type", every_type },
};

UNIT_MAIN("secrets of passwords", tests)
