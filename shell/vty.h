/*
 * The vty lines: one thread each, whatever carries it: the local socket (mode 0600, in the state directory; only the
 * router's own user and root are let in), telnet or SSH. Telnet and the local socket are accepted here; the SSH server
 * (ssh_server.h) brings its channels through vty_take().
 *
 * Remote ends get the first free line that the configuration has and whose `transport input` lets them in; local ones
 * any of the 16. What the configuration changes (transport, access-class, host key) is looked at again when
 * vty_services_changed() is called.
 *
 * A terminal that does not read holds up its own session alone: what it does not take within VTY_STALL_MS is dropped
 * and counted (struct line_info), and nothing more is kept for it than VTY_OUTPUT_OCTETS.
 */
#ifndef SHELL_VTY_H
#define SHELL_VTY_H

#include "shell/lines.h"
#include "shell/session.h"

#define VTY_LINES         LINES_VTY
#define VTY_STALL_MS      5000
#define VTY_OUTPUT_OCTETS (256 * 1024)

struct vty;
struct vty_line;

/*
 * Listens on `state_dir`/vty.sock, and on telnet's port when a line takes it. The shell must outlive it; state_dir is
 * copied. On failure returns NULL and writes one line for the user into error ("another router runs in ...").
 */
struct vty *vty_start(struct shell *sh, const char *state_dir, char *error, size_t error_size);
/* Ends every session, waits for their threads and removes the socket. The control lock must not be held. */
void vty_stop(struct vty *v);
/* How many lines are in use. */
unsigned vty_sessions(struct vty *v);
/* The running-config changed. Does not wait; the control lock may be held. */
void vty_services_changed(struct vty *v);

/* Who comes in on a connection that the caller accepted and, for SSH, authenticated. */
struct vty_client {
	enum line_end end;
	struct ip_addr from;
	const char *user;   /* authenticated already, or NULL: the line asks */
	unsigned privilege; /* with user */
	const char
		*command; /* an SSH exec channel: this line is run, its output is all that is sent; NULL: a terminal */
	unsigned rows, columns;    /* 0: unknown */
	const char *cipher, *hmac; /* for `show ssh`, or NULL */
};

/*
 * Gives the stream socket fd a line and a thread; bytes on it are what is typed and what is shown. fd is the line's
 * from then on: it is closed when the session ends. NULL: no line takes it (fd stays the caller's);
 * errno is what was lacked, 0: nothing but a line.
 */
struct vty_line *vty_take(struct vty *v, int fd, const struct vty_client *c);
/* The terminal's size changed. */
void vty_resize(struct vty_line *l, unsigned rows, unsigned columns);
/* After fd's other end read its end of file: the exit status (0; 1: a command was rejected). l is gone then. */
int vty_finish(struct vty_line *l);

#endif
