/* base/: addresses as IOS spells them, cursors that cannot be outrun, the log. */
#include "base/fault.h"
#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static void addresses_are_printed_as_ios_does(void)
{
	char text[IP_TEXT_SIZE];
	struct ip_addr a;

	CU_ASSERT_TRUE(ip_parse("2001:db8:0:0::2", &a));
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "2001:DB8::2");
	CU_ASSERT_TRUE(ip_parse("192.168.23.2", &a));
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "192.168.23.2");
	CU_ASSERT_FALSE(ip_parse("192.168.23", &a));
	CU_ASSERT_FALSE(ip_parse("::1%lo", &a));
}

static void prefixes(void)
{
	struct ip_prefix p;
	struct ip_addr a;

	CU_ASSERT_TRUE(ip_parse_prefix("2001:db8:1::/33", &p));
	ip_parse("2001:db8:7fff::1", &a);
	CU_ASSERT_TRUE(ip_in_prefix(&a, &p));
	ip_parse("2001:db8:8000::1", &a);
	CU_ASSERT_FALSE(ip_in_prefix(&a, &p));
	ip_parse("10.0.0.1", &a);
	CU_ASSERT_FALSE(ip_in_prefix(&a, &p));
	CU_ASSERT_TRUE(ip_parse_prefix("::/0", &p));
	CU_ASSERT_FALSE(ip_in_prefix(&a, &p));
	CU_ASSERT_FALSE(ip_parse_prefix("10.0.0.0/33", &p));
	CU_ASSERT_FALSE(ip_parse_prefix("10.0.0.0/", &p));
	CU_ASSERT_FALSE(ip_parse_prefix("10.0.0.0/+8", &p));
}

static void masks(void)
{
	struct ip_addr m;

	for (int len = 0; len <= 32; len++) {
		m = ip_mask((unsigned)len);
		CU_ASSERT_EQUAL(ip_mask_len(&m), len);
	}
	ip_parse("255.0.255.0", &m);
	CU_ASSERT_EQUAL(ip_mask_len(&m), -1);
}

static void a_cursor_fails_once_and_stays_failed(void)
{
	static const uint8_t wire[] = { 1, 2, 3, 4, 5 };
	struct rd r = rd_of(wire, sizeof(wire)), child = rd_sub(&r, 2);

	CU_ASSERT_EQUAL(rd_u16(&child), 0x0102);
	CU_ASSERT_EQUAL(rd_u8(&child), 0);
	CU_ASSERT_EQUAL(child.why, RD_SHORT);
	CU_ASSERT_EQUAL(r.why, RD_OK);
	CU_ASSERT_EQUAL(rd_u32(&r), 0);
	CU_ASSERT_EQUAL(rd_u8(&r), 0);
	CU_ASSERT_EQUAL(rd_left(&r), 0);
}

static void a_full_buffer_is_not_overrun(void)
{
	uint8_t room[4] = { 0, 0, 0, 9 };
	struct wr w = wr_of(room, 3);

	wr_u16(&w, 0x0102);
	CU_ASSERT_FALSE(w.full);
	wr_u16(&w, 0x0304);
	CU_ASSERT_TRUE(w.full);
	CU_ASSERT_EQUAL(room[3], 9);
	CU_ASSERT_EQUAL(wr_octets(&w), 2);
}

static void fixed_now(void *ctx, struct timespec *out)
{
	(void)ctx;
	*out = (struct timespec){ 1285058023, 377000000 }; /* 21 Sep 2010 08:33:43.377 UTC */
}

static void collect(void *ctx, const char *text)
{
	snprintf(ctx, 256, "%s", text);
}

static void messages_are_stamped_and_filtered_by_level(void)
{
	struct logger *l = logger_new(fixed_now, NULL);
	struct log_settings s;
	struct log_counts counts;
	char console[256] = "", monitor[256] = "", kept[256] = "";

	logger_add_sink(l, LOG_SINK_CONSOLE, collect, console);
	logger_add_sink(l, LOG_SINK_MONITOR, collect, monitor);
	logger_settings(l, &s);
	s.monitor_level = LOG_SEV_ERRORS;
	logger_configure(l, &s);
	log_debug(l, "ISAKMP: local port %u, remote port %u", 500u, 500u);
	CU_ASSERT_STRING_EQUAL(console, "*Sep 21 08:33:43.377: ISAKMP: local port 500, remote port 500");
	CU_ASSERT_STRING_EQUAL(monitor, "");
	log_syslog(l, LOG_SEV_ERRORS, "LINK", "UPDOWN", "Interface %s, changed state to up", "Ethernet0/0");
	CU_ASSERT_STRING_EQUAL(monitor,
			       "*Sep 21 08:33:43.377: %LINK-3-UPDOWN: Interface Ethernet0/0, changed state to up");
	logger_each(l, collect, kept);
	CU_ASSERT_STRING_EQUAL(kept, monitor);
	logger_counts(l, &counts);
	CU_ASSERT_EQUAL(counts.buffer, 2);
	CU_ASSERT_EQUAL(counts.monitor, 1);
	logger_free(l);
}

/* What a message looks like under `service timestamps log ...` and `service sequence-numbers`. */
static void stamps_take_their_forms(void)
{
	static const struct {
		struct log_stamp stamp;
		bool numbered;
		const char *text;
	} forms[] = {
		{ { .kind = LOG_STAMP_NONE }, false, "%A-3-B: c" },
		{ { .kind = LOG_STAMP_UPTIME }, false, "00:00:00: %A-3-B: c" },
		{ { .kind = LOG_STAMP_DATETIME }, false, "*Sep 21 08:33:43: %A-3-B: c" },
		{ { .kind = LOG_STAMP_DATETIME, .msec = true, .show_timezone = true },
		  false,
		  "*Sep 21 08:33:43.377 UTC: %A-3-B: c" },
		{ { .kind = LOG_STAMP_DATETIME, .year = true }, false, "*Sep 21 2010 08:33:43: %A-3-B: c" },
		{ { .kind = LOG_STAMP_DATETIME, .localtime = true, .show_timezone = true },
		  false,
		  "*Sep 21 09:33:43 CET: %A-3-B: c" },
		{ { .kind = LOG_STAMP_NONE }, true, "000001: %A-3-B: c" },
		{ { .kind = LOG_STAMP_DATETIME }, true, "000002: *Sep 21 08:33:43: %A-3-B: c" },
	};
	struct logger *l = logger_new(fixed_now, NULL);
	struct log_settings s;
	char console[256] = "";

	logger_add_sink(l, LOG_SINK_CONSOLE, collect, console);
	logger_settings(l, &s);
	s.zone = (struct zone){ .name = "CET", .minutes = 60 };
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		s.log_stamp = forms[i].stamp;
		s.sequence_numbers = forms[i].numbered;
		logger_configure(l, &s);
		log_syslog(l, LOG_SEV_ERRORS, "A", "B", "c");
		CU_ASSERT_STRING_EQUAL(console, forms[i].text);
	}
	logger_set_clock(l, &(struct timespec){ 1267401600, 0 }); /* 1 Mar 2010 */
	s.log_stamp = (struct log_stamp){ .kind = LOG_STAMP_DATETIME };
	s.sequence_numbers = false;
	logger_configure(l, &s);
	log_syslog(l, LOG_SEV_ERRORS, "A", "B", "c");
	CU_ASSERT_STRING_EQUAL(console, "Mar  1 00:00:00: %A-3-B: c");
	logger_free(l);
}

static void count_one(void *ctx, const char *text)
{
	(void)text;
	++*(unsigned *)ctx;
}

static void the_buffer_keeps_the_newest(void)
{
	struct logger *l = logger_new(fixed_now, NULL);
	unsigned count = 0;

	for (int i = 0; i < 1000; i++)
		log_debug(l, "line %04d", i);
	logger_each(l, count_one, &count);
	CU_ASSERT_TRUE(count > 50 && count < 200);
	logger_clear_buffer(l);
	count = 0;
	logger_each(l, count_one, &count);
	CU_ASSERT_EQUAL(count, 0);
	logger_free(l);
}

static void a_text_lives_as_long_as_it_has_an_owner(void)
{
	char typed[] = "spoke.example.org";
	const char *first = text_new(typed), *second = text_share(first), *none = text_new("");

	typed[0] = 'S';
	CU_ASSERT_PTR_EQUAL(first, second);
	text_drop(first);
	CU_ASSERT_STRING_EQUAL(second, "spoke.example.org");
	text_drop(second);
	CU_ASSERT_STRING_EQUAL(text_share(none), "");
	text_drop(none);
	text_drop(none);
	text_drop(NULL);
	CU_ASSERT_PTR_NULL(text_share(NULL));
}

static void each_failure_has_a_name_of_its_own(void)
{
	for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++) {
		CU_ASSERT_EQUAL(fault_by_name(fault_name(f)), f);
		CU_ASSERT_TRUE(*fault_title(f) && fault_title(f)[strlen(fault_title(f)) - 1] != '.');
	}
	CU_ASSERT_EQUAL(fault_by_name("no such"), FAULT_NONE);
	CU_ASSERT_EQUAL(fault_class(FAULT_key_wrong), FAULT_PHASE1);
}

static const struct unit_test tests[] = {
	{ "addresses are printed as IOS does", addresses_are_printed_as_ios_does },
	{ "prefixes", prefixes },
	{ "masks", masks },
	{ "a cursor fails once and stays failed", a_cursor_fails_once_and_stays_failed },
	{ "a full buffer is not overrun", a_full_buffer_is_not_overrun },
	{ "messages are stamped and filtered by level", messages_are_stamped_and_filtered_by_level },
	{ "stamps take their forms", stamps_take_their_forms },
	{ "the buffer keeps the newest", the_buffer_keeps_the_newest },
	{ "each failure has a name of its own", each_failure_has_a_name_of_its_own },
	{ "a text lives as long as it has an owner", a_text_lives_as_long_as_it_has_an_owner },
};

UNIT_MAIN("base", tests)
