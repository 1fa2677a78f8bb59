/*
 * IOS's file systems: flash: (the folder `flash` of the state directory, flat but for folders that mkdir made), nvram:
 * (startup-config), system: (running-config), null:. Names are never let out of their folder: no `..`, no symbolic
 * links, no other device.
 */
#ifndef SHELL_FS_H
#define SHELL_FS_H

#include "shell/session.h"

#define FS_URL_SIZE 256

enum fs_system { FS_FLASH, FS_NVRAM, FS_SYSTEM, FS_NULL };

struct fs_url {
	enum fs_system system;
	char path[FS_URL_SIZE]; /* below it, "" is its root, no leading slash */
};

/* "flash:x", "flash:/x", "disk0:x", "running-config", "x" (in flash:). False: no such file system, or a bad name. */
bool fs_parse(const char *url, struct fs_url *out);

struct fs_file;
/*
 * Opens for writing: a new file replaces the old one when it is closed (atomically), append adds to it. NULL: *error is
 * IOS's words ("No such file or directory").
 */
struct fs_file *fs_create(struct shell *sh, const struct fs_url *url, bool append, const char **error);
bool fs_put(struct fs_file *f, const char *bytes, size_t octets);
/* 0, or -errno: what was there before is there still. */
int fs_close(struct fs_file *f, bool keep);
/* The whole file, NUL-terminated, to be wiped and freed. 0 or -errno. */
int fs_read(struct shell *sh, const struct fs_url *url, char **bytes, size_t *octets);

#endif
