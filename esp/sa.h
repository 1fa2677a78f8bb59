/*
 * One direction of one SA: what control wrote once, and what exactly one worker changes with every packet.
 *
 * The cipher and HMAC contexts are keyed at sa_new(), so a packet costs no key schedule: it sets an IV and restarts
 * the HMAC from its keyed state. They are part of the runtime, since using them changes them. No copy of a key is
 * kept beside them; OpenSSL erases its own when they are freed.
 */
#ifndef ESP_SA_H
#define ESP_SA_H

#include "esp/replay.h"
#include "esp/suite.h"

#include <openssl/evp.h>
#include <openssl/types.h>
#include <stdalign.h>
#include <sys/queue.h>

#define CACHE_LINE 64

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

void tally_read(const struct tally *t, struct esp_counters *out); /* all but the sequence number */

struct sa_runtime {
	EVP_CIPHER_CTX *cipher;    /* NULL: esp-null */
	EVP_MAC_CTX *mac;          /* NULL: no HMAC */
	_Atomic uint32_t sequence; /* outbound: last used */
	bool told_half, told_end;  /* ESP_EVENT_SEQUENCE went out */
	bool told_proven, told_volume;
	/* By the inbound worker, 0: never. ESP_EVENT_MOVED of an inbound, ESP_EVENT_PATH_MTU of an outbound SA went out. */
	uint64_t told_moved_ms, told_mtu_ms;
	_Atomic bool proven;  /* inbound: a packet was genuine, so the peer has its half */
	struct replay replay; /* inbound */
	struct tally tally;
};

struct sa_peer {
	struct ip_addr addr;
	uint16_t port; /* 0: native ESP */
};

/* Begins a cache line and fills its last: the other worker writes to none of its lines. */
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
	uint8_t salt[ESP_SALT_OCTETS];
	OSSL_LIB_CTX *lib;
	uint64_t since_ms; /* CLOCK_MONOTONIC */
	struct sa_runtime run;
	uint64_t ring[]; /* of run.replay */
};

/*
 * 0 and *out, or -EINVAL (no such transform, key sizes, window, SPI 0..255), -ENOTSUP (OpenSSL lacks it: DES without
 * the legacy provider), -ENOMEM.
 */
int sa_new(OSSL_LIB_CTX *lib, const struct esp_sa *params, struct sa **out);
void sa_free(struct sa *sa);

static inline const struct sa_peer *sa_peer(const struct sa *sa)
{
	return &sa->peers[atomic_load_explicit(&sa->peer_at, memory_order_acquire)];
}

static inline bool sa_in_udp(const struct sa *sa)
{
	return sa->params.remote_port != 0;
}

void sa_counters(const struct sa *sa, struct esp_counters *out);
/* The last number used, or the right edge of the window. */
uint32_t sa_sequence(const struct sa *sa);

#endif
