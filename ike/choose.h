/* Choosing among what a peer offers, with the lines IOS prints on the way. Internal to ike/. */
#ifndef IKE_CHOOSE_H
#define IKE_CHOOSE_H

#include "ike/attr.h"
#include "ike/ipsec.h"
#include "ike/table.h"

struct ike_p1_choice {
	struct isakmp_policy policy;
	struct ike_p1_attrs offer;
	const struct payload_proposal *proposal;
	const struct payload_transform *transform;
};

/* key: there is a pre-shared key for the peer. */
bool ike_p1_choose(struct ike_step *s, const struct payload_sa *sa, const struct isakmp_policy *policies, size_t count,
		   bool key, struct ike_p1_choice *out);
/* Makes it the SA's policy; the shorter lifetime counts, and begins. */
void ike_p1_agree(struct ike_step *s, const struct ike_p1_choice *c);

struct ike_proxies {
	struct ip_prefix local, remote;
};

struct ike_p2_choice {
	struct ike_proposal set;
	bool udp; /* the mode that was offered is one with UDP; offer.encaps is then that without */
	struct ike_p2_attrs offer;
	const struct payload_proposal *proposal;
	const struct payload_transform *transform;
};

/* ident NULL: nobody protects these proxies, so nothing can be chosen. */
bool ike_p2_choose(struct ike_step *s, const struct payload_sa *sa, const struct ike_ident_entry *ident,
		   const struct ike_proxies *x, struct ike_p2_choice *out);
/* Transform set, group and SPI; the shorter of the lifetimes, in kilobytes the peer's only where it names one. */
void ike_p2_agree(struct ike_qm *qm, const struct ike_ident *ident, const struct ike_p2_choice *c);

#endif
