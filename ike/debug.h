/* The engine's debug lines and syslog messages: one typed function for each entry of ike/debug.def. */
#ifndef IKE_DEBUG_H
#define IKE_DEBUG_H

#include "ike/ike.h"

#define IKE_TAIL(...)                                          , ##__VA_ARGS__
#define DBG(name, kind, format, parameters, args)              void dbg_##name(struct ike *e IKE_TAIL parameters);
#define LOG(name, sev, facility, mnemonic, format, params, as) void log_##name(struct ike *e IKE_TAIL params);
#include "ike/debug.def"

#endif
