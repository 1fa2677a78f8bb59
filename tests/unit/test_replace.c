/* configure replace: as a whole or not at all. And the difference between two configurations. */
#include "shell/diff.h"
#include "shell/running.h"
#include "tests/unit/exec_rig.h"

static const char base[] = "hostname R2\n"
			   "interface Loopback1\n"
			   " ip address 10.1.1.1 255.255.255.255\n"
			   "interface Ethernet0/0\n"
			   " ip address 10.0.0.2 255.255.255.0\n"
			   "ip route 10.9.0.0 255.255.0.0 10.0.0.9\n"
			   "end\n";

static char *running(void)
{
	size_t octets;
	char *text = NULL;

	CU_ASSERT_EQUAL_FATAL(running_text(&rig.shell, &text, &octets), 0);
	return text;
}

static bool has(const char *line)
{
	char *text = running();
	bool there = strstr(text, line);

	free(text);
	return there;
}

static void test_replaces(void)
{
	struct config *c;

	exec_begin();
	c = rig.shell.config;
	rig_type(&rig, "configure terminal");
	rig_type(&rig, "interface Loopback7");
	rig_type(&rig, "ip route 10.8.0.0 255.255.0.0 10.0.0.9");
	rig_type(&rig, "interface e0/1");
	rig_type(&rig, "shutdown");
	rig_type(&rig, "end");
	put_file("flash:base", base);
	rig_clear(&rig);
	rig.input = "\r";
	TYPED("configure replace flash:base", "This will apply all necessary additions and deletions\n"
					      "to replace the current running configuration with the\n"
					      "contents of the specified configuration file, which is\n"
					      "assumed to be a complete configuration, not a partial\n"
					      "configuration. Enter Y if you are sure you want to proceed. ? [no]: \n");
	CU_ASSERT_TRUE(has("interface Loopback7\n"));
	session_set_user(rig.session, "admin");
	TYPED("configure replace flash:base force", "\nTotal number of passes: 1\nRollback Done\n\n");
	CU_ASSERT_PTR_EQUAL(rig.shell.config, c);
	CU_ASSERT_TRUE(has(" by admin\n!"));
	CU_ASSERT_FALSE(has("interface Loopback7\n"));
	CU_ASSERT_FALSE(has("10.8.0.0"));
	CU_ASSERT_TRUE(has("interface Loopback1\n ip address 10.1.1.1 255.255.255.255\n"));
	CU_ASSERT_TRUE(has("interface Ethernet0/1\n no ip address\n!")); /* the port is there, up again */
	TYPED("configure replace flash:base force", "\nTotal number of passes: 0\nRollback Done\n\n");
	put_file("flash:base2", "hostname R2\nip route 10.9.0.0 255.255.0.0 10.0.0.9\ninterface Ethernet0/0\n"
				" ip address 10.0.0.3 255.255.255.0\nend\n");
	TYPED("configure replace flash:base2 list force", "!Pass 1\n"
							  "\n"
							  "!List of Commands:\n"
							  "no interface Loopback1\n"
							  "interface Ethernet0/0\n"
							  " no ip address 10.0.0.2 255.255.255.0\n"
							  " ip address 10.0.0.3 255.255.255.0\n"
							  "end\n"
							  "\nTotal number of passes: 1\nRollback Done\n\n");
	exec_end();
}

static void test_rejects(void)
{
	char *before, *after;

	exec_begin();
	put_file("flash:base", base);
	rig_type(&rig, "configure replace flash:base force");
	before = running();
	put_file("flash:bad", "hostname R9\ninterface Ethernet0/0\n ip address 10.0.0.1 255.0.255.0\nend\n");
	rig_clear(&rig);
	rig_type(&rig, "configure replace flash:bad force");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "The following commands are failed to apply to the IOS image.\r\n"
					       "********\r\nline 3: ip address 10.0.0.1 255.0.255.0 ("));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "%Rollback aborted: the running configuration is unchanged\r\n"));
	after = running();
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
	rig_clear(&rig);
	TYPED("configure replace flash:none force", "%Error opening flash:none (No such file or directory)\n");
	exec_end();
}

/* What nobody implements is kept, as at boot; what was kept before is not told again. */
static void test_kept(void)
{
	exec_begin();
	put_file("flash:kept", "hostname R2\nfrobnicate all\nend\n");
	TYPED("configure replace flash:kept force",
	      "% line 2: kept (not implemented): frobnicate all\n\nTotal number of passes: 1\nRollback Done\n\n");
	CU_ASSERT_TRUE(has("\nfrobnicate all\n"));
	put_file("flash:kept", "hostname R2\nfrobnicate all\nip route 10.9.0.0 255.255.0.0 10.0.0.9\nend\n");
	TYPED("configure replace flash:kept force", "\nTotal number of passes: 1\nRollback Done\n\n");
	exec_end();
}

static void nowhere(void *ctx, const char *bytes, size_t octets)
{
	(void)ctx;
	(void)bytes;
	(void)octets;
}

/* A session that configures what another takes away goes on as if it were there. */
static void test_sub_mode(void)
{
	struct session *other;

	exec_begin();
	put_file("flash:base", base);
	rig_type(&rig, "configure terminal");
	rig_type(&rig, "interface Loopback7");
	other = session_new(&rig.shell, SESSION_TEST, &(struct session_io){ .write = nowhere }, "vty1");
	CU_ASSERT_EQUAL(session_run(other, "configure replace flash:base force"), SESSION_ACCEPTED);
	CU_ASSERT_FALSE(has("interface Loopback7\n"));
	CU_ASSERT_EQUAL(rig_type(&rig, "ip address 10.7.7.7 255.255.255.255"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(has("interface Loopback7\n ip address 10.7.7.7 255.255.255.255\n"));
	session_free(other);
	exec_end();
}

static void add_text(void *ctx, const char *line)
{
	char *all = ctx;

	strcat(strcat(all, line), "\n");
}

static void test_diff(void)
{
	static const char first[] = "!\nhostname R2\ninterface Ethernet0/0\n ip address 10.0.0.2 255.255.255.0\n!\n"
				    "line vty 0 4\n login\nend\n",
			  second[] = "hostname R3\ninterface Ethernet0/0\n ip address 10.0.0.3 255.255.255.0\n"
				     "line vty 0 4\n login\ninterface Loopback0\n no ip address\nend\n";
	char all[512] = "";
	bool any;

	CU_ASSERT_TRUE(diff_texts(first, strlen(first), second, strlen(second), DIFF_SIGNS, add_text, all, &any));
	CU_ASSERT_TRUE(any);
	CU_ASSERT_STRING_EQUAL(all, "+hostname R3\n"
				    "interface Ethernet0/0\n"
				    " +ip address 10.0.0.3 255.255.255.0\n"
				    " -ip address 10.0.0.2 255.255.255.0\n"
				    "+interface Loopback0\n"
				    " +no ip address\n"
				    "-hostname R2\n");
	all[0] = '\0';
	CU_ASSERT_TRUE(diff_texts(first, strlen(first), first, strlen(first), DIFF_SIGNS, add_text, all, &any));
	CU_ASSERT_FALSE(any);
	CU_ASSERT_STRING_EQUAL(all, "");
}

static const struct unit_test tests[] = {
	{ "a configuration replaces another", test_replaces },
	{ "a rejected line, and nothing changes", test_rejects },
	{ "lines that are kept", test_kept },
	{ "two users at once", test_sub_mode },
	{ "the contextual difference", test_diff },
};

UNIT_MAIN("replace", tests)
