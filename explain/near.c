#include "explain/near.h"

#include <string.h>

#define WORDS      24 /* of the text, the others are not looked for */
#define WORD_LEAST 3  /* letters */
#define STEM       5  /* so many letters make "retransmit" of "retransmitting" */
#define RARE       12 /* a word that no more messages have */

struct word {
	const char *p;
	size_t octets;
};

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The next word of letters alone; false: there is none. */
static bool next_word(const char **at, const char *end, struct word *out)
{
	while (*at < end) {
		const char *p = *at;
		bool mixed = false;

		while (p < end && (letter(*p) || (*p >= '0' && *p <= '9'))) {
			mixed |= !letter(*p);
			p++;
		}
		*out = (struct word){ *at, (size_t)(p - *at) };
		*at = p + (p < end);
		if (out->octets >= WORD_LEAST && !mixed)
			return true;
	}
	return false;
}

/* The same, or one begins with the other. */
static bool akin(struct word a, struct word b)
{
	const size_t n = a.octets < b.octets ? a.octets : b.octets;

	if (a.octets != b.octets && n < STEM)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static bool has(const char *text, struct word wanted)
{
	const char *at = text, *const end = text + strlen(text);
	struct word w;

	while (next_word(&at, end, &w))
		if (akin(w, wanted))
			return true;
	return false;
}

/* Stands in nearly every form. */
static bool is_prefix(struct word w)
{
	return akin(w, (struct word){ "isakmp", 6 }) || akin(w, (struct word){ "ipsec", 5 }) ||
	       akin(w, (struct word){ "crypto", 6 });
}

static bool holds(const struct message *m, struct word w)
{
	const char *form;

	if (has(m->name, w))
		return true;
	for (size_t k = 0; (form = message_form(m, k)); k++)
		if (has(form, w))
			return true;
	return false;
}

/* What few messages have tells more. */
static unsigned weight_of(const struct message_catalog *c, struct word w)
{
	const struct message *m;
	unsigned count = 0;

	for (size_t i = 0; (m = message_at(c, i)); i++)
		count += holds(m, w);
	return count <= RARE ? 2 : 1;
}

size_t message_near(const struct message_catalog *c, const char *text, size_t octets, const struct message *out[],
		    size_t room)
{
	const char *at = text;
	unsigned scores[16], weights[WORDS];
	struct word words[WORDS];
	const struct message *m;
	size_t count = 0, n = 0;

	if (room > sizeof(scores) / sizeof(scores[0]))
		room = sizeof(scores) / sizeof(scores[0]);
	while (count < WORDS && next_word(&at, text + octets, &words[count]))
		count += !is_prefix(words[count]);
	for (size_t i = 0; i < count; i++)
		weights[i] = weight_of(c, words[i]);
	for (size_t i = 0; (m = message_at(c, i)); i++) {
		unsigned score = 0;
		size_t k = n;

		for (size_t j = 0; j < count; j++)
			score += holds(m, words[j]) ? weights[j] : 0;
		if (score < 2)
			continue;
		while (k && scores[k - 1] < score)
			k--;
		if (k == room)
			continue;
		n += n < room;
		memmove(&scores[k + 1], &scores[k], (n - k - 1) * sizeof(scores[0]));
		memmove(&out[k + 1], &out[k], (n - k - 1) * sizeof(out[0]));
		scores[k] = score;
		out[k] = m;
	}
	return n;
}
