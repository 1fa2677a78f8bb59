/* Inside the shell: what login.c, aaa.c and aaa_watch.c share. */
#ifndef SHELL_AAA_INT_H
#define SHELL_AAA_INT_H

#include "shell/aaa.h"

#include <time.h>

/* What a line asks whoever comes. */
enum aaa_asks { AAA_ASKS_NOTHING, AAA_ASKS_PASSWORD, AAA_ASKS_USER };

struct aaa_line {
	enum aaa_asks asks;
	bool by_lists;         /* `aaa new-model` */
	unsigned privilege;    /* the line's */
	bool no_line_password; /* `login`, and there is none */
};

/* With the control lock. */
void aaa_line(const struct config *c, enum line_kind kind, unsigned number, struct aaa_line *out);

/* The user is not asked for a password: `nopassword`. With the control lock. */
bool aaa_needs_no_password(const struct config *c, const char *user);

/* What `enable` does at this level, before it asks. */
struct aaa_enable_plan {
	bool by_lists; /* `aaa new-model` */
	bool free;     /* without a password */
	bool possible; /* there is one to check against */
	bool secret;   /* which is `enable secret` */
};
struct aaa_enable_plan aaa_enable_plan(struct shell *sh, unsigned level);

/* `aaa authorization commands`: may this user run a command of this level? With the control lock. */
bool aaa_may_run(const struct config *c, enum line_kind kind, const char *user, unsigned level, bool configures);

#define AAA_TIME_SIZE 48
#define AAA_FAILURES  50

/* "20:13:32 UTC Tue Nov 26 2013" */
const char *aaa_time_text(time_t at, char text[AAA_TIME_SIZE]);

struct aaa_failure {
	char user[ACCESS_NAME_SIZE];
	struct ip_addr from;
	unsigned port, count;
	time_t at; /* the last one */
};

struct aaa_counts {
	unsigned total, in_window;
	unsigned window_age_s, quiet_left_s; /* quiet_left_s 0: not quiet */
	struct aaa_failure failures[AAA_FAILURES];
	unsigned failure_count;
};
void aaa_count(struct aaa *a, struct aaa_counts *out);

/* After a wrong password, and before whoever gave it hears of it. */
void aaa_delay(struct shell *sh);

#endif
