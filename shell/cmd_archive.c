/* archive and its log of typed configuration: the modes, archive config, show archive. */
#include "base/wipe.h"
#include "shell/archive.h"
#include "shell/cfglog.h"
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/diff.h"
#include "shell/file.h"
#include "shell/running.h"
#include "shell/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- configuration ---- */

static struct archive_config *archive_of(struct session *s)
{
	return &session_config(s)->system.archive;
}

static enum cmd_result enter_archive(struct session *s, const struct cmd_match *m)
{
	struct archive_config *a = archive_of(s);

	if (cmd_is_no(m)) {
		config_kept_clear(&a->kept);
		*a = (struct archive_config){ .maximum = ARCHIVE_MAXIMUM_DEFAULT };
		config_kept_init(&a->kept);
		return CMD_OK;
	}
	a->configured = true;
	session_enter(s, MODE_ARCHIVE, "");
	return CMD_OK;
}

static enum cmd_result enter_log(struct session *s, const struct cmd_match *m)
{
	struct archive_config *a = archive_of(s);

	if (cmd_is_no(m)) {
		a->log_enable = a->log_hidekeys = a->log_notify_syslog = false;
		a->log_size = 0;
		return CMD_OK;
	}
	session_enter(s, MODE_ARCHIVE_LOG, "");
	return CMD_OK;
}

enum setting { PATH, MAXIMUM, PERIOD, WRITE_MEMORY, LOG_ENABLE, LOG_SIZE, NOTIFY, HIDEKEYS };

static enum cmd_result set_path(struct session *s, struct archive_config *a, const char *path)
{
	struct fs_url url;

	if (*path && (strlen(path) >= sizeof(a->path) || !fs_parse(path, &url) || url.system != FS_FLASH)) {
		session_line(s, "%% Invalid archive path");
		return CMD_REJECTED;
	}
	snprintf(a->path, sizeof(a->path), "%s", path);
	return CMD_OK;
}

static enum cmd_result set(struct session *s, const struct cmd_match *m)
{
	struct archive_config *a = archive_of(s);
	enum setting what = (enum setting)cmd_of(m)->arg;
	bool no = cmd_is_no(m);

	/* a configuration text goes on in the section above without an exit */
	if (what <= WRITE_MEMORY && session_mode(s) == MODE_ARCHIVE_LOG)
		session_enter(s, MODE_ARCHIVE, "");
	switch (what) {
	case PATH:
		return set_path(s, a, no ? "" : cmd_text(m, "path"));
	case MAXIMUM:
		a->maximum = no ? ARCHIVE_MAXIMUM_DEFAULT : (unsigned)cmd_num(m, "value", ARCHIVE_MAXIMUM_DEFAULT);
		break;
	case PERIOD:
		a->time_period_min = no ? 0 : (unsigned)cmd_num(m, "value", 0);
		break;
	case WRITE_MEMORY:
		a->write_memory = !no;
		break;
	case LOG_ENABLE:
		a->log_enable = !no;
		break;
	case LOG_SIZE:
		a->log_size = no ? 0 : (unsigned)cmd_num(m, "value", 0);
		break;
	case NOTIFY:
		a->log_notify_syslog = !no;
		break;
	case HIDEKEYS:
		a->log_hidekeys = !no;
		break;
	}
	return CMD_OK;
}

static void write_log(struct out *o, const struct archive_config *a)
{
	if (!a->log_enable && !a->log_size && !a->log_notify_syslog && !a->log_hidekeys)
		return;
	out_line(o, " log config");
	if (a->log_enable)
		out_line(o, "  logging enable");
	if (a->log_size)
		out_line(o, "  logging size %u", a->log_size);
	if (a->log_notify_syslog)
		out_line(o, "  notify syslog contenttype plaintext");
	if (a->log_hidekeys)
		out_line(o, "  hidekeys");
}

void write_archive(struct out *o, const struct config *c)
{
	const struct archive_config *a = &c->system.archive;

	if (!a->configured)
		return;
	out_line(o, "archive");
	write_log(o, a);
	if (*a->path)
		out_line(o, " path %s", a->path);
	if (out_shows(o, a->maximum != ARCHIVE_MAXIMUM_DEFAULT))
		out_line(o, " maximum %u", a->maximum);
	if (a->write_memory)
		out_line(o, " write-memory");
	if (a->time_period_min)
		out_line(o, " time-period %u", a->time_period_min);
	write_kept(o, &a->kept, 1);
	out_bangs(o, 1);
}

/* --- archive config, show archive ---- */

static enum cmd_result archive_now(struct session *s, const struct cmd_match *m)
{
	int rc = archive_running(session_shell(s));

	(void)m;
	if (!rc)
		return CMD_OK;
	if (rc == -ENOENT)
		session_line(s, "%% Archive path is not configured");
	else
		session_line(s, "%%Error archiving the running configuration (%s)", fs_error(rc));
	return CMD_REJECTED;
}

static enum cmd_result show_archive(struct session *s, const struct cmd_match *m)
{
	struct archive_list *l = malloc(sizeof(*l));

	(void)m;
	if (!l)
		return CMD_REJECTED;
	archive_list(session_shell(s), l);
	if (!l->enabled) {
		session_line(s, " Archive feature not enabled");
		free(l);
		return CMD_OK;
	}
	session_line(s, "The maximum archive configurations allowed is %u.", l->maximum);
	session_line(s, "There are currently %u archive configurations saved.", l->count);
	session_line(s, "The next archive file will be named %s", l->next);
	session_line(s, " Archive #  Name");
	for (unsigned i = 0; i < l->maximum || i < l->count; i++)
		session_line(s, "   %-9u%s%s", i + 1, i < l->count ? l->files[i].name : "",
			     i + 1 == l->count ? " <- Most Recent" : "");
	free(l);
	return CMD_OK;
}

static void print_line(void *ctx, const char *text)
{
	session_line(ctx, "%s", text);
}

/* The two files, and what is said above what differs. */
static enum cmd_result differences(struct session *s, const char *typed_a, const char *typed_b, enum diff_style style,
				   const char *title)
{
	char *a = NULL, *b = NULL;
	size_t a_octets = 0, b_octets = 0;
	struct fs_url url_a, url_b;
	enum cmd_result result = CMD_OK;
	bool any;
	int rc;

	if (!file_url(s, typed_a, &url_a) || !file_url(s, typed_b, &url_b))
		return CMD_REJECTED;
	if ((rc = fs_read(session_shell(s), &url_a, &a, &a_octets)))
		return file_failed(s, "opening", &url_a, rc);
	if ((rc = fs_read(session_shell(s), &url_b, &b, &b_octets))) {
		file_free(a, a_octets);
		return file_failed(s, "opening", &url_b, rc);
	}
	session_line(s, "%s", title);
	if (!diff_texts(a, a_octets, b, b_octets, style, print_line, s, &any)) {
		session_line(s, "%% Not enough memory");
		result = CMD_REJECTED;
	} else if (!any) {
		session_line(s, "!No changes were found");
	} else if (style != DIFF_SIGNS) {
		session_line(s, "end");
	}
	show_blank(s);
	file_free(a, a_octets);
	file_free(b, b_octets);
	return result;
}

static enum cmd_result show_differences(struct session *s, const struct cmd_match *m)
{
	const char *a = cmd_text(m, "first"), *b = cmd_text(m, "second");

	return differences(s, a ? a : "startup-config", b ? b : "running-config", DIFF_SIGNS,
			   "!Contextual Config Diffs:");
}

/* What a merge of the file would add. */
static enum cmd_result show_incremental(struct session *s, const struct cmd_match *m)
{
	return differences(s, "running-config", cmd_text(m, "file"), (enum diff_style)cmd_of(m)->arg,
			   "!List of Commands:");
}

/* Copied first: the log is locked while it is walked, and a terminal may wait at --More--. */
static void copy_entry(void *ctx, const struct cfglog_entry *e)
{
	struct cfglog_entry *to = show_list_add(ctx);

	if (to) {
		*to = *e;
		to->text = strdup(e->text);
	}
}

static enum cmd_result show_log(struct session *s, const struct cmd_match *m)
{
	struct show_list entries = SHOW_LIST(struct cfglog_entry);
	struct cfglog_entry *e;

	if (!session_shell(s)->cfglog)
		return CMD_OK;
	cfglog_each(session_shell(s)->cfglog, (unsigned)cmd_num(m, "first", 1), (unsigned)cmd_num(m, "last", 0),
		    copy_entry, &entries);
	session_line(s, " idx   sess           user@line      Logged command");
	e = entries.items;
	for (size_t i = 0; i < entries.count; i++) {
		char who[128];

		snprintf(who, sizeof(who), "%s@%s", e[i].user, e[i].line);
		session_line(s, "%5u %5u %22s  |%*s%s", e[i].number, e[i].session, who, (int)(2 * (e[i].depth + 1)), "",
			     e[i].text ? e[i].text : "");
		if (e[i].text)
			wipe(e[i].text, strlen(e[i].text));
		free(e[i].text);
	}
	show_list_free(&entries);
	return CMD_OK;
}

/* --- the tables ---- */

#define ARCHIVE KW("archive", "Archive the configuration")
#define LOG     KW("log", "Logging commands")
#define BOTH(flags_, arg_, ...)                                                                                        \
	{ .mode = MODE_ARCHIVE,                                                                                        \
	  .privilege = 15,                                                                                             \
	  .flags = CMD_NO | (flags_),                                                                                  \
	  .tokens = { __VA_ARGS__ },                                                                                   \
	  .handler = set,                                                                                              \
	  .arg = (arg_) },                                                                                             \
	{                                                                                                              \
		.mode = MODE_ARCHIVE_LOG, .privilege = 15, .flags = CMD_NO | CMD_HIDDEN | (flags_),                    \
		.tokens = { __VA_ARGS__ }, .handler = set, .arg = (arg_)                                               \
	}
#define LOG_ROW(flags_, arg_, ...)                                                                                     \
	{                                                                                                              \
		.mode = MODE_ARCHIVE_LOG, .privilege = 15, .flags = CMD_NO | (flags_), .tokens = { __VA_ARGS__ },      \
		.handler = set, .arg = (arg_)                                                                          \
	}

static const struct cmd config_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO, { ARCHIVE }, enter_archive },
	BOTH(CMD_NO_SHORT, PATH, KW("path", "path for backups"), WORD("path", "Filename for backups")),
	BOTH(CMD_NO_SHORT, MAXIMUM, KW("maximum", "maximum number of backup copies"),
	     NUM("value", 1, 14, "Number of copies")),
	BOTH(CMD_NO_SHORT, PERIOD,
	     KW("time-period", "Period of time in minutes to automatically archive the running-config"),
	     NUM("value", 1, 525600, "Number of minutes to wait between archive creation")),
	BOTH(0, WRITE_MEMORY, KW("write-memory", "Enable automatic backup generation during write memory")),
	{ MODE_ARCHIVE, 15, CMD_NO, { LOG, KW("config", "Config Logger") }, enter_log },
	{ MODE_ARCHIVE_LOG, 15, CMD_NO | CMD_HIDDEN, { LOG, KW("config", "Config Logger") }, enter_log },
	LOG_ROW(0, LOG_ENABLE, KW("logging", "Modify config logging parameters"),
		KW("enable", "Enable the config logger")),
	LOG_ROW(CMD_NO_SHORT, LOG_SIZE, KW("logging", "Modify config logging parameters"),
		KW("size", "Set the maximum size of the config log"),
		NUM("value", 1, CFGLOG_SIZE_MAX, "Size of the log, in entries")),
	LOG_ROW(0, NOTIFY, KW("notify", "Notify"), KW("syslog", "Logged commands are sent to syslog")),
	LOG_ROW(0, NOTIFY, KW("notify", "Notify"), KW("syslog", "Logged commands are sent to syslog"),
		KW("contenttype", "Content type"), KW("plaintext", "Plain text")),
	LOG_ROW(0, HIDEKEYS, KW("hidekeys", "suppress output (e.g. passwords) when displaying logged commands")),
};

const struct cmd_table cmd_archive_table = CMD_TABLE(config_cmds);

#define ROW(privilege_, handler_, ...)                                                                                 \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_)                                                                                  \
	}
#define SHOW   KW("show", "Show running system information"), KW("archive", "Archive functions")
#define DIFFER SHOW, KW("config", "Archive the configuration"), KW("differences", "Show contextual differences")
#define INCREMENTAL(style_, ...)                                                                                       \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED, .handler = show_incremental,                \
		.arg = (style_), .tokens = {                                                                           \
			SHOW,                                                                                          \
			KW("config", "Archive the configuration"),                                                     \
			KW("incremental-diffs", "Show incremental diffs"),                                             \
			__VA_ARGS__                                                                                    \
		}                                                                                                      \
	}
#define LOGGED SHOW, KW("log", "Archive log"), KW("config", "Config logger")

static const struct cmd exec_cmds[] = {
	ROW(15, archive_now, KW("archive", "manage archive files"), KW("config", "archive the configuration")),
	ROW(15, show_archive, SHOW),
	ROW(15, show_differences, DIFFER),
	ROW(15, show_differences, DIFFER, WORD("first", "URL of file1")),
	ROW(15, show_differences, DIFFER, WORD("first", "URL of file1"), WORD("second", "URL of file2")),
	INCREMENTAL(DIFF_ADDED, WORD("file", "URL of the file")),
	INCREMENTAL(DIFF_ADDED_ANY_CASE, WORD("file", "URL of the file"),
		    KW("ignorecase", "Ignore the case of the configuration")),
	ROW(15, show_log, LOGGED, KW("all", "Show all the logged configuration")),
	ROW(15, show_log, LOGGED, NUM("first", 1, 2147483647, "Start record number")),
	ROW(15, show_log, LOGGED, NUM("first", 1, 2147483647, "Start record number"),
	    NUM("last", 1, 2147483647, "End record number")),
};

const struct cmd_table cmd_show_archive_table = CMD_TABLE(exec_cmds);
