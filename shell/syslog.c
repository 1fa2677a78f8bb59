#define _GNU_SOURCE
#include "shell/syslog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct host {
	struct syslog_count count;
	struct ip_addr source; /* family 0: the kernel's choice */
	int fd;                /* -1: it could not be opened */
};

struct syslog {
	pthread_mutex_t lock;
	struct logger *log;
	struct host hosts[SYSLOG_HOSTS];
	size_t host_count;
	int facility;
};

const struct cmd_choice syslog_facilities[] = {
	{ "auth", "Authorization system", 4 },
	{ "cron", "Cron/at facility", 9 },
	{ "daemon", "System daemons", 3 },
	{ "kern", "Kernel", 0 },
	{ "local0", "Local use", 16 },
	{ "local1", "Local use", 17 },
	{ "local2", "Local use", 18 },
	{ "local3", "Local use", 19 },
	{ "local4", "Local use", 20 },
	{ "local5", "Local use", 21 },
	{ "local6", "Local use", 22 },
	{ "local7", "Local use", 23 },
	{ "lpr", "Line printer system", 6 },
	{ "mail", "Mail system", 2 },
	{ "news", "USENET news", 7 },
	{ "sys10", "System use", 10 },
	{ "sys11", "System use", 11 },
	{ "sys12", "System use", 12 },
	{ "sys13", "System use", 13 },
	{ "sys14", "System use", 14 },
	{ "sys9", "System use", 9 },
	{ "syslog", "Syslog itself", 5 },
	{ "user", "User process", 1 },
	{ "uucp", "Unix-to-Unix copy system", 8 },
	{ 0 },
};

static int facility_of(const char *name)
{
	for (const struct cmd_choice *c = syslog_facilities; c->keyword; c++)
		if (!strcmp(c->keyword, name))
			return c->value;
	return -1;
}

/* --- sending ---- */

/* One line is one datagram. */
static void send_line(struct host *h, int priority, unsigned number, const char *line, size_t octets)
{
	char text[1100];
	int n = snprintf(text, sizeof(text), "<%d>%u: %.*s", priority, number, (int)(octets < 1024 ? octets : 1024),
			 line);

	if (n > 0 && h->fd >= 0 && send(h->fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n)
		h->count.sent++;
	else
		h->count.dropped++;
}

static void take_message(void *ctx, enum log_severity sev, unsigned number, const char *text)
{
	struct syslog *y = ctx;

	pthread_mutex_lock(&y->lock);
	for (size_t i = 0; i < y->host_count; i++)
		for (const char *p = text, *nl; *p; p = nl + (*nl == '\n')) {
			nl = strchrnul(p, '\n');
			send_line(&y->hosts[i], y->facility * 8 + (int)sev, number, p, (size_t)(nl - p));
		}
	pthread_mutex_unlock(&y->lock);
}

/* --- following the configuration ---- */

static int open_socket(const struct host *h)
{
	int fd =
		socket(h->count.address.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage ss;
	socklen_t size;

	if (fd < 0)
		return -1;
	size = ip_to_sockaddr(&h->source, 0, 0, &ss);
	if (h->source.family && bind(fd, (struct sockaddr *)&ss, size) < 0)
		goto out;
	size = ip_to_sockaddr(&h->count.address, (uint16_t)h->count.port, 0, &ss);
	if (connect(fd, (struct sockaddr *)&ss, size) == 0)
		return fd;
out:
	close(fd);
	return -1;
}

/* The address of `logging source-interface` in the host's family. */
static struct ip_addr source_of(struct config *c, unsigned family)
{
	const struct interface *i = c->system.log_source[0] ? config_interface_find(c, c->system.log_source) : NULL;
	struct ip_addr none = { 0 };

	if (i && family == 4 && i->ip_count)
		return i->ip[0].prefix.addr;
	if (i && family == 6 && i->ipv6_count)
		return i->ipv6[0].prefix.addr;
	return none;
}

static struct ip_addr address_of(const struct config *c, const struct log_host *l)
{
	const struct host_entry *h;
	struct ip_addr none = { 0 };

	if (l->address.family)
		return l->address;
	TAILQ_FOREACH (h, &c->system.hosts, link)
		if (h->count && !strcasecmp(h->name, l->name))
			return h->addresses[0];
	return none;
}

static void keep_or_open(struct syslog *y, struct host *h, struct host *old, size_t old_count)
{
	for (size_t i = 0; i < old_count; i++)
		if (ip_equal(&old[i].count.address, &h->count.address) && old[i].count.port == h->count.port) {
			h->count = old[i].count;
			if (ip_equal(&old[i].source, &h->source) && old[i].fd >= 0) {
				h->fd = old[i].fd;
				old[i].fd = -1;
			}
		}
	if (h->fd < 0)
		h->fd = open_socket(h);
	h->count.up = h->fd >= 0;
	y->hosts[y->host_count++] = *h;
}

void syslog_configure(struct syslog *y, struct config *c)
{
	struct host old[SYSLOG_HOSTS];
	size_t old_count;
	const struct log_host *l;

	pthread_mutex_lock(&y->lock);
	old_count = y->host_count;
	memcpy(old, y->hosts, sizeof(old));
	y->host_count = 0;
	y->facility = facility_of(c->system.log_facility);
	TAILQ_FOREACH (l, &c->system.log_hosts, link) {
		struct host h = { .count = { .address = address_of(c, l), .port = l->port ? l->port : SYSLOG_PORT },
				  .fd = -1 };

		h.source = source_of(c, h.count.address.family);
		if (h.count.address.family && y->host_count < SYSLOG_HOSTS)
			keep_or_open(y, &h, old, old_count);
	}
	for (size_t i = 0; i < old_count; i++)
		if (old[i].fd >= 0)
			close(old[i].fd);
	pthread_mutex_unlock(&y->lock);
}

size_t syslog_counts(struct syslog *y, struct syslog_count out[SYSLOG_HOSTS])
{
	size_t count;

	pthread_mutex_lock(&y->lock);
	count = y->host_count;
	for (size_t i = 0; i < count; i++)
		out[i] = y->hosts[i].count;
	pthread_mutex_unlock(&y->lock);
	return count;
}

struct syslog *syslog_new(struct logger *log)
{
	struct syslog *y = calloc(1, sizeof(*y));

	if (!y)
		return NULL;
	y->log = log;
	y->facility = facility_of("local7");
	pthread_mutex_init(&y->lock, NULL);
	logger_set_trap(log, take_message, y);
	return y;
}

void syslog_free(struct syslog *y)
{
	if (!y)
		return;
	logger_set_trap(y->log, NULL, NULL);
	for (size_t i = 0; i < y->host_count; i++)
		if (y->hosts[i].fd >= 0)
			close(y->hosts[i].fd);
	pthread_mutex_destroy(&y->lock);
	free(y);
}
