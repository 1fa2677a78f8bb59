#include "netif/netif.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int read_value(int fd, char *out, size_t size)
{
	ssize_t got = read(fd, out, size - 1);

	if (got < 0)
		return -errno;
	out[got] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int netif_sysctl_set(const char *path, const char *value, char *old, size_t old_size)
{
	char file[128], now[64];
	int n = snprintf(file, sizeof(file), "/proc/sys/net/%s", path), fd, rc;
	ssize_t put;

	if (n < 0 || (size_t)n >= sizeof(file))
		return -ENAMETOOLONG;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_value(fd, now, sizeof(now));
	close(fd);
	if (rc)
		return rc;
	if (old && old_size)
		snprintf(old, old_size, "%s", now);
	/* A container may have /proc/sys read-only with the right value in it. */
	if (!strcmp(now, value))
		return 0;
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	put = write(fd, value, strlen(value));
	rc = put < 0 ? -errno : 0;
	close(fd);
	return rc;
}
