/* The SSH server's ports, and who is let in through them. */
#include "config.h" /* eventfd */

#include "shell/ssh_int.h"

#include "base/clock.h"
#include "shell/aaa.h"
#include "shell/fd.h"
#include "shell/thread.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BACKLOG    64
#define STACK_SIZE (512 * 1024)

void ssh_stage(struct ssh_conn *c, enum ssh_stage stage)
{
	pthread_mutex_lock(&c->server->lock);
	c->stage = stage;
	pthread_mutex_unlock(&c->server->lock);
}

bool ssh_stage_session(struct ssh_conn *c)
{
	struct ssh_server *s = c->server;
	unsigned n = 0;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++)
		n += s->connections[i] && s->connections[i]->stage == SSH_STAGE_SESSION;
	if (n < VTY_LINES)
		c->stage = SSH_STAGE_SESSION;
	pthread_mutex_unlock(&s->lock);
	return n < VTY_LINES;
}

/* The vty lines by whose settings a login from there is checked. NULL: none takes it. Control lock held. */
static const struct line_config *line_for(const struct config *c, const struct ip_addr *from)
{
	const struct line_config *l;
	bool six = from->family == 6;

	TAILQ_FOREACH (l, &c->lines, link) {
		const char *list = six ? l->access_class6[ACL_IN] : l->access_class[ACL_IN];

		if (l->kind != LINE_VTY || !(l->transport_in & LINE_TRANSPORT_SSH) ||
		    (*list && !acl_permits_port(c, six, list, from, 22)))
			continue;
		return l;
	}
	return NULL;
}

/* --- connections ---- */

static void free_connection(struct ssh_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->stop >= 0)
		close(c->stop);
	free(c->settings.banner);
	free(c->command);
	free(c);
}

static void *connection_thread(void *arg)
{
	struct ssh_conn *c = arg;
	struct ssh_server *s = c->server;

	thread_of_user("SSH Process");
	ssh_conn_run(c);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++)
		if (s->connections[i] == c)
			s->connections[i] = NULL;
	free_connection(c);
	s->used--;
	pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int start_thread(struct ssh_conn *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = pthread_create(&thread, &attr, connection_thread, c);
	pthread_attr_destroy(&attr);
	return error;
}

/* An IPv6 host has a whole /64 to come from. */
static bool same_source(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->octets, b->octets, a->family == 6 ? 8 : 4);
}

static unsigned half_open_of(const struct ssh_server *s, const struct ip_addr *from)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++) {
		const struct ssh_conn *c = s->connections[i];

		n += c && !c->ending && c->stage < SSH_STAGE_SESSION && (!from || same_source(&c->from, from));
	}
	return n;
}

/* Of this source, or (NULL) of the source that has most: the one that has done least, the oldest of them. */
static struct ssh_conn *who_goes(const struct ssh_server *s, const struct ip_addr *from)
{
	struct ssh_conn *worst = NULL;
	unsigned worst_count = 0;

	for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++) {
		struct ssh_conn *c = s->connections[i];
		unsigned count;

		if (!c || c->ending || c->stage == SSH_STAGE_SESSION || (from && !same_source(&c->from, from)))
			continue;
		count = half_open_of(s, &c->from);
		if (!worst || count > worst_count ||
		    (count == worst_count &&
		     (c->stage < worst->stage || (c->stage == worst->stage && c->since_ms < worst->since_ms)))) {
			worst = c;
			worst_count = count;
		}
	}
	return worst;
}

static void end_connection(struct ssh_conn *c)
{
	c->ending = true;
	fd_signal(c->stop);
}

/* Room for one more, or NULL: then it is not even told no. Lock held. */
static struct ssh_conn **place_for(struct ssh_server *s, const struct ip_addr *from)
{
	struct ssh_conn *c = NULL;

	if (half_open_of(s, from) >= SSH_HALF_OPEN_SOURCE)
		c = who_goes(s, from);
	else if (half_open_of(s, NULL) >= SSH_HALF_OPEN_MOST)
		c = who_goes(s, NULL);
	if (c)
		end_connection(c);
	for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++)
		if (!s->connections[i])
			return &s->connections[i];
	return NULL;
}

/* False: the source is not let in, or there is nothing to let it into. */
static bool settings_for(struct ssh_server *s, struct ssh_conn *c)
{
	const struct config *config = s->shell->config;
	const struct config_access *a = &config->access;
	const struct line_config *l;

	shell_lock(s->shell);
	l = line_for(config, &c->from);
	c->settings = (struct ssh_settings){
		.timeout_s = a->ssh_timeout_s,
		.retries = a->ssh_retries,
		.dh_bits = a->ssh_dh_bits,
		.scp = a->scp_server,
		.log_events = a->ssh_log_events,
		.by_users = a->new_model || (l && l->login != LINE_LOGIN_PASSWORD),
	};
	c->vty_number = l ? l->first : 0;
	shell_unlock(s->shell);
	if (l)
		c->settings.banner = login_banner(s->shell, BANNER_LOGIN, LINE_VTY, c->vty_number);
	return l;
}

static void admit(struct ssh_server *s, int fd, const struct ip_addr *from)
{
	struct ssh_conn *c = calloc(1, sizeof(*c)), **place;
	int error = 0;

	if (!c) {
		accept_failed(&s->accepter, errno);
		close(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	c->from = *from;
	c->since_ms = clock_ms();
	errno = 0;
	c->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	accept_failed(&s->accepter, errno);
	if (c->stop < 0 || aaa_blocked(s->shell, from) || !settings_for(s, c)) {
		free_connection(c);
		return;
	}
	snprintf(c->settings.key_name, sizeof(c->settings.key_name), "%s", s->key_name);
	pthread_mutex_lock(&s->lock);
	place = place_for(s, from);
	if (place) {
		*place = c;
		s->used++;
		if ((error = start_thread(c)) != 0) {
			*place = NULL;
			s->used--;
			place = NULL;
		}
	}
	pthread_mutex_unlock(&s->lock);
	if (place)
		return;
	accept_failed(&s->accepter, error);
	free_connection(c);
}

/* --- the ports ---- */

static int listen_on(bool six)
{
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	struct ip_addr any = { .family = six ? 6 : 4 };
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&any, SSH_PORT, 0, &ss);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, size) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

/* False: one cannot be had. */
static bool open_ports(struct ssh_server *s)
{
	bool missing = false;
	int e;

	for (unsigned i = 0; i < SSH_FAMILIES; i++) {
		if (s->listeners[i] >= 0)
			continue;
		s->listeners[i] = listen_on(i == 1);
		if (s->listeners[i] >= 0 || (e = errno) == EAFNOSUPPORT)
			continue;
		missing = true;
		if (!s->told)
			log_syslog(s->shell->log, LOG_SEV_ERRORS, "SSH", "NO_PORT", "TCP port %d cannot be opened: %s",
				   SSH_PORT, strerror(e));
		s->told = true;
	}
	s->told &= missing;
	return !missing;
}

static void close_ports(struct ssh_server *s)
{
	for (unsigned i = 0; i < SSH_FAMILIES; i++) {
		if (s->listeners[i] >= 0)
			close(s->listeners[i]);
		s->listeners[i] = -1;
	}
	s->told = false;
}

/* What the configuration and the keys say now. */
static void look_again(struct ssh_server *s)
{
	const struct config_access *a = &s->shell->config->access;
	const struct line_config *l;
	char wanted[RSA_NAME_SIZE], key_name[RSA_NAME_SIZE];
	bool taken = false, missing, enabled;
	unsigned version;
	int found;

	shell_lock(s->shell);
	snprintf(wanted, sizeof(wanted), "%s", a->ssh_keypair);
	version = a->ssh_version;
	TAILQ_FOREACH (l, &s->shell->config->lines, link)
		taken |= l->kind == LINE_VTY && (l->transport_in & LINE_TRANSPORT_SSH);
	shell_unlock(s->shell);
	found = rsa_keys_for_ssh(s->shell->state_dir, wanted, key_name);
	if (found > 0)
		memcpy(s->key_name, key_name, sizeof(s->key_name));
	if (found < 0 && !s->told_keys)
		log_syslog(s->shell->log, LOG_SEV_ERRORS, "SSH", "NO_KEYS", "The keys cannot be read: %s",
			   strerror(-found));
	s->told_keys = found < 0;
	enabled = found < 0 ? s->enabled : found > 0;
	if (enabled != s->enabled)
		log_syslog(s->shell->log, LOG_SEV_NOTIFICATIONS, "SSH", enabled ? "ENABLED" : "DISABLED",
			   "SSH %s has been %s", ssh_version_text(version), enabled ? "enabled" : "disabled");
	s->enabled = enabled;
	missing = found < 0;
	if (enabled && taken)
		missing |= !open_ports(s);
	else
		close_ports(s);
	accept_missing(&s->accepter, missing);
}

static void accept_one(struct ssh_server *s, int listener)
{
	struct sockaddr_storage ss;
	struct ip_addr from;
	uint16_t port;
	int on = 1, fd = accept_from(&s->accepter, listener, SOCK_CLOEXEC | SOCK_NONBLOCK, &ss);

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (ip_from_sockaddr(&ss, &from, &port))
		admit(s, fd, &from);
	else
		close(fd);
}

static void *server_thread(void *arg)
{
	struct ssh_server *s = arg;

	prctl(PR_SET_NAME, "SSH Event"); /* as `show processes cpu` has it */
	while (true) {
		struct pollfd p[1 + SSH_FAMILIES] = { { s->wake, POLLIN, 0 } };
		uint64_t n;
		int ready;

		for (unsigned i = 0; i < SSH_FAMILIES; i++)
			p[1 + i] = (struct pollfd){ s->listeners[i], POLLIN, 0 };
		ready = accept_wait(&s->accepter, p, 1 + SSH_FAMILIES);
		if (accept_due(&s->accepter)) {
			look_again(s);
			continue; /* who came is still there */
		}
		if (ready <= 0)
			continue;
		if (p[0].revents) {
			(void)!read(s->wake, &n, sizeof(n)); /* what was not read comes again */
			pthread_mutex_lock(&s->lock);
			n = s->stopping;
			pthread_mutex_unlock(&s->lock);
			if (n)
				break;
			look_again(s);
			continue; /* a port that was closed just now is not to be accepted from */
		}
		for (unsigned i = 0; i < SSH_FAMILIES; i++)
			if (p[1 + i].revents)
				accept_one(s, s->listeners[i]);
	}
	close_ports(s);
	return NULL;
}

struct ssh_server *ssh_server_start(struct shell *sh, struct vty *v)
{
	struct ssh_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->shell = sh;
	s->vty = v;
	for (unsigned i = 0; i < SSH_FAMILIES; i++)
		s->listeners[i] = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->idle, NULL);
	s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->accepter = (struct accepter){ .log = sh->log, .facility = "SSH", .wake = s->wake };
	if (s->wake >= 0)
		look_again(s);
	s->running = s->wake >= 0 && pthread_create(&s->thread, NULL, server_thread, s) == 0;
	if (s->running)
		return s;
	ssh_server_stop(s);
	return NULL;
}

void ssh_server_changed(struct ssh_server *s)
{
	fd_signal(s->wake);
}

void ssh_server_stop(struct ssh_server *s)
{
	if (!s)
		return;
	if (s->running) {
		pthread_mutex_lock(&s->lock);
		s->stopping = true;
		pthread_mutex_unlock(&s->lock);
		fd_signal(s->wake);
		pthread_join(s->thread, NULL);
		pthread_mutex_lock(&s->lock);
		for (unsigned i = 0; i < SSH_CONNECTIONS_MOST; i++)
			if (s->connections[i])
				end_connection(s->connections[i]);
		while (s->used)
			pthread_cond_wait(&s->idle, &s->lock);
		pthread_mutex_unlock(&s->lock);
	}
	close_ports(s);
	if (s->wake >= 0)
		close(s->wake);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
