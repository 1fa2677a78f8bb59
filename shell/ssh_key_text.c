/* A key's length stands in it, so a remark is found also where it follows without a blank. */
#include "shell/ssh_key_text.h"

#include "base/buf.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define TYPE       "ssh-rsa"
#define KEY_OCTETS 2200 /* RSA of 16384 bits */
#define RSA_MPINTS 2    /* e, n */

static size_t decode64(const char *text, uint8_t *out, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned count = 0;
	struct wr w = wr_of(out, size);
	const char *at;

	for (; *text && (at = strchr(digits, *text)); text++) {
		bits = bits << 6 | (uint32_t)(at - digits);
		count += 6;
		if (count >= 8) {
			count -= 8;
			wr_u8(&w, (uint8_t)(bits >> count));
		}
	}
	return wr_octets(&w);
}

/* RFC 4253 6.6. How long the key is, 0: it is none. */
static size_t key_octets(const uint8_t *bytes, size_t octets)
{
	struct rd r = rd_of(bytes, octets);
	uint32_t n = rd_u32(&r);
	const uint8_t *type = rd_take(&r, n);

	if (!type || n != strlen(TYPE) || memcmp(type, TYPE, n) != 0)
		return 0;
	for (unsigned i = 0; i < RSA_MPINTS; i++) {
		n = rd_u32(&r);
		if (!rd_take(&r, n) || !n)
			return 0;
	}
	return r.why ? 0 : octets - rd_left(&r);
}

void ssh_key_hash_text(const uint8_t md5[16], char hash[SSH_KEY_HASH_SIZE])
{
	for (size_t i = 0; i < 16; i++)
		snprintf(hash + 2 * i, 3, "%02X", md5[i]);
}

bool ssh_key_text_hash(const char *text, char hash[SSH_KEY_HASH_SIZE], const char **remark)
{
	uint8_t key[KEY_OCTETS], md5[16];
	size_t octets, left;

	text += strspn(text, " ");
	if (!strncmp(text, TYPE, strlen(TYPE)))
		text += strlen(TYPE);
	text += strspn(text, " ");
	octets = key_octets(key, decode64(text, key, sizeof(key)));
	if (!octets || !EVP_Q_digest(NULL, "MD5", NULL, key, octets, md5, NULL))
		return false;
	ssh_key_hash_text(md5, hash);
	text += (octets * 8 + 5) / 6;
	left = strspn(text, "= ");
	*remark = text[left] ? text + left : NULL;
	return true;
}

bool ssh_key_hash_parse(const char *text, char hash[SSH_KEY_HASH_SIZE])
{
	size_t n = 0;

	for (; *text && n < SSH_KEY_HASH_SIZE - 1; text++) {
		if (*text == ':' && n && n % 2 == 0)
			continue;
		if (!isxdigit((unsigned char)*text))
			return false;
		hash[n++] = (char)toupper((unsigned char)*text);
	}
	hash[n] = '\0';
	return n == SSH_KEY_HASH_SIZE - 1 && !*text;
}
