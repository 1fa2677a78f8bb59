/* show crypto debug-condition. */
#ifndef SHELL_PRINT_CONDITION_H
#define SHELL_PRINT_CONDITION_H

#include "ike/condition.h"

struct session;

/* Which filters: a mask of 1 << enum ike_condition_kind, and whether the flags of what is not matched. */
struct show_conditions {
	unsigned kinds;
	bool unmatched;
};

void print_conditions(struct session *s, const struct ike_conditions *c, const struct show_conditions *which);

#endif
