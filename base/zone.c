#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

/* --- reading ---- */

static bool parse_name(const char *word, const char (*names)[4], unsigned count, unsigned *out)
{
	for (unsigned i = 0; i < count; i++)
		if (strlen(word) >= 3 && !strncasecmp(word, names[i], 3)) {
			*out = i;
			return true;
		}
	return false;
}

static bool parse_number(const char *word, unsigned low, unsigned high, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	*out = (unsigned)n;
	return *word >= '0' && *word <= '9' && !*end && n >= low && n <= high;
}

bool zone_is_digits(const char *text)
{
	return !text[strspn(text, "0123456789:")];
}

static bool parse_minute(const char *word, unsigned *out)
{
	unsigned hour, minute;
	char more;

	if (!zone_is_digits(word) || sscanf(word, "%2u:%2u%c", &hour, &minute, &more) != 2 || hour > 23 || minute > 59)
		return false;
	*out = hour * 60 + minute;
	return true;
}

static bool parse_week(const char *word, unsigned *out)
{
	if (!strcasecmp(word, "first")) {
		*out = 1;
		return true;
	}
	if (!strcasecmp(word, "last")) {
		*out = ZONE_LAST_WEEK;
		return true;
	}
	return parse_number(word, 1, 4, out);
}

/* Four words. */
static bool parse_change(char *const words[4], bool date, struct zone_change *c)
{
	unsigned year = 0;

	*c = (struct zone_change){ 0 };
	if (date) { /* day and month in either order */
		bool month_first = parse_name(words[0], months, 12, &c->month);

		if (!parse_number(words[month_first], 1, 31, &c->day) ||
		    (!month_first && !parse_name(words[1], months, 12, &c->month)) ||
		    !parse_number(words[2], 1993, 2035, &year))
			return false;
		c->year = (int)year;
	} else if (!parse_week(words[0], &c->week) || !parse_name(words[1], days, 7, &c->day) ||
		   !parse_name(words[2], months, 12, &c->month)) {
		return false;
	}
	return parse_minute(words[3], &c->minute);
}

bool zone_parse_summer(const char *text, struct zone *z)
{
	/* what IOS takes when only `recurring` is given: the rule of the United States */
	static const struct zone_change begin = { 2, 0, 2, 0, 120 }, end = { 1, 0, 10, 0, 120 };
	char copy[256], *words[12], *save, *p;
	unsigned count = 0, offset = 60;
	bool date;

	snprintf(copy, sizeof(copy), "%s", text);
	for (p = strtok_r(copy, " ", &save); p && count < 12; p = strtok_r(NULL, " ", &save))
		words[count++] = p;
	if (p || count < 2 || strlen(words[0]) >= ZONE_NAME_SIZE || (count != 2 && count != 10 && count != 11))
		return false;
	date = !strcasecmp(words[1], "date");
	if (!date && strcasecmp(words[1], "recurring") != 0)
		return false;
	if (count == 2 && date)
		return false;
	z->begin = begin;
	z->end = end;
	if (count > 2 && (!parse_change(words + 2, date, &z->begin) || !parse_change(words + 6, date, &z->end)))
		return false;
	if (count == 11 && !parse_number(words[10], 1, 1440, &offset))
		return false;
	z->summer = true;
	z->summer_minutes = (int)offset;
	snprintf(z->summer_name, sizeof(z->summer_name), "%s", words[0]);
	return true;
}

/* --- telling ---- */

/* The day of the month that a rule names. */
static int day_of(const struct zone_change *c, int year)
{
	struct tm first = { .tm_year = year - 1900, .tm_mon = (int)c->month, .tm_mday = 1, .tm_hour = 12 };
	struct tm next = first;
	int day, length;
	time_t a, b;

	if (!c->week)
		return (int)c->day;
	next.tm_mon++;
	a = timegm(&first);
	b = timegm(&next);
	length = (int)((b - a + 43200) / 86400);
	day = 1 + ((int)c->day - first.tm_wday + 7) % 7;
	if (c->week < ZONE_LAST_WEEK)
		return day + 7 * ((int)c->week - 1);
	while (day + 7 <= length)
		day += 7;
	return day;
}

static time_t instant(const struct zone_change *c, int year, int minutes)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = (int)c->month, .tm_mday = day_of(c, year), .tm_min = (int)c->minute
	};

	return timegm(&tm) - minutes * 60;
}

bool zone_summer_of(const struct zone *z, int year, time_t *begin, time_t *end)
{
	if (!z->summer || (!z->begin.week && z->begin.year != year))
		return false;
	*begin = instant(&z->begin, year, z->minutes);
	*end = instant(&z->end, z->end.week ? year : z->end.year, z->minutes + z->summer_minutes);
	return true;
}

static bool is_summer(const struct zone *z, time_t utc)
{
	time_t local = utc + z->minutes * 60, begin, end;
	struct tm tm;

	if (!z->summer || !gmtime_r(&local, &tm))
		return false;
	if (!z->begin.week)
		return zone_summer_of(z, z->begin.year, &begin, &end) && utc >= begin && utc < end;
	if (!zone_summer_of(z, tm.tm_year + 1900, &begin, &end))
		return false;
	/* south of the equator summer is over the new year */
	return begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
}

const char *zone_local(const struct zone *z, time_t utc, struct tm *out, int *minutes)
{
	bool summer = is_summer(z, utc);
	int east = z->minutes + (summer ? z->summer_minutes : 0);
	time_t local = utc + east * 60;

	if (!gmtime_r(&local, out))
		memset(out, 0, sizeof(*out));
	if (minutes)
		*minutes = east;
	return summer ? z->summer_name : z->name[0] ? z->name : "UTC";
}

time_t zone_utc(const struct zone *z, struct tm *local)
{
	time_t utc = timegm(local) - z->minutes * 60;

	return is_summer(z, utc - z->summer_minutes * 60) ? utc - z->summer_minutes * 60 : utc;
}

void zone_clock_text(const struct zone *z, const struct timespec *t, char *buf, size_t size)
{
	struct tm tm;
	const char *name = zone_local(z, t->tv_sec, &tm, NULL);

	snprintf(buf, size, "%02d:%02d:%02d.%03ld %s %s %s %d %d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 t->tv_nsec / 1000000, name, days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900);
}
