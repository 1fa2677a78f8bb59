#include "shell/connection.h"

#include "base/clock.h"
#include "shell/keys.h"
#include "shell/lines.h"
#include "shell/session_int.h"
#include "shell/telnet.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 30000 /* `ip tcp synwait-time` */

struct open_connection {
	struct connection info;
	uint64_t used_ms;
	int fd, events; /* events: an epoll of fd and of the session's log lines */
	bool closed;    /* by the other end */
	bool escape;    /* Ctrl-^ was typed */
	struct session *session;
	struct telnet telnet;
	uint8_t out[8192]; /* to the other end, while it does not read */
	size_t out_octets;
};

struct connections {
	struct open_connection *list[CONNECTIONS];
	unsigned current; /* number, 0: none */
};

/* --- the list ---- */

static struct open_connection *find(const struct session *s, unsigned number)
{
	if (!s->connections)
		return NULL;
	if (!number)
		number = s->connections->current;
	return number && number <= CONNECTIONS ? s->connections->list[number - 1] : NULL;
}

static void set_current(struct session *s, const struct open_connection *c)
{
	s->connections->current = c ? c->info.number : 0;
	if (s->shell->lines)
		lines_connected(s->shell->lines, s->tty, c ? c->info.host : NULL);
}

bool connection_get(struct session *s, unsigned number, struct connection *out)
{
	const struct open_connection *c = find(s, number);

	if (!c)
		return false;
	*out = c->info;
	out->idle_s = (clock_ms() - c->used_ms) / 1000;
	out->current = s->connections->current == c->info.number;
	return true;
}

static void free_connection(struct open_connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->events >= 0)
		close(c->events);
	free(c);
}

void connection_close(struct session *s, unsigned number)
{
	struct open_connection *c = find(s, number), *other = NULL;

	if (!c)
		return;
	number = c->info.number;
	s->connections->list[number - 1] = NULL;
	free_connection(c);
	if (s->connections->current != number)
		return;
	for (unsigned i = CONNECTIONS; i-- > 0;)
		other = s->connections->list[i] ? s->connections->list[i] : other;
	set_current(s, other);
}

void connections_close(struct session *s)
{
	if (!s->connections)
		return;
	for (unsigned i = 1; i <= CONNECTIONS; i++)
		connection_close(s, i);
	free(s->connections);
	s->connections = NULL;
}

/* --- connecting ---- */

static enum connection_error error_of(int e)
{
	switch (e) {
	case 0:
		return CONNECTION_OPEN;
	case ECONNREFUSED:
		return CONNECTION_REFUSED;
	case ETIMEDOUT:
		return CONNECTION_TIMED_OUT;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return CONNECTION_NO_ROOM;
	default:
		return CONNECTION_UNREACHABLE;
	}
}

/* The user may give up meanwhile. */
static enum connection_error wait_for_open(struct session *s, int fd)
{
	struct pollfd p[] = { { fd, POLLOUT, 0 }, { session_interrupt_fd(s), POLLIN, 0 } };
	int e = 0, n = poll(p, 2, CONNECT_MS);
	socklen_t size = sizeof(e);

	if (s->io.interrupt_done)
		s->io.interrupt_done(s->io.ctx);
	s->interruptible = false;
	if (n == 0)
		return CONNECTION_TIMED_OUT;
	if (n < 0 || p[1].revents)
		return CONNECTION_INTERRUPTED;
	return error_of(getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &size) == 0 ? e : errno);
}

static enum connection_error connect_to(struct session *s, struct open_connection *c, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&c->info.address, port, 0, &ss);

	c->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return error_of(errno);
	if (connect(c->fd, (struct sockaddr *)&ss, size) == 0)
		return CONNECTION_OPEN;
	return errno == EINPROGRESS ? wait_for_open(s, c->fd) : error_of(errno);
}

/* --- octets ---- */

static void flush(struct open_connection *c)
{
	ssize_t n = c->out_octets ? send(c->fd, c->out, c->out_octets, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
	struct epoll_event e = { .data.fd = c->fd };

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		c->closed = true;
	if (n > 0) {
		c->out_octets -= (size_t)n;
		memmove(c->out, c->out + n, c->out_octets);
	}
	e.events = c->out_octets ? EPOLLIN | EPOLLOUT : EPOLLIN;
	epoll_ctl(c->events, EPOLL_CTL_MOD, c->fd, &e);
}

/* What a host does not take for so long that this is full is lost: nobody types so much. */
static void send_octets(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct open_connection *c = ctx;

	if (octets > sizeof(c->out) - c->out_octets)
		return;
	memcpy(c->out + c->out_octets, bytes, octets);
	c->out_octets += octets;
	flush(c);
}

static void show(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct open_connection *c = ctx;

	session_write(c->session, (const char *)bytes, octets);
}

static void receive(struct open_connection *c)
{
	uint8_t bytes[4096];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		telnet_take(&c->telnet, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->closed = true;
}

static void send_command(struct open_connection *c, enum telnet_octet command)
{
	send_octets(c, (const uint8_t[]){ TELNET_IAC, (uint8_t)command }, 2);
}

/* True: back to EXEC. */
static bool take_escaped(struct open_connection *c, int key)
{
	switch (key) {
	case 'x':
	case 'X':
		return true;
	case 'b':
	case 'B':
		send_command(c, TELNET_BRK);
		break;
	case 'c':
	case 'C':
		send_command(c, TELNET_IP);
		break;
	case 'h':
	case 'H':
		send_command(c, TELNET_AYT);
		break;
	case 'o':
	case 'O':
		send_command(c, TELNET_AO);
		break;
	case 'u':
	case 'U':
		send_command(c, TELNET_EL);
		break;
	case KEY_INTERRUPT:
		send_octets(c, (const uint8_t[]){ KEY_INTERRUPT }, 1);
		break;
	default:
		break;
	}
	return false;
}

static bool take_key(struct open_connection *c, int key)
{
	uint8_t wire[2];
	bool escaped = c->escape;

	c->escape = !escaped && key == KEY_INTERRUPT;
	if (escaped)
		return take_escaped(c, key);
	if (!c->escape)
		send_octets(c, wire, telnet_encode(&(char){ (char)key }, 1, wire));
	return false;
}

/* --- the API ---- */

static void watch(struct open_connection *c, int fd, bool on)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (fd >= 0)
		epoll_ctl(c->events, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &e);
}

static unsigned free_number(const struct session *s)
{
	for (unsigned i = 0; i < CONNECTIONS; i++)
		if (!s->connections->list[i])
			return i + 1;
	return 0;
}

enum connection_error connection_open(struct session *s, const char *host, const struct ip_addr *to, uint16_t port,
				      unsigned *number)
{
	struct open_connection *c;
	enum connection_error e;

	if (!s->io.wait)
		return CONNECTION_NO_TERMINAL;
	if (!s->connections && !(s->connections = calloc(1, sizeof(*s->connections))))
		return CONNECTION_NO_ROOM;
	*number = free_number(s);
	if (!*number || !(c = calloc(1, sizeof(*c))))
		return CONNECTION_NO_ROOM;
	*c = (struct open_connection){ .info = { .number = *number, .address = *to },
				       .fd = -1,
				       .session = s,
				       .events = epoll_create1(EPOLL_CLOEXEC),
				       .telnet = { .ctx = c, .typed = show, .answer = send_octets, .client = true } };
	snprintf(c->info.host, sizeof(c->info.host), "%s", host);
	e = c->events < 0 ? CONNECTION_NO_ROOM : connect_to(s, c, port);
	if (e != CONNECTION_OPEN) {
		free_connection(c);
		return e;
	}
	watch(c, c->fd, true);
	telnet_begin(&c->telnet);
	c->used_ms = clock_ms();
	s->connections->list[*number - 1] = c;
	set_current(s, c);
	return e;
}

/* `session-timeout`: how long nothing may be typed; -1: for ever. */
static int64_t limit_ms(struct session *s)
{
	bool taken = session_lock(s);
	const struct line_config *l = session_own_line(s);
	unsigned minutes = l ? l->session_timeout_min : 0;

	session_unlock(s, taken);
	return minutes ? minutes * 60000ll : -1;
}

static int left_ms(const struct open_connection *c, int64_t limit)
{
	int64_t left = limit < 0 ? -1 : limit - (int64_t)(clock_ms() - c->used_ms);

	return limit < 0 ? -1 : left <= 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

static enum connection_talk talk(struct session *s, struct open_connection *c)
{
	int64_t limit = limit_ms(s);
	unsigned char key;

	while (!c->closed) {
		switch (session_wait(s, c->events, left_ms(c, limit), &key)) {
		case SESSION_WAIT_KEY:
			c->used_ms = clock_ms();
			if (take_key(c, key))
				return CONNECTION_SUSPENDED;
			break;
		case SESSION_WAIT_OTHER:
			session_print_logs(s);
			flush(c);
			receive(c);
			break;
		case SESSION_WAIT_TIMEOUT:
			return CONNECTION_IDLE;
		case SESSION_WAIT_CLOSED:
			return CONNECTION_OVER;
		}
	}
	return CONNECTION_CLOSED;
}

enum connection_talk connection_talk(struct session *s, unsigned number)
{
	struct open_connection *c = find(s, number);
	enum connection_talk end;
	int logs = session_log_fd(s);

	if (!c)
		return CONNECTION_CLOSED;
	set_current(s, c);
	c->escape = false;
	c->used_ms = clock_ms();
	watch(c, logs, true);
	end = talk(s, c);
	watch(c, logs, false);
	if (end != CONNECTION_SUSPENDED)
		connection_close(s, c->info.number);
	return end;
}
