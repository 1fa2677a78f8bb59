/* show users and show line against captures; which lines they list, test_lines.c says. */
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include "shell/print_lines.h"

#include <stdio.h>
#include <string.h>

static struct session s;

#define PRINTS(name) CU_ASSERT_TRUE(fake_session_matches(&s, name))

static struct line_show line(unsigned tty, enum line_kind kind, unsigned number, uint64_t uses)
{
	return (struct line_show){ .info = { .tty = tty, .kind = kind, .number = number, .uses = uses },
				   .configured = true };
}

static void users(void)
{
	struct line_show lines[] = { line(0, LINE_CON, 0, 0), line(1, LINE_AUX, 0, 0), line(10, LINE_VTY, 0, 1),
				     line(11, LINE_VTY, 1, 0), line(12, LINE_VTY, 2, 0) };

	lines[2].info.active = true;
	lines[2].info.idle_s = 7; /* not the one's who looks */
	snprintf(lines[2].info.user, sizeof(lines[2].info.user), "arm");
	CU_ASSERT_TRUE(ip_parse("1.2.3.4", &lines[2].info.from));
	fake_session_clear(&s);
	print_users(&s, lines, 5, 10, false);
	PRINTS("users.txt");
	fake_session_clear(&s);
	print_users(&s, lines, 5, 10, true);
	PRINTS("users_all.txt");
	fake_session_clear(&s);
	snprintf(lines[2].info.host, sizeof(lines[2].info.host), "10.0.0.9");
	print_users(&s, lines, 5, 0, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\n  10 vty 0     arm        10.0.0.9             00:00:07   1.2.3.4\n"));
}

static void table(void)
{
	struct line_show lines[] = { line(0, LINE_CON, 0, 0), line(1, LINE_AUX, 0, 0), line(322, LINE_VTY, 0, 1366),
				     line(323, LINE_VTY, 1, 868), line(324, LINE_VTY, 2, 161) };

	lines[2].info.active = lines[3].info.active = true;
	fake_session_clear(&s);
	print_line_table(&s, lines, 5);
	PRINTS("line.txt");
	fake_session_clear(&s);
	snprintf(lines[2].access_in, sizeof(lines[2].access_in), "23");
	lines[2].info.dropped = 12345;
	print_line_table(&s, lines + 2, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "VTY              -    -      -    -   23  1366      0    0/12345  -\n"));
}

static void detail(void)
{
	struct line_show l = line(0, LINE_CON, 0, 1);

	l.info.active = true;
	l.info.since_s = (2 * 24 + 12) * 3600;
	l.history = 10;
	fake_session_clear(&s);
	print_line_detail(&s, &l);
	PRINTS("line_detail.txt");
	fake_session_clear(&s);
	l = line(2, LINE_VTY, 0, 1);
	l.exec_timeout_s = 600;
	l.session_timeout_s = 90;
	l.transport_in = LINE_TRANSPORT_TELNET | LINE_TRANSPORT_SSH;
	l.preferred_none = true;
	print_line_detail(&s, &l);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.text, "\n               00:10:00      00:01:30                      none     not set\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nTime since activation: never\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nAllowed input transports are telnet ssh.\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nPreferred transport is none.\n"));
}

static const struct unit_test tests[] = {
	{ "show users", users },
	{ "show line", table },
	{ "show line, one", detail },
};
UNIT_MAIN("show lines", tests)
