/* Small files of the state directory that are no part of any file system a user sees. Mode 0600, replaced atomically. */
#ifndef SHELL_STATE_H
#define SHELL_STATE_H

#include <stddef.h>

/* The text, cut at size, NUL-terminated. 0 or -errno; dir NULL: -ENOENT. */
int state_read(const char *dir, const char *name, char *text, size_t size);
int state_write(const char *dir, const char *name, const char *text);
/* What a killed router was writing goes away. At boot. */
void state_sweep(const char *dir);

#endif
