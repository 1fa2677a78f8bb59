#include "esp/engine_parts.h"
#include "base/wipe.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct engines {
	OSSL_LIB_CTX *lib;
	unsigned lanes;
	enum engine_choice choice;
};

struct engines *engines_new(OSSL_LIB_CTX *lib, unsigned lanes, enum engine_choice choice)
{
	struct engines *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->lib = lib;
	e->lanes = lanes;
	e->choice = choice;
	return e;
}

void engines_free(struct engines *e)
{
	free(e);
}

unsigned engines_lanes(const struct engines *e)
{
	return e->lanes;
}

OSSL_LIB_CTX *engines_lib(const struct engines *e)
{
	return e->lib;
}

size_t engines_rows(const struct engines *e, struct esp_engine_row *out, size_t max)
{
	struct esp_suite s;
	size_t n = 0;

	(void)e;
	for (unsigned row = 0; row < ESP_SUITE_ROWS; row++) {
		if (!esp_suite_at(row, &s))
			continue;
		if (n < max)
			out[n] = (struct esp_engine_row){ .cipher = s.cipher, .keybits = s.keybits, .auth = s.auth };
		n++;
	}
	return n;
}

const char *engines_name(const struct engines *e)
{
	(void)e;
	return "";
}

struct engine *engine_new(const struct engines *e, unsigned lane)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->engines = e;
	engine->lane = lane;
	return engine;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	wipe(e, sizeof(*e));
	free(e);
}

int keys_new(const struct engines *e, const struct esp_suite *s, const struct esp_sa *params, struct sa_keys **out)
{
	struct sa_keys *k = calloc(1, sizeof(*k) + e->lanes * sizeof(k->lanes[0]));
	int err;

	if (!k)
		return -ENOMEM;
	k->lib = e->lib;
	k->suite = *s;
	k->inbound = params->inbound;
	k->multi_from = UINT_MAX;
	k->lane_count = e->lanes;
	if (s->info.key_octets)
		memcpy(k->cipher_key, params->cipher_key, s->info.key_octets);
	if (s->info.auth_octets)
		memcpy(k->auth_key, params->auth_key, s->info.auth_octets);
	err = single_make(k, &k->lanes[0]);
	if (err) {
		keys_free(k);
		return err;
	}
	*out = k;
	return 0;
}

void keys_free(struct sa_keys *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < k->lane_count; i++)
		single_release(&k->lanes[i]);
	wipe(k, sizeof(*k));
	free(k);
}

/* Lanes but the first are made by the worker that needs them, once. */
static enum esp_drop run_single(unsigned lane, struct sa_keys *k, const struct frame *f)
{
	struct key_lane *l = &k->lanes[lane];

	if (!l->made && single_make(k, l))
		return ESP_DROP_CRYPTO;
	return single_run(k, l, f);
}

void engine_run(struct engine *e, struct esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict)
			p[i].verdict = run_single(e->lane, p[i].sa->keys, &e->frames[i]);
}
