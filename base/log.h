/*
 * The router's log: syslog messages and debug lines, stamped as `service timestamps` says, kept in the buffer that
 * `show logging` prints and handed to the sinks (console, terminal monitors) whose level lets them through.
 *
 * Knows nothing of terminals: a sink gets finished text without line ends of its own beyond '\n' inside a message.
 * A message may hold several lines ("\n" inside); a final "\n" means that an empty line follows it, as IOS prints
 * after phase 1 state changes. Thread-safe: any thread may log; sinks are called with the log's lock held and must
 * neither block nor log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum log_severity {
	LOG_SEV_EMERGENCIES,
	LOG_SEV_ALERTS,
	LOG_SEV_CRITICAL,
	LOG_SEV_ERRORS,
	LOG_SEV_WARNINGS,
	LOG_SEV_NOTIFICATIONS,
	LOG_SEV_INFORMATIONAL,
	LOG_SEV_DEBUGGING,
	LOG_SEV_OFF = -1 /* as a level: nothing passes */
};

enum log_stamp_kind { LOG_STAMP_NONE, LOG_STAMP_UPTIME, LOG_STAMP_DATETIME };

/* `service timestamps debug|log ...` */
struct log_stamp {
	enum log_stamp_kind kind;
	bool msec, localtime, show_timezone, year;
};

enum log_sink_kind { LOG_SINK_CONSOLE, LOG_SINK_MONITOR };

struct logger;
struct log_sink;

struct log_settings {
	struct log_stamp debug_stamp, log_stamp;
	bool sequence_numbers;
	int console_level, monitor_level, buffer_level; /* enum log_severity or LOG_SEV_OFF */
	size_t buffer_octets;                           /* 4096 or more */
	int trap_level;                                 /* likewise; of the syslog servers */
	struct zone zone;                               /* of stamps with localtime */
};

struct log_counts {
	unsigned console, monitor, buffer, trap; /* messages passed on */
};

typedef void (*log_sink_fn)(void *ctx, const char *text);

/* now() gives the wall clock; NULL: the system's. Owned by the caller until logger_free. NULL when out of memory. */
struct logger *logger_new(void (*now)(void *ctx, struct timespec *out), void *ctx);
void logger_free(struct logger *l);
void logger_configure(struct logger *l, const struct log_settings *s);
void logger_settings(struct logger *l, struct log_settings *out);
void logger_counts(struct logger *l, struct log_counts *out);

struct log_sink *logger_add_sink(struct logger *l, enum log_sink_kind kind, log_sink_fn fn, void *ctx);
void logger_remove_sink(struct logger *l, struct log_sink *s);

/*
 * Where the syslog servers get theirs: as a sink, with the severity and the number of the message. One; fn NULL: none.
 */
typedef void (*log_trap_fn)(void *ctx, enum log_severity sev, unsigned number, const char *text);
void logger_set_trap(struct logger *l, log_trap_fn fn, void *ctx);

/* --- the clock: now() and what `clock set` added to it ---- */

void logger_now(struct logger *l, struct timespec *out);
void logger_set_clock(struct logger *l, const struct timespec *to);
/* Somebody vouches for the clock: `clock set` was typed. Stamps begin with `*` until then. */
bool logger_clock_is_set(struct logger *l);

/* `%FACILITY-severity-MNEMONIC: text` */
void log_syslog(struct logger *l, enum log_severity sev, const char *facility, const char *mnemonic, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));
/* A debug line: severity debugging, no facility. */
void log_debug(struct logger *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Calls fn for each message of the buffer, oldest first, each as it was logged. */
void logger_each(struct logger *l, void (*fn)(void *ctx, const char *text), void *ctx);
void logger_clear_buffer(struct logger *l);

#endif
