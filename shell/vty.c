/* Where vtys come in: the local socket, telnet's port while a line takes it, and what the SSH server brings. */
#include "config.h" /* struct ucred */

#include "shell/vty_int.h"

#include "shell/aaa.h"
#include "shell/fd.h"
#include "shell/socket_path.h"
#include "shell/telnet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what the configuration lets in ---- */

static bool takes(const struct line_config *l, enum line_transport transport)
{
	return l->kind == LINE_VTY && (l->transport_in & transport) && !l->no_exec;
}

static bool any_takes(const struct vty *v, enum line_transport transport)
{
	const struct line_config *l;
	bool any = false;

	shell_lock(v->shell);
	TAILQ_FOREACH (l, &v->shell->config->lines, link)
		any |= takes(l, transport);
	shell_unlock(v->shell);
	return any;
}

static bool permits(const struct config *c, const struct line_config *l, const struct ip_addr *from, uint16_t port)
{
	bool ipv6 = from->family == 6;
	const char *list = ipv6 ? l->access_class6[ACL_IN] : l->access_class[ACL_IN];

	return !*list || acl_permits_port(c, ipv6, list, from, port);
}

static void look_up(const struct vty *v, const struct ip_addr *from, enum line_transport transport,
		    struct vty_choice *out)
{
	const struct config *c = v->shell->config;
	const struct line_config *l;
	bool let_in;

	*out = (struct vty_choice){ 0 };
	shell_lock(v->shell);
	TAILQ_FOREACH (l, &c->lines, link) {
		if (!takes(l, transport))
			continue;
		let_in = permits(c, l, from, transport == LINE_TRANSPORT_SSH ? 22 : 23); /* once: it counts */
		for (unsigned n = l->first; n <= l->last && n < VTY_LINES; n++) {
			out->takes[n] = true;
			out->asks[n] = c->access.new_model || l->login != LINE_LOGIN_NONE;
			out->permits[n] = let_in;
		}
	}
	shell_unlock(v->shell);
}

struct vty_line *vty_take(struct vty *v, int fd, const struct vty_client *c)
{
	struct vty_choice choice;

	look_up(v, &c->from, c->end == LINE_END_SSH ? LINE_TRANSPORT_SSH : LINE_TRANSPORT_TELNET, &choice);
	return vty_line_begin(v, fd, c, &choice);
}

/* --- the local socket ---- */

static bool may_enter(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_local(struct vty *v)
{
	struct sockaddr_storage peer;
	struct vty_choice all = { 0 };
	int fd = accept_from(&v->accepter, v->local, SOCK_CLOEXEC, &peer);

	if (fd < 0)
		return;
	for (unsigned n = 0; n < VTY_LINES; n++)
		all.takes[n] = all.permits[n] = true;
	if (may_enter(fd)) {
		if (vty_line_begin(v, fd, &(struct vty_client){ .end = LINE_END_LOCAL }, &all))
			return;
		accept_failed(&v->accepter, errno);
	}
	close(fd);
}

static bool somebody_answers(const struct sockaddr_un *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const struct sockaddr *)path, sizeof(*path)) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int listen_local(struct vty *v, const struct sockaddr_un *path)
{
	unlink(path->sun_path);
	v->local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* before it has a name: it never stands there with more rights */
	if (v->local < 0 || fchmod(v->local, 0600) != 0 ||
	    bind(v->local, (const struct sockaddr *)path, sizeof(*path)) != 0)
		return -errno;
	snprintf(v->path, sizeof(v->path), "%s", path->sun_path);
	return listen(v->local, VTY_LINES) == 0 ? 0 : -errno;
}

/* --- telnet ---- */

/* The nearest to a refusal that a connection can get which the kernel has accepted. */
static void refuse(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	close(fd);
}

static void accept_telnet(struct vty *v, int listener)
{
	struct sockaddr_storage peer;
	int fd = accept_from(&v->accepter, listener, SOCK_CLOEXEC, &peer);
	struct vty_client c = { .end = LINE_END_TELNET };
	uint16_t port;

	if (fd < 0)
		return;
	if (ip_from_sockaddr(&peer, &c.from, &port) && !aaa_blocked(v->shell, &c.from)) {
		if (vty_take(v, fd, &c))
			return;
		accept_failed(&v->accepter, errno);
	}
	refuse(fd);
}

static int listen_tcp(uint8_t family, uint16_t port)
{
	const struct ip_addr any = { .family = family };
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&any, port, 0, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, size) == 0 && listen(fd, VTY_LINES) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

static void close_listener(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* False: it cannot be had, which is said once. A kernel without IPv6 has none. */
static bool open_telnet_of(struct vty *v, int *fd, uint8_t family)
{
	int e;

	if (*fd >= 0 || (*fd = listen_tcp(family, TELNET_PORT)) >= 0)
		return true;
	e = errno;
	if (family == 6 && e == EAFNOSUPPORT)
		return true;
	if (!v->told_telnet)
		log_syslog(v->shell->log, LOG_SEV_ERRORS, "TTY", "LISTEN", "Cannot listen on TCP port %u: %s",
			   TELNET_PORT, strerror(e));
	v->told_telnet = true;
	return false;
}

/* The port is open while a line takes telnet. Where it cannot be had it is tried again. */
static void open_telnet(struct vty *v)
{
	bool missing = false;

	if (any_takes(v, LINE_TRANSPORT_TELNET)) {
		missing |= !open_telnet_of(v, &v->telnet4, 4);
		missing |= !open_telnet_of(v, &v->telnet6, 6);
	} else {
		close_listener(&v->telnet4);
		close_listener(&v->telnet6);
	}
	v->told_telnet &= missing;
	accept_missing(&v->accepter, missing);
}

void vty_services_changed(struct vty *v)
{
	fd_signal(v->changed);
}

static void look_again(struct vty *v)
{
	uint64_t n;
	ssize_t got = read(v->changed, &n, sizeof(n));

	(void)got;
	open_telnet(v);
}

/* --- life ---- */

static void *listen_thread(void *arg)
{
	struct vty *v = arg;

	prctl(PR_SET_NAME, "TTY Background"); /* as `show processes cpu` has it */
	while (true) {
		struct pollfd p[] = {
			{ v->stop, POLLIN, 0 },    { v->changed, POLLIN, 0 }, { v->local, POLLIN, 0 },
			{ v->telnet4, POLLIN, 0 }, { v->telnet6, POLLIN, 0 },
		};
		int ready = accept_wait(&v->accepter, p, 5);

		if (accept_due(&v->accepter)) {
			open_telnet(v);
			continue; /* who came is still there */
		}
		if (ready <= 0)
			continue;
		if (p[0].revents)
			return NULL;
		if (p[2].revents)
			accept_local(v);
		if (p[3].revents)
			accept_telnet(v, v->telnet4);
		if (p[4].revents)
			accept_telnet(v, v->telnet6);
		if (p[1].revents)
			look_again(v);
	}
}

static struct vty *vty_new(struct shell *sh)
{
	struct vty *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->shell = sh;
	v->local = v->telnet4 = v->telnet6 = -1;
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->idle, NULL);
	v->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	v->changed = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	v->accepter = (struct accepter){ .log = sh->log, .facility = "TTY", .wake = v->stop };
	return v;
}

struct vty *vty_start(struct shell *sh, const char *state_dir, char *error, size_t error_size)
{
	struct vty *v = vty_new(sh);
	struct sockaddr_un path;
	int e;

	if (!v || v->stop < 0 || v->changed < 0) {
		snprintf(error, error_size, "out of memory");
		goto out;
	}
	if ((e = socket_path(state_dir, &path)) != 0) {
		snprintf(error, error_size, "%s: %s", state_dir, strerror(-e));
		goto out;
	}
	if (somebody_answers(&path)) {
		snprintf(error, error_size, "another router runs in %s", state_dir);
		goto out;
	}
	if ((e = listen_local(v, &path)) == 0) {
		open_telnet(v);
		e = -pthread_create(&v->thread, NULL, listen_thread, v);
	}
	if (e != 0) {
		snprintf(error, error_size, "%s: %s", path.sun_path, strerror(-e));
		goto out;
	}
	v->running = true;
	return v;
out:
	vty_stop(v);
	return NULL;
}

void vty_stop(struct vty *v)
{
	if (!v)
		return;
	if (v->running) {
		fd_signal(v->stop);
		pthread_join(v->thread, NULL);
		vty_lines_end(v);
	}
	close_listener(&v->local);
	close_listener(&v->telnet4);
	close_listener(&v->telnet6);
	close_listener(&v->stop);
	close_listener(&v->changed);
	if (*v->path)
		unlink(v->path);
	pthread_cond_destroy(&v->idle);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

unsigned vty_sessions(struct vty *v)
{
	unsigned n;

	pthread_mutex_lock(&v->lock);
	n = v->used;
	pthread_mutex_unlock(&v->lock);
	return n;
}
