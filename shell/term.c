#include "shell/term.h"

#include "shell/front.h"

/* What the line was given in the configuration is its own: a window does not change it. */
struct own {
	bool length, width;
};

static enum session_verdict take_key(const struct term *t, struct front *f, struct edit *e, unsigned char key)
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
		verdict = session_break(t->session);
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
	session_note(t->session);
	if (verdict != SESSION_CLOSED) {
		front_prompt(f);
		edit_begin(e, &f->screen, session_history(t->session));
	}
	return verdict;
}

static void take_window(const struct term *t, const struct own *own)
{
	struct session_terminal *terminal = session_terminal(t->session);
	unsigned rows, columns;

	if (!t->window(t->ctx, &rows, &columns))
		return;
	if (rows && !own->length)
		terminal->length = rows;
	if (columns && !own->width)
		terminal->width = columns;
	session_note(t->session);
}

void term_run(const struct term *t)
{
	struct session_terminal *terminal = session_terminal(t->session);
	struct own own = { .length = terminal->length != 24, .width = terminal->width != 80 };
	enum session_verdict verdict = SESSION_ACCEPTED;
	struct front f;
	struct edit e = { 0 };

	take_window(t, &own);
	session_note(t->session);
	front_init(&f, t->session);
	if (!session_spoke(t->session))
		front_end_line(&f, "");
	front_prompt(&f);
	edit_begin(&e, &f.screen, session_history(t->session));
	while (verdict != SESSION_CLOSED && !t->over(t->ctx)) {
		switch (input_wait(t->input, session_log_fd(t->session), session_idle_ms(t->session))) {
		case INPUT_BYTE:
			take_window(t, &own);
			t->typed(t->ctx);
			verdict = take_key(t, &f, &e, (unsigned char)input_byte(t->input));
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
