#include "shell/client.h"

#include "base/buf.h"
#include "shell/fd.h"
#include "shell/socket_path.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define NO_ROUTER 2

/* A connection, and the router's frame that is coming in. */
struct client {
	int fd;
	bool strip; /* CR LF becomes LF on stdout */
	bool cr;    /* a CR waits for what comes next */
	int code;   /* -1 until the router told it */
	uint8_t frame[WIRE_FRAME_OCTETS + WIRE_FRAME_MOST];
	size_t octets;
};

static bool print(struct client *c, const uint8_t *text, size_t octets)
{
	uint8_t out[2 * WIRE_FRAME_MOST];
	size_t n = 0;

	if (!c->strip)
		return fd_write_all(STDOUT_FILENO, text, octets);
	for (size_t i = 0; i < octets; i++) {
		if (c->cr && text[i] != '\n')
			out[n++] = '\r';
		c->cr = text[i] == '\r';
		if (!c->cr)
			out[n++] = text[i];
	}
	return fd_write_all(STDOUT_FILENO, out, n);
}

static bool take_frame(struct client *c, uint8_t type, struct rd *data)
{
	size_t octets = rd_left(data);

	if (type == WIRE_OUTPUT)
		return print(c, rd_take(data, octets), octets);
	if (type != WIRE_EXIT)
		return false;
	c->code = rd_u8(data);
	return data->why == RD_OK;
}

/* What the socket has. False: it is over. */
static bool take_in(struct client *c)
{
	ssize_t got = recv(c->fd, c->frame + c->octets, sizeof(c->frame) - c->octets, 0);

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0)
		return false;
	c->octets += (size_t)got;
	while (c->octets >= WIRE_FRAME_OCTETS) {
		struct rd all = rd_of(c->frame, c->octets), data;
		uint8_t type = rd_u8(&all);
		size_t length = rd_u16(&all);

		if (length > WIRE_FRAME_MOST)
			return false;
		if (rd_left(&all) < length)
			break;
		data = rd_sub(&all, length);
		if (!take_frame(c, type, &data))
			return false;
		c->octets = rd_left(&all);
		memmove(c->frame, all.p, c->octets);
	}
	return true;
}

static int no_router(const char *state_dir)
{
	fprintf(stderr, "mainmode: no router answers in %s\n", state_dir);
	return NO_ROUTER;
}

static int hung_up(const struct client *c)
{
	if (c->code >= 0)
		return c->code;
	fprintf(stderr, "mainmode: the router hung up\n");
	return NO_ROUTER;
}

static int open_socket(const char *state_dir)
{
	struct sockaddr_un path;
	int fd;

	if (socket_path(state_dir, &path) != 0 || (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&path, sizeof(path)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool send_hello(int fd, enum wire_kind kind, bool quiet, const struct winsize *size, size_t count)
{
	uint8_t head[WIRE_HELLO_OCTETS];
	struct wr w = wr_of(head, sizeof(head));

	wr_u32(&w, WIRE_MAGIC);
	wr_u8(&w, (uint8_t)kind);
	wr_u8(&w, quiet ? WIRE_QUIET : 0);
	wr_u16(&w, size ? size->ws_row : 0);
	wr_u16(&w, size ? size->ws_col : 0);
	wr_u16(&w, (uint16_t)count);
	return fd_send_all(fd, head, wr_octets(&w));
}

/* --- exec ---- */

static bool send_line(int fd, const char *text, size_t octets)
{
	uint8_t head[2];
	struct wr w = wr_of(head, sizeof(head));

	wr_u16(&w, (uint16_t)octets);
	return fd_send_all(fd, head, sizeof(head)) && fd_send_all(fd, text, octets);
}

/* An argument of several lines is several lines. With fd -1 they are only counted; 0: one is too long. */
static size_t each_line(int fd, const char *text)
{
	size_t n = 0, octets;

	do {
		octets = strcspn(text, "\n");
		if (octets > WIRE_LINE_OCTETS || (fd >= 0 && !send_line(fd, text, octets)))
			return 0;
		text += octets + (text[octets] == '\n');
		n++;
	} while (*text);
	return n;
}

int client_exec(const char *state_dir, char *const lines[], size_t count, bool quiet)
{
	struct client c = { .strip = true, .code = -1 };
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = each_line(-1, lines[i]);

		total += n;
		if (!n || total > WIRE_LINES) {
			fprintf(stderr, "mainmode: at most %d lines of %d characters\n", WIRE_LINES, WIRE_LINE_OCTETS);
			return 1;
		}
	}
	if ((c.fd = open_socket(state_dir)) < 0)
		return no_router(state_dir);
	if (send_hello(c.fd, WIRE_EXEC, quiet, NULL, total))
		for (size_t i = 0; i < count && each_line(c.fd, lines[i]); i++)
			;
	while (take_in(&c))
		;
	close(c.fd);
	return hung_up(&c);
}

/* --- attach ---- */

static bool send_frame(int fd, enum wire_frame type, const void *data, size_t octets)
{
	uint8_t head[WIRE_FRAME_OCTETS];
	struct wr w = wr_of(head, sizeof(head));

	wr_u8(&w, (uint8_t)type);
	wr_u16(&w, (uint16_t)octets);
	return fd_send_all(fd, head, sizeof(head)) && fd_send_all(fd, data, octets);
}

static bool send_window(int fd)
{
	struct winsize size = { 0 };
	uint8_t data[4];
	struct wr w = wr_of(data, sizeof(data));

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	wr_u16(&w, size.ws_row);
	wr_u16(&w, size.ws_col);
	return send_frame(fd, WIRE_WINDOW, data, sizeof(data));
}

/* What the user typed. At its end the router is told that no more comes, and what it prints is still awaited. */
static bool take_typed(int fd, struct pollfd *stdin_poll)
{
	char typed[1024];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		return send_frame(fd, WIRE_TYPED, typed, (size_t)n);
	stdin_poll->fd = -1;
	return shutdown(fd, SHUT_WR) == 0;
}

/* True: the window changed; else the signal ends the client. */
static bool window_changed(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGWINCH;
}

static void attached(struct client *c, int signals)
{
	struct pollfd p[] = { { c->fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 }, { signals, POLLIN, 0 } };

	while (true) {
		if (poll(p, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (p[0].revents && !take_in(c))
			return;
		if (p[1].revents && !take_typed(c->fd, &p[1]))
			return;
		if (p[2].revents && (!window_changed(signals) || !send_window(c->fd)))
			return;
	}
}

int client_attach(const char *state_dir)
{
	struct client c = { .code = -1 };
	struct winsize size = { 0 };
	struct termios saved, raw;
	sigset_t set, before;
	bool terminal;
	int signals;

	if ((c.fd = open_socket(state_dir)) < 0)
		return no_router(state_dir);
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &before);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
	if (terminal) {
		raw = saved;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	c.strip = !isatty(STDOUT_FILENO);
	if (send_hello(c.fd, WIRE_ATTACH, false, &size, 0))
		attached(&c, signals);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	close(c.fd);
	if (signals >= 0)
		close(signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return hung_up(&c);
}
