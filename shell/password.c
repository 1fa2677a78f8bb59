/*
 * A type's text is made and checked by the same function: what is given is hashed with the stored salt, or hidden with the
 * stored seed, and compared. Nothing branches on what is stored or computed until then (tests/unit/test_secret_password.c).
 */
#include "shell/password.h"

#include "base/wipe.h"

#include <crypt.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_OCTETS       32
#define HASH_CHARACTERS   43 /* HASH_OCTETS in base 64 without padding */
#define SALT_CHARACTERS   14 /* of types 8 and 9 */
#define MD5_CHARACTERS    22
#define MD5_SALT_MOST     8
#define MD5_SALT          4 /* as IOS makes it */
#define PBKDF2_ITERATIONS 20000
#define SCRYPT_N          16384
#define SCRYPT_R          1
#define SCRYPT_P          1
#define SCRYPT_MEMORY     (32u << 20) /* at most */
#define HIDDEN_SEEDS      16

/* crypt()'s alphabet, in which IOS also writes base 64. */
static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool all_of_alphabet(const char *text, size_t octets)
{
	return strspn(text, alphabet) >= octets;
}

static bool random_salt(char *salt, size_t characters)
{
	unsigned char bytes[SALT_CHARACTERS];

	if (characters > sizeof(bytes) || RAND_bytes(bytes, (int)characters) != 1)
		return false;
	for (size_t i = 0; i < characters; i++)
		salt[i] = alphabet[bytes[i] & 63];
	salt[characters] = '\0';
	return true;
}

/* --- type 7 ---- */

static const char hiding[] = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

static unsigned char hiding_at(unsigned seed, size_t i)
{
	return (unsigned char)hiding[(seed + i) % (sizeof(hiding) - 1)];
}

static bool hide_with(unsigned seed, const char *clear, char text[ACCESS_SECRET_SIZE])
{
	size_t octets = strlen(clear);

	if (octets >= PASSWORD_CLEAR_SIZE)
		return false;
	snprintf(text, ACCESS_SECRET_SIZE, "%02u", seed);
	for (size_t i = 0; i < octets; i++)
		snprintf(text + 2 + 2 * i, 3, "%02X", (unsigned char)clear[i] ^ hiding_at(seed, i));
	return true;
}

static bool hide(const char *clear, char text[ACCESS_SECRET_SIZE])
{
	unsigned char seed;

	return RAND_bytes(&seed, 1) == 1 && hide_with(seed % HIDDEN_SEEDS, clear, text);
}

/* The seed of a text that is valid. */
static unsigned seed_of(const char *text)
{
	return (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? toupper((unsigned char)c) - 'A' + 10
					    : -1;
}

static bool unhide(const char *text, char clear[PASSWORD_CLEAR_SIZE])
{
	size_t octets = strlen(text);
	unsigned seed;

	if (octets < 4 || octets % 2 || (octets - 2) / 2 >= PASSWORD_CLEAR_SIZE || !isdigit((unsigned char)text[0]) ||
	    !isdigit((unsigned char)text[1]))
		return false;
	seed = seed_of(text);
	if (seed >= HIDDEN_SEEDS)
		return false;
	octets = (octets - 2) / 2;
	for (size_t i = 0; i < octets; i++) {
		int high = hex_digit(text[2 + 2 * i]), low = hex_digit(text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		clear[i] = (char)((unsigned char)(high << 4 | low) ^ hiding_at(seed, i));
		if (!clear[i])
			return false;
	}
	clear[octets] = '\0';
	return true;
}

/* --- hashes ---- */

/* The nth character of the alphabet, without looking it up: ./0..9, A..Z, a..z are three runs. */
static char letter(unsigned n)
{
	const unsigned past_digits = (11u - n) >> 31, past_capitals = (37u - n) >> 31;

	return (char)('.' + n + 7 * past_digits + 6 * past_capitals);
}

/* Base 64 in IOS's alphabet, without padding. */
static void write_hash(const unsigned char hash[HASH_OCTETS], char *text)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; n < HASH_CHARACTERS; i++) {
		bits = bits << 8 | (i < HASH_OCTETS ? hash[i] : 0u);
		for (have += 8; have >= 6 && n < HASH_CHARACTERS; have -= 6)
			text[n++] = letter(bits >> (have - 6) & 63);
	}
	text[HASH_CHARACTERS] = '\0';
	wipe(&bits, sizeof(bits));
}

static bool hash_md5(const char *clear, const char *salt, char text[ACCESS_SECRET_SIZE])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[MD5_SALT_MOST + 5];
	const char *made;
	bool ok;

	if (!data)
		return false;
	snprintf(setting, sizeof(setting), "$1$%s$", salt);
	made = crypt_r(clear, setting, data);
	ok = made && made[0] == '$';
	if (ok) {
		memcpy(text, made, strlen(setting) + MD5_CHARACTERS);
		text[strlen(setting) + MD5_CHARACTERS] = '\0';
	}
	wipe(data, sizeof(*data));
	free(data);
	return ok;
}

/* Types 4, 8 and 9; salt is "" for 4. */
static bool hash_sha(enum password_type type, const char *clear, const char *salt, char text[ACCESS_SECRET_SIZE])
{
	const unsigned char *s = (const unsigned char *)salt;
	unsigned char hash[HASH_OCTETS];
	size_t octets = strlen(clear);
	bool ok;

	if (type == PASSWORD_SHA256)
		ok = EVP_Digest(clear, octets, hash, NULL, EVP_sha256(), NULL) == 1;
	else if (type == PASSWORD_PBKDF2)
		ok = PKCS5_PBKDF2_HMAC(clear, (int)octets, s, (int)strlen(salt), PBKDF2_ITERATIONS, EVP_sha256(),
				       sizeof(hash), hash) == 1;
	else
		ok = EVP_PBE_scrypt(clear, octets, s, strlen(salt), SCRYPT_N, SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY, hash,
				    sizeof(hash)) == 1;
	if (ok) {
		size_t head = type == PASSWORD_SHA256
				      ? 0
				      : (size_t)snprintf(text, ACCESS_SECRET_SIZE, "$%d$%s$", (int)type, salt);

		write_hash(hash, text + head);
	}
	wipe(hash, sizeof(hash));
	return ok;
}

static bool hash_with(enum password_type type, const char *clear, const char *salt, char text[ACCESS_SECRET_SIZE])
{
	return type == PASSWORD_MD5 ? hash_md5(clear, salt, text) : hash_sha(type, clear, salt, text);
}

/* The salt of "$N$salt$hash", whose hash is this long. */
static bool split(const char *text, char digit, size_t salt_least, size_t salt_most, size_t hash, char *salt)
{
	size_t n;

	if (text[0] != '$' || text[1] != digit || text[2] != '$')
		return false;
	n = strcspn(text + 3, "$");
	if (n < salt_least || n > salt_most || text[3 + n] != '$' || !all_of_alphabet(text + 3, n) ||
	    strlen(text + 4 + n) != hash || !all_of_alphabet(text + 4 + n, hash))
		return false;
	memcpy(salt, text + 3, n);
	salt[n] = '\0';
	return true;
}

static bool split_type(enum password_type type, const char *text, char salt[SALT_CHARACTERS + 1])
{
	salt[0] = '\0';
	switch (type) {
	case PASSWORD_SHA256:
		return strlen(text) == HASH_CHARACTERS && all_of_alphabet(text, HASH_CHARACTERS);
	case PASSWORD_MD5:
		return split(text, '1', 1, MD5_SALT_MOST, MD5_CHARACTERS, salt);
	case PASSWORD_PBKDF2:
		return split(text, '8', SALT_CHARACTERS, SALT_CHARACTERS, HASH_CHARACTERS, salt);
	case PASSWORD_SCRYPT:
		return split(text, '9', SALT_CHARACTERS, SALT_CHARACTERS, HASH_CHARACTERS, salt);
	case PASSWORD_CLEAR:
	case PASSWORD_HIDDEN:
		break;
	}
	return false;
}

/* --- for the others ---- */

bool password_valid(enum password_type type, const char *text)
{
	char clear[PASSWORD_CLEAR_SIZE], salt[SALT_CHARACTERS + 1];
	bool ok;

	if (type == PASSWORD_CLEAR)
		return text[0] && strlen(text) < PASSWORD_CLEAR_SIZE;
	if (type != PASSWORD_HIDDEN)
		return split_type(type, text, salt);
	ok = unhide(text, clear);
	wipe(clear, sizeof(clear));
	return ok;
}

bool password_make(struct password *p, enum password_type type, const char *clear)
{
	char salt[SALT_CHARACTERS + 1];
	bool ok;

	if (!password_valid(PASSWORD_CLEAR, clear))
		return false;
	if (type == PASSWORD_CLEAR)
		ok = snprintf(p->text, sizeof(p->text), "%s", clear) > 0;
	else if (type == PASSWORD_HIDDEN)
		ok = hide(clear, p->text);
	else
		ok = random_salt(salt, type == PASSWORD_MD5 ? MD5_SALT : SALT_CHARACTERS) &&
		     hash_with(type, clear, salt, p->text);
	p->type = type;
	p->set = ok;
	return ok;
}

/* Is the first text the second one? As many octets are compared as that has, its NUL among them. */
static bool same(const char text[ACCESS_SECRET_SIZE], const char *known)
{
	return equal_const_time(text, known, strlen(known) + 1);
}

/* Type 7, in capitals or not: what was given is hidden in the same way. */
static bool same_hidden(const char stored[ACCESS_SECRET_SIZE], const char *given)
{
	char text[ACCESS_SECRET_SIZE], folded[ACCESS_SECRET_SIZE];
	size_t octets;
	bool ok = hide_with(seed_of(stored), given, text);

	octets = ok ? strlen(text) + 1 : 0;
	for (size_t i = 0; i < octets; i++) {
		folded[i] = stored[i] | 0x20; /* leaves digits as they are */
		text[i] |= 0x20;
	}
	ok = ok && equal_const_time(text, folded, octets);
	wipe(text, sizeof(text));
	wipe(folded, sizeof(folded));
	return ok;
}

bool password_matches(const struct password *p, const char *given)
{
	char text[ACCESS_SECRET_SIZE] = "", salt[SALT_CHARACTERS + 1];
	bool ok;

	if (!p->set || strlen(given) >= PASSWORD_CLEAR_SIZE)
		return false;
	if (p->type == PASSWORD_CLEAR)
		return same(p->text, given);
	if (p->type == PASSWORD_HIDDEN)
		return same_hidden(p->text, given);
	ok = split_type(p->type, p->text, salt) && hash_with(p->type, given, salt, text) && same(text, p->text);
	wipe(text, sizeof(text));
	return ok;
}

void password_hide(struct password *p)
{
	char text[ACCESS_SECRET_SIZE];

	if (!p->set || p->type != PASSWORD_CLEAR || !hide(p->text, text))
		return;
	wipe(p->text, sizeof(p->text));
	memcpy(p->text, text, strlen(text) + 1);
	p->type = PASSWORD_HIDDEN;
}

bool password_reveal(const struct password *p, char clear[PASSWORD_CLEAR_SIZE])
{
	if (p->type == PASSWORD_HIDDEN)
		return unhide(p->text, clear);
	if (p->type != PASSWORD_CLEAR || strlen(p->text) >= PASSWORD_CLEAR_SIZE)
		return false;
	strcpy(clear, p->text);
	return true;
}
