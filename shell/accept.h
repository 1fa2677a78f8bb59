/*
 * Connections taken from a port or the local socket, when the router has no descriptors or memory for them. They wait where the
 * kernel keeps them; it is said, once a minute at most, and whoever accepts rests in between, since poll(2) would not.
 */
#ifndef SHELL_ACCEPT_H
#define SHELL_ACCEPT_H

#include "base/log.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct accepter {
	struct logger *log;
	const char *facility;     /* of what it says: TTY, SSH */
	int wake;                 /* ends the rest as it is readable */
	_Atomic uint64_t told_ms; /* when it was said last, 0: never */
	uint64_t again_ms;        /* when a port that is missing is tried again, 0: none is missing */
};

/* The ports were tried: one cannot be had and is tried again later, or (false) none is missing. */
void accept_missing(struct accepter *a, bool missing);
/* It is time to try again, whoever came meanwhile. */
bool accept_due(const struct accepter *a);
/*
 * poll(2) of all these, for ever or, when a port is missing, until it is to be tried again. Where that fails it rests, and sees to
 * the first alone, by which the thread is told.
 */
int accept_wait(const struct accepter *a, struct pollfd *p, unsigned count);
/* A descriptor, or -1. flags: of accept4(2). */
int accept_from(struct accepter *a, int listener, int flags, struct sockaddr_storage *peer);
/* What a connection that was accepted needs could not be had, says errno. Other reasons are passed over. Any thread. */
void accept_failed(struct accepter *a, int error);

#endif
