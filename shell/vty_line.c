/* A connection's seat: which line it gets, its thread, and the session that all transports have in common. */
#include "shell/vty_int.h"

#include "base/locked.h"
#include "config/free.h"
#include "shell/aaa.h"
#include "shell/fd.h"
#include "shell/term.h"
#include "shell/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the session's ends ---- */

/* A piece never ends between CR and LF: telnet would fill a lone CR up. */
static void write_text(void *ctx, const char *bytes, size_t octets)
{
	struct vty_line *l = ctx;

	while (octets) {
		size_t piece = octets < VTY_PIECE ? octets : VTY_PIECE;

		if (piece < octets && bytes[piece - 1] == '\r')
			piece--;
		l->put(l, bytes, piece);
		bytes += piece;
		octets -= piece;
	}
}

static int key_within(void *ctx, int timeout_ms)
{
	struct vty_line *l = ctx;
	int key = input_byte_within(l->input, timeout_ms);

	if (key >= 0)
		lines_typed(l->vty->shell->lines, l->tty);
	return key;
}

/* Who does not answer a question in the time of exec-timeout has left. */
int vty_line_key(void *ctx)
{
	struct vty_line *l = ctx;
	int key = key_within(l, session_idle_ms(l->session));

	l->late |= key == -2;
	return key < 0 ? -1 : key;
}

static enum session_wait wait_key(void *ctx, int other_fd, int timeout_ms)
{
	return input_session_wait(((struct vty_line *)ctx)->input, other_fd, timeout_ms);
}

static int interrupt_fd(void *ctx)
{
	return input_interrupt_fd(((struct vty_line *)ctx)->input);
}

static void interrupt_done(void *ctx)
{
	input_interrupt_done(((struct vty_line *)ctx)->input);
}

static bool stalled(void *ctx)
{
	return outlet_stalled(&((struct vty_line *)ctx)->out);
}

static bool pending(void *ctx)
{
	return outlet_pending(&((struct vty_line *)ctx)->out);
}

static void flush(void *ctx)
{
	outlet_flush(&((struct vty_line *)ctx)->out);
}

static void dropped(void *ctx, size_t octets)
{
	struct vty_line *l = ctx;

	lines_dropped(l->vty->shell->lines, l->tty, octets);
}

bool vty_line_open(struct vty_line *l, int (*read)(void *ctx), bool lines)
{
	struct session_io io = {
		.ctx = l,
		.write = write_text,
		.read = read,
		.read_within = lines ? NULL : key_within,
		.wait = lines ? NULL : wait_key,
		.stalled = stalled,
		.interrupt_fd = interrupt_fd,
		.interrupt_done = interrupt_done,
		.lines = lines,
	};
	char name[16];

	input_set_output(l->input, pending, flush, l);
	snprintf(name, sizeof(name), "vty%u", l->number);
	if (!(l->session = session_new(l->vty->shell, SESSION_VTY, &io, name)))
		return false;
	session_set_from(l->session, &l->from);
	if (*l->user) {
		session_set_user(l->session, l->user);
		session_set_privilege(l->session, l->privilege);
	}
	session_note(l->session);
	return true;
}

/* --- a terminal ---- */

static bool window(void *ctx, unsigned *rows, unsigned *columns)
{
	struct vty_line *l = ctx;
	bool changed;

	pthread_mutex_lock(&l->lock);
	changed = l->resized;
	*rows = l->rows;
	*columns = l->columns;
	l->resized = false;
	pthread_mutex_unlock(&l->lock);
	return changed;
}

static void typed(void *ctx)
{
	struct vty_line *l = ctx;

	lines_typed(l->vty->shell->lines, l->tty);
}

static bool over(void *ctx)
{
	struct vty_line *l = ctx;

	return l->late || outlet_broken(&l->out);
}

static void set_waits(struct vty_line *l, bool waits)
{
	pthread_mutex_lock(&l->vty->lock);
	l->waits = waits;
	pthread_mutex_unlock(&l->vty->lock);
}

void vty_line_run(struct vty_line *l)
{
	struct term t = {
		.session = l->session, .input = l->input, .ctx = l, .window = window, .typed = typed, .over = over
	};

	if (!login_run(l->session, *l->user))
		return;
	set_waits(l, false);
	term_run(&t);
}

void vty_line_resize(struct vty_line *l, unsigned rows, unsigned columns)
{
	pthread_mutex_lock(&l->lock);
	l->rows = rows;
	l->columns = columns;
	l->resized = rows || columns;
	pthread_mutex_unlock(&l->lock);
}

void vty_line_close(struct vty_line *l)
{
	session_free(l->session);
	input_free(l->input);
	l->session = NULL;
	l->input = NULL;
}

/* --- life ---- */

static void hang_up(void *ctx)
{
	fd_signal(((struct vty_line *)ctx)->hangup);
}

static void free_vty_line(struct vty_line *l)
{
	if (l->hangup >= 0)
		close(l->hangup);
	if (l->command)
		free_line(l->command);
	outlet_destroy(&l->out);
	pthread_cond_destroy(&l->gone);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* The other end reads all that was sent before it is told of what it typed and nobody read. */
static void close_wire(struct vty_line *l)
{
	uint8_t unread[1024];

	if (outlet_stalled(&l->out)) /* and nothing is kept for one that does not read */
		setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	else
		shutdown(l->fd, SHUT_WR);
	for (int i = 0; i < 64 && recv(l->fd, unread, sizeof(unread), MSG_DONTWAIT) > 0; i++)
		;
	close(l->fd);
}

/* Only now may the seat be somebody else's. An SSH connection asks for its exit status yet. */
static void leave(struct vty_line *l)
{
	struct vty *v = l->vty;
	bool asked_for = l->end == LINE_END_SSH;

	lines_leave(v->shell->lines, l->tty);
	pthread_mutex_lock(&v->lock);
	close_wire(l);
	v->lines[l->number] = NULL;
	v->used--;
	pthread_cond_broadcast(&v->idle);
	pthread_mutex_unlock(&v->lock);
	if (!asked_for) {
		free_vty_line(l);
		return;
	}
	pthread_mutex_lock(&l->lock);
	l->over = true;
	pthread_cond_signal(&l->gone);
	pthread_mutex_unlock(&l->lock);
}

static void *line_thread(void *arg)
{
	struct vty_line *l = arg;

	thread_of_user("Virtual Exec");
	switch (l->end) {
	case LINE_END_TELNET:
		vty_telnet_serve(l);
		break;
	case LINE_END_SSH:
		vty_pipe_serve(l);
		break;
	case LINE_END_LOCAL:
	case LINE_END_CONSOLE:
		vty_local_serve(l);
		break;
	}
	outlet_finish(&l->out);
	leave(l);
	locked_loosen(); /* its command tree, and what it printed, were in a heap of this thread */
	return NULL;
}

int vty_finish(struct vty_line *l)
{
	int code;

	pthread_mutex_lock(&l->lock);
	while (!l->over)
		pthread_cond_wait(&l->gone, &l->lock);
	pthread_mutex_unlock(&l->lock);
	code = l->code;
	free_vty_line(l);
	return code;
}

void vty_resize(struct vty_line *l, unsigned rows, unsigned columns)
{
	vty_line_resize(l, rows, columns);
}

/* --- which line ---- */

/*
 * The last line that is free is not given to a source that has others wait for its login: one that opens connections
 * and says nothing does not lock everybody else out. With v's lock.
 */
static bool may_have_last(const struct vty *v, const struct vty_client *c)
{
	if (!c->from.family || c->user)
		return true;
	for (unsigned n = 0; n < VTY_LINES; n++)
		if (v->lines[n] && v->lines[n]->waits && ip_equal(&v->lines[n]->from, &c->from))
			return false;
	return true;
}

/* IOS takes the first that is free, and only then asks whether its access-class lets the source in. With v's lock. */
static int choose(const struct vty *v, const struct vty_client *c, const struct vty_choice *choice)
{
	unsigned free = 0;
	int first = -1;

	for (unsigned n = 0; n < VTY_LINES; n++)
		if (choice->takes[n] && !v->lines[n]) {
			free++;
			first = first < 0 ? (int)n : first;
		}
	if (first < 0 || !choice->permits[first] || (free == 1 && !may_have_last(v, c)))
		return -1;
	return first;
}

static struct vty_line *new_vty_line(struct vty *v, unsigned number, int fd, const struct vty_client *c)
{
	struct vty_line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct vty_line){
		.vty = v,
		.number = number,
		.tty = lines_tty(LINE_VTY, number),
		.end = c->end,
		.from = c->from,
		.privilege = c->privilege,
		.fd = fd,
		.rows = c->rows,
		.columns = c->columns,
		.resized = c->rows || c->columns,
		.hangup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	};
	snprintf(l->user, sizeof(l->user), "%s", c->user ? c->user : "");
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->gone, NULL);
	outlet_init(&l->out, fd, l->hangup);
	l->out.ctx = l;
	l->out.dropped = dropped;
	if (c->command)
		l->command = strdup(c->command);
	if (l->hangup < 0 || (c->command && !l->command)) {
		free_vty_line(l);
		return NULL;
	}
	return l;
}

/* With v's lock. */
static bool start(struct vty *v, struct vty_line *l, const struct vty_client *c)
{
	struct lines *lines = v->shell->lines;
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (!lines_sit(lines, l->tty,
		       &(struct line_seat){ .end = c->end,
					    .from = c->from,
					    .cipher = c->cipher,
					    .hmac = c->hmac,
					    .ctx = l,
					    .hang_up = hang_up }))
		return false;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, line_thread, l);
	pthread_attr_destroy(&attr);
	if (error) {
		lines_leave(lines, l->tty);
		errno = error;
		return false;
	}
	v->lines[l->number] = l;
	v->used++;
	return true;
}

struct vty_line *vty_line_begin(struct vty *v, int fd, const struct vty_client *c, const struct vty_choice *choice)
{
	struct vty_line *l = NULL;
	int room = VTY_OUTPUT_OCTETS / 2, number;

	/* the kernel keeps what its terminal did not take yet, and counts its own bytes twice */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	errno = 0;
	pthread_mutex_lock(&v->lock);
	number = choose(v, c, choice);
	if (number >= 0 && (l = new_vty_line(v, (unsigned)number, fd, c)))
		l->waits = choice->asks[number] && !c->user;
	if (l && !start(v, l, c)) {
		free_vty_line(l);
		l = NULL;
	}
	pthread_mutex_unlock(&v->lock);
	return l;
}

void vty_lines_end(struct vty *v)
{
	pthread_mutex_lock(&v->lock);
	for (unsigned n = 0; n < VTY_LINES; n++)
		if (v->lines[n])
			hang_up(v->lines[n]);
	while (v->used)
		pthread_cond_wait(&v->idle, &v->lock);
	pthread_mutex_unlock(&v->lock);
}
