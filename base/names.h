/* Tables that give a number its printed name. A table ends with a NULL name. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>

struct name {
	int value;
	const char *name;
};

static inline const char *name_of(const struct name *table, int value, const char *otherwise)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return otherwise;
}

#endif
