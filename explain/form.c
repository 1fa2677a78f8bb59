#include "explain/form.h"

#include "explain/prefix.h"

#include <string.h>

/* --- compiling ---- */

/* Octets of the placeholder that begins here, 0: none. */
static size_t placeholder(const char *p, const char *end)
{
	const char *q = p + 1;

	if (*p != '%')
		return 0;
	while (q < end && *q == 'l')
		q++;
	return q < end && strchr("sudXc", *q) ? (size_t)(q + 1 - p) : 0;
}

static bool add_literal(struct form *f, const char *p, size_t octets)
{
	struct form_part *x = &f->parts[f->count];

	if (!octets)
		return true;
	if (f->count == FORM_PARTS)
		return false;
	*x = (struct form_part){ .literal = p, .octets = (uint16_t)octets };
	x->plain = prefix_blank(*p) ? '\0' : prefix_lower(*p);
	x->newline = memchr(p, '\n', octets);
	for (size_t i = 0; i < octets; i++)
		f->letters += !prefix_blank(p[i]);
	f->count++;
	return true;
}

bool form_compile(struct form *f, const char *body, size_t octets, const char *types)
{
	const char *p = body, *end = body + octets, *from = body;

	*f = (struct form){ 0 };
	while (p < end) {
		size_t n = placeholder(p, end);

		if (!n) {
			p++;
			continue;
		}
		if (!add_literal(f, from, (size_t)(p - from)) || f->count == FORM_PARTS || !*types)
			return false;
		f->parts[f->count++] = (struct form_part){ .type = *types++ };
		p += n;
		from = p;
	}
	return add_literal(f, from, (size_t)(p - from)) && !*types;
}

/* --- values ---- */

static bool is_hex(char c)
{
	c = prefix_lower(c);
	return prefix_digit(c) || (c >= 'a' && c <= 'f');
}

/* An IPv4 address: four numbers; one letter, or one several times, is what somebody put in a number's place: "192.0.2.x". */
static const char *address4(const char *p, const char *end)
{
	for (unsigned i = 0; i < 4; i++) {
		const char *from = p;

		if (i && (p >= end || *p++ != '.'))
			return NULL;
		from = p;
		if (p < end && (prefix_digit(*p) || *p == '*' || (prefix_lower(*p) >= 'a' && prefix_lower(*p) <= 'z')))
			p++;
		while (p < end && p > from && p - from < 3 && (prefix_digit(*from) ? prefix_digit(*p) : *p == *from))
			p++;
		if (p == from)
			return NULL;
	}
	return p;
}

/*
 * An IPv6 address. Text that went through a word processor has a blank behind the first colon ("2001: DB8::1"), which is
 * understood where the rest cannot be anything else.
 */
static const char *address6(const char *p, const char *end)
{
	const char *from = p, *q;
	unsigned colons = 0;
	bool twin = false, gap = false;

	for (; p < end; p++) {
		if (*p == ':') {
			colons++;
			twin |= p > from && p[-1] == ':';
		} else if (*p == ' ' && !gap && colons == 1 && p[-1] == ':' && p + 1 < end && is_hex(p[1])) {
			for (q = p + 1; q < end && is_hex(*q) && q - p < 5; q++)
				;
			if (q >= end || *q != ':')
				break;
			gap = true;
		} else if (!is_hex(*p)) {
			break;
		}
	}
	if (p > from + 1 && p[-1] == ':' && p[-2] != ':')
		p--, colons--;
	return (twin && colons >= 2) || colons == 7 ? p : NULL;
}

static const char *value_end(char type, const char *p, const char *end)
{
	const char *from = p;

	switch (type) {
	case 'a':
		p = address4(from, end);
		return p ? p : address6(from, end);
	case 'c':
		return p < end && !prefix_blank(*p) ? p + 1 : NULL;
	case 'x':
		if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
			p += 2, from = p;
		while (p < end && is_hex(*p))
			p++;
		return p > from ? p : NULL;
	default:
		if (p < end && *p == '-')
			p++, from++;
		while (p < end && prefix_digit(*p))
			p++;
		return p > from ? p : NULL;
	}
}

/* --- matching ---- */

/*
 * A literal at p. *rest: the text ends where the form goes on to another line, so what follows may be missing. Blanks of
 * the form at its end may be missing too: the text has none there.
 */
static const char *literal(const struct form_part *x, const char *p, const char *end, bool *rest)
{
	for (size_t i = 0; i < x->octets; i++) {
		if (!prefix_blank(x->literal[i])) {
			if (p >= end || prefix_lower(*p) != prefix_lower(x->literal[i]))
				return NULL;
			p++;
			continue;
		}
		if (p < end && !prefix_blank(*p))
			return NULL;
		if (p >= end) {
			for (size_t k = i; k < x->octets; k++)
				*rest |= x->literal[k] == '\n';
			while (i < x->octets && prefix_blank(x->literal[i]))
				i++;
			return *rest || i == x->octets ? p : NULL;
		}
		while (p < end && prefix_blank(*p))
			p++;
		while (i + 1 < x->octets && prefix_blank(x->literal[i + 1]))
			i++;
	}
	return p;
}

/* Parts from `at` up to the next text. Values go to out from out->count on. */
static const char *segment(const struct form *f, unsigned at, const char *p, const char *end, bool *rest,
			   struct message_match *out)
{
	unsigned count = out->count;

	for (; at < f->count && f->parts[at].type != 's' && !*rest; at++) {
		const struct form_part *x = &f->parts[at];
		const char *q = x->literal ? literal(x, p, end, rest) : value_end(x->type, p, end);

		if (!q)
			return NULL;
		if (!x->literal)
			out->values[count++] = (struct message_value){ p, (size_t)(q - p) };
		p = q;
	}
	out->count = count;
	return p;
}

/* The segment behind a text: the first place where it fits; behind the last text it must end with the text. */
static const char *find(const struct form *f, unsigned at, bool last, const char **p, const char *end, bool *rest,
			struct message_match *out)
{
	const struct form_part *x = &f->parts[at];
	const unsigned count = out->count;

	for (const char *q = *p; q <= end; q++) {
		const char *after;

		if (x->literal && q < end && (x->plain ? prefix_lower(*q) != x->plain : !prefix_blank(*q)))
			continue;
		*rest = false;
		out->count = count;
		after = segment(f, at, q, end, rest, out);
		if (after && (!last || after == end)) {
			*p = q;
			return after;
		}
	}
	return NULL;
}

bool form_match(const struct form *f, const char *text, size_t octets, struct message_match *out)
{
	const char *p = text, *end = text + octets;
	unsigned at = 0;
	bool rest = false;

	out->count = 0;
	p = segment(f, 0, p, end, &rest, out);
	if (!p)
		return false;
	while (!rest) {
		struct message_value *v;
		unsigned next, following;
		const char *from = p, *after;

		while (at < f->count && f->parts[at].type != 's')
			at++;
		if (at == f->count)
			return p == end;
		v = &out->values[out->count++];
		next = at + 1;
		if (next == f->count || f->parts[next].type == 's') {
			/* two texts in a row: the first takes all */
			*v = (struct message_value){ from, (size_t)(end - from) };
			for (at = next; at < f->count; at++)
				if (!f->parts[at].literal)
					out->values[out->count++] = (struct message_value){ end, 0 };
			return true;
		}
		for (following = next; following < f->count && f->parts[following].type != 's'; following++)
			;
		/* an empty text is none, unless a line break follows or it is the end of the form */
		p = from;
		after = find(f, next, following == f->count, &p, end, &rest, out);
		if (!after)
			return false;
		*v = (struct message_value){ from, (size_t)(p - from) };
		p = after;
		at = next;
	}
	return p == end;
}
