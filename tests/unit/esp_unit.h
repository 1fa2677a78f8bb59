/* What the data plane's tests share: every transform, keys that are patterns, inner packets, one packet slot. */
#ifndef TESTS_UNIT_ESP_UNIT_H
#define TESTS_UNIT_ESP_UNIT_H

#include "base/buf.h"
#include "esp/inner.h"
#include "esp/transform.h"
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct esp_unit_suite {
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
};

/* The i-th pair that is a transform, in a fixed order. False: there are no more. */
static inline bool esp_unit_suite(unsigned i, struct esp_unit_suite *out)
{
	static const struct esp_unit_suite ciphers[] = {
		{ ESP_CIPHER_NULL, 0, 0 },  { ESP_CIPHER_DES, 0, 0 },   { ESP_CIPHER_3DES, 0, 0 },
		{ ESP_CIPHER_AES, 128, 0 }, { ESP_CIPHER_AES, 192, 0 }, { ESP_CIPHER_AES, 256, 0 },
		{ ESP_CIPHER_GCM, 128, 0 }, { ESP_CIPHER_GCM, 192, 0 }, { ESP_CIPHER_GCM, 256, 0 },
	};
	struct esp_suite_info info;

	for (unsigned c = 0; c < sizeof(ciphers) / sizeof(ciphers[0]); c++)
		for (unsigned a = ESP_AUTH_NONE; a <= ESP_AUTH_SHA512; a++) {
			*out = ciphers[c];
			out->auth = (enum esp_auth)a;
			if (esp_suite_info(out->cipher, out->keybits, out->auth, &info) && i-- == 0)
				return true;
		}
	return false;
}

/* A test program may be built a second time for the other engine. */
#ifndef ESP_UNIT_CHOICE
#define ESP_UNIT_CHOICE ENGINES_OPENSSL
#endif

struct esp_unit_lib {
	OSSL_LIB_CTX *ctx;
	OSSL_PROVIDER *standard, *legacy;
	struct engines *engines;
	struct engine *engine;
};

static inline struct esp_unit_lib esp_unit_lib_of(enum engine_choice choice, unsigned lanes)
{
	struct esp_unit_lib l = { .ctx = OSSL_LIB_CTX_new() };

	l.standard = OSSL_PROVIDER_load(l.ctx, "default");
	l.legacy = OSSL_PROVIDER_load(l.ctx, "legacy");
	l.engines = engines_new(l.ctx, lanes, choice);
	l.engine = l.engines ? engine_new(l.engines, 0) : NULL;
	if (!l.engine)
		abort();
	return l;
}

static inline struct esp_unit_lib esp_unit_lib(void)
{
	return esp_unit_lib_of(ESP_UNIT_CHOICE, 1);
}

static inline void esp_unit_lib_free(struct esp_unit_lib *l)
{
	engine_free(l->engine);
	engines_free(l->engines);
	OSSL_PROVIDER_unload(l->legacy);
	OSSL_PROVIDER_unload(l->standard);
	OSSL_LIB_CTX_free(l->ctx);
}

/* Parameters with keys of the right size, the same for both directions. 192.0.2.1 -> 192.0.2.2, or the way back. */
static inline struct esp_sa esp_unit_params(struct esp_unit_suite s, bool inbound, uint32_t spi)
{
	static const uint8_t key[64] = "0123456789abcdefGHIJKLMNOPQRSTUVghijklmnopqrstuv!#$%&()*+,-./:;";
	struct esp_suite_info info = { 0 };

	esp_suite_info(s.cipher, s.keybits, s.auth, &info);
	return (struct esp_sa){ .tunnel = 1,
				.inbound = inbound,
				.spi = spi,
				.conn_id = 1,
				.src = { 4, { 192, 0, 2, 1 } },
				.dst = { 4, { 192, 0, 2, 2 } },
				.cipher = s.cipher,
				.keybits = s.keybits,
				.auth = s.auth,
				.cipher_key = key,
				.auth_key = key,
				.cipher_key_octets = info.key_octets,
				.auth_key_octets = info.auth_octets,
				.replay_window = 64 };
}

static inline struct sa *esp_unit_sa(struct esp_unit_lib *l, struct esp_unit_suite s, bool inbound)
{
	struct esp_sa p = esp_unit_params(s, inbound, 0xdeb7e26c);
	struct sa *sa = NULL;

	if (sa_new(l->engines, &p, &sa))
		return NULL;
	return sa;
}

static inline size_t esp_unit_hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; sscanf(text, "%2x", &v) == 1; text += 2) {
		out[n++] = (uint8_t)v;
		while (text[2] == ' ')
			text++;
	}
	return n;
}

/* A whole packet of `octets` (at least the header), payload a pattern. tos or traffic class as given. */
static inline void esp_unit_inner(unsigned family, size_t octets, uint8_t tos, bool df, uint8_t *out)
{
	struct wr w = wr_of(out, octets);

	if (family == 4) {
		wr_u8(&w, 0x45);
		wr_u8(&w, tos);
		wr_u16(&w, (uint16_t)octets);
		wr_u16(&w, 0x1234);
		wr_u16(&w, df ? IP4_DF : 0);
		wr_u16(&w, 0x4011);
		wr_u16(&w, 0);
		wr_u32(&w, 0x0a010001);
		wr_u32(&w, 0x0a020001);
		wr_patch_u16(&w, 10, inner_checksum(0, out, IP4_HEADER_OCTETS));
	} else {
		wr_u32(&w, UINT32_C(0x60000000) | (uint32_t)tos << 20);
		wr_u16(&w, (uint16_t)(octets - IP6_HEADER_OCTETS));
		wr_u16(&w, 0x1140);
		wr_u32(&w, 0x20010db8);
		wr_zero(&w, 11);
		wr_u8(&w, 1);
		wr_u32(&w, 0x20010db8);
		wr_zero(&w, 11);
		wr_u8(&w, 2);
	}
	for (size_t i = wr_octets(&w); i < octets; i++)
		wr_u8(&w, (uint8_t)(i * 7));
}

static inline struct esp_packet esp_unit_packet(void)
{
	struct esp_packet p = { .room = malloc(ESP_SLOT_OCTETS) };

	if (!p.room)
		abort();
	packet_reset(&p, p.room, ESP_SLOT_OCTETS);
	return p;
}

static inline void esp_unit_seal(struct esp_unit_lib *l, struct sa *sa, struct esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		p[i].sa = sa;
	esp_encap(l->engine, p, count);
}

static inline void esp_unit_open(struct esp_unit_lib *l, struct esp_packet *p, unsigned count)
{
	esp_decap(l->engine, p, count);
}

/* The ICV over data by the HMAC of an SA whose key is esp_unit_params()'s: icv_octets of it. */
static inline void esp_unit_hmac(struct esp_unit_lib *l, const struct sa *sa, const uint8_t *data, size_t octets,
				 uint8_t *out)
{
	struct esp_sa p = esp_unit_params(
		(struct esp_unit_suite){ sa->suite.cipher, sa->suite.keybits, sa->suite.auth }, false, 256);
	uint8_t full[64];
	size_t len = 0;

	if (!EVP_Q_mac(l->ctx, "HMAC", NULL, sa->suite.digest_name, NULL, p.auth_key, p.auth_key_octets, data, octets,
		       full, sizeof(full), &len))
		abort();
	memcpy(out, full, sa->suite.info.icv_octets);
}

#endif
