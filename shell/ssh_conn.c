/*
 * One SSH connection from its socket to its end. libssh works in callbacks out of ssh_event_dopoll(); this loop decides
 * when that is called. While the client does not take what it is sent, nothing is read from it either, so that its
 * requests cannot make libssh's output grow.
 */
#include "shell/ssh_int.h"

#include "base/clock.h"
#include "base/wipe.h"
#include "shell/edit.h"
#include "shell/scp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS 3000 /* for the client to close what we closed */

/* --- ip ssh logging events ---- */

#define SECURED "using crypto cipher '%s', hmac '%s'"

static void log_session(const struct ssh_conn *c)
{
	char from[IP_TEXT_SIZE];

	if (c->settings.log_events)
		log_syslog(c->server->shell->log, LOG_SEV_NOTIFICATIONS, "SSH", "SSH2_SESSION",
			   "SSH2 Session request from %s (tty = %u) " SECURED " Succeeded", ip_text(&c->from, from),
			   c->vty_number, c->cipher, c->hmac);
}

void ssh_log_userauth(const struct ssh_conn *c, const char *user, bool success)
{
	char from[IP_TEXT_SIZE], name[ACCESS_NAME_SIZE];

	if (!c->settings.log_events)
		return;
	snprintf(name, sizeof(name), "%s", user);
	for (char *p = name; *p; p++) /* a name may hold anything, a log line what can be printed */
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	log_syslog(c->server->shell->log, LOG_SEV_NOTIFICATIONS, "SSH", "SSH2_USERAUTH",
		   "User '%s' authentication for SSH2 Session from %s (tty = %u) " SECURED " %s", name,
		   ip_text(&c->from, from), c->vty_number, c->cipher, c->hmac, success ? "Succeeded" : "Failed");
}

static void log_close(const struct ssh_conn *c)
{
	char from[IP_TEXT_SIZE];

	if (c->settings.log_events && c->stage > SSH_STAGE_NEW)
		log_syslog(c->server->shell->log, LOG_SEV_NOTIFICATIONS, "SSH", "SSH2_CLOSE",
			   "SSH2 Session from %s (tty = %u) for user '%s' " SECURED " closed", ip_text(&c->from, from),
			   c->vty_number, c->user, c->cipher, c->hmac);
}

/* --- the channel ---- */

/* It came to nothing: the time to get a session goes on. error: what was lacked, as errno has it. */
static bool no_session(struct ssh_conn *c, int error)
{
	accept_failed(&c->server->accepter, error);
	ssh_stage(c, SSH_STAGE_AUTHENTICATED);
	return false;
}

static bool take_line(struct ssh_conn *c, const char *command)
{
	struct vty_client client = {
		.end = LINE_END_SSH,
		.from = c->from,
		.user = c->user,
		.privilege = c->privilege,
		.command = command,
		.rows = c->rows,
		.columns = c->columns,
		.cipher = c->cipher,
		.hmac = c->hmac,
	};
	int pair[2], error;

	if (c->pump.fd >= 0 || !ssh_stage_session(c))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return no_session(c, errno);
	c->pump.line = vty_take(c->server->vty, pair[1], &client);
	if (!c->pump.line) {
		error = errno;
		close(pair[0]);
		close(pair[1]);
		return no_session(c, error);
	}
	c->pump.fd = pair[0];
	return true;
}

static int on_pty(ssh_session session, ssh_channel channel, const char *term, int columns, int rows, int width,
		  int height, void *ctx)
{
	struct ssh_conn *c = ctx;

	(void)session;
	(void)channel;
	(void)term;
	(void)width;
	(void)height;
	if (columns < 0 || rows < 0 || columns > UINT16_MAX || rows > UINT16_MAX)
		return -1;
	c->rows = (unsigned)rows;
	c->columns = (unsigned)columns;
	return 0;
}

static int on_window(ssh_session session, ssh_channel channel, int columns, int rows, int width, int height, void *ctx)
{
	struct ssh_conn *c = ctx;

	if (on_pty(session, channel, NULL, columns, rows, width, height, ctx) != 0)
		return -1;
	if (c->pump.line)
		vty_resize(c->pump.line, c->rows, c->columns);
	return 0;
}

static int on_shell(ssh_session session, ssh_channel channel, void *ctx)
{
	(void)session;
	(void)channel;
	return take_line(ctx, NULL) ? 0 : -1;
}

/* --- SCP: a thread of its own, which waits for files ---- */

static const char *why_not_scp(const struct ssh_conn *c)
{
	if (!c->settings.scp)
		return "Administratively disabled.\n";
	return c->privilege < 15 ? "Privilege denied.\n" : NULL;
}

static void *scp_thread(void *arg)
{
	struct ssh_conn *c = arg;
	const char *no = why_not_scp(c);

	c->scp_status = no ? scp_refuse(c->scp_fd, c->command, no) : scp_serve(c->server->shell, c->scp_fd, c->command);
	close(c->scp_fd);
	return NULL;
}

static bool begin_scp(struct ssh_conn *c, const char *command)
{
	int pair[2], error;

	/* who is only told no has no session, but the rest of the time to get one */
	if (c->pump.fd >= 0 || (!why_not_scp(c) && !ssh_stage_session(c)))
		return false;
	free(c->command);
	if (!(c->command = strdup(command)) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return no_session(c, errno);
	c->scp_fd = pair[1];
	error = pthread_create(&c->scp_thread, NULL, scp_thread, c);
	if (error) {
		close(pair[0]);
		close(pair[1]);
		return no_session(c, error);
	}
	c->pump.fd = pair[0];
	return true;
}

static int on_exec(ssh_session session, ssh_channel channel, const char *command, void *ctx)
{
	(void)session;
	(void)channel;
	if (strlen(command) >= EDIT_SIZE) /* no line is longer, whoever types it */
		return -1;
	return (scp_is(command) ? begin_scp(ctx, command) : take_line(ctx, command)) ? 0 : -1;
}

static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t octets, int is_stderr, void *ctx)
{
	struct ssh_conn *c = ctx;

	(void)session;
	(void)channel;
	if (is_stderr)
		return (int)octets;
	return (int)ssh_pump_take(&c->pump, data, octets);
}

static void on_eof(ssh_session session, ssh_channel channel, void *ctx)
{
	struct ssh_conn *c = ctx;

	(void)session;
	(void)channel;
	c->pump.client_eof = true;
}

static void on_close(ssh_session session, ssh_channel channel, void *ctx)
{
	on_eof(session, channel, ctx);
	((struct ssh_conn *)ctx)->done = true;
}

/* One channel for a connection, as IOS has one line for it. */
static ssh_channel on_open(ssh_session session, void *ctx)
{
	struct ssh_conn *c = ctx;

	if (!c->authenticated || c->pump.channel || !(c->pump.channel = ssh_channel_new(session)))
		return NULL;
	c->channel_callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = c,
		.channel_data_function = on_data,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
		.channel_pty_request_function = on_pty,
		.channel_shell_request_function = on_shell,
		.channel_exec_request_function = on_exec,
		.channel_pty_window_change_function = on_window,
	};
	ssh_callbacks_init(&c->channel_callbacks);
	ssh_set_channel_callbacks(c->pump.channel, &c->channel_callbacks);
	return c->pump.channel;
}

/* --- the session ---- */

static ssh_key host_key(const struct ssh_conn *c)
{
	char *pem = rsa_keys_private(c->server->shell->state_dir, c->settings.key_name);
	ssh_key key = NULL;

	if (pem) {
		if (ssh_pki_import_privkey_base64(pem, NULL, NULL, NULL, &key) != SSH_OK)
			key = NULL;
		wipe(pem, strlen(pem));
	}
	free(pem);
	return key;
}

/* Those of libssh's own lists, and what clients of IOS's time need. */
static const char key_exchanges[] = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
				    "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group18-sha512,"
				    "diffie-hellman-group16-sha512,diffie-hellman-group14-sha256,"
				    "diffie-hellman-group14-sha1";
static const char key_exchanges_4096[] = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
					 "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group18-sha512,"
					 "diffie-hellman-group16-sha512";
static const char ciphers[] = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
			      "aes256-ctr,aes192-ctr,aes128-ctr,aes256-cbc,aes192-cbc,aes128-cbc";
static const char hmacs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,"
			    "hmac-sha1";
static const char rsa_signatures[] = "rsa-sha2-512,rsa-sha2-256,ssh-rsa";

static bool set_options(ssh_bind b, const struct ssh_conn *c)
{
	const char *kex = c->settings.dh_bits > 2048 ? key_exchanges_4096 : key_exchanges;
	bool no = false;
	int least = RSA_BITS_LEAST_SSH;

	return ssh_bind_options_set(b, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &least) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_BANNER, "mainmode") == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_KEY_EXCHANGE, kex) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_CIPHERS_C_S, ciphers) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_CIPHERS_S_C, ciphers) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_HMAC_C_S, hmacs) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_HMAC_S_C, hmacs) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, rsa_signatures) == 0 &&
	       ssh_bind_options_set(b, SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, rsa_signatures) == 0;
}

/* The socket is libssh's when this is true. */
static bool open_session(struct ssh_conn *c)
{
	ssh_bind b = ssh_bind_new();
	ssh_key key = NULL;
	bool ok = false;

	c->session = ssh_new();
	if (!b || !c->session || !set_options(b, c) || !(key = host_key(c)))
		goto out;
	/* b owns the key when it took it */
	if (ssh_bind_options_set(b, SSH_BIND_OPTIONS_IMPORT_KEY, key) != 0)
		goto out;
	key = NULL;
	ok = ssh_bind_accept_fd(b, c->session, c->fd) == SSH_OK;
	if (ssh_get_fd(c->session) == c->fd)
		c->fd = -1;
	if (ok) {
		ssh_options_set(c->session, SSH_OPTIONS_COMPRESSION, "no");
		ssh_set_blocking(c->session, 0);
	}
out:
	ssh_key_free(key);
	if (b)
		ssh_bind_free(b);
	return ok;
}

static bool alive(const struct ssh_conn *c)
{
	return !(ssh_get_status(c->session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) && ssh_get_fd(c->session) >= 0;
}

static bool write_pending(const struct ssh_conn *c)
{
	return ssh_get_status(c->session) & SSH_WRITE_PENDING;
}

/* Waits for the client, the line or the deadline and does what there is to do. False: it is over. */
static bool step(struct ssh_conn *c, ssh_event event, uint64_t deadline_ms)
{
	bool pending = write_pending(c);
	struct pollfd p[] = {
		{ c->stop, POLLIN, 0 },
		{ ssh_get_fd(c->session), pending ? POLLOUT : POLLIN, 0 },
		{ c->pump.fd, ssh_pump_events(&c->pump, !pending), 0 },
	};
	uint64_t now = clock_ms();
	int wait = -1;

	if (deadline_ms)
		wait = deadline_ms <= now ? 0 : (int)(deadline_ms - now);
	if (!p[2].events)
		p[2].fd = -1;
	if (poll(p, 3, wait) < 0)
		return errno == EINTR;
	if (p[0].revents || (deadline_ms && clock_ms() >= deadline_ms))
		return false;
	if (p[1].revents && ssh_event_dopoll(event, 0) == SSH_ERROR)
		return false;
	if (!alive(c) || c->pump.flooded)
		return false;
	ssh_pump_move(&c->pump, !write_pending(c));
	return true;
}

/* What is on its way out leaves, and the client has a moment to close its side: then nothing of it is lost. */
static void linger(struct ssh_conn *c, ssh_event event)
{
	uint64_t deadline = clock_ms() + LINGER_MS;

	while (alive(c) && step(c, event, deadline))
		;
}

static void send_exit(struct ssh_conn *c, int status)
{
	ssh_channel channel = c->pump.channel;

	if (!alive(c) || !ssh_channel_is_open(channel))
		return;
	ssh_channel_request_send_exit_status(channel, status);
	ssh_channel_send_eof(channel);
	ssh_channel_close(channel);
}

/* The line ends with its socket; it may be in a command that does not end at once. */
static void end_line(struct ssh_conn *c)
{
	struct ssh_pump *p = &c->pump;
	int status;

	if (p->fd < 0)
		return;
	shutdown(p->fd, SHUT_WR);
	while (!p->line_eof) {
		ssize_t n = recv(p->fd, p->out, sizeof(p->out), 0);

		p->line_eof = n == 0 || (n < 0 && errno != EINTR);
	}
	if (p->line) {
		status = vty_finish(p->line);
	} else {
		pthread_join(c->scp_thread, NULL);
		status = c->scp_status;
	}
	close(p->fd);
	p->fd = -1;
	p->line = NULL;
	send_exit(c, status);
}

/* The names are kept: libssh forgets them with the connection. */
static void keyed(struct ssh_conn *c)
{
	snprintf(c->cipher, sizeof(c->cipher), "%s", ssh_get_cipher_in(c->session));
	snprintf(c->hmac, sizeof(c->hmac), "%s", ssh_get_hmac_in(c->session));
	ssh_stage(c, SSH_STAGE_KEYED);
	log_session(c);
}

static void serve(struct ssh_conn *c, ssh_event event)
{
	uint64_t deadline = c->since_ms + c->settings.timeout_s * UINT64_C(1000);
	bool on = true;

	while (on && !c->done && !ssh_pump_over(&c->pump)) {
		on = step(c, event, c->stage == SSH_STAGE_SESSION ? 0 : deadline);
		if (c->stage == SSH_STAGE_NEW && ssh_get_kex_algo(c->session))
			keyed(c);
	}
	end_line(c);
	if (on)
		linger(c, event);
	log_close(c);
}

void ssh_conn_run(struct ssh_conn *c)
{
	ssh_event event = NULL;

	ssh_pump_init(&c->pump);
	if (!open_session(c) || !(event = ssh_event_new()))
		goto out;
	c->callbacks.userdata = c;
	c->callbacks.channel_open_request_session_function = on_open;
	ssh_auth_begin(c);
	ssh_callbacks_init(&c->callbacks);
	ssh_set_server_callbacks(c->session, &c->callbacks);
	if (ssh_handle_key_exchange(c->session) == SSH_ERROR || ssh_event_add_session(event, c->session) != SSH_OK)
		goto out;
	serve(c, event);
out:
	if (event) {
		ssh_event_remove_session(event, c->session);
		ssh_event_free(event);
	}
	ssh_free(c->session);
}
