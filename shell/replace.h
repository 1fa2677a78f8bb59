/*
 * `configure replace`: a text becomes the running-config as a whole. The new model is made beside the one in force and
 * put in its place in one step under the control lock, or not at all.
 */
#ifndef SHELL_REPLACE_H
#define SHELL_REPLACE_H

#include "shell/loader.h"

enum replace_result {
	REPLACE_DONE,
	REPLACE_SAME,     /* the running-config says all that already */
	REPLACE_REJECTED, /* a line was; nothing is changed */
	REPLACE_NO_MEMORY,
};

/*
 * Call without the control lock. report is called for the lines that are rejected, and for those that are kept and were
 * not in the running-config before. before: called before anything is changed, with the text in force and the one to
 * come (only while it runs); NULL: nothing is.
 */
enum replace_result replace_running(struct shell *sh, const char *text, size_t octets, loader_report_fn report,
				    void (*before)(void *ctx, const char *old, size_t old_octets, const char *new,
						   size_t new_octets),
				    void *ctx);

#endif
