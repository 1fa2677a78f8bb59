#include "esp/sa.h"
#include "esp/engine.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tally_sum(const struct tally *t, struct esp_counters *out)
{
	uint64_t last_ms = atomic_load_explicit(&t->last_ms, memory_order_relaxed);

	out->packets += atomic_load_explicit(&t->packets, memory_order_relaxed);
	out->octets += atomic_load_explicit(&t->octets, memory_order_relaxed);
	if (last_ms > out->last_ms)
		out->last_ms = last_ms;
	for (unsigned i = 0; i < ESP_DROP_COUNT; i++)
		out->drops[i] += atomic_load_explicit(&t->drops[i], memory_order_relaxed);
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

/* RFC 4303 3.4.3: a number that nothing vouches for must not move a window. Outbound there is none. */
static unsigned window_of(const struct esp_sa *p, const struct esp_suite *s)
{
	return p->inbound && s->info.icv_octets ? p->replay_window : 0;
}

int sa_new(const struct engines *e, const struct esp_sa *params, struct sa **out)
{
	size_t lanes = engines_lanes(e) * sizeof(struct sa_lane), octets;
	struct esp_suite suite;
	uint8_t *block;
	struct sa *sa;
	int err;

	if (!esp_suite_find(params->cipher, params->keybits, params->auth, &suite) || !params_fit(params, &suite))
		return -EINVAL;
	octets = sizeof(*sa) + lanes + replay_words(window_of(params, &suite)) * sizeof(uint64_t);
	octets = (octets + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	block = aligned_alloc(CACHE_LINE, octets);
	if (!block)
		return -ENOMEM;
	memset(block, 0, octets);
	sa = (struct sa *)block;
	sa->params = *params;
	sa->params.cipher_key = sa->params.auth_key = NULL;
	sa->peers[0] = (struct sa_peer){ params->inbound ? params->src : params->dst, params->remote_port };
	sa->suite = suite;
	sa->lane_count = engines_lanes(e);
	sa->since_ms = clock_ms();
	replay_init(&sa->run.replay, window_of(params, &suite), (uint64_t *)(block + sizeof(*sa) + lanes));
	err = keys_new(e, &sa->suite, params, &sa->keys);
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
	keys_free(sa->keys);
	free(sa);
}

void sa_counters(const struct sa *sa, struct esp_counters *out)
{
	*out = (struct esp_counters){ .sequence = sa_sequence(sa), .since_ms = sa->since_ms };
	for (unsigned i = 0; i < sa->lane_count; i++)
		tally_sum(&sa->lanes[i].tally, out);
}

uint64_t sa_octets(const struct sa *sa)
{
	uint64_t octets = 0;

	for (unsigned i = 0; i < sa->lane_count; i++)
		octets += atomic_load_explicit(&sa->lanes[i].tally.octets, memory_order_relaxed);
	return octets;
}

uint32_t sa_sequence(const struct sa *sa)
{
	return atomic_load_explicit(sa->params.inbound ? &sa->run.replay.top : &sa->run.sequence, memory_order_relaxed);
}
