#include "shell/file.h"

#include "shell/session_int.h"

#include "base/clock.h"
#include "base/wipe.h"
#include "shell/show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool file_quiet(struct session *s)
{
	bool quiet;

	show_lock(s);
	quiet = session_config(s)->system.file_prompt_quiet;
	show_unlock(s);
	return quiet;
}

void file_refuse(struct session *s, const char *typed)
{
	static const char *const names[] = { "url", "from", "to", "first", "second", "file" };

	for (size_t i = 0; s->running && i < sizeof(names) / sizeof(names[0]); i++)
		if (cmd_text(s->running, names[i]) == typed) {
			session_refuse_at(s, s->running, names[i], 0);
			return;
		}
	session_line(s, "%% Invalid input detected at '^' marker.");
}

bool file_url(struct session *s, const char *typed, struct fs_url *out)
{
	struct fs_url at = { .system = FS_FLASH };

	snprintf(at.path, sizeof(at.path), "%s", session_folder(s));
	if (fs_parse_at(&at, typed, out))
		return true;
	if (strchr(typed, ':'))
		file_refuse(s, typed);
	else
		session_line(s, "%%Error parsing filename (Bad file name)");
	return false;
}

void file_startup_written(struct session *s)
{
	show_lock(s);
	shell_now(session_shell(s), &session_shell(s)->nvram_changed);
	session_shell(s)->config_dirty = true;
	show_unlock(s);
	session_line(s, "[OK]");
}

const char *file_name(const struct fs_url *url)
{
	const char *slash = strrchr(url->path, '/');

	return slash ? slash + 1 : url->path;
}

bool file_ask_name(struct session *s, const char *prompt, struct fs_url *url)
{
	char text[FS_URL_SIZE + 64], answer[FS_URL_SIZE];
	struct fs_url folder = *url;
	char *slash;

	if (*url->path && file_quiet(s))
		return true;
	snprintf(text, sizeof(text), "%s [%s]? ", prompt, url->path);
	if (!session_ask(s, text, false, answer, sizeof(answer)))
		return false;
	if (*answer) {
		slash = strrchr(folder.path, '/');
		*(slash ? slash : folder.path) = '\0';
		if (!fs_parse_at(&folder, answer, url)) {
			session_line(s, "%%Error parsing filename (Bad file name)");
			return false;
		}
	}
	return *url->path;
}

bool file_confirm(struct session *s, const char *fmt, ...)
{
	char text[FS_URL_SIZE + 64];
	va_list ap;

	if (file_quiet(s))
		return true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return session_confirm(s, text);
}

enum cmd_result file_failed(struct session *s, const char *doing, const struct fs_url *url, int error)
{
	char text[FS_URL_SIZE + 16];

	fs_text_plain(url, text, sizeof(text));
	session_line(s, "%%Error %s %s (%s)", doing, text, fs_error(error));
	return CMD_REJECTED;
}

void file_say_copied(struct session *s, size_t octets, uint64_t begin_ns)
{
	double seconds = (double)(clock_ns() - begin_ns) / 1e9;

	if (seconds < 0.001)
		seconds = 0.001;
	session_line(s, "%zu bytes copied in %.3f secs (%.0f bytes/sec)", octets, seconds, (double)octets / seconds);
}

void file_free(char *bytes, size_t octets)
{
	if (bytes)
		wipe(bytes, octets);
	free(bytes);
}
