/*
 * The vty lines: sessions over the local socket, one thread each. The socket (mode 0600) is in the state directory;
 * only the router's own user and root are let in.
 */
#ifndef SHELL_VTY_H
#define SHELL_VTY_H

#include "shell/session.h"

#define VTY_LINES 16

struct vty;

/*
 * Listens on `state_dir`/vty.sock. The shell must outlive it; state_dir is copied. On failure returns NULL and writes
 * one line for the user into error ("another router runs in /var/lib/mainmode").
 */
struct vty *vty_start(struct shell *sh, const char *state_dir, char *error, size_t error_size);
/* Ends every session, waits for their threads and removes the socket. The control lock must not be held. */
void vty_stop(struct vty *v);
/* How many lines are in use. */
unsigned vty_sessions(struct vty *v);

#endif
