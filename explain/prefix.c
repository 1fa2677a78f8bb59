#include "explain/prefix.h"

#include <string.h>

#define HARDWARE_CID                                                                                                   \
	134217728u /* 12.3T and 12.4: conn-id 1 of the software engine prints as 134217729 here and there */
#define FIRST_CID_124 1001u
#define BRACKET_MAX   40

static bool begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && !memcmp(p, with, n);
}

static void set_body(struct prefix *out, const char *p, const char *end)
{
	while (p < end && prefix_blank(*p))
		p++;
	while (end > p && prefix_blank(end[-1]))
		end--;
	out->body = p;
	out->body_octets = (size_t)(end - p);
}

static uint32_t number(const char **at, const char *end)
{
	const char *p = *at;
	uint64_t n = 0;

	for (; p < end && prefix_digit(*p); p++)
		n = n > UINT32_MAX ? n : n * 10 + (uint64_t)(*p - '0');
	*at = p;
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/*
 * "(1001)", "(0:1)", "(0:1:SW:1)", "(0:0:N/A:0)", in a form "(%u)". NULL: something else in brackets, such as "(VPI)".
 * Of several numbers the second is the conn-id; the first is that of an engine.
 */
static const char *conn_id(const char *p, const char *end, struct prefix *out, unsigned *numbers)
{
	const char *close, *q = p + 1;

	if (q >= end || !(prefix_digit(*q) || *q == '%' || *q == '?'))
		return NULL;
	close = memchr(q, ')', (size_t)(end - q) < BRACKET_MAX ? (size_t)(end - q) : BRACKET_MAX);
	if (!close)
		return NULL;
	for (const char *x = q; x < close; x++)
		if (!prefix_digit(*x) && !strchr(":/%?uSWHNA ", *x))
			return NULL;
	out->cid = number(&q, close);
	for (*numbers = 1; q < close; q++) {
		if (*q != ':')
			continue;
		if (++*numbers == 2) {
			q++;
			out->cid = number(&q, close);
			q--;
		}
	}
	if (out->cid > HARDWARE_CID && out->cid < HARDWARE_CID + 65536) {
		out->cid -= HARDWARE_CID;
		*numbers = 3; /* of the releases that print "(0:1:SW:1)" */
	}
	out->has_cid = true;
	return close + 1;
}

/* Which releases spell it so: gap is a blank before the bracket, colon a colon. */
static unsigned era_of(const struct prefix *p, bool named, bool colon, bool gap, unsigned numbers)
{
	if (named || (colon && gap))
		return 156;
	if (numbers > 2)
		return 124;
	if (numbers == 2)
		return p->cid >= FIRST_CID_124 ? 124 : 123;
	return colon ? 124 : 152;
}

static void isakmp(const char *p, const char *end, struct prefix *out)
{
	bool named = false, colon = false, gap = false;
	unsigned numbers = 0;

	out->family = PREFIX_ISAKMP;
	if (begins(p, end, "-PAK") || begins(p, end, "-ERROR")) {
		named = true;
		out->error = p[1] == 'E';
		p += out->error ? 6 : 4;
	} else if (p < end && (*p == '/' || *p == '-')) {
		while (p < end && *p != ':' && *p != '(' && !prefix_blank(*p))
			p++;
	}
	for (; p < end; p++) {
		if (*p == '(' && !out->has_cid) {
			const char *after = conn_id(p, end, out, &numbers);

			if (!after)
				break;
			out->era = era_of(out, named, colon, gap, numbers);
			p = after - 1;
		} else if (*p == ':') {
			colon = true;
		} else if (prefix_blank(*p)) {
			gap = true;
		} else {
			break;
		}
	}
	if (named)
		out->era = 156;
	set_body(out, p, end);
}

/* "IPSEC(func): text", "IPSEC(func) : text", "IPSEC:(SESSION_ID = 1) (func) text" */
static bool ipsec(const char *p, const char *end, struct prefix *out)
{
	const char *close;

	if (begins(p, end, ":(SESSION_ID")) {
		close = memchr(p, ')', (size_t)(end - p));
		if (!close)
			return false;
		out->era = 156;
		p = close + 1;
		while (p < end && prefix_blank(*p))
			p++;
	}
	close = p < end && *p == '(' ? memchr(p, ')', (size_t)(end - p)) : NULL;
	if (!close)
		return false;
	out->family = PREFIX_IPSEC;
	out->key = p + 1;
	out->key_octets = (size_t)(close - p - 1);
	for (p = close + 1; p < end && (*p == ':' || prefix_blank(*p)); p++)
		;
	set_body(out, p, end);
	return true;
}

/* "%FACILITY-SUB-4-MNEMONIC: text"; a message of the forwarding engine stands behind the one that carries it */
static bool syslog(const char *p, const char *end, struct prefix *out)
{
	const char *q = p + 1, *dash, *mnemonic = NULL, *inner;

	while (q < end &&
	       (*q == '-' || *q == '_' || prefix_digit(*q) || (*q >= 'A' && *q <= 'Z') || (*q >= 'a' && *q <= 'z')))
		q++;
	if (q >= end || *q != ':')
		return false;
	dash = memchr(p, '-', (size_t)(q - p));
	for (const char *x = dash; x && x + 3 < q; x++)
		if (x[0] == '-' && x[1] >= '0' && x[1] <= '7' && x[2] == '-') {
			mnemonic = x + 3;
			break;
		}
	if (!mnemonic)
		return false;
	*out = (struct prefix){ .family = PREFIX_SYSLOG,
				.key = p + 1,
				.key_octets = (size_t)(dash - p - 1),
				.key2 = mnemonic,
				.key2_octets = (size_t)(q - mnemonic) };
	set_body(out, q + 1, end);
	inner = memchr(q, '%', (size_t)(end - q));
	if (inner && begins(out->key, end, "IOSXE-") && syslog(inner, end, out))
		return true;
	return true;
}

void prefix_parse(const char *text, size_t octets, struct prefix *out)
{
	const char *p = text, *end = text + octets;

	*out = (struct prefix){ .family = PREFIX_PLAIN };
	while (p < end && prefix_blank(*p))
		p++;
	if (p < end && *p == 'I' && begins(p, end, "ISAKMP")) {
		isakmp(p + 6, end, out);
		return;
	}
	if (p < end && *p == 'I' && begins(p, end, "IPSEC") && ipsec(p + 5, end, out))
		return;
	if (p < end && *p == '%' && syslog(p, end, out))
		return;
	set_body(out, p, end);
}
