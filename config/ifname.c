/*
 * Interface names. A name is a type and one to three numbers with slashes between them; a type may be abbreviated
 * and a blank may stand before the number.
 */
#include "config/model.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define IF_NUMBERS 3

struct parsed_name {
	enum if_type type;
	unsigned count;
	uint32_t numbers[IF_NUMBERS];
};

/* In the order of the running-config. */
static const struct {
	enum if_type type;
	const char *name, *abbreviation;
	unsigned min_numbers, max_numbers;
	uint32_t min, max;
} types[] = {
	{ IF_LOOPBACK, "Loopback", "Lo", 1, 1, 0, 2147483647 },
	{ IF_TUNNEL, "Tunnel", "Tu", 1, 1, 0, 2147483647 },
	{ IF_ETHERNET, "Ethernet", "Et", 1, 3, 0, 255 },
	{ IF_FASTETHERNET, "FastEthernet", "Fa", 1, 3, 0, 255 },
	{ IF_GIGABITETHERNET, "GigabitEthernet", "Gi", 1, 3, 0, 255 },
	{ IF_VIRTUAL_TEMPLATE, "Virtual-Template", "Vt", 1, 1, 1, 4095 },
	{ IF_VIRTUAL_ACCESS, "Virtual-Access", "Vi", 1, 1, 1, 2147483647 },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static size_t type_index(enum if_type t)
{
	size_t i = 0;

	while (i < TYPES && types[i].type != t)
		i++;
	return i;
}

/* The one type that starts with these letters; TYPES when there is none or several. */
static size_t match_type(const char *typed, size_t octets)
{
	size_t found = TYPES;

	for (size_t i = 0; octets && i < TYPES; i++) {
		if (octets > strlen(types[i].name) || strncasecmp(types[i].name, typed, octets))
			continue;
		if (found != TYPES)
			return TYPES;
		found = i;
	}
	return found;
}

static bool parse_number(const char **p, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); ++*p) {
		n = n * 10 + (uint64_t)(**p - '0');
		if (n > max)
			return false;
	}
	*out = (uint32_t)n;
	return n >= min;
}

static bool parse_name(const char *typed, struct parsed_name *out)
{
	const char *p = typed;
	size_t letters = 0, i;

	while (isalpha((unsigned char)p[letters]) || p[letters] == '-')
		letters++;
	i = match_type(p, letters);
	if (i == TYPES)
		return false;
	*out = (struct parsed_name){ .type = types[i].type };
	for (p += letters; *p == ' '; p++)
		;
	do {
		if (out->count == types[i].max_numbers ||
		    !parse_number(&p, types[i].min, types[i].max, &out->numbers[out->count]))
			return false;
		out->count++;
	} while (*p == '/' && p++);
	return *p == '\0' && out->count >= types[i].min_numbers;
}

static void put_numbers(const struct parsed_name *n, const char *type, char out[CONFIG_IFNAME_SIZE])
{
	size_t at = (size_t)snprintf(out, CONFIG_IFNAME_SIZE, "%s", type);

	for (unsigned i = 0; i < n->count && at < CONFIG_IFNAME_SIZE; i++)
		at += (size_t)snprintf(out + at, CONFIG_IFNAME_SIZE - at, "%s%" PRIu32, i ? "/" : "", n->numbers[i]);
}

bool ifname_canonical(const char *typed, char out[CONFIG_IFNAME_SIZE], enum if_type *type)
{
	struct parsed_name n;

	if (!parse_name(typed, &n))
		return false;
	put_numbers(&n, if_type_name(n.type), out);
	if (type)
		*type = n.type;
	return true;
}

void ifname_short(const char *canonical, char out[CONFIG_IFNAME_SIZE])
{
	struct parsed_name n;

	if (parse_name(canonical, &n))
		put_numbers(&n, types[type_index(n.type)].abbreviation, out);
	else
		snprintf(out, CONFIG_IFNAME_SIZE, "%s", canonical);
}

unsigned if_number(const char *canonical)
{
	struct parsed_name n;

	return parse_name(canonical, &n) ? n.numbers[0] : 0;
}

bool if_type_is_logical(enum if_type t)
{
	return t == IF_LOOPBACK || t == IF_VIRTUAL_ACCESS || if_type_has_tunnel(t);
}

bool if_type_has_tunnel(enum if_type t)
{
	return t == IF_TUNNEL || t == IF_VIRTUAL_TEMPLATE;
}

const char *if_type_name(enum if_type t)
{
	size_t i = type_index(t);

	return i == TYPES ? "" : types[i].name;
}

int ifname_compare(const char *a, const char *b)
{
	struct parsed_name x, y;
	bool known_x = parse_name(a, &x), known_y = parse_name(b, &y);
	size_t order_x, order_y;

	if (!known_x || !known_y)
		return known_x ? -1 : known_y ? 1 : strcmp(a, b);
	order_x = type_index(x.type);
	order_y = type_index(y.type);
	if (order_x != order_y)
		return order_x < order_y ? -1 : 1;
	for (unsigned i = 0; i < x.count && i < y.count; i++)
		if (x.numbers[i] != y.numbers[i])
			return x.numbers[i] < y.numbers[i] ? -1 : 1;
	return (int)x.count - (int)y.count;
}
