/*
 * copy, between flash:, nvram:, running-config and null:. What goes into the running-config is read as lines are; what
 * goes into startup-config from the running-config is what `write memory` does.
 */
#include "base/clock.h"
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_running(const struct fs_url *u)
{
	return u->system == FS_SYSTEM;
}

static bool is_startup(const struct fs_url *u)
{
	return u->system == FS_NVRAM;
}

/* Nothing behind the file system's name: the only file there, or the name of the source. */
static void complete(struct fs_url *url, const struct fs_url *source)
{
	if (*url->path)
		return;
	if (is_running(url))
		snprintf(url->path, sizeof(url->path), "running-config");
	else if (is_startup(url))
		snprintf(url->path, sizeof(url->path), "startup-config");
	else if (source)
		snprintf(url->path, sizeof(url->path), "%s", file_name(source));
}

/* A folder as destination: the file goes into it under its own name. */
static void into_folder(struct session *s, struct fs_url *to, const struct fs_url *from)
{
	struct fs_url inside;
	struct fs_entry e;

	if (to->system == FS_FLASH && *to->path && !fs_stat(session_shell(s), to, &e) && e.folder &&
	    fs_parse_at(to, file_name(from), &inside))
		*to = inside;
}

/* False: the user does not want what is there to be replaced. */
static bool may_replace(struct session *s, const struct fs_url *to)
{
	struct fs_entry e;

	if (to->system != FS_FLASH || fs_stat(session_shell(s), to, &e) || e.folder || file_quiet(s))
		return true;
	session_line(s, "%%Warning:There is a file already existing with this name ");
	return session_confirm(s, "Do you want to over write? [confirm]");
}

/* Octet by octet, whatever its size. */
static int copy_flash(struct session *s, const struct fs_url *from, const struct fs_url *to, size_t *octets)
{
	int fd = fs_open(session_shell(s), from, octets), rc = 0;
	const char *error;
	struct fs_file *f;
	char block[65536];
	ssize_t n = 0;
	unsigned blocks = 0;

	if (fd < 0)
		return fd;
	f = fs_create(session_shell(s), to, false, &error);
	if (!f) {
		char text[FS_URL_SIZE + 16];

		close(fd);
		fs_text_plain(to, text, sizeof(text));
		session_line(s, "%%Error opening %s (%s)", text, error);
		return 1;
	}
	session_text(s, "Copy in progress...");
	*octets = 0;
	while ((n = read(fd, block, sizeof(block))) > 0 && fs_put(f, block, (size_t)n)) {
		*octets += (size_t)n;
		if (blocks++ % 16 == 0)
			session_text(s, "C");
	}
	session_text(s, "\r\n");
	close(fd);
	rc = fs_close(f, n == 0);
	return rc ? rc : n == 0 ? 0 : -EIO;
}

static enum cmd_result into_running(struct session *s, const struct fs_url *from, uint64_t begin_ns)
{
	size_t octets;

	if (file_merge(s, from, &octets) != CMD_OK)
		return CMD_REJECTED;
	file_say_copied(s, octets, begin_ns);
	return CMD_OK;
}

static enum cmd_result into_file(struct session *s, const struct fs_url *from, const struct fs_url *to,
				 uint64_t begin_ns)
{
	size_t octets;
	char *text;
	int rc;

	if (from->system == FS_FLASH && to->system == FS_FLASH) {
		rc = copy_flash(s, from, to, &octets);
		if (rc > 0)
			return CMD_REJECTED;
		if (rc)
			return file_failed(s, "copying", from, rc);
	} else {
		rc = fs_read(session_shell(s), from, &text, &octets);
		if (rc)
			return file_failed(s, "opening", from, rc);
		rc = fs_write(session_shell(s), to, text, octets);
		file_free(text, octets);
		if (rc)
			return file_failed(s, "opening", to, rc);
		if (is_startup(to))
			file_startup_written(s);
	}
	file_say_copied(s, octets, begin_ns);
	return CMD_OK;
}

/* A row's arg: which of the two is a keyword. */
enum { OF_RUNNING = 1, OF_STARTUP = 2, INTO_RUNNING = 4, INTO_STARTUP = 8 };

static enum cmd_result copy(struct session *s, const struct cmd_match *m)
{
	int which = cmd_of(m)->arg;
	const char *typed_from = which & OF_RUNNING   ? "running-config"
				 : which & OF_STARTUP ? "startup-config"
						      : cmd_text(m, "from");
	const char *typed_to = which & INTO_RUNNING   ? "running-config"
			       : which & INTO_STARTUP ? "startup-config"
						      : cmd_text(m, "to");
	struct fs_url from, to;
	uint64_t begin_ns;

	if (file_is_scp(typed_from) || file_is_scp(typed_to))
		return file_copy_scp(s, typed_from, typed_to);
	if (!file_url(s, typed_from, &from) || !file_url(s, typed_to, &to))
		return CMD_REJECTED;
	complete(&from, NULL);
	if (!*from.path && from.system == FS_FLASH && !file_ask_name(s, "Source filename", &from))
		return CMD_REJECTED;
	complete(&to, &from);
	into_folder(s, &to, &from);
	if (to.system != FS_NULL && !file_ask_name(s, "Destination filename", &to))
		return CMD_REJECTED;
	begin_ns = clock_ns();
	if (is_running(&to) && strcmp(to.path, "running-config") != 0)
		return file_failed(s, "opening", &to, -EACCES);
	if (is_running(&from) && is_running(&to))
		return file_failed(s, "copying", &from, -EINVAL);
	if (from.system == to.system && !strcmp(from.path, to.path) && from.system != FS_NULL)
		return file_failed(s, "copying", &from, -EINVAL);
	if (is_running(&to))
		return into_running(s, &from, begin_ns);
	if (is_running(&from) && is_startup(&to) && !strcmp(to.path, "startup-config"))
		return file_save(s);
	return may_replace(s, &to) ? into_file(s, &from, &to, begin_ns) : CMD_REJECTED;
}

#define COPY_ROW(arg_, ...)                                                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED,                                             \
		.tokens = { KW("copy", "Copy from one file to another"), __VA_ARGS__ }, .handler = copy, .arg = (arg_) \
	}

#define FROM_RUNNING KW("running-config", "Copy from current system configuration")
#define FROM_STARTUP KW("startup-config", "Copy from startup configuration")
#define FROM         WORD("from", "Copy from this file")
#define TO_RUNNING   KW("running-config", "Update (merge with) current system configuration")
#define TO_STARTUP   KW("startup-config", "Copy to startup configuration")
#define TO           WORD("to", "Copy to this file")

static const struct cmd cmds[] = {
	COPY_ROW(OF_RUNNING | INTO_RUNNING, FROM_RUNNING, TO_RUNNING),
	COPY_ROW(OF_RUNNING | INTO_STARTUP, FROM_RUNNING, TO_STARTUP),
	COPY_ROW(OF_RUNNING, FROM_RUNNING, TO),
	COPY_ROW(OF_STARTUP | INTO_RUNNING, FROM_STARTUP, TO_RUNNING),
	COPY_ROW(OF_STARTUP | INTO_STARTUP, FROM_STARTUP, TO_STARTUP),
	COPY_ROW(OF_STARTUP, FROM_STARTUP, TO),
	COPY_ROW(INTO_RUNNING, FROM, TO_RUNNING),
	COPY_ROW(INTO_STARTUP, FROM, TO_STARTUP),
	COPY_ROW(0, FROM, TO),
};

const struct cmd_table cmd_copy_table = CMD_TABLE(cmds);
