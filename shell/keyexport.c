#include "shell/keyexport.h"

#include "base/wipe.h"
#include "shell/thread.h"
#include "shell/uat.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both directions of the SAs of every tunnel that there may be, at once. */
#define QUEUE_MAX 16384

struct line {
	STAILQ_ENTRY(line) link;
	enum keyexport_table table;
	char text[UAT_LINE_SIZE];
};
STAILQ_HEAD(queue, line);

struct keyexport {
	struct shell *shell;
	pthread_t thread;
	bool started;
	bool told_failure[KEYEXPORT_TABLES]; /* the thread's */
	char told[SYSTEM_TEXT_SIZE];         /* of which prefix */
	pthread_mutex_t lock;                /* of what is below; nothing else is locked with it held */
	pthread_cond_t wake;
	bool stop;
	char prefix[SYSTEM_TEXT_SIZE]; /* "": off */
	struct queue queue;
	size_t queued;
};

/* --- the thread ---- */

static int write_lines(struct shell *sh, const struct fs_url *url, const char *const *lines, size_t count)
{
	char *old = NULL, *text;
	size_t octets = 0, total;
	int rc = fs_read(sh, url, &old, &octets);

	if (rc && rc != -ENOENT)
		return rc;
	text = keyexport_merge(old ? old : "", lines, count, &total);
	if (old)
		wipe(old, octets);
	free(old);
	if (!text)
		return -ENOMEM;
	rc = fs_write(sh, url, text, total);
	wipe(text, total);
	free(text);
	return rc;
}

static void write_table(struct keyexport *k, const char *prefix, enum keyexport_table t, const struct queue *batch,
			const char **lines)
{
	char name[FS_URL_SIZE + 16];
	const struct line *l;
	struct fs_url url;
	size_t count = 0;
	int rc;

	STAILQ_FOREACH (l, batch, link)
		if (l->table == t)
			lines[count++] = l->text;
	if (!count || !keyexport_file(prefix, t, &url))
		return;
	rc = write_lines(k->shell, &url, lines, count);
	fs_text_plain(&url, name, sizeof(name));
	if (rc && !k->told_failure[t])
		log_syslog(k->shell->log, LOG_SEV_ERRORS, "CRYPTO", "KEY_EXPORT_FAILED",
			   "Keys cannot be written to %s (%s)", name, fs_error(rc));
	k->told_failure[t] = rc != 0;
}

static void drop(struct queue *q)
{
	struct line *l;

	while ((l = STAILQ_FIRST(q))) {
		STAILQ_REMOVE_HEAD(q, link);
		wipe(l, sizeof(*l));
		free(l);
	}
}

static void write_batch(struct keyexport *k, const char *prefix, const struct queue *batch, size_t count)
{
	const char **lines = calloc(count, sizeof(*lines));

	if (!lines)
		return;
	if (strcmp(prefix, k->told) != 0)
		memset(k->told_failure, 0, sizeof(k->told_failure));
	snprintf(k->told, sizeof(k->told), "%s", prefix);
	for (enum keyexport_table t = 0; t < KEYEXPORT_TABLES; t++)
		write_table(k, prefix, t, batch, lines);
	free(lines);
}

static void *run(void *ctx)
{
	struct keyexport *k = ctx;
	bool stop = false;

	thread_of_user("Key Export");
	while (!stop) {
		struct queue batch = STAILQ_HEAD_INITIALIZER(batch);
		char prefix[SYSTEM_TEXT_SIZE];
		size_t count;

		pthread_mutex_lock(&k->lock);
		while (!k->stop && !k->queued)
			pthread_cond_wait(&k->wake, &k->lock);
		STAILQ_CONCAT(&batch, &k->queue);
		count = k->queued;
		k->queued = 0;
		memcpy(prefix, k->prefix, sizeof(prefix));
		stop = k->stop;
		pthread_mutex_unlock(&k->lock);
		if (count)
			write_batch(k, prefix, &batch, count);
		drop(&batch);
	}
	return NULL;
}

/* --- what the router hands over ---- */

static struct line *new_line(enum keyexport_table t)
{
	struct line *l = malloc(sizeof(*l));

	if (l)
		l->table = t;
	return l;
}

static void give(struct keyexport *k, struct line *l)
{
	pthread_mutex_lock(&k->lock);
	if (k->queued < QUEUE_MAX) {
		STAILQ_INSERT_TAIL(&k->queue, l, link);
		k->queued++;
		l = NULL;
	}
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	if (l)
		wipe(l, sizeof(*l));
	free(l);
}

static void take_esp(void *ctx, const struct esp_sa *sa)
{
	struct line *l = new_line(KEYEXPORT_ESP);

	if (l && uat_esp(sa, l->text))
		give(ctx, l);
	else
		free(l);
}

static void take_ike(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets)
{
	struct line *l = new_line(KEYEXPORT_IKE);

	if (l && uat_ikev1(icookie, key, octets, l->text))
		give(ctx, l);
	else
		free(l);
}

/* --- following the configuration ---- */

static void names(const char *prefix, char esp[FS_URL_SIZE + 16], char ike[FS_URL_SIZE + 16])
{
	struct fs_url url = { 0 };

	keyexport_file(prefix, KEYEXPORT_ESP, &url);
	fs_text_plain(&url, esp, FS_URL_SIZE + 16);
	keyexport_file(prefix, KEYEXPORT_IKE, &url);
	fs_text_plain(&url, ike, FS_URL_SIZE + 16);
}

static void tell(struct keyexport *k, const char *before, const char *now)
{
	char esp[FS_URL_SIZE + 16], ike[FS_URL_SIZE + 16];

	if (*before) {
		names(before, esp, ike);
		log_syslog(k->shell->log, LOG_SEV_WARNINGS, "CRYPTO", "KEY_EXPORT_OFF",
			   "No more keys are written; those in %s and %s are still there", esp, ike);
	}
	if (*now) {
		names(now, esp, ike);
		log_syslog(k->shell->log, LOG_SEV_WARNINGS, "CRYPTO", "KEY_EXPORT",
			   "The keys of all tunnels are written to %s and %s: who has them reads the traffic", esp,
			   ike);
	}
}

void keyexport_configure(struct keyexport *k)
{
	const char *wanted = k->shell->config->system.key_export;
	struct queue old = STAILQ_HEAD_INITIALIZER(old);
	char before[SYSTEM_TEXT_SIZE];
	int rc = 0;

	if (!strcmp(wanted, k->prefix))
		return;
	router_set_key_sink(k->shell->router, NULL);
	pthread_mutex_lock(&k->lock);
	STAILQ_CONCAT(&old, &k->queue);
	k->queued = 0;
	memcpy(before, k->prefix, sizeof(before));
	snprintf(k->prefix, sizeof(k->prefix), "%s", wanted);
	pthread_mutex_unlock(&k->lock);
	drop(&old);
	if (*wanted && !k->started && (rc = pthread_create(&k->thread, NULL, run, k)))
		log_syslog(k->shell->log, LOG_SEV_ERRORS, "CRYPTO", "KEY_EXPORT_FAILED", "Keys cannot be written (%s)",
			   fs_error(rc));
	k->started |= *wanted && !rc;
	tell(k, before, k->started ? wanted : "");
	if (*wanted && k->started)
		router_set_key_sink(k->shell->router, &(struct router_key_sink){ k, take_ike, take_esp });
}

struct keyexport *keyexport_new(struct shell *sh)
{
	struct keyexport *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->shell = sh;
	STAILQ_INIT(&k->queue);
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->wake, NULL);
	return k;
}

void keyexport_free(struct keyexport *k)
{
	if (!k)
		return;
	shell_lock(k->shell);
	router_set_key_sink(k->shell->router, NULL);
	shell_unlock(k->shell);
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	if (k->started)
		pthread_join(k->thread, NULL);
	drop(&k->queue);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
