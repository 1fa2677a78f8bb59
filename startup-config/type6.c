/* master key -> MD5 -> AES key; that encrypts salt and 0 into the HMAC's key, salt and 1 into the counter mode's. */
#include "startup-config/type6.h"

#include "base/wipe.h"

#include <openssl/evp.h>
#include <string.h>

#define BLOCK_OCTETS 16
#define MAC_OCTETS   4
#define BINARY_MAX   (TYPE6_SALT_OCTETS + TYPE6_CLEAR_MAX + 1 + MAC_OCTETS)
#define BASE         41 /* digits from 'A' on, three for two octets */

/* --- base 41: an odd octet is followed by 0, an even end by 0 and 1 ---- */

static void put_pair(char **p, unsigned high, unsigned low)
{
	unsigned v = high << 8 | low;

	*(*p)++ = (char)('A' + v / (BASE * BASE));
	*(*p)++ = (char)('A' + v / BASE % BASE);
	*(*p)++ = (char)('A' + v % BASE);
}

static void to_text(const uint8_t *octets, size_t n, char *text)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		put_pair(&text, octets[i], octets[i + 1]);
	if (n % 2)
		put_pair(&text, octets[n - 1], 0);
	else
		put_pair(&text, 0, 1);
	*text = '\0';
}

/* Octets, or 0 when text is none of the kind. */
static size_t from_text(const char *text, uint8_t out[BINARY_MAX + 2])
{
	size_t digits = strlen(text), n = 0;

	if (digits % 3 || digits / 3 * 2 > BINARY_MAX + 2)
		return 0;
	for (size_t i = 0; i < digits; i += 3) {
		unsigned v = 0;

		for (size_t k = 0; k < 3; k++) {
			if (text[i + k] < 'A' || text[i + k] >= 'A' + BASE)
				return 0;
			v = v * BASE + (unsigned)(text[i + k] - 'A');
		}
		if (v > UINT16_MAX)
			return 0;
		out[n++] = (uint8_t)(v >> 8);
		out[n++] = (uint8_t)v;
	}
	if (!n || out[n - 1] > 1)
		return 0;
	return out[n - 1] ? n - 2 : n - 1;
}

/* --- keys ---- */

/* Blocks, each by itself. */
static bool aes(const uint8_t key[BLOCK_OCTETS], const uint8_t *in, uint8_t *out, size_t blocks)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = c && EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
		  EVP_EncryptUpdate(c, out, &n, in, (int)(blocks * BLOCK_OCTETS)) == 1;

	EVP_CIPHER_CTX_free(c);
	return ok && (size_t)n == blocks * BLOCK_OCTETS;
}

struct keys {
	uint8_t mac[BLOCK_OCTETS], cipher[BLOCK_OCTETS];
};

static bool make_keys(const char *master, const uint8_t *salt, struct keys *out)
{
	uint8_t digest[EVP_MAX_MD_SIZE], blocks[2 * BLOCK_OCTETS] = { 0 }, made[2 * BLOCK_OCTETS];
	unsigned n = 0;
	bool ok;

	memcpy(blocks, salt, TYPE6_SALT_OCTETS);
	memcpy(blocks + BLOCK_OCTETS, salt, TYPE6_SALT_OCTETS);
	blocks[2 * BLOCK_OCTETS - 1] = 1;
	ok = EVP_Digest(master, strlen(master), digest, &n, EVP_md5(), NULL) == 1 && n == BLOCK_OCTETS &&
	     aes(digest, blocks, made, 2);
	if (ok) {
		memcpy(out->mac, made, BLOCK_OCTETS);
		memcpy(out->cipher, made + BLOCK_OCTETS, BLOCK_OCTETS);
	}
	wipe(digest, sizeof(digest));
	wipe(made, sizeof(made));
	return ok;
}

/* Counter mode; IOS counts in octet 3 of the block. */
static bool crypt_octets(const struct keys *k, uint8_t *octets, size_t n)
{
	uint8_t counters[(TYPE6_CLEAR_MAX / BLOCK_OCTETS + 1) * BLOCK_OCTETS] = { 0 }, stream[sizeof(counters)];
	size_t blocks = (n + BLOCK_OCTETS - 1) / BLOCK_OCTETS;
	bool ok;

	for (size_t i = 0; i < blocks; i++)
		counters[i * BLOCK_OCTETS + 3] = (uint8_t)i;
	ok = !blocks || aes(k->cipher, counters, stream, blocks);
	for (size_t i = 0; ok && i < n; i++)
		octets[i] ^= stream[i];
	wipe(stream, sizeof(stream));
	return ok;
}

static bool make_mac(const struct keys *k, const uint8_t *octets, size_t n, uint8_t mac[MAC_OCTETS])
{
	uint8_t whole[EVP_MAX_MD_SIZE];
	size_t got = 0;
	bool ok = EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, k->mac, sizeof(k->mac), octets, n, whole, sizeof(whole),
			    &got) != NULL;

	if (ok)
		memcpy(mac, whole, MAC_OCTETS);
	return ok && got >= MAC_OCTETS;
}

/* --- the two ways ---- */

bool type6_encrypt(const char *master, const uint8_t salt[TYPE6_SALT_OCTETS], const char *clear, char *text,
		   size_t size)
{
	uint8_t binary[BINARY_MAX], *body = binary + TYPE6_SALT_OCTETS;
	size_t n = strlen(clear);
	struct keys k;
	bool ok;

	if (size)
		text[0] = '\0';
	if (n > TYPE6_CLEAR_MAX || size < TYPE6_TEXT_SIZE(n))
		return false;
	memcpy(binary, salt, TYPE6_SALT_OCTETS);
	memcpy(body, clear, n);
	ok = make_keys(master, salt, &k) && crypt_octets(&k, body, n) && make_mac(&k, body, n, body + n);
	if (ok)
		to_text(binary, TYPE6_SALT_OCTETS + n + MAC_OCTETS, text);
	wipe(&k, sizeof(k));
	wipe(binary, sizeof(binary));
	return ok;
}

bool type6_decrypt(const char *master, const char *text, char *clear, size_t size)
{
	uint8_t binary[BINARY_MAX + 2], *body = binary + TYPE6_SALT_OCTETS, mac[MAC_OCTETS];
	size_t n = from_text(text, binary);
	struct keys k;
	bool ok;

	wipe(clear, size);
	if (n <= TYPE6_SALT_OCTETS + MAC_OCTETS || n > BINARY_MAX)
		return false;
	n -= TYPE6_SALT_OCTETS + MAC_OCTETS;
	ok = make_keys(master, binary, &k) && make_mac(&k, body, n, mac) &&
	     equal_const_time(mac, body + n, MAC_OCTETS) && crypt_octets(&k, body, n);
	/* some of Cisco's tools encrypt the NUL as well */
	while (ok && n && !body[n - 1])
		n--;
	ok = ok && n && n < size && !memchr(body, '\0', n);
	if (ok)
		memcpy(clear, body, n);
	wipe(&k, sizeof(k));
	wipe(binary, sizeof(binary));
	return ok;
}
