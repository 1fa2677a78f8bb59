/*
 * ESP packets by hand, for checks against other implementations. One job a line on stdin, one answer a line on stdout:
 *
 *	encap CIPHER BITS AUTH CIPHER-KEY AUTH-KEY SPI FAMILY INNER-PACKET   -> the ESP packet, SPI first
 *	decap CIPHER BITS AUTH CIPHER-KEY AUTH-KEY SPI FAMILY ESP-PACKET     -> the inner packet
 *
 * CIPHER: null des 3des aes gcm; AUTH: none md5 sha sha256 sha384 sha512; keys, SPI and packets in hex, `-` for no
 * key; FAMILY: 4 or 6, of the inner packet. A packet that is refused gives "drop REASON". By OpenSSL, or, with the argument
 * ipsec-mb, by that where it is there.
 */
#include "base/names.h"
#include "esp/transform.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 9

static const struct name ciphers[] = {
	{ ESP_CIPHER_NULL, "null" }, { ESP_CIPHER_DES, "des" }, { ESP_CIPHER_3DES, "3des" },
	{ ESP_CIPHER_AES, "aes" },   { ESP_CIPHER_GCM, "gcm" }, { 0, NULL },
};
static const struct name auths[] = {
	{ ESP_AUTH_NONE, "none" },
	{ ESP_AUTH_MD5, "md5" },
	{ ESP_AUTH_SHA, "sha" },
	{ ESP_AUTH_SHA256, "sha256" },
	{ ESP_AUTH_SHA384, "sha384" },
	{ ESP_AUTH_SHA512, "sha512" },
	{ 0, NULL },
};

static int value_of(const struct name *table, const char *text)
{
	for (; table->name; table++)
		if (!strcmp(table->name, text))
			return table->value;
	return -1;
}

static bool unhex(const char *text, uint8_t *out, size_t size, size_t *octets)
{
	size_t n = strcmp(text, "-") ? strlen(text) : 0;

	if (n % 2 || n / 2 > size)
		return false;
	for (*octets = 0; *octets < n / 2; (*octets)++) {
		unsigned v;

		if (sscanf(text + *octets * 2, "%2x", &v) != 1)
			return false;
		out[*octets] = (uint8_t)v;
	}
	return true;
}

static bool run(const struct engines *engines, struct engine *engine, char *const field[FIELDS], struct esp_packet *p)
{
	uint8_t cipher_key[64], auth_key[64];
	struct esp_sa params = { .inbound = !strcmp(field[0], "decap"),
				 .cipher_key = cipher_key,
				 .auth_key = auth_key,
				 .replay_window = REPLAY_WINDOW_MIN };
	int cipher = value_of(ciphers, field[1]), auth = value_of(auths, field[3]);
	struct sa *sa;

	packet_reset(p, p->room, ESP_SLOT_OCTETS);
	if (cipher < 0 || auth < 0 || !unhex(field[4], cipher_key, sizeof(cipher_key), &params.cipher_key_octets) ||
	    !unhex(field[5], auth_key, sizeof(auth_key), &params.auth_key_octets) ||
	    !unhex(field[8], p->data, ESP_INNER_MAX, &p->octets))
		return false;
	params.cipher = (enum esp_cipher)cipher;
	params.keybits = (unsigned)strtoul(field[2], NULL, 10);
	params.auth = (enum esp_auth)auth;
	params.spi = (uint32_t)strtoul(field[6], NULL, 16);
	params.src.family = params.dst.family = 4;
	if (sa_new(engines, &params, &sa))
		return false;
	p->family = (unsigned)strtoul(field[7], NULL, 10);
	p->sa = sa;
	if (params.inbound)
		esp_decap(engine, p, 1);
	else
		esp_encap(engine, p, 1);
	p->sa = NULL;
	sa_free(sa);
	return true;
}

int main(int argc, char **argv)
{
	const enum engine_choice choice = argc > 1 && !strcmp(argv[1], "ipsec-mb") ? ENGINES_MULTI : ENGINES_OPENSSL;
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *standard = OSSL_PROVIDER_load(lib, "default"), *legacy = OSSL_PROVIDER_load(lib, "legacy");
	struct engines *engines = engines_new(lib, 1, choice);
	struct engine *engine = engines ? engine_new(engines, 0) : NULL;
	struct esp_packet p = { .room = malloc(ESP_SLOT_OCTETS) };
	char *line = NULL;
	size_t size = 0;
	int code = EXIT_SUCCESS;

	while (p.room && engine && getline(&line, &size, stdin) > 0) {
		char *field[FIELDS], *save = NULL, *word = strtok_r(line, " \n", &save);
		unsigned n = 0;

		for (; word && n < FIELDS; word = strtok_r(NULL, " \n", &save))
			field[n++] = word;
		if (n != FIELDS || word || !run(engines, engine, field, &p)) {
			puts("error");
			code = EXIT_FAILURE;
		} else if (p.verdict) {
			printf("drop %s\n", esp_drop_name(p.verdict));
		} else {
			for (size_t i = 0; i < p.octets; i++)
				printf("%02x", p.data[i]);
			putchar('\n');
		}
		fflush(stdout);
	}
	free(line);
	free(p.room);
	engine_free(engine);
	engines_free(engines);
	OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(standard);
	OSSL_LIB_CTX_free(lib);
	return code;
}
