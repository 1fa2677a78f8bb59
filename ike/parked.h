/*
 * Half-open SAs that had to give way to newer ones (ike_sa_make_room) before their peer's second message came: of each the
 * first message and the cookie that it was answered with are kept, and when MM3 comes after all the SA is made from them
 * once more, as if it had never gone. Internal to ike/. Main Mode only: HASH_I and HASH_R are over the initiator's whole SA
 * payload (RFC 2409 5), so a responder cannot do with less than that.
 *
 * This is what lets a new peer in during a flood of first messages: a whole SA takes some kilobytes, and there are few
 * (IKE_HALF_OPEN_*); a parked one takes its datagram and IKE_PARKED_OVERHEAD octets, and what is parked lives as long as it takes
 * the flood to bring as many more. What is kept of strangers and of addresses that are a configured peer's has room of
 * its own. Who has too many of one pool (an IPv4 address, an IPv6 /64) loses its own oldest; when a pool is full the oldest
 * goes. So the newest one always gets in, a forged flood in the name of a peer included.
 */
#ifndef IKE_PARKED_H
#define IKE_PARKED_H

#include "ike/ops.h"
#include "ike/payload.h"

#include <sys/queue.h>

#define IKE_PARKED_STRANGERS 16384u
#define IKE_PARKED_KNOWN     8192u
#define IKE_PARKED_OF_ONE    1024u /* of one stranger */
#define IKE_PARKED_OF_KNOWN  4096u /* of one configured peer, whose address a flood may bear */
#define IKE_PARKED_OCTETS    1024u /* of a first message: what is longer is not kept */
#define IKE_PARKED_OVERHEAD  160u  /* at most */
#define IKE_PARKED_AT_ONCE   16u   /* when half-open SAs are parked, so many more are */
#define IKE_PARKED_CHAINS    4096u

struct ike;
struct ike_sa;
struct ike_parked;

TAILQ_HEAD(ike_parked_list, ike_parked);

struct ike_parked_source {
	struct ike_parked_list list; /* oldest first; of all sources with the same hash */
	unsigned count;
};

struct ike_parked_chains; /* the tables, made with the first that is parked */

struct ike_parking {
	struct ike_parked_chains *chains;
	struct ike_parked_list pool[2]; /* of strangers, of known peers; oldest first */
	unsigned count[2];
	size_t octets; /* of all, the tables too */
};

void ike_parking_init(struct ike_parking *p);

/* Could it be made again of its first message? */
bool ike_is_parkable(const struct ike_sa *sa);
/* Keeps what is needed of this SA, which is about to be freed, where it can. */
void ike_park(struct ike *e, const struct ike_sa *sa);
/*
 * The SA of these cookies that was parked, made once more for the message that came on this path and returns them; NULL:
 * there is none.
 */
struct ike_sa *ike_unpark(struct ike *e, const struct ike_path *path, const struct isakmp_header *h);
/* What is older than a half-open SA may be goes. */
void ike_parking_timer(struct ike *e);
uint64_t ike_parking_deadline(const struct ike *e); /* UINT64_MAX: none */
static inline unsigned ike_parking_count(const struct ike_parking *p)
{
	return p->count[0] + p->count[1];
}
/* All. */
void ike_parking_clear(struct ike *e);

#endif
