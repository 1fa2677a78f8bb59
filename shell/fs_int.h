/* Inside the file systems: fs.c and fs_dir.c. */
#ifndef SHELL_FS_INT_H
#define SHELL_FS_INT_H

#include "shell/fs.h"

/* Files being written are named so until they are whole; nobody sees them or may use such a name. */
#define FS_TEMPORARY ".tmp-"

/* flash:'s root, made if need be: a descriptor to be closed, or -errno. */
int fs_root(struct shell *sh);
/* The folder a path of flash: stands in, and its last part ("." for the root itself): a descriptor or -errno. */
int fs_parent(struct shell *sh, const char *path, const char **name);
/* May a user name a file so? */
bool fs_name_ok(const char *name, size_t octets);

#endif
