/* write, copy, erase, reload, show running-config, startup-config, version, clock and logging, as typed. */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "startup-config/nvram.h"
#include "tests/unit/exec_fakes.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct cmd_table tables[COMMANDS_CONFIG + 8];
static struct rig rig;
static char folder[64], path[96], *saved;
static size_t saved_octets;

static void on_reload(void *main)
{
	++*(unsigned *)main;
}

static unsigned reloads;

static void begin(void)
{
	size_t n = commands_config(tables);

	tables[n++] = cmd_show_system_table;
	tables[n++] = cmd_file_table;
	tables[n++] = cmd_show_interface_table;
	tables[n++] = cmd_copy_table;
	tables[n++] = cmd_reload_table;
	tables[n++] = cmd_show_clock_table;
	tables[n++] = cmd_fs_table;
	tables[n++] = cmd_replace_table;
	strcpy(folder, "/tmp/mmexecXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/startup-config", folder);
	fakes = (struct exec_fakes){ 0 };
	rig = (struct rig){ 0 };
	reloads = 0;
	rig_open_router(&rig, tables, n, SESSION_TEST);
	rig.shell.nvram = nvram_new(path);
	rig.shell.main = &reloads;
	rig.shell.request_reload = on_reload;
}

static void end(void)
{
	nvram_free(rig.shell.nvram);
	rig_close(&rig);
	free(saved);
	saved = NULL;
	unlink(path);
	rmdir(folder);
}

static int load(void)
{
	free(saved);
	saved = NULL;
	return nvram_load(rig.shell.nvram, &saved, &saved_octets);
}

#define TYPED(line, transcript)                                                                                        \
	do {                                                                                                           \
		rig_type(&rig, (line));                                                                                \
		CU_ASSERT_TRUE(rig_is(&rig, "R2#" line "\n" transcript));                                              \
	} while (0)

static void change_something(void)
{
	rig_type(&rig, "configure terminal");
	rig_type(&rig, "interface Ethernet0/0");
	rig_type(&rig, "ip address 10.0.0.1 255.255.255.0");
	rig_type(&rig, "end");
	rig_clear(&rig);
}

static void what_is_shown_is_what_is_saved(void)
{
	char head[96], *text;

	begin();
	TYPED("show startup-config", "startup-config is not present\n");
	change_something();
	CU_ASSERT_TRUE(rig.shell.config_dirty);
	TYPED("write memory", "Building configuration...\n[OK]\n");
	CU_ASSERT_FALSE(rig.shell.config_dirty);
	CU_ASSERT_NOT_EQUAL(rig.shell.nvram_changed.tv_sec, 0);
	CU_ASSERT_EQUAL_FATAL(load(), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(saved, "\ninterface Ethernet0/0\n ip address 10.0.0.1 255.255.255.0\n"));
	CU_ASSERT_STRING_EQUAL(saved + saved_octets - 5, "\nend\n");
	rig_type(&rig, "show startup-config");
	snprintf(head, sizeof(head), "R2#show startup-config\r\nUsing %zu out of %d bytes\r\n!\r\n", saved_octets,
		 NVRAM_OCTETS);
	CU_ASSERT_NSTRING_EQUAL(rig.out, head, strlen(head));
	CU_ASSERT_STRING_EQUAL(rig.out + rig.octets - 7, "end\r\n\r\n");
	rig_clear(&rig);
	for (int i = 0; i < 2; i++) {
		rig_type(&rig, i ? "write terminal" : "show running-config");
		text = strstr(rig.out, "\r\n") + 2;
		CU_ASSERT_NSTRING_EQUAL(text, "Building configuration...\r\n\r\nCurrent configuration : ", 52);
		CU_ASSERT_STRING_EQUAL(rig.out + rig.octets - 7, "end\r\n\r\n");
		rig_clear(&rig);
	}
	TYPED("show running-config interface e0/0", "Building configuration...\n"
						    "\n"
						    "Current configuration : 64 bytes\n"
						    "!\n"
						    "interface Ethernet0/0\n"
						    " ip address 10.0.0.1 255.255.255.0\n"
						    "end\n"
						    "\n");
	rig_type(&rig, "show running-config all");
	text = strstr(rig.out, "\r\n") + 2;
	CU_ASSERT_NSTRING_EQUAL(
		text,
		"Building configuration...\r\n\r\nCurrent configuration with default configurations exposed : ", 86);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\n no shutdown\r\n"));
	rig_clear(&rig);
	TYPED("show running-config all | section ^(no )?service (pad|seq)",
	      "service pad\nno service sequence-numbers\n");
	TYPED("show run | section ^interface Ethernet0/0",
	      "interface Ethernet0/0\n ip address 10.0.0.1 255.255.255.0\n");
	end();
}

static void a_failed_write_says_so(void)
{
	begin();
	change_something();
	nvram_free(rig.shell.nvram);
	rig.shell.nvram = nvram_new("/nonexistent/startup-config");
	TYPED("write", "startup-config file open failed (No such file or directory)\n");
	CU_ASSERT_TRUE(rig.shell.config_dirty);
	CU_ASSERT_EQUAL(rig.shell.nvram_changed.tv_sec, 0);
	end();
}

static void copies(void)
{
	char *copied;

	begin();
	rig.input = "\r";
	TYPED("copy running-config startup-config", "Destination filename [startup-config]? \n"
						    "Building configuration...\n[OK]\n");
	rig.input = "elsewhere\r";
	TYPED("copy run start", "Destination filename [startup-config]? elsewhere\n"
				"%Error opening nvram:/elsewhere (No such file or directory)\n");
	CU_ASSERT_EQUAL(nvram_save(rig.shell.nvram, "ip route 10.0.0.0 255.0.0.0 10.1.1.1\nfrobnicate\n", 48), 0);
	rig.input = "\r";
	rig_type(&rig, "copy startup-config running-config");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Destination filename [running-config]? \r\n"
					       "% line 2: kept (not implemented): frobnicate\r\n"
					       "48 bytes copied in "));
	copied = strstr(rig.out, " secs (");
	CU_ASSERT_PTR_NOT_NULL(copied);
	CU_ASSERT_FALSE(TAILQ_EMPTY(&rig.shell.config->routes));
	CU_ASSERT_TRUE(rig_router_applied(rig.shell.router) > 0);
	end();
}

static void erasing(void)
{
	begin();
	TYPED("write", "Building configuration...\n[OK]\n");
	rig.input = "n\r";
	TYPED("write erase",
	      "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]n\n");
	CU_ASSERT_EQUAL(load(), 0);
	rig.input = "\r";
	TYPED("erase startup-config",
	      "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]\n"
	      "[OK]\n"
	      "Erase of nvram: complete\n");
	CU_ASSERT_NOT_EQUAL(load(), 0);
	end();
}

static void reload_asks_about_changes(void)
{
	begin();
	rig.input = "\r";
	TYPED("reload", "Proceed with reload? [confirm]\n");
	CU_ASSERT_EQUAL(reloads, 1);
	TYPED("show logging | count %SYS-5-RELOAD: Reload requested by console. Reload Reason: Reload Command.",
	      "Number of lines which match regexp = 1\n");
	change_something();
	rig.input = "maybe\rno\rn";
	TYPED("reload", "\n"
			"System configuration has been modified. Save? [yes/no]: maybe\n"
			"% Please answer 'yes' or 'no'.\n"
			"System configuration has been modified. Save? [yes/no]: no\n"
			"Proceed with reload? [confirm]n\n");
	CU_ASSERT_EQUAL(reloads, 1);
	rig.input = "yes\ry";
	TYPED("reload", "\n"
			"System configuration has been modified. Save? [yes/no]: yes\n"
			"Building configuration...\n[OK]\n"
			"Proceed with reload? [confirm]y\n");
	CU_ASSERT_EQUAL(reloads, 2);
	CU_ASSERT_EQUAL(load(), 0);
	end();
}

static void live_values(void)
{
	static const struct router_if_info interfaces[] = {
		{ .name = "Ethernet0/0", .type = IF_ETHERNET, .device = "eth0", .link_up = true, .protocol_up = true },
		{ .name = "Loopback0", .type = IF_LOOPBACK, .device = "lo", .link_up = true, .protocol_up = true },
	};

	begin();
	fakes.interfaces = interfaces;
	fakes.interface_count = 2;
	rig_type(&rig, "show version");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ", compatible with Cisco IOS Software, Version 15.2(1)T\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "It is not a Cisco product.\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "\r\nR2 uptime is "));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "/test_exec_file\"\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "\r\n1 Ethernet interface\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "show clock");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " UTC "));
	CU_ASSERT_EQUAL(rig.out[strlen("R2#show clock\r\n")], '*');
	rig_clear(&rig);
	log_debug(rig.shell.log, "first\n");
	log_debug(rig.shell.log, "second");
	rig_type(&rig, "show logging | begin Log Buffer");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Log Buffer (4096 bytes):\r\n\r\n*"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ": first\r\n\r\n*"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ": second\r\n"));
	rig_clear(&rig);
	/* typed, then saved */
	change_something();
	rig_type(&rig, "show ip interface brief");
	CU_ASSERT_PTR_NOT_NULL(strstr(
		rig.out, "Ethernet0/0                10.0.0.1        YES manual up                    up      "));
	CU_ASSERT_PTR_NOT_NULL(strstr(
		rig.out, "Loopback0                  unassigned      YES unset  up                    up      "));
	rig_type(&rig, "write");
	rig_clear(&rig);
	rig_type(&rig, "show ip interface brief");
	CU_ASSERT_PTR_NOT_NULL(strstr(
		rig.out, "Ethernet0/0                10.0.0.1        YES NVRAM  up                    up      "));
	end();
}

static const struct unit_test tests[] = {
	{ "what is shown is what is saved", what_is_shown_is_what_is_saved },
	{ "a failed write says so", a_failed_write_says_so },
	{ "copies", copies },
	{ "erasing", erasing },
	{ "reload asks about changes", reload_asks_about_changes },
	{ "live values", live_values },
};

UNIT_MAIN("exec files", tests)
