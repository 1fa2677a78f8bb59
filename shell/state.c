#include "shell/state.h"

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
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? -EIO : 0;
}

int state_write(const char *dir, const char *name, const char *text)
{
	char path[512], new[520];
	size_t octets = strlen(text);
	int fd, rc = 0;

	if (!dir)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(new, sizeof(new), "%s.new", path);
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, octets) != (ssize_t)octets || fsync(fd) < 0)
		rc = -EIO;
	close(fd);
	if (!rc && rename(new, path) < 0)
		rc = -errno;
	if (rc)
		unlink(new);
	return rc;
}
