/*
 * nvram: the file that holds the startup-config. Saved atomically (temporary file in the same folder, fsync, rename),
 * mode 0600 since it holds keys.
 */
#ifndef STARTUP_CONFIG_NVRAM_H
#define STARTUP_CONFIG_NVRAM_H

#include <stdbool.h>
#include <stddef.h>

#define NVRAM_OCTETS 33554432 /* what a configuration may have: a hundred thousand lines are some six million */

struct nvram;

/* path is copied. NULL when out of memory. */
struct nvram *nvram_new(const char *path);
void nvram_free(struct nvram *n);
const char *nvram_path(const struct nvram *n);

/*
 * The whole text, NUL-terminated, to be freed (and wiped) by the caller. 0, -ENOENT (nothing saved), -EFBIG (more than
 * NVRAM_OCTETS) or -errno. octets may be more than strlen(): a broken file may hold NUL octets.
 */
int nvram_load(const struct nvram *n, char **text, size_t *octets);
/* The same of a descriptor, to its end, whatever it leads to. */
int nvram_read(int fd, char **text, size_t *octets);
/*
 * 0 or -errno (-ENOSPC, -EDQUOT, -EFBIG: the old file is intact and the new one gone; -EIO may also say that the new one
 * is there but perhaps not yet on the disk). path may be a symbolic link: it is replaced, not followed. Any thread may
 * write.
 */
int nvram_save(struct nvram *n, const char *text, size_t octets);
/*
 * The master key of type 6 keys, which is no part of a configuration: a file of its own beside that one, its name with
 * ".private" behind, mode 0600. load: 0, -EFBIG when it does not fit, or -errno; key is "" when there is none. save: a
 * configuration and its key, as one; "" is no key.
 */
int nvram_load_private(const struct nvram *n, char *key, size_t size);
int nvram_save_both(struct nvram *n, const char *text, size_t octets, const char *key);
/* Both files. 0 (also when there was none) or -errno. */
int nvram_erase(struct nvram *n);
/* At boot: what a killed router was writing becomes whole or goes away. 0 or -errno. */
int nvram_recover(struct nvram *n);

#endif
