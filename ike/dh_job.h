/*
 * Diffie-Hellman that does not hold the control thread up. Internal to ike/ but for what ike/ike.h says of jobs.
 *
 * A handler that needs a key pair or g^xy calls ike_step_dh() as the last thing it does and finds the result in s->job
 * when its row's `resume` runs: at once when there is nobody to hand the work to, else when ike_dh_done() brings it,
 * as if a message had come. Until then the step waits at its SA or node, which take no further message of the exchange.
 * When the SA or node goes the step goes, and the result is thrown away when it comes.
 *
 * Anybody who receives can ask a responder for g^xy: with MM3, or AG1. So what waits for the unauthenticated is bounded, in
 * all and for each source (IKE_DH_*); a message beyond that is as if it were lost, and the control thread never does
 * it in place of a pool that is full. No public value of a wrong size gets that far. MM3 shows that its source receives, AG1 may
 * be forged: AG1s are counted apart, of each source and in all, so they take none from MM3.
 *
 * While nothing waits key pairs are made ahead for the groups in use, so that most exchanges find theirs made.
 */
#ifndef IKE_DH_JOB_H
#define IKE_DH_JOB_H

#include "ike/keys.h"

struct ike;
struct ike_step;

/*
 * So many computations may wait for peers that are not authenticated: for MM3s of strangers, and for AG1s, of strangers and with
 * those of configured peers. Room for MM3s of configured peers is left in the pool (router/dhpool.c).
 */
#define IKE_DH_WAITING         128u
#define IKE_DH_FORGEABLE       64u
#define IKE_DH_FORGEABLE_KNOWN 96u
/* When so many wait one source that is not authenticated gets no more than these for MM3s, and for AG1s. */
#define IKE_DH_BUSY   8u
#define IKE_DH_OF_ONE 4u

#define IKE_STOCK_GROUPS 4
#define IKE_STOCK_PAIRS  4

/* Key pairs made ahead; each is used once. */
struct ike_stock {
	unsigned group; /* 0: none yet */
	unsigned count;
	struct ike_dh pairs[IKE_STOCK_PAIRS];
};

struct ike_dh_job {
	struct ike_dh own; /* in: group and private value; out: the public value if it was not there */
	bool has_public;
	uint8_t peer[IKE_DH_MAX]; /* the peer's public value; 0 octets: only a key pair is wanted */
	size_t peer_octets;
	uint8_t gxy[IKE_DH_MAX]; /* out: ike_dh_shared_octets(own.group) long */
	int rc;                  /* out: 0, -IKE_EMALFORMED (the peer's value is none), -IKE_ECRYPTO */
	struct ike_step *step;   /* what waits for it; NULL: for the stock, or nobody any more */
	bool stock;
	bool forgeable; /* for an AG1 */
};

/* A job came back. */
void ike_dh_take(struct ike *e, struct ike_dh_job *job);

/* Makes a key pair ahead if there is time for it. */
void ike_stock_fill(struct ike *e);

#endif
