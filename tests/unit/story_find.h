/* What a story found. */
#ifndef TESTS_UNIT_STORY_FIND_H
#define TESTS_UNIT_STORY_FIND_H

#include "explain/story.h"

/* The first of this fault, of no peer or of any; NULL: none. */
static inline const struct story_finding *story_find(const struct story *s, enum fault fault)
{
	const struct story_peer *p;
	const struct story_finding *f;

	TAILQ_FOREACH (f, &s->findings, link)
		if (f->fault == fault)
			return f;
	TAILQ_FOREACH (p, &s->peers, link)
		TAILQ_FOREACH (f, &p->findings, link)
			if (f->fault == fault)
				return f;
	return NULL;
}

#endif
