/*
 * One direction of one SA: what control wrote once, and what workers change with every packet.
 *
 * An SA has one lane for each worker of its direction: counters that only this worker writes, and OpenSSL's contexts in the
 * keys. What all share is the sequence number, taken by an atomic operation, and the window, under a lock; with one lane
 * neither costs a locked instruction.
 */
#ifndef ESP_SA_H
#define ESP_SA_H

#include "esp/cache.h"
#include "esp/replay.h"
#include "esp/suite.h"

#include <stdalign.h>
#include <sys/queue.h>

/* Counters with one writer; any thread may read. */
struct tally {
	_Atomic uint64_t packets, octets, last_ms;
	_Atomic uint64_t drops[ESP_DROP_COUNT];
};

static inline void tally_add(_Atomic uint64_t *counter, uint64_t n)
{
	/* one writer: no locked instruction is needed, only that a reader never sees half a value */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

void tally_sum(const struct tally *t, struct esp_counters *out); /* adds to it all but the sequence number */

struct engines;
struct sa_keys;

struct sa_lane {
	alignas(CACHE_LINE) struct tally tally;
};

struct sa_runtime {
	_Atomic uint32_t sequence; /* outbound: last taken */
	/*
	 * Outbound, with several lanes: this number and all below have been sent, or will never be. For the worker that
	 * waits for its turn; nothing here reads or writes it.
	 */
	_Atomic uint32_t sent;
	_Atomic bool told_half, told_end; /* ESP_EVENT_SEQUENCE went out */
	_Atomic bool told_proven, told_volume;
	/* By the inbound worker, 0: never. ESP_EVENT_MOVED of an inbound, ESP_EVENT_PATH_MTU of an outbound SA went out. */
	_Atomic uint64_t told_moved_ms, told_mtu_ms;
	_Atomic bool proven;  /* inbound: a packet was genuine, so the peer has its half */
	_Atomic bool locked;  /* inbound: the window is, see sa_lock() */
	struct replay replay; /* inbound */
};

struct sa_peer {
	struct ip_addr addr;
	uint16_t port; /* 0: native ESP */
};

/* Begins a cache line and fills its last: workers of the other direction write to none of its lines. */
struct sa {
	TAILQ_ENTRY(sa) link; /* control's list of the tunnel's SAs */
	struct esp_sa params; /* without keys; the peer's address and port as they were at first */
	/*
	 * Where the peer is. Control writes the one that is not in use, says that it is, and waits until no worker uses
	 * the other any more (published_swap).
	 */
	struct sa_peer peers[2];
	_Atomic unsigned peer_at;
	struct esp_suite suite;
	uint64_t since_ms; /* CLOCK_MONOTONIC */
	struct sa_keys *keys;
	unsigned lane_count;
	alignas(CACHE_LINE) struct sa_runtime run;
	struct sa_lane lanes[]; /* then run.replay's ring */
};

/*
 * 0 and *out, or -EINVAL (no such transform, key sizes, window, SPI 0..255), -ENOTSUP (OpenSSL lacks it: DES without
 * the legacy provider), -ENOMEM. e outlives it, and says how many lanes it has.
 */
int sa_new(const struct engines *e, const struct esp_sa *params, struct sa **out);
void sa_free(struct sa *sa);

static inline const struct sa_peer *sa_peer(const struct sa *sa)
{
	return &sa->peers[atomic_load_explicit(&sa->peer_at, memory_order_acquire)];
}

static inline bool sa_in_udp(const struct sa *sa)
{
	return sa->params.remote_port != 0;
}

static inline struct tally *sa_tally(struct sa *sa, unsigned lane)
{
	return &sa->lanes[lane].tally;
}

/* What a worker uses of it, one of so many; when it has come, keys_fetch() (esp/engine.h). */
static inline void sa_fetch(const struct sa *sa, unsigned lane, unsigned lanes)
{
	cache_fetch(sa, sizeof(*sa));
	cache_fetch(&sa->lanes[lane], 1);
	cache_fetch(&sa->lanes[lanes], 1); /* the window's ring */
}

/* Around what reads or changes the window. Short, and nobody else wants it while each SPI has its worker. */
static inline void sa_lock(struct sa *sa)
{
	if (sa->lane_count > 1)
		while (atomic_exchange_explicit(&sa->run.locked, true, memory_order_acquire))
			while (atomic_load_explicit(&sa->run.locked, memory_order_relaxed))
				;
}

static inline void sa_unlock(struct sa *sa)
{
	if (sa->lane_count > 1)
		atomic_store_explicit(&sa->run.locked, false, memory_order_release);
}

/* Of all lanes. */
void sa_counters(const struct sa *sa, struct esp_counters *out);
uint64_t sa_octets(const struct sa *sa);
/* The last number taken, or the right edge of the window. */
uint32_t sa_sequence(const struct sa *sa);

#endif
