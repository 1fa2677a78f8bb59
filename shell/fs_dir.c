/* What is in the file systems: lists, folders, names. What has a name that nobody may use is not there. */
#include "shell/fs_int.h"

#include "base/wipe.h"
#include "startup-config/nvram.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool entry_of(const char *name, const struct stat *st, struct fs_entry *out)
{
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return false;
	*out = (struct fs_entry){
		.folder = S_ISDIR(st->st_mode),
		.writable = st->st_mode & S_IWUSR,
		.octets = S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size,
		.changed = st->st_mtime,
	};
	snprintf(out->name, sizeof(out->name), "%s", name);
	return true;
}

static int read_only(const struct fs_url *url)
{
	return url->system == FS_FLASH ? 0 : -EROFS;
}

/* --- nvram: and system: hold one file each ---- */

static int stat_single(struct shell *sh, const struct fs_url *url, struct fs_entry *out)
{
	struct fs_url file = *url;
	char *text = NULL;
	size_t octets = 0;
	struct stat st;
	int rc;

	*out = (struct fs_entry){ .writable = true, .index = 1 };
	if (url->system == FS_NULL)
		return 0;
	if (!*file.path)
		snprintf(file.path, sizeof(file.path), "%s-config", url->system == FS_NVRAM ? "startup" : "running");
	rc = fs_read(sh, &file, &text, &octets);
	if (text)
		wipe(text, octets); /* a configuration */
	free(text);
	if (rc)
		return rc;
	snprintf(out->name, sizeof(out->name), "%s", file.path);
	out->octets = octets;
	if (url->system == FS_NVRAM && stat(nvram_path(sh->nvram), &st) == 0)
		out->changed = st.st_mtime;
	return 0;
}

/* --- looking ---- */

int fs_stat(struct shell *sh, const struct fs_url *url, struct fs_entry *out)
{
	const char *name;
	struct stat st;
	int folder, rc = 0;

	if (url->system != FS_FLASH) {
		if (*url->path)
			return stat_single(sh, url, out);
		*out = (struct fs_entry){ .folder = true };
		return 0;
	}
	if ((folder = fs_parent(sh, url->path, &name)) < 0)
		return folder;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -errno;
	else if (!entry_of(name, &st, out))
		rc = -ENOENT;
	close(folder);
	return rc;
}

struct entries {
	struct fs_entry *v;
	size_t count, room;
	bool failed;
};

static void add_entry(struct entries *l, const struct fs_entry *e)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 32;
		struct fs_entry *v = reallocarray(l->v, room, sizeof(*v));

		if (!v) {
			l->failed = true;
			return;
		}
		l->v = v;
		l->room = room;
	}
	l->v[l->count++] = *e;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct fs_entry *)a)->name, ((const struct fs_entry *)b)->name);
}

static int open_folder(struct shell *sh, const struct fs_url *url)
{
	const char *name;
	int parent = fs_parent(sh, url->path, &name), folder;

	if (parent < 0)
		return parent;
	folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		folder = -errno;
	close(parent);
	return folder;
}

static int collect(int folder, struct entries *l)
{
	DIR *d = fdopendir(folder);
	struct dirent *e;
	struct fs_entry entry;
	struct stat st;

	if (!d) {
		close(folder);
		return -errno;
	}
	while ((e = readdir(d)))
		if (fs_name_ok(e->d_name, strlen(e->d_name)) &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && entry_of(e->d_name, &st, &entry))
			add_entry(l, &entry);
	closedir(d);
	return l->failed ? -ENOMEM : 0;
}

int fs_each(struct shell *sh, const struct fs_url *url, void (*fn)(void *ctx, const struct fs_entry *e), void *ctx)
{
	struct entries l = { 0 };
	struct fs_entry single;
	int rc;

	if (url->system != FS_FLASH) {
		rc = stat_single(sh, url, &single);
		if (!rc && *single.name)
			fn(ctx, &single);
		return rc == -ENOENT && !*url->path ? 0 : rc;
	}
	rc = open_folder(sh, url);
	if (rc < 0)
		return rc;
	rc = collect(rc, &l);
	if (l.count)
		qsort(l.v, l.count, sizeof(*l.v), by_name);
	for (size_t i = 0; i < l.count && !rc; i++) {
		l.v[i].index = i + 1;
		fn(ctx, &l.v[i]);
	}
	free(l.v);
	return rc;
}

int fs_space(struct shell *sh, const struct fs_url *url, uint64_t *total, uint64_t *available)
{
	struct statvfs st;
	struct fs_entry e;
	int root, rc = 0;

	*total = *available = 0;
	if (url->system == FS_NVRAM) {
		*total = NVRAM_OCTETS;
		*available = NVRAM_OCTETS;
		if (!stat_single(sh, &(struct fs_url){ .system = FS_NVRAM }, &e))
			*available -= e.octets < NVRAM_OCTETS ? e.octets : NVRAM_OCTETS;
		return 0;
	}
	if (url->system != FS_FLASH)
		return 0;
	if ((root = fs_root(sh)) < 0)
		return root;
	if (fstatvfs(root, &st) < 0)
		rc = -errno;
	close(root);
	if (!rc) {
		*total = (uint64_t)st.f_blocks * st.f_frsize;
		*available = (uint64_t)st.f_bavail * st.f_frsize;
	}
	return rc;
}

/* --- changing ---- */

static int sync_folder(int folder)
{
	return fsync(folder) < 0 && errno != EINVAL ? -errno : 0;
}

static int change(struct shell *sh, const struct fs_url *url, int (*fn)(int folder, const char *name))
{
	const char *name;
	int folder, rc = read_only(url);

	if (rc)
		return rc;
	if (!*url->path)
		return -EACCES;
	if ((folder = fs_parent(sh, url->path, &name)) < 0)
		return folder;
	rc = fn(folder, name) < 0 ? -errno : sync_folder(folder);
	close(folder);
	return rc;
}

static int remove_file(int folder, const char *name)
{
	return unlinkat(folder, name, 0);
}

static int make_folder(int folder, const char *name)
{
	return mkdirat(folder, name, 0700);
}

static int remove_folder(int folder, const char *name)
{
	return unlinkat(folder, name, AT_REMOVEDIR);
}

int fs_remove(struct shell *sh, const struct fs_url *url)
{
	struct fs_url startup = { .system = FS_NVRAM, .path = "startup-config" };

	if (url->system == FS_NVRAM && !strcmp(url->path, startup.path))
		return sh->nvram ? nvram_erase(sh->nvram) : -ENOENT;
	return change(sh, url, remove_file);
}

int fs_mkdir(struct shell *sh, const struct fs_url *url)
{
	return change(sh, url, make_folder);
}

int fs_rmdir(struct shell *sh, const struct fs_url *url)
{
	return change(sh, url, remove_folder);
}

int fs_rename(struct shell *sh, const struct fs_url *from, const struct fs_url *to)
{
	const char *from_name, *to_name;
	int from_folder, to_folder, rc = read_only(from) ? read_only(from) : read_only(to);
	struct stat st;

	if (rc)
		return rc;
	if (!*from->path || !*to->path)
		return -EACCES;
	if ((from_folder = fs_parent(sh, from->path, &from_name)) < 0)
		return from_folder;
	if ((to_folder = fs_parent(sh, to->path, &to_name)) < 0) {
		close(from_folder);
		return to_folder;
	}
	if (fstatat(to_folder, to_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = -EEXIST;
	else if (renameat(from_folder, from_name, to_folder, to_name) < 0)
		rc = -errno;
	if (!rc)
		rc = sync_folder(to_folder);
	if (!rc)
		rc = sync_folder(from_folder);
	close(from_folder);
	close(to_folder);
	return rc;
}

static void sweep(int folder, unsigned depth)
{
	DIR *d = fdopendir(folder);
	struct dirent *e;

	if (!d) {
		close(folder);
		return;
	}
	while ((e = readdir(d))) {
		int below;

		if (!strncmp(e->d_name, FS_TEMPORARY, strlen(FS_TEMPORARY)) ||
		    (!depth && !strncmp(e->d_name, FS_PASSING, strlen(FS_PASSING))))
			unlinkat(dirfd(d), e->d_name, 0);
		else if (depth < FS_DEPTH && fs_name_ok(e->d_name, strlen(e->d_name)) &&
			 (below = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0)
			sweep(below, depth + 1);
	}
	closedir(d);
}

void fs_sweep(struct shell *sh)
{
	int root = fs_root(sh);

	if (root >= 0)
		sweep(root, 0);
}
