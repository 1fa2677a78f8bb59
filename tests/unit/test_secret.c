/*
 * Keys in type 6 form: when they take it, what they look like after a master key came, changed and went, what the user
 * is asked, and what stays of a file whose master key is not there.
 */
#include "shell/commands.h"
#include "shell/loader.h"
#include "shell/running.h"
#include "shell/secret.h"
#include "startup-config/type6.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>

static struct cmd_table tables[COMMANDS_CONFIG];

static void open_rig(struct rig *g)
{
	commands_config(tables);
	rig_open_router(g, tables, COMMANDS_CONFIG, SESSION_TEST);
	session_enter(g->session, MODE_CONFIG, NULL);
}

static void close_rig(struct rig *g)
{
	session_enter(g->session, MODE_EXEC, NULL);
	rig_close(g);
}

static const char *const keys[] = {
	"crypto isakmp key cisco address 10.0.0.3",
	"crypto isakmp key cisco hostname R3",
	"crypto keyring KR",
	"pre-shared-key address 10.0.0.0 255.0.0.0 key a key of the ring",
	"crypto isakmp peer address 10.0.0.4",
	"set aggressive-mode password secret",
	"exit",
};

static void type_keys(struct rig *g)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_EQUAL(session_run(g->session, keys[i]), SESSION_ACCEPTED);
}

struct secrets {
	const char *clear[4], *type6[4];
};

static struct secrets secrets_of(const struct config *c)
{
	const struct isakmp_key *a = TAILQ_FIRST(&c->keys), *b = TAILQ_NEXT(a, link);
	const struct isakmp_key *k = TAILQ_FIRST(&TAILQ_FIRST(&c->keyrings)->keys);
	const struct isakmp_peer *p = TAILQ_FIRST(&c->isakmp_peers);

	return (struct secrets){ { a->key, b->key, k->key, p->password }, { a->type6, b->type6, k->type6, p->type6 } };
}

/* All in clear as they were typed, and in type 6 form under this master key; "": in clear only. */
static bool stored_under(const struct config *c, const char *master)
{
	static const char *const clear[] = { "cisco", "cisco", "a key of the ring", "secret" };
	struct secrets x = secrets_of(c);
	char again[CONFIG_PSK_SIZE];

	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(x.clear[i], clear[i]) != 0 || !*master != !*x.type6[i])
			return false;
		if (*master && (!type6_decrypt(master, x.type6[i], again, sizeof(again)) || strcmp(again, clear[i])))
			return false;
	}
	return true;
}

static void keys_are_encrypted_when_both_are_there(void)
{
	struct rig g = { 0 };

	open_rig(&g);
	type_keys(&g);
	CU_ASSERT_EQUAL(session_run(g.session, "key config-key password-encrypt master key 1"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(stored_under(g.shell.config, ""));
	CU_ASSERT_EQUAL(session_run(g.session, "password encryption aes"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 1"));
	CU_ASSERT_STRING_EQUAL(g.out, "");
	/* the same in clear would not be another key, and nothing is shown in clear again */
	CU_ASSERT_EQUAL(session_run(g.session, "crypto isakmp key cisco address 10.0.0.3"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_run(g.session, "no password encryption aes"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 1"));
	CU_ASSERT_EQUAL(session_run(g.session, "crypto isakmp key clear address 10.0.0.9"), SESSION_ACCEPTED);
	CU_ASSERT_STRING_EQUAL(TAILQ_LAST(&g.shell.config->keys, isakmp_key_list)->type6, "");
	close_rig(&g);

	/* the other order, and keys typed after both */
	g = (struct rig){ 0 };
	open_rig(&g);
	rig_type(&g, "password encryption aes");
	CU_ASSERT_TRUE(
		rig_is(&g, "R2(config)#password encryption aes\n"
			   "Can not encrypt password. Please configure a configuration-key with 'key config-key'\n"));
	CU_ASSERT_EQUAL(session_run(g.session, "key config-key password-encrypt master key 1"), SESSION_ACCEPTED);
	type_keys(&g);
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 1"));
	close_rig(&g);
}

static void what_is_written_is_read_with_its_master_key(void)
{
	struct rig g = { 0 };
	struct shell other = { .tables = tables, .table_count = COMMANDS_CONFIG };
	struct loader_counts counts;
	struct secrets x;
	size_t octets, again_octets;
	char *text, *again;

	open_rig(&g);
	rig_type(&g, "key config-key password-encrypt master key 1");
	rig_type(&g, "password encryption aes");
	type_keys(&g);
	CU_ASSERT_EQUAL(running_text(&g.shell, &text, &octets), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\npassword encryption aes\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "cisco"));
	CU_ASSERT_PTR_NULL(strstr(text, "secret"));
	CU_ASSERT_PTR_NULL(strstr(text, "master key 1"));
	for (unsigned n = 0; n < 3; n++) {
		other.config = config_new();
		snprintf(other.config->master_key, CONFIG_PSK_SIZE, "%s",
			 n == 0   ? "master key 1"
			 : n == 1 ? ""
				  : "wrong key");
		CU_ASSERT_EQUAL(loader_load(&other, text, octets, NULL, NULL, &counts), 0);
		CU_ASSERT_EQUAL(counts.kept + counts.rejected, 0);
		x = secrets_of(other.config);
		for (unsigned i = 0; i < 4 && n; i++)
			CU_ASSERT_STRING_EQUAL(x.clear[i], "");
		if (!n)
			CU_ASSERT_TRUE(stored_under(other.config, "master key 1"));
		/* what is not understood is kept and printed as it stands */
		CU_ASSERT_EQUAL(running_text(&other, &again, &again_octets), 0);
		CU_ASSERT_STRING_EQUAL(strstr(text, "version"), strstr(again, "version"));
		free(again);
		/* and works again when the right master key comes */
		secrets_new_master(other.config, "");
		secrets_new_master(other.config, "master key 1");
		CU_ASSERT_TRUE(stored_under(other.config, "master key 1"));
		config_free(other.config);
	}
	free(text);
	close_rig(&g);
}

/* The longest has a text that just fits. */
static void keys_of_every_length_are_encrypted(void)
{
	struct rig g = { 0 };
	char line[300], key[CONFIG_PSK_SIZE], again[CONFIG_PSK_SIZE];
	const struct isakmp_key *k;

	open_rig(&g);
	rig_type(&g, "key config-key password-encrypt master key 1");
	rig_type(&g, "password encryption aes");
	CU_ASSERT_EQUAL(session_run(g.session, "crypto keyring KR"), SESSION_ACCEPTED);
	for (unsigned n = 1; n < CONFIG_PSK_SIZE; n++) {
		for (unsigned i = 0; i < n; i++)
			key[i] = (char)('!' + (i * 3 + n) % 94);
		key[n] = '\0';
		snprintf(line, sizeof(line), "pre-shared-key hostname H%u key 0 %s", n, key);
		CU_ASSERT_EQUAL(session_run(g.session, line), SESSION_ACCEPTED);
		k = TAILQ_LAST(&TAILQ_FIRST(&g.shell.config->keyrings)->keys, isakmp_key_list);
		CU_ASSERT_STRING_EQUAL(k->key, key);
		CU_ASSERT_TRUE(type6_decrypt("master key 1", k->type6, again, sizeof(again)));
		CU_ASSERT_STRING_EQUAL(again, key);
	}
	close_rig(&g);
}

static void a_new_master_key_is_asked_for(void)
{
	struct rig g = { 0 };

	open_rig(&g);
	type_keys(&g);
	rig_type(&g, "password encryption aes");
	rig_clear(&g);
	g.input = "master key 1\nmaster key 2\n";
	rig_type(&g, "key config-key password-encrypt");
	g.input = "short\nshort\n";
	rig_type(&g, "key config-key password-encrypt");
	CU_ASSERT_STRING_EQUAL(g.shell.config->master_key, "");
	g.input = "master key 1\nmaster key 1\n";
	rig_type(&g, "key config-key password-encrypt");
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 1"));
	g.input = "master key 2\n";
	rig_type(&g, "key config-key password-encrypt");
	g.input = "master key 1\nmaster key 2\nmaster key 2\n";
	rig_type(&g, "key config-key password-encrypt");
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 2"));
	g.input = "master key 2\n";
	rig_type(&g, "key config-key password-encrypt master key 3");
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 3"));
	rig_type(&g, "key config-key password-encrypt 1234567");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#key config-key password-encrypt\n"
				  "New key: \n"
				  "Confirm key: \n"
				  "% The keys do not match\n"
				  "R2(config)#key config-key password-encrypt\n"
				  "New key: \n"
				  "Confirm key: \n"
				  "% The key must have 8 to 128 characters\n"
				  "R2(config)#key config-key password-encrypt\n"
				  "New key: \n"
				  "Confirm key: \n"
				  "R2(config)#key config-key password-encrypt\n"
				  "Old key: \n"
				  "% The old key does not match\n"
				  "R2(config)#key config-key password-encrypt\n"
				  "Old key: \n"
				  "New key: \n"
				  "Confirm key: \n"
				  "R2(config)#key config-key password-encrypt master key 3\n"
				  "Old key: \n"
				  "R2(config)#key config-key password-encrypt 1234567\n"
				  "% The key must have 8 to 128 characters\n"));
	close_rig(&g);
}

static void without_master_key_they_are_unusable(void)
{
	struct rig g = { 0 };
	struct secrets x;

	open_rig(&g);
	type_keys(&g);
	rig_type(&g, "key config-key password-encrypt master key 1");
	rig_type(&g, "password encryption aes");
	rig_clear(&g);
	g.input = "no\n";
	rig_type(&g, "no key config-key password-encrypt");
	CU_ASSERT_TRUE(stored_under(g.shell.config, "master key 1"));
	g.input = "perhaps\nyes\n";
	rig_type(&g, "no key config-key password-encrypt");
	x = secrets_of(g.shell.config);
	for (unsigned i = 0; i < 4; i++) {
		CU_ASSERT_STRING_EQUAL(x.clear[i], "");
		CU_ASSERT_NOT_EQUAL(x.type6[i][0], 0);
	}
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#no key config-key password-encrypt\n"
				  "WARNING: All type 6 encrypted keys will become unusable\n"
				  "Continue with master key deletion ? [yes/no]: no\n"
				  "R2(config)#no key config-key password-encrypt\n"
				  "WARNING: All type 6 encrypted keys will become unusable\n"
				  "Continue with master key deletion ? [yes/no]: perhaps\n"
				  "% Please answer 'yes' or 'no'.\n"
				  "Continue with master key deletion ? [yes/no]: yes\n"));
	close_rig(&g);
}

static void note(void *ctx, const char *text)
{
	strncat(ctx, text, 1023 - strlen(ctx));
}

/* What was typed, what was there when a master key came, and the lack of one; never a key. */
static void what_cannot_be_decrypted_is_logged(void)
{
	struct rig g = { 0 };
	char text[1024] = "";

	open_rig(&g);
	rig_type(&g, "crypto isakmp key 6 fe_a`iJYE\\DZYJhDhTP[`MYaTgRH_MAAB address 10.0.0.3");
	rig_type(&g, "key config-key password-encrypt another key");
	rig_type(&g, "password encryption aes");
	logger_each(g.shell.log, note, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Can not decrypt the type 6 key that was typed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Can not decrypt the type 6 key of 10.0.0.3 (default)"));
	CU_ASSERT_PTR_NULL(strstr(text, "MAAB"));
	g.input = "another key\n";
	rig_type(&g, "key config-key password-encrypt Cisco123");
	CU_ASSERT_STRING_EQUAL(TAILQ_FIRST(&g.shell.config->keys)->key, "Cisco123");
	close_rig(&g);
}

static const struct unit_test tests[] = {
	{ "keys are encrypted when both are there", keys_are_encrypted_when_both_are_there },
	{ "what is written is read with its master key", what_is_written_is_read_with_its_master_key },
	{ "keys of every length are encrypted", keys_of_every_length_are_encrypted },
	{ "a new master key is asked for", a_new_master_key_is_asked_for },
	{ "what cannot be decrypted is logged", what_cannot_be_decrypted_is_logged },
	{ "without master key they are unusable", without_master_key_they_are_unusable },
};

UNIT_MAIN("secret", tests)
