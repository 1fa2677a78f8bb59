#include "shell/archive.h"

#include "base/wipe.h"
#include "shell/running.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* `path`, with $h as the hostname; $t makes no difference, the time is always there. */
static bool prefix_of(const struct config *c, char out[FS_URL_SIZE])
{
	size_t n = 0;

	for (const char *p = c->system.archive.path; *p && n + CONFIG_NAME_SIZE < FS_URL_SIZE; p++) {
		bool variable = p[0] == '$' && strchr("hHtT", p[1]) && p[1];

		if (!variable)
			out[n++] = *p;
		else if (*++p == 'h' || *p == 'H')
			n += (size_t)snprintf(out + n, FS_URL_SIZE - n, "%s", c->hostname);
	}
	out[n] = '\0';
	return n;
}

struct search {
	struct archive_list *list;
	const char *prefix; /* as configured, with its file system */
	const char *name;   /* its last part */
};

/* PREFIX-Mon-dd-hh-mm-ss.mmm-N */
static bool is_archive(const char *name, const char *prefix, unsigned long *number)
{
	size_t n = strlen(prefix);
	const char *dash = strrchr(name, '-');
	char *end;

	if (strncmp(name, prefix, n) != 0 || name[n] != '-' || !dash || dash <= name + n ||
	    !isdigit((unsigned char)dash[1]))
		return false;
	*number = strtoul(dash + 1, &end, 10);
	return !*end && strspn(name + n, "-.0123456789ADFJMNOSabceglnoprtuvy") == strlen(name + n);
}

static void take_entry(void *ctx, const struct fs_entry *e)
{
	struct search *s = ctx;
	struct archive_list *l = s->list;
	unsigned long number;
	int n;

	if (e->folder || !is_archive(e->name, s->name, &number))
		return;
	if (number >= l->next_number)
		l->next_number = number + 1;
	if (l->count == ARCHIVE_FILES)
		return;
	n = snprintf(l->files[l->count].name, FS_URL_SIZE, "%.*s%s", (int)(s->name - s->prefix), s->prefix, e->name);
	if (n < 0 || n >= FS_URL_SIZE)
		return;
	l->files[l->count++].number = number;
}

static int by_number(const void *a, const void *b)
{
	unsigned long x = ((const struct archive_file *)a)->number, y = ((const struct archive_file *)b)->number;

	return x < y ? -1 : x > y;
}

void archive_list(struct shell *sh, struct archive_list *out)
{
	char prefix[FS_URL_SIZE];
	struct search s = { .list = out, .prefix = prefix };
	struct fs_url url;
	char *slash, *colon;

	*out = (struct archive_list){ 0 };
	shell_lock(sh);
	out->enabled = prefix_of(sh->config, prefix);
	out->maximum = sh->config->system.archive.maximum;
	shell_unlock(sh);
	if (!out->enabled)
		return;
	slash = strrchr(prefix, '/');
	colon = strchr(prefix, ':');
	s.name = slash ? slash + 1 : colon ? colon + 1 : prefix;
	if (fs_parse(prefix, &url)) {
		slash = strrchr(url.path, '/');
		*(slash ? slash : url.path) = '\0';
		fs_each(sh, &url, take_entry, &s);
	}
	qsort(out->files, out->count, sizeof(out->files[0]), by_number);
	snprintf(out->next, sizeof(out->next), "%.*s-<timestamp>-%lu", FS_URL_SIZE - 40, prefix, out->next_number);
}

static void new_name(struct shell *sh, const struct archive_list *l, char out[FS_URL_SIZE])
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct timespec now;
	struct zone zone;
	struct tm tm;

	shell_lock(sh);
	zone = sh->config->logging.zone;
	shell_unlock(sh);
	if (sh->log)
		logger_now(sh->log, &now);
	else
		clock_gettime(CLOCK_REALTIME, &now);
	zone_local(&zone, now.tv_sec, &tm, NULL);
	snprintf(out, FS_URL_SIZE, "%.*s-%s-%02d-%02d-%02d-%02d.%03ld-%lu",
		 (int)(strstr(l->next, "-<timestamp>") - l->next), l->next, months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000, l->next_number);
}

int archive_running(struct shell *sh)
{
	struct archive_list *l = malloc(sizeof(*l));
	char name[FS_URL_SIZE], *text = NULL;
	struct fs_url url;
	size_t octets = 0;
	int rc = -ENOMEM;

	if (!l)
		return -ENOMEM;
	archive_list(sh, l);
	if (l->enabled) {
		new_name(sh, l, name);
		shell_lock(sh);
		rc = running_text(sh, &text, &octets);
		shell_unlock(sh);
		if (!rc)
			rc = fs_parse(name, &url) ? fs_write(sh, &url, text, octets) : -EINVAL;
	} else {
		rc = -ENOENT;
	}
	for (unsigned i = 0; !rc && l->count + 1 > l->maximum + i; i++)
		if (i < l->count && fs_parse(l->files[i].name, &url))
			fs_remove(sh, &url);
	if (text)
		wipe(text, octets);
	free(text);
	free(l);
	return rc;
}
