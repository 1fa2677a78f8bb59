/*
 * Who logs in by SSH: password, keyboard-interactive and RSA public keys. The client asks its user, aaa.c decides; what
 * it does not let in is answered by libssh with the list of methods.
 */
#include "shell/ssh_int.h"

#include "base/wipe.h"
#include "shell/aaa.h"
#include "shell/ssh_key_text.h"

#include <stdio.h>
#include <string.h>

/* IOS shows `banner login` before it asks; SSH has a message for that (RFC 4252 5.4). */
static void send_banner(struct ssh_conn *c)
{
	ssh_string text;

	if (c->banner_sent)
		return;
	c->banner_sent = true;
	if (c->settings.banner && (text = ssh_string_from_char(c->settings.banner))) {
		ssh_send_issue_banner(c->session, text);
		ssh_string_free(text);
	}
}

static bool name_fits(const char *user)
{
	return user && *user && strlen(user) < ACCESS_NAME_SIZE;
}

static int granted(struct ssh_conn *c, const char *user, unsigned privilege)
{
	snprintf(c->user, sizeof(c->user), "%s", user);
	c->privilege = privilege;
	c->authenticated = true;
	ssh_stage(c, SSH_STAGE_AUTHENTICATED);
	ssh_log_userauth(c, user, true);
	aaa_note(c->server->shell, true, user, &c->from, SSH_PORT);
	return SSH_AUTH_SUCCESS;
}

static int refused(struct ssh_conn *c, const char *user)
{
	c->failures++;
	if (c->failures >= c->settings.retries)
		c->done = true;
	ssh_log_userauth(c, user ? user : "", false);
	aaa_note(c->server->shell, false, user ? user : "", &c->from, SSH_PORT);
	c->done |= aaa_blocked(c->server->shell, &c->from); /* `login block-for` began with this one, or another */
	return SSH_AUTH_DENIED;
}

static int check_password(struct ssh_conn *c, const char *user, const char *password)
{
	unsigned privilege = 1;

	send_banner(c);
	if (c->done || c->authenticated)
		return SSH_AUTH_DENIED;
	if (c->settings.by_users && name_fits(user) && password &&
	    aaa_password(c->server->shell, LINE_VTY, c->vty_number, user, password, &privilege) == AAA_GRANTED)
		return granted(c, user, privilege);
	return refused(c, user);
}

static int on_password(ssh_session session, const char *user, const char *password, void *ctx)
{
	(void)session;
	return check_password(ctx, user, password);
}

/* What is asked without being a try: it costs nothing, so there may be some of it. */
static void count_request(struct ssh_conn *c)
{
	if (++c->requests > SSH_REQUESTS_MOST)
		c->done = true;
}

static int on_none(ssh_session session, const char *user, void *ctx)
{
	(void)session;
	(void)user;
	count_request(ctx);
	send_banner(ctx);
	return SSH_AUTH_DENIED;
}

/* --- public keys ---- */

/* Does the user's pubkey-chain have it? Control lock held. */
static bool chain_has(const struct config_access *a, const char *user, const char hash[SSH_KEY_HASH_SIZE])
{
	const struct ssh_pubkey *k;
	bool has = false;

	TAILQ_FOREACH (k, &a->ssh_keys, link)
		has |= !k->server && !strcmp(k->owner, user) && equal_const_time(k->hash, hash, SSH_KEY_HASH_SIZE);
	return has;
}

static bool key_known(struct ssh_conn *c, const char *user, ssh_key key)
{
	char hash[SSH_KEY_HASH_SIZE];
	unsigned char *md5 = NULL;
	size_t octets;
	bool known = false;

	if (!c->settings.by_users || !name_fits(user) || ssh_key_type(key) != SSH_KEYTYPE_RSA ||
	    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_MD5, &md5, &octets) != 0)
		return false;
	if (octets * 2 + 1 == sizeof(hash)) {
		ssh_key_hash_text(md5, hash);
		shell_lock(c->server->shell);
		known = chain_has(&c->server->shell->config->access, user, hash);
		shell_unlock(c->server->shell);
	}
	ssh_clean_pubkey_hash(&md5);
	return known;
}

/* First it is asked whether a key would do (no signature), then it comes with one; libssh has checked that. */
static int on_key(ssh_session session, const char *user, struct ssh_key_struct *key, char signature, void *ctx)
{
	struct ssh_conn *c = ctx;
	unsigned privilege = 1;

	(void)session;
	send_banner(c);
	if (c->done || c->authenticated)
		return SSH_AUTH_DENIED;
	if (signature == SSH_PUBLICKEY_STATE_NONE) {
		count_request(c);
		return key_known(c, user, key) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
	}
	if (signature == SSH_PUBLICKEY_STATE_VALID && key_known(c, user, key) &&
	    aaa_known_user(c->server->shell, LINE_VTY, c->vty_number, user, &privilege) == AAA_GRANTED)
		return granted(c, user, privilege);
	return refused(c, user);
}

/* --- keyboard-interactive, and all that has no callback of its own ---- */

static int ask_password(struct ssh_conn *c, ssh_message m)
{
	const char *user = ssh_message_auth_user(m), *prompt = "Password: ";

	count_request(c);
	send_banner(c);
	if (c->done || c->authenticated || !name_fits(user))
		return 1;
	snprintf(c->asked, sizeof(c->asked), "%s", user);
	ssh_message_auth_interactive_request(m, "", "", 1, &prompt, &(char){ 0 });
	return 0;
}

static int take_answer(struct ssh_conn *c, ssh_message m)
{
	const char *answer;
	int verdict;

	if (!c->asked[0] || ssh_userauth_kbdint_getnanswers(c->session) != 1)
		return 1;
	answer = ssh_userauth_kbdint_getanswer(c->session, 0);
	verdict = check_password(c, c->asked, answer);
	c->asked[0] = '\0';
	if (verdict != SSH_AUTH_SUCCESS)
		return 1;
	ssh_message_auth_reply_success(m, 0);
	return 0;
}

/* 1: libssh says no. */
static int on_message(ssh_session session, ssh_message m, void *ctx)
{
	struct ssh_conn *c = ctx;

	(void)session;
	if (ssh_message_type(m) == SSH_REQUEST_AUTH && ssh_message_subtype(m) == SSH_AUTH_METHOD_INTERACTIVE)
		return ssh_message_auth_kbdint_is_response(m) ? take_answer(c, m) : ask_password(c, m);
	if (ssh_message_type(m) == SSH_REQUEST_AUTH)
		count_request(c);
	return 1;
}

/* Without this libssh would look for Kerberos keys of the host. */
static ssh_string on_gssapi(ssh_session session, const char *user, int count, ssh_string *oids, void *ctx)
{
	(void)session;
	(void)user;
	(void)count;
	(void)oids;
	(void)ctx;
	return NULL;
}

void ssh_auth_begin(struct ssh_conn *c)
{
	c->callbacks.auth_password_function = on_password;
	c->callbacks.auth_none_function = on_none;
	c->callbacks.auth_pubkey_function = on_key;
	c->callbacks.gssapi_select_oid_function = on_gssapi;
	ssh_set_message_callback(c->session, on_message, c);
	ssh_set_auth_methods(c->session,
			     (int)(SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD));
}
