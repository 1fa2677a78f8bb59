/*
 * The old file stays what it is until the new one is whole on the disk: write beside it, fsync, rename, fsync the
 * folder. Whatever goes wrong before the rename removes the new file and nothing else.
 */
#define _GNU_SOURCE /* asprintf, mkostemp */
#include "startup-config/nvram.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct nvram {
	char *path, *folder, *private_path;
};

struct nvram *nvram_new(const char *path)
{
	struct nvram *n = calloc(1, sizeof(*n));
	char *copy = strdup(path);

	if (n && copy) {
		n->path = strdup(path);
		n->folder = strdup(dirname(copy));
		if (asprintf(&n->private_path, "%s.private", path) < 0)
			n->private_path = NULL;
	}
	free(copy);
	if (!n || !n->path || !n->folder || !n->private_path) {
		nvram_free(n);
		return NULL;
	}
	return n;
}

void nvram_free(struct nvram *n)
{
	if (!n)
		return;
	free(n->path);
	free(n->folder);
	free(n->private_path);
	free(n);
}

const char *nvram_path(const struct nvram *n)
{
	return n->path;
}

/* Reads up to size octets; the count, or -errno. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t got = 0;
	ssize_t r;

	while (got < size) {
		r = read(fd, buf + got, size - got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

static int write_all(int fd, const char *p, size_t octets)
{
	ssize_t w;

	while (octets) {
		w = write(fd, p, octets);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		octets -= (size_t)w;
	}
	return 0;
}

/* A file tells its size, but may have none (a pipe of the kernel's) or grow. Wipes what it leaves behind. */
static int read_file(int fd, size_t expected, char **text, size_t *octets)
{
	size_t room = 0, used = 0;
	char *buf = NULL;
	ssize_t got;

	for (;;) {
		size_t more = room ? room * 2 : expected + 2;
		char *next = malloc(more);

		if (next && used)
			memcpy(next, buf, used);
		if (buf)
			wipe(buf, used);
		free(buf);
		if (!(buf = next))
			return -ENOMEM;
		room = more;
		got = read_all(fd, buf + used, room - 1 - used);
		if (got > 0)
			used += (size_t)got;
		if (got < 0 || used > NVRAM_OCTETS)
			break;
		if (used < room - 1) {
			buf[used] = '\0';
			*text = buf;
			*octets = used;
			return 0;
		}
	}
	wipe(buf, used);
	free(buf);
	return got < 0 ? (int)got : -EFBIG;
}

static int load(const char *path, char **text, size_t *octets)
{
	struct stat st;
	int fd, error = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		error = -errno;
	else if (!S_ISREG(st.st_mode))
		error = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if (st.st_size > NVRAM_OCTETS)
		error = -EFBIG;
	else
		error = read_file(fd, (size_t)st.st_size, text, octets);
	close(fd);
	return error;
}

int nvram_read(int fd, char **text, size_t *octets)
{
	return read_file(fd, 65536, text, octets);
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	/* some file systems know no fsync of a folder */
	if (fsync(fd) < 0 && errno != EINVAL)
		error = -errno;
	close(fd);
	return error;
}

static int write_new(int fd, const char *text, size_t octets)
{
	int error = fchmod(fd, S_IRUSR | S_IWUSR) < 0 ? -errno : write_all(fd, text, octets);

	if (!error && fsync(fd) < 0)
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	return error;
}

static int save(const struct nvram *n, const char *path, const char *text, size_t octets)
{
	char *temporary;
	int fd, error;

	if (octets > NVRAM_OCTETS)
		return -EFBIG;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		free(temporary);
		return error;
	}
	error = write_new(fd, text, octets);
	if (!error && rename(temporary, path) < 0)
		error = -errno;
	if (error)
		unlink(temporary);
	else
		error = sync_folder(n->folder);
	free(temporary);
	return error;
}

static int erase(const struct nvram *n, const char *path)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder(n->folder);
}

int nvram_load(const struct nvram *n, char **text, size_t *octets)
{
	return load(n->path, text, octets);
}

int nvram_save(const struct nvram *n, const char *text, size_t octets)
{
	return save(n, n->path, text, octets);
}

int nvram_load_private(const struct nvram *n, char *key, size_t size)
{
	size_t octets = 0;
	char *text = NULL;
	int error = load(n->private_path, &text, &octets);

	key[0] = '\0';
	if (!error && strlen(text) >= size)
		error = -EFBIG;
	if (!error)
		memcpy(key, text, strlen(text) + 1);
	if (text)
		wipe(text, octets);
	free(text);
	return error == -ENOENT ? 0 : error;
}

int nvram_save_private(const struct nvram *n, const char *key)
{
	return key[0] ? save(n, n->private_path, key, strlen(key)) : erase(n, n->private_path);
}

int nvram_erase(const struct nvram *n)
{
	int error = erase(n, n->path), private_error = erase(n, n->private_path);

	return error ? error : private_error;
}
