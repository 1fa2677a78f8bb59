/*
 * What fuzz_ike plays in: a pair of engines with one of many configurations, whose datagrams are kept to be sent again,
 * and Diffie-Hellman that costs nothing where the input does not ask for the real one.
 */
#ifndef FUZZ_IKE_WORLD_H
#define FUZZ_IKE_WORLD_H

#include "base/buf.h"
#include "tests/engine/pair.h"

#define WORLD_KEPT 24

struct world_packet {
	int to;
	struct ike_path path; /* as the receiver sees it */
	size_t octets;
	uint8_t data[PAIR_DATAGRAM];
};

struct world {
	struct pair *p;
	struct pair_setup s[2];
	bool compatible; /* the two can agree */
	bool watched;    /* keepalives or the like */
	uint64_t passed_ms;
	struct world_packet kept[WORLD_KEPT];
	unsigned kept_count;
	/* what each side has sent, by IKE fragmentation's pieces too */
	uint64_t sent_octets[2];
	unsigned sent[2];
};

/* Octets of the configuration. */
#define WORLD_CONFIG 12
/* Makes a pair as the input says, both sides configured and their idents added. */
void world_begin(struct world *w, struct rd *r);
void world_end(struct world *w);
/* Another configuration of one side, as the input says; it need not suit the other one. */
void world_reconfigure(struct world *w, int side, struct rd *r);
/* The one that it began with, and idents that are missing. */
void world_restore(struct world *w, int side);

#endif
