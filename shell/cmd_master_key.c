/* The master key of type 6 keys and passwords, and whether they are stored so. It is never part of the configuration. */
#include "base/wipe.h"
#include "shell/ask_values.h"
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/secret.h"
#include "shell/session.h"

#include <string.h>

#define MASTER_KEY_LEAST 8

static enum cmd_result set_password_encryption(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);

	/* turned off, what is in type 6 form stays so: nothing is ever shown in clear again */
	c->password_encryption_aes = !cmd_is_no(m);
	secrets_encrypt(c);
	if (session_kind(s) != SESSION_LOADER && secrets_lack_master(c))
		session_line(s, SECRETS_LACK_MASTER);
	return CMD_OK;
}

/* Who wants to change the master key knows it. */
static bool knows_old_key(struct session *s)
{
	char answer[CONFIG_PSK_SIZE] = "", kept[CONFIG_PSK_SIZE];
	bool knows;

	if (!session_config(s)->master_key[0])
		return true;
	knows = session_ask(s, "Old key: ", true, answer, sizeof(answer));
	/* both as long as the array, so that the time tells nothing */
	memset(kept, 0, sizeof(kept));
	memcpy(kept, session_config(s)->master_key, strlen(session_config(s)->master_key));
	memset(answer + strlen(answer), 0, sizeof(answer) - strlen(answer));
	knows = equal_const_time(answer, kept, sizeof(kept)) && knows;
	wipe(answer, sizeof(answer));
	wipe(kept, sizeof(kept));
	if (!knows)
		session_line(s, "%% The old key does not match");
	return knows;
}

static bool ask_new_key(struct session *s, char key[CONFIG_PSK_SIZE])
{
	char again[CONFIG_PSK_SIZE] = "";
	bool same = session_ask(s, "New key: ", true, key, CONFIG_PSK_SIZE) &&
		    session_ask(s, "Confirm key: ", true, again, sizeof(again));

	if (same && strcmp(key, again) != 0) {
		session_line(s, "%% The keys do not match");
		same = false;
	}
	wipe(again, sizeof(again));
	return same;
}

static bool long_enough(struct session *s, size_t octets)
{
	if (octets >= MASTER_KEY_LEAST && octets < CONFIG_PSK_SIZE)
		return true;
	session_line(s, "%% The key must have %d to %d characters", MASTER_KEY_LEAST, CONFIG_PSK_SIZE - 1);
	return false;
}

static bool confirm_deletion(struct session *s)
{
	session_line(s, "WARNING: All type 6 encrypted keys will become unusable");
	return ask_yes(s, "Continue with master key deletion ? [yes/no]: ");
}

static enum cmd_result set_master_key(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "key");
	char key[CONFIG_PSK_SIZE] = "";
	bool given;

	if (cmd_is_no(m)) {
		if (session_config(s)->master_key[0] && confirm_deletion(s))
			secrets_new_master(session_config(s), "");
		return CMD_OK;
	}
	if (typed && !long_enough(s, strlen(typed)))
		return CMD_REJECTED;
	if (!knows_old_key(s))
		return CMD_REJECTED;
	if (typed)
		memcpy(key, typed, strlen(typed) + 1);
	given = typed || (ask_new_key(s, key) && long_enough(s, strlen(key)));
	if (given) {
		secrets_new_master(session_config(s), key);
		secrets_complain(session_shell(s));
	}
	wipe(key, sizeof(key));
	return given ? CMD_OK : CMD_REJECTED;
}

void write_password_encryption(struct out *o, const struct config *c)
{
	if (!c->password_encryption_aes)
		return;
	out_line(o, "password encryption aes");
	out_bangs(o, 1);
}

#define KEY        KW("key", "Key management")
#define CONFIG_KEY KW("config-key", "Set a private configuration key")
#define ENCRYPT    KW("password-encrypt", "Set password encryption config-key")

static const struct cmd master_key_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("password", "Configure encryption password (key)"), KW("encryption", "Encrypt system passwords"),
	    KW("aes", "Use AES encryption (stronger than normal)") },
	  set_password_encryption },
	{ MODE_CONFIG, 15, CMD_NO, { KEY, CONFIG_KEY, ENCRYPT }, set_master_key },
	{ MODE_CONFIG,
	  15,
	  0,
	  { KEY, CONFIG_KEY, ENCRYPT, LINE("key", "The config-key, minimum 8 characters") },
	  set_master_key },
};

const struct cmd_table cmd_master_key_table = CMD_TABLE(master_key_cmds);
