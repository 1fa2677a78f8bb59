/* What runs beside the sessions: reload later, archive, the log of typed lines, syslog servers, the clock, names. */
#include "shell/fs.h"
#include "shell/archive.h"
#include "shell/sys.h"
#include "tests/unit/exec_rig.h"

#include <poll.h>
#include <sys/socket.h>

static unsigned reloads;

static void on_reload(void *main)
{
	(void)main;
	__atomic_add_fetch(&reloads, 1, __ATOMIC_SEQ_CST);
}

static void applied(void *main)
{
	(void)main;
	sys_configure(rig.shell.sys);
}

static void begin(void)
{
	exec_begin();
	reloads = 0;
	rig.shell.request_reload = on_reload;
	rig.shell.sys = sys_new(&rig.shell);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig.shell.sys);
	rig.shell.config_applied = applied;
}

static void end(void)
{
	sys_free(rig.shell.sys);
	rig.shell.sys = NULL;
	exec_end();
}

static void type_config(const char *const *lines, size_t count)
{
	rig_type(&rig, "configure terminal");
	for (size_t i = 0; i < count; i++)
		CU_ASSERT_EQUAL(rig_type(&rig, lines[i]), SESSION_ACCEPTED);
	rig_type(&rig, "end");
	rig_clear(&rig);
}
#define CONFIG(...) type_config((const char *const[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / 8)

static void test_reload_later(void)
{
	begin();
	TYPED("show reload", "No reload is scheduled.\n");
	TYPED("reload cancel", "No reload is scheduled.\n");
	rig.input = "\r";
	rig_type(&rig, "reload in 5 maintenance");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " in 5 minutes by console\r\n"
					       "Reload reason: maintenance\r\n"
					       "Proceed with reload? [confirm]\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "show reload");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " (in "));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ") by console\r\nReload reason: maintenance\r\n"));
	rig_clear(&rig);
	TYPED("reload cancel", "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n");
	rig_type(&rig, "reload in 1:75");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "reload in +5");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "reload at +3:+4");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"));
	rig_clear(&rig);
	rig.input = "n";
	rig_type(&rig, "reload in 1:05");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " in 1 hour and 5 minutes by console\r\n"));
	rig_clear(&rig);
	TYPED("show reload", "No reload is scheduled.\n");
	end();
}

/* It happens without the session that asked. */
static void test_reload_happens(void)
{
	begin();
	sys_reload_in(rig.shell.sys, 0, "Reload Command", "vty0");
	for (unsigned i = 0; i < 500 && !__atomic_load_n(&reloads, __ATOMIC_SEQ_CST); i++)
		poll(NULL, 0, 10);
	CU_ASSERT_EQUAL(reloads, 1);
	CU_ASSERT_STRING_EQUAL(rig.shell.reload_reason, "Reload Command");
	end();
}

static void test_archive(void)
{
	static const char merge[] = "IP host R3 10.0.0.3\nip host R4 10.0.0.4\ninterface Loopback9\n description x\n";
	struct fs_url url;
	struct archive_list *l = malloc(sizeof(*l));

	begin();
	TYPED("show archive", " Archive feature not enabled\n");
	TYPED("archive config", "% Archive path is not configured\n");
	CONFIG("archive", "path flash:$h-old", "maximum 2", "write-memory");
	for (unsigned i = 0; i < 3; i++)
		TYPED("archive config", "");
	rig_type(&rig, "write memory");
	rig_clear(&rig);
	archive_list(&rig.shell, l);
	CU_ASSERT_EQUAL(l->count, 2);
	CU_ASSERT_EQUAL(l->files[0].number, 2);
	CU_ASSERT_EQUAL(l->files[1].number, 3);
	CU_ASSERT_NSTRING_EQUAL(l->files[0].name, "flash:R2-old-", 13);
	rig_type(&rig, "show archive");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "The maximum archive configurations allowed is 2.\r\n"
					       "There are currently 2 archive configurations saved.\r\n"
					       "The next archive file will be named flash:R2-old-<timestamp>-4\r\n"
					       " Archive #  Name\r\n"
					       "   1        flash:R2-old-"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "-3 <- Most Recent\r\n"));
	rig_clear(&rig);
	TYPED("show archive config differences", "!Contextual Config Diffs:\n!No changes were found\n\n");
	CONFIG("ip host R3 10.0.0.3");
	TYPED("show archive config differences", "!Contextual Config Diffs:\n+ip host R3 10.0.0.3\n\n");
	CU_ASSERT_TRUE_FATAL(fs_parse("flash:merge", &url));
	CU_ASSERT_EQUAL(fs_write(&rig.shell, &url, merge, strlen(merge)), 0);
	TYPED("show archive config incremental-diffs flash:merge",
	      "!List of Commands:\nIP host R3 10.0.0.3\nip host R4 10.0.0.4\ninterface Loopback9\n description x\nend\n\n");
	TYPED("show archive config incremental-diffs flash:merge ignorecase",
	      "!List of Commands:\nip host R4 10.0.0.4\ninterface Loopback9\n description x\nend\n\n");
	free(l);
	end();
}

static void test_typed(void)
{
	begin();
	CONFIG("ip host before 10.0.0.1", "archive", "log config", "logging enable", "hidekeys", "notify syslog",
	       "exit", "exit", "interface Loopback0", "ip address 10.1.1.1 255.255.255.255",
	       "crypto isakmp key cisco address 10.0.0.3", "user bob pass cisco");
	TYPED("show archive log config all",
	      " idx   sess           user@line      Logged command\n"
	      "    1     1        console@console  |      logging enable\n"
	      "    2     1        console@console  |      hidekeys\n"
	      "    3     1        console@console  |      notify syslog\n"
	      "    4     1        console@console  |  interface Loopback0\n"
	      "    5     1        console@console  |    ip address 10.1.1.1 255.255.255.255\n"
	      "    6     1        console@console  |  crypto isakmp key *****\n"
	      "    7     1        console@console  |  user bob pass *****\n");
	TYPED("show archive log config 4 4", " idx   sess           user@line      Logged command\n"
					     "    4     1        console@console  |  interface Loopback0\n");
	rig_type(&rig, "show logging");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ": %PARSER-5-CFGLOG_LOGGEDCMD: User:console  logged command:"
					       "interface Loopback0\r\n"));
	CU_ASSERT_PTR_NULL(strstr(rig.out, "cisco"));
	end();
}

static void test_ring(void)
{
	struct cfglog *l = cfglog_new();
	char *hidden = cfglog_hide("username bob privilege 15 secret 0 cisco", "cisco");

	CU_ASSERT_STRING_EQUAL(hidden, "username bob privilege 15 secret *****");
	free(hidden);
	/* keywords as they are typed, and a secret that has one in it */
	hidden = cfglog_hide("USERNAME bob SECRET cisco", NULL);
	CU_ASSERT_STRING_EQUAL(hidden, "USERNAME bob SECRET *****");
	free(hidden);
	hidden = cfglog_hide("enable pas key cisco", "key cisco");
	CU_ASSERT_STRING_EQUAL(hidden, "enable pas *****");
	free(hidden);
	for (unsigned i = 0; i < 2500; i++)
		cfglog_add(l, i < 2400 ? 1000 : 3, 1, "u", "vty0", 0, "hostname R2");
	cfglog_free(l);
}

/* What comes to a syslog server, octet by octet. */
static void test_syslog(void)
{
	struct sockaddr_storage ss;
	socklen_t size;
	struct ip_addr a;
	uint16_t port;
	char line[128], text[512] = "";
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	begin();
	ip_parse("127.0.0.1", &a);
	size = ip_to_sockaddr(&a, 0, 0, &ss);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&ss, size), 0);
	size = sizeof(ss);
	getsockname(fd, (struct sockaddr *)&ss, &size);
	ip_from_sockaddr(&ss, &a, &port);
	snprintf(line, sizeof(line), "logging host 127.0.0.1 transport udp port %u", port);
	/* with the rig's router nothing tells the log of its settings: informational is the log's own default */
	CONFIG("logging facility local0", line);
	log_syslog(rig.shell.log, LOG_SEV_NOTIFICATIONS, "SYS", "X", "to the server");
	log_debug(rig.shell.log, "not this");
	log_syslog(rig.shell.log, LOG_SEV_ERRORS, "SYS", "Y", "first\nsecond");
	/* CONFIG_I of `end`, then ours */
	while (recv(fd, text, sizeof(text) - 1, 0) > 0 && !strstr(text, "SYS-5-X"))
		memset(text, 0, sizeof(text));
	CU_ASSERT_NSTRING_EQUAL(text, "<133>", 5); /* local0, notifications */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ": %SYS-5-X: to the server"));
	memset(text, 0, sizeof(text));
	CU_ASSERT_TRUE(recv(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_NSTRING_EQUAL(text, "<131>", 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "%SYS-3-Y: first"));
	CU_ASSERT_TRUE(recv(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ": second"));
	rig_type(&rig, "show logging");
	snprintf(line, sizeof(line), "        Logging to 127.0.0.1  (udp port %u, audit disabled,\r\n", port);
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, line));
	snprintf(line, sizeof(line), "no logging host 127.0.0.1");
	CONFIG(line);
	CU_ASSERT_EQUAL(syslog_counts(sys_syslog(rig.shell.sys), (struct syslog_count[SYSLOG_HOSTS]){ 0 }), 0);
	close(fd);
	end();
}

static void test_clock(void)
{
	begin();
	CONFIG("clock timezone CET 1 0", "clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00");
	rig_type(&rig, "show clock");
	CU_ASSERT_NSTRING_EQUAL(rig.out, "R2#show clock\r\n*", 16);
	rig_clear(&rig);
	TYPED("clock set 25:00:00 1 june 2025", "             ^\n% Invalid input detected at '^' marker.\n\n");
	TYPED("clock set 12:-5:00 1 june 2025", "             ^\n% Invalid input detected at '^' marker.\n\n");
	TYPED("clock set 12:00:00 1 jubilee 2025",
	      "                        ^\n% Invalid input detected at '^' marker.\n\n");
	TYPED("clock set 12:00:00 31 june 2025", "% Invalid day of month\n");
	TYPED("clock set 12:00:00 1 july 2025", "");
	rig_type(&rig, "show clock detail");
	CU_ASSERT_NSTRING_EQUAL(rig.out, "R2#show clock detail\r\n12:00:0", 29);
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " CEST Tue Jul 1 2025\r\n"
					       "Time source is user configuration\r\n"
					       "Summer time starts 02:00:00 CET Sun Mar 30 2025\r\n"
					       "Summer time ends 03:00:00 CEST Sun Oct 26 2025\r\n"));
	end();
}

static void test_hosts(void)
{
	begin();
	CONFIG("no ip domain lookup", "ip domain name test.com", "ip host R3 10.0.0.3 10.1.0.3",
	       "ip name-server 127.0.0.2 127.0.0.3");
	TYPED("show hosts summary", "Default domain is test.com\n"
				    "Name servers are 127.0.0.2, 127.0.0.3\n"
				    "Local cache entries: 1\n"
				    "Dynamic cache entries: 0\n");
	TYPED("show hosts", "Default domain is test.com\n"
			    "Name/address lookup uses static mappings\n"
			    "Name servers are 127.0.0.2, 127.0.0.3\n"
			    "\n"
			    "Codes: UN - unknown, EX - expired, OK - OK, ?? - revalidate\n"
			    "       temp - temporary, perm - permanent\n"
			    "       NA - Not Applicable None - Not defined\n"
			    "\n"
			    "Host                      Port  Flags      Age Type   Address(es)\n"
			    "R3                        None  (perm, OK)  0   IP    10.0.0.3\n"
			    "                                                IP    10.1.0.3\n");
	end();
}

/* The register and the serial number outlive the process. */
static void test_kept_state(void)
{
	char serial[32];

	begin();
	snprintf(serial, sizeof(serial), "%s", sys_serial(rig.shell.sys));
	CU_ASSERT_EQUAL(sys_register(rig.shell.sys), 0x2102);
	CONFIG("config-register 0x2142");
	sys_free(rig.shell.sys);
	rig.shell.sys = sys_new(&rig.shell);
	CU_ASSERT_EQUAL(sys_register(rig.shell.sys), 0x2142);
	CU_ASSERT_STRING_EQUAL(sys_serial(rig.shell.sys), serial);
	end();
}

static void test_cpu(void)
{
	struct cpu *c = cpu_new();
	struct cpu_use all;
	unsigned kernel;
	size_t count;
	struct cpu_thread *threads = cpu_threads(c, &count);

	CU_ASSERT_TRUE(count >= 1);
	cpu_sample(c);
	cpu_total(c, &all, &kernel);
	CU_ASSERT_TRUE(all.five_seconds <= 10000 && kernel <= 10000);
	free(threads);
	cpu_free(c);
}

static const struct unit_test tests[] = {
	{ "reload in, show reload, reload cancel", test_reload_later },
	{ "a reload that is due happens", test_reload_happens },
	{ "archive", test_archive },
	{ "archive log config", test_typed },
	{ "the log of typed lines is bounded", test_ring },
	{ "syslog servers", test_syslog },
	{ "the clock", test_clock },
	{ "show hosts", test_hosts },
	{ "register and serial number", test_kept_state },
	{ "the processor's use", test_cpu },
};

UNIT_MAIN("sys", tests)
