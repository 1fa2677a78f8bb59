#include "explain/mask.h"

#include <stdbool.h>
#include <string.h>

#define HEX_MIN 16 /* digits of what may be a key */

struct word {
	const char *p;
	size_t octets;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is(const struct word *w, const char *text)
{
	const size_t n = strlen(text);

	if (w->octets != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((w->p[i] | 0x20) != (text[i] | 0x20))
			return false;
	return true;
}

static bool begins(const char *p, const char *end, const char *word)
{
	for (; *word; p++, word++)
		if (p == end || ((*p >= 'A' && *p <= 'Z') ? *p | 0x20 : *p) != *word)
			return false;
	return true;
}

/* Most lines have none of the words that secrets stand behind. */
enum suspect { NO_SECRET, IN_WORDS, IN_HEX };

static enum suspect suspect(const char *text, size_t octets)
{
	const char *end = text + octets;
	enum suspect found = NO_SECRET;

	for (const char *p = text; p < end; p++)
		switch (*p | 0x20) {
		case 'k':
			if (begins(p, end, "keymat"))
				return IN_HEX;
			if (begins(p, end, "key"))
				found = IN_WORDS;
			break;
		case 's':
			if (begins(p, end, "skeyid") || begins(p, end, "shared secret"))
				return IN_HEX;
			if (begins(p, end, "secret") || begins(p, end, "snmp-server") || begins(p, end, "standby"))
				found = IN_WORDS;
			break;
		case 'n':
			if (begins(p, end, "nhrp auth"))
				found = IN_WORDS;
			break;
		case 'v':
			if (begins(p, end, "vrrp"))
				found = IN_WORDS;
			break;
		case 'p':
			if (begins(p, end, "password"))
				found = IN_WORDS;
			break;
		case 'c':
			if (begins(p, end, "community"))
				found = IN_WORDS;
			break;
		default:
			break;
		}
	return found;
}

static bool is_type(const struct word *w)
{
	return w->octets == 1 && w->p[0] >= '0' && w->p[0] <= '9';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* What the last words say of the next one. */
enum next {
	PLAIN,
	SECRET,
	SECRET_TO_END,
	TYPE_THEN_SECRET,
	TYPE_THEN_END,
	IKEV2_KEY,
	MAYBE_SECRET,
	SNMP_HOST,
	SNMP_TRAPS
};

struct state {
	struct word before;
	bool isakmp, preshared, server, snmp, config_key, digest, gateway;
};

/* Of "key": what debug lines and other commands say behind it. */
static bool is_said_of_keys(const struct word *w)
{
	static const char *const words[] = {
		"matching", "matches",   "match",    "found",    "not",        "length", "is",       "in",
		"for",      "with",      "eng.",     "eng",      "exchange",   "of",     "from",     "authentication",
		"based",    "chain",     "size",     "lifetime", "to",         "and",    "or",       "generation",
		"id",       "on",        "has",      "was",      "mismatch",   "search", "pair",     "ring",
		"lookup",   "agreement", "engine",   "payload",  "config-key", "server", "type",     "using",
		"offered",  "but",       "generate", "zeroize",  "import",     "export", "mypubkey", "pubkey-chain"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(w, words[i]))
			return true;
	return false;
}

/* Of "snmp-server host ADDRESS": what stands before the community. */
static bool is_said_of_traps(const struct word *w)
{
	return is(w, "traps") || is(w, "informs") || is(w, "version") || is(w, "1") || is(w, "2c") || is(w, "3") ||
	       is(w, "auth") || is(w, "noauth") || is(w, "priv");
}

static enum next after(struct state *s, const struct word *w)
{
	enum next next = PLAIN;

	if (is(w, "key"))
		next = is(&s->before, "isakmp") || s->preshared || s->server ? TYPE_THEN_SECRET : MAYBE_SECRET;
	else if (is(w, "pre-shared-key"))
		next = IKEV2_KEY;
	else if (is(w, "password") || is(w, "secret"))
		next = is(&s->before, "shared") ? PLAIN : TYPE_THEN_END;
	else if (is(w, "password-encrypt") || is(w, "password-encryption"))
		next = s->config_key ? SECRET : PLAIN;
	else if (is(w, "key-string"))
		next = TYPE_THEN_END;
	else if (is(w, "community"))
		next = s->snmp ? TYPE_THEN_SECRET : PLAIN;
	else if (s->snmp && is(w, "host"))
		next = SNMP_HOST;
	else if (s->snmp && ((is(&s->before, "auth") && (is(w, "md5") || is(w, "sha"))) ||
			     (is(&s->before, "priv") && (is(w, "des") || is(w, "3des"))) || is(&s->before, "aes")))
		next = SECRET;
	else if (is(w, "authentication-key"))
		next = is(&s->before, "ntp") ? PLAIN : TYPE_THEN_SECRET;
	else if (is(w, "authentication"))
		next = is(&s->before, "nhrp") ? TYPE_THEN_SECRET : s->gateway ? MAYBE_SECRET : PLAIN;
	else if (is(w, "text"))
		next = s->gateway && is(&s->before, "authentication") ? SECRET : PLAIN;
	else if (is(w, "md5"))
		next = s->digest ? TYPE_THEN_SECRET : PLAIN;
	s->preshared |= is(w, "pre-shared-key");
	s->server |= is(w, "tacacs-server") || is(w, "radius-server") || is(w, "server-private") || is(w, "server-key");
	s->snmp |= is(w, "snmp-server");
	s->config_key |= is(w, "config-key");
	s->gateway |= is(w, "standby") || is(w, "vrrp");
	s->digest |= is(w, "authentication-key") || is(w, "message-digest-key") || is(w, "authentication");
	s->before = *w;
	return next;
}

struct out {
	char *p, *end;
	unsigned secrets;
};

static void put(struct out *o, const char *p, size_t octets)
{
	if (octets > (size_t)(o->end - o->p))
		octets = (size_t)(o->end - o->p);
	memcpy(o->p, p, octets);
	o->p += octets;
}

static void put_mask(struct out *o)
{
	put(o, MASK_TEXT, strlen(MASK_TEXT));
	o->secrets++;
}

static bool hex_word(const char *p, const char *end)
{
	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x')
		p += 2;
	if (p == end)
		return false;
	while (p < end && is_hex(*p))
		p++;
	return p == end;
}

static const char *word_end(const char *p, const char *end)
{
	while (p < end && !blank(*p))
		p++;
	return p;
}

/* Words of hexadecimal digits, one or many in a row. */
static void mask_hex(const char *text, size_t octets, struct out *o)
{
	const char *p = text, *end = text + octets;

	while (p < end) {
		const char *q = p, *last = p;
		size_t digits = 0;

		if (blank(*p)) {
			put(o, p++, 1);
			continue;
		}
		while (q < end && hex_word(q, word_end(q, end))) {
			last = word_end(q, end);
			digits += (size_t)(last - q);
			for (q = last; q < end && *q == ' '; q++)
				;
		}
		if (digits >= HEX_MIN) {
			put_mask(o);
			p = last;
		} else {
			q = word_end(p, end);
			put(o, p, (size_t)(q - p));
			p = q;
		}
	}
}

static void mask_words(const char *text, size_t octets, struct out *o)
{
	const char *p = text, *end = text + octets;
	struct state s = { .before = { text, 0 } };
	enum next next = PLAIN;

	while (p < end) {
		struct word w = { p, 0 };
		const char *q = p;

		if (blank(*p)) {
			if (*p == '\n') {
				s = (struct state){ .before = { p, 0 } };
				next = PLAIN;
			}
			put(o, p++, 1);
			continue;
		}
		while (q < end && !blank(*q))
			q++;
		/* "logged command:crypto ..." */
		for (const char *c = p; c < q; c++)
			if (*c == ':' && c + 1 < q && next == PLAIN && (c[1] | 0x20) >= 'a' && (c[1] | 0x20) <= 'z' &&
			    !memchr(c + 1, ':', (size_t)(q - c - 1))) {
				put(o, p, (size_t)(c + 1 - p));
				p = c + 1;
				break;
			}
		w = (struct word){ p, (size_t)(q - p) };
		p = q;
		while (q < end && blank(*q) && *q != '\n')
			q++;
		if ((next == TYPE_THEN_SECRET || next == TYPE_THEN_END) && is_type(&w) && q < end && *q != '\n') {
			next = next == TYPE_THEN_END ? SECRET_TO_END : SECRET;
		} else if (next == IKEV2_KEY && (is(&w, "local") || is(&w, "remote") || is(&w, "hex") || is_type(&w))) {
			put(o, w.p, w.octets);
			continue;
		} else if (next == TYPE_THEN_SECRET && is(&w, "key-string")) {
			next = after(&s, &w);
		} else if (next == MAYBE_SECRET && (is(&w, "=") || is(&w, ":"))) {
			put(o, w.p, w.octets);
			continue;
		} else if (next == MAYBE_SECRET && is_type(&w) && q < end && *q != '\n') {
			next = SECRET;
		} else if (next == MAYBE_SECRET && (is_said_of_keys(&w) || is(&w, "text") || is(&w, "md5"))) {
			next = after(&s, &w);
		} else if (next == SNMP_HOST || (next == SNMP_TRAPS && is_said_of_traps(&w))) {
			next = SNMP_TRAPS;
		} else if (next == IKEV2_KEY && (is(&w, "address") || is(&w, "hostname"))) {
			next = after(&s, &w);
		} else if (next == SECRET_TO_END || next == TYPE_THEN_END) {
			const char *line = memchr(w.p, '\n', (size_t)(end - w.p));

			put_mask(o);
			p = line ? line : end;
			next = PLAIN;
			continue;
		} else if (next != PLAIN) {
			put_mask(o);
			s.before = w;
			next = PLAIN;
			continue;
		} else {
			next = after(&s, &w);
		}
		put(o, w.p, w.octets);
	}
}

unsigned mask_secrets(const char *text, size_t octets, char *out, size_t room)
{
	struct out o = { out, out + room - 1, 0 };

	switch (suspect(text, octets)) {
	case IN_HEX:
		mask_hex(text, octets, &o);
		break;
	case IN_WORDS:
		mask_words(text, octets, &o);
		break;
	case NO_SECRET:
		put(&o, text, octets);
		break;
	}
	*o.p = '\0';
	return o.secrets;
}
