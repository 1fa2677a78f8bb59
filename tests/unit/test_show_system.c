/* show version, show logging, show debugging. */
#include "ike/ops.h"
#include "shell/print_system.h"
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct session s;

#define PRINTS(file) CU_ASSERT_TRUE(fake_session_matches(&s, file))

static void version(void)
{
	struct show_version v = {
		.program_version = "0.1.0",
		.hostname = "R2",
		.uptime_s = 8 * 3600 + 5 * 60 + 59,
		.now = { 1285058023, 377000000 },
		.image = "/usr/local/bin/mainmode",
		.built = 1285000000,
		.kernel = "Linux 6.1.0",
		.machine = "x86_64",
		.memory_kb = 87588,
		.ports = { [IF_ETHERNET] = 16, [IF_GIGABITETHERNET] = 1 },
	};

	fake_session_clear(&s);
	print_version(&s, &v);
	PRINTS("version.txt");
	fake_session_clear(&s);
	v.uptime_s = ((7 + 1) * 24 + 1) * 3600;
	print_version(&s, &v);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nR2 uptime is 1 week, 1 day, 1 hour, 0 minutes\n"));
	fake_session_clear(&s);
	v.uptime_s = 1;
	print_version(&s, &v);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nR2 uptime is 0 minutes\n"));
}

static void logging(void)
{
	char first[] = "*Jan 30 14:11:11.354: %SYS-5-CONFIG_I: Configured from console by console";
	char second[] = "*Jan 30 14:11:12.000: ISAKMP:(1001):Old State = A  New State = B \n";
	char third[] = "*Jan 30 14:11:13.000: ISAKMP (1001): ID payload \n\tnext-payload : 8";
	char *messages[] = { first, second, third };
	struct log_settings set = {
		.console_level = LOG_SEV_ALERTS,
		.monitor_level = LOG_SEV_DEBUGGING,
		.buffer_level = LOG_SEV_DEBUGGING,
		.buffer_octets = 16384,
	};
	struct log_counts counts = { .console = 0, .monitor = 68, .buffer = 91442 };

	fake_session_clear(&s);
	print_logging(&s, &set, &counts, messages, 3);
	PRINTS("logging.txt");
	fake_session_clear(&s);
	set.console_level = set.buffer_level = LOG_SEV_OFF;
	print_logging(&s, &set, &counts, NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "    Console logging: disabled\n"
					      "    Monitor logging: level debugging, 68 messages logged"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "    Buffer logging:  disabled, xml disabled,\n"
					      "                    filtering disabled\n"));
	CU_ASSERT_PTR_NULL(strstr(s.text, "Log Buffer"));
}

static void debugging(void)
{
	fake_session_clear(&s);
	print_debugging(&s, 0);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	print_debugging(&s, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC);
	CU_ASSERT_STRING_EQUAL(s.text, "\n\nCryptographic Subsystem:\n"
				       "  Crypto ISAKMP debugging is on\n"
				       "  Crypto IPSEC debugging is on\n");
}

static const struct unit_test tests[] = {
	{ "show version", version },
	{ "show logging", logging },
	{ "show debugging", debugging },
};

UNIT_MAIN("show system", tests)
