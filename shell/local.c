/*
 * A vty on the local socket: frames (wire.h), for `mainmode exec` and `mainmode attach`. Who may connect is the socket's
 * matter, so nobody logs in.
 */
#include "shell/vty_int.h"

#include "base/buf.h"
#include "config/free.h"
#include "shell/front.h"
#include "shell/wire.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GREETING_MS 5000 /* a client that says nothing must not keep a line */

struct local {
	struct vty_line *line;
	uint8_t kind, flags;

	/* exec: lines[next] is typed next; answer: what a dialog reads */
	char **lines;
	size_t count, next;
	const char *answer;
	bool answering;

	/* attach: frames as they come in pieces */
	uint8_t frame[WIRE_FRAME_OCTETS + WIRE_FRAME_MOST];
	size_t frame_octets;
};

/* --- to the client ---- */

static void send_frame(struct vty_line *l, enum wire_frame type, const void *data, size_t octets)
{
	uint8_t frame[WIRE_FRAME_OCTETS + WIRE_FRAME_MOST];
	struct wr w = wr_of(frame, sizeof(frame));

	wr_u8(&w, (uint8_t)type);
	wr_u16(&w, (uint16_t)octets);
	wr_bytes(&w, data, octets);
	outlet_send(&l->out, frame, wr_octets(&w));
	wipe(frame, wr_octets(&w)); /* what is shown may be a key */
}

static void put(struct vty_line *l, const char *text, size_t octets)
{
	send_frame(l, WIRE_OUTPUT, text, octets);
}

/* --- from the client ---- */

static bool take_frame(struct local *o, struct input *in, uint8_t type, struct rd *data)
{
	size_t octets = rd_left(data);
	unsigned rows, columns;

	switch (type) {
	case WIRE_TYPED:
		input_push(in, rd_take(data, octets), octets);
		return true;
	case WIRE_WINDOW:
		rows = rd_u16(data);
		columns = rd_u16(data);
		vty_line_resize(o->line, rows, columns);
		return data->why == RD_OK;
	default:
		return false;
	}
}

static bool decode(void *ctx, struct input *in, const uint8_t *bytes, size_t octets)
{
	struct local *o = ctx;

	while (octets) {
		size_t part = sizeof(o->frame) - o->frame_octets;
		struct rd all, data;

		part = part < octets ? part : octets;
		memcpy(o->frame + o->frame_octets, bytes, part);
		o->frame_octets += part;
		bytes += part;
		octets -= part;
		while (o->frame_octets >= WIRE_FRAME_OCTETS) {
			uint8_t type;
			size_t length;

			all = rd_of(o->frame, o->frame_octets);
			type = rd_u8(&all);
			length = rd_u16(&all);
			if (length > WIRE_FRAME_MOST)
				return false;
			if (rd_left(&all) < length)
				break;
			data = rd_sub(&all, length);
			if (!take_frame(o, in, type, &data))
				return false;
			o->frame_octets = rd_left(&all);
			memmove(o->frame, all.p, o->frame_octets);
		}
	}
	return true;
}

/* --- exec ---- */

/* A dialog's answer is the next line, ended by Return. */
static int argument_byte(struct local *o)
{
	int c;

	if (!o->answering) {
		if (o->next == o->count)
			return -1;
		o->answer = o->lines[o->next++];
		o->answering = true;
	}
	c = (unsigned char)*o->answer++;
	if (c)
		return c;
	o->answering = false;
	return '\r';
}

static int key(void *ctx)
{
	struct vty_line *l = ctx;
	struct local *o = l->transport;

	return o->kind == WIRE_EXEC ? argument_byte(o) : vty_line_key(l);
}

static uint8_t run_exec(struct local *o)
{
	struct vty_line *l = o->line;
	struct session *s = l->session;
	enum session_verdict verdict = SESSION_ACCEPTED;
	struct front f;
	uint8_t code = 0;

	session_set_privilege(s, 15);
	session_terminal(s)->length = 0;
	session_terminal(s)->width = 0;
	front_init(&f, s);
	while (o->next < o->count && verdict != SESSION_CLOSED && !outlet_broken(&l->out)) {
		const char *text = o->lines[o->next++];

		session_print_logs(s);
		if (!(o->flags & WIRE_QUIET)) {
			front_redraw(&f, "", 0, 0);
			session_write(s, text, strlen(text));
			front_end_line(&f, "");
		}
		verdict = front_run_whole(&f, text);
		session_note(s);
		o->answering = false;
		if (verdict == SESSION_REJECTED_LINE)
			code = 1;
	}
	session_print_logs(s);
	return code;
}

/* --- greeting ---- */

static bool receive(struct vty_line *l, void *buf, size_t octets)
{
	uint8_t *at = buf;

	while (octets) {
		struct pollfd p[] = { { l->hangup, POLLIN, 0 }, { l->fd, POLLIN, 0 } };
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

static bool receive_line(struct local *o)
{
	uint8_t head[2] = { 0 };
	struct rd r = rd_of(head, sizeof(head));
	size_t octets;
	char *text;

	if (!receive(o->line, head, sizeof(head)))
		return false;
	octets = rd_u16(&r);
	if (octets > WIRE_LINE_OCTETS || !(text = calloc(1, octets + 1)))
		return false;
	o->lines[o->count++] = text;
	return receive(o->line, text, octets);
}

static bool receive_greeting(struct local *o)
{
	uint8_t head[WIRE_HELLO_OCTETS] = { 0 };
	struct rd r = rd_of(head, sizeof(head));
	unsigned rows, columns;
	size_t count;

	if (!receive(o->line, head, sizeof(head)) || rd_u32(&r) != WIRE_MAGIC)
		return false;
	o->kind = rd_u8(&r);
	o->flags = rd_u8(&r);
	rows = rd_u16(&r);
	columns = rd_u16(&r);
	count = rd_u16(&r);
	vty_line_resize(o->line, rows, columns);
	if ((o->kind != WIRE_EXEC && o->kind != WIRE_ATTACH) || count > WIRE_LINES ||
	    !(o->lines = calloc(count + 1, sizeof(*o->lines))))
		return false;
	while (o->count < count)
		if (!receive_line(o))
			return false;
	return true;
}

static void serve(struct local *o)
{
	struct vty_line *l = o->line;
	uint8_t code = 0;

	if (!receive_greeting(o) || !(l->input = input_new(l->fd, l->hangup, decode, o)))
		return;
	l->out.whole = o->kind == WIRE_EXEC;
	if (!vty_line_open(l, key, o->kind == WIRE_EXEC))
		return;
	if (o->kind == WIRE_EXEC)
		code = run_exec(o);
	else
		vty_line_run(l);
	vty_line_close(l);
	send_frame(l, WIRE_EXIT, &code, 1);
}

void vty_local_serve(struct vty_line *l)
{
	struct local o = { .line = l };

	l->put = put;
	l->transport = &o;
	serve(&o);
	vty_line_close(l);
	for (size_t i = 0; i < o.count; i++)
		free_line(o.lines[i]);
	free(o.lines);
}
