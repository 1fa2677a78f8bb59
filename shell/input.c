#include "shell/input.h"

#include "base/clock.h"
#include "base/wipe.h"
#include "shell/fd.h"
#include "shell/keys.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TYPED_AHEAD 65536 /* more than this nobody types; the rest waits in the descriptor */

struct input {
	int fd, stop_fd;
	input_decode_fn decode;
	void *ctx;
	bool (*pending)(void *ctx); /* or NULL */
	void (*flush)(void *ctx);
	void *output_ctx;
	/* One thread at a time touches these: the session's, or the watcher while a command runs. */
	uint8_t *bytes;
	size_t first, count, room;
	uint8_t last; /* that came in */
	bool closed;

	pthread_t watcher;
	bool watching;
	int interrupt, leave; /* eventfds: the user's, and ours to the watcher */
};

struct input *input_new(int fd, int stop_fd, input_decode_fn decode, void *ctx)
{
	struct input *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	*in = (struct input){ .fd = fd, .stop_fd = stop_fd, .decode = decode, .ctx = ctx };
	in->interrupt = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	in->leave = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (in->interrupt < 0 || in->leave < 0) {
		input_free(in);
		return NULL;
	}
	return in;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	input_interrupt_done(in);
	if (in->interrupt >= 0)
		close(in->interrupt);
	if (in->leave >= 0)
		close(in->leave);
	if (in->bytes)
		wipe(in->bytes, in->room); /* passwords were typed, too */
	free(in->bytes);
	free(in);
}

void input_push(struct input *in, const uint8_t *bytes, size_t octets)
{
	if (in->first && in->first == in->count)
		in->first = in->count = 0;
	if (in->room - in->count < octets) {
		size_t room = (in->count + octets) * 2;
		uint8_t *p = realloc(in->bytes, room);

		if (!p) {
			in->closed = true;
			return;
		}
		in->bytes = p;
		in->room = room;
	}
	/* CR LF is one Return: else the line feed would answer the next question */
	for (size_t i = 0; i < octets; i++) {
		if (bytes[i] != '\n' || in->last != '\r')
			in->bytes[in->count++] = bytes[i];
		in->last = bytes[i];
	}
}

static size_t waiting(const struct input *in)
{
	return in->count - in->first;
}

/* The descriptor is readable. */
static void take_in(struct input *in)
{
	uint8_t raw[1024];
	ssize_t n = read(in->fd, raw, sizeof(raw));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		in->closed = true;
	else if (!in->decode)
		input_push(in, raw, (size_t)n);
	else if (!in->decode(in->ctx, in, raw, (size_t)n))
		in->closed = true;
}

void input_set_output(struct input *in, bool (*pending)(void *ctx), void (*flush)(void *ctx), void *ctx)
{
	in->pending = pending;
	in->flush = flush;
	in->output_ctx = ctx;
}

static bool output_waits(const struct input *in)
{
	return in->pending && in->pending(in->output_ctx);
}

static int left_ms(int64_t until)
{
	int64_t left = until < 0 ? -1 : until - (int64_t)clock_ms();

	return until < 0 ? -1 : left > 0 ? (int)left : 0;
}

enum input_event input_wait(struct input *in, int other_fd, int timeout_ms)
{
	/* what is not typed does not make it longer */
	int64_t until = timeout_ms < 0 ? -1 : (int64_t)clock_ms() + timeout_ms;

	input_interrupt_done(in); /* a command that asks reads for itself */
	while (true) {
		bool output = output_waits(in);
		struct pollfd p[] = {
			{ in->stop_fd, POLLIN, 0 },
			{ other_fd, POLLIN, 0 },
			{ in->fd, (short)(output ? POLLIN | POLLOUT : POLLIN), 0 },
		};
		int n;

		if (waiting(in))
			return INPUT_BYTE;
		if (in->closed)
			return INPUT_CLOSED;
		n = poll(p, 3, left_ms(until));
		if (n < 0 && errno != EINTR)
			return INPUT_CLOSED;
		if (n == 0)
			return INPUT_TIMEOUT;
		if (n < 0)
			continue;
		if (p[0].revents)
			in->closed = true;
		else if (p[2].revents & ~POLLOUT)
			take_in(in);
		if (p[2].revents & POLLOUT)
			in->flush(in->output_ctx);
		/* the user comes first: what never ends, as what a host sends, does not keep him from ending it */
		if (waiting(in) || in->closed)
			continue;
		if (p[1].revents || (p[2].revents & POLLOUT && !output_waits(in)))
			return INPUT_OTHER;
	}
}

enum session_wait input_session_wait(struct input *in, int other_fd, int timeout_ms)
{
	switch (input_wait(in, other_fd, timeout_ms)) {
	case INPUT_BYTE:
		return SESSION_WAIT_KEY;
	case INPUT_OTHER:
		return SESSION_WAIT_OTHER;
	case INPUT_TIMEOUT:
		return SESSION_WAIT_TIMEOUT;
	case INPUT_CLOSED:
		break;
	}
	return SESSION_WAIT_CLOSED;
}

int input_byte_within(struct input *in, int timeout_ms)
{
	enum input_event e;

	while ((e = input_wait(in, -1, timeout_ms)) == INPUT_OTHER)
		;
	return e == INPUT_BYTE ? in->bytes[in->first++] : e == INPUT_TIMEOUT ? -2 : -1;
}

int input_byte(struct input *in)
{
	return input_byte_within(in, -1);
}

void input_reopen(struct input *in)
{
	input_interrupt_done(in);
	in->first = in->count = 0;
	in->closed = false;
}

/* --- the escape sequence ---- */

static void clear_event(int fd)
{
	uint64_t value;
	ssize_t n = read(fd, &value, sizeof(value));

	(void)n;
}

/* Takes the escape sequence out of what was typed; the rest waits for the next prompt. */
static bool take_escape(struct input *in)
{
	bool found = false;
	size_t kept = in->first;

	for (size_t i = in->first; i < in->count; i++) {
		if (in->bytes[i] == CTRL_KEY('C') || in->bytes[i] == KEY_INTERRUPT)
			found = true;
		else
			in->bytes[kept++] = in->bytes[i];
	}
	in->count = kept;
	return found;
}

static void *watch(void *arg)
{
	struct input *in = arg;

	while (true) {
		struct pollfd p[] = {
			{ in->leave, POLLIN, 0 },
			{ in->stop_fd, POLLIN, 0 },
			{ in->fd, (short)(waiting(in) < TYPED_AHEAD ? POLLIN : 0), 0 },
		};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return NULL;
		if (p[0].revents)
			return NULL;
		if (p[1].revents)
			in->closed = true;
		else if (p[2].revents)
			take_in(in);
		if (take_escape(in) || in->closed) {
			fd_signal(in->interrupt);
			return NULL;
		}
	}
}

int input_interrupt_fd(struct input *in)
{
	if (!in->watching) {
		clear_event(in->leave);
		clear_event(in->interrupt);
		in->watching = pthread_create(&in->watcher, NULL, watch, in) == 0;
	}
	return in->watching ? in->interrupt : -1;
}

void input_interrupt_done(struct input *in)
{
	if (!in->watching)
		return;
	fd_signal(in->leave);
	pthread_join(in->watcher, NULL);
	in->watching = false;
}
