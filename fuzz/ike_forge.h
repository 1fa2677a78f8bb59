/*
 * ISAKMP messages for fuzz_ike: one that is on its way, opened with the keys of who is to take it, or one that is made up;
 * changed as the input says; closed so that all behind authentication is reached: hashed and encrypted as the peer would.
 *
 * A message is a list of payloads with bodies of their own, so that a change of one leaves the others whole. Lengths and
 * types that are wrong are asked for by name.
 */
#ifndef FUZZ_IKE_FORGE_H
#define FUZZ_IKE_FORGE_H

#include "ike/table.h"
#include "tests/engine/pair.h"

#define FORGE_PIECES 40
#define FORGE_ARENA  32768

struct forge_piece {
	uint8_t type, reserved;
	int longer; /* what its length says too much */
	size_t octets;
	uint8_t *body; /* in the arena */
};

struct forge {
	struct pair *p;
	int to;
	struct isakmp_header h;
	bool rehash, chain_first; /* chain_first: first is the type that the header names */
	uint8_t first;
	int longer;   /* of the header's length */
	size_t after; /* octets after the last payload, zero, before the padding */
	unsigned count;
	struct forge_piece piece[FORGE_PIECES];
	size_t used;
	uint8_t arena[FORGE_ARENA];
};

/* Takes a datagram apart that this side is to take. False: it cannot be decrypted, or is no message. */
bool forge_open(struct forge *f, struct pair *p, int to, const uint8_t *datagram, size_t octets);
/* Begins a message; sa NULL: of nobody. Phase 2: a HASH payload is its first. */
void forge_new(struct forge *f, struct pair *p, int to, const struct ike_sa *sa, uint8_t exchange, uint32_t mid,
	       bool encrypted);
/* One payload more, at the end: of this type, as the input says. */
void forge_add(struct forge *f, uint8_t type, struct rd *r);
/* One change, as the input says. */
void forge_edit(struct forge *f, struct rd *r);
/* The datagram; 0: it does not fit. Who sent the message goes on from what was made of it. */
size_t forge_close(struct forge *f, uint8_t *out, size_t size);

/* The nth SA of a side, or NULL when there is none. */
struct ike_sa *forge_sa(struct pair *p, int side, unsigned n);

#endif
