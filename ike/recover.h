/*
 * State that only one side still has: ESP for an SA that is not there, messages in an IKE SA that is not there, and what
 * either side does to agree again. Internal to ike/.
 *
 * What is authenticated is obeyed. What comes in clear is a hint and no more: it makes this router ask or negotiate,
 * rarely, beside what there is; nothing goes before the new SA is authenticated.
 */
#ifndef IKE_RECOVER_H
#define IKE_RECOVER_H

#include "ike/table.h"

/* ESP came for an SPI that is not ours: tells the peer, in an IKE SA that is there or may be made for it. */
void ike_recover_esp(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t spi);
/* An encrypted message came in an IKE SA that is not ours. */
void ike_recover_cookies(struct ike *e, const struct ike_path *path, const struct isakmp_header *h);
/* Notifications in clear. sa: whose cookies they carry, NULL: nobody's. False: there is nothing in them. */
bool ike_recover_hint(struct ike *e, const struct ike_path *path, struct ike_sa *sa, const struct payloads *m);
/* INVALID_SPI from within an IKE SA: the outbound SA that the peer does not have goes. */
void ike_recover_invalid_spi(struct ike_step *s, const struct payload_notify *n);
/* Phase 1 is complete: what waited for it is told, and what was in doubt is replaced. */
void ike_recover_phase1_up(struct ike *e, struct ike_sa *sa);
/* An IKE SA with keepalives went and left its IPsec SAs: another one is made to watch over them. */
void ike_recover_orphans(struct ike *e, const struct ike_sa *sa);
/*
 * This side deleted it and left its IPsec SAs. There are peers (strongSwan) that let theirs go with it and say nothing of
 * that: unless the peer is IOS all are made anew.
 */
void ike_recover_cleared(struct ike *e, const struct ike_sa *sa);
/* This SA ends soon: with such a peer there is always one while there are IPsec SAs. */
void ike_recover_ending(struct ike *e, const struct ike_sa *sa);
/* An IKE SA could not be made. With keepalives the peer is dead then, unless it is heard in some other way. */
void ike_recover_failed(struct ike *e, const struct ike_sa *sa);
/* The peer of this SA, which went, is dead: its IPsec SAs go as well, and its idents start again. */
void ike_recover_dead(struct ike *e, const struct ike_sa *sa);

#endif
