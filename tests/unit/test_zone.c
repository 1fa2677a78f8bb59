/* Time zones and summer time. */
#include "base/log.h"
#include "base/zone.h"
#include "tests/unit/unit.h"

#include <string.h>

static time_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute
	};

	return timegm(&tm);
}

static const char *text(const struct zone *z, time_t t)
{
	static char buf[64];

	zone_clock_text(z, &(struct timespec){ .tv_sec = t }, buf, sizeof(buf));
	return buf;
}

static void test_plain(void)
{
	struct zone z = { 0 };

	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 5, 6, 14, 2)), "14:02:00.000 UTC Tue May 6 2025");
	strcpy(z.name, "EST");
	z.minutes = -300;
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 5, 6, 3, 2)), "22:02:00.000 EST Mon May 5 2025");
}

static void test_recurring(void)
{
	struct zone z = { .name = "CET", .minutes = 60 };
	time_t begin, end;
	struct tm tm = { .tm_year = 125, .tm_mon = 6, .tm_mday = 1, .tm_hour = 12 };

	CU_ASSERT_TRUE(zone_parse_summer("CEST recurring last Sun Mar 2:00 last Sun Oct 3:00", &z));
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 3, 30, 0, 59)), "01:59:00.000 CET Sun Mar 30 2025");
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 3, 30, 1, 0)), "03:00:00.000 CEST Sun Mar 30 2025");
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 10, 26, 0, 59)), "02:59:00.000 CEST Sun Oct 26 2025");
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 10, 26, 1, 0)), "02:00:00.000 CET Sun Oct 26 2025");
	CU_ASSERT_TRUE(zone_summer_of(&z, 2025, &begin, &end));
	CU_ASSERT_EQUAL(begin, utc(2025, 3, 30, 1, 0));
	CU_ASSERT_EQUAL(end, utc(2025, 10, 26, 1, 0));
	CU_ASSERT_EQUAL(zone_utc(&z, &tm), utc(2025, 7, 1, 10, 0));
	/* the default is the rule of the United States: second Sunday of March, first of November */
	z = (struct zone){ .name = "EST", .minutes = -300 };
	CU_ASSERT_TRUE(zone_parse_summer("EDT recurring", &z));
	CU_ASSERT_TRUE(zone_summer_of(&z, 2025, &begin, &end));
	CU_ASSERT_EQUAL(begin, utc(2025, 3, 9, 7, 0));
	CU_ASSERT_EQUAL(end, utc(2025, 11, 2, 6, 0));
}

static void test_south(void)
{
	struct zone z = { .name = "AEST", .minutes = 600 };

	CU_ASSERT_TRUE(zone_parse_summer("AEDT recurring 1 Sun Oct 2:00 1 Sun Apr 3:00", &z));
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 1, 1, 0, 0)), "11:00:00.000 AEDT Wed Jan 1 2025");
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 7, 1, 0, 0)), "10:00:00.000 AEST Tue Jul 1 2025");
}

static void test_date(void)
{
	struct zone z = { .name = "CET", .minutes = 60 };

	CU_ASSERT_TRUE(zone_parse_summer("CEST date 30 Mar 2025 2:00 26 Oct 2025 3:00", &z));
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2025, 7, 1, 10, 0)), "12:00:00.000 CEST Tue Jul 1 2025");
	CU_ASSERT_STRING_EQUAL(text(&z, utc(2026, 7, 1, 10, 0)), "11:00:00.000 CET Wed Jul 1 2026");
}

static void test_nonsense(void)
{
	static const char *const none[] = {
		"",
		"CEST",
		"CEST date",
		"CEST sometimes",
		"CEST recurring last Sun Mar 2:00",
		"CEST recurring last Sun Mar 25:00 last Sun Oct 3:00",
		"CEST recurring last Sun Mar +2:+0 last Sun Oct 3:00",
		"CEST recurring 6 Sun Mar 2:00 last Sun Oct 3:00",
		"CEST recurring last Sun Mar 2:00 last Sun Oct 3:00 60 more",
	};
	struct zone z;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		z = (struct zone){ 0 };
		CU_ASSERT_FALSE(zone_parse_summer(none[i], &z));
	}
}

static void keep_text(void *ctx, const char *line)
{
	strcpy(ctx, line);
}

static void fixed(void *ctx, struct timespec *out)
{
	*out = *(struct timespec *)ctx;
}

/* Stamps follow the zone, and the mark goes when the clock is set. */
static void test_stamps(void)
{
	struct timespec now = { .tv_sec = utc(2025, 7, 1, 10, 0), .tv_nsec = 700000000 };
	struct logger *l = logger_new(fixed, &now);
	struct log_settings s;
	char line[256] = "";

	logger_settings(l, &s);
	s.log_stamp = (struct log_stamp){ LOG_STAMP_DATETIME, .localtime = true, .show_timezone = true };
	s.zone = (struct zone){ .name = "CET", .minutes = 60 };
	zone_parse_summer("CEST recurring last Sun Mar 2:00 last Sun Oct 3:00", &s.zone);
	logger_configure(l, &s);
	logger_add_sink(l, LOG_SINK_CONSOLE, keep_text, line);
	log_syslog(l, LOG_SEV_NOTIFICATIONS, "SYS", "X", "one");
	CU_ASSERT_STRING_EQUAL(line, "*Jul  1 12:00:00 CEST: %SYS-5-X: one");
	logger_set_clock(l, &(struct timespec){ .tv_sec = utc(2025, 1, 1, 10, 0), .tv_nsec = 0 });
	log_syslog(l, LOG_SEV_NOTIFICATIONS, "SYS", "X", "two");
	CU_ASSERT_STRING_EQUAL(line, "Jan  1 11:00:00 CET: %SYS-5-X: two");
	now.tv_sec++;
	now.tv_nsec = 600000000; /* 0.9 s later */
	logger_now(l, &now);
	CU_ASSERT_EQUAL(now.tv_sec, utc(2025, 1, 1, 10, 0));
	CU_ASSERT_EQUAL(now.tv_nsec, 900000000);
	logger_free(l);
}

static const struct unit_test tests[] = {
	{ "a zone", test_plain },
	{ "summer every year", test_recurring },
	{ "summer over the new year", test_south },
	{ "summer of one year", test_date },
	{ "what is no summer", test_nonsense },
	{ "the log's stamps", test_stamps },
};

UNIT_MAIN("zone", tests)
