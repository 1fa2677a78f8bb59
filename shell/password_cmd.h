/*
 * What the commands that take a password have in common. A row's arg is the type that it stores (enum password_type);
 * "clear" names what is typed in clear, "encoded" what is typed as the running-config shows it.
 */
#ifndef SHELL_PASSWORD_CMD_H
#define SHELL_PASSWORD_CMD_H

#include "shell/password.h"
#include "shell/session.h"

#define PASSWORD_TYPE_0 KW("0", "Specifies an UNENCRYPTED password will follow")
#define PASSWORD_TYPE_4 KW("4", "Specifies an SHA256 ENCRYPTED secret will follow")
#define PASSWORD_TYPE_5 KW("5", "Specifies an ENCRYPTED secret will follow")
#define PASSWORD_TYPE_7 KW("7", "Specifies a HIDDEN password will follow")
#define PASSWORD_TYPE_8 KW("8", "Specifies a PBKDF2 HASHED secret will follow")
#define PASSWORD_TYPE_9 KW("9", "Specifies a SCRYPT HASHED secret will follow")
#define ENCODED_SECRET  WORD("encoded", "The ENCRYPTED secret string")
#define HIDDEN_PASSWORD WORD("encoded", "The HIDDEN password string")

/* `algorithm-type` */
extern const struct cmd_choice password_algorithms[];

/* Reads what was typed into *p; without the lock. False: it was said what is wrong. */
bool password_typed(struct session *s, const struct cmd_match *m, struct password *p);

#endif
