/*
 * A log as messages: lines that a terminal, a syslog server or a word processor left are cleaned, what was wrapped is
 * joined, further lines of a message are put behind it, and all is looked up in the catalogue.
 */
#ifndef EXPLAIN_FRAME_H
#define EXPLAIN_FRAME_H

#include "explain/message.h"
#include "explain/stamp.h"

#define FRAME_TEXT 8192 /* of a message; the rest of longer ones is left out */
#define FRAME_HOST 64

/* Texts are valid during the call only. */
struct frame_message {
	uint64_t number; /* of its first line, from 1 */
	struct stamp stamp;
	int64_t at_ms;    /* on the log's clock, which does not go back at the end of a year; STORY_NO_TIME: unknown */
	const char *text; /* as it stood, its stamp too; further lines behind '\n' */
	size_t octets;
	size_t lead; /* octets before the message itself */
	bool crypto; /* of the crypto debugs or syslog */
	bool known;  /* match says which */
	struct message_match match;
};

struct frame;

typedef void (*frame_fn)(void *ctx, const struct frame_message *m);

/* NULL when out of memory. */
struct frame *frame_new(const struct message_catalog *c, frame_fn fn, void *ctx);
void frame_free(struct frame *f);
void frame_feed(struct frame *f, const char *piece, size_t octets);
void frame_end(struct frame *f);

uint64_t frame_lines(const struct frame *f);
uint64_t frame_other_lines(const struct frame *f); /* those that belong to no message, empty ones left out */

#endif
