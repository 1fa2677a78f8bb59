#include "esp/sa.h"
#include "base/wipe.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void tally_read(const struct tally *t, struct esp_counters *out)
{
	*out = (struct esp_counters){
		.packets = atomic_load_explicit(&t->packets, memory_order_relaxed),
		.octets = atomic_load_explicit(&t->octets, memory_order_relaxed),
		.last_ms = atomic_load_explicit(&t->last_ms, memory_order_relaxed),
	};
	for (unsigned i = 0; i < ESP_DROP_COUNT; i++)
		out->drops[i] = atomic_load_explicit(&t->drops[i], memory_order_relaxed);
}

static bool params_fit(const struct esp_sa *p, const struct esp_suite *s)
{
	if (p->spi < 256) /* RFC 4303 2.1: 0 is local, 1..255 are reserved */
		return false;
	if (p->cipher_key_octets != s->info.key_octets || p->auth_key_octets != s->info.auth_octets)
		return false;
	if ((p->cipher_key_octets && !p->cipher_key) || (p->auth_key_octets && !p->auth_key))
		return false;
	if (p->remote_port ? p->local_port != ESP_UDP_PORT : p->local_port)
		return false;
	if (p->replay_window && (p->replay_window < REPLAY_WINDOW_MIN || p->replay_window > REPLAY_WINDOW_MAX))
		return false;
	return ip_octets(&p->src) && p->src.family == p->dst.family;
}

static int key_cipher(struct sa *sa, const struct esp_sa *p)
{
	EVP_CIPHER *algorithm;
	int ok;

	if (!sa->suite.cipher_name)
		return 0;
	algorithm = EVP_CIPHER_fetch(sa->lib, sa->suite.cipher_name, NULL);
	if (!algorithm)
		return -ENOTSUP;
	sa->run.cipher = EVP_CIPHER_CTX_new();
	/* GCM's IV of 12 octets, salt and counter, is OpenSSL's default length */
	ok = sa->run.cipher && EVP_CipherInit_ex2(sa->run.cipher, algorithm, p->cipher_key, NULL, !p->inbound, NULL) &&
	     EVP_CIPHER_CTX_set_padding(sa->run.cipher, 0);
	EVP_CIPHER_free(algorithm);
	if (!ok)
		return -ENOMEM;
	if (sa->suite.aead)
		memcpy(sa->salt, p->cipher_key + p->cipher_key_octets - ESP_SALT_OCTETS, ESP_SALT_OCTETS);
	return 0;
}

static int key_mac(struct sa *sa, const struct esp_sa *p)
{
	char digest[16];
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC *algorithm;
	int ok;

	if (!sa->suite.digest_name)
		return 0;
	algorithm = EVP_MAC_fetch(sa->lib, "HMAC", NULL);
	if (!algorithm)
		return -ENOTSUP;
	strncpy(digest, sa->suite.digest_name, sizeof(digest) - 1);
	digest[sizeof(digest) - 1] = '\0';
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	sa->run.mac = EVP_MAC_CTX_new(algorithm);
	ok = sa->run.mac && EVP_MAC_init(sa->run.mac, p->auth_key, p->auth_key_octets, params);
	EVP_MAC_free(algorithm);
	return ok ? 0 : -ENOTSUP;
}

/* RFC 4303 3.4.3: a number that nothing vouches for must not move a window. Outbound there is none. */
static unsigned window_of(const struct esp_sa *p, const struct esp_suite *s)
{
	return p->inbound && s->info.icv_octets ? p->replay_window : 0;
}

int sa_new(OSSL_LIB_CTX *lib, const struct esp_sa *params, struct sa **out)
{
	struct esp_suite suite;
	struct timespec now;
	struct sa *sa;
	size_t octets;
	int err;

	if (!esp_suite_find(params->cipher, params->keybits, params->auth, &suite) || !params_fit(params, &suite))
		return -EINVAL;
	octets = sizeof(*sa) + replay_words(window_of(params, &suite)) * sizeof(sa->ring[0]);
	octets = (octets + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	sa = aligned_alloc(CACHE_LINE, octets);
	if (!sa)
		return -ENOMEM;
	memset(sa, 0, octets);
	sa->params = *params;
	sa->params.cipher_key = sa->params.auth_key = NULL;
	sa->peers[0] = (struct sa_peer){ params->inbound ? params->src : params->dst, params->remote_port };
	sa->suite = suite;
	sa->lib = lib;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sa->since_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	replay_init(&sa->run.replay, window_of(params, &suite), sa->ring);
	err = key_cipher(sa, params);
	if (!err)
		err = key_mac(sa, params);
	if (err) {
		sa_free(sa);
		return err;
	}
	*out = sa;
	return 0;
}

void sa_free(struct sa *sa)
{
	if (!sa)
		return;
	EVP_CIPHER_CTX_free(sa->run.cipher);
	EVP_MAC_CTX_free(sa->run.mac);
	wipe(sa, sizeof(*sa));
	free(sa);
}

void sa_counters(const struct sa *sa, struct esp_counters *out)
{
	tally_read(&sa->run.tally, out);
	out->sequence = sa_sequence(sa);
	out->since_ms = sa->since_ms;
}

uint32_t sa_sequence(const struct sa *sa)
{
	return atomic_load_explicit(sa->params.inbound ? &sa->run.replay.top : &sa->run.sequence, memory_order_relaxed);
}
