#include "shell/console.h"

#include "config/free.h"
#include "shell/aaa.h"
#include "shell/fd.h"
#include "shell/front.h"
#include "shell/input.h"
#include "shell/lines.h"
#include "shell/thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <readline/readline.h>

struct console {
	struct console_options o;
	int stop;
	int leave; /* readable when the line is to close: the console stops, or `clear line` */
	pthread_t thread;
	bool terminal, plain_out;
	struct termios saved;
	struct input *input;
	struct session *session;
	struct front front;
	struct edit edit;
	Keymap keys;       /* every key is ours */
	FILE *nowhere;     /* what readline would print itself */
	FILE *terminal_in; /* readline looks whether more is typed already; the bytes come through rl_key_getc() */

	/* what a key did, for the loop that fed it */
	enum edit_event event;
	char *line;
	int key_before;
	bool over; /* the way out was typed */
	bool late; /* nobody typed in time, in the middle of a command */
};

/* --- bytes ---- */

/* A file or a pipe gets line feeds alone. */
static void console_write(void *ctx, const char *bytes, size_t octets)
{
	struct console *c = ctx;

	while (c->plain_out && octets) {
		const char *cr = memchr(bytes, '\r', octets);
		size_t n = cr ? (size_t)(cr - bytes) : octets;

		fd_write_all(c->o.out, bytes, n);
		bytes += n;
		octets -= n;
		if (octets && (octets == 1 || bytes[1] != '\n'))
			fd_write_all(c->o.out, bytes, 1);
		if (octets) {
			bytes++;
			octets--;
		}
	}
	fd_write_all(c->o.out, bytes, octets);
}

/* Of what is typed: the line is not idle. */
static void typed(struct console *c)
{
	if (c->o.shell->lines)
		lines_typed(c->o.shell->lines, 0);
}

static int console_read_within(void *ctx, int timeout_ms)
{
	struct console *c = ctx;
	int key = input_byte_within(c->input, timeout_ms);

	if (key >= 0)
		typed(c);
	return key;
}

/* Who does not answer a question in the time of exec-timeout has left. */
static int console_read(void *ctx)
{
	struct console *c = ctx;
	int key = console_read_within(c, c->terminal ? session_idle_ms(c->session) : -1);

	c->late |= key == -2;
	return key < 0 ? -1 : key;
}

static enum session_wait console_wait(void *ctx, int other_fd, int timeout_ms)
{
	return input_session_wait(((struct console *)ctx)->input, other_fd, timeout_ms);
}

static int console_interrupt_fd(void *ctx)
{
	struct console *c = ctx;

	/* what waits in a pipe is the next command, not an escape sequence */
	return c->terminal ? input_interrupt_fd(c->input) : c->leave;
}

static void console_interrupt_done(void *ctx)
{
	input_interrupt_done(((struct console *)ctx)->input);
}

/* --- a session ---- */

/* A terminal that is smaller than the line's settings would wrap and scroll what it should not. */
static void fit_terminal(struct console *c)
{
	struct session_terminal *t = session_terminal(c->session);
	struct winsize size = { 0 };

	if (ioctl(c->o.in, TIOCGWINSZ, &size) != 0)
		return;
	if (size.ws_row && size.ws_row < t->length)
		t->length = size.ws_row;
	if (size.ws_col && size.ws_col < t->width)
		t->width = size.ws_col;
}

static void hang_up(void *ctx)
{
	fd_signal(((struct console *)ctx)->leave);
}

static void take_seat(struct console *c, bool take)
{
	struct lines *lines = c->o.shell->lines;

	if (lines && take)
		lines_sit(lines, 0, &(struct line_seat){ .end = LINE_END_CONSOLE, .ctx = c, .hang_up = hang_up });
	else if (lines)
		lines_leave(lines, 0);
}

/* The line closed. True: for this user alone (`clear line console 0`). */
static bool was_cleared(struct console *c)
{
	struct pollfd p[] = { { c->stop, POLLIN, 0 }, { c->leave, POLLIN, 0 } };
	uint64_t n;

	if (poll(p, 2, 0) <= 0 || p[0].revents || read(c->leave, &n, sizeof(n)) != sizeof(n))
		return false;
	input_reopen(c->input);
	return true;
}

static bool open_session(struct console *c)
{
	struct session_io io = {
		.ctx = c,
		.write = console_write,
		.read = console_read,
		.read_within = console_read_within,
		.wait = console_wait,
		.interrupt_fd = console_interrupt_fd,
		.interrupt_done = console_interrupt_done,
		.lines = !c->terminal,
	};

	session_free(c->session);
	take_seat(c, true);
	c->late = false;
	c->session = session_new(c->o.shell, SESSION_CONSOLE, &io, "console");
	if (!c->session)
		return false;
	if (!c->terminal)
		session_terminal(c->session)->length = session_terminal(c->session)->width = 0;
	else
		fit_terminal(c);
	session_note(c->session);
	front_init(&c->front, c->session);
	return true;
}

/* The session is over: IOS's farewell, then Return. False: the input is over. */
static bool await_return(struct console *c)
{
	int key = 0;

	take_seat(c, false);
	front_goodbye(&c->front);
	while (key != '\r' && key != '\n') {
		switch (input_wait(c->input, session_log_fd(c->session), -1)) {
		case INPUT_BYTE:
			key = input_byte(c->input);
			if (c->terminal && key == CTRL('D'))
				return false;
			break;
		case INPUT_OTHER:
			session_print_logs(c->session);
			break;
		case INPUT_TIMEOUT:
		case INPUT_CLOSED:
			if (!was_cleared(c))
				return false;
		}
	}
	front_end_line(&c->front, "");
	return true;
}

/* Until a session has begun that its user may use. False: the input is over. */
static bool wait_for_return(struct console *c)
{
	do {
		if (!await_return(c) || !open_session(c))
			return false;
	} while (!login_run(c->session, false));
	return true;
}

/* Nobody pressed Return at the start. */
static bool first_login(struct console *c)
{
	return login_run(c->session, false) || wait_for_return(c);
}

/* --- without a terminal ---- */

/* One line into text. False: the input is over. */
static bool read_line(struct console *c, char *text, size_t size)
{
	size_t n = 0;
	int key = 0;

	while (true) {
		switch (input_wait(c->input, session_log_fd(c->session), -1)) {
		case INPUT_BYTE:
			key = input_byte(c->input);
			break;
		case INPUT_OTHER:
			session_print_logs(c->session);
			continue;
		case INPUT_TIMEOUT:
		case INPUT_CLOSED:
			if (was_cleared(c) && wait_for_return(c))
				continue;
			text[n] = '\0';
			return n > 0;
		}
		if (key == '\r' || key == '\n')
			break;
		if (n + 1 < size && key)
			text[n++] = (char)key;
	}
	text[n] = '\0';
	return true;
}

static void run_plain(struct console *c)
{
	char text[4096];

	if (!first_login(c))
		return;
	while (read_line(c, text, sizeof(text))) {
		front_prompt(&c->front);
		session_write(c->session, text, strlen(text));
		front_end_line(&c->front, "");
		if (front_run_whole(&c->front, text) == SESSION_CLOSED && !wait_for_return(c))
			return;
		session_note(c->session);
	}
	session_print_logs(c->session);
}

/* --- readline ---- */

/*
 * readline keeps its state in globals and its callbacks carry no context, so the one console of the process stands
 * here while its thread runs.
 */
static struct console *at_readline;

/* To readline Ctrl-D is the end of the input: it is shown a NUL in its place, and for a NUL a key that does nothing. */
static int rl_key_getc(FILE *stream)
{
	int key = input_byte(at_readline->input);

	(void)stream;
	return key == CTRL('D') ? '\0' : key == '\0' ? CTRL('^') : key;
}

static void rl_draw(void)
{
	screen_show(&at_readline->front.screen, rl_line_buffer, (size_t)rl_end, (size_t)rl_point);
}

static void rl_line(char *line)
{
	rl_callback_handler_remove();
	at_readline->line = line;
}

static void show_readline(const struct edit *e)
{
	rl_replace_line(e->text, 1);
	rl_point = (int)e->point;
}

/*
 * Every key: IOS's editor does to the line what it does on a vty. Ctrl-D on an empty line is the way out of the
 * program, but not for the Ctrl-Ds that go on when they have deleted all there was.
 */
static int rl_on_key(int count, int key)
{
	struct console *c = at_readline;

	(void)count;
	if (!key)
		key = CTRL('D');
	c->over = key == CTRL('D') && !c->edit.octets && c->key_before != CTRL('D');
	c->key_before = key;
	c->event = edit_key(&c->edit, (unsigned char)key);
	show_readline(&c->edit);
	return c->event == EDIT_LINE ? rl_newline(1, key) : 0;
}

static void rl_leave_terminal_alone(int meta)
{
	(void)meta;
}

static void rl_leave_terminal(void)
{
}

/* Nothing of the user's own settings for other programs. */
static void set_up_readline(struct console *c)
{
	Keymap keys = rl_make_bare_keymap();

	at_readline = c;
	setenv("INPUTRC", "/dev/null", 1);
	rl_readline_name = "mainmode";
	rl_terminal_name = "dumb";
	rl_outstream = c->nowhere;
	rl_instream = c->terminal_in;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_getc_function = rl_key_getc;
	rl_redisplay_function = rl_draw;
	rl_prep_term_function = rl_leave_terminal_alone;
	rl_deprep_term_function = rl_leave_terminal;
	rl_initialize();
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("bind-tty-special-chars", "off");
	rl_variable_bind("convert-meta", "off");
	rl_variable_bind("input-meta", "on");
	rl_variable_bind("output-meta", "on");
	for (int key = 0; keys && key < KEYMAP_SIZE - 1; key++)
		rl_bind_key_in_map(key, rl_on_key, keys);
	if (keys)
		rl_set_keymap(keys);
	c->keys = keys;
}

static void begin_line(struct console *c)
{
	c->event = EDIT_NONE;
	front_prompt(&c->front);
	edit_begin(&c->edit, &c->front.screen, session_history(c->session));
	rl_callback_handler_install("", rl_line);
}

static void drop_line(struct console *c)
{
	edit_set(&c->edit, "");
	show_readline(&c->edit);
	rl_callback_handler_remove();
}

static enum session_verdict take_event(struct console *c)
{
	enum session_verdict verdict = SESSION_ACCEPTED;
	struct edit *e = &c->edit;
	char text[EDIT_SIZE];

	switch (c->event) {
	case EDIT_NONE:
		return verdict;
	case EDIT_LINE:
		front_end_line(&c->front, "");
		verdict = front_run(&c->front, c->line ? c->line : "");
		free_line(c->line);
		c->line = NULL;
		break;
	case EDIT_HELP:
		front_help(&c->front, e->text, e->octets, e->point);
		return verdict;
	case EDIT_TAB:
		front_tab(&c->front, e->text, text);
		edit_set(e, text);
		show_readline(e);
		return verdict;
	case EDIT_REDRAW:
		front_end_line(&c->front, "");
		front_redraw(&c->front, e->text, e->octets, e->point);
		return verdict;
	case EDIT_BREAK:
		front_end_line(&c->front, "^C");
		verdict = session_break(c->session);
		drop_line(c);
		break;
	case EDIT_END:
		snprintf(text, sizeof(text), "%s", e->text);
		front_end_line(&c->front, "^Z");
		verdict = front_run_and_end(&c->front, text);
		drop_line(c);
		break;
	}
	session_note(c->session);
	if (c->late)
		verdict = SESSION_CLOSED;
	if (verdict != SESSION_CLOSED)
		begin_line(c);
	return verdict;
}

static void run_terminal(struct console *c)
{
	enum session_verdict verdict = SESSION_ACCEPTED;

	if (!first_login(c))
		return;
	if (!session_spoke(c->session))
		front_end_line(&c->front, "");
	begin_line(c);
	while (true) {
		enum input_event event = input_wait(c->input, session_log_fd(c->session), session_idle_ms(c->session));

		switch (event) {
		case INPUT_BYTE:
			rl_callback_read_char();
			if (c->over) {
				front_end_line(&c->front, "");
				return;
			}
			typed(c);
			verdict = take_event(c);
			break;
		case INPUT_OTHER:
			front_logs(&c->front, c->edit.text, c->edit.octets, c->edit.point);
			break;
		case INPUT_TIMEOUT:
		case INPUT_CLOSED:
			if (event == INPUT_CLOSED && !was_cleared(c)) {
				rl_callback_handler_remove();
				return;
			}
			drop_line(c);
			front_end_line(&c->front, "");
			verdict = SESSION_CLOSED;
			break;
		}
		if (verdict == SESSION_CLOSED) {
			if (!wait_for_return(c))
				return;
			verdict = SESSION_ACCEPTED;
			begin_line(c);
		}
	}
}

/* --- the thread ---- */

static void *console_thread(void *arg)
{
	struct console *c = arg;
	struct pollfd stop = { c->stop, POLLIN, 0 };

	thread_of_user("Exec");
	if (c->terminal)
		run_terminal(c);
	else
		run_plain(c);
	if (poll(&stop, 1, 0) == 0 && c->o.ended)
		c->o.ended(c->o.ctx);
	return NULL;
}

static void set_raw(struct console *c)
{
	struct termios raw = c->saved;

	cfmakeraw(&raw);
	tcsetattr(c->o.in, TCSADRAIN, &raw);
}

static void free_console(struct console *c)
{
	session_free(c->session);
	take_seat(c, false);
	input_free(c->input);
	if (c->nowhere)
		fclose(c->nowhere);
	if (c->terminal_in)
		fclose(c->terminal_in);
	if (c->stop >= 0)
		close(c->stop);
	if (c->leave >= 0)
		close(c->leave);
	free(c);
}

struct console *console_start(const struct console_options *o)
{
	struct console *c = calloc(1, sizeof(*c));
	int in;

	if (!c)
		return NULL;
	c->o = *o;
	c->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->leave = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->terminal = tcgetattr(o->in, &c->saved) == 0;
	c->plain_out = !isatty(o->out);
	c->nowhere = fopen("/dev/null", "we");
	if ((in = dup(o->in)) >= 0 && !(c->terminal_in = fdopen(in, "r")))
		close(in);
	if (c->stop < 0 || c->leave < 0 || !c->nowhere || !c->terminal_in ||
	    !(c->input = input_new(o->in, c->leave, NULL, NULL)) || !open_session(c)) {
		free_console(c);
		return NULL;
	}
	if (c->terminal) {
		set_raw(c);
		set_up_readline(c);
	}
	if (pthread_create(&c->thread, NULL, console_thread, c) != 0) {
		if (c->terminal)
			tcsetattr(o->in, TCSADRAIN, &c->saved);
		free_console(c);
		return NULL;
	}
	return c;
}

void console_stop(struct console *c)
{
	if (!c)
		return;
	fd_signal(c->stop);
	fd_signal(c->leave);
	pthread_join(c->thread, NULL);
	if (c->terminal) {
		tcsetattr(c->o.in, TCSADRAIN, &c->saved);
		rl_set_keymap(rl_get_keymap_by_name("emacs"));
		if (c->keys)
			rl_free_keymap(c->keys);
		at_readline = NULL;
	}
	free_console(c);
}
