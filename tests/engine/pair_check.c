/* What a test asks of a pair: what was said, which SAs there are, whether those of both sides fit. */
#include "tests/engine/pair.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pair_lose_all(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)p, (void)from, (void)number, (void)data, (void)octets;
	return false;
}

unsigned pair_said(const struct pair *p, int side, const char *line)
{
	const struct pair_side *s = &p->side[side];
	unsigned n = 0;

	for (size_t i = 0; i < s->line_count; i++)
		n += !strcmp(s->lines[i], line);
	return n;
}

unsigned pair_mentioned(const struct pair *p, int side, const char *part)
{
	const struct pair_side *s = &p->side[side];
	unsigned n = 0;

	for (size_t i = 0; i < s->line_count; i++)
		n += strstr(s->lines[i], part) != NULL;
	return n;
}

bool pair_said_in_order(const struct pair *p, int side, const char *const *lines, size_t count)
{
	const struct pair_side *s = &p->side[side];
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(lines[i]);
		bool wild = n && lines[i][n - 1] == '*', found = false;

		while (at < s->line_count && !found) {
			found = wild ? !strncmp(s->lines[at], lines[i], n - 1) : !strcmp(s->lines[at], lines[i]);
			at++;
		}
		if (!found) {
			fprintf(stderr, "R%d never said, at its place: |%s|\n", side + 2, lines[i]);
			return false;
		}
	}
	return true;
}

static bool fits_form(const char *line, const char *form)
{
	for (; *form; form++) {
		if (*form != '@') {
			if (*line++ != *form)
				return false;
			continue;
		}
		if (!isxdigit((unsigned char)*line) && *line != '-')
			return false;
		while (isxdigit((unsigned char)*line) || *line == '-')
			line++;
	}
	return !*line;
}

/* How many of the block are there from this line on. */
static size_t fitting(const struct pair_side *s, size_t at, const char *const *lines, size_t count)
{
	size_t n = 0;

	for (; at < s->line_count && n < count; at++) {
		if (fits_form(s->lines[at], lines[n]))
			n++;
		else if (s->lines[at][0] != '%')
			break;
	}
	return n;
}

bool pair_said_block(const struct pair *p, int side, const char *const *lines, size_t count)
{
	const struct pair_side *s = &p->side[side];
	size_t best = 0, where = 0;

	for (size_t at = 0; at < s->line_count; at++) {
		const size_t n = fitting(s, at, lines, count);

		if (n == count)
			return true;
		if (n > best) {
			best = n;
			where = at;
		}
	}
	fprintf(stderr, "R%d said %zu lines of this block, then |%s| and not |%s|\n", side + 2, best,
		where + best < s->line_count ? s->lines[where + best] : "", lines[best]);
	return false;
}

void pair_forget(struct pair *p, int side)
{
	struct pair_side *s = &p->side[side];

	for (size_t i = 0; i < s->line_count; i++)
		free(s->lines[i]);
	s->line_count = 0;
}

static bool usable(const struct pair_sa *x)
{
	return x->there && !x->sa.held_by;
}

unsigned pair_installed(const struct pair *p, int side, bool inbound)
{
	unsigned n = 0;

	for (size_t i = 0; i < PAIR_SAS; i++)
		n += usable(&p->side[side].sas[i]) && p->side[side].sas[i].sa.inbound == inbound;
	return n;
}

struct pair_sa *pair_sa(struct pair *p, int side, bool inbound)
{
	for (size_t i = 0; i < PAIR_SAS; i++)
		if (usable(&p->side[side].sas[i]) && p->side[side].sas[i].sa.inbound == inbound)
			return &p->side[side].sas[i];
	return NULL;
}

static bool fits(const struct pair_sa *out, const struct pair_sa *in)
{
	return in->there && in->sa.inbound && in->sa.spi == out->sa.spi && in->sa.cipher == out->sa.cipher &&
	       in->sa.auth == out->sa.auth && in->sa.keybits == out->sa.keybits &&
	       in->sa.cipher_key_octets == out->sa.cipher_key_octets &&
	       in->sa.auth_key_octets == out->sa.auth_key_octets &&
	       !memcmp(in->cipher_key, out->cipher_key, out->sa.cipher_key_octets) &&
	       !memcmp(in->auth_key, out->auth_key, out->sa.auth_key_octets);
}

/* Would a packet of one's outbound SA arrive as the other's inbound SA expects it? */
static bool arrives(const struct pair *p, int from, const struct ike_ipsec_sa *out, const struct ike_ipsec_sa *in)
{
	const struct ike_path path = { out->src, out->dst, out->local_port, out->remote_port };
	struct pair copy = { .side = { { .addr = p->side[0].addr, .nat = p->side[0].nat },
				       { .addr = p->side[1].addr, .nat = p->side[1].nat } } };
	struct ike_path seen;

	return pair_carry(&copy, from, &path, &seen) && ip_equal(&in->src, &seen.remote) &&
	       ip_equal(&in->dst, &seen.local) && in->local_port == seen.local_port &&
	       in->remote_port == seen.remote_port;
}

bool pair_joined(const struct pair *p)
{
	bool all = true;

	for (int side = 0; side < 2; side++) {
		unsigned out = 0;

		for (size_t i = 0; i < PAIR_SAS; i++) {
			const struct pair_sa *x = &p->side[side].sas[i];
			bool found = false;

			if (!usable(x) || x->sa.inbound)
				continue;
			out++;
			for (size_t k = 0; k < PAIR_SAS; k++)
				found |= fits(x, &p->side[1 - side].sas[k]) &&
					 arrives(p, side, &x->sa, &p->side[1 - side].sas[k].sa);
			all &= found;
		}
		all &= out > 0;
	}
	return all;
}
