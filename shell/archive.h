/*
 * `archive`: numbered copies of the running-config in flash:. Which there are is read from the folder each time, so they
 * survive the router. All of it waits for a disk: without the control lock.
 */
#ifndef SHELL_ARCHIVE_H
#define SHELL_ARCHIVE_H

#include "shell/fs.h"

#define ARCHIVE_FILES 64

struct archive_file {
	char name[FS_URL_SIZE]; /* "flash:backup-Nov-26-00-12-33.123-0" */
	unsigned long number;   /* what it ends with */
};

struct archive_list {
	bool enabled; /* a path is configured */
	unsigned maximum, count;
	char next[FS_URL_SIZE]; /* "flash:backup-<timestamp>-1" */
	unsigned long next_number;
	struct archive_file files[ARCHIVE_FILES]; /* oldest first */
};

void archive_list(struct shell *sh, struct archive_list *out);
/* Writes one more and removes what is beyond the maximum. 0, -ENOENT: no path is configured, or -errno. */
int archive_running(struct shell *sh);

#endif
