#include "shell/ifrange.h"

#include "shell/match.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left of the text. */
struct rest {
	const char *text;
	size_t at, octets;
	const struct router *router;
};

static char next(struct rest *r)
{
	while (r->at < r->octets && (r->text[r->at] == ' ' || r->text[r->at] == '\t'))
		r->at++;
	return r->at < r->octets ? r->text[r->at] : '\0';
}

static bool add(struct ifrange *out, const char *name)
{
	char(*names)[CONFIG_IFNAME_SIZE];

	for (size_t i = 0; i < out->count; i++)
		if (!strcmp(out->names[i], name))
			return true;
	if (out->count == IFRANGE_MOST || !(names = reallocarray(out->names, out->count + 1, sizeof(*names))))
		return false;
	out->names = names;
	snprintf(names[out->count++], sizeof(*names), "%s", name);
	return true;
}

/* "Tunnel 1", "e0/0": into fit. False: r stands at what is wrong, or at the end where a number is missing (half). */
static bool take_name(struct rest *r, struct word_fit *fit, const char **half)
{
	static const struct tok name = IFNAME("interface", "");
	size_t start, octets;
	const char *type = NULL;

	for (unsigned words = 0; words < 2; words++) {
		if (!next(r)) {
			*half = type;
			return false;
		}
		start = r->at;
		for (octets = 0; start + octets < r->octets && !strchr(" \t,", r->text[start + octets]); octets++)
			/* the hyphen behind a number begins the range */
			if (r->text[start + octets] == '-' && octets &&
			    isdigit((unsigned char)r->text[start + octets - 1]))
				break;
		word_fits(&name, r->text + start, octets, type, r->router, fit);
		if (fit->class == CLASS_NONE) {
			r->at += fit->wrong;
			return false;
		}
		r->at += octets;
		if (!fit->half)
			return true;
		type = fit->spelled;
	}
	return false;
}

/* The names from `first` up to the number `last` behind its last slash. */
static bool add_up_to(struct rest *r, struct ifrange *out, const char *first, unsigned last)
{
	size_t head = strlen(first), from;
	char name[CONFIG_IFNAME_SIZE], canonical[CONFIG_IFNAME_SIZE];
	enum if_type type;

	while (head && isdigit((unsigned char)first[head - 1]))
		head--;
	from = strtoul(first + head, NULL, 10);
	if (last < from || last - from >= IFRANGE_MOST)
		return false;
	for (size_t n = from; n <= last; n++) {
		struct word_fit fit;
		static const struct tok token = IFNAME("interface", "");
		int octets = snprintf(name, sizeof(name), "%.*s%zu", (int)head, first, n);

		word_fits(&token, name, (size_t)octets, NULL, r->router, &fit);
		if (fit.class == CLASS_NONE || !ifname_canonical(name, canonical, &type) || !add(out, canonical))
			return false;
	}
	return true;
}

static bool take_item(struct rest *r, struct ifrange *out, const char **half)
{
	char first[CONFIG_IFNAME_SIZE], digits[12] = "";
	struct word_fit fit;
	size_t n = 0;
	bool range;

	if (!take_name(r, &fit, half))
		return false;
	snprintf(first, sizeof(first), "%s", fit.spelled);
	range = next(r) == '-';
	r->at += range;
	if (!range)
		return add(out, first);
	if (!next(r)) {
		*half = if_type_name(IF_ETHERNET);
		for (const struct cmd_choice *c = cmd_interface_types; c->keyword; c++)
			if (!strncmp(c->keyword, first, strlen(c->keyword)))
				*half = c->keyword;
		return false;
	}
	while (r->at + n < r->octets && n + 1 < sizeof(digits) && isdigit((unsigned char)r->text[r->at + n])) {
		digits[n] = r->text[r->at + n];
		n++;
	}
	if (!n || strtoul(digits, NULL, 10) > INT32_MAX ||
	    !add_up_to(r, out, first, (unsigned)strtoul(digits, NULL, 10)))
		return false;
	r->at += n;
	return true;
}

bool ifrange_parse(const char *text, size_t octets, const struct router *router, struct ifrange *out, size_t *wrong,
		   const char **half)
{
	struct rest r = { .text = text, .octets = octets, .router = router };
	struct ifrange found = { 0 };
	bool ok;

	*half = NULL;
	while ((ok = take_item(&r, &found, half)) && next(&r)) {
		if (r.text[r.at] != ',') {
			ok = false;
			break;
		}
		r.at++;
		if (!next(&r)) {
			*half = if_type_name(IF_ETHERNET);
			ok = false;
			break;
		}
	}
	*wrong = r.at;
	if (ok && out)
		*out = found;
	else
		ifrange_free(&found);
	if (!ok && out)
		*out = (struct ifrange){ 0 };
	return ok;
}

void ifrange_free(struct ifrange *r)
{
	free(r->names);
	*r = (struct ifrange){ 0 };
}
