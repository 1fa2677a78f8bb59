/*
 * Who a peer is: the key for it, the isakmp profile that it matches, and who this router says that it is itself.
 * Internal to ike/. The rules are IOS's, as Cisco's document 117259 ("Selection Rules for Keyrings and Profiles") has
 * them; where that says nothing the choice is in doc/fidelity.md.
 *
 * - Keys by address. Main Mode needs the key before it knows the identity. For a request of an ident with `set
 *   isakmp-profile` the keyrings of that profile are searched, and the global keys when it names none. All other
 *   negotiations, every responder's among them, search all: the longest match wins, and of equally long ones the
 *   global key, then the keyring that was configured first. A keyring or profile with `local-address` counts for that
 *   address only.
 * - Keys by identity, for Aggressive Mode: a key for exactly this name, or for an address that the identity is. Of an
 *   identity that a profile matches also the key for the address that it comes from, in the keyrings of that profile.
 *   There is none for any other identity, and so no answer.
 * - Profiles. The first in the order of configuration that has a `match identity` for the peer's ID; for a request of an
 *   ident with `set isakmp-profile` that one, if it has. Names are compared without regard to case, key IDs exactly. `host
 *   domain D` is any name below D, `user domain D` any user at D.
 * - Whoever matches a profile must have used a key of that profile's keyrings, and who answers a request for a profile
 *   must match it: else the SA is refused although its hash was good.
 * - An ident with `set isakmp-profile` uses, and accepts Quick Modes over, only SAs whose peer matched it; an ident
 *   without one uses any SA.
 */
#ifndef IKE_PROFILE_H
#define IKE_PROFILE_H

#include "ike/payload.h"
#include "ike/sa.h"

#define IKE_KEYRING_GLOBAL "default" /* IOS's name for the global keys */

/*
 * A key, and the name of the keyring that it is from, "" for the password of a `crypto isakmp peer`; both are good
 * until the next ike_configure. NULL: none.
 */
struct ike_key {
	struct ike_bytes octets;
	const char *keyring;
};

/*
 * Does the request of this SA ask for Aggressive Mode: `initiate mode aggressive` of its profile, or a `crypto isakmp
 * peer` with password and client-endpoint? Logs it when it does but Aggressive Mode is disabled.
 */
bool ike_wants_aggressive(struct ike *e, const struct ike_sa *sa);
/* The profile of this name; NULL for "" and for one that is not configured. */
const struct ike_profile *ike_profile_find(struct ike *e, const char *name);
/*
 * The key for the peer's address. sa->profile: that of the request, "" searches all. As initiator of Aggressive Mode the
 * peer's password.
 */
struct ike_key ike_key_for(struct ike *e, const struct ike_sa *sa);
/* The key for an identity; profile: the one it matches, or NULL. */
struct ike_key ike_key_for_id(struct ike *e, const struct ike_sa *sa, const struct ike_profile *profile,
			      const struct payload_id *id);

/* The profile that the peer's ID matches, or NULL. */
const struct ike_profile *ike_profile_match(struct ike *e, const struct ike_sa *sa, const struct payload_id *id);
/* IOS's line about profiles that would want more than a key. */
void ike_profiles_say_xauth(struct ike *e, const struct ike_sa *sa);
/* Is `keyring` one of the profile's? NULL is no profile, which has all. */
bool ike_profile_has(const struct ike_profile *p, const char *keyring);
/* May the ident be served over this SA? */
bool ike_profile_serves(const struct ike_sa *sa, const struct ike_ident *ident);

/* What this router is to the peer of this SA: type, data and octets of an ID payload; they point into e and sa. */
struct payload_id ike_own_id(struct ike *e, const struct ike_sa *sa);
/* An identity, printable. */
const char *ike_id_text(const struct payload_id *id, char buf[CONFIG_TEXT_SIZE]);

#endif
