/*
 * Who may enter the router and how, as configured: users, enable passwords, AAA's lists, banners, SSH, `login`. Part of
 * struct config (config/model.h). Passwords are kept in the form that the running-config shows; who checks one is
 * shell/aaa.c, who makes and reads the forms is shell/password.c.
 */
#ifndef CONFIG_ACCESS_H
#define CONFIG_ACCESS_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define ACCESS_NAME_SIZE   64
#define ACCESS_SECRET_SIZE 260
#define ACCESS_LEVELS      16
#define ACCESS_METHODS     4

/* The number that stands before a password: 0 in clear, 7 hidden, the others hashes. */
enum password_type {
	PASSWORD_CLEAR = 0,
	PASSWORD_SHA256 = 4, /* read, never made */
	PASSWORD_MD5 = 5,    /* what `secret` makes on 15.2 */
	PASSWORD_HIDDEN = 7,
	PASSWORD_PBKDF2 = 8,
	PASSWORD_SCRYPT = 9,
};

struct password {
	bool set;
	bool secret; /* `secret`; else `password` */
	enum password_type type;
	char text[ACCESS_SECRET_SIZE]; /* what stands behind the type */
};

struct user {
	TAILQ_ENTRY(user) link;
	char name[ACCESS_NAME_SIZE];
	unsigned privilege; /* default 1 */
	bool nopassword;
	struct password password;
};

enum aaa_service {
	AAA_AUTHENTICATION_LOGIN,
	AAA_AUTHENTICATION_ENABLE,
	AAA_AUTHORIZATION_EXEC,
	AAA_AUTHORIZATION_COMMANDS
};
enum aaa_method { AAA_LOCAL, AAA_LOCAL_CASE, AAA_ENABLE, AAA_LINE, AAA_NONE, AAA_IF_AUTHENTICATED };

/* `aaa authentication login NAME METHOD...` and kin; the name "default" is every line's without one of its own. */
struct aaa_list {
	TAILQ_ENTRY(aaa_list) link;
	enum aaa_service service;
	unsigned level; /* of AAA_AUTHORIZATION_COMMANDS */
	char name[ACCESS_NAME_SIZE];
	enum aaa_method methods[ACCESS_METHODS];
	unsigned count;
};

enum banner { BANNER_MOTD, BANNER_LOGIN, BANNER_EXEC, BANNER_INCOMING, BANNER_COUNT };

#define SSH_KEY_HASH_SIZE 33

/* `ip ssh pubkey-chain`: keys of users who come in, and of servers that `ssh` goes to. */
struct ssh_pubkey {
	TAILQ_ENTRY(ssh_pubkey) link;
	bool server;
	char owner[ACCESS_NAME_SIZE];
	char hash[SSH_KEY_HASH_SIZE]; /* MD5 of the key in hexadecimal, upper case: all that IOS keeps; "": none yet */
	char *remark;                 /* what stood behind the key, or NULL */
	char *typed;                  /* `key-string`: its lines so far, or NULL */
};

#define SSH_TIMEOUT_DEFAULT_S 120
#define SSH_RETRIES_DEFAULT   3
#define SSH_DH_BITS_DEFAULT   1024

struct config_access {
	TAILQ_HEAD(, user) users;
	struct password enable[ACCESS_LEVELS], enable_secret[ACCESS_LEVELS]; /* by level */
	bool password_encryption;                                            /* `service password-encryption` */
	bool new_model;                                                      /* `aaa new-model` */
	TAILQ_HEAD(, aaa_list) aaa;
	bool authorization_console;         /* `aaa authorization console`: con 0 too */
	bool authorization_config_commands; /* `aaa authorization config-commands` */
	char *banners[BANNER_COUNT];        /* text, LF between lines; NULL: none */
	unsigned ssh_version;               /* 1 or 2, 0: not configured (1.99) */
	unsigned ssh_timeout_s, ssh_retries;
	char ssh_keypair[ACCESS_NAME_SIZE * 2];      /* `ip ssh rsa keypair-name`, or "" */
	unsigned ssh_dh_bits;                        /* `ip ssh dh min size` */
	char ssh_source_interface[ACCESS_NAME_SIZE]; /* of the client, or "" */
	bool ssh_log_events;                         /* `ip ssh logging events` */
	bool ssh_strict;                             /* `ip ssh stricthostkeycheck` */
	TAILQ_HEAD(, ssh_pubkey) ssh_keys;
	bool scp_server;                                  /* `ip scp server enable` */
	unsigned block_s, block_attempts, block_within_s; /* `login block-for`; block_s 0: not configured */
	unsigned login_delay_s;                           /* `login delay`, 0: not configured */
	char quiet_list[ACCESS_NAME_SIZE];                /* `login quiet-mode access-class`, or "" */
	/* `login on-failure log [every N]`, `login on-success log`: how many make one log line, 0: none is logged */
	unsigned log_failures_every, log_successes_every;
};

void config_access_init(struct config_access *a);
void config_access_free(struct config_access *a);  /* wipes */
void config_access_moved(struct config_access *a); /* the struct is where another was: config_swap() */
struct user *config_user_find(const struct config_access *a, const char *name);
struct user *config_user_get(struct config_access *a, const char *name); /* NULL when out of memory */
void config_user_remove(struct config_access *a, struct user *u);
struct aaa_list *config_aaa_find(const struct config_access *a, enum aaa_service service, unsigned level,
				 const char *name);
/* By service, level (15 last) and name, as printed. NULL when out of memory. */
struct aaa_list *config_aaa_get(struct config_access *a, enum aaa_service service, unsigned level, const char *name);
void config_aaa_remove(struct config_access *a, struct aaa_list *l);
/* text NULL: none. False when out of memory. */
bool config_banner_set(struct config_access *a, enum banner which, const char *text);

/* Makes one at the end of the list, before which those of other owners stand; NULL when out of memory. */
struct ssh_pubkey *config_pubkey_add(struct config_access *a, bool server, const char *owner);
void config_pubkey_remove(struct config_access *a, struct ssh_pubkey *k);

#endif
