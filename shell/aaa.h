/*
 * Who may enter: passwords, users, AAA's lists, `login block-for`. What a line asks its user before the first prompt is
 * login_run(); the SSH server, whose client asks, calls aaa_password() itself.
 *
 * A wrong password is answered after a delay; failures count for the whole router (`login block-for`), and while it is
 * quiet a source is let in only by `login quiet-mode access-class`. Comparisons are constant-time.
 */
#ifndef SHELL_AAA_H
#define SHELL_AAA_H

#include "shell/session.h"

struct aaa; /* what is counted: one for a router, in struct shell */

struct aaa *aaa_new(void);
void aaa_free(struct aaa *a);
/* Nobody waits for the end of a delay any longer: before sessions are ended. */
void aaa_stop(struct aaa *a);
/* A test's own clock, in milliseconds; then nothing waits, and the quiet mode ends when somebody looks. */
void aaa_set_clock(struct aaa *a, uint64_t (*now_ms)(void *ctx), void *ctx);
/* `no login block-for`: the quiet mode is over, the count begins anew. */
void aaa_forget(struct aaa *a);

enum aaa_verdict {
	AAA_GRANTED,
	AAA_DENIED,
	AAA_IMPOSSIBLE, /* nothing to check against: a line with `login` and no password */
};

/*
 * Checks what a user gave on a line of this configuration (by AAA's list, users, or the line's password; user NULL: the
 * line's password alone). *privilege is the level to begin at. Without the control lock: it takes it to copy what it
 * needs and computes hashes without it.
 */
enum aaa_verdict aaa_password(struct shell *sh, enum line_kind kind, unsigned number, const char *user,
			      const char *password, unsigned *privilege);
/* May a user of this name begin a session with a key (SSH public keys)? *privilege as above. */
enum aaa_verdict aaa_known_user(struct shell *sh, enum line_kind kind, unsigned number, const char *user,
				unsigned *privilege);
/* `enable [level]`: is this its password? */
enum aaa_verdict aaa_enable(struct shell *sh, unsigned level, const char *password);

/* The router is quiet for this source after too many failures: refuse it before it says anything. */
bool aaa_blocked(struct shell *sh, const struct ip_addr *from);
/* Counts, logs (%SEC_LOGIN-4-LOGIN_FAILED, %SEC_LOGIN-5-LOGIN_SUCCESS) and may begin the quiet mode. port: the local one. */
void aaa_note(struct shell *sh, bool success, const char *user, const struct ip_addr *from, unsigned port);

/*
 * Before the first prompt: the banners, `User Access Verification`, name and password by the line's settings. False:
 * the session ends (it was told why). authenticated: SSH did it, only the exec banner is left to show.
 */
bool login_run(struct session *s, bool authenticated);
/*
 * A banner as it is shown, with its tokens ($(hostname), $(domain), $(line)) replaced; LF between lines. NULL: there is
 * none. To be freed. For SSH, which shows one before the client says who it is.
 */
char *login_banner(struct shell *sh, enum banner which, enum line_kind kind, unsigned number);

#endif
