/*
 * Dead peer detection, RFC 3706: `crypto isakmp keepalive`. Internal to ike/.
 *
 * R-U-THERE is always answered. This router asks when keepalives are configured and the peer has sent the vendor ID:
 * periodically, or on demand, that is when packets go out and none come back. Any message of the peer's that was
 * verified and any genuine ESP packet is a sign of life. After five retries without one the peer is dead: its IKE and
 * IPsec SAs go, without notice, and its idents start again.
 */
#ifndef IKE_DPD_H
#define IKE_DPD_H

#include "ike/table.h"

/* Phase 1 is complete. */
void ike_dpd_start(struct ike *e, struct ike_sa *sa);
/* How long ago the last sign of life of the peer was, ESP included. */
uint64_t ike_dpd_silent_ms(struct ike *e, const struct ike_sa *sa);
/* A message of this SA was verified. */
void ike_dpd_heard(struct ike *e, struct ike_sa *sa);
/*
 * R-U-THERE or its acknowledgement, from within this SA. False: it is a replay, or the answer to nothing that was asked,
 * and no sign of life.
 */
bool ike_dpd_take(struct ike_step *s, const struct payload_notify *n);
/* Asks now, when this SA asks at all and does not do so already. */
void ike_dpd_ask(struct ike *e, struct ike_sa *sa);
/* What is due; may delete the SA, but does not free it. */
void ike_dpd_timer(struct ike *e, struct ike_sa *sa);
/* The keepalives that are configured for the peer of this SA; s 0: none. */
struct isakmp_keepalive ike_dpd_configured(struct ike *e, const struct ike_sa *sa);

/* `crypto ipsec security-association idle-time`: when the ident's SAs are to be looked at, and what is then done. */
void ike_idle_start(struct ike *e, struct ike_ident_entry *i);
void ike_idle_timer(struct ike *e, struct ike_ident_entry *i);

#endif
