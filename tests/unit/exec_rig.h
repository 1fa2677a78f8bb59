/* A rig at privileged EXEC with all commands about files, and a state directory of its own. */
#ifndef TESTS_UNIT_EXEC_RIG_H
#define TESTS_UNIT_EXEC_RIG_H

#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/fs.h"
#include "startup-config/nvram.h"
#include "tests/unit/exec_fakes.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct cmd_table exec_tables[COMMANDS_CONFIG + 9];
static struct rig rig;
static char folder[64];

static inline void exec_begin(void)
{
	size_t n = commands_config(exec_tables);
	char path[96];

	exec_tables[n++] = cmd_show_system_table;
	exec_tables[n++] = cmd_file_table;
	exec_tables[n++] = cmd_copy_table;
	exec_tables[n++] = cmd_fs_table;
	exec_tables[n++] = cmd_replace_table;
	exec_tables[n++] = cmd_show_archive_table;
	exec_tables[n++] = cmd_show_hosts_table;
	exec_tables[n++] = cmd_show_clock_table;
	exec_tables[n++] = cmd_reload_table;
	strcpy(folder, "/tmp/mmexecXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/startup-config", folder);
	fakes = (struct exec_fakes){ 0 };
	rig = (struct rig){ 0 };
	rig_open_router(&rig, exec_tables, n, SESSION_TEST);
	rig.shell.nvram = nvram_new(path);
	rig.shell.state_dir = folder;
}

static inline void exec_end(void)
{
	char command[96];

	nvram_free(rig.shell.nvram);
	rig_close(&rig);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

static inline void put_file(const char *url, const char *text)
{
	struct fs_url u;

	CU_ASSERT_TRUE_FATAL(fs_parse(url, &u));
	CU_ASSERT_EQUAL(fs_write(&rig.shell, &u, text, strlen(text)), 0);
}

#define TYPED(line, transcript)                                                                                        \
	do {                                                                                                           \
		rig_type(&rig, (line));                                                                                \
		CU_ASSERT_TRUE(rig_is(&rig, "R2#" line "\n" transcript));                                              \
	} while (0)

#endif
