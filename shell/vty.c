/* The listener, and what one connection goes through: greeting, a session of its kind, the exit code. */
#include "config.h" /* struct ucred, accept4 */

#include "shell/vty.h"

#include "base/buf.h"
#include "config/free.h"
#include "shell/fd.h"
#include "shell/front.h"
#include "shell/input.h"
#include "shell/socket_path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define GREETING_MS 5000 /* a client that says nothing must not keep a line */

/* One connection. */
struct line {
	struct vty *vty;
	unsigned number;
	int fd;
	bool used;
	bool broken; /* the client went away: nothing more is sent */

	/* exec: lines[next] is typed next; answer: what a dialog reads */
	char **lines;
	size_t count, next;
	const char *answer;
	bool answering;

	/* attach: frames as they come in pieces */
	uint8_t frame[WIRE_FRAME_OCTETS + WIRE_FRAME_MOST];
	size_t frame_octets;
	unsigned rows, columns; /* the window's size when it changed, else 0 */
	struct input *input;
	struct session *session;
};

struct vty {
	struct shell *shell;
	struct sockaddr_un path;
	int listener, stop;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	unsigned used;
	struct line lines[VTY_LINES];
};

/* --- to the client ---- */

/* A client that does not read holds up its own session, but not the router's end. */
static bool wait_for_room(const struct line *l)
{
	struct pollfd p[] = { { l->vty->stop, POLLIN, 0 }, { l->fd, POLLOUT, 0 } };

	return (poll(p, 2, -1) > 0 || errno == EINTR) && !p[0].revents;
}

static void send_frame(struct line *l, enum wire_frame type, const void *data, size_t octets)
{
	uint8_t head[WIRE_FRAME_OCTETS];
	struct wr w = wr_of(head, sizeof(head));
	union {
		const void *in;
		void *iov; /* sendmsg() does not write, its type says it might */
	} bytes = { data };
	struct iovec iov[2] = { { head, sizeof(head) }, { bytes.iov, octets } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t left = sizeof(head) + octets;

	wr_u8(&w, (uint8_t)type);
	wr_u16(&w, (uint16_t)octets);
	while (left && !l->broken) {
		ssize_t n = sendmsg(l->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EINTR || (errno == EAGAIN && wait_for_room(l))))
			continue;
		if (n <= 0) {
			l->broken = true;
			return;
		}
		left -= (size_t)n;
		for (size_t i = 0; i < 2; i++) {
			size_t part = (size_t)n < iov[i].iov_len ? (size_t)n : iov[i].iov_len;

			iov[i].iov_base = (char *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
}

static void send_output(void *ctx, const char *bytes, size_t octets)
{
	while (octets) {
		size_t part = octets < WIRE_FRAME_MOST ? octets : WIRE_FRAME_MOST;

		send_frame(ctx, WIRE_OUTPUT, bytes, part);
		bytes += part;
		octets -= part;
	}
}

/* --- from the client ---- */

static int interrupt_fd(void *ctx)
{
	return input_interrupt_fd(((struct line *)ctx)->input);
}

static void interrupt_done(void *ctx)
{
	input_interrupt_done(((struct line *)ctx)->input);
}

static int typed_byte(void *ctx)
{
	return input_byte(((struct line *)ctx)->input);
}

static bool take_frame(struct line *l, struct input *in, uint8_t type, struct rd *data)
{
	size_t octets = rd_left(data);

	switch (type) {
	case WIRE_TYPED:
		input_push(in, rd_take(data, octets), octets);
		return true;
	case WIRE_WINDOW:
		l->rows = rd_u16(data);
		l->columns = rd_u16(data);
		return data->why == RD_OK;
	default:
		return false;
	}
}

static bool decode(void *ctx, struct input *in, const uint8_t *bytes, size_t octets)
{
	struct line *l = ctx;

	while (octets) {
		size_t part = sizeof(l->frame) - l->frame_octets;
		struct rd all, data;

		part = part < octets ? part : octets;
		memcpy(l->frame + l->frame_octets, bytes, part);
		l->frame_octets += part;
		bytes += part;
		octets -= part;
		while (l->frame_octets >= WIRE_FRAME_OCTETS) {
			uint8_t type;
			size_t length;

			all = rd_of(l->frame, l->frame_octets);
			type = rd_u8(&all);
			length = rd_u16(&all);
			if (length > WIRE_FRAME_MOST)
				return false;
			if (rd_left(&all) < length)
				break;
			data = rd_sub(&all, length);
			if (!take_frame(l, in, type, &data))
				return false;
			l->frame_octets = rd_left(&all);
			memmove(l->frame, all.p, l->frame_octets);
		}
	}
	return true;
}

/* --- exec ---- */

/* A dialog's answer is the next line, ended by Return. */
static int argument_byte(void *ctx)
{
	struct line *l = ctx;
	int c;

	if (!l->answering) {
		if (l->next == l->count)
			return -1;
		l->answer = l->lines[l->next++];
		l->answering = true;
	}
	c = (unsigned char)*l->answer++;
	if (c)
		return c;
	l->answering = false;
	return '\r';
}

static uint8_t run_exec(struct line *l, bool quiet)
{
	struct session *s = l->session;
	enum session_verdict verdict = SESSION_ACCEPTED;
	struct front f;
	uint8_t code = 0;

	session_set_privilege(s, 15);
	session_terminal(s)->length = 0;
	session_terminal(s)->width = 0;
	front_init(&f, s);
	while (l->next < l->count && verdict != SESSION_CLOSED && !l->broken) {
		const char *text = l->lines[l->next++];

		session_print_logs(s);
		if (!quiet) {
			front_redraw(&f, "", 0, 0);
			session_write(s, text, strlen(text));
			front_end_line(&f, "");
		}
		verdict = front_run_whole(&f, text);
		l->answering = false;
		if (verdict == SESSION_REJECTED_LINE)
			code = 1;
	}
	session_print_logs(s);
	return code;
}

/* --- attach ---- */

static enum session_verdict attach_key(struct line *l, struct front *f, struct edit *e, unsigned char key)
{
	enum session_verdict verdict = SESSION_ACCEPTED;
	char text[EDIT_SIZE];

	switch (edit_key(e, key)) {
	case EDIT_NONE:
		return verdict;
	case EDIT_LINE:
		front_end_line(f, "");
		verdict = front_run(f, e->text);
		break;
	case EDIT_BREAK:
		front_end_line(f, "^C");
		verdict = session_break(l->session);
		break;
	case EDIT_END:
		front_end_line(f, "^Z");
		verdict = front_run_and_end(f, e->text);
		break;
	case EDIT_REDRAW:
		front_end_line(f, "");
		front_redraw(f, e->text, e->octets, e->point);
		return verdict;
	case EDIT_HELP:
		front_help(f, e->text, e->octets, e->point);
		return verdict;
	case EDIT_TAB:
		front_tab(f, e->text, text);
		edit_set(e, text);
		return verdict;
	}
	if (verdict != SESSION_CLOSED) {
		front_prompt(f);
		edit_begin(e, &f->screen, session_history(l->session));
	}
	return verdict;
}

/* The client's window. A line that was given a size of its own in the configuration keeps it. */
static void take_window(struct line *l, bool own_length, bool own_width)
{
	struct session_terminal *t = session_terminal(l->session);

	if (l->rows && !own_length)
		t->length = l->rows;
	if (l->columns && !own_width)
		t->width = l->columns;
	l->rows = l->columns = 0;
}

static void run_attach(struct line *l)
{
	bool own_length = session_terminal(l->session)->length != 24;
	bool own_width = session_terminal(l->session)->width != 80;
	enum session_verdict verdict = SESSION_ACCEPTED;
	struct front f;
	struct edit e = { 0 };

	take_window(l, own_length, own_width);
	front_init(&f, l->session);
	front_end_line(&f, "");
	front_prompt(&f);
	edit_begin(&e, &f.screen, session_history(l->session));
	while (verdict != SESSION_CLOSED && !l->broken) {
		switch (input_wait(l->input, session_log_fd(l->session), session_idle_ms(l->session))) {
		case INPUT_BYTE:
			take_window(l, own_length, own_width);
			verdict = attach_key(l, &f, &e, (unsigned char)input_byte(l->input));
			break;
		case INPUT_OTHER:
			front_logs(&f, e.text, e.octets, e.point);
			break;
		case INPUT_TIMEOUT:
		case INPUT_CLOSED:
			front_end_line(&f, "");
			return;
		}
	}
}

/* --- greeting ---- */

static bool receive(struct line *l, void *buf, size_t octets)
{
	uint8_t *at = buf;

	while (octets) {
		struct pollfd p[] = { { l->vty->stop, POLLIN, 0 }, { l->fd, POLLIN, 0 } };
		ssize_t n;

		if (poll(p, 2, GREETING_MS) <= 0 || p[0].revents)
			return false;
		n = recv(l->fd, at, octets, 0);
		if (n <= 0)
			return false;
		at += n;
		octets -= (size_t)n;
	}
	return true;
}

struct greeting {
	uint8_t kind, flags;
};

static bool receive_line(struct line *l)
{
	uint8_t head[2];
	struct rd r = rd_of(head, sizeof(head));
	size_t octets;
	char *text;

	if (!receive(l, head, sizeof(head)))
		return false;
	octets = rd_u16(&r);
	if (octets > WIRE_LINE_OCTETS || !(text = calloc(1, octets + 1)))
		return false;
	l->lines[l->count++] = text;
	return receive(l, text, octets);
}

static bool receive_greeting(struct line *l, struct greeting *g)
{
	uint8_t head[WIRE_HELLO_OCTETS];
	struct rd r = rd_of(head, sizeof(head));
	size_t count;

	if (!receive(l, head, sizeof(head)) || rd_u32(&r) != WIRE_MAGIC)
		return false;
	g->kind = rd_u8(&r);
	g->flags = rd_u8(&r);
	l->rows = rd_u16(&r);
	l->columns = rd_u16(&r);
	count = rd_u16(&r);
	if ((g->kind != WIRE_EXEC && g->kind != WIRE_ATTACH) || count > WIRE_LINES ||
	    !(l->lines = calloc(count + 1, sizeof(*l->lines))))
		return false;
	while (l->count < count)
		if (!receive_line(l))
			return false;
	return true;
}

static void serve(struct line *l)
{
	struct session_io io = {
		.ctx = l, .write = send_output, .interrupt_fd = interrupt_fd, .interrupt_done = interrupt_done
	};
	struct greeting g;
	uint8_t code = 0;
	char name[16];

	if (!receive_greeting(l, &g) || !(l->input = input_new(l->fd, l->vty->stop, decode, l)))
		return;
	io.read = g.kind == WIRE_EXEC ? argument_byte : typed_byte;
	io.lines = g.kind == WIRE_EXEC;
	snprintf(name, sizeof(name), "vty%u", l->number);
	if (!(l->session = session_new(l->vty->shell, SESSION_VTY, &io, name)))
		return;
	if (g.kind == WIRE_EXEC)
		code = run_exec(l, g.flags & WIRE_QUIET);
	else
		run_attach(l);
	session_free(l->session);
	send_frame(l, WIRE_EXIT, &code, 1);
}

/* --- lines ---- */

static void *line_thread(void *arg)
{
	struct line *l = arg;
	struct vty *v = l->vty;

	serve(l);
	input_free(l->input);
	for (size_t i = 0; i < l->count; i++)
		free_line(l->lines[i]);
	free(l->lines);
	pthread_mutex_lock(&v->lock);
	close(l->fd);
	l->used = false;
	v->used--;
	pthread_cond_broadcast(&v->idle);
	pthread_mutex_unlock(&v->lock);
	return NULL;
}

static bool may_enter(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

/* Gives the connection a line and a thread. False: there is none. */
static bool take_line(struct vty *v, int fd)
{
	pthread_attr_t attr;
	pthread_t thread;
	unsigned n = 0;
	bool ok;

	while (n < VTY_LINES && v->lines[n].used)
		n++;
	if (n == VTY_LINES || !may_enter(fd))
		return false;
	v->lines[n] = (struct line){ .vty = v, .number = n, .fd = fd, .used = true };
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ok = pthread_create(&thread, &attr, line_thread, &v->lines[n]) == 0;
	pthread_attr_destroy(&attr);
	v->lines[n].used = ok;
	v->used += ok;
	return ok;
}

static void *listen_thread(void *arg)
{
	struct vty *v = arg;

	while (true) {
		struct pollfd p[] = { { v->stop, POLLIN, 0 }, { v->listener, POLLIN, 0 } };
		int fd;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (p[0].revents)
			return NULL;
		if (!p[1].revents || (fd = accept4(v->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		pthread_mutex_lock(&v->lock);
		if (!take_line(v, fd))
			close(fd);
		pthread_mutex_unlock(&v->lock);
	}
}

static bool somebody_answers(const struct sockaddr_un *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const struct sockaddr *)path, sizeof(*path)) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int listen_on(struct vty *v)
{
	v->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* before it has a name: it never stands there with more rights */
	if (v->listener < 0 || fchmod(v->listener, 0600) != 0 ||
	    bind(v->listener, (struct sockaddr *)&v->path, sizeof(v->path)) != 0 || listen(v->listener, VTY_LINES) != 0)
		return -errno;
	return 0;
}

struct vty *vty_start(struct shell *sh, const char *state_dir, char *error, size_t error_size)
{
	struct vty *v = calloc(1, sizeof(*v));
	int e;

	if (!v) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	v->shell = sh;
	v->listener = v->stop = -1;
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->idle, NULL);
	if ((e = socket_path(state_dir, &v->path)) != 0) {
		snprintf(error, error_size, "%s: %s", state_dir, strerror(-e));
		v->path.sun_path[0] = '\0';
		goto out;
	}
	if (somebody_answers(&v->path)) {
		snprintf(error, error_size, "another router runs in %s", state_dir);
		v->path.sun_path[0] = '\0';
		goto out;
	}
	unlink(v->path.sun_path);
	v->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	e = v->stop < 0 ? -errno : listen_on(v);
	if (e == 0)
		e = -pthread_create(&v->thread, NULL, listen_thread, v);
	if (e != 0) {
		snprintf(error, error_size, "%s: %s", v->path.sun_path, strerror(-e));
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
		pthread_mutex_lock(&v->lock);
		for (unsigned i = 0; i < VTY_LINES; i++)
			if (v->lines[i].used)
				shutdown(v->lines[i].fd, SHUT_RD);
		while (v->used)
			pthread_cond_wait(&v->idle, &v->lock);
		pthread_mutex_unlock(&v->lock);
	}
	if (v->listener >= 0)
		close(v->listener);
	if (v->stop >= 0)
		close(v->stop);
	if (v->path.sun_path[0])
		unlink(v->path.sun_path);
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
