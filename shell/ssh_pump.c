/*
 * Octets between an SSH channel and the socket pair of a line. Towards the client no more is taken from the line than
 * the channel's window and the client's socket take at once, so a client that does not read holds the line up and
 * nothing grows here. From the client libssh keeps what the line does not take, and opens its window no further then.
 */
#include "shell/ssh_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

void ssh_pump_init(struct ssh_pump *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
}

/* --- from the client ---- */

static size_t send_some(struct ssh_pump *p, const char *bytes, size_t octets)
{
	ssize_t n;

	do
		n = send(p->fd, bytes, octets, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return (size_t)n;
	return errno == EAGAIN ? 0 : octets; /* the line has ended: nobody reads it */
}

size_t ssh_pump_take(struct ssh_pump *p, const char *bytes, size_t octets)
{
	size_t n = 0;

	if (octets > SSH_INPUT_MOST)
		p->flooded = true;
	if (p->fd >= 0 && !p->in_octets)
		n = send_some(p, bytes, octets);
	p->left = octets - n;
	return n;
}

static void move_in(struct ssh_pump *p)
{
	while (p->in_octets || p->left) {
		size_t n;

		if (!p->in_octets) {
			int got = ssh_channel_read_nonblocking(p->channel, p->in, sizeof(p->in), 0);

			if (got <= 0)
				break;
			p->in_octets = (size_t)got;
			p->left -= p->left < p->in_octets ? p->left : p->in_octets;
		}
		n = send_some(p, p->in, p->in_octets);
		if (!n)
			return;
		p->in_octets -= n;
		memmove(p->in, p->in + n, p->in_octets);
	}
	if (p->client_eof && !p->eof_passed) {
		shutdown(p->fd, SHUT_WR);
		p->eof_passed = true;
	}
}

/* --- to the client ---- */

static void move_out(struct ssh_pump *p)
{
	size_t room = ssh_channel_window_size(p->channel);
	int n;

	if (!p->out_octets && !p->line_eof && room) {
		ssize_t got = recv(p->fd, p->out, room < sizeof(p->out) ? room : sizeof(p->out), MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			p->line_eof = true;
		p->out_at = 0;
		p->out_octets = got > 0 ? (size_t)got : 0;
	}
	if (!p->out_octets)
		return;
	n = ssh_channel_write(p->channel, p->out + p->out_at, (uint32_t)p->out_octets);
	if (n < 0) { /* the client closed the channel: what the line says is not for anybody */
		p->out_octets = 0;
		p->line_eof = true;
		return;
	}
	p->out_at += (size_t)n;
	p->out_octets -= (size_t)n;
}

short ssh_pump_events(const struct ssh_pump *p, bool may_write)
{
	short events = 0;

	if (p->fd < 0)
		return 0;
	if (p->in_octets || p->left)
		events |= POLLOUT;
	if (may_write && !p->line_eof && !p->out_octets && ssh_channel_window_size(p->channel))
		events |= POLLIN;
	return events;
}

void ssh_pump_move(struct ssh_pump *p, bool may_write)
{
	if (p->fd < 0)
		return;
	if (may_write)
		move_out(p);
	move_in(p); /* last: what libssh writes may take from the socket what the client sent, or its end */
}

bool ssh_pump_over(const struct ssh_pump *p)
{
	return p->line_eof && !p->out_octets;
}
