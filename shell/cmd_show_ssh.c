/* show ssh, show ip ssh, show crypto key mypubkey rsa. */
#include "shell/commands_show.h"
#include "shell/lines.h"
#include "shell/rsa_keys.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/ssh_server.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- show ssh ---- */

struct seen {
	struct session *session;
	unsigned count;
};

static void print_connection(void *ctx, const struct line_info *i)
{
	static const char *const ways[] = { "IN", "OUT" };
	struct seen *seen = ctx;

	if (!i->active || i->end != LINE_END_SSH)
		return;
	if (!seen->count++)
		session_line(seen->session,
			     "Connection Version Mode Encryption  Hmac\t State\t               Username");
	for (unsigned w = 0; w < 2; w++)
		session_line(seen->session, "%-10u %-7s %-4s %-11s %-12s %-21s %s", i->number, "2.0", ways[w],
			     i->cipher, i->hmac, "Session started", i->user);
}

static enum cmd_result show_ssh(struct session *s, const struct cmd_match *m)
{
	struct seen seen = { .session = s };

	(void)m;
	if (session_shell(s)->lines)
		lines_each(session_shell(s)->lines, print_connection, &seen);
	if (!seen.count)
		session_line(s, "%%No SSHv2 server connections running.");
	session_line(s, "%%No SSHv1 server connections running.");
	return CMD_OK;
}

/* --- show ip ssh ---- */

#define KEY_COLUMNS 80

struct wanted {
	struct session *session;
	const char *name;
};

/* As OpenSSH's files have it, in lines of a terminal. */
static void print_secsh(void *ctx, const struct rsa_pair *r)
{
	struct wanted *w = ctx;
	char text[RSA_BITS_MOST], *at = text;
	int n;

	if (strcmp(r->name, w->name) != 0 || r->ssh_octets > sizeof(text) / 2)
		return;
	n = snprintf(text, sizeof(text), "ssh-rsa ");
	EVP_EncodeBlock((unsigned char *)text + n, r->ssh, (int)r->ssh_octets);
	for (; strlen(at) > KEY_COLUMNS; at += KEY_COLUMNS)
		session_line(w->session, "%.*s", KEY_COLUMNS, at);
	session_line(w->session, "%s ", at);
}

static enum cmd_result show_ip_ssh(struct session *s, const struct cmd_match *m)
{
	char keypair[RSA_NAME_SIZE], name[RSA_NAME_SIZE];
	const char *state_dir = session_shell(s)->state_dir;
	const struct config_access *a = &session_config(s)->access;
	unsigned version, timeout, retries, bits;
	bool enabled;

	(void)m;
	show_lock(s);
	version = a->ssh_version;
	timeout = a->ssh_timeout_s;
	retries = a->ssh_retries;
	bits = a->ssh_dh_bits;
	snprintf(keypair, sizeof(keypair), "%s", a->ssh_keypair);
	show_unlock(s);
	enabled = rsa_keys_for_ssh(state_dir, keypair, name) > 0;
	session_line(s, "SSH %s - version %s", enabled ? "Enabled" : "Disabled", ssh_version_text(version));
	if (!enabled)
		session_line(s, "%%Please create RSA keys to enable SSH (and of atleast %d bits for SSH v2).",
			     RSA_BITS_LEAST_SSH);
	session_line(s, "Authentication methods:publickey,keyboard-interactive,password");
	session_line(s, "Authentication timeout: %u secs; Authentication retries: %u", timeout, retries);
	session_line(s, "Minimum expected Diffie Hellman key size : %u bits", bits);
	session_line(s, "IOS Keys in SECSH format(ssh-rsa, base64 encoded):%s", enabled ? "" : " NONE");
	if (enabled)
		rsa_keys_each(state_dir, print_secsh, &(struct wanted){ s, name });
	return CMD_OK;
}

/* --- show crypto key mypubkey rsa ---- */

#define ROW_OCTETS 32

/* Words of four octets; what is less than a word does not begin a row. */
static void print_der(struct session *s, const uint8_t *der, size_t octets)
{
	char row[2 * ROW_OCTETS + ROW_OCTETS / 4 + 16];

	for (size_t at = 0; at < octets;) {
		size_t n = octets - at < ROW_OCTETS + 4 ? octets - at : ROW_OCTETS, put = 0;

		for (size_t i = 0; i < n; i++)
			put += (size_t)snprintf(row + put, sizeof(row) - put, "%02X%s", der[at + i],
						i % 4 == 3 && (i + 1 < n || at + n < octets) ? " " : "");
		session_line(s, "  %s", row);
		at += n;
	}
}

static void print_pair(void *ctx, const struct rsa_pair *r)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct wanted *w = ctx;
	struct session *s = w->session;
	struct tm tm;

	if ((w->name && strcmp(r->name, w->name) != 0) || !gmtime_r(&r->made.tv_sec, &tm))
		return;
	session_line(s, "%% Key pair was generated at: %02d:%02d:%02d UTC %s %d %d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		     months[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900);
	session_line(s, "Key name: %s", r->name);
	session_line(s, "Key type: RSA KEYS\n"
			" Storage Device: not specified\n"
			" Usage: General Purpose Key\n"
			" Key is not exportable.\n"
			" Key Data:");
	print_der(s, r->der, r->der_octets);
}

static enum cmd_result show_keys(struct session *s, const struct cmd_match *m)
{
	rsa_keys_each(session_shell(s)->state_dir, print_pair, &(struct wanted){ s, cmd_text(m, "label") });
	return CMD_OK;
}

#define SHOW(privilege_, handler_, ...)                                                                                \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED,                                   \
		.tokens = { KW("show", "Show running system information"), __VA_ARGS__ }, .handler = (handler_)        \
	}
#define MYPUBKEY                                                                                                       \
	KW("crypto", "Encryption module"), KW("key", "Show long term public keys"),                                    \
		KW("mypubkey", "Show public keys associated with this router"), KW("rsa", "Show RSA public keys")

static const struct cmd cmds[] = {
	SHOW(1, show_ssh, KW("ssh", "Status of SSH server connections")),
	SHOW(1, show_ip_ssh, KW("ip", "IP information"), KW("ssh", "Information on SSH")),
	SHOW(1, show_keys, MYPUBKEY),
	SHOW(1, show_keys, MYPUBKEY, WORD("label", "Name of the key pair")),
};

const struct cmd_table cmd_show_ssh_table = CMD_TABLE(cmds);
