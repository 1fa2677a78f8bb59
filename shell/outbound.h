/*
 * A session that is connected to another host, for telnet and ssh: what is typed goes there and what comes is shown, until
 * the far end closes or the user types the escape sequence (Ctrl-^, then x). All of it runs without the control lock.
 */
#ifndef SHELL_OUTBOUND_H
#define SHELL_OUTBOUND_H

#include "shell/session.h"

#include <sys/types.h>

/*
 * Connects, in the router's namespace; source: family 0 or an address of the router. NULL: *fd is a nonblocking socket; else
 * IOS's words for why not, "" when the user gave up.
 */
const char *outbound_connect(struct session *s, const struct ip_addr *to, uint16_t port, const struct ip_addr *source,
			     int *fd);

enum outbound_wait { OUTBOUND_READY, OUTBOUND_INTERRUPTED, OUTBOUND_LATE };
/* Until fd is readable or, for_output, takes output; Ctrl-^ and Ctrl-C interrupt, other keys are lost. */
enum outbound_wait outbound_wait(struct session *s, int fd, bool for_output, int timeout_ms);

struct outbound {
	void *ctx;
	int fd; /* readable: take() has something to do */
	/* One key. False: the far end is gone. */
	bool (*key)(void *ctx, unsigned char key);
	/* What came, as it is to be shown; 0: nothing more just now, -1: the far end closed. */
	ssize_t (*take)(void *ctx, char *text, size_t size);
};

enum outbound_end { OUTBOUND_CLOSED, OUTBOUND_ESCAPED, OUTBOUND_HUNG_UP };
/* host: for `show users`. */
enum outbound_end outbound_run(struct session *s, const struct outbound *o, const char *host);

#endif
