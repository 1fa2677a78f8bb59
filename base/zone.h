/* A zone of time as `clock timezone` and `clock summer-time` tell it: minutes east of UTC, and when it is summer. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define ZONE_NAME_SIZE 16
#define ZONE_LAST_WEEK 5

/* "last Sun Mar 2:00", or with a year "30 Mar 2025 2:00". */
struct zone_change {
	unsigned week;   /* 1..4, ZONE_LAST_WEEK; 0: of that one date */
	unsigned day;    /* 0 (Sunday)..6; of a date 1..31 */
	unsigned month;  /* 0..11 */
	int year;        /* of a date */
	unsigned minute; /* of the day, in the time that is in force before the change */
};

/* Zeroed is UTC. */
struct zone {
	char name[ZONE_NAME_SIZE]; /* "" is UTC */
	int minutes;
	bool summer;
	char summer_name[ZONE_NAME_SIZE];
	int summer_minutes; /* on top, in summer */
	struct zone_change begin, end;
};

/* Digits and colons only: what reads a time with sscanf() would take signs and blanks for part of its numbers. */
bool zone_is_digits(const char *text);
/* What stands behind `clock summer-time`: "CEST recurring last Sun Mar 2:00 last Sun Oct 3:00". False: it is none. */
bool zone_parse_summer(const char *text, struct zone *z);
/* The local time, its name, and its minutes east of UTC. Names are valid as long as z is. */
const char *zone_local(const struct zone *z, time_t utc, struct tm *out, int *minutes);
/* The other way; tm has local time. */
time_t zone_utc(const struct zone *z, struct tm *local);
/* When summer begins and ends in a year of local time. False: there is none then. */
bool zone_summer_of(const struct zone *z, int year, time_t *begin, time_t *end);
/* "18:57:38.347 CET Mon Oct 19 2015" of a time, size at least 64. */
void zone_clock_text(const struct zone *z, const struct timespec *t, char *buf, size_t size);

#endif
