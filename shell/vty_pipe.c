/* A vty whose bytes are text as it is: what the SSH server moves between its channel and a socket pair. */
#include "shell/vty_int.h"

#include "shell/front.h"

static void put(struct vty_line *l, const char *text, size_t octets)
{
	outlet_send(&l->out, text, octets);
}

/* An exec channel: the line's output and nothing else. */
static void run_command(struct vty_line *l)
{
	struct front f;

	session_terminal(l->session)->length = 0;
	session_terminal(l->session)->width = 0;
	front_init(&f, l->session);
	l->code = front_run_whole(&f, l->command) == SESSION_REJECTED_LINE;
}

void vty_pipe_serve(struct vty_line *l)
{
	l->put = put;
	l->out.whole = l->command != NULL;
	if (!(l->input = input_new(l->fd, l->hangup, NULL, NULL)))
		return;
	if (vty_line_open(l, vty_line_key, false) && l->command)
		run_command(l);
	else if (l->session)
		vty_line_run(l);
	vty_line_close(l);
}
