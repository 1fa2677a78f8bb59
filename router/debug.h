/* One typed function for each entry of router/debug.def. */
#ifndef ROUTER_DEBUG_H
#define ROUTER_DEBUG_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct router;

#define ROUTER_TAIL(...)                                       , ##__VA_ARGS__
#define LOG(name, sev, facility, mnemonic, format, params, as) void log_##name(struct router *r ROUTER_TAIL params);
#include "router/debug.def"

#endif
