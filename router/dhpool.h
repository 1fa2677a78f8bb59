/*
 * Threads that compute Diffie-Hellman for the IKE engine, so that the control thread never stands still behind a large
 * group. Internal to router/.
 *
 * A job belongs to the pool from dhpool_give() until dhpool_take() hands it back, computed, in the order in which jobs
 * were finished. `ready` is called by a thread of the pool when there is something to take.
 */
#ifndef ROUTER_DHPOOL_H
#define ROUTER_DHPOOL_H

#include "ike/ike.h"

struct dhpool;

/* threads: 1 and up. NULL when out of memory or no thread can be had: the engine then does it itself. */
struct dhpool *dhpool_new(unsigned threads, void (*ready)(void *ctx), void *ctx);
/* Ends the threads; jobs that are still here are thrown away. To be called before ike_free. */
void dhpool_free(struct dhpool *p);

bool dhpool_give(struct dhpool *p, struct ike_dh_job *job); /* false: there are too many already */
struct ike_dh_job *dhpool_take(struct dhpool *p);           /* NULL: none is ready */

#endif
