/*
 * What counts logins: their log lines, the watch for attacks (`login block-for`) and the quiet mode that follows. Its lock
 * is a leaf but for the log's. While the router is quiet a thread waits for the end, to say so.
 */
#include "shell/aaa_int.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define DELAY_DEFAULT_S 1
#define ACL_OF_QUIET    "sl_def_acl" /* IOS's name for `nobody` */

struct aaa {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on CLOCK_MONOTONIC */
	bool stopping;
	uint64_t (*now_ms)(void *ctx);
	void *clock_ctx;

	struct aaa_counts counts;                       /* but for its times */
	uint64_t window_ms;                             /* when it began */
	uint64_t quiet_ends_ms;                         /* 0: not quiet */
	unsigned unlogged_failures, unlogged_successes; /* since the last that was logged */
	pthread_t thread;                               /* waits for the end of the quiet mode */
	bool thread_runs;
	struct logger *log;
};

/* What of the configuration it goes by, copied with the control lock. */
struct rules {
	unsigned block_s, attempts, within_s, delay_s;
	unsigned failures_every, successes_every;
	char quiet_list[ACCESS_NAME_SIZE];
};

static struct rules rules_of(struct shell *sh)
{
	const struct config_access *a = &sh->config->access;
	struct rules r;

	shell_lock(sh);
	r = (struct rules){ .block_s = a->block_s,
			    .attempts = a->block_attempts,
			    .within_s = a->block_within_s,
			    .delay_s = a->login_delay_s ? a->login_delay_s : DELAY_DEFAULT_S,
			    .failures_every = a->log_failures_every,
			    .successes_every = a->log_successes_every };
	snprintf(r.quiet_list, sizeof(r.quiet_list), "%s", a->quiet_list);
	shell_unlock(sh);
	return r;
}

/* --- time ---- */

static uint64_t monotonic_ms(void *ctx)
{
	(void)ctx;
	return clock_ms();
}

static bool own_clock(const struct aaa *a)
{
	return a->now_ms != monotonic_ms;
}

const char *aaa_time_text(time_t at, char text[AAA_TIME_SIZE])
{
	char head[32] = "";
	struct tm tm = { 0 };

	if (gmtime_r(&at, &tm))
		strftime(head, sizeof(head), "%H:%M:%S UTC %a %b", &tm);
	snprintf(text, AAA_TIME_SIZE, "%s %d %d", head, tm.tm_mday, tm.tm_year + 1900);
	return text;
}

static struct timespec time_of(uint64_t ms)
{
	return (struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
}

/* Until then, or until aaa_stop(). With the lock. */
static void wait_until(struct aaa *a, uint64_t end_ms)
{
	struct timespec t = time_of(end_ms);

	while (!a->stopping && a->now_ms(a->clock_ctx) < end_ms)
		pthread_cond_timedwait(&a->changed, &a->lock, &t);
}

void aaa_delay(struct shell *sh)
{
	struct aaa *a = sh->aaa;
	unsigned seconds;

	if (!a || own_clock(a))
		return;
	seconds = rules_of(sh).delay_s;
	pthread_mutex_lock(&a->lock);
	wait_until(a, a->now_ms(a->clock_ctx) + seconds * UINT64_C(1000));
	pthread_mutex_unlock(&a->lock);
}

/* --- the quiet mode; with the lock ---- */

static void end_quiet(struct aaa *a, const char *why)
{
	char at[AAA_TIME_SIZE];

	if (!a->quiet_ends_ms)
		return;
	a->quiet_ends_ms = 0;
	a->counts.in_window = 0;
	if (a->log)
		log_syslog(a->log, LOG_SEV_NOTIFICATIONS, "SEC_LOGIN", "QUIET_MODE_OFF",
			   "Quiet Mode is OFF, because %s at %s", why, aaa_time_text(time(NULL), at));
}

static void expire(struct aaa *a)
{
	if (a->quiet_ends_ms && a->now_ms(a->clock_ctx) >= a->quiet_ends_ms)
		end_quiet(a, "block period timed out");
}

static void *quiet_thread(void *arg)
{
	struct aaa *a = arg;

	prctl(PR_SET_NAME, "Login Handler"); /* as `show processes cpu` has it */
	pthread_mutex_lock(&a->lock);
	while (!a->stopping) {
		struct timespec t = time_of(a->quiet_ends_ms);

		if (a->quiet_ends_ms)
			pthread_cond_timedwait(&a->changed, &a->lock, &t);
		else
			pthread_cond_wait(&a->changed, &a->lock);
		expire(a);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* One thread for all quiet modes, from the first one on. */
static void watch_end(struct aaa *a)
{
	if (!a->thread_runs && !own_clock(a) && !a->stopping)
		a->thread_runs = pthread_create(&a->thread, NULL, quiet_thread, a) == 0;
	pthread_cond_broadcast(&a->changed);
}

static void begin_quiet(struct aaa *a, const struct rules *r, const char *who, uint64_t now, const char *at)
{
	uint64_t left_s = r->within_s - (now - a->window_ms) / 1000;

	a->quiet_ends_ms = now + r->block_s * UINT64_C(1000);
	if (a->log)
		log_syslog(a->log, LOG_SEV_ALERTS, "SEC_LOGIN", "QUIET_MODE_ON",
			   "Still timeleft for watching failures is %u secs, %s [Reason: Login Authentication Failed] "
			   "[ACL: %s] at %s",
			   (unsigned)left_s, who, r->quiet_list[0] ? r->quiet_list : ACL_OF_QUIET, at);
	watch_end(a);
}

/* --- counting; with the lock ---- */

/* The same name from the same place is one line of `show login failures`. */
static void remember(struct aaa *a, const char *user, const struct ip_addr *from, unsigned port)
{
	struct aaa_counts *c = &a->counts;
	struct aaa_failure f = { .from = *from, .port = port };
	unsigned i;

	snprintf(f.user, sizeof(f.user), "%s", user);
	for (i = 0; i < c->failure_count; i++)
		if (!strcmp(c->failures[i].user, f.user) && c->failures[i].port == port &&
		    ip_equal(&c->failures[i].from, from))
			break;
	if (i < c->failure_count) {
		f.count = c->failures[i].count;
	} else if (c->failure_count < AAA_FAILURES) {
		c->failure_count++;
	} else {
		i = 0;
	}
	/* the last one is the one that happened last */
	memmove(&c->failures[i], &c->failures[i + 1], (c->failure_count - 1 - i) * sizeof(f));
	f.count++;
	f.at = time(NULL);
	c->failures[c->failure_count - 1] = f;
}

static void count_failure(struct aaa *a, const struct rules *r, const char *who, const char *at)
{
	uint64_t now = a->now_ms(a->clock_ctx);

	a->counts.total++;
	if (!r->block_s || a->quiet_ends_ms)
		return;
	if (!a->counts.in_window || now - a->window_ms > r->within_s * UINT64_C(1000)) {
		a->window_ms = now;
		a->counts.in_window = 0;
	}
	if (++a->counts.in_window >= r->attempts)
		begin_quiet(a, r, who, now, at);
}

/* What a user types may hold anything; a log line holds what can be printed. */
static void printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/* Is this the one of `every` that is logged? */
static bool due(unsigned every, unsigned *unlogged)
{
	if (!every || ++*unlogged < every)
		return false;
	*unlogged = 0;
	return true;
}

void aaa_note(struct shell *sh, bool success, const char *user, const struct ip_addr *from, unsigned port)
{
	static const struct ip_addr nowhere = { .family = 4 };
	struct aaa *a = sh->aaa;
	char at[AAA_TIME_SIZE], source[IP_TEXT_SIZE], who[160], name[ACCESS_NAME_SIZE];
	struct rules r;

	if (!a)
		return;
	r = rules_of(sh);
	snprintf(name, sizeof(name), "%s", user ? user : "");
	printable(name);
	aaa_time_text(time(NULL), at);
	snprintf(who, sizeof(who), "[user: %s] [Source: %s] [localport: %u]", name,
		 ip_text(from->family ? from : &nowhere, source), port);
	pthread_mutex_lock(&a->lock);
	a->log = sh->log;
	expire(a);
	if (success && due(r.successes_every, &a->unlogged_successes) && sh->log)
		log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SEC_LOGIN", "LOGIN_SUCCESS", "Login Success %s at %s", who,
			   at);
	if (!success && due(r.failures_every, &a->unlogged_failures) && sh->log)
		log_syslog(sh->log, LOG_SEV_WARNINGS, "SEC_LOGIN", "LOGIN_FAILED",
			   "Login failed %s [Reason: Login Authentication Failed] at %s", who, at);
	if (!success) {
		remember(a, name, from->family ? from : &nowhere, port);
		if (from->family) /* nobody is locked out by what happens at the console */
			count_failure(a, &r, who, at);
	}
	pthread_mutex_unlock(&a->lock);
}

bool aaa_blocked(struct shell *sh, const struct ip_addr *from)
{
	struct aaa *a = sh->aaa;
	bool quiet, let_in = false;
	const char *list;

	if (!a || !from->family)
		return false;
	pthread_mutex_lock(&a->lock);
	expire(a);
	quiet = a->quiet_ends_ms != 0;
	pthread_mutex_unlock(&a->lock);
	if (!quiet)
		return false;
	shell_lock(sh);
	list = sh->config->access.quiet_list;
	if (list[0])
		let_in = acl_permits(sh->config, from->family == 6, list, from);
	shell_unlock(sh);
	return !let_in;
}

void aaa_forget(struct aaa *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	end_quiet(a, "login block-for is not configured");
	a->counts.in_window = 0;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void aaa_count(struct aaa *a, struct aaa_counts *out)
{
	uint64_t now;

	pthread_mutex_lock(&a->lock);
	expire(a);
	now = a->now_ms(a->clock_ctx);
	*out = a->counts;
	out->window_age_s = a->counts.in_window ? (unsigned)((now - a->window_ms) / 1000) : 0;
	out->quiet_left_s = a->quiet_ends_ms ? (unsigned)((a->quiet_ends_ms - now + 999) / 1000) : 0;
	pthread_mutex_unlock(&a->lock);
}

/* --- life ---- */

struct aaa *aaa_new(void)
{
	struct aaa *a = calloc(1, sizeof(*a));
	pthread_condattr_t attr;

	if (!a)
		return NULL;
	a->now_ms = monotonic_ms;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->changed, &attr);
	pthread_condattr_destroy(&attr);
	return a;
}

void aaa_set_clock(struct aaa *a, uint64_t (*now_ms)(void *ctx), void *ctx)
{
	a->now_ms = now_ms;
	a->clock_ctx = ctx;
}

void aaa_stop(struct aaa *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stopping = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void aaa_free(struct aaa *a)
{
	if (!a)
		return;
	aaa_stop(a);
	if (a->thread_runs)
		pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
