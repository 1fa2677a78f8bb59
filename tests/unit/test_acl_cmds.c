/* Access lists as they are typed: help, what is stored, what is refused, and how the running-config has them. */
#include "shell/commands.h"
#include "shell/loader.h"
#include "shell/running.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>

static struct cmd_table tables[COMMANDS_CONFIG];
static struct rig g;

static void open_rig(void)
{
	rig_open_router(&g, tables, commands_config(tables), SESSION_TEST);
	session_enter(g.session, MODE_CONFIG, NULL);
}

static void type(const char *const *lines)
{
	for (; *lines; lines++)
		rig_type(&g, *lines);
}
#define TYPE(...) type((const char *const[]){ __VA_ARGS__, NULL })

/* From the first line that begins with `from` to the last that begins with `to`. */
static bool running_is(const char *from, const char *to, const char *wanted)
{
	size_t octets;
	char *text = NULL, *begin, *last = NULL;
	bool same;

	CU_ASSERT_EQUAL_FATAL(running_text(&g.shell, &text, &octets), 0);
	begin = strstr(text, from);
	for (char *p = begin; p && (p = strstr(p, to)); p++)
		if (p[-1] == '\n')
			last = p;
	if (!begin || !last) {
		free(text);
		return false;
	}
	last[strcspn(last, "\n") + 1] = '\0';
	same = !strcmp(begin, wanted);
	if (!same)
		printf("\n--- wanted\n%s--- running\n%s", wanted, begin);
	free(text);
	return same;
}

static void help_is_the_captures(void)
{
	open_rig();
	rig_clear(&g);
	session_help(g.session, "access-list 110 ");
	CU_ASSERT_TRUE(rig_is(&g, "  <1-2147483647>  Sequence Number\n"
				  "  deny            Specify packets to reject\n"
				  "  permit          Specify packets to forward\n"
				  "  remark          Access list entry comment\n\n"));
	session_help(g.session, "access-list 110 permit tcp any ");
	CU_ASSERT_TRUE(rig_is(&g, "  A.B.C.D  Destination address\n"
				  "  any      Any destination host\n"
				  "  eq       Match only packets on a given port number\n"
				  "  gt       Match only packets with a greater port number\n"
				  "  host     A single destination host\n"
				  "  lt       Match only packets with a lower port number\n"
				  "  neq      Match only packets not on a given port number\n"
				  "  range    Match only packets in the range of port numbers\n\n"));
	session_help(g.session, "access-list 10 permit 10.0.0.1 ");
	CU_ASSERT_TRUE(rig_is(&g, "  A.B.C.D  Wildcard bits\n"
				  "  log      Log matches against this entry\n"
				  "  <cr>\n\n"));
	rig_close(&g);
}

static void errors_are_marked_in_the_entry(void)
{
	open_rig();
	rig_clear(&g);
	TYPE("access-list 101 permit tcp any eq wwww any", "access-list 101 permit tcp 10.0.0.1 any",
	     "access-list 101 permit udp any", "access-list 101 permit udp any any time-range X",
	     "access-list 100 permit tcp any any eq s");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#access-list 101 permit tcp any eq wwww any\n"
				  "                                             ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#access-list 101 permit tcp 10.0.0.1 any\n"
				  "                                               ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#access-list 101 permit udp any\n"
				  "% Incomplete command.\n\n"
				  "R2(config)#access-list 101 permit udp any any time-range X\n"
				  "                                              ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#access-list 100 permit tcp any any eq s\n"
				  "% Ambiguous command:  \"access-list 100 permit tcp any any eq s\"\n\n"));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&g.shell.config->acls));
	rig_close(&g);
}

static void named_lists_have_modes(void)
{
	open_rig();
	rig_clear(&g);
	TYPE("ip access-list standard MGMT", "permit 10.0.0.1", "5 permit 10.0.0.2", "permit 10.0.0.1",
	     "7 permit host 10.0.0.2", "10 deny any", "no 5", "no 77", "ip access-list extended MGMT",
	     "ip access-list extended 7up", "ip access-list extended 5", "ip access-list ext WEB",
	     "permit tcp any any fragments eq www", "permit tcp any any eq www fragments", "ipv6 access-list SIX",
	     "permit ipv6 any any", "exit");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#ip access-list standard MGMT\n"
				  "R2(config-std-nacl)#permit 10.0.0.1\n"
				  "R2(config-std-nacl)#5 permit 10.0.0.2\n"
				  "R2(config-std-nacl)#permit 10.0.0.1\n"
				  "R2(config-std-nacl)#7 permit host 10.0.0.2\n"
				  "R2(config-std-nacl)#10 deny any\n"
				  "% Duplicate sequence number\n"
				  "R2(config-std-nacl)#no 5\n"
				  "R2(config-std-nacl)#no 77\n"
				  "R2(config-std-nacl)#ip access-list extended MGMT\n"
				  "Access-list type conflicts with prior definition\n"
				  "% A named Standard IP access list with this name already exists\n"
				  "R2(config)#ip access-list extended 7up\n"
				  "% Invalid access list name.\n"
				  "R2(config)#ip access-list extended 5\n"
				  "% Invalid access list name.\n"
				  "R2(config)#ip access-list ext WEB\n"
				  "R2(config-ext-nacl)#permit tcp any any fragments eq www\n"
				  "                                                 ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config-ext-nacl)#permit tcp any any eq www fragments\n"
				  "% Fragments cannot be matched by what only the first one has\n"
				  "R2(config-ext-nacl)#ipv6 access-list SIX\n"
				  "R2(config-ipv6-acl)#permit ipv6 any any\n"
				  "R2(config-ipv6-acl)#exit\n"));
	CU_ASSERT_TRUE(running_is("ip access-list", "ip access-list",
				  "ip access-list standard MGMT\n"
				  " permit 10.0.0.1\n"
				  "ip access-list extended WEB\n"));
	rig_close(&g);
}

static void lists_stand_where_ios_has_them(void)
{
	open_rig();
	TYPE("ip route 0.0.0.0 0.0.0.0 10.0.0.9", "access-list 101 remark web",
	     "access-list 101 permit tcp any any eq 80", "access-list 101 deny ip any any", "access-list 5 permit any",
	     "logging host 10.0.0.9", "ip access-list extended 102", "remark none", "20 permit ip any any",
	     "10 deny udp any any", "ip access-list ext WEB", "permit ip any any", "ip access-list standard MGMT",
	     "deny host 10.0.0.1", "permit any", "ipv6 access-list SIX", "permit tcp any any",
	     "sequence 15 deny udp any any", "deny ipv6 any any", "ipv6 access-list B", "exit");
	CU_ASSERT_TRUE(running_is("ip route", "control-plane",
				  "ip route 0.0.0.0 0.0.0.0 10.0.0.9\n"
				  "!\n"
				  "ip access-list standard MGMT\n"
				  " deny   10.0.0.1\n"
				  " permit any\n"
				  "ip access-list extended WEB\n"
				  " permit ip any any\n"
				  "!\n"
				  "logging host 10.0.0.9\n"
				  "access-list 5 permit any\n"
				  "access-list 101 remark web\n"
				  "access-list 101 permit tcp any any eq www\n"
				  "access-list 101 deny   ip any any\n"
				  "access-list 102 deny   udp any any\n"
				  "access-list 102 remark none\n"
				  "access-list 102 permit ip any any\n"
				  "!\n"
				  "ipv6 access-list B\n"
				  "!\n"
				  "ipv6 access-list SIX\n"
				  " permit tcp any any\n"
				  " sequence 15 deny udp any any\n"
				  " deny ipv6 any any\n"
				  "!\n"
				  "!\n"
				  "!\n"
				  "control-plane\n"));
	rig_close(&g);
}

static bool incomplete(const char *text, bool ipv6, const char *name)
{
	struct shell sh = { .tables = tables, .config = config_new() };
	struct loader_counts counts;
	bool result;

	sh.table_count = commands_config(tables);
	CU_ASSERT_EQUAL(loader_load(&sh, text, strlen(text), NULL, NULL, &counts), 0);
	result = config_acl_incomplete(sh.config, ipv6, name);
	config_free(sh.config);
	return result;
}

/* What is not understood may deny something: the list cannot be enforced without it. */
static void a_list_with_unknown_lines_is_incomplete(void)
{
	CU_ASSERT_FALSE(incomplete("access-list 101 permit ip any any\n", false, "101"));
	CU_ASSERT_TRUE(incomplete("access-list 101 deny tcp any any time-range X\naccess-list 101 permit ip any any\n",
				  false, "101"));
	CU_ASSERT_FALSE(incomplete("access-list 101 deny tcp any any time-range X\n", false, "10"));
	CU_ASSERT_TRUE(incomplete("ip access-list extended W\n deny tcp any any time-range X\n permit ip any any\n",
				  false, "W"));
	CU_ASSERT_TRUE(incomplete("ip access-list extended W\n deny tcp any any eq 80 fragments\n", false, "W"));
	CU_ASSERT_TRUE(incomplete("ipv6 access-list S\n deny tcp any any reflect Y\n", true, "S"));
	CU_ASSERT_FALSE(incomplete("ipv6 access-list S\n deny tcp any any reflect Y\n", false, "S"));
	CU_ASSERT_TRUE(incomplete(
		"ip access-list standard W\n permit any\nip access-list extended W\n permit ip any any\n", false, "W"));
}

static const struct unit_test tests[] = {
	{ "help is the captures'", help_is_the_captures },
	{ "errors are marked in the entry", errors_are_marked_in_the_entry },
	{ "named lists have modes", named_lists_have_modes },
	{ "lists stand where IOS has them", lists_stand_where_ios_has_them },
	{ "a list with unknown lines is incomplete", a_list_with_unknown_lines_is_incomplete },
};

UNIT_MAIN("acl_cmds", tests)
