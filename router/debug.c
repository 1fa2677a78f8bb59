/* Formats the entries of router/debug.def. */
#include "router/debug.h"

#include "router/internal.h"

/* An array of the caller's block, so that one line can spell several addresses. */
#define ADDR(a) ip_text(a, (char[IP_TEXT_SIZE]){ 0 })

#define LOG(name, sev, facility, mnemonic, format, params, as)                                                         \
	void log_##name(struct router *r ROUTER_TAIL params)                                                           \
	{                                                                                                              \
		log_syslog(r->log, LOG_SEV_##sev, facility, mnemonic, format ROUTER_TAIL as);                          \
	}
#include "router/debug.def"
