/*
 * Octets become lines as a terminal would show them; a line begins a message, belongs to the one before it, or is
 * noise. A message is complete when the next one begins, for only then is it known whether the catalogue wants more
 * of it.
 */
#include "explain/frame.h"

#include "explain/prefix.h"
#include "explain/story.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 4096
#define WRAPPED_MAX     6  /* pieces of a wrapped line */
#define WRAP_FROM       60 /* no terminal is narrower */
#define ESCAPE_MAX      32
#define MARKS_MAX       4 /* that are tried */
#define HALF_YEAR_MS    (183 * INT64_C(86400000))
#define YEAR_MS         (366 * INT64_C(86400000))

enum matched { UNTRIED, MATCHED, UNMATCHED };

struct frame {
	const struct message_catalog *catalog;
	frame_fn fn;
	void *ctx;
	uint64_t lines, other;
	/* the line that is being received */
	char line[LINE_MAX_OCTETS];
	size_t column, width; /* of the cursor; of what was written */
	unsigned escape;      /* octets of an escape sequence so far */
	bool cr;
	/* the message that is being put together */
	struct frame_message m;
	char text[FRAME_TEXT];
	char host[FRAME_HOST];
	bool pending;
	bool stamped; /* ... of its own */
	enum matched state;
	unsigned pieces; /* it was wrapped into */
	size_t last;     /* octets of its last line, as it stood */
	size_t wrapped;  /* octets of a line that was wrapped, before */
	/* the clock */
	enum stamp_clock clock;
	int64_t before_ms, years_ms;
};

struct frame *frame_new(const struct message_catalog *c, frame_fn fn, void *ctx)
{
	struct frame *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->catalog = c;
	f->fn = fn;
	f->ctx = ctx;
	f->before_ms = STORY_NO_TIME;
	return f;
}

void frame_free(struct frame *f)
{
	free(f);
}

uint64_t frame_lines(const struct frame *f)
{
	return f->lines;
}

uint64_t frame_other_lines(const struct frame *f)
{
	return f->other;
}

/* --- a message ---- */

static bool look_up(struct frame *f, const char *text, size_t octets, struct message_match *out)
{
	return message_match(f->catalog, text, octets, out);
}

static bool matches(struct frame *f)
{
	if (f->state == UNTRIED)
		f->state = look_up(f, f->text + f->m.lead, f->m.octets - f->m.lead, &f->m.match) ? MATCHED : UNMATCHED;
	return f->state == MATCHED;
}

/* A ping that was running wrote one mark into the message. */
static bool matches_unmarked(struct frame *f)
{
	char *const text = f->text;
	unsigned tries = 0;

	for (size_t i = f->m.lead; i + 1 < f->m.octets && tries < MARKS_MAX; i++) {
		const char mark = text[i];

		if (mark != '.' && mark != '!')
			continue;
		tries++;
		memmove(text + i, text + i + 1, f->m.octets - i - 1);
		f->m.octets--;
		f->state = UNTRIED;
		if (matches(f))
			return true;
		memmove(text + i + 1, text + i, f->m.octets - i);
		text[i] = mark;
		f->m.octets++;
	}
	f->state = UNTRIED;
	return matches(f);
}

static void finish(struct frame *f)
{
	if (!f->pending)
		return;
	f->pending = false;
	f->m.known = matches(f) || (f->m.crypto && matches_unmarked(f));
	f->m.text = f->text;
	f->fn(f->ctx, &f->m);
}

/* Logs of one clock; a stamp of the other kind says nothing beside it. */
static int64_t clock_of(struct frame *f, const struct stamp *s)
{
	int64_t ms = s->ms;

	if (s->clock == STAMP_NONE)
		return STORY_NO_TIME;
	if (f->clock == STAMP_NONE)
		f->clock = s->clock;
	if (s->clock != f->clock)
		return STORY_NO_TIME;
	if (f->clock == STAMP_DATE && f->before_ms != STORY_NO_TIME && ms + f->years_ms + HALF_YEAR_MS < f->before_ms)
		f->years_ms += YEAR_MS;
	ms += f->years_ms;
	f->before_ms = ms;
	return ms;
}

static void begin(struct frame *f, const char *p, size_t octets, const struct stamp *s, bool crypto, size_t shown)
{
	size_t n = octets < FRAME_TEXT ? octets : FRAME_TEXT;

	finish(f);
	memcpy(f->text, p, n);
	f->m = (struct frame_message){
		.number = f->lines, .stamp = *s, .octets = n, .lead = s->octets, .crypto = crypto
	};
	f->m.at_ms = clock_of(f, s);
	if (s->host) {
		size_t h = s->host_octets < sizeof(f->host) ? s->host_octets : sizeof(f->host);

		memcpy(f->host, s->host, h);
		f->m.stamp.host = f->host;
		f->m.stamp.host_octets = h;
	}
	f->pending = true;
	f->stamped = s->clock != STAMP_NONE;
	f->state = UNTRIED;
	f->pieces = 1;
	f->last = shown;
}

/* Puts text behind the message, with what stands between. False: there is no room. */
static bool append(struct frame *f, const char *between, const char *p, size_t octets)
{
	size_t n = strlen(between);

	if (f->m.octets + n + octets > FRAME_TEXT)
		return false;
	memcpy(f->text + f->m.octets, between, n);
	memcpy(f->text + f->m.octets + n, p, octets);
	f->m.octets += n + octets;
	f->state = UNTRIED;
	return true;
}

/* --- what others put around a line ---- */

/* "> > " of a mail, "- " of a list: octets before what the router printed. */
static size_t quoted(const char *p, size_t octets)
{
	struct stamp s;
	size_t n = 0;

	while (n < octets && p[n] == '>' && (n + 1 == octets || p[n + 1] == ' ' || p[n + 1] == '>'))
		n += n + 1 < octets && p[n + 1] == ' ' ? 2 : 1;
	if (octets - n > 2 && p[n] == '-' && p[n + 1] == ' ') {
		stamp_parse(p + n + 2, octets - n - 2, &s);
		n += s.clock != STAMP_NONE ? 2 : 0;
	}
	return n;
}

/* Without a remark "<-- here it fails" behind it, and without the marks of a ping that was running. */
static size_t remarked(const char *p, size_t octets)
{
	size_t marks = 0;

	for (size_t i = 1; i + 3 <= octets; i++)
		if (p[i] == '<' && p[i + 1] == p[i + 2] && (p[i + 1] == '-' || p[i + 1] == '=')) {
			octets = i;
			break;
		}
	while (octets && prefix_blank(p[octets - 1]))
		octets--;
	while (marks < octets && (p[octets - 1 - marks] == '.' || p[octets - 1 - marks] == '!'))
		marks++;
	/* a message ends with three at most */
	return marks < octets && marks >= 5 ? octets - marks : octets;
}

/* What commands print between the messages: no part of one that was wrapped. */
static bool is_output(const char *p, size_t octets)
{
	static const char *const heads[] = {
		"Success rate is ",  "Type escape sequence",   "Sending ",
		"Packet sent with ", "Building configuration", "Enter configuration commands"
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (octets >= strlen(heads[i]) && !memcmp(p, heads[i], strlen(heads[i])))
			return true;
	return false;
}

/* --- lines that belong to the one before ---- */

/* What the further lines of known messages begin with. */
static bool continues(const char *p, size_t octets)
{
	static const char *const heads[] = {
		"(key eng. msg.)", "(identity)", "(sa)",          "local_proxy=",   "remote_proxy=",
		"protocol=",       "protocol ",  "lifedur=",      "spi=",           "spi ",
		"sa_spi=",         "sa_trans=",  "sa_lifetime",   "sa_dest=",       "next-payload",
		"type  ",          "type :",     "address  ",     "address :",      "FQDN name",
		"USER FQDN",       "group id",   "Dist. name",    "port  ",         "port :",
		"length  ",        "length :",   "authenticated", "connection id=", "src addr",
		"dst addr",        "src port",   "dst port",      "{esp-",          "{ah-",
		"{comp",           "{}",         "bring down ",   "inbound SA ",    "outbound SA ",
		"(proxy ",         "has spi ",   "lifetime of ",  "flow_id",        "{",
		"Adding ",
	};

	while (octets && prefix_blank(*p))
		p++, octets--;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t n = strlen(heads[i]);

		if (octets >= n && !memcmp(p, heads[i], n))
			return true;
	}
	return false;
}

/*
 * Was the message before cut where this line begins? `sure`: the catalogue says so, with the words together or apart;
 * else it may become so with what comes. A message that is whole is lengthened only where the terminal's edge cut it.
 */
static bool joins(struct frame *f, const char *p, size_t octets, bool must_match)
{
	const struct frame_message before = f->m;
	const enum matched state = f->state;
	bool edge = f->last == f->wrapped || f->last == 80 || f->last == 132;
	const char *const apart[] = { edge ? "" : " ", edge ? " " : "" };
	size_t word = 0;

	if (!f->pending || f->pieces >= WRAPPED_MAX || octets > FRAME_TEXT / 8)
		return false;
	if (matches(f)) {
		while (word < octets && !prefix_blank(p[word]))
			word++;
		if (!edge && (f->last < WRAP_FROM || f->last + 1 + word < 80))
			return false;
		must_match = true;
	}
	for (unsigned i = 0; i < 2; i++) {
		f->m = before;
		if (append(f, apart[i], p, octets) && matches(f))
			return true;
	}
	f->m = before;
	f->state = state;
	return !must_match && append(f, apart[0], p, octets);
}

/* --- lines ---- */

/* "R2(config-if)#": octets of it, 0: none. */
static size_t prompt(const char *p, size_t octets)
{
	size_t i = 0;

	if (!octets || !((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')))
		return 0;
	while (i < octets && i < FRAME_HOST &&
	       (prefix_digit(p[i]) || (p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= 'a' && p[i] <= 'z') ||
		(p[i] && strchr("-_.", p[i]))))
		i++;
	if (i < octets && p[i] == '(') {
		while (i < octets && i < 2 * FRAME_HOST && p[i] != ')' && !prefix_blank(p[i]))
			i++;
		if (i >= octets || p[i] != ')')
			return 0;
		i++;
	}
	return i < octets && (p[i] == '#' || p[i] == '>') ? i + 1 : 0;
}

/* Does a message begin here that is of the crypto debugs or in the catalogue? */
static bool is_head(struct frame *f, const char *p, size_t octets, bool *crypto)
{
	struct message_match m;

	*crypto = message_is_crypto(p, octets);
	if (*crypto)
		return true;
	if (octets && *p == '%')
		return true;
	return octets > 7 && !memcmp(p, "Crypto ", 7) && look_up(f, p, octets, &m);
}

static void take_line(struct frame *f, const char *p, size_t octets, bool split)
{
	const size_t shown = octets;
	struct stamp s;
	bool crypto, head;
	size_t n = octets && *p == '>' ? quoted(p, octets) : octets > 2 && *p == '-' ? quoted(p, octets) : 0;

	p += n;
	octets = remarked(p, octets - n);
	for (;;) {
		n = 0;
		while (n < octets && prefix_blank(p[n]))
			n++;
		if (octets - n < 8 || memcmp(p + n, "--More--", 8))
			break;
		p += n + 8;
		octets -= n + 8;
	}
	if (n == octets)
		return;
	stamp_parse(p, octets, &s);
	head = is_head(f, p + s.octets, octets - s.octets, &crypto);
	if (s.clock == STAMP_NONE && split) {
		/* behind a prompt, or behind the last words of a message */
		size_t before = stamp_within(p, octets);

		if (before) {
			if (!prompt(p, before))
				take_line(f, p, before, false);
			take_line(f, p + before, octets - before, false);
			return;
		}
	}
	if (s.clock == STAMP_NONE && f->pending && f->stamped && head && !matches(f) && joins(f, p, octets, true)) {
		/* the last word of a line was ISAKMP */
	} else if (head) {
		begin(f, p, octets, &s, crypto, shown);
	} else if (f->pending && f->m.crypto && continues(p + s.octets, octets - s.octets)) {
		append(f, "\n", p + s.octets, octets - s.octets);
		f->last = shown;
	} else if (s.clock == STAMP_NONE && *p != '#' && !is_output(p, octets) && !(n = prompt(p, octets)) &&
		   joins(f, p, octets, false)) {
		f->pieces++;
		f->wrapped = f->last;
		f->last = shown;
	} else if (s.clock == STAMP_NONE && n && n < octets && f->pending && !matches(f) &&
		   joins(f, p + n, octets - n, true)) {
		f->last = shown; /* a prompt was written into it */
	} else {
		if (s.clock != STAMP_NONE)
			finish(f);
		f->other++;
	}
}

/* --- a terminal ---- */

static void end_of_line(struct frame *f)
{
	size_t octets = f->cr && !f->column ? f->width : f->column > f->width ? f->column : f->width;

	f->lines++;
	take_line(f, f->line, octets, true);
	f->column = f->width = 0;
	f->escape = 0;
	f->cr = false;
}

static void take_octet(struct frame *f, char c)
{
	if (f->escape) {
		/* ESC [ ... letter, ESC letter */
		f->escape++;
		if (f->escape > ESCAPE_MAX || (f->escape == 2 ? c != '[' : c >= '@' && c <= '~'))
			f->escape = 0;
		return;
	}
	switch (c) {
	case '\033':
		f->escape = 1;
		return;
	case '\r':
		f->cr = true;
		return;
	case '\b':
		f->column -= f->column > 0;
		return;
	default:
		break;
	}
	if ((unsigned char)c < ' ' && c != '\t')
		return;
	if (f->cr) {
		/* the line is written anew */
		f->column = f->width = 0;
		f->cr = false;
	}
	if (f->column < sizeof(f->line))
		f->line[f->column++] = c;
	f->width = f->column;
}

/* Most lines hold nothing but text. */
static bool is_plain(const char *p, size_t octets)
{
	unsigned odd = 0;

	for (size_t i = 0; i < octets; i++)
		odd |= (unsigned char)p[i] < ' ' && p[i] != '\t';
	return !odd;
}

void frame_feed(struct frame *f, const char *piece, size_t octets)
{
	const char *p = piece, *end = piece + octets;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p), text = n;

		if (nl && n && p[n - 1] == '\r')
			text--;
		if (nl && !f->column && !f->width && !f->escape && !f->cr && text < sizeof(f->line) &&
		    is_plain(p, text)) {
			f->lines++;
			take_line(f, p, text, true);
		} else {
			for (size_t i = 0; i < n; i++)
				take_octet(f, p[i]);
			if (nl)
				end_of_line(f);
		}
		p += n + (nl != NULL);
	}
}

void frame_end(struct frame *f)
{
	if (f->width || f->column)
		end_of_line(f);
	finish(f);
}
