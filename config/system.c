/* Hosts, aliases and the rest of the system's configuration: made and freed. */
#include "config/system.h"

#include "config/moved.h"

#include <stdio.h>
#include <stdlib.h>

void config_system_init(struct config_system *y)
{
	TAILQ_INIT(&y->hosts);
	config_kept_init(&y->archive.kept);
	TAILQ_INIT(&y->domains);
	TAILQ_INIT(&y->aliases);
	TAILQ_INIT(&y->log_hosts);
	snprintf(y->log_facility, sizeof(y->log_facility), "local7");
	y->archive.maximum = ARCHIVE_MAXIMUM_DEFAULT;
	y->config_register = CONFIG_REGISTER;
}

void config_system_moved(struct config_system *y)
{
	LIST_MOVED(&y->hosts);
	LIST_MOVED(&y->domains);
	LIST_MOVED(&y->aliases);
	LIST_MOVED(&y->log_hosts);
	LIST_MOVED(&y->archive.kept);
}

void config_system_free(struct config_system *y)
{
	struct host_entry *h;
	struct alias *a;
	struct log_host *l;
	struct domain *d;

	while ((h = TAILQ_FIRST(&y->hosts))) {
		TAILQ_REMOVE(&y->hosts, h, link);
		free(h);
	}
	while ((d = TAILQ_FIRST(&y->domains))) {
		TAILQ_REMOVE(&y->domains, d, link);
		free(d);
	}
	while ((a = TAILQ_FIRST(&y->aliases))) {
		TAILQ_REMOVE(&y->aliases, a, link);
		free(a->line);
		free(a);
	}
	while ((l = TAILQ_FIRST(&y->log_hosts))) {
		TAILQ_REMOVE(&y->log_hosts, l, link);
		free(l);
	}
	config_kept_clear(&y->archive.kept);
	free(y->summer_time);
}
