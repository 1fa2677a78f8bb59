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
	const char *page;       /* the page, Markdown; ends with "\n" */
};

#define MESSAGE_VALUES 12

/* What stood at the placeholders of a form, in their order: into the text that was matched. */
struct message_match {
	const struct message *message;
	struct message_value {
		const char *text;
		size_t octets;
	} values[MESSAGE_VALUES];
	unsigned count;
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
 * One line without time stamp, sequence number, host name or line end. False: no form is like it. Takes time in
 * proportion to the text, whatever the catalogue holds.
 */
bool message_match(const struct message_catalog *c, const char *text, size_t octets, struct message_match *out);

/* By its name, or NULL. */
const struct message *message_by_name(const struct message_catalog *c, const char *name);
/* The index-th, NULL behind the last. */
const struct message *message_at(const struct message_catalog *c, size_t index);

#endif
