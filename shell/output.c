/*
 * What a command prints, on its way to the terminal: handler -> libcli (filter) -> here (paging) -> io. While the
 * control lock is held lines wait in memory; they go out when the command is over.
 */
#include "shell/session_int.h"

#include "config/free.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void output_raw(struct session *s, const char *bytes, size_t octets)
{
	if (!octets)
		return;
	s->io.write(s->io.ctx, bytes, octets);
	s->spoke = true;
	s->at_start = bytes[octets - 1] == '\n';
}

void session_write(struct session *s, const char *bytes, size_t octets)
{
	output_raw(s, bytes, octets);
}

static void keep(struct session *s, const char *bytes, size_t octets)
{
	if (!s->pending || s->pending_room - s->pending_octets < octets) {
		size_t room = (s->pending_octets + octets) * 2 + 1024;
		char *p = malloc(room);

		if (!p)
			return;
		if (s->pending) {
			memcpy(p, s->pending, s->pending_octets);
			free_wiped(s->pending, s->pending_room);
		}
		s->pending = p;
		s->pending_room = room;
	}
	memcpy(s->pending + s->pending_octets, bytes, octets);
	s->pending_octets += octets;
}

void output_line(struct session *s, const char *line)
{
	size_t octets = strlen(line);

	if (s->locked) {
		keep(s, line, octets);
		keep(s, "\n", 1);
		return;
	}
	/* a command that runs for seconds (ping) shows what happens meanwhile */
	if (s->at_start)
		session_print_logs(s);
	pager_line(&s->pager, &s->io, &s->terminal, line, octets);
	s->at_start = true;
}

void output_flush(struct session *s)
{
	char *p = s->pending, *end;

	if (!s->pending_octets)
		return;
	end = p + s->pending_octets;
	while (p < end) {
		char *nl = memchr(p, '\n', (size_t)(end - p));

		if (!nl) {
			if (!s->pager.quit)
				output_raw(s, p, (size_t)(end - p));
			break;
		}
		pager_line(&s->pager, &s->io, &s->terminal, p, (size_t)(nl - p));
		s->at_start = true;
		p = nl + 1;
	}
	s->pending_octets = 0;
	if (s->pending_room > 64 * 1024) {
		free_wiped(s->pending, s->pending_room);
		s->pending = NULL;
		s->pending_room = 0;
	}
}

/* To be freed; NULL when out of memory. */
__attribute__((format(printf, 1, 0))) static char *formatted(const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !(text = malloc((size_t)n + 1)))
		return NULL;
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

void session_line(struct session *s, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = formatted(fmt, ap);
	va_end(ap);
	if (text) {
		size_t octets = strlen(text);

		tree_print(s->tree, text);
		free_wiped(text, octets);
	}
}

void session_text(struct session *s, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = formatted(fmt, ap);
	va_end(ap);
	if (text && s->locked)
		keep(s, text, strlen(text));
	else if (text && !s->pager.quit)
		output_raw(s, text, strlen(text));
	free_line(text);
}

/* --- the log's lines ---- */

bool session_watch_log(struct session *s, enum log_sink_kind kind, bool on)
{
	if (!s->logs || logq_watches(s->logs) == on)
		return true;
	return logq_watch(s->logs, on ? s->shell->log : NULL, kind);
}

/* What a terminal does not take is dropped; what waits in the queue is not, but for the oldest. */
static bool stalled(const struct session *s)
{
	return s->io.stalled && s->io.stalled(s->io.ctx);
}

int session_log_fd(const struct session *s)
{
	return s->logs && !stalled(s) ? logq_fd(s->logs) : -1;
}

bool session_print_logs(struct session *s)
{
	bool any = false;
	char *text;

	/* not for ever: whoever types `undebug all` into a flood must be heard */
	for (unsigned n = 0; n < 512 && s->logs && !stalled(s) && (text = logq_take(s->logs)); n++) {
		char *p = text, *nl;

		if (!s->at_start)
			output_raw(s, "\r\n", 2);
		while ((nl = strchr(p, '\n'))) {
			output_raw(s, p, (size_t)(nl - p));
			output_raw(s, "\r\n", 2);
			p = nl + 1;
		}
		output_raw(s, p, strlen(p));
		output_raw(s, "\r\n", 2);
		free(text);
		any = true;
	}
	return any;
}
