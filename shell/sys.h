/*
 * What runs beside the sessions: the scheduled reload, the archive's timer, the samples of the processor's load, the
 * syslog servers, the log of typed configuration (sh->cfglog). One thread that wakes once a second; nothing it waits for holds the
 * control lock.
 */
#ifndef SHELL_SYS_H
#define SHELL_SYS_H

#include "shell/cfglog.h"
#include "shell/cpu.h"
#include "shell/session.h"
#include "shell/syslog.h"

#define SYS_REASON_SIZE 128

struct sys;

/* NULL when out of memory or threads. sys_free before the shell's other parts go. */
struct sys *sys_new(struct shell *sh);
void sys_free(struct sys *y);
/* The running-config was changed; with the control lock. */
void sys_configure(struct sys *y);

struct cpu *sys_cpu(struct sys *y);
struct syslog *sys_syslog(struct sys *y);

/* --- reload in, reload at ---- */

struct sys_reload {
	bool scheduled;
	uint64_t in_s;      /* from now */
	struct timespec at; /* the router's clock */
	char reason[SYS_REASON_SIZE], by[32];
};

/* Replaces the one there is. by: the line it was typed at. It happens whether that session lives or not. */
void sys_reload_in(struct sys *y, uint64_t seconds, const char *reason, const char *by);
bool sys_reload_cancel(struct sys *y); /* false: none was scheduled */
void sys_reload_get(struct sys *y, struct sys_reload *out);

/* The serial number of this state directory, made when it is first asked for. */
const char *sys_serial(struct sys *y);
/* The configuration register as it was when the router started. */
unsigned sys_register(const struct sys *y);

#endif
