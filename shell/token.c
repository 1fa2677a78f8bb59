/* One word against one token: what fits, and where it stops fitting. */
#include "router/router.h"
#include "shell/ifrange.h"
#include "shell/match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_OCTETS 256 /* longer words are no number, address or name of an interface */

const struct cmd_choice cmd_interface_types[] = {
	{ "Ethernet", "IEEE 802.3", IF_ETHERNET },
	{ "FastEthernet", "FastEthernet IEEE 802.3", IF_FASTETHERNET },
	{ "GigabitEthernet", "GigabitEthernet IEEE 802.3z", IF_GIGABITETHERNET },
	{ "Loopback", "Loopback interface", IF_LOOPBACK },
	{ "Tunnel", "Tunnel interface", IF_TUNNEL },
	{ "Virtual-Access", "Virtual Access interface", IF_VIRTUAL_ACCESS },
	{ "Virtual-Template", "Virtual Template interface", IF_VIRTUAL_TEMPLATE },
	{ 0 },
};

const struct cmd_choice *cmd_interface_number(int type)
{
	static const struct cmd_choice numbers[] = {
		{ "<0-15>", "Ethernet interface number", IF_ETHERNET },
		{ "<0-15>", "FastEthernet interface number", IF_FASTETHERNET },
		{ "<0-15>", "GigabitEthernet interface number", IF_GIGABITETHERNET },
		{ "<0-2147483647>", "Loopback interface number", IF_LOOPBACK },
		{ "<0-2147483647>", "Tunnel interface number", IF_TUNNEL },
		{ "<1-2147483647>", "Virtual-Access interface number", IF_VIRTUAL_ACCESS },
		{ "<1-4095>", "Virtual-Template interface number", IF_VIRTUAL_TEMPLATE },
	};
	size_t i = 0;

	while (i < sizeof(numbers) / sizeof(numbers[0]) - 1 && numbers[i].value != type)
		i++;
	return &numbers[i];
}

const char *cmd_metavar(const struct tok *t, char *buf, size_t size)
{
	if (t->metavar)
		return t->metavar;
	switch (t->kind) {
	case TOK_NUM:
		snprintf(buf, size, t->min < 0 ? "<%" PRId64 " - %" PRId64 ">" : "<%" PRId64 "-%" PRId64 ">", t->min,
			 t->max);
		return buf;
	case TOK_WORD:
		return "WORD";
	case TOK_LINE:
		return "LINE";
	case TOK_IP4:
		return "A.B.C.D";
	case TOK_IP6:
		return "X:X:X:X::X";
	case TOK_IP6_PREFIX:
		return "X:X:X:X::X/<0-128>";
	case TOK_END:
	case TOK_KW:
	case TOK_IFNAME:
	case TOK_PICK:
	case TOK_IFRANGE:
	case TOK_OPTS:
	case TOK_GRAPH:
		break;
	}
	return "";
}

const char *cmd_keyword(const struct cmd_choice *choices, int value)
{
	for (; choices->keyword; choices++)
		if (choices->value == value)
			return choices->keyword;
	return "";
}

enum word_class keyword_class(const char *keyword, const char *word, size_t octets)
{
	size_t full = strlen(keyword);

	if (octets > full || strncasecmp(keyword, word, octets) != 0)
		return CLASS_NONE;
	if (octets == full)
		return CLASS_EXACT;
	/* `group 1` is never an abbreviation of `group 14` */
	return isdigit((unsigned char)word[0]) ? CLASS_NONE : CLASS_PREFIX;
}

/* --- where a text stops being one ---- */

static size_t wrong_in_number(const char *w)
{
	size_t n = strspn(w, "0123456789");

	return w[n] ? n : 0; /* out of range as a whole */
}

/* The longest beginning that could still become A.B.C.D. */
static size_t wrong_in_ip4(const char *w)
{
	unsigned octet = 0, dots = 0, digits = 0;
	size_t i;

	for (i = 0; w[i]; i++) {
		if (isdigit((unsigned char)w[i])) {
			octet = octet * 10 + (unsigned)(w[i] - '0');
			if (++digits > 3 || octet > 255)
				return i;
		} else if (w[i] == '.' && digits && dots < 3) {
			dots++;
			octet = digits = 0;
		} else {
			return i;
		}
	}
	return i;
}

static size_t wrong_in_ip6(const char *w, bool prefix)
{
	unsigned digits = 0, groups = 0;
	bool gap = false;
	size_t i;

	if (!strchr(w, ':'))
		return 0;
	for (i = 0; w[i] && w[i] != '/'; i++) {
		if (isxdigit((unsigned char)w[i])) {
			if (++digits > 4 || (digits == 1 && ++groups > 8))
				return i;
		} else if (w[i] == ':') {
			if (i && w[i - 1] == ':') {
				if (gap)
					return i;
				gap = true;
			}
			digits = 0;
		} else {
			return i;
		}
	}
	if (w[i] != '/' || !prefix)
		return i;
	i++;
	return i + strspn(w + i, "0123456789");
}

/* --- interface names ---- */

static const struct cmd_choice *interface_type(const char *word, size_t octets)
{
	const struct cmd_choice *found = NULL;

	for (const struct cmd_choice *c = cmd_interface_types; octets && c->keyword; c++) {
		if (octets > strlen(c->keyword) || strncasecmp(c->keyword, word, octets) != 0)
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return found;
}

static void interface_fits(const struct tok *t, const char *w, const char *type, const struct router *router,
			   struct word_fit *out)
{
	size_t letters = type ? 0 : strcspn(w, "0123456789");
	const struct cmd_choice *c = type ? interface_type(type, strlen(type)) : interface_type(w, letters);
	char joined[WORD_OCTETS + 32], name[CONFIG_IFNAME_SIZE];
	enum if_type kind;

	if (!c)
		return;
	out->wrong = letters;
	if (!w[letters] && !type) {
		out->class = CLASS_TYPED;
		out->half = true;
		out->spelled = c->keyword;
		return;
	}
	snprintf(joined, sizeof(joined), "%s%s", c->keyword, w + letters);
	if (!ifname_canonical(joined, name, &kind)) {
		size_t number = letters + strspn(w + letters, "0123456789/");

		if (w[number])
			out->wrong = number;
		return;
	}
	if (t->min && t->min != kind)
		return;
	if (router && !if_type_is_logical(kind) && !router_port_exists(router, name))
		return;
	memcpy(out->text, name, sizeof(name));
	out->spelled = out->text;
	out->class = CLASS_TYPED;
}

static void number_fits(const struct tok *t, const char *w, struct word_fit *out)
{
	bool negative = t->min < 0 && *w == '-';
	size_t digits = strspn(w += negative, "0123456789");
	int64_t v = 0;

	out->wrong = negative + wrong_in_number(w);
	if (!digits || w[digits] || digits > 18)
		return;
	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (w[i] - '0');
	v = negative ? -v : v;
	if (v < t->min || v > t->max)
		return;
	out->num = v;
	out->class = CLASS_TYPED;
}

void word_fits(const struct tok *t, const char *word, size_t octets, const char *type, const struct router *router,
	       struct word_fit *out)
{
	char w[WORD_OCTETS];
	struct ip_prefix p;
	struct ip_addr a;

	*out = (struct word_fit){ 0 };
	if (t->kind == TOK_WORD || t->kind == TOK_LINE) {
		out->class = t->kind == TOK_WORD ? CLASS_WORD : CLASS_LINE;
		return;
	}
	if (t->kind == TOK_IFRANGE) {
		if (ifrange_parse(word, octets, router, NULL, &out->wrong, &out->spelled) || out->spelled)
			out->class = CLASS_LINE;
		out->half = out->spelled != NULL;
		return;
	}
	if (octets >= sizeof(w))
		return;
	memcpy(w, word, octets);
	w[octets] = '\0';
	switch (t->kind) {
	case TOK_NUM:
		number_fits(t, w, out);
		break;
	case TOK_IP4:
		out->class = ip_parse4(w, &a) ? CLASS_TYPED : CLASS_NONE;
		out->wrong = wrong_in_ip4(w);
		break;
	case TOK_IP6:
		out->class = ip_parse6(w, &a) ? CLASS_TYPED : CLASS_NONE;
		out->wrong = wrong_in_ip6(w, false);
		break;
	case TOK_IP6_PREFIX:
		out->class = ip_parse_prefix(w, &p) && p.addr.family == 6 ? CLASS_TYPED : CLASS_NONE;
		out->wrong = wrong_in_ip6(w, true);
		break;
	case TOK_IFNAME:
		interface_fits(t, w, type, router, out);
		break;
	case TOK_END:
	case TOK_KW:
	case TOK_WORD:
	case TOK_LINE:
	case TOK_PICK:
	case TOK_IFRANGE:
	case TOK_OPTS:
	case TOK_GRAPH:
		break;
	}
}
