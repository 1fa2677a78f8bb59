/* Where the notes of ike/note.h are kept, and how. Internal to ike/. */
#ifndef IKE_RECORD_H
#define IKE_RECORD_H

#include "ike/diag.h"

struct ike_sa;
struct ike_node;

/* Of an ident; a failure is there once there was one. */
struct ike_notes {
	struct ike_failure *phase1[2], *phase2[2], *over;
	uint64_t over_ms, ended_ms;
	enum ike_ending ending;
	struct ike_hint unknown_sa, unknown_spi;
	struct ike_differ lives[3]; /* phase 1, then the two of phase 2; without theirs_known: none */
	bool initiated;
};
void ike_notes_free(struct ike_notes *n);

struct ike_stranger_entry;
/* Peers of no ident, oldest first; fresh: how many of them came since fresh_ms with no more than a first message. */
struct ike_strangers {
	struct ike_stranger_entry *at[IKE_STRANGERS];
	unsigned count, fresh;
	uint64_t fresh_ms;
};
void ike_strangers_free(struct ike_strangers *s);

/* f replaces what is in the slot, unless that got further and nothing vouches for f. */
void ike_record(struct ike_failure **slot, const struct ike_failure *f);
/* They are over; the one that tells more is kept. */
void ike_record_over(struct ike_notes *n, struct ike_failure *slots[2], uint64_t now_ms);

/* Is there a place for what comes from there? cheap: it is a first message that anybody could have sent. */
bool ike_strangers_take(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote,
			uint64_t now_ms, bool cheap);
void ike_record_stranger(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote,
			 const struct ike_failure *f);
void ike_forget_stranger(struct ike_strangers *s, const struct ip_addr *local, const struct ip_addr *remote);

struct ike_progress ike_progress_of(const struct ike_sa *sa);
struct ike_progress ike_progress_of_node(const struct ike_sa *sa, const struct ike_node *n);

#endif
