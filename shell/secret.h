/*
 * Pre-shared keys and passwords: as they are typed (in clear, or behind a 6 in type 6 form), as the model holds them and
 * as they are printed. The model has both forms: `clear`, which is "" while the master key does not open the other, and
 * `type6`, which is "" unless that is what the running-config shows.
 */
#ifndef SHELL_SECRET_H
#define SHELL_SECRET_H

#include "shell/session.h"

/*
 * What was typed as the argument "key", behind a keyword 6 or not. False: it was refused and said why. With the master
 * key and `password encryption aes`, what is typed in clear gets its type 6 form too.
 */
bool secret_take(struct session *s, const struct cmd_match *m, char clear[CONFIG_PSK_SIZE],
		 char type6[CONFIG_TYPE6_SIZE]);

/*
 * The person who typed it is told why a pre-shared key is weak; NULL: it is not. Of a file a line of the boot's log and `mainmode
 * check` tell.
 */
void secret_warn(struct session *s, const char *why);

/* For printing behind a keyword: "6 " and the type 6 form, or the clear one, behind "0 " where it needs that. */
const char *secret_kind(const char *clear, const char *type6);
static inline const char *secret_text(const char *clear, const char *type6)
{
	return type6[0] ? type6 : clear;
}

/* `password encryption aes` is on and there is a master key now: all keys in clear get their type 6 form. */
void secrets_encrypt(struct config *c);
/*
 * The master key becomes another, or none (""). Keys that the old one opened are encrypted under the new one; without
 * one they can be used no more. Those that the old one did not open are tried.
 */
void secrets_new_master(struct config *c, const char *master);
/* Keys are to be encrypted, and there is nothing to do it with: IOS says so. */
#define SECRETS_LACK_MASTER "Can not encrypt password. Please configure a configuration-key with 'key config-key'"
bool secrets_lack_master(const struct config *c);
/* Logs that, and the keys that the master key does not open. */
void secrets_complain(struct shell *sh);
/* Logs, in one line, that there are weak keys: how many, and the first. */
void secrets_warn(struct shell *sh);

#endif
