/*
 * IOS's file systems: flash: (the folder `flash` of the state directory, flat but for folders that mkdir made), nvram:
 * (startup-config), system: (running-config), null:. Names are never let out of their folder: no `..`, no symbolic
 * links, no other device.
 *
 * All of it waits for a disk: call without the control lock (fs_read takes it for the running-config).
 */
#ifndef SHELL_FS_H
#define SHELL_FS_H

#include "shell/session.h"

#include <time.h>

#define FS_URL_SIZE    256
#define FS_FILE_OCTETS (256u << 20) /* of one file in flash: */
#define FS_READ_OCTETS (64u << 20)  /* what fs_read takes into memory */
#define FS_DEPTH       8            /* folders below one another */
#define FS_PASSING     ".tmp." /* so begin the names of files that are there as long as a command is; in flash:'s root */

enum fs_system { FS_FLASH, FS_NVRAM, FS_SYSTEM, FS_NULL };

struct fs_url {
	enum fs_system system;
	char path[FS_URL_SIZE]; /* below it, "" is its root, no leading slash */
};

/* "flash:x", "flash:/x", "disk0:x", "running-config", "x" (in flash:). False: no such file system, or a bad name. */
bool fs_parse(const char *url, struct fs_url *out);
/* The same, and a name without a file system is below the folder `at`; ".." and "." are followed within its system. */
bool fs_parse_at(const struct fs_url *at, const char *url, struct fs_url *out);
/* "flash:/backup/x", "nvram:/startup-config"; the slash is IOS's in what it lists. */
void fs_text(const struct fs_url *url, char *buf, size_t size);
/* "flash:backup/x": as IOS says it in its errors. */
void fs_text_plain(const struct fs_url *url, char *buf, size_t size);
/* IOS's words for -errno: "No such file or directory". */
const char *fs_error(int error);

struct fs_file;
/*
 * Opens for writing: a new file replaces the old one when it is closed (atomically), append adds to it. NULL: *error is
 * IOS's words ("No such file or directory"). running-config cannot be written this way.
 */
struct fs_file *fs_create(struct shell *sh, const struct fs_url *url, bool append, const char **error);
bool fs_put(struct fs_file *f, const char *bytes, size_t octets);
/* 0, or -errno: what was there before is there still. */
int fs_close(struct fs_file *f, bool keep);
/* The whole file, NUL-terminated, to be wiped and freed. 0 or -errno. */
int fs_read(struct shell *sh, const struct fs_url *url, char **bytes, size_t *octets);
/* fs_create, fs_put and fs_close in one. 0 or -errno. */
int fs_write(struct shell *sh, const struct fs_url *url, const char *bytes, size_t octets);
/* A file of flash: for reading, however large it is: its descriptor, to be closed, or -errno. */
int fs_open(struct shell *sh, const struct fs_url *url, size_t *octets);

/* --- folders (fs_dir.c) ---- */

struct fs_entry {
	char name[FS_URL_SIZE];
	bool folder, writable;
	uint64_t octets, index; /* index: the number `dir` shows first */
	time_t changed;
};

int fs_stat(struct shell *sh, const struct fs_url *url, struct fs_entry *out);
/* Sorted by name. 0 or -errno (-ENOTDIR: it is a file). */
int fs_each(struct shell *sh, const struct fs_url *url, void (*fn)(void *ctx, const struct fs_entry *e), void *ctx);
int fs_space(struct shell *sh, const struct fs_url *url, uint64_t *total, uint64_t *available);
int fs_remove(struct shell *sh, const struct fs_url *url); /* a file */
int fs_mkdir(struct shell *sh, const struct fs_url *url);
int fs_rmdir(struct shell *sh, const struct fs_url *url);
/* Within flash:. -EEXIST: there is one already. */
int fs_rename(struct shell *sh, const struct fs_url *from, const struct fs_url *to);
/* What a killed router left half written, or in passing, goes away. At boot. */
void fs_sweep(struct shell *sh);

#endif
