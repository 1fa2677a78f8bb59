/*
 * A configuration text through the same command tables as a typed one. A line that no row accepts is kept in its
 * section and reported; one whose value is refused is reported and dropped, with what stands below it.
 *
 * Lines below others are told by their indentation, as IOS writes it. A text without any (pasted from a document) is
 * read as a terminal would: a line belongs to the mode the last one led into if it fits there.
 */
#ifndef SHELL_LOADER_H
#define SHELL_LOADER_H

#include "shell/session.h"

#include <stdio.h>

#define LOADER_LINE_OCTETS 4096 /* a longer line is kept, not read */

enum loader_verdict { LOADER_KEPT, LOADER_REJECTED };

struct loader_report {
	enum loader_verdict verdict;
	unsigned line;    /* from 1 */
	const char *text; /* without the blanks before it and without secrets; of a banner its first line */
	const char *why;
	bool restricts; /* it would restrict traffic or access: what it says is not enforced */
};
typedef void (*loader_report_fn)(void *ctx, const struct loader_report *r);

struct loader_counts {
	unsigned accepted, kept, rejected; /* lines; harmless ones are accepted */
};

/*
 * Into sh->config. Takes the control lock line by line: call without it, and call router_apply afterwards. report may
 * be NULL. 0 or -ENOMEM; counts are right in both cases.
 */
int loader_load(struct shell *sh, const char *text, size_t octets, loader_report_fn report, void *ctx,
		struct loader_counts *counts);

/*
 * `mainmode check FILE`: loads into a model of its own and prints what was kept and rejected, what cannot work, and the
 * counts. 0: nothing kept or rejected; 1: something was; 2: the file cannot be read (said on out).
 */
int loader_check(const char *path, FILE *out);

#endif
