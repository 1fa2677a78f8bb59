#include "explain/cause.h"

#define CAUSE(text, confirm, confirm_peer)                                                                             \
	{                                                                                                              \
		text, confirm, confirm_peer                                                                            \
	}
#define COUNT(...) (sizeof((const struct cause[]){ __VA_ARGS__ }) / sizeof(struct cause))
#define ABOUT(id, meaning, config, cure, hidden, ...)                                                                  \
	[FAULT_##id] = { meaning, config, cure, hidden, { __VA_ARGS__ }, COUNT(__VA_ARGS__) },

static const struct fault_about about[FAULT_COUNT] = {
	[FAULT_NONE] = { "", "", "", "", { { "", "", "" } }, 0 },
#include "explain/cause.def"
};

const struct fault_about *fault_about(enum fault f)
{
	return &about[f];
}
