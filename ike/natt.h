/*
 * NAT traversal: RFC 3947 and its drafts 02, 03 and 07, of which the best that both sides know is used. Internal to ike/.
 *
 * Support is told with vendor IDs in the first two messages. The two with the key exchange carry NAT-D, a hash of each
 * address and port, from which both see whether there is a NAT on either side. If so, the ports float to 4500 with the
 * next message of the initiator, and ESP is encapsulated in UDP.
 *
 * Nothing moves an SA but a message that was verified, or genuine ESP.
 */
#ifndef IKE_NATT_H
#define IKE_NATT_H

#include "ike/ipsec.h"
#include "ike/table.h"

/* --- negotiation: phase 1 ---------------------------------------------------------------------------------------- */

/* IOS's lines about the vendor IDs that the initiator is going to send. */
void ike_natt_say_offer(struct ike *e, const struct ike_sa *sa);
/* The vendor IDs of the initiator's first message, or the responder's one. */
void ike_natt_build_vid(struct ike_step *s);
/* What the vendor IDs of the message that was taken, and our own, make of it. */
void ike_natt_agree(struct ike_step *s);
/* NAT-D: the peer's address first, then our own. Nothing unless both do NAT traversal. */
void ike_natt_build(struct ike_step *s);
/* Two NAT-D payloads at least, each of the size of the hash, when both do NAT traversal; else it is malformed. */
bool ike_natt_complete(struct ike_step *s);
/* Compares NAT-D, with IOS's lines. The datagram was complete. */
void ike_natt_detect(struct ike_step *s);
static inline bool ike_natt_found(const struct ike_sa *sa)
{
	return sa->natt.local_inside || sa->natt.remote_inside;
}
/* Initiator: to port 4500 when there is a NAT. */
void ike_natt_float(struct ike_sa *sa);

/* --- paths ------------------------------------------------------------------------------------------------------- */

/*
 * May this datagram be looked at? What nothing protects must come the way that the SA's messages take; what can be
 * verified may come from anywhere.
 */
bool ike_natt_may_come(const struct ike_sa *sa, const struct ike_path *path, bool is_protected);
/*
 * May the stored answer to a copy of a message that was verified go where the copy came from? As many octets as came, at
 * the rate that all such answers have, of use to nobody but the peer.
 */
bool ike_natt_may_answer(const struct ike_sa *sa, const struct ike_path *path);
/* The message of this step was verified: where it came from is where the peer is. */
void ike_natt_verified(struct ike_step *s);
/* The same of ESP on this pair. */
void ike_natt_pair_moved(struct ike *e, struct ike_pair *p, const struct ike_path *path);
/* Has this pair been made with the peer of this SA? Behind one NAT the address alone does not tell. */
bool ike_natt_same_peer(const struct ike_sa *sa, const struct ike_pair *p);
/* Do these two belong to the same peer? */
bool ike_natt_same_peers(const struct ike_sa *a, const struct ike_sa *b);

/* --- keepalives, RFC 3948 4 -------------------------------------------------------------------------------------- */

void ike_natt_timer(struct ike *e);
uint64_t ike_natt_deadline(struct ike *e);

/* --- negotiation: phase 2 ---------------------------------------------------------------------------------------- */

/* The encapsulation mode to offer: 1 to 4, or 61443 and 61444. */
uint16_t ike_natt_encaps(const struct ike_sa *sa, bool transport);
/* The mode without UDP of one that was offered, *udp: whether it was with UDP. 0: not for this SA. */
uint16_t ike_natt_native(const struct ike_sa *sa, uint16_t encaps, bool *udp);
/* NAT-OA, the original addresses, RFC 3947 5.2; for transport mode through a NAT. */
void ike_natt_build_oa(struct ike_step *s);
/* The peer's NAT-OA: false when they are malformed. Proxies that name an original address become what we see of it. */
bool ike_natt_take_oa(struct ike_step *s, struct ip_prefix *remote, struct ip_prefix *local);

#endif
