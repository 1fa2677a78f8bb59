/*
 * crypto key generate|zeroize rsa, from EXEC and from configuration. A key is no part of the running-config and is stored
 * at once. All of this runs without the control lock.
 */
#include "base/clock.h"
#include "shell/ask_values.h"
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/rsa_keys.h"
#include "shell/session.h"
#include "shell/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keys_changed(struct session *s)
{
	struct shell *sh = session_shell(s);

	if (sh->config_applied) {
		show_lock(s);
		sh->config_applied(sh->main);
		show_unlock(s);
	}
}

/* The name of a pair without a label, as IOS makes it of the router's. False: it was told what is missing. */
static bool default_name(struct session *s, char name[RSA_NAME_SIZE])
{
	const char *missing = NULL;
	const struct config *c;

	show_lock(s);
	c = session_config(s);
	if (!strcmp(c->hostname, CONFIG_HOSTNAME_DEFAULT))
		missing = "% Please define a hostname other than " CONFIG_HOSTNAME_DEFAULT ".";
	else if (!c->domain_name[0])
		missing = "% Please define a domain-name first.";
	else if (snprintf(name, RSA_NAME_SIZE, "%s.%s", c->hostname, c->domain_name) >= RSA_NAME_SIZE)
		missing = "% The name for the keys is too long.";
	show_unlock(s);
	if (missing)
		session_line(s, "%s", missing);
	return !missing;
}

/* 0: no number was given. */
static unsigned ask_bits(struct session *s)
{
	char answer[16];

	session_line(s,
		     "Choose the size of the key modulus in the range of %d to %d for your\n"
		     "  General Purpose Keys. Choosing a key modulus greater than 512 may take\n"
		     "  a few minutes.\n",
		     RSA_BITS_LEAST, RSA_BITS_MOST);
	for (;;) {
		char *end;
		unsigned long n;

		if (!session_ask(s, "How many bits in the modulus [512]: ", false, answer, sizeof(answer)))
			return 0;
		if (!answer[0])
			return RSA_BITS_DEFAULT;
		n = strtoul(answer, &end, 10);
		if (!*end && n >= RSA_BITS_LEAST && n <= RSA_BITS_MOST)
			return (unsigned)n;
		session_line(s, "%% A decimal number between %d and %d.", RSA_BITS_LEAST, RSA_BITS_MOST);
	}
}

static enum cmd_result make_key(struct session *s, const char *name, unsigned bits)
{
	uint64_t before, after;
	int e;

	session_line(s, "%% Generating %u bit RSA keys, keys will be non-exportable...", bits);
	before = clock_s();
	e = rsa_keys_generate(session_shell(s)->state_dir, name, bits);
	after = clock_s();
	if (e) {
		session_line(s, "%% Failed to generate the keys: %s",
			     e == -EINVAL ? "this size cannot be made" : strerror(-e));
		return CMD_REJECTED;
	}
	session_line(s, "[OK] (elapsed time was %ld seconds)\n", (long)(after - before));
	keys_changed(s);
	if (bits < RSA_BITS_LEAST_SSH)
		session_line(s, "Please create RSA keys (of at least %d bits size) to enable SSH v2.",
			     RSA_BITS_LEAST_SSH);
	return CMD_OK;
}

/* Asked for with its size, a pair is replaced without a question. False: it stays. */
static bool may_replace(struct session *s, const char *name, bool ask)
{
	session_line(s, "%% You already have RSA keys defined named %s.", name);
	if (ask)
		return ask_yes(s, "% Do you really want to replace them? [yes/no]: ");
	session_line(s, "%% They will be replaced.\n");
	return true;
}

static enum cmd_result generate(struct session *s, const struct cmd_match *m)
{
	unsigned bits = (unsigned)cmd_num(m, "bits", 0);
	const char *label = cmd_text(m, "label"), *state_dir = session_shell(s)->state_dir;
	char name[RSA_NAME_SIZE];
	bool exists;

	if (label && strlen(label) >= sizeof(name)) {
		session_line(s, "%% Label is longer than %zu characters", sizeof(name) - 1);
		return CMD_REJECTED;
	}
	if (label)
		snprintf(name, sizeof(name), "%s", label);
	else if (!default_name(s, name))
		return CMD_REJECTED;
	exists = rsa_keys_exist(state_dir, name);
	/* a startup-config is read at every boot, and by `mainmode check` */
	if (session_kind(s) == SESSION_LOADER && (exists || !state_dir))
		return CMD_OK;
	if (exists) {
		if (!may_replace(s, name, !bits))
			return CMD_OK;
	} else {
		session_line(s, "The name for the keys will be: %s%s", name, bits ? "\n" : "");
	}
	if (bits)
		session_line(s, "%% The key modulus size is %u bits", bits);
	else if (!(bits = ask_bits(s)))
		return CMD_OK;
	return make_key(s, name, bits);
}

static enum cmd_result zeroize(struct session *s, const struct cmd_match *m)
{
	const char *label = cmd_text(m, "label"), *state_dir = session_shell(s)->state_dir;
	unsigned count = 0;

	if (label)
		count = rsa_keys_exist(state_dir, label);
	else
		rsa_keys_each(state_dir, rsa_keys_count, &count);
	if (!count) {
		session_line(s, "%% No Signature RSA Keys found in configuration.\n");
		return CMD_OK;
	}
	if (label)
		session_line(s, "%% Keys to be removed are named '%s'.", label);
	else
		session_line(s, "%% All RSA keys will be removed.");
	session_line(s, "%% All router certs issued using these keys will also be removed.");
	if (!ask_yes(s, "Do you really want to remove these keys? [yes/no]: "))
		return CMD_OK;
	rsa_keys_remove(state_dir, label);
	keys_changed(s);
	return CMD_OK;
}

#define CRYPTO   KW("crypto", "Encryption module")
#define OF_EXEC  KW("crypto", "Encryption related commands.")
#define KEY      KW("key", "Long term key operations")
#define GENERATE KW("generate", "Generate new keys")
#define ZEROIZE  KW("zeroize", "Remove keys")
#define RSA      KW("rsa", "Generate RSA keys")
#define RSA_ZERO KW("rsa", "Remove RSA keys")
#define LABEL    WORD("label", "RSA keypair label")

static const struct tok bits_value = NUM("bits", RSA_BITS_LEAST, RSA_BITS_MOST, "size of the key modulus");
static const struct tok label_value = LABEL;
static const struct cmd_opt options[] = {
	{ "general", "general-keys", "Generate a general purpose RSA key pair for signing and encryption", NULL },
	{ "label", "label", "Provide a label", &label_value },
	{ "bits", "modulus", "Provide number of modulus bits on the command line", &bits_value },
	{ 0 },
};

#define FLAGS (CMD_UNLOCKED | CMD_NO_CHANGE)

static const struct cmd key_cmds[] = {
	{ MODE_CONFIG, 15, FLAGS, { CRYPTO, KEY, GENERATE, RSA }, generate },
	{ MODE_CONFIG, 15, FLAGS, { CRYPTO, KEY, GENERATE, RSA, OPTS(options) }, generate },
	{ MODE_CONFIG, 15, FLAGS, { CRYPTO, KEY, ZEROIZE, RSA_ZERO }, zeroize },
	{ MODE_CONFIG, 15, FLAGS, { CRYPTO, KEY, ZEROIZE, RSA_ZERO, LABEL }, zeroize },
};

const struct cmd_table cmd_crypto_key_table = CMD_TABLE(key_cmds);

static const struct cmd exec_cmds[] = {
	{ MODE_EXEC, 15, FLAGS, { OF_EXEC, KEY, GENERATE, RSA }, generate },
	{ MODE_EXEC, 15, FLAGS, { OF_EXEC, KEY, GENERATE, RSA, OPTS(options) }, generate },
	{ MODE_EXEC, 15, FLAGS, { OF_EXEC, KEY, ZEROIZE, RSA_ZERO }, zeroize },
	{ MODE_EXEC, 15, FLAGS, { OF_EXEC, KEY, ZEROIZE, RSA_ZERO, LABEL }, zeroize },
};

const struct cmd_table cmd_crypto_key_exec_table = CMD_TABLE(exec_cmds);
