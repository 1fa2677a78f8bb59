/*
 * Pre-shared keys that can be guessed. Whoever pretends to be the peer, or reads along in Aggressive Mode, gets a hash that
 * keys can be tried against at leisure: a key is as good as the number of guesses that it takes. What can be seen here is
 * only what is surely weak; that nothing is said makes no key strong.
 */
#include "base/wipe.h"
#include "config/model.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SHORTEST 12u /* characters; what one guesses first is shorter */
#define VARIETY  5u  /* different ones */

/* What is tried first; also several of them, and with digits and other characters between. */
static const char *const words[] = { "cisco",     "password", "passwd",  "secret",   "preshared", "presharedkey",
				     "sharedkey", "shared",   "psk",     "key",      "keys",      "ipsec",
				     "ike",       "isakmp",   "vpn",     "tunnel",   "router",    "admin",
				     "root",      "test",     "testing", "lab",      "demo",      "example",
				     "default",   "changeme", "welcome", "letmein",  "qwerty",    "asdf",
				     "abc",       "abcd",     "abcdef",  "mainmode", "site",      "office",
				     "branch",    "hub",      "spoke",   "to",       "the",       "my" };

/* Nothing but such words? The longest that fits first, so that "keys" is not "key" and a rest. */
static bool all_words(const char *letters)
{
	while (*letters) {
		size_t longest = 0;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i]) > longest && !strncmp(letters, words[i], strlen(words[i])))
				longest = strlen(words[i]);
		if (!longest)
			return false;
		letters += longest;
	}
	return true;
}

static char plain_letter(char c)
{
	static const char from[] = "0134@$", to[] = "oieaas";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : (char)tolower((unsigned char)c);
}

/* With digits left out, or with those that stand for letters read as them: p@ssw0rd. */
static bool is_words(const char *key)
{
	char letters[2][CONFIG_PSK_SIZE];
	size_t n[2] = { 0 };
	const char *end = key + strlen(key);
	bool weak;

	while (end > key && !isalpha((unsigned char)end[-1]))
		end--; /* a year, an exclamation mark */
	for (; key < end; key++) {
		if (isalpha((unsigned char)*key))
			letters[0][n[0]++] = (char)tolower((unsigned char)*key);
		if (isalpha((unsigned char)plain_letter(*key)))
			letters[1][n[1]++] = plain_letter(*key);
	}
	letters[0][n[0]] = letters[1][n[1]] = '\0';
	weak = all_words(letters[0]) || all_words(letters[1]); /* of digits alone nothing is left */
	wipe(letters, sizeof(letters));
	return weak;
}

static bool has_variety(const char *key)
{
	unsigned different = 0;

	for (size_t i = 0; key[i]; i++)
		different += strchr(key, key[i]) == key + i;
	return different >= VARIETY;
}

/* A part of it over and over, or each character the one after the other: abcdefghijkl, 210987654321. */
static bool is_pattern(const char *key)
{
	const size_t octets = strlen(key);
	size_t up = 1, down = 1;

	for (size_t unit = 1; unit <= octets / 2; unit++)
		if (!strncmp(key, key + unit, octets - unit))
			return true;
	for (size_t i = 1; i < octets; i++) {
		up += key[i] == key[i - 1] + 1 || (key[i] == '0' && key[i - 1] == '9');
		down += key[i] == key[i - 1] - 1 || (key[i] == '9' && key[i - 1] == '0');
	}
	return up == octets || down == octets;
}

/* name: the peer's, or "" */
static const char *weakness(const struct config *c, const char *key, const char *name, const struct ip_addr *peer)
{
	char address[IP_TEXT_SIZE];

	if (!key[0])
		return NULL; /* it cannot be decrypted */
	if (c->hostname[0] && !strcasecmp(key, c->hostname))
		return "it is the name of this router";
	if (!strcasecmp(key, name) || !strcasecmp(key, ip_text(peer, address)))
		return "it is the name or address of the peer";
	if (is_words(key))
		return "it consists of words and digits that are guessed first";
	if (!has_variety(key))
		return "it has too few different characters";
	if (is_pattern(key))
		return "it is a sequence or a repetition";
	return strlen(key) < SHORTEST ? "it is shorter than 12 characters" : NULL;
}

const char *config_key_weakness(const struct config *c, const struct isakmp_key *k)
{
	return weakness(c, k->key, k->hostname, &k->peer.addr);
}

const char *config_password_weakness(const struct config *c, const struct isakmp_peer *p)
{
	return weakness(c, p->password, "", &p->address);
}

static void tell(const struct config *c, const struct isakmp_key_list *keys, const char *keyring,
		 void (*fn)(void *ctx, const char *text), void *ctx)
{
	char text[CONFIG_TEXT_SIZE + 200], address[IP_TEXT_SIZE];
	const struct isakmp_key *k;
	const char *why;

	TAILQ_FOREACH (k, keys, link) {
		why = config_key_weakness(c, k);
		if (!why)
			continue;
		snprintf(text, sizeof(text), "pre-shared key of %s%s%s: weak, %s",
			 k->hostname[0] ? k->hostname : ip_text(&k->peer.addr, address),
			 keyring[0] ? " in keyring " : "", keyring, why);
		fn(ctx, text);
	}
}

static void tell_password(const struct config *c, const struct isakmp_peer *p, void (*fn)(void *ctx, const char *text),
			  void *ctx)
{
	const char *why = config_password_weakness(c, p);
	char text[200], address[IP_TEXT_SIZE];

	if (!why)
		return;
	snprintf(text, sizeof(text), "aggressive-mode password of %s: weak, %s", ip_text(&p->address, address), why);
	fn(ctx, text);
}

void config_weak_keys(const struct config *c, void (*fn)(void *ctx, const char *text), void *ctx)
{
	const struct isakmp_keyring *r;
	const struct isakmp_peer *p;

	tell(c, &c->keys, "", fn, ctx);
	TAILQ_FOREACH (r, &c->keyrings, link)
		tell(c, &r->keys, r->name, fn, ctx);
	TAILQ_FOREACH (p, &c->isakmp_peers, link)
		tell_password(c, p, fn, ctx);
}
