#include "base/fault.h"

#include <string.h>

static const struct {
	const char *name, *title;
	enum fault_class class;
} faults[FAULT_COUNT] = {
	[FAULT_NONE] = { "none", "Nothing went wrong", FAULT_LOCAL },
#define FAULT(id, class, title) [FAULT_##id] = { #id, title, FAULT_##class },
#include "base/fault.def"
#undef FAULT
};

const char *fault_name(enum fault f)
{
	return faults[f].name;
}

const char *fault_title(enum fault f)
{
	return faults[f].title;
}

enum fault_class fault_class(enum fault f)
{
	return faults[f].class;
}

enum fault fault_by_name(const char *name)
{
	for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++)
		if (!strcmp(faults[f].name, name))
			return f;
	return FAULT_NONE;
}
