/* dir, more, delete, mkdir, rmdir, rename, cd, pwd, verify, show file systems, show flash:, `file prompt`. */
#define _GNU_SOURCE /* memfd_create */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/running.h"
#include "shell/show.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- dir ---- */

static void add_entry(void *ctx, const struct fs_entry *e)
{
	struct fs_entry *to = show_list_add(ctx);

	if (to)
		*to = *e;
}

/* "Mar 2 2015 08:46:31 +00:00" */
static const char *date_text(struct session *s, time_t t, char *buf, size_t size)
{
	char month[8] = "", rest[32] = "";
	int minutes;
	struct tm tm;

	show_lock(s);
	zone_local(&session_config(s)->logging.zone, t, &tm, &minutes);
	show_unlock(s);
	strftime(month, sizeof(month), "%b", &tm);
	strftime(rest, sizeof(rest), "%Y %H:%M:%S", &tm);
	snprintf(buf, size, "%s %d %s %c%02d:%02d", month, tm.tm_mday, rest, minutes < 0 ? '-' : '+', abs(minutes) / 60,
		 abs(minutes) % 60);
	return buf;
}

static void print_entry(struct session *s, const struct fs_entry *e)
{
	char date[64] = "<no date>";

	if (e->changed)
		date_text(s, e->changed, date, sizeof(date));
	session_line(s, "%5llu  %s  %15llu  %27s  %s", (unsigned long long)e->index,
		     e->folder     ? "drwx"
		     : e->writable ? "-rw-"
				   : "-r--",
		     (unsigned long long)e->octets, date, e->name);
}

static int print_folder(struct session *s, const struct fs_url *url, bool recursive, unsigned depth)
{
	struct show_list entries = SHOW_LIST(struct fs_entry);
	struct fs_entry own, *e;
	char text[FS_URL_SIZE + 16];
	int rc = fs_stat(session_shell(s), url, &own);

	if (!rc && own.folder)
		rc = fs_each(session_shell(s), url, add_entry, &entries);
	else if (!rc)
		add_entry(&entries, &own);
	if (rc)
		return rc;
	fs_text(url, text, sizeof(text));
	session_line(s, "Directory of %s%s", text, own.folder && *url->path ? "/" : "");
	show_blank(s);
	e = entries.items;
	for (size_t i = 0; i < entries.count; i++)
		print_entry(s, &e[i]);
	if (!entries.count)
		session_line(s, "No files in directory");
	show_blank(s);
	for (size_t i = 0; recursive && i < entries.count && depth < FS_DEPTH; i++) {
		struct fs_url below;

		if (e[i].folder && fs_parse_at(url, e[i].name, &below))
			print_folder(s, &below, true, depth + 1);
	}
	show_list_free(&entries);
	return 0;
}

static void print_space(struct session *s, const struct fs_url *url)
{
	uint64_t total, available;

	if (fs_space(session_shell(s), url, &total, &available))
		return;
	if (url->system == FS_SYSTEM)
		session_line(s, "No space information available");
	else
		session_line(s, "%llu bytes total (%llu bytes free)", (unsigned long long)total,
			     (unsigned long long)available);
}

static enum cmd_result dir(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "url");
	struct fs_url url = { .system = FS_FLASH };
	int rc;

	snprintf(url.path, sizeof(url.path), "%s", session_folder(s));
	if (typed && !file_url(s, typed, &url))
		return CMD_REJECTED;
	rc = print_folder(s, &url, cmd_has(m, "recursive"), 0);
	if (rc)
		return file_failed(s, "opening", &url, rc);
	print_space(s, &url);
	return CMD_OK;
}

static enum cmd_result dir_all(struct session *s, const struct cmd_match *m)
{
	(void)m;
	for (enum fs_system system = FS_FLASH; system <= FS_SYSTEM; system++) {
		struct fs_url url = { .system = system };

		print_folder(s, &url, false, 0);
		print_space(s, &url);
		show_blank(s);
	}
	return CMD_OK;
}

/* --- show file systems, show flash: ---- */

static enum cmd_result show_file_systems(struct session *s, const struct cmd_match *m)
{
	static const struct {
		enum fs_system system;
		const char *type, *prefixes;
	} rows[] = {
		{ FS_SYSTEM, "opaque", "system:" },
		{ FS_NULL, "opaque", "null:" },
		{ FS_FLASH, "disk", "flash0: flash:#" },
		{ FS_NVRAM, "nvram", "nvram:" },
	};

	(void)m;
	session_line(s, "File Systems:");
	show_blank(s);
	session_line(s, "       Size(b)       Free(b)      Type  Flags  Prefixes");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fs_url url = { .system = rows[i].system };
		char total_text[32] = "-", free_text[32] = "-";
		uint64_t total = 0, available = 0;

		if (!fs_space(session_shell(s), &url, &total, &available) && total) {
			snprintf(total_text, sizeof(total_text), "%llu", (unsigned long long)total);
			snprintf(free_text, sizeof(free_text), "%llu", (unsigned long long)available);
		}
		session_line(s, "%c%13s%14s%10s%7s   %s", url.system == FS_FLASH ? '*' : ' ', total_text, free_text,
			     rows[i].type, url.system == FS_NULL ? "wo" : "rw", rows[i].prefixes);
	}
	return CMD_OK;
}

struct flash_list {
	struct session *session;
	unsigned count;
};

static void print_flash(struct flash_list *l, const struct fs_url *url, unsigned depth)
{
	struct show_list entries = SHOW_LIST(struct fs_entry);
	char date[64];

	fs_each(session_shell(l->session), url, add_entry, &entries);
	for (size_t i = 0; i < entries.count; i++) {
		const struct fs_entry *e = (const struct fs_entry *)entries.items + i;
		struct fs_url below;

		session_line(l->session, "%-4u%10llu %s %s%s%s", ++l->count, (unsigned long long)e->octets,
			     date_text(l->session, e->changed, date, sizeof(date)), url->path, *url->path ? "/" : "",
			     e->name);
		if (e->folder && depth < FS_DEPTH && fs_parse_at(url, e->name, &below))
			print_flash(l, &below, depth + 1);
	}
	show_list_free(&entries);
}

static enum cmd_result show_flash(struct session *s, const struct cmd_match *m)
{
	struct fs_url url = { .system = FS_FLASH };
	struct flash_list l = { .session = s };
	uint64_t total, available;

	(void)m;
	session_line(s, "-#- --length-- -----date/time------ path");
	print_flash(&l, &url, 0);
	show_blank(s);
	if (!fs_space(session_shell(s), &url, &total, &available))
		session_line(s, "%llu bytes available (%llu bytes used)", (unsigned long long)available,
			     (unsigned long long)(total - available));
	return CMD_OK;
}

/* --- more ---- */

static enum cmd_result more(struct session *s, const struct cmd_match *m)
{
	struct fs_url url;
	size_t octets;
	char *text, *line, *end;
	int rc;

	if (!file_url(s, cmd_text(m, "url"), &url))
		return CMD_REJECTED;
	rc = fs_read(session_shell(s), &url, &text, &octets);
	if (rc)
		return file_failed(s, "opening", &url, rc);
	for (size_t i = 0; i < octets; i++)
		if (text[i] == '\r')
			text[i] = ' ';
		else if ((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t')
			text[i] = '.';
	for (line = text; line < text + octets; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + octets - line));
		end = end ? end : text + octets;
		*end = '\0';
		session_line(s, "%s", line);
	}
	file_free(text, octets);
	return CMD_OK;
}

/* --- delete, mkdir, rmdir, rename ---- */

static void list_below(struct session *s, const struct fs_url *url, struct show_list *entries)
{
	fs_each(session_shell(s), url, add_entry, entries);
}

static int delete_tree(struct session *s, const struct fs_url *url, bool force, unsigned depth)
{
	struct show_list entries = SHOW_LIST(struct fs_entry);
	char text[FS_URL_SIZE + 16];
	int rc = 0;

	fs_text(url, text, sizeof(text));
	if (!force && !file_confirm(s, "Examine files in directory %s? [confirm]", text))
		return 0;
	list_below(s, url, &entries);
	for (size_t i = 0; i < entries.count && !rc; i++) {
		const struct fs_entry *e = (const struct fs_entry *)entries.items + i;
		struct fs_url below;
		char name[FS_URL_SIZE + 16];

		if (!fs_parse_at(url, e->name, &below))
			continue;
		fs_text(&below, name, sizeof(name));
		if (e->folder && depth < FS_DEPTH)
			rc = delete_tree(s, &below, force, depth + 1);
		else if (force || file_confirm(s, "Delete %s? [confirm]", name))
			rc = fs_remove(session_shell(s), &below);
	}
	show_list_free(&entries);
	if (!rc && (force || file_confirm(s, "Delete %s? [confirm]", text)))
		rc = fs_rmdir(session_shell(s), url);
	return rc;
}

static enum cmd_result delete_file(struct session *s, const struct cmd_match *m)
{
	bool force = cmd_has(m, "force");
	char text[FS_URL_SIZE + 16];
	struct fs_entry e;
	struct fs_url url;
	int rc;

	if (!file_url(s, cmd_text(m, "url"), &url))
		return CMD_REJECTED;
	if (!force && !file_ask_name(s, "Delete filename", &url))
		return CMD_REJECTED;
	fs_text(&url, text, sizeof(text));
	rc = fs_stat(session_shell(s), &url, &e);
	if (!rc && e.folder && cmd_has(m, "recursive")) {
		rc = delete_tree(s, &url, force, 0);
	} else if (!rc) {
		if (!force && !file_confirm(s, "Delete %s? [confirm]", text))
			return CMD_OK;
		rc = e.folder ? -EISDIR : fs_remove(session_shell(s), &url);
	}
	return rc ? file_failed(s, "deleting", &url, rc) : CMD_OK;
}

static enum cmd_result make_folder(struct session *s, const struct cmd_match *m)
{
	char text[FS_URL_SIZE + 16];
	struct fs_url url;
	int rc;

	if (!file_url(s, cmd_text(m, "url"), &url) || !file_ask_name(s, "Create directory filename", &url))
		return CMD_REJECTED;
	rc = fs_mkdir(session_shell(s), &url);
	if (rc)
		return file_failed(s, "Creating dir", &url, rc);
	fs_text(&url, text, sizeof(text));
	session_line(s, "Created dir %s", text);
	return CMD_OK;
}

static enum cmd_result remove_folder(struct session *s, const struct cmd_match *m)
{
	char text[FS_URL_SIZE + 16];
	struct fs_url url;
	int rc;

	if (!file_url(s, cmd_text(m, "url"), &url) || !file_ask_name(s, "Remove directory filename", &url))
		return CMD_REJECTED;
	fs_text(&url, text, sizeof(text));
	if (!file_confirm(s, "Delete %s? [confirm]", text))
		return CMD_OK;
	rc = fs_rmdir(session_shell(s), &url);
	if (rc)
		return file_failed(s, "Removing dir", &url, rc);
	session_line(s, "Removed dir %s", text);
	return CMD_OK;
}

static enum cmd_result rename_file(struct session *s, const struct cmd_match *m)
{
	struct fs_url from, to;
	int rc;

	if (!file_url(s, cmd_text(m, "from"), &from) || !file_url(s, cmd_text(m, "to"), &to) ||
	    !file_ask_name(s, "Destination filename", &to))
		return CMD_REJECTED;
	rc = fs_rename(session_shell(s), &from, &to);
	return rc ? file_failed(s, "renaming", rc == -EEXIST ? &to : &from, rc) : CMD_OK;
}

/* --- cd, pwd ---- */

static enum cmd_result change_folder(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "url");
	struct fs_url url = { .system = FS_FLASH };
	struct fs_entry e;
	int rc;

	if (typed && !file_url(s, typed, &url))
		return CMD_REJECTED;
	rc = url.system == FS_FLASH ? fs_stat(session_shell(s), &url, &e) : -ENODEV;
	if (!rc && !e.folder)
		rc = -ENOTDIR;
	if (rc)
		return file_failed(s, "changing dir", &url, rc);
	session_set_folder(s, url.path);
	return CMD_OK;
}

static enum cmd_result print_folder_name(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "flash:/%s%s", session_folder(s), *session_folder(s) ? "/" : "");
	return CMD_OK;
}

/* --- verify ---- */

/* IOS prints a dot now and then while it reads. */
static int md5_of(struct session *s, int fd, char hex[33])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c && EVP_DigestInit_ex(c, EVP_md5(), NULL) == 1;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned octets = 0, blocks = 0;
	char block[65536];
	ssize_t n;

	while (ok && (n = read(fd, block, sizeof(block))) > 0) {
		ok = EVP_DigestUpdate(c, block, (size_t)n) == 1;
		if (blocks++ % 16 == 0)
			session_text(s, ".");
	}
	ok = ok && EVP_DigestFinal_ex(c, digest, &octets) == 1 && octets == 16;
	EVP_MD_CTX_free(c);
	for (unsigned i = 0; ok && i < octets; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return ok ? 0 : -EIO;
}

/* What is no file of its own, as one in memory. */
static int open_copy(struct session *s, const struct fs_url *url)
{
	size_t octets;
	char *text;
	int fd, rc = fs_read(session_shell(s), url, &text, &octets);

	if (rc)
		return rc;
	fd = memfd_create("verify", MFD_CLOEXEC);
	rc = fd < 0 ? -errno : 0;
	if (!rc && (write(fd, text, octets) != (ssize_t)octets || lseek(fd, 0, SEEK_SET) != 0))
		rc = -EIO;
	file_free(text, octets);
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

static enum cmd_result verify_md5(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "url"), *want = cmd_text(m, "hash");
	struct fs_url url;
	size_t octets;
	char hex[33];
	int fd, rc;

	if (!file_url(s, typed, &url))
		return CMD_REJECTED;
	fd = url.system == FS_FLASH ? fs_open(session_shell(s), &url, &octets) : open_copy(s, &url);
	if (fd < 0)
		return file_failed(s, "opening", &url, fd);
	rc = md5_of(s, fd, hex);
	close(fd);
	if (rc)
		return file_failed(s, "reading", &url, rc);
	session_text(s, "Done!\r\n");
	if (!want) {
		session_line(s, "verify /md5 (%s) = %s", typed, hex);
		return CMD_OK;
	}
	if (!strcasecmp(want, hex)) {
		session_line(s, "Verified (%s) = %s", typed, hex);
		return CMD_OK;
	}
	session_line(s, "%%Error verifying %s", typed);
	session_line(s, "Computed signature  = %s", hex);
	session_line(s, "Submitted signature = %s", want);
	return CMD_REJECTED;
}

/* --- file prompt ---- */

enum { PROMPT_ALERT, PROMPT_NOISY, PROMPT_QUIET };

static enum cmd_result set_file_prompt(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	int64_t how = cmd_is_no(m) ? PROMPT_ALERT : cmd_num(m, "how", PROMPT_ALERT);

	y->file_prompt_quiet = how == PROMPT_QUIET;
	y->file_prompt_noisy = how == PROMPT_NOISY;
	return CMD_OK;
}

void write_file_prompt(struct out *o, const struct config *c)
{
	if (c->system.file_prompt_quiet)
		out_line(o, "file prompt quiet");
	else if (c->system.file_prompt_noisy)
		out_line(o, "file prompt noisy");
}

/* --- the tables ---- */

static const struct cmd_opt dir_options[] = {
	{ "all", "/all", "List all files", NULL },
	{ "recursive", "/recursive", "List files recursively", NULL },
	{ 0 },
};

static const struct cmd_opt delete_options[] = {
	{ "force", "/force", "Force delete", NULL },
	{ "recursive", "/recursive", "Recursive delete", NULL },
	{ 0 },
};

static const struct cmd_choice prompt_choices[] = {
	{ "alert", "Prompt only for destructive file operations", PROMPT_ALERT },
	{ "noisy", "Confirm all file operation parameters", PROMPT_NOISY },
	{ "quiet", "Seldom prompt for file operations", PROMPT_QUIET },
	{ 0 },
};

#define ROW(privilege_, handler_, ...)                                                                                 \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_)                                                                                  \
	}

#define DIR       KW("dir", "List files on a filesystem")
#define SHOW      KW("show", "Show running system information")
#define VERIFY    KW("verify", "Verify a file")
#define MD5       KW("/md5", "Compute an md5 signature for a file")
#define URL(help) WORD("url", help)

static const struct cmd cmds[] = {
	ROW(15, dir, DIR, OPTS(dir_options)),
	ROW(15, dir, DIR, OPTS(dir_options), URL("Directory or file name")),
	ROW(15, dir_all, DIR, KW("all-filesystems", "List files on all filesystems")),
	ROW(15, show_file_systems, SHOW, KW("file", "Show filesystem information"), KW("systems", "List filesystems")),
	ROW(1, show_flash, SHOW, KW("flash:", "display information about flash: file system")),
	{ MODE_EXEC,
	  1,
	  CMD_UNLOCKED | CMD_HIDDEN,
	  { SHOW, KW("flash", "display information about flash: file system") },
	  show_flash },
	ROW(1, show_flash, SHOW, KW("flash0:", "display information about flash0: file system")),
	ROW(15, more, KW("more", "Display the contents of a file"), URL("File to display")),
	ROW(15, delete_file, KW("delete", "Delete a file"), OPTS(delete_options), URL("File to be deleted")),
	ROW(15, make_folder, KW("mkdir", "Create new directory"), URL("Directory name")),
	ROW(15, remove_folder, KW("rmdir", "Remove existing directory"), URL("Directory name")),
	ROW(15, rename_file, KW("rename", "Rename a file"), WORD("from", "URL of file to rename"),
	    WORD("to", "New file name")),
	ROW(15, change_folder, KW("cd", "Change current directory")),
	ROW(15, change_folder, KW("cd", "Change current directory"), URL("Directory name")),
	ROW(15, print_folder_name, KW("pwd", "Display current working directory")),
	ROW(15, verify_md5, VERIFY, MD5, URL("File to be verified")),
	ROW(15, verify_md5, VERIFY, MD5, URL("File to be verified"), WORD("hash", "Expected signature")),
};

const struct cmd_table cmd_fs_table = CMD_TABLE(cmds);

static const struct cmd config_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("file", "Adjust file system parameters"), KW("prompt", "Prompt level"), PICK("how", prompt_choices) },
	  set_file_prompt },
};

const struct cmd_table cmd_file_prompt_table = CMD_TABLE(config_cmds);
