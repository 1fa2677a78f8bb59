/*
 * The pages of messages, doc/messages/NAME.md: what explain/pages.awk makes into explain/pages.c at build time. It
 * refuses a message of ike/debug.def or router/debug.def that has no page, and a page that is of no message.
 *
 * Read-only: any thread.
 */
#ifndef EXPLAIN_PAGE_H
#define EXPLAIN_PAGE_H

#include <stddef.h>

struct message_page {
	const char *name; /* "sa_deleting" */
	const char *text; /* Markdown, UTF-8; ends with "\n" */
};

/* "" when there is no message of this name, or another release's that has no page. */
const char *message_page(const char *name);
/* The index-th in the order of the .def files, NULL behind the last. */
const struct message_page *message_page_at(size_t index);

#endif
