/* show access-lists, byte for byte as captured, and the clearing of counters. */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/loader.h"
#include "tests/unit/exec_fakes.h"
#include "tests/unit/shell_rig.h"

#include <string.h>

static struct cmd_table tables[COMMANDS_CONFIG + 1];
static struct rig g;

static void open_with(const char *config)
{
	struct loader_counts counts;
	size_t n = commands_config(tables);

	tables[n++] = cmd_show_acl_table;
	rig_open_router(&g, tables, n, SESSION_TEST);
	CU_ASSERT_EQUAL(loader_load(&g.shell, config, strlen(config), NULL, NULL, &counts), 0);
	CU_ASSERT_EQUAL(counts.kept + counts.rejected, 0);
	rig_clear(&g);
}

static void lists_are_the_captures(void)
{
	static struct router_acl_count counts[1];
	struct acl_entry *e;

	open_with("access-list 102 permit tcp any host 192.168.1.100 eq ftp\n"
		  "access-list 102 permit tcp any host 192.168.1.100 gt 1024\n"
		  "access-list 1 permit 10.1.2.3 log\n"
		  "access-list 1 deny 10.1.1.1\n"
		  "access-list 1 remark the lab\n"
		  "access-list 1 deny 192.168.1.0 0.0.0.255\n"
		  "access-list 1 deny any log\n"
		  "ip access-list extended ciao\n"
		  " permit tcp any eq www whois uucp domain ident host 10.10.10.10 tos normal\n"
		  " deny tcp any eq www any log\n"
		  " deny tcp any range domain www 10.10.10.10 0.0.0.255\n"
		  "access-list 10 permit 192.168.1.0 0.0.0.255\n"
		  "ipv6 access-list SIX\n"
		  " permit tcp any any eq bgp\n"
		  " deny ipv6 any any\n");
	e = acl_at(config_acl_find(g.shell.config, false, "10"), 10);
	counts[0] = (struct router_acl_count){ e->handle, 5170 };
	e->class_matches = 7;
	acl_at(config_acl_find(g.shell.config, true, "SIX"), 10)->class_matches = 1;
	fakes.acl_counts = counts;
	fakes.acl_count = 1;
	rig_type(&g, "show access-list");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show access-list\n"
				  "Standard IP access list 1\n"
				  "    10 permit 10.1.2.3 log\n"
				  "    20 deny   10.1.1.1\n"
				  "    30 deny   192.168.1.0, wildcard bits 0.0.0.255\n"
				  "    40 deny   any log\n"
				  "Standard IP access list 10\n"
				  "    10 permit 192.168.1.0, wildcard bits 0.0.0.255 (5177 matches)\n"
				  "Extended IP access list 102\n"
				  "    10 permit tcp any host 192.168.1.100 eq ftp\n"
				  "    20 permit tcp any host 192.168.1.100 gt 1024\n"
				  "Extended IP access list ciao\n"
				  "    10 permit tcp any eq www whois uucp domain ident host 10.10.10.10 tos normal\n"
				  "    20 deny tcp any eq www any log\n"
				  "    30 deny tcp any range domain www 10.10.10.0 0.0.0.255\n"
				  "IPv6 access list SIX\n"
				  "    permit tcp any any eq bgp (1 match) sequence 10\n"
				  "    deny ipv6 any any sequence 20\n"));
	rig_close(&g);
	fakes = (struct exec_fakes){ 0 };
}

static void some_lists_are_shown_and_cleared(void)
{
	struct acl_entry *e;

	open_with("interface Ethernet0/0\n ip access-group 5 out\n ip access-group 6 in\n"
		  "access-list 5 permit any\nipv6 access-list 5\n permit ipv6 any any\n");
	rig_type(&g, "show access-lists 5");
	rig_type(&g, "show ip access-lists 5");
	rig_type(&g, "show ip access-lists interface e0/0");
	rig_type(&g, "show ipv6 access-list");
	rig_type(&g, "show access-lists 7");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show access-lists 5\n"
				  "Standard IP access list 5\n"
				  "    10 permit any\n"
				  "IPv6 access list 5\n"
				  "    permit ipv6 any any sequence 10\n"
				  "R2#show ip access-lists 5\n"
				  "Standard IP access list 5\n"
				  "    10 permit any\n"
				  "R2#show ip access-lists interface e0/0\n"
				  "Standard IP access list 5 out\n"
				  "    10 permit any\n"
				  "R2#show ipv6 access-list\n"
				  "IPv6 access list 5\n"
				  "    permit ipv6 any any sequence 10\n"
				  "R2#show access-lists 7\n"));
	e = acl_at(config_acl_find(g.shell.config, false, "5"), 10);
	e->class_matches = 3;
	rig_type(&g, "clear ipv6 access-list counters");
	CU_ASSERT_EQUAL(e->class_matches, 3);
	CU_ASSERT_NOT_EQUAL(fakes.acl_cleared, e->handle);
	fakes.acl_cleared = 0;
	rig_type(&g, "clear ip access-list counters 5");
	CU_ASSERT_EQUAL(e->class_matches, 0);
	CU_ASSERT_EQUAL(fakes.acl_cleared, e->handle);
	rig_close(&g);
	fakes = (struct exec_fakes){ 0 };
}

static const struct unit_test tests[] = {
	{ "lists are the captures'", lists_are_the_captures },
	{ "some lists are shown and cleared", some_lists_are_shown_and_cleared },
};

UNIT_MAIN("show_acl", tests)
