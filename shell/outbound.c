#include "shell/outbound.h"

#include "shell/keys.h"
#include "shell/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS  30000
#define TEXT_OCTETS 4096

enum outbound_wait outbound_wait(struct session *s, int fd, bool for_output, int timeout_ms)
{
	struct epoll_event want = { .events = for_output ? EPOLLIN | EPOLLOUT : EPOLLIN };
	enum outbound_wait result = OUTBOUND_LATE;
	int set = epoll_create1(EPOLL_CLOEXEC); /* readable when fd is ready */
	enum session_wait e;
	unsigned char key;

	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &want) != 0) {
		if (set >= 0)
			close(set);
		return OUTBOUND_LATE;
	}
	while ((e = session_wait(s, set, timeout_ms, &key)) == SESSION_WAIT_KEY && key != CTRL_KEY('C') &&
	       key != KEY_INTERRUPT)
		;
	if (e == SESSION_WAIT_OTHER)
		result = OUTBOUND_READY;
	else if (e != SESSION_WAIT_TIMEOUT)
		result = OUTBOUND_INTERRUPTED;
	close(set);
	return result;
}

static const char *why_not(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return "% Connection refused by remote host";
	case ETIMEDOUT:
		return "% Connection timed out; remote host not responding";
	default:
		return "% Destination unreachable; gateway or host down";
	}
}

static const char *finish(struct session *s, int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	switch (outbound_wait(s, fd, true, CONNECT_MS)) {
	case OUTBOUND_READY:
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
			error = errno;
		return error ? why_not(error) : NULL;
	case OUTBOUND_INTERRUPTED:
		return "";
	case OUTBOUND_LATE:
		break;
	}
	return why_not(ETIMEDOUT);
}

const char *outbound_connect(struct session *s, const struct ip_addr *to, uint16_t port, const struct ip_addr *source,
			     int *fd)
{
	struct sockaddr_storage ss, own;
	socklen_t size = ip_to_sockaddr(to, port, 0, &ss), own_size = ip_to_sockaddr(source, 0, 0, &own);
	const char *why = NULL;

	*fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return why_not(errno);
	if (source->family && bind(*fd, (struct sockaddr *)&own, own_size) != 0)
		why = why_not(errno);
	else if (connect(*fd, (struct sockaddr *)&ss, size) != 0)
		why = errno == EINPROGRESS ? finish(s, *fd) : why_not(errno);
	if (!why)
		return NULL;
	close(*fd);
	*fd = -1;
	return why;
}

/* Between pieces it is looked whether something was typed: what comes need not end. */
static enum outbound_end talk(struct session *s, const struct outbound *o)
{
	bool escape = false, more = true; /* more: may be there, whatever o->fd says */
	char text[TEXT_OCTETS];
	unsigned char key;
	ssize_t n;

	while (true) {
		if (more && (n = o->take(o->ctx, text, sizeof(text))) < 0)
			return OUTBOUND_CLOSED;
		if (more && n)
			session_write(s, text, (size_t)n);
		more = more && n;
		switch (session_wait(s, o->fd, more ? 0 : -1, &key)) {
		case SESSION_WAIT_OTHER:
			more = true;
			break;
		case SESSION_WAIT_KEY:
			if (escape && (key == 'x' || key == 'X'))
				return OUTBOUND_ESCAPED;
			if (key == KEY_INTERRUPT && !escape) {
				escape = true; /* twice: once for the far end */
				break;
			}
			escape = false;
			if (!o->key(o->ctx, key))
				return OUTBOUND_CLOSED;
			more = true;
			break;
		case SESSION_WAIT_TIMEOUT:
			break;
		case SESSION_WAIT_CLOSED:
			return OUTBOUND_HUNG_UP;
		}
	}
}

enum outbound_end outbound_run(struct session *s, const struct outbound *o, const char *host)
{
	struct lines *lines = session_shell(s)->lines;
	enum outbound_end end;

	if (lines)
		lines_connected(lines, session_tty(s), host);
	end = talk(s, o);
	if (lines)
		lines_connected(lines, session_tty(s), NULL);
	return end;
}
