#include "shell/password_cmd.h"

#include <stdio.h>

const struct cmd_choice password_algorithms[] = {
	{ "md5", "Encode the password using the MD5 algorithm", PASSWORD_MD5 },
	{ "scrypt", "Encode the password using the SCRYPT hashing algorithm", PASSWORD_SCRYPT },
	{ "sha256", "Encode the password using the PBKDF2 hashing algorithm", PASSWORD_PBKDF2 },
	{ 0 },
};

/* What a loader says ends in the log, which is no place for passwords. */
static void say_invalid(struct session *s, enum password_type type, const char *text)
{
	if (type != PASSWORD_HIDDEN)
		session_line(s,
			     "ERROR: The secret you entered is not a valid encrypted secret.\n"
			     "To enter an UNENCRYPTED secret, do not specify type %d encryption.\n"
			     "When you properly enter an UNENCRYPTED secret, it will be encrypted.\n",
			     (int)type);
	else if (session_kind(s) == SESSION_LOADER)
		session_line(s, "Invalid encrypted password");
	else
		session_line(s, "Invalid encrypted password: %s", text);
}

bool password_typed(struct session *s, const struct cmd_match *m, struct password *p)
{
	enum password_type type = (enum password_type)cmd_num(m, "algorithm", cmd_of(m)->arg);
	const char *clear = cmd_text(m, "clear"), *encoded = cmd_text(m, "encoded");

	if (encoded && !password_valid(type, encoded)) {
		say_invalid(s, type, encoded);
		return false;
	}
	if (encoded) {
		snprintf(p->text, sizeof(p->text), "%s", encoded);
		p->type = type;
		p->set = true;
		return true;
	}
	if (!clear || !password_valid(PASSWORD_CLEAR, clear)) {
		session_line(s, "%% Password is longer than %d characters", PASSWORD_CLEAR_SIZE - 1);
		return false;
	}
	if (!password_make(p, type, clear)) {
		session_line(s, "%% Password can not be encrypted");
		return false;
	}
	return true;
}
