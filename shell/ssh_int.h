/*
 * Inside the SSH server. ssh_server.c listens and admits, ssh_conn.c is the thread of a connection, ssh_auth.c its
 * logins, ssh_pump.c what moves octets between the channel and the line. One connection belongs to its thread; what
 * others see of it (stage, fd, since) is guarded by the server's lock.
 */
#ifndef SHELL_SSH_INT_H
#define SHELL_SSH_INT_H

#include "shell/ssh_server.h"

#include "config/access.h"
#include "shell/accept.h"
#include "shell/rsa_keys.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <pthread.h>

#define SSH_HALF_OPEN_MOST   32 /* without a session, all together */
#define SSH_HALF_OPEN_SOURCE 16 /* of one address, of one /64: as many as there are lines */
#define SSH_CONNECTIONS_MOST (VTY_LINES + SSH_HALF_OPEN_MOST)
#define SSH_FAMILIES         2
#define SSH_CHUNK            16384
#define SSH_INPUT_MOST       (2 * 1024 * 1024) /* more than libssh's window: who sends that much disregards it */
#define SSH_REQUESTS_MOST    64                /* of authentication, that are no try: keys asked about, methods */

/* What it has done so far; who has done least goes first. */
enum ssh_stage { SSH_STAGE_NEW, SSH_STAGE_KEYED, SSH_STAGE_AUTHENTICATED, SSH_STAGE_SESSION };

/* What a connection needs of the running-config, as it was when it came. */
struct ssh_settings {
	char key_name[RSA_NAME_SIZE];
	unsigned timeout_s, retries, dh_bits;
	bool by_users; /* the line asks for a name; else, as on IOS, nobody comes in by SSH */
	bool log_events;
	bool scp;
	char *banner; /* `banner login`, or NULL */
};

struct ssh_pump {
	ssh_channel channel;
	int fd;                /* our end of the pair, nonblocking; -1: there is none */
	struct vty_line *line; /* whose the other end is, or NULL: SCP's */
	size_t left;           /* what the client sent and libssh still keeps */
	char in[SSH_CHUNK];    /* read from libssh, for the line */
	size_t in_octets;
	char out[SSH_CHUNK]; /* read from the line, for the client */
	size_t out_at, out_octets;
	bool client_eof, eof_passed; /* the client has no more to say; the line knows */
	bool line_eof;
	bool flooded;
};

struct ssh_conn {
	struct ssh_server *server;
	int fd, stop; /* the socket; an eventfd that ends the connection */
	bool ending;  /* was told to */
	struct ip_addr from;
	enum ssh_stage stage;
	uint64_t since_ms;

	ssh_session session;
	struct ssh_settings settings;
	char user[ACCESS_NAME_SIZE], asked[ACCESS_NAME_SIZE]; /* who is in; whom keyboard-interactive is about */
	unsigned privilege, vty_number;
	char cipher[40], hmac[40];
	unsigned failures, requests;
	bool authenticated, banner_sent;
	bool done;     /* nothing more is wanted of it but what is on its way out */
	char *command; /* `scp ...`, or NULL */
	int scp_fd;    /* SCP's end of the pair; its thread's, which closes it */
	int scp_status;
	pthread_t scp_thread;
	unsigned rows, columns;
	struct ssh_pump pump;
	struct ssh_channel_callbacks_struct channel_callbacks;
	struct ssh_server_callbacks_struct callbacks;
};

struct ssh_server {
	struct shell *shell;
	struct vty *vty;
	int wake;
	bool stopping, running;
	pthread_t thread;
	/* of its thread alone */
	int listeners[SSH_FAMILIES];
	struct accepter accepter;
	bool enabled;
	bool told, told_keys;         /* that a port cannot be had, that keys cannot be read */
	char key_name[RSA_NAME_SIZE]; /* the host key's */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	unsigned used;
	struct ssh_conn *connections[SSH_CONNECTIONS_MOST];
};

void ssh_stage(struct ssh_conn *c, enum ssh_stage stage);
/* It wants a session. False: there are as many as there are lines. */
bool ssh_stage_session(struct ssh_conn *c);

/* The thread's work, from the socket to its end. */
void ssh_conn_run(struct ssh_conn *c);
void ssh_auth_begin(struct ssh_conn *c);
/* `ip ssh logging events`, in IOS's words. */
void ssh_log_userauth(const struct ssh_conn *c, const char *user, bool success);

void ssh_pump_init(struct ssh_pump *p);
/* Data of the channel: how much of it was taken. */
size_t ssh_pump_take(struct ssh_pump *p, const char *bytes, size_t octets);
/* What to wait for on fd; may_write: the client's socket takes more. */
short ssh_pump_events(const struct ssh_pump *p, bool may_write);
/* Moves what can be moved. */
void ssh_pump_move(struct ssh_pump *p, bool may_write);
/* The line ended and all it said is with libssh. */
bool ssh_pump_over(const struct ssh_pump *p);

#endif
