#include "explain/stamp.h"

#include "explain/prefix.h"

#include <string.h>

#define DAY_MS    86400000
#define HOST_MAX  64
#define PARTS_MAX 8

struct in {
	const char *p, *end;
};

static bool take(struct in *s, char c)
{
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static void skip_blanks(struct in *s)
{
	while (s->p < s->end && prefix_blank(*s->p))
		s->p++;
}

/* Up to so many digits; -1: none. */
static int number(struct in *s, unsigned most)
{
	int64_t n = 0;
	const char *from = s->p;

	while (s->p < s->end && prefix_digit(*s->p) && s->p - from < (int)most)
		n = n * 10 + (*s->p++ - '0');
	return s->p == from ? -1 : n > INT32_MAX ? INT32_MAX : (int)n;
}

/* "08:33:43", "08:33:43.245" */
static bool clock_time(struct in *s, int64_t *ms)
{
	int h = number(s, 4), m, sec, fraction = 0;
	const char *from;

	if (h < 0 || !take(s, ':') || (m = number(s, 2)) < 0 || m > 59 || !take(s, ':') || (sec = number(s, 2)) < 0 ||
	    sec > 60)
		return false;
	if (take(s, '.')) {
		from = s->p;
		fraction = number(s, 3);
		if (fraction < 0)
			return false;
		for (long n = s->p - from; n < 3; n++)
			fraction *= 10;
		while (s->p < s->end && prefix_digit(*s->p))
			s->p++;
	}
	*ms = (((int64_t)h * 60 + m) * 60 + sec) * 1000 + fraction;
	return true;
}

static int month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (!memcmp(p, names + (ptrdiff_t)i * 3, 3))
			return i;
	return -1;
}

/* Of a year that is not known as of one with 29 February: the day before and the one after it are never the same. */
static int64_t day_ms(int month, int day, int year)
{
	static const int before[] = { 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335 };
	bool leap = year < 0 || (year % 4 == 0 && (year % 100 || year % 400 == 0));

	return (int64_t)(before[month] + day - 1 - (month > 1 && !leap)) * DAY_MS;
}

/* "Sep 21 08:33:43.245", "Sep 21 2011 08:33:43.245 CET", "*Sep  1 08:33:43" */
static bool date(struct in *s, int64_t *ms)
{
	struct in x = *s;
	int month, day, year = -1;
	int64_t time;

	if (x.p < x.end && (*x.p == '*' || *x.p == '.'))
		x.p++;
	if (x.end - x.p < 14 || (month = month_of(x.p)) < 0 || x.p[3] != ' ')
		return false;
	x.p += 3;
	skip_blanks(&x);
	day = number(&x, 2);
	if (day < 1 || day > 31 || !take(&x, ' '))
		return false;
	skip_blanks(&x);
	if (x.end - x.p > 5 && x.p[4] == ' ') {
		year = number(&x, 4);
		skip_blanks(&x);
	}
	if (!clock_time(&x, &time))
		return false;
	*ms = day_ms(month, day, year) + time;
	*s = x;
	return true;
}

/* "2026-11-26T06:00:01.123+01:00", "2026-11-26 06:00:01" */
static bool iso_date(struct in *s, int64_t *ms)
{
	struct in x = *s;
	int year, month, day;
	int64_t time;

	if (x.end - x.p < 19 || !prefix_digit(*x.p) || x.p[4] != '-')
		return false;
	year = number(&x, 4);
	if (year < 0 || !take(&x, '-') || (month = number(&x, 2)) < 1 || month > 12 || !take(&x, '-') ||
	    (day = number(&x, 2)) < 1 || day > 31 || !(take(&x, 'T') || take(&x, ' ')) || !clock_time(&x, &time))
		return false;
	while (x.p < x.end && (*x.p == 'Z' || *x.p == '+' || *x.p == '-' || *x.p == ':' || prefix_digit(*x.p)))
		x.p++;
	*ms = day_ms(month - 1, day, year) + time;
	*s = x;
	return true;
}

/* "1d02h", "3w2d", "1y2w", "00:00:12"; ": " must follow */
static bool uptime(struct in *s, int64_t *ms)
{
	static const char units[] = "ywdh";
	static const int64_t of[] = { 365 * (int64_t)DAY_MS, 7 * (int64_t)DAY_MS, DAY_MS, 3600000 };
	struct in x = *s;
	int64_t sum = 0;
	unsigned parts = 0;

	if (x.p >= x.end || !(prefix_digit(*x.p) || *x.p == '*'))
		return false;
	take(&x, '*');
	if (!clock_time(&x, &sum)) {
		x = *s;
		while (x.p < x.end && prefix_digit(*x.p) && parts < 2) {
			int n = number(&x, 4);
			const char *unit = x.p < x.end ? memchr(units, *x.p, 4) : NULL;

			if (!unit)
				return false;
			sum += n * of[unit - units];
			x.p++;
			parts++;
		}
		if (parts != 2)
			return false;
	}
	if (!take(&x, ':') || x.p >= x.end || !prefix_blank(*x.p))
		return false;
	*ms = sum;
	*s = x;
	return true;
}

/* What stands behind a router's date: an optional time zone and the colon. */
static bool date_ends(struct in *s)
{
	struct in x = *s;

	if (take(&x, ' ')) {
		const char *from = x.p;

		while (x.p < x.end && ((*x.p >= 'A' && *x.p <= 'Z') || (*x.p >= 'a' && *x.p <= 'z')) && x.p - from < 8)
			x.p++;
	}
	if (!take(&x, ':'))
		return false;
	*s = x;
	return true;
}

static bool is_message(const struct in *s)
{
	static const char *const words[] = { "ISAKMP", "IPSEC", "%" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((size_t)(s->end - s->p) >= strlen(words[i]) && !memcmp(s->p, words[i], strlen(words[i])))
			return true;
	return false;
}

/* A word, of a host's name or address. */
static bool word(struct in *s, const char **from, size_t *octets)
{
	struct in x = *s;

	while (x.p < x.end && !prefix_blank(*x.p) && x.p - s->p < HOST_MAX)
		x.p++;
	if (x.p == s->p || x.p >= x.end || !prefix_blank(*x.p))
		return false;
	*from = s->p;
	*octets = (size_t)(x.p - s->p);
	if ((*from)[*octets - 1] == ':')
		--*octets;
	*s = x;
	return *octets > 0;
}

static bool in_brackets(struct in *s, char open, char close)
{
	const char *q;

	if (s->end - s->p < 3 || *s->p != open || !prefix_digit(s->p[1]))
		return false;
	q = memchr(s->p, close, (size_t)(s->end - s->p));
	if (!q || q - s->p > HOST_MAX)
		return false;
	s->p = q + 1;
	return true;
}

/* "000123: ", "123: " */
static bool sequence(struct in *s)
{
	struct in x = *s;

	if (number(&x, 10) < 0 || !take(&x, ':') || x.p >= x.end || !prefix_blank(*x.p))
		return false;
	*s = x;
	return true;
}

static void host_of(struct in *s, struct stamp *out)
{
	const char *w;
	size_t n;

	skip_blanks(s);
	if (is_message(s) || !word(s, &w, &n))
		return;
	if (n > 6 && !memcmp(w + 1, "ocal", 4)) { /* "Local7.Debug" */
		skip_blanks(s);
		if (is_message(s) || !word(s, &w, &n))
			return;
	}
	out->host = w;
	out->host_octets = n;
}

/* "r2: " before a stamp or a number */
static bool origin(struct in *s, struct stamp *out)
{
	struct in x = *s, after;
	const char *w;
	size_t n;
	int64_t ms;

	if (x.p >= x.end || is_message(s) || !word(&x, &w, &n) || w[n] != ':')
		return false;
	skip_blanks(&x);
	after = x;
	if (!sequence(&after) && !date(&after, &ms) && !uptime(&after, &ms))
		return false;
	out->host = w;
	out->host_octets = n;
	*s = x;
	return true;
}

void stamp_parse(const char *text, size_t octets, struct stamp *out)
{
	struct in s = { text, text + octets };
	bool own = false;

	*out = (struct stamp){ 0 };
	for (unsigned parts = 0; parts < PARTS_MAX && !own; parts++) {
		struct in from = s;
		int64_t ms;

		if (parts || octets > 1)
			skip_blanks(&s);
		if (in_brackets(&s, '<', '>') || in_brackets(&s, '[', ']') || sequence(&s)) {
			;
		} else if (date(&s, &ms)) {
			out->clock = STAMP_DATE;
			out->ms = ms;
			own = date_ends(&s);
			if (!own)
				host_of(&s, out);
		} else if (iso_date(&s, &ms)) {
			out->clock = STAMP_DATE;
			out->ms = ms;
			own = date_ends(&s);
			if (!own)
				host_of(&s, out);
		} else if (uptime(&s, &ms)) {
			out->clock = STAMP_UPTIME;
			out->ms = ms;
			own = true;
		} else if (!origin(&s, out)) {
			s = from;
			break;
		}
	}
	if (s.p > text)
		skip_blanks(&s);
	out->octets = (size_t)(s.p - text);
}

size_t stamp_within(const char *text, size_t octets)
{
	for (size_t i = 1; i + 20 < octets; i++) {
		struct in s = { text + i, text + octets };
		int64_t ms;

		if (text[i] < 'A' || text[i] > 'S' || month_of(text + i) < 0 || !date(&s, &ms) || !date_ends(&s))
			continue;
		return text[i - 1] == '*' || text[i - 1] == '.' ? i - 1 : i;
	}
	return 0;
}
