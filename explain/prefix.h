/* What stands before the text of a message, in the spelling of every release. */
#ifndef EXPLAIN_PREFIX_H
#define EXPLAIN_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ISAKMP   "ISAKMP:(1001):", "ISAKMP (0:1):", "ISAKMP-ERROR: (1001):", ...; the rest is the text
 * IPSEC    "IPSEC(func):"; key is the function
 * SYSLOG   "%CRYPTO-4-IKMP_NO_SA:"; key is the facility, key2 the mnemonic
 * PLAIN    no prefix
 */
enum prefix_family { PREFIX_PLAIN, PREFIX_ISAKMP, PREFIX_IPSEC, PREFIX_SYSLOG };

struct prefix {
	enum prefix_family family;
	const char *key, *key2;
	size_t key_octets, key2_octets;
	const char *body; /* without blanks around it */
	size_t body_octets;
	bool error, has_cid;
	uint32_t cid;
	unsigned era; /* as in struct message_match */
};

/* Also for forms, where "%u" stands for the conn-id. */
void prefix_parse(const char *text, size_t octets, struct prefix *out);

static inline bool prefix_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool prefix_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char prefix_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

#endif
