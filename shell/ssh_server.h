/*
 * The SSH server: TCP 22 of the router's namespace, IPv4 and IPv6, open only while there is a host key of 768 bits or
 * more and a vty line takes SSH. Version 2 of the protocol only. A connection is a thread; who has logged in gets a
 * line by vty_take() (a shell, or one command), or speaks SCP with the router's files.
 *
 * Connections that have no session yet are bounded, all together and for each source, and in time (`ip ssh time-out`):
 * one more costs the one that has done least, before anything is computed for either.
 */
#ifndef SHELL_SSH_SERVER_H
#define SHELL_SSH_SERVER_H

#include "shell/session.h"
#include "shell/vty.h"

#define SSH_PORT 22

struct ssh_server;

/* sh and v must outlive it. NULL when out of memory. */
struct ssh_server *ssh_server_start(struct shell *sh, struct vty *v);
/* Ends every connection and waits for their threads. The control lock must not be held. */
void ssh_server_stop(struct ssh_server *s);
/* The running-config or the host key changed. Does not wait; the control lock may be held. */
void ssh_server_changed(struct ssh_server *s);

/* "2.0" or, nothing being configured, "1.99". */
static inline const char *ssh_version_text(unsigned version)
{
	return version == 2 ? "2.0" : "1.99";
}

#endif
