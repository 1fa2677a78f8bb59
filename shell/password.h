/*
 * The forms in which IOS keeps a password: 0 in clear, 7 hidden (which anybody can read: no cryptography), and hashes: 4
 * (SHA-256 without salt, which is read but never made), 5 (MD5 crypt), 8 (PBKDF2-SHA256), 9 (scrypt). The hashes are
 * libcrypt's and OpenSSL's. Making or checking one takes from a millisecond to a tenth of a second: without the control
 * lock.
 */
#ifndef SHELL_PASSWORD_H
#define SHELL_PASSWORD_H

#include "config/access.h"

#define PASSWORD_CLEAR_SIZE 129 /* of what a user may choose, with its NUL */

/* Is text a password of this type as IOS writes it? Of type 0: not too long and not empty. */
bool password_valid(enum password_type type, const char *text);
/*
 * *p becomes `clear` in the form of this type (never 4); p->secret is the caller's. False: too long, or the libraries
 * refuse.
 */
bool password_make(struct password *p, enum password_type type, const char *clear);
/* In constant time for a given length. False also for a password that is not set. */
bool password_matches(const struct password *p, const char *given);
/* `service password-encryption`: type 0 becomes type 7, others stay. */
void password_hide(struct password *p);
/* Of types 0 and 7; false: it is a hash, or no such text. `clear` is the caller's to wipe. */
bool password_reveal(const struct password *p, char clear[PASSWORD_CLEAR_SIZE]);

#endif
