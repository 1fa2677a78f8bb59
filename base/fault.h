/* The failures of base/fault.def. Their causes, what confirms them and their cures are in explain/cause.def. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

enum fault_class { FAULT_LOCAL, FAULT_REACH, FAULT_PHASE1, FAULT_PHASE2, FAULT_ESP };

enum fault {
	FAULT_NONE,
#define FAULT(id, class, title) FAULT_##id,
#include "base/fault.def"
#undef FAULT
	FAULT_COUNT
};

/* "policy_hash": for programs, and the fault's name in tests; "none". */
const char *fault_name(enum fault f);
/* One line without a full stop. */
const char *fault_title(enum fault f);
enum fault_class fault_class(enum fault f);
/* FAULT_NONE when there is none of this name. */
enum fault fault_by_name(const char *name);

#endif
