/* `ssh` from the router: libssh's client side on a line of ours. */
#ifndef SHELL_SSH_CLIENT_H
#define SHELL_SSH_CLIENT_H

#include "shell/session.h"

struct ssh_target {
	struct ip_addr address, source; /* source: family 0, or an address of the router */
	const char *host;               /* as it was typed */
	uint16_t port;
	const char *user;
	const char *password; /* tried before one is asked for; NULL: none */
	const char *command;  /* NULL: a terminal */
	int stream;           /* a stream socket that the command's input and output go through; 0: the terminal */
};

/* Without the control lock. False: it did not come to a session, or its stream broke; it was said why. */
bool ssh_client_run(struct session *s, const struct ssh_target *t);

#endif
