/*
 * Files. A path is walked part by part from flash:'s root with openat and O_NOFOLLOW, so nothing that was put into the
 * folder from outside leads out of it. A new file is written beside the others under a name of its own, synced, and
 * renamed over the old one; what is added to a file makes a new one as well.
 */
#define _GNU_SOURCE /* strerrordesc_np */
#include "shell/fs_int.h"

#include "base/wipe.h"
#include "shell/running.h"
#include "shell/show.h"
#include "startup-config/nvram.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- names ---- */

static const struct {
	const char *prefix;
	enum fs_system system;
} prefixes[] = {
	{ "flash:", FS_FLASH }, { "flash0:", FS_FLASH },  { "disk0:", FS_FLASH },
	{ "nvram:", FS_NVRAM }, { "system:", FS_SYSTEM }, { "null:", FS_NULL },
};

static const char *const system_names[] = { "flash", "nvram", "system", "null" };

bool fs_name_ok(const char *name, size_t octets)
{
	if (!octets || octets > 127 || !strncmp(name, FS_TEMPORARY, strlen(FS_TEMPORARY)) ||
	    (octets <= 2 && !strncmp(name, "..", octets)))
		return false;
	for (size_t i = 0; i < octets; i++)
		if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 0x7f || strchr(":?\\|", name[i]))
			return false;
	return true;
}

/* The last part of a path goes away. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

/* Adds the parts of text to a path. */
static bool append_path(char path[FS_URL_SIZE], const char *text)
{
	unsigned depth = 0;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "/"), have = strlen(path);

		if (n == 2 && !strncmp(p, "..", 2)) {
			go_up(path);
		} else if (n && !(n == 1 && *p == '.')) {
			if (!fs_name_ok(p, n) || have + n + 2 > FS_URL_SIZE)
				return false;
			snprintf(path + have, FS_URL_SIZE - have, "%s%.*s", have ? "/" : "", (int)n, p);
		}
		p += n + (p[n] == '/');
	}
	for (const char *p = path; *p; p++)
		depth += *p == '/';
	return depth < FS_DEPTH;
}

bool fs_parse_at(const struct fs_url *at, const char *url, struct fs_url *out)
{
	const char *colon = strchr(url, ':'), *path = url;

	*out = *at;
	if (!colon) {
		bool running = !strcasecmp(url, "running-config");

		if (running || !strcasecmp(url, "startup-config")) {
			out->system = running ? FS_SYSTEM : FS_NVRAM;
			snprintf(out->path, sizeof(out->path), "%s", running ? "running-config" : "startup-config");
			return true;
		}
		if (*url == '/')
			out->path[0] = '\0';
		return *url && append_path(out->path, path);
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncasecmp(url, prefixes[i].prefix, (size_t)(colon - url) + 1) &&
		    strlen(prefixes[i].prefix) == (size_t)(colon - url) + 1) {
			*out = (struct fs_url){ .system = prefixes[i].system };
			return append_path(out->path, colon + 1);
		}
	return false;
}

bool fs_parse(const char *url, struct fs_url *out)
{
	return fs_parse_at(&(struct fs_url){ .system = FS_FLASH }, url, out);
}

void fs_text(const struct fs_url *url, char *buf, size_t size)
{
	snprintf(buf, size, "%s:/%s", system_names[url->system], url->path);
}

void fs_text_plain(const struct fs_url *url, char *buf, size_t size)
{
	snprintf(buf, size, "%s:%s%s", system_names[url->system], url->system == FS_NVRAM ? "/" : "", url->path);
}

const char *fs_error(int error)
{
	static const struct {
		int error;
		const char *text;
	} words[] = {
		{ ELOOP, "No such file or directory" }, /* a symbolic link: not one of IOS's files */
		{ EISDIR, "Is a directory" },           { EFBIG, "File too large" },
		{ EROFS, "Read-only file system" },     { ENOTEMPTY, "Directory not empty" },
	};
	const char *text;

	if (error < 0)
		error = -error;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].error == error)
			return words[i].text;
	text = strerrordesc_np(error);
	return text ? text : "Unknown error";
}

/* --- the way to a file ---- */

int fs_root(struct shell *sh)
{
	int state, root, error;

	if (!sh->state_dir)
		return -ENODEV;
	state = open(sh->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		return -errno;
	root = openat(state, "flash", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (root < 0 && errno == ENOENT &&
	    ((mkdirat(state, "flash", 0700) == 0 && fsync(state) == 0) || errno == EEXIST || errno == EINVAL))
		root = openat(state, "flash", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	error = errno;
	close(state);
	return root < 0 ? -error : root;
}

static bool same_device(int a, int b)
{
	struct stat of_a, of_b;

	return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev;
}

int fs_parent(struct shell *sh, const char *path, const char **name)
{
	int folder = fs_root(sh);
	const char *slash;

	*name = *path ? path : ".";
	while (folder >= 0 && (slash = strchr(*name, '/'))) {
		char part[FS_URL_SIZE];
		int next, error;

		snprintf(part, sizeof(part), "%.*s", (int)(slash - *name), *name);
		next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		error = errno;
		if (next >= 0 && !same_device(folder, next)) {
			close(next);
			next = -1;
			error = ENOENT;
		}
		close(folder);
		folder = next < 0 ? -(error == ELOOP ? ENOENT : error) : next;
		*name = slash + 1;
	}
	return folder;
}

/* --- reading ---- */

int fs_open(struct shell *sh, const struct fs_url *url, size_t *octets)
{
	const char *name;
	struct stat st;
	int folder, fd, error = 0;

	if (url->system != FS_FLASH)
		return -EINVAL;
	if ((folder = fs_parent(sh, url->path, &name)) < 0)
		return folder;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	error = fd < 0 ? -errno : 0;
	if (fd >= 0 && fstat(fd, &st) < 0)
		error = -errno;
	else if (fd >= 0 && !S_ISREG(st.st_mode))
		error = S_ISDIR(st.st_mode) ? -EISDIR : -ENOENT;
	else if (fd >= 0 && !same_device(folder, fd))
		error = -ENOENT;
	close(folder);
	if (error) {
		if (fd >= 0)
			close(fd);
		return error;
	}
	*octets = (size_t)st.st_size;
	return fd;
}

static int read_flash(struct shell *sh, const struct fs_url *url, char **bytes, size_t *octets)
{
	size_t size, got = 0;
	ssize_t n = 1;
	char *buf;
	int fd = fs_open(sh, url, &size), error = 0;

	if (fd < 0)
		return fd;
	buf = size <= FS_READ_OCTETS ? malloc(size + 1) : NULL;
	if (!buf) {
		close(fd);
		return size > FS_READ_OCTETS ? -EFBIG : -ENOMEM;
	}
	while (got < size && n > 0 && !error) {
		n = read(fd, buf + got, size - got);
		if (n < 0 && errno != EINTR)
			error = -errno;
		else
			got += n > 0 ? (size_t)n : 0;
		if (n < 0 && !error)
			n = 1;
	}
	close(fd);
	if (error) {
		wipe(buf, got);
		free(buf);
		return error;
	}
	buf[got] = '\0';
	*bytes = buf;
	*octets = got;
	return 0;
}

static int read_running(struct shell *sh, char **bytes, size_t *octets)
{
	int rc;

	shell_lock(sh);
	rc = running_text(sh, bytes, octets);
	shell_unlock(sh);
	return rc;
}

int fs_read(struct shell *sh, const struct fs_url *url, char **bytes, size_t *octets)
{
	switch (url->system) {
	case FS_FLASH:
		return read_flash(sh, url, bytes, octets);
	case FS_NVRAM:
		if (strcmp(url->path, "startup-config") != 0)
			return *url->path ? -ENOENT : -EISDIR;
		return sh->nvram ? nvram_load(sh->nvram, bytes, octets) : -ENOENT;
	case FS_SYSTEM:
		if (strcmp(url->path, "running-config") != 0)
			return *url->path ? -ENOENT : -EISDIR;
		return read_running(sh, bytes, octets);
	case FS_NULL:
		break;
	}
	*bytes = calloc(1, 1);
	*octets = 0;
	return *bytes ? 0 : -ENOMEM;
}

/* --- writing ---- */

struct fs_file {
	struct shell *sh;
	struct fs_url url;
	const char *name; /* the last part of url.path */
	int folder, fd;   /* of flash: */
	bool append;
	char temporary[48]; /* its name until it is whole; append: of what is added */
	char *text;         /* of nvram: */
	size_t octets, room;
	int error; /* the first that happened */
};

static void file_free(struct fs_file *f)
{
	if (f->text)
		wipe(f->text, f->room);
	free(f->text);
	if (f->fd >= 0)
		close(f->fd);
	if (f->folder >= 0)
		close(f->folder);
	free(f);
}

/* A folder of this name cannot be replaced by a file. */
static int check_target(struct fs_file *f)
{
	struct stat st;

	if (!strcmp(f->name, "."))
		return -EISDIR;
	if (fstatat(f->folder, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (f->append && !S_ISREG(st.st_mode))
		return -EACCES;
	f->octets = f->append ? (size_t)st.st_size : 0;
	return 0;
}

static int open_new(struct fs_file *f)
{
	static atomic_uint count;

	for (unsigned tries = 0; tries < 100; tries++) {
		snprintf(f->temporary, sizeof(f->temporary), FS_TEMPORARY "%ld-%u", (long)getpid(),
			 atomic_fetch_add(&count, 1));
		f->fd = openat(f->folder, f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (f->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

static int open_flash(struct fs_file *f)
{
	int error;

	f->folder = fs_parent(f->sh, f->url.path, &f->name);
	if (f->folder < 0)
		return f->folder;
	error = check_target(f);
	if (error)
		return error;
	return open_new(f);
}

static int open_nvram(struct fs_file *f)
{
	if (strcmp(f->url.path, "startup-config") != 0)
		return *f->url.path ? -ENOENT : -EISDIR;
	if (!f->sh->nvram)
		return -ENODEV;
	if (f->append) {
		int error = nvram_load(f->sh->nvram, &f->text, &f->octets);

		f->room = f->text ? f->octets : 0;
		return error == -ENOENT ? 0 : error;
	}
	return 0;
}

static int create(struct shell *sh, const struct fs_url *url, bool append, struct fs_file **out)
{
	struct fs_file *f = calloc(1, sizeof(*f));
	int rc = 0;

	*out = NULL;
	if (!f)
		return -ENOMEM;
	*f = (struct fs_file){ .sh = sh, .url = *url, .folder = -1, .fd = -1, .append = append };
	if (url->system == FS_FLASH)
		rc = open_flash(f);
	else if (url->system == FS_NVRAM)
		rc = open_nvram(f);
	else if (url->system == FS_SYSTEM)
		rc = -EACCES;
	if (rc)
		file_free(f);
	else
		*out = f;
	return rc;
}

struct fs_file *fs_create(struct shell *sh, const struct fs_url *url, bool append, const char **error)
{
	struct fs_file *f;
	int rc = create(sh, url, append, &f);

	*error = rc ? fs_error(rc) : NULL;
	return f;
}

static int put_text(struct fs_file *f, const char *bytes, size_t octets)
{
	if (f->octets + octets > NVRAM_OCTETS)
		return -ENOSPC;
	if (f->room < f->octets + octets) {
		size_t room = (f->octets + octets) * 2;
		char *text = malloc(room);

		if (!text)
			return -ENOMEM;
		if (f->text) {
			memcpy(text, f->text, f->octets);
			wipe(f->text, f->room);
			free(f->text);
		}
		f->text = text;
		f->room = room;
	}
	memcpy(f->text + f->octets, bytes, octets);
	return 0;
}

static int put_file(struct fs_file *f, const char *bytes, size_t octets)
{
	if (f->octets + octets > FS_FILE_OCTETS)
		return -EFBIG;
	while (octets) {
		ssize_t n = write(f->fd, bytes, octets);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		octets -= (size_t)n;
	}
	return 0;
}

bool fs_put(struct fs_file *f, const char *bytes, size_t octets)
{
	if (!f->error && octets && f->url.system == FS_NVRAM)
		f->error = put_text(f, bytes, octets);
	else if (!f->error && f->url.system == FS_FLASH)
		f->error = put_file(f, bytes, octets);
	if (!f->error)
		f->octets += octets;
	return !f->error;
}

static int copy_whole(struct fs_file *to, int from)
{
	char block[16384];
	ssize_t n;
	int error = 0;

	while (!error && (n = read(from, block, sizeof(block))) != 0) {
		if (n < 0)
			error = errno == EINTR ? 0 : -errno;
		else
			error = put_file(to, block, (size_t)n);
		to->octets += n > 0 && !error ? (size_t)n : 0;
	}
	wipe(block, sizeof(block));
	return error;
}

/* What is in the file now and what is added become a new file. */
static int join(struct fs_file *f)
{
	struct fs_file whole = { .folder = f->folder, .name = f->name };
	int old = openat(f->folder, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), error;

	if (old < 0 && errno != ENOENT)
		return -errno;
	error = open_new(&whole);
	if (!error && old >= 0)
		error = copy_whole(&whole, old);
	if (!error && lseek(f->fd, 0, SEEK_SET) < 0)
		error = -errno;
	if (!error)
		error = copy_whole(&whole, f->fd);
	if (old >= 0)
		close(old);
	if (whole.fd < 0)
		return error;
	unlinkat(f->folder, f->temporary, 0);
	close(f->fd);
	f->fd = whole.fd;
	memcpy(f->temporary, whole.temporary, sizeof(f->temporary));
	return error;
}

static int finish_flash(struct fs_file *f, bool keep)
{
	int error = f->error;

	/* those who add to one file come one after the other; the lock goes with the folder's descriptor */
	if (keep && !error && f->append)
		while (flock(f->folder, LOCK_EX) < 0 && errno == EINTR)
			;
	if (keep && !error && f->append)
		error = join(f);
	if (keep && !error && fsync(f->fd) < 0)
		error = -errno;
	if (keep && !error && renameat(f->folder, f->temporary, f->folder, f->name) < 0)
		error = -errno;
	if (!keep || error)
		unlinkat(f->folder, f->temporary, 0);
	else if (fsync(f->folder) < 0 && errno != EINVAL)
		error = -errno;
	return error;
}

int fs_close(struct fs_file *f, bool keep)
{
	int error = f->error;

	if (f->url.system == FS_FLASH)
		error = finish_flash(f, keep);
	else if (f->url.system == FS_NVRAM && keep && !error)
		error = nvram_save(f->sh->nvram, f->text ? f->text : "", f->octets);
	file_free(f);
	return error;
}

int fs_write(struct shell *sh, const struct fs_url *url, const char *bytes, size_t octets)
{
	struct fs_file *f;
	int rc = create(sh, url, false, &f);

	return rc ? rc : fs_close(f, fs_put(f, bytes, octets));
}
