/* What a capture buffer holds, as a pcapng file. */
#ifndef SHELL_CAPTURE_EXPORT_H
#define SHELL_CAPTURE_EXPORT_H

#include "router/capture.h"
#include "shell/fs.h"

/*
 * Packets in the order of their times, whichever point they came by; what a circular buffer loses meanwhile is left out. False: it
 * could not be written, which fs_close() tells, or out of memory.
 */
bool capture_export(struct capture *c, const struct capture_buffer *b, struct fs_file *f);

#endif
