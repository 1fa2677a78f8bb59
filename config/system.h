/* What a configuration says of the system itself: names of hosts, aliases, the archive, where the log goes, the clock. */
#ifndef CONFIG_SYSTEM_H
#define CONFIG_SYSTEM_H

#include "base/addr.h"
#include "base/log.h"
#include "config/kept.h"

#include <stdbool.h>
#include <sys/queue.h>

#define SYSTEM_NAME_SIZE 64
#define SYSTEM_TEXT_SIZE 241

#define HOST_ADDRESSES 8

/* `ip host N A...`, `ipv6 host N A...` */
#define CONFIG_REGISTER 0x2102 /* boots with the startup-config */

struct host_entry {
	TAILQ_ENTRY(host_entry) link;
	char name[SYSTEM_TEXT_SIZE];
	struct ip_addr addresses[HOST_ADDRESSES];
	unsigned count;
};

/* `ip domain list N` */
struct domain {
	TAILQ_ENTRY(domain) link;
	char name[SYSTEM_TEXT_SIZE];
};

/* `alias exec N LINE` */
struct alias {
	TAILQ_ENTRY(alias) link;
	char mode[SYSTEM_NAME_SIZE]; /* "exec", "configure", "interface": IOS's word */
	char name[SYSTEM_NAME_SIZE];
	char *line;
};

/* `logging host A` */
struct log_host {
	TAILQ_ENTRY(log_host) link;
	struct ip_addr address; /* family 0: by name */
	char name[SYSTEM_TEXT_SIZE];
	bool tcp;
	unsigned port; /* 0: the transport's own */
};

#define NAME_SERVERS            6
#define ARCHIVE_MAXIMUM_DEFAULT 10

struct archive_config {
	bool configured;
	char path[SYSTEM_TEXT_SIZE]; /* "flash:backup", or "" */
	unsigned maximum;            /* 1..14 */
	unsigned time_period_min;    /* 0: none */
	bool write_memory;
	bool log_enable, log_hidekeys, log_notify_syslog; /* `log config` */
	unsigned log_size;                                /* 0: the default */
	struct kept_list kept;                            /* lines of `archive` that are not implemented */
};

struct config_system {
	TAILQ_HEAD(, host_entry) hosts;
	struct ip_addr name_servers[NAME_SERVERS];
	unsigned name_server_count;
	TAILQ_HEAD(, domain) domains;
	TAILQ_HEAD(, alias) aliases; /* those of the user; IOS's own are in shell/ */
	TAILQ_HEAD(, log_host) log_hosts;
	char log_facility[16]; /* default "local7" */
	char log_source[64];   /* `logging source-interface`, or "" */
	struct archive_config archive;
	char *summer_time;      /* `clock summer-time ...`, the line behind it, or NULL; as data in logging.zone */
	bool file_prompt_quiet; /* `file prompt quiet` */
	char key_export[SYSTEM_TEXT_SIZE]; /* `crypto export wireshark`: "flash:R2", or "" */
	bool file_prompt_noisy;            /* `file prompt noisy`; it asks what `alert` asks */
	unsigned config_register;          /* default CONFIG_REGISTER */
};

void config_system_init(struct config_system *y);
void config_system_free(struct config_system *y);
void config_system_moved(struct config_system *y); /* the struct is where another was: config_swap() */

#endif
