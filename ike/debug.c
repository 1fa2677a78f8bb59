/* Formats the entries of debug.def. Nothing is formatted for a debug that is off. */
#include "ike/debug.h"

#include "ike/sa.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 2048

__attribute__((format(printf, 3, 4))) static void say(struct ike *e, enum ike_debug kind, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	if (!ike_condition_shows(e, kind))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	e->ops.debug(e->ops.ctx, kind, text);
}

__attribute__((format(printf, 5, 6))) static void tell(struct ike *e, enum log_severity sev, const char *facility,
						       const char *mnemonic, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	e->ops.syslog(e->ops.ctx, sev, facility, mnemonic, text);
}

/* An array of the caller's block, so that one line can spell several addresses. */
#define ADDR(a) ip_text(a, (char[IP_TEXT_SIZE]){ 0 })

#define LINE(name, kind, when, format, parameters, args)                                                               \
	void dbg_##name(struct ike *e IKE_TAIL parameters)                                                             \
	{                                                                                                              \
		if (e->debug & (when))                                                                                 \
			say(e, IKE_DEBUG_##kind, format IKE_TAIL args);                                                \
	}
#define DBG(name, kind, format, parameters, args) LINE(name, kind, IKE_DEBUG_##kind, format, parameters, args)
#define ERR(name, kind, format, parameters, args)                                                                      \
	LINE(name, kind, IKE_DEBUG_##kind | IKE_DEBUG_##kind##_ERROR, format, parameters, args)
#define LOG(name, sev, facility, mnemonic, format, params, as)                                                         \
	void log_##name(struct ike *e IKE_TAIL params)                                                                 \
	{                                                                                                              \
		tell(e, LOG_SEV_##sev, facility, mnemonic, format IKE_TAIL as);                                        \
	}
#include "ike/debug.def"
