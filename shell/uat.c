#include "shell/uat.h"

#include "base/wipe.h"

#include <stdio.h>
#include <string.h>

/* A key as both tables take it. */
#define HEX_SIZE (2 * 64 + 1)

static const char *cipher_name(enum esp_cipher c)
{
	switch (c) {
	case ESP_CIPHER_NULL:
		return "NULL";
	case ESP_CIPHER_DES:
		return "DES-CBC [RFC2405]";
	case ESP_CIPHER_3DES:
		return "TripleDES-CBC [RFC2451]";
	case ESP_CIPHER_AES:
		return "AES-CBC [RFC3602]";
	case ESP_CIPHER_GCM:
		return "AES-GCM with 16 octet ICV [RFC4106]";
	case ESP_CIPHER_NONE:
		break;
	}
	return NULL;
}

static const char *auth_name(enum esp_auth a)
{
	switch (a) {
	case ESP_AUTH_NONE: /* and GCM's ICV is its cipher's matter */
		return "NULL";
	case ESP_AUTH_MD5:
		return "HMAC-MD5-96 [RFC2403]";
	case ESP_AUTH_SHA:
		return "HMAC-SHA-1-96 [RFC2404]";
	case ESP_AUTH_SHA256:
		return "HMAC-SHA-256-128 [RFC4868]";
	case ESP_AUTH_SHA384:
		return "HMAC-SHA-384-192 [RFC4868]";
	case ESP_AUTH_SHA512:
		return "HMAC-SHA-512-256 [RFC4868]";
	}
	return NULL;
}

static bool put_hex(const uint8_t *octets, size_t count, char out[HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	if (2 * count >= HEX_SIZE)
		return false;
	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[octets[i] >> 4];
		out[2 * i + 1] = digits[octets[i] & 15];
	}
	out[2 * count] = '\0';
	return true;
}

bool uat_esp(const struct esp_sa *sa, char out[UAT_LINE_SIZE])
{
	const char *cipher = cipher_name(sa->cipher), *auth = auth_name(sa->auth);
	char key[HEX_SIZE] = "", auth_key[HEX_SIZE] = "", src[IP_TEXT_SIZE], dst[IP_TEXT_SIZE];
	const bool any = sa->remote_port != 0;
	bool good;

	out[0] = '\0';
	good = cipher && auth && put_hex(sa->cipher_key, sa->cipher_key_octets, key) &&
	       put_hex(sa->auth_key, sa->auth_key_octets, auth_key);
	if (good)
		snprintf(out, UAT_LINE_SIZE, "\"%s\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"%s%s\",\"%s\",\"%s%s\"",
			 sa->dst.family == 6 ? "IPv6" : "IPv4", any ? "*" : ip_text(&sa->src, src),
			 any ? "*" : ip_text(&sa->dst, dst), sa->spi, cipher, *key ? "0x" : "", key, auth,
			 *auth_key ? "0x" : "", auth_key);
	wipe(key, sizeof(key));
	wipe(auth_key, sizeof(auth_key));
	return good;
}

bool uat_ikev1(const uint8_t icookie[8], const uint8_t *key, size_t octets, char out[UAT_LINE_SIZE])
{
	char cookie[HEX_SIZE], hex[HEX_SIZE];
	bool good = put_hex(icookie, 8, cookie) && put_hex(key, octets, hex);

	out[0] = '\0';
	if (good)
		snprintf(out, UAT_LINE_SIZE, "%s,%s", cookie, hex);
	wipe(hex, sizeof(hex));
	return good;
}
