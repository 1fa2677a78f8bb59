/*
 * The old file stays what it is until the new one is whole on the disk: write beside it, fsync, rename, fsync the
 * folder. Whatever goes wrong before the rename removes the new file and nothing else.
 *
 * A configuration and the master key of its type 6 keys change together. Beside the new configuration, .NAME.new-XXXXXX,
 * the new key is written to .NAME.key-XXXXXX, both are made sure of, and the rename of the first one decides: a key whose
 * configuration still has its passing name is none, one whose configuration has gone takes the old one's place. The next
 * boot does so when this process could not. An empty key says that there is none, and together with an empty
 * configuration that nvram is erased.
 */
#define _GNU_SOURCE /* asprintf, mkostemp */
#include "startup-config/nvram.h"

#include "base/wipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX "XXXXXX"

struct nvram {
	char *path, *folder, *private_path;
	char *new_path, *key_path; /* while they are written, with SUFFIX */
	pthread_mutex_t lock;      /* of those who write */
	bool unfinished;           /* a key is there that could not take its place */
};

static char *passing_path(const char *folder, const char *path, const char *what)
{
	char *copy = strdup(path), *out = NULL;

	if (copy && asprintf(&out, "%s/.%s.%s-" SUFFIX, folder, basename(copy), what) < 0)
		out = NULL;
	free(copy);
	return out;
}

struct nvram *nvram_new(const char *path)
{
	struct nvram *n = calloc(1, sizeof(*n));
	char *copy = strdup(path);

	if (n && copy) {
		n->path = strdup(path);
		n->folder = strdup(dirname(copy));
		if (asprintf(&n->private_path, "%s.private", path) < 0)
			n->private_path = NULL;
		n->new_path = n->folder ? passing_path(n->folder, path, "new") : NULL;
		n->key_path = n->folder ? passing_path(n->folder, path, "key") : NULL;
		pthread_mutex_init(&n->lock, NULL);
	}
	free(copy);
	if (n && (!n->path || !n->folder || !n->private_path || !n->new_path || !n->key_path)) {
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
	free(n->new_path);
	free(n->key_path);
	pthread_mutex_destroy(&n->lock);
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

/* --- writing ---- */

/* path gets its suffix. */
static int write_passing(char *path, const char *text, size_t octets)
{
	int fd = mkostemp(path, O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = write_new(fd, text, octets);
	if (error)
		unlink(path);
	return error;
}

static int remove_file(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static bool is_empty(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

/* A key whose configuration is in force takes its place. It can be done again from wherever it was cut off. */
static int finish_key(const struct nvram *n, const char *key_path)
{
	bool none = is_empty(key_path);
	int error = 0;

	if (!none && rename(key_path, n->private_path) < 0)
		return -errno;
	if (none && is_empty(n->path))
		error = remove_file(n->path);
	if (none && !error)
		error = remove_file(n->private_path);
	if (!error)
		error = sync_folder(n->folder);
	if (none && !error)
		error = remove_file(key_path);
	return error;
}

/* Both, or none of them. */
static int commit(struct nvram *n, char *new_path, char *key_path, const char *text, size_t octets, const char *key)
{
	const size_t at = strlen(key_path) - strlen(SUFFIX);
	int error = write_passing(new_path, text, octets), fd;

	if (error)
		return error;
	memcpy(key_path + at, new_path + strlen(new_path) - strlen(SUFFIX), strlen(SUFFIX));
	fd = open(key_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	error = fd < 0 ? -errno : write_new(fd, key, strlen(key));
	if (!error)
		error = sync_folder(n->folder);
	if (!error && rename(new_path, n->path) < 0)
		error = -errno;
	if (error) {
		unlink(key_path);
		unlink(new_path);
		return error;
	}
	error = sync_folder(n->folder);
	if (!error)
		error = finish_key(n, key_path);
	n->unfinished = error != 0;
	return error;
}

static int save_both(struct nvram *n, const char *text, size_t octets, const char *key)
{
	char *new_path = strdup(n->new_path), *key_path = strdup(n->key_path);
	int error = new_path && key_path ? commit(n, new_path, key_path, text, octets, key) : -ENOMEM;

	free(new_path);
	free(key_path);
	return error;
}

static int save(const struct nvram *n, const char *text, size_t octets)
{
	char *passing = strdup(n->new_path);
	int error = passing ? write_passing(passing, text, octets) : -ENOMEM;

	if (!error && rename(passing, n->path) < 0) {
		error = -errno;
		unlink(passing);
	} else if (!error) {
		error = sync_folder(n->folder);
	}
	free(passing);
	return error;
}

/* --- what was cut off ---- */

/* The beginning of a passing file's name. */
static const char *prefix_of(const char *passing, size_t *octets)
{
	const char *slash = strrchr(passing, '/');

	*octets = strlen(slash + 1) - strlen(SUFFIX);
	return slash + 1;
}

static bool begins_like(const char *name, const char *passing)
{
	size_t octets;
	const char *prefix = prefix_of(passing, &octets);

	return !strncmp(name, prefix, octets) && strlen(name) == octets + strlen(SUFFIX);
}

static int recover_key(const struct nvram *n, const char *name)
{
	char *key_path = strdup(n->key_path), *new_path = strdup(n->new_path);
	const char *suffix = name + strlen(name) - strlen(SUFFIX);
	int error = -ENOMEM;

	if (key_path && new_path) {
		memcpy(key_path + strlen(key_path) - strlen(SUFFIX), suffix, strlen(SUFFIX));
		memcpy(new_path + strlen(new_path) - strlen(SUFFIX), suffix, strlen(SUFFIX));
		error = access(new_path, F_OK) == 0 ? remove_file(key_path) : finish_key(n, key_path);
	}
	free(key_path);
	free(new_path);
	return error;
}

/* The keys first: a configuration that still has its passing name says what they are. */
static int recover(struct nvram *n)
{
	DIR *d = opendir(n->folder);
	const struct dirent *e;
	int error = 0;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(d)))
		if (begins_like(e->d_name, n->key_path)) {
			int rc = recover_key(n, e->d_name);

			error = error ? error : rc;
		}
	rewinddir(d);
	while (!error && (e = readdir(d)))
		if (begins_like(e->d_name, n->new_path) && unlinkat(dirfd(d), e->d_name, 0) < 0 && errno != ENOENT)
			error = -errno;
	closedir(d);
	n->unfinished = error != 0;
	return error;
}

int nvram_recover(struct nvram *n)
{
	int error;

	pthread_mutex_lock(&n->lock);
	error = recover(n);
	pthread_mutex_unlock(&n->lock);
	return error;
}

/* --- the two files ---- */

int nvram_load(const struct nvram *n, char **text, size_t *octets)
{
	return load(n->path, text, octets);
}

int nvram_save(struct nvram *n, const char *text, size_t octets)
{
	int error;

	if (octets > NVRAM_OCTETS)
		return -EFBIG;
	pthread_mutex_lock(&n->lock);
	error = n->unfinished ? recover(n) : 0;
	if (!error)
		error = save(n, text, octets);
	pthread_mutex_unlock(&n->lock);
	return error;
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

static bool has_key(const struct nvram *n, const char *key)
{
	char *text = NULL;
	size_t octets = 0;
	int error = load(n->private_path, &text, &octets);
	bool same = error ? error == -ENOENT && !*key : !strcmp(text, key);

	if (text)
		wipe(text, octets);
	free(text);
	return same;
}

int nvram_save_both(struct nvram *n, const char *text, size_t octets, const char *key)
{
	int error;

	if (octets > NVRAM_OCTETS)
		return -EFBIG;
	pthread_mutex_lock(&n->lock);
	error = n->unfinished ? recover(n) : 0;
	if (!error)
		error = has_key(n, key) ? save(n, text, octets) : save_both(n, text, octets, key);
	pthread_mutex_unlock(&n->lock);
	return error;
}

static int erase(struct nvram *n)
{
	if (!has_key(n, ""))
		return save_both(n, "", 0, "");
	if (unlink(n->path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder(n->folder);
}

int nvram_erase(struct nvram *n)
{
	int error;

	pthread_mutex_lock(&n->lock);
	error = n->unfinished ? recover(n) : 0;
	if (!error)
		error = erase(n);
	pthread_mutex_unlock(&n->lock);
	return error;
}
