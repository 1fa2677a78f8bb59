/*
 * The layouts of `show version`, `show logging` and `show debugging`: from values to IOS 15.2's lines.
 */
#ifndef SHELL_PRINT_SYSTEM_H
#define SHELL_PRINT_SYSTEM_H

#include "base/log.h"
#include "config/model.h"
#include "shell/syslog.h"

struct session;

/* The first line of `show version`; automation knows the kind of device by it. The version of the program is a part. */
#define VERSION_LINE "mainmode %s, compatible with Cisco IOS Software, Version 15.2(1)T"

struct show_version {
	const char *program_version; /* of mainmode */
	const char *hostname;
	uint64_t uptime_s;
	struct timespec now;       /* wall clock */
	const char *image;         /* path of the program, "" when not known */
	time_t built;              /* when the program file was made, 0 when not known */
	const char *kernel;        /* "Linux 6.1.0-13-amd64" */
	const char *machine;       /* "x86_64" */
	uint64_t memory_kb;        /* of the machine */
	const char *identity;      /* stands in place of the first line; NULL: none */
	const char *reload_reason; /* "" when the process was started */
	const char *serial;
	struct zone zone;
	unsigned terminal_lines; /* virtual ones */
	unsigned config_register, next_register;
	unsigned ports[IF_TUNNEL + 1]; /* physical interfaces by type */
};

void print_version(struct session *s, const struct show_version *v);

/* Where the syslog goes. */
struct show_trap {
	struct syslog_count hosts[SYSLOG_HOSTS];
	size_t count;
	char source[SYSTEM_NAME_SIZE]; /* interface, or "" */
};

/* messages: `count` texts, oldest first. */
void print_logging(struct session *s, const struct log_settings *set, const struct log_counts *counts,
		   const struct show_trap *trap, char *const *messages, size_t count);

/* kinds: as router_debug(). Prints nothing when it is 0. */
void print_debugging(struct session *s, unsigned kinds);
/* "Crypto ISAKMP debugging is on" for each bit of kinds, each behind `indent`. */
void print_debug_state(struct session *s, unsigned kinds, const char *indent, bool on);

#endif
