/*
 * A form of a message, ready to be compared with text: printf's format, in which a blank is any number of blanks and
 * letters of both cases are the same. What follows a '\n' of the form may be missing from the text.
 */
#ifndef EXPLAIN_FORM_H
#define EXPLAIN_FORM_H

#include "explain/message.h"

struct form_part {
	const char *literal; /* NULL: a value */
	uint16_t octets;
	char type;    /* of a value: a address, d or u number, x hexadecimal, c character, s text */
	char plain;   /* of a literal: its first octet in lower case, 0 when it is a blank */
	bool newline; /* the literal has a '\n' */
};

#define FORM_PARTS (2 * MESSAGE_VALUES + 1)

struct form {
	struct form_part parts[FORM_PARTS];
	unsigned count;
	unsigned letters; /* of all literals: the more, the less else is like it */
};

/*
 * body: the format behind its prefix, which must stay. types: a letter for each placeholder. False: more placeholders
 * than there is room for or letters.
 */
bool form_compile(struct form *f, const char *body, size_t octets, const char *types);
/* The whole of the text. Fills in values and count of out. */
bool form_match(const struct form *f, const char *text, size_t octets, struct message_match *out);

#endif
