/* Questions of a command: one line of answer, one key, or the escape sequence. */
#include "shell/ask.h"

#include "shell/session_int.h"

#include <string.h>

int session_interrupt_fd(struct session *s)
{
	if (!s->io.interrupt_fd)
		return -1;
	s->interruptible = true;
	return s->io.interrupt_fd(s->io.ctx);
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

bool ask_line(const struct session_io *io, bool secret, char *answer, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = io->read(io->ctx)) >= 0 && c != '\r' && c != '\n') {
		if (c == 0x03 || c == 0x1a || c == 0x1e) {
			io->write(io->ctx, "\r\n", 2);
			return false;
		}
		if (c == '\b' || c == 0x7f) {
			if (n && !secret)
				io->write(io->ctx, "\b \b", 3);
			n -= n > 0;
		} else if (c == 0x15) {
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
	return c >= 0;
}

bool session_ask(struct session *s, const char *prompt, bool secret, char *answer, size_t size)
{
	bool had, given;

	if (!s->io.read || !size)
		return false;
	had = give_up_lock(s);
	output_raw(s, prompt, strlen(prompt));
	given = ask_line(&s->io, secret, answer, size);
	s->at_start = true;
	if (had)
		session_lock(s);
	return given;
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
	if (c > ' ' && c < 0x7f)
		output_raw(s, &(char){ (char)c }, 1);
	output_raw(s, "\r\n", 2);
	if (had)
		session_lock(s);
	return c == '\r' || c == '\n' || c == 'y' || c == 'Y';
}
