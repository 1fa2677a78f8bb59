/*
 * Inside the vty lines: one connection on its seat, for the files that make it up (vty.c accepts, vty_line.c gives it a
 * line and a thread, local.c, vty_telnet.c and vty_pipe.c speak what its wire speaks).
 */
#ifndef SHELL_VTY_INT_H
#define SHELL_VTY_INT_H

#include "shell/accept.h"
#include "shell/input.h"
#include "shell/outlet.h"
#include "shell/vty.h"

#include <pthread.h>

#define VTY_PIECE 4096 /* octets of text that a transport is given at once, at most */

struct vty {
	struct shell *shell;
	char path[108];              /* of the socket, "" while it is not there */
	int local, telnet4, telnet6; /* listeners, or -1 */
	int stop, changed;           /* eventfds */
	struct accepter accepter;
	bool told_telnet; /* that its port cannot be had */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* the control lock may not be taken while it is held */
	pthread_cond_t idle;
	unsigned used;
	struct vty_line *lines[VTY_LINES];
};

struct vty_line {
	struct vty *vty; /* until the thread has left its line */
	unsigned number, tty;
	enum line_end end;
	struct ip_addr from;
	char user[ACCESS_NAME_SIZE]; /* authenticated before, or "" */
	unsigned privilege;
	char *command;  /* to be run in place of a terminal, or NULL */
	int fd, hangup; /* hangup: an eventfd, readable when the line is to close */
	bool waits;     /* for its user's login; under the lock of struct vty */
	int code;

	/* of its thread */
	struct outlet out;
	struct input *input;
	struct session *session;
	bool late;                                                        /* nobody typed in time */
	void *transport;                                                  /* its own */
	void (*put)(struct vty_line *l, const char *text, size_t octets); /* the transport's: VTY_PIECE at most */

	pthread_mutex_t lock; /* of what follows */
	unsigned rows, columns;
	bool resized;
	pthread_cond_t gone;
	bool over; /* the thread has ended but for this */
};

/* --- vty_line.c ---- */

/* Which lines a connection may have, by number. */
struct vty_choice {
	bool takes[VTY_LINES];   /* configured, and its transport is let in */
	bool permits[VTY_LINES]; /* its access-class does not refuse the source */
	bool asks[VTY_LINES];    /* for a login */
};
/* Gives the connection a line and a thread. NULL: there is none; errno is what it lacked, 0: nothing but a line. */
struct vty_line *vty_line_begin(struct vty *v, int fd, const struct vty_client *c, const struct vty_choice *choice);
/* For vty_stop(): ends all and waits for their threads. */
void vty_lines_end(struct vty *v);

/* Makes the session of a line whose input and put are there; what comes from the terminal is the input's. */
bool vty_line_open(struct vty_line *l, int (*read)(void *ctx), bool lines);
int vty_line_key(void *ctx);
/* The login, then commands until the session ends. */
void vty_line_run(struct vty_line *l);
/* Ends the session and its input, before what they call goes away. */
void vty_line_close(struct vty_line *l);
void vty_line_resize(struct vty_line *l, unsigned rows, unsigned columns);

/* --- the transports, each on the line's thread ---- */
void vty_local_serve(struct vty_line *l);
void vty_telnet_serve(struct vty_line *l);
void vty_pipe_serve(struct vty_line *l);

#endif
