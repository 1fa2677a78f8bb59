/*
 * Of offers that do not suit: which of them comes nearest to what is configured, and in what the two differ. Internal to
 * ike/. Nearest are those that differ in the fewest attributes; of equal ones the first, in the order in which they are
 * tried.
 */
#ifndef IKE_NEAREST_H
#define IKE_NEAREST_H

#include "ike/choose.h"
#include "ike/diag.h"

/* In the order of IOS's checks; how many. A key length alone counts only where the algorithm is the same. */
unsigned ike_p1_differs(const struct ike_p1_attrs *offer, const struct isakmp_policy *policy,
			struct ike_differ out[IKE_DIFFERS]);
/* offer->encaps is that without UDP, 0: none that this SA can have. */
unsigned ike_p2_differs(const struct ike_p2_attrs *offer, const struct ike_proposal *proposal, unsigned pfs_group,
			struct ike_differ out[IKE_DIFFERS]);

/* Fills fault, priority, transform and differs. False: the offer holds no transform, or there is no policy. */
bool ike_nearest_policy(const struct payload_sa *offer, const struct isakmp_policy *policies, size_t count,
			struct ike_failure *out);
/* Fills fault, proposal, transform, set and differs. */
bool ike_nearest_set(const struct ike_sa *sa, const struct payload_sa *offer, const struct ike_ident *ident,
		     struct ike_failure *out);

#endif
