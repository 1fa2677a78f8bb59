#include "shell/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH   79u
#define LONGEST 2048

/* Octets of the text that fit on a line with so many columns: to the last blank, or the first word whole. */
static size_t fits(const char *text, size_t room)
{
	const size_t octets = strlen(text);
	size_t n = room;

	if (octets <= room)
		return octets;
	while (n && text[n] != ' ')
		n--;
	return n ? n : strcspn(text, " ");
}

static size_t trimmed(const char *text, size_t octets)
{
	while (octets && text[octets - 1] == ' ')
		octets--;
	return octets;
}

void explain_say(struct session *s, unsigned indent, const char *fmt, ...)
{
	char text[LONGEST];
	const char *at = text;
	va_list args;
	size_t n;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (unsigned column = indent; *at; column = indent + 2) {
		n = fits(at, WIDTH - column);
		session_line(s, "%*s%.*s", (int)column, "", (int)trimmed(at, n), at);
		at += n;
		at += strspn(at, " ");
	}
}

const char *explain_span(uint64_t seconds, char buf[EXPLAIN_AGO])
{
	const unsigned long long d = seconds / 86400, h = seconds / 3600 % 24, m = seconds / 60 % 60, s = seconds % 60;

	if (d)
		snprintf(buf, EXPLAIN_AGO, "%llu d %llu h", d, h);
	else if (h)
		snprintf(buf, EXPLAIN_AGO, "%llu h %llu min", h, m);
	else if (m)
		snprintf(buf, EXPLAIN_AGO, "%llu min %llu s", m, s);
	else
		snprintf(buf, EXPLAIN_AGO, "%llu s", s);
	return buf;
}

const char *explain_ago(uint64_t now_ms, uint64_t then_ms, char buf[EXPLAIN_AGO])
{
	char span[EXPLAIN_AGO];
	const uint64_t seconds = now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;

	if (seconds)
		snprintf(buf, EXPLAIN_AGO, "%.40s ago", explain_span(seconds, span));
	else
		snprintf(buf, EXPLAIN_AGO, "just now");
	return buf;
}

const char *explain_times(unsigned n, char buf[EXPLAIN_AGO])
{
	if (n == 1)
		snprintf(buf, EXPLAIN_AGO, "once");
	else
		snprintf(buf, EXPLAIN_AGO, "%u times", n);
	return buf;
}

const char *explain_prefix(const struct ip_prefix *p, char buf[IP_TEXT_SIZE + 8])
{
	char addr[IP_TEXT_SIZE];

	snprintf(buf, IP_TEXT_SIZE + 8, "%s/%u", ip_text(&p->addr, addr), p->len);
	return buf;
}
