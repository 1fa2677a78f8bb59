/* What the parts of the judgement share: a claim becomes a finding, or is counted with the one that is there. */
#ifndef EXPLAIN_JUDGE_H
#define EXPLAIN_JUDGE_H

#include "explain/track.h"

struct claim {
	enum fault fault;
	enum story_certainty certainty;
	const char *ours, *theirs, *missing;
};

/* p NULL: of no peer. */
void judge_claim(struct reader *r, struct peer *p, struct exchange *x, uint64_t line, struct claim c);
/* ... that is certain, of what lines belong to just now. */
void judge_simple(struct reader *r, const struct frame_message *m, enum fault fault);
struct story_finding *judge_find(struct story_findings *list, enum fault fault);

extern const char *const judge_ask_capture; /* a sentence: what would tell where packets are lost */

/* --- judge_phase1.c ---- */

/* The offer that was just read differs from the policy it is compared with: enum fault of the attribute. */
void judge_differs(struct reader *r, enum fault fault);
void judge_no_policy(struct reader *r, const struct frame_message *m);
/* Nothing comes back in this state, and at last the SA dies of it. */
void judge_silence(struct reader *r, struct exchange *x, const char *state, bool initiator, bool death, uint64_t line);
void judge_resending(struct reader *r, const struct frame_message *m);
void judge_repeated(struct reader *r, const struct frame_message *m);
/* A message that cannot be read; hash: its hash is not what it should be. */
void judge_garbled(struct reader *r, const struct frame_message *m, bool hash);
void judge_notified(struct reader *r, const struct frame_message *m);
void judge_unprotected(struct reader *r, const struct frame_message *m);
void judge_no_key(struct reader *r, const struct frame_message *m);
void judge_lifetime(struct reader *r, const struct frame_message *m);

/* --- judge_phase2.c ---- */

void judge_no_transform(struct reader *r, const struct frame_message *m);
void judge_no_proxies(struct reader *r, const struct frame_message *m);
void judge_no_protocol(struct reader *r, const struct frame_message *m);
void judge_phase2_refused(struct reader *r, const struct frame_message *m);
void judge_invalidated(struct reader *r, const struct frame_message *m);
/* An SA that is made lives shorter than the peer offered. */
void judge_ipsec_lifetime(struct reader *r, const struct frame_message *m);
void judge_no_quick_reply(struct reader *r, const struct frame_message *m, bool end);

#endif
