/* RSA key pairs: made, stored, shown, replaced and removed; and the text of public keys. */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/rsa_keys.h"
#include "shell/ssh_key_text.h"
#include "tests/unit/shell_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* --- public keys ---- */

#define KEY                                                                                                            \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDbWwaFfVBLdOhR3vu8QeX/NTv4nHGE+sB1RLNXHslhTEUEvYsTnomZdzz7KhEeaUEoQN33SODH8+6Dj6hvxnMFaOS7ARQmHd0X0ChQItWeNOGfLCfE/xTHc2tuIYqyyFnUIzeiKHkfqKgf5RFAkYByl9n5C23t3O2RCSdKMFFbNw=="
#define HASH "BBC1693F41E3FC9CD5827A6ADB5DEBC1"

static void is_key(const char *text, const char *remark)
{
	char hash[SSH_KEY_HASH_SIZE] = "";
	const char *got = NULL;

	CU_ASSERT_TRUE(ssh_key_text_hash(text, hash, &got));
	CU_ASSERT_STRING_EQUAL(hash, HASH);
	CU_ASSERT_EQUAL(got != NULL, remark != NULL);
	if (got && remark)
		CU_ASSERT_STRING_EQUAL(got, remark);
}

static void a_public_key_is_found_in_its_text(void)
{
	is_key(KEY, NULL);
	is_key("ssh-rsa " KEY, NULL);
	is_key("ssh-rsa " KEY " admin@host", "admin@host");
	is_key(KEY "admin@host", "admin@host"); /* a blank that ended a line is gone */
	is_key("  ssh-rsa  " KEY " two words", "two words");
}

static void what_is_no_rsa_key_is_refused(void)
{
	static const char *const bad[] = {
		"",
		"ssh-rsa",
		"ssh-rsa AAAA",
		"ssh-dss AAAAB3NzaC1kc3M=",
		/* lengths that lie */
		"AAAAB3NzaC1yc2H/////",
		"/////3NzaC1yc2EAAAADAQAB",
		"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDw",
		"AAAAB3NzaC1yc2EAAAAA",
	};
	char text[sizeof(KEY)], hash[SSH_KEY_HASH_SIZE];
	const char *remark;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(ssh_key_text_hash(bad[i], hash, &remark));
	/* any beginning of a key is none */
	for (size_t n = 0; n + 8 < strlen(KEY); n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, KEY);
		CU_ASSERT_FALSE(ssh_key_text_hash(text, hash, &remark));
	}
}

static void a_hash_has_32_digits(void)
{
	char hash[SSH_KEY_HASH_SIZE];

	CU_ASSERT_TRUE(ssh_key_hash_parse("0123456789abcdefABCDEF0123456789", hash));
	CU_ASSERT_STRING_EQUAL(hash, "0123456789ABCDEFABCDEF0123456789");
	CU_ASSERT_TRUE(ssh_key_hash_parse("01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef", hash));
	CU_ASSERT_FALSE(ssh_key_hash_parse("0123456789abcdefABCDEF012345678", hash));
	CU_ASSERT_FALSE(ssh_key_hash_parse("0123456789abcdefABCDEF01234567890", hash));
	CU_ASSERT_FALSE(ssh_key_hash_parse("0123456789abcdefABCDEF012345678g", hash));
	CU_ASSERT_FALSE(ssh_key_hash_parse(":0123456789abcdefABCDEF012345678", hash));
}

/* --- pairs ---- */

static struct rig rig;
static char folder[64];
static struct cmd_table tables[COMMANDS_CONFIG + 2];

static void begin(void)
{
	size_t n = commands_config(tables);

	tables[n++] = cmd_show_ssh_table;
	tables[n++] = cmd_crypto_key_exec_table;
	strcpy(folder, "/tmp/mmkeysXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	rig = (struct rig){ 0 };
	rig_open_router(&rig, tables, n, SESSION_TEST);
	rig.shell.state_dir = folder;
	snprintf(rig.shell.config->domain_name, CONFIG_TEXT_SIZE, "lab");
}

static void end(void)
{
	char command[96];

	rig_close(&rig);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

static unsigned count(void)
{
	unsigned n = 0;

	rsa_keys_each(folder, rsa_keys_count, &n);
	return n;
}

static void last_bits(void *ctx, const struct rsa_pair *r)
{
	*(unsigned *)ctx = r->bits;
}

/* The seconds that it took may be more than none. */
static void mask_seconds(char *text)
{
	for (char *p = text; (p = strstr(p, "elapsed time was ")); p++)
		if (p[17] >= '0' && p[17] <= '9')
			p[17] = '0';
}

static bool said(const char *transcript)
{
	mask_seconds(rig.out);
	return rig_is(&rig, transcript);
}

/* That nobody could look does not mean that there is none, nor that another one is to be taken. */
static void without_descriptors(void)
{
	char name[RSA_NAME_SIZE];
	struct rlimit was, none;

	getrlimit(RLIMIT_NOFILE, &was);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = was.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	CU_ASSERT_EQUAL(rsa_keys_for_ssh(folder, "", name), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &was);
	CU_ASSERT_EQUAL(rsa_keys_for_ssh(folder, "", name), 1);
}

static void pairs_are_files_of_their_own(void)
{
	char name[RSA_NAME_SIZE], path[128];
	struct stat st;
	char *pem;

	begin();
	CU_ASSERT_EQUAL(count(), 0);
	CU_ASSERT_FALSE(rsa_keys_for_ssh(folder, "", name));
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "../x/%.y", 512), 0);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "R2.lab", 768), 0);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "other", 1024), 0);
	CU_ASSERT_EQUAL(count(), 3);
	CU_ASSERT_TRUE(rsa_keys_exist(folder, "../x/%.y"));
	snprintf(path, sizeof(path), "%s/keys/R2.lab.rsa", folder);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/keys", folder);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
	/* the first with enough bits, or the one that is asked for */
	CU_ASSERT_TRUE(rsa_keys_for_ssh(folder, "", name));
	CU_ASSERT_STRING_EQUAL(name, "R2.lab");
	CU_ASSERT_TRUE(rsa_keys_for_ssh(folder, "other", name));
	CU_ASSERT_STRING_EQUAL(name, "other");
	CU_ASSERT_FALSE(rsa_keys_for_ssh(folder, "../x/%.y", name));
	CU_ASSERT_FALSE(rsa_keys_for_ssh(folder, "none", name));
	without_descriptors();
	pem = rsa_keys_private(folder, "other");
	CU_ASSERT_PTR_NOT_NULL_FATAL(pem);
	CU_ASSERT_PTR_NOT_NULL(strstr(pem, "PRIVATE KEY"));
	free(pem);
	CU_ASSERT_EQUAL(rsa_keys_remove(folder, "R2.lab"), 1);
	CU_ASSERT_EQUAL(rsa_keys_remove(folder, "R2.lab"), 0);
	CU_ASSERT_EQUAL(rsa_keys_remove(folder, NULL), 2);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "x", 359), -EINVAL);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "x", 4097), -EINVAL);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "", 1024), -EINVAL);
	CU_ASSERT_EQUAL(rsa_keys_generate(NULL, "x", 1024), -EROFS);
	CU_ASSERT_EQUAL(count(), 0);
	end();
}

static void a_key_needs_a_name(void)
{
	begin();
	rig.shell.config->domain_name[0] = '\0';
	rig_type(&rig, "crypto key generate rsa");
	CU_ASSERT_TRUE(said("R2#crypto key generate rsa\n% Please define a domain-name first.\n"));
	snprintf(rig.shell.config->hostname, CONFIG_NAME_SIZE, "Router");
	rig_clear(&rig);
	rig_type(&rig, "crypto key generate rsa modulus 1024");
	CU_ASSERT_TRUE(said("Router#crypto key generate rsa modulus 1024\n"
			    "% Please define a hostname other than Router.\n"));
	CU_ASSERT_EQUAL(count(), 0);
	end();
}

static void the_dialog_asks_for_the_modulus(void)
{
	unsigned bits = 0;

	begin();
	rig.input = "5000\r768\r";
	session_enter(rig.session, MODE_CONFIG, NULL);
	rig_type(&rig, "crypto key generate rsa");
	CU_ASSERT_TRUE(said("R2(config)#crypto key generate rsa\n"
			    "The name for the keys will be: R2.lab\n"
			    "Choose the size of the key modulus in the range of 360 to 4096 for your\n"
			    "  General Purpose Keys. Choosing a key modulus greater than 512 may take\n"
			    "  a few minutes.\n"
			    "\n"
			    "How many bits in the modulus [512]: 5000\n"
			    "% A decimal number between 360 and 4096.\n"
			    "How many bits in the modulus [512]: 768\n"
			    "% Generating 768 bit RSA keys, keys will be non-exportable...\n"
			    "[OK] (elapsed time was 0 seconds)\n\n"));
	rsa_keys_each(folder, last_bits, &bits);
	CU_ASSERT_EQUAL(bits, 768);
	rig_clear(&rig);
	rig.input = "no\r";
	rig_type(&rig, "crypto key generate rsa");
	CU_ASSERT_TRUE(said("R2(config)#crypto key generate rsa\n"
			    "% You already have RSA keys defined named R2.lab.\n"
			    "% Do you really want to replace them? [yes/no]: no\n"));
	rig_clear(&rig);
	rig_type(&rig, "crypto key generate rsa general-keys modulus 1024");
	CU_ASSERT_TRUE(said("R2(config)#crypto key generate rsa general-keys modulus 1024\n"
			    "% You already have RSA keys defined named R2.lab.\n"
			    "% They will be replaced.\n"
			    "\n"
			    "% The key modulus size is 1024 bits\n"
			    "% Generating 1024 bit RSA keys, keys will be non-exportable...\n"
			    "[OK] (elapsed time was 0 seconds)\n\n"));
	rsa_keys_each(folder, last_bits, &bits);
	CU_ASSERT_EQUAL(bits, 1024);
	CU_ASSERT_EQUAL(count(), 1);
	end();
}

static void zeroize_asks_first(void)
{
	begin();
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "R2.lab", 768), 0);
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "L", 768), 0);
	rig.input = "n\r";
	rig_type(&rig, "crypto key zeroize rsa");
	CU_ASSERT_EQUAL(count(), 2);
	rig.input = "yes\r";
	rig_type(&rig, "crypto key zeroize rsa L");
	CU_ASSERT_EQUAL(count(), 1);
	rig.input = "yes\r";
	rig_type(&rig, "crypto key zeroize rsa");
	rig_type(&rig, "crypto key zeroize rsa");
	CU_ASSERT_TRUE(said("R2#crypto key zeroize rsa\n"
			    "% All RSA keys will be removed.\n"
			    "% All router certs issued using these keys will also be removed.\n"
			    "Do you really want to remove these keys? [yes/no]: n\n"
			    "R2#crypto key zeroize rsa L\n"
			    "% Keys to be removed are named 'L'.\n"
			    "% All router certs issued using these keys will also be removed.\n"
			    "Do you really want to remove these keys? [yes/no]: yes\n"
			    "R2#crypto key zeroize rsa\n"
			    "% All RSA keys will be removed.\n"
			    "% All router certs issued using these keys will also be removed.\n"
			    "Do you really want to remove these keys? [yes/no]: yes\n"
			    "R2#crypto key zeroize rsa\n"
			    "% No Signature RSA Keys found in configuration.\n\n"));
	CU_ASSERT_EQUAL(count(), 0);
	end();
}

/* --- what is shown ---- */

static void show_ip_ssh_tells_whether_there_is_a_key(void)
{
	const char *at;

	begin();
	rig_type(&rig, "show ip ssh");
	CU_ASSERT_TRUE(said("R2#show ip ssh\n"
			    "SSH Disabled - version 1.99\n"
			    "%Please create RSA keys to enable SSH (and of atleast 768 bits for SSH v2).\n"
			    "Authentication methods:publickey,keyboard-interactive,password\n"
			    "Authentication timeout: 120 secs; Authentication retries: 3\n"
			    "Minimum expected Diffie Hellman key size : 1024 bits\n"
			    "IOS Keys in SECSH format(ssh-rsa, base64 encoded): NONE\n"));
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "R2.lab", 1024), 0);
	rig.shell.config->access.ssh_version = 2;
	rig_clear(&rig);
	rig_type(&rig, "show ip ssh");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "SSH Enabled - version 2.0"));
	at = strstr(rig.out, "encoded):\r\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	CU_ASSERT_EQUAL(strcspn(strstr(at, "ssh-rsa"), "\r"), 80);
	end();
}

/* Captured of a key of 1024 bits: 162 octets, and the last two are no row of their own. */
static void a_key_is_shown_in_words(void)
{
	static const size_t widths[] = { 74, 74, 74, 74, 78 };
	const char *at;

	begin();
	CU_ASSERT_EQUAL(rsa_keys_generate(folder, "R2.lab", 1024), 0);
	rig_type(&rig, "show crypto key mypubkey rsa");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "\r\n% Key pair was generated at: "));
	at = strstr(rig.out, "Key name: R2.lab\r\n"
			     "Key type: RSA KEYS\r\n"
			     " Storage Device: not specified\r\n"
			     " Usage: General Purpose Key\r\n"
			     " Key is not exportable.\r\n"
			     " Key Data:\r\n"
			     "  30819F30 0D06092A 864886F7 0D010101 05000381 8D003081 89028181 00");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at = strstr(at, "  3081");
	for (unsigned i = 0; i < 5; i++) {
		size_t n = strcspn(at, "\r");

		CU_ASSERT_EQUAL(n, widths[i]);
		at += n + 2;
	}
	CU_ASSERT_EQUAL(strncmp(at - 13, "020301 0001\r\n", 13), 0);
	end();
}

/* --- pubkey-chain ---- */

static void a_key_is_typed_line_by_line(void)
{
	const struct ssh_pubkey *k;
	char line[128];

	begin();
	session_enter(rig.session, MODE_CONFIG, NULL);
	rig_type(&rig, "ip ssh pubkey-chain");
	rig_type(&rig, "username admin");
	rig_type(&rig, "key-string");
	rig_type(&rig, "ssh-rsa");
	for (size_t at = 0; at < strlen(KEY); at += 72) {
		snprintf(line, sizeof(line), "%.72s", &KEY[at]);
		CU_ASSERT_EQUAL(rig_type(&rig, line), SESSION_ACCEPTED);
	}
	CU_ASSERT_EQUAL(session_mode(rig.session), MODE_SSH_PUBKEY_DATA);
	rig_type(&rig, "exit");
	CU_ASSERT_EQUAL(session_mode(rig.session), MODE_SSH_PUBKEY_USER);
	k = TAILQ_FIRST(&rig.shell.config->access.ssh_keys);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_STRING_EQUAL(k->hash, HASH);
	CU_ASSERT_STRING_EQUAL(k->owner, "admin");
	/* what cannot be read is nobody's key */
	rig_clear(&rig);
	rig_type(&rig, "key-string");
	rig_type(&rig, "AAAAB3Nz");
	rig_type(&rig, "exit");
	CU_ASSERT_TRUE(said("R2(conf-ssh-pubkey-user)#key-string\n"
			    "R2(conf-ssh-pubkey-data)#AAAAB3Nz\n"
			    "R2(conf-ssh-pubkey-data)#exit\n"
			    "%SSH: Failed to decode the Key Value\n"));
	CU_ASSERT_PTR_NULL(TAILQ_NEXT(k, link));
	rig_type(&rig, "exit");
	CU_ASSERT_EQUAL(session_mode(rig.session), MODE_SSH_PUBKEY);
	rig_type(&rig, "exit");
	CU_ASSERT_EQUAL(session_mode(rig.session), MODE_CONFIG);
	rig_type(&rig, "no ip ssh pubkey-chain");
	CU_ASSERT_TRUE(TAILQ_EMPTY(&rig.shell.config->access.ssh_keys));
	end();
}

static const struct unit_test tests[] = {
	{ "a public key is found in its text", a_public_key_is_found_in_its_text },
	{ "what is no RSA key is refused", what_is_no_rsa_key_is_refused },
	{ "a hash has 32 digits", a_hash_has_32_digits },
	{ "pairs are files of their own", pairs_are_files_of_their_own },
	{ "a key needs a name", a_key_needs_a_name },
	{ "the dialog asks for the modulus", the_dialog_asks_for_the_modulus },
	{ "zeroize asks first", zeroize_asks_first },
	{ "show ip ssh tells whether there is a key", show_ip_ssh_tells_whether_there_is_a_key },
	{ "a key is shown in words", a_key_is_shown_in_words },
	{ "a key is typed line by line", a_key_is_typed_line_by_line },
};

UNIT_MAIN("ssh_keys", tests)
