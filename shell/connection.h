/*
 * Telnet from the router: a session's connections to other hosts. One is talked to at a time; the escape sequence,
 * Ctrl-^ x, comes back to EXEC and leaves it open. They end with the session.
 */
#ifndef SHELL_CONNECTION_H
#define SHELL_CONNECTION_H

#include "base/addr.h"
#include "shell/session.h"

#define CONNECTIONS 5 /* of a session, at most */

struct connection {
	unsigned number;                                  /* from 1 */
	char host[IP_TEXT_SIZE > 64 ? IP_TEXT_SIZE : 64]; /* as typed */
	struct ip_addr address;
	uint64_t idle_s; /* ago */
	bool current;    /* `resume` alone means it */
};

enum connection_error {
	CONNECTION_OPEN,
	CONNECTION_REFUSED,
	CONNECTION_TIMED_OUT,
	CONNECTION_UNREACHABLE,
	CONNECTION_INTERRUPTED, /* the user gave up */
	CONNECTION_NO_ROOM,     /* CONNECTIONS are open, or no memory or descriptors are left */
	CONNECTION_NO_TERMINAL, /* of the session: nobody could talk */
};

/* Connects, without the control lock; *number is the connection's. */
enum connection_error connection_open(struct session *s, const char *host, const struct ip_addr *to, uint16_t port,
				      unsigned *number);

enum connection_talk {
	CONNECTION_SUSPENDED,
	CONNECTION_CLOSED, /* by the other end; it is gone */
	CONNECTION_IDLE,   /* for `session-timeout`; it is gone */
	CONNECTION_OVER    /* the session itself is */
};
/* Talks to it until one of these. The control lock must not be held. */
enum connection_talk connection_talk(struct session *s, unsigned number);

/* number 0: the current one. False: there is none. */
bool connection_get(struct session *s, unsigned number, struct connection *out);
void connection_close(struct session *s, unsigned number);
void connections_close(struct session *s);

#endif
