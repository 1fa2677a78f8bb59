/* A vty that is reached by telnet: the socket's octets through telnet.c. */
#include "shell/vty_int.h"

#include "shell/telnet.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void put(struct vty_line *l, const char *text, size_t octets)
{
	uint8_t out[2 * VTY_PIECE];

	outlet_send(&l->out, out, telnet_encode(text, octets, out));
}

static void typed(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct vty_line *l = ctx;

	input_push(l->input, bytes, octets);
}

/* Whoever reads what is typed must not wait for the other end to read. */
static void answer(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct vty_line *l = ctx;

	outlet_send_now(&l->out, bytes, octets);
}

static void window(void *ctx, unsigned rows, unsigned columns)
{
	vty_line_resize(ctx, rows, columns);
}

static bool decode(void *ctx, struct input *in, const uint8_t *bytes, size_t octets)
{
	(void)in;
	telnet_take(ctx, bytes, octets);
	return true;
}

void vty_telnet_serve(struct vty_line *l)
{
	struct telnet t = { .ctx = l, .typed = typed, .answer = answer, .window = window };
	int on = 1;

	/* the mark of an interrupt stays where it stood; a terminal's keys are not held back */
	setsockopt(l->fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->put = put;
	if (!(l->input = input_new(l->fd, l->hangup, decode, &t)))
		return;
	telnet_begin(&t);
	if (vty_line_open(l, vty_line_key, false))
		vty_line_run(l);
	vty_line_close(l);
}
