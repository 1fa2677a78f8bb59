/*
 * What workers look up, and how control replaces it under them without a lock.
 *
 * A table never changes while a worker can see it. Control builds the next one beside it, publishes it with one
 * atomic exchange and waits until every worker that might still hold the old one has left its turn: a worker's turn
 * counter is odd from before it takes the pointer until it is done with all it found there. After published_swap()
 * nobody uses the old table, nor any SA, tunnel or descriptor that only the old one named.
 */
#ifndef ESP_TABLE_H
#define ESP_TABLE_H

#include "esp/sa.h"

/* Counters of a tunnel: of each worker, in each direction. */
struct tunnel_runtime {
	alignas(CACHE_LINE) struct tally in;
	alignas(CACHE_LINE) struct tally out;
};

/* Where native ESP goes past the kernel's IP. The same hop of several tunnels is the same row. */
struct table_hop {
	struct netif_xdp *xdp; /* NULL: the wire's packet socket */
	struct netif_hop hop;
	unsigned family;  /* of the ends, 4 or 6 */
	unsigned largest; /* octets of ESP that it takes */
};

struct table_tunnel {
	uint32_t id; /* 0: empty slot */
	int tun_fd[NETIF_WORKERS_MAX];
	bool uso;
	unsigned inner_family;
	unsigned mtu;   /* largest inner packet that fits */
	unsigned limit; /* and that is taken at all, as control says */
	enum ipsec_df df;
	bool cut_after;
	struct sa *out; /* current outbound SA, or NULL */
	/* The one that takes its place once this inbound SA is proven; both or none. */
	struct sa *held;
	const struct sa *held_by;
	unsigned held_mtu;
	const struct table_hop *hop; /* NULL: by the kernel's IP */
	struct tunnel_runtime *run;  /* one for each worker */
};

struct table_sa {
	uint32_t spi; /* 0: empty slot */
	struct sa *sa;
	const struct table_tunnel *tunnel;
};

/* Open addressing; the arrays have a power of two of slots, at most half of them in use. */
struct table {
	size_t tunnel_slots, sa_slots, out_slots;
	struct table_tunnel *tunnels;
	struct table_sa *sas;  /* inbound */
	struct table_sa *outs; /* outbound, whose SPIs are the peers' choice: several may be the same */
	/* What the tunnels' rows point to. */
	struct table_hop *hops;
	size_t hop_room;
};

/* Empties it and makes room. False when out of memory: it is as it was, but empty. */
bool table_reserve(struct table *t, size_t tunnels, size_t sas, size_t outs, size_t hops);
void table_release(struct table *t);
/* Room must have been reserved; ids and inbound SPIs are not there yet. */
const struct table_tunnel *table_add_tunnel(struct table *t, const struct table_tunnel *tunnel);
void table_add_sa(struct table *t, struct sa *sa, const struct table_tunnel *tunnel);

const struct table_tunnel *table_find_tunnel(const struct table *t, uint32_t id);
const struct table_sa *table_find_sa(const struct table *t, uint32_t spi); /* inbound */
/* Ask the cache for where it would be found. */
void table_fetch_tunnel(const struct table *t, uint32_t id);
void table_fetch_sa(const struct table *t, uint32_t spi);
/* Outbound: the first with this SPI, and the next with the same. */
const struct table_sa *table_find_out(const struct table *t, uint32_t spi);
const struct table_sa *table_next_out(const struct table *t, const struct table_sa *row);

#define TABLE_READERS (2 * NETIF_WORKERS_MAX)

struct reader {
	alignas(CACHE_LINE) _Atomic uint64_t turn; /* odd: it may hold a table */
};

struct published {
	_Atomic(const struct table *) current;
	struct reader readers[TABLE_READERS];
};

/* A worker, around all use of the table. It must not wait for anything of control's in between. */
const struct table *published_enter(struct published *p, unsigned reader);
void published_leave(struct published *p, unsigned reader);
/* Control. Returns once no reader uses what was published before. */
void published_swap(struct published *p, const struct table *next);

#endif
