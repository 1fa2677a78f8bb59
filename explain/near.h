/* Messages that share words with a text that is none. */
#ifndef EXPLAIN_NEAR_H
#define EXPLAIN_NEAR_H

#include "explain/message.h"

/*
 * Those that have most words of the text in their name or their forms, the best first: two of them, or one that few have.
 * How many there are, at most room.
 */
size_t message_near(const struct message_catalog *c, const char *text, size_t octets, const struct message *out[],
		    size_t room);

#endif
