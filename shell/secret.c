#include "shell/secret.h"

#include "base/wipe.h"
#include "startup-config/type6.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

_Static_assert(TYPE6_CLEAR_MAX == CONFIG_PSK_SIZE - 1, "a key has its type 6 form");
_Static_assert(TYPE6_TEXT_SIZE(TYPE6_CLEAR_MAX) <= CONFIG_TYPE6_SIZE, "which fits");

static void encrypt(const struct config *c, const char *clear, char *type6)
{
	uint8_t salt[TYPE6_SALT_OCTETS];

	if (!c->password_encryption_aes || !c->master_key[0])
		return;
	/* without random octets it stays in clear, and is printed so */
	if (RAND_bytes(salt, sizeof(salt)) == 1)
		type6_encrypt(c->master_key, salt, clear, type6, CONFIG_TYPE6_SIZE);
}

bool secret_take(struct session *s, const struct cmd_match *m, char clear[CONFIG_PSK_SIZE],
		 char type6[CONFIG_TYPE6_SIZE])
{
	const struct config *c = session_config(s);
	struct logger *log = session_shell(s)->log;
	bool encrypted = cmd_has(m, "6");
	const char *text = cmd_text(m, "key");
	size_t longest = encrypted ? CONFIG_TYPE6_SIZE - 1 : CONFIG_PSK_SIZE - 1;

	if (strlen(text) > longest) {
		session_line(s, "%% Key is longer than %zu characters", longest);
		return false;
	}
	if (encrypted) {
		snprintf(type6, CONFIG_TYPE6_SIZE, "%s", text);
		if (!c->master_key[0] || !type6_decrypt(c->master_key, type6, clear, CONFIG_PSK_SIZE)) {
			clear[0] = '\0';
			if (log && session_kind(s) != SESSION_LOADER) /* what was loaded is told at its end */
				log_syslog(log, LOG_SEV_WARNINGS, "CRYPTO", "TYPE6_KEY",
					   "Can not decrypt the type 6 key that was typed");
		}
	} else {
		snprintf(clear, CONFIG_PSK_SIZE, "%s", text);
		type6[0] = '\0';
		encrypt(c, clear, type6);
	}
	return true;
}

const char *secret_kind(const char *clear, const char *type6)
{
	if (type6[0])
		return "6 ";
	/* a key that begins like the keyword needs the keyword before it */
	return (clear[0] == '0' || clear[0] == '6') && (!clear[1] || strchr(" \t", clear[1])) ? "0 " : "";
}

void secret_warn(struct session *s, const char *why)
{
	const bool person = session_kind(s) == SESSION_CONSOLE || session_kind(s) == SESSION_VTY;

	if (why && person)
		session_line(s, "WARNING: Command has been added to the configuration using a weak pre-shared key: %s",
			     why);
}

/* --- all of a configuration ---- */

struct secret {
	char *clear, *type6;
	const char *what, *of;
};
typedef void (*secret_fn)(void *ctx, const struct secret *x);

static void each_key(struct isakmp_key_list *keys, const char *keyring, secret_fn fn, void *ctx)
{
	char address[IP_TEXT_SIZE];
	struct isakmp_key *k;

	TAILQ_FOREACH (k, keys, link)
		fn(ctx, &(struct secret){ k->key, k->type6, keyring,
					  k->hostname[0] ? k->hostname : ip_text(&k->peer.addr, address) });
}

static void each_secret(struct config *c, secret_fn fn, void *ctx)
{
	char address[IP_TEXT_SIZE];
	struct isakmp_keyring *r;
	struct isakmp_peer *p;

	each_key(&c->keys, "default", fn, ctx);
	TAILQ_FOREACH (r, &c->keyrings, link)
		each_key(&r->keys, r->name, fn, ctx);
	TAILQ_FOREACH (p, &c->isakmp_peers, link)
		if (p->password[0] || p->type6[0])
			fn(ctx,
			   &(struct secret){ p->password, p->type6, "aggressive-mode", ip_text(&p->address, address) });
}

static void encrypt_one(void *ctx, const struct secret *x)
{
	if (!x->type6[0])
		encrypt(ctx, x->clear, x->type6);
}

void secrets_encrypt(struct config *c)
{
	each_secret(c, encrypt_one, c);
}

static void change_master(void *ctx, const struct secret *x)
{
	const struct config *c = ctx;
	uint8_t salt[TYPE6_SALT_OCTETS];

	if (!x->type6[0])
		return;
	if (!c->master_key[0])
		wipe(x->clear, CONFIG_PSK_SIZE);
	else if (!x->clear[0])
		type6_decrypt(c->master_key, x->type6, x->clear, CONFIG_PSK_SIZE);
	else if (RAND_bytes(salt, sizeof(salt)) != 1 ||
		 !type6_encrypt(c->master_key, salt, x->clear, x->type6, CONFIG_TYPE6_SIZE))
		x->type6[0] = '\0'; /* what cannot be encrypted is printed in clear: the old form would be lost */
}

void secrets_new_master(struct config *c, const char *master)
{
	wipe(c->master_key, sizeof(c->master_key));
	snprintf(c->master_key, sizeof(c->master_key), "%s", master);
	each_secret(c, change_master, c);
	secrets_encrypt(c);
}

static void complain(void *ctx, const struct secret *x)
{
	if (x->type6[0] && !x->clear[0])
		log_syslog(ctx, LOG_SEV_WARNINGS, "CRYPTO", "TYPE6_KEY", "Can not decrypt the type 6 key of %s (%s)",
			   x->of, x->what);
}

bool secrets_lack_master(const struct config *c)
{
	return c->password_encryption_aes && !c->master_key[0];
}

void secrets_complain(struct shell *sh)
{
	if (!sh->log)
		return;
	if (secrets_lack_master(sh->config))
		log_syslog(sh->log, LOG_SEV_WARNINGS, "CRYPTO", "TYPE6_KEY", SECRETS_LACK_MASTER);
	each_secret(sh->config, complain, sh->log);
}

struct weak {
	unsigned count;
	char first[CONFIG_TEXT_SIZE + 200];
};

static void count_weak(void *ctx, const char *text)
{
	struct weak *w = ctx;

	if (!w->count++)
		snprintf(w->first, sizeof(w->first), "%s", text);
}

void secrets_warn(struct shell *sh)
{
	struct weak w = { 0 };

	config_weak_keys(sh->config, count_weak, &w);
	if (w.count == 1)
		log_syslog(sh->log, LOG_SEV_WARNINGS, "PARSER", "WEAK_KEY", "%s", w.first);
	else if (w.count)
		log_syslog(sh->log, LOG_SEV_WARNINGS, "PARSER", "WEAK_KEY", "%s (and %u more: mainmode check)", w.first,
			   w.count - 1);
}
