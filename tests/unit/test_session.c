/* Sessions: filters, paging, dialogs, the lock, what is marked as changed. */
#include "tests/unit/shell_rig.h"

#include "shell/cmd_session.h"

#include <stdio.h>
#include <string.h>

static struct rig g;

static enum cmd_result print_lines(struct session *s, const struct cmd_match *m)
{
	int64_t n = cmd_num(m, "count", 3);

	CU_ASSERT_TRUE(rig_router_locked(session_router(s)));
	for (int64_t i = 1; i <= n; i++)
		session_line(s, "line %d", (int)i);
	return CMD_OK;
}

static const struct cmd commands[] = {
	{MODE_EXEC, 1, 0, { KW("show", "Show"), KW("lines", "Lines"), NUM("count", 0, 1000, "Count") }, print_lines},
};

static void open_rig(enum session_kind kind)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };

	tables[1] = cmd_session_table;
	rig_open_router(&g, tables, 2, kind);
}

static void test_filters(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "show lines 3");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3\nline 1\nline 2\nline 3\n"));
	rig_type(&g, "show lines 12 | i 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 12 | i 1\nline 1\nline 10\nline 11\nline 12\n"));
	rig_close(&g);
}

static const struct unit_test tests[] = {
	{"filters", test_filters},
};
UNIT_MAIN("session", tests)
