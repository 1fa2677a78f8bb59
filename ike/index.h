/*
 * Chains of SAs, peers and idents by what they are looked for. Internal to ike/. Newest SAs and oldest idents come first, as in
 * the engine's own lists.
 */
#ifndef IKE_INDEX_H
#define IKE_INDEX_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define IKE_CHAINS 1024u

struct ike;
struct ike_path;
struct ike_sa;
struct ike_ident_entry;
struct ike_peer;

TAILQ_HEAD(ike_sa_chain, ike_sa);
TAILQ_HEAD(ike_peer_chain, ike_peer);
TAILQ_HEAD(ike_ident_chain, ike_ident_entry);

struct ike_index {
	uint32_t seed; /* peers choose cookies and addresses: they must not choose chains */
	struct ike_sa_chain sas_by_cookie[IKE_CHAINS], sas_by_ends[IKE_CHAINS];
	struct ike_peer_chain peers_by_address[IKE_CHAINS];
	struct ike_ident_chain idents_by_ends[IKE_CHAINS], idents_by_number[IKE_CHAINS];
};

void ike_index_init(struct ike *e);
/* What an address is found by elsewhere; nobody outside can choose it. */
uint32_t ike_index_hash(const struct ike *e, const struct ip_addr *a);
/* Likewise of a path: which of IKE_CHAINS chains it is in. */
size_t ike_index_path(const struct ike *e, const struct ike_path *path);
bool ike_same_path(const struct ike_path *a, const struct ike_path *b);

struct ike_sa_chain *ike_sas_by_cookie(struct ike *e, const uint8_t *icookie);
/* The remote address is the one that an SA is known by (ike_sa.known_as), wherever its peer is now. */
struct ike_sa_chain *ike_sas_by_ends(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote);
struct ike_peer_chain *ike_peers_by_address(struct ike *e, const struct ip_addr *remote);
struct ike_ident_chain *ike_idents_by_ends(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote);
struct ike_ident_chain *ike_idents_by_number(struct ike *e, uint32_t number);

/* An SA that is new, or whose cookie or known address was set. */
void ike_index_sa(struct ike *e, struct ike_sa *sa);
void ike_unindex_sa(struct ike_sa *sa);
/* Of the engine's list too. */
void ike_index_ident(struct ike *e, struct ike_ident_entry *i);
void ike_unindex_ident(struct ike *e, struct ike_ident_entry *i);

#endif
