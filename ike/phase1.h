/*
 * What Main Mode and Aggressive Mode have in common: the SA payload, keys, identities and hashes, the end of phase 1.
 * RFC 2409 section 5. Internal to ike/. The functions work on the message that a step takes (s->in) or builds (s->out),
 * with IOS's lines.
 */
#ifndef IKE_PHASE1_H
#define IKE_PHASE1_H

#include "ike/choose.h"
#include "ike/profile.h"

/* --- the SA payload: phase1.c ------------------------------------------------------------------------------------ */

/*
 * mm->offer: the policies with a pre-shared key; one_group: that have the first one's group, since Aggressive Mode
 * cannot negotiate it. False when there is none.
 */
bool ike_p1_make_offer(struct ike *e, struct ike_mm *mm, bool one_group);
/* The initiator's offer, whose body is kept for the hashes. False when out of memory. */
bool ike_p1_put_offer(struct ike_step *s);
/* The responder's answer: the chosen transform as it came. */
void ike_p1_put_answer(struct ike_step *s);
/* The line of a key that was found or not. */
void ike_p1_say_key(struct ike_step *s, const struct ike_key *key);
/* Responder: keeps what was offered and what is chosen of it. False when out of memory. */
bool ike_p1_keep_offer(struct ike_step *s, const struct ike_p1_choice *c);
/* Initiator: the answer is one of our own offers, unchanged. */
bool ike_p1_take_answer(struct ike_step *s, bool key, struct ike_p1_choice *c);
/* No offer suits: the peer is told, and the SA ends. */
enum ike_outcome ike_p1_refuse(struct ike_step *s);

/* --- keys: phase1.c ---------------------------------------------------------------------------------------------- */

/* Initiator: the key pair that `take` asked for, and a nonce. */
enum ike_outcome ike_p1_have_pair(struct ike_step *s);
void ike_p1_put_ke(struct ike_step *s);
void ike_p1_put_nonce(struct ike_step *s);
/* Asks for g^xy, as responder with a new key pair. */
enum ike_outcome ike_p1_take_ke(struct ike_step *s);
/* g^xy came: keeps the peer's public value and nonce, and makes the responder's. False: the value is none. */
bool ike_p1_have_ke(struct ike_step *s);
/* With them and the key the SA gets its keys and its conn-id. False: OpenSSL refuses. */
bool ike_p1_derive(struct ike_step *s, const struct ike_key *key);
/* What goes into the hashes. */
struct ike_p1_material ike_p1_known(const struct ike_sa *sa);

/* --- identities and hashes: auth.c ------------------------------------------------------------------------------- */

/* Own ID payload, with the type of the payload that follows; its body, of which it keeps no copy. */
struct ike_bytes ike_p1_put_id(struct ike_step *s, struct payload_id id, unsigned next);
/* HASH_I or HASH_R over the own ID payload's body. False when it cannot be computed. */
bool ike_p1_put_hash(struct ike_step *s, struct ike_bytes id_body);
/* The one ID payload of the message, and the profile that it matches. False when it is malformed. */
bool ike_p1_take_id(struct ike_step *s, struct payload_id *id, const struct ike_profile **profile);
/* Is the message's HASH the peer's over this ID payload's body? */
bool ike_p1_hash_good(struct ike_step *s, struct ike_bytes id_body);
/*
 * The hash was good, but is it the peer that was asked for, and was its key one of its profile's? IKE_REJECT: the SA
 * ends.
 */
enum ike_outcome ike_p1_settle(struct ike_step *s, const struct payload_id *id, const struct ike_profile *profile);

/* Notifications beside the hash are about this SA. */
bool ike_p1_notifications_good(struct ike_step *s);
/* INITIAL_CONTACT when this router has nothing with the peer; is it so? */
bool ike_p1_is_first_contact(struct ike *e, const struct ike_sa *sa);
void ike_p1_put_initial_contact(struct ike_step *s);
/* What the peer notifies with its hash; the SA is authenticated. */
void ike_p1_responder_authenticated(struct ike_step *s);
void ike_p1_initiator_authenticated(struct ike_step *s);
/* The peer of this SA said "initial contact": the IPsec SAs that it had before go. */
void ike_p1_end_former_life(struct ike *e, const struct ike_sa *sa);
/* INITIAL_CONTACT in a message of its own, as some peers send it. */
void ike_p1_initial_contact(struct ike_step *s, const struct payload_notify *n);
/* Phase 1 is over: RESPONDER_LIFETIME, and what waited for it. */
void ike_p1_complete(struct ike_step *s);

#endif
