/*
 * What is known of a failure beyond its title: the one text for mainmode explain and show crypto explain, from
 * explain/cause.def. Sentences, without line breaks.
 */
#ifndef EXPLAIN_CAUSE_H
#define EXPLAIN_CAUSE_H

#include "base/fault.h"

#define CAUSES_MAX 5

struct cause {
	const char *text;         /* "The peer's policy has another hash." */
	const char *confirm;      /* the command that confirms it: "show crypto isakmp policy"; "" none on this side */
	const char *confirm_peer; /* likewise on the peer */
};

struct fault_about {
	const char *meaning; /* what happened on the wire and what IOS did */
	const char *config;  /* the lines of configuration it belongs to: "crypto isakmp policy N / hash ..." */
	const char *cure;    /* the change that would make it work, in general */
	const char *hidden;  /* what this side cannot know, "" nothing */
	struct cause causes[CAUSES_MAX]; /* in the order of their probability */
	unsigned cause_count;
};

const struct fault_about *fault_about(enum fault f);

#endif
