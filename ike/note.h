/*
 * What the engine notes for ike/diag.h, at the places where it decides. Internal to ike/. Nothing here changes what the
 * engine does; without memory nothing is noted.
 */
#ifndef IKE_NOTE_H
#define IKE_NOTE_H

#include "ike/choose.h"
#include "ike/diag.h"

/* --- phase 1 ----------------------------------------------------------------------------------------------------- */

/* No policy suits what the peer offers; key: there is one for it. */
void ike_note_policy(struct ike_step *s, const struct payload_sa *offer, bool key);
/* The answer to our first message is none that was offered, or has a longer lifetime. */
void ike_note_answer(struct ike_step *s, const struct payload_sa *answer, const struct ike_p1_choice *c);
/* Something else is wrong with this SA's negotiation. */
void ike_note_fault(struct ike *e, struct ike_sa *sa, enum fault fault, bool proven);
/* The identity is not the one that was asked for, or has no key. */
void ike_note_identity(struct ike *e, struct ike_sa *sa, enum fault fault, bool proven, const char *id,
		       const char *profile);
/* A message of this SA was malformed. */
void ike_note_malformed(struct ike *e, struct ike_sa *sa, const struct payload_fault *fault);
/* The last message is not answered: it is repeated, or given up. */
void ike_note_silence(struct ike *e, struct ike_sa *sa);
/* The peer repeats what was answered. */
void ike_note_repeat(struct ike *e, struct ike_sa *sa);
/* A notification in clear about a phase 1 that is under way. */
void ike_note_hint(struct ike *e, struct ike_sa *sa, uint16_t type);
/* Phase 1 is complete. */
void ike_note_phase1_up(struct ike *e, const struct ike_sa *sa);
/* It is authenticated, and the peer has another lifetime for it, 0: none that it names. */
void ike_note_lifetime(struct ike *e, const struct ike_sa *sa, uint32_t theirs_s);
/* The peer deleted this IKE SA. */
void ike_note_phase1_deleted(struct ike *e, struct ike_sa *sa);
/* This router has nothing to begin with: no key, or no policy that it can offer. */
void ike_note_unable(struct ike *e, struct ike_sa *sa, bool key);
/* Before there is an SA: a limit was reached, Aggressive Mode is disabled, or its first message is malformed. */
void ike_note_refused(struct ike *e, const struct ike_path *path, bool incoming, enum fault fault);

/* --- phase 2 ----------------------------------------------------------------------------------------------------- */

/* Nothing of what the peer proposes, or answers, suits; ident NULL: nobody protects these proxies. */
void ike_note_proposal(struct ike_step *s, const struct payload_sa *offer, const struct ike_ident_entry *ident,
		       const struct ike_proxies *x);
/* The peer refused our Quick Mode, in a message that was verified. */
void ike_note_quick_refused(struct ike *e, const struct ike_sa *sa, const struct ike_node *n, uint16_t type);
/* QM1 is not answered. */
void ike_note_quick_silence(struct ike *e, const struct ike_sa *sa, const struct ike_node *n);
/* A pair of SAs is there: what was offered and what is configured. */
void ike_note_phase2_up(struct ike *e, struct ike_ident_entry *i, const struct ike_qm *qm, bool initiator);

/* --- what comes without an exchange ------------------------------------------------------------------------------ */

/* The last SAs of the ident went. */
void ike_note_down(struct ike *e, struct ike_ident_entry *i);
void ike_note_unknown_sa(struct ike *e, const struct ike_path *path);
void ike_note_unknown_spi(struct ike *e, struct ike_ident_entry *i, uint32_t spi);

#endif
