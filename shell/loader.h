/*
 * A configuration text through the same command tables as a typed one. A line that no row accepts is kept in its
 * section and reported; one whose value is refused, or whose address is none, is reported and dropped, with what stands
 * below it.
 *
 * Lines below others are told by their indentation, as IOS writes it. A text without any (pasted from a document) is
 * read as a terminal would: a line belongs to the mode the last one led into if it fits there.
 */
#ifndef SHELL_LOADER_H
#define SHELL_LOADER_H

#include "shell/session.h"

#include <stdint.h>

#define LOADER_LINE_OCTETS 4096 /* a longer line is kept, not read */

enum loader_verdict { LOADER_ACCEPTED, LOADER_KEPT, LOADER_REJECTED };

#define LOADER_NO_COLUMN SIZE_MAX

struct loader_report {
	enum loader_verdict verdict;
	unsigned line;      /* from 1 */
	const char *text;   /* without the blanks before it and without secrets; of a banner its first line */
	const char *why;    /* NULL when it was accepted */
	bool restricts;     /* it would restrict traffic or access: what it says is not enforced */
	size_t column;      /* of the ^ in text, LOADER_NO_COLUMN: there is none */
	const char *said;   /* what IOS says of it, LF between lines */
	const char *prompt; /* where it was said, when it was rejected and all is told; else "" */
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

/* Likewise, and reports the lines that were accepted, too. */
int loader_load_telling_all(struct shell *sh, const char *text, size_t octets, loader_report_fn report, void *ctx,
			    struct loader_counts *counts);

#endif
