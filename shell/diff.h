/*
 * What differs between two configurations: line by line below the section a line stands in, wherever in it. Comments
 * and the words around a configuration are left out.
 */
#ifndef SHELL_DIFF_H
#define SHELL_DIFF_H

#include <stdbool.h>
#include <stddef.h>

enum diff_style {
	DIFF_SIGNS, /* IOS's contextual diff: "+line", "-line", sections that hold them without a sign */
	DIFF_ADDED, /* what the first lacks, as it is typed */
	DIFF_ADDED_ANY_CASE,
	DIFF_COMMANDS, /* what to type to make the second out of the first */
};

/*
 * Calls line for each line of the result. False: there is no memory (then what was called is not all). *any: there is a
 * difference. The texts need not end with NUL; they are not changed.
 */
bool diff_texts(const char *first, size_t first_octets, const char *second, size_t second_octets, enum diff_style style,
		void (*line)(void *ctx, const char *text), void *ctx, bool *any);

#endif
