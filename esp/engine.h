/*
 * Who computes: OpenSSL packet by packet, or intel-ipsec-mb (x86-64), which takes a batch of packets, of whatever SAs, and
 * works on as many at once as the processor has lanes.
 *
 * esp/suite.c has one row per transform that names it for both. Which engine is used from how many packets on is measured
 * once, when the data plane starts: ipsec-mb with one packet of CBC is slower than OpenSSL, with 8 it is not, and GCM is
 * faster from the first. Both produce and accept the same octets.
 *
 * engines: of the plane; read-only after it was made. engine: of one worker; its lane says which of an SA's contexts are
 * its own. keys: of one SA; made by control, wiped by control, read by workers; what a worker changes in them is its lane.
 */
#ifndef ESP_ENGINE_H
#define ESP_ENGINE_H

#include "esp/packet.h"
#include "esp/suite.h"

#include <openssl/types.h>

struct engines;
struct engine;
struct sa_keys;

enum engine_choice {
	ENGINES_OPENSSL,
	ENGINES_MEASURED, /* ipsec-mb where it is there and was found faster */
	ENGINES_MULTI     /* ipsec-mb wherever it can: for tests */
};

/* lanes: workers in each direction, 1 and up. NULL with errno. lib stays the caller's and outlives all that is made here. */
struct engines *engines_new(OSSL_LIB_CTX *lib, unsigned lanes, enum engine_choice choice);
void engines_free(struct engines *e);
/* All workers have their engines: what only the making of them needed is given back. */
void engines_settle(const struct engines *e);
unsigned engines_lanes(const struct engines *e);
/* What was measured, for esp_engine_rows(). */
size_t engines_rows(const struct engines *e, struct esp_engine_row *out, size_t max);
const char *engines_name(const struct engines *e); /* esp_engine_name() */

struct engine *engine_new(const struct engines *e, unsigned lane); /* NULL: out of memory */
void engine_free(struct engine *e);                                /* wiped */

/* 0, -ENOTSUP (OpenSSL lacks it), -ENOMEM. Key sizes are right; s outlives the keys. */
int keys_new(const struct engines *e, const struct esp_suite *s, const struct esp_sa *params, struct sa_keys **out);
void keys_free(struct sa_keys *k); /* wiped */
/* Asks the cache for what packets need of them, of larger keys for the first part. */
void keys_fetch(const struct sa_keys *k, unsigned lanes);
/* Puts the keys as keys_new() was given them into params; they stay k's. */
void keys_show(const struct sa_keys *k, struct esp_sa *params);

#endif
