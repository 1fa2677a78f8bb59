#include "shell/state.h"

#include "shell/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int state_read(const char *dir, const char *name, char *text, size_t size)
{
	char path[512];
	ssize_t n;
	int fd;

	if (!dir)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, text, size - 1)) < 0 && errno == EINTR)
		;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? -EIO : 0;
}

/* While it is written. */
static void passing_path(char out[520], const char *dir, const char *name)
{
	snprintf(out, 520, "%s/.%s.new", dir, name);
}

int state_write(const char *dir, const char *name, const char *text)
{
	char path[512], new[520];
	int fd, rc = 0;

	if (!dir)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	passing_path(new, dir, name);
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (!fd_write_all(fd, text, strlen(text)) || fsync(fd) < 0)
		rc = -EIO;
	close(fd);
	if (!rc && rename(new, path) < 0)
		rc = -errno;
	if (rc)
		unlink(new);
	return rc ? rc : fd_sync_folder(dir);
}

void state_sweep(const char *dir)
{
	static const char *const names[] = { "config-register", "serial" };
	char new[520];

	for (size_t i = 0; dir && i < sizeof(names) / sizeof(names[0]); i++) {
		passing_path(new, dir, names[i]);
		unlink(new);
	}
}
