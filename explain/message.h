/*
 * The catalogue of messages: every debug line and crypto syslog message that is known, by name. Those of this router are
 * the entries of ike/debug.def and router/debug.def, so a form stands once; what other releases print is in
 * explain/foreign.def, as another form of the same name or as a message of its own. Each name has a page,
 * doc/messages/NAME.md, which is built in.
 *
 * Read-only after message_catalog_new: any thread.
 */
#ifndef EXPLAIN_MESSAGE_H
#define EXPLAIN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_kind { MESSAGE_ISAKMP, MESSAGE_IPSEC, MESSAGE_ENGINE, MESSAGE_SYSLOG };

struct message {
	const char *name;       /* "sa_deleting": the name of debug.def */
	enum message_kind kind; /* the debug that shows it */
	const char *form;       /* printf's format, with %s and the like where values stand */
	const char *page;       /* the page, Markdown; ends with "\n"; "" when there is none */
	unsigned id;            /* enum message_id of explain/message_id.h */
};

#define MESSAGE_VALUES 12

/*
 * What stood at the placeholders of a form, in their order, without the conn-id of the prefix: into the text that was
 * matched. What a form prints in further lines may be missing from the text: then there are fewer values.
 */
struct message_match {
	const struct message *message;
	struct message_value {
		const char *text;
		size_t octets;
	} values[MESSAGE_VALUES];
	unsigned count;
	const char *form; /* the one that matched; message->form, or of another release */
	const char *body; /* the text behind its prefix, without blanks around it */
	size_t body_octets;
	bool error;   /* "ISAKMP-ERROR:" */
	bool has_cid; /* a conn-id stood in the prefix */
	uint32_t cid; /* of "ISAKMP:(1001):", in any release's spelling */
	unsigned era; /* 123, 124, 152, 156: the oldest release whose prefix looks so; 0: its prefix tells nothing */
};

struct message_catalog;

/* NULL when out of memory. */
struct message_catalog *message_catalog_new(void);
void message_catalog_free(struct message_catalog *c);

/*
 * One line without time stamp, sequence number, host name or line end; further lines of the message follow after '\n'.
 * Blanks of any kind and number are one blank, letters of both cases are the same. False: no form is like it; the
 * prefix's part of `out` is filled in nevertheless. Takes time in proportion to the text, whatever the catalogue holds.
 */
bool message_match(const struct message_catalog *c, const char *text, size_t octets, struct message_match *out);
/* Does the text begin as what the crypto debugs print, known or not? */
bool message_is_crypto(const char *text, size_t octets);

/* By its name, or NULL. */
const struct message *message_by_name(const struct message_catalog *c, const char *name);
/* The index-th, NULL behind the last. */
const struct message *message_at(const struct message_catalog *c, size_t index);
/* The index-th form of a message: 0 is m->form, then those of other releases; NULL behind the last. */
const char *message_form(const struct message *m, size_t index);

#endif
