/*
 * IKE fragmentation as Cisco and Microsoft have it: a message that is too long for the path goes in pieces of its own
 * making, since routers and firewalls lose fragments of IP. Internal to ike/.
 *
 * Each piece is an ISAKMP message with the cookies of the whole one and one payload of type 132: identifier (2 octets),
 * number (1 octet, from 1), flags (1 octet; 1: the last piece), then octets of the whole message, its header included.
 *
 * Nothing protects the pieces; what they make is treated as a datagram that came. So what is kept is bounded in number,
 * octets and time, and a piece that contradicts an earlier one is dropped.
 */
#ifndef IKE_FRAG_H
#define IKE_FRAG_H

#include "ike/ops.h"
#include "ike/payload.h"

#include <sys/queue.h>

#define IKE_FRAG_PARTS    64u   /* of one message */
#define IKE_FRAG_OCTETS   8192u /* of one message */
#define IKE_FRAG_MESSAGES 32u   /* half-done ones of all peers; whose address has most of them loses its oldest */
#define IKE_FRAG_OF_ONE   2u    /* of one peer, likewise */
#define IKE_FRAG_MS       3000u /* after its first piece; less than peers wait before they send again */
#define IKE_FRAG_LEAST    96u   /* octets of a message that go into one piece at least */
#define IKE_FRAG_MORE     (ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS + 4u) /* what a piece has before its octets */

struct ike_frag;
struct ike_frags {
	TAILQ_HEAD(, ike_frag) half; /* half-done messages, oldest first */
	unsigned count;
};

void ike_frags_init(struct ike_frags *f);
/* Of this owner, or all (NULL). */
void ike_frags_drop(struct ike_frags *f, const void *owner);
/* What has waited too long goes. */
void ike_frags_timer(struct ike_frags *f, uint64_t now_ms);
uint64_t ike_frags_deadline(const struct ike_frags *f); /* UINT64_MAX: none */

/*
 * A piece that came on this path for this owner, an SA with a peer at `who`; p is its payload. The whole message when
 * this was the last that lacked, to be freed by the caller; else NULL. The path may be forged, `who` has shown that it
 * receives.
 */
uint8_t *ike_frags_take(struct ike_frags *f, const void *owner, const struct ip_addr *who, const struct ike_path *path,
			const struct payload *p, uint64_t now_ms, size_t *octets);

/*
 * Piece number n (from 1) of a message, for datagrams of `most` octets, into `out`, which has room for that. Its octets,
 * or 0: there is no such piece.
 */
size_t ike_frag_cut(const uint8_t *message, size_t octets, unsigned n, size_t most, uint8_t *out);

#endif
