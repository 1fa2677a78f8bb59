/* What the plane's engines know, keys of SAs, and who takes which packet of a batch. */
#include "esp/engine_parts.h"
#include "base/locked.h"
#include "base/wipe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_OCTETS 48
#define FETCH_OCTETS    320 /* of ipsec-mb's keys: all of AES-128 with an HMAC */

struct engines {
	OSSL_LIB_CTX *lib;
	unsigned lanes;
	struct multi *multi; /* control's: expands keys */
	struct esp_engine_row rows[ESP_SUITE_ROWS];
	char name[NAME_MAX_OCTETS];
};

static void use_multi_always(struct engines *e)
{
	struct esp_suite s;

	for (unsigned row = 0; row < ESP_SUITE_ROWS; row++)
		if (esp_suite_at(row, &s) && s.multi_cipher && e->multi)
			e->rows[row].multi_from = 1;
}

struct engines *engines_new(OSSL_LIB_CTX *lib, unsigned lanes, enum engine_choice choice)
{
	struct engines *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->lib = lib;
	e->lanes = lanes;
	if (choice != ENGINES_OPENSSL)
		e->multi = multi_new();
	if (e->multi)
		snprintf(e->name, sizeof(e->name), "ipsec-mb %s %s", multi_version(), multi_arch(e->multi));
	if (choice == ENGINES_MEASURED)
		measure_rows(lib, e->multi, e->rows);
	else
		use_multi_always(e);
	return e;
}

void engines_free(struct engines *e)
{
	if (!e)
		return;
	multi_free(e->multi);
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

	for (unsigned row = 0; row < ESP_SUITE_ROWS; row++) {
		if (!esp_suite_at(row, &s))
			continue;
		if (n < max) {
			out[n] = e->rows[row];
			out[n].cipher = s.cipher;
			out[n].keybits = s.keybits;
			out[n].auth = s.auth;
		}
		n++;
	}
	return n;
}

void engines_settle(const struct engines *e)
{
	if (e->multi)
		multi_forget_tests();
}

const char *engines_name(const struct engines *e)
{
	return e->name;
}

struct engine *engine_new(const struct engines *e, unsigned lane)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->engines = e;
	engine->lane = lane;
	if (e->multi && !(engine->multi = multi_new())) {
		free(engine);
		return NULL;
	}
	return engine;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	multi_free(e->multi);
	wipe(e, sizeof(*e));
	free(e);
}

/* One block: the keys, their lanes, then ipsec-mb's on a line of their own. */
static size_t head_octets(unsigned lanes)
{
	size_t octets = sizeof(struct sa_keys) + lanes * sizeof(struct key_lane);

	return (octets + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

int keys_make(OSSL_LIB_CTX *lib, const struct multi *multi, unsigned lanes, const struct esp_suite *s,
	      const struct esp_sa *params, unsigned multi_from, enum single_use single, struct sa_keys **out)
{
	const size_t head = head_octets(lanes), octets = head + (multi ? multi_keys_octets(s) : 0);
	uint8_t *in_locked = locked_try(octets), *block = in_locked ? in_locked : aligned_alloc(CACHE_LINE, octets);
	struct sa_keys *k = (struct sa_keys *)block;
	int err = 0;

	if (!k)
		return -ENOMEM;
	memset(block, 0, octets);
	*k = (struct sa_keys){ .lib = lib,
			       .octets = octets,
			       .suite = s,
			       .inbound = params->inbound,
			       .multi_from = multi_from,
			       .lane_count = lanes };
	if (s->info.key_octets)
		memcpy(k->cipher_key, params->cipher_key, s->info.key_octets);
	if (s->info.auth_octets)
		memcpy(k->auth_key, params->auth_key, s->info.auth_octets);
	if (multi) {
		k->multi = (struct multi_keys *)(block + head);
		multi_keys_make(multi, k, k->multi);
	}
	if (single != SINGLE_NONE)
		err = single_make(k, &k->lanes[0]);
	if (single == SINGLE_TRIED)
		single_release(&k->lanes[0]);
	if (err)
		keys_free(k);
	else
		*out = k;
	return err;
}

/* OpenSSL's contexts are the larger part: where ipsec-mb takes batches they are made for the first packet that comes alone. */
int keys_new(const struct engines *e, const struct esp_suite *s, const struct esp_sa *params, struct sa_keys **out)
{
	const unsigned from = e->rows[s->row].multi_from;
	const enum single_use single = from == 0 ? SINGLE_MADE : from == 1 ? SINGLE_NONE : SINGLE_TRIED;

	return keys_make(e->lib, from ? e->multi : NULL, e->lanes, s, params, from ? from : UINT_MAX, single, out);
}

void keys_free(struct sa_keys *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < k->lane_count; i++)
		single_release(&k->lanes[i]);
	locked_free(k, k->octets);
}

void keys_fetch(const struct sa_keys *k, unsigned lanes)
{
	cache_fetch(k, head_octets(lanes) + FETCH_OCTETS);
}

void keys_show(const struct sa_keys *k, struct esp_sa *params)
{
	params->cipher_key = k->cipher_key;
	params->auth_key = k->auth_key;
}

/* What control did not make the worker makes that needs it, once. */
static enum esp_drop run_single(unsigned lane, struct sa_keys *k, const struct frame *f)
{
	struct key_lane *l = &k->lanes[lane];

	if (!l->made && single_make(k, l))
		return ESP_DROP_CRYPTO;
	return single_run(k, l, f);
}

void engine_run(struct engine *e, struct esp_packet *p, unsigned count)
{
	bool started = false;

	memset(e->of_row, 0, sizeof(e->of_row));
	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict)
			e->of_row[p[i].sa->suite.row]++;
	for (unsigned i = 0; i < count; i++) {
		struct sa_keys *k;

		if (p[i].verdict)
			continue;
		k = p[i].sa->keys;
		if (e->of_row[k->suite->row] >= k->multi_from && p[i].octets <= MULTI_OCTETS_MAX) {
			multi_start(e->multi, i, k, &e->frames[i], &p[i].verdict);
			started = true;
		} else {
			p[i].verdict = run_single(e->lane, k, &e->frames[i]);
		}
	}
	if (started)
		multi_finish(e->multi);
}
