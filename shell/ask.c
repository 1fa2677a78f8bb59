/* Questions of a command: one line of answer, one key, or the escape sequence. */
#include "shell/ask.h"

#include "base/clock.h"
#include "shell/keys.h"
#include "shell/session_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Of ask_until(), beside 0. */
#define GIVEN_UP (-1)
#define EXPIRED  (-2)

int session_interrupt_fd(struct session *s)
{
	if (!s->io.interrupt_fd)
		return -1;
	s->interruptible = true;
	return s->io.interrupt_fd(s->io.ctx);
}

enum session_wait session_wait(struct session *s, int other_fd, int timeout_ms, unsigned char *key)
{
	enum session_wait e;
	int c, n;

	output_flush(s);
	if (!s->io.wait) { /* nobody types there, but it may be closed */
		struct pollfd p[] = { { session_interrupt_fd(s), POLLIN, 0 }, { other_fd, POLLIN, 0 } };

		n = poll(p, 2, timeout_ms);
		if (n > 0 && p[0].revents)
			return SESSION_WAIT_CLOSED;
		return n > 0 || (n < 0 && errno == EINTR) ? SESSION_WAIT_OTHER : SESSION_WAIT_TIMEOUT;
	}
	e = s->io.wait(s->io.ctx, other_fd, timeout_ms);
	if (e != SESSION_WAIT_KEY)
		return e;
	c = s->io.read(s->io.ctx);
	*key = (unsigned char)c;
	return c < 0 ? SESSION_WAIT_CLOSED : SESSION_WAIT_KEY;
}

/* The user's turn: out with what was printed, and the lock is given up until the answer is there. */
static bool give_up_lock(struct session *s)
{
	bool had = s->locked;

	if (had)
		session_unlock(s, true);
	output_flush(s);
	pager_begin(&s->pager);
	return had;
}

/* end_ms 0: for ever. Negative: the line closed, or EXPIRED. */
static int next_byte(const struct session_io *io, uint64_t end_ms)
{
	uint64_t now = clock_ms();

	if (!end_ms || !io->read_within)
		return io->read(io->ctx);
	return now < end_ms ? io->read_within(io->ctx, (int)(end_ms - now)) : EXPIRED;
}

/* 0: the answer is there. */
static int ask_until(const struct session_io *io, bool secret, char *answer, size_t size, uint64_t end_ms)
{
	size_t n = 0;
	int c;

	while ((c = next_byte(io, end_ms)) >= 0 && c != '\r' && c != '\n') {
		if (c == CTRL_KEY('C') || c == CTRL_KEY('Z') || c == KEY_INTERRUPT) {
			io->write(io->ctx, "\r\n", 2);
			return GIVEN_UP;
		}
		if (c == '\b' || c == KEY_RUBOUT) {
			if (n && !secret)
				io->write(io->ctx, "\b \b", 3);
			n -= n > 0;
		} else if (c == CTRL_KEY('U')) {
			for (; n; n--)
				if (!secret)
					io->write(io->ctx, "\b \b", 3);
		} else if (c >= ' ' && n + 1 < size) {
			answer[n++] = (char)c;
			if (!secret)
				io->write(io->ctx, &answer[n - 1], 1);
		}
	}
	answer[n] = '\0';
	io->write(io->ctx, "\r\n", 2);
	return c < 0 ? c : 0;
}

bool ask_line(const struct session_io *io, bool secret, char *answer, size_t size)
{
	return ask_until(io, secret, answer, size, 0) == 0;
}

bool session_ask_within(struct session *s, const char *prompt, bool secret, char *answer, size_t size, int timeout_ms,
			bool *expired)
{
	int given;
	bool had;

	*expired = false;
	if (!s->io.read || !size)
		return false;
	had = give_up_lock(s);
	output_raw(s, prompt, strlen(prompt));
	given = ask_until(&s->io, secret, answer, size, timeout_ms < 0 ? 0 : clock_ms() + (uint64_t)timeout_ms);
	*expired = given == EXPIRED;
	s->at_start = true;
	if (had)
		session_lock(s);
	return given == 0;
}

bool session_ask(struct session *s, const char *prompt, bool secret, char *answer, size_t size)
{
	bool expired;

	return session_ask_within(s, prompt, secret, answer, size, -1, &expired);
}

bool session_confirm(struct session *s, const char *prompt)
{
	bool had;
	int c;

	if (!s->io.read)
		return false;
	had = give_up_lock(s);
	output_raw(s, prompt, strlen(prompt));
	c = s->io.read(s->io.ctx);
	for (int rest = c; s->io.lines && rest >= 0 && rest != '\r' && rest != '\n';)
		rest = s->io.read(s->io.ctx);
	if (c > ' ' && c < KEY_RUBOUT)
		output_raw(s, &(char){ (char)c }, 1);
	output_raw(s, "\r\n", 2);
	if (had)
		session_lock(s);
	return c == '\r' || c == '\n' || c == 'y' || c == 'Y';
}
