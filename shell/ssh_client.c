/*
 * libssh's calls are repeated while they say that they would wait; what waits is outbound_wait(), which the user can
 * interrupt. Any of them may take from the socket what another one is for: looking for one stream brings data of the
 * other, and then there is nothing on the socket to wake anybody. So libssh tells of data (on_data()), and the socket is
 * waited for only after both streams were empty and nothing came since.
 *
 * The far end's host key is taken as it is, as IOS does, unless `ip ssh stricthostkeycheck` is configured or the
 * pubkey-chain has the server: then it must be one of the chain's.
 */
#include "shell/ssh_client.h"

#include "base/wipe.h"
#include "config/access.h"
#include "shell/outbound.h"
#include "shell/ssh_key_text.h"

#include <errno.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP_MS      30000 /* the far end's longest silence before a session is there */
#define PROMPTS      3     /* passwords */
#define QUESTIONS    32    /* keyboard-interactive's rounds */
#define PASSWORD_MAX 256

struct client {
	struct session *shell_session;
	const struct ssh_target *target;
	ssh_session ssh;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct callbacks;
	bool came;            /* data, into libssh's buffers */
	bool given;           /* libssh has the socket, and closes it when the far end does */
	bool cr;              /* the last octet shown was a CR */
	const char *password; /* of the target, not tried yet */
};

static bool wait_for_socket(struct client *c)
{
	bool output = ssh_get_poll_flags(c->ssh) & SSH_WRITE_PENDING;

	return outbound_wait(c->shell_session, ssh_get_fd(c->ssh), output, STEP_MS) == OUTBOUND_READY;
}

/* rc is what a call returned. True: call it again. */
static bool again(struct client *c, int rc)
{
	return rc == SSH_AGAIN && wait_for_socket(c);
}

/* --- the host key ---- */

static bool key_trusted(struct client *c, const char hash[SSH_KEY_HASH_SIZE])
{
	struct shell *sh = session_shell(c->shell_session);
	const struct config_access *a = &sh->config->access;
	bool known = false, right = false, strict;
	const struct ssh_pubkey *k;

	shell_lock(sh);
	strict = a->ssh_strict;
	TAILQ_FOREACH (k, &a->ssh_keys, link) {
		if (!k->server || strcmp(k->owner, c->target->host) != 0)
			continue;
		known = true;
		right |= equal_const_time(k->hash, hash, SSH_KEY_HASH_SIZE);
	}
	shell_unlock(sh);
	return right || (!known && !strict);
}

static bool check_host_key(struct client *c)
{
	char hash[SSH_KEY_HASH_SIZE];
	unsigned char *md5 = NULL;
	ssh_key key = NULL;
	size_t octets = 0;
	bool ok = false;

	if (ssh_get_server_publickey(c->ssh, &key) == SSH_OK &&
	    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_MD5, &md5, &octets) == 0 && octets == 16) {
		ssh_key_hash_text(md5, hash);
		ok = key_trusted(c, hash);
	}
	ssh_clean_pubkey_hash(&md5);
	ssh_key_free(key);
	if (!ok)
		session_line(c->shell_session, "%% Host key verification failed");
	return ok;
}

/* --- logging in ---- */

static bool ask(struct client *c, const char *prompt, bool secret, char answer[PASSWORD_MAX])
{
	if (secret && c->password && strlen(c->password) < PASSWORD_MAX) {
		strcpy(answer, c->password);
		c->password = NULL;
		return true;
	}
	return session_ask(c->shell_session, prompt, secret, answer, PASSWORD_MAX);
}

static int by_password(struct client *c)
{
	char password[PASSWORD_MAX] = "";
	int rc;

	if (!ask(c, "Password: ", true, password))
		return SSH_AUTH_ERROR;
	while (again(c, (rc = ssh_userauth_password(c->ssh, NULL, password)) == SSH_AUTH_AGAIN ? SSH_AGAIN : SSH_OK))
		;
	wipe(password, sizeof(password));
	return rc;
}

static int answer_prompts(struct client *c)
{
	int count = ssh_userauth_kbdint_getnprompts(c->ssh);
	char answer[PASSWORD_MAX] = "", echo = 0;
	int rc = SSH_OK;

	for (int i = 0; i < count && rc == SSH_OK; i++) {
		const char *prompt = ssh_userauth_kbdint_getprompt(c->ssh, (unsigned)i, &echo);

		rc = prompt && ask(c, prompt, !echo, answer) &&
				     ssh_userauth_kbdint_setanswer(c->ssh, (unsigned)i, answer) == 0
			     ? SSH_OK
			     : SSH_ERROR;
	}
	wipe(answer, sizeof(answer));
	return rc;
}

static int by_dialog(struct client *c)
{
	int rc = SSH_AUTH_INFO;

	for (unsigned i = 0; i < QUESTIONS && rc == SSH_AUTH_INFO; i++) {
		while (again(c, (rc = ssh_userauth_kbdint(c->ssh, NULL, NULL)) == SSH_AUTH_AGAIN ? SSH_AGAIN : SSH_OK))
			;
		if (rc == SSH_AUTH_INFO && answer_prompts(c) != SSH_OK)
			return SSH_AUTH_ERROR;
	}
	return rc == SSH_AUTH_INFO ? SSH_AUTH_ERROR : rc;
}

static void show_banner(struct client *c)
{
	char *text = ssh_get_issue_banner(c->ssh);

	if (text)
		session_line(c->shell_session, "%s", text);
	ssh_string_free_char(text);
}

static bool log_in(struct client *c)
{
	int rc, methods;

	while (again(c, (rc = ssh_userauth_none(c->ssh, NULL)) == SSH_AUTH_AGAIN ? SSH_AGAIN : SSH_OK))
		;
	show_banner(c);
	methods = ssh_userauth_list(c->ssh, NULL);
	for (unsigned i = 0; i < PROMPTS && rc != SSH_AUTH_SUCCESS && rc != SSH_AUTH_ERROR; i++) {
		if (methods & (int)SSH_AUTH_METHOD_PASSWORD)
			rc = by_password(c);
		else if (methods & (int)SSH_AUTH_METHOD_INTERACTIVE)
			rc = by_dialog(c);
		else
			break;
	}
	if (rc != SSH_AUTH_SUCCESS)
		session_line(c->shell_session, "%% Authentication failed.");
	return rc == SSH_AUTH_SUCCESS;
}

/* --- the session ---- */

/* It stays in libssh's buffer. */
static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t octets, int is_stderr, void *ctx)
{
	(void)session;
	(void)channel;
	(void)data;
	(void)octets;
	(void)is_stderr;
	((struct client *)ctx)->came = true;
	return 0;
}

static bool open_channel(struct client *c)
{
	const struct session_terminal *t = session_terminal(c->shell_session);
	int columns = t->width ? (int)t->width : 80, rows = t->length ? (int)t->length : 24, rc;

	if (!(c->channel = ssh_channel_new(c->ssh)))
		return false;
	c->callbacks.userdata = c;
	c->callbacks.channel_data_function = on_data;
	ssh_callbacks_init(&c->callbacks);
	ssh_set_channel_callbacks(c->channel, &c->callbacks);
	while (again(c, rc = ssh_channel_open_session(c->channel)))
		;
	if (rc == SSH_OK && !c->target->command)
		while (again(c, rc = ssh_channel_request_pty_size(c->channel, "vt100", columns, rows)))
			;
	if (rc == SSH_OK && c->target->command)
		while (again(c, rc = ssh_channel_request_exec(c->channel, c->target->command)))
			;
	else if (rc == SSH_OK)
		while (again(c, rc = ssh_channel_request_shell(c->channel)))
			;
	return rc == SSH_OK;
}

static bool send_key(void *ctx, unsigned char key)
{
	struct client *c = ctx;

	return ssh_channel_is_open(c->channel) && ssh_channel_write(c->channel, &key, 1) >= 0;
}

/* A command's output may have plain line feeds. */
static ssize_t with_cr(struct client *c, char *text, size_t octets, const char *raw)
{
	size_t n = 0;

	for (size_t i = 0; i < octets; i++) {
		if (raw[i] == '\n' && !c->cr)
			text[n++] = '\r';
		c->cr = raw[i] == '\r';
		text[n++] = raw[i];
	}
	return (ssize_t)n;
}

static ssize_t take(void *ctx, char *text, size_t size)
{
	struct client *c = ctx;
	char raw[2048];

	do {
		c->came = false;
		for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
			int n = ssh_channel_read_nonblocking(
				c->channel, raw, (uint32_t)(size / 2 < sizeof(raw) ? size / 2 : sizeof(raw)),
				is_stderr);

			if (n > 0)
				return with_cr(c, text, (size_t)n, raw);
			if (n == SSH_ERROR)
				return -1;
		}
	} while (c->came);
	return ssh_channel_is_eof(c->channel) || ssh_channel_is_closed(c->channel) || !ssh_is_connected(c->ssh) ? -1
														: 0;
}

static void talk(struct client *c)
{
	struct outbound o = { .ctx = c, .fd = ssh_get_fd(c->ssh), .key = send_key, .take = take };
	char host[IP_TEXT_SIZE];
	enum outbound_end end = outbound_run(c->shell_session, &o, ip_text(&c->target->address, host));

	if (c->target->command)
		return;
	session_line(c->shell_session, "%s", "");
	session_line(c->shell_session, "[Connection to %s closed%s]", c->target->host,
		     end == OUTBOUND_CLOSED ? " by foreign host" : "");
}

/* --- a stream in place of the terminal ---- */

/* What came through the channel and the stream has not taken yet. */
struct arrived {
	char bytes[16384];
	size_t at, octets;
};

/*
 * From the channel into the stream, which is never waited for: our end may be sending itself. *more: something moved, or
 * came. False: nothing more will come.
 */
static bool carry_in(struct client *c, struct arrived *a, bool *more)
{
	char said[1024];
	ssize_t w;
	int n;

	c->came = false;
	if (!a->octets) {
		n = ssh_channel_read_nonblocking(c->channel, a->bytes, sizeof(a->bytes), 0);
		a->at = 0;
		a->octets = n > 0 ? (size_t)n : 0;
	}
	if (a->octets) {
		w = send(c->target->stream, a->bytes + a->at, a->octets, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		*more |= w > 0;
		a->at += w > 0 ? (size_t)w : 0;
		a->octets -= w > 0 ? (size_t)w : 0;
	}
	n = ssh_channel_read_nonblocking(c->channel, said, sizeof(said), 1);
	if (n > 0)
		session_text(c->shell_session, "%.*s", n, said);
	*more |= n > 0 || c->came;
	return a->octets || *more ||
	       (n != SSH_ERROR && !ssh_channel_is_eof(c->channel) && !ssh_channel_is_closed(c->channel) &&
		ssh_is_connected(c->ssh));
}

/* From the stream into the channel, as much as its window takes. False: the stream has ended. */
static bool carry_out(struct client *c, char *buf, size_t size)
{
	uint32_t window = ssh_channel_window_size(c->channel);
	ssize_t n = recv(c->target->stream, buf, window < size ? window : size, MSG_DONTWAIT);

	for (int at = 0; at < n;) {
		int w = ssh_channel_write(c->channel, buf + at, (uint32_t)(n - at));

		if (w < 0)
			return false;
		at += w;
		if (at < n && !wait_for_socket(c)) /* it may change its keys */
			return false;
	}
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Until our end of the stream is done, or the far end is; the user can interrupt it. */
static bool carry(struct client *c)
{
	struct arrived arrived = { .octets = 0 };
	bool in = true, out = true;
	char buf[16384];

	while (out) {
		struct pollfd fds[3] = { { ssh_get_fd(c->ssh), POLLIN, 0 },
					 { c->target->stream, 0, 0 },
					 { session_interrupt_fd(c->shell_session), POLLIN, 0 } };
		bool more = false;
		int n;

		if (in && !carry_in(c, &arrived, &more)) {
			in = false;
			shutdown(c->target->stream, SHUT_WR);
		}
		if (ssh_get_poll_flags(c->ssh) & SSH_WRITE_PENDING)
			fds[0].events |= POLLOUT;
		fds[0].fd = in ? fds[0].fd : -1;
		if (!in || ssh_channel_window_size(c->channel))
			fds[1].events = POLLIN;
		if (in && arrived.octets)
			fds[1].events |= POLLOUT;
		if (!fds[1].events) /* its end would be told all the same */
			fds[1].fd = -1;
		n = poll(fds, 3, more ? 0 : STEP_MS);
		if (n < 0 || (n == 0 && !more) || fds[2].revents)
			return false;
		if ((fds[1].events & POLLIN) && (fds[1].revents & ~POLLOUT))
			out = carry_out(c, buf, sizeof(buf));
	}
	ssh_channel_send_eof(c->channel);
	return true;
}

static bool set_options(struct client *c, int fd)
{
	static const char kex[] =
		"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
		"ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256,"
		"diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha256";
	static const char keys[] =
		"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
		"rsa-sha2-256,ssh-rsa";
	static const char ciphers[] = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
				      "aes256-ctr,aes192-ctr,aes128-ctr,aes256-cbc,aes192-cbc,aes128-cbc";
	static const char hmacs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,"
				    "hmac-sha2-512,hmac-sha1";
	ssh_session s = c->ssh;
	unsigned port = c->target->port;
	bool no = false;
	int least = 768;

	return ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_HOST, c->target->host) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_PORT, &port) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_USER, c->target->user) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_KEY_EXCHANGE, kex) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_HOSTKEYS, keys) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_CIPHERS_C_S, ciphers) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_CIPHERS_S_C, ciphers) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_HMAC_C_S, hmacs) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_HMAC_S_C, hmacs) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_COMPRESSION, "no") == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_RSA_MIN_SIZE, &least) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_FD, &fd) == 0;
}

static bool establish(struct client *c, int fd)
{
	int rc;

	if (!set_options(c, fd))
		return false;
	c->given = true;
	ssh_set_blocking(c->ssh, 0);
	while (again(c, rc = ssh_connect(c->ssh)))
		;
	if (rc != SSH_OK) {
		session_line(c->shell_session, "[Connection to %s aborted: error status 0]", c->target->host);
		return false;
	}
	return check_host_key(c) && log_in(c) && open_channel(c);
}

bool ssh_client_run(struct session *s, const struct ssh_target *t)
{
	struct client c = { .shell_session = s, .target = t, .password = t->password };
	int fd;
	const char *why = outbound_connect(s, &t->address, t->port, &t->source, &fd);
	bool ok = false, ours;

	if (why) {
		if (*why)
			session_line(s, "%s", why);
		return false;
	}
	if (!(c.ssh = ssh_new())) {
		close(fd);
		return false;
	}
	if ((ok = establish(&c, fd)) && t->stream)
		ok = carry(&c);
	else if (ok)
		talk(&c);
	ours = !c.given || ssh_get_fd(c.ssh) == fd;
	ssh_disconnect(c.ssh);
	ssh_free(c.ssh);
	if (ours) /* libssh does not close one that was given to it */
		close(fd);
	return ok;
}
