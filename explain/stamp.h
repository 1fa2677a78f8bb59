/* What stands before a message in a log: time stamps of routers and of syslog servers, sequence numbers, host names. */
#ifndef EXPLAIN_STAMP_H
#define EXPLAIN_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stamp_clock { STAMP_NONE, STAMP_DATE, STAMP_UPTIME };

struct stamp {
	size_t octets; /* of all that stands before the message; 0: nothing does */
	enum stamp_clock clock;
	int64_t ms; /* since the year began, or since the router did; the router's own stamp counts before a server's */
	const char *host; /* NULL: none */
	size_t host_octets;
};

void stamp_parse(const char *text, size_t octets, struct stamp *out);
/* Octets before the first stamp of a router that stands behind other text, such as a prompt; 0: there is none. */
size_t stamp_within(const char *text, size_t octets);

#endif
