/* `mainmode boot`: one router from start to end, again after each reload. */
#ifndef SHELL_BOOT_H
#define SHELL_BOOT_H

#include "router/router.h"

#include <stdbool.h>
#include <stddef.h>

#define BOOT_PORTS 32

struct boot_options {
	const char *startup_config; /* NULL: STATE-DIR/startup-config */
	const char *state_dir;
	const char *identity; /* the first line of `show version`; NULL: the program's own */
	bool daemonize;
	bool no_seccomp; /* threads may make any system call (base/sandbox.h) */
	bool core_dumps; /* as privilege has it */
	enum router_transport transport;
	struct router_port ports[BOOT_PORTS];
	size_t port_count;
	unsigned workers; /* as router_options has them */
};

/* The process's exit code: 0 when the router was stopped, 2 when it could not start (one line on stderr says why). */
int boot_run(const struct boot_options *o);

#endif
