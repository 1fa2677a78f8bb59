/*
 * What somebody can send who writes to the line, and, with the keys of one side, a peer that means harm. For the tests of
 * doc/weaknesses.md. Messages are of PAIR_DATAGRAM octets at most; offsets count from the start of the datagram.
 */
#ifndef TESTS_ENGINE_ATTACK_H
#define TESTS_ENGINE_ATTACK_H

#include "ike/table.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

/* The number of a datagram when none is lost. */
enum { MM1, MM2, MM3, MM4, MM5, MM6, QM1, QM2, QM3 };

/* Both sides started, nothing sent yet but MM1; change may be NULL. */
struct pair *attack_pair(uint64_t seed, void (*change)(struct pair_setup *s, int side));
/* ... and negotiated. */
struct pair *attack_joined(uint64_t seed, void (*change)(struct pair_setup *s, int side));
/* Changes: side 0 begins Aggressive Mode as r2.example.org. Side 1 is as by default; or it has a key for that name. */
void attack_aggressive(struct pair_setup *s, int side);
void attack_aggressive_named(struct pair_setup *s, int side);
/* Lets time pass until this datagram is on its way, and takes it out of the queue. */
void attack_hold(struct pair *p, unsigned number, struct pair_packet *out);
/* The newest IKE SA of a side. */
struct ike_sa *attack_sa(struct pair *p, int side);

/* All that a user could see of an engine. */
struct attack_digest {
	char text[4096];
};
void attack_digest(struct pair *p, int side, struct attack_digest *out);
/* Is everything as it was then, with no more than so many datagrams sent since? */
struct attack_state {
	struct attack_digest side[2];
	unsigned sent[2];
};
void attack_remember(struct pair *p, struct attack_state *out);
bool attack_changed_nothing(struct pair *p, const struct attack_state *was, unsigned sent);
/* The tunnel is there, and new IPsec SAs are negotiated over the same IKE SA at once. */
bool attack_serves(struct pair *p);

/* Each datagram from first to last is held; after the attack all is as it was, the genuine one is taken, and the tunnel serves. */
void attack_each(unsigned first, unsigned last, uint64_t seed,
		 void (*attack)(struct pair *p, unsigned number, const struct pair_packet *m));

/* Where the nth payload of a type begins in a message in clear, 0: there is none. */
size_t attack_find(const uint8_t *message, size_t octets, uint8_t type, unsigned nth);
/* The length that stands in the payload there. */
size_t attack_octets(const struct pair_packet *m, size_t at);
/* One more behind all others, so long by its header. */
void attack_append(struct pair_packet *m, uint8_t type, size_t length, const uint8_t *body, size_t octets);
void attack_put16(uint8_t *at, size_t value);
void attack_put32(uint8_t *at, uint32_t value);
/* The length in the header becomes what it is. */
void attack_length(uint8_t *message, size_t octets);

/* Payloads by themselves, written with the functions of ike/payload.h. */
struct attack_payloads {
	struct isakmp_wr m;
	uint8_t octets[PAIR_DATAGRAM];
};
struct isakmp_wr *attack_open(struct attack_payloads *x);
/* A message of these, in clear, with the cookies of the SA; its octets. */
size_t attack_clear(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, const struct attack_payloads *x,
		    uint8_t *out);
/* With HASH(1) before them and encrypted by the keys of the SA: what its peer takes for genuine. */
size_t attack_genuine(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, const struct attack_payloads *x,
		      uint8_t *out);
/* The same of payloads as they are on the wire; the type of the first. */
size_t attack_seal(const struct ike_sa *sa, uint8_t exchange, uint32_t mid, uint8_t first, const uint8_t *rest,
		   size_t octets, uint8_t *out);
/* What is in the first message of an exchange that the SA protects, HASH left out. Its octets; *first: its type. */
size_t attack_decrypt(const struct ike_sa *sa, const struct pair_packet *m, uint8_t *first, uint8_t *rest);

#endif
