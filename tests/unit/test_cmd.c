/* The matcher and its words, on a small table. */
#include "tests/unit/shell_rig.h"

#include "shell/cmd_session.h"
#include "shell/ifrange.h"
#include "shell/resolve.h"

#include <stdio.h>
#include <string.h>

static char seen[512];
static bool knows_r3;

/* In the place of shell/resolve.c: the network is not asked. */
bool resolve_host(struct session *s, const char *name, unsigned family, struct ip_addr *out)
{
	bool lookup = !session_config(s)->no_domain_lookup;

	CU_ASSERT_FALSE(rig_router_locked(session_router(s)));
	if (knows_r3 && !strcmp(name, "R3") && !family)
		return ip_parse4("10.0.0.3", out);
	session_text(s, "Translating \"%s\"%s\r\n", name, lookup ? "...domain server (255.255.255.255)" : "");
	return false;
}

/* Notes what the handler can see of the line. */
static enum cmd_result note(struct session *s, const struct cmd_match *m)
{
	snprintf(seen, sizeof(seen), "%s%s[%s]", cmd_is_no(m) ? "no " : "", cmd_is_default(m) ? "default " : "",
		 cmd_line(m));
	(void)s;
	return CMD_OK;
}

static enum cmd_result note_arguments(struct session *s, const struct cmd_match *m)
{
	struct ip_addr a;
	struct ip_prefix p;
	char text[IP_TEXT_SIZE];

	(void)s;
	snprintf(seen, sizeof(seen), "target=%s repeat=%d source=%s df=%d addr=%s len=%d", cmd_text(m, "target"),
		 (int)cmd_num(m, "repeat", 5), cmd_text(m, "source") ? cmd_text(m, "source") : "-",
		 cmd_has(m, "df-bit"), cmd_addr(m, "target", &a) ? ip_text(&a, text) : "-",
		 cmd_prefix(m, "target", &p) ? p.len : -1);
	return CMD_OK;
}

static enum cmd_result enter_if(struct session *s, const struct cmd_match *m)
{
	session_enter(s, MODE_IF, cmd_text(m, "interface"));
	return CMD_OK;
}

static enum cmd_result enter_policy(struct session *s, const struct cmd_match *m)
{
	session_enter(s, MODE_ISAKMP_POLICY, cmd_text(m, "priority"));
	return CMD_OK;
}

static const struct tok repeat_value = NUM("repeat", 1, 1000, "Repeat count");
static const struct tok source_value = IFNAME("source", "Source interface");
static const struct cmd_opt ping_opts[] = {
	{ "repeat", "repeat", "specify repeat count", &repeat_value },
	{ "source", "source", "specify source address or name", &source_value },
	{ "df-bit", "df-bit", "enable do not fragment bit in IP header", NULL },
	{ 0 },
};
static const struct cmd_choice groups[] = {
	{ "1", "Diffie-Hellman group 1", 1 },
	{ "14", "Diffie-Hellman group 14", 14 },
	{ "2", "Diffie-Hellman group 2", 2 },
	{ 0 },
};

#define SHOW KW("show", "Show running system information")
#define IPV4 KW("ip", "IP information")

static const struct cmd commands[] = {
	{ MODE_EXEC, 1, 0, { SHOW, KW("clock", "Display the system clock") }, note },
	{ MODE_EXEC, 1, 0, { SHOW, IPV4, KW("route", "IP routing table") }, note },
	{ MODE_EXEC, 1, 0, { SHOW, IPV4, KW("interface", "IP interface status"), KW("brief", "Brief summary") }, note },
	{ MODE_EXEC, 1, 0, { SHOW, IPV4, KW("interface", "IP interface status"), IFNAME("interface", "") }, note },
	{ MODE_EXEC, 1, 0, { SHOW, KW("ipv6", "IPv6 information"), KW("route", "IPv6 routing table") }, note },
	{ MODE_EXEC, 15, 0, { SHOW, KW("running-config", "Current operating configuration") }, note },
	{ MODE_EXEC, 15, CMD_NO, { KW("debug", "Debugging functions"), KW("all", "Enable all debugging") }, note },
	{ MODE_EXEC, 15, 0, { KW("debug", "Debugging functions"), KW("arp", "IP ARP") }, note },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("ping", "Send echo messages"), WORD("target", "Ping destination address or hostname") },
	  note_arguments },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("ping", "Send echo messages"), IP4("target", "Ping destination address"), OPTS(ping_opts) },
	  note_arguments },
	{ MODE_EXEC, 1, 0, { KW("telnet", "Open a telnet connection"), WORD("target", "Host") }, note },
	{ MODE_EXEC, 1, 0, { KW("undebug", "Disable debugging functions"), KW("all", "All") }, note },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("hostname", "Set system's network name"), WORD("name", "This system's name") },
	  note },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("interface", "Select an interface to configure"), IFNAME("interface", "") },
	  enter_if },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("crypto", "Encryption module"), KW("isakmp", "Configure ISAKMP policy"), KW("policy", "Set policy"),
	    NUM("priority", 1, 10000, "Priority of protection suite") },
	  enter_policy },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("crypto", "Encryption module"), KW("isakmp", "Configure ISAKMP policy"), KW("key", "Set pre-shared key"),
	    WORD("key", "The key"), KW("address", "define shared key with IP address"),
	    KW("ipv6", "define shared key with IPv6 address"), IP6PREFIX("peer", "IPv6 prefix") },
	  note },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("ip", "Global IP configuration subcommands"), KW("route", "Establish static routes"),
	    IP4("prefix", "Destination prefix"), IP4("mask", "Destination prefix mask"), IP4("via", "Next hop") },
	  note },
	{ MODE_IF, 15, CMD_NO | CMD_DEFAULT, { KW("shutdown", "Shutdown the selected interface") }, note },
	{ MODE_IF,
	  15,
	  CMD_NO,
	  { KW("description", "Interface specific description"), LINE("text", "Up to 240") },
	  note },
	{ MODE_IF,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("ip", "Interface Internet Protocol config commands"), KW("address", "Set the IP address"),
	    IP4("address", "IP address"), IP4("mask", "IP subnet mask") },
	  note },
	{ MODE_ISAKMP_POLICY,
	  15,
	  CMD_NO,
	  { KW("group", "Set the Diffie-Hellman group"), PICK("group", groups) },
	  note },
};

static struct rig g;

static void open_rig(void)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };

	tables[1] = cmd_session_table;
	rig_open_router(&g, tables, 2, SESSION_TEST);
	seen[0] = '\0';
}

/* Types the line and compares what the handler saw ("" : it did not run). */
static bool sees(const char *line, const char *what)
{
	seen[0] = '\0';
	rig_type(&g, line);
	if (strcmp(seen, what) != 0)
		printf("\n%s: wanted %s, saw %s\n", line, what, seen);
	return !strcmp(seen, what);
}

static void test_abbreviation(void)
{
	open_rig();
	CU_ASSERT_TRUE(sees("show clock", "[show clock]"));
	CU_ASSERT_TRUE(sees("SH CLO", "[show clock]"));
	CU_ASSERT_TRUE(sees("  sh\t clo  ", "[show clock]"));
	CU_ASSERT_TRUE(sees("s clock", "[show clock]"));
	CU_ASSERT_TRUE(sees("sh ip route", "[show ip route]"));
	CU_ASSERT_TRUE(sees("sh ipv ro", "[show ipv6 route]"));
	CU_ASSERT_TRUE(sees("sh ip int br", "[show ip interface brief]"));
	CU_ASSERT_TRUE(sees("sh ip int e0/1", "[show ip interface Ethernet0/1]"));
	CU_ASSERT_TRUE(sees("sh ip int tu 23", "[show ip interface Tunnel23]"));
	CU_ASSERT_TRUE(sees("un all", "[undebug all]"));
	CU_ASSERT_TRUE(sees("u all", "[undebug all]"));
	CU_ASSERT_TRUE(sees("no debug all", "no [debug all]"));
	rig_close(&g);
}

static void test_arguments(void)
{
	open_rig();
	CU_ASSERT_TRUE(sees("ping 10.0.0.1", "target=10.0.0.1 repeat=5 source=- df=0 addr=10.0.0.1 len=-1"));
	CU_ASSERT_TRUE(sees("ping R3", "target=R3 repeat=5 source=- df=0 addr=- len=-1"));
	CU_ASSERT_TRUE(sees("ping 10.0.0.1 df source tu23 rep 7",
			    "target=10.0.0.1 repeat=7 source=Tunnel23 df=1 addr=10.0.0.1 len=-1"));
	CU_ASSERT_TRUE(sees("ping 10.0.0.1 source Ethernet 0/0 df",
			    "target=10.0.0.1 repeat=5 source=Ethernet0/0 df=1 addr=10.0.0.1 len=-1"));
	CU_ASSERT_TRUE(sees("ping 10.0.0.1 df df", ""));
	CU_ASSERT_TRUE(sees("ping 10.0.0.1 source tu", ""));
	rig_close(&g);
}

static void test_negation(void)
{
	open_rig();
	rig_type(&g, "conf t");
	CU_ASSERT_TRUE(sees("hostname R3", "[hostname R3]"));
	CU_ASSERT_TRUE(sees("no hostname R3", "no [hostname R3]"));
	CU_ASSERT_TRUE(sees("def host R3", "no [hostname R3]"));
	CU_ASSERT_TRUE(sees("no hostname", ""));
	CU_ASSERT_TRUE(sees("no ip route 10.0.0.0 255.0.0.0", "no [ip route 10.0.0.0 255.0.0.0]"));
	CU_ASSERT_TRUE(sees("no ip route", "no [ip route]"));
	CU_ASSERT_TRUE(sees("no ip", ""));
	CU_ASSERT_TRUE(sees("ip route 10.0.0.0 255.0.0.0", ""));
	CU_ASSERT_TRUE(sees("crypto isakmp key Cis|co\"#\\ address ipv6 2001:DB8::/32",
			    "[crypto isakmp key Cis|co\"#\\ address ipv6 2001:DB8::/32]"));
	rig_type(&g, "interface tunnel 23");
	CU_ASSERT_TRUE(sees("no shut", "no [shutdown]"));
	CU_ASSERT_TRUE(sees("default shut", "default [shutdown]"));
	CU_ASSERT_TRUE(sees("description to  R3 | the \"other\" side ", "[description to  R3 | the \"other\" side]"));
	rig_close(&g);
}

static void test_invalid(void)
{
	open_rig();
	CU_ASSERT_EQUAL(rig_type(&g, "show ipp route"), SESSION_REJECTED_LINE);
	CU_ASSERT_TRUE(rig_is(&g, "R2#show ipp route\n"
				  "        ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, " show clock 12");
	CU_ASSERT_TRUE(rig_is(&g, "R2# show clock 12\n"
				  "               ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "conf t");
	rig_clear(&g);
	rig_type(&g, "crypto isakmp policy 1x0");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto isakmp policy 1x0\n"
				  "                                 ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "crypto isakmp policy 10001");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto isakmp policy 10001\n"
				  "                                ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "ip route 10.0.0.256 255.0.0.0 10.0.0.1");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#ip route 10.0.0.256 255.0.0.0 10.0.0.1\n"
				  "                             ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "crypto isakmp key cisco address ipv6 2001:DBX::/32");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto isakmp key cisco address ipv6 2001:DBX::/32\n"
				  "                                                       ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	/* a number that breaks off: under what breaks it */
	rig_type(&g, "interface tunnel 23x");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#interface tunnel 23x\n"
				  "                              ^\n"
				  "% Invalid input detected at '^' marker.\n\n"));
	rig_type(&g, "interface e0/0.x");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#interface e0/0.x\n"
				  "                         ^\n"
				  "% Invalid input detected at '^' marker.\n\n"));
	rig_type(&g, "interface Ethernet3/0");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#interface Ethernet3/0\n"
				  "                             ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "no crypto isakmp foo");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#no crypto isakmp foo\n"
				  "                            ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_close(&g);
}

static void test_ambiguous_incomplete(void)
{
	open_rig();
	rig_type(&g, "sh i");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh i\n% Ambiguous command:  \"sh i\"\n\n"));
	rig_type(&g, " sh r | ");
	CU_ASSERT_TRUE(rig_is(&g, "R2# sh r | \n% Incomplete command.\n\n"));
	rig_type(&g, "d");
	CU_ASSERT_TRUE(rig_is(&g, "R2#d\n% Ambiguous command:  \"d\"\n\n"));
	rig_type(&g, "show");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show\n% Incomplete command.\n\n"));
	rig_type(&g, "show ip interface tunnel");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show ip interface tunnel\n% Incomplete command.\n\n"));
	rig_close(&g);
}

static bool out_of_memory;

void *__real_reallocarray(void *p, size_t count, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);

/* Each line needs some, for the commands that it may be. */
void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
	return out_of_memory ? NULL : __real_reallocarray(p, count, size);
}

/* Not that a command is incomplete, or none. */
static void test_no_memory(void)
{
	open_rig();
	out_of_memory = true;
	rig_type(&g, "show clock");
	out_of_memory = false;
	CU_ASSERT_TRUE(rig_is(&g, "R2#show clock\n% Not enough memory\n\n"));
	rig_type(&g, "show clock");
	CU_ASSERT_STRING_EQUAL(seen, "[show clock]");
	rig_close(&g);
}

static void test_unknown_first_word(void)
{
	open_rig();
	rig_type(&g, "foo");
	CU_ASSERT_TRUE(rig_is(&g, "R2#foo\n"
				  "Translating \"foo\"...domain server (255.255.255.255)\n"
				  "% Unknown command or computer name, or unable to find computer address\n"
				  "\n"));
	g.shell.config->no_domain_lookup = true;
	rig_type(&g, "foo 23");
	CU_ASSERT_TRUE(rig_is(&g, "R2#foo 23\n"
				  "Translating \"foo\"\n"
				  "% Unknown command or computer name, or unable to find computer address\n"
				  "\n"));
	CU_ASSERT_FALSE(rig_router_locked(g.shell.router));
	/* a host that is known is called */
	knows_r3 = true;
	CU_ASSERT_TRUE(sees("R3", "[telnet R3]"));
	CU_ASSERT_TRUE(rig_is(&g, "R2#R3\n"));
	CU_ASSERT_TRUE(sees("R3 23", ""));
	rig_clear(&g);
	config_line_get(g.shell.config, LINE_CON, 0, 0)->no_transport_preferred = true;
	rig_type(&g, "R3");
	CU_ASSERT_TRUE(rig_is(&g, "R2#R3\n"
				  "   ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	config_line_get(g.shell.config, LINE_CON, 0, 0)->no_transport_preferred = false;
	rig_type(&g, "shwo clock");
	CU_ASSERT_TRUE(rig_is(&g, "R2#shwo clock\n"
				  "   ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_close(&g);
}

static void test_privilege(void)
{
	open_rig();
	rig_type(&g, "disable");
	rig_type(&g, "show running-config");
	CU_ASSERT_TRUE(rig_is(&g, "R2#disable\n"
				  "R2>show running-config\n"
				  "        ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "enable");
	rig_type(&g, "show privilege");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\nR2#show privilege\nCurrent privilege level is 15\n"));
	rig_close(&g);
}

static void test_implicit_mode(void)
{
	open_rig();
	rig_type(&g, "configure terminal");
	rig_type(&g, "int tu23");
	rig_type(&g, "crypto isakmp policy 10");
	rig_type(&g, "group 14");
	CU_ASSERT_STRING_EQUAL(seen, "[group 14]");
	rig_type(&g, "hostname X");
	rig_type(&g, "exit");
	CU_ASSERT_TRUE(rig_is(&g, "R2#configure terminal\n"
				  "Enter configuration commands, one per line.  End with CNTL/Z.\n"
				  "R2(config)#int tu23\n"
				  "R2(config-if)#crypto isakmp policy 10\n"
				  "R2(config-isakmp)#group 14\n"
				  "R2(config-isakmp)#hostname X\n"
				  "R2(config)#exit\n"));
	rig_type(&g, "configure terminal");
	rig_type(&g, "interface e0/0");
	rig_type(&g, "do show clock");
	CU_ASSERT_STRING_EQUAL(seen, "[show clock]");
	rig_clear(&g);
	rig_type(&g, "do conf t");
	rig_type(&g, "nonsense 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config-if)#do conf t\n"
				  "                 ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"
				  "R2(config-if)#nonsense 1\n"
				  "              ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_close(&g);
}

/* The names, or "at N" where the text is wrong, or "half TYPE". */
static bool names(const char *text, const char *want)
{
	char got[256] = "";
	struct ifrange r;
	const char *half;
	size_t wrong, n = 0;

	if (!ifrange_parse(text, strlen(text), g.shell.router, &r, &wrong, &half) && half)
		snprintf(got, sizeof(got), "half %s", half);
	else if (!r.count)
		snprintf(got, sizeof(got), "at %zu", wrong);
	for (size_t i = 0; i < r.count && n < sizeof(got); i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s ", r.names[i]);
	ifrange_free(&r);
	if (strcmp(got, want) != 0)
		printf("\n%s: wanted %s, got %s\n", text, want, got);
	return !strcmp(got, want);
}

static void test_ranges(void)
{
	open_rig();
	CU_ASSERT_TRUE(names("Ethernet0/0 - 1 , Tunnel 1 - 3", "Ethernet0/0 Ethernet0/1 Tunnel1 Tunnel2 Tunnel3 "));
	CU_ASSERT_TRUE(names("e0/0-1,tu1-3", "Ethernet0/0 Ethernet0/1 Tunnel1 Tunnel2 Tunnel3 "));
	CU_ASSERT_TRUE(names("lo0,lo0 - 1", "Loopback0 Loopback1 "));
	CU_ASSERT_TRUE(names("tu", "half Tunnel"));
	CU_ASSERT_TRUE(names("tu1 -", "half Tunnel"));
	CU_ASSERT_TRUE(names("tu3 - 1", "at 6"));
	CU_ASSERT_TRUE(names("tu1 - 1025", "at 6"));
	CU_ASSERT_TRUE(names("tu1 - 99999999999999", "at 6"));
	CU_ASSERT_TRUE(names("tu1 - x", "at 6"));
	CU_ASSERT_TRUE(names("e0/0 - 7", "at 7"));
	CU_ASSERT_TRUE(names("tu1 x", "at 4"));
	CU_ASSERT_TRUE(names("tu1 , , tu2", "at 6"));
	rig_close(&g);
}

static const struct unit_test tests[] = {
	{ "abbreviation", test_abbreviation },
	{ "arguments", test_arguments },
	{ "negation", test_negation },
	{ "invalid", test_invalid },
	{ "ambiguous, incomplete", test_ambiguous_incomplete },
	{ "no memory", test_no_memory },
	{ "unknown first word", test_unknown_first_word },
	{ "privilege", test_privilege },
	{ "implicit mode", test_implicit_mode },
	{ "ranges of interfaces", test_ranges },
};
UNIT_MAIN("cmd", tests)
