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
		.reload_reason = "",
		.serial = "67108880",
		.terminal_lines = 5,
		.config_register = 0x2102,
		.next_register = 0x2102,
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
	v.identity = "Cisco IOS Software, C2900";
	v.reload_reason = "Reload Command";
	v.next_register = 0x2142;
	print_version(&s, &v);
	CU_ASSERT_NSTRING_EQUAL(s.text, "Cisco IOS Software, C2900\n", 26);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nSystem returned to ROM by reload\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nLast reload reason: Reload Command\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nConfiguration register is 0x2102 (will be 0x2142 at next reload)\n"));
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
		.trap_level = LOG_SEV_INFORMATIONAL,
	};
	struct show_trap trap = { .count = 0 };
	struct log_counts counts = { .console = 0, .monitor = 68, .buffer = 91442, .trap = 22790 };

	fake_session_clear(&s);
	print_logging(&s, &set, &counts, &trap, messages, 3);
	PRINTS("logging.txt");
	fake_session_clear(&s);
	set.console_level = set.buffer_level = LOG_SEV_OFF;
	print_logging(&s, &set, &counts, &trap, NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "    Console logging: disabled\n"
					      "    Monitor logging: level debugging, 68 messages logged"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "    Buffer logging:  disabled, xml disabled,\n"
					      "                    filtering disabled\n"));
	CU_ASSERT_PTR_NULL(strstr(s.text, "Log Buffer"));
	fake_session_clear(&s);
	trap.count = 1;
	trap.hosts[0] = (struct syslog_count){ .port = 514, .up = true, .sent = 3459 };
	ip_parse("10.10.10.10", &trap.hosts[0].address);
	strcpy(trap.source, "Loopback0");
	print_logging(&s, &set, &counts, &trap, NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "        Logging to 10.10.10.10  (udp port 514, audit disabled,\n"
					      "              link up),\n"
					      "              3459 message lines logged, \n"
					      "              0 message lines rate-limited, \n"
					      "              0 message lines dropped-by-MD, \n"
					      "              xml disabled, sequence number disabled\n"
					      "              filtering disabled\n"
					      "        Logging Source-Interface:       VRF Name:\n"
					      "        Loopback0\n"));
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
