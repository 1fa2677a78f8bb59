#define _GNU_SOURCE
#include "shell/sys.h"

#include "base/clock.h"
#include "base/locked.h"
#include "shell/archive.h"
#include "shell/state.h"

#include <errno.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sys {
	struct shell *shell;
	struct cpu *cpu;
	struct syslog *syslog;
	struct cfglog *cfglog;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below; nothing else is locked with it held */
	pthread_cond_t wake;
	bool started, stop;
	struct sys_reload reload;
	uint64_t reload_due_s; /* CLOCK_MONOTONIC */
	uint64_t archive_due_s;
	unsigned archive_period_min;
	bool told_full; /* the thread's */
	unsigned booted_register, register_now, register_saved;
	char serial[16];
};

/* --- what is done each second ---- */

static void check_reload(struct sys *y, uint64_t now)
{
	struct sys_reload r = { 0 };

	pthread_mutex_lock(&y->lock);
	if (y->reload.scheduled && now >= y->reload_due_s) {
		r = y->reload;
		y->reload.scheduled = false;
	}
	pthread_mutex_unlock(&y->lock);
	if (!r.scheduled)
		return;
	log_syslog(y->shell->log, LOG_SEV_NOTIFICATIONS, "SYS", "RELOAD", "Reload requested by %s. Reload Reason: %s.",
		   r.by, r.reason);
	snprintf(y->shell->reload_reason, sizeof(y->shell->reload_reason), "%s", r.reason);
	if (y->shell->request_reload)
		y->shell->request_reload(y->shell->main);
}

static void check_archive(struct sys *y, uint64_t now)
{
	bool due;

	pthread_mutex_lock(&y->lock);
	due = y->archive_period_min && now >= y->archive_due_s;
	if (due)
		y->archive_due_s = now + y->archive_period_min * 60u;
	pthread_mutex_unlock(&y->lock);
	if (due)
		archive_running(y->shell);
}

static void check_register(struct sys *y)
{
	char text[16];
	unsigned now;

	pthread_mutex_lock(&y->lock);
	now = y->register_now;
	pthread_mutex_unlock(&y->lock);
	if (now == y->register_saved)
		return;
	snprintf(text, sizeof(text), "0x%X\n", now);
	if (state_write(y->shell->state_dir, "config-register", text) == 0)
		y->register_saved = now;
}

static void check_locked(struct sys *y)
{
	if (y->told_full || !locked_was_full())
		return;
	y->told_full = true;
	log_syslog(y->shell->log, LOG_SEV_WARNINGS, "SYS", "LOCKFULL",
		   "The locked memory for keys is full: those that come now are in ordinary memory");
}

static void *run(void *ctx)
{
	struct sys *y = ctx;
	uint64_t sampled = clock_s();
	bool stop = false;

	pthread_setname_np(pthread_self(), "Per-Second Jobs");
	while (!stop) {
		struct timespec until;
		uint64_t now = clock_s();

		check_reload(y, now);
		check_archive(y, now);
		check_register(y);
		check_locked(y);
		locked_tick();
		if (now - sampled >= CPU_SAMPLE_S) {
			cpu_sample(y->cpu);
			sampled = now;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_mutex_lock(&y->lock);
		while (!y->stop && pthread_cond_timedwait(&y->wake, &y->lock, &until) != ETIMEDOUT)
			;
		stop = y->stop;
		pthread_mutex_unlock(&y->lock);
	}
	check_register(y);
	return NULL;
}

/* --- life ---- */

static void read_state(struct sys *y)
{
	char text[64];

	y->booted_register = CONFIG_REGISTER;
	if (state_read(y->shell->state_dir, "config-register", text, sizeof(text)) == 0)
		y->booted_register = (unsigned)strtoul(text, NULL, 16) & 0xffff;
	y->register_saved = y->register_now = y->booted_register;
	y->shell->config->system.config_register = y->booted_register;
	if (state_read(y->shell->state_dir, "serial", text, sizeof(text)) == 0 && strspn(text, "0123456789") >= 8) {
		snprintf(y->serial, sizeof(y->serial), "%.*s", (int)strspn(text, "0123456789"), text);
		return;
	}
	unsigned char octets[4];

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		memset(octets, 0x42, sizeof(octets));
	snprintf(y->serial, sizeof(y->serial), "%08u",
		 10000000u + ((unsigned)octets[0] << 16 | (unsigned)octets[1] << 8 | octets[2]) % 90000000u);
	snprintf(text, sizeof(text), "%s\n", y->serial);
	state_write(y->shell->state_dir, "serial", text);
}

struct sys *sys_new(struct shell *sh)
{
	struct sys *y = calloc(1, sizeof(*y));
	pthread_condattr_t attr;

	if (!y)
		return NULL;
	y->shell = sh;
	pthread_mutex_init(&y->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&y->wake, &attr);
	pthread_condattr_destroy(&attr);
	read_state(y);
	y->cpu = cpu_new();
	y->cfglog = cfglog_new();
	y->syslog = syslog_new(sh->log);
	sh->cfglog = y->cfglog;
	if (y->cpu && y->cfglog && y->syslog)
		y->started = pthread_create(&y->thread, NULL, run, y) == 0;
	if (!y->started) {
		sys_free(y);
		return NULL;
	}
	return y;
}

void sys_free(struct sys *y)
{
	if (!y)
		return;
	pthread_mutex_lock(&y->lock);
	y->stop = true;
	pthread_cond_signal(&y->wake);
	pthread_mutex_unlock(&y->lock);
	if (y->started)
		pthread_join(y->thread, NULL);
	y->shell->cfglog = NULL;
	syslog_free(y->syslog);
	cfglog_free(y->cfglog);
	cpu_free(y->cpu);
	pthread_cond_destroy(&y->wake);
	pthread_mutex_destroy(&y->lock);
	free(y);
}

void sys_configure(struct sys *y)
{
	struct config *c = y->shell->config;

	syslog_configure(y->syslog, c);
	pthread_mutex_lock(&y->lock);
	y->register_now = c->system.config_register;
	if (y->archive_period_min != c->system.archive.time_period_min) {
		y->archive_period_min = c->system.archive.time_period_min;
		y->archive_due_s = clock_s() + y->archive_period_min * 60u;
	}
	pthread_mutex_unlock(&y->lock);
}

/* --- parts ---- */

struct cpu *sys_cpu(struct sys *y)
{
	return y->cpu;
}

struct syslog *sys_syslog(struct sys *y)
{
	return y->syslog;
}

const char *sys_serial(struct sys *y)
{
	return y->serial;
}

unsigned sys_register(const struct sys *y)
{
	return y->booted_register;
}

/* --- the scheduled reload ---- */

void sys_reload_in(struct sys *y, uint64_t seconds, const char *reason, const char *by)
{
	struct sys_reload r = { .scheduled = true };

	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	snprintf(r.by, sizeof(r.by), "%s", by);
	logger_now(y->shell->log, &r.at);
	r.at.tv_sec += (time_t)seconds;
	pthread_mutex_lock(&y->lock);
	y->reload = r;
	y->reload_due_s = clock_s() + seconds;
	pthread_mutex_unlock(&y->lock);
}

bool sys_reload_cancel(struct sys *y)
{
	bool was;

	pthread_mutex_lock(&y->lock);
	was = y->reload.scheduled;
	y->reload.scheduled = false;
	pthread_mutex_unlock(&y->lock);
	return was;
}

void sys_reload_get(struct sys *y, struct sys_reload *out)
{
	uint64_t now = clock_s();

	pthread_mutex_lock(&y->lock);
	*out = y->reload;
	out->in_s = y->reload_due_s > now ? y->reload_due_s - now : 0;
	pthread_mutex_unlock(&y->lock);
}
