/*
 * nvram: the file that holds the startup-config. Saved atomically (temporary file in the same folder, fsync, rename),
 * mode 0600 since it holds keys.
 */
#ifndef STARTUP_CONFIG_NVRAM_H
#define STARTUP_CONFIG_NVRAM_H

#include <stdbool.h>
#include <stddef.h>

struct nvram;

/* path is copied. NULL when out of memory. */
struct nvram *nvram_new(const char *path);
void nvram_free(struct nvram *n);
const char *nvram_path(const struct nvram *n);

/* The whole text, NUL-terminated, to be freed (and wiped) by the caller. 0, -ENOENT (nothing saved) or -errno. */
int nvram_load(const struct nvram *n, char **text, size_t *octets);
/* 0 or -errno (-ENOSPC: the old file is intact). */
int nvram_save(const struct nvram *n, const char *text, size_t octets);
int nvram_erase(const struct nvram *n);

#endif
