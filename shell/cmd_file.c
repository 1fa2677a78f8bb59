/* write and erase: the configuration in nvram. */
#include "base/wipe.h"
#include "shell/archive.h"
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/loader.h"
#include "shell/running.h"
#include "shell/secret.h"
#include "shell/show.h"
#include "startup-config/nvram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* --- write memory ---- */

static void note_saved(struct session *s, struct shell *sh)
{
	shell_now(sh, &sh->nvram_changed);
	snprintf(sh->nvram_changed_by, sizeof(sh->nvram_changed_by), "%s", session_user(s));
}

/*
 * "Building configuration..." stands only above an "[OK]": scripts take it for success. The text may have changed
 * while it was written; config_dirty is cleared first, so that such a change counts as unsaved.
 */
enum cmd_result file_save(struct session *s)
{
	struct shell *sh = session_shell(s);
	char *text = NULL;
	size_t octets = 0;
	char master[CONFIG_PSK_SIZE];
	bool was_dirty, lacks_master, archive;
	int rc;

	show_lock(s);
	rc = sh->nvram ? running_text(sh, &text, &octets) : -ENODEV;
	lacks_master = secrets_lack_master(sh->config);
	memcpy(master, sh->config->master_key, sizeof(master));
	was_dirty = sh->config_dirty;
	archive = sh->config->system.archive.write_memory && *sh->config->system.archive.path;
	sh->config_dirty = false;
	show_unlock(s);
	if (!rc)
		rc = nvram_save_both(sh->nvram, text, octets, master);
	wipe(master, sizeof(master));
	file_free(text, octets);
	show_lock(s);
	if (rc)
		sh->config_dirty |= was_dirty;
	else
		note_saved(s, sh);
	show_unlock(s);
	if (rc) {
		session_line(s, "startup-config file open failed (%s)", strerror(-rc));
		return CMD_REJECTED;
	}
	session_line(s, "Building configuration...");
	if (lacks_master)
		session_line(s, SECRETS_LACK_MASTER);
	session_line(s, "[OK]");
	if (archive && archive_running(sh))
		session_line(s, "%% The archive could not be written");
	return CMD_OK;
}

static enum cmd_result write_memory(struct session *s, const struct cmd_match *m)
{
	(void)m;
	return file_save(s);
}

/* --- a text into the running-config ---- */

static void report_line(void *ctx, const struct loader_report *r)
{
	session_line(ctx, "%% line %u: %s (%s): %s", r->line, r->verdict == LOADER_KEPT ? "kept" : "rejected", r->why,
		     r->text);
}

/* The loader takes the lock line by line; what the lines change is put in force at once at the end. */
enum cmd_result file_merge(struct session *s, const struct fs_url *from, size_t *octets)
{
	struct shell *sh = session_shell(s);
	struct loader_counts counts;
	char *text;
	int rc = fs_read(sh, from, &text, octets);

	if (rc)
		return file_failed(s, "opening", from, rc);
	rc = loader_load(sh, text, *octets, report_line, s, &counts);
	file_free(text, *octets);
	show_lock(s);
	secrets_complain(sh);
	snprintf(sh->changed_by, sizeof(sh->changed_by), "%s", session_user(s));
	shell_changed(sh);
	show_unlock(s);
	if (rc) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SYS", "CONFIG_I", "Configured from memory by %s",
		   session_line_name(s));
	return CMD_OK;
}

/* --- write erase, erase startup-config ---- */

static enum cmd_result erase(struct session *s, const struct cmd_match *m)
{
	struct shell *sh = session_shell(s);
	int rc;

	(void)m;
	if (!session_confirm(s,
			     "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"))
		return CMD_OK;
	rc = sh->nvram ? nvram_erase(sh->nvram) : 0;
	if (rc) {
		session_line(s, "%%Error erasing nvram: (%s)", strerror(-rc));
		return CMD_REJECTED;
	}
	session_line(s, "[OK]");
	session_line(s, "Erase of nvram: complete");
	show_lock(s);
	sh->nvram_changed = (struct timespec){ 0 };
	sh->config_dirty = true;
	show_unlock(s);
	log_syslog(sh->log, LOG_SEV_DEBUGGING, "SYS", "NV_BLOCK_INIT", "Initialized the geometry of nvram");
	return CMD_OK;
}

#define FILE_ROW(handler_, ...)                                                                                        \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },                  \
		.handler = (handler_)                                                                                  \
	}

#define WRITE KW("write", "Write running configuration to memory, network, or terminal")

static const struct cmd cmds[] = {
	FILE_ROW(write_memory, WRITE),
	FILE_ROW(write_memory, WRITE, KW("memory", "Write to NV memory")),
	FILE_ROW(erase, WRITE, KW("erase", "Erase NV memory")),
	FILE_ROW(erase, KW("erase", "Erase a filesystem"),
		 KW("startup-config", "Erase contents of configuration memory")),
	FILE_ROW(erase, KW("erase", "Erase a filesystem"), KW("nvram:", "Filesystem to be erased")),
};

const struct cmd_table cmd_file_table = CMD_TABLE(cmds);
