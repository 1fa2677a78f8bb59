/*
 * The forms of ike/debug.def, router/debug.def and explain/foreign.def as one table, found by what stands before a
 * message's text and by its first word; of those that begin alike the one with the most letters of its own counts.
 */
#include "explain/message.h"

#include "explain/form.h"
#include "explain/message_id.h"
#include "explain/page.h"
#include "explain/prefix.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

struct entry {
	unsigned id;
	const char *name;
	enum message_kind kind;
	const char *form;
	const char *types; /* NULL: as args says */
	const char *args;
	bool main;
};

#define SEV_EMERGENCIES                           "0"
#define SEV_ALERTS                                "1"
#define SEV_CRITICAL                              "2"
#define SEV_ERRORS                                "3"
#define SEV_WARNINGS                              "4"
#define SEV_NOTIFICATIONS                         "5"
#define SEV_INFORMATIONAL                         "6"
#define SEV_DEBUGGING                             "7"
#define OWN_DBG(name, kind, format, params, args) { MSG_##name, #name, MESSAGE_##kind, format, NULL, #args, true },
#define OWN_LOG(name, sev, facility, mnemonic, format, params, args)                                                   \
	{ MSG_##name, #name, MESSAGE_SYSLOG, "%" facility "-" SEV_##sev "-" mnemonic ": " format, NULL, #args, true },

static const struct entry entries[] = {
#define DBG(...) OWN_DBG(__VA_ARGS__)
#define LOG(...) OWN_LOG(__VA_ARGS__)
#include "ike/debug.def"
#define DBG(...) OWN_DBG(__VA_ARGS__)
#define LOG(...) OWN_LOG(__VA_ARGS__)
#include "router/debug.def"
#define FOREIGN(name, kind, form, types) { MSG_##name, #name, MESSAGE_##kind, form, types, NULL, true },
#define FORM(name, form, types)          { MSG_##name, #name, MESSAGE_ISAKMP, form, types, NULL, false },
#include "explain/foreign.def"
};
#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

/* A form where it can be found; next of those that begin alike, the longest first. */
struct slot {
	struct form form;
	struct prefix prefix;
	const struct entry *entry;
	const char *word;
	size_t word_octets;
	struct slot *next;
};

struct message_catalog {
	struct message messages[MSG_COUNT]; /* by ID */
	struct slot slots[ENTRIES];
	struct slot *buckets[BUCKETS];
	struct slot *wordless[PREFIX_SYSLOG + 1]; /* those whose first word is a value, by family */
};

/* --- finding ---- */

static uint32_t hash_octets(uint32_t h, const char *p, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		h = (h ^ (uint8_t)prefix_lower(p[i])) * 16777619u;
	return h;
}

static uint32_t hash_of(const struct prefix *p, const char *word, size_t octets)
{
	uint32_t h = 2166136261u + (uint32_t)p->family;

	h = hash_octets(h, p->key, p->key_octets);
	h = hash_octets(h, p->key2, p->key2_octets);
	return hash_octets(h, word, octets) % BUCKETS;
}

/* With a prefix that has a key the key is enough. */
static size_t first_word(const struct prefix *p)
{
	size_t n = 0;

	if (!p->key)
		while (n < p->body_octets && !prefix_blank(p->body[n]))
			n++;
	return n;
}

static bool same(const char *a, size_t a_octets, const char *b, size_t b_octets)
{
	if (a_octets != b_octets)
		return false;
	for (size_t i = 0; i < a_octets; i++)
		if (prefix_lower(a[i]) != prefix_lower(b[i]))
			return false;
	return true;
}

static bool same_place(const struct slot *s, const struct prefix *p, const char *word, size_t octets)
{
	return s->prefix.family == p->family && same(s->word, s->word_octets, word, octets) &&
	       same(s->prefix.key, s->prefix.key_octets, p->key, p->key_octets) &&
	       same(s->prefix.key2, s->prefix.key2_octets, p->key2, p->key2_octets);
}

/* --- the table ---- */

/* A letter for each placeholder behind the prefix, from printf's conversions and the spelling of the arguments. */
static void types_of(const struct entry *e, const char *body, char types[MESSAGE_VALUES + 1])
{
	const char *arg = e->args + 1;
	unsigned n = 0;

	for (const char *p = e->form; *p; p++) {
		unsigned depth = 0;
		const char *from;

		if (*p != '%')
			continue;
		while (p[1] == 'l')
			p++;
		if (!p[1] || !strchr("sudXc", p[1]))
			continue;
		while (*arg == ' ')
			arg++;
		from = arg;
		for (; *arg && (depth || (*arg != ',' && *arg != ')')); arg++)
			depth += *arg == '(' ? 1u : *arg == ')' ? -1u : 0;
		if (p >= body && n < MESSAGE_VALUES) {
			types[n] = p[1] == 'X' ? 'x' : p[1];
			if (p[1] == 's' && !strncmp(from, "ADDR(", 5))
				types[n] = 'a';
			n++;
		}
		if (*arg)
			arg++;
	}
	types[n] = '\0';
}

static void add(struct message_catalog *c, const struct entry *e, struct slot *s)
{
	char types[MESSAGE_VALUES + 1];
	struct slot **at;

	*s = (struct slot){ .entry = e };
	prefix_parse(e->form, strlen(e->form), &s->prefix);
	if (!e->types)
		types_of(e, s->prefix.body, types);
	if (!form_compile(&s->form, s->prefix.body, s->prefix.body_octets, e->types ? e->types : types))
		return; /* test_message finds it */
	if (!s->form.letters && !s->prefix.key)
		return; /* "ISAKMP:      %s" is like anything: what it prints is in foreign.def */
	s->word_octets = first_word(&s->prefix);
	s->word = s->prefix.body;
	at = memchr(s->word, '%', s->word_octets) ? &c->wordless[s->prefix.family]
						  : &c->buckets[hash_of(&s->prefix, s->word, s->word_octets)];
	while (*at && (*at)->form.letters >= s->form.letters)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
}

struct message_catalog *message_catalog_new(void)
{
	struct message_catalog *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	for (size_t i = 0; i < ENTRIES; i++) {
		const struct entry *e = &entries[i];

		if (e->main)
			c->messages[e->id] =
				(struct message){ e->name, e->kind, e->form, message_page(e->name), e->id };
		add(c, e, &c->slots[i]);
	}
	return c;
}

void message_catalog_free(struct message_catalog *c)
{
	free(c);
}

const struct message *message_at(const struct message_catalog *c, size_t index)
{
	return index + 1 < MSG_COUNT ? &c->messages[index + 1] : NULL;
}

const struct message *message_by_name(const struct message_catalog *c, const char *name)
{
	for (size_t i = 1; i < MSG_COUNT; i++)
		if (!strcmp(c->messages[i].name, name))
			return &c->messages[i];
	return NULL;
}

const char *message_form(const struct message *m, size_t index)
{
	if (!index)
		return m->form;
	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i].id == m->id && !entries[i].main && !--index)
			return entries[i].form;
	return NULL;
}

/* --- matching ---- */

static const struct slot *match_in(const struct slot *s, const struct prefix *p, const char *word, size_t octets,
				   struct message_match *out)
{
	for (; s; s = s->next)
		if ((!word || same_place(s, p, word, octets)) && form_match(&s->form, p->body, p->body_octets, out))
			return s;
	return NULL;
}

/* Two messages of one form, told apart by what they say. */
static unsigned told_apart(unsigned id, const struct message_match *m)
{
	if (id == MSG_state && m->count && m->values[0].octets > 7 && !memcmp(m->values[0].text, "IKE_QM_", 7))
		return MSG_node_state;
	return id;
}

bool message_match(const struct message_catalog *c, const char *text, size_t octets, struct message_match *out)
{
	struct prefix p;
	const struct slot *s;
	size_t word;

	prefix_parse(text, octets, &p);
	out->message = NULL;
	out->form = NULL;
	out->count = 0;
	out->body = p.body;
	out->body_octets = p.body_octets;
	out->error = p.error;
	out->has_cid = p.has_cid;
	out->cid = p.cid;
	out->era = p.era;
	word = first_word(&p);
	s = match_in(c->buckets[hash_of(&p, p.body, word)], &p, p.body, word, out);
	if (!s)
		s = match_in(c->wordless[p.family], &p, NULL, 0, out);
	if (!s) {
		out->count = 0;
		return false;
	}
	out->message = &c->messages[told_apart(s->entry->id, out)];
	out->form = s->entry->form;
	return true;
}

bool message_is_crypto(const char *text, size_t octets)
{
	static const char *const plain[] = {
		"map_db_",      "Crypto mapdb", "crypto_engine", "crypto engine:", "CRYPTO_ENGINE:",
		"CryptoEngine", "IPSec:",       "IPSEC",         "KMI:",           "insert sa successfully"
	};
	struct prefix p;

	prefix_parse(text, octets, &p);
	if (p.family == PREFIX_SYSLOG)
		return same(p.key, p.key_octets, "CRYPTO", 6) || same(p.key, p.key_octets, "IPSEC", 5);
	if (p.family != PREFIX_PLAIN)
		return true;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (p.body_octets >= strlen(plain[i]) && !memcmp(p.body, plain[i], strlen(plain[i])))
			return true;
	return false;
}
